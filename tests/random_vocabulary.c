/* SPDX-License-Identifier: MIT
 *
 * What there is to speak of in a random policy: names from small families, attributes with types and a few constants each, counters, params
 * and named sets; and the choice of what the clauses may mention, so that the product of all classes, which a dense table would have,
 * stays under a budget.  See random_policy.c.
 */
#include <config.h>

#include "random_parts.h"

static const char *const subject_families[][5] = {
    { "authtoken", "management_token", "oauth", "oauth2", NULL },
    { "a", "b", "ab", "a.b", NULL },
    { "token", "tokens", "token.read", "token.read2", NULL },
    { "user.api", "user.web", "user.api.v2", "use", NULL },
};

static const char *const role_families[][5] = {
    { "owner", "admin", "admins", "custom", NULL },
    { "dev.junior", "dev.senior", "dev", "dev.senior.lead", NULL },
    { "c", "d", "cd", "c.d", NULL },
    { "x:y", "x", "limit", "may", NULL },
};

static const char *const action_families[][6] = {
    { "create", "update", "delete", "read", "publish", NULL },
    { "a", "b", "c", "ab", "a.b", NULL },
    { "read", "re", "reads", "read.all", "read.all.deep", NULL },
    { "use", "create", "to", "add:item", "add", NULL },
    { "publish.now", "publish.later", "unpublish", "publish.now.twice", "pub", NULL },
};

static const char *const resource_families[][9] = {
    { "stack", "stacks", "stack.user", "stack.user2", "stack.user.role", "stack.users", "sta", "s", NULL },
    { "ab.c", "a.bc", "a.b.c", "ab", "abc", "a.b", "b.c", "c", NULL },
    { "a", "b", "c", "d", "e", "f", "g", "h", NULL },
    { "tokens.management", "tokens.delivery", "tokens.preview", "entry", "entry.publish_request", "asset", "webhook", "token",
      NULL },
    { "chat:write", "chat", "chat:write.user", "chat.write", "limit", "anything", "chat.write.all", "has", NULL },
    { "a.a", "a.a.a", "b.a", "a.b.a", "aa", "aa.a", "a.aa", "b", NULL },
};

static const char *const value_families[][4] = {
    { "draft", "live", "dra", NULL },
    { "read", "write", "read2", NULL },
    { "a", "b", "ab", NULL },
    { "owner", "stack", "create", NULL },
    { "not", "v1", "v:1", NULL },
    { "size", "archived", "sizes", NULL },
    { "v.one", "v", "v.one.more", NULL }, /* RANDOM_DOTTED_VALUES; stays last */
};

static const char *const int_names[] = {
    "size", "sizes", "asset.size", "asset.size2", "token.rate_limit.read", "token.rate_limit.write",
    "organization.rate_limit.read", "ab.c", "a.bc", "n", "entry.count", "entry:v2.size",
};

static const char *const bool_names[] = {
    "archived", "entry.locked", "entry.lock", "b", "c", "token.flag", "chat:write.muted",
};

static const char *const enum_names[] = { "entry.state", "locale", "state2", "entry.kind", "entry.state2", "d" };

static const char *const set_names[] = { "token.scopes", "tags", "token.rate_limit.scopes" };

static const char *const counter_names[] = { "stack.management_tokens", "stack.tokens", "release.items", "ab.d", "items" };

static const char *const param_names[] = { "max_items", "max_item", "limit_a", "p" };

/* Names of sets; no dimension has them. */
static const char *const set_words[] = { "secret", "staff", "stac", "w", "z", "writes", "ab_", "tokens_" };

static const char *const decimal_names[] = {
    "score", "ratio", "asset.ratio", "sizes2", "token.rate_limit.burst", "entry:v2.score",
};

static const char *const time_names[] = { "since", "until", "token.expires", "entry.created", "t", "created:at" };

static const char *const string_names[] = { "email", "user.name", "branch", "title", "s", "e:mail", "entry.title" };

static const struct {
    const char *text, *min, *max, *unit;
} int_types[] = {
    { "int", NULL, NULL, "" },
    { "int 0..", "0", NULL, "" },
    { "int 0..10", "0", "10", "" },
    { "int -5..5", "-5", "5", "" },
    { "int 1..500", "1", "500", "" },
    { "int -3..", "-3", NULL, "" },
    { "int ..100", NULL, "100", "" },
    { "int 0..9223372036854775807", "0", NULL, "" },
    { "int -9223372036854775808..0", NULL, "0", "" },
    { "int 0..", "0", NULL, "MB" },
    { "int 0..2000", "0", "2000", "MB" },
    { "int", NULL, NULL, "bytes" },
    { "int 0..", "0", NULL, "KiB" },
    { "int 0..", "0", NULL, "days" },
    { "int", NULL, NULL, "ms" },
    { "int 0..1000000", "0", "1000000", "seconds" },
    { "int 0..", "0", NULL, "per minute" },
    { "int 0..5000", "0", "5000", "per second" },
};

static const struct {
    const char *text, *min, *max, *unit;
} decimal_types[] = {
    { "decimal", NULL, NULL, "" },
    { "decimal 0..", "0", NULL, "" },
    { "decimal 0..1.5", "0", "1.5", "" },
    { "decimal -2.5..10", "-2.5", "10", "" },
    { "decimal ..0.000001", NULL, "0.000001", "" },
    { "decimal -9223372036854.775808..9223372036854.775807", NULL, NULL, "" },
    { "decimal 0..", "0", NULL, "MB" },
    { "decimal 0..1000", "0", "1000", "GiB" },
    { "decimal", NULL, NULL, "hours" },
    { "decimal 0..", "0", NULL, "per hour" },
};

