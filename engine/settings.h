/* SPDX-License-Identifier: MIT
 *
 * What a context holds: the allocator, the limits in force, parameters that the deployment sets, what becomes of warnings.
 */
#ifndef RCK_SETTINGS_H
#define RCK_SETTINGS_H

#include "caps.h"
#include "mem.h"

enum limit {
#define LIMIT(symbol, name, value, meaning) LIMIT_##symbol,
    RCK_LIMITS(LIMIT)
#undef LIMIT
    N_LIMITS
};

/* The name that the user knows a limit by. */
const char *limit_name(enum limit limit);

/* A parameter that the deployment sets. */
struct setting {
    struct str name;
    struct str value;
};

/* What becomes of a warning that nobody switched: it is looked for if the compile lints, unless it is an optional one. */
enum { WARNING_UNSET = 255 };

struct compile;

struct settings {
    uint64_t limits[N_LIMITS];
    VEC(struct setting) params; /* last one of a name wins */
    bool run_cases;             /* a case that fails is an error */
    struct str assertion;       /* one more assert of every policy, as text; empty: none */
    bool lint;                  /* warnings are looked for that nobody switched */
    bool whole_tree;            /* for tests: no clause is taken before the whole text is parsed */
    bool declared;              /* this compile is about the declared parameters, while others are set */
    VEC(uint8_t) warnings;      /* enum rck_warning by number of diagnostic, WARNING_UNSET where and past the end nobody
                                   said */
    enum rck_status (*then)(struct compile *c, void *arg); /* runs behind the passes, while the tree is there; NULL: nothing does */
    void *then_arg;
    uint64_t hash_seed;         /* of symbol tables and look-ups: unknown to who writes the policy */
};

struct rck_context {
    struct rck_allocator mem;
    struct arena arena; /* of the settings' texts */
    struct settings settings;
    rck_include_fn *include; /* finds included files; NULL: nobody said */
    void *include_arg;
    struct rck_load_error load_error; /* of the last rck_policy_load*(); points to the texts below */
    char load_message[256];
    char load_help[128];
};

#endif
