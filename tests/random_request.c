/* SPDX-License-Identifier: MIT
 *
 * Requests for policies of random_policy.c; see random_policy.h.
 */
#include <config.h>

#include "random_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A request in the making. */
struct making {
    struct random_policy *policy;
    uint64_t state;
    struct naive_fact facts[MAX_FACTS];
    uint32_t n;
    bool settable;
    bool strict;
    bool has_now;
    int64_t now;
    bool known[MAX_ATTRS]; /* these numbers and times are chosen */
    wide chosen[MAX_ATTRS];
};

static void make_facts(struct making *making);
static struct naive_fact *add_fact(struct making *making, struct str key, enum naive_kind kind);
static void make_name_fact(struct making *making, uint32_t dim, struct str name);
static void make_set_fact(struct making *making, struct str key, const struct str *values, uint32_t n);
static wide choose_number(struct making *making, uint32_t idx);
static struct str spell_number(struct making *making, wide value);
static struct str spell_decimal(struct making *making, wide value);
static struct str spell_time(struct making *making, wide ns);
static struct str choose_string(struct making *making, uint32_t idx);
static void spoil(struct making *making);
static void spoil_type(struct making *making);
static struct str misspelt(struct making *making, struct str name);
static void write_members(struct making *making, struct out *out, const uint32_t *idx, const size_t *used, uint32_t n,
                          uint32_t style);
static void write_value(struct making *making, struct out *out, const struct naive_fact *fact);
static void write_json_text(struct making *making, struct out *out, struct str text);

void
random_request_make(struct random_policy *policy, uint64_t seed, struct random_request *request)
{
    struct making making = { .policy = policy, .settable = true };
    struct out out;
    uint32_t idx[MAX_FACTS];
    size_t used[MAX_FACTS] = { 0 };
    uint32_t style;
    struct naive_fact *facts;

    arena_free(&policy->request_arena);
    making.state = (policy->seed ^ seed * UINT64_C(0x9fb21c651e98df25)) + 7;
    make_facts(&making);

    for (uint32_t i = 0; i < making.n; i++)
        idx[i] = i;
    shuffle(&making.state, idx, making.n);
    facts = need(arena_array(&policy->request_arena, (size_t)making.n + 1, sizeof *facts));
    for (uint32_t i = 0; i < making.n; i++)
        facts[i] = making.facts[idx[i]];

    out = out_new(&policy->request_arena);
    style = below(&making.state, 3);
    write_members(&making, &out, idx, used, making.n, style);
    request->facts = (struct naive_request){
        .facts = facts, .n_facts = making.n, .strict = making.strict, .has_now = making.has_now, .now = making.now
    };
    request->json = out_done(&out);
    request->settable = making.settable;
}

static const char *const dimension_words[] = { "subject", "role", "action", "resource" };

static bool
policy_asks_now(const struct random_policy *policy)
{
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].kind == ATTR_NOW)
            return true;
    }
    return false;
}

/* Whether KEY is an attribute of the declaration DECL. */
static bool
is_of_decl(const struct random_policy *policy, struct str key, uint32_t decl)
{
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (str_equal(policy->attrs[i].name, key))
            return policy->attrs[i].decl == decl;
    }
    return false;
}

/* Picks an attribute about which a condition asks what is trivial, for a request that says all but this; MAX_ATTRS if there is none, and
 * for most requests. */
static uint32_t
choose_lacking(struct making *making)
{
    const struct random_policy *policy = making->policy;
    uint32_t found[MAX_ATTRS], n = 0;

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].trivial)
            found[n++] = i;
    }
    return n != 0 && one_in(&making->state, 4) ? found[below(&making->state, n)] : MAX_ATTRS;
}

/* Returns a name that nobody needs to have declared, near NAME in the tree of names. */
static struct str
below_or_above(struct making *making, struct str name)
{
    struct arena *arena = &making->policy->request_arena;
    struct str out = name;

    switch (below(&making->state, 9)) {
    case 0:
    case 1:
        return joined(arena, name, STR(".zz"));
    case 5:
        return joined(arena, name, STR("."));
    case 6:
        return joined(arena, STR("."), name);
    case 7:
        return joined(arena, name, STR("..user"));
    case 2:
        return joined(arena, name, STR(".user.role.x"));
    case 3: /* what stands above it, if anything does */
        while (out.n > 0 && out.p[out.n - 1] != '.')
            out.n--;
        return out.n > 1 ? (struct str){ out.p, out.n - 1 } : name;
    case 4: /* beside it */
        while (out.n > 0 && out.p[out.n - 1] != '.')
            out.n--;
        return joined(arena, out, STR("zz"));
    default:
        return misspelt(making, name);
    }
}

