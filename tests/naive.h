/* SPDX-License-Identifier: MIT
 *
 * The oracle: a slow and plain reader that decides a request from the tree alone, clause by clause, in Kleene's logic, as
 * section 5 of the language says it.  It shares no code with engine/ and grammar/: of theirs it knows the structures of ast.h,
 * struct str and the enumerations of rulecheck.h.  Where it and the engine differ, one of the two is wrong.  It takes a tree
 * that compiled, looks every name up anew each time, and allocates nothing but the list of clauses in the verdict.
 */
#ifndef RCK_TESTS_NAIVE_H
#define RCK_TESTS_NAIVE_H

#include "../engine/base.h"
#include "../engine/rulecheck.h"
#include "../grammar/ast.h"
#include "naive_values.h"

enum naive_kind {
    NAIVE_ABSENT, /* null, or the key is not there */
    NAIVE_NUMBER, /* text: as JSON writes it, which need be no number that an attribute takes: 1e2, 0.1234567 */
    NAIVE_BOOL,   /* truth */
    NAIVE_TEXT,   /* text: a lone name, a string or a time; "" is one, too (an empty cell is NAIVE_ABSENT) */
    NAIVE_LIST,   /* members; none of them for the empty set */
    NAIVE_OTHER   /* of no type that an attribute has, such as a list of numbers; text: as in JSON */
};

/* One fact of a request.  Nested objects are flattened: 'key' is the whole dotted key. */
struct naive_fact {
    struct str key;
    enum naive_kind kind;
    bool truth;
    struct str text;
    const struct str *members;
    uint32_t n_members;
};

/* A parameter that the deployment sets, written as rck_context_set_param() takes it. */
struct naive_param {
    struct str name;
    struct str value;
};

/* A request with the parameters in force. */
struct naive_request {
    const struct naive_fact *facts; /* in any order; a key that is there twice is a duplicate */
    uint32_t n_facts;
    bool strict;                      /* every undeclared key is invalid */
    bool has_now;                     /* the caller tells the time */
    int64_t now;                      /* nanoseconds since 1970 in UTC */
    const struct naive_param *params; /* NULL: the declared values */
    uint32_t n_params;
};

/* What a clause says; the violated and the unknown ones are those in that state. */
struct naive_clause {
    struct str label; /* borrowed from the tree */
    enum ast_body_kind kind;
    bool warns; /* reported apart, never part of the result */
    enum rck_state state;
};

/* The answer.  Zero it before its first use; it may be used again; naive_verdict_free() ends it. */
struct naive_verdict {
    enum rck_result result;
    uint32_t first;               /* the clause that decides, an index into 'clauses'; RCK_NONE if none does */
    struct naive_clause *clauses; /* source order, asserts left out; of an invalid request all are irrelevant */
    uint32_t n_clauses;
    uint32_t room;
    uint32_t refuted; /* the first assert, counted among the asserts, that does not hold of the request; RCK_NONE if all do */
};

/* Decides REQUEST by AST and returns the result, which VERDICT has too.  Ends the process if memory runs out. */
enum rck_result naive_decide(const struct ast *ast, const struct naive_request *request, struct naive_verdict *verdict);

/* Returns what a 1 of the attribute or counter KEY is worth in the smallest unit of its kind; 1 if it has no unit, or there
 * is none. */
wide naive_unit_of(const struct ast *ast, struct str key);

void naive_verdict_free(struct naive_verdict *verdict);

#endif
