/* SPDX-License-Identifier: MIT
 *
 * The shipped policy against what was recorded of real clients and taken from the product's own material:
 * $RCK_DATA/contentstack, described in the README beside it, read where it lies.  Each operation of the data has one tuple of
 * the policy's vocabulary, in the table below; each row is decided, and its result, the clauses that refuse it and their
 * sentences are compared with what its labels say.  Rows that the labels call uncertain are counted and not compared.
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

/* An operation of the data, and what the policy calls it. */
struct mapping {
    const char *module;
    const char *operation; /* the column "action" of the data */
    const char *action;
    const char *resource;
};

/* Sorted by module and operation. */
static const struct mapping MAPPINGS[] = {
    { "aliases", "assign", "update", "alias" },
    { "aliases", "delete", "delete", "alias" },
    { "aliases", "read", "read", "alias" },
    { "assets", "create", "create", "asset" },
    { "assets", "create_folder", "create", "asset.folder" },
    { "assets", "delete", "delete", "asset" },
    { "assets", "delete_folder", "delete", "asset.folder" },
    { "assets", "delete_version_name", "delete", "asset.version_name" },
    { "assets", "publish", "publish", "asset" },
    { "assets", "read", "read", "asset" },
    { "assets", "read_folder", "read", "asset.folder" },
    { "assets", "set_version_name", "create", "asset.version_name" },
    { "assets", "unpublish", "unpublish", "asset" },
    { "assets", "update", "update", "asset" },
    { "assets", "update_folder", "update", "asset.folder" },
    { "audit_log", "read", "read", "audit_log" },
    { "branches", "compare", "compare", "branch" },
    { "branches", "create", "create", "branch" },
    { "branches", "delete", "delete", "branch" },
    { "branches", "merge", "merge", "branch" },
    { "branches", "read", "read", "branch" },
    { "branches", "read_merge_queue", "read", "branch.merge_queue" },
    { "branches", "update_settings", "update", "branch.setting" },
    { "bulk_operations", "add_release_items", "create", "bulk_operation.release_item" },
    { "bulk_operations", "delete", "delete", "bulk_operation" },
    { "bulk_operations", "publish", "publish", "bulk_operation" },
    { "bulk_operations", "read_job", "read", "bulk_operation.job" },
    { "bulk_operations", "set_workflow_stage", "update", "bulk_operation.workflow_stage" },
    { "bulk_operations", "unpublish", "unpublish", "bulk_operation" },
    { "bulk_operations", "update_release_items", "update", "bulk_operation.release_item" },
    { "content_types", "create", "create", "content_type" },
    { "content_types", "delete", "delete", "content_type" },
    { "content_types", "export", "export", "content_type" },
    { "content_types", "import", "import", "content_type" },
    { "content_types", "read", "read", "content_type" },
    { "content_types", "update", "update", "content_type" },
    { "entries", "accept_publish_request", "accept", "entry.publish_request" },
    { "entries", "create", "create", "entry" },
    { "entries", "delete", "delete", "entry" },
    { "entries", "delete_version_name", "delete", "entry.version_name" },
    { "entries", "export", "export", "entry" },
    { "entries", "import", "import", "entry" },
    { "entries", "publish", "publish", "entry" },
    { "entries", "read", "read", "entry" },
    { "entries", "reject_publish_request", "reject", "entry.publish_request" },
    { "entries", "request_publish", "create", "entry.publish_request" },
    { "entries", "set_version_name", "create", "entry.version_name" },
    { "entries", "set_workflow_stage", "update", "entry.workflow_stage" },
    { "entries", "unlocalize", "unlocalize", "entry" },
    { "entries", "unpublish", "unpublish", "entry" },
    { "entries", "update", "update", "entry" },
    { "entries", "workflow_get_undocumented", "read", "entry.workflow_stage" },
    { "entry_variants", "create", "create", "entry_variant" },
    { "entry_variants", "delete", "delete", "entry_variant" },
    { "entry_variants", "read", "read", "entry_variant" },
    { "entry_variants", "update", "update", "entry_variant" },
    { "environments", "create", "create", "environment" },
    { "environments", "delete", "delete", "environment" },
    { "environments", "read", "read", "environment" },
    { "environments", "update", "update", "environment" },
    { "extensions", "create", "create", "extension" },
    { "extensions", "delete", "delete", "extension" },
    { "extensions", "read", "read", "extension" },
    { "extensions", "update", "update", "extension" },
    { "global_fields", "create", "create", "global_field" },
    { "global_fields", "delete", "delete", "global_field" },
    { "global_fields", "export", "export", "global_field" },
    { "global_fields", "import", "import", "global_field" },
    { "global_fields", "read", "read", "global_field" },
    { "global_fields", "update", "update", "global_field" },
    { "labels", "create", "create", "label" },
    { "labels", "delete", "delete", "label" },
    { "labels", "read", "read", "label" },
    { "labels", "update", "update", "label" },
    { "languages", "create", "create", "language" },
    { "languages", "delete", "delete", "language" },
    { "languages", "read", "read", "language" },
    { "languages", "update", "update", "language" },
    { "metadata", "create", "create", "metadata" },
    { "metadata", "delete", "delete", "metadata" },
    { "metadata", "publish", "publish", "metadata" },
    { "metadata", "read", "read", "metadata" },
    { "metadata", "unpublish", "unpublish", "metadata" },
    { "metadata", "update", "update", "metadata" },
    { "organization", "create_stack_role_mapping", "create", "organization.team.stack_role_mapping" },
    { "organization", "create_team", "create", "organization.team" },
    { "organization", "create_team_users", "create", "organization.team.user" },
    { "organization", "delete_stack_role_mapping", "delete", "organization.team.stack_role_mapping" },
    { "organization", "delete_team", "delete", "organization.team" },
    { "organization", "delete_team_users", "delete", "organization.team.user" },
    { "organization", "invite_user", "invite", "organization.user" },
    { "organization", "read", "read", "organization" },
    { "organization", "read_invitations", "read", "organization.invitation" },
    { "organization", "read_logs", "read", "organization.log" },
    { "organization", "read_roles", "read", "organization.role" },
    { "organization", "read_stack_role_mapping", "read", "organization.team.stack_role_mapping" },
    { "organization", "read_stacks", "read", "organization.stack" },
    { "organization", "read_team", "read", "organization.team" },
    { "organization", "read_team_users", "read", "organization.team.user" },
    { "organization", "remove_user", "remove", "organization.user" },
    { "organization", "resend_invitation", "resend", "organization.invitation" },
    { "organization", "search_users", "search", "organization.user" },
    { "organization", "transfer_ownership", "transfer", "organization.ownership" },
    { "organization", "update_stack_role_mapping", "update", "organization.team.stack_role_mapping" },
    { "organization", "update_team", "update", "organization.team" },
    { "publish_queue", "cancel", "cancel", "publish_queue" },
    { "publish_queue", "read", "read", "publish_queue" },
    { "publish_rules", "create", "create", "publish_rule" },
    { "publish_rules", "delete", "delete", "publish_rule" },
    { "publish_rules", "read", "read", "publish_rule" },
    { "publish_rules", "update", "update", "publish_rule" },
    { "releases", "clone", "clone", "release" },
    { "releases", "create", "create", "release" },
    { "releases", "create_items", "create", "release.item" },
    { "releases", "delete", "delete", "release" },
    { "releases", "delete_items", "delete", "release.item" },
    { "releases", "deploy", "deploy", "release" },
    { "releases", "read", "read", "release" },
    { "releases", "read_items", "read", "release.item" },
    { "releases", "update", "update", "release" },
    { "releases", "update_items", "update", "release.item" },
    { "roles", "create", "create", "roles" },
    { "roles", "delete", "delete", "roles" },
    { "roles", "read", "read", "roles" },
    { "roles", "update", "update", "roles" },
    { "stack", "accept_ownership", "accept", "stack.ownership" },
    { "stack", "create", "create", "stack" },
    { "stack", "delete", "delete", "stack" },
    { "stack", "invite_user", "invite", "stack.user" },
    { "stack", "read", "read", "stack" },
    { "stack", "read_settings", "read", "stack.setting" },
    { "stack", "read_users", "read", "stack.user" },
    { "stack", "remove_user", "remove", "stack.user" },
    { "stack", "reset_settings", "reset", "stack.setting" },
    { "stack", "transfer_ownership", "transfer", "stack.ownership" },
    { "stack", "update", "update", "stack" },
    { "stack", "update_settings", "update", "stack.setting" },
    { "stack", "update_user_roles", "update", "stack.user" },
    { "taxonomy", "create", "create", "taxonomy" },
    { "taxonomy", "create_term", "create", "taxonomy.term" },
    { "taxonomy", "delete", "delete", "taxonomy" },
    { "taxonomy", "delete_term", "delete", "taxonomy.term" },
    { "taxonomy", "export", "export", "taxonomy" },
    { "taxonomy", "import", "import", "taxonomy" },
    { "taxonomy", "localize", "localize", "taxonomy" },
    { "taxonomy", "localize_term", "localize", "taxonomy.term" },
    { "taxonomy", "move_term", "move", "taxonomy.term" },
    { "taxonomy", "publish", "publish", "taxonomy" },
    { "taxonomy", "read", "read", "taxonomy" },
    { "taxonomy", "read_term", "read", "taxonomy.term" },
    { "taxonomy", "unpublish", "unpublish", "taxonomy" },
    { "taxonomy", "update", "update", "taxonomy" },
    { "taxonomy", "update_term", "update", "taxonomy.term" },
    { "tokens", "create_delivery_token", "create", "tokens.delivery" },
    { "tokens", "create_management_token", "create", "tokens.management" },
    { "tokens", "create_preview_token", "create", "tokens.preview" },
    { "tokens", "delete_delivery_token", "delete", "tokens.delivery" },
    { "tokens", "delete_management_token", "delete", "tokens.management" },
    { "tokens", "delete_preview_token", "delete", "tokens.preview" },
    { "tokens", "read_delivery_token", "read", "tokens.delivery" },
    { "tokens", "read_management_token", "read", "tokens.management" },
    { "tokens", "update_delivery_token", "update", "tokens.delivery" },
    { "tokens", "update_management_token", "update", "tokens.management" },
    { "user_session", "login", "login", "user_session" },
    { "user_session", "logout", "logout", "user_session" },
    { "users", "activate", "activate", "user" },
    { "users", "read_self", "read", "user" },
    { "users", "request_password", "request", "user.password" },
    { "users", "reset_password", "reset", "user.password" },
    { "users", "update_self", "update", "user" },
    { "variant_groups", "create", "create", "variant_group" },
    { "variant_groups", "delete", "delete", "variant_group" },
    { "variant_groups", "read", "read", "variant_group" },
    { "variant_groups", "update", "update", "variant_group" },
    { "variants", "create", "create", "variant" },
    { "variants", "delete", "delete", "variant" },
    { "variants", "read", "read", "variant" },
    { "variants", "update", "update", "variant" },
    { "webhooks", "create", "create", "webhook" },
    { "webhooks", "delete", "delete", "webhook" },
    { "webhooks", "import", "import", "webhook" },
    { "webhooks", "read", "read", "webhook" },
    { "webhooks", "retry", "retry", "webhook" },
    { "webhooks", "update", "update", "webhook" },
    { "workflows", "create", "create", "workflow" },
    { "workflows", "delete", "delete", "workflow" },
    { "workflows", "disable", "disable", "workflow" },
    { "workflows", "enable", "enable", "workflow" },
    { "workflows", "read", "read", "workflow" },
    { "workflows", "read_tasks", "read", "workflow.task" },
    { "workflows", "update", "update", "workflow" },
};