static void
make_facts(struct making *making)
{
    struct random_policy *policy = making->policy;
    const struct hot *hot = &policy->hots[below(&making->state, policy->n_hots)];
    bool spoilt = one_in(&making->state, 9), bare = one_in(&making->state, 40), extra = one_in(&making->state, 8);
    uint32_t lacking = choose_lacking(making);

    making->strict = one_in(&making->state, 16);
    if (policy->n_hots == 0 || one_in(&making->state, 4))
        hot = NULL;
    for (uint32_t d = 0; d < N_DIMENSIONS; d++) {
        const struct dimension *dim = &policy->dims[d];
        struct str name = dim->names[below(&making->state, dim->n)];
        const struct str *names = NULL;
        uint32_t n = 0;

        if (d == AST_ROLE) {
            make_set_fact(making, str_of(dimension_words[d]), dim->names, dim->n);
            continue;
        }
        if (hot != NULL && d == AST_ACTION) {
            names = hot->actions;
            n = hot->n_actions;
        }
        if (hot != NULL && d == AST_RESOURCE) {
            names = hot->resources;
            n = hot->n_resources;
        }
        if (n != 0) {
            bool marks[MAX_NAMES] = { false };
            uint32_t from = below(&making->state, dim->n);

            mark_covered(policy, d, names[below(&making->state, n)], marks);
            for (uint32_t i = 0; i < dim->n; i++) {
                if (marks[(from + i) % dim->n])
                    name = dim->names[(from + i) % dim->n];
            }
        }
        if (dim->open && one_in(&making->state, 4))
            name = below_or_above(making, name);
        make_name_fact(making, d, name);
    }

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        const struct attr *attr = &policy->attrs[i];
        struct naive_fact *fact;
        wide number;

        if (attr->kind == ATTR_NOW)
            continue;

        if (i != lacking && attr->kind == ATTR_SET) {
            make_set_fact(making, attr->name, attr->values, attr->n_values);
            continue;
        }
        if (i == lacking || (lacking == MAX_ATTRS && (bare || one_in(&making->state, 6)))) {
            if (one_in(&making->state, 3))
                add_fact(making, attr->name, NAIVE_ABSENT);
            continue;
        }
        switch (attr->kind) {
        case ATTR_INT:
        case ATTR_DECIMAL:
        case ATTR_COUNTER:
            fact = add_fact(making, attr->name, NAIVE_NUMBER);
            number = choose_number(making, i);
            fact->text = attr->kind == ATTR_DECIMAL ? spell_decimal(making, number) : spell_number(making, number);
            break;
        case ATTR_TIME:
            fact = add_fact(making, attr->name, NAIVE_TEXT);
            fact->text = spell_time(making, choose_number(making, i));
            break;
        case ATTR_STRING:
            fact = add_fact(making, attr->name, NAIVE_TEXT);
            fact->text = choose_string(making, i);
            break;
        case ATTR_BOOL:
            fact = add_fact(making, attr->name, NAIVE_BOOL);
            fact->truth = one_in(&making->state, 2);
            break;
        case ATTR_ENUM:
        case ATTR_SET:
        case ATTR_NOW:
            fact = add_fact(making, attr->name, NAIVE_TEXT);
            fact->text = attr->values[below(&making->state, attr->n_values)];
            for (uint32_t k = 0; k < making->n && one_in(&making->state, 4); k++) {
                if (making->facts[k].kind == NAIVE_TEXT && is_of_decl(policy, making->facts[k].key, attr->decl))
                    fact->text = making->facts[k].text; /* the same as in the other one */
            }
            if (one_in(&making->state, attr->open ? 3 : 9))
                fact->text = attr->open ? below_or_above(making, fact->text) : misspelt(making, fact->text);
            if (one_in(&making->state, 30)) {
                fact->text = STR("");
                making->settable = false;
            }
            break;
        }
    }

    making->has_now = policy_asks_now(policy) ? !one_in(&making->state, 8) : one_in(&making->state, 8);
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].kind == ATTR_NOW)
            making->now = (int64_t)choose_number(making, i);
        making->has_now = making->has_now && !(i == lacking && policy->attrs[i].kind == ATTR_NOW);
    }

    if (extra) {
        static const char *const keys[] = { "zz", "zz.y", "unrelated.thing", "zz.size", "Subject", "id" };
        uint32_t which = below(&making->state, N_ELEMENTS(keys) - (making->strict ? 1 : 0)), kind = below(&making->state, 5);
        struct naive_fact *fact = add_fact(making, str_of(keys[which]), NAIVE_NUMBER);

        fact->text = STR("7");
        if (kind == 0) {
            fact->kind = NAIVE_TEXT;
            fact->text = STR("owner");
        } else if (kind == 1 && which + 1 != N_ELEMENTS(keys)) {
            fact->kind = NAIVE_BOOL;
        } else if (kind == 2 && which + 1 != N_ELEMENTS(keys)) {
            fact->kind = NAIVE_OTHER;
            fact->text = STR("[1.5, {\"a\": null}]");
            making->settable = false;
        }
    }
    if (spoilt)
        spoil(making);
}

