/* SPDX-License-Identifier: MIT
 *
 * Records what a compile has to say and writes it as a person reads it; see diag.h.
 *
 * Two rules run through the file.  Nothing that a policy holds reaches a terminal as it is: texts are cleaned when they are
 * recorded, quoted lines when they are written, one "cell" (a character, or one byte that is none) at a time.  And writing
 * needs no memory, whatever the line: a line that is too long for a screen is cut around the place of interest (struct view),
 * and rows of carets and labels are drawn by walking over the same cells again.
 */
#include <config.h>

#include "diag.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    OFFSET_MAX = INT32_MAX,   /* of a span: what bison and the tables can count */
    DUPLICATE_WINDOW = 1024,  /* how many records back an error at the same place is looked for */
    LIMIT_RESERVE = 2 << 20,  /* bytes above the cap for the record that tells of the cap; a block has at most half of it */
    GUTTER_MIN = 5,           /* digits of a line number */
    TAB_STOP = 8,             /* columns; matters under a range that has tabs in it */
    VIEW_WIDTH = 160,         /* columns of a quoted line */
    VIEW_LEFT = 60,           /* of them before the place of interest, when the line is cut */
    VIEW_BYTES = 1024,        /* bytes of a quoted line: characters without width are no way around VIEW_WIDTH */
    VIEW_LEFT_BYTES = 512,
    ELLIPSIS = 3,             /* columns of "..." */
    MARKS_MAX = 1 + DIAG_LABELS_MAX
};

/* One character of a text, or one byte that is not part of any. */
struct cell {
    unsigned n;     /* bytes in the text */
    unsigned width; /* columns on the screen; of a tab, 0: it depends on where it stands */
    uint32_t point; /* the character, or the byte */
    enum { CELL_PLAIN, CELL_TAB, CELL_BYTE, CELL_POINT } form; /* as it is; a tab; \x1b; \u202e */
};

/* Where text goes: through a small buffer, and nowhere after the writer refused. */
struct out {
    rck_write_fn *write;
    void *arg;
    bool ok;
    bool color;
    unsigned n;
    char buffer[512];
};

enum style { STYLE_PLACE, STYLE_ERROR, STYLE_WARNING, STYLE_CARET, STYLE_NOTE, STYLE_NONE };

/* A range to underline, within the line that a view shows. */
struct mark {
    const struct source *source;
    unsigned line;
    unsigned column;
    uint32_t begin, end; /* offsets in the file; end is not beyond the end of the line */
    struct str label;
    bool primary;
    bool done;    /* drawn */
    unsigned row; /* of the underlines below one line; marks that touch get a row each */
};

/* The part of a line that is shown.  All members are offsets in the file; [from, to) is within [begin, end). */
struct view {
    const char *text;
    uint32_t begin, end;
    uint32_t from, to;
    bool cut_left, cut_right;
};

static struct diag *new_record(struct diags *diags, enum code code, enum rck_severity severity, struct span at,
                               struct str text);
