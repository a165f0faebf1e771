/* SPDX-License-Identifier: MIT
 *
 * Lack of memory: every scenario below is run with the Nth allocation failing, once and from there on, for N = 0, 1, ... until a
 * run meets no failure.  A call during which an allocation failed answers RCK_E_NOMEM and nothing else; a later one works as if
 * nothing had been; nothing is allowed that the undisturbed run does not allow; and when a scenario has freed what it holds, no
 * block is left.  Deciding, explaining, listing and writing diagnostics ask for no memory at all.
 *
 * The program is linked with exact_mem.c, so that every allocation of a compile counts.
 *
 *     oom [SCENARIO]
 */
#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/rulecheck.h"
#include "counting.h"
#include "saved_bytes.h"
#include "text.h"

/* Scenarios with more allocations than this are tried at so many places, spread evenly; the others at every place. */
enum { EVERY_PLACE = 1500, SOME_PLACES = 300 };

/* A run that makes fewer allocations fail than this does not test what it says. */
enum { FAILURES_FLOOR = 25000 };

/* There are at least so many scenarios.  tests/symbols.sh sees to it that each function of the library is in one. */
enum { SCENARIOS_FLOOR = 60 };

struct run {
    struct counting *mem;
    uint64_t seen;       /* failures that a call has answered for */
    uint64_t quiet_from; /* calls of the allocator when the quiet part began */
    const char *scenario;
    uint64_t fail_at;
    bool for_ever;
    bool late;          /* only what comes after the policy is disturbed: its compile is a scenario of its own */
    uint64_t undisturbed; /* calls of the allocator before that */
    unsigned n_faults;
};

static void complain(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
complain(struct run *run, const char *format, ...)
{
    va_list args;

    if (++run->n_faults > 3)
        return;
    if (run->fail_at == UINT64_MAX)
        printf("%s, undisturbed: ", run->scenario);
    else
        printf("%s, allocation %" PRIu64 " fails %s: ", run->scenario, run->fail_at, run->for_ever ? "for ever" : "once");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

/* Judges the status of a call that has just returned; true if it is the one of the undisturbed run. */
static bool
step(struct run *run, const char *what, enum rck_status got, enum rck_status want)
{
    bool injected = run->mem->failed != run->seen;

    run->seen = run->mem->failed;
    if (injected && got != RCK_E_NOMEM)
        complain(run, "%s says \"%s\"", what, rck_status_text(got));
    else if (!injected && got != want)
        complain(run, "%s says \"%s\" and not \"%s\"", what, rck_status_text(got), rck_status_text(want));
    return got == want;
}

/* What stands between the two must not ask for memory. */
static void
quiet_begin(struct run *run)
{
    run->quiet_from = run->mem->calls;
}

static void
quiet_end(struct run *run, const char *what)
{
    if (run->mem->calls != run->quiet_from)
        complain(run, "%s asks for memory", what);
}

static void
expect(struct run *run, bool ok, const char *what)
{
    if (!ok)
        complain(run, "%s", what);
}

/* ---- texts -------------------------------------------------------------------------------------------------------------- */

static const char small[] =
    "policy shop; source \"https://example.com/limits\" as of 2026-01-02; default allow;\n"
    "vocabulary { subject user, bot; role owner, admin, guest; action create, read, delete, move;\n"
    "  resource item, item.part, store; resource secrets = item.part, store; action write = create, delete, move;\n"
    "  attribute size, most : int 0..1000; attribute color : { red, green.dark, green.light }; attribute tags : set of { a, b, \"c d\" };\n"
    "  attribute paid : bool; attribute limit.own : int 0.. optional;\n"
    "  counter items : up on create item, up on move store, down on delete item; }\n"
    "param most_items : int 1..50 = 3; param strict : bool = true;\n"
    "count: limit items to most_items cites \"At most three.\" says \"You have \\\"enough\\\".\";\n"
    "gate: only owner, admin may delete item, store unless tags has b;\n"
    "ban: bot cannot use secrets;\n"
    "covered_ban: bot cannot move store covered by ban;\n"
    "bound: require size + 2 <= most to create item;\n"
    "never: deny when paid and (not tags has b or action == move);\n"
    "soft: deny when size > 900 warn;\n"
    "why: note \"That is all.\";\n"
    "assert bot cannot use item.part;\n"
    "cases \"some\" { subject action resource role items size most paid tags -> result;\n"
    "  user create item owner 2 1 9 false - -> allow; user create item {} 3 8 9 false - -> deny by count, bound;\n"
    "  bot read store - - - - - - -> deny by ban; user delete item guest 1 - - - a -> deny by gate; }\n";

static const char grants[] = "policy g; default deny;\n"
                             "vocabulary { subject user; role owner, guest; action read, write; resource doc, doc.page; attribute public : bool;\n"
                             "  attribute size, own : int 0.. optional; attribute color : { red, green.dark, green.light }; }\n"
                             "fits: require own <= size to write doc when own is present and size is present unless color in { red };\n"
                             "readers: user may read doc; owners: owner may use anything; opened: anyone may write doc.page when public;\n"
                             "assert allow when action == read and resource == doc and subject == user;\n";

static const char wrong[] =
    "policy shop; default maybe; default allow;\n"
    "vocabulary { subject user, user; role owner; action create; resource item; attribute size : int 5..1; attribute x, : bool;\n"
    "  counter items : up on creat item; counter nothing : down on create item; attribute color : { red, red }; }\n"
    "param p : int 1..3 = 9; param q : unknown = 1;\n"
    "a: limit itms to 3; a: only ownr may create item; b: user cannot delete itm; c: deny when size > red;\n"
    "d: require to create item; e: deny when (size > 1 and color == red or size < 2); f: deny when 99999999999999999999 > size;\n"
    "g: deny when \"open; h: note 3; i: only user may \xc3\xa9 create; j: deny when color == blue; k: user cannot create item covered by nobody;\n"
    "l: deny when size matches \"a*\"; m: deny when now > 2020-01-01; n: limit items to 10 per minute; \x01 include \"other.rules\";\n"
    "assert user cannot create item; cases \"x\" { subject nothing -> result; user 3 -> perhaps; }\n";

static const char unproved[] = "policy p; default allow;\n"
                               "vocabulary { subject user, bot; role r; action do; resource thing; attribute n : int; }\n"
                               "ban: bot cannot do thing when n > 3;\nassert bot cannot do thing;\n"
                               "assert allow when subject == bot and action == do;\n";

/* A policy of many names and clauses. */
static struct text
large_policy(void)
{
    struct text text = { 0 };

    addf(&text, "policy large; default allow; vocabulary { subject s; role r0");
    for (int i = 1; i < 70; i++)
        addf(&text, ", r%d", i);
    addf(&text, "; action act; resource top");
    for (int i = 0; i < 400; i++)
        addf(&text, ", top.n%d", i);
    addf(&text, "; attribute n : int; attribute e : { v0");
    for (int i = 1; i < 300; i++)
        addf(&text, ", v%d", i);
    addf(&text, " }; }\n");
    for (int i = 0; i < 60; i++)
        addf(&text, "c%d: deny when resource == top.n%d and n > %d unless e in { v%d, v%d };\n", i, i, i % 4, i, i + 1);
    return text;
}

/* ---- pieces of scenarios ------------------------------------------------------------------------------------------------ */

static bool
swallow(void *arg, const char *text, size_t size)
{
    size_t *total = arg;

    for (size_t i = 0; i < size; i++)
        *total += (unsigned char)text[i];
    return true;
}

/* Looks at everything that diagnostics tell, which takes no memory. */
static void
read_diagnostics(struct run *run, struct rck_diagnostics *diagnostics)
{
    size_t total = 0;

    quiet_begin(run);
    rck_diagnostics_write(diagnostics, 0, swallow, &total);
    rck_diagnostics_write(diagnostics, RCK_COLOR, swallow, &total);
    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++) {
        const struct rck_diagnostic *d = rck_diagnostics_at(diagnostics, i);

        expect(run, d->id != NULL && d->message != NULL && d->message[0] != 0 && d->file != NULL, "a diagnostic is not complete");
    }
    rck_diagnostics_found(diagnostics, RCK_ERROR);
    quiet_end(run, "reading diagnostics");
}

/* One compile, judged.  TEXT is NULL: PATH is the file.  Returns the policy, or NULL. */
static struct rck_policy *
compile_once(struct run *run, struct rck_context *context, const char *path, const char *text, size_t n, enum rck_status want)
{
    struct rck_diagnostics *diagnostics = (struct rck_diagnostics *)(uintptr_t)&n; /* to see that it is set */
    struct rck_policy *policy = NULL;
    enum rck_status got = text != NULL ? rck_policy_compile(context, "test.rules", text, n, &diagnostics, &policy)
                                       : rck_policy_compile_file(context, path, &diagnostics, &policy);

    step(run, "compile", got, want);
    expect(run, (got == RCK_OK) == (policy != NULL), "a policy comes with an error, or none without");
    expect(run, (got == RCK_E_NOMEM) == (diagnostics == NULL), "diagnostics come with a lack of memory, or none without");
    if (diagnostics != NULL)
        read_diagnostics(run, diagnostics);
    rck_diagnostics_free(diagnostics);
    return policy;
}

/* The same, and again after a failure: a context survives it. */
static struct rck_policy *
compile(struct run *run, struct rck_context *context, const char *text, size_t n, enum rck_status want)
{
    uint64_t failed = run->mem->failed;
    struct rck_policy *policy = compile_once(run, context, NULL, text, n, want);

    if (policy == NULL && run->mem->failed != failed && !run->for_ever)
        policy = compile_once(run, context, NULL, text, n, want);
    return policy;
}

static struct rck_context *
make_context(struct run *run)
{
    struct rck_context *context = NULL;

    step(run, "rck_context_new", rck_context_new(&run->mem->allocator, &context), RCK_OK);
    return context;
}

/* Compiles TEXT in a context of its own. */
static struct rck_policy *
make_policy(struct run *run, const char *text)
{
    struct rck_context *context = make_context(run);
    struct rck_policy *policy = context != NULL ? compile(run, context, text, strlen(text), RCK_OK) : NULL;

    rck_context_free(context);
    if (run->late) {
        run->undisturbed = run->mem->calls;
        counting_fail(run->mem, run->fail_at, run->for_ever);
    }
    return policy;
}

static struct rck_request *
make_request(struct run *run, struct rck_policy *policy)
{
    struct rck_request *request = NULL;

    if (policy != NULL)
        step(run, "rck_request_new", rck_request_new(policy, &request), RCK_OK);
    return request;
}

static struct rck_explanation *
make_explanation(struct run *run, struct rck_policy *policy)
{
    struct rck_explanation *explanation = NULL;

    if (policy != NULL)
        step(run, "rck_explanation_new", rck_explanation_new(policy, &explanation), RCK_OK);
    return explanation;
}

/* Decides by table and by clauses.  FILLED: the request holds all that it should; otherwise it was cut short. */
static void
decide(struct run *run, const struct rck_policy *policy, const struct rck_request *request, struct rck_explanation *explanation,
       bool filled, enum rck_result want)
{
    struct rck_why why;
    enum rck_result got;
    char value[64];

    quiet_begin(run);
    got = rck_decide(policy, request, &why);
    if (got != (filled ? want : RCK_INVALID))
        complain(run, "the decision is %s and not %s", rck_result_name(got), rck_result_name(filled ? want : RCK_INVALID));
    if (!filled)
        expect(run, rck_request_error(request) != NULL, "an invalid request has no error");
    if (explanation != NULL) {
        struct rck_policy_info info;

        expect(run, rck_explain(explanation, request) == got, "table and clauses disagree");
        rck_policy_describe(policy, &info);
        for (uint32_t i = 0; i < info.n_clauses; i++) {
            enum rck_state state = rck_explanation_state(explanation, i);
            struct rck_reading reading;

            expect(run, (rck_explanation_next(explanation, i) == i) == (state != RCK_STATE_IRRELEVANT && state != RCK_STATE_SATISFIED),
                   "a clause is passed over that says something, or not one that says nothing");
            for (size_t k = 0; k < rck_explanation_reading(explanation, i, k, &reading); k++)
                rck_request_value(request, reading.attribute, value, sizeof value);
        }
    }
    quiet_end(run, "deciding");
}

/* Reads TEXT, again after a failure, and decides.  CSV: it is a record of that file; else READ reads it. */
static void
decide_text(struct run *run, struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation,
            enum rck_status (*read)(struct rck_request *, const char *, size_t), const struct rck_csv *csv, const char *text, size_t n,
            enum rck_status status, enum rck_result want)
{
    for (int round = 0; round < 2; round++) {
        enum rck_status got = csv != NULL ? rck_request_read_csv(request, csv, text, n) : read(request, text, n);
        bool done = step(run, "reading a request", got, status);

        decide(run, policy, request, explanation, done, want);
        if (done || run->for_ever)
            break;
    }
}

static void
decide_json(struct run *run, struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation,
            const char *json, size_t n, enum rck_status status, enum rck_result want)
{
    decide_text(run, policy, request, explanation, rck_request_read_json, NULL, json, n, status, want);
}

static void
decide_pairs(struct run *run, struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation,
             const char *text, enum rck_status status, enum rck_result want)
{
    decide_text(run, policy, request, explanation, rck_request_read_pairs, NULL, text, strlen(text), status, want);
}

/* Reads the header of a CSV file, again after a failure; NULL if it has none that can be read. */
static struct rck_csv *
make_csv(struct run *run, struct rck_request *request, const char *header, enum rck_status want)
{
    struct rck_csv *csv = NULL;

    for (int round = 0; round < 2 && csv == NULL; round++) {
        enum rck_status got = rck_csv_new(request, header, strlen(header), &csv);

        expect(run, (got == RCK_OK) == (csv != NULL), "columns come with an error, or none without");
        if (step(run, "rck_csv_new", got, want) || run->for_ever)
            break;
    }
    return csv;
}

static void
with_json(struct run *run, const char *policy_text, const char *json, size_t n, enum rck_status status, enum rck_result want)
{
    struct rck_policy *policy = make_policy(run, policy_text);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    if (request != NULL)
        decide_json(run, policy, request, explanation, json, n, status, want);
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* ---- scenarios ---------------------------------------------------------------------------------------------------------- */

static void
context_alone(struct run *run)
{
    rck_context_free(make_context(run));
}

static void
context_params(struct run *run)
{
    struct rck_context *context = make_context(run);
    char name[32], value[2000];

    if (context == NULL)
        return;
    memset(value, '7', sizeof value - 1);
    value[sizeof value - 1] = 0;
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "param%d", i % 15);
        step(run, "rck_context_set_param", rck_context_set_param(context, name, value + 100 * i), RCK_OK);
    }
    rck_context_free(context);
}

