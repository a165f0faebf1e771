/* SPDX-License-Identifier: MIT
 *
 * Constructors of the tree: they allocate, copy, and check nothing but limits and what is plain from one node.  What the names
 * mean is looked up later, in names.c and clauses.c.
 */
#include <config.h>

#include "front.h"
#include "units.h"

#include "../engine/number.h"
#include "../engine/times.h"

/* Turns a list that was built backwards round. */
#define REVERSE(type, list)                                                                                                    \
    do {                                                                                                                       \
        type *reversed_ = NULL;                                                                                                \
        while ((list) != NULL) {                                                                                               \
            type *rest_ = (list)->next;                                                                                        \
            (list)->next = reversed_;                                                                                          \
            reversed_ = (list);                                                                                                \
            (list) = rest_;                                                                                                    \
        }                                                                                                                      \
        (list) = reversed_;                                                                                                    \
    } while (0)

/* Removes the quotes of the quoted parts of a name. */
static struct str
unquote_parts(struct front *front, struct span at, struct str text)
{
    char *out = arena_alloc(front->arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        bool quoted = text.p[i] == '"';

        for (i += quoted; i < text.n && text.p[i] != (quoted ? '"' : '.'); i++)
            i += quoted && text.p[i] == '\\' && i + 1 < text.n;
        i += quoted && i < text.n; /* a text that is not closed has no quote at its end */

        struct str part = { text.p + from, i - from };

        if (quoted) {
            part = front_unquote(front, (struct span){ at.begin + (uint32_t)from, at.begin + (uint32_t)i });
            if (part.n == 0 || memchr(part.p, '.', part.n) != NULL) {
                struct diag *d = diag_report(front->diags, CODE_BAD_NAME, at,
                                             part.n == 0 ? "a part of a name is empty" : "a quoted part of a name holds a dot");
                diag_help(front->diags, d, "quote the parts one by one and join them with dots");
            }
        }
        memcpy(out + n, part.p, part.n);
        n += part.n;
        if (i < text.n)
            out[n++] = text.p[i++]; /* the dot */
    }
    return (struct str){ out, n };
}

/* The text of a name at AT, which is QUOTED in some part or not; checks its length. */
static struct str
name_text(struct front *front, struct span at, bool quoted)
{
    struct str text = front_text(front, at);

    if (quoted)
        text = unquote_parts(front, at, text);
    if (text.n > front->settings->limits[LIMIT_NAME_BYTES]) {
        diag_limit(front->diags, LIMIT_NAME_BYTES, at, "the name");
        text.n = (size_t)front->settings->limits[LIMIT_NAME_BYTES];
    }
    return text;
}

struct ast_name *
ast_new_name(struct front *front, bool quoted, struct span at)
{
    struct ast_name *name = arena_alloc(front->arena, sizeof *name);

    name->at = at;
    name->quoted = quoted;
    name->text = name_text(front, at, quoted);
    return name;
}

struct ast_name *
ast_new_text_name(struct front *front, struct span at)
{
    struct ast_name *name = arena_alloc(front->arena, sizeof *name);

    *name = (struct ast_name){ .at = at, .text = front_unquote(front, at), .quoted = true, .is_text = true };
    return name;
}

struct ast_value *
ast_new_value(struct front *front, enum ast_value_kind kind, struct span at)
{
    struct ast_value *value = arena_alloc(front->arena, sizeof *value);

    value->kind = kind;
    value->at = at;
    if (kind == AST_TEXT)
        value->text = front_unquote(front, at);
    front->asks_now = front->asks_now || kind == AST_NOW;
    if (kind == AST_NAME)
        value->text = name_text(front, at, false);
    return value;
}

struct ast_value *
ast_new_name_value(struct front *front, struct ast_name *name)
{
    struct ast_value *value = arena_alloc(front->arena, sizeof *value);

    *value = (struct ast_value){ .kind = AST_NAME, .at = name->at, .text = name->text, .quoted = name->quoted };
    return value;
}

static struct ast_value *
new_constant(struct front *front, enum ast_value_kind kind, int64_t number, struct span at)
{
    struct ast_value *value = arena_alloc(front->arena, sizeof *value);

    *value = (struct ast_value){ .kind = kind, .at = at, .number = number };
    return value;
}

