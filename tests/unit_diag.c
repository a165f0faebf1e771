/* SPDX-License-Identifier: MIT
 *
 * Diagnostics and suggestions.  Most tests report into a handle, seal it and compare the whole text that is written; what a
 * terminal would show is what stands in the strings.  Only the codes UNKNOWN_NAME, DUPLICATE_LABEL, EXPECTED (errors) and
 * COVERED (a warning) are used, and the limit's own through diag_limit().
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "../grammar/diag.h"

/* An allocator that counts, and refuses once 'left' is used up. */
struct counter {
    size_t calls;
    size_t held;
    size_t left;
};

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define AIR "          " /* ten columns */

static struct settings settings;
static struct arena arena; /* of the settings */
static struct counter counter;
static struct rck_diagnostics *d;
static char written[1 << 20];
static size_t n_written;

static void *
count_alloc(size_t size, void *ctx)
{
    struct counter *c = ctx;

    c->calls++;
    if (c->left == 0)
        return NULL;
    c->left--;
    c->held++;
    return malloc(size);
}

static void *
count_resize(void *old, size_t size, void *ctx)
{
    struct counter *c = ctx;

    c->calls++;
    return realloc(old, size);
}

static void
count_release(void *p, void *ctx)
{
    struct counter *c = ctx;

    c->held--;
    free(p);
}

static const struct rck_allocator counting = { count_alloc, count_resize, count_release, &counter };

static void
setup(void)
{
    static const uint64_t limits[N_LIMITS] = {
#define LIMIT(symbol, name, value, meaning) [LIMIT_##symbol] = (value),
        RCK_LIMITS(LIMIT)
#undef LIMIT
    };

    counter = (struct counter){ .left = SIZE_MAX };
    settings = (struct settings){ .hash_seed = 1 };
    memcpy(settings.limits, limits, sizeof limits);
    arena_init(&arena, NULL, SIZE_MAX);
    ck_assert_int_eq(diagnostics_new(&counting, &settings, &d), RCK_OK);
}

static void
teardown(void)
{
    rck_diagnostics_free(d);
    ck_assert_uint_eq(counter.held, 0);
    arena_free(&arena);
}

/* Starts anew with the settings as they are by now. */
static void
restart(void)
{
    rck_diagnostics_free(d);
    ck_assert_int_eq(diagnostics_new(&counting, &settings, &d), RCK_OK);
}

static void
set_warning(enum code code, enum rck_warning what)
{
    while (settings.warnings.n <= (uint32_t)code)
        *vec_push(&arena, &settings.warnings) = RCK_WARNING_ON;
    settings.warnings.items[code] = (uint8_t)what;
}

static struct source *
add_bytes(const char *path, const char *text, size_t n)
{
    bool too_large = true;
    struct source *source = diags_add_source(&d->diags, str_of(path), (struct str){ text, n }, &too_large);

    ck_assert_ptr_nonnull(source);
    ck_assert(!too_large);
    return source;
}

static struct source *
add(const char *path, const char *text)
{
    return add_bytes(path, text, strlen(text));
}

/* Returns the span of the first WHAT in SOURCE. */
static struct span
find(const struct source *source, const char *what)
{
    const char *p = strstr(source->text, what);
    uint32_t begin;

    ck_assert_ptr_nonnull(p);
    begin = source->base + (uint32_t)(p - source->text);
    return (struct span){ begin, begin + (uint32_t)strlen(what) };
}

static bool
keep(void *arg, const char *text, size_t size)
{
    ck_assert_ptr_eq(arg, &n_written);
    ck_assert_uint_lt(n_written + size, sizeof written);
    memcpy(written + n_written, text, size);
    n_written += size;
    return true;
}

/* Seals the handle, if it is not, and returns what it writes; writing allocates nothing. */
static const char *
render(int flags)
{
    size_t calls;

    ck_assert_int_eq(diagnostics_seal(d), RCK_OK);
    calls = counter.calls;
    n_written = 0;
    ck_assert(rck_diagnostics_write(d, flags, keep, &n_written));
    ck_assert_uint_eq(counter.calls, calls);
    written[n_written] = '\0';
    ck_assert_uint_eq(strlen(written), n_written);
    return written;
}

/* ---- the examples of the manual ----------------------------------------------------------------------------------------- */

START_TEST(test_simple)
{
    struct source *s = add("tokens.rules", "a: b;\ntoken_creation: only owner, amdin may create tokens.management;\n");
    struct diag *r = diag_report(&d->diags, CODE_UNKNOWN_NAME, find(s, "amdin"), "unknown role '%s'", "amdin");
    const struct rck_diagnostic *public;

    diag_label(&d->diags, r, "not a role of this vocabulary");
    diag_note(&d->diags, r, "the roles are %s and %s", "owner", "admin");
    diag_help(&d->diags, r, "did you mean '%s'?", "admin");
    ck_assert_str_eq(render(0), "tokens.rules:2:29: error: unknown role 'amdin' [unknown-name]\n"
                                "    2 | token_creation: only owner, amdin may create tokens.management;\n"
                                "      |                             ^~~~~ not a role of this vocabulary\n"
                                "      = note: the roles are owner and admin\n"
                                "      = help: did you mean 'admin'?\n");

    ck_assert_uint_eq(rck_diagnostics_count(d), 1);
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_ERROR), 1);
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_WARNING), 0);
    ck_assert_ptr_null(rck_diagnostics_at(d, 1));
    public = rck_diagnostics_at(d, 0);
    ck_assert_ptr_nonnull(public);
    ck_assert_int_eq(public->severity, RCK_ERROR);
    ck_assert_str_eq(public->id, "unknown-name");
    ck_assert_str_eq(public->file, "tokens.rules");
    ck_assert_str_eq(public->message, "unknown role 'amdin'");
    ck_assert_str_eq(public->help, "did you mean 'admin'?");
    ck_assert_uint_eq(public->line, 2);
    ck_assert_uint_eq(public->column, 29);
    ck_assert_uint_eq(public->end_line, 2);
    ck_assert_uint_eq(public->end_column, 34);
    ck_assert_uint_eq(public->begin, 6 + 28);
    ck_assert_uint_eq(public->end, 6 + 33);
}
END_TEST

