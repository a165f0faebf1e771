/* SPDX-License-Identifier: MIT
 *
 * Every limit of engine/caps.h, through the API: at one below it and at it the library does what was asked, at one above it refuses
 * and names the limit.  Settable limits are set, also to 0 and to the most that there is; what bounds a request is fixed.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/caps.h"
#include "../engine/rulecheck.h"
#include "counting.h"
#include "judge.h"
#include "text.h"

/* ---- policies ----------------------------------------------------------------------------------------------------------- */

/* What a compile under a limit came to. */
struct outcome {
    enum rck_status status;
    bool names_limit; /* a diagnostic is about it */
    size_t n_kept, n_found;
};

/* Every file that is included is empty. */
static enum rck_status
find_empty(void *arg, struct rck_include *include)
{
    (void)arg;
    (void)include;
    return RCK_OK;
}

/* Compiles TEXT with LIMIT set to VALUE.  *POLICY (may be NULL) gets the policy. */
static struct outcome
compile(struct text text, const char *limit, uint64_t value, struct rck_policy **policy)
{
    struct counting mem;
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *made = NULL;
    struct outcome outcome = { 0 };
    char quoted[64];

    counting_init(&mem);
    if (rck_context_new(policy == NULL ? &mem.allocator : NULL, &context) != RCK_OK)
        abort();
    rck_context_set_include(context, find_empty, NULL);
    judge(rck_context_set_limit(context, limit, value) == RCK_OK, "'%s' cannot be set", limit);
    outcome.status = rck_policy_compile(context, "limits.rules", text.p, text.n, &diagnostics, &made);
    snprintf(quoted, sizeof quoted, "'%s'", limit);
    judge(diagnostics != NULL, "'%s' of %" PRIu64 " leaves no diagnostics: \"%s\"", limit, value, rck_status_text(outcome.status));
    if (diagnostics == NULL) {
        rck_context_free(context);
        return outcome;
    }
    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++)
        outcome.names_limit = outcome.names_limit || strstr(rck_diagnostics_at(diagnostics, i)->message, quoted) != NULL;
    outcome.n_kept = rck_diagnostics_count(diagnostics);
    outcome.n_found = rck_diagnostics_found(diagnostics, RCK_ERROR);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    if (policy != NULL)
        *policy = made;
    else
        rck_policy_unref(made);
    judge(policy != NULL || mem.live == 0, "%zu blocks are left under '%s' %" PRIu64, mem.live, limit, value);
    return outcome;
}

/* TEXT takes N of what LIMIT counts: it compiles where LIMIT is N + 1 or N, not where it is N - 1 or 0. */
static void
exactly(struct text text, const char *limit, uint64_t n)
{
    for (uint64_t value = n - 1; value <= n + 1; value++) {
        struct outcome outcome = compile(text, limit, value, NULL);

        if (value >= n)
            judge(outcome.status == RCK_OK, "'%s' is %" PRIu64 ", and %" PRIu64 " are too many", limit, value, n);
        else
            judge(outcome.status == RCK_E_POLICY && outcome.names_limit, "'%s' is %" PRIu64 ", and %" PRIu64 " are fine", limit, value, n);
    }
    judge(compile(text, limit, 0, NULL).status == RCK_E_POLICY, "'%s' is 0, and %" PRIu64 " are fine", limit, n);
    judge(compile(text, limit, UINT64_MAX, NULL).status == RCK_OK, "'%s' is without bound, and %" PRIu64 " are too many", limit, n);
}

/* The least value of LIMIT with which TEXT compiles. */
static uint64_t
least(struct text text, const char *limit, uint64_t most)
{
    uint64_t low = 0;

    while (low < most) {
        uint64_t middle = low + (most - low) / 2;

        if (compile(text, limit, middle, NULL).status == RCK_OK)
            most = middle;
        else
            low = middle + 1;
    }
    return most;
}

static const char head[] = "policy p; default allow; vocabulary { subject s; role r; action a; resource b; attribute f : bool; }\n";

