/* SPDX-License-Identifier: MIT
 *
 * Routes and credentials: paths, what they ask of a message, and what that means as a request.  A condition becomes a program for the
 * stack of engine/message.c, operands before what joins them.
 */
#include <config.h>

#include "compile.h"

/* What this pass knows beside the compile. */
struct pass {
    struct compile *c;
    struct symbols *facts; /* source and name to number */
    struct symbols *paths; /* method and path to the first route without a condition */
    bool fine;             /* of the condition that is being made */
};

/* ---- facts -------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *prefix;
    enum fact_source source;
} sources[] = { { "query.", FACT_QUERY }, { "header.", FACT_HEADER }, { "body.", FACT_BODY } };

/* True if NAME is that of a fact; then its source, and what stands behind the first dot. */
static bool
split_fact(struct str name, enum fact_source *source, struct str *rest)
{
    for (size_t i = 0; i < N_ELEMENTS(sources); i++) {
        size_t n = strlen(sources[i].prefix);

        if (name.n > n && memcmp(name.p, sources[i].prefix, n) == 0) {
            *source = sources[i].source;
            *rest = (struct str){ name.p + n, name.n - n };
            return true;
        }
    }
    return false;
}

/* The number of fact NAME, for now in the order in which they are asked for; RCK_NONE, reported, if it is none. */
static uint32_t
fact_of(struct pass *pass, struct str name, bool is_name, struct span at, enum fact_source *source)
{
    struct compile *c = pass->c;
    struct routes *routes = &c->policy->routes;
    struct str rest, key;
    uint32_t found;
    char *bytes;

    if (!is_name || !split_fact(name, source, &rest)) {
        struct diag *d = diag_report(c->diags, CODE_BAD_FACT, at, "'%.*s' is no fact of a message", QUOTE(front_text(c->front, at)));

        diag_help(c->diags, d, "routes ask for query.NAME, header.NAME and body.NAME; what the vocabulary has is for clauses");
        pass->fine = false;
        return RCK_NONE;
    }
    bytes = arena_alloc(c->arena, rest.n + 1);
    bytes[0] = (char)*source;
    for (size_t i = 0; i < rest.n; i++)
        bytes[i + 1] = *source == FACT_HEADER && rest.p[i] >= 'A' && rest.p[i] <= 'Z' ? (char)(rest.p[i] + ('a' - 'A')) : rest.p[i];
    key = (struct str){ bytes, rest.n + 1 };
    found = symbols_find(pass->facts, key);
    if (found != SYMBOL_NONE)
        return found;
    symbols_add(pass->facts, key, routes->facts.n);
    *vec_push(&c->policy->arena, &routes->facts) =
        (struct fact){ *source, arena_copy(&c->policy->arena, (struct str){ bytes + 1, rest.n }) };
    return routes->facts.n - 1;
}

static int
compare_facts(const struct fact *a, const struct fact *b)
{
    return a->source != b->source ? (a->source > b->source) - (a->source < b->source) : str_compare(a->name, b->name);
}

/* Sorts the facts, and renumbers what asks for them.  There are few, and each has been asked for. */
static void
sort_facts(struct pass *pass)
{
    struct routes *routes = &pass->c->policy->routes;
    uint32_t n = routes->facts.n;
    uint32_t *order = arena_array(pass->c->arena, (size_t)n + 1, sizeof *order);
    uint32_t *numbers = arena_array(pass->c->arena, (size_t)n + 1, sizeof *numbers);
    struct fact *sorted = arena_array(&pass->c->policy->arena, (size_t)n + 1, sizeof *sorted);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t lo = 0, hi = i;

        while (lo < hi) {
            uint32_t mid = lo + (hi - lo) / 2;

            if (compare_facts(&routes->facts.items[order[mid]], &routes->facts.items[i]) < 0)
                lo = mid + 1;
            else
                hi = mid;
        }
        memmove(order + lo + 1, order + lo, (i - lo) * sizeof *order);
        order[lo] = i;
    }
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = routes->facts.items[order[i]];
        numbers[order[i]] = i;
    }
    routes->facts.items = sorted;
    routes->facts.room = n + 1;
    for (uint32_t i = 0; i < routes->tests.n; i++)
        if (test_pushes(routes->tests.items[i].kind))
            routes->tests.items[i].fact = numbers[routes->tests.items[i].fact];
    for (uint32_t i = 0; i < routes->withs.n; i++)
        routes->withs.items[i].fact = numbers[routes->withs.items[i].fact];
}

