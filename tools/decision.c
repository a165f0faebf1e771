/* SPDX-License-Identifier: MIT
 *
 * One decision after the other, on one request and one explanation that are made once: filling, deciding, sorting the clauses
 * by what they say, and the parts of the account that `eval` and `explain` both write.
 */
#include <config.h>

#include <stdlib.h>
#include <time.h>

#include "tool.h"

static void gather(struct decision *decision);
static void gather_missing(struct decision *decision, uint32_t clause);
static void note_error(struct decision *decision);

enum rck_status
decision_init(struct decision *decision, struct rck_policy *policy)
{
    enum rck_status status;
    struct numbers *lists[] = { &decision->violated, &decision->unknown, &decision->granted, &decision->warned };

    *decision = (struct decision){ .policy = policy };
    rck_policy_describe(policy, &decision->info);
    decision->clauses = must_allocate(decision->info.n_clauses, sizeof *decision->clauses);
    decision->attributes = must_allocate(decision->info.n_attributes, sizeof *decision->attributes);
    decision->marks = must_allocate(decision->info.n_attributes, sizeof *decision->marks);
    decision->missing.at = must_allocate(decision->info.n_attributes, sizeof *decision->missing.at);
    for (size_t i = 0; i < N_ELEMENTS(lists); i++)
        lists[i]->at = must_allocate(decision->info.n_clauses, sizeof *lists[i]->at);
    status = rck_request_new(policy, &decision->request);
    if (status == RCK_OK)
        status = rck_explanation_new(policy, &decision->explanation);
    for (uint32_t i = 0; status == RCK_OK && i < decision->info.n_clauses; i++) {
        status = rck_policy_clause(policy, i, &decision->clauses[i]);
        decision->warns = decision->warns || decision->clauses[i].warns;
    }
    for (uint32_t i = 0; status == RCK_OK && i < decision->info.n_attributes; i++)
        status = rck_policy_attribute(policy, i, &decision->attributes[i]);
    return status;
}

void
decision_free(struct decision *decision)
{
    rck_explanation_free(decision->explanation);
    rck_request_free(decision->request);
    free(decision->clauses);
    free(decision->attributes);
    free(decision->marks);
    free(decision->missing.at);
    free(decision->violated.at);
    free(decision->unknown.at);
    free(decision->granted.at);
    free(decision->warned.at);
    free(decision->value.p);
    rck_policy_unref(decision->policy);
}

bool
is_assignment(const char *word)
{
    return word[strcspn(word, "=/")] == '=';
}

bool
words_agree(struct tool *tool, const struct arguments *arguments, bool *assignments)
{
    size_t n = 0;

    for (size_t i = 0; i < arguments->n_words; i++)
        n += is_assignment(arguments->words[i]);
    if (n != 0 && n != arguments->n_words) {
        size_t i = 0;

        while (is_assignment(arguments->words[i]))
            i++;
        message(tool, LEVEL_ERROR, "give either key=value words or files; './NAME' makes a name with a '=' a file",
                "'%.200s' is no key=value word, but others are", arguments->words[i]);
        return false;
    }
    for (size_t i = 0; n == 0 && i < arguments->n_words && !option_given(arguments, OPT_POLICY); i++) {
        size_t size = strlen(arguments->words[i]);

        if (size > 6 && strcmp(arguments->words[i] + size - 6, ".rules") == 0) {
            message(tool, LEVEL_ERROR, "give the policy with '-p', and then requests", "'%.200s' looks like a policy, not like requests",
                    arguments->words[i]);
            return false;
        }
    }
    *assignments = n != 0;
    return true;
}

enum rck_status
decision_read_words(struct decision *decision, const char *const *words, size_t n_words)
{
    enum rck_status status = RCK_OK;

    rck_request_reset(decision->request);
    decision->from_text = false;
    for (size_t i = 0; status == RCK_OK && i < n_words; i++) {
        size_t key = strcspn(words[i], "=");

        status = rck_request_set_text(decision->request, words[i], key, words[i] + key + 1, strlen(words[i] + key + 1));
    }
    return status == RCK_E_NOMEM ? status : RCK_OK;
}

enum rck_status
decision_read_json(struct decision *decision, const char *text, size_t size)
{
    enum rck_status status = rck_request_read_json(decision->request, text, size);

    decision->from_text = true;
    return status == RCK_E_NOMEM ? status : RCK_OK;
}

enum rck_status
decision_read_http(struct decision *decision, const char *text, size_t size)
{
    enum rck_status status = rck_request_read_http(decision->request, text, size);

    decision->from_text = true;
    return status == RCK_E_NOMEM ? status : RCK_OK;
}

enum rck_status
decision_read_har(struct decision *decision, const char *text, size_t size)
{
    enum rck_status status = rck_request_read_har(decision->request, text, size);

    decision->from_text = false; /* an offset in the request says little of a file */
    return status == RCK_E_NOMEM ? status : RCK_OK;
}

