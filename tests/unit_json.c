/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/json.c: what is a request's JSON and what is not, and what the receiver gets to see.  Every input lies in a
 * heap block of exactly its size, so that a sanitizer sees the first byte that is read too far.
 */
#include <config.h>

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "caps.h"
#include "json.h"
#include "mem.h"
#include "text.h"

/* The initializer of a slice. */
#define IN(literal) { literal, sizeof(literal) - 1 }

/* ---- helpers ------------------------------------------------------------------------------------------------------------ */

/* For conditions that are asked very often: Check writes a record for each of its own. */
static void
need(bool ok, const char *what)
{
    if (!ok)
        ck_abort_msg("%s", what);
}

static struct str
slice(const struct text *text)
{
    return (struct str){ text->p, text->n };
}

/* What a receiver noted: "path=value ", "path[ " and "path+member ", "path{ "; strings in single quotes, JSON_OBJECT as '~'. */
struct log {
    struct text text;
    bool offsets;      /* write "@KEY,VALUE" behind each */
    bool quiet;        /* only count */
    size_t n;          /* calls */
    size_t stop_after; /* say no to the call of this number, counted from 1; 0: to none */
};

static bool
go_on(struct log *log)
{
    if (!log->quiet)
        add(&log->text, " ", 1);
    return ++log->n != log->stop_after;
}

static void
log_value(struct log *log, const struct json_value *value)
{
    static const char *const words[] = {
        [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true", [JSON_OBJECT] = "~",
    };

    if (value->kind == JSON_NUMBER) {
        add(&log->text, value->text.p, value->text.n);
        need(str_equal(value->text, value->raw), "a number is not as written");
    } else if (value->kind == JSON_STRING) {
        add(&log->text, "'", 1);
        add(&log->text, value->text.p, value->text.n);
        add(&log->text, "'", 1);
        need(value->raw.n >= 2 && value->raw.p[0] == '"' && value->raw.p[value->raw.n - 1] == '"', "a string lacks its quotes");
    } else {
        add(&log->text, words[value->kind], strlen(words[value->kind]));
        need(value->kind == JSON_OBJECT || str_equal(value->raw, str_of(words[value->kind])), "a word is not as written");
    }
}

/* What is noted of a path comes back with this path only. */
static void
check_note(struct str path, uint32_t *note)
{
    uint32_t sum = 1;

    for (size_t i = 0; i < path.n; i++)
        sum = 31 * sum + (unsigned char)path.p[i];
    need(*note == 0 || *note == sum, "a note of another path");
    *note = sum;
}

static bool
log_scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    struct log *log = arg;

    if (value->note != NULL)
        check_note(path, value->note);
    if (log->quiet)
        return go_on(log);
    add(&log->text, path.p, path.n);
    add(&log->text, "=", 1);
    log_value(log, value);
    if (log->offsets)
        addf(&log->text, "@%zu,%zu", offset, value->offset);
    return go_on(log);
}

static bool
log_array(void *arg, struct str path, size_t offset)
{
    struct log *log = arg;

    if (log->quiet)
        return go_on(log);
    add(&log->text, path.p, path.n);
    add(&log->text, "[", 1);
    if (log->offsets)
        addf(&log->text, "@%zu", offset);
    return go_on(log);
}

static bool
log_member(void *arg, struct str path, const struct json_value *value)
{
    struct log *log = arg;

    if (log->quiet)
        return go_on(log);
    add(&log->text, path.p, path.n);
    add(&log->text, "+", 1);
    log_value(log, value);
    if (log->offsets)
        addf(&log->text, "@%zu", value->offset);
    return go_on(log);
}

static bool
log_object(void *arg, struct str path, size_t offset)
{
    struct log *log = arg;

    if (log->quiet)
        return go_on(log);
    add(&log->text, path.p, path.n);
    add(&log->text, "{", 1);
    if (log->offsets)
        addf(&log->text, "@%zu", offset);
    return go_on(log);
}

static struct json_reader reader;
static struct json_error error;
static struct log seen;
static size_t n_more; /* texts of this test that were read once more */

/* Reads TEXT once more, with other bytes behind it, by a reader of its own: what STATUS, 'seen' and 'error' say must come out again. */
static void
read_with_more(struct str text, enum rck_status status)
{
    static const char behind[] = { ' ', '"', ',', '}', ']', ':', '0', '.', 'e', 'l', '\\', 'u', (char)0x80, 0 };
    static size_t turn;
    struct json_reader other = { 0 };
    struct json_error other_error;
    struct log log = { .offsets = seen.offsets, .stop_after = seen.stop_after };
    const struct json_receiver receiver = { &log, log_scalar, log_array, log_member, log_object };
    char *copy = malloc(text.n + 16);

    need(copy != NULL, "memory");
    if (text.n != 0)
        memcpy(copy, text.p, text.n);
    memset(copy + text.n, behind[turn++ % sizeof behind], 16);
    add(&log.text, "", 0);
    memset(&other_error, 0xA5, sizeof other_error);
    need(json_read(&other, (struct str){ copy, text.n }, &receiver, &other_error) == status, "what stands behind the text changes the status");
    need(str_equal(slice(&log.text), slice(&seen.text)), "what stands behind the text is read");
    need(status != RCK_E_REQUEST || error.message == NULL
             || (other_error.message != NULL && strcmp(error.message, other_error.message) == 0 && error.offset == other_error.offset),
         "what stands behind the text changes the error");
    json_reader_free(&other);
    free(log.text.p);
    free(copy);
}

/* Reads a copy of TEXT into 'seen' and 'error'. */
static enum rck_status
read_text(struct str text)
{
    const struct json_receiver receiver = { &seen, log_scalar, log_array, log_member, log_object };
    char *copy = malloc(text.n != 0 ? text.n : 1);
    enum rck_status status;

    need(copy != NULL, "memory");
    if (text.n != 0)
        memcpy(copy, text.p, text.n);
    seen.text.n = 0;
    seen.n = 0;
    add(&seen.text, "", 0);
    memset(&error, 0xA5, sizeof error);
    /* where nothing is to be read, there may not be an address either */
    status = json_read(&reader, text.n != 0 ? (struct str){ copy, text.n } : (struct str){ NULL, 0 }, &receiver, &error);
    free(copy);
    if (status == RCK_E_REQUEST && error.message != NULL) {
        need(error.offset <= text.n, "the offset is behind the text");
        need(memchr(error.key, '\0', sizeof error.key) != NULL, "the key has no end");
        need(utf8_check(str_of(error.key)) == strlen(error.key), "the key is cut inside of a character");
    }
    if (text.n < 200 && !seen.quiet && reader.mem == NULL && n_more++ < 3000) /* the loops over all of Unicode are long enough */
        read_with_more(text, status);
    return status;
}

static void
setup(void)
{
    reader = (struct json_reader){ 0 };
    seen = (struct log){ 0 };
    n_more = 0;
}

static void
teardown(void)
{
    json_reader_free(&reader);
    free(seen.text.p);
}

/* A text and what the receiver gets to see of it. */
struct good {
    struct str text;
    struct str seen;
};

static void
expect_good(const struct good *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum rck_status status = read_text(cases[i].text);

        ck_assert_msg(status == RCK_OK, "%s: refused, %s at %zu", cases[i].text.p, error.message, error.offset);
        ck_assert_ptr_null(error.message);
        ck_assert_msg(str_equal(slice(&seen.text), cases[i].seen), "%s: seen %s", cases[i].text.p, seen.text.p);
    }
}

/* A text and why it is refused. */
struct bad {
    struct str text;
    size_t offset;
    const char *message;
    const char *key;
};

static void
expect_bad(const struct bad *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum rck_status status = read_text(cases[i].text);

        ck_assert_msg(status == RCK_E_REQUEST, "%s: accepted", cases[i].text.p);
        ck_assert_ptr_nonnull(error.message);
        ck_assert_msg(strcmp(error.message, cases[i].message) == 0, "%s: message '%s'", cases[i].text.p, error.message);
        ck_assert_msg(error.offset == cases[i].offset, "%s: offset %zu", cases[i].text.p, error.offset);
        ck_assert_msg(strcmp(error.key, cases[i].key) == 0, "%s: key '%s'", cases[i].text.p, error.key);
    }
}

#define GOOD(cases) expect_good(cases, N_ELEMENTS(cases))
#define BAD(cases) expect_bad(cases, N_ELEMENTS(cases))

/* ---- facts -------------------------------------------------------------------------------------------------------------- */

START_TEST(scalars_come_with_their_paths)
{
    static const struct good cases[] = {
        { IN("{}"), IN("") },
        { IN("{\"a\":null,\"b\":true,\"c\":false}"), IN("a=null b=true c=false ") },
        { IN("{\"subject\":\"user\",\"count\":30}"), IN("subject='user' count=30 ") },
        { IN("{\"a\":\"\"}"), IN("a='' ") },
        { IN("{\"stack.management_tokens\":3}"), IN("stack.management_tokens=3 ") },
        { IN("{\"\":1}"), IN("=1 ") },
        { IN("{\"a\":{\"\":1}}"), IN("a{ a.=1 ") },
        { IN("{\"\":{\"\":1}}"), IN("{ .=1 ") },
        { IN("{\"A\":1,\"a\":2}"), IN("A=1 a=2 ") },
        { IN("{\"\xC3\xA4\":1,\"a\xCC\x88\":2}"), IN("\xC3\xA4=1 a\xCC\x88=2 ") },
    };

    GOOD(cases);
}
END_TEST

