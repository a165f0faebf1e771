/* SPDX-License-Identifier: MIT
 *
 * What the subcommands share: endings, the table-driven options, the checked output with its JSON writer, the line reader, the
 * loading of policies, and the account of one decision.  Each subcommand is one file cmd_NAME.c that exports one
 * struct command; options.c parses, lists and suggests from the same tables, so that the two cannot diverge.
 * Relies on rulecheck.h and nothing else of the project.
 */
#ifndef TOOL_H
#define TOOL_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rulecheck.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* ---- endings ------------------------------------------------------------------------------------------------------------ */

/* The exit codes; the largest one of a batch wins. */
enum ending {
    END_OK = 0,            /* all allowed, nothing found */
    END_FOUND = 1,         /* denied; warnings, a failed case */
    END_INDETERMINATE = 2,
    END_INVALID = 3,
    END_POLICY = 4,        /* the policy does not compile */
    END_ERROR = 5,         /* usage, input or output, an empty batch */
    N_ENDINGS
};

/* Returns what ENDING means, in a few words. */
const char *ending_meaning(enum ending ending);

static inline enum ending
worse(enum ending a, enum ending b)
{
    return a > b ? a : b;
}

/* ---- output (output.c) -------------------------------------------------------------------------------------------------- */

enum { OUTPUT_ROOM = 1 << 16 };

/* A buffered writer.  The first error is remembered, and what is written after it is dropped. */
struct output {
    int fd;
    int error;    /* errno of the first failed write; 0 if none failed */
    bool color;   /* styles are written */
    bool comma;   /* a JSON value has ended: the next one needs a comma before it */
    bool written; /* something was handed to the system */
    bool (*turn)(void *arg); /* asked before something is handed to the system: false drops it; NULL: always true */
    void *arg;
    size_t room;
    size_t used;
    char buffer[];
};

/* Returns a writer to FD whose buffer has ROOM bytes, or NULL if there is no memory; the caller frees it. */
struct output *new_output(int fd, size_t room);

enum style { STYLE_NONE, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_BAD, STYLE_DOUBT };

/* Writes SIZE bytes that do not fit into the buffer. */
void out_spill(struct output *out, const char *text, size_t size);

/* Writes SIZE bytes as they are. */
static inline void
out_bytes(struct output *out, const char *text, size_t size)
{
    if (size > out->room - out->used) {
        out_spill(out, text, size);
        return;
    }
    if (size != 0)
        memcpy(out->buffer + out->used, text, size);
    out->used += size;
}

/* Writes SIZE bytes of text from outside for a terminal: control characters, those that turn the direction of writing, and what
 * is not UTF-8 are written as escapes. */
void out_safe(struct output *out, const char *text, size_t size);

void out_number(struct output *out, uint64_t number);
void out_signed(struct output *out, int64_t number);
void out_spaces(struct output *out, size_t n);

/* Switches to STYLE, where colour is on; STYLE_NONE ends it. */
void out_style(struct output *out, enum style style);

/* Writes TEXT as out_safe() does, in STYLE, filled with spaces to WIDTH columns. */
void out_cell(struct output *out, enum style style, const char *text, size_t width);

/* Writes TEXT folded at blanks to lines of at most 100 columns, the further ones indented by INDENT; COLUMN is where the
 * first one begins.  No newline at the end. */
void out_folded(struct output *out, const char *text, size_t column, size_t indent);

/* Hands all to the system.  Returns false if that failed now or before. */
bool out_flush(struct output *out);

/* Flushes and closes, with all errors that the system may tell only then.  Returns false if anything was lost. */
bool out_close(struct output *out);

/* An rck_write_fn; ARG is a struct output. */
bool out_piece(void *arg, const char *text, size_t size);

/* Returns the columns that TEXT takes as out_safe() writes it, each character counted as one. */
size_t text_width(const char *text);

