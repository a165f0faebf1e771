/* SPDX-License-Identifier: MIT
 *
 * Few boxes for a region; see cubes.h.
 */
#include <config.h>

#include "cubes.h"

/* A class that a piece has among more than these in a column is not asked about by itself. */
enum { CLASSES_ASKED = 64 };

/* More pieces than these are not compared with each other. */
enum { PIECES_COMPARED = 4096 };

static set_id
classes_in(struct cover *cover, struct box box, uint32_t column)
{
    set_id classes = box_classes(&cover->rows, box, column);

    return classes != SET_ALL ? classes : set_range(&cover->space.sets, 0, cover->space.columns.items[column].n_classes);
}

/* BOX with CLASSES in COLUMN. */
static struct box
with_classes(struct cover *cover, struct box box, uint32_t column, set_id classes)
{
    struct rows *rows = &cover->rows;
    bool free = set_count(&cover->space.sets, classes) == cover->space.columns.items[column].n_classes, placed = free;
    struct box made = { rows->conds.n, 0 };

    for (uint32_t i = 0; i < box.n; i++) {
        struct cond cond = rows->conds.items[box.first + i];

        if (cond.column >= column && !placed) {
            *vec_push(rows->arena, &rows->conds) = (struct cond){ column, classes };
            made.n++;
            placed = true;
        }
        if (cond.column == column)
            continue;
        *vec_push(rows->arena, &rows->conds) = cond;
        made.n++;
    }
    if (NEVER(!placed)) { /* a box is widened where it has a condition */
        *vec_push(rows->arena, &rows->conds) = (struct cond){ column, classes };
        made.n++;
    }
    return made;
}

/* Widens BOX in COLUMN as far as REGION goes; false if the limit on steps was reached. */
static bool
widen(struct cover *cover, struct box *box, uint32_t column, const struct boxes *region, bool complete)
{
    struct sets *sets = &cover->space.sets;
    set_id have = classes_in(cover, *box, column);
    set_id all = set_range(sets, 0, cover->space.columns.items[column].n_classes), may = set_minus(sets, all, have);

    while (may != SET_EMPTY) {
        struct box tried = with_classes(cover, *box, column, may);
        enum cover_answer answer = cover_find_outside(cover, tried, region, complete);
        uint32_t class_idx;
        set_id bad;

        if (answer == COVER_UNFINISHED)
            return false;
        if (answer == COVER_COVERED)
            break;
        /* The class of the witness is none of them; with many classes the rest of its range in the region's boxes neither. */
        class_idx = space_class(&cover->space, cover->policy, &cover->space.columns.items[column], cover->witness);
        bad = set_one(sets, class_idx);
        if (set_count(sets, may) > CLASSES_ASKED) {
            set_id like = may;

            /* Classes that no box of the region tells apart from this one fare alike, but for numbers that share a slot. */
            for (uint32_t i = 0; i < region->boxes.n; i++) {
                set_id classes = classes_in(cover, region->boxes.items[i], column);

                like = set_has(sets, classes, class_idx) ? set_and(sets, like, classes) : set_minus(sets, like, classes);
            }
            bad = set_or(sets, bad, like);
        }
        may = set_minus(sets, may, bad);
    }
    if (may != SET_EMPTY)
        *box = with_classes(cover, *box, column, set_or(sets, have, may));
    return true;
}

/* Widens BOX in all its columns, from the last to the first or the other way round. */
static bool
make_cube(struct cover *cover, struct box *box, const struct boxes *region, bool complete, bool backwards)
{
    struct box first = *box;

    for (uint32_t i = 0; i < first.n; i++) {
        uint32_t column = cover->rows.conds.items[first.first + (backwards ? first.n - 1 - i : i)].column;

        if (!widen(cover, box, column, region, complete))
            return false;
    }
    return true;
}

static bool
holds(struct cover *cover, struct box outer, struct box inner)
{
    for (uint32_t i = 0; i < outer.n; i++) {
        const struct cond *cond = &cover->rows.conds.items[outer.first + i];
        set_id in_inner = box_classes(&cover->rows, inner, cond->column);

        if (in_inner == SET_ALL || set_and(&cover->space.sets, in_inner, cond->classes) != in_inner)
            return false;
    }
    return true;
}

