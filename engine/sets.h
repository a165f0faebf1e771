/* SPDX-License-Identifier: MIT
 *
 * Sets of small numbers (names of a dimension, classes of a column) as sorted ranges, each distinct set kept once.
 *
 * A name covers what is declared below it, and names are numbered in the order of their tree, so what a policy writes as one
 * name is one range, and so is a bound on a number.  Equal sets have equal ids: comparing two is comparing two integers.
 * Cost: a set of k ranges takes 8k bytes and about 24 more; the operations are linear in the ranges, and where one set has far fewer
 * than the other only in its own, and in those of what they make.
 */
#ifndef RCK_SETS_H
#define RCK_SETS_H

#include "mem.h"

/* LO to HI - 1; never empty, never touching its neighbour. */
struct range {
    uint32_t lo;
    uint32_t hi;
};

/* Index of a set in its pool.  SET_ALL stands for "no condition" and is no member of the pool; SET_EMPTY is the empty set. */
typedef uint32_t set_id;
enum { SET_ALL = 0, SET_EMPTY = 1 };

struct set {
    uint32_t first; /* index of its first range in the pool's ranges */
    uint32_t n;     /* number of ranges */
};

struct sets {
    struct arena *arena;
    VEC(struct set) sets;     /* [0] is SET_ALL and stays unused, [1] is the empty one */
    VEC(struct range) ranges;
    uint32_t *buckets; /* open addressing over set ids, 0 is free */
    uint32_t n_buckets; /* a power of two */
    struct range *scratch; /* of the operation in progress */
    uint32_t scratch_room;
};

void sets_init(struct sets *sets, struct arena *arena);

/* Makes the set of N ranges, which may be unsorted and may overlap; RANGES is reordered. */
set_id set_make(struct sets *sets, struct range *ranges, uint32_t n);

set_id set_one(struct sets *sets, uint32_t member);
set_id set_range(struct sets *sets, uint32_t lo, uint32_t hi);

/* Forgets all sets that were made since there were N, sets->sets.n of then: nothing may refer to one of them. */
void sets_forget(struct sets *sets, uint32_t n);

/* As sets_forget(), but for SET, which may be SET_ALL; its id is returned: it may be another one then. */
set_id sets_forget_but(struct sets *sets, uint32_t n, set_id set);

/* SET_ALL is accepted by set_and() and by the left of the questions; elsewhere say which numbers are meant. */
set_id set_and(struct sets *sets, set_id a, set_id b);
set_id set_or(struct sets *sets, set_id a, set_id b);
set_id set_minus(struct sets *sets, set_id a, set_id b);

bool set_has(const struct sets *sets, set_id set, uint32_t member);

/* Returns whether A and B, neither SET_ALL, have a member in common. */
bool sets_meet(const struct sets *sets, set_id a, set_id b);

static inline const struct range *
set_ranges(const struct sets *sets, set_id set, uint32_t *n)
{
    *n = sets->sets.items[set].n;
    return sets->ranges.items + sets->sets.items[set].first;
}

/* Number of members; of SET_ALL, 0. */
static inline uint32_t
set_count(const struct sets *sets, set_id set)
{
    uint32_t n, count = 0;
    const struct range *ranges = set_ranges(sets, set, &n);

    for (uint32_t i = 0; i < n; i++)
        count += ranges[i].hi - ranges[i].lo;
    return count;
}

#endif
