/* SPDX-License-Identifier: MIT
 *
 * Questions of apart.h as regions of requests, which cover.c searches.
 */
#include <config.h>

#include "apart.h"

#include "explanation.h"

guard_id
apart_whole(struct rck_policy *policy, const struct clause *clause)
{
    struct guards *guards = &policy->guards;
    guard_id whole = guard_copy(guards, clause->act);

    whole = guard_and(guards, whole, guard_copy(guards, clause->tails));
    whole = guard_and(guards, whole, guard_copy(guards, clause->violation));
    return whole != NONE ? whole : guard_constant(guards, clause->kind != RCK_CLAUSE_NOTE);
}

uint64_t
apart_nodes(const struct rck_policy *policy, const guard_id wholes[], const struct reading readings[], uint32_t n)
{
    uint64_t nodes = 0;

    for (uint32_t i = 0; i < n; i++)
        nodes += guard_size(&policy->guards, wholes[readings[i].clause]) + guard_size(&policy->guards, readings[i].guard);
    return nodes;
}

void
apart_init(struct apart *apart, struct rck_policy *policy, struct arena *arena, struct arena *scratch, struct rck_request *witness,
           const guard_id wholes[], const guard_id extra[], uint32_t n, uint64_t limit, uint32_t limit_rows)
{
    *apart = (struct apart){ .wholes = wholes, .limit_rows = limit_rows };
    cover_init(&apart->cover, policy, arena, scratch, witness, extra, n, limit);
    cover_set_budget(&apart->cover, policy->clauses.n + n);
}

bool
apart_pay(struct apart *apart, uint64_t nodes)
{
    uint64_t steps;

    apart->nodes += nodes;
    steps = apart->nodes / APART_NODES_A_STEP;
    apart->nodes %= APART_NODES_A_STEP;
    return cover_spend(&apart->cover, steps);
}

void
apart_pay_values(struct apart *apart, const struct rck_request *request)
{
    const struct rck_policy *policy = apart->cover.policy;
    uint64_t times = 1, nodes = 0;

    for (uint32_t s = 0; s < policy->slots.n; s++)
        times += request_state(request, s) != VALUE_ABSENT;
    for (uint32_t c = 0; c < policy->clauses.n; c++)
        nodes += guard_size(&policy->guards, apart->wholes[c]);
    (void)apart_pay(apart, times * nodes);
}

/* ---- regions ------------------------------------------------------------------------------------------------------------ */

static const struct rck_policy *
policy_of(const struct apart *apart)
{
    return apart->cover.policy;
}

/* What is asked for: GUARD is as MODE says. */
struct must {
    guard_id guard;
    enum mode mode;
};
enum { MUSTS_MAX = 5 };

/* Cuts the region down to where CONDITION holds; false if it becomes too many boxes. */
static bool
cut_region(struct apart *apart, struct must condition)
{
    struct rows *rows = &apart->cover.rows;
    struct space *space = &apart->cover.space;
    struct cover *cover = &apart->cover;
    struct boxes made;

    apart->part.boxes.n = apart->next.boxes.n = 0;
    if (!cover_spend(cover, guard_size(&policy_of(apart)->guards, condition.guard) / COVER_CONDS_A_STEP)
        || !rows_of_guard(rows, policy_of(apart), space, condition.guard, condition.mode, apart->limit_rows, &apart->part))
        return false;
    (void)cover_spend(cover, (uint64_t)apart->part.boxes.n * BOXES_COMPARED / COVER_CONDS_A_STEP);
    for (uint32_t i = 0; i < apart->region.boxes.n; i++)
        for (uint32_t k = 0; k < apart->part.boxes.n; k++) {
            struct box both;

            if (!cover_spend(cover, 1 + (apart->region.boxes.items[i].n + apart->part.boxes.items[k].n) / COVER_CONDS_A_STEP))
                return false;
            if (!box_and(rows, space, apart->region.boxes.items[i], apart->part.boxes.items[k], &both))
                continue;
            if (apart->next.boxes.n == apart->limit_rows)
                return false;
            *vec_push(rows->arena, &apart->next.boxes) = both;
        }
    made = apart->next;
    apart->next = apart->region;
    apart->region = made;
    return true;
}

