/* SPDX-License-Identifier: MIT
 *
 * From a message of HTTP to the alternatives of a request; see message.h.
 */
#include <config.h>

#include "message.h"

#include <stdarg.h>
#include <stdio.h>

#include "json.h"
#include "number.h"
#include "request.h"
#include "url.h"

/* ---- room --------------------------------------------------------------------------------------------------------------- */

void
message_free(const struct rck_allocator *mem, struct message *message)
{
    mem_free(mem, message->values);
    mem_free(mem, message->bytes);
    mem_free(mem, message->alternatives);
    mem_free(mem, message->laid);
    mem_free(mem, message->asked_name);
}

static bool
no_memory(struct rck_request *request)
{
    request->no_memory = true;
    request_fault(request, STR(""), 0, NULL, "there is not enough memory to read the request");
    return false;
}

/* Makes the array *ITEMS, which has room for *ROOM elements of SIZE bytes, one for N. */
static bool
grow(struct rck_request *request, void *items, uint32_t *room, uint32_t n, size_t size)
{
    void **array = items, *grown;

    if (n <= *room)
        return true;
    /* There are no more of them than bytes of a policy. */
    grown = ALWAYS(n <= UINT32_MAX / 2) ? mem_realloc(&request->mem, *array, 2 * (size_t)n * size) : NULL;
    if (grown == NULL)
        return no_memory(request);
    *array = grown;
    *room = 2 * n;
    return true;
}

/* Makes room for N more bytes, and returns where they begin; NULL, with REQUEST invalid, if there is no memory. */
static char *
bytes_room(struct rck_request *request, size_t n)
{
    struct message *message = &request->notes->message;
    size_t need = message->n_bytes + n + 1;

    if (need > message->bytes_room) {
        /* URL, headers and body are capped, and each is kept a few times at most. */
        char *grown = ALWAYS(need <= UINT32_MAX / 2) ? mem_realloc(&request->mem, message->bytes, 2 * need) : NULL;

        if (grown == NULL) {
            no_memory(request);
            return NULL;
        }
        message->bytes = grown;
        message->bytes_room = 2 * need;
    }
    return message->bytes + message->n_bytes;
}

static bool
keep_bytes(struct rck_request *request, struct str text, uint32_t *at, uint32_t *n)
{
    struct message *message = &request->notes->message;
    char *room = bytes_room(request, text.n);

    if (room == NULL)
        return false;
    if (text.n != 0)
        memcpy(room, text.p, text.n);
    *at = (uint32_t)message->n_bytes;
    *n = (uint32_t)text.n;
    message->n_bytes += text.n;
    return true;
}

static bool __attribute__((format(printf, 5, 6)))
refuse(struct rck_request *request, struct str key, size_t offset, const char *help, const char *format, ...)
{
    char message[512];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    request_fault(request, key, offset, help, message);
    return false;
}

/* ---- facts -------------------------------------------------------------------------------------------------------------- */

/* All facts of SOURCE become STATE, hidden or absent, and so does what is asked for there. */
static void
turn_facts(struct rck_request *request, enum fact_source source, enum fact_state state)
{
    static const enum asked asked[] = { [FACT_QUERY] = ASKED_QUERY, [FACT_HEADER] = ASKED_HEADER, [FACT_BODY] = ASKED_NONE };
    const struct routes *routes = &request->policy->routes;
    struct message *message = &request->notes->message;

    if (message->asked == asked[source])
        message->said = state == FACT_ABSENT ? RCK_SAID_NOTHING : RCK_SAID_UNKNOWN;
    for (uint32_t i = 0; i < routes->facts.n; i++)
        if (routes->facts.items[i].source == source)
            message->values[i].state = state;
}

static bool
begin(struct rck_request *request)
{
    const struct routes *routes = &request->policy->routes;
    struct message *message;

    rck_request_reset(request);
    if (request_note(request) == NULL)
        return false;
    message = &request->notes->message;
    message->n_bytes = 0;
    message->n_alternatives = message->n_laid = 0;
    message->is_certain = message->subject_is_open = message->is_opaque = message->has_body = false;
    message->has_headers = false;
    message->method = message->url = message->body = message->name = message->value = (struct message_part){ 0 };
    message->other_method = message->other_url = (struct message_part){ 0 };
    message->in_header = false;
    message->said = message->asked == ASKED_QUERY ? RCK_SAID_NOTHING : RCK_SAID_UNKNOWN;
    if (routes->routes.n == 0)
        return refuse(request, STR(""), 0, "write them in 'routes { ... }'", "the policy has no routes: it cannot decide messages of HTTP");
    if (!grow(request, &message->values, &message->values_room, routes->facts.n, sizeof *message->values))
        return false;
    for (uint32_t i = 0; i < routes->facts.n; i++)
        message->values[i] =
            (struct fact_value){ .state = routes->facts.items[i].source == FACT_QUERY ? FACT_ABSENT : FACT_HIDDEN };
    return true;
}

/* Gives a text to a fact of the query or the headers. */
static bool
put_text(struct rck_request *request, uint32_t fact, size_t offset, struct str text)
{
    const struct fact *of = &request->policy->routes.facts.items[fact];
    struct fact_value *value = &request->notes->message.values[fact];
    char key[160];

    snprintf(key, sizeof key, "%s%.*s", fact_prefix(of->source), str_cut(of->name, 40), of->name.p);
    if (value->state != FACT_ABSENT)
        return refuse(request, str_of(key), offset, "give it once: servers differ in which one they take", "'%s' is given twice", key);
    if (text.n > STRING_BYTES_MAX)
        return refuse(request, str_of(key), offset, NULL, "the text of '%s' has more than %u bytes", key, (unsigned)STRING_BYTES_MAX);
    if (utf8_check(text) != text.n || (text.n != 0 && memchr(text.p, 0, text.n) != NULL))
        return refuse(request, str_of(key), offset, NULL, "the text of '%s' is not UTF-8, or holds U+0000", key);
    value->state = FACT_TEXT;
    return keep_bytes(request, text, &value->at, &value->n);
}

