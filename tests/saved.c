/* SPDX-License-Identifier: MIT
 *
 * Saved policies: what is saved is what is loaded, byte for byte; what is cut off, damaged, forged, of another version or for other
 * params is refused with a message; and whatever bytes of a file are changed, also with size and checksum made right, it is refused
 * or it works without a fault.  tests/differential.c compares decisions, tests/fuzz_saved.c looks for more, tests/engine.sh loads
 * without the compiler.
 *
 *     saved [SCALE]     with a larger SCALE every so many bytes are changed only; 1 is all
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../engine/policy.h"
#include "../engine/saved.h"
#include "judge.h"
#include "saved_bytes.h"

/* All that a policy can have, and little of each. */
static const char all[] =
    "policy all; source \"https://example.com/\" as of 2026-01-02; default deny;\n"
    "vocabulary { subject user, bot; role owner, guest; action read, write; open resource doc, doc.page;\n"
    "  resource secrets = doc.page; attribute n : int 0..900; attribute m : decimal optional; attribute flag : bool;\n"
    "  attribute title, name : string; attribute at : time; attribute size : int in MB; attribute tags : set of { a, b, c };\n"
    "  attribute color : open { red, blue }; counter docs per minute : up by n on write doc, down on read doc; }\n"
    "param most : int 1..50 = 3;\n"
    "rate: limit docs to 3 per minute cites \"Three.\" says \"There are {docs} of {most}.\";\n"
    "gate: only owner may write doc when not (title matches \"[!a-c]*?x\" or name == title);\n"
    "ban: bot cannot use secrets unless tags has a or color in { red };\n"
    "fits: require m <= n to read doc when m is present and size > 3 MB;\n"
    "late: deny when now > 2027-01-01 and at < now warn;\n"
    "some: user may use anything; other: bot may read doc when n <= most or title in { \"x\", \"y\" };\n"
    "why: note \"Nothing else.\";\n"
    "routes { credential bot when header.x is present and not header.x matches \"[!a-c]*?x\"; credential user when header.y == \"y\";\n"
    "  GET, PUT \"/doc/*/a\" when body.n > 1.5 or body.flag or query.q in { \"a\", \"b\" } -> read doc with n = body.n, title = query.t;\n"
    "  GET \"/doc/**\" -> read doc.page; PUT \"/\" when not (body.a.b < -2 and header.z is present) -> write doc; }\n"
    "cases \"c\" { subject action resource -> result; user read doc -> allow; }\n";

/* A few cells. */
static const char few[] = "policy few; default allow; vocabulary { subject user, bot; role owner, guest; action read, write; resource doc;\n"
                          "  attribute n : int 0..9 optional; counter docs : up on write doc, down on read doc; }\n"
                          "most: limit docs to 3; gate: only owner may write doc; fits: require n < 5 to read doc when n is present;\n"
                          "ban: bot cannot write doc says \"{docs}\"; soft: deny when n == 7 and n is present warn;\n"
                          "routes { credential bot when header.x is present; GET \"/a/*\" -> read doc; GET \"/**\" when body.n == 1 -> write doc with n = body.n; }\n";

static struct rck_policy *
compile(const char *text, uint64_t cells, const char *param)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", cells) != RCK_OK
        || (param != NULL && rck_context_set_param(context, "most", param) != RCK_OK))
        abort();
    if (rck_policy_compile(context, "all.rules", text, strlen(text), &diagnostics, &policy) != RCK_OK) {
        printf("does not compile: %s\n", diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0)->message : "no memory");
        abort();
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return policy;
}

/* What a load says of the N bytes at P: empty if it succeeds. */
static const char *
verdict(const char *p, size_t n)
{
    static char text[1024];
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    status = rck_policy_load(context, p, n, &policy);
    text[0] = 0;
    if (status == RCK_E_SAVED)
        snprintf(text, sizeof text, "%s; %s", rck_context_load_error(context)->message,
                 rck_context_load_error(context)->help != NULL ? rck_context_load_error(context)->help : "");
    else if (status != RCK_OK || rck_context_load_error(context) != NULL)
        snprintf(text, sizeof text, "status %d", (int)status);
    rck_policy_unref(policy);
    rck_context_free(context);
    return text;
}

