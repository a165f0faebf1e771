/* SPDX-License-Identifier: MIT
 *
 * A gateway in miniature for the test with the product's own client: it listens on the loopback interface, decides every HTTP
 * request by the library, and answers as the product does.
 *
 *     server POLICY COMMAND [ARGUMENT...]
 *
 * runs COMMAND with the port in RULECHECK_PORT, serves until it ends, and ends with its status; with 1 if it takes longer than
 * PATIENCE, or if COMMAND was never seen to ask anything.
 *
 * What HTTP does not carry, it knows as the product would.  The authtoken of a user is his role and "-session", that of an app
 * "Bearer ", its role and "-app"; "none" is no role, and any other word is a user of whom nothing is known.  Every stack (header
 * api_key) has FIRST_TOKENS management tokens at first, and each that is created or deleted is counted.  The organization allows
 * ORGANIZATION_RATE requests of either kind.  The custom rates of a token are `token.rate_limit` of the body.
 *
 * One request a connection, one connection at a time.  The parser knows as much of HTTP/1.1 as that needs, and refuses the rest:
 * chunks, folded and repeated lines, lines without CR, other versions.  Relies on the public interface of the library, and on
 * jansson for bodies.
 */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "rulecheck.h"

enum {
    PATIENCE = 60,          /* seconds for all of it */
    SILENCE = 5,            /* seconds that a connection may be silent */
    HEAD = 16 << 10,        /* bytes of a request's head */
    BODY = 256 << 10,       /* and of its body */
    HEADERS = 64,           /* header lines */
    STACKS = 16,            /* stacks whose tokens are counted */
    FIRST_TOKENS = 27,      /* management tokens that each of them has */
    ORGANIZATION_RATE = 10, /* requests a second that the organization has */
    MESSAGE = 1024
};

/* Error codes of the product: one for whoever may not, and none for what it cannot make sense of. */
enum { NO_ACCESS = 105, NO_CODE = 0 };

/* How many management tokens a stack has. */
struct stack {
    char key[64];
    int64_t n_tokens;
};

/* The gateway. */
struct server {
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_explanation *explanation;
    struct stack stacks[STACKS];
    unsigned n_stacks;
    unsigned n_requests;
};

/* One request as it came, in BUFFER. */
struct message {
    char buffer[HEAD + BODY];
    size_t size;                        /* bytes in it */
    struct rck_http http;               /* points into buffer, and to headers */
    struct rck_header headers[HEADERS]; /* point into buffer */
};

/* An answer. */
struct answer {
    int status;
    json_t *json; /* owned */
};

__attribute__((format(printf, 1, 2), noreturn)) static void
die(const char *format, ...)
{
    va_list args;

    fputs("server: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

/* ---- HTTP --------------------------------------------------------------------------------------------------------------- */

static bool
is_token(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* Returns the length of the token at TEXT of SIZE bytes. */
static size_t
token_length(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && is_token(text[n]))
        n++;
    return n;
}

static bool
has_name(const struct rck_header *header, const char *name)
{
    return header->name_length == strlen(name) && strncasecmp(header->name, name, header->name_length) == 0;
}

/* Returns the header NAME, or NULL. */
static const struct rck_header *
find_header(const struct message *m, const char *name)
{
    for (size_t i = 0; i < m->http.n_headers; i++)
        if (has_name(&m->headers[i], name))
            return &m->headers[i];
    return NULL;
}

/* Reads a header line of LENGTH bytes, without its end. */
static bool
parse_header(struct message *m, const char *line, size_t length)
{
    struct rck_header *header = &m->headers[m->http.n_headers];
    const char *end = line + length;

    if (m->http.n_headers == HEADERS)
        return false;
    header->name = line;
    header->name_length = token_length(line, length);
    if (header->name_length == 0 || header->name_length == length || line[header->name_length] != ':')
        return false;
    header->value = line + header->name_length + 1;
    while (header->value < end && (*header->value == ' ' || *header->value == '\t'))
        header->value++;
    while (end > header->value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    header->value_length = (size_t)(end - header->value);
    for (const char *c = header->value; c < end; c++)
        if ((unsigned char)*c < ' ' && *c != '\t')
            return false;
    m->http.n_headers++;
    return true;
}

/* Reads the request line and the headers, LENGTH bytes that end in an empty line. */
static bool
parse_head(struct message *m, size_t length)
{
    static const char SUFFIX[] = " HTTP/1.1";
    const size_t version = sizeof(SUFFIX) - 1;
    const char *line = m->buffer;
    const char *end = m->buffer + length;
    size_t n = 0;

    m->http = (struct rck_http){ .headers = m->headers };
    for (; line < end; line += n + 2) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));

        if (feed == NULL || feed == line || feed[-1] != '\r')
            return false;
        n = (size_t)(feed - line) - 1;
        if (line == m->buffer) {
            size_t method = token_length(line, n);

            if (method == 0 || n < method + 2 + version || line[method] != ' '
                || memcmp(line + n - version, SUFFIX, version) != 0)
                return false;
            m->http.method = line;
            m->http.method_length = method;
            m->http.url = line + method + 1;
            m->http.url_length = n - method - 1 - version;
            if (memchr(m->http.url, ' ', m->http.url_length) != NULL)
                return false;
        } else if (n == 0) {
            return line + 2 == end;
        } else if (!parse_header(m, line, n)) {
            return false;
        }
    }
    return false;
}

