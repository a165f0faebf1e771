/* SPDX-License-Identifier: MIT
 *
 * One MiB of anything is parsed or refused soon, within 64 MiB of memory: one byte over and over, words and marks of the language and of
 * JSON over and over, random bytes, and random mixtures of the words; as a policy, inside an expression, as clauses, as JSON, pairs, a
 * head and a record of CSV, a message of HTTP, and a saved policy.  And policies that are built to explode are refused by the
 * limit that has a name.
 *
 * The aim is 100 ms of an idle machine.  What is judged is CPU time, with much room: sanitizers and a busy machine take their part.
 * The last lines tell what took longest and most.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../engine/base.h"
#include "../engine/rulecheck.h"
#include "counting.h"
#include "judge.h"
#include "random_policy.h"
#include "text.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

enum { SIZE = 1 << 20, MIXTURES = 12, DIAGNOSTICS_MOST = 20 };

static const size_t MOST_MEMORY = (size_t)64 << 20;
static const double MOST_SECONDS = 1.0;

static const char vocabulary[] =
    "policy p; default allow; vocabulary { subject u; role r; action a; resource f; attribute n : int; attribute s : string; }\n";
static const char expression[] = "x: deny when ";
static const char clause[] = "x: deny when n == 1 or s == \"a\";\n";
static const char routes[] = "routes { credential u when header.key is present; GET \"/a/*\" when query.q == \"b\" -> a f; "
                             "PUT \"/a/*\" when body.n == 1 and body.s matches \"*a*\" -> a f; }\n";

static const unsigned char bytes[] = { 0, '\t', '\n', ' ', '"', '#', '(', '/', '0', '9', 'a', '\\', '_', '{', '}', 0x7f, 0x80, 0xc3, 0xf0, 0xff };

static const char *const pieces[] = {
    "[", "]", ";", ":", ",", ".", "-", "\\u0041", "\r\n", "a.", "a.b ", "1.", "1e9", "0x",
    "not ", "and ", "or ", "n == 1 and ", "n == 1 or ", "not not ", "(n == 1) ", "((", "n in { 1, ", "has ", "x: deny when n == 1;\n",
    "x: deny when n == 1;", "deny when ", "limit ", "only ", "may ", "cases \"c\" {", "include \"x\";", "param p : int = 1;", "vocabulary {",
    "subject u, ", "role ", "\"a\" ", "\"a\":", "\"a\":1,", "{\"a\":", "[[", "[1,", "null,", "true", "\xC3\xA9", "\xE2\x82\xAC",
    "\xF0\x9F\x98\x80", "\xEF\xBB\xBF", "\xC0\xAF", "a=1 ", "a= ", "=", "a=\"b\" ", "700 MB ", "2026-03-25T12:00:00Z ",
    "s matches \"*a*\" and ", "*", "?", "assert ", "covered by x ", "says \"{n}\" ", "unless ", "when ", "1 MB + ", "now + 1 day ", "%41", "%", "/..",
    "&q=b", "s: \"{", "GET \"/a\" -> a f;", "routes {",
};

static double slowest;
static size_t largest;
static char slowest_name[96], largest_name[96];
static double most_seconds = 1.0;

/* Judges what MEM has counted since BEGIN; WRONG says what else is not as it must be, if anything. */
static void
judge_bomb(const struct counting *mem, const char *name, const char *how, clock_t begin, const char *wrong)
{
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;

    judge(wrong == NULL && mem->live == 0 && mem->most <= MOST_MEMORY && seconds <= most_seconds, "%s %s: %s; %.0f ms, %zu KiB, %zu blocks are left",
          name, how, wrong != NULL ? wrong : "too much", 1000 * seconds, mem->most >> 10, mem->live);
    if (seconds > slowest) {
        slowest = seconds;
        snprintf(slowest_name, sizeof slowest_name, "%s %s", name, how);
    }
    if (mem->most > largest) {
        largest = mem->most;
        snprintf(largest_name, sizeof largest_name, "%s %s", name, how);
    }
}

