/* SPDX-License-Identifier: MIT
 *
 * Hash flooding: 40,000 names that collide under a well-known hash, or look alike, cost at most twice what 40,000 random ones of
 * the same length cost, as values in a policy's vocabulary and as keys of a request.  A look-up of the frozen table looks at one
 * entry, whatever the names are; how many entries there are must not depend on them.  Of what else there is (the compiler's symbols,
 * the keys of a request) medians of times are compared, several times before it counts as a failure.  And unknown keys cost the same
 * however many attributes there are, and the members of a set however many columns ask for some.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../engine/policy.h"
#include "../engine/symbols.h"
#include "random_policy.h"
#include "text.h"

enum { N = 40000, NAME_MAX_BYTES = 40, ATTEMPTS = 8, ROUNDS = 3 };

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
enum { LETTERS = sizeof alphabet - 1 };

struct names {
    const char *family;
    size_t length;
    char (*names)[NAME_MAX_BYTES + 1];
};

static void *
need(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

/* ---- families ----------------------------------------------------------------------------------------------------------- */

static struct names
names_new(const char *family, size_t length)
{
    return (struct names){ family, length, need(calloc(N, sizeof(char[NAME_MAX_BYTES + 1]))) };
}

/* Names that differ in their numbers only, which random letters are put before and behind. */
static struct names
random_names(size_t length)
{
    struct names made = names_new("random", length);
    uint64_t state = 20260325;

    for (size_t i = 0; i < N; i++) {
        size_t number = i;

        /* Three letters keep them apart, at places that do not matter. */
        for (size_t k = 0; k < length; k++)
            made.names[i][k] = alphabet[random_next(&state) % (k == 0 ? 52 : LETTERS)];
        for (size_t k = 0; k < 3; k++, number /= LETTERS)
            made.names[i][length - 1 - k] = alphabet[number % LETTERS];
    }
    return made;
}

static struct names
numbered(const char *family, const char *before, const char *behind)
{
    struct names made = names_new(family, strlen(before) + 5 + strlen(behind));

    for (size_t i = 0; i < N; i++)
        snprintf(made.names[i], sizeof made.names[i], "%s%05zu%s", before, i, behind);
    return made;
}

/* djb2, h * 33 + c: a pair of letters (c, d) is as good as (c + 1, d - 33) and (c + 2, d - 66); ten pairs make 59,049 names. */
static struct names
djb2_names(void)
{
    static const char pairs[3][3] = { "ax", "bW", "c6" };
    struct names made = names_new("djb2", 20);

    for (size_t i = 0; i < N; i++) {
        size_t rest = i;

        for (size_t k = 0; k < 10; k++, rest /= 3)
            memcpy(made.names[i] + 2 * k, pairs[rest % 3], 2);
    }
    return made;
}

static uint32_t
djb2(const char *p, size_t n)
{
    uint32_t hash = 5381;

    while (n-- != 0)
        hash = hash * 33 + (unsigned char)*p++;
    return hash;
}

static uint32_t
fnv1a(const char *p, size_t n)
{
    uint32_t hash = 0x811C9DC5u;

    while (n-- != 0)
        hash = (hash ^ (unsigned char)*p++) * 0x01000193u;
    return hash;
}

/* Jenkins's one-at-a-time. */
static uint32_t
jenkins(const char *p, size_t n)
{
    uint32_t hash = 0;

    while (n-- != 0) {
        hash += (unsigned char)*p++;
        hash += hash << 10;
        hash ^= hash >> 6;
    }
    hash += hash << 3;
    hash ^= hash >> 11;
    return hash + (hash << 15);
}

/* Names whose HASH agrees in its lowest BITS bits: 8 letters, found by trying. */
static struct names
colliding(const char *family, uint32_t (*hash)(const char *p, size_t n), unsigned bits)
{
    struct names made = names_new(family, 8);
    uint32_t mask = (UINT32_C(1) << bits) - 1, wanted = hash("collides", 8) & mask;
    size_t n = 0;

    for (uint64_t number = 0; n < N; number++) {
        char name[8] = "a";
        uint64_t rest = number;

        for (size_t k = 1; k < 8; k++, rest /= LETTERS)
            name[k] = alphabet[rest % LETTERS];
        if ((hash(name, 8) & mask) == wanted)
            memcpy(made.names[n++], name, 8);
    }
    return made;
}

