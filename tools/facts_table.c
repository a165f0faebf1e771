/* SPDX-License-Identifier: MIT
 *
 * Facts that a table gives to messages: a CSV file whose first column is the key, by which a row is found for each message, and whose others
 * are attributes:
 *
 *     header.api_key,role,stack.management_tokens
 *     blt1,owner,12
 *     *,{},0
 *
 * The library reads the rows, strictly, once, as requests of their own; what is kept of a cell is its text, to be set, and its value as the
 * library writes it, to be compared with what a message already has.  A value that differs is set all the same; where the
 * message or a route has given another one, that makes the request invalid.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

enum { NO_ROW = UINT32_MAX };

/* A part of table->text. */
struct piece {
    size_t at, n;
};

struct cell {
    struct piece text;  /* as it stands in the file, without quotes */
    struct piece value; /* of it; n is 0 if the cell is empty: the row says nothing of the attribute */
};

struct row {
    struct piece key;
    uint64_t line;
    size_t first_cell;
};

struct column {
    char *name;
    size_t size;
    uint32_t attribute;
};

struct facts_table {
    char *key;            /* what the first column is called */
    uint32_t attribute;   /* that is the key; RCK_NONE: it is what rck_request_ask() knows */
    bool is_path, is_trimmed;
    struct column *columns; /* behind the first */
    size_t n_columns;
    struct row *rows;
    size_t n_rows, rows_room;
    struct cell *cells;
    size_t n_cells, cells_room;
    char *text;
    size_t n_text, text_room;
    uint32_t *slots;      /* a hash table of 1 + number of a row; 0 is free */
    size_t n_slots;       /* a power of two, at least twice n_rows */
    uint32_t rest;        /* the row of '*', or NO_ROW */
};

/* What reading a file needs. */
struct reading {
    struct tool *tool;
    const char *path;
    struct facts_table *table;
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_csv *csv;
    struct input input;
    size_t column; /* of the field that is being read, 1-based; 0: none is */
    struct text value;
};

/* True if VALUE of COLUMN names what the vocabulary does not have. */
static bool
is_undeclared(const struct reading *at, uint32_t column, const char *value)
{
    struct rck_attribute attribute;

    return rck_policy_attribute(at->policy, column, &attribute) == RCK_OK && attribute.type != RCK_TYPE_STRING && !attribute.open
           && strstr(value, "(undeclared)") != NULL;
}

/* A walk through the fields of a record whose form the library has found good. */
struct fields {
    const char *begin, *p, *end;
    size_t column; /* of the last one, 1-based */
    bool more;
    bool quoted;     /* the last one was */
    struct text one; /* that one, without quotes */
    size_t size;
};

static void *
grow(void *items, size_t *room, size_t n, size_t size)
{
    void *grown;

    if (n <= *room)
        return items;
    grown = must_allocate(2 * n, size);
    if (*room != 0)
        memcpy(grown, items, *room * size);
    free(items);
    *room = 2 * n;
    return grown;
}

static struct piece
keep(struct facts_table *table, const char *text, size_t n)
{
    struct piece piece = { table->n_text, n };

    table->text = grow(table->text, &table->text_room, table->n_text + n + 1, 1);
    if (n != 0)
        memcpy(table->text + table->n_text, text, n);
    table->n_text += n;
    return piece;
}

static bool
same(const struct facts_table *table, struct piece piece, const char *text, size_t n)
{
    return piece.n == n && (n == 0 || memcmp(table->text + piece.at, text, n) == 0);
}

/* ---- looking up ----------------------------------------------------------------------------------------------------------- */

/* The slot of KEY: that of its row, or a free one. */
static size_t
slot_of(const struct facts_table *table, const char *key, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a; the keys in the table are those of whoever wrote it */
    size_t slot;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)key[i]) * 0x100000001b3;
    slot = (size_t)(hash ^ hash >> 32) & (table->n_slots - 1);
    while (table->slots[slot] != 0 && !same(table, table->rows[table->slots[slot] - 1].key, key, n))
        slot = (slot + 1) & (table->n_slots - 1);
    return slot;
}

static uint32_t
find_row(const struct facts_table *table, const char *key, size_t n)
{
    uint32_t found = table->slots[slot_of(table, key, n)];

    return found != 0 ? found - 1 : table->rest;
}

