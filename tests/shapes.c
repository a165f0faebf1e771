/* SPDX-License-Identifier: MIT
 *
 * The hashed table on hostile shapes: policies that are large in one way each.  What a decision touches (hashed_work) and what a
 * clause takes are counted, not timed, and must stay below what stands beside each shape; a sample of requests is decided by the
 * guards as well, with the same result and the same deciding clause.
 *
 * And which policies get a dense table at all: not those whose many clauses would paint its cells over and over.
 *
 *     shapes [NAME]      one shape, or all, with a line of figures each
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/explanation.h"
#include "../engine/policy.h"
#include "../engine/request.h"
#include "random_policy.h"
#include "text.h"

enum { N_REQUESTS = 2000, N_EXPLAINED = 40 };

#define FACTS "{\"subject\":\"s\",\"action\":\"a\",\"resource\":\"r\",\"f\":true,\"g\":false,\"n\":3}"

static uint32_t
below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(random_next(state) % n);
}

/* The vocabulary of most shapes: N_SUBJECTS s0.., 8 a0.., N_RESOURCES r0.., roles, and numbers. */
static void
add_head(struct text *text, uint32_t n_subjects, uint32_t n_resources)
{
    addf(text, "policy p; default allow;\nvocabulary {\nsubject s0");
    for (uint32_t i = 1; i < n_subjects; i++)
        addf(text, ", s%" PRIu32, i);
    addf(text, ";\nrole q0, q1, q2, q3;\naction a0, a1, a2, a3, a4, a5, a6, a7;\nresource r0");
    for (uint32_t i = 1; i < n_resources; i++)
        addf(text, ", r%" PRIu32, i);
    addf(text, ";\nattribute m, n : int;\nattribute e, f, g : { v0");
    for (int i = 1; i < 20; i++)
        addf(text, ", v%d", i);
    addf(text, " };\n}\n");
}

static uint32_t
at_least_4(uint32_t n)
{
    return n < 4 ? 4 : n;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------------- */

/* Each clause names a subject, an action and a resource, and asks one thing more; one in six names less if WILD. */
static void
add_named(struct text *text, uint32_t n, bool wild, uint64_t *state)
{
    uint32_t n_subjects = at_least_4(n / 10), n_resources = at_least_4(n / 10 < 1000 ? n / 10 : 1000);

    add_head(text, n_subjects, n_resources);
    for (uint32_t i = 0; i < n; i++) {
        static const char *const operators[] = { ">=", ">", "<", "<=" };
        uint32_t w = wild ? below(state, 100) : 100, s = below(state, n_subjects), a = below(state, 8);
        uint32_t r = below(state, n_resources);

        addf(text, "c%" PRIu32 ": ", i);
        if (w < 5)
            addf(text, "anyone cannot ");
        else
            addf(text, "s%" PRIu32 " cannot ", s);
        if (w >= 5 && w < 10)
            addf(text, "use ");
        else
            addf(text, "a%" PRIu32 " ", a);
        if (w >= 10 && w < 16)
            addf(text, "anything");
        else
            addf(text, "r%" PRIu32, r);
        if (w < 5 || (w >= 10 && w < 16))
            addf(text, " when m == %" PRIu32 ";\n", below(state, 100));
        else if (below(state, 2) == 0)
            addf(text, " when role has q%" PRIu32 ";\n", below(state, 4));
        else
            addf(text, " when %s %s %" PRIu32 ";\n", below(state, 2) == 0 ? "m" : "n", operators[below(state, 4)],
                 5 + below(state, 90));
    }
}

static void
named(struct text *text, uint32_t n, uint64_t *state)
{
    add_named(text, n, false, state);
}

static void
wild(struct text *text, uint32_t n, uint64_t *state)
{
    add_named(text, n, true, state);
}

/* Nothing is named; all are thresholds of one number, so that half of them apply. */
static void
thresholds(struct text *text, uint32_t n, uint64_t *state)
{
    add_head(text, 4, 4);
    for (uint32_t i = 0; i < n; i++)
        addf(text, "c%" PRIu32 ": deny when m >= %" PRIu32 ";\n", i, 10 * n - below(state, 10 * n));
}

/* Intervals of one number inside one another. */
static void
nested(struct text *text, uint32_t n, uint64_t *state)
{
    (void)state;
    add_head(text, 4, 4);
    for (uint32_t i = 0; i < n; i++)
        addf(text, "c%" PRIu32 ": s1 cannot a1 r1 when m >= %" PRIu32 " and m < %" PRIu32 ";\n", i, i, 2 * n - i);
}

/* All on one key, each a corner of two numbers; few or none apply. */
static void
corners(struct text *text, uint32_t n, uint64_t *state)
{
    add_head(text, 4, 4);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t m = below(state, n);

        addf(text, "c%" PRIu32 ": s1 cannot a1 r1 when m >= %" PRIu32 " and n < %" PRIu32 ";\n", i, m, m / 2 + below(state, 9));
    }
}

