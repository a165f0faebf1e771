/* SPDX-License-Identifier: MIT
 *
 * rulecheck table: shows the decision table: what it asks (its columns and their classes), and for each row the classes in
 * which it applies.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

enum { CELL_COLUMNS_MAX = 32 }; /* a wider cell pushes its row, and not the whole column, to the right */

/* A column with the words of its classes. */
struct column {
    char *asks;
    char **classes;
    uint32_t n_classes;
    size_t width;
};

struct table {
    struct rck_policy *policy;
    struct rck_policy_info policy_info;
    struct rck_table_info info;
    struct column *columns;
    struct text cell;
};

/* The words of a cell as they are put together; P is NULL while they are measured. */
struct words {
    char *p;
    size_t size;
    const char *before; /* what stands before the next */
};

static enum ending table(struct tool *tool, const struct arguments *arguments);
static void load(struct table *table);
static void load_column(struct table *table, uint32_t idx);
static void unload(struct table *table);
static char *copy(const char *text);
static void write_json(struct output *out, struct table *table);
static void write_text(struct output *out, struct table *table);
static void measure(struct table *table);
static const char *cell(struct table *table, uint32_t row, uint32_t column);
static size_t cell_words(struct table *table, uint32_t row, uint32_t column, bool applies, char *p);
static void add_words(struct words *words, const struct column *column, uint32_t from, uint32_t to);
static uint32_t n_applying(const struct table *table, uint32_t row, uint32_t column);
static void row_of(const struct table *table, uint32_t row, struct rck_clause *clause, enum rck_state *says);
static size_t widest(const struct table *table, bool labels);

const struct command command_table = {
    .name = "table",
    .usage = "[OPTION...]",
    .summary = "show the decision table of a policy",
    .about = "Shows the table that a policy is compiled to: what it asks of a request, and for each row what it says and\n"
             "in which classes it applies; '-' is all of a column, and 'not' begins those in which it does not apply.\n"
             "The form is dense, a cell for each combination of classes, or where these would be more than the limit\n"
             "'cells', hashed: lists of rows in as many groups as there are sets of columns that rows pin.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = table,
};

static enum ending
table(struct tool *tool, const struct arguments *arguments)
{
    struct table table = { 0 };
    enum ending ending;

    if (arguments->n_words != 0) {
        message(tool, LEVEL_ERROR, "name the policy with '--policy FILE'", "'table' takes no word '%.200s'",
                arguments->words[0]);
        return END_ERROR;
    }
    table.policy = load_policy(tool, arguments, &ending);
    if (table.policy == NULL)
        return ending;
    load(&table);
    if (wants_json(arguments))
        write_json(tool->out, &table);
    else
        write_text(tool->out, &table);
    unload(&table);
    return END_OK;
}

static void
load(struct table *table)
{
    rck_policy_describe(table->policy, &table->policy_info);
    rck_policy_table(table->policy, &table->info);
    table->columns = must_allocate(table->info.n_columns, sizeof *table->columns);
    for (uint32_t i = 0; i < table->info.n_columns; i++)
        load_column(table, i);
}

static void
load_column(struct table *table, uint32_t idx)
{
    struct column *column = &table->columns[idx];
    struct text *text = &table->cell;
    size_t room = 0;
    size_t size;

    text_room(text, 1);
    size = rck_table_column(table->policy, idx, text->p, text->room);
    if (size >= text->room) {
        text_room(text, size);
        (void)rck_table_column(table->policy, idx, text->p, text->room);
    }
    column->asks = copy(text->p);
    while ((size = rck_table_class(table->policy, idx, column->n_classes, text->p, text->room)) != 0) {
        if (size >= text->room) {
            text_room(text, size);
            (void)rck_table_class(table->policy, idx, column->n_classes, text->p, text->room);
        }
        if (column->n_classes == room) {
            char **classes = must_allocate(room * 2 + 8, sizeof *classes);

            if (room != 0)
                memcpy(classes, column->classes, room * sizeof *classes);
            free(column->classes);
            column->classes = classes;
            room = room * 2 + 8;
        }
        column->classes[column->n_classes++] = copy(text->p);
    }
}

