/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: messages of HTTP.  The input is tried as a line of JSON, as a request of a HAR file, and as a message as it is sent: a line of method and URL, lines
 * of headers up to an empty one, and the body.  What table and clauses decide is the same, and the same once more; hiding the body or
 * the headers never makes an allow of what was none; what a message sets leaves nothing in the next request.
 */
#include <config.h>

#include <stdlib.h>

#include "fuzz.h"

enum { HEADERS_MAX = 32 };

/* A message and the blocks that its parts lie in, each of exactly its size. */
struct message {
    struct rck_http http;
    struct rck_header headers[HEADERS_MAX];
    char *blocks[2 * HEADERS_MAX + 3];
    size_t n_blocks;
};

static const char *
part(struct message *message, const char *p, size_t n)
{
    return message->blocks[message->n_blocks++] = fuzz_copy(p, n);
}

/* The size of the line that TEXT begins with, without its end. */
static size_t
line_size(const char *text, size_t n)
{
    const char *end = n != 0 ? memchr(text, '\n', n) : NULL;

    return end != NULL ? (size_t)(end - text) : n;
}

static void
split(struct message *message, const char *text, size_t n)
{
    size_t line = line_size(text, n), method = 0, at = line + 1;

    while (method < line && text[method] != ' ')
        method++;
    *message = (struct message){ .n_blocks = 0 };
    message->http.method = part(message, text, method);
    message->http.method_length = method;
    message->http.url_length = method < line ? line - method - 1 : 0;
    message->http.url = part(message, text + (method < line ? method + 1 : 0), message->http.url_length);
    message->http.headers = message->headers;
    while (at < n && text[at] != '\n' && message->http.n_headers < HEADERS_MAX) {
        struct rck_header *header = &message->headers[message->http.n_headers++];
        size_t size = line_size(text + at, n - at), name = 0;

        while (name < size && text[at + name] != ':')
            name++;
        header->name_length = name;
        header->name = part(message, text + at, name);
        header->value_length = name < size ? size - name - 1 : 0;
        header->value = part(message, text + at + (name < size ? name + 1 : 0), header->value_length);
        at += size + 1;
    }
    if (at + 1 < n) {
        message->http.body_length = n - at - 1;
        message->http.body = part(message, text + at + 1, message->http.body_length);
    }
}

static enum rck_result
decide(struct fuzz_subject *subject, struct rck_request *request, const struct rck_http *http)
{
    enum rck_status status = rck_http_request(request, http);

    FUZZ_CHECK(status == RCK_OK || status == RCK_E_REQUEST);
    FUZZ_CHECK((status == RCK_OK) == (rck_request_error(request) == NULL));
    return fuzz_decide(subject, request, status == RCK_OK);
}

/* All that can be asked of a request that a message filled. */
static void
look(const struct fuzz_subject *subject, const struct rck_request *request, enum rck_result result)
{
    size_t n = rck_request_route(request, 0, NULL), n_deciding = 0;
    const char *doubt = rck_request_doubt(request);

    for (size_t i = 0; i < n; i++) {
        struct rck_route_match match;
        struct rck_route route;

        FUZZ_CHECK(rck_request_route(request, i, &match) == n);
        FUZZ_CHECK(rck_policy_route(subject->policy, match.route, &route) == RCK_OK && route.matches);
        n_deciding += match.decides;
    }
    FUZZ_CHECK(n_deciding == (n != 0) && (n != 0 || result == RCK_INVALID));
    FUZZ_CHECK(doubt == NULL || (result != RCK_ALLOW && fuzz_is_clean(str_of(doubt), "")));
}

/* An allow of less than there is is an allow of all, unless that is refused for its form. */
static void
hide(struct fuzz_subject *subject, const struct rck_http *http, enum rck_result result)
{
    struct rck_http hidden = *http;

    hidden.body = NULL;
    if (decide(subject, subject->other, &hidden) == RCK_ALLOW)
        FUZZ_CHECK(result == RCK_ALLOW || result == RCK_INVALID);
    hidden = *http;
    hidden.headers = NULL;
    FUZZ_CHECK(decide(subject, subject->other, &hidden) != RCK_ALLOW);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char plain[] = "{\"subject\": \"bot\", \"action\": \"read\", \"resource\": \"ab\", \"role\": [], \"color\": \"red\", \"tags\": [], \"n\": 11,"
                                " \"m\": 0}";
    struct fuzz_subject *subjects;
    char *text = fuzz_copy(data, size);
    size_t n = fuzz_subjects(&subjects);
    struct message message;

    split(&message, text, size);
    for (size_t i = 0; i < n; i++) {
        struct fuzz_subject *subject = &subjects[i];
        enum rck_status status = rck_request_read_http(subject->request, text, size);
        enum rck_result result;

        FUZZ_CHECK(status == RCK_OK || (status == RCK_E_REQUEST && rck_request_error(subject->request)->offset <= size));
        result = fuzz_decide(subject, subject->request, status == RCK_OK);
        look(subject, subject->request, result);
        status = rck_request_read_har(subject->request, text, size);
        FUZZ_CHECK(status == RCK_OK || (status == RCK_E_REQUEST && rck_request_error(subject->request)->offset <= size));
        result = fuzz_decide(subject, subject->request, status == RCK_OK);
        look(subject, subject->request, result);
        result = decide(subject, subject->request, &message.http);
        look(subject, subject->request, result);
        if (subject->info.n_credentials != 0)
            hide(subject, &message.http, result);
        FUZZ_CHECK(decide(subject, subject->other, &message.http) == result);
        FUZZ_CHECK(decide(subject, subject->request, &message.http) == result);
        (void)rck_request_read_json(subject->request, plain, sizeof plain - 1);
        rck_request_reset(subject->other);
        (void)rck_request_read_json(subject->other, plain, sizeof plain - 1);
        FUZZ_CHECK(fuzz_decide(subject, subject->request, true) == fuzz_decide(subject, subject->other, true));
        FUZZ_CHECK(rck_request_route(subject->request, 0, NULL) == 0 && rck_request_doubt(subject->request) == NULL);
        fuzz_subject_clean(subject);
    }
    while (message.n_blocks != 0)
        free(message.blocks[--message.n_blocks]);
    free(text);
    return 0;
}