/* ---- headers ------------------------------------------------------------------------------------------------------------ */

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static struct str
trim(struct str s)
{
    while (s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s.p++, s.n--;
    while (s.n != 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* RFC 9110, section 5.6.2. */
static bool
is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", s.p[i]) != NULL)
            return false;
    return s.n != 0;
}

/* S, or what stands for it in a message if it is no text. */
static struct str
quotable(struct str s)
{
    return utf8_check(s) == s.n ? s : STR("?");
}

/* True if a body with this content-type is JSON. */
static bool
is_json_type(struct str type)
{
    const char *semicolon = type.n != 0 ? memchr(type.p, ';', type.n) : NULL;

    if (semicolon != NULL)
        type.n = (size_t)(semicolon - type.p);
    type = trim(type);
    return route_same_folded(type, STR("application/json"))
           || (type.n > 5 && route_same_folded((struct str){ type.p + type.n - 5, 5 }, STR("+json")));
}

enum rck_status
rck_request_ask(struct rck_request *request, const char *key, size_t length)
{
    const struct str header = STR("header."), query = STR("query.");
    struct str name = { length != 0 ? key : "", length };
    enum asked asked = ASKED_NONE;
    struct message *message;
    char *copy = NULL;

    if (str_equal(name, STR("method")))
        asked = ASKED_METHOD;
    else if (str_equal(name, STR("path")))
        asked = ASKED_PATH;
    else if (name.n > header.n && memcmp(name.p, header.p, header.n) == 0)
        asked = ASKED_HEADER;
    else if (name.n > query.n && memcmp(name.p, query.p, query.n) == 0)
        asked = ASKED_QUERY;
    else if (name.n != 0)
        return RCK_E_ARGUMENT;
    if (asked == ASKED_HEADER || asked == ASKED_QUERY) {
        size_t prefix = asked == ASKED_HEADER ? header.n : query.n;

        name = (struct str){ name.p + prefix, name.n - prefix };
        if (name.n > ASKED_NAME_BYTES_MAX || (asked == ASKED_HEADER && !is_token(name)))
            return RCK_E_ARGUMENT;
        copy = mem_alloc(&request->mem, name.n);
        if (copy == NULL)
            return RCK_E_NOMEM;
        for (size_t i = 0; i < name.n; i++)
            copy[i] = asked == ASKED_HEADER ? lower(name.p[i]) : name.p[i];
    }
    if (request_note(request) == NULL) {
        mem_free(&request->mem, copy);
        return RCK_E_NOMEM;
    }
    message = &request->notes->message;
    mem_free(&request->mem, message->asked_name);
    message->asked_name = copy;
    message->asked_name_n = copy != NULL ? name.n : 0;
    message->asked = asked;
    message->said = RCK_SAID_UNKNOWN;
    return RCK_OK;
}

enum rck_said
rck_request_asked(const struct rck_request *request, const char **text, size_t *length)
{
    const struct message *message;

    *text = NULL;
    *length = 0;
    if (!request_is_message(request) || request_is_invalid(request) || request->notes->message.asked == ASKED_NONE)
        return RCK_SAID_UNKNOWN;
    message = &request->notes->message;
    if (message->said == RCK_SAID_TEXT) {
        *text = message->bytes + message->said_at;
        *length = message->said_n;
    }
    return message->said;
}

static bool
keep_said(struct rck_request *request, struct str text)
{
    struct message *message = &request->notes->message;

    message->said = RCK_SAID_TEXT;
    return keep_bytes(request, text, &message->said_at, &message->said_n);
}

/* Keeps TEXT if the NAME of what ASKED is asks for it; a second one is refused. */
static bool
put_asked(struct rck_request *request, enum asked asked, struct str name, size_t offset, struct str text)
{
    struct message *message = &request->notes->message;

    if (message->asked != asked || message->said == RCK_SAID_UNKNOWN || !str_equal(name, (struct str){ message->asked_name, message->asked_name_n }))
        return true;
    if (message->said == RCK_SAID_TEXT)
        return refuse(request, asked == ASKED_HEADER ? STR("headers") : STR("url"), offset,
                      "give it once: servers differ in which one they take", "'%s%.*s' is given twice",
                      asked == ASKED_HEADER ? "header." : "query.", QUOTE(quotable(name)));
    return keep_said(request, text);
}

/* Keeps the decoded path of URL, without its empty segments. */
static bool
keep_path(struct rck_request *request, const struct url *url, size_t size)
{
    struct message *message = &request->notes->message;
    char *room = bytes_room(request, size + 1);
    size_t n = 0;

    if (room == NULL)
        return false;
    for (uint32_t i = 0; i < url->n_segments; i++) {
        if (url->segments[i].n == 0)
            continue;
        room[n++] = '/';
        memcpy(room + n, url->segments[i].p, url->segments[i].n);
        n += url->segments[i].n;
    }
    if (n == 0)
        room[n++] = '/';
    message->said = RCK_SAID_TEXT;
    message->said_at = (uint32_t)message->n_bytes;
    message->said_n = (uint32_t)n;
    message->n_bytes += n;
    return true;
}

/* True for a header in which some servers look for the method, or the URL, in place of the request line. */
static bool
tells_method(struct str name)
{
    return route_same_folded(name, STR("x-http-method-override")) || route_same_folded(name, STR("x-http-method"))
           || route_same_folded(name, STR("x-method-override"));
}

static bool
tells_url(struct str name)
{
    return route_same_folded(name, STR("x-original-url")) || route_same_folded(name, STR("x-rewrite-url"));
}

/* Keeps VALUE of such a header. */
static bool
put_other(struct rck_request *request, struct message_part *other, size_t offset, struct str name, struct str value)
{
    struct message *message = &request->notes->message;

    if (other->has && !str_equal(value, (struct str){ message->bytes + other->at, other->n }))
        return refuse(request, STR("headers"), offset, "give it once: servers differ in which one they take", "'%.*s' says another than a header before it",
                      QUOTE(name));
    other->has = true;
    other->offset = offset;
    return keep_bytes(request, value, &other->at, &other->n);
}

/* Refuses OTHER if it is not the TEXT that the message has. */
static bool
check_other(struct rck_request *request, const struct message_part *other, struct str text, const char *what)
{
    struct str told;

    if (!other->has)
        return true;
    told = (struct str){ request->notes->message.bytes + other->at, other->n };
    if (str_equal(told, text))
        return true;
    return refuse(request, STR("headers"), other->offset, "send the message as it is meant", "a header tells another %s, '%.*s': some servers take that", what,
                  QUOTE(quotable(told)));
}

static bool
put_header(struct rck_request *request, size_t offset, struct str name, struct str value)
{
    char folded[ASKED_NAME_BYTES_MAX];
    uint32_t fact;

    if (!is_token(name))
        return refuse(request, STR("headers"), offset, NULL, "'%.*s' is no name of a header", QUOTE(quotable(name)));
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == 0 || value.p[i] == '\r' || value.p[i] == '\n')
            return refuse(request, STR("headers"), offset, NULL, "the header '%.*s' holds an end of line or a NUL", QUOTE(name));
    value = trim(value);
    if (route_same_folded(name, STR("content-type")))
        request->notes->message.is_opaque = request->notes->message.is_opaque || !is_json_type(value);
    if (route_same_folded(name, STR("content-encoding")))
        request->notes->message.is_opaque = request->notes->message.is_opaque || !route_same_folded(value, STR("identity"));
    if (tells_method(name) && !put_other(request, &request->notes->message.other_method, offset, name, value))
        return false;
    if (tells_url(name) && !put_other(request, &request->notes->message.other_url, offset, name, value))
        return false;
    if (name.n > sizeof folded)
        return true; /* longer than any name of a policy */
    for (size_t i = 0; i < name.n; i++)
        folded[i] = lower(name.p[i]);
    if (!put_asked(request, ASKED_HEADER, (struct str){ folded, name.n }, offset, value))
        return false;
    fact = routes_find_fact(&request->policy->routes, FACT_HEADER, (struct str){ folded, name.n });
    return fact == RCK_NONE || put_text(request, fact, offset, value);
}

/* ---- body ---------------------------------------------------------------------------------------------------------------- */

/* The fact that PATH, of the body, is; RCK_NONE if nobody asks for it.  A key with a dot is no path of keys. */
static uint32_t
body_fact(const struct rck_request *request, struct str path)
{
    return request->notes->reader.dotted ? RCK_NONE : routes_find_fact(&request->policy->routes, FACT_BODY, path);
}

/* The character at *AT of TEXT without case, of those that servers take for a letter of ASCII; moves *AT behind it.  Unicode folds U+212A to
 * 'k' and U+017F to 's'. */
static char
next_folded(struct str text, size_t *at)
{
    const char *p = text.p + *at;
    size_t left = text.n - *at;

    if (left >= 3 && memcmp(p, "\xE2\x84\xAA", 3) == 0) {
        *at += 3;
        return 'k';
    }
    if (left >= 2 && memcmp(p, "\xC5\xBF", 2) == 0) {
        *at += 2;
        return 's';
    }
    ++*at;
    return lower(*p);
}

static bool
is_twin(struct str name, struct str path)
{
    size_t i = 0, k = 0;

    while (i < name.n && k < path.n)
        if (next_folded(name, &i) != next_folded(path, &k))
            return false;
    return i == name.n && k == path.n;
}

/* True if PATH differs by case alone from one that somebody asks for. */
static bool
is_body_twin(const struct rck_request *request, struct str path)
{
    const struct routes *routes = &request->policy->routes;
    uint32_t i = 0;

    while (i < routes->facts.n && (routes->facts.items[i].source != FACT_BODY || !is_twin(routes->facts.items[i].name, path)))
        i++;
    return i < routes->facts.n;
}

static bool
put_body(struct rck_request *request, struct str path, const struct json_value *json)
{
    uint32_t fact = body_fact(request, path);
    struct fact_value *value;

    if (fact == RCK_NONE) {
        /* For some servers it is the same key. */
        request->notes->message.is_opaque = request->notes->message.is_opaque || is_body_twin(request, path);
        return true;
    }
    value = &request->notes->message.values[fact];
    switch (json->kind) {
    case JSON_NULL:
        return true;
    case JSON_FALSE:
    case JSON_TRUE:
        value->state = FACT_BOOL;
        value->is_true = json->kind == JSON_TRUE;
        return true;
    case JSON_NUMBER:
    case JSON_STRING:
        value->state = json->text.n > STRING_BYTES_MAX ? FACT_OTHER : json->kind == JSON_NUMBER ? FACT_NUMBER : FACT_TEXT;
        return value->state == FACT_OTHER || keep_bytes(request, json->text, &value->at, &value->n);
    case JSON_OBJECT:
        break;
    }
    value->state = FACT_OTHER;
    return true;
}

static bool
body_scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    (void)offset;
    return put_body(arg, path, value);
}

