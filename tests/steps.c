/* SPDX-License-Identifier: MIT
 *
 * What few steps and few rows do to answers about all requests.  The policies of tests/diagnostics, and large ones that are made here,
 * are asked all that there is to ask, with more and more steps: an answer that says it is complete is the one that enough steps give,
 * what is told in one that is not is right all the same, and a lint finds nothing where it would not with enough.  Nothing crashes,
 * hangs or stays behind.
 *
 *     steps [N]      N: of one policy in N of tests/diagnostics alone
 */
#include <config.h>

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/rulecheck.h"
#include "text.h"

/* Policies with more regions than these are not replayed region by region. */
enum { REGIONS_REPLAYED = 64 };

static const uint64_t few[] = { 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 26, 34, 44, 60, 80, 110, 150, 200, 300, 450, 700, 1200, 2500, 6000, 20000 };
static const uint64_t fewer[] = { 1, 3, 10, 44, 200, 1200 };
static const uint64_t few_rows[] = { 1, 2, 3, 4, 6, 9, 16, 30 };

static struct counts {
    uint64_t policies, compiles, lines, unfinished, answers, incomplete, regions, unsettled;
} counts;

static const char *file; /* in progress */

static void
fail(const char *what, uint64_t steps)
{
    printf("%s, with %" PRIu64 ": %s\n", file, steps, what);
    exit(1);
}

/* ---- lints -------------------------------------------------------------------------------------------------------------- */

/* Where something was found: by line, and by line of a clause that a message names.  Nothing is said twice, so what is said of one clause
 * may be said of another one where fewer steps are given. */
struct lines {
    unsigned char at[4096], named[4096];
    bool unfinished, limited;
};

/* Marks the lines of the clauses whose labels stand in quotes in MESSAGE. */
static void
mark_named(const struct text *text, const char *message, struct lines *lines)
{
    for (const char *p = message; (p = strchr(p, '\'')) != NULL; p++) {
        size_t n = strcspn(p + 1, "'");
        unsigned line = 1;

        for (const char *at = text->p; at != NULL; at = strchr(at, '\n')) {
            at += *at == '\n';
            if (n != 0 && strncmp(at, p + 1, n) == 0 && at[n] == ':')
                lines->named[line] = 1;
            line++;
        }
    }
}

/* Compiles TEXT, all lints on, with the limit NAME at VALUE, unless NAME is NULL. */
static struct rck_policy *
compile(const struct text *text, const char *name, uint64_t value, struct lines *lines)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "diagnostics", 100000) != RCK_OK
        || rck_context_set_warning(context, "gap", RCK_WARNING_ON) != RCK_OK
        || (name != NULL && rck_context_set_limit(context, name, value) != RCK_OK))
        abort();
    rck_context_set_lint(context, true);
    (void)rck_policy_compile(context, "p", text->p, text->n, &diagnostics, &policy);
    counts.compiles++;
    memset(lines, 0, sizeof *lines);
    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++) {
        const struct rck_diagnostic *d = rck_diagnostics_at(diagnostics, i);

        if (strcmp(d->id, "not-checked") == 0 || strcmp(d->id, "not-proved") == 0)
            lines->unfinished = true;
        else if (strcmp(d->id, "limit") == 0)
            lines->limited = true;
        else
            lines->at[d->line] = lines->named[d->line] = 1;
        if (d->severity == RCK_WARNING)
            mark_named(text, d->message, lines);
    }
    counts.unfinished += lines->unfinished;
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return policy;
}

static void
check_lints(const struct text *text, const char *name, const uint64_t *values, size_t n)
{
    static struct lines full, got;

    rck_policy_unref(compile(text, NULL, 0, &full));
    for (size_t v = 0; v < n; v++) {
        struct rck_policy *policy = compile(text, name, values[v], &got);

        rck_policy_unref(policy);
        if (got.limited && policy != NULL)
            fail("a policy that is refused is there", values[v]);
        for (size_t i = 0; i < sizeof got.at && !got.limited; i++) {
            if (got.at[i] != 0 && full.named[i] == 0)
                fail("a line is reported that is not with enough", values[v]);
            if (got.named[i] == 0 && full.at[i] != 0 && !got.unfinished)
                fail("a line is not reported, and all checks say that they were completed", values[v]);
            counts.lines += got.at[i];
        }
    }
}

