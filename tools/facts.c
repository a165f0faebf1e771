/* SPDX-License-Identifier: MIT
 *
 * What messages of HTTP do not carry: facts from a file, for all of them (those of a table are in facts_table.c); and access logs, which carry little else than a request line.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

/* The next fact of FACTS from *AT on, a line KEY=VALUE; blank lines and those that begin with '#' are none. */
struct fact {
    const char *key, *value;
    size_t key_size, value_size;
    size_t line;
};

static bool
next_fact(const struct facts *facts, size_t *at, struct fact *fact)
{
    while (*at < facts->size) {
        const char *line = facts->text + *at, *equals;
        const char *end = memchr(line, '\n', facts->size - *at);
        size_t size = end != NULL ? (size_t)(end - line) : facts->size - *at;

        *at += size + 1;
        fact->line++;
        while (size != 0 && strchr(" \t\r", line[size - 1]) != NULL)
            size--;
        if (size == 0 || line[0] == '#')
            continue;
        equals = memchr(line, '=', size);
        fact->key = line;
        fact->key_size = equals != NULL ? (size_t)(equals - line) : size;
        fact->value = equals != NULL ? equals + 1 : NULL;
        fact->value_size = equals != NULL ? size - fact->key_size - 1 : 0;
        return true;
    }
    return false;
}

static bool
read_all(struct tool *tool, struct facts *facts, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        message(tool, LEVEL_ERROR, NULL, "cannot open '%s': %s", path, strerror(errno));
        return false;
    }
    facts->text = must_allocate(LINE_BYTES_MAX + 1, 1);
    facts->size = fread(facts->text, 1, LINE_BYTES_MAX + 1, file);
    if (ferror(file)) {
        message(tool, LEVEL_ERROR, NULL, "cannot read '%s': %s", path, strerror(errno));
        (void)fclose(file);
        return false;
    }
    (void)fclose(file);
    if (facts->size > LINE_BYTES_MAX) {
        message(tool, LEVEL_ERROR, NULL, "'%s' is longer than 1 MiB", path);
        return false;
    }
    return true;
}

bool
facts_read(struct tool *tool, struct facts *facts, const char *path, struct rck_policy *policy, struct rck_request *request)
{
    struct fact fact = { .line = 0 };
    size_t at = 0, size = strlen(path);

    *facts = (struct facts){ 0 };
    if (size > 4 && strcmp(path + size - 4, ".csv") == 0) {
        facts->table = facts_table_read(tool, path, policy, request);
        return facts->table != NULL;
    }
    if (!read_all(tool, facts, path))
        return false;
    rck_request_reset(request);
    while (next_fact(facts, &at, &fact)) {
        bool of_route = (fact.key_size == 6 && memcmp(fact.key, "action", 6) == 0)
                        || (fact.key_size == 8 && memcmp(fact.key, "resource", 8) == 0);
        enum rck_status status = RCK_OK;
        bool is_spaced;

        if (fact.value == NULL || of_route) {
            message(tool, LEVEL_ERROR, of_route ? "routes say it" : "write for example 'role=owner'", "line %zu of '%s' is no fact of all messages",
                    fact.line, path);
            return false;
        }
        rck_request_set_strict(request, true);
        status = rck_request_set_text(request, fact.key, fact.key_size, fact.value, fact.value_size);
        rck_request_set_strict(request, false);
        if (status == RCK_OK)
            continue;
        is_spaced = fact.key_size != 0 && fact.key[fact.key_size - 1] == ' ';
        message(tool, LEVEL_ERROR, is_spaced ? "write no blank before '='" : rck_request_error(request)->help, "line %zu of '%s': %s", fact.line,
                path, rck_request_error(request)->message);
        return false;
    }
    return true;
}

void
facts_free(struct facts *facts)
{
    free(facts->text);
    facts_table_free(facts->table);
}

enum rck_status
facts_ask(const struct facts *facts, struct rck_request *request)
{
    return facts->table != NULL ? facts_table_ask(facts->table, request) : RCK_OK;
}

void
facts_give(const struct facts *facts, struct decision *decision)
{
    struct fact fact = { .line = 0 };
    size_t at = 0;

    if (facts->table != NULL)
        facts_table_give(facts->table, decision);
    while (next_fact(facts, &at, &fact)) {
        uint32_t attribute = rck_policy_find_attribute(decision->policy, fact.key, fact.key_size);
        char value[2];

        if (attribute != RCK_NONE && rck_request_value(decision->request, attribute, value, sizeof value) == 1 && value[0] == '-')
            (void)rck_request_set_text(decision->request, fact.key, fact.key_size, fact.value, fact.value_size);
    }
}

/* The combined and the common log format: HOST IDENT USER [TIME] "METHOD URL PROTOCOL" STATUS ...  Nothing of it is unescaped: a URL
 * with an escape of the log's own is refused as any with a '\\' or a blank is. */
enum rck_status
decision_read_log(struct decision *decision, const char *text, size_t size)
{
    const char *end = text + size, *time = memchr(text, ']', size);
    const char *begin = time != NULL ? memchr(time, '"', (size_t)(end - time)) : NULL, *close, *url, *protocol;
    struct rck_http http = { 0 };
    enum rck_status status;

    decision->from_text = false;
    if (begin == NULL) {
        decision_reject(decision, "the line is none of an access log: it has no request in quotes");
        return RCK_OK;
    }
    begin++;
    for (close = begin; close < end && *close != '"'; close++)
        if (*close == '\\' && close + 1 < end)
            close++;
    url = close <= end ? memchr(begin, ' ', (size_t)(close - begin)) : NULL;
    protocol = url != NULL ? memchr(url + 1, ' ', (size_t)(close - url - 1)) : NULL;
    if (close >= end || protocol == NULL || close - protocol < 6 || memcmp(protocol + 1, "HTTP/", 5) != 0) {
        decision_reject(decision, "the line of the access log has no request of HTTP");
        return RCK_OK;
    }
    http.method = begin;
    http.method_length = (size_t)(url - begin);
    http.url = url + 1;
    http.url_length = (size_t)(protocol - url - 1);
    status = rck_http_request(decision->request, &http);
    return status == RCK_E_NOMEM ? status : RCK_OK;
}
