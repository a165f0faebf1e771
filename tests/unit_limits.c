/* SPDX-License-Identifier: MIT
 *
 * The limits of engine/caps.h, each one below, at and above its value, through the public interface; and what large input that
 * is no policy costs.  A policy of exactly N of what a limit counts is made by one of the writers below.
 */
#include <config.h>

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/caps.h"
#include "../engine/rulecheck.h"
#include "counting.h"

/* A text that grows. */
struct text {
    char *p;
    size_t n, room;
};

/* Writes a policy that has exactly N of what is counted. */
typedef void write_policy_fn(struct text *text, unsigned n);

/* What a compile came to. */
struct outcome {
    enum rck_status status;
    size_t n_errors, n_warnings, n_records;
    char id[64]; /* of the first record, or "" */
    char message[512];
    char help[512];
    unsigned line;
};

/* An allocator that knows what is held, and the most that ever was. */
struct meter {
    size_t held, peak;
};

/* In front of each block. */
union header {
    size_t size;
    max_align_t align;
};

#define HEAD                                                                                                                   \
    "policy p;\n"                                                                                                              \
    "default allow;\n"                                                                                                         \
    "vocabulary {\n"                                                                                                           \
    "    subject user; role owner; action read; resource file;\n"                                                              \
    "    attribute size : int; attribute a, b, c, d, e, f, g, h : bool;\n"                                                     \
    "}\n"

static struct rck_allocator meter_allocator(struct meter *meter);

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ck_assert_int_ge(n, 0);
    if (text->room - text->n <= (size_t)n) {
        text->room = 2 * (text->room + (size_t)n + 1);
        text->p = realloc(text->p, text->room);
        ck_assert_ptr_nonnull(text->p);
    }
    va_start(args, format);
    vsnprintf(text->p + text->n, (size_t)n + 1, format, args);
    va_end(args);
    text->n += (size_t)n;
}

static void
add_times(struct text *text, unsigned n, const char *what)
{
    for (unsigned i = 0; i < n; i++)
        add(text, "%s", what);
}

static struct rck_context *
new_context(void)
{
    struct rck_context *context = NULL;

    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    return context;
}

/* Compiles TEXT and notes what came of it; *POLICY (may be NULL) gets the policy if there is one. */
static struct outcome
compile(struct rck_context *context, const struct text *text, struct rck_policy **policy_out)
{
    struct outcome outcome = { .status = RCK_OK };
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    outcome.status = rck_policy_compile(context, "x.rules", text->p, text->n, &diagnostics, &policy);
    ck_assert_int_eq(policy != NULL, outcome.status == RCK_OK);
    if (diagnostics != NULL) {
        const struct rck_diagnostic *first = rck_diagnostics_at(diagnostics, 0);

        outcome.n_records = rck_diagnostics_count(diagnostics);
        outcome.n_errors = rck_diagnostics_found(diagnostics, RCK_ERROR);
        outcome.n_warnings = rck_diagnostics_found(diagnostics, RCK_WARNING);
        if (first != NULL) {
            outcome.line = first->line;
            snprintf(outcome.id, sizeof outcome.id, "%s", first->id);
            snprintf(outcome.message, sizeof outcome.message, "%s", first->message);
            snprintf(outcome.help, sizeof outcome.help, "%s", first->help != NULL ? first->help : "");
        }
    }
    rck_diagnostics_free(diagnostics);
    if (policy_out != NULL)
        *policy_out = policy;
    else
        rck_policy_unref(policy);
    return outcome;
}

/* Compiles TEXT with limit NAME at VALUE. */
static struct outcome
compile_with(const char *name, uint64_t value, const struct text *text)
{
    struct rck_context *context = new_context();
    struct outcome outcome;

    ck_assert_int_eq(rck_context_set_limit(context, name, value), RCK_OK);
    outcome = compile(context, text, NULL);
    rck_context_free(context);
    return outcome;
}

/* Fails unless OUTCOME is one error that names limit NAME and its VALUE, and how it is raised. */
static void
check_exceeded(const struct outcome *outcome, const char *name, uint64_t value)
{
    char quoted[80], option[80], number[32];

    ck_assert_msg(outcome->status == RCK_E_POLICY, "%s=%llu: status %d, not RCK_E_POLICY", name, (unsigned long long)value,
                  outcome->status);
    ck_assert_msg(strcmp(outcome->id, "limit") == 0, "%s=%llu: [%s] %s", name, (unsigned long long)value, outcome->id,
                  outcome->message);
    snprintf(quoted, sizeof quoted, "'%s'", name);
    snprintf(option, sizeof option, "'--limit %s=N'", name);
    snprintf(number, sizeof number, " %llu ", (unsigned long long)value);
    ck_assert_msg(strstr(outcome->message, quoted) != NULL, "%s: the message does not name it: %s", name, outcome->message);
    ck_assert_msg(strstr(outcome->message, number) != NULL, "%s: the message does not tell its value: %s", name, outcome->message);
    ck_assert_msg(strstr(outcome->help, option) != NULL, "%s: the help does not tell how to raise it: %s", name, outcome->help);
    ck_assert_msg(outcome->n_errors == 1, "%s=%llu: %zu errors, not one", name, (unsigned long long)value, outcome->n_errors);
}

/* ---- policies of a size ------------------------------------------------------------------------------------------------- */

static void
write_bytes(struct text *text, unsigned n)
{
    add(text, "%sa: user cannot read file;\n#", HEAD);
    ck_assert_uint_lt(text->n, n);
    add_times(text, n - (unsigned)text->n, "x");
}

