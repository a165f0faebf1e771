/* SPDX-License-Identifier: MIT
 *
 * Columns and classes; see space.h.
 */
#include <config.h>

#include "space.h"

#include <stdio.h>

#include "json.h"
#include "number.h"
#include "policy.h"
#include "request.h"
#include "symbols.h"
#include "times.h"

/* What makes two atoms ask about one column; compared as bytes, so it holds no padding. */
struct column_key {
    uint32_t kind, slot, other, set; /* set: of has; the pattern of matches */
    int64_t factors[SUM_TERMS];
    uint32_t slots[SUM_TERMS + 1];
};

/* One bound that an atom compares a number column with, while the columns are made. */
struct bound {
    uint32_t column;
    uint32_t order; /* unused, keeps the sort stable by value alone */
    wide value;
};

/* One set that an atom compares a name column with. */
struct member_set {
    uint32_t column;
    set_id set;
};

/* A class of names while it may still be split. */
struct class_size {
    uint32_t all;      /* names in it */
    uint32_t inside;   /* of those, in the set that splits it */
    uint32_t moves_to; /* the class that these move to; 0: none yet */
};

struct making {
    struct space *space;
    struct rck_policy *policy;
    struct symbols *by_key;
    VEC(struct bound) bounds;
    VEC(struct member_set) sets;
    uint8_t *asks_presence; /* by column */
};

static struct column_key
key_of(const struct rck_policy *policy, const struct atom *atom)
{
    const struct slot *slot = &policy->slots.items[atom->slot - 1];

    struct column_key key = { .slot = atom->slot };

    switch (atom->kind) {
    case ATOM_IN:
        key.kind = COLUMN_NAME;
        break;
    case ATOM_HAS:
        key.kind = COLUMN_HAS;
        key.set = atom->set;
        break;
    case ATOM_BELOW:
    case ATOM_EQUAL:
        key.kind = COLUMN_NUMBER;
        for (uint32_t i = 0; i < SUM_TERMS; i++) {
            key.slots[i] = atom->sum.slots[i];
            key.factors[i] = atom->sum.factors[i];
        }
        break;
    case ATOM_SAME:
        key.kind = COLUMN_SAME;
        key.other = atom->other;
        break;
    case ATOM_MATCHES:
        key.kind = COLUMN_MATCHES;
        key.set = atom->pattern;
        break;
    case ATOM_PRESENT:
        key.kind = slot_is_set(slot) ? COLUMN_PRESENT : slot_is_number(slot) ? COLUMN_NUMBER : COLUMN_NAME;
        if (key.kind == COLUMN_NUMBER) {
            key.slots[0] = atom->slot;
            key.factors[0] = 1;
        }
        break;
    }
    return key;
}

static uint32_t
column_for(struct making *making, const struct atom *atom)
{
    struct column_key key = key_of(making->policy, atom);
    struct space *space = making->space;
    struct str text = { (const char *)&key, sizeof key };
    uint32_t idx = symbols_find(making->by_key, text);

    if (idx == SYMBOL_NONE) {
        struct column *column;

        idx = symbols_add(making->by_key, arena_copy(space->arena, text), space->columns.n);
        column = vec_push(space->arena, &space->columns);

        *column = (struct column){ .kind = (enum column_kind)key.kind, .slot = key.slot, .other = key.other };
        column->set = key.kind == COLUMN_HAS ? key.set : 0;
        column->pattern = key.kind == COLUMN_MATCHES ? key.set : 0;
        memcpy(column->sum.slots, key.slots, sizeof column->sum.slots);
        memcpy(column->sum.factors, key.factors, sizeof column->sum.factors);
    }
    return idx;
}

static void
heap_down(struct bound *bounds, uint32_t i, uint32_t n)
{
    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= n)
            return;
        if (child + 1 < n
            && (bounds[child + 1].column > bounds[child].column
                || (bounds[child + 1].column == bounds[child].column && bounds[child + 1].value > bounds[child].value)))
            child++;
        if (bounds[i].column > bounds[child].column
            || (bounds[i].column == bounds[child].column && bounds[i].value >= bounds[child].value))
            return;

        struct bound swap = bounds[i];

        bounds[i] = bounds[child];
        bounds[child] = swap;
        i = child;
    }
}