/* An object or array. */
static bool
body_nested(void *arg, struct str path, size_t offset)
{
    return put_body(arg, path, &(struct json_value){ .kind = JSON_OBJECT, .offset = offset });
}

static bool
ignore_member(void *arg, struct str path, const struct json_value *value)
{
    (void)arg;
    (void)path;
    (void)value;
    return true;
}

/* Reads BODY, as it was sent, for the facts that somebody asks for. */
static bool
read_body(struct rck_request *request, struct str body)
{
    const struct json_receiver receiver = { request, body_scalar, body_nested, ignore_member, body_nested };
    struct json_error error = { 0 };
    enum rck_status status;
    size_t at = 0;

    while (at < body.n && memchr(" \t\r\n", body.p[at], 4) != NULL)
        at++;
    if (request->notes->message.is_opaque || at == body.n || body.p[at] != '{')
        return true; /* what is no object has no facts, and they stay hidden */
    turn_facts(request, FACT_BODY, FACT_ABSENT);
    request->notes->reader.tells_dotted = true;
    status = json_read(&request->notes->reader, body, &receiver, &error);
    request->notes->reader.tells_dotted = request->notes->reader.dotted = false;
    if (status == RCK_E_NOMEM)
        return no_memory(request);
    if (status != RCK_OK && error.message != NULL)
        return refuse(request, STR("body"), request->notes->message.body.has ? request->notes->message.body.offset : error.offset, error.help, "the body is no JSON that can be relied on: %s", error.message);
    return status == RCK_OK;
}

/* ---- conditions ---------------------------------------------------------------------------------------------------------- */

/* The number that VALUE is, in millionths. */
static bool
number_of(const struct message *message, const struct fact_value *value, wide *number)
{
    struct str text = { message->bytes + value->at, value->n };
    int64_t read;

    if (number_read_int(text, &read) == NUMBER_FINE)
        *number = (wide)read * 1000000;
    else if (number_read_decimal(text, &read) == NUMBER_FINE)
        *number = read;
    else
        return false;
    return true;
}

