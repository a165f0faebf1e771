/* SPDX-License-Identifier: MIT
 *
 * Expressions to guards: what the operands are, whether they can be compared, and with what.
 */
#include <config.h>

#include "compile.h"

enum term_kind {
    TERM_WRONG,  /* reported */
    TERM_SLOT,   /* a dimension, attribute or counter, plus 'number' if it is shifted */
    TERM_NUMBER, /* a constant */
    TERM_NAME    /* a constant that is a name of something; text */
};

struct term {
    enum term_kind kind;
    uint32_t slot;
    wide number;
    struct ast_name name; /* text and place of the constant */
    bool from_param;
    struct str param;     /* its name, if it came from one */
    struct span at;
};

guard_id
compile_atom(struct compile *c, struct atom atom, struct span at)
{
    guard_id made = guard_atom(&c->policy->guards, atom);

    while (c->atom_places.n < c->policy->guards.atoms.n)
        *vec_push(c->arena, &c->atom_places) = at;
    return made;
}

static const struct slot *
slot_of(const struct compile *c, uint32_t slot)
{
    return &c->policy->slots.items[slot];
}

static const char *
kind_words(const struct compile *c, const struct term *term)
{
    if (term->kind == TERM_NUMBER)
        return "a number";
    if (term->kind == TERM_NAME)
        return "a name";
    switch (slot_of(c, term->slot)->type) {
    case RCK_TYPE_BOOL:
        return "a bool";
    case RCK_TYPE_INT:
        return "a number";
    case RCK_TYPE_NAME:
        return "a name";
    case RCK_TYPE_SET:
        break;
    }
    return "a set";
}

static struct term
term_of(struct compile *c, const struct ast_operand *operand)
{
    const struct ast_value *value = operand->value;
    struct term term = { .kind = TERM_NAME,
                         .at = operand->at,
                         .name = { .text = value->text, .at = value->at, .quoted = value->quoted } };
    uint32_t slot, param;

    if (value->kind == AST_INT) {
        term.kind = TERM_NUMBER;
        term.number = value->number;
    } else if (value->kind == AST_NAME) {
        slot = symbols_find(c->slots, value->text);
        param = symbols_find(c->params, value->text);
        if (slot != SYMBOL_NONE) {
            term.kind = TERM_SLOT;
            term.slot = slot;
        } else if (param != SYMBOL_NONE) {
            const struct param_info *info = &c->param_infos.items[param];

            term.kind = info->failed ? TERM_WRONG : info->is_number ? TERM_NUMBER : TERM_NAME;
            term.number = info->number;
            term.from_param = true;
            term.param = value->text;
            if (!info->is_number)
                term.name.text = info->text;
        }
    } else {
        term.name.quoted = true; /* a text is always a constant */
    }
    if (operand->shifted) {
        if (term.kind == TERM_NAME || (term.kind == TERM_SLOT && slot_of(c, term.slot)->type != RCK_TYPE_INT)) {
            diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "'%.*s' is no number: nothing can be added to it",
                        QUOTE(value->text));
            term.kind = TERM_WRONG;
        }
        term.number += operand->offset;
    }
    return term;
}

/* Reports a name that means nothing where an attribute is wanted. */
static guard_id
unknown_attribute(struct compile *c, const struct term *term)
{
    struct suggestion suggestion;
    struct diag *d;

    if (front_has_lost(c->front, term->name.text))
        return NONE;
    d = diag_report(c->diags, CODE_UNKNOWN_ATTRIBUTE, term->name.at, "unknown attribute '%.*s'", QUOTE(term->name.text));

    diag_label(c->diags, d, "not in the vocabulary");
    suggest_begin(&suggestion, term->name.text);
    for (uint32_t s = 0; s < c->policy->slots.n; s++)
        suggest_try(&suggestion, slot_of(c, s)->name);
    for (uint32_t p = 0; p < c->param_infos.n; p++)
        suggest_try(&suggestion, c->param_infos.items[p].decl->name->text);
    if (suggest_found(&suggestion).n != 0)
        diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
    else
        diag_help(c->diags, d, "declare it in the vocabulary, for example 'attribute %.*s : int;'", QUOTE(term->name.text));
    return NONE;
}

