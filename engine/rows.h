/* SPDX-License-Identifier: MIT
 *
 * Rows: clauses as boxes over columns.
 *
 * A box gives, for some columns, the set of classes in which it applies; a column that it does not name is free.  A guard is
 * turned into boxes twice, once for "it is true" and once for "it is not false"; what lies in the second and not in the first is
 * where the clause is unknown.  Both are exact: an atom's answer depends on the class of its one column, and 'and', 'or', 'not'
 * are computed on answers.  Sizes: the limits clause-rows and rows.
 *
 * A sealed policy keeps its rows in few bytes: nearly every condition stands in many rows, so each is kept once, and a row has 8
 * bytes and 4 for each of its conditions.
 *
 *     'd17: s1 cannot a2 r3 when count >= 50' has two rows, {subject 1, action 2, resource 3, count 50..} and the same with 'count
 *     absent': five conditions, of which other clauses have most, and 2 * (8 + 4 * 4) bytes
 */
#ifndef RCK_ROWS_H
#define RCK_ROWS_H

#include "index.h"
#include "rulecheck.h"
#include "sets.h"
#include "space.h"

/* One condition of a box. */
struct cond {
    uint32_t column;
    set_id classes; /* never SET_ALL, never SET_EMPTY */
};

/* Conditions in ascending order of columns, in rows->conds. */
struct box {
    uint32_t first;
    uint32_t n;
};

struct row {
    uint32_t clause;
    enum rck_state says; /* RCK_STATE_VIOLATED, RCK_STATE_GRANTED or RCK_STATE_UNKNOWN */
    struct box box;
};

/* What an atom, or atoms that must all hold, leave of a column: where they are true, and where they are not false; SET_ALL: all of it. */
struct plain_cond {
    uint32_t column;
    set_id certain, possible;
};

/* Boxes of one guard. */
struct boxes {
    VEC(struct box) boxes;
};

struct rows {
    struct arena *arena;
    VEC(struct row) rows;     /* by clause, in source order; what is certain before what is unknown */
    VEC(struct cond) conds;
    VEC(struct boxes) spare;  /* lists that were given back: their room is used again */
    VEC(struct cond) kept;    /* of the clause in progress, while the conditions of its rows are put together */
    VEC(struct plain_cond) plain; /* workspace: of atoms that must all hold, by column in the end */
};

struct kept_row {
    uint32_t clause : 29;
    uint32_t says : 3; /* as in struct row */
    uint32_t first;    /* its conditions in of_rows; they end where those of the next row begin */
};
enum { KEPT_CLAUSES_MAX = 1 << 29 };

/* Rows of a sealed policy. */
struct kept_rows {
    VEC(struct kept_row) rows; /* in the order of struct rows; behind them one that only says where conditions end */
    VEC(uint32_t) of_rows;     /* indices in conds, ascending by column within a row */
    VEC(struct cond) conds;    /* each once, in the order in which rows first have them */
    struct index by_cond;      /* of conds, while rows are added */
};

/* Makes KEPT empty; and adds all of ROWS to it.  It is in ARENA. */
void rows_keep_none(struct kept_rows *kept, struct arena *arena);
void rows_keep(struct kept_rows *kept, struct arena *arena, const struct rows *rows);

static inline uint32_t
kept_n(const struct kept_rows *kept)
{
    return kept->rows.n - 1;
}

/* The conditions of row ROW: a box in kept->of_rows. */
static inline struct box
kept_box(const struct kept_rows *kept, uint32_t row)
{
    const struct kept_row *rows = &kept->rows.items[row];

    return (struct box){ rows[0].first, rows[1].first - rows[0].first };
}

/* The Ith condition of BOX. */
static inline const struct cond *
kept_cond(const struct kept_rows *kept, struct box box, uint32_t i)
{
    return &kept->conds.items[kept->of_rows.items[box.first + i]];
}

/* As box_classes(). */
set_id kept_classes(const struct kept_rows *kept, struct box box, uint32_t column);

void rows_init(struct rows *rows, struct arena *arena);

/* Gives the memory of ROWS back. */
void rows_drop(struct rows *rows);

/* Boxes are compared with those that were made before them, so that none lies in another one, while there are not more of these. */
enum { BOXES_COMPARED = 64 };

/* Appends to OUT the boxes in which GUARD is as MODE says; false if there are more than LIMIT. */
bool rows_of_guard(struct rows *rows, const struct rck_policy *policy, struct space *space, guard_id guard, enum mode mode,
                   uint32_t limit, struct boxes *out);

/* Appends the rows of clause CLAUSE to rows->rows; false if the limit on one clause's rows is hit.  Rows that are unknown and those that
 * are certain do not overlap, unless it takes more than PIECES steps, or pieces, to take these out of those. */
bool rows_of_clause(struct rows *rows, const struct rck_policy *policy, struct space *space, uint32_t clause, uint32_t limit,
                    uint32_t pieces);

/* The box in which both A and B apply; false if there is none. */
bool box_and(struct rows *rows, struct space *space, struct box a, struct box b, struct box *out);

/* Returns the classes of COLUMN in which BOX applies; SET_ALL if it does not name it. */
set_id box_classes(const struct rows *rows, struct box box, uint32_t column);

/* Appends to OUT the boxes that together are A without B: pieces that do not overlap, at most one a column of B.  False if OUT
 * would hold more than LIMIT. */
bool box_minus(struct rows *rows, struct space *space, struct box a, struct box b, uint32_t limit, struct boxes *out);

#endif
