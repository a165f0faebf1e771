/* SPDX-License-Identifier: MIT
 *
 * The differential test: random policies and random requests, each decided four times: by the table (rck_decide), by the
 * guards (rck_explain), by the oracle (naive.h), which reads the tree alone, and by the policy saved and loaded again.  All must
 * agree, on the result, on every clause's state and on the clause that decides; so must the same request given through the
 * setters, and the same policy with its clauses in another order.  Every second policy is compiled with the hashed form of the table forced; and for each one
 * both forms are made, the hashed one in several shapes, and asked the same.
 *
 *     differential [POLICIES [FIRST-SEED [REQUESTS [MIXED]]]]     random policies
 *     differential --exhaustive FILE.rules [MOST]         every combination of what a shipped policy's requests may say
 *     differential --small [PART PARTS]                   every policy of small_scope.h, with every such combination; or a part
 *     differential --show SEED                            the policy of SEED, its shuffled form and some requests
 *
 * A request is random, and then given as JSON, through setters and to the shuffled and the loaded policy; or mixed from what random
 * ones said of each attribute, which is much cheaper, and then given through the setters alone.  What differs is made as small as
 * it can be (shrink.h), and left as differential-SEED.rules and .json.
 *
 * RCK_RANDOM_FEATURES in the environment, a number, leaves features out (enum random_feature).
 */
#include <config.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../engine/mem.h"
#include "../engine/policy.h"
#include "../engine/request.h"
#include "../engine/rulecheck.h"
#include "../grammar/front.h"
#include "anew.h"
#include "naive.h"
#include "random_policy.h"
#include "saved_bytes.h"
#include "shrink.h"
#include "small_scope.h"
#include "tree.h"

enum { N_RESULTS = 4, N_KINDS = 7, N_STATES = 5, MAX_OPTIONS = 256, MAX_KEYS = 256 };

/* A run too short to meet everything is not blamed for it. */
enum { ENOUGH_POLICIES = 1000, ENOUGH_DECISIONS = 10000 };

/* A result that is rarer than one decision in so many, or a form of the language than one policy in so many, means that the
 * generator tests nothing. */
enum { RAREST = 100 };

/* Seconds that a policy may take, of which it needs a hundredth: a fault may be that something never ends. */
enum { LONGEST = 120 };

/* Tables that are made of each policy besides its own.  The shapes make trees of short lists, and few or many groups. */
static const struct {
    uint64_t cells;
    struct hashed_shape shape;
} OTHER_TABLES[] = {
    { .cells = 1 << 20, .shape = { .list_max = 15, .leaf_max = 8, .groups_max = 12, .copies = 16 } },
    { .cells = 0, .shape = { .list_max = 15, .leaf_max = 8, .groups_max = 12, .copies = 16 } },
    { .cells = 0, .shape = { .list_max = 1, .leaf_max = 1, .groups_max = 2, .copies = 1 } },
    { .cells = 0, .shape = { .list_max = 2, .leaf_max = 2, .groups_max = HASHED_GROUPS_MAX, .copies = 64 } },
    { .cells = 0, .shape = { .list_max = 1, .leaf_max = 3, .groups_max = 4, .copies = 2 } },
};

/* A policy compiled for this test, with its tree. */
struct subject {
    struct rck_policy *policy;
    struct table tables[N_ELEMENTS(OTHER_TABLES)];
    struct rck_request *request;
    struct rck_explanation *explanation;
    struct rck_policy *loaded; /* the policy, saved and loaded */
    struct rck_request *loaded_request;
    struct rck_explanation *loaded_explanation;
    struct arena arena;
    struct ast *ast;
    struct str text;
    bool refuted;     /* it did not compile, for its asserts only */
    struct str notes; /* then: what the compile said */
};

/* What the three found. */
struct answers {
    enum rck_result table, guards, naive;
    uint32_t clause; /* by the table */
};

/* What was met so far. */
struct counts {
    uint64_t policies, decisions, mixed, set, shuffled, dense, hashed, overridden, refuted, witnesses;
    uint64_t results[N_RESULTS];
    uint64_t states[N_KINDS][N_STATES];
    uint64_t forms[N_TREE_FORMS]; /* how many policies have them */
};

/* One attribute of the exhaustive mode, and what requests say of it. */
struct key {
    uint32_t handle;
    struct rck_attribute attribute;
    struct naive_fact options[MAX_OPTIONS];
    int64_t typed[MAX_OPTIONS]; /* of an option that IS_TYPED: the number or time that it is; reading it takes longer than all else */
    bool is_typed[MAX_OPTIONS];
    uint32_t n_options;
    bool has_spoilt; /* behind the options is one that makes a request invalid */
};

/* A request that is made of options. */
struct combination {
    struct naive_fact facts[MAX_KEYS];
    struct naive_request request;
};

/* For shrink(): what a policy is compiled with, and when the request is made. */
struct shrinking {
    const struct naive_request *request;
    bool hashed;
};

/* The options of the four dimensions, which are the first four keys. */
struct triple {
    uint32_t digits[4];
};

static int run_random(uint64_t n_policies, uint64_t first_seed, uint64_t n_requests, uint64_t n_mixed, unsigned features);
static bool check_policy(uint64_t seed, uint64_t n_requests, uint64_t n_mixed, unsigned features, struct counts *counts);
static bool check_mixed(struct subject *subject, struct random_policy *random, const struct naive_param *params, uint32_t n_params,
                        uint64_t n_mixed, uint64_t *state, struct counts *counts, struct combination *failed);
static int run_exhaustive(const char *path, uint64_t most);
static int run_small(uint64_t part, uint64_t parts);
static int show(uint64_t seed, unsigned features);
static bool subject_open(struct subject *subject, const char *name, struct str text, const struct naive_param *params,
                         uint32_t n_params, bool hashed);
static void subject_close(struct subject *subject);
static bool decide_all(struct subject *subject, const struct naive_request *facts, struct naive_verdict *verdict,
                       struct answers *answers);
static bool agree(const struct subject *subject, const struct naive_verdict *verdict, const struct answers *answers,
                  struct counts *counts);
static bool set_facts(const struct subject *subject, const struct naive_request *facts, uint64_t *state);
static void set_now(struct rck_request *request, const struct naive_request *facts);
static bool check_witnesses(struct subject *refuted, struct subject *subject, const struct naive_param *params,
                            uint32_t n_params, struct counts *counts);
static bool check_loaded(struct subject *subject, const struct random_request *request, const struct answers *answers);
static bool check_shuffled(struct subject *other, const struct random_request *request, const struct naive_verdict *verdict);
static bool counts_are_sound(const struct counts *counts);

static bool quiet; /* a policy that does not compile is not told of */
static char stopped[100]; /* what is told of a policy that never ends, or at which the library stops itself */

static const char *const state_names[N_STATES] = { "irrelevant", "satisfied", "violated", "granted", "unknown" };
static const char *const kind_names[N_KINDS] = { "limit", "only", "cannot", "require", "deny", "grant", "note" };

int
main(int argc, char **argv)
{
    const char *limited = getenv("RCK_RANDOM_FEATURES");
    unsigned features = limited != NULL ? (unsigned)strtoul(limited, NULL, 0) : (unsigned)RANDOM_ALL;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc >= 3 && strcmp(argv[1], "--exhaustive") == 0)
        return run_exhaustive(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 2000000);
    if (argc >= 2 && strcmp(argv[1], "--small") == 0)
        return run_small(argc > 3 ? strtoull(argv[2], NULL, 10) : 0, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    if (argc == 3 && strcmp(argv[1], "--show") == 0)
        return show(strtoull(argv[2], NULL, 10), features);
    return run_random(argc > 1 ? strtoull(argv[1], NULL, 10) : 3000, argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
                      argc > 3 ? strtoull(argv[3], NULL, 10) : 60, argc > 4 ? strtoull(argv[4], NULL, 10) : 100, features);
}

/* ---- random policies ---------------------------------------------------------------------------------------------------- */

/* Ends the process where nothing else does, and tells the seed. */
static void
on_stop(int signal_number)
{
    (void)signal_number;
    _exit(write(STDOUT_FILENO, stopped, strlen(stopped)) < 0 ? 2 : 1);
}

