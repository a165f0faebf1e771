/* SPDX-License-Identifier: MIT
 *
 * The place of a request, engine/place.h: random walks.  A request of a small policy gets one value after another, loses it, gets others;
 * after each step the decision from its place is that of its classes computed anew, and that of the guards, which know of no table.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/policy.h"
#include "../engine/request.h"
#include "anew.h"
#include "judge.h"
#include "random_policy.h"
#include "text.h"

enum { STEPS = 1000, NAMES = 70 };

static const char head[] =
    "vocabulary { subject user, bot, app; role owner, guest, editor; action read, write; resource doc, page, file;\n"
    "  attribute n, m : int; attribute k : int optional; attribute small : int 0.. in byte; attribute large : int in KiB;\n"
    "  counter used : up by small on write doc, down by small on write page; attribute t : time; attribute d : decimal;\n"
    "  attribute color, shade : { red, green, blue }; attribute tint : { red, green, blue } optional; attribute flag : bool;\n"
    "  attribute place : open { here, there }; attribute tags : set of { x, y, z }; attribute kinds : set of { x, y } optional;\n"
    "  attribute s, r : string; attribute names : set of { ";

/* What is asked, and by which kinds of slots it becomes a place. */
static const struct {
    const char *by_default, *clauses, *form;
} policies[] = {
    { "allow", "c: user cannot read doc; e: bot cannot use page;", "dense" },
    { "allow", "c: deny when n >= 5;", "dense" },
    { "allow", "c: deny when n > 5; e: deny when (n > 6 and m < 3) or (k is present and k == 1);", "dense" },
    { "allow", "c: deny when k is present and k < 3; e: deny when d >= 2.5;", "dense" },
    { "allow", "c: deny when n <= m;", "dense" },
    { "allow", "c: deny when n < m;", "dense" },
    { "allow", "c: deny when m < n; e: deny when n >= m + 3;", "dense" },
    { "allow", "c: deny when m > n; e: user cannot read doc when small < large;", "dense" },
    { "allow", "c: limit used to 3;", "dense" },
    { "allow", "c: limit used to large when t > now;", "dense" },
    { "allow", "c: deny when tint is present and tint != red; e: deny when color == green;", "dense" },
    { "allow", "c: deny when color == shade; e: deny when tint is present and tint == color;", "dense" },
    { "allow", "c: deny when place == here; e: deny when flag;", "dense" },
    { "allow", "c: deny when tags has x;", "dense" },
    { "allow", "c: deny when tags has x and kinds is present and kinds has y; e: deny when tags has y or kinds is present;", "dense" },
    { "allow", "c: deny when names has a9;", "dense" },
    { "allow", "c: deny when s matches \"a*\";", "dense" },
    { "allow", "c: deny when s == r and s matches \"*b\"; e: deny when r == \"ab\";", "dense" },
    { "deny", "c: owner may read doc; e: editor may use page when n > 3; f: bot cannot use anything;", "dense" },
    { "allow", "c: only owner may write doc; e: only owner, editor may read page; f: guest cannot use file when m > 2;", "dense" },
    { "allow", "c: user cannot read doc when n > 5; e: bot cannot write page when tags has x; f: app cannot read file;", "hashed" },
    { "allow", "c: user cannot use doc when color == red; e: bot cannot use page when color == green; f: app cannot use file when color == blue;", "hashed" },
};

static uint32_t
draw(uint64_t *state, uint32_t n)
{
    return (uint32_t)(random_next(state) % n);
}

static struct rck_policy *
compile(const char *by_default, const char *clauses, const char *form)
{
    struct text text = { NULL, 0, 0 };
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct rck_table_info info;

    addf(&text, "policy p; default %s;\n%s", by_default, head);
    for (int i = 0; i < NAMES; i++)
        addf(&text, "%sa%d", i != 0 ? ", " : "", i);
    addf(&text, " }; }\n%s\n", clauses);
    if (rck_context_new(NULL, &context) != RCK_OK || (strcmp(form, "hashed") == 0 && rck_context_set_limit(context, "cells", 1) != RCK_OK)
        || rck_policy_compile(context, "p.rules", text.p, text.n, &diagnostics, &policy) != RCK_OK) {
        printf("FAILED: '%s' does not compile: %s\n", clauses,
               diagnostics != NULL && rck_diagnostics_count(diagnostics) != 0 ? rck_diagnostics_at(diagnostics, 0)->message : "");
        exit(1);
    }
    rck_policy_table(policy, &info);
    judge(strcmp(info.form, form) == 0 && policy->table.places.n != 0, "'%s' has places, in a %s table", clauses, form);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    free(text.p);
    return policy;
}