void
boxes_minus(struct cover *cover, const struct boxes *pieces, const struct boxes *boxes, struct boxes *out)
{
    struct boxes left = { 0 };

    for (uint32_t i = 0; i < pieces->boxes.n; i++)
        *vec_push(cover->arena, &left.boxes) = pieces->boxes.items[i];
    for (uint32_t b = 0; b < boxes->boxes.n; b++) {
        struct boxes rest = { 0 };

        for (uint32_t i = 0; i < left.boxes.n; i++)
            box_minus(&cover->rows, &cover->space, left.boxes.items[i], boxes->boxes.items[b], UINT32_MAX, &rest);
        left = rest;
    }
    for (uint32_t i = 0; i < left.boxes.n; i++)
        *vec_push(cover->arena, &out->boxes) = left.boxes.items[i];
}

/* Appends to OUT those of CUBES that the others do not cover together; the last ones go first. */
static bool
keep_needed(struct cover *cover, const struct boxes *cubes, bool complete, struct boxes *out)
{
    uint8_t *gone = arena_array(cover->arena, (size_t)cubes->boxes.n + 1, 1);

    for (uint32_t i = cubes->boxes.n; i-- != 0;) {
        struct boxes others = { 0 };
        enum cover_answer answer;

        for (uint32_t k = 0; k < cubes->boxes.n; k++)
            if (k != i && gone[k] == 0)
                *vec_push(cover->arena, &others.boxes) = cubes->boxes.items[k];
        answer = cover_find_outside(cover, cubes->boxes.items[i], &others, complete);
        if (answer == COVER_UNFINISHED)
            return false;
        gone[i] = answer == COVER_COVERED;
    }
    for (uint32_t i = 0; i < cubes->boxes.n; i++)
        if (gone[i] == 0)
            *vec_push(cover->arena, &out->boxes) = cubes->boxes.items[i];
    return true;
}

bool
cubes_make(struct cover *cover, const struct boxes *pieces, const struct boxes *region, bool complete, struct boxes *out)
{
    struct boxes real = { 0 }, cubes = { 0 }, chosen = { 0 };
    uint8_t *covered;
    uint32_t left;

    for (uint32_t i = 0; i < pieces->boxes.n; i++) {
        enum cover_answer answer = cover_realise(cover, pieces->boxes.items[i], complete);

        if (answer == COVER_UNFINISHED)
            return false;
        if (answer == COVER_WITNESS)
            *vec_push(cover->arena, &real.boxes) = pieces->boxes.items[i];
    }
    for (uint32_t i = 0; i < real.boxes.n; i++)
        for (unsigned backwards = 0; backwards < 2; backwards++) {
            struct box cube = real.boxes.items[i];
            bool is_new = true;

            if (real.boxes.n > PIECES_COMPARED && backwards != 0)
                continue;
            if (!make_cube(cover, &cube, region, complete, backwards != 0))
                return false;
            for (uint32_t k = 0; k < cubes.boxes.n && is_new; k++)
                is_new = !holds(cover, cubes.boxes.items[k], cube);
            if (is_new)
                *vec_push(cover->arena, &cubes.boxes) = cube;
        }

    /* The cube that covers the most pieces, and the next one, and so on. */
    covered = arena_array(cover->arena, (size_t)real.boxes.n + 1, 1);
    for (left = real.boxes.n; left != 0;) {
        uint32_t best = 0, most = 0;

        for (uint32_t k = 0; k < cubes.boxes.n; k++) {
            uint32_t n = 0;

            for (uint32_t i = 0; i < real.boxes.n; i++)
                n += covered[i] == 0 && holds(cover, cubes.boxes.items[k], real.boxes.items[i]);
            if (n > most) {
                most = n;
                best = k;
            }
        }
        if (NEVER(most == 0))
            return false;
        for (uint32_t i = 0; i < real.boxes.n; i++)
            if (covered[i] == 0 && holds(cover, cubes.boxes.items[best], real.boxes.items[i])) {
                covered[i] = 1;
                left--;
            }
        *vec_push(cover->arena, &chosen.boxes) = cubes.boxes.items[best];
    }
    return keep_needed(cover, &chosen, complete, out);
}