START_TEST(test_secondary_on_other_line)
{
    struct source *s = add("tokens.rules", "token_count: limit stack.tokens to 30;\n"
                                           "# again\n"
                                           "token_count: limit stack.tokens to 50;");
    struct span first = find(s, "token_count"), second = { first.begin + 47, first.end + 47 };
    struct diag *r = diag_report(&d->diags, CODE_DUPLICATE_LABEL, second, "clause 'token_count' is stated twice");

    diag_second(&d->diags, r, first, "first stated here");
    ck_assert_str_eq(render(0), "tokens.rules:3:1: error: clause 'token_count' is stated twice [duplicate-label]\n"
                                "    3 | token_count: limit stack.tokens to 50;\n"
                                "      | ^~~~~~~~~~~\n"
                                "    1 | token_count: limit stack.tokens to 30;\n"
                                "      | ~~~~~~~~~~~ first stated here\n");
}
END_TEST

START_TEST(test_empty_range)
{
    struct source *s = add("tokens.rules", "token_count: limit stack.management_tokens to      ;\n");
    struct span at = find(s, ";");
    struct diag *r;

    at.end = at.begin;
    r = diag_report(&d->diags, CODE_EXPECTED, at, "expected a number after 'to', found ';'");
    diag_help(&d->diags, r, "write for example 'limit stack.management_tokens to 30'");
    ck_assert_str_eq(render(0), "tokens.rules:1:52: error: expected a number after 'to', found ';' [expected]\n"
                                "    1 | token_count: limit stack.management_tokens to      ;\n"
                                "      |                                                    ^\n"
                                "      = help: write for example 'limit stack.management_tokens to 30'\n");
}
END_TEST

START_TEST(test_secondary_on_same_line)
{
    struct source *s = add("tokens.rules", "big: deny when asset.size > organization.rate_limit.read;\n");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, find(s, "organization.rate_limit.read"),
                                 "cannot compare bytes with requests per second");

    diag_label(&d->diags, r, "requests per second");
    diag_second(&d->diags, r, find(s, "asset.size"), "bytes");
    ck_assert_str_eq(render(0), "tokens.rules:1:29: error: cannot compare bytes with requests per second [expected]\n"
                                "    1 | big: deny when asset.size > organization.rate_limit.read;\n"
                                "      |                ~~~~~~~~~~   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~ requests per second\n"
                                "      |                bytes\n");
}
END_TEST

START_TEST(test_warning_and_order)
{
    struct source *s = add("a.rules", "one: two;\nthree: four;\n");

    diag_report(&d->diags, CODE_EXPECTED, find(s, "four"), "fourth");
    diag_report(&d->diags, CODE_COVERED, find(s, "three"), "third");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "one"), "first");
    diag_report(&d->diags, CODE_COVERED, find(s, "two"), "second");
    ck_assert_str_eq(render(0), "a.rules:1:1: error: first [expected]\n"
                                "    1 | one: two;\n"
                                "      | ^~~\n"
                                "a.rules:1:6: warning: second [covered]\n"
                                "    1 | one: two;\n"
                                "      |      ^~~\n"
                                "a.rules:2:1: warning: third [covered]\n"
                                "    2 | three: four;\n"
                                "      | ^~~~~\n"
                                "a.rules:2:8: error: fourth [expected]\n"
                                "    2 | three: four;\n"
                                "      |        ^~~~\n");
}
END_TEST

START_TEST(test_sort_many)
{
    uint32_t step = 7919;

    settings.limits[LIMIT_DIAGNOSTICS] = 2000;
    restart();
    add_bytes("a", written, 2048);
    for (uint32_t i = 0, at = 0; i < 1000; i++, at = (at + step) % 1000)
        diag_report(&d->diags, CODE_COVERED, (struct span){ 1 + at, 2 + at }, "x");
    diags_sort(&d->diags);
    ck_assert_uint_eq(d->diags.records.n, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(d->diags.records.items[i]->at.begin, 1 + i);
}
END_TEST

/* ---- marks -------------------------------------------------------------------------------------------------------------- */

/* A range that ends before it begins is empty, and what is too much is left out. */
START_TEST(test_odd_reports)
{
    struct source *s = add("a", "one two\n");
    struct span two = find(s, "two");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, (struct span){ two.begin, two.begin - 2 }, "m");

    for (unsigned i = 0; i <= DIAG_NOTES_MAX; i++)
        diag_note(&d->diags, r, "%u", i);
    ck_assert_str_eq(render(0), "a:1:5: error: m [expected]\n"
                                "    1 | one two\n"
                                "      |     ^\n"
                                "      = note: 0\n"
                                "      = note: 1\n"
                                "      = note: 2\n"
                                "      = note: 3\n");
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_ERROR), 1);
    ck_assert_uint_eq(rck_diagnostics_found(d, (enum rck_severity)(RCK_WARNING + 1)), 0);
}
END_TEST

/* More errors than are compared with a new one: the first is forgotten by then. */
START_TEST(test_many_errors)
{
    settings.limits[LIMIT_DIAGNOSTICS] = 3000;
    restart();
    memset(written, 'x', 2048);
    add_bytes("a", written, 2048);
    for (uint32_t i = 0; i < 1025; i++)
        diag_report(&d->diags, CODE_EXPECTED, (struct span){ 1 + i, 2 + i }, "x");
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ 2, 3 }, "one of the last 1024");
    ck_assert_uint_eq(d->diags.records.n, 1025);
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ 1, 2 }, "not one of them");
    ck_assert_uint_eq(d->diags.records.n, 1026);
}
END_TEST

