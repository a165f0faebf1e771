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

/* Of each class of names the first one, so that realise.c need not look for it. */
static void
find_first_names(struct cover *cover)
{
    const struct space *space = &cover->space;
    uint32_t n = 0;

    cover->first_class = arena_array(cover->arena, (size_t)space->columns.n + 1, sizeof *cover->first_class);
    for (uint32_t c = 0; c < space->columns.n; c++) {
        cover->first_class[c] = n;
        n += space->columns.items[c].kind == COLUMN_NAME ? space->columns.items[c].n_classes : 0;
    }
    cover->first_name = arena_array(cover->arena, (size_t)n + 1, sizeof *cover->first_name);
    for (uint32_t c = 0; c < space->columns.n; c++) {
        const struct column *column = &space->columns.items[c];

        if (column->kind != COLUMN_NAME)
            continue;
        for (uint32_t i = slot_n_values(&cover->policy->slots.items[column->slot - 1]); i-- != 0;)
            cover->first_name[cover->first_class[c] + space->class_of.items[column->first + i]] = i;
    }
}

static enum cover_kind
kind_of(const struct rck_policy *policy, const struct row *row)
{
    return row->says == RCK_STATE_VIOLATED                               ? COVER_VIOLATED
           : row->says == RCK_STATE_GRANTED                              ? COVER_GRANTED
           : policy->clauses.items[row->clause].kind == RCK_CLAUSE_GRANT ? COVER_GRANT_UNKNOWN
                                                                         : COVER_UNKNOWN;
}

/* Of one clause what is unknown is told apart from what is certain by so many pieces at most; subtracting rows does the rest. */
enum { PIECES_MAX = 4096 };

void
cover_init(struct cover *cover, struct rck_policy *policy, struct arena *arena, struct arena *scratch,
           struct rck_request *witness, const guard_id extra[], uint32_t n_extra, uint64_t limit)
{
    struct atom_list atoms = { .seen = arena_alloc(arena, (size_t)policy->guards.atoms.n + 1) };

    *cover = (struct cover){ .policy = policy, .arena = arena, .scratch = scratch, .witness = witness, .limit = limit,
                             .budget = UINT64_MAX };
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        guard_atoms(&policy->guards, policy->clauses.items[c].act, arena, &atoms);
        guard_atoms(&policy->guards, policy->clauses.items[c].tails, arena, &atoms);
        guard_atoms(&policy->guards, policy->clauses.items[c].violation, arena, &atoms);
    }
    for (uint32_t i = 0; i < n_extra; i++)
        guard_atoms(&policy->guards, extra[i], arena, &atoms);
    space_build(&cover->space, policy, arena, &atoms);
    rows_init(&cover->rows, arena);
    cover->first_row = arena_array(arena, (size_t)policy->clauses.n + 1, sizeof *cover->first_row);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        cover->first_row[c] = cover->rows.rows.n;
        if (!policy->clauses.items[c].warns)
            rows_of_clause(&cover->rows, policy, &cover->space, c, UINT32_MAX, PIECES_MAX);
    }
    cover->first_row[policy->clauses.n] = cover->rows.rows.n;
    cover->complete = complete_box(cover);
    find_first_names(cover);
    cover->kinds = arena_array(arena, (size_t)cover->rows.rows.n + 1, 1);
    for (uint32_t r = 0; r < cover->rows.rows.n; r++)
        cover->kinds[r] = (uint8_t)kind_of(policy, &cover->rows.rows.items[r]);
    linear_init(&cover->linear, arena);
    cover_index(cover, COVER_FEW_ROWS);
}

/* ---- the index and what corners need ------------------------------------------------------------------------------------ */

/* Slots that a column compares with each other belong together: a part is all slots that hang together so, and their columns. */
struct corners {
    uint32_t *part_of;      /* by column */
    uint32_t *columns;      /* part by part, ascending in each */
    uint32_t *first_column; /* by part, and one more: in 'columns' */
    uint32_t *defaults[2];  /* by column: the class of the default request, in general and of a complete one; UINT32_MAX: none */
    uint32_t *sides;        /* workspace: side columns of the corner in progress */
    uint8_t *touched;       /* workspace, by part: the corner speaks about it; all 0 between questions */
};

