/* SPDX-License-Identifier: MIT
 *
 * What rck_explain() tells, to the letter: the state of each clause, the attributes that it read, what was the matter with them, and
 * its message; and what the dense and the hashed table decide beside it.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/rulecheck.h"
#include "judge.h"
#include "text.h"

static const char vocabulary[] =
    "vocabulary { subject user, bot; role owner, guest; action read, write; resource doc, pic;\n"
    "  attribute d : decimal; attribute n : int optional; attribute a, b, c : int; attribute dd : decimal; attribute color, tint : { red, blue };\n  attribute sole : { one }; attribute span : int 0..9;\n"
    "  attribute tags : set of { x, y, z }; attribute name, nick : string; attribute at : time; attribute flag : bool;\n"
    "  attribute place, home : open { here }; counter k : up by c on read doc;\n"
    "  attribute many : set of { m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24,\n"
    "    m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43, m44, m45, m46, m47, m48, m49, m50, m51, m52,\n"
    "    m53, m54, m55, m56, m57, m58, m59, m60, m61, m62, m63, m64, m65, m66, m67, m68, m69 }; }\n"
    "param most : int 0..100 = 10; param mist : int 0..100 = 3; param least : int 0..100 = 1; param nowhere : int 0..100 = 7;\n";

/* Requests to read a doc as a user, beside FACTS, and what must be said of them. */
static const struct {
    const char *clauses; /* NULL: those of the line before */
    const char *facts;
    const char *expected; /* the result, its clause, and each clause with its state, what it read (- absent, ~ undeclared, ! missing) and its message */
} lines[] = {
    /* Not asked by the first request, nor by the second. */
    { "odd: deny when action == write and a > 3;", "\"a\":4", "allow; odd satisfied action a" },
    { NULL, "\"a\":5", "allow; odd satisfied action a" },
    { "sum: deny when a > b + 1 says \"{a} of {b}, from {least} to {most}\"; both: deny when a == 5 and c == 5;\n"
      "three: limit k to b; far: deny when c < a + 1 says \"{name}\";", "\"a\":5,\"b\":3,\"c\":9,\"name\":\"x y\"",
          "deny by sum; sum violated a b '5 of 3, from 1 to 10'; both satisfied a c; three unknown action resource b c k-!; "
          "far satisfied a c '\"x y\"'" },
    { NULL, "\"a\":5,\"c\":5",
          "deny by both; sum unknown a b-! '5 of unknown, from 1 to 10'; both violated a c; "
          "three unknown action resource b-! c k-!; far violated a c 'unknown'" },
    { NULL, "\"b\":3,\"k\":4",
          "indeterminate by sum; sum unknown a-! b 'unknown of 3, from 1 to 10'; both unknown a-! c-!; "
          "three unknown action resource b c-! k; far unknown a-! c-! 'unknown'" },
    { NULL, "\"a\":1,\"b\":9,\"c\":4,\"k\":5",
          "allow; sum satisfied a b '1 of 9, from 1 to 10'; both satisfied a c; three satisfied action resource b c k; "
          "far satisfied a c 'unknown'" },
    { NULL, "\"a\":3,\"b\":2,\"c\":5,\"k\":0",
          "deny by three; sum satisfied a b '3 of 2, from 1 to 10'; both satisfied a c; three violated action resource b c k; "
          "far satisfied a c 'unknown'" },
    { NULL, "\"a\":-9223372036854775808,\"b\":9223372036854775807,\"c\":9223372036854775807",
          "indeterminate by three; sum satisfied a b '-9223372036854775808 of 9223372036854775807, from 1 to 10'; "
          "both satisfied a c; three unknown action resource b c k-!; far satisfied a c 'unknown'" },
    { NULL, "",
          "indeterminate by sum; sum unknown a-! b-! 'unknown of unknown, from 1 to 10'; both unknown a-! c-!; "
          "three unknown action resource b-! c-! k-!; far unknown a-! c-! 'unknown'" },
    { NULL, "\"a\":\"5\"",
          "invalid; sum irrelevant; both irrelevant; three irrelevant; far irrelevant" },
    { "one: deny when color == red or tint == red; alike: deny when color == tint; not_red: deny when tags has x and tint == blue;", "\"color\":\"red\"",
          "deny by one; one violated color tint-; alike unknown color tint-!; not_red unknown tint-! tags-!" },
    { NULL, "\"tint\":\"blue\"",
          "indeterminate by one; one unknown color-! tint; alike unknown color-! tint; not_red unknown tint tags-!" },
    { NULL, "\"tint\":\"blue\",\"color\":\"blue\",\"tags\":[]",
          "deny by alike; one satisfied color tint; alike violated color tint; not_red satisfied tint tags" },
    { NULL, "\"tint\":\"blue\",\"color\":\"green\",\"tags\":[\"y\",\"w\"]",
          "indeterminate by one; one unknown color~! tint; alike unknown color~! tint; not_red unknown tint tags~!" },
    { NULL, "\"tint\":\"blue\",\"color\":\"red\",\"tags\":[\"x\",\"w\"]",
          "deny by one; one violated color tint; alike satisfied color tint; not_red violated tint tags~" },
    { "same: deny when name == nick; where: deny when place == home; like: deny when name matches \"ab*\" says \"no {name}\";",
      "\"name\":\"abc\",\"nick\":\"abc\",\"place\":\"here\",\"home\":\"there\"",
          "deny by same; same violated name nick; where satisfied place home; like violated name 'no abc'" },
    { NULL, "\"name\":\"abc\",\"nick\":\"abd\",\"place\":\"there\",\"home\":\"there\"",
          "deny by where; same satisfied name nick; where violated place home; like violated name 'no abc'" },
    { NULL, "\"name\":\"\",\"nick\":\"\",\"place\":\"there\",\"home\":\"their\"",
          "deny by same; same violated name nick; where satisfied place home; like satisfied name 'no \"\"'" },
    { NULL, "\"name\":\"a\",\"nick\":\"\",\"place\":\"here\",\"home\":\"here\"",
          "deny by where; same satisfied name nick; where violated place home; like satisfied name 'no a'" },
    { NULL, "\"nick\":\"ab\",\"place\":\"far\"",
          "indeterminate by same; same unknown name-! nick; where unknown place home-!; like unknown name-! 'no unknown'" },
    { NULL, "\"name\":\"ab\",\"home\":\"far\"",
          "deny by like; same unknown name nick-!; where unknown place-! home; like violated name 'no ab'" },
    { "opt: deny when n > 3 unless not (n is present); late: deny when at >= now says \"{at} is after {now}\"; tag: deny when tags has x or (flag and c < 0);",
      "\"n\":4,\"at\":\"2026-01-01T00:00:00Z\",\"flag\":true,\"c\":-1,\"tags\":[\"y\"]",
          "deny by opt; opt violated n; late unknown at now-! '2026-01-01T00:00:00Z is after unknown'; tag violated c tags flag" },
    { NULL, "\"n\":3,\"flag\":true",
          "indeterminate by late; opt satisfied n; late unknown at-! now-! 'unknown is after unknown'; "
          "tag unknown c-! tags-! flag" },
    { NULL, "\"flag\":false,\"tags\":[\"z\"]",
          "indeterminate by late; opt irrelevant n-; late unknown at-! now-! 'unknown is after unknown'; "
          "tag satisfied c- tags flag" },
    { NULL, "\"c\":0,\"tags\":[\"w\"]",
          "indeterminate by late; opt irrelevant n-; late unknown at-! now-! 'unknown is after unknown'; "
          "tag unknown c tags~! flag-" },
    { NULL, "\"c\":0",
          "indeterminate by late; opt irrelevant n-; late unknown at-! now-! 'unknown is after unknown'; "
          "tag unknown c tags-! flag-" },
    { NULL, "\"c\":-1,\"flag\":true",
          "deny by tag; opt irrelevant n-; late unknown at-! now-! 'unknown is after unknown'; tag violated c tags- flag" },
    { "some: user may read doc when a > 0; other: bot may read doc; held: owner may read doc when flag; ban: user cannot read doc when b == 1; soft: user cannot read doc when a == 7 warn; about: note \"nothing\";",
      "\"a\":1",
          "indeterminate by ban; some granted subject action resource a; other satisfied subject action resource; "
          "held unknown role-! action resource flag-!; ban unknown subject action resource b-!; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":1,\"b\":1",
          "deny by ban; some granted subject action resource a; other satisfied subject action resource; "
          "held unknown role-! action resource flag-!; ban violated subject action resource b; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":7,\"b\":2",
          "allow; some granted subject action resource a; other satisfied subject action resource; "
          "held unknown role-! action resource flag-!; ban irrelevant subject action resource b; "
          "soft violated subject action resource a; about satisfied" },
    { NULL, "\"a\":0,\"b\":2",
          "indeterminate by held; some irrelevant subject action resource a; other satisfied subject action resource; "
          "held unknown role-! action resource flag-!; ban irrelevant subject action resource b; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":0,\"b\":2,\"role\":[\"guest\"]",
          "deny; some irrelevant subject action resource a; other satisfied subject action resource; "
          "held satisfied role action resource flag-; ban irrelevant subject action resource b; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":0,\"b\":2,\"role\":[\"owner\"]",
          "indeterminate by held; some irrelevant subject action resource a; other satisfied subject action resource; "
          "held unknown role action resource flag-!; ban irrelevant subject action resource b; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":0,\"b\":2,\"role\":[\"owner\"],\"flag\":true",
          "allow; some irrelevant subject action resource a; other satisfied subject action resource; "
          "held granted role action resource flag; ban irrelevant subject action resource b; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":0,\"b\":2,\"role\":[\"friend\"],\"flag\":true",
          "indeterminate by held; some irrelevant subject action resource a; other satisfied subject action resource; "
          "held unknown role~! action resource flag; ban irrelevant subject action resource b; "
          "soft irrelevant subject action resource a; about satisfied" },
    { NULL, "\"a\":0,\"role\":[]",
          "deny; some irrelevant subject action resource a; other satisfied subject action resource; "
          "held satisfied role action resource flag-; ban unknown subject action resource b-!; "
          "soft irrelevant subject action resource a; about satisfied" },
    { "same: deny when name == nick says \"{mist}, {nowhere}, {most}\";", "\"name\":\"ab\",\"nick\":\"abc\"",
          "allow; same satisfied name nick '3, 7, 10'" },
    { NULL, "\"name\":\"abc\",\"nick\":\"ab\"", "allow; same satisfied name nick '3, 7, 10'" },
    { NULL, "\"name\":\"\",\"nick\":\"a\"", "allow; same satisfied name nick '3, 7, 10'" },
    { NULL, "\"name\":\"ab\",\"nick\":\"ac\"", "allow; same satisfied name nick '3, 7, 10'" },
    { NULL, "\"name\":\"ab\",\"nick\":\"ab\"", "deny by same; same violated name nick '3, 7, 10'" },
    { "late: deny when at > now says \"{nowhere}, {now}\";", "\"at\":\"2026-01-01T00:00:00Z\"", "indeterminate by late; late unknown at now-! '7, unknown'" },
    { "where: deny when place == home;", "\"place\":\"there\",\"home\":\"their\"", "allow; where satisfied place home" },
    { NULL, "\"place\":\"there\",\"home\":\"there\"", "deny by where; where violated place home" },
    { NULL, "\"place\":\"here\",\"home\":\"there\"", "allow; where satisfied place home" },
    { NULL, "\"place\":\"here\",\"home\":\"here\"", "deny by where; where violated place home" },
    { "lone: deny when sole == one;", "\"sole\":\"one\"", "deny by lone; lone violated sole" },
    { NULL, "\"sole\":\"two\"", "indeterminate by lone; lone unknown sole~!" },
    { NULL, "", "indeterminate by lone; lone unknown sole-!" },
    { "whole: deny when span >= 0 and span <= 9 and span < 20;", "\"span\":9", "deny by whole; whole violated span" },
    { NULL, "", "indeterminate by whole; whole unknown span-!" },
    { "alike: deny when color == tint;", "\"color\":\"red\",\"tint\":\"red\"", "deny by alike; alike violated color tint" },
    { NULL, "\"color\":\"red\",\"tint\":\"blue\"", "allow; alike satisfied color tint" },
    /* Two numbers, one of which is more: beside what is dear, and beside nothing else. */
    { "over: deny when a > b; under: deny when c < b; like: deny when name matches \"x*\";", "\"a\":1,\"b\":2,\"c\":2,\"name\":\"y\"",
          "allow; over satisfied a b; under satisfied b c; like satisfied name" },
    { NULL, "\"a\":1,\"b\":2,\"c\":1,\"name\":\"y\"", "deny by under; over satisfied a b; under violated b c; like satisfied name" },
    { NULL, "\"a\":2,\"b\":2,\"c\":2,\"name\":\"x\"", "deny by like; over satisfied a b; under satisfied b c; like violated name" },
    { NULL, "\"a\":3,\"b\":2,\"name\":\"y\"", "deny by over; over violated a b; under unknown b c-!; like satisfied name" },
    /* Sums of two numbers that are no comparison of them, though their cut is 0 or 1. */
    { "cap: limit k to 0;", "\"k\":1,\"c\":5", "deny by cap; cap violated action resource c k" },
    { NULL, "\"k\":5,\"c\":1", "deny by cap; cap violated action resource c k" },
    { NULL, "\"k\":0,\"c\":1", "deny by cap; cap violated action resource c k" },
    { NULL, "\"k\":0,\"c\":0", "allow; cap satisfied action resource c k" },
    { NULL, "\"k\":5,\"c\":-5", "allow; cap satisfied action resource c k" },
    { "point: deny when d > a;", "\"d\":2.5,\"a\":3", "allow; point satisfied d a" },
    { NULL, "\"d\":2.5,\"a\":2", "deny by point; point violated d a" },
    { NULL, "\"d\":2,\"a\":2", "allow; point satisfied d a" },
    { "point: deny when a < dd;", "\"dd\":2.5,\"a\":3", "allow; point satisfied a dd" },
    { NULL, "\"dd\":2.5,\"a\":2", "deny by point; point violated a dd" },
    { NULL, "\"dd\":2,\"a\":2", "allow; point satisfied a dd" },
    /* A set of more members than a word has bits. */
    { "big: deny when many has m69; small: deny when many has m1;", "\"many\":[\"m69\"]", "deny by big; big violated many; small satisfied many" },
    { NULL, "\"many\":[\"m1\",\"m68\"]", "deny by small; big satisfied many; small violated many" },
    { NULL, "\"many\":[\"m2\"]", "allow; big satisfied many; small satisfied many" },
    { NULL, "\"many\":[]", "allow; big satisfied many; small satisfied many" },
    { NULL, "\"many\":[\"m2\",\"w\"]", "indeterminate by big; big unknown many~!; small unknown many~!" },
    { NULL, "\"many\":[\"m69\",\"w\"]", "deny by big; big violated many~; small unknown many~!" },
    { NULL, "", "indeterminate by big; big unknown many-!; small unknown many-!" },
};

