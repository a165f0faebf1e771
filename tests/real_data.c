/* SPDX-License-Identifier: MIT
 *
 * The shipped policy and its routes against what was recorded of real clients and taken from the product's own material:
 * $RCK_DATA/contentstack, described in the README beside it, read where it lies.  Each row becomes an HTTP request, which the
 * library makes a request of and decides; its result, the clauses that refuse it and their sentences are compared with what its
 * labels say.  Rows that the labels call uncertain are counted, and need only have a route.
 *
 * The data names an operation by module and action, such as tokens/create_delivery_token, the policy by action and resource.
 * Which stand for each other is nowhere written down: the routes say it, and all endpoints and rows must agree that one operation
 * is one tuple, and that two are two.
 *
 *     real_data [POLICY]     (default: $top_srcdir/rules/contentstack/management-tokens.rules)
 *
 * Ends with 0 if all is as labelled, 1 if not, and 77 with a line "SKIP: ..." where the data is not there.
 * Relies on the public interface of the library, and on jansson for the lines of JSON.
 */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <jansson.h>

#include "rulecheck.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* Sentences of the page, as bits: the data calls them R1 to R6. */
enum {
    R1 = 1 << 0, /* 30 tokens */
    R2 = 1 << 1, /* owner or admin creates */
    R3 = 1 << 2, /* modules */
    R4 = 1 << 3, /* publish requests */
    R5 = 1 << 4, /* users of the stack */
    R6 = 1 << 5  /* custom rates */
};

/* What each clause of the policy states.  The policy must have these and no others. */
static const struct {
    const char *label;
    unsigned sentence;
} CLAUSES[] = {
    { "token_count", R1 },      { "token_creation", R2 }, { "modules", R3 },    { "publish_requests", R4 },
    { "membership", R5 },       { "read_rate", R6 },      { "write_rate", R6 },
};

/* The modules of the data, sorted, and what the policy calls them: the first part of their resources' names. */
static const struct {
    const char *module;
    const char *resource;
} MODULES[] = {
    { "aliases", "alias" },
    { "assets", "asset" },
    { "audit_log", "audit_log" },
    { "branches", "branch" },
    { "bulk_operations", "bulk_operation" },
    { "content_types", "content_type" },
    { "entries", "entry" },
    { "entry_variants", "entry_variant" },
    { "environments", "environment" },
    { "extensions", "extension" },
    { "global_fields", "global_field" },
    { "labels", "label" },
    { "languages", "language" },
    { "metadata", "metadata" },
    { "organization", "organization" },
    { "publish_queue", "publish_queue" },
    { "publish_rules", "publish_rule" },
    { "releases", "release" },
    { "roles", "roles" },
    { "stack", "stack" },
    { "taxonomy", "taxonomy" },
    { "tokens", "tokens" },
    { "user_session", "user_session" },
    { "users", "user" },
    { "variant_groups", "variant_group" },
    { "variants", "variant" },
    { "webhooks", "webhook" },
    { "workflows", "workflow" },
};

/* What the policy's actions are called at the beginning of the data's, where it is something else. */
static const struct {
    const char *operation;
    const char *action;
} VERBS[] = {
    { "add_release_items", "create" }, { "assign", "update" },
    { "request_publish", "create" },   { "set_version_name", "create" },
    { "set_workflow_stage", "update" }, { "workflow_get_undocumented", "read" },
};

/* Bodies of the operations that have one address. */
static const struct {
    const char *operation;
    const char *body;
} BODIES[] = {
    { "accept_publish_request", "{\"workflow\": {\"publishing_rule\": {\"action\": \"publish\", \"status\": 1}}}" },
    { "reject_publish_request", "{\"workflow\": {\"publishing_rule\": {\"action\": \"publish\", \"status\": -1}}}" },
    { "request_publish", "{\"workflow\": {\"publishing_rule\": {\"action\": \"publish\", \"status\": 0}}}" },
    { "set_workflow_stage", "{\"workflow\": {\"workflow_stage\": {\"uid\": \"s\"}}}" },
};

/* What the data is known to hold; a file that was cut off must not pass for one that agrees. */
enum { N_ENDPOINTS = 264, N_OPERATIONS = 191, N_CONTRADICTIONS = 2 };

/* What the rows of one file must come to: certain ones by their label, and the others. */
struct tally {
    unsigned allow, deny, conditional, not_covered, uncertain;
};