static inline void
out_string(struct output *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

static inline void
out_safe_string(struct output *out, const char *text)
{
    out_safe(out, text, strlen(text));
}

/* Writes a literal. */
#define out_literal(out, text) out_bytes((out), "" text, sizeof(text) - 1)

/* Writes a field of CSV (RFC 4180), as out_safe() does; in quotes where it needs them. */
void out_field(struct output *out, const char *text, size_t size);

/* Writes a part of a field that stands in quotes: quotes are doubled. */
void out_doubled(struct output *out, const char *text, size_t size);

/* Writes text for XML 1.0, which has no control characters: they, and what is not UTF-8, are written as U+FFFD. */
void out_xml(struct output *out, const char *text);

/* JSON; the names begin with js_ because jansson has those with json_.  Commas are put by the writer: a value, a key, or an
 * opening bracket that follows a value gets one before it. */
static inline void
js_comma(struct output *out)
{
    if (out->comma)
        out_bytes(out, ", ", 2);
    out->comma = false;
}

static inline void
js_open(struct output *out, char bracket)
{
    js_comma(out);
    out_bytes(out, &bracket, 1);
}

static inline void
js_close(struct output *out, char bracket)
{
    out_bytes(out, &bracket, 1);
    out->comma = true;
}

/* KEY needs no escapes. */
static inline void
js_key(struct output *out, const char *key)
{
    js_comma(out);
    out_bytes(out, "\"", 1);
    out_string(out, key);
    out_bytes(out, "\": ", 3);
}

void js_line(struct output *out);                 /* the next value stands on a line of its own */
void js_end(struct output *out);                  /* ends the document with a newline */
void js_text(struct output *out, const char *text, size_t size);
void js_string(struct output *out, const char *text); /* NULL becomes null */
void js_number(struct output *out, uint64_t number);
void js_signed(struct output *out, int64_t number);
void js_bool(struct output *out, bool value);
void js_null(struct output *out);

/* Writes JSON text that the engine has checked; nothing that is not UTF-8 gets through all the same. */
void js_raw(struct output *out, const char *text, size_t size);

/* ---- options (options.c) ------------------------------------------------------------------------------------------------ */

/* The order is that of the lists in the help. */
enum option_id {
    OPT_POLICY,
    OPT_OUTPUT,
    OPT_PARAM,
    OPT_LIMIT,
    OPT_WARNING,
    OPT_WARNING_ERROR,
    OPT_MAX_ERRORS,
    OPT_CASES,
    OPT_COVERAGE,
    OPT_AT_LEAST,
    OPT_MUTATE,
    OPT_PAGE,
    OPT_GAPS,
    OPT_INPUT,
    OPT_HTTP,
    OPT_HEADER,
    OPT_BODY,
    OPT_ROUTES,
    OPT_FACTS,
    OPT_FORMAT,
    OPT_STRICT,
    OPT_EXPECT,
    OPT_ONLY,
    OPT_NO_SUMMARY,
    OPT_JOBS,
    OPT_DIGEST,
    OPT_NOW,
    OPT_COLOR,
    OPT_HELP,
    OPT_VERSION,
    N_OPTIONS
};

#define OPTION(id) (1u << (id))

/* Sets of options, for struct command. */
#define OPTIONS_COMMON (OPTION(OPT_COLOR) | OPTION(OPT_HELP) | OPTION(OPT_VERSION))
#define OPTIONS_COMPILE                                                                                                        \
    (OPTION(OPT_PARAM) | OPTION(OPT_LIMIT) | OPTION(OPT_WARNING) | OPTION(OPT_WARNING_ERROR) | OPTION(OPT_MAX_ERRORS))
#define OPTIONS_POLICY (OPTION(OPT_POLICY) | OPTIONS_COMPILE)

/* Those that count each time; of others two values are a mistake. */
#define OPTIONS_REPEATED                                                                                                       \
    (OPTION(OPT_PARAM) | OPTION(OPT_LIMIT) | OPTION(OPT_WARNING) | OPTION(OPT_WARNING_ERROR) | OPTION(OPT_HEADER)              \
     | OPTION(OPT_ONLY))

/* An option; it means the same in every subcommand that has it. */
struct option {
    char letter;               /* 0 if it has none */
    const char *name;          /* the long name, or NULL */
    const char *argument;      /* what its argument stands for, or NULL if it takes none */
    const char *const *values; /* the words that the argument may be, ended by NULL; NULL if it is free */
    const char *help;          /* NULL hides it */
};

/* One option as given. */
struct setting {
    enum option_id id;
    const char *value; /* NULL if it takes none */
    int choice;        /* the index of VALUE in option.values */
};

/* A parsed command line. */
struct arguments {
    const struct command *command;
    const char **words; /* what is no option, without the subcommand's name */
    size_t n_words;
    struct setting *settings;
    size_t n_settings;
};

struct tool;

/* A subcommand. */
struct command {
    const char *name;
    const char *usage;   /* what follows the name */
    const char *summary; /* a few words for the list */
    const char *about;   /* paragraphs for its own help */
    uint32_t options;    /* of OPTION(id) */
    uint32_t formats;    /* of FORMAT(format); those of OPT_FORMAT, if it has that */
    enum ending (*run)(struct tool *tool, const struct arguments *arguments);
};

/* Returns the subcommands, ended by NULL. */
const struct command *const *all_commands(void);

/* Returns the option ID. */
const struct option *option_of(enum option_id id);

/* Parses ARGV[1] onwards.  Returns false after a message if it is not a command line of this tool.  The memory is freed by
 * arguments_free(), also then. */
bool arguments_parse(struct tool *tool, int argc, char **argv, struct arguments *arguments);
void arguments_free(struct arguments *arguments);

/* Return whether option ID was given, how often, its last value (FALLBACK if not given), and the index of that. */
bool option_given(const struct arguments *arguments, enum option_id id);
size_t option_count(const struct arguments *arguments, enum option_id id);
const char *option_value(const struct arguments *arguments, enum option_id id, const char *fallback);
int option_choice(const struct arguments *arguments, enum option_id id, int fallback);

/* Parses decimal digits and nothing else; false if TEXT is something else or does not fit. */
bool parse_number(const char *text, uint64_t *number);

/* The choices of OPT_FORMAT; which of them a subcommand has is told by command.formats. */
enum format {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_CSV,
    FORMAT_SARIF,
    FORMAT_LINE,
    FORMAT_TAP,
    FORMAT_JUNIT,
    N_FORMATS
};

#define FORMAT(format) (1u << (format))
#define FORMATS_COMMON (FORMAT(FORMAT_TEXT) | FORMAT(FORMAT_JSON))

static inline enum format
format_of(const struct arguments *arguments)
{
    return (enum format)option_choice(arguments, OPT_FORMAT, FORMAT_TEXT);
}

static inline bool
wants_json(const struct arguments *arguments)
{
    return format_of(arguments) == FORMAT_JSON;
}

/* The choices of OPT_INPUT; FORM_LOG are lines of an access log, FORM_HAR entries of a HAR file, FORM_HTTP messages as lines of JSON,
 * which OPT_HTTP makes of FORM_JSON. */
enum form { FORM_JSON, FORM_CSV, FORM_KV, FORM_LOG, FORM_HAR, FORM_HTTP };

/* Writes the help of the tool (COMMAND is NULL) or of a subcommand. */
void write_help(struct output *out, const struct command *command);

/* The best of the words that were tried. */
struct suggestion {
    const char *word; /* NULL if none is near */
    size_t distance;
};

/* Notes CANDIDATE in *SUGGESTION if it is nearer to WORD than what was tried before, and near enough. */
void suggest(struct suggestion *suggestion, const char *word, const char *candidate);

/* ---- the tool (main.c) -------------------------------------------------------------------------------------------------- */

struct tool {
    struct output *out;
    struct output *err;
    bool progress; /* a line of progress stands on stderr and goes before the next message */
};

enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTE };

