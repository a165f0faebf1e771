/* SPDX-License-Identifier: MIT
 *
 * Requests as records of CSV (RFC 4180).  The header names the columns; they are looked up once.  Quotes make a cell a value,
 * whatever it holds, and nothing else: what a value means is told by the type that the vocabulary gives its column.
 */
#include <config.h>

#include "pairs.h"

struct rck_csv {
    struct rck_policy *policy; /* one reference */
    struct rck_allocator mem;
    uint32_t n_columns;
    struct csv_column *columns;
    char *names; /* of all columns, behind one another */
};

struct csv_column {
    struct str name;
    uint32_t slot; /* RCK_NONE: not in the vocabulary, or its text is wanted as well */
};

/* A walk through the fields of a record. */
struct record {
    struct rck_request *request;
    struct str text;
    size_t p;          /* next byte to read */
    bool more;         /* a field begins at p */

    struct str field;  /* the last one read, without its quotes; in the request's scratch where it had doubled ones */
    size_t offset;
    bool quoted;
};

static bool
fail(struct record *at, size_t offset, const char *help, const char *message)
{
    request_fault(at->request, STR(""), offset, help, message);
    return false;
}

/* Begins the walk through TEXT without the line's end.  False if its bytes are no text. */
static bool
record_begin(struct record *at, struct rck_request *request, const char *text, size_t length)
{
    struct json_error error;

    *at = (struct record){ .request = request, .text = { length != 0 ? text : "", length }, .more = true };
    if (at->text.n != 0 && at->text.p[at->text.n - 1] == '\n')
        at->text.n--;
    if (at->text.n != 0 && at->text.p[at->text.n - 1] == '\r')
        at->text.n--;
    if (at->text.n > REQUEST_BYTES_MAX)
        return fail(at, REQUEST_BYTES_MAX, NULL, "the record is longer than 1048576 bytes");
    if (at->text.n >= 3 && memcmp(at->text.p, "\xEF\xBB\xBF", 3) == 0)
        return fail(at, 0, "save the file as UTF-8 without a byte order mark", "the text begins with a byte order mark");
    if (json_check_text(at->text, &error) == RCK_OK)
        return true;
    request_fault(request, STR(""), error.offset, error.help, error.message);
    return false;
}

/* Reads a quoted field. */
static bool
read_quoted(struct record *at)
{
    const char *p = at->text.p;
    size_t n = at->text.n, begin = ++at->p, out = 0;
    bool doubled = false;

    for (;; at->p++) {
        const char *quote = at->p < n ? memchr(p + at->p, '"', n - at->p) : NULL;

        if (quote == NULL)
            return fail(at, begin - 1, "a '\"' in a quoted field is doubled", "the quoted field is not closed");
        at->p = (size_t)(quote - p) + 1;
        if (at->p == n || p[at->p] != '"')
            break;
        doubled = true;
    }
    at->field = (struct str){ p + begin, at->p - 1 - begin };
    at->quoted = true;
    if (at->p < n && p[at->p] != ',')
        return fail(at, at->p, "a '\"' in a quoted field is doubled", "text follows a quoted field");
    if (!doubled)
        return true;
    if (!request_scratch(at->request, at->field.n))
        return false;
    for (size_t i = 0; i < at->field.n; i++) {
        at->request->notes->scratch[out++] = at->field.p[i];
        i += at->field.p[i] == '"'; /* its twin */
    }
    at->field = (struct str){ at->request->notes->scratch, out };
    return true;
}

static bool
read_plain(struct record *at)
{
    const char *p = at->text.p;
    size_t begin = at->p;

    for (; at->p < at->text.n && p[at->p] != ','; at->p++) {
        if (p[at->p] == '"')
            return fail(at, at->p, "put the whole field in quotes, and double those in it", "a quote in a field without quotes");
        if (p[at->p] == '\n' || p[at->p] == '\r')
            return fail(at, at->p, "put the field in quotes", "the end of a line in a field without quotes");
    }
    at->field = (struct str){ p + begin, at->p - begin };
    at->quoted = false;
    return true;
}

/* Reads the next field; at->more tells whether another one follows. */
static bool
read_field(struct record *at)
{
    at->offset = at->p;
    if (!(at->p < at->text.n && at->text.p[at->p] == '"' ? read_quoted(at) : read_plain(at)))
        return false;
    at->more = at->p < at->text.n;
    at->p += at->more;
    return true;
}

/* ---- headers --------------------------------------------------------------------------------------------------------------- */

