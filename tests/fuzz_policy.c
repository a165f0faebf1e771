/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the text of a policy.  Whatever it is, the compile ends, leaks nothing and tells what is wrong in clean text.  If it
 * compiles, its cases run, and requests made of its own vocabulary are decided alike by the table, by the clauses and by the oracle
 * (naive.h), clause by clause; and cases are made that compile behind it and pass.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "../engine/request.h"
#include "../grammar/front.h"
#include "fuzz.h"
#include "naive.h"
#include "random_policy.h"
#include "tree.h"

enum { N_REQUESTS = 6, MAX_FACTS = 24, MAX_MEMBERS = 3, MAX_SPELLING = 72 };

/* A line of its own between the files of an input; the first one is the policy, which includes the others as "1", "2" and so
 * on. */
static const char separator[] = "\n%%\n";

/* What is tried of one policy. */
struct trial {
    struct counting mem;
    struct rck_policy *policy;
    struct rck_policy_info info;
    struct rck_request *request;
    struct rck_explanation *explanation;
    uint64_t chance;
    const struct ast *ast;
    struct tree_value values[TREE_VALUES]; /* that stand in the policy */
    uint32_t n_values;
    char spellings[MAX_FACTS][MAX_SPELLING]; /* of the numbers and times of a request */
};

/* Takes the first file off *TEXT, which holds the others then. */
static struct str
next_file(struct str *text)
{
    const char *end = text->n != 0 ? memmem(text->p, text->n, separator, sizeof separator - 1) : NULL;
    struct str file = { text->p, end != NULL ? (size_t)(end - text->p) : text->n };

    text->p = end != NULL ? end + sizeof separator - 1 : text->p + text->n;
    text->n -= end != NULL ? file.n + sizeof separator - 1 : file.n;
    return file;
}

static void
count_release(struct rck_include *include)
{
    --*(int *)include->own;
}

/* What the policy includes: file N of the text ARG is found as "N" and as "./N". */
struct input {
    struct str text;
    int n_open; /* answers that are not released */
};

static enum rck_status
find_file(void *arg, struct rck_include *include)
{
    struct input *input = arg;
    struct str text = input->text, file = next_file(&text);
    const char *name = strncmp(include->path, "./", 2) == 0 ? include->path + 2 : include->path;

    FUZZ_CHECK(include->from != NULL && include->path[0] != 0 && include->text == NULL && input->n_open == 0);
    if (name[0] < '1' || name[0] > '9' || name[1] != 0)
        return RCK_E_IO;
    for (int i = '1'; i <= name[0]; i++) {
        if (text.n == 0)
            return RCK_E_IO;
        file = next_file(&text);
    }
    input->n_open++;
    include->name = name;
    include->text = file.p;
    include->length = file.n;
    include->own = &input->n_open;
    include->release = count_release;
    return RCK_OK;
}

static bool
check_piece(void *arg, const char *text, size_t size)
{
    bool *color = arg;

    /* Pieces end anywhere, also within a character, so UTF-8 is looked at where the records are. */
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        FUZZ_CHECK(c >= 0x20 ? c != 0x7F : c == '\n' || c == '\t' || (c == 0x1B && *color));
    }
    return true;
}

static void
check_diagnostics(struct trial *trial, const struct rck_diagnostics *diagnostics, enum rck_status status, size_t size)
{
    uint64_t calls = trial->mem.calls;

    bool color = size % 2 != 0;

    FUZZ_CHECK(rck_diagnostics_write(diagnostics, color ? RCK_COLOR : 0, check_piece, &color));
    FUZZ_CHECK((rck_diagnostics_found(diagnostics, RCK_ERROR) != 0) == (status != RCK_OK));
    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++) {
        const struct rck_diagnostic *d = rck_diagnostics_at(diagnostics, i);

        FUZZ_CHECK(d->message[0] != 0 && fuzz_is_clean(str_of(d->message), "") && fuzz_is_clean(str_of(d->help), ""));
        FUZZ_CHECK(d->begin <= d->end && d->end <= size);
    }
    FUZZ_CHECK(trial->mem.calls == calls);
}

static uint64_t
chance(struct trial *trial, uint64_t n)
{
    return random_next(&trial->chance) % n;
}

/* A value that stands in the policy; zero if none does. */
static struct tree_value
some_value(struct trial *trial)
{
    if (trial->n_values == 0)
        return (struct tree_value){ .is_plain = true };
    return trial->values[chance(trial, trial->n_values)];
}

