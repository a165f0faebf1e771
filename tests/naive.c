/* SPDX-License-Identifier: MIT
 *
 * The oracle of naive.h.  It reads as the language's sections 2, 3 and 5 do: first whether the tuple is of the vocabulary's
 * shape, then each clause as one conjunction of its DO, its tails and its violation, then the result.  Nothing is cached,
 * resolved or sorted.
 */
#include <config.h>

#include "naive.h"

#include <stdlib.h>

/* Kleene's truth values: 'and' is the smaller one, 'or' the larger one. */
enum truth { NO, MAYBE, YES };

/* Named sets nest; no tree that compiled nests them deeper, and one with a cycle ends here. */
enum { MAX_NESTING = 16 };

struct reader {
    const struct ast *ast;
    const struct naive_request *request;
};

enum what { WHAT_NOTHING, WHAT_DIMENSION, WHAT_ATTRIBUTE, WHAT_COUNTER, WHAT_PARAM, WHAT_NOW };

enum shape { SHAPE_NONE, SHAPE_NUMBER, SHAPE_TIME, SHAPE_BOOL, SHAPE_NAME, SHAPE_STRING, SHAPE_SET };

/* What a name of the policy, or a key of the request, was declared as. */
struct declared {
    enum what what;
    enum shape shape;
    struct str key;               /* as requests have it; of a parameter: its name */
    enum ast_dimension dimension; /* of WHAT_DIMENSION */
    const struct ast_decl *decl;  /* of WHAT_ATTRIBUTE and WHAT_COUNTER */
    const struct ast_param *param;
};

/* An operand of a comparison with its value, if there is one. */
struct operand {
    struct declared declared; /* WHAT_NOTHING: a constant */
    enum shape shape;
    bool known;
    wide number;                     /* of SHAPE_NUMBER: millionths; of SHAPE_TIME: nanoseconds */
    const struct ast_unit *unit;     /* of SHAPE_NUMBER: what 'number' is in; NULL for a plain number */
    const struct ast_unit *declared_unit; /* what a plain number beside it is in; NULL if it has none */
    const struct ast_value *shift;   /* is added to it, or with 'minus' taken away; may be NULL */
    bool minus;
    bool truth;
    struct str name; /* of SHAPE_NAME and SHAPE_STRING */
};

static struct declared dimension(enum ast_dimension which);
static enum truth both(enum truth a, enum truth b);
static enum truth either(enum truth a, enum truth b);
static enum truth negated(enum truth a);
static enum truth truth_of(bool x);
static bool request_is_valid(const struct reader *reader);
static bool is_decimal(const struct declared *declared);
static wide in_millionths(const struct ast_value *number);
static bool fact_is_valid(const struct reader *reader, const struct naive_fact *fact);
static bool names_are_below(const struct reader *reader, struct str key);
static bool is_in_namespace(const struct reader *reader, struct str key);
static bool text_is_clean(struct str text);
static enum rck_state clause_state(const struct reader *reader, const struct ast_clause *clause);
static bool is_complete(const struct reader *reader);
static bool is_given(const struct reader *reader, struct str key);
static uint32_t refuted_assert(const struct reader *reader, enum rck_result result);
static enum truth tails_and(const struct reader *reader, const struct ast_clause *clause, enum truth x);
static enum truth clause_do(const struct reader *reader, const struct ast_body *body);
static enum truth clause_violation(const struct reader *reader, const struct ast_body *body);
static enum truth limit_exceeded(const struct reader *reader, const struct ast_body *body);
static enum truth step_exceeds(const struct operand *counter, struct operand bound, const struct operand *by);
static const struct ast_decl *find_counter(const struct reader *reader, const struct ast_name *name);
static enum truth who_holds(const struct reader *reader, const struct ast_who *who, bool gate);
static bool do_matches(const struct reader *reader, const struct ast_do *act);
static enum truth expr_truth(const struct reader *reader, const struct ast_expr *expr);
static enum truth compare(const struct reader *reader, const struct ast_expr *expr);
static void read_sides(const struct reader *reader, const struct ast_expr *expr, struct operand *left, struct operand *right);
static enum truth compare_numbers(enum ast_op op, wide left, wide right);
static wide exact_value(const struct operand *operand, const struct operand *other);
static enum truth compare_names(const struct reader *reader, enum ast_op op, const struct operand *left,
                                const struct operand *right);
static enum truth is_in(const struct reader *reader, const struct ast_expr *expr);
static enum truth is_member(const struct reader *reader, const struct declared *set, const struct ast_names *names,
                            bool exactly);
static struct operand read_operand(const struct reader *reader, const struct ast_operand *operand, bool quoted_too);
static void read_value(const struct reader *reader, struct operand *operand);
static void read_fact(const struct reader *reader, const struct naive_fact *fact, struct operand *operand);
static void read_param(const struct reader *reader, struct operand *operand);
static void read_setting(struct str text, struct operand *operand);
static const struct ast_unit *unit_of(const struct reader *reader, const struct declared *declared);
static bool takes_text(const struct operand *operand, const struct ast_operand *other);
static struct declared look_up(const struct reader *reader, struct str key);
static const struct naive_fact *find_fact(const struct reader *reader, struct str key);
static bool is_known_value(const struct reader *reader, const struct declared *declared, struct str value);
static bool any_name_covers(const struct reader *reader, const struct declared *declared, const struct ast_names *names,
                            struct str value, bool exactly);
static bool name_covers(const struct reader *reader, const struct declared *declared, struct str name, struct str value,
                        bool exactly, int depth);
static const struct ast_decl *find_set(const struct reader *reader, enum ast_dimension dimension_of, struct str name);