static uint32_t
root_of(uint32_t *parents, uint32_t i)
{
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

static void
join(uint32_t *parents, uint32_t a, uint32_t b)
{
    a = root_of(parents, a);
    b = root_of(parents, b);
    parents[a > b ? a : b] = a < b ? a : b;
}

static void
find_parts(struct cover *cover, struct corners *corners)
{
    const struct space *space = &cover->space;
    uint32_t n = space->columns.n, n_slots = cover->policy->slots.n;
    uint32_t *parents = arena_array(cover->scratch, (size_t)n_slots + 1, sizeof *parents);

    for (uint32_t s = 0; s < n_slots; s++)
        parents[s] = s;
    for (uint32_t c = 0; c < n; c++) {
        const struct column *column = &space->columns.items[c];

        if (column->other != NONE)
            join(parents, column->slot - 1, column->other - 1);
        for (uint32_t t = 1; t < SUM_TERMS && column->sum.slots[t] != NONE; t++) /* none, but of numbers */
            join(parents, column->slot - 1, column->sum.slots[t] - 1);
    }
    corners->part_of = arena_array(cover->arena, (size_t)n + 1, sizeof *corners->part_of);
    corners->columns = arena_array(cover->arena, (size_t)n + 1, sizeof *corners->columns);
    corners->sides = arena_array(cover->arena, (size_t)n + 1, sizeof *corners->sides);
    corners->first_column = arena_array(cover->arena, (size_t)n_slots + 2, sizeof *corners->first_column);
    corners->touched = arena_array(cover->arena, (size_t)n_slots + 1, 1);
    for (uint32_t c = 0; c < n; c++) {
        corners->part_of[c] = root_of(parents, space->columns.items[c].slot - 1);
        corners->first_column[corners->part_of[c] + 1]++;
    }
    for (uint32_t s = 0; s < n_slots; s++)
        corners->first_column[s + 1] += corners->first_column[s];

    uint32_t *next = parents; /* where the next column of a part goes */

    for (uint32_t s = 0; s < n_slots; s++)
        next[s] = corners->first_column[s];
    for (uint32_t c = 0; c < n; c++)
        corners->columns[next[corners->part_of[c]]++] = c;
}

/* Classes of the default request, that which realise() makes of a box without conditions. */
static void
find_defaults(struct cover *cover, struct corners *corners)
{
    uint32_t n = cover->space.columns.n;

    for (unsigned complete = 0; complete < 2; complete++) {
        struct box everywhere = { 0, 0 };
        bool found = cover_realise(cover, everywhere, complete != 0) == COVER_WITNESS;

        corners->defaults[complete] = arena_array(cover->arena, (size_t)n + 1, sizeof *corners->defaults[complete]);
        for (uint32_t c = 0; c < n; c++)
            corners->defaults[complete][c] =
                found ? space_class(&cover->space, cover->policy, &cover->space.columns.items[c], cover->witness) : UINT32_MAX;
    }
}

static bool
is_key(const struct cover *cover, uint32_t column)
{
    for (uint32_t k = 0; k < cover->index.n_columns; k++)
        if (cover->index.columns[k] == column)
            return true;
    return false;
}

/* Of each row the side column: one that the default requests are outside of, and that the fewest rows have a condition on. */
static uint32_t *
find_sides(struct cover *cover, const struct corners *corners)
{
    const struct rows *rows = &cover->rows;
    uint32_t *sides = arena_array(cover->scratch, (size_t)rows->rows.n + 1, sizeof *sides);
    uint32_t *counts = arena_array(cover->scratch, (size_t)cover->space.columns.n + 1, sizeof *counts);

    for (uint32_t r = 0; r < rows->rows.n; r++)
        for (uint32_t i = 0; i < rows->rows.items[r].box.n; i++)
            counts[rows->conds.items[rows->rows.items[r].box.first + i].column]++;
    for (uint32_t r = 0; r < rows->rows.n; r++)
        for (uint32_t i = 0; i < rows->rows.items[r].box.n; i++) {
            const struct cond *cond = &rows->conds.items[rows->rows.items[r].box.first + i];
            const struct sets *sets = &cover->space.sets;

            if (!is_key(cover, cond->column) && corners->defaults[0][cond->column] != UINT32_MAX
                && corners->defaults[1][cond->column] != UINT32_MAX
                && !set_has(sets, cond->classes, corners->defaults[0][cond->column])
                && !set_has(sets, cond->classes, corners->defaults[1][cond->column])
                && (sides[r] == 0 || counts[cond->column] < counts[sides[r] - 1]))
                sides[r] = cond->column + 1;
        }
    return sides;
}

enum { QUESTIONS_PAID = 4, STEPS_A_THING = 1024 };

uint64_t
cover_budget(uint64_t limit, uint64_t n)
{
    return limit < UINT64_MAX / (2 * QUESTIONS_PAID) ? QUESTIONS_PAID * limit + STEPS_A_THING * n : UINT64_MAX;
}

void
cover_set_budget(struct cover *cover, uint64_t n)
{
    cover->spent = 0;
    cover->budget = cover_budget(cover->limit, n);
}

void
cover_index(struct cover *cover, uint32_t few_rows)
{
    struct corners *corners;

    cover->few_rows = few_rows;
    cover->corners = NULL;
    if (cover->rows.rows.n <= few_rows)
        return;
    corners = arena_alloc(cover->arena, sizeof *corners);
    find_defaults(cover, corners);
    arena_reset(cover->scratch);
    find_parts(cover, corners);
    box_index_choose(&cover->index, &cover->rows, &cover->space, cover->scratch);
    box_index_build(&cover->index, &cover->rows, cover->kinds, find_sides(cover, corners), &cover->space, cover->arena,
                    cover->scratch);
    cover->corners = corners;
}

/* ---- which rows --------------------------------------------------------------------------------------------------------- */

static bool
names_row(const struct cover *cover, const struct cover_rows *rows, uint32_t r)
{
    uint32_t clause = cover->rows.rows.items[r].clause;

    return clause + 1 != rows->without_plus_1 && (rows->clauses == NULL || rows->clauses[clause] != 0);
}

static void
sift(uint32_t *items, uint32_t i, uint32_t n)
{
    for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
        uint32_t item = items[i];

        child += child + 1 < n && items[child + 1] > items[child];
        if (item >= items[child])
            return;
        items[i] = items[child];
        items[child] = item;
    }
}