/* Sorts by column, then value, in place. */
static void
sort_bounds(struct bound *bounds, uint32_t n)
{
    for (uint32_t i = n / 2; i-- != 0;)
        heap_down(bounds, i, n);
    for (uint32_t end = n; end-- > 1;) {
        struct bound swap = bounds[0];

        bounds[0] = bounds[end];
        bounds[end] = swap;
        heap_down(bounds, 0, end);
    }
}

/* Least and greatest value that the number of a column can have. */
static void
number_range(const struct rck_policy *policy, const struct column *column, wide *min, wide *max)
{
    *min = *max = 0;
    for (uint32_t i = 0; i < SUM_TERMS && column->sum.slots[i] != NONE; i++) {
        const struct slot *slot = &policy->slots.items[column->sum.slots[i] - 1];
        int64_t factor = column->sum.factors[i];

        *min += (wide)factor * (factor > 0 ? slot->min : slot->max);
        *max += (wide)factor * (factor > 0 ? slot->max : slot->min);
    }
}

/* Cuts of the number columns: their bounds in order, each once, without those that no value lies below or at. */
static void
make_cuts(struct making *making)
{
    struct space *space = making->space;

    sort_bounds(making->bounds.items, making->bounds.n);
    for (uint32_t i = 0, c = 0; c < space->columns.n; c++) {
        struct column *column = &space->columns.items[c];
        wide min, max;

        if (column->kind != COLUMN_NUMBER)
            continue;
        number_range(making->policy, column, &min, &max);
        column->first = space->cuts.n;
        while (i < making->bounds.n && NEVER(making->bounds.items[i].column < c)) /* only numbers have bounds */
            i++;
        for (; i < making->bounds.n && making->bounds.items[i].column == c; i++) {
            wide value = making->bounds.items[i].value;
            bool repeated = column->n_cuts != 0 && space->cuts.items[space->cuts.n - 1] == value;

            if (value > min && value <= max && !repeated) {
                *vec_push(space->arena, &space->cuts) = value;
                column->n_cuts++;
            }
        }
        column->absent = column->n_cuts + 1;
        column->n_classes = column->n_cuts + 2;
    }
}

/* Splits the classes of a name column by SET: of a class that has names inside and outside, those inside move to a new one. */
static void
split_classes(uint32_t *class_of, uint32_t *n_classes, struct class_size *sizes, const struct range *ranges, uint32_t n)
{
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++)
            sizes[class_of[i]].inside++;
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++) {
            struct class_size *size = &sizes[class_of[i]];

            if (size->inside == 0)
                continue; /* moved here by this very set, or not split */
            if (size->inside == size->all && ALWAYS(size->moves_to == 0)) { /* where some were moved, others are outside */
                size->inside = 0;
                continue;
            }
            if (size->moves_to == 0) {
                size->moves_to = (*n_classes)++;
                sizes[size->moves_to] = (struct class_size){ 0, 0, 0 };
            }
            sizes[size->moves_to].all++;
            size->all--;
            class_of[i] = size->moves_to;
            if (--size->inside == 0)
                size->moves_to = 0;
        }
}

/* Classes of the name columns: the coarsest partition of the names in which every set is a union of classes. */
static void
make_name_classes(struct making *making)
{
    struct space *space = making->space;
    struct rck_policy *policy = making->policy;
    struct class_size **sizes = arena_array(space->arena, (size_t)space->columns.n + 1, sizeof *sizes);

    for (uint32_t c = 0; c < space->columns.n; c++) {
        struct column *column = &space->columns.items[c];
        uint32_t n_names = slot_n_values(&policy->slots.items[column->slot - 1]);

        if (column->kind != COLUMN_NAME)
            continue;
        column->first = space->class_of.n;
        column->n_classes = 1;
        for (uint32_t i = 0; i < n_names; i++)
            *vec_push(space->arena, &space->class_of) = 0;
        sizes[c] = arena_array(space->arena, (size_t)n_names + 1, sizeof **sizes);
        sizes[c][0].all = n_names;
        /* Where two policies have no name in common the array is there all the same. */
        if (space->class_of.n == 0)
            *vec_push(space->arena, &space->class_of) = 0;
    }
    for (uint32_t s = 0; s < making->sets.n; s++) {
        const struct member_set *by = &making->sets.items[s];
        struct column *column = &space->columns.items[by->column];
        uint32_t n;
        const struct range *ranges = set_ranges(&policy->sets, by->set, &n);

        split_classes(space->class_of.items + column->first, &column->n_classes, sizes[by->column], ranges, n);
    }
}