/* A number, in millionths, that is in the range of ATTRIBUTE, if there is one near those of the text. */
static wide
some_number(struct trial *trial, const struct rck_attribute *attribute)
{
    wide step = attribute->type == RCK_TYPE_INT ? NAIVE_ONE : 1, number;
    struct tree_value value = some_value(trial);

    switch (chance(trial, 12)) {
    case 0:
        return attribute->min * step;
    case 1:
        return attribute->max * step;
    default:
        number = tree_number(&value, naive_unit_of(trial->ast, str_of(attribute->name)), step);
        number += (wide)((int)chance(trial, 3) - 1) * step;
        return number >= attribute->min * step && number <= attribute->max * step ? number : attribute->min * step;
    }
}

static int64_t
some_time(struct trial *trial)
{
    int64_t step = (int64_t)chance(trial, 3) - 1, ns = 0;

    for (int tries = 0; tries < 4 && ns == 0; tries++) {
        struct tree_value value = some_value(trial);

        if (value.is_time && value.number + step >= INT64_MIN && value.number + step <= INT64_MAX)
            ns = (int64_t)value.number + step;
    }
    return ns;
}

/* A string that stands in the policy, or part of it. */
static struct str
some_string(struct trial *trial)
{
    struct str text = STR("a");

    for (int tries = 0; tries < 4; tries++) {
        struct tree_value value = some_value(trial);

        if (value.is_text)
            text = value.text;
    }
    if (chance(trial, 4) == 0 && text.n != 0 && (unsigned char)text.p[text.n - 1] < 0x80)
        text.n--;
    return text;
}

static struct str
some_name(struct trial *trial, uint32_t handle, const struct rck_attribute *attribute)
{
    if (attribute->n_names == 0 || chance(trial, 10) == 0)
        return STR("nobody declared this");
    return str_of(rck_policy_attribute_name(trial->policy, handle, (uint32_t)chance(trial, attribute->n_names)));
}

/* Makes one request, for the engine by handle and for the oracle as a list of facts. */
static void
make_request(struct trial *trial, struct naive_fact facts[MAX_FACTS], struct str members[MAX_FACTS][MAX_MEMBERS],
             struct naive_request *naive)
{
    *naive = (struct naive_request){ .facts = facts };
    rck_request_reset(trial->request);
    naive->has_now = chance(trial, 3) != 0;
    naive->now = some_time(trial);
    if (naive->has_now)
        rck_request_set_now(trial->request, naive->now);
    for (uint32_t i = 0; i < trial->info.n_attributes && naive->n_facts < MAX_FACTS; i++) {
        struct rck_attribute attribute;
        struct naive_fact *fact = &facts[naive->n_facts];
        wide number;
        int64_t ns;

        FUZZ_CHECK(rck_policy_attribute(trial->policy, i, &attribute) == RCK_OK);
        if (attribute.now)
            continue;
        if (chance(trial, attribute.dimension && attribute.type == RCK_TYPE_NAME ? 30 : 4) == 0)
            continue;
        *fact = (struct naive_fact){ .key = str_of(attribute.name) };
        switch (attribute.type) {
        case RCK_TYPE_BOOL:
            fact->kind = NAIVE_BOOL;
            fact->truth = chance(trial, 2) != 0;
            rck_request_set_bool(trial->request, i, fact->truth);
            break;
        case RCK_TYPE_INT:
        case RCK_TYPE_DECIMAL:
            fact->kind = NAIVE_NUMBER;
            number = some_number(trial, &attribute);
            naive_write_number(number, trial->spellings[naive->n_facts]);
            fact->text = str_of(trial->spellings[naive->n_facts]);
            if (attribute.type == RCK_TYPE_INT)
                rck_request_set_int(trial->request, i, (int64_t)(number / NAIVE_ONE));
            else
                rck_request_set_decimal(trial->request, i, (int64_t)number);
            break;
        case RCK_TYPE_TIME:
            fact->kind = NAIVE_TEXT;
            ns = some_time(trial);
            naive_write_time(ns, -1, trial->spellings[naive->n_facts]);
            strcat(trial->spellings[naive->n_facts], "Z");
            fact->text = str_of(trial->spellings[naive->n_facts]);
            rck_request_set_time(trial->request, i, ns);
            break;
        case RCK_TYPE_STRING:
            fact->kind = NAIVE_TEXT;
            fact->text = some_string(trial);
            rck_request_set_string(trial->request, i, fact->text.p != NULL ? fact->text.p : "", fact->text.n);
            break;
        case RCK_TYPE_NAME:
            fact->kind = NAIVE_TEXT;
            fact->text = some_name(trial, i, &attribute);
            rck_request_set_name(trial->request, i, fact->text.p, fact->text.n);
            break;
        case RCK_TYPE_SET:
            fact->kind = NAIVE_LIST;
            fact->members = members[naive->n_facts];
            fact->n_members = (uint32_t)chance(trial, MAX_MEMBERS + 1);
            rck_request_set_empty(trial->request, i);
            for (uint32_t k = 0; k < fact->n_members; k++) {
                struct str name = some_name(trial, i, &attribute);

                members[naive->n_facts][k] = name;
                rck_request_add_name(trial->request, i, name.p, name.n);
            }
            break;
        }
        naive->n_facts++;
    }
}