static void
test_policy_bytes(void)
{
    struct text text = { 0 };

    addf(&text, "%sc: deny when f;\n#", head);
    repeat(&text, 'x', 3000);
    exactly(text, "policy-bytes", text.n);
    free(text.p);
}

static void
test_compile_bytes(void)
{
    struct text text = { 0 };
    uint64_t n;

    addf(&text, "%s", head);
    for (int i = 0; i < 200; i++)
        addf(&text, "c%d: deny when f and subject == s;\nd%d: note \"%d\";\n", i, i, i);
    n = least(text, "compile-bytes", 64 << 20);
    exactly(text, "compile-bytes", n);
    for (uint64_t value = 0; value < n; value += n / 211) {
        struct outcome outcome = compile(text, "compile-bytes", value, NULL);

        judge(outcome.status == RCK_E_POLICY && outcome.names_limit, "'compile-bytes' of %" PRIu64 " says \"%s\"", value,
              rck_status_text(outcome.status));
    }
    free(text.p);
}

/* A list takes memory by its length, wherever it stands, also if no two of its names are neighbours: the sets that it grows through
 * are not kept. */
static void
test_long_lists(void)
{
    static const struct {
        const char *before, *name, *after;
    } lists[] = {
        { "c: ", "s", " cannot a0 b;\n" },
        { "c: only ", "r", " may a0 b;\n" },
        { "c: s0 cannot ", "a", " b;\n" },
        { "c: deny when subject in { ", "s", " };\n" },
        { "c: deny when t in { ", "\"", " };\n" },
        { "vocabulary { subject all = ", "s", "; }\nc: all cannot a0 b;\n" },
        { "vocabulary { counter k : up on ", "a", " b; }\nc: limit k to 3;\n" },
    };
    enum { N_NAMES = 20000 };

    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
        struct text text = { 0 };

        adds(&text, "policy p; default allow;\nvocabulary { resource b; attribute t : string;\nsubject s0");
        for (int i = 1; i < N_NAMES; i++)
            addf(&text, ", s%d", i);
        adds(&text, ";\nrole r0");
        for (int i = 1; i < N_NAMES; i++)
            addf(&text, ", r%d", i);
        adds(&text, ";\naction a0");
        for (int i = 1; i < N_NAMES; i++)
            addf(&text, ", a%d", i);
        addf(&text, "; }\n%s", lists[l].before);
        for (int i = 0; i < N_NAMES; i += 2) {
            adds(&text, i == 0 ? "" : ", ");
            addf(&text, "%s%d%s", lists[l].name, i, lists[l].name[0] == '"' ? "\"" : "");
        }
        adds(&text, lists[l].after);
        judge(compile(text, "compile-bytes", 48 << 20, NULL).status == RCK_OK, "a list of %d names: %s", N_NAMES / 2, lists[l].before);
        free(text.p);
    }
}

static void
test_counter_steps(void)
{
    struct text text = { 0 };

    addf(&text, "%svocabulary { action d, u; counter k : up on a b", head);
    for (int i = 0; i < 19; i++)
        addf(&text, ", %s b", i % 2 == 0 ? "down on d" : "up on u, a");
    addf(&text, "; counter one : up on a b; }\nc: deny when f;\n");
    exactly(text, "counter-steps", 20);
    free(text.p);
}

/* Also those that lead to a file for the second time. */
static void
test_includes(void)
{
    struct text text = { 0 };

    addf(&text, "%s", head);
    for (int i = 0; i < 30; i++)
        addf(&text, "include \"file %d\";\n", i % 20);
    addf(&text, "c: deny when f;\n");
    exactly(text, "includes", 30);
    free(text.p);
}

static void
test_clauses(void)
{
    struct text text = { 0 };

    addf(&text, "%s", head);
    for (int i = 0; i < 9; i++)
        addf(&text, "c%d: deny when f;\n", i);
    addf(&text, "assert deny when f; n: note \"x\"; w: deny when f warn;\n");
    exactly(text, "clauses", 12);
    free(text.p);
}

