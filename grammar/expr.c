/* SPDX-License-Identifier: MIT
 *
 * Expressions to guards: what the operands are, whether they can be compared, and with what.
 */
#include <config.h>

#include "compile.h"

enum term_kind {
    TERM_WRONG,  /* reported */
    TERM_SLOT,   /* a dimension, attribute or counter; a number may be shifted by 'quantity' */
    TERM_NUMBER, /* a constant: quantity */
    TERM_NAME    /* a constant that is a name of something, or a text */
};

struct term {
    enum term_kind kind;
    uint32_t slot;
    struct quantity quantity;
    struct ast_name name; /* text and place of the constant */
    bool is_text;         /* of TERM_NAME: it stood in quotes alone */
    bool from_param;
    struct str param;     /* its name, if it came from one */
    struct span at;
};

guard_id
compile_atom(struct compile *c, struct atom atom, struct span at)
{
    return compile_guard(c, guard_atom(&c->policy->guards, atom), at);
}

guard_id
compile_guard(struct compile *c, guard_id made, struct span at)
{
    for (; c->n_placed < c->policy->guards.nodes.n; c->n_placed++)
        if (c->policy->guards.nodes.items[c->n_placed].kind == GUARD_ATOM)
            *vec_push(c->arena, &c->atom_places) = at;
    return made;
}

/* Where NODE of the clause in progress, an atom, was asked. */
static struct span
place_of(const struct compile *c, guard_id node)
{
    uint32_t idx = 0;

    for (guard_id before = c->first_node; before < node; before++)
        idx += c->policy->guards.nodes.items[before].kind == GUARD_ATOM;
    return c->atom_places.items[idx];
}

static const struct slot *
slot_of(const struct compile *c, uint32_t slot)
{
    return &c->policy->slots.items[slot];
}

static const char *
type_words(enum rck_type type)
{
    switch (type) {
    case RCK_TYPE_BOOL:
        return "a bool";
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
        return "a number";
    case RCK_TYPE_STRING:
        return "a text";
    case RCK_TYPE_TIME:
        return "a time";
    case RCK_TYPE_NAME:
        return "a name";
    case RCK_TYPE_SET:
        break;
    }
    return "a set";
}

static const char *
kind_words(const struct compile *c, const struct term *term)
{
    if (term->kind == TERM_NUMBER)
        return term->quantity.plain ? "a number" : quantity_words(term->quantity.measure);
    if (term->kind == TERM_NAME)
        return term->is_text ? "a text" : "a name";
    return type_words(slot_of(c, term->slot)->type);
}

static void
unit_mismatch(struct compile *c, struct span at, enum measure a, enum measure b)
{
    struct diag *d = diag_report(c->diags, CODE_UNIT_MISMATCH, at, "%s cannot be compared with %s", quantity_words(a), quantity_words(b));

    enum measure measured = a == MEASURE_NONE ? b : a, other = a == MEASURE_NONE ? a : b;

    if (measured == MEASURE_TIME || other == MEASURE_TIME)
        diag_help(c->diags, d, "compare a time with a time: 2026-03-25, 'now', or another one to which a duration is added");
    else if (other == MEASURE_NONE)
        diag_help(c->diags, d, "declare the attribute in a unit, for example 'int 0.. in %s', or leave the unit out",
                  measured == MEASURE_BYTES ? "MB" : measured == MEASURE_DURATION ? "days" : "per minute");
    else
        diag_help(c->diags, d, "compare what measures the same");
}

/* Makes TERM, a text in quotes, the attribute of that name, if there is one, in a place where a constant has no sense. */
static void
as_attribute(const struct compile *c, struct term *term)
{
    uint32_t slot = term->kind == TERM_NAME && !term->from_param ? symbols_find(c->slots, term->name.text) : SYMBOL_NONE;

    if (slot == SYMBOL_NONE)
        return;
    term->kind = TERM_SLOT;
    term->slot = slot;
    term->quantity = (struct quantity){ 0 };
}

static void
too_large(struct compile *c, struct span at)
{
    diag_report(c->diags, CODE_NUMBER_RANGE, at, "the number is too large to be compared with anything");
}

static struct scale
scale_of_param(const struct compile *c, struct str name)
{
    return scale_of_type(c->param_infos.items[symbols_find(c->params, name)].decl->type);
}

