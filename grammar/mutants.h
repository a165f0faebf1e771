/* SPDX-License-Identifier: MIT
 *
 * Mutants: a policy with one small mistake each, such as people make.
 *
 *     limit tokens to 30                    to 29, to 31
 *     a <= b                                a < b, a == b
 *     only owner, admin may create token    only owner, only admin, one of them read as another role, one more role;
 *                                           create read as another action, token as the name above it
 *     when a and b                          a or b, a, b; no 'when' at all
 *     require x <= limit.read               x <= limit.write
 *
 * A mutant is made in the tree, lowered to guards as the clause itself was, and taken back; what does not compile is none.  So it
 * is known by the clauses that read otherwise with it (apart.h), and to try one on a request takes no compile.  Reading a clause once
 * more takes a step for each 16 bytes of it.
 *
 * What only warns, and a note, has no mutants: no case can notice them.
 */
#ifndef RCK_MUTANTS_H
#define RCK_MUTANTS_H

#include "../engine/apart.h"
#include "compile.h"

struct mutant {
    uint32_t clause;          /* the first one that reads otherwise */
    struct span at;           /* what is changed */
    struct str before, after; /* what stands there, and stood there then; nothing: it is removed */
    uint32_t first, n;        /* in mutants.readings */
};

struct mutants {
    guard_id *wholes; /* by clause: what it says */
    VEC(struct mutant) mutants;
    VEC(struct reading) readings;
    uint64_t steps; /* that making them took, as those of cover.h */
};

/* Makes the mutants of the policy that C has compiled, clause by clause in source order, then those of params and counters.  False,
 * reported, if they are more than the limit `mutants`, or if making them takes more steps than `proof-steps` lets an analysis take. */
bool mutants_make(struct compile *c, struct mutants *mutants);

/* Returns the readings of MUTANT. */
static inline const struct reading *
mutant_readings(const struct mutants *mutants, const struct mutant *mutant)
{
    return mutants->readings.items + mutant->first;
}

/* Looks for a request on which MUTANT is noticed; see apart_find(). */
enum apart_answer mutant_find(struct apart *apart, const struct mutants *mutants, const struct mutant *mutant);

#endif
