/* SPDX-License-Identifier: MIT
 *
 * The benchmarks: each workload through the engine and, in the same run and by turns, through what one would write by hand.  What is
 * compared is the ratio of the two, for absolute times change by half from one minute to the next on a shared machine.  Decisions
 * are checked in all of this; a wrong one is the only failure.  A ratio above its target is told, and no more.
 *
 *     bench [--seed N]            all of it; `make bench`
 *     bench --only PART           one part of it: w1, w2, readers (threads that read while policies are reloaded), w3 or compile
 *     bench --quick               small, decisions only, in a second
 *     bench --count WHAT N        decides N requests of WHAT, for callgrind; `make bench-count`
 *     bench --scan COMPILER FILE  the hand-written scanner of W3, to standard output
 *     bench --write DIR LINES     writes the workloads as files for the tool; W3 with so many lines
 *
 * Requests are drawn at random with repetition (a branch predictor learns a thousand in a fixed order by heart), one core is kept,
 * and a figure is the median of many short chunks.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"
#include "rulecheck.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

enum { W1_REQUESTS = 1000, DRAWS = 1 << 16, CHUNK = 2048, CHUNKS = 151, SUBJECTS_MAX = 6, RUNS = 5 };

/* What decides the requests that ORDER lists, and returns how many are denied. */
struct loop {
    const char *name;
    size_t (*run)(const void *arg, const uint32_t *order, size_t n);
    const void *arg;
    const bool *denied; /* by request: what is right */
    double nanoseconds; /* a decision: the result */
};

struct bench {
    bool quick;
    uint32_t seed;
    unsigned long n_wrong;
    unsigned n_over, n_refused;
    const struct hand *hands[2];
    size_t n_hands;
    const char *self, *tool;
    uint32_t order[DRAWS];
};

/* A policy of ours with its requests. */
struct ours {
    struct rck_policy *policy;
    struct rck_request **requests;
    size_t n;
};

static double
now(void)
{
    struct timespec t = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_doubles);
    return values[n / 2];
}

static void
wrong(struct bench *bench, const char *what, const char *who)
{
    bench->n_wrong++;
    printf("WRONG: %s, decided by %s\n", what, who);
}

static void
draw_order(struct bench *bench, size_t n_requests)
{
    uint32_t state = 77 + bench->seed;

    for (size_t i = 0; i < DRAWS; i++)
        bench->order[i] = draw_below(&state, (uint32_t)n_requests);
}

/* Runs LOOPS by turns, checks their sums, and fills in their times. */
static void
measure(struct bench *bench, const char *what, struct loop *loops, size_t n_loops)
{
    static double times[SUBJECTS_MAX][CHUNKS];
    size_t n_chunks = bench->quick ? 1 : CHUNKS;

    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        const uint32_t *order = bench->order + chunk * 1024 % (DRAWS - CHUNK);

        for (size_t l = 0; l < n_loops; l++) {
            double begin = now();
            size_t got = loops[l].run(loops[l].arg, order, CHUNK);

            times[l][chunk] = (now() - begin) / CHUNK;
            for (size_t i = 0; i < CHUNK; i++)
                got -= loops[l].denied[order[i]];
            if (got != 0)
                wrong(bench, what, loops[l].name);
        }
    }
    for (size_t l = 0; l < n_loops; l++)
        loops[l].nanoseconds = median(times[l], n_chunks);
}

static void
head(const struct bench *bench, const char *title)
{
    if (!bench->quick)
        printf("\n%-30s %12s   %-32s %10s %10s\n", title, "rulecheck", "by hand", "ratio", "target");
}

/* One line of the table; UNIT follows the figures. */
static void
report(struct bench *bench, const char *what, double ours, double theirs, const char *by, const char *unit, double target)
{
    bool over = ours > theirs * target;

    if (bench->quick)
        return;
    bench->n_over += over;
    printf("%-30s %9.4g %-2s   %9.4g %-2s %-19s %8.2f x %8.2f x  %s\n", what, ours, unit, theirs, unit, by, ours / theirs, target,
           over ? "over" : "ok");
}

/* The fastest of N loops: they are one code by different compilers. */
static const struct loop *
fastest(const struct loop *loops, size_t n)
{
    const struct loop *best = &loops[0];

    for (size_t i = 1; i < n; i++)
        if (loops[i].nanoseconds < best->nanoseconds)
            best = &loops[i];
    return best;
}

/* ---- policies ------------------------------------------------------------------------------------------------------------- */

/* An allocator that knows what it has given out. */
struct meter {
    size_t now, most;
};

static void *
meter_resize(void *old, size_t size, void *ctx)
{
    struct meter *meter = ctx;
    size_t *block = old != NULL ? (size_t *)old - 2 : NULL, before = block != NULL ? block[0] : 0;

    block = realloc(block, size + 2 * sizeof *block);
    if (block == NULL)
        return NULL;
    meter->now += size - before;
    meter->most = meter->now > meter->most ? meter->now : meter->most;
    block[0] = size;
    return block + 2;
}

static void *
meter_alloc(size_t size, void *ctx)
{
    return meter_resize(NULL, size, ctx);
}

static void
meter_release(void *p, void *ctx)
{
    if (p == NULL)
        return;
    ((struct meter *)ctx)->now -= ((size_t *)p)[-2];
    free((size_t *)p - 2);
}