static bool
has_names(enum rck_type type)
{
    return type == RCK_TYPE_NAME || type == RCK_TYPE_BOOL;
}

static const char *const op_texts[] = { "==", "!=", "<", "<=", ">", ">=" };

static enum ast_op
mirrored(enum ast_op op)
{
    return op == AST_LT ? AST_GT : op == AST_LE ? AST_GE : op == AST_GT ? AST_LT : op == AST_GE ? AST_LE : op;
}

/* SLOT - OTHER OP BOUND, by the two atoms that numbers have. */
static guard_id
number_guard(struct compile *c, uint32_t slot, uint32_t other_plus_1, enum ast_op op, wide bound, struct span at)
{
    struct guards *guards = &c->policy->guards;
    struct atom atom = { .kind = op == AST_EQ || op == AST_NE ? ATOM_EQUAL : ATOM_BELOW,
                         .slot = slot + 1,
                         .other = other_plus_1 };
    bool negated = op == AST_NE || op == AST_GT || op == AST_GE;

    /* One column serves both ways of writing a pair: the slot that was declared first is the minuend. */
    if (other_plus_1 != NONE && other_plus_1 - 1 < slot)
        return number_guard(c, other_plus_1 - 1, slot + 1, mirrored(op), -bound, at);
    atom.bound = bound + (op == AST_LE || op == AST_GT);
    return negated ? guard_not(guards, compile_atom(c, atom, at)) : compile_atom(c, atom, at);
}

static guard_id
mismatch(struct compile *c, const struct ast_expr *expr, const struct term *a, const struct term *b)
{
    struct diag *d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->left->at, "cannot compare %s with %s", kind_words(c, a),
                                 kind_words(c, b));

    diag_label(c->diags, d, "%s", kind_words(c, a));
    diag_second(c->diags, d, expr->right->at, "%s", kind_words(c, b));
    if ((a->kind == TERM_SLOT && slot_of(c, a->slot)->type == RCK_TYPE_SET)
        || (b->kind == TERM_SLOT && slot_of(c, b->slot)->type == RCK_TYPE_SET))
        diag_help(c->diags, d, "ask a set with 'has': for example 'role has owner'");
    return NONE;
}

/* WORD, 'in' or 'has', has a constant on its left; there is no operand on its right. */
static guard_id
constant_asked(struct compile *c, const struct ast_expr *expr, const struct term *a, const char *word)
{
    struct diag *d =
        diag_report(c->diags, CODE_TYPE_MISMATCH, expr->left->at, "'%s' asks an attribute, not %s", word, kind_words(c, a));

    diag_help(c->diags, d, "write an attribute of the vocabulary before '%s'", word);
    return NONE;
}

/* SLOT == or != a name. */
static guard_id
name_guard(struct compile *c, const struct ast_expr *expr, uint32_t slot, const struct term *constant, enum ast_op op)
{
    set_id set;
    guard_id atom;

    if (op != AST_EQ && op != AST_NE) {
        struct diag *d =
            diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "names have no order: '%s' cannot compare them", op_texts[op]);
        diag_help(c->diags, d, "use '==', '!=' or 'in'");
        return NONE;
    }
    set = names_resolve(c, slot, &constant->name);
    if (set == SET_EMPTY)
        return NONE;
    atom = compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = slot + 1, .set = set }, expr->at);
    return op == AST_EQ ? atom : guard_not(&c->policy->guards, atom);
}

/* True if two slots have the same names, so that their values can be compared by number. */
static bool
same_names(const struct compile *c, uint32_t a, uint32_t b)
{
    const struct slot *in_a = slot_of(c, a), *in_b = slot_of(c, b);

    if (in_a->n_names != in_b->n_names)
        return false;
    for (uint32_t i = 0; i < in_a->n_names; i++)
        if (!str_equal(c->policy->names.items[in_a->first_name + i].text, c->policy->names.items[in_b->first_name + i].text))
            return false;
    return true;
}