static int
run_random(uint64_t n_policies, uint64_t first_seed, uint64_t n_requests, uint64_t n_mixed, unsigned features)
{
    struct counts counts = { .policies = 0 };

    signal(SIGALRM, on_stop);
    signal(SIGABRT, on_stop);
    signal(SIGILL, on_stop); /* what ALWAYS() and NEVER() do */
    for (uint64_t i = 0; i < n_policies; i++) {
        snprintf(stopped, sizeof stopped, "differential: it stops, or takes more than %d s\nseed %" PRIu64 "\n", LONGEST, first_seed + i);
        alarm(LONGEST);
        if (!check_policy(first_seed + i, n_requests, n_mixed, features, &counts))
            return 1;
    }
    return counts_are_sound(&counts) ? 0 : 1;
}

static bool
report(const char *what, uint64_t seed, struct str text, const struct random_request *request)
{
    printf("differential: %s\nseed %" PRIu64 "\n", what, seed);
    printf("---- policy\n%.*s---- end of policy\n", WHOLE(text));
    if (request != NULL) {
        printf("%srequest %.*s\n", request->facts.strict ? "strict " : "", WHOLE(request->json));
        if (request->facts.has_now)
            printf("now %" PRId64 " ns\n", request->facts.now);
        for (uint32_t i = 0; i < request->facts.n_params; i++)
            printf("param %.*s=%.*s\n", WHOLE(request->facts.params[i].name), WHOLE(request->facts.params[i].value));
    }
    return false;
}

/* Whether the ways of deciding differ on TEST. */
static bool
still_fails(void *arg, const struct shrunk *test)
{
    const struct shrinking *shrinking = arg;
    struct subject subject = { .policy = NULL };
    struct naive_verdict verdict = { .n_clauses = 0 };
    struct naive_request request = *shrinking->request;
    struct str json = shrink_json(test->facts, test->n_facts);
    struct random_request asked = { .json = json };
    struct answers answers;
    bool fails = false;

    request.facts = test->facts;
    request.n_facts = test->n_facts;
    asked.facts = request;
    alarm(LONGEST);
    quiet = true;
    if (subject_open(&subject, "shrunk.rules", test->text, request.params, request.n_params, shrinking->hashed)) {
        rck_request_set_strict(subject.request, request.strict);
        (void)rck_request_read_json(subject.request, json.p, json.n);
        set_now(subject.request, &request);
        fails = !decide_all(&subject, &request, &verdict, &answers) || !agree(&subject, &verdict, &answers, NULL)
                || verdict.refuted != RCK_NONE || !check_loaded(&subject, &asked, &answers);
    }
    quiet = false;
    subject_close(&subject);
    naive_verdict_free(&verdict);
    free((char *)(uintptr_t)json.p);
    return fails;
}

static void
write_whole(const char *name, struct str text)
{
    FILE *file = fopen(name, "wb");

    if (file == NULL || fwrite(text.p, 1, text.n, file) != text.n || fputc('\n', file) == EOF || fclose(file) != 0)
        printf("differential: '%s' cannot be written\n", name);
    else
        printf("---- %s\n%.*s\n", name, WHOLE(text));
}

/* Leaves a small policy and request behind on which the ways of deciding differ, if they do on these. */
static void
leave_small(uint64_t seed, struct str text, const struct naive_request *request, bool hashed)
{
    struct shrinking shrinking = { request, hashed };
    struct shrunk test = { text, request->facts, request->n_facts };
    char name[64];

    if (!shrink(&test, still_fails, &shrinking)) {
        printf("differential: it does not fail alone, as JSON; it is not made smaller\n");
        return;
    }
    snprintf(name, sizeof name, "differential-%" PRIu64 ".rules", seed);
    write_whole(name, test.text);
    snprintf(name, sizeof name, "differential-%" PRIu64 ".json", seed);
    write_whole(name, shrink_json(test.facts, test.n_facts));
}

static void
print_answers(const struct subject *subject, const struct naive_verdict *verdict, const struct answers *answers)
{
    const struct rck_request_error *error = rck_request_error(subject->request);

    printf("table: %s", rck_result_name(answers->table));
    if (answers->clause < verdict->n_clauses)
        printf(" by %.*s", WHOLE(verdict->clauses[answers->clause].label));
    printf("\nguards: %s\nnaive: %s", rck_result_name(answers->guards), rck_result_name(answers->naive));
    if (verdict->first < verdict->n_clauses)
        printf(" by %.*s", WHOLE(verdict->clauses[verdict->first].label));
    printf("\n");
    if (error != NULL)
        printf("error of the request: %s: %s\n", error->key, error->message);
    for (uint32_t i = 0; i < verdict->n_clauses; i++) {
        enum rck_state state = rck_explanation_state(subject->explanation, i);

        printf("    %-20.*s guards %-10s naive %-10s%s\n", WHOLE(verdict->clauses[i].label),
               (size_t)state < N_STATES ? state_names[state] : "?", state_names[verdict->clauses[i].state],
               state != verdict->clauses[i].state ? "  <--" : "");
    }
}

/* Compiles the policy of SEED and decides N_REQUESTS requests in all ways; false, after a report, if two of them differ. */
static bool
check_policy(uint64_t seed, uint64_t n_requests, uint64_t n_mixed, unsigned features, struct counts *counts)
{
    static struct combination failed;
    struct random_policy *random = random_policy_new(seed, features);
    struct str text = random_policy_text(random), other_text = random_policy_shuffled(random, seed);
    struct subject subject = { .policy = NULL }, other = { .policy = NULL }, refuted;
    struct naive_verdict verdict = { .n_clauses = 0 };
    uint64_t state = seed ^ 0x5eed;
    uint32_t n_params;
    const struct naive_param *params = random_policy_overrides(random, &n_params);
    bool shuffled = random_next(&state) % 2 == 0, good = false, found[N_TREE_FORMS] = { false }, opened;

    if (n_params == 0 || random_next(&state) % 3 != 0)
        params = NULL;
    if (params == NULL)
        n_params = 0;

    counts->policies++;
    counts->overridden += params != NULL;
    opened = subject_open(&subject, "random.rules", text, params, n_params, seed % 2 == 0);
    if (!opened && subject.refuted && random_policy_forget_asserts(random)) {
        counts->refuted++;
        refuted = subject;
        text = random_policy_text(random);
        other_text = random_policy_shuffled(random, seed);
        opened = subject_open(&subject, "random.rules", text, params, n_params, seed % 2 == 0);
        if (opened && !check_witnesses(&refuted, &subject, params, n_params, counts)) {
            report("a witness does not refute its assert; see the policy with its asserts by --show", seed, text, NULL);
            printf("%.*s", WHOLE(refuted.notes));
            subject_close(&refuted);
            goto end;
        }
        subject_close(&refuted);
    }
    if (!opened) {
        report("the policy does not compile", seed, text, NULL);
        goto end;
    }
    counts->dense += subject.policy->table.form == TABLE_DENSE;
    counts->hashed += subject.policy->table.form == TABLE_HASHED;
    if (shuffled && !subject_open(&other, "shuffled.rules", other_text, params, n_params, seed % 2 != 0)) {
        report("it does not compile with its clauses in another order", seed, other_text, NULL);
        goto end;
    }

    tree_forms(subject.ast, found);
    for (int i = 0; i < N_TREE_FORMS; i++)
        counts->forms[i] += found[i];
    for (uint64_t i = 0; i < n_requests; i++) {
        struct random_request request;
        struct answers answers, set;
        enum rck_status status;

        random_request_make(random, i, &request);
        request.facts.params = params;
        request.facts.n_params = n_params;
        counts->decisions++;

        rck_request_reset(subject.request);
        rck_request_set_strict(subject.request, request.facts.strict);
        status = rck_request_read_json(subject.request, request.json.p, request.json.n);
        set_now(subject.request, &request.facts);
        if ((status != RCK_OK && status != RCK_E_REQUEST)
            || (status == RCK_E_REQUEST && rck_request_error(subject.request) == NULL)) {
            printf("status %d\n", (int)status);
            report("rck_request_read_json() returned what it should not", seed, text, &request);
            goto end;
        }
        if (!decide_all(&subject, &request.facts, &verdict, &answers) || !agree(&subject, &verdict, &answers, counts)) {
            report("the ways of deciding differ", seed, text, &request);
            print_answers(&subject, &verdict, &answers);
            leave_small(seed, text, &request.facts, seed % 2 == 0);
            goto end;
        }
        if (verdict.refuted != RCK_NONE) {
            printf("assert %" PRIu32 ", counted from 0\n", verdict.refuted);
            report("an assert was proved that does not hold", seed, text, &request);
            print_answers(&subject, &verdict, &answers);
            leave_small(seed, text, &request.facts, seed % 2 == 0);
            goto end;
        }

        if (!check_loaded(&subject, &request, &answers)) {
            report("the policy says something else when it was saved and loaded", seed, text, &request);
            print_answers(&subject, &verdict, &answers);
            leave_small(seed, text, &request.facts, seed % 2 == 0);
            goto end;
        }

        if (shuffled) {
            counts->shuffled++;
            if (!check_shuffled(&other, &request, &verdict)) {
                report("another order of the clauses gives another answer; this is the first order", seed, text, &request);
                printf("---- the other order\n%.*s", WHOLE(other_text));
                print_answers(&subject, &verdict, &answers);
                goto end;
            }
        }

        if (request.settable && random_next(&state) % 3 == 0) {
            counts->set++;
            rck_request_reset(subject.request);
            rck_request_set_strict(subject.request, request.facts.strict);
            set_now(subject.request, &request.facts);
            if (!set_facts(&subject, &request.facts, &state) || !decide_all(&subject, &request.facts, &verdict, &set)
                || !agree(&subject, &verdict, &set, NULL)) {
                report("the same request through the setters gets another answer", seed, text, &request);
                print_answers(&subject, &verdict, &set);
                goto end;
            }
        }
    }
    if (!check_mixed(&subject, random, params, n_params, n_mixed, &state, counts, &failed)) {
        report("a mixed request gets different answers", seed, text, NULL);
        leave_small(seed, text, &failed.request, seed % 2 == 0);
        goto end;
    }
    good = true;

end:
    subject_close(&subject);
    subject_close(&other);
    naive_verdict_free(&verdict);
    random_policy_free(random);
    return good;
}

