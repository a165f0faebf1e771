/* SPDX-License-Identifier: MIT
 *
 * `include` through the library: the graph of files, who finds them, and what of several files is one policy.  tests/diagnostics/
 * has the mistakes as a person sees them, tests/io.txt files on a disk.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/rulecheck.h"

#define VOCABULARY                                                                                                             \
    "vocabulary { subject user, bot; action read, write; resource doc; attribute n : int 0..9; }\n"

/* A folder in memory. */
struct entry {
    const char *name, *text;
};

struct folder {
    const struct entry *entries; /* the one whose name is NULL is the last */
    unsigned n_calls, n_released;
    char asked[512];             /* "FROM>PATH " of each call */
};

/* What a compile came to. */
struct outcome {
    enum rck_status status;
    size_t n_errors;
    char id[64], file[128], message[512]; /* of the first record */
    unsigned line;
    struct rck_policy *policy;            /* the caller's, if there is one */
};

static void
count_release(struct rck_include *include)
{
    struct folder *folder = include->own;

    folder->n_released++;
    include->text = NULL; /* the library has its own copy */
}

static enum rck_status
find(void *arg, struct rck_include *include)
{
    struct folder *folder = arg;
    const struct entry *entry = folder->entries;
    size_t n = strlen(folder->asked);
    const char *name = strncmp(include->path, "./", 2) == 0 ? include->path + 2 : include->path;

    ck_assert_ptr_null(include->text);
    ck_assert_ptr_null(include->release);
    snprintf(folder->asked + n, sizeof folder->asked - n, "%s>%s ", include->from, include->path);
    folder->n_calls++;
    include->own = folder;
    include->release = count_release;
    while (entry->name != NULL && strcmp(entry->name, name) != 0)
        entry++;
    if (entry->name == NULL) {
        include->error = "it is not in the folder";
        return RCK_E_IO;
    }
    include->name = entry->name;
    include->text = entry->text;
    include->length = strlen(entry->text);
    return RCK_OK;
}

/* Compiles ROOT, called 'root', with what FOLDER (may be NULL) has.  LIMIT (may be NULL) is set to VALUE. */
static struct outcome
compile_with(const char *root, struct folder *folder, const char *limit, uint64_t value)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct outcome out = { 0 };

    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    if (folder != NULL)
        rck_context_set_include(context, find, folder);
    if (limit != NULL)
        ck_assert_int_eq(rck_context_set_limit(context, limit, value), RCK_OK);
    out.status = rck_policy_compile(context, "root", root, strlen(root), &diagnostics, &out.policy);
    ck_assert_int_eq(out.policy != NULL, out.status == RCK_OK);
    out.n_errors = rck_diagnostics_found(diagnostics, RCK_ERROR);
    ck_assert_int_eq(out.n_errors == 0, out.status == RCK_OK);
    if (rck_diagnostics_count(diagnostics) != 0) {
        const struct rck_diagnostic *first = rck_diagnostics_at(diagnostics, 0);

        snprintf(out.id, sizeof out.id, "%s", first->id);
        snprintf(out.file, sizeof out.file, "%s", first->file);
        snprintf(out.message, sizeof out.message, "%s", first->message);
        out.line = first->line;
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    if (folder != NULL)
        ck_assert_uint_eq(folder->n_released, folder->n_calls);
    return out;
}

static struct outcome
compile(const char *root, struct folder *folder)
{
    return compile_with(root, folder, NULL, 0);
}

/* The labels of POLICY, with a blank behind each. */
static const char *
labels(const struct rck_policy *policy)
{
    static char text[256];
    struct rck_clause clause;

    text[0] = 0;
    for (uint32_t i = 0; rck_policy_clause(policy, i, &clause) == RCK_OK; i++) {
        strcat(text, clause.label);
        strcat(text, " ");
    }
    return text;
}

START_TEST(source_order_is_the_text_with_includes_in_place)
{
    static const struct entry entries[] = { { "a", "a1: note \"\"; include \"b\"; a2: note \"\"; include \"c\"; a3: note \"\";" },
                                            { "b", "b1: note \"\";" },
                                            { "c", "include \"b\"; c1: note \"\";" },
                                            { "end", VOCABULARY },
                                            { NULL, NULL } };
    struct folder folder = { .entries = entries };
    struct outcome out = compile("policy p; default deny; r1: user may read doc; include \"a\"; include \"c\"; r2: note \"\";"
                                 "include \"end\";",
                                 &folder);

    ck_assert_int_eq(out.status, RCK_OK);
    ck_assert_str_eq(labels(out.policy), "r1 a1 b1 a2 c1 a3 r2 ");
    ck_assert_str_eq(folder.asked, "root>a a>b a>c c>b root>c root>end ");
    rck_policy_unref(out.policy);
}
END_TEST

