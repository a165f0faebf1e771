/* SPDX-License-Identifier: MIT
 *
 * The generator of random_policy.h.  A policy is made in three steps: the vocabulary (names from small families, attributes
 * with types and a few constants each), the choice of what the clauses may mention (so that the product of all classes, which a
 * dense table would have, stays under a budget), and the clauses, each written as text at once.  No call draws two random
 * numbers in one argument list: the order of evaluation would make the policies depend on the compiler.
 */
#include <config.h>

#include "random_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

/* The words of the language, which must be quoted where they are to be names by themselves. */
static const char *const keywords[] = {
    "action", "allow", "and", "any", "anyone", "anything", "as", "assert", "attribute", "bool", "by", "cannot", "cases",
    "cites", "counter", "covered", "decimal", "default", "deny", "down", "false", "has", "in", "include", "indeterminate",
    "int", "invalid", "is", "limit", "matches", "may", "not", "note", "now", "of", "on", "only", "open", "optional", "or",
    "param", "per", "policy", "present", "require", "resource", "role", "routes", "says", "set", "source", "string", "subject",
    "time", "to", "true", "unless", "up", "use", "vocabulary", "warn", "when",
};

static void out_number(struct out *out, int64_t number);

static void make_dimensions(struct random_policy *policy);
static void make_sets(struct random_policy *policy);
static void make_attributes(struct random_policy *policy);
static void make_counters(struct random_policy *policy);
static void make_params(struct random_policy *policy);
static void choose_active(struct random_policy *policy);
static bool is_of_theme(const struct random_policy *policy, enum attr_kind kind, enum group group);
static void make_clauses(struct random_policy *policy);
static void write_head(struct random_policy *policy);
static void write_asserts(struct random_policy *policy);
static struct str text_in_order(struct random_policy *policy, const uint32_t *order);

static bool make_clause(struct random_policy *policy, enum ast_body_kind kind);
static bool make_limit(struct random_policy *policy, struct clause *clause, struct out *body, uint32_t *guarded);
static void make_do(struct random_policy *policy, struct out *out);
static void make_who(struct random_policy *policy, struct out *out, bool gate);
static void make_expr(struct random_policy *policy, struct out *out, uint32_t guarded, int depth);
static void make_part(struct random_policy *policy, struct out *out, uint32_t guarded, int depth);
static void make_dimension_atom(struct random_policy *policy, struct out *out, uint32_t dim);
static void make_param_atom(struct random_policy *policy, struct out *out);
static uint32_t make_attr_atom(struct random_policy *policy, struct out *out, uint32_t idx);
static uint32_t make_number_atom(struct random_policy *policy, struct out *out, uint32_t idx);
static uint32_t make_string_atom(struct random_policy *policy, struct out *out, uint32_t idx);
static void set_range(struct attr *attr, const char *min, const char *max);
static void note_near(struct attr *attr, wide value);

static uint32_t candidates(const struct random_policy *policy, uint32_t dim, bool gate, struct str *out);
static uint32_t pick_names(struct random_policy *policy, uint32_t dim, bool gate, uint32_t most, struct str *out);
static bool has_below(const struct dimension *dim, struct str name);
static bool name_is_taken(const struct random_policy *policy, struct str name);
static bool value_clashes(const struct random_policy *policy, struct str value);

static void out_names(struct random_policy *policy, struct out *out, const struct str *names, uint32_t n);
static void write_constant(struct random_policy *policy, struct out *out, struct str name);
static void write_quoted(struct out *out, struct str name, bool all);
static void write_string(struct random_policy *policy, struct out *out, struct str text);

/* ---- a policy ----------------------------------------------------------------------------------------------------------- */

struct random_policy *
random_policy_new(uint64_t seed, unsigned features)
{
    struct random_policy *policy = need(calloc(1, sizeof *policy));

    arena_init(&policy->arena, &mem_default, (size_t)64 << 20);
    arena_init(&policy->request_arena, &mem_default, (size_t)64 << 20);
    policy->seed = seed;
    policy->state = seed * UINT64_C(0xd1342543de82ef95) + 1;
    policy->features = features;
    policy->denies = one_in(&policy->state, 3);
    policy->theme = (enum theme)below(&policy->state, N_THEMES);
    make_dimensions(policy);
    make_attributes(policy);
    make_params(policy);
    make_sets(policy);
    make_counters(policy);
    choose_active(policy);
    make_clauses(policy);
    write_head(policy);
    write_asserts(policy);
    return policy;
}

void
random_policy_free(struct random_policy *policy)
{
    if (policy == NULL)
        return;
    arena_free(&policy->arena);
    arena_free(&policy->request_arena);
    free(policy);
}

struct str
random_policy_text(struct random_policy *policy)
{
    uint32_t order[MAX_CLAUSES];

    for (uint32_t i = 0; i < MAX_CLAUSES; i++)
        order[i] = i;
    return text_in_order(policy, order);
}

struct str
random_policy_shuffled(struct random_policy *policy, uint64_t seed)
{
    uint32_t order[MAX_CLAUSES];
    uint64_t state = seed;

    for (uint32_t i = 0; i < MAX_CLAUSES; i++)
        order[i] = i;
    shuffle(&state, order, policy->n_clauses);
    return text_in_order(policy, order);
}

bool
random_policy_forget_asserts(struct random_policy *policy)
{
    bool any = policy->asserts.n != 0;

    policy->asserts = STR("");
    return any;
}

const struct naive_param *
random_policy_overrides(const struct random_policy *policy, uint32_t *n)
{
    *n = policy->n_params;
    return policy->overrides;
}

uint64_t
random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* ---- numbers and text --------------------------------------------------------------------------------------------------- */

uint32_t
below(uint64_t *state, uint32_t n)
{
    return n != 0 ? (uint32_t)((random_next(state) >> 32) % n) : 0;
}

bool
one_in(uint64_t *state, uint32_t n)
{
    return below(state, n) == 0;
}

void
shuffle(uint64_t *state, uint32_t *items, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = below(state, i);
        uint32_t swap = items[i - 1];

        items[i - 1] = items[j];
        items[j] = swap;
    }
}

void *
need(void *p)
{
    if (p == NULL) {
        fputs("random_policy: out of memory\n", stderr);
        abort();
    }
    return p;
}

