/* SPDX-License-Identifier: MIT
 *
 * The hot half of table.h: the answer of a table, to be inlined where a request is decided.  What the loops do is told by dense.h.
 */
#ifndef RCK_TABLE_CELL_H
#define RCK_TABLE_CELL_H

#include "request.h"
#include "table.h"

INLINE uint32_t
dense_cell(const struct dense *dense, const struct classes *classes, const struct rck_request *request)
{
    struct dense_lane *const *ends = dense->ends;
    const uint64_t *values = request->values;
    const uint32_t *codes = classes_codes(classes, values);
    uint32_t at = dense->dimensions[SLOT_SUBJECT][codes[SLOT_SUBJECT]] + dense->dimensions[SLOT_ACTION][codes[SLOT_ACTION]]
                  + dense->dimensions[SLOT_RESOURCE][codes[SLOT_RESOURCE]];

    for (const struct dense_lane *lane = dense->lanes; lane != ends[DENSE_NAME]; lane++)
        at += dense->offsets[lane->test + codes[(uint32_t)lane->places]];
    for (const struct dense_lane *lane = ends[DENSE_NAME]; lane != ends[DENSE_SET]; lane++) {
        uint64_t places = lane->places;

        at += lane->adds[2 * codes[(uint32_t)places] + ((values[places >> 32] & lane->test) == 0)];
    }
    for (const struct dense_lane *lane = ends[DENSE_SET]; lane != ends[DENSE_NUMBER]; lane++) {
        uint64_t places = lane->places;

        at += lane->adds[2 * codes[(uint32_t)places] + ((int64_t)values[places >> 32] < (int64_t)lane->test)];
    }
    for (const struct dense_lane *lane = ends[DENSE_NUMBER]; lane != ends[DENSE_ORDER]; lane++) {
        uint64_t places = lane->places;

        at += lane->adds[codes[dense_place(places, PLACE_SLOT)] + codes[dense_place(places, PLACE_OTHER)]
                         + ((int64_t)values[dense_place(places, PLACE_VALUE)] >= (int64_t)values[dense_place(places, PLACE_OTHER_VALUE)])];
    }
    if (!dense->plain)
        at += dense_others(dense, classes, request);
    return dense->cells[at];
}

/* Returns the cell of REQUEST, whose subject, action and resource are declared. */
INLINE uint32_t
table_cell(const struct table *table, const struct rck_request *request)
{
    return table->form == TABLE_DENSE ? dense_cell(&table->dense, &table->classes, request)
                                      : hashed_cell(&table->hashed, &table->classes, request);
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