static const struct str dimension_keys[] = {
    { "subject", 7 },
    { "role", 4 },
    { "action", 6 },
    { "resource", 8 },
};

enum rck_result
naive_decide(const struct ast *ast, const struct naive_request *request, struct naive_verdict *verdict)
{
    struct reader reader = { ast, request };
    bool valid = request_is_valid(&reader);
    uint32_t first_violated = RCK_NONE, first_unknown = RCK_NONE, first_unknown_grant = RCK_NONE;
    bool granted = false;

    verdict->n_clauses = 0;
    verdict->first = RCK_NONE;
    for (const struct ast_clause *c = ast->clauses; c != NULL; c = c->next) {
        struct naive_clause *out;

        if (c->asserted)
            continue;
        if (verdict->n_clauses == verdict->room) {
            verdict->room = verdict->room != 0 ? 2 * verdict->room : 16;
            verdict->clauses = realloc(verdict->clauses, verdict->room * sizeof *verdict->clauses);
            if (verdict->clauses == NULL)
                abort();
        }
        out = &verdict->clauses[verdict->n_clauses++];
        *out = (struct naive_clause){ .kind = c->body != NULL ? c->body->kind : AST_NOTE, .state = RCK_STATE_IRRELEVANT };
        if (c->label != NULL)
            out->label = c->label->text;
        for (const struct ast_tail *t = c->tails; t != NULL; t = t->next) {
            if (t->kind == AST_WARN)
                out->warns = true;
        }
        if (valid)
            out->state = clause_state(&reader, c);
    }

    /* The first in source order of each sort; warnings have no part in the result. */
    for (uint32_t i = 0; i < verdict->n_clauses; i++) {
        const struct naive_clause *c = &verdict->clauses[i];

        if (c->warns)
            continue;
        if (c->kind == AST_GRANT) {
            if (c->state == RCK_STATE_GRANTED)
                granted = true;
            if (c->state == RCK_STATE_UNKNOWN && first_unknown_grant == RCK_NONE)
                first_unknown_grant = i;
        } else {
            if (c->state == RCK_STATE_VIOLATED && first_violated == RCK_NONE)
                first_violated = i;
            if (c->state == RCK_STATE_UNKNOWN && first_unknown == RCK_NONE)
                first_unknown = i;
        }
    }

    if (!valid) {
        verdict->result = RCK_INVALID;
    } else if (first_violated != RCK_NONE) {
        verdict->result = RCK_DENY;
        verdict->first = first_violated;
    } else if (ast->by_default == RCK_DENY && !granted && first_unknown_grant == RCK_NONE) {
        verdict->result = RCK_DENY;
    } else if (first_unknown != RCK_NONE) {
        verdict->result = RCK_INDETERMINATE;
        verdict->first = first_unknown;
    } else if (ast->by_default == RCK_DENY && !granted) {
        verdict->result = RCK_INDETERMINATE;
        verdict->first = first_unknown_grant;
    } else {
        verdict->result = RCK_ALLOW;
    }
    verdict->refuted = valid ? refuted_assert(&reader, verdict->result) : RCK_NONE;
    return verdict->result;
}

wide
naive_unit_of(const struct ast *ast, struct str key)
{
    struct naive_request request = { .n_facts = 0 };
    struct reader reader = { ast, &request };
    struct declared declared = look_up(&reader, key);
    const struct ast_unit *unit = unit_of(&reader, &declared);
    wide factor = 1;

    if (unit != NULL)
        (void)naive_read_unit(unit->text, &factor);
    return factor;
}

void
naive_verdict_free(struct naive_verdict *verdict)
{
    free(verdict->clauses);
    *verdict = (struct naive_verdict){ .result = RCK_DENY };
}

/* ---- asserts ------------------------------------------------------------------------------------------------------------ */

static bool
asks_now(const struct ast_expr *expr)
{
    const struct ast_operand *sides[] = { expr != NULL ? expr->left : NULL, expr != NULL ? expr->right : NULL };

    for (size_t i = 0; i < N_ELEMENTS(sides); i++) {
        if (sides[i] != NULL && sides[i]->value != NULL && sides[i]->value->kind == AST_NOW)
            return true;
    }
    return expr != NULL && (asks_now(expr->a) || asks_now(expr->b));
}

/* Whether some clause or assert asks what time it is. */
static bool
needs_now(const struct reader *reader)
{
    for (const struct ast_clause *c = reader->ast->clauses; c != NULL; c = c->next) {
        if (c->body != NULL && asks_now(c->body->expr))
            return true;
        for (const struct ast_tail *t = c->tails; t != NULL; t = t->next) {
            if (asks_now(t->expr))
                return true;
        }
    }
    return false;
}

/* Whether REQUEST gives all but optional attributes, the time if it is asked for, and nothing that the vocabulary does not
 * know. */
static bool
is_complete(const struct reader *reader)
{
    if ((!reader->request->has_now && needs_now(reader)) || !is_given(reader, STR("role")))
        return false;
    for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
        if (d->kind != AST_DECL_ATTRIBUTE && d->kind != AST_DECL_COUNTER)
            continue;
        for (const struct ast_name *n = d->names.first; n != NULL; n = n->next) {
            if (!is_given(reader, n->text) && (!d->optional || find_fact(reader, n->text) != NULL))
                return false;
        }
    }
    return true;
}

/* Whether KEY has a value, all of it known. */
static bool
is_given(const struct reader *reader, struct str key)
{
    struct operand operand = { .declared = look_up(reader, key) };
    const struct naive_fact *fact = find_fact(reader, key);

    if (fact == NULL)
        return false;
    read_value(reader, &operand);
    if (operand.shape != SHAPE_SET)
        return operand.known;
    if (fact->kind == NAIVE_TEXT)
        return is_known_value(reader, &operand.declared, fact->text);
    for (uint32_t i = 0; i < fact->n_members; i++) {
        if (!is_known_value(reader, &operand.declared, fact->members[i]))
            return false;
    }
    return true;
}