struct out
out_new(struct arena *arena)
{
    return (struct out){ .arena = arena };
}

void
out_str(struct out *out, struct str s)
{
    if (out->n + s.n + 1 > out->room) {
        size_t room = 2 * (out->n + s.n + 64);
        char *p = need(arena_alloc(out->arena, room));

        if (out->n != 0)
            memcpy(p, out->p, out->n);
        out->p = p;
        out->room = room;
    }
    if (s.n != 0)
        memcpy(out->p + out->n, s.p, s.n);
    out->n += s.n;
    out->p[out->n] = '\0';
}

void
out_text(struct out *out, const char *text)
{
    out_str(out, str_of(text));
}

static void
out_number(struct out *out, int64_t number)
{
    char digits[32];

    snprintf(digits, sizeof digits, "%" PRId64, number);
    out_text(out, digits);
}

struct str
out_done(struct out *out)
{
    out_str(out, STR(""));
    return (struct str){ out->p, out->n };
}

/* A copy of A and B as one text. */
struct str
joined(struct arena *arena, struct str a, struct str b)
{
    struct out out = out_new(arena);

    out_str(&out, a);
    out_str(&out, b);
    return out_done(&out);
}

bool
has_feature(const struct random_policy *policy, enum random_feature feature)
{
    return (policy->features & (unsigned)feature) != 0;
}

/* ---- the vocabulary ----------------------------------------------------------------------------------------------------- */

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
static bool
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
static wide
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

static void
note_near(struct attr *attr, wide value)
{
    if (attr->n_near < MAX_NEAR)
        attr->near[attr->n_near++] = value;
}

static struct offset
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
            offset.text = pick_text(policy, plain_offsets, N_ELEMENTS(plain_offsets));
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
static bool
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
            write_constant(policy, &value, like->values[0]);
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
            write_string(policy, &value, like->values[0]);
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
static uint32_t
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
static uint32_t
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

/* ---- writing ------------------------------------------------------------------------------------------------------------ */

static bool
is_plain(struct str part)
{
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return part.n != 0;
}

/* Writes a dotted name, quoting the parts that need it, or ALL. */
static void
write_quoted(struct out *out, struct str name, bool all)
{
    bool whole = memchr(name.p, '.', name.n) == NULL;
    size_t from = 0;

    while (from <= name.n) {
        const char *dot = from < name.n ? memchr(name.p + from, '.', name.n - from) : NULL;
        size_t to = dot != NULL ? (size_t)(dot - name.p) : name.n;
        struct str part = { name.p + from, to - from };
        bool quoted = all || !is_plain(part);

        for (size_t i = 0; whole && i < N_ELEMENTS(keywords); i++)
            quoted = quoted || str_equal(part, str_of(keywords[i]));
        if (from != 0)
            out_text(out, ".");
        if (quoted)
            out_text(out, "\"");
        out_str(out, part);
        if (quoted)
            out_text(out, "\"");
        from = to + 1;
    }
}

/* Writes a name of a dimension or an enumeration; now and then with quotes that it does not need. */
void
out_name(struct random_policy *policy, struct out *out, struct str name)
{
    bool all = one_in(&policy->state, 32);

    write_quoted(out, name, all);
}

static void
out_names(struct random_policy *policy, struct out *out, const struct str *names, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i != 0)
            out_text(out, ", ");
        out_name(policy, out, names[i]);
    }
}

/* Writes the name of an attribute or a param in an expression; the word now is none. */
void
out_reference(struct out *out, struct str name)
{
    if (str_equal(name, STR("now")))
        out_text(out, "now");
    else
        write_quoted(out, name, false);
}

/* Writes a value in an expression: in quotes if an attribute is spelt like it. */
static void
write_constant(struct random_policy *policy, struct out *out, struct str name)
{
    if (value_clashes(policy, name))
        write_quoted(out, name, true);
    else
        out_name(policy, out, name);
}

static void
write_dimension(struct random_policy *policy, struct out *out, uint32_t d)
{
    static const char *const words[] = { "subject", "role", "action", "resource" };
    const struct dimension *dim = &policy->dims[d];
    uint32_t cut = dim->n > 1 && one_in(&policy->state, 4) ? 1 + below(&policy->state, dim->n - 1) : dim->n;

    out_text(out, dim->open ? "    open " : "    ");
    out_text(out, words[d]);
    out_text(out, " ");
    out_names(policy, out, dim->names, cut);
    out_text(out, ";\n");
    if (cut < dim->n) {
        out_text(out, dim->open ? "    open " : "    ");
        out_text(out, words[d]);
        out_text(out, " ");
        out_names(policy, out, dim->names + cut, dim->n - cut);
        out_text(out, ";\n");
    }
    for (uint32_t i = policy->n_sets; i-- > 0;) {
        const struct named_set *set = &policy->sets[i];

        if (set->dimension != d)
            continue;
        out_text(out, "    ");
        out_text(out, words[d]);
        out_text(out, " ");
        out_name(policy, out, set->name);
        out_text(out, " = ");
        out_names(policy, out, set->members, set->n);
        out_text(out, ";\n");
    }
}

static void
write_params(struct random_policy *policy, struct out *out)
{
    for (uint32_t i = 0; i < policy->n_params; i++) {
        const struct param *param = &policy->params[i];

        out_text(out, "param ");
        out_reference(out, param->name);
        out_text(out, " : ");
        out_str(out, param->type);
        out_text(out, " = ");
        out_str(out, param->value);
        out_text(out, ";\n");
    }
}