START_TEST(nested_objects_are_dotted_paths)
{
    static const struct good cases[] = {
        { IN("{\"stack\":{\"management_tokens\":3}}"), IN("stack{ stack.management_tokens=3 ") },
        { IN("{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":3}"), IN("a{ a.b{ a.b.c=1 a.d=2 e=3 ") },
        { IN("{\"a.b\":{\"c.d\":1}}"), IN("a.b{ a.b.c.d=1 ") },
        { IN("{\"a\":{}}"), IN("a{ ") },
        { IN("{\"a\":{\"b\":1},\"a.c\":2}"), IN("a{ a.b=1 a.c=2 ") },
        { IN("{\"a\":1,\"a.b\":2}"), IN("a=1 a.b=2 ") },
        { IN("{\"\\u0061\":{\"\\u0062\":{\"\\u0063\\u0064\":\"\\u0065\"},\"f\":1},\"g\":2}"),
          IN("a{ a.b{ a.b.cd='e' a.f=1 g=2 ") },
    };

    GOOD(cases);
}
END_TEST

START_TEST(arrays_give_their_members)
{
    static const struct good cases[] = {
        { IN("{\"role\":[]}"), IN("role[ ") },
        { IN("{\"role\":[\"owner\",\"admin\"],\"n\":1}"), IN("role[ role+'owner' role+'admin' n=1 ") },
        { IN("{\"a\":{\"b\":[1,true,null,\"\\n\"]}}"), IN("a{ a.b[ a.b+1 a.b+true a.b+null a.b+'\n' ") },
        { IN("{\"\":[0]}"), IN("[ +0 ") },
        { IN("{\"\\u0061\":[0,{\"\\u0062\":{\"\\u0063\":[]}},\"x\"]}"), IN("a[ a+0 a+~ a+'x' ") },
    };

    GOOD(cases);
}
END_TEST

START_TEST(insides_of_members_are_not_reported)
{
    static const struct good cases[] = {
        { IN("{\"a\":[{}]}"), IN("a[ a+~ ") },
        { IN("{\"a\":[[]]}"), IN("a[ a+~ ") },
        { IN("{\"a\":[{\"b\":1,\"c\":[2,{}],\"d\":{\"e\":3}},4],\"f\":5}"), IN("a[ a+~ a+4 f=5 ") },
        { IN("{\"a\":[[1,[2]],{\"b\":1}]}"), IN("a[ a+~ a+~ ") },
    };

    GOOD(cases);
}
END_TEST

START_TEST(white_space_may_stand_between_tokens)
{
    static const struct good cases[] = {
        { IN(" \t\r\n{ \t\r\n} \t\r\n"), IN("") },
        { IN(" { \"a\" : 1 , \"b\" : [ 2 , 3 ] , \"c\" : { \"d\" : [ ] } } "), IN("a=1 b[ b+2 b+3 c{ c.d[ ") },
        { IN("{\n\t\"a\"\r\n:\n1\n,\n\"b\"\n:\n{\n}\n}\n"), IN("a=1 b{ ") },
        { IN("{\"a b\":\" c \"}"), IN("a b=' c ' ") },
    };

    GOOD(cases);
}
END_TEST

START_TEST(only_four_bytes_are_white_space)
{
    for (int c = 0; c < 256; c++) {
        char text[] = "{ }";

        text[1] = (char)c;
        ck_assert_int_eq(read_text((struct str){ text, 3 }) == RCK_OK, c == ' ' || c == '\t' || c == '\n' || c == '\r');
    }
}
END_TEST

START_TEST(offsets_are_those_of_keys_and_values)
{
    static const struct good cases[] = {
        { IN("{ \"a\": 1, \"b\":{\"c\": \"d\"}, \"e\": [ 2, {}, \"f\" ]}"),
          IN("a=1@2,7 b{@10 b.c='d'@15,20 e[@26 e+2@33 e+~@36 e+'f'@40 ") },
        { IN("{\"\\u0061\":\"\\u0062\",\"c\":null}"), IN("a='b'@1,10 c=null@19,23 ") },
    };

    seen.offsets = true;
    GOOD(cases);
}
END_TEST

static bool
raw_scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    (void)path;
    (void)offset;
    add(arg, value->raw.p, value->raw.n);
    add(arg, " ", 1);
    return true;
}

START_TEST(values_come_as_they_were_written_too)
{
    static const char text[] = "{\"a\":\"x\\u0041\\\"\" , \"b\" : -1.50e+2 , \"c\":null,\"d\":\"\"}";
    struct json_receiver receiver = { &seen.text, raw_scalar, log_array, log_member, log_object };

    ck_assert_int_eq(json_read(&reader, str_of(text), &receiver, &error), RCK_OK);
    ck_assert_str_eq(seen.text.p, "\"x\\u0041\\\"\" -1.50e+2 null \"\" ");
}
END_TEST

START_TEST(a_receiver_may_stop_the_reading)
{
    static const char text[] = "{\"a\":1,\"b\":{\"c\":[2,{}]},\"d\":3}";

    ck_assert_int_eq(read_text(str_of(text)), RCK_OK);
    ck_assert_uint_eq(seen.n, 6);
    for (size_t i = 1; i <= 6; i++) {
        seen.stop_after = i;
        ck_assert_int_eq(read_text(str_of(text)), RCK_E_REQUEST);
        ck_assert_ptr_null(error.message);
        ck_assert_uint_eq(seen.n, i);
    }
}
END_TEST

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

START_TEST(numbers_come_as_their_spelling)
{
    static const char *const numbers[] = {
        "0", "-0", "7", "10", "-1", "1.0", "0.5", "-0.0", "1e2", "1E2", "1e+2", "1e-2", "0e0", "0.0e-00", "12.340e56", "1e9999",
        "9223372036854775807", "-9223372036854775808", "9007199254740993",
        "100000000000000000000000000000000000000000000000001",
    };

    for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
        char text[128];
        char expected[128];

        (void)snprintf(text, sizeof text, "{\"a\":%s}", numbers[i]);
        (void)snprintf(expected, sizeof expected, "a=%s ", numbers[i]);
        ck_assert_msg(read_text(str_of(text)) == RCK_OK, "%s", text);
        ck_assert_str_eq(seen.text.p, expected);
        (void)snprintf(text, sizeof text, "{\"a\":[%s , %s]}", numbers[i], numbers[i]);
        (void)snprintf(expected, sizeof expected, "a[ a+%s a+%s ", numbers[i], numbers[i]);
        ck_assert_msg(read_text(str_of(text)) == RCK_OK, "%s", text);
        ck_assert_str_eq(seen.text.p, expected);
    }
}
END_TEST

START_TEST(what_is_almost_a_number_is_refused)
{
    static const struct bad cases[] = {
        { IN("{\"a\":01}"), 5, "a number begins with 0", "a" },
        { IN("{\"a\":00}"), 5, "a number begins with 0", "a" },
        { IN("{\"a\":-01}"), 6, "a number begins with 0", "a" },
        { IN("{\"a\":-}"), 6, "a digit is missing after '-'", "a" },
        { IN("{\"a\":--1}"), 6, "a digit is missing after '-'", "a" },
        { IN("{\"a\":-Infinity}"), 6, "a digit is missing after '-'", "a" },
        { IN("{\"a\":-.5}"), 6, "a digit is missing after '-'", "a" },
        { IN("{\"a\":1.}"), 7, "a digit is missing after the decimal point", "a" },
        { IN("{\"a\":1.e1}"), 7, "a digit is missing after the decimal point", "a" },
        { IN("{\"a\":1e}"), 7, "a digit is missing in the exponent", "a" },
        { IN("{\"a\":1e+}"), 8, "a digit is missing in the exponent", "a" },
        { IN("{\"a\":1.5E-}"), 10, "a digit is missing in the exponent", "a" },
        { IN("{\"a\":1e1.5}"), 8, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":0x1F}"), 6, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":1_000}"), 6, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":1.2.3}"), 8, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":1 2}"), 7, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":10 MB}"), 8, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":+1}"), 5, "expected a value", "a" },
        { IN("{\"a\":.5}"), 5, "expected a value", "a" },
        { IN("{\"a\":NaN}"), 5, "expected a value", "a" },
        { IN("{\"a\":Infinity}"), 5, "expected a value", "a" },
        { IN("{\"a\":\xEF\xBC\x91}"), 5, "expected a value", "a" },
    };

    BAD(cases);
}
END_TEST

/* ---- strings ------------------------------------------------------------------------------------------------------------ */

