/* SPDX-License-Identifier: MIT
 *
 * What functions of the API promise that no other test asks for: the questions to a residual, against every request that completes it; what
 * they say to a wrong call; that an assert from outside is one statement; and that nothing needs a source of chance.
 *
 *     api [STRIDE]      of the numbers of steps that a residual is given, every STRIDE-th; 1 is all
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "../engine/rulecheck.h"
#include "judge.h"
#include "text.h"

/* In place of that of the C library. */
static bool no_chance;

ssize_t getrandom(void *buffer, size_t n, unsigned flags);

ssize_t
getrandom(void *buffer, size_t n, unsigned flags)
{
    if (no_chance) {
        errno = ENOSYS;
        return -1;
    }
    return syscall(SYS_getrandom, buffer, n, flags);
}

static const char rules[] =
    "policy p; default deny;\n"
    "vocabulary { subject user, bot; role owner, guest; action read, write, drop; resource doc; attribute n : int 0..9;\n"
    "  attribute color : { red, blue }; attribute unused : bool; }\n"
    "some: user may read doc; more: owner may write doc when color == red; late: deny when n > 5; ban: bot cannot use doc;\n";

/* Compiles TEXT, with ASSERTION proved if it is not NULL; NULL if it does not compile. */
static struct rck_policy *
compile(const char *text, const char *assertion, enum rck_status *set)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    *set = rck_context_set_assert(context, assertion);
    (void)rck_policy_compile(context, "p.rules", text, strlen(text), &diagnostics, &policy);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return policy;
}

static struct rck_policy *
compile_plain(const char *text)
{
    enum rck_status set;
    struct rck_policy *policy = compile(text, NULL, &set);

    if (policy == NULL || set != RCK_OK)
        abort();
    return policy;
}

/* ---- residuals ----------------------------------------------------------------------------------------------------------- */

enum { N_KEYS = 4, N_CHOICES = 4 };

/* What a request can say beside its subject and resource; "" is nothing. */
static const struct {
    const char *attribute;
    const char *choices[N_CHOICES]; /* NULL behind the last */
} keys[N_KEYS] = {
    { "action", { "read", "write", "drop", NULL } },
    { "role", { "owner", "guest", "", NULL } },
    { "n", { "0", "6", "", NULL } },
    { "color", { "red", "blue", "", NULL } },
};

static void
give(struct rck_request *request, const char *key, const char *value)
{
    if (rck_request_set_text(request, key, strlen(key), value, strlen(value)) != RCK_OK)
        abort();
}

/* The next combination of choices; false after the last. */
static bool
next(int chosen[N_KEYS])
{
    for (int k = 0; k < N_KEYS; k++) {
        chosen[k]++;
        if (chosen[k] < N_CHOICES && keys[k].choices[chosen[k]] != NULL)
            return true;
        chosen[k] = 0;
    }
    return false;
}

static enum rck_result
decide(struct rck_policy *policy, struct rck_request *request, const char *subject, const int chosen[N_KEYS])
{
    rck_request_reset(request);
    give(request, "subject", subject);
    give(request, "resource", "doc");
    for (int k = 0; k < N_KEYS; k++)
        if (keys[k].choices[chosen[k]][0] != 0)
            give(request, keys[k].attribute, keys[k].choices[chosen[k]]);
    return rck_decide(policy, request, NULL);
}

