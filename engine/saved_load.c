/* SPDX-License-Identifier: MIT
 *
 * Loading a saved policy: what saved.h says of trust is done here.  Each section is gone through once, from first to last, after
 * those that it refers to; what holds pointers becomes a native array on the way, the rest stays where it lies.  Only then are the
 * parts made that are not saved, from what was proved.
 */
#include <config.h>

#include "saved.h"

#include <stdio.h>

#include "json.h"
#include "number.h"
#include "times.h"

/* Levels of guards that one level of an expression, and a clause around it, can become. */
enum { GUARDS_A_LEVEL = 2, GUARDS_A_CLAUSE = 16 };

struct loading {
    struct rck_context *context;
    struct rck_policy *policy;
    const char *bytes;
    size_t size;
    const struct saved_entry *entries;
    uint32_t next_text;  /* where the next text begins */
    guard_id next_guard; /* that the walk over the clauses meets next */
    guard_id *open;      /* guards around it; room for max_depth */
    uint32_t max_depth;
};

static const char *const section_names[] = {
#define SECTION(symbol, name, type) name,
    SAVED_SECTIONS(SECTION)
#undef SECTION
};

static const uint32_t record_sizes[] = {
#define SECTION(symbol, name, type) (uint32_t)sizeof(type),
    SAVED_SECTIONS(SECTION)
#undef SECTION
};

static const char from_source[] = "compile it again from its source";

/* ---- what is wrong ------------------------------------------------------------------------------------------------------- */

void
saved_fail(struct rck_context *context, const char *help, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(context->load_message, sizeof context->load_message, format, args);
    va_end(args);
    snprintf(context->load_help, sizeof context->load_help, "%s", help != NULL ? help : "");
    context->load_error = (struct rck_load_error){
        .message = context->load_message,
        .help = help != NULL ? context->load_help : NULL,
    };
}

const struct rck_load_error *
rck_context_load_error(const struct rck_context *context)
{
    return context->load_error.message != NULL ? &context->load_error : NULL;
}

/* Record IDX of section WHAT is not as a policy of ours would have it. */
static bool
unsound(const struct loading *l, enum saved_section what, uint32_t idx)
{
    saved_fail(l->context, from_source, "it is not sound: entry %u of its %s is wrong", (unsigned)idx, section_names[what]);
    return false;
}

/* ---- the file as a whole ------------------------------------------------------------------------------------------------- */

/* The version in HEADER, without anything that does not belong into a message. */
static void
maker_of(const struct saved_header *header, char maker[sizeof header->made_by])
{
    size_t n = 0;

    for (; n + 1 < sizeof header->made_by && header->made_by[n] != 0; n++) {
        char c = header->made_by[n];
        bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '+';

        maker[n] = fine ? c : '?';
    }
    maker[n] = 0;
}

/* Checks what every version of the library can. */
static bool
check_header(struct rck_context *context, const char *bytes, size_t size)
{
    enum { from = offsetof(struct saved_header, made_by) };
    struct saved_header header;
    char maker[sizeof header.made_by];

    if (size < sizeof header.magic || memcmp(bytes, RCK_SAVED_MAGIC, sizeof header.magic) != 0) {
        saved_fail(context, "'rulecheck compile' makes saved policies", "it is not a saved policy");
        return false;
    }
    if (size < sizeof header) {
        saved_fail(context, "copy it again, or compile it from its source", "it is cut off: only %llu bytes are there",
                   (unsigned long long)size);
        return false;
    }
    memcpy(&header, bytes, sizeof header);
    if (size > SAVED_SIZE_MAX) { /* unreached: takes 4 GiB */
        saved_fail(context, NULL, "it has %llu bytes, more than a saved policy can have", (unsigned long long)size);
        return false;
    }
    if (header.byte_order != SAVED_BYTE_ORDER) {
        saved_fail(context, "compile it on the machine that uses it, from its source",
                   "it was saved on a machine with another order of bytes");
        return false;
    }
    if (size < header.size) {
        saved_fail(context, "copy it again, or compile it from its source", "it is cut off: %llu bytes of %llu are there",
                   (unsigned long long)size, (unsigned long long)header.size);
        return false;
    }
    if (size > header.size || size % SAVED_ALIGN != 0) {
        saved_fail(context, "copy it again, or compile it from its source", "it has %llu bytes and should have %llu",
                   (unsigned long long)size, (unsigned long long)header.size);
        return false;
    }
    if (saved_checksum(bytes + from, size - from) != header.checksum) {
        saved_fail(context, "copy it again, or compile it from its source", "it is damaged: its checksum is wrong");
        return false;
    }
    maker_of(&header, maker);
    if (header.version != SAVED_VERSION) {
        saved_fail(context, "compile it from its source with this version of rulecheck",
                   "it has version %u of the format, made by rulecheck %s, and this is %s, which reads version %u",
                   (unsigned)header.version, maker, PACKAGE_VERSION, (unsigned)SAVED_VERSION);
        return false;
    }
    return true;
}

/* Every section lies where its predecessors end, and the last one ends with the file. */
static bool
check_sections(struct loading *l)
{
    uint64_t at = saved_begin();

    for (uint32_t i = 0; i < N_SAVED_SECTIONS; i++) {
        const struct saved_entry *entry = &l->entries[i];

        if (NEVER(at > l->size) /* both are multiples of SAVED_ALIGN */
            || entry->at != at || entry->size != record_sizes[i] || entry->n > (l->size - at) / entry->size) {
            saved_fail(l->context, from_source, "it is not sound: its %s are not where they should be", section_names[i]);
            return false;
        }
        at = saved_align(at + (uint64_t)entry->n * entry->size);
    }
    if (at != l->size) {
        saved_fail(l->context, from_source, "it is not sound: it does not end where its sections do");
        return false;
    }
    return true;
}

/* The records of a section, of which there are N. */
static const void *
section(const struct loading *l, enum saved_section what, uint32_t *n)
{
    *n = l->entries[what].n;
    return l->bytes + l->entries[what].at;
}