START_TEST(escapes_are_undone)
{
    static const struct good cases[] = {
        { IN("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), IN("a='\"\\/\b\f\n\r\t' ") },
        { IN("{\"a\":\"\\u0041\\u00e9\\u00E9\\u20ac\\uD83D\\uDE00\"}"),
          IN("a='A\xC3\xA9\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80' ") },
        { IN("{\"a\":\"\\u0001\\u001f\\u007f\\u0080\\u07ff\\u0800\"}"), IN("a='\x01\x1F\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80' ") },
        { IN("{\"a\":\"\\uD800\\uDC00\\uDBFF\\uDFFD\"}"), IN("a='\xF0\x90\x80\x80\xF4\x8F\xBF\xBD' ") },
        { IN("{\"a\":\"plain \\u0041 plain\",\"b\":\"\\\\\"}"), IN("a='plain A plain' b='\\' ") },
        { IN("{\"\\u0061\\u002Eb\":1,\"c\\n\":2}"), IN("a.b=1 c\n=2 ") },
        { IN("{\"a\":\"\\\\u0041\"}"), IN("a='\\u0041' ") },
    };

    GOOD(cases);
}
END_TEST

START_TEST(other_escapes_are_refused)
{
    static const struct bad cases[] = {
        { IN("{\"a\":\"x\\a\"}"), 7, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\x41\"}"), 6, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\'\"}"), 6, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\0\"}"), 6, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\U0041\"}"), 6, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\\0\"}"), 6, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\\xC3\xA9\"}"), 6, "unknown escape in a string", "a" },
        { IN("{\"a\":\"\\u004\"}"), 6, "an escape \\u without four hexadecimal digits", "a" },
        { IN("{\"a\":\"\\u004g\"}"), 6, "an escape \\u without four hexadecimal digits", "a" },
        { IN("{\"a\":\"\\u+041\"}"), 6, "an escape \\u without four hexadecimal digits", "a" },
        { IN("{\"a\":\"\\u 041\"}"), 6, "an escape \\u without four hexadecimal digits", "a" },
        { IN("{\"a\":\"\\u{41}\"}"), 6, "an escape \\u without four hexadecimal digits", "a" },
        { IN("{\"a\":\"\\uD83D\\u12\"}"), 12, "an escape \\u without four hexadecimal digits", "a" },
        { IN("{\"a\":{\"b\\q\":1}}"), 8, "unknown escape in a string", "a" },
    };

    BAD(cases);
}
END_TEST

START_TEST(surrogates_come_in_pairs)
{
    static const char message[] = "a surrogate without its other half in a string";
    const struct bad cases[] = {
        { IN("{\"a\":\"\\uD83D\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uDE00\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uDE00\\uD83D\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uD83D\\uD83D\\uDE00\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uD83Dx\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uD83D\\n\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uD83D\\u0041\"}"), 6, message, "a" },
        { IN("{\"a\":\"x\\uD83D\\uDE00\\uDE00\"}"), 19, message, "a" },
        { IN("{\"a\":1,\"\\ud800\":2}"), 8, message, "" },
    };

    BAD(cases);
}
END_TEST

START_TEST(control_characters_are_written_as_escapes)
{
    for (int c = 1; c < 0x20; c++) {
        char text[] = "{\"a\":\"bcd\"}";

        text[7] = (char)c;
        ck_assert_int_eq(read_text(str_of(text)), RCK_E_REQUEST);
        ck_assert_str_eq(error.message, "a control character in a string");
        ck_assert_uint_eq(error.offset, 7);
        ck_assert_str_eq(error.key, "a");
    }
    ck_assert_int_eq(read_text(str_of("{\"a\":\"\x7F\"}")), RCK_OK);
    ck_assert_str_eq(seen.text.p, "a='\x7F' ");
}
END_TEST

START_TEST(no_string_holds_u_0000)
{
    static const struct bad cases[] = {
        { IN("{\"a\":\"b\0c\"}"), 7, "U+0000 in a string", "a" },
        { IN("{\"a\":\"\\u0000\"}"), 6, "U+0000 in a string", "a" },
        { IN("{\"a\":\"b\\n\\u0000\"}"), 9, "U+0000 in a string", "a" },
        { IN("{\"a\0\":1}"), 3, "U+0000 in a string", "" },
        { IN("{\"a\\u0000\":1}"), 3, "U+0000 in a string", "" },
        { IN("{\"a\":[\"\\u0000\"]}"), 7, "U+0000 in a string", "a" },
        { IN("{\"a\":{\"\\u0000\":1}}"), 7, "U+0000 in a string", "a" },
    };

    BAD(cases);
}
END_TEST

START_TEST(strings_are_utf_8)
{
    static const struct str broken[] = {
        IN("\x80"),             /* continues nothing */
        IN("\xBF"),
        IN("\xC3"),             /* is not continued */
        IN("\xC3x"),
        IN("\xE2\x82"),
        IN("\xE2\x82x"),
        IN("\xF0\x9F\x98"),
        IN("\xF0\x9F\x98x"),
        IN("\xC0\x80"),         /* longer than needed */
        IN("\xC1\xBF"),
        IN("\xE0\x80\xAF"),
        IN("\xE0\x9F\xBF"),
        IN("\xF0\x80\x80\xAF"),
        IN("\xF0\x8F\xBF\xBF"),
        IN("\xED\xA0\x80"),     /* surrogates */
        IN("\xED\xBF\xBF"),
        IN("\xED\xA0\xBD\xED\xB8\x80"),
        IN("\xF4\x90\x80\x80"), /* above U+10FFFF */
        IN("\xF5\x80\x80\x80"),
        IN("\xF8\x88\x80\x80\x80"),
        IN("\xFE"),
        IN("\xFF"),
    };

    for (size_t i = 0; i < N_ELEMENTS(broken); i++) {
        struct text text = { 0 };

        add(&text, "{\"a\":\"\xC3\xA9", 8);
        add(&text, broken[i].p, broken[i].n);
        add(&text, "\"}", 2);
        ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
        ck_assert_str_eq(error.message, "a byte in a string is not UTF-8");
        ck_assert_uint_eq(error.offset, 8);
        text.n = 0;
        add(&text, "{\"\\t", 4);
        add(&text, broken[i].p, broken[i].n);
        add(&text, "\":1}", 4);
        ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
        ck_assert_str_eq(error.message, "a byte in a string is not UTF-8");
        ck_assert_uint_eq(error.offset, 4);
        /* the text ends inside of it */
        text.n -= 3;
        text.n -= 1;
        ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
        ck_assert_uint_eq(error.offset, 4);
        free(text.p);
    }
}
END_TEST

/* Writes CODE as UTF-8, surrogates too; returns the length. */
static size_t
encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 + code / 64);
        out[1] = (char)(0x80 + code % 64);
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 + code / 4096);
        out[1] = (char)(0x80 + code / 64 % 64);
        out[2] = (char)(0x80 + code % 64);
        return 3;
    }
    out[0] = (char)(0xF0 + code / 262144);
    out[1] = (char)(0x80 + code / 4096 % 64);
    out[2] = (char)(0x80 + code / 64 % 64);
    out[3] = (char)(0x80 + code % 64);
    return 4;
}

/* RFC 7493, section 2.1. */
static bool
is_character(uint32_t code)
{
    return !(code >= 0xD800 && code <= 0xDFFF) && !(code >= 0xFDD0 && code <= 0xFDEF) && code % 0x10000 < 0xFFFE;
}

START_TEST(every_character_can_stand_in_a_string)
{
    for (uint32_t code = 1; code < 0x110000; code++) {
        enum rck_status expected = is_character(code) ? RCK_OK : RCK_E_REQUEST;
        char text[32] = "{\"\":\"";
        char bytes[8] = "='";
        size_t n = encode(code, bytes + 2);
        struct str facts = { bytes, n + 4 };

        memcpy(bytes + 2 + n, "' ", 2);
        memcpy(text + 5, bytes + 2, n);
        memcpy(text + 5 + n, "\"}", 2);
        if (code >= 0x20 && code != '"' && code != '\\') {
            if (read_text((struct str){ text, n + 7 }) != expected
                || (expected == RCK_OK && !str_equal(slice(&seen.text), facts)))
                ck_abort_msg("U+%04X", (unsigned)code);
        }
        if (code < 0x10000)
            (void)snprintf(text + 5, sizeof text - 5, "\\u%04x\"}", (unsigned)code);
        else
            (void)snprintf(text + 5, sizeof text - 5, "\\u%04X\\u%04x\"}", (unsigned)(0xD7C0 + code / 1024),
                           (unsigned)(0xDC00 + code % 1024));
        if (read_text(str_of(text)) != expected || (expected == RCK_OK && !str_equal(slice(&seen.text), facts)))
            ck_abort_msg("%s", text);
        if (utf8_check((struct str){ bytes + 2, n }) != (code >= 0xD800 && code <= 0xDFFF ? 0 : n))
            ck_abort_msg("U+%04X in utf8_check()", (unsigned)code);
    }
}
END_TEST

START_TEST(noncharacters_are_refused)
{
    static const char message[] = "a code point in a string is no character";
    const struct bad cases[] = {
        { IN("{\"a\":\"\xEF\xBF\xBE\"}"), 6, message, "a" },
        { IN("{\"a\":\"b\xEF\xBF\xBF\"}"), 7, message, "a" },
        { IN("{\"a\":\"\xEF\xB7\x90\"}"), 6, message, "a" },
        { IN("{\"a\":\"\xF4\x8F\xBF\xBF\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uFFFE\"}"), 6, message, "a" },
        { IN("{\"a\":\"\\uDBFF\\uDFFF\"}"), 6, message, "a" },
        { IN("{\"\\ufdd0\":1}"), 2, message, "" },
    };

    BAD(cases);
}
END_TEST

