/* SPDX-License-Identifier: MIT
 *
 * Diagnostics: the sources that a compile read, the records about them, and the registry of their names (codes.def).
 * A record is made with diag_report() and then given labels, notes and help; diag_write.c writes it for people.
 */
#ifndef RCK_DIAG_H
#define RCK_DIAG_H

#include "../engine/mem.h"
#include "../engine/settings.h"
#include "../engine/suggest.h"

/* Every diagnostic by its symbol. */
enum code {
#define CODE(symbol, id, number, severity, title, cause, example, remedy) CODE_##symbol,
#include "codes.def"
#undef CODE
    N_CODES
};

/* One file of a policy. */
struct source {
    struct str path;  /* as the caller named it, NUL behind it */
    char *text;       /* its bytes, and two NULs behind them for the scanner */
    uint32_t n;       /* number of bytes */
    uint32_t base;    /* what the offset of its first byte is in spans */
    bool has_slices;  /* texts of the policy's clauses are slices of it */
    VEC(uint32_t) lines; /* offsets (from 0) where lines begin; made when first asked for */
    uint32_t near;    /* index of the one that a place was found in last: clauses come in order */
};

enum { SOURCE_END = 2 }; /* NULs behind the text */

/* True if TEXT is a slice of SOURCE, and a byte stands behind it. */
static inline bool
source_has(const struct source *source, struct str text)
{
    uintptr_t begin = (uintptr_t)source->text, at = (uintptr_t)text.p;

    return at >= begin && at - begin < source->n;
}

/* A place as a person reads it. */
struct place {
    const struct source *source; /* NULL: no place */
    unsigned line, column;       /* 1-based; columns in bytes */
    uint32_t offset;             /* within the file */
};

enum { DIAG_LABELS_MAX = 3, DIAG_NOTES_MAX = 4 };

/* One record. */
struct diag {
    enum code code;
    enum rck_severity severity;
    struct span at;      /* {0, 0}: about no place */
    struct str message;
    struct str label;    /* behind the underline; may be empty */
    struct {
        struct span at;
        struct str text;
    } second[DIAG_LABELS_MAX]; /* other places */
    uint32_t n_second;
    struct str notes[DIAG_NOTES_MAX];
    uint32_t n_notes;
    struct str help;
    uint32_t order; /* of reporting, to keep the order of records at one place */
};

/* All records of one compile; owns their memory and the sources'. */
struct diags {
    struct arena *arena;
    VEC(struct source *) sources;
    VEC(struct diag *) records;
    size_t found[2]; /* by enum rck_severity; counts what the limit held back, too */
    size_t limit;    /* of records kept */
    const struct settings *settings;
    struct diag scratch; /* where a record goes that is not kept */
};

void diags_init(struct diags *diags, struct arena *arena, const struct settings *settings);

/* The public handle: what a compile leaves behind, with or without a policy.  It stays where it was made. */
struct rck_diagnostics {
    struct rck_allocator mem; /* what the handle itself came from */
    struct arena arena;       /* sources, records, texts */
    struct diags diags;
    struct rck_diagnostic *public_records; /* as many as records; NULL until diagnostics_seal() */
};

/* Makes an empty handle whose arena is capped by the limit compile-bytes.  SETTINGS is read until diagnostics_seal().
 * Errors: RCK_E_NOMEM. */
enum rck_status diagnostics_new(const struct rck_allocator *mem, const struct settings *settings, struct rck_diagnostics **out);

/* Sorts the records and makes the public ones; forgets the settings and arena.escape.  From here on nothing is reported and
 * nothing is allocated.  Errors: RCK_E_NOMEM; the handle is good for rck_diagnostics_free() only then. */
enum rck_status diagnostics_seal(struct rck_diagnostics *d);

/* Adds a file, copying PATH and TEXT.  Returns NULL when memory ran out or the file does not fit the limit policy-bytes
 * together with those before it; *TOO_LARGE tells which. */
struct source *diags_add_source(struct diags *diags, struct str path, struct str text, bool *too_large);

/* Adds a file that is only named, because its text is too large; also where the arena is full.  NULL if there is no memory. */
struct source *diags_name_source(struct diags *diags, struct str path);

/* Reports CODE at AT.  Never returns NULL: what is switched off, held back by the limit, or about a range that has an error
 * already goes to a record that nobody reads.  (A failed allocation goes to arena->escape, or leaves the text empty.) */
struct diag *diag_report(struct diags *diags, enum code code, struct span at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds to a record: a label behind its underline; another place; a fact; what to do. */
void diag_label(struct diags *diags, struct diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_second(struct diags *diags, struct diag *diag, struct span at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_note(struct diags *diags, struct diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_help(struct diags *diags, struct diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reports that LIMIT is exceeded at AT: names the limit, its value and how to raise it. */
void diag_limit(struct diags *diags, enum limit limit, struct span at, const char *what);

/* Forgets all records: what they were about is compiled again. */
void diags_forget(struct diags *diags);

/* Sorts the records by place.  Called once, when the compile is over. */
void diags_sort(struct diags *diags);

/* Text of SPAN; empty if it is none. */
struct str diags_text(const struct diags *diags, struct span span);

/* Returns the source that OFFSET lies in, the end of its text included; NULL if it is no place. */
struct source *diags_source(const struct diags *diags, uint32_t offset);

/* Returns the place of OFFSET, which is within SOURCE or behind its end. */
struct place source_place(const struct source *source, uint32_t offset);

/* Turns an offset into a place.  Cost: a binary search, after the first call for a file, which reads it. */
struct place diags_place(struct diags *diags, uint32_t offset);

/* Returns whether warning CODE is to be looked for, and whether any is. */
bool code_wanted(const struct settings *settings, enum code code);
bool codes_wanted(const struct settings *settings);

/* Returns the entry of the registry. */
const struct rck_code *code_info(enum code code);

#endif