/* Constants of a group, and what is added to operands of it.  The first ones are the plain ones, for every group but times. */
static const char *const plain_constants[] = {
    "0", "1", "3", "5", "10", "30", "-1", "-3", "100", "499", "2", "4", "0", "1", "3", "5", "10", "30",
    "9223372036854775807", "-9223372036854775808", "9223372036854775806", "-9223372036854775807",
};

static const char *const decimal_constants[] = {
    "0.5", "1.5", "0.000001", "-0.5", "2.50", "1.0", "-2.5", "9.999999", "9223372036854.775807", "-9223372036854.775808", "0.0",
};

static const char *const byte_constants[] = {
    "700 MB", "1.5 GB", "1 MiB", "1 KiB", "1024 bytes", "0.5 MB", "2 GB", "1 byte", "0 KB", "1.048576 MB", "1 TB", "1048576 B",
};

static const char *const duration_constants[] = {
    "14 days", "1 week", "36 hours", "1.5 hours", "1000 ms", "1 day", "86400 seconds", "1 minute", "0.5 seconds", "2 weeks",
    "90 minutes",
};

static const char *const rate_constants[] = {
    "10 per second", "600 per minute", "36000 per hour", "1 per week", "7 per day", "1.5 per minute", "1 per day", "0 per hour",
};

static const char *const time_constants[] = {
    "2026-03-25", "2026-03-25T00:00:00Z", "2026-03-25T02:00:00+02:00", "2026-03-24T23:59:59.999999999Z", "1970-01-01",
    "1969-12-31T23:59:59.5Z", "2024-02-29", "2262-04-11T23:47:16.854775807Z", "1677-09-21T00:12:43.145224192Z",
    "2026-12-31T23:59:59-05:30", "2026-04-08", "2026-03-25t12:00:00.000000001z",
};

static const char *const plain_offsets[] = { "1", "1", "3", "3", "10" };
static const char *const far_offsets[] = { "9223372036854775807" };
static const char *const decimal_offsets[] = { "0.5", "0.000001", "1.0" };
static const char *const byte_offsets[] = { "5 MB", "1 KiB", "0.5 MB", "1 byte", "1 MiB", "0 GB" };
static const char *const duration_offsets[] = {
    "14 days", "1 ms", "0.000001 ms", "1.5 hours", "1 week", "90 seconds", "1 day", "24 hours", "0.5 seconds", "15000 weeks",
};
static const char *const rate_offsets[] = { "1 per second", "60 per minute", "0.5 per hour" };

static const char *const windows[] = { "per second", "per minute", "per hour", "per day", "per week" };

/* What a string is compared with, and globs for it. */
static const struct {
    const char *constants[4], *globs[7];
} string_families[] = {
    { { "a", "ab", "b", "" }, { "a*", "*b", "?", "[a-c]*", "[!a]", "*a*b*", "" } },
    { { "main", "main2", "release/1.0", "mai" }, { "main", "main?", "release/*", "m*n*", "*.[0-9]", "[!m]*", "*/*" } },
    { { "\xc3\xa9", "e", "\xc3\xa9" "a", "\xe6\x97\xa5\xe6\x9c\xac" },
      { "\xc3\xa9*", "?", "??", "[\xc3\xa0-\xc3\xbc]?", "\xe6\x97\xa5?", "[!\xc3\xa9]*", "*\xf0\x9f\x98\x80" } },
    { { "a.b", "a", "a.b.c", "ab" }, { "a.*", "*.*", "a?b", "a.b*c", "*.b*", "[a.]*", "a.b" } },
    { { "ann@example.com", "size", "owner", "example.com" },
      { "*@example.com", "*@*", "ann@*.com", "?*", "*@example.co?", "[a-z]*@*", "*" } },
    { { "*", "?", "[a]", "a-b" }, { "[*]", "[?]*", "a[-]b", "[[]a]", "*]", "?\?", "[a-]*" } },
    { { " ", "-", "{}", "\"" }, { " *", "-", "* ", "*\"*", "?", "{*}", "[!-]" } },
};

static void set_range(struct attr *attr, const char *min, const char *max);
static bool name_is_taken(const struct random_policy *policy, struct str name);
static bool has_below(const struct dimension *dim, struct str name);

/* Takes between LEAST and MOST of the words up to NULL, in an order of their own. */
static void
take_words(struct random_policy *policy, struct dimension *dim, const char *const *words, uint32_t least, uint32_t most)
{
    uint32_t order[16], n = 0, wanted;

    while (words[n] != NULL) {
        order[n] = n;
        n++;
    }
    shuffle(&policy->state, order, n);
    wanted = least + below(&policy->state, most - least + 1);
    for (uint32_t i = 0; i < n && i < wanted; i++)
        dim->names[dim->n++] = str_of(words[order[i]]);
}

