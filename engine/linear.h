/* SPDX-License-Identifier: MIT
 *
 * Small systems of linear inequalities over the integers: is there a solution, and which one?
 *
 * A system has up to 64 variables, each with a domain [lo, hi] of int64, and constraints lo <= f1*x1 + f2*x2 + f3*x3 <= hi.
 * Constraints are a stack: push one, ask, pop it.  A caller that chooses an interval for each of several sums asks this way
 * whether they can all be had at once, and for numbers that show it.
 *
 * Example: n is a number of days in 0..10, since and now are times in nanoseconds from 0 on, and one day is 86400e9:
 *
 *     86400e9 * n + since - now <= -1     it was more than n days ago
 *     now - since               <= 5e14   and at most 5e14 ns ago
 *
 * 'since' and 'now' are eliminated; 86400e9 * n <= 5e14 - 1 is left, which over the integers is n <= 5.  Then n is chosen, and
 * 'since' and 'now' after it, in the intervals that the constraints leave to them.  With 'now - since <= -1' in place of the
 * second line, what is left is n <= -1 (-2 / 86400e9, rounded down), outside of the domain: there is no solution.
 *
 * Method: Fourier and Motzkin's elimination, then values from the last eliminated variable back to the first.
 *
 *   - A row is lo <= sum <= hi with its factors divided by their greatest common divisor and its bounds rounded inwards.  Rows
 *     with the same factors, or the same but for the sign, are one row with the tighter bounds.  A row in one variable narrows
 *     its domain.  A bound that the domains imply is dropped; one that they contradict ends the question.
 *   - To eliminate x, each two rows with x are added such that x drops out, x's domain being one of the rows.  If a row says
 *     x = sum, it alone is added to the others.  Variables that have factor 1 or -1 in all rows, or in all but one, come first:
 *     then the new rows have an integer solution exactly if the old ones have.
 *   - Going back, the rows with x leave it an interval [low, high].  Where all eliminations were of that kind it is exactly
 *     what x may be, and the first value chosen is right.  Else it may be too wide; then a variable without values sends the
 *     search back to the last variable that has a say in it, which takes the next value near the one it had.
 *
 * Exactness: every row follows from the constraints, so LINEAR_NONE is never wrong; a solution is checked against the
 * constraints themselves, so LINEAR_SOLVED is never wrong either.  A row that does not fit into 126 bits, or comes after
 * thousands of others, is left out: nothing becomes wrong, the search may become longer.  What ends in LINEAR_UNFINISHED is a
 * search that the limit stops: factors without a 1 among them (7 * x - 11 * y), over wide domains, and no solution nearby.
 * Differences of two variables are always answered, by at most n * n / 2 rows.
 *
 * Cost: a question looks first at the solution that the last one left, then only at the variables that the constraints join
 * to those it violates.  Each pair of rows that is added and each value that is tried is a step, and so are some of the rows and
 * constraints that are gone through.  Differences of n variables: n * n * n / 4 steps at worst.  Three terms may square the rows
 * with each elimination; the limit is there for that.
 * Memory is the arena's and is kept from question to question: some kilobytes, at most about a megabyte and a half.
 */
#ifndef RCK_LINEAR_H
#define RCK_LINEAR_H

#include "mem.h"

enum {
    LINEAR_VARIABLES_MAX = 64,
    LINEAR_TERMS_MAX = 3,
    LINEAR_BUCKETS = 128 /* of the rows, by their factors */
};

/* Greatest absolute value of a factor; such that three products with int64 stay below LINEAR_MOST. */
#define LINEAR_FACTOR_MAX ((int64_t)1 << 61)

/* As 'hi' of a constraint, and its negative as 'lo': no bound.  No sum of three terms comes near. */
#define LINEAR_MOST ((wide)1 << 126)

enum linear_answer {
    LINEAR_SOLVED,    /* there is a solution */
    LINEAR_NONE,      /* there is none */
    LINEAR_UNFINISHED /* the limit on steps was reached, or a constraint is not of the shape above */
};

