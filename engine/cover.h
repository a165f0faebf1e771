/* SPDX-License-Identifier: MIT
 *
 * Questions about all requests, by one primitive: is every request of a box covered by some rows?
 *
 * cover_find() subtracts the boxes of the rows from the box, one after the other, depth first.  A piece that nothing covers is a
 * candidate: a set of classes for each column.  Columns that share a slot are not independent, so the piece is then realised
 * (realise.c): values are looked for that fall into the classes, numbers by elimination (linear.h), texts by a search over the
 * globs (globs.h).  A piece that no values can produce is no answer.  The answer comes with a witness, a request that anybody can
 * replay.
 *
 * Where there are many rows, those that can matter are found by an index (box_index.h).  A box that leaves columns free may meet
 * nearly all rows, but a corner of it does not: the box where each free key column has the class in which the fewest rows apply,
 * such as a name that no clause mentions, and where whatever else it does not speak about is as in the default request, which
 * realise() makes where nothing is asked (what is optional is absent).  What covers the box covers the corner; so the corner is
 * asked about first, and mostly gives the witness.  If it is covered, then by rows that leave the free columns free, and they are
 * likely to cover the whole box.  They are taken away first, and whatever is left of the box is looked up piece by piece.  So the
 * answer is exact wherever it is found.
 *
 *     d8: s3 cannot use r7       meets every clause about r7 that does not name another subject; the corner is (s3, an action that
 *                                no clause names, r7), which only rows of the groups {subject, resource}, {subject}, ... can cover
 *
 * Asserts are proved with it, the lint asks it which clauses decide nothing, and what compares policies asks it what is left.
 * Cost: exponential in the worst case, so it counts its steps and says "not completed" when the limit proof-steps is reached; it
 * is right in every other answer.  What compares boxes, makes them or looks for numbers takes the more steps the more conditions there
 * are (cover_pay()), and all questions of an analysis share a budget, so that the limit bounds time and memory; what an analysis does
 * besides its questions is paid from that as well (cover_spend()).  Memory: that of the rows and the index; a question leaves nothing
 * behind.
 *
 *     struct cover_rows others = { COVER_VIOLATED, .without_plus_1 = c + 1 };
 *
 *     cover_init(&cover, policy, &arena, &scratch, witness, NULL, 0, limit);
 *     answer = cover_find(&cover, cover.rows.rows.items[r].box, &others, false);
 */
#ifndef RCK_COVER_H
#define RCK_COVER_H

#include "box_index.h"
#include "linear.h"
#include "policy.h"
#include "request.h"

enum cover_answer {
    COVER_COVERED,    /* no request is left over */
    COVER_WITNESS,    /* one is; the witness holds it */
    COVER_UNFINISHED  /* the limit on steps was reached */
};

/* Kinds of rows. */
enum cover_kind { COVER_VIOLATED = 1, COVER_UNKNOWN = 2, COVER_GRANTED = 4, COVER_GRANT_UNKNOWN = 8 };

/* Which rows a question is about: those of some kinds, but for one clause, and where CLAUSES is given only of those clauses whose
 * byte there is not 0.  { 0 } is no row. */
struct cover_rows {
    unsigned kinds;  /* of enum cover_kind */
    uint32_t without_plus_1; /* 1 + index of a clause whose rows are left out; 0: none are */
    const uint8_t *clauses;  /* by clause; NULL: all */
};

struct name_choice;
struct corners;

enum { COVER_FEW_ROWS = 256 };

/* A list of rows: indices into cover->rows.rows. */
struct row_list {
    VEC(uint32_t) rows;
};

/* An analysis of one policy: a space for all clauses and asserts, and the rows of the enforced clauses in it. */
struct cover {
    struct rck_policy *policy;
    struct arena *arena;   /* what lives as long as the analysis */
    struct arena *scratch; /* what lives as long as one question; reset by each */
    struct rck_request *witness; /* what questions write; the caller's */
    struct space space;
    struct rows rows;      /* of the enforced clauses and the grants, by clause in source order */
    uint8_t *kinds;        /* by row: enum cover_kind */
    uint32_t *first_row;   /* by clause, and one more: where its rows begin */
    uint32_t few_rows;     /* with no more rows than these there is no index, and no corner; COVER_FEW_ROWS, tests try others */
    struct box_index index;
    struct corners *corners; /* of cover.c: what it knows of the columns; NULL without an index */
    uint32_t *first_class; /* by column with names: where its classes begin in first_name */
    uint32_t *first_name;  /* by class: its first name */
    struct box complete;   /* where every attribute is given that is not optional */
    uint64_t steps, limit; /* of the question in progress; what takes long takes several, see cover_pay() */
    uint64_t spent, budget; /* of all questions so far, and what was done besides; the budget, which cover_init() leaves out, ends them all */
    struct boxes rest;     /* workspace */
    struct linear linear;  /* workspace */
    struct name_choice *choices; /* of realise.c, by slot: made once, however many questions there are */
    uint32_t *strings;
};

