/* SPDX-License-Identifier: MIT
 *
 * Messages of HTTP: what they are decided to be.  Each message goes every way that there is (rck_http_request, rck_request_read_http, rck_request_read_har;
 * the policy as it was compiled, and as it was saved and loaded; by the table, and guard by guard), and all must agree with what
 * the table below says, and with each other.
 *
 * Then routes at random, and paths at random: the automaton against a reader that looks at all routes one after the other, and
 * was written from the language alone.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/rulecheck.h"
#include "judge.h"
#include "random_policy.h"
#include "saved_bytes.h"
#include "text.h"

static struct rck_policy *
compile_with(const char *text, uint64_t cells)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", cells) != RCK_OK)
        abort();
    rck_policy_compile(context, "messages.rules", text, strlen(text), &diagnostics, &policy);
    for (size_t i = 0; policy == NULL && i < rck_diagnostics_count(diagnostics); i++)
        printf("%u: %s\n", rck_diagnostics_at(diagnostics, i)->line, rck_diagnostics_at(diagnostics, i)->message);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    if (policy == NULL)
        abort();
    return policy;
}

static struct rck_policy *
compile(const char *text)
{
    return compile_with(text, 65536);
}

static struct rck_policy *
load_again(const struct rck_policy *policy)
{
    struct saved_bytes bytes = saved_bytes_of(policy), again;
    struct rck_policy *loaded = saved_bytes_load(&bytes);
    char digests[2][65];

    if (loaded == NULL)
        abort();
    again = saved_bytes_of(loaded);
    judge(again.n == bytes.n && memcmp(again.p, bytes.p, bytes.n) == 0, "a loaded policy saves to other bytes");
    rck_policy_digest(policy, digests[0]);
    rck_policy_digest(loaded, digests[1]);
    judge(strcmp(digests[0], digests[1]) == 0, "a loaded policy has another digest");
    free(again.p);
    free(bytes.p);
    return loaded;
}

/* ---- one message, every way --------------------------------------------------------------------------------------------- */

struct message {
    int line;
    const char *method, *url;
    const char *headers; /* lines of "name: value"; NULL: not known */
    const char *body;    /* NULL: none */
    const char *facts;   /* key=value words */
    enum rck_result result;
    const char *says;    /* in the error, the doubt, or the label of the deciding clause */
};

static void
set_facts(struct rck_request *request, const char *facts)
{
    while (*facts != 0) {
        size_t word = strcspn(facts, " "), key = strcspn(facts, "=");

        rck_request_set_text(request, facts, key, facts + key + 1, word - key - 1);
        facts += word + strspn(facts + word, " ");
    }
}

static void
fill(struct rck_request *request, const struct message *message)
{
    struct rck_header headers[16];
    size_t n = 0;
    const char *at = message->headers;
    const struct rck_http http = {
        .method = message->method,
        .method_length = strlen(message->method),
        .url = message->url,
        .url_length = strlen(message->url),
        .headers = message->headers != NULL ? headers : NULL,
        .body = message->body,
        .body_length = message->body != NULL ? strlen(message->body) : 0,
    };
    struct rck_http counted = http;

    for (; at != NULL && *at != 0; at += strspn(at, "\n")) {
        size_t line = strcspn(at, "\n"), name = strcspn(at, ":");

        headers[n++] = (struct rck_header){ at, name, at + name + 1, line - name - 1 };
        at += line;
    }
    counted.n_headers = n;
    rck_http_request(request, &counted);
    set_facts(request, message->facts);
}

static void
add_string(struct text *line, const char *p, size_t n)
{
    addf(line, "\"");
    for (size_t i = 0; i < n; i++)
        if (p[i] == '"' || p[i] == '\\')
            addf(line, "\\%c", p[i]);
        else if ((unsigned char)p[i] < 0x20)
            addf(line, "\\u%04x", (unsigned)p[i]);
        else
            addf(line, "%c", p[i]);
    addf(line, "\"");
}

/* The message as a line of JSON, its parts in one of several orders. */
static void
write_line(struct text *line, const struct message *message, bool turned)
{
    line->n = 0;
    addf(line, "{\"id\": %d", message->line);
    for (int part = 0; part < 4; part++)
        switch (turned ? 3 - part : part) {
        case 0:
            addf(line, ", \"method\": ");
            add_string(line, message->method, strlen(message->method));
            addf(line, ", \"url\": ");
            add_string(line, message->url, strlen(message->url));
            break;
        case 1:
            if (message->headers == NULL)
                break;
            addf(line, ", \"headers\": {");
            for (const char *at = message->headers, *comma = ""; *at != 0; at += strspn(at, "\n"), comma = ", ") {
                size_t n = strcspn(at, "\n"), name = strcspn(at, ":");
                const char *next = at + n + strspn(at + n, "\n");
                bool again = strncmp(next, at, name + 1) == 0;

                addf(line, "%s", comma);
                add_string(line, at, name);
                addf(line, again ? ": [" : ": ");
                add_string(line, at + name + 1, n - name - 1);
                if (again) {
                    addf(line, ", ");
                    add_string(line, next + name + 1, strcspn(next, "\n") - name - 1);
                    addf(line, "]");
                    n += 1 + strcspn(next, "\n");
                }
                at += n;
            }
            addf(line, "}");
            break;
        case 2:
            if (message->body != NULL) {
                addf(line, ", \"body\": ");
                add_string(line, message->body, strlen(message->body));
            }
            break;
        case 3:
            addf(line, ", \"facts\": {");
            for (const char *at = message->facts, *comma = ""; *at != 0; comma = ", ") {
                size_t word = strcspn(at, " "), key = strcspn(at, "=");

                addf(line, "%s\"%.*s\": ", comma, (int)key, at);
                if (at[key + 1] >= '0' && at[key + 1] <= '9')
                    addf(line, "%.*s", (int)(word - key - 1), at + key + 1);
                else
                    add_string(line, at + key + 1, word - key - 1);
                at += word + strspn(at + word, " ");
            }
            addf(line, "}");
            break;
        }
    addf(line, "}");
}

/* The message as the request of a HAR file has it. */
static void
write_har(struct text *har, const struct message *message, bool turned)
{
    har->n = 0;
    addf(har, "{\"id\": %d, \"cookies\": [{\"name\": \"authorization\", \"value\": \"x\"}]", message->line);
    for (int part = 0; part < 3; part++)
        switch (turned ? 2 - part : part) {
        case 0:
            addf(har, ", \"method\": ");
            add_string(har, message->method, strlen(message->method));
            addf(har, ", \"url\": ");
            add_string(har, message->url, strlen(message->url));
            break;
        case 1:
            if (message->headers == NULL)
                break;
            addf(har, ", \"headers\": [{\"name\": \":authority\", \"value\": \"x\"}");
            for (const char *at = message->headers; *at != 0; at += strspn(at, "\n")) {
                size_t n = strcspn(at, "\n"), name = strcspn(at, ":");

                addf(har, turned ? ", {\"value\": " : ", {\"name\": ");
                add_string(har, turned ? at + name + 1 : at, turned ? n - name - 1 : name);
                addf(har, turned ? ", \"comment\": \"\", \"name\": " : ", \"value\": ");
                add_string(har, turned ? at : at + name + 1, turned ? name : n - name - 1);
                addf(har, "}");
                at += n;
            }
            addf(har, "]");
            break;
        case 2:
            addf(har, ", \"postData\": ");
            if (message->body != NULL) {
                addf(har, "{\"params\": [{\"text\": \"x\"}], \"mimeType\": \"\", \"text\": ");
                add_string(har, message->body, strlen(message->body));
                addf(har, "}");
            } else {
                addf(har, "null");
            }
            break;
        }
    addf(har, "}");
}

/* What is said of the decision: the error, the doubt, the label of the clause that decides. */
static const char *
said(const struct rck_policy *policy, const struct rck_request *request, enum rck_result result, const struct rck_why *why)
{
    struct rck_clause clause;
    const char *doubt = rck_request_doubt(request);

    if (result == RCK_INVALID)
        return rck_request_error(request) != NULL ? rck_request_error(request)->message : "nothing is wrong";
    if (rck_policy_clause(policy, why->clause, &clause) == RCK_OK)
        return clause.label;
    return doubt != NULL ? doubt : "";
}

