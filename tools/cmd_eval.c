/* SPDX-License-Identifier: MIT
 *
 * rulecheck eval: decides a stream of requests in one pass.  One request, one explanation and one buffer serve all lines, so
 * memory stays flat however long the input is.  The JSON form is a contract for scripts: one object a request, one line an
 * object, in the order of the input; keys are added to it, never renamed or taken away.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

enum {
    IGNORED_NAMES_MAX = 1000,  /* names of ignored attributes that are counted each */
    IGNORED_SLOTS = 4096,      /* a power of two */
    IGNORED_SHOWN = 20,        /* warnings about them */
    IGNORED_BYTES = 200,       /* of a name that is kept for the warning */
    PROGRESS_INTERVAL_MS = 200,
    PROGRESS_AFTER_MS = 1000
};

/* A key that the vocabulary does not know. */
struct ignored_name {
    uint64_t hash;
    uint64_t n_requests;
    size_t size;              /* of the whole name */
    char text[IGNORED_BYTES]; /* its first bytes */
};

struct ignored {
    struct ignored_name *names; /* IGNORED_NAMES_MAX, in the order of appearance; made when the first appears */
    size_t n_names;
    uint16_t slots[IGNORED_SLOTS]; /* 1 + index into names; 0 is free */
    bool more;                     /* others were not kept */
};

struct eval {
    struct tool *tool;
    struct decision decision;
    struct ignored ignored;
    enum format format;
    const char *expect; /* the key of the recorded decisions, or NULL */
    char digest[65];      /* of the policy */
    bool writes_digest;   /* into each decision */
    bool many;       /* several files: a line number alone does not tell the place */
    unsigned only;   /* bits of results to write; 0 for all */
    uint64_t counts[4]; /* by result */
    struct text cell; /* of CSV */
    uint64_t n_requests;
    uint64_t n_agreed, n_different, n_without; /* of 'expect' */
    enum ending ending;
    bool stopped;    /* nothing more is to be done: memory or the output has failed */
    bool shows_progress;
    uint64_t begun, shown; /* milliseconds; of the start and the last progress */
};

static enum ending eval(struct tool *tool, const struct arguments *arguments);
static void eval_file(struct eval *eval, const char *word, enum form form, char *buffer);
static enum form form_of(const struct arguments *arguments, const char *word);
static bool eval_line(struct eval *eval, const struct input *input, enum form form, struct rck_csv **csv, const char *text,
                      size_t size);
static bool read_header(struct eval *eval, const struct input *input, const char *text, size_t size, struct rck_csv **csv);
static bool compare(struct eval *eval);
static int recorded_result(const char *text, size_t size);
static void write_csv_header(struct eval *eval);
static void write_csv(struct eval *eval, const struct input *input);
static void write_csv_id(struct eval *eval);
static void write_csv_labels(struct output *out, const struct decision *decision, const struct numbers *clauses);
static const char *plain_id(const struct decision *decision, size_t *size);
static const char *expected_text(const struct decision *decision, size_t *size);
static void conclude(struct eval *eval, const struct input *input);
static void write_json(struct eval *eval, const struct input *input);
static void write_text(struct eval *eval, const struct input *input);
static void write_reasons(struct eval *eval);
static void write_reason(struct output *out, struct decision *decision, uint32_t clause, enum style style, const char *what);
static void write_summary(struct eval *eval);
static void note_ignored(struct eval *eval);
static void count_ignored(struct ignored *ignored, const char *name, size_t size);
static void warn_ignored(struct eval *eval);
static void show_progress(struct eval *eval);
static uint64_t milliseconds(void);