/* Counts a step that looks at N_CONDS conditions; false if there are no steps left. */
static inline bool
cover_pay(struct cover *cover, uint64_t n_conds)
{
    cover->steps += 1 + n_conds / COVER_CONDS_A_STEP;
    return cover->steps <= cover->limit;
}

/* Counts N steps that are no question's; false if all together are more than the budget. */
static inline bool
cover_spend(struct cover *cover, uint64_t n)
{
    cover->spent += n;
    return cover->spent <= cover->budget;
}

/* True if all steps together are more than the budget: no question will be answered any more. */
static inline bool
cover_is_spent(const struct cover *cover)
{
    return cover->spent + cover->steps > cover->budget;
}

/* Prepares an analysis in ARENA; EXTRA are guards (of asserts) that questions will be about.  SCRATCH is another arena, which is
 * reset by every question; both must have an escape and are the caller's to free, as is WITNESS, a request of the policy, which
 * questions overwrite.  The policy's rows must fit the limits: policy_seal() has succeeded, or it was loaded. */
void cover_init(struct cover *cover, struct rck_policy *policy, struct arena *arena, struct arena *scratch,
                struct rck_request *witness, const guard_id extra[], uint32_t n_extra, uint64_t limit);

/* All questions that are asked from now on together take as many steps as four of them may, and 1,024 more for each of N, the things
 * that are asked about.  A question after that is not finished. */
void cover_set_budget(struct cover *cover, uint64_t n);

/* Returns how many steps that are, if one question may take LIMIT. */
uint64_t cover_budget(uint64_t limit, uint64_t n);

/* Makes the index, if there are more than FEW_ROWS rows; cover_init() has done so with COVER_FEW_ROWS. */
void cover_index(struct cover *cover, uint32_t few_rows);

/* Looks for a request in BOX that is outside of all rows that ROWS names; with COMPLETE, for one that gives all attributes that
 * are not optional, with declared values.  The witness is overwritten whatever the answer. */
enum cover_answer cover_find(struct cover *cover, struct box box, const struct cover_rows *rows, bool complete);

/* Looks for a request that lies in BOX. */
enum cover_answer cover_realise(struct cover *cover, struct box box, bool complete);

/* Looks for a request in BOX that is outside of BOXES. */
enum cover_answer cover_find_outside(struct cover *cover, struct box box, const struct boxes *boxes, bool complete);

/* Parts each of BOXES by the rows that ROWS names: appends to INSIDE what lies in one of them, and to OUTSIDE the rest, in pieces
 * that do not overlap where BOXES do not.  Both are in cover->arena; either may be NULL.  As cover_minus() otherwise. */
bool cover_part(struct cover *cover, const struct boxes *boxes, const struct cover_rows *rows, struct boxes *inside,
                struct boxes *outside);

/* Makes LIST the rows that ROWS names and whose boxes meet BOX, in ascending order; if more than MOST do, it has MOST + 1 of
 * them.  LIST is in cover->arena, and keeps its room from call to call.  It is complete whatever it takes, and that is paid from the
 * budget: who asks for many of them looks at cover_is_spent(). */
void cover_meet(struct cover *cover, struct box box, const struct cover_rows *rows, uint32_t most, struct row_list *list);

/* Appends to OUT the pieces of BOX that are outside of all rows that ROWS names; they do not overlap, and none is looked for
 * values that could produce it.  Their conditions and sets stay, until the caller takes cover->rows.conds.n back.  False if the
 * limit on steps was reached. */
bool cover_minus(struct cover *cover, struct box box, const struct cover_rows *rows, struct boxes *out);

/* Looks for a request that lies in BOX, within the steps that are left; cover_find() and cover_realise() ask. */
enum cover_answer realise(struct cover *cover, struct box box, bool complete);

#endif