START_TEST(test_many_marks)
{
    struct source *s = add("a", "aa bb cc dd\n");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, find(s, "bb"), "m");

    diag_label(&d->diags, r, "BB");
    diag_second(&d->diags, r, find(s, "dd"), "DD");
    diag_second(&d->diags, r, find(s, "aa"), "AA");
    diag_second(&d->diags, r, find(s, "cc"), "CC");
    diag_second(&d->diags, r, find(s, "cc"), "too many");
    ck_assert_str_eq(render(0), "a:1:4: error: m [expected]\n"
                                "    1 | aa bb cc dd\n"
                                "      | ~~ ^~ ~~ ~~ DD\n"
                                "      | |  |  CC\n"
                                "      | |  BB\n"
                                "      | AA\n");
}
END_TEST

START_TEST(test_marks_that_touch)
{
    struct source *s = add("a", "aa bbcc dd\nx\n");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, find(s, "bbcc"), "m");

    diag_second(&d->diags, r, find(s, "cc"), "inside");
    diag_second(&d->diags, r, find(s, "aa"), "before");
    diag_second(&d->diags, r, find(s, "x"), "%s", "");
    ck_assert_str_eq(render(0), "a:1:4: error: m [expected]\n"
                                "    1 | aa bbcc dd\n"
                                "      | ~~ ^~~~\n"
                                "      | before\n"
                                "      |      ~~ inside\n"
                                "    2 | x\n"
                                "      | ~\n");
}
END_TEST

START_TEST(test_other_file)
{
    struct source *main_file = add("main.rules", "include \"voc.rules\";\nrole owner;\n");
    struct source *voc = add("voc.rules", "\n  role owner, admin;\n");
    struct diag *r = diag_report(&d->diags, CODE_DUPLICATE_LABEL, find(main_file, "owner"), "'owner' is declared twice");
    const struct rck_diagnostic *public;

    diag_second(&d->diags, r, find(voc, "owner"), "first declared here");
    diag_second(&d->diags, r, find(main_file, "include"), "included here");
    diag_second(&d->diags, r, (struct span){ 0, 0 }, "nowhere");
    diag_report(&d->diags, CODE_EXPECTED, find(voc, "admin"), "second");
    ck_assert_str_eq(render(0), "main.rules:2:6: error: 'owner' is declared twice [duplicate-label]\n"
                                "    2 | role owner;\n"
                                "      |      ^~~~~\n"
                                "   in voc.rules:2:8\n"
                                "    2 |   role owner, admin;\n"
                                "      |        ~~~~~ first declared here\n"
                                "   in main.rules:1:1\n"
                                "    1 | include \"voc.rules\";\n"
                                "      | ~~~~~~~ included here\n"
                                "      = note: nowhere\n"
                                "voc.rules:2:15: error: second [expected]\n"
                                "    2 |   role owner, admin;\n"
                                "      |               ^~~~~\n");
    public = rck_diagnostics_at(d, 1);
    ck_assert_str_eq(public->file, "voc.rules");
    ck_assert_uint_eq(public->begin, 15);
    ck_assert_uint_eq(public->end, 20);
}
END_TEST

START_TEST(test_several_lines)
{
    struct source *s = add("a", "x: deny when a\r\n    and b;\r\ny\n");
    const struct rck_diagnostic *public;

    diag_report(&d->diags, CODE_EXPECTED, find(s, "a\r\n    and b"), "m");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "\n    and"), "line feed");
    ck_assert_str_eq(render(0), "a:1:14: error: m [expected]\n"
                                "    1 | x: deny when a\n"
                                "      |              ^\n"
                                "a:1:16: error: line feed [expected]\n"
                                "    1 | x: deny when a\n"
                                "      |               ^\n");
    public = rck_diagnostics_at(d, 0);
    ck_assert_uint_eq(public->line, 1);
    ck_assert_uint_eq(public->end_line, 2);
    ck_assert_uint_eq(public->end_column, 10);
}
END_TEST

START_TEST(test_end_of_file)
{
    struct source *with = add("with", "a;\n"), *without = add("without", "a;"), *empty = add("empty", "");
    const struct rck_diagnostic *public;

    diag_report(&d->diags, CODE_EXPECTED, (struct span){ with->base + 3, with->base + 3 }, "m");
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ without->base + 2, without->base + 2 }, "m");
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ empty->base, empty->base }, "m");
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ empty->base + 7, empty->base + 9 }, "beyond");
    ck_assert_str_eq(render(0), "with:2:1: error: m [expected]\n"
                                "    2 |\n"
                                "      | ^\n"
                                "without:1:3: error: m [expected]\n"
                                "    1 | a;\n"
                                "      |   ^\n"
                                "empty:1:1: error: m [expected]\n"
                                "    1 |\n"
                                "      | ^\n"
                                "empty:1:1: error: beyond [expected]\n"
                                "    1 |\n"
                                "      | ^\n");
    public = rck_diagnostics_at(d, 1);
    ck_assert_uint_eq(public->begin, 2);
    ck_assert_uint_eq(public->end, 2);
}
END_TEST

START_TEST(test_wide_gutter)
{
    struct source *s;
    struct diag *r;

    memset(written, '\n', 123455);
    memcpy(written + 123455, "here", 4);
    s = add_bytes("a", written, 123459);
    r = diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 123455, s->base + 123459 }, "m");
    diag_second(&d->diags, r, (struct span){ 1, 2 }, "top");
    diag_help(&d->diags, r, "help");
    ck_assert_str_eq(render(0), "a:123456:1: error: m [expected]\n"
                                "123456 | here\n"
                                "       | ^~~~\n"
                                "     1 |\n"
                                "       | ~ top\n"
                                "       = help: help\n");
}
END_TEST

/* ---- characters --------------------------------------------------------------------------------------------------------- */

START_TEST(test_tabs)
{
    struct source *s = add("a", "\tlimit\tx to;\n");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, find(s, "to"), "m");

    diag_second(&d->diags, r, find(s, "limit"), "label");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "limit\tx"), "over a tab");
    ck_assert_str_eq(render(0), "a:1:2: error: over a tab [expected]\n"
                                "    1 | \tlimit\tx to;\n"
                                "      | \t^~~~~~~~~\n"
                                "a:1:10: error: m [expected]\n"
                                "    1 | \tlimit\tx to;\n"
                                "      | \t~~~~~\t  ^~\n"
                                "      | \tlabel\n");
}
END_TEST