START_TEST(long_strings_are_scanned_to_the_byte)
{
    /* every length and position relative to the words in which plain bytes are scanned */
    static const struct str odd[] = { IN("\\n"), IN("\xC3\xA9"), IN("\xF0\x9F\x98\x80"), IN("\x01"), IN("\xFF"), IN("\"") };

    for (size_t n = 0; n < 40; n++)
        for (size_t at = 0; at <= n; at++)
            for (size_t i = 0; i < N_ELEMENTS(odd); i++) {
                struct text text = { 0 };

                add(&text, "{\"k\":\"", 6);
                for (size_t k = 0; k < n; k++) {
                    if (k == at)
                        add(&text, odd[i].p, odd[i].n);
                    add(&text, "!", 1);
                }
                add(&text, "\"}", 2);
                ck_assert_int_eq(read_text(slice(&text)), i < 3 || at == n ? RCK_OK : RCK_E_REQUEST);
                if (i < 3 || at == n)
                    ck_assert_uint_eq(seen.text.n, 5 + n + (at == n ? 0 : i == 0 ? 1 : odd[i].n));
                else
                    ck_assert_uint_eq(error.offset, 6 + at + (i == 5 ? 1 : 0));
                free(text.p);
            }
}
END_TEST

START_TEST(utf8_check_finds_the_first_wrong_byte)
{
    static const struct {
        struct str text;
        size_t offset;
    } cases[] = {
        { IN(""), 0 },
        { IN("abc"), 3 },
        { IN("a\0b\x01"), 4 },
        { IN("abcdefgh\xC3\xA9jklmnopqrst"), 21 },
        { IN("\xEF\xBB\xBF\xEF\xBF\xBF"), 6 },
        { IN("abcdefgh\xFFijklmno"), 8 },
        { IN("abcdefg\xE2\x82"), 7 },
        { IN("abcdefgh\xC3\xA9\x80"), 10 },
        { IN("\xED\xA0\x80"), 0 },
        { IN("ab\xE0\x9F\xBF"), 2 },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        size_t n = cases[i].text.n;
        char *copy = malloc(n + 1);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy + 1, cases[i].text.p, n); /* not aligned, and the block ends with it */
        ck_assert_uint_eq(utf8_check((struct str){ copy + 1, n }), cases[i].offset);
        free(copy);
    }
    ck_assert_uint_eq(utf8_check((struct str){ NULL, 0 }), 0);
}
END_TEST

START_TEST(utf8_check_knows_all_sequences_of_three_bytes)
{
    static bool valid[0x1000000];
    char bytes[4];

    /* what the code points make is valid, and nothing else */
    for (uint32_t a = 0; a < 0x80; a++)
        for (uint32_t b = 0; b < 0x80; b++)
            for (uint32_t c = 0; c < 0x80; c++)
                valid[a << 16 | b << 8 | c] = true;
    for (uint32_t code = 0x80; code < 0x10000; code++) {
        size_t n = encode(code, bytes);
        uint32_t first = (uint32_t)(unsigned char)bytes[0];
        uint32_t second = (uint32_t)(unsigned char)bytes[1];

        if (n == 3) {
            valid[first << 16 | second << 8 | (unsigned char)bytes[2]] = code < 0xD800 || code > 0xDFFF;
        } else {
            for (uint32_t other = 0; other < 0x80; other++) {
                valid[first << 16 | second << 8 | other] = true;
                valid[other << 16 | first << 8 | second] = true;
            }
        }
    }
    for (uint32_t i = 0; i < 0x1000000; i++) {
        bytes[0] = (char)(i >> 16);
        bytes[1] = (char)(i >> 8 & 0xFF);
        bytes[2] = (char)(i & 0xFF);
        if ((utf8_check((struct str){ bytes, 3 }) == 3) != valid[i])
            ck_abort_msg("%06x", (unsigned)i);
    }
}
END_TEST

/* ---- what is no request ------------------------------------------------------------------------------------------------- */

START_TEST(the_top_is_an_object)
{
    static const struct bad cases[] = {
        { IN("[]"), 0, "the request is not an object", "" },
        { IN("  [{}]"), 2, "the request is not an object", "" },
        { IN("\"a\""), 0, "the request is not an object", "" },
        { IN("1"), 0, "the request is not an object", "" },
        { IN("null"), 0, "the request is not an object", "" },
        { IN("\n true"), 2, "the request is not an object", "" },
        { IN("subject=user"), 0, "the request is not an object", "" },
        { IN("}"), 0, "the request is not an object", "" },
        { IN("\0{}"), 0, "the request is not an object", "" },
        { IN("// {}"), 0, "the request is not an object", "" },
    };

    BAD(cases);
}
END_TEST

START_TEST(nothing_is_no_request)
{
    static const struct bad cases[] = {
        { IN(""), 0, "the request is empty", "" },
        { IN(" "), 0, "the request is only white space", "" },
        { IN("\r\n\t "), 0, "the request is only white space", "" },
    };

    BAD(cases);
}
END_TEST

START_TEST(nothing_follows_the_object)
{
    static const struct bad cases[] = {
        { IN("{}}"), 2, "text follows the request's object", "" },
        { IN("{}{}"), 2, "text follows the request's object", "" },
        { IN("{\"a\":1} {\"a\":2}"), 8, "text follows the request's object", "" },
        { IN("{\"a\":{\"b\":1}}\n,"), 14, "text follows the request's object", "" },
        { IN("{}\0"), 2, "text follows the request's object", "" },
        { IN("{} // end"), 3, "text follows the request's object", "" },
        { IN("{}\xEF\xBB\xBF"), 2, "text follows the request's object", "" },
    };

    BAD(cases);
}
END_TEST

START_TEST(a_byte_order_mark_is_called_by_its_name)
{
    static const struct bad cases[] = {
        { IN("\xEF\xBB\xBF{}"), 0, "the request begins with a byte order mark", "" },
        { IN("\xEF\xBB\xBF"), 0, "the request begins with a byte order mark", "" },
        { IN("\xEF\xBB"), 0, "the request is not an object", "" },
        { IN("\xFF\xFE{\0}\0"), 0, "the request is UTF-16, not UTF-8", "" },
        { IN("\xFE\xFF\0{\0}"), 0, "the request is UTF-16, not UTF-8", "" },
    };

    BAD(cases);
    /* elsewhere it is a character as any other */
    ck_assert_int_eq(read_text(str_of("{\"a\":\"\xEF\xBB\xBF\"}")), RCK_OK);
}
END_TEST

START_TEST(truncated_requests_are_called_so)
{
    static const struct bad cases[] = {
        { IN("{"), 1, "the request ends before its object is closed", "" },
        { IN("{ "), 2, "the request ends before its object is closed", "" },
        { IN("{\""), 1, "the string is not closed", "" },
        { IN("{\"ab"), 1, "the string is not closed", "" },
        { IN("{\"a\""), 4, "the request ends before its object is closed", "a" },
        { IN("{\"a\":"), 5, "the request ends before its object is closed", "a" },
        { IN("{\"a\":t"), 6, "the request ends before its object is closed", "a" },
        { IN("{\"a\":-"), 6, "the request ends before its object is closed", "a" },
        { IN("{\"a\":1"), 6, "the request ends before its object is closed", "a" },
        { IN("{\"a\":1."), 7, "the request ends before its object is closed", "a" },
        { IN("{\"a\":1e"), 7, "the request ends before its object is closed", "a" },
        { IN("{\"a\":\"b"), 5, "the string is not closed", "a" },
        { IN("{\"a\":\"\\"), 7, "the request ends before its object is closed", "a" },
        { IN("{\"a\":\"\\u12"), 10, "the request ends before its object is closed", "a" },
        { IN("{\"a\":\"\\ud83d\\u"), 14, "the request ends before its object is closed", "a" },
        { IN("{\"a\":1,"), 7, "the request ends before its object is closed", "" },
        { IN("{\"a\":["), 6, "the request ends before its object is closed", "a" },
        { IN("{\"a\":[1,"), 8, "the request ends before its object is closed", "a" },
        { IN("{\"a\":{\"b\":1"), 11, "the request ends before its object is closed", "a.b" },
        { IN("{\"a\":{\"b\":1}"), 12, "the request ends before its object is closed", "" },
    };

    BAD(cases);
    for (size_t i = 0; i < 14 * N_ELEMENTS(cases); i++) /* with each of the bytes of read_with_more() behind it */
        ck_assert_int_eq(read_text(cases[i / 14].text), RCK_E_REQUEST);
}
END_TEST

START_TEST(no_beginning_of_a_request_is_one)
{
    static const char text[] = "{\"subject\":\"user\\u0041\xC3\xA9\",\"role\":[\"owner\", \"admin\"],\"n\":-1.5e+3,"
                               "\"a\":{\"b\":{\"c\":true}},\"d\":[[null],{\"e\":false}]}";

    ck_assert_int_eq(read_text(str_of(text)), RCK_OK);
    for (size_t n = 0; n < sizeof text - 1; n++)
        for (int turn = 0; turn < 14; turn++) { /* with each of the bytes of read_with_more() behind it */
            ck_assert_int_eq(read_text((struct str){ text, n }), RCK_E_REQUEST);
            ck_assert_ptr_nonnull(error.message);
        }
}
END_TEST