static void
says(const char *p, size_t n, const char *expected)
{
    const char *got = verdict(p, n);

    judge(strcmp(got, expected) == 0, "a load says '%s' and not '%s'", got, expected);
}

/* ---- what is whole ------------------------------------------------------------------------------------------------------ */

static void
test_same_bytes(uint64_t cells, const char *param)
{
    struct rck_policy *policies[] = { compile(all, cells, param), compile(all, cells, param), NULL };
    struct saved_bytes bytes[3] = { saved_bytes_of(policies[0]), saved_bytes_of(policies[1]), { NULL, 0, 0 } };
    size_t n_cases, n_failed_cases;
    char *moved = malloc(bytes[0].n + 1);
    struct rck_policy_info info, loaded_info;

    policies[2] = saved_bytes_load(&bytes[0]);
    if (policies[2] == NULL || moved == NULL)
        abort();
    bytes[2] = saved_bytes_of(policies[2]);
    for (int i = 1; i < 3; i++)
        judge(bytes[i].n == bytes[0].n && memcmp(bytes[i].p, bytes[0].p, bytes[0].n) == 0, "%s gives other bytes",
              i == 1 ? "the same source" : "the loaded policy");
    judge(policies[2]->overridden == (param != NULL), "whether params have their declared values is lost");
    rck_policy_describe(policies[0], &info);
    rck_policy_describe(policies[2], &loaded_info);
    judge(info.n_cases == 1 && loaded_info.n_cases == 0, "a loaded policy has cases");
    judge(rck_policy_run_cases(policies[2], NULL, NULL, &n_cases, &n_failed_cases) == RCK_E_ARGUMENT, "cases of a loaded policy run");
    saved_bytes_exercise(policies[2]);
    memcpy(moved + 1, bytes[0].p, bytes[0].n);
    says(moved + 1, bytes[0].n, "");
    free(moved);
    for (int i = 0; i < 3; i++) {
        rck_policy_unref(policies[i]);
        free(bytes[i].p);
    }
}

/* True if SECTION is of what decides, and tells neither texts nor where they stand. */
static bool
decides(enum saved_section section)
{
    return (section >= SAVED_COLUMNS && section <= SAVED_WORDS) || section == SAVED_KEY_TESTS;
}

static const struct saved_entry *
entry_of(const struct saved_bytes *bytes, enum saved_section section)
{
    return (const struct saved_entry *)(const void *)(bytes->p + sizeof(struct saved_header)) + section;
}

/* Policies that say the same in other words have the same columns, rows and table, byte for byte, if they ask for what they ask for in
 * the same order: that is the order of columns. */
