/* SPDX-License-Identifier: MIT
 *
 * What cases are worth, on random policies: the cases that rck_generate() makes compile behind the policy and pass; they reach every
 * outcome that is not proved impossible, and no mutant survives them; without any one of them something is lost.
 *
 * The oracle (naive.h) judges what the library says of mutants and outcomes: it reads the text with the change made in it.  A mutant is
 * noticed exactly if it decides one of the cases otherwise; one that is called equivalent decides every request that is tried alike; an
 * outcome that is called impossible is met in none.
 *
 *     worth [POLICIES [FIRST-SEED [REQUESTS]]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/mem.h"
#include "../engine/rulecheck.h"
#include "../grammar/front.h"
#include "naive.h"
#include "random_policy.h"
#include "text.h"

enum { ROWS_MAX = 4096, KEYS_MAX = 64, MUTANTS_MAX = 4096, DROPPED_MAX = 6, ENOUGH_POLICIES = 100 };

/* What was met, so that a run that met nothing is not green. */
static uint64_t n_policies, n_rows, n_mutants, n_equivalent, n_impossible, n_dropped, n_tried, n_parse_only;

/* A case that was made: its row, its block, and why it is there. */
struct row {
    char *block; /* the head of the block that it stands in */
    char *line;
    char *outcome; /* in 'line' */
    char *reason;
};

/* One policy under test. */
struct subject {
    uint64_t seed;
    struct random_policy *random;
    struct str text;      /* without cases */
    struct arena arena;
    struct ast *ast;      /* of the text with all cases */
    struct rck_policy *policy;
    struct row rows[ROWS_MAX];
    size_t n_rows;
    const struct ast_row *cases[ROWS_MAX]; /* the rows, as the parser reads them */
    const struct ast_cases *blocks[ROWS_MAX];
    bool good;
    uint64_t n_requests;
    /* What the callbacks count. */
    uint64_t survived, unsettled, unreached;
    struct naive_verdict original, other;
};

static void fail(struct subject *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
fail(struct subject *subject, const char *format, ...)
{
    va_list args;

    if (!subject->good)
        return;
    subject->good = false;
    printf("worth: seed %" PRIu64 ": ", subject->seed);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n---- policy\n%.*s---- cases\n", WHOLE(subject->text));
    for (size_t i = 0; i < subject->n_rows; i++)
        printf("%s    %s   # %s\n", i == 0 || strcmp(subject->rows[i].block, subject->rows[i - 1].block) != 0 ? subject->rows[i].block : "",
               subject->rows[i].line, subject->rows[i].reason);
    printf("----\n");
}

/* ---- making cases ------------------------------------------------------------------------------------------------------- */

static bool
keep_case(void *arg, const struct rck_made_case *made)
{
    struct subject *subject = arg;
    struct text block = { NULL, 0, 0 }, line = { NULL, 0, 0 };
    struct row *row = &subject->rows[subject->n_rows++];
    size_t outcome;

    if (subject->n_rows == ROWS_MAX)
        abort();
    adds(&block, "cases \"of ");
    for (const char *p = made->label; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            adds(&block, "\\");
        add(&block, p, 1);
    }
    adds(&block, "\" {\n   ");
    for (uint32_t i = 0; i < made->n_columns; i++) {
        adds(&block, " ");
        adds(&block, made->columns[i]);
        adds(&line, made->cells[i]);
        adds(&line, " ");
    }
    adds(&block, " -> result;\n");
    adds(&line, "-> ");
    outcome = line.n;
    adds(&line, made->expected);
    adds(&line, ";");
    *row = (struct row){ block.p, line.p, line.p + outcome, strdup(made->reason) };
    return true;
}

/* The policy with its cases, but for row WITHOUT; with RESULTS_ONLY they do not say by which clauses. */
static struct text
with_cases(const struct subject *subject, size_t without, bool results_only)
{
    struct text text = { NULL, 0, 0 };
    const char *block = "";

    add(&text, subject->text.p, subject->text.n);
    adds(&text, "\n");
    for (size_t i = 0; i < subject->n_rows; i++) {
        if (i == without)
            continue;
        if (strcmp(block, subject->rows[i].block) != 0) {
            adds(&text, *block != '\0' ? "}\n" : "");
            adds(&text, subject->rows[i].block);
        }
        block = subject->rows[i].block;
        adds(&text, "    ");
        const char *by = results_only ? strstr(subject->rows[i].outcome, " by ") : NULL;

        if (by != NULL)
            add(&text, subject->rows[i].line, (size_t)(by - subject->rows[i].line));
        else
            adds(&text, subject->rows[i].line);
        adds(&text, by != NULL ? ";\n" : "\n");
    }
    adds(&text, *block != '\0' ? "}\n" : "");
    return text;
}

/* ---- cases for the oracle ----------------------------------------------------------------------------------------------- */

static struct str
arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, str_of(text));
}

