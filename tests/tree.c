/* SPDX-License-Identifier: MIT
 *
 * The walk of tree.h.
 */
#include <config.h>

#include "tree.h"

static void
visit_operand(const struct tree_visitor *visitor, const struct ast_operand *operand)
{
    if (operand != NULL && visitor->operand != NULL)
        visitor->operand(visitor->arg, operand);
}

/* As deep as the limit nesting lets expressions be. */
static void
visit_expr(const struct tree_visitor *visitor, const struct ast_expr *expr)
{
    if (expr == NULL)
        return;
    if (visitor->expr != NULL)
        visitor->expr(visitor->arg, expr);
    visit_operand(visitor, expr->left);
    visit_operand(visitor, expr->right);
    visit_expr(visitor, expr->a);
    visit_expr(visitor, expr->b);
}

void
tree_walk(const struct ast *ast, const struct tree_visitor *visitor)
{
    for (const struct ast_clause *c = ast->clauses; c != NULL; c = c->next) {
        if (visitor->clause != NULL)
            visitor->clause(visitor->arg, c);
        if (c->body != NULL) {
            visit_operand(visitor, c->body->bound);
            visit_expr(visitor, c->body->expr);
        }
        for (const struct ast_tail *t = c->tails; t != NULL; t = t->next)
            visit_expr(visitor, t->expr);
    }
}

/* ---- forms -------------------------------------------------------------------------------------------------------------- */

struct forms {
    const struct ast *ast;
    bool *found;
};

/* What an operand is. */
struct kind {
    bool fact, param;
    bool number, time, string, decimal;
    const struct ast_unit *unit;
};

const char *
tree_form_name(enum tree_form form)
{
    static const char *const names[] = {
#define TREE_FORM_NAME(id, name) name,
        TREE_FORMS(TREE_FORM_NAME)
#undef TREE_FORM_NAME
    };

    return (size_t)form < N_ELEMENTS(names) ? names[form] : "?";
}

static void
kind_of_type(const struct ast_type *type, struct kind *kind)
{
    if (type == NULL)
        return;
    kind->number = type->kind == AST_TYPE_INT || type->kind == AST_TYPE_DECIMAL;
    kind->decimal = type->kind == AST_TYPE_DECIMAL;
    kind->time = type->kind == AST_TYPE_TIME;
    kind->string = type->kind == AST_TYPE_STRING;
    kind->unit = type->unit;
}

static struct kind
kind_of(const struct ast *ast, const struct ast_value *value)
{
    struct kind kind = { .fact = false };

    if (value == NULL)
        return kind;
    kind.number = value->kind == AST_INT || value->kind == AST_DECIMAL;
    kind.decimal = value->kind == AST_DECIMAL;
    kind.time = value->kind == AST_TIME || value->kind == AST_NOW;
    kind.fact = value->kind == AST_NOW;
    kind.unit = value->unit;
    if (value->kind != AST_NAME && value->kind != AST_TEXT)
        return kind;
    for (const struct ast_decl *d = ast->decls; d != NULL; d = d->next) {
        for (const struct ast_name *n = d->names.first; n != NULL; n = n->next) {
            if ((d->kind != AST_DECL_ATTRIBUTE && d->kind != AST_DECL_COUNTER) || !str_equal(n->text, value->text))
                continue;
            kind.fact = true;
            kind_of_type(d->type, &kind);
            kind.number = kind.number || d->kind == AST_DECL_COUNTER;
            return kind;
        }
    }
    for (const struct ast_param *p = ast->params; p != NULL; p = p->next) {
        if (p->name != NULL && str_equal(p->name->text, value->text)) {
            kind.param = true;
            kind_of_type(p->type, &kind);
        }
    }
    return kind;
}

