/* SPDX-License-Identifier: MIT
 *
 * Cases: checked here, kept in the policy as keys and texts, and run as requests.  A cell goes through the same code as a
 * request of the outside, so that a row may also expect 'invalid'.  A compile runs them if its context says so.
 */
#include <config.h>

#include "compile.h"

#include "../engine/number.h"
#include "../engine/request.h"
#include "../engine/times.h"

/* ---- compiling ---------------------------------------------------------------------------------------------------------- */

/* A number as a request gives it: one with a unit in the unit of its column. */
static struct str
number_text(struct compile *c, const struct ast_name *key, const struct ast_value *cell)
{
    struct arena *arena = &c->policy->arena;
    uint32_t slot = symbols_find(c->slots, key->text);
    char buffer[32];
    struct scale scale;
    struct quantity q;
    int64_t number;
    struct diag *d;

    if (cell->unit == NULL)
        return arena_copy(arena, (struct str){ buffer, cell->kind == AST_DECIMAL ? number_write_decimal(buffer, cell->number)
                                                                                 : number_write_int(buffer, cell->number) });
    if (slot == SYMBOL_NONE || !quantity_read(c, cell, &q))
        return STR("-");
    scale = scale_of_slot(c, slot);
    if (slot_is_number(&c->policy->slots.items[slot]) && quantity_hold(q, &scale, &number))
        return arena_copy(arena, (struct str){ buffer, scale.decimal ? number_write_decimal(buffer, number)
                                                                     : number_write_int(buffer, number) });
    d = diag_report(c->diags, CODE_UNIT_MISMATCH, cell->at, "'%.*s' is no value of '%.*s'", QUOTE(front_text(c->front, cell->at)),
                    QUOTE(key->text));
    diag_help(c->diags, d, "give what '%.*s' is declared in", QUOTE(key->text));
    return STR("-");
}

static struct str
cell_text(struct compile *c, const struct ast_name *key, const struct ast_value *cell)
{
    struct arena *arena = &c->policy->arena;
    size_t room = 3, n = 0;
    char buffer[32];
    char *out;

    switch (cell->kind) {
    case AST_INT:
    case AST_DECIMAL:
        return number_text(c, key, cell);
    case AST_TIME:
        n = time_write(buffer, cell->number);
        return arena_copy(arena, (struct str){ buffer, n });
    case AST_NOW:
        diag_report(c->diags, CODE_BAD_CASE, cell->at, "a cell holds a value: write the time");
        return STR("-");
    case AST_NAME:
        return arena_copy(arena, cell->text);
    case AST_TEXT:
        return arena_format(arena, "\"%.*s\"", WHOLE(cell->text));
    case AST_ABSENT:
        return STR("-");
    case AST_SET:
        break;
    }

    for (const struct ast_name *name = cell->members.first; name != NULL; name = name->next) {
        if (name->text.n != 0) /* the empty text is what an open set does not know */
            names_check_member(c, name);
        room += name->text.n + 3;
    }
    out = arena_alloc(arena, room);
    out[n++] = '{';
    for (const struct ast_name *name = cell->members.first; name != NULL; name = name->next) {
        if (n != 1)
            out[n++] = ',';
        out[n++] = '"';
        memcpy(out + n, name->text.p, name->text.n);
        n += name->text.n;
        out[n++] = '"';
    }
    out[n++] = '}';
    out[n] = 0;
    return (struct str){ out, n };
}

static void
check_header(struct compile *c, const struct ast_cases *cases)
{
    struct symbols *seen = symbols_new(c->arena, c->settings->hash_seed);
    uint32_t i = 0;

    for (const struct ast_name *name = cases->header.first; name != NULL; name = name->next, i++) {
        if (symbols_add(seen, name->text, i) != i)
            diag_report(c->diags, CODE_DUPLICATE_NAME, name->at, "column '%.*s' stands twice in the header", QUOTE(name->text));
        if (str_equal(name->text, STR("now")))
            continue;
        if (symbols_find(c->slots, name->text) == SYMBOL_NONE && !front_has_lost(c->front, name->text)) {
            struct suggestion suggestion;
            struct diag *d =
                diag_report(c->diags, CODE_UNKNOWN_ATTRIBUTE, name->at, "unknown attribute '%.*s'", QUOTE(name->text));

            diag_label(c->diags, d, "not in the vocabulary");
            suggest_begin(&suggestion, name->text);
            for (uint32_t s = 0; s < c->policy->slots.n; s++)
                suggest_try(&suggestion, c->policy->slots.items[s].name);
            if (suggest_found(&suggestion).n != 0)
                diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
        }
    }
}

