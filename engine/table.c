/* SPDX-License-Identifier: MIT
 *
 * The dense decision table; see table.h.
 */
#include <config.h>

#include "table.h"

#include "policy.h"
#include "request.h"

static uint32_t
make_cell(enum rck_result result, uint32_t clause_plus_1)
{
    return clause_plus_1 << 2 | (uint32_t)result;
}

/* Writes CELL into every cell of the box: recursion over columns from the last (largest stride) to the first. */
struct painter {
    const struct table *table;
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
        uint64_t run = n_columns == 0
                           ? 1
                           : (uint64_t)painter->table->columns[column].stride * painter->space->columns.items[column].n_classes;

        for (uint64_t i = 0; i < run; i++)
            if (painter->cells[at + i] != painter->keeps)
                painter->cells[at + i] = painter->cell;
        return;
    }
    if (painter->classes[column] == SET_ALL) {
        for (uint32_t k = 0; k < painter->space->columns.items[column].n_classes; k++)
            paint(painter, column, at + (uint64_t)k * painter->table->columns[column].stride);
        return;
    }

    uint32_t n;
    const struct range *ranges = set_ranges(&painter->space->sets, painter->classes[column], &n);

    for (uint32_t r = 0; r < n; r++)
        for (uint32_t k = ranges[r].lo; k < ranges[r].hi; k++)
            paint(painter, column, at + (uint64_t)k * painter->table->columns[column].stride);
}