static const struct tally HTTP_TALLY = { .allow = 1306, .conditional = 7, .not_covered = 690 };
static const struct tally DOCS_TALLY = { .allow = 226, .deny = 39, .uncertain = 36 };
static const struct tally POSTMAN_TALLY = { .allow = 163, .deny = 38, .uncertain = 6 };
static const struct tally SCENARIOS_TALLY = { .allow = 24, .deny = 176, .uncertain = 175 };

enum { ROOM = 4096 };

enum { TUPLE = 128 };

/* An operation of the data, and the tuple that stands for it. */
struct operation {
    char module[64];
    char name[64];
    char tuple[TUPLE]; /* "create tokens.management" */
};

/* One run of the test. */
struct test {
    const char *folder; /* of the data */
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_explanation *explanation;
    const char *sentences[N_ELEMENTS(CLAUSES)]; /* `cites` of each element of CLAUSES; owned by the policy */
    uint32_t clauses[N_ELEMENTS(CLAUSES)];      /* and its number in the policy */
    struct operation operations[2 * N_OPERATIONS];
    unsigned n_operations;
    unsigned n_contradictions; /* of the labels, by what the product itself says */
    unsigned n_failures;
};

/* What a row sends.  Texts are borrowed. */
struct sent {
    const char *method;
    const char *url;
    const char *credential; /* "authtoken", "management_token", "oauth" or "none" */
    const char *body;       /* NULL: none */
};

/* One row while it is compared. */
struct row {
    char id[ROOM];   /* what a failure is reported under */
    json_t *json;    /* borrowed */
    unsigned stated; /* sentences that the row names */
};

/* Compares one row of a file; EXPECTED is the label, or NULL if the row is not certain: then it need only have a route. */
typedef void compare_fn(struct test *test, const struct row *row, const char *expected);

static void compare_http(struct test *test, const struct row *row, const char *expected);
static void compare_material(struct test *test, const struct row *row, const char *expected);
static void compare_scenario(struct test *test, const struct row *row, const char *expected);

static const char *error_of(const struct test *test);
__attribute__((format(printf, 3, 4))) static void fail(struct test *test, const char *id, const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...);

/* ---- operations --------------------------------------------------------------------------------------------------------- */

/* Returns the body that tells OPERATION from others at its address, or NULL. */
static const char *
body_of(const char *operation)
{
    for (size_t i = 0; i < N_ELEMENTS(BODIES); i++)
        if (strcmp(BODIES[i].operation, operation) == 0)
            return BODIES[i].body;
    return NULL;
}

/* Checks that TUPLE, "ACTION RESOURCE", reads like OPERATION of MODULE: the resource is of that module, and the action begins as
 * the operation does. */
static void
check_words(struct test *test, const char *id, const char *module, const char *operation, const char *tuple)
{
    const char *resource = strchr(tuple, ' ') + 1;
    const char *part = NULL;
    const char *verb = operation;
    size_t length = strcspn(operation, "_");

    for (size_t i = 0; i < N_ELEMENTS(MODULES); i++)
        if (strcmp(MODULES[i].module, module) == 0)
            part = MODULES[i].resource;
    for (size_t i = 0; i < N_ELEMENTS(VERBS); i++) {
        if (strcmp(VERBS[i].operation, operation) == 0) {
            verb = VERBS[i].action;
            length = strlen(verb);
        }
    }
    if (part == NULL)
        fail(test, id, "an unknown module '%s'", module);
    else if (strncmp(resource, part, strlen(part)) != 0 || strchr(".", resource[strlen(part)]) == NULL)
        fail(test, id, "%s/%s is '%s', which is no '%s'", module, operation, tuple, part);
    if (strncmp(tuple, verb, length) != 0 || tuple[length] != ' ')
        fail(test, id, "%s/%s is '%s', and not '%.*s'", module, operation, tuple, (int)length, verb);
}

static bool
is_operation(const struct operation *o, const char *module, const char *name)
{
    return strcmp(o->module, module) == 0 && strcmp(o->name, name) == 0;
}

/* Notes that TUPLE stands for OPERATION of MODULE, and checks that it stands for no other one, and no other one for it. */
static void
note_operation(struct test *test, const char *id, const char *module, const char *operation, const char *tuple)
{
    struct operation *o;

    for (unsigned i = 0; i < test->n_operations; i++) {
        bool same;

        o = &test->operations[i];
        same = is_operation(o, module, operation);
        if (same != (strcmp(o->tuple, tuple) == 0))
            fail(test, id, "%s/%s is '%s', but %s/%s '%s'", module, operation, tuple, o->module, o->name, o->tuple);
        if (same)
            return;
    }
    if (test->n_operations == N_ELEMENTS(test->operations))
        die("more than %zu operations", N_ELEMENTS(test->operations));
    check_words(test, id, module, operation, tuple);
    o = &test->operations[test->n_operations++];
    if ((size_t)snprintf(o->module, sizeof(o->module), "%s", module) >= sizeof(o->module)
        || (size_t)snprintf(o->name, sizeof(o->name), "%s", operation) >= sizeof(o->name)
        || (size_t)snprintf(o->tuple, sizeof(o->tuple), "%s", tuple) >= sizeof(o->tuple))
        die("%s: the name of an operation is too long", id);
}