static void
test_residual(struct rck_policy *policy, struct rck_request *request, const char *subject)
{
    struct rck_regions *regions = NULL;
    bool reached[3][4] = { { false } }, depends[N_KEYS] = { false };
    int chosen[N_KEYS] = { 0 };

    rck_request_reset(request);
    give(request, "subject", subject);
    give(request, "resource", "doc");
    if (rck_request_residual(request, 0, &regions) != RCK_OK || !rck_regions_finished(regions))
        abort();
    do {
        enum rck_result result = decide(policy, request, subject, chosen);

        reached[chosen[0]][result] = true;
        for (int k = 0; k < N_KEYS; k++) {
            int other[N_KEYS];

            memcpy(other, chosen, sizeof other);
            for (other[k] = 0; other[k] < N_CHOICES && keys[k].choices[other[k]] != NULL; other[k]++)
                if (decide(policy, request, subject, other) != result)
                    depends[k] = true;
        }
    } while (next(chosen));
    for (int a = 0; a < 3; a++) {
        static const enum rck_result results[] = { RCK_ALLOW, RCK_DENY, RCK_INDETERMINATE };

        for (int r = 0; r < 3; r++)
            judge(rck_regions_reach(regions, results[r], "action", keys[0].choices[a]) == reached[a][results[r]],
                  "%s: whether %s can be %s", subject, keys[0].choices[a], rck_result_name(results[r]));
    }
    /* An attribute that changes only which clauses deny is one that the answer depends on, too: it has a region for each clause. */
    for (int k = 0; k < N_KEYS; k++)
        judge(!depends[k] || rck_regions_depend(regions, keys[k].attribute), "%s: it depends on %s", subject, keys[k].attribute);
    judge(!rck_regions_depend(regions, "unused"), "%s: it depends on what no clause reads", subject);
    judge(!rck_regions_depend(regions, "subject"), "%s: it depends on what is given", subject);
    judge(!rck_regions_depend(regions, "nothing"), "%s: it depends on what does not exist", subject);
    judge(!rck_regions_reach(regions, RCK_ALLOW, "action", "nothing"), "%s: an action that does not exist is allowed", subject);
    rck_regions_free(regions);
}

