/* SPDX-License-Identifier: MIT
 *
 * The compiled policy: vocabulary, guards, columns, rows, table.  Everything lives in one arena that the policy owns; parts refer
 * to each other by index, never by pointer.  grammar/ fills it through the builder functions below and policy_seal() closes it;
 * from then on it is read-only.
 *
 *     slots    what a request can say: the four dimensions, then attributes and counters, in declaration order
 *     names    the values of the slots that take names, numbered within their slot in the order of their tree
 *     atoms    what a clause can ask of a request, answered true, false or unknown; guard.c evaluates them
 *     guards   expressions over atoms, in Kleene's logic; three for each clause
 *     columns  what the atoms ask, with finitely many classes; space.c
 *     rows     the clauses as boxes over the columns; rows.c
 *     table    the rows as an array that one look-up answers from; table.c
 */
#ifndef RCK_POLICY_H
#define RCK_POLICY_H

#include "anchors.h"
#include "globs.h"
#include "guard.h"
#include "lookup.h"
#include "mem.h"
#include "routes.h"
#include "sets.h"
#include "settings.h"
#include "space.h"
#include "table.h"

enum { SLOT_SUBJECT, SLOT_ROLE, SLOT_ACTION, SLOT_RESOURCE, N_DIMENSIONS };

/* What a request can say about one thing. */
struct slot {
    struct str name;
    enum rck_type type;
    bool optional;
    bool counter;
    bool open;            /* of names and sets: undeclared ones are known as well */
    bool half_open;       /* of a joint policy: it is open in one of the two, so that only the empty text is undeclared in both */
    int64_t min, max;     /* of numbers, as a request holds them; INT64_MIN and INT64_MAX where there is no bound */
    uint32_t first_name;  /* index of its first name in policy->names */
    uint32_t n_names;     /* of an open slot with the hidden ones */
    uint32_t n_declared;  /* without them */
    uint32_t n_texts;     /* of strings: constants that the policy compares it with; policy->texts */
    uint32_t first_value; /* of numbers and sets: where the number, or the first word of members, is in a request's values */
    struct str text;      /* of counters: their steps as written */
    struct str unit;      /* of numbers: "MB"; empty if it has none */
    struct str window;    /* of counters: "per minute"; empty if it has none */
};

/* One value of a slot.  A slot's names are sorted in the order of their tree; 'declared' leads back to the written order.
 *
 * An open slot has one more name below each declared one and below each beginning of declared ones, and one at the top: a hidden
 * name, which stands for all undeclared names there.  So a set of names covers undeclared ones as it covers declared ones, and
 * nothing after this knows that a slot is open.  A hidden name is spelt as its parent, a dot, and U+0000, which no other holds. */
struct name {
    struct str text;
    uint32_t declared; /* place in the order of declaration, within the slot; NAME_HIDDEN */
};
#define NAME_HIDDEN UINT32_MAX

/* A constant that a string is compared with; its number within its slot is what requests hold, n_texts for any other text. */
struct text_constant {
    struct str text;
    uint32_t slot;
    uint32_t number;
};

/* A glob that strings are matched with. */
struct pattern {
    struct str text;
    struct glob glob;
};

/* A named set, for listing and for telling a request that a set's name is no name. */
struct named_set {
    struct str name;
    uint32_t slot;
    struct str text; /* the members as written */
};

struct param {
    struct str name;
    struct str type;
    struct str declared;
    struct str value;
};

/* Where something stands in the sources. */
struct position {
    uint32_t file; /* index into policy->files */
    uint32_t line, column;
};

/* A text of a clause, in eight bytes; policy_text() has it.  A clause's texts nearly always stand in the source as they are. */
struct text_slice {
    uint32_t at; /* + 1, in the policy's 'kept' or behind that in 'made'; 0: there is none */
    uint32_t n;
};

struct clause {
    enum rck_clause_kind kind : 8;
    bool warns : 1;
    guard_id act;       /* the request is a DO of it; NONE: always */
    guard_id tails;     /* every 'when' and no 'unless'; NONE: always */
    guard_id violation; /* and is against it; of a grant: WHO holds */
    struct text_slice label, text, cites, says;
    struct position at;
};

/* A cell of a case: what the request says about the slot of the column. */
struct case_cell {
    struct str key;
    struct str text; /* as rck_request_set_text() takes it */
    bool is_text;    /* it stood in quotes: '-' is no absence */
};

struct policy_case {
    struct str title;
    struct str row;
    struct position at;
    uint32_t first_cell, n_cells; /* in policy->case_cells */
    enum rck_result expected;
    bool has_by, by_default;
    uint32_t first_by, n_by; /* clause indices in policy->case_by, ascending */
};

/* The bytes of a loaded policy, which its texts and large arrays lie in; see saved.h. */
struct saved_block {
    void *memory; /* NULL: the policy was compiled */
    size_t size;
    bool is_mapped;
};

struct rck_policy {
    struct rck_allocator mem;
    uint32_t references; /* changed with atomic operations only */
    struct arena arena;
    struct saved_block block;

