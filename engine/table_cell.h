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
    const struct dense_lane *lane = dense->lanes;
    const uint64_t *values = request->values;
    const uint32_t *codes = classes_codes(classes, values);
    uint32_t at = dense->dimensions[SLOT_SUBJECT][codes[SLOT_SUBJECT]] + dense->dimensions[SLOT_ACTION][codes[SLOT_ACTION]]
                  + dense->dimensions[SLOT_RESOURCE][codes[SLOT_RESOURCE]];

    for (; lane != dense->ends[DENSE_NAME]; lane++)
        at += dense->offsets[lane->first + codes[lane->slot]];
    for (; lane != dense->ends[DENSE_VALUE]; lane++)
        at += lane->adds[2 * codes[lane->slot] + !value_passes(&lane->test, values[lane->value])];
    for (; lane != dense->ends[DENSE_ORDER]; lane++)
        at += lane->adds[codes[lane->slot] + codes[lane->other]
                         + ((int64_t)values[lane->value] >= (int64_t)values[lane->other_value])];
    if (!dense->plain)
        at += dense_dear_lanes(dense, lane, classes, request);
    return dense->cells[at];
}

/* Returns the cell of REQUEST, whose subject, action and resource are declared. */
INLINE uint32_t
table_cell(const struct table *table, const struct rck_request *request)
{
    return table->form == TABLE_DENSE ? dense_cell(&table->dense, &table->classes, request)
                                      : hashed_cell(&table->hashed, &table->classes, request);
}

#endif