static void
make_dimensions(struct random_policy *policy)
{
    uint32_t subject = below(&policy->state, N_ELEMENTS(subject_families));
    uint32_t role = below(&policy->state, N_ELEMENTS(role_families));
    uint32_t action = below(&policy->state, N_ELEMENTS(action_families));
    uint32_t resource = below(&policy->state, N_ELEMENTS(resource_families));

    /* One family of one letter for all: names that are equal across dimensions.  No subject family shares a first part with a
     * role family. */
    if (one_in(&policy->state, 6)) {
        subject = 1;
        role = 2;
        action = 1;
        resource = 1 + below(&policy->state, 2);
    }
    take_words(policy, &policy->dims[AST_SUBJECT], subject_families[subject], 1, 4);
    take_words(policy, &policy->dims[AST_ROLE], role_families[role], 1, 4);
    take_words(policy, &policy->dims[AST_ACTION], action_families[action], 1, 5);
    take_words(policy, &policy->dims[AST_RESOURCE], resource_families[resource], 1, 8);
    for (uint32_t d = 0; d < N_DIMENSIONS; d++)
        policy->dims[d].open = one_in(&policy->state, 8) && has_feature(policy, RANDOM_OPEN);
}

/* Whether NAME, or a prefix of it, is in use where a new name of an attribute, a param or a set would be confused with it. */
static bool
name_is_taken(const struct random_policy *policy, struct str name)
{
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (str_covers(policy->attrs[i].name, name) || str_covers(name, policy->attrs[i].name))
            return true;
    }
    for (uint32_t i = 0; i < policy->n_params; i++) {
        if (str_covers(policy->params[i].name, name) || str_covers(name, policy->params[i].name))
            return true;
    }
    for (uint32_t i = 0; i < policy->n_sets; i++) {
        if (str_equal(policy->sets[i].name, name))
            return true;
    }
    return false;
}

/* Whether some value, or a part above it, is spelt like NAME. */
static bool
value_is_spelt(const struct random_policy *policy, struct str name)
{
    for (uint32_t d = 0; d < N_DIMENSIONS; d++) {
        for (uint32_t i = 0; i < policy->dims[d].n; i++) {
            if (str_covers(name, policy->dims[d].names[i]))
                return true;
        }
    }
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        for (uint32_t j = 0; j < policy->attrs[i].n_values; j++) {
            if (str_covers(name, policy->attrs[i].values[j]))
                return true;
        }
    }
    return false;
}

/* Whether VALUE is spelt like an attribute or a param: in an expression it then needs quotes. */
bool
value_clashes(const struct random_policy *policy, struct str value)
{
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (str_equal(policy->attrs[i].name, value))
            return true;
    }
    for (uint32_t i = 0; i < policy->n_params; i++) {
        if (str_equal(policy->params[i].name, value))
            return true;
    }
    return false;
}

/* Returns a new attribute with a name of WORDS, or NULL if a few tries found none that is free. */
static struct attr *
new_attr(struct random_policy *policy, const char *const *words, uint32_t n, enum attr_kind kind)
{
    for (int tries = 0; tries < 6; tries++) {
        struct str name = str_of(words[below(&policy->state, n)]);
        struct attr *attr;

        if (name_is_taken(policy, name) || policy->n_attrs == MAX_ATTRS)
            continue;
        if (!has_feature(policy, RANDOM_QUOTED_ATTRIBUTES) && memchr(name.p, ':', name.n) != NULL)
            continue;
        if (!has_feature(policy, RANDOM_CLASHING_NAMES) && value_is_spelt(policy, name))
            continue;
        attr = &policy->attrs[policy->n_attrs++];
        *attr = (struct attr){ .name = name, .kind = kind, .group = GROUP_NONE, .decl = policy->n_attrs, .by = MAX_ATTRS };
        set_range(attr, NULL, NULL);
        return attr;
    }
    return NULL;
}

/* Gives ATTR the ends of its type, of which NULL is that of 64 bits, and no unit. */
static void
set_range(struct attr *attr, const char *min, const char *max)
{
    bool fraction = attr->kind == ATTR_DECIMAL;
    wide scale = attr->kind == ATTR_INT || attr->kind == ATTR_COUNTER ? NAIVE_ONE : 1;

    attr->factor = 1;
    attr->min = INT64_MIN * scale;
    attr->max = INT64_MAX * scale;
    if (min != NULL)
        (void)naive_read_number(str_of(min), fraction, &attr->min);
    if (max != NULL)
        (void)naive_read_number(str_of(max), fraction, &attr->max);
}

/* Puts ATTR into the group of UNIT, which may be empty. */
static void
set_unit(struct attr *attr, const char *unit)
{
    attr->unit = str_of(unit);
    attr->group = GROUP_PLAIN;
    attr->factor = 1;
    if (!naive_read_unit(attr->unit, &attr->factor))
        return;
    if (strncmp(unit, "per", 3) == 0)
        attr->group = GROUP_RATE;
    else if (strchr(unit, 'B') != NULL || strncmp(unit, "byte", 4) == 0)
        attr->group = GROUP_BYTES;
    else
        attr->group = GROUP_DURATION;
}

/* What a constant or an offset is worth: in millionths of the smallest unit, or nanoseconds.  A plain number is in units of
 * FACTOR. */
wide
worth(struct str text, wide factor)
{
    size_t digits = 0;
    wide value = 0;
    int64_t ns = 0;

    if (naive_read_time(text, true, &ns))
        return ns;
    while (digits < text.n && text.p[digits] != ' ')
        digits++;
    if (!naive_read_number((struct str){ text.p, digits }, false, &value))
        (void)naive_read_number((struct str){ text.p, digits }, true, &value);
    if (digits < text.n)
        (void)naive_read_unit((struct str){ text.p + digits + 1, text.n - digits - 1 }, &factor);
    return value * factor;
}

wide
divide_down(wide a, wide b)
{
    return a / b - (a % b != 0 && a < 0);
}