/* One text and the same text in pieces: the same policy, wherever it is cut. */
START_TEST(a_policy_in_pieces_is_the_same_policy)
{
    static const char *const statements[] = { "policy p;", "default allow;", VOCABULARY, "param most : int 1..9 = 3;",
                                              "vocabulary { counter docs : up on write doc; action any = read, write; }",
                                              "few: limit docs to most;", "ban: bot cannot any doc;", "assert bot cannot write doc;",
                                              "cases \"c\" { subject action resource docs -> result; bot read doc 0 -> deny by ban; }" };
    enum { N = sizeof statements / sizeof statements[0] };
    char whole[2048] = "", digest[65], other[65];
    struct outcome out;

    for (size_t i = 0; i < N; i++)
        strcat(whole, statements[i]);
    out = compile(whole, NULL);
    ck_assert_int_eq(out.status, RCK_OK);
    rck_policy_digest(out.policy, digest);
    rck_policy_unref(out.policy);

    for (size_t from = 0; from < N; from++)
        for (size_t to = from; to <= N; to++) {
            char root[2048] = "", piece[2048] = "";
            struct entry entries[] = { { "piece", piece }, { NULL, NULL } };
            struct folder folder = { .entries = entries };
            size_t n_run, n_failed;

            for (size_t i = 0; i < N; i++) {
                if (i == from)
                    strcat(root, "include \"piece\";");
                strcat(i >= from && i < to ? piece : root, statements[i]);
            }
            out = compile(root, &folder);
            ck_assert_int_eq(out.status, RCK_OK);
            rck_policy_digest(out.policy, other);
            ck_assert_str_eq(other, digest);
            ck_assert_int_eq(rck_policy_run_cases(out.policy, NULL, NULL, &n_run, &n_failed), RCK_OK);
            ck_assert_uint_eq(n_run, 1);
            ck_assert_uint_eq(n_failed, 0);
            rck_policy_unref(out.policy);
        }
}
END_TEST

START_TEST(a_file_is_what_its_name_says)
{
    static const struct entry entries[] = { { "a", "ban: bot cannot read doc;" }, { NULL, NULL } };
    struct folder folder = { .entries = entries };
    struct outcome out = compile("policy p; default allow;" VOCABULARY "include \"a\"; include \"./a\"; include \"a\";", &folder);
    struct rck_clause clause;

    ck_assert_int_eq(out.status, RCK_OK);
    ck_assert_str_eq(labels(out.policy), "ban ");
    ck_assert_uint_eq(folder.n_calls, 3);
    ck_assert_int_eq(rck_policy_clause(out.policy, 0, &clause), RCK_OK);
    ck_assert_str_eq(clause.file, "a");
    ck_assert_uint_eq(clause.line, 1);
    rck_policy_unref(out.policy);
}
END_TEST

static const struct {
    struct entry entries[4];
    const char *message;
} cycles[] = {
    { { { NULL, NULL } }, "the file includes itself: root -> root" },
    { { { "a", "include \"root\";" } }, "the file includes itself: root -> a -> root" },
    { { { "a", "\ninclude \"b\";" }, { "b", "include \"root\";" } }, "the file includes itself: root -> a -> b -> root" },
    { { { "a", "include \"./a\";" } }, "the file includes itself: a -> a" },
    { { { "a", "include \"b\";" }, { "b", "include \"a\";" } }, "the file includes itself: a -> b -> a" },
};

START_TEST(a_cycle_is_an_error_that_shows_the_way)
{
    struct entry entries[5] = { { "root", "" } };
    struct folder folder = { .entries = entries };
    struct outcome out;

    memcpy(entries + 1, cycles[_i].entries, sizeof cycles[_i].entries);
    out = compile(_i == 0 ? "policy p; default allow; include \"root\";" VOCABULARY "ban: bot cannot read doc;"
                          : "policy p; default allow; include \"a\";" VOCABULARY "ban: bot cannot read doc;",
                  &folder);
    ck_assert_int_eq(out.status, RCK_E_POLICY);
    ck_assert_uint_eq(out.n_errors, 1);
    ck_assert_str_eq(out.id, "include-cycle");
    ck_assert_str_eq(out.message, cycles[_i].message);
}
END_TEST