static void
write_head(struct random_policy *policy)
{
    struct out out = out_new(&policy->arena);
    bool params_first = one_in(&policy->state, 2), sourced = one_in(&policy->state, 4);
    uint32_t order[N_DIMENSIONS] = { 0, 1, 2, 3 };

    out_text(&out, "# Made by seed ");
    out_number(&out, (int64_t)policy->seed);
    out_text(&out, ": \"not a string, { nor a brace\n");
    out_text(&out, "policy random.p");
    out_number(&out, (int64_t)(policy->seed % 1000));
    out_text(&out, ";\n");
    if (sourced)
        out_text(&out, "source \"https://example.com/limits#a;b\" as of 2026-03-25;\n");
    out_text(&out, policy->denies ? "default deny;\n" : "default allow;\n");
    if (params_first)
        write_params(policy, &out);
    out_text(&out, "vocabulary {\n");
    if (one_in(&policy->state, 2))
        shuffle(&policy->state, order, N_DIMENSIONS);
    for (uint32_t i = 0; i < N_DIMENSIONS; i++)
        write_dimension(policy, &out, order[i]);
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        const struct attr *attr = &policy->attrs[i];
        bool first = true;

        for (uint32_t k = 0; k < i; k++)
            first = first && policy->attrs[k].decl != attr->decl;
        if (!first || attr->kind == ATTR_NOW)
            continue;
        out_text(&out, attr->kind == ATTR_COUNTER ? "    counter " : "    attribute ");
        out_reference(&out, attr->name);
        for (uint32_t k = i + 1; k < policy->n_attrs; k++) {
            if (policy->attrs[k].decl == attr->decl) {
                out_text(&out, ", ");
                out_reference(&out, policy->attrs[k].name);
            }
        }
        if (attr->window.n != 0) {
            out_text(&out, " ");
            out_str(&out, attr->window);
        }
        out_text(&out, " : ");
        out_str(&out, attr->type);
        out_text(&out, attr->optional ? " optional;\n" : ";\n");
    }
    out_text(&out, "}\n");
    if (!params_first)
        write_params(policy, &out);
    policy->head = out_done(&out);
}

static struct str
text_in_order(struct random_policy *policy, const uint32_t *order)
{
    struct out out = out_new(&policy->arena);

    out_str(&out, policy->head);
    for (uint32_t i = 0; i < policy->n_clauses; i++) {
        const struct clause *clause = &policy->clauses[order[i]];

        write_quoted(&out, clause->label, false);
        out_text(&out, ": ");
        out_str(&out, clause->body);
        out_str(&out, clause->conditions);
        out_str(&out, clause->rest);
        out_text(&out, ";\n");
    }
    out_str(&out, policy->asserts);
    return out_done(&out);
}

/* Asserts what some clause denies, part of it, or something that may well be false. */
static void
write_asserts(struct random_policy *policy)
{
    bool guess = one_in(&policy->state, 3) && has_feature(policy, RANDOM_GUESSED_ASSERTS);
    struct out out = out_new(&policy->arena);

    for (uint32_t i = 0; has_feature(policy, RANDOM_ASSERTS) && i < policy->n_clauses; i++) {
        const struct clause *clause = &policy->clauses[i];
        bool part = one_in(&policy->state, 2) && clause->about == ABOUT_NOTHING;

        if (!clause->enforced || clause->kind == AST_GRANT || clause->kind == AST_LIMIT || !one_in(&policy->state, 8))
            continue;
        out_text(&out, "assert ");
        out_str(&out, clause->body);
        out_str(&out, clause->conditions);
        if (part) {
            out_text(&out, " when ");
            make_expr(policy, &out, 0, 2);
        }
        out_text(&out, ";\n");
    }
    if (guess) {
        uint32_t kind = below(&policy->state, 4);

        out_text(&out, "assert ");
        if (kind == 0) {
            make_who(policy, &out, false);
            out_text(&out, " cannot ");
            make_do(policy, &out);
        } else if (kind == 1) {
            out_text(&out, "require ");
            make_expr(policy, &out, 0, 1);
            out_text(&out, " to ");
            make_do(policy, &out);
        } else {
            out_text(&out, kind == 2 ? "deny when " : "allow when ");
            make_part(policy, &out, 0, 1);
            out_text(&out, " and ");
            make_part(policy, &out, 0, 1);
            out_text(&out, " and ");
            make_part(policy, &out, 0, 1);
        }
        out_text(&out, ";\n");
    }
    policy->asserts = out_done(&out);
}

/* ---- clauses ------------------------------------------------------------------------------------------------------------ */

static void
make_clauses(struct random_policy *policy)
{
    static const enum ast_body_kind kinds[] = {
        AST_LIMIT,  AST_LIMIT,   AST_LIMIT,   AST_ONLY, AST_ONLY, AST_CANNOT, AST_CANNOT,
        AST_CANNOT, AST_REQUIRE, AST_REQUIRE, AST_DENY, AST_DENY, AST_NOTE,
    };
    uint32_t wanted = 1 + below(&policy->state, 8), n_grants = 0, tries = 0;
    bool enforced = false;

    if (policy->denies) {
        n_grants = below(&policy->state, 10) == 0 ? 0 : 1 + below(&policy->state, 3);
        wanted = below(&policy->state, 6);
    }
    while (n_grants > 0) {
        n_grants--;
        make_clause(policy, AST_GRANT);
    }
    while (wanted > 0 && tries++ < 40) {
        enum ast_body_kind kind = kinds[below(&policy->state, N_ELEMENTS(kinds))];

        if (policy->theme == THEME_COUNTERS && one_in(&policy->state, 2))
            kind = AST_LIMIT;
        if (make_clause(policy, kind))
            wanted--;
    }
    for (uint32_t i = 0; i < policy->n_clauses; i++)
        enforced = enforced || policy->clauses[i].enforced;
    for (tries = 0; !policy->denies && !enforced && tries < 100; tries++) {
        make_clause(policy, AST_CANNOT);
        enforced = policy->clauses[policy->n_clauses - 1].enforced;
        if (!enforced)
            policy->n_clauses--;
    }

    /* Grants were made first; they need not stand there. */
    for (uint32_t i = policy->n_clauses; i > 1; i--) {
        uint32_t j = below(&policy->state, i);
        struct clause swap = policy->clauses[i - 1];

        policy->clauses[i - 1] = policy->clauses[j];
        policy->clauses[j] = swap;
    }
}

static void
choose_label(struct random_policy *policy, struct clause *clause)
{
    static const char *const words[] = { "limit", "stack", "a", "owner", "token_count", "deny" };
    struct out out = out_new(&policy->arena);

    clause->label = STR("");
    if (one_in(&policy->state, 8)) {
        clause->label = str_of(words[below(&policy->state, N_ELEMENTS(words))]);
        for (uint32_t i = 0; i < policy->n_clauses; i++) {
            if (str_equal(policy->clauses[i].label, clause->label))
                clause->label = STR("");
        }
    }
    if (clause->label.n == 0) {
        out_text(&out, "c");
        out_number(&out, policy->n_labels++);
        clause->label = out_done(&out);
    }
}

