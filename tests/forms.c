/* SPDX-License-Identifier: MIT
 *
 * The front ends agree: random requests for random policies, each given as JSON, as a line of key=value pairs and as a record of
 * CSV, get the same decision by the same clause, have the same values and the same ignored keys.  Every text lies in a heap
 * block of exactly its size, so that a sanitizer sees the first byte that is read too far.
 *
 *     forms [POLICIES [FIRST-SEED [REQUESTS]]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/base.h"
#include "../engine/request.h"
#include "../engine/rulecheck.h"
#include "naive.h"
#include "random_policy.h"

enum { MAX_VALUE = 4096 };

/* A text under construction. */
struct out {
    char *p;
    size_t n, room;
};

/* What one front end makes of a request. */
struct outcome {
    enum rck_result result;
    uint32_t clause;
    size_t n_ignored;
    char values[MAX_VALUE]; /* of all attributes, one a line */
};

struct counts {
    uint64_t requests, pairs, csv;
    uint64_t results[4];
};

static void
put(struct out *out, const char *p, size_t n)
{
    if (out->n + n > out->room) {
        out->room = 2 * (out->n + n) + 64;
        out->p = realloc(out->p, out->room);
        if (out->p == NULL)
            exit(99);
    }
    if (n != 0)
        memcpy(out->p + out->n, p, n);
    out->n += n;
}

static void
put_text(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

/* A JSON string. */
static void
put_string(struct out *out, struct str text)
{
    char escape[8];

    put(out, "\"", 1);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            put_text(out, escape);
            continue;
        }
        if (c == '"' || c == '\\')
            put(out, "\\", 1);
        put(out, text.p + i, 1);
    }
    put(out, "\"", 1);
}

/* A quoted field of CSV. */
static void
put_field(struct out *out, struct str text)
{
    put(out, "\"", 1);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            put(out, "\"", 1);
        put(out, text.p + i, 1);
    }
    put(out, "\"", 1);
}

static void
put_set(struct out *out, const struct str *members, uint32_t n)
{
    put(out, "{", 1);
    for (uint32_t i = 0; i < n; i++) {
        put_text(out, i != 0 ? ", " : "");
        put_string(out, members[i]);
    }
    put(out, "}", 1);
}

/* True if TEXT may stand without quotes. */
static bool
is_plain(struct str text)
{
    if (text.n == 0 || str_equal(text, STR("-")) || text.p[0] == '{' || text.p[0] == '[')
        return false;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || strchr("\",=", text.p[i]) != NULL)
            return false;
    return true;
}

/* The type that the vocabulary gives KEY; -1 if it does not know it. */
static int
type_of(const struct rck_policy *policy, struct str key)
{
    uint32_t slot = rck_policy_find_attribute(policy, key.n != 0 ? key.p : "", key.n);
    struct rck_attribute attribute;

    return slot != RCK_NONE && rck_policy_attribute(policy, slot, &attribute) == RCK_OK ? (int)attribute.type : -1;
}

/* Whether a text by itself is a value of TYPE. */
static bool
is_one_text(int type)
{
    return type == (int)RCK_TYPE_NAME || type == (int)RCK_TYPE_STRING || type == (int)RCK_TYPE_TIME;
}

/* Writes a fact that looks the same in both forms.  False if it has to be told apart, or cannot be said. */
static bool
put_scalar(struct out *out, const struct naive_fact *fact, int type, uint64_t *state)
{
    switch (fact->kind) {
    case NAIVE_ABSENT:
        put_text(out, random_next(state) % 2 != 0 ? "-" : "");
        return true;
    case NAIVE_NUMBER:
        put(out, fact->text.p, fact->text.n);
        return type < 0 || type == (int)RCK_TYPE_INT || type == (int)RCK_TYPE_DECIMAL;
    case NAIVE_BOOL:
        put_text(out, fact->truth ? "true" : "false");
        return type < 0 || type == (int)RCK_TYPE_BOOL;
    case NAIVE_OTHER:
        put(out, fact->text.p, fact->text.n);
        return false;
    case NAIVE_TEXT:
    case NAIVE_LIST:
        break;
    }
    return false;
}

