/* SPDX-License-Identifier: MIT
 *
 * Messages of HTTP in a line of JSON, and in a request of a HAR file; see message.h.
 */
#include <config.h>

#include "message_parts.h"

#include "request.h"

/* ---- lines of JSON ------------------------------------------------------------------------------------------------------- */

/* Takes PREFIX and a dot off *PATH. */
static bool
is_below(struct str prefix, struct str *path)
{
    if (path->n <= prefix.n || !str_covers(prefix, *path))
        return false;
    path->p += prefix.n + 1;
    path->n -= prefix.n + 1;
    return true;
}

/* Notes that somebody told the headers, or the facts of the body. */
static void
are_told(struct rck_request *request, enum fact_source source)
{
    bool *told = source == FACT_HEADER ? &request->notes->message.has_headers : &request->notes->message.has_body;

    if (!*told)
        message_turn_facts(request, source, FACT_ABSENT);
    *told = true;
}

static bool
keep_part(struct rck_request *request, struct message_part *part, struct str key, size_t offset, const struct json_value *value)
{
    if (value->kind != JSON_STRING)
        return message_refuse(request, key, offset, NULL, "'%.*s' must be a text", WHOLE(key));
    part->has = true;
    part->offset = value->offset;
    return message_keep(request, value->text, &part->at, &part->n);
}

static bool
line_header(struct rck_request *request, struct str name, const struct json_value *value)
{
    are_told(request, FACT_HEADER);
    if (value->kind == JSON_NULL)
        return true;
    if (value->kind != JSON_STRING)
        return message_refuse(request, STR("headers"), value->offset, NULL, "the header '%.*s' must be a text", QUOTE(name));
    return message_put_header(request, value->offset, name, value->text);
}

static bool
line_scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    struct rck_request *request = arg;
    struct message *message = &request->notes->message;
    struct json_value plain = *value;

    plain.note = NULL; /* keys mean something else in here */
    if (str_equal(path, STR("method"))) {
        keep_part(request, &message->method, path, offset, value);
    } else if (str_equal(path, STR("url"))) {
        keep_part(request, &message->url, path, offset, value);
    } else if (str_equal(path, STR("body"))) {
        if (value->kind == JSON_STRING)
            keep_part(request, &message->body, path, offset, value);
    } else if (str_equal(path, STR("headers")) || str_equal(path, STR("facts"))) {
        if (value->kind != JSON_NULL)
            message_refuse(request, path, offset, NULL, "'%.*s' must be an object", WHOLE(path));
    } else if (is_below(STR("headers"), &path)) {
        line_header(request, path, value);
    } else if (is_below(STR("body"), &path)) {
        message_put_body(request, path, value);
    } else if (is_below(STR("facts"), &path)) {
        return request_receiver(request).scalar(request, path, offset, &plain);
    } else if (!request_keep(request, path, value)) {
        return false;
    }
    return request_reads_on(request);
}

static bool
line_nested(struct rck_request *request, struct str path, size_t offset, bool is_array)
{
    const struct json_receiver receiver = request_receiver(request);

    if (str_equal(path, STR("method")) || str_equal(path, STR("url"))) {
        message_refuse(request, path, offset, NULL, "'%.*s' must be a text", WHOLE(path));
    } else if (str_equal(path, STR("headers")) || str_equal(path, STR("facts"))) {
        if (is_array)
            message_refuse(request, path, offset, NULL, "'%.*s' must be an object", WHOLE(path));
        else if (path.p[0] == 'h')
            are_told(request, FACT_HEADER);
    } else if (str_equal(path, STR("body"))) {
        if (!is_array)
            are_told(request, FACT_BODY);
    } else if (is_below(STR("headers"), &path)) {
        are_told(request, FACT_HEADER);
        if (!is_array)
            message_refuse(request, STR("headers"), offset, NULL, "the header '%.*s' must be a text", QUOTE(path));
    } else if (is_below(STR("body"), &path)) {
        message_put_body_nested(request, path, offset);
    } else if (is_below(STR("facts"), &path)) {
        return (is_array ? receiver.array : receiver.object)(request, path, offset);
    } else if (!request_keep_nested(request, path, offset, is_array)) {
        return false;
    }
    return request_reads_on(request);
}

static bool
line_array(void *arg, struct str path, size_t offset)
{
    return line_nested(arg, path, offset, true);
}

static bool
line_object(void *arg, struct str path, size_t offset)
{
    return line_nested(arg, path, offset, false);
}

static bool
line_member(void *arg, struct str path, const struct json_value *value)
{
    struct rck_request *request = arg;

    if (is_below(STR("headers"), &path))
        line_header(request, path, value);
    else if (is_below(STR("facts"), &path))
        return request_receiver(request).member(request, path, value);
    return request_reads_on(request);
}

