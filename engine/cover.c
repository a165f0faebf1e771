/* SPDX-License-Identifier: MIT
 *
 * Covering boxes with boxes, and realising what is left; see cover.h.
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
            out = optional ? SET_EMPTY : set_one(&space->sets, column->absent);
            break;
        case COLUMN_HAS:
        case COLUMN_SAME:
            out = optional ? SET_EMPTY : set_one(&space->sets, HAS_UNKNOWN);
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
    struct atom_list atoms = { 0 };

    *cover = (struct cover){ .policy = policy, .arena = arena, .limit = limit };
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        guard_atoms(&policy->guards, policy->clauses.items[c].act, arena, &atoms);
        guard_atoms(&policy->guards, policy->clauses.items[c].tails, arena, &atoms);
        guard_atoms(&policy->guards, policy->clauses.items[c].violation, arena, &atoms);
    }
    for (uint32_t i = 0; i < n_extra; i++)
        guard_atoms(&policy->guards, extra[i], arena, &atoms);
    space_build(&cover->space, policy, arena, &atoms);
    linear_init(&cover->linear, arena);
    rows_init(&cover->rows, arena);
    for (uint32_t c = 0; c < policy->clauses.n; c++)
        if (!policy->clauses.items[c].warns)
            rows_of_clause(&cover->rows, policy, &cover->space, c, UINT32_MAX);
    cover->complete = complete_box(cover);
}

/* ---- realising: names --------------------------------------------------------------------------------------------------- */

/* A value that a name may take: an index, or one of the two others. */
#define NAME_UNDECLARED UINT32_MAX
#define NAME_ABSENT (UINT32_MAX - 1)

struct realising {
    struct cover *cover;
    struct box box;
    bool complete;
    struct rck_request *out;
};

static set_id
classes_of(const struct realising *r, uint32_t column)
{
    return box_classes(&r->cover->rows, r->box, column);
}

/* True if slot SLOT may have NAME, as far as its own column says. */
static bool
name_fits(const struct realising *r, uint32_t slot, uint32_t name)
{
    const struct space *space = &r->cover->space;

    if (r->complete && (name == NAME_UNDECLARED || (name == NAME_ABSENT && !r->cover->policy->slots.items[slot].optional)))
        return false;
    for (uint32_t i = 0; i < r->box.n; i++) {
        const struct cond *cond = &r->cover->rows.conds.items[r->box.first + i];
        const struct column *column = &space->columns.items[cond->column];

        if (column->kind == COLUMN_NAME && column->slot == slot + 1)
            return set_has(&space->sets, cond->classes,
                           name == NAME_ABSENT       ? column->absent
                           : name == NAME_UNDECLARED ? column->undeclared
                                                     : space->class_of.items[column->first + name]);
    }
    return true;
}

static uint32_t
name_of(const struct rck_request *request, uint32_t slot)
{
    return request->states[slot] == VALUE_ABSENT       ? NAME_ABSENT
           : request->states[slot] == VALUE_UNDECLARED ? NAME_UNDECLARED
                                                       : (uint32_t)request->numbers[slot];
}

static void
set_name(struct rck_request *request, uint32_t slot, uint32_t name)
{
    request->states[slot] = name == NAME_ABSENT ? VALUE_ABSENT : name == NAME_UNDECLARED ? VALUE_UNDECLARED : VALUE_DECLARED;
    request->numbers[slot] = name == NAME_ABSENT || name == NAME_UNDECLARED ? 0 : name;
}

/* True if the comparisons of SLOT with slots before it, which have their values, come out as the box says. */
static bool
same_fits(const struct realising *r, uint32_t slot)
{
    for (uint32_t i = 0; i < r->box.n; i++) {
        const struct cond *cond = &r->cover->rows.conds.items[r->box.first + i];
        const struct column *column = &r->cover->space.columns.items[cond->column];
        uint32_t a = column->slot - 1, b = column->other - 1;

        if (column->kind != COLUMN_SAME || (a != slot && b != slot) || a > slot || b > slot)
            continue;
        if (!set_has(&r->cover->space.sets, cond->classes, space_class(&r->cover->space, r->cover->policy, column, r->out)))
            return false;
    }
    return true;
}

/* The candidate after NAME of a slot: declared names first, then undeclared, then absent; false after the last. */
static bool
next_name(const struct slot *slot, uint32_t *name)
{
    if (*name == NAME_ABSENT)
        return false;
    if (*name == NAME_UNDECLARED)
        *name = NAME_ABSENT;
    else if (++*name >= slot->n_names)
        *name = NAME_UNDECLARED;
    return true;
}