static struct str
pick_text(struct random_policy *policy, const char *const *texts, uint32_t n)
{
    return str_of(texts[below(&policy->state, n)]);
}

static struct str
pick_constant(struct random_policy *policy, const struct attr *attr)
{
    bool plain = one_in(&policy->state, 3), fraction = one_in(&policy->state, attr->kind == ATTR_DECIMAL ? 2 : 8);

    if (attr->group == GROUP_TIME)
        return pick_text(policy, time_constants, N_ELEMENTS(time_constants));
    if (attr->group == GROUP_BYTES && !plain)
        return pick_text(policy, byte_constants, N_ELEMENTS(byte_constants));
    if (attr->group == GROUP_DURATION && !plain)
        return pick_text(policy, duration_constants, N_ELEMENTS(duration_constants));
    if (attr->group == GROUP_RATE && !plain)
        return pick_text(policy, rate_constants, N_ELEMENTS(rate_constants));
    if (fraction && has_feature(policy, RANDOM_DECIMALS))
        return pick_text(policy, decimal_constants, N_ELEMENTS(decimal_constants));
    return pick_text(policy, plain_constants, N_ELEMENTS(plain_constants));
}

static void
choose_cuts(struct random_policy *policy, struct attr *attr)
{
    uint32_t wanted = 1 + below(&policy->state, MAX_CUTS);

    for (int tries = 0; tries < 40 && attr->n_cuts < wanted; tries++) {
        struct cut cut = { .text = pick_constant(policy, attr) };

        cut.value = divide_down(worth(cut.text, attr->factor), attr->factor);
        if (cut.value < attr->min || cut.value > attr->max || (attr->n_cuts == 1 && attr->cuts[0].value == cut.value))
            continue;
        attr->cuts[attr->n_cuts++] = cut;
        note_near(attr, cut.value);
    }
    if (attr->n_cuts == 0) {
        attr->cuts[attr->n_cuts++] = (struct cut){ STR("0"), 0 };
        note_near(attr, 0);
    }
}

void
note_near(struct attr *attr, wide value)
{
    if (attr->n_near < MAX_NEAR)
        attr->near[attr->n_near++] = value;
}

struct str
pick_plain_offset(struct random_policy *policy)
{
    return pick_text(policy, plain_offsets, N_ELEMENTS(plain_offsets));
}

struct offset
pick_offset(struct random_policy *policy, const struct attr *attr)
{
    struct offset offset = { .text = STR("") };
    bool nothing = one_in(&policy->state, 3), far = one_in(&policy->state, 16), fraction = one_in(&policy->state, 4);

    offset.minus = one_in(&policy->state, 3);
    switch (attr->group) {
    case GROUP_PLAIN:
        if (nothing)
            return offset;
        if (far)
            offset.text = pick_text(policy, far_offsets, N_ELEMENTS(far_offsets));
        else if (fraction && has_feature(policy, RANDOM_DECIMALS))
            offset.text = pick_text(policy, decimal_offsets, N_ELEMENTS(decimal_offsets));
        else
            offset.text = pick_plain_offset(policy);
        break;
    case GROUP_BYTES:
        offset.text = nothing ? STR("") : pick_text(policy, byte_offsets, N_ELEMENTS(byte_offsets));
        break;
    case GROUP_DURATION:
    case GROUP_TIME:
        offset.text = nothing ? STR("") : pick_text(policy, duration_offsets, N_ELEMENTS(duration_offsets));
        break;
    case GROUP_RATE:
        offset.text = nothing ? STR("") : pick_text(policy, rate_offsets, N_ELEMENTS(rate_offsets));
        break;
    case GROUP_NONE:
        break;
    }
    if (offset.text.n != 0)
        offset.value = (offset.minus ? -1 : 1) * worth(offset.text, attr->factor);
    return offset;
}

/* Gives ATTR the values of a family and writes them as a type. */
static void
choose_values(struct random_policy *policy, struct attr *attr)
{
    uint32_t n_families = N_ELEMENTS(value_families) - (has_feature(policy, RANDOM_DOTTED_VALUES) ? 0 : 1);
    struct out out = out_new(&policy->arena);

    do {
        struct dimension values = { .n = 0 };
        uint32_t family = below(&policy->state, n_families);
        bool clash = false;

        take_words(policy, &values, value_families[family], attr->kind == ATTR_SET ? 1 : 2, 3);
        for (uint32_t i = 0; i < values.n; i++)
            clash = clash || value_clashes(policy, values.names[i]);
        if (clash && !has_feature(policy, RANDOM_CLASHING_NAMES))
            continue;
        attr->n_values = values.n;
        memcpy(attr->values, values.names, values.n * sizeof values.names[0]);
    } while (attr->n_values == 0);

    attr->open = one_in(&policy->state, 5) && has_feature(policy, RANDOM_OPEN);
    out_text(&out, attr->kind == ATTR_SET ? "set of " : "");
    out_text(&out, attr->open ? "open { " : "{ ");
    out_names(policy, &out, attr->values, attr->n_values);
    out_text(&out, " }");
    attr->type = out_done(&out);
}