static enum truth
truth_of(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth
test_fact(const struct rck_request *request, const struct test *test)
{
    const struct rck_policy *policy = request->policy;
    const struct message *message = &request->notes->message;
    const struct fact_value *value = &message->values[test->fact];
    struct str text = { message->bytes + value->at, value->n };
    wide number;

    if (value->state == FACT_HIDDEN)
        return TRUTH_UNKNOWN;
    if (test->kind == TEST_PRESENT)
        return truth_of(value->state != FACT_ABSENT);
    if (value->state == FACT_ABSENT)
        return policy->routes.facts.items[test->fact].source == FACT_BODY ? TRUTH_UNKNOWN : TRUTH_FALSE;
    if (test->kind == TEST_TRUE)
        return value->state == FACT_BOOL ? truth_of(value->is_true) : TRUTH_UNKNOWN;
    if (test->kind == TEST_TEXT || test->kind == TEST_MATCHES) {
        if (value->state != FACT_TEXT)
            return TRUTH_UNKNOWN;
        return truth_of(test->kind == TEST_TEXT ? str_equal(text, test->text) : glob_matches(&policy->patterns.items[test->pattern].glob, text));
    }
    if (value->state != FACT_NUMBER || !number_of(message, value, &number))
        return TRUTH_UNKNOWN;
    return truth_of(test->kind == TEST_EQUAL   ? number == test->number
                    : test->kind == TEST_BELOW ? number < test->number
                                               : number > test->number);
}

static enum truth
condition_truth(const struct rck_request *request, struct condition condition)
{
    const struct test *tests;
    uint8_t stack[CONDITION_STACK_MAX]; /* routes_check_condition() has seen that it is large enough */
    uint32_t n = 0;

    if (condition.n == 0)
        return TRUTH_TRUE;
    tests = request->policy->routes.tests.items + condition.first;
    for (uint32_t i = 0; i < condition.n; i++) {
        if (test_pushes(tests[i].kind)) {
            stack[n++] = (uint8_t)test_fact(request, &tests[i]);
        } else if (tests[i].kind == TEST_NOT) {
            stack[n - 1] = (uint8_t)(TRUTH_TRUE - stack[n - 1]);
        } else {
            bool is_and = tests[i].kind == TEST_AND;

            n--;
            if (is_and ? stack[n] < stack[n - 1] : stack[n] > stack[n - 1])
                stack[n - 1] = stack[n];
        }
    }
    return (enum truth)stack[0];
}

/* ---- the credential ------------------------------------------------------------------------------------------------------ */

/* Gives the subject to REQUEST, if exactly one credential is there and all others are not. */
static bool
find_subject(struct rck_request *request)
{
    const struct rck_policy *policy = request->policy;
    const struct routes *routes = &policy->routes;
    const struct name *names = policy->names.items + policy->slots.items[SLOT_SUBJECT].first_name;
    const struct credential *found = NULL;
    bool unknown = false;

    if (routes->credentials.n == 0)
        return true;
    for (uint32_t i = 0; i < routes->credentials.n; i++) {
        const struct credential *credential = &routes->credentials.items[i];
        enum truth truth = condition_truth(request, credential->condition);

        unknown = unknown || truth == TRUTH_UNKNOWN;
        if (truth != TRUTH_TRUE || (found != NULL && found->subject == credential->subject))
            continue;
        if (found != NULL)
            return refuse(request, STR("headers"), 0, "send one of them", "the message carries two credentials, of '%.*s' and '%.*s'",
                          QUOTE(names[found->subject].text), QUOTE(names[credential->subject].text));
        found = credential;
    }
    request->notes->message.subject_is_open = unknown;
    if (unknown)
        return true;
    if (found == NULL)
        return refuse(request, STR("headers"), 0, "'rulecheck list routes' shows what is a credential",
                      "the message carries no credential that the policy knows");
    return request_put(request, SLOT_SUBJECT, 0,
                       &(struct json_value){ .kind = JSON_STRING, .text = names[found->subject].text, .raw = STR("") });
}

/* ---- routes -------------------------------------------------------------------------------------------------------------- */

/* Where the walk along the segments of a URL ended. */
struct walk {
    uint32_t group; /* RCK_NONE: no path matches */
    uint32_t state; /* the last one */
    uint32_t from;  /* the one before it, and what led from there, or nowhere */
    struct str segment;
    struct str twin; /* a literal that a segment differs from by case alone */
    struct str twin_of;
};

static void
step(const struct routes *routes, struct walk *walk, struct str segment)
{
    struct str twin;
    uint32_t next = routes_step(routes, walk->state, segment, &twin);

    if (twin.n != 0 && walk->twin.n == 0) {
        walk->twin = twin;
        walk->twin_of = segment;
    }
    walk->from = walk->state;
    walk->segment = segment;
    if (next != RCK_NONE)
        walk->state = next;
    walk->group = next;
}

/* Walks along METHOD and the segments of URL, without the empty ones if they are MERGED. */
static struct walk
walk_along(const struct routes *routes, struct str method, const struct url *url, bool merged)
{
    struct walk walk = { .state = 0 };

    step(routes, &walk, method);
    for (uint32_t i = 0; i < url->n_segments && walk.group != RCK_NONE; i++)
        if (!merged || url->segments[i].n != 0)
            step(routes, &walk, url->segments[i]);
    if (walk.group != RCK_NONE)
        walk.group = routes->states.items[walk.state].group;
    return walk;
}

/* Adds ROUTE to HELP, of which N bytes of SIZE are used, if all of it fits.  Returns the bytes that are used then. */
static size_t
add_near(const struct routes *routes, uint32_t route, char *help, size_t size, size_t n)
{
    const struct route *near = &routes->routes.items[route];
    char text[192];
    size_t more = (size_t)snprintf(text, sizeof text, "%s%.*s '%.*s'", n == 0 ? "the nearest: " : ", ", str_cut(near->method, 40), near->method.p,
                                   str_cut(near->path, 100), near->path.p);

    if (more >= size - n)
        return n;
    memcpy(help + n, text, more + 1);
    return n + more;
}

/* Tells what routes are near: those of other methods with this path, the one with a literal like the last segment, and some one behind
 * the last segment that led somewhere. */
static bool
refuse_route(struct rck_request *request, struct str method, struct str target, const struct url *url, const struct walk *walk)
{
    enum { METHODS_MAX = 16, NEAR_MAX = 3 };
    const struct routes *routes = &request->policy->routes;
    const struct route_state *first = &routes->states.items[0];
    uint32_t near[NEAR_MAX], n_near = 0, like, state = walk->state;
    char help[320] = "";
    size_t n = 0;

    for (uint32_t i = 0; i < first->n_edges && i < METHODS_MAX && n_near < NEAR_MAX; i++) {
        struct walk other = walk_along(routes, routes->edges.items[first->first_edge + i].name, url, true);

        if (other.group != RCK_NONE) /* then it is another method */
            near[n_near++] = other.group;
    }
    like = routes_suggest(routes, walk->from, walk->segment);
    for (uint32_t i = 0; i < 2 && n_near < NEAR_MAX; i++) {
        uint32_t from = i == 0 ? like : state, route, k = 0;

        if (from == RCK_NONE || (from == 0 && n_near != 0))
            continue;
        route = routes->states.items[from].nearest;
        while (k < n_near && near[k] != route)
            k++;
        if (k == n_near)
            near[n_near++] = route;
    }
    for (uint32_t i = 0; i < n_near; i++)
        n = add_near(routes, near[i], help, sizeof help, n);
    return refuse(request, STR("url"), request->notes->message.url.offset, help, "no route is for %.*s '%.*s'", QUOTE(method),
                  str_cut(target, 120), target.p);
}

static bool
lay_value(struct rck_request *request, uint32_t slot)
{
    struct message *message = &request->notes->message;

    if (!grow(request, &message->laid, &message->laid_room, message->n_laid + 1, sizeof *message->laid))
        return false;
    message->laid[message->n_laid++] = (struct laid_value){
        .slot = slot,
        .code = request->codes[slot],
        .at = request->texts[slot].at,
        .n = request->texts[slot].n,
        .number = slot_is_number(&request->policy->slots.items[slot]) ? *request_values(request, slot) : 0,
    };
    message->alternatives[message->n_alternatives - 1].n_laid++;
    request->codes[slot] = VALUE_ABSENT;
    request->given[slot] = 0;
    return true;
}

/* Gives name NAME of a dimension to the alternative that is being made. */
static bool
lay_name(struct rck_request *request, uint32_t slot, uint32_t name)
{
    const struct rck_policy *policy = request->policy;

    if (request->given[slot])
        return refuse(request, policy->slots.items[slot].name, 0, "the route says it", "'%.*s' is given twice",
                      WHOLE(policy->slots.items[slot].name));
    return request_put(request, slot, 0,
                       &(struct json_value){ .kind = JSON_STRING, .text = policy->names.items[policy->slots.items[slot].first_name + name].text })
           && lay_value(request, slot);
}

/* Gives an attribute the value of a fact, if it has one. */
static bool
lay_fact(struct rck_request *request, const struct route_with *with)
{
    const struct message *message = &request->notes->message;
    const struct fact_value *value = &message->values[with->fact];
    enum rck_type type = request->policy->slots.items[with->slot].type;
    struct json_value json = { .text = { message->bytes + value->at, value->n } };

    switch (value->state) {
    case FACT_HIDDEN:
    case FACT_ABSENT:
        return true;
    case FACT_NUMBER:
        json.kind = JSON_NUMBER;
        break;
    case FACT_BOOL:
        json.kind = value->is_true ? JSON_TRUE : JSON_FALSE;
        break;
    case FACT_OTHER:
        json.kind = JSON_OBJECT;
        break;
    case FACT_TEXT:
        json.kind = JSON_STRING;
        /* The query and headers have texts only. */
        if (request->policy->routes.facts.items[with->fact].source == FACT_BODY)
            break;
        if ((type == RCK_TYPE_INT || type == RCK_TYPE_DECIMAL) && json_is_number(json.text))
            json.kind = JSON_NUMBER;
        if (type == RCK_TYPE_BOOL && str_equal(json.text, STR("true")))
            json.kind = JSON_TRUE;
        if (type == RCK_TYPE_BOOL && str_equal(json.text, STR("false")))
            json.kind = JSON_FALSE;
        break;
    }
    return request_put(request, with->slot, 0, &json) && lay_value(request, with->slot);
}

static bool
add_alternative(struct rck_request *request, uint32_t route_idx, bool is_unknown)
{
    const struct routes *routes = &request->policy->routes;
    const struct route *route = &routes->routes.items[route_idx];
    struct message *message = &request->notes->message;

    if (!grow(request, &message->alternatives, &message->alternatives_room, message->n_alternatives + 1, sizeof *message->alternatives))
        return false;
    message->alternatives[message->n_alternatives++] =
        (struct alternative){ .route = route_idx, .is_unknown = is_unknown, .first_laid = message->n_laid };
    message->is_certain = message->is_certain || !is_unknown;
    if (!lay_name(request, SLOT_ACTION, route->action) || !lay_name(request, SLOT_RESOURCE, route->resource))
        return false;
    for (uint32_t i = 0; i < route->n_withs; i++)
        if (!lay_fact(request, &routes->withs.items[route->first_with + i]))
            return false;
    return true;
}

/* Adds the routes of GROUP whose conditions are not false. */
static bool
add_group(struct rck_request *request, uint32_t group)
{
    const struct routes *routes = &request->policy->routes;

    for (uint32_t i = group; i != RCK_NONE; i = routes->routes.items[i].next) {
        enum truth truth = condition_truth(request, routes->routes.items[i].condition);

        if (truth != TRUTH_FALSE && !add_alternative(request, i, truth == TRUTH_UNKNOWN))
            return false;
    }
    return true;
}

/* True if a route of GROUP asks for the body. */
static bool
asks_body(const struct routes *routes, uint32_t group)
{
    for (uint32_t i = group; i != RCK_NONE; i = routes->routes.items[i].next)
        if (routes->routes.items[i].asks_body)
            return true;
    return false;
}

static bool
refuse_twin(struct rck_request *request, const struct walk *walk)
{
    return refuse(request, STR("url"), request->notes->message.url.offset, "servers differ in whether case counts: write it as the policy does",
                  "'%.*s' differs from '%.*s' by case alone", QUOTE(walk->twin_of), QUOTE(walk->twin));
}

static bool
read_query(struct rck_request *request, struct str query)
{
    const struct routes *routes = &request->policy->routes;
    struct message *message = &request->notes->message;
    struct str key, value;
    struct url_error error;
    size_t at = 0;
    char *room = bytes_room(request, query.n + 1); /* behind what is kept; taken again for what is to stay */

    if (room == NULL)
        return false;
    if (query.n != 0 && memchr(query.p, ';', query.n) != NULL)
        turn_facts(request, FACT_QUERY, FACT_HIDDEN); /* for some servers ';' separates as '&' does */
    while (url_next_pair(query, &at, room, &key, &value, &error)) {
        uint32_t fact = routes_find_fact(routes, FACT_QUERY, key);
        char *kept;
        size_t size;
        bool fine;

        if (fact != RCK_NONE && message->values[fact].state == FACT_HIDDEN)
            fact = RCK_NONE;
        if (fact == RCK_NONE && message->asked != ASKED_QUERY)
            continue;
        /* Keeping may move the room. */
        size = key.n + value.n;
        kept = mem_alloc(&request->mem, size + 1);
        if (kept == NULL)
            return no_memory(request);
        if (size != 0)
            memcpy(kept, key.p, size); /* the value stands behind its key */
        key.p = kept;
        value.p = kept + key.n;
        fine = put_asked(request, ASKED_QUERY, key, message->url.offset, value)
               && (fact == RCK_NONE || put_text(request, fact, message->url.offset, value));
        mem_free(&request->mem, kept);
        if (!fine)
            return false;
        room = bytes_room(request, query.n + 1);
        if (room == NULL)
            return false;
    }
    if (error.message == NULL)
        return true;
    return refuse(request, STR("url"), message->url.offset, error.help, "%s", error.message);
}

/* Does all that is left when the parts of the message are known. */
static bool
finish(struct rck_request *request, struct str method, struct str target, struct str body)
{
    const struct routes *routes = &request->policy->routes;
    struct message *message = &request->notes->message;
    struct url url UNINITIALIZED;
    struct url_error error;
    struct walk walk, merged = { .group = RCK_NONE };
    bool fine;
    char *room;

    if (!is_token(method))
        return refuse(request, STR("method"), message->method.offset, NULL, "'%.*s' is no method of HTTP", QUOTE(quotable(method)));
    if (!check_other(request, &message->other_method, method, "method") || !check_other(request, &message->other_url, target, "URL"))
        return false;
    room = mem_alloc(&request->mem, target.n + 1);
    if (room == NULL)
        return no_memory(request);
    if (!url_read(target, room, &url, &error)) {
        mem_free(&request->mem, room);
        return refuse(request, STR("url"), message->url.offset, error.help, "%s", error.message);
    }
    walk = walk_along(routes, method, &url, false);
    if (url.has_empty)
        merged = walk_along(routes, method, &url, true);
    if (walk.twin.n != 0)
        fine = refuse_twin(request, &walk);
    else if (merged.twin.n != 0)
        fine = refuse_twin(request, &merged);
    else if (walk.group == RCK_NONE && merged.group == RCK_NONE)
        fine = refuse_route(request, method, target, &url, url.has_empty ? &merged : &walk);
    else
        fine = read_query(request, url.query) && (message->asked != ASKED_PATH || keep_path(request, &url, target.n))
               && (message->asked != ASKED_METHOD || keep_said(request, method));
    mem_free(&request->mem, room);
    if (!fine)
        return false;
    if (!message->has_body && (asks_body(routes, walk.group) || asks_body(routes, merged.group)) && !read_body(request, body))
        return false;
    if (message->is_opaque)
        turn_facts(request, FACT_BODY, FACT_HIDDEN);
    if (!find_subject(request) || !add_group(request, walk.group)
        || (merged.group != walk.group && !add_group(request, merged.group)))
        return false;
    if (message->n_alternatives == 0) {
        const struct route *route = &routes->routes.items[walk.group != RCK_NONE ? walk.group : merged.group];

        return refuse(request, STR("url"), message->url.offset, "'rulecheck list routes' shows them", "no condition of the routes of %.*s '%.*s' holds",
                      QUOTE(route->method), str_cut(route->path, 120), route->path.p);
    }
    for (uint32_t i = 0; i < message->n_laid; i++)
        request->given[message->laid[i].slot] = 1;
    request_set_lacks(request, request->lacks | REQUEST_IS_MESSAGE);
    message_lay(request, 0);
    message->is_decided = false;
    return true;
}

enum rck_status
rck_http_request(struct rck_request *request, const struct rck_http *http)
{
    bool fine = begin(request);
    size_t left = REQUEST_BYTES_MAX;

    if (fine && http->headers != NULL)
        turn_facts(request, FACT_HEADER, FACT_ABSENT);
    for (size_t i = 0; i < http->n_headers && fine && http->headers != NULL; i++) {
        const struct rck_header *header = &http->headers[i];

        if (header->name_length > left || header->value_length > left - header->name_length) {
            fine = refuse(request, STR("headers"), 0, NULL, "the headers are longer than %u bytes", (unsigned)REQUEST_BYTES_MAX);
            break;
        }
        left -= header->name_length + header->value_length;
        fine = put_header(request, 0, (struct str){ header->name, header->name_length },
                          (struct str){ header->value, header->value_length });
    }
    if (fine)
        finish(request, (struct str){ http->method, http->method_length }, (struct str){ http->url, http->url_length },
               (struct str){ http->body, http->body != NULL ? http->body_length : 0 });
    return request_status(request);
}

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
        turn_facts(request, source, FACT_ABSENT);
    *told = true;
}

