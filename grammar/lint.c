/* SPDX-License-Identifier: MIT
 *
 * What is found by asking about all requests: clauses, conditions, grants and numbers that decide nothing, and what nobody can do or
 * nobody speaks about.  Every answer is exact: a request that refutes a finding is looked for among all there are, and where that
 * takes more steps than the limit 'proof-steps', the check is reported as not completed.
 *
 * Nothing is said twice: a clause of which one thing is found is asked no further questions, in the order
 *
 *     repeated (unused.c), never, never-grants, covered or not-covered, dead-action, idle-condition, idle-number
 *
 * and what is granted only by grants that never allow anything is not reported as dead.
 */
#include <config.h>

#include "lint.h"

/* How many names a message shows. */
enum { SHOWN_MAX = 6 };

/* Conditions of one clause, each of which is compared with all others; of a clause with more they are not checked, which is told. */
enum { CONDITIONS_MAX = 64 };

/* Violated and unknown: a request that meets neither is allowed, if it is granted. */
enum { REFUSES = COVER_VIOLATED | COVER_UNKNOWN, MAY_GRANT = COVER_GRANTED | COVER_GRANT_UNKNOWN };

/* Some of the clauses. */
struct clause_list {
    VEC(uint32_t) items;
};

/* What one check could not complete. */
struct unfinished {
    uint32_t n;
    uint32_t last_plus_1; /* the last clause, which may be noted once more */
    bool by_rows;         /* the limit 'clause-rows' was reached, not only 'proof-steps' */
    struct str labels;    /* of some of the clauses */
};

struct linter {
    struct prover *p;
    struct compile *c;
    struct cover *cover;
    const struct rck_policy *policy;
    bool by_deny;       /* 'default deny' */
    uint8_t *found;     /* by clause: it was reported, or needs not be asked about any further */
    uint8_t *useless;   /* by clause: a grant that never allows anything */
    uint8_t *acked;     /* by clause: it says 'covered by', and truly */
    uint8_t *others;    /* by clause: may cover other clauses */
    uint8_t *earlier;   /* those of them that stand before the one that is asked about */
    struct clause_list list;
    bool too_many_rows; /* what is asked about now takes more than 'clause-rows' allows */
    struct unfinished unfinished[N_CODES];
};

static bool
wanted(const struct linter *l, enum code code)
{
    return code_wanted(l->c->settings, code);
}

/* True if a record that is made now would be kept: it is not worth looking for more to say in one that is only counted. */
static bool
is_kept(const struct linter *l)
{
    return l->c->diags->records.n < l->c->diags->limit;
}

static struct str
label_of(const struct linter *l, uint32_t clause)
{
    return policy_text(l->policy, l->policy->clauses.items[clause].label);
}

/* Notes that check CODE of CLAUSE (RCK_NONE: of no clause) was not completed. */
static void
give_up(struct linter *l, enum code code, uint32_t clause)
{
    struct unfinished *u = &l->unfinished[code];

    u->by_rows = u->by_rows || l->too_many_rows;
    l->too_many_rows = false;
    if (clause != RCK_NONE && u->last_plus_1 == clause + 1)
        return;
    u->last_plus_1 = clause + 1;
    if (u->n++ < SHOWN_MAX && clause != RCK_NONE)
        u->labels = arena_format(l->c->arena, "%.*s%s'%.*s'", WHOLE(u->labels), u->labels.n == 0 ? "" : ", ", QUOTE(label_of(l, clause)));
}

/* Of two answers about parts of one question: a witness settles it. */
static enum cover_answer
either(enum cover_answer a, enum cover_answer b)
{
    return a == COVER_WITNESS || b == COVER_COVERED ? a : b;
}

/* Looks for a request in the rows of CLAUSE that are of KINDS, outside of all that OUTSIDE names. */
static enum cover_answer
outside(struct linter *l, uint32_t clause, unsigned kinds, const struct cover_rows *outside)
{
    struct cover *cover = l->cover;
    enum cover_answer answer = COVER_COVERED;

    for (uint32_t r = cover->first_row[clause]; r < cover->first_row[clause + 1] && answer != COVER_WITNESS; r++)
        if ((cover->kinds[r] & kinds) != 0)
            answer = either(cover_find(cover, cover->rows.rows.items[r].box, outside, false), answer);
    return answer;
}

/* ---- which clauses do it ------------------------------------------------------------------------------------------------ */

/* A question that more clauses can only bring nearer to COVERED; it is about the clauses that are marked in p->named. */
struct question {
    enum cover_answer (*ask)(struct linter *l, const struct question *question);
    unsigned kinds;  /* of the rows that cover */
    uint32_t clause; /* whose rows are to be covered */
    unsigned covers; /* kinds of these */
    struct box box;  /* or what is */
};

static enum cover_answer
ask_clause(struct linter *l, const struct question *q)
{
    return outside(l, q->clause, q->covers, &(struct cover_rows){ q->kinds, q->clause + 1, l->p->named });
}

static void
mark(struct linter *l, uint32_t from, uint32_t to, uint8_t value)
{
    for (uint32_t i = from; i < to; i++)
        l->p->named[l->list.items.items[i]] = value;
}

/* Takes the marks away from the I-th to the K-th clause of the list, as far as it is COVERED without them. */
static void
thin_out(struct linter *l, const struct question *q, uint32_t from, uint32_t to)
{
    uint32_t half = from + (to - from) / 2;

    if (NEVER(from == to)) /* what is COVERED by none is reported before */
        return;
    mark(l, from, to, 0);
    if (q->ask(l, q) == COVER_COVERED)
        return;
    mark(l, from, to, 1);
    if (to - from == 1)
        return;
    thin_out(l, q, half, to);
    thin_out(l, q, from, half);
}

/* Adds to the list the clauses whose rows of KINDS meet BOX, each once; they are marked. */
static void
list_meeting(struct linter *l, struct box box, unsigned kinds, uint32_t but_plus_1, const uint8_t *among)
{
    struct row_list *met = &l->p->met;

    cover_meet(l->cover, box, &(struct cover_rows){ kinds, but_plus_1, among }, UINT32_MAX - 1, met);
    for (uint32_t m = 0; m < met->rows.n; m++) {
        uint32_t clause = l->cover->rows.rows.items[met->rows.items[m]].clause;

        if (l->p->named[clause])
            continue;
        l->p->named[clause] = 1;
        *vec_push(l->c->arena, &l->list.items) = clause;
    }
}

