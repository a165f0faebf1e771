/* SPDX-License-Identifier: MIT
 *
 * The place of a request: where in the table its answer stands.  A request keeps it while it is filled, so that a decision has nothing
 * left to compute from the names and numbers that led there.
 *
 * A place is a sum: of the class of the request in each column, times the column's stride.  In a dense table (dense.h) it is the index
 * of a cell.  In a hashed table it is the key of a list, if the table is one group (is_single in hashed.h); a class times its stride, a power of
 * two, is then its bits in the key.  Other hashed tables have several keys for a request: their
 * requests have no place.
 *
 * Moving.  An empty request is at the place of the absent classes.  A value that is given, taken away or added to changes the classes of
 * the columns that look at its slot, and each of them moves the place by what it adds now, less what it added before.  Those columns are
 * the slot's steps.  So what a request does not say costs nothing.
 *
 *     example, the table in dense.h: an empty request is at 0 * 1 + 2 * 2 = 4, for a dimension's absent class is 0.  Any action but
 *     'create' moves it by (1 - 0) * 1 to 5, where it is allowed; 'create' leaves it, and a count of 30 moves it by (1 - 2) * 2 to 2:
 *     deny, token_count
 *
 * Most slots have one step, which the value itself decides, alone or with the number that it is compared with.  What it adds is kept for
 * each answer, and the setters in request.h add it without a call.  Other slots, with several steps or with globs, sums and so on, go
 * through request_move(), which asks class_of().
 *
 * Who writes the values, the codes or the texts of a request calls request_moved() afterwards; the setters do.
 *
 * Cost.  Some twenty instructions a value; a member costs one look for each column that asks for members.  A dense table has 16 columns
 * of two classes at most while the limit `cells` is 65,536, because classes multiply to cells.  A comparison is a step of each number
 * in it, and moves the request when the last of them is given.
 *
 * Invariant: a place is what its request's classes come to when they are computed anew.  The tests check it wherever they decide.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_PLACE_H
#define RCK_PLACE_H

#include "classes.h"

struct rck_request;
struct table;

/* A column that the values of a slot have a class in. */
struct place_step {
    const struct class_column *column;
    uint32_t stride;
    uint32_t absent; /* the class of an empty request */
    uint32_t idx;    /* of the column among those of places */
};

/* What a value of a slot moves.  All but PLACE_STEPS have one step at most, and are told from the value itself, without a call. */
enum place_kind {
    PLACE_STAYS,  /* nothing */
    PLACE_NAME,   /* a name */
    PLACE_HAS,    /* members in one word, of which the column asks for some */
    PLACE_NUMBER, /* a number with one cut */
    PLACE_ORDER,  /* a number that is compared with another one */
    PLACE_STEPS   /* all others */
};

struct place_slot {
    uint8_t kind;       /* enum place_kind */
    uint8_t idx;        /* of the one step's column */
    uint8_t first, end; /* its steps; there are 32 columns at most, and each is a step of four slots at most */
    uint32_t adds[3];   /* PLACE_HAS: with none of them, with some; numbers: less, equal, more */
    uint32_t other;       /* PLACE_ORDER: the slot of the other number */
    uint32_t other_value; /* and where that is in a request's values */
    union {
        const uint32_t *by_name; /* PLACE_NAME: what each name adds */
        uint64_t test;           /* PLACE_HAS: the members; PLACE_NUMBER: the cut */
    };
};

struct places {
    uint32_t empty; /* the place of an empty request */
    uint32_t n;     /* columns that places are made of */
    struct place_slot *slots;
    struct place_step *steps;
};

/* Makes what moves the requests of POLICY, whose table is TABLE. */
void places_prepare(struct places *places, const struct table *table, const struct rck_policy *policy, struct arena *arena);

#ifdef RCK_ASSERTS
/* True if the invariant holds of REQUEST.  Cost: all steps. */
bool request_is_placed(const struct rck_request *request);
#endif

/* The same of a policy without a table: its requests have no place. */
void places_none(struct places *places, const struct rck_policy *policy, struct arena *arena);

#endif