/* Adds the constant SHIFT to TERM, or takes it away. */
static void
shift_term(struct compile *c, struct term *term, const struct ast_operand *operand)
{
    struct quantity by;
    enum measure of = term->quantity.measure;
    bool fits = true;

    if (!quantity_read(c, operand->shift, &by)) {
        term->kind = TERM_WRONG;
        return;
    }
    /* A plain number is in the unit of the attribute or param that it is added to. */
    if (term->kind == TERM_SLOT || term->from_param) {
        struct scale scale = term->kind == TERM_SLOT ? scale_of_slot(c, term->slot) : scale_of_param(c, term->param);

        of = scale.measure;
        fits = of == MEASURE_TIME || quantity_meet(&by, &scale);
    }
    /* A duration is added to a time; everything else is added to its like. */
    if (by.measure != (of == MEASURE_TIME ? MEASURE_DURATION : of)) {
        struct diag *d = diag_report(c->diags, CODE_UNIT_MISMATCH, operand->shift->at, "this cannot be added to '%.*s'",
                                     QUOTE(front_text(c->front, operand->value->at)));

        diag_help(c->diags, d, of == MEASURE_TIME ? "add a duration to a time, for example '14 days'" : "add what measures the same");
        term->kind = TERM_WRONG;
    } else if (!fits) {
        too_large(c, operand->shift->at);
        term->kind = TERM_WRONG;
    } else {
        term->quantity.micros += operand->minus ? -by.micros : by.micros; /* quantities leave room for that */
    }
}

static void
read_term(struct compile *c, const struct ast_operand *operand, struct term *term)
{
    const struct ast_value *value = operand->value;
    uint32_t slot, param;

    *term = (struct term){ .kind = TERM_NAME,
                           .at = operand->at,
                           .name = { .text = value->text, .at = value->at, .quoted = value->quoted } };
    switch (value->kind) {
    case AST_INT:
    case AST_DECIMAL:
    case AST_TIME:
        term->kind = quantity_read(c, value, &term->quantity) ? TERM_NUMBER : TERM_WRONG;
        break;
    case AST_NOW:
        term->kind = TERM_SLOT;
        term->slot = c->policy->now;
        break;
    case AST_NAME:
        slot = names_slot(c, value->text);
        if (slot != SYMBOL_NONE) {
            term->kind = TERM_SLOT;
            term->slot = slot;
        } else if ((param = names_param(c, value->text)) != SYMBOL_NONE) {
            const struct param_info *info = &c->param_infos.items[param];
            struct scale scale = scale_of_type(info->decl->type);

            term->kind = info->failed ? TERM_WRONG : info->is_number ? TERM_NUMBER : TERM_NAME;
            if (term->kind == TERM_NUMBER && !quantity_of(c, &scale, info->number, value->at, &term->quantity))
                term->kind = TERM_WRONG;
            term->from_param = true;
            term->param = value->text;
            term->name.text = info->text;
            term->is_text = info->decl->type->kind == AST_TYPE_STRING;
        }
        break;
    case AST_TEXT:
        term->is_text = true;
        term->name.quoted = true; /* a text is always a constant */
        break;
    case AST_SET: case AST_ABSENT: /* unreached: they stand in cases, and in no expression */
        break;
    }
    if (operand->shift != NULL)
        as_attribute(c, term);
    if (term->kind == TERM_SLOT && c->slot_infos.items[term->slot].unit != NULL && c->slot_infos.items[term->slot].unit->wrong)
        term->kind = TERM_WRONG;
    if (operand->shift != NULL && term->kind != TERM_WRONG) {
        if (term->kind == TERM_NAME || (term->kind == TERM_SLOT && !slot_is_number(slot_of(c, term->slot)))) {
            diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "'%.*s' is no number: nothing can be added to it",
                        QUOTE(front_text(c->front, value->at)));
            term->kind = TERM_WRONG;
        } else {
            shift_term(c, term, operand);
        }
    }
}

/* Reads what stands where an attribute must; false if it is wrong and has been reported. */
static bool
read_attribute(struct compile *c, const struct ast_operand *operand, struct term *term)
{
    read_term(c, operand, term);
    as_attribute(c, term);
    return term->kind != TERM_WRONG;
}

/* A word without quotes that means nothing: where no value fits, an attribute was meant. */
static bool
means_attribute(const struct term *term)
{
    return term->kind == TERM_NAME && !term->name.quoted && !term->from_param;
}

/* Reports a name that means nothing where an attribute of TYPE is wanted; NULL: where a text in quotes would do as well. */
static guard_id
unknown_attribute(struct compile *c, const struct term *term, const char *type)
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
    else if (type == NULL)
        diag_help(c->diags, d, "if it is a text, write it in quotes: \"%.*s\"", QUOTE(term->name.text));
    else
        diag_help(c->diags, d, "declare it in the vocabulary, for example 'attribute %.*s : %s;'", QUOTE(term->name.text), type);
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

/* A sum that is being put together: terms in millionths of what they measure. */
struct linear_sum {
    uint32_t slots[SUM_TERMS];
    wide factors[SUM_TERMS];
    uint32_t n;
};

/* Adds FACTOR times SLOT, which is not in it yet. */
static void
add_term(struct linear_sum *sum, uint32_t slot, wide factor)
{
    uint32_t i = sum->n++;

    for (; i > 0 && sum->slots[i - 1] > slot; i--) {
        sum->slots[i] = sum->slots[i - 1];
        sum->factors[i] = sum->factors[i - 1];
    }
    sum->slots[i] = slot;
    sum->factors[i] = factor;
}