static bool
result_of(const struct ast_name *name, enum rck_result *out)
{
    static const enum rck_result results[] = { RCK_DENY, RCK_INDETERMINATE, RCK_INVALID, RCK_ALLOW };

    for (size_t i = 0; i < N_ELEMENTS(results); i++)
        if (str_equal(name->text, str_of(rck_result_name(results[i])))) {
            *out = results[i];
            return true;
        }
    return false;
}

/* Labels of 'by', as indices in ascending order. */
static void
add_by(struct compile *c, const struct ast_row *row, struct policy_case *out)
{
    struct rck_policy *policy = c->policy;

    out->first_by = policy->case_by.n;
    for (const struct ast_name *label = row->by.first; label != NULL; label = label->next) {
        uint32_t idx = clause_find(c, label->text);

        if (idx == SYMBOL_NONE && front_has_lost(c->front, label->text))
            continue;
        if (idx == SYMBOL_NONE) {
            struct suggestion suggestion;
            struct diag *d =
                diag_report(c->diags, CODE_UNKNOWN_LABEL, label->at, "no clause is called '%.*s'", QUOTE(label->text));

            suggest_begin(&suggestion, label->text);
            for (uint32_t k = 0; k < policy->clauses.n; k++)
                suggest_try(&suggestion, policy_text(policy, policy->clauses.items[k].label));
            if (suggest_found(&suggestion).n != 0)
                diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
            continue;
        }
        if (policy->clauses.items[idx].warns)
            diag_report(c->diags, CODE_BAD_CASE, label->at, "clause '%.*s' only warns: it is never part of a result",
                        QUOTE(label->text));
        vec_push(&policy->arena, &policy->case_by);

        uint32_t i = policy->case_by.n - 1;

        for (; i > out->first_by && policy->case_by.items[i - 1] > idx; i--)
            policy->case_by.items[i] = policy->case_by.items[i - 1];
        policy->case_by.items[i] = idx;
    }
    out->n_by = policy->case_by.n - out->first_by;
}

static void
add_row(struct compile *c, const struct ast_cases *cases, const struct ast_row *row, struct str title)
{
    struct rck_policy *policy = c->policy;
    struct policy_case made = { .title = title, .has_by = row->has_by, .by_default = row->by_default };
    const struct ast_name *key = cases->header.first;

    if (row->n_cells != cases->header.n) {
        struct diag *d = diag_report(c->diags, CODE_BAD_CASE, row->at, "the row has %u cells, the header %u columns",
                                     (unsigned)row->n_cells, (unsigned)cases->header.n);
        diag_help(c->diags, d, "give every column a cell; '-' is an absent value");
        return;
    }
    if (!result_of(row->result, &made.expected)) {
        struct diag *d = diag_report(c->diags, CODE_BAD_CASE, row->result->at, "'%.*s' is no result", QUOTE(row->result->text));
        diag_help(c->diags, d, "a result is allow, deny, indeterminate or invalid");
        return;
    }
    if (row->has_by && made.expected != RCK_DENY && made.expected != RCK_INDETERMINATE)
        diag_report(c->diags, CODE_BAD_CASE, row->result->at, "'by' belongs to deny and indeterminate");
    if (row->by_default && policy->by_default != RCK_DENY)
        diag_report(c->diags, CODE_BAD_CASE, row->at, "'by default' belongs to policies with 'default deny'");
    for (const struct ast_value *cell = row->cells; cell != NULL; cell = cell->next, key = key->next)
        if (str_equal(key->text, STR("now")) && cell->kind != AST_TIME && cell->kind != AST_ABSENT) {
            struct diag *d = diag_report(c->diags, CODE_BAD_CASE, cell->at, "'now' is a time");

            diag_help(c->diags, d, "write a date, 2026-03-25, or a time with its offset, 2026-03-25T12:00:00Z");
        }
    key = cases->header.first;
    made.row = compile_text_before(c, (struct span){ row->cells->at.begin, row->at.end });
    made.at = compile_position(c, row->at);
    made.first_cell = policy->case_cells.n;
    made.n_cells = row->n_cells;
    for (const struct ast_value *cell = row->cells; cell != NULL; cell = cell->next, key = key->next)
        *vec_push(&policy->arena, &policy->case_cells) =
            (struct case_cell){ arena_copy(&policy->arena, key->text), cell_text(c, key, cell), cell->kind == AST_TEXT };
    add_by(c, row, &made);
    *vec_push(&policy->arena, &policy->cases) = made;
}