static void
mark_expr(void *arg, const struct ast_expr *expr)
{
    static const enum tree_form by_kind[] = {
        [AST_NOT] = TREE_NOT,         [AST_AND] = TREE_AND, [AST_OR] = TREE_OR,           [AST_COMPARE] = N_TREE_FORMS,
        [AST_IN] = TREE_IN,           [AST_HAS] = TREE_HAS, [AST_PRESENT] = TREE_PRESENT, [AST_MATCHES] = TREE_MATCHES,
        [AST_BARE] = TREE_BARE,
    };
    static const enum tree_form by_op[] = {
        [AST_EQ] = TREE_EQ, [AST_NE] = TREE_NE, [AST_LT] = TREE_LT, [AST_LE] = TREE_LE, [AST_GT] = TREE_GT, [AST_GE] = TREE_GE,
    };
    struct forms *forms = arg;
    bool *found = forms->found;
    struct kind left = kind_of(forms->ast, expr->left != NULL ? expr->left->value : NULL);
    struct kind right = kind_of(forms->ast, expr->right != NULL ? expr->right->value : NULL);

    if (expr->kind != AST_COMPARE) {
        found[by_kind[expr->kind]] = true;
        found[TREE_STRING_IN] |= expr->kind == AST_IN && left.string;
        return;
    }
    found[by_op[expr->op]] = true;
    found[TREE_STRINGS] |= left.string && right.string;
    found[TREE_STRING_EQ] |= left.string != right.string;
    found[TREE_INT] |= left.number && right.number && !left.decimal && !right.decimal;
    found[TREE_DECIMAL] |= left.decimal || right.decimal;
    found[TREE_INT_DECIMAL] |= left.number && right.number && left.decimal != right.decimal;
    found[TREE_BYTES] |= left.unit != NULL && left.unit->kind == AST_BYTES;
    found[TREE_DURATION] |= left.unit != NULL && left.unit->kind == AST_DURATION;
    found[TREE_RATE] |= left.unit != NULL && left.unit->kind == AST_RATE;
    found[TREE_UNITS] |= left.unit != NULL && right.unit != NULL && !str_equal(left.unit->text, right.unit->text);
    found[TREE_NUMBERS] |= left.fact && right.fact && left.number && right.number;
    found[TREE_TIMES] |= left.fact && right.fact && left.time && right.time;
    found[TREE_TIME] |= left.time && right.time;
    found[TREE_PARAM] |= left.param || right.param;
}

static void
mark_operand(void *arg, const struct ast_operand *operand)
{
    struct forms *forms = arg;

    forms->found[TREE_NOW] |= operand->value != NULL && operand->value->kind == AST_NOW;
    forms->found[TREE_QUANTITY] |= operand->value != NULL && operand->value->unit != NULL;
    forms->found[TREE_SHIFT] |= operand->shift != NULL;
    forms->found[TREE_SHIFT_QUANTITY] |= operand->shift != NULL && operand->shift->unit != NULL;
}

static void
mark_clause(void *arg, const struct ast_clause *clause)
{
    static const enum tree_form by_kind[] = {
        [AST_LIMIT] = TREE_LIMIT, [AST_ONLY] = TREE_ONLY,   [AST_CANNOT] = TREE_CANNOT, [AST_REQUIRE] = TREE_REQUIRE,
        [AST_DENY] = TREE_DENY,   [AST_GRANT] = TREE_GRANT, [AST_NOTE] = TREE_NOTE,     [AST_ASSERT_ALLOW] = TREE_ASSERT,
    };
    static const enum tree_form by_tail[] = {
        [AST_WHEN] = TREE_WHEN, [AST_UNLESS] = TREE_UNLESS,   [AST_CITES] = TREE_CITES,
        [AST_SAYS] = TREE_SAYS, [AST_COVERED] = TREE_COVERED, [AST_WARN] = TREE_WARN,
    };
    struct forms *forms = arg;
    const struct ast_body *body = clause->body;
    bool *found = forms->found;

    if (body == NULL)
        return;
    if (clause->asserted) {
        found[TREE_ASSERT] = true;
        return;
    }
    found[by_kind[body->kind]] = true;
    for (const struct ast_tail *t = clause->tails; t != NULL; t = t->next)
        found[by_tail[t->kind]] = true;
    found[TREE_ANYONE] |= body->who != NULL && body->who->anyone;
    found[TREE_ANYTHING] |= body->act != NULL && body->act->any_resource;
    found[TREE_USE] |= body->act != NULL && body->act->any_action;
    if (body->bound != NULL) {
        struct kind bound = kind_of(forms->ast, body->bound->value);

        found[TREE_LIMIT_ATTRIBUTE] |= bound.fact;
        found[TREE_LIMIT_PARAM] |= bound.param;
        found[TREE_LIMIT_NUMBER] |= !bound.fact && !bound.param;
        found[TREE_LIMIT_QUANTITY] |= body->bound->value->unit != NULL && body->bound->value->unit->kind != AST_RATE;
        found[TREE_LIMIT_WINDOW] |= body->window != NULL || (bound.unit != NULL && bound.unit->kind == AST_RATE);
    }
}

