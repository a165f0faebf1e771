/* SPDX-License-Identifier: MIT
 *
 * Requests that a program fills by handle, and what it gets back as text.  A handle of another type, of nothing or of the time, a value
 * given twice, a text that is too long or is none: each is refused, and the request stays invalid.  What is written into a buffer of any
 * size is the beginning of the whole, ended by a NUL, and its length is that of the whole.
 */
#include <config.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/caps.h"
#include "../engine/rulecheck.h"
#include "judge.h"

static const char rules[] =
    "policy p; default allow;\n"
    "vocabulary { subject user, bot; role owner, guest; action read, write; open resource doc, doc.page, doc.page.x, doc.line;\n"
    "  resource pages = doc.page; attribute i : int 0..900; attribute d : decimal; attribute t : time; attribute s, other : string;\n"
    "  attribute b : bool; attribute e : { red, blue }; attribute g : set of { x, y }; attribute o : open { en, de };\n"
    "  attribute og : set of open { k, l }; attribute size : int in MB; attribute space.a : bool; attribute p : int 5..9; attribute low : int ..9; attribute share : decimal 0.5..1.5; }\n"
    "param most : int = 30;\n"
    "late: deny when now > 2027-01-01 says \"It is {now}, and {s} of {most} {e}; {i} \\\"{o}\\\" {og}.\";\n"
    "plain: deny when i == 1; long: deny when i == 2 says \"Too much.\";\n";

static void
expect(bool ok, const char *what, uint64_t value)
{
    judge(ok, "%s (%" PRIu64 ")", what, value);
}

static struct rck_policy *
compile(const char *text)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    if (rck_policy_compile(context, "p.rules", text, strlen(text), &diagnostics, &policy) != RCK_OK) {
        fprintf(stderr, "does not compile: %s\n", diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0)->message : "no memory");
        abort();
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return policy;
}

static uint32_t
handle(const struct rck_policy *policy, const char *name)
{
    return rck_policy_find_attribute(policy, name, strlen(name));
}

/* A complete tuple, but for attributes. */
static void
begin(struct rck_policy *policy, struct rck_request *request)
{
    rck_request_reset(request);
    if (rck_request_set_name(request, handle(policy, "subject"), "user", 4) != RCK_OK
        || rck_request_set_name(request, handle(policy, "action"), "read", 4) != RCK_OK
        || rck_request_set_name(request, handle(policy, "resource"), "doc", 3) != RCK_OK)
        abort();
}

enum { N_SETTERS = 8 };

/* Gives ATTRIBUTE a value that is right for setter WHICH. */
static enum rck_status
set(struct rck_request *request, uint32_t attribute, int which)
{
    switch (which) {
    case 0:
        return rck_request_set_int(request, attribute, 5);
    case 1:
        return rck_request_set_decimal(request, attribute, 2500000);
    case 2:
        return rck_request_set_time(request, attribute, 1);
    case 3:
        return rck_request_set_string(request, attribute, "x", 1);
    case 4:
        return rck_request_set_bool(request, attribute, true);
    case 5:
        return rck_request_set_name(request, attribute, "blue", 4);
    case 6:
        return rck_request_add_name(request, attribute, "x", 1);
    default:
        return rck_request_set_empty(request, attribute);
    }
}