static void
test_other_words(void)
{
    static const char vocabulary[] = "vocabulary { subject user, bot; role owner, guest; action read, write; resource doc, pic;\n"
                                     "  attribute n, m : int; attribute k : { red, green, blue }; attribute tags : set of { a, b, c }; attribute f, g : bool; counter held : up on write doc; }\n";
    static const struct {
        const char *by_default, *words[4];
    } policies[] = {
        { "allow", { "c: user cannot read doc;", "\n# Why.\nother_label :\tuser\ncannot read doc cites \"Users may not.\" says \"No.\";",
                     "c: deny when subject == user and action == read and resource == doc;",
                     "c: deny when resource == doc and (subject == user and action == read);" } },
        { "allow", { "c: deny when n > 5;", "c: deny when n >= 6;", "c: deny when not (n <= 5);", "c: deny when 5 < n;" } },
        { "allow", { "c: deny when n >= 3 and n < 9;", "c: deny when n < 9 and n >= 3;", "c: deny when not (n < 3) and n <= 8;", "c: deny when not (n < 3 or n > 8);" } },
        { "allow", { "c: deny when k in { red, green };", "c: deny when k != blue;", "c: deny when k == green or k == red;", "c: deny when not (k == blue);" } },
        { "allow", { "c: deny when role has owner or role has guest;", "c: deny when role has guest or role has owner;",
                     "c: deny when not not (role has owner or role has guest);", NULL } },
        { "allow", { "c: deny when f and n > m;", "c: deny when f and m < n;", "c: deny when f == true and not (n <= m);", "c: deny when f and not (m >= n);" } },
        { "allow", { "c: deny when f or g; e: user cannot write pic;", "c: deny when not (not f) or g; e: user cannot write pic;", NULL, NULL } },
        { "deny", { "c: user may read doc when n <= 3; e: owner may use anything;", "c: user may read doc when not n > 3; e: owner may use doc, pic;",
                    "c: user may read doc when n < 4; e: owner may read, write pic, doc;", NULL } },
        { "allow", { "c: only owner may write pic; e: limit held to 30;", "param most : int = 30; c: only owner may write pic; e: limit held to most;", NULL, NULL } },
    };

    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
        for (size_t form = 0; form < 2; form++) {
            struct saved_bytes first = { NULL, 0, 0 };

            for (size_t w = 0; w < 4 && policies[p].words[w] != NULL; w++) {
                char text[1024];
                struct rck_policy *policy;
                struct saved_bytes bytes;

                (void)snprintf(text, sizeof text, "policy p; default %s; %s%s\n", policies[p].by_default, vocabulary, policies[p].words[w]);
                policy = compile(text, form == 0 ? 65536 : 1, NULL);
                bytes = saved_bytes_of(policy);
                rck_policy_unref(policy);
                if (w == 0) {
                    first = bytes;
                    continue;
                }
                for (enum saved_section s = 0; s < N_SAVED_SECTIONS; s++) {
                    const struct saved_entry *a = entry_of(&first, s), *b = entry_of(&bytes, s);

                    judge(!decides(s) || (a->n == b->n && memcmp(first.p + a->at, bytes.p + b->at, (size_t)a->n * a->size) == 0),
                          "'%s' has another section %d than '%s'", policies[p].words[w], (int)s, policies[p].words[0]);
                }
                free(bytes.p);
            }
            free(first.p);
        }
}

/* Whether a context that sets PARAM to VALUE loads BYTES, saved with most = 7; EXPECTED is the message, or NULL. */
static void
test_param(const struct saved_bytes *bytes, const char *name, const char *value, const char *expected)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_param(context, name, value) != RCK_OK)
        abort();
    status = rck_policy_load(context, bytes->p, bytes->n, &policy);
    judge(status == (expected != NULL ? RCK_E_SAVED : RCK_OK), "param %s=%s: status %d", name, value, (int)status);
    judge((rck_context_load_error(context) == NULL) == (expected == NULL)
              && (expected == NULL || strcmp(rck_context_load_error(context)->message, expected) == 0),
          "param %s=%s: %s", name, value, rck_context_load_error(context) != NULL ? rck_context_load_error(context)->message : "no error");
    rck_policy_unref(policy);
    rck_context_free(context);
}

static void
test_params(void)
{
    struct rck_policy *policy = compile(all, 65536, "7");
    struct saved_bytes bytes = saved_bytes_of(policy);

    test_param(&bytes, "most", "7", NULL);
    test_param(&bytes, "most", "3", "the saved policy has the param 'most' = 7, which cannot become 3 any more");
    test_param(&bytes, "least", "7", "the saved policy has no param 'least'");
    free(bytes.p);
    rck_policy_unref(policy);
}