/* Paints the rows that say SAYS, of the last clause first. */
static void
paint_coat(struct table *table, const struct rck_policy *policy, set_id *classes, bool grants, enum rck_state says,
           enum rck_result result)
{
    for (uint32_t r = policy->rows.rows.n; r-- != 0;) {
        const struct row *row = &policy->rows.rows.items[r];
        struct painter painter = {
            table, &policy->space, classes, table->cells, make_cell(result, row->clause + 1), UINT32_MAX
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
        paint(&painter, table->n_columns, 0);
        for (uint32_t i = 0; i < row->box.n; i++)
            classes[policy->rows.conds.items[row->box.first + i].column] = SET_ALL;
    }
}

static void
make_column(struct table *table, const struct rck_policy *policy, uint32_t idx, uint32_t stride)
{
    const struct column *column = &policy->space.columns.items[idx];
    const struct slot *slot = &policy->slots.items[column->slot - 1];
    struct table_column *out = &table->columns[idx];

    *out = (struct table_column){
        .kind = column->kind,
        .slot = column->slot - 1,
        .other = column->other != NONE ? column->other - 1 : column->slot - 1,
        .pattern = column->pattern,
        .sum = column->sum,
        .stride = stride,
        .first_word = slot->first_word,
        .absent = column->absent * stride,
        .undeclared = column->undeclared * stride,
        .is_sum = column->kind == COLUMN_NUMBER && column->sum.slots[1] != NONE,
    };
    switch (column->kind) {
    case COLUMN_NAME:
        out->first = table->n_offsets;
        for (uint32_t i = 0; i < slot_n_values(slot); i++)
            table->offsets[table->n_offsets++] = policy->space.class_of.items[column->first + i] * stride;
        break;
    case COLUMN_HAS:
        out->first = table->n_masks;
        out->n = (slot->n_names + 63) / 64;
        for (uint32_t i = 0; i < slot->n_names; i++)
            table->masks[table->n_masks + i / 64] |= (uint64_t)set_has(&policy->sets, column->set, i) << i % 64;
        table->n_masks += out->n;
        break;
    case COLUMN_NUMBER:
        out->first = column->first;
        out->n = column->n_cuts;
        break;
    case COLUMN_PRESENT:
    case COLUMN_SAME:
    case COLUMN_MATCHES:
        break;
    }
}

bool
table_build(struct table *table, const struct rck_policy *policy, struct arena *arena, uint64_t limit)
{
    const struct space *space = &policy->space;
    uint64_t n_cells = 1;
    size_t n_masks = 0;
    set_id *classes = arena_array(arena, (size_t)space->columns.n + 1, sizeof *classes);

    *table = (struct table){ .n_columns = space->columns.n, .cuts = space->cuts.items, .n_cuts = space->cuts.n };
    for (uint32_t c = 0; c < space->columns.n; c++) {
        n_cells *= space->columns.items[c].n_classes;
        if (n_cells > limit || n_cells > UINT32_MAX)
            return false;
        n_masks += (policy->slots.items[space->columns.items[c].slot - 1].n_names + 63) / 64;
    }
    table->columns = arena_array(arena, (size_t)space->columns.n + 1, sizeof *table->columns);
    table->offsets = arena_array(arena, (size_t)space->class_of.n + 1, sizeof *table->offsets);
    table->masks = arena_array(arena, n_masks + 1, sizeof *table->masks);
    table->cells = arena_array(arena, n_cells, sizeof *table->cells);
    table->n_cells = 1;
    for (uint32_t c = 0; c < space->columns.n; c++) {
        make_column(table, policy, c, (uint32_t)table->n_cells);
        table->n_cells *= space->columns.items[c].n_classes;
    }
    for (uint64_t i = 0; i < table->n_cells; i++)
        table->cells[i] = make_cell(policy->by_default, 0);
    paint_coat(table, policy, classes, true, RCK_STATE_UNKNOWN, RCK_INDETERMINATE);
    paint_coat(table, policy, classes, true, RCK_STATE_GRANTED, RCK_ALLOW);
    paint_coat(table, policy, classes, false, RCK_STATE_UNKNOWN, RCK_INDETERMINATE);
    paint_coat(table, policy, classes, false, RCK_STATE_VIOLATED, RCK_DENY);
    return true;
}

bool
table_verify(const struct table *table, const struct rck_policy *policy)
{
    uint64_t n_cells = 1;

    for (uint32_t c = 0; c < table->n_columns; c++) {
        const struct table_column *column = &table->columns[c];
        uint64_t n_classes = policy->space.columns.items[c].n_classes;

        if (column->stride != n_cells || column->slot >= policy->slots.n || column->other >= policy->slots.n
            || column->absent % column->stride != 0 || column->absent >= n_classes * column->stride
            || column->undeclared % column->stride != 0 || column->undeclared >= n_classes * column->stride)
            return false;
        if (column->kind == COLUMN_NAME)
            for (uint32_t i = 0; i < slot_n_values(&policy->slots.items[column->slot]); i++)
                if (column->first + i >= table->n_offsets || table->offsets[column->first + i] % column->stride != 0
                    || table->offsets[column->first + i] >= n_classes * column->stride)
                    return false;
        if (column->kind == COLUMN_NUMBER && (column->first + column->n > table->n_cuts || column->n + 2 != n_classes))
            return false;
        if (column->kind == COLUMN_HAS && (column->first + column->n > table->n_masks || n_classes != 3))
            return false;
        n_cells *= n_classes;
    }
    for (uint64_t i = 0; i < table->n_cells; i++)
        if (table->cells[i] >> 2 > policy->clauses.n)
            return false;
    return n_cells == table->n_cells;
}

static inline uint32_t
offset_of(const struct rck_policy *policy, const struct table_column *column, const struct rck_request *request)
{
    const struct table *table = &policy->table;
    uint32_t state = request->states[column->slot];
    bool known = state == VALUE_DECLARED && request->states[column->other] == VALUE_DECLARED;
    uint32_t class_idx = 0;
    uint64_t common = 0;

    switch (column->kind) {
    case COLUMN_NAME:
        return state == VALUE_DECLARED ? table->offsets[column->first + (uint64_t)request->numbers[column->slot]]
               : state == VALUE_ABSENT ? column->absent
                                       : column->undeclared;
    case COLUMN_NUMBER:
        if (!column->is_sum) {
            if (!known)
                return column->absent;

            int64_t number = request->numbers[column->slot];

            for (uint32_t i = 0; i < column->n; i++)
                class_idx += table->cuts[column->first + i] <= number;
        } else {
            wide number;

            if (!sum_of(&column->sum, request, &number))
                return column->absent;
            for (uint32_t i = 0; i < column->n; i++)
                class_idx += table->cuts[column->first + i] <= number;
        }
        return class_idx * column->stride;
    case COLUMN_HAS:
        if (state == VALUE_ABSENT)
            return HAS_UNKNOWN * column->stride;
        for (uint32_t i = 0; i < column->n; i++)
            common |= request->words[column->first_word + i] & table->masks[column->first + i];
        return (common != 0 ? HAS_YES : state == VALUE_UNDECLARED ? HAS_UNKNOWN : HAS_NO) * column->stride;
    case COLUMN_PRESENT:
        return (state == VALUE_ABSENT ? CLASS_ABSENT : CLASS_PRESENT) * column->stride;
    case COLUMN_MATCHES:
        if (!known)
            return MATCHES_UNKNOWN * column->stride;
        return (glob_matches(&policy->patterns.items[column->pattern].glob, request_text(request, column->slot)) ? MATCHES_YES : MATCHES_NO)
               * column->stride;
    case COLUMN_SAME:
        break;
    }
    return (!known                                                ? SAME_UNKNOWN
            : request_same(request, column->slot, column->other) ? SAME_EQUAL
                                                                  : SAME_DIFFERENT)
           * column->stride;
}

uint32_t
table_cell(const struct rck_policy *policy, const struct rck_request *request)
{
    const struct table *table = &policy->table;
    uint32_t at = 0;

    for (uint32_t c = 0; c < table->n_columns; c++)
        at += offset_of(policy, &table->columns[c], request);
    return table->cells[at];
}
