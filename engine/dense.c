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

/* What is written into the cells of a box. */
struct painter {
    const struct dense *dense;
    const struct space *space;
    const set_id *classes; /* by column */
    uint32_t first;        /* the columns before it are free, so that a class of it is one run of cells */
    uint32_t cell;
    uint32_t keeps; /* the cell that is not painted over; UINT32_MAX: all are */
};

static void
paint_run(const struct painter *painter, uint64_t at, uint64_t n)
{
    uint32_t *cells = painter->dense->cells + at;

    for (uint64_t i = 0; i < n; i++)
        if (cells[i] != painter->keeps)
            cells[i] = painter->cell;
}

/* Paints the box: recursion over columns from the last (largest stride) to the first that is not free. */
static void
paint(const struct painter *painter, uint32_t n_columns, uint64_t at)
{
    uint32_t column = n_columns - 1, n = 1;
    struct range all = { 0, 0 };
    const struct range *ranges = &all;
    uint64_t stride;

    if (n_columns == 0) { /* a table without columns has one cell */
        paint_run(painter, at, 1);
        return;
    }
    all.hi = painter->space->columns.items[column].n_classes;
    stride = painter->dense->strides[column];
    if (painter->classes[column] != SET_ALL)
        ranges = set_ranges(&painter->space->sets, painter->classes[column], &n);
    for (uint32_t r = 0; r < n; r++) {
        if (column <= painter->first)
            paint_run(painter, at + ranges[r].lo * stride, (ranges[r].hi - ranges[r].lo) * stride);
        else
            for (uint32_t k = ranges[r].lo; k < ranges[r].hi; k++)
                paint(painter, column, at + k * stride);
    }
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
            dense, &policy->space, classes, policy->space.columns.n, make_cell(result, (uint32_t)row->clause + 1), UINT32_MAX
        };

        if (row->says != says || (policy->clauses.items[row->clause].kind == RCK_CLAUSE_GRANT) != grants)
            continue;
        if (says == RCK_STATE_GRANTED)
            painter.cell = make_cell(result, 0);
        if (says == RCK_STATE_UNKNOWN && !grants)
            painter.keeps = make_cell(RCK_DENY, 0);
        for (uint32_t i = 0; i < box.n; i++) {
            const struct cond *cond = kept_cond(&policy->rows, box, i);

            classes[cond->column] = cond->classes;
            painter.first = cond->column < painter.first ? cond->column : painter.first;
        }
        paint(&painter, policy->space.columns.n, 0);
        for (uint32_t i = 0; i < box.n; i++)
            classes[kept_cond(&policy->rows, box, i)->column] = SET_ALL;
    }
}

/* True if the boxes of POLICY's rows have N_MOST cells or fewer, all together, in a table of N_CELLS. */
static bool
is_soon_painted(const struct rck_policy *policy, uint64_t n_cells, uint64_t n_most)
{
    const struct space *space = &policy->space;
    uint64_t n = 0;

    for (uint32_t r = 0; r < kept_n(&policy->rows) && n <= n_most; r++) {
        struct box box = kept_box(&policy->rows, r);
        uint64_t n_box = n_cells;

        for (uint32_t i = 0; i < box.n; i++) {
            const struct cond *cond = kept_cond(&policy->rows, box, i);

            n_box = n_box / space->columns.items[cond->column].n_classes * set_count(&space->sets, cond->classes);
        }
        n += n_box;
    }
    return n <= n_most;
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
    if (!is_soon_painted(policy, n_cells, limit * DENSE_COATS_MAX))
        return false;
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