/* Whether the theme of POLICY is what is of KIND and GROUP. */
bool
is_of_theme(const struct random_policy *policy, enum attr_kind kind, enum group group)
{
    switch (policy->theme) {
    case THEME_NUMBERS:
        return kind == ATTR_INT || kind == ATTR_DECIMAL;
    case THEME_UNITS:
        return (kind == ATTR_INT || kind == ATTR_DECIMAL || kind == ATTR_COUNTER) && group != GROUP_PLAIN;
    case THEME_STRINGS:
        return kind == ATTR_STRING;
    case THEME_TIMES:
        return kind == ATTR_TIME || kind == ATTR_NOW;
    case THEME_COUNTERS:
        return kind == ATTR_COUNTER || (kind == ATTR_INT && group != GROUP_RATE);
    case THEME_NONE:
    case N_THEMES:
        break;
    }
    return false;
}

/* The type of an int or a decimal, as written, with its unit. */
static void
choose_number_type(struct random_policy *policy, struct attr *attr)
{
    bool decimal = attr->kind == ATTR_DECIMAL;
    uint32_t n = decimal ? N_ELEMENTS(decimal_types) : N_ELEMENTS(int_types);
    const char *unit;

    for (int tries = 0; tries < 30; tries++) {
        uint32_t type = below(&policy->state, n);
        struct out out = out_new(&policy->arena);

        unit = decimal ? decimal_types[type].unit : int_types[type].unit;
        out_text(&out, decimal ? decimal_types[type].text : int_types[type].text);
        if (unit[0] != '\0') {
            out_text(&out, " in ");
            out_text(&out, unit);
        }
        attr->type = out_done(&out);
        set_range(attr, decimal ? decimal_types[type].min : int_types[type].min,
                  decimal ? decimal_types[type].max : int_types[type].max);
        set_unit(attr, unit);
        if (unit[0] == '\0' ? policy->theme != THEME_UNITS : has_feature(policy, RANDOM_UNITS))
            return;
    }
}

static void
choose_strings(struct random_policy *policy, struct attr *attr)
{
    uint32_t family = below(&policy->state, N_ELEMENTS(string_families)), order[7] = { 0, 1, 2, 3, 4, 5, 6 };

    attr->type = STR("string");
    attr->n_values = 1 + below(&policy->state, 2);
    attr->n_globs = 1 + below(&policy->state, MAX_CUTS);
    shuffle(&policy->state, order, 7);
    for (uint32_t i = 0; i < attr->n_globs; i++)
        attr->globs[i] = str_of(string_families[family].globs[order[i]]);
    shuffle(&policy->state, order, 4);
    for (uint32_t i = 0, k = 0; i < 7 && k < attr->n_values; i++)
        if (order[i] < 4)
            attr->values[k++] = str_of(string_families[family].constants[order[i]]);
}

/* Adds up to MOST attributes of KIND, with names of WORDS. */
static void
make_of_kind(struct random_policy *policy, enum attr_kind kind, uint32_t most, const char *const *words, uint32_t n_words)
{
    uint32_t wanted = below(&policy->state, most + 1);
    bool same = one_in(&policy->state, 2);
    const struct attr *first = NULL;

    if (is_of_theme(policy, kind, GROUP_NONE))
        wanted = most;

    for (uint32_t i = 0; i < wanted; i++) {
        struct attr *attr = new_attr(policy, words, n_words, kind);

        if (attr == NULL)
            continue;
        if (kind == ATTR_ENUM && first != NULL && same) {
            attr->type = first->type;
            attr->optional = first->optional;
            attr->open = first->open;
            attr->decl = first->decl;
            attr->n_values = first->n_values;
            memcpy(attr->values, first->values, sizeof attr->values);
            continue;
        }
        switch (kind) {
        case ATTR_INT:
        case ATTR_DECIMAL:
            choose_number_type(policy, attr);
            choose_cuts(policy, attr);
            break;
        case ATTR_TIME:
            attr->type = STR("time");
            attr->group = GROUP_TIME;
            choose_cuts(policy, attr);
            break;
        case ATTR_BOOL:
            attr->type = STR("bool");
            break;
        case ATTR_STRING:
            choose_strings(policy, attr);
            break;
        case ATTR_ENUM:
        case ATTR_SET:
            choose_values(policy, attr);
            break;
        case ATTR_COUNTER:
        case ATTR_NOW:
            break;
        }
        attr->optional = one_in(&policy->state, 3);
        first = attr;
    }
}

static void
make_attributes(struct random_policy *policy)
{
    bool with_set = one_in(&policy->state, 3), with_now = one_in(&policy->state, policy->theme == THEME_TIMES ? 1 : 4);

    make_of_kind(policy, ATTR_INT, 3, int_names, N_ELEMENTS(int_names));
    make_of_kind(policy, ATTR_BOOL, 2, bool_names, N_ELEMENTS(bool_names));
    make_of_kind(policy, ATTR_ENUM, 2, enum_names, N_ELEMENTS(enum_names));
    if (with_set)
        make_of_kind(policy, ATTR_SET, 1, set_names, N_ELEMENTS(set_names));
    if (has_feature(policy, RANDOM_DECIMALS))
        make_of_kind(policy, ATTR_DECIMAL, 2, decimal_names, N_ELEMENTS(decimal_names));
    if (has_feature(policy, RANDOM_STRINGS))
        make_of_kind(policy, ATTR_STRING, 2, string_names, N_ELEMENTS(string_names));
    if (!has_feature(policy, RANDOM_TIMES))
        return;
    make_of_kind(policy, ATTR_TIME, 2, time_names, N_ELEMENTS(time_names));
    if (with_now) {
        static const char *const words[] = { "now" };
        struct attr *now = new_attr(policy, words, 1, ATTR_NOW);

        if (now == NULL)
            return;
        now->group = GROUP_TIME;
        choose_cuts(policy, now);
    }
}

