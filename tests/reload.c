/* SPDX-License-Identifier: MIT
 *
 * Readers decide while a writer reloads.  Policies with odd numbers and with even ones decide one request differently, by
 * vocabularies of different shape, so each decision tells which kind it is of; and the writer tells which numbers can be in force.
 * Each decision must be of a policy that was in force during its call; all decisions between entering and leaving of the same one;
 * a reader allocates and frees nothing; and in the end nothing is left.
 *
 *     reload [--swaps N | --seconds N | --still N] [--readers N]
 *
 * --still N swaps nothing for N seconds: readers come and go.  It is for helgrind, which does not know the atomic operations that order
 * swaps and decisions; tests/threads.sh tells more.
 *
 * `make check` makes 2000 swaps with 4 readers.  Half of the readers are ended and made anew all the time.
 */
#include <config.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../engine/rulecheck.h"

enum { READERS_MAX = 64, ENTERS = 200 };

/* What the request below gets. */
static const struct {
    const char *text;
    enum rck_result result;
    const char *by; /* the clause that decides, or NULL */
} kinds[2] = {
    /* even */
    { "policy even; default deny; vocabulary { subject user; role a, b, c; action create, drop; resource photo, page;\n"
      "  attribute tags : set of { x, y, z }; attribute title : string; counter photos : up on create photo; }\n"
      "other: user cannot drop photo; all: user may create photo; few: limit photos to 40; odd: deny when title matches \"*secret*\";\n"
      "cases \"c\" { subject action resource photos title -> result; user create photo 39 \"a\" -> allow;\n"
      "  user create photo 40 \"a\" -> deny by few; }\n",
      RCK_ALLOW, NULL },
    /* odd */
    { "policy odd; default allow; vocabulary { subject user; role a; action create; resource photo; attribute title : string;\n"
      "  counter photos : up on create photo; }\n"
      "full: limit photos to 10; cases \"c\" { subject action resource photos -> result; user create photo 9 -> allow; }\n",
      RCK_DENY, "full" },
};

static const char json[] = "{\"subject\": \"user\", \"action\": \"create\", \"resource\": \"photo\", \"photos\": 15, \"trace\": {\"id\": \"1\"},"
                           " \"title\": \"a long title with a \\u00e9 in it, and more than fits into a word\"}";

static struct rck_slot *slot;
static atomic_uint_fast64_t n_begun, n_done; /* numbers of the policies that swaps began and ended with */
static atomic_bool over;
static atomic_uint n_faults;
static atomic_llong n_live; /* blocks */

/* True while the thread must not ask for memory, nor give any back. */
static _Thread_local bool quiet;

static void
complain(const char *what)
{
    if (atomic_fetch_add(&n_faults, 1) < 5)
        printf("%s\n", what);
}

/* Whether some decision was of a kind. */
static atomic_bool seen[2];

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

static void *
resize(void *old, size_t size, void *ctx)
{
    (void)ctx;
    if (quiet)
        complain("a reader asks for memory");
    if (old == NULL)
        atomic_fetch_add(&n_live, 1);
    return realloc(old, size);
}

static void *
allocate(size_t size, void *ctx)
{
    return resize(NULL, size, ctx);
}

static void
release(void *p, void *ctx)
{
    (void)ctx;
    if (quiet)
        complain("a reader frees memory");
    atomic_fetch_sub(&n_live, p != NULL);
    free(p);
}

static const struct rck_allocator allocator = { allocate, resize, release, NULL };

/* ---- readers ------------------------------------------------------------------------------------------------------------ */

struct thread {
    pthread_t id;
    unsigned idx;
    uint64_t n_decisions[2]; /* by kind */
    uint64_t n_changes;      /* how often the policy was another one than before */
    uint64_t number;         /* of the last one */
};

/* One decision on what REQUEST holds. */
static void
decide(struct thread *thread, const struct rck_view *view, bool explains)
{
    unsigned kind = (unsigned)(view->number % 2);
    struct rck_clause clause = { .label = NULL };
    struct rck_why why;

    if (rck_decide(view->policy, view->request, &why) != kinds[kind].result)
        complain("a decision is not of the policy that the view tells");
    (void)rck_policy_clause(view->policy, why.clause, &clause);
    if ((clause.label != NULL) != (kinds[kind].by != NULL) || (clause.label != NULL && strcmp(clause.label, kinds[kind].by) != 0))
        complain("another clause decides");
    if (explains && rck_explain(view->explanation, view->request) != kinds[kind].result)
        complain("an explanation is not of the policy that the view tells");
    thread->n_decisions[kind]++;
    if (!atomic_load(&seen[kind]))
        atomic_store(&seen[kind], true);
}

static void
enter_once(struct thread *thread, struct rck_reader *reader, unsigned round)
{
    uint64_t least = atomic_load(&n_done), most;
    struct rck_view view;

    rck_reader_enter(reader, &view);
    most = atomic_load(&n_begun);
    if (view.number < least || view.number > most)
        complain("a policy is entered that was not in force");
    if (view.number < thread->number)
        complain("a reader goes back to an older policy");
    thread->n_changes += view.number != thread->number;
    thread->number = view.number;
    if (rck_decide(view.policy, view.request, NULL) != RCK_INVALID)
        complain("a request is not empty");
    /* Some stay for a while, and swaps go on around them. */
    for (unsigned i = 0; i < (round % 16 == 0 ? 100 : 2); i++) {
        if (rck_request_read_json(view.request, json, sizeof json - 1) != RCK_OK)
            complain("a request is refused");
        decide(thread, &view, i == 0);
        if (i == 0)
            decide(thread, &view, false);
    }
    rck_reader_leave(reader);
}