/* Picks an optional attribute that clauses may mention; policy->n_attrs if there is none. */
static uint32_t
pick_optional(struct random_policy *policy)
{
    uint32_t found[MAX_ATTRS], n = 0;

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].optional && policy->attrs[i].active)
            found[n++] = i;
    }
    return n != 0 ? found[below(&policy->state, n)] : policy->n_attrs;
}

static void
write_guard(struct random_policy *policy, struct out *out, uint32_t idx)
{
    bool negative = one_in(&policy->state, 4);

    out_text(out, negative ? " unless not " : " when ");
    out_reference(out, policy->attrs[idx].name);
    out_text(out, " is present");
}

static void
write_conditions(struct random_policy *policy, struct out *out, uint32_t guarded, uint32_t most)
{
    uint32_t n = below(&policy->state, most + 1);

    for (uint32_t i = 0; i < n; i++) {
        bool positive = below(&policy->state, 3) != 0;

        out_text(out, positive ? " when " : " unless ");
        make_expr(policy, out, guarded, 1);
    }
}

static void
write_rest(struct random_policy *policy, struct clause *clause, bool warns, const struct clause *covering)
{
    struct out rest = out_new(&policy->arena);
    bool cites = one_in(&policy->state, 6), says = one_in(&policy->state, 8) && clause->kind != AST_NOTE;

    if (cites)
        out_text(&rest, " cites \"A \\\"maximum\\\" of 30; # organization\xe2\x80\x99s { limit }.\"");
    if (says) {
        const struct attr *said = policy->n_attrs != 0 ? &policy->attrs[below(&policy->state, policy->n_attrs)] : NULL;

        out_text(&rest, "\n    says \"No: when unless warn");
        if (said != NULL && said->kind != ATTR_NOW && memchr(said->name.p, ':', said->name.n) == NULL
            && has_feature(policy, RANDOM_SAID)) {
            out_text(&rest, ", {");
            out_str(&rest, said->name);
            out_text(&rest, "} of {resource}");
        }
        out_text(&rest, "\"");
    }
    if (covering != NULL) {
        out_text(&rest, " covered by ");
        write_quoted(&rest, covering->label, false);
    }
    if (warns)
        out_text(&rest, " warn");
    clause->rest = out_done(&rest);
    clause->enforced = !warns && clause->kind != AST_NOTE;
}

/* Adds a clause that denies less than an enforced one and says so. */
static bool
make_covered(struct random_policy *policy, struct clause *clause)
{
    const struct clause *all = policy->n_clauses != 0 ? &policy->clauses[below(&policy->state, policy->n_clauses)] : NULL;
    struct out more = out_new(&policy->arena);

    if (all == NULL || !all->enforced || all->kind == AST_LIMIT || all->kind == AST_GRANT)
        return false;
    clause->kind = all->kind;
    clause->body = all->body;
    out_str(&more, all->conditions);
    out_text(&more, " when ");
    make_expr(policy, &more, 0, 1);
    clause->conditions = out_done(&more);
    write_rest(policy, clause, false, all);
    policy->n_clauses++;
    return true;
}

static bool
make_clause(struct random_policy *policy, enum ast_body_kind kind)
{
    struct clause *clause = &policy->clauses[policy->n_clauses];
    struct out body = out_new(&policy->arena), conditions = out_new(&policy->arena);
    struct str scratch[MAX_CANDIDATES];
    uint32_t guarded = 0, optional = policy->n_attrs;
    bool guard_in_body = false, narrow, guard_first, warns;

    if (policy->n_clauses == MAX_CLAUSES)
        return false;
    *clause = (struct clause){ .kind = kind, .about = ABOUT_NOTHING, .counter = policy->n_attrs };
    choose_label(policy, clause);
    warns = kind != AST_GRANT && kind != AST_NOTE && one_in(&policy->state, 9);
    if (has_feature(policy, RANDOM_COVERED) && (kind == AST_CANNOT || kind == AST_DENY) && one_in(&policy->state, 8)
        && make_covered(policy, clause))
        return true;

    if (kind != AST_LIMIT && kind != AST_NOTE && one_in(&policy->state, 3))
        optional = pick_optional(policy);
    if (optional < policy->n_attrs) {
        guarded = UINT32_C(1) << optional;
        guard_in_body = (kind == AST_DENY || kind == AST_REQUIRE) && one_in(&policy->state, 3);
    }

    switch (kind) {
    case AST_LIMIT:
        if (!make_limit(policy, clause, &body, &guarded))
            return false;
        for (uint32_t i = 0; i < policy->n_attrs; i++) {
            if (guarded == UINT32_C(1) << i)
                optional = i;
        }
        for (uint32_t i = 0; i < policy->n_clauses; i++) {
            const struct clause *other = &policy->clauses[i];

            /* 'when x is present' of one may be what the other guards itself with. */
            if (other->kind == AST_LIMIT && other->enforced && other->counter == clause->counter
                && (other->about == clause->about || (clause->asks != 0 && other->asks == clause->asks)))
                warns = true;
        }
        break;
    case AST_ONLY:
    case AST_GRANT:
        if (candidates(policy, AST_SUBJECT, true, scratch) + candidates(policy, AST_ROLE, true, scratch) == 0)
            return false;
        out_text(&body, kind == AST_ONLY ? "only " : "");
        if (kind == AST_GRANT && one_in(&policy->state, 4))
            out_text(&body, "anyone");
        else
            make_who(policy, &body, true);
        out_text(&body, " may ");
        make_do(policy, &body);
        break;
    case AST_CANNOT:
        if (one_in(&policy->state, 6))
            out_text(&body, "anyone");
        else
            make_who(policy, &body, false);
        out_text(&body, " cannot ");
        make_do(policy, &body);
        break;
    case AST_REQUIRE:
    case AST_DENY:
        out_text(&body, kind == AST_DENY ? "deny when " : "require ");
        if (guard_in_body) {
            out_text(&body, kind == AST_DENY ? "" : "not ");
            out_reference(&body, policy->attrs[optional].name);
            out_text(&body, kind == AST_DENY ? " is present and (" : " is present or (");
        }
        narrow = kind == AST_DENY && !guard_in_body && below(&policy->state, 3) != 0;
        if (narrow) {
            make_atom(policy, &body, guarded, one_in(&policy->state, 2) ? AST_ACTION : AST_RESOURCE);
            out_text(&body, " and (");
        }
        make_expr(policy, &body, guarded, 2);
        if (guard_in_body || narrow)
            out_text(&body, ")");
        if (kind == AST_REQUIRE) {
            out_text(&body, " to ");
            make_do(policy, &body);
        }
        break;
    case AST_NOTE:
    case AST_ASSERT_ALLOW:
        out_text(&body, "note \"Tokens do not expire; nothing to decide\"");
        break;
    }
    clause->body = out_done(&body);

    guard_first = one_in(&policy->state, 2);
    if (optional < policy->n_attrs && !guard_in_body && guard_first)
        write_guard(policy, &conditions, optional);
    if (kind == AST_LIMIT) {
        if (clause->about != ABOUT_NOTHING) {
            bool positive = below(&policy->state, 3) != 0;

            out_text(&conditions, positive ? " when " : " unless ");
            make_atom(policy, &conditions, guarded, clause->about);
        }
    } else if (kind != AST_NOTE && below(&policy->state, 3) != 0) {
        write_conditions(policy, &conditions, guarded, 2);
    }
    if (optional < policy->n_attrs && !guard_in_body && !guard_first)
        write_guard(policy, &conditions, optional);
    clause->conditions = out_done(&conditions);
    write_rest(policy, clause, warns, NULL);
    policy->n_clauses++;
    return true;
}