/* ---- regions ------------------------------------------------------------------------------------------------------------ */

static enum rck_status
ask(unsigned question, struct rck_policy *a, struct rck_policy *b, const struct rck_request *request, uint64_t steps,
    struct rck_regions **out)
{
    return question == 0   ? rck_policy_diff(a, b, steps, out)
           : question == 1 ? rck_request_residual(request, steps, out)
                           : rck_request_nearest(request, steps, out);
}

static enum rck_result
decide(struct rck_policy *policy, const char *json)
{
    struct rck_request *request;
    enum rck_result result;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    (void)rck_request_read_json(request, json, strlen(json));
    result = rck_decide(policy, request, NULL);
    rck_request_free(request);
    return result;
}

static void
check_regions(unsigned question, struct rck_policy *a, struct rck_policy *b, const struct rck_request *request)
{
    struct rck_regions *full;

    if (ask(question, a, b, request, 0, &full) != RCK_OK)
        fail("a question is not answered", 0);
    for (size_t v = 0; v < sizeof few / sizeof few[0]; v++) {
        struct rck_regions *got;
        struct rck_region region;

        if (ask(question, a, b, request, few[v], &got) != RCK_OK)
            fail("a question is not answered", few[v]);
        counts.answers++;
        counts.incomplete += !rck_regions_finished(got);
        if (rck_regions_finished(got) && rck_regions_finished(full) && rck_regions_count(got) != rck_regions_count(full))
            fail("there are more or fewer regions", few[v]);
        /* The old policy of a difference may know less than the witness says. */
        for (size_t i = 0; question != 0 && i < REGIONS_REPLAYED && rck_regions_get(got, i, &region) == RCK_OK; i++) {
            counts.regions++;
            if (strstr(region.witness, "--now") == NULL && decide(a, region.witness_json) != region.to)
                fail("the witness of a region has another result", few[v]);
        }
        rck_regions_free(got);
    }
    rck_regions_free(full);
}

/* All questions about A, and how it differs from B, if there is one. */
static void
check_questions(struct rck_policy *a, struct rck_policy *b)
{
    static const char *const dimensions[] = { "subject", "action", "resource" };
    struct rck_request *request;

    if (b != NULL)
        check_regions(0, a, b, NULL);
    if (rck_request_new(a, &request) != RCK_OK)
        abort();
    check_regions(1, a, NULL, request);
    check_regions(2, a, NULL, request);
    for (uint32_t d = 0; d < 3; d++) {
        uint32_t attribute = rck_policy_find_attribute(a, dimensions[d], strlen(dimensions[d]));
        const char *name = attribute != RCK_NONE ? rck_policy_attribute_name(a, attribute, 0) : NULL;

        if (name != NULL)
            (void)rck_request_set_name(request, attribute, name, strlen(name));
        check_regions(1, a, NULL, request);
        check_regions(2, a, NULL, request);
    }
    rck_request_free(request);
}

/* ---- what cases are worth ----------------------------------------------------------------------------------------------- */

/* What was answered, one after the other: of each outcome whether it is possible, of each mutant its fate, of each case nothing. */
struct answers {
    unsigned char p[1 << 15];
    size_t n, unsettled;
};

static bool
add_answer(struct answers *answers, unsigned answer, bool settled)
{
    if (answers->n == sizeof answers->p)
        return false;
    answers->p[answers->n++] = (unsigned char)(settled ? answer + 1 : 0);
    answers->unsettled += !settled;
    return true;
}

static bool
keep_reach(void *arg, const struct rck_reach *reach)
{
    return add_answer(arg, reach->possible, reach->possible != RCK_UNSETTLED);
}

static bool
keep_mutant(void *arg, const struct rck_mutant *mutant)
{
    return add_answer(arg, mutant->fate, mutant->fate != RCK_FATE_UNSETTLED);
}