/* Makes the vector VEC, whose elements are the records of section WHAT, refer to these: nothing writes a sealed policy. */
#define MAP(l, what, vec)                                                                                                      \
    ((vec)->items = (void *)(uintptr_t)section((l), (what), &(vec)->n), (void)((vec)->room = (vec)->n))

/* Gives the vector VEC room for as many elements as section WHAT has records; returns how many. */
#define MAKE(l, what, vec)                                                                                                     \
    ((vec)->items = arena_array(&(l)->policy->arena, (size_t)(l)->entries[what].n + 1, sizeof *(vec)->items),                  \
     (vec)->n = (vec)->room = (l)->entries[what].n)

/* ---- texts -------------------------------------------------------------------------------------------------------------- */

/* N bytes at AT of section WHAT: a NUL behind them, and none between. */
static bool
get_bytes(const struct loading *l, enum saved_section what, uint32_t at, uint32_t n, struct str *out)
{
    uint32_t size;
    const char *bytes = section(l, what, &size);

    if (at >= size || n >= size - at || bytes[at + n] != 0 || memchr(bytes + at, 0, n) != NULL)
        return false;
    *out = (struct str){ bytes + at, n };
    return true;
}

/* A text that may be none.  Texts lie in the order in which they are asked for, so that all of them together are as long as their
 * section; and as that is valid UTF-8, so is each. */
static bool
get_optional(struct loading *l, struct saved_text text, struct str *out)
{
    *out = (struct str){ NULL, 0 };
    if (text.at == 0)
        return text.n == 0;
    if (text.at != l->next_text || !get_bytes(l, SAVED_TEXTS, text.at, text.n, out))
        return false;
    l->next_text += text.n + 1;
    return true;
}

static bool
get_text(struct loading *l, struct saved_text text, struct str *out)
{
    return text.at != 0 && get_optional(l, text, out);
}

static bool
check_texts(struct loading *l)
{
    uint32_t n;
    const char *texts = section(l, SAVED_TEXTS, &n);
    size_t valid = utf8_check((struct str){ texts, n });

    l->next_text = 1;
    if (valid != n)
        return unsound(l, SAVED_TEXTS, (uint32_t)valid);
    return true;
}

/* ---- vocabulary --------------------------------------------------------------------------------------------------------- */

static bool
load_facts(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    uint32_t n;
    const struct saved_facts *facts = section(l, SAVED_FACTS, &n);
    const struct saved_text *files;
    uint32_t at = 0;

    if (n != 1 || !get_text(l, facts->name, &policy->name) || !get_optional(l, facts->source, &policy->source)
        || !get_optional(l, facts->source_date, &policy->source_date) || facts->overridden > 1 || facts->cases_passed > 1
        || (facts->by_default != RCK_DENY && facts->by_default != RCK_ALLOW) || facts->form > TABLE_HASHED
        || facts->n_key_columns > HASHED_KEYS_MAX)
        return unsound(l, SAVED_FACTS, 0);
    policy->by_default = (enum rck_result)facts->by_default;
    policy->overridden = facts->overridden != 0;
    policy->n_asserts = facts->n_asserts;
    policy->cases_passed = facts->cases_passed != 0;
    policy->now = facts->now;
    files = section(l, SAVED_FILES, &n);
    MAKE(l, SAVED_FILES, &policy->files);
    for (uint32_t i = 0; i < n; i++) {
        if (files[i].at != at || !get_bytes(l, SAVED_PATHS, at, files[i].n, &policy->files.items[i]))
            return unsound(l, SAVED_FILES, i);
        at += files[i].n + 1;
    }
    if (at != l->entries[SAVED_PATHS].n)
        return unsound(l, SAVED_PATHS, at);
    return true;
}

static bool
load_slot(struct loading *l, uint32_t idx, const struct saved_slot *from, struct slot *slot)
{
    static const struct str dimensions[] = { STR("subject"), STR("role"), STR("action"), STR("resource") };
    struct rck_policy *policy = l->policy;
    bool has_names;

    if (!get_text(l, from->name, &slot->name) || !get_optional(l, from->text, &slot->text) || !get_optional(l, from->unit, &slot->unit)
        || !get_optional(l, from->window, &slot->window) || from->type > RCK_TYPE_TIME
        || from->flags > (SAVED_OPTIONAL | SAVED_COUNTER | SAVED_OPEN))
        return false;
    slot->type = (enum rck_type)from->type;
    slot->optional = (from->flags & SAVED_OPTIONAL) != 0;
    slot->counter = (from->flags & SAVED_COUNTER) != 0;
    slot->open = (from->flags & SAVED_OPEN) != 0;
    slot->min = from->min;
    slot->max = from->max;
    slot->first_name = policy->names.n;
    slot->n_names = from->n_names;
    slot->n_declared = from->n_declared;
    has_names = slot->type == RCK_TYPE_NAME || slot->type == RCK_TYPE_SET;
    if (idx < N_DIMENSIONS
        && (!str_equal(slot->name, dimensions[idx]) || slot->type != (idx == SLOT_ROLE ? RCK_TYPE_SET : RCK_TYPE_NAME)
            || slot->optional))
        return false;
    if (slot_is_number(slot) && slot->min > slot->max)
        return false;
    if ((slot->counter && slot->type != RCK_TYPE_INT) || (slot->open && !has_names))
        return false;
    /* A bool has the names 'false' and 'true'; an open slot has hidden ones, and at least the top. */
    if (has_names ? slot->n_declared > slot->n_names || (slot->n_declared < slot->n_names) != slot->open
                  : slot->n_names != (slot->type == RCK_TYPE_BOOL ? 2 : 0) || slot->n_declared != slot->n_names)
        return false;
    if (slot->n_names > l->entries[SAVED_NAMES].n - policy->names.n)
        return false;
    policy->names.n += slot->n_names;
    slot->first_value = policy->n_values;
    policy->n_values += slot_room(slot); /* no more than there are slots and names */
    return true;
}