/* What the data is known to hold; a file that was cut off must not pass for one that agrees. */
enum { N_ENDPOINTS = 264, N_MODULES = 28 };

/* What the rows of one file must come to: certain ones by their label, and the others. */
struct tally {
    unsigned allow, deny, conditional, not_covered, uncertain;
};

static const struct tally HTTP_TALLY = { .allow = 1306, .conditional = 7, .not_covered = 690 };
static const struct tally DOCS_TALLY = { .allow = 226, .deny = 39, .uncertain = 36 };
static const struct tally POSTMAN_TALLY = { .allow = 163, .deny = 38, .uncertain = 6 };
static const struct tally SCENARIOS_TALLY = { .allow = 24, .deny = 176, .uncertain = 175 };

enum { ROOM = 4096 };

/* One run of the test. */
struct test {
    const char *folder; /* of the data */
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_explanation *explanation;
    uint32_t subject, action, resource;         /* handles of the dimensions */
    const char *sentences[N_ELEMENTS(CLAUSES)]; /* `cites` of each element of CLAUSES; owned by the policy */
    uint32_t clauses[N_ELEMENTS(CLAUSES)];      /* and its number in the policy */
    unsigned n_failures;
};

/* One row while it is compared. */
struct row {
    char id[ROOM];   /* what a failure is reported under */
    json_t *json;    /* borrowed */
    unsigned stated; /* sentences that the row names */
};