/* A param is what it is saved with, in whatever spelling that would be taken when the policy is compiled. */
static void
test_spellings(void)
{
    static const char text[] = "policy p; default allow; vocabulary { subject s; role r; action a; resource b; attribute n : int; attribute d : decimal;\n"
                               "  attribute t : time; attribute word : string; }\n"
                               "param count : int = 7; param share : decimal 0..9 = 2.5; param last : time = 2027-01-01; param name : string = \"01\"; param whole : int in MB = 3 MB;\n"
                               "param none : int = 0; param nothing : decimal = 0; param first : time = 1970-01-01; param day : string = \"2027-01-01\";\n"
                               "a: deny when n > count or d > share or t > last or word == name or n < none or d < nothing or t < first or word == day;\n";
    static const struct {
        const char *name, *value, *saved; /* as messages have it; NULL: it loads */
    } cases[] = {
        { "count", "+7", NULL }, { "count", "007", NULL }, { "count", "7.0", "7" }, { "count", "8", "7" }, { "count", "", "7" },
        { "whole", "3", NULL }, { "whole", "03", NULL }, { "whole", "4", "3" },
        { "share", "2.5", NULL }, { "share", "+02.500", NULL }, { "share", "2.51", "2.5" }, { "share", "2,5", "2.5" },
        { "last", "2027-01-01", NULL }, { "last", "2027-01-01T01:00:00+01:00", NULL }, { "last", "2027-01-01T00:00:00.0Z", NULL },
        { "last", "2027-01-02", "2027-01-01T00:00:00Z" }, { "last", "soon", "2027-01-01T00:00:00Z" },
        { "name", "01", NULL }, { "name", "1", "01" }, { "day", "2027-01-01", NULL }, { "day", "2027-01-01T00:00:00Z", "2027-01-01" },
        { "none", "x", "0" }, { "nothing", "x", "0" }, { "first", "x", "1970-01-01T00:00:00Z" },
    };
    struct rck_policy *policy = compile(text, 65536, NULL);
    struct saved_bytes bytes = saved_bytes_of(policy);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[256];

        snprintf(expected, sizeof expected, "the saved policy has the param '%s' = %s, which cannot become %s any more", cases[i].name, cases[i].saved != NULL ? cases[i].saved : "",
                 cases[i].value);
        test_param(&bytes, cases[i].name, cases[i].value, cases[i].saved != NULL ? expected : NULL);
    }
    free(bytes.p);
    rck_policy_unref(policy);
}

static void
test_limit(const struct saved_bytes *bytes, const char *name, uint64_t value, const char *expected)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    const char *got;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, name, value) != RCK_OK)
        abort();
    (void)rck_policy_load(context, bytes->p, bytes->n, &policy);
    got = rck_context_load_error(context) != NULL ? rck_context_load_error(context)->message : "";
    judge(strcmp(got, expected) == 0 && (policy == NULL) == (expected[0] != 0), "limit %s=%" PRIu64 ": %s", name, value, got);
    rck_policy_unref(policy);
    rck_context_free(context);
}

/* Conditions as deep as the limit lets them be: what compiles under a limit loads under it. */
static void
test_limits(void)
{
    char text[8192] = "policy deep; default allow; vocabulary { subject user; role owner; action read; resource doc; attribute n : int; }\n"
                      "a: deny when ";
    struct rck_policy *policy;
    struct saved_bytes bytes;

    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "not (n == %d %s ", i, i % 2 == 0 ? "and" : "or");
    strcat(text, "n > 5");
    for (int i = 0; i < 60; i++)
        strcat(text, ")");
    strcat(text, ";\n");
    policy = compile(text, 65536, NULL);
    bytes = saved_bytes_of(policy);
    test_limit(&bytes, "nesting", 200, "");
    test_limit(&bytes, "nesting", 10, "its guards are nested deeper than the limit 'nesting' of 10 allows");
    free(bytes.p);
    rck_policy_unref(policy);
    policy = compile(all, 65536, NULL);
    bytes = saved_bytes_of(policy);
    test_limit(&bytes, "route-states", 1000, "");
    test_limit(&bytes, "route-states", 1, "its routes need an automaton larger than the limit 'route-states' of 1 allows");
    test_limit(&bytes, "compile-bytes", 1000, "it needs more memory than the limit 'compile-bytes' allows");
    free(bytes.p);
    rck_policy_unref(policy);
}

