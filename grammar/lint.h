/* SPDX-License-Identifier: MIT
 *
 * Questions about all requests of one policy, for asserts (proofs.c) and for what is only worth a warning (lint.c).
 */
#ifndef RCK_LINT_H
#define RCK_LINT_H

#include "compile.h"

#include "../engine/cover.h"

/* One analysis and the buffers of its questions. */
struct prover {
    struct compile *c;
    struct cover cover;
    struct rck_request *witness; /* of the last question that found one */
    struct rck_explanation *explanation;
    enum limit limit;    /* why an assert was not proved */
    uint8_t *named;      /* by clause: those that a question is about; all 0 between questions */
    struct row_list met; /* workspace */
};

/* The witness as "subject=authtoken action=create ...". */
struct str witness_text(struct prover *p);

/* Adds to a record what the witness gets, and by which clauses: of a deny those that are violated, as in cases. */
void tell_witness(struct prover *p, struct diag *d);

/* Looks for all that is worth a warning and wanted. */
void lint(struct prover *p);

#endif