/* ---- sending ------------------------------------------------------------------------------------------------------------ */

static struct rck_header
header(const char *name, const char *value)
{
    return (struct rck_header){ name, strlen(name), value, strlen(value) };
}

/* Fills the request with what is sent.  False if the library calls it invalid. */
static bool
send_http(struct test *test, const struct sent *sent)
{
    struct rck_header headers[2] = { header("api_key", "blt0123456789abcdef") };
    struct rck_http http = { .method = sent->method,
                             .method_length = strlen(sent->method),
                             .url = sent->url,
                             .url_length = strlen(sent->url),
                             .headers = headers,
                             .n_headers = 2,
                             .body = sent->body,
                             .body_length = sent->body == NULL ? 0 : strlen(sent->body) };

    if (strcmp(sent->credential, "authtoken") == 0)
        headers[1] = header("authtoken", "blt0123456789abcdef");
    else if (strcmp(sent->credential, "management_token") == 0)
        headers[1] = header("authorization", "cs0123456789abcdef");
    else if (strcmp(sent->credential, "oauth") == 0)
        headers[1] = header("authorization", "Bearer 0123456789abcdef");
    else if (strcmp(sent->credential, "none") == 0)
        http.n_headers = 1;
    else
        die("an unknown credential '%s'", sent->credential);
    return rck_http_request(test->request, &http) == RCK_OK;
}

/* Writes the tuple of the request that was sent and decided into TUPLE of SIZE bytes.  A path with an empty segment can be read in
 * two ways, and has the routes of both; then it is the tuple that stands for OPERATION of MODULE, if one of theirs does. */
static void
write_tuple(struct test *test, const char *module, const char *operation, char *tuple, size_t size)
{
    struct rck_route_match match;
    struct rck_route route;
    size_t n_routes = rck_request_route(test->request, 0, NULL);

    for (size_t i = 0; i < n_routes; i++) {
        rck_request_route(test->request, i, &match);
        if (rck_policy_route(test->policy, match.route, &route) != RCK_OK)
            die("no route %u", match.route);
        if (match.decides)
            snprintf(tuple, size, "%s %s", route.action, route.resource);
    }
    for (size_t i = 0; i < n_routes && n_routes > 1; i++) {
        char other[TUPLE];

        rck_request_route(test->request, i, &match);
        rck_policy_route(test->policy, match.route, &route);
        snprintf(other, sizeof(other), "%s %s", route.action, route.resource);
        for (unsigned k = 0; k < test->n_operations; k++)
            if (is_operation(&test->operations[k], module, operation) && strcmp(test->operations[k].tuple, other) == 0)
                snprintf(tuple, size, "%s", other);
    }
}

/* Notes which operation of the data the request that was sent and decided stands for. */
static void
note_sent(struct test *test, const char *id, const char *module, const char *operation, const struct sent *sent)
{
    char tuple[TUPLE] = "nothing ";

    /* One client changes the roles of users by PUT instead of POST; the data calls that a change of the stack. */
    if (strcmp(sent->method, "PUT") == 0 && strcmp(sent->url, "/v3/stacks/users/roles") == 0 && strcmp(operation, "update") == 0)
        operation = "update_user_roles";
    write_tuple(test, module, operation, tuple, sizeof(tuple));
    note_operation(test, id, module, operation, tuple);
}

/* Writes PATH of the data as a URL into URL of ROOM bytes: with /v3, with a name for each {name} of the path, and with what a URL
 * cannot hold in its query escaped. */
static void
write_url(const char *path, char *url)
{
    const char *query = strchr(path, '?');
    size_t n = 0;

    if (strncmp(path, "/v3/", 4) != 0)
        n = (size_t)snprintf(url, ROOM, "/v3");
    for (; *path != '\0'; path++) {
        bool in_query = query != NULL && path > query;

        if (n + 4 > ROOM)
            die("'%s' is too long", url);
        if (in_query && strchr(" \"{}", *path) != NULL)
            n += (size_t)snprintf(url + n, ROOM - n, "%%%02X", (unsigned)(unsigned char)*path);
        else if (*path != '{' && *path != '}')
            url[n++] = *path;
    }
    url[n] = '\0';
}