/* Dimensions, values, attributes, counters and params together. */
static void
test_names(void)
{
    struct text text = { 0 };

    addf(&text, "policy p; default allow; param q : int = 3; param q2 : bool = true;\n"
                "vocabulary { subject s1, s2; role r1, r2, r3; action a1; resource b1, b2; attribute e : { v1, v2 }; attribute t : set of { w1 };\n"
                "attribute n, m : int; counter k : up on a1 b1; }\nc: limit k to q; d: deny when s1 == subject and n > m;\n");
    exactly(text, "names", 2 + 2 + 3 + 1 + 2 + 3 + 2 + 2 + 1);
    free(text.p);
}

static void
test_name_bytes(void)
{
    for (size_t n = 1; n <= 1000; n = 4 * n + 3) {
        struct text text = { 0 };

        addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource b; attribute x : { ");
        repeat(&text, 'n', 30 + n);
        addf(&text, " }; }\nc: deny when subject == s;\n");
        exactly(text, "name-bytes", 30 + n);
        free(text.p);
    }
}

static void
test_nesting(void)
{
    for (int n = 2; n <= 200; n += 99) {
        struct text nots = { 0 }, ands = { 0 }, parentheses = { 0 }, both = { 0 };

        addf(&nots, "%sc: deny when ", head);
        for (int i = 1; i < n; i++)
            addf(&nots, "not ");
        addf(&nots, "f;\n");
        exactly(nots, "nesting", (uint64_t)n);
        addf(&ands, "%sc: deny when f", head);
        for (int i = 1; i < n; i++)
            addf(&ands, " and f");
        addf(&ands, ";\n");
        exactly(ands, "nesting", (uint64_t)n);
        addf(&parentheses, "%sc: deny when ", head);
        repeat(&parentheses, '(', (size_t)n - 1);
        addf(&parentheses, "f");
        repeat(&parentheses, ')', (size_t)n - 1);
        addf(&parentheses, ";\n");
        exactly(parentheses, "nesting", (uint64_t)n);
        addf(&both, "%sc: deny when ", head);
        for (int i = 0; i < n; i++)
            addf(&both, "not (f or ");
        addf(&both, "f");
        repeat(&both, ')', (size_t)n);
        addf(&both, ";\n");
        exactly(both, "nesting", 3 * (uint64_t)n + 1);
        free(nots.p);
        free(ands.p);
        free(parentheses.p);
        free(both.p);
    }

    /* It cannot be raised further than the stack is sure to bear. */
    struct text ands = { 0 };

    addf(&ands, "%sc: deny when f", head);
    for (int i = 1; i < 100000; i++)
        addf(&ands, " and f");
    addf(&ands, ";\n");
    judge(compile(ands, "nesting", UINT64_MAX, NULL).names_limit, "100,000 terms are fine");
    free(ands.p);
}

/* The dense table of TEXT has N cells: it is dense where 'cells' is N, hashed where it is less, and never refused. */
static void
forms(struct text text, uint64_t n)
{
    const uint64_t values[] = { 0, 1, n - 1, n, n + 1, UINT64_MAX };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct rck_policy *policy = NULL;
        struct rck_table_info info;
        bool dense = values[i] >= n;

        judge(compile(text, "cells", values[i], &policy).status == RCK_OK, "'cells' is %" PRIu64 ", and %" PRIu64 " are too many",
              values[i], n);
        if (policy == NULL)
            continue;
        rck_policy_table(policy, &info);
        judge(strcmp(info.form, dense ? "dense" : "hashed") == 0 && info.n_cells == (dense ? n : 0)
                  && (info.n_groups == 0) == dense,
              "'cells' is %" PRIu64 ", and a table of %" PRIu64 " is %s", values[i], n, info.form);
        rck_policy_unref(policy);
    }
}

