/* SPDX-License-Identifier: MIT
 *
 * The decision table, dense form.
 *
 * Layout.  Every column of the policy's space gets a stride, the product of the class counts of the columns before it; a request's
 * class in each column times its stride, summed, is the index of one cell, and the cell holds the answer: the result and the
 * clause that decides.  There is no search and no comparison with any clause.
 *
 *     example, two columns: action (0 create, 1 any other) and count (0 ..29, 1 30.., 2 absent)
 *     strides 1 and 2; creating the 31st has the classes 0 and 1, so its cell is 0 * 1 + 1 * 2 = 2: deny, token_count
 *
 *         cell     0      1      2                  3      4                          5
 *         classes  0 0    1 0    0 1                1 1    0 2                        1 2
 *         says     allow  allow  deny token_count   allow  indeterminate token_count  allow
 *
 * Filling.  Cells start as what `default` says.  Then boxes are painted over one another, the weakest first, so that the last
 * coat is the answer: grants that are unknown, grants, unknown clauses, violated clauses; within a coat the clauses from the
 * last to the first, so that the first in source order shows.  What no grant reaches under `default deny` stays a deny,
 * whatever is unknown there.
 *
 * Cost.  A decision is one class a column (one load for names, one comparison a cut for numbers, one mask a word of a set) and one
 * load for the cell.  Memory is 4 bytes a cell, at most the limit cells; a policy whose product is larger is refused by that
 * limit.  Filling costs the cells of all boxes together.
 *
 * Invariants, checked by table_verify(): every offset that a column can yield is a multiple of its stride and below stride times
 * classes, so that any sum of one a column is below n_cells; every cell names a clause of the policy or none.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_TABLE_H
#define RCK_TABLE_H

#include "rows.h"
#include "space.h"

struct rck_policy;
struct rck_request;

/* A column as the decision reads it: class offsets, that is class times stride, instead of classes. */
struct table_column {
    enum column_kind kind;
    uint32_t slot;       /* index, not index + 1 */
    uint32_t other;      /* index of the second slot, or the same as slot */
    uint32_t stride;
    uint32_t first;      /* COLUMN_NAME: in offsets, by name; COLUMN_NUMBER: in space.cuts; COLUMN_HAS: in masks */
    uint32_t n;          /* COLUMN_NUMBER: cuts; COLUMN_HAS: words */
    uint32_t first_word; /* COLUMN_HAS: of the slot's members in a request */
    uint32_t absent;     /* offset of an absent value */
    uint32_t undeclared; /* offset of an undeclared value */
    uint32_t pattern;    /* COLUMN_MATCHES */
    bool is_sum;         /* COLUMN_NUMBER: of more than one number */
    struct sum sum;
};

struct table {
    struct table_column *columns;
    uint32_t n_columns;
    uint32_t *offsets;
    uint32_t n_offsets;
    uint64_t *masks;
    uint32_t n_masks;
    const wide *cuts; /* the space's */
    uint32_t n_cuts;
    uint32_t *cells;  /* (clause + 1) * 4 + result; clause + 1 is 0 for none */
    uint64_t n_cells;
};

/* Makes the table from POLICY's space and rows.  False if it would have more than LIMIT cells. */
bool table_build(struct table *table, const struct rck_policy *policy, struct arena *arena, uint64_t limit);

/* Checks the invariants; a table that fails is never used. */
bool table_verify(const struct table *table, const struct rck_policy *policy);

/* Returns the cell of REQUEST, whose subject, action and resource are declared. */
uint32_t table_cell(const struct rck_policy *policy, const struct rck_request *request);

#endif