/* Whether a slot takes POLICY, saved and loaded. */
static enum rck_status
put_in_force(struct rck_policy *policy)
{
    struct saved_bytes bytes = saved_bytes_of(policy);
    struct rck_policy *loaded = saved_bytes_load(&bytes);
    struct rck_slot *slot = NULL;
    enum rck_status status = loaded != NULL ? rck_slot_new(loaded, &slot) : RCK_E_SAVED;

    rck_slot_free(slot);
    rck_policy_unref(loaded);
    free(bytes.p);
    return status;
}

/* Cases are left out, but not what is known of them: a slot takes what has passed its cases, saved or not. */
static void
test_slots(void)
{
    struct rck_policy *policy = compile(all, 65536, NULL);
    size_t n_run, n_failed_cases;

    judge(put_in_force(policy) == RCK_E_CASES, "a slot takes a loaded policy whose cases were not run");
    judge(rck_policy_run_cases(policy, NULL, NULL, &n_run, &n_failed_cases) == RCK_OK && n_failed_cases == 0, "the cases fail");
    judge(put_in_force(policy) == RCK_OK, "a slot refuses a loaded policy whose cases passed");
    rck_policy_unref(policy);
    policy = compile(few, 65536, NULL);
    judge(put_in_force(policy) == RCK_OK, "a slot refuses a loaded policy that had no cases");
    rck_policy_unref(policy);
}

static bool
refuse(void *arg, const char *text, size_t size)
{
    (void)arg;
    (void)text;
    (void)size;
    return false;
}

/* ---- files -------------------------------------------------------------------------------------------------------------- */

static enum rck_status
load_file(const char *path, struct rck_policy **policy, char message[256])
{
    struct rck_context *context = NULL;
    enum rck_status status;

    *policy = NULL;
    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    status = rck_policy_load_file(context, path, policy);
    snprintf(message, 256, "%s", rck_context_load_error(context) != NULL ? rck_context_load_error(context)->message : "");
    rck_context_free(context);
    return status;
}

static void
write_file(const char *path, const char *p, size_t n)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(p, 1, n, file) != n || fclose(file) != 0)
        abort();
}

/* A policy of N clauses. */
static char *
large_text(unsigned n)
{
    size_t room = 200 + (size_t)n * 80, used;
    char *text = malloc(room);

    if (text == NULL)
        abort();
    used = (size_t)snprintf(text, room,
                            "policy large; default allow; vocabulary { subject user; role owner; action read; resource doc;"
                            " attribute a, b : int; }\n");
    for (unsigned i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, room - used, "c%u: deny when a == %u and b > %u;\n", i, i, i % 7);
    return text;
}