    struct str name, source, source_date;
    enum rck_result by_default;
    bool overridden;   /* a parameter has another value than the declared one */
    bool cases_passed; /* all cases ran and passed; changed with atomic operations only */
    uint32_t n_asserts;
    uint32_t n_values;     /* of a request */
    uint32_t now;          /* the slot of the time, which the caller gives; RCK_NONE if nothing asks for it */
    uint32_t longest_name; /* bytes of the longest name of an open slot */

    VEC(struct str) files;
    VEC(struct slot) slots;
    VEC(struct name) names;
    VEC(struct text_constant) texts;
    VEC(struct pattern) patterns;
    VEC(struct named_set) named_sets;
    VEC(struct param) params;
    VEC(struct clause) clauses;
    char *kept;      /* that texts of clauses are slices of: the source, or texts of a saved policy */
    uint32_t n_kept;
    VEC(char) made;  /* texts of clauses that are not, each with a NUL behind it */
    VEC(struct policy_case) cases;
    VEC(struct case_cell) case_cells;
    VEC(uint32_t) case_by;

    struct sets sets;     /* of names (atoms) and of classes (rows) */
    struct guards guards;
    struct space space;   /* columns of the enforced and warning clauses */
    struct kept_rows rows;
    struct table table;
    struct lookup lookup; /* names of requests to slots and names */
    struct anchors anchors; /* names of requests to the clauses that can apply */
    struct routes routes;
};

/* ---- building, in this order -------------------------------------------------------------------------------------------- */

/* Makes a policy with one reference and an empty arena.  Errors: RCK_E_NOMEM. */
enum rck_status policy_new(const struct rck_allocator *mem, const struct settings *settings, struct rck_policy **policy);

/* Adds a slot whose names are TEXTS (in declaration order, without repetitions), and the hidden ones if it is open; copies all
 * texts.  Returns its index. */
uint32_t policy_add_slot(struct rck_policy *policy, const struct slot *slot, const struct str texts[], uint32_t n_texts);

/* Returns the set of the names of SLOT that NAME covers; SET_EMPTY if there is none. */
set_id policy_covered(struct rck_policy *policy, uint32_t slot, struct str name);

/* Returns the names of SLOT that are declared: all but the hidden ones. */
set_id policy_declared(struct rck_policy *policy, uint32_t slot);

/* Adds the constant TEXT of SLOT, a string that has no such constant yet; returns its number. */
uint32_t policy_add_text(struct rck_policy *policy, uint32_t slot, struct str text);

/* Copies TEXT, of a clause; none if TEXT is none. */
struct text_slice policy_make_text(struct rck_policy *policy, struct str text);

/* Makes the table: columns, rows, cells, look-ups.  Returns NULL, or the reason why not, and in *LIMIT the limit it hit. */
enum policy_fault { POLICY_FINE, POLICY_LIMIT };
enum policy_fault policy_seal(struct rck_policy *policy, const struct settings *settings, enum limit *limit, uint32_t *clause);

/* Returns the index of the name TEXT of SLOT within the slot, or SYMBOL_NONE; slow, for building only. */
uint32_t policy_find_name(const struct rck_policy *policy, uint32_t slot, struct str text);

/* Order of names in their tree: byte order, but '.' before everything else. */
int tree_compare(struct str a, struct str b);

/* Remembers that all cases of POLICY ran and passed (of an overridden one: those of the same text with the declared parameters);
 * and whether they did.  A policy without cases has passed; a loaded one, if it had when it was saved. */
static inline void
policy_pass_cases(struct rck_policy *policy)
{
    __atomic_store_n(&policy->cases_passed, true, __ATOMIC_RELAXED);
}

static inline bool
policy_passed_cases(const struct rck_policy *policy)
{
    return (policy->cases.n == 0 && policy->block.memory == NULL) || __atomic_load_n(&policy->cases_passed, __ATOMIC_RELAXED);
}

/* A text that ends in NUL once the policy is sealed; p is NULL if there is none. */
static inline struct str
policy_text(const struct rck_policy *policy, struct text_slice text)
{
    if (text.at == 0)
        return (struct str){ NULL, 0 };
    return (struct str){ text.at <= policy->n_kept ? policy->kept + text.at - 1 : policy->made.items + (text.at - 1 - policy->n_kept),
                         text.n };
}

static inline bool
slot_is_set(const struct slot *slot)
{
    return slot->type == RCK_TYPE_SET;
}

static inline bool
slot_is_number(const struct slot *slot)
{
    return slot->type == RCK_TYPE_INT || slot->type == RCK_TYPE_DECIMAL || slot->type == RCK_TYPE_TIME;
}

/* Number of values of SLOT in a request: of codes alone none.  The roles are a set, so every request has a value. */
static inline uint32_t
slot_room(const struct slot *slot)
{
    return slot_is_set(slot) ? slot->n_names != 0 ? (slot->n_names + 63) / 64 : 1 : slot_is_number(slot);
}

/* Number of values that a request tells apart in a slot with names or texts. */
static inline uint32_t
slot_n_values(const struct slot *slot)
{
    return slot->type == RCK_TYPE_STRING ? slot->n_texts + 1 : slot->n_names;
}

#endif