static struct rck_policy *
compile(const char *clauses, const char *form)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct rck_table_info table;
    struct text text = { NULL, 0, 0 };

    addf(&text, "policy p; default %s;\n%s%s", strstr(clauses, "may read") != NULL ? "deny" : "allow", vocabulary, clauses);
    if (rck_context_new(NULL, &context) != RCK_OK
        || rck_context_set_limit(context, "cells", strcmp(form, "dense") == 0 ? 1 << 20 : 1) != RCK_OK)
        abort();
    if (rck_policy_compile(context, "p.rules", text.p, text.n, &diagnostics, &policy) != RCK_OK) {
        fprintf(stderr, "does not compile: %s\n", rck_diagnostics_at(diagnostics, 0)->message);
        abort();
    }
    rck_policy_table(policy, &table);
    judge(strcmp(table.form, form) == 0, "%s: the table is %s and not %s", clauses, table.form, form);
    judge((table.n_cells == 0) == (strcmp(form, "hashed") == 0), "%s: the %s table has cells", clauses, form);
    judge((table.n_groups == 0) == (strcmp(form, "dense") == 0), "%s: the %s table has groups", clauses, form);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    free(text.p);
    return policy;
}

static const char *
state_name(enum rck_state state)
{
    return state == RCK_STATE_VIOLATED     ? "violated"
           : state == RCK_STATE_SATISFIED  ? "satisfied"
           : state == RCK_STATE_UNKNOWN    ? "unknown"
           : state == RCK_STATE_GRANTED    ? "granted"
           : state == RCK_STATE_IRRELEVANT ? "irrelevant"
                                           : "?";
}

