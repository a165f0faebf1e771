/* SPDX-License-Identifier: MIT
 *
 * From guards to boxes; see rows.h.
 */
#include <config.h>

#include "rows.h"

#include "policy.h"
#include "symbols.h"

void
rows_init(struct rows *rows, struct arena *arena)
{
    *rows = (struct rows){ .arena = arena };
}

/* An empty list, with the room of one that is no longer needed. */
static struct boxes
take_boxes(struct rows *rows)
{
    return rows->spare.n != 0 ? rows->spare.items[--rows->spare.n] : (struct boxes){ 0 };
}

static void
give_boxes(struct rows *rows, struct boxes boxes)
{
    boxes.boxes.n = 0;
    if (boxes.boxes.room != 0)
        *vec_push(rows->arena, &rows->spare) = boxes;
}

void
rows_drop(struct rows *rows)
{
    while (rows->spare.n != 0) {
        struct boxes boxes = take_boxes(rows);

        vec_drop(rows->arena, &boxes.boxes);
    }
    vec_drop(rows->arena, &rows->spare);
    vec_drop(rows->arena, &rows->kept);
    vec_drop(rows->arena, &rows->plain);
    vec_drop(rows->arena, &rows->conds);
    vec_drop(rows->arena, &rows->rows);
}

set_id
box_classes(const struct rows *rows, struct box box, uint32_t column)
{
    for (uint32_t i = 0; i < box.n; i++)
        if (rows->conds.items[box.first + i].column == column)
            return rows->conds.items[box.first + i].classes;
    return SET_ALL;
}

static void
push_cond(struct rows *rows, struct box *box, uint32_t column, set_id classes)
{
    *vec_push(rows->arena, &rows->conds) = (struct cond){ column, classes };
    box->n++;
}

bool
box_and(struct rows *rows, struct space *space, struct box a, struct box b, struct box *out)
{
    struct box made = { rows->conds.n, 0 };
    uint32_t i = 0, j = 0;

    while (i < a.n || j < b.n) {
        struct cond in_a = i < a.n ? rows->conds.items[a.first + i] : (struct cond){ UINT32_MAX, SET_ALL };
        struct cond in_b = j < b.n ? rows->conds.items[b.first + j] : (struct cond){ UINT32_MAX, SET_ALL };
        uint32_t column = in_a.column < in_b.column ? in_a.column : in_b.column;
        set_id classes = set_and(&space->sets, in_a.column == column ? in_a.classes : SET_ALL,
                                 in_b.column == column ? in_b.classes : SET_ALL);

        if (classes == SET_EMPTY) {
            rows->conds.n = made.first;
            return false;
        }
        push_cond(rows, &made, column, classes);
        i += in_a.column == column;
        j += in_b.column == column;
    }
    *out = made;
    return true;
}

/* True if A applies wherever B does. */
static bool
box_covers(const struct rows *rows, struct space *space, struct box a, struct box b)
{
    for (uint32_t i = 0; i < a.n; i++) {
        const struct cond *cond = &rows->conds.items[a.first + i];
        set_id in_b = box_classes(rows, b, cond->column);

        if (in_b == SET_ALL || set_and(&space->sets, in_b, cond->classes) != in_b)
            return false;
    }
    return true;
}

bool
box_minus(struct rows *rows, struct space *space, struct box a, struct box b, uint32_t limit, struct boxes *out)
{
    struct box both;

    if (!box_and(rows, space, a, b, &both)) {
        if (out->boxes.n >= limit)
            return false;
        *vec_push(rows->arena, &out->boxes) = a;
        return true;
    }
    /* One piece for each column of B: outside B there, inside B in the columns before. */
    for (uint32_t i = 0; i < b.n; i++) {
        struct cond cond = rows->conds.items[b.first + i];
        set_id here = box_classes(rows, a, cond.column);
        struct box piece = { rows->conds.n, 0 };
        set_id rest;

        if (here == SET_ALL)
            here = set_range(&space->sets, 0, space->columns.items[cond.column].n_classes);
        rest = set_minus(&space->sets, here, cond.classes);
        if (rest == SET_EMPTY)
            continue;
        if (out->boxes.n >= limit)
            return false;

        bool placed = false;

        for (uint32_t k = 0; k < both.n; k++) {
            struct cond of_both = rows->conds.items[both.first + k];
            set_id classes;

            if (of_both.column == cond.column) {
                push_cond(rows, &piece, cond.column, rest);
                placed = true;
                continue;
            }
            /* Columns before this one are inside B already, those after it are as in A. */
            classes = !placed ? of_both.classes : box_classes(rows, a, of_both.column);
            if (classes != SET_ALL)
                push_cond(rows, &piece, of_both.column, classes);
        }
        *vec_push(rows->arena, &out->boxes) = piece;
    }
    return true;
}