/* Values for all slots with names, from the first on; backtracks where they are compared with each other. */
static enum cover_answer
realise_names(struct realising *r)
{
    const struct rck_policy *policy = r->cover->policy;
    uint32_t slot = 0;
    bool forward = true;

    for (;;) {
        const struct slot *of;
        uint32_t name;
        bool found = false;

        while (slot < policy->slots.n && policy->slots.items[slot].type != RCK_TYPE_NAME
               && policy->slots.items[slot].type != RCK_TYPE_BOOL)
            slot++;
        if (slot == policy->slots.n)
            return COVER_WITNESS;
        of = &policy->slots.items[slot];
        name = forward ? UINT32_MAX - 2 : name_of(r->out, slot);
        for (bool more = forward ? (name = 0, true) : next_name(of, &name); more; more = next_name(of, &name)) {
            if (++r->cover->steps > r->cover->limit)
                return COVER_UNFINISHED;
            if (name == 0 && of->n_names == 0)
                continue;
            if (slot < N_DIMENSIONS && (name == NAME_ABSENT || name == NAME_UNDECLARED))
                continue;
            set_name(r->out, slot, name);
            if (name_fits(r, slot, name) && same_fits(r, slot)) {
                found = true;
                break;
            }
        }
        if (found) {
            forward = true;
            slot++;
            continue;
        }
        set_name(r->out, slot, NAME_ABSENT);
        /* Back to the slot with a name before this one. */
        forward = false;
        do {
            if (slot == 0)
                return COVER_COVERED;
            slot--;
        } while (policy->slots.items[slot].type != RCK_TYPE_NAME && policy->slots.items[slot].type != RCK_TYPE_BOOL);
    }
}

/* ---- realising: sets ---------------------------------------------------------------------------------------------------- */

/* Members of one set slot such that each HAS column of the box gets a class that it allows. */
static enum cover_answer
realise_set(struct realising *r, uint32_t slot)
{
    struct cover *cover = r->cover;
    const struct rck_policy *policy = cover->policy;
    const struct slot *of = &policy->slots.items[slot];
    uint64_t *words = r->out->words + of->first_word;
    bool may_be_absent = !r->complete || of->optional, may_be_present = true;
    bool all_may_be_unknown = true;
    uint32_t n_has = 0;

    for (uint32_t i = 0; i < r->box.n; i++) {
        const struct cond *cond = &cover->rows.conds.items[r->box.first + i];
        const struct column *column = &cover->space.columns.items[cond->column];

        if (column->slot != slot + 1)
            continue;
        if (column->kind == COLUMN_PRESENT) {
            may_be_absent = may_be_absent && set_has(&cover->space.sets, cond->classes, CLASS_ABSENT);
            may_be_present = may_be_present && set_has(&cover->space.sets, cond->classes, CLASS_PRESENT);
        } else if (column->kind == COLUMN_HAS) {
            all_may_be_unknown = all_may_be_unknown && set_has(&cover->space.sets, cond->classes, HAS_UNKNOWN);
            n_has++;
        }
    }

    /* Try every mix of "has it" and "has not" over the columns; what has not is excluded, what has needs one member that is
     * not.  With an undeclared member, "has not" reads "unknown". */
    for (uint32_t undeclared = 0; undeclared < (r->complete ? 1u : 2u) && may_be_present; undeclared++) {
        uint64_t mixes = n_has < 20 ? (uint64_t)1 << n_has : 0;

        if (mixes == 0)
            return COVER_UNFINISHED;
        for (uint64_t mix = 0; mix < mixes; mix++) {
            bool fits = true;
            uint32_t k = 0;

            if (++cover->steps > cover->limit)
                return COVER_UNFINISHED;
            memset(words, 0, (of->n_names + 63) / 64 * sizeof *words);
            for (uint32_t pass = 0; pass < 2 && fits; pass++, k = 0)
                for (uint32_t i = 0; i < r->box.n && fits; i++) {
                    const struct cond *cond = &cover->rows.conds.items[r->box.first + i];
                    const struct column *column = &cover->space.columns.items[cond->column];
                    bool yes;

                    if (column->kind != COLUMN_HAS || column->slot != slot + 1)
                        continue;
                    yes = (mix >> k++ & 1) != 0;
                    if (pass == 0) {
                        fits = set_has(&cover->space.sets, cond->classes,
                                       yes               ? HAS_YES
                                       : undeclared != 0 ? HAS_UNKNOWN
                                                         : HAS_NO);
                        if (!yes) /* mark the excluded members */
                            for (uint32_t m = 0; m < of->n_names; m++)
                                words[m / 64] |= (uint64_t)set_has(&policy->sets, column->set, m) << m % 64;
                    } else if (yes) {
                        bool some = false;

                        for (uint32_t m = 0; m < of->n_names && !some; m++)
                            some = set_has(&policy->sets, column->set, m) && (words[m / 64] >> m % 64 & 1) == 0;
                        fits = some;
                    }
                }
            if (!fits)
                continue;

            /* Found: one member for each column that has it. */
            uint64_t excluded[(1 << 12) / 64];
            uint32_t n_words = (of->n_names + 63) / 64;

            if (n_words > N_ELEMENTS(excluded))
                return COVER_UNFINISHED;
            memcpy(excluded, words, n_words * sizeof *words);
            memset(words, 0, n_words * sizeof *words);
            k = 0;
            for (uint32_t i = 0; i < r->box.n; i++) {
                const struct cond *cond = &cover->rows.conds.items[r->box.first + i];
                const struct column *column = &cover->space.columns.items[cond->column];

                if (column->kind != COLUMN_HAS || column->slot != slot + 1 || (mix >> k++ & 1) == 0)
                    continue;
                for (uint32_t m = 0; m < of->n_names; m++)
                    if (set_has(&policy->sets, column->set, m) && (excluded[m / 64] >> m % 64 & 1) == 0) {
                        words[m / 64] |= (uint64_t)1 << m % 64;
                        break;
                    }
            }
            r->out->states[slot] = undeclared != 0 ? VALUE_UNDECLARED : VALUE_DECLARED;
            return COVER_WITNESS;
        }
    }
    memset(words, 0, (of->n_names + 63) / 64 * sizeof *words);
    r->out->states[slot] = VALUE_ABSENT;
    return may_be_absent && all_may_be_unknown ? COVER_WITNESS : COVER_COVERED;
}