/* Writes a message to standard error; HELP may be NULL.  What was written to standard output before goes there first. */
__attribute__((format(printf, 4, 5))) void message(struct tool *tool, enum level level, const char *help, const char *format,
                                                   ...);

/* As message() with LEVEL_ERROR; the help is "did you mean" SUGGESTION, or FALLBACK (may be NULL) if there is none. */
__attribute__((format(printf, 4, 5))) void message_suggest(struct tool *tool, const struct suggestion *suggestion,
                                                           const char *fallback, const char *format, ...);

/* As message(), for callers that have a va_list. */
__attribute__((format(printf, 4, 0))) void message_list(struct tool *tool, enum level level, const char *help,
                                                        const char *format, va_list list);

/* Says that STATUS stopped the work, and returns END_ERROR. */
enum ending message_status(struct tool *tool, enum rck_status status);

/* Takes the progress line off the terminal, if one is there. */
void erase_progress(struct tool *tool);

/* Returns N zeroed elements of SIZE bytes (one if N is 0), or ends the process with a message and END_ERROR. */
void *must_allocate(size_t n, size_t size);

/* A text that grows, for the functions of the library that fill a buffer and tell how much they had to say. */
struct text {
    char *p;
    size_t room;
};

/* Makes room for SIZE bytes and a NUL; the content is lost. */
void text_room(struct text *text, size_t size);