static struct str
part_text(const struct message *message, struct message_part part)
{
    return (struct str){ message->bytes + part.at, part.n };
}

/* A copy of PART, which what follows may move; NULL, with REQUEST invalid, if there is no memory. */
static char *
copy_part(struct rck_request *request, struct message_part part)
{
    char *copy = mem_alloc(&request->mem, (size_t)part.n + 1);

    if (copy == NULL)
        message_no_memory(request);
    else if (part.n != 0)
        memcpy(copy, part_text(&request->notes->message, part).p, part.n);
    return copy;
}

static void
finish_line(struct rck_request *request)
{
    struct message *message = &request->notes->message;
    char *method, *url, *body;

    if (!message->method.has)
        message_refuse(request, STR("method"), 0, "a message has a method and a URL", "the method is missing");
    if (!message->url.has)
        message_refuse(request, STR("url"), 0, "a message has a method and a URL", "the URL is missing");
    if (request_is_invalid(request))
        return;
    method = copy_part(request, message->method);
    url = copy_part(request, message->url);
    body = copy_part(request, message->body);
    if (method != NULL && url != NULL && body != NULL)
        message_finish(request, (struct str){ method, message->method.n }, (struct str){ url, message->url.n },
               (struct str){ body, message->body.has ? message->body.n : 0 });
    mem_free(&request->mem, method);
    mem_free(&request->mem, url);
    mem_free(&request->mem, body);
}

enum rck_status
rck_request_read_http(struct rck_request *request, const char *line, size_t length)
{
    const struct json_receiver receiver = { request, line_scalar, line_array, line_member, line_object };
    struct json_error error = { 0 };
    enum rck_status status;

    if (!message_begin(request))
        return request_status(request);
    request->notes->reader.tells_dotted = true;
    status = json_read(&request->notes->reader, (struct str){ line, length }, &receiver, &error);
    request->notes->reader.tells_dotted = request->notes->reader.dotted = false;
    if (status == RCK_E_NOMEM)
        message_no_memory(request);
    else if (status != RCK_OK && error.message != NULL)
        message_refuse(request, str_of(error.key), error.offset, error.help, "%s", error.message);
    else
        finish_line(request);
    return request_status(request);
}

/* ---- HAR files ----------------------------------------------------------------------------------------------------------- */

/* True for a header of HTTP/2 that is no field: the method and the URL tell the same. */
static bool
is_pseudo_header(struct str name)
{
    static const struct str names[] = { STR(":method"), STR(":scheme"), STR(":authority"), STR(":path"), STR(":protocol") };
    size_t i = 0;

    while (i < N_ELEMENTS(names) && !str_equal(name, names[i]))
        i++;
    return i < N_ELEMENTS(names);
}

/* Takes the header that has been read, if there is one. */
static void
end_har_header(struct rck_request *request)
{
    struct message *message = &request->notes->message;

    if (!message->in_header || request_is_invalid(request))
        return;
    message->in_header = false;
    if (!message->name.has || !message->value.has) {
        message_refuse(request, STR("headers"), message->name.offset, NULL, "a header must have 'name' and 'value'");
        return;
    }
    /* Keeping the value again, as what tells the method, what is asked for and a fact, must not move it. */
    if (!is_pseudo_header(part_text(message, message->name)) && message_room(request, 3 * (size_t)message->value.n) != NULL)
        message_put_header(request, message->value.offset, part_text(message, message->name), part_text(message, message->value));
}

/* Some key of 'postData'. */
static void
har_body(struct rck_request *request, struct str key, size_t offset, const struct json_value *value)
{
    struct message *message = &request->notes->message;

    if (value->kind == JSON_NULL)
        return;
    if (str_equal(key, STR("text")))
        keep_part(request, &message->body, STR("postData.text"), offset, value);
    else if (str_equal(key, STR("mimeType")) && (value->kind != JSON_STRING || value->text.n != 0))
        message->is_opaque = message->is_opaque || value->kind != JSON_STRING || !message_is_json(value->text);
    else if (str_equal(key, STR("encoding")) && (value->kind != JSON_STRING || value->text.n != 0))
        message->is_opaque = true; /* the text is not what was sent */
}

/* Takes off *PATH what leads to a header, "headers[3].": no key of the path holds a '[' itself. */
static bool
is_in_header(struct str *path)
{
    const struct str list = STR("headers[");
    const char *close;

    if (path->n <= list.n || memcmp(path->p, list.p, list.n) != 0)
        return false;
    close = memchr(path->p, ']', path->n);
    if (NEVER(close == NULL || path->n - (size_t)(close - path->p) < 2))
        return false;
    *path = (struct str){ close + 2, path->n - (size_t)(close - path->p) - 2 };
    return true;
}

