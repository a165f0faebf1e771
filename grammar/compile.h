/* SPDX-License-Identifier: MIT
 *
 * One compile: the tree on its way to a policy.  compile.c runs the passes, one file each; they share this.
 *
 *     names.c    vocabulary and parameters: what the names mean
 *     expr.c     expressions to guards
 *     clauses.c  clauses and asserts to guards
 *     routes.c   routes and credentials
 *     cases.c    cases to requests and expectations; their run
 *     proofs.c   asserts proved
 *     lint.c     what is found by asking about all requests
 *     unused.c   what is found by looking at the text
 *
 * What is asked of the cases runs behind them: coverage.c, mutate.c, generate.c.
 *
 * A pass that finds an error reports it and goes on; names that failed become nothing and are silent from then on.  Memory that
 * runs out leaves through arena->escape, which ends in compile.c.
 */
#ifndef RCK_COMPILE_H
#define RCK_COMPILE_H

#include "../engine/policy.h"
#include "../engine/symbols.h"
#include "front.h"

/* A named set of a dimension. */
struct set_info {
    const struct ast_decl *decl;
    const struct ast_name *waits; /* the first member that may not be resolved yet */
    uint32_t slot;
    set_id set;
    bool resolving, resolved;
    bool has_tree; /* some member has names below it */
    bool used;     /* something speaks of it */
};

/* A param: a constant that the policy's text calls by name. */
struct param_info {
    const struct ast_param *decl;
    bool is_number; /* else text holds a name, 'true', 'false' or the text of a string */
    bool failed;
    bool used;      /* something speaks of it */
    int64_t number; /* as a request would hold it: decimals in millionths, times in nanoseconds */
    struct str text;
};

/* A declaration of a name: where the name stands, and the words that say what it is. */
struct declared {
    struct span name;
    struct span words;
};

/* Where a slot was declared. */
struct slot_info {
    const struct ast_decl *decl; /* NULL for dimensions and 'now' */
    struct span at;
    const struct ast_unit *unit; /* that its numbers are given in; NULL if there is none */
    set_id declared;             /* of open slots: all but the hidden names, once somebody asked; SET_ALL before */
};

/* What a number measures.  Numbers that measure the same can be compared, in millionths of: one, a byte, a nanosecond, once a
 * week, a nanosecond since 1970. */
enum measure { MEASURE_NONE, MEASURE_BYTES, MEASURE_DURATION, MEASURE_RATE, MEASURE_TIME };

/* How the numbers of an attribute are held. */
struct scale {
    enum measure measure;
    int64_t unit; /* size of one in the scale's measure */
    bool decimal; /* held in millionths of the unit */
};

/* A constant. */
struct quantity {
    enum measure measure;
    bool plain;  /* a number without unit: next to an attribute with one it is in that unit */
    wide micros; /* millionths of the above */
};

/* A word of a clause, and what it stands for: looked up once. */
struct word {
    struct str text;
    uint64_t head;  /* its first eight bytes: most words are told by them */
    uint32_t slot;  /* that is called so; SYMBOL_NONE */
    uint32_t param;
    uint32_t in;    /* slot + 1 in which it was looked up last as a name; NONE: in none */
    set_id set;     /* that it is there */
    uint32_t atom;  /* + 1: asks whether 'in' is in 'set'; NONE: nobody asked */
};

/* What the text said of a clause of the policy, for messages; its tree may be gone. */
struct stated {
    struct span label;
    uint32_t first_covered : 31; /* in covereds; they end where those of the next clause begin */
    uint32_t repeats : 1;        /* it says what another one says, which was reported */
};

/* A label in a 'covered by'. */
struct covered {
    struct span tail;
    struct span at;
    struct str label;
};

/* A 'when' or 'unless', and a comparison with a number, of a clause: what the lint asks about.  Kept only if it asks. */
struct tail_guard {
    uint32_t clause;
    struct span at;
    bool unless;
    guard_id guard; /* of its own, made once more */
};

struct compared {
    uint32_t clause;
    struct span at;
    uint32_t atom;
};

/* An assert on its way to its proof. */
struct proof {
    const struct ast_clause *decl;
    bool allows;     /* assert allow when ... */
    guard_id guard;  /* what must be denied, or allowed */
};

struct compile {
    struct front *front;
    struct diags *diags;
    struct arena *arena;       /* of the compile: gone when it is over */
    struct arena *scratch;     /* that of the tree: what is made for one clause alone goes with it */
    struct arena question;     /* of one question of proofs.c, and of the names of one slot before that */
    struct rck_policy *policy; /* under construction, in an arena of its own */
    const struct settings *settings;

