/* SPDX-License-Identifier: MIT
 *
 * Routes: what a message of HTTP asks for.  The policy has a list of them, in source order; each has a method, a path, maybe a
 * condition over facts of the message, an action and a resource.  Routes of one method and one path are a group.
 *
 * A path is a row of segments: a literal, '*' for any one segment, and at the end maybe '**' for all that follow, be it nothing.
 * Of the groups that match a path the most specific one counts.  Two paths are compared from the left: a literal comes before '*',
 * and '*' before the end of a path and before '**'; the first difference decides.
 *
 * The automaton finds that group in one step a segment, however many routes there are.  The method counts as the first segment.
 * It is the tree of all paths made deterministic: a state is what of the tree can still be reached, as a list of its nodes, the
 * more specific ones first, and the group of the first '**' that was passed, behind which nothing more counts.
 *
 *     example: GET /a/b, GET /a/<star>/c and GET /<star>/b are a tree of 8 nodes.  After GET and 'a' the state is { a, <star> };
 *     'b' leads from there to { a/b, a/<star>, <star>/b }, whose first node ends a path, so that GET /a/b is decided by that.
 *
 * A state has its literals sorted without regard to case: what differs from one of them by case alone is told apart, so that the
 * caller can refuse it (servers differ in whether they do).
 *
 * Cost: a step is a binary search among the literals of the state.  States and literals can be more than the tree has, in the worst
 * case exponentially many; the limit `route-states` caps their sum.  The automaton is made when a policy is sealed, and anew when
 * it is loaded: it follows from the routes.
 *
 * Conditions are programs for a machine with a stack of truth values, in http.h.
 */
#ifndef RCK_ROUTES_H
#define RCK_ROUTES_H

#include "caps.h"
#include "mem.h"

struct rck_policy;

/* Where a fact of a message comes from. */
enum fact_source { FACT_QUERY, FACT_HEADER, FACT_BODY };

/* One thing that conditions ask of a message.  Sorted by source and name; the names of headers are in lower case. */
struct fact {
    enum fact_source source;
    struct str name; /* of a query a key, of a body a dotted path */
};

/* A step of a condition. */
enum test_kind {
    TEST_NOT,     /* turns the uppermost value round */
    TEST_AND,     /* the two uppermost values become one */
    TEST_OR,
    TEST_PRESENT, /* these push a value: the fact is there */
    TEST_TEXT,    /* it is this text */
    TEST_MATCHES, /* it is a text that the glob matches */
    TEST_TRUE,    /* it is true */
    TEST_EQUAL,   /* it is this number */
    TEST_BELOW,   /* it is a number below this one */
    TEST_ABOVE
};

struct test {
    enum test_kind kind;
    uint32_t fact;    /* of those that push */
    struct str text;  /* of TEST_TEXT and TEST_MATCHES */
    uint32_t pattern; /* of TEST_MATCHES: index in policy->patterns */
    wide number;      /* millionths */
};

/* True for those that push a value. */
static inline bool
test_pushes(enum test_kind kind)
{
    return kind >= TEST_PRESENT;
}

/* Values that a condition may have on its stack at once: one more than its parts can be nested. */
enum { CONDITION_STACK_MAX = NESTING_MAX + 2 };

/* The program of a condition: tests FIRST to FIRST + N; none: always true. */
struct condition {
    uint32_t first, n;
};

/* An attribute that is set from a fact. */
struct route_with {
    uint32_t slot;
    uint32_t fact;
};

struct route_position {
    uint32_t file, line, column;
};

struct route {
    struct str method, path; /* as written */
    struct str when, with;   /* the condition, and what is set, as written; p is NULL: none */
    struct condition condition;
    uint32_t action, resource; /* names of these slots */
    uint32_t first_with, n_withs;
    struct route_position at;
    uint32_t next;  /* of its group, in source order; RCK_NONE */
    bool asks_body; /* its condition, or what it sets, does */
    bool matches;   /* some path leads to it */
};

/* Says which messages come with the credential of SUBJECT. */
struct credential {
    uint32_t subject;
    struct str when;
    struct condition condition;
    struct route_position at;
};

/* A literal of a state. */
struct route_edge {
    struct str name;
    uint32_t to;
};

struct route_state {
    uint32_t first_edge, n_edges; /* sorted by route_compare() */
    uint32_t other;               /* where any other segment leads; RCK_NONE: nowhere */
    uint32_t group;               /* if the path ends here: its first route; RCK_NONE: there is none */
    uint32_t nearest;             /* some route that is reached from here, for messages */
};

struct routes {
    VEC(struct fact) facts;
    VEC(struct test) tests;
    VEC(struct route_with) withs;
    VEC(struct route) routes;
    VEC(struct credential) credentials;
    VEC(struct route_state) states; /* [0] is the beginning; none if there are no routes */
    VEC(struct route_edge) edges;
};

/* What is wrong with a path in a policy. */
enum path_fault {
    PATH_FINE,
    PATH_NO_SLASH,     /* it does not begin with '/' */
    PATH_EMPTY,        /* a segment is empty, or it ends in '/' */
    PATH_STAR,         /* '*' beside something else in a segment */
    PATH_REST,         /* '**' before the end */
    PATH_BRACES,       /* {uid}, :uid or <uid> */
    PATH_DOTS,         /* '.' or '..' */
    PATH_BYTES,        /* what stands in no path that is decided: %XX, '?', '#', ';', '\', control characters */
    PATH_LONG          /* more segments than a path may have */
};

/* Checks the path TEXT, which is valid UTF-8; *AT and *N get the place of what is wrong. */
enum path_fault path_check(struct str text, size_t *at, size_t *n);

/* Order of bytes without regard to the case of letters A to Z, and then with it. */
int route_compare(struct str a, struct str b);

/* True if A and B are the same without regard to case. */
bool route_same_folded(struct str a, struct str b);

/* Puts the routes, whose paths are fine, into groups and makes the automaton.  False if it has more than LIMIT states and edges. */
bool routes_build(struct routes *routes, struct arena *arena, uint64_t limit);

/* True if CONDITION is a program: it lies in the tests, never takes what is not there, and leaves one value. */
bool routes_check_condition(const struct routes *routes, struct condition condition);

/* One step from STATE by SEGMENT.  Returns the next state, or RCK_NONE; *TWIN gets a literal that differs from it by case alone,
 * where it is none itself, or an empty slice. */
uint32_t routes_step(const struct routes *routes, uint32_t state, struct str segment, struct str *twin);

/* The literal of STATE that is most like SEGMENT: the state that it leads to, or RCK_NONE.  Looks at a bounded number of them. */
uint32_t routes_suggest(const struct routes *routes, uint32_t state, struct str segment);

/* Returns the fact NAME of SOURCE, or RCK_NONE. */
uint32_t routes_find_fact(const struct routes *routes, enum fact_source source, struct str name);

/* "header.authorization": what the policy calls a fact. */
const char *fact_prefix(enum fact_source source);

#endif
