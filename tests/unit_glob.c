/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/glob.c: what matches, by hand and against a recursive matcher that reads the pattern itself, and what is refused.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "glob.h"
#include "mem.h"

static struct glob
compiled(struct arena *arena, const char *pattern)
{
    struct glob glob;
    size_t at;

    ck_assert_msg(glob_compile(&glob, arena, str_of(pattern), &at) == GLOB_FINE, "'%s' is refused", pattern);
    return glob;
}

static const struct {
    const char *pattern;
    const char *text;
    bool matches;
} cases[] = {
    { "", "", true },
    { "", "a", false },
    { "abc", "abc", true },
    { "abc", "ab", false },
    { "abc", "abcd", false },
    { "abc", "ABC", false },
    { "*", "", true },
    { "*", "anything", true },
    { "**", "", true },
    { "a*", "a", true },
    { "a*", "ba", false },
    { "*a", "ba", true },
    { "*a", "ab", false },
    { "*ab", "aab", true },
    { "*ab", "abab", true },
    { "*aab*", "aaaab", true },
    { "a*b*c", "a-b-b-c", true },
    { "a*b*c", "a-c-b", false },
    { "a**b", "ab", true },
    { "?", "", false },
    { "?", "a", true },
    { "?", "ab", false },
    { "?*", "", false },
    { "*?", "abc", true },
    { "*??", "a", false },
    { "?", "\xc3\xa9", true },
    { "??", "\xc3\xa9", false },
    { "?", "e\xcc\x81", false }, /* two code points */
    { "??", "e\xcc\x81", true },
    { "?", "\xe2\x82\xac", true },
    { "?", "\xf0\x9f\x98\x80", true },
    { "\xc3\xa9*", "\xc3\xa9t\xc3\xa9", true },
    { "*\xa9", "\xc3\xa9", false }, /* half a character is none */
    { "[a-c]", "b", true },
    { "[a-c]", "d", false },
    { "[!a-c]", "b", false },
    { "[!a-c]", "d", true },
    { "[!a-c]", "", false },
    { "[!a-c]", "\xc3\xa9", true },
    { "[^a]", "^", true },
    { "[^a]", "b", false },
    { "[a!]", "!", true },
    { "[]]", "]", true },
    { "[]a]", "a", true },
    { "[!]]", "]", false },
    { "[!]]", "a", true },
    { "[]-a]", "^", true },
    { "[-a]", "-", true },
    { "[a-]", "-", true },
    { "[a-]", "b", false },
    { "[!-a]", "-", false },
    { "[!a-]", "-", false },
    { "[-]", "-", true },
    { "[--0]", ".", true },
    { "[+--]", ",", true },
    { "[a-c-]", "-", true },
    { "[*]", "*", true },
    { "[*]", "a", false },
    { "[?]", "?", true },
    { "[[]", "[", true },
    { "]", "]", true },
    { "-", "-", true },
    { "!", "!", true },
    { "\\*", "\\anything", true },
    { "\\*", "*", false },
    { "[\\]", "\\", true },
    { "[\xc3\xa0-\xc3\xb6]", "\xc3\xa9", true },
    { "[\xc3\xa0-\xc3\xb6]", "\xc3\xb7", false },
    { "[\xc3\xa0-\xc3\xb6]", "\xa0", false },
    { "[a-\xf4\x8f\xbf\xbf]", "\xf4\x8f\xbf\xbf", true },
    { "[a-z]*[0-9]", "stack-7", true },
    { "[a-z]*[0-9]", "stack-7a", false },
    { "[aaaaa]", "a", true },
    { "[c-ea-b]", "b", true },
    { "[a-cd-fx]", "e", true },
    { "[a-cd-fx]", "g", false },
    { "[a-mg-z]", "n", true },
    { "[b-ya-z]", "z", true },
};

START_TEST(cases_by_hand)
{
    struct arena arena;
    struct glob glob;

    arena_init(&arena, NULL, SIZE_MAX);
    glob = compiled(&arena, cases[_i].pattern);
    ck_assert_msg(glob_matches(&glob, str_of(cases[_i].text)) == cases[_i].matches, "'%s' and '%s'", cases[_i].pattern,
                  cases[_i].text);
    arena_free(&arena);
}
END_TEST

