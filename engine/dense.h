/* SPDX-License-Identifier: MIT
 *
 * The decision table, dense form: one cell for each combination of classes.
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
 * Deciding.  What a column adds to the index is computed by its lane.  Lanes stand by kind, each kind has a loop of its own, and a
 * loop body has no branches: what is absent is chosen by masks, not by jumps, because who asks is different each time and a
 * mispredicted jump costs more than the whole rest.  Kinds that are rare or dear (globs, sums, comparisons of names) go through
 * class_of(), as they do in the hashed form.
 *
 * Cost.  A decision is a load or two a column and one load for the cell.  Memory is 4 bytes a cell, at most the limit cells.
 * Filling costs the cells of all boxes together.
 *
 * Invariants, checked by dense_verify(): a class times its stride, summed over the columns, is below n_cells for every choice of
 * classes; every cell names a clause of the policy or none.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_DENSE_H
#define RCK_DENSE_H

#include "classes.h"

/* A column as the decision reads it. */
struct dense_lane {
    uint32_t column;
    uint32_t slot, other; /* other: of differences */
    uint32_t first;       /* of names: in offsets; of numbers: in cuts; of differences and sets: as in struct class_column */
    uint32_t n;           /* of names: values; else as in struct class_column */
    uint32_t first_word;  /* of sets */
    uint32_t stride;
    uint32_t absent;      /* what an absent number adds */
};

struct dense {
    uint32_t *strides; /* by column */
    uint32_t *cells;   /* (clause + 1) * 4 + result; clause + 1 is 0 for none */
    uint32_t n_cells;

    /* Made from the above and the classes by dense_prepare(). */
    struct dense_lane *lanes; /* names, numbers, differences of two, sets, others */
    uint32_t n_names, n_numbers, n_differences, n_sets, n_others;
    uint32_t *offsets; /* by name: class times stride; behind the last one those of "absent" and "undeclared" */
    int64_t *cuts;
};

/* Makes the table from POLICY's space and rows.  False if it would have more than LIMIT cells. */
bool dense_build(struct dense *dense, const struct rck_policy *policy, struct arena *arena, uint64_t limit);

/* Makes the lanes; the rest is built, or was loaded and verified. */
void dense_prepare(struct dense *dense, const struct classes *classes, struct arena *arena);

bool dense_verify(const struct dense *dense, const struct classes *classes, const struct rck_policy *policy);

/* Returns the cell of REQUEST, whose subject, action and resource are declared. */
uint32_t dense_cell(const struct dense *dense, const struct classes *classes, const struct rck_request *request);

#endif