/* Leaves in the list a minimal set of clauses that make Q COVERED; all of the list do.  Takes the marks away. */
static void
minimise(struct linter *l, const struct question *q)
{
    uint32_t n = 0;

    thin_out(l, q, 0, l->list.items.n);
    for (uint32_t i = 0; i < l->list.items.n; i++)
        if (l->p->named[l->list.items.items[i]])
            l->list.items.items[n++] = l->list.items.items[i];
    l->list.items.n = n;
    mark(l, 0, n, 0);
    /* In source order. */
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k != 0 && l->list.items.items[k - 1] > l->list.items.items[k]; k--) {
            uint32_t clause = l->list.items.items[k];

            l->list.items.items[k] = l->list.items.items[k - 1];
            l->list.items.items[k - 1] = clause;
        }
}

/* The list as "'a', 'b' and 'c'"; MARKS around labels, and LAST before the last one. */
static struct str
list_text(struct linter *l, const char *mark, const char *last, uint32_t shown)
{
    struct str text = { "", 0 };
    uint32_t n = l->list.items.n;

    for (uint32_t i = 0; i < n && i < shown; i++)
        text = arena_format(l->c->arena, "%.*s%s%s%.*s%s", WHOLE(text), i == 0 ? "" : i + 1 == n ? last : ", ", mark,
                            QUOTE(label_of(l, l->list.items.items[i])), mark);
    if (n > shown)
        text = arena_format(l->c->arena, "%.*s and %u others", WHOLE(text), (unsigned)(n - shown));
    return text;
}

/* Shows where the clauses of the list stand. */
static void
show_list(struct linter *l, struct diag *d, const char *label)
{
    for (uint32_t i = 0; i < l->list.items.n; i++)
        diag_second(l->c->diags, d, l->c->stated.items[l->list.items.items[i]].label, "%s", label);
}

/* ---- clauses that decide nothing ---------------------------------------------------------------------------------------- */

static bool
is_grant(const struct linter *l, uint32_t clause)
{
    return l->policy->clauses.items[clause].kind == RCK_CLAUSE_GRANT;
}

/* What a clause does: it denies, or grants. */
static unsigned
does(const struct linter *l, uint32_t clause)
{
    return is_grant(l, clause) ? COVER_GRANTED : COVER_VIOLATED;
}

/* Asks whether a clause that warns, which has no rows in the analysis, can be violated. */
static enum cover_answer
warns_ever(struct linter *l, uint32_t clause)
{
    struct rows *rows = &l->cover->rows;
    uint32_t n_rows = rows->rows.n, n_conds = rows->conds.n, limit = (uint32_t)l->c->settings->limits[LIMIT_CLAUSE_ROWS];
    enum cover_answer answer = COVER_COVERED;

    if (!rows_of_clause(rows, l->policy, &l->cover->space, clause, limit, limit)) {
        answer = COVER_UNFINISHED;
        l->too_many_rows = true;
    } else {
        for (uint32_t r = n_rows; r < rows->rows.n && answer != COVER_WITNESS; r++)
            if (rows->rows.items[r].says == RCK_STATE_VIOLATED)
                answer = either(cover_realise(l->cover, rows->rows.items[r].box, false), answer);
    }
    rows->rows.n = n_rows;
    rows->conds.n = n_conds;
    return answer;
}

/* Clauses that nothing can violate, grants that never hold. */
static void
check_never(struct linter *l, uint32_t idx)
{
    bool grant = is_grant(l, idx);
    enum code code = grant ? CODE_NEVER_GRANTS : CODE_NEVER;
    enum cover_answer answer;
    struct diag *d;

    if (l->found[idx])
        return;
    answer = l->policy->clauses.items[idx].warns ? warns_ever(l, idx)
                                                 : outside(l, idx, does(l, idx), &(struct cover_rows){ 0, 0, NULL });
    if (answer == COVER_UNFINISHED && wanted(l, code))
        give_up(l, code, idx);
    l->too_many_rows = false;
    if (answer != COVER_COVERED)
        return;
    l->found[idx] = 1;
    if (!wanted(l, code))
        return;
    d = diag_report(l->c->diags, code, l->c->stated.items[idx].label,
                    grant ? "grant '%.*s' can never hold" : "clause '%.*s' can never be violated", QUOTE(label_of(l, idx)));
    diag_help(l->c->diags, d, "its conditions exclude one another: check them, or remove the %s", grant ? "grant" : "clause");
}

/* Grants of which nothing is left. */
static void
check_refused(struct linter *l, uint32_t idx)
{
    const struct cover_rows refusing = { REFUSES, 0, NULL };
    struct question q = { ask_clause, REFUSES, idx, COVER_GRANTED, { 0, 0 } };
    enum cover_answer answer;
    struct diag *d;

    if (l->found[idx] || !is_grant(l, idx) || !wanted(l, CODE_NEVER_GRANTS))
        return;
    answer = outside(l, idx, COVER_GRANTED, &refusing);
    if (answer == COVER_UNFINISHED)
        give_up(l, CODE_NEVER_GRANTS, idx);
    if (answer != COVER_COVERED)
        return;
    l->found[idx] = l->useless[idx] = 1;
    l->list.items.n = 0;
    if (is_kept(l)) {
        for (uint32_t r = l->cover->first_row[idx]; r < l->cover->first_row[idx + 1]; r++)
            if (l->cover->kinds[r] == COVER_GRANTED)
                list_meeting(l, l->cover->rows.rows.items[r].box, REFUSES, idx + 1, NULL);
        minimise(l, &q);
    }
    d = diag_report(l->c->diags, CODE_NEVER_GRANTS, l->c->stated.items[idx].label,
                    "grant '%.*s' never allows anything: %.*s refuse%s whatever it grants", QUOTE(label_of(l, idx)),
                    WHOLE(list_text(l, "'", " and ", SHOWN_MAX)), l->list.items.n == 1 ? "s" : "");
    show_list(l, d, "refuses it");
    diag_help(l->c->diags, d, "correct the grant or what refuses it, or remove the grant");
}

/* The clauses that 'covered by' names cover this one. */
static void
check_named(struct linter *l, uint32_t idx)
{
    uint32_t n;
    const struct covered *covered = clause_covered(l->c, idx, &n);
    struct cover_rows rows = { does(l, idx), idx + 1, l->p->named };
    enum cover_answer answer;
    struct diag *d;

    if (n == 0 || l->policy->clauses.items[idx].warns)
        return;
    for (uint32_t i = 0; i < n; i++)
        l->p->named[clause_find(l->c, covered[i].label)] = 1;
    answer = outside(l, idx, does(l, idx), &rows);
    for (uint32_t i = 0; i < n; i++)
        l->p->named[clause_find(l->c, covered[i].label)] = 0;
    l->acked[idx] = answer != COVER_WITNESS;
    if (answer == COVER_UNFINISHED && wanted(l, CODE_NOT_COVERED))
        give_up(l, CODE_NOT_COVERED, idx);
    if (answer != COVER_WITNESS || !wanted(l, CODE_NOT_COVERED) || l->found[idx])
        return;
    d = diag_report(l->c->diags, CODE_NOT_COVERED, covered[n - 1].tail,
                    is_grant(l, idx) ? "clause '%.*s' grants a request that 'covered by' does not account for"
                                     : "clause '%.*s' denies a request that 'covered by' does not account for",
                    QUOTE(label_of(l, idx)));
    tell_witness(l->p, d);
    diag_help(l->c->diags, d, "correct 'covered by', or remove it");
    l->found[idx] = 1;
}

