/* SPDX-License-Identifier: MIT
 *
 * The decision table: what rck_decide() answers from.  It has one of two forms, which give the same answers:
 *
 *     dense    a cell for each combination of classes (dense.h), while these are not more than the limit `cells`, and soon filled
 *     hashed   lists of conditions under the names that clauses pin (hashed.h), for everything larger; linear in the policy
 *
 * Both tell a request's class in a column by classes.h.  A request adds them up while it is filled (place.h), for a dense table, or a
 * hashed one of one group.  The answer is a cell: (clause + 1) * 4 + result, with clause + 1 = 0 for none; table_cell.h looks it up.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_TABLE_H
#define RCK_TABLE_H

#include "dense.h"
#include "hashed.h"
#include "place.h"
#include "rows.h"
#include "space.h"

struct rck_policy;
struct rck_request;

enum table_form { TABLE_DENSE, TABLE_HASHED };

struct table {
    enum table_form form;
    struct classes classes;
    struct dense dense;   /* of the form dense */
    struct hashed hashed; /* of the form hashed */
    struct places places; /* made from the others */
};

/* Makes the table from POLICY's space and rows: dense, or hashed if it would have more than CELLS cells.  POLICY's arena must
 * have an escape; it is taken where memory fails. */
void table_build(struct table *table, struct rck_policy *policy, uint64_t cells, const struct hashed_shape *shape);

/* Checks the invariants; a table that fails is never used. */
bool table_verify(const struct table *table, const struct rck_policy *policy);

/* Makes what is not saved; the rest is built, or was loaded and verified. */
void table_prepare(struct table *table, const struct rck_policy *policy, struct arena *arena);

/* Tells form and size. */
void table_info(const struct table *table, struct rck_table_info *info);

#endif