static struct rck_context *
new_context(const struct counting *mem)
{
    struct rck_context *context = NULL;

    if (rck_context_new(&mem->allocator, &context) != RCK_OK)
        abort();
    return context;
}

/* Compiles the N bytes at TEXT.  LIMIT: the limit that must refuse them; NULL: anything may become of them. */
static void
compile(const char *name, const char *how, const char *text, size_t n, const char *limit)
{
    struct counting mem;
    struct rck_context *context;
    struct rck_policy *policy = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status;
    const char *wrong = NULL;
    clock_t begin = clock();

    counting_init(&mem);
    context = new_context(&mem);
    status = rck_policy_compile(context, "bomb", text, n, &diagnostics, &policy);
    if (status != RCK_OK && status != RCK_E_POLICY)
        wrong = rck_status_text(status);
    else if (status != RCK_OK && rck_diagnostics_count(diagnostics) == 0)
        wrong = "refused without a message";
    else if (rck_diagnostics_count(diagnostics) > DIAGNOSTICS_MOST)
        wrong = "too many messages";
    if (limit != NULL) {
        const struct rck_diagnostic *first = rck_diagnostics_at(diagnostics, 0);

        if (status != RCK_E_POLICY || first == NULL || strstr(first->message, limit) == NULL)
            wrong = "not refused by its limit";
    }
    rck_diagnostics_free(diagnostics);
    rck_policy_unref(policy);
    rck_context_free(context);
    judge_bomb(&mem, name, how, begin, wrong);
}

enum form { AS_JSON, AS_PAIRS, AS_CSV_HEAD, AS_CSV_RECORD, AS_HTTP_LINE, AS_URL, AS_BODY, AS_SAVED, N_FORMS };

static const char *const form_names[N_FORMS] = {
    "as JSON", "as pairs", "as a CSV head", "as a CSV record", "as a line of HTTP", "as a URL", "as a body",
    "as a saved policy",
};

/* Reads the text in one of the ways that a request comes in, and decides.  The policy is compiled beforehand, and not counted. */
static void
read_as(enum form form, const char *name, const char *text, const char *policy_text)
{
    static const char head[] = "subject,action,resource,role,n,s";
    static const struct rck_header headers[] = { { "key", 3, "k", 1 } };
    struct counting mem;
    struct rck_context *context;
    struct rck_policy *policy = NULL, *loaded = NULL;
    struct rck_request *request = NULL;
    struct rck_csv *csv = NULL;
    struct rck_http http = { "PUT", 3, "/a/b?q=b", 8, headers, 1, NULL, 0 };
    enum rck_status status = RCK_E_REQUEST;
    const char *wrong = NULL;
    clock_t begin;

    counting_init(&mem);
    context = new_context(&mem);
    if (rck_policy_compile(context, "p", policy_text, strlen(policy_text), NULL, &policy) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK)
        abort();
    mem.most = mem.held;
    begin = clock();
    switch (form) {
    case AS_JSON:
        status = rck_request_read_json(request, text, SIZE);
        break;
    case AS_PAIRS:
        status = rck_request_read_pairs(request, text, SIZE);
        break;
    case AS_CSV_HEAD:
        status = rck_csv_new(request, text, SIZE, &csv);
        break;
    case AS_CSV_RECORD:
        if (rck_csv_new(request, head, sizeof head - 1, &csv) != RCK_OK)
            abort();
        status = rck_request_read_csv(request, csv, text, SIZE);
        break;
    case AS_HTTP_LINE:
        status = rck_request_read_http(request, text, SIZE);
        break;
    case AS_URL:
        http.url = text;
        http.url_length = SIZE;
        status = rck_http_request(request, &http);
        break;
    case AS_BODY:
        http.body = text;
        http.body_length = SIZE;
        status = rck_http_request(request, &http);
        break;
    case AS_SAVED:
        status = rck_policy_load(context, text, SIZE, &loaded);
        if (status != RCK_E_SAVED)
            wrong = "not refused";
        break;
    case N_FORMS:
        break;
    }
    if (form != AS_SAVED && status != RCK_OK && status != RCK_E_REQUEST)
        wrong = rck_status_text(status);
    if (form != AS_SAVED && form != AS_CSV_HEAD && rck_decide(policy, request, NULL) == RCK_ALLOW)
        wrong = "allowed";
    rck_csv_free(csv);
    rck_request_free(request);
    rck_policy_unref(loaded);
    rck_policy_unref(policy);
    rck_context_free(context);
    judge_bomb(&mem, name, form_names[form], begin, wrong);
}