/* Notes where ATTR + OFFSET is PARAM, in the units of ATTR. */
static void
note_param_near(struct attr *attr, const struct param *param, wide offset)
{
    note_near(attr, divide_down(param->number * param->factor - offset, attr->factor));
    note_near(attr, divide_down(param->other_number * param->factor - offset, attr->factor));
}

/* Returns a param that compares with what is of KIND and GROUP, or NULL. */
static const struct param *
pick_param(struct random_policy *policy, enum attr_kind kind, enum group group)
{
    uint32_t found[MAX_PARAMS], n = 0;

    for (uint32_t i = 0; i < policy->n_params; i++) {
        const struct param *param = &policy->params[i];

        if (param->group == group && (group != GROUP_NONE || param->kind == kind))
            found[n++] = i;
    }
    return n != 0 ? &policy->params[found[below(&policy->state, n)]] : NULL;
}

const struct pair *
pick_pair(struct random_policy *policy, uint32_t left, struct offset offset, bool bound)
{
    uint32_t found[MAX_ATTRS], n = 0;
    enum group group = policy->attrs[left].group;
    uint32_t by = policy->attrs[left].by; /* a counter's limit is not what raises it */

    for (uint32_t i = 0; i < policy->n_pairs; i++) {
        const struct pair *pair = &policy->pairs[i];

        if (pair->left == left
            && (!bound
                || (pair->offset.value == offset.value && policy->attrs[pair->right].kind == ATTR_INT && pair->right != by)))
            return pair;
    }
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        const struct attr *attr = &policy->attrs[i];

        if (i != left && attr->active && attr->group == group && group != GROUP_NONE
            && (!bound || (attr->kind == ATTR_INT && i != by)))
            found[n++] = i;
    }
    if (n == 0 || policy->n_pairs == policy->max_pairs)
        return NULL;
    policy->pairs[policy->n_pairs] = (struct pair){ left, found[below(&policy->state, n)], offset };
    return &policy->pairs[policy->n_pairs++];
}

/* limit COUNTER to N; what it chose to ask about goes into CLAUSE, an optional bound into GUARDED. */
static bool
make_limit(struct random_policy *policy, struct clause *clause, struct out *body, uint32_t *guarded)
{
    uint32_t found[MAX_ATTRS], n = 0, kind = below(&policy->state, 10), about, rate = policy->n_attrs;
    const struct param *param;
    const struct pair *pair = NULL;
    struct attr *counter;
    bool windowed = false;
    struct offset one = { .minus = true };
    struct out text = out_new(&policy->arena);

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].kind == ATTR_COUNTER && policy->attrs[i].active)
            found[n++] = i;
    }
    if (n == 0)
        return false;
    clause->counter = found[below(&policy->state, n)];
    counter = &policy->attrs[clause->counter];
    param = pick_param(policy, ATTR_INT, counter->group);
    if (param != NULL && param->kind != ATTR_INT)
        param = NULL;

    out_text(body, "limit ");
    out_reference(body, counter->name);
    out_text(body, " to ");
    out_text(&text, "1");
    if (counter->unit.n != 0) {
        out_text(&text, " ");
        out_str(&text, counter->unit);
    }
    one.text = out_done(&text);
    one.value = -counter->factor * NAIVE_ONE;
    if (kind >= 6)
        pair = pick_pair(policy, clause->counter, one, true);
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        const struct attr *attr = &policy->attrs[i];

        if (attr->kind == ATTR_INT && attr->group == GROUP_RATE && str_equal(attr->unit, counter->window))
            rate = i;
    }
    if (rate < policy->n_attrs && one_in(&policy->state, 2)) {
        windowed = true; /* the attribute says so itself */
        out_reference(body, policy->attrs[rate].name);
        if (policy->attrs[rate].optional)
            *guarded = UINT32_C(1) << rate;
    } else if (pair != NULL) {
        out_reference(body, policy->attrs[pair->right].name);
        if (policy->attrs[pair->right].optional)
            *guarded = UINT32_C(1) << pair->right;
    } else if (kind >= 3 && param != NULL) {
        out_reference(body, param->name);
        note_param_near(counter, param, counter->factor * NAIVE_ONE);
    } else {
        out_str(body, counter->cuts[below(&policy->state, counter->n_cuts)].text);
    }
    if (counter->window.n != 0 && !windowed) {
        out_text(body, " ");
        out_str(body, counter->window);
    }

    clause->asks = *guarded;
    about = below(&policy->state, 8 + policy->n_attrs);
    if (about < N_DIMENSIONS) {
        clause->about = about == AST_ROLE && !policy->roles_active ? AST_RESOURCE : about;
    } else if (about >= 8 && policy->attrs[about - 8].active) {
        clause->about = ABOUT_ATTR + about - 8;
        clause->asks |= UINT32_C(1) << (about - 8);
    }
    return true;
}