/* Numbers the classes of a name column in the order of their first names, and adds those of attributes. */
static void
number_name_classes(struct making *making, uint32_t c)
{
    struct space *space = making->space;
    struct column *column = &space->columns.items[c];
    const struct slot *slot = &making->policy->slots.items[column->slot - 1];
    uint32_t n_names = slot_n_values(slot);
    uint32_t *class_of = space->class_of.items + column->first;
    uint32_t *number = arena_array(space->arena, (size_t)column->n_classes + 1, sizeof *number);
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_names; i++) {
        if (number[class_of[i]] == 0)
            number[class_of[i]] = ++n;
        class_of[i] = number[class_of[i]] - 1;
    }
    column->n_classes = n;
    if (column->slot > N_DIMENSIONS) {
        column->undeclared = column->n_classes++;
        column->absent =
            making->asks_presence[c] && slot->type != RCK_TYPE_STRING ? column->n_classes++ : column->undeclared;
    }
}

void
space_build(struct space *space, struct rck_policy *policy, struct arena *arena, const struct atom_list *list)
{
    struct making making = { .space = space, .policy = policy, .by_key = symbols_new(arena, 0) };

    *space = (struct space){ .arena = arena };
    sets_init(&space->sets, arena);
    space->column_of = arena_array(arena, (size_t)policy->guards.atoms.n + 1, sizeof *space->column_of);
    space->answers = arena_array(arena, (size_t)policy->guards.atoms.n + 1, sizeof *space->answers);

    /* Columns in the order of dimensions and declarations would need a sort; the order of first use reads better: the
     * dimensions, which nearly every clause asks first, are put in front. */
    for (uint32_t d = 0; d < N_DIMENSIONS; d++)
        for (uint32_t i = 0; i < list->atoms.n; i++) {
            const struct atom *atom = &policy->guards.atoms.items[list->atoms.items[i]];

            if (atom->slot == d + 1 && atom->kind != ATOM_SAME)
                column_for(&making, atom);
        }
    for (uint32_t i = 0; i < list->atoms.n; i++) {
        const struct atom *atom = &policy->guards.atoms.items[list->atoms.items[i]];
        uint32_t column = space->column_of[list->atoms.items[i]] = column_for(&making, atom);

        if (atom->kind == ATOM_IN)
            *vec_push(arena, &making.sets) = (struct member_set){ column, atom->set };
        if (atom->kind == ATOM_BELOW || atom->kind == ATOM_EQUAL)
            *vec_push(arena, &making.bounds) = (struct bound){ .column = column, .value = atom->bound };
        if (atom->kind == ATOM_EQUAL)
            *vec_push(arena, &making.bounds) = (struct bound){ .column = column, .value = atom->bound + 1 };
    }
    making.asks_presence = arena_array(arena, (size_t)space->columns.n + 1, 1);
    for (uint32_t i = 0; i < list->atoms.n; i++)
        if (policy->guards.atoms.items[list->atoms.items[i]].kind == ATOM_PRESENT)
            making.asks_presence[space->column_of[list->atoms.items[i]]] = 1;
    make_cuts(&making);
    make_name_classes(&making);
    for (uint32_t c = 0; c < space->columns.n; c++) {
        struct column *column = &space->columns.items[c];

        if (column->kind == COLUMN_NAME)
            number_name_classes(&making, c);
        else if (column->kind == COLUMN_PRESENT)
            column->n_classes = 2;
        else if (column->kind != COLUMN_NUMBER)
            column->n_classes = 3;
    }
}