struct linear_term {
    int64_t factor;
    uint32_t variable;
};

struct linear_constraint {
    struct linear_term terms[LINEAR_TERMS_MAX];
    uint32_t n;
    wide lo, hi;
    uint64_t variables; /* bit i: variable i occurs */
    bool readable;      /* of the shape above */
};

struct linear_part {
    wide factor;
    uint32_t variable;
};

/* lo <= sum of the parts <= hi.  LINEAR_MOST and its negative are no bounds; everything else is nearer to 0. */
struct linear_row {
    wide lo, hi;
    uint32_t first, n; /* in parts; ascending variables, the first factor positive, divided by their greatest divisor */
    uint32_t next;     /* row that was set aside for the same variable */
    uint32_t bucket;   /* next row in the bucket */
    uint64_t variables;
};

/* A system and its workspace.  Not for more than one thread at a time. */
struct linear {
    struct arena *arena;
    uint64_t steps; /* since linear_reset(); the caller may set both at any time */
    uint64_t limit; /* a question that takes 'steps' beyond it is not finished */
    uint32_t n;     /* variables */
    bool empty;     /* some domain is */
    int64_t lo[LINEAR_VARIABLES_MAX], hi[LINEAR_VARIABLES_MAX];
    VEC(struct linear_constraint) constraints;
    uint32_t n_unreadable;
    int64_t known[LINEAR_VARIABLES_MAX]; /* in the domains, and a solution of ... */
    uint32_t n_known;                    /* ... so many constraints */

    /* Of the question in progress. */
    VEC(struct linear_row) rows; /* [0] is NONE */
    VEC(struct linear_part) parts;
    uint32_t parts_max;
    uint32_t buckets[LINEAR_BUCKETS];
    wide low[LINEAR_VARIABLES_MAX], high[LINEAR_VARIABLES_MAX]; /* the domains, narrowed */
    uint32_t aside[LINEAR_VARIABLES_MAX];                       /* first row set aside when the variable was eliminated */
    uint64_t eliminated;
    wide values[LINEAR_VARIABLES_MAX];
};

/* Makes an empty system whose memory comes from ARENA; a failure to get some goes where the arena's failures go. */
void linear_init(struct linear *linear, struct arena *arena);

/* Takes away all variables and constraints and sets 'steps' to 0 and 'limit' to LIMIT.  The memory stays. */
void linear_reset(struct linear *linear, uint64_t limit);

/* Adds a variable with the domain LO .. HI and returns its index: 0, 1, ...  There is room for LINEAR_VARIABLES_MAX; what would
 * be one more has an index that makes every constraint unreadable that uses it, so its questions are not finished. */
uint32_t linear_variable(struct linear *linear, int64_t lo, int64_t hi);

/* Pushes the constraint LO <= sum of N TERMS <= HI.  A variable may be in several terms; a factor may be 0.  With more than
 * LINEAR_TERMS_MAX terms or a factor beyond LINEAR_FACTOR_MAX it is unreadable: it counts, and until it is popped no question
 * is finished. */
void linear_push(struct linear *linear, const struct linear_term terms[], uint32_t n, wide lo, wide hi);

/* Takes away the constraint that was pushed last; there must be one. */
void linear_pop(struct linear *linear);

/* Tells whether the constraints have a solution. */
enum linear_answer linear_feasible(struct linear *linear);

/* Looks for a solution and writes it into VALUES, by variable; without one VALUES are as they were.
 *
 * Values are chosen one variable after the other, each given those before it: in order of index, but after all variables that
 * can only be eliminated after it (those whose factors are not 1 or -1).  A value is the greatest that the constraints allow,
 * if that is not the end of the domain: it is then a number that they state.  Else it is the least, and 0 rather than the
 * start of the domain. */
enum linear_answer linear_solve(struct linear *linear, int64_t values[]);

#endif
