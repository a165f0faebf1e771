/* SPDX-License-Identifier: MIT
 *
 * The hash table of numbers; see index.h.
 */
#include <config.h>

#include "index.h"

enum { SLOTS_MIN = 64 };

static void
place(struct index *index, struct index_slot slot)
{
    uint32_t at = index_begin(slot.hash);

    while (index->slots[at & (index->n_slots - 1)].id_plus_1 != 0)
        at++;
    index->slots[at & (index->n_slots - 1)] = slot;
}

static void
grow(struct index *index)
{
    struct index_slot *old = index->slots;
    uint32_t n_old = index->n_slots;

    index->n_slots = n_old != 0 ? 2 * n_old : SLOTS_MIN;
    index->slots = arena_array(index->arena, index->n_slots, sizeof *index->slots);
    for (uint32_t i = 0; i < n_old; i++)
        if (old[i].id_plus_1 != 0)
            place(index, old[i]);
    (void)arena_trim(index->arena, old, n_old, 0, sizeof *old);
}

void
index_add(struct index *index, uint64_t hash, uint32_t id)
{
    if (5 * (uint64_t)index->n >= 4 * (uint64_t)index->n_slots)
        grow(index);
    index->n++;
    place(index, (struct index_slot){ (uint32_t)hash, id + 1 });
}

void
index_drop(struct index *index)
{
    (void)arena_trim(index->arena, index->slots, index->n_slots, 0, sizeof *index->slots);
    *index = (struct index){ .arena = index->arena };
}