/* Adds what EXPLANATION says of CLAUSE. */
static void
add_clause(struct text *text, const struct rck_policy *policy, const struct rck_explanation *explanation, uint32_t clause)
{
    struct rck_clause info;
    size_t n = rck_explanation_reading(explanation, clause, 0, NULL);
    char message[200];

    rck_policy_clause(policy, clause, &info);
    addf(text, "; %s %s", info.label, state_name(rck_explanation_state(explanation, clause)));
    for (size_t i = 0; i < n; i++) {
        struct rck_attribute attribute;
        struct rck_reading reading;

        judge(rck_explanation_reading(explanation, clause, i, &reading) == n, "readings are counted otherwise the second time");
        rck_policy_attribute(policy, reading.attribute, &attribute);
        addf(text, " %s%s%s%s", attribute.name, reading.absent ? "-" : "", reading.undeclared ? "~" : "", reading.missing ? "!" : "");
    }
    if (rck_explanation_message(explanation, clause, message, sizeof message) != 0)
        addf(text, " '%s'", message);
}

static void
add_decision(struct text *text, const struct rck_policy *policy, enum rck_result result, uint32_t clause)
{
    struct rck_clause info;

    adds(text, rck_result_name(result));
    if (clause != RCK_NONE && rck_policy_clause(policy, clause, &info) == RCK_OK)
        addf(text, " by %s", info.label);
}