static void
write_clauses(struct text *text, unsigned n)
{
    add(text, "%s", HEAD);
    for (unsigned i = 1; i < n; i++)
        add(text, "c%u: deny when size == %u;\n", i, i);
    add(text, "assert deny when size == 1;\n");
}

static void
write_resources(struct text *text, unsigned n)
{
    add(text, "policy p;\ndefault allow;\nvocabulary { subject user; role owner; action read; resource r4");
    for (unsigned i = 5; i <= n; i++)
        add(text, ", r%u", i);
    add(text, "; }\na: user cannot read r4;\n");
}

/* Of everything that the limit says it counts: 4 names of dimensions, 2 attributes, 1 param, and values. */
static void
write_names(struct text *text, unsigned n)
{
    add(text, "policy p;\ndefault allow;\nvocabulary { subject user; role owner; action read; resource file;\n");
    add(text, "attribute size : int; attribute state : { v8");
    for (unsigned i = 9; i <= n; i++)
        add(text, ", v%u", i);
    add(text, " }; }\nparam max : int = 3;\na: deny when size > max and state == v8;\n");
}

static void
write_name(struct text *text, unsigned n)
{
    add(text, "policy p;\ndefault allow;\nvocabulary { subject user; role owner; action read; resource file.");
    add_times(text, n - (unsigned)strlen("file."), "x");
    add(text, "; }\na: user cannot read file;\n");
}

static void
write_quoted_name(struct text *text, unsigned n)
{
    add(text, "policy p;\ndefault allow;\nvocabulary { subject user; role owner; action read; resource \"file\".\"");
    add_times(text, n - (unsigned)strlen("file."), "\\\"");
    add(text, "\"; }\na: user cannot read file;\n");
}

static void
write_label(struct text *text, unsigned n)
{
    add(text, "%s", HEAD);
    add_times(text, n, "x");
    add(text, ": user cannot read file;\n");
}

/* A comparison in N - 1 others. */
static void
write_nots(struct text *text, unsigned n)
{
    add(text, "%sx: deny when ", HEAD);
    add_times(text, n - 1, "not ");
    add(text, "size > 3;\n");
}

static void
write_parentheses(struct text *text, unsigned n)
{
    add(text, "%sx: deny when ", HEAD);
    add_times(text, n - 1, "(");
    add(text, "size > 3");
    add_times(text, n - 1, ")");
    add(text, ";\n");
}

static void
write_terms(struct text *text, unsigned n)
{
    add(text, "%sx: deny when size == 0", HEAD);
    for (unsigned i = 1; i < n; i++)
        add(text, " or size == %u", i);
    add(text, ";\n");
}

/* Each of these has one row. */
static void
write_rows(struct text *text, unsigned n)
{
    add(text, "%s", HEAD);
    for (unsigned i = 0; i < n; i++)
        add(text, "c%u: deny when size == %u;\n", i, i);
}

static const struct {
    const char *limit;
    write_policy_fn *write;
    unsigned value;
} counted[] = {
    { "policy-bytes", write_bytes, 1000 },  { "clauses", write_clauses, 5 },        { "names", write_resources, 10 },
    { "names", write_names, 10 },           { "name-bytes", write_name, 20 },       { "name-bytes", write_quoted_name, 20 },
    { "name-bytes", write_label, 20 },      { "name-bytes", write_name, 255 },      { "nesting", write_nots, 10 },
    { "nesting", write_parentheses, 10 },   { "nesting", write_terms, 10 },         { "nesting", write_nots, 200 },
    { "nesting", write_parentheses, 200 },  { "nesting", write_terms, 200 },
};

START_TEST(a_limit_is_what_it_counts)
{
    for (unsigned n = counted[_i].value - 1; n <= counted[_i].value + 1; n++) {
        struct text text = { 0 };
        struct outcome outcome;

        counted[_i].write(&text, n);
        outcome = compile_with(counted[_i].limit, counted[_i].value, &text);
        if (n > counted[_i].value)
            check_exceeded(&outcome, counted[_i].limit, counted[_i].value);
        else
            ck_assert_msg(outcome.status == RCK_OK, "%s=%u refuses %u: [%s] %s", counted[_i].limit, counted[_i].value, n, outcome.id,
                          outcome.message);
        free(text.p);
    }
}
END_TEST

/* What a compile came to need is the least limit that it compiles with. */
static void
check_least(const char *limit, uint64_t needed, const struct text *text, const char *id)
{
    struct outcome outcome;

    ck_assert_uint_gt(needed, 1);
    for (uint64_t value = needed; value <= needed + 1; value++) {
        outcome = compile_with(limit, value, text);
        ck_assert_msg(outcome.status == RCK_OK, "%s=%llu refuses %llu: %s", limit, (unsigned long long)value,
                      (unsigned long long)needed, outcome.message);
    }
    outcome = compile_with(limit, needed - 1, text);
    if (id == NULL)
        check_exceeded(&outcome, limit, needed - 1);
    else
        ck_assert_msg(outcome.status == RCK_E_POLICY && strcmp(outcome.id, id) == 0, "%s: [%s] %s", limit, outcome.id, outcome.message);
}