struct ast_value *
ast_new_number(struct front *front, struct span at)
{
    struct str text = front_text(front, at), word;
    size_t n = 0, per = 0;
    int64_t number = 0;
    enum number_fault fault;
    struct ast_value *value;
    struct diag *d;
    bool decimal;

    while (n < text.n && text.p[n] != ' ' && text.p[n] != '\t')
        n++;
    decimal = memchr(text.p, '.', n) != NULL;
    fault = decimal ? number_read_decimal((struct str){ text.p, n }, &number) : number_read_int((struct str){ text.p, n }, &number);
    if (fault == NUMBER_TOO_PRECISE) {
        d = diag_report(front->diags, CODE_NUMBER_RANGE, at, "'%.*s' has more than six places", QUOTE(text));
        diag_help(front->diags, d, "decimals are exact to six places and never rounded");
    } else if (fault != NUMBER_FINE && decimal) {
        d = diag_report(front->diags, CODE_NUMBER_RANGE, at, "'%.*s' is out of the range of decimals", QUOTE(text));
        diag_help(front->diags, d, "use a number from -9223372036854.775808 to 9223372036854.775807");
    } else if (fault != NUMBER_FINE) {
        d = diag_report(front->diags, CODE_NUMBER_RANGE, at, "'%.*s' does not fit into 64 bits", QUOTE(text));
        diag_help(front->diags, d, "use a number from -9223372036854775808 to 9223372036854775807");
    }
    value = new_constant(front, decimal ? AST_DECIMAL : AST_INT, fault == NUMBER_FINE ? number : 0, at);
    if (n == text.n)
        return value;
    /* The scanner has seen that a unit follows. */
    while (text.p[n] == ' ' || text.p[n] == '\t')
        n++;
    word = (struct str){ text.p + n, text.n - n };
    if (word.n > 3 && (word.p[3] == ' ' || word.p[3] == '\t'))
        for (per = 3; word.p[per] == ' ' || word.p[per] == '\t'; per++)
            ;
    value->unit = ast_new_unit(front, (struct span){ at.begin + (uint32_t)(n + per), at.end }, per != 0,
                               (struct span){ at.begin + (uint32_t)n, at.end });
    return value;
}

static void
report_time(struct front *front, struct span at, enum time_fault fault)
{
    struct str text = front_text(front, at);
    struct diag *d = diag_report(front->diags, CODE_BAD_TIME, at, "'%.*s' %s", QUOTE(text), time_fault_text(fault));

    diag_help(front->diags, d, "write a date, 2026-03-25, or a time with its offset, 2026-03-25T12:00:00Z");
}

struct ast_value *
ast_new_date(struct front *front, struct span at)
{
    int64_t ns = 0;
    enum time_fault fault = time_read_date(front_text(front, at), &ns);

    if (fault != TIME_FINE)
        report_time(front, at, fault);
    return new_constant(front, AST_TIME, ns, at);
}

struct ast_value *
ast_new_time(struct front *front, struct span at)
{
    int64_t ns = 0;
    enum time_fault fault = time_read(front_text(front, at), &ns);

    if (fault != TIME_FINE)
        report_time(front, at, fault);
    return new_constant(front, AST_TIME, ns, at);
}

struct ast_unit *
ast_new_unit(struct front *front, struct span word, bool per, struct span at)
{
    struct ast_unit *unit = arena_alloc(front->arena, sizeof *unit);
    const char *help;

    if (!unit_find(front_text(front, word), per, unit, &help)) {
        struct diag *d = diag_report(front->diags, CODE_UNKNOWN_UNIT, word, "unknown unit '%.*s'", QUOTE(front_text(front, word)));

        diag_help(front->diags, d, "%s", help);
        unit->text = front_text(front, word);
        unit->wrong = true;
    }
    unit->at = at;
    return unit;
}

struct ast_value *
ast_new_set_value(struct front *front, struct ast_names members, struct span at)
{
    struct ast_value *value = arena_alloc(front->arena, sizeof *value);

    *value = (struct ast_value){ .kind = AST_SET, .at = at, .members = members };
    return value;
}

struct ast_operand *
ast_new_operand(struct front *front, struct ast_value *value, struct ast_value *shift, bool minus, struct span at)
{
    struct ast_operand *operand = arena_alloc(front->arena, sizeof *operand);

    *operand = (struct ast_operand){ .value = value, .shift = shift, .minus = minus, .at = at };
    return operand;
}

void
ast_touching_sign(struct front *front, const struct ast_value *before, struct span number)
{
    struct str text = front_text(front, number);
    struct diag *d = diag_report(front->diags, CODE_TOUCHING_SIGN, number, "expected an operator before '%.*s'",
                                 QUOTE(text));

    if (before->kind == AST_TIME)
        diag_help(front->diags, d, "a time is written without blanks, and with its offset: 2026-03-25T12:00:00Z");
    else if (text.p[0] == '-' || text.p[0] == '+')
        diag_help(front->diags, d, "a sign belongs to the number that it touches: write 'a - 5' with a blank on both sides");
    else
        diag_help(front->diags, d, "compare with it, or write '+' or '-' between the two");
}

static uint32_t
depth_of(const struct ast_expr *expr)
{
    return expr != NULL ? expr->depth : 0;
}