/* ---- conditions ---------------------------------------------------------------------------------------------------------- */

static void
emit(struct pass *pass, struct test test)
{
    *vec_push(&pass->c->policy->arena, &pass->c->policy->routes.tests) = test;
}

static void
emit_kind(struct pass *pass, enum test_kind kind)
{
    emit(pass, (struct test){ .kind = kind });
}

static void
wrong(struct pass *pass, struct span at, const char *message, const char *help)
{
    struct diag *d = diag_report(pass->c->diags, CODE_BAD_FACT, at, "%s", message);

    diag_help(pass->c->diags, d, "%s", help);
    pass->fine = false;
}

static uint32_t
operand_fact(struct pass *pass, const struct ast_operand *operand, enum fact_source *source)
{
    const struct ast_value *value = operand->value;

    if (operand->shift != NULL) {
        wrong(pass, operand->at, "a fact of a message is compared as it is", "leave the sum out, and compare with the number that you mean");
        return RCK_NONE;
    }
    return fact_of(pass, value->text, value->kind == AST_NAME, value->at, source);
}

static bool
is_fact(const struct ast_operand *operand)
{
    enum fact_source source;
    struct str rest;

    return operand->value->kind == AST_NAME && split_fact(operand->value->text, &source, &rest);
}

/* FACT compared with VALUE: equal, below, above. */
static void
compare_constant(struct pass *pass, enum test_kind kind, uint32_t fact, enum fact_source source, const struct ast_operand *constant)
{
    const struct ast_value *value = constant->value;
    bool is_bool = value->kind == AST_NAME && (str_equal(value->text, STR("true")) || str_equal(value->text, STR("false")));
    bool is_number = value->kind == AST_INT || value->kind == AST_DECIMAL;

    if (constant->shift != NULL || value->unit != NULL) {
        wrong(pass, constant->at, "a fact of a message is compared with a plain constant", "write one number, without a unit");
    } else if (value->kind == AST_TEXT && kind == TEST_EQUAL) {
        emit(pass, (struct test){ .kind = TEST_TEXT, .fact = fact, .text = arena_copy(&pass->c->policy->arena, value->text) });
    } else if (value->kind == AST_TEXT) {
        wrong(pass, constant->at, "texts have no order", "compare with '==', 'in' or 'matches'");
    } else if (is_bool && kind != TEST_EQUAL) {
        wrong(pass, constant->at, "true and false have no order", "compare with '=='");
    } else if ((is_bool || is_number) && source != FACT_BODY) {
        wrong(pass, constant->at, "a header or a key of the query is a text", "put the constant in quotes");
    } else if (is_number) {
        emit(pass, (struct test){ .kind = kind,
                                  .fact = fact,
                                  .number = value->kind == AST_INT ? (wide)value->number * 1000000 : value->number });
    } else if (is_bool) {
        emit(pass, (struct test){ .kind = TEST_TRUE, .fact = fact });
        if (value->text.p[0] == 'f')
            emit_kind(pass, TEST_NOT);
    } else if (value->kind == AST_NAME) {
        wrong(pass, constant->at, "a fact of a message is compared with a constant", "put a text in quotes");
    } else {
        wrong(pass, constant->at, "a fact of a message is compared with a text, a number, true or false",
              "write a time or a date as the text that the message has");
    }
}

static void
compare(struct pass *pass, const struct ast_expr *expr)
{
    static const enum ast_op turned[] = { [AST_EQ] = AST_EQ, [AST_NE] = AST_NE, [AST_LT] = AST_GT,
                                          [AST_LE] = AST_GE, [AST_GT] = AST_LT, [AST_GE] = AST_LE };
    const struct ast_operand *left = expr->left, *right = expr->right;
    enum ast_op op = expr->op;
    enum fact_source source = FACT_QUERY;
    uint32_t fact;

    if (!is_fact(left) && is_fact(right)) {
        left = expr->right;
        right = expr->left;
        op = turned[op];
    }
    fact = operand_fact(pass, left, &source);
    if (fact == RCK_NONE)
        return;
    compare_constant(pass,
                     op == AST_LT || op == AST_GE   ? TEST_BELOW
                     : op == AST_GT || op == AST_LE ? TEST_ABOVE
                                                    : TEST_EQUAL,
                     fact, source, right);
    if (op == AST_NE || op == AST_GE || op == AST_LE)
        emit_kind(pass, TEST_NOT);
}

