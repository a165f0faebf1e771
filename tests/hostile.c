/* SPDX-License-Identifier: MIT
 *
 * Hostile texts, each in every place where a request or a policy can have one, with the verdict that it must get.  None of them is
 * allowed where it is a value: the request that is tried is allowed only if each of its facts is what it is.
 *
 *     hostile [FILE...]    FILE has a line a text: name, verdict, and the bytes in hexadecimal, which blanks may part.  Verdicts:
 *
 *         yes    a JSON value: a request that has it under a key of no importance is allowed
 *         no     none: such a request is invalid
 *         text   any text; it is written as a JSON string, as a pair, as a cell of CSV and as a policy
 *
 * Without FILE it is tests/corpora/bytes.txt.  tests/corpora.sh gives those of public collections.
 * RCK_TELL in the environment: a line for each text and place.
 */
#include <config.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/rulecheck.h"
#include "text.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

static const char policy_text[] =
    "policy hostile; default allow;\n"
    "vocabulary { subject user; role owner; action read; resource file; attribute color : { red, green };\n"
    "  attribute word, path : string; attribute size : int 0..1000; attribute price : decimal; attribute until : time;\n"
    "  attribute flag : bool; attribute tags : set of { tag_a, tag_b }; }\n"
    "gate: only owner may read file;\n"
    "color: require color == red to read file;\n"
    "word: require word == \"fine\" to read file;\n"
    "path: require path matches \"/fine/*.txt\" to read file;\n"
    "size: require size == 77 to read file;\n"
    "price: require price == 0.25 to read file;\n"
    "until: require until == 2026-03-25T12:00:00Z to read file;\n"
    "flag: require flag to read file;\n"
    "tags: require tags has tag_a to read file;\n";

/* The facts of the request that is allowed, as JSON and as a pair, and the result where the value is another text. */
static const struct fact {
    const char *key, *json, *pair;
    enum rck_result text;
} FACTS[] = {
    { "subject", "\"user\"", "user", RCK_INVALID },
    { "action", "\"read\"", "read", RCK_INVALID },
    { "resource", "\"file\"", "file", RCK_INVALID },
    { "role", "[\"owner\"]", "owner", RCK_INDETERMINATE },
    { "color", "\"red\"", "red", RCK_INDETERMINATE },
    { "word", "\"fine\"", "fine", RCK_DENY },
    { "path", "\"/fine/a.txt\"", "/fine/a.txt", RCK_DENY },
    { "size", "77", "77", RCK_INVALID },
    { "price", "0.25", "0.25", RCK_INVALID },
    { "until", "\"2026-03-25T12:00:00Z\"", "2026-03-25T12:00:00Z", RCK_INVALID },
    { "flag", "true", "true", RCK_INVALID },
    { "tags", "[\"tag_a\"]", "tag_a", RCK_INDETERMINATE },
};

static const char csv_header[] = "subject,action,resource,role,color,word,path,size,price,until,flag,tags";

enum { N_RESULTS = 4 };

static struct rck_policy *policy;
static struct rck_request *request;
static unsigned long n_texts, n_passed, n_failed, n_by_result[N_RESULTS], n_refused;
static bool tells;

/* Adds TEXT as a JSON string; what is no UTF-8 in it stays so. */
static void
add_string(struct text *out, const struct text *text)
{
    char escape[8];

    adds(out, "\"");
    for (size_t i = 0; i < text->n; i++) {
        unsigned char c = (unsigned char)text->p[i];

        if (c < 0x20 || c == '"' || c == '\\') {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            adds(out, escape);
        } else {
            add(out, text->p + i, 1);
        }
    }
    adds(out, "\"");
}