static wide
step_of_slot(const struct compile *c, uint32_t slot)
{
    struct scale scale = scale_of_slot(c, slot);

    return scale_step(&scale);
}

/* SUM OP BOUND, by the two atoms that numbers have, in the one form that sums are kept in; SUM has a term. */
static guard_id
sum_guard(struct compile *c, const struct linear_sum *sum, enum ast_op op, wide bound, struct span at)
{
    struct guards *guards = &c->policy->guards;
    struct atom atom = { .kind = ATOM_BELOW, .slot = sum->slots[0] + 1 };
    wide divisor = 0;
    guard_id made;

    for (uint32_t i = 0; i < sum->n; i++)
        divisor = wide_divisor(divisor, sum->factors[i]);
    if (sum->factors[0] < 0) {
        divisor = -divisor;
        op = mirrored(op);
    }
    for (uint32_t i = 0; i < sum->n; i++) {
        atom.sum.slots[i] = sum->slots[i] + 1;
        atom.sum.factors[i] = (int64_t)(sum->factors[i] / divisor);
    }
    if (divisor < 0) {
        divisor = -divisor;
        bound = -bound;
    }
    if (op == AST_EQ || op == AST_NE) {
        if (bound % divisor == 0) {
            atom.kind = ATOM_EQUAL;
            atom.bound = bound / divisor;
            made = compile_atom(c, atom, at);
        } else {
            /* No number is equal to it: false where the numbers are known, and unknown where they are not. */
            atom.bound = wide_ceil(bound, divisor);
            made = compile_atom(c, atom, at);
            made = guard_and(guards, made, guard_not(guards, compile_atom(c, atom, at)));
        }
        return op == AST_NE ? guard_not(guards, made) : made;
    }
    /* s < b, s <= b, and their opposites, for whole s. */
    atom.bound = op == AST_LT || op == AST_GE ? wide_ceil(bound, divisor) : wide_floor(bound, divisor) + 1;
    made = compile_atom(c, atom, at);
    return op == AST_GT || op == AST_GE ? guard_not(guards, made) : made;
}

/* Is A asked for times, and B a text that should be one? */
static bool
time_in_quotes(const struct compile *c, const struct term *a, const struct term *b)
{
    return a->kind == TERM_SLOT && slot_of(c, a->slot)->type == RCK_TYPE_TIME && b->kind == TERM_NAME && b->is_text && !b->from_param;
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
    else if (time_in_quotes(c, a, b) || time_in_quotes(c, b, a))
        diag_help(c->diags, d, "write a time without quotes: 2026-03-25, 2026-03-25T12:00:00Z");
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

/* Reports an operator that only numbers have; false if OP is none. */
static bool
has_no_order(struct compile *c, const struct ast_expr *expr, const char *what)
{
    struct diag *d;

    if (expr->op == AST_EQ || expr->op == AST_NE)
        return false;
    d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "%s have no order: '%s' cannot compare them", what, op_texts[expr->op]);
    diag_help(c->diags, d, "use '==', '!=' or 'in'");
    return true;
}

