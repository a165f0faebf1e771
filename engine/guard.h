/* SPDX-License-Identifier: MIT
 *
 * Guards: the reference meaning of a policy.  A guard is an expression over atoms in Kleene's three-valued logic; an atom asks a
 * request one thing.  guard_eval() walks it on the request's own values, without columns, rows or table: slow, plain, and what
 * the table is checked against.  It also explains.
 */
#ifndef RCK_GUARD_H
#define RCK_GUARD_H

#include "index.h"
#include "mem.h"
#include "sets.h"

struct rck_policy;
struct rck_request;

/* Kleene's truth values, in the order that makes 'and' the minimum and 'or' the maximum. */
enum truth { TRUTH_FALSE = 0, TRUTH_UNKNOWN = 1, TRUTH_TRUE = 2 };

enum atom_kind {
    ATOM_IN,      /* the name, or the text, in slot is one of set */
    ATOM_HAS,     /* the set in slot has a member in set */
    ATOM_BELOW,   /* the sum < bound */
    ATOM_EQUAL,   /* the sum == bound */
    ATOM_PRESENT, /* slot is present */
    ATOM_SAME,    /* slot and other, of one enumeration or both strings, are equal */
    ATOM_MATCHES  /* the text in slot matches glob */
};

/* A sum of at most three numbers of a request, each times a whole factor: 'a - b' has the factors 1 and -1, 'since + 14 days'
 * is 'since' and a constant, 'counter + by - limit' has three terms, and 'days' against 'now' brings a factor of its unit.  It is
 * kept in one form: the slots ascend, the factors have no common divisor, and the first one is above 0.
 *
 * Exact: a factor is at most 2^61 and a number 2^63, so a sum of three fits into 127 bits. */
enum { SUM_TERMS = 3 };
struct sum {
    uint32_t slots[SUM_TERMS]; /* index + 1; NONE where there is no further term */
    _Alignas(8) int64_t factors[SUM_TERMS]; /* what is saved lies the same on machines that would put them at any multiple of 4 */
};

/* Slots are stored as index + 1 here, so that NONE can say "no other". */
struct atom {
    enum atom_kind kind;
    uint32_t slot;  /* index + 1; of sums that of the first term */
    uint32_t other; /* index + 1, or NONE; of ATOM_SAME */
    uint32_t pattern; /* of ATOM_MATCHES: index in policy->patterns */
    set_id set;
    struct sum sum; /* of ATOM_BELOW and ATOM_EQUAL */
    wide bound;
};

enum guard_kind { GUARD_CONSTANT, GUARD_NOT, GUARD_AND, GUARD_OR, GUARD_ATOM };

typedef uint32_t guard_id;

/* A node, in four bytes: a clause takes six or so.  Its operands, with all that is theirs, stand before it, the last one directly; so
 * they are found by stepping over one after the other, and a guard is a run of nodes that may lie anywhere.
 *
 *     'x and not (y or z)' is  x  y  z  or 2  not 3  and 5: the last node is the guard, an 'and' over the 5 nodes before it, which
 *     are the 'not' with all of its own and, 4 nodes farther on, x */
struct guard {
    uint32_t kind : 3; /* enum guard_kind */
    uint32_t of : 29;  /* of not, and, or: nodes of all operands; of GUARD_ATOM: the atom; of GUARD_CONSTANT: enum truth */
};
enum { GUARDS_MAX = 1 << 29 }; /* nodes, and atoms */

struct guards {
    struct arena *arena;
    VEC(struct guard) nodes; /* [0] is NONE */
    VEC(struct atom) atoms;  /* each once */
    struct index by_key;     /* of atoms, while guards are made */
};

/* The node before GUARD and all that is its: the next operand of the node above, if that has one more.
 *
 *     for (guard_id operand = guard - 1; operand != guard_before(nodes, guard); operand = guard_before(nodes, operand)) */
static inline guard_id
guard_before(const struct guard *nodes, guard_id guard)
{
    return guard - 1 - (nodes[guard].kind == GUARD_ATOM || nodes[guard].kind == GUARD_CONSTANT ? 0 : nodes[guard].of);
}

/* Nodes of GUARD; NONE has none. */
static inline uint32_t
guard_size(const struct guards *guards, guard_id guard)
{
    return guard == NONE ? 0 : guard - guard_before(guards->nodes.items, guard);
}

void guards_init(struct guards *guards, struct arena *arena);

guard_id guard_constant(struct guards *guards, bool value);
guard_id guard_unknown(struct guards *guards);
guard_id guard_atom(struct guards *guards, struct atom atom);

/* Asks the atom whose number is ATOM. */
guard_id guard_of_atom(struct guards *guards, uint32_t atom);

/* Returns the number of ATOM, which is added unless it is there. */
uint32_t atom_keep(struct guards *guards, const struct atom *atom);

/* A was made last. */
guard_id guard_not(struct guards *guards, guard_id a);

/* Makes a not, and, or over all nodes that stand behind BEFORE. */
guard_id guard_over(struct guards *guards, enum guard_kind kind, guard_id before);

/* Joins two guards; NONE stands for "no condition" and is neutral in both.  A and B must not be part of another guard, and are nothing
 * any more; where A is a node of the same kind it is extended, so that long chains stay flat.  Copies both unless B was made directly
 * behind A, and nothing since then: what grows part by part is to be made so. */
guard_id guard_and(struct guards *guards, guard_id a, guard_id b);
guard_id guard_or(struct guards *guards, guard_id a, guard_id b);

/* Returns a copy of A that may be part of another guard. */
guard_id guard_copy(struct guards *guards, guard_id a);

/* Writes the slots that ATOM reads (indices) into SLOTS and returns how many there are. */
uint32_t atom_slots(const struct atom *atom, uint32_t slots[SUM_TERMS]);

/* True if every number of SUM is given by REQUEST; then *VALUE is the sum. */
bool sum_of(const struct sum *sum, const struct rck_request *request, wide *value);

/* Evaluates GUARD on REQUEST; NONE is true. */
enum truth guard_eval(const struct rck_policy *policy, guard_id guard, const struct rck_request *request);

/* Appends the atoms of GUARD to OUT. */
struct atom_list {
    VEC(uint32_t) atoms;
    uint8_t *seen; /* by atom, given by a caller who wants each atom once; else NULL */
};
void guard_atoms(const struct guards *guards, guard_id guard, struct arena *arena, struct atom_list *out);

/* Marks in READ the slots that GUARD reads, and in MISSING those because of which it is unknown (only where it is unknown).
 * Both have a byte a slot; MISSING may be NULL. */
void guard_readings(const struct rck_policy *policy, guard_id guard, const struct rck_request *request, uint8_t *read,
                    uint8_t *missing);

#endif