/* The row for the message that filled the request of DECISION; NO_ROW if there is none, or nobody knows. */
static uint32_t
row_of(const struct facts_table *table, struct decision *decision)
{
    const char *text;
    size_t n;

    if (table->attribute != RCK_NONE) {
        text = decision_value(decision, table->attribute);
        if (strcmp(text, "-") == 0 && decision->attributes[table->attribute].optional)
            return table->rest; /* absence has a meaning */
        if (strcmp(text, "-") == 0 && table->attribute != 0)
            decision_reject(decision, "nobody gives the attribute by which the table of facts is looked up");
        if (strcmp(text, "-") == 0)
            return NO_ROW; /* who asks is not known, and the result at best indeterminate */
        /* The subject is one for all routes; another attribute may be set by each of them. */
        if (table->attribute != 0 && rck_request_route(decision->request, 0, NULL) > 1) {
            decision_reject(decision, "the message fits several routes, which may differ in the key of the table of facts");
            return NO_ROW;
        }
        return find_row(table, text, strlen(text));
    }
    switch (rck_request_asked(decision->request, &text, &n)) {
    case RCK_SAID_TEXT:
        return find_row(table, text, n);
    case RCK_SAID_NOTHING:
        return table->rest;
    case RCK_SAID_UNKNOWN:
        break;
    }
    return NO_ROW;
}

static void
reject_conflict(struct decision *decision, const struct column *column)
{
    char why[192];

    snprintf(why, sizeof why, "the table of facts and the message, or a route that it fits, differ in '%.100s'", column->name);
    decision_reject(decision, why);
}

void
facts_table_give(const struct facts_table *table, struct decision *decision)
{
    uint32_t row;

    if (rck_request_route(decision->request, 0, NULL) == 0)
        return; /* it is invalid */
    row = row_of(table, decision);
    for (size_t i = 0; row != NO_ROW && i < table->n_columns; i++) {
        const struct cell *cell = &table->cells[table->rows[row].first_cell + i];
        const struct column *column = &table->columns[i];
        const char *has = cell->value.n != 0 ? decision_value(decision, column->attribute) : "-";

        if (cell->value.n == 0 || same(table, cell->value, has, strlen(has)))
            continue;
        if (rck_request_set_text(decision->request, column->name, column->size, table->text + cell->text.at, cell->text.n) == RCK_E_REQUEST) {
            reject_conflict(decision, column);
            return;
        }
    }
}

enum rck_status
facts_table_ask(const struct facts_table *table, struct rck_request *request)
{
    return table->attribute != RCK_NONE ? RCK_OK : rck_request_ask(request, table->key, strlen(table->key));
}

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

static void
fields_begin(struct fields *fields, const char *text, size_t n)
{
    if (n != 0 && text[n - 1] == '\r')
        n--;
    fields->begin = fields->p = text;
    fields->end = text + n;
    fields->more = true;
    text_room(&fields->one, n);
}

static bool
next_field(struct fields *fields)
{
    if (!fields->more)
        return false;
    fields->size = 0;
    fields->column = (size_t)(fields->p - fields->begin) + 1;
    fields->quoted = fields->p < fields->end && *fields->p == '"';
    fields->p += fields->quoted;
    while (fields->p < fields->end && (fields->quoted || *fields->p != ',')) {
        if (fields->quoted && *fields->p == '"' && (++fields->p == fields->end || *fields->p != '"'))
            break;
        fields->one.p[fields->size++] = *fields->p++;
    }
    fields->one.p[fields->size] = '\0';
    fields->more = fields->p < fields->end;
    fields->p += fields->more;
    return true;
}

/* Tells WHAT is wrong, and NAME in quotes if it is not NULL. */
static bool
fail(const struct reading *at, const char *help, const char *what, const char *name)
{
    char column[32] = "";

    if (at->column != 0)
        snprintf(column, sizeof column, ", column %zu", at->column);
    message(at->tool, LEVEL_ERROR, help, "line %llu of '%s'%s: %s%s%.100s%s", (unsigned long long)at->input.line, at->path, column, what,
            name != NULL ? " '" : "", name != NULL ? name : "", name != NULL ? "'" : "");
    return false;
}

