/* SPDX-License-Identifier: MIT
 *
 * Which outcomes of the clauses the cases reach, and which of the others no request can reach.  It runs behind the passes of a compile,
 * as mutate.c and generate.c do; compile_then() is the way for all three.
 */
#include <config.h>

#include "../engine/apart.h"
#include "../engine/explanation.h"
#include "compile.h"
#include "write.h"

enum { N_OUTCOMES = 4 };

struct coverage {
    rck_reach_fn *fn;
    void *arg;
};

/* Counts what the cases reach: of clause C outcome S in N_CASES[C * N_STATES + S]. */
enum { N_STATES = RCK_STATE_UNKNOWN + 1 };

static void
count_cases(struct compile *c, uint64_t *n_cases)
{
    const struct rck_policy *policy = c->policy;

    for (uint32_t i = 0; i < policy->cases.n; i++) {
        if (!case_fill(c->witness, &policy->cases.items[i]))
            longjmp(*c->arena->escape, 1);
        if (rck_request_error(c->witness) != NULL)
            continue;
        for (uint32_t k = 0; k < policy->clauses.n; k++)
            n_cases[(size_t)k * N_STATES + (size_t)clause_state(policy, &policy->clauses.items[k], c->witness)]++;
    }
}

static enum rck_status
cover_cases(struct compile *c, void *arg)
{
    const struct coverage *coverage = arg;
    struct rck_policy *policy = c->policy;
    struct apart *apart = arena_alloc(c->arena, sizeof *apart);
    uint64_t *n_cases = arena_array(c->arena, (size_t)policy->clauses.n + 1, N_STATES * sizeof *n_cases);
    guard_id *wholes = arena_array(c->arena, (size_t)policy->clauses.n + 1, sizeof *wholes);

    compile_needs_request(c);
    for (uint32_t i = 0; i < policy->clauses.n; i++)
        wholes[i] = apart_whole(policy, &policy->clauses.items[i]);
    apart_init(apart, policy, c->arena, &c->question, c->witness, wholes, NULL, 0, c->settings->limits[LIMIT_PROOF_STEPS],
               (uint32_t)c->settings->limits[LIMIT_CLAUSE_ROWS]);
    count_cases(c, n_cases);
    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        const struct clause *clause = &policy->clauses.items[i];
        const enum rck_state states[N_OUTCOMES] = { clause->kind == RCK_CLAUSE_GRANT ? RCK_STATE_GRANTED : RCK_STATE_VIOLATED,
                                                    RCK_STATE_SATISFIED, RCK_STATE_IRRELEVANT, RCK_STATE_UNKNOWN };

        for (unsigned k = 0; k < N_OUTCOMES && clause->kind != RCK_CLAUSE_NOTE; k++) {
            struct rck_reach reach = { .clause = i,
                                       .label = policy_text(policy, clause->label).p,
                                       .file = policy->files.items[clause->at.file].p,
                                       .line = clause->at.line,
                                       .state = states[k],
                                       .n_cases = n_cases[(size_t)i * N_STATES + (size_t)states[k]] };

            if (reach.n_cases == 0) {
                enum cover_answer answer = apart_reach(apart, i, states[k], NONE);

                reach.possible = answer == COVER_WITNESS   ? RCK_POSSIBLE
                                 : answer == COVER_COVERED ? RCK_IMPOSSIBLE
                                                           : RCK_UNSETTLED;
                if (answer == COVER_WITNESS) {
                    apart_pay_values(apart, c->witness);
                    write_plain(c->arena, c->witness, NULL, NULL);
                    reach.example = write_request(c->arena, c->witness).p;
                    reach.gets = write_outcome(c->arena, c->witness).p;
                }
            }
            if (!coverage->fn(coverage->arg, &reach))
                return RCK_OK;
        }
    }
    return RCK_OK;
}

enum rck_status
rck_coverage(struct rck_context *context, const char *name, const char *text, size_t length, struct rck_diagnostics **diagnostics,
             rck_reach_fn *fn, void *arg)
{
    struct coverage coverage = { fn, arg };

    return compile_then(context, name, &(struct str){ text, length }, diagnostics, cover_cases, &coverage);
}

enum rck_status
rck_coverage_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics, rck_reach_fn *fn, void *arg)
{
    struct coverage coverage = { fn, arg };

    return compile_then(context, path, NULL, diagnostics, cover_cases, &coverage);
}