void
pass_cases(struct compile *c)
{
    for (const struct ast_cases *cases = c->front->ast->cases; cases != NULL; cases = cases->next) {
        struct str title = arena_copy(&c->policy->arena, cases->title);

        check_header(c, cases);
        for (const struct ast_row *row = cases->rows; row != NULL; row = row->next)
            add_row(c, cases, row, title);
    }
}

/* ---- running ------------------------------------------------------------------------------------------------------------ */

/* "deny by a, b", of the clauses that SAYS picks. */
static struct str
outcome_text(struct arena *arena, const struct rck_policy *policy, enum rck_result result, const uint32_t *clauses, uint32_t n,
             bool by_default)
{
    struct str text = str_of(rck_result_name(result));

    text = arena_copy(arena, text);
    if (by_default && n == 0)
        return arena_format(arena, "%.*s by default", WHOLE(text));
    for (uint32_t i = 0; i < n; i++)
        text = arena_format(arena, "%.*s%s%.*s", WHOLE(text), i == 0 ? " by " : ", ",
                            WHOLE(policy_text(policy, policy->clauses.items[clauses[i]].label)));
    return text;
}

struct runner {
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_explanation *explanation;
    uint32_t *reasons; /* room for all clauses */
};

/* What came out of a row. */
struct outcome {
    bool passed;
    enum rck_result result;
    uint32_t n_reasons; /* in runner->reasons */
};

bool
case_fill(struct rck_request *request, const struct policy_case *row)
{
    const struct rck_policy *policy = request->policy;

    rck_request_reset(request);
    for (uint32_t i = 0; i < row->n_cells; i++) {
        const struct case_cell *cell = &policy->case_cells.items[row->first_cell + i];
        int64_t now;

        if (str_equal(cell->key, STR("now"))) {
            if (time_read(cell->text, &now) == TIME_FINE)
                rck_request_set_now(request, now);
            continue;
        }
        if (rck_request_set_text(request, cell->key.p, cell->key.n, cell->text.p, cell->text.n) == RCK_E_NOMEM)
            return false;
    }
    return true;
}

/* Runs ROW; false if there is no memory. */
static bool
run_row(struct runner *r, const struct policy_case *row, struct outcome *out)
{
    const struct rck_policy *policy = r->policy;
    uint32_t *reasons = r->reasons, n = 0;
    enum rck_result result;
    enum rck_state wanted;
    bool passed;

    if (!case_fill(r->request, row))
        return false;
    result = rck_explain(r->explanation, r->request);
    wanted = result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN;
    if (result == RCK_DENY || result == RCK_INDETERMINATE)
        for (uint32_t c = 0; (c = rck_explanation_next(r->explanation, c)) != RCK_NONE; c++)
            if (!policy->clauses.items[c].warns && rck_explanation_state(r->explanation, c) == wanted)
                reasons[n++] = c;
    passed = result == row->expected && ALWAYS(result == rck_decide(policy, r->request, NULL));
    if (passed && row->has_by)
        passed = n == row->n_by && (n == 0 || memcmp(reasons, policy->case_by.items + row->first_by, n * sizeof *reasons) == 0);
    *out = (struct outcome){ passed, result, n };
    return true;
}

static struct str
expected_text(struct arena *arena, const struct rck_policy *policy, const struct policy_case *row)
{
    const uint32_t *by = row->n_by != 0 ? policy->case_by.items + row->first_by : NULL;

    return outcome_text(arena, policy, row->expected, by, row->n_by, row->by_default);
}

static struct str
got_text(struct arena *arena, const struct runner *r, const struct outcome *got)
{
    return outcome_text(arena, r->policy, got->result, r->reasons, got->n_reasons,
                        got->result == RCK_DENY && r->policy->by_default == RCK_DENY);
}