/* Classes of a number column whose values are below BOUND. */
static set_id
classes_below(struct space *space, const struct rck_policy *policy, const struct column *column, wide bound)
{
    const wide *cuts = column->n_cuts != 0 ? space->cuts.items + column->first : NULL;
    uint32_t n = 0;
    wide min, max;

    number_range(policy, column, &min, &max);
    if (bound > max)
        return set_range(&space->sets, 0, column->n_cuts + 1);
    if (bound <= min)
        return SET_EMPTY;
    /* Cuts below or at the bound, by halving what is left. */
    for (uint32_t left = column->n_cuts; left != 0;) {
        uint32_t half = left / 2;

        if (cuts[n + half] <= bound) {
            n += half + 1;
            left -= half + 1;
        } else {
            left = half;
        }
    }
    return set_range(&space->sets, 0, n);
}

/* Classes of a name column whose names are in SET. */
static set_id
classes_in(struct space *space, const struct rck_policy *policy, const struct column *column, set_id set)
{
    uint32_t n;
    const struct range *ranges = set_ranges(&policy->sets, set, &n);
    const uint32_t *class_of = space->class_of.items + column->first;

    space->picked.n = 0;
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++)
            if (space->picked.n == 0 || space->picked.items[space->picked.n - 1].lo != class_of[i])
                *vec_push(space->arena, &space->picked) = (struct range){ class_of[i], class_of[i] + 1 };
    return set_make(&space->sets, space->picked.items, space->picked.n);
}

static set_id
find_classes(struct space *space, const struct rck_policy *policy, uint32_t atom_idx, enum mode mode)
{
    const struct atom *atom = &policy->guards.atoms.items[atom_idx];
    const struct column *column = &space->columns.items[space->column_of[atom_idx]];
    struct sets *sets = &space->sets;
    set_id all = set_range(sets, 0, column->n_classes), yes = SET_EMPTY, unknown = SET_EMPTY;

    switch (column->kind) {
    case COLUMN_NAME:
        if (atom->kind == ATOM_PRESENT) {
            yes = set_minus(sets, all, set_one(sets, column->absent));
        } else {
            yes = classes_in(space, policy, column, atom->set);
            if (column->slot > N_DIMENSIONS)
                unknown = set_or(sets, set_one(sets, column->undeclared), set_one(sets, column->absent));
        }
        break;
    case COLUMN_NUMBER:
        if (atom->kind == ATOM_PRESENT) {
            yes = set_minus(sets, all, set_one(sets, column->absent));
        } else {
            yes = classes_below(space, policy, column, atom->bound);
            if (atom->kind == ATOM_EQUAL)
                yes = set_minus(sets, classes_below(space, policy, column, atom->bound + 1), yes);
            unknown = set_one(sets, column->absent);
        }
        break;
    case COLUMN_HAS:
        yes = set_one(sets, HAS_YES);
        unknown = set_one(sets, HAS_UNKNOWN);
        break;
    case COLUMN_PRESENT:
        yes = set_one(sets, CLASS_PRESENT);
        break;
    case COLUMN_SAME:
        yes = set_one(sets, SAME_EQUAL);
        unknown = set_one(sets, SAME_UNKNOWN);
        break;
    case COLUMN_MATCHES:
        yes = set_one(sets, MATCHES_YES);
        unknown = set_one(sets, MATCHES_UNKNOWN);
        break;
    }
    switch (mode) {
    case IS_TRUE:
        return yes;
    case IS_NOT_FALSE:
        return set_or(sets, yes, unknown);
    case IS_FALSE:
        return set_minus(sets, set_minus(sets, all, yes), unknown);
    case IS_NOT_TRUE:
        break;
    }
    return set_minus(sets, all, yes);
}

set_id
space_classes(struct space *space, const struct rck_policy *policy, uint32_t atom_idx, enum mode mode)
{
    set_id *classes = &space->answers[atom_idx][mode];

    if (*classes == SET_ALL)
        *classes = find_classes(space, policy, atom_idx, mode);
    return *classes;
}