/* A clause of N rows, a policy of 3 N + 1. */
static void
test_rows(void)
{
    struct text text = { 0 };
    struct rck_policy *policy;
    struct rck_table_info info;
    enum { N = 7 };

    addf(&text, "policy p; default allow; vocabulary { subject s0");
    for (int i = 1; i <= N; i++)
        addf(&text, ", s%d", i);
    addf(&text, "; role r; action a0");
    for (int i = 1; i <= N; i++)
        addf(&text, ", a%d", i);
    addf(&text, "; resource b; }\none: s%d cannot a%d b;\n", N, N);
    for (int c = 0; c < 3; c++) {
        addf(&text, "c%d: deny when (subject == s0 and action == a%d)", c, c);
        for (int i = 1; i < N; i++)
            addf(&text, " or (subject == s%d and action == a%d)", i, (i + c) % N);
        addf(&text, ";\n");
    }
    exactly(text, "clause-rows", N);
    exactly(text, "rows", 3 * N + 1);
    compile(text, "cells", 1 << 20, &policy);
    rck_policy_table(policy, &info);
    judge(info.n_rows == 3 * N + 1, "the table has %" PRIu32 " rows", info.n_rows);
    rck_policy_unref(policy);
    forms(text, info.n_cells);
    free(text.p);
}

static void
test_proof_steps(void)
{
    struct text text = { 0 };
    uint64_t n;

    addf(&text, "%s", head);
    for (int i = 0; i < 20; i++)
        addf(&text, "c%d: deny when f and action == a and subject == s;\n", i);
    addf(&text, "assert deny when f and subject == s;\n");
    n = least(text, "proof-steps", 100000);
    judge(n > 0 && n < 1000, "the proof takes %" PRIu64 " steps", n);
    exactly(text, "proof-steps", n);
    free(text.p);
}

/* N routes of one method become N + 2 states and N + 1 literals. */
static void
test_route_states(void)
{
    struct text text = { 0 };
    enum { N = 7 };

    addf(&text, "%sc: deny when f and not f;\nroutes {\n", head);
    for (int i = 0; i < N; i++)
        addf(&text, "GET \"/p%d\" -> a b;\n", i);
    addf(&text, "}\n");
    exactly(text, "route-states", 2 * N + 3);
    free(text.p);
}

/* Decides a GET of URL, of which VALUE of at most MOST is something. */
static void
read_url(struct rck_request *request, struct text url, const char *what, size_t value, size_t most)
{
    const struct rck_http http = { .method = "GET", .method_length = 3, .url = url.p, .url_length = url.n };
    enum rck_status status = rck_http_request(request, &http);
    const struct rck_request_error *error = rck_request_error(request);

    judge(status == (value <= most ? RCK_OK : RCK_E_REQUEST), "%zu %s, at most %zu: \"%s\"", value, what, most, rck_status_text(status));
    judge(value <= most || (error != NULL && strstr(error->message, what) != NULL), "%zu %s and the error do not agree", value, what);
}

