/* SPDX-License-Identifier: MIT
 *
 * From a message of HTTP to the alternatives of a request; see message.h.
 */
#include <config.h>

#include "message_parts.h"

#include <stdarg.h>
#include <stdio.h>

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

bool
message_no_memory(struct rck_request *request)
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
        return message_no_memory(request);
    *array = grown;
    *room = 2 * n;
    return true;
}

char *
message_room(struct rck_request *request, size_t n)
{
    struct message *message = &request->notes->message;
    size_t need = message->n_bytes + n + 1;

    if (need > message->bytes_room) {
        /* URL, headers and body are capped, and each is kept a few times at most. */
        char *grown = ALWAYS(need <= UINT32_MAX / 2) ? mem_realloc(&request->mem, message->bytes, 2 * need) : NULL;

        if (grown == NULL) {
            message_no_memory(request);
            return NULL;
        }
        message->bytes = grown;
        message->bytes_room = 2 * need;
    }
    return message->bytes + message->n_bytes;
}

bool
message_keep(struct rck_request *request, struct str text, uint32_t *at, uint32_t *n)
{
    struct message *message = &request->notes->message;
    char *room = message_room(request, text.n);

    if (room == NULL)
        return false;
    if (text.n != 0)
        memcpy(room, text.p, text.n);
    *at = (uint32_t)message->n_bytes;
    *n = (uint32_t)text.n;
    message->n_bytes += text.n;
    return true;
}

bool
message_refuse(struct rck_request *request, struct str key, size_t offset, const char *help, const char *format, ...)
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

void
message_turn_facts(struct rck_request *request, enum fact_source source, enum fact_state state)
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

bool
message_begin(struct rck_request *request)
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
        return message_refuse(request, STR(""), 0, "write them in 'routes { ... }'", "the policy has no routes: it cannot decide messages of HTTP");
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
        return message_refuse(request, str_of(key), offset, "give it once: servers differ in which one they take", "'%s' is given twice", key);
    if (text.n > STRING_BYTES_MAX)
        return message_refuse(request, str_of(key), offset, NULL, "the text of '%s' has more than %u bytes", key, (unsigned)STRING_BYTES_MAX);
    if (utf8_check(text) != text.n || (text.n != 0 && memchr(text.p, 0, text.n) != NULL))
        return message_refuse(request, str_of(key), offset, NULL, "the text of '%s' is not UTF-8, or holds U+0000", key);
    value->state = FACT_TEXT;
    return message_keep(request, text, &value->at, &value->n);
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

bool
message_is_json(struct str type)
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
    return message_keep(request, text, &message->said_at, &message->said_n);
}

/* Keeps TEXT if the NAME of what ASKED is asks for it; a second one is refused. */
static bool
put_asked(struct rck_request *request, enum asked asked, struct str name, size_t offset, struct str text)
{
    struct message *message = &request->notes->message;

    if (message->asked != asked || message->said == RCK_SAID_UNKNOWN || !str_equal(name, (struct str){ message->asked_name, message->asked_name_n }))
        return true;
    if (message->said == RCK_SAID_TEXT)
        return message_refuse(request, asked == ASKED_HEADER ? STR("headers") : STR("url"), offset,
                      "give it once: servers differ in which one they take", "'%s%.*s' is given twice",
                      asked == ASKED_HEADER ? "header." : "query.", QUOTE(quotable(name)));
    return keep_said(request, text);
}

/* Keeps the decoded path of URL, without its empty segments. */
static bool
keep_path(struct rck_request *request, const struct url *url, size_t size)
{
    struct message *message = &request->notes->message;
    char *room = message_room(request, size + 1);
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
        return message_refuse(request, STR("headers"), offset, "give it once: servers differ in which one they take", "'%.*s' says another than a header before it",
                      QUOTE(name));
    other->has = true;
    other->offset = offset;
    return message_keep(request, value, &other->at, &other->n);
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
    return message_refuse(request, STR("headers"), other->offset, "send the message as it is meant", "a header tells another %s, '%.*s': some servers take that", what,
                  QUOTE(quotable(told)));
}

