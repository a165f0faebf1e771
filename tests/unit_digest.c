/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/sha256.c and engine/digest.c: the vectors of the standard, and which changes of a policy change its digest.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "rulecheck.h"
#include "sha256.h"

/* NIST, Secure Hash Standard Validation System, short messages; and FIPS 180-2, appendix B. */
static const struct {
    const char *text;
    size_t repeated;
    const char *digest;
} vectors[] = {
    { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "\xd3", 1, "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
    { "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

START_TEST(digests_are_those_of_the_standard)
{
    struct sha256 sha;
    char out[65];

    sha256_begin(&sha);
    for (size_t i = 0; i < vectors[_i].repeated; i++)
        sha256_add(&sha, vectors[_i].text, strlen(vectors[_i].text));
    sha256_end(&sha, out);
    ck_assert_str_eq(out, vectors[_i].digest);
}
END_TEST

START_TEST(pieces_make_no_difference)
{
    char text[200], whole[65], pieces[65];
    struct sha256 sha;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof text; n++) {
        sha256_begin(&sha);
        sha256_add(&sha, text, n);
        sha256_end(&sha, whole);
        sha256_begin(&sha);
        for (size_t i = 0; i < n; i += i % 5 + 1)
            sha256_add(&sha, text + i, i % 5 + 1 < n - i ? i % 5 + 1 : n - i);
        sha256_end(&sha, pieces);
        ck_assert_str_eq(whole, pieces);
    }
}
END_TEST

#define HEAD "policy p;\ndefault allow;\n"
#define WORDS \
    "vocabulary { subject user, robot; role owner; action read, create; resource a, a.b, c; counter a.n : up on create a; " \
    "attribute c.k : int 0..9 optional; attribute c.e : { x, y } optional; }\n"
#define PARAM "param most : int 1..10 = 3;\n"
#define CLAUSES "one: limit a.n to most;\ntwo: robot cannot create c;\n"

static const char plain[] = HEAD WORDS PARAM CLAUSES;

/* The digest of a policy; PARAM may be NULL. */
static void
digest_of(const char *text, const char *value, char digest[65])
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    if (value != NULL)
        ck_assert_int_eq(rck_context_set_param(context, "most", value), RCK_OK);
    ck_assert_msg(rck_policy_compile(context, "p.rules", text, strlen(text), &diagnostics, &policy) == RCK_OK, "%s: %s", text,
                  rck_diagnostics_count(diagnostics) != 0 ? rck_diagnostics_at(diagnostics, 0)->message : "");
    rck_policy_digest(policy, digest);
    rck_diagnostics_free(diagnostics);
    rck_policy_unref(policy);
    rck_context_free(context);
}

static const char *const same[] = {
    "# a comment\n\npolicy   other;\nsource \"https://example.org/\" as of 2026-01-01;\ndefault allow; " WORDS PARAM CLAUSES,
    HEAD WORDS PARAM "one: limit a.n\n  to most cites \"A sentence.\" says \"Text.\";\ntwo: robot cannot create c cites \"Another.\";\n",
    HEAD PARAM CLAUSES WORDS,
    HEAD WORDS PARAM "one: limit a.n to 3;\ntwo: robot cannot create c;\n", /* until the param has another value */
    HEAD WORDS PARAM CLAUSES "assert robot cannot create c;\ncases \"t\" { subject action resource -> result; user read c -> allow; }\n",
};

START_TEST(what_decides_alike_has_one_digest)
{
    char a[65], b[65];

    digest_of(plain, NULL, a);
    digest_of(same[_i], NULL, b);
    ck_assert_uint_eq(strlen(a), 64);
    ck_assert_str_eq(a, b);
}
END_TEST

/* Texts in which what stands behind the clauses changes what they mean; and what they mean. */
#define EARLY "vocabulary { subject user, robot; role owner; action read, create; resource a, c; attribute at : time; attribute n : int 0..9; }\n"
static const char *const later[][2] = {
    { HEAD EARLY "two: robot cannot create a;\nvocabulary { resource a.b; }\n",
      HEAD EARLY "vocabulary { resource a.b; }\ntwo: robot cannot create a;\n" },
    { HEAD EARLY "two: robot cannot create a;\nvocabulary { subject bot; }\nthree: user cannot create c;\nvocabulary { role guest; }\n",
      HEAD EARLY "vocabulary { subject bot; role guest; }\ntwo: robot cannot create a;\nthree: user cannot create c;\n" },
    { HEAD EARLY "two: robot cannot create a says \"at {now}\";\nthree: deny when at > now;\n",
      HEAD EARLY "two: robot cannot create a;\nthree: deny when now < at;\n" },
    { HEAD EARLY "two: deny when n > most;\nparam most : int = 3;\nthree: deny when n == least;\nparam least : int = 0;\n",
      HEAD EARLY "param most : int = 3;\nparam least : int = 0;\ntwo: deny when n > 3;\nthree: deny when n == 0;\n" },
    { "policy p;\n" EARLY "two: robot cannot create a;\nthree: user may read c;\ndefault deny;\n",
      "policy p;\ndefault deny;\n" EARLY "two: robot cannot create a;\nthree: user may read c;\n" },
};

START_TEST(what_is_declared_later_counts)
{
    char a[65], b[65];

    digest_of(later[_i][0], NULL, a);
    digest_of(later[_i][1], NULL, b);
    ck_assert_str_eq(a, b);
}
END_TEST

static const char *const different[] = {
    plain,
    "policy p;\ndefault deny;\n" WORDS PARAM CLAUSES "g: user may read a;\n",
    HEAD WORDS "param most : int 1..10 = 4;\n" CLAUSES,
    HEAD WORDS PARAM "one: limit a.n to most;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create a;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create a.b;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: user cannot create c;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\nzwo: robot cannot create c;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c warn;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c when c.k is present;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c when c.k is present and c.k < 5;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c when c.k is present and c.k < 6;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c when c.k is present and c.k == 5;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c when c.k is present or c.e is present;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c unless c.k is present;\n",
    HEAD WORDS PARAM "one: limit a.n to most;\ntwo: robot cannot create c;\nthree: deny when role has owner;\n",
    HEAD WORDS PARAM "two: robot cannot create c;\none: limit a.n to most;\n",
    HEAD "vocabulary { subject user, robot; role owner; action read, create; resource a, a.b, c; counter a.n : up on create a; "
         "attribute c.k : int 0..8 optional; attribute c.e : { x, y } optional; }\n" PARAM CLAUSES,
    HEAD "vocabulary { subject user, robot; role owner; action read, create; resource a, a.b, c; counter a.n : up on create a; "
         "attribute c.k : int 0..9; attribute c.e : { x, y } optional; }\n" PARAM CLAUSES,
    HEAD "vocabulary { subject user, robot; role owner; action read, create; resource a, a.b, c; counter a.n : up on create a; "
         "attribute c.k : int 0..9 optional; attribute c.e : { x, z } optional; }\n" PARAM CLAUSES,
    HEAD "vocabulary { subject user, robot; role owner, x; action read, create; resource a, a.b, c; counter a.n : up on create a; "
         "attribute c.k : int 0..9 optional; attribute c.e : { x, y } optional; }\n" PARAM CLAUSES,
    HEAD "vocabulary { subject user, robot; role owner; action read, create; resource a, a.b, c; counter a.n : up on read a; "
         "attribute c.k : int 0..9 optional; attribute c.e : { x, y } optional; }\n" PARAM CLAUSES,
    HEAD WORDS "vocabulary { role some = owner; }\n" PARAM CLAUSES,
    HEAD WORDS PARAM CLAUSES "routes { credential user when header.key is present; }\n",
};

START_TEST(what_decides_otherwise_has_another_digest)
{
    static char digests[N_ELEMENTS(different) + 1][65];
    size_t n = N_ELEMENTS(different);

    for (size_t i = 0; i < n; i++)
        digest_of(different[i], NULL, digests[i]);
    digest_of(plain, "5", digests[n]);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strcmp(digests[i], digests[j]) != 0, "%zu and %zu have one digest", i, j);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");
    SRunner *runner = srunner_create(suite);
    int n_run;
    int n_failed;

    tcase_add_loop_test(tests, digests_are_those_of_the_standard, 0, (int)N_ELEMENTS(vectors));
    tcase_add_test(tests, pieces_make_no_difference);
    tcase_add_loop_test(tests, what_decides_alike_has_one_digest, 0, (int)N_ELEMENTS(same));
    tcase_add_loop_test(tests, what_is_declared_later_counts, 0, (int)N_ELEMENTS(later));
    tcase_add_test(tests, what_decides_otherwise_has_another_digest);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
