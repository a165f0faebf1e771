/* SPDX-License-Identifier: MIT
 *
 * What a C programmer would write by hand for each workload: the references that the engine is measured against.  hand.c is compiled
 * once by each compiler that is there, always with -O2, and the faster one counts.
 */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include "workload.h"

/* A request of W1 as strings: subject, role, action, resource. */
struct w1_words {
    const char *text[4];
    uint32_t size[4];
    int16_t token_count, read_rate, write_rate, org_read_rate, org_write_rate;
};

struct hand_names; /* two tables that intern the names of W1 */
struct hand_table; /* the hash table of W2 */

/* The loops decide the N requests that ORDER lists, and return how many are denied. */
struct hand {
    const char *compiler;

    size_t (*w1_switch)(const struct w1_request *requests, const uint32_t *order, size_t n);
    size_t (*w1_masks)(const struct w1_request *requests, const uint32_t *order, size_t n); /* without branches */

    struct hand_names *(*names_new)(void);
    void (*names_free)(struct hand_names *names);
    size_t (*w1_uthash)(const struct hand_names *names, const struct w1_words *requests, const uint32_t *order, size_t n);
    size_t (*w1_inline)(const struct hand_names *names, const struct w1_words *requests, const uint32_t *order, size_t n);

    struct hand_table *(*table_new)(const struct w2 *w2);
    void (*table_free)(struct hand_table *table);
    size_t (*w2)(const struct hand_table *table, const struct w2_request *requests, const uint32_t *order, size_t n);

    /* Decides the lines of the file PATH and writes to descriptor OUT what `rulecheck eval --format json` writes.  False on error. */
    bool (*scan)(const char *path, int out);
};

#ifdef BENCH_GCC
extern const struct hand hand_gcc;
#endif
#ifdef BENCH_CLANG
extern const struct hand hand_clang;
#endif

#endif
