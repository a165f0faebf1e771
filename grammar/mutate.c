/* SPDX-License-Identifier: MIT
 *
 * Which mutants of a policy its cases notice, and which of the others no request can tell from it.
 */
#include <config.h>

#include "mutants.h"
#include "write.h"

struct mutate {
    rck_mutant_fn *fn;
    void *arg;
};

/* Tries all mutants that are not in NOTICED yet on case ROW, while there are steps: after that no other one is settled any more. */
static void
try_row(struct compile *c, struct apart *apart, const struct mutants *mutants, const struct policy_case *row, uint8_t *noticed)
{
    const struct rck_policy *policy = c->policy;
    struct tally tally;

    if (!case_fill(c->witness, row))
        longjmp(*c->arena->escape, 1);
    if (rck_request_error(c->witness) != NULL)
        return; /* what is no tuple of the vocabulary is that of every mutant as well */
    tally = tally_of(policy, c->witness);
    for (uint32_t i = 0; i < mutants->mutants.n; i++) {
        const struct mutant *mutant = &mutants->mutants.items[i];
        enum rck_result result;

        if (noticed[i] || !apart_pay(apart, apart_nodes(policy, mutants->wholes, mutant_readings(mutants, mutant), mutant->n)))
            continue;
        noticed[i] = apart_noticed(policy, mutants->wholes, &tally, mutant_readings(mutants, mutant), mutant->n, c->witness, &result)
                     && (row->has_by || result != row->expected);
    }
}

/* What an example of a mutant must show, however plain it is; what it does to the clauses, and so its tally, is the same. */
struct shown {
    const struct mutants *mutants;
    const struct mutant *mutant;
    const struct tally *tally;
    bool results; /* another result, not only other reasons */
};

static bool
is_shown(void *arg, const struct rck_request *request)
{
    const struct shown *shown = arg;
    const struct mutant *mutant = shown->mutant;
    enum rck_result result;

    return apart_noticed(request->policy, shown->mutants->wholes, shown->tally, mutant_readings(shown->mutants, mutant), mutant->n,
                         request, &result)
           && (!shown->results || result != tally_result(request->policy, shown->tally));
}

static enum rck_status
mutate(struct compile *c, void *arg)
{
    const struct mutate *mutate = arg;
    struct mutants mutants;
    struct apart *apart = arena_alloc(c->arena, sizeof *apart);
    uint8_t *noticed;
    guard_id *guards;
    size_t n_run, n_failed;
    enum rck_status status = rck_policy_run_cases(c->policy, NULL, NULL, &n_run, &n_failed);

    if (status != RCK_OK)
        return status;
    if (n_failed != 0)
        return RCK_E_CASES;
    compile_needs_request(c);
    if (!mutants_make(c, &mutants))
        return RCK_E_POLICY;
    noticed = arena_alloc(c->arena, (size_t)mutants.mutants.n + 1);
    guards = arena_array(c->arena, (size_t)mutants.readings.n + 1, sizeof *guards);
    for (uint32_t i = 0; i < mutants.readings.n; i++)
        guards[i] = mutants.readings.items[i].guard;
    apart_init(apart, c->policy, c->arena, &c->question, c->witness, mutants.wholes, guards, mutants.readings.n, c->settings->limits[LIMIT_PROOF_STEPS],
               (uint32_t)c->settings->limits[LIMIT_CLAUSE_ROWS]);
    (void)cover_spend(&apart->cover, mutants.steps);
    for (uint32_t i = 0; i < c->policy->cases.n; i++)
        try_row(c, apart, &mutants, &c->policy->cases.items[i], noticed);
    for (uint32_t i = 0; i < mutants.mutants.n; i++) {
        const struct mutant *mutant = &mutants.mutants.items[i];
        struct place at = diags_place(c->diags, mutant->at.begin);
        struct rck_mutant told = { .label = policy_text(c->policy, c->policy->clauses.items[mutant->clause].label).p,
                                   .file = at.source->path.p,
                                   .line = at.line,
                                   .column = at.column,
                                   .begin = at.offset,
                                   .end = at.offset + (mutant->at.end - mutant->at.begin),
                                   .before = arena_copy(c->arena, mutant->before).p,
                                   .after = arena_copy(c->arena, mutant->after).p,
                                   .fate = RCK_FATE_NOTICED };

        if (!noticed[i]) {
            enum apart_answer answer = mutant_find(apart, &mutants, mutant);

            told.fate = answer == APART_NEVER        ? RCK_FATE_EQUIVALENT
                        : answer == APART_UNFINISHED ? RCK_FATE_UNSETTLED
                                                     : RCK_FATE_SURVIVED;
            told.same_results = answer == APART_REASONS;
            if (told.fate == RCK_FATE_SURVIVED) {
                struct tally tally = tally_of(c->policy, c->witness);

                apart_pay_values(apart, c->witness);
                write_plain(c->arena, c->witness, is_shown, &(struct shown){ &mutants, mutant, &tally, answer == APART_RESULT });
                told.example = write_request(c->arena, c->witness).p;
                told.gets = write_outcome(c->arena, c->witness).p;
            }
        }
        if (!mutate->fn(mutate->arg, &told))
            break;
    }
    return RCK_OK;
}

enum rck_status
rck_mutate(struct rck_context *context, const char *name, const char *text, size_t length, struct rck_diagnostics **diagnostics,
           rck_mutant_fn *fn, void *arg)
{
    struct mutate of = { fn, arg };

    return compile_then(context, name, &(struct str){ text, length }, diagnostics, mutate, &of);
}

enum rck_status
rck_mutate_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics, rck_mutant_fn *fn, void *arg)
{
    struct mutate of = { fn, arg };

    return compile_then(context, path, NULL, diagnostics, mutate, &of);
}