/* Tells of the fault that the request has; of a RECORD its offset is the place. */
static bool
fail_request(struct reading *at, bool record)
{
    const struct rck_request_error *error = rck_request_error(at->request);

    if (record)
        at->column = error->offset + 1;
    return fail(at, error->help, error->message, NULL);
}

/* The value of ATTRIBUTE in the request, and its size; "-" if it has none. */
static const char *
value_of(struct reading *at, uint32_t attribute, size_t *n)
{
    text_room(&at->value, 1);
    *n = rck_request_value(at->request, attribute, at->value.p, at->value.room);
    if (*n >= at->value.room) {
        text_room(&at->value, *n);
        (void)rck_request_value(at->request, attribute, at->value.p, at->value.room);
    }
    return at->value.p;
}

static char *
copy_text(const char *text, size_t n)
{
    char *copy = must_allocate(n + 1, 1);

    memcpy(copy, text, n);
    return copy;
}

/* Takes the first column. */
static bool
take_key(struct reading *at, const struct fields *fields)
{
    struct facts_table *table = at->table;
    struct rck_attribute attribute;

    at->column = fields->column;
    table->key = copy_text(fields->one.p, fields->size);
    table->attribute = RCK_NONE;
    if (rck_request_ask(at->request, table->key, fields->size) == RCK_OK && fields->size != 0) {
        table->is_path = strcmp(table->key, "path") == 0;
        table->is_trimmed = strcmp(table->key, "method") == 0 || strncmp(table->key, "header.", 7) == 0;
        return true;
    }
    table->attribute = rck_policy_find_attribute(at->policy, table->key, fields->size);
    if (table->attribute != RCK_NONE && rck_policy_attribute(at->policy, table->attribute, &attribute) == RCK_OK
        && attribute.type == RCK_TYPE_SET && attribute.open)
        return fail(at, "its undeclared members may come in any order", "facts cannot be looked up by the open set", table->key);
    if (table->attribute == RCK_NONE)
        return fail(at, "a key is 'method', 'path', 'header.NAME', 'query.NAME' or an attribute", "facts cannot be looked up by", table->key);
    if (strcmp(table->key, "action") == 0 || strcmp(table->key, "resource") == 0)
        return fail(at, "a message may fit several; look facts up by 'method' or 'path'", "facts cannot be looked up by", table->key);
    return true;
}

static bool
take_column(struct reading *at, const struct fields *fields)
{
    struct facts_table *table = at->table;
    struct column *column = &table->columns[table->n_columns++];

    at->column = fields->column;
    column->name = copy_text(fields->one.p, fields->size);
    column->size = fields->size;
    column->attribute = rck_policy_find_attribute(at->policy, column->name, column->size);
    if (strcmp(column->name, table->key) == 0)
        return fail(at, "it is the key", "a second column", column->name);
    if (strcmp(column->name, "action") == 0 || strcmp(column->name, "resource") == 0)
        return fail(at, "routes say it", "no table of facts has the column", column->name);
    rck_request_reset(at->request);
    if (rck_request_set_text(at->request, column->name, column->size, "-", 1) != RCK_OK)
        return fail_request(at, false);
    return column->attribute != RCK_NONE || fail(at, NULL, "no attribute is called", column->name);
}

