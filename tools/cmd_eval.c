/* SPDX-License-Identifier: MIT
 *
 * rulecheck eval: decides a stream of requests in one pass, in one thread or several.  A worker has one request, one explanation and
 * one buffer for all its lines, so memory stays flat however long the input is; what it counts is added up in the order of the
 * input, so that all that is written is the same however many there are.  The JSON form is a contract for scripts: one object a request, one line an
 * object, in the order of the input; keys are added to it, never renamed or taken away.
 */
#include <config.h>

#include <inttypes.h>
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
    JOBS_MAX = 256,
    JOB_OUTPUT_ROOM = 1 << 19, /* so much a worker decides ahead of its turn */
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

/* What is counted. */
struct tally {
    uint64_t n_requests;
    uint64_t counts[4]; /* by result */
    uint64_t n_agreed, n_different, n_without; /* of 'expect' */
    enum ending ending;
};

/* The whole run: how, read by all workers, and what came of it, changed by the worker whose turn it is. */
struct eval {
    struct tool *tool;
    struct rck_policy *policy;
    enum format format;
    struct facts facts; /* for messages */
    const char *expect; /* the key of the recorded decisions, or NULL */
    char digest[65];      /* of the policy */
    bool writes_digest;   /* into each decision */
    bool sums_up;         /* at the end */
    bool strict;
    int64_t now;     /* of all decisions */
    bool many;       /* several files: a line number alone does not tell the place */
    unsigned only;   /* bits of results to write; 0 for all */
    size_t n_jobs;

    struct batch batch;
    struct tally tally;
    struct ignored ignored;
    bool stopped;    /* nothing more is to be done: memory or the output has failed */
    bool shows_progress;
    uint64_t begun, shown; /* milliseconds; of the start and the last progress */
};

/* A thread that decides, and what it found in the chunk that it has. */
struct worker {
    struct eval *eval;
    struct output *out; /* of the tool, if there is one worker; else its own */
    struct decision decision;
    struct text cell; /* of CSV */
    struct chunk chunk;
    struct tally tally;
    struct ignored ignored;
    bool stopped;    /* the rest of the chunk is not wanted */
    bool running;    /* thread is one */
    pthread_t thread;
};

/* Where a request stands. */
struct place {
    const char *name; /* of the file */
    uint64_t line;
};

static enum ending eval(struct tool *tool, const struct arguments *arguments);
static bool read_jobs(struct tool *tool, const struct arguments *arguments, size_t *n_jobs);
static bool read_facts(struct eval *eval, const struct arguments *arguments);
static bool read_form(struct tool *tool, const struct arguments *arguments, bool assignments);
static enum form form_of(const struct arguments *arguments, const char *word);
static void eval_files(struct eval *eval, const struct arguments *arguments);
static enum rck_status worker_init(struct worker *worker, struct eval *eval);
static void worker_free(struct worker *worker);
static void *work(void *arg);
static void eval_chunk(struct worker *worker);
static void stop_for_status(struct worker *worker, enum rck_status status);
static void tell_mishap(struct worker *worker);
static bool take_turn(void *arg);
static void merge(struct worker *worker);
static bool compare(struct worker *worker);
static int recorded_result(const char *text, size_t size);
static void write_csv_header(struct eval *eval);
static void write_csv(struct worker *worker, const struct place *place);
static void write_csv_id(struct worker *worker);
static void write_csv_labels(struct output *out, const struct decision *decision, const struct numbers *clauses);
static const char *plain_id(const struct decision *decision, size_t *size);
static const char *expected_text(const struct decision *decision, size_t *size);
static void conclude(struct worker *worker, const struct place *place);
static void write_json(struct worker *worker, const struct place *place);
static void write_text(struct worker *worker, const struct place *place);
static void write_reasons(struct worker *worker);
static void write_reason(struct output *out, struct decision *decision, uint32_t clause, enum style style, const char *what);
static void write_summary(struct eval *eval);
static void note_ignored(struct worker *worker);
static bool count_ignored(struct ignored *ignored, const char *name, size_t size, uint64_t hash, uint64_t n_requests);
static void merge_ignored(struct ignored *into, struct ignored *from);
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
             "With --http the objects are messages: {\"method\", \"url\", \"headers\", \"body\", \"facts\"}; or the lines are\n"
             "those of an access log.  Or a file is a HAR file, as browsers write it: what it says of requests is read.\n"
             "Lines of white space are skipped.  A request may have 1 MiB.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_INPUT) | OPTION(OPT_HTTP) | OPTION(OPT_FACTS) | OPTION(OPT_FORMAT) | OPTION(OPT_STRICT) |
               OPTION(OPT_EXPECT) | OPTION(OPT_ONLY) | OPTION(OPT_NO_SUMMARY) | OPTION(OPT_JOBS) |
               OPTION(OPT_DIGEST) | OPTION(OPT_NOW),
    .formats = FORMATS_COMMON | FORMAT(FORMAT_CSV),
    .run = eval,
};