static bool
print_piece(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stdout) == size;
}

static bool
keep_piece(void *arg, const char *text, size_t size)
{
    struct subject *subject = arg;
    char *all = arena_alloc(&subject->arena, subject->notes.n + size + 1);

    if (all == NULL)
        return false;
    if (subject->notes.n != 0)
        memcpy(all, subject->notes.p, subject->notes.n);
    memcpy(all + subject->notes.n, text, size);
    subject->notes = (struct str){ all, subject->notes.n + size };
    return true;
}

/* Makes the other tables of a policy; false, with a message, if one is not as it should be. */
static bool
make_tables(struct subject *subject)
{
    jmp_buf escape;

    if (setjmp(escape) != 0) {
        printf("differential: not enough memory for another table\n");
        return false;
    }
    subject->policy->arena.escape = &escape;
    for (size_t i = 0; i < N_ELEMENTS(OTHER_TABLES); i++) {
        table_build(&subject->tables[i], subject->policy, OTHER_TABLES[i].cells, &OTHER_TABLES[i].shape);
        if (!table_verify(&subject->tables[i], subject->policy)) {
            printf("differential: table %zu is unsound\n", i);
            return false;
        }
    }
    subject->policy->arena.escape = NULL;
    return true;
}

static bool
only_asserts_fail(const struct rck_diagnostics *diagnostics)
{
    bool only = true;

    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++) {
        const struct rck_diagnostic *d = rck_diagnostics_at(diagnostics, i);

        only = only && (d->severity != RCK_ERROR || strcmp(d->id, "assert-failed") == 0 || strcmp(d->id, "not-proved") == 0);
    }
    return only;
}

/* Saves the policy and loads it: it must be the same in its digest, and in its bytes when it is saved again. */
static bool
load_saved(struct subject *subject)
{
    struct saved_bytes bytes = saved_bytes_of(subject->policy), again = { NULL, 0, 0 };
    char digest[65], loaded_digest[65];
    bool good = false;

    subject->loaded = saved_bytes_load(&bytes);
    if (subject->loaded != NULL) {
        again = saved_bytes_of(subject->loaded);
        rck_policy_digest(subject->policy, digest);
        rck_policy_digest(subject->loaded, loaded_digest);
        good = again.n == bytes.n && memcmp(again.p, bytes.p, bytes.n) == 0 && strcmp(digest, loaded_digest) == 0
               && rck_request_new(subject->loaded, &subject->loaded_request) == RCK_OK
               && rck_explanation_new(subject->loaded, &subject->loaded_explanation) == RCK_OK;
    }
    if (!good)
        printf("differential: the policy is another one when it was saved and loaded\n");
    free(bytes.p);
    free(again.p);
    return good;
}

/* Compiles the text once more, into a tree of all of it before the first clause is looked at: the policy must be the same. */
static bool
compile_whole(struct subject *subject, struct rck_context *context, const char *name)
{
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *whole = NULL;
    bool same = false;

    context->settings.whole_tree = true;
    if (rck_policy_compile(context, name, subject->text.p, subject->text.n, &diagnostics, &whole) == RCK_OK) {
        struct saved_bytes bytes = saved_bytes_of(subject->policy), of_whole = saved_bytes_of(whole);

        same = bytes.n == of_whole.n && memcmp(bytes.p, of_whole.p, bytes.n) == 0;
        free(bytes.p);
        free(of_whole.p);
    }
    if (!same)
        printf("differential: the policy is another one where its clauses wait for the whole text\n");
    rck_policy_unref(whole);
    rck_diagnostics_free(diagnostics);
    return same;
}

/* Compiles TEXT, to a hashed table if HASHED says so, and parses it for the oracle.  False if that fails, which is printed. */
static bool
subject_open(struct subject *subject, const char *name, struct str text, const struct naive_param *params, uint32_t n_params,
             bool hashed)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status;

    *subject = (struct subject){ .text = text };
    arena_init(&subject->arena, &mem_default, (size_t)256 << 20);
    status = rck_context_new(NULL, &context);
    for (uint32_t i = 0; status == RCK_OK && i < n_params; i++) {
        struct str key = arena_copy(&subject->arena, params[i].name), value = arena_copy(&subject->arena, params[i].value);

        status = rck_context_set_param(context, key.p, value.p);
    }
    if (status == RCK_OK && hashed)
        status = rck_context_set_limit(context, "cells", 1);
    if (status == RCK_OK)
        status = rck_policy_compile(context, name, text.p, text.n, &diagnostics, &subject->policy);
    if (status == RCK_OK && !compile_whole(subject, context, name))
        status = RCK_E_POLICY;
    rck_context_free(context);
    subject->refuted = status == RCK_E_POLICY && only_asserts_fail(diagnostics);
    if (subject->refuted && !rck_diagnostics_write(diagnostics, 0, keep_piece, subject))
        abort();
    if (status != RCK_OK && !subject->refuted && !quiet) {
        printf("differential: status %d\n", (int)status);
        if (diagnostics != NULL)
            rck_diagnostics_write(diagnostics, 0, print_piece, NULL);
    }
    rck_diagnostics_free(diagnostics);
    if (status != RCK_OK || !load_saved(subject) || !make_tables(subject))
        return false;

    status = ast_parse_for_tests(text.p, text.n, NULL, &subject->arena, &subject->ast);
    if (status == RCK_OK)
        status = rck_request_new(subject->policy, &subject->request);
    if (status == RCK_OK)
        status = rck_explanation_new(subject->policy, &subject->explanation);
    if (status != RCK_OK)
        printf("differential: status %d after the compile\n", (int)status);
    return status == RCK_OK;
}

static void
subject_close(struct subject *subject)
{
    if (subject->text.p == NULL)
        return;
    rck_explanation_free(subject->explanation);
    rck_request_free(subject->request);
    rck_policy_unref(subject->policy);
    rck_explanation_free(subject->loaded_explanation);
    rck_request_free(subject->loaded_request);
    rck_policy_unref(subject->loaded);
    arena_free(&subject->arena);
}

/* Decides what subject->request holds, and FACTS, which should be the same.  False if the table and the guards differ. */
static bool
decide_all(struct subject *subject, const struct naive_request *facts, struct naive_verdict *verdict, struct answers *answers)
{
    struct rck_why why = { .clause = 12345678 };

    answers->table = rck_decide(subject->policy, subject->request, &why);
    answers->clause = why.clause;
    answers->guards = rck_explain(subject->explanation, subject->request);
    answers->naive = naive_decide(subject->ast, facts, verdict);
    if (answers->table != RCK_INVALID) {
        uint32_t cell = (why.clause + 1) << 2 | (uint32_t)answers->table;

        if (cell_anew(&subject->policy->table, subject->request) != cell) {
            if (!quiet)
                printf("differential: the request is not at its place\n");
            return false;
        }
        for (size_t i = 0; i < N_ELEMENTS(OTHER_TABLES); i++)
            if (cell_anew(&subject->tables[i], subject->request) != cell) {
                if (!quiet)
                    printf("differential: table %zu has another answer\n", i);
                return false;
            }
    }
    return answers->table == answers->guards && rck_decide(subject->policy, subject->request, NULL) == answers->table;
}