/* Compares one certain row of a file; EXPECTED is the label. */
typedef void compare_fn(struct test *test, const struct row *row, const char *expected);

static void compare_http(struct test *test, const struct row *row, const char *expected);
static void compare_material(struct test *test, const struct row *row, const char *expected);
static void compare_scenario(struct test *test, const struct row *row, const char *expected);

__attribute__((format(printf, 3, 4))) static void fail(struct test *test, const char *id, const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...);

/* ---- the mapping -------------------------------------------------------------------------------------------------------- */

static const struct mapping *
find_mapping(const char *module, const char *operation)
{
    for (size_t i = 0; i < N_ELEMENTS(MAPPINGS); i++)
        if (strcmp(MAPPINGS[i].module, module) == 0 && strcmp(MAPPINGS[i].operation, operation) == 0)
            return &MAPPINGS[i];
    return NULL;
}

/* True if NAME is among the declared names of dimension ATTRIBUTE. */
static bool
declares(const struct test *test, uint32_t attribute, const char *name)
{
    const char *declared;

    for (uint32_t i = 0; (declared = rck_policy_attribute_name(test->policy, attribute, i)) != NULL; i++)
        if (strcmp(declared, name) == 0)
            return true;
    return false;
}

/* Every tuple stands for one operation, and is of the vocabulary. */
static void
check_mappings(struct test *test)
{
    char id[ROOM];

    for (size_t i = 0; i < N_ELEMENTS(MAPPINGS); i++) {
        const struct mapping *m = &MAPPINGS[i];

        snprintf(id, sizeof(id), "mapping of %s/%s", m->module, m->operation);
        if (!declares(test, test->action, m->action))
            fail(test, id, "the vocabulary has no action '%s'", m->action);
        if (!declares(test, test->resource, m->resource))
            fail(test, id, "the vocabulary has no resource '%s'", m->resource);
        for (size_t k = 0; k < i; k++) {
            const struct mapping *other = &MAPPINGS[k];

            if (strcmp(m->action, other->action) == 0 && strcmp(m->resource, other->resource) == 0)
                fail(test, id, "'%s %s' stands for %s/%s, too", m->action, m->resource, other->module, other->operation);
            if (strcmp(m->module, other->module) == 0 && strcmp(m->operation, other->operation) == 0)
                fail(test, id, "mapped twice");
        }
    }
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

/* Every module and operation of endpoints.csv has its mapping, and no mapping is about anything else.  The four columns that
 * are read, method, path, module and action, are never quoted. */
static void
check_endpoints(struct test *test)
{
    static const char HEADER[] = "method,path,module,action,";
    bool seen[N_ELEMENTS(MAPPINGS)] = { false };
    FILE *file = open_data(test, "endpoints.csv");
    char *line = NULL;
    size_t room = 0;
    unsigned n_lines = 0;
    unsigned n_seen = 0;
    unsigned n_modules = 0;

    while (getline(&line, &room, file) > 0) {
        char id[ROOM];
        char *rest = line;
        const char *method, *path, *module, *operation;
        const struct mapping *mapping;

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
        mapping = find_mapping(module, operation);
        if (mapping == NULL) {
            snprintf(id, sizeof(id), "endpoints.csv:%u: %s %s", n_lines, method, path);
            fail(test, id, "%s/%s has no mapping", module, operation);
        } else {
            seen[mapping - MAPPINGS] = true;
        }
    }
    if (ferror(file))
        die("cannot read endpoints.csv: %s", strerror(errno));
    fclose(file);
    free(line);

    for (size_t i = 0; i < N_ELEMENTS(MAPPINGS); i++) {
        n_seen += seen[i];
        n_modules += i == 0 || strcmp(MAPPINGS[i].module, MAPPINGS[i - 1].module) != 0;
        if (!seen[i])
            fail(test, "endpoints.csv", "%s/%s is mapped and not there", MAPPINGS[i].module, MAPPINGS[i].operation);
    }
    printf("endpoints.csv: %u endpoints, %u operations in %u modules\n", n_lines - (n_lines > 0), n_seen, n_modules);
    if (n_lines != N_ENDPOINTS + 1 || n_modules != N_MODULES)
        fail(test, "endpoints.csv", "expected %d endpoints in %d modules", N_ENDPOINTS, N_MODULES);
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

/* Starts the request with the row's operation as sent with CREDENTIAL ("none": without a subject).  False if it has no mapping
 * or is refused by the library, which is reported. */
static bool
fill(struct test *test, const struct row *row, const char *credential)
{
    const char *module = need_text(row, row->json, "module");
    const char *operation = need_text(row, row->json, "action");
    const struct mapping *m = find_mapping(module, operation);
    const struct rck_request_error *error;
    enum rck_status status = RCK_OK;

    if (m == NULL) {
        fail(test, row->id, "%s/%s has no mapping", module, operation);
        return false;
    }
    rck_request_reset(test->request);
    if (strcmp(credential, "none") != 0)
        status = rck_request_set_name(test->request, test->subject, credential, strlen(credential));
    if (status == RCK_OK)
        status = rck_request_set_name(test->request, test->action, m->action, strlen(m->action));
    if (status == RCK_OK)
        status = rck_request_set_name(test->request, test->resource, m->resource, strlen(m->resource));
    if (status != RCK_OK) {
        error = rck_request_error(test->request);
        fail(test, row->id, "%s %s %s: %s", credential, m->action, m->resource,
             error != NULL ? error->message : rck_status_text(status));
    }
    return status == RCK_OK;
}

/* A request as it was recorded: its credential and its operation are all that is known.  What the row names is what could not
 * be decided for want of the role and of the number of tokens; nothing is violated, for none of the clients asked a management
 * token for what it cannot do. */
static void
compare_http(struct test *test, const struct row *row, const char *expected)
{
    const json_t *request = json_object_get(row->json, "request");
    struct decision got;

    if (!fill(test, row, need_text(row, request, "credential")))
        return;
    got = decide(test, row->id);
    expect(test, row, &got, expected, 0, row->stated);
}

/* A page or a request of the official material, labelled as if it were sent with a management token.
 *
 * No other fact is given, neither the roles of the caller nor how many tokens there are nor any rate.  A deny stands all the
 * same where a clause is definitely violated, and those are R3, R4 and R5: whom the token belongs to does not matter to them.
 * R2, which the labels name where the token would create another, cannot be shown: a management token holds no role, and a role
 * that is not given is not known to be none.  There R1 and R2 are unknown, beside the R3 that denies. */
static void
compare_material(struct test *test, const struct row *row, const char *expected)
{
    struct decision got;
    unsigned violated = row->stated & (R3 | R4 | R5);
    unsigned unknown = (row->stated & R2) != 0 ? R1 | R2 : 0;

    /* The sentence is about users "from the stack".  The labels of one row, inviting to an organization, name it beside the
     * module; the label's result is right all the same. */
    if (strcmp(need_text(row, row->json, "module"), "organization") == 0)
        violated &= ~(unsigned)R5;
    if (!fill(test, row, "management_token"))
        return;
    got = decide(test, row->id);
    expect(test, row, &got, expected, violated, unknown);
}

/* A creation with all its facts, given as JSON: what is null there is absent. */
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
    const char *module = need_text(row, row->json, "module");
    const char *operation = need_text(row, row->json, "action");
    const struct mapping *m = find_mapping(module, operation);
    const json_t *facts = json_object_get(row->json, "facts");
    const struct rck_request_error *error;
    struct decision got;
    json_t *request;
    char *text;

    if (m == NULL) {
        fail(test, row->id, "%s/%s has no mapping", module, operation);
        return;
    }
    request = json_pack("{s:s, s:[s], s:s, s:s}", "subject", need_text(row, facts, "credential"), "role",
                        need_text(row, facts, "actor_role"), "action", m->action, "resource", m->resource);
    for (size_t i = 0; i < N_ELEMENTS(KEYS); i++) {
        json_t *value = json_object_get(facts, KEYS[i].fact);

        if (!json_is_integer(value) && !json_is_null(value))
            die("%s: '%s' is no number", row->id, KEYS[i].fact);
        json_object_set(request, KEYS[i].key, value);
    }
    text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (text == NULL)
        die("%s: no memory", row->id);
    if (rck_request_read_json(test->request, text, strlen(text)) != RCK_OK) {
        error = rck_request_error(test->request);
        fail(test, row->id, "%s: %s", text, error != NULL ? error->message : "refused without a reason");
    } else {
        got = decide(test, row->id);
        expect(test, row, &got, expected, row->stated, 0);
    }
    free(text);
}

/* ---- the policy --------------------------------------------------------------------------------------------------------- */

static bool
write_stderr(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stderr) == size;
}

