/* SPDX-License-Identifier: MIT
 *
 * librulecheck: decides requests against a policy of limitations.
 *
 *     struct rck_context *context;
 *     struct rck_diagnostics *diagnostics;
 *     struct rck_policy *policy;
 *     struct rck_request *request;
 *
 *     rck_context_new(NULL, &context);
 *     if (rck_policy_compile_file(context, "my.rules", &diagnostics, &policy) != RCK_OK)
 *         rck_diagnostics_write(diagnostics, 0, my_write, my_arg);
 *     rck_request_new(policy, &request);
 *     rck_request_read_json(request, line, length);
 *     if (rck_decide(policy, request, NULL) == RCK_ALLOW)
 *         ...
 *
 * Read this first.
 *
 * - Only RCK_ALLOW permits.  A request that is not of the vocabulary's shape is RCK_INVALID, one that could not be decided is
 *   RCK_INDETERMINATE, and both are refusals.  RCK_DENY is 0: memory that nobody wrote denies.
 * - A policy is immutable and reference-counted: any number of threads may decide on one at once, without locks.  Contexts,
 *   requests, explanations and diagnostics belong to one thread at a time.
 * - The library has no globals, no clock, no locale, writes no output and never ends the process.  What it allocates comes
 *   from the allocator of the context.  rck_decide() allocates nothing.
 * - Every text comes with its length or ends in NUL, as its declaration says.  Text handed out is UTF-8 where the policy's was.
 * - Functions that can fail return enum rck_status; an output parameter is not touched on failure, unless said otherwise.
 * - NULL may be given to every *_free and *_unref.  Any other NULL where none is announced is a mistake of the caller.
 */
#ifndef RULECHECK_H
#define RULECHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RCK_API __attribute__((visibility("default")))

/* ---- results and errors ------------------------------------------------------------------------------------------------ */

/* What a request gets.  The first that applies, in the order: invalid, deny, indeterminate, allow. */
enum rck_result {
    RCK_DENY = 0,          /* an enforced clause is violated, or nothing grants under `default deny` */
    RCK_INDETERMINATE = 1, /* a fact is missing that could make it a deny */
    RCK_INVALID = 2,       /* not a request of this vocabulary */
    RCK_ALLOW = 3          /* permitted; the only one that permits */
};

/* How a call went; 0 or negative. */
enum rck_status {
    RCK_OK = 0,
    RCK_E_NOMEM = -1,   /* the allocator returned NULL; nothing was changed, nothing is leaked */
    RCK_E_POLICY = -2,  /* the policy does not compile; the diagnostics tell where and why */
    RCK_E_REQUEST = -3, /* the request is not of the vocabulary's shape; rck_request_error() tells where and why */
    RCK_E_ARGUMENT = -4, /* the caller's mistake: an unknown parameter, a handle of another policy, a value of another type */
    RCK_E_IO = -5,      /* a file could not be read, and the diagnostics, or rck_context_load_error(), tell which and why; or a
                           rck_write_fn said that it cannot write */
    RCK_E_CASES = -6,   /* the policy has cases that were not run, or that failed: rck_policy_run_cases() tells which */
    RCK_E_SAVED = -7    /* a saved policy cannot be used; rck_context_load_error() tells why */
};

/* Returns the word for RESULT that logs, cases and the JSON form use: "allow", "deny", "indeterminate", "invalid".
 * Any other number reads "deny".  Threads: any.  Since: 0.1.0 */
RCK_API const char *rck_result_name(enum rck_result result);

/* Returns a short English sentence for STATUS, never NULL.  Threads: any.  Since: 0.1.0 */
RCK_API const char *rck_status_text(enum rck_status status);

/* Returns the library's version as "MAJOR.MINOR.PATCH".  Threads: any.  Since: 0.1.0 */
RCK_API const char *rck_version(void);

/* ---- context ------------------------------------------------------------------------------------------------------------ */

/* Where memory comes from.  The three functions behave as malloc, realloc and free, may return NULL, and get CTX back.
 * They must be safe to call from every thread that uses an object made with them. */
struct rck_allocator {
    void *(*alloc)(size_t size, void *ctx);
    void *(*resize)(void *old, size_t size, void *ctx);
    void (*release)(void *p, void *ctx);
    void *ctx;
};

/* Settings of a compile: allocator, limits, parameters, lints.  One thread at a time. */
struct rck_context;

/* Receives pieces of text, in order, as they are made.  TEXT is SIZE bytes and is not NUL-terminated.  Returns false to stop
 * (a full disk, a closed pipe). */
typedef bool rck_write_fn(void *arg, const char *text, size_t size);

/* Makes a context.  ALLOCATOR is copied; NULL means malloc, realloc and free.
 * Errors: RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_context_new(const struct rck_allocator *allocator, struct rck_context **context);
RCK_API void rck_context_free(struct rck_context *context);

/* Sets parameter NAME of the policies compiled from now on to VALUE: "30", "0.5", "true", "2026-03-25T12:00:00Z" or a date; a
 * number without a unit, in the declared one; a name or a text without quotes.  Both are copied; the last one wins.  Whether the
 * policy has such a parameter, and whether the value fits, is checked by the compile.
 * Errors: RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_context_set_param(struct rck_context *context, const char *name, const char *value);

/* Sets the cap NAME ("cells", "policy-bytes", ...; `rulecheck help limits` lists all) to VALUE.
 * Errors: RCK_E_ARGUMENT if there is no such limit.  Since: 0.1.0 */
RCK_API enum rck_status rck_context_set_limit(struct rck_context *context, const char *name, uint64_t value);

/* One `include "PATH";`: the question, and the room for its answer. */
struct rck_include {
    const char *from;   /* the including file: its name as given to the compile, or in an earlier answer */
    const char *path;   /* the text in quotes; never empty */

    /* The answer; all NULL and 0 before. */
    const char *name;   /* names the file; two that have one name are one file, which is read once.  NULL: PATH is the name */
    const char *text;   /* the file's LENGTH bytes; not looked at where NAME was given before */
    size_t length;
    const char *error;  /* where there is none: why, such as "No such file or directory"; may be NULL */
    void (*release)(struct rck_include *include); /* called when the library has copied all of this; may be NULL */
    void *own;          /* for whoever answers */
};

/* Answers INCLUDE.  Called for each statement, in the order in which they stand; must not use the context.
 * Ownership: what INCLUDE points to is borrowed, both ways, until 'release' or, without it, until the next call.
 * Errors: RCK_E_NOMEM, and RCK_E_IO where there is no such file.
 * Threads: that of the compile. */
typedef enum rck_status rck_include_fn(void *arg, struct rck_include *include);

/* Says who finds the files that policies include; ARG is handed through, and NULL for INCLUDE is as if nobody had said.  Then
 * rck_policy_compile_file() reads files, relative to the including one, and rck_policy_compile() refuses `include`.
 * Ownership: ARG stays the caller's, and must live until the last compile with CONTEXT.  Since: 0.1.0 */
RCK_API void rck_context_set_include(struct rck_context *context, rck_include_fn *include, void *arg);

/* Describes one limit; the list ends where NAME is NULL. */
struct rck_limit {
    const char *name;    /* for rck_context_set_limit() */
    uint64_t value;      /* the default */
    const char *meaning; /* what it counts */
};

/* Returns the limits in the order of the manual, ended by an element whose name is NULL.  Threads: any.  Since: 0.1.0 */
RCK_API const struct rck_limit *rck_limits(void);

/* What becomes of a warning. */
enum rck_warning {
    RCK_WARNING_OFF,  /* not reported */
    RCK_WARNING_ON,   /* reported; the policy compiles */
    RCK_WARNING_ERROR /* reported as an error; the policy does not compile */
};

/* Says whether compiles look for warnings: all that are not switched by rck_context_set_warning(), but for those that are optional.
 * Off in a new context: who loads a policy to decide by it has no use for them, and they take longer than all else.
 * Since: 0.1.0 */
RCK_API void rck_context_set_lint(struct rck_context *context, bool lint);

/* Says what becomes of the warning ID ("covered", ...), whatever rck_context_set_lint() said.
 * Errors: RCK_E_ARGUMENT if there is no warning of this name; errors cannot be switched.  Since: 0.1.0 */