/* Compiles TEXT, or returns NULL with the first error in REFUSED; METER may be NULL. */
static struct rck_policy *
compile(const char *text, size_t size, struct meter *meter, char *refused, size_t room)
{
    const struct rck_allocator allocator = { meter_alloc, meter_resize, meter_release, meter };
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(meter != NULL ? &allocator : NULL, &context) != RCK_OK)
        must(NULL);
    if (rck_policy_compile(context, "bench.rules", text, size, &diagnostics, &policy) != RCK_OK) {
        const struct rck_diagnostic *first = diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0) : NULL;

        for (size_t i = 0; diagnostics != NULL && i < rck_diagnostics_count(diagnostics); i++)
            if (rck_diagnostics_at(diagnostics, i)->severity == RCK_ERROR) {
                first = rck_diagnostics_at(diagnostics, i);
                break;
            }
        (void)snprintf(refused, room, "%s", first != NULL ? first->message : "out of memory");
        policy = NULL;
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return policy;
}

/* A request with N values, "key=value" behind one another with blanks between them, set one by one, as a program does. */
static struct rck_request *
request_of(struct rck_policy *policy, const char *pairs)
{
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        must(NULL);
    for (const char *key = pairs; *key != 0;) {
        const char *value = strchr(key, '=') + 1, *end = value + strcspn(value, " ");

        if (rck_request_set_text(request, key, (size_t)(value - 1 - key), value, (size_t)(end - value)) != RCK_OK) {
            printf("WRONG: %s is refused: %s\n", pairs, rck_request_error(request)->message);
            exit(1);
        }
        key = end + strspn(end, " ");
    }
    return request;
}

static void
free_ours(struct ours *ours)
{
    for (size_t i = 0; i < ours->n; i++)
        rck_request_free(ours->requests[i]);
    free(ours->requests);
    rck_policy_unref(ours->policy);
}

static size_t
run_ours(const void *arg, const uint32_t *order, size_t n)
{
    const struct ours *ours = arg;
    size_t denied = 0;

    for (size_t i = 0; i < n; i++)
        denied += rck_decide(ours->policy, ours->requests[order[i]], NULL) == RCK_DENY;
    return denied;
}

/* ---- W1 ------------------------------------------------------------------------------------------------------------------- */

struct hand_run {
    const struct hand *hand;
    const void *requests;
    struct hand_names *names;
    struct hand_table *table;
};

static size_t
run_switch(const void *arg, const uint32_t *order, size_t n)
{
    const struct hand_run *run = arg;

    return run->hand->w1_switch(run->requests, order, n);
}

static size_t
run_masks(const void *arg, const uint32_t *order, size_t n)
{
    const struct hand_run *run = arg;

    return run->hand->w1_masks(run->requests, order, n);
}

static size_t
run_uthash(const void *arg, const uint32_t *order, size_t n)
{
    const struct hand_run *run = arg;

    return run->hand->w1_uthash(run->names, run->requests, order, n);
}

static size_t
run_inline(const void *arg, const uint32_t *order, size_t n)
{
    const struct hand_run *run = arg;

    return run->hand->w1_inline(run->names, run->requests, order, n);
}

/* W1 through a request that is filled anew by handles. */
struct filled {
    struct rck_policy *policy;
    struct rck_request *request;
    const struct w1_words *words;
    uint32_t handles[9]; /* subject, role, action, resource, and the five numbers */
};

static size_t
run_filled(const void *arg, const uint32_t *order, size_t n)
{
    const struct filled *filled = arg;
    const uint32_t *handles = filled->handles;
    struct rck_request *request = filled->request;
    size_t denied = 0;

    for (size_t i = 0; i < n; i++) {
        const struct w1_words *words = &filled->words[order[i]];

        rck_request_reset(request);
        (void)rck_request_set_name(request, handles[0], words->text[0], words->size[0]);
        (void)rck_request_add_name(request, handles[1], words->text[1], words->size[1]);
        (void)rck_request_set_name(request, handles[2], words->text[2], words->size[2]);
        (void)rck_request_set_name(request, handles[3], words->text[3], words->size[3]);
        (void)rck_request_set_int(request, handles[4], words->token_count);
        (void)rck_request_set_int(request, handles[5], words->read_rate);
        (void)rck_request_set_int(request, handles[6], words->write_rate);
        (void)rck_request_set_int(request, handles[7], words->org_read_rate);
        (void)rck_request_set_int(request, handles[8], words->org_write_rate);
        denied += rck_decide(filled->policy, request, NULL) == RCK_DENY;
    }
    return denied;
}

struct w1 {
    struct w1_request *drawn;
    struct w1_words words[W1_REQUESTS];
    bool denied[W1_REQUESTS];
    struct ours ours;
    struct filled filled;
    struct hand_run runs[2], string_runs[2];
};