bool
message_put_header(struct rck_request *request, size_t offset, struct str name, struct str value)
{
    char folded[ASKED_NAME_BYTES_MAX];
    uint32_t fact;

    if (!is_token(name))
        return message_refuse(request, STR("headers"), offset, NULL, "'%.*s' is no name of a header", QUOTE(quotable(name)));
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == 0 || value.p[i] == '\r' || value.p[i] == '\n')
            return message_refuse(request, STR("headers"), offset, NULL, "the header '%.*s' holds an end of line or a NUL", QUOTE(name));
    value = trim(value);
    if (route_same_folded(name, STR("content-type")))
        request->notes->message.is_opaque = request->notes->message.is_opaque || !message_is_json(value);
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

/* True if PATH differs by case alone from NAME, or from something that NAME lies in. */
static bool
is_twin(struct str name, struct str path)
{
    size_t i = 0, k = 0;

    while (i < name.n && k < path.n)
        if (next_folded(name, &i) != next_folded(path, &k))
            return false;
    return k == path.n && (i == name.n || (name.p[i] == '.' && !str_equal(path, (struct str){ name.p, i })));
}

/* The same of what somebody asks for. */
static bool
is_body_twin(const struct rck_request *request, struct str path)
{
    const struct routes *routes = &request->policy->routes;
    uint32_t i = 0;

    while (i < routes->facts.n && (routes->facts.items[i].source != FACT_BODY || !is_twin(routes->facts.items[i].name, path)))
        i++;
    return i < routes->facts.n;
}

bool
message_put_body(struct rck_request *request, struct str path, const struct json_value *json)
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
        return value->state == FACT_OTHER || message_keep(request, json->text, &value->at, &value->n);
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
    return message_put_body(arg, path, value);
}