static struct naive_fact *
add_fact(struct making *making, struct str key, enum naive_kind kind)
{
    struct naive_fact *fact = &making->facts[making->n];

    if (making->n + 1 < MAX_FACTS)
        making->n++;
    *fact = (struct naive_fact){ .key = key, .kind = kind };
    return fact;
}

static void
make_name_fact(struct making *making, uint32_t dim, struct str name)
{
    add_fact(making, str_of(dimension_words[dim]), NAIVE_TEXT)->text = name;
}

/* Whether VALUE is declared, or a set's name, in any dimension or enumeration. */
static bool
is_known_value(const struct random_policy *policy, struct str value)
{
    for (uint32_t i = 0; i < policy->n_sets; i++) {
        if (str_equal(policy->sets[i].name, value))
            return true;
    }
    for (uint32_t d = 0; d < N_DIMENSIONS; d++) {
        for (uint32_t i = 0; i < policy->dims[d].n; i++) {
            if (str_equal(policy->dims[d].names[i], value))
                return true;
        }
    }
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        for (uint32_t j = 0; j < policy->attrs[i].n_values; j++) {
            if (str_equal(policy->attrs[i].values[j], value))
                return true;
        }
    }
    return false;
}

/* Returns something like NAME that is declared nowhere. */
static struct str
misspelt(struct making *making, struct str name)
{
    struct arena *arena = &making->policy->request_arena;
    struct str out = name;

    switch (below(&making->state, 5)) {
    case 0:
        out = joined(arena, name, STR("x"));
        break;
    case 1:
        out.n = name.n - 1;
        break;
    case 2:
        out = joined(arena, name, STR(".zz"));
        break;
    case 3:
        out.n = 0;
        while (out.n < name.n && name.p[out.n] != '.')
            out.n++;
        break;
    default:
        out = joined(arena, STR("Z"), name);
        break;
    }
    if (out.n == 0 || out.p[out.n - 1] == '.' || is_known_value(making->policy, out))
        out = STR("admn");
    return out;
}

static void
make_set_fact(struct making *making, struct str key, const struct str *values, uint32_t n)
{
    struct arena *arena = &making->policy->request_arena;
    struct naive_fact *fact;
    uint32_t kind = below(&making->state, 10), order[MAX_NAMES + 2], wanted, n_members = 0;
    bool lone = one_in(&making->state, 2), undeclared = one_in(&making->state, 8), doubled = one_in(&making->state, 20);
    struct str *members;

    if (kind == 0) {
        if (one_in(&making->state, 2)) {
            add_fact(making, key, NAIVE_ABSENT);
        } else if (one_in(&making->state, 4)) {
            add_fact(making, key, NAIVE_TEXT)->text = STR("");
            making->settable = false;
        }
        return;
    }
    fact = add_fact(making, key, NAIVE_LIST);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    shuffle(&making->state, order, n);
    wanted = kind == 1 ? 0 : kind < 6 ? 1 : kind < 9 ? 2 : n;
    members = need(arena_array(arena, n + 2, sizeof *members));
    for (uint32_t i = 0; i < n && i < wanted; i++)
        members[n_members++] = values[order[i]];
    if (undeclared)
        members[n_members++] = misspelt(making, values[0]);
    else if (doubled && n_members != 0)
        members[n_members++] = members[0];
    fact->members = members;
    fact->n_members = n_members;
    if (n_members == 1 && lone) {
        fact->kind = NAIVE_TEXT;
        fact->text = members[0];
        fact->n_members = 0;
    }
}