static bool add_record(struct diags *diags, struct diag *d);
static struct str clean_vformat(struct diags *diags, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static bool is_duplicate(const struct diags *diags, struct span at);
static void sift_down(struct diag **heap, uint32_t n, uint32_t top);
static struct source *source_at(const struct diags *diags, uint32_t offset);
static void index_lines(struct diags *diags, struct source *source);
static struct place place_in(const struct source *source, uint32_t offset);
static uint32_t line_end(const struct source *source, uint32_t begin);
static struct cell cell_at(const char *p, size_t n);
static size_t cell_escape(const struct cell *cell, char text[16]);
static void publish(struct diags *diags, const struct diag *diag, struct rck_diagnostic *out);
static void write_record(struct out *out, const struct diags *diags, const struct diag *diag);
static void write_held_back(struct out *out, const struct diags *diags);
static void flush(struct out *out);

void
diags_init(struct diags *diags, struct arena *arena, const struct settings *settings)
{
    uint64_t limit = settings->limits[LIMIT_DIAGNOSTICS];

    *diags = (struct diags){ .arena = arena, .settings = settings, .limit = limit > UINT32_MAX ? UINT32_MAX : (size_t)limit };
}

enum rck_status
diagnostics_new(const struct rck_allocator *mem, const struct settings *settings, struct rck_diagnostics **out)
{
    uint64_t cap = settings->limits[LIMIT_COMPILE_BYTES];
    struct rck_diagnostics *d = mem_alloc(mem, sizeof *d);

    if (d == NULL)
        return RCK_E_NOMEM;
    *d = (struct rck_diagnostics){ .mem = mem != NULL ? *mem : mem_default };
    arena_init(&d->arena, mem, cap > SIZE_MAX ? SIZE_MAX : (size_t)cap); /* unreached: only where sizes have 32 bits */
    diags_init(&d->diags, &d->arena, settings);
    *out = d;
    return RCK_OK;
}

enum rck_status
diagnostics_seal(struct rck_diagnostics *d)
{
    struct diags *diags = &d->diags;
    size_t cap = d->arena.cap;

    d->arena.escape = NULL;
    diags->settings = NULL;
    if (diags->records.n == 0 || d->public_records != NULL)
        return RCK_OK;
    diags_sort(diags);
    /* The number of records is bounded, and a compile that ran into its cap has to be told of. */
    d->arena.cap = SIZE_MAX;
    d->public_records = arena_array(&d->arena, diags->records.n, sizeof *d->public_records);
    d->arena.cap = cap;
    if (d->public_records == NULL)
        return RCK_E_NOMEM;
    for (uint32_t i = 0; i < diags->records.n; i++)
        publish(diags, diags->records.items[i], &d->public_records[i]);
    return RCK_OK;
}

struct source *
diags_add_source(struct diags *diags, struct str path, struct str text, bool *too_large)
{
    struct source *source;
    struct str name;
    uint64_t total = text.n, base = 1;

    *too_large = false;
    for (uint32_t i = 0; i < diags->sources.n; i++) {
        total += diags->sources.items[i]->n;
        base += (uint64_t)diags->sources.items[i]->n + 1;
    }
    if (text.n >= OFFSET_MAX || base + text.n >= OFFSET_MAX || total > diags->settings->limits[LIMIT_POLICY_BYTES]) {
        *too_large = true;
        return NULL;
    }
    if (diags->sources.n == diags->sources.room) {
        uint32_t room = diags->sources.room != 0 ? 2 * diags->sources.room : 8;
        void *items = arena_grow(diags->arena, diags->sources.items, diags->sources.n, room, sizeof *diags->sources.items);

        if (items == NULL)
            return NULL;
        diags->sources.items = items;
        diags->sources.room = room;
    }
    source = arena_alloc(diags->arena, sizeof *source);
    name = arena_copy(diags->arena, path);
    if (source == NULL || name.p == NULL)
        return NULL;
    source->path = name;
    source->text = arena_alloc(diags->arena, text.n + SOURCE_END);
    if (source->text == NULL)
        return NULL;
    if (text.n != 0)
        memcpy(source->text, text.p, text.n);
    source->n = (uint32_t)text.n;
    source->base = (uint32_t)base;
    diags->sources.items[diags->sources.n++] = source;
    return source;
}

struct diag *
diag_report(struct diags *diags, enum code code, struct span at, const char *format, ...)
{
    enum rck_severity severity = code_info(code)->severity;
    struct str text;
    va_list args;
    bool kept = true;

    if (at.begin == 0)
        at.end = 0;
    else if (at.end < at.begin)
        at.end = at.begin;
    if (severity == RCK_WARNING && (uint32_t)code < diags->settings->warnings.n) {
        uint8_t what = diags->settings->warnings.items[code];

        kept = what != RCK_WARNING_OFF;
        if (what == RCK_WARNING_ERROR)
            severity = RCK_ERROR;
    }
    kept = kept && !is_duplicate(diags, at);
    if (kept) {
        diags->found[severity]++;
        kept = diags->records.n < diags->limit;
        /* An error is worth more than a warning: the last one makes room. */
        for (uint32_t i = diags->records.n; !kept && severity == RCK_ERROR && i-- > 0;)
            kept = diags->records.items[i]->severity == RCK_WARNING;
    }
    if (!kept) {
        diags->scratch = (struct diag){ .code = code, .severity = severity, .at = at };
        return &diags->scratch;
    }
    va_start(args, format);
    text = clean_vformat(diags, format, args);
    va_end(args);
    return new_record(diags, code, severity, at, text);
}

void
diag_label(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;

    if (diag == &diags->scratch)
        return;
    va_start(args, format);
    diag->label = clean_vformat(diags, format, args);
    va_end(args);
}

void
diag_second(struct diags *diags, struct diag *diag, struct span at, const char *format, ...)
{
    struct str text;
    va_list args;

    if (diag == &diags->scratch || diag->n_second == DIAG_LABELS_MAX)
        return;
    va_start(args, format);
    text = clean_vformat(diags, format, args);
    va_end(args);
    diag->second[diag->n_second].at = at;
    diag->second[diag->n_second].text = text;
    diag->n_second++;
}

void
diag_note(struct diags *diags, struct diag *diag, const char *format, ...)
{
    struct str text;
    va_list args;

    if (diag == &diags->scratch || diag->n_notes == DIAG_NOTES_MAX)
        return;
    va_start(args, format);
    text = clean_vformat(diags, format, args);
    va_end(args);
    diag->notes[diag->n_notes++] = text;
}

void
diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;

    if (diag == &diags->scratch)
        return;
    va_start(args, format);
    diag->help = clean_vformat(diags, format, args);
    va_end(args);
}

/* What an arena was before it got room above its cap: a message that tells of the cap needs it. */
struct reserve {
    jmp_buf *escape;
    size_t cap;
    bool capped;
};

static struct reserve
reserve_begin(struct arena *arena)
{
    struct reserve reserve = { arena->escape, arena->cap, arena->capped };

    arena->escape = NULL;
    if (NEVER(size_add_overflows(arena->held, LIMIT_RESERVE, &arena->cap)) || arena->cap < reserve.cap)
        arena->cap = reserve.cap;
    return reserve;
}

static void
reserve_end(struct arena *arena, const struct reserve *reserve)
{
    arena->escape = reserve->escape;
    arena->cap = reserve->cap;
    arena->capped = reserve->capped;
}

struct source *
diags_name_source(struct diags *diags, struct str path)
{
    struct reserve reserve = reserve_begin(diags->arena);
    bool too_large;
    struct source *source = diags_add_source(diags, path, STR(""), &too_large);

    reserve_end(diags->arena, &reserve);
    return source;
}

void
diag_limit(struct diags *diags, enum limit limit, struct span at, const char *what)
{
    struct reserve reserve = reserve_begin(diags->arena);
    struct diag *d;

    d = diag_report(diags, CODE_LIMIT, at, "the limit '%s' of %" PRIu64 " is exceeded by %s", limit_name(limit),
                    diags->settings->limits[limit], what);
    diag_help(diags, d, "make the policy smaller, or raise the limit with '--limit %s=N'", limit_name(limit));
    reserve_end(diags->arena, &reserve);
}

