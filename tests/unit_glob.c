/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/globs.c: what matches, by hand and against a recursive matcher that reads the pattern itself, and what is
 * refused; which strings are found, by hand and against all short strings.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "globs.h"
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
    { "[a-c-", GLOB_UNCLOSED, 0 },
    { "[!a-c-e]", GLOB_STRAY_DASH, 5 },
    { "[a-c--]", GLOB_STRAY_DASH, 4 },
};

START_TEST(mistakes_are_refused)
{
    struct glob glob = { .n_items = 42 };
    struct arena arena;
    size_t at = 99;

    arena_init(&arena, NULL, SIZE_MAX);
    ck_assert_msg(glob_compile(&glob, &arena, str_of(refused[_i].pattern), &at) == refused[_i].fault, "'%s'",
                  refused[_i].pattern);
    ck_assert_uint_eq(at, refused[_i].at);
    ck_assert_uint_eq(glob.n_items, 42);
    arena_free(&arena);
}
END_TEST

START_TEST(classes_have_one_form)
{
    static const char *const forms[] = { "[a-fx]", "[xa-f]", "[a-cd-fx]", "[fedxcba]", "[a-fa-fxb]", "[b-fxaa-e]" };
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

/* ---- finding strings ---------------------------------------------------------------------------------------------------- */

enum { WISHES_MAX = 6, FORBIDDEN_MAX = 8, WANTED_MAX = 16, NO_LIMIT = 100000000 };

/* Wishes are patterns; '!' and a space in front say that they must not match.  Results are in quotes. */
static const struct {
    const char *wishes[WISHES_MAX];
    const char *forbidden[FORBIDDEN_MAX];
    uint32_t n_wanted;
    const char *answer;
} solved[] = {
    { { NULL }, { NULL }, 3, "'' 'a' 'b'" },
    { { NULL }, { "", "a", "c" }, 2, "'b' 'd'" },
    { { "*" }, { NULL }, 1, "''" },
    { { "*" }, { "" }, 1, "'a'" },
    { { "prod-*" }, { NULL }, 2, "'prod-' 'prod-a'" },
    { { "prod-*" }, { "prod-" }, 2, "'prod-a' 'prod-b'" },
    { { "prod-*" }, { "dev", "", "prod" }, 1, "'prod-'" },
    { { "prod-*", "*-eu" }, { NULL }, 2, "'prod-eu' 'prod--eu'" },
    { { "prod-*", "! prod-[a-z]*", "! prod-" }, { NULL }, 2, "'prod-A' 'prod-B'" },
    { { "prod-*", "dev-*" }, { NULL }, 1, "none" },
    { { "prod-*", "! prod*" }, { NULL }, 1, "none" },
    { { "prod-*", "! *-*" }, { NULL }, 1, "none" },
    { { "*", "! ?*" }, { NULL }, 2, "''" },
    { { "! *" }, { NULL }, 1, "none" },
    { { "! ?*" }, { "" }, 1, "none" },
    { { "[a-c]" }, { NULL }, 5, "'a' 'b' 'c'" },
    { { "[a-c]" }, { "b" }, 5, "'a' 'c'" },
    { { "[a-c]" }, { "b", "a", "c" }, 1, "none" },
    { { "[a-c]" }, { "b", "b", "b" }, 2, "'a' 'c'" },
    { { "[!a-z]" }, { NULL }, 1, "'A'" },
    { { "[!a-zA-Z]" }, { NULL }, 1, "'0'" },
    { { "[!a-zA-Z0-9]" }, { NULL }, 1, "'-'" },
    { { "[!\x01-~]" }, { NULL }, 2, "'\xc3\x80' '\xc3\x81'" },
    { { "[\x01-\x1f\xc3\xa9]" }, { NULL }, 1, "'\xc3\xa9'" },
    { { "[\x01- ]" }, { NULL }, 2, "' ' '\x01'" },
    { { "[\xef\xbf\xbe\x01]" }, { NULL }, 3, "'\x01' '\xef\xbf\xbe'" },
    { { "[!\x01-\xf4\x8f\xbf\xbf]" }, { NULL }, 1, "none" },                       /* only U+0000 is left */
    { { "[\xed\x9f\xbf-\xee\x80\x80]" }, { NULL }, 5, "'\xed\x9f\xbf' '\xee\x80\x80'" }, /* surrogates lie between */
    { { "\xf0\x9f\x98\x80?" }, { NULL }, 1, "'\xf0\x9f\x98\x80" "a'" },
    { { "?", "! [!\xe2\x82\xac]" }, { NULL }, 2, "'\xe2\x82\xac'" },
    { { "a*b", "*aa*", "*bb" }, { NULL }, 2, "'aabb' 'aaabb'" },
    { { "??", "! a?", "! ?a", "! [!ab]?", "! ?[!ab]" }, { NULL }, 2, "'bb'" },
};

struct solution {
    enum glob_answer answer;
    struct str found[WANTED_MAX];
    uint32_t n;
    uint64_t steps;
};

static struct solution
solve(struct arena *arena, const char *const patterns[], uint32_t n_patterns, const char *const texts[], uint32_t n_texts,
      uint32_t n_wanted, uint64_t limit)
{
    struct glob globs[WISHES_MAX];
    struct glob_wish wishes[WISHES_MAX];
    struct str forbidden[FORBIDDEN_MAX];
    struct solution solution = { .steps = 0 };

    for (uint32_t k = 0; k < n_patterns; k++) {
        bool yes = strncmp(patterns[k], "! ", 2) != 0;

        globs[k] = compiled(arena, patterns[k] + (yes ? 0 : 2));
        wishes[k] = (struct glob_wish){ &globs[k], yes };
    }
    for (uint32_t k = 0; k < n_texts; k++)
        forbidden[k] = str_of(texts[k]);
    solution.answer = glob_solve(arena, wishes, n_patterns, forbidden, n_texts, n_wanted, solution.found, &solution.n,
                                 &solution.steps, limit);
    ck_assert_uint_le(solution.steps, limit);
    ck_assert_uint_le(solution.n, n_wanted);
    ck_assert(solution.answer == GLOB_UNFINISHED || (solution.n != 0) == (solution.answer == GLOB_FOUND));

    /* Whatever was found must be as wished. */
    for (uint32_t i = 0; i < solution.n; i++) {
        for (uint32_t k = 0; k < n_patterns; k++)
            ck_assert_msg(glob_matches(&globs[k], solution.found[i]) == wishes[k].yes, "'%s' for '%s'", solution.found[i].p,
                          patterns[k]);
        for (uint32_t k = 0; k < n_texts; k++)
            ck_assert_msg(!str_equal(forbidden[k], solution.found[i]), "'%s' is forbidden", texts[k]);
        for (uint32_t k = 0; k < i; k++)
            ck_assert_msg(!str_equal(solution.found[k], solution.found[i]), "'%s' is found twice", solution.found[i].p);
    }
    return solution;
}

static uint32_t
count(const char *const texts[], uint32_t max)
{
    uint32_t n = 0;

    while (n < max && texts[n] != NULL)
        n++;
    return n;
}

START_TEST(strings_are_found)
{
    struct arena arena;
    struct solution solution;
    char text[256] = "";

    arena_init(&arena, NULL, SIZE_MAX);
    solution = solve(&arena, solved[_i].wishes, count(solved[_i].wishes, WISHES_MAX), solved[_i].forbidden,
                     count(solved[_i].forbidden, FORBIDDEN_MAX), solved[_i].n_wanted, NO_LIMIT);
    ck_assert_int_ne(solution.answer, GLOB_UNFINISHED);
    for (uint32_t i = 0; i < solution.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s'%s'", i != 0 ? " " : "", solution.found[i].p);
    ck_assert_str_eq(solution.answer == GLOB_NONE ? "none" : text, solved[_i].answer);
    arena_free(&arena);
}
END_TEST

START_TEST(a_limit_ends_the_search_and_proves_nothing)
{
    static const char *const patterns[] = { "*a?b*", "! ?a*", "*[0-9]" }, *const texts[] = { "aab0" };
    struct arena arena;
    struct solution whole;

    arena_init(&arena, NULL, SIZE_MAX);
    whole = solve(&arena, patterns, 3, texts, 1, 5, NO_LIMIT);
    ck_assert_int_eq(whole.answer, GLOB_FOUND);
    ck_assert_uint_eq(whole.n, 5);
    arena_free(&arena);
    for (uint64_t limit = 0; limit <= whole.steps; limit++) {
        struct solution cut = solve(&arena, patterns, 3, texts, 1, 5, limit);

        ck_assert_int_eq(cut.answer, limit == whole.steps ? GLOB_FOUND : GLOB_UNFINISHED);
        arena_free(&arena);
    }
}
END_TEST

/* Policies cannot say U+0000, but a pattern is bytes. */
START_TEST(the_first_character_is_one)
{
    struct arena arena;
    struct glob glob;
    size_t at;

    arena_init(&arena, NULL, 1 << 20);
    ck_assert_int_eq(glob_compile(&glob, &arena, (struct str){ "[!\0-m]", 6 }, &at), GLOB_FINE);
    ck_assert(glob_matches(&glob, STR("n")) && !glob_matches(&glob, STR("m")) && !glob_matches(&glob, (struct str){ "", 1 }));
    arena_free(&arena);
}
END_TEST

START_TEST(what_explodes_is_given_up)
{
    static const char *const patterns[] = { "*a???????????????????????", "! *a???????????????????????" };
    struct arena arena;
    struct glob glob;
    struct str found;
    uint32_t n = 0;
    uint64_t steps;

    arena_init(&arena, NULL, 64 << 20);
    ck_assert_int_eq(solve(&arena, patterns, 2, NULL, 0, 1, 1 << 18).answer, GLOB_UNFINISHED);
    /* More steps were made already than there may be. */
    steps = 2;
    glob = compiled(&arena, "a");
    ck_assert_int_eq(glob_solve(&arena, &(struct glob_wish){ &glob, true }, 1, NULL, 0, 1, &found, &n, &steps, 1), GLOB_UNFINISHED);
    ck_assert_uint_eq(steps, 2);
    arena_free(&arena);
}
END_TEST

START_TEST(long_patterns_are_solved)
{
    char pattern[400] = "! ";
    const char *patterns[] = { pattern + 2, pattern, "*" };
    struct arena arena;
    struct solution solution;

    for (uint32_t k = 0; k < 300; k++)
        pattern[2 + k] = "ab*?"[k * 7 % 11 % 4];
    arena_init(&arena, NULL, SIZE_MAX);
    solution = solve(&arena, patterns, 1, NULL, 0, 2, NO_LIMIT);
    ck_assert_uint_eq(solution.n, 2);
    ck_assert_int_eq(solve(&arena, patterns, 2, NULL, 0, 1, NO_LIMIT).answer, GLOB_NONE);
    patterns[0] = "*";
    ck_assert_int_eq(solve(&arena, patterns, 2, NULL, 0, 1, NO_LIMIT).answer, GLOB_FOUND);
    arena_free(&arena);
}
END_TEST

/* All strings of at most SHORT_MAX of the letters a, b and c, shorter ones first: 1 + 3 + 9 + 27 + 81 + 243. */
enum { SHORT_MAX = 5, N_SHORT = 364 };

static void
list_short(char texts[N_SHORT][SHORT_MAX + 1])
{
    uint32_t n = 1, begin = 0;

    texts[0][0] = '\0';
    while (n < N_SHORT) {
        for (uint32_t end = n; begin < end; begin++)
            for (int k = 0; k < 3; k++)
                snprintf(texts[n++], SHORT_MAX + 1, "%.4s%c", texts[begin], "abc"[k]);
    }
}

/* The first wish leaves only texts of the letters a, b and c behind the prefix, and in every other round the second wish only
 * those that are listed.  In a third of the rounds a long prefix stands before everything, so that vectors have more than one
 * word.  */
START_TEST(all_short_strings_are_found)
{
    static char short_texts[N_SHORT][SHORT_MAX + 1];
    uint64_t state = 11;
    uint32_t n_none = 0, n_all = 0, n_some = 0;

    list_short(short_texts);
    for (int round = 0; round < 3000; round++) {
        char prefix[64] = "", patterns[WISHES_MAX][400], texts[FORBIDDEN_MAX][80];
        const char *wishes[WISHES_MAX], *forbidden[FORBIDDEN_MAX];
        uint32_t n_wishes = 3 + random_below(&state, 3), n_forbidden = random_below(&state, FORBIDDEN_MAX + 1);
        uint32_t n_wanted = 1 + random_below(&state, WANTED_MAX), n = 0;
        bool all = round % 2 == 0;
        struct arena arena;
        struct solution solution;
        struct glob globs[WISHES_MAX];
        size_t longest = 0;

        if (round % 3 == 0)
            memset(prefix, 'a', 61);
        prefix[round % 3 == 0 ? 61 : 0] = '\0';
        snprintf(patterns[0], sizeof patterns[0], "! *[!abc]*");
        snprintf(patterns[1], sizeof patterns[1], all ? "! %s??????*" : "! %s[!abc]*", prefix);
        snprintf(patterns[2], sizeof patterns[2], "%s*", prefix);
        for (uint32_t k = 3; k < n_wishes; k++) {
            struct random_glob random;

            make_glob(&random, &state, 5, 3);
            snprintf(patterns[k], sizeof patterns[k], "%s%s%s", random_below(&state, 2) == 0 ? "! " : "", prefix, random.text);
        }
        for (uint32_t k = 0; k < n_wishes; k++)
            wishes[k] = patterns[k];
        for (uint32_t k = 0; k < n_forbidden; k++) {
            snprintf(texts[k], sizeof texts[k], "%s%.5s", prefix, short_texts[random_below(&state, k % 2 == 0 ? 13 : N_SHORT)]);
            forbidden[k] = texts[k];
        }
        arena_init(&arena, NULL, SIZE_MAX);
        for (uint32_t k = 3; k < n_wishes; k++)
            globs[k] = compiled(&arena, patterns[k] + (patterns[k][0] != '!' ? 0 : 2));
        solution = solve(&arena, wishes, n_wishes, forbidden, n_forbidden, n_wanted, NO_LIMIT);
        ck_assert_int_ne(solution.answer, GLOB_UNFINISHED);

        /* The n-th answer is as long as the n-th listed string that is one. */
        for (uint32_t i = 0; i < N_SHORT && n < n_wanted; i++) {
            char text[80];
            bool fine = true;

            snprintf(text, sizeof text, "%s%.5s", prefix, short_texts[i]);
            for (uint32_t k = 3; k < n_wishes && fine; k++)
                fine = glob_matches(&globs[k], str_of(text)) == (patterns[k][0] != '!');
            for (uint32_t k = 0; k < n_forbidden && fine; k++)
                fine = strcmp(text, texts[k]) != 0;
            if (!fine)
                continue;
            ck_assert_msg(n < solution.n, "'%s' is not found", text);
            ck_assert_uint_eq(solution.found[n++].n, strlen(text));
        }
        for (uint32_t i = n; i < solution.n; i++) {
            ck_assert_uint_gt(solution.found[i].n, strlen(prefix) + SHORT_MAX);
            ck_assert_uint_ge(solution.found[i].n, longest);
            longest = solution.found[i].n;
        }
        ck_assert(!all || n == solution.n);
        n_none += solution.n == 0;
        n_all += solution.n == n_wanted;
        n_some += solution.n != 0 && solution.n < n_wanted;
        arena_free(&arena);
    }
    ck_assert_msg(n_none > 100 && n_all > 100 && n_some > 100, "%u none, %u all, %u some", n_none, n_all, n_some);
}
END_TEST

/* Patterns of all letters, without bounds: what a listed string can do, a string that is found does no later. */
START_TEST(nothing_shorter_is_overlooked)
{
    uint64_t state = 5;

    for (int round = 0; round < 2000; round++) {
        struct random_glob random[3];
        const char *wishes[3];
        char patterns[3][300];
        struct glob globs[3];
        struct arena arena;
        struct solution solution;

        arena_init(&arena, NULL, SIZE_MAX);
        for (uint32_t k = 0; k < 3; k++) {
            make_glob(&random[k], &state, 5, (uint32_t)N_ELEMENTS(letters));
            snprintf(patterns[k], sizeof patterns[k], "%s%s", k != 0 ? "! " : "", random[k].text);
            wishes[k] = patterns[k];
            globs[k] = compiled(&arena, random[k].text);
        }
        solution = solve(&arena, wishes, 3, NULL, 0, 1, NO_LIMIT);
        ck_assert_int_ne(solution.answer, GLOB_UNFINISHED);
        for (int k = 0; k < 300; k++) {
            uint32_t n = random_below(&state, 6), n_found = 0;
            char text[64] = "";

            for (uint32_t i = 0; i < n; i++)
                strcat(text, letters[random_below(&state, (uint32_t)N_ELEMENTS(letters))].text);
            if (!glob_matches(&globs[0], str_of(text)) || glob_matches(&globs[1], str_of(text))
                || glob_matches(&globs[2], str_of(text)))
                continue;
            ck_assert_msg(solution.answer == GLOB_FOUND, "'%s' is an answer", text);
            for (size_t i = 0; i < solution.found[0].n; i++)
                n_found += ((unsigned char)solution.found[0].p[i] & 0xC0) != 0x80;
            ck_assert_msg(n_found <= n, "'%s' is shorter than '%s'", text, solution.found[0].p);
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

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, cases_by_hand, 0, (int)N_ELEMENTS(cases));
    tcase_add_loop_test(tests, mistakes_are_refused, 0, (int)N_ELEMENTS(refused));
    tcase_add_test(tests, classes_have_one_form);
    tcase_add_test(tests, matching_is_what_a_naive_matcher_says);
    tcase_add_test(tests, bytes_that_are_no_text_are_survived);
    tcase_add_loop_test(tests, strings_are_found, 0, (int)N_ELEMENTS(solved));
    tcase_add_test(tests, a_limit_ends_the_search_and_proves_nothing);
    tcase_add_test(tests, what_explodes_is_given_up);
    tcase_add_test(tests, the_first_character_is_one);
    tcase_add_test(tests, long_patterns_are_solved);
    tcase_add_test(tests, all_short_strings_are_found);
    tcase_add_test(tests, nothing_shorter_is_overlooked);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