/* Returns the value that another attribute was given which NUMBER OFFSET from that of attribute IDX makes it equal to. */
static bool
related_value(struct making *making, uint32_t idx, wide *value)
{
    struct random_policy *policy = making->policy;
    const struct attr *attr = &policy->attrs[idx];
    bool found = false;

    for (uint32_t i = 0; i < policy->n_pairs; i++) {
        const struct pair *pair = &policy->pairs[i];
        uint32_t other = pair->left == idx ? pair->right : pair->left;
        wide its;

        if ((pair->left != idx && pair->right != idx) || !making->known[other])
            continue;
        its = making->chosen[other] * policy->attrs[other].factor;
        its += pair->left == idx ? pair->offset.value : -pair->offset.value;
        *value = divide_down(its, attr->factor);
        found = true;
    }
    return found;
}

/* A number or a time at a boundary: of what a clause compares, of the other attribute of a pair, of the type. */
static wide
choose_number(struct making *making, uint32_t idx)
{
    struct random_policy *policy = making->policy;
    const struct attr *attr = &policy->attrs[idx];
    uint32_t kind = below(&making->state, 16), step = below(&making->state, 3);
    wide number = attr->near[below(&making->state, attr->n_near)], related = 0;
    wide unit = attr->kind == ATTR_INT || attr->kind == ATTR_COUNTER ? NAIVE_ONE : 1;
    bool tie = one_in(&making->state, 2), raise = one_in(&making->state, 2);

    if (tie && related_value(making, idx, &related)) {
        number = related;
        kind = 15;
    }
    if (kind == 0)
        number = attr->min;
    else if (kind == 1)
        number = attr->max;
    else if (kind == 2)
        number = (wide)((int64_t)below(&making->state, 40) - 5) * NAIVE_ONE;
    else if (kind > 3 && raise && attr->by < MAX_ATTRS && making->known[attr->by])
        number -= making->chosen[attr->by];
    if (step == 0)
        number -= unit;
    if (step == 1)
        number += unit;
    number = divide_down(number, unit) * unit;
    if (number < attr->min)
        number = attr->min;
    if (number > attr->max)
        number = attr->max;
    making->known[idx] = true;
    making->chosen[idx] = number;
    return number;
}

/* Writes VALUE, in millionths; now and then with places that say nothing, if it has any, and 0 as -0. */
static struct str
spell_number(struct making *making, wide value)
{
    struct out out = out_new(&making->policy->request_arena);
    char digits[NAIVE_NUMBER_ROOM];
    const char *point;

    naive_write_number(value, digits);
    if (value == 0 && one_in(&making->state, 8))
        out_text(&out, "-");
    out_text(&out, digits);
    point = strchr(digits, '.');
    if (point != NULL && one_in(&making->state, 4))
        out_text(&out, &"00000"[strlen(point) - 2]);
    return out_done(&out);
}

/* Writes a number for a decimal, which may have places that say nothing. */
static struct str
spell_decimal(struct making *making, wide value)
{
    static const char *const zeros[] = { "", "", ".0", ".00", ".000000" };
    struct str whole = spell_number(making, value);

    if (value % NAIVE_ONE != 0)
        return whole;
    return joined(&making->policy->request_arena, whole, str_of(zeros[below(&making->state, N_ELEMENTS(zeros))]));
}

/* Writes a time with an offset, and now and then with places that say nothing, or small letters. */
static struct str
spell_time(struct making *making, wide ns)
{
    static const struct {
        const char *text;
        int minutes;
    } offsets[] = {
        { "Z", 0 },      { "Z", 0 },        { "z", 0 },         { "+00:00", 0 },
        { "-00:00", 0 }, { "+02:00", 120 }, { "-05:30", -330 }, { "+23:59", 1439 },
    };
    uint32_t offset = below(&making->state, N_ELEMENTS(offsets));
    bool padded = one_in(&making->state, 4), small = one_in(&making->state, 16);
    struct out out = out_new(&making->policy->request_arena);
    char buffer[NAIVE_TIME_ROOM];

    naive_write_time(ns + (wide)offsets[offset].minutes * 60 * 1000000000, padded ? 9 : -1, buffer);
    if (small)
        buffer[10] = 't';
    out_text(&out, buffer);
    out_text(&out, offsets[offset].text);
    return out_done(&out);
}