/* SLOT == or != a name. */
static guard_id
name_guard(struct compile *c, const struct ast_expr *expr, uint32_t slot, const struct term *constant, enum ast_op op)
{
    guard_id atom;

    if (has_no_order(c, expr, "names"))
        return NONE;
    atom = names_guard(c, slot, &constant->name, expr->at);
    if (atom == NONE)
        return NONE;
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

/* A == or != B, which are of one enumeration or both strings. */
static guard_id
same_guard(struct compile *c, const struct ast_expr *expr, uint32_t a, uint32_t b)
{
    uint32_t first = a < b ? a : b;
    guard_id atom;

    if (has_no_order(c, expr, slot_of(c, a)->type == RCK_TYPE_STRING ? "texts" : "names"))
        return NONE;
    atom = compile_atom(c, (struct atom){ .kind = ATOM_SAME, .slot = first + 1, .other = a + b - first + 1 }, expr->at);
    return expr->op == AST_EQ ? atom : guard_not(&c->policy->guards, atom);
}

/* Number of the constant TEXT of SLOT, a string. */
static set_id
text_set(struct compile *c, uint32_t slot, struct str text)
{
    struct str key = arena_format(c->arena, "%u %.*s", (unsigned)slot, WHOLE(text));
    uint32_t number = symbols_add(c->texts, key, c->policy->slots.items[slot].n_texts);

    if (number == c->policy->slots.items[slot].n_texts)
        policy_add_text(c->policy, slot, text);
    return set_one(&c->policy->sets, number);
}

/* SLOT, a string, == or != a text. */
static guard_id
text_guard(struct compile *c, const struct ast_expr *expr, uint32_t slot, const struct term *constant)
{
    guard_id atom;

    if (has_no_order(c, expr, "texts"))
        return NONE;
    atom = compile_atom(
        c, (struct atom){ .kind = ATOM_IN, .slot = slot + 1, .set = text_set(c, slot, constant->name.text) }, expr->at);
    return expr->op == AST_EQ ? atom : guard_not(&c->policy->guards, atom);
}

static guard_id
slots_guard(struct compile *c, const struct ast_expr *expr, const struct term *a, const struct term *b)
{
    enum rck_type type_a = slot_of(c, a->slot)->type, type_b = slot_of(c, b->slot)->type;

    if (a->slot == b->slot) {
        diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "'%.*s' is compared with itself", QUOTE(slot_of(c, a->slot)->name));
        return NONE;
    }
    if (slot_is_number(slot_of(c, a->slot)) && slot_is_number(slot_of(c, b->slot))) {
        struct linear_sum sum = { .n = 0 };
        enum measure in_a = scale_of_slot(c, a->slot).measure, in_b = scale_of_slot(c, b->slot).measure;

        if (in_a != in_b) {
            unit_mismatch(c, expr->at, in_a, in_b);
            return NONE;
        }
        add_term(&sum, a->slot, step_of_slot(c, a->slot));
        add_term(&sum, b->slot, -step_of_slot(c, b->slot));
        return sum_guard(c, &sum, expr->op, b->quantity.micros - a->quantity.micros, expr->at);
    }
    if (type_a == RCK_TYPE_STRING && type_b == RCK_TYPE_STRING)
        return same_guard(c, expr, a->slot, b->slot);
    if (has_names(type_a) && has_names(type_b) && type_a == type_b && same_names(c, a->slot, b->slot))
        return same_guard(c, expr, a->slot, b->slot);
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
    struct quantity in_a = a->quantity, in_b = b->quantity;
    bool holds = false;
    int order;

    if (a->kind == TERM_NAME && has_no_order(c, expr, a->is_text ? "texts" : "names"))
        return NONE;
    if (a->kind == TERM_NUMBER && a->from_param != b->from_param && in_a.plain != in_b.plain) {
        /* A plain number beside a param with a unit is in that unit. */
        struct scale scale = scale_of_param(c, a->from_param ? a->param : b->param);

        if (!quantity_meet(a->from_param ? &in_b : &in_a, &scale) && in_a.measure == in_b.measure) {
            too_large(c, a->from_param ? b->at : a->at);
            return NONE;
        }
    }
    if (a->kind == TERM_NUMBER && in_a.measure != in_b.measure) {
        unit_mismatch(c, expr->at, in_a.measure, in_b.measure);
        return NONE;
    }
    order = a->kind == TERM_NUMBER ? (in_a.micros > in_b.micros) - (in_a.micros < in_b.micros)
                                   : !str_equal(a->name.text, b->name.text);
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

/* The number in SLOT, which may be shifted, OP a constant. */
static guard_id
constant_guard(struct compile *c, const struct ast_expr *expr, enum ast_op op, const struct term *slot, const struct term *constant)
{
    struct scale scale = scale_of_slot(c, slot->slot);
    struct quantity q = constant->quantity;
    struct linear_sum sum = { .n = 0 };

    add_term(&sum, slot->slot, scale_step(&scale));
    if (q.plain && scale.measure != MEASURE_TIME) {
        /* All of it is in the declared unit, whatever its size, or in the largest part of it that the shift has too: the product of a
         * number of 64 bits and a unit as it is may be too large. */
        wide part = wide_divisor(scale.unit, slot->quantity.micros), bound;

        if (NEVER(wide_mul_overflows(q.micros, scale.unit / part, &bound))) {
            too_large(c, constant->at);
            return NONE;
        }
        sum.factors[0] /= part;
        return sum_guard(c, &sum, op, bound - slot->quantity.micros / part, expr->at);
    }
    if (!quantity_meet(&q, &scale)) {
        unit_mismatch(c, expr->at, scale.measure, q.measure);
        return NONE;
    }
    return sum_guard(c, &sum, op, q.micros - slot->quantity.micros, expr->at);
}

static bool
is_number(const struct compile *c, const struct term *term)
{
    return term->kind == TERM_NUMBER || (term->kind == TERM_SLOT && slot_is_number(slot_of(c, term->slot)));
}

/* Two constants that are no numbers, neither of them a param: one of them must be meant as an attribute. */
static bool
are_words(const struct term *a, const struct term *b)
{
    return a->kind == TERM_NAME && b->kind == TERM_NAME && !a->from_param && !b->from_param;
}

static guard_id
compare_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a, b;

    read_term(c, expr->left, &a);
    read_term(c, expr->right, &b);

    if (a.kind == TERM_WRONG || b.kind == TERM_WRONG)
        return NONE;
    /* In quotes stands a value where both would do. */
    if (is_number(c, &b) || are_words(&a, &b))
        as_attribute(c, &a);
    if (is_number(c, &a) || are_words(&a, &b))
        as_attribute(c, &b);
    if (ambiguous(c, &a, &b) || ambiguous(c, &b, &a))
        return NONE;
    if (a.kind == TERM_SLOT && b.kind == TERM_SLOT)
        return slots_guard(c, expr, &a, &b);
    if (a.kind != TERM_SLOT && b.kind != TERM_SLOT) {
        struct diag *d;

        if ((a.from_param || b.from_param) && a.kind == b.kind && (a.kind == TERM_NUMBER || a.is_text == b.is_text || a.name.quoted || b.name.quoted))
            return params_guard(c, expr, &a, &b);

        /* A misspelt attribute beside a constant. */
        if (means_attribute(&a))
            return unknown_attribute(c, &a, b.is_text ? "string" : "int");
        if (means_attribute(&b))
            return unknown_attribute(c, &b, a.is_text ? "string" : "int");
        d = diag_report(c->diags, CODE_CONSTANT, expr->at, "both sides are constants: the request is not asked anything");
        diag_help(c->diags, d, "compare with an attribute of the vocabulary");
        return NONE;
    }

    const struct term *slot = a.kind == TERM_SLOT ? &a : &b, *constant = a.kind == TERM_SLOT ? &b : &a;
    enum ast_op op = a.kind == TERM_SLOT ? expr->op : mirrored(expr->op);
    enum rck_type type = slot_of(c, slot->slot)->type;

    if (slot_is_number(slot_of(c, slot->slot)) && constant->kind == TERM_NUMBER)
        return constant_guard(c, expr, op, slot, constant);
    if (has_names(type) && constant->kind == TERM_NAME)
        return name_guard(c, expr, slot->slot, constant, op);
    if (type == RCK_TYPE_STRING && constant->kind == TERM_NAME && constant->is_text)
        return text_guard(c, expr, slot->slot, constant);
    if (!has_names(type) && type != RCK_TYPE_SET && means_attribute(constant))
        return unknown_attribute(c, constant, type == RCK_TYPE_STRING ? NULL : type == RCK_TYPE_TIME ? "time" : "int");
    return mismatch(c, expr, &a, &b);
}