/* Decides REQUEST, filled in some way, and compares. */
static void
check_way(struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation,
          const struct message *message, const char *way)
{
    struct rck_why why = { RCK_NONE }, again = { RCK_NONE };
    enum rck_result result = rck_decide(policy, request, &why), explained;
    const char *says = said(policy, request, result, &why);
    bool states_agree = true, unknown = false, violated = false;

    judge(result == message->result, "%d, %s: %s, not %s (%s)", message->line, way, rck_result_name(result),
          rck_result_name(message->result), says);
    judge(message->says == NULL || strstr(says, message->says) != NULL, "%d, %s: '%s' does not say '%s'", message->line, way, says,
          message->says);
    explained = rck_explain(explanation, request);
    judge(explained == result, "%d, %s: explained as %s", message->line, way, rck_result_name(explained));
    for (uint32_t i = 0; i < 8; i++) {
        enum rck_state state = rck_explanation_state(explanation, i);

        violated = violated || state == RCK_STATE_VIOLATED;
        unknown = unknown || state == RCK_STATE_UNKNOWN;
    }
    if (result == RCK_ALLOW)
        states_agree = !violated && !unknown;
    else if (result == RCK_DENY)
        states_agree = violated;
    else if (result == RCK_INDETERMINATE)
        states_agree = !violated && (unknown || rck_request_doubt(request) != NULL);
    for (const char *p = says; *p != 0; p++)
        judge((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7F, "%d, %s: a message with the byte %d", message->line, way, *p);
    judge(states_agree, "%d, %s: the states do not explain %s", message->line, way, rck_result_name(result));
    judge(rck_decide(policy, request, &again) == result && again.clause == why.clause, "%d, %s: decided again, it is something else",
          message->line, way);
    judge(result == RCK_INVALID || rck_request_error(request) == NULL, "%d, %s: an error of what is not invalid", message->line, way);
    judge((rck_request_route(request, 0, NULL) == 0) == (result == RCK_INVALID && strcmp(says, "the subject is missing") != 0),
          "%d, %s: %zu routes, and %s", message->line, way, rck_request_route(request, 0, NULL), rck_result_name(result));
}

static void
check_message(struct rck_policy *policies[3], const struct message *message)
{
    static const char *const ways[3][5] = {
        { "compiled", "compiled, as a line", "compiled, as a turned line", "compiled, of HAR", "compiled, of turned HAR" },
        { "loaded", "loaded, as a line", "loaded, as a turned line", "loaded, of HAR", "loaded, of turned HAR" },
        { "hashed", "hashed, as a line", "hashed, as a turned line", "hashed, of HAR", "hashed, of turned HAR" }
    };
    struct text line = { 0 };

    for (int i = 0; i < 3; i++) {
        struct rck_request *request = NULL;
        struct rck_explanation *explanation = NULL;

        if (rck_request_new(policies[i], &request) != RCK_OK || rck_explanation_new(policies[i], &explanation) != RCK_OK)
            abort();
        fill(request, message);
        check_way(policies[i], request, explanation, message, ways[i][0]);
        for (int way = 1; way < 5; way++) {
            size_t n;
            const char *id;
            char expected[16];

            if (way < 3) {
                write_line(&line, message, way == 2);
                rck_request_read_http(request, line.p, line.n);
            } else if (strchr(message->url, '#') != NULL) {
                continue; /* a client cuts the URL there */
            } else {
                write_har(&line, message, way == 4);
                rck_request_read_har(request, line.p, line.n);
                set_facts(request, message->facts);
            }
            check_way(policies[i], request, explanation, message, ways[i][way]);
            id = rck_request_id(request, &n);
            snprintf(expected, sizeof expected, "%d", message->line); /* the id that was read is not NUL-terminated */
            judge(id != NULL && n == strlen(expected) && memcmp(id, expected, n) == 0, "%d: the id is lost", message->line);
        }
        rck_explanation_free(explanation);
        rck_request_free(request);
    }
    free(line.p);
}

/* ---- the policy and its messages ---------------------------------------------------------------------------------------- */

static const char policy_text[] =
    "policy messages;\n"
    "default allow;\n"
    "vocabulary {\n"
    "    subject   user, token, app;\n"
    "    role      owner, guest;\n"
    "    action    read, create, update, accept, reject, delete;\n"
    "    resource  stack, stack.user, tokens, entry, entry.publish, asset, page;\n"
    "    counter   stack.tokens : up on create tokens;\n"
    "    attribute token.rate : int 0.. optional;\n"
    "    attribute token.name : string optional;\n"
    "    attribute org.rate   : int 0..;\n"
    "}\n"
    "stacks:  token cannot use stack;\n"
    "accepts: token cannot accept, reject entry.publish;\n"
    "rates:   require token.rate <= org.rate to create tokens when token.rate is present;\n"
    "names:   deny when token.name is present and token.name matches \"x*\";\n"
    "count:   limit stack.tokens to 3;\n"
    "owners:  only owner may delete entry;\n"
    "routes {\n"
    "    credential token when header.authorization is present and not header.authorization matches \"[Bb][Ee][Aa][Rr][Ee][Rr]*\";\n"
    "    credential app   when header.authorization matches \"Bearer *\";\n"
    "    credential user  when header.authtoken != \"\" and header.authtoken is present;\n"
    "    GET          \"/v3/stacks\" -> read stack;\n"
    "    GET          \"/v3/stacks\" when query.users == \"true\" -> read stack.user;\n"
    "    GET          \"/v3/stacks/*\" -> read stack;\n"
    "    GET          \"/v3/stacks/branches\" -> read page;\n"
    "    GET          \"/v3/stacks/branches/**\" -> read page;\n"
    "    POST, PUT    \"/v3/stacks/settings\" -> update stack;\n"
    "    POST         \"/v3/entries/*/workflow\" when body.rule.status == 1 -> accept entry.publish;\n"
    "    POST         \"/v3/entries/*/workflow\" when body.rule.status == -1 -> reject entry.publish;\n"
    "    POST         \"/v3/entries/*/workflow\" when not body.rule is present or body.rule.status == 0 -> update entry;\n"
    "    POST         \"/v3/tokens\" -> create tokens with token.rate = body.token.rate, token.name = query.name;\n"
    "    DELETE       \"/v3/entries/*\" -> delete entry;\n"
    "    GET          \"/v3/*/assets\" -> read asset;\n"
    "    GET          \"/v3/assets/**\" -> read asset;\n"
    "    GET          \"/v3/caf\303\251\" -> read page;\n"
    "    GET          \"/v3/100%\" -> read page;\n"
    "    GET          \"/\" -> read page;\n"
    "    GET          \"/v3/flags\" when body.on -> read stack;\n"
    "    GET          \"/v3/flags\" when body.kind in { \"a\", \"b\" } or body.size >= 1.5 -> read page;\n"
    "}\n";

#define A RCK_ALLOW
#define D RCK_DENY
#define I RCK_INDETERMINATE
#define V RCK_INVALID
#define USER "authtoken: u"
#define TOKEN "authorization: cs1"
#define RULE(status) "{\"rule\": {\"status\": " status "}}"
#define WORKFLOW "POST", "/v3/entries/1/workflow"
#define NAME_32 "x-a-name-that-nobody-ever-knows-"
#define NAME_257 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 NAME_32 "x"

static const struct message messages[] = {
    /* credentials */
    { __LINE__, "GET", "/v3/stacks", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks", "Authorization: cs1", NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks", "AUTHTOKEN:u", NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", "authorization: Bearer x", NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", "authorization: bearer x", NULL, "", V, "no credential" },
    { __LINE__, "GET", "/v3/stacks", "authorization: Bearer", NULL, "", V, "no credential" },
    { __LINE__, "GET", "/v3/stacks", "authorization:   cs1\t", NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks", "authorization: \t Bearer x \t ", NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", "authorization:", NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks", "authtoken:", NULL, "", V, "no credential" },
    { __LINE__, "GET", "/v3/stacks", "", NULL, "", V, "no credential" },
    { __LINE__, "GET", "/v3/stacks", "x: y", NULL, "", V, "no credential" },
    { __LINE__, "GET", "/v3/stacks", USER "\n" TOKEN, NULL, "", V, "two credentials, of 'token' and 'user'" },
    { __LINE__, "GET", "/v3/stacks", TOKEN "\n" TOKEN, NULL, "", V, "'header.authorization' is given twice" },
    { __LINE__, "GET", "/v3/stacks", TOKEN "\nAuthorization: cs1", NULL, "", V, "'header.authorization' is given twice" },
    { __LINE__, "GET", "/v3/stacks", USER "\nx: 1\nx: 2", NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", NULL, NULL, "", I, "the credential depends on 'header.authorization'" },
    { __LINE__, "GET", "/v3/stacks", NULL, NULL, "subject=user", A, NULL },
    { __LINE__, "GET", "/v3/stacks", NULL, NULL, "subject=token", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks", TOKEN, NULL, "subject=user", V, "'subject' is given twice" },
    { __LINE__, "GET", "/v3/nothing", NULL, NULL, "", V, "no route" },
    { __LINE__, "GET", "/v3/stacks", USER "\nbad name: x", NULL, "", V, "is no name of a header" },
    { __LINE__, "GET", "/v3/stacks", USER "\nauthorization : cs1", NULL, "", V, "is no name of a header" },
    { __LINE__, "GET", "/v3/stacks", USER "\n: x", NULL, "", V, "is no name of a header" },
    { __LINE__, "GET", "/v3/stacks", USER "\nx: a\rauthorization: b", NULL, "", V, "holds an end of line" },
    { __LINE__, "GET", "/v3/stacks", "authtoken: \377", NULL, "", V, NULL },
    { __LINE__, "GET", "/v3/stacks", USER "\n\377: x", NULL, "", V, NULL },
    { __LINE__, "GET", "/v3/stacks", USER "\nx\177: x", NULL, "", V, "is no name of a header" },
    { __LINE__, "GET", "/v3/stacks", USER "\n" NAME_257 ": x", NULL, "", A, NULL }, /* no policy asks for it */

    /* headers that tell the method or the URL */
    { __LINE__, "GET", "/v3/stacks", USER "\nX-HTTP-Method-Override: DELETE", NULL, "", V, "a header tells another method, 'DELETE'" },
    { __LINE__, "GET", "/v3/stacks", USER "\nx-http-method: get", NULL, "", V, "a header tells another method" },
    { __LINE__, "GET", "/v3/stacks", USER "\nx-method-override:", NULL, "", V, "a header tells another method" },
    { __LINE__, "GET", "/v3/stacks", USER "\nX-METHOD-OVERRIDE: GET\nx-http-method:GET", NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", USER "\nx-http-method: GET\nx-http-method-override: PUT", NULL, "", V, "says another than a header" },
    { __LINE__, "GET", "/v3/stacks", USER "\nx-original-url: /v3/assets", NULL, "", V, "a header tells another URL, '/v3/assets'" },
    { __LINE__, "GET", "/v3/stacks", USER "\nX-Rewrite-URL: /v3/stacks/", NULL, "", V, "a header tells another URL" },
    { __LINE__, "GET", "/v3/stacks", USER "\nX-Original-URL: /v3/stacks\nx-rewrite-url: /v3/stacks", NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", USER "\nx-original-url: /v3/stacks\nx-rewrite-url: /v3/assets", NULL, "", V, "says another than a header" },
    { __LINE__, "GET", "/v3/stacks", USER "\nx-forwarded-uri: /v3/assets", NULL, "", A, NULL },

    /* methods and paths */
    { __LINE__, "get", "/v3/stacks", USER, NULL, "", V, "'get' differs from 'GET' by case alone" },
    { __LINE__, "PATCH", "/v3/stacks", USER, NULL, "", V, "no route is for PATCH '/v3/stacks'" },
    { __LINE__, "", "/v3/stacks", USER, NULL, "", V, "no method of HTTP" },
    { __LINE__, "GET ", "/v3/stacks", USER, NULL, "", V, "no method of HTTP" },
    { __LINE__, "G\377T", "/v3/stacks", USER, NULL, "", V, NULL },
    { __LINE__, "GET", "/v3/stack", USER, NULL, "", V, "no route is for GET '/v3/stack'" },
    { __LINE__, "GET", "/v3/stacks/x/y", USER, NULL, "", V, "no route" },
    { __LINE__, "GET", "/v4/stacks", USER, NULL, "", V, "no route" },
    { __LINE__, "GET", "/", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/?x", TOKEN, NULL, "", A, NULL },
    { __LINE__, "PUT", "/v3/stacks/settings", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "POST", "/v3/stacks/settings", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks/settings", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks/branches", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks/branches/a/b/c", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks/branch", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/assets", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/assets/assets", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks/assets", TOKEN, NULL, "", D, "stacks" }, /* the left literal is more specific */
    { __LINE__, "GET", "/v3/x/assets", TOKEN, NULL, "", A, NULL },

    /* escapes */
    { __LINE__, "GET", "/v3/%73tacks", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks/%62ranches", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/caf%C3%A9", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/caf%c3%a9", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/caf%E9", TOKEN, NULL, "", V, "not UTF-8" },
    { __LINE__, "GET", "/v3/caf\303\251", TOKEN, NULL, "", V, "bytes that are no ASCII" },
    { __LINE__, "GET", "/v3/stacks/%C0%AF", TOKEN, NULL, "", V, "not UTF-8" },
    { __LINE__, "GET", "/v3/100%25", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/100%", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/%2", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/%zz", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/%!1", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/%:1", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/%4g", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/a\177b", TOKEN, NULL, "", V, "a blank or a control character" },
    { __LINE__, "GET", "/v3/stacks/%u0041", TOKEN, NULL, "", V, "without two hexadecimal digits" },
    { __LINE__, "GET", "/v3/stacks/a%2Fb", TOKEN, NULL, "", V, "encoded '/'" },
    { __LINE__, "GET", "/v3/stacks/a%2fb", TOKEN, NULL, "", V, "encoded '/'" },
    { __LINE__, "GET", "/v3/stacks/a%5Cb", TOKEN, NULL, "", V, "encoded '/' or '\\'" },
    { __LINE__, "GET", "/v3/stacks\\x", TOKEN, NULL, "", V, "holds a '\\'" },
    { __LINE__, "GET", "/v3/stacks/%00", TOKEN, NULL, "", V, "encoded control character" },
    { __LINE__, "GET", "/v3/stacks/a%0d%0ab", TOKEN, NULL, "", V, "encoded control character" },
    { __LINE__, "GET", "/v3/stacks/%7f", TOKEN, NULL, "", V, "encoded control character" },
    { __LINE__, "GET", "/v3/stacks/%252e%252e", TOKEN, NULL, "", V, "encoded twice" },
    { __LINE__, "GET", "/v3/stacks/%2562ranches", TOKEN, NULL, "", V, "encoded twice" },
    { __LINE__, "GET", "/v3/stacks/a b", TOKEN, NULL, "", V, "a blank or a control character" },
    { __LINE__, "GET", "/v3/stacks/a\tb", TOKEN, NULL, "", V, "a blank or a control character" },
    { __LINE__, "GET", "/v3/stacks/a%20b", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks/a+b", TOKEN, NULL, "", D, "stacks" },

    /* segments */
    { __LINE__, "GET", "/v3/stacks/.", TOKEN, NULL, "", V, "'.' or '..'" },
    { __LINE__, "GET", "/v3/stacks/../assets", TOKEN, NULL, "", V, "'.' or '..'" },
    { __LINE__, "GET", "/v3/assets/%2e%2e/stacks", TOKEN, NULL, "", V, "'.' or '..'" },
    { __LINE__, "GET", "/v3/assets/.%2E/stacks", TOKEN, NULL, "", V, "'.' or '..'" },
    { __LINE__, "GET", "/v3/assets/.../x", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks;x=1", TOKEN, NULL, "", V, "holds a ';'" },
    { __LINE__, "GET", "/v3/assets/..;/stacks", TOKEN, NULL, "", V, "holds a ';'" },
    { __LINE__, "GET", "/v3/assets/a%3Bb", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks#x", TOKEN, NULL, "", V, "holds a '#'" },
    { __LINE__, "GET", "/v3/assets#/../stacks", TOKEN, NULL, "", V, "holds a '#'" },
    { __LINE__, "GET", "/v3/Stacks", TOKEN, NULL, "", V, "'Stacks' differs from 'stacks' by case alone" },
    { __LINE__, "GET", "/V3/stacks", TOKEN, NULL, "", V, "'V3' differs from 'v3' by case alone" },
    { __LINE__, "GET", "/v3/stacks/Branches", TOKEN, NULL, "", V, "by case alone" },
    { __LINE__, "GET", "/v3/STACKS/assets", TOKEN, NULL, "", V, "by case alone" },
    { __LINE__, "GET", "/v3/STACKS/ASSETS", TOKEN, NULL, "", V, "'STACKS' differs from 'stacks' by case alone" }, /* the first one is told */
    { __LINE__, "GET", "/v3//Stacks", TOKEN, NULL, "", V, "'Stacks' differs from 'stacks' by case alone" },
    { __LINE__, "GET", "/v3/stacks/%42ranches", TOKEN, NULL, "", V, "by case alone" },

    /* empty segments are read both ways */
    { __LINE__, "GET", "/v3/stacks/", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3/stacks/", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3//stacks", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "/v3//assets", TOKEN, NULL, "", A, NULL }, /* /v3/<any>/assets, and /v3/assets */
    { __LINE__, "GET", "/v3/assets//x//", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks//branches", TOKEN, NULL, "", A, NULL }, /* no stack has two segments behind it */
    { __LINE__, "GET", "/v3/stacks/branches/", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/nothing//", TOKEN, NULL, "", V, "no route" },
    { __LINE__, "GET", "//v3/stacks", TOKEN, NULL, "", V, "begins with '//'" },
    { __LINE__, "GET", "/v3///stacks", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "POST", "/v3//tokens", USER, "{\"token\": {\"rate\": 11}}", "org.rate=10 stack.tokens=0", D, "rates" },
    { __LINE__, "POST", "/v3//tokens", USER, "{\"token\": {\"rate\": \"1\"}}", "org.rate=10 stack.tokens=0", V, "'token.rate' must be" },
    { __LINE__, "GET", "", TOKEN, NULL, "", V, "the URL is empty" },
    { __LINE__, "GET", "v3/stacks", TOKEN, NULL, "", V, "does not begin with '/'" },
    { __LINE__, "OPTIONS", "*", TOKEN, NULL, "", V, "does not begin with '/'" },
    { __LINE__, "CONNECT", "a.example:443", TOKEN, NULL, "", V, "does not begin with '/'" },

    /* hosts */
    { __LINE__, "GET", "https://api.example/v3/stacks", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "HTTP://api.example:8080/v3/stacks?users=true", TOKEN, NULL, "", D, "stacks" },
    { __LINE__, "GET", "http://api.example", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "http://api.example?x=/v3/stacks", TOKEN, NULL, "", A, NULL },
    { __LINE__, "GET", "http://u:p@api.example/v3/stacks", TOKEN, NULL, "", V, "names a user" },
    { __LINE__, "GET", "http:///v3/stacks", TOKEN, NULL, "", V, "has no host" },
    { __LINE__, "GET", "http://api.example\\/v3/stacks", TOKEN, NULL, "", V, "the host of the URL is none" },
    { __LINE__, "GET", "http://api%2Fexample/v3/stacks", TOKEN, NULL, "", V, "the host of the URL is none" },
    { __LINE__, "GET", "https://api.example//v3/stacks", TOKEN, NULL, "", V, "begins with '//'" },
    { __LINE__, "GET", "ftp://api.example/v3/stacks", TOKEN, NULL, "", V, "does not begin with '/'" },
    { __LINE__, "GET", "javascript:/v3/stacks", TOKEN, NULL, "", V, "does not begin with '/'" },

    /* queries */
    { __LINE__, "GET", "/v3/stacks?users=true", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?us%65rs=tr%75e", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?users=true&users=true", USER, NULL, "", V, "'query.users' is given twice" },
    { __LINE__, "GET", "/v3/stacks?users=false&%75sers=true", USER, NULL, "", V, "'query.users' is given twice" },
    { __LINE__, "GET", "/v3/stacks?only[]=a&only[]=b&users=1", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?users=%zz", USER, NULL, "", V, "a '%' in the query" },
    { __LINE__, "GET", "/v3/stacks?x=100%", USER, NULL, "", V, "a '%' in the query" },
    { __LINE__, "GET", "/v3/stacks?%zz=1", USER, NULL, "", V, "a '%' in the query" },
    { __LINE__, "GET", "/v3/stacks?users=%00", USER, NULL, "", V, "not UTF-8, or holds U+0000" },
    { __LINE__, "GET", "/v3/stacks?users=%ff", USER, NULL, "", V, "not UTF-8, or holds U+0000" },
    { __LINE__, "GET", "/v3/stacks?x=%ff", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?x=1;users=true", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?&&users&", USER, NULL, "", A, NULL },
    { __LINE__, "GET", "/v3/stacks?x=/../y?z", USER, NULL, "", A, NULL },

    /* bodies: the workflow of entries has three routes */
    { __LINE__, WORKFLOW, TOKEN, RULE("1"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("-1"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("0"), "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN, RULE("-0"), "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN, RULE("0.0"), "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN, RULE("1.0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("1e0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, USER, RULE("1e0"), "", I, "the route depends on 'body.rule.status'" },
    { __LINE__, WORKFLOW, TOKEN, RULE("0e0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("0.0000000000001"), "", D, "accepts" },
    { __LINE__, WORKFLOW, USER, RULE("2"), "", V, "no condition of the routes of POST '/v3/entries/*/workflow' holds" },
    { __LINE__, WORKFLOW, USER, RULE("99999999999999999999"), "", I, "the route depends on" },
    { __LINE__, WORKFLOW, TOKEN, RULE("\"0\""), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("null"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("[0]"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("{\"a\": 0}"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, RULE("false"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {}}", "", D, "accepts" },
    { __LINE__, WORKFLOW, USER, "{\"rule\": {}}", "", I, "the route depends on 'body.rule.status'" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": null}", "", D, "accepts" }, /* absent: the third route certainly applies, and not alone */
    { __LINE__, WORKFLOW, USER, "{\"rule\": null}", "", A, NULL },
    { __LINE__, WORKFLOW, USER, "{\"stage\": 1}", "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN, "{\"stage\": 1}", "", D, "accepts" },
    { __LINE__, WORKFLOW, USER, NULL, "", I, "the route depends on 'body.rule.status'" },
    { __LINE__, WORKFLOW, TOKEN, NULL, "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "  ", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "[" RULE("0") "]", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "rule.status=0", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "\357\273\277" RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule.status\": 0}", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {}, \"rule.status\": 0}", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0}, \"x.y\": {\"rule\": 1}, \"z\": [{\"rule\": {\"status\": 1}}]}", "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN, "{\"Rule\": {\"status\": 0}}", "", D, "accepts" },
    { __LINE__, WORKFLOW, USER, "{\"stage\": 1, \"Rule\": {\"status\": 1}}", "", I, "the route depends on 'body.rule" },
    { __LINE__, WORKFLOW, USER, "{\"rule\": {\"status\": 1}, \"RULE\": 1}", "", I, "the route depends on 'body.rule" },
    { __LINE__, WORKFLOW, USER, "{\"RULE\": [], \"rule\": {\"status\": 1}}", "", I, "the route depends on 'body.rule" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0}, \"rUle\": 1}", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"RULE\": [1], \"rule\": {\"status\": 0}}", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0, \"STATUS\": 1}}", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0}, \"x\": {\"Rule\": 1}, \"Status\": 1}", "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0, \"status\": 1}}", "", V, "given twice" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0, \"st\\u0061tus\": 1}}", "", V, "given twice" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0}} x", "", V, "no JSON that can be relied on" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0}", "", V, "no JSON that can be relied on" },
    { __LINE__, WORKFLOW, TOKEN, "{'rule': {\"status\": 0}}", "", V, "no JSON that can be relied on" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 0,}}", "", V, "no JSON that can be relied on" },
    { __LINE__, WORKFLOW, TOKEN, "{\"rule\": {\"status\": 00}}", "", V, "no JSON that can be relied on" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type: application/json; charset=utf-8", RULE("0"), "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN "\nContent-Type: Application/JSON", RULE("0"), "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type: application/vnd.api+json", RULE("0"), "", A, NULL },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type: text/plain", RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type: text/plain", "not JSON", "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type: application/json\ncontent-type: text/plain", RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type: text/plain\ncontent-type: application/json", RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-type:", RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-encoding: gzip", RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-encoding: gzip\ncontent-encoding: identity", RULE("0"), "", D, "accepts" },
    { __LINE__, WORKFLOW, TOKEN "\ncontent-encoding: identity", RULE("0"), "", A, NULL },
    { __LINE__, "GET", "/v3/stacks", USER, "{broken", "", A, NULL }, /* nobody asks for it */
    { __LINE__, "GET", "/v3/flags", TOKEN, "{\"on\": true}", "", D, "stacks" },
    { __LINE__, "GET", "/v3/flags", TOKEN, "{\"on\": false, \"kind\": \"b\"}", "", A, NULL },
    { __LINE__, "GET", "/v3/flags", TOKEN, "{\"on\": false, \"kind\": \"c\", \"size\": 1.5}", "", A, NULL },
    { __LINE__, "GET", "/v3/flags", TOKEN, "{\"on\": false, \"kind\": \"c\", \"size\": 1.499999}", "", V, "no condition" },
    { __LINE__, "GET", "/v3/flags", TOKEN, "{\"on\": \"false\", \"kind\": \"b\"}", "", D, "stacks" },

    /* what routes set, and what facts say */
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 5}}", "org.rate=10 stack.tokens=0", A, NULL },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 11}}", "org.rate=10 stack.tokens=0", D, "rates" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 5}, \"Token\": 1}", "org.rate=10 stack.tokens=0", I, "'token.rate' depends on 'body.token.rate'" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"tOken\": {}, \"token\": {\"rate\": 5}}", "org.rate=10 stack.tokens=0", I, "'token.rate' depends on 'body.token.rate'" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 5}, \"a\": {\"Token\": 1}, \"Tok\": 2}", "org.rate=10 stack.tokens=0", A, NULL },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 11}}", "stack.tokens=0", I, "rates" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {}}", "org.rate=10 stack.tokens=0", A, NULL },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": null}}", "stack.tokens=0", A, NULL },
    { __LINE__, "POST", "/v3/tokens", USER, NULL, "org.rate=10 stack.tokens=0", I, "'token.rate' depends on 'body.token.rate'" },
    { __LINE__, "POST", "/v3/tokens", USER, NULL, "org.rate=10 stack.tokens=0 token.rate=9", A, NULL },
    { __LINE__, "POST", "/v3/tokens", USER, NULL, "org.rate=10 stack.tokens=0 token.rate=11", D, "rates" },
    { __LINE__, "POST", "/v3/tokens", USER "\ncontent-type: text/plain", "{}", "org.rate=10 stack.tokens=0 token.rate=9", I,
      "'token.rate' depends on 'body.token.rate'" },
    { __LINE__, "POST", "/v3/tokens", USER, NULL, "org.rate=10 stack.tokens=3", D, "count" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": \"5\"}}", "org.rate=10 stack.tokens=0", V, "'token.rate' must be" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 5.5}}", "org.rate=10 stack.tokens=0", V, "not a whole number" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": -1}}", "org.rate=10 stack.tokens=0", V, "out of the range" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": [5]}}", "org.rate=10 stack.tokens=0", V, "'token.rate' must be" },
    { __LINE__, "POST", "/v3/tokens", USER, "{\"token\": {\"rate\": 5}}", "org.rate=10 stack.tokens=0 token.rate=5", V, "'token.rate' is given twice" },
    { __LINE__, "POST", "/v3/tokens?name=xyz", USER, "{}", "stack.tokens=0", D, "names" },
    { __LINE__, "POST", "/v3/tokens?name=%78", USER, "{}", "stack.tokens=0", D, "names" },
    { __LINE__, "POST", "/v3/tokens?name=yx", USER, "{}", "stack.tokens=0", A, NULL },
    { __LINE__, "POST", "/v3/tokens?a;name=xyz", USER, "{}", "stack.tokens=0", I, "'token.name' depends on 'query.name'" },
    { __LINE__, "POST", "/v3/tokens", USER, "{}", "", I, "count" },
    { __LINE__, "POST", "/v3/tokens", USER, "{}", "stack.tokens=2 action=read", V, "'action' is given twice" },
    { __LINE__, "POST", "/v3/tokens", USER, "{}", "stack.tokens=2 resource=page", V, "'resource' is given twice" },
    { __LINE__, "POST", "/v3/tokens", USER, "{}", "stack.token=2", V, "is not in the vocabulary" },
    { __LINE__, "DELETE", "/v3/entries/1", USER, NULL, "", I, "owners" },
    { __LINE__, "DELETE", "/v3/entries/1", USER, NULL, "role=owner", A, NULL },
    { __LINE__, "DELETE", "/v3/entries/1", USER, NULL, "role=guest", D, "owners" },
};

/* Two credentials of one subject, values of each type from each place, and conditions of each kind. */
static const char typed_text[] =
    "policy typed; default allow;\n"
    "vocabulary { subject user, app; role r; action go, run, stop; resource f;\n"
    "    attribute n : int optional; attribute d : decimal optional; attribute b : bool optional; attribute t : string optional; }\n"
    "few:  require n <= 5 to run f when n is present;\n"
    "low:  deny when d is present and d > 1.5;\n"
    "off:  deny when b is present and b;\n"
    "gone: user, app cannot go f;\n"
    "routes {\n"
    "    credential user when header.key is present;\n"
    "    credential user when header.token is present;\n"
    "    credential app  when header.app is present;\n"
    "    GET  \"/query\" -> run f with n = query.n, d = query.d, b = query.b, t = query.t;\n"
    "    POST \"/body\" -> run f with n = body.n, d = body.d, b = body.b, t = body.t;\n"
    "    POST \"/tests\" when body.t matches \"x*\" -> go f;\n"
    "    POST \"/tests\" when body.n > 2 -> run f;\n"
    "    POST \"/tests\" when body.t == \"y\" -> stop f;\n"
    "    GET  \"/mixed\" when not query.a is present or body.b == 1 -> run f;\n"
    "}\n";

static const struct message typed_messages[] = {
    { __LINE__, "GET", "/query", "key: a\ntoken: b", NULL, "", A, NULL },
    { __LINE__, "GET", "/query", "token: b\nkey: a\napp: c", NULL, "", V, "two credentials, of 'user' and 'app'" },
    { __LINE__, "GET", "/query", "app: c", NULL, "", A, NULL },
    { __LINE__, "GET", "/query?n=5&d=1.5&b=false&t=5", "app: c", NULL, "", A, NULL },
    { __LINE__, "GET", "/query?n=6", "app: c", NULL, "", D, "few" },
    { __LINE__, "GET", "/query?n=-6", "app: c", NULL, "", A, NULL },
    { __LINE__, "GET", "/query?n=06", "app: c", NULL, "", V, "'n' must be" },
    { __LINE__, "GET", "/query?n=six", "app: c", NULL, "", V, "'n' must be" },
    { __LINE__, "GET", "/query?n=", "app: c", NULL, "", V, "'n' must be" },
    { __LINE__, "GET", "/query?n=5.5", "app: c", NULL, "", V, "not a whole number" },
    { __LINE__, "GET", "/query?d=1.500001", "app: c", NULL, "", D, "low" },
    { __LINE__, "GET", "/query?d=1", "app: c", NULL, "", A, NULL },
    { __LINE__, "GET", "/query?d=1,5", "app: c", NULL, "", V, "'d' must be" },
    { __LINE__, "GET", "/query?b=true", "app: c", NULL, "", D, "off" },
    { __LINE__, "GET", "/query?b=1", "app: c", NULL, "", V, "'b' must be" },
    { __LINE__, "GET", "/query?b=True", "app: c", NULL, "", V, "'b' must be" },
    { __LINE__, "POST", "/body", "app: c", "{\"n\": 5, \"d\": 1.5, \"b\": false, \"t\": \"5\"}", "", A, NULL },
    { __LINE__, "POST", "/body", "app: c", "{\"b\": true}", "", D, "off" },
    { __LINE__, "POST", "/body", "app: c", "{\"b\": \"true\"}", "", V, "'b' must be" },
    { __LINE__, "POST", "/body", "app: c", "{\"d\": 1.500001}", "", D, "low" },
    { __LINE__, "POST", "/body", "app: c", "{\"d\": \"1\"}", "", V, "'d' must be" },
    { __LINE__, "POST", "/body", "app: c", "{\"t\": 5}", "", V, "'t' must be" },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"xy\", \"n\": 2}", "", D, "gone" },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"y\", \"n\": 2}", "", A, NULL },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"z\", \"n\": 2}", "", V, "no condition" },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"z\", \"n\": 2.000001}", "", A, NULL },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"z\", \"n\": 1e2}", "", I, "the route depends on 'body.n'" },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"z\", \"n\": 2.0000001}", "", I, "the route depends on 'body.n'" },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": \"z\", \"n\": \"3\"}", "", I, "the route depends on 'body.n'" },
    { __LINE__, "POST", "/tests", "app: c", "{\"t\": 5, \"n\": 3}", "", D, "gone" }, /* nobody knows what a server makes of 5 */
    { __LINE__, "POST", "/tests", "app: c", "{\"n\": 3}", "", D, "gone" },
    { __LINE__, "GET", "/mixed", "app: c", NULL, "", A, NULL },
    { __LINE__, "GET", "/mixed?a", "app: c", NULL, "", I, "the route depends on 'body.b'" },
    { __LINE__, "GET", "/mixed?a", "app: c", "{\"b\": 1}", "", A, NULL },
    { __LINE__, "GET", "/mixed?a", "app: c", "{\"b\": 0}", "", V, "no condition" },
};