    jmp_buf *escape; /* where a failed allocation of a pass goes */
    bool parsed; /* the text parsed without an error: what is missing is missing, and not lost */

    bool settled;           /* every name has its meaning */
    struct index word_idx;  /* of words, by text */
    VEC(struct word) known; /* words of clauses */
    uint32_t last_known;    /* the one that was looked up last: it is likely to be asked for again */
    struct symbols *slots;  /* names of dimensions, attributes and counters to slots */
    struct symbols *params; /* to params */
    struct symbols *sets[N_DIMENSIONS]; /* to set_infos */
    struct index labels;    /* clauses of the policy, by label */
    struct index pattern_idx; /* patterns of the policy, by text */
    struct symbols *limited; /* counters and conditions of enforced limits, to clauses */
    struct symbols *texts;  /* slot and constant of a string to the constant's number */
    struct symbols *words;  /* where a declaration's words begin, to words_made */
    uint64_t n_names;       /* declared so far, against their limit */

    VEC(struct str) words_made;
    VEC(struct slot_info) slot_infos;
    VEC(struct set_info) set_infos;
    VEC(struct param_info) param_infos;
    VEC(struct span) atom_places;            /* of the clause in progress: where its atoms stand, in the order of their nodes */
    guard_id first_node;                     /* of that clause */
    guard_id n_placed;                       /* up to here atoms have places */
    VEC(struct proof) proofs;
    VEC(struct stated) stated;               /* by clause */
    VEC(struct tail_guard) conditions;        /* in the order of clauses */
    VEC(struct compared) compared;           /* in the order of clauses */
    VEC(struct covered) covereds;            /* of all clauses, in their order */
    bool taking;                             /* clauses were taken as they were parsed; else they are in the tree */
    bool has_optional;                       /* some attribute is optional */
    bool enforces;                           /* some clause is enforced */

    uint8_t *read; /* scratch of expr_check_presence(), by slot: 0 */

    struct rck_request *witness; /* of proofs and cases; freed by compile.c */
    struct rck_explanation *explanation;
};

/* The passes. */
void pass_head(struct compile *c);
void pass_names(struct compile *c);
void pass_params(struct compile *c);
void pass_counters(struct compile *c);
void pass_clauses(struct compile *c);
void pass_routes(struct compile *c);
void pass_cases(struct compile *c);
void pass_seal(struct compile *c);
void pass_proofs(struct compile *c);
void pass_unused(struct compile *c);
void pass_run_cases(struct compile *c);

/* Adds clause DECL, which is no assert, to the policy; of its tree nothing is needed any more then. */
void clause_add(struct compile *c, const struct ast_clause *decl);

/* Makes the slot of the time, if the text so far asks for it and there is none. */
void names_add_now(struct compile *c);

/* The clause of the policy that is called LABEL, or SYMBOL_NONE. */
uint32_t clause_find(const struct compile *c, struct str label);

/* The labels that 'covered by' of clause IDX names. */
const struct covered *clause_covered(const struct compile *c, uint32_t idx, uint32_t *n);

/* Compiles TEXT, called NAME, or the file NAME if TEXT is NULL, and runs THEN behind the passes, if the policy compiles; its status is
 * the result.  RCK_E_ARGUMENT if the context sets params to other values than the declared ones. */
enum rck_status compile_then(struct rck_context *context, const char *name, const struct str *text,
                             struct rck_diagnostics **diagnostics, enum rck_status (*then)(struct compile *c, void *arg), void *arg);

/* Makes c->witness, for who runs behind the passes. */
void compile_needs_request(struct compile *c);

/* ---- between passes ----------------------------------------------------------------------------------------------------- */

/* The slot, and the param, that are called NAME; SYMBOL_NONE where there is none.  Once all names are declared. */
uint32_t names_slot(struct compile *c, struct str name);
uint32_t names_param(struct compile *c, struct str name);

/* The guard that asks whether SLOT is one of what NAME, which stands AT, means there; NONE, reported, if that is nothing. */
guard_id names_guard(struct compile *c, uint32_t slot, const struct ast_name *name, struct span at);

/* Names of dimension SLOT that NAME stands for, tree and named sets included; SET_EMPTY, reported, if there is none. */
set_id names_resolve(struct compile *c, uint32_t slot, const struct ast_name *name);

/* All of a list. */
set_id names_resolve_all(struct compile *c, uint32_t slot, const struct ast_names *names);

/* A set that is put together of others.  Each set on the way from one to the next would be kept, and all of them have the square of
 * its members. */
struct gathered {
    set_id first;              /* alone in it if N is 1 */
    uint32_t n;                /* sets so far */
    VEC(struct range) ranges;  /* of all, if N is more */
};