START_TEST(test_wide)
{
    /* Two wide letters, one with a combining acute, a wide letter in the range. */
    struct source *s = add("a", "says \"日本e\xcc\x81\" 語x y;\n");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, find(s, "語x"), "found '語x'");

    diag_second(&d->diags, r, find(s, "y;"), "日本");
    ck_assert_str_eq(render(0), "a:1:18: error: found '語x' [expected]\n"
                                "    1 | says \"日本e\xcc\x81\" 語x y;\n"
                                "      |              ^~~ ~~ 日本\n");
}
END_TEST

START_TEST(test_control_bytes)
{
    /* A title of the terminal, a direction, a C1 control, a NUL, half a letter, an overlong slash, a surrogate. */
    static const char text[] = "a \x1b]0;x\x07 \xe2\x80\xae \xc2\x9b \0 \xe6\x97 \xc0\xaf \xed\xa0\x80 \xf3\xa0\x81\x81 end";
    struct source *s = add_bytes("bad\n\x1b[31m", text, sizeof text - 1);
    uint32_t end = s->base + (uint32_t)sizeof text - 1;
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, (struct span){ end - 3, end }, "found '%s' %c\t", "\x1b[2J\xff", 0);

    diag_label(&d->diags, r, "a\nb\xe2\x81\xa6");
    diag_help(&d->diags, r, "\r");
    ck_assert_str_eq(render(0),
                     "bad\\x0a\\x1b[31m:1:34: error: found '\\x1b[2J\\xff' \\x00\\x09 [expected]\n"
                     "    1 | a \\x1b]0;x\\x07 \\u202e \\u009b \\x00 \\xe6\\x97 \\xc0\\xaf \\xed\\xa0\\x80 \\U000e0041 end\n"
                     "      | " AIR AIR AIR AIR AIR AIR AIR "      ^~~ a\\x0ab\\u2066\n"
                     "      = help: \\x0d\n");
    ck_assert_str_eq(rck_diagnostics_at(d, 0)->message, "found '\\x1b[2J\\xff' \\x00\\x09");
}
END_TEST

/* What is no UTF-8, by its second byte alone; and characters behind the last ones that are told apart. */
START_TEST(test_ends_of_unicode)
{
    static const char text[] = "\xe0\x80\x80 \xf0\x8f\xbf\xbf \xf4\x90\x80\x80 \xf4\x8f\xbf\xbd \xf3\xa0\x87\xaf| end";
    struct source *s = add("a", text);

    diag_report(&d->diags, CODE_EXPECTED, find(s, "end"), "\xf4\x90\x80\x80 \xf4\x8f\xbf\xbd");
    ck_assert_str_eq(render(0), "a:1:26: error: \\xf4\\x90\\x80\\x80 \xf4\x8f\xbf\xbd [expected]\n"
                                "    1 | \\xe0\\x80\\x80 \\xf0\\x8f\\xbf\\xbf \\xf4\\x90\\x80\\x80 \xf4\x8f\xbf\xbd \xf3\xa0\x87\xaf| end\n"
                                "      | " AIR AIR AIR AIR AIR " ^~~\n");
}
END_TEST

START_TEST(test_range_on_escape)
{
    struct source *s = add("a", "x \x01\xff y\n");

    diag_report(&d->diags, CODE_EXPECTED, find(s, "\xff"), "m");
    /* The middle of a letter. */
    s = add("b", "x 日y\n");
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 3, s->base + 4 }, "m");
    ck_assert_str_eq(render(0), "a:1:4: error: m [expected]\n"
                                "    1 | x \\x01\\xff y\n"
                                "      |       ^~~~\n"
                                "b:1:4: error: m [expected]\n"
                                "    1 | x 日y\n"
                                "      |   ^~\n");
}
END_TEST

/* ---- long lines --------------------------------------------------------------------------------------------------------- */

/* Fills 'written' with "0123456789..." of N bytes, and returns the source made of it. */
static struct source *
add_digits(size_t n)
{
    for (size_t i = 0; i < n; i++)
        written[i] = (char)('0' + i % 10);
    return add_bytes("a", written, n);
}

START_TEST(test_long_line)
{
    struct source *s = add_digits(1000);
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 500, s->base + 503 }, "m");

    /* The first other place is in sight, the second is not. */
    diag_second(&d->diags, r, (struct span){ s->base + 450, s->base + 451 }, "near");
    diag_second(&d->diags, r, (struct span){ s->base + 3, s->base + 5 }, "far");
    ck_assert_str_eq(render(0), "a:1:501: error: m [expected]\n"
                                "    1 | ..." FIFTY FIFTY FIFTY "0123...\n"
                                "      |    " AIR "~" AIR AIR AIR AIR "         ^~~\n"
                                "      |    " AIR "near\n"
                                "    1 | " FIFTY FIFTY FIFTY "0123456...\n"
                                "      |    ~~ far\n");
}
END_TEST

START_TEST(test_line_of_limit_width)
{
    struct source *s = add_digits(160);

    diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 10, s->base + 160 }, "m");
    restart();
    s = add_digits(161);
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 160, s->base + 161 }, "end");
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 62, s->base + 65 }, "no gain in cutting");
    ck_assert_str_eq(render(0), "a:1:63: error: no gain in cutting [expected]\n"
                                "    1 | " FIFTY FIFTY FIFTY "0123456...\n"
                                "      | " AIR AIR AIR AIR AIR AIR "  ^~~\n"
                                "a:1:161: error: end [expected]\n"
                                "    1 | ..." FIFTY TEN "0\n"
                                "      |    " AIR AIR AIR AIR AIR AIR "^\n");
    restart();
    s = add_digits(160);
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + 160, s->base + 160 }, "end");
    ck_assert_str_eq(render(0), "a:1:161: error: end [expected]\n"
                                "    1 | " FIFTY FIFTY FIFTY TEN "\n"
                                "      | " AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR AIR "^\n");
}
END_TEST