static void *
read_on(void *arg)
{
    struct thread *thread = arg;

    while (!atomic_load(&over)) {
        struct rck_reader *reader;

        if (rck_reader_new(slot, &reader) != RCK_OK)
            abort();
        enter_once(thread, reader, 1); /* the request grows */
        quiet = true;
        for (unsigned round = 0; (round < ENTERS || thread->idx % 2 == 0) && !atomic_load(&over); round++)
            enter_once(thread, reader, round);
        quiet = false;
        rck_reader_free(reader);
    }
    return NULL;
}

/* ---- the writer --------------------------------------------------------------------------------------------------------- */

static struct rck_policy *
compile(struct rck_context *context, uint64_t number)
{
    const char *text = kinds[number % 2].text;
    struct rck_policy *policy = NULL;

    if (rck_policy_compile(context, "test", text, strlen(text), NULL, &policy) != RCK_OK)
        abort();
    return policy;
}

/* Swaps N times, or for so many SECONDS if that is not 0; returns how often. */
static uint64_t
swap_on(struct rck_context *context, uint64_t n, time_t seconds, size_t n_readers)
{
    struct rck_policy *last[2] = { NULL, NULL }; /* by kind */
    time_t end = time(NULL) + seconds;
    uint64_t number = 1;

    while (seconds != 0 ? time(NULL) < end : number <= n || !atomic_load(&seen[0]) || !atomic_load(&seen[1])) {
        struct rck_policy *policy;
        enum rck_status status;

        /* On a busy machine readers may have met one kind only so far: let them run. */
        if (number > n && seconds == 0)
            usleep(1000);
        number++;
        /* Half of them come back after two swaps. */
        if (last[number % 2] == NULL || number % 4 < 2) {
            rck_policy_unref(last[number % 2]);
            last[number % 2] = compile(context, number);
        }
        policy = last[number % 2];
        atomic_store(&n_begun, number);
        status = rck_slot_swap(slot, policy);
        atomic_store(&n_done, number);
        if (status != RCK_OK)
            complain("a swap fails");
        if (number % 8 == 0 && rck_slot_sweep(slot) > n_readers)
            complain("more old policies live than there are readers");
    }
    rck_policy_unref(last[0]);
    rck_policy_unref(last[1]);
    return number - 1;
}

int
main(int argc, char **argv)
{
    static struct thread threads[READERS_MAX];
    struct rck_context *context = NULL;
    struct rck_policy *policy;
    uint64_t n_swaps = 2000, n_decisions[2] = { 0, 0 }, n_changes = 0;
    size_t n_readers = 4;
    time_t seconds = 0;
    unsigned still = 0;

    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--swaps") == 0 && atoll(value) > 0) {
            n_swaps = (uint64_t)atoll(value);
        } else if (strcmp(argv[i], "--seconds") == 0 && atoi(value) > 0) {
            seconds = atoi(value);
        } else if (strcmp(argv[i], "--still") == 0 && atoi(value) > 0) {
            still = (unsigned)atoi(value);
        } else if (strcmp(argv[i], "--readers") == 0 && atoi(value) > 0 && atoi(value) <= READERS_MAX) {
            n_readers = (size_t)atoi(value);
        } else {
            (void)fprintf(stderr, "usage: reload [--swaps N | --seconds N | --still N] [--readers N]\n");
            return 2;
        }
    }
    if (rck_context_new(&allocator, &context) != RCK_OK)
        abort();
    rck_context_set_run_cases(context, true);
    policy = compile(context, 1);
    atomic_store(&n_begun, 1);
    atomic_store(&n_done, 1);
    if (rck_slot_new(policy, &slot) != RCK_OK)
        abort();
    rck_policy_unref(policy);

    for (size_t i = 0; i < n_readers; i++) {
        threads[i].idx = (unsigned)i;
        if (pthread_create(&threads[i].id, NULL, read_on, &threads[i]) != 0)
            abort();
    }
    if (still != 0) {
        (void)sleep(still);
        n_swaps = 0;
    } else {
        n_swaps = swap_on(context, n_swaps, seconds, n_readers);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < n_readers; i++) {
        (void)pthread_join(threads[i].id, NULL);
        for (int kind = 0; kind < 2; kind++)
            n_decisions[kind] += threads[i].n_decisions[kind];
        n_changes += threads[i].n_changes;
    }
    if (rck_slot_sweep(slot) != 0)
        complain("old policies live although nobody is in them");
    rck_slot_free(slot);
    rck_context_free(context);
    if (atomic_load(&n_live) != 0)
        complain("memory is left");
    if (n_decisions[1] == 0 || (n_decisions[0] == 0) != (still != 0))
        complain("only one kind of policy decided");
    printf("%" PRIu64 " swaps, %" PRIu64 " decisions by %zu readers, who met another policy %" PRIu64 " times; %u faults\n", n_swaps,
           n_decisions[0] + n_decisions[1], n_readers, n_changes, atomic_load(&n_faults));
    return atomic_load(&n_faults) != 0;
}
