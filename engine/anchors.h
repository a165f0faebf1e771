/* SPDX-License-Identifier: MIT
 *
 * Which clauses can apply to a request at all, so that explaining a request does not ask every one of them.
 *
 * Most clauses name a subject, an action or a resource that the request must have: an operand of the guard's outermost 'and' is
 * "the name in this dimension is one of these".  Where the request has another name, that operand is false, and so is the 'and',
 * whatever the others are; what the clause is then needs no evaluation.  One such operand of a clause is its anchor, the one that the
 * fewest requests meet, by its part of the dimension's names; for each name of each dimension the clauses stand in a list that are
 * anchored there.
 *
 *     modules:  management_token cannot use organization, stack    anchored at the subject, if it is one of few, and else irrelevant
 *     odd:      deny when action == read and size > 9              anchored at the action read, and else satisfied: it has no DO
 *     big:      deny when size > 90                                always asked
 *
 * Cost: a list entry of 4 bytes for each name of an anchor, at most ANCHOR_NAMES_MAX a clause, and a byte a clause.  Explaining
 * evaluates the clauses of three lists, and those without an anchor.
 */
#ifndef RCK_ANCHORS_H
#define RCK_ANCHORS_H

#include "mem.h"

struct rck_policy;

enum { ANCHOR_NAMES_MAX = 16 };

/* Of a request, in which every clause is that it has to be asked: of its subject, of its action, of its resource, of all requests. */
enum { ANCHOR_LISTS = 4 };

struct anchors {
    uint8_t *idle;     /* by clause: the enum rck_state that it has where it is not asked */
    uint32_t always;   /* the list of what is always asked; the others have the number of their name in policy->names */
    uint32_t *first;   /* by list: it begins there in clauses, and ends where the next one begins */
    uint32_t *clauses; /* by list, ascending */
};

/* Makes the anchors of POLICY's clauses. */
void anchors_build(struct anchors *anchors, const struct rck_policy *policy, struct arena *arena);

#endif