RCK_API enum rck_status rck_context_set_warning(struct rck_context *context, const char *id, enum rck_warning what);

/* Says whether compiles run the policy's cases as well: then one that fails is an error ("case-failed"), and the policy does not
 * compile.  Off in a new context.
 *
 * Cases are about the declared parameters.  A policy with others is compiled a second time, with the declared ones, for its cases
 * alone; it must compile so, too.  RCK_E_IO if a file was changed meanwhile.
 * Since: 0.1.0 */
RCK_API void rck_context_set_run_cases(struct rck_context *context, bool run);

/* Makes every later compile prove one more assert, as if ASSERTION stood at the end of the policy: a clause body with its tails, such as
 * "management_token cannot create tokens.management", or "allow when EXPR"; NULL takes it back.  It proves for all requests, or the
 * policy does not compile: diagnostics whose file is "assert" tell a request that refutes it ("assert-failed"), that the limit
 * proof-steps did not suffice ("not-proved"), or what is wrong with it.
 *
 * Errors: RCK_E_ARGUMENT if ASSERTION is more than one statement, or none; RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_context_set_assert(struct rck_context *context, const char *assertion);

/* ---- diagnostics -------------------------------------------------------------------------------------------------------- */

enum rck_severity { RCK_ERROR, RCK_WARNING };

/* What a compile had to say, in source order.  One thread at a time; lives until rck_diagnostics_free(). */
struct rck_diagnostics;

/* One record.  All texts end in NUL and live as long as the diagnostics. */
struct rck_diagnostic {
    enum rck_severity severity;
    const char *id;      /* stable name, such as "unknown-name" */
    unsigned number;     /* stable number of the same */
    const char *file;    /* as the caller named it; never NULL */
    unsigned line;       /* 1-based; 0 if the record is about no place */
    unsigned column;     /* 1-based, in bytes */
    unsigned end_line;   /* of the byte after the range */
    unsigned end_column; /* of the byte after the range */
    size_t begin;        /* offset of the first byte in the file */
    size_t end;          /* offset of the byte after the range */
    const char *message; /* what is wrong; one line, no full stop */
    const char *help;    /* what to do; NULL if there is nothing to add */
};

/* Flags of rck_diagnostics_write(). */
enum { RCK_COLOR = 1 };

RCK_API size_t rck_diagnostics_count(const struct rck_diagnostics *diagnostics);

/* Returns the number of errors (or of warnings) found, including those that a limit kept from being recorded. */
RCK_API size_t rck_diagnostics_found(const struct rck_diagnostics *diagnostics, enum rck_severity severity);

/* Returns record IDX (0-based), or NULL past the end. */
RCK_API const struct rck_diagnostic *rck_diagnostics_at(const struct rck_diagnostics *diagnostics, size_t idx);

/* Writes all records as a person reads them: place, message, the source line with the range underlined, labels, notes, help.
 * FLAGS is 0 or RCK_COLOR.  Returns false as soon as WRITE does.  Since: 0.1.0 */
RCK_API bool rck_diagnostics_write(const struct rck_diagnostics *diagnostics, int flags, rck_write_fn *write, void *arg);
RCK_API void rck_diagnostics_free(struct rck_diagnostics *diagnostics);

/* What `rulecheck help ID` prints of a diagnostic.  Texts are static. */
struct rck_code {
    const char *id;      /* "unknown-name" */
    unsigned number;     /* never given to another one */
    enum rck_severity severity;
    const char *title;   /* one line */
    const char *cause;   /* why it is reported */
    const char *example; /* a policy text that is reported */
    const char *remedy;  /* what to do */
    bool optional;       /* a warning that is looked for only if rck_context_set_warning() asks for it */
};

/* Returns the registry of diagnostics, errors first, each kind in the order of their numbers: record IDX, or NULL past the end.
 * Threads: any. */
RCK_API const struct rck_code *rck_code_at(size_t idx);

/* ---- policies ----------------------------------------------------------------------------------------------------------- */

/* A compiled policy: immutable, reference-counted, safe for any number of threads. */
struct rck_policy;

/* No clause, no attribute. */
#define RCK_NONE UINT32_MAX

/* Compiles a policy from memory.
 *
 * Units: TEXT is LENGTH bytes, at most the limit policy-bytes; NAME stands for the file in diagnostics.
 * Ownership: TEXT and NAME may go after the call.  *DIAGNOSTICS is always set unless memory ran out (then it is NULL): the
 * caller frees it; DIAGNOSTICS itself may be NULL if nobody wants them.  *POLICY has one reference, the caller's.
 * Errors: RCK_E_POLICY (a failed proof and a limit among the reasons), RCK_E_IO (an included file cannot be read), RCK_E_NOMEM.
 * *POLICY is untouched then.
 * Threads: one per context.
 * Cost: linear in the text; see table.h for the table's.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_policy_compile(struct rck_context *context, const char *name, const char *text, size_t length,
                                           struct rck_diagnostics **diagnostics, struct rck_policy **policy);

/* Compiles the policy in file PATH, with the files that it includes, unless rck_context_set_include() says where they are; as
 * rck_policy_compile(), and RCK_E_IO if a file cannot be read.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_compile_file(struct rck_context *context, const char *path,
                                                struct rck_diagnostics **diagnostics, struct rck_policy **policy);

/* ---- saved policies ----------------------------------------------------------------------------------------------------- */

/* A compiled policy can be saved, and loaded in a small part of the time that it takes to compile it; a program that only loads needs
 * nothing of the compiler.  The same source and params give the same bytes.  A saved policy has everything but its cases, of which it
 * remembers whether they passed: what it decides, explains and tells of itself is what the compiled one does, from its digest to the
 * lines of its clauses.
 *
 * A saved policy is a product, as an object file is: keep the source.  It is read by versions of the library that have the same
 * version of the format, on machines with the same order of bytes, and refused by all others with the request to compile it again.
 *
 * Loading believes nothing that the bytes say: what they could lead astray is checked once, and damaged and forged ones are
 * refused.  But whoever can write your saved policies can as well write other policies: keep them where you would keep the sources. */

/* The first 8 bytes of every saved policy; no policy text begins with them. */
#define RCK_SAVED_MAGIC "\x89rck\r\n\x1A\n"

/* Saves POLICY, compiled or loaded, with one call of WRITE for all of it.
 * Errors: RCK_E_NOMEM, RCK_E_IO if WRITE returned false.
 * Threads: any.  Cost: linear in the policy; twice the saved size of memory while it lasts.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_save(const struct rck_policy *policy, rck_write_fn *write, void *arg);

/* Loads the saved policy of LENGTH bytes at BYTES, which may go after the call.  The context's params must be those that the policy was
 * compiled with, if it sets any; its limits `nesting` and `compile-bytes` hold.
 *
 * Ownership: *POLICY has one reference, the caller's.
 * Errors: RCK_E_SAVED, and rck_context_load_error() tells why; RCK_E_NOMEM.  *POLICY is untouched then.
 * Threads: one per context.  Cost: linear in the size, a gigabyte takes about a second.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_load(struct rck_context *context, const void *bytes, size_t length, struct rck_policy **policy);

/* The same from the file PATH.  One of more than 1 MiB is mapped, not copied, until the last reference is gone; until then it must be
 * neither written nor cut: put a new one in its place with rename(), as `rulecheck compile -o` does.
 * Errors: also RCK_E_IO.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_load_file(struct rck_context *context, const char *path, struct rck_policy **policy);

/* Why a load failed.  Texts end in NUL. */
struct rck_load_error {
    const char *message; /* what is wrong with the file, as the end of a sentence: "it is damaged: its checksum is wrong" */
    const char *help;    /* what to do, or NULL */
};

/* Returns why the last rck_policy_load() or rck_policy_load_file() with CONTEXT was RCK_E_SAVED or RCK_E_IO; NULL if it was not.
 * Lives until the next one. */
RCK_API const struct rck_load_error *rck_context_load_error(const struct rck_context *context);

/* ---- what a policy says -------------------------------------------------------------------------------------------------- */