static struct w1 *
make_w1(struct bench *bench)
{
    static const char *const keys[9] = { "subject",    "role",       "action",        "resource",      "token_count",
                                         "read_rate",  "write_rate", "org_read_rate", "org_write_rate" };
    struct w1 *w1 = must(calloc(1, sizeof *w1));
    char refused[256] = "";

    w1->drawn = w1_draw(1001, bench->seed, W1_REQUESTS);
    w1->ours.policy = compile(w1_policy, strlen(w1_policy), NULL, refused, sizeof refused);
    if (w1->ours.policy == NULL) {
        printf("WRONG: the policy of W1 is refused: %s\n", refused);
        exit(1);
    }
    w1->ours.n = W1_REQUESTS;
    w1->ours.requests = must(calloc(W1_REQUESTS, sizeof(void *)));
    for (size_t i = 0; i < W1_REQUESTS; i++) {
        const struct w1_request *q = &w1->drawn[i];
        const char *texts[4] = { w1_subjects[q->subject], w1_roles[q->role], w1_actions[q->action], w1_resources[q->resource] };
        struct rck_explanation *explanation = NULL;
        unsigned violated = 0;
        char line[512];

        (void)snprintf(line, sizeof line,
                       "subject=%s role=%s action=%s resource=%s token_count=%d read_rate=%d write_rate=%d org_read_rate=%d "
                       "org_write_rate=%d",
                       texts[0], texts[1], texts[2], texts[3], q->token_count, q->read_rate, q->write_rate, q->org_read_rate,
                       q->org_write_rate);
        w1->denied[i] = w1_violated(q) != 0;
        w1->ours.requests[i] = request_of(w1->ours.policy, line);
        for (int t = 0; t < 4; t++) {
            w1->words[i].text[t] = texts[t];
            w1->words[i].size[t] = (uint32_t)strlen(texts[t]);
        }
        w1->words[i].token_count = q->token_count;
        w1->words[i].read_rate = q->read_rate;
        w1->words[i].write_rate = q->write_rate;
        w1->words[i].org_read_rate = q->org_read_rate;
        w1->words[i].org_write_rate = q->org_write_rate;

        /* All reasons, not the decision alone. */
        if (rck_explanation_new(w1->ours.policy, &explanation) != RCK_OK)
            must(NULL);
        (void)rck_explain(explanation, w1->ours.requests[i]);
        for (uint32_t rule = 0; rule < W1_RULES; rule++)
            violated |= (unsigned)(rck_explanation_state(explanation, rule) == RCK_STATE_VIOLATED) << rule;
        rck_explanation_free(explanation);
        if (violated != w1_violated(q)
            || (rck_decide(w1->ours.policy, w1->ours.requests[i], NULL) == RCK_DENY) != w1->denied[i])
            wrong(bench, line, "rulecheck");
    }
    w1->filled = (struct filled){ .policy = w1->ours.policy, .words = w1->words };
    if (rck_request_new(w1->ours.policy, &w1->filled.request) != RCK_OK)
        must(NULL);
    for (int key = 0; key < 9; key++)
        w1->filled.handles[key] = rck_policy_find_attribute(w1->ours.policy, keys[key], strlen(keys[key]));
    for (size_t h = 0; h < bench->n_hands; h++) {
        w1->runs[h] = (struct hand_run){ .hand = bench->hands[h], .requests = w1->drawn };
        w1->string_runs[h] =
            (struct hand_run){ .hand = bench->hands[h], .requests = w1->words, .names = bench->hands[h]->names_new() };
    }
    return w1;
}

static void
free_w1(const struct bench *bench, struct w1 *w1)
{
    for (size_t h = 0; h < bench->n_hands; h++)
        bench->hands[h]->names_free(w1->string_runs[h].names);
    rck_request_free(w1->filled.request);
    free_ours(&w1->ours);
    free(w1->drawn);
    free(w1);
}

/* Puts RUN of each compiler behind the N_LOOPS of LOOPS, the last of which decides the same; returns how many there are then. */
static size_t
add_hands(const struct bench *bench, struct loop *loops, size_t n_loops, size_t (*run)(const void *, const uint32_t *, size_t),
          const struct hand_run *runs)
{
    for (size_t h = 0; h < bench->n_hands; h++)
        loops[n_loops + h] = (struct loop){ bench->hands[h]->compiler, run, &runs[h], loops[n_loops - 1].denied, 0 };
    return n_loops + bench->n_hands;
}

static void
bench_w1(struct bench *bench)
{
    struct w1 *w1 = make_w1(bench);
    const struct {
        const char *what, *by;
        bool strings;
        size_t (*run)(const void *, const uint32_t *, size_t);
        double target;
    } rows[] = {
        { "W1, interned", "switch", false, run_switch, 1.0 },
        { "W1, interned", "table, no branch", false, run_masks, 4.0 },
        { "W1 from strings", "4 names, uthash", true, run_uthash, 1.2 },
        { "W1 from strings", "4 names, inline", true, run_inline, 1.2 },
    };

    head(bench, "a decision");
    draw_order(bench, W1_REQUESTS);
    for (size_t r = 0; r < N_ELEMENTS(rows); r++) {
        struct loop loops[3] = { { "rulecheck", rows[r].strings ? run_filled : run_ours,
                                   rows[r].strings ? (const void *)&w1->filled : (const void *)&w1->ours, w1->denied, 0 } };
        size_t n = add_hands(bench, loops, 1, rows[r].run, rows[r].strings ? w1->string_runs : w1->runs);
        const struct loop *best;
        char by[64];

        measure(bench, rows[r].what, loops, n);
        best = fastest(loops + 1, n - 1);
        (void)snprintf(by, sizeof by, "%s (%s)", rows[r].by, best->name);
        report(bench, rows[r].what, loops[0].nanoseconds, best->nanoseconds, by, "ns", rows[r].target);
    }
    free_w1(bench, w1);
}

/* ---- W2, W2b -------------------------------------------------------------------------------------------------------------- */

static size_t
run_table(const void *arg, const uint32_t *order, size_t n)
{
    const struct hand_run *run = arg;

    return run->hand->w2(run->table, run->requests, order, n);
}

static void
write_w2(FILE *out, const struct w2_request *q)
{
    fprintf(out, "{\"subject\":\"s%u\",\"action\":\"a%u\",\"resource\":\"r%u\",\"role\":\"%s\",\"count\":%u,\"rate\":%u", q->subject,
            q->action, q->resource, w2_roles[q->role], q->count, q->rate);
}

/* The requests of W2 for POLICY, decisions checked. */
static struct ours
make_ours(struct bench *bench, struct rck_policy *policy, const struct w2 *w2)
{
    struct ours ours = { policy, must(calloc(W2_REQUESTS, sizeof(void *))), W2_REQUESTS };

    for (size_t i = 0; i < W2_REQUESTS; i++) {
        const struct w2_request *q = &w2->requests[i];
        char line[256];

        (void)snprintf(line, sizeof line, "subject=s%u action=a%u resource=r%u role=%s count=%u rate=%u", q->subject, q->action,
                       q->resource, w2_roles[q->role], q->count, q->rate);
        ours.requests[i] = request_of(policy, line);
        if ((rck_decide(policy, ours.requests[i], NULL) == RCK_DENY) != w2->denied[i])
            wrong(bench, line, "rulecheck");
    }
    return ours;
}

