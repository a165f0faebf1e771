/* SPDX-License-Identifier: MIT
 *
 * The places of requests; see place.h.
 */
#include <config.h>

#include "class_of.h"
#include "policy.h"
#include "request.h"

/* Columns of two classes or more that multiply to less than 2^32 cells; a key has fewer. */
enum { PLACE_COLUMNS_MAX = 32 };

/* Slots that have a say in one of them; see looks_at(). */
enum { PLACE_SLOTS_MAX = 3 };

/* What the class CLASS_IDX adds to a place, more than that of an empty request; modulo 2^32, as all of it is. */
static uint32_t
step_adds(const struct place_step *step, uint32_t class_idx)
{
    return (class_idx - step->absent) * step->stride;
}

/* True if SLOT has a say in the class of COLUMN. */
static bool
looks_at(const struct class_column *column, uint32_t slot)
{
    const uint32_t *terms = column->sum.slots; /* of what is no sum, the rest is NONE */

    return (column->slot == slot) | (column->other == slot) | (terms[1] == slot + 1) | (terms[2] == slot + 1);
}

/* Writes the columns that TABLE's places are made of; returns how many. */
static uint32_t
put_columns(const struct table *table, struct place_step columns[PLACE_COLUMNS_MAX])
{
    const struct classes *classes = &table->classes;
    const struct hashed *hashed = &table->hashed;
    uint32_t shifts[HASHED_KEYS_MAX], n = 0;

    if (table->form == TABLE_DENSE) {
        for (uint32_t c = 0; c < classes->n_columns; c++)
            if (classes->columns[c].n_classes > 1) /* or it tells no requests apart */
                columns[n++] = (struct place_step){ .column = &classes->columns[c], .stride = table->dense.strides[c] };
    } else if (hashed->is_single) {
        (void)hashed_key_shifts(hashed, classes, shifts);
        for (uint32_t k = 0; k < hashed->n_key_columns; k++)
            columns[n++] = (struct place_step){ .column = &classes->columns[hashed->key_columns[k]], .stride = (uint32_t)1 << shifts[k] };
    }
    for (uint32_t i = 0; i < n; i++) {
        columns[i].absent = columns[i].column->absent;
        columns[i].idx = i;
    }
    return n;
}

/* Writes in SLOT what the one column of STEP, which its values alone or with one other number decide, adds for each answer. */
static void
put_answers(struct place_slot *slot, const struct place_step *step, const struct classes *classes, const struct rck_policy *policy, uint32_t of,
            struct arena *arena)
{
    const struct class_column *column = step->column;
    const struct sum *sum = &column->sum;
    wide cut;

    slot->idx = (uint8_t)step->idx;
    if (column->kind == COLUMN_NAME) {
        uint32_t *by_name = arena_array(arena, (size_t)column->n + 1, sizeof *by_name);

        for (uint32_t i = 0; i < column->n; i++)
            by_name[i] = step_adds(step, classes->names[column->first + i]);
        slot->by_name = by_name;
        slot->kind = PLACE_NAME;
    }
    if (column->n != 1)
        return;
    if (column->kind == COLUMN_HAS) {
        slot->test = classes->masks[column->first];
        slot->adds[false] = step_adds(step, HAS_NO);
        slot->adds[true] = step_adds(step, HAS_YES);
        slot->kind = PLACE_HAS;
    }
    if (column->kind != COLUMN_NUMBER)
        return;
    cut = classes->cuts[column->first];
    if (!column->is_sum) {
        slot->test = (uint64_t)cut; /* it lies within the slot's range (make_cuts() in space.c), and so within 64 bits */
        for (uint32_t i = 0; i < 3; i++)
            slot->adds[i] = step_adds(step, i != 0);
        slot->kind = PLACE_NUMBER;
        return;
    }
    /* a - b is cut at 1 by 'a > b' and 'a <= b', and at 0 by the two others. */
    if (sum->factors[0] == 1 && sum->factors[1] == -1 && sum->slots[2] == NONE && (cut == 0 || cut == 1)) {
        bool is_first = sum->slots[0] == of + 1;

        slot->other = sum->slots[is_first] - 1;
        slot->other_value = policy->slots.items[slot->other].first_value;
        for (int i = 0; i < 3; i++)
            slot->adds[i] = step_adds(step, (is_first ? i - 1 : 1 - i) >= (int)cut);
        slot->kind = PLACE_ORDER;
    }
}

void
places_none(struct places *places, const struct rck_policy *policy, struct arena *arena)
{
    *places = (struct places){ .slots = arena_array(arena, (size_t)policy->slots.n + 1, sizeof *places->slots) };
}

void
places_prepare(struct places *places, const struct table *table, const struct rck_policy *policy, struct arena *arena)
{
    struct place_step columns[PLACE_COLUMNS_MAX];
    uint32_t n_steps = 0;

    places_none(places, policy, arena);
    places->n = put_columns(table, columns);
    places->steps = arena_array(arena, (size_t)places->n * PLACE_SLOTS_MAX + 1, sizeof *places->steps);
    for (uint32_t i = 0; i < places->n; i++)
        places->empty += columns[i].absent * columns[i].stride;
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        struct place_slot *slot = &places->slots[s];
        uint32_t first = n_steps;

        for (uint32_t i = 0; i < places->n; i++)
            if (looks_at(columns[i].column, s))
                places->steps[n_steps++] = columns[i];
        if (n_steps == first)
            continue;
        *slot = (struct place_slot){ .kind = PLACE_STEPS, .first = (uint8_t)first, .end = (uint8_t)n_steps };
        if (n_steps == first + 1)
            put_answers(slot, &places->steps[first], &table->classes, policy, s, arena);
    }
}

#ifdef RCK_ASSERTS
bool
request_is_placed(const struct rck_request *request)
{
    const struct rck_policy *policy = request->policy;
    const struct places *places = &policy->table.places;
    uint32_t place = places->empty, seen = 0;

    for (uint32_t s = 0; s < policy->slots.n; s++)
        for (uint32_t i = places->slots[s].first; i < places->slots[s].end; i++) {
            const struct place_step *step = &places->steps[i];

            if ((seen >> step->idx & 1) == 0)
                place += step_adds(step, class_of(&policy->table.classes, step->column, request));
            seen |= (uint32_t)1 << step->idx;
        }
    return place == request->place;
}
#endif

void
request_move(struct rck_request *request, uint32_t slot)
{
    const struct table *table = &request->policy->table;
    const struct place_slot *of = &table->places.slots[slot];

    for (uint32_t i = of->first; i < of->end; i++) {
        const struct place_step *step = &table->places.steps[i];

        request_add(request, step->idx, step_adds(step, class_of(&table->classes, step->column, request)));
    }
}

void
request_move_member(struct rck_request *request, uint32_t slot, uint32_t name, bool is_first)
{
    const struct table *table = &request->policy->table;
    const struct place_slot *of = &table->places.slots[slot];

    for (uint32_t i = of->first; i < of->end; i++) {
        const struct place_step *step = &table->places.steps[i];
        const struct class_column *column = step->column;

        if (is_first) /* which makes the slot present */
            request_add(request, step->idx, step_adds(step, class_of(&table->classes, column, request)));
        else if (column->kind == COLUMN_HAS && (table->classes.masks[column->first + name / 64] >> name % 64 & 1) != 0)
            request_add(request, step->idx, step_adds(step, HAS_YES));
    }
}