static bool
on_case(void *arg, const struct rck_case *outcome)
{
    size_t *n = arg;

    ++*n;
    FUZZ_CHECK(outcome->expected[0] != 0 && outcome->got[0] != 0 && outcome->row != NULL);
    return true;
}

static void
try_requests(struct trial *trial, const struct ast *ast)
{
    struct naive_verdict verdict = { .n_clauses = 0 };

    for (int i = 0; i < N_REQUESTS; i++) {
        struct naive_fact facts[MAX_FACTS];
        struct str members[MAX_FACTS][MAX_MEMBERS];
        struct naive_request naive;
        struct rck_why why;
        enum rck_result result;
        uint64_t calls;

        make_request(trial, facts, members, &naive);
        calls = trial->mem.calls;
        result = rck_decide(trial->policy, trial->request, &why);
        FUZZ_CHECK(result == rck_explain(trial->explanation, trial->request));
        FUZZ_CHECK(calls == trial->mem.calls);
        FUZZ_CHECK(result == naive_decide(ast, &naive, &verdict));
        FUZZ_CHECK(verdict.n_clauses == trial->info.n_clauses && why.clause == verdict.first);
        for (uint32_t k = 0; k < verdict.n_clauses; k++)
            FUZZ_CHECK(rck_explanation_state(trial->explanation, k) == verdict.clauses[k].state);
    }
    naive_verdict_free(&verdict);
}

static void
try_policy(struct trial *trial, struct input *input)
{
    const struct finder finder = { find_file, input };
    struct str text = input->text, root = next_file(&text);
    struct counting mem;
    struct arena arena;
    struct ast *ast = NULL;
    size_t n_rows = 0, n_run = 0, n_failed = 0;

    rck_policy_describe(trial->policy, &trial->info);
    FUZZ_CHECK(rck_policy_run_cases(trial->policy, on_case, &n_rows, &n_run, &n_failed) == RCK_OK);
    FUZZ_CHECK(n_run == trial->info.n_cases && n_rows == n_run && n_failed <= n_run);
    FUZZ_CHECK(rck_request_new(trial->policy, &trial->request) == RCK_OK);
    FUZZ_CHECK(rck_explanation_new(trial->policy, &trial->explanation) == RCK_OK);
    counting_init(&mem);
    arena_init(&arena, &mem.allocator, (size_t)64 << 20);
    FUZZ_CHECK(ast_parse_for_tests(root.p, root.n, &finder, &arena, &ast) == RCK_OK);
    trial->ast = ast;
    trial->n_values = tree_values(ast, trial->values);
    try_requests(trial, ast);
    arena_free(&arena);
    FUZZ_CHECK(mem.live == 0);
    rck_explanation_free(trial->explanation);
    rck_request_free(trial->request);
}

/* Cases that are made, behind the policy. */
struct made {
    char *text;
    size_t n, room;
    char label[300]; /* of the block in progress */
};

static void
add_text(struct made *made, const char *text, size_t n)
{
    if (made->room - made->n <= n) {
        made->room = 2 * (made->room + n) + 4096;
        made->text = realloc(made->text, made->room);
        if (made->text == NULL)
            abort();
    }
    memcpy(made->text + made->n, text, n);
    made->n += n;
}

static void
add_words(struct made *made, const char *const words[], uint32_t n, const char *last, const char *end)
{
    for (uint32_t i = 0; i < n; i++) {
        add_text(made, words[i], strlen(words[i]));
        add_text(made, " ", 1);
    }
    add_text(made, "-> ", 3);
    add_text(made, last, strlen(last));
    add_text(made, end, strlen(end));
}