/* W2 or W2b of one size, with the policies of both. */
struct w2_set {
    struct w2 *w2;
    char *text;
    char refused[256];
    struct ours ours; /* the policy is NULL if it is refused */
    struct hand_run runs[2];
};

static struct w2_set *
open_w2(struct bench *bench, size_t n, bool wild)
{
    struct w2_set *set = must(calloc(1, sizeof *set));
    struct rck_policy *policy;
    size_t size = 0;

    set->w2 = w2_draw(bench->seed, n, wild, true);
    set->text = w2_policy(set->w2, &size);
    policy = compile(set->text, size, NULL, set->refused, sizeof set->refused);
    if (policy != NULL)
        set->ours = make_ours(bench, policy, set->w2);
    for (size_t h = 0; h < bench->n_hands; h++)
        set->runs[h] = (struct hand_run){ .hand = bench->hands[h], .requests = set->w2->requests, .table = bench->hands[h]->table_new(set->w2) };
    return set;
}

static void
close_w2(struct bench *bench, struct w2_set *set)
{
    for (size_t h = 0; h < bench->n_hands; h++)
        bench->hands[h]->table_free(set->runs[h].table);
    if (set->ours.policy != NULL)
        free_ours(&set->ours);
    free(set->text);
    w2_free(set->w2);
    free(set);
}

/* Nanoseconds that a deny takes to be explained, and all clauses to be listed that say something of it. */
static double
time_explanations(const struct ours *ours, const bool *denied)
{
    struct rck_explanation *explanation = NULL;
    double times[CHUNKS];

    if (memchr(denied, true, ours->n) == NULL)
        return 0;
    if (rck_explanation_new(ours->policy, &explanation) != RCK_OK)
        must(NULL);
    for (size_t chunk = 0, i = 0; chunk < CHUNKS; chunk++) {
        size_t n = 0;
        double begin = now();

        for (; n < 16; i = (i + 1) % ours->n) {
            uint32_t n_clauses = 0;

            if (!denied[i] || rck_explain(explanation, ours->requests[i]) != RCK_DENY)
                continue;
            for (uint32_t c = 0; (c = rck_explanation_next(explanation, c)) != RCK_NONE; c++)
                n_clauses++;
            n += n_clauses != 0;
        }
        times[chunk] = (now() - begin) / 16;
    }
    rck_explanation_free(explanation);
    return median(times, CHUNKS);
}

/* One size. */
static void
bench_w2_size(struct bench *bench, size_t n, bool wild)
{
    struct w2_set *set = open_w2(bench, n, wild);
    struct loop loops[3] = { { "rulecheck", run_ours, &set->ours, set->w2->denied, 0 } };
    size_t n_loops = add_hands(bench, loops, 1, run_table, set->runs), refused = set->ours.policy == NULL;
    const struct loop *best;
    char what[64], by[64];

    draw_order(bench, W2_REQUESTS);
    (void)snprintf(what, sizeof what, "%s, %zu clauses", wild ? "W2b" : "W2", n);
    measure(bench, what, loops + refused, n_loops - refused);
    best = fastest(loops + 1, n_loops - 1);
    (void)snprintf(by, sizeof by, "%s (%s)", wild ? "hash, each group" : "hash", best->name);
    bench->n_refused += (unsigned)refused;
    if (!refused)
        report(bench, what, loops[0].nanoseconds, best->nanoseconds, by, "ns", 1.5);
    else if (!bench->quick)
        printf("%-30s %12s   %9.4g ns %-19s refused: %s\n", what, "-", best->nanoseconds, by, set->refused);
    if (!refused && !bench->quick && n == (wild ? 100000 : 1000)) {
        (void)snprintf(what, sizeof what, "%s, a deny explained, %zu", wild ? "W2b" : "W2", n);
        report(bench, what, time_explanations(&set->ours, set->w2->denied) / 1000, 5, "the target", "us", 1.0);
    }
    close_w2(bench, set);
}

/* What compares two of the sizes, by turns like the rest. */
static void
bench_w2_sizes(struct bench *bench)
{
    struct w2_set *wild = open_w2(bench, 100000, true), *exact = open_w2(bench, 100000, false), *few = open_w2(bench, 10, false);
    struct loop sizes[2] = { { "rulecheck", run_ours, &exact->ours, exact->w2->denied, 0 },
                             { "rulecheck", run_ours, &few->ours, few->w2->denied, 0 } };
    struct loop forms[4] = { { "rulecheck", run_ours, &wild->ours, wild->w2->denied, 0 }, sizes[0] };
    size_t n_forms = add_hands(bench, forms, 2, run_table, exact->runs);

    draw_order(bench, W2_REQUESTS);
    if (wild->ours.policy != NULL && exact->ours.policy != NULL && few->ours.policy != NULL) {
        struct rck_table_info table;

        measure(bench, "W2 of two sizes", sizes, 2);
        measure(bench, "W2b and W2", forms, n_forms);
        rck_policy_table(wild->ours.policy, &table);
        report(bench, "W2, 100000 against 10 clauses", sizes[0].nanoseconds, sizes[1].nanoseconds, "rulecheck at 10", "ns", 3.0);
        report(bench, "W2b, 100000 clauses", forms[0].nanoseconds, fastest(forms + 2, n_forms - 2)->nanoseconds, "hash of W2", "ns", 3.0);
        report(bench, "W2b, bytes a clause", (double)table.size / 100000, 50, "the target", "B", 1.0);
    }
    close_w2(bench, few);
    close_w2(bench, exact);
    close_w2(bench, wild);
}

static void
bench_w2(struct bench *bench)
{
    for (int wild = 0; wild < 2; wild++)
        for (size_t n = 10; n <= (bench->quick ? 100u : 100000u); n *= 10)
            bench_w2_size(bench, n, wild != 0);
    if (!bench->quick)
        bench_w2_sizes(bench);
}

