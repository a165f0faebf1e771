/* SPDX-License-Identifier: MIT
 *
 * A walk over the tree of a policy for the tests: which forms of the language it uses, and which constants stand in it, near
 * which something changes.
 */
#ifndef RCK_TESTS_TREE_H
#define RCK_TESTS_TREE_H

#include "../grammar/ast.h"
#include "naive_values.h"

/* Called for every operand, expression, clause body and tail; each may be NULL. */
struct tree_visitor {
    void *arg;
    void (*expr)(void *arg, const struct ast_expr *expr);
    void (*operand)(void *arg, const struct ast_operand *operand);
    void (*clause)(void *arg, const struct ast_clause *clause);
};

/* Visits the clauses, asserts among them, in source order; a part after what it is a part of. */
void tree_walk(const struct ast *ast, const struct tree_visitor *visitor);

/* The operators and forms of clauses and declarations, with their names. */
#define TREE_FORMS(X)                                                                                                          \
    X(LIMIT, "limit") X(ONLY, "only") X(CANNOT, "cannot") X(REQUIRE, "require") X(DENY, "deny when") X(GRANT, "may")           \
    X(NOTE, "note") X(ASSERT, "assert") X(WHEN, "when") X(UNLESS, "unless") X(CITES, "cites") X(SAYS, "says")                  \
    X(COVERED, "covered by") X(WARN, "warn") X(ANYONE, "anyone") X(ANYTHING, "anything") X(USE, "use") X(NOT, "not")           \
    X(AND, "and") X(OR, "or") X(EQ, "==") X(NE, "!=") X(LT, "<") X(LE, "<=") X(GT, ">") X(GE, ">=") X(IN, "in")                \
    X(HAS, "has") X(PRESENT, "is present") X(MATCHES, "matches") X(BARE, "a boolean alone") X(STRING_EQ, "string == text")     \
    X(STRING_IN, "string in") X(STRINGS, "string == string") X(INT, "an int") X(DECIMAL, "a decimal")                          \
    X(INT_DECIMAL, "an int beside a decimal") X(QUANTITY, "a quantity") X(BYTES, "bytes") X(DURATION, "a duration")            \
    X(RATE, "a rate") X(NUMBERS, "number and number") X(UNITS, "two units of a kind") X(SHIFT, "a shift")                      \
    X(SHIFT_QUANTITY, "a shift by a quantity") X(TIME, "a time") X(TIMES, "time and time") X(NOW, "now") X(PARAM, "a param")   \
    X(LIMIT_NUMBER, "limit to a number") X(LIMIT_PARAM, "limit to a param") X(LIMIT_ATTRIBUTE, "limit to an attribute")        \
    X(LIMIT_QUANTITY, "limit to a quantity") X(LIMIT_WINDOW, "limit to N per ...") X(BY, "up by") X(DOWN, "down on")           \
    X(WINDOW, "counter per ...") X(OPEN_DIMENSION, "an open dimension") X(OPEN_ENUM, "an open enumeration")                    \
    X(OPEN_SET, "an open set") X(NAMED_SET, "a named set") X(OPTIONAL, "optional")

enum tree_form {
#define TREE_FORM_ID(id, name) TREE_##id,
    TREE_FORMS(TREE_FORM_ID)
#undef TREE_FORM_ID
    N_TREE_FORMS
};

const char *tree_form_name(enum tree_form form);

/* Marks in FOUND what stands in AST. */
void tree_forms(const struct ast *ast, bool found[N_TREE_FORMS]);

/* A value that a request may give an attribute. */
struct tree_value {
    bool is_text;    /* a string; else a number or a time */
    bool is_time;
    bool is_plain;   /* a number without unit */
    wide number;     /* in millionths, of the smallest unit if it is not plain; or nanoseconds */
    struct str text; /* of strings: a constant, or a glob */
};

enum { TREE_VALUES = 128 };

/* Lists the constants of the clauses and the params of AST, at most TREE_VALUES; returns how many. */
uint32_t tree_values(const struct ast *ast, struct tree_value values[TREE_VALUES]);

/* Says what VALUE is for a number whose unit is FACTOR of the smallest one, rounded down to a multiple of STEP; in
 * millionths. */
wide tree_number(const struct tree_value *value, wide factor, wide step);

#endif