/* ---- input (input.c) ---------------------------------------------------------------------------------------------------- */

enum {
    LINE_BYTES_MAX = 1 << 20, /* of one request, without its newline: the engine's own cap */
    READ_BYTES = 1 << 17,
    INPUT_ROOM = LINE_BYTES_MAX + READ_BYTES
};

enum {
    HAR_DEPTH_MAX = 1024 /* objects and arrays inside one another in a HAR file: browsers write call stacks as deep as they were */
};

/* A walk through a HAR file (har.c). */
struct har {
    const char *why;      /* the file is broken at 'line' and 'column': what is wrong there */
    uint64_t line;        /* ends of lines before the next byte */
    uint64_t column;      /* bytes since the last one */
    uint64_t n_entries;   /* begun so far */
    unsigned state;
    unsigned way;         /* so many objects and arrays are open on the way to a request */
    uint32_t depth;       /* so many are open at all */
    uint32_t hex;         /* of an escape, behind a 1 */
    uint32_t n_mark;      /* bytes of a byte order mark */
    uint32_t n_word;
    char word[8];         /* the beginning of a key, number or word */
    bool in_key;          /* the string is one */
    bool wanted;          /* the key was the one on the way */
    bool seen_log, seen_entries, seen_request; /* keys on the way */
    bool had_entries, had_request;             /* and what they lead to */
    bool ends_request, ends_entry;             /* with the last byte */
    uint8_t arrays[HAR_DEPTH_MAX / 8];         /* a bit for each that is open: an array */
};

/* A file read line by line, record by record, or entry by entry, in memory that does not grow. */
struct input {
    const char *name; /* for messages */
    int fd;
    int error;        /* errno of the failed open or read */
    bool ended;       /* nothing is to be read any more */
    bool records;     /* of CSV: the end of a line in quotes does not end one */
    bool entries;     /* of a HAR file; 'line' is that in which the request begins */
    struct har har;
    bool skipping;    /* in a line that was too long */
    enum { FIELD_BEGINS, FIELD_PLAIN, FIELD_QUOTED, FIELD_QUOTE } field; /* of records: where 'scanned' is */
    uint64_t more_lines; /* ends of lines in quotes since 'begin' */
    uint64_t extra_lines; /* the same of the record that was returned last: the next one begins so much later */
    uint64_t line;    /* the number of the line that was returned last, 1-based; of a record that of its first one */
    size_t begin;     /* of what was not returned yet */
    size_t scanned;   /* no newline stands between begin and here */
    size_t end;       /* of what was read */
    char *buffer;     /* INPUT_ROOM bytes; belongs to the caller, who may put another one here, with what lies in it */
};

enum input_event {
    INPUT_LINE,  /* *TEXT is a line of *SIZE bytes, good until the next call */
    INPUT_LONG,  /* a line was longer than LINE_BYTES_MAX and is skipped */
    INPUT_MORE,  /* call input_fill(), which may wait, and ask again */
    INPUT_END,
    INPUT_FAILED, /* of input->error */
    INPUT_BROKEN  /* of input->har.why: what follows cannot be told apart */
};

/* Opens the file WORD ("-" is standard input).  Returns false with input->error set if that fails. */
bool input_open(struct input *input, const char *word, char *buffer);
void input_close(struct input *input);
enum input_event input_next(struct input *input, const char **text, size_t *size);
void input_fill(struct input *input);

/* The same as input_next() for the requests of a HAR file: *SIZE is 0 for an entry that has none. */
enum input_event har_next(struct input *input, const char **text, size_t *size);

/* ---- batches (batch.c) -------------------------------------------------------------------------------------------------- */

/* Files of requests that several threads decide, in the order of the input.  Each thread does, until batch_take() is false:
 *
 *     batch_take()    takes the next chunk of records, which are its own
 *     ...             decides them, into an output of its own
 *     batch_wait()    waits until the chunks before are through: only now something may be written or told
 *     batch_done()    lets the next chunk through
 *
 * What is in flight is one chunk a thread, so that memory is flat; and a thread whose output is full waits for its turn early. */

/* A file, as the command line names it. */
struct batch_file {
    const char *word;
    enum form form;
};