static bool
har_scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    struct rck_request *request = arg;
    struct message *message = &request->notes->message;

    if (request->notes->reader.dotted)
        return true;
    if (str_equal(path, STR("method"))) {
        keep_part(request, &message->method, path, offset, value);
    } else if (str_equal(path, STR("url"))) {
        keep_part(request, &message->url, path, offset, value);
    } else if (str_equal(path, STR("headers"))) {
        if (value->kind != JSON_NULL)
            message_refuse(request, path, offset, NULL, "'headers' must be a list");
    } else if (str_equal(path, STR("postData"))) {
        if (value->kind != JSON_NULL)
            message_refuse(request, path, offset, NULL, "'postData' must be an object");
    } else if (is_below(STR("postData"), &path)) {
        har_body(request, path, offset, value);
    } else if (is_in_header(&path)) {
        if (str_equal(path, STR("name")))
            keep_part(request, &message->name, path, offset, value);
        else if (str_equal(path, STR("value")))
            keep_part(request, &message->value, path, offset, value);
    } else if (!request_keep(request, path, value)) {
        return false;
    }
    return request_reads_on(request);
}

static bool
har_nested(struct rck_request *request, struct str path, size_t offset, bool is_array)
{
    struct message *message = &request->notes->message;

    if (request->notes->reader.dotted)
        return true;
    if (str_equal(path, STR("method")) || str_equal(path, STR("url")) || str_equal(path, STR("postData.text")))
        message_refuse(request, path, offset, NULL, "'%.*s' must be a text", WHOLE(path));
    else if (str_equal(path, STR("headers")) && !is_array)
        message_refuse(request, path, offset, NULL, "'headers' must be a list");
    else if (str_equal(path, STR("headers")))
        are_told(request, FACT_HEADER);
    else if (str_equal(path, STR("postData")) && is_array)
        message_refuse(request, path, offset, NULL, "'postData' must be an object");
    else if (str_equal(path, STR("postData.mimeType")) || str_equal(path, STR("postData.encoding")))
        message->is_opaque = true;
    else if (is_in_header(&path) && (str_equal(path, STR("name")) || str_equal(path, STR("value"))))
        message_refuse(request, STR("headers"), offset, NULL, "the '%.*s' of a header must be a text", WHOLE(path));
    else if (!request_keep_nested(request, path, offset, is_array))
        return false;
    return request_reads_on(request);
}

static bool
har_array(void *arg, struct str path, size_t offset)
{
    return har_nested(arg, path, offset, true);
}

static bool
har_object(void *arg, struct str path, size_t offset)
{
    return har_nested(arg, path, offset, false);
}

static bool
har_member(void *arg, struct str path, const struct json_value *value)
{
    struct rck_request *request = arg;
    struct message *message = &request->notes->message;

    if (!str_equal(path, STR("headers")))
        return true;
    end_har_header(request);
    message->in_header = true;
    message->name = message->value = (struct message_part){ .offset = value->offset };
    if (value->kind != JSON_OBJECT || value->raw.p[0] != '{')
        message_refuse(request, STR("headers"), value->offset, NULL, "a header must be an object with 'name' and 'value'");
    return request_reads_on(request);
}

enum rck_status
rck_request_read_har(struct rck_request *request, const char *text, size_t length)
{
    const struct json_receiver receiver = { request, har_scalar, har_array, har_member, har_object };
    struct json_reader *reader;
    struct message *message;
    struct json_error error = { 0 };
    enum rck_status status;
    const char *hash;

    if (!message_begin(request))
        return request_status(request);
    reader = &request->notes->reader;
    message = &request->notes->message;
    reader->tells_dotted = reader->tells_lists = true;
    status = json_read(reader, (struct str){ text, length }, &receiver, &error);
    reader->tells_dotted = reader->tells_lists = reader->dotted = false;
    if (status == RCK_E_NOMEM)
        message_no_memory(request);
    else if (status != RCK_OK && error.message != NULL)
        message_refuse(request, str_of(error.key), error.offset, error.help, "%s", error.message);
    if (status == RCK_OK) {
        end_har_header(request);
        /* What follows a '#' stays with the client. */
        hash = message->url.n != 0 ? memchr(part_text(message, message->url).p, '#', message->url.n) : NULL;
        if (hash != NULL)
            message->url.n = (uint32_t)(hash - part_text(message, message->url).p);
        finish_line(request);
    }
    return request_status(request);
}