static void
unload(struct table *table)
{
    for (uint32_t i = 0; i < table->info.n_columns; i++) {
        for (uint32_t j = 0; j < table->columns[i].n_classes; j++)
            free(table->columns[i].classes[j]);
        free(table->columns[i].classes);
        free(table->columns[i].asks);
    }
    free(table->columns);
    free(table->cell.p);
    rck_policy_unref(table->policy);
}

static char *
copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(must_allocate(size, 1), text, size);
}

static void
write_json(struct output *out, struct table *table)
{
    js_open(out, '{');
    js_key(out, "policy");
    js_string(out, table->policy_info.name);
    js_key(out, "form");
    js_string(out, table->info.form);
    js_key(out, table->info.n_groups != 0 ? "groups" : "cells");
    js_number(out, table->info.n_groups != 0 ? table->info.n_groups : table->info.n_cells);
    js_key(out, "size");
    js_number(out, table->info.size);
    js_key(out, "columns");
    js_open(out, '[');
    for (uint32_t i = 0; i < table->info.n_columns; i++) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "asks");
        js_string(out, table->columns[i].asks);
        js_key(out, "classes");
        js_open(out, '[');
        for (uint32_t j = 0; j < table->columns[i].n_classes; j++)
            js_string(out, table->columns[i].classes[j]);
        js_close(out, ']');
        js_close(out, '}');
    }
    js_close(out, ']');
    js_key(out, "rows");
    js_open(out, '[');
    for (uint32_t row = 0; row < table->info.n_rows; row++) {
        struct rck_clause clause = { .label = "" };
        enum rck_state says = RCK_STATE_UNKNOWN;

        row_of(table, row, &clause, &says);
        js_line(out);
        js_open(out, '{');
        js_key(out, "label");
        js_string(out, clause.label);
        js_key(out, "says");
        js_string(out, state_name(says));
        js_key(out, "applies");
        js_open(out, '[');
        for (uint32_t i = 0; i < table->info.n_columns; i++) {
            if (n_applying(table, row, i) == table->columns[i].n_classes) {
                js_null(out);
                continue;
            }
            js_open(out, '[');
            for (uint32_t run = 0, j = 0, last; rck_table_row_run(table->policy, row, i, run, &j, &last); run++) {
                for (; j <= last; j++)
                    js_number(out, j);
            }
            js_close(out, ']');
        }
        js_close(out, ']');
        js_close(out, '}');
    }
    js_close(out, ']');
    js_close(out, '}');
    js_end(out);
}

static void
write_text(struct output *out, struct table *table)
{
    size_t label_width = widest(table, true);
    size_t says_width = widest(table, false);

    out_string(out, "policy ");
    out_cell(out, STYLE_BOLD, table->policy_info.name, 0);
    out_string(out, ": ");
    out_string(out, table->info.form);
    out_string(out, " table, ");
    out_count(out, table->info.n_columns, "column");
    out_string(out, ", ");
    out_count(out, table->info.n_rows, "row");
    out_string(out, ", ");
    if (table->info.n_groups != 0)
        out_count(out, table->info.n_groups, "group");
    else
        out_count(out, table->info.n_cells, "cell");
    out_string(out, ", ");
    out_count(out, table->info.size, "byte");
    out_string(out, "\n\ncolumns\n");
    for (uint32_t i = 0; i < table->info.n_columns; i++) {
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, table->columns[i].asks, 0);
        for (uint32_t j = 0; j < table->columns[i].n_classes; j++) {
            out_string(out, "\n      ");
            out_safe_string(out, table->columns[i].classes[j]);
        }
        out_string(out, "\n");
    }
    out_string(out, "\nrows\n  ");
    measure(table);
    out_cell(out, STYLE_BOLD, "label", label_width + 2);
    out_cell(out, STYLE_BOLD, "verdict", says_width + (table->info.n_columns != 0 ? 2 : 0));
    for (uint32_t i = 0; i < table->info.n_columns; i++)
        out_cell(out, STYLE_BOLD, table->columns[i].asks, i + 1 < table->info.n_columns ? table->columns[i].width + 2 : 0);
    out_string(out, "\n");
    for (uint32_t row = 0; row < table->info.n_rows; row++) {
        struct rck_clause clause = { .label = "" };
        enum rck_state says = RCK_STATE_UNKNOWN;

        row_of(table, row, &clause, &says);
        out_string(out, "  ");
        out_cell(out, STYLE_NONE, clause.label, label_width + 2);
        out_cell(out, STYLE_NONE, state_name(says), says_width + (table->info.n_columns != 0 ? 2 : 0));
        for (uint32_t i = 0; i < table->info.n_columns; i++) {
            const char *words = cell(table, row, i);
            bool last = i + 1 == table->info.n_columns;

            out_cell(out, STYLE_NONE, words, last ? 0 : table->columns[i].width);
            if (!last)
                out_string(out, "  ");
        }
        out_string(out, "\n");
    }
}