static void
sort(uint32_t *items, uint32_t n)
{
    for (uint32_t i = n / 2; i-- != 0;)
        sift(items, i, n);
    for (uint32_t end = n; end-- > 1;) {
        uint32_t item = items[0];

        items[0] = items[end];
        items[end] = item;
        sift(items, 0, end);
    }
}

/* As cover_meet(), with LIST in ARENA; false if that takes more steps than the limit. */
static bool
meet(struct cover *cover, struct box box, const struct cover_rows *rows, uint32_t most, struct arena *arena,
     struct row_list *list)
{
    struct box_search search;
    uint32_t row;

    list->rows.n = 0;
    if (rows->kinds == 0)
        return true;
    for (uint32_t r = 0; r < cover->rows.rows.n && cover->corners == NULL && list->rows.n <= most; r++) {
        if ((rows->kinds & cover->kinds[r]) == 0 || !names_row(cover, rows, r))
            continue;
        cover->steps += (box.n + cover->rows.rows.items[r].box.n) / COVER_CONDS_A_STEP;
        if (boxes_meet(&cover->rows, &cover->space, box, cover->rows.rows.items[r].box))
            *vec_push(arena, &list->rows) = r;
    }
    if (cover->corners == NULL)
        return cover->steps <= cover->limit;
    box_search_begin(&search, &cover->index, &cover->rows, &cover->space, box, rows->kinds);
    while (list->rows.n <= most && cover->steps + search.steps <= cover->limit && box_search_next(&search, &row))
        if (names_row(cover, rows, row))
            *vec_push(arena, &list->rows) = row;
    cover->steps += search.steps;
    sort(list->rows.items, list->rows.n);
    return cover->steps <= cover->limit;
}

void
cover_meet(struct cover *cover, struct box box, const struct cover_rows *rows, uint32_t most, struct row_list *list)
{
    uint64_t limit = cover->limit;

    (void)cover_spend(cover, cover->steps);
    cover->steps = 1;
    cover->limit = UINT64_MAX;
    meet(cover, box, rows, most, cover->arena, list);
    cover->limit = limit;
}