/* True if CLAUSE, and no other, does all that OTHER does. */
static bool
covers_alone(struct linter *l, uint32_t clause, uint32_t other)
{
    enum cover_answer answer;

    l->p->named[clause] = 1;
    answer = outside(l, other, does(l, other), &(struct cover_rows){ does(l, other), 0, l->p->named });
    l->p->named[clause] = 0;
    return answer == COVER_COVERED;
}

/* Makes the list the clauses that do something of what CLAUSE does, among those of BY.  Nothing is marked. */
static void
list_others(struct linter *l, uint32_t clause, const uint8_t *by)
{
    l->list.items.n = 0;
    for (uint32_t r = l->cover->first_row[clause]; r < l->cover->first_row[clause + 1]; r++)
        if (l->cover->kinds[r] == does(l, clause))
            list_meeting(l, l->cover->rows.rows.items[r].box, does(l, clause), clause + 1, by);
    mark(l, 0, l->list.items.n, 0);
}

/* Asks once more whether IDX, which is covered but not by clauses before it, is so without those behind it that do the same. */
static enum cover_answer
covered_but_by_twins(struct linter *l, uint32_t idx)
{
    struct clause_list twins = { 0 };
    enum cover_answer answer = COVER_COVERED;

    list_others(l, idx, l->others);
    for (uint32_t i = 0; i < l->list.items.n; i++) {
        uint32_t other = l->list.items.items[i];

        if (other > idx && covers_alone(l, other, idx) && covers_alone(l, idx, other)) {
            l->others[other] = 0;
            *vec_push(l->c->arena, &twins.items) = other;
        }
    }
    if (twins.items.n != 0)
        answer = outside(l, idx, does(l, idx), &(struct cover_rows){ does(l, idx), idx + 1, l->others });
    if (answer == COVER_COVERED)
        list_others(l, idx, l->others);
    for (uint32_t i = 0; i < twins.items.n; i++)
        l->others[twins.items.items[i]] = 1;
    return answer;
}

/* Other clauses cover this one.  Of clauses that do the same, the first one is not covered by the others. */
static void
check_covered(struct linter *l, uint32_t idx)
{
    const char *verb = is_grant(l, idx) ? "grant" : "deny";
    struct cover_rows rows = { does(l, idx), idx + 1, l->others };
    struct question q = { ask_clause, does(l, idx), idx, does(l, idx), { 0, 0 } };
    enum cover_answer answer;
    struct diag *d;

    if (l->found[idx] || l->acked[idx] || l->policy->clauses.items[idx].warns)
        return;
    answer = outside(l, idx, does(l, idx), &rows);
    if (answer == COVER_UNFINISHED)
        give_up(l, CODE_COVERED, idx);
    if (answer != COVER_COVERED)
        return;

    /* Clauses before it are not among its twins; and they are what one would name. */
    l->list.items.n = 0;
    if (outside(l, idx, does(l, idx), &(struct cover_rows){ does(l, idx), idx + 1, l->earlier }) == COVER_COVERED) {
        if (is_kept(l))
            list_others(l, idx, l->earlier);
    } else {
        answer = covered_but_by_twins(l, idx);
    }
    if (answer == COVER_UNFINISHED)
        give_up(l, CODE_COVERED, idx);
    if (answer != COVER_COVERED)
        return;
    l->found[idx] = 1;
    if (is_kept(l)) {
        mark(l, 0, l->list.items.n, 1);
        minimise(l, &q);
    }
    if (l->list.items.n == 1)
        d = diag_report(l->c->diags, CODE_COVERED, l->c->stated.items[idx].label,
                        is_grant(l, idx) ? "clause '%.*s' never allows alone: '%.*s' grants every request that it grants"
                                         : "clause '%.*s' never decides alone: '%.*s' denies every request that it denies",
                        QUOTE(label_of(l, idx)), QUOTE(label_of(l, l->list.items.items[0])));
    else
        d = diag_report(l->c->diags, CODE_COVERED, l->c->stated.items[idx].label,
                        "clause '%.*s' never %s alone: %.*s together %s every request that it %ss", QUOTE(label_of(l, idx)),
                        is_grant(l, idx) ? "allows" : "decides", WHOLE(list_text(l, "'", " and ", SHOWN_MAX)), verb,
                        is_grant(l, idx) ? "grant" : "denie");
    show_list(l, d, l->list.items.n == 1 ? "the clause that does" : "one of them");
    diag_help(l->c->diags, d, "if that is meant, say so: 'covered by %.*s'", WHOLE(list_text(l, "", ", ", 50)));
}

/* ---- conditions --------------------------------------------------------------------------------------------------------- */

/* Boxes of a question, in the arena of the compile. */
static bool
intersect(struct linter *l, struct boxes *boxes, guard_id guard, enum mode mode)
{
    uint32_t limit = (uint32_t)l->c->settings->limits[LIMIT_CLAUSE_ROWS];
    struct rows *rows = &l->cover->rows;
    struct boxes part = { 0 }, both = { 0 };

    if (!rows_of_guard(rows, l->policy, &l->cover->space, guard, mode, limit, &part))
        return false;
    for (uint32_t i = 0; i < boxes->boxes.n; i++)
        for (uint32_t k = 0; k < part.boxes.n; k++) {
            struct box met;

            if (!box_and(rows, &l->cover->space, boxes->boxes.items[i], part.boxes.items[k], &met))
                continue;
            if (both.boxes.n == limit)
                return false;
            *vec_push(l->c->arena, &both.boxes) = met;
        }
    *boxes = both;
    return true;
}