/* All on one key, each a small box of two numbers. */
static void
boxes(struct text *text, uint32_t n, uint64_t *state)
{
    add_head(text, 4, 4);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = below(state, n), y = below(state, n);

        addf(text, "c%" PRIu32 ": s1 cannot a1 r1 when m >= %" PRIu32 " and m < %" PRIu32 " and n >= %" PRIu32 " and n < %" PRIu32
             ";\n", i, x, x + 1 + below(state, 20), y, y + 1 + below(state, 20));
    }
}

/* Every set of six names is pinned by some clauses. */
static void
pin_sets(struct text *text, uint32_t n, uint64_t *state)
{
    add_head(text, 20, 20);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t pins = i % 64;

        addf(text, "c%" PRIu32 ": deny when m >= %" PRIu32, i, 500 + below(state, 500));
        if ((pins & 1) != 0)
            addf(text, " and subject == s%" PRIu32, below(state, 20));
        if ((pins & 2) != 0)
            addf(text, " and action == a%" PRIu32, below(state, 8));
        if ((pins & 4) != 0)
            addf(text, " and resource == r%" PRIu32, below(state, 20));
        if ((pins & 8) != 0)
            addf(text, " and e == v%" PRIu32, below(state, 20));
        if ((pins & 16) != 0)
            addf(text, " and f == v%" PRIu32, below(state, 20));
        if ((pins & 32) != 0)
            addf(text, " and g == v%" PRIu32, below(state, 20));
        addf(text, ";\n");
    }
}

/* Each clause names many resources. */
static void
long_lists(struct text *text, uint32_t n, uint64_t *state)
{
    add_head(text, 50, 1000);
    for (uint32_t i = 0; i < n; i++) {
        addf(text, "c%" PRIu32 ": s%" PRIu32 " cannot a%" PRIu32 " r%" PRIu32, i, below(state, 50), below(state, 8), below(state, 9));
        for (uint32_t k = 10 + below(state, 9); k < 980; k += 10)
            addf(text, ", r%" PRIu32, k + below(state, 9));
        addf(text, ";\n");
    }
}

/* All say the same. */
static void
twins(struct text *text, uint32_t n, uint64_t *state)
{
    (void)state;
    add_head(text, 4, 4);
    for (uint32_t i = 0; i < n; i++)
        addf(text, "c%" PRIu32 ": s1 cannot a1 r1;\n", i);
}

/* Numbers as names: each clause is about one account. */
static void
accounts(struct text *text, uint32_t n, uint64_t *state)
{
    add_head(text, 4, 4);
    for (uint32_t i = 0; i < n; i++)
        addf(text, "c%" PRIu32 ": deny when m == %" PRIu32 " and n >= %" PRIu32 ";\n", i, below(state, 2 * n), below(state, 2 * n));
}

static void
add_names(struct text *text, const char *before, char letter, uint32_t n)
{
    addf(text, "%s%c0", before, letter);
    for (uint32_t i = 1; i < n; i++)
        addf(text, ", %c%" PRIu32, letter, i);
}

/* Six names in each clause that no other clause has: too many classes together for one key. */
static void
long_keys(struct text *text, uint32_t n, uint64_t *state)
{
    add_names(text, "policy p; default allow;\nvocabulary {\nsubject ", 's', n);
    add_names(text, ";\naction ", 'a', n);
    add_names(text, ";\nresource ", 'r', n);
    add_names(text, ";\nattribute e, f, g : { ", 'v', n);
    addf(text, " };\nattribute m : int;\n}\n");
    for (uint32_t i = 0; i < n; i++)
        addf(text, "c%1$" PRIu32 ": s%1$" PRIu32 " cannot a%1$" PRIu32 " r%1$" PRIu32 " when e == v%1$" PRIu32 " and f == v%1$" PRIu32
             " and g == v%1$" PRIu32 " and m >= %2$" PRIu32 ";\n", i, below(state, 100));
}