static void
test_questions(void)
{
    struct rck_policy *policy = compile_plain(rules), *other;
    struct rck_request *request = NULL;
    struct rck_regions *regions = NULL;
    struct rck_region region;
    struct rck_condition condition;
    size_t n;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    test_residual(policy, request, "user");
    test_residual(policy, request, "bot");

    judge(rck_request_set_text(request, "n", 1, "10", 2) == RCK_E_REQUEST && rck_request_residual(request, 0, &regions) == RCK_E_ARGUMENT
              && rck_request_nearest(request, 0, &regions) == RCK_E_ARGUMENT && regions == NULL,
          "an invalid request has a residual");
    rck_request_reset(request);
    give(request, "color", "green");
    judge(rck_request_residual(request, 0, &regions) == RCK_E_ARGUMENT && regions == NULL, "an undeclared value has a residual");

    rck_request_reset(request);
    give(request, "subject", "user");
    if (rck_request_residual(request, 0, &regions) != RCK_OK)
        abort();
    n = rck_regions_count(regions);
    for (size_t i = 0; i < n; i++) {
        judge(rck_regions_get(regions, i, &region) == RCK_OK, "region %zu is not told", i);
        for (size_t k = 0; k <= region.n_conditions; k++)
            judge(rck_regions_condition(regions, i, k, &condition) == (k < region.n_conditions ? RCK_OK : RCK_E_ARGUMENT),
                  "condition %zu of region %zu", k, i);
    }
    judge(rck_regions_get(regions, n, &region) == RCK_E_ARGUMENT && rck_regions_condition(regions, n, 0, &condition) == RCK_E_ARGUMENT,
          "there is a region past the end");
    judge(rck_regions_note(regions, 0) == NULL, "one policy has a note on two");
    rck_regions_free(regions);

    other = compile_plain("policy p; default deny; vocabulary { subject user; role owner, guest; action read, write; resource doc; }\n"
                          "some: user may read doc;\n");
    if (rck_policy_diff(policy, other, 0, &regions) != RCK_OK)
        abort();
    for (n = 0; rck_regions_note(regions, n) != NULL; n++)
        judge(strlen(rck_regions_note(regions, n)) > 10, "note %zu", n);
    judge(n != 0 && rck_regions_note(regions, n + 1) == NULL, "%zu notes on two vocabularies", n);
    rck_regions_free(regions);
    rck_policy_unref(other);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* What takes steps; A is given to all of them, and B to the difference. */
static const struct {
    const char *name;
    const char *a, *b; /* what follows the vocabulary */
    bool nearest;
    const char *facts[6][2]; /* what is known */
} questions[] = {
#define GRANTS "all: user, bot may use anything when n > 3; owners: user may read doc when m < 3; "
    { "a residual", "default deny;" GRANTS "ban: bot cannot use doc when m > n; low: deny when m < 7 and n < m; high: deny when m == n;", NULL, false, { { NULL, NULL } } },
    { "a residual of little that is granted", "default deny; few: user may read doc when n > 3 and m < 3;", NULL, false, { { "subject", "user" } } },
    { "a residual of what is permitted", "default allow; ban: bot cannot use doc when m > n; low: deny when m < 7 and n < m; some: user cannot read page;", NULL, false, { { "m", "3" } } },
    { "a difference", "default deny;" GRANTS "ban: bot cannot use doc when m > n; low: deny when m < 7 and n < m;",
      "default deny;" GRANTS "ban: bot cannot use doc when m > n; low: deny when m < 6 and n < m; page: user cannot write page;", false, { { NULL, NULL } } },
    { "a difference of defaults", "default deny;" GRANTS, "default allow; ban: bot cannot use doc when m > n; low: deny when m < 7 and n < m;", false, { { NULL, NULL } } },
    { "the nearest allow", "default deny;" GRANTS "ban: bot cannot use doc when m > n; low: deny when m < 7 and n < m; high: deny when m == n;", NULL, true,
      { { "subject", "bot" }, { "action", "read" }, { "resource", "doc" }, { "n", "1" }, { "m", "5" } } },
#undef GRANTS
};

static struct rck_policy *
compile_question(const char *text)
{
    static const char vocabulary[] = "policy p; vocabulary { subject user, bot; role owner; action read, write; resource doc, page; attribute n, m : int; } ";
    char whole[1024];

    if (snprintf(whole, sizeof whole, "%s%s", vocabulary, text) >= (int)sizeof whole)
        abort();
    return compile_plain(whole);
}

static struct rck_regions *
ask_question(size_t i, struct rck_policy *a, struct rck_policy *b, const struct rck_request *request, uint64_t steps)
{
    struct rck_regions *regions = NULL;
    enum rck_status status = b != NULL              ? rck_policy_diff(a, b, steps, &regions)
                             : questions[i].nearest ? rck_request_nearest(request, steps, &regions)
                                                    : rck_request_residual(request, steps, &regions);

    if (status != RCK_OK)
        abort();
    return regions;
}

static bool
same_regions(const struct rck_regions *a, const struct rck_regions *b)
{
    size_t n = rck_regions_count(a);
    bool same = n == rck_regions_count(b);

    for (size_t i = 0; i < n && same; i++) {
        struct rck_region x, y;

        same = rck_regions_get(a, i, &x) == RCK_OK && rck_regions_get(b, i, &y) == RCK_OK && strcmp(x.text, y.text) == 0
               && x.from == y.from && x.to == y.to && x.clause == y.clause;
    }
    return same;
}

/* With each number of steps an answer is finished or not; then it is the same, and before it says so.  Small numbers are tried one by
 * one, larger ones further apart, the more so unless STRIDE is 1. */
static void
test_steps(uint64_t stride)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        struct rck_policy *a = compile_question(questions[i].a), *b = questions[i].b != NULL ? compile_question(questions[i].b) : NULL;
        struct rck_request *request = NULL;
        struct rck_regions *whole;
        uint64_t n_unfinished = 0;
        bool finished = false;

        if (rck_request_new(a, &request) != RCK_OK)
            abort();
        for (size_t k = 0; k < 6 && questions[i].facts[k][0] != NULL; k++)
            give(request, questions[i].facts[k][0], questions[i].facts[k][1]);
        whole = ask_question(i, a, b, request, 0);
        judge(rck_regions_finished(whole), "%s takes more steps than there are", questions[i].name);
        judge(rck_regions_count(whole) != 0, "%s has no parts", questions[i].name);
        for (uint64_t steps = 1; steps < 20000 && !finished; steps += 1 + steps / (stride == 1 ? 256 : 32)) {
            struct rck_regions *regions = ask_question(i, a, b, request, steps);

            finished = rck_regions_finished(regions);
            judge(!finished || same_regions(regions, whole), "%d steps are enough for another answer: %s", (int)steps, questions[i].name);
            n_unfinished += !finished;
            rck_regions_free(regions);
        }
        judge(finished && n_unfinished > 10, "%s takes few steps", questions[i].name);
        rck_regions_free(whole);
        whole = ask_question(i, a, b, request, UINT64_MAX);
        judge(rck_regions_finished(whole), "steps without end are not enough for %s", questions[i].name);
        rck_regions_free(whole);
        rck_request_free(request);
        rck_policy_unref(a);
        rck_policy_unref(b);
    }
}

