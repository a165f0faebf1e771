/* SPDX-License-Identifier: MIT
 *
 * Policies at the ends of what a table can hold: cuts at the ends of 64 bits, sets of more than one word, more slots than 16 bits count, more
 * cells than 32 bits count.  Table and guards must give the result that stands beside each request.  And what stands at
 * the ends of a compile: names of one hash, no memory left at any step, and the text of a file, which is held once.
 */
#include <config.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/policy.h"
#include "../engine/rulecheck.h"
#include "../engine/symbols.h"
#include "counting.h"
#include "judge.h"
#include "text.h"

static const char head[] = "policy p; default allow;\nvocabulary { subject user; role owner; action read, write; resource doc;\n";

/* Takes TEXT over. */
static struct rck_policy *
compile(struct text text, uint64_t cells, const char *form)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct rck_table_info table;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", cells) != RCK_OK
        || rck_context_set_limit(context, "nesting", 1000) != RCK_OK)
        abort();
    if (rck_policy_compile(context, "p.rules", text.p, text.n, &diagnostics, &policy) != RCK_OK) {
        fprintf(stderr, "does not compile: %s\n", diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0)->message : "no memory");
        abort();
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    free(text.p);
    rck_policy_table(policy, &table);
    judge(strcmp(table.form, form) == 0, "the table is %s and not %s", table.form, form);
    return policy;
}

/* FACTS are members of the request. */
static void
decides(struct rck_policy *policy, const char *facts, enum rck_result expected)
{
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    char text[256];
    int n = snprintf(text, sizeof text, "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"%s%s}", facts[0] != 0 ? "," : "", facts);
    enum rck_result by_table, by_guards;

    if (rck_request_new(policy, &request) != RCK_OK || rck_explanation_new(policy, &explanation) != RCK_OK
        || rck_request_read_json(request, text, (size_t)n) != RCK_OK)
        abort();
    by_table = rck_decide(policy, request, NULL);
    by_guards = rck_explain(explanation, request);
    judge(by_table == expected, "%s: %d by the table, and not %d", text, (int)by_table, (int)expected);
    judge(by_guards == expected, "%s: %d by the guards, and not %d", text, (int)by_guards, (int)expected);
    rck_explanation_free(explanation);
    rck_request_free(request);
}

/* The differences of two numbers reach from -2^64 to 2^64, and the cut of one that is compared lies anywhere there. */
static void
test_cuts(void)
{
    static const struct {
        const char *clause, *facts;
        enum rck_result expected;
    } cuts[] = {
        { "m < k - 9223372036854775807", "\"m\":-2,\"k\":9223372036854775805", RCK_ALLOW },
        { "m < k - 9223372036854775807", "\"m\":-3,\"k\":9223372036854775805", RCK_DENY },
        { "m < k - 9223372036854775807", "\"m\":-9223372036854775808,\"k\":9223372036854775807", RCK_DENY },
        { "m <= k - 9223372036854775807", "\"m\":-2,\"k\":9223372036854775805", RCK_DENY },
        { "m >= k + 9223372036854775807", "\"m\":9223372036854775807,\"k\":0", RCK_DENY },
        { "m >= k + 9223372036854775807", "\"m\":9223372036854775807,\"k\":1", RCK_ALLOW },
        { "m > k + 9223372036854775807", "\"m\":9223372036854775807,\"k\":0", RCK_ALLOW },
        { "m > k + 9223372036854775807", "\"m\":9223372036854775807,\"k\":-9223372036854775808", RCK_DENY },
        { "m < k + -9223372036854775808", "\"m\":-1,\"k\":9223372036854775807", RCK_ALLOW },
        { "m < k + -9223372036854775808", "\"m\":-2,\"k\":9223372036854775807", RCK_DENY },
        { "m < k + -9223372036854775808", "\"m\":1,\"k\":-9223372036854775808", RCK_ALLOW },
        { "m == k + 9223372036854775807", "\"m\":-1,\"k\":-9223372036854775808", RCK_DENY },
        { "m > 9223372036854775806", "\"m\":9223372036854775807", RCK_DENY },
        { "m <= -9223372036854775807", "\"m\":-9223372036854775807", RCK_DENY },
        { "m <= -9223372036854775807", "\"m\":-9223372036854775806", RCK_ALLOW },
        { "m < k", "\"m\":-9223372036854775808,\"k\":9223372036854775807", RCK_DENY },
        { "m < k", "\"m\":9223372036854775807,\"k\":-9223372036854775808", RCK_ALLOW },
        { "m < k", "\"m\":9223372036854775807", RCK_INDETERMINATE },
    };

    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
        for (int hashed = 0; hashed < 2; hashed++) {
            struct text text = { NULL, 0, 0 };
            struct rck_policy *policy;

            addf(&text, "%sattribute m, k : int; }\nc: deny when %s;\n", head, cuts[i].clause);
            policy = compile(text, hashed ? 1 : 65536, hashed ? "hashed" : "dense");
            decides(policy, cuts[i].facts, cuts[i].expected);
            rck_policy_unref(policy);
        }
}

