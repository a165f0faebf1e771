/* SPDX-License-Identifier: MIT
 *
 * A hash table of numbers: what they stand for, and their keys, are somebody else's.  For what a policy has as many of as clauses
 * (labels, atoms, words), where uthash (symbols.h) takes ten times the memory and a miss of the cache for each step.
 *
 *     index      slots of eight bytes: a hash, and the number + 1; 0 is free
 *     looking    from the hash's slot on, all that have the hash are offered, and the caller compares keys
 *
 * Load: four fifths at most.  Cost of looking: some two slots, next to each other.
 */
#ifndef RCK_INDEX_H
#define RCK_INDEX_H

#include "mem.h"

struct index_slot {
    uint32_t hash;
    uint32_t id_plus_1;
};

struct index {
    struct arena *arena;
    struct index_slot *slots; /* NULL: none is in it */
    uint32_t n_slots;         /* a power of two */
    uint32_t n;
};

#define INDEX_NONE UINT32_MAX

/* Adds ID, whose key has HASH and is not in it. */
void index_add(struct index *index, uint64_t hash, uint32_t id);

/* Forgets all. */
void index_drop(struct index *index);

/* Where looking for HASH begins. */
static inline uint32_t
index_begin(uint64_t hash)
{
    return (uint32_t)hash;
}

/* Returns the next number whose key has HASH, from *AT on, or INDEX_NONE. */
static inline uint32_t
index_next(const struct index *index, uint64_t hash, uint32_t *at)
{
    if (index->slots == NULL)
        return INDEX_NONE;
    for (;;) {
        const struct index_slot *slot = &index->slots[(*at)++ & (index->n_slots - 1)];

        if (slot->id_plus_1 == 0)
            return INDEX_NONE;
        if (slot->hash == (uint32_t)hash)
            return slot->id_plus_1 - 1;
    }
}

#endif