START_TEST(punctuation_is_exact)
{
    static const struct bad cases[] = {
        { IN("{,}"), 1, "expected a key or '}' after '{'", "" },
        { IN("{a:1}"), 1, "expected a key or '}' after '{'", "" },
        { IN("{1:1}"), 1, "expected a key or '}' after '{'", "" },
        { IN("{'a':1}"), 1, "expected a key or '}' after '{'", "" },
        { IN("{]"), 1, "expected a key or '}' after '{'", "" },
        { IN("{\"a\":1,}"), 7, "expected a key after ','", "" },
        { IN("{\"a\":1,,\"b\":2}"), 7, "expected a key after ','", "" },
        { IN("{\"a\":{\"b\":1,}}"), 12, "expected a key after ','", "a" },
        { IN("{\"a\"}"), 4, "expected ':' after a key", "a" },
        { IN("{\"a\" 1}"), 5, "expected ':' after a key", "a" },
        { IN("{\"a\"=1}"), 4, "expected ':' after a key", "a" },
        { IN("{\"a\",\"b\"}"), 4, "expected ':' after a key", "a" },
        { IN("{\"a\":}"), 5, "expected a value", "a" },
        { IN("{\"a\"::1}"), 5, "expected a value", "a" },
        { IN("{\"a\":,}"), 5, "expected a value", "a" },
        { IN("{\"a\":/**/1}"), 5, "expected a value", "a" },
        { IN("{\"a\":1/**/}"), 6, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":1;\"b\":2}"), 6, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":1 \"b\":2}"), 7, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":1]"), 6, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":{\"b\":1}]"), 12, "expected ',' or '}' after a value", "" },
        { IN("{\"a\":\"b\"\"c\"}"), 8, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":[,]}"), 6, "expected a value", "a" },
        { IN("{\"a\":[1,]}"), 8, "expected a value", "a" },
        { IN("{\"a\":[1,,2]}"), 8, "expected a value", "a" },
        { IN("{\"a\":[1 2]}"), 8, "expected ',' or ']' after a value", "a" },
        { IN("{\"a\":[1}"), 7, "expected ',' or ']' after a value", "a" },
        { IN("{\"a\":[\"b\":1]}"), 9, "expected ',' or ']' after a value", "a" },
        { IN("{\"a\":[{\"b\":}]}"), 11, "expected a value", "a[0].b" },
        { IN("{\"a\":[1,[2,[{\"b\":{\"c\" 1}}]]]}"), 22, "expected ':' after a key", "a[1][1][0].b.c" },
    };

    BAD(cases);
}
END_TEST

START_TEST(words_are_exact)
{
    static const struct bad cases[] = {
        { IN("{\"a\":True}"), 5, "expected a value", "a" },
        { IN("{\"a\":TRUE}"), 5, "expected a value", "a" },
        { IN("{\"a\":tru}"), 5, "expected a value", "a" },
        { IN("{\"a\":trux}"), 5, "expected a value", "a" },
        { IN("{\"a\":fals\0}"), 5, "expected a value", "a" },
        { IN("{\"a\":nul}"), 5, "expected a value", "a" },
        { IN("{\"a\":nan}"), 5, "expected a value", "a" },
        { IN("{\"a\":undefined}"), 5, "expected a value", "a" },
        { IN("{\"a\":owner}"), 5, "expected a value", "a" },
        { IN("{\"a\":truetrue}"), 9, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":nullx}"), 9, "expected ',' or '}' after a value", "a" },
        { IN("{\"a\":'b'}"), 5, "expected a value", "a" },
    };

    BAD(cases);
}
END_TEST

START_TEST(help_says_what_to_do)
{
    static const struct {
        const char *text;
        const char *help;
    } cases[] = {
        { "[]", "write {\"subject\": ..., \"action\": ..., \"resource\": ...}, of an HTTP request {\"method\": ..., \"url\": ...}, in one line" },
        { "{", "it is cut off, perhaps by a line break: a request stands in one line" },
        { "{}{}", "a request is one JSON object and nothing else" },
        { "\xEF\xBB\xBF{}", "leave U+FEFF out" },
        { "{\"a\":1,}", "leave out the ',' before '}'" },
        { "{a:1}", "keys are written in double quotes" },
        { "{\"a\":1,'b':1}", "keys are written in double quotes" },
        { "{\"a\":'b'}", "strings are written in double quotes" },
        { "{\"a\":+1}", "a number has no '+' before it" },
        { "{\"a\":.1}", "a number has a digit before its point" },
        { "{\"a\":/*1*/2}", "JSON has no comments" },
        { "{\"a\":[1,]}", "leave out the ',' before ']'" },
        { "{\"a\":True}", "the only words are true, false and null; text is written in double quotes" },
        { "{\"a\":007}", "leave leading zeros out; text that is no number needs double quotes" },
        { "{\"a\":\"\n\"}", "write it as an escape, such as \\n or \\u001b" },
        { "{\"a\":\"C:\\Users\"}", "a backslash itself is written \\\\" },
        { "{\"a\":{\"b\":1},\"a.b\":1}", "dotted keys and nested objects are two spellings of one key" },
        { "{\"a\":1,\"a\":1}", NULL },
        { "{\"a\":1,,}", NULL },
        { "{\"a\":]}", NULL },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        ck_assert_int_eq(read_text(str_of(cases[i].text)), RCK_E_REQUEST);
        ck_assert_pstr_eq(error.help, cases[i].help);
    }
}
END_TEST

START_TEST(no_changed_byte_does_harm)
{
    static const char text[] = "{\"s\\u00e9\":\"\xE2\x82\xAC\\ud83d\\ude00\",\"r\":[\"o\",{\"x\":[1]}],\"n\":-1.5e+3,"
                               "\"a\":{\"b\":true}}";
    char copy[sizeof text];

    memcpy(copy, text, sizeof text);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        for (int c = 0; c < 256; c++) {
            enum rck_status status;

            copy[i] = (char)c;
            status = read_text((struct str){ copy, sizeof text - 1 });
            ck_assert(status == RCK_OK || (status == RCK_E_REQUEST && error.message != NULL));
        }
        copy[i] = text[i];
    }
    ck_assert_int_eq(read_text(str_of(copy)), RCK_OK);
}
END_TEST

START_TEST(the_key_of_an_error_is_cut_and_clean)
{
    /* 62 bytes, then a character of two that does not fit, and one more */
    static const char longer[] = "{\"12345678901234567890123456789012345678901234567890123456789012\xC3\xA9x\":}";
    static const char exact[] = "{\"123456789012345678901234567890123456789012345678901234567890123\":}";

    ck_assert_int_eq(read_text(str_of(longer)), RCK_E_REQUEST);
    ck_assert_str_eq(error.key, "12345678901234567890123456789012345678901234567890123456789012");
    ck_assert_int_eq(read_text(str_of(exact)), RCK_E_REQUEST);
    ck_assert_str_eq(error.key, "123456789012345678901234567890123456789012345678901234567890123");
    ck_assert_int_eq(read_text(str_of("{\"a\\u001b[2J\x7F\xC2\x9B\xC2\xA9\\n\":{\"\\t\":}}")), RCK_E_REQUEST);
    ck_assert_str_eq(error.key, "a?[2J???\xC2\xA9?.?");
}
END_TEST

/* ---- duplicates --------------------------------------------------------------------------------------------------------- */

START_TEST(a_key_is_given_once)
{
    static const char message[] = "the key is given twice";
    const struct bad cases[] = {
        { IN("{\"a\":1,\"a\":1}"), 7, message, "a" },
        { IN("{\"a\":1,\"b\":2,\"a\":null}"), 13, message, "a" },
        { IN("{\"a\":1,\"\\u0061\":2}"), 7, message, "a" },
        { IN("{\"\\u0061\":1,\"a\":2}"), 12, message, "a" },
        { IN("{\"\\u0061\":1,\"\\u0061\":2}"), 12, message, "a" },
        { IN("{\"\":1,\"\":2}"), 6, message, "" },
        { IN("{\"a\":{},\"a\":{}}"), 8, message, "a" },
        { IN("{\"a\":{\"b\":1},\"a\":{\"c\":1}}"), 13, message, "a" },
        { IN("{\"a\":[],\"a\":[]}"), 8, message, "a" },
        { IN("{\"a\":{\"b\":1,\"c\":2,\"b\":3}}"), 18, message, "a.b" },
        { IN("{\"a\":{\"b\":{\"c\":1,\"c\":2}}}"), 17, message, "a.b.c" },
        { IN("{\"a\":{\"\":1,\"\":2}}"), 11, message, "a." },
    };

    BAD(cases);
}
END_TEST

START_TEST(dotted_and_nested_keys_are_one)
{
    static const char message[] = "the key is given twice";
    const struct bad cases[] = {
        { IN("{\"a\":{\"b\":1},\"a.b\":2}"), 13, message, "a.b" },
        { IN("{\"a.b\":2,\"a\":{\"b\":1}}"), 14, message, "a.b" },
        { IN("{\"a.b\":{},\"a\":{\"b\":1}}"), 15, message, "a.b" },
        { IN("{\"a.b\":{\"c\":1},\"a\":{\"b\":{\"d\":1}}}"), 20, message, "a.b" },
        { IN("{\"a.b\":{\"c\":1},\"a\":{\"b.c\":1}}"), 20, message, "a.b.c" },
        { IN("{\"a\":{\"b.c\":{\"d\":1}},\"a.b\":{\"c.d\":1}}"), 28, message, "a.b.c.d" },
        { IN("{\"a\":{\"b\":{\"c\":{\"d\":1}}},\"a.b.c.d\":1}"), 25, message, "a.b.c.d" },
        { IN("{\"a\":{\"\\u0062\":1},\"\\u0061\\u002eb\":2}"), 18, message, "a.b" },
        { IN("{\"\":{\"\":1},\".\":2}"), 11, message, "." },
        { IN("{\".\":1,\"\":{\"\":2}}"), 11, message, "." },
        { IN("{\"\":{\"a\":1},\".a\":2}"), 12, message, ".a" },
        { IN("{\"a\":{\"\":1},\"a.\":2}"), 12, message, "a." },
        { IN("{\"a\":{\".b\":1},\"a.\":{\"b\":2}}"), 20, message, "a..b" },
        { IN("{\"a\":[1],\"a\":{}}"), 9, message, "a" },
    };

    BAD(cases);
}
END_TEST