/* Reads the length of the body into *LENGTH. */
static bool
parse_length(const struct message *m, size_t *length)
{
    unsigned found = 0;

    *length = 0;
    if (find_header(m, "transfer-encoding") != NULL)
        return false;
    for (size_t i = 0; i < m->http.n_headers; i++) {
        const struct rck_header *header = &m->headers[i];

        if (!has_name(header, "content-length"))
            continue;
        if (found++ > 0 || header->value_length == 0 || header->value_length > 7)
            return false;
        for (size_t k = 0; k < header->value_length; k++) {
            if (header->value[k] < '0' || header->value[k] > '9')
                return false;
            *length = 10 * *length + (size_t)(header->value[k] - '0');
        }
    }
    return *length <= BODY;
}

/* Reads more from CONNECTION, until there are at least SIZE bytes, at most LIMIT in all. */
static bool
read_more(int connection, struct message *m, size_t size, size_t limit)
{
    while (m->size < size) {
        ssize_t n = recv(connection, m->buffer + m->size, limit - m->size, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        m->size += (size_t)n;
    }
    return true;
}

/* Reads a whole request.  False if the connection was left, or what came is no request. */
static bool
read_request(int connection, struct message *m)
{
    static const char END[] = "\r\n\r\n";
    const char *end = NULL;
    size_t head, length;

    m->size = 0;
    while (end == NULL) {
        if (m->size == HEAD || !read_more(connection, m, m->size + 1, HEAD))
            return false;
        end = memmem(m->buffer, m->size, END, sizeof(END) - 1);
    }
    head = (size_t)(end - m->buffer) + sizeof(END) - 1;
    if (!parse_head(m, head) || !parse_length(m, &length) || !read_more(connection, m, head + length, head + length))
        return false;
    if (length > 0) {
        m->http.body = m->buffer + head;
        m->http.body_length = length;
    }
    return m->size == head + length;
}

static void
write_all(int connection, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = send(connection, text, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text += n;
        size -= (size_t)n;
    }
}

static void
write_answer(int connection, const struct answer *answer)
{
    char *body = json_dumps(answer->json, JSON_COMPACT);
    char *text;
    int size;

    if (body == NULL)
        die("no memory");
    size = asprintf(&text,
                    "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
                    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                    answer->status, answer->status == 200 ? "OK" : "Refused", strlen(body), body);
    if (size < 0)
        die("no memory");
    write_all(connection, text, (size_t)size);
    free(text);
    free(body);
}

/* ---- what HTTP does not carry ------------------------------------------------------------------------------------------- */

static uint32_t
find_attribute(const struct server *server, const char *name)
{
    uint32_t attribute = rck_policy_find_attribute(server->policy, name, strlen(name));

    if (attribute == RCK_NONE)
        die("the policy has no '%s'", name);
    return attribute;
}

static void
set_int(struct server *server, const char *name, int64_t value)
{
    (void)rck_request_set_int(server->request, find_attribute(server, name), value);
}

/* Adds the role that the credential tells. */
static void
set_role(struct server *server, const struct message *m)
{
    static const struct {
        const char *header, *before, *after;
    } CREDENTIALS[] = { { "authtoken", "", "-session" }, { "authorization", "Bearer ", "-app" } };
    uint32_t role = find_attribute(server, "role");

    for (size_t i = 0; i < sizeof(CREDENTIALS) / sizeof(CREDENTIALS[0]); i++) {
        const struct rck_header *header = find_header(m, CREDENTIALS[i].header);
        size_t before = strlen(CREDENTIALS[i].before);
        size_t after = strlen(CREDENTIALS[i].after);
        const char *name, *declared;
        size_t length;

        if (header == NULL || header->value_length <= before + after
            || memcmp(header->value, CREDENTIALS[i].before, before) != 0
            || memcmp(header->value + header->value_length - after, CREDENTIALS[i].after, after) != 0)
            continue;
        name = header->value + before;
        length = header->value_length - before - after;
        if (length == 4 && memcmp(name, "none", 4) == 0)
            (void)rck_request_set_empty(server->request, role);
        for (uint32_t k = 0; (declared = rck_policy_attribute_name(server->policy, role, k)) != NULL; k++)
            if (strlen(declared) == length && memcmp(declared, name, length) == 0)
                (void)rck_request_add_name(server->request, role, name, length);
    }
}

/* Sets the custom rates that the body asks for. */
static void
set_rates(struct server *server, const struct message *m)
{
    json_t *body = m->http.body == NULL ? NULL : json_loadb(m->http.body, m->http.body_length, JSON_REJECT_DUPLICATES, NULL);
    json_t *rates = json_object_get(json_object_get(body, "token"), "rate_limit");
    json_t *read = json_object_get(rates, "read");
    json_t *write = json_object_get(rates, "write");

    if (json_is_integer(read))
        set_int(server, "token.rate_limit.read", json_integer_value(read));
    if (json_is_integer(write))
        set_int(server, "token.rate_limit.write", json_integer_value(write));
    json_decref(body);
}

/* Returns the stack that the request is about, or NULL if it names none. */
static struct stack *
find_stack(struct server *server, const struct message *m)
{
    const struct rck_header *key = find_header(m, "api_key");
    struct stack *stack;

    if (key == NULL || key->value_length >= sizeof(stack->key))
        return NULL;
    for (unsigned i = 0; i < server->n_stacks; i++) {
        stack = &server->stacks[i];
        if (strlen(stack->key) == key->value_length && memcmp(stack->key, key->value, key->value_length) == 0)
            return stack;
    }
    if (server->n_stacks == STACKS)
        die("more than %d stacks", STACKS);
    stack = &server->stacks[server->n_stacks++];
    memcpy(stack->key, key->value, key->value_length);
    stack->n_tokens = FIRST_TOKENS;
    return stack;
}

/* Counts what was allowed. */
static void
count_tokens(struct server *server, struct stack *stack)
{
    char action[32], resource[64];

    rck_request_value(server->request, find_attribute(server, "action"), action, sizeof(action));
    rck_request_value(server->request, find_attribute(server, "resource"), resource, sizeof(resource));
    if (stack == NULL || strcmp(resource, "tokens.management") != 0)
        return;
    if (strcmp(action, "create") == 0)
        stack->n_tokens++;
    else if (strcmp(action, "delete") == 0)
        stack->n_tokens--;
}

/* ---- answers ------------------------------------------------------------------------------------------------------------ */

/* What the product's answers have, all in one: the client takes of it what it asked for. */
static json_t *
make_content(void)
{
    static const char *const ONE[] = {
        "alias",        "asset",       "branch",      "branch_alias",    "content_type", "entry",    "environment", "extension",
        "global_field", "job",         "label",       "locale",          "log",          "item",     "organization", "publishing_rule",
        "release",      "role",        "session",     "share",           "stack",        "taxonomy", "team",        "term",
        "token",        "user",        "variant",     "variant_group",   "webhook",      "workflow",
    };
    static const char *const MANY[] = {
        "aliases",       "assets",      "branches",      "branch_aliases", "content_types", "entries",          "environments",
        "extensions",    "items",       "global_fields", "labels",         "locales",       "logs",             "organizations",
        "publishing_rules", "queue",    "releases",      "roles",          "shares",        "stacks",           "taxonomies",
        "teams",         "terms",       "tokens",        "users",          "variants",      "variant_groups",   "webhooks",
        "workflows",
    };
    json_t *content = json_pack("{s:s, s:s, s:i}", "notice", "done", "uid", "uid", "count", 0);

    for (size_t i = 0; i < sizeof(ONE) / sizeof(ONE[0]); i++)
        json_object_set_new(content, ONE[i], json_pack("{s:s, s:s}", "uid", "uid", "name", "some name"));
    for (size_t i = 0; i < sizeof(MANY) / sizeof(MANY[0]); i++)
        json_object_set_new(content, MANY[i], json_array());
    return content;
}

static json_t *
make_error(int code, const char *message, json_t *errors)
{
    return json_pack("{s:s, s:i, s:o}", "error_message", message, "error_code", code, "errors", errors);
}

/* Writes the reason of clause IDX, which is CLAUSE, into TEXT of MESSAGE bytes. */
static void
write_reason(const struct server *server, uint32_t idx, const struct rck_clause *clause, char *text)
{
    if (rck_explanation_message(server->explanation, idx, text, MESSAGE) == 0)
        snprintf(text, MESSAGE, "%s", clause->cites != NULL ? clause->cites : clause->label);
}

/* Refuses with all the reasons, the first one as the product's message. */
static json_t *
make_refusal(struct server *server)
{
    json_t *errors = json_object();
    char first[MESSAGE] = "";
    struct rck_clause clause;

    for (uint32_t i = 0; (i = rck_explanation_next(server->explanation, i)) != RCK_NONE; i++) {
        char text[MESSAGE];

        if (rck_explanation_state(server->explanation, i) != RCK_STATE_VIOLATED || rck_policy_clause(server->policy, i, &clause) != RCK_OK)
            continue;
        write_reason(server, i, &clause, text);
        json_object_set_new(errors, clause.label, json_pack("[s]", text));
        if (first[0] == '\0')
            snprintf(first, sizeof(first), "%s", text);
    }
    return make_error(NO_ACCESS, first, errors);
}

/* Decides the request, and answers. */
static struct answer
decide(struct server *server, const struct message *m)
{
    struct stack *stack = find_stack(server, m);
    const struct rck_request_error *error;
    enum rck_result result;

    server->n_requests++;
    if (rck_http_request(server->request, &m->http) == RCK_OK) {
        set_role(server, m);
        set_rates(server, m);
        if (stack != NULL)
            set_int(server, "stack.management_tokens", stack->n_tokens);
        set_int(server, "organization.rate_limit.read", ORGANIZATION_RATE);
        set_int(server, "organization.rate_limit.write", ORGANIZATION_RATE);
    }
    result = rck_decide(server->policy, server->request, NULL);
    if (rck_explain(server->explanation, server->request) != result)
        die("%.*s %.*s is decided in one way and explained in another", (int)m->http.method_length, m->http.method,
            (int)m->http.url_length, m->http.url);
    switch (result) {
    case RCK_ALLOW:
        count_tokens(server, stack);
        return (struct answer){ 200, make_content() };
    case RCK_DENY:
        return (struct answer){ 401, make_refusal(server) };
    case RCK_INDETERMINATE:
        return (struct answer){ 422, make_error(NO_CODE, "undecided: a fact is missing", json_object()) };
    case RCK_INVALID:
        break;
    }
    error = rck_request_error(server->request);
    return (struct answer){ 422, make_error(NO_CODE, error != NULL ? error->message : "invalid", json_object()) };
}

/* ---- serving ------------------------------------------------------------------------------------------------------------ */

static bool
write_stderr(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stderr) == size;
}