/* Whether all agree on everything; counts it into COUNTS (may be NULL). */
static bool
agree(const struct subject *subject, const struct naive_verdict *verdict, const struct answers *answers, struct counts *counts)
{
    struct rck_policy_info info;

    rck_policy_describe(subject->policy, &info);
    if (info.n_clauses != verdict->n_clauses || answers->table != answers->naive || answers->guards != answers->naive
        || answers->clause != verdict->first)
        return false;
    for (uint32_t i = 0, next = rck_explanation_next(subject->explanation, 0); i < verdict->n_clauses; i++) {
        const struct naive_clause *c = &verdict->clauses[i];
        struct rck_clause described;

        if ((next == i) != (c->state != RCK_STATE_IRRELEVANT && c->state != RCK_STATE_SATISFIED))
            return false;
        if (next == i)
            next = rck_explanation_next(subject->explanation, i + 1);
        if (rck_explanation_state(subject->explanation, i) != c->state
            || rck_policy_clause(subject->policy, i, &described) != RCK_OK || described.warns != c->warns
            || !str_equal(str_of(described.label), c->label) || (uint32_t)described.kind >= N_KINDS)
            return false;
        if (counts != NULL && verdict->result != RCK_INVALID)
            counts->states[described.kind][c->state]++;
    }
    if (counts != NULL)
        counts->results[answers->naive]++;
    return true;
}

/* Decides REQUEST by the policy that was saved and loaded: it says the same of every clause, down to what people read. */
static bool
check_loaded(struct subject *subject, const struct random_request *request, const struct answers *answers)
{
    const struct rck_explanation *explanations[] = { subject->explanation, subject->loaded_explanation };
    struct rck_why why = { .clause = 12345678 };
    struct rck_policy_info info;
    bool good;

    rck_policy_describe(subject->loaded, &info);
    rck_request_reset(subject->loaded_request);
    rck_request_set_strict(subject->loaded_request, request->facts.strict);
    (void)rck_request_read_json(subject->loaded_request, request->json.p, request->json.n);
    set_now(subject->loaded_request, &request->facts);
    good = rck_decide(subject->loaded, subject->loaded_request, &why) == answers->table && why.clause == answers->clause
           && rck_explain(subject->loaded_explanation, subject->loaded_request) == answers->guards;
    for (uint32_t i = 0; good && i < info.n_clauses; i++) {
        char texts[2][400] = { "", "" };

        for (size_t k = 0; k < N_ELEMENTS(explanations); k++) {
            struct rck_reading reading;

            rck_explanation_message(explanations[k], i, texts[k], sizeof texts[k] / 2);
            for (size_t r = 0; r < rck_explanation_reading(explanations[k], i, r, &reading); r++)
                snprintf(texts[k] + strlen(texts[k]), sizeof texts[k] - strlen(texts[k]), " %u%d%d%d", (unsigned)reading.attribute,
                         reading.absent, reading.undeclared, reading.missing);
        }
        good = rck_explanation_state(explanations[0], i) == rck_explanation_state(explanations[1], i)
               && strcmp(texts[0], texts[1]) == 0;
    }
    return good;
}

/* Decides REQUEST by the policy whose clauses are in another order: the same result, the same state under each label. */
static bool
check_shuffled(struct subject *other, const struct random_request *request, const struct naive_verdict *verdict)
{
    struct naive_verdict second = { .n_clauses = 0 };
    struct answers answers;
    enum rck_status status;
    bool good;

    rck_request_reset(other->request);
    rck_request_set_strict(other->request, request->facts.strict);
    status = rck_request_read_json(other->request, request->json.p, request->json.n);
    set_now(other->request, &request->facts);
    good = (status == RCK_OK || status == RCK_E_REQUEST) && decide_all(other, &request->facts, &second, &answers)
           && agree(other, &second, &answers, NULL) && second.result == verdict->result
           && second.n_clauses == verdict->n_clauses;
    for (uint32_t i = 0; good && i < verdict->n_clauses; i++) {
        bool found = false;

        for (uint32_t j = 0; j < second.n_clauses; j++) {
            if (str_equal(verdict->clauses[i].label, second.clauses[j].label))
                found = verdict->clauses[i].state == second.clauses[j].state;
        }
        good = found;
    }
    naive_verdict_free(&second);
    return good;
}

/* ---- witnesses ---------------------------------------------------------------------------------------------------------- */

/* Takes a word or a text in quotes, whose escapes it undoes, from *TEXT; ENDS says what ends a word. */
static struct str
take_word(struct subject *subject, struct str *text, const char *ends)
{
    char *out = arena_alloc(&subject->arena, text->n + 1);
    bool quoted = text->n != 0 && text->p[0] == '"';
    size_t i = quoted, n = 0;

    if (out == NULL)
        abort();
    while (i < text->n && (quoted ? text->p[i] != '"' : strchr(ends, text->p[i]) == NULL)) {
        if (quoted && text->p[i] == '\\' && i + 1 < text->n)
            i++; /* of what the generator makes, only quotes and backslashes are escaped */
        out[n++] = text->p[i++];
    }
    i += quoted && i < text->n;
    *text = (struct str){ text->p + i, text->n - i };
    return (struct str){ out, n };
}

/* Reads 'key=value key={a, b}' into FACTS for the oracle. */
static void
read_witness(struct subject *subject, struct str text, struct naive_fact *facts, struct naive_request *request)
{
    *request = (struct naive_request){ .facts = facts };
    while (text.n != 0 && request->n_facts < MAX_KEYS) {
        struct naive_fact *fact = &facts[request->n_facts];
        struct str key = take_word(subject, &text, "=");
        uint32_t handle = rck_policy_find_attribute(subject->policy, key.p, key.n);
        struct rck_attribute attribute = { .type = RCK_TYPE_TIME };
        struct str *members = arena_alloc(&subject->arena, 64 * sizeof *members);

        if (members == NULL)
            abort();
        if (handle != RCK_NONE && rck_policy_attribute(subject->policy, handle, &attribute) != RCK_OK)
            return;
        text = (struct str){ text.p + 1, text.n - 1 }; /* the '=' */
        *fact = (struct naive_fact){ .key = key, .kind = NAIVE_TEXT };
        if (attribute.type == RCK_TYPE_SET && text.n != 0 && text.p[0] == '{') {
            fact->kind = NAIVE_LIST;
            fact->members = members;
            while (text.n != 0 && text.p[0] != '}') {
                text = (struct str){ text.p + 1, text.n - 1 }; /* '{', ',' or a blank */
                if (text.n != 0 && strchr("}, ", text.p[0]) == NULL && fact->n_members < 64)
                    members[fact->n_members++] = take_word(subject, &text, ",} ");
            }
            text = (struct str){ text.p + (text.n != 0), text.n - (text.n != 0) };
        } else {
            fact->text = take_word(subject, &text, " ");
            fact->truth = str_equal(fact->text, STR("true"));
            if (attribute.type == RCK_TYPE_BOOL)
                fact->kind = NAIVE_BOOL;
            else if (attribute.type == RCK_TYPE_INT || attribute.type == RCK_TYPE_DECIMAL)
                fact->kind = NAIVE_NUMBER;
        }
        if (str_equal(key, STR("now")))
            request->has_now = naive_read_time(fact->text, false, &request->now);
        else
            request->n_facts++;
        if (text.n != 0)
            text = (struct str){ text.p + 1, text.n - 1 }; /* the blank */
    }
}

/* Whether every request that the compile of REFUTED gave for an assert refutes one by the oracle, and gets what is told;
 * SUBJECT is the policy without asserts. */
static bool
check_witnesses(struct subject *refuted, struct subject *subject, const struct naive_param *params, uint32_t n_params,
                struct counts *counts)
{
    static const char before[] = "note: this request: ", result_before[] = "note: gets: ";
    struct naive_fact *facts = arena_alloc(&subject->arena, MAX_KEYS * sizeof *facts);
    struct naive_verdict verdict = { .n_clauses = 0 };
    char *text = arena_alloc(&subject->arena, refuted->notes.n + 1);
    bool good = true;