/* ---- compile curve -------------------------------------------------------------------------------------------------------- */

static void
bench_compile(struct bench *bench)
{
    if (!bench->quick)
        printf("\n%-30s %12s %12s %12s %12s\n", "compile (W2b)", "seconds", "us/clause", "peak MiB", "bytes/clause");
    for (size_t n = 10; n <= (bench->quick ? 10u : 1000000u); n *= 10) {
        struct w2 *w2 = w2_draw(bench->seed, n, true, false);
        size_t size = 0;
        char *text = w2_policy(w2, &size), refused[256] = "";
        double times[RUNS], begin, time;
        size_t n_runs = n <= 100000 && !bench->quick ? RUNS : 1;
        struct meter meter = { 0 };
        size_t kept = 0;
        bool compiles = true;

        for (size_t run = 0; run < n_runs; run++) {
            struct rck_policy *policy;

            meter = (struct meter){ 0 };
            begin = now();
            policy = compile(text, size, &meter, refused, sizeof refused);
            times[run] = (now() - begin) / 1e9;
            compiles = policy != NULL;
            kept = meter.now;
            rck_policy_unref(policy);
            if (meter.now != 0)
                wrong(bench, "memory of a compile", "rulecheck, which leaks it");
        }
        time = median(times, n_runs);
        if (!bench->quick) {
            printf("%7zu clauses, %8.1f KiB   %12.4f %12.3f %12.1f ", n, (double)size / 1024, time, time * 1e6 / (double)n,
                   (double)meter.most / 1048576);
            if (compiles)
                printf("%12.0f\n", (double)kept / (double)n);
            else
                printf("  refused: %s\n", refused);
            if (n == 100000 && compiles) {
                report(bench, "compile, 100000 clauses", time, 0.3, "the target", "s", 1.0);
                report(bench, "compile, besides the text", (double)(meter.most - size) / 1048576, 25, "the target", "MB", 1.0);
            }
        }
        free(text);
        w2_free(w2);
        if (time > 30 && n < 1000000) {
            printf("the rest of the curve is left out: %zu clauses took %.0f s\n", n, time);
            break;
        }
    }
}

/* ---- readers and reloads -------------------------------------------------------------------------------------------------- */

enum { READERS_MAX = 8, READER_DECISIONS = 400000 };

/* Threads that decide W1, each request filled by handles, while another one may put policies in force, a thousand a second: through
 * a slot, or by what one would write by hand, a lock for readers and writers. */
struct readers {
    struct bench *bench;
    const struct w1 *w1;
    struct rck_policy *policies[2]; /* of one text: handles and decisions are the same */
    struct rck_slot *slot;          /* NULL: the lock */
    struct rck_policy *in_force;    /* under the lock */
    pthread_rwlock_t lock;
    size_t n; /* decisions of each reader */
    atomic_size_t n_denied;
    atomic_llong nanoseconds; /* of the readers' cores */
    atomic_bool over;
};