/* What asks a message for something. */
static void
leaf(struct pass *pass, const struct ast_expr *expr)
{
    enum fact_source source = FACT_QUERY;
    uint32_t fact, pattern, n = 0;

    if (expr->kind == AST_COMPARE) {
        compare(pass, expr);
        return;
    }
    fact = operand_fact(pass, expr->left, &source);
    if (fact == RCK_NONE)
        return;
    switch (expr->kind) {
    case AST_PRESENT:
        emit(pass, (struct test){ .kind = TEST_PRESENT, .fact = fact });
        return;
    case AST_BARE:
        if (source != FACT_BODY)
            wrong(pass, expr->at, "a header or a key of the query is a text, and by itself neither true nor false",
                  "ask whether it 'is present', or compare it");
        emit(pass, (struct test){ .kind = TEST_TRUE, .fact = fact });
        return;
    case AST_MATCHES:
        if (!expr_pattern(pass->c, expr, &pattern)) {
            pass->fine = false;
            return;
        }
        emit(pass, (struct test){ .kind = TEST_MATCHES, .fact = fact, .text = pass->c->policy->patterns.items[pattern].text, .pattern = pattern });
        return;
    case AST_IN:
        for (const struct ast_name *member = expr->members.first; member != NULL; member = member->next) {
            if (!member->is_text)
                wrong(pass, member->at, "a fact of a message is compared with a constant", "put a text in quotes");
            emit(pass, (struct test){ .kind = TEST_TEXT, .fact = fact, .text = arena_copy(&pass->c->policy->arena, member->text) });
            if (n++ != 0)
                emit_kind(pass, TEST_OR);
        }
        if (n == 0)
            wrong(pass, expr->at, "nothing is in an empty list", "write the texts that are meant");
        return;
    case AST_HAS:
        wrong(pass, expr->at, "a message has no sets", "compare with '==', 'in' or 'matches'");
        return;
    case AST_NOT: case AST_AND: case AST_OR: case AST_COMPARE: /* unreached: they do not come here */
        break;
    }
}

/* Depth: nesting of the policy. */
static void
emit_expr(struct pass *pass, const struct ast_expr *expr)
{
    if (expr->kind != AST_NOT && expr->kind != AST_AND && expr->kind != AST_OR) {
        leaf(pass, expr);
        return;
    }
    emit_expr(pass, expr->a);
    if (expr->kind != AST_NOT)
        emit_expr(pass, expr->b);
    emit_kind(pass, expr->kind == AST_NOT ? TEST_NOT : expr->kind == AST_AND ? TEST_AND : TEST_OR);
}

/* Makes the program of WHEN, which may be NULL; false if it was wrong, which has been reported. */
static bool
condition_of(struct pass *pass, const struct ast_expr *when, struct condition *out)
{
    struct routes *routes = &pass->c->policy->routes;

    out->first = routes->tests.n;
    pass->fine = true;
    if (when != NULL)
        emit_expr(pass, when);
    out->n = routes->tests.n - out->first;
    return pass->fine && ALWAYS(routes_check_condition(routes, *out)); /* the limit 'nesting' bounds its stack */
}

/* ---- targets ------------------------------------------------------------------------------------------------------------- */

/* The name of dimension SLOT that a request can have; RCK_NONE, reported, if it is none. */
static uint32_t
exact_name(struct pass *pass, uint32_t slot, const struct ast_name *name)
{
    struct compile *c = pass->c;
    uint32_t found = policy_find_name(c->policy, slot, name->text);
    struct diag *d;

    if (found != SYMBOL_NONE)
        return found;
    if (names_find(c, slot, name->text) == SET_EMPTY) {
        names_report_unknown(c, slot, name);
        return RCK_NONE;
    }
    d = diag_report(c->diags, CODE_BAD_ROUTE, name->at, "'%.*s' stands for several names, and a message asks for one thing", QUOTE(name->text));
    diag_help(c->diags, d, "write the one that is meant, and declare it in the vocabulary if it is not there");
    return RCK_NONE;
}