/* Asks for a request that the clause, but for condition COND, is or may be about and against, and that COND takes out. */
static enum cover_answer
takes_out(struct linter *l, const struct tail_guard *cond, const struct tail_guard *first, uint32_t n)
{
    const struct clause *clause = &l->policy->clauses.items[cond->clause];
    uint32_t n_conds = l->cover->rows.conds.n;
    struct boxes boxes = { 0 };
    enum cover_answer answer = COVER_COVERED;
    bool fits;

    *vec_push(l->c->arena, &boxes.boxes) = (struct box){ n_conds, 0 };
    fits = intersect(l, &boxes, clause->act, IS_NOT_FALSE) && intersect(l, &boxes, clause->violation, IS_NOT_FALSE);
    for (uint32_t i = 0; i < n && fits; i++)
        if (&first[i] != cond)
            fits = intersect(l, &boxes, first[i].guard, first[i].unless ? IS_NOT_TRUE : IS_NOT_FALSE);
    fits = fits && intersect(l, &boxes, cond->guard, cond->unless ? IS_TRUE : IS_FALSE);
    for (uint32_t i = 0; i < boxes.boxes.n && fits && answer != COVER_WITNESS; i++)
        answer = either(cover_realise(l->cover, boxes.boxes.items[i], false), answer);
    l->cover->rows.conds.n = n_conds;
    l->too_many_rows = !fits;
    return fits ? answer : COVER_UNFINISHED;
}

static void
check_conditions(struct linter *l)
{
    const struct tail_guard *conditions = l->c->conditions.items;

    for (uint32_t i = 0, n; i < l->c->conditions.n; i += n) {
        uint32_t clause = conditions[i].clause;
        bool reported = l->found[clause];

        for (n = 1; i + n < l->c->conditions.n && conditions[i + n].clause == clause;)
            n++;
        if (n > CONDITIONS_MAX && !reported) {
            give_up(l, CODE_IDLE_CONDITION, clause);
            continue;
        }
        for (uint32_t k = i; k < i + n && !reported; k++) {
            enum cover_answer answer = takes_out(l, &conditions[k], &conditions[i], n);
            struct diag *d;

            if (answer == COVER_UNFINISHED)
                give_up(l, CODE_IDLE_CONDITION, clause);
            if (answer != COVER_COVERED)
                continue;
            l->found[clause] = 1;
            reported = true;
            d = diag_report(l->c->diags, CODE_IDLE_CONDITION, conditions[k].at,
                            conditions[k].unless ? "this 'unless' changes nothing: no request that '%.*s' is about meets it"
                                                 : "this 'when' changes nothing: it holds for all that '%.*s' is about",
                            QUOTE(label_of(l, clause)));
            diag_help(l->c->diags, d, "correct the condition, or remove it");
        }
    }
}

/* ---- what nobody can do ------------------------------------------------------------------------------------------------- */

/* The column of the names of dimension SLOT, or RCK_NONE if no clause asks for it. */
static uint32_t
name_column(const struct cover *cover, uint32_t slot)
{
    for (uint32_t c = 0; c < cover->space.columns.n; c++)
        if (cover->space.columns.items[c].kind == COLUMN_NAME && cover->space.columns.items[c].slot == slot + 1)
            return c;
    return RCK_NONE;
}

/* Classes of the actions and resources, of which none is told apart from the others of its class. */
struct pairs {
    uint32_t columns[2];
    uint32_t n_classes[2]; /* 1 where no clause asks */
    struct str *texts[2];  /* by class: its declared names; empty if it has none */
};

static void
pairs_init(struct linter *l, const struct cover *cover, struct pairs *pairs)
{
    static const uint32_t slots[2] = { SLOT_ACTION, SLOT_RESOURCE };

    for (unsigned d = 0; d < 2; d++) {
        const struct slot *slot = &l->policy->slots.items[slots[d]];
        uint32_t column = name_column(cover, slots[d]);
        uint32_t n = column != RCK_NONE ? cover->space.columns.items[column].n_classes : 1, *shown;

        pairs->columns[d] = column;
        pairs->n_classes[d] = n;
        pairs->texts[d] = arena_array(l->c->arena, (size_t)n + 1, sizeof *pairs->texts[d]);
        shown = arena_array(l->c->arena, (size_t)n + 1, sizeof *shown);
        for (uint32_t i = 0; i < slot->n_names; i++) {
            const struct name *name = &l->policy->names.items[slot->first_name + i];
            uint32_t class_idx = column != RCK_NONE ? cover->space.class_of.items[cover->space.columns.items[column].first + i] : 0;
            struct str *text = &pairs->texts[d][class_idx];

            if (name->declared == NAME_HIDDEN || shown[class_idx]++ >= SHOWN_MAX)
                continue;
            *text = arena_format(l->c->arena, "%.*s%s%.*s", WHOLE(*text), text->n == 0 ? "" : ", ", WHOLE(name->text));
        }
        for (uint32_t k = 0; k < n; k++)
            if (shown[k] > SHOWN_MAX)
                pairs->texts[d][k] = arena_format(l->c->arena, "%.*s and %u others", WHOLE(pairs->texts[d][k]),
                                                  (unsigned)(shown[k] - SHOWN_MAX));
    }
}

/* The box of the requests with an action of class A and a resource of class R. */
static struct box
pair_box(struct cover *cover, const struct pairs *pairs, uint32_t a, uint32_t r)
{
    const uint32_t classes[2] = { a, r };
    bool action_first = pairs->columns[0] < pairs->columns[1];
    struct box box = { cover->rows.conds.n, 0 };

    for (unsigned i = 0; i < 2; i++) {
        unsigned d = action_first ? i : 1 - i;

        /* All of a column is no condition, and where there is none it has one class. */
        if (pairs->n_classes[d] == 1)
            continue;
        *vec_push(cover->arena, &cover->rows.conds) =
            (struct cond){ pairs->columns[d], set_one(&cover->space.sets, classes[d]) };
        box.n++;
    }
    return box;
}

/* Asks for a request of the box that is allowed, as far as the clauses that refuse are concerned that are marked, or all if none
 * is.  Under 'default deny' grants that were reported do not count. */
static enum cover_answer
allowed(struct linter *l, struct box box, const uint8_t *refusing)
{
    const struct cover_rows rows = { REFUSES, 0, refusing };
    struct cover *cover = l->cover;
    enum cover_answer answer = COVER_COVERED;
    struct row_list granted = { 0 };

    if (!l->by_deny)
        return cover_find(cover, box, &rows, false);
    cover_meet(cover, box, &(struct cover_rows){ COVER_GRANTED, 0, NULL }, UINT32_MAX - 1, &granted);
    for (uint32_t i = 0; i < granted.rows.n && answer != COVER_WITNESS; i++) {
        uint32_t n_conds = cover->rows.conds.n;
        struct box both;

        if (ALWAYS(box_and(&cover->rows, &cover->space, box, cover->rows.rows.items[granted.rows.items[i]].box, &both))) /* they meet */
            answer = either(cover_find(cover, both, &rows, false), answer);
        cover->rows.conds.n = n_conds;
    }
    return answer;
}