    if (facts == NULL || text == NULL
        || ast_parse_for_tests(refuted->text.p, refuted->text.n, NULL, &refuted->arena, &refuted->ast) != RCK_OK)
        abort();
    memcpy(text, refuted->notes.p, refuted->notes.n);
    text[refuted->notes.n] = '\0';
    while (good && (text = strstr(text, before)) != NULL) {
        char *line = text + sizeof before - 1, *end = strchr(line, '\n'), *gets;
        struct naive_request request;

        if (end == NULL || (gets = strstr(end, result_before)) == NULL)
            return false;
        gets += sizeof result_before - 1;
        text = end;
        read_witness(subject, (struct str){ line, (size_t)(end - line) }, facts, &request);
        request.params = params;
        request.n_params = n_params;
        naive_decide(refuted->ast, &request, &verdict);
        good = verdict.refuted != RCK_NONE
               && strncmp(gets, rck_result_name(verdict.result), strlen(rck_result_name(verdict.result))) == 0;
        if (!good)
            printf("the oracle: %s, assert %d\n%.*s\n", rck_result_name(verdict.result), (int)verdict.refuted,
                   (int)(end - line), line);
        counts->witnesses++;
    }
    naive_verdict_free(&verdict);
    return good;
}

/* ---- setters ------------------------------------------------------------------------------------------------------------ */

/* Whether TEXT means itself when it is given as a person writes it. */
static bool
is_plain(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return text.n != 0;
}

static void
set_now(struct rck_request *request, const struct naive_request *facts)
{
    if (facts->has_now)
        rck_request_set_now(request, facts->now);
}

static bool
has_memory(enum rck_status status)
{
    return status != RCK_E_NOMEM;
}

static bool
set_text(const struct subject *subject, struct str key, const char *text, size_t n)
{
    return has_memory(rck_request_set_text(subject->request, key.p, key.n, text, n));
}

static bool
set_typed(struct rck_request *request, uint32_t handle, const struct rck_attribute *attribute, const struct naive_fact *fact)
{
    bool good = true;
    wide number;
    int64_t ns;

    switch (fact->kind) {
    case NAIVE_ABSENT:
        break;
    case NAIVE_NUMBER:
        if (attribute->type == RCK_TYPE_DECIMAL && naive_read_number(fact->text, true, &number))
            good = has_memory(rck_request_set_decimal(request, handle, (int64_t)number));
        else if (naive_read_number(fact->text, false, &number))
            good = has_memory(rck_request_set_int(request, handle, (int64_t)(number / NAIVE_ONE)));
        else
            good = false;
        break;
    case NAIVE_BOOL:
        good = has_memory(rck_request_set_bool(request, handle, fact->truth));
        break;
    case NAIVE_TEXT:
        if (attribute->type == RCK_TYPE_SET)
            good = has_memory(rck_request_add_name(request, handle, fact->text.p, fact->text.n));
        else if (attribute->type == RCK_TYPE_TIME && naive_read_time(fact->text, false, &ns))
            good = has_memory(rck_request_set_time(request, handle, ns));
        else if (attribute->type == RCK_TYPE_STRING || attribute->type == RCK_TYPE_TIME)
            good = has_memory(rck_request_set_string(request, handle, fact->text.p, fact->text.n));
        else
            good = has_memory(rck_request_set_name(request, handle, fact->text.p, fact->text.n));
        break;
    case NAIVE_LIST:
        if (fact->n_members == 0)
            good = has_memory(rck_request_set_empty(request, handle));
        for (uint32_t i = 0; good && i < fact->n_members; i++)
            good = has_memory(rck_request_add_name(request, handle, fact->members[i].p, fact->members[i].n));
        break;
    case NAIVE_OTHER:
        return false;
    }
    return good;
}

/* Writes FACT as a person writes it; false if its type is not that of ATTRIBUTE (text has no types) or a name needs quotes. */
static bool
write_fact(const struct naive_fact *fact, const struct rck_attribute *attribute, uint64_t *state, char *buffer, size_t size)
{
    bool braces = random_next(state) % 2 == 0;
    size_t used = 0;
    int64_t ns;

    buffer[0] = '\0';
    switch (fact->kind) {
    case NAIVE_ABSENT:
        snprintf(buffer, size, "%s", braces ? "-" : "");
        return true;
    case NAIVE_NUMBER:
        snprintf(buffer, size, "%.*s", WHOLE(fact->text));
        return attribute == NULL || attribute->type == RCK_TYPE_INT || attribute->type == RCK_TYPE_DECIMAL;
    case NAIVE_BOOL:
        snprintf(buffer, size, "%s", fact->truth ? "true" : "false");
        return attribute == NULL || attribute->type == RCK_TYPE_BOOL;
    case NAIVE_TEXT:
        if (attribute != NULL && attribute->type == RCK_TYPE_SET && braces)
            snprintf(buffer, size, "{ %.*s }", WHOLE(fact->text));
        else
            snprintf(buffer, size, "%.*s", WHOLE(fact->text));
        if (attribute != NULL && attribute->type == RCK_TYPE_TIME)
            return naive_read_time(fact->text, false, &ns);
        return is_plain(fact->text)
               && (attribute == NULL || attribute->type == RCK_TYPE_NAME || attribute->type == RCK_TYPE_SET
                   || attribute->type == RCK_TYPE_STRING);
    case NAIVE_LIST:
        if (attribute == NULL || attribute->type != RCK_TYPE_SET)
            return false;
        braces = braces || fact->n_members == 0;
        used += (size_t)snprintf(buffer + used, size - used, "%s", braces ? "{" : "");
        for (uint32_t i = 0; i < fact->n_members; i++) {
            if (!is_plain(fact->members[i]) || used + fact->members[i].n + 8 > size)
                return false;
            used += (size_t)snprintf(buffer + used, size - used, "%s%.*s", i == 0 ? "" : braces ? ", " : ",",
                                     WHOLE(fact->members[i]));
        }
        snprintf(buffer + used, size - used, "%s", braces ? "}" : "");
        return true;
    case NAIVE_OTHER:
        break;
    }
    return false;
}

/* Fills subject->request with FACTS, each one as text or by its typed setter.  False if memory ran out. */
static bool
set_facts(const struct subject *subject, const struct naive_request *facts, uint64_t *state)
{
    for (uint32_t i = 0; i < facts->n_facts; i++) {
        const struct naive_fact *fact = &facts->facts[i];
        uint32_t handle = rck_policy_find_attribute(subject->policy, fact->key.p, fact->key.n);
        struct rck_attribute attribute;
        bool again = false, as_text = random_next(state) % 2 == 0, written;
        char buffer[512];

        for (uint32_t j = 0; j < i; j++)
            again = again || str_equal(facts->facts[j].key, fact->key);
        if (handle == RCK_NONE) {
            if (!write_fact(fact, NULL, state, buffer, sizeof buffer))
                snprintf(buffer, sizeof buffer, "x");
            if (!set_text(subject, fact->key, buffer, strlen(buffer)))
                return false;
            continue;
        }
        if (rck_policy_attribute(subject->policy, handle, &attribute) != RCK_OK
            || !str_equal(str_of(attribute.name), fact->key))
            return false;
        written = write_fact(fact, &attribute, state, buffer, sizeof buffer);

        /* A set that is added to twice is one set, not a duplicate. */
        if (again && !written)
            snprintf(buffer, sizeof buffer, "x");
        if ((written && as_text) || again) {
            if (!set_text(subject, fact->key, buffer, strlen(buffer)))
                return false;
        } else if (!set_typed(subject->request, handle, &attribute, fact)) {
            return false;
        }
    }
    return true;
}

/* ---- totals ------------------------------------------------------------------------------------------------------------- */