/* ---- costs -------------------------------------------------------------------------------------------------------------- */

static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* With a dense table, or a hashed one. */
static struct rck_policy *
compile_as(struct text text, bool hashed)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK || (hashed && rck_context_set_limit(context, "cells", 1) != RCK_OK)
        || rck_policy_compile(context, "flood", text.p, text.n, NULL, &policy) != RCK_OK) {
        printf("a policy does not compile\n");
        exit(1);
    }
    rck_context_free(context);
    return policy;
}

static struct rck_policy *
compile(struct text text)
{
    return compile_as(text, false);
}

/* A policy whose resources are NAMES. */
static struct text
vocabulary_of(const struct names *names)
{
    struct text text = { 0 };

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action do; resource thing");
    for (size_t i = 0; i < N; i++)
        addf(&text, ", \"%s\"", names->names[i]);
    addf(&text, "; attribute flag : bool; }\nc: deny when flag;\n");
    return text;
}

static struct text
request_of(const struct names *names)
{
    struct text text = { 0 };

    addf(&text, "{\"subject\":\"s\",\"action\":\"do\",\"resource\":\"thing\",\"flag\":false");
    for (size_t i = 0; i < N; i++)
        addf(&text, ",\"%s\":0", names->names[i]);
    addf(&text, "}");
    return text;
}

/* True if each resource of POLICY is found. */
static bool
finds_all(const struct rck_policy *policy)
{
    const struct slot *slot = &policy->slots.items[SLOT_RESOURCE];
    bool all = true;

    for (uint32_t i = 0; i < slot->n_names; i++)
        all = all && lookup_find(&policy->lookup, SLOT_RESOURCE, policy->names.items[slot->first_name + i].text) == i;
    return all;
}

static double
compile_time(struct text text, struct rck_policy *policy)
{
    double begin = seconds();

    (void)policy;
    rck_policy_unref(compile(text));
    return seconds() - begin;
}

static double
read_time(struct text text, struct rck_policy *policy)
{
    struct rck_request *request = NULL;
    double begin;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    begin = seconds();
    if (rck_request_read_json(request, text.p, text.n) != RCK_OK || rck_decide(policy, request, NULL) != RCK_ALLOW) {
        printf("a request is not accepted: %s\n", rck_request_error(request) != NULL ? rck_request_error(request)->message : "denied");
        exit(1);
    }
    begin = seconds() - begin;
    rck_request_free(request);
    return begin;
}

typedef double time_fn(struct text text, struct rck_policy *policy);

static double
median(time_fn *measure, struct text text, struct rck_policy *policy)
{
    double times[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        double time = measure(text, policy);
        size_t k = i;

        for (; k > 0 && times[k - 1] > time; k--)
            times[k] = times[k - 1];
        times[k] = time;
    }
    return times[ROUNDS / 2];
}

static unsigned n_passed, n_failed;

static void
judge(bool ok, const char *family, const char *what, double found, double against, const char *unit)
{
    n_passed += ok;
    n_failed += !ok;
    printf("%-10s %-24s %10.1f against %10.1f %s%s\n", family, what, found, against, unit, ok ? "" : " FAILED");
}

/* What takes at most MOST times as long as the other. */
static void
compare(const char *family, const char *what, time_fn *measure, double most, struct text text, struct rck_policy *policy,
        struct text other_text, struct rck_policy *other_policy)
{
    double found = 0, against = 0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        found = median(measure, text, policy);
        against = median(measure, other_text, other_policy);
        if (found <= most * against)
            break;
    }
    judge(found <= most * against, family, what, 1000 * found, 1000 * against, "ms");
}