static void
test_files(void)
{
    char folder[] = "saved-test-XXXXXX", path[64], message[256];
    struct rck_policy *policy = compile(all, 65536, NULL), *loaded;
    struct saved_bytes bytes = saved_bytes_of(policy);
    char *text = large_text(8000);
    struct rck_request *request;

    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(path, sizeof path, "%s/policy", folder);
    judge(load_file(path, &loaded, message) == RCK_E_IO && strcmp(message, "it cannot be read: No such file or directory") == 0,
          "no file: %s", message);
    judge(load_file(folder, &loaded, message) == RCK_E_IO && strcmp(message, "it cannot be read: Is a directory") == 0,
          "a folder: %s", message);
    judge(load_file("/dev/null", &loaded, message) == RCK_E_IO && strcmp(message, "it is not a file that can be mapped") == 0,
          "a device: %s", message);
    if (mkfifo(path, 0600) != 0)
        abort();
    judge(load_file(path, &loaded, message) == RCK_E_IO && strcmp(message, "it is not a file that can be mapped") == 0, "a pipe: %s",
          message);
    unlink(path);
    write_file(path, "", 0);
    judge(load_file(path, &loaded, message) == RCK_E_SAVED && strcmp(message, "it is not a saved policy") == 0, "an empty file: %s",
          message);

    /* A small one is copied: the file may go, or become another. */
    write_file(path, bytes.p, bytes.n);
    judge(load_file(path, &loaded, message) == RCK_OK && !loaded->block.is_mapped, "a small file: %s", message);
    write_file(path, "rubbish", 7);
    saved_bytes_exercise(loaded);
    rck_policy_unref(loaded);
    rck_policy_unref(policy);
    free(bytes.p);

    /* A large one is mapped. */
    policy = compile(text, 65536, NULL);
    bytes = saved_bytes_of(policy);
    write_file(path, bytes.p, bytes.n);
    judge(load_file(path, &loaded, message) == RCK_OK && loaded->block.is_mapped, "a large file of %zu bytes: %s", bytes.n, message);
    unlink(path);
    if (loaded == NULL || rck_request_new(loaded, &request) != RCK_OK)
        abort();
    for (int i = 0; i < 100; i++) {
        struct rck_why why;
        char json[128];
        int n = snprintf(json, sizeof json, "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\",\"a\":%d,\"b\":%d}", i * 81, i % 9);

        rck_request_read_json(request, json, (size_t)n);
        judge(rck_decide(loaded, request, &why) == (i * 81 < 8000 && i % 9 > i * 81 % 7 ? RCK_DENY : RCK_ALLOW), "request %d", i);
    }
    rck_request_free(request);
    rck_policy_unref(loaded);
    rck_policy_unref(policy);
    rmdir(folder);
    free(bytes.p);
    free(text);
}

/* ---- what is broken ----------------------------------------------------------------------------------------------------- */

static void
test_headers(const struct saved_bytes *bytes)
{
    static const char copy_it[] = "copy it again, or compile it from its source";
    struct saved_header header;
    char expected[512];
    char *p = malloc(bytes->n + 64);

    if (p == NULL)
        abort();
    says("", 0, "it is not a saved policy; 'rulecheck compile' makes saved policies");
    says(bytes->p, SAVED_MAGIC_SIZE - 1, "it is not a saved policy; 'rulecheck compile' makes saved policies");
    says("policy p; default allow;", 24, "it is not a saved policy; 'rulecheck compile' makes saved policies");
    snprintf(expected, sizeof expected, "it is cut off: only 40 bytes are there; %s", copy_it);
    says(bytes->p, 40, expected);
    snprintf(expected, sizeof expected, "it is cut off: 640 bytes of %zu are there; %s", bytes->n, copy_it);
    says(bytes->p, 640, expected);
    memcpy(p, bytes->p, bytes->n);
    memset(p + bytes->n, 0, 64);
    snprintf(expected, sizeof expected, "it has %zu bytes and should have %zu; %s", bytes->n + 64, bytes->n, copy_it);
    says(p, bytes->n + 64, expected);
    saved_bytes_repair(p, bytes->n + 64);
    says(p, bytes->n + 64, "it is not sound: it does not end where its sections do; compile it again from its source");
    memcpy(p, bytes->p, bytes->n);
    p[bytes->n / 2] ^= 1;
    snprintf(expected, sizeof expected, "it is damaged: its checksum is wrong; %s", copy_it);
    says(p, bytes->n, expected);
    memcpy(p, bytes->p, bytes->n);
    memcpy(&header, p, sizeof header);
    header.version++;
    memcpy(header.made_by, "9.8.7\x1b[31m", 11);
    memcpy(p, &header, sizeof header);
    saved_bytes_repair(p, bytes->n);
    snprintf(expected, sizeof expected,
             "it has version %d of the format, made by rulecheck 9.8.7??31m, and this is %s, which reads version %d;"
             " compile it from its source with this version of rulecheck",
             SAVED_VERSION + 1, rck_version(), SAVED_VERSION);
    says(p, bytes->n, expected);
    memcpy(header.made_by, "10.Zz-rc+1/\n_aaaaaaaaaaaaaaaaaaaaaaaaaaa", sizeof header.made_by); /* and no NUL */
    memcpy(p, &header, sizeof header);
    saved_bytes_repair(p, bytes->n);
    snprintf(expected, sizeof expected,
             "it has version %d of the format, made by rulecheck 10.Zz-rc+1??"
             "?aaaaaaaaaaaaaaaaaa, and this is %s, which reads version %d;"
             " compile it from its source with this version of rulecheck",
             SAVED_VERSION + 1, rck_version(), SAVED_VERSION);
    says(p, bytes->n, expected);
    header.version = SAVED_VERSION;
    header.byte_order = __builtin_bswap32(header.byte_order);
    memcpy(p, &header, sizeof header);
    says(p, bytes->n,
         "it was saved on a machine with another order of bytes; compile it on the machine that uses it, from its source");
    free(p);
}