/* A hidden name ends in a dot and U+0000, the one at the top in U+0000 alone. */
static bool
load_name(struct loading *l, const struct saved_name *from, struct name *name)
{
    name->declared = from->declared;
    if (from->declared != NAME_HIDDEN)
        return get_text(l, from->text, &name->text);
    if (from->text.n == 0 || !get_text(l, (struct saved_text){ from->text.at, from->text.n - 1 }, &name->text))
        return false;
    name->text.n++; /* and one more NUL stands behind it */
    if (l->next_text >= l->entries[SAVED_TEXTS].n || name->text.p[name->text.n] != 0)
        return false;
    l->next_text++;
    return name->text.n == 1 || (name->text.n > 2 && name->text.p[name->text.n - 2] == '.');
}

/* The names of SLOT: in order, and each place of declaration taken once. */
static bool
load_names(struct loading *l, struct slot *slot, uint8_t *taken, uint32_t *wrong)
{
    struct rck_policy *policy = l->policy;
    uint32_t n, n_declared = 0;
    const struct saved_name *from = section(l, SAVED_NAMES, &n);
    struct name *names = policy->names.items;

    for (uint32_t i = slot->first_name; i < slot->first_name + slot->n_names; i++) {
        *wrong = i;
        if (!load_name(l, &from[i], &names[i]) || (i > slot->first_name && tree_compare(names[i - 1].text, names[i].text) >= 0))
            return false;
        if (names[i].declared == NAME_HIDDEN)
            continue;
        if (names[i].declared >= slot->n_declared || taken[slot->first_name + names[i].declared]++ != 0)
            return false;
        n_declared++;
        if (slot->open && names[i].text.n > policy->longest_name)
            policy->longest_name = (uint32_t)names[i].text.n;
    }
    *wrong = slot->first_name;
    return n_declared == slot->n_declared && (!slot->open || str_equal(names[slot->first_name].text, (struct str){ "", 1 }))
           && (slot->type != RCK_TYPE_BOOL
               || (str_equal(names[slot->first_name].text, STR("false"))
                   && str_equal(names[slot->first_name + 1].text, STR("true"))));
}

static bool
load_vocabulary(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    uint32_t n, n_names, wrong = 0;
    const struct saved_slot *slots = section(l, SAVED_SLOTS, &n);
    uint8_t *taken;

    if (n < N_DIMENSIONS)
        return unsound(l, SAVED_SLOTS, n);
    MAKE(l, SAVED_SLOTS, &policy->slots);
    n_names = MAKE(l, SAVED_NAMES, &policy->names);
    taken = arena_alloc(&policy->arena, (size_t)n_names + 1);
    policy->names.n = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!load_slot(l, i, &slots[i], &policy->slots.items[i]))
            return unsound(l, SAVED_SLOTS, i);
    if (policy->names.n != n_names)
        return unsound(l, SAVED_NAMES, policy->names.n);
    for (uint32_t i = 0; i < n; i++)
        if (!load_names(l, &policy->slots.items[i], taken, &wrong))
            return unsound(l, SAVED_NAMES, wrong);
    if (policy->now != RCK_NONE && (policy->now >= n || policy->slots.items[policy->now].type != RCK_TYPE_TIME))
        return unsound(l, SAVED_FACTS, 0);
    return true;
}

static bool
load_constants(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    uint32_t n;
    size_t at;
    const struct saved_constant *constants = section(l, SAVED_CONSTANTS, &n);
    const struct saved_text *patterns;
    const struct saved_named_set *sets;

    MAKE(l, SAVED_CONSTANTS, &policy->texts);
    for (uint32_t i = 0; i < n; i++) {
        struct text_constant *made = &policy->texts.items[i];

        if (!get_text(l, constants[i].text, &made->text) || constants[i].slot >= policy->slots.n
            || policy->slots.items[constants[i].slot].type != RCK_TYPE_STRING)
            return unsound(l, SAVED_CONSTANTS, i);
        made->slot = constants[i].slot;
        made->number = policy->slots.items[made->slot].n_texts++;
    }
    patterns = section(l, SAVED_PATTERNS, &n);
    MAKE(l, SAVED_PATTERNS, &policy->patterns);
    for (uint32_t i = 0; i < n; i++) {
        struct pattern *made = &policy->patterns.items[i];

        if (!get_text(l, patterns[i], &made->text)
            || glob_compile(&made->glob, &policy->arena, made->text, &at) != GLOB_FINE)
            return unsound(l, SAVED_PATTERNS, i);
    }
    sets = section(l, SAVED_NAMED_SETS, &n);
    MAKE(l, SAVED_NAMED_SETS, &policy->named_sets);
    for (uint32_t i = 0; i < n; i++) {
        struct named_set *made = &policy->named_sets.items[i];

        if (!get_text(l, sets[i].name, &made->name) || !get_text(l, sets[i].text, &made->text) || sets[i].slot >= policy->slots.n)
            return unsound(l, SAVED_NAMED_SETS, i);
        made->slot = sets[i].slot;
    }
    return true;
}

/* VALUE, which a deployment sets a param of TYPE to, in the one spelling in which it is kept: in BUFFER if that is another one. */
static struct str
as_kept(struct str type, struct str value, char buffer[32])
{
    size_t n = 0;
    int64_t number;

    while (n < type.n && type.p[n] >= 'a' && type.p[n] <= 'z')
        n++;
    type.n = n; /* its first word */
    if (str_equal(type, STR("int")) && number_read_int(value, &number) == NUMBER_FINE)
        return (struct str){ buffer, number_write_int(buffer, number) };
    if (str_equal(type, STR("decimal")) && number_read_decimal(value, &number) == NUMBER_FINE)
        return (struct str){ buffer, number_write_decimal(buffer, number) };
    if (str_equal(type, STR("time")) && (time_read(value, &number) == TIME_FINE || time_read_date(value, &number) == TIME_FINE))
        return (struct str){ buffer, time_write(buffer, number) };
    return value;
}