static enum ending
eval(struct tool *tool, const struct arguments *arguments)
{
    struct eval *eval;
    struct rck_policy *policy;
    enum ending ending;
    bool assignments = false;
    size_t n_jobs = 1;
    int64_t now;

    if (!read_now(tool, arguments, &now) || !words_agree(tool, arguments, &assignments) || !read_jobs(tool, arguments, &n_jobs))
        return END_ERROR;
    if (!read_form(tool, arguments, assignments))
        return END_ERROR;
    if (option_given(arguments, OPT_DIGEST) && !wants_json(arguments)) {
        message(tool, LEVEL_ERROR, "the line that counts the results has it", "option '--digest' needs '--format json'");
        return END_ERROR;
    }
    policy = load_policy(tool, arguments, &ending);
    if (policy == NULL)
        return ending;

    eval = must_allocate(1, sizeof *eval);
    eval->tool = tool;
    eval->policy = policy;
    eval->format = format_of(arguments);
    eval->expect = option_value(arguments, OPT_EXPECT, NULL);
    eval->strict = option_given(arguments, OPT_STRICT);
    eval->now = now;
    eval->many = !assignments && arguments->n_words > 1;
    eval->n_jobs = assignments ? 1 : n_jobs;
    for (size_t i = 0; i < arguments->n_settings; i++) {
        if (arguments->settings[i].id == OPT_ONLY)
            eval->only |= 1u << arguments->settings[i].choice;
    }
    eval->writes_digest = option_given(arguments, OPT_DIGEST);
    eval->sums_up = !assignments && !option_given(arguments, OPT_NO_SUMMARY);
    if (eval->writes_digest || eval->sums_up) /* it takes longer than all decisions of a few requests */
        rck_policy_digest(policy, eval->digest);
    if (!read_facts(eval, arguments)) {
        facts_free(&eval->facts);
        free(eval);
        rck_policy_unref(policy);
        return END_ERROR;
    }
    eval->begun = eval->shown = milliseconds();
    eval->shows_progress = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) != 1;
    if (eval->format == FORMAT_CSV)
        write_csv_header(eval);
    if (assignments) {
        struct worker worker;
        enum rck_status status = worker_init(&worker, eval);

        if (status == RCK_OK)
            status = decision_read_words(&worker.decision, arguments->words, arguments->n_words);
        if (status == RCK_OK)
            conclude(&worker, NULL);
        else
            worker.tally.ending = message_status(tool, status);
        merge(&worker);
        worker_free(&worker);
    } else {
        eval_files(eval, arguments);
        erase_progress(tool);
        if (eval->sums_up && eval->tally.n_requests != 0 && !eval->stopped)
            write_summary(eval);
        if (eval->tally.n_requests == 0 && eval->tally.ending == END_OK) {
            message(tool, LEVEL_ERROR, "give requests, one a line", "there is no request in the input");
            eval->tally.ending = END_ERROR;
        }
        if (eval->tally.n_requests != 0 && eval->tally.n_without == eval->tally.n_requests) {
            message(tool, LEVEL_ERROR, NULL, "no request has the key '%.200s'", eval->expect);
            eval->tally.ending = END_ERROR;
        }
    }
    warn_ignored(eval);
    ending = eval->tally.ending;
    free(eval->ignored.names);
    facts_free(&eval->facts);
    free(eval);
    rck_policy_unref(policy);
    return ending;
}

static bool
read_facts(struct eval *eval, const struct arguments *arguments)
{
    struct rck_request *request = NULL;
    enum rck_status status;
    bool fine;

    if (!option_given(arguments, OPT_FACTS))
        return true;
    if (option_count(arguments, OPT_FACTS) > 1) {
        message(eval->tool, LEVEL_ERROR, "put all facts into one file", "option '--facts' is given twice");
        return false;
    }
    status = rck_request_new(eval->policy, &request);
    if (status != RCK_OK) {
        (void)message_status(eval->tool, status);
        return false;
    }
    fine = facts_read(eval->tool, &eval->facts, option_value(arguments, OPT_FACTS, NULL), eval->policy, request);
    rck_request_free(request);
    return fine;
}