/* Loads the N bytes at P; what loads must work. */
static bool
load_and_use(struct rck_context *context, const char *p, size_t n, const char *what, size_t at)
{
    struct rck_policy *policy = NULL;
    enum rck_status status = rck_policy_load(context, p, n, &policy);
    const struct rck_load_error *error = rck_context_load_error(context);

    judge(status == RCK_OK || (status == RCK_E_SAVED && error != NULL && error->message[0] != 0), "%s at %zu: status %d", what, at,
          (int)status);
    if (status != RCK_OK)
        return false;
    saved_bytes_exercise(policy);
    rck_policy_unref(policy);
    return true;
}

/* The file at BYTES with N records in SECTION, new ones as COPY tells like its last one or of zeros; all other sections are where they
 * should be.  The caller frees it. */
static char *
with_records(const struct saved_bytes *bytes, uint32_t section, uint32_t n, bool copy, size_t *size)
{
    struct saved_entry entries[N_SAVED_SECTIONS], made[N_SAVED_SECTIONS];
    uint64_t at = saved_begin();
    char *p;

    memcpy(entries, bytes->p + sizeof(struct saved_header), sizeof entries);
    memcpy(made, entries, sizeof made);
    made[section].n = n;
    for (uint32_t i = 0; i < N_SAVED_SECTIONS; i++) {
        made[i].at = at;
        at = saved_align(at + (uint64_t)made[i].n * made[i].size);
    }
    *size = (size_t)at;
    p = calloc(1, *size);
    if (p == NULL)
        abort();
    memcpy(p, bytes->p, sizeof(struct saved_header));
    memcpy(p + sizeof(struct saved_header), made, sizeof made);
    for (uint32_t i = 0; i < N_SAVED_SECTIONS; i++) {
        size_t record = entries[i].size;

        memcpy(p + made[i].at, bytes->p + entries[i].at, record * (entries[i].n < made[i].n ? entries[i].n : made[i].n));
        for (uint32_t k = entries[i].n; copy && entries[i].n != 0 && k < made[i].n; k++)
            memcpy(p + made[i].at + k * record, bytes->p + entries[i].at + (entries[i].n - 1) * record, record);
    }
    saved_bytes_repair(p, *size);
    return p;
}

/* A section with a record less, or with none, is refused, but for whole groups of a table; one with more is, or works without a fault. */
static void
test_sections(const struct saved_bytes *bytes)
{
    struct saved_entry entries[N_SAVED_SECTIONS];
    struct rck_context *context = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    memcpy(entries, bytes->p + sizeof(struct saved_header), sizeof entries);
    for (uint32_t section = 0; section < N_SAVED_SECTIONS; section++) {
        uint32_t n = entries[section].n;
        const uint32_t others[] = { n, n + 1, n + 1, n + 16, n + 17, n != 0 ? n - 1 : n, n / 2, 0 };

        for (size_t k = 0; k < N_ELEMENTS(others); k++) {
            size_t size;
            char *p = with_records(bytes, section, others[k], k == 2 || k == 4, &size);
            bool loads = load_and_use(context, p, size, "another number of records, section", section);

            judge(others[k] > n || section == SAVED_GROUPS || loads == (others[k] == n), "section %u with %u records and not %u %s", (unsigned)section, (unsigned)others[k],
                  (unsigned)n, loads ? "loads" : "is refused");
            free(p);
        }
    }
    rck_context_free(context);
}

