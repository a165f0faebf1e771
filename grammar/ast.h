/* SPDX-License-Identifier: MIT
 *
 * The tree that the parser builds: what the policy says, with places, before any name is looked up.  Nodes live in the arena of
 * the compile and are linked by 'next' in source order.  parse.y builds it, names.c, clauses.c and cases.c read it; the naive
 * reader in tests/ decides requests from it alone.
 */
#ifndef RCK_AST_H
#define RCK_AST_H

#include "../engine/base.h"
#include "../engine/rulecheck.h"

/* A name as the source has it: dotted, quotes of quoted parts removed. */
struct ast_name {
    struct ast_name *next;
    struct str text;
    struct span at;
    bool quoted;  /* some part stood in quotes: never a keyword, always a value where both would do */
    bool is_text; /* it is one text in quotes, in a list of values: maybe with dots, which no name has */
};

/* Names in source order; 'last' makes appending cheap. */
struct ast_names {
    struct ast_name *first;
    struct ast_name *last;
    uint32_t n;
};

enum ast_unit_kind {
    AST_BYTES,    /* size is in bytes */
    AST_DURATION, /* size is in nanoseconds */
    AST_RATE      /* 'per minute': size is how often it fits into a week */
};

/* A unit, such as 'MB', 'days', 'per minute'; units.c knows them. */
struct ast_unit {
    enum ast_unit_kind kind;
    int64_t size;    /* of one */
    struct str text; /* its first name: 'day' for 'days' */
    bool wrong;      /* there is no such unit, which has been reported */
    struct span at;
};

enum ast_value_kind {
    AST_NAME,    /* name */
    AST_INT,     /* number, maybe with a unit */
    AST_DECIMAL, /* number, in millionths, maybe with a unit */
    AST_TIME,    /* number, in nanoseconds since 1970 in UTC */
    AST_NOW,     /* the word 'now' */
    AST_TEXT,    /* text: a quoted string without a dot-joined part; a name or a string, as its use decides */
    AST_SET,     /* members; none of them for the empty set */
    AST_ABSENT   /* '-', in cases only */
};

struct ast_value {
    struct ast_value *next; /* in a row of cases */
    enum ast_value_kind kind;
    struct span at;
    struct str text;          /* of AST_NAME and AST_TEXT: without quotes */
    bool quoted;              /* of AST_NAME: some part stood in quotes */
    int64_t number;           /* of AST_INT, AST_DECIMAL and AST_TIME */
    struct ast_unit *unit;    /* of AST_INT and AST_DECIMAL; NULL for a plain number */
    struct ast_names members; /* of AST_SET */
};

/* An operand: a value, or a value plus or minus a constant. */
struct ast_operand {
    struct ast_value *value;
    struct ast_value *shift; /* the constant, of AST_INT or AST_DECIMAL; NULL if there is none */
    bool minus;              /* it is taken away */
    struct span at;
};

enum ast_op { AST_EQ, AST_NE, AST_LT, AST_LE, AST_GT, AST_GE };

enum ast_expr_kind {
    AST_NOT,     /* not a */
    AST_AND,     /* a and b; chains lean to the left: ((a and b) and c) */
    AST_OR,      /* a or b */
    AST_COMPARE, /* left op right */
    AST_IN,      /* left in { members } */
    AST_HAS,     /* left has members: one name or a set of one */
    AST_PRESENT, /* left is present */
    AST_MATCHES, /* left matches text */
    AST_BARE     /* left, a boolean by itself */
};

struct ast_expr {
    enum ast_expr_kind kind;
    struct span at;
    struct ast_expr *a, *b;
    enum ast_op op;
    struct ast_operand *left, *right;
    struct ast_names members;
    struct str text;     /* the glob of matches, escapes undone */
    struct span text_at; /* with its quotes */
    uint32_t depth; /* 1 + that of the deeper part; at most the limit nesting, which bounds every walk */
};

/* What is done: ACTIONS RESOURCES, 'use RESOURCES', 'ACTIONS anything', 'use anything'. */
struct ast_do {
    bool any_action;   /* 'use' */
    bool any_resource; /* 'anything' */
    struct ast_names actions;
    struct ast_names resources;
    struct span at;
};

/* WHO: 'anyone', or names of subjects and roles. */
struct ast_who {
    bool anyone;
    struct ast_names names;
    struct span at;
};

enum ast_body_kind {
    AST_LIMIT,        /* limit counter to bound */
    AST_ONLY,         /* only who may act */
    AST_CANNOT,       /* who cannot act */
    AST_REQUIRE,      /* require expr to act */
    AST_DENY,         /* deny when expr */
    AST_GRANT,        /* who may act */
    AST_NOTE,         /* note "..." */
    AST_ASSERT_ALLOW  /* allow when expr; in asserts only */
};