enum rck_status
decision_read_pairs(struct decision *decision, const char *text, size_t size)
{
    enum rck_status status = rck_request_read_pairs(decision->request, text, size);

    decision->from_text = true;
    return status == RCK_E_NOMEM ? status : RCK_OK;
}

enum rck_status
decision_read_csv(struct decision *decision, const struct rck_csv *csv, const char *text, size_t size)
{
    enum rck_status status = rck_request_read_csv(decision->request, csv, text, size);

    decision->from_text = true;
    return status == RCK_E_REQUEST ? RCK_OK : status;
}

void
decision_reject(struct decision *decision, const char *why)
{
    rck_request_reject(decision->request, why);
    decision->from_text = false;
}

void
decision_make(struct decision *decision, bool always)
{
    enum rck_result result;

    rck_request_set_now(decision->request, decision->now);
    result = rck_decide(decision->policy, decision->request, NULL);
    decision->result = result;
    decision->explained = result != RCK_INVALID && (always || result != RCK_ALLOW || decision->warns);
    decision->by_default = false;
    decision->violated.n = decision->unknown.n = decision->granted.n = decision->warned.n = decision->missing.n = 0;
    if (decision->explained)
        gather(decision);
    else if (result == RCK_INVALID)
        note_error(decision);
}

enum ending
decision_ending(enum rck_result result)
{
    switch (result) {
    case RCK_ALLOW:
        return END_OK;
    case RCK_INDETERMINATE:
        return END_INDETERMINATE;
    case RCK_INVALID:
        return END_INVALID;
    case RCK_DENY:
        break;
    }
    return END_FOUND;
}

enum style
decision_style(enum rck_result result)
{
    return result == RCK_ALLOW ? STYLE_GOOD : result == RCK_DENY ? STYLE_BAD : STYLE_DOUBT;
}

const char *
decision_value(struct decision *decision, uint32_t attribute)
{
    size_t size;

    text_room(&decision->value, 1);
    size = rck_request_value(decision->request, attribute, decision->value.p, decision->value.room);
    if (size >= decision->value.room) {
        text_room(&decision->value, size);
        (void)rck_request_value(decision->request, attribute, decision->value.p, decision->value.room);
    }
    return decision->value.p;
}

const char *
decision_sentence(struct decision *decision, uint32_t idx)
{
    const struct rck_clause *clause = &decision->clauses[idx];
    size_t size;

    if (clause->says == NULL)
        return clause->cites != NULL ? clause->cites : clause->text;
    text_room(&decision->value, 1);
    size = rck_explanation_message(decision->explanation, idx, decision->value.p, decision->value.room);
    if (size >= decision->value.room) {
        text_room(&decision->value, size);
        (void)rck_explanation_message(decision->explanation, idx, decision->value.p, decision->value.room);
    }
    return decision->value.p;
}

bool
read_now(struct tool *tool, const struct arguments *arguments, int64_t *now)
{
    const char *text = option_value(arguments, OPT_NOW, NULL);
    struct timespec clock;

    if (text == NULL) {
        /* No time is taken for one: an old one could keep an exception open. */
        if (clock_gettime(CLOCK_REALTIME, &clock) == 0 && clock.tv_sec >= 0 && (int64_t)clock.tv_sec < INT64_MAX / 1000000000) {
            *now = (int64_t)clock.tv_sec * 1000000000 + clock.tv_nsec;
            return true;
        }
        message(tool, LEVEL_ERROR, "give the time with --now", "the clock tells no time that a policy can be asked about");
        return false;
    }
    if (rck_time_read(text, strlen(text), now) == RCK_OK)
        return true;
    message(tool, LEVEL_ERROR, "write it as 2026-03-25T12:00:00Z or 2026-03-25T12:00:00+01:00", "'%.40s' is no time for '--now'", text);
    return false;
}

const char *
decision_id(const struct decision *decision, size_t *size)
{
    if (decision->entry[0] == '\0')
        return decision->from_text ? rck_request_id(decision->request, size) : NULL;
    *size = strlen(decision->entry);
    return decision->entry;
}

void
js_id(struct output *out, const struct decision *decision)
{
    size_t size = 0;
    const char *id = decision_id(decision, &size);

    if (id == NULL)
        return;
    js_key(out, "id");
    js_raw(out, id, size);
}

void
js_labels(struct output *out, const struct decision *decision, const char *key, const struct numbers *clauses)
{
    js_key(out, key);
    js_open(out, '[');
    js_list(out, decision, clauses);
    js_close(out, ']');
}

void
js_list(struct output *out, const struct decision *decision, const struct numbers *clauses)
{
    for (uint32_t i = 0; i < clauses->n; i++)
        js_string(out, decision->clauses[clauses->at[i]].label);
}

void
js_missing(struct output *out, const struct decision *decision)
{
    js_key(out, "missing");
    js_open(out, '[');
    js_missing_list(out, decision);
    js_close(out, ']');
}

void
js_missing_list(struct output *out, const struct decision *decision)
{
    for (uint32_t i = 0; i < decision->missing.n; i++)
        js_string(out, decision->attributes[decision->missing.at[i]].name);
}