/* Cuts the region down to where it meets some of ROWS. */
static bool
meet_rows(struct apart *apart, const struct cover_rows *rows_of)
{
    struct rows *rows = &apart->cover.rows;
    struct boxes made;

    apart->next.boxes.n = 0;
    for (uint32_t i = 0; i < apart->region.boxes.n; i++) {
        cover_meet(&apart->cover, apart->region.boxes.items[i], rows_of, apart->limit_rows, &apart->met);
        if (apart->met.rows.n > apart->limit_rows - apart->next.boxes.n)
            return false;
        for (uint32_t k = 0; k < apart->met.rows.n; k++) {
            struct box both;

            if (ALWAYS(box_and(rows, &apart->cover.space, apart->region.boxes.items[i],
                               rows->rows.items[apart->met.rows.items[k]].box, &both))) /* they meet */
                *vec_push(rows->arena, &apart->next.boxes) = both;
        }
    }
    made = apart->next;
    apart->next = apart->region;
    apart->region = made;
    return true;
}

/* Looks for a request where all of the N CONDITIONS hold, outside of the rows of kinds OUTSIDE and, if it is not 0, inside of one of
 * kinds MEETING, of the clauses other than WITHOUT. */
static enum cover_answer
ask(struct apart *apart, const struct must conditions[], uint32_t n, unsigned outside, unsigned meeting, uint32_t without)
{
    const struct cover_rows outside_rows = { .kinds = outside, .without_plus_1 = without + 1 }; /* RCK_NONE wraps to 0 */
    const struct cover_rows meeting_rows = { .kinds = meeting, .without_plus_1 = without + 1 };
    struct cover *cover = &apart->cover;
    uint32_t first_cond = cover->rows.conds.n;
    enum cover_answer answer = COVER_COVERED;
    bool fits = true;

    apart->region.boxes.n = 0;
    *vec_push(cover->arena, &apart->region.boxes) = (struct box){ first_cond, 0 };
    for (uint32_t i = 0; i < n && fits; i++)
        fits = cut_region(apart, conditions[i]);
    if (fits && meeting != 0)
        fits = meet_rows(apart, &meeting_rows);
    for (uint32_t i = 0; i < apart->region.boxes.n && fits && answer != COVER_WITNESS; i++) {
        enum cover_answer of = cover_find(cover, apart->region.boxes.items[i], &outside_rows, false);

        answer = of == COVER_COVERED ? answer : of;
    }
    cover->rows.conds.n = first_cond;
    return fits ? answer : COVER_UNFINISHED;
}

/* ---- attempts ----------------------------------------------------------------------------------------------------------- */

/* What the one reading and the other one are. */
enum pair {
    TRUE_OTHER,   /* true, and not true */
    TRUE_FALSE,
    TRUE_UNKNOWN,
    UNKNOWN_FALSE
};

struct attempt {
    enum pair pair;
    unsigned outside; /* of these rows of other clauses it is seen */
    unsigned meeting; /* and inside of one of these; 0: anywhere.  Of enforced clauses: under 'default deny' only */
    enum apart_answer found; /* what that says */
};

/* Of what restricts.  The pair 'true, other' is always seen: a clause that is violated is a reason.  A result changes where nothing else
 * is violated, unless nothing grants. */
static const struct attempt enforced_attempts[] = {
    { TRUE_OTHER, COVER_VIOLATED | COVER_UNKNOWN, COVER_GRANTED, APART_RESULT },
    { TRUE_OTHER, COVER_VIOLATED, COVER_GRANTED | COVER_GRANT_UNKNOWN, APART_RESULT },
    { UNKNOWN_FALSE, COVER_VIOLATED | COVER_UNKNOWN, COVER_GRANTED, APART_RESULT },
    { TRUE_OTHER, 0, 0, APART_REASONS },
    { UNKNOWN_FALSE, COVER_VIOLATED, COVER_GRANTED | COVER_GRANT_UNKNOWN, APART_REASONS },
};

/* Of a grant.  Nothing of it is seen where a clause is violated, and little where another one grants.  True and false: nothing is seen
 * where an enforced clause and a grant are unknown besides, for both are reasons of an 'indeterminate' either way. */
