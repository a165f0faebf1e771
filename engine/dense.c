/* SPDX-License-Identifier: MIT
 *
 * The dense decision table; see dense.h.
 */
#include <config.h>

#include "dense.h"

#include "class_of.h"
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

/* ---- lanes -------------------------------------------------------------------------------------------------------------- */

static enum dense_kind
kind_of(const struct rck_policy *policy, const struct classes *classes, const struct class_column *column)
{
    if (column->kind == COLUMN_NAME && column->slot < N_DIMENSIONS)
        return DENSE_DIMENSION;
    if (policy->n_values > UINT16_MAX || policy->slots.n > UINT16_MAX)
        return DENSE_OTHER;
    switch (column->kind) {
    case COLUMN_NAME:
        return DENSE_NAME;
    case COLUMN_HAS:
        return column->n == 1 ? DENSE_SET : DENSE_OTHER;
    case COLUMN_NUMBER:
        if (column->n != 1)
            return DENSE_OTHER;
        if (!column->is_sum) /* its cut lies within its range (make_cuts() in space.c), and so within 64 bits */
            return DENSE_NUMBER;
        /* a - b is cut at 1 by 'a > b' and 'a <= b', and at 0 by the two others. */
        return (classes->cuts[column->first] == 0 || classes->cuts[column->first] == 1) && column->sum.factors[0] == 1
                       && column->sum.factors[1] == -1 && column->sum.slots[2] == NONE
                   ? DENSE_ORDER
                   : DENSE_OTHER;
    case COLUMN_PRESENT:
    case COLUMN_SAME:
    case COLUMN_MATCHES:
        break;
    }
    return DENSE_OTHER;
}

/* Writes what each code of COLUMN, of names, adds. */
static void
put_offsets(uint32_t *offsets, const struct classes *classes, const struct class_column *column, uint32_t stride)
{
    offsets[VALUE_ABSENT] = column->absent * stride;
    offsets[VALUE_UNDECLARED] = column->undeclared * stride;
    for (uint32_t i = 0; i < column->n; i++)
        offsets[VALUE_DECLARED + i] = classes->names[column->first + i] * stride;
}

/* Writes what the codes of COLUMN, not of names, add, beside each other whether the lane's test fails or, of orders, is met. */
static void
put_adds(struct dense_lane *lane, const struct class_column *column, uint32_t stride, bool met_first)
{
    for (uint32_t code = VALUE_ABSENT; code <= VALUE_DECLARED; code++)
        for (uint32_t i = 0; i < 2; i++) {
            bool met = (i == 0) == met_first;

            lane->adds[2 * code + i] = stride
                                       * (column->kind == COLUMN_NUMBER  ? code != VALUE_DECLARED ? column->absent : met
                                          : met                          ? HAS_YES
                                          : code == VALUE_DECLARED       ? HAS_NO
                                                                         : HAS_UNKNOWN);
        }
}

static uint64_t
make_places(uint32_t slot, uint32_t other, uint32_t value, uint32_t other_value)
{
    return slot | (uint64_t)other << 16 * PLACE_OTHER | (uint64_t)value << 16 * PLACE_VALUE | (uint64_t)other_value << 16 * PLACE_OTHER_VALUE;
}

/* The first class of COLUMN, a - b, is below its cut: below 0 if a >= b is false, below 1 if b >= a is true. */
static void
make_order(struct dense_lane *lane, const struct classes *classes, const struct rck_policy *policy,
           const struct class_column *column, uint32_t stride)
{
    bool by_0 = classes->cuts[column->first] == 0;
    uint32_t a = column->sum.slots[0] - 1, b = column->sum.slots[1] - 1, slot = by_0 ? a : b, other = by_0 ? b : a;

    lane->places = make_places(slot, other, policy->slots.items[slot].first_value, policy->slots.items[other].first_value);
    put_adds(lane, column, stride, !by_0);
}

static void
make_lane(struct dense *dense, const struct classes *classes, const struct rck_policy *policy, uint32_t idx, enum dense_kind kind,
          struct dense_lane *lane, uint32_t *n_offsets)
{
    const struct class_column *column = &classes->columns[idx];
    uint32_t stride = dense->strides[idx];

    lane->places = make_places(column->slot, 0, column->first_value, 0);
    if (kind == DENSE_NAME) {
        lane->test = *n_offsets;
        put_offsets(dense->offsets + *n_offsets, classes, column, stride);
        *n_offsets += VALUE_DECLARED + column->n;
    } else if (kind == DENSE_ORDER) {
        make_order(lane, classes, policy, column, stride);
    } else {
        lane->test = kind == DENSE_SET ? classes->masks[column->first] : (uint64_t)classes->cuts[column->first];
        put_adds(lane, column, stride, true);
    }
}

void
dense_prepare(struct dense *dense, const struct classes *classes, const struct rck_policy *policy, struct arena *arena)
{
    uint32_t at = 0, n_offsets = 0;

    for (uint32_t c = 0; c < classes->n_columns; c++)
        n_offsets += kind_of(policy, classes, &classes->columns[c]) == DENSE_NAME ? VALUE_DECLARED + classes->columns[c].n : 0;
    for (uint32_t d = 0; d < N_DIMENSIONS; d++)
        dense->dimensions[d] = arena_array(arena, (size_t)VALUE_DECLARED + policy->slots.items[d].n_names, sizeof **dense->dimensions);
    dense->lanes = arena_array(arena, (size_t)classes->n_columns + 1, sizeof *dense->lanes);
    dense->others = arena_array(arena, (size_t)classes->n_columns + 1, sizeof *dense->others);
    dense->offsets = arena_array(arena, (size_t)n_offsets + 1, sizeof *dense->offsets);
    n_offsets = 0;
    for (uint32_t c = 0; c < classes->n_columns; c++) {
        enum dense_kind kind = kind_of(policy, classes, &classes->columns[c]);

        if (kind == DENSE_DIMENSION)
            put_offsets(dense->dimensions[classes->columns[c].slot], classes, &classes->columns[c], dense->strides[c]);
        else if (kind == DENSE_OTHER)
            dense->others[dense->n_others++] = c;
    }
    for (uint32_t kind = DENSE_NAME; kind < N_DENSE_KINDS; kind++) {
        for (uint32_t c = 0; c < classes->n_columns; c++)
            if ((uint32_t)kind_of(policy, classes, &classes->columns[c]) == kind)
                make_lane(dense, classes, policy, c, (enum dense_kind)kind, &dense->lanes[at++], &n_offsets);
        dense->ends[kind] = &dense->lanes[at];
    }
    dense->plain = dense->n_others == 0;
}

uint32_t
dense_others(const struct dense *dense, const struct classes *classes, const struct rck_request *request)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < dense->n_others; i++)
        at += class_of(classes, &classes->columns[dense->others[i]], request) * dense->strides[dense->others[i]];
    return at;
}