uint32_t
space_class(const struct space *space, const struct rck_policy *policy, const struct column *column,
            const struct rck_request *request)
{
    uint32_t slot = column->slot - 1, other = column->other - 1;
    enum value_state state = request_state(request, slot);
    bool known = state == VALUE_DECLARED && (column->other == NONE || request_state(request, other) == VALUE_DECLARED);
    const uint64_t *words = request_values(request, slot);
    uint32_t lo = 0, hi = column->n_cuts;
    wide number;

    switch (column->kind) {
    case COLUMN_NAME:
        return state == VALUE_DECLARED ? space->class_of.items[column->first + request_name(request, slot)]
               : state == VALUE_ABSENT ? column->absent
                                       : column->undeclared;
    case COLUMN_HAS:
        for (uint32_t i = 0; i < policy->slots.items[slot].n_names; i++) /* of what is absent there are none */
            if ((words[i / 64] >> i % 64 & 1) != 0 && set_has(&policy->sets, column->set, i))
                return HAS_YES;
        return state == VALUE_DECLARED ? HAS_NO : HAS_UNKNOWN;
    case COLUMN_PRESENT:
        return state == VALUE_ABSENT ? CLASS_ABSENT : CLASS_PRESENT;
    case COLUMN_SAME:
        return !known ? SAME_UNKNOWN : request_same(request, slot, other) ? SAME_EQUAL : SAME_DIFFERENT;
    case COLUMN_MATCHES:
        if (!known)
            return MATCHES_UNKNOWN;
        return glob_matches(&policy->patterns.items[column->pattern].glob, request_text(request, slot)) ? MATCHES_YES : MATCHES_NO;
    case COLUMN_NUMBER:
        break;
    }
    if (!sum_of(&column->sum, request, &number))
        return column->absent;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (space->cuts.items[column->first + mid] <= number)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ---- texts -------------------------------------------------------------------------------------------------------------- */

/* A text cut to its buffer, as snprintf() does; n is the length that the whole has. */
struct cut_text {
    char *buffer;
    size_t size;
    size_t n;
};

static void
put(struct cut_text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++, text->n++)
        if (text->n + 1 < text->size)
            text->buffer[text->n] = s.p[i];
    if (text->size != 0)
        text->buffer[text->n < text->size ? text->n : text->size - 1] = 0;
}

/* TEXT in quotes, as JSON writes it. */
static void
put_quoted(struct cut_text *text, struct str s)
{
    char buffer[8];

    put(text, STR("\""));
    for (size_t i = 0; i < s.n; i++)
        put(text, (struct str){ buffer + 1, json_quote(buffer, (struct str){ s.p + i, 1 }) - 2 });
    put(text, STR("\""));
}

static void
put_text(struct cut_text *text, const struct rck_policy *policy, uint32_t slot, uint32_t number)
{
    for (uint32_t i = 0; i < policy->texts.n; i++)
        if (policy->texts.items[i].slot == slot && policy->texts.items[i].number == number) {
            put_quoted(text, policy->texts.items[i].text);
            return;
        }
    put(text, STR("any other"));
}

static void
put_number(struct cut_text *text, wide value)
{
    char digits[48];
    size_t n = sizeof digits;
    unsigned_wide rest = value < 0 ? -(unsigned_wide)value : (unsigned_wide)value;

    do
        digits[--n] = (char)('0' + (int)(rest % 10));
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--n] = '-';
    put(text, (struct str){ digits + n, sizeof digits - n });
}

/* A value of a slot; hidden names and other texts are told as what they stand for. */
static void
put_value(struct cut_text *text, const struct rck_policy *policy, uint32_t slot, uint32_t value)
{
    const struct slot *of = &policy->slots.items[slot];
    const struct name *name = &policy->names.items[of->first_name + value];

    if (of->type == RCK_TYPE_STRING) {
        put_text(text, policy, slot, value);
    } else if (name->declared != NAME_HIDDEN) {
        put(text, name->text);
    } else if (name->text.n == 1) {
        put(text, STR("any other"));
    } else {
        put(text, (struct str){ name->text.p, name->text.n - 1 });
        put(text, STR("*"));
    }
}