static bool
on_made_case(void *arg, const struct rck_made_case *of)
{
    struct made *made = arg;

    FUZZ_CHECK(of->n_columns >= 3 && strlen(of->reason) != 0);
    if (strncmp(made->label, of->label, sizeof made->label - 1) != 0) {
        add_text(made, "}", made->label[0] != 0);
        add_text(made, "\ncases \"of one\" {\n", strlen("\ncases \"of one\" {\n"));
        add_words(made, of->columns, of->n_columns, "result", ";\n");
        snprintf(made->label, sizeof made->label, "%s", of->label);
    }
    add_words(made, of->cells, of->n_columns, of->expected, ";\n");
    return true;
}

static bool
on_mutant(void *arg, const struct rck_mutant *mutant)
{
    (void)arg;
    FUZZ_CHECK(mutant->begin < mutant->end && (mutant->example != NULL) == (mutant->fate == RCK_FATE_SURVIVED));
    return true;
}

static bool
on_reach(void *arg, const struct rck_reach *reach)
{
    (void)arg;
    FUZZ_CHECK((reach->example != NULL) == (reach->n_cases == 0 && reach->possible == RCK_POSSIBLE));
    return true;
}

/* Asks what the cases of the policy ROOT are worth, and makes others for it. */
static void
try_worth(struct rck_context *context, struct str root)
{
    struct made made = { .text = NULL };
    struct rck_policy *policy = NULL;
    enum rck_status status = rck_mutate(context, "fuzz.rules", root.p, root.n, NULL, on_mutant, NULL);
    size_t n_run = 0, n_failed = 0;

    FUZZ_CHECK(status == RCK_OK || status == RCK_E_POLICY || status == RCK_E_CASES);
    status = rck_coverage(context, "fuzz.rules", root.p, root.n, NULL, on_reach, NULL);
    FUZZ_CHECK(status == RCK_OK || status == RCK_E_POLICY);
    add_text(&made, root.p, root.n);
    status = rck_generate(context, "fuzz.rules", root.p, root.n, NULL, on_made_case, &made, NULL);
    FUZZ_CHECK(status == RCK_OK || status == RCK_E_POLICY);
    if (made.label[0] != 0) {
        add_text(&made, "}\n", 2);
        FUZZ_CHECK(rck_policy_compile(context, "fuzz.rules", made.text, made.n, NULL, &policy) == RCK_OK);
        FUZZ_CHECK(rck_policy_run_cases(policy, NULL, NULL, &n_run, &n_failed) == RCK_OK && n_run != 0);
        rck_policy_unref(policy);
    }
    free(made.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *name;
        uint64_t value;
    } limits[] = { { "cells", 4096 }, { "clause-rows", 256 }, { "proof-steps", 5000 }, { "compile-bytes", 16 << 20 }, { "mutants", 100 },
                   { "diagnostics", 6 } };
    struct trial trial = { .chance = size };
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct input input = { { fuzz_copy(data, size), size }, 0 };
    struct str rest = input.text, root = next_file(&rest);
    enum rck_status status;

    counting_init(&trial.mem);
    for (size_t i = 0; i < size; i++)
        trial.chance = (trial.chance ^ data[i]) * 0x100000001B3u;
    FUZZ_CHECK(rck_context_new(&trial.mem.allocator, &context) == RCK_OK);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        FUZZ_CHECK(rck_context_set_limit(context, limits[i].name, limits[i].value) == RCK_OK);
    rck_context_set_include(context, find_file, &input);
    rck_context_set_lint(context, size % 2 == 0);
    if (size % 4 == 0)
        for (size_t i = 0; rck_code_at(i) != NULL; i++)
            if (rck_code_at(i)->optional)
                FUZZ_CHECK(rck_context_set_warning(context, rck_code_at(i)->id, RCK_WARNING_ON) == RCK_OK);
    status = rck_policy_compile(context, "fuzz.rules", root.p, root.n, &diagnostics, &trial.policy);
    FUZZ_CHECK(status == RCK_OK || status == RCK_E_POLICY || status == RCK_E_IO);
    FUZZ_CHECK(input.n_open == 0);
    FUZZ_CHECK((status == RCK_OK) == (trial.policy != NULL));
    if (trial.policy != NULL)
        try_worth(context, root);
    rck_context_free(context);
    check_diagnostics(&trial, diagnostics, status, size);
    rck_diagnostics_free(diagnostics);
    if (trial.policy != NULL)
        try_policy(&trial, &input);
    rck_policy_unref(trial.policy);
    FUZZ_CHECK(trial.mem.live == 0);
    free((void *)(uintptr_t)input.text.p);
    return 0;
}