static guard_id
slots_guard(struct compile *c, const struct ast_expr *expr, const struct term *a, const struct term *b)
{
    enum rck_type type_a = slot_of(c, a->slot)->type, type_b = slot_of(c, b->slot)->type;

    if (a->slot == b->slot) {
        diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "'%.*s' is compared with itself", QUOTE(slot_of(c, a->slot)->name));
        return NONE;
    }
    if (type_a == RCK_TYPE_INT && type_b == RCK_TYPE_INT)
        return number_guard(c, a->slot, b->slot + 1, expr->op, b->number - a->number, expr->at);
    if (has_names(type_a) && has_names(type_b) && type_a == type_b && same_names(c, a->slot, b->slot)) {
        uint32_t first = a->slot < b->slot ? a->slot : b->slot, second = a->slot + b->slot - first;
        guard_id atom;

        if (expr->op != AST_EQ && expr->op != AST_NE) {
            diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "names have no order: '%s' cannot compare them",
                        op_texts[expr->op]);
            return NONE;
        }
        atom = compile_atom(c, (struct atom){ .kind = ATOM_SAME, .slot = first + 1, .other = second + 1 }, expr->at);
        return expr->op == AST_EQ ? atom : guard_not(&c->policy->guards, atom);
    }
    if (has_names(type_a) && has_names(type_b)) {
        struct diag *d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "'%.*s' and '%.*s' do not have the same values",
                                     QUOTE(slot_of(c, a->slot)->name), QUOTE(slot_of(c, b->slot)->name));
        diag_help(c->diags, d, "compare attributes whose lists of values are the same");
        return NONE;
    }
    return mismatch(c, expr, a, b);
}

/* A word on one side that is an attribute and a value of the other side: in quotes it is the value, else nobody can tell. */
static bool
ambiguous(struct compile *c, const struct term *of, struct term *word)
{
    struct diag *d;

    if (of->kind == TERM_SLOT && word->from_param && has_names(slot_of(c, of->slot)->type)
        && names_find(c, of->slot, word->param) != SET_EMPTY) {
        d = diag_report(c->diags, CODE_AMBIGUOUS, word->at, "'%.*s' is a param, and a value of '%.*s' as well",
                        QUOTE(word->param), QUOTE(slot_of(c, of->slot)->name));
        diag_help(c->diags, d, "write the value in quotes, or rename the param");
        return true;
    }
    if (of->kind != TERM_SLOT || word->kind != TERM_SLOT || !has_names(slot_of(c, of->slot)->type)
        || names_find(c, of->slot, word->name.text) == SET_EMPTY)
        return false;
    if (word->name.quoted) {
        word->kind = TERM_NAME;
        return false;
    }
    d = diag_report(c->diags, CODE_AMBIGUOUS, word->at, "'%.*s' is an attribute, and a value of '%.*s' as well",
                    QUOTE(word->name.text), QUOTE(slot_of(c, of->slot)->name));
    diag_help(c->diags, d, "write the value in quotes, or rename the attribute");
    return true;
}

/* A param against a constant: the deployment has decided it already. */
static guard_id
params_guard(struct compile *c, const struct ast_expr *expr, const struct term *a, const struct term *b)
{
    int order =
        a->kind == TERM_NUMBER ? (a->number > b->number) - (a->number < b->number) : !str_equal(a->name.text, b->name.text);
    bool holds = false;

    if (a->kind == TERM_NAME && expr->op != AST_EQ && expr->op != AST_NE) {
        diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "names have no order: '%s' cannot compare them",
                    op_texts[expr->op]);
        return NONE;
    }
    switch (expr->op) {
    case AST_EQ:
        holds = order == 0;
        break;
    case AST_NE:
        holds = order != 0;
        break;
    case AST_LT:
        holds = order < 0;
        break;
    case AST_LE:
        holds = order <= 0;
        break;
    case AST_GT:
        holds = order > 0;
        break;
    case AST_GE:
        holds = order >= 0;
        break;
    }
    return guard_constant(&c->policy->guards, holds);
}