static bool
read_jobs(struct tool *tool, const struct arguments *arguments, size_t *n_jobs)
{
    const char *text = option_value(arguments, OPT_JOBS, "1");
    uint64_t number = 0;

    if (!parse_number(text, &number) || number == 0 || number > JOBS_MAX) {
        message(tool, LEVEL_ERROR, "write for example '--jobs 4'", "'%.40s' is not a number of threads from 1 to %d", text,
                JOBS_MAX);
        return false;
    }
    *n_jobs = (size_t)number;
    return true;
}

/* Checks that the options that say what is read go together. */
static bool
read_form(struct tool *tool, const struct arguments *arguments, bool assignments)
{
    enum form form = (enum form)option_choice(arguments, OPT_INPUT, FORM_JSON);
    static const enum option_id of_files[] = { OPT_EXPECT, OPT_INPUT, OPT_HTTP, OPT_FACTS };

    for (size_t i = 0; i < N_ELEMENTS(of_files) && assignments; i++) {
        if (option_given(arguments, of_files[i])) {
            message(tool, LEVEL_ERROR, "put the requests into a file", "option '--%s' is not for key=value words",
                    option_of(of_files[i])->name);
            return false;
        }
    }
    if (option_given(arguments, OPT_HTTP) && (form == FORM_CSV || form == FORM_KV)) {
        message(tool, LEVEL_ERROR, "give messages as lines of JSON, an access log or a HAR file", "option '--http' does not read '%s'",
                option_value(arguments, OPT_INPUT, ""));
        return false;
    }
    if (!option_given(arguments, OPT_HTTP) && (form == FORM_LOG || form == FORM_HAR || option_given(arguments, OPT_FACTS))) {
        message(tool, LEVEL_ERROR, "add '--http'", "%s is for messages of HTTP",
                form == FORM_LOG ? "'--input log'" : form == FORM_HAR ? "'--input har'" : "option '--facts'");
        return false;
    }
    return true;
}

/* How the requests of file WORD are written. */
static enum form
form_of(const struct arguments *arguments, const char *word)
{
    enum form form = (enum form)option_choice(arguments, OPT_INPUT, FORM_JSON);
    size_t size = strlen(word);

    if (option_given(arguments, OPT_INPUT))
        return option_given(arguments, OPT_HTTP) && form == FORM_JSON ? FORM_HTTP : form;
    if (option_given(arguments, OPT_HTTP) && size > 4)
        return strcmp(word + size - 4, ".log") == 0 ? FORM_LOG : strcmp(word + size - 4, ".har") == 0 ? FORM_HAR : FORM_HTTP;
    if (option_given(arguments, OPT_HTTP))
        return FORM_HTTP;
    if (size > 4 && strcmp(word + size - 4, ".csv") == 0)
        return FORM_CSV;
    return size > 3 && strcmp(word + size - 3, ".kv") == 0 ? FORM_KV : FORM_JSON;
}

static void
eval_files(struct eval *eval, const struct arguments *arguments)
{
    static const char *const standard[] = { "-" };
    const char *const *words = arguments->n_words != 0 ? arguments->words : standard;
    size_t n_files = arguments->n_words != 0 ? arguments->n_words : 1;
    struct batch_file *files = must_allocate(n_files, sizeof *files);
    struct worker *workers = must_allocate(eval->n_jobs, sizeof *workers);
    enum rck_status status = RCK_OK;
    size_t n_workers = 0;

    for (size_t i = 0; i < n_files; i++)
        files[i] = (struct batch_file){ words[i], form_of(arguments, words[i]) };
    batch_init(&eval->batch, files, n_files);
    if (eval->n_jobs > 1)
        (void)out_flush(eval->tool->out); /* the workers write behind it */
    while (n_workers < eval->n_jobs && status == RCK_OK)
        status = worker_init(&workers[n_workers++], eval);
    if (status != RCK_OK) {
        eval->tally.ending = message_status(eval->tool, status);
        eval->stopped = true;
    } else {
        /* The first one works here; should the system give no threads, it works alone. */
        for (size_t i = 1; i < n_workers; i++)
            workers[i].running = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
        (void)work(&workers[0]);
        for (size_t i = 1; i < n_workers; i++) {
            if (workers[i].running)
                (void)pthread_join(workers[i].thread, NULL);
        }
    }
    batch_destroy(&eval->batch);
    while (n_workers != 0)
        worker_free(&workers[--n_workers]);
    free(workers);
    free(files);
}