START_TEST(what_cannot_be_found_is_told_in_its_place)
{
    static const struct entry entries[] = { { "a", "\n include \"b\";" }, { NULL, NULL } };
    struct folder folder = { .entries = entries };
    struct outcome out = compile("policy p; default allow; include \"a\"; ban: nobody cannot harm anything;", &folder);

    ck_assert_int_eq(out.status, RCK_E_IO);
    ck_assert_uint_eq(out.n_errors, 1);
    ck_assert_str_eq(out.id, "unreadable");
    ck_assert_str_eq(out.file, "a");
    ck_assert_uint_eq(out.line, 2);
    ck_assert_str_eq(out.message, "cannot read 'b': it is not in the folder");
}
END_TEST

START_TEST(from_memory_nothing_is_included_unless_somebody_says_how)
{
    struct outcome out = compile("policy p; default allow; include \"a\"; ban: nobody cannot harm anything;", NULL);

    ck_assert_int_eq(out.status, RCK_E_POLICY);
    ck_assert_uint_eq(out.n_errors, 1);
    ck_assert_str_eq(out.id, "unreadable");
    ck_assert_str_eq(out.message, "cannot include 'a': nobody tells where it is");
}
END_TEST

/* Answers with as little as there may be. */
static enum rck_status
find_little(void *arg, struct rck_include *include)
{
    enum rck_status *status = arg;

    (void)include;
    return *status;
}

START_TEST(an_answer_may_be_short)
{
    static const enum rck_status statuses[] = { RCK_OK, RCK_E_IO, RCK_E_ARGUMENT, RCK_E_NOMEM },
                                 wanted[] = { RCK_OK, RCK_E_IO, RCK_E_IO, RCK_E_NOMEM };
    static const char text[] = "policy p; default allow; include \"a\"; include \"a\";" VOCABULARY "ban: bot cannot read doc;";
    enum rck_status status = statuses[_i];
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    rck_context_set_include(context, find_little, &status);
    ck_assert_int_eq(rck_policy_compile(context, "root", text, strlen(text), &diagnostics, &policy), wanted[_i]);
    ck_assert_int_eq(policy != NULL, wanted[_i] == RCK_OK);
    ck_assert_int_eq(diagnostics == NULL, wanted[_i] == RCK_E_NOMEM);
    if (wanted[_i] == RCK_E_IO)
        ck_assert_str_eq(rck_diagnostics_at(diagnostics, 0)->message, "cannot read 'a': there is no such file");
    rck_policy_unref(policy);
    rck_diagnostics_free(diagnostics);

    /* Nobody says any more. */
    rck_context_set_include(context, NULL, NULL);
    ck_assert_int_eq(rck_policy_compile(context, "root", text, strlen(text), NULL, &policy), RCK_E_POLICY);
    rck_context_free(context);
}
END_TEST

/* The policy is read from its file, and what it includes is asked for. */
START_TEST(whoever_finds_files_does_so_for_a_policy_in_a_file)
{
    static const struct entry entries[] = { { "include/gates.rules", "ban: bot cannot read doc; default allow;" },
                                            { "include/vocabulary.rules", VOCABULARY },
                                            { NULL, NULL } };
    struct folder folder = { .entries = entries };
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    const char *top = getenv("top_srcdir");
    char path[4096];

    snprintf(path, sizeof path, "%s/tests/diagnostics/include-cycle.near.rules", top != NULL ? top : ".");
    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    rck_context_set_include(context, find, &folder);
    ck_assert_int_eq(rck_policy_compile_file(context, path, NULL, &policy), RCK_E_IO); /* 'find' does not know the third */
    ck_assert_uint_eq(folder.n_calls, 3);
    ck_assert_ptr_nonnull(strstr(folder.asked, "include-cycle.near.rules>include/gates.rules "));
    rck_context_set_include(context, NULL, NULL);
    ck_assert_int_eq(rck_policy_compile_file(context, path, NULL, &policy), RCK_OK);
    ck_assert_str_eq(labels(policy), "creation token_count users ");
    rck_policy_unref(policy);
    rck_context_free(context);
}
END_TEST