const struct command command_eval = {
    .name = "eval",
    .usage = "[OPTION...] [KEY=VALUE... | FILE...]",
    .summary = "decide requests",
    .about = "Decides requests and tells why those that are not allowed are not.\n"
             "\n"
             "Words with a '=' before any '/' are together one request:\n"
             "    rulecheck eval subject=authtoken action=create resource=tokens.management role=owner\n"
             "Other words are files of JSON objects, one a line; '-', and no word at all, is standard input.\n"
             "CSV with a header, and lines of key=value pairs, are read as well: see --input.\n"
             "Lines of white space are skipped.  A request may have 1 MiB.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_INPUT) | OPTION(OPT_FORMAT) | OPTION(OPT_STRICT) |
               OPTION(OPT_EXPECT) | OPTION(OPT_ONLY) | OPTION(OPT_NO_SUMMARY) |
               OPTION(OPT_DIGEST) | OPTION(OPT_NOW),
    .formats = FORMATS_COMMON | FORMAT(FORMAT_CSV),
    .run = eval,
};

static enum ending
eval(struct tool *tool, const struct arguments *arguments)
{
    struct eval *eval;
    struct rck_policy *policy;
    enum rck_status status;
    enum ending ending;
    bool assignments = false;
    int64_t now;

    if (!read_now(tool, arguments, &now))
        return END_ERROR;
    if (!words_agree(tool, arguments, &assignments))
        return END_ERROR;
    if (assignments && (option_given(arguments, OPT_EXPECT) || option_given(arguments, OPT_INPUT))) {
        message(tool, LEVEL_ERROR, "put the requests into a file", "option '%s' is not for key=value words",
                option_given(arguments, OPT_EXPECT) ? "--expect" : "--input");
        return END_ERROR;
    }
    if (option_given(arguments, OPT_DIGEST) && !wants_json(arguments)) {
        message(tool, LEVEL_ERROR, "the line that counts the results has it", "option '--digest' needs '--format json'");
        return END_ERROR;
    }
    policy = load_policy(tool, arguments, &ending);
    if (policy == NULL)
        return ending;

    eval = must_allocate(1, sizeof *eval);
    eval->tool = tool;
    eval->format = format_of(arguments);
    eval->expect = option_value(arguments, OPT_EXPECT, NULL);
    eval->many = arguments->n_words > 1;
    for (size_t i = 0; i < arguments->n_settings; i++) {
        if (arguments->settings[i].id == OPT_ONLY)
            eval->only |= 1u << arguments->settings[i].choice;
    }
    eval->writes_digest = option_given(arguments, OPT_DIGEST);
    rck_policy_digest(policy, eval->digest);
    eval->begun = eval->shown = milliseconds();
    eval->shows_progress = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) != 1;
    status = decision_init(&eval->decision, policy);
    if (status == RCK_OK && eval->expect != NULL)
        status = rck_request_watch(eval->decision.request, eval->expect, strlen(eval->expect));
    if (status == RCK_OK) {
        if (eval->format == FORMAT_CSV)
            write_csv_header(eval);
        rck_request_set_strict(eval->decision.request, option_given(arguments, OPT_STRICT));
        eval->decision.now = now;
        if (assignments) {
            status = decision_read_words(&eval->decision, arguments->words, arguments->n_words);
            if (status == RCK_OK)
                conclude(eval, NULL);
        } else {
            static const char *const standard[] = { "-" };
            const char *const *words = arguments->n_words != 0 ? arguments->words : standard;
            size_t n_words = arguments->n_words != 0 ? arguments->n_words : 1;
            char *buffer = must_allocate(INPUT_ROOM, 1);

            for (size_t i = 0; i < n_words && !eval->stopped; i++)
                eval_file(eval, words[i], form_of(arguments, words[i]), buffer);
            free(buffer);
            erase_progress(tool);
            if (!option_given(arguments, OPT_NO_SUMMARY) && eval->n_requests != 0 && !eval->stopped)
                write_summary(eval);
            if (eval->n_requests == 0 && eval->ending == END_OK) {
                message(tool, LEVEL_ERROR, "give requests, one a line", "there is no request in the input");
                eval->ending = END_ERROR;
            }
            if (eval->n_requests != 0 && eval->n_without == eval->n_requests) {
                message(tool, LEVEL_ERROR, NULL, "no request has the key '%.200s'", eval->expect);
                eval->ending = END_ERROR;
            }
        }
    }
    if (status != RCK_OK)
        eval->ending = message_status(tool, status);
    warn_ignored(eval);
    ending = eval->ending;
    decision_free(&eval->decision);
    free(eval->ignored.names);
    free(eval->cell.p);
    free(eval);
    return ending;
}

