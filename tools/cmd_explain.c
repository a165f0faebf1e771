/* SPDX-License-Identifier: MIT
 *
 * rulecheck explain: the full account of one request: the decision, and of each clause what it says, the sentence that it
 * stands for, the values that it read and where it is written.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

static enum ending explain(struct tool *tool, const struct arguments *arguments);
static enum ending explain_request(struct tool *tool, const struct arguments *arguments, struct decision *decision);
static bool read_file(struct tool *tool, const char *word, char *buffer, size_t *size);
static void write_json(struct output *out, struct decision *decision, struct rck_regions *nearest);
static void write_clause_json(struct output *out, struct decision *decision, uint32_t idx);
static void write_text(struct output *out, struct decision *decision, const char *text);
static void write_clause(struct output *out, struct decision *decision, uint32_t idx);
static void write_values(struct output *out, struct decision *decision, uint32_t idx);
static const char *said(struct decision *decision, uint32_t idx);
static void write_nearest(struct output *out, const struct rck_regions *nearest);
static enum style state_style(enum rck_state state, bool warns);

const struct command command_explain = {
    .name = "explain",
    .usage = "[OPTION...] KEY=VALUE... | FILE",
    .summary = "tell what each clause says of one request",
    .about = "Decides one request and tells of each clause whether it is relevant, satisfied, violated, granted\n"
             "or unknown, which values it read, and where it stands.  Of a deny it tells the smallest changes with\n"
             "which the request would be allowed: as few other values as possible, three at most.\n"
             "\n"
             "The request is key=value words, or one JSON object in FILE ('-' is standard input).\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_FORMAT) | OPTION(OPT_STRICT) | OPTION(OPT_NOW),
    .formats = FORMATS_COMMON,
    .run = explain,
};

static enum ending
explain(struct tool *tool, const struct arguments *arguments)
{
    struct decision decision;
    struct rck_policy *policy;
    enum ending ending;
    enum rck_status status;
    bool assignments = false;
    int64_t now;

    if (!read_now(tool, arguments, &now))
        return END_ERROR;
    if (!words_agree(tool, arguments, &assignments))
        return END_ERROR;
    if (arguments->n_words == 0 || (!assignments && arguments->n_words != 1)) {
        message(tool, LEVEL_ERROR, "give key=value words, or one file ('-' is standard input)",
                "'explain' needs exactly one request");
        return END_ERROR;
    }
    policy = load_policy(tool, arguments, &ending);
    if (policy == NULL)
        return ending;
    status = decision_init(&decision, policy);
    if (status == RCK_OK)
        decision.now = now;
    if (status == RCK_OK)
        ending = explain_request(tool, arguments, &decision);
    else
        ending = message_status(tool, status);
    decision_free(&decision);
    return ending;
}

static enum ending
explain_request(struct tool *tool, const struct arguments *arguments, struct decision *decision)
{
    enum rck_status status = RCK_OK;
    struct rck_regions *nearest = NULL;
    char *buffer = NULL;
    size_t n_ignored;

    rck_request_set_strict(decision->request, option_given(arguments, OPT_STRICT));
    if (is_assignment(arguments->words[0])) {
        status = decision_read_words(decision, arguments->words, arguments->n_words);
    } else {
        size_t size = 0;

        buffer = must_allocate(INPUT_ROOM, 1);
        if (!read_file(tool, arguments->words[0], buffer, &size)) {
            free(buffer);
            return END_ERROR;
        }
        if (size > LINE_BYTES_MAX)
            decision_reject(decision, "the request is longer than 1 MiB");
        else
            status = decision_read_json(decision, buffer, size);
    }
    if (status != RCK_OK) {
        free(buffer);
        return message_status(tool, status);
    }
    decision_make(decision, true);
    /* Values that the vocabulary does not know have no nearest allow. */
    if (decision->result == RCK_DENY)
        status = rck_request_nearest(decision->request, steps_of(arguments), &nearest);
    if (wants_json(arguments))
        write_json(tool->out, decision, nearest);
    else
        write_text(tool->out, decision, decision->from_text ? buffer : NULL);
    if (nearest != NULL && !wants_json(arguments))
        write_nearest(tool->out, nearest);
    rck_regions_free(nearest);
    free(buffer);
    if (status == RCK_E_NOMEM)
        return message_status(tool, status);

    n_ignored = rck_request_ignored(decision->request, 0, NULL, NULL);
    for (size_t i = 0; i < n_ignored; i++) {
        const char *name = NULL;
        size_t size = 0;

        (void)rck_request_ignored(decision->request, i, &name, &size);
        if (name == NULL) {
            message(tool, LEVEL_WARNING, NULL, "and %zu more", n_ignored - i);
            break;
        }
        message(tool, LEVEL_WARNING, NULL, "attribute '%.*s' is not in the vocabulary: ignored", size < 200 ? (int)size : 200,
                name);
    }
    return decision_ending(decision->result);
}