/* Finds the widths that the columns are written in. */
static void
measure(struct table *table)
{
    for (uint32_t i = 0; i < table->info.n_columns; i++)
        table->columns[i].width = text_width(table->columns[i].asks);
    for (uint32_t row = 0; row < table->info.n_rows; row++) {
        for (uint32_t i = 0; i < table->info.n_columns; i++) {
            size_t width = text_width(cell(table, row, i));

            if (width > table->columns[i].width && width <= CELL_COLUMNS_MAX)
                table->columns[i].width = width;
        }
    }
}

/* Returns the classes of COLUMN in which ROW applies, or after "not" the others if those are fewer; good until the next
 * call. */
static const char *
cell(struct table *table, uint32_t row, uint32_t column)
{
    uint32_t n = n_applying(table, row, column);
    uint32_t n_classes = table->columns[column].n_classes;
    bool applies = n <= n_classes - n;
    size_t size;

    if (n == n_classes)
        return "-";
    size = cell_words(table, row, column, applies, NULL);
    text_room(&table->cell, size);
    table->cell.p[cell_words(table, row, column, applies, table->cell.p)] = '\0';
    return table->cell.p;
}

/* Writes the words to P, if it is not NULL; returns their size. */
static size_t
cell_words(struct table *table, uint32_t row, uint32_t column, bool applies, char *p)
{
    uint32_t n_classes = table->columns[column].n_classes;
    uint32_t first = 0, last, from = 0;
    struct words words = { p, 0, applies ? "" : "not " };

    /* The runs in which it applies, or what lies between them. */
    for (uint32_t run = 0; rck_table_row_run(table->policy, row, column, run, &first, &last); run++) {
        if (applies)
            add_words(&words, &table->columns[column], first, last + 1);
        else
            add_words(&words, &table->columns[column], from, first);
        from = last + 1;
    }
    if (!applies)
        add_words(&words, &table->columns[column], from, n_classes);
    return words.size;
}

/* Adds the words of the classes FROM to TO - 1. */
static void
add_words(struct words *words, const struct column *column, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        const char *parts[] = { words->before, column->classes[i] };

        for (size_t j = 0; j < N_ELEMENTS(parts); j++) {
            size_t size = strlen(parts[j]);

            if (words->p != NULL)
                memcpy(words->p + words->size, parts[j], size);
            words->size += size;
        }
        words->before = " | ";
    }
}

static uint32_t
n_applying(const struct table *table, uint32_t row, uint32_t column)
{
    uint32_t n = 0, first, last;

    for (uint32_t run = 0; rck_table_row_run(table->policy, row, column, run, &first, &last); run++)
        n += last - first + 1;
    return n;
}

static void
row_of(const struct table *table, uint32_t row, struct rck_clause *clause, enum rck_state *says)
{
    uint32_t idx = 0;

    if (rck_table_row(table->policy, row, &idx, says) == RCK_OK)
        (void)rck_policy_clause(table->policy, idx, clause);
}

/* Returns the columns that the widest label, or the widest verdict, takes. */
static size_t
widest(const struct table *table, bool labels)
{
    size_t width = strlen(labels ? "label" : "verdict");

    for (uint32_t row = 0; row < table->info.n_rows; row++) {
        struct rck_clause clause = { .label = "" };
        enum rck_state says = RCK_STATE_UNKNOWN;
        size_t here;

        row_of(table, row, &clause, &says);
        here = text_width(labels ? clause.label : state_name(says));
        width = here > width ? here : width;
    }
    return width;
}