START_TEST(rows_and_cells_are_those_of_the_table)
{
    struct rck_context *context = new_context();
    struct text text = { 0 };
    struct rck_policy *policy;
    struct rck_table_info table;

    write_rows(&text, 7);
    ck_assert_int_eq(compile(context, &text, &policy).status, RCK_OK);
    rck_policy_table(policy, &table);
    rck_policy_unref(policy);
    rck_context_free(context);
    check_least("rows", table.n_rows, &text, NULL);
    /* More cells are no error, they make another form. */
    for (uint64_t value = table.n_cells - 1; value <= table.n_cells; value++) {
        struct rck_table_info other;

        context = new_context();
        ck_assert_int_eq(rck_context_set_limit(context, "cells", value), RCK_OK);
        ck_assert_int_eq(compile(context, &text, &policy).status, RCK_OK);
        rck_policy_table(policy, &other);
        ck_assert_str_eq(other.form, value < table.n_cells ? "hashed" : "dense");
        ck_assert_uint_eq(other.n_rows, table.n_rows);
        rck_policy_unref(policy);
        rck_context_free(context);
    }
    free(text.p);
}
END_TEST

START_TEST(clause_rows_are_those_of_one_clause)
{
    struct rck_context *context = new_context();
    struct text text = { 0 };
    struct rck_policy *policy;
    struct rck_table_info table;
    unsigned most = 0, here = 0;
    uint32_t clause, before = RCK_NONE;
    enum rck_state says;

    add(&text, "%sone: deny when a;\nmany: deny when (a and b) or (c and d) or (e and f) or (g and h);\n", HEAD);
    ck_assert_int_eq(compile(context, &text, &policy).status, RCK_OK);
    rck_policy_table(policy, &table);
    for (uint32_t row = 0; row < table.n_rows; row++, before = clause) {
        ck_assert_int_eq(rck_table_row(policy, row, &clause, &says), RCK_OK);
        here = clause == before ? here + 1 : 1;
        most = here > most ? here : most;
    }
    rck_policy_unref(policy);
    rck_context_free(context);
    ck_assert_uint_ge(most, 4);
    /* A clause has rows of two kinds; whether the limit counts them together is not said. */
    for (unsigned value = most; value <= most + 1; value++)
        ck_assert_int_eq(compile_with("clause-rows", value, &text).status, RCK_OK);
    for (unsigned value = 1; value < 4; value++) {
        struct outcome outcome = compile_with("clause-rows", value, &text);

        check_exceeded(&outcome, "clause-rows", value);
        ck_assert_uint_eq(outcome.line, 8); /* of the clause that has too many */
    }
    /* Names that are asked for one by one are one row, however the 'or's are nested. */
    text.n = 0;
    add(&text, "policy p;\ndefault allow;\nvocabulary {\nsubject user; role owner; action read; resource file;\n"
               "attribute e, f : { v0, v1, v2, v3, v4, v5 };\n}\n"
               "x: deny when (e == v0 or (e == v1 or (e == v2 or e == v3))) and ((f == v0 or f == v1) or (f == v2 or f == v3));\n");
    ck_assert_int_eq(compile_with("clause-rows", 3, &text).status, RCK_OK);
    /* Where each part of a clause has two, and all together have more. */
    text.n = 0;
    add(&text, "%sone: deny when a;\nmany: require a and b to use anything when c or d;\n", HEAD);
    ck_assert_int_eq(compile_with("clause-rows", 4, &text).status, RCK_OK);
    for (unsigned value = 2; value < 4; value++) {
        struct outcome outcome = compile_with("clause-rows", value, &text);

        check_exceeded(&outcome, "clause-rows", value);
        ck_assert_uint_eq(outcome.line, 8);
    }
    text.n = 0;
    add(&text, "%smany: deny when (a or b) and (c or d);\n", HEAD);
    for (unsigned value = 1; value < 4; value++) {
        struct outcome outcome = compile_with("clause-rows", value, &text);

        check_exceeded(&outcome, "clause-rows", value);
    }
    free(text.p);
    /* Where what is unknown would take too many rows, one for all that is possible does: that is no error. */
    text = (struct text){ 0 };
    add(&text, "%sboth: deny when a and b;\n", HEAD);
    for (unsigned value = 1; value <= 2; value++)
        ck_assert_int_eq(compile_with("clause-rows", value, &text).status, RCK_OK);
    free(text.p);
}
END_TEST

/* Searches the least value of LIMIT with which TEXT compiles. */
static uint64_t
least_value(const char *limit, uint64_t most, const struct text *text)
{
    uint64_t low = 0, high = most;

    ck_assert_int_eq(compile_with(limit, high, text).status, RCK_OK);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (compile_with(limit, middle, text).status == RCK_OK)
            high = middle;
        else
            low = middle;
    }
    return high;
}

START_TEST(proof_steps_are_enough_or_not)
{
    struct text text = { 0 };

    add(&text, "%s", HEAD);
    for (unsigned i = 0; i < 20; i++)
        add(&text, "c%u: deny when size == %u;\n", i, i);
    add(&text, "assert deny when size >= 0 and size < 20;\n");
    check_least("proof-steps", least_value("proof-steps", 1u << 22, &text), &text, "not-proved");
    free(text.p);
}
END_TEST

/* However little memory a compile may hold, it says so. */
START_TEST(compile_bytes_are_told)
{
    struct text text = { 0 };
    uint64_t least;

    write_clauses(&text, 20);
    least = least_value("compile-bytes", 1u << 24, &text);
    ck_assert_int_eq(compile_with("compile-bytes", least + 1, &text).status, RCK_OK);
    for (uint64_t value = 0; value < least; value += 1 + value / 2 + least / 100) {
        struct outcome outcome = compile_with("compile-bytes", value, &text);

        check_exceeded(&outcome, "compile-bytes", value);
    }
    free(text.p);
}
END_TEST