/* REQUEST was filled by WHAT. */
static void
explains(struct rck_policy *policy, struct rck_explanation *explanation, const struct rck_request *request, const char *what, const char *expected)
{
    struct text got = { NULL, 0, 0 };
    struct rck_policy_info info;
    struct rck_why why = { 0 };
    enum rck_result result;

    rck_policy_describe(policy, &info);
    result = rck_decide(policy, request, &why);
    add_decision(&got, policy, result, why.clause);
    judge(rck_explain(explanation, request) == result, "%s: %s, and the guards say something else", what, rck_result_name(result));
    for (uint32_t c = 0; c < info.n_clauses; c++)
        add_clause(&got, policy, explanation, c);
    judge(strcmp(got.p, expected) == 0, "%s:\n  %s\nand not\n  %s", what, got.p, expected);
    for (int far = 0; far < 2; far++) {
        uint32_t none = far ? RCK_NONE : info.n_clauses;

        judge(rck_explanation_state(explanation, none) == RCK_STATE_IRRELEVANT && rck_explanation_reading(explanation, none, 0, NULL) == 0
                  && rck_explanation_next(explanation, none) == RCK_NONE && rck_explanation_message(explanation, none, NULL, 0) == 0,
              "%s: something is said of a clause past the end", what);
    }
    free(got.p);
}

