/* SPDX-License-Identifier: MIT
 *
 * What holds for all requests: asserts are proved here, and clauses are found that decide nothing.  Both ask cover.c.
 */
#include <config.h>

#include "compile.h"

#include "../engine/cover.h"

/* One analysis and the buffers of its questions. */
struct prover {
    struct compile *c;
    struct cover cover;
    struct rck_request *witness;
    struct rck_explanation *explanation;
    enum limit limit; /* why a question was not completed */
    uint8_t *named;   /* by clause: those that a question is about; all 0 between questions */
    struct row_list met;
};

/* The witness as "subject=authtoken action=create ...". */
static struct str
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

/* Adds to a record what the witness gets, and by which clauses: of a deny those that are violated, as in cases. */
static void
tell_witness(struct prover *p, struct diag *d)
{
    const struct rck_policy *policy = p->c->policy;
    enum rck_result result = rck_explain(p->explanation, p->witness);
    struct str reasons = { "", 0 };

    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        enum rck_state state = rck_explanation_state(p->explanation, i);

        if (!policy->clauses.items[i].warns && state == (result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN))
            reasons = arena_format(p->c->arena, "%.*s%s%.*s", WHOLE(reasons), reasons.n == 0 ? " by " : ", ",
                                   WHOLE(policy->clauses.items[i].label));
    }
    diag_note(p->c->diags, d, "this request: %.*s", WHOLE(witness_text(p)));
    diag_note(p->c->diags, d, "gets: %s%.*s", rck_result_name(result), WHOLE(reasons));
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
            cover_meet(&p->cover, boxes.boxes.items[i], &(struct cover_rows){ meeting, 0, NULL }, UINT32_MAX - 1, &p->met);
            for (uint32_t m = 0; m < p->met.rows.n; m++) {
                struct box met;

                if (box_and(&p->cover.rows, &p->cover.space, boxes.boxes.items[i],
                            p->cover.rows.rows.items[p->met.rows.items[m]].box, &met))
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
                            : "not proved: the proof takes more steps than the limit '%s' allows (%llu)",
                        limit_name(p->limit), (unsigned long long)p->c->settings->limits[p->limit]);
        diag_help(diags, d, "raise it with '--limit %s=N', or assert less at once", limit_name(p->limit));
        return;
    }
    d = diag_report(diags, CODE_ASSERT_FAILED, proof->decl->at,
                    proof->allows ? "the assert does not hold: a request that must be allowed is not"
                                  : "the assert does not hold: a request that must be denied is not");
    tell_witness(p, d);
}

/* ---- clauses that decide nothing ---------------------------------------------------------------------------------------- */

/* True if all that clause CLAUSE denies, the rows ROWS deny as well. */
static enum cover_answer
is_covered(struct prover *p, uint32_t clause, const struct cover_rows *rows)
{
    bool unfinished = false;

    for (uint32_t r = p->cover.first_row[clause]; r < p->cover.first_row[clause + 1]; r++) {
        const struct row *row = &p->cover.rows.rows.items[r];
        enum cover_answer answer;

        if (row->says != RCK_STATE_VIOLATED)
            continue;
        answer = cover_find(&p->cover, row->box, rows, false);
        if (answer == COVER_WITNESS)
            return answer;
        unfinished = unfinished || answer == COVER_UNFINISHED;
    }
    return unfinished ? COVER_UNFINISHED : COVER_COVERED;
}

/* Marks the clauses that the 'covered by' of DECL names, or takes the marks away. */
static void
name_covering(struct prover *p, const struct covered *covered, uint32_t n_covered, uint8_t mark)
{
    for (uint32_t k = 0; k < n_covered; k++) {
        uint32_t clause = clause_find(p->c, covered[k].label);

        if (clause != SYMBOL_NONE)
            p->named[clause] = mark;
    }
}