/* Adds BOX to OUT unless a box that is there covers it; removes those that it covers. */
static bool
add_box(struct rows *rows, struct space *space, struct boxes *out, uint32_t from, struct box box, uint32_t limit)
{
    uint32_t kept = from;

    /* Absorbing is worth its quadratic price only while lists are short. */
    if (out->boxes.n - from <= BOXES_COMPARED) {
        for (uint32_t i = from; i < out->boxes.n; i++)
            if (box_covers(rows, space, out->boxes.items[i], box))
                return true;
        for (uint32_t i = from; i < out->boxes.n; i++)
            if (!box_covers(rows, space, box, out->boxes.items[i]))
                out->boxes.items[kept++] = out->boxes.items[i];
        out->boxes.n = kept;
    }
    if (out->boxes.n - from >= limit)
        return false;
    *vec_push(rows->arena, &out->boxes) = box;
    return true;
}

/* The mode that the operand of a 'not' must have for the 'not' to have MODE. */
static enum mode
opposite(enum mode mode)
{
    return mode == IS_TRUE ? IS_FALSE : mode == IS_FALSE ? IS_TRUE : mode == IS_NOT_FALSE ? IS_NOT_TRUE : IS_NOT_FALSE;
}

/* The atom that GUARD is, or the opposite of; then MODE becomes what the atom must be for GUARD to be as it was. */
static const struct guard *
atom_of(const struct rck_policy *policy, guard_id guard, enum mode *mode)
{
    const struct guard *node = &policy->guards.nodes.items[guard];

    while (node->kind == GUARD_NOT) {
        *mode = opposite(*mode);
        node--;
    }
    return node->kind == GUARD_ATOM ? node : NULL;
}

enum { CONDS_FEW = 16 };

/* Sorts by column, those of one column in the order in which they stand; OTHER is as much room again, for more than a few. */
static void
sort_conds(struct plain_cond *conds, uint32_t n, struct plain_cond *other)
{
    uint32_t half = n / 2, i = 0, j = half, k = 0;

    if (n <= CONDS_FEW) {
        for (i = 1; i < n; i++) {
            struct plain_cond cond = conds[i];

            for (k = i; k != 0 && conds[k - 1].column > cond.column; k--)
                conds[k] = conds[k - 1];
            conds[k] = cond;
        }
        return;
    }
    sort_conds(conds, half, other);
    sort_conds(conds + half, n - half, other);
    if (conds[half - 1].column <= conds[half].column)
        return;
    while (i < half || j < n)
        other[k++] = j == n || (i < half && conds[i].column <= conds[j].column) ? conds[i++] : conds[j++];
    memcpy(conds, other, n * sizeof *conds);
}

/* What N conditions on one column leave of it.  By halves: adding one after the other to a set that grows is quadratic. */
static set_id
all_of_conds(struct sets *sets, const struct plain_cond *conds, uint32_t n, bool possible)
{
    set_id a, b;

    if (n == 1)
        return possible ? conds->possible : conds->certain;
    a = all_of_conds(sets, conds, n / 2, possible);
    b = all_of_conds(sets, conds + n / 2, n - n / 2, possible);
    return set_and(sets, a, b);
}