/* An expression that asks LEFT, and has no parts. */
static struct ast_expr *
new_leaf(struct front *front, enum ast_expr_kind kind, struct ast_operand *left, struct span at)
{
    struct ast_expr *made = arena_alloc(front->arena, sizeof *made);

    made->kind = kind;
    made->left = left;
    return ast_deepen(front, made, at);
}

struct ast_expr *
ast_deepen(struct front *front, struct ast_expr *expr, struct span at)
{
    expr->at = at;
    if (++expr->depth > front->settings->limits[LIMIT_NESTING]) {
        diag_limit(front->diags, LIMIT_NESTING, at, "the expression");
        front->gave_up = true;
        expr->a = expr->b = NULL; /* no walk goes deeper than the limit */
        expr->kind = AST_BARE;
        expr->depth = 1;
        expr->left = arena_alloc(front->arena, sizeof *expr->left);
        expr->left->value = new_constant(front, AST_INT, 0, at);
    }
    return expr;
}

struct ast_expr *
ast_new_expr(struct front *front, enum ast_expr_kind kind, struct ast_expr *a, struct ast_expr *b, struct span at)
{
    struct ast_expr *made = arena_alloc(front->arena, sizeof *made);

    made->kind = kind;
    made->a = a;
    made->b = b;
    made->depth = depth_of(a) > depth_of(b) ? depth_of(a) : depth_of(b);
    return ast_deepen(front, made, at);
}

void
ast_check_header(struct front *front, const struct ast_name *result)
{
    struct diag *d;

    if (str_equal(result->text, STR("result")))
        return;
    d = diag_report(front->diags, CODE_EXPECTED, result->at, "expected 'result' after '->', found '%.*s'", QUOTE(result->text));
    diag_help(front->diags, d, "did you mean 'result'?");
}

struct ast_expr *
ast_new_compare(struct front *front, struct ast_operand *left, enum ast_op op, struct ast_operand *right, struct span at)
{
    struct ast_expr *made = new_leaf(front, AST_COMPARE, left, at);

    made->op = op;
    made->right = right;
    return made;
}

struct ast_expr *
ast_new_test(struct front *front, enum ast_expr_kind kind, struct ast_operand *left, struct ast_names members, struct span at)
{
    struct ast_expr *made = new_leaf(front, kind, left, at);

    made->members = members;
    return made;
}

struct ast_expr *
ast_new_match(struct front *front, struct ast_operand *left, struct span text, struct span at)
{
    struct ast_expr *made = new_leaf(front, AST_MATCHES, left, at);

    made->text = front_unquote(front, text);
    made->text_at = text;
    return made;
}

struct ast_do *
ast_new_do(struct front *front, const struct ast_names *actions, const struct ast_names *resources, struct span at)
{
    struct ast_do *act = arena_alloc(front->arena, sizeof *act);

    act->at = at;
    act->any_action = actions == NULL;
    act->any_resource = resources == NULL;
    if (actions != NULL)
        act->actions = *actions;
    if (resources != NULL)
        act->resources = *resources;
    return act;
}

struct ast_who *
ast_new_who(struct front *front, const struct ast_names *names, struct span at)
{
    struct ast_who *who = arena_alloc(front->arena, sizeof *who);

    who->at = at;
    who->anyone = names == NULL;
    if (names != NULL)
        who->names = *names;
    return who;
}

struct ast_body *
ast_new_body(struct front *front, enum ast_body_kind kind, struct span at)
{
    struct ast_body *body = arena_alloc(front->arena, sizeof *body);

    *body = (struct ast_body){ .kind = kind, .at = at };
    return body;
}

struct ast_tail *
ast_new_tail(struct front *front, enum ast_tail_kind kind, struct span at)
{
    struct ast_tail *tail = arena_alloc(front->arena, sizeof *tail);

    *tail = (struct ast_tail){ .kind = kind, .at = at };
    return tail;
}

struct ast_type *
ast_new_type(struct front *front, enum ast_type_kind kind, struct span at)
{
    struct ast_type *type = arena_alloc(front->arena, sizeof *type);

    *type = (struct ast_type){ .kind = kind, .at = at };
    return type;
}

struct ast_decl *
ast_new_decl(struct front *front, enum ast_decl_kind kind, struct ast_names names, struct span at)
{
    struct ast_decl *decl = arena_alloc(front->arena, sizeof *decl);

    *decl = (struct ast_decl){ .kind = kind, .names = names, .at = at };
    return decl;
}

struct ast_names
ast_names_one(struct ast_name *name)
{
    return (struct ast_names){ name, name, 1 };
}

struct ast_names *
ast_new_names(struct front *front, struct ast_name *name)
{
    struct ast_names *names = arena_alloc(front->arena, sizeof *names);

    *names = ast_names_one(name);
    return names;
}