static void
test_messages(void)
{
    struct text text = { 0 };
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;

    addf(&text, "%sc: deny when f and not f;\nroutes { GET \"/**\" when not header.x matches \"y\" -> a b; POST \"/**\" when body.kind != \"x\" -> a b; credential s when header.x is present; }\n", head);
    compile(text, "diagnostics", 20, &policy);
    free(text.p);
    if (policy == NULL || rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (size_t n = URL_BYTES_MAX - 1; n <= URL_BYTES_MAX + 1; n++) {
        struct text url = { 0 };

        addf(&url, "/a?b=");
        repeat(&url, 'c', n - url.n);
        read_url(request, url, "bytes", n, URL_BYTES_MAX);
        free(url.p);
    }
    for (size_t n = URL_SEGMENTS_MAX - 1; n <= URL_SEGMENTS_MAX + 1; n++) {
        struct text path = { 0 };
        struct outcome outcome;

        addf(&path, "%sc: deny when f and not f;\nroutes { GET \"", head);
        for (size_t i = 0; i < n; i++)
            addf(&path, "/s");
        addf(&path, "\" -> a b; }\n");
        outcome = compile(path, "diagnostics", 20, NULL);
        judge((outcome.status == RCK_OK) == (n <= URL_SEGMENTS_MAX), "a route of %zu segments: %s", n, rck_status_text(outcome.status));
        free(path.p);
    }
    for (size_t n = URL_SEGMENTS_MAX - 1; n <= URL_SEGMENTS_MAX + 1; n++)
        for (int slash = 0; slash < 2; slash++) {
            struct text url = { 0 };

            for (size_t i = 0; i < n - (size_t)slash; i++)
                addf(&url, "/s");
            addf(&url, slash ? "/" : ""); /* an empty segment more */
            read_url(request, url, "segments", n, URL_SEGMENTS_MAX);
            free(url.p);
        }
    for (size_t n = STRING_BYTES_MAX - 1; n <= STRING_BYTES_MAX + 1; n++) {
        struct text value = { 0 };
        struct rck_header header = { .name = "X", .name_length = 1 };
        const struct rck_http http = { .method = "GET", .method_length = 3, .url = "/", .url_length = 1, .headers = &header, .n_headers = 1 };

        repeat(&value, 'v', n);
        header.value = value.p;
        header.value_length = value.n;
        judge(rck_http_request(request, &http) == (n <= STRING_BYTES_MAX ? RCK_OK : RCK_E_REQUEST), "a header of %zu bytes", n);
        free(value.p);
    }
    for (size_t n = STRING_BYTES_MAX - 1; n <= STRING_BYTES_MAX + 1; n++) {
        struct text body = { 0 };
        const struct rck_header header = { "x", 1, "n", 1 };
        struct rck_http http = { .method = "POST", .method_length = 4, .url = "/", .url_length = 1, .headers = &header, .n_headers = 1 };

        addf(&body, "{\"kind\": \"");
        repeat(&body, 'v', n);
        addf(&body, "\"}");
        http.body = body.p;
        http.body_length = body.n;
        judge(rck_http_request(request, &http) == RCK_OK, "a text of %zu bytes in a body", n);
        judge((rck_request_doubt(request) == NULL) == (n <= STRING_BYTES_MAX), "a text of %zu bytes in a body, and its kind is %s", n,
              rck_request_doubt(request) == NULL ? "known" : "unknown");
        free(body.p);
    }
    /* All headers together, also those that nobody asks for; a name alone is too long as well. */
    for (size_t n = REQUEST_BYTES_MAX - 1; n <= REQUEST_BYTES_MAX + 1; n++)
        for (int in_name = 0; in_name < 2; in_name++) {
            struct text long_one = { 0 };
            struct rck_header headers[2] = { { "x", 1, "n", 1 }, { "z", 1, "", 0 } };
            const struct rck_http http = { .method = "GET", .method_length = 3, .url = "/", .url_length = 1, .headers = headers, .n_headers = 2 };

            repeat(&long_one, 'v', in_name ? n - 2 : n - 3);
            if (in_name) {
                headers[1].name = long_one.p;
                headers[1].name_length = long_one.n;
            } else {
                headers[1].value = long_one.p;
                headers[1].value_length = long_one.n;
            }
            judge(rck_http_request(request, &http) == (n <= REQUEST_BYTES_MAX ? RCK_OK : RCK_E_REQUEST), "headers of %zu bytes", n);
            judge(n <= REQUEST_BYTES_MAX || strstr(rck_request_error(request)->message, "1048576 bytes") != NULL, "headers of %zu bytes are refused otherwise", n);
            free(long_one.p);
        }
    rck_request_free(request);
    rck_policy_unref(policy);

    /* A condition that is deep to the right has all of its parts on the stack. */
    text = (struct text){ 0 };
    addf(&text, "%sc: deny when f and not f;\nroutes { GET \"/\" when ", head);
    for (int i = 1; i < 300; i++)
        addf(&text, "body.a or (");
    addf(&text, "body.a");
    for (int i = 1; i < 300; i++)
        addf(&text, ")");
    addf(&text, " -> a b; }\n");
    exactly(text, "nesting", least(text, "nesting", NESTING_MAX));
    free(text.p);
}

static void
test_diagnostics(void)
{
    for (size_t n = 1; n < 60; n += 19) {
        struct text text = { 0 };

        addf(&text, "%s", head);
        for (size_t i = 0; i < n; i++)
            addf(&text, "c%zu: deny when unknown%zu;\n", i, i);
        for (size_t value = n - 1; value <= n + 1; value++) {
            struct outcome outcome = compile(text, "diagnostics", value, NULL);

            judge(outcome.status == RCK_E_POLICY && outcome.n_kept == (value < n ? value : n) && outcome.n_found == n,
                  "'diagnostics' is %zu, and of %zu there are %zu", value, outcome.n_found, outcome.n_kept);
        }
        judge(compile(text, "diagnostics", 0, NULL).n_found == n, "'diagnostics' is 0, and errors are lost");
        judge(compile(text, "diagnostics", UINT64_MAX, NULL).n_kept == n, "'diagnostics' is without bound, and some are not kept");
        free(text.p);
    }
}

static bool
count_case(void *arg, const struct rck_made_case *made)
{
    (void)made;
    ++*(size_t *)arg;
    return true;
}

static bool
count_mutant(void *arg, const struct rck_mutant *mutant)
{
    (void)mutant;
    ++*(size_t *)arg;
    return true;
}

/* 'mutants' counts what mutants there are: one below, nothing is made. */
static void
test_mutants(void)
{
    struct text text = { 0 };
    size_t n = 0;

    addf(&text, "%sc: deny when f and not f;\nd: s cannot a b;\n", head);
    for (int pass = 0; pass < 2; pass++)
        for (size_t value = pass == 0 ? 1000 : n - 1; value <= (pass == 0 ? 1000 : n + 1); value++) {
            struct rck_context *context = NULL;
            struct rck_diagnostics *diagnostics = NULL;
            size_t n_mutants = 0, n_cases = 0;
            enum rck_status wanted = value < n ? RCK_E_POLICY : RCK_OK, status;

            if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "mutants", value) != RCK_OK)
                abort();
            status = rck_mutate(context, "t", text.p, text.n, &diagnostics, count_mutant, &n_mutants);
            judge(status == wanted && (n_mutants != 0) == (wanted == RCK_OK), "'mutants' is %zu of %zu: \"%s\", %zu mutants", value, n,
                  rck_status_text(status), n_mutants);
            judge(status == RCK_OK || strstr(rck_diagnostics_at(diagnostics, 0)->message, "mutants") != NULL, "which limit it is");
            rck_diagnostics_free(diagnostics);
            status = rck_generate(context, "t", text.p, text.n, NULL, count_case, &n_cases, NULL);
            judge(status == wanted && (n_cases != 0) == (wanted == RCK_OK), "'mutants' is %zu of %zu: \"%s\", %zu cases", value, n,
                  rck_status_text(status), n_cases);
            rck_context_free(context);
            n = pass == 0 ? n_mutants : n;
        }
    judge(n > 3, "there are %zu mutants", n);
    free(text.p);
}