static void
context_settings(struct run *run)
{
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    for (const struct rck_limit *limit = rck_limits(); limit->name != NULL; limit++)
        step(run, "rck_context_set_limit", rck_context_set_limit(context, limit->name, limit->value), RCK_OK);
    step(run, "rck_context_set_limit", rck_context_set_limit(context, "no-such-limit", 1), RCK_E_ARGUMENT);
    for (size_t i = 0; rck_code_at(i) != NULL; i++)
        if (rck_code_at(i)->severity == RCK_WARNING)
            step(run, "rck_context_set_warning", rck_context_set_warning(context, rck_code_at(i)->id, RCK_WARNING_OFF), RCK_OK);
    step(run, "rck_context_set_warning", rck_context_set_warning(context, "no-such-warning", RCK_WARNING_OFF), RCK_E_ARGUMENT);
    rck_policy_unref(compile(run, context, small, strlen(small), RCK_OK));
    step(run, "rck_context_set_assert", rck_context_set_assert(context, "user cannot read store; c: bot cannot read store"), RCK_E_ARGUMENT);
    if (step(run, "rck_context_set_assert", rck_context_set_assert(context, "bot cannot read store unless limit.own == 7;"), RCK_OK))
        compile(run, context, small, strlen(small), RCK_E_POLICY);
    rck_context_free(context);
}

static void
context_warnings(struct run *run)
{
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    step(run, "rck_context_set_warning", rck_context_set_warning(context, "gap", RCK_WARNING_ON), RCK_OK);
    step(run, "rck_context_set_warning", rck_context_set_warning(context, "unused", RCK_WARNING_OFF), RCK_OK);
    rck_context_free(context);
}

static void
compile_small(struct run *run)
{
    rck_policy_unref(make_policy(run, small));
}

/* With all that there is to find. */
static void
compile_linted(struct run *run)
{
    static const char linted[] =
        "policy p; default deny; vocabulary { subject s, t; role r, q; action a, b; resource d, e; attribute n, m : int 0..9;\n"
        "counter k : up on b d; resource all = d, e; }\nparam unused : int = 1;\n"
        "all: r, q may use anything; one: q may a d when n < 5 or n < 3;\ntwo: r may b d; stop: anyone cannot b d when n >= 0;\n"
        "three: s cannot a e when n <= 20 unless subject == t; four: s cannot a e;\nfive: only q may a e; six: q cannot a e when n > m;\n"
        "seven: q cannot a e when n <= m; note1: note \"x\"; note2: note \"x\"; eight: limit k to 3 warn; nine: t cannot a e covered by four;\n";
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    rck_context_set_lint(context, true);
    for (size_t i = 0; rck_code_at(i) != NULL; i++)
        if (rck_code_at(i)->optional)
            step(run, "rck_context_set_warning", rck_context_set_warning(context, rck_code_at(i)->id, RCK_WARNING_ON), RCK_OK);
    rck_policy_unref(compile(run, context, linted, strlen(linted), RCK_OK));
    rck_policy_unref(compile(run, context, small, strlen(small), RCK_OK));
    rck_context_free(context);
}

static void
compile_grants(struct run *run)
{
    rck_policy_unref(make_policy(run, grants));
}

static void
compile_silently(struct run *run)
{
    struct rck_context *context = make_context(run);
    struct rck_policy *policy = NULL;

    if (context == NULL)
        return;
    step(run, "compile", rck_policy_compile(context, "a", small, strlen(small), NULL, &policy), RCK_OK);
    rck_policy_unref(policy);
    policy = NULL;
    step(run, "compile", rck_policy_compile(context, "a", wrong, strlen(wrong), NULL, &policy), RCK_E_POLICY);
    rck_context_free(context);
}

static void
compile_large(struct run *run)
{
    struct rck_context *context = make_context(run);
    struct text text = large_policy();

    if (context != NULL)
        rck_policy_unref(compile(run, context, text.p, text.n, RCK_OK));
    rck_context_free(context);
    free(text.p);
}

/* The hashed form of the table, small and with trees. */
static void
compile_hashed(struct run *run)
{
    const char *const texts[] = { small, grants };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct rck_context *context = make_context(run);

        if (context == NULL)
            return;
        step(run, "rck_context_set_limit", rck_context_set_limit(context, "cells", 1), RCK_OK);
        rck_policy_unref(compile(run, context, texts[i], strlen(texts[i]), RCK_OK));
        rck_context_free(context);
    }
}

static void
compile_trees(struct run *run)
{
    struct rck_context *context = make_context(run);
    struct text text = { 0 };

    addf(&text, "policy p; default allow;\n"
                "vocabulary { subject s, t; role r; action a, b; resource x, y; attribute m, n : int; }\n");
    for (int i = 0; i < 20; i++)
        addf(&text, "c%d: s cannot a x when m >= %d and n < %d;\n", i, i, 2 * i);
    if (context != NULL) {
        step(run, "rck_context_set_limit", rck_context_set_limit(context, "cells", 1), RCK_OK);
        rck_policy_unref(compile(run, context, text.p, text.n, RCK_OK));
    }
    rck_context_free(context);
    free(text.p);
}

/* A policy that does not compile, with LIMIT (may be NULL) set to VALUE. */
static void
fail_with(struct run *run, const char *text, size_t n, const char *limit, uint64_t value)
{
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    if (limit != NULL)
        step(run, "rck_context_set_limit", rck_context_set_limit(context, limit, value), RCK_OK);
    rck_policy_unref(compile(run, context, text, n, RCK_E_POLICY));
    rck_context_free(context);
}

static void
compile_wrong(struct run *run)
{
    fail_with(run, wrong, strlen(wrong), NULL, 0);
}

static void
compile_wrong_all(struct run *run)
{
    fail_with(run, wrong, strlen(wrong), "diagnostics", 1000);
}

static void
compile_many_errors(struct run *run)
{
    struct text text = { 0 };

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource b; }\n");
    for (int i = 0; i < 60; i++)
        addf(&text, "c%d: only nobody%d may do what%d;\n", i, i, i);
    fail_with(run, text.p, text.n, NULL, 0);
    free(text.p);
}

static void
compile_empty(struct run *run)
{
    fail_with(run, "", 0, NULL, 0);
}

static void
compile_noise(struct run *run)
{
    char noise[600];

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 37 + i / 7);
    fail_with(run, noise, sizeof noise, NULL, 0);
}

static void
compile_unproved(struct run *run)
{
    fail_with(run, unproved, strlen(unproved), NULL, 0);
}

/* The copy of a text that is too small to be kept as it is, and too large for what is left of a block. */
static void
compile_copied(struct run *run)
{
    struct text text = { 0 };
    struct rck_context *context = make_context(run);

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource b; }\nc: s cannot a b;\n#");
    while (text.n < 16000)
        addf(&text, "xxxxxxxxxxxxxxxx");
    if (context != NULL)
        rck_policy_unref(compile(run, context, text.p, text.n, RCK_OK));
    rck_context_free(context);
    free(text.p);
}

/* The request that refutes has a name that nobody declared, and a string that is longer. */
static void
compile_refuted(struct run *run)
{
    struct text text = { 0 };

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; open resource b; attribute word : string; }\n"
                "c: deny when resource == b;\nassert deny when resource != b and word == \"");
    for (int i = 0; i < 100; i++)
        addf(&text, "%d", i);
    addf(&text, "\";\n");
    fail_with(run, text.p, text.n, NULL, 0);
    free(text.p);
}