/* Returns a character that is CHOSEN to be mistaken. */
static struct str
some_character(struct making *making)
{
    static const char *const characters[] = {
        "a", "b", "c", "e", "z", "m", ".", "/", "@", "-", "*", "?", "[", "]",
        "\xc3\xa9", "\xc3\xa8", "\xe6\x97\xa5", "\xf0\x9f\x98\x80", "e\xcc\x81",
    };

    return str_of(characters[below(&making->state, N_ELEMENTS(characters))]);
}

/* Returns a string that GLOB matches, or nearly. */
static struct str
expand_glob(struct making *making, struct str glob)
{
    struct out out = out_new(&making->policy->request_arena);

    for (size_t i = 0; i < glob.n; i++) {
        uint32_t n = glob.p[i] == '*' ? below(&making->state, 3) : 1;

        if (glob.p[i] == '*' || glob.p[i] == '?') {
            for (uint32_t k = 0; k < n; k++)
                out_str(&out, some_character(making));
        } else if (glob.p[i] == '[') {
            size_t end = i + 1;

            while (end < glob.n && (end == i + 1 || glob.p[end] != ']'))
                end++;
            if (one_in(&making->state, 2))
                out_str(&out, some_character(making));
            else
                out_str(&out, (struct str){ glob.p + i + 1, (unsigned char)glob.p[i + 1] >= 0xc0 ? 2 : 1 });
            i = end;
        } else {
            out_str(&out, (struct str){ glob.p + i, 1 });
        }
    }
    return out_done(&out);
}

/* A string that is what a clause asks for, or is near it. */
static struct str
choose_string(struct making *making, uint32_t idx)
{
    struct random_policy *policy = making->policy;
    struct arena *arena = &policy->request_arena;
    const struct attr *attr = &policy->attrs[idx];
    uint32_t kind = below(&making->state, 10), change = below(&making->state, 12);
    struct str out = attr->values[below(&making->state, attr->n_values)];

    if (kind < 5)
        out = expand_glob(making, attr->globs[below(&making->state, attr->n_globs)]);
    for (uint32_t i = 0; i < making->n && kind == 5; i++) {
        const struct naive_fact *fact = &making->facts[i];

        if (fact->kind == NAIVE_TEXT && fact->text.n < MAX_STRING)
            out = fact->text;
    }
    if (change == 0)
        out = joined(arena, out, some_character(making));
    else if (change == 1)
        out = joined(arena, some_character(making), out);
    else if (change == 2 && out.n > 0 && (unsigned char)out.p[out.n - 1] < 0x80)
        out.n--;
    return out;
}

/* Returns the fact of KEY, or NULL. */
static struct naive_fact *
fact_of(struct making *making, struct str key)
{
    for (uint32_t i = 0; i < making->n; i++) {
        if (str_equal(making->facts[i].key, key))
            return &making->facts[i];
    }
    return NULL;
}

static bool
is_key_declared(const struct random_policy *policy, struct str key)
{
    for (uint32_t d = 0; d < N_DIMENSIONS; d++) {
        if (str_equal(key, str_of(dimension_words[d])))
            return true;
    }
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (str_equal(key, policy->attrs[i].name))
            return true;
    }
    return false;
}

/* Returns a number outside the range of ATTR, if 64 bits have one. */
static wide
below_range(struct making *making, const struct attr *attr)
{
    wide unit = attr->kind == ATTR_DECIMAL ? 1 : NAIVE_ONE, number;
    bool end = one_in(&making->state, 3);

    if (attr->min > INT64_MIN * unit)
        number = end ? INT64_MIN * unit : attr->min - unit;
    else
        number = end ? INT64_MAX * unit : attr->max + (attr->max < INT64_MAX * unit ? unit : 0);
    return number;
}