/* The params, which are fixed: what the context sets must be what they are. */
static bool
load_params(struct loading *l)
{
    const struct settings *settings = &l->context->settings;
    struct rck_policy *policy = l->policy;
    uint32_t n;
    const struct saved_param *params = section(l, SAVED_PARAMS, &n);

    MAKE(l, SAVED_PARAMS, &policy->params);
    for (uint32_t i = 0; i < n; i++) {
        struct param *made = &policy->params.items[i];

        if (!get_text(l, params[i].name, &made->name) || !get_text(l, params[i].type, &made->type)
            || !get_text(l, params[i].declared, &made->declared) || !get_text(l, params[i].value, &made->value))
            return unsound(l, SAVED_PARAMS, i);
    }
    for (uint32_t k = 0; k < settings->params.n; k++) {
        const struct setting *setting = &settings->params.items[k];
        uint32_t i = 0;
        char buffer[32];

        while (i < n && !str_equal(policy->params.items[i].name, setting->name))
            i++;
        if (i == n) {
            saved_fail(l->context, NULL, "the saved policy has no param '%.*s'", QUOTE(setting->name));
            return false;
        }
        if (!str_equal(policy->params.items[i].value, as_kept(policy->params.items[i].type, setting->value, buffer))) {
            saved_fail(l->context, "params are set when a policy is compiled: compile it from its source with this one",
                       "the saved policy has the param '%.*s' = %.*s, which cannot become %.*s any more", QUOTE(setting->name),
                       QUOTE(policy->params.items[i].value), QUOTE(setting->value));
            return false;
        }
    }
    return true;
}

/* ---- clauses ------------------------------------------------------------------------------------------------------------ */

/* Sets in the order of their ranges, and all ranges in sets. */
static bool
check_sets(struct loading *l, enum saved_section what, enum saved_section ranges_section, struct sets *sets)
{
    uint32_t at = 0;

    sets->arena = &l->policy->arena;
    MAP(l, what, &sets->sets);
    MAP(l, ranges_section, &sets->ranges);
    if (sets->sets.n <= SET_EMPTY)
        return unsound(l, what, sets->sets.n);
    for (uint32_t i = 0; i < sets->sets.n; i++) {
        struct set set = sets->sets.items[i];
        const struct range *ranges = sets->ranges.items + at;

        if (i <= SET_EMPTY ? set.first != 0 || set.n != 0 : set.first != at || set.n == 0 || set.n > sets->ranges.n - at)
            return unsound(l, what, i);
        for (uint32_t k = 0; k < set.n; k++)
            if (ranges[k].lo >= ranges[k].hi || (k != 0 && ranges[k].lo <= ranges[k - 1].hi))
                return unsound(l, ranges_section, at + k);
        at += set.n;
    }
    if (at != sets->ranges.n)
        return unsound(l, ranges_section, at);
    return true;
}

/* Whether SET exists, and has no member from N_MEMBERS on. */
static bool
is_set(const struct sets *sets, set_id set, uint32_t n_members)
{
    const struct range *ranges;
    uint32_t n;

    if (set >= sets->sets.n)
        return false;
    ranges = set_ranges(sets, set, &n);
    return n == 0 || ranges[n - 1].hi <= n_members;
}

/* Whether SUM, whose first slot is asked for elsewhere, is of numbers, and stays inside of 127 bits. */
static bool
is_sum(const struct rck_policy *policy, const struct sum *sum)
{
    static const int64_t max = (int64_t)1 << 61;

    if (sum->slots[1] == NONE && sum->factors[0] != 1)
        return false;
    for (uint32_t i = 0; i < SUM_TERMS; i++) {
        if (sum->slots[i] == NONE && sum->factors[i] != 0)
            return false;
        if (sum->slots[i] == NONE)
            continue;
        if (sum->slots[i] > policy->slots.n || !slot_is_number(&policy->slots.items[sum->slots[i] - 1]) || sum->factors[i] > max
            || sum->factors[i] < -max || (i != 0 && sum->slots[i - 1] == NONE))
            return false;
    }
    return true;
}

/* Whether slot A (index + 1), which there is, can be compared with B: both strings, or names of one enumeration. */
static bool
are_alike(const struct rck_policy *policy, uint32_t a, uint32_t b)
{
    const struct slot *left, *right;

    if (b == NONE || b > policy->slots.n)
        return false;
    left = &policy->slots.items[a - 1];
    right = &policy->slots.items[b - 1];
    return left->type == right->type && left->open == right->open && left->n_names == right->n_names
           && (left->type == RCK_TYPE_STRING || left->type == RCK_TYPE_NAME || left->type == RCK_TYPE_BOOL);
}

static bool
is_atom(const struct rck_policy *policy, const struct atom *atom)
{
    const struct slot *slot;

    if (atom->slot == NONE || atom->slot > policy->slots.n || (atom->other != NONE && atom->kind != ATOM_SAME)
        || (atom->set != SET_ALL && atom->kind != ATOM_IN && atom->kind != ATOM_HAS))
        return false;
    slot = &policy->slots.items[atom->slot - 1];
    switch (atom->kind) {
    case ATOM_IN:
        return (slot->type == RCK_TYPE_NAME || slot->type == RCK_TYPE_BOOL || slot->type == RCK_TYPE_STRING)
               && is_set(&policy->sets, atom->set, slot_n_values(slot));
    case ATOM_HAS:
        return slot->type == RCK_TYPE_SET && is_set(&policy->sets, atom->set, slot->n_names);
    case ATOM_BELOW:
    case ATOM_EQUAL:
        return is_sum(policy, &atom->sum) && atom->slot == atom->sum.slots[0];
    case ATOM_PRESENT:
        return true;
    case ATOM_SAME:
        return are_alike(policy, atom->slot, atom->other);
    case ATOM_MATCHES:
        return slot->type == RCK_TYPE_STRING && atom->pattern < policy->patterns.n;
    }
    return false;
}