START_TEST(test_long_line_of_anything)
{
    /* Combining marks take no column, controls four: whatever the line, what is written of it is bounded. */
    static const char *const units[] = {
        "\xcc\x81", "\x01", "日", "\t", "\xff", "\xe6\x97", "\xe2\x80\xae", "\xf3\xa0\x81\x81",
    };

    for (size_t u = 0; u < N_ELEMENTS(units); u++) {
        size_t k = strlen(units[u]), n = 5000 / k * k;
        char text[5000];
        struct source *s;

        for (size_t i = 0; i < n; i++)
            text[i] = units[u][i % k];
        restart();
        s = add_bytes("a", text, n);
        for (uint32_t i = 0; i < 20; i++) {
            struct span at = { s->base + i * 251, s->base + i * 251 + 9 * (i % 3) };
            struct diag *r = diag_report(&d->diags, CODE_EXPECTED, at, "m");

            diag_label(&d->diags, r, "l");
            diag_second(&d->diags, r, (struct span){ at.begin + 40, at.begin + 44 }, "k");
            diag_second(&d->diags, r, (struct span){ at.begin > 30 ? at.begin - 30 : 1, at.begin + 1 }, "j");
            diag_second(&d->diags, r, (struct span){ 5001, 5001 }, "i");
        }
        render(0);
        ck_assert_uint_eq(rck_diagnostics_count(d), 20);
        ck_assert_uint_lt(n_written, 20 * 10 * 1400);
        for (size_t i = 0; i < n_written; i++) {
            unsigned char c = (unsigned char)written[i];

            ck_assert((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t');
        }
    }
}
END_TEST

/* ---- no place, colours, the writer -------------------------------------------------------------------------------------- */

START_TEST(test_no_place)
{
    struct span none = { 0, 0 };
    const struct rck_diagnostic *public;

    diag_report(&d->diags, CODE_EXPECTED, none, "cannot open '%s'", "x");
    ck_assert_str_eq(render(0), "rulecheck: error: cannot open 'x' [expected]\n");
    public = rck_diagnostics_at(d, 0);
    ck_assert_str_eq(public->file, "");
    ck_assert_uint_eq(public->line, 0);
    ck_assert_uint_eq(public->end, 0);
    ck_assert_ptr_null(public->help);

    restart();
    diag_report(&d->diags, CODE_EXPECTED, find(add("a", "x"), "x"), "with a place");
    diag_report(&d->diags, CODE_EXPECTED, none, "first");
    diag_help(&d->diags, diag_report(&d->diags, CODE_COVERED, none, "second"), "help");
    ck_assert_str_eq(render(0), "a: error: first [expected]\n"
                                "a: warning: second [covered]\n"
                                "      = help: help\n"
                                "a:1:1: error: with a place [expected]\n"
                                "    1 | x\n"
                                "      | ^\n");
    ck_assert_str_eq(rck_diagnostics_at(d, 0)->file, "a");

    restart();
    add("a", "");
    add("b", "");
    diag_report(&d->diags, CODE_EXPECTED, none, "m");
    ck_assert_str_eq(render(0), "a: error: m [expected]\n");
}
END_TEST

START_TEST(test_color)
{
    struct source *s = add("a", "x y\n");
    struct diag *r = diag_report(&d->diags, CODE_EXPECTED, find(s, "y"), "m");

    diag_label(&d->diags, r, "label");
    diag_note(&d->diags, r, "note");
    diag_report(&d->diags, CODE_COVERED, find(s, "x"), "w");
    ck_assert_str_eq(render(RCK_COLOR), "\x1b[1ma:1:1:\x1b[0m \x1b[1;35mwarning:\x1b[0m w [covered]\n"
                                        "    1 | x y\n"
                                        "      | \x1b[1;32m^\x1b[0m\n"
                                        "\x1b[1ma:1:3:\x1b[0m \x1b[1;31merror:\x1b[0m m [expected]\n"
                                        "    1 | x y\n"
                                        "      | \x1b[1;32m  ^ label\x1b[0m\n"
                                        "      = \x1b[1;36mnote:\x1b[0m note\n");
}
END_TEST

static bool
refuse(void *arg, const char *text, size_t size)
{
    unsigned *calls = arg;

    (void)text;
    (void)size;
    return ++*calls < 3;
}

START_TEST(test_writer_refuses)
{
    struct source *s = add_digits(900);
    unsigned calls = 0;

    for (uint32_t i = 0; i < 10; i++)
        diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + i, s->base + i }, "m");
    ck_assert_int_eq(diagnostics_seal(d), RCK_OK);
    ck_assert(!rck_diagnostics_write(d, 0, refuse, &calls));
    ck_assert_uint_eq(calls, 3);
}
END_TEST

START_TEST(test_nothing)
{
    ck_assert_str_eq(render(0), "");
    ck_assert_uint_eq(rck_diagnostics_count(d), 0);
    ck_assert_ptr_null(rck_diagnostics_at(d, 0));
    rck_diagnostics_free(NULL);
}
END_TEST

/* ---- what is kept ------------------------------------------------------------------------------------------------------- */

START_TEST(test_limit)
{
    struct source *s;

    settings.limits[LIMIT_DIAGNOSTICS] = 2;
    restart();
    s = add("a", "1 2 3 4 5 6\n");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "1"), "one");
    diag_report(&d->diags, CODE_COVERED, find(s, "2"), "two");
    diag_label(&d->diags, diag_report(&d->diags, CODE_COVERED, find(s, "3"), "three"), "label");
    ck_assert_uint_eq(d->diags.records.n, 2);
    /* An error takes the place of a warning, not of an error. */
    diag_report(&d->diags, CODE_EXPECTED, find(s, "4"), "four");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "5"), "five");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "5"), "not counted");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "4"), "not counted");
    ck_assert_str_eq(render(0), "a:1:1: error: one [expected]\n"
                                "    1 | 1 2 3 4 5 6\n"
                                "      | ^\n"
                                "a:1:7: error: four [expected]\n"
                                "    1 | 1 2 3 4 5 6\n"
                                "      |       ^\n"
                                "1 more error and 2 more warnings were held back (--max-errors N shows more)\n");
    ck_assert_uint_eq(rck_diagnostics_count(d), 2);
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_ERROR), 3);
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_WARNING), 2);
}
END_TEST