static guard_id
compare_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a = term_of(c, expr->left), b = term_of(c, expr->right);

    if (a.kind == TERM_WRONG || b.kind == TERM_WRONG)
        return NONE;
    if (ambiguous(c, &a, &b) || ambiguous(c, &b, &a))
        return NONE;
    if (a.kind == TERM_SLOT && b.kind == TERM_SLOT)
        return slots_guard(c, expr, &a, &b);
    if (a.kind != TERM_SLOT && b.kind != TERM_SLOT) {
        struct diag *d;

        if ((a.from_param || b.from_param) && a.kind == b.kind)
            return params_guard(c, expr, &a, &b);

        /* A misspelt attribute beside a constant. */
        if (a.kind == TERM_NAME && !a.from_param && !a.name.quoted)
            return unknown_attribute(c, &a);
        if (b.kind == TERM_NAME && !b.from_param && !b.name.quoted)
            return unknown_attribute(c, &b);
        d = diag_report(c->diags, CODE_CONSTANT, expr->at, "both sides are constants: the request is not asked anything");
        diag_help(c->diags, d, "compare with an attribute of the vocabulary");
        return NONE;
    }

    const struct term *slot = a.kind == TERM_SLOT ? &a : &b, *constant = a.kind == TERM_SLOT ? &b : &a;
    enum ast_op op = a.kind == TERM_SLOT ? expr->op : mirrored(expr->op);
    enum rck_type type = slot_of(c, slot->slot)->type;

    if (type == RCK_TYPE_INT && constant->kind == TERM_NUMBER)
        return number_guard(c, slot->slot, NONE, op, constant->number - slot->number, expr->at);
    if (has_names(type) && constant->kind == TERM_NAME)
        return name_guard(c, expr, slot->slot, constant, op);
    if (type == RCK_TYPE_INT && constant->kind == TERM_NAME && !constant->name.quoted && !constant->from_param)
        return unknown_attribute(c, constant);
    return mismatch(c, expr, &a, &b);
}

static guard_id
in_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a = term_of(c, expr->left);
    set_id set = SET_EMPTY;

    if (a.kind == TERM_WRONG)
        return NONE;
    if (a.kind != TERM_SLOT)
        return a.kind == TERM_NAME && !a.name.quoted ? unknown_attribute(c, &a) : constant_asked(c, expr, &a, "in");
    if (!has_names(slot_of(c, a.slot)->type)) {
        struct diag *d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->left->at, "'%.*s' is %s: 'in' asks for a name",
                                     QUOTE(slot_of(c, a.slot)->name), kind_words(c, &a));
        diag_help(c->diags, d,
                  slot_of(c, a.slot)->type == RCK_TYPE_SET ? "ask a set with 'has'" : "compare numbers with '<=' and '>='");
        return NONE;
    }
    for (const struct ast_name *name = expr->members.first; name != NULL; name = name->next) {
        set_id members = names_resolve(c, a.slot, name);

        if (members == SET_EMPTY)
            return NONE;
        set = set_or(&c->policy->sets, set, members);
    }
    if (expr->members.n == 0)
        return guard_constant(&c->policy->guards, false);
    return compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = a.slot + 1, .set = set }, expr->at);
}

static guard_id
has_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a = term_of(c, expr->left);
    set_id set;

    if (a.kind == TERM_WRONG)
        return NONE;
    if (a.kind != TERM_SLOT)
        return a.kind == TERM_NAME && !a.name.quoted ? unknown_attribute(c, &a) : constant_asked(c, expr, &a, "has");
    if (slot_of(c, a.slot)->type != RCK_TYPE_SET) {
        struct diag *d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->left->at, "'%.*s' is %s: 'has' asks a set",
                                     QUOTE(slot_of(c, a.slot)->name), kind_words(c, &a));
        diag_help(c->diags, d, "compare it with '==' or 'in'");
        return NONE;
    }
    set = names_resolve(c, a.slot, expr->members.first);
    if (set == SET_EMPTY)
        return NONE;
    return compile_atom(c, (struct atom){ .kind = ATOM_HAS, .slot = a.slot + 1, .set = set }, expr->at);
}