/* To be freed also if it fails. */
static enum rck_status
worker_init(struct worker *worker, struct eval *eval)
{
    enum rck_status status;

    *worker = (struct worker){ .eval = eval, .out = eval->tool->out };
    chunk_init(&worker->chunk);
    if (eval->n_jobs > 1) {
        worker->out = new_output(eval->tool->out->fd, JOB_OUTPUT_ROOM);
        if (worker->out == NULL)
            worker->out = eval->tool->out;
        else
            worker->out->color = eval->tool->out->color;
    }
    status = decision_init(&worker->decision, rck_policy_ref(eval->policy));
    if (status == RCK_OK && worker->out == eval->tool->out && eval->n_jobs > 1)
        status = RCK_E_NOMEM;
    if (status == RCK_OK)
        status = facts_ask(&eval->facts, worker->decision.request);
    if (status == RCK_OK && eval->expect != NULL)
        status = rck_request_watch(worker->decision.request, eval->expect, strlen(eval->expect));
    if (status != RCK_OK)
        return status;
    rck_request_set_strict(worker->decision.request, eval->strict);
    worker->decision.now = eval->now;
    if (eval->n_jobs > 1) {
        worker->out->turn = take_turn;
        worker->out->arg = worker;
    }
    return RCK_OK;
}

static void
worker_free(struct worker *worker)
{
    decision_free(&worker->decision);
    chunk_free(&worker->chunk);
    free(worker->ignored.names);
    free(worker->cell.p);
    if (worker->out != worker->eval->tool->out)
        free(worker->out);
}

/* What a thread does. */
static void *
work(void *arg)
{
    struct worker *worker = arg;
    struct eval *eval = worker->eval;

    while (batch_take(&eval->batch, &worker->chunk, worker->decision.request)) {
        if (worker->chunk.kind == CHUNK_RECORDS)
            eval_chunk(worker);
        if (take_turn(worker)) {
            (void)out_flush(worker->out);
            if (worker->chunk.kind != CHUNK_RECORDS)
                tell_mishap(worker);
            merge(worker);
        }
        if (eval->stopped)
            batch_stop(&eval->batch);
        batch_done(&eval->batch);
    }
    return NULL;
}

/* Decides the requests of the chunk. */
static void
eval_chunk(struct worker *worker)
{
    const struct chunk *chunk = &worker->chunk;
    const struct source *source = chunk->source;
    struct place place = { .name = source->name };

    for (size_t i = 0; i < chunk->n_records && !worker->stopped; i++) {
        const struct record *record = &chunk->records[i];
        const char *text = chunk->buffer + record->begin;
        enum rck_status status = RCK_OK;

        place.line = record->line;
        worker->decision.entry[0] = '\0';
        if (record->entry != 0)
            snprintf(worker->decision.entry, sizeof worker->decision.entry, "%" PRIu64, record->entry);
        if (record->size > LINE_BYTES_MAX)
            decision_reject(&worker->decision, source->form == FORM_CSV   ? "the record is longer than 1 MiB"
                                               : source->form == FORM_HAR ? "the request is longer than 1 MiB"
                                                                          : "the line is longer than 1 MiB");
        else if (source->form == FORM_HAR && record->size == 0)
            decision_reject(&worker->decision, "the entry has no object 'request'");
        else if (source->form == FORM_HAR)
            status = decision_read_har(&worker->decision, text, record->size);
        else if (source->form == FORM_CSV)
            status = decision_read_csv(&worker->decision, source->csv, text, record->size);
        else if (source->form == FORM_HTTP)
            status = decision_read_http(&worker->decision, text, record->size);
        else if (source->form == FORM_LOG)
            status = decision_read_log(&worker->decision, text, record->size);
        else if (source->form == FORM_KV)
            status = decision_read_pairs(&worker->decision, text, record->size);
        else
            status = decision_read_json(&worker->decision, text, record->size);
        facts_give(&worker->eval->facts, &worker->decision);
        if (status == RCK_OK)
            conclude(worker, &place);
        else
            stop_for_status(worker, status);
    }
}