/* Also of one that stands before an error; and no limit is too large. */
START_TEST(test_limit_makes_room)
{
    struct source *s;

    settings.limits[LIMIT_DIAGNOSTICS] = 2;
    restart();
    s = add("a", "1 2 3 4 5 6\n");
    diag_report(&d->diags, CODE_COVERED, find(s, "1"), "one");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "2"), "two");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "3"), "three");
    ck_assert_str_eq(render(0), "a:1:3: error: two [expected]\n"
                                "    1 | 1 2 3 4 5 6\n"
                                "      |   ^\n"
                                "a:1:5: error: three [expected]\n"
                                "    1 | 1 2 3 4 5 6\n"
                                "      |     ^\n"
                                "1 more warning was held back (--max-errors N shows more)\n");

    settings.limits[LIMIT_DIAGNOSTICS] = UINT64_MAX;
    rck_diagnostics_free(d);
    ck_assert_int_eq(diagnostics_new(NULL, &settings, &d), RCK_OK);
    s = add("a", "1 2\n");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "1"), "one");
    ck_assert_int_eq(diagnostics_seal(d), RCK_OK);
    ck_assert_uint_eq(rck_diagnostics_count(d), 1);
}
END_TEST

START_TEST(test_limit_of_none)
{
    settings.limits[LIMIT_DIAGNOSTICS] = 0;
    restart();
    diag_report(&d->diags, CODE_EXPECTED, (struct span){ 0, 0 }, "one");
    ck_assert_str_eq(render(0), "1 error was held back (--max-errors N shows more)\n");
    ck_assert_uint_eq(rck_diagnostics_count(d), 0);
}
END_TEST

START_TEST(test_one_error_a_span)
{
    struct source *s = add("a", "1 2\n");

    diag_report(&d->diags, CODE_COVERED, find(s, "1"), "a warning");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "1"), "an error");
    diag_report(&d->diags, CODE_UNKNOWN_NAME, find(s, "1"), "dropped");
    diag_report(&d->diags, CODE_COVERED, find(s, "1"), "dropped");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "1 2"), "another span");
    ck_assert_uint_eq(d->diags.records.n, 3);
    ck_assert_uint_eq(d->diags.found[RCK_ERROR], 2);
    ck_assert_uint_eq(d->diags.found[RCK_WARNING], 1);
}
END_TEST

START_TEST(test_switched_warnings)
{
    struct source *s;

    set_warning(CODE_COVERED, RCK_WARNING_OFF);
    set_warning(CODE_EXPECTED, RCK_WARNING_OFF);
    restart();
    s = add("a", "1 2\n");
    diag_note(&d->diags, diag_report(&d->diags, CODE_COVERED, find(s, "1"), "off"), "note");
    diag_report(&d->diags, CODE_EXPECTED, find(s, "2"), "errors are not switched");
    ck_assert_str_eq(render(0), "a:1:3: error: errors are not switched [expected]\n"
                                "    1 | 1 2\n"
                                "      |   ^\n");
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_WARNING), 0);

    set_warning(CODE_COVERED, RCK_WARNING_ERROR);
    restart();
    s = add("a", "1 2\n");
    diag_report(&d->diags, CODE_COVERED, find(s, "1"), "now an error");
    ck_assert_str_eq(render(0), "a:1:1: error: now an error [covered]\n"
                                "    1 | 1 2\n"
                                "      | ^\n");
    ck_assert_uint_eq(rck_diagnostics_found(d, RCK_ERROR), 1);
    ck_assert_int_eq(rck_diagnostics_at(d, 0)->severity, RCK_ERROR);
}
END_TEST

START_TEST(test_diag_limit)
{
    settings.limits[LIMIT_NESTING] = 7;
    diag_limit(&d->diags, LIMIT_NESTING, find(add("a", "x"), "x"), "the parts of an expression");
    render(0);
    ck_assert_str_eq(rck_diagnostics_at(d, 0)->message, "the limit 'nesting' of 7 is exceeded by the parts of an expression");
    ck_assert_str_eq(rck_diagnostics_at(d, 0)->help,
                     "make the policy smaller, or raise the limit with '--limit nesting=N'");
}
END_TEST

/* Reports until the arena is full. */
static void
fill_arena(void)
{
    struct source *s = add_digits(3000);

    for (uint32_t i = 0; i < 20; i++)
        diag_report(&d->diags, CODE_EXPECTED, (struct span){ s->base + i, s->base + i }, "%01000u", i);
}

/* Returns whether it went where a failed allocation goes. */
static bool
fill_arena_escaping(jmp_buf *escape)
{
    d->arena.escape = escape;
    if (setjmp(*escape) != 0)
        return true;
    fill_arena();
    return false;
}

START_TEST(test_limit_of_the_arena)
{
    jmp_buf escape;

    settings.limits[LIMIT_COMPILE_BYTES] = 10000;
    restart();
    ck_assert(fill_arena_escaping(&escape));
    ck_assert(d->arena.capped);
    diag_limit(&d->diags, LIMIT_COMPILE_BYTES, (struct span){ 0, 0 }, "the compile");
    ck_assert(d->arena.capped);
    ck_assert_ptr_eq(d->arena.escape, &escape);
    ck_assert_uint_eq(d->arena.cap, 10000);
    render(0);
    ck_assert_str_eq(rck_diagnostics_at(d, 0)->message, "the limit 'compile-bytes' of 10000 is exceeded by the compile");
}
END_TEST

/* ---- sources and places ------------------------------------------------------------------------------------------------- */

