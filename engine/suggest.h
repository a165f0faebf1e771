/* SPDX-License-Identifier: MIT
 *
 * Did you mean: the nearest of a number of candidates.  suggest_begin(&s, word); suggest_try(&s, candidate) for each, in the order of
 * declaration; suggest_found(&s) is the nearest within a third of the word's length, or an empty slice.
 */
#ifndef RCK_SUGGEST_H
#define RCK_SUGGEST_H

#include "base.h"

struct suggestion {
    struct str word;
    struct str best;
    size_t distance; /* of best */
};

void suggest_begin(struct suggestion *s, struct str word);
void suggest_try(struct suggestion *s, struct str candidate);
struct str suggest_found(const struct suggestion *s);

#endif