static bool
write_pairs(struct out *out, const struct rck_policy *policy, const struct naive_request *request, uint64_t *state)
{
    for (uint32_t i = 0; i < request->n_facts; i++) {
        const struct naive_fact *fact = &request->facts[i];
        int type = type_of(policy, fact->key);

        put_text(out, i != 0 ? " " : "");
        if (is_plain(fact->key)) {
            put(out, fact->key.p, fact->key.n);
        } else {
            for (size_t j = 0; j < fact->key.n; j++)
                if ((unsigned char)fact->key.p[j] < 0x20 || fact->key.p[j] == '"' || fact->key.p[j] == '\\')
                    return false;
            put(out, "\"", 1);
            put(out, fact->key.p, fact->key.n);
            put(out, "\"", 1);
        }
        put(out, "=", 1);
        if (fact->kind == NAIVE_LIST) {
            put_set(out, fact->members, fact->n_members);
        } else if (fact->kind != NAIVE_TEXT) {
            if (!put_scalar(out, fact, type, state))
                return false;
        } else if (is_plain(fact->text) && random_next(state) % 2 != 0
                   && (is_one_text(type) || type == (int)RCK_TYPE_SET)) {
            put(out, fact->text.p, fact->text.n);
        } else {
            put_string(out, fact->text);
        }
    }
    return request->n_facts != 0;
}

static bool
write_csv(struct out *header, struct out *record, const struct rck_policy *policy, const struct naive_request *request,
          uint64_t *state)
{
    for (uint32_t i = 0; i < request->n_facts; i++) {
        const struct naive_fact *fact = &request->facts[i];
        int type = type_of(policy, fact->key);
        struct out set = { NULL, 0, 0 };

        put_text(header, i != 0 ? "," : "");
        put_text(record, i != 0 ? "," : "");
        if (fact->key.n == 0 || fact->key.p[0] == ' ' || fact->key.p[fact->key.n - 1] == ' ')
            return false;
        put_field(header, fact->key);
        if (fact->kind == NAIVE_LIST || (fact->kind == NAIVE_TEXT && type == (int)RCK_TYPE_SET)) {
            if (type >= 0 && type != (int)RCK_TYPE_SET)
                return false;
            put_set(&set, fact->kind == NAIVE_LIST ? fact->members : &fact->text, fact->kind == NAIVE_LIST ? fact->n_members : 1);
            put_field(record, (struct str){ set.p, set.n });
            free(set.p);
        } else if (fact->kind != NAIVE_TEXT) {
            if (!put_scalar(record, fact, type, state))
                return false;
        } else if (type >= 0 && !is_one_text(type)) {
            return false;
        } else if (is_plain(fact->text) && random_next(state) % 2 != 0) {
            put(record, fact->text.p, fact->text.n);
        } else {
            put_field(record, fact->text);
        }
    }
    return request->n_facts != 0;
}

/* A copy of OUT in a block of its size. */
static char *
exact(const struct out *out)
{
    char *copy = malloc(out->n);

    if (copy == NULL && out->n != 0)
        exit(99);
    if (out->n != 0)
        memcpy(copy, out->p, out->n);
    return copy;
}

static void
conclude(const struct rck_policy *policy, const struct rck_request *request, struct outcome *outcome)
{
    struct rck_why why = { RCK_NONE };
    struct rck_attribute attribute;
    size_t n = 0;

    memset(outcome, 0, sizeof *outcome);
    outcome->result = rck_decide(policy, request, &why);
    outcome->clause = why.clause;
    if (outcome->result == RCK_INVALID)
        return;
    outcome->n_ignored = rck_request_ignored(request, 0, NULL, NULL);
    for (uint32_t i = 0; rck_policy_attribute(policy, i, &attribute) == RCK_OK && n + 2 < sizeof outcome->values; i++) {
        n += rck_request_value(request, i, outcome->values + n, sizeof outcome->values - n - 2);
        if (n + 2 >= sizeof outcome->values)
            break;
        outcome->values[n++] = '\n';
    }
}

static bool
same(const struct outcome *a, const struct outcome *b)
{
    return a->result == b->result && a->clause == b->clause && a->n_ignored == b->n_ignored && strcmp(a->values, b->values) == 0;
}

static void
show(const char *form, const struct outcome *outcome, const struct rck_request *request, struct str text)
{
    const struct rck_request_error *error = rck_request_error(request);

    printf("%s: %s, %zu ignored\n%.*s\n%s%s\n", form, rck_result_name(outcome->result), outcome->n_ignored, WHOLE(text),
           outcome->values, error != NULL ? error->message : "");
}