/* Makes the request one that is not of the vocabulary's shape, nearly always. */
static void
spoil(struct making *making)
{
    static const uint32_t needed[] = { AST_SUBJECT, AST_ACTION, AST_RESOURCE };
    struct random_policy *policy = making->policy;
    struct arena *arena = &policy->request_arena;
    uint32_t dim = needed[below(&making->state, 3)], kind = below(&making->state, 12);
    struct naive_fact *name = fact_of(making, str_of(dimension_words[dim])), *fact;
    const struct attr *attr = policy->n_attrs != 0 ? &policy->attrs[below(&making->state, policy->n_attrs)] : NULL;
    const struct named_set *set = policy->n_sets != 0 ? &policy->sets[below(&making->state, policy->n_sets)] : NULL;
    const char *dot = attr != NULL ? memchr(attr->name.p, '.', attr->name.n) : NULL;
    struct str prefix = { attr != NULL ? attr->name.p : "", dot != NULL ? (size_t)(dot - attr->name.p) : 0 };
    struct str *members;

    if (name == NULL)
        return;
    switch (kind) {
    case 0: /* missing */
        if (one_in(&making->state, 2))
            name->kind = NAIVE_ABSENT;
        else
            *name = making->facts[--making->n];
        return;
    case 1: /* unknown, or only a part above a declared name */
        name->text = misspelt(making, name->text);
        return;
    case 2: /* a set's name */
        if (set == NULL)
            return;
        name = fact_of(making, str_of(dimension_words[set->dimension]));
        if (name == NULL)
            name = add_fact(making, str_of(dimension_words[set->dimension]), NAIVE_TEXT);
        name->kind = NAIVE_TEXT;
        name->text = set->name;
        if (set->dimension == AST_ROLE && one_in(&making->state, 2)) {
            members = need(arena_array(arena, 2, sizeof *members));
            members[0] = policy->dims[AST_ROLE].names[0];
            members[1] = set->name;
            name->kind = NAIVE_LIST;
            name->members = members;
            name->n_members = 2;
        }
        return;
    case 3:
    case 4:
        spoil_type(making);
        return;
    case 5: /* out of range */
        if (attr == NULL || (attr->kind != ATTR_INT && attr->kind != ATTR_COUNTER && attr->kind != ATTR_DECIMAL))
            return;
        fact = fact_of(making, attr->name);
        if (fact == NULL)
            fact = add_fact(making, attr->name, NAIVE_NUMBER);
        fact->kind = NAIVE_NUMBER;
        fact->text = attr->kind == ATTR_DECIMAL ? spell_decimal(making, below_range(making, attr))
                                                : spell_number(making, below_range(making, attr));
        return;
    case 6: /* misspelt in a namespace, or below an attribute */
        if (attr == NULL)
            return;
        if (dot != NULL && one_in(&making->state, 2))
            add_fact(making, joined(arena, prefix, STR(".zz")), NAIVE_NUMBER)->text = STR("0");
        else if (dot != NULL && one_in(&making->state, 2))
            add_fact(making, joined(arena, attr->name, STR("x")), NAIVE_BOOL);
        else
            add_fact(making, joined(arena, attr->name, STR(".x")), NAIVE_NUMBER)->text = STR("-0");
        return;
    case 7: /* a scalar where names are below */
        if (dot != NULL)
            add_fact(making, prefix, NAIVE_NUMBER)->text = STR("1");
        return;
    case 8: /* a duplicate */
        fact = &making->facts[below(&making->state, making->n)];
        if (fact->kind != NAIVE_ABSENT) {
            struct naive_fact copy = *fact;

            /* Nobody remembers a key that is ignored, but as JSON it may not stand there twice. */
            if (!is_key_declared(policy, copy.key))
                making->settable = false;
            *add_fact(making, copy.key, copy.kind) = copy;
        }
        return;
    case 9:
        add_fact(making, STR("now"), NAIVE_NUMBER)->text = STR("5");
        return;
    case 10: /* strictness decides */
        making->strict = true;
        add_fact(making, STR("zz.k"), NAIVE_BOOL);
        return;
    default: { /* no text: U+0000, or bytes that are no UTF-8 */
        static const struct {
            const char *p;
            size_t n;
        } faults[] = {
            { "\0", 1 }, { "\xff", 1 }, { "\xc0\xaf", 2 }, { "\xed\xa0\x80", 3 }, { "\xf4\x90\x80\x80", 4 }, { "\xe2\x82", 2 },
        };
        uint32_t which = below(&making->state, N_ELEMENTS(faults));
        struct str value = joined(arena, name->text, (struct str){ faults[which].p, faults[which].n });

        if (one_in(&making->state, 2)) {
            name->text = value;
            return;
        }
        for (uint32_t i = 0; i < making->n; i++) {
            fact = &making->facts[i];
            if (fact->kind == NAIVE_LIST && fact->n_members != 0) {
                fact->kind = NAIVE_TEXT;
                fact->text = value;
                return;
            }
        }
        return;
    }
    }
}