static void
put_names(struct cut_text *text, const struct rck_policy *policy, uint32_t slot, set_id set)
{
    uint32_t n;
    const struct range *ranges = set_ranges(&policy->sets, set, &n);

    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++) {
            if (r != 0 || i != ranges[r].lo)
                put(text, STR(", "));
            put_value(text, policy, slot, i);
        }
}

/* What the factors of a sum have in common as people read it, where 1 of a decimal is a million: a divisor of that. */
static wide
scale_of(const struct rck_policy *policy, const struct column *column)
{
    wide scale = DECIMAL_ONE;

    for (uint32_t i = 0; i < SUM_TERMS && column->sum.slots[i] != NONE; i++)
        if (policy->slots.items[column->sum.slots[i] - 1].type != RCK_TYPE_DECIMAL)
            scale = wide_divisor(scale, column->sum.factors[i]);
    return scale;
}

wide
space_factor(const struct rck_policy *policy, const struct column *column, uint32_t term)
{
    wide scale = scale_of(policy, column), factor = column->sum.factors[term];

    return policy->slots.items[column->sum.slots[term] - 1].type == RCK_TYPE_DECIMAL ? factor * (DECIMAL_ONE / scale) : factor / scale;
}

/* VALUE / SCALE, a divisor of a million. */
static void
put_scaled(struct cut_text *text, wide value, wide scale)
{
    unsigned_wide size = value < 0 ? -(unsigned_wide)value : (unsigned_wide)value;
    uint32_t rest = (uint32_t)(size % (unsigned_wide)scale) * (uint32_t)(DECIMAL_ONE / scale);
    char places[8] = ".000000";
    size_t n = 0;

    put(text, value < 0 ? STR("-") : STR(""));
    put_number(text, (wide)(size / (unsigned_wide)scale));
    for (size_t i = 6; i != 0; rest /= 10, i--) {
        places[i] = (char)('0' + rest % 10);
        n = n == 0 && places[i] != '0' ? i + 1 : n;
    }
    put(text, (struct str){ places, n });
}

/* NANOSECONDS in the longest unit that it is a whole number of. */
static void
put_duration(struct cut_text *text, wide nanoseconds)
{
    static const struct {
        wide size;
        const char *name;
    } units[] = { { 86400000000000, " days" }, { 3600000000000, " hours" }, { 60000000000, " minutes" }, { 1000000000, " seconds" } };

    for (size_t i = 0; i < N_ELEMENTS(units); i++)
        if (nanoseconds % units[i].size == 0) {
            put_number(text, nanoseconds / units[i].size);
            put(text, str_of(units[i].name));
            return;
        }
    put_scaled(text, nanoseconds, DECIMAL_ONE);
    put(text, STR(" ms"));
}

/* A number of COLUMN in the spelling of its type: a decimal, a time, or what a sum comes to; between times, a duration. */
static void
put_bound(struct cut_text *text, const struct rck_policy *policy, const struct column *column, wide value)
{
    bool times = true;
    char buffer[64];

    for (uint32_t i = 0; i < SUM_TERMS && column->sum.slots[i] != NONE; i++)
        times = times && policy->slots.items[column->sum.slots[i] - 1].type == RCK_TYPE_TIME;
    if (times && column->sum.slots[1] != NONE)
        put_duration(text, value);
    else if (times) /* no cut is where no time is */
        put(text, (struct str){ buffer, time_write(buffer, (int64_t)value) });
    else
        put_scaled(text, value, scale_of(policy, column));
}

static void
put_factor(struct cut_text *text, wide factor)
{
    if (factor == 1)
        return;
    put(text, STR(" * "));
    put_number(text, factor);
}