struct ast_body {
    enum ast_body_kind kind;
    struct span at;
    struct ast_name *counter;
    struct ast_operand *bound; /* of limit */
    struct ast_unit *window;   /* of limit: 'per minute' behind the bound, if it is no part of the number itself; may be NULL */
    struct ast_who *who;
    struct ast_do *act;
    struct ast_expr *expr;
    struct str note;
};

enum ast_tail_kind { AST_WHEN, AST_UNLESS, AST_CITES, AST_SAYS, AST_COVERED, AST_WARN };

struct ast_tail {
    struct ast_tail *next;
    enum ast_tail_kind kind;
    struct span at;
    struct ast_expr *expr;   /* when, unless */
    struct str text;         /* cites, says: escapes undone */
    struct span text_at;     /* with its quotes */
    struct ast_names labels; /* covered by */
};

/* A clause, or an assert (which has no label: label->text is empty and label->at is that of the word 'assert'). */
struct ast_clause {
    struct ast_clause *next;
    struct ast_name *label;
    struct ast_body *body;
    struct ast_tail *tails;
    struct span at;
    bool asserted; /* it is an assert */
};

enum ast_type_kind { AST_TYPE_BOOL, AST_TYPE_INT, AST_TYPE_DECIMAL, AST_TYPE_STRING, AST_TYPE_TIME, AST_TYPE_ENUM, AST_TYPE_SET };

struct ast_type {
    enum ast_type_kind kind;
    struct span at;
    struct ast_value *min, *max; /* of int and decimal; NULL where there is no bound */
    struct ast_unit *unit;       /* of int and decimal: 'in bytes'; NULL if there is none */
    bool open;                   /* of enumerations and sets */
    struct ast_names names;      /* of enumerations and sets */
};

/* DO lists of a counter: each 'up on ACTIONS RESOURCES', 'up by ATTRIBUTE on ...' and 'down on ...'. */
struct ast_step {
    struct ast_step *next;
    struct ast_step *last; /* of the first of a list: the last one, and how many there are */
    uint32_t n;
    bool up;
    struct ast_name *by; /* NULL: by one */
    struct ast_do *act;
    struct span at;
};

enum ast_decl_kind {
    AST_DECL_DIMENSION, /* subject a, b, c; more than one declaration adds up */
    AST_DECL_NAMED_SET, /* resource secrets = tokens, webhook; */
    AST_DECL_ATTRIBUTE,
    AST_DECL_COUNTER
};

/* The four built-in dimensions, in the order of their attributes. */
enum ast_dimension { AST_SUBJECT, AST_ROLE, AST_ACTION, AST_RESOURCE };

struct ast_decl {
    struct ast_decl *next;
    enum ast_decl_kind kind;
    struct span at;
    enum ast_dimension dimension;
    bool open;              /* of dimensions: names that are not declared are known as well */
    struct ast_names names; /* declared names; of a counter: one */
    struct ast_name *set;   /* of a named set: its name; 'names' are its members */
    struct ast_type *type;  /* of attributes */
    bool optional;
    struct ast_step *steps; /* of counters */
    struct ast_unit *window; /* of counters: what it counts in, 'per minute'; may be NULL */
};

struct ast_param {
    struct ast_param *next;
    struct ast_name *name;
    struct ast_type *type;
    struct ast_value *value;
    struct span at;
};

struct ast_row {
    struct ast_row *next;
    struct ast_value *cells; /* as many as the header has names */
    uint32_t n_cells;
    struct ast_name *result; /* allow, deny, indeterminate, invalid */
    bool has_by;
    bool by_default;
    struct ast_names by;
    struct span at; /* from the first cell to the last word */
};

struct ast_cases {
    struct ast_cases *next;
    struct str title;
    struct ast_names header;
    struct ast_row *rows;
    struct span at;
};

/* An attribute that a route sets from a fact of the message. */
struct ast_with {
    struct ast_with *next;
    struct ast_name *attribute, *fact;
    struct span at;
};

struct ast_route {
    struct ast_route *next;
    struct ast_names methods;
    struct str path; /* escapes undone */
    struct span path_at;
    struct ast_expr *when; /* may be NULL */
    struct ast_name *action, *resource;
    struct ast_with *withs;
    struct span withs_at;
    struct span at;
};

/* A message whose facts are so comes from SUBJECT. */
struct ast_credential {
    struct ast_credential *next;
    struct ast_name *subject;
    struct ast_expr *when;
    struct span at;
};

/* A whole policy.  Lists are in source order. */
struct ast {
    struct ast_name *name; /* after 'policy'; NULL if missing */
    struct str source, source_date;
    struct span source_at;
    bool has_default;
    enum rck_result by_default; /* RCK_ALLOW or RCK_DENY */
    struct span default_at;
    struct ast_decl *decls;
    struct ast_param *params;
    struct ast_clause *clauses; /* clauses and asserts */
    struct ast_cases *cases;
    struct ast_route *routes;
    struct ast_credential *credentials;
};

#endif