/* The policy has a copy of its text, if that is small, which is the last thing that there may be no room for. */
START_TEST(compile_bytes_count_the_text_that_is_kept)
{
    struct text text = { 0 };
    uint64_t least;
    enum rck_status status = RCK_E_NOMEM;

    add(&text, "%sx: deny when a;\n#", HEAD);
    add_times(&text, 16000, "x");
    least = least_value("compile-bytes", 1u << 24, &text);
    for (uint64_t value = least - 16384; value < least; value += 256) {
        struct outcome outcome = compile_with("compile-bytes", value, &text);

        check_exceeded(&outcome, "compile-bytes", value);
    }
    /* And there may be no memory.  (What tests/oom.c allocates never shares a block.) */
    for (uint64_t fail_at = 0; status == RCK_E_NOMEM; fail_at++) {
        struct counting counting;
        struct rck_context *context = NULL;

        counting_init(&counting);
        ck_assert_int_eq(rck_context_new(&counting.allocator, &context), RCK_OK);
        counting_fail(&counting, fail_at, true);
        status = compile(context, &text, NULL).status;
        ck_assert(status == RCK_E_NOMEM || (status == RCK_OK && counting.failed == 0));
        rck_context_free(context);
        ck_assert_uint_eq(counting.live, 0);
    }
    free(text.p);
}
END_TEST

/* What a proof makes on its way counts as well: a failed one is told, or that there was no room for it. */
START_TEST(compile_bytes_count_what_a_proof_makes)
{
    struct text text = { 0 };
    unsigned n_proofs = 0;

    add(&text, "policy p;\ndefault allow;\nvocabulary {\nsubject user; role owner; action read; resource file;\nattribute s : string;\n}\n"
               "x: deny when s == \"x\";\nassert deny when s matches \"*a??????????b*\" and not s matches \"*b?????????c*\";\n");
    for (uint64_t value = 1u << 12; value <= 1u << 26; value += value / 8) {
        struct outcome outcome = compile_with("compile-bytes", value, &text);

        if (strcmp(outcome.id, "limit") == 0)
            check_exceeded(&outcome, "compile-bytes", value);
        else
            n_proofs += strcmp(outcome.id, "assert-failed") == 0;
    }
    ck_assert_uint_gt(n_proofs, 0);
    free(text.p);
}
END_TEST

START_TEST(diagnostics_beyond_the_limit_are_counted)
{
    for (unsigned n = 1; n <= 6; n++) {
        struct text text = { 0 };
        struct outcome outcome;

        add(&text, "%s", HEAD);
        for (unsigned i = 0; i < n; i++)
            add(&text, "c%u: deny when sise == %u;\n", i, i);
        outcome = compile_with("diagnostics", 3, &text);
        ck_assert_int_eq(outcome.status, RCK_E_POLICY);
        ck_assert_uint_eq(outcome.n_errors, n);
        ck_assert_uint_eq(outcome.n_records, n < 3 ? n : 3);
        free(text.p);
    }
}
END_TEST

/* ---- setting them ------------------------------------------------------------------------------------------------------- */

START_TEST(limits_are_known_by_their_names)
{
    static const char *const wrong[] = { "", "cell", "cells ", "cellss", "Cells", "CELLS", "request-bytes" };
    struct rck_context *context = new_context();
    size_t n = 0;

    for (const struct rck_limit *limit = rck_limits(); limit->name != NULL; limit++, n++) {
        ck_assert_int_eq(rck_context_set_limit(context, limit->name, limit->value), RCK_OK);
        ck_assert_uint_gt(limit->value, 0);
        ck_assert_ptr_nonnull(limit->meaning);
    }
    ck_assert_uint_eq(n, 15);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(rck_context_set_limit(context, wrong[i], 1), RCK_E_ARGUMENT);
    rck_context_free(context);
}
END_TEST

/* No value does harm: neither the smallest nor the largest ones. */
START_TEST(every_value_is_harmless)
{
    static const uint64_t values[] = { 0,          1,           2,           UINT32_MAX - 1, UINT32_MAX, (uint64_t)UINT32_MAX + 1,
                                       INT64_MAX, UINT64_MAX - 1, UINT64_MAX };
    struct text text = { 0 };
    const struct rck_limit *limit = &rck_limits()[_i];

    write_names(&text, 20);
    add(&text, "b: not_there cannot read file;\n");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct outcome outcome = compile_with(limit->name, values[i], &text);

        ck_assert_int_eq(outcome.status, RCK_E_POLICY);
        ck_assert_uint_gt(outcome.n_errors, 0);
    }
    free(text.p);
    text = (struct text){ 0 };
    write_names(&text, 20);
    for (size_t i = 3; i < sizeof values / sizeof *values; i++) {
        struct outcome outcome = compile_with(limit->name, values[i], &text);

        ck_assert_msg(outcome.status == RCK_OK, "%s=%llu: [%s] %s", limit->name, (unsigned long long)values[i], outcome.id,
                      outcome.message);
    }
    free(text.p);
}
END_TEST

/* A raised limit makes the stack no deeper. */
START_TEST(deep_input_does_no_harm_with_any_limit)
{
    static write_policy_fn *const writers[] = { write_nots, write_parentheses, write_terms };
    struct text text = { 0 };

    writers[_i](&text, 200000);
    (void)compile_with("nesting", UINT64_MAX, &text);
    free(text.p);
}
END_TEST