static void
explains_facts(struct rck_policy *policy, struct rck_explanation *explanation, const char *facts, const char *expected)
{
    struct rck_request *request = NULL;
    struct text json = { NULL, 0, 0 };

    addf(&json, "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"%s%s}", facts[0] != 0 ? "," : "", facts);
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    (void)rck_request_read_json(request, json.p, json.n);
    explains(policy, explanation, request, facts, expected);
    rck_request_free(request);
    free(json.p);
}

/* ---- messages ----------------------------------------------------------------------------------------------------------- */

static const char routes[] =
    "ban: bot cannot use pic; gate: only owner may write pic; size: require a <= 3 to write pic says \"{a} is too much\";\n"
    "routes { credential user when header.key == \"u\"; credential bot when header.key == \"b\";\n"
    "  GET \"/a\" -> read doc; GET \"/a\" when query.x == \"1\" -> read pic; POST \"/b\" -> write pic with a = body.a; }\n";

static const struct {
    const char *message, *expected;
} messages[] = {
    { "{\"method\":\"GET\",\"url\":\"/a\",\"headers\":{\"key\":\"u\"}}",
      "allow; ban irrelevant subject resource; gate irrelevant role- action resource; size irrelevant action resource a- 'unknown is too much'" },
    { "{\"method\":\"GET\",\"url\":\"/a?x=1\",\"headers\":{\"key\":\"u\"}}",
      "allow; ban irrelevant subject resource; gate irrelevant role- action resource; size irrelevant action resource a- 'unknown is too much'" },
    { "{\"method\":\"GET\",\"url\":\"/a?x=1\",\"headers\":{\"key\":\"b\"}}",
      "deny by ban; ban violated subject resource; gate irrelevant role- action resource; size irrelevant action resource a- 'unknown is too much'" },
    { "{\"method\":\"GET\",\"url\":\"/a\",\"headers\":{\"key\":\"b\"}}",
      "allow; ban irrelevant subject resource; gate irrelevant role- action resource; size irrelevant action resource a- 'unknown is too much'" },
    { "{\"method\":\"POST\",\"url\":\"/b\",\"headers\":{\"key\":\"u\"},\"body\":{\"a\":4},\"facts\":{\"role\":[\"owner\"]}}",
      "deny by size; ban satisfied subject resource; gate satisfied role action resource; size violated action resource a '4 is too much'" },
    { "{\"method\":\"POST\",\"url\":\"/b\",\"headers\":{\"key\":\"u\"},\"body\":{\"a\":3},\"facts\":{\"role\":[\"owner\"]}}",
      "allow; ban satisfied subject resource; gate satisfied role action resource; size satisfied action resource a '3 is too much'" },
    { "{\"method\":\"POST\",\"url\":\"/b\",\"headers\":{\"key\":\"u\"},\"body\":{}}",
      "indeterminate by gate; ban satisfied subject resource; gate unknown role-! action resource; size unknown action resource a-! 'unknown is too much'" },
    { "{\"method\":\"GET\",\"url\":\"/a\"}",
      "indeterminate; ban irrelevant; gate irrelevant; size irrelevant" },
    { "{\"method\":\"GET\",\"url\":\"/a\",\"headers\":{}}",
      "invalid; ban irrelevant; gate irrelevant; size irrelevant" },
    { "{\"method\":\"GET\",\"url\":\"/c\",\"headers\":{\"key\":\"u\"}}",
      "invalid; ban irrelevant; gate irrelevant; size irrelevant" },
};