/* Turns a row into facts; FACTS has room for as many as the row has cells. */
static struct naive_request
facts_of(struct subject *subject, size_t row, struct naive_fact *facts)
{
    struct naive_request request = { .facts = facts };
    const struct ast_name *key = subject->blocks[row]->header.first;
    char buffer[NAIVE_TIME_ROOM + 2];

    for (const struct ast_value *cell = subject->cases[row]->cells; cell != NULL; cell = cell->next, key = key->next) {
        uint32_t attribute = rck_policy_find_attribute(subject->policy, key->text.p, key->text.n);
        struct rck_attribute of = { .type = RCK_TYPE_STRING };
        struct naive_fact *fact = &facts[request.n_facts];
        struct str *members;
        uint32_t n = 0;

        if (str_equal(key->text, STR("now"))) {
            request.has_now = cell->kind == AST_TIME;
            request.now = cell->number;
            continue;
        }
        (void)rck_policy_attribute(subject->policy, attribute, &of);
        *fact = (struct naive_fact){ .key = key->text };
        request.n_facts++;
        switch (cell->kind) {
        case AST_INT:
        case AST_DECIMAL:
            fact->kind = NAIVE_NUMBER;
            naive_write_number(cell->kind == AST_INT ? (wide)cell->number * NAIVE_ONE : cell->number, buffer);
            fact->text = arena_text(&subject->arena, buffer);
            break;
        case AST_TIME:
            fact->kind = NAIVE_TEXT;
            naive_write_time(cell->number, -1, buffer);
            strcat(buffer, "Z");
            fact->text = arena_text(&subject->arena, buffer);
            break;
        case AST_NAME:
        case AST_TEXT:
            fact->kind = of.type == RCK_TYPE_BOOL ? NAIVE_BOOL : of.type == RCK_TYPE_SET ? NAIVE_LIST : NAIVE_TEXT;
            fact->text = cell->text;
            fact->truth = str_equal(cell->text, STR("true"));
            fact->members = &fact->text;
            fact->n_members = 1;
            break;
        case AST_SET:
            members = arena_array(&subject->arena, (size_t)cell->members.n + 1, sizeof *members);
            for (const struct ast_name *name = cell->members.first; name != NULL; name = name->next)
                members[n++] = name->text;
            fact->kind = NAIVE_LIST;
            fact->members = members;
            fact->n_members = n;
            break;
        case AST_ABSENT:
        case AST_NOW:
            fact->kind = NAIVE_ABSENT;
            break;
        }
    }
    return request;
}

static enum rck_state
state_in(const struct naive_verdict *verdict, struct str label)
{
    for (uint32_t i = 0; i < verdict->n_clauses; i++)
        if (str_equal(verdict->clauses[i].label, label) && !verdict->clauses[i].warns)
            return verdict->clauses[i].state;
    return RCK_STATE_IRRELEVANT;
}

