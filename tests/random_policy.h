/* SPDX-License-Identifier: MIT
 *
 * Random small policies as text, and random requests for them.  Everything follows from a seed, on every machine and with
 * every compiler.  The policies are legal by the text of the language: what does not compile is a fault of the compiler (or of
 * this generator).  Names are chosen to be mistaken for one another: prefixes, twins by concatenation, one letter, one word in
 * several dimensions, keywords in quotes.  Requests sit on the boundaries: constants and their neighbours, absent facts,
 * undeclared values, empty sets, the ends of int64, and now and then a request that is not of the vocabulary's shape.
 */
#ifndef RCK_TESTS_RANDOM_POLICY_H
#define RCK_TESTS_RANDOM_POLICY_H

#include "naive.h"

/* What a policy may use beyond the plain core; each can be left out to find what a failure hangs on. */
enum random_feature {
    RANDOM_DOTTED_VALUES = 1 << 0,     /* enumerations with dotted values, of which one covers another */
    RANDOM_ENUM_PAIRS = 1 << 1,        /* two enumeration attributes compared with each other */
    RANDOM_PARAM_TYPES = 1 << 2,       /* params that are no ints */
    RANDOM_CLASHING_NAMES = 1 << 3,    /* values spelt like an attribute, and quoted where both would do */
    RANDOM_QUOTED_ATTRIBUTES = 1 << 4, /* attributes whose name needs quotes */
    RANDOM_CONSTANT_FIRST = 1 << 5,    /* 30 <= counter */
    RANDOM_ASSERTS = 1 << 6,           /* asserts that an enforced clause of the policy proves alone */
    RANDOM_COVERED = 1 << 7,           /* true `covered by` */
    RANDOM_LEFT_SHIFT = 1 << 8,        /* a + 3 <= b */
    RANDOM_CONSTANT_PARAMS = 1 << 9,   /* comparisons that the params alone decide */
    RANDOM_DECIMALS = 1 << 10,         /* decimals, also beside ints */
    RANDOM_UNITS = 1 << 11,            /* attributes in units, and quantities */
    RANDOM_STRINGS = 1 << 12,          /* strings and globs */
    RANDOM_TIMES = 1 << 13,            /* times and now */
    RANDOM_OPEN = 1 << 14,             /* open dimensions, enumerations and sets */
    RANDOM_BY = 1 << 15,               /* counters raised by an attribute */
    RANDOM_WINDOWS = 1 << 16,          /* counters per minute */
    RANDOM_NEW_PARAMS = 1 << 17,       /* params that are decimals, times or in a unit */
    RANDOM_SAID = 1 << 18,             /* says "... {attribute}" */
    RANDOM_GUESSED_ASSERTS = 1 << 19,  /* asserts that need not hold: what does not compile for them only is legal, too */
    RANDOM_TRIVIAL = 1 << 20,          /* conditions that hold for all that an attribute may be, or for nothing */
    RANDOM_ALL = (1 << 21) - 1
};

struct random_policy;

/* Makes the policy of SEED, using at most FEATURES (a sum of enum random_feature).  Ends the process if memory runs out. */
struct random_policy *random_policy_new(uint64_t seed, unsigned features);
void random_policy_free(struct random_policy *policy);

/* Returns the policy as text, clauses in their order.  Lives as long as POLICY. */
struct str random_policy_text(struct random_policy *policy);

/* The same with the clauses in an order that follows from SEED. */
struct str random_policy_shuffled(struct random_policy *policy, uint64_t seed);

/* Leaves the asserts out from now on.  Returns false if there are none. */
bool random_policy_forget_asserts(struct random_policy *policy);

/* Returns other values for the params of POLICY (all ended by NUL too), and in *N how many; 0 if it has no params. */
const struct naive_param *random_policy_overrides(const struct random_policy *policy, uint32_t *n);

struct random_request {
    struct naive_request facts; /* its params are NULL: the caller's business */
    struct str json;            /* the same as JSON text */
    bool settable;              /* the setters of rck_request can say it too; false: only JSON can */
};

/* Makes the request of SEED for POLICY.  It lives until the next one is made. */
void random_request_make(struct random_policy *policy, uint64_t seed, struct random_request *request);

/* splitmix64 (Steele, Lea, Flood 2014), for the other tests: the next number of *STATE. */
uint64_t random_next(uint64_t *state);

#endif
