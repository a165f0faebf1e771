/* SPDX-License-Identifier: MIT
 *
 * Every policy of one or two clauses with up to three leaves in all, over a vocabulary of a few names: what goes wrong in large policies
 * goes wrong in one of these as well, as a rule (Jackson, small scope hypothesis).
 */
#ifndef RCK_TESTS_SMALL_SCOPE_H
#define RCK_TESTS_SMALL_SCOPE_H

#include "../engine/base.h"

/* Calls EACH with the text of each policy until it returns false; returns how many policies it was called with. */
uint64_t small_scope(bool (*each)(void *arg, struct str text), void *arg);

#endif
