/* SPDX-License-Identifier: MIT
 *
 * The dense decision table; see dense.h.
 */
#include <config.h>

#include "dense.h"

#include "class_of.h"

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
    for (uint32_t r = policy->rows.rows.n; r-- != 0;) {
        const struct row *row = &policy->rows.rows.items[r];
        struct painter painter = {
            dense, &policy->space, classes, dense->cells, make_cell(result, row->clause + 1), UINT32_MAX
        };

        if (row->says != says || (policy->clauses.items[row->clause].kind == RCK_CLAUSE_GRANT) != grants)
            continue;
        if (says == RCK_STATE_GRANTED)
            painter.cell = make_cell(result, 0);
        if (says == RCK_STATE_UNKNOWN && !grants)
            painter.keeps = make_cell(RCK_DENY, 0);
        for (uint32_t i = 0; i < row->box.n; i++) {
            const struct cond *cond = &policy->rows.conds.items[row->box.first + i];

            classes[cond->column] = cond->classes;
        }
        paint(&painter, policy->space.columns.n, 0);
        for (uint32_t i = 0; i < row->box.n; i++)
            classes[policy->rows.conds.items[row->box.first + i].column] = SET_ALL;
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
        if (n_cells > limit || n_cells > UINT32_MAX)
            return false;
    }
    classes = arena_array(arena, (size_t)space->columns.n + 1, sizeof *classes);
    *dense = (struct dense){
        .strides = arena_array(arena, (size_t)space->columns.n + 1, sizeof *dense->strides),
        .cells = arena_array(arena, n_cells, sizeof *dense->cells),
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

enum lane_kind { LANE_NAME, LANE_NUMBER, LANE_DIFFERENCE, LANE_SET, LANE_OTHER, N_LANE_KINDS };

static enum lane_kind
lane_kind(const struct class_column *column)
{
    switch (column->kind) {
    case COLUMN_NAME:
        return LANE_NAME;
    case COLUMN_HAS:
        return LANE_SET;
    case COLUMN_NUMBER:
        return !column->is_sum ? LANE_NUMBER
               : column->sum.factors[0] == 1 && column->sum.factors[1] == -1 && column->sum.slots[2] == NONE ? LANE_DIFFERENCE
                                                                                                              : LANE_OTHER;
    case COLUMN_PRESENT:
    case COLUMN_SAME:
    case COLUMN_MATCHES:
        break;
    }
    return LANE_OTHER;
}

static void
make_lane(struct dense *dense, const struct classes *classes, uint32_t idx, struct dense_lane *lane, uint32_t *n_offsets,
          uint32_t *n_cuts)
{
    const struct class_column *column = &classes->columns[idx];
    uint32_t stride = dense->strides[idx];

    *lane = (struct dense_lane){ .column = idx,
                                 .slot = column->slot,
                                 .other = column->slot,
                                 .first = column->first,
                                 .n = column->n,
                                 .first_word = column->first_word,
                                 .stride = stride,
                                 .absent = column->absent * stride };
    switch (lane_kind(column)) {
    case LANE_NAME:
        lane->first = *n_offsets;
        for (uint32_t i = 0; i < column->n; i++)
            dense->offsets[(*n_offsets)++] = classes->names[column->first + i] * stride;
        dense->offsets[(*n_offsets)++] = column->absent * stride;
        dense->offsets[(*n_offsets)++] = column->undeclared * stride;
        break;
    case LANE_NUMBER:
        /* Cuts of one number lie within its range (make_cuts() in space.c), and so within int64. */
        lane->first = *n_cuts;
        for (uint32_t i = 0; i < column->n; i++)
            dense->cuts[(*n_cuts)++] = (int64_t)classes->cuts[column->first + i];
        break;
    case LANE_DIFFERENCE:
        lane->other = column->sum.slots[1] - 1;
        break;
    case LANE_SET:
    case LANE_OTHER:
    case N_LANE_KINDS:
        break;
    }
}

void
dense_prepare(struct dense *dense, const struct classes *classes, struct arena *arena)
{
    uint32_t n[N_LANE_KINDS] = { 0 }, at = 0, n_offsets = 0, n_cuts = 0;

    for (uint32_t c = 0; c < classes->n_columns; c++) {
        n[lane_kind(&classes->columns[c])]++;
        n_offsets += classes->columns[c].kind == COLUMN_NAME ? classes->columns[c].n + 2 : 0;
    }
    dense->lanes = arena_array(arena, (size_t)classes->n_columns + 1, sizeof *dense->lanes);
    dense->offsets = arena_array(arena, (size_t)n_offsets + 1, sizeof *dense->offsets);
    dense->cuts = arena_array(arena, (size_t)classes->n_cuts + 1, sizeof *dense->cuts);
    n_offsets = 0;
    for (uint32_t kind = 0; kind < N_LANE_KINDS; kind++)
        for (uint32_t c = 0; c < classes->n_columns; c++)
            if ((uint32_t)lane_kind(&classes->columns[c]) == kind)
                make_lane(dense, classes, c, &dense->lanes[at++], &n_offsets, &n_cuts);
    dense->n_names = n[LANE_NAME];
    dense->n_numbers = n[LANE_NUMBER];
    dense->n_differences = n[LANE_DIFFERENCE];
    dense->n_sets = n[LANE_SET];
    dense->n_others = n[LANE_OTHER];
}

/* A if CONDITION (0 or 1) is 1, else B; without a branch, whatever the compiler thinks of it. */
static inline uint32_t
choose(uint32_t condition, uint32_t a, uint32_t b)
{
    uint32_t mask = 0 - condition;

    return (a & mask) | (b & ~mask);
}

/* More cuts than this are searched by halving. */
enum { CUTS_ONE_BY_ONE = 8 };

static inline uint32_t
cuts_reached(const int64_t *cuts, uint32_t n, int64_t number)
{
    const int64_t *base = cuts;
    uint32_t reached = 0;

    if (n <= CUTS_ONE_BY_ONE) {
        for (uint32_t i = 0; i < n; i++)
            reached += cuts[i] <= number;
        return reached;
    }
    while (n > 1) {
        uint32_t half = n / 2;

        base += choose(base[half - 1] <= number, half, 0);
        n -= half;
    }
    return (uint32_t)(base - cuts) + (base[0] <= number);
}

uint32_t
dense_cell(const struct dense *dense, const struct classes *classes, const struct rck_request *request)
{
    const struct dense_lane *lane = dense->lanes, *end;
    const int64_t *numbers = request->numbers;
    const uint8_t *states = request->states;
    uint32_t at = 0;

    for (end = lane + dense->n_names; lane < end; lane++) {
        uint32_t state = states[lane->slot];

        at += dense->offsets[lane->first
                             + choose(state == VALUE_DECLARED, (uint32_t)numbers[lane->slot],
                                      lane->n + (state == VALUE_UNDECLARED))];
    }
    for (end = lane + dense->n_numbers; lane < end; lane++)
        at += choose(states[lane->slot] == VALUE_DECLARED,
                     cuts_reached(dense->cuts + lane->first, lane->n, numbers[lane->slot]) * lane->stride, lane->absent);
    for (end = lane + dense->n_differences; lane < end; lane++) {
        wide difference = (wide)numbers[lane->slot] - numbers[lane->other];
        uint32_t reached = 0;

        if (lane->n <= CUTS_ONE_BY_ONE)
            for (uint32_t i = 0; i < lane->n; i++)
                reached += classes->cuts[lane->first + i] <= difference;
        else
            reached = n_cuts_reached(classes->cuts + lane->first, lane->n, difference);
        at += choose((states[lane->slot] == VALUE_DECLARED) & (states[lane->other] == VALUE_DECLARED), reached * lane->stride,
                     lane->absent);
    }
    for (end = lane + dense->n_sets; lane < end; lane++) {
        uint64_t common = 0;

        /* An absent set has no members. */
        for (uint32_t i = 0; i < lane->n; i++)
            common |= request->words[lane->first_word + i] & classes->masks[lane->first + i];
        at += choose(common != 0, HAS_YES, choose(states[lane->slot] == VALUE_DECLARED, HAS_NO, HAS_UNKNOWN)) * lane->stride;
    }
    for (end = lane + dense->n_others; lane < end; lane++)
        at += class_of(classes, &classes->columns[lane->column], request) * lane->stride;
    return dense->cells[at];
}