/* Returns the first assert that the request, which gets RESULT, refutes. */
static uint32_t
refuted_assert(const struct reader *reader, enum rck_result result)
{
    bool complete = is_complete(reader);
    uint32_t n = 0;

    for (const struct ast_clause *c = reader->ast->clauses; c != NULL; c = c->next) {
        bool meant, holds;

        if (!c->asserted)
            continue;
        if (c->body->kind == AST_ASSERT_ALLOW) {
            meant = complete && tails_and(reader, c, expr_truth(reader, c->body->expr)) == YES;
            holds = result == RCK_ALLOW;
        } else {
            meant = clause_state(reader, c) == RCK_STATE_VIOLATED;
            holds = complete ? result == RCK_DENY : result != RCK_ALLOW;
        }
        if (meant && !holds)
            return n;
        n++;
    }
    return RCK_NONE;
}

/* ---- truth and dimensions -------------------------------------------------------------------------------------------- */

static struct declared
dimension(enum ast_dimension which)
{
    struct declared d = { .what = WHAT_DIMENSION, .dimension = which };

    d.shape = which == AST_ROLE ? SHAPE_SET : SHAPE_NAME;
    d.key = dimension_keys[which];
    return d;
}

static enum truth
both(enum truth a, enum truth b)
{
    return a < b ? a : b;
}

static enum truth
either(enum truth a, enum truth b)
{
    return a > b ? a : b;
}

static enum truth
negated(enum truth a)
{
    return a == YES ? NO : a == NO ? YES : MAYBE;
}

static enum truth
truth_of(bool x)
{
    return x ? YES : NO;
}

/* ---- the tuple ---------------------------------------------------------------------------------------------------------- */

static bool
request_is_valid(const struct reader *reader)
{
    static const enum ast_dimension needed[] = { AST_SUBJECT, AST_ACTION, AST_RESOURCE };
    const struct naive_request *request = reader->request;

    for (uint32_t i = 0; i < request->n_facts; i++) {
        if (!fact_is_valid(reader, &request->facts[i]))
            return false;
        for (uint32_t j = 0; j < i; j++) {
            if (str_equal(request->facts[i].key, request->facts[j].key))
                return false; /* a duplicate key */
        }
    }
    for (size_t i = 0; i < N_ELEMENTS(needed); i++) {
        struct declared d = dimension(needed[i]);
        const struct naive_fact *fact = find_fact(reader, dimension_keys[needed[i]]);

        if (fact == NULL || !is_known_value(reader, &d, fact->text) || find_set(reader, d.dimension, fact->text) != NULL)
            return false; /* missing, unknown, or a set's name */
    }
    return true;
}

/* Whether requests may give places after the point. */
static bool
is_decimal(const struct declared *declared)
{
    return declared->what == WHAT_ATTRIBUTE && declared->decl->type->kind == AST_TYPE_DECIMAL;
}

static wide
in_millionths(const struct ast_value *number)
{
    return number->kind == AST_INT ? (wide)number->number * NAIVE_ONE : (wide)number->number;
}

/* Whether one fact, taken by itself, is of the vocabulary's shape. */
static bool
fact_is_valid(const struct reader *reader, const struct naive_fact *fact)
{
    struct declared d = look_up(reader, fact->key);
    wide number;
    int64_t ns;

    if (!text_is_clean(fact->key) || (fact->kind == NAIVE_TEXT && !text_is_clean(fact->text)))
        return false;
    for (uint32_t i = 0; fact->kind == NAIVE_LIST && i < fact->n_members; i++) {
        if (!text_is_clean(fact->members[i]))
            return false;
    }
    if (str_equal(fact->key, STR("now")))
        return false;
    if (fact->kind == NAIVE_ABSENT)
        return true; /* one spelling of absence: as if the key were not there */
    if (d.what == WHAT_NOTHING || d.what == WHAT_PARAM)
        return !reader->request->strict && !names_are_below(reader, fact->key) && !is_in_namespace(reader, fact->key);

    switch (d.shape) {
    case SHAPE_NUMBER:
        if (fact->kind != NAIVE_NUMBER || !naive_read_number(fact->text, is_decimal(&d), &number))
            return false;
        if (d.what == WHAT_COUNTER)
            return number >= 0;
        if (d.decl->type->min != NULL && number < in_millionths(d.decl->type->min))
            return false;
        return d.decl->type->max == NULL || number <= in_millionths(d.decl->type->max);
    case SHAPE_TIME:
        return fact->kind == NAIVE_TEXT && naive_read_time(fact->text, false, &ns);
    case SHAPE_BOOL:
        return fact->kind == NAIVE_BOOL;
    case SHAPE_NAME:
    case SHAPE_STRING:
        return fact->kind == NAIVE_TEXT;
    case SHAPE_SET:
        if (fact->kind != NAIVE_TEXT && fact->kind != NAIVE_LIST)
            return false;
        if (d.what != WHAT_DIMENSION)
            return true;
        if (fact->kind == NAIVE_TEXT)
            return find_set(reader, d.dimension, fact->text) == NULL;
        for (uint32_t i = 0; i < fact->n_members; i++) {
            if (find_set(reader, d.dimension, fact->members[i]) != NULL)
                return false; /* a set's name */
        }
        return true;
    case SHAPE_NONE:
        break;
    }
    return false;
}

/* True if KEY is NAME cut at a dot. */
static bool
is_proper_prefix(struct str key, struct str name)
{
    return key.n < name.n && name.p[key.n] == '.' && (key.n == 0 || memcmp(key.p, name.p, key.n) == 0);
}