/* Opens file NAME of the data.  A data folder without one of its files is a fault, no reason to skip. */
static FILE *
open_data(const struct test *test, const char *name)
{
    char path[ROOM];
    FILE *file;

    if ((size_t)snprintf(path, sizeof(path), "%s/%s", test->folder, name) >= sizeof(path))
        die("the path of '%s' is too long", name);
    file = fopen(path, "r");
    if (file == NULL)
        die("cannot open '%s': %s", path, strerror(errno));
    return file;
}

/* Every endpoint of endpoints.csv has a route, whose tuple stands for its operation and no other one.  The four columns that are
 * read, method, path, module and action, are never quoted. */
static void
check_endpoints(struct test *test)
{
    static const char HEADER[] = "method,path,module,action,";
    FILE *file = open_data(test, "endpoints.csv");
    char *line = NULL;
    size_t room = 0;
    unsigned n_lines = 0;

    while (getline(&line, &room, file) > 0) {
        char id[ROOM], url[ROOM];
        char *rest = line;
        const char *method, *path, *module, *operation;
        struct sent sent;

        if (n_lines++ == 0) {
            if (strncmp(line, HEADER, strlen(HEADER)) != 0)
                die("endpoints.csv does not begin with '%s'", HEADER);
            continue;
        }
        method = strsep(&rest, ",");
        path = strsep(&rest, ",");
        module = strsep(&rest, ",");
        operation = strsep(&rest, ",\r\n");
        if (rest == NULL || strchr(method, '"') != NULL || strchr(path, '"') != NULL)
            die("endpoints.csv:%u: not five plain columns", n_lines);
        snprintf(id, sizeof(id), "endpoints.csv:%u: %.16s %.1000s", n_lines, method, path);
        write_url(path, url);
        sent = (struct sent){ method, url, "oauth", body_of(operation) };
        if (!send_http(test, &sent) || rck_decide(test->policy, test->request, NULL) == RCK_INVALID)
            fail(test, id, "invalid: %s", error_of(test));
        else
            note_sent(test, id, module, operation, &sent);
    }
    if (ferror(file))
        die("cannot read endpoints.csv: %s", strerror(errno));
    fclose(file);
    free(line);

    printf("endpoints.csv: %u endpoints, %u operations\n", n_lines - (n_lines > 0), test->n_operations);
    if (n_lines != N_ENDPOINTS + 1 || test->n_operations != N_OPERATIONS)
        fail(test, "endpoints.csv", "expected %d endpoints, %d operations", N_ENDPOINTS, N_OPERATIONS);
}

/* ---- reading rows ------------------------------------------------------------------------------------------------------- */

/* Returns the text of KEY in JSON, or NULL if it is absent or null. */
static const char *
text_of(const struct row *row, const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);

    if (value == NULL || json_is_null(value))
        return NULL;
    if (!json_is_string(value))
        die("%s: '%s' is no text", row->id, key);
    return json_string_value(value);
}

static const char *
need_text(const struct row *row, const json_t *json, const char *key)
{
    const char *text = text_of(row, json, key);

    if (text == NULL)
        die("%s: no '%s'", row->id, key);
    return text;
}

/* Names the row after its `id`, or after its title where it has none. */
static void
name_row(struct row *row, const char *file, unsigned line)
{
    const char *name;

    snprintf(row->id, sizeof(row->id), "%s:%u", file, line);
    name = text_of(row, row->json, "id");
    if (name == NULL)
        name = text_of(row, row->json, "title");
    if (name == NULL)
        name = need_text(row, row->json, "name");
    snprintf(row->id, sizeof(row->id), "%s:%u: %.500s (%.100s/%.100s)", file, line, name,
             need_text(row, row->json, "module"), need_text(row, row->json, "action"));
}

/* Reads the list of sentences that the row names under KEY, and checks that the clauses that stand for them cite just what the
 * row has under `sentences`. */