/* Takes a further reference and returns POLICY; the last rck_policy_unref() frees it.  Threads: any, any time. */
RCK_API struct rck_policy *rck_policy_ref(struct rck_policy *policy);
RCK_API void rck_policy_unref(struct rck_policy *policy);

/* What the head of the policy says.  Texts live as long as the policy. */
struct rck_policy_info {
    const char *name;            /* after `policy` */
    const char *source;          /* the page, or NULL */
    const char *source_date;     /* `as of`, or NULL */
    enum rck_result by_default;  /* RCK_ALLOW or RCK_DENY */
    uint32_t n_clauses;          /* notes and warnings included, asserts not */
    uint32_t n_attributes;       /* dimensions, attributes and counters */
    uint32_t n_sets;             /* named sets */
    uint32_t n_params;
    uint32_t n_asserts;          /* all of them proved */
    uint32_t n_cases;            /* rows of all `cases`; 0 if it was loaded */
    uint32_t n_routes;
    uint32_t n_credentials;
};
RCK_API void rck_policy_describe(const struct rck_policy *policy, struct rck_policy_info *info);

/* Writes the SHA-256 of all that decisions of POLICY depend on, as 64 hexadecimal digits and a NUL: the default, the vocabulary, the
 * parameters in force and the clauses with their labels, in source order; not texts, positions, cases and asserts.  Two files
 * with one digest decide alike; of a saved one this holds as it was saved (see above).  Threads: any.  Cost: linear in the policy.  Source: FIPS 180-4.  Since: 0.1.0 */
RCK_API void rck_policy_digest(const struct rck_policy *policy, char digest[65]);

/* The kinds of clause, by what they say. */
enum rck_clause_kind {
    RCK_CLAUSE_LIMIT,   /* limit COUNTER to N */
    RCK_CLAUSE_ONLY,    /* only WHO may DO */
    RCK_CLAUSE_CANNOT,  /* WHO cannot DO */
    RCK_CLAUSE_REQUIRE, /* require EXPR to DO */
    RCK_CLAUSE_DENY,    /* deny when EXPR */
    RCK_CLAUSE_GRANT,   /* WHO may DO */
    RCK_CLAUSE_NOTE     /* note "..." */
};

/* One clause.  Texts live as long as the policy. */
struct rck_clause {
    const char *label;
    enum rck_clause_kind kind;
    bool warns;         /* ends in `warn`: reported apart, never part of a result */
    const char *text;   /* body and conditions, as written, white space folded */
    const char *cites;  /* the sentence of the page, or NULL */
    const char *says;   /* the message for the person who is refused, as written, or NULL: it may hold {NAME}s and doubled braces,
                           which rck_explanation_message() resolves */
    const char *file;
    unsigned line;
    unsigned column;
};

/* Describes clause IDX (0-based, source order).  Errors: RCK_E_ARGUMENT past the end.  Threads: any. */
RCK_API enum rck_status rck_policy_clause(const struct rck_policy *policy, uint32_t idx, struct rck_clause *clause);

/* What values an attribute takes. */
enum rck_type {
    RCK_TYPE_BOOL,
    RCK_TYPE_INT,
    RCK_TYPE_NAME,    /* one of the declared names: subject, action, resource, enumerations */
    RCK_TYPE_SET,     /* a set of declared names: role, sets of an enumeration */
    RCK_TYPE_DECIMAL, /* a number with at most six places; held in millionths, as int64_t */
    RCK_TYPE_STRING,  /* any UTF-8 without U+0000, of at most 65,536 bytes; compared byte by byte */
    RCK_TYPE_TIME     /* a point in time; held in nanoseconds since 1970-01-01T00:00:00Z, without leap seconds, as int64_t: from
                         1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z */
};

/* One dimension, attribute or counter.  Texts live as long as the policy. */
struct rck_attribute {
    const char *name;  /* dotted, as requests write it */
    enum rck_type type;
    bool dimension;    /* subject, role, action or resource */
    bool optional;     /* its absence has a meaning */
    bool counter;
    bool open;           /* of RCK_TYPE_NAME and RCK_TYPE_SET: a request may give other names than the declared ones; each lies
                            below the longest declared name that it continues after a dot, or below none */
    bool now;            /* it is the time of the decision, which rck_request_set_now() gives and no request can; there only if the
                            policy asks for it */
    int64_t min, max;    /* of RCK_TYPE_INT, in the declared unit, and of RCK_TYPE_DECIMAL, in millionths of it; both ends included;
                            INT64_MIN and INT64_MAX where the policy has none */
    uint32_t n_names;    /* of RCK_TYPE_NAME and RCK_TYPE_SET: declared ones */
    const char *text;    /* of a counter: what raises and lowers it, as written; else NULL */
    const char *unit;    /* of a number: what all its values are in ("MB", "per second"), here and in requests; NULL: it has none */
    const char *window;  /* of a counter: the time in which its value was counted ("per minute"); NULL: since ever */
};

/* Describes attribute IDX (0-based; 0 to 3 are subject, role, action, resource; then declaration order).
 * Errors: RCK_E_ARGUMENT past the end.  Threads: any. */
RCK_API enum rck_status rck_policy_attribute(const struct rck_policy *policy, uint32_t idx, struct rck_attribute *attribute);

/* Returns name NAME_IDX (0-based, declaration order) of attribute IDX, or NULL past the end.  Threads: any. */
RCK_API const char *rck_policy_attribute_name(const struct rck_policy *policy, uint32_t idx, uint32_t name_idx);

/* Returns the attribute called NAME (LENGTH bytes), or RCK_NONE.  The number is a handle for rck_request_set_*(), good for this
 * policy.  Cost: one hash look-up.  Threads: any. */
RCK_API uint32_t rck_policy_find_attribute(const struct rck_policy *policy, const char *name, size_t length);

/* A set that the vocabulary names, or a parameter: NAME and how its value is written. */
struct rck_named {
    const char *name;
    const char *value;     /* a set's members as written; a parameter's value in force, of a number in the declared unit */
    const char *type;      /* a set's dimension or attribute; a parameter's type as written ("int 1.. in MB") */
    const char *declared;  /* a parameter's declared value, in the same form as the value; NULL for a set */
};

/* Describes named set, or parameter, IDX (0-based, declaration order).  Texts live as long as the policy.
 * Errors: RCK_E_ARGUMENT past the end.  Threads: any. */
RCK_API enum rck_status rck_policy_set(const struct rck_policy *policy, uint32_t idx, struct rck_named *set);
RCK_API enum rck_status rck_policy_param(const struct rck_policy *policy, uint32_t idx, struct rck_named *param);

/* A route: what a message of HTTP asks for.  Texts live as long as the policy. */
struct rck_route {
    const char *method;
    const char *path;     /* the pattern, as written */
    const char *when;     /* its condition, as written, or NULL */
    const char *action;
    const char *resource;
    const char *with;     /* the attributes that it sets, as written, or NULL */
    bool matches;         /* some path leads to it; if not, more specific ones match whatever it does */
    const char *file;
    unsigned line;
    unsigned column;
};

/* Describes route IDX (0-based, source order; one that lists several methods is several).
 * Errors: RCK_E_ARGUMENT past the end.  Threads: any.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_route(const struct rck_policy *policy, uint32_t idx, struct rck_route *route);

/* How a message shows who sends it.  Texts live as long as the policy. */
struct rck_credential {
    const char *subject;
    const char *when;     /* its condition, as written */
    const char *file;
    unsigned line;
    unsigned column;
};

/* Describes credential IDX (0-based, source order).  Errors: RCK_E_ARGUMENT past the end.  Threads: any.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_credential(const struct rck_policy *policy, uint32_t idx, struct rck_credential *credential);

/* ---- requests ----------------------------------------------------------------------------------------------------------- */

/* A request tuple for one policy: filled by the caller, reused without allocating again.  One thread at a time. */
struct rck_request;

/* Why a request is invalid. */
struct rck_request_error {
    const char *key;     /* the dotted key concerned, or "" */
    const char *message; /* one line, no full stop */
    const char *help;    /* what to do, or NULL */
    size_t offset;       /* of the fault in the text given to rck_request_read_json(), _pairs() or _csv(); 0 for other ways of filling */
};