/* The proof is given up for the limit that it says. */
START_TEST(an_assert_of_many_rows_names_its_limit)
{
    struct text text = { 0 };
    struct outcome outcome;

    add(&text, "%sx: deny when a;\nassert deny when a and (b or c or d or e or f or g or h);\n", HEAD);
    ck_assert_int_eq(compile_with("clause-rows", 7, &text).status, RCK_OK);
    outcome = compile_with("clause-rows", 6, &text);
    ck_assert_int_eq(outcome.status, RCK_E_POLICY);
    ck_assert_msg(strstr(outcome.message, "'clause-rows'") != NULL, "[%s] %s", outcome.id, outcome.message);
    free(text.p);
}
END_TEST

/* A clause about N of what a request that is looked for can be about; BEFORE is the vocabulary's. */
static void
write_has(struct text *text, unsigned n)
{
    add(text, "attribute tags : set of { v0");
    for (unsigned i = 1; i < n; i++)
        add(text, ", v%u", i);
    add(text, " };\n}\nassert deny when tags has v0");
    for (unsigned i = 1; i < n; i++)
        add(text, " and tags has v%u", i);
}

static void
write_set(struct text *text, unsigned n)
{
    add(text, "attribute tags : set of { v0");
    for (unsigned i = 1; i < n; i++)
        add(text, ", v%u", i);
    add(text, " };\n}\nassert deny when tags has v0");
}

static void
write_strings(struct text *text, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add(text, "attribute s%u : string;\n", i);
    add(text, "}\nassert deny when s0 == \"x\"");
    for (unsigned i = 1; i < n; i++)
        add(text, " and s%u == \"x\"", i);
}

/* Pairs I < K of N that are compared by OPERATOR. */
static void
add_pairs(struct text *text, unsigned n, const char *operator)
{
    for (unsigned k = 1, made = 0; made < n; k++)
        for (unsigned i = 0; i < k && made < n; i++)
            add(text, "%sx%u %s x%u", made++ == 0 ? "" : " and ", i, operator, k);
}

static void
write_same(struct text *text, unsigned n)
{
    add(text, "attribute x0, x1, x2, x3, x4, x5, x6 : string;\n}\nassert deny when ");
    add_pairs(text, n, "!=");
}

static void
write_numbers(struct text *text, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add(text, "attribute x%u : int;\n", i);
    add(text, "}\nassert deny when x0 == 0");
    for (unsigned i = 1; i < n; i++)
        add(text, " and x%u == %u", i, i);
}

static void
write_sums(struct text *text, unsigned n)
{
    for (unsigned i = 0; i < 17; i++)
        add(text, "attribute x%u : int;\n", i);
    add(text, "}\nassert deny when ");
    add_pairs(text, n, "<");
}

/* With more of a kind no request is looked for, and nothing is proved; that is said, and nothing is refuted or allowed. */
START_TEST(what_is_looked_for_has_limits)
{
    static const struct {
        write_policy_fn *write;
        unsigned most;
    } kinds[] = { { write_has, 64 }, { write_set, 4096 }, { write_strings, 16 }, { write_same, 16 }, { write_numbers, 64 }, { write_sums, 128 } };

    for (unsigned n = kinds[_i].most - 1; n <= kinds[_i].most + 1; n++) {
        struct rck_context *context = new_context();
        struct text text = { 0 };
        struct outcome outcome;

        add(&text, "policy p;\ndefault allow;\nvocabulary {\nsubject user; role owner; action read, write; resource file;\n");
        kinds[_i].write(&text, n);
        add(&text, ";\nx: user cannot write file;\n");
        outcome = compile(context, &text, NULL);
        ck_assert_msg(strcmp(outcome.id, n <= kinds[_i].most ? "assert-failed" : "not-proved") == 0, "%u: [%s] %s", n, outcome.id, outcome.message);
        free(text.p);
        rck_context_free(context);
    }
}
END_TEST

/* Each number of steps: the proof is given up, or done, and never says anything else. */
START_TEST(every_number_of_steps_is_enough_or_not)
{
    struct text text = { 0 };
    bool done = false;

    add(&text, "policy p;\ndefault allow;\nvocabulary {\nsubject user; role owner; action read, write; resource file;\n"
               "attribute s, t, u : string; attribute e, f : { v, w }; attribute low : int -9..-1; attribute m, n : int;\n}\n"
               "x: user cannot read file when s == t or t == u or s matches \"a*b\";\ny: deny when (e == f or m < n) and (u == s or n == 3);\n"
               "assert deny when action == write;\n");
    for (unsigned steps = 1; steps < 4000 && !done; steps++) {
        struct outcome outcome = compile_with("proof-steps", steps, &text);

        done = strcmp(outcome.id, "assert-failed") == 0;
        ck_assert_msg(done || strcmp(outcome.id, "not-proved") == 0, "%u: [%s] %s", steps, outcome.id, outcome.message);
    }
    ck_assert(done);
    free(text.p);
}
END_TEST