static void
print_counts(const struct counts *counts)
{
    printf("%" PRIu64 " policies (%" PRIu64 " dense, %" PRIu64 " hashed; %" PRIu64 " with other params, %" PRIu64
           " with asserts that %" PRIu64 " requests refute), %" PRIu64 " decisions, %" PRIu64
           " of mixed requests, %" PRIu64 " of the others again through setters, %" PRIu64 " with the clauses in another order\n",
           counts->policies, counts->dense, counts->hashed, counts->overridden, counts->refuted, counts->witnesses,
           counts->decisions, counts->mixed, counts->set, counts->shuffled);
    for (int r = 0; r < N_RESULTS; r++) {
        printf("%-14s %10" PRIu64 "  %5.1f %%\n", rck_result_name((enum rck_result)r), counts->results[r],
               counts->decisions != 0 ? 100.0 * (double)counts->results[r] / (double)counts->decisions : 0.0);
    }
    printf("%-10s", "");
    for (int s = 0; s < N_STATES; s++)
        printf(" %11s", state_names[s]);
    printf("\n");
    for (int k = 0; k < N_KINDS; k++) {
        printf("%-10s", kind_names[k]);
        for (int s = 0; s < N_STATES; s++)
            printf(" %11" PRIu64, counts->states[k][s]);
        printf("\n");
    }
    if (counts->policies < ENOUGH_POLICIES)
        return;
    for (int i = 0; i < N_TREE_FORMS; i++) {
        printf("%-24s %5.1f %%%s", tree_form_name((enum tree_form)i),
               100.0 * (double)counts->forms[i] / (double)counts->policies, i % 4 == 3 ? "\n" : "   ");
    }
    printf("\n");
}

/* Prints the totals.  False if something never occurred that a sound generator makes occur. */
static bool
counts_are_sound(const struct counts *counts)
{
    bool sound = true;

    print_counts(counts);
    if (counts->policies < ENOUGH_POLICIES || counts->decisions < ENOUGH_DECISIONS)
        return sound;
    if (counts->dense * 3 < counts->policies || counts->hashed * 3 < counts->policies) {
        printf("differential: one form of the table is hardly ever met\n");
        sound = false;
    }
    for (int r = 0; r < N_RESULTS; r++) {
        if (counts->results[r] * RAREST < counts->decisions) {
            printf("differential: hardly a request is '%s'\n", rck_result_name((enum rck_result)r));
            sound = false;
        }
    }
    if (counts->results[RCK_ALLOW] * 5 < counts->decisions || counts->results[RCK_ALLOW] * 5 > counts->decisions * 4) {
        printf("differential: fewer than 20 %% of the requests are allowed, or more than 80 %%\n");
        sound = false;
    }
    for (int i = 0; i < N_TREE_FORMS; i++) {
        if (counts->forms[i] * RAREST < counts->policies) {
            printf("differential: hardly a policy has %s\n", tree_form_name((enum tree_form)i));
            sound = false;
        }
    }
    for (int k = 0; k < N_KINDS; k++) {
        for (int s = 0; s < N_STATES; s++) {
            bool grants = k == RCK_CLAUSE_GRANT, can = k != RCK_CLAUSE_NOTE;

            if (s == RCK_STATE_GRANTED)
                can = grants;
            if (s == RCK_STATE_VIOLATED)
                can = can && !grants;

            if (can && counts->states[k][s] == 0) {
                printf("differential: no clause '%s' was ever '%s'\n", kind_names[k], state_names[s]);
                sound = false;
            }
        }
    }
    return sound;
}

/* ---- every combination -------------------------------------------------------------------------------------------------- */

static char *
read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0, n = 0, got = 1;

    if (file == NULL)
        return NULL;
    while (got > 0) {
        if (n + 1 >= room) {
            room = room != 0 ? 2 * room : 65536;
            text = realloc(text, room);
            if (text == NULL)
                abort();
        }
        got = fread(text + n, 1, room - n - 1, file);
        n += got;
    }
    fclose(file);
    text[n] = '\0';
    *size = n;
    return text;
}

/* Reads FACT as a setter of a number or a time takes it; false if it is none. */
static bool
read_typed(const struct rck_attribute *attribute, const struct naive_fact *fact, int64_t *typed)
{
    wide number;

    if (attribute->type == RCK_TYPE_TIME)
        return fact->kind == NAIVE_TEXT && naive_read_time(fact->text, false, typed);
    if (fact->kind != NAIVE_NUMBER || !naive_read_number(fact->text, attribute->type == RCK_TYPE_DECIMAL, &number))
        return false;
    *typed = (int64_t)(attribute->type == RCK_TYPE_DECIMAL ? number : number / NAIVE_ONE);
    return attribute->type == RCK_TYPE_DECIMAL || attribute->type == RCK_TYPE_INT;
}

static void
add_option(struct key *key, struct naive_fact fact)
{
    fact.key = str_of(key->attribute.name);
    for (uint32_t i = 0; i < key->n_options; i++) {
        if (fact.kind == key->options[i].kind && fact.kind != NAIVE_ABSENT && fact.kind != NAIVE_BOOL && fact.kind != NAIVE_LIST
            && str_equal(fact.text, key->options[i].text))
            return;
    }
    if (key->n_options == MAX_OPTIONS)
        return;
    key->is_typed[key->n_options] = read_typed(&key->attribute, &fact, &key->typed[key->n_options]);
    key->options[key->n_options++] = fact;
}

static struct str
kept(struct subject *subject, const char *text)
{
    struct str copy = arena_copy(&subject->arena, str_of(text));

    if (copy.p == NULL)
        abort();
    return copy;
}

/* Adds NUMBER, in millionths, and its neighbours, as far as they are in the range of KEY. */
static void
add_numbers(struct subject *subject, struct key *key, wide number)
{
    const struct rck_attribute *a = &key->attribute;
    wide unit = a->type == RCK_TYPE_INT ? NAIVE_ONE : 1;

    for (int step = -1; step <= 1; step++) {
        wide near = number + step * unit;
        char buffer[NAIVE_NUMBER_ROOM];

        if (near < a->min * unit || near > a->max * unit)
            continue;
        naive_write_number(near, buffer);
        add_option(key, (struct naive_fact){ .kind = NAIVE_NUMBER, .text = kept(subject, buffer) });
    }
}

static void
add_times(struct subject *subject, struct key *key, wide ns)
{
    for (int step = -1; step <= 1; step++) {
        wide near = ns + step;
        char buffer[NAIVE_TIME_ROOM + 1];

        if (near < INT64_MIN || near > INT64_MAX)
            continue;
        naive_write_time(near, -1, buffer);
        strcat(buffer, "Z");
        add_option(key, (struct naive_fact){ .kind = NAIVE_TEXT, .text = kept(subject, buffer) });
    }
}

/* Adds what is near the constants of the policy to the options of KEY, of an ordered type or a string. */
static void
add_constants(struct subject *subject, struct key *key)
{
    const struct rck_attribute *a = &key->attribute;
    struct tree_value values[TREE_VALUES];
    uint32_t n_values = tree_values(subject->ast, values);
    wide factor = naive_unit_of(subject->ast, str_of(a->name)), unit = a->type == RCK_TYPE_INT ? NAIVE_ONE : 1;

    for (uint32_t i = 0; i < n_values; i++) {
        if (values[i].is_text && a->type == RCK_TYPE_STRING)
            add_option(key, (struct naive_fact){ .kind = NAIVE_TEXT, .text = values[i].text });
        else if (values[i].is_time && a->type == RCK_TYPE_TIME)
            add_times(subject, key, values[i].number);
        else if (!values[i].is_text && !values[i].is_time && (a->type == RCK_TYPE_INT || a->type == RCK_TYPE_DECIMAL))
            add_numbers(subject, key, tree_number(&values[i], factor, unit));
    }
}