/* Without credentials the subject is a fact. */
static const char bare_text[] = "policy bare; default allow; vocabulary { subject user, app; role r; action go; resource f; }\n"
                                "apps: app cannot use f;\n"
                                "routes { GET \"/\" -> go f; }\n";

static const struct message bare_messages[] = {
    { __LINE__, "GET", "/", "key: a", NULL, "subject=user", A, NULL },
    { __LINE__, "GET", "/", NULL, NULL, "subject=app", D, "apps" },
    { __LINE__, "GET", "/", "key: a", NULL, "", V, "the subject is missing" },
};

static void
test_messages(void)
{
    static const struct {
        const char *text;
        const struct message *messages;
        size_t n;
    } sets[] = {
        { policy_text, messages, sizeof messages / sizeof messages[0] },
        { typed_text, typed_messages, sizeof typed_messages / sizeof typed_messages[0] },
        { bare_text, bare_messages, sizeof bare_messages / sizeof bare_messages[0] },
    };

    for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++) {
        struct rck_policy *policy = compile(sets[s].text), *policies[3] = { policy, load_again(policy), compile_with(sets[s].text, 1) };

        for (size_t i = 0; i < sets[s].n; i++)
            check_message(policies, &sets[s].messages[i]);
        rck_policy_unref(policies[2]);
        rck_policy_unref(policies[1]);
        rck_policy_unref(policy);
    }
}