/* ACTIONS RESOURCES, or one of its short forms; remembers it for the requests. */
static void
make_do(struct random_policy *policy, struct out *out)
{
    struct hot *hot = &policy->hots[policy->n_hots];
    bool any_action = one_in(&policy->state, 7), any_resource = one_in(&policy->state, 9);

    *hot = (struct hot){ .n_actions = 0 };
    if (any_action) {
        out_text(out, "use ");
    } else {
        hot->n_actions = pick_names(policy, AST_ACTION, false, 3, hot->actions);
        out_names(policy, out, hot->actions, hot->n_actions);
        out_text(out, " ");
    }
    if (any_resource) {
        out_text(out, "anything");
    } else {
        hot->n_resources = pick_names(policy, AST_RESOURCE, false, 3, hot->resources);
        out_names(policy, out, hot->resources, hot->n_resources);
    }
    if (policy->n_hots + 1 < MAX_HOTS)
        policy->n_hots++;
}

/* Names of subjects or roles; of both only where it is no GATE. */
static void
make_who(struct random_policy *policy, struct out *out, bool gate)
{
    struct str names[6];
    uint32_t n = 0;
    bool roles = policy->roles_active && below(&policy->state, 3) != 0;
    bool subjects = !roles || (!gate && one_in(&policy->state, 4));

    if (subjects)
        n = pick_names(policy, AST_SUBJECT, gate, 2, names);
    if (roles || n == 0)
        n += pick_names(policy, AST_ROLE, gate, 3, names + n);
    if (n == 0)
        n = pick_names(policy, AST_SUBJECT, gate, 2, names);
    if (n > 1 && one_in(&policy->state, 2)) {
        struct str swap = names[0];

        names[0] = names[n - 1];
        names[n - 1] = swap;
    }
    out_names(policy, out, names, n);
}

/* ---- expressions -------------------------------------------------------------------------------------------------------- */

/* An expression that may stand on either side of `and` and `or`. */
static void
make_part(struct random_policy *policy, struct out *out, uint32_t guarded, int depth)
{
    bool compound = depth > 0 && one_in(&policy->state, 3);

    if (compound) {
        out_text(out, "(");
        make_expr(policy, out, guarded, depth - 1);
        out_text(out, ")");
    } else {
        make_atom(policy, out, guarded, ABOUT_NOTHING);
    }
}

/* Optional attributes outside GUARDED are mentioned only together with their `is present`. */
static void
make_expr(struct random_policy *policy, struct out *out, uint32_t guarded, int depth)
{
    uint32_t kind = depth > 0 ? below(&policy->state, 8) : 0;

    if (depth > 0 && one_in(&policy->state, 4) && has_feature(policy, RANDOM_TRIVIAL)) {
        make_trivial(policy, out, guarded);
    } else if (kind < 4) {
        make_atom(policy, out, guarded, ABOUT_NOTHING);
    } else if (kind == 4) {
        out_text(out, "not (");
        make_expr(policy, out, guarded, depth - 1);
        out_text(out, ")");
    } else {
        uint32_t n = 2 + one_in(&policy->state, 4);

        for (uint32_t i = 0; i < n; i++) {
            if (i != 0)
                out_text(out, kind <= 6 ? " and " : " or ");
            make_part(policy, out, guarded, depth - 1);
        }
    }
}

void
make_atom(struct random_policy *policy, struct out *out, uint32_t guarded, uint32_t about)
{
    uint32_t active[MAX_ATTRS], n_active = 0, kind = below(&policy->state, 12), idx, mask, form, n_guards = 0;
    struct out atom = out_new(&policy->arena);

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].active)
            active[n_active++] = i;
    }
    if (about == ABOUT_NOTHING) {
        if (kind == 1 && has_feature(policy, RANDOM_CONSTANT_PARAMS) && one_in(&policy->state, 16)) {
            out_text(out, one_in(&policy->state, 2) ? "true" : "false");
            return;
        }
        if (kind == 0 && policy->n_params != 0 && has_feature(policy, RANDOM_CONSTANT_PARAMS) && one_in(&policy->state, 3)) {
            make_param_atom(policy, out);
            return;
        }
        if (kind < 2 && policy->roles_active)
            about = AST_ROLE;
        else if (kind < 4 || n_active == 0)
            about = kind % 3 == 0 ? AST_SUBJECT : kind % 3 == 1 ? AST_ACTION : AST_RESOURCE;
        else
            about = ABOUT_ATTR + active[below(&policy->state, n_active)];
        for (uint32_t i = 0; i < n_active && about >= ABOUT_ATTR && kind % 2 == 0; i++) {
            const struct attr *attr = &policy->attrs[active[i]];

            if (is_of_theme(policy, attr->kind, attr->group) && one_in(&policy->state, 2))
                about = ABOUT_ATTR + active[i];
        }
    }
    if (about < ABOUT_ATTR) {
        make_dimension_atom(policy, out, about);
        return;
    }

    idx = about - ABOUT_ATTR;
    if (policy->attrs[idx].optional && one_in(&policy->state, 5)) {
        form = below(&policy->state, 3);
        out_text(out, form == 1 ? "not " : form == 2 ? "not (" : "");
        out_reference(out, policy->attrs[idx].name);
        out_text(out, form == 2 ? " is present)" : " is present");
        return;
    }
    mask = make_attr_atom(policy, &atom, idx) & ~guarded;
    if (mask == 0) {
        out_str(out, out_done(&atom));
        return;
    }

    /* (x is present and ATOM), (not x is present or ATOM), operands in any order */
    form = below(&policy->state, 4);
    out_text(out, "(");
    if (form >= 2) {
        out_str(out, out_done(&atom));
        n_guards++;
    }
    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if ((mask & UINT32_C(1) << i) == 0)
            continue;
        if (n_guards++ != 0)
            out_text(out, form % 2 == 0 ? " and " : " or ");
        out_text(out, form % 2 == 0 ? "" : "not ");
        out_reference(out, policy->attrs[i].name);
        out_text(out, " is present");
    }
    if (form < 2) {
        out_text(out, form == 0 ? " and " : " or ");
        out_str(out, out_done(&atom));
    }
    out_text(out, ")");
}