static const struct attempt grant_attempts[] = {
    { TRUE_FALSE, COVER_VIOLATED | COVER_UNKNOWN | COVER_GRANTED | COVER_GRANT_UNKNOWN, 0, APART_RESULT },
    { TRUE_FALSE, COVER_VIOLATED | COVER_UNKNOWN | COVER_GRANTED, 0, APART_RESULT },
    { TRUE_FALSE, COVER_VIOLATED | COVER_GRANTED | COVER_GRANT_UNKNOWN, 0, APART_RESULT },
    { TRUE_UNKNOWN, COVER_VIOLATED | COVER_UNKNOWN | COVER_GRANTED, 0, APART_RESULT },
    { UNKNOWN_FALSE, COVER_VIOLATED | COVER_GRANTED | COVER_GRANT_UNKNOWN, 0, APART_RESULT },
    { TRUE_UNKNOWN, COVER_VIOLATED, COVER_UNKNOWN, APART_REASONS },
    { UNKNOWN_FALSE, COVER_VIOLATED | COVER_GRANTED, 0, APART_REASONS },
    { UNKNOWN_FALSE, COVER_VIOLATED, COVER_UNKNOWN, APART_REASONS },
};

/* Appends to CONDITIONS that A and B are PAIR; returns how many there are. */
static uint32_t
pair_conditions(enum pair pair, guard_id a, guard_id b, struct must conditions[], uint32_t n)
{
    conditions[n++] = (struct must){ a, pair == UNKNOWN_FALSE ? IS_NOT_FALSE : IS_TRUE };
    if (pair == UNKNOWN_FALSE)
        conditions[n++] = (struct must){ a, IS_NOT_TRUE };
    if (pair == TRUE_UNKNOWN)
        conditions[n++] = (struct must){ b, IS_NOT_FALSE };
    conditions[n++] = (struct must){ b, pair == TRUE_OTHER || pair == TRUE_UNKNOWN ? IS_NOT_TRUE : IS_FALSE };
    return n;
}

enum apart_answer
apart_find(struct apart *apart, struct reading reading, guard_id within)
{
    const struct rck_policy *policy = policy_of(apart);
    const struct clause *clause = &policy->clauses.items[reading.clause];
    bool grant = clause->kind == RCK_CLAUSE_GRANT;
    const struct attempt *attempts = grant ? grant_attempts : enforced_attempts;
    size_t n_attempts = grant ? N_ELEMENTS(grant_attempts) : N_ELEMENTS(enforced_attempts);
    bool unfinished = false;

    if (NEVER(clause->warns || clause->kind == RCK_CLAUSE_NOTE)) /* of these there are no other readings */
        return APART_NEVER;
    for (size_t i = 0; i < n_attempts; i++) {
        const struct attempt *attempt = &attempts[i];
        unsigned meeting = grant || policy->by_default == RCK_DENY ? attempt->meeting : 0;

        for (unsigned turned = 0; turned < 2; turned++) {
            struct must conditions[MUSTS_MAX] = { { within, IS_TRUE } };
            guard_id a = apart->wholes[reading.clause], b = reading.guard;
            uint32_t n = pair_conditions(attempt->pair, turned != 0 ? b : a, turned != 0 ? a : b, conditions, within != NONE);
            enum cover_answer answer = ask(apart, conditions, n, attempt->outside, meeting, reading.clause);

            if (answer == COVER_WITNESS)
                return attempt->found == APART_REASONS && unfinished ? APART_SOMEHOW : attempt->found;
            unfinished = unfinished || answer == COVER_UNFINISHED;
        }
    }
    return unfinished ? APART_UNFINISHED : APART_NEVER;
}

enum cover_answer
apart_reach(struct apart *apart, uint32_t clause_idx, enum rck_state state, guard_id within)
{
    const struct rck_policy *policy = policy_of(apart);
    const struct clause *clause = &policy->clauses.items[clause_idx];
    struct must conditions[MUSTS_MAX] = { { within, IS_TRUE } };
    /* Alone: nothing else is violated or unknown, and something grants. */
    unsigned meeting = policy->by_default == RCK_DENY && clause->kind != RCK_CLAUSE_GRANT ? COVER_GRANTED : 0;
    uint32_t n = within != NONE;
    enum cover_answer answer;

    switch (state) {
    case RCK_STATE_VIOLATED:
    case RCK_STATE_GRANTED:
        conditions[n++] = (struct must){ apart->wholes[clause_idx], IS_TRUE };
        break;
    case RCK_STATE_UNKNOWN:
        conditions[n++] = (struct must){ apart->wholes[clause_idx], IS_NOT_FALSE };
        conditions[n++] = (struct must){ apart->wholes[clause_idx], IS_NOT_TRUE };
        break;
    case RCK_STATE_SATISFIED:
        conditions[n++] = (struct must){ clause->act, IS_NOT_FALSE };
        conditions[n++] = (struct must){ clause->tails, IS_NOT_FALSE };
        conditions[n++] = (struct must){ clause->violation, IS_FALSE };
        break;
    case RCK_STATE_IRRELEVANT:
        break;
    }
    if (state != RCK_STATE_IRRELEVANT) {
        answer = ask(apart, conditions, n, COVER_VIOLATED | COVER_UNKNOWN, meeting, clause_idx);
        return answer == COVER_WITNESS ? answer : ask(apart, conditions, n, 0, 0, clause_idx);
    }
    /* Its DO is false, or a tail. */
    enum cover_answer worst = COVER_COVERED;

    for (unsigned i = 0; i < 4; i++) {
        guard_id part = i % 2 == 0 ? clause->act : clause->tails;

        conditions[n] = (struct must){ part, IS_FALSE };
        answer = i < 2 ? ask(apart, conditions, n + 1, COVER_VIOLATED | COVER_UNKNOWN, meeting, clause_idx)
                       : ask(apart, conditions, n + 1, 0, 0, clause_idx);
        if (answer == COVER_WITNESS)
            return answer;
        if (i >= 2 && answer == COVER_UNFINISHED)
            worst = answer;
    }
    return worst;
}