/* Reads the whole file WORD, at most one byte more than a request may have, into BUFFER of INPUT_ROOM bytes. */
static bool
read_file(struct tool *tool, const char *word, char *buffer, size_t *size)
{
    struct input input;
    size_t i = 0;

    if (!input_open(&input, word, buffer)) {
        message(tool, LEVEL_ERROR, NULL, "cannot open '%s': %s", word, strerror(input.error));
        return false;
    }
    while (!input.ended && input.end <= LINE_BYTES_MAX)
        input_fill(&input);
    input_close(&input);
    if (input.error != 0) {
        message(tool, LEVEL_ERROR, NULL, "cannot read '%s': %s", input.name, strerror(input.error));
        return false;
    }
    while (i < input.end && strchr(" \t\r\n", buffer[i]) != NULL && buffer[i] != '\0')
        i++;
    if (i == input.end) {
        message(tool, LEVEL_ERROR, "give one JSON object", "there is no request in '%s'", input.name);
        return false;
    }
    *size = input.end;
    return true;
}

static void
write_json(struct output *out, struct decision *decision, struct rck_regions *nearest)
{
    js_open(out, '{');
    js_id(out, decision);
    js_key(out, "decision");
    js_string(out, rck_result_name(decision->result));
    if (decision->by_default) {
        js_key(out, "by_default");
        js_bool(out, true);
    }
    js_missing(out, decision);
    js_key(out, "clauses");
    js_open(out, '[');
    for (uint32_t i = 0; decision->explained && i < decision->info.n_clauses; i++) {
        js_line(out);
        write_clause_json(out, decision, i);
    }
    js_close(out, ']');
    js_key(out, "nearest");
    js_open(out, '[');
    for (size_t i = 0; nearest != NULL && i < rck_regions_count(nearest); i++) {
        js_line(out);
        js_open(out, '{');
        js_region(out, nearest, i);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_error(out, decision);
    js_close(out, '}');
    js_end(out);
}

static void
write_nearest(struct output *out, const struct rck_regions *nearest)
{
    struct rck_region region;

    if (rck_regions_count(nearest) == 0)
        return;
    out_literal(out, "\nit would be allowed if");
    for (size_t i = 0; rck_regions_get(nearest, i, &region) == RCK_OK; i++) {
        out_string(out, i == 0 ? "\n    " : "\n or ");
        out_folded(out, region.text, 4, 8);
    }
    out_literal(out, "\n");
}

/* The text of `says`, or NULL: with the values of the request where somebody is told it, as it is written where nobody is. */
static const char *
said(struct decision *decision, uint32_t idx)
{
    enum rck_state state = rck_explanation_state(decision->explanation, idx);

    if (decision->clauses[idx].says == NULL || (state != RCK_STATE_VIOLATED && state != RCK_STATE_UNKNOWN))
        return decision->clauses[idx].says;
    return decision_sentence(decision, idx);
}

static void
write_clause_json(struct output *out, struct decision *decision, uint32_t idx)
{
    const struct rck_clause *clause = &decision->clauses[idx];
    size_t n = rck_explanation_reading(decision->explanation, idx, 0, NULL);
    struct rck_reading reading;

    js_open(out, '{');
    js_key(out, "label");
    js_string(out, clause->label);
    js_key(out, "kind");
    js_string(out, kind_name(clause->kind));
    js_key(out, "warns");
    js_bool(out, clause->warns);
    js_key(out, "state");
    js_string(out, state_name(rck_explanation_state(decision->explanation, idx)));
    js_key(out, "text");
    js_string(out, clause->text);
    js_key(out, "cites");
    js_string(out, clause->cites);
    js_key(out, "says");
    js_string(out, said(decision, idx));
    js_key(out, "file");
    js_string(out, clause->file);
    js_key(out, "line");
    js_number(out, clause->line);
    js_key(out, "column");
    js_number(out, clause->column);
    js_key(out, "read");
    js_open(out, '[');
    for (size_t i = 0; i < n; i++) {
        (void)rck_explanation_reading(decision->explanation, idx, i, &reading);
        js_open(out, '{');
        js_key(out, "attribute");
        js_string(out, decision->attributes[reading.attribute].name);
        js_key(out, "value");
        js_string(out, reading.absent ? NULL : decision_value(decision, reading.attribute));
        js_key(out, "undeclared");
        js_bool(out, reading.undeclared);
        js_key(out, "missing");
        js_bool(out, reading.missing);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_close(out, '}');
}

/* TEXT is the JSON text of the request, or NULL. */
static void
write_text(struct output *out, struct decision *decision, const char *text)
{
    out_style(out, decision_style(decision->result));
    out_string(out, rck_result_name(decision->result));
    out_style(out, STYLE_NONE);
    if (decision->by_default)
        out_string(out, ": no clause grants it, and the policy denies by default");
    out_string(out, "\n");
    if (decision->result == RCK_INVALID) {
        uint64_t line = 1;
        uint64_t column = 1;

        for (size_t i = 0; text != NULL && i < decision->error.offset; i++) {
            column++;
            if (text[i] == '\n') {
                line++;
                column = 1;
            }
        }
        out_error(out, decision, line, text != NULL && decision->error.offset != 0 ? column : 0);
        return;
    }
    for (uint32_t i = 0; i < decision->info.n_clauses; i++)
        write_clause(out, decision, i);
}

static void
write_clause(struct output *out, struct decision *decision, uint32_t idx)
{
    const struct rck_clause *clause = &decision->clauses[idx];
    enum rck_state state = rck_explanation_state(decision->explanation, idx);

    out_string(out, "\n");
    out_cell(out, STYLE_BOLD, clause->label, 0);
    out_string(out, ": ");
    if (clause->kind == RCK_CLAUSE_NOTE) {
        out_string(out, "note");
    } else {
        out_style(out, state_style(state, clause->warns));
        out_string(out, state_name(state));
        out_style(out, STYLE_NONE);
        if (clause->warns)
            out_string(out, " (warns only)");
    }
    out_string(out, "\n    ");
    out_folded(out, clause->text, 4, 8);
    out_string(out, "\n");
    if (clause->says != NULL) {
        out_string(out, "    says: ");
        out_folded(out, said(decision, idx), 10, 10);
        out_string(out, "\n");
    }
    if (clause->cites != NULL) {
        out_string(out, "    cites: ");
        out_folded(out, clause->cites, 11, 11);
        out_string(out, "\n");
    }
    write_values(out, decision, idx);
    out_style(out, STYLE_DIM);
    out_string(out, "    at ");
    out_safe_string(out, clause->file);
    out_string(out, ":");
    out_number(out, clause->line);
    out_string(out, ":");
    out_number(out, clause->column);
    out_style(out, STYLE_NONE);
    out_string(out, "\n");
}

static void
write_values(struct output *out, struct decision *decision, uint32_t idx)
{
    size_t n = rck_explanation_reading(decision->explanation, idx, 0, NULL);
    struct rck_reading reading;

    for (size_t i = 0; i < n; i++) {
        (void)rck_explanation_reading(decision->explanation, idx, i, &reading);
        out_string(out, i == 0 ? "    read: " : "          ");
        if (reading.missing) {
            out_style(out, STYLE_DOUBT);
            out_missing(out, decision, &reading);
            out_style(out, STYLE_NONE);
        } else {
            out_safe_string(out, decision->attributes[reading.attribute].name);
            out_string(out, " = ");
            out_safe_string(out, decision_value(decision, reading.attribute));
            if (reading.undeclared)
                out_string(out, " (not in the vocabulary)");
        }
        out_string(out, "\n");
    }
}

static enum style
state_style(enum rck_state state, bool warns)
{
    switch (state) {
    case RCK_STATE_VIOLATED:
        return warns ? STYLE_DOUBT : STYLE_BAD;
    case RCK_STATE_GRANTED:
        return STYLE_GOOD;
    case RCK_STATE_UNKNOWN:
        return STYLE_DOUBT;
    case RCK_STATE_IRRELEVANT:
        return STYLE_DIM;
    case RCK_STATE_SATISFIED:
        break;
    }
    return STYLE_GOOD;
}