static guard_id
present_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a = term_of(c, expr->left);

    if (a.kind == TERM_WRONG)
        return NONE;
    if (a.kind == TERM_NAME && !a.name.quoted && !a.from_param)
        return unknown_attribute(c, &a);
    if (a.kind != TERM_SLOT || expr->left->shifted || !slot_of(c, a.slot)->optional) {
        struct diag *d =
            diag_report(c->diags, CODE_NOT_OPTIONAL, expr->at, "'is present' is asked of what is not an optional attribute");

        if (a.kind == TERM_SLOT && a.slot >= N_DIMENSIONS && !slot_of(c, a.slot)->counter)
            diag_help(c->diags, d, "declare '%.*s' optional if its absence has a meaning", QUOTE(slot_of(c, a.slot)->name));
        else
            diag_help(c->diags, d, "dimensions, counters and constants are never optional");
        return NONE;
    }
    return compile_atom(c, (struct atom){ .kind = ATOM_PRESENT, .slot = a.slot + 1 }, expr->at);
}

static guard_id
bare_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a = term_of(c, expr->left);
    struct diag *d;

    if (a.kind == TERM_WRONG)
        return NONE;
    if (a.kind == TERM_SLOT && slot_of(c, a.slot)->type == RCK_TYPE_BOOL && !expr->left->shifted)
        return compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = a.slot + 1, .set = set_one(&c->policy->sets, 1) },
                            expr->at);
    if (a.kind == TERM_NAME && (str_equal(a.name.text, STR("true")) || str_equal(a.name.text, STR("false"))))
        return guard_constant(&c->policy->guards, a.name.text.p[0] == 't');
    if (a.kind == TERM_NAME && !a.name.quoted && !a.from_param)
        return unknown_attribute(c, &a);
    d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "'%.*s' alone is no condition: it is %s",
                    QUOTE(front_text(c->front, expr->at)), kind_words(c, &a));
    diag_help(c->diags, d, "compare it with something; only a bool stands alone");
    return NONE;
}

guard_id
expr_guard(struct compile *c, const struct ast_expr *expr)
{
    struct guards *guards = &c->policy->guards;
    guard_id a, b;

    switch (expr->kind) {
    case AST_NOT:
        a = expr_guard(c, expr->a);
        return a != NONE ? guard_not(guards, a) : NONE;
    case AST_AND:
    case AST_OR:
        a = expr_guard(c, expr->a);
        b = expr_guard(c, expr->b);
        return a == NONE || b == NONE ? NONE : expr->kind == AST_AND ? guard_and(guards, a, b) : guard_or(guards, a, b);
    case AST_COMPARE:
        return compare_guard(c, expr);
    case AST_IN:
        return in_guard(c, expr);
    case AST_HAS:
        return has_guard(c, expr);
    case AST_PRESENT:
        return present_guard(c, expr);
    case AST_WRONG:
        return NONE; /* reported */
    case AST_BARE:
        break;
    }
    return bare_guard(c, expr);
}

guard_id
expr_exceeds(struct compile *c, uint32_t counter, const struct ast_operand *operand, struct span at)
{
    struct term term = term_of(c, operand);
    struct diag *d;

    if (term.kind == TERM_WRONG)
        return NONE;
    if (term.kind == TERM_NUMBER) {
        if (term.number < 0) {
            d = diag_report(c->diags, CODE_BAD_RANGE, operand->at, "a limit is a number from 0");
            diag_help(c->diags, d, "0 allows none at all");
            return NONE;
        }
        /* counter + 1 > N */
        return number_guard(c, counter, NONE, AST_GT, term.number - 1, at);
    }
    if (term.kind == TERM_SLOT && slot_of(c, term.slot)->type == RCK_TYPE_INT) {
        if (term.slot == counter) {
            diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "the counter cannot be its own limit");
            return NONE;
        }
        return number_guard(c, counter, term.slot + 1, AST_GT, -1, at);
    }
    if (term.kind == TERM_NAME && !term.name.quoted && !term.from_param)
        return unknown_attribute(c, &term);
    d = diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "a limit is a number, a param or an int attribute");
    diag_label(c->diags, d, "%s", kind_words(c, &term));
    return NONE;
}