/* Whether the vocabulary has names below KEY. */
static bool
names_are_below(const struct reader *reader, struct str key)
{
    for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
        if (d->kind != AST_DECL_ATTRIBUTE && d->kind != AST_DECL_COUNTER)
            continue;
        for (const struct ast_name *n = d->names.first; n != NULL; n = n->next) {
            if (is_proper_prefix(key, n->text))
                return true;
        }
    }
    return false;
}

/* Whether the undeclared KEY lies in a namespace of the vocabulary (some prefix of it has names below), or below an attribute:
 * nested and dotted keys are one spelling, and an object is no value. */
static bool
is_in_namespace(const struct reader *reader, struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        struct str prefix = { key.p, i };
        struct declared d;

        if (key.p[i] != '.')
            continue;
        d = look_up(reader, prefix);
        if (names_are_below(reader, prefix) || (d.what != WHAT_NOTHING && d.what != WHAT_PARAM))
            return true;
    }
    return false;
}

/* Whether TEXT is UTF-8 (RFC 3629) without U+0000. */
static bool
text_is_clean(struct str text)
{
    size_t i = 0;

    while (i < text.n) {
        unsigned char lead = (unsigned char)text.p[i++];
        unsigned more, least;
        uint32_t point;

        if (lead == 0)
            return false;
        if (lead < 0x80)
            continue;
        if (lead >= 0xc0 && lead < 0xe0) {
            more = 1;
            least = 0x80;
            point = lead & 0x1fu;
        } else if (lead >= 0xe0 && lead < 0xf0) {
            more = 2;
            least = 0x800;
            point = lead & 0x0fu;
        } else if (lead >= 0xf0 && lead < 0xf8) {
            more = 3;
            least = 0x10000;
            point = lead & 0x07u;
        } else {
            return false;
        }
        for (; more > 0; more--) {
            if (i == text.n || ((unsigned char)text.p[i] & 0xc0u) != 0x80u)
                return false;
            point = point << 6 | ((unsigned char)text.p[i++] & 0x3fu);
        }
        if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
    }
    return true;
}

/* ---- clauses ------------------------------------------------------------------------------------------------------------ */

static enum rck_state
clause_state(const struct reader *reader, const struct ast_clause *clause)
{
    const struct ast_body *body = clause->body;
    enum truth relevant, violation;

    if (body == NULL)
        return RCK_STATE_IRRELEVANT;
    relevant = tails_and(reader, clause, clause_do(reader, body));
    violation = clause_violation(reader, body);

    switch (both(relevant, violation)) {
    case YES:
        return body->kind == AST_GRANT ? RCK_STATE_GRANTED : RCK_STATE_VIOLATED;
    case MAYBE:
        return RCK_STATE_UNKNOWN;
    case NO:
        break;
    }
    return relevant == NO ? RCK_STATE_IRRELEVANT : RCK_STATE_SATISFIED;
}

/* X, and every 'when', and no 'unless'. */
static enum truth
tails_and(const struct reader *reader, const struct ast_clause *clause, enum truth x)
{
    for (const struct ast_tail *t = clause->tails; t != NULL; t = t->next) {
        if (t->kind == AST_WHEN)
            x = both(x, expr_truth(reader, t->expr));
        if (t->kind == AST_UNLESS)
            x = both(x, negated(expr_truth(reader, t->expr)));
    }
    return x;
}

static enum truth
clause_do(const struct reader *reader, const struct ast_body *body)
{
    const struct ast_decl *counter;

    switch (body->kind) {
    case AST_LIMIT:
        /* The DO of a limit is what raises its counter. */
        counter = find_counter(reader, body->counter);
        for (const struct ast_step *s = counter != NULL ? counter->steps : NULL; s != NULL; s = s->next) {
            if (s->up && do_matches(reader, s->act))
                return YES;
        }
        return NO;
    case AST_ONLY:
    case AST_CANNOT:
    case AST_REQUIRE:
    case AST_GRANT:
        return truth_of(do_matches(reader, body->act));
    case AST_DENY:
    case AST_NOTE:
    case AST_ASSERT_ALLOW:
        break; /* without a DO, relevant to every request */
    }
    return YES;
}

static enum truth
clause_violation(const struct reader *reader, const struct ast_body *body)
{
    switch (body->kind) {
    case AST_LIMIT:
        return limit_exceeded(reader, body);
    case AST_ONLY:
        return negated(who_holds(reader, body->who, true));
    case AST_CANNOT:
        return who_holds(reader, body->who, false);
    case AST_GRANT:
        return who_holds(reader, body->who, true);
    case AST_REQUIRE:
        return negated(expr_truth(reader, body->expr));
    case AST_DENY:
        return expr_truth(reader, body->expr);
    case AST_NOTE:
    case AST_ASSERT_ALLOW:
        break;
    }
    return NO;
}

/* Whether one of the steps that the request takes raises the counter above N.  Steps do not add up: of two that both match, the
 * one that raises it more counts. */
static enum truth
limit_exceeded(const struct reader *reader, const struct ast_body *body)
{
    const struct ast_decl *decl = find_counter(reader, body->counter);
    struct operand counter = { .shape = SHAPE_NONE };
    enum truth exceeded = NO;

    if (decl == NULL)
        return NO;
    counter.declared = look_up(reader, body->counter->text);
    read_value(reader, &counter);
    for (const struct ast_step *s = decl->steps; s != NULL; s = s->next) {
        struct operand by = { .shape = SHAPE_NUMBER, .known = true, .number = NAIVE_ONE };

        if (!s->up || !do_matches(reader, s->act))
            continue;
        if (s->by != NULL) {
            by.declared = look_up(reader, s->by->text);
            read_value(reader, &by);
        }
        exceeded = either(exceeded, step_exceeds(&counter, read_operand(reader, body->bound, true), &by));
    }
    return exceeded;
}

