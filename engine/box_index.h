/* SPDX-License-Identifier: MIT
 *
 * Which rows can meet a box?  An index over the boxes of rows, so that a question about one clause does not look at all others.
 *
 * Up to six columns are key columns: those that tell the most rows apart.  Rows of one kind that have conditions in the same key
 * columns form a group, at most 2^6 a kind, and a group is a tree.  A node has, for each key column of its group, the least and the greatest
 * class in which one of its rows applies; it is split in the middle of the widest of these ranges, until eight rows are left or
 * nothing tells them apart.
 *
 *     d17: s1 cannot a2 r3 when count >= 50    in the group {subject, action, resource, count}, at 1, 2, 3, 50..
 *     anyone cannot a2 r3                      in {action, resource}, at 2, 3
 *
 * Rows that the key columns do not tell apart may be told apart by another column, each by its own: a row has at most one such side
 * column, and the tree splits by its number as by classes.  A search that knows the rest of its box (cover.h: a corner) names the
 * side columns that matter, and skips the rows of all others.
 *
 *     d90: anyone cannot update file when file.a90 > 3    with 8,000 attributes: side column file.a90
 *
 * A box that pins what a group's rows pin goes down one path.  One that leaves columns free meets what it meets: cover.c asks
 * about a corner of it first, see there.
 *
 * Cost: about 40 bytes a row; building takes N log N steps, and a search in D pinned columns of K at worst N^(1 - D/K) and in
 * practice few.  Memory is linear whatever the policy.
 */
#ifndef RCK_BOX_INDEX_H
#define RCK_BOX_INDEX_H

#include "rows.h"

/* Conditions that one step of an analysis looks at, so that a step of boxes with many takes no longer than one of boxes with few. */
enum { COVER_CONDS_A_STEP = 16 };

enum { BOX_INDEX_KEYS = 6, BOX_INDEX_KINDS = 4 };

struct box_group {
    uint8_t kind; /* bit of it */
    uint8_t n_keys;
    uint8_t keys[BOX_INDEX_KEYS + 1]; /* places in box_index.columns; the last one stands for side columns */
    uint32_t end_node; /* they follow those of the group before */
};

/* A node in preorder; its bounds are in box_index.bounds, a range for each key column of the group. */
struct box_node {
    uint32_t end;   /* the node after its subtree */
    uint32_t first, n; /* its rows in box_index.rows; n is 0 unless it is a leaf */
    uint32_t bounds;
};

struct box_index {
    struct arena *arena;
    uint32_t columns[BOX_INDEX_KEYS];
    uint32_t n_columns;
    uint32_t rarest[BOX_INDEX_KEYS]; /* by key column: the class in which the fewest rows apply that have a condition on it */
    VEC(struct box_group) groups;
    VEC(struct box_node) nodes;
    VEC(struct range) bounds; /* of classes, lo to hi - 1 */
    uint32_t *rows;           /* indices of rows, group by group */
};

/* Chooses the key columns of an index over ROWS. */
void box_index_choose(struct box_index *index, const struct rows *rows, const struct space *space, struct arena *scratch);

/* Makes the index of all of ROWS.  KINDS has for each one bit, below 1 << BOX_INDEX_KINDS, SIDES 1 + its side column, or 0.  ARENA
 * holds it, SCRATCH what is needed to make it. */
void box_index_build(struct box_index *index, const struct rows *rows, const uint8_t kinds[], const uint32_t sides[],
                     const struct space *space, struct arena *arena, struct arena *scratch);

/* The rows of some kinds that meet a box, one after the other. */
struct box_search {
    const struct box_index *index;
    const struct rows *rows;
    const struct space *space;
    struct box box;
    unsigned kinds;
    const uint32_t *sides; /* NULL, or 1 + each side column that matters, ascending */
    uint32_t n_sides;
    struct range ranges[BOX_INDEX_KEYS + 1]; /* of BOX, by key column */
    uint32_t group, node, next, left;
    uint64_t steps; /* nodes and rows that were looked at */
};

void box_search_begin(struct box_search *search, const struct box_index *index, const struct rows *rows,
                      const struct space *space, struct box box, unsigned kinds);

/* Writes the index of the next row whose box meets the box into *ROW; false after the last.  They come in no special order. */
bool box_search_next(struct box_search *search, uint32_t *row);

/* True if there are classes in which both A and B apply. */
bool boxes_meet(const struct rows *rows, const struct space *space, struct box a, struct box b);

#endif