void
diags_forget(struct diags *diags)
{
    diags->records.n = 0;
    memset(diags->found, 0, sizeof diags->found);
    diags->scratch = (struct diag){ 0 };
}

/* Sorts in place: qsort() may allocate, and not from the caller's allocator. */
void
diags_sort(struct diags *diags)
{
    struct diag **heap = diags->records.items;
    uint32_t n = diags->records.n;

    for (uint32_t i = n / 2; i-- > 0;)
        sift_down(heap, n, i);
    while (n > 1) {
        struct diag *last = heap[--n];

        heap[n] = heap[0];
        heap[0] = last;
        sift_down(heap, n, 0);
    }
}

struct str
diags_text(const struct diags *diags, struct span span)
{
    const struct source *source = source_at(diags, span.begin);
    uint32_t from, to;

    if (source == NULL || span.end <= span.begin)
        return (struct str){ "", 0 };
    from = span.begin - source->base;
    to = span.end - source->base;
    if (to > source->n)
        to = source->n;
    return from < to ? (struct str){ source->text + from, to - from } : (struct str){ "", 0 };
}

struct place
diags_place(struct diags *diags, uint32_t offset)
{
    struct source *source = source_at(diags, offset);

    if (source == NULL)
        return (struct place){ .source = NULL };
    if (source->lines.n == 0)
        index_lines(diags, source);
    return place_in(source, offset - source->base);
}

size_t
rck_diagnostics_count(const struct rck_diagnostics *diagnostics)
{
    return diagnostics->public_records != NULL ? diagnostics->diags.records.n : 0;
}

size_t
rck_diagnostics_found(const struct rck_diagnostics *diagnostics, enum rck_severity severity)
{
    return severity == RCK_ERROR || severity == RCK_WARNING ? diagnostics->diags.found[severity] : 0;
}

const struct rck_diagnostic *
rck_diagnostics_at(const struct rck_diagnostics *diagnostics, size_t idx)
{
    return idx < rck_diagnostics_count(diagnostics) ? &diagnostics->public_records[idx] : NULL;
}

bool
rck_diagnostics_write(const struct rck_diagnostics *diagnostics, int flags, rck_write_fn *write, void *arg)
{
    const struct diags *diags = &diagnostics->diags;
    struct out out = { .write = write, .arg = arg, .ok = true, .color = (flags & RCK_COLOR) != 0 };

    for (uint32_t i = 0; i < diags->records.n && out.ok; i++)
        write_record(&out, diags, diags->records.items[i]);
    write_held_back(&out, diags);
    flush(&out);
    return out.ok;
}

void
rck_diagnostics_free(struct rck_diagnostics *diagnostics)
{
    struct rck_allocator mem;

    if (diagnostics == NULL)
        return;
    mem = diagnostics->mem;
    arena_free(&diagnostics->arena);
    mem_free(&mem, diagnostics);
}

/* ---- recording ---------------------------------------------------------------------------------------------------------- */

/* Puts a record behind the others, or, if there is no more room for an error, in the place of the last warning. */
static struct diag *
new_record(struct diags *diags, enum code code, enum rck_severity severity, struct span at, struct str text)
{
    struct diag *d = NULL;

    if (diags->records.n < diags->limit) {
        d = arena_alloc(diags->arena, sizeof *d);
        if (d == NULL || !add_record(diags, d))
            d = &diags->scratch;
    } else {
        for (uint32_t i = diags->records.n; i-- > 0 && d == NULL;)
            if (diags->records.items[i]->severity == RCK_WARNING)
                d = diags->records.items[i];
        if (NEVER(d == NULL))
            d = &diags->scratch;
    }
    *d = (struct diag){ .code = code, .severity = severity, .at = at, .message = text };
    /* Every record was counted just before: the sum tells the order of reporting. */
    d->order = (uint32_t)(diags->found[RCK_ERROR] + diags->found[RCK_WARNING]);
    return d;
}

/* Returns false if there is no memory; vec_push() can be used only where such a thing goes to arena->escape. */
static bool
add_record(struct diags *diags, struct diag *d)
{
    if (diags->records.n == diags->records.room) {
        uint32_t room = diags->records.room;
        void *items;

        /* unreached: two billion records */
        room = room == 0 ? 8 : room > UINT32_MAX / 2 ? UINT32_MAX : 2 * room;
        items = arena_grow(diags->arena, diags->records.items, diags->records.n, room, sizeof *diags->records.items);
        if (items == NULL)
            return false;
        diags->records.items = items;
        diags->records.room = room;
    }
    diags->records.items[diags->records.n++] = d;
    return true;
}

/* Formats, and escapes what a terminal or a reader of UTF-8 must not get to see. */
static struct str
clean_vformat(struct diags *diags, const char *format, va_list args)
{
    struct str s = arena_vformat(diags->arena, format, args);
    size_t n = 0, at = 0;
    char escape[16], *p;

    for (size_t i = 0; i < s.n;) {
        struct cell cell = cell_at(s.p + i, s.n - i);

        n += cell.form == CELL_PLAIN ? cell.n : cell_escape(&cell, escape);
        i += cell.n;
    }
    if (n == s.n)
        return s; /* an escape is longer than what it stands for */
    p = arena_alloc(diags->arena, n + 1);
    if (p == NULL)
        return (struct str){ NULL, 0 };
    for (size_t i = 0; i < s.n;) {
        struct cell cell = cell_at(s.p + i, s.n - i);
        size_t k = cell.form == CELL_PLAIN ? cell.n : cell_escape(&cell, escape);

        memcpy(p + at, cell.form == CELL_PLAIN ? s.p + i : escape, k);
        at += k;
        i += cell.n;
    }
    return (struct str){ p, n };
}

