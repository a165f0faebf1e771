/* SPDX-License-Identifier: MIT
 *
 * A policy for an analysis alone: two policies as one, so that questions can be asked about both at once; or one policy with
 * constants of its own, the values of a request.  It has a vocabulary, guards and look-ups, and no table: nothing is decided by it.
 *
 * The vocabulary of two policies is their common part.  A name of a dimension, an enumeration or a set is in it if both policies
 * know it (an open one knows all names); a number has the range that both allow; an attribute that only one of them declares is
 * in it as well, for the other does not read it.  An attribute that is something else in either (an int here, a string there; MB
 * here, KB there) is in no common part: it counts as absent, so what asks for it is unknown.  What differs is told in notes.
 */
#ifndef RCK_JOINT_H
#define RCK_JOINT_H

#include "policy.h"
#include "request.h"

struct joint {
    struct arena *arena;
    struct rck_policy *policy;      /* the caller unrefs it */
    const struct rck_request *request; /* of the first policy, or NULL */
    uint32_t *compared;             /* by slot of the first policy, if there is a request: a slot that it is compared with, or itself */
    uint32_t n_first;               /* its clauses that are of the first policy; the others follow */
    uint32_t *slots[2];             /* by slot of either policy: 1 + slot of the joint one; 0: incompatible */
    guard_id *given;                /* by joint slot: it has the value of the request; NONE where that says nothing */
    bool incomparable;              /* the common part cannot be made; the last note tells why */
    VEC(struct str) notes;          /* how the vocabularies differ, in order */
};

/* Makes JOINT, in ARENA, which must have an escape and stays valid as long as it.  B may be NULL; so may GIVEN, a request of A
 * without undeclared values.  WHOLE: what it does not give is absent; else it says nothing about it.  joint->policy is set before
 * anything can escape. */
void joint_build(struct joint *joint, struct arena *arena, const struct rck_policy *a, const struct rck_policy *b,
                 const struct rck_request *given, bool whole);

#endif
