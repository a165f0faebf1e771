/* SPDX-License-Identifier: MIT
 *
 * Every cap of the project, in one list: name, default, what it counts.  A policy or request that goes over one is refused
 * with a message that gives the limit's name and value; the caps marked "settable" are raised with rck_context_set_limit() or
 * `rulecheck --limit NAME=N`.  tests/ try each at limit-1, limit and limit+1.
 */
#ifndef RCK_CAPS_H
#define RCK_CAPS_H

/* LIMIT(symbol, name, default, what it counts) - settable for each compile. */
#define RCK_LIMITS(LIMIT)                                                                                                      \
    LIMIT(POLICY_BYTES, "policy-bytes", 128u << 20, "bytes of policy text, included files together")                           \
    LIMIT(COMPILE_BYTES, "compile-bytes", 1u << 30, "bytes of memory that one compile may hold")                                \
    LIMIT(INCLUDES, "includes", 4096, "'include' statements of all files together")                                           \
    LIMIT(CLAUSES, "clauses", 1u << 21, "clauses and asserts of a policy")                                                      \
    LIMIT(NAMES, "names", 1u << 20, "declared names: subjects, roles, actions, resources, values, attributes, params")         \
    LIMIT(NAME_BYTES, "name-bytes", 255, "bytes of one dotted name")                                                            \
    LIMIT(COUNTER_STEPS, "counter-steps", 1000, "steps of one counter, 'up on ...' and 'down on ...'")                          \
    LIMIT(NESTING, "nesting", 200, "parts of an expression inside one another: 'not', parentheses, terms of one 'and' or 'or'") \
    LIMIT(CLAUSE_ROWS, "clause-rows", 4096, "rows that one clause may become")                                                  \
    LIMIT(ROWS, "rows", 1u << 22, "rows of the decision table")                                                                 \
    LIMIT(CELLS, "cells", 65536,                                                                                                \
          "cells of a dense decision table; above, or where filling it writes 256 times as many, it is hashed, and with 1 always") \
    LIMIT(PROOF_STEPS, "proof-steps", 1u << 22,                                                                                 \
          "steps that the proof of one assert, or one question of an analysis, may take; all together have a few times as many") \
    LIMIT(MUTANTS, "mutants", 10000, "mutants of a policy that 'gen' and 'test --mutate' try")                                  \
    LIMIT(ROUTE_STATES, "route-states", 1u << 20, "states and literals of the automaton that routes become")                    \
    LIMIT(DIAGNOSTICS, "diagnostics", 20, "diagnostics that one compile reports; the rest are counted")

/* What "nesting" can be raised to: expressions are walked by recursion, and a level takes some 400 bytes of stack. */
enum { NESTING_MAX = 1000 };

/* Fixed: they bound the memory and the stack of one request. */
enum {
    REQUEST_BYTES_MAX = 1 << 20, /* bytes of one request's text */
    REQUEST_DEPTH_MAX = 64,      /* objects and arrays inside one another in a JSON request */
    REQUEST_KEYS_MAX = 1 << 16,  /* keys of one request, ignored ones included */
    STRING_BYTES_MAX = 1 << 16,  /* bytes of one string of a request: what bounds the time that a glob can take */
    REQUEST_IGNORED_MAX = 64,    /* ignored keys of one request that are remembered by name; the rest are counted */
    URL_BYTES_MAX = 1 << 16,     /* bytes of the URL of a message */
    URL_SEGMENTS_MAX = 256,      /* segments of its path */
    ASKED_NAME_BYTES_MAX = 256   /* bytes of the name of a header, or of a key of the query, that can be asked for */
};

#endif