/* Tells whether there is an error about AT already.  The scratch record remembers the last one that was not kept. */
static bool
is_duplicate(const struct diags *diags, struct span at)
{
    const struct diag *d = &diags->scratch;
    uint32_t n = diags->records.n;
    uint32_t first = n > DUPLICATE_WINDOW ? n - DUPLICATE_WINDOW : 0;

    if (at.begin == NONE)
        return false;
    if (d->severity == RCK_ERROR && d->at.begin == at.begin && d->at.end == at.end)
        return true;
    for (uint32_t i = n; i-- > first;) {
        d = diags->records.items[i];
        if (d->severity == RCK_ERROR && d->at.begin == at.begin && d->at.end == at.end)
            return true;
    }
    return false;
}

static bool
comes_before(const struct diag *a, const struct diag *b)
{
    return a->at.begin != b->at.begin ? a->at.begin < b->at.begin : a->order < b->order;
}

/* Restores the heap (the last record in order on top) below TOP. */
static void
sift_down(struct diag **heap, uint32_t n, uint32_t top)
{
    for (uint32_t child; top < n / 2; top = child) {
        struct diag *d = heap[top];

        child = 2 * top + 1;
        if (child + 1 < n && comes_before(heap[child], heap[child + 1]))
            child++;
        if (!comes_before(d, heap[child]))
            return;
        heap[top] = heap[child];
        heap[child] = d;
    }
}

/* Returns S as a C string. */
static const char *
text_of(struct str s)
{
    return s.p != NULL ? s.p : "";
}

/* Fills the public form of a record. */
static void
publish(struct diags *diags, const struct diag *diag, struct rck_diagnostic *out)
{
    const struct rck_code *info = code_info(diag->code);
    struct place begin = diags_place(diags, diag->at.begin), end = { .source = NULL };

    *out = (struct rck_diagnostic){ .severity = diag->severity, .id = info->id, .number = info->number, .file = "" };
    out->message = text_of(diag->message);
    out->help = diag->help.n != 0 ? diag->help.p : NULL;
    if (begin.source != NULL) {
        uint32_t offset = diag->at.end - begin.source->base;

        end = place_in(begin.source, NEVER(offset < begin.offset) ? begin.offset : offset); /* diag_report() sees to it */
        out->file = text_of(begin.source->path);
    } else if (diags->sources.n != 0) {
        out->file = text_of(diags->sources.items[0]->path);
    }
    out->line = begin.line;
    out->column = begin.column;
    out->begin = begin.offset;
    out->end_line = end.line;
    out->end_column = end.column;
    out->end = end.offset;
}

/* ---- places ------------------------------------------------------------------------------------------------------------- */

/* Returns the source that OFFSET lies in, the end of its text included; NULL if it is no place. */
static struct source *
source_at(const struct diags *diags, uint32_t offset)
{
    uint32_t low = 0, high = diags->sources.n;

    if (offset == NONE || high == 0)
        return NULL;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (diags->sources.items[middle]->base <= offset)
            low = middle;
        else
            high = middle;
    }
    return diags->sources.items[low];
}

/* Makes the table of lines.  Without memory it is not made, and places are found by reading the text. */
static void
index_lines(struct diags *diags, struct source *source)
{
    struct arena *arena = diags->arena;
    jmp_buf *escape = arena->escape;
    bool capped = arena->capped;
    const char *text = source->text, *end = text + source->n, *p = text;
    uint32_t n = 1, *lines;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        p++;
        n++;
    }
    arena->escape = NULL;
    lines = arena_array(arena, n, sizeof *lines);
    arena->escape = escape;
    arena->capped = capped;
    if (lines == NULL)
        return;
    p = text;
    for (uint32_t i = 1; i < n && ALWAYS((p = memchr(p, '\n', (size_t)(end - p))) != NULL); i++)
        lines[i] = (uint32_t)(++p - text);
    source->lines.items = lines;
    source->lines.n = source->lines.room = n;
}

static struct place
place_in(const struct source *source, uint32_t offset)
{
    struct place place = { .source = source, .line = 1 };
    uint32_t begin = 0;

    place.offset = offset > source->n ? source->n : offset;
    if (source->lines.n != 0) {
        uint32_t low = 0, high = source->lines.n;

        while (high - low > 1) {
            uint32_t middle = low + (high - low) / 2;

            if (source->lines.items[middle] <= place.offset)
                low = middle;
            else
                high = middle;
        }
        place.line = low + 1;
        begin = source->lines.items[low];
    } else {
        const char *p;

        while (begin < place.offset && (p = memchr(source->text + begin, '\n', place.offset - begin)) != NULL) {
            begin = (uint32_t)(p + 1 - source->text);
            place.line++;
        }
    }
    place.column = place.offset - begin + 1;
    return place;
}

/* Returns the offset of the end of the line that begins at BEGIN; a CR before the LF is not of the line. */
static uint32_t
line_end(const struct source *source, uint32_t begin)
{
    const char *p = begin < source->n ? memchr(source->text + begin, '\n', source->n - begin) : NULL;
    uint32_t end = p != NULL ? (uint32_t)(p - source->text) : source->n;

    return p != NULL && end > begin && source->text[end - 1] == '\r' ? end - 1 : end;
}

/* ---- characters --------------------------------------------------------------------------------------------------------- */

struct range {
    uint32_t first, last;
};

