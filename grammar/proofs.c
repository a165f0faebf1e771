/* SPDX-License-Identifier: MIT
 *
 * What holds for all requests: asserts are proved here.  lint.c asks further questions of the same analysis.
 */
#include <config.h>

#include "lint.h"

struct str
witness_text(struct prover *p)
{
    struct arena *arena = p->c->arena;
    const struct rck_policy *policy = p->c->policy;
    struct str text = { "", 0 };

    for (uint32_t s = 0; s < policy->slots.n; s++) {
        char value[256];

        if (request_state(p->witness, s) == VALUE_ABSENT)
            continue;
        rck_request_value(p->witness, s, value, sizeof value);
        text = arena_format(arena, "%.*s%s%.*s=%s", WHOLE(text), text.n == 0 ? "" : " ", WHOLE(policy->slots.items[s].name),
                            value);
    }
    return text;
}

void
tell_witness(struct prover *p, struct diag *d)
{
    const struct rck_policy *policy = p->c->policy;
    enum rck_result result = rck_explain(p->explanation, p->witness);
    struct str reasons = { "", 0 };

    for (uint32_t i = 0; (i = rck_explanation_next(p->explanation, i)) != RCK_NONE; i++) {
        enum rck_state state = rck_explanation_state(p->explanation, i);

        if (!policy->clauses.items[i].warns && state == (result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN))
            reasons = arena_format(p->c->arena, "%.*s%s%.*s", WHOLE(reasons), reasons.n == 0 ? " by " : ", ",
                                   WHOLE(policy_text(policy, policy->clauses.items[i].label)));
    }
    diag_note(p->c->diags, d, "this request: %.*s", WHOLE(witness_text(p)));
    diag_note(p->c->diags, d, "gets: %s%.*s", rck_result_name(result), WHOLE(reasons));
}

/* Tells which clauses could have denied the witness, as they are about it, and did not; and which grants let it in. */
static void
tell_who_let_pass(struct prover *p, struct diag *d)
{
    const struct rck_policy *policy = p->c->policy;
    struct str satisfied = { "", 0 }, granted = { "", 0 };

    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        const struct clause *clause = &policy->clauses.items[i];
        enum rck_state state = rck_explanation_state(p->explanation, i);
        struct str *list = state == RCK_STATE_GRANTED ? &granted : &satisfied;

        if (state == RCK_STATE_GRANTED
            || (state == RCK_STATE_SATISFIED && !clause->warns && clause->kind != RCK_CLAUSE_NOTE
                && clause->kind != RCK_CLAUSE_GRANT))
            *list = arena_format(p->c->arena, "%.*s%s%.*s", WHOLE(*list), list->n == 0 ? "" : ", ", WHOLE(policy_text(policy, clause->label)));
    }
    if (granted.n != 0)
        diag_note(p->c->diags, d, "granted by: %.*s", WHOLE(granted));
    if (satisfied.n != 0)
        diag_note(p->c->diags, d, "about it, and not violated: %.*s", WHOLE(satisfied));
    else
        diag_note(p->c->diags, d, "no clause that denies is about it");
}

/* Asks for a request in GUARD that is in none of the chosen rows; MEETING, if not 0, says in which rows (one kind after the
 * other) it must lie besides.  The answer of the first box that has a witness, else UNFINISHED if some question was not completed. */
static enum cover_answer
ask(struct prover *p, guard_id guard, unsigned outside, unsigned meeting, bool complete)
{
    struct boxes boxes = { 0 };
    bool unfinished = false;

    if (!rows_of_guard(&p->cover.rows, p->c->policy, &p->cover.space, guard, IS_TRUE,
                       (uint32_t)p->c->settings->limits[LIMIT_CLAUSE_ROWS], &boxes)) {
        p->limit = LIMIT_CLAUSE_ROWS;
        return COVER_UNFINISHED;
    }
    if (meeting != 0) {
        struct boxes both = { 0 };

        for (uint32_t i = 0; i < boxes.boxes.n; i++) {
            if (cover_is_spent(&p->cover))
                return COVER_UNFINISHED;
            cover_meet(&p->cover, boxes.boxes.items[i], &(struct cover_rows){ meeting, 0, NULL }, UINT32_MAX - 1, &p->met);
            for (uint32_t m = 0; m < p->met.rows.n; m++) {
                struct box met;

                if (ALWAYS(box_and(&p->cover.rows, &p->cover.space, boxes.boxes.items[i],
                                   p->cover.rows.rows.items[p->met.rows.items[m]].box, &met))) /* they meet */
                    *vec_push(p->c->arena, &both.boxes) = met;
            }
        }
        boxes = both;
    }
    for (uint32_t i = 0; i < boxes.boxes.n; i++) {
        enum cover_answer answer =
            cover_find(&p->cover, boxes.boxes.items[i], &(struct cover_rows){ outside, 0, NULL }, complete);

        if (answer == COVER_WITNESS)
            return answer;
        unfinished = unfinished || answer == COVER_UNFINISHED;
    }
    return unfinished ? COVER_UNFINISHED : COVER_COVERED;
}