/* Clauses that compare each two of N numbers: few bytes, and questions about them that take for ever. */
static void
write_pairs(struct text *text, unsigned n, unsigned n_clauses)
{
    static const char *const operators[] = { "<", "<=", "!=", ">", "==" };
    unsigned state = 1;

    add(text, "policy p;\ndefault allow;\nvocabulary {\nsubject user; role owner; action read, write; resource file;\nattribute x0");
    for (unsigned i = 1; i < n; i++)
        add(text, ", x%u", i);
    add(text, " : int;\n}\n");
    for (unsigned c = 0; c < n_clauses; c++) {
        add(text, "c%u: deny when ", c);
        for (unsigned k = 1; k < n; k++)
            for (unsigned i = 0; i < k; i++) {
                state = state * 1664525u + 1013904223u;
                add(text, "%sx%u %s x%u", i + k == 1 ? "" : c % 4 == 3 ? " and " : " or ", i, operators[(state >> 16) % 5], k);
            }
        add(text, ";\n");
    }
}

/* Counts the checks of TEXT that were not completed with so many steps. */
static size_t
not_checked(const struct text *text, uint64_t steps)
{
    struct rck_context *context = new_context();
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    size_t n = 0;

    rck_context_set_lint(context, true);
    ck_assert_int_eq(rck_context_set_limit(context, "diagnostics", 1000), RCK_OK);
    ck_assert_int_eq(rck_context_set_limit(context, "proof-steps", steps), RCK_OK);
    ck_assert_int_eq(rck_policy_compile(context, "x.rules", text->p, text->n, &diagnostics, &policy), RCK_OK);
    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++)
        n += strcmp(rck_diagnostics_at(diagnostics, i)->id, "not-checked") == 0;
    rck_diagnostics_free(diagnostics);
    rck_policy_unref(policy);
    rck_context_free(context);
    return n;
}

/* A check that looks at many conditions takes more steps than it asks questions: the number is what is really looked at. */
START_TEST(steps_are_what_is_looked_at)
{
    struct text text = { 0 };
    uint64_t low = 1, high = 1u << 20;

    write_pairs(&text, 7, 4);
    ck_assert_uint_gt(not_checked(&text, low), 0);
    ck_assert_uint_eq(not_checked(&text, high), 0);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (not_checked(&text, middle) == 0)
            high = middle;
        else
            low = middle;
    }
    for (uint64_t value = high - 1; value <= high + 1; value++)
        ck_assert_int_eq(not_checked(&text, value) == 0, value >= high);
    ck_assert_uint_gt(high, 1000); /* and 118 questions */
    free(text.p);
}
END_TEST

static bool
count_unsettled(void *arg, const struct rck_mutant *mutant)
{
    *(size_t *)arg += mutant->fate == RCK_FATE_UNSETTLED;
    return true;
}

static bool
ignore_case(void *arg, const struct rck_made_case *made)
{
    (void)arg;
    (void)made;
    return true;
}

/* Whatever is asked of such a policy ends, in little memory, and says that it is not complete. */
START_TEST(what_takes_for_ever_is_given_up)
{
    enum { STEPS = 1 << 14 };
    struct counting counting;
    struct rck_context *context = NULL;
    struct text text = { 0 };
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    struct rck_regions *regions = NULL;
    size_t n_mutants = 0, n_cases = 0;

    write_pairs(&text, 9, 6);
    ck_assert_uint_le(text.n, 16384);
    ck_assert_uint_gt(not_checked(&text, STEPS), 0);
    counting_init(&counting);
    ck_assert_int_eq(rck_context_new(&counting.allocator, &context), RCK_OK);
    ck_assert_int_eq(rck_context_set_limit(context, "proof-steps", STEPS), RCK_OK);
    rck_context_set_lint(context, true);
    ck_assert_int_eq(rck_policy_compile(context, "x", text.p, text.n, NULL, &policy), RCK_OK);
    ck_assert_int_eq(rck_request_new(policy, &request), RCK_OK);
    ck_assert_int_eq(rck_request_residual(request, STEPS, &regions), RCK_OK);
    ck_assert(!rck_regions_finished(regions) && rck_regions_comparable(regions));
    rck_regions_free(regions);
    rck_request_free(request);
    rck_policy_unref(policy);
    ck_assert_int_eq(rck_mutate(context, "x", text.p, text.n, NULL, count_unsettled, &n_mutants), RCK_OK);
    ck_assert_uint_gt(n_mutants, 0);
    ck_assert_int_eq(rck_generate(context, "x", text.p, text.n, NULL, ignore_case, NULL, &n_cases), RCK_OK);
    ck_assert_uint_gt(n_cases, 0);
    rck_context_free(context);
    ck_assert_uint_eq(counting.live, 0);
    ck_assert_uint_le(counting.most, 64u << 20);
    free(text.p);
}
END_TEST

/* ---- requests ----------------------------------------------------------------------------------------------------------- */

static struct rck_request *
new_request(void)
{
    struct rck_context *context = new_context();
    struct text text = { 0 };
    struct rck_policy *policy;
    struct rck_request *request;

    add(&text, "%sx: deny when size > 3;\n", HEAD);
    ck_assert_int_eq(compile(context, &text, &policy).status, RCK_OK);
    ck_assert_int_eq(rck_request_new(policy, &request), RCK_OK);
    rck_policy_unref(policy);
    rck_context_free(context);
    free(text.p);
    return request;
}

#define REQUEST "\"subject\":\"user\",\"action\":\"read\",\"resource\":\"file\""

/* Reads TEXT, frees it, and fails unless it is accepted or is refused with MESSAGE. */
static void
check_request(struct rck_request *request, struct text *text, const char *message)
{
    enum rck_status status = rck_request_read_json(request, text->p, text->n);

    if (message == NULL) {
        ck_assert_int_eq(status, RCK_OK);
    } else {
        ck_assert_int_eq(status, RCK_E_REQUEST);
        ck_assert_str_eq(rck_request_error(request)->message, message);
    }
    free(text->p);
    *text = (struct text){ 0 };
}