static void
read_sentences(struct test *test, struct row *row, const char *key)
{
    const json_t *names = json_object_get(row->json, key);
    const json_t *texts = json_object_get(row->json, "sentences");

    if (!json_is_array(names) || !json_is_array(texts) || json_array_size(names) != json_array_size(texts))
        die("%s: '%s' and 'sentences' are no lists of one length", row->id, key);
    row->stated = 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const char *text = json_string_value(json_array_get(texts, i));
        unsigned sentence;

        if (name == NULL || text == NULL || name[0] != 'R' || name[1] < '1' || name[1] > '6' || name[2] != '\0')
            die("%s: '%s' has something that is none of R1 to R6, or has no sentence", row->id, key);
        sentence = 1U << (name[1] - '1');
        row->stated |= sentence;
        for (size_t c = 0; c < N_ELEMENTS(CLAUSES); c++)
            if (CLAUSES[c].sentence == sentence && strcmp(test->sentences[c], text) != 0)
                fail(test, row->id, "expected '%s' to cite '%s', got '%s'", CLAUSES[c].label, text, test->sentences[c]);
    }
}

/* Tells whether the labels call the row certain: by `certain`, or, in the scenarios, by an empty list of doubts. */
static bool
is_certain(const struct row *row)
{
    const json_t *certain = json_object_get(row->json, "certain");
    const json_t *doubts = json_object_get(row->json, "uncertain");

    if (json_is_boolean(certain))
        return json_is_true(certain);
    if (!json_is_array(doubts))
        die("%s: neither 'certain' nor a list 'uncertain'", row->id);
    return json_array_size(doubts) == 0;
}

/* Compares all rows of file NAME, a JSON object a line, and their numbers with WANT. */
static void
compare_file(struct test *test, const char *name, const char *sentences, compare_fn *compare, const struct tally *want)
{
    struct tally got = { 0 };
    FILE *file = open_data(test, name);
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    for (unsigned n = 1; (length = getline(&line, &room, file)) > 0; n++) {
        struct row row;
        json_error_t error;
        const char *expected;
        unsigned *count;

        row.json = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, &error);
        if (row.json == NULL)
            die("%s:%u: %s", name, n, error.text);
        name_row(&row, name, n);
        read_sentences(test, &row, sentences);
        expected = need_text(&row, row.json, "expected");
        if (!is_certain(&row)) {
            count = &got.uncertain;
            compare(test, &row, NULL);
        } else {
            count = strcmp(expected, "allow") == 0         ? &got.allow
                    : strcmp(expected, "deny") == 0        ? &got.deny
                    : strcmp(expected, "conditional") == 0 ? &got.conditional
                    : strcmp(expected, "not_covered") == 0 ? &got.not_covered
                                                           : NULL;
            if (count == NULL)
                die("%s: an unknown label '%s'", row.id, expected);
            compare(test, &row, expected);
        }
        ++*count;
        json_decref(row.json);
    }
    if (ferror(file))
        die("cannot read '%s': %s", name, strerror(errno));
    fclose(file);
    free(line);

    printf("%s: %u allow, %u deny, %u conditional, %u not covered; %u uncertain, not compared\n", name, got.allow, got.deny,
           got.conditional, got.not_covered, got.uncertain);
    if (got.allow != want->allow || got.deny != want->deny || got.conditional != want->conditional
        || got.not_covered != want->not_covered || got.uncertain != want->uncertain)
        fail(test, name, "expected %u allow, %u deny, %u conditional, %u not covered, %u uncertain", want->allow, want->deny,
             want->conditional, want->not_covered, want->uncertain);
}

/* ---- deciding ----------------------------------------------------------------------------------------------------------- */

/* What the policy says of a request. */
struct decision {
    enum rck_result result;
    unsigned violated; /* sentences whose clauses are violated */
    unsigned unknown;  /* sentences whose clauses could not be evaluated */
};

/* The result that a label of the data stands for. */
static enum rck_result
result_of_label(const char *label)
{
    if (strcmp(label, "allow") == 0)
        return RCK_ALLOW;
    if (strcmp(label, "conditional") == 0)
        return RCK_INDETERMINATE; /* role and number of tokens are facts that HTTP does not carry */
    if (strcmp(label, "not_covered") == 0)
        return RCK_INVALID; /* no credential: no subject */
    return RCK_DENY;
}

/* Decides the request that was filled, in both ways, which must agree. */
static struct decision
decide(struct test *test, const char *id)
{
    struct rck_why why = { RCK_NONE };
    struct decision d = { .result = rck_decide(test->policy, test->request, &why) };
    enum rck_result explained = rck_explain(test->explanation, test->request);
    uint32_t first = RCK_NONE;

    for (size_t c = 0; c < N_ELEMENTS(CLAUSES); c++) {
        enum rck_state state = rck_explanation_state(test->explanation, test->clauses[c]);
        bool decides = state == (d.result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN);

        if (state == RCK_STATE_VIOLATED)
            d.violated |= CLAUSES[c].sentence;
        if (state == RCK_STATE_UNKNOWN)
            d.unknown |= CLAUSES[c].sentence;
        if (decides && (d.result == RCK_DENY || d.result == RCK_INDETERMINATE) && test->clauses[c] < first)
            first = test->clauses[c];
    }
    if (explained != d.result)
        fail(test, id, "decided %s, explained %s", rck_result_name(d.result), rck_result_name(explained));
    if (why.clause != first)
        fail(test, id, "decided by clause %ld, explained by clause %ld", why.clause == RCK_NONE ? -1L : (long)why.clause,
             first == RCK_NONE ? -1L : (long)first);
    return d;
}