static void
test_handles(struct rck_policy *policy, struct rck_request *request)
{
    static const char *const of[N_SETTERS] = { "i", "d", "t", "s", "b", "e", "g", "g" };
    const uint32_t wrong[] = { 100000, RCK_NONE, handle(policy, "nothing") };

    for (int which = 0; which < N_SETTERS; which++) {
        for (int other = 0; other < N_SETTERS; other++) {
            bool same = strcmp(of[which], of[other]) == 0;

            begin(policy, request);
            expect(set(request, handle(policy, of[other]), which) == (same ? RCK_OK : RCK_E_ARGUMENT), "a setter's status",
                  (uint64_t)(10 * which + other));
            expect((rck_decide(policy, request, NULL) == RCK_INVALID) != same, "the result after a setter", (uint64_t)(10 * which + other));
        }
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            begin(policy, request);
            expect(set(request, wrong[i], which) == RCK_E_ARGUMENT && rck_decide(policy, request, NULL) == RCK_INVALID,
                  "a setter with a handle of nothing", (uint64_t)which);
            expect(strstr(rck_request_error(request)->message, "does not exist") != NULL, "its message", (uint64_t)which);
        }
        /* Twice; of a set, its members may come one by one. */
        begin(policy, request);
        expect(set(request, handle(policy, of[which]), which) == RCK_OK, "a setter, once", (uint64_t)which);
        expect(set(request, handle(policy, of[which]), which) == (which == 6 ? RCK_OK : RCK_E_REQUEST), "a setter, twice", (uint64_t)which);
        expect((rck_decide(policy, request, NULL) == RCK_INVALID) == (which != 6), "the result of twice", (uint64_t)which);
    }
    /* The time is no attribute, though it has a place beside them. */
    for (uint32_t i = 0, n_now = 0; i < 64; i++) {
        bool is_set, is_now;

        begin(policy, request);
        is_set = rck_request_set_time(request, i, 1) == RCK_OK;
        expect(is_set == (i == handle(policy, "t")), "an attribute is set as a time", i);
        if (is_set)
            continue;
        is_now = strstr(rck_request_error(request)->message, "the time is no attribute") != NULL;
        n_now += is_now;
        expect(n_now == 1 || i != 63, "the time is refused in words of its own", i);
        expect(is_now || (strstr(rck_request_error(request)->message, "does not exist") != NULL) == (n_now == 1), rck_request_error(request)->message, i);
        begin(policy, request);
        expect((rck_request_set_int(request, i, 7) == RCK_E_ARGUMENT && strstr(rck_request_error(request)->message, "the time is no") != NULL) == is_now, "the time as a number", i);
    }
    for (int64_t number = 4; number <= 10; number++) {
        begin(policy, request);
        expect((rck_request_set_int(request, handle(policy, "p"), number) == RCK_OK) == (number >= 5 && number <= 9), "a number from 5 to 9", (uint64_t)number);
    }
    for (int64_t millionths = 499999; millionths <= 1500001; millionths += millionths == 500000 ? 999999 : 1) {
        begin(policy, request);
        expect((rck_request_set_decimal(request, handle(policy, "share"), millionths) == RCK_OK) == (millionths >= 500000 && millionths <= 1500000),
               "a decimal from 0.5 to 1.5", (uint64_t)millionths);
    }
    begin(policy, request);
    expect(rck_request_set_int(request, handle(policy, "low"), 10) == RCK_E_REQUEST && strcmp(rck_request_error(request)->message, "10 is out of the range of 'low', ..9") == 0,
           rck_request_error(request) != NULL ? rck_request_error(request)->message : "nothing is said", 10);
    begin(policy, request);
    expect(rck_request_set_int(request, handle(policy, "i"), 901) == RCK_E_REQUEST, "a number out of its range", 901);
    expect(rck_decide(policy, request, NULL) == RCK_INVALID, "the result of a number out of its range", 901);
    expect(rck_request_set_bool(request, handle(policy, "b"), false) == RCK_E_REQUEST, "what comes behind a fault", 0);
}