static long long
core_time(void)
{
    struct timespec t = { 0 };

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void
tell_reader(struct readers *readers, long long begin, size_t denied)
{
    atomic_fetch_add(&readers->nanoseconds, core_time() - begin);
    atomic_fetch_add(&readers->n_denied, denied);
}

static void *
read_by_slot(void *arg)
{
    struct readers *readers = arg;
    struct filled filled = readers->w1->filled;
    struct rck_reader *reader = NULL;
    size_t denied = 0;
    long long begin;

    if (rck_reader_new(readers->slot, &reader) != RCK_OK)
        must(NULL);
    begin = core_time();
    for (size_t i = 0; i < readers->n; i++) {
        struct rck_view view;

        rck_reader_enter(reader, &view);
        filled.policy = view.policy;
        filled.request = view.request;
        denied += run_filled(&filled, readers->bench->order + i % DRAWS, 1);
        rck_reader_leave(reader);
    }
    tell_reader(readers, begin, denied);
    rck_reader_free(reader);
    return NULL;
}

static void *
read_by_lock(void *arg)
{
    struct readers *readers = arg;
    struct filled filled[2] = { readers->w1->filled, readers->w1->filled };
    size_t denied = 0;
    long long begin;

    for (int p = 0; p < 2; p++) {
        filled[p].policy = readers->policies[p];
        if (rck_request_new(readers->policies[p], &filled[p].request) != RCK_OK)
            must(NULL);
    }
    begin = core_time();
    for (size_t i = 0; i < readers->n; i++) {
        (void)pthread_rwlock_rdlock(&readers->lock);
        denied += run_filled(&filled[readers->in_force != readers->policies[0]], readers->bench->order + i % DRAWS, 1);
        (void)pthread_rwlock_unlock(&readers->lock);
    }
    tell_reader(readers, begin, denied);
    rck_request_free(filled[0].request);
    rck_request_free(filled[1].request);
    return NULL;
}

static void *
reload_on(void *arg)
{
    const struct timespec pause = { 0, 1000000 };
    struct readers *readers = arg;

    for (size_t i = 1; !atomic_load(&readers->over); i++) {
        (void)nanosleep(&pause, NULL);
        if (readers->slot != NULL) {
            if (rck_slot_swap(readers->slot, readers->policies[i % 2]) != RCK_OK)
                must(NULL);
        } else {
            (void)pthread_rwlock_wrlock(&readers->lock);
            readers->in_force = readers->policies[i % 2];
            (void)pthread_rwlock_unlock(&readers->lock);
        }
    }
    return NULL;
}

/* Returns the nanoseconds of its core that a decision takes a reader, and in *TOGETHER those that pass from one decision of all
 * N_READERS to the next. */
static double
run_readers(struct readers *readers, size_t n_readers, bool by_lock, bool reloads, double *together)
{
    struct rck_slot *slot = readers->slot;
    pthread_t threads[READERS_MAX], writer;
    size_t expected = 0;
    double begin = now();

    atomic_store(&readers->nanoseconds, 0);
    readers->slot = by_lock ? NULL : slot;
    atomic_store(&readers->over, false);
    atomic_store(&readers->n_denied, 0);
    if (reloads && pthread_create(&writer, NULL, reload_on, readers) != 0)
        must(NULL);
    for (size_t i = 0; i < n_readers; i++)
        if (pthread_create(&threads[i], NULL, by_lock ? read_by_lock : read_by_slot, readers) != 0)
            must(NULL);
    for (size_t i = 0; i < n_readers; i++)
        (void)pthread_join(threads[i], NULL);
    *together = (now() - begin) / (double)(readers->n * n_readers);
    atomic_store(&readers->over, true);
    if (reloads)
        (void)pthread_join(writer, NULL);
    readers->slot = slot;
    for (size_t i = 0; i < readers->n; i++)
        expected += readers->w1->denied[readers->bench->order[i % DRAWS]];
    if (atomic_load(&readers->n_denied) != expected * n_readers)
        wrong(readers->bench, "W1 by readers", by_lock ? "the lock" : "the slot");
    return (double)atomic_load(&readers->nanoseconds) / (double)(readers->n * n_readers);
}

static void
bench_readers(struct bench *bench)
{
    struct readers readers = { .bench = bench, .w1 = make_w1(bench), .n = bench->quick ? 2000 : READER_DECISIONS };
    size_t n_runs = bench->quick ? 1 : RUNS, n_cores = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    double alone[2] = { 0, 0 }, alone_core[2] = { 0, 0 };
    char refused[256];

    for (int p = 0; p < 2; p++)
        readers.policies[p] = must(compile(w1_policy, strlen(w1_policy), NULL, refused, sizeof refused));
    readers.in_force = readers.policies[0];
    if (pthread_rwlock_init(&readers.lock, NULL) != 0 || rck_slot_new(readers.policies[0], &readers.slot) != RCK_OK)
        must(NULL);
    draw_order(bench, W1_REQUESTS);
    head(bench, "a decision, by threads (CPU)");
    for (size_t n = 1; n == 1 || (n <= n_cores && n <= READERS_MAX); n *= 2) {
        double core[2][2][RUNS], together[2][2][RUNS]; /* by the lock, with reloads */

        for (size_t run = 0; run < n_runs; run++)
            for (int which = 0; which < 4; which++)
                core[which / 2][which % 2][run] =
                    run_readers(&readers, n, which / 2 != 0, which % 2 != 0, &together[which / 2][which % 2][run]);
        for (int reloads = 0; reloads < 2; reloads++) {
            double ours = median(core[0][reloads], n_runs), elapsed = median(together[0][reloads], n_runs);
            char what[64];

            (void)snprintf(what, sizeof what, "W1, %zu reader%s%s", n, n == 1 ? "" : "s", reloads ? ", reloads" : "");
            report(bench, what, ours, median(core[1][reloads], n_runs), "rwlock", "ns", 1.1);
            alone[reloads] = n == 1 ? elapsed : alone[reloads];
            alone_core[reloads] = n == 1 ? ours : alone_core[reloads];
            if (n != 1 && !bench->quick)
                printf("%-30s %9.2f times as many decisions as one reader, elapsed; %.2f, by their CPU time\n", "",
                       alone[reloads] / elapsed, (double)n * alone_core[reloads] / ours);
        }
    }
    rck_slot_free(readers.slot);
    (void)pthread_rwlock_destroy(&readers.lock);
    rck_policy_unref(readers.policies[0]);
    rck_policy_unref(readers.policies[1]);
    free_w1(bench, (struct w1 *)(uintptr_t)readers.w1);
}

/* ---- W3 ------------------------------------------------------------------------------------------------------------------- */

static void
keep_core(bool keep)
{
    static cpu_set_t all;
    static bool known;
    cpu_set_t one;
    int cpu = sched_getcpu();

    if (!known)
        known = sched_getaffinity(0, sizeof all, &all) == 0;
    CPU_ZERO(&one);
    CPU_SET((size_t)(cpu >= 0 ? cpu : 0), &one);
    if (known)
        (void)sched_setaffinity(0, sizeof one, keep ? &one : &all);
}

/* Runs ARGV with standard output to OUT; returns its CPU time in seconds, and the elapsed one beside it. */
static double
run_program(const char *const *argv, const char *out, double *elapsed)
{
    struct rusage usage = { 0 };
    double begin = now();
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644), nothing = open("/dev/null", O_WRONLY);

        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0)
            _exit(127);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 1) {
        printf("WRONG: cannot run %s\n", argv[0]);
        exit(1);
    }
    *elapsed = (now() - begin) / 1e9;
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 + (double)usage.ru_stime.tv_sec
           + (double)usage.ru_stime.tv_usec / 1e6;
}

static char *
path_of(const char *folder, const char *name)
{
    size_t room = strlen(folder) + strlen(name) + 2;
    char *path = must(malloc(room));

    (void)snprintf(path, room, "%s/%s", folder, name);
    return path;
}

static FILE *
create(const char *folder, const char *name)
{
    char *path = path_of(folder, name);
    FILE *out = fopen(path, "w");

    if (out == NULL) {
        printf("bench: cannot write '%s': %s\n", path, strerror(errno));
        exit(2);
    }
    free(path);
    return out;
}

static void
finish(FILE *out)
{
    if (fclose(out) != 0) {
        printf("bench: cannot write: %s\n", strerror(errno));
        exit(2);
    }
}

