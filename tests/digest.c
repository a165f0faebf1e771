/* SPDX-License-Identifier: MIT
 *
 * Decides a fixed sequence of random requests by random policies and prints a digest of what was decided: result, clause, and the state
 * of each clause of some.  It must be the same on every machine, with every compiler; tests/platforms.sh compares.  Each policy is also
 * saved and loaded, and each policy's digest is part of the digest.
 *
 *     digest [POLICIES [DECISIONS]]     DECISIONS of each policy
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/rulecheck.h"
#include "naive.h"
#include "random_policy.h"
#include "saved_bytes.h"

enum { MAX_KEYS = 64, MAX_OPTIONS = 24, PARENTS = 16, EXPLAIN_EVERY = 16 };

/* What requests say of one attribute. */
struct option {
    enum naive_kind kind;
    int64_t number; /* of a number or a time; 0 or 1 for bool */
    char *text;
    size_t n;
    char *members[8];
    size_t lengths[8];
    uint32_t n_members;
};

struct key {
    struct rck_attribute attribute;
    struct option options[MAX_OPTIONS];
    uint32_t n;
};

static uint64_t digest = 0xcbf29ce484222325u;

/* FNV-1a (Fowler, Noll, Vo), of the low byte of VALUE. */
static void
mix(uint64_t value)
{
    digest = (digest ^ (value & 255)) * 0x100000001b3u;
}

static char *
copy_of(struct str text)
{
    char *copy = malloc(text.n + 1);

    if (copy == NULL)
        abort();
    if (text.n != 0)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return copy;
}

/* Keeps what FACT says of KEY, if its setter can say it. */
static void
keep(struct key *key, const struct naive_fact *fact)
{
    struct option *option = &key->options[key->n];
    wide number = 0;
    enum rck_type type = key->attribute.type;

    if (key->n == MAX_OPTIONS || fact->n_members > 8 || fact->kind == NAIVE_OTHER)
        return;
    *option = (struct option){ .kind = fact->kind };
    if (fact->kind == NAIVE_NUMBER) {
        if ((type != RCK_TYPE_INT && type != RCK_TYPE_DECIMAL) || !naive_read_number(fact->text, type == RCK_TYPE_DECIMAL, &number))
            return;
        option->number = (int64_t)(type == RCK_TYPE_INT ? number / NAIVE_ONE : number);
    } else if (fact->kind == NAIVE_BOOL) {
        option->number = fact->truth;
    } else if (fact->kind == NAIVE_TEXT && type == RCK_TYPE_TIME) {
        option->kind = naive_read_time(fact->text, false, &option->number) ? NAIVE_NUMBER : NAIVE_ABSENT;
    } else if (fact->kind == NAIVE_TEXT) {
        option->text = copy_of(fact->text);
        option->n = fact->text.n;
    }
    for (uint32_t i = 0; fact->kind == NAIVE_LIST && i < fact->n_members; i++) {
        option->members[i] = copy_of(fact->members[i]);
        option->lengths[i] = fact->members[i].n;
        option->n_members++;
    }
    key->n++;
}

static void
set(struct rck_request *request, uint32_t handle, const struct key *key, const struct option *option)
{
    switch (option->kind) {
    case NAIVE_ABSENT:
    case NAIVE_OTHER:
        break;
    case NAIVE_NUMBER:
        if (key->attribute.type == RCK_TYPE_TIME)
            (void)rck_request_set_time(request, handle, option->number);
        else if (key->attribute.type == RCK_TYPE_DECIMAL)
            (void)rck_request_set_decimal(request, handle, option->number);
        else
            (void)rck_request_set_int(request, handle, option->number);
        break;
    case NAIVE_BOOL:
        (void)rck_request_set_bool(request, handle, option->number != 0);
        break;
    case NAIVE_TEXT:
        if (key->attribute.type == RCK_TYPE_STRING)
            (void)rck_request_set_string(request, handle, option->text, option->n);
        else if (key->attribute.type == RCK_TYPE_SET)
            (void)rck_request_add_name(request, handle, option->text, option->n);
        else
            (void)rck_request_set_name(request, handle, option->text, option->n);
        break;
    case NAIVE_LIST:
        if (option->n_members == 0)
            (void)rck_request_set_empty(request, handle);
        for (uint32_t i = 0; i < option->n_members; i++)
            (void)rck_request_add_name(request, handle, option->members[i], option->lengths[i]);
        break;
    }
}