void
ast_names_add(struct ast_names *names, struct ast_name *name)
{
    if (names->n == 0)
        names->first = name;
    else
        names->last->next = name;
    names->last = name;
    names->n++;
}

struct str *
ast_new_str(struct front *front, struct str s)
{
    struct str *made = arena_alloc(front->arena, sizeof *made);

    *made = s;
    return made;
}

struct ast_piece *
ast_new_piece(struct front *front, enum ast_piece_kind kind, struct ast_name *by)
{
    struct ast_piece *piece = arena_alloc(front->arena, sizeof *piece);

    *piece = (struct ast_piece){ .kind = kind, .by = by };
    return piece;
}

struct ast_step *
ast_steps_add(struct front *front, struct ast_step *steps, const struct ast_piece *piece)
{
    struct ast_step *step = steps != NULL ? steps->last : NULL;

    if (piece->kind != PIECE_MORE || step == NULL) {
        struct ast_step *made = arena_alloc(front->arena, sizeof *made);

        made->act = ast_new_do(front, piece->use ? NULL : &(struct ast_names){ 0 }, piece->anything ? NULL : &(struct ast_names){ 0 },
                               piece->at);
        made->at = piece->at;
        made->up = piece->kind != PIECE_DOWN;
        made->by = piece->by;
        if (piece->kind == PIECE_MORE) {
            struct diag *d = diag_report(front->diags, CODE_EXPECTED, piece->at, "expected 'up on' or 'down on', found '%.*s'",
                                         QUOTE(front_text(front, piece->at)));
            diag_help(front->diags, d, "write for example 'up on create tokens.management, down on delete tokens.management'");
            front_lose(front, piece->at);
        }
        if (step != NULL)
            step->next = made;
        else
            steps = made;
        steps->last = step = made;
        if (++steps->n > front->settings->limits[LIMIT_COUNTER_STEPS]) {
            diag_limit(front->diags, LIMIT_COUNTER_STEPS, piece->at, "the counter");
            front->gave_up = true;
        }
    } else {
        /* Names before the change-over are actions, after it resources. */
        bool over = step->act->any_resource || step->act->resources.n != 0;

        if (over && (step->act->any_resource || piece->second != NULL || piece->anything)) {
            struct diag *d = diag_report(front->diags, CODE_EXPECTED, piece->at, "expected 'up on'%s, found '%.*s'",
                                         step->act->any_resource ? " or 'down on'" : ", 'down on' or one more resource",
                                         QUOTE(front_text(front, piece->at)));
            diag_help(front->diags, d, "name all actions before the resources, or begin a step: 'up on create, copy tokens, up on update stack'");
            return steps;
        }
        step->at.end = step->act->at.end = piece->at.end;
        if (over) {
            ast_names_add(&step->act->resources, piece->first);
            return steps;
        }
        step->act->any_resource = piece->anything;
    }
    if (piece->first != NULL)
        ast_names_add(&step->act->actions, piece->first);
    if (piece->second != NULL)
        ast_names_add(&step->act->resources, piece->second);
    return steps;
}

/* Reports a statement of which a policy has one. */
static void
stated_twice(struct front *front, const char *what, struct span first, struct span second)
{
    struct diag *d = diag_report(front->diags, CODE_STATED_TWICE, second, "'%s' is stated twice", what);

    diag_second(front->diags, d, first, "first stated here");
    diag_help(front->diags, d, "remove one of the two");
}

void
ast_set_policy(struct front *front, struct ast_name *name, struct span at)
{
    if (front->head->name != NULL)
        stated_twice(front, "policy", front->head->name->at, at);
    else
        front->head->name = name;
}

void
ast_set_source(struct front *front, struct str url, const struct str *date, struct span at)
{
    if (front->head->source_at.end != 0) {
        stated_twice(front, "source", front->head->source_at, at);
        return;
    }
    front->head->source = url;
    if (date != NULL)
        front->head->source_date = *date;
    front->head->source_at = at;
}

void
ast_set_default(struct front *front, enum rck_result result, struct span at)
{
    if (front->head->has_default)
        stated_twice(front, "default", front->head->default_at, at);
    front->head->has_default = true;
    front->head->by_default = result;
    front->head->default_at = at;
}

/* Appends ITEM to the list *FIRST through *LAST, in constant time. */
#define APPEND(first, last, item)                                                                                              \
    do {                                                                                                                       \
        if ((first) == NULL)                                                                                                   \
            (first) = (item);                                                                                                  \
        else                                                                                                                   \
            (last)->next = (item);                                                                                             \
        (last) = (item);                                                                                                       \
    } while (0)