START_TEST(the_head_of_the_including_file_counts)
{
    static const struct entry entries[] = {
        { "a", "include \"b\"; policy a; source \"of a\" as of 2026-01-01; default allow;" },
        { "b", "policy b; source \"of b\"; default allow; ban: bot cannot read doc; " VOCABULARY },
        { NULL, NULL }
    };
    static const struct {
        const char *root, *name, *source;
    } heads[] = { { "policy r; source \"of r\"; default allow; include \"a\";", "r", "of r" },
                  { "include \"a\"; policy r;", "r", "of a" },
                  { "include \"a\";", "a", "of a" },
                  { "include \"b\"; include \"a\";", "b", "of b" } };

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct folder folder = { .entries = entries };
        struct outcome out = compile(heads[i].root, &folder);
        struct rck_policy_info info;

        ck_assert_int_eq(out.status, RCK_OK);
        rck_policy_describe(out.policy, &info);
        ck_assert_str_eq(info.name, heads[i].name);
        ck_assert_str_eq(info.source, heads[i].source);
        ck_assert_int_eq(info.by_default, RCK_ALLOW);
        rck_policy_unref(out.policy);
    }
}
END_TEST

/* What 'a' declares again, and whether that is the same as in the root. */
static const struct {
    const char *text;
    bool same;
} declarations[] = {
    { "vocabulary { attribute n:int 0..9; }", true },
    { "vocabulary { attribute n # N\n : int\t0..9 ; subject bot; }", true },
    { "vocabulary { attribute m, n : int 0..9; }", true },
    { "vocabulary { attribute n : int 0..9 optional; }", false },
    { "vocabulary { attribute n : int 0..; }", false },
    { "vocabulary { attribute n : int 0..99; }", false },
    { "vocabulary { attribute n : bool; }", false },
    { "vocabulary { counter n : up on write doc; }", false },
    { "vocabulary { attribute e : { a, \"b # c\" }; }", true },
    { "vocabulary { attribute e : { a, \"b #  c\" }; }", false },
    { "vocabulary { attribute e : { a, \"b \\u0023 c\" }; }", false },
    { "vocabulary { attribute e : { a, # \"b\n \"b # c\" }; }", true },
    { "vocabulary { attribute e : { a }; }", false },
    { "vocabulary { attribute e : set of { a, \"b # c\" }; }", false },
    { "vocabulary { counter k : up on write doc, down on read doc; }", true },
    { "vocabulary { counter k : up on write doc; }", false },
    { "vocabulary { counter k : up on read doc, down on write doc; }", false },
    { "vocabulary { action any = read, write; }", true },
    { "vocabulary { action any = read; }", false },
    { "param q : int 1..5 = 3;", true },
    { "param q : int 1..5 = 4;", false },
    { "param q : int 1..6 = 3;", false },
    { "param q : bool = true;", false },
    { "default allow;", true },
    { "default deny;", false },
};

START_TEST(what_two_files_declare_must_be_the_same)
{
    const struct entry entries[] = { { "a", declarations[_i].text }, { NULL, NULL } };

    for (int last = 0; last < 2; last++) {
        struct folder folder = { .entries = entries };
        char root[1024];
        struct outcome out;

        snprintf(root, sizeof root,
                 "%spolicy p; default allow; " VOCABULARY
                 "vocabulary { attribute e : { a, \"b # c\" }; action any = read, write;"
                 "counter k : up on write doc, down on read doc; }"
                 "param q : int 1..5 = 3; ban: bot cannot read doc; %s",
                 last ? "" : "include \"a\";", last ? "include \"a\";" : "");
        out = compile(root, &folder);
        ck_assert_int_eq(out.status, declarations[_i].same ? RCK_OK : RCK_E_POLICY);
        ck_assert_uint_eq(out.n_errors, declarations[_i].same ? 0 : 1);
        ck_assert_str_eq(out.id, declarations[_i].same ? "" : "redeclared");
        rck_policy_unref(out.policy);
    }
}
END_TEST

/* A repetition in one file is a mistake as before. */
START_TEST(what_one_file_declares_stands_there_once)
{
    struct outcome out = compile("policy p; default allow; " VOCABULARY
                                 "vocabulary { attribute n : int 0..9; } ban: bot cannot read doc;",
                                 NULL);

    ck_assert_int_eq(out.status, RCK_E_POLICY);
    ck_assert_str_eq(out.id, "duplicate-name");
}
END_TEST