/* Room for the names of all six sentences. */
enum { LIST = 32 };

/* Writes SENTENCES as "R1 R6", or "none", into TEXT of LIST bytes, and returns it. */
static const char *
list_sentences(unsigned sentences, char *text)
{
    size_t n = 0;

    snprintf(text, LIST, "none");
    for (unsigned i = 0; i < 6; i++)
        if ((sentences & 1U << i) != 0)
            n += (size_t)snprintf(text + n, LIST - n, "%sR%u", n == 0 ? "" : " ", i + 1);
    return text;
}

/* Compares a decision with what the row says of it; VIOLATED and UNKNOWN are sentences. */
static void
expect(struct test *test, const struct row *row, const struct decision *got, const char *expected, unsigned violated,
       unsigned unknown)
{
    enum rck_result result = result_of_label(expected);
    char a[LIST], b[LIST], c[LIST], d[LIST];

    if (got->result == result && got->violated == violated && got->unknown == unknown)
        return;
    fail(test, row->id, "expected %s (violated: %s; unknown: %s), got %s (violated: %s; unknown: %s)",
         rck_result_name(result), list_sentences(violated, a), list_sentences(unknown, b), rck_result_name(got->result),
         list_sentences(got->violated, c), list_sentences(got->unknown, d));
}

/* Sends what the row sends, sets the FACTS, N_FACTS pairs of key and value, which may be NULL, decides, and compares: the result
 * with EXPECTED, which may be NULL, and with VIOLATED and UNKNOWN the sentences. */
static void
send_row(struct test *test, const struct row *row, const struct sent *sent, const char *const facts[][2], size_t n_facts,
         const char *expected, unsigned violated, unsigned unknown)
{
    struct decision got;
    bool valid = send_http(test, sent);

    for (size_t i = 0; i < n_facts && valid; i++) {
        const char *key = facts[i][0];
        const char *value = facts[i][1];

        if (value != NULL)
            valid = rck_request_set_text(test->request, key, strlen(key), value, strlen(value)) == RCK_OK;
    }
    got = decide(test, row->id);
    if (got.result == RCK_INVALID && (expected == NULL || strcmp(expected, "not_covered") != 0))
        fail(test, row->id, "%s %s: %s", sent->method, sent->url, error_of(test));
    else if (expected != NULL)
        expect(test, row, &got, expected, violated, unknown);
    if (got.result != RCK_INVALID)
        note_sent(test, row->id, need_text(row, row->json, "module"), need_text(row, row->json, "action"), sent);
}

/* A request as it was recorded.  What the row names is what could not be decided for want of the role and of the number of tokens;
 * nothing is violated, for none of the clients asked a management token for what it cannot do.  With those facts, it is decided;
 * and what is not covered has a route, which shows where a user sends it. */
static void
compare_http(struct test *test, const struct row *row, const char *expected)
{
    static const struct {
        const char *role;
        const char *tokens;
        const char *expected;
        unsigned violated;
    } CREATIONS[] = {
        { "owner", "29", "allow", 0 },
        { "admin", "30", "deny", R1 },
        { "developer", "0", "deny", R2 },
        { "{}", "30", "deny", R1 | R2 },
    };
    const json_t *request = json_object_get(row->json, "request");
    json_t *json = json_object_get(request, "body");
    char *body = json_is_string(json) ? strdup(json_string_value(json))
                 : json_is_null(json) ? NULL
                                      : json_dumps(json, JSON_COMPACT);
    struct sent sent = { need_text(row, request, "method"), need_text(row, request, "url"),
                         need_text(row, request, "credential"), body };

    send_row(test, row, &sent, NULL, 0, expected, 0, row->stated);
    if (expected != NULL && strcmp(expected, "not_covered") == 0) {
        sent.credential = "authtoken";
        send_row(test, row, &sent, NULL, 0, "allow", 0, 0);
    }
    for (size_t i = 0; i < N_ELEMENTS(CREATIONS) && expected != NULL && strcmp(expected, "conditional") == 0; i++) {
        const char *const facts[][2] = { { "role", CREATIONS[i].role }, { "stack.management_tokens", CREATIONS[i].tokens } };

        send_row(test, row, &sent, facts, N_ELEMENTS(facts), CREATIONS[i].expected, CREATIONS[i].violated, 0);
    }
    free(body);
}