static const struct {
    const char *pattern;
    enum glob_fault fault;
    size_t at;
} refused[] = {
    { "[", GLOB_UNCLOSED, 0 },
    { "a[", GLOB_UNCLOSED, 1 },
    { "[]", GLOB_UNCLOSED, 0 },
    { "[!", GLOB_UNCLOSED, 0 },
    { "[!]", GLOB_UNCLOSED, 0 },
    { "[a]x[bc", GLOB_UNCLOSED, 4 },
    { "[a-", GLOB_UNCLOSED, 0 },
    { "[a-c", GLOB_UNCLOSED, 0 },
    { "\xc3\xa9[\xc3\xa9", GLOB_UNCLOSED, 2 },
    { "[z-a]", GLOB_RANGE, 1 },
    { "x[!bz-a]", GLOB_RANGE, 4 },
    { "[a--]", GLOB_RANGE, 1 },
    { "[\xc3\xa9-e]", GLOB_RANGE, 1 },
    { "[a-c-e]", GLOB_STRAY_DASH, 4 },
    { "[!a-c-e]", GLOB_STRAY_DASH, 5 },
    { "[a-c--]", GLOB_STRAY_DASH, 4 },
};

START_TEST(mistakes_are_refused)
{
    struct glob glob = { .n_items = 42 };
    struct arena arena;
    size_t at = 99;

    arena_init(&arena, NULL, SIZE_MAX);
    ck_assert_msg(glob_compile(&glob, &arena, str_of(refused[_i].pattern), &at) == refused[_i].fault, "'%s'", refused[_i].pattern);
    ck_assert_uint_eq(at, refused[_i].at);
    ck_assert_uint_eq(glob.n_items, 42);
    arena_free(&arena);
}
END_TEST

START_TEST(classes_have_one_form)
{
    static const char *const forms[] = { "[a-fx]", "[xa-f]", "[a-cd-fx]", "[fedxcba]", "[a-fa-fxb]", "[b-fxaa-e]", "[xa-cb-f]" };
    struct arena arena;
    struct glob first;

    arena_init(&arena, NULL, SIZE_MAX);
    first = compiled(&arena, forms[0]);
    ck_assert_uint_eq(first.n_ranges, 2);
    for (size_t i = 1; i < N_ELEMENTS(forms); i++) {
        struct glob glob = compiled(&arena, forms[i]);

        ck_assert_msg(glob.n_items == 1 && glob.n_classes == 1 && glob.n_ranges == 2, "%s", forms[i]);
        ck_assert_int_eq(memcmp(glob.items, first.items, sizeof *glob.items), 0);
        ck_assert_int_eq(memcmp(glob.classes, first.classes, sizeof *glob.classes), 0);
        ck_assert_int_eq(memcmp(glob.ranges, first.ranges, 2 * sizeof *glob.ranges), 0);
    }
    ck_assert_uint_eq(compiled(&arena, "a***b**").n_items, 4);
    arena_free(&arena);
}
END_TEST

/* ---- against a naive matcher -------------------------------------------------------------------------------------------- */

/* Texts of these tests are made of these characters, which need one to four bytes. */
static const struct {
    uint32_t code;
    const char *text;
} letters[] = {
    { 'a', "a" }, { 'b', "b" }, { 'c', "c" }, { '-', "-" }, { ']', "]" }, { '!', "!" },
    { 0xE9, "\xc3\xa9" }, { 0x20AC, "\xe2\x82\xac" }, { 0x1F600, "\xf0\x9f\x98\x80" },
};

/* One element of a pattern of these tests. */
struct element {
    char kind; /* '*', '?', '[', or 'x' for a literal */
    bool others;
    uint32_t members; /* a bit for each of 'letters' */
};

struct random_glob {
    struct element elements[8];
    uint32_t n;
    char text[256];
};

static uint32_t
random_below(uint64_t *state, uint32_t n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % n;
}

/* Writes members in an order that the rules allow: ']' first, '-' last; sometimes with a range. */
static void
write_class(struct element *element, char *p, uint64_t *state)
{
    uint32_t wanted = element->members;
    bool dash = (wanted & 8) != 0, bracket = (wanted & 16) != 0;

    strcat(p, element->others ? "[!" : "[");
    if (bracket)
        strcat(p, "]");
    if (!element->others && !bracket)
        wanted &= ~(uint32_t)32; /* '!' must not come first */
    element->members = wanted;
    if ((wanted & 7) == 7 && random_below(state, 2) == 0) {
        strcat(p, "a-c");
        wanted &= ~(uint32_t)7;
    }
    for (uint32_t k = 0; k < N_ELEMENTS(letters); k++)
        if (k != 3 && k != 4 && (wanted & 1u << k) != 0)
            strcat(p, letters[k].text);
    strcat(p, dash ? "-]" : "]");
}

