/* SPDX-License-Identifier: MIT
 *
 * Saved policies as bytes; see saved_bytes.h.
 */
#include <config.h>

#include "saved_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/saved.h"

bool
saved_bytes_write(void *arg, const char *text, size_t size)
{
    struct saved_bytes *bytes = arg;

    if (bytes->room - bytes->n < size) {
        bytes->room = bytes->n + size;
        bytes->p = realloc(bytes->p, bytes->room);
        if (bytes->p == NULL)
            abort();
    }
    memcpy(bytes->p + bytes->n, text, size);
    bytes->n += size;
    return true;
}

struct saved_bytes
saved_bytes_of(const struct rck_policy *policy)
{
    struct saved_bytes bytes = { NULL, 0, 0 };

    if (rck_policy_save(policy, saved_bytes_write, &bytes) != RCK_OK)
        abort();
    return bytes;
}

struct rck_policy *
saved_bytes_load(const struct saved_bytes *bytes)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    if (rck_policy_load(context, bytes->p, bytes->n, &policy) != RCK_OK)
        printf("the saved policy does not load: %s\n",
               rck_context_load_error(context) != NULL ? rck_context_load_error(context)->message : "no memory");
    rck_context_free(context);
    return policy;
}

void
saved_bytes_repair(char *p, size_t n)
{
    enum { from = offsetof(struct saved_header, made_by) };
    struct saved_header header;

    if (n < sizeof header || n % sizeof(uint64_t) != 0)
        return;
    memcpy(&header, p, sizeof header);
    header.size = n;
    header.checksum = saved_checksum(p + from, n - from);
    memcpy(p, &header, sizeof header);
}

/* ---- using what may be forged ------------------------------------------------------------------------------------------- */

static void
list_all(const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_table_info table;
    struct rck_clause clause;
    struct rck_attribute attribute;
    struct rck_named named;
    char text[64], digest[65];
    size_t total = strlen(info->name) + (info->source != NULL ? strlen(info->source) : 0);

    rck_policy_digest(policy, digest);
    for (uint32_t i = 0; rck_policy_clause(policy, i, &clause) == RCK_OK; i++)
        total += strlen(clause.label) + strlen(clause.text) + strlen(clause.file) + (clause.cites != NULL ? strlen(clause.cites) : 0)
                 + (clause.says != NULL ? strlen(clause.says) : 0);
    for (uint32_t i = 0; rck_policy_attribute(policy, i, &attribute) == RCK_OK; i++) {
        total += strlen(attribute.name) + (attribute.text != NULL ? strlen(attribute.text) : 0)
                 + (attribute.unit != NULL ? strlen(attribute.unit) : 0) + (attribute.window != NULL ? strlen(attribute.window) : 0);
        for (uint32_t k = 0; k < attribute.n_names; k++)
            total += strlen(rck_policy_attribute_name(policy, i, k));
    }
    for (uint32_t i = 0; rck_policy_set(policy, i, &named) == RCK_OK; i++)
        total += strlen(named.name) + strlen(named.value) + strlen(named.type);
    for (uint32_t i = 0; rck_policy_param(policy, i, &named) == RCK_OK; i++)
        total += strlen(named.name) + strlen(named.value) + strlen(named.type) + strlen(named.declared);
    rck_policy_table(policy, &table);
    for (uint32_t c = 0; c < table.n_columns; c++) {
        total += rck_table_column(policy, c, text, sizeof text);
        for (uint32_t k = 0; rck_table_class(policy, c, k, text, sizeof text) != 0; k++)
            total += strlen(text);
    }
    for (uint32_t r = 0; r < table.n_rows; r++) {
        uint32_t of, first, last;
        enum rck_state says;

        if (rck_table_row(policy, r, &of, &says) != RCK_OK || rck_policy_clause(policy, of, &clause) != RCK_OK)
            abort();
        for (uint32_t c = 0; c < table.n_columns; c++)
            for (uint32_t run = 0; rck_table_row_run(policy, r, c, run, &first, &last); run++)
                if (last < first || (rck_table_class(policy, c, last, text, sizeof text) == 0 && table.n_columns == 0))
                    abort();
    }
    if (total == 0)
        abort();
}

static void
decide(const struct rck_policy *policy, const struct rck_request *request, struct rck_explanation *explanation,
       const struct rck_policy_info *info)
{
    char text[256];
    struct rck_why why;
    struct rck_clause clause;
    enum rck_result result = rck_decide(policy, request, &why);

    if (why.clause != RCK_NONE && rck_policy_clause(policy, why.clause, &clause) != RCK_OK)
        abort();
    if ((rck_explain(explanation, request) == RCK_INVALID) != (result == RCK_INVALID))
        abort();
    for (uint32_t c = 0; c < info->n_clauses; c++) {
        struct rck_reading reading;

        rck_explanation_state(explanation, c);
        rck_explanation_message(explanation, c, text, sizeof text);
        rck_explanation_reading(explanation, c, 0, &reading);
    }
    for (uint32_t a = 0; a < info->n_attributes; a++)
        rck_request_value(request, a, text, sizeof text);
}