/* A page or a request of the official material, labelled as if it were sent with a management token.
 *
 * No other fact is given, neither the roles of the caller nor how many tokens there are nor any rate.  A deny stands all the
 * same where a clause is definitely violated, and those are R3, R4 and R5: whom the token belongs to does not matter to them.
 * R2, which the labels name where the token would create another, cannot be shown: a management token holds no role, and a role
 * that is not given is not known to be none.  There R1 and R2 are unknown, beside the R3 that denies.
 *
 * What the product itself says is the same, but for two pages about deleting in a taxonomy. */
static void
compare_material(struct test *test, const struct row *row, const char *expected)
{
    const char *module = need_text(row, row->json, "module");
    const char *operation = need_text(row, row->json, "action");
    json_t *json = json_object_get(row->json, "body");
    char *body = json_is_object(json) ? json_dumps(json, JSON_COMPACT) : NULL;
    unsigned violated = row->stated & (R3 | R4 | R5);
    unsigned unknown = (row->stated & R2) != 0 ? R1 | R2 : 0;
    char url[ROOM];
    struct sent sent = { need_text(row, row->json, "method"), url, "management_token",
                         body != NULL ? body : body_of(operation) };

    /* The sentence is about users "from the stack".  The labels of one row, inviting to an organization, name it beside the
     * module; the label's result is right all the same. */
    if (strcmp(module, "organization") == 0)
        violated &= ~(unsigned)R5;
    if (expected != NULL && strcmp(expected, need_text(row, row->json, "contentstack_says")) != 0) {
        test->n_contradictions++;
        if (strcmp(module, "taxonomy") != 0 || strncmp(operation, "delete", strlen("delete")) != 0)
            fail(test, row->id, "the label and the product contradict each other");
    }
    write_url(need_text(row, row->json, "path"), url);
    send_row(test, row, &sent, NULL, 0, expected, violated, unknown);
    free(body);
}

/* A creation with all its facts: what is null there is absent. */
static void
compare_scenario(struct test *test, const struct row *row, const char *expected)
{
    static const struct {
        const char *fact;
        const char *key;
    } KEYS[] = {
        { "existing_management_tokens", "stack.management_tokens" },
        { "custom_read_limit", "token.rate_limit.read" },
        { "custom_write_limit", "token.rate_limit.write" },
        { "org_read_limit", "organization.rate_limit.read" },
        { "org_write_limit", "organization.rate_limit.write" },
    };
    const json_t *json = json_object_get(row->json, "facts");
    const char *facts[N_ELEMENTS(KEYS) + 1][2] = { { "role", need_text(row, json, "actor_role") } };
    char numbers[N_ELEMENTS(KEYS)][32];
    struct sent sent = { need_text(row, row->json, "method"), need_text(row, row->json, "path"),
                         need_text(row, json, "credential"), NULL };

    for (size_t i = 0; i < N_ELEMENTS(KEYS); i++) {
        json_t *value = json_object_get(json, KEYS[i].fact);

        if (!json_is_integer(value) && !json_is_null(value))
            die("%s: '%s' is no number", row->id, KEYS[i].fact);
        snprintf(numbers[i], sizeof(numbers[i]), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        facts[i + 1][0] = KEYS[i].key;
        facts[i + 1][1] = json_is_null(value) ? NULL : numbers[i];
    }
    send_row(test, row, &sent, facts, N_ELEMENTS(facts), expected, row->stated, 0);
}

/* ---- the policy --------------------------------------------------------------------------------------------------------- */

static bool
write_stderr(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stderr) == size;
}

/* Finds the clauses of CLAUSES, each once, and no others. */
static void
find_clauses(struct test *test)
{
    struct rck_clause clause;
    uint32_t n = 0;

    for (; rck_policy_clause(test->policy, n, &clause) == RCK_OK; n++) {
        size_t c = 0;

        while (c < N_ELEMENTS(CLAUSES) && strcmp(CLAUSES[c].label, clause.label) != 0)
            c++;
        if (c == N_ELEMENTS(CLAUSES))
            die("the policy has a clause '%s' that this test does not know", clause.label);
        if (clause.cites == NULL)
            die("clause '%s' cites nothing", clause.label);
        test->clauses[c] = n;
        test->sentences[c] = clause.cites;
    }
    for (size_t c = 0; c < N_ELEMENTS(CLAUSES); c++)
        if (test->sentences[c] == NULL)
            die("the policy has no clause '%s'", CLAUSES[c].label);
}