/* Changes what REQUEST says in SLOT. */
static void
step(struct rck_request *request, uint32_t slot, uint64_t *state)
{
    static const char *const words[] = { "", "a", "ab", "b", "here" };
    const struct slot *of = &request->policy->slots.items[slot];
    const char *word = words[draw(state, 5)];

    if (slot >= N_DIMENSIONS && draw(state, 4) == 0) {
        request_set_code(request, slot, VALUE_ABSENT);
    } else if (slot_is_number(of)) {
        request_set_number(request, slot, ((int64_t)draw(state, 12) - (of->min < 0 ? 4 : 0)) * (of->type == RCK_TYPE_DECIMAL ? 1000000 : 1));
    } else if (of->type == RCK_TYPE_STRING) {
        request->given[slot] = 0;
        judge(rck_request_set_string(request, slot, word, strlen(word)) == RCK_OK, "'%s' is a string", word);
    } else if (!slot_is_set(of)) {
        if (of->open && request_keep_text(request, slot, str_of(word)))
            request_set_name(request, slot, draw(state, of->n_names));
        else if (slot >= N_DIMENSIONS && of->type == RCK_TYPE_NAME && draw(state, 4) == 0)
            request_set_code(request, slot, VALUE_UNDECLARED);
        else
            request_set_name(request, slot, draw(state, of->n_names));
    } else if (request_state(request, slot) == VALUE_ABSENT || draw(state, 3) == 0) {
        memset(request_values(request, slot), 0, slot_room(of) * sizeof(uint64_t));
        request_set_code(request, slot, draw(state, 4) == 0 ? VALUE_UNDECLARED : VALUE_DECLARED);
    } else {
        request_add_member(request, slot, draw(state, 2) == 0 ? of->n_names - 1 : draw(state, of->n_names));
    }
}

static void
walk(struct rck_policy *policy, const char *clauses, uint64_t seed)
{
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    uint64_t state = seed;
    unsigned results[4] = { 0 };

    if (rck_request_new(policy, &request) != RCK_OK || rck_explanation_new(policy, &explanation) != RCK_OK)
        abort();
    for (int i = 0; i < STEPS; i++) {
        struct rck_why why;
        enum rck_result result;
        uint32_t slot;

        if (i % 50 == 0) {
            rck_request_reset(request);
            judge(request->place == policy->table.places.empty, "a request that was reset is at the place of an empty one");
            for (uint32_t s = 0; s < N_DIMENSIONS; s++)
                if (s != SLOT_ROLE)
                    request_set_name(request, s, draw(&state, policy->slots.items[s].n_names));
            if (policy->now != RCK_NONE)
                rck_request_set_now(request, 0);
        }
        do /* mostly one that matters */
            slot = draw(&state, policy->slots.n);
        while (policy->table.places.slots[slot].kind == PLACE_STAYS && draw(&state, 20) != 0);
        step(request, slot, &state);
        result = rck_decide(policy, request, &why);
        results[result]++;
        judge(rck_explain(explanation, request) == result, "'%s', step %d: the place says %s, and the guards do not", clauses, i,
              rck_result_name(result));
        judge(cell_anew(&policy->table, request) == ((why.clause + 1) << 2 | (uint32_t)result), "'%s', step %d: the place is not that of the classes",
              clauses, i);
    }
    judge(results[RCK_ALLOW] != 0 && results[RCK_DENY] != 0, "'%s': %u allowed, %u denied, %u undecided", clauses, results[RCK_ALLOW],
          results[RCK_DENY], results[RCK_INDETERMINATE]);
    rck_explanation_free(explanation);
    rck_request_free(request);
}

