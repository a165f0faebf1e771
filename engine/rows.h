/* SPDX-License-Identifier: MIT
 *
 * Rows: clauses as boxes over columns.
 *
 * A box gives, for some columns, the set of classes in which it applies; a column that it does not name is free.  A guard is
 * turned into boxes twice, once for "it is true" and once for "it is not false"; what lies in the second and not in the first is
 * where the clause is unknown.  Both are exact: an atom's answer depends on the class of its one column, and 'and', 'or', 'not'
 * are computed on answers.  Sizes: the limits clause-rows and rows.
 */
#ifndef RCK_ROWS_H
#define RCK_ROWS_H

#include "rulecheck.h"
#include "sets.h"
#include "space.h"

/* One condition of a box. */
struct cond {
    uint32_t column;
    set_id classes; /* never SET_ALL, never SET_EMPTY */
};

/* Conditions in ascending order of columns, in rows->conds. */
struct box {
    uint32_t first;
    uint32_t n;
};

struct row {
    uint32_t clause;
    enum rck_state says; /* RCK_STATE_VIOLATED, RCK_STATE_GRANTED or RCK_STATE_UNKNOWN */
    struct box box;
};

/* Boxes of one guard. */
struct boxes {
    VEC(struct box) boxes;
};

struct rows {
    struct arena *arena;
    VEC(struct row) rows;     /* by clause, in source order; what is certain before what is unknown */
    VEC(struct cond) conds;
    VEC(struct boxes) spare;  /* lists that were given back: their room is used again */
    VEC(struct cond) kept;    /* of the clause in progress, while the conditions of its rows are put together */
};

void rows_init(struct rows *rows, struct arena *arena);

/* Appends to OUT the boxes in which GUARD is as MODE says; false if there are more than LIMIT. */
bool rows_of_guard(struct rows *rows, const struct rck_policy *policy, struct space *space, guard_id guard, enum mode mode,
                   uint32_t limit, struct boxes *out);

/* Appends the rows of clause CLAUSE to rows->rows; false if the limit on one clause's rows is hit. */
bool rows_of_clause(struct rows *rows, const struct rck_policy *policy, struct space *space, uint32_t clause, uint32_t limit);

/* The box in which both A and B apply; false if there is none. */
bool box_and(struct rows *rows, struct space *space, struct box a, struct box b, struct box *out);

/* Returns the classes of COLUMN in which BOX applies; SET_ALL if it does not name it. */
set_id box_classes(const struct rows *rows, struct box box, uint32_t column);

/* Appends to OUT the boxes that together are A without B: pieces that do not overlap, at most one a column of B.  False if OUT
 * would hold more than LIMIT. */
bool box_minus(struct rows *rows, struct space *space, struct box a, struct box b, uint32_t limit, struct boxes *out);

#endif
