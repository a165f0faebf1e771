/* SPDX-License-Identifier: MIT
 *
 * Columns and classes; see space.h.
 */
#include <config.h>

#include "space.h"

#include <stdio.h>

#include "policy.h"
#include "request.h"
#include "symbols.h"

/* What makes two atoms ask about one column; compared as bytes, so it holds no padding. */
struct column_key {
    uint32_t kind, slot, other, set;
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

    switch (atom->kind) {
    case ATOM_IN:
        return (struct column_key){ COLUMN_NAME, atom->slot, NONE, 0 };
    case ATOM_HAS:
        return (struct column_key){ COLUMN_HAS, atom->slot, NONE, atom->set };
    case ATOM_BELOW:
    case ATOM_EQUAL:
        return (struct column_key){ COLUMN_NUMBER, atom->slot, atom->other, 0 };
    case ATOM_SAME:
        return (struct column_key){ COLUMN_SAME, atom->slot, atom->other, 0 };
    case ATOM_PRESENT:
        break;
    }
    return (struct column_key){ slot->type == RCK_TYPE_SET   ? COLUMN_PRESENT
                                : slot->type == RCK_TYPE_INT ? COLUMN_NUMBER
                                                             : COLUMN_NAME,
                                atom->slot, NONE, 0 };
}

static uint32_t
column_for(struct making *making, const struct atom *atom)
{
    struct column_key key = key_of(making->policy, atom);
    struct space *space = making->space;
    struct column_key *kept = arena_alloc(space->arena, sizeof *kept);
    uint32_t idx;

    *kept = key;
    idx = symbols_add(making->by_key, (struct str){ (const char *)kept, sizeof *kept }, space->columns.n);
    if (idx == space->columns.n)
        *vec_push(space->arena, &space->columns)
            = (struct column){ .kind = (enum column_kind)key.kind, .slot = key.slot, .other = key.other, .set = key.set };
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
    const struct slot *slot = &policy->slots.items[column->slot - 1];

    *min = slot->min;
    *max = slot->max;
    if (column->other != NONE) {
        const struct slot *other = &policy->slots.items[column->other - 1];

        *min = (wide)slot->min - other->max;
        *max = (wide)slot->max - other->min;
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
        while (i < making->bounds.n && making->bounds.items[i].column < c)
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
            if (size->inside == size->all && size->moves_to == 0) {
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
        uint32_t n_names = policy->slots.items[column->slot - 1].n_names;

        if (column->kind != COLUMN_NAME)
            continue;
        column->first = space->class_of.n;
        column->n_classes = 1;
        for (uint32_t i = 0; i < n_names; i++)
            *vec_push(space->arena, &space->class_of) = 0;
        sizes[c] = arena_array(space->arena, (size_t)n_names + 1, sizeof **sizes);
        sizes[c][0].all = n_names;
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
    uint32_t n_names = making->policy->slots.items[column->slot - 1].n_names;
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
        column->absent = making->asks_presence[c] ? column->n_classes++ : column->undeclared;
    }
}

void
space_build(struct space *space, struct rck_policy *policy, struct arena *arena, const struct atom_list *list)
{
    struct making making = { .space = space, .policy = policy, .by_key = symbols_new(arena, 0) };

    *space = (struct space){ .arena = arena };
    sets_init(&space->sets, arena);
    space->column_of = arena_array(arena, (size_t)policy->guards.atoms.n + 1, sizeof *space->column_of);

    /* Columns in the order of dimensions and declarations would need a sort; the order of first use reads better: the
     * dimensions, which nearly every clause asks first, are put in front. */
    for (uint32_t d = 0; d < N_DIMENSIONS; d++)
        for (uint32_t i = 0; i < list->atoms.n; i++) {
            const struct atom *atom = &policy->guards.atoms.items[list->atoms.items[i]];

            if (atom->slot == d + 1 && atom->other == NONE)
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
    const wide *cuts = space->cuts.items + column->first;
    uint32_t n = 0;
    wide min, max;

    number_range(policy, column, &min, &max);
    if (bound > max)
        return set_range(&space->sets, 0, column->n_cuts + 1);
    if (bound <= min)
        return SET_EMPTY;
    while (n < column->n_cuts && cuts[n] <= bound)
        n++;
    return set_range(&space->sets, 0, n);
}

/* Classes of a name column whose names are in SET. */
static set_id
classes_in(struct space *space, const struct rck_policy *policy, const struct column *column, set_id set)
{
    uint32_t n, out = 0;
    const struct range *ranges = set_ranges(&policy->sets, set, &n);
    const uint32_t *class_of = space->class_of.items + column->first;
    struct range *classes = arena_array(space->arena, (size_t)set_count(&policy->sets, set) + 1, sizeof *classes);

    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++)
            if (out == 0 || classes[out - 1].lo != class_of[i])
                classes[out++] = (struct range){ class_of[i], class_of[i] + 1 };
    return set_make(&space->sets, classes, out);
}

set_id
space_classes(struct space *space, const struct rck_policy *policy, uint32_t atom_idx, enum mode mode)
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

uint32_t
space_class(const struct space *space, const struct rck_policy *policy, const struct column *column,
            const struct rck_request *request)
{
    uint32_t slot = column->slot - 1, other = column->other - 1;
    enum value_state state = request->states[slot];
    bool known = state == VALUE_DECLARED && (column->other == NONE || request->states[other] == VALUE_DECLARED);
    const uint64_t *words = request->words + policy->slots.items[slot].first_word;
    uint32_t class_idx = 0;
    wide number;

    switch (column->kind) {
    case COLUMN_NAME:
        return state == VALUE_DECLARED ? space->class_of.items[column->first + (uint64_t)request->numbers[slot]]
               : state == VALUE_ABSENT ? column->absent
                                       : column->undeclared;
    case COLUMN_HAS:
        if (state == VALUE_ABSENT)
            return HAS_UNKNOWN;
        for (uint32_t i = 0; i < policy->slots.items[slot].n_names; i++)
            if ((words[i / 64] >> i % 64 & 1) != 0 && set_has(&policy->sets, column->set, i))
                return HAS_YES;
        return state == VALUE_UNDECLARED ? HAS_UNKNOWN : HAS_NO;
    case COLUMN_PRESENT:
        return state == VALUE_ABSENT ? CLASS_ABSENT : CLASS_PRESENT;
    case COLUMN_SAME:
        return !known ? SAME_UNKNOWN : request->numbers[slot] == request->numbers[other] ? SAME_EQUAL : SAME_DIFFERENT;
    case COLUMN_NUMBER:
        break;
    }
    if (!known)
        return column->absent;
    number = (wide)request->numbers[slot] - (column->other != NONE ? request->numbers[other] : 0);
    while (class_idx < column->n_cuts && space->cuts.items[column->first + class_idx] <= number)
        class_idx++;
    return class_idx;
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

static void
put_number(struct cut_text *text, wide value)
{
    char digits[48];
    size_t n = sizeof digits;
    unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;

    do
        digits[--n] = (char)('0' + (int)(rest % 10));
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--n] = '-';
    put(text, (struct str){ digits + n, sizeof digits - n });
}

static struct str
name_text(const struct rck_policy *policy, uint32_t slot, uint32_t name)
{
    return policy->names.items[policy->slots.items[slot].first_name + name].text;
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
            put(text, name_text(policy, slot, i));
        }
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
    } else if (column->other != NONE) {
        put(&text, column->kind == COLUMN_SAME ? STR(" == ") : STR(" - "));
        put(&text, policy->slots.items[column->other - 1].name);
    }
    return text.n;
}

