/* SPDX-License-Identifier: MIT
 *
 * Records what a compile has to say; see diag.h.  Nothing that a policy holds reaches a terminal as it is: texts are cleaned when they
 * are recorded, one cell (cell.h) at a time.
 */
#include <config.h>

#include "diag.h"

#include "cell.h"

#include <inttypes.h>

enum {
    OFFSET_MAX = INT32_MAX,   /* of a span: what bison and the tables can count */
    DUPLICATE_WINDOW = 1024,  /* how many records back an error at the same place is looked for */
    LIMIT_RESERVE = 2 << 20   /* bytes above the cap for the record that tells of the cap; a block has at most half of it */
};

static struct diag *new_record(struct diags *diags, enum code code, enum rck_severity severity, struct span at,
                               struct str text);
static bool add_record(struct diags *diags, struct diag *d);
static struct str clean_vformat(struct diags *diags, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static bool is_duplicate(const struct diags *diags, struct span at);
static void sift_down(struct diag **heap, uint32_t n, uint32_t top);
static void index_lines(struct diags *diags, struct source *source);
static void publish(struct diags *diags, const struct diag *diag, struct rck_diagnostic *out);

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
    const struct source *source = diags_source(diags, span.begin);
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
    struct source *source = diags_source(diags, offset);
    struct place place;

    if (source == NULL)
        return (struct place){ .source = NULL };
    if (source->lines.n == 0)
        index_lines(diags, source);
    place = source_place(source, offset - source->base);
    source->near = place.line - 1;
    return place;
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
    out->help = diag->help.p; /* NULL: none */
    if (begin.source != NULL) {
        uint32_t offset = diag->at.end - begin.source->base;

        end = source_place(begin.source, NEVER(offset < begin.offset) ? begin.offset : offset); /* diag_report() sees to it */
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

struct source *
diags_source(const struct diags *diags, uint32_t offset)
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

struct place
source_place(const struct source *source, uint32_t offset)
{
    struct place place = { .source = source, .line = 1 };
    uint32_t begin = 0;

    place.offset = offset > source->n ? source->n : offset;
    if (source->lines.n != 0) {
        uint32_t low = 0, high = source->lines.n;

        /* From the one that was found last on, in steps that double. */
        if (source->lines.items[source->near] <= place.offset) {
            uint32_t step = 1;

            low = source->near;
            for (; step < high - low && source->lines.items[low + step] <= place.offset; step *= 2)
                low += step;
            if (step < high - low)
                high = low + step;
        }
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