static bool
add_with(struct pass *pass, const struct ast_with *with, struct route *route)
{
    struct compile *c = pass->c;
    struct routes *routes = &c->policy->routes;
    uint32_t slot = symbols_find(c->slots, with->attribute->text);
    enum fact_source source;
    struct diag *d;
    uint32_t fact;

    if (slot == SYMBOL_NONE) {
        struct suggestion suggestion;

        if (front_has_lost(c->front, with->attribute->text))
            return false;
        d = diag_report(c->diags, CODE_UNKNOWN_ATTRIBUTE, with->attribute->at, "unknown attribute '%.*s'", QUOTE(with->attribute->text));
        suggest_begin(&suggestion, with->attribute->text);
        for (uint32_t s = N_DIMENSIONS; s < c->policy->slots.n; s++)
            suggest_try(&suggestion, c->policy->slots.items[s].name);
        if (suggest_found(&suggestion).n != 0)
            diag_help(c->diags, d, "did you mean '%.*s'?", WHOLE(suggest_found(&suggestion)));
        else
            diag_help(c->diags, d, "declare it in the vocabulary");
        return false;
    }
    if (slot < N_DIMENSIONS || c->policy->slots.items[slot].counter || c->policy->slots.items[slot].type == RCK_TYPE_SET) {
        d = diag_report(c->diags, CODE_BAD_ROUTE, with->attribute->at, "'%.*s' cannot be set from a message", QUOTE(with->attribute->text));
        diag_help(c->diags, d, "a route sets attributes that hold one value; counters and roles are known to the server alone");
        return false;
    }
    for (uint32_t i = route->first_with; i < routes->withs.n; i++)
        if (routes->withs.items[i].slot == slot) {
            d = diag_report(c->diags, CODE_BAD_ROUTE, with->attribute->at, "'%.*s' is set twice", QUOTE(with->attribute->text));
            diag_help(c->diags, d, "remove one of the two");
            return false;
        }
    pass->fine = true;
    fact = fact_of(pass, with->fact->text, !with->fact->is_text, with->fact->at, &source);
    if (fact == RCK_NONE)
        return false;
    *vec_push(&c->policy->arena, &routes->withs) = (struct route_with){ slot, fact };
    route->n_withs++;
    return true;
}

/* ---- paths and methods ---------------------------------------------------------------------------------------------------- */

static bool
check_path(struct pass *pass, const struct ast_route *decl)
{
    static const struct {
        const char *message, *help;
    } faults[] = {
        [PATH_NO_SLASH] = { "the path does not begin with '/'", "write the path alone, without scheme and host" },
        [PATH_EMPTY] = { "a segment of the path is empty", "write one '/' between segments, and none at the end" },
        [PATH_STAR] = { "a '*' stands for a whole segment", "write '*' alone between two '/'" },
        [PATH_REST] = { "'**' stands before the end of the path", "'**' is all that follows: write '*' for one segment" },
        [PATH_BRACES] = { "this would be a segment with just this name", "write '*' for any segment" },
        [PATH_DOTS] = { "'.' and '..' are no segments: such requests are refused", "write the path that they lead to" },
        [PATH_BYTES] = { "this stands in no path that is decided",
                         "write a segment as it reads when it is decoded; what follows a '?' is asked by 'when query.NAME ...'" },
        [PATH_LONG] = { "the path has more than 256 segments", "write '**' for what follows" },
    };
    struct compile *c = pass->c;
    size_t at = 0, n = 0;
    enum path_fault fault = path_check(decl->path, &at, &n);
    struct span place = decl->path_at;
    struct diag *d;

    if (fault == PATH_FINE)
        return true;
    /* Without escapes the text stands in the source as it is. */
    if (n != 0 && decl->path.n + 2 == place.end - place.begin)
        place = (struct span){ place.begin + 1 + (uint32_t)at, place.begin + 1 + (uint32_t)(at + n) };
    d = diag_report(c->diags, CODE_BAD_ROUTE, place, "%s", faults[fault].message);
    diag_help(c->diags, d, "%s", faults[fault].help);
    return false;
}