/* Sets of 64 members fit into a word, those of 65 do not. */
static void
test_sets(void)
{
    for (int n = 63; n <= 130; n += n == 65 ? 62 : 1)
        for (int hashed = 0; hashed < 2; hashed++) {
            struct text text = { NULL, 0, 0 };
            struct rck_policy *policy;
            char facts[64];

            addf(&text, "%sattribute t : set of { t0", head);
            for (int i = 1; i < n; i++)
                addf(&text, ", t%d", i);
            addf(&text, " }; }\nfirst: deny when t has t0; last: deny when t has t%d and t has t%d;\n", n - 2, n - 1);
            policy = compile(text, hashed ? 1 : 65536, hashed ? "hashed" : "dense");
            decides(policy, "\"t\":[]", RCK_ALLOW);
            decides(policy, "\"t\":[\"t1\"]", RCK_ALLOW);
            decides(policy, "\"t\":[\"t0\"]", RCK_DENY);
            decides(policy, "", RCK_INDETERMINATE);
            snprintf(facts, sizeof facts, "\"t\":[\"t%d\"]", n - 1);
            decides(policy, facts, RCK_ALLOW);
            snprintf(facts, sizeof facts, "\"t\":[\"t%d\",\"t%d\"]", n - 1, n - 2);
            decides(policy, facts, RCK_DENY);
            rck_policy_unref(policy);
        }
}

/* An inline part of the hashed table keeps 16 bits of a slot, an order of the dense one of a slot and of where its number is. */
static void
test_slots(bool hashed)
{
    enum { N = 65600 };
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    addf(&text, "%sattribute x0", head);
    for (int i = 1; i < N; i++)
        addf(&text, ", x%d", i);
    addf(&text, " : int;\n}\nnear: user cannot write doc when x1 > 5; far: user cannot read doc when x%1$d > 7;\n"
                "order: user cannot read doc when x%1$d < x%2$d;\n", N - 1, N - 2);
    policy = compile(text, hashed ? 1 : 65536, hashed ? "hashed" : "dense");
    decides(policy, "\"x1\":6,\"x65599\":7,\"x65598\":7", RCK_ALLOW);
    decides(policy, "\"x1\":6,\"x65599\":7,\"x65598\":8", RCK_DENY);
    decides(policy, "\"x1\":5,\"x65599\":8", RCK_DENY);
    decides(policy, "\"x1\":5,\"x63\":9", RCK_INDETERMINATE); /* 63 is 65599 in 16 bits */
    decides(policy, "\"x1\":5", RCK_INDETERMINATE);
    rck_policy_unref(policy);

    text = (struct text){ NULL, 0, 0 };
    addf(&text, "%sattribute y0", head);
    for (int i = 1; i < N; i++)
        addf(&text, ", y%d", i);
    addf(&text, " : { v, w };\nattribute x, z : int;\n}\nc: user cannot read doc when x > z and y1 == v and y%d == w;\n", N - 1);
    policy = compile(text, hashed ? 1 : 65536, hashed ? "hashed" : "dense");
    decides(policy, "\"x\":8,\"z\":7,\"y1\":\"v\",\"y65599\":\"v\"", RCK_ALLOW);
    decides(policy, "\"x\":7,\"z\":7,\"y1\":\"v\",\"y65599\":\"w\"", RCK_ALLOW);
    decides(policy, "\"x\":8,\"z\":7,\"y1\":\"v\",\"y65599\":\"w\"", RCK_DENY);
    decides(policy, "\"x\":8,\"z\":7,\"y1\":\"v\",\"y63\":\"w\"", RCK_INDETERMINATE);
    rck_policy_unref(policy);
}