/* How the requests of file WORD are written. */
static enum form
form_of(const struct arguments *arguments, const char *word)
{
    size_t size = strlen(word);

    if (option_given(arguments, OPT_INPUT))
        return (enum form)option_choice(arguments, OPT_INPUT, FORM_JSON);
    if (size > 4 && strcmp(word + size - 4, ".csv") == 0)
        return FORM_CSV;
    return size > 3 && strcmp(word + size - 3, ".kv") == 0 ? FORM_KV : FORM_JSON;
}

static void
eval_file(struct eval *eval, const char *word, enum form form, char *buffer)
{
    struct tool *tool = eval->tool;
    struct rck_csv *csv = NULL;
    struct input input;

    if (!input_open(&input, word, buffer)) {
        message(tool, LEVEL_ERROR, NULL, "cannot open '%s': %s", word, strerror(input.error));
        eval->ending = END_ERROR;
        return;
    }
    input.records = form == FORM_CSV;
    for (bool more = true; more && !eval->stopped;) {
        const char *text = NULL;
        size_t size = 0;

        switch (input_next(&input, &text, &size)) {
        case INPUT_LINE:
            more = eval_line(eval, &input, form, &csv, text, size);
            break;
        case INPUT_LONG:
            if (form == FORM_CSV && csv == NULL) {
                message(tool, LEVEL_ERROR, NULL, "the header of '%s' is longer than 1 MiB", input.name);
                eval->ending = END_ERROR;
                more = false;
                break;
            }
            decision_reject(&eval->decision, form == FORM_CSV ? "the record is longer than 1 MiB" : "the line is longer than 1 MiB");
            conclude(eval, &input);
            break;
        case INPUT_MORE: /* whoever waits for answers gets those that there are */
            eval->stopped = !out_flush(tool->out);
            show_progress(eval);
            input_fill(&input);
            break;
        case INPUT_FAILED:
            message(tool, LEVEL_ERROR, NULL, "cannot read '%s': %s", input.name, strerror(input.error));
            eval->ending = END_ERROR;
            more = false;
            break;
        case INPUT_END:
            more = false;
            break;
        }
    }
    rck_csv_free(csv);
    input_close(&input);
}