/* What runs behind a compile has its memory under the same cap, whichever part of the compile holds it. */
static void
test_bytes_behind(void)
{
    struct text text = { 0 };
    size_t n_refused = 0, n_cases = 0;

    addf(&text, "%s", head);
    for (int i = 0; i < 40; i++)
        addf(&text, "c%d: deny when f and subject == s;\n", i);
    for (uint64_t value = least(text, "compile-bytes", 64 << 20); n_cases == 0 && value < 64 << 20; value += 16384) {
        struct rck_context *context = NULL;
        struct rck_diagnostics *diagnostics = NULL;
        enum rck_status status;

        if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "compile-bytes", value) != RCK_OK)
            abort();
        status = rck_generate(context, "t", text.p, text.n, &diagnostics, count_case, &n_cases, NULL);
        judge(status == RCK_OK || (status == RCK_E_POLICY && strstr(rck_diagnostics_at(diagnostics, 0)->message, "'compile-bytes'") != NULL),
              "cases within %" PRIu64 " bytes: \"%s\"", value, rck_status_text(status));
        n_refused += status != RCK_OK;
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
    }
    judge(n_cases != 0 && n_refused > 3, "%zu cases, %zu times refused", n_cases, n_refused);
    free(text.p);
}

/* Each limit that there is, so that none is forgotten above. */
static void
test_all_known(void)
{
    static const char *const known[] = { "policy-bytes", "compile-bytes", "includes", "clauses", "names", "name-bytes", "counter-steps", "nesting",
                                         "clause-rows", "rows", "cells", "proof-steps", "mutants", "route-states",
                                         "diagnostics" };
    size_t n = 0;

    for (const struct rck_limit *limit = rck_limits(); limit->name != NULL; limit++, n++)
        judge(n < sizeof known / sizeof known[0] && strcmp(limit->name, known[n]) == 0, "nothing here tests '%s'", limit->name);
}

