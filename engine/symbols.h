/* SPDX-License-Identifier: MIT
 *
 * Names to numbers, while a policy is built: the one place where uthash is used.  The hash is seeded, so that who writes a
 * policy cannot choose names that collide.  Not for what there are as many of as clauses, see index.h, and not for the decision
 * path: see lookup.h.
 */
#ifndef RCK_SYMBOLS_H
#define RCK_SYMBOLS_H

#include "mem.h"

struct symbols;

/* What symbols_find() says of a name that is not there. */
#define SYMBOL_NONE UINT32_MAX

/* Makes an empty map in ARENA. */
struct symbols *symbols_new(struct arena *arena, uint64_t seed);

/* Adds KEY (borrowed) with VALUE unless it is there; returns the value that KEY has now. */
uint32_t symbols_add(struct symbols *symbols, struct str key, uint32_t value);

/* Returns the value of KEY, or SYMBOL_NONE. */
uint32_t symbols_find(const struct symbols *symbols, struct str key);

/* Folds the 128-bit product of two words: every bit of either reaches every bit of the result. */
static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
    unsigned_wide product = (unsigned_wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The keyed hash of a name; also lookup.c's. */
uint64_t hash_bytes(uint64_t seed, const char *p, size_t n);

#endif