/* Deals with one line or record.  False if nothing more of the file can be read. */
static bool
eval_line(struct eval *eval, const struct input *input, enum form form, struct rck_csv **csv, const char *text, size_t size)
{
    enum rck_status status;
    size_t i = 0;

    while (i < size && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
        i++;
    if (i == size)
        return true;
    if (form == FORM_CSV && *csv == NULL)
        return read_header(eval, input, text, size, csv);
    if (form == FORM_CSV)
        status = decision_read_csv(&eval->decision, *csv, text, size);
    else if (form == FORM_KV)
        status = decision_read_pairs(&eval->decision, text, size);
    else
        status = decision_read_json(&eval->decision, text, size);
    if (status != RCK_OK) {
        eval->ending = message_status(eval->tool, status);
        eval->stopped = true;
        return false;
    }
    conclude(eval, input);
    return true;
}

static bool
read_header(struct eval *eval, const struct input *input, const char *text, size_t size, struct rck_csv **csv)
{
    const struct rck_request *request = eval->decision.request;
    enum rck_status status = rck_csv_new(eval->decision.request, text, size, csv);

    if (status == RCK_OK)
        return true;
    eval->ending = END_ERROR;
    if (status == RCK_E_REQUEST && rck_request_error(request) != NULL) {
        const struct rck_request_error *error = rck_request_error(request);
        bool named = error->key[0] != '\0';

        message(eval->tool, LEVEL_ERROR, error->help, "cannot read the header of '%s': %s%s%s%s (line %llu, column %zu)",
                input->name, error->message, named ? ": '" : "", error->key, named ? "'" : "", (unsigned long long)input->line,
                error->offset + 1);
    } else {
        (void)message_status(eval->tool, status);
        eval->stopped = true;
    }
    return false;
}

/* Decides the request that was filled, counts and writes it.  INPUT is NULL if it came as key=value words. */
static void
conclude(struct eval *eval, const struct input *input)
{
    struct decision *decision = &eval->decision;

    note_ignored(eval);
    decision_make(decision, eval->format == FORMAT_JSON && decision->info.by_default == RCK_DENY);
    eval->n_requests++;
    eval->counts[decision->result]++;
    if (eval->expect == NULL)
        eval->ending = worse(eval->ending, decision_ending(decision->result));
    else if (!compare(eval))
        return;
    if (eval->only != 0 && (eval->only >> decision->result & 1u) == 0)
        return;
    if (eval->format == FORMAT_JSON)
        write_json(eval, input);
    else if (eval->format == FORMAT_CSV)
        write_csv(eval, input);
    else
        write_text(eval, input);
    eval->stopped = eval->tool->out->error != 0;
}

/* Compares the decision with the recorded one, and counts.  True if there is something to tell: they differ, what is recorded is
 * no decision, or an invalid request does not say what is expected of it. */
static bool
compare(struct eval *eval)
{
    size_t size = 0;
    const char *text = rck_request_watched(eval->decision.request, &size);
    int recorded = text != NULL ? recorded_result(text, size) : -1;
    bool invalid = eval->decision.result == RCK_INVALID;

    if (text == NULL) {
        eval->n_without++;
        if (invalid)
            eval->ending = worse(eval->ending, END_INVALID);
        return invalid;
    }
    if (recorded == (int)eval->decision.result) {
        eval->n_agreed++;
        return false;
    }
    eval->n_different++;
    eval->ending = worse(eval->ending, recorded < 0 ? END_INVALID : END_FOUND);
    return true;
}

/* The result that JSON text of SIZE bytes stands for, or -1. */
static int
recorded_result(const char *text, size_t size)
{
    static const enum rck_result results[] = { RCK_ALLOW, RCK_DENY, RCK_INDETERMINATE, RCK_INVALID };

    for (size_t i = 0; i < N_ELEMENTS(results); i++) {
        const char *name = rck_result_name(results[i]);

        if (size == strlen(name) + 2 && text[0] == '"' && memcmp(text + 1, name, size - 2) == 0)
            return (int)results[i];
    }
    return size == 4 && memcmp(text, "true", 4) == 0 ? RCK_ALLOW : size == 5 && memcmp(text, "false", 5) == 0 ? RCK_DENY : -1;
}

/* JSON text of the recorded decision, or NULL; what is an object or array is told as its brackets. */
static const char *
expected_text(const struct decision *decision, size_t *size)
{
    const char *text = rck_request_watched(decision->request, size);

    if (text == NULL || (text[0] != '{' && text[0] != '['))
        return text;
    *size = 2;
    return text[0] == '{' ? "{}" : "[]";
}

static void
write_csv_header(struct eval *eval)
{
    struct output *out = eval->tool->out;

    out_string(out, eval->many ? "file,line,id,decision,violated,unknown,error" : "line,id,decision,violated,unknown,error");
    out_string(out, eval->expect != NULL ? ",expected\n" : "\n");
}

static void
write_csv(struct eval *eval, const struct input *input)
{
    const struct decision *decision = &eval->decision;
    const char *result = rck_result_name(decision->result);
    struct output *out = eval->tool->out;
    size_t size = 0;

    if (eval->many) {
        out_field(out, input->name, strlen(input->name));
        out_string(out, ",");
    }
    if (input != NULL)
        out_number(out, input->line);
    out_string(out, ",");
    write_csv_id(eval);
    out_string(out, ",");
    out_field(out, result, strlen(result));
    write_csv_labels(out, decision, &decision->violated);
    write_csv_labels(out, decision, &decision->unknown);
    out_string(out, ",");
    if (decision->result == RCK_INVALID)
        out_field(out, decision->error.message, strlen(decision->error.message));
    if (eval->expect != NULL) {
        const char *expected = expected_text(decision, &size);

        out_string(out, ",");
        if (expected != NULL && size >= 2 && expected[0] == '"')
            out_field(out, expected + 1, size - 2);
        else if (expected != NULL)
            out_field(out, expected, size);
    }
    out_string(out, "\n");
}

/* Writes the id; quotes and backslashes, which JSON escapes, stand for themselves. */
static void
write_csv_id(struct eval *eval)
{
    size_t size = 0;
    size_t n = 0;
    const char *id = plain_id(&eval->decision, &size);

    text_room(&eval->cell, size);
    for (size_t i = 0; i < size; i++) {
        if (id[i] == '\\' && i + 1 < size && strchr("\"\\/", id[i + 1]) != NULL)
            i++;
        else if (id[i] == '\\' && i + 1 < size)
            eval->cell.p[n++] = id[i++];
        eval->cell.p[n++] = id[i];
    }
    out_field(eval->tool->out, eval->cell.p, n);
}

/* One field: the labels, written as a set in CSV is. */
static void
write_csv_labels(struct output *out, const struct decision *decision, const struct numbers *clauses)
{
    out_string(out, ",");
    if (clauses->n == 1)
        out_field(out, decision->clauses[clauses->at[0]].label, strlen(decision->clauses[clauses->at[0]].label));
    if (clauses->n < 2)
        return;
    out_string(out, "\"");
    for (uint32_t i = 0; i < clauses->n; i++) {
        const char *label = decision->clauses[clauses->at[i]].label;

        out_string(out, i != 0 ? "," : "");
        out_doubled(out, label, strlen(label));
    }
    out_string(out, "\"");
}

/* The request's id without quotes, or "" if it has none. */
static const char *
plain_id(const struct decision *decision, size_t *size)
{
    const char *id = decision->from_text ? rck_request_id(decision->request, size) : NULL;

    if (id == NULL) {
        *size = 0;
        return "";
    }
    if (*size < 2 || id[0] != '"')
        return id;
    *size -= 2;
    return id + 1;
}

static void
write_json(struct eval *eval, const struct input *input)
{
    const struct decision *decision = &eval->decision;
    struct output *out = eval->tool->out;

    js_open(out, '{');
    js_id(out, decision);
    js_key(out, "decision");
    js_string(out, rck_result_name(decision->result));
    js_labels(out, decision, "violated", &decision->violated);
    js_labels(out, decision, "unknown", &decision->unknown);
    if (input != NULL && eval->many) {
        js_key(out, "file");
        js_string(out, input->name);
    }
    if (input != NULL) {
        js_key(out, "line");
        js_number(out, input->line);
    }
    if (eval->writes_digest) {
        js_key(out, "digest");
        js_string(out, eval->digest);
    }
    js_missing(out, decision);
    js_labels(out, decision, "warned", &decision->warned);
    if (decision->info.by_default == RCK_DENY)
        js_labels(out, decision, "granted", &decision->granted);
    if (decision->by_default) {
        js_key(out, "by_default");
        js_bool(out, true);
    }
    js_error(out, decision);
    if (eval->expect != NULL) {
        size_t size = 0;
        const char *expected = expected_text(decision, &size);

        js_key(out, "expected");
        if (expected != NULL)
            js_raw(out, expected, size);
        else
            js_null(out);
    }
    js_close(out, '}');
    js_end(out);
}

static void
write_text(struct eval *eval, const struct input *input)
{
    struct decision *decision = &eval->decision;
    struct output *out = eval->tool->out;
    size_t size = 0;
    const char *id = plain_id(decision, &size);

    if (size == 0)
        id = NULL;
    if (input != NULL) {
        if (eval->many) {
            out_safe_string(out, input->name);
            out_string(out, ":");
        }
        if (id != NULL)
            out_safe(out, id, size);
        else
            out_number(out, input->line);
        out_string(out, ": ");
    }
    out_style(out, decision_style(decision->result));
    out_string(out, rck_result_name(decision->result));
    out_style(out, STYLE_NONE);
    if (eval->expect != NULL) {
        size_t expected_size = 0;
        const char *expected = expected_text(decision, &expected_size);
        bool known = expected != NULL && recorded_result(expected, expected_size) >= 0;

        if (expected != NULL)
            out_string(out, ", expected ");
        if (known && expected[0] == '"')
            out_safe(out, expected + 1, expected_size - 2);
        else if (expected != NULL)
            out_safe(out, expected, expected_size);
        if (expected != NULL && !known)
            out_string(out, ", which is no decision");
    }
    if (input != NULL && id != NULL && decision->result == RCK_INVALID) { /* faults are looked up by line */
        out_string(out, " (line ");
        out_number(out, input->line);
        out_string(out, ")");
    }
    out_string(out, "\n");
    out_error(out, decision, 0, decision->from_text && decision->error.offset != 0 ? decision->error.offset + 1 : 0);
    if (decision->explained)
        write_reasons(eval);
}

static void
write_reasons(struct eval *eval)
{
    struct decision *decision = &eval->decision;
    struct output *out = eval->tool->out;

    for (uint32_t i = 0; i < decision->violated.n; i++)
        write_reason(out, decision, decision->violated.at[i], STYLE_BOLD, NULL);
    if (decision->by_default)
        out_string(out, "    no clause grants it, and the policy denies by default\n");
    for (uint32_t i = 0; i < decision->unknown.n; i++) {
        uint32_t clause = decision->unknown.at[i];
        size_t n = rck_explanation_reading(decision->explanation, clause, 0, NULL);
        struct rck_reading reading;

        write_reason(out, decision, clause, STYLE_BOLD, "unknown");
        for (size_t j = 0; j < n; j++) {
            (void)rck_explanation_reading(decision->explanation, clause, j, &reading);
            if (!reading.missing)
                continue;
            out_string(out, "        ");
            out_missing(out, decision, &reading);
            out_string(out, "\n");
        }
    }
    for (uint32_t i = 0; i < decision->warned.n; i++)
        write_reason(out, decision, decision->warned.at[i], STYLE_DOUBT, "warning");
}

static void
write_reason(struct output *out, struct decision *decision, uint32_t clause, enum style style, const char *what)
{
    out_string(out, "    ");
    out_cell(out, style, decision->clauses[clause].label, 0);
    if (what != NULL) {
        out_string(out, " (");
        out_string(out, what);
        out_string(out, ")");
    }
    out_string(out, ": ");
    out_safe_string(out, decision_sentence(decision, clause));
    out_string(out, "\n");
}

static void
write_summary(struct eval *eval)
{
    static const struct {
        enum rck_result result;
        const char *word;
    } words[] = {
        { RCK_ALLOW, " allowed" }, { RCK_DENY, " denied" }, { RCK_INDETERMINATE, " indeterminate" }, { RCK_INVALID, " invalid" }
    };
    bool apart = eval->format != FORMAT_TEXT;
    struct output *out = apart ? eval->tool->err : eval->tool->out;

    if (apart)
        (void)out_flush(eval->tool->out);
    if (eval->expect != NULL) {
        out_count(out, eval->n_requests, "request");
        out_string(out, ", ");
        out_number(out, eval->n_agreed);
        out_string(out, " as expected, ");
        out_number(out, eval->n_different);
        out_string(out, " different, ");
        out_number(out, eval->n_without);
        out_string(out, " without '");
        out_safe_string(out, eval->expect);
        out_string(out, "'");
    }
    for (size_t i = 0; eval->expect == NULL && i < N_ELEMENTS(words); i++) {
        if (i != 0)
            out_string(out, ", ");
        out_number(out, eval->counts[words[i].result]);
        out_string(out, words[i].word);
    }
    out_string(out, "; policy ");
    out_string(out, eval->digest);
    out_string(out, "\n");
    if (apart)
        (void)out_flush(out);
}

/* Counts the keys of the request that the vocabulary does not know. */
static void
note_ignored(struct eval *eval)
{
    const struct rck_request *request = eval->decision.request;
    size_t n = rck_request_ignored(request, 0, NULL, NULL);

    for (size_t i = 0; i < n; i++) {
        const char *name = NULL;
        size_t size = 0;

        (void)rck_request_ignored(request, i, &name, &size);
        if (name == NULL) {
            eval->ignored.more = true;
            break;
        }
        count_ignored(&eval->ignored, name, size);
    }
}

static void
count_ignored(struct ignored *ignored, const char *name, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a; the table has a cap, so chosen names can slow a line, not stop it */
    size_t kept = size < IGNORED_BYTES ? size : IGNORED_BYTES;
    size_t slot;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
    slot = (size_t)(hash ^ hash >> 32) & (IGNORED_SLOTS - 1);
    while (ignored->slots[slot] != 0) {
        struct ignored_name *known = &ignored->names[ignored->slots[slot] - 1];

        if (known->hash == hash && known->size == size && memcmp(known->text, name, kept) == 0) {
            known->n_requests++;
            return;
        }
        slot = (slot + 1) & (IGNORED_SLOTS - 1);
    }
    if (ignored->n_names == IGNORED_NAMES_MAX) {
        ignored->more = true;
        return;
    }
    if (ignored->names == NULL)
        ignored->names = must_allocate(IGNORED_NAMES_MAX, sizeof *ignored->names);
    ignored->names[ignored->n_names] = (struct ignored_name){ .hash = hash, .n_requests = 1, .size = size };
    memcpy(ignored->names[ignored->n_names].text, name, kept);
    ignored->slots[slot] = (uint16_t)++ignored->n_names;
}

static void
warn_ignored(struct eval *eval)
{
    const struct ignored *ignored = &eval->ignored;
    size_t more = ignored->n_names > IGNORED_SHOWN ? ignored->n_names - IGNORED_SHOWN : 0;

    for (size_t i = 0; i < ignored->n_names - more; i++) {
        const struct ignored_name *name = &ignored->names[i];

        message(eval->tool, LEVEL_WARNING, NULL, "attribute '%.*s%s' is not in the vocabulary: ignored in %llu request%s",
                name->size < IGNORED_BYTES ? (int)name->size : IGNORED_BYTES, name->text,
                name->size > IGNORED_BYTES ? "..." : "", (unsigned long long)name->n_requests,
                name->n_requests != 1 ? "s" : "");
    }
    if (more != 0 || ignored->more)
        message(eval->tool, LEVEL_WARNING, NULL, "and %s%zu more", ignored->more ? "at least " : "",
                more + (ignored->more && more == 0));
}

/* Rewrites the line of progress, if somebody looks and it is time. */
static void
show_progress(struct eval *eval)
{
    struct output *err = eval->tool->err;
    uint64_t now;

    if (!eval->shows_progress)
        return;
    now = milliseconds();
    if (now - eval->begun < PROGRESS_AFTER_MS || now - eval->shown < PROGRESS_INTERVAL_MS)
        return;
    eval->shown = now;
    out_string(err, "\r\033[K");
    out_count(err, eval->n_requests, "request");
    (void)out_flush(err);
    eval->tool->progress = true;
}

static uint64_t
milliseconds(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
