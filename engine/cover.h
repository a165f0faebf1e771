/* SPDX-License-Identifier: MIT
 *
 * Questions about all requests, by one primitive: is every request of a box covered by some boxes?
 *
 * cover_find() subtracts the boxes from the box, one after the other, depth first.  A piece that nothing covers is a candidate: a set
 * of classes for each column.  Columns that share a slot are not independent, so the piece is then realised (realise.c): values are
 * looked for that fall into the classes, numbers by elimination (linear.h), texts by a search over the globs (globs.h).  A piece
 * that no values can produce is no answer.  The answer comes with a witness, a request that anybody can replay.
 *
 * Asserts are proved with it, and the lint asks it which clauses decide nothing.  Cost: exponential in the worst case, so it counts
 * its steps and says "not completed" when the limit proof-steps is reached; it is right in every other answer.
 */
#ifndef RCK_COVER_H
#define RCK_COVER_H

#include "linear.h"
#include "policy.h"
#include "request.h"

enum cover_answer {
    COVER_COVERED,    /* no request is left over */
    COVER_WITNESS,    /* one is; the witness holds it */
    COVER_UNFINISHED  /* the limit on steps was reached */
};

struct name_choice;

/* An analysis of one policy: a space for all clauses and asserts, and the rows of the enforced clauses in it. */
struct cover {
    struct rck_policy *policy;
    struct arena *arena;
    struct space space;
    struct rows rows;      /* of the enforced clauses and the grants */
    struct box complete;   /* where every attribute is given that is not optional */
    uint64_t steps, limit; /* of the question in progress */
    struct linear linear;  /* workspace */
    struct name_choice *choices; /* of realise.c, by slot: made once, however many questions there are */
    uint32_t *strings;
};

/* Prepares an analysis in ARENA; EXTRA are guards (of asserts) that questions will be about.  The policy's rows must fit the
 * limits: policy_seal() has succeeded. */
void cover_init(struct cover *cover, struct rck_policy *policy, struct arena *arena, const guard_id extra[], uint32_t n_extra,
                uint64_t limit);

/* Looks for a request in BOX that is outside all of the N rows ROWS (indices into cover->rows.rows); with COMPLETE, for one
 * that gives all attributes that are not optional, with declared values.  WITNESS, a request of the policy, is overwritten. */
enum cover_answer cover_find(struct cover *cover, struct box box, const uint32_t rows[], uint32_t n, bool complete,
                             struct rck_request *witness);

/* Looks for a request that lies in BOX; see cover_find(), which asks. */
enum cover_answer realise(struct cover *cover, struct box box, bool complete, struct rck_request *witness);

#endif