/* The same of numbers, which are farther away than their slots where sets take two words. */
static void
test_values(void)
{
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    addf(&text, "%sattribute x0", head);
    for (int i = 1; i < 65400; i++)
        addf(&text, ", x%d", i);
    addf(&text, " : int;\nattribute t0");
    for (int i = 1; i < 100; i++)
        addf(&text, ", t%d", i);
    addf(&text, " : set of { v0");
    for (int i = 1; i < 65; i++)
        addf(&text, ", v%d", i);
    addf(&text, " };\nattribute n, m : int;\n}\nc: user cannot read doc when n > 7; order: user cannot read doc when n > m;\n");
    policy = compile(text, 65536, "dense");
    decides(policy, "\"x64\":8,\"x65\":0,\"n\":7,\"m\":7", RCK_ALLOW); /* n is the 65600th word, which is 64 in 16 bits */
    decides(policy, "\"x64\":7,\"x65\":7,\"n\":8,\"m\":8", RCK_DENY);
    decides(policy, "\"x64\":7,\"x65\":7,\"n\":7,\"m\":6", RCK_DENY);
    decides(policy, "\"x64\":8,\"x65\":0", RCK_INDETERMINATE);
    rck_policy_unref(policy);
}

/* No limit makes a dense table of more cells than 32 bits count. */
static void
test_cells(void)
{
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    addf(&text, "%sattribute a, b, c, d, e : int;\n}\n", head);
    for (int i = 0; i < 100; i++)
        addf(&text, "c%d: deny when a == %d and b == %d and c == %d and d == %d and e == %d;\n", i, i, i, i, i, i);
    policy = compile(text, UINT64_MAX, "hashed");
    decides(policy, "\"a\":7,\"b\":7,\"c\":7,\"d\":7,\"e\":8", RCK_ALLOW);
    decides(policy, "\"a\":7,\"b\":7,\"c\":7,\"d\":7,\"e\":7", RCK_DENY);
    decides(policy, "\"a\":7,\"b\":7,\"c\":7,\"d\":7", RCK_INDETERMINATE);
    rck_policy_unref(policy);
}

/* Clauses that share one set of many ranges. */
static void
test_shared(void)
{
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    addf(&text, "%sattribute m, n : int; }\n", head);
    for (int c = 0; c < 100; c++) {
        addf(&text, "c%d: deny when m == %d and (n == 0", c, c);
        for (int i = 2; i < 400; i += 2)
            addf(&text, " or n == %d", i);
        addf(&text, ");\n");
    }
    policy = compile(text, 1, "hashed");
    decides(policy, "\"m\":99,\"n\":398", RCK_DENY);
    decides(policy, "\"m\":99,\"n\":399", RCK_ALLOW);
    decides(policy, "\"m\":100,\"n\":398", RCK_ALLOW);
    decides(policy, "\"m\":3", RCK_INDETERMINATE);
    rck_policy_unref(policy);
}