/* All that TEXT, of SIZE bytes, may be. */
static void
try_all(const char *name, const char *text, const char *policy_text)
{
    static char whole[sizeof vocabulary + sizeof expression + SIZE];
    size_t n = sizeof vocabulary - 1;

    compile(name, "as a policy", text, SIZE, NULL);
    memcpy(whole, vocabulary, n);
    memcpy(whole + n, text, SIZE);
    compile(name, "as clauses", whole, n + SIZE, NULL);
    memcpy(whole + n, expression, sizeof expression - 1);
    memcpy(whole + n + sizeof expression - 1, text, SIZE);
    compile(name, "as an expression", whole, n + sizeof expression - 1 + SIZE, NULL);
    for (enum form form = 0; form < N_FORMS; form++)
        read_as(form, name, text, policy_text);
}

/* ---- texts that are well formed ------------------------------------------------------------------------------------------ */

/* Fills one MiB with numbered copies of FORMAT between BEFORE and AFTER, and compiles.  A macro, for the format is looked at. */
#define MANY(name, before, format, after)                                                                                      \
    do {                                                                                                                       \
        struct text many = { 0 };                                                                                              \
        adds(&many, before);                                                                                                   \
        for (unsigned i = 1; many.n < SIZE - 64 - sizeof after; i++)                                                           \
            addf(&many, format, i);                                                                                            \
        adds(&many, after);                                                                                                    \
        compile(name, "as a policy", many.p, many.n, NULL);                                                                    \
        free(many.p);                                                                                                          \
    } while (0)

static void
try_policies(void)
{
    MANY("many small clauses", vocabulary, "c%u: deny when n == 7;\n", "");
    MANY("many clauses with a limit each", vocabulary, "c%1$u: deny when n == %1$u;\n", "");
    MANY("many clauses with strings", vocabulary, "c%1$u: deny when s == \"s%1$u\";\n", "");
    MANY("many clauses with patterns", vocabulary, "c%1$u: deny when s matches \"*%1$u*\";\n", "");
    MANY("many names", "policy p; default allow; vocabulary { subject u, ", "s%u, ", "t; action a; resource r; role o; }\nx: u cannot use r;\n");
    MANY("many attributes", "policy p; default allow; vocabulary { subject u; action a; resource r; role o; ", "attribute a%u : int; ",
         "}\nx: u cannot use r;\n");
    MANY("many params", vocabulary, "param p%1$u : int = %1$u;\n", "x: deny when n == 1;\n");
    MANY("many notes", vocabulary, "c%u: note \"x\";\n", "x: deny when n == 1;\n");
    MANY("many asserts", vocabulary, "assert deny when n == %u;\n", "x: deny when n >= 0;\n");
    MANY("many values", "policy p; default allow; vocabulary { subject u; action a; resource r; role o; attribute n : int; }\nx: deny when n in { ", "%u, ",
         "0 };\n");
    MANY("many cases", vocabulary, "cases \"c%1$u\" { subject action resource n -> result; u a f %1$u -> allow; }\n", "x: deny when n < 0;\n");
    MANY("many routes", vocabulary, "routes { GET \"/a/%u\" -> a f; }\n", "x: deny when n == 1;\n");
    MANY("many routes with jokers", vocabulary, "routes { GET \"/*/a%u/*/b\" -> a f; }\n", "x: deny when n == 1;\n");
    MANY("many errors", vocabulary, "c%1$u: deny when nope%1$u == 1;\n", "");
    MANY("many wrong types", vocabulary, "c%1$u: deny when n == \"%1$u\";\n", "");
    MANY("one label for all", vocabulary, "c: deny when n == %u;\n", "");
}