size_t
space_column_text(const struct space *space, const struct rck_policy *policy, uint32_t column_idx, char *buffer, size_t size)
{
    struct cut_text text = { buffer, size, 0 };
    const struct column *column;

    put(&text, STR(""));
    if (column_idx >= space->columns.n)
        return 0;
    column = &space->columns.items[column_idx];
    put(&text, policy->slots.items[column->slot - 1].name);
    if (column->kind == COLUMN_HAS) {
        put(&text, STR(" has "));
        put_names(&text, policy, column->slot - 1, column->set);
    } else if (column->kind == COLUMN_PRESENT) {
        put(&text, STR(" is present"));
    } else if (column->kind == COLUMN_SAME) {
        put(&text, STR(" == "));
        put(&text, policy->slots.items[column->other - 1].name);
    } else if (column->kind == COLUMN_MATCHES) {
        put(&text, STR(" matches "));
        put_quoted(&text, policy->patterns.items[column->pattern].text);
    } else if (column->kind == COLUMN_NUMBER) {
        put_factor(&text, space_factor(policy, column, 0));
        for (uint32_t i = 1; i < SUM_TERMS && column->sum.slots[i] != NONE; i++) {
            wide factor = space_factor(policy, column, i);

            put(&text, factor < 0 ? STR(" - ") : STR(" + "));
            put(&text, policy->slots.items[column->sum.slots[i] - 1].name);
            put_factor(&text, factor < 0 ? -factor : factor);
        }
    }
    return text.n;
}

size_t
space_class_text(const struct space *space, const struct rck_policy *policy, uint32_t column_idx, uint32_t class_idx,
                 char *buffer, size_t size)
{
    static const char *const fixed[][3] = { [COLUMN_HAS] = { "no", "yes", "unknown" },
                                            [COLUMN_PRESENT] = { "no", "yes", "" },
                                            [COLUMN_SAME] = { "no", "yes", "unknown" },
                                            [COLUMN_MATCHES] = { "no", "yes", "unknown" } };
    struct cut_text text = { buffer, size, 0 };
    const struct column *column;
    wide min, max;

    put(&text, STR(""));
    if (column_idx >= space->columns.n || class_idx >= space->columns.items[column_idx].n_classes)
        return 0;
    column = &space->columns.items[column_idx];
    if (column->kind == COLUMN_NAME) {
        const struct slot *slot = &policy->slots.items[column->slot - 1];
        bool all_known = slot->type == RCK_TYPE_STRING;

        for (uint32_t i = 0; i < slot_n_values(slot); i++)
            if (space->class_of.items[column->first + i] == class_idx) {
                if (text.n != 0)
                    put(&text, STR(", "));
                put_value(&text, policy, column->slot - 1, i);
            }
        if (column->slot > N_DIMENSIONS && class_idx == column->undeclared && !all_known)
            put(&text, column->absent == column->undeclared ? STR("undeclared or absent") : STR("undeclared"));
        else if (column->slot > N_DIMENSIONS && class_idx == column->absent)
            put(&text, STR("absent"));
        return text.n;
    }
    if (column->kind != COLUMN_NUMBER) {
        put(&text, str_of(fixed[column->kind][class_idx]));
        return text.n;
    }
    if (class_idx == column->absent) {
        put(&text, STR("absent"));
        return text.n;
    }
    /* An interval, open where the number has no bound: ..29, 30, 31..99, 100.. */
    number_range(policy, column, &min, &max);

    bool lowest = class_idx == 0, highest = class_idx == column->n_cuts;
    wide lo = lowest ? min : space->cuts.items[column->first + class_idx - 1];
    wide hi = highest ? max : space->cuts.items[column->first + class_idx] - 1;
    bool open_lo = lowest && (column->sum.slots[1] != NONE || min == INT64_MIN);
    bool open_hi = highest && (column->sum.slots[1] != NONE || max == INT64_MAX);

    if (!open_lo)
        put_bound(&text, policy, column, lo);
    if (open_lo || open_hi || lo != hi)
        put(&text, STR(".."));
    if (!open_hi && (open_lo || lo != hi))
        put_bound(&text, policy, column, hi);
    return text.n;
}

size_t
space_bound_text(const struct space *space, const struct rck_policy *policy, uint32_t column, wide value, char *buffer, size_t size)
{
    struct cut_text text = { buffer, size, 0 };

    put(&text, STR(""));
    put_bound(&text, policy, &space->columns.items[column], value);
    return text.n;
}