static void
load_policy(struct server *server, const char *path)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status = rck_context_new(NULL, &context);

    if (status == RCK_OK) {
        status = rck_policy_compile_file(context, path, &diagnostics, &server->policy);
        if (status != RCK_OK && diagnostics != NULL)
            rck_diagnostics_write(diagnostics, 0, write_stderr, NULL);
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
    }
    if (status == RCK_OK)
        status = rck_request_new(server->policy, &server->request);
    if (status == RCK_OK)
        status = rck_explanation_new(server->policy, &server->explanation);
    if (status != RCK_OK)
        die("'%s': %s", path, rck_status_text(status));
}

/* Listens on a free port of the loopback interface, *PORT. */
static int
listen_loopback(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        die("cannot listen: %s", strerror(errno));
    *port = ntohs(address.sin_port);
    return listener;
}

static void
serve(struct server *server, int listener)
{
    static struct message message;
    struct timeval silence = { .tv_sec = SILENCE };
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (connection < 0)
        return;
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
    if (read_request(connection, &message)) {
        struct answer answer = decide(server, &message);

        write_answer(connection, &answer);
        json_decref(answer.json);
    } else if (message.size > 0) {
        struct answer answer = { 400, make_error(NO_CODE, "malformed request", json_object()) };

        write_answer(connection, &answer);
        json_decref(answer.json);
    }
    close(connection);
}

