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
 * mispredicted jump costs more than the whole rest.  Subject, action and resource, which every request has, need no lane.  What a
 * request says of a slot is a code (request.h), in which absent and undeclared are values like others, so a name is one load more
 * than its code.  Of a set, and of a number with one cut, the code and one test together choose what is added: is one of the names a
 * member, or is it below the cut.  Of two numbers that a clause compares it is both codes, and which of them is more.  Kinds that are
 * rare or dear (many cuts, globs, other sums, comparisons of names, sets of many names) go through class_of(), as they do in the
 * hashed form; a table without any is plain, and decides without a call.
 *
 * Cost.  A decision is some ten instructions a column and one load for the cell.  Loads are what it waits for, so the places that a lane
 * reads are one word.  Memory is 4 bytes a cell, at most the limit cells.  Filling costs the cells of all boxes together.
 *
 * Invariants, checked by dense_verify(): a class times its stride, summed over the columns, is below n_cells for every choice of
 * classes; every cell names a clause of the policy or none.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_DENSE_H
#define RCK_DENSE_H

#include "classes.h"

/* What a lane reads, in the order of lanes. */
enum dense_kind {
    DENSE_NAME,
    DENSE_SET,        /* of no more than 64 names */
    DENSE_NUMBER,     /* with one cut */
    DENSE_ORDER,      /* a comparison of two numbers */
    N_DENSE_KINDS,
    DENSE_DIMENSION = N_DENSE_KINDS, /* subject, action, resource: has no lane */
    DENSE_OTHER                      /* by class_of() */
};

/* A column as the decision reads it. */
struct dense_lane {
    uint64_t places; /* see below */
    uint64_t test;   /* the names that are asked for, a bit each; the cut; of names: where in offsets */
    uint32_t adds[2 * VALUE_DECLARED + 2]; /* by 2 * code, and whether the test fails; of orders by the sum of both codes, and whether the
                                              value is not less than the other */
};

/* Of an order 16 bits each: in a request's codes those of its slots, whose two codes are 0 or VALUE_DECLARED, and in its values those of
 * its numbers.  Of others 32 bits each, the slot and the value. */
enum dense_places { PLACE_SLOT, PLACE_OTHER, PLACE_VALUE, PLACE_OTHER_VALUE };

INLINE uint16_t
dense_place(uint64_t places, uint32_t which)
{
    return (uint16_t)(places >> 16 * which);
}

struct dense {
    uint32_t *strides; /* by column */
    uint32_t *cells;   /* (clause + 1) * 4 + result; clause + 1 is 0 for none */
    uint32_t n_cells;

    /* Made from the above and the classes by dense_prepare(). */
    bool plain; /* no column needs class_of() */
    struct dense_lane *lanes;
    struct dense_lane *ends[N_DENSE_KINDS]; /* of the lanes of each kind */
    uint32_t *others;        /* the columns that need class_of() */
    uint32_t n_others;
    uint32_t *dimensions[4]; /* by code of subject, action, resource: class times stride; 0 where nothing asks for them */
    uint32_t *offsets;       /* the same of other names */
};

/* Makes the table from POLICY's space and rows.  False if it would have more than LIMIT cells, which is below 2^32. */
bool dense_build(struct dense *dense, const struct rck_policy *policy, struct arena *arena, uint64_t limit);

/* Makes the lanes; the rest is built, or was loaded and verified. */
void dense_prepare(struct dense *dense, const struct classes *classes, const struct rck_policy *policy, struct arena *arena);

bool dense_verify(const struct dense *dense, const struct classes *classes, const struct rck_policy *policy);

/* Returns what the columns that need class_of() add to the index of REQUEST's cell. */
uint32_t dense_others(const struct dense *dense, const struct classes *classes, const struct rck_request *request);

#endif