static bool
count_case(void *arg, const struct rck_made_case *made)
{
    (void)made;
    ++*(size_t *)arg;
    return true;
}

/* Asks what the cases of TEXT are worth (mutants where MUTANTS is said), with a limit; false if the policy is refused. */
static bool
ask_worth(const struct text *text, const char *name, uint64_t value, bool mutants, struct answers *answers)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status;

    if (rck_context_new(NULL, &context) != RCK_OK || (name != NULL && rck_context_set_limit(context, name, value) != RCK_OK))
        abort();
    answers->n = answers->unsettled = 0;
    status = (mutants ? rck_mutate(context, "p", text->p, text->n, &diagnostics, keep_mutant, answers)
                      : rck_coverage(context, "p", text->p, text->n, &diagnostics, keep_reach, answers));
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return status == RCK_OK;
}

/* Cases are made that the policy passes, whatever is not settled. */
static void
make_cases(const struct text *text, const char *name, uint64_t value)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    size_t n_unsettled = 0, n_cases = 0;
    enum rck_status status;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, name, value) != RCK_OK)
        abort();
    status = rck_generate(context, "p", text->p, text->n, &diagnostics, count_case, &n_cases, &n_unsettled);
    if (status != RCK_OK && status != RCK_E_POLICY)
        fail("cases are not made", value);
    counts.unsettled += n_unsettled;
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
}

static void
check_worth(const struct text *text, const char *name, const uint64_t *values, size_t n)
{
    static struct answers full[2], got;

    for (unsigned mutants = 0; mutants < 2; mutants++) {
        if (!ask_worth(text, NULL, 0, mutants != 0, &full[mutants]))
            continue;
        for (size_t v = 0; v < n; v++) {
            if (!ask_worth(text, name, values[v], mutants != 0, &got))
                continue;
            if (got.n != full[mutants].n)
                fail("there are more or fewer answers", values[v]);
            for (size_t i = 0; i < got.n; i++)
                if (got.p[i] != 0 && got.p[i] != full[mutants].p[i])
                    fail("an outcome or mutant has another answer", values[v]);
            counts.unsettled += got.unsettled;
        }
    }
    for (size_t v = 0; v < n; v++)
        make_cases(text, name, values[v]);
}

/* ---- policies ----------------------------------------------------------------------------------------------------------- */

static void
check_text(const struct text *text, bool worth, struct rck_policy **last)
{
    static struct lines lines;
    struct rck_policy *policy = compile(text, NULL, 0, &lines);

    if (policy == NULL)
        return;
    counts.policies++;
    check_lints(text, "proof-steps", few, sizeof few / sizeof few[0]);
    check_lints(text, "clause-rows", few_rows, sizeof few_rows / sizeof few_rows[0]);
    check_questions(policy, *last);
    if (worth) {
        check_worth(text, "proof-steps", fewer, sizeof fewer / sizeof fewer[0]);
        check_worth(text, "clause-rows", few_rows, sizeof few_rows / sizeof few_rows[0]);
    }
    rck_policy_unref(*last);
    *last = policy;
}