/* Three names in each clause that no other clause has, and two numbers in each third one: more classes together than a key has room for. */
static void
far_keys(struct text *text, uint32_t n, uint64_t *state)
{
    (void)state;
    add_names(text, "policy p; default allow;\nvocabulary {\nsubject ", 's', n);
    add_names(text, ";\naction ", 'a', n);
    add_names(text, ";\nresource ", 'r', n);
    addf(text, ";\nattribute m, n : int;\n}\n");
    for (uint32_t i = 0; i < n; i++)
        addf(text, i % 3 != 0 ? "c%1$" PRIu32 ": s%1$" PRIu32 " cannot a%1$" PRIu32 " r%1$" PRIu32 ";\n"
                              : "c%1$" PRIu32 ": s%1$" PRIu32 " cannot a%1$" PRIu32 " r%1$" PRIu32 " when m == %2$" PRIu32 " and n == %2$" PRIu32 ";\n", i, i / 3);
}

/* Half of the clauses name one subject of 256, so that the last digit of their keys is the same. */
static void
one_digit(struct text *text, uint32_t n, uint64_t *state)
{
    (void)state;
    add_head(text, 256, 256);
    for (uint32_t i = 0; i < n; i++)
        addf(text, i % 2 == 0 ? "c%1$" PRIu32 ": s0 cannot use r%2$" PRIu32 ";\n" : "c%1$" PRIu32 ": s%2$" PRIu32 " cannot use anything;\n",
             i, i / 2);
}

/* Clauses that are certain in one box, and unknown in others, which may have no point with it in common and yet not fill what is around. */
static void
partly(struct text *text, uint32_t n, uint64_t *state)
{
    static const char *const others[] = {
        "subject == s0 and n == 1 and n == 2", "subject == s1 and n == 1 and n == 2", "subject == s2 and m == 1 and m == 2",
        "subject == s3 and m == 1 and m == 2 and n == 3"
    };

    addf(text, "policy p; default allow;\nvocabulary {\nsubject s0, s1, s2, s3;\nrole q0; action a0, a1; resource r0, r1;\n"
               "attribute seal : bool optional;\nattribute m, n : int;\nattribute f : { v1, v2 };\n}\n");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t some = below(state, 16);

        addf(text, "c%" PRIu32 ": deny when resource == r%" PRIu32 " and ((seal is present and subject in { s1, s3 } and f == v1%s%s)", i,
             below(state, 2), below(state, 2) == 0 ? " and m == 5" : "", below(state, 2) == 0 ? " and n == 5" : "");
        for (uint32_t k = 0; k < N_ELEMENTS(others); k++)
            if ((some >> k & 1) != 0)
                addf(text, " or (not (seal is present) and %s)", others[k]);
        addf(text, ");\n");
    }
}

/* One clause about fifteen numbers, of which the others make as many classes each as there are of these. */
static void
wide_hull(struct text *text, uint32_t n, uint64_t *state)
{
    (void)state;
    addf(text, "policy p; default allow;\nvocabulary {\nsubject s0; role q0; action a0; resource r0;\nattribute m0");
    for (uint32_t k = 1; k < 15; k++)
        addf(text, ", m%" PRIu32, k);
    addf(text, " : int 0..;\n}\nall: deny when m0 < 1000");
    for (uint32_t k = 1; k < 15; k++)
        addf(text, " and m%" PRIu32 " < 1000", k);
    addf(text, ";\n");
    for (uint32_t i = 1; i < n; i++)
        addf(text, "c%1$" PRIu32 ": deny when m%2$" PRIu32 " == %3$" PRIu32 ";\n", i, i % 15, i / 15 * 2);
}

struct shape {
    const char *name;
    void (*write)(struct text *text, uint32_t n, uint64_t *state);
    uint32_t n;         /* clauses */
    uint32_t n_numbers; /* numbers of requests are below it */
    uint32_t bytes;     /* a clause may take at most */
    uint32_t work;      /* of one decision, at most */
};

/* What ten clauses take, and what a search in a half full hash table may take more than one in an empty one. */
enum { TEN_CLAUSES = 8, LONG_SEARCH = 4 };

