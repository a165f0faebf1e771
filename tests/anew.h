/* SPDX-License-Identifier: MIT
 *
 * The answer of a table from what a request says now, without the place that the request kept while it was filled (engine/place.h).
 */
#ifndef TESTS_ANEW_H
#define TESTS_ANEW_H

#include "../engine/class_of.h"
#include "../engine/policy.h"

/* The cell of REQUEST, a tuple, in TABLE, which need not be its policy's own. */
static inline uint32_t
cell_anew(const struct table *table, const struct rck_request *request)
{
    const struct classes *classes = &table->classes;
    uint64_t place = 0;

    if (table->form == TABLE_HASHED)
        return hashed_cell(&table->hashed, classes, request);
    for (uint32_t c = 0; c < classes->n_columns; c++)
        place += (uint64_t)class_of(classes, &classes->columns[c], request) * table->dense.strides[c];
    return table->dense.cells[place];
}

#endif