START_TEST(different_paths_are_not_mixed_up)
{
    static const struct good cases[] = {
        { IN("{\"ab\":1,\"a.b\":2,\"a\":{\"c\":3}}"), IN("ab=1 a.b=2 a{ a.c=3 ") },
        { IN("{\"a\":{\"b\":1},\"c\":{\"b\":1},\"b\":1}"), IN("a{ a.b=1 c{ c.b=1 b=1 ") },
        { IN("{\"a\":{\"bc\":1},\"ab\":{\"c\":1},\"a.b\":{\"c\":1}}"), IN("a{ a.bc=1 ab{ ab.c=1 a.b{ a.b.c=1 ") },
        { IN("{\"x.c\":1,\"y\":{\"c\":1},\"a.c\":1,\"z\":{\"c\":1}}"), IN("x.c=1 y{ y.c=1 a.c=1 z{ z.c=1 ") },
        { IN("{\"a\":{\"b\":{\"a\":{\"b\":1}}},\"a.b.a\":1}"), IN("") },
        { IN("{\"\":1,\".\":2,\"..\":3,\"a\":{\"\":4,\".\":5}}"), IN("=1 .=2 ..=3 a{ a.=4 a..=5 ") },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        if (cases[i].seen.n != 0)
            expect_good(&cases[i], 1);
        else
            ck_assert_int_eq(read_text(cases[i].text), RCK_E_REQUEST);
    }
}
END_TEST

START_TEST(each_object_in_an_array_has_keys_of_its_own)
{
    static const char message[] = "the key is given twice";
    static const struct good good[] = {
        { IN("{\"a\":[{\"b\":1},{\"b\":1}],\"b\":1}"), IN("a[ a+~ a+~ b=1 ") },
        { IN("{\"a\":[{\"b\":1}],\"a.b\":1,\"a[0].b\":1,\"a.0.b\":1,\"a.0\":1}"), IN("a[ a+~ a.b=1 a[0].b=1 a.0.b=1 a.0=1 ") },
        { IN("{\"b\":1,\"a\":[{\"b\":[{\"b\":1},{\"b\":1}]},[{\"b\":1},[{\"b\":1}]]]}"), IN("b=1 a[ a+~ a+~ ") },
        { IN("{\"a\":[{\"b\":{\"c\":1}},{\"b.c\":1}]}"), IN("a[ a+~ a+~ ") },
    };
    const struct bad bad[] = {
        { IN("{\"a\":[{\"b\":1,\"b\":2}]}"), 13, message, "a[0].b" },
        { IN("{\"a\":[0,{\"b\":{\"c\":1},\"b.c\":2}]}"), 21, message, "a[1].b.c" },
        { IN("{\"a\":[{\"b\":[{\"c\":1}],\"d\":1,\"b\":2}]}"), 27, message, "a[0].b" },
        { IN("{\"a\":[[{\"b\":1},{\"c\":1,\"c\":1}]]}"), 22, message, "a[0][1].c" },
        { IN("{\"a\":[{\"b\":1}],\"c\":1,\"a\":1}"), 21, message, "a" },
    };

    GOOD(good);
    BAD(bad);
}
END_TEST

/* A number for tests that have to be the same each time. */
static uint32_t
draw(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

/* Writes keys that differ by their number, in one of several shapes. */
static void
add_key(struct text *text, unsigned shape, unsigned i)
{
    switch (shape) {
    case 0: /* differ at the end */
        addf(text, "\"key%u\":0", i);
        break;
    case 1: /* differ at the beginning */
        addf(text, "\"%u key\":0", i);
        break;
    case 2: /* all bits of few bytes */
        add(text, "\"", 1);
        for (unsigned bit = 0; bit < 16; bit++)
            add(text, (i >> bit & 1) != 0 ? "b" : "a", 1);
        add(text, "\":0", 3);
        break;
    case 3: /* with escapes */
        addf(text, "\"\\u0041%u\\n\":0", i);
        break;
    default: /* nested, one below the other in tens, closed at once */
        addf(text, "\"n%u\":{\"x\":0}", i);
    }
}

START_TEST(duplicates_are_found_among_many_keys)
{
    static const unsigned counts[] = { 1, 2, 10, 31, 32, 33, 34, 127, 128, 129, 511, 512, 513, 5000, 16000 };

    for (unsigned shape = 0; shape < 5; shape++)
        for (size_t i = 0; i < N_ELEMENTS(counts); i++) {
            struct text text = { 0 };
            size_t offset;

            for (unsigned k = 0; k < counts[i]; k++) {
                add(&text, k == 0 ? "{" : ",", 1);
                add_key(&text, shape, k);
            }
            add(&text, "}", 1);
            ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
            /* the first, the middle and the last key again */
            for (unsigned k = 0; k < 3; k++) {
                text.n = strlen(text.p) - 1;
                while (text.p[text.n] != '}' || (k == 0 && text.n != strlen(text.p) - 1))
                    text.n--;
                offset = text.n + 1;
                add(&text, ",", 1);
                add_key(&text, shape, k == 0 ? 0 : k == 1 ? counts[i] / 2 : counts[i] - 1);
                add(&text, "}", 1);
                ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
                ck_assert_str_eq(error.message, "the key is given twice");
                ck_assert_uint_eq(error.offset, offset);
                text.n = offset - 1;
                add(&text, "}", 1);
            }
            free(text.p);
        }
}
END_TEST

/* Writes an object whose keys, chosen at random, often meet; the paths go to PATHS, each with its line end. */
static void
add_object(struct text *text, struct text *paths, uint32_t *state, const char *prefix, unsigned depth, unsigned n)
{
    static const char *const names[] = { "a", "b", "a.b", "b.a", "a.a.b", "", ".", "c", "\\u0062", "c.\\u0061", "d", "e" };
    static const char *const plain[] = { "a", "b", "a.b", "b.a", "a.a.b", "", ".", "c", "b", "c.a", "d", "e" };

    add(text, "{", 1);
    for (unsigned i = 0; i < n; i++) {
        uint32_t k = draw(state) % N_ELEMENTS(names);
        char path[128];

        (void)snprintf(path, sizeof path, "%s%s", prefix, plain[k]);
        addf(paths, "%s\n", path);
        addf(text, "%s\"%s\":", i == 0 ? "" : ",", names[k]);
        if (depth < 3 && draw(state) % 3 == 0) {
            (void)snprintf(path + strlen(path), sizeof path - strlen(path), ".");
            add_object(text, paths, state, path, depth + 1, draw(state) % 4);
        } else {
            add(text, "0", 1);
        }
    }
    add(text, "}", 1);
}

START_TEST(duplicates_are_what_equal_paths_are)
{
    uint32_t state = 1;
    unsigned n_twice = 0;

    for (unsigned i = 0; i < 20000; i++) {
        struct text text = { 0 };
        struct text paths = { 0 };
        bool twice = false;
        unsigned filling = i % 2 != 0 ? 40 : 0;

        /* half of them with enough other keys before that the hash table is in use */
        add(&text, "{", 1);
        for (unsigned k = 0; k < filling; k++)
            addf(&text, "\"x%u\":0,", k);
        add(&text, "\"y\":", 4);
        add_object(&text, &paths, &state, "", 0, 1 + i % 6);
        add(&text, "}", 1);
        add(&paths, "", 0);
        for (const char *a = paths.p; *a != '\0' && !twice; a = strchr(a, '\n') + 1) {
            size_t n = (size_t)(strchr(a, '\n') + 1 - a);

            for (const char *b = a + n; *b != '\0' && !twice; b = strchr(b, '\n') + 1)
                twice = strncmp(a, b, n) == 0;
        }
        n_twice += twice;
        ck_assert_msg((read_text(slice(&text)) == RCK_E_REQUEST) == twice, "%s", text.p);
        ck_assert(!twice || strcmp(error.message, "the key is given twice") == 0);
        free(text.p);
        free(paths.p);
    }
    ck_assert_uint_gt(n_twice, 4000);
    ck_assert_uint_lt(n_twice, 16000);
}
END_TEST

START_TEST(the_seed_changes_no_answer)
{
    for (uint64_t seed = 1; seed != 0; seed <<= 1) {
        struct text text = { 0 };

        reader.seed = seed;
        for (unsigned k = 0; k < 200; k++) {
            add(&text, k == 0 ? "{" : ",", 1);
            add_key(&text, 4, k);
        }
        add(&text, "}", 1);
        ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
        text.n--;
        add(&text, ",\"n7.x\":1}", 10);
        ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
        ck_assert_str_eq(error.key, "n7.x");
        ck_assert_uint_eq(reader.seed, seed);
        free(text.p);
    }
}
END_TEST

/* ---- limits ------------------------------------------------------------------------------------------------------------- */

/* Writes DEPTH objects (or arrays, but for the top) inside one another. */
static void
add_nested(struct text *text, size_t depth, bool arrays)
{
    add(text, "{", 1);
    for (size_t i = 1; i < depth; i++)
        add(text, !arrays ? "\"k\":{" : i == 1 ? "\"k\":[" : "[", !arrays || i == 1 ? 5 : 1);
    for (size_t i = 1; i < depth; i++)
        add(text, arrays ? "]" : "}", 1);
    add(text, "}", 1);
}

START_TEST(nesting_has_a_limit)
{
    for (int arrays = 0; arrays < 2; arrays++)
        for (size_t depth = REQUEST_DEPTH_MAX - 1; depth <= REQUEST_DEPTH_MAX + 1; depth++) {
            struct text text = { 0 };

            add_nested(&text, depth, arrays != 0);
            if (depth <= REQUEST_DEPTH_MAX) {
                ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
            } else {
                ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
                ck_assert_str_eq(error.message, "objects and arrays are nested deeper than 64");
                ck_assert_uint_eq(error.offset, arrays != 0 ? 5 + depth - 2 : 5 * (depth - 1));
            }
            free(text.p);
        }
}
END_TEST

START_TEST(the_number_of_keys_has_a_limit)
{
    for (unsigned n = REQUEST_KEYS_MAX - 1; n <= REQUEST_KEYS_MAX + 1; n++)
        for (int nested = 0; nested < 2; nested++) {
            struct text text = { 0 };

            add(&text, nested != 0 ? "{\"a\":{" : "{", nested != 0 ? 6 : 1);
            for (unsigned i = nested != 0 ? 1 : 0; i < n; i++)
                addf(&text, "\"%x\":0,", i);
            text.n--;
            add(&text, "}}", nested != 0 ? 2 : 1);
            if (n <= REQUEST_KEYS_MAX) {
                ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
                ck_assert_uint_eq(seen.n, n);
            } else {
                ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
                ck_assert_str_eq(error.message, "the request has more than 65536 keys");
            }
            free(text.p);
        }
}
END_TEST

START_TEST(the_number_of_bytes_has_a_limit)
{
    for (size_t n = REQUEST_BYTES_MAX - 1; n <= REQUEST_BYTES_MAX + 1; n++) {
        struct text text = { 0 };

        add(&text, "{\"a\":\"", 6);
        while (text.n < n - 2)
            add(&text, "x", 1);
        add(&text, "\"}", 2);
        if (n <= REQUEST_BYTES_MAX) {
            ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
            ck_assert_uint_eq(seen.text.n, n - 8 + 5);
        } else {
            ck_assert_int_eq(read_text(slice(&text)), RCK_E_REQUEST);
            ck_assert_str_eq(error.message, "the request is longer than 1048576 bytes");
            ck_assert_uint_eq(error.offset, REQUEST_BYTES_MAX);
        }
        free(text.p);
    }
}
END_TEST

static void *
read_deep(void *arg)
{
    const struct str *text = arg;

    return read_text(*text) == RCK_OK ? arg : NULL;
}

START_TEST(a_small_stack_is_enough)
{
    struct text text = { 0 };
    struct str deep;
    pthread_attr_t attributes;
    pthread_t thread;
    void *result;

    add_nested(&text, REQUEST_DEPTH_MAX, false);
    deep = slice(&text);
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, 64 * 1024), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, read_deep, &deep), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, &deep);
    (void)pthread_attr_destroy(&attributes);
    free(text.p);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