/* True if REQUEST gets the same result for the same reasons by both trees. */
static bool
same_outcome(struct subject *subject, const struct ast *other, const struct naive_request *request)
{
    enum rck_result a = naive_decide(subject->ast, request, &subject->original);
    enum rck_result b = naive_decide(other, request, &subject->other);
    enum rck_state wanted = a == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN;

    n_tried++;
    if (a != b)
        return false;
    for (uint32_t i = 0; i < subject->original.n_clauses && (a == RCK_DENY || a == RCK_INDETERMINATE); i++) {
        const struct naive_clause *clause = &subject->original.clauses[i];

        if (!clause->warns && (clause->state == wanted) != (state_in(&subject->other, clause->label) == wanted))
            return false;
    }
    return true;
}

/* ---- judging ------------------------------------------------------------------------------------------------------------ */

/* What a mutant may be refused for as a whole: by asserts there are none, but a clause may be the last one, or named by another. */
static bool
compiles_but_for(const struct rck_diagnostics *diagnostics)
{
    static const char *const may[] = { "nothing-enforced", "unknown-label", "two-limits" };

    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++) {
        const struct rck_diagnostic *d = rck_diagnostics_at(diagnostics, i);
        bool known = d->severity != RCK_ERROR;

        for (size_t k = 0; k < N_ELEMENTS(may); k++)
            known = known || strcmp(d->id, may[k]) == 0;
        if (!known)
            return false;
    }
    return true;
}

static bool
judge_mutant(void *arg, const struct rck_mutant *mutant)
{
    struct subject *subject = arg;
    struct text text = with_cases(subject, SIZE_MAX, false), changed = { NULL, 0, 0 };
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct ast *ast = NULL;
    struct arena arena;
    bool noticed = false;
    enum rck_status status;

    n_mutants++;
    n_equivalent += mutant->fate == RCK_FATE_EQUIVALENT;
    subject->survived += mutant->fate == RCK_FATE_SURVIVED;
    subject->unsettled += mutant->fate == RCK_FATE_UNSETTLED;
    add(&changed, text.p, mutant->begin);
    adds(&changed, mutant->after);
    add(&changed, text.p + mutant->end, text.n - mutant->end);
    arena_init(&arena, &mem_default, (size_t)64 << 20);
    if (ast_parse_for_tests(changed.p, changed.n, NULL, &arena, &ast) != RCK_OK) {
        fail(subject, "mutant '%s' -> '%s' of %s does not parse", mutant->before, mutant->after, mutant->label);
        printf("%s", changed.p);
    } else {
        if (rck_context_new(NULL, &context) != RCK_OK)
            abort();
        status = rck_policy_compile(context, "mutant", changed.p, changed.n, &diagnostics, &policy);
        if (status != RCK_OK && !compiles_but_for(diagnostics))
            fail(subject, "mutant '%s' -> '%s' of %s does not compile: %s", mutant->before, mutant->after, mutant->label,
                 rck_diagnostics_at(diagnostics, 0)->message);
        n_parse_only += status != RCK_OK;
        rck_policy_unref(policy);
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
        for (size_t i = 0; i < subject->n_rows && subject->good && !noticed; i++) {
            struct naive_fact facts[KEYS_MAX];
            struct naive_request request = facts_of(subject, i, facts);

            noticed = !same_outcome(subject, ast, &request);
        }
        if (noticed != (mutant->fate == RCK_FATE_NOTICED))
            fail(subject, "mutant '%s' -> '%s' of %s: the library says %d, the oracle that it is%s noticed", mutant->before,
                 mutant->after, mutant->label, (int)mutant->fate, noticed ? "" : " not");
        for (uint64_t i = 0; i < subject->n_requests && mutant->fate == RCK_FATE_EQUIVALENT && subject->good; i++) {
            struct random_request request;

            random_request_make(subject->random, i, &request);
            if (!same_outcome(subject, ast, &request.facts))
                fail(subject, "mutant '%s' -> '%s' of %s is called equivalent, but for %.*s", mutant->before, mutant->after,
                     mutant->label, WHOLE(request.json));
        }
    }
    arena_free(&arena);
    free(text.p);
    free(changed.p);
    return subject->good;
}

