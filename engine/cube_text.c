/* SPDX-License-Identifier: MIT
 *
 * Boxes and their witnesses as text; see cube_text.h.
 */
#include <config.h>

#include "cube_text.h"

#include "json.h"

/* Of a long list of names the first ones are told. */
enum { NAMES_TOLD = 12 };

struct text {
    struct arena *arena;
    VEC(char) bytes;
};

static void
put(struct text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        *vec_push(text->arena, &text->bytes) = s.p[i];
}

static void
put_json_string(struct text *text, struct str s)
{
    char *buffer = arena_alloc(text->arena, 6 * s.n + 2);

    put(text, (struct str){ buffer, json_quote(buffer, s) });
}

static void
put_between(struct text *text, bool *begun, const char *between)
{
    if (*begun)
        put(text, str_of(between));
    *begun = true;
}

static struct str
finish(struct text *text)
{
    *vec_push(text->arena, &text->bytes) = 0;
    return (struct str){ text->bytes.items, text->bytes.n - 1 };
}

uint32_t
column_slots(const struct column *column, uint32_t slots[SUM_TERMS])
{
    uint32_t n = 0;

    if (column->kind == COLUMN_NUMBER) {
        for (; n < SUM_TERMS && column->sum.slots[n] != NONE; n++)
            slots[n] = column->sum.slots[n] - 1;
        return n;
    }
    slots[n++] = column->slot - 1;
    if (column->other != NONE)
        slots[n++] = column->other - 1;
    return n;
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

static struct str
name_of(const struct rck_policy *policy, const struct slot *slot, uint32_t i)
{
    return policy->names.items[slot->first_name + i].text;
}

static bool
is_hidden(const struct rck_policy *policy, const struct slot *slot, uint32_t i)
{
    return policy->names.items[slot->first_name + i].declared == NAME_HIDDEN;
}

/* Puts the name at I, or the shortest beginning of it that covers nothing but names that are IN; returns the first name that is
 * not told by that. */
static uint32_t
put_name(struct text *text, const struct rck_policy *policy, const struct slot *slot, const uint8_t *in, uint32_t i)
{
    struct str name = name_of(policy, slot, i);

    if (is_hidden(policy, slot, i)) {
        put(text, name.n == 1 ? STR("any undeclared one") : (struct str){ name.p, name.n - 1 });
        if (name.n != 1)
            put(text, STR("*"));
        return i + 1;
    }
    for (size_t end = 1; end <= name.n; end++) {
        struct str prefix = { name.p, end };
        uint32_t after = i, before = i;

        if (end < name.n && name.p[end] != '.')
            continue;
        while (after < slot->n_names && in[after] != 0 && str_covers(prefix, name_of(policy, slot, after)))
            after++;
        if ((after < slot->n_names && str_covers(prefix, name_of(policy, slot, after)))
            || (before != 0 && str_covers(prefix, name_of(policy, slot, before - 1))))
            continue; /* some below it are not in, or were told before */
        put(text, prefix);
        return after;
    }
    /* In a policy the name would cover what is below it. */
    put(text, name);
    put(text, STR(" itself"));
    return i + 1;
}

static void
put_names(struct text *text, const struct rck_policy *policy, const struct slot *slot, const uint8_t *in)
{
    uint32_t told = 0, more = 0;
    bool begun = false;

    for (uint32_t i = 0; i < slot->n_names;) {
        if (in[i] == 0) {
            i++;
            continue;
        }
        if (told == NAMES_TOLD) {
            more++;
            i++;
            continue;
        }
        put_between(text, &begun, ", ");
        i = put_name(text, policy, slot, in, i);
        told++;
    }
    if (more != 0)
        put(text, arena_format(text->arena, " and %u more", (unsigned)more));
}

/* Puts the names of the slot of COLUMN whose classes are in CLASSES; those that are not, if they are far fewer.  False if there
 * are none. */
static bool
put_classes(struct text *text, const struct cover *cover, const struct column *column, set_id classes)
{
    const struct rck_policy *policy = cover->policy;
    const struct slot *slot = &policy->slots.items[column->slot - 1];
    uint8_t *in = arena_array(text->arena, (size_t)slot->n_names + 1, 1);
    uint32_t n = 0;

    for (uint32_t i = 0; i < slot->n_names; i++)
        n += in[i] = set_has(&cover->space.sets, classes, cover->space.class_of.items[column->first + i]);
    if (n == 0)
        return false;
    if (n > 4 && slot->n_names - n <= n / 3) {
        put(text, STR("any but "));
        for (uint32_t i = 0; i < slot->n_names; i++)
            in[i] = in[i] == 0;
    }
    put_names(text, policy, slot, in);
    return true;
}

static void
put_set(struct text *text, const struct cover *cover, uint32_t slot_idx, set_id set)
{
    const struct slot *slot = &cover->policy->slots.items[slot_idx];
    uint8_t *in = arena_array(text->arena, (size_t)slot->n_names + 1, 1);
    bool all = true;

    for (uint32_t i = 0; i < slot->n_names; i++)
        all = (in[i] = set_has(&cover->policy->sets, set, i)) != 0 && all;
    if (all)
        put(text, STR("any"));
    else
        put_names(text, cover->policy, slot, in);
}

/* ---- conditions --------------------------------------------------------------------------------------------------------- */

static void
put_column(struct text *text, const struct cover *cover, uint32_t column)
{
    size_t n = space_column_text(&cover->space, cover->policy, column, NULL, 0);
    char *buffer = arena_alloc(text->arena, n + 1);

    space_column_text(&cover->space, cover->policy, column, buffer, n + 1);
    put(text, (struct str){ buffer, n });
}

/* Writes VALUE, which still belongs to an interval; or, if that is much shorter, OUTSIDE, which no longer does, and returns true. */
static bool
bound_text(const struct cover *cover, uint32_t column, wide value, wide outside, char buffer[128])
{
    enum { MUCH = 3 };
    size_t n = space_bound_text(&cover->space, cover->policy, column, value, buffer, 128);

    if (space_bound_text(&cover->space, cover->policy, column, outside, NULL, 0) + MUCH > n)
        return false;
    space_bound_text(&cover->space, cover->policy, column, outside, buffer, 128);
    return true;
}

/* True if COLUMN is one number less another one, be it as they are kept or as they are written. */
static bool
is_difference(const struct rck_policy *policy, const struct column *column)
{
    return (column->sum.factors[0] == 1 && column->sum.factors[1] == -1)
           || (space_factor(policy, column, 0) == 1 && space_factor(policy, column, 1) == -1);
}

/* Puts the classes LO to HI of a number column as "10 <= x <= 29". */
static void
put_interval(struct text *text, const struct cover *cover, uint32_t column_idx, uint32_t lo, uint32_t hi)
{
    const struct column *column = &cover->space.columns.items[column_idx];
    const wide *cuts = column->n_cuts != 0 ? cover->space.cuts.items + column->first : NULL;
    bool has_lo = lo != 0, has_hi = hi != column->n_cuts;
    char buffer[128];

    /* a - b against 0 reads better as a against b. */
    if (column->sum.slots[1] != NONE && column->sum.slots[2] == NONE && is_difference(cover->policy, column)
        && (!has_lo || cuts[lo - 1] == 0 || cuts[lo - 1] == 1) && (!has_hi || cuts[hi] == 0 || cuts[hi] == 1)
        && (has_lo || has_hi)) {
        const char *with = has_lo && has_hi ? " == " : has_hi ? (cuts[hi] == 1 ? " <= " : " < ") : (cuts[lo - 1] == 1 ? " > " : " >= ");

        put(text, cover->policy->slots.items[column->sum.slots[0] - 1].name);
        put(text, str_of(with));
        put(text, cover->policy->slots.items[column->sum.slots[1] - 1].name);
        return;
    }
    if (!has_lo && !has_hi) {
        put_column(text, cover, column_idx);
        put(text, STR(" is given"));
        return;
    }
    if (has_lo && has_hi && cuts[lo - 1] == cuts[hi] - 1) {
        put_column(text, cover, column_idx);
        put(text, STR(" == "));
        space_bound_text(&cover->space, cover->policy, column_idx, cuts[hi] - 1, buffer, sizeof buffer);
        put(text, str_of(buffer));
        return;
    }
    if (has_lo && has_hi) {
        bool strict = bound_text(cover, column_idx, cuts[lo - 1], cuts[lo - 1] - 1, buffer);

        put(text, str_of(buffer));
        put(text, strict ? STR(" < ") : STR(" <= "));
    }
    put_column(text, cover, column_idx);
    if (has_hi)
        put(text, bound_text(cover, column_idx, cuts[hi] - 1, cuts[hi], buffer) ? STR(" < ") : STR(" <= "));
    else
        put(text, bound_text(cover, column_idx, cuts[lo - 1], cuts[lo - 1] - 1, buffer) ? STR(" > ") : STR(" >= "));
    put(text, str_of(buffer));
}

static bool
is_known(uint32_t slot, const uint8_t *hide)
{
    return hide != NULL && hide[slot] == KNOWN;
}

static void
put_number(struct text *text, const struct cover *cover, struct cond cond, bool complete, const uint8_t *hide)
{
    const struct column *column = &cover->space.columns.items[cond.column];
    uint32_t n;
    const struct range *ranges = set_ranges(&cover->space.sets, cond.classes, &n);
    bool begun = false;

    for (uint32_t r = 0; r < n; r++) {
        uint32_t hi = ranges[r].hi - 1;

        if (ranges[r].lo < column->absent) {
            put_between(text, &begun, " or ");
            put_interval(text, cover, cond.column, ranges[r].lo, hi < column->absent ? hi : column->absent - 1);
        }
        if (hi == column->absent) {
            bool named = false;

            for (uint32_t t = 0; t < SUM_TERMS && column->sum.slots[t] != NONE; t++) {
                const struct slot *slot = &cover->policy->slots.items[column->sum.slots[t] - 1];

                if ((complete && !slot->optional) || is_known(column->sum.slots[t] - 1, hide))
                    continue;
                put_between(text, &begun, " or ");
                put(text, slot->name);
                named = true;
            }
            put(text, named ? STR(" is absent") : STR(""));
        }
    }
}

static void
put_strings(struct text *text, const struct cover *cover, struct cond cond)
{
    const struct column *column = &cover->space.columns.items[cond.column];
    const struct slot *slot = &cover->policy->slots.items[column->slot - 1];
    bool begun = false;

    /* A class of constants that no clause tells apart is told whole. */
    for (uint32_t c = 0; c < column->n_classes; c++) {
        char *buffer;
        size_t n;

        if (!set_has(&cover->space.sets, cond.classes, c))
            continue;
        n = space_class_text(&cover->space, cover->policy, cond.column, c, NULL, 0);
        buffer = arena_alloc(text->arena, n + 1);
        space_class_text(&cover->space, cover->policy, cond.column, c, buffer, n + 1);
        put_between(text, &begun, " or ");
        put(text, slot->name);
        put(text, STR(" is "));
        put(text, (struct str){ buffer, n });
    }
}

/* What a value is that no declaration has a name for: where any name may stand, only the empty text is none. */
static const char *
not_declared(const struct slot *slot)
{
    return slot->open || slot->half_open ? "empty" : "undeclared";
}

/* True if CLASSES have all values that COLUMN, of the names or the text of an attribute, tells apart, but for what is absent or has no name. */
static bool
has_all(const struct cover *cover, const struct column *column, set_id classes)
{
    const struct sets *sets = &cover->space.sets;
    uint32_t others = !set_has(sets, classes, column->absent);

    others += column->absent != column->undeclared && !set_has(sets, classes, column->undeclared);
    return set_count(sets, classes) + others == column->n_classes;
}

/* Puts a condition on the names of COLUMN, or on its text. */
static void
put_values(struct text *text, const struct cover *cover, struct cond cond, bool complete)
{
    const struct column *column = &cover->space.columns.items[cond.column];
    const struct slot *slot = &cover->policy->slots.items[column->slot - 1];
    const struct sets *sets = &cover->space.sets;
    bool attribute = column->slot > N_DIMENSIONS, string = slot->type == RCK_TYPE_STRING, begun = true;
    bool absent = attribute && set_has(sets, cond.classes, column->absent);
    bool undeclared = attribute && !string && set_has(sets, cond.classes, column->undeclared);
    struct text names = { .arena = text->arena };

    if (attribute && (!string || !absent) && has_all(cover, column, cond.classes)) {
        put(text, slot->name);
        put(text, string || complete || undeclared ? STR(" is given") : STR(" is known"));
        undeclared = false;
    } else if (string) {
        put_strings(text, cover, cond);
        return;
    } else if (put_classes(&names, cover, column, cond.classes)) {
        put(text, slot->name);
        put(text, STR(" is "));
        put(text, finish(&names));
    } else {
        begun = false;
    }
    if (undeclared || absent) {
        put_between(text, &begun, " or ");
        put(text, slot->name);
        put(text, !absent ? STR(" is ") : !undeclared ? STR(" is absent") : STR(" is absent or "));
        put(text, undeclared ? str_of(not_declared(slot)) : STR(""));
    }
}

/* Where a comparison of two slots is unknown: one of them has no value, or an undeclared one.  Every request has a subject, an action and
 * a resource, and a complete one all that is not optional. */
static void
put_not_known(struct text *text, const struct cover *cover, const struct column *column, bool *begun, bool complete, const uint8_t *hide)
{
    const uint32_t slots[] = { column->slot - 1, column->other - 1 };
    const char *undeclared = NULL;
    bool named = false;

    for (size_t i = 0; i < N_ELEMENTS(slots); i++) {
        const struct slot *slot = &cover->policy->slots.items[slots[i]];

        if (slots[i] < N_DIMENSIONS || (complete && !slot->optional) || is_known(slots[i], hide))
            continue;
        put_between(text, begun, " or ");
        put(text, slot->name);
        named = true;
        if (!complete && slot->type == RCK_TYPE_NAME && (undeclared == NULL || !slot->open))
            undeclared = not_declared(slot);
    }
    if (named)
        put(text, STR(" is absent"));
    if (undeclared != NULL) {
        put(text, STR(" or "));
        put(text, str_of(undeclared));
    }
}

static void
put_cond(struct text *text, const struct cover *cover, struct cond cond, bool complete, const uint8_t *hide)
{
    const struct column *column = &cover->space.columns.items[cond.column];
    const struct slot *slot = &cover->policy->slots.items[column->slot - 1];
    bool begun = false, memberless, no, yes, unknown;

    if (column->kind == COLUMN_NUMBER) {
        put_number(text, cover, cond, complete, hide);
        return;
    }
    if (column->kind == COLUMN_NAME) {
        put_values(text, cover, cond, complete);
        return;
    }
    if (column->kind == COLUMN_PRESENT) {
        put(text, slot->name);
        put(text, set_has(&cover->space.sets, cond.classes, CLASS_PRESENT) ? STR(" is present") : STR(" is absent"));
        return;
    }
    /* The others have three classes with the same numbers. */
    memberless = column->kind == COLUMN_HAS && column->set == SET_EMPTY; /* none of the members is in both vocabularies */
    no = set_has(&cover->space.sets, cond.classes, HAS_NO);
    yes = !memberless && set_has(&cover->space.sets, cond.classes, HAS_YES);
    unknown = set_has(&cover->space.sets, cond.classes, HAS_UNKNOWN);
    if (yes || no) {
        begun = true;
        put(text, slot->name);
        if (memberless) {
            put(text, STR(" is known"));
        } else if (column->kind == COLUMN_HAS) {
            put(text, yes && no ? STR(" is known to have or not to have ") : yes ? STR(" has ") : STR(" has not "));
            put_set(text, cover, column->slot - 1, column->set);
        } else if (column->kind == COLUMN_SAME) {
            put(text, yes && no ? STR(" is known, as is ") : yes ? STR(" == ") : STR(" != "));
            put(text, cover->policy->slots.items[column->other - 1].name);
        } else if (yes && no) {
            put(text, STR(" is given"));
        } else {
            put(text, yes ? STR(" matches ") : STR(" does not match "));
            put_json_string(text, cover->policy->patterns.items[column->pattern].text);
        }
    }
    if (unknown && column->kind == COLUMN_SAME) {
        put_not_known(text, cover, column, &begun, complete, hide);
    } else if (unknown) {
        put_between(text, &begun, " or ");
        put(text, slot->name);
        put(text, column->kind == COLUMN_HAS ? STR(" is absent or has undeclared members") : STR(" is absent"));
    }
}

struct str
cond_text(const struct cover *cover, struct arena *arena, struct cond cond, bool complete, const uint8_t *hide)
{
    struct text text = { .arena = arena };

    put_cond(&text, cover, cond, complete, hide);
    return finish(&text);
}

/* The condition of BOX on the names of dimension SLOT, or NULL. */
static const struct cond *
cond_on(const struct cover *cover, struct box box, uint32_t slot)
{
    for (uint32_t i = 0; i < box.n; i++) {
        const struct cond *cond = &cover->rows.conds.items[box.first + i];

        if (cover->space.columns.items[cond->column].kind == COLUMN_NAME && cover->space.columns.items[cond->column].slot == slot + 1)
            return cond;
    }
    return NULL;
}

/* True if CONDITION is told before the 'when'. */
static bool
is_told(const struct cover *cover, struct cond cond)
{
    const struct column *column = &cover->space.columns.items[cond.column];

    return column->kind == COLUMN_NAME && column->slot - 1 < N_DIMENSIONS;
}

static bool
is_by(const struct cover *cover, struct cond cond)
{
    const struct column *column = &cover->space.columns.items[cond.column];

    return column->kind == COLUMN_HAS && column->slot - 1 == SLOT_ROLE && set_has(&cover->space.sets, cond.classes, HAS_YES)
           && set_count(&cover->space.sets, cond.classes) == 1;
}

/* BOX with the classes that complete requests can have, without conditions that all of these meet. */
static struct box
complete_part(struct cover *cover, struct box box)
{
    struct rows *rows = &cover->rows;
    struct box made = { rows->conds.n, 0 };

    for (uint32_t i = 0; i < box.n; i++) {
        struct cond cond = rows->conds.items[box.first + i];
        set_id possible = box_classes(rows, cover->complete, cond.column);

        if (possible == SET_ALL)
            possible = set_range(&cover->space.sets, 0, cover->space.columns.items[cond.column].n_classes);
        cond.classes = set_and(&cover->space.sets, cond.classes, possible);
        if (cond.classes == possible) /* unreached: cubes are as wide as they can be, and have no such condition then */
            continue;
        *vec_push(rows->arena, &rows->conds) = cond;
        made.n++;
    }
    return made;
}

/* True if CONDITION is told behind the 'when'. */
static bool
is_shown(const struct cover *cover, struct cond cond, const uint8_t *hide)
{
    uint32_t slots[SUM_TERMS], n = column_slots(&cover->space.columns.items[cond.column], slots);

    if (hide == NULL)
        return !is_told(cover, cond) && !is_by(cover, cond);
    for (uint32_t k = 0; k < n; k++)
        if (hide[slots[k]] == SHOWN)
            return true;
    return false;
}

static bool
has_or(struct str text)
{
    for (size_t i = 0; i + 4 <= text.n; i++)
        if (memcmp(text.p + i, " or ", 4) == 0)
            return true;
    return false;
}

struct str
cube_text(struct cover *cover, struct arena *arena, struct box whole, bool complete, const uint8_t *hide)
{
    struct box box = complete ? complete_part(cover, whole) : whole;
    const struct cond *action = cond_on(cover, box, SLOT_ACTION), *resource = cond_on(cover, box, SLOT_RESOURCE);
    const struct cond *subject = cond_on(cover, box, SLOT_SUBJECT);
    struct text text = { .arena = arena };
    bool begun = false, by = false;
    uint32_t n_shown = 0;

    if (hide == NULL) {
        if (action != NULL)
            put_classes(&text, cover, &cover->space.columns.items[action->column], action->classes);
        else
            put(&text, STR("use"));
        put(&text, STR(" "));
        if (resource != NULL)
            put_classes(&text, cover, &cover->space.columns.items[resource->column], resource->classes);
        else
            put(&text, STR("anything"));
        if (subject != NULL) {
            put(&text, STR(" as "));
            put_classes(&text, cover, &cover->space.columns.items[subject->column], subject->classes);
        }
        for (uint32_t i = 0; i < box.n; i++) {
            struct cond cond = cover->rows.conds.items[box.first + i];

            if (!is_by(cover, cond))
                continue;
            put(&text, by ? STR(" and by ") : STR(" by "));
            put_set(&text, cover, SLOT_ROLE, cover->space.columns.items[cond.column].set);
            by = true;
        }
    }
    for (uint32_t i = 0; i < box.n; i++)
        if (is_shown(cover, cover->rows.conds.items[box.first + i], hide))
            n_shown++;
    for (uint32_t i = 0; i < box.n; i++) {
        struct cond cond = cover->rows.conds.items[box.first + i];
        struct str part;
        bool several;

        if (!is_shown(cover, cond, hide))
            continue;
        put(&text, begun ? STR(" and ") : hide == NULL ? STR(" when ") : STR(""));
        begun = true;
        part = cond_text(cover, arena, cond, complete, hide);
        several = n_shown > 1 && has_or(part);
        put(&text, several ? STR("(") : STR(""));
        put(&text, part);
        put(&text, several ? STR(")") : STR(""));
    }
    return finish(&text);
}

/* ---- witnesses ---------------------------------------------------------------------------------------------------------- */

/* A name that SLOT does not know: a witness that has one could have any.  Of a slot that is open, be it in one of two policies, that is the
 * empty text only. */
static struct str
undeclared_name(const struct rck_policy *policy, struct arena *arena, uint32_t slot)
{
    struct str name = STR("other");

    if (policy->slots.items[slot].open || policy->slots.items[slot].half_open)
        return STR("");
    for (unsigned i = 2; lookup_find(&policy->lookup, slot, name) != RCK_NONE
                         || lookup_find(&policy->lookup, LOOKUP_NAMED_SETS + slot, name) != RCK_NONE;
         i++)
        name = arena_format(arena, "other%u", i);
    return name;
}

/* The value of SLOT as rck_request_value() writes it. */
static struct str
value_of(const struct rck_request *request, struct arena *arena, uint32_t slot)
{
    size_t n = rck_request_value(request, slot, NULL, 0);
    char *buffer = arena_alloc(arena, n + 1);

    rck_request_value(request, slot, buffer, n + 1);
    return (struct str){ buffer, n };
}

/* The members of a set, in braces; a lone one without. */
static struct str
members_of(const struct rck_request *request, struct arena *arena, uint32_t slot)
{
    struct str value = value_of(request, arena, slot), name;
    size_t end = value.n;

    if (request_state(request, slot) == VALUE_UNDECLARED) {
        while (ALWAYS(end != 0) && value.p[end - 1] != ',' && value.p[end - 1] != '{')
            end--;
        name = undeclared_name(request->policy, arena, slot);
        if (name.n == 0)
            name = STR("\"\"");
        return arena_format(arena, "%.*s %.*s }", (int)end, value.p, WHOLE(name));
    }
    if (value.n > 4 && memchr(value.p, ',', value.n) == NULL)
        return (struct str){ value.p + 2, value.n - 4 };
    return value;
}

/* Puts a word as a shell reads it. */
static void
put_word(struct text *text, struct str name, struct str value)
{
    bool plain = true;

    for (size_t i = 0; i < value.n; i++)
        plain = plain && (memchr("_-.:/+@%,", value.p[i], 9) != NULL || (value.p[i] >= '0' && value.p[i] <= '9')
                          || (value.p[i] >= 'a' && value.p[i] <= 'z') || (value.p[i] >= 'A' && value.p[i] <= 'Z'));
    if (!plain)
        put(text, STR("'"));
    put(text, name);
    put(text, STR("="));
    for (size_t i = 0; i < value.n; i++)
        put(text, value.p[i] == '\'' ? STR("'\\''") : (struct str){ value.p + i, 1 });
    if (!plain)
        put(text, STR("'"));
}

struct str
request_words(const struct rck_request *request, struct arena *arena)
{
    const struct rck_policy *policy = request->policy;
    struct text text = { .arena = arena };
    bool begun = false;

    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];

        if (request_state(request, s) == VALUE_ABSENT || s == policy->now)
            continue;
        put_between(&text, &begun, " ");
        put_word(&text, slot->name,
                 slot_is_set(slot)                         ? members_of(request, arena, s)
                 : request_state(request, s) == VALUE_UNDECLARED && slot->open ? STR("\"\"")
                 : request_state(request, s) == VALUE_UNDECLARED ? undeclared_name(policy, arena, s)
                                                           : value_of(request, arena, s));
    }
    if (policy->now != RCK_NONE && request_state(request, policy->now) != VALUE_ABSENT) {
        put_between(&text, &begun, " ");
        put(&text, arena_format(arena, "--now %.*s", WHOLE(value_of(request, arena, policy->now))));
    }
    return finish(&text);
}