/* by > 0 and counter + by > bound */
static enum truth
step_exceeds(const struct operand *counter, struct operand bound, const struct operand *by)
{
    enum truth raises = by->shape == SHAPE_NUMBER && by->known ? truth_of(by->number > 0) : MAYBE;
    enum truth above = MAYBE;

    /* 'per minute' says which window is meant, and is that of the counter. */
    if (bound.unit != NULL && bound.unit->kind == AST_RATE)
        bound.unit = NULL;
    if (counter->shape == SHAPE_NUMBER && counter->known && bound.shape == SHAPE_NUMBER && bound.known
        && by->shape == SHAPE_NUMBER && by->known)
        above = truth_of(exact_value(counter, by) + exact_value(by, counter) > exact_value(&bound, counter));
    return both(raises, above);
}

static const struct ast_decl *
find_counter(const struct reader *reader, const struct ast_name *name)
{
    for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
        if (d->kind == AST_DECL_COUNTER && d->names.first != NULL && name != NULL
            && str_equal(d->names.first->text, name->text))
            return d;
    }
    return NULL;
}

/* The subject is one of the subjects, or the caller has one of the roles.  In a GATE no name covers what nobody declared. */
static enum truth
who_holds(const struct reader *reader, const struct ast_who *who, bool gate)
{
    struct declared subject = dimension(AST_SUBJECT), role = dimension(AST_ROLE);
    const struct naive_fact *fact = find_fact(reader, dimension_keys[AST_SUBJECT]);
    enum truth holds = NO;

    if (who == NULL || fact == NULL)
        return MAYBE;
    if (who->anyone)
        return YES;
    for (const struct ast_name *n = who->names.first; n != NULL; n = n->next) {
        bool is_role = find_set(reader, AST_ROLE, n->text) != NULL;

        holds = either(holds, truth_of(name_covers(reader, &subject, n->text, fact->text, gate, 0)));

        /* An absent role must not make a list of subjects unknown. */
        for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
            if (d->kind != AST_DECL_DIMENSION || d->dimension != AST_ROLE)
                continue;
            for (const struct ast_name *m = d->names.first; m != NULL; m = m->next)
                is_role = is_role || str_equal(n->text, m->text) || is_proper_prefix(n->text, m->text);
        }
        if (is_role) {
            struct ast_name one = { .text = n->text };
            struct ast_names names = { &one, &one, 1 };

            holds = either(holds, is_member(reader, &role, &names, gate));
        }
    }
    return holds;
}

static bool
do_matches(const struct reader *reader, const struct ast_do *act)
{
    struct declared action_is = dimension(AST_ACTION), resource_is = dimension(AST_RESOURCE);
    const struct naive_fact *action = find_fact(reader, dimension_keys[AST_ACTION]);
    const struct naive_fact *resource = find_fact(reader, dimension_keys[AST_RESOURCE]);

    if (act == NULL || action == NULL || resource == NULL)
        return false;
    return (act->any_action || any_name_covers(reader, &action_is, &act->actions, action->text, false))
           && (act->any_resource || any_name_covers(reader, &resource_is, &act->resources, resource->text, false));
}

/* ---- expressions -------------------------------------------------------------------------------------------------------- */

static enum truth
expr_truth(const struct reader *reader, const struct ast_expr *expr)
{
    struct operand left;

    if (expr == NULL)
        return MAYBE;
    switch (expr->kind) {
    case AST_NOT:
        return negated(expr_truth(reader, expr->a));
    case AST_AND:
        return both(expr_truth(reader, expr->a), expr_truth(reader, expr->b));
    case AST_OR:
        return either(expr_truth(reader, expr->a), expr_truth(reader, expr->b));
    case AST_COMPARE:
        return compare(reader, expr);
    case AST_IN:
        return is_in(reader, expr);
    case AST_HAS:
        left = read_operand(reader, expr->left, true);
        return left.declared.shape == SHAPE_SET ? is_member(reader, &left.declared, &expr->members, false) : MAYBE;
    case AST_PRESENT:
        if (expr->left == NULL || expr->left->value == NULL)
            return MAYBE;
        return truth_of(find_fact(reader, expr->left->value->text) != NULL);
    case AST_BARE:
        left = read_operand(reader, expr->left, true);
        if (left.declared.what == WHAT_NOTHING && left.shape == SHAPE_NAME)
            return truth_of(str_equal(left.name, STR("true")));
        return left.shape == SHAPE_BOOL && left.known ? truth_of(left.truth) : MAYBE;
    case AST_MATCHES:
        left = read_operand(reader, expr->left, true);
        return left.shape == SHAPE_STRING && left.known ? truth_of(naive_glob_matches(expr->text, left.name)) : MAYBE;
    }
    return MAYBE;
}