static pid_t
start(char **command, uint16_t port)
{
    char text[16];
    pid_t child = fork();

    if (child < 0)
        die("cannot fork: %s", strerror(errno));
    if (child == 0) {
        snprintf(text, sizeof(text), "%u", (unsigned)port);
        setenv("RULECHECK_PORT", text, 1);
        execvp(command[0], command);
        fprintf(stderr, "server: cannot run '%s': %s\n", command[0], strerror(errno));
        _exit(127);
    }
    return child;
}

int
main(int argc, char **argv)
{
    struct server server = { 0 };
    struct timespec begin, now;
    uint16_t port;
    int listener;
    int status;
    pid_t child;

    if (argc < 3)
        die("usage: server POLICY COMMAND [ARGUMENT...]");
    load_policy(&server, argv[1]);
    listener = listen_loopback(&port);
    child = start(argv + 2, port);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct pollfd pollfd = { .fd = listener, .events = POLLIN };

        if (poll(&pollfd, 1, 50) > 0)
            serve(&server, listener);
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - begin.tv_sec > PATIENCE) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            die("'%s' did not end within %d seconds", argv[2], PATIENCE);
        }
    }
    close(listener);
    rck_explanation_free(server.explanation);
    rck_request_free(server.request);
    rck_policy_unref(server.policy);
    if (!WIFEXITED(status))
        die("'%s' was ended by signal %d", argv[2], WTERMSIG(status));
    if (server.n_requests == 0)
        die("'%s' asked nothing", argv[2]);
    return WEXITSTATUS(status);
}