void
out_has(struct random_policy *policy, struct out *out, struct str value)
{
    out_text(out, " has ");
    write_constant(policy, out, value);
}

static void
make_dimension_atom(struct random_policy *policy, struct out *out, uint32_t dim)
{
    static const char *const words[] = { "subject", "role", "action", "resource" };
    struct str names[3];
    uint32_t kind = below(&policy->state, 5), n;

    out_text(out, words[dim]);
    if (dim == AST_ROLE) {
        pick_names(policy, dim, false, 1, names);
        out_has(policy, out, names[0]);
    } else if (kind < 3) {
        pick_names(policy, dim, false, 1, names);
        out_text(out, kind < 2 ? " == " : " != ");
        write_constant(policy, out, names[0]);
    } else {
        bool braces = !one_in(&policy->state, 8), none = one_in(&policy->state, 32);

        n = pick_names(policy, dim, false, braces ? 3 : 1, names);
        out_text(out, braces ? " in { " : " in ");
        out_names(policy, out, names, braces && none ? 0 : n);
        out_text(out, braces ? " }" : "");
    }
}

static const char *
any_op(struct random_policy *policy)
{
    static const char *const ops[] = { " < ", " <= ", " > ", " >= ", " == ", " != ", " <= ", " > " };

    return ops[below(&policy->state, N_ELEMENTS(ops))];
}

static void
write_offset(struct out *out, const struct offset *offset, bool turned)
{
    if (offset->text.n == 0)
        return;
    out_text(out, offset->minus != turned ? " - " : " + ");
    out_str(out, offset->text);
}

/* A question that the deployment has answered. */
static void
make_param_atom(struct random_policy *policy, struct out *out)
{
    const struct param *param = &policy->params[below(&policy->state, policy->n_params)];
    bool negative = one_in(&policy->state, 2);

    switch (param->kind) {
    case ATTR_INT:
    case ATTR_DECIMAL:
    case ATTR_TIME:
        out_reference(out, param->name);
        out_text(out, any_op(policy));
        out_str(out, negative ? param->value : param->other_value);
        break;
    case ATTR_BOOL:
        out_text(out, negative ? "not " : "");
        out_reference(out, param->name);
        break;
    case ATTR_STRING:
        out_reference(out, param->name);
        out_text(out, negative ? " != " : " == ");
        write_string(policy, out, param->other_value);
        break;
    case ATTR_ENUM:
    case ATTR_SET:
    case ATTR_COUNTER:
    case ATTR_NOW:
        out_reference(out, param->name);
        out_text(out, negative ? " != " : " == ");
        write_constant(policy, out, param->other_value);
        break;
    }
}

/* Returns the optional attributes that it mentions, a bit each. */
static uint32_t
make_attr_atom(struct random_policy *policy, struct out *out, uint32_t idx)
{
    const struct attr *attr = &policy->attrs[idx];
    uint32_t mask = attr->optional ? UINT32_C(1) << idx : 0, kind = below(&policy->state, 8), like = policy->n_attrs;
    const struct param *param = NULL;
    uint32_t first, second;

    switch (attr->kind) {
    case ATTR_INT:
    case ATTR_DECIMAL:
    case ATTR_COUNTER:
    case ATTR_TIME:
    case ATTR_NOW:
        return make_number_atom(policy, out, idx);
    case ATTR_STRING:
        return make_string_atom(policy, out, idx);
    case ATTR_BOOL:
        param = pick_param(policy, ATTR_BOOL, GROUP_NONE);
        for (uint32_t i = 0; i < policy->n_attrs; i++) {
            if (i != idx && policy->attrs[i].kind == ATTR_BOOL && policy->attrs[i].active)
                like = i;
        }
        out_text(out, kind == 0 || kind == 1 ? "not " : "");
        out_reference(out, attr->name);
        if (kind == 2 || kind == 3) {
            out_text(out, kind == 2 ? " == " : " != ");
            out_text(out, one_in(&policy->state, 2) ? "true" : "false");
        } else if (kind == 4 && like < policy->n_attrs) {
            out_text(out, " == ");
            out_reference(out, policy->attrs[like].name);
            if (policy->attrs[like].optional)
                mask |= UINT32_C(1) << like;
        } else if (kind == 5 && param != NULL) {
            out_text(out, " != ");
            out_reference(out, param->name);
        }
        return mask;
    case ATTR_ENUM:
        param = pick_param(policy, ATTR_ENUM, GROUP_NONE);
        for (uint32_t i = 0; i < policy->n_attrs; i++) {
            if (i != idx && policy->attrs[i].decl == attr->decl && policy->attrs[i].active)
                like = i;
        }
        first = below(&policy->state, attr->n_values);
        second = (first + 1) % attr->n_values;
        out_reference(out, attr->name);
        if (kind < 2 && like < policy->n_attrs && has_feature(policy, RANDOM_ENUM_PAIRS)) {
            out_text(out, kind == 0 ? " == " : " != ");
            out_reference(out, policy->attrs[like].name);
            if (policy->attrs[like].optional)
                mask |= UINT32_C(1) << like;
        } else if (kind < 4 && param != NULL && param->decl == attr->decl) {
            out_text(out, kind == 2 ? " == " : " != ");
            out_reference(out, param->name);
        } else if (kind < 6) {
            out_text(out, kind < 5 ? " == " : " != ");
            write_constant(policy, out, attr->values[first]);
        } else {
            out_text(out, " in { ");
            out_name(policy, out, attr->values[first]);
            if (kind == 7 && second != first) {
                out_text(out, ", ");
                out_name(policy, out, attr->values[second]);
            }
            out_text(out, " }");
        }
        return mask;
    case ATTR_SET:
        out_reference(out, attr->name);
        first = below(&policy->state, attr->n_values);
        out_has(policy, out, attr->values[first]);
        return mask;
    }
    return mask;
}