static enum truth
compare(const struct reader *reader, const struct ast_expr *expr)
{
    struct operand left, right;
    bool equal;

    read_sides(reader, expr, &left, &right);
    if ((left.shape == SHAPE_NUMBER || left.shape == SHAPE_TIME) && left.shape == right.shape) {
        if (!left.known || !right.known)
            return MAYBE;
        return compare_numbers(expr->op, exact_value(&left, &right), exact_value(&right, &left));
    }

    if (expr->op != AST_EQ && expr->op != AST_NE)
        return MAYBE; /* such a tree does not compile */

    if (left.shape == SHAPE_BOOL || right.shape == SHAPE_BOOL) {
        struct operand *sides[] = { &left, &right };

        for (size_t i = 0; i < 2; i++) {
            if (sides[i]->shape == SHAPE_NAME && sides[i]->declared.what == WHAT_NOTHING) {
                sides[i]->shape = SHAPE_BOOL;
                sides[i]->truth = str_equal(sides[i]->name, STR("true"));
            }
        }
        if (left.shape == SHAPE_BOOL && right.shape == SHAPE_BOOL) {
            if (!left.known || !right.known)
                return MAYBE;
            equal = left.truth == right.truth;
            return truth_of(expr->op == AST_EQ ? equal : !equal);
        }
    }
    if (left.shape == SHAPE_STRING && right.shape == SHAPE_STRING) {
        if (!left.known || !right.known)
            return MAYBE;
        equal = str_equal(left.name, right.name);
        return truth_of(expr->op == AST_EQ ? equal : !equal);
    }
    return compare_names(reader, expr->op, &left, &right);
}

/* What OPERAND is worth, its shift included: a time in nanoseconds; a number in millionths of its unit's smallest one.  A
 * plain number is in the unit of what it is added to or compared with. */
static wide
exact_value(const struct operand *operand, const struct operand *other)
{
    const struct ast_unit *unit = operand->unit != NULL ? operand->unit : other->declared_unit;
    wide factor = 1, shift_factor, value;

    if (unit != NULL && operand->shape == SHAPE_NUMBER)
        (void)naive_read_unit(unit->text, &factor);
    value = operand->number * factor;
    if (operand->shift != NULL) {
        shift_factor = factor;
        if (operand->declared_unit != NULL)
            (void)naive_read_unit(operand->declared_unit->text, &shift_factor);
        if (operand->shift->unit != NULL)
            (void)naive_read_unit(operand->shift->unit->text, &shift_factor);
        value += (operand->minus ? -1 : 1) * in_millionths(operand->shift) * shift_factor;
    }
    return value;
}

static enum truth
compare_numbers(enum ast_op op, wide left, wide right)
{
    switch (op) {
    case AST_EQ:
        return truth_of(left == right);
    case AST_NE:
        return truth_of(left != right);
    case AST_LT:
        return truth_of(left < right);
    case AST_LE:
        return truth_of(left <= right);
    case AST_GT:
        return truth_of(left > right);
    case AST_GE:
        return truth_of(left >= right);
    }
    return MAYBE;
}

/* Two facts are compared exactly; a fact with a constant (or a parameter, which stands for one) by what the constant covers. */
static enum truth
compare_names(const struct reader *reader, enum ast_op op, const struct operand *left, const struct operand *right)
{
    const struct operand *fact = left, *other = right;
    bool equal;

    if (left->declared.what == WHAT_NOTHING || left->declared.what == WHAT_PARAM) {
        fact = right;
        other = left;
    }
    if (fact->shape != SHAPE_NAME || other->shape != SHAPE_NAME)
        return MAYBE;
    if (!fact->known)
        return MAYBE;
    if (other->declared.what != WHAT_NOTHING && other->shape == SHAPE_NAME) {
        if (!other->known)
            return MAYBE;
        equal = other->declared.what == WHAT_PARAM ? name_covers(reader, &fact->declared, other->name, fact->name, false, 0)
                                                   : str_equal(other->name, fact->name);
    } else {
        equal = name_covers(reader, &fact->declared, other->name, fact->name, false, 0);
    }
    return truth_of(op == AST_EQ ? equal : !equal);
}

static enum truth
is_in(const struct reader *reader, const struct ast_expr *expr)
{
    struct operand left = read_operand(reader, expr->left, true);

    if (expr->members.n == 0)
        return NO; /* whatever it is */
    if (left.declared.what == WHAT_NOTHING || !left.known)
        return MAYBE;
    if (left.shape == SHAPE_STRING) {
        for (const struct ast_name *n = expr->members.first; n != NULL; n = n->next) {
            if (str_equal(n->text, left.name))
                return YES;
        }
        return NO;
    }
    if (left.shape != SHAPE_NAME)
        return MAYBE;
    return truth_of(any_name_covers(reader, &left.declared, &expr->members, left.name, false));
}

/* Whether the set attribute SET holds something that NAMES cover: an undeclared member of a closed set may stand for
 * anything. */
static enum truth
is_member(const struct reader *reader, const struct declared *set, const struct ast_names *names, bool exactly)
{
    const struct naive_fact *fact = find_fact(reader, set->key);
    enum truth found = NO;

    if (fact == NULL || (fact->kind != NAIVE_TEXT && fact->kind != NAIVE_LIST))
        return MAYBE;
    for (uint32_t i = 0; i < (fact->kind == NAIVE_TEXT ? 1 : fact->n_members); i++) {
        struct str member = fact->kind == NAIVE_TEXT ? fact->text : fact->members[i];

        if (!is_known_value(reader, set, member))
            found = either(found, MAYBE);
        else
            found = either(found, truth_of(any_name_covers(reader, set, names, member, exactly)));
    }
    return found;
}

/* ---- operands ----------------------------------------------------------------------------------------------------------- */

/* Reads both sides of a comparison.  A name stands for an attribute if there is one of that name, unless it is quoted; but
 * where only a value would do it is a value, and where only an attribute would do it is one. */