static guard_id
in_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a;
    struct gathered all = { 0 };

    if (!read_attribute(c, expr->left, &a))
        return NONE;
    if (a.kind != TERM_SLOT)
        return means_attribute(&a) ? unknown_attribute(c, &a, "{ a, b }") : constant_asked(c, expr, &a, "in");
    if (slot_of(c, a.slot)->type == RCK_TYPE_STRING) {
        for (const struct ast_name *name = expr->members.first; name != NULL; name = name->next) {
            if (!name->is_text) {
                struct diag *d = diag_report(c->diags, CODE_TYPE_MISMATCH, name->at, "'%.*s' is no text", QUOTE(name->text));

                if (symbols_find(c->params, name->text) != SYMBOL_NONE)
                    diag_help(c->diags, d, "compare with a param by '==': '%.*s == %.*s'", QUOTE(slot_of(c, a.slot)->name),
                              QUOTE(name->text));
                else
                    diag_help(c->diags, d, "write it in quotes: \"%.*s\"", QUOTE(name->text));
                return NONE;
            }
            names_gather(c, &all, text_set(c, a.slot, name->text));
        }
        if (expr->members.n == 0)
            return guard_constant(&c->policy->guards, false);
        return compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = a.slot + 1, .set = names_gathered(c, &all) }, expr->at);
    }
    if (!has_names(slot_of(c, a.slot)->type)) {
        struct diag *d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->left->at, "'%.*s' is %s: 'in' asks for a name",
                                     QUOTE(slot_of(c, a.slot)->name), kind_words(c, &a));
        diag_help(c->diags, d,
                  slot_of(c, a.slot)->type == RCK_TYPE_SET ? "ask a set with 'has'" : "compare numbers with '<=' and '>='");
        return NONE;
    }
    for (const struct ast_name *name = expr->members.first; name != NULL; name = name->next) {
        set_id members = names_check_member(c, name) ? names_resolve(c, a.slot, name) : SET_EMPTY;

        if (members == SET_EMPTY)
            return NONE;
        names_gather(c, &all, members);
    }
    if (expr->members.n == 0)
        return guard_constant(&c->policy->guards, false);
    return compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = a.slot + 1, .set = names_gathered(c, &all) }, expr->at);
}