static void
make_glob(struct random_glob *glob, uint64_t *state, uint32_t n_max, uint32_t n_letters)
{
    glob->n = random_below(state, n_max + 1);
    glob->text[0] = '\0';
    for (uint32_t k = 0; k < glob->n; k++) {
        struct element *element = &glob->elements[k];
        uint32_t letter = random_below(state, n_letters);

        *element = (struct element){ "x*?[*x"[random_below(state, 6)], random_below(state, 2) != 0, 0 };
        if (element->kind == '[') {
            element->members = 1 + random_below(state, (1u << n_letters) - 1);
            if ((element->members & ~(uint32_t)32) == 0)
                element->members = 1;
            write_class(element, glob->text + strlen(glob->text), state);
        } else if (element->kind == 'x') {
            element->members = 1u << letter;
            strcat(glob->text, letters[letter].text);
        } else {
            strcat(glob->text, element->kind == '*' ? "*" : "?");
        }
    }
}

static bool
naive_matches(const struct element *elements, uint32_t n, const uint32_t *text, uint32_t n_text)
{
    if (n == 0)
        return n_text == 0;
    if (elements->kind == '*')
        return naive_matches(elements + 1, n - 1, text, n_text)
               || (n_text != 0 && naive_matches(elements, n, text + 1, n_text - 1));
    if (n_text == 0)
        return false;
    if (elements->kind != '?' && ((elements->members >> text[0] & 1) != 0) == (elements->kind == '[' && elements->others))
        return false;
    return naive_matches(elements + 1, n - 1, text + 1, n_text - 1);
}

START_TEST(matching_is_what_a_naive_matcher_says)
{
    uint64_t state = 7;
    uint32_t n_matched = 0, n_tried = 0;

    for (int round = 0; round < 10000; round++) {
        uint32_t n_letters = round % 2 == 0 ? 2 : (uint32_t)N_ELEMENTS(letters);
        struct random_glob random;
        struct glob glob;
        struct arena arena;

        arena_init(&arena, NULL, SIZE_MAX);
        make_glob(&random, &state, 8, n_letters);
        glob = compiled(&arena, random.text);
        for (int k = 0; k < 20; k++, n_tried++) {
            uint32_t n = random_below(&state, 10), text[10];
            char bytes[64] = "";
            bool matches;

            for (uint32_t i = 0; i < n; i++) {
                text[i] = random_below(&state, n_letters);
                strcat(bytes, letters[text[i]].text);
            }
            matches = glob_matches(&glob, str_of(bytes));
            n_matched += matches;
            ck_assert_msg(matches == naive_matches(random.elements, random.n, text, n), "'%s' and '%s'", random.text, bytes);
        }
        arena_free(&arena);
    }
    ck_assert_uint_gt(n_matched, n_tried / 10);
    ck_assert_uint_lt(n_matched, n_tried / 10 * 9);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_survived)
{
    static const char *const patterns[] = { "*", "?*?", "*[!a]", "[a-z]*", "*\xc3\xa9?", "????????" };
    uint64_t state = 3;

    for (size_t k = 0; k < N_ELEMENTS(patterns); k++) {
        struct arena arena;
        struct glob glob;

        arena_init(&arena, NULL, SIZE_MAX);
        glob = compiled(&arena, patterns[k]);
        for (int round = 0; round < 2000; round++) {
            size_t n = random_below(&state, 12);
            char *text = malloc(n + 1);

            ck_assert_ptr_nonnull(text);
            for (size_t i = 0; i < n; i++)
                text[1 + i] = (char)(random_below(&state, 3) == 0 ? 'a' : 0xBF + random_below(&state, 0x41));
            glob_matches(&glob, (struct str){ text + 1, n });
            free(text);
        }
        arena_free(&arena);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("glob");
    TCase *tests = tcase_create("glob");
    SRunner *runner = srunner_create(suite);
    int n_run;
    int n_failed;

    tcase_add_loop_test(tests, cases_by_hand, 0, (int)N_ELEMENTS(cases));
    tcase_add_loop_test(tests, mistakes_are_refused, 0, (int)N_ELEMENTS(refused));
    tcase_add_test(tests, classes_have_one_form);
    tcase_add_test(tests, matching_is_what_a_naive_matcher_says);
    tcase_add_test(tests, bytes_that_are_no_text_are_survived);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
