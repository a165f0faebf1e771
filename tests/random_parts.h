/* SPDX-License-Identifier: MIT
 *
 * What random_policy.c, which makes policies, random_vocabulary.c and random_trivial.c, which make parts of them, and random_request.c, which
 * makes requests for them, share: what a policy is made of, and how text is written.
 */
#ifndef RCK_TESTS_RANDOM_PARTS_H
#define RCK_TESTS_RANDOM_PARTS_H

#include "random_policy.h"

#include "../engine/mem.h"

enum {
    MAX_NAMES = 8,    /* of one dimension */
    MAX_CANDIDATES = 64,
    MAX_ATTRS = 24,
    MAX_VALUES = 4,
    MAX_CUTS = 2,     /* constants that one number or time is compared with, globs that one string is */
    MAX_NEAR = 24,    /* numbers that requests give it */
    MAX_PARAMS = 3,
    MAX_SETS = 6,
    MAX_CLAUSES = 12,
    MAX_HOTS = 24,
    MAX_PAIRS = 3,
    MAX_FACTS = 48,
    MAX_STRING = 64,  /* characters of a string in a request */
    N_DIMENSIONS = 4
};

/* Cells that a dense table would have: of half of the policies, and of the others. */
enum { BUDGET = 30000, LARGE_BUDGET = 2000000 };

enum attr_kind { ATTR_INT, ATTR_DECIMAL, ATTR_BOOL, ATTR_ENUM, ATTR_SET, ATTR_COUNTER, ATTR_STRING, ATTR_TIME, ATTR_NOW };

/* What compares with what: numbers of one group, or times. */
enum group { GROUP_PLAIN, GROUP_BYTES, GROUP_DURATION, GROUP_RATE, GROUP_TIME, GROUP_NONE };

/* What a policy has more of than others have. */
enum theme { THEME_NONE, THEME_NUMBERS, THEME_UNITS, THEME_STRINGS, THEME_TIMES, THEME_COUNTERS, N_THEMES };

/* A growing text in an arena. */
struct out {
    struct arena *arena;
    char *p;
    size_t n;
    size_t room;
};

struct dimension {
    struct str names[MAX_NAMES];
    uint32_t n;
    bool open;
};

/* A number or a time as the policy writes it.  Values of numbers are in millionths of the unit of the attribute that they
 * are for, rounded down; times are in nanoseconds. */
struct cut {
    struct str text;
    wide value;
};

/* What is added to an operand, as the policy writes it. */
struct offset {
    struct str text; /* without a sign; empty if it is nothing */
    bool minus;
    wide value; /* in millionths of the smallest unit, or nanoseconds */
};

/* An attribute or a counter; or 'now', which is of kind ATTR_NOW and not declared. */
struct attr {
    struct str name;
    enum attr_kind kind;
    enum group group;
    bool optional;
    bool active;       /* clauses may mention it */
    bool trivial;      /* some condition asks about it what holds for all that it may be, or for nothing */
    bool open;         /* of enumerations and sets */
    wide min, max;     /* of numbers and times, as values are in struct cut */
    wide factor;       /* of its unit; 1 if it has none */
    struct str unit;   /* as in 'in MB'; empty if it has none */
    struct str window; /* of a counter: 'per hour'; may be empty */
    uint32_t by;       /* of a counter: the attribute that it is raised by; MAX_ATTRS if by one */
    struct str type;   /* as written; of a counter: its steps */
    uint32_t decl;     /* attributes of one declaration share a number */
    struct str values[MAX_VALUES]; /* of strings: constants */
    uint32_t n_values;
    struct str globs[MAX_CUTS];
    uint32_t n_globs;
    struct cut cuts[MAX_CUTS];
    uint32_t n_cuts;
    wide near[MAX_NEAR];
    uint32_t n_near;
};

struct param {
    struct str name;
    enum attr_kind kind; /* no set and no counter */
    enum group group;
    wide factor;
    struct str type;
    wide number, other_number; /* declared, and of the override; as in struct cut */
    struct str value, other_value; /* as written */
    uint32_t decl; /* of ATTR_ENUM: the attributes of the same type */
};

struct named_set {
    uint32_t dimension;
    struct str name;
    struct str members[3];
    uint32_t n;
    bool leaves; /* no member has names below it: good for a gate */
};

/* left OP right + offset, the only differences that comparisons of two numbers or times ask about. */
struct pair {
    uint32_t left, right;
    struct offset offset;
};

/* What a question, or a limit's condition, is about: a dimension, an attribute, or what chance will have. */
enum { ABOUT_NOTHING = 1000, ABOUT_ATTR = 100 };

/* What a clause does: requests prefer it. */
struct hot {
    struct str actions[3], resources[3];
    uint32_t n_actions, n_resources; /* 0: any */
};