static bool
is_guard(const struct loading *l, const struct guard *guard)
{
    switch (guard->kind) {
    case GUARD_CONSTANT:
        return guard->of == TRUTH_FALSE || guard->of == TRUTH_TRUE;
    case GUARD_ATOM:
        return guard->of < l->policy->guards.atoms.n;
    case GUARD_NOT:
    case GUARD_AND:
    case GUARD_OR:
        return guard->of != NONE;
    }
    return false;
}

/* Walks the guard ROOT from its end to its beginning, which must be the first node that is no other guard's. */
static bool
check_guard(struct loading *l, guard_id root)
{
    const struct guard *nodes = l->policy->guards.nodes.items;
    uint32_t depth = 0;

    if (root == NONE)
        return true;
    if (root - l->next_guard >= l->policy->guards.nodes.n - l->next_guard)
        return unsound(l, SAVED_GUARDS, l->next_guard);
    for (guard_id id = root;; id--) {
        bool is_leaf = nodes[id].kind == GUARD_ATOM || nodes[id].kind == GUARD_CONSTANT;
        /* What is left of the operands that it is one of; the only one has all of them. */
        guard_id first = depth != 0 ? guard_before(nodes, l->open[depth - 1]) + 1 : l->next_guard;
        bool only = depth == 0 || nodes[l->open[depth - 1]].kind == GUARD_NOT;
        uint32_t n = is_leaf ? 0 : nodes[id].of;

        if (!is_guard(l, &nodes[id]) || (only ? n != id - first : n > id - first))
            return unsound(l, SAVED_GUARDS, id);
        if (!is_leaf) {
            if (depth == l->max_depth) {
                saved_fail(l->context, "raise the limit 'nesting', as it was when the policy was compiled",
                           "its guards are nested deeper than the limit 'nesting' of %u allows",
                           (unsigned)l->context->settings.limits[LIMIT_NESTING]);
                return false;
            }
            l->open[depth++] = id;
            continue;
        }
        while (depth != 0 && id == guard_before(nodes, l->open[depth - 1]) + 1)
            depth--;
        if (depth == 0)
            break;
    }
    l->next_guard = root + 1;
    return true;
}

/* Reads TEXT, which may be missing where that is OPTIONAL, as a text of a clause. */
static bool
get_clause_text(struct loading *l, struct saved_text text, bool optional, struct text_slice *out)
{
    struct str read;

    if (optional ? !get_optional(l, text, &read) : !get_text(l, text, &read))
        return false;
    *out = read.p != NULL ? (struct text_slice){ text.at + 1, text.n } : (struct text_slice){ 0, 0 };
    return true;
}

static bool
load_clauses(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    struct guards *guards = &policy->guards;
    uint32_t n;
    const struct saved_clause *clauses = section(l, SAVED_CLAUSES, &n);

    guards->arena = &policy->arena;
    MAP(l, SAVED_GUARDS, &guards->nodes);
    MAP(l, SAVED_ATOMS, &guards->atoms);
    if (guards->nodes.n == 0)
        return unsound(l, SAVED_GUARDS, 0);
    for (uint32_t i = 0; i < guards->atoms.n; i++)
        if (!is_atom(policy, &guards->atoms.items[i]))
            return unsound(l, SAVED_ATOMS, i);
    l->max_depth = GUARDS_A_LEVEL * (uint32_t)l->context->settings.limits[LIMIT_NESTING] + GUARDS_A_CLAUSE;
    l->open = arena_array(&policy->arena, l->max_depth, sizeof *l->open);
    l->next_guard = 1;
    MAKE(l, SAVED_CLAUSES, &policy->clauses);
    policy->kept = (void *)(uintptr_t)section(l, SAVED_TEXTS, &policy->n_kept);
    for (uint32_t i = 0; i < n; i++) {
        const struct saved_clause *from = &clauses[i];
        struct clause *made = &policy->clauses.items[i];

        if (!get_clause_text(l, from->label, false, &made->label) || !get_clause_text(l, from->text, false, &made->text)
            || !get_clause_text(l, from->cites, true, &made->cites) || !get_clause_text(l, from->says, true, &made->says)
            || from->kind > RCK_CLAUSE_NOTE || from->warns > 1 || from->file >= policy->files.n)
            return unsound(l, SAVED_CLAUSES, i);
        made->kind = (enum rck_clause_kind)from->kind;
        made->warns = from->warns != 0;
        made->act = from->act;
        made->tails = from->tails;
        made->violation = from->violation;
        made->at = (struct position){ from->file, from->line, from->column };
        if (!check_guard(l, made->act) || !check_guard(l, made->tails) || !check_guard(l, made->violation))
            return false;
    }
    if (l->next_guard != guards->nodes.n)
        return unsound(l, SAVED_GUARDS, l->next_guard);
    return true;
}

/* ---- routes -------------------------------------------------------------------------------------------------------------- */

static bool
load_message_facts(struct loading *l)
{
    struct routes *routes = &l->policy->routes;
    uint32_t n;
    const struct saved_message_fact *facts = section(l, SAVED_MESSAGE_FACTS, &n);
    const struct fact *before = NULL;

    MAKE(l, SAVED_MESSAGE_FACTS, &routes->facts);
    for (uint32_t i = 0; i < n; before = &routes->facts.items[i++]) {
        struct fact *made = &routes->facts.items[i];

        if (facts[i].source > FACT_BODY || !get_text(l, facts[i].name, &made->name) || made->name.n == 0)
            return unsound(l, SAVED_MESSAGE_FACTS, i);
        made->source = (enum fact_source)facts[i].source;
        if (before != NULL && (before->source != made->source ? before->source > made->source : str_compare(before->name, made->name) >= 0))
            return unsound(l, SAVED_MESSAGE_FACTS, i);
    }
    return true;
}