static void
write_w3(const struct bench *bench, const char *folder, long n)
{
    struct w1_request *requests = w1_draw(3001, bench->seed, (size_t)n);
    FILE *out = create(folder, "w1.rules");

    fputs(w1_policy, out);
    finish(out);
    out = create(folder, "w3_requests.jsonl");
    for (long i = 0; i < n; i++)
        w1_write(out, &requests[i], i);
    finish(out);
    free(requests);
}

static bool
same_files(const char *a, const char *b)
{
    FILE *x = fopen(a, "r"), *y = fopen(b, "r");
    bool same = x != NULL && y != NULL, more = same;

    while (more) {
        static char p[1 << 16], q[1 << 16];
        size_t n = fread(p, 1, sizeof p, x), m = fread(q, 1, sizeof q, y);

        same = n == m && memcmp(p, q, n) == 0;
        more = same && n != 0;
    }
    if (x != NULL)
        (void)fclose(x);
    if (y != NULL)
        (void)fclose(y);
    return same;
}

static void
bench_w3(struct bench *bench)
{
    const long n = bench->quick ? 2000 : 1000000;
    char folder[] = "bench-w3.XXXXXX", what[64], by[64];
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    double cpu[RUNS], elapsed[RUNS], scan_cpu[2][RUNS], scan_elapsed, alone = 0;
    size_t n_runs = bench->quick ? 1 : RUNS;
    char *rules, *lines, *ours, *theirs;

    if (mkdtemp(folder) == NULL) {
        printf("bench: cannot make a folder: %s\n", strerror(errno));
        exit(2);
    }
    write_w3(bench, folder, n);
    rules = path_of(folder, "w1.rules");
    lines = path_of(folder, "w3_requests.jsonl");
    ours = path_of(folder, "ours");
    theirs = path_of(folder, "theirs");
    head(bench, "JSON lines, end to end (CPU)");
    for (long jobs = 1; jobs <= n_cores && jobs <= 16; jobs *= 2) {
        char number[24];
        const char *const eval[] = { bench->tool, "eval", "-p", rules, "--format", "json", "--jobs", number, lines, NULL };

        (void)snprintf(number, sizeof number, "%ld", jobs);
        for (size_t h = 0; h < bench->n_hands; h++) { /* the very bytes */
            const char *const scan[] = { bench->self, "--scan", bench->hands[h]->compiler, lines, NULL };
            double ignored;

            (void)run_program(eval, ours, &ignored);
            (void)run_program(scan, theirs, &ignored);
            if (!same_files(ours, theirs)) {
                (void)snprintf(what, sizeof what, "W3 with --jobs %ld", jobs);
                wrong(bench, what, "rulecheck or the scanner");
            }
        }
        keep_core(jobs == 1);
        for (size_t run = 0; run < n_runs; run++) {
            cpu[run] = run_program(eval, "/dev/null", &elapsed[run]);
            for (size_t h = 0; h < bench->n_hands && jobs == 1; h++) {
                const char *const scan[] = { bench->self, "--scan", bench->hands[h]->compiler, lines, NULL };

                scan_cpu[h][run] = run_program(scan, "/dev/null", &scan_elapsed);
            }
        }
        (void)snprintf(what, sizeof what, "W3, %ld lines, --jobs %ld", n, jobs);
        if (jobs == 1) {
            size_t best = 0;
            double least[2];

            for (size_t h = 0; h < bench->n_hands; h++) {
                least[h] = median(scan_cpu[h], n_runs);
                best = least[h] < least[best] ? h : best;
            }
            (void)snprintf(by, sizeof by, "scanner (%s)", bench->hands[best]->compiler);
            alone = median(elapsed, n_runs);
            report(bench, what, median(cpu, n_runs), least[best], by, "s", 3.0);
        } else if (!bench->quick) {
            double time = median(elapsed, n_runs);

            printf("%-30s %9.4g s, elapsed; %.2f times as fast as one\n", what, time, alone / time);
        }
    }
    keep_core(true);
    (void)unlink(rules);
    (void)unlink(lines);
    (void)unlink(ours);
    (void)unlink(theirs);
    (void)rmdir(folder);
    free(rules);
    free(lines);
    free(ours);
    free(theirs);
}

/* ---- the program ---------------------------------------------------------------------------------------------------------- */

/* The same of W2 or W2b with COUNTED clauses, by us or by hand. */
static int
count_w2(struct bench *bench, bool wild, bool by_hand, size_t n)
{
    enum { COUNTED = 1000 };
    struct w2 *w2 = w2_draw(bench->seed, COUNTED, wild, true);
    size_t size = 0, denied, expected = 0;
    char *text = w2_policy(w2, &size), refused[256] = "";
    struct ours ours = make_ours(bench, must(compile(text, size, NULL, refused, sizeof refused)), w2);
    struct hand_run run = { .hand = bench->hands[0], .requests = w2->requests, .table = bench->hands[0]->table_new(w2) };

    draw_order(bench, W2_REQUESTS);
    denied = by_hand ? run_table(&run, bench->order, n) : run_ours(&ours, bench->order, n);
    for (size_t i = 0; i < n; i++)
        expected += w2->denied[bench->order[i]];
    if (denied != expected)
        wrong(bench, "W2", by_hand ? "hash" : "rulecheck");
    bench->hands[0]->table_free(run.table);
    free_ours(&ours);
    free(text);
    w2_free(w2);
    return bench->n_wrong != 0;
}

