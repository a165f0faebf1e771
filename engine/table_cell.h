/* SPDX-License-Identifier: MIT
 *
 * The hot half of table.h: the answer of a table, to be inlined where a request is decided.
 */
#ifndef RCK_TABLE_CELL_H
#define RCK_TABLE_CELL_H

#include "policy.h"
#include "request.h"

/* Returns the cell of REQUEST, a tuple of POLICY. */
INLINE uint32_t
table_cell(const struct rck_policy *policy, const struct rck_request *request)
{
    const struct table *table = &policy->table;

    return table->form == TABLE_DENSE ? table->dense.cells[request->place] : hashed_cell(&table->hashed, &table->classes, request);
}

/* The result that CELL says, and in WHY, which may be NULL, the clause. */
INLINE enum rck_result
table_answer(uint32_t cell, struct rck_why *why)
{
    if (why != NULL)
        why->clause = (cell >> 2) - 1; /* none wraps to RCK_NONE */
    return (enum rck_result)(cell & 3);
}

#endif