/* Gives a fact a value of another type. */
static void
spoil_type(struct making *making)
{
    static const char *const ints_not[] = {
        "1.0", "1e2", "9223372036854775808", "-9223372036854775809", "0.5", "[1]", "{\"a\":1}",
    };
    static const char *const decimals_not[] = {
        "1.0000000", "0.1234567", "1e2", "1E0", "9223372036854.775808", "-9223372036854.775809", "9223372036855",
        "[1.5]", "0.0000000",
    };
    static const char *const times_not[] = {
        "2026-03-25", "2026-03-25T12:00:00", "2026-02-30T00:00:00Z", "2026-03-25T24:00:00Z", "2026-03-25T12:00:60Z",
        "2026-03-25 12:00:00Z", "2026-03-25T12:00:00.1234567890Z", "2026-03-25T12:00:00.Z", "2262-04-11T23:47:16.854775808Z",
        "1677-09-21T00:12:43.145224191Z", "", "now", "2026-3-25T12:00:00Z", "2026-03-25T12:00Z", "2026-03-25T12:00:00+0200",
        "2026-03-25T12:00:00+24:00", "12026-03-25T12:00:00Z", "2026-03-25T12:00:00Z ", "1900-02-29T00:00:00Z",
        "2026-03-25T12:00:00+02:60",
        "2026-03-25T12:00:00,5Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-00-10T00:00:00Z",
        "2026-13-10T00:00:00Z",
        "2026-03-00T00:00:00Z", "2026-03-25T12:00:00+2:00", "-2026-03-25T12:00:00Z", "2026-03-25T12:00:00ZZ", "1774440000",
    };
    static const char *const sets_not[] = { "[1]", "[\"owner\", true]", "1.5", "[[\"owner\"]]" };
    struct random_policy *policy = making->policy;
    struct naive_fact *fact = &making->facts[below(&making->state, making->n)];
    enum attr_kind kind = ATTR_ENUM;
    uint32_t how = below(&making->state, 4);
    struct str *members = need(arena_array(&policy->request_arena, 1, sizeof *members));
    bool found = false;

    for (uint32_t d = 0; d < N_DIMENSIONS; d++) {
        if (str_equal(fact->key, str_of(dimension_words[d]))) {
            kind = d == AST_ROLE ? ATTR_SET : ATTR_ENUM;
            found = true;
        }
    }
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (str_equal(fact->key, policy->attrs[i].name)) {
            kind = policy->attrs[i].kind;
            found = true;
        }
    }
    if (!found)
        return;
    members[0] = fact->kind == NAIVE_TEXT && fact->text.n != 0 ? fact->text : STR("owner");
    fact->members = members;
    fact->n_members = how % 2;
    fact->truth = true;
    switch (kind) {
    case ATTR_INT:
    case ATTR_COUNTER:
    case ATTR_DECIMAL:
        fact->kind = how == 0 ? NAIVE_TEXT : how == 1 ? NAIVE_BOOL : how == 2 ? NAIVE_LIST : NAIVE_NUMBER;
        fact->text = how == 0              ? STR("10")
                     : kind == ATTR_DECIMAL ? str_of(decimals_not[below(&making->state, N_ELEMENTS(decimals_not))])
                                            : str_of(ints_not[below(&making->state, N_ELEMENTS(ints_not))]);
        break;
    case ATTR_TIME:
        fact->kind = how == 0 ? NAIVE_NUMBER : NAIVE_TEXT;
        fact->text = how == 0 ? STR("1774440000") : str_of(times_not[below(&making->state, N_ELEMENTS(times_not))]);
        break;
    case ATTR_BOOL:
        fact->kind = how == 0 ? NAIVE_TEXT : how == 1 || how == 3 ? NAIVE_NUMBER : NAIVE_LIST;
        fact->text = how == 0 ? STR("true") : how == 1 ? STR("1") : STR("1.0");
        break;
    case ATTR_ENUM:
    case ATTR_STRING:
    case ATTR_NOW:
        fact->kind = how == 0 || how == 3 ? NAIVE_NUMBER : how == 1 ? NAIVE_BOOL : NAIVE_LIST;
        fact->n_members = 1;
        fact->text = how == 0 ? STR("1") : STR("2.5");
        break;
    case ATTR_SET:
        fact->kind = how == 0 ? NAIVE_NUMBER : how == 1 ? NAIVE_BOOL : NAIVE_OTHER;
        fact->text = how == 0 ? STR("1") : str_of(sets_not[below(&making->state, N_ELEMENTS(sets_not))]);
        break;
    }
    if (fact->kind == NAIVE_NUMBER && (fact->text.p[0] == '[' || fact->text.p[0] == '{'))
        fact->kind = NAIVE_OTHER;
    if (fact->kind == NAIVE_OTHER || (fact->kind == NAIVE_NUMBER && !str_equal(fact->text, STR("1"))))
        making->settable = false;
}