/* A file that is being read, or of which chunks are still being decided. */
struct source {
    const char *word;
    const char *name;    /* for messages */
    enum form form;
    struct rck_csv *csv; /* of CSV: the columns */
    unsigned n_users;    /* guarded by batch.reading */
};

/* A line, a record of CSV, or the request of an entry. */
struct record {
    uint64_t line;  /* its number in the file, 1-based */
    uint64_t entry; /* of a HAR file: the number of the entry, 1-based; else 0 */
    uint32_t begin; /* in chunk.buffer */
    uint32_t size;  /* above LINE_BYTES_MAX: it is too long, and its text is not there */
};

enum { CHUNK_RECORDS_MAX = 4096 };

enum chunk_kind {
    CHUNK_RECORDS,
    CHUNK_OPEN_FAILED,  /* the file could not be opened; chunk.error is the errno, as of CHUNK_READ_FAILED */
    CHUNK_READ_FAILED,
    CHUNK_BROKEN,       /* a HAR file goes on in no form that is known: chunk.line, chunk.column and chunk.why tell it */
    CHUNK_HEADER_LONG,  /* the header of a CSV file is longer than a record may be; the rest of the file is left out */
    CHUNK_HEADER_FAILED /* it could not be read: chunk.error is the status, and the request tells why */
};

struct chunk {
    enum chunk_kind kind;
    int error;
    uint64_t number;        /* 0-based, of the whole batch */
    uint64_t line;          /* of CHUNK_HEADER_FAILED and CHUNK_BROKEN */
    uint64_t column;
    const char *why;
    struct source *source;
    struct record *records; /* CHUNK_RECORDS_MAX; none is a line of white space */
    size_t n_records;
    char *buffer;           /* INPUT_ROOM bytes */
};

struct batch {
    const struct batch_file *files;
    size_t n_files;

    pthread_mutex_t reading; /* guards these */
    size_t next_file;
    struct source *source;   /* NULL: the next file is to be opened */
    struct input input;      /* of source */
    uint64_t n_taken;

    pthread_mutex_t writing; /* guards this */
    uint64_t n_done;
    pthread_cond_t turn;     /* n_done was changed */

    atomic_bool stopped;
};

void batch_init(struct batch *batch, const struct batch_file *files, size_t n_files);
void batch_destroy(struct batch *batch);

void chunk_init(struct chunk *chunk);
void chunk_free(struct chunk *chunk);

/* Fills CHUNK with the next records, as many as there are without waiting once there is one; a mishap is a chunk of its own.
 * REQUEST, the thread's own, serves to read the header of CSV.  False if nothing is left, or the batch was stopped. */
bool batch_take(struct batch *batch, struct chunk *chunk, struct rck_request *request);

/* Waits until it is CHUNK's turn.  False if the batch was stopped meanwhile. */
bool batch_wait(struct batch *batch, const struct chunk *chunk);

/* Ends the turn. */
void batch_done(struct batch *batch);

/* Nothing more is taken.  By the thread whose turn it is. */
void batch_stop(struct batch *batch);

/* True for a line of white space. */
bool is_blank_line(const char *text, size_t size);

/* ---- policies (policy.c) ------------------------------------------------------------------------------------------------ */

/* Returns the path of the policy that is used where none is named; the caller frees it. */
char *default_policy_path(void);

/* Makes a context with the settings of ARGUMENTS, or returns NULL after a message. */
struct rck_context *new_context(struct tool *tool, const struct arguments *arguments);

/* Returns what -W and -E make of warning ID, which is reported without them. */
enum rck_warning warning_of(const struct arguments *arguments, const char *id);

/* Compiles the policy that -p names, or the default one, and writes what there is to say about it to standard error.  Returns
 * NULL with *ENDING set if there is none. */
struct rck_policy *load_policy(struct tool *tool, const struct arguments *arguments, enum ending *ending);

/* Compiles the policy in PATH, or loads it if it is a saved one, the same way. */
struct rck_policy *load_policy_file(struct tool *tool, struct rck_context *context, const char *path, enum ending *ending);

/* Writes *DIAGNOSTICS, of a compile that ended with STATUS, to standard error, and frees them; a status that they do not tell of is
 * told as well.  Returns how that ends. */
enum ending tell_compile(struct tool *tool, struct rck_diagnostics **diagnostics, enum rck_status status);

/* Tells whether PATH is a saved policy.  Looks only at files: what is read from a pipe here would be lost.  *ERROR gets 0, or why it is
 * not known. */
