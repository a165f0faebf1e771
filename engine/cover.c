/* SPDX-License-Identifier: MIT
 *
 * Covering boxes with boxes; see cover.h.  Realising what is left is in realise.c.
 */
#include <config.h>

#include "cover.h"

/* Where every attribute is given that is not optional, with declared values. */
static struct box
complete_box(struct cover *cover)
{
    struct rck_policy *policy = cover->policy;
    struct space *space = &cover->space;
    struct box box = { cover->rows.conds.n, 0 };

    for (uint32_t c = 0; c < space->columns.n; c++) {
        const struct column *column = &space->columns.items[c];
        bool optional = policy->slots.items[column->slot - 1].optional
                        || (column->other != NONE && policy->slots.items[column->other - 1].optional);
        set_id classes = set_range(&space->sets, 0, column->n_classes), out = SET_EMPTY;

        switch (column->kind) {
        case COLUMN_NAME:
            if (column->slot <= N_DIMENSIONS)
                break;
            out = set_one(&space->sets, column->undeclared);
            /* Absent and undeclared are one class if nothing tells them apart; an optional attribute may be absent. */
            if (optional && column->absent == column->undeclared)
                out = SET_EMPTY;
            else if (!optional)
                out = set_or(&space->sets, out, set_one(&space->sets, column->absent));
            break;
        case COLUMN_NUMBER:
            for (uint32_t i = 1; i < SUM_TERMS && column->sum.slots[i] != NONE; i++)
                optional = optional || policy->slots.items[column->sum.slots[i] - 1].optional;
            out = optional ? SET_EMPTY : set_one(&space->sets, column->absent);
            break;
        case COLUMN_HAS:
        case COLUMN_SAME:
        case COLUMN_MATCHES:
            out = optional ? SET_EMPTY : set_one(&space->sets, HAS_UNKNOWN); /* the same number in all three */
            break;
        case COLUMN_PRESENT:
            out = optional ? SET_EMPTY : set_one(&space->sets, CLASS_ABSENT);
            break;
        }
        if (out == SET_EMPTY)
            continue;
        *vec_push(cover->arena, &cover->rows.conds) = (struct cond){ c, set_minus(&space->sets, classes, out) };
        box.n++;
    }
    return box;
}

void
cover_init(struct cover *cover, struct rck_policy *policy, struct arena *arena, const guard_id extra[], uint32_t n_extra,
           uint64_t limit)
{
    struct atom_list atoms = { .seen = arena_alloc(arena, (size_t)policy->guards.atoms.n + 1) };

    *cover = (struct cover){ .policy = policy, .arena = arena, .limit = limit };
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        guard_atoms(&policy->guards, policy->clauses.items[c].act, arena, &atoms);
        guard_atoms(&policy->guards, policy->clauses.items[c].tails, arena, &atoms);
        guard_atoms(&policy->guards, policy->clauses.items[c].violation, arena, &atoms);
    }
    for (uint32_t i = 0; i < n_extra; i++)
        guard_atoms(&policy->guards, extra[i], arena, &atoms);
    space_build(&cover->space, policy, arena, &atoms);
    rows_init(&cover->rows, arena);
    for (uint32_t c = 0; c < policy->clauses.n; c++)
        if (!policy->clauses.items[c].warns)
            rows_of_clause(&cover->rows, policy, &cover->space, c, UINT32_MAX);
    cover->complete = complete_box(cover);
    linear_init(&cover->linear, arena);
}

/* ---- covering ----------------------------------------------------------------------------------------------------------- */

/* A box of which the rows before 'next' are taken away already. */
struct piece {
    struct box box;
    uint32_t next;
};

enum cover_answer
cover_find(struct cover *cover, struct box box, const uint32_t rows[], uint32_t n, bool complete, struct rck_request *witness)
{
    VEC(struct piece) stack = { 0 };
    struct box both;

    cover->steps = 0;
    if (complete) {
        if (!box_and(&cover->rows, &cover->space, box, cover->complete, &both))
            return COVER_COVERED;
        box = both;
    }
    *vec_push(cover->arena, &stack) = (struct piece){ box, 0 };
    while (stack.n != 0) {
        struct piece piece = stack.items[--stack.n];
        struct boxes rest = { 0 };
        enum cover_answer answer;

        while (piece.next < n) {
            uint32_t conds = cover->rows.conds.n;
            bool meets;

            if (++cover->steps > cover->limit)
                return COVER_UNFINISHED;
            meets = box_and(&cover->rows, &cover->space, piece.box, cover->rows.rows.items[rows[piece.next]].box, &both);
            cover->rows.conds.n = conds;
            if (meets)
                break;
            piece.next++;
        }
        if (piece.next == n) {
            answer = realise(cover, piece.box, complete, witness);
            if (witness->no_memory) {
                cover->arena->failed = true; /* an answer for want of memory is none */
                longjmp(*cover->arena->escape, 1);
            }
            if (answer != COVER_COVERED)
                return answer;
            continue;
        }
        box_minus(&cover->rows, &cover->space, piece.box, cover->rows.rows.items[rows[piece.next]].box, UINT32_MAX, &rest);
        for (uint32_t i = rest.boxes.n; i-- != 0;)
            *vec_push(cover->arena, &stack) = (struct piece){ rest.boxes.items[i], piece.next + 1 };
    }
    return COVER_COVERED;
}