/* ---- covering ----------------------------------------------------------------------------------------------------------- */

/* A box of which the rows before place 'next' of a list are taken away already. */
struct piece {
    struct box box;
    uint32_t next;
    uint32_t n_conds; /* of all pieces that were made when it was */
};

/* What becomes of the pieces that rows leave over: FOUND is called with each, and with anything else than COVERED it ends. */
struct remains {
    enum cover_answer (*found)(struct remains *remains, struct box piece);
    struct cover *cover;
    const struct cover_rows *rows;
    bool complete;
    struct boxes *out;
};

/* Conditions of the boxes of MADE from FIRST on.  They cost more than to be looked at, and where they stay they cost memory. */
static uint64_t
made_conds(const struct boxes *made, uint32_t first)
{
    uint64_t n = 0;

    for (uint32_t i = first; i < made->boxes.n; i++)
        n += made->boxes.items[i].n;
    return n;
}

/* Takes BOXES away from BOX. */
static enum cover_answer
subtract(struct remains *remains, struct box box, const struct boxes *boxes)
{
    uint32_t n = boxes->boxes.n;
    struct cover *cover = remains->cover;
    VEC(struct piece) stack = { 0 };
    struct boxes *rest = &cover->rest;

    *vec_push(cover->scratch, &stack) = (struct piece){ box, 0, cover->rows.conds.n };
    while (stack.n != 0) {
        struct piece piece = stack.items[--stack.n];

        /* What was made of its neighbours before it is done with. */
        if (remains->out == NULL)
            cover->rows.conds.n = piece.n_conds;
        while (piece.next < n) {
            if (!cover_pay(cover, (uint64_t)piece.box.n + boxes->boxes.items[piece.next].n))
                return COVER_UNFINISHED;
            if (boxes_meet(&cover->rows, &cover->space, piece.box, boxes->boxes.items[piece.next]))
                break;
            piece.next++;
        }
        if (piece.next == n) {
            enum cover_answer answer = remains->found(remains, piece.box);

            if (answer != COVER_COVERED)
                return answer;
            continue;
        }
        rest->boxes.n = 0;
        box_minus(&cover->rows, &cover->space, piece.box, boxes->boxes.items[piece.next], UINT32_MAX, rest);
        cover->steps += made_conds(rest, 0) / (remains->out == NULL ? COVER_CONDS_A_STEP / 4 : 1);
        for (uint32_t i = rest->boxes.n; i-- != 0;)
            *vec_push(cover->scratch, &stack) = (struct piece){ rest->boxes.items[i], piece.next + 1, cover->rows.conds.n };
    }
    return COVER_COVERED;
}

static enum cover_answer
realise_piece(struct remains *remains, struct box piece)
{
    struct cover *cover = remains->cover;
    enum cover_answer answer = realise(cover, piece, remains->complete);

    if (cover->witness->no_memory) {
        cover->arena->failed = true; /* an answer for want of memory is none */
        longjmp(*cover->arena->escape, 1);
    }
    return answer;
}

static enum cover_answer
keep_piece(struct remains *remains, struct box piece)
{
    *vec_push(remains->cover->arena, &remains->out->boxes) = piece;
    return COVER_COVERED;
}

/* Takes all rows away from BOX. */
static enum cover_answer
subtract_all(struct remains *remains, struct box box)
{
    struct cover *cover = remains->cover;
    struct row_list list = { 0 };
    struct boxes boxes = { 0 };

    if (!meet(cover, box, remains->rows, UINT32_MAX - 1, cover->scratch, &list))
        return COVER_UNFINISHED;
    for (uint32_t i = 0; i < list.rows.n; i++)
        *vec_push(cover->scratch, &boxes.boxes) = cover->rows.rows.items[list.rows.items[i]].box;
    remains->found = remains->out != NULL ? keep_piece : realise_piece;
    return subtract(remains, box, &boxes);
}

/* A piece of the box that the rows of its corner leave over. */
static enum cover_answer
look_up_piece(struct remains *remains, struct box piece)
{
    struct remains last = *remains;

    return subtract_all(&last, piece);
}