/* Nothing but "invalid" is said of a request that another policy made, by either. */
static void
is_strange(struct rck_policy *policy, struct rck_explanation *explanation, const struct rck_request *request, const char *what)
{
    struct rck_why why = { 0 };

    judge(rck_decide(policy, request, &why) == RCK_INVALID && why.clause == RCK_NONE && rck_explain(explanation, request) == RCK_INVALID
              && rck_explanation_state(explanation, 0) == RCK_STATE_IRRELEVANT,
          "%s: another policy takes it for its own", what);
}

static void
test_messages(const char *form)
{
    struct rck_policy *policy = compile(routes, form), *other = compile(routes, form);
    struct rck_explanation *explanation = NULL, *of_other = NULL;
    struct rck_request *request = NULL;

    if (rck_explanation_new(policy, &explanation) != RCK_OK || rck_explanation_new(other, &of_other) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK)
        abort();
    is_strange(other, of_other, request, "an empty request");
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        (void)rck_request_read_http(request, messages[i].message, strlen(messages[i].message));
        explains(policy, explanation, request, messages[i].message, messages[i].expected);
        is_strange(other, of_other, request, messages[i].message);
    }
    (void)rck_request_read_json(request, "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"}", 53);
    is_strange(other, of_other, request, "a tuple");
    rck_request_free(request);
    rck_explanation_free(of_other);
    rck_explanation_free(explanation);
    rck_policy_unref(other);
    rck_policy_unref(policy);
}

int
main(void)
{
    static const char *const forms[] = { "dense", "hashed" };

    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        struct rck_policy *policy = NULL;
        struct rck_explanation *explanation = NULL;

        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            if (lines[i].clauses != NULL) {
                rck_explanation_free(explanation);
                rck_policy_unref(policy);
                policy = compile(lines[i].clauses, forms[f]);
                if (rck_explanation_new(policy, &explanation) != RCK_OK)
                    abort();
                judge(rck_explanation_state(explanation, 0) == RCK_STATE_IRRELEVANT
                          && rck_explanation_reading(explanation, 0, 0, NULL) == 0 && rck_explanation_message(explanation, 0, NULL, 0) == 0,
                      "something is said before anything was asked");
            }
            explains_facts(policy, explanation, lines[i].facts, lines[i].expected);
        }
        rck_explanation_free(explanation);
        rck_policy_unref(policy);
        test_messages(forms[f]);
    }
    return judged();
}