/* Writes TEXT as a string of the policy; now and then a character is escaped that need not be. */
static void
write_string(struct random_policy *policy, struct out *out, struct str text)
{
    bool escape = one_in(&policy->state, 8);

    out_text(out, "\"");
    for (size_t i = 0; i < text.n; i++) {
        char spelt[8];

        if (escape && i % 2 == 0 && text.p[i] != 0 && (unsigned char)text.p[i] < 0x80) {
            snprintf(spelt, sizeof spelt, "\\u%04x", (unsigned)text.p[i]);
            out_text(out, spelt);
        } else {
            if (text.p[i] == '"' || text.p[i] == '\\')
                out_text(out, "\\");
            out_str(out, (struct str){ text.p + i, 1 });
        }
    }
    out_text(out, "\"");
}

static uint32_t
make_string_atom(struct random_policy *policy, struct out *out, uint32_t idx)
{
    const struct attr *attr = &policy->attrs[idx];
    uint32_t mask = attr->optional ? UINT32_C(1) << idx : 0, kind = below(&policy->state, 12), like = policy->n_attrs;
    uint32_t first = below(&policy->state, attr->n_values), second = (first + 1) % attr->n_values;
    bool negative = one_in(&policy->state, 3);
    const struct param *param = pick_param(policy, ATTR_STRING, GROUP_NONE);

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (i != idx && policy->attrs[i].kind == ATTR_STRING && policy->attrs[i].active)
            like = i;
    }
    if (kind < 2 && like < policy->n_attrs) {
        out_reference(out, attr->name);
        out_text(out, negative ? " != " : " == ");
        out_reference(out, policy->attrs[like].name);
        if (policy->attrs[like].optional)
            mask |= UINT32_C(1) << like;
    } else if (kind < 6 && param != NULL && memchr(attr->name.p, ':', attr->name.n) == NULL) {
        out_reference(out, attr->name);
        out_text(out, negative ? " != " : " == ");
        out_reference(out, param->name);
    } else if (kind < 3 && has_feature(policy, RANDOM_CONSTANT_FIRST) && memchr(attr->name.p, ':', attr->name.n) == NULL) {
        write_string(policy, out, attr->values[first]);
        out_text(out, negative ? " != " : " == ");
        out_reference(out, attr->name);
    } else if (kind < 5) {
        out_reference(out, attr->name);
        out_text(out, negative ? " != " : " == ");
        write_string(policy, out, attr->values[first]);
    } else if (kind < 7) {
        out_reference(out, attr->name);
        out_text(out, " in { ");
        write_string(policy, out, attr->values[first]);
        if (second != first) {
            out_text(out, ", ");
            write_string(policy, out, attr->values[second]);
        }
        out_text(out, " }");
    } else {
        out_reference(out, attr->name);
        out_text(out, " matches ");
        write_string(policy, out, attr->globs[below(&policy->state, attr->n_globs)]);
    }
    return mask;
}

static uint32_t
make_number_atom(struct random_policy *policy, struct out *out, uint32_t idx)
{
    struct attr *attr = &policy->attrs[idx];
    const struct param *param = pick_param(policy, ATTR_INT, attr->group);
    const struct pair *pair = NULL;
    const char *op = any_op(policy);
    uint32_t kind = below(&policy->state, 10), mask = attr->optional ? UINT32_C(1) << idx : 0, side = below(&policy->state, 6);
    struct offset offset = pick_offset(policy, attr), more = { .value = 0 };
    const struct cut *cut = &attr->cuts[below(&policy->state, attr->n_cuts)];

    if (kind >= 6)
        pair = pick_pair(policy, idx, offset, false);
    if (pair != NULL) {
        struct str right = policy->attrs[pair->right].name;

        if (policy->attrs[pair->right].optional)
            mask |= UINT32_C(1) << pair->right;
        if (side < 4 || (side == 4 && !has_feature(policy, RANDOM_LEFT_SHIFT))) {
            out_reference(out, attr->name);
            out_text(out, op);
            out_reference(out, right);
            write_offset(out, &pair->offset, false);
        } else if (side == 4) {
            out_reference(out, right);
            write_offset(out, &pair->offset, false);
            out_text(out, op);
            out_reference(out, attr->name);
        } else {
            out_reference(out, right);
            out_text(out, op);
            out_reference(out, attr->name);
            write_offset(out, &pair->offset, true);
        }
    } else if (kind >= 4 && param != NULL) {
        if (attr->unit.n != 0 && one_in(&policy->state, 3)) {
            offset.text = pick_text(policy, plain_offsets, N_ELEMENTS(plain_offsets)); /* in the unit of the param */
            offset.value = (offset.minus ? -1 : 1) * worth(offset.text, param->factor);
        }
        if (side == 0 && has_feature(policy, RANDOM_LEFT_SHIFT)) {
            out_reference(out, param->name);
            write_offset(out, &offset, false);
            out_text(out, op);
            out_reference(out, attr->name);
        } else {
            out_reference(out, attr->name);
            out_text(out, op);
            out_reference(out, param->name);
            write_offset(out, &offset, false);
        }
        note_param_near(attr, param, -offset.value);
    } else if (side == 0 && has_feature(policy, RANDOM_CONSTANT_FIRST)) {
        out_str(out, cut->text);
        out_text(out, op);
        out_reference(out, attr->name);
    } else if (side == 1 && kind < 2 && has_feature(policy, RANDOM_LEFT_SHIFT)) {
        if (attr->unit.n != 0 && one_in(&policy->state, 2)) {
            offset.text = pick_text(policy, plain_offsets, N_ELEMENTS(plain_offsets)); /* in the unit of the attribute */
            offset.value = (offset.minus ? -1 : 1) * worth(offset.text, attr->factor);
        }
        out_reference(out, attr->name);
        write_offset(out, &offset, false);
        out_text(out, op);
        out_str(out, cut->text);
        if (one_in(&policy->state, 4) && (attr->unit.n == 0 || memchr(cut->text.p, ' ', cut->text.n) != NULL)) {
            more = pick_offset(policy, attr);
            write_offset(out, &more, false);
        }
        note_near(attr, divide_down(worth(cut->text, attr->factor) + more.value - offset.value, attr->factor));
    } else {
        out_reference(out, attr->name);
        out_text(out, op);
        out_str(out, cut->text);
    }
    return mask;
}