/* ---- requests ----------------------------------------------------------------------------------------------------------- */

/* Reads JSON, which has VALUE of what is at most MOST. */
static void
read_one(struct rck_request *request, struct text json, const char *what, size_t value, size_t most)
{
    enum rck_status status = rck_request_read_json(request, json.p, json.n);

    judge(status == (value <= most ? RCK_OK : RCK_E_REQUEST), "%zu %s, at most %zu: \"%s\"", value, what, most, rck_status_text(status));
    judge((rck_request_error(request) == NULL) == (value <= most), "%zu %s and the error do not agree", value, what);
}

#define TUPLE "\"subject\":\"s\",\"action\":\"a\",\"resource\":\"b\""

static void
test_requests(struct rck_request *request)
{
    for (size_t n = REQUEST_BYTES_MAX - 1; n <= REQUEST_BYTES_MAX + 1; n++) {
        struct text json = { 0 };

        addf(&json, "{" TUPLE "}");
        repeat(&json, ' ', n - json.n);
        read_one(request, json, "bytes", n, REQUEST_BYTES_MAX);
        free(json.p);
    }
    for (int array = 0; array < 2; array++)
        for (size_t n = REQUEST_DEPTH_MAX - 1; n <= REQUEST_DEPTH_MAX + 1; n++) {
            struct text json = { 0 };

            addf(&json, "{" TUPLE ",\"x\":");
            for (size_t i = 1; i < n - 1; i++)
                addf(&json, array ? "[" : "{\"x\":");
            addf(&json, "%s", array ? "[]" : "{}");
            repeat(&json, array ? ']' : '}', n - 2);
            addf(&json, "}");
            read_one(request, json, "objects or arrays inside one another", n, REQUEST_DEPTH_MAX);
            free(json.p);
        }
    for (size_t n = REQUEST_KEYS_MAX - 1; n <= REQUEST_KEYS_MAX + 1; n++) {
        struct text json = { 0 };

        addf(&json, "{" TUPLE);
        for (size_t i = 3; i < n; i++)
            addf(&json, ",\"k%zu\":0", i);
        addf(&json, "}");
        read_one(request, json, "keys", n, REQUEST_KEYS_MAX);
        free(json.p);
    }
    for (size_t n = REQUEST_IGNORED_MAX - 1; n <= REQUEST_IGNORED_MAX + 1; n++) {
        struct text json = { 0 };
        const char *name;
        size_t length;

        addf(&json, "{" TUPLE);
        for (size_t i = 0; i < n; i++)
            addf(&json, ",\"k%zu\":0", i);
        addf(&json, "}");
        read_one(request, json, "ignored keys", n, SIZE_MAX);
        judge(rck_request_ignored(request, n - 1, &name, &length) == n, "%zu ignored keys are not counted", n);
        judge((name != NULL) == (n <= REQUEST_IGNORED_MAX), "the name of ignored key %zu", n);
        free(json.p);
    }
}

int
main(void)
{
    struct text text = { 0 };
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;

    setvbuf(stdout, NULL, _IOLBF, 0);
    test_all_known();
    test_policy_bytes();
    test_compile_bytes();
    test_long_lists();
    test_counter_steps();
    test_includes();
    test_clauses();
    test_names();
    test_name_bytes();
    test_nesting();
    test_rows();
    test_proof_steps();
    test_mutants();
    test_bytes_behind();
    test_route_states();
    test_messages();
    test_diagnostics();

    addf(&text, "%sc: deny when f and not f;\n", head);
    compile(text, "clauses", 1, &policy);
    free(text.p);
    if (policy == NULL || rck_request_new(policy, &request) != RCK_OK)
        abort();
    test_requests(request);
    rck_request_free(request);
    rck_policy_unref(policy);
    return judged();
}