static bool
count_mutant(void *arg, const struct rck_mutant *mutant)
{
    struct subject *subject = arg;

    subject->survived += mutant->fate == RCK_FATE_SURVIVED;
    return true;
}

static bool
count_reach(void *arg, const struct rck_reach *reach)
{
    struct subject *subject = arg;

    subject->unreached += reach->n_cases == 0 && reach->possible != RCK_IMPOSSIBLE;
    return true;
}

static bool
judge_reach(void *arg, const struct rck_reach *reach)
{
    struct subject *subject = arg;

    if (reach->n_cases == 0 && reach->possible != RCK_IMPOSSIBLE)
        fail(subject, "outcome %d of %s is not reached, but for %s", (int)reach->state, reach->label, reach->example);
    n_impossible += reach->possible == RCK_IMPOSSIBLE;
    for (uint64_t i = 0; i < subject->n_requests && reach->possible == RCK_IMPOSSIBLE && subject->good; i++) {
        struct random_request request;

        random_request_make(subject->random, i, &request);
        if (naive_decide(subject->ast, &request.facts, &subject->original) != RCK_INVALID
            && subject->original.clauses[reach->clause].state == reach->state)
            fail(subject, "outcome %d of %s is called impossible, but for %.*s", (int)reach->state, reach->label, WHOLE(request.json));
    }
    return subject->good;
}

static bool
judge_case(void *arg, const struct rck_case *outcome)
{
    if (!outcome->passed)
        fail(arg, "the case '%s' gets %s", outcome->row, outcome->got);
    return outcome->passed;
}

/* How many mutants survive the cases but for row WITHOUT. */
static uint64_t
survivors(struct subject *subject, struct rck_context *context, size_t without, bool results_only)
{
    struct text text = with_cases(subject, without, results_only);

    subject->survived = 0;
    if (rck_mutate(context, "dropped", text.p, text.n, NULL, count_mutant, subject) != RCK_OK)
        fail(subject, "mutants without row %zu", without);
    free(text.p);
    return subject->survived;
}

/* Without row DROPPED a mutant survives, or is noticed by reasons only, or an outcome is not reached.  What is there for a bound, or for
 * an absent fact, neither tells. */
static void
judge_dropped(struct subject *subject, struct rck_context *context, size_t dropped)
{
    static const char *const outcomes[] = { "violated", "granted", "satisfied", "not relevant", "unknown" };
    const char *reason = subject->rows[dropped].reason;
    bool catches = strncmp(reason, "catches ", 8) == 0, reaches = false;
    enum rck_status status;
    struct text text;

    for (size_t i = 0; i < N_ELEMENTS(outcomes); i++)
        reaches = reaches || strcmp(reason, outcomes[i]) == 0;
    if (!catches && !reaches)
        return;
    n_dropped++;
    if (catches) {
        if (survivors(subject, context, dropped, false) == 0
            && survivors(subject, context, dropped, true) == survivors(subject, context, SIZE_MAX, true))
            fail(subject, "row %zu is needless", dropped);
        return;
    }
    text = with_cases(subject, dropped, false);
    subject->unreached = 0;
    status = rck_coverage(context, "dropped", text.p, text.n, NULL, count_reach, subject);
    if (status != RCK_OK || subject->unreached == 0)
        fail(subject, "row %zu is needless", dropped);
    free(text.p);
}