static const struct shape SHAPES[] = {
    { "named", named, 10, 100, 300, TEN_CLAUSES },
    { "named", named, 1000, 100, 64, TEN_CLAUSES + LONG_SEARCH },
    { "named", named, 10000, 100, 64, TEN_CLAUSES + LONG_SEARCH },
    { "wild", wild, 10000, 100, 64, TEN_CLAUSES + 4 * LONG_SEARCH },
    { "thresholds", thresholds, 2000, 20000, 128, 64 },
    { "nested", nested, 2000, 4000, 128, 64 },
    { "corners", corners, 2000, 2000, 128, 128 },
    { "boxes", boxes, 2000, 2000, 128, 1000 }, /* where one of the numbers is absent */
    { "pin-sets", pin_sets, 2000, 1000, 128, 700 },
    { "long-lists", long_lists, 500, 100, 2000, 60 },
    { "twins", twins, 5000, 100, 64, 16 },
    { "accounts", accounts, 2000, 4000, 128, 64 },
    { "long-keys", long_keys, 1600, 100, 300, 16 },
    { "long-keys", long_keys, 2100, 100, 300, 16 },
    { "far-keys", far_keys, 4500, 4500, 300, 16 },
    { "one-digit", one_digit, 510, 100, 64, 16 },
    { "partly", partly, 200, 10, 400, 400 },
    { "wide-hull", wide_hull, 400, 1500, 300, 600 },
};

/* ---- trying ------------------------------------------------------------------------------------------------------------- */

static uint32_t
work_of(const struct hashed_work *work)
{
    return work->groups + work->buckets + work->nodes + work->parts + work->conds;
}

/* Fills REQUEST at random; half of the requests are about the first names, which some shapes are about alone. */
static void
fill(struct rck_request *request, const struct rck_policy *policy, const struct shape *shape, uint64_t *state)
{
    bool first = below(state, 2) == 0;

    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        bool given = s < N_DIMENSIONS || below(state, 20) != 0;

        if (slot->type == RCK_TYPE_INT)
            request_set_number(request, s, below(state, shape->n_numbers));
        else if (slot->type != RCK_TYPE_SET)
            request_set_name(request, s, first && slot->n_names > 1 && (s < N_DIMENSIONS || shape->write == long_keys) ? 1
                                                                                                                      : below(state, slot->n_names));
        else
            *request_values(request, s) = random_next(state) & ((1u << slot->n_names) - 1);
        if (!given)
            request_set_code(request, s, VALUE_ABSENT);
        else if (slot->type == RCK_TYPE_SET)
            request_set_code(request, s, VALUE_DECLARED);
    }
}

static bool
print_piece(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stdout) == size;
}