static bool
check_method(struct pass *pass, const struct ast_name *method)
{
    struct compile *c = pass->c;
    bool fine = method->text.n != 0;
    struct diag *d;

    for (size_t i = 0; i < method->text.n; i++)
        fine = fine && ((method->text.p[i] >= 'A' && method->text.p[i] <= 'Z') || method->text.p[i] == '-' || method->text.p[i] == '_');
    if (fine)
        return true;
    d = diag_report(c->diags, CODE_BAD_ROUTE, method->at, "'%.*s' is no method of HTTP", QUOTE(method->text));
    diag_help(c->diags, d, "methods are written in capitals: GET, POST, PUT, PATCH, DELETE");
    return false;
}

/* Reports a second route that is as specific as one before it, where neither has a condition. */
static bool
check_twin(struct pass *pass, const struct ast_route *decl, const struct ast_name *method, const struct ast_route *const *decls)
{
    struct compile *c = pass->c;
    struct str key;
    struct diag *d;
    uint32_t before, idx = c->policy->routes.routes.n;

    if (decl->when != NULL)
        return true;
    key = arena_format(c->arena, "%.*s %.*s", WHOLE(method->text), WHOLE(decl->path));
    before = symbols_add(pass->paths, key, idx);
    if (before == idx)
        return true;
    d = diag_report(c->diags, CODE_SAME_ROUTE, decl->path_at, "two routes are for %.*s '%.*s', and neither has a condition",
                    QUOTE(method->text), QUOTE(decl->path));
    diag_second(c->diags, d, decls[before]->path_at, "the other one");
    diag_help(c->diags, d, "remove one, or say by 'when' which messages it is for");
    return false;
}

static void
add_route(struct pass *pass, const struct ast_route *decl, const struct ast_route **decls)
{
    struct compile *c = pass->c;
    struct rck_policy *policy = c->policy;
    struct routes *routes = &policy->routes;
    struct route route = { .action = exact_name(pass, SLOT_ACTION, decl->action), .first_with = routes->withs.n };
    bool fine = check_path(pass, decl);

    route.resource = exact_name(pass, SLOT_RESOURCE, decl->resource);
    fine = condition_of(pass, decl->when, &route.condition) && fine && route.action != RCK_NONE && route.resource != RCK_NONE;
    for (const struct ast_with *with = decl->withs; with != NULL; with = with->next)
        fine = add_with(pass, with, &route) && fine;
    route.path = arena_copy(&policy->arena, decl->path);
    if (decl->when != NULL)
        route.when = compile_text(c, decl->when->at);
    if (decl->withs != NULL)
        route.with = compile_text(c, decl->withs_at);
    for (const struct ast_name *method = decl->methods.first; method != NULL; method = method->next) {
        struct position at = compile_position(c, method->at);

        if (!check_method(pass, method) || !fine || !check_twin(pass, decl, method, decls))
            continue;
        decls[routes->routes.n] = decl;
        route.method = arena_copy(&policy->arena, method->text);
        route.at = (struct route_position){ at.file, at.line, at.column };
        *vec_push(&policy->arena, &routes->routes) = route;
    }
}

static void
add_credential(struct pass *pass, const struct ast_credential *decl)
{
    struct compile *c = pass->c;
    struct routes *routes = &c->policy->routes;
    struct position at = compile_position(c, decl->at);
    struct credential credential = {
        .subject = exact_name(pass, SLOT_SUBJECT, decl->subject),
        .when = compile_text(c, decl->when->at),
        .at = { at.file, at.line, at.column },
    };

    if (condition_of(pass, decl->when, &credential.condition) && credential.subject != RCK_NONE)
        *vec_push(&c->policy->arena, &routes->credentials) = credential;
}

void
pass_routes(struct compile *c)
{
    struct pass pass = { .c = c };
    const struct ast_route **decls;
    size_t n = 0;

    if (c->front->ast->routes == NULL && c->front->ast->credentials == NULL)
        return;
    pass.facts = symbols_new(c->arena, c->settings->hash_seed);
    pass.paths = symbols_new(c->arena, c->settings->hash_seed);
    for (const struct ast_route *route = c->front->ast->routes; route != NULL; route = route->next)
        n += route->methods.n;
    decls = arena_array(c->arena, n + 1, sizeof *decls);
    for (const struct ast_credential *credential = c->front->ast->credentials; credential != NULL; credential = credential->next)
        add_credential(&pass, credential);
    for (const struct ast_route *route = c->front->ast->routes; route != NULL; route = route->next)
        add_route(&pass, route, decls);
    sort_facts(&pass);
}