/* ---- realising: numbers ------------------------------------------------------------------------------------------------- */

struct numbers {
    struct realising *r;
    uint32_t slots[LINEAR_VARIABLES_MAX]; /* by variable of the linear system */
    bool absent[LINEAR_VARIABLES_MAX], present[LINEAR_VARIABLES_MAX];
    uint32_t columns[2 * LINEAR_VARIABLES_MAX]; /* number columns of the box */
    uint32_t n_columns;
};

/* The variable of SLOT (index + 1), which is made if need be; LINEAR_VARIABLES_MAX for NONE, and if there are too many. */
static uint32_t
variable_of(struct numbers *n, uint32_t slot_plus_1)
{
    struct linear *linear = &n->r->cover->linear;
    const struct slot *slot;

    if (slot_plus_1 == NONE)
        return LINEAR_VARIABLES_MAX;
    for (uint32_t v = 0; v < linear->n; v++)
        if (n->slots[v] == slot_plus_1 - 1)
            return v;
    if (linear->n == LINEAR_VARIABLES_MAX)
        return LINEAR_VARIABLES_MAX;
    slot = &n->r->cover->policy->slots.items[slot_plus_1 - 1];
    n->slots[linear->n] = slot_plus_1 - 1;
    return linear_variable(linear, slot->min, slot->max);
}

static enum cover_answer
answer_of(enum linear_answer answer)
{
    return answer == LINEAR_SOLVED ? COVER_WITNESS : answer == LINEAR_NONE ? COVER_COVERED : COVER_UNFINISHED;
}

/* Writes values into the request: the bounds' own numbers where they have some, else as near to 0 as may be. */
static enum cover_answer
choose_values(struct numbers *n)
{
    struct cover *cover = n->r->cover;
    int64_t values[LINEAR_VARIABLES_MAX];
    enum linear_answer answer;

    cover->linear.steps = cover->steps;
    answer = linear_solve(&cover->linear, values);
    cover->steps = cover->linear.steps;
    for (uint32_t v = 0; v < cover->linear.n && answer == LINEAR_SOLVED; v++) {
        n->r->out->states[n->slots[v]] = n->absent[v] ? VALUE_ABSENT : VALUE_DECLARED;
        if (!n->absent[v])
            n->r->out->numbers[n->slots[v]] = values[v];
    }
    return answer_of(answer);
}