static void
set_now(struct rck_request *request, const struct random_request *random)
{
    if (random->facts.has_now)
        rck_request_set_now(request, random->facts.now);
}

static bool
check_request(struct rck_policy *policy, struct rck_request *requests[3], const struct random_request *random, uint64_t *state,
              struct counts *counts)
{
    struct out pairs = { NULL, 0, 0 }, header = { NULL, 0, 0 }, record = { NULL, 0, 0 };
    struct outcome json, other;
    struct rck_csv *csv = NULL;
    bool ok = true;

    for (size_t i = 0; i < 3; i++)
        rck_request_set_strict(requests[i], random->facts.strict);
    (void)rck_request_read_json(requests[0], random->json.p, random->json.n);
    set_now(requests[0], random);
    conclude(policy, requests[0], &json);
    counts->requests++;
    counts->results[json.result]++;
    if (write_pairs(&pairs, policy, &random->facts, state)) {
        char *copy = exact(&pairs);

        (void)rck_request_read_pairs(requests[1], copy, pairs.n);
        set_now(requests[1], random);
        conclude(policy, requests[1], &other);
        ok = same(&json, &other);
        counts->pairs++;
        if (!ok)
            show("pairs", &other, requests[1], (struct str){ copy, pairs.n });
        free(copy);
    }
    if (ok && write_csv(&header, &record, policy, &random->facts, state)) {
        char *head = exact(&header), *copy = exact(&record);

        if (rck_csv_new(requests[2], head, header.n, &csv) == RCK_OK) {
            (void)rck_request_read_csv(requests[2], csv, copy, record.n);
            set_now(requests[2], random);
            conclude(policy, requests[2], &other);
        } else {
            other = (struct outcome){ .result = RCK_INVALID, .clause = RCK_NONE }; /* a duplicate, or bytes that are no text */
        }
        ok = same(&json, &other);
        counts->csv++;
        if (!ok)
            show("csv", &other, requests[2], (struct str){ copy, record.n });
        rck_csv_free(csv);
        free(head);
        free(copy);
    }
    if (!ok)
        show("json", &json, requests[0], random->json);
    free(pairs.p);
    free(header.p);
    free(record.p);
    return ok;
}

static bool
check_policy(uint64_t seed, uint64_t n_requests, struct counts *counts)
{
    struct random_policy *random = random_policy_new(seed, RANDOM_ALL);
    struct str text = random_policy_text(random);
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *requests[3] = { NULL, NULL, NULL };
    uint64_t state = seed;
    bool ok = true;

    if (rck_context_new(NULL, &context) != RCK_OK)
        exit(99);
    if (rck_policy_compile(context, "random", text.p, text.n, NULL, &policy) == RCK_OK) {
        for (size_t i = 0; i < 3; i++)
            if (rck_request_new(policy, &requests[i]) != RCK_OK)
                exit(99);
        for (uint64_t i = 0; ok && i < n_requests; i++) {
            struct random_request request;

            random_request_make(random, i, &request);
            ok = check_request(policy, requests, &request, &state, counts);
            if (!ok)
                printf("seed %" PRIu64 ", request %" PRIu64 "\n%.*s\n", seed, i, WHOLE(text));
        }
        for (size_t i = 0; i < 3; i++)
            rck_request_free(requests[i]);
        rck_policy_unref(policy);
    }
    rck_context_free(context);
    random_policy_free(random);
    return ok;
}

int
main(int argc, char **argv)
{
    uint64_t n_policies = argc > 1 ? strtoull(argv[1], NULL, 10) : 500;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t n_requests = argc > 3 ? strtoull(argv[3], NULL, 10) : 100;
    struct counts counts = { 0, 0, 0, { 0 } };

    for (uint64_t i = 0; i < n_policies; i++)
        if (!check_policy(first + i, n_requests, &counts))
            return 1;
    printf("%" PRIu64 " requests as JSON, %" PRIu64 " as pairs, %" PRIu64 " as CSV; %" PRIu64 " allow, %" PRIu64 " deny, %" PRIu64
           " indeterminate, %" PRIu64 " invalid\n",
           counts.requests, counts.pairs, counts.csv, counts.results[RCK_ALLOW], counts.results[RCK_DENY],
           counts.results[RCK_INDETERMINATE], counts.results[RCK_INVALID]);
    /* A test that says little of one form is not one of it. */
    return counts.pairs > counts.requests / 2 && counts.csv > counts.requests / 2 ? 0 : 1;
}