/* Returns the handle of dimension NAME. */
static uint32_t
find_dimension(const struct test *test, const char *name)
{
    uint32_t attribute = rck_policy_find_attribute(test->policy, name, strlen(name));

    if (attribute == RCK_NONE)
        die("the policy has no '%s'", name);
    return attribute;
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
    test->subject = find_dimension(test, "subject");
    test->action = find_dimension(test, "action");
    test->resource = find_dimension(test, "resource");
    find_clauses(test);
}

/* ---- reporting ---------------------------------------------------------------------------------------------------------- */

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
        check_mappings(&test);
        check_endpoints(&test);
        compare_file(&test, "labelled_http.jsonl", "restrictions", compare_http, &HTTP_TALLY);
        compare_file(&test, "labelled_docs.jsonl", "restrictions", compare_material, &DOCS_TALLY);
        compare_file(&test, "labelled_postman.jsonl", "restrictions", compare_material, &POSTMAN_TALLY);
        compare_file(&test, "scenarios.jsonl", "violated", compare_scenario, &SCENARIOS_TALLY);
        printf("%zu operations mapped; %u differences\n", N_ELEMENTS(MAPPINGS), test.n_failures);

        rck_explanation_free(test.explanation);
        rck_request_free(test.request);
        rck_policy_unref(test.policy);
        n_failures += test.n_failures;
        test = (struct test){ 0 };
    }
    return n_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
