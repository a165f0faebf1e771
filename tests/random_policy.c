/* SPDX-License-Identifier: MIT
 *
 * The generator of random_policy.h.  A policy is made in three steps: the vocabulary and the choice of what clauses may mention
 * (random_vocabulary.c), and the clauses, each written as text at once; random_trivial.c makes one kind of their conditions.  No call
 * draws two random numbers in one argument list: the order of evaluation would make the policies depend on the compiler.
 */
#include <config.h>

#include "random_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The words of the language, which must be quoted where they are to be names by themselves. */
static const char *const keywords[] = {
    "action", "allow", "and", "any", "anyone", "anything", "as", "assert", "attribute", "bool", "by", "cannot", "cases",
    "cites", "counter", "covered", "decimal", "default", "deny", "down", "false", "has", "in", "include", "indeterminate",
    "int", "invalid", "is", "limit", "matches", "may", "not", "note", "now", "of", "on", "only", "open", "optional", "or",
    "param", "per", "policy", "present", "require", "resource", "role", "routes", "says", "set", "source", "string", "subject",
    "time", "to", "true", "unless", "up", "use", "vocabulary", "warn", "when",
};

static void out_number(struct out *out, int64_t number);

static void make_clauses(struct random_policy *policy);
static void write_head(struct random_policy *policy);
static void write_asserts(struct random_policy *policy);
static struct str text_in_order(struct random_policy *policy, const uint32_t *order);

static bool make_clause(struct random_policy *policy, enum ast_body_kind kind);
static bool make_limit(struct random_policy *policy, struct clause *clause, struct out *body, uint32_t *guarded);
static void make_who(struct random_policy *policy, struct out *out, bool gate);
static void make_expr(struct random_policy *policy, struct out *out, uint32_t guarded, int depth);
static void make_part(struct random_policy *policy, struct out *out, uint32_t guarded, int depth);
static void make_dimension_atom(struct random_policy *policy, struct out *out, uint32_t dim);
static void make_param_atom(struct random_policy *policy, struct out *out);
static uint32_t make_attr_atom(struct random_policy *policy, struct out *out, uint32_t idx);
static uint32_t make_number_atom(struct random_policy *policy, struct out *out, uint32_t idx);
static uint32_t make_string_atom(struct random_policy *policy, struct out *out, uint32_t idx);

static void write_quoted(struct out *out, struct str name, bool all);

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
    make_vocabulary(policy);
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

void
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
void
out_constant(struct random_policy *policy, struct out *out, struct str name)
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
void
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
    out_constant(policy, out, value);
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
        out_constant(policy, out, names[0]);
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
        out_string(policy, out, param->other_value);
        break;
    case ATTR_ENUM:
    case ATTR_SET:
    case ATTR_COUNTER:
    case ATTR_NOW:
        out_reference(out, param->name);
        out_text(out, negative ? " != " : " == ");
        out_constant(policy, out, param->other_value);
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
            out_constant(policy, out, attr->values[first]);
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
void
out_string(struct random_policy *policy, struct out *out, struct str text)
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
        out_string(policy, out, attr->values[first]);
        out_text(out, negative ? " != " : " == ");
        out_reference(out, attr->name);
    } else if (kind < 5) {
        out_reference(out, attr->name);
        out_text(out, negative ? " != " : " == ");
        out_string(policy, out, attr->values[first]);
    } else if (kind < 7) {
        out_reference(out, attr->name);
        out_text(out, " in { ");
        out_string(policy, out, attr->values[first]);
        if (second != first) {
            out_text(out, ", ");
            out_string(policy, out, attr->values[second]);
        }
        out_text(out, " }");
    } else {
        out_reference(out, attr->name);
        out_text(out, " matches ");
        out_string(policy, out, attr->globs[below(&policy->state, attr->n_globs)]);
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
            offset.text = pick_plain_offset(policy); /* in the unit of the param */
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
            offset.text = pick_plain_offset(policy); /* in the unit of the attribute */
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