/* The clause that alone covers CLAUSE, or RCK_NONE if it takes several. */
static uint32_t
single_cover(struct prover *p, uint32_t clause)
{
    struct cover_rows rows = { COVER_VIOLATED, clause + 1, NULL };

    /* It meets each row of the clause, so it is among those that meet the first one. */
    for (uint32_t r = p->cover.first_row[clause]; r < p->cover.first_row[clause + 1]; r++) {
        if (p->cover.rows.rows.items[r].says != RCK_STATE_VIOLATED
            || cover_realise(&p->cover, p->cover.rows.rows.items[r].box, false) == COVER_COVERED)
            continue;
        cover_meet(&p->cover, p->cover.rows.rows.items[r].box, &rows, UINT32_MAX - 1, &p->met);
        break;
    }
    rows.clauses = p->named;
    for (uint32_t m = 0; m < p->met.rows.n; m++) {
        uint32_t other = p->cover.rows.rows.items[p->met.rows.items[m]].clause;
        enum cover_answer answer;

        if (m != 0 && p->cover.rows.rows.items[p->met.rows.items[m - 1]].clause == other)
            continue;
        p->named[other] = 1;
        answer = is_covered(p, clause, &rows);
        p->named[other] = 0;
        if (answer == COVER_COVERED)
            return other;
    }
    return RCK_NONE;
}

static void
check_clause(struct prover *p, uint32_t idx)
{
    struct compile *c = p->c;
    const struct clause *clause = &c->policy->clauses.items[idx];
    const struct stated *stated = &c->stated.items[idx];
    uint32_t n_covered;
    const struct covered *covered = clause_covered(c, idx, &n_covered);
    struct cover_rows rows = { COVER_VIOLATED, idx + 1, NULL };
    enum cover_answer answer;
    struct diag *d;

    if (clause->warns || clause->kind == RCK_CLAUSE_NOTE || clause->kind == RCK_CLAUSE_GRANT)
        return;
    if (is_covered(p, idx, &(struct cover_rows){ 0, 0, NULL }) == COVER_COVERED) {
        d = diag_report(c->diags, CODE_NEVER, stated->label, "clause '%.*s' can never be violated", QUOTE(clause->label));
        diag_help(c->diags, d, "its conditions exclude one another: check them, or remove the clause");
        return;
    }
    if (n_covered != 0) {
        name_covering(p, covered, n_covered, 1);
        rows.clauses = p->named;
        answer = is_covered(p, idx, &rows);
        name_covering(p, covered, n_covered, 0);
        if (answer == COVER_WITNESS) {
            d = diag_report(c->diags, CODE_NOT_COVERED, covered[n_covered - 1].tail,
                            "clause '%.*s' denies a request that 'covered by' does not account for", QUOTE(clause->label));
            tell_witness(p, d);
            diag_help(c->diags, d, "correct 'covered by', or remove it");
        }
        return;
    }
    if (is_covered(p, idx, &rows) == COVER_COVERED) {
        uint32_t other = single_cover(p, idx);

        if (other != RCK_NONE) {
            d = diag_report(c->diags, CODE_COVERED, stated->label,
                            "clause '%.*s' never decides alone: '%.*s' denies every request that it denies",
                            QUOTE(clause->label), QUOTE(c->policy->clauses.items[other].label));
            diag_second(c->diags, d, c->stated.items[other].label, "the clause that does");
            diag_help(c->diags, d, "if that is meant, say so: 'covered by %.*s'", QUOTE(c->policy->clauses.items[other].label));
        } else {
            d = diag_report(c->diags, CODE_COVERED, stated->label,
                            "clause '%.*s' never decides alone: others together deny every request that it denies",
                            QUOTE(clause->label));
            diag_help(c->diags, d, "if that is meant, name them: 'covered by LABEL, LABEL'");
        }
    }
}

void
pass_proofs(struct compile *c)
{
    struct prover p = { .c = c };
    guard_id *extra = arena_array(c->arena, (size_t)c->proofs.n + 1, sizeof *extra);

    for (uint32_t i = 0; i < c->proofs.n; i++)
        extra[i] = c->proofs.items[i].guard;
    p.named = arena_array(c->arena, (size_t)c->policy->clauses.n + 1, sizeof *p.named);
    /* Both hold a reference to the policy and memory outside the arena: compile.c frees them whatever happens here. */
    if (rck_request_new(c->policy, &c->witness) != RCK_OK || rck_explanation_new(c->policy, &c->explanation) != RCK_OK)
        longjmp(*c->arena->escape, 1);
    cover_init(&p.cover, c->policy, c->arena, &c->question, c->witness, extra, c->proofs.n,
               c->settings->limits[LIMIT_PROOF_STEPS]);
    p.witness = c->witness;
    p.explanation = c->explanation;
    for (uint32_t i = 0; i < c->proofs.n; i++)
        prove(&p, &c->proofs.items[i]);
    for (uint32_t i = 0; i < c->policy->clauses.n; i++)
        check_clause(&p, i);
}