/* Returns the corner of BOX as far as its key columns go. */
static struct box
corner_of(struct cover *cover, struct box box)
{
    const struct box_index *index = &cover->index;

    for (uint32_t k = 0; k < index->n_columns; k++) {
        set_id classes = box_classes(&cover->rows, box, index->columns[k]);
        uint32_t chosen = index->rarest[k], n;
        struct box one = { cover->rows.conds.n, 1 };

        if (classes != SET_ALL && set_count(&cover->space.sets, classes) == 1)
            continue;
        if (!set_has(&cover->space.sets, classes, chosen))
            chosen = set_ranges(&cover->space.sets, classes, &n)[0].lo;
        *vec_push(cover->arena, &cover->rows.conds) = (struct cond){ index->columns[k], set_one(&cover->space.sets, chosen) };
        box_and(&cover->rows, &cover->space, box, one, &box);
    }
    return box;
}

/* Appends to BOXES the box of row R without the columns that CORNER does not speak about; nothing, if the default request is
 * outside of R there. */
static void
add_to_corner(struct remains *remains, uint32_t r, struct boxes *boxes)
{
    struct cover *cover = remains->cover;
    const struct corners *corners = cover->corners;
    struct box box = cover->rows.rows.items[r].box, kept = { cover->rows.conds.n, 0 };

    for (uint32_t i = 0; i < box.n; i++) {
        struct cond cond = cover->rows.conds.items[box.first + i];

        if (corners->touched[corners->part_of[cond.column]] != 0) {
            *vec_push(cover->arena, &cover->rows.conds) = cond;
            kept.n++;
        } else if (!set_has(&cover->space.sets, cond.classes, corners->defaults[remains->complete][cond.column])) {
            cover->rows.conds.n = kept.first;
            return;
        }
    }
    *vec_push(cover->scratch, &boxes->boxes) = kept;
}

/* Marks the parts that BOX speaks about, and lists their columns. */
static uint32_t
touch(struct cover *cover, struct box box)
{
    struct corners *corners = cover->corners;
    uint32_t n = 0;

    for (uint32_t i = 0; i < box.n; i++) {
        uint32_t part = corners->part_of[cover->rows.conds.items[box.first + i].column];

        for (uint32_t c = corners->first_column[part]; c < corners->first_column[part + 1] && corners->touched[part] == 0; c++)
            corners->sides[n++] = corners->columns[c] + 1;
        corners->touched[part] = 1;
    }
    sort(corners->sides, n);
    return n;
}

static void
untouch(struct cover *cover, struct box box)
{
    for (uint32_t i = 0; i < box.n; i++)
        cover->corners->touched[cover->corners->part_of[cover->rows.conds.items[box.first + i].column]] = 0;
}

/* Makes BOXES those of the rows that meet CORNER; false if that takes more steps than the limit. */
static bool
meet_corner(struct remains *remains, struct box corner, struct row_list *list, struct boxes *boxes)
{
    struct cover *cover = remains->cover;
    struct box_search search;
    uint32_t row;

    box_search_begin(&search, &cover->index, &cover->rows, &cover->space, corner, remains->rows->kinds);
    search.sides = cover->corners->sides;
    search.n_sides = touch(cover, corner);
    while (cover->steps + search.steps <= cover->limit && box_search_next(&search, &row))
        if (names_row(cover, remains->rows, row))
            *vec_push(cover->scratch, &list->rows) = row;
    cover->steps += search.steps + (search.n_sides + (uint64_t)list->rows.n * corner.n) / COVER_CONDS_A_STEP;
    sort(list->rows.items, list->rows.n);
    for (uint32_t i = 0; i < list->rows.n; i++)
        add_to_corner(remains, list->rows.items[i], boxes);
    untouch(cover, corner);
    return cover->steps <= cover->limit;
}