/* Picks an int that a counter may be raised by; MAX_ATTRS if there is none. */
static uint32_t
pick_by(struct random_policy *policy)
{
    uint32_t found[MAX_ATTRS], n = 0;

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        const struct attr *attr = &policy->attrs[i];

        if (attr->kind == ATTR_INT && !attr->optional && attr->group != GROUP_RATE)
            found[n++] = i;
    }
    return n != 0 ? found[below(&policy->state, n)] : MAX_ATTRS;
}

static void
make_counters(struct random_policy *policy)
{
    uint32_t n = policy->theme == THEME_COUNTERS ? 2 : below(&policy->state, 3);

    for (uint32_t i = 0; i < n; i++) {
        struct attr *attr = new_attr(policy, counter_names, N_ELEMENTS(counter_names), ATTR_COUNTER);
        struct out out = out_new(&policy->arena);
        bool raising[MAX_NAMES] = { false }, mixed = one_in(&policy->state, 2);
        uint32_t n_ups;

        if (attr == NULL)
            continue;
        set_unit(attr, "");
        if (one_in(&policy->state, 3) && has_feature(policy, RANDOM_BY))
            attr->by = pick_by(policy);
        if (one_in(&policy->state, 3) && has_feature(policy, RANDOM_WINDOWS))
            attr->window = pick_text(policy, windows, N_ELEMENTS(windows));
        if (attr->by < MAX_ATTRS) {
            attr->unit = policy->attrs[attr->by].unit;
            attr->factor = policy->attrs[attr->by].factor;
            attr->group = policy->attrs[attr->by].group;
            note_near(&policy->attrs[attr->by], 0); /* nothing, the least, and what takes away */
            note_near(&policy->attrs[attr->by], NAIVE_ONE);
        }
        attr->min = 0;
        choose_cuts(policy, attr);
        n_ups = 1 + one_in(&policy->state, 4);
        for (uint32_t up = 0; up < n_ups; up++) {
            struct hot *hot = &policy->hots[policy->n_hots];
            struct out act = out_new(&policy->arena);
            bool marks[MAX_NAMES] = { false }, apart = true;

            make_do(policy, &act);
            for (uint32_t k = 0; k < hot->n_actions; k++)
                mark_covered(policy, AST_ACTION, hot->actions[k], marks);
            if (hot->n_actions == 0)
                memset(marks, true, sizeof marks);
            for (uint32_t k = 0; k < MAX_NAMES; k++) {
                apart = apart && !(marks[k] && raising[k]);
                raising[k] = raising[k] || marks[k];
            }

            /* No request raises it by two amounts, and no counter is in two units. */
            out_text(&out, up != 0 ? ", up " : "up ");
            if (attr->by < MAX_ATTRS && (up == 0 || attr->group != GROUP_PLAIN || !mixed || !apart)) {
                out_text(&out, "by ");
                out_reference(&out, policy->attrs[attr->by].name);
                out_text(&out, " ");
            }
            out_text(&out, "on ");
            out_str(&out, out_done(&act));
        }

        /* What lowers it shares no action with what raises it. */
        if (!one_in(&policy->state, 4)) {
            struct str lowering[MAX_CANDIDATES], resources[3];
            uint32_t n_lowering = 0, n_all, n_resources;
            struct str all[MAX_CANDIDATES];

            n_all = candidates(policy, AST_ACTION, false, all);
            for (uint32_t k = 0; k < n_all; k++) {
                bool marks[MAX_NAMES] = { false };
                bool shared = false;

                mark_covered(policy, AST_ACTION, all[k], marks);
                for (uint32_t m = 0; m < MAX_NAMES; m++)
                    shared = shared || (marks[m] && raising[m]);
                if (!shared)
                    lowering[n_lowering++] = all[k];
            }
            if (n_lowering != 0) {
                uint32_t chosen = below(&policy->state, n_lowering);
                bool by_too = attr->by < MAX_ATTRS && (attr->group != GROUP_PLAIN || one_in(&policy->state, 2));

                out_text(&out, ", down ");
                if (by_too) {
                    out_text(&out, "by ");
                    out_reference(&out, policy->attrs[attr->by].name);
                    out_text(&out, " ");
                }
                out_text(&out, "on ");
                out_name(policy, &out, lowering[chosen]);
                out_text(&out, " ");
                n_resources = pick_names(policy, AST_RESOURCE, false, 2, resources);
                out_names(policy, &out, resources, n_resources);
            }
        }
        attr->type = out_done(&out);
    }
}

/* A value for PARAM of its own group, and another one for the override. */
static void
choose_param_values(struct param *param, size_t which)
{
    static const struct {
        enum attr_kind kind;
        const char *type, *unit, *value, *other;
    } types[] = {
        { ATTR_INT, "int 0.. in MB", "MB", "700", "1500" },
        { ATTR_INT, "int 0..100000 in KiB", "KiB", "100 KiB", "1024" },
        { ATTR_INT, "int in days", "days", "2 weeks", "1" },
        { ATTR_INT, "int 0.. in hours", "hours", "14 days", "36" },
        { ATTR_INT, "int 1..5000 in per minute", "per minute", "10 per second", "601" },
        { ATTR_DECIMAL, "decimal 0..10", "", "1.5", "2.500000" },
        { ATTR_DECIMAL, "decimal", "", "3", "0.000001" },
        { ATTR_DECIMAL, "decimal 0.. in GB", "GB", "1.5 GB", "0.7" },
        { ATTR_TIME, "time", "", "2026-03-25", "2026-03-25T00:00:00.000000001Z" },
        { ATTR_TIME, "time", "", "2026-03-25T02:00:00+02:00", "2024-02-29" },
    };
    struct attr like;

    which %= N_ELEMENTS(types);
    like = (struct attr){ .kind = types[which].kind };
    set_unit(&like, types[which].unit);
    param->kind = like.kind;
    param->group = like.kind == ATTR_TIME ? GROUP_TIME : like.group;
    param->factor = like.factor;
    param->type = str_of(types[which].type);
    param->value = str_of(types[which].value);
    param->other_value = str_of(types[which].other);
    param->number = divide_down(worth(param->value, like.factor), like.factor);
    param->other_number = divide_down(worth(param->other_value, like.factor), like.factor);
}