/* Not for a terminal: controls, marks of direction, what cannot be seen at all. */
static const struct range hidden[] = {
    { 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x061c, 0x061c },   { 0x180e, 0x180e },
    { 0x200b, 0x200b },   { 0x200e, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
    { 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },   { 0xe0000, 0xe007f },
};

/* No column of their own: combining marks of the common scripts, joiners, variation selectors (Unicode 14, Mn, Me and Cf). */
static const struct range combining[] = {
    { 0x0300, 0x036f },   { 0x0483, 0x0489 },   { 0x0591, 0x05bd },   { 0x05bf, 0x05bf },   { 0x05c1, 0x05c2 },
    { 0x05c4, 0x05c5 },   { 0x05c7, 0x05c7 },   { 0x0610, 0x061a },   { 0x064b, 0x065f },   { 0x0670, 0x0670 },
    { 0x06d6, 0x06dc },   { 0x06df, 0x06e4 },   { 0x06e7, 0x06e8 },   { 0x06ea, 0x06ed },   { 0x08e3, 0x0902 },
    { 0x093a, 0x093a },   { 0x093c, 0x093c },   { 0x0941, 0x0948 },   { 0x094d, 0x094d },   { 0x0951, 0x0957 },
    { 0x0962, 0x0963 },   { 0x0981, 0x0981 },   { 0x09bc, 0x09bc },   { 0x09c1, 0x09c4 },   { 0x09cd, 0x09cd },
    { 0x0bc0, 0x0bc0 },   { 0x0bcd, 0x0bcd },   { 0x0e31, 0x0e31 },   { 0x0e34, 0x0e3a },   { 0x0e47, 0x0e4e },
    { 0x0eb1, 0x0eb1 },   { 0x0eb4, 0x0ebc },   { 0x0ec8, 0x0ecd },   { 0x1160, 0x11ff },   { 0x135d, 0x135f },
    { 0x1ab0, 0x1aff },   { 0x1dc0, 0x1dff },   { 0x200c, 0x200d },   { 0x20d0, 0x20f0 },   { 0x302a, 0x302d },
    { 0x3099, 0x309a },   { 0xfe00, 0xfe0f },   { 0xfe20, 0xfe2f },   { 0xe0100, 0xe01ef },
};

/* Two columns (Unicode 14, East_Asian_Width W and F). */
static const struct range two_columns[] = {
    { 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },   { 0x23f0, 0x23f0 },
    { 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x267f, 0x267f },
    { 0x2693, 0x2693 },   { 0x26a1, 0x26a1 },   { 0x26aa, 0x26ab },   { 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },
    { 0x26ce, 0x26ce },   { 0x26d4, 0x26d4 },   { 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },   { 0x26f5, 0x26f5 },
    { 0x26fa, 0x26fa },   { 0x26fd, 0x26fd },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },   { 0x2728, 0x2728 },
    { 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },   { 0x2757, 0x2757 },   { 0x2795, 0x2797 },
    { 0x27b0, 0x27b0 },   { 0x27bf, 0x27bf },   { 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },
    { 0x2e80, 0x303e },   { 0x3041, 0x3247 },   { 0x3250, 0x4dbf },   { 0x4e00, 0xa4c6 },   { 0xa960, 0xa97c },
    { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6b },   { 0xff01, 0xff60 },
    { 0xffe0, 0xffe6 },   { 0x16fe0, 0x1b2fb }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e },
    { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 },
    { 0x1f3a0, 0x1f3ca }, { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e },
    { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 },
    { 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 },
    { 0x1f6cc, 0x1f6cc }, { 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6df }, { 0x1f6eb, 0x1f6ec }, { 0x1f6f4, 0x1f6fc },
    { 0x1f7e0, 0x1f7f0 }, { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 }, { 0x1f947, 0x1f9ff }, { 0x1fa70, 0x1faf6 },
    { 0x20000, 0x3fffd },
};

static bool
in_ranges(const struct range *ranges, size_t n, uint32_t point)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && point >= ranges[low].first;
}