static enum cover_answer
find(struct remains *remains, struct box box)
{
    struct cover *cover = remains->cover;
    struct row_list list = { 0 };
    struct boxes boxes = { 0 };
    struct box corner;
    enum cover_answer answer;

    if (remains->rows->kinds == 0 || cover->corners == NULL || cover->corners->defaults[remains->complete][0] == UINT32_MAX)
        return subtract_all(remains, box);
    corner = corner_of(cover, box);
    if (!meet_corner(remains, corner, &list, &boxes))
        return COVER_UNFINISHED;
    remains->found = realise_piece;
    answer = subtract(remains, corner, &boxes);
    if (answer != COVER_COVERED)
        return answer;
    boxes.boxes.n = 0;
    for (uint32_t i = 0; i < list.rows.n; i++)
        *vec_push(cover->scratch, &boxes.boxes) = cover->rows.rows.items[list.rows.items[i]].box;
    remains->found = look_up_piece;
    return subtract(remains, box, &boxes);
}

/* Forgets what a question made. */
struct marks {
    uint32_t n_conds, n_sets;
};

static struct marks
begin(struct cover *cover)
{
    arena_reset(cover->scratch);
    cover->steps = cover_spend(cover, cover->steps) ? 0 : cover->limit;
    return (struct marks){ cover->rows.conds.n, cover->space.sets.sets.n };
}

static void
end(struct cover *cover, struct marks marks)
{
    cover->rows.conds.n = marks.n_conds;
    sets_forget(&cover->space.sets, marks.n_sets);
}

enum cover_answer
cover_find(struct cover *cover, struct box box, const struct cover_rows *rows, bool complete)
{
    struct remains remains = { .cover = cover, .rows = rows, .complete = complete };
    struct marks marks = begin(cover);
    enum cover_answer answer = COVER_COVERED;

    if (!complete || box_and(&cover->rows, &cover->space, box, cover->complete, &box))
        answer = find(&remains, box);
    end(cover, marks);
    return answer;
}

enum cover_answer
cover_realise(struct cover *cover, struct box box, bool complete)
{
    return cover_find(cover, box, &(struct cover_rows){ 0 }, complete);
}

bool
cover_minus(struct cover *cover, struct box box, const struct cover_rows *rows, struct boxes *out)
{
    struct remains remains = { .cover = cover, .rows = rows, .out = out };

    begin(cover);
    return subtract_all(&remains, box) == COVER_COVERED;
}

enum cover_answer
cover_find_outside(struct cover *cover, struct box box, const struct boxes *boxes, bool complete)
{
    struct remains remains = { .found = realise_piece, .cover = cover, .complete = complete };
    struct marks marks = begin(cover);
    enum cover_answer answer = COVER_COVERED;

    if (!complete || box_and(&cover->rows, &cover->space, box, cover->complete, &box))
        answer = subtract(&remains, box, boxes);
    end(cover, marks);
    return answer;
}

bool
cover_part(struct cover *cover, const struct boxes *boxes, const struct cover_rows *rows, struct boxes *inside,
           struct boxes *outside)
{
    struct rows *all = &cover->rows;
    struct row_list list = { 0 };

    begin(cover);
    for (uint32_t i = 0; i < boxes->boxes.n; i++) {
        struct boxes left = { 0 };

        if (!meet(cover, boxes->boxes.items[i], rows, UINT32_MAX - 1, cover->scratch, &list))
            return false;
        *vec_push(cover->arena, &left.boxes) = boxes->boxes.items[i];
        for (uint32_t r = 0; r < list.rows.n; r++) {
            struct box row = all->rows.items[list.rows.items[r]].box, both;
            struct boxes rest = { 0 };

            for (uint32_t k = 0; k < left.boxes.n; k++) {
                uint32_t n_rest = rest.boxes.n;

                if (!cover_pay(cover, (uint64_t)left.boxes.items[k].n + row.n))
                    return false;
                if (!boxes_meet(all, &cover->space, left.boxes.items[k], row)) {
                    *vec_push(cover->arena, &rest.boxes) = left.boxes.items[k];
                    continue;
                }
                if (inside != NULL && ALWAYS(box_and(all, &cover->space, left.boxes.items[k], row, &both))) /* they meet */
                    *vec_push(cover->arena, &inside->boxes) = both;
                box_minus(all, &cover->space, left.boxes.items[k], row, UINT32_MAX, &rest);
                cover->steps += made_conds(&rest, n_rest);
            }
            left = rest;
        }
        for (uint32_t k = 0; k < left.boxes.n && outside != NULL; k++)
            *vec_push(cover->arena, &outside->boxes) = left.boxes.items[k];
    }
    return true;
}