static void
make_params(struct random_policy *policy)
{
    uint32_t n = one_in(&policy->state, 2) ? 1 + below(&policy->state, 2) : 0;

    for (uint32_t i = 0; i < n; i++) {
        struct str name = str_of(param_names[below(&policy->state, N_ELEMENTS(param_names))]);
        struct param *param = &policy->params[policy->n_params];
        struct naive_param *override = &policy->overrides[policy->n_params];
        uint32_t kind = below(&policy->state, 9);
        struct out value = out_new(&policy->arena);

        if (name_is_taken(policy, name) || (!has_feature(policy, RANDOM_CLASHING_NAMES) && value_is_spelt(policy, name)))
            continue;
        *param = (struct param){ .name = name, .kind = ATTR_INT, .group = GROUP_PLAIN, .factor = 1 };
        if (has_feature(policy, RANDOM_PARAM_TYPES) && kind == 0) {
            bool truth = one_in(&policy->state, 2);

            param->kind = ATTR_BOOL;
            param->group = GROUP_NONE;
            param->type = STR("bool");
            param->value = truth ? STR("true") : STR("false");
            param->other_value = truth ? STR("false") : STR("true");
        } else if (has_feature(policy, RANDOM_PARAM_TYPES) && kind == 1) {
            const struct attr *like = NULL;
            bool quoted = false;

            for (uint32_t k = 0; k < policy->n_attrs; k++) {
                if (policy->attrs[k].kind == ATTR_ENUM)
                    like = &policy->attrs[k];
            }
            for (uint32_t k = 0; like != NULL && k < like->n_values; k++)
                quoted = quoted || strspn(like->values[k].p, "abcdefghijklmnopqrstuvwxyz0123456789_") != like->values[k].n;
            if (like == NULL || quoted)
                continue;
            param->kind = ATTR_ENUM;
            param->group = GROUP_NONE;
            param->type = like->type;
            param->decl = like->decl;
            out_constant(policy, &value, like->values[0]);
            param->value = out_done(&value);
            param->other_value = like->values[1];
        } else if (kind == 5 && has_feature(policy, RANDOM_NEW_PARAMS)) {
            const struct attr *like = NULL;

            for (uint32_t k = 0; k < policy->n_attrs; k++) {
                if (policy->attrs[k].kind == ATTR_STRING)
                    like = &policy->attrs[k];
            }
            if (like == NULL || like->n_values < 2)
                continue;
            param->kind = ATTR_STRING;
            param->group = GROUP_NONE;
            param->type = STR("string");
            out_string(policy, &value, like->values[0]);
            param->value = out_done(&value);
            param->other_value = like->values[1];
        } else if (kind >= 2 && kind <= 4 && has_feature(policy, RANDOM_NEW_PARAMS)) {
            choose_param_values(param, below(&policy->state, 1000));
        } else {
            static const struct {
                const char *type, *value, *other;
            } ints[] = {
                { "int 1..500", "30", "3" }, { "int 0..10", "0", "10" },    { "int 0..", "5", "1" },
                { "int 0..100", "3", "0" },  { "int 0..500", "10", "500" },
                { "int 0..9223372036854775807", "4", "9223372036854775807" },
            };
            uint32_t which = below(&policy->state, N_ELEMENTS(ints));

            param->type = str_of(ints[which].type);
            param->value = str_of(ints[which].value);
            param->other_value = str_of(ints[which].other);
            param->number = worth(param->value, 1);
            param->other_number = worth(param->other_value, 1);
        }
        override->name = param->name;
        override->value = param->other_value;
        policy->n_params++;
    }
}

/* Whether NAME has names of DIM below it. */
static bool
has_below(const struct dimension *dim, struct str name)
{
    for (uint32_t i = 0; i < dim->n; i++) {
        if (!str_equal(name, dim->names[i]) && str_covers(name, dim->names[i]))
            return true;
    }
    return false;
}

static void
make_sets(struct random_policy *policy)
{
    uint32_t n = one_in(&policy->state, 2) ? below(&policy->state, MAX_SETS) : 0;

    for (uint32_t i = 0; i < n; i++) {
        struct named_set *set = &policy->sets[policy->n_sets];
        struct str name = str_of(set_words[below(&policy->state, N_ELEMENTS(set_words))]);
        uint32_t dim = below(&policy->state, N_DIMENSIONS);

        if (name_is_taken(policy, name) || value_is_spelt(policy, name))
            continue;
        set->dimension = dim;
        set->name = name;
        set->n = pick_names(policy, dim, false, 3, set->members);
        set->leaves = true;
        for (uint32_t k = 0; k < set->n; k++) {
            bool leaf = !has_below(&policy->dims[dim], set->members[k]);

            for (uint32_t s = 0; s < policy->n_sets; s++) {
                if (policy->sets[s].dimension == dim && str_equal(policy->sets[s].name, set->members[k]))
                    leaf = policy->sets[s].leaves;
            }
            set->leaves = set->leaves && leaf;
        }
        policy->n_sets++;
    }
}