/* Makes an empty request for POLICY, of which it takes a reference.  Errors: RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_request_new(struct rck_policy *policy, struct rck_request **request);
RCK_API void rck_request_free(struct rck_request *request);

/* Empties REQUEST: every attribute is absent, and a former error and the time are forgotten.  Strictness stays. */
RCK_API void rck_request_reset(struct rck_request *request);

/* With STRICT, every key that the vocabulary does not know makes the request invalid; without, those outside the vocabulary's
 * namespaces are ignored and counted.  Off in a new request. */
RCK_API void rck_request_set_strict(struct rck_request *request, bool strict);

/* Sets attribute ATTRIBUTE (a handle of the request's policy).  Setting one twice is a duplicate: the request becomes invalid.
 *
 *   _set_int       a whole number, for RCK_TYPE_INT and counters, in the attribute's unit if it has one (`in MB`: 700, not 700e6)
 *   _set_decimal   a number in millionths of the attribute's unit, for RCK_TYPE_DECIMAL: 9.99 is 9990000
 *   _set_time      nanoseconds since 1970-01-01T00:00:00Z, for RCK_TYPE_TIME; every int64_t is a time
 *   _set_string    a text, for RCK_TYPE_STRING; one of no bytes is a value, and not absent
 *   _set_name      a name, for RCK_TYPE_NAME; also one that is not declared, where the attribute is open or is no dimension
 *   _add_name      one more member, for RCK_TYPE_SET; a set that was added to is present
 *   _set_empty     the empty set
 *
 * Units: LENGTH is in bytes.
 * Ownership: texts and names are copied where they are kept.
 * Errors: RCK_E_ARGUMENT if the handle or the type is wrong; RCK_E_REQUEST if the value is not of the vocabulary's shape: a number
 * out of its range, a name that is unknown to a closed dimension, a text that is no UTF-8, holds U+0000 or is too long;
 * RCK_E_NOMEM.  After any error the request is invalid and stays so until rck_request_reset(): rck_decide() answers RCK_INVALID.
 * Cost: one hash look-up for names, none for numbers, and for each column of the table that asks for the attribute, if requests keep
 * their place in it, some twenty instructions; strings are copied.  A request takes some hundred bytes, and 2 KiB more from
 * the first fault or undeclared name on, or from the first text that it reads.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_request_set_int(struct rck_request *request, uint32_t attribute, int64_t value);
RCK_API enum rck_status rck_request_set_decimal(struct rck_request *request, uint32_t attribute, int64_t millionths);
RCK_API enum rck_status rck_request_set_time(struct rck_request *request, uint32_t attribute, int64_t nanoseconds);
RCK_API enum rck_status rck_request_set_string(struct rck_request *request, uint32_t attribute, const char *text, size_t length);
RCK_API enum rck_status rck_request_set_bool(struct rck_request *request, uint32_t attribute, bool value);
RCK_API enum rck_status rck_request_set_name(struct rck_request *request, uint32_t attribute, const char *name, size_t length);
RCK_API enum rck_status rck_request_add_name(struct rck_request *request, uint32_t attribute, const char *name, size_t length);
RCK_API enum rck_status rck_request_set_empty(struct rck_request *request, uint32_t attribute);

/* Tells what time it is: nanoseconds since 1970-01-01T00:00:00Z; rck_time_read() makes them from text.  The library has no clock,
 * and no key of a request can say it.  Call it after the request is filled: rck_request_reset() and every function that empties the
 * request first (_read_json, _read_pairs, _read_csv) forget the time, so that an old one cannot keep an exception open.  The last
 * one counts.  Without it all that asks for `now` is unknown; where the policy never asks, it does nothing.
 * Errors: none.  Since: 0.1.0 */
RCK_API void rck_request_set_now(struct rck_request *request, int64_t nanoseconds);

/* Reads TEXT (LENGTH bytes), a time of RFC 3339 with an offset ("2026-03-25T12:00:00Z", "2026-03-25T13:00:00.5+01:00"), into
 * nanoseconds since 1970-01-01T00:00:00Z.
 * Errors: RCK_E_ARGUMENT if it is none (a date alone, a time without offset), names a leap second, is more precise than
 * nanoseconds, or does not fit into 64 bits; see RCK_TYPE_TIME.
 * Threads: any.  Since: 0.1.0 */
RCK_API enum rck_status rck_time_read(const char *text, size_t length, int64_t *nanoseconds);

/* Sets what KEY names to VALUE as a person writes it: `owner`, `{owner, admin}`, `owner,admin`, `{}`, `30`, `9.99`, `true`,
 * `2026-03-25T12:00:00Z`, any text for a string; numbers in the declared unit, without it.  Empty text and `-` are absent.  Keys that the vocabulary does not know are treated as rck_request_set_strict() says.
 * Errors: RCK_E_REQUEST, RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_request_set_text(struct rck_request *request, const char *key, size_t key_length, const char *value,
                                             size_t value_length);

/* Empties REQUEST and fills it from one JSON object: flat dotted keys or nested objects, arrays for sets, null for absent.
 * Strict: I-JSON (RFC 7493), no duplicate keys after unescaping, no unpaired surrogates, no numbers that are not exact.
 * Errors: RCK_E_REQUEST, RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_request_read_json(struct rck_request *request, const char *text, size_t length);

/* The shape of AuthZEN's Access Evaluation API 1.0 is a request, too: {"subject": {"type": "authtoken", "id": "ann", "properties":
 * {"department": "sales"}}, "action": {"name": "read"}, "resource": {"type": "entry", "id": "7"}, "context": {"ip": "::1"}}.
 * Where the subject is an object, its `type` is the subject, its `id` the attribute subject.id, and X of its `properties` the
 * attribute subject.X; likewise of the resource; `name` of the action is the action, and X of its `properties` action.X; X of the
 * `context` is context.X, as ever.  An id or a property that the vocabulary does not declare is ignored and counted; a property
 * is refused where the vocabulary declares others of that dimension.  A thing given in both spellings is a duplicate. */

/* Empties REQUEST and fills it from one line of key=value pairs with blanks between them: `role={owner, admin} count=30`.  The
 * vocabulary's type tells what a value is.  A value with blanks stands in double quotes, with the escapes of JSON; what stands
 * in quotes is a text, as a JSON string is: no number, no set, and not absent.  Empty text and `-` are absent.
 * Otherwise as strict as rck_request_read_json(): duplicates, bytes, numbers; no comments.  One end of line at the end is fine.
 * Errors: RCK_E_REQUEST, RCK_E_NOMEM.  Cost: allocates nothing once it has seen a request of that size.  Since: 0.1.0 */
RCK_API enum rck_status rck_request_read_pairs(struct rck_request *request, const char *text, size_t length);

/* The columns of a CSV file (RFC 4180).  Read-only once made: any thread. */
struct rck_csv;

/* Reads HEADER, the first record of a file: the keys, each one once, none empty.  Empties REQUEST, whose policy it is for.
 *
 * Errors: RCK_E_NOMEM; RCK_E_REQUEST, and rck_request_error(REQUEST) tells where in HEADER and why (a byte order mark, say).
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_csv_new(struct rck_request *request, const char *header, size_t length, struct rck_csv **csv);
RCK_API void rck_csv_free(struct rck_csv *csv);

/* Empties REQUEST and fills it from RECORD, with as many fields as the header has.  An empty field and `-` are absent, unless they
 * stand in quotes: quotes make a field a value.  A set is `{owner, admin}` or `owner,admin` in quotes, or a lone name.  The
 * record may hold ends of lines in quotes, and have one at its end.
 *
 * Errors: RCK_E_REQUEST, RCK_E_NOMEM; RCK_E_ARGUMENT if CSV was made for another policy.
 * Cost: no look-up of keys; allocates nothing once it has seen a request of that size.  Since: 0.1.0
 */
RCK_API enum rck_status rck_request_read_csv(struct rck_request *request, const struct rck_csv *csv, const char *record,
                                             size_t length);

/* A header field, as it was received: its name in any case, its value without the end of the line. */
struct rck_header {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
};