static bool
try_shape(const struct shape *shape)
{
    struct text text = { 0 };
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    struct hashed_work all = { 0 };
    const double requests = N_REQUESTS;
    uint64_t state = 12345, size;
    uint32_t most = 0, asked = 0;
    bool good = true;

    shape->write(&text, shape->n, &state);
    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", 1) != RCK_OK
        || rck_policy_compile(context, shape->name, text.p, text.n, &diagnostics, &policy) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK || rck_explanation_new(policy, &explanation) != RCK_OK) {
        if (diagnostics != NULL)
            rck_diagnostics_write(diagnostics, 0, print_piece, NULL);
        printf("%s: does not compile\n", shape->name);
        exit(EXIT_FAILURE);
    }
    rck_diagnostics_free(diagnostics);
    size = hashed_size(&policy->table.hashed, &policy->table.classes);
    for (uint32_t i = 0; i < N_REQUESTS && good; i++) {
        struct hashed_work work = { 0 };
        struct rck_why why;
        enum rck_result result;
        uint32_t first = RCK_NONE;

        fill(request, policy, shape, &state);
        result = rck_decide(policy, request, &why);
        hashed_cell_counted(&policy->table.hashed, &policy->table.classes, request, &work);
        all.groups += work.groups;
        all.buckets += work.buckets;
        all.nodes += work.nodes;
        all.parts += work.parts;
        all.conds += work.conds;
        most = work_of(&work) > most ? work_of(&work) : most;
        if (i % (N_REQUESTS / N_EXPLAINED) != 0)
            continue;
        good = rck_explain(explanation, request) == result;
        for (uint32_t c = 0; c < policy->clauses.n && first == RCK_NONE; c++)
            if (rck_explanation_state(explanation, c) == (result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN))
                first = c;
        if (explanation->n_asked > asked)
            asked = explanation->n_asked;
        good = good && why.clause == (result == RCK_ALLOW ? RCK_NONE : first);
        if (!good)
            printf("%s: the table says %s by %" PRIu32 ", the guards differ\n", shape->name, rck_result_name(result), why.clause);
    }
    printf("%-12s %6" PRIu32 " clauses: %" PRIu32 " groups, %5" PRIu64 " bytes a clause, work %" PRIu32 " at most", shape->name,
           shape->n, policy->table.hashed.n_groups, size / shape->n, most);
    printf(", on average %.1f: %.1f groups, %.1f buckets, %.1f nodes, %.1f parts, %.1f conditions\n",
           (double)work_of(&all) / requests, (double)all.groups / requests, (double)all.buckets / requests,
           (double)all.nodes / requests, (double)all.parts / requests, (double)all.conds / requests);
    printf("%-12s %6" PRIu32 " clauses are asked at most when a request is explained\n", "", asked);
    if ((shape->write == named || shape->write == wild) && shape->n >= 1000 && asked > shape->n / 4) {
        printf("%s: an explanation asks %" PRIu32 " clauses\n", shape->name, asked);
        good = false;
    }
    if (size > (uint64_t)shape->bytes * shape->n || most > shape->work) {
        printf("%s: more than %" PRIu32 " bytes a clause, or work %" PRIu32 "\n", shape->name, shape->bytes, shape->work);
        good = false;
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
    rck_context_free(context);
    free(text.p);
    return good;
}

/* ---- dense, or not ------------------------------------------------------------------------------------------------------ */

static bool
try_coats(void)
{
    static const struct {
        const char *clause;
        uint32_t n_cells, n_painted; /* by each such clause */
    } policies[] = {
        { "deny when f", 3, 2 },
        { "deny when f and not g", 9, 4 }, /* where both hold, and where one or both are unknown, and none says otherwise */
        { "deny when not (subject in { })", 1, 1 }, /* a table without columns */
        { "deny when n < 5", 3, 2 },
    };
    bool good = true;

    for (size_t p = 0; p < N_ELEMENTS(policies); p++)
        for (uint32_t cells = policies[p].n_cells - 1; cells <= policies[p].n_cells + 1; cells++) {
            uint32_t most = cells * DENSE_COATS_MAX / policies[p].n_painted;

            for (uint32_t n = most < 4 ? 1 : most - 3; n < most + 4; n++) {
                struct text text = { NULL, 0, 0 };
                struct rck_context *context = NULL;
                struct rck_policy *policy = NULL;
                struct rck_request *request = NULL;
                struct rck_why why = { 0 };
                bool dense = cells >= policies[p].n_cells && n <= most;

                addf(&text, "policy p; default allow; vocabulary { subject s; action a; resource r; attribute f, g : bool; attribute n : int; }\n");
                for (uint32_t i = 0; i < n; i++)
                    addf(&text, "c%" PRIu32 ": %s;\n", i, policies[p].clause);
                if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", cells) != RCK_OK
                    || rck_policy_compile(context, "coats", text.p, text.n, NULL, &policy) != RCK_OK
                    || rck_request_new(policy, &request) != RCK_OK)
                    abort();
                (void)rck_request_read_json(request, FACTS, sizeof FACTS - 1);
                if ((policy->table.form == TABLE_DENSE) != dense || rck_decide(policy, request, &why) != RCK_DENY || why.clause != 0) {
                    printf("%" PRIu32 " times '%s', with %" PRIu32 " cells: %s\n", n, policies[p].clause, cells,
                           policy->table.form == TABLE_DENSE ? "dense" : "hashed");
                    good = false;
                }
                rck_request_free(request);
                rck_policy_unref(policy);
                rck_context_free(context);
                free(text.p);
            }
        }
    return good;
}

int
main(int argc, char **argv)
{
    bool good = argc >= 2 || try_coats();

    for (size_t i = 0; i < N_ELEMENTS(SHAPES); i++)
        if (argc < 2 || strcmp(argv[1], SHAPES[i].name) == 0)
            good = try_shape(&SHAPES[i]) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