/* An allocator that counts, and fails when told. */
struct counter {
    size_t n;       /* calls that asked for memory */
    size_t fail_at; /* of these, the first to fail; 0: none */
    bool for_ever;  /* and all after it */
    size_t held;    /* bytes */
    size_t peak;
};

static bool
refused(struct counter *counter)
{
    counter->n++;
    return counter->fail_at != 0 && (counter->for_ever ? counter->n >= counter->fail_at : counter->n == counter->fail_at);
}

static void *
counted_resize(void *old, size_t size, void *ctx)
{
    struct counter *counter = ctx;
    char *p;

    if (refused(counter))
        return NULL;
    p = malloc(sizeof(max_align_t) + size);
    ck_assert_ptr_nonnull(p);
    memcpy(p, &size, sizeof size);
    counter->held += size;
    counter->peak = counter->held > counter->peak ? counter->held : counter->peak;
    if (old != NULL) {
        char *block = (char *)old - sizeof(max_align_t);
        size_t old_size;

        memcpy(&old_size, block, sizeof old_size);
        memcpy(p + sizeof(max_align_t), old, old_size < size ? old_size : size);
        counter->held -= old_size;
        free(block);
    }
    return p + sizeof(max_align_t);
}

static void *
counted_alloc(size_t size, void *ctx)
{
    return counted_resize(NULL, size, ctx);
}

static void
counted_release(void *p, void *ctx)
{
    struct counter *counter = ctx;
    size_t size;

    if (p == NULL)
        return;
    memcpy(&size, (char *)p - sizeof(max_align_t), sizeof size);
    counter->held -= size;
    free((char *)p - sizeof(max_align_t));
}

/* Writes a request that needs every buffer. */
static void
add_everything(struct text *text)
{
    static const char begin[] = "{\"\\u0061\":{\"b\\n\":[\"\\u0041\",{\"c\":{\"d\":0}}]},\"s\":\"\\t\",\"long\":{\"";

    add(text, begin, sizeof begin - 1);
    for (unsigned i = 0; i < 300; i++)
        add(text, "x", 1);
    add(text, "\":0}", 4);
    for (unsigned i = 0; i < 600; i++)
        addf(text, ",\"key%u\\/\":\"\\n%u\"", i, i);
    add(text, "}", 1);
}

START_TEST(a_warm_reader_allocates_nothing)
{
    struct counter counter = { 0 };
    const struct rck_allocator mem = { counted_alloc, counted_resize, counted_release, &counter };
    struct text text = { 0 };
    size_t n;

    reader.mem = &mem;
    ck_assert_int_eq(read_text(str_of("{\"a\":\"\\n\",\"b\":{\"c\":[1]},\"\\u0064\":1}")), RCK_OK);
    n = counter.n;
    ck_assert_uint_gt(n, 0);
    ck_assert_int_eq(read_text(str_of("{\"b\":\"\\t\",\"a\":{\"x\":[1]},\"\\u0065\":1}")), RCK_OK);
    ck_assert_uint_eq(counter.n, n);
    add_everything(&text);
    ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
    n = counter.n;
    ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
    ck_assert_int_eq(read_text(str_of("{\"a\":\"\\n\",\"b\":{\"c\":[1]},\"\\u0064\":1}")), RCK_OK);
    ck_assert_uint_eq(counter.n, n);
    json_reader_free(&reader);
    ck_assert_uint_eq(counter.held, 0);
    ck_assert_ptr_eq(reader.mem, &mem);
    free(text.p);
    reader.mem = NULL;
}
END_TEST

START_TEST(a_plain_small_request_allocates_little)
{
    struct counter counter = { 0 };
    const struct rck_allocator mem = { counted_alloc, counted_resize, counted_release, &counter };

    reader.mem = &mem;
    ck_assert_int_eq(read_text(str_of("{\"a\":1,\"b\":\"c\",\"d\":true,\"e\":null,\"f\":1,\"g\":2}")), RCK_OK);
    ck_assert_uint_eq(counter.n, 1);
    ck_assert_int_eq(read_text(str_of("{}")), RCK_OK);
    ck_assert_uint_eq(counter.n, 1);
    json_reader_free(&reader);
    ck_assert_uint_eq(counter.held, 0);
    reader.mem = NULL;
}
END_TEST

START_TEST(every_failed_allocation_is_reported)
{
    struct text text = { 0 };
    size_t n_sites = 0;

    add_everything(&text);
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        enum rck_status status = RCK_E_NOMEM;

        for (size_t fail_at = 1; status == RCK_E_NOMEM; fail_at++) {
            struct counter counter = { .fail_at = fail_at, .for_ever = for_ever != 0 };
            const struct rck_allocator mem = { counted_alloc, counted_resize, counted_release, &counter };

            reader = (struct json_reader){ .mem = &mem };
            status = read_text(slice(&text));
            if (status == RCK_E_NOMEM) {
                n_sites++;
                ck_assert_ptr_null(error.message);
                /* the reader is as good as before */
                counter.fail_at = 0;
                ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
                ck_assert_uint_eq(seen.n, 607);
            }
            json_reader_free(&reader);
            ck_assert_uint_eq(counter.held, 0);
        }
        ck_assert_int_eq(status, RCK_OK);
    }
    ck_assert_uint_gt(n_sites, 20);
    reader = (struct json_reader){ 0 };
    free(text.p);
}
END_TEST