enum rck_status
rck_policy_run_cases(struct rck_policy *policy, rck_case_fn *fn, void *arg, size_t *n_run, size_t *n_failed)
{
    struct runner runner = { .policy = policy };
    struct arena arena; /* of one row's texts */
    enum rck_status status;

    *n_run = *n_failed = 0;
    if (policy->overridden || policy->block.memory != NULL)
        return RCK_E_ARGUMENT;
    arena_init(&arena, &policy->mem, SIZE_MAX / 2);
    runner.reasons = mem_alloc(&policy->mem, policy->clauses.n * sizeof *runner.reasons);
    status = runner.reasons != NULL ? rck_request_new(policy, &runner.request) : RCK_E_NOMEM;
    if (status == RCK_OK)
        status = rck_explanation_new(policy, &runner.explanation);
    for (uint32_t i = 0; i < policy->cases.n && status == RCK_OK; i++) {
        const struct policy_case *row = &policy->cases.items[i];
        struct outcome got = { .passed = false };
        struct rck_case outcome;

        if (run_row(&runner, row, &got)) {
            outcome = (struct rck_case){
                .title = row->title.p,
                .file = policy->files.items[row->at.file].p,
                .line = row->at.line,
                .row = row->row.p,
                .passed = got.passed,
                .expected = expected_text(&arena, policy, row).p,
                .got = got_text(&arena, &runner, &got).p,
                .error = got.result == RCK_INVALID ? rck_request_error(runner.request)->message : NULL,
            };
            /* A text that lacks a part is no outcome. */
            status = arena.failed ? RCK_E_NOMEM : RCK_OK;
        } else {
            status = RCK_E_NOMEM;
        }
        if (status == RCK_OK) {
            ++*n_run;
            *n_failed += !outcome.passed;
            if (fn != NULL && !fn(arg, &outcome))
                i = policy->cases.n - 1;
        }
        arena_free(&arena);
    }
    if (status == RCK_OK && *n_run == policy->cases.n && *n_failed == 0)
        policy_pass_cases(policy);
    rck_explanation_free(runner.explanation);
    rck_request_free(runner.request);
    mem_free(&policy->mem, runner.reasons);
    return status;
}

static void
report_case(struct compile *c, const struct runner *r, const struct ast_cases *cases, const struct ast_row *row,
            const struct policy_case *made, const struct outcome *got)
{
    struct diag *d = diag_report(c->diags, CODE_CASE_FAILED, row->at, "the case fails: it gets '%.*s'",
                                 WHOLE(got_text(c->arena, r, got)));

    diag_label(c->diags, d, "expected: %.*s", WHOLE(expected_text(c->arena, c->policy, made)));
    if (got->result == RCK_INVALID)
        diag_note(c->diags, d, "as a request it is invalid: %s", rck_request_error(r->request)->message);
    diag_note(c->diags, d, "it stands in cases \"%.*s\"", QUOTE(cases->title));
    if (c->settings->declared)
        diag_note(c->diags, d, "cases run with the declared parameters, not with those that are set");
    diag_help(c->diags, d, "correct the clauses, or the case if it is not what the page says");
}

void
pass_run_cases(struct compile *c)
{
    struct rck_policy *policy = c->policy;
    struct runner runner = { .policy = policy };
    bool passed = true;
    uint32_t i = 0;

    if (!c->settings->run_cases || policy->overridden || policy->cases.n == 0)
        return;
    runner.reasons = arena_array(c->arena, policy->clauses.n, sizeof *runner.reasons);
    if ((c->witness == NULL && rck_request_new(policy, &c->witness) != RCK_OK)
        || (c->explanation == NULL && rck_explanation_new(policy, &c->explanation) != RCK_OK))
        longjmp(*c->arena->escape, 1);
    runner.request = c->witness;
    runner.explanation = c->explanation;
    /* The text has no errors, so every row became a case. */
    for (const struct ast_cases *cases = c->front->ast->cases; cases != NULL; cases = cases->next)
        for (const struct ast_row *row = cases->rows; row != NULL; row = row->next, i++) {
            struct outcome got;

            if (!run_row(&runner, &policy->cases.items[i], &got))
                longjmp(*c->arena->escape, 1);
            if (!got.passed)
                report_case(c, &runner, cases, row, &policy->cases.items[i], &got);
            passed = passed && got.passed;
        }
    if (passed)
        policy_pass_cases(policy);
}