void
tree_forms(const struct ast *ast, bool found[N_TREE_FORMS])
{
    struct forms forms = { ast, found };
    struct tree_visitor visitor = { .arg = &forms, .expr = mark_expr, .operand = mark_operand, .clause = mark_clause };

    tree_walk(ast, &visitor);
    for (const struct ast_decl *d = ast->decls; d != NULL; d = d->next) {
        found[TREE_OPEN_DIMENSION] |= d->open;
        found[TREE_OPEN_ENUM] |= d->type != NULL && d->type->open && d->type->kind == AST_TYPE_ENUM;
        found[TREE_OPEN_SET] |= d->type != NULL && d->type->open && d->type->kind == AST_TYPE_SET;
        found[TREE_NAMED_SET] |= d->kind == AST_DECL_NAMED_SET;
        found[TREE_OPTIONAL] |= d->optional;
        found[TREE_WINDOW] |= d->window != NULL;
        for (const struct ast_step *s = d->steps; s != NULL; s = s->next) {
            found[TREE_BY] |= s->up && s->by != NULL;
            found[TREE_DOWN] |= !s->up;
        }
    }
}

/* ---- constants ---------------------------------------------------------------------------------------------------------- */

struct collection {
    struct tree_value *values;
    uint32_t n;
};

static void
add_value(struct collection *collection, const struct ast_value *value)
{
    struct tree_value out = { .is_plain = true };
    wide factor = 1;

    if (value == NULL || collection->n == TREE_VALUES)
        return;
    switch (value->kind) {
    case AST_INT:
    case AST_DECIMAL:
        out.number = value->kind == AST_INT ? (wide)value->number * NAIVE_ONE : (wide)value->number;
        if (value->unit != NULL && naive_read_unit(value->unit->text, &factor)) {
            out.is_plain = false;
            out.number *= factor;
        }
        break;
    case AST_TIME:
        out.is_time = true;
        out.number = value->number;
        break;
    case AST_TEXT:
        out.is_text = true;
        out.text = value->text;
        break;
    case AST_NAME:
    case AST_NOW:
    case AST_SET:
    case AST_ABSENT:
        return;
    }
    collection->values[collection->n++] = out;
}

static void
collect_operand(void *arg, const struct ast_operand *operand)
{
    struct collection *collection = arg;

    add_value(collection, operand->value);
    add_value(collection, operand->shift);
}

static void
collect_expr(void *arg, const struct ast_expr *expr)
{
    struct collection *collection = arg;

    if (expr->kind == AST_MATCHES && collection->n < TREE_VALUES)
        collection->values[collection->n++] = (struct tree_value){ .is_text = true, .text = expr->text };
    for (const struct ast_name *n = expr->members.first; n != NULL && collection->n < TREE_VALUES; n = n->next)
        collection->values[collection->n++] = (struct tree_value){ .is_text = true, .text = n->text };
}

uint32_t
tree_values(const struct ast *ast, struct tree_value values[TREE_VALUES])
{
    struct collection collection = { values, 0 };
    struct tree_visitor visitor = { .arg = &collection, .expr = collect_expr, .operand = collect_operand };

    for (const struct ast_param *p = ast->params; p != NULL; p = p->next)
        add_value(&collection, p->value);
    tree_walk(ast, &visitor);
    return collection.n;
}

wide
tree_number(const struct tree_value *value, wide factor, wide step)
{
    wide number = value->is_plain ? value->number : value->number / factor - (value->number % factor < 0);

    return (number / step - (number % step < 0)) * step;
}