static enum cover_answer
ask_box(struct linter *l, const struct question *q)
{
    return allowed(l, q->box, l->p->named);
}

/* True if some grant that was not reported holds for a request of the box. */
static bool
is_granted(struct linter *l, struct box box)
{
    struct cover *cover = l->cover;
    struct row_list granted = { 0 };
    bool found = false;

    cover_meet(cover, box, &(struct cover_rows){ COVER_GRANTED, 0, NULL }, UINT32_MAX - 1, &granted);
    for (uint32_t i = 0; i < granted.rows.n && !found; i++) {
        const struct row *row = &cover->rows.rows.items[granted.rows.items[i]];
        uint32_t n_conds = cover->rows.conds.n;
        struct box both;

        found = !l->useless[row->clause] && ALWAYS(box_and(&cover->rows, &cover->space, box, row->box, &both)) /* they meet */
                && cover_realise(cover, both, false) == COVER_WITNESS;
        cover->rows.conds.n = n_conds;
    }
    return found;
}

/* True if the clause refuses by itself what it is about, and says so: a ban without conditions, a limit to 0, or one that asks for
 * nothing but action and resource. */
static bool
refuses_plainly(struct linter *l, uint32_t clause)
{
    const struct clause *of = &l->policy->clauses.items[clause];
    const guard_id parts[] = { of->act, of->tails, of->violation };
    struct atom_list atoms = { 0 };

    if ((of->kind == RCK_CLAUSE_CANNOT && of->tails == NONE) || of->kind == RCK_CLAUSE_LIMIT)
        return true;

    for (size_t i = 0; i < N_ELEMENTS(parts); i++)
        guard_atoms(&l->policy->guards, parts[i], l->c->arena, &atoms);
    for (uint32_t i = 0; i < atoms.atoms.n; i++) {
        const struct atom *atom = &l->policy->guards.atoms.items[atoms.atoms.items[i]];

        if (atom->kind != ATOM_IN || (atom->slot != SLOT_ACTION + 1 && atom->slot != SLOT_RESOURCE + 1))
            return false;
    }
    return true;
}

/* True if one clause of the list refuses the box of Q by itself, and plainly. */
static bool
is_meant(struct linter *l, const struct question *q)
{
    bool found = false;

    for (uint32_t i = 0; i < l->list.items.n && !found; i++) {
        if (!refuses_plainly(l, l->list.items.items[i]))
            continue;
        mark(l, i, i + 1, 1);
        found = q->ask(l, q) == COVER_COVERED;
        mark(l, i, i + 1, 0);
    }
    return found;
}

/* Pairs that the same clauses make dead. */
struct dead {
    uint32_t *clauses;
    uint32_t n;
    uint32_t n_pairs;
    struct str text; /* some of them: "create, update token; read entry" */
};