/* Lists what requests may say of KEY. */
static void
make_options(struct subject *subject, struct key *key, struct str *members)
{
    const struct rck_attribute *a = &key->attribute;
    bool needed = a->dimension && a->type == RCK_TYPE_NAME;

    for (uint32_t i = 0; i < a->n_names && i < MAX_OPTIONS; i++)
        members[i] = str_of(rck_policy_attribute_name(subject->policy, key->handle, i));
    members[MAX_OPTIONS] = STR("undeclared_name");
    if (!needed)
        add_option(key, (struct naive_fact){ .kind = NAIVE_ABSENT });
    switch (a->type) {
    case RCK_TYPE_BOOL:
        add_option(key, (struct naive_fact){ .kind = NAIVE_BOOL, .truth = false });
        add_option(key, (struct naive_fact){ .kind = NAIVE_BOOL, .truth = true });
        break;
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
        add_numbers(subject, key, a->min * (wide)(a->type == RCK_TYPE_INT ? NAIVE_ONE : 1));
        add_constants(subject, key);
        break;
    case RCK_TYPE_TIME:
        add_times(subject, key, 0);
        add_constants(subject, key);
        break;
    case RCK_TYPE_STRING:
        add_option(key, (struct naive_fact){ .kind = NAIVE_TEXT, .text = STR("") });
        add_constants(subject, key);
        break;
    case RCK_TYPE_NAME:
        for (uint32_t i = 0; i < a->n_names; i++)
            add_option(key, (struct naive_fact){ .kind = NAIVE_TEXT, .text = members[i] });
        if (!needed)
            add_option(key, (struct naive_fact){ .kind = NAIVE_TEXT, .text = members[MAX_OPTIONS] });
        break;
    case RCK_TYPE_SET:
        add_option(key, (struct naive_fact){ .kind = NAIVE_LIST });
        for (uint32_t i = 0; i < a->n_names; i++)
            add_option(key, (struct naive_fact){ .kind = NAIVE_LIST, .members = &members[i], .n_members = 1 });
        if (a->n_names >= 2)
            add_option(key, (struct naive_fact){ .kind = NAIVE_LIST, .members = members, .n_members = 2 });
        add_option(key, (struct naive_fact){ .kind = NAIVE_LIST, .members = &members[MAX_OPTIONS], .n_members = 1 });
        break;
    }
}

/* Fills REQUEST of POLICY with what COMBINATION says of KEYS. */
static bool
set_combination(struct rck_request *request, const struct key *keys, const uint32_t *digits, uint32_t n_keys,
                const struct combination *combination)
{
    rck_request_reset(request);
    for (uint32_t k = 0; k < n_keys; k++) {
        const struct key *key = &keys[k];
        uint32_t i = digits[k];

        if (key->attribute.now)
            continue;
        if (key->is_typed[i] && key->attribute.type == RCK_TYPE_TIME)
            (void)rck_request_set_time(request, key->handle, key->typed[i]);
        else if (key->is_typed[i] && key->attribute.type == RCK_TYPE_INT)
            (void)rck_request_set_int(request, key->handle, key->typed[i]);
        else if (key->is_typed[i])
            (void)rck_request_set_decimal(request, key->handle, key->typed[i]);
        else if (!set_typed(request, key->handle, &key->attribute, &key->options[i]))
            return false;
    }
    set_now(request, &combination->request);
    return true;
}

/* Decides one combination in all ways; false, after a report, if they differ. */
static bool
check_combination(struct subject *subject, const struct key *keys, const uint32_t *digits, uint32_t n_keys,
                  struct combination *combination, struct naive_verdict *verdict, struct counts *counts)
{
    struct naive_request *request = &combination->request;
    struct rck_why why = { .clause = 12345678 };
    struct answers answers;

    request->facts = combination->facts;
    request->n_facts = 0;
    request->has_now = false;
    for (uint32_t k = 0; k < n_keys; k++) {
        struct naive_fact *fact = &combination->facts[request->n_facts];

        *fact = keys[k].options[digits[k]];
        if (keys[k].attribute.now && keys[k].is_typed[digits[k]]) {
            request->has_now = true;
            request->now = keys[k].typed[digits[k]];
        }
        if (!keys[k].attribute.now)
            request->n_facts += fact->kind != NAIVE_ABSENT;
    }
    counts->decisions++;
    if (set_combination(subject->request, keys, digits, n_keys, combination)
        && set_combination(subject->loaded_request, keys, digits, n_keys, combination)
        && decide_all(subject, request, verdict, &answers) && agree(subject, verdict, &answers, counts)
        && rck_decide(subject->loaded, subject->loaded_request, &why) == answers.table && why.clause == answers.clause
        && verdict->refuted == RCK_NONE)
        return true;
    printf("differential: the ways of deciding differ\nrequest");
    for (uint32_t k = 0; k < n_keys; k++) {
        char value[200];

        rck_request_value(subject->request, keys[k].handle, value, sizeof value);
        printf(" %s=%s", keys[k].attribute.name, value);
    }
    printf("\n");
    print_answers(subject, verdict, &answers);
    if (verdict->refuted != RCK_NONE)
        printf("assert %" PRIu32 ", counted from 0, was proved and does not hold\n", verdict->refuted);
    return false;
}

/* Keeps a copy of FACT as an option of the key that it is for; undeclared keys have none. */
static void
keep_option(struct subject *subject, struct key *keys, uint32_t n_keys, const struct naive_fact *fact)
{
    uint32_t handle = rck_policy_find_attribute(subject->policy, fact->key.p, fact->key.n);
    struct naive_fact copy = *fact;
    struct str *members;

    if (handle >= n_keys)
        return;
    copy.text = arena_copy(&subject->arena, fact->text);
    members = arena_alloc(&subject->arena, (fact->n_members + 1) * sizeof *members);
    if (members == NULL || copy.text.p == NULL)
        abort();
    for (uint32_t i = 0; i < fact->n_members; i++)
        members[i] = arena_copy(&subject->arena, fact->members[i]);
    copy.members = members;
    add_option(&keys[handle], copy);
}

/* Decides N_MIXED requests, each of whose values one of a few random requests has. */
static bool
check_mixed(struct subject *subject, struct random_policy *random, const struct naive_param *params, uint32_t n_params,
            uint64_t n_mixed, uint64_t *state, struct counts *counts, struct combination *failed)
{
    enum { PARENTS = 16, PARENTS_SEED = 1000000, SPOIL = 20 };
    static struct key keys[MAX_KEYS];
    struct naive_verdict verdict = { .n_clauses = 0 };
    uint32_t digits[MAX_KEYS] = { 0 }, n_keys;
    struct rck_policy_info info;
    bool good = true;

    if (n_mixed == 0)
        return true;
    rck_policy_describe(subject->policy, &info);
    n_keys = info.n_attributes < MAX_KEYS ? info.n_attributes : MAX_KEYS;
    for (uint32_t k = 0; k < n_keys; k++) {
        keys[k].handle = k;
        keys[k].n_options = 0;
        if (rck_policy_attribute(subject->policy, k, &keys[k].attribute) != RCK_OK)
            return false;
    }
    for (uint64_t i = 0; i < PARENTS; i++) {
        struct random_request request;
        char time[NAIVE_TIME_ROOM + 1];

        random_request_make(random, PARENTS_SEED + i, &request);
        request.facts.params = params;
        request.facts.n_params = n_params;
        if (!request.settable || naive_decide(subject->ast, &request.facts, &verdict) == RCK_INVALID)
            continue;
        for (uint32_t f = 0; f < request.facts.n_facts; f++)
            keep_option(subject, keys, n_keys, &request.facts.facts[f]);
        if (request.facts.has_now) {
            naive_write_time(request.facts.now, -1, time);
            strcat(time, "Z");
            keep_option(subject, keys, n_keys, &(struct naive_fact){ .key = STR("now"), .kind = NAIVE_TEXT, .text = str_of(time) });
        }
    }
    for (uint32_t k = 0; k < n_keys; k++) {
        struct key *key = &keys[k];
        bool needed = key->attribute.dimension && key->attribute.type == RCK_TYPE_NAME;
        uint32_t n = key->n_options;

        if (n == 0 || !needed)
            add_option(key, (struct naive_fact){ .kind = NAIVE_ABSENT });
        n = key->n_options;
        if (needed)
            add_option(key, (struct naive_fact){ .kind = NAIVE_ABSENT });
        else if (key->attribute.type == RCK_TYPE_INT && key->attribute.min > INT64_MIN)
            add_option(key, (struct naive_fact){ .kind = NAIVE_NUMBER, .text = STR("-9223372036854775808") });
        key->has_spoilt = key->n_options > n;
        key->n_options = n;
    }
    failed->request = (struct naive_request){ .params = params, .n_params = n_params };
    for (uint64_t i = 0; good && i < n_mixed; i++) {
        for (uint32_t k = 0; k < n_keys; k++)
            digits[k] = (uint32_t)(random_next(state) % keys[k].n_options);
        if (i % SPOIL == 0) {
            uint32_t k = (uint32_t)(random_next(state) % n_keys);

            digits[k] += keys[k].has_spoilt ? keys[k].n_options - digits[k] : 0;
        }
        counts->mixed++;
        good = check_combination(subject, keys, digits, n_keys, failed, &verdict, counts);
    }
    naive_verdict_free(&verdict);
    return good;
}