static void
read_sides(const struct reader *reader, const struct ast_expr *expr, struct operand *left, struct operand *right)
{
    *left = read_operand(reader, expr->left, false);
    *right = read_operand(reader, expr->right, false);
    if (left->declared.what == WHAT_NOTHING && right->declared.what == WHAT_NOTHING)
        *left = read_operand(reader, expr->left, true);
    if (right->declared.what == WHAT_NOTHING && !takes_text(left, expr->right))
        *right = read_operand(reader, expr->right, true);
    if (left->declared.what == WHAT_NOTHING && right->declared.what != WHAT_NOTHING && !takes_text(right, expr->left))
        *left = read_operand(reader, expr->left, true);

    if (left->declared.what != WHAT_NOTHING && right->declared.what != WHAT_NOTHING && left->shape != right->shape) {
        struct operand *value = left->shape == SHAPE_NAME ? right : left;

        if (left->shape == SHAPE_NAME || right->shape == SHAPE_NAME)
            *value = (struct operand){ .shape = SHAPE_NAME, .known = true, .name = value->declared.key };
    }

    /* A text by itself is what it is compared with. */
    if (left->declared.what == WHAT_NOTHING && left->shape == SHAPE_NAME && right->shape == SHAPE_STRING)
        left->shape = SHAPE_STRING;
    if (right->declared.what == WHAT_NOTHING && right->shape == SHAPE_NAME && left->shape == SHAPE_STRING)
        right->shape = SHAPE_STRING;
}

/* Whether OPERAND is a fact or a parameter that OTHER, in quotes, can be a value of: of names, or of strings if it is one
 * text. */
static bool
takes_text(const struct operand *operand, const struct ast_operand *other)
{
    bool is_text = other != NULL && other->value != NULL && other->value->kind == AST_TEXT;

    return operand->declared.what != WHAT_NOTHING
           && (operand->shape == SHAPE_NAME || (operand->shape == SHAPE_STRING && is_text));
}

static struct operand
read_operand(const struct reader *reader, const struct ast_operand *operand, bool quoted_too)
{
    struct operand out = { .shape = SHAPE_NONE };

    if (operand == NULL || operand->value == NULL)
        return out;
    switch (operand->value->kind) {
    case AST_INT:
    case AST_DECIMAL:
        out.shape = SHAPE_NUMBER;
        out.known = true;
        out.number = in_millionths(operand->value);
        out.unit = operand->value->unit;
        break;
    case AST_TIME:
        out.shape = SHAPE_TIME;
        out.known = true;
        out.number = operand->value->number;
        break;
    case AST_NOW:
        out.declared.what = WHAT_NOW;
        out.shape = SHAPE_TIME;
        out.known = reader->request->has_now;
        out.number = reader->request->now;
        break;
    case AST_NAME:
    case AST_TEXT:
        if (quoted_too || (operand->value->kind == AST_NAME && !operand->value->quoted))
            out.declared = look_up(reader, operand->value->text);
        if (out.declared.what != WHAT_NOTHING) {
            read_value(reader, &out);
        } else {
            out.shape = SHAPE_NAME;
            out.known = true;
            out.name = operand->value->text;
        }
        break;
    case AST_SET:
    case AST_ABSENT:
        break;
    }
    out.shift = operand->shift;
    out.minus = operand->minus;
    return out;
}

/* Fills OPERAND with what the request (or the deployment) gives for OPERAND->declared. */
static void
read_value(const struct reader *reader, struct operand *operand)
{
    const struct naive_fact *fact = find_fact(reader, operand->declared.key);

    operand->shape = operand->declared.shape;
    operand->unit = operand->declared_unit = unit_of(reader, &operand->declared);
    operand->known = false;
    if (operand->declared.what == WHAT_PARAM)
        read_param(reader, operand);
    else if (fact != NULL)
        read_fact(reader, fact, operand);
}

/* The unit that an attribute or a parameter is declared in; that of a counter is that of what raises it. */
static const struct ast_unit *
unit_of(const struct reader *reader, const struct declared *declared)
{
    if (declared->what == WHAT_ATTRIBUTE)
        return declared->decl->type->unit;
    if (declared->what == WHAT_PARAM)
        return declared->param->type->unit;
    for (const struct ast_step *s = declared->what == WHAT_COUNTER ? declared->decl->steps : NULL; s != NULL; s = s->next) {
        struct declared by = { .what = WHAT_NOTHING };

        if (s->up && s->by != NULL)
            by = look_up(reader, s->by->text);
        if (by.what == WHAT_ATTRIBUTE)
            return by.decl->type->unit;
    }
    return NULL;
}

static void
read_fact(const struct reader *reader, const struct naive_fact *fact, struct operand *operand)
{
    int64_t ns = 0;

    switch (operand->shape) {
    case SHAPE_NUMBER:
        operand->known = fact->kind == NAIVE_NUMBER && naive_read_number(fact->text, true, &operand->number);
        if (!is_decimal(&operand->declared))
            operand->known = fact->kind == NAIVE_NUMBER && naive_read_number(fact->text, false, &operand->number);
        break;
    case SHAPE_TIME:
        operand->known = fact->kind == NAIVE_TEXT && naive_read_time(fact->text, false, &ns);
        operand->number = ns;
        break;
    case SHAPE_BOOL:
        operand->known = fact->kind == NAIVE_BOOL;
        operand->truth = fact->truth;
        break;
    case SHAPE_NAME:
        operand->known = fact->kind == NAIVE_TEXT && is_known_value(reader, &operand->declared, fact->text);
        operand->name = fact->text;
        break;
    case SHAPE_STRING:
        operand->known = fact->kind == NAIVE_TEXT;
        operand->name = fact->text;
        break;
    case SHAPE_SET:
    case SHAPE_NONE:
        break;
    }
}

/* The value that the deployment sets, or else the declared one. */
static void
read_param(const struct reader *reader, struct operand *operand)
{
    const struct ast_value *value = operand->declared.param->value;

    operand->known = true;
    if (value != NULL) {
        operand->name = value->text;
        operand->truth = str_equal(value->text, STR("true"));
        operand->number = operand->shape == SHAPE_NUMBER ? in_millionths(value) : (wide)value->number;
        if (value->unit != NULL)
            operand->unit = value->unit;
    }
    for (uint32_t i = 0; i < reader->request->n_params; i++) {
        if (str_equal(reader->request->params[i].name, operand->declared.key)) {
            operand->unit = operand->declared_unit;
            read_setting(reader->request->params[i].value, operand);
        }
    }
}

