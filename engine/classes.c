/* SPDX-License-Identifier: MIT
 *
 * Columns as the decision reads them; see classes.h.
 */
#include <config.h>

#include "classes.h"

#include "policy.h"

void
classes_build(struct classes *classes, const struct rck_policy *policy, struct arena *arena)
{
    const struct space *space = &policy->space;
    size_t n_masks = 0;

    *classes = (struct classes){
        .n_columns = space->columns.n,
        .n_names = space->class_of.n,
        .n_cuts = space->cuts.n,
        .n_values = policy->n_values,
        .names = space->class_of.items,
        .cuts = space->cuts.items,
        .patterns = policy->patterns.items,
        .n_patterns = policy->patterns.n,
    };
    for (uint32_t c = 0; c < space->columns.n; c++)
        if (space->columns.items[c].kind == COLUMN_HAS)
            n_masks += (policy->slots.items[space->columns.items[c].slot - 1].n_names + 63) / 64;
    classes->columns = arena_array(arena, (size_t)space->columns.n + 1, sizeof *classes->columns);
    classes->masks = arena_array(arena, n_masks + 1, sizeof *classes->masks);
    for (uint32_t c = 0; c < space->columns.n; c++) {
        const struct column *column = &space->columns.items[c];
        const struct slot *slot = &policy->slots.items[column->slot - 1];
        struct class_column *out = &classes->columns[c];

        *out = (struct class_column){
            .kind = column->kind,
            .slot = column->slot - 1,
            .other = column->other != NONE ? column->other - 1 : column->slot - 1,
            .n_classes = column->n_classes,
            .first_value = slot->first_value,
            .absent = column->absent,
            .undeclared = column->undeclared,
            .pattern = column->pattern,
            .is_sum = column->kind == COLUMN_NUMBER && column->sum.slots[1] != NONE,
            .sum = column->sum,
        };
        switch (column->kind) {
        case COLUMN_NAME:
            out->first = column->first;
            out->n = slot_n_values(slot);
            break;
        case COLUMN_NUMBER:
            out->first = column->first;
            out->n = column->n_cuts;
            break;
        case COLUMN_HAS: {
            uint32_t n;
            const struct range *ranges = set_ranges(&policy->sets, column->set, &n);

            out->absent = HAS_UNKNOWN;
            out->first = classes->n_masks;
            out->n = (slot->n_names + 63) / 64;
            for (uint32_t r = 0; r < n; r++)
                for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++)
                    classes->masks[out->first + i / 64] |= (uint64_t)1 << i % 64;
            classes->n_masks += out->n;
            break;
        }
        case COLUMN_PRESENT:
            out->absent = CLASS_ABSENT;
            break;
        case COLUMN_SAME:
            out->absent = SAME_UNKNOWN;
            break;
        case COLUMN_MATCHES:
            out->absent = MATCHES_UNKNOWN;
            break;
        }
    }
}

static bool
column_verify(const struct classes *classes, const struct rck_policy *policy, const struct class_column *column)
{
    if (column->slot >= policy->slots.n || column->other >= policy->slots.n || column->n_classes == 0)
        return false;
    switch (column->kind) {
    case COLUMN_NAME:
        if (column->n != slot_n_values(&policy->slots.items[column->slot]) || column->first > classes->n_names
            || column->n > classes->n_names - column->first || column->absent >= column->n_classes
            || column->undeclared >= column->n_classes)
            return false;
        for (uint32_t i = 0; i < column->n; i++)
            if (classes->names[column->first + i] >= column->n_classes)
                return false;
        return true;
    case COLUMN_NUMBER:
        if (column->first > classes->n_cuts || column->n > classes->n_cuts - column->first
            || column->n >= column->n_classes || column->absent >= column->n_classes)
            return false;
        for (uint32_t i = 1; i < column->n; i++)
            if (classes->cuts[column->first + i - 1] >= classes->cuts[column->first + i])
                return false;
        for (uint32_t i = 0; i < SUM_TERMS && column->sum.slots[i] != NONE; i++)
            if (column->sum.slots[i] > policy->slots.n || !slot_is_number(&policy->slots.items[column->sum.slots[i] - 1]))
                return false;
        return true;
    case COLUMN_HAS:
        return column->n_classes == 3 && column->first <= classes->n_masks && column->n <= classes->n_masks - column->first
               && column->first_value <= policy->n_values && column->n <= policy->n_values - column->first_value;
    case COLUMN_PRESENT:
        return column->n_classes == 2;
    case COLUMN_SAME:
        return column->n_classes == 3;
    case COLUMN_MATCHES:
        return column->n_classes == 3 && column->pattern < classes->n_patterns
               && policy->slots.items[column->slot].type == RCK_TYPE_STRING;
    }
    return false;
}

bool
classes_verify(const struct classes *classes, const struct rck_policy *policy)
{
    for (uint32_t c = 0; c < classes->n_columns; c++)
        if (!column_verify(classes, policy, &classes->columns[c]))
            return false;
    return true;
}

uint64_t
classes_size(const struct classes *classes)
{
    return (uint64_t)classes->n_columns * sizeof *classes->columns + (uint64_t)classes->n_names * sizeof *classes->names
           + (uint64_t)classes->n_masks * sizeof *classes->masks + (uint64_t)classes->n_cuts * sizeof *classes->cuts;
}