/* A message of HTTP: a request as a client sends it. */
struct rck_http {
    const char *method;                /* "POST" */
    size_t method_length;
    const char *url;                   /* "/v3/stacks?include=x", as it was received: not decoded; or with "https://HOST" before it */
    size_t url_length;
    const struct rck_header *headers;  /* all of them, in any order; NULL: they are not known */
    size_t n_headers;
    const char *body;                  /* NULL: there is none, or it is not known */
    size_t body_length;
};

/* Empties REQUEST and fills it from a message, by the routes of the policy: they tell its action and resource, their credentials its
 * subject, and they may set further attributes.  What HTTP does not carry (the roles of who asks, how many things exist, the time)
 * is set afterwards, by rck_request_set_*(); then rck_decide() decides.
 *
 * A message may fit several routes: those of one path with different conditions, as far as it is not certain that a condition does not
 * hold.  Then the request has an alternative for each, and rck_decide() and rck_explain() give the strictest of their results: invalid,
 * deny, indeterminate, allow.  After them rck_request_value() and rck_explanation_*() tell of the alternative that it is the result of.
 *
 * The body is read only where a condition of the path's routes asks for it, and only if it is a JSON object: by the content-type, if there
 * is one, and without a content-encoding.  What is not known (headers, a body) makes what depends on it unknown, and the result
 * at best indeterminate: rck_request_doubt().
 *
 * Ownership: HTTP and all that it points to may go after the call.
 * Errors: RCK_E_NOMEM; RCK_E_REQUEST, and rck_request_error() tells why: no route (with the nearest ones), no credential or two, a URL
 * that servers read in different ways, a header or key of the query that the policy asks for given twice, headers of more than 1 MiB, a
 * body that is no strict JSON.  The request is invalid then.
 * Cost: a binary search for each segment of the path, one for each header and each pair of the query, the body once.  Allocates nothing
 * that lasts once it has seen a message of that size.
 * Source: RFC 9110, RFC 3986.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_http_request(struct rck_request *request, const struct rck_http *http);

/* The same from one JSON object: {"method": "POST", "url": "/v3/stacks", "headers": {"authorization": "x"}, "body": {"stack": {}},
 * "facts": {"role": ["owner"]}}.  Without `headers` they are not known; a header that stands in a list stands there more than once.
 * A `body` that is a text is the body as it was sent.  `facts` are attributes, in the form of rck_request_read_json().  `id` and a
 * watched key are kept; other keys are ignored, and not counted.
 * Errors: as rck_http_request() and rck_request_read_json().  Since: 0.1.0 */
RCK_API enum rck_status rck_request_read_http(struct rck_request *request, const char *line, size_t length);

/* The same from the `request` object of an entry of a HAR file (HTTP Archive 1.2), as browsers and proxies write it: {"method": "POST",
 * "url": "https://HOST/v3/stacks#top", "headers": [{"name": "Authorization", "value": "x"}], "postData": {"mimeType":
 * "application/json", "text": "{}"}}.  Without `headers` they are not known; the pseudo-headers of HTTP/2 are left out, and so is what follows
 * a '#' in the URL.  The body is the text of `postData`, unless that has an `encoding` or a `mimeType` other than JSON: then, and where
 * it has no text, the body is not known.  `id` and a watched key are kept; other keys (cookies, queryString, ...) are ignored.
 * Errors: as rck_http_request() and rck_request_read_json().
 * Source: the HAR 1.2 specification, http://www.softwareishard.com/blog/har-12-spec/.
 * Since: 0.1.0 */
RCK_API enum rck_status rck_request_read_har(struct rck_request *request, const char *text, size_t length);

/* A route that a message fits. */
struct rck_route_match {
    uint32_t route; /* for rck_policy_route() */
    bool unknown;   /* its condition is */
    bool decides;   /* the last rck_decide() or rck_explain() gave the result of this one; before them, the first */
};

/* Returns how many routes the message fits that filled REQUEST, and in *MATCH (may be NULL) the IDX-th in source order; 0 if the request is
 * invalid, or no message filled it.  Since: 0.1.0 */
RCK_API size_t rck_request_route(const struct rck_request *request, size_t idx, struct rck_route_match *match);

/* Returns why the result of a message is at best indeterminate, whatever the clauses say ("the route depends on
 * 'body.status', which is not known"), or NULL.  Ask after rck_decide() or rck_explain().  Lives until the request is changed, or
 * this is called again.  Since: 0.1.0 */
RCK_API const char *rck_request_doubt(const struct rck_request *request);

/* Watches KEY (LENGTH bytes, copied; 0 ends it): its value is kept for rck_request_watched() by whatever reads REQUEST from now on,
 * and it is not ignored, counted or refused where the vocabulary does not know it.  It is found also behind a fault that makes
 * the request invalid, unless the form itself is broken.  Survives rck_request_reset().
 * Errors: RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_request_watch(struct rck_request *request, const char *key, size_t length);

/* Returns the value of the watched key as JSON text, of an object or array only its opening bracket, or NULL if the request did
 * not give it (or null).  *LENGTH gets its bytes.  Lives until the request is changed. */
RCK_API const char *rck_request_watched(const struct rck_request *request, size_t *length);

/* What a message says of a thing. */
enum rck_said {
    RCK_SAID_UNKNOWN, /* nobody knows: an access log has no headers, say; or no message filled the request, or it is invalid */
    RCK_SAID_NOTHING, /* it is not there */
    RCK_SAID_TEXT
};

/* Asks that what messages say of KEY be kept beside the request, as a recorded fact is looked up by it: `method`, `path` (decoded, and
 * without empty segments), `header.NAME` in any case, or `query.NAME`.  One key at a time; an empty one asks for nothing.  A message
 * that has the header, or the key of the query, twice is invalid then; and while nobody knows what it says, the result is at best
 * indeterminate, as that of what would be looked up by it.  Survives rck_request_reset().
 * Errors: RCK_E_ARGUMENT if KEY is none of these, or NAME longer than 256 bytes; RCK_E_NOMEM.  After an error it asks as before.
 * Since: 0.1.0 */
RCK_API enum rck_status rck_request_ask(struct rck_request *request, const char *key, size_t length);

/* Tells what the message that filled REQUEST says of the key that was asked for.  If that is a text, *TEXT gets it: bytes as they were
 * sent, of headers without blanks around them, of the query and path decoded; they live until the request is changed.
 * Since: 0.1.0 */
RCK_API enum rck_said rck_request_asked(const struct rck_request *request, const char **text, size_t *length);

/* Empties REQUEST and makes it invalid, with MESSAGE (copied) as the reason: for callers that find a fault in the form that a
 * request came in, such as a line that is too long. */
RCK_API void rck_request_reject(struct rck_request *request, const char *message);

/* Returns why rck_decide() answers RCK_INVALID for REQUEST as it is now: the first fault that was found while it was filled, or
 * else that its subject, action or resource is missing; NULL if it is a tuple of the vocabulary.  Lives until the request is
 * changed. */
RCK_API const struct rck_request_error *rck_request_error(const struct rck_request *request);

/* Returns the value of the key `id` as JSON text (a string with its quotes, or a number), or NULL if the last
 * rck_request_read_json(), _pairs() or _csv() saw none.  *LENGTH gets its bytes.  Lives until the request is changed. */
RCK_API const char *rck_request_id(const struct rck_request *request, size_t *length);

/* Returns how many keys were ignored since the last reset, and in *NAME (may be NULL) the name of ignored key IDX, not
 * NUL-terminated, *LENGTH bytes; *NAME is NULL past the 64th, whose names are not kept. */
RCK_API size_t rck_request_ignored(const struct rck_request *request, size_t idx, const char **name, size_t *length);

/* ---- deciding ----------------------------------------------------------------------------------------------------------- */

/* What rck_decide() can tell at no cost. */
struct rck_why {
    uint32_t clause; /* the first clause in source order that decides; RCK_NONE if none does (an allow, `default deny`, invalid) */
};

/* Decides whether REQUEST is within POLICY.
 *
 * Ownership: borrows both; WHY may be NULL.
 * Errors: none.  A request made for another policy, and one that is not of the vocabulary's shape, is RCK_INVALID.
 * Threads: any number at once on one policy; allocates nothing, takes no lock.
 * Cost: of a dense table one look at the cell, for the setters compute where it is; of a hashed one a probe a group and the rows that
 * it finds, however many clauses there are; see rck_policy_table().  A `matches`, here or in the setter, takes at most (length of the
 * glob + 1) * (length of the string + 1) steps.
 * Since: 0.1.0
 */