static void
check_dead(struct linter *l)
{
    struct pairs pairs;
    VEC(struct dead) all = { 0 };
    bool gave_up = false;

    pairs_init(l, l->cover, &pairs);
    for (uint32_t r = 0; r < pairs.n_classes[1]; r++)
        for (uint32_t a = 0; a < pairs.n_classes[0]; a++) {
            uint32_t n_conds = l->cover->rows.conds.n, k = 0;
            struct question q = { ask_box, REFUSES, 0, 0, { 0, 0 } };
            enum cover_answer answer;
            struct dead *dead;

            if (pairs.texts[0][a].n == 0 || pairs.texts[1][r].n == 0)
                continue;
            if (cover_is_spent(l->cover)) {
                gave_up = true;
                continue;
            }
            q.box = pair_box(l->cover, &pairs, a, r);
            answer = allowed(l, q.box, NULL);
            gave_up = gave_up || answer == COVER_UNFINISHED;
            l->list.items.n = 0;
            if (answer == COVER_COVERED && (!l->by_deny || is_granted(l, q.box))) {
                list_meeting(l, q.box, REFUSES, 0, NULL);
                mark(l, 0, l->list.items.n, 0);
                if (is_meant(l, &q)) {
                    l->list.items.n = 0;
                } else {
                    mark(l, 0, l->list.items.n, 1);
                    minimise(l, &q);
                }
            }
            l->cover->rows.conds.n = n_conds;
            if (l->list.items.n == 0)
                continue;
            while (k < all.n
                   && (all.items[k].n != l->list.items.n
                       || memcmp(all.items[k].clauses, l->list.items.items, all.items[k].n * sizeof *all.items[k].clauses) != 0))
                k++;
            if (k == all.n) {
                dead = vec_push(l->c->arena, &all);
                dead->n = l->list.items.n;
                dead->clauses = arena_array(l->c->arena, dead->n, sizeof *dead->clauses);
                memcpy(dead->clauses, l->list.items.items, dead->n * sizeof *dead->clauses);
            }
            dead = &all.items[k];
            if (dead->n_pairs++ < SHOWN_MAX)
                dead->text = arena_format(l->c->arena, "%.*s%s%.*s %.*s", WHOLE(dead->text), dead->text.n == 0 ? "" : "; ",
                                          WHOLE(pairs.texts[0][a]), WHOLE(pairs.texts[1][r]));
        }
    if (gave_up)
        give_up(l, CODE_DEAD_ACTION, RCK_NONE);
    for (uint32_t k = 0; k < all.n; k++) {
        struct diag *d;

        l->list.items.n = 0;
        for (uint32_t i = 0; i < all.items[k].n; i++)
            *vec_push(l->c->arena, &l->list.items) = all.items[k].clauses[i];
        if (all.items[k].n_pairs > SHOWN_MAX)
            all.items[k].text = arena_format(l->c->arena, "%.*s; and %u more", WHOLE(all.items[k].text),
                                             (unsigned)(all.items[k].n_pairs - SHOWN_MAX));
        d = diag_report(l->c->diags, CODE_DEAD_ACTION, l->c->stated.items[all.items[k].clauses[0]].label,
                        "nobody can ever %.*s: %.*s refuse%s it to everybody", WHOLE(all.items[k].text),
                        WHOLE(list_text(l, "'", " and ", SHOWN_MAX)), all.items[k].n == 1 ? "s" : "");
        for (uint32_t i = 0; i < all.items[k].n; i++) {
            if (i != 0)
                diag_second(l->c->diags, d, l->c->stated.items[all.items[k].clauses[i]].label, "refuses the others");
            l->found[all.items[k].clauses[i]] = 1;
        }
        diag_help(l->c->diags, d, "correct one of them; if nobody is meant to, say so: 'anyone cannot ...'");
    }
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

/* A row that tells the two sides of a cut apart. */
struct telling {
    uint32_t row;
    bool above; /* it holds above the cut, and not below */
};

struct cut_rows {
    VEC(struct telling) items;
};

/* The cuts of all number columns, in one row: that of column C begins at first[C]. */
struct cuts {
    uint32_t *first;
    struct cut_rows *rows; /* by cut */
    uint8_t *matters;      /* by cut: 0 not asked, or one of these */
};
enum { CUT_MATTERS = 1, CUT_IDLE, CUT_UNKNOWN };

static void
cuts_init(struct linter *l, struct cuts *cuts)
{
    struct cover *cover = l->cover;
    const struct space *space = &cover->space;
    uint32_t n = 0;

    cuts->first = arena_array(l->c->arena, (size_t)space->columns.n + 1, sizeof *cuts->first);
    for (uint32_t c = 0; c < space->columns.n; c++) {
        cuts->first[c] = n;
        n += space->columns.items[c].n_cuts; /* 0, but of numbers */
    }
    cuts->rows = arena_array(l->c->arena, (size_t)n + 1, sizeof *cuts->rows);
    cuts->matters = arena_array(l->c->arena, (size_t)n + 1, 1);
    for (uint32_t r = 0; r < cover->rows.rows.n; r++) {
        struct box box = cover->rows.rows.items[r].box;

        for (uint32_t i = 0; i < box.n; i++) {
            const struct cond *cond = &cover->rows.conds.items[box.first + i];
            const struct column *column = &space->columns.items[cond->column];
            uint32_t n_ranges;
            const struct range *ranges;

            ranges = set_ranges(&space->sets, cond->classes, &n_ranges);
            for (uint32_t k = 0; k < n_ranges; k++) {
                struct cut_rows *rows = cuts->rows + cuts->first[cond->column];

                /* Cut i is between the classes i and i + 1; behind the last of these is "absent". */
                if (ranges[k].lo != 0 && ranges[k].lo <= column->n_cuts)
                    *vec_push(l->c->arena, &rows[ranges[k].lo - 1].items) = (struct telling){ r, true };
                if (ranges[k].hi <= column->n_cuts)
                    *vec_push(l->c->arena, &rows[ranges[k].hi - 1].items) = (struct telling){ r, false };
            }
        }
    }
}

/* BOX, which has a condition on COLUMN, with class CLASS of it and no other. */
static struct box
move_box(struct cover *cover, struct box box, uint32_t column, uint32_t class_idx)
{
    struct box made = { cover->rows.conds.n, box.n };

    for (uint32_t i = 0; i < box.n; i++) {
        struct cond cond = cover->rows.conds.items[box.first + i];

        if (cond.column == column)
            cond.classes = set_one(&cover->space.sets, class_idx);
        *vec_push(cover->arena, &cover->rows.conds) = cond;
    }
    return made;
}

/* A question about a row that holds at class IN of a column and not at class OUT, its neighbour: is there a request that, at OUT, lies
 * in none of the rows OUTSIDE and in one of MEETING (if that is not 0), and at IN in none of INSIDE?  Its number may be at
 * either of the two. */
struct crossing {
    uint32_t column, in, out;
    unsigned outside, meeting, inside;
};

static enum cover_answer
crosses_piece(struct linter *l, const struct crossing *x, struct box at_out)
{
    struct cover *cover = l->cover;
    uint32_t n_conds = cover->rows.conds.n;
    struct cover_rows rows = { x->outside, 0, NULL };
    struct boxes pieces = { 0 };
    enum cover_answer answer, there = COVER_COVERED;

    if (x->inside == 0) {
        there = cover_find(cover, at_out, &rows, false);
        if (there == COVER_WITNESS)
            return there;
    }
    if (!cover_minus(cover, at_out, &rows, &pieces)) {
        cover->rows.conds.n = n_conds;
        return COVER_UNFINISHED;
    }
    answer = COVER_COVERED;
    rows.kinds = x->inside;
    for (uint32_t i = 0; i < pieces.boxes.n; i++) {
        uint32_t n_kept = cover->rows.conds.n;
        struct box at_in = move_box(cover, pieces.boxes.items[i], x->column, x->in);
        struct boxes rest = { 0 };

        answer = either(cover_find(cover, at_in, &rows, false), answer);
        if (answer != COVER_WITNESS && x->inside != 0) {
            if (!cover_minus(cover, at_in, &rows, &rest))
                answer = either(COVER_UNFINISHED, answer);
            for (uint32_t k = 0; k < rest.boxes.n && answer != COVER_WITNESS; k++)
                answer = either(cover_realise(cover, move_box(cover, rest.boxes.items[k], x->column, x->out), false), answer);
        }
        cover->rows.conds.n = n_kept;
        if (answer == COVER_WITNESS)
            break;
    }
    cover->rows.conds.n = n_conds;
    return either(answer, there);
}

static enum cover_answer
crosses(struct linter *l, const struct crossing *x, struct box row)
{
    struct cover *cover = l->cover;
    uint32_t n_conds = cover->rows.conds.n;
    struct box at_out = move_box(cover, row, x->column, x->out);
    enum cover_answer answer = COVER_COVERED;
    struct row_list met = { 0 };

    if (x->meeting == 0) {
        answer = crosses_piece(l, x, at_out);
    } else {
        cover_meet(cover, at_out, &(struct cover_rows){ x->meeting, 0, NULL }, UINT32_MAX - 1, &met);
        for (uint32_t i = 0; i < met.rows.n && answer != COVER_WITNESS; i++) {
            struct box both;

            if (ALWAYS(box_and(&cover->rows, &cover->space, at_out, cover->rows.rows.items[met.rows.items[i]].box, &both))) /* they meet */
                answer = either(crosses_piece(l, x, both), answer);
        }
    }
    cover->rows.conds.n = n_conds;
    return answer;
}

/* What a row that holds on one side changes, if it does.  Each pair of different results has one of these reasons:
 *
 *     violated here, and not there, where it is not denied otherwise: nothing grants it
 *     unknown here; allowed there
 *     granted here, where nothing refuses; not granted there
 *     granted or maybe so here, where nothing denies; neither there */
static enum cover_answer
tells(struct linter *l, uint32_t column, uint32_t cut, const struct telling *telling)
{
    struct crossing x = { .column = column, .in = telling->above ? cut + 1 : cut, .out = telling->above ? cut : cut + 1 };
    struct box box = l->cover->rows.rows.items[telling->row].box;
    enum cover_answer answer;

    switch ((enum cover_kind)l->cover->kinds[telling->row]) {
    case COVER_VIOLATED:
        x.outside = COVER_VIOLATED;
        x.meeting = l->by_deny ? MAY_GRANT : 0;
        return crosses(l, &x, box);
    case COVER_UNKNOWN:
        x.outside = REFUSES;
        x.meeting = l->by_deny ? COVER_GRANTED : 0;
        return crosses(l, &x, box);
    case COVER_GRANTED:
        x.outside = COVER_GRANTED;
        x.inside = REFUSES;
        answer = crosses(l, &x, box);
        if (answer == COVER_WITNESS)
            return answer;
        x.outside = MAY_GRANT;
        x.inside = COVER_VIOLATED;
        return either(crosses(l, &x, box), answer);
    case COVER_GRANT_UNKNOWN:
        x.outside = MAY_GRANT;
        x.inside = COVER_VIOLATED;
        return crosses(l, &x, box);
    }
    return COVER_COVERED;
}

static uint8_t
cut_matters(struct linter *l, struct cuts *cuts, uint32_t column, uint32_t cut)
{
    uint8_t *known = &cuts->matters[cuts->first[column] + cut];
    const struct cut_rows *rows = &cuts->rows[cuts->first[column] + cut];
    enum cover_answer answer = COVER_COVERED;

    if (*known != 0)
        return *known;
    for (uint32_t i = 0; i < rows->items.n && answer != COVER_WITNESS; i++) {
        if (cover_is_spent(l->cover))
            return CUT_UNKNOWN;
        answer = either(tells(l, column, cut, &rows->items.items[i]), answer);
    }
    return *known = answer == COVER_WITNESS ? CUT_MATTERS : answer == COVER_COVERED ? CUT_IDLE : CUT_UNKNOWN;
}

/* The cut of COLUMN at BOUND, or RCK_NONE. */
static uint32_t
find_cut(const struct cover *cover, const struct column *column, wide bound)
{
    uint32_t lo = 0, hi = column->n_cuts;

    while (lo < hi) {
        uint32_t half = lo + (hi - lo) / 2;

        if (cover->space.cuts.items[column->first + half] < bound)
            lo = half + 1;
        else
            hi = half;
    }
    return lo < column->n_cuts && cover->space.cuts.items[column->first + lo] == bound ? lo : RCK_NONE;
}

static void
check_numbers(struct linter *l)
{
    struct cuts cuts;

    cuts_init(l, &cuts);
    for (uint32_t i = 0; i < l->c->compared.n; i++) {
        const struct compared *compared = &l->c->compared.items[i];
        const struct atom *atom = &l->policy->guards.atoms.items[compared->atom];
        const struct clause *clause = &l->policy->clauses.items[compared->clause];
        uint32_t column_idx = l->cover->space.column_of[compared->atom];
        const struct column *column = &l->cover->space.columns.items[column_idx];
        uint32_t at[2] = { find_cut(l->cover, column, atom->bound), RCK_NONE };
        uint8_t result = CUT_IDLE;
        struct diag *d;

        if (l->found[compared->clause] || l->acked[compared->clause] || clause->warns)
            continue;
        if (atom->kind == ATOM_EQUAL)
            at[1] = find_cut(l->cover, column, atom->bound + 1);
        /* 'limit ... to 0' says that there are none. */
        if (at[0] == RCK_NONE && at[1] == RCK_NONE && clause->kind == RCK_CLAUSE_LIMIT)
            continue;
        for (unsigned k = 0; k < 2 && result != CUT_MATTERS; k++)
            if (at[k] != RCK_NONE) {
                uint8_t matters = cut_matters(l, &cuts, column_idx, at[k]);

                result = matters == CUT_IDLE ? result : matters;
            }
        if (result == CUT_UNKNOWN)
            give_up(l, CODE_IDLE_NUMBER, compared->clause);
        if (result != CUT_IDLE)
            continue;
        d = diag_report(l->c->diags, CODE_IDLE_NUMBER, compared->at,
                        at[0] == RCK_NONE && at[1] == RCK_NONE ? "this number is out of the range of what it is compared with"
                                                               : "nothing changes at this number: on both sides of it every "
                                                                 "request gets the same result");
        diag_help(l->c->diags, d, "correct the number, or remove the comparison from '%.*s'", QUOTE(policy_text(l->policy, clause->label)));
        l->found[compared->clause] = 1;
    }
}

/* ---- gaps --------------------------------------------------------------------------------------------------------------- */

/* What clauses say of a pair. */
enum spoken { SPOKEN_OF, IN_PART, NOT_AT_ALL, NOT_KNOWN };

/* Analyses POLICY, which is made of the linter's for this: its clauses are violated wherever they are relevant.  A 'deny when' is
 * where it denies. */
static void
make_speaking(struct linter *l, struct rck_policy *speaking)
{
    *speaking = *l->policy;
    speaking->clauses.items = arena_array(l->c->arena, (size_t)l->policy->clauses.n + 1, sizeof *speaking->clauses.items);
    for (uint32_t i = 0; i < l->policy->clauses.n; i++) {
        struct clause *clause = &speaking->clauses.items[i];

        *clause = l->policy->clauses.items[i];
        clause->warns = false;
        if (clause->kind == RCK_CLAUSE_DENY || clause->kind == RCK_CLAUSE_NOTE)
            continue;
        clause->kind = RCK_CLAUSE_DENY;
        clause->violation = NONE;
    }
}

/* Looks for a request of the pair that no clause speaks about; the witness holds it. */
static enum spoken
spoken_of(struct linter *l, struct cover *cover, struct box box)
{
    const struct cover_rows rows = { REFUSES, 0, NULL };
    enum cover_answer answer;
    struct row_list met = { 0 };
    bool some = false;

    if (cover_is_spent(cover))
        return NOT_KNOWN;
    cover_meet(cover, box, &rows, UINT32_MAX - 1, &met);
    for (uint32_t i = 0; i < met.rows.n && !some; i++) {
        uint32_t n_conds = cover->rows.conds.n;
        struct box both;

        some = ALWAYS(box_and(&cover->rows, &cover->space, box, cover->rows.rows.items[met.rows.items[i]].box, &both)) /* they meet */
               && cover_realise(cover, both, false) != COVER_COVERED;
        cover->rows.conds.n = n_conds;
    }
    answer = cover_find(cover, box, &rows, false);
    (void)l;
    return answer == COVER_COVERED ? SPOKEN_OF : answer == COVER_UNFINISHED ? NOT_KNOWN : some ? IN_PART : NOT_AT_ALL;
}

/* A resource class whose pairs are in the same state as those of an earlier one is told with it. */
static void
report_gaps(struct linter *l, struct cover *cover, const struct pairs *pairs, const uint8_t *states, uint32_t r)
{
    uint32_t n_actions = pairs->n_classes[0];
    struct str resources = { "", 0 };

    for (uint32_t k = 0; k < pairs->n_classes[1]; k++) {
        if (pairs->texts[1][k].n == 0 || memcmp(states + (size_t)k * n_actions, states + (size_t)r * n_actions, n_actions) != 0)
            continue;
        if (k < r)
            return;
        resources = arena_format(l->c->arena, "%.*s%s%.*s", WHOLE(resources), resources.n == 0 ? "" : ", ", WHOLE(pairs->texts[1][k]));
    }
    for (enum spoken state = NOT_AT_ALL; state >= IN_PART; state--) {
        struct str actions = { "", 0 };
        uint32_t first = RCK_NONE, n_conds = cover->rows.conds.n;
        struct diag *d;

        for (uint32_t a = 0; a < n_actions; a++)
            if (pairs->texts[0][a].n != 0 && states[(size_t)r * n_actions + a] == state) {
                actions = arena_format(l->c->arena, "%.*s%s%.*s", WHOLE(actions), actions.n == 0 ? "" : ", ", WHOLE(pairs->texts[0][a]));
                first = first == RCK_NONE ? a : first;
            }
        if (first == RCK_NONE)
            continue;
        d = diag_report(l->c->diags, CODE_GAP, l->c->front->ast->default_at,
                        state == NOT_AT_ALL ? "no clause speaks about %.*s of %.*s"
                                            : "clauses speak only about some requests to %.*s %.*s",
                        WHOLE(actions), WHOLE(resources));
        (void)cover_find(cover, pair_box(cover, pairs, first, r), &(struct cover_rows){ REFUSES, 0, NULL }, false);
        cover->rows.conds.n = n_conds;
        tell_witness(l->p, d);
        diag_help(l->c->diags, d, "say what the page says of them; where it says nothing, this default decides");
    }
}

static void
check_gaps(struct linter *l)
{
    struct rck_policy speaking;
    struct cover cover;
    struct pairs pairs;
    uint8_t *states;

    make_speaking(l, &speaking);
    cover_init(&cover, &speaking, l->c->arena, l->cover->scratch, l->cover->witness, NULL, 0, l->cover->limit);
    pairs_init(l, &cover, &pairs);
    cover_set_budget(&cover, l->policy->clauses.n + pairs.n_classes[0] * pairs.n_classes[1]);
    states = arena_array(l->c->arena, (size_t)pairs.n_classes[0] * pairs.n_classes[1] + 1, 1);
    for (uint32_t r = 0; r < pairs.n_classes[1]; r++)
        for (uint32_t a = 0; a < pairs.n_classes[0]; a++) {
            uint8_t *state = &states[(size_t)r * pairs.n_classes[0] + a];
            uint32_t n_conds = cover.rows.conds.n;

            if (pairs.texts[0][a].n == 0 || pairs.texts[1][r].n == 0)
                continue;
            *state = (uint8_t)spoken_of(l, &cover, pair_box(&cover, &pairs, a, r));
            cover.rows.conds.n = n_conds;
            if (*state == NOT_KNOWN)
                give_up(l, CODE_GAP, RCK_NONE);
        }
    for (uint32_t r = 0; r < pairs.n_classes[1]; r++)
        if (pairs.texts[1][r].n != 0)
            report_gaps(l, &cover, &pairs, states, r);
}

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

static void
report_unfinished(struct linter *l)
{
    for (uint32_t code = 0; code < N_CODES; code++) {
        const struct unfinished *u = &l->unfinished[code];
        struct diag *d;

        if (u->n == 0)
            continue;
        d = diag_report(l->c->diags, CODE_NOT_CHECKED, (struct span){ 0, 0 }, "the check '%s' was not completed%s%.*s%s",
                        code_info((enum code)code)->id, u->labels.n != 0 ? " for " : "", WHOLE(u->labels),
                        u->n > SHOWN_MAX && u->labels.n != 0 ? " and others" : "");
        if (u->by_rows)
            diag_help(l->c->diags, d, "raise the limit with '--limit clause-rows=N', which is %llu",
                      (unsigned long long)l->c->settings->limits[LIMIT_CLAUSE_ROWS]);
        else if (code == CODE_IDLE_CONDITION)
            diag_help(l->c->diags, d, "raise the limit with '--limit proof-steps=N', which is %llu, or write at most %d conditions a clause",
                      (unsigned long long)l->c->settings->limits[LIMIT_PROOF_STEPS], CONDITIONS_MAX);
        else
            diag_help(l->c->diags, d, "raise the limit with '--limit proof-steps=N', which is %llu",
                      (unsigned long long)l->c->settings->limits[LIMIT_PROOF_STEPS]);
    }
}

void
lint(struct prover *p)
{
    struct linter l = { .p = p, .c = p->c, .cover = &p->cover, .policy = p->c->policy };
    uint32_t n = l.policy->clauses.n;

    cover_set_budget(l.cover, n);
    l.by_deny = l.policy->by_default == RCK_DENY;
    l.found = arena_array(l.c->arena, (size_t)n + 1, 1);
    l.useless = arena_array(l.c->arena, (size_t)n + 1, 1);
    l.acked = arena_array(l.c->arena, (size_t)n + 1, 1);
    l.others = arena_array(l.c->arena, (size_t)n + 1, 1);
    l.earlier = arena_array(l.c->arena, (size_t)n + 1, 1);
    for (uint32_t i = 0; i < n; i++)
        l.found[i] = l.policy->clauses.items[i].kind == RCK_CLAUSE_NOTE || l.c->stated.items[i].repeats;
    for (uint32_t i = 0; i < n; i++)
        check_never(&l, i);
    for (uint32_t i = 0; i < n; i++)
        check_refused(&l, i);
    for (uint32_t i = 0; i < n; i++)
        check_named(&l, i);
    for (uint32_t i = 0; i < n; i++)
        l.others[i] = !l.acked[i] && !l.c->stated.items[i].repeats;
    for (uint32_t i = 0; i < n && wanted(&l, CODE_COVERED); i++) {
        check_covered(&l, i);
        l.earlier[i] = l.others[i];
    }
    if (wanted(&l, CODE_DEAD_ACTION))
        check_dead(&l);
    if (wanted(&l, CODE_IDLE_CONDITION))
        check_conditions(&l);
    if (wanted(&l, CODE_IDLE_NUMBER))
        check_numbers(&l);
    if (wanted(&l, CODE_GAP))
        check_gaps(&l);
    report_unfinished(&l);
}