void
ast_add_include(struct front *front, struct span at)
{
    struct part *part = arena_alloc(front->arena, sizeof *part);
    size_t n_errors = front->diags->found[RCK_ERROR];

    front->take_clause = NULL; /* the file is read when this one has been: clauses wait for it in the tree */
    front->part->include = front_unquote(front, at);
    if (front->part->include.n == 0) {
        struct diag *d = diag_report(front->diags, CODE_EXPECTED, at, "the name of the included file is empty");
        diag_help(front->diags, d, "write for example 'include \"vocabulary.rules\";'");
    }
    if (front->diags->found[RCK_ERROR] != n_errors) {
        front->part->include.n = 0;
        front_lose_file(front);
    }
    front->part->at = at;
    front->part->last = front->last;
    front->part->next = part;
    front->part = part;
    front->ast = &part->ast;
    front->last = part->last;
}

void
ast_add_decl(struct front *front, struct ast_decl *decl)
{
    APPEND(front->ast->decls, front->last.decls, decl);
}

struct ast_decl *
ast_add_attributes(struct front *front, struct ast_names names, struct ast_type *type, bool optional, struct span at)
{
    struct ast_decl *decl = ast_new_decl(front, AST_DECL_ATTRIBUTE, names, at);

    decl->type = type;
    decl->optional = optional;
    ast_add_decl(front, decl);
    return decl;
}

void
ast_add_param(struct front *front, struct ast_name *name, struct ast_type *type, struct ast_value *value, struct span at)
{
    struct ast_param *param = arena_alloc(front->arena, sizeof *param);

    *param = (struct ast_param){ .name = name, .type = type, .value = value, .at = at };
    APPEND(front->ast->params, front->last.params, param);
}

void
ast_add_clause(struct front *front, struct ast_name *label, struct ast_body *body, struct ast_tail *tails, bool asserted,
               struct span at)
{
    struct ast_clause *clause = arena_alloc(front->arena, sizeof *clause);

    if (asserted) {
        label = arena_alloc(front->arena, sizeof *label);
        label->at = (struct span){ at.begin, at.begin + (uint32_t)(sizeof "assert" - 1) };
    }
    REVERSE(struct ast_tail, tails);
    *clause = (struct ast_clause){ .label = label, .body = body, .tails = tails, .at = at, .asserted = asserted };
    if (body->kind == AST_ASSERT_ALLOW && !asserted) {
        struct diag *d = diag_report(front->diags, CODE_EXPECTED, body->at, "'allow when' stands in an assert only");
        diag_help(front->diags, d, "write 'assert allow when ...', or a clause that says what is refused");
        return;
    }
    if (body->kind == AST_NOTE && asserted) {
        struct diag *d = diag_report(front->diags, CODE_EXPECTED, body->at, "a note cannot be asserted: it decides nothing");
        diag_help(front->diags, d, "assert a clause, or remove it");
        return;
    }
    if (body->kind == AST_GRANT && asserted) {
        struct diag *d = diag_report(front->diags, CODE_EXPECTED, body->at, "a grant cannot be asserted");
        diag_help(front->diags, d, "write 'assert allow when ...'");
        return;
    }
    if (++front->n_clauses > front->settings->limits[LIMIT_CLAUSES]) {
        diag_limit(front->diags, LIMIT_CLAUSES, clause->label->at, "the policy");
        front->gave_up = true;
        return;
    }
    front->changes_nothing = true;
    if (front->take_clause != NULL && !asserted) {
        front->taking = front->was_taken = true;
        front->once_more = !front->take_clause(front->take_arg, clause);
        return;
    }
    APPEND(front->ast->clauses, front->last.clauses, clause);
}

void
front_end_item(struct front *front)
{
    /* Where clauses are taken, all that they depend on stands before them, and nothing is wrong; else it is not the time yet. */
    if (front->taking && (!front->changes_nothing || front->diags->found[RCK_ERROR] != 0))
        front->once_more = true;
    if (front->once_more)
        front->gave_up = true;
    if (front->was_taken)
        arena_release(front->arena, &front->mark);
    front->mark = arena_mark(front->arena);
    front->was_taken = front->changes_nothing = false;
}

struct ast_cases *
ast_new_cases(struct front *front, struct str title, struct ast_names header, struct ast_row *rows, struct span at)
{
    struct ast_cases *cases = arena_alloc(front->arena, sizeof *cases);

    REVERSE(struct ast_row, rows);
    *cases = (struct ast_cases){ .title = title, .header = header, .rows = rows, .at = at };
    return cases;
}

void
ast_add_cases(struct front *front, struct ast_cases *cases)
{
    front->changes_nothing = true;
    APPEND(front->ast->cases, front->last.cases, cases);
}

struct ast_route *
ast_new_route(struct front *front, struct ast_names methods, struct span path, struct ast_expr *when, struct ast_name *action,
              struct ast_name *resource, struct span at)
{
    struct ast_route *route = arena_alloc(front->arena, sizeof *route);