static guard_id
has_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a;
    set_id set;

    if (!read_attribute(c, expr->left, &a))
        return NONE;
    if (a.kind != TERM_SLOT)
        return means_attribute(&a) ? unknown_attribute(c, &a, "set of { a, b }") : constant_asked(c, expr, &a, "has");
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
    struct term a;

    if (!read_attribute(c, expr->left, &a))
        return NONE;
    if (means_attribute(&a))
        return unknown_attribute(c, &a, "int optional");
    if (a.kind != TERM_SLOT || expr->left->shift != NULL || !slot_of(c, a.slot)->optional) {
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
    struct term a;
    struct diag *d;

    if (!read_attribute(c, expr->left, &a))
        return NONE;
    if (a.kind == TERM_SLOT && slot_of(c, a.slot)->type == RCK_TYPE_BOOL)
        return compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = a.slot + 1, .set = set_one(&c->policy->sets, 1) },
                            expr->at);
    if (a.kind == TERM_NAME && !a.name.quoted && (str_equal(a.name.text, STR("true")) || str_equal(a.name.text, STR("false"))))
        return guard_constant(&c->policy->guards, a.name.text.p[0] == 't');
    if (means_attribute(&a))
        return unknown_attribute(c, &a, "bool");
    d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->at, "'%.*s' alone is no condition: it is %s",
                    QUOTE(front_text(c->front, expr->at)), kind_words(c, &a));
    diag_help(c->diags, d, "compare it with something; only a bool stands alone");
    return NONE;
}

bool
expr_pattern(struct compile *c, const struct ast_expr *expr, uint32_t *out)
{
    static const char *const faults[] = { [GLOB_UNCLOSED] = "a '[' is not closed",
                                          [GLOB_RANGE] = "a range holds nothing: its first character comes after its last",
                                          [GLOB_STRAY_DASH] = "a '-' stands behind a range" };
    struct arena *arena = &c->policy->arena;
    uint64_t hash = hash_bytes(c->settings->hash_seed, expr->text.p, expr->text.n);
    uint32_t at_slot = index_begin(hash), idx;
    struct pattern pattern;
    enum glob_fault fault;
    size_t at = 0;
    struct diag *d;

    if (expr->text.n > c->settings->limits[LIMIT_NAME_BYTES]) {
        diag_limit(c->diags, LIMIT_NAME_BYTES, expr->text_at, "the glob");
        return false;
    }
    while ((idx = index_next(&c->pattern_idx, hash, &at_slot)) != INDEX_NONE)
        if (str_equal(c->policy->patterns.items[idx].text, expr->text)) { /* by chance: two globs of one hash */
            *out = idx;
            return true;
        }
    fault = glob_compile(&pattern.glob, arena, expr->text, &at);
    if (fault != GLOB_FINE) {
        d = diag_report(c->diags, CODE_BAD_GLOB, expr->text_at, "%s", faults[fault]);
        diag_help(c->diags, d, "a list is written [a-z] or [!a-z], with the smaller character first; '*' itself is [*], '[' itself [[]");
        return false;
    }
    pattern.text = arena_copy(arena, expr->text);
    *vec_push(arena, &c->policy->patterns) = pattern;
    *out = c->policy->patterns.n - 1;
    index_add(&c->pattern_idx, hash, *out);
    return true;
}

static guard_id
match_guard(struct compile *c, const struct ast_expr *expr)
{
    struct term a;
    uint32_t pattern;
    struct diag *d;

    if (!read_attribute(c, expr->left, &a))
        return NONE;
    if (a.kind != TERM_SLOT)
        return means_attribute(&a) ? unknown_attribute(c, &a, "string") : constant_asked(c, expr, &a, "matches");
    if (slot_of(c, a.slot)->type != RCK_TYPE_STRING) {
        d = diag_report(c->diags, CODE_TYPE_MISMATCH, expr->left->at, "'%.*s' is %s: 'matches' asks a string",
                        QUOTE(slot_of(c, a.slot)->name), kind_words(c, &a));
        diag_help(c->diags, d, "compare it with '==' or 'in'");
        return NONE;
    }
    if (!expr_pattern(c, expr, &pattern))
        return NONE;
    return compile_atom(c, (struct atom){ .kind = ATOM_MATCHES, .slot = a.slot + 1, .pattern = pattern }, expr->at);
}

guard_id
expr_guard(struct compile *c, const struct ast_expr *expr)
{
    /* What asks something.  Not by a switch: inlined, their frames would add up where expressions are nested. */
    static guard_id (*const leaves[])(struct compile *c, const struct ast_expr *expr) = {
        [AST_COMPARE] = compare_guard, [AST_IN] = in_guard,         [AST_HAS] = has_guard,
        [AST_PRESENT] = present_guard, [AST_MATCHES] = match_guard, [AST_BARE] = bare_guard,
    };
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
    case AST_IN:
    case AST_HAS:
    case AST_PRESENT:
    case AST_MATCHES:
    case AST_BARE:
        break;
    }
    return leaves[expr->kind](c, expr);
}

