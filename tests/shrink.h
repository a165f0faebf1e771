/* SPDX-License-Identifier: MIT
 *
 * Makes a policy and a request that fail together as small as they get while they still fail: lines of the policy are left out, then
 * words, then facts of the request, until nothing more can go (delta debugging, Zeller and Hildebrandt 2002).
 */
#ifndef RCK_TESTS_SHRINK_H
#define RCK_TESTS_SHRINK_H

#include "naive.h"

struct shrunk {
    struct str text;                  /* the policy */
    const struct naive_fact *facts;   /* the request */
    uint32_t n_facts;
};

/* Whether TEST fails.  One that does not compile does not. */
typedef bool shrink_fails(void *arg, const struct shrunk *test);

/* Replaces what TEST has by less, as long as FAILS says yes; does nothing if it says no of TEST itself, and returns false.  What is new
 * in TEST is never freed.  Ends the process if memory runs out. */
bool shrink(struct shrunk *test, shrink_fails *fails, void *arg);

/* Writes FACTS as one JSON object into a new text. */
struct str shrink_json(const struct naive_fact *facts, uint32_t n_facts);

#endif