/* ---- presence ----------------------------------------------------------------------------------------------------------- */

/* What is left of a guard once 'x is present' is false: a constant, or something, and whether it compares x. */
enum folded { FOLDS_FALSE, FOLDS_TRUE, FOLDS_OPEN };

static enum folded
fold(const struct compile *c, guard_id guard, uint32_t slot_plus_1, uint32_t *compared)
{
    const struct guard *nodes = c->policy->guards.nodes.items, *node = &nodes[guard];
    enum folded result, neutral, absorbing;
    uint32_t inside = UINT32_MAX;

    if (guard == NONE)
        return FOLDS_TRUE;
    switch (node->kind) {
    case GUARD_CONSTANT:
        return node->constant == TRUTH_TRUE ? FOLDS_TRUE : FOLDS_FALSE;
    case GUARD_ATOM: {
        const struct atom *atom = &c->policy->guards.atoms.items[node->atom];

        if (atom->kind == ATOM_PRESENT)
            return atom->slot == slot_plus_1 ? FOLDS_FALSE : FOLDS_OPEN;
        if (atom->slot == slot_plus_1 || atom->other == slot_plus_1)
            *compared = node->atom;
        return FOLDS_OPEN;
    }
    case GUARD_NOT:
        result = fold(c, node->first, slot_plus_1, compared);
        return result == FOLDS_OPEN ? FOLDS_OPEN : result == FOLDS_TRUE ? FOLDS_FALSE : FOLDS_TRUE;
    case GUARD_AND:
    case GUARD_OR:
        break;
    }
    neutral = node->kind == GUARD_AND ? FOLDS_TRUE : FOLDS_FALSE;
    absorbing = node->kind == GUARD_AND ? FOLDS_FALSE : FOLDS_TRUE;
    result = neutral;
    for (guard_id operand = node->first; operand != NONE; operand = nodes[operand].next) {
        uint32_t here = UINT32_MAX;
        enum folded of = fold(c, operand, slot_plus_1, &here);

        if (of == absorbing)
            return absorbing; /* what the others compare does not remain */
        if (of == FOLDS_OPEN) {
            result = FOLDS_OPEN;
            inside = here != UINT32_MAX ? here : inside;
        }
    }
    if (inside != UINT32_MAX)
        *compared = inside;
    return result;
}

void
expr_check_presence(struct compile *c, const guard_id guards[], uint32_t n)
{
    uint8_t *read = arena_alloc(c->arena, c->policy->slots.n);
    struct atom_list atoms = { 0 };

    for (uint32_t i = 0; i < n; i++)
        guard_atoms(&c->policy->guards, guards[i], c->arena, &atoms);
    for (uint32_t i = 0; i < atoms.atoms.n; i++) {
        const struct atom *atom = &c->policy->guards.atoms.items[atoms.atoms.items[i]];

        read[atom->slot - 1] = 1;
        if (atom->other != NONE)
            read[atom->other - 1] = 1;
    }
    for (uint32_t s = N_DIMENSIONS; s < c->policy->slots.n; s++) {
        uint32_t compared = UINT32_MAX;
        bool is_false = false;
        struct diag *d;

        if (!read[s] || !slot_of(c, s)->optional)
            continue;
        for (uint32_t i = 0; i < n && !is_false; i++) {
            uint32_t here = UINT32_MAX;

            is_false = fold(c, guards[i], s + 1, &here) == FOLDS_FALSE;
            compared = here != UINT32_MAX ? here : compared;
        }
        if (is_false || compared == UINT32_MAX)
            continue;
        d = diag_report(c->diags, CODE_MAYBE_ABSENT, c->atom_places.items[compared],
                        "'%.*s' is optional, and nothing says that it is present here", QUOTE(slot_of(c, s)->name));
        diag_second(c->diags, d, c->slot_infos.items[s].at, "declared optional here");
        diag_help(c->diags, d, "add 'when %.*s is present', or say what its absence means", QUOTE(slot_of(c, s)->name));
    }
}