/* Every byte and every word changed, as damage and as forgery; every length. */
static void
test_changes(const struct saved_bytes *bytes, size_t scale)
{
    static const unsigned char byte_changes[] = { 0x01, 0x80, 0xFF };
    static const uint32_t words[] = { 0, 1, 2, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF };
    struct rck_context *context = NULL;
    char *p = malloc(bytes->n);
    size_t n_loaded = 0, n_forged = 0;

    if (p == NULL || rck_context_new(NULL, &context) != RCK_OK)
        abort();
    memcpy(p, bytes->p, bytes->n);
    for (size_t i = 0; i < bytes->n; i += 1 + i % scale)
        for (size_t k = 0; k < sizeof byte_changes; k++) {
            p[i] = (char)(bytes->p[i] ^ byte_changes[k]);
            /* The name of the version that made it is for people: it may say what it wants if the checksum agrees. */
            judge(!load_and_use(context, p, bytes->n, "a damaged byte", i), "a file loads whose byte %zu is damaged", i);
            saved_bytes_repair(p, bytes->n);
            n_loaded += load_and_use(context, p, bytes->n, "a forged byte", i);
            n_forged++;
            memcpy(p, bytes->p, sizeof(struct saved_header));
            p[i] = bytes->p[i];
        }
    for (size_t i = 0; i + sizeof(uint32_t) <= bytes->n; i += sizeof(uint32_t) * (1 + i % scale))
        for (size_t k = 0; k < N_ELEMENTS(words) + 2; k++) {
            uint32_t word;

            memcpy(&word, bytes->p + i, sizeof word);
            word = k < N_ELEMENTS(words) ? words[k] : k == N_ELEMENTS(words) ? word + 1 : word - 1;
            memcpy(p + i, &word, sizeof word);
            saved_bytes_repair(p, bytes->n);
            n_loaded += load_and_use(context, p, bytes->n, "a forged word", i);
            n_forged++;
            memcpy(p, bytes->p, sizeof(struct saved_header));
            memcpy(p + i, bytes->p + i, sizeof word);
        }
    for (size_t n = 0; n < bytes->n; n++) {
        char *cut = malloc(n + 1);

        if (cut == NULL)
            abort();
        memcpy(cut, bytes->p, n);
        judge(!load_and_use(context, cut, n, "a cut", n), "a file loads that is cut off at %zu", n);
        saved_bytes_repair(cut, n);
        judge(!load_and_use(context, cut, n, "a forged cut", n), "a file loads that is cut off at %zu and repaired", n);
        free(cut);
    }
    printf("%zu bytes: %zu forgeries, of which %zu load\n", bytes->n, n_forged, n_loaded);
    rck_context_free(context);
    free(p);
}

int
main(int argc, char **argv)
{
    size_t scale = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    test_same_bytes(65536, NULL);
    test_same_bytes(1, "7");
    test_other_words();
    test_params();
    test_spellings();
    test_limits();
    test_slots();
    test_files();
    for (int i = 0; i < 2; i++) {
        struct rck_policy *policy = i == 0 ? compile(few, 65536, NULL) : compile(all, 1, NULL);
        struct saved_bytes bytes = saved_bytes_of(policy);

        judge((policy->table.form == TABLE_DENSE) == (i == 0), "the form of the table");
        judge(rck_policy_save(policy, refuse, NULL) == RCK_E_IO, "a write that fails is not told");
        test_headers(&bytes);
        test_sections(&bytes);
        test_changes(&bytes, scale != 0 ? scale : 1);
        free(bytes.p);
        rck_policy_unref(policy);
    }
    return judged();
}
