/* SPDX-License-Identifier: MIT
 *
 * The names of a sealed policy, to find what the keys and values of a request mean: a frozen hash table.  One table holds the
 * names of all slots, each under the number of its slot, and the names of the slots themselves, under LOOKUP_KEYS.
 *
 * Nothing is searched for: a name has one place.  Its hash tells its bucket, and how far the hash is turned there tells the place.  The
 * turns are chosen when the table is made, bucket by bucket, so that no two names share one; where that fails, which it hardly ever does
 * but for names that were chosen for the seed, there is another seed and twice the room.  So requests, which only look things up, cannot make a look-up slow,
 * and no jump depends on which name it is.
 * Cost: one hash of the name, a byte of the turns and one cache line; 64 to 128 bytes a name.
 */
#ifndef RCK_LOOKUP_H
#define RCK_LOOKUP_H

#include "mem.h"

struct rck_policy;

/* Names of a bucket.  Of so many that no turn is likely to give each its place; a byte counts them. */
enum { LOOKUP_BUCKET_MAX = 64 };

/* Spaces besides the slots' own. */
#define LOOKUP_KEYS UINT32_MAX             /* names of slots */
#define LOOKUP_NAMESPACES (UINT32_MAX - 1) /* first parts of the dotted names of slots */
#define LOOKUP_NAMED_SETS 0xC0000000u      /* + dimension: names of its sets */
#define LOOKUP_OPEN 0x80000000u            /* + slot: what an open slot's hidden names lie below; the top is "" */

/* 32 bytes, so that two fit into a cache line and a short name needs no other one. */
struct lookup_entry {
    uint64_t words[2]; /* the name, as short_words() has it, if it is short; else its hash, and where it is */
    uint64_t which;    /* its space << 32 | bytes + 1; 0: free */
    uint32_t value;
};

struct lookup {
    struct lookup_entry *entries;
    uint8_t *turns;        /* by bucket: to the right, in bits */
    uint32_t n_entries;    /* a power of two */
    uint32_t bucket_shift; /* what is left of a hash is its bucket; there is one for four entries */
    uint64_t seeds[2]; /* one for each factor of the hash, so that no name makes either of them 0 for all seeds */
};

/* Makes the table of POLICY's names with SEED, which who writes policies does not know, or one behind it. */
void lookup_build(struct lookup *lookup, const struct rck_policy *policy, struct arena *arena, uint64_t seed);

/* Returns the value of NAME in SPACE, or RCK_NONE. */
uint32_t lookup_find(const struct lookup *lookup, uint32_t space, struct str name);

#endif
