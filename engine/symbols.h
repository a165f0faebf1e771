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

/* The first N bytes of P, fewer than eight, in a word that is 0 behind them. */
static inline uint64_t
short_word(const char *p, size_t n)
{
    uint64_t word = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t first, last;

    /* Without the call that a memcpy() of N is; the two halves may overlap. */
    if (n >= 4) {
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        return first | (uint64_t)last << 8 * (n - 4);
    }
    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)(unsigned char)p[i] << 8 * i;
#else
    if (n != 0)
        memcpy(&word, p, n);
#endif
    return word;
}

/* The keyed hash of a name; also lookup.c's. */
uint64_t hash_bytes(uint64_t seed, const char *p, size_t n);

#endif