size_t
space_class_text(const struct space *space, const struct rck_policy *policy, uint32_t column_idx, uint32_t class_idx,
                 char *buffer, size_t size)
{
    static const char *const fixed[][3] = { [COLUMN_HAS] = { "no", "yes", "unknown" },
                                            [COLUMN_PRESENT] = { "no", "yes", "" },
                                            [COLUMN_SAME] = { "no", "yes", "unknown" } };
    struct cut_text text = { buffer, size, 0 };
    const struct column *column;
    wide min, max;

    put(&text, STR(""));
    if (column_idx >= space->columns.n || class_idx >= space->columns.items[column_idx].n_classes)
        return 0;
    column = &space->columns.items[column_idx];
    if (column->kind == COLUMN_NAME) {
        uint32_t n_names = policy->slots.items[column->slot - 1].n_names;

        for (uint32_t i = 0; i < n_names; i++)
            if (space->class_of.items[column->first + i] == class_idx) {
                if (text.n != 0)
                    put(&text, STR(", "));
                put(&text, name_text(policy, column->slot - 1, i));
            }
        if (column->slot > N_DIMENSIONS && class_idx == column->undeclared)
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
    bool open_lo = lowest && (column->other != NONE || min == INT64_MIN);
    bool open_hi = highest && (column->other != NONE || max == INT64_MAX);

    if (!open_lo)
        put_number(&text, lo);
    if (open_lo || open_hi || lo != hi)
        put(&text, STR(".."));
    if (!open_hi && (open_lo || lo != hi))
        put_number(&text, hi);
    return text.n;
}