bool
message_put_body_nested(void *arg, struct str path, size_t offset)
{
    return message_put_body(arg, path, &(struct json_value){ .kind = JSON_OBJECT, .offset = offset });
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
    const struct json_receiver receiver = { request, body_scalar, message_put_body_nested, ignore_member, message_put_body_nested };
    struct json_error error = { 0 };
    enum rck_status status;
    size_t at = 0;

    while (at < body.n && memchr(" \t\r\n", body.p[at], 4) != NULL)
        at++;
    if (request->notes->message.is_opaque || at == body.n || body.p[at] != '{')
        return true; /* what is no object has no facts, and they stay hidden */
    message_turn_facts(request, FACT_BODY, FACT_ABSENT);
    request->notes->reader.tells_dotted = true;
    status = json_read(&request->notes->reader, body, &receiver, &error);
    request->notes->reader.tells_dotted = request->notes->reader.dotted = false;
    if (status == RCK_E_NOMEM)
        return message_no_memory(request);
    if (status != RCK_OK && error.message != NULL)
        return message_refuse(request, STR("body"), request->notes->message.body.has ? request->notes->message.body.offset : error.offset, error.help, "the body is no JSON that can be relied on: %s", error.message);
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

enum truth
message_test(const struct rck_request *request, const struct test *test)
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

enum truth
message_condition(const struct rck_request *request, struct condition condition)
{
    const struct test *tests;
    uint8_t stack[CONDITION_STACK_MAX]; /* routes_check_condition() has seen that it is large enough */
    uint32_t n = 0;

    if (condition.n == 0)
        return TRUTH_TRUE;
    tests = request->policy->routes.tests.items + condition.first;
    for (uint32_t i = 0; i < condition.n; i++) {
        if (test_pushes(tests[i].kind)) {
            stack[n++] = (uint8_t)message_test(request, &tests[i]);
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
        enum truth truth = message_condition(request, credential->condition);

        unknown = unknown || truth == TRUTH_UNKNOWN;
        if (truth != TRUTH_TRUE || (found != NULL && found->subject == credential->subject))
            continue;
        if (found != NULL)
            return message_refuse(request, STR("headers"), 0, "send one of them", "the message carries two credentials, of '%.*s' and '%.*s'",
                          QUOTE(names[found->subject].text), QUOTE(names[credential->subject].text));
        found = credential;
    }
    request->notes->message.subject_is_open = unknown;
    if (unknown)
        return true;
    if (found == NULL)
        return message_refuse(request, STR("headers"), 0, "'rulecheck list routes' shows what is a credential",
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
    return message_refuse(request, STR("url"), request->notes->message.url.offset, help, "no route is for %.*s '%.*s'", QUOTE(method),
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
    request_set_code(request, slot, VALUE_ABSENT);
    request->given[slot] = 0;
    return true;
}

/* Gives name NAME of a dimension to the alternative that is being made. */
static bool
lay_name(struct rck_request *request, uint32_t slot, uint32_t name)
{
    const struct rck_policy *policy = request->policy;

    if (request->given[slot])
        return message_refuse(request, policy->slots.items[slot].name, 0, "the route says it", "'%.*s' is given twice",
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
        enum truth truth = message_condition(request, routes->routes.items[i].condition);

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
    return message_refuse(request, STR("url"), request->notes->message.url.offset, "servers differ in whether case counts: write it as the policy does",
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
    char *room = message_room(request, query.n + 1); /* behind what is kept; taken again for what is to stay */

    if (room == NULL)
        return false;
    if (query.n != 0 && memchr(query.p, ';', query.n) != NULL)
        message_turn_facts(request, FACT_QUERY, FACT_HIDDEN); /* for some servers ';' separates as '&' does */
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
            return message_no_memory(request);
        if (size != 0)
            memcpy(kept, key.p, size); /* the value stands behind its key */
        key.p = kept;
        value.p = kept + key.n;
        fine = put_asked(request, ASKED_QUERY, key, message->url.offset, value)
               && (fact == RCK_NONE || put_text(request, fact, message->url.offset, value));
        mem_free(&request->mem, kept);
        if (!fine)
            return false;
        room = message_room(request, query.n + 1);
        if (room == NULL)
            return false;
    }
    if (error.message == NULL)
        return true;
    return message_refuse(request, STR("url"), message->url.offset, error.help, "%s", error.message);
}

bool
message_finish(struct rck_request *request, struct str method, struct str target, struct str body)
{
    const struct routes *routes = &request->policy->routes;
    struct message *message = &request->notes->message;
    struct url url UNINITIALIZED;
    struct url_error error;
    struct walk walk, merged = { .group = RCK_NONE };
    bool fine;
    char *room;

    if (!is_token(method))
        return message_refuse(request, STR("method"), message->method.offset, NULL, "'%.*s' is no method of HTTP", QUOTE(quotable(method)));
    if (!check_other(request, &message->other_method, method, "method") || !check_other(request, &message->other_url, target, "URL"))
        return false;
    room = mem_alloc(&request->mem, target.n + 1);
    if (room == NULL)
        return message_no_memory(request);
    if (!url_read(target, room, &url, &error)) {
        mem_free(&request->mem, room);
        return message_refuse(request, STR("url"), message->url.offset, error.help, "%s", error.message);
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
        message_turn_facts(request, FACT_BODY, FACT_HIDDEN);
    if (!find_subject(request) || !add_group(request, walk.group)
        || (merged.group != walk.group && !add_group(request, merged.group)))
        return false;
    if (message->n_alternatives == 0) {
        const struct route *route = &routes->routes.items[walk.group != RCK_NONE ? walk.group : merged.group];

        return message_refuse(request, STR("url"), message->url.offset, "'rulecheck list routes' shows them", "no condition of the routes of %.*s '%.*s' holds",
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
    bool fine = message_begin(request);
    size_t left = REQUEST_BYTES_MAX;

    if (fine && http->headers != NULL)
        message_turn_facts(request, FACT_HEADER, FACT_ABSENT);
    for (size_t i = 0; i < http->n_headers && fine && http->headers != NULL; i++) {
        const struct rck_header *header = &http->headers[i];

        if (header->name_length > left || header->value_length > left - header->name_length) {
            fine = message_refuse(request, STR("headers"), 0, NULL, "the headers are longer than %u bytes", (unsigned)REQUEST_BYTES_MAX);
            break;
        }
        left -= header->name_length + header->value_length;
        fine = message_put_header(request, 0, (struct str){ header->name, header->name_length },
                          (struct str){ header->value, header->value_length });
    }
    if (fine)
        message_finish(request, (struct str){ http->method, http->method_length }, (struct str){ http->url, http->url_length },
               (struct str){ http->body, http->body != NULL ? http->body_length : 0 });
    return request_status(request);
}