static bool
judge_policy(uint64_t seed, uint64_t n_requests)
{
    struct subject *subject = calloc(1, sizeof *subject);
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct text text = { NULL, 0, 0 };
    size_t n_unsettled = 0, n_run = 0, n_failed = 0;
    enum rck_status status;
    bool good;

    if (subject == NULL || rck_context_new(NULL, &context) != RCK_OK)
        abort();
    subject->seed = seed;
    subject->n_requests = n_requests;
    subject->good = true;
    subject->random = random_policy_new(seed, RANDOM_ALL);
    (void)random_policy_forget_asserts(subject->random);
    subject->text = random_policy_text(subject->random);
    arena_init(&subject->arena, &mem_default, (size_t)512 << 20);
    n_policies++;
    status = rck_generate(context, "random", subject->text.p, subject->text.n, &diagnostics, keep_case, subject, &n_unsettled);
    rck_diagnostics_free(diagnostics);
    diagnostics = NULL;
    if (status != RCK_OK || n_unsettled != 0)
        fail(subject, "making cases: %s, %zu unsettled", rck_status_text(status), n_unsettled);
    text = with_cases(subject, SIZE_MAX, false);
    if (subject->good) {
        status = rck_policy_compile(context, "cases", text.p, text.n, &diagnostics, &subject->policy);
        if (status != RCK_OK)
            fail(subject, "the cases do not compile: %s", rck_diagnostics_at(diagnostics, 0)->message);
    }
    rck_diagnostics_free(diagnostics);
    if (subject->good
        && (rck_policy_run_cases(subject->policy, judge_case, subject, &n_run, &n_failed) != RCK_OK || n_run != subject->n_rows))
        fail(subject, "%zu of %zu cases run", n_run, subject->n_rows);
    if (subject->good && ast_parse_for_tests(text.p, text.n, NULL, &subject->arena, &subject->ast) != RCK_OK)
        fail(subject, "the text with cases does not parse");
    if (subject->good) {
        size_t i = 0;

        for (const struct ast_cases *cases = subject->ast->cases; cases != NULL; cases = cases->next)
            for (const struct ast_row *row = cases->rows; row != NULL; row = row->next) {
                subject->blocks[i] = cases;
                subject->cases[i++] = row;
            }
        n_rows += subject->n_rows;
    }
    if (subject->good && rck_coverage(context, "covered", text.p, text.n, NULL, judge_reach, subject) != RCK_OK)
        fail(subject, "coverage");
    if (subject->good && rck_mutate(context, "mutated", text.p, text.n, NULL, judge_mutant, subject) != RCK_OK)
        fail(subject, "mutants");
    if (subject->survived + subject->unsettled != 0)
        fail(subject, "%" PRIu64 " mutants survive, %" PRIu64 " are unsettled", subject->survived, subject->unsettled);
    for (size_t i = 0; i < DROPPED_MAX && subject->good && subject->n_rows != 0; i++)
        judge_dropped(subject, context, (size_t)(seed * DROPPED_MAX + i) % subject->n_rows);
    good = subject->good;
    for (size_t i = 0; i < subject->n_rows; i++) {
        free(subject->rows[i].block);
        free(subject->rows[i].line);
        free(subject->rows[i].reason);
    }
    naive_verdict_free(&subject->original);
    naive_verdict_free(&subject->other);
    rck_policy_unref(subject->policy);
    random_policy_free(subject->random);
    arena_free(&subject->arena);
    rck_context_free(context);
    free(text.p);
    free(subject);
    return good;
}

int
main(int argc, char **argv)
{
    uint64_t policies = argc > 1 ? strtoull(argv[1], NULL, 10) : 100, seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t n_requests = argc > 3 ? strtoull(argv[3], NULL, 10) : 100;
    bool good = true;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (uint64_t i = 0; i < policies && good; i++)
        good = judge_policy(seed + i, n_requests);
    printf("%" PRIu64 " policies: %" PRIu64 " cases, %" PRIu64 " mutants, %" PRIu64 " of them equivalent and %" PRIu64
           " refused for something else, %" PRIu64 " outcomes impossible, %" PRIu64 " cases dropped, %" PRIu64 " requests tried\n",
           n_policies, n_rows, n_mutants, n_equivalent, n_parse_only, n_impossible, n_dropped, n_tried);
    if (good && policies >= ENOUGH_POLICIES
        && (n_rows < 10 * policies || n_mutants < 10 * policies || n_equivalent == 0 || n_impossible == 0 || n_dropped < policies)) {
        printf("worth: too little was met\n");
        good = false;
    }
    return good ? 0 : 1;
}