bool is_saved_policy(const char *path, int *error);

/* Tells whether the file PATH is a saved policy, after a message that SUBCOMMAND needs the source. */
bool refuse_saved_policy(struct tool *tool, const char *path, const char *subcommand);

/* Return the words for what the library counts. */
const char *kind_name(enum rck_clause_kind kind);
const char *state_name(enum rck_state state);
const char *severity_name(enum rck_severity severity);

/* Writes a count with its noun: "1 warning", "2 warnings". */
void out_count(struct output *out, uint64_t n, const char *noun);

/* ---- what cases are worth (quality.c) ----------------------------------------------------------------------------------- */

/* Write which outcomes of the clauses of the policy PATH its cases reach, and which mutants they notice; in JSON, as the next element of
 * an open list.  END_FOUND if less than AT_LEAST percent are reached; if one survives. */
enum ending quality_coverage(struct tool *tool, struct rck_context *context, const char *path, bool json, uint64_t at_least);
enum ending quality_mutants(struct tool *tool, struct rck_context *context, const char *path, bool json);

/* Warns that N things of which WHAT says the rest ("mutants were") are not settled, and by which limits. */
void tell_unsettled(struct tool *tool, uint64_t n, const char *what);

/* ---- SARIF (sarif.c) ---------------------------------------------------------------------------------------------------- */

/* Write one run: its beginning with the rules, a result a diagnostic, its end; SUCCESSFUL is false if a file could not be read. */
void sarif_begin(struct output *out);
void sarif_result(struct output *out, const struct rck_diagnostic *diagnostic);
void sarif_end(struct output *out, bool successful);

/* ---- one decision (decision.c) ------------------------------------------------------------------------------------------ */

/* Numbers of clauses or attributes. */
struct numbers {
    uint32_t *at;
    uint32_t n;
};

/* Everything that deciding one request after the other needs; made once, so that a request costs no allocation. */
struct decision {
    struct rck_policy *policy; /* has the caller's reference, which decision_free() gives back */
    struct rck_request *request;
    struct rck_explanation *explanation;
    struct rck_policy_info info;
    struct rck_clause *clauses;
    struct rck_attribute *attributes;
    bool warns;                /* some clause is a `warn` clause */
    bool from_text;            /* the request came as text: an error's offset has a meaning */
    char entry[24];            /* of a HAR file: the number of the request's entry, which is its id; else "" */

    /* The last decision. */
    enum rck_result result;
    bool explained;            /* rck_explain() was asked */
    bool by_default;           /* denied because nothing grants */
    struct numbers violated;   /* enforced clauses, in source order, as the next three */
    struct numbers unknown;
    struct numbers granted;
    struct numbers warned;     /* `warn` clauses that are violated */
    struct numbers missing;    /* attributes for want of which enforced clauses are unknown */
    struct rck_request_error error; /* of an invalid request */

    int64_t now;               /* the time of the decision, in nanoseconds since 1970 */
    uint64_t round;            /* counts explanations; see marks */
    uint64_t *marks;           /* one an attribute: the round that last found it missing */
    struct text value;
};

/* Makes *DECISION for POLICY, whose reference it takes over in any case. */
enum rck_status decision_init(struct decision *decision, struct rck_policy *policy);
void decision_free(struct decision *decision);

/* True for a word `key=value`: one that has a '=' before any '/'. */
bool is_assignment(const char *word);

/* Sorts WORDS into assignments and files.  Returns false after a message if both kinds are there, or a policy where no -p names it. */
bool words_agree(struct tool *tool, const struct arguments *arguments, bool *assignments);

/* Fill the request.  Errors: RCK_E_NOMEM; a request that is not of the vocabulary's shape is no error here. */
enum rck_status decision_read_words(struct decision *decision, const char *const *words, size_t n_words);
enum rck_status decision_read_json(struct decision *decision, const char *text, size_t size);
enum rck_status decision_read_http(struct decision *decision, const char *text, size_t size);
enum rck_status decision_read_har(struct decision *decision, const char *text, size_t size);
enum rck_status decision_read_log(struct decision *decision, const char *text, size_t size);
enum rck_status decision_read_pairs(struct decision *decision, const char *text, size_t size);
enum rck_status decision_read_csv(struct decision *decision, const struct rck_csv *csv, const char *text, size_t size);