RCK_API enum rck_result rck_decide(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why);

/* What a clause says of a request. */
enum rck_state {
    RCK_STATE_IRRELEVANT, /* the request is not a DO of it, or a `when` is false, or an `unless` true */
    RCK_STATE_SATISFIED,  /* relevant, and within it; of a grant: it does not grant */
    RCK_STATE_VIOLATED,   /* relevant, and against it */
    RCK_STATE_GRANTED,    /* a grant that holds */
    RCK_STATE_UNKNOWN     /* a fact is missing that it needs */
};

/* A full account of one decision, reusable.  One thread at a time. */
struct rck_explanation;

/* Makes room for explanations of POLICY's decisions (takes a reference).  Errors: RCK_E_NOMEM. */
RCK_API enum rck_status rck_explanation_new(struct rck_policy *policy, struct rck_explanation **explanation);
RCK_API void rck_explanation_free(struct rck_explanation *explanation);

/* Evaluates the clauses on REQUEST one by one (not by the table) and returns the result, always the one of rck_decide().
 * Errors: none; as rck_decide().  Cost: linear in the clauses that can apply to the request's subject, action and resource, and the
 * first time in all clauses; allocates nothing.  Since: 0.1.0 */
RCK_API enum rck_result rck_explain(struct rck_explanation *explanation, const struct rck_request *request);

/* Returns what the last rck_explain() found of clause IDX; RCK_STATE_IRRELEVANT past the end or if the request was invalid. */
RCK_API enum rck_state rck_explanation_state(const struct rck_explanation *explanation, uint32_t clause);

/* Returns the first clause from CLAUSE on that the last rck_explain() found violated, granted or unknown; RCK_NONE if there is none,
 * or the request was invalid.  Cost: at most linear in the clauses that can apply to the request, however many others there are.
 *
 *     for (uint32_t c = 0; (c = rck_explanation_next(explanation, c)) != RCK_NONE; c++)
 *
 * Since: 0.1.0 */
RCK_API uint32_t rck_explanation_next(const struct rck_explanation *explanation, uint32_t clause);

/* An attribute that a clause read, and what was there. */
struct rck_reading {
    uint32_t attribute; /* as in rck_policy_attribute() */
    bool absent;        /* the request does not give it */
    bool undeclared;    /* it has a value, or a member, that the vocabulary does not know */
    bool missing;       /* the clause is unknown because of it */
};

/* Returns how many attributes clause CLAUSE reads, and in *READING (may be NULL) the IDX-th of them in declaration order. */
RCK_API size_t rck_explanation_reading(const struct rck_explanation *explanation, uint32_t clause, size_t idx,
                                       struct rck_reading *reading);

/* Writes the message of clause CLAUSE for the person who is refused into BUFFER of SIZE bytes, cut and NUL-terminated: the text of
 * `says` with the values of the request that the last rck_explain() was about.  That request must live, and not have been changed
 * since.  A number reads without its unit, a text with blanks or signs in quotes, what is not given "unknown".  Values come from
 * whoever asked: escape the message for where it is shown.  Returns the length that the whole text has; 0 if the clause has no
 * `says`, is past the end, or the request was invalid.  Cost: linear in the text.  Since: 0.1.0 */
RCK_API size_t rck_explanation_message(const struct rck_explanation *explanation, uint32_t clause, char *buffer, size_t size);

/* Writes the value of ATTRIBUTE in REQUEST as a person writes it ("owner", "{ owner, admin }", "30", "9.99", a time in UTC, "-" if
 * absent) into BUFFER of SIZE bytes, cut and NUL-terminated; returns the length that the whole text has.  A name that a closed
 * attribute does not know is "ownr (undeclared)", or only "(undeclared)": one name of a request is kept for that, if it is short.
 * Of a message that fits several routes and is not decided yet, what not all of them set alike is "-". */
RCK_API size_t rck_request_value(const struct rck_request *request, uint32_t attribute, char *buffer, size_t size);

/* ---- questions about all requests --------------------------------------------------------------------------------------- */

/* What requests get, region by region: the answer to a question about all of them.  A region is a box: conditions that must hold
 * together.  The regions of one answer may overlap; together they are exactly what was asked for, none more and none less.
 *
 * What a request can say is the policy's own vocabulary.  Values that no request can have together (a below 5, b above 10, and a
 * above b) are never an answer. */
struct rck_regions;

struct rck_region {
    enum rck_result from, to; /* of a difference: by the old policy, and by the new one; otherwise both are the result */
    bool complete;            /* of a difference: it speaks of requests that give all attributes that are not optional; else of
                                 requests that lack some */
    uint32_t clause;          /* of a residual: the clause that decides; RCK_NONE: none has to */
    unsigned n_changes;       /* of a nearest allow: attributes that have another value */
    size_t n_conditions;
    const char *text;         /* "create tokens.management by owner, admin when 10 <= stack.management_tokens <= 29"; of a residual
                                 and a nearest allow only what the request does not say, and empty if that is nothing */
    const char *witness;      /* a request in the region, as words that `rulecheck eval` takes, quoted for a shell */
    const char *witness_json; /* the same as JSON, without the time */
};

struct rck_condition {
    const char *attribute; /* that it asks about; the first one, if they are several */
    const char *text;      /* "10 <= stack.management_tokens <= 29" */
};

/* Compares OLD and NEW_POLICY: the regions in which their decisions differ.  There is none if, and only if, the two decide every
 * request alike that both understand.
 *
 * Vocabularies may differ.  Compared are the requests that both understand; rck_regions_note() tells what is left out.  An attribute
 * that only one of them declares is free: the other does not read it.
 *
 * STEPS bounds the work of each of the many steps that an answer takes, and four times STEPS all of it; 0 is the default of the limit
 * `proof-steps`.  What takes more is not completed, see rck_regions_finished().
 * Ownership: the caller frees *REGIONS by rck_regions_free(); it needs neither policy any more.
 * Errors: RCK_E_NOMEM.
 * Threads: any number at once on one policy.
 * Cost: by what differs, not by the policies' sizes, but for reading them once; in the worst case exponential, hence STEPS.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_policy_diff(struct rck_policy *old, struct rck_policy *new_policy, uint64_t steps,
                                        struct rck_regions **regions);

/* Evaluates the policy of REQUEST for a request that says only a part: the conditions on the rest under which it is allowed, those
 * under which it is denied, clause by clause, and those under which facts are missing.  Any attribute may be left out, subject,
 * action and resource too; what is not given may be anything, and may be absent.
 *
 * Errors: RCK_E_ARGUMENT if REQUEST is invalid or has undeclared values; RCK_E_NOMEM.  All else as for rck_policy_diff().
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_request_residual(const struct rck_request *request, uint64_t steps, struct rck_regions **regions);

/* Looks for the smallest changes with which REQUEST would be allowed: other values for as few attributes as possible, three at
 * most.  Action and resource are what is asked for, and stay.  No region: no such changes were found; where more than 16 attributes
 * could change, only the first 16 are tried.
 *
 * Errors: as for rck_request_residual().  Since: 0.1.0
 */
RCK_API enum rck_status rck_request_nearest(const struct rck_request *request, uint64_t steps, struct rck_regions **regions);

/* Frees REGIONS; NULL is fine. */
RCK_API void rck_regions_free(struct rck_regions *regions);

/* Returns how many regions there are. */
RCK_API size_t rck_regions_count(const struct rck_regions *regions);

/* Returns whether the answer is complete.  If it is not, each region that is there is right, and others may be missing: an
 * unfinished difference does not say that two policies are equal.  Since: 0.1.0 */
RCK_API bool rck_regions_finished(const struct rck_regions *regions);

/* Returns whether there can be an answer.  If not, which no number of steps changes, what one of two policies compares with each other
 * does not have the same values in both; the last note tells what.  Nothing is finished then.  Since: 0.1.0 */
RCK_API bool rck_regions_comparable(const struct rck_regions *regions);