/* As all_of_conds(); the sets on the way are not kept. */
static set_id
unite_conds(struct sets *sets, const struct plain_cond *conds, uint32_t n, bool possible)
{
    uint32_t n_sets = sets->sets.n;
    set_id all = all_of_conds(sets, conds, n, possible);

    return n > 2 ? sets_forget_but(sets, n_sets, all) : all;
}

/* Leaves in rows->plain one condition for each column, ascending; false if nothing is certain then. */
static bool
unite_plain(struct rows *rows, struct space *space)
{
    uint32_t n = rows->plain.n, made = 0, end;
    struct plain_cond *conds;

    if (n < 2)
        return true;
    for (uint32_t i = 0; i < n && n > CONDS_FEW; i++) /* room to sort in */
        vec_push(rows->arena, &rows->plain);
    conds = rows->plain.items;
    rows->plain.n = 0;
    sort_conds(conds, n, conds + n);
    for (uint32_t i = 0; i < n; i = end) {
        struct plain_cond all = conds[i];

        for (end = i + 1; end < n && conds[end].column == all.column;)
            end++;
        if (end != i + 1) {
            all.certain = unite_conds(&space->sets, conds + i, end - i, false);
            all.possible = unite_conds(&space->sets, conds + i, end - i, true);
        }
        if (all.certain == SET_EMPTY)
            return false;
        conds[made++] = all;
    }
    rows->plain.n = made;
    return true;
}

/* Adds to rows->plain that ATOM is as MODE says; false if it never is. */
static bool
gather_atom(struct rows *rows, struct space *space, const struct rck_policy *policy, uint32_t atom, enum mode mode)
{
    set_id classes = space_classes(space, policy, atom, mode);
    uint32_t column = space->column_of[atom];

    if (classes != SET_EMPTY && set_count(&space->sets, classes) != space->columns.items[column].n_classes)
        *vec_push(rows->arena, &rows->plain) = (struct plain_cond){ column, classes, classes };
    return classes != SET_EMPTY;
}

/* Makes BOX where all of rows->plain is certain; false if that is nowhere. */
static bool
box_of_plain(struct rows *rows, struct space *space, struct box *box)
{
    *box = (struct box){ rows->conds.n, 0 };
    if (!unite_plain(rows, space))
        return false;
    for (uint32_t i = 0; i < rows->plain.n; i++)
        push_cond(rows, box, rows->plain.items[i].column, rows->plain.items[i].certain);
    return true;
}

static bool
constant_is(enum truth truth, enum mode mode)
{
    return mode == IS_TRUE        ? truth == TRUTH_TRUE
           : mode == IS_NOT_FALSE ? truth != TRUTH_FALSE
           : mode == IS_FALSE     ? truth == TRUTH_FALSE
                                  : truth != TRUTH_TRUE;
}