START_TEST(test_sources)
{
    char path[] = "a", text[] = "one\ntwo";
    struct source *a, *b;
    bool too_large = false;

    settings.limits[LIMIT_POLICY_BYTES] = 10;
    a = add(path, text);
    memset(path, 'x', 1);
    memset(text, 'x', 7);
    ck_assert_uint_eq(a->base, 1);
    ck_assert_uint_eq(a->n, 7);
    ck_assert_mem_eq(a->text, "one\ntwo\0\0", 9);
    ck_assert_str_eq(a->path.p, "a");
    ck_assert_ptr_null(diags_add_source(&d->diags, STR("b"), STR("1234"), &too_large));
    ck_assert(too_large);
    b = add("b", "123");
    ck_assert_uint_eq(b->base, 9);
    add("c", "");
    ck_assert_ptr_null(diags_add_source(&d->diags, STR("e"), STR("1"), &too_large));
    ck_assert(too_large);

    ck_assert(str_equal(diags_text(&d->diags, (struct span){ 5, 8 }), STR("two")));
    ck_assert(str_equal(diags_text(&d->diags, (struct span){ 5, 99 }), STR("two")));
    ck_assert(str_equal(diags_text(&d->diags, (struct span){ 9, 10 }), STR("1")));
    ck_assert_uint_eq(diags_text(&d->diags, (struct span){ 0, 0 }).n, 0);
    ck_assert_uint_eq(diags_text(&d->diags, (struct span){ 99, 100 }).n, 0);
    ck_assert_uint_eq(diags_text(&d->diags, (struct span){ 6, 5 }).n, 0);
}
END_TEST

START_TEST(test_huge_source)
{
    bool too_large = false;

    settings.limits[LIMIT_POLICY_BYTES] = UINT64_MAX;
    /* Not read: its length is enough. */
    ck_assert_ptr_null(diags_add_source(&d->diags, STR("a"), (struct str){ "", (size_t)INT32_MAX }, &too_large));
    ck_assert(too_large);

    /* Nor what is small, behind it: the places of all files are one row. */
    add("b", "x")->n = INT32_MAX / 2;
    too_large = false;
    ck_assert_ptr_null(diags_add_source(&d->diags, STR("c"), (struct str){ "", (size_t)INT32_MAX / 2 }, &too_large));
    ck_assert(too_large);
}
END_TEST

START_TEST(test_places)
{
    static const struct {
        uint32_t offset, line, column;
    } expected[] = { { 1, 1, 1 }, { 3, 1, 3 }, { 4, 2, 1 }, { 5, 3, 1 }, { 6, 3, 2 }, { 7, 4, 1 } };
    struct source *a = add("a", "ab\n\nc\n"), *b = add("b", "x");

    /* Without memory for the table of lines first. */
    for (int round = 0; round < 2; round++) {
        size_t cap = d->arena.cap, left = d->arena.left;

        d->arena.cap = round == 0 ? 0 : cap;
        d->arena.left = round == 0 ? 0 : left;
        for (size_t i = 0; i < N_ELEMENTS(expected); i++) {
            struct place place = diags_place(&d->diags, expected[i].offset);

            ck_assert_ptr_eq(place.source, a);
            ck_assert_uint_eq(place.line, expected[i].line);
            ck_assert_uint_eq(place.column, expected[i].column);
            ck_assert_uint_eq(place.offset, expected[i].offset - 1);
        }
        ck_assert_uint_eq(a->lines.n, round == 0 ? 0 : 4);
        ck_assert_ptr_eq(diags_place(&d->diags, 8).source, b);
        d->arena.cap = cap;
        if (round == 0)
            d->arena.left = left;
    }
    ck_assert_ptr_null(diags_place(&d->diags, 0).source);
}
END_TEST

START_TEST(test_no_memory)
{
    bool done = false;

    rck_diagnostics_free(d);
    for (size_t n = 0; !done; n++) {
        bool too_large;
        struct source *s;
        enum rck_status status;

        d = NULL;
        counter.left = n;
        if (diagnostics_new(&counting, &settings, &d) != RCK_OK) {
            ck_assert_ptr_null(d);
            continue;
        }
        memset(written, 'x', 9000);
        s = diags_add_source(&d->diags, STR("a"), (struct str){ written, 9000 }, &too_large);
        ck_assert(!too_large);
        for (uint32_t i = 1; i < 30; i++) {
            struct diag *r = diag_report(&d->diags, CODE_EXPECTED, (struct span){ i, i + 3 }, "%0900u", i);

            diag_label(&d->diags, r, "label\n%u", i);
            diag_second(&d->diags, r, (struct span){ i + 9, i + 12 }, "second");
            diag_note(&d->diags, r, "note");
            diag_help(&d->diags, r, "%0900u\n", i);
        }
        diag_limit(&d->diags, LIMIT_ROWS, (struct span){ 0, 0 }, "x");
        ck_assert_uint_eq(d->diags.found[RCK_ERROR], 30);
        status = diagnostics_seal(d);
        done = status == RCK_OK && s != NULL && counter.left > 0;
        n_written = 0;
        ck_assert(rck_diagnostics_write(d, 0, keep, &n_written));
        rck_diagnostics_free(d);
        ck_assert_uint_eq(counter.held, 0);
    }
    d = NULL;
}
END_TEST

/* ---- suggestions -------------------------------------------------------------------------------------------------------- */

/* Returns what is suggested for WORD out of CANDIDATES, separated by spaces. */
static const char *
suggested(const char *word, const char *candidates)
{
    static char found[256];
    struct suggestion s;
    struct str best;

    suggest_begin(&s, str_of(word));
    for (const char *p = candidates; *p != '\0';) {
        size_t n = strcspn(p, " ");

        suggest_try(&s, (struct str){ p, n });
        p += n;
        p += *p == ' ';
    }
    best = suggest_found(&s);
    snprintf(found, sizeof found, "%.*s", (int)best.n, best.n != 0 ? best.p : "");
    return found;
}