static enum cover_answer
worse(enum cover_answer a, enum cover_answer b)
{
    return a == COVER_WITNESS || b == COVER_COVERED ? a : b;
}

/* Every complete request that violates GUARD is denied, and no request that violates it is allowed. */
static enum cover_answer
prove_denied(struct prover *p, guard_id guard)
{
    bool by_deny = p->c->policy->by_default == RCK_DENY;
    enum cover_answer answer;

    /* Under 'default deny' what no grant could allow is denied. */
    answer = ask(p, guard, COVER_VIOLATED, by_deny ? COVER_GRANTED | COVER_GRANT_UNKNOWN : 0, true);
    if (answer == COVER_WITNESS)
        return answer;
    return worse(ask(p, guard, COVER_VIOLATED | COVER_UNKNOWN, by_deny ? COVER_GRANTED : 0, false), answer);
}

/* Complete requests in GUARD are allowed. */
static enum cover_answer
prove_allowed(struct prover *p, guard_id guard)
{
    enum cover_answer answer = ask(p, guard, 0, COVER_VIOLATED | COVER_UNKNOWN, true);

    if (answer == COVER_WITNESS || p->c->policy->by_default != RCK_DENY)
        return answer;
    return worse(ask(p, guard, COVER_GRANTED, 0, true), answer);
}

static void
prove(struct prover *p, const struct proof *proof)
{
    struct diags *diags = p->c->diags;
    enum cover_answer answer;
    struct diag *d;

    p->limit = LIMIT_PROOF_STEPS;
    answer = proof->allows ? prove_allowed(p, proof->guard) : prove_denied(p, proof->guard);
    if (answer == COVER_COVERED)
        return;
    if (answer == COVER_UNFINISHED) {
        d = diag_report(diags, CODE_NOT_PROVED, proof->decl->at,
                        p->limit == LIMIT_CLAUSE_ROWS
                            ? "not proved: the assert is more rows than the limit '%s' allows (%llu)"
                        : cover_is_spent(&p->cover)
                            ? "not proved: all proofs together take more steps than the limit '%s' lets them (%llu)"
                            : "not proved: the proof takes more steps than the limit '%s' allows (%llu)",
                        limit_name(p->limit), (unsigned long long)p->c->settings->limits[p->limit]);
        diag_help(diags, d, "raise it with '--limit %s=N', or assert less at once", limit_name(p->limit));
        return;
    }
    d = diag_report(diags, CODE_ASSERT_FAILED, proof->decl->at,
                    proof->allows ? "the assert does not hold: a request that must be allowed is not"
                                  : "the assert does not hold: a request that must be denied is not");
    tell_witness(p, d);
    if (!proof->allows)
        tell_who_let_pass(p, d);
}

void
pass_proofs(struct compile *c)
{
    struct prover p = { .c = c };
    bool lints = !c->settings->declared && codes_wanted(c->settings);
    uint32_t n = lints ? c->conditions.n : 0;
    guard_id *extra = arena_array(c->arena, (size_t)c->proofs.n + n + 1, sizeof *extra);

    if (c->proofs.n == 0 && !lints)
        return;
    for (uint32_t i = 0; i < c->proofs.n; i++)
        extra[i] = c->proofs.items[i].guard;
    for (uint32_t i = 0; i < n; i++)
        extra[c->proofs.n + i] = c->conditions.items[i].guard;
    /* Both hold a reference to the policy and memory outside the arena: compile.c frees them whatever happens here. */
    if (rck_request_new(c->policy, &c->witness) != RCK_OK || rck_explanation_new(c->policy, &c->explanation) != RCK_OK)
        longjmp(*c->arena->escape, 1);
    p.witness = c->witness;
    p.explanation = c->explanation;
    cover_init(&p.cover, c->policy, c->arena, &c->question, c->witness, extra, c->proofs.n + n,
               c->settings->limits[LIMIT_PROOF_STEPS]);
    p.named = arena_array(c->arena, (size_t)c->policy->clauses.n + 1, sizeof *p.named);
    cover_set_budget(&p.cover, c->proofs.n);
    for (uint32_t i = 0; i < c->proofs.n; i++)
        prove(&p, &c->proofs.items[i]);
    if (lints && c->diags->found[RCK_ERROR] == 0)
        lint(&p);
}