static void
test_texts(struct rck_policy *policy, struct rck_request *request)
{
    static char text[STRING_BYTES_MAX + 1];
    static const char around[] = { 0, ' ', '5', '.', '"', ',', 'x', '{', ']' };
    static const struct text {
        const char *name, *value, *got; /* got NULL: refused */
    } texts[] = {
        { "e", "\tred\t ", "red" },
        { "g", "{\tx ,\ty }", "{ x, y }" },
        { "g", "x, y", "{ x, y }" },
        { "g", "\"x\", \"y\"", "{ x, y }" },
        { "g", "\"x, y\"", "{ (undeclared) }" },
        { "g", "{}", "{}" },
        { "g", "{ x,, y }", NULL },
        { "i", "30", "30" },
        { "i", "30 MB", NULL },
        { "size", "30 MB", NULL },
        { "size", "30", "30" },
        { "i", "3.5", NULL },
        { "i", "99999999999999999999", NULL },
        { "d", "-0.000001", "-0.000001" },
        { "d", "0.0000001", NULL },
        { "b", "true", "true" },
        { "b", "yes", NULL },
        { "b", "false", "false" },
        { "g", "{", NULL },
        { "g", "{ x ]", NULL },
        { "g", "[ x\t]", "{ x }" },
        { "g", "[x", NULL },
        { "g", "x,", NULL },
        { "g", "{ \"x\", \"y }", "{ x, (undeclared) }" },
        { "i", "   ", "-" },
        { "i", "", "-" },
        { "i", "-", "-" },
        { "i", "+5", "5" },
        { "i", "-0", "0" },
        { "i", "9e", NULL },
        { "i", "9x", NULL },
        { "d", "1.", NULL },
        { "d", "1e5", NULL },
        { "d", "x", NULL },
        { "s", "\"x", "\"\\\"x\"" },
        { "s", "x\"", "\"x\\\"\"" },
        { "s", "\"", "\"\\\"\"" },
        { "s", "\"\"", "\"\"" },
        { "e", "a~", "a~ (undeclared)" },
        { "e", "a\x7f", "(undeclared)" },
        { "e", "a b", "(undeclared)" },
        { "e", "a,b", "(undeclared)" },
        { "e", "\xC3\xA9", "(undeclared)" },
        { "o", "\"\"", "(undeclared)" },
        { "og", "k", "{ k }" },
        { "og", "\"\"", "{ (undeclared) }" },
        { "p", "4", NULL },
        { "p", "5", "5" },
        { "p", "9", "9" },
        { "p", "10", NULL },
        { "low", "9", "9" },
        { "low", "10", NULL },
        { "s\x80", "1", NULL },
        { "s", "\xFF", NULL },
        { "t", "2026-01-01T00:00:00+01:00", "2025-12-31T23:00:00Z" },
        { "t", "2026-01-01", NULL },
        { "s", "-", "-" },
        { "o", "fr", "fr" },
        { "e", "green", "green (undeclared)" },
        { "resource", "pages", NULL },
        { "resource", "document", "document" },
        { "space", "x", NULL },
        { "space.b", "x", NULL },
        { "now", "2026-01-01T00:00:00Z", NULL },
    };

    /* What stands around a text is not read: each is read in a row of each of these. */
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] * sizeof around; i++) {
        char got[128], row[128];
        const struct text *of = &texts[i / sizeof around];
        enum rck_status status;

        memset(row, around[i % sizeof around], sizeof row);
        memcpy(row + 32, of->value, strlen(of->value));
        rck_request_reset(request);
        status = rck_request_set_text(request, of->name, strlen(of->name), row + 32, strlen(of->value));
        expect((status == RCK_OK) == (of->got != NULL), of->value, (uint64_t)i);
        if (status == RCK_OK) {
            rck_request_value(request, handle(policy, of->name), got, sizeof got);
            if (of->got != NULL && strcmp(got, of->got) != 0)
                printf("'%s' is read as %s\n", of->value, got);
            expect(of->got != NULL && strcmp(got, of->got) == 0, of->value, (uint64_t)i);
        }
    }
    memset(text, 'x', sizeof text);
    for (size_t n = STRING_BYTES_MAX; n <= sizeof text; n++) {
        bool fits = n <= STRING_BYTES_MAX;

        begin(policy, request);
        expect(rck_request_set_string(request, handle(policy, "s"), text, n) == (fits ? RCK_OK : RCK_E_REQUEST), "a text of the length", n);
        begin(policy, request);
        expect(rck_request_set_text(request, "s", 1, text, n) == (fits ? RCK_OK : RCK_E_REQUEST), "a text as a person writes it", n);
        expect((rck_decide(policy, request, NULL) == RCK_INVALID) == !fits, "the result with it", n);
    }
    for (int which = 0; which < 3; which++) {
        static const char *const bad[] = { "a\0b", "\xFF" "ab", "a\xC3" "b" };

        for (size_t i = 0; i < 3; i++) {
            begin(policy, request);
            expect((which == 0   ? rck_request_set_string(request, handle(policy, "s"), bad[i], 3)
                   : which == 1 ? rck_request_set_name(request, handle(policy, "o"), bad[i], 3)
                                : rck_request_add_name(request, handle(policy, "og"), bad[i], 3))
                      == RCK_E_REQUEST,
                  "bytes that are no text", (uint64_t)(3 * (size_t)which + i));
            expect(rck_decide(policy, request, NULL) == RCK_INVALID, "the result of bytes that are no text", i);
        }
    }
}

/* Keys of any length and with any bytes are told in one line of UTF-8. */
static void
test_errors(struct rck_policy *policy, struct rck_request *request)
{
    for (size_t n = 1; n < 600; n++)
        for (int kind = 0; kind < 4; kind++) {
            char key[700], json[8192];
            size_t k = 0;
            const struct rck_request_error *error;

            while (k < n)
                k += (size_t)snprintf(key + k, sizeof key - k, "%s", kind == 0 ? "k" : kind == 1 ? "\xC3\xA9" : kind == 2 ? "\\u0001" : "a\\nb");
            snprintf(json, sizeof json, "{\"subject\":\"user\",\"%s\":{\"%s\":1,\"%s\":1}}", key, key, key);
            rck_request_set_strict(request, n % 2 == 0);
            expect(rck_request_read_json(request, json, strlen(json)) == RCK_E_REQUEST, "a duplicate", n);
            error = rck_request_error(request);
            expect(strpbrk(error->message, "\n\001") == NULL, "a message is one line", n);
            expect(strlen(error->key) < 128 && (error->key[0] != 0) && (error->key[strlen(error->key) - 1] & 0xC0) != 0xC0,
                  "a key is cut between characters", n);
        }
    rck_request_set_strict(request, false);
    (void)policy;
}