/* Lists what may stand for DIM in a clause: declared names, the parts above them, and named sets; of them, in a GATE, what has
 * no names below it. */
uint32_t
candidates(const struct random_policy *policy, uint32_t dim, bool gate, struct str *out)
{
    const struct dimension *d = &policy->dims[dim];
    uint32_t n = 0;

    for (uint32_t i = 0; i < d->n; i++) {
        struct str name = d->names[i];

        if (!gate || !has_below(d, name))
            out[n++] = name;
        for (size_t k = 0; !gate && k < name.n; k++) {
            struct str prefix = { name.p, k };
            bool listed = false;

            if (name.p[k] != '.')
                continue;
            for (uint32_t j = 0; j < d->n; j++)
                listed = listed || str_equal(d->names[j], prefix);
            for (uint32_t j = 0; j < n; j++)
                listed = listed || str_equal(out[j], prefix);
            if (!listed)
                out[n++] = prefix;
        }
    }
    for (uint32_t i = 0; i < policy->n_sets; i++) {
        if (policy->sets[i].dimension == dim && (!gate || policy->sets[i].leaves))
            out[n++] = policy->sets[i].name;
    }
    return n;
}

/* Picks 1 to MOST different candidates; 0 if there are none. */
uint32_t
pick_names(struct random_policy *policy, uint32_t dim, bool gate, uint32_t most, struct str *out)
{
    struct str all[MAX_CANDIDATES];
    uint32_t order[MAX_CANDIDATES];
    uint32_t n = candidates(policy, dim, gate, all);
    uint32_t wanted = 1 + below(&policy->state, most);

    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    shuffle(&policy->state, order, n);
    if (wanted > n)
        wanted = n;
    for (uint32_t i = 0; i < wanted; i++)
        out[i] = all[order[i]];
    return wanted;
}

/* Marks the declared names of DIM that NAME covers. */
void
mark_covered(const struct random_policy *policy, uint32_t dim, struct str name, bool *marks)
{
    for (uint32_t s = 0; s < policy->n_sets; s++) {
        const struct named_set *set = &policy->sets[s];

        if (set->dimension != dim || !str_equal(set->name, name))
            continue;
        for (uint32_t i = 0; i < set->n; i++)
            mark_covered(policy, dim, set->members[i], marks);
        return;
    }
    for (uint32_t i = 0; i < policy->dims[dim].n; i++) {
        if (str_covers(name, policy->dims[dim].names[i]))
            marks[i] = true;
    }
}

/* Decides what clauses may mention: the product of the classes stays under the budget. */
static void
choose_active(struct random_policy *policy)
{
    uint64_t budget = one_in(&policy->state, 2) ? LARGE_BUDGET : BUDGET;
    uint64_t cells = 1;
    uint32_t order[MAX_ATTRS];
    bool counters_first = one_in(&policy->state, 2);

    for (uint32_t d = 0; d < N_DIMENSIONS; d++)
        cells *= d == AST_ROLE ? 1 : policy->dims[d].n + 1;
    policy->roles_active = !one_in(&policy->state, 6);
    for (uint32_t i = 0; policy->roles_active && i < policy->dims[AST_ROLE].n; i++)
        cells *= 3;
    policy->max_pairs = policy->theme == THEME_NONE ? below(&policy->state, MAX_PAIRS + 1) : MAX_PAIRS;
    for (uint32_t i = 0; i < policy->max_pairs; i++)
        cells *= 4;

    for (uint32_t i = 0; i < policy->n_attrs; i++)
        order[i] = i;
    shuffle(&policy->state, order, policy->n_attrs);
    for (uint32_t i = 0; i < 2 * policy->n_attrs; i++) {
        struct attr *attr = &policy->attrs[order[i % policy->n_attrs]];
        uint64_t classes = 1;
        bool preferred;

        /* What is of the theme comes first, and now and then counters do. */
        preferred = is_of_theme(policy, attr->kind, attr->group) || (attr->kind == ATTR_COUNTER && counters_first);
        if (preferred != (i < policy->n_attrs))
            continue;

        switch (attr->kind) {
        case ATTR_INT:
        case ATTR_DECIMAL:
        case ATTR_COUNTER:
        case ATTR_TIME:
        case ATTR_NOW:
            classes = 2 * attr->n_cuts + 2 + 2 * policy->n_params;
            break;
        case ATTR_STRING:
            classes = (UINT64_C(1) << attr->n_globs) + attr->n_values + 1;
            break;
        case ATTR_BOOL:
            classes = 3;
            break;
        case ATTR_ENUM:
            classes = attr->n_values + 2;
            break;
        case ATTR_SET:
            for (uint32_t k = 0; k < attr->n_values; k++)
                classes *= 3;
            break;
        }
        if (cells * classes > budget)
            continue;
        cells *= classes;
        attr->active = true;
    }
}

void
make_vocabulary(struct random_policy *policy)
{
    make_dimensions(policy);
    make_attributes(policy);
    make_params(policy);
    make_sets(policy);
    make_counters(policy);
    choose_active(policy);
}