static bool
keep_part(struct rck_request *request, struct message_part *part, struct str key, size_t offset, const struct json_value *value)
{
    if (value->kind != JSON_STRING)
        return refuse(request, key, offset, NULL, "'%.*s' must be a text", WHOLE(key));
    part->has = true;
    part->offset = value->offset;
    return keep_bytes(request, value->text, &part->at, &part->n);
}

static bool
line_header(struct rck_request *request, struct str name, const struct json_value *value)
{
    are_told(request, FACT_HEADER);
    if (value->kind == JSON_NULL)
        return true;
    if (value->kind != JSON_STRING)
        return refuse(request, STR("headers"), value->offset, NULL, "the header '%.*s' must be a text", QUOTE(name));
    return put_header(request, value->offset, name, value->text);
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
            refuse(request, path, offset, NULL, "'%.*s' must be an object", WHOLE(path));
    } else if (is_below(STR("headers"), &path)) {
        line_header(request, path, value);
    } else if (is_below(STR("body"), &path)) {
        put_body(request, path, value);
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
        refuse(request, path, offset, NULL, "'%.*s' must be a text", WHOLE(path));
    } else if (str_equal(path, STR("headers")) || str_equal(path, STR("facts"))) {
        if (is_array)
            refuse(request, path, offset, NULL, "'%.*s' must be an object", WHOLE(path));
        else if (path.p[0] == 'h')
            are_told(request, FACT_HEADER);
    } else if (str_equal(path, STR("body"))) {
        if (!is_array)
            are_told(request, FACT_BODY);
    } else if (is_below(STR("headers"), &path)) {
        are_told(request, FACT_HEADER);
        if (!is_array)
            refuse(request, STR("headers"), offset, NULL, "the header '%.*s' must be a text", QUOTE(path));
    } else if (is_below(STR("body"), &path)) {
        body_nested(request, path, offset);
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
        no_memory(request);
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
        refuse(request, STR("method"), 0, "a message has a method and a URL", "the method is missing");
    if (!message->url.has)
        refuse(request, STR("url"), 0, "a message has a method and a URL", "the URL is missing");
    if (request_is_invalid(request))
        return;
    method = copy_part(request, message->method);
    url = copy_part(request, message->url);
    body = copy_part(request, message->body);
    if (method != NULL && url != NULL && body != NULL)
        finish(request, (struct str){ method, message->method.n }, (struct str){ url, message->url.n },
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

    if (!begin(request))
        return request_status(request);
    request->notes->reader.tells_dotted = true;
    status = json_read(&request->notes->reader, (struct str){ line, length }, &receiver, &error);
    request->notes->reader.tells_dotted = request->notes->reader.dotted = false;
    if (status == RCK_E_NOMEM)
        no_memory(request);
    else if (status != RCK_OK && error.message != NULL)
        refuse(request, str_of(error.key), error.offset, error.help, "%s", error.message);
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
        refuse(request, STR("headers"), message->name.offset, NULL, "a header must have 'name' and 'value'");
        return;
    }
    /* Keeping the value again, as what tells the method, what is asked for and a fact, must not move it. */
    if (!is_pseudo_header(part_text(message, message->name)) && bytes_room(request, 3 * (size_t)message->value.n) != NULL)
        put_header(request, message->value.offset, part_text(message, message->name), part_text(message, message->value));
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
        message->is_opaque = message->is_opaque || value->kind != JSON_STRING || !is_json_type(value->text);
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
            refuse(request, path, offset, NULL, "'headers' must be a list");
    } else if (str_equal(path, STR("postData"))) {
        if (value->kind != JSON_NULL)
            refuse(request, path, offset, NULL, "'postData' must be an object");
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
        refuse(request, path, offset, NULL, "'%.*s' must be a text", WHOLE(path));
    else if (str_equal(path, STR("headers")) && !is_array)
        refuse(request, path, offset, NULL, "'headers' must be a list");
    else if (str_equal(path, STR("headers")))
        are_told(request, FACT_HEADER);
    else if (str_equal(path, STR("postData")) && is_array)
        refuse(request, path, offset, NULL, "'postData' must be an object");
    else if (str_equal(path, STR("postData.mimeType")) || str_equal(path, STR("postData.encoding")))
        message->is_opaque = true;
    else if (is_in_header(&path) && (str_equal(path, STR("name")) || str_equal(path, STR("value"))))
        refuse(request, STR("headers"), offset, NULL, "the '%.*s' of a header must be a text", WHOLE(path));
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
        refuse(request, STR("headers"), value->offset, NULL, "a header must be an object with 'name' and 'value'");
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

    if (!begin(request))
        return request_status(request);
    reader = &request->notes->reader;
    message = &request->notes->message;
    reader->tells_dotted = reader->tells_lists = true;
    status = json_read(reader, (struct str){ text, length }, &receiver, &error);
    reader->tells_dotted = reader->tells_lists = reader->dotted = false;
    if (status == RCK_E_NOMEM)
        no_memory(request);
    else if (status != RCK_OK && error.message != NULL)
        refuse(request, str_of(error.key), error.offset, error.help, "%s", error.message);
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

/* ---- deciding ------------------------------------------------------------------------------------------------------------ */

void
message_lay(const struct rck_request *const_request, uint32_t idx)
{
    /* A request belongs to one thread, and which of its tuples is in its slots is no part of what it says. */
    struct rck_request *request = (struct rck_request *)(uintptr_t)const_request;
    struct message *message = &request->notes->message;
    const struct alternative *alternative = &message->alternatives[idx];

    for (uint32_t i = 0; i < message->n_laid; i++)
        request->codes[message->laid[i].slot] = VALUE_ABSENT;
    for (uint32_t i = alternative->first_laid; i < alternative->first_laid + alternative->n_laid; i++) {
        const struct laid_value *value = &message->laid[i];

        request->codes[value->slot] = value->code;
        if (slot_is_number(&request->policy->slots.items[value->slot]))
            *request_values(request, value->slot) = value->number;
        request->texts[value->slot] = (struct request_text){ value->at, value->n };
    }
    message->laid_alternative = idx;
    message->is_decided = true;
}

bool
message_differs(const struct rck_request *request, uint32_t slot)
{
    const struct message *message = &request->notes->message;
    const struct laid_value *first = NULL;
    uint32_t n = 0;

    if (message->is_decided)
        return false;
    for (uint32_t i = 0; i < message->n_laid; i++) {
        const struct laid_value *value = &message->laid[i];

        if (value->slot != slot)
            continue;
        if (first == NULL)
            first = value;
        if (value->code != first->code || value->number != first->number || value->n != first->n
            || (value->n != 0 && memcmp(request->bytes + value->at, request->bytes + first->at, value->n) != 0))
            return true;
        n++;
    }
    return n != 0 && n != message->n_alternatives;
}

bool
is_stricter(enum rck_result result, enum rck_result other)
{
    static const uint8_t ranks[] = { [RCK_ALLOW] = 0, [RCK_INDETERMINATE] = 1, [RCK_DENY] = 2, [RCK_INVALID] = 3 };

    return ranks[result] > ranks[other];
}

/* The attribute of the laid alternative that would come from what is hidden; NULL if there is none.  A fact from elsewhere may stand for a
 * body that nobody has seen, but not for one that was sent in a form that is not read. */
static const struct route_with *
hidden_with(const struct rck_request *request)
{
    const struct routes *routes = &request->policy->routes;
    const struct message *message = &request->notes->message;
    const struct route *route = &routes->routes.items[message->alternatives[message->laid_alternative].route];

    for (uint32_t i = 0; i < route->n_withs; i++) {
        const struct route_with *with = &routes->withs.items[route->first_with + i];

        if (message->values[with->fact].state == FACT_HIDDEN && (message->is_opaque || request->codes[with->slot] == VALUE_ABSENT))
            return with;
    }
    return NULL;
}

/* True if what is to be looked up by what was asked for cannot be. */
static bool
asks_in_vain(const struct message *message)
{
    return message->asked != ASKED_NONE && message->said == RCK_SAID_UNKNOWN;
}

enum rck_result
message_floor(const struct rck_request *request, enum rck_result result)
{
    const struct message *message = &request->notes->message;
    bool is_open = !message->is_certain || hidden_with(request) != NULL || asks_in_vain(message);

    return is_open && is_stricter(RCK_INDETERMINATE, result) ? RCK_INDETERMINATE : result;
}

/* ---- what a message became ------------------------------------------------------------------------------------------------ */

size_t
rck_request_route(const struct rck_request *request, size_t idx, struct rck_route_match *match)
{
    const struct message *message;

    if (!request_is_message(request) || request_is_invalid(request))
        return 0;
    message = &request->notes->message;
    if (idx < message->n_alternatives && match != NULL)
        *match = (struct rck_route_match){
            .route = message->alternatives[idx].route,
            .unknown = message->alternatives[idx].is_unknown,
            .decides = idx == message->laid_alternative,
        };
    return message->n_alternatives;
}

/* The first fact because of which CONDITION is unknown. */
static uint32_t
unknown_fact(const struct rck_request *request, struct condition condition)
{
    const struct test *tests = request->policy->routes.tests.items;

    for (uint32_t i = condition.first; ALWAYS(i < condition.first + condition.n); i++)
        if (test_pushes(tests[i].kind) && test_fact(request, &tests[i]) == TRUTH_UNKNOWN)
            return tests[i].fact;
    return RCK_NONE;
}

const char *
rck_request_doubt(const struct rck_request *const_request)
{
    /* The text is a cache: a request belongs to one thread. */
    struct rck_request *request = (struct rck_request *)(uintptr_t)const_request;
    struct message *message;
    const struct rck_policy *policy = request->policy;
    const struct routes *routes = &policy->routes;
    const struct route_with *with;
    const char *what = NULL;
    uint32_t fact = RCK_NONE;
    char subject[320];

    if (!request_is_message(request) || request_is_invalid(request))
        return NULL;
    message = &request->notes->message;
    if (message->subject_is_open && request->codes[SLOT_SUBJECT] == VALUE_ABSENT) {
        what = "the credential";
        for (uint32_t i = 0; i < routes->credentials.n && fact == RCK_NONE; i++)
            if (condition_truth(request, routes->credentials.items[i].condition) == TRUTH_UNKNOWN)
                fact = unknown_fact(request, routes->credentials.items[i].condition);
    } else if (!message->is_certain) {
        const struct alternative *alternative = &message->alternatives[message->laid_alternative];

        what = "the route";
        fact = unknown_fact(request, routes->routes.items[alternative->route].condition);
    } else if ((with = hidden_with(request)) != NULL) {
        snprintf(subject, sizeof subject, "'%.*s'", WHOLE(policy->slots.items[with->slot].name));
        what = subject;
        fact = with->fact;
    } else if (asks_in_vain(message)) {
        /* Of a message the method and the path are known. */
        snprintf(message->doubt, sizeof message->doubt, "what is looked up depends on '%s%.*s', which is not known",
                 fact_prefix(message->asked == ASKED_HEADER ? FACT_HEADER : FACT_QUERY), (int)message->asked_name_n, message->asked_name);
        return message->doubt;
    }
    if (what == NULL)
        return NULL;
    snprintf(message->doubt, sizeof message->doubt, "%s depends on '%s%.*s', which is not known", what,
             fact != RCK_NONE ? fact_prefix(routes->facts.items[fact].source) : "",
             WHOLE(fact != RCK_NONE ? routes->facts.items[fact].name : STR("?")));
    return message->doubt;
}

static const char *
text_or_null(struct str s)
{
    return s.p;
}

enum rck_status
rck_policy_route(const struct rck_policy *policy, uint32_t idx, struct rck_route *out)
{
    const struct name *names = policy->names.items;
    const struct route *route;

    if (idx >= policy->routes.routes.n)
        return RCK_E_ARGUMENT;
    route = &policy->routes.routes.items[idx];
    *out = (struct rck_route){
        .method = route->method.p,
        .path = route->path.p,
        .when = text_or_null(route->when),
        .action = names[policy->slots.items[SLOT_ACTION].first_name + route->action].text.p,
        .resource = names[policy->slots.items[SLOT_RESOURCE].first_name + route->resource].text.p,
        .with = text_or_null(route->with),
        .matches = route->matches,
        .file = policy->files.items[route->at.file].p,
        .line = route->at.line,
        .column = route->at.column,
    };
    return RCK_OK;
}

enum rck_status
rck_policy_credential(const struct rck_policy *policy, uint32_t idx, struct rck_credential *out)
{
    const struct credential *credential;

    if (idx >= policy->routes.credentials.n)
        return RCK_E_ARGUMENT;
    credential = &policy->routes.credentials.items[idx];
    *out = (struct rck_credential){
        .subject = policy->names.items[policy->slots.items[SLOT_SUBJECT].first_name + credential->subject].text.p,
        .when = credential->when.p,
        .file = policy->files.items[credential->at.file].p,
        .line = credential->at.line,
        .column = credential->at.column,
    };
    return RCK_OK;
}