static bool
check_name(struct record *at)
{
    struct str name = at->field;

    if (name.n == 0)
        return fail(at, at->offset, "give every column a name", "a column has no name");
    if (name.p[0] == ' ' || name.p[0] == '\t' || name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t')
        return fail(at, at->offset, "write the header without blanks", "the name of a column has blanks around it");
    return true;
}

/* Counts the columns of the header, and the bytes of their names. */
static bool
measure(struct record *at, uint32_t *n_columns, size_t *n_bytes)
{
    while (at->more) {
        if (!read_field(at) || !check_name(at))
            return false;
        if (++*n_columns > REQUEST_KEYS_MAX)
            return fail(at, at->offset, NULL, "the header has more than 65536 columns");
        *n_bytes += at->field.n;
    }
    return true;
}

static void
fill_columns(struct rck_csv *csv, struct record *at)
{
    size_t used = 0;

    for (uint32_t i = 0; i < csv->n_columns && ALWAYS(read_field(at)); i++) {
        struct csv_column *column = &csv->columns[i];

        memcpy(csv->names + used, at->field.p, at->field.n);
        column->name = (struct str){ csv->names + used, at->field.n };
        column->slot = str_equal(column->name, STR("id")) ? RCK_NONE : request_find(at->request, column->name);
        used += at->field.n;
    }
}

/* False, with the request invalid, if two columns have one name. */
static bool
check_twins(struct rck_csv *csv, struct rck_request *request, size_t n_bytes)
{
    struct part *parts;
    struct str names = { csv->names, n_bytes };
    size_t twin;

    if (!request_scratch(request, 2 * (size_t)csv->n_columns * sizeof *parts))
        return false;
    parts = (struct part *)(void *)request->notes->scratch;
    for (uint32_t i = 0; i < csv->n_columns; i++)
        parts[i] = (struct part){ (uint32_t)(csv->columns[i].name.p - csv->names), (uint32_t)csv->columns[i].name.n };
    twin = pairs_find_twins(names, parts, parts + csv->n_columns, csv->n_columns);
    if (twin == n_bytes)
        return true;
    for (uint32_t i = 0; ALWAYS(i < csv->n_columns); i++)
        if (csv->columns[i].name.p == csv->names + twin) {
            request_fault(request, csv->columns[i].name, 0, "name every column once", "two columns have one name");
            break;
        }
    return false;
}

enum rck_status
rck_csv_new(struct rck_request *request, const char *header, size_t length, struct rck_csv **out)
{
    struct rck_csv *csv;
    struct record at;
    uint32_t n_columns = 0;
    size_t n_bytes = 0, size;

    rck_request_reset(request);
    if (request_note(request) == NULL)
        return RCK_E_NOMEM;
    if (!record_begin(&at, request, header, length) || !measure(&at, &n_columns, &n_bytes))
        return request_status(request);
    size = sizeof *csv + n_columns * sizeof *csv->columns + n_bytes;
    csv = mem_alloc(&request->mem, size);
    if (csv == NULL)
        return RCK_E_NOMEM;
    *csv = (struct rck_csv){ .policy = rck_policy_ref(request->policy), .mem = request->mem, .n_columns = n_columns };
    csv->columns = (struct csv_column *)(csv + 1);
    csv->names = (char *)(csv->columns + n_columns);
    (void)record_begin(&at, request, header, length);
    fill_columns(csv, &at);
    if (!check_twins(csv, request, n_bytes)) {
        rck_csv_free(csv);
        return request_status(request);
    }
    *out = csv;
    return RCK_OK;
}

void
rck_csv_free(struct rck_csv *csv)
{
    struct rck_allocator mem;

    if (csv == NULL)
        return;
    mem = csv->mem;
    rck_policy_unref(csv->policy);
    mem_free(&mem, csv);
}

/* ---- records --------------------------------------------------------------------------------------------------------------- */

/* Reads the fields, and goes on behind a fault as long as the request wants to see more. */
static void
read_record(struct record *at, const struct rck_csv *csv)
{
    struct str watch = { at->request->notes->watch, at->request->notes->watch_size };

    for (uint32_t i = 0; at->more; i++) {
        const struct csv_column *column = &csv->columns[i];

        if (i == csv->n_columns) {
            fail(at, at->p, NULL, "the record has more fields than the header");
            return;
        }
        if (!read_field(at))
            return;
        if (column->slot != RCK_NONE && (watch.n == 0 || !str_equal(column->name, watch)))
            (void)pairs_put(at->request, column->slot, at->offset, at->offset, at->field, at->quoted);
        else
            (void)pairs_put_key(at->request, column->name, at->offset, at->offset, at->field, at->quoted);
        if (!request_reads_on(at->request))
            return;
        if (!at->more && i + 1 < csv->n_columns)
            fail(at, at->text.n, NULL, "the record has fewer fields than the header");
    }
}

enum rck_status
rck_request_read_csv(struct rck_request *request, const struct rck_csv *csv, const char *record, size_t length)
{
    struct record at;

    rck_request_reset(request);
    if (request_note(request) == NULL)
        return RCK_E_NOMEM;
    if (csv->policy != request->policy) {
        request_fault(request, STR(""), 0, NULL, "the header was read for another policy");
        return RCK_E_ARGUMENT;
    }
    if (record_begin(&at, request, record, length))
        read_record(&at, csv);
    return request_status(request);
}
