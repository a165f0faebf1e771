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
 * Deciding.  A request keeps the index of its cell (place.h): what each value adds is known when it is given.  So a decision is one
 * load, however many columns there are, and whatever they ask.
 *
 * Cost.  Memory is 4 bytes a cell, at most the limit cells.  Filling costs the cells of all boxes together; that is at most
 * DENSE_COATS_MAX times the limit, some milliseconds, or there is no dense table.  So a hundred thousand intervals of one number, which
 * have few classes and many cells each, do not take a hundred thousand times those cells.
 *
 * Invariants, checked by dense_verify(): a class times its stride, summed over the columns, is below n_cells for every choice of
 * classes; every cell names a clause of the policy or none.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_DENSE_H
#define RCK_DENSE_H

#include "classes.h"

enum { DENSE_COATS_MAX = 256 };

struct dense {
    uint32_t *strides; /* by column */
    uint32_t *cells;   /* (clause + 1) * 4 + result; clause + 1 is 0 for none */
    uint32_t n_cells;
};

/* Makes the table from POLICY's space and rows.  False if it would have more than LIMIT cells, which is below 2^32, or filling it would
 * write too many. */
bool dense_build(struct dense *dense, const struct rck_policy *policy, struct arena *arena, uint64_t limit);

bool dense_verify(const struct dense *dense, const struct classes *classes, const struct rck_policy *policy);

#endif