/* Messages of one tuple and of two, which have different attributes; decided twice, and twice again with a fact more. */
static void
test_messages(void)
{
    static const char clauses[] =
        "c: user cannot read page when m > 2; e: deny when n > 5; f: user cannot read doc when flag; g: deny when color == red;\n"
        "routes { credential user when header.key == \"u\";\n"
        "  POST \"/a\" -> read doc with n = body.n, flag = body.flag; POST \"/a\" when query.x == \"1\" -> read page with m = body.m, k = body.m; }";
    struct rck_policy *policy = compile("allow", clauses, "dense");
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    uint32_t color = rck_policy_find_attribute(policy, "color", 5);
    unsigned results[4] = { 0 };

    if (rck_request_new(policy, &request) != RCK_OK || rck_explanation_new(policy, &explanation) != RCK_OK)
        abort();
    for (int i = 0; i < 7 * 5 * 2 * 2; i++) {
        struct text json = { NULL, 0, 0 };
        int n = i % 7 + 1, m = i / 7 % 5, x = i / 35 % 2;

        addf(&json, "{\"method\":\"POST\",\"url\":\"/a%s\",\"headers\":{\"key\":\"u\"},\"body\":{\"n\":%d,\"m\":%d,\"flag\":%s}}",
             x != 0 ? "?x=1" : "", n, m, i >= 70 ? "true" : "false");
        (void)rck_request_read_http(request, json.p, json.n);
        for (int round = 0; round < 4; round++) {
            struct rck_why why;
            enum rck_result result = rck_decide(policy, request, &why);

            results[result]++;
            judge(rck_explain(explanation, request) == result, "'%s', round %d: the place says %s, and the guards do not", json.p, round,
                  rck_result_name(result));
            judge(x != 0 || cell_anew(&policy->table, request) == ((why.clause + 1) << 2 | (uint32_t)result),
                  "'%s', round %d: the place is not that of the classes", json.p, round);
            if (round == 1)
                judge(rck_request_set_name(request, color, m == 0 ? "red" : "blue", m == 0 ? 3 : 4) == RCK_OK, "a message takes a fact");
        }
        free(json.p);
    }
    judge(results[RCK_ALLOW] != 0 && results[RCK_DENY] != 0 && results[RCK_INDETERMINATE] != 0 && results[RCK_INVALID] == 0,
          "of messages %u are allowed, %u denied, %u undecided", results[RCK_ALLOW], results[RCK_DENY], results[RCK_INDETERMINATE]);
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Declares N names of DIMENSION: LETTER and a number. */
static void
add_names(struct text *text, const char *dimension, char letter, int n)
{
    for (int i = 0; i < n; i++)
        addf(text, "%s %c%d", i == 0 ? dimension : ",", letter, i);
    addf(text, "; ");
}

static void
set_numbered(struct rck_request *request, uint32_t slot, char letter, uint32_t n)
{
    char name[16];
    int length = snprintf(name, sizeof name, "%c%" PRIu32, letter, n);

    if (rck_request_set_name(request, slot, name, (size_t)length) != RCK_OK)
        abort();
}

/* Keys of more bits than a place has: requests have none then, and are decided all the same. */
static void
test_wide_keys(void)
{
    enum { SUBJECTS = 4200, OTHERS = 1100 };
    struct text text = { NULL, 0, 0 };
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    uint32_t shifts[HASHED_KEYS_MAX], wrong = 0;

    addf(&text, "policy p; default allow; vocabulary { role r; ");
    add_names(&text, "subject", 's', SUBJECTS);
    add_names(&text, "action", 'a', OTHERS);
    add_names(&text, "resource", 'r', OTHERS);
    addf(&text, "}\n");
    for (int i = 0; i < SUBJECTS; i++)
        addf(&text, "c%d: s%d cannot a%d r%d;\n", i, i, i % OTHERS, i * 7 % OTHERS);
    if (rck_context_new(NULL, &context) != RCK_OK || rck_policy_compile(context, "wide", text.p, text.n, NULL, &policy) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK)
        abort();
    judge(policy->table.form == TABLE_HASHED && policy->table.hashed.n_groups == 1
              && hashed_key_shifts(&policy->table.hashed, &policy->table.classes, shifts) > 32 && policy->table.places.n == 0,
          "the keys of one group have %" PRIu32 " bits, and requests %" PRIu32 " columns of a place",
          hashed_key_shifts(&policy->table.hashed, &policy->table.classes, shifts), policy->table.places.n);
    for (uint32_t i = 0; i < SUBJECTS; i++) {
        struct rck_why why;

        rck_request_reset(request);
        set_numbered(request, SLOT_SUBJECT, 's', i);
        set_numbered(request, SLOT_ACTION, 'a', i % OTHERS);
        set_numbered(request, SLOT_RESOURCE, 'r', i * 7 % OTHERS);
        wrong += rck_decide(policy, request, &why) != RCK_DENY || why.clause != i;
        request->given[SLOT_RESOURCE] = 0;
        set_numbered(request, SLOT_RESOURCE, 'r', (i * 7 + 1) % OTHERS);
        wrong += rck_decide(policy, request, &why) != RCK_ALLOW;
    }
    judge(wrong == 0, "%" PRIu32 " decisions by wide keys are wrong", wrong);
    rck_request_free(request);
    rck_policy_unref(policy);
    rck_context_free(context);
    free(text.p);
}

int
main(void)
{
    for (size_t i = 0; i < N_ELEMENTS(policies); i++) {
        struct rck_policy *policy = compile(policies[i].by_default, policies[i].clauses, policies[i].form);

        walk(policy, policies[i].clauses, 20261130 + i);
        rck_policy_unref(policy);
    }
    test_messages();
    test_wide_keys();
    return judged();
}
