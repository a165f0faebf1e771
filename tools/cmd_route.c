/* SPDX-License-Identifier: MIT
 *
 * rulecheck route: which routes of a policy a message of HTTP fits, and why: those of the path that counts, each with what is known
 * of its condition, and who asks.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

enum { HEADERS_MAX = 256 };

/* What is known of a route of the path. */
enum fit { FIT_NO, FIT_UNKNOWN, FIT_YES };

static enum ending route(struct tool *tool, const struct arguments *arguments);
static bool read_headers(struct tool *tool, const struct arguments *arguments, struct rck_http *http, struct rck_header *headers);
static void write_text(struct output *out, struct decision *decision);
static void write_json(struct output *out, struct decision *decision);

const struct command command_route = {
    .name = "route",
    .usage = "[OPTION...] METHOD URL",
    .summary = "show which routes a message of HTTP fits",
    .about = "Shows the routes of the path that counts for METHOD and URL, what is known of their conditions, and whose\n"
             "credential the message carries.  Without '--header' headers are not known, and without '--body' the body.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_HEADER) | OPTION(OPT_BODY) | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = route,
};

static enum ending
route(struct tool *tool, const struct arguments *arguments)
{
    struct rck_header headers[HEADERS_MAX];
    struct rck_http http = { .body = option_value(arguments, OPT_BODY, NULL) };
    struct decision decision;
    struct rck_policy *policy;
    enum rck_status status;
    enum ending ending;

    if (arguments->n_words != 2) {
        message(tool, LEVEL_ERROR, "for example 'rulecheck route GET /v3/stacks'", "'route' needs a method and a URL");
        return END_ERROR;
    }
    if (!read_headers(tool, arguments, &http, headers))
        return END_ERROR;
    policy = load_policy(tool, arguments, &ending);
    if (policy == NULL)
        return ending;
    http.method = arguments->words[0];
    http.method_length = strlen(http.method);
    http.url = arguments->words[1];
    http.url_length = strlen(http.url);
    http.body_length = http.body != NULL ? strlen(http.body) : 0;
    status = decision_init(&decision, policy);
    if (status == RCK_OK)
        status = rck_http_request(decision.request, &http);
    if (status == RCK_OK || status == RCK_E_REQUEST) {
        const struct rck_request_error *error = rck_request_error(decision.request);

        decision.result = error != NULL ? RCK_INVALID : RCK_ALLOW;
        if (error != NULL)
            decision.error = *error;
        if (wants_json(arguments))
            write_json(tool->out, &decision);
        else
            write_text(tool->out, &decision);
        ending = error != NULL ? END_INVALID : rck_request_doubt(decision.request) != NULL ? END_INDETERMINATE : END_OK;
    } else {
        ending = message_status(tool, status);
    }
    decision_free(&decision);
    return ending;
}

static bool
read_headers(struct tool *tool, const struct arguments *arguments, struct rck_http *http, struct rck_header *headers)
{
    for (size_t i = 0; i < arguments->n_settings; i++) {
        const char *text = arguments->settings[i].value;
        const char *colon;

        if (arguments->settings[i].id != OPT_HEADER)
            continue;
        colon = strchr(text, ':');
        if (colon == NULL) {
            message(tool, LEVEL_ERROR, "write it as 'NAME: VALUE'", "'%.40s' is no header", text);
            return false;
        }
        if (http->n_headers == HEADERS_MAX) {
            message(tool, LEVEL_ERROR, NULL, "there are more than %d headers", HEADERS_MAX);
            return false;
        }
        headers[http->n_headers++] = (struct rck_header){ text, (size_t)(colon - text), colon + 1, strlen(colon + 1) };
        http->headers = headers;
    }
    return true;
}

/* Describes in *ROUTE the next route, from *IDX on, of a path that counts, and how it fits; false past the last one.  With an empty
 * segment two paths may count. */