static struct rck_policy *
compile(struct random_policy *random, bool hashed)
{
    struct str text = random_policy_text(random);
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status = rck_context_new(NULL, &context);

    if (status == RCK_OK && hashed)
        status = rck_context_set_limit(context, "cells", 1);
    if (status == RCK_OK)
        status = rck_policy_compile(context, "random", text.p, text.n, NULL, &policy);
    rck_context_free(context);
    return status == RCK_OK ? policy : NULL;
}

/* Decides N requests by the policy of SEED; false if it does not compile, or cannot be saved and loaded. */
static bool
decide(uint64_t seed, uint64_t n, uint64_t *results)
{
    static struct key keys[MAX_KEYS];
    struct random_policy *random = random_policy_new(seed, RANDOM_ALL);
    struct rck_policy *policy = compile(random, seed % 2 == 0), *loaded;
    struct saved_bytes bytes;
    struct rck_policy_info info;
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    char text[65], again[65];
    uint64_t state = seed;
    uint32_t n_keys;
    bool good;

    if (policy == NULL && random_policy_forget_asserts(random))
        policy = compile(random, seed % 2 == 0);
    if (policy == NULL)
        return false;
    bytes = saved_bytes_of(policy);
    loaded = saved_bytes_load(&bytes);
    free(bytes.p);
    if (loaded == NULL)
        return false;
    rck_policy_digest(policy, text);
    rck_policy_digest(loaded, again);
    good = strcmp(text, again) == 0;
    for (size_t i = 0; i < 64; i++)
        mix((unsigned char)text[i]);

    rck_policy_describe(loaded, &info);
    n_keys = info.n_attributes < MAX_KEYS ? info.n_attributes : MAX_KEYS;
    for (uint32_t k = 0; k < n_keys; k++) {
        keys[k].n = 0;
        (void)rck_policy_attribute(loaded, k, &keys[k].attribute);
    }
    for (uint64_t i = 0; i < PARENTS; i++) {
        struct random_request parent;

        random_request_make(random, i, &parent);
        for (uint32_t f = 0; f < parent.facts.n_facts && parent.settable; f++) {
            uint32_t handle = rck_policy_find_attribute(loaded, parent.facts.facts[f].key.p, parent.facts.facts[f].key.n);

            if (handle < n_keys)
                keep(&keys[handle], &parent.facts.facts[f]);
        }
    }
    good = good && rck_request_new(loaded, &request) == RCK_OK && rck_explanation_new(loaded, &explanation) == RCK_OK;
    for (uint64_t i = 0; good && i < n; i++) {
        struct rck_why why = { .clause = 0 };
        enum rck_result result;

        rck_request_reset(request);
        for (uint32_t k = 0; k < n_keys; k++) {
            uint64_t drawn = random_next(&state);

            if (keys[k].n != 0 && !keys[k].attribute.now && drawn % 64 != 0)
                set(request, k, &keys[k], &keys[k].options[drawn / 64 % keys[k].n]);
        }
        if (i % 4 != 0)
            rck_request_set_now(request, (int64_t)(random_next(&state) >> (i % 40)));
        result = rck_decide(loaded, request, &why);
        results[result]++;
        mix((uint64_t)result);
        mix(why.clause);
        if (i % EXPLAIN_EVERY != 0)
            continue;
        good = rck_explain(explanation, request) == result;
        for (uint32_t c = 0; c < info.n_clauses; c++)
            mix((uint64_t)rck_explanation_state(explanation, c));
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(loaded);
    rck_policy_unref(policy);
    random_policy_free(random);
    for (uint32_t k = 0; k < n_keys; k++) {
        for (uint32_t o = 0; o < keys[k].n; o++) {
            free(keys[k].options[o].text);
            for (uint32_t m = 0; m < keys[k].options[o].n_members; m++)
                free(keys[k].options[o].members[m]);
        }
    }
    return good;
}

int
main(int argc, char **argv)
{
    uint64_t n_policies = argc > 1 ? strtoull(argv[1], NULL, 10) : 200, n = argc > 2 ? strtoull(argv[2], NULL, 10) : 500;
    uint64_t results[4] = { 0 };

    for (uint64_t seed = 1; seed <= n_policies; seed++) {
        if (!decide(seed, n, results)) {
            printf("digest: the policy of seed %" PRIu64 " does not compile, or is another one when it is loaded\n", seed);
            return 1;
        }
    }
    printf("%" PRIu64 " decisions of %" PRIu64 " policies, %" PRIu64 " %% allow: %016" PRIx64 "\n", n_policies * n, n_policies,
           n_policies * n != 0 ? 100 * results[RCK_ALLOW] / (n_policies * n) : 0, digest);
    return 0;
}