/* Returns the IDX-th of the notes on how two vocabularies differ, NULL after the last. */
RCK_API const char *rck_regions_note(const struct rck_regions *regions, size_t idx);

/* Tells about region IDX, and about one of its conditions.  Texts live as long as REGIONS.
 *
 * Errors: RCK_E_ARGUMENT if there is none; RCK_E_NOMEM (of a condition).  Threads: one at a time on one object.  Since: 0.1.0 */
RCK_API enum rck_status rck_regions_get(const struct rck_regions *regions, size_t idx, struct rck_region *region);
RCK_API enum rck_status rck_regions_condition(struct rck_regions *regions, size_t idx, size_t condition,
                                              struct rck_condition *out);

/* Returns whether the answer depends on ATTRIBUTE, a name: for a residual, whether the decision of the request can change with it. */
RCK_API bool rck_regions_depend(const struct rck_regions *regions, const char *attribute);

/* Returns whether some region that ends in RESULT has requests whose ATTRIBUTE (subject, action, resource, an enumeration) is NAME.
 * Of the residual of a request without action this is the set of actions that may be allowed.  Since: 0.1.0 */
RCK_API bool rck_regions_reach(const struct rck_regions *regions, enum rck_result result, const char *attribute, const char *name);

/* ---- cases -------------------------------------------------------------------------------------------------------------- */

/* The outcome of one row of a `cases` block.  Texts live during the callback only. */
struct rck_case {
    const char *title;         /* of its block */
    const char *file;
    unsigned line;             /* of the row */
    const char *row;           /* the cells as written, white space folded */
    bool passed;
    const char *expected;      /* "deny by token_count, token_creation" */
    const char *got;           /* in the same form */
    const char *error;         /* why the request was invalid, or NULL */
};

/* Receives one outcome; returns false to stop. */
typedef bool rck_case_fn(void *arg, const struct rck_case *outcome);

/* Runs the rows of all `cases` of POLICY in source order, FN (may be NULL) getting each; counts into *N_RUN and *N_FAILED.
 * Cases run with the declared parameters: a policy compiled with others is refused, and so is a loaded one, which has none.
 * Errors: RCK_E_ARGUMENT (see above), RCK_E_NOMEM.  Since: 0.1.0 */
RCK_API enum rck_status rck_policy_run_cases(struct rck_policy *policy, rck_case_fn *fn, void *arg, size_t *n_run,
                                             size_t *n_failed);

/* ---- what cases are worth ----------------------------------------------------------------------------------------------- */

/* Three questions about a policy and its cases.  Each compiles the source, as rck_policy_compile() and rck_policy_compile_file() do, with
 * the same arguments and errors; *DIAGNOSTICS as there.  Cases are about the declared parameters: RCK_E_ARGUMENT if the context sets
 * others.  FN gets the answers one after the other; texts live during the callback only, which must not use CONTEXT, and returns false
 * to stop.
 * Threads: one per context. */

/* Whether something can be had of any request; proved, but for the last. */
enum rck_possible {
    RCK_POSSIBLE,
    RCK_IMPOSSIBLE,
    RCK_UNSETTLED /* the limit `proof-steps`, or `clause-rows`, was reached, or all questions together took a few times `proof-steps` */
};

/* How the cases reach one outcome of one clause. */
struct rck_reach {
    uint32_t clause;            /* index, as in rck_policy_clause(); notes have no outcomes */
    const char *label;
    const char *file;           /* of the clause */
    unsigned line;
    enum rck_state state;       /* one of the four that the clause may have: RCK_STATE_GRANTED of a grant, else RCK_STATE_VIOLATED */
    uint64_t n_cases;           /* that put the clause into this state */
    enum rck_possible possible; /* RCK_POSSIBLE if a case does */
    const char *example;        /* a request that would, as `rulecheck eval` takes it; NULL if a case does, or none is known */
    const char *gets;           /* what that request gets: "deny by token_count"; NULL likewise */
};
typedef bool rck_reach_fn(void *arg, const struct rck_reach *reach); /* returns false to stop */

/* Tells which outcomes of the clauses the policy's cases reach: violated (granted), satisfied, irrelevant, unknown, for each clause in
 * source order.  It does not matter whether the cases pass.
 * Cost: that of the compile and of the cases, and a small proof for each outcome that is not reached.  Since: 0.1.0 */
RCK_API enum rck_status rck_coverage(struct rck_context *context, const char *name, const char *text, size_t length,
                                     struct rck_diagnostics **diagnostics, rck_reach_fn *fn, void *arg);
RCK_API enum rck_status rck_coverage_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics,
                                          rck_reach_fn *fn, void *arg);

/* What became of a mutant. */
enum rck_fate {
    RCK_FATE_NOTICED,    /* a case fails with it */
    RCK_FATE_SURVIVED,   /* no case does, and there is a request that would tell */
    RCK_FATE_EQUIVALENT, /* no request can tell: it gives every one the same result for the same reasons */
    RCK_FATE_UNSETTLED   /* no case that was tried does, and whether a request would was not completed, as of RCK_UNSETTLED */
};

/* A mutant: the policy with one small change. */
struct rck_mutant {
    const char *label;  /* of the clause that reads otherwise; the first one where several do */
    const char *file;   /* where the change is */
    unsigned line, column;
    size_t begin, end;  /* offsets in the file of what the change replaces: its first byte, and the one after it */
    const char *before; /* what stands there, and what would stand there then; empty: it is left out */
    const char *after;
    enum rck_fate fate;
    bool same_results;   /* of one that survived: it gives every request the same result, only reasons differ */
    const char *example; /* of one that survived: a request that tells, as `rulecheck eval` takes it; else NULL */
    const char *gets;    /* what the policy gives that request; a case that says so notices the mutant */
};
typedef bool rck_mutant_fn(void *arg, const struct rck_mutant *mutant); /* returns false to stop */

/* Tries on the policy's cases what they would say of the policy with a small mistake: a number one more or less, '<=' in place of '<', a
 * name left out or another one, 'and' for 'or', a condition or a clause removed.  Mutants that do not compile are none; asserts are not
 * asked.
 * Errors: also RCK_E_CASES if some case fails as it is.  The limit `mutants` holds.
 * Cost: no mutant is compiled, but the clause that it changes is read again; linear in mutants times cases.  All of it is bounded by the
 * limit `proof-steps`: RCK_E_POLICY if so many mutants cannot even be made.  Since: 0.1.0 */
RCK_API enum rck_status rck_mutate(struct rck_context *context, const char *name, const char *text, size_t length,
                                   struct rck_diagnostics **diagnostics, rck_mutant_fn *fn, void *arg);
RCK_API enum rck_status rck_mutate_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics,
                                        rck_mutant_fn *fn, void *arg);

/* A case that was made. */
struct rck_made_case {
    const char *label;          /* of the clause that it is about; cases of one label follow one another, and have the same columns */
    const char *const *columns; /* attributes, in the order for people, written as in the header of `cases` */
    const char *const *cells;   /* as many, written as in a row */
    uint32_t n_columns;
    const char *expected;       /* what stands behind '->': "deny by token_count" */
    const char *reason;         /* something that no other one of these cases reaches or notices */
};
typedef bool rck_made_case_fn(void *arg, const struct rck_made_case *made); /* returns false to stop */

/* Makes cases for the policy, whether or not it has some: they reach each outcome of each clause, stand on both sides of each bound, and
 * notice each mutant that can be noticed.  None of them can be left out; that there is no shorter list is not promised.  What they
 * expect is what the policy says.  *N_UNSETTLED (may be NULL) gets how many outcomes and mutants it was not settled of whether any request
 * reaches them: 0, unless one is beyond the limit `clause-rows`, or `proof-steps`, which also bounds, a few times over, what all of them
 * take together.  Where that is spent, some cases may be needless.
 * Errors and limits as of rck_mutate(), but for RCK_E_CASES.  Since: 0.1.0 */
RCK_API enum rck_status rck_generate(struct rck_context *context, const char *name, const char *text, size_t length,
                                     struct rck_diagnostics **diagnostics, rck_made_case_fn *fn, void *arg,
                                     size_t *n_unsettled);
RCK_API enum rck_status rck_generate_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics,
                                          rck_made_case_fn *fn, void *arg, size_t *n_unsettled);