START_TEST(requests_have_limits)
{
    struct rck_request *request = new_request();
    struct text text = { 0 };

    for (unsigned n = REQUEST_BYTES_MAX - 1; n <= REQUEST_BYTES_MAX + 1; n++) {
        add(&text, "{" REQUEST "}");
        while (text.n < n)
            add(&text, "%*s", n - text.n < 1000 ? (int)(n - text.n) : 1000, "");
        check_request(request, &text, n <= REQUEST_BYTES_MAX ? NULL : "the request is longer than 1048576 bytes");
    }
    for (unsigned n = REQUEST_DEPTH_MAX - 1; n <= REQUEST_DEPTH_MAX + 1; n++) {
        add(&text, "{" REQUEST ",\"x\":");
        add_times(&text, n - 1, "[");
        add_times(&text, n - 1, "]");
        add(&text, "}");
        check_request(request, &text, n <= REQUEST_DEPTH_MAX ? NULL : "objects and arrays are nested deeper than 64");
    }
    for (unsigned n = REQUEST_KEYS_MAX - 1; n <= REQUEST_KEYS_MAX + 1; n++) {
        add(&text, "{" REQUEST);
        for (unsigned i = 3; i < n; i++)
            add(&text, ",\"k%u\":0", i);
        add(&text, "}");
        check_request(request, &text, n <= REQUEST_KEYS_MAX ? NULL : "the request has more than 65536 keys");
    }
    for (unsigned n = REQUEST_IGNORED_MAX - 1; n <= REQUEST_IGNORED_MAX + 1; n++) {
        const char *name = NULL;
        size_t size = 0;

        add(&text, "{" REQUEST);
        for (unsigned i = 0; i < n; i++)
            add(&text, ",\"k%u\":0", i);
        add(&text, "}");
        check_request(request, &text, NULL);
        ck_assert_uint_eq(rck_request_ignored(request, n - 1, &name, &size), n);
        ck_assert_int_eq(name != NULL, n <= REQUEST_IGNORED_MAX);
    }
    rck_request_free(request);
}
END_TEST

/* A key without a name is one, too. */
START_TEST(an_ignored_key_has_its_name)
{
    struct rck_request *request = new_request();
    const char *name = NULL;
    size_t size = 1;

    ck_assert_int_eq(rck_request_read_json(request, "{\"\":1}", 6), RCK_OK);
    ck_assert_uint_eq(rck_request_ignored(request, 0, &name, &size), 1);
    ck_assert_ptr_nonnull(name);
    ck_assert_uint_eq(size, 0);
    rck_request_free(request);
}
END_TEST

/* ---- large input that is no policy -------------------------------------------------------------------------------------- */

static void *
meter_alloc(size_t size, void *ctx)
{
    struct meter *meter = ctx;
    union header *header = malloc(sizeof *header + size);

    if (header == NULL)
        return NULL;
    header->size = size;
    meter->held += size;
    meter->peak = meter->held > meter->peak ? meter->held : meter->peak;
    return header + 1;
}

static void
meter_release(void *p, void *ctx)
{
    struct meter *meter = ctx;
    union header *header = p;

    if (p == NULL)
        return;
    header--;
    meter->held -= header->size;
    free(header);
}

static void *
meter_resize(void *old, size_t size, void *ctx)
{
    void *p = meter_alloc(size, ctx);

    if (p != NULL && old != NULL) {
        size_t before = ((union header *)old - 1)->size;

        memcpy(p, old, before < size ? before : size);
        meter_release(old, ctx);
    }
    return p;
}

static struct rck_allocator
meter_allocator(struct meter *meter)
{
    return (struct rck_allocator){ meter_alloc, meter_resize, meter_release, meter };
}

/* Compiles TEXT, which is no policy, and fails if that takes more than MOST bytes for each of it. */
static void
check_cost(const struct text *text, size_t most)
{
    struct meter meter = { 0 };
    struct rck_allocator allocator = meter_allocator(&meter);
    struct rck_context *context = NULL;
    struct outcome outcome;

    ck_assert_int_eq(rck_context_new(&allocator, &context), RCK_OK);
    outcome = compile(context, text, NULL);
    rck_context_free(context);
    ck_assert_int_eq(outcome.status, RCK_E_POLICY);
    ck_assert_uint_gt(outcome.n_errors, 0);
    ck_assert_uint_le(outcome.n_records, 20);
    ck_assert_uint_eq(meter.held, 0);
    ck_assert_msg(meter.peak / text->n < most, "%zu bytes of text took %zu of memory at once", text->n, meter.peak);
}

START_TEST(random_bytes_are_no_policy)
{
    struct text text = { .n = 10000000 };
    uint64_t state = 20260325;

    text.p = malloc(text.n);
    ck_assert_ptr_nonnull(text.p);
    for (size_t i = 0; i < text.n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.p[i] = (char)(state >> 32);
    }
    check_cost(&text, 16);
    free(text.p);
}
END_TEST

/* Errors that are only counted take no memory. */
START_TEST(many_errors_take_little_memory)
{
    static const char *const wrong[] = {
        ";", "}", ") ", "\\", "\"", "a ", "policy p;\n", "a: b c;\n", "\xc3\xa9 ", "2a ", "a. ", "99999999999999999999 ", "include x;\n",
        "a: deny when x and y or z;\n", "a: deny when x -5;\n", "vocabulary { x; }\n", "cases \"\" { a -> result; b c; }\n",
    };
    struct text text = { 0 };

    while (text.n < 200000)
        add(&text, "%s", wrong[_i]);
    check_cost(&text, 200);
    free(text.p);
}
END_TEST