/* Loads the policy; CELLS chooses the form of its table. */
static void
load_policy(struct test *test, const char *path, uint64_t cells)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status = rck_context_new(NULL, &context);

    if (status == RCK_OK)
        status = rck_context_set_limit(context, "cells", cells);
    if (status == RCK_OK) {
        status = rck_policy_compile_file(context, path, &diagnostics, &test->policy);
        if (diagnostics != NULL)
            rck_diagnostics_write(diagnostics, 0, write_stderr, NULL);
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
    }
    if (status == RCK_OK)
        status = rck_request_new(test->policy, &test->request);
    if (status == RCK_OK)
        status = rck_explanation_new(test->policy, &test->explanation);
    if (status != RCK_OK)
        die("'%s': %s", path, rck_status_text(status));
    find_clauses(test);
}

/* ---- reporting ---------------------------------------------------------------------------------------------------------- */

/* Returns why the request is invalid. */
static const char *
error_of(const struct test *test)
{
    const struct rck_request_error *error = rck_request_error(test->request);

    return error != NULL ? error->message : "refused without a reason";
}

/* Reports what is not as it should be, and counts it. */
static void
fail(struct test *test, const char *id, const char *format, ...)
{
    va_list args;

    test->n_failures++;
    printf("FAIL: %s: ", id);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* Reports what makes it senseless to go on, and ends. */
static void
die(const char *format, ...)
{
    va_list args;

    printf("FAIL: ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    exit(EXIT_FAILURE);
}

/* Limits on cells that make both forms of the table. */
static const struct {
    const char *name;
    uint64_t cells;
} FORMS[] = { { "dense", 65536 }, { "hashed", 1 } };

int
main(int argc, char **argv)
{
    enum { SKIPPED = 77 };
    struct test test = { 0 };
    const char *data = getenv("RCK_DATA");
    const char *top = getenv("top_srcdir");
    char folder[ROOM];
    char path[ROOM];
    struct stat info;
    unsigned n_failures = 0;

    if (data == NULL || data[0] == '\0') {
        printf("SKIP: RCK_DATA does not say where the recorded requests are\n");
        return SKIPPED;
    }
    if ((size_t)snprintf(folder, sizeof(folder), "%s/contentstack", data) >= sizeof(folder))
        die("RCK_DATA is too long");
    if (stat(folder, &info) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            die("cannot look into '%s': %s", folder, strerror(errno));
        printf("SKIP: no recorded requests in '%s'\n", folder);
        return SKIPPED;
    }
    if ((size_t)snprintf(path, sizeof(path), "%s/rules/contentstack/management-tokens.rules", top != NULL ? top : ".")
        >= sizeof(path))
        die("top_srcdir is too long");

    for (size_t form = 0; form < N_ELEMENTS(FORMS); form++) {
        struct rck_table_info table;

        test.folder = folder;
        load_policy(&test, argc > 1 ? argv[1] : path, FORMS[form].cells);
        rck_policy_table(test.policy, &table);
        if (strcmp(table.form, FORMS[form].name) != 0)
            fail(&test, FORMS[form].name, "the table is %s", table.form);
        printf("%s table\n", table.form);
        check_endpoints(&test);
        compare_file(&test, "labelled_http.jsonl", "restrictions", compare_http, &HTTP_TALLY);
        compare_file(&test, "labelled_docs.jsonl", "restrictions", compare_material, &DOCS_TALLY);
        compare_file(&test, "labelled_postman.jsonl", "restrictions", compare_material, &POSTMAN_TALLY);
        compare_file(&test, "scenarios.jsonl", "violated", compare_scenario, &SCENARIOS_TALLY);
        if (test.n_operations != N_OPERATIONS)
            fail(&test, "operations", "expected %d, got %u", N_OPERATIONS, test.n_operations);
        if (test.n_contradictions != N_CONTRADICTIONS)
            fail(&test, "contradictions", "expected %d, got %u", N_CONTRADICTIONS, test.n_contradictions);
        printf("%u operations; %u differences\n", test.n_operations, test.n_failures);

        rck_explanation_free(test.explanation);
        rck_request_free(test.request);
        rck_policy_unref(test.policy);
        n_failures += test.n_failures;
        test = (struct test){ 0 };
    }
    return n_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