/* Attributes that messages do not carry: of a file of KEY=VALUE lines the same for all, of a table (facts_table.c) for some. */
struct facts {
    char *text; /* NULL: there are no lines */
    size_t size;
    struct facts_table *table; /* NULL: there is none */
};

/* Reads the file PATH, a table if it ends in .csv, and tries its facts on REQUEST, of POLICY, which it empties.  Returns false after a
 * message.  To be freed in any case. */
bool facts_read(struct tool *tool, struct facts *facts, const char *path, struct rck_policy *policy, struct rck_request *request);
void facts_free(struct facts *facts);

/* Makes REQUEST keep of messages what FACTS are looked up by. */
enum rck_status facts_ask(const struct facts *facts, struct rck_request *request);

/* Gives the request of DECISION those of FACTS that it does not have.  Those of a table that it has otherwise make it invalid. */
void facts_give(const struct facts *facts, struct decision *decision);

/* The same for a table alone. */
struct facts_table *facts_table_read(struct tool *tool, const char *path, struct rck_policy *policy, struct rck_request *request);
void facts_table_free(struct facts_table *table);
enum rck_status facts_table_ask(const struct facts_table *table, struct rck_request *request);
void facts_table_give(const struct facts_table *table, struct decision *decision);

/* Fills the request with nothing but the reason for which it is invalid. */
void decision_reject(struct decision *decision, const char *why);

/* Decides; asks rck_explain() only where the result is not an allow, some clause warns, or ALWAYS is set. */
void decision_make(struct decision *decision, bool always);

/* Returns the exit code that RESULT stands for. */
enum ending decision_ending(enum rck_result result);

/* Returns the style that RESULT is written in. */
enum style decision_style(enum rck_result result);

/* Returns the value of ATTRIBUTE as a person writes it; good until the next call. */
const char *decision_value(struct decision *decision, uint32_t attribute);

/* Returns the sentence that tells a person about clause CLAUSE of the request that was explained: what it says, or cites, or its
 * text; good until the next call of this or decision_value(). */
const char *decision_sentence(struct decision *decision, uint32_t clause);

/* The time of the decisions: what `--now` says, or the clock.  Returns false after a message. */
bool read_now(struct tool *tool, const struct arguments *arguments, int64_t *now);

/* Returns the id of the request as JSON, or NULL if it has none. */
const char *decision_id(const struct decision *decision, size_t *size);

/* Write parts of the JSON form, as members of an open object. */
void js_id(struct output *out, const struct decision *decision);
void js_labels(struct output *out, const struct decision *decision, const char *key, const struct numbers *clauses);
void js_missing(struct output *out, const struct decision *decision);

/* The insides of the lists that these two write. */
void js_list(struct output *out, const struct decision *decision, const struct numbers *clauses);
void js_missing_list(struct output *out, const struct decision *decision);

void js_error(struct output *out, const struct decision *decision);

/* Of a message: the route that decided, and what makes the result indeterminate beside clauses.  Nothing for other requests. */
void js_route(struct output *out, const struct decision *decision);
void out_doubt(struct output *out, const struct decision *decision);

/* Writes the reason for which a request is invalid, indented; nothing for other results.  COLUMN is 1-based and is left out if
 * it is 0; LINE likewise. */
void out_error(struct output *out, const struct decision *decision, uint64_t line, uint64_t column);

/* Writes "ATTRIBUTE is not given" or what else is the matter with READING. */
void out_missing(struct output *out, struct decision *decision, const struct rck_reading *reading);

/* ---- questions about all requests (regions.c) --------------------------------------------------------------------------- */

/* Returns what `--limit proof-steps=N` says, or 0. */
uint64_t steps_of(const struct arguments *arguments);

/* Says that an answer is not completed. */
void message_unfinished(struct tool *tool, const struct rck_regions *regions);

/* Write members of an open object: the notes; what all regions have. */
void js_notes(struct output *out, const struct rck_regions *regions);
void js_region(struct output *out, struct rck_regions *regions, size_t idx);

/* ---- lists (cmd_list.c) that `help` shows as well ----------------------------------------------------------------------- */

void out_limits(struct output *out);
void out_codes(struct output *out);

extern const struct command command_check, command_compile, command_diff, command_eval, command_explain, command_gen, command_help,
    command_list, command_prove, command_route, command_table, command_test, command_trace, command_who;

#endif