/* A message is of the policy whose routes it was read by: of another one, even with the same text, it is no request. */
static void
test_other_policy(void)
{
    static const char *const lines[] = {
        "{\"method\":\"GET\",\"url\":\"/\",\"headers\":{\"key\":\"x\"}}", /* certain */
        "{\"method\":\"GET\",\"url\":\"/\"}", /* who asks is not known */
    };
    static const char text[] = "policy p; default allow; vocabulary { subject user, app; role r; action go; resource f; }\n"
                               "apps: app cannot use f;\n"
                               "routes { credential user when header.key is present; credential app when header.app == \"yes\"; GET \"/\" -> go f; }\n";

    for (uint64_t cells = 1; cells <= 65536; cells += 65535) {
        struct rck_policy *policies[2] = { compile_with(text, cells), compile_with(text, cells) };

        for (size_t l = 0; l < 2; l++) {
            struct rck_request *request = NULL;

            if (rck_request_new(policies[0], &request) != RCK_OK)
                abort();
            rck_request_read_http(request, lines[l], strlen(lines[l]));
            for (size_t i = 0; i < 2; i++) {
                struct rck_explanation *explanation = NULL;
                enum rck_result expected = i != 0 ? V : l == 0 ? A : I;

                if (rck_explanation_new(policies[i], &explanation) != RCK_OK)
                    abort();
                judge(rck_decide(policies[i], request, NULL) == expected && rck_explain(explanation, request) == expected,
                      "message %zu, by policy %zu: %s", l, i, rck_result_name(rck_decide(policies[i], request, NULL)));
                rck_explanation_free(explanation);
            }
            rck_request_free(request);
        }
        rck_policy_unref(policies[0]);
        rck_policy_unref(policies[1]);
    }
}