/* A key that is no text is refused, and a fault in any words of the caller is cut between characters and told in one line. */
static void
test_bytes(struct rck_policy *policy, struct rck_request *request)
{
    char key[300], words[1000];

    memset(key, 0x80, sizeof key);
    memset(words, 'w', sizeof words);
    begin(policy, request);
    expect(rck_request_set_text(request, key, sizeof key, "1", 1) == RCK_E_REQUEST, "a key of bytes that are no text", sizeof key);
    expect(strcmp(rck_request_error(request)->message, "the text is not valid UTF-8") == 0, rck_request_error(request)->message, 0);
    memset(words, 0x80, 500);
    words[500] = 0;
    rck_request_reject(request, words);
    expect(rck_request_error(request)->message[0] == 0, "words that are no text are cut to nothing", 500);
    rck_request_reject(request, "a\x7f\r\n\t\x1fz");
    expect(strcmp(rck_request_error(request)->message, "a\\u007f\\r\\n\\t\\u001fz") == 0, rck_request_error(request)->message, 0);
    memset(words, 'w', sizeof words);
    /* A control character becomes six, which fit or are left out as a whole. */
    for (size_t n = 340; n < 400; n++) {
        const char *told;

        words[n] = 1;
        words[n + 1] = 0;
        rck_request_reject(request, words);
        words[n] = 'w';
        words[n + 1] = 'w';
        told = rck_request_error(request)->message;
        expect(strspn(told, "w") == (n < 383 ? n : 383) && strcmp(told + strspn(told, "w"), n + 6 < 384 ? "\\u0001" : "") == 0, "words that are cut", n);
    }
}