/* Reads the header.  The library gets it with a name for the key that no attribute has, and keeps what stands below that as text. */
static bool
take_header(struct reading *at, const char *text, size_t n)
{
    static const char key_name[] = "*";
    struct fields fields = { .size = 0 };
    char *header;
    size_t n_fields = 0, rest;
    bool fine;

    if (rck_csv_new(at->request, text, n, &at->csv) != RCK_OK)
        return fail_request(at, true);
    rck_csv_free(at->csv);
    at->csv = NULL;
    for (fields_begin(&fields, text, n); next_field(&fields);)
        n_fields++;
    at->table->columns = must_allocate(n_fields, sizeof *at->table->columns);
    fields_begin(&fields, text, n);
    (void)next_field(&fields);
    rest = (size_t)(text + n - fields.p);
    fine = take_key(at, &fields);
    header = must_allocate(rest + sizeof key_name + 1, 1);
    memcpy(header, "*,", 2);
    memcpy(header + 2, fields.p, rest);
    while (fine && next_field(&fields))
        fine = take_column(at, &fields);
    free(fields.one.p);
    if (fine && n_fields < 2)
        fine = fail(at, "write further columns behind the key, named after attributes", "the table gives no facts", NULL);
    if (fine && rck_request_watch(at->request, key_name, sizeof key_name - 1) != RCK_OK)
        fine = message_status(at->tool, RCK_E_NOMEM) == END_OK;
    if (fine && rck_csv_new(at->request, header, rest + 2, &at->csv) != RCK_OK)
        fine = fail_request(at, false);
    free(header);
    return fine;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Gives ROW the key in FIELDS, as messages have it. */
static bool
take_row_key(struct reading *at, const struct fields *fields, struct row *row)
{
    struct facts_table *table = at->table;
    const char *text = fields->one.p;
    size_t n = fields->size;

    at->column = fields->column;
    if (n == 0)
        return fail(at, "'*' is the key of the row for all others", "the row has no key", NULL);
    /* Of methods and headers a message has no blanks at the ends; elsewhere quotes say that they are meant. */
    if ((is_blank(text[0]) || is_blank(text[n - 1])) && (table->is_trimmed || !fields->quoted))
        return fail(at, table->is_trimmed ? "write it without blanks at its ends" : "write it without blanks at its ends, or in quotes",
                    "no message has the key", text);
    if (n == 1 && text[0] == '*' && !fields->quoted) {
        if (table->rest != NO_ROW)
            return fail(at, "give every key once", "a second row has the key", "*");
        table->rest = (uint32_t)table->n_rows;
        row->key = keep(table, text, 0);
        return true;
    }
    if (table->is_path && (text[0] != '/' || strstr(text, "//") != NULL || (n > 1 && text[n - 1] == '/')))
        return fail(at, "write it as '/a/b': decoded, without a host and without empty segments", "no path is", text);
    if (table->attribute != RCK_NONE) {
        rck_request_reset(at->request);
        if (rck_request_set_text(at->request, table->key, strlen(table->key), text, n) != RCK_OK)
            return fail_request(at, false);
        text = value_of(at, table->attribute, &n);
        if (strcmp(text, "-") == 0 || is_undeclared(at, table->attribute, text))
            return fail(at, "a key is a value that messages may have", "no message has the key", fields->one.p);
    }
    row->key = keep(table, text, n);
    return true;
}

/* Puts the newest row into the hash table. */
static bool
link_row(struct reading *at)
{
    struct facts_table *table = at->table;
    uint32_t number = (uint32_t)table->n_rows;
    struct piece key;
    size_t slot;

    if (2 * table->n_rows > table->n_slots) {
        size_t n_slots = table->n_slots * 4;

        free(table->slots);
        table->slots = must_allocate(n_slots, sizeof *table->slots);
        table->n_slots = n_slots;
        for (uint32_t i = 0; i + 1 < number; i++)
            if (i != table->rest)
                table->slots[slot_of(table, table->text + table->rows[i].key.at, table->rows[i].key.n)] = i + 1;
    }
    if (table->rest == number - 1)
        return true;
    key = table->rows[number - 1].key;
    slot = slot_of(table, table->text + key.at, key.n);
    if (table->slots[slot] != 0) {
        char what[64];

        snprintf(what, sizeof what, "the key is that of line %llu", (unsigned long long)table->rows[table->slots[slot] - 1].line);
        at->column = 1;
        return fail(at, "give every key once", what, NULL);
    }
    table->slots[slot] = number;
    return true;
}

/* Takes the cells behind the key: first their values from the request that the library has read, then their texts, which must give the
 * same values again. */
static bool
take_cells(struct reading *at, struct fields *fields, const struct row *row)
{
    struct facts_table *table = at->table;
    const char *value;
    size_t n;

    for (size_t i = 0; i < table->n_columns; i++) {
        struct cell *cell = &table->cells[row->first_cell + i];

        value = value_of(at, table->columns[i].attribute, &n);
        *cell = (struct cell){ .value = keep(table, value, strcmp(value, "-") == 0 ? 0 : n) };
    }
    rck_request_reset(at->request);
    for (size_t i = 0; i < table->n_columns && next_field(fields); i++) {
        struct cell *cell = &table->cells[row->first_cell + i];
        const struct column *column = &table->columns[i];

        at->column = fields->column;
        if (cell->value.n == 0)
            continue;
        cell->text = keep(table, fields->one.p, fields->size);
        if (rck_request_set_text(at->request, column->name, column->size, fields->one.p, fields->size) != RCK_OK)
            return fail_request(at, false);
        value = value_of(at, column->attribute, &n);
        if (is_undeclared(at, column->attribute, value))
            return fail(at, "'rulecheck list vocabulary' shows the values", "an undeclared value of", column->name);
        if (!same(table, cell->value, value, n))
            return fail(at, "of texts, '-' and the empty one cannot be given", "a table of facts cannot give this value of", column->name);
    }
    return true;
}

static bool
take_row(struct reading *at, const char *text, size_t n)
{
    struct facts_table *table = at->table;
    struct fields fields = { .size = 0 };
    struct row *row;
    bool fine;

    if (table->n_rows + 1 >= UINT32_MAX / 4)
        return fail(at, NULL, "there are too many rows", NULL);
    table->rows = grow(table->rows, &table->rows_room, table->n_rows + 1, sizeof *table->rows);
    table->cells = grow(table->cells, &table->cells_room, table->n_cells + table->n_columns, sizeof *table->cells);
    row = &table->rows[table->n_rows];
    *row = (struct row){ .line = at->input.line, .first_cell = table->n_cells };
    table->n_cells += table->n_columns;
    if (rck_request_read_csv(at->request, at->csv, text, n) != RCK_OK)
        return fail_request(at, true);
    fields_begin(&fields, text, n);
    (void)next_field(&fields);
    fine = take_row_key(at, &fields, row);
    /* The key may have needed the request. */
    fine = fine && (rck_request_read_csv(at->request, at->csv, text, n) == RCK_OK || fail_request(at, true)) && take_cells(at, &fields, row);
    free(fields.one.p);
    table->n_rows++;
    return fine && link_row(at);
}

static bool
take_records(struct reading *at)
{
    bool had_header = false;
    const char *text = NULL;
    size_t n = 0;

    for (;;) {
        switch (input_next(&at->input, &text, &n)) {
        case INPUT_LINE:
            if (is_blank_line(text, n))
                break;
            if (!(had_header ? take_row(at, text, n) : take_header(at, text, n)))
                return false;
            had_header = true;
            break;
        case INPUT_LONG:
            at->column = 0;
            return fail(at, NULL, "the record is longer than 1 MiB", NULL);
        case INPUT_MORE:
            input_fill(&at->input);
            break;
        case INPUT_END:
        case INPUT_BROKEN:
            if (had_header)
                return true;
            message(at->tool, LEVEL_ERROR, "its first record names the key and attributes", "the table of facts '%s' is empty", at->path);
            return false;
        case INPUT_FAILED:
            message(at->tool, LEVEL_ERROR, NULL, "cannot read '%s': %s", at->path, strerror(at->input.error));
            return false;
        }
    }
}

struct facts_table *
facts_table_read(struct tool *tool, const char *path, struct rck_policy *policy, struct rck_request *request)
{
    struct facts_table *table = must_allocate(1, sizeof *table);
    struct reading at = { .tool = tool, .path = path, .table = table, .policy = policy, .request = request };
    char *buffer = must_allocate(INPUT_ROOM, 1);
    bool fine;

    table->rest = NO_ROW;
    table->n_slots = 64;
    table->slots = must_allocate(table->n_slots, sizeof *table->slots);
    rck_request_set_strict(request, true);
    fine = input_open(&at.input, path, buffer);
    if (!fine)
        message(tool, LEVEL_ERROR, NULL, "cannot open '%s': %s", path, strerror(at.input.error));
    at.input.records = true;
    fine = fine && take_records(&at);
    input_close(&at.input);
    rck_csv_free(at.csv);
    free(at.value.p);
    free(buffer);
    if (fine)
        return table;
    facts_table_free(table);
    return NULL;
}

void
facts_table_free(struct facts_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_columns; i++)
        free(table->columns[i].name);
    free(table->columns);
    free(table->key);
    free(table->rows);
    free(table->cells);
    free(table->text);
    free(table->slots);
    free(table);
}