static bool
load_tests(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    struct routes *routes = &policy->routes;
    uint32_t n;
    const struct saved_test *tests = section(l, SAVED_TESTS, &n);

    MAKE(l, SAVED_TESTS, &routes->tests);
    for (uint32_t i = 0; i < n; i++) {
        const struct saved_test *from = &tests[i];
        struct test *made = &routes->tests.items[i];

        if (from->kind > TEST_ABOVE || from->fact >= routes->facts.n /* 0 where there is none */
            || (from->kind == TEST_MATCHES && from->pattern >= policy->patterns.n)
            || (from->kind == TEST_TEXT ? !get_text(l, from->text, &made->text) : from->text.at != 0 || from->text.n != 0))
            return unsound(l, SAVED_TESTS, i);
        made->kind = (enum test_kind)from->kind;
        made->fact = from->fact;
        made->pattern = from->pattern;
        made->number = (wide)((unsigned_wide)from->number[0] << 64 | from->number[1]);
        if (from->kind == TEST_MATCHES)
            made->text = policy->patterns.items[from->pattern].text;
    }
    return true;
}

/* The range FIRST to FIRST + N, of MAX, begins where the one before it, BEFORE, ends, or is the same: so all are looked at once, but
 * for those that are the same. */
static bool
check_range(uint32_t first, uint32_t n, uint32_t max, struct condition *before)
{
    bool same = first == before->first && n == before->n;

    if (!same && (first != before->first + before->n || n > max - first))
        return false;
    *before = (struct condition){ first, n };
    return true;
}

/* NAME is one of SLOT that requests can have. */
static bool
is_declared_name(const struct rck_policy *policy, uint32_t slot, uint32_t name)
{
    const struct slot *of = &policy->slots.items[slot];

    return name < of->n_names && policy->names.items[of->first_name + name].declared != NAME_HIDDEN;
}

static bool
check_withs(const struct rck_policy *policy, uint32_t first, uint32_t n)
{
    const struct route_with *withs = policy->routes.withs.items;

    for (uint32_t i = first; i < first + n; i++) {
        const struct slot *slot = &policy->slots.items[withs[i].slot < policy->slots.n ? withs[i].slot : 0];

        if (withs[i].slot < N_DIMENSIONS || withs[i].slot >= policy->slots.n || withs[i].slot == policy->now || slot->counter
            || slot->type == RCK_TYPE_SET || withs[i].fact >= policy->routes.facts.n)
            return false;
    }
    return true;
}

static bool
load_routes(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    struct routes *routes = &policy->routes;
    struct condition tests = { 0, 0 }, withs = { 0, 0 };
    uint32_t n;
    const struct saved_credential *credentials = section(l, SAVED_CREDENTIALS, &n);
    const struct saved_route *from;
    size_t at, length;

    if (!load_message_facts(l) || !load_tests(l))
        return false;
    MAP(l, SAVED_WITHS, &routes->withs);
    MAKE(l, SAVED_CREDENTIALS, &routes->credentials);
    for (uint32_t i = 0; i < n; i++) {
        struct credential *made = &routes->credentials.items[i];

        made->subject = credentials[i].subject;
        made->condition = (struct condition){ credentials[i].first_test, credentials[i].n_tests };
        made->at = (struct route_position){ credentials[i].file, credentials[i].line, credentials[i].column };
        if (!get_text(l, credentials[i].when, &made->when) || !is_declared_name(policy, SLOT_SUBJECT, made->subject)
            || made->at.file >= policy->files.n || !check_range(made->condition.first, made->condition.n, routes->tests.n, &tests)
            || !routes_check_condition(routes, made->condition))
            return unsound(l, SAVED_CREDENTIALS, i);
    }
    from = section(l, SAVED_ROUTES, &n);
    MAKE(l, SAVED_ROUTES, &routes->routes);
    for (uint32_t i = 0; i < n; i++) {
        struct route *made = &routes->routes.items[i];
        bool is_new = from[i].first_test != tests.first || from[i].n_tests != tests.n;
        bool sets_new = from[i].first_with != withs.first || from[i].n_withs != withs.n;

        made->condition = (struct condition){ from[i].first_test, from[i].n_tests };
        made->action = from[i].action;
        made->resource = from[i].resource;
        made->first_with = from[i].first_with;
        made->n_withs = from[i].n_withs;
        made->at = (struct route_position){ from[i].file, from[i].line, from[i].column };
        if (!get_text(l, from[i].method, &made->method) || made->method.n == 0 || !get_text(l, from[i].path, &made->path)
            || path_check(made->path, &at, &length) != PATH_FINE || !get_optional(l, from[i].when, &made->when)
            || !get_optional(l, from[i].with, &made->with) || !is_declared_name(policy, SLOT_ACTION, made->action)
            || !is_declared_name(policy, SLOT_RESOURCE, made->resource) || made->at.file >= policy->files.n
            || !check_range(made->condition.first, made->condition.n, routes->tests.n, &tests)
            || !check_range(made->first_with, made->n_withs, routes->withs.n, &withs)
            || (is_new && !routes_check_condition(routes, made->condition))
            || (sets_new && !check_withs(policy, made->first_with, made->n_withs)))
            return unsound(l, SAVED_ROUTES, i);
    }
    if (l->next_text != l->entries[SAVED_TEXTS].n)
        return unsound(l, SAVED_TEXTS, l->next_text);
    if (!routes_build(routes, &policy->arena, l->context->settings.limits[LIMIT_ROUTE_STATES])) {
        saved_fail(l->context, "raise the limit 'route-states', as it was when the policy was compiled",
                   "its routes need an automaton larger than the limit 'route-states' of %llu allows",
                   (unsigned long long)l->context->settings.limits[LIMIT_ROUTE_STATES]);
        return false;
    }
    return true;
}

/* ---- columns and rows --------------------------------------------------------------------------------------------------- */

/* The classes of a column with names: those of each value, and of attributes what is undeclared, or absent.  They are numbered in the
 * order of the first value that each has, so that there is none without any. */
static bool
check_names(const struct space *space, const struct column *column, const struct slot *slot, uint32_t *n_class_of)
{
    uint32_t n = slot_n_values(slot), n_met = 0;

    if ((slot->type != RCK_TYPE_NAME && slot->type != RCK_TYPE_BOOL && slot->type != RCK_TYPE_STRING)
        || column->first != *n_class_of || n > space->class_of.n - *n_class_of)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (space->class_of.items[column->first + i] > n_met)
            return false;
        n_met += space->class_of.items[column->first + i] == n_met;
    }
    *n_class_of += n;
    if (column->slot <= N_DIMENSIONS)
        return column->undeclared == 0 && column->absent == 0 && column->n_classes == n_met;
    return column->undeclared == n_met && column->absent - n_met <= 1 && column->n_classes == column->absent + 1;
}