bool
rows_of_guard(struct rows *rows, const struct rck_policy *policy, struct space *space, guard_id guard, enum mode mode,
              uint32_t limit, struct boxes *out)
{
    const struct guard *nodes = policy->guards.nodes.items, *node = &nodes[guard];
    struct box box = { rows->conds.n, 0 };
    guard_id end;
    bool all_of = (node->kind == GUARD_AND) == (mode == IS_TRUE || mode == IS_NOT_FALSE);

    if (guard == NONE || node->kind == GUARD_CONSTANT) {
        if (constant_is(guard == NONE ? TRUTH_TRUE : (enum truth)node->of, mode))
            *vec_push(rows->arena, &out->boxes) = box;
        return true;
    }
    if (node->kind == GUARD_NOT)
        return rows_of_guard(rows, policy, space, guard - 1, opposite(mode), limit, out);
    rows->plain.n = 0;
    if (node->kind == GUARD_ATOM) {
        if (gather_atom(rows, space, policy, node->of, mode) && box_of_plain(rows, space, &box))
            *vec_push(rows->arena, &out->boxes) = box;
        return true;
    }
    end = guard_before(nodes, guard);
    if (!all_of) {
        uint32_t from = out->boxes.n;

        for (guard_id operand = guard - 1; operand != end; operand = guard_before(nodes, operand)) {
            struct boxes part = take_boxes(rows);

            if (!rows_of_guard(rows, policy, space, operand, mode, limit, &part))
                return false;
            for (uint32_t i = 0; i < part.boxes.n; i++)
                if (!add_box(rows, space, out, from, part.boxes.items[i], limit))
                    return false;
            give_boxes(rows, part);
        }
        return true;
    }

    /* All operands at once: the product of their boxes, built operand by operand; first the box of all atoms among them. */
    struct boxes product;

    for (guard_id operand = guard - 1; operand != end; operand = guard_before(nodes, operand)) {
        enum mode asked = mode;
        const struct guard *atom = atom_of(policy, operand, &asked);

        if (atom != NULL && !gather_atom(rows, space, policy, atom->of, asked))
            return true;
    }
    if (!box_of_plain(rows, space, &box))
        return true;
    product = take_boxes(rows);
    *vec_push(rows->arena, &product.boxes) = box;
    for (guard_id operand = guard - 1; operand != end; operand = guard_before(nodes, operand)) {
        enum mode asked = mode;
        struct boxes part, next;

        if (atom_of(policy, operand, &asked) != NULL)
            continue;
        part = take_boxes(rows);
        next = take_boxes(rows);
        if (!rows_of_guard(rows, policy, space, operand, mode, limit, &part))
            return false;
        for (uint32_t i = 0; i < product.boxes.n; i++)
            for (uint32_t k = 0; k < part.boxes.n; k++) {
                struct box both;

                if (box_and(rows, space, product.boxes.items[i], part.boxes.items[k], &both)
                    && !add_box(rows, space, &next, 0, both, limit))
                    return false;
            }
        give_boxes(rows, part);
        give_boxes(rows, product);
        product = next;
    }
    for (uint32_t i = 0; i < product.boxes.n; i++)
        *vec_push(rows->arena, &out->boxes) = product.boxes.items[i];
    give_boxes(rows, product);
    return true;
}

/* The clause's whole guard, as a list of its parts: every part must have MODE. */
static bool
boxes_of_clause(struct rows *rows, const struct rck_policy *policy, struct space *space, const struct clause *clause,
                enum mode mode, uint32_t limit, struct boxes *out)
{
    const guard_id parts[] = { clause->act, clause->tails, clause->violation };
    bool first = true;

    for (size_t p = 0; p < N_ELEMENTS(parts); p++) {
        struct boxes part, next;

        /* No condition is true. */
        if (parts[p] == NONE)
            continue;
        if (first) {
            if (!rows_of_guard(rows, policy, space, parts[p], mode, limit, out))
                return false;
            first = false;
            continue;
        }
        part = take_boxes(rows);
        next = take_boxes(rows);
        if (!rows_of_guard(rows, policy, space, parts[p], mode, limit, &part))
            return false;
        for (uint32_t i = 0; i < out->boxes.n; i++)
            for (uint32_t k = 0; k < part.boxes.n; k++) {
                struct box both;

                if (box_and(rows, space, out->boxes.items[i], part.boxes.items[k], &both)
                    && !add_box(rows, space, &next, 0, both, limit))
                    return false;
            }
        give_boxes(rows, part);
        give_boxes(rows, *out);
        *out = next;
    }
    if (NEVER(first)) /* what has no condition is plain */
        *vec_push(rows->arena, &out->boxes) = (struct box){ rows->conds.n, 0 };
    return true;
}

/* Appends the row of BOX, and puts its conditions aside. */
static void
keep_row(struct rows *rows, uint32_t clause, enum rck_state says, struct box box)
{
    struct box kept = { rows->kept.n, box.n };

    for (uint32_t i = 0; i < box.n; i++)
        *vec_push(rows->arena, &rows->kept) = rows->conds.items[box.first + i];
    *vec_push(rows->arena, &rows->rows) = (struct row){ clause, says, kept };
}