/* A compile of TEXT that may hold any number of bytes ends with a diagnostic or with a policy that decides, whichever step the limit hits. */
static void
compile_in_bytes(const struct text *text, uint64_t first, uint64_t step)
{
    unsigned n_refused = 0, n_made = 0;

    for (uint64_t bytes = first; n_made < 3; bytes += step != 0 ? step : bytes / 64) {
        struct rck_context *context = NULL;
        struct rck_diagnostics *diagnostics = NULL;
        struct rck_policy *policy = NULL;
        enum rck_status status;

        if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", 1) != RCK_OK
            || rck_context_set_limit(context, "compile-bytes", bytes) != RCK_OK)
            abort();
        status = rck_policy_compile(context, "p.rules", text->p, text->n, &diagnostics, &policy);
        if (status == RCK_OK) {
            n_made++;
            decides(policy, "\"m\":1,\"n\":-1", RCK_DENY);
            decides(policy, "\"m\":-1,\"n\":-1", RCK_ALLOW);
        } else {
            n_refused++;
            judge(status == RCK_E_POLICY && policy == NULL && strstr(rck_diagnostics_at(diagnostics, 0)->message, "compile-bytes") != NULL,
                  "with %" PRIu64 " bytes the status is %d: %s", bytes, (int)status,
                  rck_diagnostics_count(diagnostics) != 0 ? rck_diagnostics_at(diagnostics, 0)->message : "");
        }
        rck_policy_unref(policy);
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
    }
    judge(n_refused > 10, "%u compiles are refused", n_refused);
}

static void
test_bytes(void)
{
    struct text text = { NULL, 0, 0 };

    addf(&text, "%sattribute m, n : int; }\n", head);
    for (int i = 0; i < 300; i++)
        addf(&text, "c%d: user cannot %s doc when m > %d and n < %d;\n", i, i % 2 == 0 ? "read" : "write", 7 * i % 300, 11 * i % 300);
    compile_in_bytes(&text, 1 << 16, 1 << 13);

    /* Few words that become many rows, so that it is the table that takes most. */
    text.n = 0;
    addf(&text, "%sattribute m, n : int; attribute o, p : int optional; }\nc: deny when m > 0 and n < 0;\nd: deny when o is present and p is present and (o == 0", head);
    for (int i = 1; i < 60; i++)
        addf(&text, " or o == %d", 2 * i);
    addf(&text, ") and (p == 0");
    for (int i = 1; i < 60; i++)
        addf(&text, " or p == %d", 2 * i);
    addf(&text, ");\n");
    compile_in_bytes(&text, 1 << 15, 0);

    /* Few routes that become many states. */
    text.n = 0;
    addf(&text, "%sattribute m, n : int; }\nc: deny when m > 0 and n < 0;\nroutes {\n", head);
    for (int i = 0; i < 11; i++) {
        addf(&text, "GET \"");
        for (int k = 0; k < 12; k++)
            addf(&text, k == i ? "/x" : "/*");
        addf(&text, "\" -> read doc;\n");
    }
    addf(&text, "}\n");
    compile_in_bytes(&text, 1 << 15, 0);
    free(text.p);
}

/* Texts of slot 42 whose second word made a factor of the hash 0 whatever the seed was, so that all of them met in one place. */
static void
test_hash(void)
{
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    adds(&text, head);
    for (int i = 4; i <= 42; i++)
        addf(&text, "attribute x%d : string optional;\n", i);
    adds(&text, "}\nc: user cannot read doc when x42 is present and x42 in { ");
    for (int i = 0; i < 40; i++)
        addf(&text, "%s\"%06d;E]uP}x'\"", i != 0 ? ", " : "", i);
    adds(&text, " };\n");
    policy = compile(text, 1, "hashed");
    decides(policy, "\"x42\":\"000039;E]uP}x'\"", RCK_DENY);
    decides(policy, "\"x42\":\"000040;E]uP}x'\"", RCK_ALLOW);
    rck_policy_unref(policy);
}

/* Makes the look-ups of POLICY anew, with the first of all seeds. */
static void
rebuild(struct rck_policy *policy)
{
    jmp_buf escape;

    if (setjmp(escape) != 0)
        abort();
    policy->arena.escape = &escape;
    lookup_build(&policy->lookup, policy, &policy->arena, 0);
    policy->arena.escape = NULL;
}

/* Names of one bucket: as many as it may have, and more, which the first seed cannot take.  All of them are found, and others like them
 * are not. */