/* Statements count, whether they lead to a file for the first time or not. */
START_TEST(includes_are_limited)
{
    static const struct entry entries[] = { { "a", "include \"b\"; include \"b\";" }, { "b", VOCABULARY }, { NULL, NULL } };
    static const char root[] = "policy p; default allow; include \"a\"; include \"a\"; ban: bot cannot read doc;";

    for (uint64_t value = 0; value <= 5; value++) {
        struct folder folder = { .entries = entries };
        struct outcome out = compile_with(root, &folder, "includes", value);

        ck_assert_int_eq(out.status, value >= 4 ? RCK_OK : RCK_E_POLICY);
        ck_assert_uint_eq(folder.n_calls, value < 4 ? value : 4);
        ck_assert_uint_eq(out.n_errors, value < 4);
        ck_assert_str_eq(out.id, value < 4 ? "limit" : "");
        rck_policy_unref(out.policy);
    }
}
END_TEST

START_TEST(bytes_are_counted_over_all_files)
{
    static const struct entry entries[] = { { "a", VOCABULARY }, { NULL, NULL } };
    static const char root[] = "policy p; default allow; include \"a\"; include \"a\"; ban: bot cannot read doc;";
    size_t n = strlen(root) + strlen(VOCABULARY);

    for (uint64_t value = n - 1; value <= n + 1; value++) {
        struct folder folder = { .entries = entries };
        struct outcome out = compile_with(root, &folder, "policy-bytes", value);

        ck_assert_int_eq(out.status, value >= n ? RCK_OK : RCK_E_POLICY);
        ck_assert_uint_eq(out.n_errors, value < n);
        ck_assert_str_eq(out.id, value < n ? "limit" : "");
        rck_policy_unref(out.policy);
    }
}
END_TEST

/* Names and texts of what is asked for next, made on the way: each file includes the next one. */
struct chain {
    unsigned n, n_files;
    char name[16], text[64];
};

static enum rck_status
find_next(void *arg, struct rck_include *include)
{
    struct chain *chain = arg;

    snprintf(chain->name, sizeof chain->name, "%u", ++chain->n);
    snprintf(chain->text, sizeof chain->text, chain->n < chain->n_files ? "include \"next\"; n%u: note \"\";" : "n%u: note \"\";",
             chain->n);
    include->name = chain->name;
    include->text = chain->text;
    include->length = strlen(chain->text);
    return RCK_OK;
}

START_TEST(a_long_chain_needs_no_stack)
{
    static const char text[] = "policy p; default allow; include \"next\"; ban: bot cannot read doc;" VOCABULARY;
    struct chain chain = { .n_files = 4096 };
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    struct rck_clause clause;

    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    rck_context_set_include(context, find_next, &chain);
    ck_assert_int_eq(rck_policy_compile(context, "root", text, strlen(text), NULL, &policy), RCK_OK);
    ck_assert_uint_eq(chain.n, 4096);
    ck_assert_int_eq(rck_policy_clause(policy, 0, &clause), RCK_OK);
    ck_assert_str_eq(clause.label, "n4096");
    ck_assert_str_eq(clause.file, "4096");
    ck_assert_int_eq(rck_policy_clause(policy, 4096, &clause), RCK_OK);
    ck_assert_str_eq(clause.label, "ban");
    rck_policy_unref(policy);
    rck_context_free(context);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("include");
    TCase *tests = tcase_create("include");
    SRunner *runner;
    int n_failed;

    tcase_add_test(tests, source_order_is_the_text_with_includes_in_place);
    tcase_add_test(tests, a_policy_in_pieces_is_the_same_policy);
    tcase_add_test(tests, a_file_is_what_its_name_says);
    tcase_add_loop_test(tests, a_cycle_is_an_error_that_shows_the_way, 0, sizeof cycles / sizeof cycles[0]);
    tcase_add_test(tests, what_cannot_be_found_is_told_in_its_place);
    tcase_add_test(tests, from_memory_nothing_is_included_unless_somebody_says_how);
    tcase_add_loop_test(tests, an_answer_may_be_short, 0, 4);
    tcase_add_test(tests, whoever_finds_files_does_so_for_a_policy_in_a_file);
    tcase_add_test(tests, the_head_of_the_including_file_counts);
    tcase_add_loop_test(tests, what_two_files_declare_must_be_the_same, 0, sizeof declarations / sizeof declarations[0]);
    tcase_add_test(tests, what_one_file_declares_stands_there_once);
    tcase_add_test(tests, includes_are_limited);
    tcase_add_test(tests, bytes_are_counted_over_all_files);
    tcase_add_test(tests, a_long_chain_needs_no_stack);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    n_failed = srunner_ntests_failed(runner);
    if (srunner_ntests_run(runner) == 0)
        n_failed = 1;
    srunner_free(runner);
    return n_failed != 0;
}