/* The window of a limit's number, and of its counter, must be one.  It is that of the counter OTHER, unless that is NULL. */
static bool
window_fits(struct compile *c, uint32_t counter, const struct ast_unit *window, const struct ast_decl *other, struct span at)
{
    const struct ast_decl *decl = c->slot_infos.items[counter].decl;
    struct str limit = STR("the limit is");
    struct diag *d;

    if (decl->window == NULL && window == NULL)
        return true;
    if ((decl->window != NULL && decl->window->wrong) || (window != NULL && window->wrong))
        return false;
    if (decl->window != NULL && window != NULL && decl->window->size == window->size)
        return true;
    if (other != NULL)
        limit = arena_format(c->arena, "'%.*s' counts", QUOTE(other->names.first->text));
    if (window == NULL) {
        d = diag_report(c->diags, CODE_UNIT_MISMATCH, at, "counter '%.*s' counts %.*s, and the limit does not",
                        QUOTE(decl->names.first->text), WHOLE(decl->window->text));
        diag_help(c->diags, d, "write 'to %.*s %.*s'", QUOTE(front_text(c->front, at)), WHOLE(decl->window->text));
    } else if (decl->window == NULL) {
        d = diag_report(c->diags, CODE_UNIT_MISMATCH, at, "counter '%.*s' has no window, and %.*s %.*s",
                        QUOTE(decl->names.first->text), WHOLE(limit), WHOLE(window->text));
        diag_help(c->diags, d, "declare 'counter %.*s %.*s : ...'%s", QUOTE(decl->names.first->text), WHOLE(window->text),
                  other != NULL ? "" : ", or leave the window out");
    } else {
        d = diag_report(c->diags, CODE_UNIT_MISMATCH, at, "counter '%.*s' counts %.*s, and %.*s %.*s",
                        QUOTE(decl->names.first->text), WHOLE(decl->window->text), WHOLE(limit), WHOLE(window->text));
        diag_help(c->diags, d, "give the limit for the window of the counter");
    }
    diag_second(c->diags, d, decl->names.first->at, "declared here");
    return false;
}

/* The window that a limit's number brings with it: '200 per minute', or a param or attribute 'in per minute'. */
static const struct ast_unit *
window_of(const struct compile *c, const struct ast_operand *bound, const struct term *term)
{
    const struct ast_unit *unit = bound->value->unit;

    if (term->kind == TERM_SLOT)
        unit = c->slot_infos.items[term->slot].unit;
    else if (term->from_param)
        unit = c->param_infos.items[symbols_find(c->params, term->param)].decl->type->unit;
    return unit != NULL && unit->kind == AST_RATE ? unit : NULL;
}