struct clause {
    struct str label;
    struct str body;
    struct str conditions; /* when, unless */
    struct str rest;       /* the other tails */
    enum ast_body_kind kind;
    bool enforced;
    uint32_t counter; /* of a limit */
    uint32_t about;   /* of a limit: the one thing that its condition asks about */
    uint32_t asks;    /* of a limit: the attributes that its conditions ask about, a bit each */
};

struct random_policy {
    struct arena arena;
    struct arena request_arena;
    uint64_t state; /* of the generator */
    unsigned features;
    uint64_t seed;
    bool denies; /* default deny */
    enum theme theme;
    bool roles_active;
    struct dimension dims[N_DIMENSIONS];
    struct attr attrs[MAX_ATTRS];
    uint32_t n_attrs;
    struct param params[MAX_PARAMS];
    uint32_t n_params;
    struct naive_param overrides[MAX_PARAMS];
    struct named_set sets[MAX_SETS];
    uint32_t n_sets;
    struct pair pairs[MAX_PAIRS];
    uint32_t n_pairs, max_pairs;
    struct clause clauses[MAX_CLAUSES];
    uint32_t n_clauses;
    struct hot hots[MAX_HOTS];
    uint32_t n_hots;
    uint32_t n_labels;
    struct str head;    /* before the clauses */
    struct str asserts; /* after them */
};

/* The next number below N of *STATE, true once in N times, and ITEMS in another order. */
uint32_t below(uint64_t *state, uint32_t n);
bool one_in(uint64_t *state, uint32_t n);
void shuffle(uint64_t *state, uint32_t *items, uint32_t n);

/* Text that grows in ARENA, and what has become of it. */
struct out out_new(struct arena *arena);
void out_str(struct out *out, struct str s);
void out_text(struct out *out, const char *text);
struct str out_done(struct out *out);
struct str joined(struct arena *arena, struct str a, struct str b);

/* Returns P, or ends the process if it is NULL. */
void *need(void *p);

/* Makes all of a policy that stands before its clauses. */
void make_vocabulary(struct random_policy *policy);

/* Whether the theme of POLICY is what is of KIND and GROUP. */
bool is_of_theme(const struct random_policy *policy, enum attr_kind kind, enum group group);

/* Lists what may stand for DIM in a clause, or picks 1 to MOST different ones of it, if there are any: declared names, the parts above
 * them, and named sets; of them, in a GATE, what has no names below it.  Both return how many. */
uint32_t candidates(const struct random_policy *policy, uint32_t dim, bool gate, struct str *out);
uint32_t pick_names(struct random_policy *policy, uint32_t dim, bool gate, uint32_t most, struct str *out);

/* Whether VALUE is spelt like an attribute or a param: in an expression it then needs quotes. */
bool value_clashes(const struct random_policy *policy, struct str value);

/* What is added to an operand like ATTR; to a plain number. */
struct offset pick_offset(struct random_policy *policy, const struct attr *attr);
struct str pick_plain_offset(struct random_policy *policy);

/* What a constant or an offset is worth: in millionths of the smallest unit, or nanoseconds.  A plain number is in units of FACTOR. */
wide worth(struct str text, wide factor);

/* Remembers that something changes near VALUE of ATTR: requests give it such values. */
void note_near(struct attr *attr, wide value);

/* Writes ACTIONS RESOURCES, or one of its short forms; remembers it for the requests. */
void make_do(struct random_policy *policy, struct out *out);

/* Whether POLICY may use FEATURE. */
bool has_feature(const struct random_policy *policy, enum random_feature feature);

/* Writes a name of a dimension or an enumeration; and that of an attribute or a param. */
void out_name(struct random_policy *policy, struct out *out, struct str name);
void out_reference(struct out *out, struct str name);

void out_names(struct random_policy *policy, struct out *out, const struct str *names, uint32_t n);

/* Writes a value in an expression; and TEXT as a string of the policy. */
void out_constant(struct random_policy *policy, struct out *out, struct str name);
void out_string(struct random_policy *policy, struct out *out, struct str text);

/* Writes what a set is asked. */
void out_has(struct random_policy *policy, struct out *out, struct str value);

/* Writes one question, about ABOUT unless that is ABOUT_NOTHING.  GUARDED are the optional attributes that are known to be present, a bit
 * each. */
void make_atom(struct random_policy *policy, struct out *out, uint32_t guarded, uint32_t about);

/* Writes questions about one thing that all it may be answers alike; see random_trivial.c. */
void make_trivial(struct random_policy *policy, struct out *out, uint32_t guarded);

/* Returns a pair that asks LEFT <=> something, new if there is room; NULL if not.  OFFSET is that of a new pair.  For a
 * BOUND only that offset and only ints will do. */
const struct pair *pick_pair(struct random_policy *policy, uint32_t left, struct offset offset, bool bound);

/* A / B, rounded down. */
wide divide_down(wide a, wide b);

/* Sets the marks of the names of DIM that NAME, which may be that of a set, covers. */
void mark_covered(const struct random_policy *policy, uint32_t dim, struct str name, bool *marks);

#endif