static void
put_members(struct text *text, const struct rck_request *request, uint32_t slot)
{
    const struct rck_policy *policy = request->policy;
    const struct slot *of = &policy->slots.items[slot];
    const uint64_t *words = request_values(request, slot);
    struct str kept = of->open ? request_text(request, slot) : STR("");
    bool begun = false;

    put(text, STR("["));
    for (uint32_t i = 0; i < of->n_names; i++)
        if ((words[i / 64] >> i % 64 & 1) != 0 && !is_hidden(policy, of, i)) {
            put_between(text, &begun, ", ");
            put_json_string(text, name_of(policy, of, i));
        }
    for (size_t at = 0; at < kept.n;) {
        size_t n = strlen(kept.p + at);

        put_between(text, &begun, ", ");
        put_json_string(text, (struct str){ kept.p + at, n });
        at += n + 1;
    }
    if (request_state(request, slot) == VALUE_UNDECLARED) {
        put_between(text, &begun, ", ");
        put_json_string(text, undeclared_name(policy, text->arena, slot));
    }
    put(text, STR("]"));
}

struct str
request_json(const struct rck_request *request, struct arena *arena)
{
    struct text text = { .arena = arena };
    bool begun = false;

    put(&text, STR("{"));
    for (uint32_t s = 0; s < request->policy->slots.n; s++) {
        const struct slot *slot = &request->policy->slots.items[s];

        if (request_state(request, s) == VALUE_ABSENT || s == request->policy->now)
            continue;
        put_between(&text, &begun, ", ");
        put_json_string(&text, slot->name);
        put(&text, STR(": "));
        if (slot_is_set(slot))
            put_members(&text, request, s);
        else if (slot->type == RCK_TYPE_INT || slot->type == RCK_TYPE_DECIMAL || slot->type == RCK_TYPE_BOOL)
            put(&text, value_of(request, arena, s));
        else if (request_state(request, s) == VALUE_UNDECLARED)
            put_json_string(&text, undeclared_name(request->policy, arena, s));
        else if (slot->type == RCK_TYPE_TIME)
            put_json_string(&text, value_of(request, arena, s));
        else if (slot->type == RCK_TYPE_STRING || slot->open)
            put_json_string(&text, request_text(request, s));
        else
            put_json_string(&text, name_of(request->policy, slot, request_name(request, s)));
    }
    put(&text, STR("}"));
    return finish(&text);
}