/* Reads what a deployment writes: numbers in the declared unit. */
static void
read_setting(struct str text, struct operand *operand)
{
    int64_t ns = 0;

    operand->name = text;
    operand->truth = str_equal(text, STR("true"));
    if (operand->shape == SHAPE_NUMBER && !naive_read_number(text, false, &operand->number))
        (void)naive_read_number(text, true, &operand->number);
    if (operand->shape == SHAPE_TIME) {
        (void)naive_read_time(text, true, &ns);
        operand->number = ns;
    }
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

static enum shape
shape_of(const struct ast_type *type)
{
    if (type == NULL)
        return SHAPE_NONE;
    switch (type->kind) {
    case AST_TYPE_BOOL:
        return SHAPE_BOOL;
    case AST_TYPE_INT:
    case AST_TYPE_DECIMAL:
        return SHAPE_NUMBER;
    case AST_TYPE_STRING:
        return SHAPE_STRING;
    case AST_TYPE_TIME:
        return SHAPE_TIME;
    case AST_TYPE_ENUM:
        return SHAPE_NAME;
    case AST_TYPE_SET:
        return SHAPE_SET;
    }
    return SHAPE_NONE;
}

/* Says what KEY was declared as; an attribute before a parameter. */
static struct declared
look_up(const struct reader *reader, struct str key)
{
    struct declared found = { .what = WHAT_NOTHING, .key = key };

    for (size_t i = 0; i < N_ELEMENTS(dimension_keys); i++) {
        if (str_equal(key, dimension_keys[i]))
            return dimension((enum ast_dimension)i);
    }
    for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
        if (d->kind != AST_DECL_ATTRIBUTE && d->kind != AST_DECL_COUNTER)
            continue;
        for (const struct ast_name *n = d->names.first; n != NULL; n = n->next) {
            if (!str_equal(n->text, key))
                continue;
            found.what = d->kind == AST_DECL_COUNTER ? WHAT_COUNTER : WHAT_ATTRIBUTE;
            found.shape = d->kind == AST_DECL_COUNTER ? SHAPE_NUMBER : shape_of(d->type);
            found.decl = d;
            return found;
        }
    }
    for (const struct ast_param *p = reader->ast->params; p != NULL; p = p->next) {
        if (p->name != NULL && str_equal(p->name->text, key)) {
            found.what = WHAT_PARAM;
            found.shape = shape_of(p->type);
            found.param = p;
            return found;
        }
    }
    return found;
}

/* Returns what the request says under KEY, or NULL if it is absent. */
static const struct naive_fact *
find_fact(const struct reader *reader, struct str key)
{
    for (uint32_t i = 0; i < reader->request->n_facts; i++) {
        const struct naive_fact *fact = &reader->request->facts[i];

        if (!str_equal(fact->key, key))
            continue;
        return fact->kind != NAIVE_ABSENT ? fact : NULL;
    }
    return NULL;
}

/* Whether VALUE is one of the names that a dimension or an attribute was declared with; where it is open, every name is
 * known, but empty text is none. */
static bool
is_known_value(const struct reader *reader, const struct declared *declared, struct str value)
{
    if (declared->what == WHAT_ATTRIBUTE) {
        if (declared->decl->type->open)
            return value.n != 0;
        for (const struct ast_name *n = declared->decl->type->names.first; n != NULL; n = n->next) {
            if (str_equal(n->text, value))
                return true;
        }
    }
    if (declared->what == WHAT_DIMENSION) {
        for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
            if (d->kind != AST_DECL_DIMENSION || d->dimension != declared->dimension)
                continue;
            if (d->open)
                return value.n != 0;
            for (const struct ast_name *n = d->names.first; n != NULL; n = n->next) {
                if (str_equal(n->text, value))
                    return true;
            }
        }
    }
    return false;
}

static bool
any_name_covers(const struct reader *reader, const struct declared *declared, const struct ast_names *names, struct str value,
                bool exactly)
{
    for (const struct ast_name *n = names->first; n != NULL; n = n->next) {
        if (name_covers(reader, declared, n->text, value, exactly, 0))
            return true;
    }
    return false;
}

/* Whether NAME, written in the policy, covers VALUE of DECLARED: it is it, it lies above it in the tree of dotted names
 * (unless it has to be it EXACTLY), or it is a set of which a member does.  An undeclared value lies below its longest
 * prefix in the tree, which is to say below every prefix that the policy can write. */
static bool
name_covers(const struct reader *reader, const struct declared *declared, struct str name, struct str value, bool exactly,
            int depth)
{
    const struct ast_decl *set = declared->what == WHAT_DIMENSION ? find_set(reader, declared->dimension, name) : NULL;

    if (set != NULL && depth < MAX_NESTING) {
        for (const struct ast_name *n = set->names.first; n != NULL; n = n->next) {
            if (name_covers(reader, declared, n->text, value, exactly, depth + 1))
                return true;
        }
        return false;
    }
    return str_equal(name, value) || (!exactly && is_proper_prefix(name, value));
}

static const struct ast_decl *
find_set(const struct reader *reader, enum ast_dimension dimension_of, struct str name)
{
    for (const struct ast_decl *d = reader->ast->decls; d != NULL; d = d->next) {
        if (d->kind == AST_DECL_NAMED_SET && d->dimension == dimension_of && d->set != NULL && str_equal(d->set->text, name))
            return d;
    }
    return NULL;
}