START_TEST(test_suggest)
{
    static const struct {
        const char *word, *candidates, *expected;
    } cases[] = {
        { "amd", "", "" },                                       /* what has no name is none */
        { "amdin", "owner admin developer", "admin" },           /* two letters swapped */
        { "ownr", "owner admin", "owner" },                      /* one left out */
        { "ownerr", "owner admin", "owner" },                    /* one too many */
        { "onwre", "owner", "" },                                /* two swaps are too many for five letters */
        { "onwreship", "ownership", "ownership" },               /* not for nine */
        { "xyz", "owner admin", "" },                            /* nothing near */
        { "cat", "bat rat", "bat" },                             /* a tie: the first one */
        { "cats", "bat cat", "cat" },                            /* the nearest, not the first */
        { "Owner", "admin owner", "owner" },                     /* case */
        { "OWNER", "admin owner", "owner" },
        { "Onwer", "owner", "owner" },                           /* case and an edit */
        { "OwnER", "owner OWNER", "OWNER" },                     /* less case is nearer */
        { "Bat", "cat bat", "bat" },
        { "do", "to", "" },                                      /* too short */
        { "OK", "ok", "" },
        { "too", "to", "to" },
        { "", "a", "" },
        { "abc", "", "" },
        { "abc", "abc", "" },                                    /* the word itself is no suggestion */
        { "stack.managment_tokens", "stack.delivery_tokens stack.management_tokens", "stack.management_tokens" },
        { "rate_limt", "rate_limit_of_everything rate_limit", "rate_limit" },
        { "abcdef", "badcfe", "" },                              /* three swaps */
        { "abcdef", "badcef", "badcef" },                        /* two */
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++)
        ck_assert_str_eq(suggested(cases[i].word, cases[i].candidates), cases[i].expected);
}
END_TEST

START_TEST(test_suggest_long)
{
    char word[66], candidate[100];

    memset(word, 'a', sizeof word);
    memset(candidate, 'a', sizeof candidate);
    word[64] = '\0';
    candidate[85] = '\0';
    ck_assert_str_eq(suggested(word, candidate), candidate); /* 64 and 21 more */
    candidate[85] = 'a';
    candidate[86] = '\0';
    ck_assert_str_eq(suggested(word, candidate), "");
    candidate[64] = '\0';
    word[64] = 'a';
    word[65] = '\0';
    ck_assert_str_eq(suggested(word, candidate), ""); /* 65: too long for a suggestion */
}
END_TEST

/* Distance in edits, the slow way: what is left of A and B, after a choice at their ends. */
static size_t
slow(const char *a, size_t m, const char *b, size_t n)
{
    size_t best, other;

    if (m == 0 || n == 0)
        return m + n;
    best = slow(a, m - 1, b, n - 1) + (a[m - 1] != b[n - 1]);
    other = slow(a, m - 1, b, n) + 1;
    best = other < best ? other : best;
    other = slow(a, m, b, n - 1) + 1;
    best = other < best ? other : best;
    if (m > 1 && n > 1 && a[m - 1] == b[n - 2] && a[m - 2] == b[n - 1]) {
        other = slow(a, m - 2, b, n - 2) + 1;
        best = other < best ? other : best;
    }
    return best;
}

START_TEST(test_suggest_against_slow)
{
    uint32_t state = 1;

    for (int round = 0; round < 3000; round++) {
        char a[8], b[8];
        size_t m, n, d_slow;

        for (size_t i = 0; i < 7; i++) {
            state = state * 1664525u + 1013904223u;
            a[i] = (char)('a' + (state >> 24) % 3);
            b[i] = (char)('a' + (state >> 28) % 3);
        }
        m = 3 + (state >> 16) % 5;
        n = 1 + (state >> 12) % 7;
        a[m] = b[n] = '\0';
        d_slow = slow(a, m, b, n);
        ck_assert_str_eq(suggested(a, b), d_slow != 0 && d_slow <= m / 3 ? b : "");
    }
}
END_TEST

static Suite *
diag_suite(void)
{
    Suite *suite = suite_create("diag");
    TCase *diag = tcase_create("diag");
    TCase *suggest = tcase_create("suggest");

    tcase_add_checked_fixture(diag, setup, teardown);
    tcase_add_test(diag, test_simple);
    tcase_add_test(diag, test_secondary_on_other_line);
    tcase_add_test(diag, test_empty_range);
    tcase_add_test(diag, test_secondary_on_same_line);
    tcase_add_test(diag, test_warning_and_order);
    tcase_add_test(diag, test_sort_many);
    tcase_add_test(diag, test_odd_reports);
    tcase_add_test(diag, test_many_errors);
    tcase_add_test(diag, test_many_marks);
    tcase_add_test(diag, test_marks_that_touch);
    tcase_add_test(diag, test_other_file);
    tcase_add_test(diag, test_several_lines);
    tcase_add_test(diag, test_end_of_file);
    tcase_add_test(diag, test_wide_gutter);
    tcase_add_test(diag, test_tabs);
    tcase_add_test(diag, test_wide);
    tcase_add_test(diag, test_control_bytes);
    tcase_add_test(diag, test_ends_of_unicode);
    tcase_add_test(diag, test_range_on_escape);
    tcase_add_test(diag, test_long_line);
    tcase_add_test(diag, test_line_of_limit_width);
    tcase_add_test(diag, test_long_line_of_anything);
    tcase_add_test(diag, test_no_place);
    tcase_add_test(diag, test_color);
    tcase_add_test(diag, test_writer_refuses);
    tcase_add_test(diag, test_nothing);
    tcase_add_test(diag, test_limit);
    tcase_add_test(diag, test_limit_makes_room);
    tcase_add_test(diag, test_limit_of_none);
    tcase_add_test(diag, test_one_error_a_span);
    tcase_add_test(diag, test_switched_warnings);
    tcase_add_test(diag, test_diag_limit);
    tcase_add_test(diag, test_limit_of_the_arena);
    tcase_add_test(diag, test_sources);
    tcase_add_test(diag, test_huge_source);
    tcase_add_test(diag, test_places);
    tcase_add_test(diag, test_no_memory);
    suite_add_tcase(suite, diag);
    tcase_add_test(suggest, test_suggest);
    tcase_add_test(suggest, test_suggest_long);
    tcase_add_test(suggest, test_suggest_against_slow);
    suite_add_tcase(suite, suggest);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(diag_suite());
    int n_run, n_failed;

    srunner_run_all(runner, CK_NORMAL);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