static void
test_crowd(void)
{
    static const uint64_t seeds[] = { 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu }, factors[] = { 0xD6E8FEB86659FD93u, 0x8EBC6AF09C88C6E3u };
    enum { CROWD = LOOKUP_BUCKET_MAX + 8, BUCKETS = 64 };
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;
    char names[CROWD][5];
    uint32_t n = 0, slot;

    adds(&text, head);
    adds(&text, "attribute x : { a }; }\nc: user cannot read doc when x == a;\n");
    policy = compile(text, 1, "hashed");
    slot = rck_policy_find_attribute(policy, "x", 1);
    judge(rck_policy_find_attribute(policy, "x", UINT32_MAX) == RCK_NONE, "a name of 4 GiB is found");
    rck_policy_unref(policy);
    for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
        n = 0;
        for (uint32_t i = 0; n < CROWD; i++) {
            const char name[5] = { (char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676 % 26), (char)('a' + i / 17576 % 26), 0 };
            uint64_t which = (uint64_t)slot << 32 | 5, word;
            uint32_t four;

            memcpy(&four, name, sizeof four);
            word = (uint64_t)four << 32 | four;
            if (hash_fold(word ^ hash_fold(seeds[0], factors[0]), word ^ which * 0x9E3779B97F4A7C15u ^ hash_fold(seeds[1], factors[1])) / (UINT64_MAX / BUCKETS + 1) == bucket)
                memcpy(names[n++], name, sizeof name);
        }
        for (uint32_t declared = LOOKUP_BUCKET_MAX; declared < CROWD; declared += bucket == 0 ? 1 : CROWD) {
            text = (struct text){ NULL, 0, 0 };
            adds(&text, head);
            adds(&text, "attribute x : { ");
            for (uint32_t i = 0; i < declared; i++)
                addf(&text, "%s\"%s\"", i != 0 ? ", " : "", names[i]);
            addf(&text, " }; }\nc: user cannot read doc when x == \"%s\";\n", names[0]);
            policy = compile(text, 1, "hashed");
            rebuild(policy);
            judge(declared <= LOOKUP_BUCKET_MAX || policy->lookup.n_entries > 4 * BUCKETS, "%" PRIu32 " names of one bucket fit into %" PRIu32
                  " entries", declared, policy->lookup.n_entries);
            for (uint32_t i = 0; i < CROWD; i += i == 0 || i >= LOOKUP_BUCKET_MAX - 1 ? 1 : 10) {
                char facts[32];

                snprintf(facts, sizeof facts, "\"x\":\"%s\"", names[i]);
                decides(policy, facts, i == 0 ? RCK_DENY : i < declared ? RCK_ALLOW : RCK_INDETERMINATE);
            }
            rck_policy_unref(policy);
        }
    }
}

/* A compile holds the text of a file once: what it was read into is given back before anything is made of the copy. */
static void
test_text_once(void)
{
    enum { CLAUSES = 20000 };
    char path[] = "corners-XXXXXX";
    struct text text = { NULL, 0, 0 };
    size_t most[2];
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action do; resource thing; attribute n : int; }\n");
    for (uint32_t i = 0; i < CLAUSES; i++)
        addf(&text, "clause_%" PRIu32 ": s cannot do thing when n == %" PRIu32 ";\n", i, i);
    if (file == NULL || fwrite(text.p, 1, text.n, file) != text.n || fclose(file) != 0)
        abort();
    for (int from_file = 0; from_file < 2; from_file++) {
        struct counting mem;
        struct rck_context *context = NULL;
        struct rck_policy *policy = NULL;

        counting_init(&mem);
        if (rck_context_new(&mem.allocator, &context) != RCK_OK
            || (from_file ? rck_policy_compile_file(context, path, NULL, &policy)
                          : rck_policy_compile(context, path, text.p, text.n, NULL, &policy)) != RCK_OK)
            abort();
        most[from_file] = mem.most;
        rck_policy_unref(policy);
        rck_context_free(context);
        judge(mem.live == 0, "%zu blocks are left", mem.live);
    }
    judge(most[1] < most[0] + text.n / 4, "%zu bytes are held for a text of %zu, and %zu for a file of it", most[0], text.n, most[1]);
    (void)remove(path);
    free(text.p);
}

int
main(void)
{
    test_cuts();
    test_sets();
    test_slots(false);
    test_slots(true);
    test_values();
    test_cells();
    test_shared();
    test_bytes();
    test_hash();
    test_crowd();
    test_text_once();
    return judged();
}
