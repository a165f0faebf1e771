/* SPDX-License-Identifier: MIT
 *
 * Writes diagnostics as a person reads them: a head, the line that it is about, and what is below it.
 *
 * Quoted lines are cleaned when they are written, one cell (cell.h) at a time.  And writing needs no memory, whatever the line: a
 * line that is too long for a screen is cut around the place of interest (struct view), and rows of carets and labels are drawn by
 * walking over the same cells again.
 */
#include <config.h>

#include "diag.h"

#include "cell.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    GUTTER_MIN = 5,           /* digits of a line number */
    TAB_STOP = 8,             /* columns; matters under a range that has tabs in it */
    VIEW_WIDTH = 160,         /* columns of a quoted line */
    VIEW_LEFT = 60,           /* of them before the place of interest, when the line is cut */
    VIEW_BYTES = 1024,        /* bytes of a quoted line: characters without width are no way around VIEW_WIDTH */
    VIEW_LEFT_BYTES = 512,
    ELLIPSIS = 3,             /* columns of "..." */
    MARKS_MAX = 1 + DIAG_LABELS_MAX
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

/* Returns the offset of the end of the line that begins at BEGIN; a CR before the LF is not of the line. */
static uint32_t
line_end(const struct source *source, uint32_t begin)
{
    const char *p = begin < source->n ? memchr(source->text + begin, '\n', source->n - begin) : NULL;
    uint32_t end = p != NULL ? (uint32_t)(p - source->text) : source->n;

    return p != NULL && end > begin && source->text[end - 1] == '\r' ? end - 1 : end;
}

/* Chooses the part of the line around offset AT. */
static struct view
view_of(const struct source *source, uint32_t at)
{
    struct place place = source_place(source, at);
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
    struct mark m = { .source = diags_source(diags, at.begin), .label = label };

    if (m.source != NULL) {
        struct place place = source_place(m.source, at.begin - m.source->base);
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