/* What no policy knows is reached by nothing, whether or not a region asks for it; an open dimension knows every name. */
static void
test_reach(void)
{
    struct rck_policy *policy = compile_plain("policy p; default allow; vocabulary { subject user, bot; role owner; action read, write; open resource doc, page;\n"
                                              "    attribute n : int; }\nban: bot cannot use doc;\n");
    struct rck_request *request = NULL;
    struct rck_regions *regions = NULL;

    if (rck_request_new(policy, &request) != RCK_OK || rck_request_residual(request, 0, &regions) != RCK_OK)
        abort();
    judge(rck_regions_comparable(regions), "one policy cannot be compared");
    judge(rck_regions_reach(regions, RCK_DENY, "action", "read"), "an action that no clause names is not denied");
    judge(!rck_regions_reach(regions, RCK_DENY, "action", "nothing"), "an action that does not exist is denied");
    judge(!rck_regions_reach(regions, RCK_DENY, "nothing", "read"), "an attribute that does not exist has a name");
    judge(!rck_regions_reach(regions, RCK_ALLOW, "n", "3"), "a number is a name");
    judge(!rck_regions_reach(regions, RCK_DENY, "subject", "user") && rck_regions_reach(regions, RCK_DENY, "subject", "bot"),
          "others are denied than bots");
    judge(rck_regions_reach(regions, RCK_DENY, "resource", "doc.new") && !rck_regions_reach(regions, RCK_DENY, "resource", "new"),
          "what lies below a document is not denied, or something else");
    judge(rck_regions_reach(regions, RCK_ALLOW, "resource", "new"), "an undeclared resource is not allowed");
    rck_regions_free(regions);
    rck_request_free(request);
    rck_policy_unref(policy);

    policy = compile_plain("policy p; default allow; vocabulary { subject user, bot; role owner; action read; resource doc;\n"
                           "    attribute word : string; attribute owner : { user, bot }; }\n"
                           "x: deny when word == \"x\" and subject == bot; own: require subject == owner to read doc;\n");
    if (rck_request_new(policy, &request) != RCK_OK || rck_request_residual(request, 0, &regions) != RCK_OK)
        abort();
    judge(!rck_regions_reach(regions, RCK_DENY, "word", "x"), "a text is a name");
    judge(rck_regions_reach(regions, RCK_DENY, "owner", "user") && rck_regions_reach(regions, RCK_DENY, "owner", "bot"),
          "of an attribute that is compared not every name is denied");
    rck_regions_free(regions);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Columns and classes of the table as text, in buffers of any size. */
static void
test_table_texts(void)
{
    struct rck_policy *policy = compile_plain(rules);
    char whole[256], cut[256];
    size_t n;

    for (uint32_t column = 0; (n = rck_table_column(policy, column, whole, sizeof whole)) != 0; column++) {
        judge(n < sizeof whole && strlen(whole) == n, "column %u has another length", (unsigned)column);
        judge(rck_table_column(policy, column, NULL, 0) == n, "column %u has another length without a buffer", (unsigned)column);
        for (size_t size = 1; size <= n + 2; size++) {
            memset(cut, '#', sizeof cut);
            judge(rck_table_column(policy, column, cut, size) == n && strlen(cut) == (size <= n ? size - 1 : n)
                      && strncmp(cut, whole, strlen(cut)) == 0 && cut[size] == '#',
                  "column %u is cut wrongly at %zu", (unsigned)column, size);
        }
        for (uint32_t k = 0; (n = rck_table_class(policy, column, k, whole, sizeof whole)) != 0; k++)
            judge(rck_table_class(policy, column, k, cut, 2) == n && strlen(cut) == 1 && cut[0] == whole[0],
                  "class %u of column %u is cut wrongly", (unsigned)k, (unsigned)column);
    }
    rck_policy_unref(policy);
}

/* What is watched is found also where requests before it have made their keys familiar. */
static void
test_watch(void)
{
    static const char json[] = "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\",\"id\":7,\"n\":1}";
    static const char *const watched[] = { "id", "\"subject\"", "n" };
    struct rck_policy *policy = compile_plain(rules);
    struct rck_request *request = NULL;
    size_t n;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    judge(rck_request_watched(request, &n) == NULL && n == 0, "something is watched at first");
    for (unsigned i = 0; i < 3; i++)
        judge(rck_request_read_json(request, json, strlen(json)) == RCK_OK, "a request is invalid");
    for (size_t k = 0; k < sizeof watched / sizeof watched[0]; k++) {
        const char *key = watched[k][0] == '"' ? "subject" : watched[k], *want = k == 0 ? "7" : k == 1 ? "\"user\"" : "1", *got;

        if (rck_request_watch(request, key, strlen(key)) != RCK_OK)
            abort();
        for (unsigned i = 0; i < 3; i++) {
            (void)rck_request_read_json(request, json, strlen(json));
            got = rck_request_watched(request, &n);
            judge(got != NULL && n == strlen(want) && memcmp(got, want, n) == 0, "the watched key %s is not told", key);
        }
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* ---- asserts from outside ------------------------------------------------------------------------------------------------- */

static void
test_asserts(void)
{
    static const struct {
        const char *assertion;
        bool is_one, holds;
    } asserts[] = {
        { NULL, true, true },
        { "", false, true },
        { " ; ;\n", false, true },
        { "bot cannot use doc", true, true },
        { "bot cannot use doc;\r\n", true, true },
        { "bot cannot use doc cites \"one; two\"", true, true },
        { "bot cannot use doc cites \"\\\"; two\"", true, true },
        { "bot cannot use doc cites \"a # b\"", true, true },
        { "bot cannot # who; what\n use doc", true, true },
        { "user cannot use doc", true, false },
        { "nobody cannot use doc", true, false },
        { "bot cannot", true, false },
        { "bot cannot use doc; user may use doc", false, true },
        { "bot cannot use doc; open: bot may use doc", false, true },
        { "bot cannot use doc cites \"one\"; two", false, true },
        { "bot cannot use doc # what", false, true },
        { "bot cannot use doc # what; \"", false, true },
        { "bot cannot use doc cites \"one", false, true },
        { "bot cannot use doc cites \"one\\\"", false, true },
    };

    for (size_t i = 0; i < sizeof asserts / sizeof asserts[0]; i++) {
        enum rck_status set;
        struct rck_policy *policy = compile(rules, asserts[i].assertion, &set);
        const char *text = asserts[i].assertion != NULL ? asserts[i].assertion : "NULL";

        judge((set == RCK_OK) == asserts[i].is_one && (set == RCK_OK || set == RCK_E_ARGUMENT), "'%s' is one statement: %d", text, (int)set);
        judge((policy != NULL) == asserts[i].holds, "'%s' holds", text);
        rck_policy_unref(policy);
    }
}

/* ---- what cases are worth ------------------------------------------------------------------------------------------------- */

/* Each takes COUNT[0] answers, and counts them in COUNT[1]. */
static bool
take_reach(void *count, const struct rck_reach *reach)
{
    (void)reach;
    return ++((size_t *)count)[1] < ((size_t *)count)[0];
}

static bool
take_mutant(void *count, const struct rck_mutant *mutant)
{
    (void)mutant;
    return ++((size_t *)count)[1] < ((size_t *)count)[0];
}

static bool
take_made_case(void *count, const struct rck_made_case *made)
{
    (void)made;
    return ++((size_t *)count)[1] < ((size_t *)count)[0];
}

static void
test_stops(void)
{
    struct rck_context *context = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    for (size_t most = 1; most < 4; most++) {
        size_t reach[] = { most, 0 }, mutants[] = { most, 0 }, made[] = { most, 0 };

        judge(rck_coverage(context, "p", rules, strlen(rules), NULL, take_reach, reach) == RCK_OK && reach[1] == most,
              "%zu outcomes are told of %zu that are taken", reach[1], most);
        judge(rck_mutate(context, "p", rules, strlen(rules), NULL, take_mutant, mutants) == RCK_OK && mutants[1] == most,
              "%zu mutants are told of %zu that are taken", mutants[1], most);
        judge(rck_generate(context, "p", rules, strlen(rules), NULL, take_made_case, made, NULL) == RCK_OK && made[1] == most,
              "%zu cases are made of %zu that are taken", made[1], most);
    }
    rck_context_free(context);
}

/* ---- what is asked for and is not there ----------------------------------------------------------------------------------- */

static void
test_bounds(void)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    struct rck_table_info info;
    uint32_t clause = 7, first = 7, last = 7, n_attributes = 0, n_rows = 0, n_columns = 0;
    enum rck_state says;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_policy_compile(context, "p", rules, strlen(rules), NULL, &policy) != RCK_OK)
        abort();
    rck_policy_table(policy, &info);
    while (rck_policy_attribute_name(policy, n_attributes, 0) != NULL)
        n_attributes++;
    while (rck_table_row(policy, n_rows, &clause, &says) == RCK_OK)
        n_rows++;
    while (rck_table_row_run(policy, 0, n_columns, 0, &first, &last))
        n_columns++;
    judge(n_attributes > 0 && n_rows > 0 && n_rows == info.n_rows && n_columns > 0 && n_columns == info.n_columns, "%u attributes with names, %u rows, %u columns", n_attributes, n_rows,
          n_columns);
    clause = first = last = 7;
    judge(rck_policy_attribute_name(policy, RCK_NONE, 0) == NULL && rck_policy_attribute_name(policy, 0, 1000) == NULL, "a name that is not there");
    judge(rck_table_row(policy, n_rows, &clause, &says) == RCK_E_ARGUMENT && clause == 7, "a row that is not there");
    judge(!rck_table_row_applies(policy, n_rows, 0, 0) && !rck_table_row_applies(policy, 0, n_columns, 0) && !rck_table_row_applies(policy, 0, 0, 1000000),
          "a row, a column and a class that are not there");
    for (uint32_t c = 0; c < n_columns; c++)
        judge(!rck_table_row_applies(policy, 0, c, 1000000), "a class of column %u that is not there", c);
    judge(!rck_table_row_run(policy, n_rows, 0, 0, &first, &last) && !rck_table_row_run(policy, 0, n_columns, 0, &first, &last)
              && !rck_table_row_run(policy, 0, 0, 1000000, &first, &last) && first == 7 && last == 7,
          "a run that is not there");
    rck_policy_unref(policy);
    rck_context_free(context);
}

/* ---- the rest ------------------------------------------------------------------------------------------------------------- */

static void
test_texts(void)
{
    static const enum rck_status all[] = {
        RCK_OK, RCK_E_NOMEM, RCK_E_POLICY, RCK_E_REQUEST, RCK_E_ARGUMENT, RCK_E_IO, RCK_E_CASES, RCK_E_SAVED,
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        judge(strcmp(rck_status_text(all[i]), "unknown status") != 0, "status %d has no text", (int)all[i]);
        for (size_t k = 0; k < i; k++)
            judge(strcmp(rck_status_text(all[i]), rck_status_text(all[k])) != 0, "status %d reads as %d", (int)all[i], (int)all[k]);
    }
    judge(strcmp(rck_status_text((enum rck_status)-1000), "unknown status") == 0, "a status that does not exist has a text");
}

/* Names and keys are hashed with a seed that comes from chance; without, they are found all the same. */
static void
test_chance(void)
{
    struct rck_policy *policy;
    struct rck_request *request = NULL;
    struct text json = { NULL, 0, 0 };

    no_chance = true;
    policy = compile_plain(rules);
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    adds(&json, "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\",\"n\":5");
    for (int i = 0; i < 500; i++)
        addf(&json, ",\"other%d\":%d", i, i);
    adds(&json, "}");
    judge(rck_request_read_json(request, json.p, json.n) == RCK_OK && rck_decide(policy, request, NULL) == RCK_ALLOW,
          "without chance a request is not read");
    json.p[json.n - 1] = ',';
    adds(&json, "\"other499\":1}");
    judge(rck_request_read_json(request, json.p, json.n) == RCK_E_REQUEST && rck_decide(policy, request, NULL) == RCK_INVALID,
          "without chance a duplicate is not seen");
    no_chance = false;
    free(json.p);
    rck_request_free(request);
    rck_policy_unref(policy);
}

int
main(int argc, char **argv)
{
    uint64_t stride = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

    test_questions();
    test_steps(stride != 0 ? stride : 1);
    test_reach();
    test_watch();
    test_table_texts();
    test_asserts();
    test_stops();
    test_bounds();
    test_texts();
    test_chance();
    return judged();
}