/* Adds to rows->plain that ATOM, or if TURNED its opposite, holds; false if nothing is certain then. */
static bool
add_plain(struct rows *rows, struct space *space, const struct rck_policy *policy, uint32_t atom, bool turned)
{
    uint32_t column = space->column_of[atom], n_classes = space->columns.items[column].n_classes;
    struct plain_cond made = { column, space_classes(space, policy, atom, turned ? IS_FALSE : IS_TRUE),
                               space_classes(space, policy, atom, turned ? IS_NOT_TRUE : IS_NOT_FALSE) };

    if (made.certain == SET_EMPTY)
        return false;
    if (set_count(&space->sets, made.possible) == n_classes) {
        made.possible = SET_ALL;
        if (set_count(&space->sets, made.certain) == n_classes)
            return true;
    }
    *vec_push(rows->arena, &rows->plain) = made;
    return true;
}

/* Appends the row of rows->plain that is certain, if AT is their number; else that which is certain before place AT, unknown there, and
 * possible behind it: together these are all that is possible and not certain. */
static void
keep_plain(struct rows *rows, struct space *space, uint32_t at, uint32_t clause, enum rck_state says)
{
    struct box box = { rows->conds.n, 0 };

    for (uint32_t i = 0; i < rows->plain.n; i++) {
        const struct plain_cond *cond = &rows->plain.items[i];
        set_id classes = i < at ? cond->certain : cond->possible;

        if (i == at && classes == SET_ALL)
            classes = set_range(&space->sets, 0, space->columns.items[cond->column].n_classes);
        if (i == at)
            classes = set_minus(&space->sets, classes, cond->certain);
        if (classes != SET_ALL)
            push_cond(rows, &box, cond->column, classes);
    }
    *vec_push(rows->arena, &rows->rows) = (struct row){ clause, says, box };
}

/* Appends the rows of CLAUSE, if it is nothing but atoms that must hold: nearly all are.  They are those that rows_of_clause() makes,
 * with a fourth of its steps.  False, and nothing is appended, if it is not, or if these rows are not the ones. */
static bool
rows_of_plain(struct rows *rows, const struct rck_policy *policy, struct space *space, uint32_t clause_idx, enum rck_state says,
              uint32_t limit)
{
    const struct clause *clause = &policy->clauses.items[clause_idx];
    const guard_id parts[] = { clause->act, clause->tails, clause->violation };
    const struct guard *nodes = policy->guards.nodes.items;
    uint32_t n_unknown = 0;

    rows->plain.n = 0;
    for (size_t p = 0; p < N_ELEMENTS(parts); p++) {
        guard_id guard = parts[p], before = guard_before(nodes, guard);

        if (guard == NONE)
            continue;
        for (guard -= nodes[guard].kind == GUARD_AND; guard != before; guard--) {
            bool turned = nodes[guard].kind == GUARD_NOT;

            guard -= turned;
            if (nodes[guard].kind != GUARD_ATOM || !add_plain(rows, space, policy, nodes[guard].of, turned))
                return false;
        }
    }
    if (!unite_plain(rows, space))
        return false;
    for (uint32_t i = 0; i < rows->plain.n; i++)
        n_unknown += rows->plain.items[i].certain != rows->plain.items[i].possible;
    if (n_unknown > limit)
        return false;
    keep_plain(rows, space, rows->plain.n, clause_idx, says);
    for (uint32_t i = 0; i < rows->plain.n; i++)
        if (rows->plain.items[i].certain != rows->plain.items[i].possible)
            keep_plain(rows, space, i, clause_idx, RCK_STATE_UNKNOWN);
    return true;
}