    *route = (struct ast_route){
        .methods = methods,
        .path = front_unquote(front, path),
        .path_at = path,
        .when = when,
        .action = action,
        .resource = resource,
        .at = at,
    };
    APPEND(front->ast->routes, front->last.routes, route);
    front->changes_nothing = true;
    return route;
}

struct ast_with *
ast_new_with(struct front *front, struct ast_name *attribute, struct ast_name *fact, struct span at)
{
    struct ast_with *with = arena_alloc(front->arena, sizeof *with);

    *with = (struct ast_with){ .attribute = attribute, .fact = fact, .at = at };
    return with;
}

void
ast_set_withs(struct front *front, struct ast_route *route, const struct ast_name *word, struct ast_with *withs, struct span at)
{
    if (!str_equal(word->text, STR("with"))) {
        struct diag *d = diag_report(front->diags, CODE_EXPECTED, word->at, "expected 'with' or ';' after the resource, found '%.*s'",
                                     QUOTE(word->text));
        diag_help(front->diags, d, "a route names one action and one resource; 'with ATTRIBUTE = FACT' sets an attribute");
    }
    REVERSE(struct ast_with, withs);
    route->withs = withs;
    route->withs_at = at;
}

void
ast_add_credential(struct front *front, struct ast_name *subject, struct ast_expr *when, struct span at)
{
    struct ast_credential *credential = arena_alloc(front->arena, sizeof *credential);

    *credential = (struct ast_credential){ .subject = subject, .when = when, .at = at };
    APPEND(front->ast->credentials, front->last.credentials, credential);
    front->changes_nothing = true;
}

void
ast_misplaced_credential(struct front *front, struct span word)
{
    struct diag *d = diag_report(front->diags, CODE_EXPECTED, word, "'credential' stands among routes");

    diag_help(front->diags, d, "put it into 'routes { ... }'");
}

struct ast_row *
ast_new_row(struct front *front, struct ast_value *cells, struct ast_name *result, struct span at)
{
    struct ast_row *row = arena_alloc(front->arena, sizeof *row);

    REVERSE(struct ast_value, cells);
    *row = (struct ast_row){ .cells = cells, .result = result, .at = at };
    for (const struct ast_value *cell = cells; cell != NULL; cell = cell->next)
        row->n_cells++;
    return row;
}