guard_id
expr_exceeds(struct compile *c, uint32_t counter, uint32_t by_plus_1, const struct ast_body *limit)
{
    const struct ast_operand *operand = limit->bound;
    struct term term;
    struct scale scale = scale_of_slot(c, counter);
    struct linear_sum sum = { .n = 0 };
    const struct ast_unit *window;
    const struct ast_decl *other = NULL; /* another counter */
    wide bound = 0;
    struct diag *d;

    read_term(c, operand, &term);
    if (term.kind == TERM_WRONG)
        return NONE;
    if (means_attribute(&term))
        return unknown_attribute(c, &term, "int");
    if (term.kind == TERM_NAME || (term.kind == TERM_SLOT && slot_of(c, term.slot)->type != RCK_TYPE_INT)) {
        d = diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "a limit is a number, a param or an int attribute");
        diag_label(c->diags, d, "%s", kind_words(c, &term));
        return NONE;
    }
    window = window_of(c, operand, &term);
    if (window != NULL && limit->window != NULL) {
        diag_report(c->diags, CODE_UNIT_MISMATCH, limit->window->at, "the limit says twice what it counts in");
        return NONE;
    }
    /* Another counter says itself what it counts in; that of another window does not become one of this by saying so. */
    if (term.kind == TERM_SLOT && c->slot_infos.items[term.slot].decl->window != NULL)
        other = c->slot_infos.items[term.slot].decl;
    if (other != NULL && !window_fits(c, counter, other->window, other, operand->at))
        return NONE;
    if ((other == NULL || limit->window != NULL)
        && !window_fits(c, counter, window != NULL ? window : limit->window, NULL, operand->at))
        return NONE;

    /* What counts in a window is a count: the rate is its number for one window. */
    add_term(&sum, counter, scale_step(&scale));
    if (by_plus_1 != NONE)
        add_term(&sum, by_plus_1 - 1, step_of_slot(c, by_plus_1 - 1));
    else
        bound -= scale_step(&scale);
    if (term.kind == TERM_NUMBER) {
        struct quantity q = term.quantity;

        if (q.measure == MEASURE_RATE)
            q = (struct quantity){ MEASURE_NONE, true, q.micros / window->size };
        if (q.micros < 0) {
            d = diag_report(c->diags, CODE_BAD_RANGE, operand->at, "a limit is a number from 0");
            diag_help(c->diags, d, "0 allows none at all");
            return NONE;
        }
        if (q.plain && scale.measure != MEASURE_NONE) {
            /* All of it is in the unit of what raises the counter, whatever its size. */
            for (uint32_t i = 0; i < sum.n; i++)
                sum.factors[i] /= scale.unit;
            return sum_guard(c, &sum, AST_GT, bound / scale.unit + q.micros, limit->at);
        }
        if (q.measure != scale.measure) {
            unit_mismatch(c, operand->at, scale.measure, q.measure);
            return NONE;
        }
        return sum_guard(c, &sum, AST_GT, bound + q.micros, limit->at);
    }
    if (term.slot == counter) {
        diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "the counter cannot be its own limit");
        return NONE;
    }
    /* counter + by > by is counter > 0, and reads as if something else was meant. */
    if (by_plus_1 == term.slot + 1) {
        diag_report(c->diags, CODE_TYPE_MISMATCH, operand->at, "what raises the counter cannot be its limit");
        return NONE;
    }
    if (scale_of_slot(c, term.slot).measure != scale.measure && window == NULL) {
        unit_mismatch(c, operand->at, scale.measure, scale_of_slot(c, term.slot).measure);
        return NONE;
    }
    /* Where the attribute's unit is the window, its number is in the unit of what raises the counter. */
    add_term(&sum, term.slot, -(window != NULL ? scale_step(&scale) : step_of_slot(c, term.slot)));
    return sum_guard(c, &sum, AST_GT, bound, limit->at);
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
        return node->of == TRUTH_TRUE ? FOLDS_TRUE : FOLDS_FALSE;
    case GUARD_ATOM: {
        const struct atom *atom = &c->policy->guards.atoms.items[node->of];

        uint32_t slots[SUM_TERMS], n = atom_slots(atom, slots);

        if (atom->kind == ATOM_PRESENT)
            return atom->slot == slot_plus_1 ? FOLDS_FALSE : FOLDS_OPEN;
        for (uint32_t i = 0; i < n; i++)
            if (slots[i] + 1 == slot_plus_1)
                *compared = guard;
        return FOLDS_OPEN;
    }
    case GUARD_NOT:
        result = fold(c, guard - 1, slot_plus_1, compared);
        return result == FOLDS_OPEN ? FOLDS_OPEN : result == FOLDS_TRUE ? FOLDS_FALSE : FOLDS_TRUE;
    case GUARD_AND:
    case GUARD_OR:
        break;
    }
    neutral = node->kind == GUARD_AND ? FOLDS_TRUE : FOLDS_FALSE;
    absorbing = node->kind == GUARD_AND ? FOLDS_FALSE : FOLDS_TRUE;
    result = neutral;
    for (guard_id operand = guard - 1; operand != guard_before(nodes, guard); operand = guard_before(nodes, operand)) {
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
    struct atom_list atoms = { 0 };
    uint32_t first = UINT32_MAX, end = 0;

    if (!c->has_optional)
        return;
    if (c->read == NULL)
        c->read = arena_alloc(c->arena, c->policy->slots.n);
    for (uint32_t i = 0; i < n; i++)
        guard_atoms(&c->policy->guards, guards[i], c->scratch, &atoms);
    for (uint32_t i = 0; i < atoms.atoms.n; i++) {
        uint32_t slots[SUM_TERMS], n_slots = atom_slots(&c->policy->guards.atoms.items[atoms.atoms.items[i]], slots);

        for (uint32_t k = 0; k < n_slots; k++) {
            if (!slot_of(c, slots[k])->optional)
                continue;
            c->read[slots[k]] = 1;
            first = slots[k] < first ? slots[k] : first;
            end = slots[k] < end ? end : slots[k] + 1;
        }
    }
    for (uint32_t s = first; s < end; s++) {
        uint32_t compared = UINT32_MAX;
        bool is_false = false;
        struct diag *d;

        if (c->read[s] == 0)
            continue;
        c->read[s] = 0;
        for (uint32_t i = 0; i < n && !is_false; i++) {
            uint32_t here = UINT32_MAX;

            is_false = fold(c, guards[i], s + 1, &here) == FOLDS_FALSE;
            compared = here != UINT32_MAX ? here : compared;
        }
        if (is_false || compared == UINT32_MAX)
            continue;
        d = diag_report(c->diags, CODE_MAYBE_ABSENT, place_of(c, compared),
                        "'%.*s' is optional, and nothing says that it is present here", QUOTE(slot_of(c, s)->name));
        diag_second(c->diags, d, c->slot_infos.items[s].at, "declared optional here");
        diag_help(c->diags, d, "add 'when %.*s is present', or say what its absence means", QUOTE(slot_of(c, s)->name));
    }
}