/* Ends the run; what was decided before is written. */
static void
stop_for_status(struct worker *worker, enum rck_status status)
{
    worker->stopped = true;
    if (!take_turn(worker))
        return;
    (void)out_flush(worker->out);
    worker->tally.ending = message_status(worker->eval->tool, status);
    worker->eval->stopped = true;
}

/* Tells what became of a file instead of a chunk of it. */
static void
tell_mishap(struct worker *worker)
{
    const struct chunk *chunk = &worker->chunk;
    const struct source *source = chunk->source;
    struct tool *tool = worker->eval->tool;
    const struct rck_request_error *error = rck_request_error(worker->decision.request);

    worker->tally.ending = END_ERROR;
    if (chunk->kind == CHUNK_OPEN_FAILED) {
        message(tool, LEVEL_ERROR, NULL, "cannot open '%s': %s", source->word, strerror(chunk->error));
    } else if (chunk->kind == CHUNK_READ_FAILED) {
        message(tool, LEVEL_ERROR, NULL, "cannot read '%s': %s", source->name, strerror(chunk->error));
    } else if (chunk->kind == CHUNK_BROKEN) {
        message(tool, LEVEL_ERROR, "what stands before that place was decided", "cannot read the HAR file '%s': %s (line %llu, column %llu)", source->name,
                chunk->why, (unsigned long long)chunk->line, (unsigned long long)chunk->column);
    } else if (chunk->kind == CHUNK_HEADER_LONG) {
        message(tool, LEVEL_ERROR, NULL, "the header of '%s' is longer than 1 MiB", source->name);
    } else if (chunk->error == RCK_E_REQUEST && error != NULL) {
        bool named = error->key[0] != '\0';

        message(tool, LEVEL_ERROR, error->help, "cannot read the header of '%s': %s%s%s%s (line %llu, column %zu)", source->name,
                error->message, named ? ": '" : "", error->key, named ? "'" : "", (unsigned long long)chunk->line,
                error->offset + 1);
    } else {
        stop_for_status(worker, (enum rck_status)chunk->error);
    }
}

/* Waits for the worker's turn, in which alone it may write and change what is common.  False if the run has ended meanwhile. */
static bool
take_turn(void *arg)
{
    struct worker *worker = arg;

    if (batch_wait(&worker->eval->batch, &worker->chunk))
        return true;
    worker->stopped = true;
    return false;
}

/* Adds what the worker found to what is common, and forgets it.  In its turn. */
static void
merge(struct worker *worker)
{
    struct eval *eval = worker->eval;
    struct tally *tally = &eval->tally;
    struct output *out = eval->tool->out;

    tally->n_requests += worker->tally.n_requests;
    for (size_t i = 0; i < N_ELEMENTS(tally->counts); i++)
        tally->counts[i] += worker->tally.counts[i];
    tally->n_agreed += worker->tally.n_agreed;
    tally->n_different += worker->tally.n_different;
    tally->n_without += worker->tally.n_without;
    tally->ending = worse(tally->ending, worker->tally.ending);
    worker->tally = (struct tally){ 0 };
    merge_ignored(&eval->ignored, &worker->ignored);
    if (out->error == 0)
        out->error = worker->out->error;
    out->written = out->written || worker->out->written;
    eval->stopped = eval->stopped || out->error != 0;
    show_progress(eval);
}

/* Decides the request that was filled, counts and writes it.  PLACE is NULL if it came as key=value words. */
static void
conclude(struct worker *worker, const struct place *place)
{
    const struct eval *eval = worker->eval;
    struct decision *decision = &worker->decision;

    note_ignored(worker);
    decision_make(decision, eval->format == FORMAT_JSON && decision->info.by_default == RCK_DENY);
    worker->tally.n_requests++;
    worker->tally.counts[decision->result]++;
    if (eval->expect == NULL)
        worker->tally.ending = worse(worker->tally.ending, decision_ending(decision->result));
    else if (!compare(worker))
        return;
    if (eval->only != 0 && (eval->only >> decision->result & 1u) == 0)
        return;
    if (eval->format == FORMAT_JSON)
        write_json(worker, place);
    else if (eval->format == FORMAT_CSV)
        write_csv(worker, place);
    else
        write_text(worker, place);
    worker->stopped = worker->stopped || worker->out->error != 0;
}

