/* SPDX-License-Identifier: MIT
 *
 * The names of a sealed policy, to find what the keys and values of a request mean: a frozen hash table.  One table holds the
 * names of all slots, each under the number of its slot, and the names of the slots themselves, under LOOKUP_KEYS.
 *
 * The seed is chosen when the table is made, so that no look-up compares more than LOOKUP_PROBES_MAX entries: requests only
 * look things up, and cannot make a look-up slow.  Cost: one hash of the name, one or two cache lines.
 */
#ifndef RCK_LOOKUP_H
#define RCK_LOOKUP_H

#include "mem.h"

struct rck_policy;

enum { LOOKUP_PROBES_MAX = 32 };

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
    uint32_t home; /* where its probe sequence begins, before the mask */
};

struct lookup {
    struct lookup_entry *entries;
    uint32_t n_entries; /* a power of two */
    uint64_t seeds[2]; /* one for each factor of the hash, so that no name makes either of them 0 for all seeds */
};

/* Makes the table of a policy's names. */
void lookup_build(struct lookup *lookup, const struct rck_policy *policy, struct arena *arena);

/* Returns the value of NAME in SPACE, or RCK_NONE. */
uint32_t lookup_find(const struct lookup *lookup, uint32_t space, struct str name);

#endif