static void
try_family(struct names family, struct rck_policy *empty)
{
    struct names random = random_names(family.length);
    struct text text = vocabulary_of(&family), random_text = vocabulary_of(&random);
    struct text json = request_of(&family), random_json = request_of(&random);
    struct rck_policy *policy = compile(text), *random_policy = compile(random_text);
    uint32_t room = policy->lookup.n_entries, random_room = random_policy->lookup.n_entries;

    judge(room <= random_room && finds_all(policy) && finds_all(random_policy), family.family, "room for the names", room, random_room, "entries");
    compare(family.family, "compiling them", compile_time, 2, text, NULL, random_text, NULL);
    compare(family.family, "reading them as keys", read_time, 2, json, empty, random_json, empty);
    rck_policy_unref(policy);
    rck_policy_unref(random_policy);
    free(text.p);
    free(random_text.p);
    free(json.p);
    free(random_json.p);
    free(random.names);
    free(family.names);
}

/* Keys that the vocabulary does not know, with many attributes and with few. */
static void
try_unknown_keys(struct rck_policy *empty)
{
    struct names names = random_names(8);
    struct text json = request_of(&names), text = { 0 };
    struct rck_policy *policy;

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action do; resource thing; attribute flag : bool;\n");
    for (int i = 0; i < 4000; i++)
        addf(&text, "attribute space%d.attribute%d : int;\n", i / 10, i);
    addf(&text, "}\nc: deny when flag;\n");
    policy = compile(text);
    compare("random", "keys, 4000 attributes", read_time, 4, json, policy, json, empty);
    rck_policy_unref(policy);
    free(text.p);
    free(json.p);
    free(names.names);
}

/* Members of one set, which several columns ask for one each: a dense table's request keeps its place with each member, and a hashed one's
 * has none. */
static void
try_members(bool one)
{
    enum { COLUMNS = 9 };
    struct names names = random_names(8);
    struct text json = { 0 }, text = { 0 };
    struct rck_policy *dense, *hashed;

    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action do; resource thing; attribute tags : set of { \"%s\"", names.names[0]);
    for (size_t i = 1; i < N; i++)
        addf(&text, ", \"%s\"", names.names[i]);
    addf(&text, " }; }\n");
    for (size_t i = 0; i < COLUMNS; i++)
        addf(&text, "c%zu: deny when tags has \"%s\";\n", i, names.names[i]);
    dense = compile_as(text, false);
    hashed = compile_as(text, true);
    addf(&json, "{\"subject\":\"s\",\"action\":\"do\",\"resource\":\"thing\",\"tags\":[");
    for (size_t i = COLUMNS; i < N; i++)
        addf(&json, "%s\"%s\"", i != COLUMNS ? "," : "", names.names[one ? COLUMNS : i]);
    addf(&json, "]}");
    judge(dense->table.places.n == COLUMNS && hashed->table.places.n == 0, "members", "columns of a place", dense->table.places.n,
          hashed->table.places.n, "columns");
    compare(one ? "one member" : "members", "reading them", read_time, 3, json, dense, json, hashed);
    rck_policy_unref(dense);
    rck_policy_unref(hashed);
    free(text.p);
    free(json.p);
    free(names.names);
}

int
main(void)
{
    struct names no_names = random_names(8);
    struct text text = vocabulary_of(&no_names);
    struct rck_policy *empty;
    uint32_t hash;

    setvbuf(stdout, NULL, _IOLBF, 0);
    text.n = 0;
    addf(&text, "policy p; default allow; vocabulary { subject s; role r; action do; resource thing; attribute flag : bool; }\nc: deny when flag;\n");
    empty = compile(text);
    free(text.p);
    free(no_names.names);

    try_family(numbered("numbers", "", ""), empty);
    try_family(numbered("prefix", "commonprefix", ""), empty);
    try_family(numbered("suffix", "", "commonsuffix"), empty);
    try_family(numbered("both", "common8b", "8bcommon"), empty);
    struct names djb2_family = djb2_names();
    hash = djb2(djb2_family.names[0], djb2_family.length);
    for (size_t i = 0; i < N; i++)
        if (djb2(djb2_family.names[i], djb2_family.length) != hash)
            abort();
    try_family(djb2_family, empty);
    try_family(colliding("fnv1a", fnv1a, 8), empty);
    try_family(colliding("jenkins", jenkins, 8), empty);
    try_unknown_keys(empty);
    try_members(false);
    try_members(true);
    rck_policy_unref(empty);
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_passed == 0 || n_failed != 0;
}