static bool
check_cuts(const struct space *space, const struct rck_policy *policy, const struct column *column, uint32_t *n_cuts)
{
    static const wide sum_max = (wide)1 << 126;
    const struct slot *slot = &policy->slots.items[column->slot - 1];
    bool is_one = column->sum.slots[1] == NONE;
    wide min = is_one ? slot->min : -sum_max, max = is_one ? slot->max : sum_max;
    const wide *cuts = space->cuts.items + column->first;

    if (!is_sum(policy, &column->sum) || column->slot != column->sum.slots[0] || column->first != *n_cuts
        || column->n_cuts > space->cuts.n - *n_cuts || column->n_classes != column->n_cuts + 2
        || column->absent != column->n_cuts + 1)
        return false;
    for (uint32_t i = 0; i < column->n_cuts; i++)
        if (cuts[i] <= min || cuts[i] > max || (i != 0 && cuts[i] <= cuts[i - 1]))
            return false;
    *n_cuts += column->n_cuts;
    return true;
}

static bool
is_no_sum(const struct sum *sum)
{
    for (uint32_t i = 0; i < SUM_TERMS; i++)
        if (sum->slots[i] != NONE || sum->factors[i] != 0)
            return false;
    return true;
}

static bool
check_column(const struct space *space, const struct rck_policy *policy, const struct column *column, uint32_t *n_class_of,
             uint32_t *n_cuts)
{
    const struct slot *slot;

    if (column->slot == NONE || column->slot > policy->slots.n || (column->other != NONE && column->kind != COLUMN_SAME)
        || (column->set != SET_ALL && column->kind != COLUMN_HAS)
        || (column->kind != COLUMN_NUMBER && !is_no_sum(&column->sum)))
        return false;
    slot = &policy->slots.items[column->slot - 1];
    switch (column->kind) {
    case COLUMN_NAME:
        return check_names(space, column, slot, n_class_of);
    case COLUMN_NUMBER:
        return check_cuts(space, policy, column, n_cuts);
    case COLUMN_HAS:
        return slot->type == RCK_TYPE_SET && column->n_classes == 3 && is_set(&policy->sets, column->set, slot->n_names);
    case COLUMN_PRESENT:
        return column->n_classes == 2;
    case COLUMN_SAME:
        return column->n_classes == 3 && are_alike(policy, column->slot, column->other);
    case COLUMN_MATCHES:
        return column->n_classes == 3 && slot->type == RCK_TYPE_STRING && column->pattern < policy->patterns.n;
    }
    return false;
}

static bool
load_space(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    struct space *space = &policy->space;
    uint32_t n_class_of = 0, n_cuts = 0;

    space->arena = &policy->arena;
    MAP(l, SAVED_COLUMNS, &space->columns);
    MAP(l, SAVED_CLASS_OF, &space->class_of);
    MAP(l, SAVED_CUTS, &space->cuts);
    for (uint32_t i = 0; i < space->columns.n; i++)
        if (!check_column(space, policy, &space->columns.items[i], &n_class_of, &n_cuts))
            return unsound(l, SAVED_COLUMNS, i);
    if (n_class_of != space->class_of.n)
        return unsound(l, SAVED_CLASS_OF, n_class_of);
    if (n_cuts != space->cuts.n)
        return unsound(l, SAVED_CUTS, n_cuts);
    return true;
}

static bool
load_rows(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    const struct space *space = &policy->space;
    struct kept_rows *rows = &policy->rows;
    uint32_t at = 0, clause = 0, n_used = 0;

    MAP(l, SAVED_ROWS, &rows->rows);
    MAP(l, SAVED_OF_ROWS, &rows->of_rows);
    MAP(l, SAVED_CONDS, &rows->conds);
    for (uint32_t i = 0; i < rows->conds.n; i++) {
        const struct cond *cond = &rows->conds.items[i];

        if (cond->column >= space->columns.n || cond->classes <= SET_EMPTY
            || !is_set(&space->sets, cond->classes, space->columns.items[cond->column].n_classes))
            return unsound(l, SAVED_CONDS, i);
    }
    if (rows->rows.n == 0)
        return unsound(l, SAVED_ROWS, 0);
    for (uint32_t i = 0; i < kept_n(rows); i++) {
        const struct kept_row *row = &rows->rows.items[i];
        uint32_t end = row[1].first;

        if (row->clause < clause || row->clause >= policy->clauses.n || policy->clauses.items[row->clause].warns
            || (row->says != RCK_STATE_VIOLATED && row->says != RCK_STATE_GRANTED && row->says != RCK_STATE_UNKNOWN)
            || row->first != at || end < at || end > rows->of_rows.n)
            return unsound(l, SAVED_ROWS, i);
        clause = row->clause;
        for (uint32_t column = 0; at < end; at++) {
            uint32_t id = rows->of_rows.items[at];

            /* What no row had so far is the next one. */
            if (id > n_used || id >= rows->conds.n || rows->conds.items[id].column < column)
                return unsound(l, SAVED_OF_ROWS, at);
            n_used += id == n_used;
            column = rows->conds.items[id].column + 1;
        }
    }
    if (at != rows->of_rows.n)
        return unsound(l, SAVED_OF_ROWS, at);
    if (rows->rows.items[kept_n(rows)].clause != 0 || rows->rows.items[kept_n(rows)].says != 0 || rows->rows.items[kept_n(rows)].first != at)
        return unsound(l, SAVED_ROWS, kept_n(rows));
    if (n_used != rows->conds.n)
        return unsound(l, SAVED_CONDS, n_used);
    return true;
}

/* ---- the table ---------------------------------------------------------------------------------------------------------- */