void
js_route(struct output *out, const struct decision *decision)
{
    struct rck_route_match match;
    struct rck_route route;
    const char *doubt = decision->result == RCK_INDETERMINATE ? rck_request_doubt(decision->request) : NULL;
    size_t n = rck_request_route(decision->request, 0, NULL);

    for (size_t i = 0; i < n; i++) {
        rck_request_route(decision->request, i, &match);
        if (!match.decides || rck_policy_route(decision->policy, match.route, &route) != RCK_OK)
            continue;
        js_key(out, "route");
        js_open(out, '{');
        js_key(out, "method");
        js_string(out, route.method);
        js_key(out, "path");
        js_string(out, route.path);
        js_key(out, "action");
        js_string(out, route.action);
        js_key(out, "resource");
        js_string(out, route.resource);
        js_close(out, '}');
    }
    if (doubt != NULL) {
        js_key(out, "doubt");
        js_string(out, doubt);
    }
}

void
out_doubt(struct output *out, const struct decision *decision)
{
    const char *doubt = decision->result == RCK_INDETERMINATE ? rck_request_doubt(decision->request) : NULL;

    if (doubt == NULL)
        return;
    out_string(out, "    ");
    out_safe_string(out, doubt);
    out_string(out, "\n");
}

void
js_error(struct output *out, const struct decision *decision)
{
    if (decision->result != RCK_INVALID)
        return;
    js_key(out, "error");
    js_open(out, '{');
    js_key(out, "message");
    js_string(out, decision->error.message);
    js_key(out, "key");
    js_string(out, decision->error.key != NULL ? decision->error.key : "");
    js_key(out, "offset");
    js_number(out, decision->error.offset);
    js_key(out, "help");
    js_string(out, decision->error.help);
    js_close(out, '}');
}

void
out_error(struct output *out, const struct decision *decision, uint64_t line, uint64_t column)
{
    const struct rck_request_error *error = &decision->error;

    if (decision->result != RCK_INVALID)
        return;
    out_string(out, "    ");
    out_safe_string(out, error->message);
    if (column != 0) {
        out_string(out, line != 0 ? " (line " : " (column ");
        if (line != 0) {
            out_number(out, line);
            out_string(out, ", column ");
        }
        out_number(out, column);
        out_string(out, ")");
    }
    out_string(out, "\n");
    if (error->key != NULL && error->key[0] != '\0') {
        out_string(out, "    = key: ");
        out_safe_string(out, error->key);
        out_string(out, "\n");
    }
    if (error->help != NULL) {
        out_string(out, "    = help: ");
        out_safe_string(out, error->help);
        out_string(out, "\n");
    }
}

void
out_missing(struct output *out, struct decision *decision, const struct rck_reading *reading)
{
    out_safe_string(out, decision->attributes[reading->attribute].name);
    if (reading->absent) {
        out_string(out, " is not given");
    } else if (reading->undeclared) {
        out_string(out, " holds what the vocabulary does not know: ");
        out_safe_string(out, decision_value(decision, reading->attribute));
    } else {
        out_string(out, " leaves it open: ");
        out_safe_string(out, decision_value(decision, reading->attribute));
    }
}

/* Explains the request and sorts the clauses into the lists. */
static void
gather(struct decision *decision)
{
    (void)rck_explain(decision->explanation, decision->request);
    decision->round++;
    for (uint32_t i = 0; (i = rck_explanation_next(decision->explanation, i)) != RCK_NONE; i++) {
        enum rck_state state = rck_explanation_state(decision->explanation, i);
        bool warns = decision->clauses[i].warns;
        struct numbers *list = state == RCK_STATE_VIOLATED ? warns ? &decision->warned : &decision->violated
                               : warns                     ? NULL
                               : state == RCK_STATE_UNKNOWN ? &decision->unknown
                                                            : &decision->granted;

        if (list == NULL)
            continue;
        list->at[list->n++] = i;
        if (list == &decision->unknown)
            gather_missing(decision, i);
    }
    decision->by_default = decision->result == RCK_DENY && decision->violated.n == 0;
}

/* Adds the attributes for want of which CLAUSE is unknown, each one once. */
static void
gather_missing(struct decision *decision, uint32_t clause)
{
    struct rck_reading reading;
    size_t n = rck_explanation_reading(decision->explanation, clause, 0, NULL);

    for (size_t i = 0; i < n; i++) {
        (void)rck_explanation_reading(decision->explanation, clause, i, &reading);
        if (!reading.missing || reading.attribute >= decision->info.n_attributes ||
            decision->marks[reading.attribute] == decision->round)
            continue;
        decision->marks[reading.attribute] = decision->round;
        decision->missing.at[decision->missing.n++] = reading.attribute;
    }
}

/* Notes why the request is invalid. */
static void
note_error(struct decision *decision)
{
    const struct rck_request_error *error = rck_request_error(decision->request);

    if (error != NULL)
        decision->error = *error;
    else
        decision->error = (struct rck_request_error){ .key = "", .message = "not a request of this vocabulary" };
}