/* Decodes one character of UTF-8 (RFC 3629: no overlong form, no surrogate); returns its bytes, 0 if there is none. */
static unsigned
decode(const char *p, size_t n, uint32_t *point)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char lead = (unsigned char)p[0];
    unsigned size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    uint32_t c;

    if (size == 0 || size > n)
        return 0;
    c = size == 1 ? lead : lead & (0x7fu >> size);
    for (unsigned i = 1; i < size; i++) {
        unsigned char byte = (unsigned char)p[i];

        if ((byte & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (byte & 0x3fu);
    }
    if (c < smallest[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *point = c;
    return size;
}

/* Returns the first cell of the N > 0 bytes at P. */
static struct cell
cell_at(const char *p, size_t n)
{
    struct cell cell = { .n = 1, .width = 1, .form = CELL_PLAIN };
    char escape[16];

    cell.n = decode(p, n, &cell.point);
    if (cell.n == 0) {
        cell.n = 1;
        cell.point = (unsigned char)p[0];
        cell.form = CELL_BYTE;
    } else if (cell.point == '\t') {
        cell.form = CELL_TAB;
        cell.width = 0;
    } else if (in_ranges(hidden, N_ELEMENTS(hidden), cell.point)) {
        cell.form = cell.n == 1 ? CELL_BYTE : CELL_POINT;
    } else if (cell.point >= 0x300) {
        cell.width = in_ranges(combining, N_ELEMENTS(combining), cell.point)       ? 0
                     : in_ranges(two_columns, N_ELEMENTS(two_columns), cell.point) ? 2
                                                                                   : 1;
    }
    if (cell.form == CELL_BYTE || cell.form == CELL_POINT)
        cell.width = (unsigned)cell_escape(&cell, escape);
    return cell;
}

/* Returns the cell that ends at P + AT, of the bytes from FROM on; AT > FROM. */
static struct cell
cell_before(const char *p, uint32_t from, uint32_t at)
{
    for (uint32_t n = 2; n <= 4 && n <= at - from; n++) {
        struct cell cell = cell_at(p + at - n, n);

        if (cell.n == n)
            return cell;
    }
    return cell_at(p + at - 1, 1);
}

/* Writes what stands for a cell that is not shown as it is; returns the number of bytes, all of which are one column wide. */
static size_t
cell_escape(const struct cell *cell, char text[16])
{
    int n = snprintf(text, 16, cell->form != CELL_POINT ? "\\x%02x" : cell->point > 0xffff ? "\\U%08x" : "\\u%04x",
                     (unsigned)cell->point);

    return ALWAYS(n > 0) ? (size_t)n : 0;
}

/* ---- output ------------------------------------------------------------------------------------------------------------- */

static void
flush(struct out *out)
{
    if (out->ok && out->n != 0)
        out->ok = out->write(out->arg, out->buffer, out->n);
    out->n = 0;
}

static void
put(struct out *out, const char *p, size_t n)
{
    while (n != 0 && out->ok) {
        size_t k = sizeof out->buffer - out->n;

        k = k < n ? k : n;
        memcpy(out->buffer + out->n, p, k);
        out->n += (unsigned)k;
        p += k;
        n -= k;
        if (out->n == sizeof out->buffer)
            flush(out);
    }
}

static void
put_string(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void
put_fill(struct out *out, char c, unsigned n)
{
    while (n-- != 0)
        put(out, &c, 1);
}

/* Right-aligned in WIDTH columns. */
static void
put_number(struct out *out, uint64_t number, unsigned width)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%*" PRIu64, (int)width, number);

    put(out, text, ALWAYS(n > 0) ? (size_t)n : 0);
}

static void
put_style(struct out *out, enum style style)
{
    static const char *const codes[] = { "\x1b[1m", "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;32m", "\x1b[1;36m", "\x1b[0m" };

    if (out->color)
        put_string(out, codes[style]);
}

/* Returns the columns of a cell that begins in column COLUMN of the screen. */
static unsigned
columns(const struct cell *cell, unsigned column)
{
    return cell->form == CELL_TAB ? TAB_STOP - column % TAB_STOP : cell->width;
}

/* Text in one line: no tabs, nothing that a terminal obeys. */
static void
put_clean(struct out *out, struct str s)
{
    char escape[16];

    for (size_t i = 0; i < s.n;) {
        struct cell cell = cell_at(s.p + i, s.n - i);

        if (cell.form == CELL_PLAIN)
            put(out, s.p + i, cell.n);
        else
            put(out, escape, cell_escape(&cell, escape));
        i += cell.n;
    }
}

/* ---- lines and what is below them --------------------------------------------------------------------------------------- */

/* Chooses the part of the line around offset AT. */
static struct view
view_of(const struct source *source, uint32_t at)
{
    struct place place = place_in(source, at);
    struct view v = { .text = source->text };
    unsigned width = 0;

    v.begin = v.from = v.to = place.offset - (place.column - 1);
    v.end = line_end(source, v.begin);
    while (v.to < v.end && width <= VIEW_WIDTH && v.to - v.from <= VIEW_BYTES) {
        struct cell cell = cell_at(v.text + v.to, v.end - v.to);

        width += columns(&cell, width);
        v.to += cell.n;
    }
    if (width <= VIEW_WIDTH && v.to - v.from <= VIEW_BYTES)
        return v;

    v.from = place.offset < v.end ? place.offset : v.end;
    for (width = 0; v.from > v.begin && width < VIEW_LEFT && place.offset - v.from < VIEW_LEFT_BYTES;) {
        struct cell cell = cell_before(v.text, v.begin, v.from);

        width += columns(&cell, 0);
        v.from -= cell.n;
    }
    if (v.from - v.begin <= ELLIPSIS)
        v.from = v.begin;
    v.cut_left = v.from > v.begin;
    width = v.cut_left ? ELLIPSIS : 0;
    for (v.to = v.from; v.to < v.end && v.to - v.from < VIEW_BYTES;) {
        struct cell cell = cell_at(v.text + v.to, v.end - v.to);

        width += columns(&cell, width);
        if (width > VIEW_WIDTH - ELLIPSIS)
            break;
        v.to += cell.n;
    }
    v.cut_right = v.to < v.end;
    return v;
}

/* Returns the cell at AT of a view; behind the last one is an empty column for what is at the end of the line. */
static struct cell
view_cell(const struct view *v, uint32_t at)
{
    return at < v->to ? cell_at(v->text + at, v->to - at) : (struct cell){ .n = 1, .width = 1, .form = CELL_PLAIN };
}

static bool
view_shows(const struct view *v, const struct mark *m)
{
    return m->begin >= v->from && (v->cut_right ? m->begin < v->to : m->begin <= v->to);
}

/* Returns where the underline of a mark ends: an empty range has one, too. */
static uint32_t
mark_end(const struct mark *m)
{
    return m->end > m->begin ? m->end : m->begin + 1;
}

/* Tells whether MARK begins in the cell of N bytes at AT. */
static bool
begins_in(const struct mark *m, uint32_t at, unsigned n)
{
    return m->begin >= at && m->begin - at < n;
}

/* Writes the gutter and, for what is cut at the left, columns of air. */
static void
put_gutter(struct out *out, const struct view *v, unsigned gutter)
{
    put_fill(out, ' ', gutter);
    put_string(out, " | ");
    if (v->cut_left)
        put_fill(out, ' ', ELLIPSIS);
}

/* Writes white space as wide as a cell; below a tab, a tab, which is right wherever the terminal has its stops. */
static void
put_air(struct out *out, const struct cell *cell)
{
    put_fill(out, cell->form == CELL_TAB ? '\t' : ' ', cell->form == CELL_TAB ? 1 : cell->width);
}

static void
put_line(struct out *out, const struct view *v, unsigned line, unsigned gutter)
{
    char escape[16];

    put_number(out, line, gutter);
    put_string(out, v->from < v->to ? " | " : " |");
    if (v->cut_left)
        put_string(out, "...");
    for (uint32_t at = v->from; at < v->to;) {
        struct cell cell = view_cell(v, at);

        if (cell.form == CELL_BYTE || cell.form == CELL_POINT)
            put(out, escape, cell_escape(&cell, escape));
        else
            put(out, v->text + at, cell.n);
        at += cell.n;
    }
    if (v->cut_right)
        put_string(out, "...");
    put_string(out, "\n");
}

/* Writes one row of underlines, and the label of the last of them behind it.  Returns that mark. */
static const struct mark *
put_underlines(struct out *out, const struct view *v, const struct mark *marks, unsigned n, unsigned row, unsigned gutter)
{
    const struct mark *last = NULL;
    unsigned column = gutter + 3 + (v->cut_left ? ELLIPSIS : 0);
    uint32_t stop = v->from;

    for (unsigned i = 0; i < n; i++) {
        const struct mark *m = &marks[i];

        if (m->row != row)
            continue;
        if (last == NULL || m->begin > last->begin)
            last = m;
        stop = mark_end(m) > stop ? mark_end(m) : stop;
    }
    put_gutter(out, v, gutter);
    put_style(out, STYLE_CARET);
    /* A mark ends in its line, and what is cut off ends the loop by itself. */
    for (uint32_t at = v->from; at < stop && ALWAYS(at <= v->to);) {
        struct cell cell = view_cell(v, at);
        unsigned width = columns(&cell, column);
        const struct mark *below = NULL;

        if (at == v->to && v->cut_right)
            break;
        for (unsigned i = 0; i < n && below == NULL; i++) {
            const struct mark *m = &marks[i];

            if (m->row == row && (begins_in(m, at, cell.n) || (m->begin < at && m->end > at)))
                below = m;
        }
        if (below == NULL) {
            put_air(out, &cell);
        } else {
            bool begins = begins_in(below, at, cell.n);

            width = begins && width == 0 ? 1 : width;
            put_fill(out, begins && below->primary ? '^' : '~', width != 0);
            put_fill(out, '~', width != 0 ? width - 1 : 0);
        }
        column += width;
        at += cell.n;
    }
    if (ALWAYS(last != NULL) && last->label.n != 0) {
        put_string(out, " ");
        put_clean(out, last->label);
    }
    put_style(out, STYLE_NONE);
    put_string(out, "\n");
    return last;
}

/* Writes the label of MARK below where it begins, and a line down for each one further left that still waits for its own. */
static void
put_label(struct out *out, const struct view *v, const struct mark *mark, const struct mark *marks, unsigned n, unsigned gutter)
{
    unsigned column = gutter + 3 + (v->cut_left ? ELLIPSIS : 0);

    put_gutter(out, v, gutter);
    put_style(out, STYLE_CARET);
    for (uint32_t at = v->from; ALWAYS(at <= v->to);) { /* the mark is in sight */
        struct cell cell = view_cell(v, at);
        unsigned width = columns(&cell, column);
        bool waits = false;

        if (begins_in(mark, at, cell.n))
            break;
        for (unsigned i = 0; i < n; i++)
            waits = waits || (marks[i].row == mark->row && marks[i].label.n != 0 && begins_in(&marks[i], at, cell.n));
        if (!waits) {
            put_air(out, &cell);
        } else {
            put_string(out, "|");
            put_fill(out, ' ', width != 0 ? width - 1 : 0);
        }
        column += width;
        at += cell.n;
    }
    put_clean(out, mark->label);
    put_style(out, STYLE_NONE);
    put_string(out, "\n");
}

static bool
touch(const struct mark *a, const struct mark *b)
{
    return a->begin <= mark_end(b) && b->begin <= mark_end(a);
}

/* Writes the line of marks[0] and everything below it, of those marks that are in sight. */
static void
put_marks(struct out *out, const struct view *v, struct mark *marks, unsigned n, unsigned gutter)
{
    unsigned n_rows = 0;

    put_line(out, v, marks[0].line, gutter);
    for (unsigned i = 0; i < n; i++) {
        marks[i].row = 0;
        for (unsigned j = 0; j < i; j++)
            if (marks[j].row >= marks[i].row && touch(&marks[i], &marks[j]))
                marks[i].row = marks[j].row + 1;
        n_rows = marks[i].row >= n_rows ? marks[i].row + 1 : n_rows;
    }
    for (unsigned row = 0; row < n_rows; row++) {
        const struct mark *last = put_underlines(out, v, marks, n, row, gutter);

        /* From right to left: the labels that did not fit behind. */
        while (last != NULL) {
            const struct mark *next = NULL;

            for (unsigned i = 0; i < n; i++)
                if (marks[i].row == row && marks[i].label.n != 0 && marks[i].begin < last->begin
                    && (next == NULL || marks[i].begin > next->begin))
                    next = &marks[i];
            if (next != NULL)
                put_label(out, v, next, marks, n, gutter);
            last = next;
        }
    }
}

/* ---- records ------------------------------------------------------------------------------------------------------------ */

static struct mark
mark_of(const struct diags *diags, struct span at, struct str label)
{
    struct mark m = { .source = source_at(diags, at.begin), .label = label };

    if (m.source != NULL) {
        struct place place = place_in(m.source, at.begin - m.source->base);
        uint32_t line = place.offset - (place.column - 1), end = line_end(m.source, line);

        m.line = place.line;
        m.column = place.column;
        /* What begins at the end of a line (its CR, its LF) is shown right behind it. */
        m.begin = place.offset < end ? place.offset : end;
        m.end = at.end > at.begin ? at.end - m.source->base : m.begin;
        m.end = m.end < end ? m.end : end;
    }
    return m;
}

static void
put_fact(struct out *out, const char *word, struct str text, unsigned gutter)
{
    if (text.n == 0)
        return;
    put_fill(out, ' ', gutter);
    put_string(out, " = ");
    put_style(out, STYLE_NOTE);
    put_string(out, word);
    put_style(out, STYLE_NONE);
    put_string(out, " ");
    put_clean(out, text);
    put_string(out, "\n");
}

/* A file's name, to be seen also if it is empty. */
static void
put_path(struct out *out, struct str path)
{
    put_clean(out, path.n != 0 ? path : STR("''"));
}

/* FILE:LINE:COL */
static void
put_place(struct out *out, const struct mark *m)
{
    put_path(out, m->source->path);
    put_string(out, ":");
    put_number(out, m->line, 1);
    put_string(out, ":");
    put_number(out, m->column, 1);
}

static void
put_head(struct out *out, const struct diags *diags, const struct diag *diag, const struct mark *primary)
{
    bool error = diag->severity == RCK_ERROR;

    put_style(out, STYLE_PLACE);
    if (primary->source != NULL)
        put_place(out, primary);
    else if (diags->sources.n != 0)
        put_path(out, diags->sources.items[0]->path);
    else
        put_string(out, "rulecheck");
    put_string(out, ":");
    put_style(out, STYLE_NONE);
    put_string(out, " ");
    put_style(out, error ? STYLE_ERROR : STYLE_WARNING);
    put_string(out, error ? "error:" : "warning:");
    put_style(out, STYLE_NONE);
    put_string(out, " ");
    put_clean(out, diag->message);
    put_string(out, " [");
    put_string(out, code_info(diag->code)->id);
    put_string(out, "]\n");
}

static void
write_record(struct out *out, const struct diags *diags, const struct diag *diag)
{
    struct mark marks[MARKS_MAX];
    const struct source *shown;
    unsigned n = 0, gutter = GUTTER_MIN;

    marks[n] = mark_of(diags, diag->at, diag->label);
    marks[n++].primary = true;
    for (uint32_t i = 0; i < diag->n_second; i++)
        marks[n++] = mark_of(diags, diag->second[i].at, diag->second[i].text);
    for (unsigned i = 0; i < n; i++) {
        unsigned digits = 1;

        for (unsigned line = marks[i].line; line >= 10; line /= 10)
            digits++;
        gutter = digits > gutter ? digits : gutter;
    }
    put_head(out, diags, diag, &marks[0]);
    shown = marks[0].source;

    /* Each round shows the line of the first mark that is left, with all the others that are in sight on it. */
    for (unsigned i = 0; i < n; i++) {
        struct mark group[MARKS_MAX];
        unsigned n_group = 0;
        struct view v;

        if (marks[i].done || marks[i].source == NULL)
            continue;
        v = view_of(marks[i].source, marks[i].begin);
        for (unsigned j = i; j < n; j++) {
            if (marks[j].done || marks[j].source != marks[i].source || marks[j].line != marks[i].line
                || !(j == i || view_shows(&v, &marks[j])))
                continue;
            marks[j].done = true;
            group[n_group++] = marks[j];
        }
        if (marks[i].source != shown) {
            shown = marks[i].source;
            put_fill(out, ' ', gutter - 2);
            put_string(out, "in ");
            put_style(out, STYLE_PLACE);
            put_place(out, &marks[i]);
            put_style(out, STYLE_NONE);
            put_string(out, "\n");
        }
        put_marks(out, &v, group, n_group, gutter);
    }
    for (unsigned i = 0; i < n; i++)
        if (marks[i].source == NULL)
            put_fact(out, "note:", marks[i].label, gutter);
    for (uint32_t i = 0; i < diag->n_notes; i++)
        put_fact(out, "note:", diag->notes[i], gutter);
    put_fact(out, "help:", diag->help, gutter);
}

/* Tells what was found and is not among the records. */
static void
write_held_back(struct out *out, const struct diags *diags)
{
    static const char *const words[] = { [RCK_ERROR] = "error", [RCK_WARNING] = "warning" };
    size_t left[] = { diags->found[RCK_ERROR], diags->found[RCK_WARNING] };
    bool any = false;

    for (uint32_t i = 0; i < diags->records.n; i++)
        left[diags->records.items[i]->severity]--;
    for (size_t i = 0; i < N_ELEMENTS(left); i++) {
        if (left[i] == 0)
            continue;
        put_string(out, any ? " and " : "");
        put_number(out, left[i], 1);
        put_string(out, diags->records.n != 0 ? " more " : " ");
        put_string(out, words[i]);
        put_string(out, left[i] != 1 ? "s" : "");
        any = true;
    }
    if (any)
        put_string(out, left[0] + left[1] == 1 ? " was held back (--max-errors N shows more)\n"
                                               : " were held back (--max-errors N shows more)\n");
}