/* What is asked of a set is judged at once where there is only one answer, however many members there are to choose from. */
START_TEST(a_clause_may_ask_for_many_members_of_many)
{
    struct rck_context *context = NULL;
    struct text text = { 0 };

    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    add(&text, "policy p;\ndefault allow;\nvocabulary { subject user; action read; resource file; role r0");
    for (unsigned i = 1; i < 40000; i++)
        add(&text, ", r%u", i);
    add(&text, "; }\nc: deny when role has r0");
    for (unsigned i = 1; i < 19; i++)
        add(&text, " and role has r%u", i);
    add(&text, ";\n");
    ck_assert_int_eq(compile(context, &text, NULL).status, RCK_OK);
    rck_context_free(context);
    free(text.p);
}
END_TEST

/* A policy of N things takes memory that is linear in N. */
static void
check_linear(write_policy_fn *write)
{
    size_t peaks[2];

    for (unsigned i = 0; i < 2; i++) {
        struct meter meter = { 0 };
        struct rck_allocator allocator = meter_allocator(&meter);
        struct rck_context *context = NULL;
        struct text text = { 0 };

        write(&text, i == 0 ? 1000 : 8000);
        ck_assert_int_eq(rck_context_new(&allocator, &context), RCK_OK);
        (void)compile(context, &text, NULL);
        rck_context_free(context);
        ck_assert_uint_eq(meter.held, 0);
        peaks[i] = meter.peak;
        free(text.p);
    }
    ck_assert_msg(peaks[1] < 16 * peaks[0], "1,000 take %zu bytes, 8,000 take %zu", peaks[0], peaks[1]);
}

static void
write_whens(struct text *text, unsigned n)
{
    add(text, "%sx: user cannot read file", HEAD);
    add_times(text, n, " when size > 3");
    add(text, ";\n");
}

static void
write_members(struct text *text, unsigned n)
{
    add(text, "%sx: user cannot read file", HEAD);
    add_times(text, n, ", file");
    add(text, ";\n");
}

static void
write_cell(struct text *text, unsigned n)
{
    add(text, "%sx: user cannot read file;\ncases \"c\" { role -> result; { owner", HEAD);
    add_times(text, n, ", owner");
    add(text, " } -> invalid; }\n");
}

static void
write_steps(struct text *text, unsigned n)
{
    add(text, "policy p;\ndefault allow;\nvocabulary { subject user; action read; resource file; counter c : up on read file");
    add_times(text, n, ", up on read file");
    add(text, "; }\nx: limit c to 3;\n");
}

static void
write_attributes(struct text *text, unsigned n)
{
    add(text, "policy p;\ndefault allow;\nvocabulary { subject user; action read; resource file;\n");
    for (unsigned i = 0; i < n; i++)
        add(text, "attribute a%u : int optional;\n", i);
    add(text, "}\n");
    for (unsigned i = 0; i < n; i++)
        add(text, "c%u: deny when a%u > 3 when a%u is present;\n", i, i, i);
}

START_TEST(memory_is_linear_in_the_policy)
{
    static write_policy_fn *const writers[] = { write_whens, write_members, write_cell,      write_steps,
                                                write_label, write_terms,   write_attributes };

    check_linear(writers[_i]);
}
END_TEST

static Suite *
limits_suite(void)
{
    Suite *suite = suite_create("limits");
    TCase *tests = tcase_create("limits");

    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, a_limit_is_what_it_counts, 0, (int)(sizeof counted / sizeof *counted));
    tcase_add_test(tests, rows_and_cells_are_those_of_the_table);
    tcase_add_test(tests, clause_rows_are_those_of_one_clause);
    tcase_add_test(tests, proof_steps_are_enough_or_not);
    tcase_add_test(tests, compile_bytes_are_told);
    tcase_add_test(tests, compile_bytes_count_the_text_that_is_kept);
    tcase_add_test(tests, compile_bytes_count_what_a_proof_makes);
    tcase_add_test(tests, diagnostics_beyond_the_limit_are_counted);
    tcase_add_test(tests, limits_are_known_by_their_names);
    tcase_add_loop_test(tests, every_value_is_harmless, 0, 12);
    tcase_add_loop_test(tests, deep_input_does_no_harm_with_any_limit, 0, 3);
    tcase_add_test(tests, an_assert_of_many_rows_names_its_limit);
    tcase_add_test(tests, every_number_of_steps_is_enough_or_not);
    tcase_add_loop_test(tests, what_is_looked_for_has_limits, 0, 6);
    tcase_add_test(tests, steps_are_what_is_looked_at);
    tcase_add_test(tests, what_takes_for_ever_is_given_up);
    tcase_add_test(tests, requests_have_limits);
    tcase_add_test(tests, an_ignored_key_has_its_name);
    tcase_add_test(tests, random_bytes_are_no_policy);
    tcase_add_loop_test(tests, many_errors_take_little_memory, 0, 17);
    tcase_add_test(tests, a_clause_may_ask_for_many_members_of_many);
    tcase_add_loop_test(tests, memory_is_linear_in_the_policy, 0, 7);
    suite_add_tcase(suite, tests);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(limits_suite());
    int n_run;
    int n_failed;

    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