/* More rows than are looked through one by one: gates and bans of many subjects and resources, and some that they cover. */
static void
make_large(struct text *text, unsigned n, unsigned n_resources, unsigned odd)
{
    addf(text, "policy large; default allow; vocabulary { subject s0");
    for (unsigned i = 1; i < 20; i++)
        addf(text, ", s%u", i);
    addf(text, "; role owner, admin; action read, write, create; resource r0");
    for (unsigned i = 1; i < n_resources; i++)
        addf(text, ", r%u", i);
    addf(text, "; attribute size, most : int 0..1000; attribute own : int optional; attribute word : string; attribute u, v, w : int 0..9;\n"
               "attribute seal : bool optional; attribute tags : set of { x, y } optional;\n"
               "counter k : up by size on create r1; }\n");
    for (unsigned i = 0; i < n; i++)
        addf(text, i % 5 == 0   ? "c%u: s%u cannot read, write r%u;\n"
                   : i % 5 == 1 ? "c%u: s%u cannot write r%u when size > 30;\n"
                   : i % 5 == 2 ? "c%u: s%u cannot read r%u when size <= most;\n"
                   : i % 5 == 3 ? "c%u: s%u cannot use r%u when own is present and own > 3 unless word matches \"a*\";\n"
                                : "c%u: s%u cannot create r%u unless role has owner;\n",
             i, i % 20, i * 7 % n_resources);
    addf(text, "limit_of_k: limit k to most;\nd0: deny when size > 30 and most < %u;\nd1: s3 cannot write r3 when size > 31;\n"
               "d2: s%u cannot use r%u;\nassert s0 cannot read r0;\n"
               "d5: deny when u < w;\nd6: deny when v < w;\nd3: s1 cannot use r5 when seal is present;\nd4: s1 cannot use r6 when tags is present and tags has x;\n",
         odd, odd % 20, odd % 40);
}

/* Rows that ask for many names and for numbers from their least one on. */
static void
make_wide(struct text *text)
{
    unsigned state = 1;

    addf(text, "policy wide; default allow; vocabulary { subject s0, s1, s2, s3, s4, s5, s6; role r; action a0, a1, a2, a3, a4, a5, a6; resource d;\n"
               "  attribute size : int 0..1000;");
    for (unsigned e = 0; e < 8; e++)
        addf(text, " attribute e%u : { v0, v1, v2, v3, v4, v5, v6 };", e);
    addf(text, " }\n");
    for (unsigned i = 0; i < 400; i++) {
        addf(text, "c%u: deny when size < %u", i, 2 * i + 1);
        for (unsigned k = 0; k < 6; k++) {
            state = state * 1664525u + 1013904223u;
            addf(text, " and e%u == v%u", (i + k) % 8, (state >> 16) % 7);
        }
        addf(text, ";\n");
    }
}

int
main(int argc, char **argv)
{
    const char *top = getenv("top_srcdir");
    const size_t every = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    struct rck_policy *last = NULL;
    char pattern[4096];
    glob_t files;

    snprintf(pattern, sizeof pattern, "%s/tests/diagnostics/*.rules", top != NULL ? top : ".");
    if (glob(pattern, 0, NULL, &files) != 0) {
        printf("there is no '%s'\n", pattern);
        return 1;
    }
    for (size_t i = 0; i < files.gl_pathc; i += every) {
        static char buffer[1 << 16];
        FILE *in = fopen(files.gl_pathv[i], "rb");
        struct text text = { 0 };

        if (in == NULL)
            return 1;
        file = files.gl_pathv[i];
        add(&text, buffer, fread(buffer, 1, sizeof buffer, in));
        fclose(in);
        check_text(&text, i % 3 == 0, &last);
        free(text.p);
    }
    globfree(&files);
    for (unsigned i = 0; i < 3 && every == 1; i++) {
        struct text text = { 0 };

        file = "a large policy";
        make_large(&text, 150 + 150 * i, 40 + 30 * i, 7 * i + 3);
        check_text(&text, false, &last);
        free(text.p);
    }
    if (every == 1) {
        struct text text = { 0 };

        file = "a wide policy";
        make_wide(&text);
        check_text(&text, false, &last);
        free(text.p);
    }
    rck_policy_unref(last);
    printf("%" PRIu64 " policies, %" PRIu64 " compiles that report %" PRIu64 " lines, %" PRIu64 " not completed; %" PRIu64
           " answers with %" PRIu64 " regions, %" PRIu64 " not completed; %" PRIu64 " outcomes and mutants not settled\n",
           counts.policies, counts.compiles, counts.lines, counts.unfinished, counts.answers, counts.regions, counts.incomplete,
           counts.unsettled);
    if (every != 1)
        return 0;
    if (counts.policies < 100 || counts.unfinished < 100 || counts.incomplete < 100 || counts.unsettled < 100 || counts.regions < 1000) {
        printf("that tests nothing\n");
        return 1;
    }
    return 0;
}