enum cover_answer
apart_by_default(struct apart *apart)
{
    return ask(apart, NULL, 0, COVER_VIOLATED | COVER_GRANTED | COVER_GRANT_UNKNOWN, 0, RCK_NONE);
}

/* ---- what is noticed ---------------------------------------------------------------------------------------------------- */

void
tally_add(struct tally *tally, const struct clause *clause, enum truth truth, int by)
{
    bool grant = clause->kind == RCK_CLAUSE_GRANT;
    uint32_t *count = truth == TRUTH_TRUE      ? grant ? &tally->granted : &tally->violated
                      : truth == TRUTH_UNKNOWN ? grant ? &tally->grant_unknown : &tally->unknown
                                               : NULL;

    if (count != NULL && !clause->warns
        && ALWAYS(clause->kind != RCK_CLAUSE_NOTE)) /* which is never relevant */
        *count += (uint32_t)by; /* -1 wraps */
}

static enum truth
truth_of_state(enum rck_state state)
{
    return state == RCK_STATE_VIOLATED || state == RCK_STATE_GRANTED ? TRUTH_TRUE
           : state == RCK_STATE_UNKNOWN                              ? TRUTH_UNKNOWN
                                                                     : TRUTH_FALSE;
}

struct tally
tally_of(const struct rck_policy *policy, const struct rck_request *request)
{
    struct tally tally = { 0 };

    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        const struct clause *clause = &policy->clauses.items[c];

        tally_add(&tally, clause, truth_of_state(clause_state(policy, clause, request)), 1);
    }
    return tally;
}

enum rck_result
tally_result(const struct rck_policy *policy, const struct tally *tally)
{
    bool by_deny = policy->by_default == RCK_DENY;

    if (tally->violated != 0 || (by_deny && tally->granted == 0 && tally->grant_unknown == 0))
        return RCK_DENY;
    return tally->unknown != 0 || (by_deny && tally->granted == 0) ? RCK_INDETERMINATE : RCK_ALLOW;
}

bool
apart_noticed(const struct rck_policy *policy, const guard_id wholes[], const struct tally *tally, const struct reading readings[],
              uint32_t n, const struct rck_request *request, enum rck_result *result)
{
    struct tally changed = *tally;
    bool denies = false, doubts = false; /* another clause is a reason to deny, or not to decide */

    for (uint32_t i = 0; i < n; i++) {
        const struct clause *clause = &policy->clauses.items[readings[i].clause];
        enum truth was = guard_eval(policy, wholes[readings[i].clause], request), is = guard_eval(policy, readings[i].guard, request);

        if (was == is || NEVER(clause->warns)) /* what only warns has no other reading */
            continue;
        tally_add(&changed, clause, was, -1);
        tally_add(&changed, clause, is, 1);
        denies = denies || (clause->kind != RCK_CLAUSE_GRANT && (was == TRUTH_TRUE || is == TRUTH_TRUE));
        doubts = doubts || was == TRUTH_UNKNOWN || is == TRUTH_UNKNOWN;
    }
    *result = tally_result(policy, &changed);
    return *result != tally_result(policy, tally) || (*result == RCK_DENY ? denies : *result == RCK_INDETERMINATE && doubts);
}