static void judge(bool ok, const char *name, const char *place, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
judge(bool ok, const char *name, const char *place, const char *format, ...)
{
    va_list args;

    n_passed += ok;
    n_failed += !ok;
    if (!tells && (ok || n_failed > 20))
        return;
    va_start(args, format);
    printf("%s%s, %s: ", ok ? "" : "FAILED: ", name, place);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

/* Copies TEXT into a block of exactly its size, so that a sanitizer sees the first byte that is read too far. */
static char *
exact(const struct text *text)
{
    char *copy = malloc(text->n != 0 ? text->n : 1);

    if (copy == NULL)
        abort();
    if (text->n != 0)
        memcpy(copy, text->p, text->n);
    return copy;
}

enum form { JSON, PAIRS, CSV };

/* Reads and decides TEXT. */
static enum rck_result
decide(const struct text *text, enum form form)
{
    char *copy = exact(text);
    struct rck_csv *csv = NULL;
    enum rck_status status = RCK_OK;
    enum rck_result result;

    rck_request_reset(request);
    if (form == JSON)
        status = rck_request_read_json(request, copy, text->n);
    else if (form == PAIRS)
        status = rck_request_read_pairs(request, copy, text->n);
    else if (rck_csv_new(request, csv_header, sizeof csv_header - 1, &csv) == RCK_OK)
        status = rck_request_read_csv(request, csv, copy, text->n);
    else
        abort();
    rck_csv_free(csv);
    free(copy);
    result = rck_decide(policy, request, NULL);
    if (status != RCK_OK && (status != RCK_E_REQUEST || result != RCK_INVALID))
        judge(false, "?", "?", "status %d with result %s", (int)status, rck_result_name(result));
    return result;
}

/* Writes the request that is allowed, but for fact OTHER (N_ELEMENTS(FACTS): none), which has VALUE. */
static void
write_json(struct text *out, size_t other, const struct text *value, const char *extra_key, const struct text *extra)
{
    out->n = 0;
    adds(out, "{");
    for (size_t i = 0; i < N_ELEMENTS(FACTS); i++) {
        adds(out, i == 0 ? "\"" : ",\"");
        adds(out, FACTS[i].key);
        adds(out, "\":");
        if (i == other)
            add(out, value->p, value->n);
        else
            adds(out, FACTS[i].json);
    }
    if (extra_key != NULL) {
        adds(out, ",\"");
        adds(out, extra_key);
        adds(out, "\":");
        add(out, extra->p, extra->n);
    }
    adds(out, "}");
}

static void
expect(const struct text *json, enum rck_result expected, const char *name, const char *place)
{
    enum rck_result result = decide(json, JSON);

    n_by_result[result]++;
    judge(result == expected, name, place, "%s, not %s", rck_result_name(result), rck_result_name(expected));
}

/* Whether TEXT is what the request that is allowed has: 'true' is no hostile value of a flag. */
static bool
is(const struct text *text, const char *value)
{
    return text->n == strlen(value) && memcmp(text->p, value, text->n) == 0;
}

/* A value of JSON, or what is none: as the whole request, as every fact, and where nobody asks. */
static void
try_value(const char *name, const struct text *value, bool valid)
{
    enum rck_result expected = valid ? RCK_ALLOW : RCK_INVALID;
    struct text out = { NULL, 0, 0 }, inner = { NULL, 0, 0 };

    expect(value, RCK_INVALID, name, "alone");
    write_json(&out, N_ELEMENTS(FACTS), NULL, "x", value);
    expect(&out, expected, name, "as an ignored value");
    adds(&inner, "[0,");
    add(&inner, value->p, value->n);
    adds(&inner, "]");
    write_json(&out, N_ELEMENTS(FACTS), NULL, "x", &inner);
    expect(&out, expected, name, "in an ignored array");
    inner.n = 0;
    adds(&inner, "{\"y\":");
    add(&inner, value->p, value->n);
    adds(&inner, "}");
    write_json(&out, N_ELEMENTS(FACTS), NULL, "x", &inner);
    expect(&out, expected, name, "in an ignored object");
    for (size_t i = 0; i < N_ELEMENTS(FACTS); i++) {
        enum rck_result result;

        write_json(&out, i, value, NULL, NULL);
        result = decide(&out, JSON);
        n_by_result[result]++;
        judge(valid ? result != RCK_ALLOW || is(value, FACTS[i].json) : result == RCK_INVALID, name, FACTS[i].key, "%s",
              rck_result_name(result));
    }
    free(out.p);
    free(inner.p);
}

/* Compiles TEXT; true if it is a policy. */
static bool
compiles(const struct text *text)
{
    struct rck_context *context = NULL;
    struct rck_policy *made = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    char *copy = exact(text);
    enum rck_status status = rck_context_new(NULL, &context);

    if (status == RCK_OK)
        status = rck_policy_compile(context, "hostile", copy, text->n, &diagnostics, &made);
    if (status != RCK_OK && (status != RCK_E_POLICY || rck_diagnostics_count(diagnostics) == 0))
        judge(false, "?", "as a policy", "status %d and no diagnostic", (int)status);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    rck_policy_unref(made);
    free(copy);
    return status == RCK_OK;
}

/* A text that is valid UTF-8: whatever it looks like, it is nothing but a text. */
static void
try_text(const char *name, const struct text *text)
{
    struct text out = { NULL, 0, 0 }, string = { NULL, 0, 0 };

    expect(text, RCK_INVALID, name, "alone");
    add_string(&string, text);
    for (size_t i = 0; i < N_ELEMENTS(FACTS); i++) {
        write_json(&out, i, &string, NULL, NULL);
        expect(&out, FACTS[i].text, name, FACTS[i].key);
    }
    /* as a key that nobody knows */
    write_json(&out, N_ELEMENTS(FACTS), NULL, NULL, NULL);
    out.n--;
    adds(&out, ",");
    add(&out, string.p, string.n);
    adds(&out, ":1}");
    expect(&out, RCK_ALLOW, name, "as an ignored key");
    rck_request_set_strict(request, true);
    expect(&out, RCK_INVALID, name, "as a key, where keys are strict");
    rck_request_set_strict(request, false);

    /* as it stands, in pairs and in CSV: it may be no text there, but it is never what is asked for */
    for (size_t i = 0; i < N_ELEMENTS(FACTS); i++) {
        struct text pairs = { NULL, 0, 0 }, csv = { NULL, 0, 0 };
        enum rck_result result;

        for (size_t k = 0; k < N_ELEMENTS(FACTS); k++) {
            adds(&pairs, k == 0 ? "" : " ");
            adds(&pairs, FACTS[k].key);
            adds(&pairs, "=");
            adds(&csv, k == 0 ? "" : ",");
            if (k == i) {
                add(&pairs, text->p, text->n);
                add(&csv, text->p, text->n);
            } else {
                adds(&pairs, FACTS[k].pair);
                adds(&csv, FACTS[k].pair);
            }
        }
        result = decide(&pairs, PAIRS);
        n_by_result[result]++;
        judge(result != RCK_ALLOW || is(text, FACTS[i].pair), name, FACTS[i].key, "%s", rck_result_name(result));
        result = decide(&csv, CSV);
        n_by_result[result]++;
        judge(result != RCK_ALLOW || is(text, FACTS[i].pair), name, FACTS[i].key, "%s", rck_result_name(result));
        free(pairs.p);
        free(csv.p);
    }

    /* as a policy, and as each part of one that is text */
    n_refused++;
    judge(!compiles(text), name, "as a policy", "it compiles");
    out.n = 0;
    adds(&out, policy_text);
    add(&out, text->p, text->n);
    n_refused++;
    judge(!compiles(&out) || text->n == 0 || text->p[0] == '#' || strspn(text->p, " \t\r\n") == text->n, name, "behind a policy",
          "it compiles");
    free(out.p);
    free(string.p);
}

static int
digit(char c)
{
    const char *digits = "0123456789abcdef", *found = c != '\0' ? strchr(digits, c) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

/* Takes a word from *LINE. */
static char *
take(char **line)
{
    char *word = *line + strspn(*line, " \n");

    *line = word + strcspn(word, " \n");
    if (**line != '\0')
        *(*line)++ = '\0';
    return word;
}

static void
run_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned long before = n_texts;

    if (file == NULL) {
        judge(false, path, "file", "cannot be opened");
        return;
    }
    while (getline(&line, &room, file) > 0) {
        char *rest = line, *name = take(&rest), *verdict;
        struct text text = { NULL, 0, 0 };

        if (name[0] == '\0' || name[0] == '#')
            continue;
        verdict = take(&rest);
        while (digit(rest[0]) >= 0 || rest[0] == ' ' || rest[0] == '\n') {
            char byte = (char)(16 * digit(rest[0]) + digit(rest[1]));

            if (rest[0] == ' ' || rest[0] == '\n') {
                rest++;
                continue;
            }
            if (digit(rest[1]) < 0)
                break;
            add(&text, &byte, 1);
            rest += 2;
        }
        n_texts++;
        if (rest[0] != '\0')
            judge(false, name, "hexadecimal", "'%s'", rest);
        else if (strcmp(verdict, "text") == 0)
            try_text(name, &text);
        else if (strcmp(verdict, "yes") == 0 || strcmp(verdict, "no") == 0)
            try_value(name, &text, verdict[0] == 'y');
        else
            judge(false, name, "verdict", "'%s'", verdict);
        free(text.p);
    }
    free(line);
    fclose(file);
    judge(n_texts > before, path, "file", "it has no texts");
}

int
main(int argc, char **argv)
{
    const char *srcdir = getenv("top_srcdir");
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct text out = { NULL, 0, 0 };
    char own[4096];

    tells = getenv("RCK_TELL") != NULL;
    if (rck_context_new(NULL, &context) != RCK_OK
        || rck_policy_compile(context, "hostile", policy_text, strlen(policy_text), &diagnostics, &policy) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK) {
        printf("hostile: the policy does not compile\n");
        return 1;
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    write_json(&out, N_ELEMENTS(FACTS), NULL, NULL, NULL);
    judge(decide(&out, JSON) == RCK_ALLOW, "nothing hostile", "the request", "not allowed");
    for (size_t i = 0; i < N_ELEMENTS(FACTS); i++) {
        struct text null = { (char[]){ "null" }, 4, 4 };

        write_json(&out, i, &null, NULL, NULL);
        judge(decide(&out, JSON) != RCK_ALLOW, "null", FACTS[i].key, "allowed");
    }
    free(out.p);

    snprintf(own, sizeof own, "%s/tests/corpora/bytes.txt", srcdir != NULL ? srcdir : ".");
    if (argc < 2)
        run_file(own);
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    printf("%lu texts in %lu places: %lu allowed where they are not looked at, %lu denied, %lu indeterminate, %lu invalid, %lu no policy\n",
           n_texts, n_by_result[0] + n_by_result[1] + n_by_result[2] + n_by_result[3] + n_refused, n_by_result[RCK_ALLOW],
           n_by_result[RCK_DENY], n_by_result[RCK_INDETERMINATE], n_by_result[RCK_INVALID], n_refused);
    printf("%lu passed, %lu failed, 0 skipped\n", n_passed, n_failed);
    rck_request_free(request);
    rck_policy_unref(policy);
    return n_failed == 0 && n_passed > 0 ? 0 : 1;
}
