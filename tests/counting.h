/* SPDX-License-Identifier: MIT
 *
 * An allocator that counts the blocks that are alive and the allocations asked for, and makes one of them fail, or all from one
 * on.  What it hands out is filled with a pattern, so that nobody relies on zeroes that nobody wrote.
 */
#ifndef RCK_TESTS_COUNTING_H
#define RCK_TESTS_COUNTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../engine/rulecheck.h"

struct counting {
    struct rck_allocator allocator; /* for rck_context_new() */
    uint64_t calls;                 /* allocations and changes of size asked for so far */
    uint64_t fail_at;               /* the call that fails, counted from 0; UINT64_MAX: none */
    bool for_ever;                  /* and so do all after it */
    uint64_t failed;                /* calls that did fail */
    size_t live;                    /* blocks that were not released */
    size_t held;                    /* their bytes */
    size_t most;                    /* the most that 'held' was */
};

/* Makes an allocator that never fails on its own.  It must not move afterwards. */
void counting_init(struct counting *counting);

/* Lets call FAIL_AT fail, counted from now on; FOR_EVER: and all after it. */
void counting_fail(struct counting *counting, uint64_t fail_at, bool for_ever);

#endif