START_TEST(memory_is_linear_in_the_text)
{
    /* a path of 60 long keys with very many keys below; as many keys as fit; escapes everywhere; objects in arrays */
    for (int shape = 0; shape < 4; shape++) {
        struct counter counter = { 0 };
        const struct rck_allocator mem = { counted_alloc, counted_resize, counted_release, &counter };
        struct text text = { 0 };

        reader = (struct json_reader){ .mem = &mem };
        seen.quiet = true;
        add(&text, "{", 1);
        if (shape == 0) {
            for (unsigned i = 0; i < 60; i++) {
                add(&text, "\"", 1);
                for (unsigned k = 0; k < 10000; k++)
                    add(&text, "long", 4);
                text.n -= 30000;
                add(&text, "\":{", 3);
            }
            for (unsigned i = 0; i < 30000; i++)
                addf(&text, "\"%x\":0,", i);
            text.n--;
            for (unsigned i = 0; i < 60; i++)
                add(&text, "}", 1);
        } else if (shape == 1) {
            for (unsigned i = 0; i < 65536; i++)
                addf(&text, "\"%x\":0,", i);
            text.n--;
        } else if (shape == 2) {
            for (unsigned i = 0; i < 40000; i++)
                addf(&text, "\"\\n%x\":\"\\n\",", i);
            text.n--;
        } else {
            add(&text, "\"\":[", 4);
            for (unsigned i = 0; i < 65535; i++)
                add(&text, "{\"\":0},", 7);
            text.n--;
            add(&text, "]", 1);
        }
        add(&text, "}", 1);
        ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
        ck_assert_uint_lt(counter.peak, 16 * text.n);
        json_reader_free(&reader);
        free(text.p);
    }
    reader = (struct json_reader){ 0 };
}
END_TEST

START_TEST(a_freed_reader_can_be_used_again)
{
    json_reader_free(&reader);
    ck_assert_int_eq(read_text(str_of("{\"\\n\":\"\\n\"}")), RCK_OK);
    json_reader_free(&reader);
    ck_assert_int_eq(read_text(str_of("{\"\\n\":\"\\n\"}")), RCK_OK);
    json_reader_free(&reader);
    json_reader_free(&reader);
}
END_TEST

START_TEST(nothing_is_left_from_the_request_before)
{
    static const struct good cases[] = {
        { IN("{\"a\":1,\"b\":{\"c\":2}}"), IN("a=1 b{ b.c=2 ") },
        { IN("{\"a\":1,\"b\":{\"c\":2}}"), IN("a=1 b{ b.c=2 ") },
        { IN("{\"b.c\":1}"), IN("b.c=1 ") },
    };
    struct text text = { 0 };

    add_everything(&text);
    GOOD(cases);
    ck_assert_int_eq(read_text(slice(&text)), RCK_OK);
    GOOD(cases);
    ck_assert_int_eq(read_text(str_of("{\"a\":{\"b\":[{\"c\":")), RCK_E_REQUEST);
    GOOD(cases);
    free(text.p);
}
END_TEST

static size_t
below(uint64_t *state, size_t n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(*state >> 33) % n;
}

/* Writes a request of few keys, whose lengths lie around those that the reader compares in one go, into TEXT; some are broken. */
static void
draw_request(struct text *text, uint64_t *state)
{
    static const char *const keys[] = {
        "a", "b", "ab", "a.b", "b.a", "", "\\u0061", "role", "\xC3\xA4", "fourteen-bytes", "fifteen-bytes--", "sixteen-bytes---",
        "seventeen-bytes--", "thirty-bytes-long-as-it-is----", "thirty-one-bytes-long-as-it-is-", "thirty-two-bytes-long-as-it-is--",
        "thirty-three-bytes-long-as-it-is-", "sixteen-bytes--+", "seventeen-bytes-+", "thirty-one-bytes-long-as-it-is+",
    };
    static const char *const values[] = {
        "1", "\"s\"", "null", "true", "[]", "[1,\"s\"]", "[{\"a\":1,\"b\":2}]", "{}", "{\"a\":1}", "{\"b\":{\"a\":1}}", "-1.5e3",
        "123456789012345678", "1234567890123456789", "01", "1x", "\"\\n\"",
    };
    size_t n;

    text->n = 0;
    n = below(state, 6);
    add(text, "{", 1);
    for (size_t i = 0; i < n; i++) {
        const char *value = values[below(state, below(state, 4) == 0 ? N_ELEMENTS(values) : 4)];
        size_t key = below(state, 3) == 0 ? below(state, N_ELEMENTS(keys)) : 9 * i % N_ELEMENTS(keys);

        addf(text, "%s%s\"%s\":%s", i == 0 ? "" : ",", below(state, 8) == 0 ? " " : "", keys[key], value);
    }
    add(text, "}", 1);
    if (below(state, 8) == 0)
        text->n = below(state, text->n);
}

/* Keys that an earlier request had at the same places are only compared with those: that must be all that it is. */
START_TEST(what_was_read_before_changes_no_answer)
{
    struct text text = { 0 }, expected = { 0 };
    struct json_reader warm = { 0 };
    uint64_t state = 42;
    size_t n_accepted = 0;

    seen.offsets = true;
    for (size_t i = 0; i < 40000; i++) {
        struct json_error fresh_error;
        enum rck_status status;

        draw_request(&text, &state);
        status = read_text(slice(&text));
        fresh_error = error;
        expected.n = 0;
        add(&expected, seen.text.p, seen.text.n);
        json_reader_free(&reader);

        reader = warm;
        ck_assert_int_eq(read_text(slice(&text)), status);
        warm = reader;
        reader = (struct json_reader){ 0 };
        ck_assert_msg(str_equal(slice(&seen.text), slice(&expected)), "%.*s: seen %s", (int)text.n, text.p, seen.text.p);
        if (status == RCK_E_REQUEST) {
            ck_assert_str_eq(error.message, fresh_error.message);
            ck_assert_uint_eq(error.offset, fresh_error.offset);
            ck_assert_str_eq(error.key, fresh_error.key);
        }
        n_accepted += status == RCK_OK;
    }
    ck_assert_uint_gt(n_accepted, 20000);
    ck_assert_uint_lt(n_accepted, 35000);
    json_reader_free(&warm);
    free(text.p);
    free(expected.p);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------------------------- */

static Suite *
json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, scalars_come_with_their_paths);
    tcase_add_test(tests, nested_objects_are_dotted_paths);
    tcase_add_test(tests, arrays_give_their_members);
    tcase_add_test(tests, insides_of_members_are_not_reported);
    tcase_add_test(tests, white_space_may_stand_between_tokens);
    tcase_add_test(tests, only_four_bytes_are_white_space);
    tcase_add_test(tests, offsets_are_those_of_keys_and_values);
    tcase_add_test(tests, values_come_as_they_were_written_too);
    tcase_add_test(tests, a_receiver_may_stop_the_reading);
    tcase_add_test(tests, numbers_come_as_their_spelling);
    tcase_add_test(tests, what_is_almost_a_number_is_refused);
    tcase_add_test(tests, escapes_are_undone);
    tcase_add_test(tests, other_escapes_are_refused);
    tcase_add_test(tests, surrogates_come_in_pairs);
    tcase_add_test(tests, control_characters_are_written_as_escapes);
    tcase_add_test(tests, no_string_holds_u_0000);
    tcase_add_test(tests, strings_are_utf_8);
    tcase_add_test(tests, every_character_can_stand_in_a_string);
    tcase_add_test(tests, noncharacters_are_refused);
    tcase_add_test(tests, long_strings_are_scanned_to_the_byte);
    tcase_add_test(tests, utf8_check_finds_the_first_wrong_byte);
    tcase_add_test(tests, utf8_check_knows_all_sequences_of_three_bytes);
    tcase_add_test(tests, the_top_is_an_object);
    tcase_add_test(tests, nothing_is_no_request);
    tcase_add_test(tests, nothing_follows_the_object);
    tcase_add_test(tests, a_byte_order_mark_is_called_by_its_name);
    tcase_add_test(tests, truncated_requests_are_called_so);
    tcase_add_test(tests, no_beginning_of_a_request_is_one);
    tcase_add_test(tests, punctuation_is_exact);
    tcase_add_test(tests, words_are_exact);
    tcase_add_test(tests, help_says_what_to_do);
    tcase_add_test(tests, no_changed_byte_does_harm);
    tcase_add_test(tests, the_key_of_an_error_is_cut_and_clean);
    tcase_add_test(tests, a_key_is_given_once);
    tcase_add_test(tests, dotted_and_nested_keys_are_one);
    tcase_add_test(tests, different_paths_are_not_mixed_up);
    tcase_add_test(tests, each_object_in_an_array_has_keys_of_its_own);
    tcase_add_test(tests, duplicates_are_found_among_many_keys);
    tcase_add_test(tests, duplicates_are_what_equal_paths_are);
    tcase_add_test(tests, the_seed_changes_no_answer);
    tcase_add_test(tests, nesting_has_a_limit);
    tcase_add_test(tests, the_number_of_keys_has_a_limit);
    tcase_add_test(tests, the_number_of_bytes_has_a_limit);
    tcase_add_test(tests, a_small_stack_is_enough);
    tcase_add_test(tests, a_warm_reader_allocates_nothing);
    tcase_add_test(tests, a_plain_small_request_allocates_little);
    tcase_add_test(tests, every_failed_allocation_is_reported);
    tcase_add_test(tests, memory_is_linear_in_the_text);
    tcase_add_test(tests, a_freed_reader_can_be_used_again);
    tcase_add_test(tests, nothing_is_left_from_the_request_before);
    tcase_add_test(tests, what_was_read_before_changes_no_answer);
    suite_add_tcase(suite, tests);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(json_suite());
    int n_run;
    int n_failed;

    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