bool
rows_of_clause(struct rows *rows, const struct rck_policy *policy, struct space *space, uint32_t clause_idx, uint32_t limit, uint32_t pieces)
{
    const struct clause *clause = &policy->clauses.items[clause_idx];
    enum rck_state says = clause->kind == RCK_CLAUSE_GRANT ? RCK_STATE_GRANTED : RCK_STATE_VIOLATED;
    uint32_t first_cond = rows->conds.n, first_row = rows->rows.n;
    uint64_t steps = 0;
    struct boxes certain, possible;

    if (clause->kind == RCK_CLAUSE_NOTE || rows_of_plain(rows, policy, space, clause_idx, says, limit))
        return true;
    certain = take_boxes(rows);
    possible = take_boxes(rows);
    if (!boxes_of_clause(rows, policy, space, clause, IS_TRUE, limit, &certain)
        || !boxes_of_clause(rows, policy, space, clause, IS_NOT_FALSE, limit, &possible))
        return false;
    rows->kept.n = 0;
    for (uint32_t i = 0; i < certain.boxes.n; i++)
        keep_row(rows, clause_idx, says, certain.boxes.items[i]);

    /* What is possible and not certain is unknown.  Should that take too many pieces or steps, the whole does as well: what is certain
     * outranks what is unknown. */
    for (uint32_t c = 0; c < certain.boxes.n; c++) {
        struct boxes rest = take_boxes(rows);
        bool fits = (steps += possible.boxes.n) <= pieces;

        for (uint32_t i = 0; i < possible.boxes.n && fits; i++)
            fits = box_minus(rows, space, possible.boxes.items[i], certain.boxes.items[c], pieces, &rest);
        if (!fits) {
            give_boxes(rows, rest);
            break;
        }
        give_boxes(rows, possible);
        possible = rest;
    }
    for (uint32_t i = 0; i < possible.boxes.n; i++)
        keep_row(rows, clause_idx, RCK_STATE_UNKNOWN, possible.boxes.items[i]);

    /* Of all conditions on the way only those of the rows stay. */
    rows->conds.n = first_cond;
    for (uint32_t i = 0; i < rows->kept.n; i++)
        *vec_push(rows->arena, &rows->conds) = rows->kept.items[i];
    for (uint32_t r = first_row; r < rows->rows.n; r++)
        rows->rows.items[r].box.first += first_cond;
    give_boxes(rows, certain);
    give_boxes(rows, possible);
    return true;
}

/* The number of COND, which is kept once. */
static uint32_t
keep_cond(struct kept_rows *kept, struct arena *arena, const struct cond *cond)
{
    uint64_t hash = hash_fold((uint64_t)cond->column << 32 | cond->classes, 0x9E3779B97F4A7C15u);
    uint32_t at = index_begin(hash), id;

    while ((id = index_next(&kept->by_cond, hash, &at)) != INDEX_NONE)
        if (kept->conds.items[id].column == cond->column && kept->conds.items[id].classes == cond->classes) /* by chance: two of one hash */
            return id;
    *vec_push(arena, &kept->conds) = *cond;
    index_add(&kept->by_cond, hash, kept->conds.n - 1);
    return kept->conds.n - 1;
}

void
rows_keep_none(struct kept_rows *kept, struct arena *arena)
{
    *kept = (struct kept_rows){ .by_cond = { .arena = arena } };
    vec_push(arena, &kept->rows);
}

void
rows_keep(struct kept_rows *kept, struct arena *arena, const struct rows *rows)
{
    struct box before = { 0, 0 };

    for (uint32_t r = 0; r < rows->rows.n; r++) {
        const struct row *row = &rows->rows.items[r];
        struct kept_row *made = &kept->rows.items[kept_n(kept)];

        made->clause = row->clause & (KEPT_CLAUSES_MAX - 1);
        made->says = row->says & 7u;
        for (uint32_t i = 0; i < row->box.n; i++) {
            const struct cond *cond = &rows->conds.items[row->box.first + i];
            uint32_t id;

            /* Rows of one clause differ in few conditions. */
            if (i < before.n && kept_cond(kept, before, i)->column == cond->column && kept_cond(kept, before, i)->classes == cond->classes)
                id = kept->of_rows.items[before.first + i];
            else
                id = keep_cond(kept, arena, cond);
            *vec_push(arena, &kept->of_rows) = id;
        }
        vec_push(arena, &kept->rows)->first = kept->of_rows.n;
        before = kept_box(kept, kept_n(kept) - 1);
    }
}

set_id
kept_classes(const struct kept_rows *kept, struct box box, uint32_t column)
{
    for (uint32_t i = 0; i < box.n; i++)
        if (kept_cond(kept, box, i)->column == column)
            return kept_cond(kept, box, i)->classes;
    return SET_ALL;
}