static void
compile_nested(struct run *run)
{
    struct text text = { 0 };

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource b; attribute x : bool; }\nc: deny when ");
    for (int i = 0; i < 250; i++)
        addf(&text, "not ");
    addf(&text, "x;\n");
    fail_with(run, text.p, text.n, NULL, 0);
    free(text.p);
}

static void
limit_names(struct run *run)
{
    fail_with(run, small, strlen(small), "names", 4);
}

static void
limit_clauses(struct run *run)
{
    fail_with(run, small, strlen(small), "clauses", 3);
}

static void
limit_rows(struct run *run)
{
    fail_with(run, small, strlen(small), "rows", 2);
}

static void
limit_clause_rows(struct run *run)
{
    fail_with(run, small, strlen(small), "clause-rows", 1);
}

static void
limit_text(struct run *run)
{
    fail_with(run, small, strlen(small), "policy-bytes", 100);
}

static void
limit_proof(struct run *run)
{
    fail_with(run, small, strlen(small), "proof-steps", 0);
}

static void
limit_memory(struct run *run)
{
    struct text text = large_policy();

    fail_with(run, text.p, text.n, "compile-bytes", 20000 * sizeof(void *));
    free(text.p);
}

static void
compile_params(struct run *run)
{
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    if (step(run, "rck_context_set_param", rck_context_set_param(context, "most_items", "5"), RCK_OK)
        && step(run, "rck_context_set_param", rck_context_set_param(context, "strict", "false"), RCK_OK))
        rck_policy_unref(compile(run, context, small, strlen(small), RCK_OK));
    if (step(run, "rck_context_set_param", rck_context_set_param(context, "most_items", "99"), RCK_OK))
        rck_policy_unref(compile(run, context, small, strlen(small), RCK_E_POLICY));
    if (step(run, "rck_context_set_param", rck_context_set_param(context, "nobody", "1"), RCK_OK))
        rck_policy_unref(compile(run, context, small, strlen(small), RCK_E_POLICY));
    rck_context_free(context);
}

static void
compile_files(struct run *run)
{
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    compile_once(run, context, "no/such/file.rules", NULL, 0, RCK_E_IO);
    compile_once(run, context, ".", NULL, 0, RCK_E_IO);
    rck_context_free(context);
}

/* Files that are included, in memory of the allocator under test: a NULL from it is answered as the library would. */
static const struct {
    const char *name, *text;
} included[] = { { "voc", "vocabulary { subject user, bot; action read, write; resource doc; action any = read, write; attribute n : int 0..9; }" },
                 { "a", "include \"voc\"; default allow; param most : int 1..9 = 3; ban: bot cannot any doc;" },
                 { "b", "include \"voc\"; include \"a\"; vocabulary { subject bot; counter k : up on write doc; attribute n: int 0..9; }"
                        "param most : int 1..9=3; few: limit k to most;" },
                 { "loop", "include \"c\";" },
                 { "c", "include \"d\"; default deny; vocabulary { attribute n : int; action any = read; }" },
                 { "d", "include \"loop\"; param most : int = 1; include \"nowhere\";" } };

static void
release_included(struct rck_include *include)
{
    const struct rck_allocator *mem = include->own;

    mem->release((void *)(uintptr_t)include->text, mem->ctx);
}

static enum rck_status
find_included(void *arg, struct rck_include *include)
{
    struct run *run = arg;
    const struct rck_allocator *mem = &run->mem->allocator;

    for (size_t i = 0; i < sizeof included / sizeof included[0]; i++)
        if (strcmp(included[i].name, include->path) == 0) {
            size_t n = strlen(included[i].text);
            char *text = mem->alloc(n, mem->ctx);

            if (text == NULL)
                return RCK_E_NOMEM;
            memcpy(text, included[i].text, n);
            include->text = text;
            include->length = n;
            include->own = &run->mem->allocator;
            include->release = release_included;
            return RCK_OK;
        }
    return RCK_E_IO;
}

static void
compile_includes(struct run *run)
{
    static const char fine[] = "policy p; include \"a\"; include \"b\"; include \"voc\"; assert bot cannot read doc;",
                      failing[] = "policy p; include \"a\"; include \"b\"; include \"loop\"; last: deny when n > 3;";
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    rck_context_set_include(context, find_included, run);
    rck_policy_unref(compile(run, context, fine, strlen(fine), RCK_OK));
    compile(run, context, failing, strlen(failing), RCK_E_IO);
    if (step(run, "rck_context_set_limit", rck_context_set_limit(context, "includes", 3), RCK_OK))
        compile(run, context, fine, strlen(fine), RCK_E_POLICY);
    rck_context_free(context);
}

/* Path of a file of the source tree. */
static const char *
in_source(const char *name)
{
    static char path[4096];
    const char *top = getenv("top_srcdir");

    snprintf(path, sizeof path, "%s/%s", top != NULL ? top : ".", name);
    return path;
}

static void
compile_included_files(struct run *run)
{
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    rck_policy_unref(compile_once(run, context, in_source("tests/diagnostics/include-cycle.near.rules"), NULL, 0, RCK_OK));
    compile_once(run, context, in_source("tests/diagnostics/include-cycle.long.rules"), NULL, 0, RCK_E_POLICY);
    compile_once(run, context, in_source("tests/diagnostics/unreadable.include.rules"), NULL, 0, RCK_E_IO);
    rck_context_free(context);
}

/* Asks the questions from FIRST on about all requests of the policies A and B, which end here; JSON is one of A. */
static void
ask_questions(struct run *run, struct rck_policy *a, struct rck_policy *b, unsigned first, const char *json)
{
    struct rck_request *request = make_request(run, a);

    for (unsigned i = first; i < 4; i++) {
        struct rck_regions *regions = NULL;
        enum rck_status status = RCK_E_NOMEM;
        const char *what[] = { "rck_policy_diff", "rck_policy_diff", "rck_request_residual", "rck_request_nearest" };

        if (a == NULL || b == NULL || request == NULL)
            break;
        if (i < 2)
            status = rck_policy_diff(a, i == 0 ? a : b, 0, &regions);
        else if (rck_request_read_json(request, json, strlen(json)) == RCK_OK)
            status = i == 2 ? rck_request_residual(request, 0, &regions) : rck_request_nearest(request, 0, &regions);
        if (step(run, what[i], status, RCK_OK)) {
            struct rck_condition condition;
            struct rck_region region;

            expect(run, rck_regions_finished(regions), "an answer is not complete");
            expect(run, i != 0 || rck_regions_count(regions) == 0, "a policy differs from itself");
            for (size_t k = 0; rck_regions_get(regions, k, &region) == RCK_OK; k++)
                for (size_t c = 0; c < region.n_conditions; c++)
                    step(run, "rck_regions_condition", rck_regions_condition(regions, k, c, &condition), RCK_OK);
            quiet_begin(run);
            expect(run, rck_regions_note(regions, 1000) == NULL, "there are a thousand notes");
            expect(run, rck_regions_comparable(regions), "there is nothing to compare");
            expect(run, !rck_regions_depend(regions, "nothing") && !rck_regions_reach(regions, RCK_DENY, "action", "nothing"), "a name is unknown");
            quiet_end(run, "asking about regions");
        } else {
            expect(run, regions == NULL, "regions come with an error");
        }
        rck_regions_free(regions);
    }
    rck_request_free(request);
    rck_policy_unref(a);
    rck_policy_unref(b);
}

static const char bot_reads[] = "{\"subject\":\"bot\",\"action\":\"read\",\"resource\":\"store\",\"limit\":{\"own\":3}}";

static void
questions(struct run *run)
{
    struct rck_policy *a = make_policy(run, small), *b = make_policy(run, grants);

    ask_questions(run, a, b, 0, bot_reads);
}

/* The same of policies so small that every allocation is tried. */
static void
questions_tiny(struct run *run)
{
    static const char first[] = "policy p; default allow; vocabulary { subject user, bot; role owner; action read; resource store; attribute limit.own : int; }\n"
                                "ban: bot cannot read store when limit.own > 2;\n",
                      second[] = "policy p; default allow; vocabulary { subject user, bot; role owner; action read; resource store; attribute limit.own : int; }\n"
                                 "ban: bot cannot read store when limit.own > 3;\n";
    struct rck_policy *a = make_policy(run, first), *b = make_policy(run, second);

    ask_questions(run, a, b, 2, bot_reads);
}

/* What is asked for is a set with a member that nobody declared, and so are the answers. */
static void
questions_open(struct run *run)
{
    static const char text[] = "policy p; default allow; vocabulary { subject bot; role owner; action read, write; resource store;\n"
                               "attribute tags : set of open { x }; }\nban: bot cannot write store when tags has x;\n";
    struct rck_policy *a = make_policy(run, text), *b = make_policy(run, text);

    ask_questions(run, a, b, 2, "{\"subject\":\"bot\",\"tags\":[\"unheard\"]}");
}

static void
compile_shipped(struct run *run)
{
    struct rck_context *context = make_context(run);

    if (context != NULL)
        rck_policy_unref(compile_once(run, context, in_source("rules/contentstack/management-tokens.rules"), NULL, 0, RCK_OK));
    rck_context_free(context);
}

static void
json_plain(struct run *run)
{
    static const char json[] = "{\"subject\":\"user\",\"action\":\"create\",\"resource\":\"item\",\"role\":[\"owner\"],\"items\":2,"
                               "\"size\":1,\"most\":9,\"paid\":false,\"tags\":[\"a\"],\"color\":\"red\"}";

    with_json(run, small, json, strlen(json), RCK_OK, RCK_ALLOW);
}

static void
json_denied(struct run *run)
{
    static const char json[] = "{\"s\\u0075bject\":\"\\u0062ot\",\"action\":\"r\\u0065ad\",\"resource\":\"store\",\"limit\":{\"own\":3}}";

    with_json(run, small, json, strlen(json), RCK_OK, RCK_DENY);
}

static void
json_granted(struct run *run)
{
    static const char json[] = "{\"subject\":\"user\",\"action\":\"write\",\"resource\":\"doc.page\",\"role\":[],\"public\":true}";

    with_json(run, grants, json, strlen(json), RCK_OK, RCK_ALLOW);
}

static void
json_large(struct run *run)
{
    struct text text = { 0 };

    addf(&text, "{\"subject\":\"user\",\"action\":\"create\",\"resource\":\"item\",\"role\":[\"owner\"],\"items\":2,\"size\":1,\"most\":9,"
                "\"paid\":false,\"tags\":[\"a\"],\"color\":\"red\"");
    for (int i = 0; i < 3000; i++)
        addf(&text, ",\"other\\u002e%d\":{\"a\":[%d,\"\\n\",{\"deep\":{}}],\"b\\\\\":null}", i, i);
    addf(&text, "}");
    with_json(run, small, text.p, text.n, RCK_OK, RCK_ALLOW);
    free(text.p);
}