/* ---- reloading ---------------------------------------------------------------------------------------------------------- */

/* The policy in force of a long-lived process, for threads that decide while others reload it:
 *
 *     rck_context_set_run_cases(context, true);
 *     rck_policy_compile_file(context, "my.rules", &diagnostics, &policy);
 *     rck_slot_new(policy, &slot);
 *     rck_policy_unref(policy);
 *
 *     rck_reader_new(slot, &reader);               each thread that decides, once
 *     for (;;) {                                   and then for each request, or for some together
 *         rck_reader_enter(reader, &view);
 *         rck_request_read_json(view.request, line, length);
 *         result = rck_decide(view.policy, view.request, NULL);
 *         rck_reader_leave(reader);
 *     }
 *
 *     rck_slot_reload_file(slot, context, "my.rules", &diagnostics);           another thread, now and then
 *
 * A policy is in force from the swap that brings it to the next one.  Whoever enters after a swap has returned is in the new policy;
 * who is in the old one stays there, and the old one stays as it is, until it leaves. */
struct rck_slot;

/* A thread's access to a slot.  One thread at a time. */
struct rck_reader;

/* What a reader decides by, from rck_reader_enter() to rck_reader_leave(). */
struct rck_view {
    struct rck_policy *policy;           /* in force when the reader entered; to keep it longer, rck_policy_ref() it */
    struct rck_request *request;         /* of that policy, and empty; always the same one, see rck_reader_new() */
    struct rck_explanation *explanation; /* of that policy; always the same one */
    uint64_t number;                     /* of that policy: 1 for the slot's first, one more for each swap.  Handles of attributes are
                                            good as long as it is the same; the address of a policy may come back, its number not */
};

/* Makes a slot with POLICY (takes a reference) in force.  A slot is never without a policy.
 *
 * Ownership: the caller frees it by rck_slot_free(), after its readers.  Its memory and theirs comes from POLICY's allocator, now and
 * later.
 * Errors: RCK_E_CASES as for rck_slot_swap(), RCK_E_NOMEM.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_slot_new(struct rck_policy *policy, struct rck_slot **slot);

/* Ends SLOT and gives its policies back.  No reader of it may be left. */
RCK_API void rck_slot_free(struct rck_slot *slot);

/* Puts POLICY (takes a reference) in force in place of the one that is.  The old one is given back as soon as a later call for SLOT,
 * of this function, rck_slot_sweep(), rck_reader_new() or rck_reader_free(), finds no reader in it; so there are never more old ones
 * than readers.
 *
 * Errors: RCK_E_CASES if POLICY has cases that did not all pass, by rck_policy_run_cases() or a compile with
 * rck_context_set_run_cases(); RCK_E_NOMEM.  The old policy stays in force then, and nothing has changed.
 * A policy with other parameters than the declared ones has to come from such a compile, for its cases cannot be run by themselves.
 * Threads: any number at once; waits for other callers that are not deciding, never for readers.
 * Cost: linear in the readers; allocates room for each reader's request and explanation of POLICY.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_slot_swap(struct rck_slot *slot, struct rck_policy *policy);

/* Does all that a reload is: compiles the file PATH with CONTEXT, as rck_policy_compile_file() does, runs its cases, and puts it in
 * force.  Where anything goes wrong the old policy stays in force.
 *
 * Ownership: DIAGNOSTICS as for rck_policy_compile().
 * Errors: RCK_E_POLICY, also if a case fails (the diagnostics tell which, as "case-failed"); RCK_E_IO; RCK_E_NOMEM.
 * *DIAGNOSTICS is NULL if memory ran out during the compile.
 * Threads: one per context; waits for other callers that are not deciding, never for readers.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_slot_reload_file(struct rck_slot *slot, struct rck_context *context, const char *path,
                                             struct rck_diagnostics **diagnostics);

/* Returns the policy in force, with a reference that the caller gives back: for threads that are no readers.
 * Threads: any; waits for other callers that are not deciding.  Since: 0.1.0 */
RCK_API struct rck_policy *rck_slot_policy(struct rck_slot *slot);

/* Gives back the old policies that no reader is in any more, and returns how many there are left.  A program that has reloaded a
 * large policy may call it a while later, so that the old one need not wait for the next swap.
 * Threads: any; waits for other callers that are not deciding, never for readers.  Since: 0.1.0 */
RCK_API size_t rck_slot_sweep(struct rck_slot *slot);

/* Makes a reader of SLOT.  It has one request and one explanation for all policies to come: what does not belong to a policy stays
 * over swaps, which is rck_request_set_strict(), rck_request_watch() (say both between the first enter and leave), and memory that the
 * request grew.
 *
 * Ownership: the caller frees it by rck_reader_free(), which counts as leaving.
 * Errors: RCK_E_NOMEM.
 * Threads: any; waits for other callers that are not deciding.  The reader may then go to another thread.
 * Cost: linear in the readers; about 4 KiB each.
 * Since: 0.1.0
 */
RCK_API enum rck_status rck_reader_new(struct rck_slot *slot, struct rck_reader **reader);
RCK_API void rck_reader_free(struct rck_reader *reader);

/* Enters the policy in force, and describes it in *VIEW.  The policy lives, unchanged, until the reader leaves or enters again (which
 * is leaving first).  Every decision between the two is by this one policy.
 *
 * Errors: none.  Threads: one per reader.
 * Cost: some stores, one of them with a barrier; takes no lock, allocates nothing and waits for nobody.  A swap in just that instant
 * makes it look once more.
 * Since: 0.1.0
 */
RCK_API void rck_reader_enter(struct rck_reader *reader, struct rck_view *view);

/* Empties the request and leaves the policy; what *VIEW points to is not to be used from here on.  Nothing happens if the reader is in
 * none.  Takes no lock, frees nothing, waits for nobody.  Since: 0.1.0 */
RCK_API void rck_reader_leave(struct rck_reader *reader);

/* ---- the decision table ------------------------------------------------------------------------------------------------- */

/* The size of the table that rck_decide() answers from. */
struct rck_table_info {
    const char *form;    /* "dense", or "hashed" if a dense one would have more cells than the limit "cells", or filling it would write 256
                            times as many */
    uint32_t n_columns;
    uint32_t n_rows;
    uint64_t n_cells;    /* of the dense form; else 0 */
    uint32_t n_groups;   /* of the hashed form: how many tables one decision asks; else 0 */
    uint64_t size;       /* bytes */
};
RCK_API void rck_policy_table(const struct rck_policy *policy, struct rck_table_info *info);

/* Writes what column COLUMN (0-based) asks ("resource", "role has owner, admin", "stack.management_tokens") into BUFFER of SIZE
 * bytes, cut and NUL-terminated; returns the length of the whole text, 0 past the end. */
RCK_API size_t rck_table_column(const struct rck_policy *policy, uint32_t column, char *buffer, size_t size);

/* The same for class CLASS (0-based) of a column: "tokens.management", "30..", "absent"; 0 past the end. */
RCK_API size_t rck_table_class(const struct rck_policy *policy, uint32_t column, uint32_t class_idx, char *buffer, size_t size);

/* Describes row ROW (0-based, source order of the clauses): its clause, and what it says (violated, unknown or granted).
 * Errors: RCK_E_ARGUMENT past the end. */
RCK_API enum rck_status rck_table_row(const struct rck_policy *policy, uint32_t row, uint32_t *clause, enum rck_state *says);

/* Returns whether row ROW applies to class CLASS_IDX of column COLUMN; false past the end. */
RCK_API bool rck_table_row_applies(const struct rck_policy *policy, uint32_t row, uint32_t column, uint32_t class_idx);

/* Tells the same for all classes of a column: run RUN (0-based, ascending) of those in which row ROW applies is FIRST to LAST.  A
 * row that does not ask for the column has one run, of all classes.  False, with *FIRST and *LAST untouched, past the end.
 * Since: 0.1.0 */
RCK_API bool rck_table_row_run(const struct rck_policy *policy, uint32_t row, uint32_t column, uint32_t run, uint32_t *first,
                               uint32_t *last);

#ifdef __cplusplus
}
#endif

#endif
