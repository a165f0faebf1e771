/* SPDX-License-Identifier: MIT
 *
 * What an explanation holds.  decide.c fills it; slot.c keeps some whose arrays change with the policy in force.
 */
#ifndef RCK_EXPLANATION_H
#define RCK_EXPLANATION_H

#include "policy.h"

struct rck_explanation {
    struct rck_policy *policy;
    struct rck_allocator mem;
    const struct rck_request *request; /* of the last rck_explain() */
    uint8_t *states;                   /* by clause: enum rck_state */
    uint8_t *read;                     /* by slot, of the clause that was asked last */
    uint8_t *missing;
    uint32_t asked; /* the clause that 'read' and 'missing' are about; RCK_NONE: none */
    bool valid;
    bool laid;                    /* the states are those of the last request, and idle in all other clauses */
    uint32_t lists[ANCHOR_LISTS]; /* of the last request; the last one is that of all requests */
    uint32_t n_asked;             /* clauses that were evaluated for it; for tests */
};

/* Returns the state of CLAUSE on REQUEST, which is a tuple of the vocabulary. */
enum rck_state clause_state(const struct rck_policy *policy, const struct clause *clause, const struct rck_request *request);

/* Returns the size in bytes of the arrays above for POLICY. */
size_t explanation_arrays_size(const struct rck_policy *policy);

/* Makes EXPLANATION one of POLICY, with nothing explained yet; its arrays lie in ARRAYS.  Takes no reference. */
void explanation_lay(struct rck_explanation *explanation, struct rck_policy *policy, void *arrays);

#endif