/* ---- JSON --------------------------------------------------------------------------------------------------------------- */

static bool
rest_has_dot(const struct naive_fact *fact, size_t used)
{
    return memchr(fact->key.p + used, '.', fact->key.n - used) != NULL;
}

static struct str
first_part(const struct naive_fact *fact, size_t used)
{
    struct str part = { fact->key.p + used, 0 };

    while (used + part.n < fact->key.n && part.p[part.n] != '.')
        part.n++;
    return part;
}

/* Writes the facts IDX as an object, the first USED bytes of each key being said already.  STYLE 0: flat dotted keys, 1: nested
 * objects, 2: a mixture. */
static void
write_members(struct making *making, struct out *out, const uint32_t *idx, const size_t *used, uint32_t n, uint32_t style)
{
    const struct naive_fact *facts = making->facts;
    bool nested[MAX_FACTS] = { false }, done[MAX_FACTS] = { false }, first = true;

    for (uint32_t i = 0; i < n; i++)
        nested[i] = rest_has_dot(&facts[idx[i]], used[i]) && style != 0 && (style == 1 || one_in(&making->state, 2));
    out_text(out, "{");
    for (uint32_t i = 0; i < n; i++) {
        const struct naive_fact *fact = &facts[idx[i]];
        struct str part = first_part(fact, used[i]);
        uint32_t group[MAX_FACTS], n_group = 0;
        size_t group_used[MAX_FACTS];

        if (done[i])
            continue;
        if (!first)
            out_text(out, ",");
        if (one_in(&making->state, 8))
            out_text(out, "\n\t ");
        first = false;
        if (!nested[i]) {
            write_json_text(making, out, (struct str){ fact->key.p + used[i], fact->key.n - used[i] });
            out_text(out, ":");
            write_value(making, out, fact);
            continue;
        }
        for (uint32_t j = i; j < n; j++) {
            if (!nested[j] || done[j] || !str_equal(first_part(&facts[idx[j]], used[j]), part))
                continue;
            done[j] = true;
            group[n_group] = idx[j];
            group_used[n_group++] = used[j] + part.n + 1;
        }
        write_json_text(making, out, part);
        out_text(out, ": ");
        write_members(making, out, group, group_used, n_group, style);
    }
    out_text(out, "}");
}

static void
write_value(struct making *making, struct out *out, const struct naive_fact *fact)
{
    switch (fact->kind) {
    case NAIVE_ABSENT:
        out_text(out, "null");
        break;
    case NAIVE_NUMBER:
        out_str(out, fact->text);
        break;
    case NAIVE_BOOL:
        out_text(out, fact->truth ? "true" : "false");
        break;
    case NAIVE_TEXT:
        write_json_text(making, out, fact->text);
        break;
    case NAIVE_LIST:
        out_text(out, "[");
        for (uint32_t i = 0; i < fact->n_members; i++) {
            if (i != 0)
                out_text(out, ", ");
            write_json_text(making, out, fact->members[i]);
        }
        out_text(out, "]");
        break;
    case NAIVE_OTHER:
        out_str(out, fact->text);
        break;
    }
}

/* A JSON string; now and then a letter is escaped that need not be. */
static void
write_json_text(struct making *making, struct out *out, struct str text)
{
    bool escape = one_in(&making->state, 16);

    out_text(out, "\"");
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        char spelt[8];

        if (c < 0x20 || (escape && c < 0x80 && i % 2 == 1)) {
            snprintf(spelt, sizeof spelt, "\\u%04x", c);
            out_text(out, spelt);
        } else {
            if (c == '"' || c == '\\')
                out_text(out, "\\");
            out_str(out, (struct str){ text.p + i, 1 });
        }
    }
    out_text(out, "\"");
}
