/* SPDX-License-Identifier: MIT
 *
 * The policies of rules/authzen against the decisions that OpenID AuthZEN's working group publishes for its interoperability
 * scenario: $RCK_DATA/authzen, described in the README beside it, read where it lies.  Each evaluation is given to the library as
 * it stands there, in AuthZEN's own shape; one of a batch with what the batch says for all.  It is decided by both forms of
 * the table and by the explanation, and `allow` must be the expected answer, nothing else.
 *
 * Ends with 0 if all is as expected, 1 if not, and 77 with a line "SKIP: ..." where the data is not there.
 * Relies on the public interface of the library, and on jansson.
 */
#include <config.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "rulecheck.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

enum { ROOM = 4096 };

/* The scenarios, with what the data is known to hold: a file that was cut off must not pass for one that agrees. */
static const struct {
    const char *data;
    const char *policy;
    unsigned n_allowed, n_refused;
} SCENARIOS[] = {
    { "todo-decisions.json", "todo.rules", 29, 17 },
    { "gateway-decisions.json", "gateway.rules", 19, 6 },
};

/* Limits on cells that make both forms of the table. */
static const struct {
    const char *name;
    uint64_t cells;
} FORMS[] = { { "dense", 1 << 20 }, { "hashed", 1 } };

/* One scenario, decided by one form of its table. */
struct test {
    const char *name; /* of the data */
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_explanation *explanation;
    unsigned n_allowed, n_refused; /* evaluations that were as expected */
    unsigned n_failures;
};

__attribute__((format(printf, 1, 2), noreturn)) static void
die(const char *format, ...)
{
    va_list args;

    printf("FAIL: ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    exit(EXIT_FAILURE);
}

/* Writes FOLDER/REST/NAME into PATH of ROOM bytes, and returns it. */
static const char *
join(char *path, const char *folder, const char *rest, const char *name)
{
    if ((size_t)snprintf(path, ROOM, "%s/%s/%s", folder, rest, name) >= ROOM)
        die("the path of '%s' is too long", name);
    return path;
}

static bool
write_stdout(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stdout) == size;
}

static void
load_policy(struct test *test, const char *path, uint64_t cells)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status = rck_context_new(NULL, &context);

    if (status != RCK_OK)
        die("no context: %s", rck_status_text(status));
    status = rck_context_set_limit(context, "cells", cells);
    if (status == RCK_OK)
        status = rck_policy_compile_file(context, path, &diagnostics, &test->policy);
    if (diagnostics != NULL)
        rck_diagnostics_write(diagnostics, 0, write_stdout, NULL);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    if (status == RCK_OK)
        status = rck_request_new(test->policy, &test->request);
    if (status == RCK_OK)
        status = rck_explanation_new(test->policy, &test->explanation);
    if (status != RCK_OK)
        die("'%s': %s", path, rck_status_text(status));
}

static void
free_policy(struct test *test)
{
    rck_explanation_free(test->explanation);
    rck_request_free(test->request);
    rck_policy_unref(test->policy);
}

/* Decides EVALUATION, an object in AuthZEN's shape, and compares; EXPECTED is the published decision. */
static void
compare(struct test *test, const json_t *evaluation, const json_t *expected)
{
    char *text = json_dumps(evaluation, JSON_COMPACT);
    enum rck_result decided, explained;

    if (text == NULL || !json_is_boolean(expected))
        die("%s: an evaluation without a decision", test->name);
    rck_request_read_json(test->request, text, strlen(text)); /* one that cannot be read is decided RCK_INVALID */
    decided = rck_decide(test->policy, test->request, NULL);
    explained = rck_explain(test->explanation, test->request);
    if (decided != (json_is_true(expected) ? RCK_ALLOW : RCK_DENY) || explained != decided) {
        const struct rck_request_error *error = decided == RCK_INVALID ? rck_request_error(test->request) : NULL;

        test->n_failures++;
        printf("FAIL: %s: %s\n    expected %s, decided %s, explained %s%s%s\n", test->name, text,
               json_is_true(expected) ? "allow" : "deny", rck_result_name(decided), rck_result_name(explained),
               error != NULL ? ": " : "", error != NULL ? error->message : "");
    } else if (json_is_true(expected)) {
        test->n_allowed++;
    } else {
        test->n_refused++;
    }
    free(text);
}

/* A batch: what an evaluation does not say itself, the batch says for all. */
static void
compare_batch(struct test *test, const json_t *batch)
{
    json_t *request = json_object_get(batch, "request"), *evaluations = json_object_get(request, "evaluations");
    json_t *expected = json_object_get(batch, "expected"), *evaluation;
    size_t i;

    if (json_array_size(evaluations) == 0 || json_array_size(evaluations) != json_array_size(expected))
        die("%s: a batch has not as many decisions as evaluations", test->name);
    json_array_foreach (evaluations, i, evaluation) {
        json_t *whole = json_copy(request);

        if (whole == NULL || json_object_del(whole, "evaluations") != 0 || json_object_update(whole, evaluation) != 0)
            die("%s: a batch cannot be taken apart", test->name);
        compare(test, whole, json_object_get(json_array_get(expected, i), "decision"));
        json_decref(whole);
    }
}

/* Compares all decisions of scenario S; returns how many are wrong. */
static unsigned
run(size_t s, size_t form, const char *data, const char *top)
{
    struct test test = { .name = SCENARIOS[s].data };
    struct rck_table_info table;
    char path[ROOM];
    json_error_t error;
    json_t *all, *row;
    size_t i;

    load_policy(&test, join(path, top, "rules/authzen", SCENARIOS[s].policy), FORMS[form].cells);
    rck_policy_table(test.policy, &table);
    if (strcmp(table.form, FORMS[form].name) != 0)
        die("%s: the table is %s, and not %s", SCENARIOS[s].policy, table.form, FORMS[form].name);
    all = json_load_file(join(path, data, "authzen", SCENARIOS[s].data), JSON_REJECT_DUPLICATES, &error);
    if (all == NULL)
        die("cannot read '%s': %s", path, error.text);

    json_array_foreach (json_object_get(all, "evaluation"), i, row)
        compare(&test, json_object_get(row, "request"), json_object_get(row, "expected"));
    json_array_foreach (json_object_get(all, "evaluations"), i, row)
        compare_batch(&test, row);

    printf("%s, %s table: %u allowed and %u refused as expected, %u not\n", test.name, table.form, test.n_allowed,
           test.n_refused, test.n_failures);
    if (test.n_failures == 0 && (test.n_allowed != SCENARIOS[s].n_allowed || test.n_refused != SCENARIOS[s].n_refused)) {
        test.n_failures++;
        printf("FAIL: %s: expected %u and %u\n", test.name, SCENARIOS[s].n_allowed, SCENARIOS[s].n_refused);
    }
    json_decref(all);
    free_policy(&test);
    return test.n_failures;
}

int
main(void)
{
    enum { SKIPPED = 77 };
    const char *data = getenv("RCK_DATA");
    const char *top = getenv("top_srcdir");
    char path[ROOM];
    unsigned n_failures = 0;

    if (data == NULL || data[0] == '\0' || access(join(path, data, "authzen", "."), F_OK) != 0) {
        printf("SKIP: no published decisions in '%s'\n", data != NULL && data[0] != '\0' ? path : "$RCK_DATA");
        return SKIPPED;
    }
    for (size_t s = 0; s < N_ELEMENTS(SCENARIOS); s++)
        for (size_t form = 0; form < N_ELEMENTS(FORMS); form++)
            n_failures += run(s, form, data, top != NULL ? top : ".");
    return n_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