static void
json_ignored(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct text text = { 0 };

    addf(&text, "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"store\",\"paid\":false");
    for (int i = 0; i < 100; i++)
        addf(&text, ",\"unknown.key.number%d\":%d", i, i);
    addf(&text, "}");
    if (request != NULL) {
        decide_json(run, policy, request, NULL, text.p, text.n, RCK_OK, RCK_ALLOW);
        quiet_begin(run);
        for (size_t i = 0; i < rck_request_ignored(request, i, NULL, NULL); i++) {
            const char *name;
            size_t n;

            rck_request_ignored(request, i, &name, &n);
            expect(run, (name != NULL) == (i < 64) && (name == NULL || memcmp(name, "unknown", 7) == 0), "an ignored name is wrong");
        }
        quiet_end(run, "listing ignored keys");
    }
    rck_request_free(request);
    rck_policy_unref(policy);
    free(text.p);
}

static void
json_ids(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);

    for (int i = 1; i < 2000 && request != NULL; i = 3 * i + 1) {
        struct text text = { 0 };
        size_t n;

        addf(&text, "{\"id\":\"%0*d\",\"subject\":\"user\",\"action\":\"read\",\"resource\":\"store\",\"paid\":false}", i < 400 ? i : 400, i);
        decide_json(run, policy, request, NULL, text.p, text.n, RCK_OK, RCK_ALLOW);
        rck_request_id(request, &n);
        free(text.p);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
json_wrong(struct run *run)
{
    static const char *const texts[] = {
        "", "{", "[]", "{\"subject\":\"user\",\"subject\":\"user\"}", "{\"size\":\"10\"}", "{\"size\":1.5}", "{\"a\\ud800\":1}",
        "{\"limit\":3}", "{\"size\":9223372036854775808}", "{\"items\":[1,{\"a\":1,\"a\":1}]}", "{\"now\":\"x\"}", "{\"limit.owm\":1}",
    };
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && request != NULL; i++)
        decide_json(run, policy, request, NULL, texts[i], strlen(texts[i]), RCK_E_REQUEST, RCK_INVALID);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* A line of pairs that is longer than any before makes the request grow; a broken one changes nothing for the next. */
static void
pairs_lines(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    for (int i = 0; i < 6 && request != NULL; i++) {
        struct text text = { 0 };

        addf(&text, "id=\"%0*d\" subject=user action=\"r\\u0065ad\" resource=store paid=false role=owner,admin tags={a", 10 * i + 1, i);
        for (int k = 0; k < i * i * i; k++)
            addf(&text, ", \"\\u0062%d\"", k);
        addf(&text, "} color=- \"limit.own\"=3");
        for (int k = 0; k < 20 * i; k++)
            addf(&text, " other.%d={x, \"y\"}", k);
        decide_pairs(run, policy, request, explanation, text.p, RCK_OK, RCK_ALLOW);
        decide_pairs(run, policy, request, explanation, "subject=user action=read resource=\"store", RCK_E_REQUEST, RCK_INVALID);
        free(text.p);
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
pairs_wrong(struct run *run)
{
    static const char *const texts[] = {
        "", "subject", "=x", "\"a=1", "size=\"10\"", "size=01", "tags={a b}", "x=1 y=2 x=1", "limit.owm=1", "role={\"a\\x\"}", "now=1",
    };
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && request != NULL; i++)
        decide_pairs(run, policy, request, NULL, texts[i], RCK_E_REQUEST, RCK_INVALID);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
csv_records(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);
    struct rck_csv *csv =
        request != NULL ? make_csv(run, request, "id,subject,action,resource,\"role\",paid,tags,\"other \"\"key\"\"\",unknown,color\r\n", RCK_OK)
                        : NULL;

    for (int i = 0; i < 6 && csv != NULL; i++) {
        struct text text = { 0 };

        addf(&text, "%0*d,user,\"read\",store,\"owner,admin\",false,\"{a", 10 * i + 1, i);
        for (int k = 0; k < i * i * i; k++)
            addf(&text, ", \"\"b%d\"\"", k);
        addf(&text, "}\",\"a\nb, \"\"%0*d\"\"\",-,", 100 * i + 1, i);
        decide_text(run, policy, request, explanation, NULL, csv, text.p, text.n, RCK_OK, RCK_ALLOW);
        decide_text(run, policy, request, explanation, NULL, csv, "1,user", 6, RCK_E_REQUEST, RCK_INVALID);
        free(text.p);
    }
    rck_csv_free(csv);
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
csv_headers(struct run *run)
{
    static const char *const headers[] = { "", "a,a", "subject,,action", "\"subject", "sub\"ject", "\xef\xbb\xbfsubject", " a,b", "limit.owm" };
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct text text = { 0 };

    for (size_t i = 0; i < sizeof headers / sizeof headers[0] && request != NULL; i++) {
        struct rck_csv *csv = NULL;
        enum rck_status got = rck_csv_new(request, headers[i], strlen(headers[i]), &csv);

        /* A key that the vocabulary refuses is a fault of each record, not of the header. */
        if (got == RCK_OK || run->mem->failed != run->seen)
            step(run, "rck_csv_new", got, RCK_OK);
        else
            expect(run, got == RCK_E_REQUEST && csv == NULL, "a wrong header is read");
        rck_csv_free(csv);
    }
    addf(&text, "subject,action,resource,paid");
    for (int i = 0; i < 500; i++)
        addf(&text, ",column%d", i);
    for (int i = 0; i < 3 && request != NULL; i++)
        rck_csv_free(make_csv(run, request, text.p, RCK_OK));
    free(text.p);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* The value of a watched key is there after each way of reading, and after each failure of it. */
static void
watched_values(struct run *run)
{
    static const char *const forms[][2] = {
        { "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"store\",\"paid\":false,\"expected result\":\"\\u0061llow\"}", NULL },
        { "subject=user action=read resource=store paid=false \"expected result\"=allow", NULL },
        { "user,read,store,false,allow", "subject,action,resource,paid,expected result" },
    };
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    static const char key[] = "expected result";

    for (int i = 0; i < 9 && request != NULL; i++) {
        const char *text = forms[i % 3][0];
        struct rck_csv *csv = forms[i % 3][1] != NULL ? make_csv(run, request, forms[i % 3][1], RCK_OK) : NULL;
        bool watches;
        size_t n;

        if (i == 4)
            step(run, "rck_request_watch", rck_request_watch(request, NULL, 0), RCK_OK);
        watches = step(run, "rck_request_watch", rck_request_watch(request, key, sizeof key - 1), RCK_OK);
        if (forms[i % 3][1] == NULL || csv != NULL) {
            decide_text(run, policy, request, NULL, i % 3 == 0 ? rck_request_read_json : rck_request_read_pairs, csv, text, strlen(text),
                        RCK_OK, RCK_ALLOW);
            if (watches && rck_decide(policy, request, NULL) == RCK_ALLOW)
                expect(run, rck_request_watched(request, &n) != NULL && n != 0, "the watched value is lost");
        }
        rck_csv_free(csv);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

static const char authzen[] =
    "policy z; default deny;\n"
    "vocabulary { subject user, app; role owner, guest; action read, write; resource doc, doc.page;\n"
    "  attribute subject.id, resource.id : int 0.. optional; attribute subject.department : { sales, it } optional;\n"
    "  attribute action.how : { soft, hard } optional; attribute context.ip : { local, remote } optional; }\n"
    "readers: user may read doc when subject.department == sales and subject.department is present;\n"
    "hard: deny when action.how == hard and action.how is present;\n";

static void
authzen_objects(struct run *run)
{
    static const struct {
        const char *json;
        enum rck_status status;
        enum rck_result result;
    } requests[] = {
        { "{\"subject\":{\"type\":\"user\",\"id\":7,\"properties\":{\"department\":\"s\\u0061les\"}},\"action\":{\"name\":\"read\","
          "\"properties\":{\"how\":\"soft\"}},\"resource\":{\"type\":\"doc.page\",\"id\":8},\"context\":{\"ip\":\"local\"}}",
          RCK_OK, RCK_ALLOW },
        { "{\"action\":{\"name\":\"read\",\"properties\":{\"how\":\"hard\"}},\"resource\":{\"type\":\"doc\"},\"subject\":{\"properties\":"
          "{\"department\":\"it\"},\"type\":\"user\"},\"options\":{\"a\":[1,2]}}",
          RCK_OK, RCK_DENY },
        { "{\"subject\":{\"type\":\"user\"},\"subject.type\":\"user\",\"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"doc\"},"
          "\"subject\":\"user\"}",
          RCK_E_REQUEST, RCK_INVALID },
        { "{\"subject\":{\"type\":\"user\",\"properties\":{\"departmnt\":\"it\"}},\"action\":{\"name\":\"read\"},"
          "\"resource\":{\"type\":\"doc\"}}",
          RCK_E_REQUEST, RCK_INVALID },
    };
    struct rck_policy *policy = make_policy(run, authzen);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    for (size_t i = 0; i < sizeof requests / sizeof requests[0] && request != NULL; i++)
        decide_json(run, policy, request, explanation, requests[i].json, strlen(requests[i].json), requests[i].status, requests[i].result);
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Every reading of every clause, with its value in a buffer of every size. */
static void
readings(struct run *run)
{
    static const char *const lines[] = {
        "subject=user action=delete resource=store role=ownr,guest tags={a, nobody} color=blue",
        "subject=user action=create resource=item role={} items=3 size=8 most=9 paid=true",
        "subject=bot action=move resource=store",
    };
    static const enum rck_result results[] = { RCK_INDETERMINATE, RCK_DENY, RCK_DENY };
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && request != NULL && explanation != NULL; i++) {
        struct rck_policy_info info;
        struct rck_reading reading;
        char value[64];

        decide_pairs(run, policy, request, explanation, lines[i], RCK_OK, results[i]);
        quiet_begin(run);
        rck_policy_describe(policy, &info);
        rck_explain(explanation, request);
        for (uint32_t clause = 0; clause <= info.n_clauses; clause++)
            for (size_t k = 0; k < rck_explanation_reading(explanation, clause, k, &reading); k++) {
                size_t n = rck_request_value(request, reading.attribute, NULL, 0);

                for (size_t size = 1; size < sizeof value; size++) {
                    expect(run, rck_request_value(request, reading.attribute, value, size) == n, "the length of a value changes");
                    expect(run, strlen(value) == (n < size ? n : size - 1), "a value is not cut at its buffer");
                }
            }
        quiet_end(run, "reading an explanation");
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
digests(struct run *run)
{
    struct rck_policy *a = make_policy(run, small), *b = NULL;
    struct rck_context *context = make_context(run);
    char of_a[65] = "", of_b[65] = "";

    if (context != NULL)
        b = compile(run, context, small, strlen(small), RCK_OK);
    quiet_begin(run);
    if (a != NULL)
        rck_policy_digest(a, of_a);
    if (b != NULL)
        rck_policy_digest(b, of_b);
    quiet_end(run, "a digest");
    expect(run, a == NULL || b == NULL || strcmp(of_a, of_b) == 0, "a policy has two digests");
    rck_context_free(context);
    rck_policy_unref(a);
    rck_policy_unref(b);
}

/* Writes until the SIZE bytes of ARG are used up. */
static bool
write_some(void *arg, const char *text, size_t size)
{
    size_t *room = arg;

    (void)text;
    if (*room < size)
        return false;
    *room -= size;
    return true;
}

/* Diagnostics outlive their context, and are written plain, in colour, and to what stops in the middle. */
static void
diagnostics_written(struct run *run)
{
    struct rck_context *context = make_context(run);
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    size_t total = 0;

    if (context == NULL)
        return;
    step(run, "rck_context_set_limit", rck_context_set_limit(context, "diagnostics", 7), RCK_OK);
    step(run, "compile", rck_policy_compile(context, "test.rules", wrong, strlen(wrong), &diagnostics, &policy), RCK_E_POLICY);
    rck_context_free(context);
    if (diagnostics == NULL)
        return;
    read_diagnostics(run, diagnostics);
    quiet_begin(run);
    rck_diagnostics_write(diagnostics, 0, swallow, &total);
    for (size_t room = 0; room < 4000; room += 37) {
        size_t left = room;

        expect(run, !rck_diagnostics_write(diagnostics, RCK_COLOR, write_some, &left) || room > 1000, "diagnostics need no room");
    }
    expect(run, total != 0 && rck_diagnostics_found(diagnostics, RCK_ERROR) > rck_diagnostics_count(diagnostics), "none is held back");
    quiet_end(run, "writing diagnostics");
    rck_diagnostics_free(diagnostics);
}

/* A process that loads policies one after the other: as long as the next one is not ready, the current one decides. */
static void
policy_swap(struct run *run)
{
    static const char of_small[] = "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"store\",\"paid\":false}";
    static const char of_grants[] = "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"}";
    struct rck_policy *current = make_policy(run, small);
    struct rck_request *request = make_request(run, current);
    struct rck_context *context = make_context(run);
    const char *json = of_small;

    for (int i = 0; i < 4 && request != NULL && context != NULL; i++) {
        const char *text = i % 2 == 0 ? grants : small;
        struct rck_policy *next = compile(run, context, text, strlen(text), RCK_OK), *held;
        struct rck_request *fresh = make_request(run, next);

        if (fresh != NULL) {
            rck_request_free(request);
            rck_policy_unref(current);
            request = fresh;
            current = next;
            json = text == small ? of_small : of_grants;
        } else {
            rck_policy_unref(next);
        }
        held = rck_policy_ref(current);
        decide_json(run, held, request, NULL, json, strlen(json), RCK_OK, RCK_ALLOW);
        rck_policy_unref(held);
    }
    rck_context_free(context);
    rck_request_free(request);
    rck_policy_unref(current);
}

/* Fills by text, all again after a failure. */
static void
text_pairs(struct run *run)
{
    static const char *const pairs[][2] = {
        { "subject", "user" },    { "action", " create " },    { "resource", "item" }, { "role", "{owner, admin}" },
        { "items", "2" },         { "size", "1" },             { "most", "9" },        { "paid", "false" },
        { "tags", "a,\"c d\"" },  { "color", "\"red\"" },      { "limit.own", "-" },   { "unknown_one", "3" },
        { "unknown_two", "" },    { "unknown_with_a_long_name", "x" },
    };
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    for (int round = 0; round < 2 && request != NULL; round++) {
        bool filled = true;

        rck_request_reset(request);
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
            enum rck_status got = rck_request_set_text(request, pairs[i][0], strlen(pairs[i][0]), pairs[i][1], strlen(pairs[i][1]));

            /* The first failure makes the request invalid, and what comes later says so. */
            if (run->mem->failed != run->seen)
                filled = step(run, "rck_request_set_text", got, RCK_OK);
            else if ((got == RCK_OK) != filled)
                complain(run, "rck_request_set_text says \"%s\"", rck_status_text(got));
        }
        decide(run, policy, request, explanation, filled, RCK_ALLOW);
        if (filled || run->for_ever)
            break;
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
handles_and_sets(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    if (request != NULL) {
        uint32_t tags, role = 1;
        bool filled;

        quiet_begin(run);
        tags = rck_policy_find_attribute(policy, "tags", 4);
        rck_request_set_name(request, 0, "user", 4);
        rck_request_add_name(request, role, "owner", 5);
        rck_request_add_name(request, role, "guest", 5);
        rck_request_set_name(request, 2, "delete", 6);
        rck_request_set_name(request, 3, "store", 5);
        rck_request_set_empty(request, tags);
        rck_request_set_bool(request, rck_policy_find_attribute(policy, "paid", 4), true);
        rck_request_set_int(request, rck_policy_find_attribute(policy, "size", 4), 1000);
        quiet_end(run, "filling by handle");
        decide(run, policy, request, explanation, true, RCK_DENY);
        /* The first thing that is noted beside the values. */
        filled = step(run, "rck_request_add_name", rck_request_add_name(request, tags, "nobody", 6), RCK_OK);
        decide(run, policy, request, explanation, filled, RCK_INDETERMINATE);
        rck_request_reject(request, "for a test");
        run->seen = run->mem->failed; /* it has no status, and is invalid in any case */
        decide(run, policy, request, explanation, true, RCK_INVALID);
        rck_request_reset(request);
        step(run, "rck_request_set_int", rck_request_set_int(request, rck_policy_find_attribute(policy, "size", 4), 1), RCK_OK);
        /* The first fault is the one that is told. */
        filled = step(run, "a duplicate", rck_request_set_int(request, rck_policy_find_attribute(policy, "size", 4), 1), RCK_E_REQUEST);
        step(run, "a duplicate", rck_request_set_text(request, "size", 4, "1", 1), filled ? RCK_E_REQUEST : RCK_E_NOMEM);
        decide(run, policy, request, explanation, true, RCK_INVALID);
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static bool
on_case(void *arg, const struct rck_case *outcome)
{
    size_t *total = arg;

    *total += strlen(outcome->row) + strlen(outcome->expected) + strlen(outcome->got);
    return true;
}

static void
cases_of(struct run *run, const char *text, size_t n_rows, size_t n_wrong)
{
    struct rck_policy *policy = make_policy(run, text);

    for (int round = 0; round < 2 && policy != NULL; round++) {
        size_t total = 0, n_run = 77, n_failed = 77;
        enum rck_status got = rck_policy_run_cases(policy, on_case, &total, &n_run, &n_failed);

        if (step(run, "rck_policy_run_cases", got, RCK_OK))
            expect(run, n_run == n_rows && n_failed == n_wrong, "the cases are not counted right");
        if (got == RCK_OK || run->for_ever)
            break;
    }
    rck_policy_unref(policy);
}

static void
cases_pass(struct run *run)
{
    cases_of(run, small, 4, 0);
}

static void
cases_fail(struct run *run)
{
    cases_of(run,
             "policy p; default allow; vocabulary { subject s; role r, r2; action a; resource b; attribute n : int 0..5; }\n"
             "c: deny when n > 3;\ncases \"t\" { subject action resource role n -> result; s a b {} 4 -> allow; s a b { r, r2 } 3 -> deny by c;\n"
             "s a b - - -> deny; s a b x 9 -> allow; s a b - 4 -> deny by c; s a b - 9 -> invalid; }\n",
             6, 4);
}

/* Compiles that run the cases, with the declared parameters and with others. */
static void
cases_compiled(struct run *run)
{
    static const char failing[] = "policy p; default allow; vocabulary { subject s; role r; action a; resource b; attribute n : int 0..5; }\n"
                                  "param most : int 0..5 = 3; c: deny when n > most;\n"
                                  "cases \"t\" { subject action resource n -> result; s a b 4 -> allow; s a b 9 -> allow; s a b 3 -> allow; }\n";
    struct rck_context *context = make_context(run);

    if (context == NULL)
        return;
    rck_context_set_run_cases(context, true);
    rck_policy_unref(compile(run, context, small, strlen(small), RCK_OK));
    compile(run, context, failing, strlen(failing), RCK_E_POLICY);
    if (step(run, "rck_context_set_param", rck_context_set_param(context, "most_items", "5"), RCK_OK))
        rck_policy_unref(compile(run, context, small, strlen(small), RCK_OK));
    if (step(run, "rck_context_set_param", rck_context_set_param(context, "most", "4"), RCK_OK))
        compile(run, context, failing, strlen(failing), RCK_E_POLICY);
    rck_context_free(context);
}

static struct rck_slot *
make_slot(struct run *run, struct rck_policy *policy)
{
    struct rck_slot *slot = NULL;

    for (int round = 0; round < 2 && slot == NULL && policy != NULL; round++)
        if (!step(run, "rck_slot_new", rck_slot_new(policy, &slot), RCK_OK))
            expect(run, slot == NULL, "a slot comes with an error");
    return slot;
}

/* What READER enters is policy NUMBER, which allows JSON if FIRST and denies it otherwise. */
static void
read_slot(struct run *run, struct rck_reader *reader, uint64_t number, bool first)
{
    static const char granted[] = "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"}",
                      denied[] = "{\"subject\":\"bot\",\"action\":\"read\",\"resource\":\"st\\u006fre\"}";
    const char *json = first ? granted : denied;
    struct rck_view view;

    quiet_begin(run);
    rck_reader_enter(reader, &view);
    quiet_end(run, "rck_reader_enter");
    expect(run, view.number == number, "another policy is in force");
    if (view.number == number)
        decide_json(run, view.policy, view.request, view.explanation, json, strlen(json), RCK_OK, first ? RCK_ALLOW : RCK_DENY);
    quiet_begin(run);
    rck_reader_leave(reader);
    quiet_end(run, "rck_reader_leave");
}

static void
slot_swaps(struct run *run)
{
    enum { N = 10 };
    struct rck_policy *first, *second;
    struct rck_reader *readers[N] = { NULL };
    struct rck_slot *slot;
    struct rck_view view;
    uint64_t number = 1;
    size_t n_run, n_failed;
    bool late = run->late;

    run->late = false;
    second = make_policy(run, small);
    run->late = late;
    first = make_policy(run, grants);
    slot = make_slot(run, first);
    rck_policy_unref(first);
    /* More readers than seats; one that cannot be made changes nothing for the others. */
    for (int i = 0; i < N && slot != NULL; i++) {
        if (!step(run, "rck_reader_new", rck_reader_new(slot, &readers[i]), RCK_OK))
            expect(run, readers[i] == NULL, "a reader comes with an error");
        for (int k = 0; k <= i; k += 3)
            if (readers[k] != NULL)
                read_slot(run, readers[k], 1, true);
    }
    if (readers[0] != NULL)
        rck_reader_enter(readers[0], &view);
    if (slot != NULL && second != NULL) {
        step(run, "rck_slot_swap", rck_slot_swap(slot, second), RCK_E_CASES);
        for (int i = 0; i < 2; i++)
            step(run, "rck_policy_run_cases", rck_policy_run_cases(second, NULL, NULL, &n_run, &n_failed), RCK_OK);
        for (int i = 0; i < 3; i++) {
            uint64_t seen = run->mem->failed;
            enum rck_status status = rck_slot_swap(slot, second);

            if (status == RCK_OK)
                number++;
            else
                expect(run, status == RCK_E_CASES ? run->for_ever : run->mem->failed != seen, "a swap fails for no reason");
            run->seen = run->mem->failed;
        }
        for (int i = 1; i < N; i++)
            if (readers[i] != NULL)
                read_slot(run, readers[i], number, number == 1);
        quiet_begin(run);
        expect(run, rck_slot_sweep(slot) == (readers[0] != NULL && number != 1), "another number of old policies lives");
        rck_policy_unref(rck_slot_policy(slot));
        quiet_end(run, "looking at a slot");
    }
    for (int i = 0; i < N; i++)
        rck_reader_free(readers[i]);
    rck_slot_free(slot);
    rck_policy_unref(second);
}

static void
slot_reloads(struct run *run)
{
    static const struct {
        const char *file;
        enum rck_status status;
    } files[] = { { "tests/diagnostics/case-failed.near.rules", RCK_OK },
                  { "tests/diagnostics/case-failed.rules", RCK_E_POLICY },
                  { "tests/diagnostics/no-such.rules", RCK_E_IO },
                  { "tests/diagnostics/case-failed.near.rules", RCK_OK } };
    struct rck_policy *first = make_policy(run, grants);
    struct rck_context *context = make_context(run);
    struct rck_slot *slot = make_slot(run, first);
    struct rck_reader *reader = NULL;
    uint64_t number = 1;

    rck_policy_unref(first);
    if (slot != NULL && context != NULL) {
        step(run, "rck_reader_new", rck_reader_new(slot, &reader), RCK_OK);
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            struct rck_diagnostics *diagnostics = NULL;
            enum rck_status got = rck_slot_reload_file(slot, context, in_source(files[i].file), &diagnostics);
            struct rck_view view;

            step(run, "rck_slot_reload_file", got, files[i].status);
            number += got == RCK_OK;
            if (diagnostics != NULL)
                read_diagnostics(run, diagnostics);
            rck_diagnostics_free(diagnostics);
            if (reader != NULL) {
                rck_reader_enter(reader, &view);
                expect(run, view.number == number, "another policy is in force");
                rck_reader_leave(reader);
            }
        }
    }
    rck_reader_free(reader);
    rck_slot_free(slot);
    rck_context_free(context);
}

static void
listing(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_policy_info info;
    struct rck_table_info table;
    char buffer[128];

    if (policy == NULL)
        return;
    quiet_begin(run);
    rck_policy_describe(policy, &info);
    for (uint32_t i = 0; i <= info.n_clauses; i++) {
        struct rck_clause clause;

        rck_policy_clause(policy, i, &clause);
    }
    for (uint32_t i = 0; i <= info.n_attributes; i++) {
        struct rck_attribute attribute;

        if (rck_policy_attribute(policy, i, &attribute) == RCK_OK)
            for (uint32_t k = 0; k <= attribute.n_names; k++)
                rck_policy_attribute_name(policy, i, k);
    }
    for (uint32_t i = 0; i <= info.n_sets + info.n_params; i++) {
        struct rck_named named;

        rck_policy_set(policy, i, &named);
        rck_policy_param(policy, i, &named);
    }
    rck_policy_table(policy, &table);
    for (uint32_t column = 0; column <= table.n_columns; column++) {
        uint32_t clause;
        enum rck_state says;

        rck_table_column(policy, column, buffer, sizeof buffer);
        for (uint32_t k = 0; rck_table_class(policy, column, k, buffer, sizeof buffer) != 0; k++)
            for (uint32_t row = 0; rck_table_row(policy, row, &clause, &says) == RCK_OK; row++) {
                uint32_t first = 1, last = 0;
                bool in_run = false;

                for (uint32_t i = 0; rck_table_row_run(policy, row, column, i, &first, &last); i++)
                    in_run = in_run || (k >= first && k <= last);
                if (rck_table_row_applies(policy, row, column, k) != in_run)
                    complain(run, "the runs of a row differ from its classes");
            }
    }
    quiet_end(run, "listing");
    rck_policy_unref(policy);
}

static void
two_policies(struct run *run)
{
    struct rck_context *context = make_context(run);
    struct rck_policy *a = context != NULL ? compile(run, context, small, strlen(small), RCK_OK) : NULL;
    struct rck_policy *b = context != NULL ? compile(run, context, grants, strlen(grants), RCK_OK) : NULL;
    struct rck_request *of_a = make_request(run, a), *of_b = make_request(run, b);
    struct rck_explanation *explanation = make_explanation(run, b);
    static const char json[] = "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"}";

    rck_context_free(context);
    rck_policy_unref(a);
    if (of_b != NULL)
        decide_json(run, b, of_b, explanation, json, strlen(json), RCK_OK, RCK_ALLOW);
    if (of_a != NULL && b != NULL) {
        expect(run, rck_decide(b, of_a, NULL) == RCK_INVALID, "a request of another policy is decided");
        decide_json(run, b, of_a, NULL, json, strlen(json), RCK_E_REQUEST, RCK_INVALID);
    }
    rck_policy_unref(b);
    rck_request_free(of_a);
    rck_request_free(of_b);
    rck_explanation_free(explanation);
}

/* One request for many texts, keeping its buffers. */
static void
request_reuse(struct run *run)
{
    struct rck_policy *policy = make_policy(run, small);
    struct rck_request *request = make_request(run, policy);

    if (request != NULL)
        rck_request_set_strict(request, true);
    for (int i = 0; i < 12 && request != NULL; i++) {
        struct text text = { 0 };

        addf(&text, "{\"id\":%d,\"subject\":\"user\",\"action\":\"r\\u0065ad\",\"resource\":\"store\",\"paid\":false,\"tags\":[", i);
        for (int k = 0; k < i * i; k++)
            addf(&text, "%s\"\\u0061%0*d\"", k != 0 ? "," : "", i, k);
        addf(&text, "]}");
        decide_json(run, policy, request, NULL, text.p, text.n, RCK_OK, RCK_ALLOW);
        free(text.p);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Saves POLICY, not counting the bytes that it is saved to. */
static struct saved_bytes
save(struct run *run, struct rck_policy *policy)
{
    struct saved_bytes bytes = { NULL, 0, 0 };

    if (policy != NULL && !step(run, "rck_policy_save", rck_policy_save(policy, saved_bytes_write, &bytes), RCK_OK))
        expect(run, bytes.n == 0, "a part of a policy was saved");
    return bytes;
}

static void
load_and_decide(struct run *run, const struct saved_bytes *bytes, enum rck_status want)
{
    static const char json[] = "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"store\",\"paid\":false,\"tags\":[]}";
    struct rck_context *context = bytes->n != 0 ? make_context(run) : NULL;
    struct rck_policy *policy = NULL;
    struct rck_explanation *explanation;
    struct rck_request *request;

    if (context != NULL) {
        enum rck_status got = rck_policy_load(context, bytes->p, bytes->n, &policy);

        step(run, "rck_policy_load", got, want);
        expect(run, (got == RCK_OK) == (policy != NULL), "a policy comes with an error, or none without");
        expect(run, (got == RCK_E_SAVED) == (rck_context_load_error(context) != NULL), "a lack of memory is told as a fault of the file");
    }
    rck_context_free(context);
    request = make_request(run, policy);
    explanation = make_explanation(run, policy);
    if (request != NULL)
        decide_json(run, policy, request, explanation, json, strlen(json), RCK_OK, RCK_ALLOW);
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Saved, and loaded whole, and with a fault that is found late. */
static void
save_and_load(struct run *run, const char *limit)
{
    struct rck_context *context = make_context(run);
    struct rck_policy *policy = NULL;
    struct saved_bytes bytes;

    if (context != NULL && limit != NULL)
        step(run, "rck_context_set_limit", rck_context_set_limit(context, limit, 1), RCK_OK);
    if (context != NULL)
        policy = compile(run, context, small, strlen(small), RCK_OK);
    rck_context_free(context);
    run->undisturbed = run->mem->calls;
    counting_fail(run->mem, run->fail_at, run->for_ever);
    bytes = save(run, policy);
    rck_policy_unref(policy);
    load_and_decide(run, &bytes, RCK_OK);
    if (bytes.n != 0) {
        bytes.p[bytes.n - 64] ^= 0x40; /* in the last section: cells or words of the table */
        saved_bytes_repair(bytes.p, bytes.n);
        load_and_decide(run, &bytes, RCK_E_SAVED);
    }
    free(bytes.p);
}

static const char routed[] =
    "policy routed; default allow; vocabulary { subject user, bot; role owner; action read, write; open resource doc, page;\n"
    "  attribute n : int 0..9 optional; attribute title : string optional; }\n"
    "ban: bot cannot write doc; few: deny when n is present and n > 5; xs: deny when title is present and title matches \"x*\";\n"
    "routes { credential bot when header.authorization is present; credential user when header.key is present and header.key != \"\";\n"
    "  GET, PUT \"/docs/*/pages/**\" -> read page; PUT \"/docs/*\" when body.kind in { \"a\", \"b\" } -> write doc with n = body.n, title = query.title;\n"
    "  PUT \"/docs/*\" when not body.kind is present -> write page; GET \"/docs/all\" -> read doc; GET \"/docs/*\" -> read page; }\n";

/* A message as it is sent; again after a failure. */
static void
decide_http(struct run *run, struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation,
            const struct rck_http *http, enum rck_status status, enum rck_result want)
{
    for (int round = 0; round < 2; round++) {
        bool done = step(run, "rck_http_request", rck_http_request(request, http), status);

        decide(run, policy, request, explanation, done, want);
        quiet_begin(run);
        (void)rck_request_doubt(request);
        (void)rck_request_route(request, 0, NULL);
        quiet_end(run, "looking at a message");
        if (done || run->for_ever)
            break;
    }
}

static void
compile_routes(struct run *run)
{
    rck_policy_unref(make_policy(run, routed));
}

static size_t
length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

#define LONG_TEXT "a-text-that-is-longer-than-the-room-that-there-is-for-it-at-first"

static void
http_messages(struct run *run)
{
    static const struct rck_header headers[] = { { "Key", 3, "k", 1 }, { "authorization", 13, "b", 1 } };
    static const char *const asked[] = { "path", "method", "query.title" };
    static const char body[] = "{\"kind\": \"a\", \"n\": 3, \"more\": {\"k\\u0065y\": [1, {\"x\": \"y\"}]}}";
    static const char long_body[] = "{\"kind\": \"" LONG_TEXT LONG_TEXT LONG_TEXT "\"}";
    struct rck_policy *policy = make_policy(run, routed);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

#define HTTP(m, u, h, n, b) (&(const struct rck_http){ m, sizeof m - 1, u, sizeof u - 1, h, n, b, length_of(b) })
    if (request != NULL && explanation != NULL) {
        decide_http(run, policy, request, explanation, HTTP("GET", "/docs/all", headers, 1, NULL), RCK_OK, RCK_ALLOW);
        decide_http(run, policy, request, explanation, HTTP("PUT", "/docs/%61?title=yes&x=%20", headers, 1, body), RCK_OK, RCK_ALLOW);
        decide_http(run, policy, request, explanation, HTTP("PUT", "/docs/a?title=xyz", headers, 1, body), RCK_OK, RCK_DENY);
        decide_http(run, policy, request, explanation, HTTP("PUT", "/docs/a", headers + 1, 1, body), RCK_OK, RCK_DENY);
        decide_http(run, policy, request, explanation, HTTP("PUT", "/docs/a", headers, 1, NULL), RCK_OK, RCK_INDETERMINATE);
        decide_http(run, policy, request, explanation, HTTP("PUT", "/docs//a/pages/", headers, 1, NULL), RCK_OK, RCK_ALLOW);
        decide_http(run, policy, request, explanation, HTTP("GET", "/docs/all", headers, 2, NULL), RCK_E_REQUEST, RCK_INVALID);
        decide_http(run, policy, request, explanation, HTTP("GET", "/dogs/all", headers, 1, NULL), RCK_E_REQUEST, RCK_INVALID);
        decide_http(run, policy, request, explanation, HTTP("GET", "/docs/All", headers, 1, NULL), RCK_E_REQUEST, RCK_INVALID);
    }
    /* What is asked for is kept besides; each in a request that has no room yet. */
    for (size_t i = 0; i < sizeof asked / sizeof asked[0] && explanation != NULL; i++) {
        struct rck_request *asks = make_request(run, policy);

        if (asks != NULL && step(run, "rck_request_ask", rck_request_ask(asks, asked[i], strlen(asked[i])), RCK_OK))
            decide_http(run, policy, asks, explanation,
                        i == 2 ? HTTP("PUT", "/docs/a?title=" LONG_TEXT, headers, 1, body) : HTTP("GET", "/docs/all", headers, 1, NULL), RCK_OK,
                        RCK_ALLOW);
        rck_request_free(asks);
    }
    if (request != NULL && explanation != NULL)
        decide_http(run, policy, request, explanation, HTTP("PUT", "/docs/a", headers, 1, long_body), RCK_E_REQUEST, RCK_INVALID);
#undef HTTP
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static void
http_lines(struct run *run)
{
    static const struct {
        const char *line;
        enum rck_status status;
        enum rck_result result;
        bool is_har;
    } lines[] = {
        { "{\"id\": \"one\", \"method\": \"GET\", \"url\": \"/docs/x/pages\", \"headers\": {\"key\": [\"k\"]}, \"facts\": {\"role\": [\"owner\"]}}",
          RCK_OK, RCK_ALLOW, false },
        { "{\"method\": \"PUT\", \"url\": \"/docs/x\", \"headers\": {\"authorization\": \"k\"}, \"body\": {\"kind\": \"b\", \"n\": 1}}", RCK_OK,
          RCK_DENY, false },
        { "{\"method\": \"PUT\", \"url\": \"/docs/x\", \"headers\": {\"key\": \"k\"}, \"body\": \"{\\\"kind\\\": \\\"b\\\", \\\"n\\\": 1}\"}", RCK_OK,
          RCK_ALLOW, false },
        { "{\"method\": \"PUT\", \"url\": \"/docs/x\", \"headers\": {\"key\": \"k\"}, \"body\": \"{\"}", RCK_E_REQUEST, RCK_INVALID, false },
        { "{\"method\": \"PUT\"}", RCK_E_REQUEST, RCK_INVALID, false },
        { "{\"method\": \"PUT\", \"url\": \"/docs/x#y\", \"headers\": [{\"name\": \"Accept\", \"value\": \"*/*\"}, {\"value\": \"k\", \"name\": \"Key\"}], "
          "\"postData\": {\"mimeType\": \"application/json\", \"text\": \"{\\\"kind\\\": \\\"b\\\", \\\"n\\\": 1}\"}}",
          RCK_OK, RCK_ALLOW, true },
        { "{\"method\": \"PUT\", \"url\": \"/docs/x\", \"headers\": [{\"name\": \"Key\"}]}", RCK_E_REQUEST, RCK_INVALID, true },
        { "{\"method\": \"GET\", \"url\": \"/docs/all\", \"headers\": [{\"name\": \"Accept\", \"value\": \"" LONG_TEXT LONG_TEXT LONG_TEXT LONG_TEXT "\"}, "
          "{\"value\": \"k\", \"name\": \"Key\"}]}",
          RCK_OK, RCK_ALLOW, true },
    };
    struct rck_policy *policy = make_policy(run, routed);
    struct rck_request *request = make_request(run, policy);
    struct rck_explanation *explanation = make_explanation(run, policy);

    if (request != NULL && !step(run, "rck_request_ask", rck_request_ask(request, "header.Key", 10), RCK_OK))
        step(run, "rck_request_ask, again", rck_request_ask(request, "header.Key", 10), RCK_OK);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && request != NULL && explanation != NULL; i++)
        decide_text(run, policy, request, explanation, lines[i].is_har ? rck_request_read_har : rck_request_read_http, NULL, lines[i].line,
                    strlen(lines[i].line), lines[i].status, lines[i].result);
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* A watched key in a request that has kept nothing yet; members of an open set beside it. */
static void
kept_first(struct run *run)
{
    static const char text[] = "policy k; default allow; vocabulary { subject user; role r; action read; resource doc;\n"
                               "  attribute e : { a, b } optional; attribute o : set of open { x, y } optional; }\n"
                               "c: user cannot read doc when e is present and e == b;\n";
    static const struct {
        const char *watch, *line;
        int form; /* 0: JSON, 1: key=value, 2: CSV */
    } lines[] = {
        { "trace", "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\",\"trace\":[1]}", 0 },
        { "trace", "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\",\"trace\":{\"x\":1}}", 0 },
        { "e", "subject=user action=read resource=doc e=a", 1 },
        { "trace", "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\",\"o\":[\"" LONG_TEXT "\",\"z\",\"" LONG_TEXT "-2\"]}", 0 },
        { NULL, "user,read,doc", 2 },
    };
    struct rck_policy *policy = make_policy(run, text);
    struct rck_request *first = make_request(run, policy);
    struct rck_csv *csv = first != NULL ? make_csv(run, first, "subject,action,resource", RCK_OK) : NULL;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct rck_request *request = make_request(run, policy);

        if (request != NULL && (lines[i].form != 2 || csv != NULL)
            && (lines[i].watch == NULL
                || step(run, "rck_request_watch", rck_request_watch(request, lines[i].watch, strlen(lines[i].watch)), RCK_OK)))
            decide_text(run, policy, request, NULL, lines[i].form == 0 ? rck_request_read_json : rck_request_read_pairs, lines[i].form == 2 ? csv : NULL,
                        lines[i].line, strlen(lines[i].line), RCK_OK, RCK_ALLOW);
        rck_request_free(request);
    }
    rck_csv_free(csv);
    rck_request_free(first);
    rck_policy_unref(policy);
}

/* A watched key of a message, in a request that has kept nothing yet. */
static void
http_watched(struct run *run)
{
    static const char *const values[] = { "\"one\"", "[1]", "{\"x\": 1}" };
    struct rck_policy *policy = make_policy(run, routed);
    struct rck_explanation *explanation = make_explanation(run, policy);

    for (int i = 0; i < 6 && explanation != NULL; i++) {
        struct rck_request *request = make_request(run, policy);
        struct text text = { 0 };

        addf(&text, "{\"trace\": %s, \"method\": \"GET\", \"url\": \"/docs/all\", \"headers\": %s}", values[i / 2],
             i % 2 == 0 ? "{\"key\": \"k\"}" : "[{\"name\": \"key\", \"value\": \"k\"}]");
        if (request != NULL && step(run, "rck_request_watch", rck_request_watch(request, "trace", 5), RCK_OK))
            decide_text(run, policy, request, explanation, i % 2 == 0 ? rck_request_read_http : rck_request_read_har, NULL, text.p, text.n, RCK_OK,
                        RCK_ALLOW);
        rck_request_free(request);
        free(text.p);
    }
    rck_explanation_free(explanation);
    rck_policy_unref(policy);
}

/* Routes saved and loaded. */
static void
saved_routes(struct run *run)
{
    struct rck_policy *policy = make_policy(run, routed);
    struct saved_bytes bytes;

    run->undisturbed = run->mem->calls;
    counting_fail(run->mem, run->fail_at, run->for_ever);
    bytes = save(run, policy);
    rck_policy_unref(policy);
    policy = NULL;
    if (bytes.n != 0) {
        struct rck_context *context = make_context(run);

        if (context != NULL)
            step(run, "rck_policy_load", rck_policy_load(context, bytes.p, bytes.n, &policy), RCK_OK);
        rck_context_free(context);
        rck_policy_unref(policy);
    }
    free(bytes.p);
}

static void
saved_dense(struct run *run)
{
    save_and_load(run, NULL);
}

static void
saved_hashed(struct run *run)
{
    save_and_load(run, "cells");
}

static bool
take_reach(void *arg, const struct rck_reach *reach)
{
    *(size_t *)arg += strlen(reach->label) != 0;
    return true;
}

static bool
take_mutant(void *arg, const struct rck_mutant *mutant)
{
    *(size_t *)arg += strlen(mutant->before) != 0 && (mutant->example == NULL || strlen(mutant->gets) != 0);
    return true;
}

static bool
take_made_case(void *arg, const struct rck_made_case *made)
{
    *(size_t *)arg += made->n_columns > 2 && strlen(made->expected) != 0 && strlen(made->reason) != 0;
    return true;
}

/* What cases are worth, and cases that are made: an answer that was given is whole. */
static void
worth(struct run *run, const char *policy)
{
    struct rck_context *context = make_context(run);
    struct rck_diagnostics *diagnostics = NULL;
    size_t n = 0;

    if (context == NULL)
        return;
    if (step(run, "rck_coverage", rck_coverage(context, "a", policy, strlen(policy), &diagnostics, take_reach, &n), RCK_OK))
        expect(run, n >= 8, "too few outcomes");
    rck_diagnostics_free(diagnostics);
    n = 0;
    if (step(run, "rck_mutate", rck_mutate(context, "a", policy, strlen(policy), NULL, take_mutant, &n), RCK_OK))
        expect(run, n >= 8, "too few mutants");
    n = 0;
    if (step(run, "rck_generate", rck_generate(context, "a", policy, strlen(policy), NULL, take_made_case, &n, NULL), RCK_OK))
        expect(run, n >= 4, "too few cases");
    rck_context_free(context);
}

static void
worth_small(struct run *run)
{
    worth(run, small);
}

static void
worth_grants(struct run *run)
{
    worth(run, grants);
}

/* Cells whose texts are copied into a request: of each function apart, so that every allocation fails. */
static const char cells[] = "policy p; default allow; vocabulary { subject s; action a; resource r; attribute t : string; }\n"
                            "one: deny when t == \"a\";\n"
                            "cases \"texts\" { subject action resource t -> result; s a r \"a\" -> deny by one; }\n";

static void
coverage_texts(struct run *run)
{
    struct rck_context *context = make_context(run);
    size_t n = 0;

    if (context != NULL && step(run, "rck_coverage", rck_coverage(context, "a", cells, strlen(cells), NULL, take_reach, &n), RCK_OK))
        expect(run, n == 4, "too few outcomes");
    rck_context_free(context);
}

static void
mutants_texts(struct run *run)
{
    struct rck_context *context = make_context(run);
    size_t n = 0;

    if (context != NULL && step(run, "rck_mutate", rck_mutate(context, "a", cells, strlen(cells), NULL, take_mutant, &n), RCK_OK))
        expect(run, n >= 2, "too few mutants");
    rck_context_free(context);
}

/* A saved policy in a file. */
static void
saved_file(struct run *run)
{
    static const char path[] = "oom-policy.saved";
    struct rck_policy *policy = make_policy(run, small), *loaded = NULL;
    struct rck_context *context = make_context(run);
    struct saved_bytes bytes = save(run, policy);
    FILE *file = bytes.n != 0 && context != NULL ? fopen(path, "wb") : NULL;

    if (file != NULL) {
        expect(run, fwrite(bytes.p, 1, bytes.n, file) == bytes.n && fclose(file) == 0, "the file cannot be written");
        step(run, "rck_policy_load_file", rck_policy_load_file(context, path, &loaded), RCK_OK);
        remove(path);
    }
    free(bytes.p);
    rck_policy_unref(loaded);
    rck_policy_unref(policy);
    rck_context_free(context);
}

/* The calls that read a policy from a file: what each case is worth, and what it would be worth to have. */
static void
worth_files(struct run *run)
{
    const char *path = in_source("tests/diagnostics/case-failed.near.rules");
    struct rck_context *context = make_context(run);
    struct rck_diagnostics *diagnostics = NULL;
    size_t n = 0;

    if (context == NULL)
        return;
    step(run, "rck_coverage_file", rck_coverage_file(context, path, &diagnostics, take_reach, &n), RCK_OK);
    rck_diagnostics_free(diagnostics);
    step(run, "rck_mutate_file", rck_mutate_file(context, path, NULL, take_mutant, &n), RCK_OK);
    step(run, "rck_generate_file", rck_generate_file(context, path, NULL, take_made_case, &n, NULL), RCK_OK);
    expect(run, run->mem->failed != 0 || n != 0, "the files give nothing");
    rck_context_free(context);
}

/* Values of every type, by handle: the strings are copied. */
static void
typed_values(struct run *run)
{
    static const char text[] = "policy p; default allow; vocabulary { subject u; role o; action a; resource r; attribute s, t : string;\n"
                               "  attribute d : decimal; attribute at : time; }\n"
                               "x: deny when s matches \"*z*\" says \"{s} and {d}\"; y: deny when s == \"yes\"; z: deny when t == s or d > 9.5 or at > now;\n";
    struct rck_policy *policy = make_policy(run, text);
    struct rck_request *request = make_request(run, policy);
    static const char *const names[] = { "subject", "action", "resource" }, *const values[] = { "u", "a", "r" };
    struct rck_explanation *explanation = make_explanation(run, policy);
    int64_t now = 0;

    for (int round = 0; round < 3 && request != NULL && explanation != NULL; round++) {
        size_t length = round == 0 ? 3 : round == 1 ? 300 : 3000;
        char value[3000], message[64];
        uint32_t s = rck_policy_find_attribute(policy, "s", 1), t = rck_policy_find_attribute(policy, "t", 1);
        uint32_t d = rck_policy_find_attribute(policy, "d", 1), at = rck_policy_find_attribute(policy, "at", 2);
        bool all;

        memset(value, 'z', sizeof value);
        rck_request_reset(request);
        expect(run, rck_time_read("2026-03-25T12:00:00Z", 20, &now) == RCK_OK, "a time is not read");
        rck_request_set_now(request, now);
        all = true; /* a request stays without what it had no memory for, and says so from then on */
        for (size_t i = 0; i < 3; i++)
            all = all && step(run, "rck_request_set_text", rck_request_set_text(request, names[i], strlen(names[i]), values[i], 1), RCK_OK);
        all = all && step(run, "rck_request_set_string", rck_request_set_string(request, s, value, length), RCK_OK)
              && step(run, "rck_request_set_string", rck_request_set_string(request, t, value, length), RCK_OK)
              && step(run, "rck_request_set_decimal", rck_request_set_decimal(request, d, 1000000), RCK_OK)
              && step(run, "rck_request_set_time", rck_request_set_time(request, at, now), RCK_OK);
        quiet_begin(run);
        rck_explain(explanation, request);
        expect(run, !all || rck_explanation_message(explanation, 0, message, sizeof message) != 0, "there is no message");
        expect(run, rck_decide(policy, request, NULL) != RCK_ALLOW, "allowed");
        quiet_end(run, "deciding and telling why");
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

static const struct {
    const char *name;
    void (*run)(struct run *run);
    bool late;
} scenarios[] = {
    { "context-alone", context_alone, false },
    { "context-params", context_params, false },
    { "context-settings", context_settings, false },
    { "context-warnings", context_warnings, false },
    { "compile-small", compile_small, false },
    { "compile-linted", compile_linted, false },
    { "compile-copied", compile_copied, false },
    { "compile-refuted", compile_refuted, false },
    { "compile-grants", compile_grants, false },
    { "compile-silently", compile_silently, false },
    { "compile-large", compile_large, false },
    { "compile-hashed", compile_hashed, false },
    { "compile-trees", compile_trees, false },
    { "compile-wrong", compile_wrong, false },
    { "compile-wrong-all", compile_wrong_all, false },
    { "compile-many-errors", compile_many_errors, false },
    { "compile-empty", compile_empty, false },
    { "compile-noise", compile_noise, false },
    { "compile-unproved", compile_unproved, false },
    { "compile-nested", compile_nested, false },
    { "limit-names", limit_names, false },
    { "limit-clauses", limit_clauses, false },
    { "limit-rows", limit_rows, false },
    { "limit-clause-rows", limit_clause_rows, false },
    { "limit-text", limit_text, false },
    { "limit-proof", limit_proof, false },
    { "limit-memory", limit_memory, false },
    { "compile-params", compile_params, false },
    { "compile-files", compile_files, false },
    { "compile-includes", compile_includes, false },
    { "compile-included-files", compile_included_files, false },
    { "compile-shipped", compile_shipped, false },
    { "questions", questions, false },
    { "questions-tiny", questions_tiny, false },
    { "questions-open", questions_open, false },
    { "json-plain", json_plain, true },
    { "json-denied", json_denied, true },
    { "json-granted", json_granted, true },
    { "json-large", json_large, true },
    { "json-ignored", json_ignored, true },
    { "json-ids", json_ids, true },
    { "json-wrong", json_wrong, true },
    { "text-pairs", text_pairs, true },
    { "pairs-lines", pairs_lines, true },
    { "pairs-wrong", pairs_wrong, true },
    { "csv-records", csv_records, true },
    { "csv-headers", csv_headers, true },
    { "watched-values", watched_values, true },
    { "authzen-objects", authzen_objects, true },
    { "readings", readings, true },
    { "digests", digests, true },
    { "diagnostics-written", diagnostics_written, false },
    { "policy-swap", policy_swap, true },
    { "handles-and-sets", handles_and_sets, true },
    { "cases-pass", cases_pass, true },
    { "cases-fail", cases_fail, true },
    { "cases-compiled", cases_compiled, false },
    { "slot-swaps", slot_swaps, true },
    { "slot-reloads", slot_reloads, true },
    { "listing", listing, false },
    { "two-policies", two_policies, false },
    { "request-reuse", request_reuse, true },
    { "saved-dense", saved_dense, true },
    { "saved-hashed", saved_hashed, true },
    { "worth-small", worth_small, false },
    { "worth-grants", worth_grants, false },
    { "coverage-texts", coverage_texts, false },
    { "mutants-texts", mutants_texts, false },
    { "worth-files", worth_files, false },
    { "typed-values", typed_values, true },
    { "compile-routes", compile_routes, false },
    { "http-messages", http_messages, true },
    { "http-lines", http_lines, true },
    { "http-watched", http_watched, true },
    { "kept-first", kept_first, true },
    { "saved-routes", saved_routes, true },
    { "saved-file", saved_file, true },
};

/* ---- the loop ----------------------------------------------------------------------------------------------------------- */

/* Runs scenario S once; returns whether an allocation was made to fail. */
static bool
run_once(size_t s, uint64_t fail_at, bool for_ever, uint64_t *n_calls, unsigned *n_faults)
{
    struct counting mem;
    struct run run = { .mem = &mem, .scenario = scenarios[s].name, .fail_at = fail_at, .for_ever = for_ever, .late = scenarios[s].late };

    counting_init(&mem);
    if (!run.late)
        counting_fail(&mem, fail_at, for_ever);
    scenarios[s].run(&run);
    if (mem.live != 0)
        complain(&run, "%zu blocks of %zu bytes are left", mem.live, mem.held);
    *n_calls = mem.calls - run.undisturbed;
    *n_faults += run.n_faults;
    return mem.failed != 0;
}

int
main(int argc, char **argv)
{
    uint64_t n_failures = 0;
    unsigned n_passed = 0, n_failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t s = 0; s < sizeof scenarios / sizeof scenarios[0]; s++) {
        uint64_t n_calls, ignored, stride, before = n_failures;
        unsigned n_faults = 0;

        if (argc > 1 && strcmp(argv[1], scenarios[s].name) != 0)
            continue;
        run_once(s, UINT64_MAX, false, &n_calls, &n_faults);
        stride = n_calls > EVERY_PLACE ? n_calls / SOME_PLACES : 1;
        for (int for_ever = 0; for_ever < 2 && n_faults == 0; for_ever++)
            for (uint64_t n = for_ever ? stride / 2 : 0; n_faults < 10 && run_once(s, n, for_ever, &ignored, &n_faults);
                 n += stride)
                n_failures++;
        printf("%-20s %8" PRIu64 " allocations, %6" PRIu64 " made to fail%s\n", scenarios[s].name, n_calls, n_failures - before,
               n_faults != 0 ? ", FAILED" : "");
        n_passed += n_faults == 0;
        n_failed += n_faults != 0;
    }
    printf("# %u scenarios, %" PRIu64 " allocations made to fail\n", n_passed + n_failed, n_failures);
    if (argc < 2 && n_passed + n_failed < SCENARIOS_FLOOR) {
        printf("fewer than %d scenarios\n", (int)SCENARIOS_FLOOR);
        n_failed++;
    }
    if (argc < 2 && n_failures < FAILURES_FLOOR) {
        printf("fewer than %d: the scenarios test too little\n", (int)FAILURES_FLOOR);
        n_failed++;
    }
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_passed == 0 || n_failed != 0;
}
