/* SPDX-License-Identifier: MIT
 *
 * SARIF 2.1.0 (OASIS Standard, 27 March 2020), which code hosts and editors show beside the source.  Columns there count
 * characters, ours count bytes, so the file is looked at once more where a place is told.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

static void write_rule(struct output *out, const struct rck_code *code);
static void write_message(struct output *out, const char *key, const char *text, const char *more);
static void write_level(struct output *out, enum rck_severity severity);
static void write_region(struct output *out, const struct rck_diagnostic *diagnostic);
static void write_uri(struct output *out, const char *path);
static unsigned column_in_characters(const char *path, size_t offset, unsigned column);

void
sarif_begin(struct output *out)
{
    js_open(out, '{');
    js_key(out, "$schema");
    js_string(out, "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
    js_key(out, "version");
    js_string(out, "2.1.0");
    js_key(out, "runs");
    js_open(out, '[');
    js_open(out, '{');
    js_key(out, "tool");
    js_open(out, '{');
    js_key(out, "driver");
    js_open(out, '{');
    js_key(out, "name");
    js_string(out, "rulecheck");
    js_key(out, "version");
    js_string(out, rck_version());
    js_key(out, "rules");
    js_open(out, '[');
    for (size_t i = 0; rck_code_at(i) != NULL; i++) {
        js_line(out);
        write_rule(out, rck_code_at(i));
    }
    js_close(out, ']');
    js_close(out, '}');
    js_close(out, '}');
    js_key(out, "columnKind");
    js_string(out, "unicodeCodePoints");
    js_key(out, "results");
    js_open(out, '[');
}

void
sarif_result(struct output *out, const struct rck_diagnostic *diagnostic)
{
    js_open(out, '{');
    js_key(out, "ruleId");
    js_string(out, diagnostic->id);
    for (size_t i = 0; rck_code_at(i) != NULL; i++) {
        if (strcmp(rck_code_at(i)->id, diagnostic->id) == 0) {
            js_key(out, "ruleIndex");
            js_number(out, i);
        }
    }
    write_level(out, diagnostic->severity);
    write_message(out, "message", diagnostic->message, diagnostic->help);
    js_key(out, "locations");
    js_open(out, '[');
    js_open(out, '{');
    js_key(out, "physicalLocation");
    js_open(out, '{');
    js_key(out, "artifactLocation");
    js_open(out, '{');
    js_key(out, "uri");
    write_uri(out, diagnostic->file);
    js_close(out, '}');
    if (diagnostic->line != 0)
        write_region(out, diagnostic);
    js_close(out, '}');
    js_close(out, '}');
    js_close(out, ']');
    js_close(out, '}');
}

void
sarif_end(struct output *out, bool successful)
{
    js_close(out, ']');
    js_key(out, "invocations");
    js_open(out, '[');
    js_open(out, '{');
    js_key(out, "executionSuccessful");
    js_bool(out, successful);
    js_close(out, '}');
    js_close(out, ']');
    js_close(out, '}');
    js_close(out, ']');
    js_close(out, '}');
    js_end(out);
}

static void
write_rule(struct output *out, const struct rck_code *code)
{
    js_open(out, '{');
    js_key(out, "id");
    js_string(out, code->id);
    write_message(out, "shortDescription", code->title, NULL);
    write_message(out, "fullDescription", code->cause, NULL);
    write_message(out, "help", code->remedy, NULL);
    js_key(out, "defaultConfiguration");
    js_open(out, '{');
    if (code->optional) {
        js_key(out, "enabled");
        js_bool(out, false);
    }
    write_level(out, code->severity);
    js_close(out, '}');
    js_key(out, "properties");
    js_open(out, '{');
    js_key(out, "number");
    js_number(out, code->number);
    js_close(out, '}');
    js_close(out, '}');
}

/* MORE, a line of its own, may be NULL. */
static void
write_message(struct output *out, const char *key, const char *text, const char *more)
{
    size_t size = strlen(text) + (more != NULL ? strlen(more) : 0) + 3;
    char *whole = must_allocate(size, 1);

    (void)snprintf(whole, size, "%s%s%s", text, more != NULL ? "\n" : "", more != NULL ? more : "");
    js_key(out, key);
    js_open(out, '{');
    js_key(out, "text");
    js_string(out, whole);
    js_close(out, '}');
    free(whole);
}

static void
write_level(struct output *out, enum rck_severity severity)
{
    js_key(out, "level");
    js_string(out, severity_name(severity));
}

static void
write_region(struct output *out, const struct rck_diagnostic *diagnostic)
{
    js_key(out, "region");
    js_open(out, '{');
    js_key(out, "startLine");
    js_number(out, diagnostic->line);
    js_key(out, "startColumn");
    js_number(out, column_in_characters(diagnostic->file, diagnostic->begin, diagnostic->column));
    js_key(out, "endLine");
    js_number(out, diagnostic->end_line);
    js_key(out, "endColumn");
    js_number(out, column_in_characters(diagnostic->file, diagnostic->end, diagnostic->end_column));
    js_key(out, "byteOffset");
    js_number(out, diagnostic->begin);
    js_key(out, "byteLength");
    js_number(out, diagnostic->end - diagnostic->begin);
    js_close(out, '}');
}

/* Writes PATH as a URI reference (RFC 3986), with the scheme only where it is absolute. */
static void
write_uri(struct output *out, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=@";
    char *uri = must_allocate(3 * strlen(path) + sizeof "file://", 1);
    size_t n = 0;

    if (path[0] == '/') {
        memcpy(uri, "file://", 7);
        n = 7;
    }
    for (; *path != '\0'; path++) {
        if (strchr(plain, *path) != NULL) {
            uri[n++] = *path;
            continue;
        }
        uri[n++] = '%';
        uri[n++] = "0123456789ABCDEF"[(unsigned char)*path >> 4];
        uri[n++] = "0123456789ABCDEF"[*path & 15];
    }
    js_text(out, uri, n);
    free(uri);
}

/* Turns COLUMN, of the byte at OFFSET of the file PATH, into one that counts characters; leaves it where the file is gone or has
 * changed. */
static unsigned
column_in_characters(const char *path, size_t offset, unsigned column)
{
    FILE *file = column > 1 && offset >= column - 1 ? fopen(path, "rb") : NULL;
    unsigned characters = 1;
    unsigned i = 1;

    if (file == NULL)
        return column;
    if (fseek(file, (long)(offset - (column - 1)), SEEK_SET) == 0) {
        for (int c; i < column && (c = getc(file)) != EOF && c != '\n'; i++)
            characters += (c & 0xc0) != 0x80;
    }
    (void)fclose(file);
    return i == column ? characters : column;
}