/* What a message says that fits two routes: until it is decided, only what both of them set alike.  And keys of the body that are letters
 * without case to servers that know Unicode. */
static void
test_alternatives(void)
{
    static const char text[] = "policy p; default allow;\n"
                               "vocabulary { subject user; role r; action go, run; resource f; attribute n : int optional; attribute t : string optional; }\n"
                               "few: require n <= 5 to run f when n is present;\n"
                               "routes {\n"
                               "    credential user when header.key is present;\n"
                               "    POST \"/p\" when body.sky == true -> go f with n = body.n, t = body.t;\n"
                               "    POST \"/p\" when body.sea == true -> run f with n = body.m, t = body.u;\n"
                               "}\n";
    static const struct {
        const char *body, *n, *t; /* before the decision */
        enum rck_result result;
        const char *decided_n;
    } bodies[] = {
        { "\"sky\":true,\"sea\":true,\"n\":5,\"m\":5,\"t\":\"ab\",\"u\":\"ab\"", "5", "ab", A, "5" },
        { "\"sky\":true,\"sea\":true,\"n\":5,\"m\":6,\"t\":\"ab\",\"u\":\"ac\"", "-", "-", D, "6" },
        { "\"sky\":true,\"sea\":true,\"n\":6,\"m\":5,\"t\":\"ab\",\"u\":\"abc\"", "-", "-", A, "6" },
        { "\"sky\":true,\"sea\":true,\"n\":5", "-", "-", A, "5" },
        { "\"sky\":true,\"sea\":true,\"m\":7", "-", "-", D, "7" },
        { "\"sky\":true,\"sea\":true", "-", "-", A, "-" },
        { "\"sky\":true,\"sea\":false,\"n\":9,\"t\":\"x\"", "9", "x", A, "9" },
        { "\"sky\":true,\"sea\":false,\"N\":9", "-", "-", I, "-" },
        { "\"sky\":true,\"sea\":false,\"\\u017fea\":true", "-", "-", I, "-" },
        { "\"sky\":true,\"sea\":false,\"s\\u212ay\":true", "-", "-", I, "-" },
        { "\"sky\":true,\"sea\":false,\"s\\u212by\":true,\"sk\":1,\"skyy\":1,\"\\u017f\":1", "-", "-", A, "-" },
    };
    struct rck_policy *policy = compile(text);
    struct rck_request *request = NULL;
    uint32_t n = rck_policy_find_attribute(policy, "n", 1), t = rck_policy_find_attribute(policy, "t", 1);

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct text line = { NULL, 0, 0 };
        char has_n[16], has_t[16], decided[16], action[16];
        enum rck_result result;

        addf(&line, "{\"method\":\"POST\",\"url\":\"/p\",\"headers\":{\"key\":\"x\"},\"body\":{%s}}", bodies[i].body);
        rck_request_read_http(request, line.p, line.n);
        rck_request_value(request, n, has_n, sizeof has_n);
        rck_request_value(request, t, has_t, sizeof has_t);
        rck_request_value(request, rck_policy_find_attribute(policy, "action", 6), action, sizeof action);
        judge(strcmp(action, rck_request_route(request, 0, NULL) == 1 ? "go" : "-") == 0, "%s: the action is %s before it is decided", bodies[i].body,
              action);
        result = rck_decide(policy, request, NULL);
        rck_request_value(request, n, decided, sizeof decided);
        judge(strcmp(has_n, bodies[i].n) == 0 && strcmp(has_t, bodies[i].t) == 0 && result == bodies[i].result
                  && strcmp(decided, bodies[i].decided_n) == 0,
              "%s: n is %s, t is %s, %s, then n is %s", bodies[i].body, has_n, has_t, rck_result_name(result), decided);
        free(line.p);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Lines of JSON that are no messages, or say the same in other ways. */
static void
test_lines(void)
{
    static const struct {
        const char *line;
        enum rck_result result;
        const char *says;
    } lines[] = {
        { "{\"method\": \"GET\", \"url\": \"/v3/stacks\", \"headers\": {\"authtoken\": \"x\"}}", A, NULL },
        { "{\"url\": \"/v3/stacks\", \"headers\": {\"authtoken\": \"x\"}}", V, "the method is missing" },
        { "{\"method\": \"GET\"}", V, "the URL is missing" },
        { "{\"method\": 1, \"url\": \"/\"}", V, "'method' must be a text" },
        { "{\"method\": [\"GET\"], \"url\": \"/\"}", V, "'method' must be a text" },
        { "{\"method\": \"GET\", \"url\": {}}", V, "'url' must be a text" },
        { "{\"method\": \"GET\", \"url\": null}", V, "'url' must be a text" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": []}", V, "'headers' must be an object" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": \"x\"}", V, "'headers' must be an object" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"authtoken\": 1}}", V, "must be a text" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"authtoken\": {}}}", V, "must be a text" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"authtoken\": [\"x\"]}}", A, NULL },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"authtoken\": [\"x\", \"y\"]}}", V, "given twice" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"authtoken\": null}}", V, "no credential" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"authtoken\": \"x\", \"y\": \"a\\nb\"}}", V, "holds an end of line" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"headers\": null}", I, "the credential depends" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"facts\": [], \"headers\": {\"authtoken\": \"x\"}}", V, "'facts' must be an object" },
        { "{\"method\": \"GET\", \"url\": \"/\", \"facts\": null, \"headers\": {\"authtoken\": \"x\"}}", A, NULL },
        { "{\"method\": \"GET\", \"url\": \"/\", \"x\": [1, {\"y\": 2}], \"headers\": {\"authtoken\": \"x\"}}", A, NULL },
        { "{\"method\": \"GET\", \"url\": \"/\", \"method\": \"GET\"}", V, "given twice" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\"}, \"body\": {\"rule\": {\"status\": 0}}}",
          A, NULL },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\"}, \"body\": {\"rule.status\": 0}}", D,
          "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\"}, \"body.rule.status\": 0}", D,
          "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\"}, \"body\": [0]}", D, "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\"}, \"body\": 0}", D, "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\"}, \"body\": null}", D, "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": {\"authorization\": \"x\", \"content-type\": \"a/b\"}, "
          "\"body\": {\"rule\": {\"status\": 0}}}",
          D, "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/tokens\", \"headers\": {\"authtoken\": \"x\"}, \"body\": {}, \"facts\": {\"stack\": {\"tokens\": 1}}}", A,
          NULL },
        { "{\"method\": \"POST\", \"url\": \"/v3/tokens\", \"headers\": {\"authtoken\": \"x\"}, \"body\": {}, \"facts\": {\"stack.tokens\": 3}}", D,
          "count" },
        { "{\"method\": \"DELETE\", \"url\": \"/v3/entries/1\", \"headers\": {\"authtoken\": \"x\"}, \"facts\": {\"role\": [\"guest\", \"owner\"]}}", A,
          NULL },
        { "[]", V, NULL },
        { "", V, NULL },
    };
    static const char plain[] = "{\"subject\": \"token\", \"action\": \"read\", \"resource\": \"page\"}";
    struct rck_policy *policy = compile(policy_text);
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct rck_why why = { RCK_NONE };
        enum rck_result result;
        const char *says;

        rck_request_read_http(request, lines[i].line, strlen(lines[i].line));
        result = rck_decide(policy, request, &why);
        says = said(policy, request, result, &why);
        judge(result == lines[i].result, "%s: %s (%s)", lines[i].line, rck_result_name(result), says);
        judge(lines[i].says == NULL || strstr(says, lines[i].says) != NULL, "%s: '%s' does not say '%s'", lines[i].line, says, lines[i].says);
        /* What a message left behind is no part of the next request. */
        rck_request_read_json(request, plain, strlen(plain));
        judge(rck_decide(policy, request, NULL) == RCK_ALLOW && rck_request_route(request, 0, NULL) == 0 && rck_request_doubt(request) == NULL,
              "%s: something stays behind it", lines[i].line);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* Requests of HAR files that say the same in other ways, or are none. */
static void
test_har(void)
{
#define WITH_TOKEN "\"headers\": [{\"name\": \"Authorization\", \"value\": \"x\"}]"
#define GET_ASSETS(rest) "{\"method\": \"GET\", \"url\": \"/v3/assets\", " rest "}"
#define POST_WORKFLOW(rest) "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", " WITH_TOKEN ", \"postData\": " rest "}"
#define ASKS "\"text\": \"{\\\"rule\\\": {\\\"status\\\": 0}}\""
    static const struct {
        const char *text;
        enum rck_result result;
        const char *says;
    } requests[] = {
        { GET_ASSETS(WITH_TOKEN), A, NULL },
        { "{\"method\": \"GET\", \"url\": \"https://h/v3/assets#/../stacks\", " WITH_TOKEN "}", A, NULL },
        { "{\"method\": \"GET\", \"url\": \"https://h/v3/stacks#\", " WITH_TOKEN "}", D, "stacks" },
        { "{\"method\": \"GET\", \"url\": \"#/v3/assets\", " WITH_TOKEN "}", V, "the URL is empty" },
        { "{\"url\": \"/v3/assets\", " WITH_TOKEN "}", V, "the method is missing" },
        { "{\"method\": \"GET\", " WITH_TOKEN "}", V, "the URL is missing" },
        { "{\"method\": [\"GET\"], \"url\": \"/v3/assets\", " WITH_TOKEN "}", V, "'method' must be a text" },
        { "{\"method\": \"GET\", \"url\": null, " WITH_TOKEN "}", V, "'url' must be a text" },
        { "{\"method\": \"GET\", \"url\": {\"x\": 1}, " WITH_TOKEN "}", V, "'url' must be a text" },
        { GET_ASSETS("\"id\": 7"), I, "the credential depends" },
        { GET_ASSETS("\"headers\": null"), I, "the credential depends" },
        { GET_ASSETS("\"headers\": []"), V, "no credential" },
        { GET_ASSETS("\"headers\": {}"), V, "'headers' must be a list" },
        { GET_ASSETS("\"headers\": \"x\""), V, "'headers' must be a list" },
        { GET_ASSETS("\"headers\": [1]"), V, "a header must be an object" },
        { GET_ASSETS("\"headers\": [[]]"), V, "a header must be an object" },
        { GET_ASSETS("\"headers\": [null]"), V, "a header must be an object" },
        { GET_ASSETS("\"headers\": [{}]"), V, "a header must have 'name' and 'value'" },
        { GET_ASSETS("\"headers\": [{\"name\": \"authorization\"}]"), V, "a header must have 'name' and 'value'" },
        { GET_ASSETS("\"headers\": [{\"value\": \"x\"}, {\"name\": \"authorization\"}]"), V, "a header must have 'name' and 'value'" },
        { GET_ASSETS("\"headers\": [{\"name\": \"authorization\", \"value\": 1}]"), V, "must be a text" },
        { GET_ASSETS("\"headers\": [{\"name\": \"authorization\", \"value\": null}]"), V, "must be a text" },
        { GET_ASSETS("\"headers\": [{\"name\": \"authorization\", \"value\": [\"x\"]}]"), V, "the 'value' of a header must be a text" },
        { GET_ASSETS("\"headers\": [{\"name\": {\"name\": \"authorization\"}, \"value\": \"x\"}]"), V, "the 'name' of a header must be a text" },
        { GET_ASSETS("\"headers\": [{\"name\": \"x\", \"value\": \"\", \"name\": \"y\"}]"), V, "given twice" },
        { GET_ASSETS("\"headers\": [{\"name\": \"x\", \"value\": \"\", \"n\\u0061me\": \"y\"}]"), V, "given twice" },
        { GET_ASSETS(WITH_TOKEN ", \"headers\": []"), V, "given twice" },
        { GET_ASSETS("\"headers\": [{\"name\": \":authorization\", \"value\": \"x\"}]"), V, "is no name of a header" },
        { GET_ASSETS("\"headers\": [{\"name\": \":Path\", \"value\": \"x\"}]"), V, "is no name of a header" },
        { GET_ASSETS("\"headers\": [{\"name\": \":path\", \"value\": \"/v3/stacks\"}, {\"name\": \":method\", \"value\": \"PUT\"}, "
                     "{\"name\": \"AUTHORIZATION\", \"value\": \" x\"}]"),
          A, NULL },
        { GET_ASSETS("\"headers\": [{\"name\": \"authorization\", \"value\": \"x\"}, {\"name\": \"Authorization\", \"value\": \"x\"}]"), V,
          "'header.authorization' is given twice" },

        /* what only looks like a header */
        { GET_ASSETS("\"headers\": [], \"headers[0]\": {\"name\": \"authorization\", \"value\": \"x\"}"), V, "no credential" },
        { GET_ASSETS("\"headers\": [{\"value\": \"y\"}], \"headers[0]\": {\"name\": \"authorization\"}"), V, "a header must have" },
        { GET_ASSETS("\"headers\": [{\"x\": {\"name\": \"authorization\"}, \"x.name\": \"authorization\"}]"), V, "given twice" },
        { GET_ASSETS("\"headers\": [{\"name\": \"x\", \"value\": \"\", \"x\": [{\"name\": \"authorization\", \"value\": \"x\"}]}]"), V,
          "no credential" },
        { GET_ASSETS("\"x.headers\": [{\"name\": \"authorization\", \"value\": \"x\"}], \"headers\": []"), V, "no credential" },
        { GET_ASSETS("\"a\": {\"headers\": [{\"name\": \"authorization\", \"value\": \"x\"}]}, \"headers\": []"), V, "no credential" },

        { POST_WORKFLOW("{\"mimeType\": \"application/json\", " ASKS "}"), A, NULL },
        { POST_WORKFLOW("{" ASKS "}"), A, NULL },
        { POST_WORKFLOW("{\"mimeType\": null, \"encoding\": \"\", " ASKS "}"), A, NULL },
        { POST_WORKFLOW("{\"mimeType\": \"application/json;charset=UTF-8\", \"params\": [], " ASKS "}"), A, NULL },
        { POST_WORKFLOW("{\"mimeType\": \"text/plain\", " ASKS "}"), D, "accepts" },
        { POST_WORKFLOW("{" ASKS ", \"mimeType\": \"text/plain\"}"), D, "accepts" },
        { POST_WORKFLOW("{" ASKS ", \"mimeType\": 1}"), D, "accepts" },
        { POST_WORKFLOW("{" ASKS ", \"mimeType\": []}"), D, "accepts" },
        { POST_WORKFLOW("{" ASKS ", \"encoding\": \"base64\"}"), D, "accepts" },
        { POST_WORKFLOW("{" ASKS ", \"encoding\": {}}"), D, "accepts" },
        { POST_WORKFLOW("{" ASKS ", \"encoding\": 1}"), D, "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", \"headers\": [{\"name\": \"content-type\", \"value\": \"text/plain\"}, "
          "{\"name\": \"authorization\", \"value\": \"x\"}], \"postData\": {\"mimeType\": \"application/json\", " ASKS "}}",
          D, "accepts" },
        { POST_WORKFLOW("{\"mimeType\": \"application/x-www-form-urlencoded\", \"params\": [{\"name\": \"rule\", \"value\": \"0\"}]}"), D, "accepts" },
        { POST_WORKFLOW("{\"mimeType\": \"application/json\"}"), D, "accepts" },
        { POST_WORKFLOW("{\"text\": null}"), D, "accepts" },
        { POST_WORKFLOW("{\"text\": {\"rule\": {\"status\": 0}}}"), V, "'postData.text' must be a text" },
        { POST_WORKFLOW("{\"text\": 0}"), V, "'postData.text' must be a text" },
        { POST_WORKFLOW("{\"text\": \"{\\\"rule\\\": \"}"), V, "no JSON that can be relied on" },
        { POST_WORKFLOW("{\"text\": \"{\\\"rule\\\": {}, \\\"rule\\\": {}}\"}"), V, "given twice" },
        { POST_WORKFLOW("[]"), V, "'postData' must be an object" },
        { POST_WORKFLOW("\"x\""), V, "'postData' must be an object" },
        { POST_WORKFLOW("{\"text\": \"\"}, \"postData.text\": \"{}\""), V, "given twice" },
        { POST_WORKFLOW("null, \"postData.text\": \"{\\\"rule\\\": {\\\"status\\\": 0}}\""), D, "accepts" },
        { "{\"method\": \"POST\", \"url\": \"/v3/entries/1/workflow\", " WITH_TOKEN "}", D, "accepts" },
        { "[]", V, NULL },
        { "", V, NULL },
        { GET_ASSETS(WITH_TOKEN) " x", V, NULL },
    };
    struct rck_policy *policy = compile(policy_text);
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct rck_why why = { RCK_NONE };
        enum rck_result result;
        const char *says;

        rck_request_read_har(request, requests[i].text, strlen(requests[i].text));
        result = rck_decide(policy, request, &why);
        says = said(policy, request, result, &why);
        judge(result == requests[i].result, "%s: %s (%s)", requests[i].text, rck_result_name(result), says);
        judge(requests[i].says == NULL || strstr(says, requests[i].says) != NULL, "%s: '%s' does not say '%s'", requests[i].text, says,
              requests[i].says);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* What messages say of a key that is asked for. */
static void
test_asked(void)
{
    static const struct {
        const char *key;
        struct message message;
        enum rck_said said;
        const char *text;
    } asked[] = {
        { "method", { 0, "GET", "/v3/stacks?x", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "GET" },
        { "path", { 0, "GET", "https://h/v3//%73tacks/?x", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "/v3/stacks" },
        { "path", { 0, "GET", "/?x", TOKEN, NULL, "", A, NULL }, RCK_SAID_TEXT, "/" },
        { "path", { 0, "GET", "/v3/caf%c3%A9", TOKEN, NULL, "", A, NULL }, RCK_SAID_TEXT, "/v3/caf\303\251" },
        { "path", { 0, "GET", "/v3/nothing", TOKEN, NULL, "", V, "no route" }, RCK_SAID_UNKNOWN, NULL },
        { "method", { 0, "GET", "/v3/stacks", USER, NULL, "stack.token=2", V, "is not in the vocabulary" }, RCK_SAID_UNKNOWN, NULL },
        { "header.x", { 0, "GET", "/v3/stacks", USER, NULL, "", A, NULL }, RCK_SAID_NOTHING, NULL },
        { "header.x", { 0, "GET", "/v3/stacks", USER "\nX:  a b\t", NULL, "", A, NULL }, RCK_SAID_TEXT, "a b" },
        { "header.X-Y", { 0, "GET", "/v3/stacks", "x-y:\n" USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "" },
        { "header.x", { 0, "GET", "/v3/stacks", USER "\nx: a\nX: a", NULL, "", V, "'header.x' is given twice" }, RCK_SAID_UNKNOWN, NULL },
        { "header.authtoken", { 0, "GET", "/v3/stacks", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "u" },
        { "header.x", { 0, "GET", "/v3/stacks", NULL, NULL, "subject=user", I, "what is looked up depends on 'header.x'" }, RCK_SAID_UNKNOWN, NULL },
        { "header.x", { 0, "GET", "/v3/stacks", NULL, NULL, "subject=token", D, "stacks" }, RCK_SAID_UNKNOWN, NULL },
        { "query.users", { 0, "GET", "/v3/stacks?a&us%65rs=%31+2&b", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "1 2" },
        { "query.b", { 0, "GET", "/v3/stacks?a&users=1&b", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "" },
        { "query.b", { 0, "GET", "/v3/stacks?a", USER, NULL, "", A, NULL }, RCK_SAID_NOTHING, NULL },
        { "query.b", { 0, "GET", "/v3/stacks?b=%2B+%2b", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "+ +" },
        { "query.b", { 0, "GET", "/v3/stacks?=&b=1&=", USER, NULL, "", A, NULL }, RCK_SAID_TEXT, "1" },
        { "query.b", { 0, WORKFLOW "?a", TOKEN, RULE("0"), "", A, NULL }, RCK_SAID_NOTHING, NULL },
        { "query.b", { 0, "GET", "/v3/stacks?b&b", USER, NULL, "", V, "'query.b' is given twice" }, RCK_SAID_UNKNOWN, NULL },
        { "query.b", { 0, "GET", "/v3/assets?b=1;c", USER, NULL, "", I, "what is looked up depends on 'query.b'" }, RCK_SAID_UNKNOWN, NULL },
    };
    static const char *const wrong[] = { "Method", "header", "header.", "query.", "body.x", "header.a b", "header.a:", "subject", "header." NAME_257 };
    struct rck_policy *policy = compile(policy_text);
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    const char *text;
    size_t n;

    if (rck_request_new(policy, &request) != RCK_OK || rck_explanation_new(policy, &explanation) != RCK_OK)
        abort();
    judge(rck_request_asked(request, &text, &n) == RCK_SAID_UNKNOWN && text == NULL && n == 0, "an empty request says something");
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct message message = asked[i].message;
        enum rck_said said;

        message.line = (int)i;
        judge(rck_request_ask(request, asked[i].key, strlen(asked[i].key)) == RCK_OK, "'%s' cannot be asked for", asked[i].key);
        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++)
            judge(rck_request_ask(request, wrong[k], strlen(wrong[k])) == RCK_E_ARGUMENT, "'%s' can be asked for", wrong[k]);
        for (int round = 0; round < 2; round++) {
            fill(request, &message);
            said = rck_request_asked(request, &text, &n);
            judge(said == asked[i].said, "asked %zu: it says %d", i, (int)said);
            judge((text != NULL) == (asked[i].text != NULL) && n == (text != NULL ? strlen(asked[i].text) : 0)
                      && (n == 0 || memcmp(text, asked[i].text, n) == 0),
                  "asked %zu: it says '%.*s'", i, (int)n, n != 0 ? text : "");
            check_way(policy, request, explanation, &message, "asked");
        }
        rck_request_ask(request, NULL, 0);
        fill(request, &message);
        judge(rck_request_asked(request, &text, &n) == RCK_SAID_UNKNOWN, "asked %zu: nothing is asked, and it says something", i);
    }
    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* A watched key is found behind a fault, and what stands between the two says nothing. */
static void
test_watched(void)
{
    static const struct {
        bool is_har;
        const char *text, *says;
    } texts[] = {
        { true, "{\"method\": \"GET\", \"url\": \"/\", \"headers\": [{\"name\": \"a b\", \"value\": \"\"}, {\"name\": \"key\"}, {\"name\": \"b c\"}], \"expected\": 1}", "is no name" },
        { true, "{\"method\": \"GET\", \"url\": \"/\", \"headers\": [[{\"name\": \"key\", \"value\": \"\"}]], \"expected\": 1}", "a header must be an object" },
        { true, "{\"method\": 5, \"url\": \"/\", \"headers\": [{\"name\": \"key\"}], \"expected\": 1}", "'method' must be a text" },
        { false, "{\"method\": \"GET\", \"url\": \"/\", \"headers\": {\"a b\": \"\", \"authtoken\": 5}, \"expected\": 1}", "is no name" },
        { false, "{\"method\": [{\"x\": 1}], \"url\": \"/\", \"expected\": 1}", "'method' must be a text" },
    };
    struct rck_policy *policy = compile(policy_text);
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK || rck_request_watch(request, "expected", 8) != RCK_OK)
        abort();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *watched;
        size_t n;

        judge((texts[i].is_har ? rck_request_read_har : rck_request_read_http)(request, texts[i].text, strlen(texts[i].text)) == RCK_E_REQUEST,
              "%s is read", texts[i].text);
        judge(strstr(rck_request_error(request)->message, texts[i].says) != NULL, "%s: '%s'", texts[i].text, rck_request_error(request)->message);
        watched = rck_request_watched(request, &n);
        judge(watched != NULL && n == 1 && *watched == '1', "%s: the watched value is lost", texts[i].text);
        judge(rck_decide(policy, request, NULL) == RCK_INVALID, "%s is decided", texts[i].text);
    }
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* A NUL, which no line of the table above can hold. */
static void
test_nul(void)
{
    const struct rck_header header = { "authtoken", 9, "a\0b", 3 };
    const struct rck_http http = { .method = "GET", .method_length = 3, .url = "/", .url_length = 1, .headers = &header, .n_headers = 1 };
    struct rck_policy *policy = compile(policy_text);
    struct rck_request *request = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    judge(rck_http_request(request, &http) == RCK_E_REQUEST && strstr(rck_request_error(request)->message, "a NUL") != NULL, "a header with a NUL");
    rck_request_free(request);
    rck_policy_unref(policy);
}

/* What the help of a message without a route names: whole routes only, as many as fit, and no more methods than are looked at. */
static void
test_nearest(void)
{
    static const char head[] = "policy p; default allow; vocabulary { subject s; role r; action a; resource b; } c: s cannot a b; routes {";
    const struct rck_header header = { "key", 3, "a", 1 };
    struct text text = { 0 }, url = { 0 }, expected = { 0 };
    struct rck_http http = { .headers = &header, .n_headers = 1 };
    struct rck_policy *policy;
    struct rck_request *request = NULL;

    /* two paths of 98 bytes and four more are what fits; a character is never cut */
    addf(&text, "%s", head);
    addf(&url, "/");
    for (int i = 0; i < 48; i++)
        addf(&url, "\303\251");
    for (const char *const *method = (const char *const[]){ "PUT", "POST", "PATCH", NULL }; *method != NULL; method++)
        addf(&text, " %s \"%.*s\" -> a b;", *method, (int)url.n, url.p);
    addf(&text, " }\n");
    policy = compile(text.p);
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    addf(&expected, "the nearest: PATCH '%.*s', POST '%.*s'", (int)url.n, url.p, (int)url.n, url.p);
    url.n = 0;
    addf(&url, "/");
    for (int i = 0; i < 48; i++)
        addf(&url, "%%C3%%A9");
    http.method = "GET";
    http.method_length = 3;
    http.url = url.p;
    http.url_length = url.n;
    judge(rck_http_request(request, &http) == RCK_E_REQUEST && strcmp(rck_request_error(request)->help, expected.p) == 0, "the help is '%s'",
          rck_request_error(request)->help);
    rck_request_free(request);
    rck_policy_unref(policy);

    /* of many literals those that come first in order are looked at */
    text.n = 0;
    addf(&text, "%s", head);
    for (int i = 0; i < 300; i++)
        addf(&text, " GET \"/part-%03d-of-all\" -> a b;", i);
    addf(&text, " }\n");
    policy = compile(text.p);
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    for (int i = 255; i < 257; i++) {
        char wrong[32], says[64];

        snprintf(wrong, sizeof wrong, "/part-%03d-of-al", i);
        snprintf(says, sizeof says, "'/part-%03d-of-all'", i);
        http.url = wrong;
        http.url_length = strlen(wrong);
        judge(rck_http_request(request, &http) == RCK_E_REQUEST && (strstr(rck_request_error(request)->help, says) != NULL) == (i < 256),
              "the help for '%s' is '%s'", wrong, rck_request_error(request)->help);
    }
    rck_request_free(request);
    rck_policy_unref(policy);

    /* the sixteen methods that come first in order are looked at */
    text.n = 0;
    addf(&text, "%s", head);
    for (char c = 'A'; c < 'S'; c++)
        addf(&text, " M%c \"/%s\" -> a b;", c, c == 'Q' ? "here" : "there");
    addf(&text, " }\n");
    policy = compile(text.p);
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    http.method = "GET";
    http.url = "/here";
    http.url_length = 5;
    judge(rck_http_request(request, &http) == RCK_E_REQUEST && strcmp(rck_request_error(request)->help, "the nearest: MA '/there'") == 0, "the help is '%s'",
          rck_request_error(request)->help);
    rck_request_free(request);
    rck_policy_unref(policy);
    free(text.p);
    free(url.p);
    free(expected.p);
}

/* The path of a route, as a policy writes it: what is said of it, and where; NULL: it is fine. */
static void
test_paths(void)
{
    static const struct {
        const char *path, *says;
    } paths[] = {
        { "", "does not begin with '/'" },
        { "a", "does not begin with '/'" },
        { "/", NULL },
        { "/a/", "a segment of the path is empty" },
        { "/a//b", "a segment of the path is empty" },
        { "/a*", "stands for a whole segment" },
        { "/**/a", "before the end of the path" },
        { "/a/**", NULL },
        { "/a/./b", "are no segments" },
        { "/a/..", "are no segments" },
        { "/a/...", NULL },
        { "/{a}", "with just this name" },
        { "/{ab", NULL },
        { "/<a>/b", "with just this name" },
        { "/{}", NULL },
        { "/<>", NULL },
        { "/<ab", NULL },
        { "/:a", "with just this name" },
        { "/:", NULL },
        { "/a\\u007f", "stands in no path" },
        { "/a\\u0001", "stands in no path" },
        { "/a?b", "stands in no path" },
        { "/%41", "stands in no path" },
        { "/%zz", NULL },
        { "/%4z", NULL },
        { "/%4", NULL },
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct rck_context *context = NULL;
        struct rck_diagnostics *diagnostics = NULL;
        struct rck_policy *policy = NULL;
        struct text text = { 0 };

        addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource b; } c: s cannot a b; routes { GET \"%s\" -> a b; }\n",
             paths[i].path);
        if (rck_context_new(NULL, &context) != RCK_OK)
            abort();
        rck_policy_compile(context, "paths.rules", text.p, text.n, &diagnostics, &policy);
        if (paths[i].says == NULL)
            judge(policy != NULL, "'%s' is refused", paths[i].path);
        else
            judge(policy == NULL && rck_diagnostics_count(diagnostics) == 1
                      && strstr(rck_diagnostics_at(diagnostics, 0)->message, paths[i].says) != NULL,
                  "'%s': %s", paths[i].path, policy != NULL ? "is fine" : rck_diagnostics_at(diagnostics, 0)->message);
        rck_policy_unref(policy);
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
        free(text.p);
    }
}

/* ---- routes at random --------------------------------------------------------------------------------------------------- */

enum { SEGMENTS = 5, PARTS = 6, ROUTES = 40, POLICIES = 300, PATHS = 400 };

/* A path: 0 to 3 are literals, 4 is '*', 5 is '**'; of a request 4 is what no literal is, and 5 is empty. */
struct path {
    uint8_t parts[SEGMENTS];
    uint32_t n;
};

struct random_route {
    struct path path;
    uint32_t method;
    int value; /* of the key of the query that its condition asks for; -1: none */
};

static const char *const literals[] = { "a", "b", "ab", "a.b" };

static struct path
random_path(uint64_t *state, bool pattern)
{
    struct path path = { .n = (uint32_t)(random_next(state) % (SEGMENTS + 1)) };

    for (uint32_t i = 0; i < path.n; i++) {
        uint32_t part = (uint32_t)(random_next(state) % 10);

        path.parts[i] = (uint8_t)(part < 6 ? part % 4 : part == 9 && (!pattern || i == path.n - 1) ? 5 : 4);
    }
    return path;
}

static void
write_path(struct text *text, const struct path *path, bool pattern)
{
    if (path->n == 0)
        addf(text, "/");
    for (uint32_t i = 0; i < path->n; i++)
        addf(text, "/%s", path->parts[i] < 4 ? literals[path->parts[i]] : path->parts[i] == 4 ? (pattern ? "*" : "zz") : (pattern ? "**" : ""));
}

/* Section 4 of the language, word for word. */
static bool
matches(const struct path *pattern, const struct path *path)
{
    for (uint32_t i = 0; i < pattern->n; i++) {
        if (pattern->parts[i] == 5)
            return true;
        if (i >= path->n || (pattern->parts[i] != 4 && pattern->parts[i] != path->parts[i]))
            return false;
    }
    return pattern->n == path->n;
}

/* From the left, a literal before '*', that before the end, and that before '**'. */
static int
rank(const struct path *pattern, uint32_t i)
{
    return i >= pattern->n ? 2 : pattern->parts[i] < 4 ? 4 : pattern->parts[i] == 4 ? 3 : 1;
}

static bool
is_more_specific(const struct path *a, const struct path *b)
{
    for (uint32_t i = 0; i <= SEGMENTS; i++)
        if (rank(a, i) != rank(b, i))
            return rank(a, i) > rank(b, i);
    return false;
}

static bool
same_path(const struct path *a, const struct path *b)
{
    return a->n == b->n && memcmp(a->parts, b->parts, a->n) == 0;
}

/* Marks in APPLY the routes that are decided for a message. */
static void
naive_routes(const struct random_route *routes, uint32_t n, uint32_t method, const struct path *path, int value, bool apply[ROUTES])
{
    const struct path *best = NULL;

    for (uint32_t i = 0; i < n; i++)
        if (routes[i].method == method && matches(&routes[i].path, path) && (best == NULL || is_more_specific(&routes[i].path, best)))
            best = &routes[i].path;
    for (uint32_t i = 0; i < n && best != NULL; i++)
        if (routes[i].method == method && same_path(&routes[i].path, best) && (routes[i].value < 0 || routes[i].value == value))
            apply[i] = true;
}

static struct path
without_empty(const struct path *path)
{
    struct path merged = { .n = 0 };

    for (uint32_t i = 0; i < path->n; i++)
        if (path->parts[i] != 5)
            merged.parts[merged.n++] = path->parts[i];
    return merged;
}

static void
check_random_message(struct rck_policy *policy, struct rck_request *request, const struct random_route *routes, uint32_t n,
                     uint64_t *state, uint64_t *n_found)
{
    static const char *const methods[] = { "GET", "PUT", "POST" };
    struct path path = random_path(state, false), merged;
    uint32_t method = (uint32_t)(random_next(state) % 3);
    int value = (int)(random_next(state) % 3);
    struct text url = { 0 };
    struct rck_http http = { .method = methods[method], .method_length = strlen(methods[method]) };
    bool apply[ROUTES] = { false };
    uint32_t n_apply = 0, n_matched = 0;
    size_t n_routes;

    if (path.n != 0 && path.parts[0] == 5)
        path.parts[0] = 4; /* '//' at the beginning is refused */
    merged = without_empty(&path);
    write_path(&url, &path, false);
    addf(&url, "?q=%d", value);
    http.url = url.p;
    http.url_length = url.n;
    naive_routes(routes, n, method, &path, value, apply);
    naive_routes(routes, n, method, &merged, value, apply);
    for (uint32_t i = 0; i < n; i++)
        n_apply += apply[i];
    rck_http_request(request, &http);
    n_routes = rck_request_route(request, 0, NULL);
    for (size_t i = 0; i < n_routes; i++) {
        struct rck_route_match match;

        rck_request_route(request, i, &match);
        n_matched += match.route < n && apply[match.route];
    }
    judge(n_routes == n_apply && n_matched == n_apply, "%s %s: %zu routes, of which %" PRIu32 " are right, and there are %" PRIu32, http.method,
          url.p, n_routes, n_matched, n_apply);
    judge((rck_decide(policy, request, NULL) == RCK_INVALID) == (n_apply == 0), "%s %s: it is not decided as its routes are", http.method, url.p);
    *n_found += n_apply != 0;
    free(url.p);
}

static void
test_random(uint64_t seed)
{
    uint64_t state = seed, n_found = 0;

    for (int round = 0; round < POLICIES; round++) {
        static const char *const methods[] = { "GET", "PUT", "POST" };
        struct random_route routes[ROUTES];
        struct text text = { 0 };
        struct rck_policy *policies[2];
        struct rck_request *requests[2] = { NULL };
        uint32_t n = 0, wanted = 1 + (uint32_t)(random_next(&state) % ROUTES);

        addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource b; }\nc: s cannot use b when subject != s;\n");
        addf(&text, "routes { credential s when not header.x is present or header.x is present;\n");
        for (uint32_t tries = 0; n < wanted && tries < 200; tries++) {
            struct random_route route = { random_path(&state, true), (uint32_t)(random_next(&state) % 3), (int)(random_next(&state) % 4) - 1 };
            bool twin = false;

            for (uint32_t i = 0; i < n; i++)
                twin = twin || (route.value < 0 && routes[i].value < 0 && routes[i].method == route.method && same_path(&routes[i].path, &route.path));
            if (twin)
                continue;
            addf(&text, "%s \"", methods[route.method]);
            write_path(&text, &route.path, true);
            addf(&text, "\"");
            if (route.value >= 0)
                addf(&text, " when query.q == \"%d\"", route.value);
            addf(&text, " -> a b;\n");
            routes[n++] = route;
        }
        addf(&text, "}\n");
        policies[0] = compile(text.p);
        policies[1] = load_again(policies[0]);
        for (int i = 0; i < 2; i++) {
            if (rck_request_new(policies[i], &requests[i]) != RCK_OK)
                abort();
            for (int k = 0; k < PATHS; k++)
                check_random_message(policies[i], requests[i], routes, n, &state, &n_found);
            rck_request_free(requests[i]);
        }
        rck_policy_unref(policies[0]);
        rck_policy_unref(policies[1]);
        free(text.p);
    }
    judge(n_found > 2 * POLICIES * PATHS / 5, "only %" PRIu64 " of the messages found a route", n_found);
    printf("seed %" PRIu64 ": %" PRIu64 " of %d messages found routes\n", seed, n_found, 2 * POLICIES * PATHS);
}

int
main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_messages();
    test_other_policy();
    test_alternatives();
    test_lines();
    test_har();
    test_asked();
    test_watched();
    test_nul();
    test_nearest();
    test_paths();
    test_random(argc > 1 ? strtoull(argv[1], NULL, 10) : 5);
    return judged();
}