struct str
front_text(const struct front *front, struct span span)
{
    const struct source *source = front->source;

    /* Nearly always it stands in the file that was read last. */
    if (span.begin >= source->base && span.begin < span.end
        && span.end - source->base <= source->n) /* unreached: no file is behind the one that was read last */
        return (struct str){ source->text + (span.begin - source->base), span.end - span.begin };
    return diags_text(front->diags, span);
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads the four digits of \uXXXX at TEXT[I]; -1 if they are not there. */
static int32_t
read_hex4(struct str text, size_t i)
{
    int32_t value = 0;

    if (text.n - i < 4)
        return -1;
    for (size_t k = i; k < i + 4; k++) {
        int digit = hex_digit(text.p[k]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t
put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

struct str
front_unquote(struct front *front, struct span quoted)
{
    struct str raw = front_text(front, quoted);
    char *out;
    size_t n = 0;

    /* The closing quote may be missing; that has been reported. */
    raw.p += 1;
    raw.n -= 1;
    if (raw.n != 0 && raw.p[raw.n - 1] == '"')
        raw.n -= 1;
    if (memchr(raw.p, '\\', raw.n) == NULL)
        return raw;
    out = arena_alloc(front->arena, raw.n + 1);
    for (size_t i = 0; i < raw.n; i++) {
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *plain = NULL;
        int32_t c = -1;
        size_t begin = i;

        if (raw.p[i] != '\\') {
            out[n++] = raw.p[i];
            continue;
        }
        if (++i == raw.n)
            break; /* the text is not closed, which has been reported */
        plain = memchr(from, raw.p[i], sizeof from - 1);
        if (plain != NULL) {
            out[n++] = to[plain - from];
            continue;
        }
        if (raw.p[i] == 'u')
            c = read_hex4(raw, i + 1);
        if (c >= 0xD800 && c < 0xDC00 && raw.n - i > 6 && raw.p[i + 5] == '\\' && raw.p[i + 6] == 'u') {
            int32_t low = read_hex4(raw, i + 7);

            c = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : -1;
            i += c >= 0 ? 6 : 0;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = -1;
        }
        if (c <= 0) {
            uint32_t at = quoted.begin + 1 + (uint32_t)begin, size = 2;
            struct diag *d;

            while (begin + size < raw.n && ((unsigned char)raw.p[begin + size] & 0xC0) == 0x80)
                size++; /* the rest of a character */
            d = diag_report(front->diags, CODE_BAD_ESCAPE, (struct span){ at, at + size }, "'%.*s' is no escape",
                            QUOTE(((struct str){ raw.p + begin, size })));
            diag_help(front->diags, d,
                      "the escapes are those of JSON: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX (but not U+0000)");
            continue;
        }
        n += put_utf8(out + n, (uint32_t)c);
        i += 4;
    }
    return (struct str){ out, n };
}

void
front_lose(struct front *front, struct span at)
{
    struct lost *lost;

    front->lost_bytes += at.end - at.begin;
    if (front->lost_bytes > LOST_BYTES_MAX)
        return;
    lost = arena_alloc(front->arena, sizeof *lost);
    *lost = (struct lost){ front->lost, at };
    front->lost = lost;
}

void
front_lose_file(struct front *front)
{
    front->lost_bytes = LOST_BYTES_MAX + 1;
}

static bool
is_word_byte(char c)
{
    return c == '_' || c == '.' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

bool
front_has_lost(const struct front *front, struct str word)
{
    /* Where most of the file is lost, nothing is told of what is missing in it. */
    if (front->lost_bytes > LOST_BYTES_MAX)
        return true;
    for (const struct lost *lost = front->lost; lost != NULL; lost = lost->next) {
        struct str text = front_text(front, lost->at);

        for (size_t i = 0; word.n != 0 && i + word.n <= text.n; i++)
            if (memcmp(text.p + i, word.p, word.n) == 0 && (i == 0 || !is_word_byte(text.p[i - 1]))
                && (i + word.n == text.n || text.p[i + word.n] == '.' || !is_word_byte(text.p[i + word.n])))
                return true;
    }
    return false;
}

/* A keyword's spelling, as in "'limit'", without its quotes; empty for kinds of token. */
static struct str
keyword_of(const char *expected)
{
    size_t n = strlen(expected);

    return expected[0] == '\'' && expected[1] >= 'a' && expected[1] <= 'z' ? (struct str){ expected + 1, n - 2 }
                                                                          : (struct str){ NULL, 0 };
}

static bool
is_keyword_like(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 'a' || text.p[i] > 'z')
            return false;
    return text.n != 0;
}

/* The words that begin a statement and the body of a clause, where an author's own name may stand as well: as a label, as a subject. */
static const char *const statements[] = { "policy", "source", "default", "vocabulary", "param", "assert", "cases" };
static const char *const bodies[] = { "limit", "only", "require", "deny", "note" };

/* The word that was meant by NAME, which was taken for a name: that of a statement, or of the body of a clause, where one begins. */
static struct str
misspelt_keyword(const struct front *front, struct str name)
{
    struct str earlier = front_text(front, front->earlier);
    struct suggestion suggestion;

    suggest_begin(&suggestion, name);
    if (earlier.n == 0 || str_equal(earlier, STR(";")) || str_equal(earlier, STR("}")))
        for (size_t i = 0; i < N_ELEMENTS(statements); i++)
            suggest_try(&suggestion, str_of(statements[i]));
    else if (str_equal(earlier, STR(":")))
        for (size_t i = 0; i < N_ELEMENTS(bodies); i++)
            suggest_try(&suggestion, str_of(bodies[i]));
    return suggest_found(&suggestion);
}

static bool
begins_statement(struct str word)
{
    for (size_t i = 0; i < N_ELEMENTS(statements); i++)
        if (str_equal(word, str_of(statements[i])))
            return true;
    return false;
}

/* What a type of other languages is called here, or NULL. */
static const char *
type_elsewhere(struct str word)
{
    static const struct {
        const char *theirs, *ours;
    } types[] = {
        { "integer", "'int'" },  { "number", "'int' or 'decimal'" }, { "float", "'decimal'" },  { "double", "'decimal'" },
        { "boolean", "'bool'" }, { "text", "'string'" },             { "date", "'time'" },      { "datetime", "'time'" },
        { "timestamp", "'time'" }, { "enum", "the names in braces: '{ draft, live }'" },        { "list", "'set of { a, b }'" },
    };

    for (size_t i = 0; i < N_ELEMENTS(types); i++)
        if (str_equal(word, str_of(types[i].theirs)))
            return types[i].ours;
    return NULL;
}

/* The verbs of limitations that the language does not have. */
static bool
is_verb(struct str word)
{
    return str_equal(word, STR("can")) || str_equal(word, STR("could")) || str_equal(word, STR("must"))
           || str_equal(word, STR("shall")) || str_equal(word, STR("should"));
}

static bool
has_word(const char *const words[], size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* Adds what to do about FOUND, which stands behind BEFORE in place of what is EXPECTED. */
static void
help_unexpected(struct front *front, struct diag *d, struct str before, struct str found, const char *const expected[], size_t n)
{
    struct str meant = misspelt_keyword(front, before);
    bool name_fits = has_word(expected, n, "a name");
    bool after_number = before.n != 0 && before.p[0] >= '0' && before.p[0] <= '9';
    const char *unit = after_number ? unit_stranger(found) : NULL;

    if (has_word(expected, n, "'=='") && str_equal(found, STR("=")))
        diag_help(front->diags, d, "write '==' to compare");
    else if (unit != NULL)
        diag_help(front->diags, d, "%s", unit);
    else if (has_word(expected, n, "'bool'") && type_elsewhere(found) != NULL)
        diag_help(front->diags, d, "write %s", type_elsewhere(found));
    else if (before.n == 10 && before.p[4] == '-' && found.p[0] >= '0' && found.p[0] <= '9')
        diag_help(front->diags, d, "a time is written without blanks, and with its offset: 2026-03-25T12:00:00Z");
    else if (has_word(expected, n, "a number") && !name_fits && (str_equal(before, STR("+")) || str_equal(before, STR("-"))))
        diag_help(front->diags, d, "attributes are not added up: bring one to the other side, as in 'a + 14 days < b'");
    else if (after_number && unit_is_word(found))
        diag_help(front->diags, d, "write a blank between a number and its unit: %.*s %.*s", QUOTE(before), QUOTE(found));
    else if (str_equal(before, STR("may")) && str_equal(found, STR("not")))
        diag_help(front->diags, d, "write 'cannot' in place of 'may not'");
    else if (has_word(expected, n, "'cannot'") && is_verb(found))
        diag_help(front->diags, d, "write 'WHO cannot ...' to forbid, 'only WHO may ...' to forbid it to all others");
    else if (has_word(expected, n, "'may'") && is_verb(found))
        diag_help(front->diags, d, "write 'may'");
    else if (has_word(expected, n, "'anything'"))
        diag_help(front->diags, d, "name resources, or write 'anything' for all of them");
    else if (name_fits && is_keyword_like(found))
        diag_help(front->diags, d, "'%.*s' is a word of the language: to use it as a name, write it in quotes", QUOTE(found));
    else if (str_equal(found, STR(":")) && begins_statement(before))
        diag_help(front->diags, d, "'%.*s' is a word of the language: to use it as a label, write it in quotes", QUOTE(before));
    else if (meant.n != 0)
        diag_help(front->diags, d, "did you mean '%.*s' for '%.*s'?", QUOTE(meant), QUOTE(before));
}

void
front_report_unexpected(struct front *front, struct span at, bool at_end, const char *const expected[], size_t n)
{
    struct str found = front_text(front, at);
    struct str before = front_text(front, front->previous);
    struct suggestion suggestion;
    struct str list = { "", 0 };
    bool name_fits = has_word(expected, n, "a name"), number_fits = has_word(expected, n, "a number");
    const char *shown[EXPECTED_MAX];
    size_t n_shown = 0;
    struct diag *d;

    if (front->gave_up)
        return; /* the end that was found is our own */
    if (front->diags->found[RCK_ERROR] > front->diags->limit) {
        diag_report(front->diags, CODE_EXPECTED, at, "it cannot stand here"); /* only counted */
        return;
    }
    suggest_begin(&suggestion, found);
    for (size_t i = 0; i < n; i++) {
        struct str keyword = keyword_of(expected[i]);

        if (keyword.n != 0)
            suggest_try(&suggestion, keyword);
        /* A quoted name fits wherever a name does, and a unit behind a number: they are no news. */
        if (strcmp(expected[i], "a quoted name") == 0 || (name_fits && strcmp(expected[i], "a text in quotes") == 0)
            || (number_fits
                && (strcmp(expected[i], "a decimal number") == 0 || strcmp(expected[i], "a number with a unit") == 0)))
            continue;
        shown[n_shown++] = expected[i];
    }
    for (size_t i = 0; i < n_shown; i++)
        list = arena_format(front->arena, "%.*s%s%s", WHOLE(list), i == 0 ? "" : i + 1 == n_shown ? " or " : ", ", shown[i]);
    if (at_end)
        found = STR("the end of the file");
    if (n_shown <= 6) /* and something stands before it: a file may begin with more */
        d = diag_report(front->diags, CODE_EXPECTED, at, "expected %.*s after '%.*s', found %s%.*s%s", WHOLE(list), QUOTE(before),
                        at_end ? "" : "'", QUOTE(found), at_end ? "" : "'");
    else if (at_end)
        d = diag_report(front->diags, CODE_EXPECTED, at, "the file ends in the middle of a statement");
    else
        d = diag_report(front->diags, CODE_EXPECTED, at, "'%.*s' cannot stand here", QUOTE(found));
    if (n_shown > 6)
        diag_note(front->diags, d, "here may stand %.*s", WHOLE(list));
    if (suggest_found(&suggestion).n != 0)
        diag_help(front->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
    else if (!at_end)
        help_unexpected(front, d, before, found, expected, n);
}