static bool
load_dense(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    struct dense *dense = &policy->table.dense;
    uint64_t n_cells = 1;

    dense->strides = arena_array(&policy->arena, (size_t)policy->space.columns.n + 1, sizeof *dense->strides);
    dense->cells = (void *)(uintptr_t)section(l, SAVED_CELLS, &dense->n_cells);
    for (uint32_t c = 0; c < policy->space.columns.n && n_cells <= dense->n_cells; c++) {
        dense->strides[c] = (uint32_t)n_cells;
        n_cells *= policy->space.columns.items[c].n_classes;
    }
    if (n_cells != dense->n_cells)
        return unsound(l, SAVED_CELLS, dense->n_cells);
    /* What allows names no clause, and nothing in a table says that a request is invalid. */
    for (uint32_t i = 0; i < dense->n_cells; i++)
        if ((dense->cells[i] & 3) == RCK_INVALID || ((dense->cells[i] & 3) == RCK_ALLOW && dense->cells[i] >> 2 != 0))
            return unsound(l, SAVED_CELLS, i);
    return true;
}

static bool
load_hashed(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    struct hashed *hashed = &policy->table.hashed;
    uint32_t n, n_unknown;
    const struct saved_facts *facts = section(l, SAVED_FACTS, &n);
    const struct saved_group *groups = section(l, SAVED_GROUPS, &n);

    if (n > HASHED_GROUPS_MAX)
        return unsound(l, SAVED_GROUPS, n);
    *hashed = (struct hashed){ .by_default = policy->by_default, .n_key_columns = facts->n_key_columns, .n_groups = n };
    memcpy(hashed->key_columns, facts->key_columns, sizeof hashed->key_columns);
    hashed->groups = arena_array(&policy->arena, HASHED_GROUPS_MAX, sizeof *hashed->groups);
    for (uint32_t i = 0; i < n; i++) {
        struct hashed_group *made = &hashed->groups[i];

        if (groups[i].grants > 1 || groups[i].zero != 0)
            return unsound(l, SAVED_GROUPS, i);
        made->seed = groups[i].seed;
        made->pins = groups[i].pins;
        made->grants = groups[i].grants != 0;
        made->first_slot = groups[i].first_slot;
        made->n_slots = groups[i].n_slots;
        made->n_keys = groups[i].n_keys;
    }
    hashed->slots = (void *)(uintptr_t)section(l, SAVED_KEYS, &hashed->n_slots);
    hashed->unknown = (void *)(uintptr_t)section(l, SAVED_UNKNOWN, &n_unknown);
    hashed->words = (void *)(uintptr_t)section(l, SAVED_WORDS, &hashed->n_words);
    hashed->tests = (void *)(uintptr_t)section(l, SAVED_KEY_TESTS, &hashed->n_tests);
    if (n_unknown != policy->space.columns.n)
        return unsound(l, SAVED_UNKNOWN, n_unknown);
    return true;
}

static bool
load_table(struct loading *l)
{
    struct rck_policy *policy = l->policy;
    uint32_t n;
    const struct saved_facts *facts = section(l, SAVED_FACTS, &n);

    policy->table.form = (enum table_form)facts->form;
    if (!(policy->table.form == TABLE_DENSE ? load_dense(l) : load_hashed(l)))
        return false;
    classes_build(&policy->table.classes, policy, &policy->arena);
    if (!table_verify(&policy->table, policy)) {
        saved_fail(l->context, from_source, "it is not sound: its decision table is wrong");
        return false;
    }
    table_prepare(&policy->table, policy, &policy->arena);
    return true;
}

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

static bool
load_all(struct loading *l)
{
    static bool (*const steps[])(struct loading *) = {
        check_texts, load_facts, load_vocabulary, load_constants, load_params,
    };
    struct rck_policy *policy = l->policy;

    for (size_t i = 0; i < N_ELEMENTS(steps); i++)
        if (!steps[i](l))
            return false;
    if (!check_sets(l, SAVED_NAME_SETS, SAVED_NAME_RANGES, &policy->sets) || !load_clauses(l) || !load_routes(l)
        || !check_sets(l, SAVED_CLASS_SETS, SAVED_CLASS_RANGES, &policy->space.sets) || !load_space(l) || !load_rows(l)
        || !load_table(l))
        return false;
    lookup_build(&policy->lookup, policy, &policy->arena, l->context->settings.hash_seed);
    anchors_build(&policy->anchors, policy, &policy->arena);
    return true;
}

/* Its own variables do not change after setjmp. */
static enum rck_status
load_or_escape(struct loading *l)
{
    struct arena *arena = &l->policy->arena;
    jmp_buf escape;
    enum rck_status status;

    if (setjmp(escape) != 0) {
        if (arena->failed)
            return RCK_E_NOMEM;
        saved_fail(l->context, "raise the limit 'compile-bytes'", "it needs more memory than the limit 'compile-bytes' allows");
        return RCK_E_SAVED;
    }
    arena->escape = &escape;
    status = load_all(l) ? RCK_OK : RCK_E_SAVED;
    arena->escape = NULL;
    return status;
}

enum rck_status
saved_load(struct rck_context *context, const char *bytes, const struct saved_block *block, struct rck_policy **out)
{
    struct loading l = { .context = context, .bytes = bytes, .size = block->size };
    enum rck_status status;

    if (!check_header(context, bytes, l.size))
        return RCK_E_SAVED;
    l.entries = (const struct saved_entry *)(const void *)(bytes + sizeof(struct saved_header));
    if (l.size < saved_begin()) {
        saved_fail(context, from_source, "it is not sound: it has no sections");
        return RCK_E_SAVED;
    }
    if (!check_sections(&l))
        return RCK_E_SAVED;
    status = policy_new(&context->mem, &context->settings, &l.policy);
    if (status != RCK_OK)
        return status;
    status = load_or_escape(&l);
    if (status != RCK_OK) {
        rck_policy_unref(l.policy);
        return status;
    }
    l.policy->block = *block;
    *out = l.policy;
    return RCK_OK;
}