void names_gather(struct compile *c, struct gathered *gathered, set_id set);
set_id names_gathered(struct compile *c, struct gathered *gathered);

/* As names_resolve(), without a report. */
set_id names_find(struct compile *c, uint32_t slot, struct str name);

/* True if a clause may not call NAME in WHO of 'only' and 'may': something lies below it. */
bool names_is_tree(struct compile *c, uint32_t slot, struct str name);

/* Adds to S what could be meant in SLOT. */
void names_suggest(struct compile *c, uint32_t slot, struct suggestion *s);

/* Reports an unknown WHAT ('role', 'resource', ...) with a suggestion. */
void names_report_unknown(struct compile *c, uint32_t slot, const struct ast_name *name);

/* What 'only' and 'may' mean by SET: without undeclared names, however open SLOT is. */
set_id names_exact(struct compile *c, uint32_t slot, set_id set);

/* Reports a member of a list in braces that is a text and no name; false if it is one. */
bool names_check_member(struct compile *c, const struct ast_name *name);

/* Gives the param INFO the number NUMBER, as its type holds it; it has failed, reported for AT, if that is out of its range. */
void param_set_number(struct compile *c, struct param_info *info, int64_t number, struct span at);

/* How the numbers of a slot, or of a declared type, are held. */
struct scale scale_of_slot(const struct compile *c, uint32_t slot);
struct scale scale_of_type(const struct ast_type *type);

enum { MICROS = 1000000 }; /* in 1 of a measure */

/* What 1, as it is held, is in millionths of its measure. */
wide scale_step(const struct scale *scale);

/* Reads VALUE, a number or time; false, reported, if it is too large once its unit is counted in. */
bool quantity_read(struct compile *c, const struct ast_value *value, struct quantity *out);

/* Makes a quantity of NUMBER, as SCALE holds it, of a param that stands AT; false, reported, if it is too large. */
bool quantity_of(struct compile *c, const struct scale *scale, int64_t number, struct span at, struct quantity *out);

/* Gives Q, if it is a plain number, the unit of SCALE.  False, and nothing is reported, if they measure different things. */
bool quantity_meet(struct quantity *q, const struct scale *scale);

/* Turns Q into a number as it is held; false, and nothing is reported, if it measures something else or does not fit exactly. */
bool quantity_hold(struct quantity q, const struct scale *scale, int64_t *out);

/* "a number", "a size", "a duration", ... */
const char *quantity_words(enum measure measure);

/* Judges the second declaration of the WHAT called NAME.  False if it stands in the file of the first one, which is an error
 * that the caller reports.  Otherwise it is the same declaration, or was reported because it says something else. */
bool include_repeats(struct compile *c, const char *what, struct str name, struct declared first, struct declared again);

/* Turns EXPR into a guard; NONE if it was wrong and that has been reported. */
guard_id expr_guard(struct compile *c, const struct ast_expr *expr);

/* The glob of EXPR, a 'matches', as an index in policy->patterns; false if it is none, which has been reported. */
bool expr_pattern(struct compile *c, const struct ast_expr *expr, uint32_t *out);

/* counter + by > bound, as a guard; BY is a slot + 1, or NONE: one.  LIMIT is the body of the limit. */
guard_id expr_exceeds(struct compile *c, uint32_t counter, uint32_t by_plus_1, const struct ast_body *limit);

/* Reports optional attributes that GUARD compares where nothing says that they are present. */
void expr_check_presence(struct compile *c, const guard_id guards[], uint32_t n);

/* Notes a new atom and the place that it comes from. */
guard_id compile_atom(struct compile *c, struct atom atom, struct span at);

/* The same for MADE, the newest guard, and all its atoms. */
guard_id compile_guard(struct compile *c, guard_id made, struct span at);

/* DO as a guard; NONE is "any request".  False if a name was wrong, which has been reported. */
bool clause_act(struct compile *c, const struct ast_do *act, guard_id *out);

/* Fills OUT's kind, guards and texts from DECL, a clause or an assert; false, reported, if something in it is wrong. */
bool clause_guards(struct compile *c, const struct ast_clause *decl, struct clause *out);

/* Reports what is wrong with a counter. */
void clause_check_counter(struct compile *c, const struct ast_decl *decl);

/* Fills REQUEST with what the case ROW says; false if there is no memory. */
bool case_fill(struct rck_request *request, const struct policy_case *row);

/* Text of SPAN without comments, white space folded, in the policy's arena. */
struct str compile_text(struct compile *c, struct span span);

/* The same of a SPAN that ends in ';', without that. */
struct str compile_text_before(struct compile *c, struct span span);

/* The position of SPAN's first byte, for the policy. */
struct position compile_position(struct compile *c, struct span span);

#endif
