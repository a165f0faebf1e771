/* SPDX-License-Identifier: MIT
 *
 * The dense decision table; see dense.h.
 */
#include <config.h>

#include "dense.h"

#include "policy.h"

static uint32_t
make_cell(enum rck_result result, uint32_t clause_plus_1)
{
    return clause_plus_1 << 2 | (uint32_t)result;
}

/* Writes CELL into every cell of the box: recursion over columns from the last (largest stride) to the first. */
struct painter {
    const struct dense *dense;
    const struct space *space;
    const set_id *classes; /* by column */
    uint32_t *cells;
    uint32_t cell;
    uint32_t keeps; /* the cell that is not painted over; UINT32_MAX: all are */
};

static void
paint(const struct painter *painter, uint32_t n_columns, uint64_t at)
{
    uint32_t n_free = 0, column = n_columns - 1;

    /* Columns from the first on that are free are one run of cells. */
    while (n_free < n_columns && painter->classes[n_free] == SET_ALL)
        n_free++;
    if (n_free == n_columns) {
        uint64_t run =
            n_columns == 0 ? 1 : (uint64_t)painter->dense->strides[column] * painter->space->columns.items[column].n_classes;

        for (uint64_t i = 0; i < run; i++)
            if (painter->cells[at + i] != painter->keeps)
                painter->cells[at + i] = painter->cell;
        return;
    }
    if (painter->classes[column] == SET_ALL) {
        for (uint32_t k = 0; k < painter->space->columns.items[column].n_classes; k++)
            paint(painter, column, at + (uint64_t)k * painter->dense->strides[column]);
        return;
    }

    uint32_t n;
    const struct range *ranges = set_ranges(&painter->space->sets, painter->classes[column], &n);

    for (uint32_t r = 0; r < n; r++)
        for (uint32_t k = ranges[r].lo; k < ranges[r].hi; k++)
            paint(painter, column, at + (uint64_t)k * painter->dense->strides[column]);
}

/* Paints the rows that say SAYS, of the last clause first. */
static void
paint_coat(struct dense *dense, const struct rck_policy *policy, set_id *classes, bool grants, enum rck_state says,
           enum rck_result result)
{
    for (uint32_t r = kept_n(&policy->rows); r-- != 0;) {
        const struct kept_row *row = &policy->rows.rows.items[r];
        struct box box = kept_box(&policy->rows, r);
        struct painter painter = {
            dense, &policy->space, classes, dense->cells, make_cell(result, (uint32_t)row->clause + 1), UINT32_MAX
        };

        if (row->says != says || (policy->clauses.items[row->clause].kind == RCK_CLAUSE_GRANT) != grants)
            continue;
        if (says == RCK_STATE_GRANTED)
            painter.cell = make_cell(result, 0);
        if (says == RCK_STATE_UNKNOWN && !grants)
            painter.keeps = make_cell(RCK_DENY, 0);
        for (uint32_t i = 0; i < box.n; i++)
            classes[kept_cond(&policy->rows, box, i)->column] = kept_cond(&policy->rows, box, i)->classes;
        paint(&painter, policy->space.columns.n, 0);
        for (uint32_t i = 0; i < box.n; i++)
            classes[kept_cond(&policy->rows, box, i)->column] = SET_ALL;
    }
}

bool
dense_build(struct dense *dense, const struct rck_policy *policy, struct arena *arena, uint64_t limit)
{
    const struct space *space = &policy->space;
    uint64_t n_cells = 1;
    set_id *classes;

    for (uint32_t c = 0; c < space->columns.n; c++) {
        n_cells *= space->columns.items[c].n_classes;
        if (n_cells > limit)
            return false;
    }
    classes = arena_array(arena, (size_t)space->columns.n + 1, sizeof *classes);
    *dense = (struct dense){
        .strides = arena_array(arena, (size_t)space->columns.n + 1, sizeof *dense->strides),
        .cells = arena_array(arena, (size_t)n_cells, sizeof *dense->cells),
        .n_cells = (uint32_t)n_cells,
    };
    for (uint32_t c = 0, stride = 1; c < space->columns.n; c++) {
        dense->strides[c] = stride;
        stride *= space->columns.items[c].n_classes;
    }
    for (uint64_t i = 0; i < n_cells; i++)
        dense->cells[i] = make_cell(policy->by_default, 0);
    paint_coat(dense, policy, classes, true, RCK_STATE_UNKNOWN, RCK_INDETERMINATE);
    paint_coat(dense, policy, classes, true, RCK_STATE_GRANTED, RCK_ALLOW);
    paint_coat(dense, policy, classes, false, RCK_STATE_UNKNOWN, RCK_INDETERMINATE);
    paint_coat(dense, policy, classes, false, RCK_STATE_VIOLATED, RCK_DENY);
    return true;
}

bool
dense_verify(const struct dense *dense, const struct classes *classes, const struct rck_policy *policy)
{
    uint64_t n_cells = 1;

    for (uint32_t c = 0; c < classes->n_columns; c++) {
        if (dense->strides[c] != n_cells)
            return false;
        n_cells *= classes->columns[c].n_classes;
        if (n_cells > UINT32_MAX)
            return false;
    }
    for (uint32_t i = 0; i < dense->n_cells; i++)
        if (dense->cells[i] >> 2 > policy->clauses.n)
            return false;
    return n_cells == dense->n_cells;
}