/* Compares the decision with the recorded one, and counts.  True if there is something to tell: they differ, what is recorded is
 * no decision, or an invalid request does not say what is expected of it. */
static bool
compare(struct worker *worker)
{
    size_t size = 0;
    const char *text = rck_request_watched(worker->decision.request, &size);
    int recorded = text != NULL ? recorded_result(text, size) : -1;
    bool invalid = worker->decision.result == RCK_INVALID;

    if (text == NULL) {
        worker->tally.n_without++;
        if (invalid)
            worker->tally.ending = worse(worker->tally.ending, END_INVALID);
        return invalid;
    }
    if (recorded == (int)worker->decision.result) {
        worker->tally.n_agreed++;
        return false;
    }
    worker->tally.n_different++;
    worker->tally.ending = worse(worker->tally.ending, recorded < 0 ? END_INVALID : END_FOUND);
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
write_csv(struct worker *worker, const struct place *place)
{
    const struct eval *eval = worker->eval;
    const struct decision *decision = &worker->decision;
    const char *result = rck_result_name(decision->result);
    struct output *out = worker->out;
    size_t size = 0;

    if (eval->many) {
        out_field(out, place->name, strlen(place->name));
        out_string(out, ",");
    }
    if (place != NULL)
        out_number(out, place->line);
    out_string(out, ",");
    write_csv_id(worker);
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
write_csv_id(struct worker *worker)
{
    size_t size = 0;
    size_t n = 0;
    const char *id = plain_id(&worker->decision, &size);

    text_room(&worker->cell, size);
    for (size_t i = 0; i < size; i++) {
        if (id[i] == '\\' && i + 1 < size && strchr("\"\\/", id[i + 1]) != NULL)
            i++;
        else if (id[i] == '\\' && i + 1 < size)
            worker->cell.p[n++] = id[i++];
        worker->cell.p[n++] = id[i];
    }
    out_field(worker->out, worker->cell.p, n);
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
    const char *id = decision_id(decision, size);

    if (id == NULL) {
        *size = 0;
        return "";
    }
    if (*size < 2 || id[0] != '"')
        return id;
    *size -= 2;
    return id + 1;
}

/* What every request has is written as literals: this is the form that long inputs are written in. */
static void
write_json(struct worker *worker, const struct place *place)
{
    const struct eval *eval = worker->eval;
    const struct decision *decision = &worker->decision;
    struct output *out = worker->out;
    size_t size = 0;
    const char *id = decision_id(decision, &size);

    if (id != NULL) {
        out_literal(out, "{\"id\": ");
        js_raw(out, id, size);
        out_literal(out, ", \"decision\": \"");
    } else {
        out_literal(out, "{\"decision\": \"");
    }
    out_string(out, rck_result_name(decision->result));
    out_literal(out, "\", \"violated\": [");
    out->comma = false;
    js_list(out, decision, &decision->violated);
    out_literal(out, "], \"unknown\": [");
    out->comma = false;
    js_list(out, decision, &decision->unknown);
    out_literal(out, "]");
    out->comma = true;
    if (place != NULL && eval->many) {
        js_key(out, "file");
        js_string(out, place->name);
    }
    if (place != NULL) {
        out_literal(out, ", \"line\": ");
        out_number(out, place->line);
        out->comma = true;
    }
    if (eval->writes_digest) {
        js_key(out, "digest");
        js_string(out, eval->digest);
    }
    out_literal(out, ", \"missing\": [");
    out->comma = false;
    js_missing_list(out, decision);
    out_literal(out, "], \"warned\": [");
    out->comma = false;
    js_list(out, decision, &decision->warned);
    out_literal(out, "]");
    out->comma = true;
    if (decision->info.by_default == RCK_DENY)
        js_labels(out, decision, "granted", &decision->granted);
    if (decision->by_default) {
        js_key(out, "by_default");
        js_bool(out, true);
    }
    js_route(out, decision);
    js_error(out, decision);
    if (eval->expect != NULL) {
        const char *expected = expected_text(decision, &size);

        js_key(out, "expected");
        if (expected != NULL)
            js_raw(out, expected, size);
        else
            js_null(out);
    }
    out_literal(out, "}\n");
    out->comma = false;
}

static void
write_text(struct worker *worker, const struct place *place)
{
    const struct eval *eval = worker->eval;
    struct decision *decision = &worker->decision;
    struct output *out = worker->out;
    size_t size = 0;
    const char *id = plain_id(decision, &size);

    if (size == 0)
        id = NULL;
    if (place != NULL) {
        if (eval->many) {
            out_safe_string(out, place->name);
            out_string(out, ":");
        }
        if (id != NULL)
            out_safe(out, id, size);
        else
            out_number(out, place->line);
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
    if (place != NULL && id != NULL && decision->result == RCK_INVALID) { /* faults are looked up by line */
        out_string(out, " (line ");
        out_number(out, place->line);
        out_string(out, ")");
    }
    out_string(out, "\n");
    out_error(out, decision, 0, decision->from_text && decision->error.offset != 0 ? decision->error.offset + 1 : 0);
    if (decision->explained)
        write_reasons(worker);
}

static void
write_reasons(struct worker *worker)
{
    struct decision *decision = &worker->decision;
    struct output *out = worker->out;

    out_doubt(out, decision);
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
        out_count(out, eval->tally.n_requests, "request");
        out_string(out, ", ");
        out_number(out, eval->tally.n_agreed);
        out_string(out, " as expected, ");
        out_number(out, eval->tally.n_different);
        out_string(out, " different, ");
        out_number(out, eval->tally.n_without);
        out_string(out, " without '");
        out_safe_string(out, eval->expect);
        out_string(out, "'");
    }
    for (size_t i = 0; eval->expect == NULL && i < N_ELEMENTS(words); i++) {
        if (i != 0)
            out_string(out, ", ");
        out_number(out, eval->tally.counts[words[i].result]);
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
note_ignored(struct worker *worker)
{
    const struct rck_request *request = worker->decision.request;
    size_t n = rck_request_ignored(request, 0, NULL, NULL);

    for (size_t i = 0; i < n; i++) {
        uint64_t hash = 0xcbf29ce484222325; /* FNV-1a; the table has a cap, so chosen names can slow a line, not stop it */
        const char *name = NULL;
        size_t size = 0;

        (void)rck_request_ignored(request, i, &name, &size);
        if (name == NULL) {
            worker->ignored.more = true;
            break;
        }
        for (size_t k = 0; k < size; k++)
            hash = (hash ^ (unsigned char)name[k]) * 0x100000001b3;
        if (count_ignored(&worker->ignored, name, size, hash, 1))
            continue;
        /* There is no room for what may be known to the whole run. */
        if (take_turn(worker))
            merge_ignored(&worker->eval->ignored, &worker->ignored);
        (void)count_ignored(&worker->ignored, name, size, hash, 1);
    }
}

/* Adds N_REQUESTS to those of NAME.  False if there is no room for it. */
static bool
count_ignored(struct ignored *ignored, const char *name, size_t size, uint64_t hash, uint64_t n_requests)
{
    size_t kept = size < IGNORED_BYTES ? size : IGNORED_BYTES;
    size_t slot = (size_t)(hash ^ hash >> 32) & (IGNORED_SLOTS - 1);

    while (ignored->slots[slot] != 0) {
        struct ignored_name *known = &ignored->names[ignored->slots[slot] - 1];

        if (known->hash == hash && known->size == size && memcmp(known->text, name, kept) == 0) {
            known->n_requests += n_requests;
            return true;
        }
        slot = (slot + 1) & (IGNORED_SLOTS - 1);
    }
    if (ignored->n_names == IGNORED_NAMES_MAX)
        return false;
    if (ignored->names == NULL)
        ignored->names = must_allocate(IGNORED_NAMES_MAX, sizeof *ignored->names);
    ignored->names[ignored->n_names] = (struct ignored_name){ .hash = hash, .n_requests = n_requests, .size = size };
    memcpy(ignored->names[ignored->n_names].text, name, kept);
    ignored->slots[slot] = (uint16_t)++ignored->n_names;
    return true;
}

/* Adds the names of FROM, in the order of their appearance, and empties it. */
static void
merge_ignored(struct ignored *into, struct ignored *from)
{
    if (from->n_names == 0 && !from->more)
        return;
    into->more = into->more || from->more;
    for (size_t i = 0; i < from->n_names; i++) {
        const struct ignored_name *name = &from->names[i];

        if (!count_ignored(into, name->text, name->size, name->hash, name->n_requests))
            into->more = true;
    }
    memset(from->slots, 0, sizeof from->slots);
    from->n_names = 0;
    from->more = false;
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
    out_count(err, eval->tally.n_requests, "request");
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