/* Messages that the routes know, and others. */
static void
decide_messages(struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation, const struct rck_policy_info *info)
{
    static const struct rck_header headers[] = { { "x", 1, "abx", 3 }, { "Y", 1, "y", 1 }, { "z", 1, "", 0 } };
    static const char body[] = "{\"n\": 2, \"flag\": true, \"a\": {\"b\": -3}}";
    struct rck_credential credential;
    struct rck_route route;
    char url[600];

    for (uint32_t i = 0; i < info->n_credentials; i++)
        if (rck_policy_credential(policy, i, &credential) != RCK_OK)
            abort();
    for (uint32_t i = 0; i < info->n_routes + 1; i++)
        for (unsigned how = 0; how < 12; how++) {
            struct rck_http http = { .url = url, .headers = how % 4 != 3 ? headers + how % 2 : NULL, .n_headers = how % 4 == 2 ? 2 : 1 };
            struct rck_route_match match;
            size_t n = 0;

            if (i < info->n_routes && rck_policy_route(policy, i, &route) != RCK_OK)
                abort();
            for (const char *p = i < info->n_routes ? route.path : "/a/b//c"; *p != 0 && n < 500; p++)
                url[n++] = *p == '*' || *p <= ' ' || *p > '~' ? 'k' : *p;
            memcpy(url + n, "?q=a&t=xy", 10);
            http.url_length = n + 9;
            http.method = i < info->n_routes ? route.method : "GET";
            http.method_length = strlen(http.method);
            http.body = how < 6 ? body : NULL;
            http.body_length = how < 6 ? sizeof body - 1 : 0;
            (void)rck_http_request(request, &http);
            for (size_t k = 0; k < rck_request_route(request, k, &match); k++)
                if (rck_policy_route(policy, match.route, &route) != RCK_OK)
                    abort();
            rck_request_set_now(request, (int64_t)1 << 60);
            decide(policy, request, explanation, info);
            (void)rck_request_doubt(request);
        }
}

void
saved_bytes_exercise(struct rck_policy *policy)
{
    static const char *const requests[] = {
        "{\"subject\":\"user\",\"action\":\"write\",\"resource\":\"doc\",\"n\":3,\"docs\":1,\"title\":\"abx\",\"name\":\"abx\"}",
        ("{\"subject\":\"bot\",\"action\":\"read\",\"resource\":\"doc.page.x\",\"role\":[\"guest\",\"no\"],\"tags\":[\"c\",\"d\"],\"n\":900,"
        "\"m\":1.5,\"size\":4,\"color\":\"green.x\",\"flag\":true,\"title\":\"x\",\"at\":\"2026-01-02T03:04:05Z\"}"),
        "{\"subject\":\"\",\"action\":\"read\",\"resource\":\"\",\"no\":1}",
    };
    struct rck_policy_info info;
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    struct saved_bytes bytes;

    rck_policy_describe(policy, &info);
    list_all(policy, &info);
    if (rck_request_new(policy, &request) != RCK_OK || rck_explanation_new(policy, &explanation) != RCK_OK)
        abort();
    for (size_t i = 0; i < N_ELEMENTS(requests); i++) {
        (void)rck_request_read_json(request, requests[i], strlen(requests[i]));
        rck_request_set_now(request, (int64_t)1 << 60);
        decide(policy, request, explanation, &info);
    }
    /* Every attribute's own names and bounds; the first and the last one of each. */
    for (int last = 0; last < 2; last++) {
        rck_request_reset(request);
        for (uint32_t i = 0; i < info.n_attributes; i++) {
            struct rck_attribute a;
            const char *name = NULL;

            if (rck_policy_attribute(policy, i, &a) != RCK_OK)
                abort();
            if (a.n_names != 0)
                name = rck_policy_attribute_name(policy, i, last ? a.n_names - 1 : 0);
            if (a.type == RCK_TYPE_NAME && name != NULL)
                (void)rck_request_set_name(request, i, name, strlen(name));
            else if (a.type == RCK_TYPE_SET && name != NULL)
                (void)rck_request_add_name(request, i, name, strlen(name));
            else if (a.type == RCK_TYPE_INT)
                (void)rck_request_set_int(request, i, last ? a.max : a.min);
            else if (a.type == RCK_TYPE_DECIMAL)
                (void)rck_request_set_decimal(request, i, last ? a.max : a.min);
            else if (a.type == RCK_TYPE_TIME && !a.now)
                (void)rck_request_set_time(request, i, last ? a.max : a.min);
            else if (a.type == RCK_TYPE_BOOL)
                (void)rck_request_set_bool(request, i, last != 0);
            else if (a.type == RCK_TYPE_STRING)
                (void)rck_request_set_string(request, i, last ? "abcx" : "", last ? 4 : 0);
        }
        rck_request_set_now(request, last ? INT64_MAX : INT64_MIN);
        decide(policy, request, explanation, &info);
    }
    decide_messages(policy, request, explanation, &info);
    rck_explanation_free(explanation);
    rck_request_free(request);
    bytes = saved_bytes_of(policy);
    free(bytes.p);
}