/* Chooses an interval, or absence, for number column K of the box and all after it. */
static enum cover_answer
realise_columns(struct numbers *n, uint32_t k)
{
    struct cover *cover = n->r->cover;
    const struct column *column;
    const struct range *ranges;
    uint32_t n_ranges, a, b;

    if (++cover->steps > cover->limit)
        return COVER_UNFINISHED;
    if (k == n->n_columns)
        return choose_values(n);
    column = &cover->space.columns.items[n->columns[k]];
    ranges = set_ranges(&cover->space.sets, classes_of(n->r, n->columns[k]), &n_ranges);
    a = variable_of(n, column->slot);
    b = variable_of(n, column->other);
    for (uint32_t i = 0; i < n_ranges; i++) {
        const wide *cuts = cover->space.cuts.items + column->first;
        const struct linear_term terms[] = { { 1, a }, { -1, b } };
        uint32_t last = ranges[i].hi - 1 < column->absent ? ranges[i].hi - 1 : column->absent - 1;
        bool had_a = n->present[a], had_b = b != LINEAR_VARIABLES_MAX && n->present[b];
        wide lo, hi;
        enum cover_answer answer;

        if (ranges[i].lo >= column->absent)
            break; /* only absence is left */
        if (n->absent[a] || (b != LINEAR_VARIABLES_MAX && n->absent[b]))
            break;
        lo = ranges[i].lo == 0 ? -LINEAR_MOST : cuts[ranges[i].lo - 1];
        hi = last == column->n_cuts ? LINEAR_MOST : cuts[last] - 1;
        linear_push(&cover->linear, terms, b != LINEAR_VARIABLES_MAX ? 2 : 1, lo, hi);
        cover->linear.steps = cover->steps;
        answer = answer_of(linear_feasible(&cover->linear));
        cover->steps = cover->linear.steps;
        if (answer == COVER_WITNESS) {
            n->present[a] = true;
            if (b != LINEAR_VARIABLES_MAX)
                n->present[b] = true;
            answer = realise_columns(n, k + 1);
        }
        if (answer != COVER_COVERED)
            return answer;
        n->present[a] = had_a;
        if (b != LINEAR_VARIABLES_MAX)
            n->present[b] = had_b;
        linear_pop(&cover->linear);
    }
    if (!set_has(&cover->space.sets, classes_of(n->r, n->columns[k]), column->absent))
        return COVER_COVERED;
    for (uint32_t which = 0; which < 2; which++) {
        uint32_t v = which == 0 ? a : b;
        bool had = n->absent[v];

        if (v == LINEAR_VARIABLES_MAX || n->present[v] || (n->r->complete && !cover->policy->slots.items[n->slots[v]].optional))
            continue;
        n->absent[v] = true;

        enum cover_answer answer = realise_columns(n, k + 1);

        if (answer != COVER_COVERED)
            return answer;
        n->absent[v] = had;
    }
    return COVER_COVERED;
}

static enum cover_answer
realise_numbers(struct realising *r)
{
    const struct rck_policy *policy = r->cover->policy;
    struct numbers numbers = { .r = r }, *n = &numbers;

    linear_reset(&r->cover->linear, r->cover->limit);
    for (uint32_t i = 0; i < r->box.n; i++) {
        uint32_t c = r->cover->rows.conds.items[r->box.first + i].column;
        const struct column *column = &r->cover->space.columns.items[c];

        if (column->kind != COLUMN_NUMBER)
            continue;
        if (n->n_columns == N_ELEMENTS(n->columns) || variable_of(n, column->slot) == LINEAR_VARIABLES_MAX
            || (column->other != NONE && variable_of(n, column->other) == LINEAR_VARIABLES_MAX))
            return COVER_UNFINISHED;
        n->columns[n->n_columns++] = c;
    }
    /* Numbers that the box does not constrain are given only where completeness asks for them. */
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];

        if (slot->type == RCK_TYPE_INT && r->complete && !slot->optional) {
            r->out->states[s] = VALUE_DECLARED;
            r->out->numbers[s] = slot->min > 0 ? slot->min : slot->max < 0 ? slot->max : 0;
        }
    }
    return realise_columns(n, 0);
}

/* Looks for a request that lies in the box. */
static enum cover_answer
realise(struct cover *cover, struct box box, bool complete, struct rck_request *witness)
{
    struct realising r = { cover, box, complete, witness };
    enum cover_answer answer;

    rck_request_reset(witness);
    answer = realise_names(&r);
    for (uint32_t s = 0; s < cover->policy->slots.n && answer == COVER_WITNESS; s++)
        if (slot_is_set(&cover->policy->slots.items[s]))
            answer = realise_set(&r, s);
    return answer == COVER_WITNESS ? realise_numbers(&r) : answer;
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