/* Decides N requests of WHAT, so that somebody can count instructions. */
static int
count(struct bench *bench, const char *what, size_t n)
{
    static const struct {
        const char *what;
        size_t (*run)(const void *, const uint32_t *, size_t);
        bool strings;
    } hands[] = { { "w1-switch", run_switch, false },
                  { "w1-table", run_masks, false },
                  { "w1-uthash", run_uthash, true },
                  { "w1-inline", run_inline, true } };
    struct w1 *w1;
    struct loop loop = { 0 };
    size_t denied = 0, expected = 0;

    if (strncmp(what, "w2", 2) == 0 && n <= DRAWS)
        return count_w2(bench, what[2] == 'b', strstr(what, "-hash") != NULL, n);
    w1 = make_w1(bench);
    draw_order(bench, W1_REQUESTS);
    if (strcmp(what, "w1") == 0)
        loop = (struct loop){ "rulecheck", run_ours, &w1->ours, w1->denied, 0 };
    if (strcmp(what, "w1-strings") == 0)
        loop = (struct loop){ "rulecheck", run_filled, &w1->filled, w1->denied, 0 };
    for (size_t h = 0; h < N_ELEMENTS(hands); h++)
        if (strcmp(what, hands[h].what) == 0)
            loop = (struct loop){ what, hands[h].run, hands[h].strings ? &w1->string_runs[0] : &w1->runs[0], w1->denied, 0 };
    if (loop.run == NULL || n > DRAWS) {
        (void)fprintf(stderr, "bench: there is no '%s', or not so many requests\n", what);
        return 2;
    }
    denied = loop.run(loop.arg, bench->order, n);
    for (size_t i = 0; i < n; i++)
        expected += loop.denied[bench->order[i]];
    if (denied != expected)
        wrong(bench, what, loop.name);
    free_w1(bench, w1);
    return bench->n_wrong != 0;
}

static int
write_all(const struct bench *bench, const char *folder, long n_lines)
{
    struct w1_request *requests = w1_draw(1001, bench->seed, W1_REQUESTS);
    FILE *out;

    (void)mkdir(folder, 0777);
    write_w3(bench, folder, n_lines);
    out = create(folder, "w1_requests.jsonl");
    for (size_t i = 0; i < W1_REQUESTS; i++)
        w1_write(out, &requests[i], -1);
    finish(out);
    free(requests);
    for (int wild = 0; wild < 2; wild++) {
        for (size_t n = 10; n <= 100000; n *= 10) {
            struct w2 *w2 = w2_draw(bench->seed, n, wild != 0, true);
            size_t size = 0;
            char *text = w2_policy(w2, &size), name[64];

            (void)snprintf(name, sizeof name, "w2%s_%zu.rules", wild != 0 ? "b" : "", n);
            out = create(folder, name);
            fwrite(text, 1, size, out);
            finish(out);
            (void)snprintf(name, sizeof name, "w2%s_%zu_requests.jsonl", wild != 0 ? "b" : "", n);
            out = create(folder, name);
            for (size_t i = 0; i < W2_REQUESTS; i++) {
                write_w2(out, &w2->requests[i]);
                fprintf(out, ",\"expect\":\"%s\"}\n", w2->denied[i] ? "deny" : "allow");
            }
            finish(out);
            free(text);
            w2_free(w2);
        }
    }
    return 0;
}

static void
tell_machine(const struct bench *bench)
{
    FILE *info = fopen("/proc/cpuinfo", "r");
    char line[256], model[200] = "unknown processor";

    while (info != NULL && fgets(line, sizeof line, info) != NULL)
        if (sscanf(line, "model name : %199[^\n]", model) == 1)
            break;
    if (info != NULL)
        (void)fclose(info);
    printf("%s, %ld cores; rulecheck %s by %s; seed %u\n", model, sysconf(_SC_NPROCESSORS_ONLN), rck_version(),
#ifdef __clang__
           "clang " __clang_version__,
#else
           "gcc " __VERSION__,
#endif
           bench->seed);
}

int
main(int argc, char **argv)
{
    static struct bench bench;
    static const struct hand *const hands[] = {
#ifdef BENCH_GCC
        &hand_gcc,
#endif
#ifdef BENCH_CLANG
        &hand_clang,
#endif
    };
    static const struct {
        const char *name;
        void (*run)(struct bench *);
        bool one_core;
    } parts[] = { { "w1", bench_w1, true },
                  { "w2", bench_w2, true },
                  { "readers", bench_readers, false },
                  { "w3", bench_w3, true },
                  { "compile", bench_compile, true } };
    const char *tool = getenv("RULECHECK"), *only = NULL;

    for (size_t h = 0; h < N_ELEMENTS(hands); h++)
        bench.hands[bench.n_hands++] = hands[h];
    bench.self = "/proc/self/exe";
    bench.tool = tool != NULL ? tool : "./rulecheck";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            bench.quick = true;
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            bench.seed = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--count") == 0 && i + 2 < argc) {
            return count(&bench, argv[i + 1], strtoul(argv[i + 2], NULL, 10));
        } else if (strcmp(argv[i], "--write") == 0 && i + 2 < argc) {
            return write_all(&bench, argv[i + 1], strtol(argv[i + 2], NULL, 10));
        } else if (strcmp(argv[i], "--scan") == 0 && i + 2 < argc) {
            for (size_t h = 0; h < bench.n_hands; h++)
                if (strcmp(bench.hands[h]->compiler, argv[i + 1]) == 0)
                    return bench.hands[h]->scan(argv[i + 2], STDOUT_FILENO) ? 0 : 2;
            return 2;
        } else {
            (void)fputs("usage: bench [--quick | --only PART] [--seed N] | --count WHAT N | --scan COMPILER FILE | --write DIR LINES\n", stderr);
            return 2;
        }
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (!bench.quick)
        tell_machine(&bench);
    for (size_t p = 0; p < N_ELEMENTS(parts); p++) {
        keep_core(parts[p].one_core);
        if (only == NULL || strcmp(only, parts[p].name) == 0)
            parts[p].run(&bench);
    }
    if (!bench.quick)
        printf("\n%u over their targets, %u refused, %lu wrong decisions\n", bench.n_over, bench.n_refused, bench.n_wrong);
    return bench.n_wrong != 0;
}