/* Policies of less than one MiB that would become much larger. */
static void
explode(void)
{
    struct text bomb = { 0 };

    for (unsigned factors = 10; factors <= 20; factors += 10) {
        bomb.n = 0;
        adds(&bomb, "policy p; default allow; vocabulary { subject u; action a; resource r; role o; ");
        for (unsigned i = 0; i < 2 * factors; i++)
            addf(&bomb, "attribute n%u : int; ", i);
        adds(&bomb, "}\nx: deny when ");
        for (unsigned i = 0; i < factors; i++)
            addf(&bomb, "%s(n%u > 1 or n%u > 2)", i == 0 ? "" : " and ", 2 * i, 2 * i + 1);
        adds(&bomb, ";\nassert deny when ");
        for (unsigned i = 0; i < factors; i++)
            addf(&bomb, "%sn%u > 3", i == 0 ? "" : " and ", 2 * i);
        adds(&bomb, ";\n");
        compile("a product of alternatives, and an assert", "as a clause", bomb.p, bomb.n, factors == 10 ? NULL : "clause-rows");
    }

    bomb.n = 0;
    addf(&bomb, "%s%s", vocabulary, expression);
    repeat(&bomb, '(', 300);
    adds(&bomb, "n == 1");
    repeat(&bomb, ')', 300);
    adds(&bomb, ";\n");
    compile("parentheses", "as a clause", bomb.p, bomb.n, "nesting");
    free(bomb.p);
}

int
main(void)
{
    static char text[SIZE], policy_text[sizeof vocabulary + sizeof clause + sizeof routes];
    char name[64];
    uint64_t state = 20260325;
    size_t stride = 1;
    const char *sanitizers = getenv("RCK_SANITIZERS");

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (sanitizers != NULL && strcmp(sanitizers, "yes") == 0) { /* ten times as slow: a quarter of it will do */
        most_seconds = 10 * MOST_SECONDS;
        stride = 4;
    }
    snprintf(policy_text, sizeof policy_text, "%s%s%s", vocabulary, clause, routes);
    for (size_t i = 0; i < sizeof bytes; i += stride) {
        memset(text, bytes[i], SIZE);
        snprintf(name, sizeof name, "byte 0x%02x", (unsigned)bytes[i]);
        try_all(name, text, policy_text);
    }
    for (size_t i = 0; i < N_ELEMENTS(pieces); i += stride) {
        for (size_t n = 0, size = strlen(pieces[i]); n < SIZE; n += size)
            memcpy(text + n, pieces[i], size < SIZE - n ? size : SIZE - n);
        snprintf(name, sizeof name, "'%s' over and over", pieces[i]);
        try_all(name, text, policy_text);
    }
    for (int i = 0; i < MIXTURES; i++) {
        uint64_t kinds = 1 + random_next(&state) % N_ELEMENTS(pieces), first = random_next(&state);

        for (size_t n = 0; n < SIZE;) {
            const char *piece = pieces[(first + random_next(&state) % kinds) % N_ELEMENTS(pieces)];
            size_t size = strlen(piece);

            memcpy(text + n, piece, size < SIZE - n ? size : SIZE - n);
            n += size;
        }
        snprintf(name, sizeof name, "mixture %d", i);
        try_all(name, text, policy_text);
    }
    for (size_t n = 0; n < SIZE; n++)
        text[n] = (char)random_next(&state);
    try_all("random bytes", text, policy_text);
    try_policies();
    explode();
    printf("# slowest: %s, %.0f ms; largest: %s, %zu KiB\n", slowest_name, 1000 * slowest, largest_name, largest >> 10);
    return judged();
}