static bool
next_route(const struct decision *decision, uint32_t *idx, struct rck_route *found, enum fit *fit)
{
    size_t n = rck_request_route(decision->request, 0, NULL);

    for (; rck_policy_route(decision->policy, *idx, found) == RCK_OK; ++*idx) {
        bool same_path = false;

        *fit = FIT_NO;
        for (size_t i = 0; i < n; i++) {
            struct rck_route_match match;
            struct rck_route other;

            rck_request_route(decision->request, i, &match);
            if (match.route == *idx)
                *fit = match.unknown ? FIT_UNKNOWN : FIT_YES;
            if (rck_policy_route(decision->policy, match.route, &other) == RCK_OK)
                same_path = same_path || (strcmp(other.method, found->method) == 0 && strcmp(other.path, found->path) == 0);
        }
        if (same_path) {
            ++*idx;
            return true;
        }
    }
    return false;
}

static void
write_text(struct output *out, struct decision *decision)
{
    static const char *const words[] = { "does not hold", "is not known", "holds" };
    const char *doubt = rck_request_doubt(decision->request);
    const char *subject = decision_value(decision, 0);
    struct rck_route found;
    enum fit fit;

    if (decision->result == RCK_INVALID) {
        out_style(out, STYLE_DOUBT);
        out_string(out, "invalid");
        out_style(out, STYLE_NONE);
        out_string(out, "\n");
        out_error(out, decision, 0, 0);
        return;
    }
    for (uint32_t i = 0; next_route(decision, &i, &found, &fit);) {
        out_style(out, fit == FIT_NO ? STYLE_NONE : STYLE_BOLD);
        out_string(out, fit == FIT_NO ? "not " : "");
        out_safe_string(out, found.action);
        out_string(out, " ");
        out_safe_string(out, found.resource);
        out_style(out, STYLE_NONE);
        out_string(out, "\n    ");
        out_safe_string(out, found.method);
        out_string(out, " ");
        out_safe_string(out, found.path);
        out_string(out, " at ");
        out_safe_string(out, found.file);
        out_string(out, ":");
        out_number(out, found.line);
        out_string(out, "\n");
        if (found.when != NULL) {
            out_string(out, "    when ");
            out_safe_string(out, found.when);
            out_string(out, ": ");
            out_string(out, words[fit]);
            out_string(out, "\n");
        }
        if (found.with != NULL) {
            out_string(out, "    with ");
            out_safe_string(out, found.with);
            out_string(out, "\n");
        }
    }
    out_string(out, "subject: ");
    out_safe_string(out, strcmp(subject, "-") == 0 ? "not known" : subject);
    out_string(out, "\n");
    if (doubt != NULL) {
        out_safe_string(out, doubt);
        out_string(out, "\n");
    }
}

static void
write_json(struct output *out, struct decision *decision)
{
    const char *subject = decision_value(decision, 0);
    struct rck_route found;
    enum fit fit;

    js_open(out, '{');
    js_key(out, "routes");
    js_open(out, '[');
    for (uint32_t i = 0; decision->result != RCK_INVALID && next_route(decision, &i, &found, &fit);) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "method");
        js_string(out, found.method);
        js_key(out, "path");
        js_string(out, found.path);
        js_key(out, "when");
        js_string(out, found.when);
        js_key(out, "holds");
        if (fit == FIT_UNKNOWN)
            js_null(out);
        else
            js_bool(out, fit == FIT_YES);
        js_key(out, "action");
        js_string(out, found.action);
        js_key(out, "resource");
        js_string(out, found.resource);
        js_key(out, "with");
        js_string(out, found.with);
        js_key(out, "file");
        js_string(out, found.file);
        js_key(out, "line");
        js_number(out, found.line);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_key(out, "subject");
    js_string(out, strcmp(subject, "-") == 0 ? NULL : subject);
    js_key(out, "doubt");
    js_string(out, rck_request_doubt(decision->request));
    js_error(out, decision);
    js_close(out, '}');
    js_end(out);
}