/* What a line says: the value that ATTRIBUTE gets then, or the beginning of the error. */
static void
test_lines(void)
{
    static const char text[] =
        "policy p; default allow;\n"
        "vocabulary { subject user; role owner, guest; role all = owner, guest; action read; resource doc, stack.a-LONG-a, stack.a-LONG-b, stack.a-LONG-c, stack.a-LONG-d,\n"
        "  stack.a-LONG-e, stack.a-LONG-f, stack.a-LONG-g, stack.a-LONG-h, stack.a-LONG-i, stack.a-LONG-j;\n"
        "  attribute id : int; attribute role.level : int; attribute d : decimal; attribute e : { red, \",\" }; attribute g : set of { x, y, \",\" };\n"
        "  attribute p : int 5..9; }\n"
        "few: deny when id == 1 and role.level == 1 and d == 1 and e == red and g has x;\n";
    static const struct {
        bool is_json;
        const char *line, *attribute, *value; /* value NULL: the line is invalid, and 'attribute' what is said */
    } lines[] = {
        { false, "role=[owner, guest]", "role", "{ guest, owner }" },
        { false, "role={owner}", "role", "{ owner }" },
        { false, "role=[owner} action=read", "expected ',' or the end of the set", NULL },
        { false, "g=[x, y]", "g", "{ x, y }" },
        { false, "g={x}", "g", "{ x }" },
        { false, "g=[]", "g", "{}" },
        { false, "g=[x}", "the set is not closed with ']'", NULL },
        { false, "d=1.5", "d", "1.5" },
        { false, "d=.5", "not a number as JSON writes them", NULL },
        { false, "d=+1.5", "not a number as JSON writes them", NULL },
        { false, "d=01.5", "not a number as JSON writes them", NULL },
        { false, "d=x", "'d' must be", NULL },
        { false, "id=-", "id", "-" },
        { false, "id=5", "id", "5" },
        { true, "{\"id\":5,\"subject\":\"user\",\"action\":\"read\"}", "id", "5" },
        { true, "{\"id\":\"5\"}", "'id' must be", NULL },
        { true, "{\"role\":{\"level\":3}}", "role.level", "3" },
        { true, "{\"role\":[null]}", "must be a text, not null", NULL },
        { true, "{\"role\":[false]}", "must be a text, not false", NULL },
        { true, "{\"role\":[true]}", "must be a text, not true", NULL },
        { true, "{\"role\":[{}]}", "must be a text, not an object", NULL },
        { true, "{\"resource\":\"stack\"}", "'stack' ", NULL },
        { true, "{\"e\":[\"red\"],\"watched\":1}", "'e' must be", NULL },
        { false, "e={red}", "'e' must be a name, not a set", NULL },
        { false, "role=all", "'all' is the name of a set", NULL },
        { true, "{\"role\":[\"all\"]}", "'all' is the name of a set", NULL },
        { true, "{\"role\":\"all\"}", "'all' is the name of a set", NULL },
        { true, "{\"p\":4}", "4 is out of the range of 'p', 5..9", NULL },
        { true, "{\"p\":10}", "10 is out of the range of 'p', 5..9", NULL },
        { true, "{\"p\":5}", "p", "5" },
        { true, "{\"p\":9 }", "p", "9" },
        { true, "{\"d\":3}", "d", "3" },
        { true, "{\"d\":true}", "'d' must be a number, not true", NULL },
        { true, "{\"d\":false}", "'d' must be a number, not false", NULL },
        { true, "{\"d\":\"3\"}", "'d' must be a number, not a text", NULL },
        { true, "{\"d\":{}}", "'d' must be a number, not an object", NULL },
        { true, "{\"d.x\":1}", "'d.x' is not in the vocabulary, but other names of 'd' are", NULL },
        { false, "d.x=1", "'d.x' is not in the vocabulary, but other names of 'd' are", NULL },
        { true, "{\"role.level\":{}}", "'role.level' must be a whole number, not an object", NULL },
        { true, "{\"role.levle\":1}", "'role.levle' is not in the vocabulary, but other names of 'role' are", NULL },
    };
    struct rck_policy *policy;
    struct rck_request *request = NULL;
    char *long_names = malloc(sizeof text + 10 * 40);
    size_t n = 0, width = 40;

    if (long_names == NULL)
        abort();
    for (const char *p = text; *p != 0;)
        if (strncmp(p, "-LONG-", 6) == 0) {
            memset(long_names + n, 'x', width - 10);
            n += width - 10;
            p += 6;
        } else {
            long_names[n++] = *p++;
        }
    long_names[n] = 0;
    policy = compile(long_names);
    free(long_names);
    if (rck_request_new(policy, &request) != RCK_OK || rck_request_watch(request, "watched", 7) != RCK_OK)
        abort();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        /* Keys that were read before are read in another way. */
        enum rck_status before = (lines[i].is_json ? rck_request_read_json : rck_request_read_pairs)(request, lines[i].line, strlen(lines[i].line));
        enum rck_status status = (lines[i].is_json ? rck_request_read_json : rck_request_read_pairs)(request, lines[i].line, strlen(lines[i].line));
        char got[64];

        expect((status == RCK_OK) == (lines[i].value != NULL) && status == before, lines[i].line, i);
        if (lines[i].value != NULL && status == RCK_OK) {
            const char *id;
            size_t id_n;

            rck_request_value(request, handle(policy, lines[i].attribute), got, sizeof got);
            expect(strcmp(got, lines[i].value) == 0, got, i);
            /* An attribute of this name is the request's id all the same. */
            id = rck_request_id(request, &id_n);
            expect((id != NULL) == (strcmp(lines[i].attribute, "id") == 0 && strcmp(got, "-") != 0)
                       && (id == NULL ? id_n == 0 : id_n == strlen(got) && memcmp(id, got, id_n) == 0), "the id", i);
        } else if (status != RCK_OK) {
            expect(strstr(rck_request_error(request)->message, lines[i].attribute) != NULL, rck_request_error(request)->message, i);
        }
    }
    /* The nearest name is told of what was left out only if that makes the request invalid. */
    for (int strict = 0; strict < 2; strict++) {
        rck_request_set_strict(request, strict != 0);
        (void)rck_request_read_json(request, "{\"role.levle\":1}", 16);
        expect(strcmp(rck_request_error(request)->help, "did you mean 'role.level'?") == 0, "the help of a key beside others", (uint64_t)strict);
        expect((rck_request_read_json(request, "{\"subjcet\":1}", 13) == RCK_E_REQUEST) == (strict != 0)
                   && (strict == 0 || strcmp(rck_request_error(request)->help, "did you mean 'subject'?") == 0),
               "the help of a key", (uint64_t)strict);
    }
    rck_request_set_strict(request, false);
    /* The names below one are told, as many as fit, each as a whole. */
    (void)rck_request_read_json(request, "{\"resource\":\"stack\"}", 20);
    expect(strncmp(rck_request_error(request)->help, "say which: stack.a", 18) == 0 && strlen(rck_request_error(request)->help) > 200
               && strlen(rck_request_error(request)->help) < 320,
           rck_request_error(request)->help, strlen(rck_request_error(request)->help));
    /* In a set as a person writes it, a name that is a comma is written in quotes. */
    rck_request_reset(request);
    expect(rck_request_set_text(request, "g", 1, "\",\", x", 6) == RCK_OK && rck_request_set_text(request, "e", 1, "\",\"", 3) == RCK_OK, "a comma in quotes", 0);
    {
        char got[64];

        rck_request_value(request, handle(policy, "g"), got, sizeof got);
        expect(strcmp(got, "{ \",\", x }") == 0, got, 1);
        rck_request_value(request, handle(policy, "e"), got, sizeof got);
        expect(strcmp(got, "\",\"") == 0, got, 2);
    }
    rck_request_free(request);
    rck_policy_unref(policy);

    /* Names below `id` leave `id` itself without a value. */
    policy = compile("policy q; default allow; vocabulary { subject user; role r; action read; resource doc; attribute id.kind : int; }\n"
                     "c: user cannot read doc when id.kind == 1;\n");
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (uint64_t i = 0; i < 3; i++) {
        static const char line[] = "{\"id\":5,\"subject\":\"user\",\"action\":\"read\"}";
        static const char absent[] = "{\"id\":null,\"subject\":\"user\",\"action\":\"read\"}";

        expect(rck_request_read_json(request, absent, sizeof absent - 1) == RCK_OK, "an id that is not given, with names below", i);
        expect(rck_request_read_json(request, absent, sizeof absent - 1) == RCK_OK, "an id that is not given, again", i);
        expect(rck_request_read_json(request, line, sizeof line - 1) == RCK_E_REQUEST
                   && strstr(rck_request_error(request)->message, "'id' holds other names and no value") != NULL,
               "an id with names below", i);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* ---- what comes back ---------------------------------------------------------------------------------------------------- */

struct source {
    const struct rck_request *request;
    const struct rck_explanation *explanation; /* or NULL */
    uint32_t idx;
};

static size_t
write_to(const struct source *source, char *buffer, size_t size)
{
    return source->explanation != NULL ? rck_explanation_message(source->explanation, source->idx, buffer, size)
                                       : rck_request_value(source->request, source->idx, buffer, size);
}

/* At every size of the buffer. */
static void
writes(const struct source *source, const char *expected)
{
    size_t n = strlen(expected);
    char *buffer = malloc(n + 16);

    if (buffer == NULL)
        abort();
    expect(write_to(source, NULL, 0) == n, expected, 0);
    for (size_t size = 1; size < n + 16; size++) {
        size_t kept = size - 1 < n ? size - 1 : n;

        memset(buffer, '#', n + 16);
        if (write_to(source, buffer, size) != n || memcmp(buffer, expected, kept) != 0 || buffer[kept] != 0
            || (size < n + 15 && buffer[size] != '#')) {
            expect(false, expected, size);
            printf("  in %zu bytes: '%.*s'\n", size, (int)size, buffer);
        } else {
            expect(true, expected, size);
        }
    }
    free(buffer);
}

static void
test_values(struct rck_policy *policy, struct rck_request *request)
{
    struct rck_explanation *explanation = NULL;
    struct source source = { request, NULL, 0 };

    begin(policy, request);
    if (rck_explanation_new(policy, &explanation) != RCK_OK || rck_request_set_string(request, handle(policy, "s"), "a \"b\\\x01\x7F", 7) != RCK_OK
        || rck_request_set_string(request, handle(policy, "other"), "", 0) != RCK_OK
        || rck_request_set_name(request, handle(policy, "e"), "green", 5) != RCK_OK
        || rck_request_set_name(request, handle(policy, "o"), "f r", 3) != RCK_OK
        || rck_request_add_name(request, handle(policy, "og"), "k", 1) != RCK_OK
        || rck_request_add_name(request, handle(policy, "og"), "m,n", 3) != RCK_OK
        || rck_request_add_name(request, handle(policy, "g"), "y", 1) != RCK_OK
        || rck_request_add_name(request, handle(policy, "g"), "z", 1) != RCK_OK)
        abort();
    source.idx = handle(policy, "s");
    writes(&source, "\"a \\\"b\\\\\\u0001\\u007f\"");
    begin(policy, request);
    expect(rck_request_set_string(request, handle(policy, "s"), "a\x7F", 2) == RCK_OK, "a text with a DEL", 0);
    writes(&source, "\"a\\u007f\"");
    begin(policy, request);
    /* What is too long to be kept is told to be something else. */
    expect(rck_request_set_name(request, handle(policy, "e"), "a-name-that-is-longer-than-what-is-kept-of-undeclared-ones", 57) == RCK_OK, "a long name", 57);
    source.idx = handle(policy, "e");
    writes(&source, "(undeclared)");
    begin(policy, request);
    if (rck_request_set_string(request, handle(policy, "s"), "a \"b\\\x01\x7F", 7) != RCK_OK
        || rck_request_set_string(request, handle(policy, "other"), "", 0) != RCK_OK
        || rck_request_set_name(request, handle(policy, "e"), "green", 5) != RCK_OK
        || rck_request_set_name(request, handle(policy, "o"), "f r", 3) != RCK_OK
        || rck_request_add_name(request, handle(policy, "og"), "k", 1) != RCK_OK
        || rck_request_add_name(request, handle(policy, "og"), "m,n", 3) != RCK_OK
        || rck_request_add_name(request, handle(policy, "g"), "y", 1) != RCK_OK
        || rck_request_add_name(request, handle(policy, "g"), "z", 1) != RCK_OK)
        abort();
    source.idx = handle(policy, "other");
    writes(&source, "\"\"");
    source.idx = handle(policy, "e");
    writes(&source, "green (undeclared)");
    source.idx = handle(policy, "o");
    writes(&source, "\"f r\"");
    source.idx = handle(policy, "og");
    writes(&source, "{ k, \"m,n\" }");
    source.idx = handle(policy, "g");
    writes(&source, "{ y, (undeclared) }");
    source.idx = handle(policy, "i");
    writes(&source, "-");
    source.idx = 100000;
    writes(&source, "");

    source.explanation = explanation;
    for (source.idx = 0; source.idx < 5; source.idx++)
        writes(&source, ""); /* nothing is explained yet */
    rck_request_set_now(request, INT64_C(1800000000) * 1000000000);
    expect(rck_explain(explanation, request) == RCK_DENY, "the result of a late request", 0);
    source.idx = 0;
    writes(&source, "It is 2027-01-15T08:00:00Z, and \"a \\\"b\\\\\\u0001\\u007f\" of 30 green (undeclared); unknown \"\"f r\"\" { k, \"m,n\" }.");
    source.idx = 1;
    writes(&source, "");
    source.idx = 2;
    writes(&source, "Too much.");
    source.idx = 3;
    writes(&source, "");
    source.idx = RCK_NONE;
    writes(&source, "");
    begin(policy, request);
    (void)rck_request_set_int(request, handle(policy, "i"), -1);
    expect(rck_explain(explanation, request) == RCK_INVALID, "the result of an invalid request", 0);
    source.idx = 2;
    writes(&source, "");
    rck_explanation_free(explanation);
}

/* A name that an open dimension does not declare lies below the longest one that it begins with, however it comes. */
static void
test_open(void)
{
    static const struct {
        const char *name;
        bool is_page;
    } names[] = {
        { "doc", false }, { "doc.page", true }, { "doc.page.a", true }, { "doc.page.a.b", true }, { "doc.page.", true }, { "doc.pages", false }, { "doc.pag", false },
        { "doc.page.a-name-that-is-longer-than-any-that-is-declared", true }, { "doc.page.a-name.that-is.longer-than.any-that.is-declared", true },
        { "doc.pages-of-a-name-that-is-longer-than-any-that-is-declared", false }, { "doc.a-name-that-is-longer-than-any.page", false },
        { "a-name-that-is-longer-than-any.doc.page", false }, { "x", false }, { "x.doc.page", false }, { ".doc.page", false }, { "doc..page", false },
    };
    struct rck_policy *policy = compile("policy p; default allow; vocabulary { subject user; action read; open resource doc, doc.page; attribute tags : set of open { doc, doc.page }; }\n"
                                        "page: user cannot read doc.page; tagged: deny when tags has doc.page;\n");
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (int way = 0; way < 5; way++) {
            char line[256];
            size_t n = strlen(names[i].name);
            uint32_t tags = handle(policy, "tags");

            begin(policy, request);
            if (way < 3) {
                rck_request_reset(request);
                snprintf(line, sizeof line, way == 0 ? "{\"subject\":\"user\",\"action\":\"read\",\"tags\":[],\"resource\":\"%s\"}" : "subject=user action=read tags={} resource=%s", names[i].name);
                (void)(way == 0 ? rck_request_read_json : rck_request_read_pairs)(request, line, strlen(line));
                if (way == 2) {
                    rck_request_reset(request);
                    (void)rck_request_set_text(request, "subject", 7, "user", 4);
                    (void)rck_request_set_text(request, "action", 6, "read", 4);
                    (void)rck_request_set_text(request, "tags", 4, "{}", 2);
                    (void)rck_request_set_text(request, "resource", 8, names[i].name, n);
                }
            } else if (way == 3) {
                (void)rck_request_add_name(request, tags, names[i].name, n);
            } else {
                (void)rck_request_add_name(request, tags, "other", 5);
                (void)rck_request_add_name(request, tags, names[i].name, n);
                (void)rck_request_add_name(request, tags, "doc", 3);
            }
            expect(rck_decide(policy, request, NULL) == (names[i].is_page ? RCK_DENY : RCK_ALLOW), names[i].name, (uint64_t)way);
        }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* What nothing was read into has nothing to tell; a value given twice as text is refused; of two undeclared names the one of the first
 * attribute is told, whichever came first. */
static void
test_order(struct rck_policy *policy)
{
    struct rck_request *request = NULL;
    const char *name = "x";
    size_t n = 99;
    char got[64];

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    expect(rck_request_watched(request, &n) == NULL && n == 0, "what is watched of a request that is new", n);
    n = 99;
    expect(rck_request_id(request, &n) == NULL && n == 0 && rck_request_ignored(request, 0, &name, &n) == 0 && name == NULL, "what a new request tells", n);
    expect(rck_request_set_text(request, "i", 1, "5", 1) == RCK_OK && rck_request_set_text(request, "i", 1, "5", 1) == RCK_E_REQUEST, "a text given twice", 0);
    for (int turned = 0; turned < 2; turned++) {
        rck_request_reset(request);
        for (int k = 0; k < 2; k++)
            (void)(k == turned ? rck_request_set_name(request, handle(policy, "e"), "green", 5) : rck_request_add_name(request, handle(policy, "g"), "z", 1));
        rck_request_value(request, handle(policy, "e"), got, sizeof got);
        expect(strcmp(got, "green (undeclared)") == 0, got, (uint64_t)turned);
        rck_request_value(request, handle(policy, "g"), got, sizeof got);
        expect(strcmp(got, "{ (undeclared) }") == 0, got, (uint64_t)turned);
    }
    (void)rck_request_set_text(request, "space", 5, "x", 1);
    rck_request_reset(request);
    expect(rck_request_set_text(request, "space", 5, "x", 1) == RCK_E_REQUEST && strcmp(rck_request_error(request)->message, "'space' holds other names and no value") == 0,
           rck_request_error(request)->message, 0);
    rck_request_free(request);
}

/* A request belongs to one policy: decided by another one it is invalid, however it was filled. */
static void
test_other_policy(void)
{
    static const char text[] = "policy p; default allow; vocabulary { subject user; action read; resource doc; attribute i : int; }\n"
                               "c: deny when i == 1; routes { credential user when header.x is present; GET \"/doc\" -> read doc; }\n";
    static const struct rck_header header = { "x", 1, "1", 1 };
    struct rck_http http = { "GET", 3, "/doc", 4, &header, 1, NULL, 0 };
    struct rck_policy *own = compile(text), *other = compile(text);
    struct rck_request *request = NULL;

    if (rck_request_new(own, &request) != RCK_OK)
        abort();
    for (int known = 0; known < 2; known++) {
        http.headers = known ? &header : NULL;
        if (rck_http_request(request, &http) != RCK_OK || rck_request_set_int(request, handle(own, "i"), 2) != RCK_OK)
            abort();
        expect(rck_decide(own, request, NULL) == (known ? RCK_ALLOW : RCK_INDETERMINATE), "a message, by its policy", (uint64_t)known);
        expect(rck_decide(other, request, NULL) == RCK_INVALID, "a message, by another policy", (uint64_t)known);
    }
    begin(own, request);
    expect(rck_decide(other, request, NULL) == RCK_INVALID, "a tuple, by another policy", 0);
    rck_request_free(request);
    rck_policy_unref(own);
    rck_policy_unref(other);
}

int
main(void)
{
    struct rck_policy *policy = compile(rules);
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    test_handles(policy, request);
    test_texts(policy, request);
    test_errors(policy, request);
    test_bytes(policy, request);
    test_lines();
    test_values(policy, request);
    test_open();
    test_order(policy);
    test_other_policy();
    rck_request_free(request);
    rck_policy_unref(policy);
    return judged();
}