/* Checks every triple of subject, action and resource, all else absent, and lists those to which a clause is relevant that asks
 * for more than names: without them, an even sample of a large vocabulary would hardly meet a limit. */
static bool
find_subtle(struct subject *subject, const struct key *keys, uint32_t n_keys, struct combination *combination,
            struct naive_verdict *verdict, struct counts *counts, struct triple **subtle, uint64_t *n_subtle)
{
    uint32_t digits[MAX_KEYS] = { 0 };
    uint64_t room = 0;
    bool good = true;

    for (digits[AST_SUBJECT] = 0; digits[AST_SUBJECT] < keys[AST_SUBJECT].n_options; digits[AST_SUBJECT]++) {
        for (digits[AST_ACTION] = 0; digits[AST_ACTION] < keys[AST_ACTION].n_options; digits[AST_ACTION]++) {
            for (digits[AST_RESOURCE] = 0; good && digits[AST_RESOURCE] < keys[AST_RESOURCE].n_options;
                 digits[AST_RESOURCE]++) {
                bool found = false;

                good = check_combination(subject, keys, digits, n_keys, combination, verdict, counts);
                for (uint32_t i = 0; i < verdict->n_clauses; i++) {
                    const struct naive_clause *c = &verdict->clauses[i];

                    found = found
                            || (c->state != RCK_STATE_IRRELEVANT && c->kind != AST_NOTE
                                && (c->kind != AST_CANNOT || c->state == RCK_STATE_UNKNOWN));
                }
                if (!found)
                    continue;
                if (*n_subtle == room) {
                    room = room != 0 ? 2 * room : 64;
                    *subtle = realloc(*subtle, (size_t)room * sizeof **subtle);
                    if (*subtle == NULL)
                        abort();
                }
                memcpy((*subtle)[(*n_subtle)++].digits, digits, sizeof(struct triple));
            }
        }
    }
    return good;
}

static int
run_exhaustive(const char *path, uint64_t most)
{
    static struct combination combination;
    struct subject subject = { .policy = NULL };
    struct naive_verdict verdict = { .n_clauses = 0 };
    struct counts counts = { .policies = 1 };
    struct rck_policy_info info;
    struct key *keys = calloc(MAX_KEYS, sizeof *keys);
    struct str *members = calloc((size_t)MAX_KEYS * (MAX_OPTIONS + 1), sizeof *members);
    uint32_t digits[MAX_KEYS] = { 0 }, n_keys, k = 0;
    uint64_t combinations = 1, state = 20260325, n_subtle = 0;
    struct triple *subtle = NULL;
    size_t size = 0;
    char *text = read_file(path, &size);
    bool good = false;

    if (text == NULL || keys == NULL || members == NULL) {
        printf("differential: cannot read '%s'\n", path);
        goto end;
    }
    if (!subject_open(&subject, path, (struct str){ text, size }, NULL, 0, false)) {
        printf("differential: '%s' does not compile\n", path);
        goto end;
    }
    rck_policy_describe(subject.policy, &info);
    n_keys = info.n_attributes < MAX_KEYS ? info.n_attributes : MAX_KEYS;
    for (k = 0; k < n_keys; k++) {
        keys[k].handle = k;
        if (rck_policy_attribute(subject.policy, k, &keys[k].attribute) != RCK_OK)
            goto end;
        make_options(&subject, &keys[k], members + (size_t)k * (MAX_OPTIONS + 1));
        if (__builtin_mul_overflow(combinations, keys[k].n_options, &combinations))
            combinations = UINT64_MAX;
    }

    good = true;
    if (combinations > most) {
        good = find_subtle(&subject, keys, n_keys, &combination, &verdict, &counts, &subtle, &n_subtle);
        printf("%s: %s%" PRIu64 " combinations, of which %" PRIu64 " are sampled: every second one evenly, the others evenly\n"
               "from the %" PRIu64 " triples of subject, action and resource that more than a ban is about\n",
               path, combinations == UINT64_MAX ? "more than " : "", combinations, most, n_subtle);
        for (uint64_t i = 0; good && i < most; i++) {
            for (k = 0; k < n_keys; k++)
                digits[k] = (uint32_t)(random_next(&state) % keys[k].n_options);
            if (i % 2 == 0 && n_subtle != 0)
                memcpy(digits, subtle[random_next(&state) % n_subtle].digits, sizeof subtle[0].digits);
            if (i % 2 == 0)
                digits[AST_ROLE] = (uint32_t)(random_next(&state) % keys[AST_ROLE].n_options);
            good = check_combination(&subject, keys, digits, n_keys, &combination, &verdict, &counts);
        }
    } else {
        printf("%s: all %" PRIu64 " combinations\n", path, combinations);
        do {
            good = check_combination(&subject, keys, digits, n_keys, &combination, &verdict, &counts);
            for (k = 0; k < n_keys && ++digits[k] == keys[k].n_options; k++)
                digits[k] = 0;
        } while (good && k < n_keys);
    }
    print_counts(&counts);

end:
    subject_close(&subject);
    naive_verdict_free(&verdict);
    free(subtle);
    free(members);
    free(keys);
    free(text);
    return good ? 0 : 1;
}

/* What the enumeration of small policies carries along. */
struct small {
    uint64_t part, parts, next, uncompiled;
    struct key *keys;
    struct naive_verdict verdict;
    struct counts counts;
};

/* Decides every combination by the policy TEXT; false, after a report, if the ways of deciding differ. */
static bool
check_small(void *arg, struct str text)
{
    static struct combination combination;
    struct small *small = arg;
    struct subject subject = { .policy = NULL };
    uint64_t number = small->next++;
    uint32_t digits[MAX_KEYS] = { 0 }, n_keys = 0, k = 0;
    struct rck_policy_info info;
    struct str *members = NULL;
    bool good = false;

    if (number % small->parts != small->part)
        return true;
    small->counts.policies++;
    if (!subject_open(&subject, "small.rules", text, NULL, 0, number / small->parts % 2 == 0))
        goto end;
    rck_policy_describe(subject.policy, &info);
    n_keys = info.n_attributes;
    members = arena_alloc(&subject.arena, (size_t)n_keys * (MAX_OPTIONS + 1) * sizeof *members);
    if (members == NULL)
        abort();
    for (k = 0; k < n_keys; k++) {
        small->keys[k].handle = k;
        small->keys[k].n_options = 0;
        if (rck_policy_attribute(subject.policy, k, &small->keys[k].attribute) != RCK_OK)
            goto end;
        make_options(&subject, &small->keys[k], members + (size_t)k * (MAX_OPTIONS + 1));
    }
    small->counts.dense += subject.policy->table.form == TABLE_DENSE;
    small->counts.hashed += subject.policy->table.form == TABLE_HASHED;
    do {
        good = check_combination(&subject, small->keys, digits, n_keys, &combination, &small->verdict, &small->counts);
        for (k = 0; k < n_keys && ++digits[k] == small->keys[k].n_options; k++)
            digits[k] = 0;
    } while (good && k < n_keys);

end:
    if (!good)
        printf("---- policy %" PRIu64 "\n%.*s", number, WHOLE(text));
    subject_close(&subject);
    return good;
}

static int
run_small(uint64_t part, uint64_t parts)
{
    struct small small = { .part = part, .parts = parts, .keys = calloc(MAX_KEYS, sizeof(struct key)) };
    uint64_t n;

    if (small.keys == NULL || parts == 0)
        return 1;
    n = small_scope(check_small, &small);
    print_counts(&small.counts);
    printf("part %" PRIu64 " of %" PRIu64 " of %" PRIu64 " small policies\n", part, parts, n);
    naive_verdict_free(&small.verdict);
    free(small.keys);
    return small.counts.policies == (n + parts - 1 - part) / parts ? 0 : 1;
}

/* ---- by hand ------------------------------------------------------------------------------------------------------------ */

static int
show(uint64_t seed, unsigned features)
{
    struct random_policy *random = random_policy_new(seed, features);

    printf("%.*s", WHOLE(random_policy_text(random)));
    printf("---- shuffled\n%.*s", WHOLE(random_policy_shuffled(random, seed)));
    for (uint64_t i = 0; i < 20; i++) {
        struct random_request request;

        random_request_make(random, i, &request);
        printf("---- request %" PRIu64 "%s\n%.*s\n", i, request.facts.strict ? " (strict)" : "", WHOLE(request.json));
    }
    random_policy_free(random);
    return 0;
}
