/* SPDX-License-Identifier: MIT
 *
 * The checked output: one buffer a stream, errors remembered until somebody asks, text from outside made harmless for
 * terminals, and a JSON writer that needs no tree.  Everything that the tool prints goes through here.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool.h"

enum { LINE_COLUMNS = 100 };

static size_t utf8_sequence(const unsigned char *p, size_t n, uint32_t *code);
static bool is_harmful(uint32_t code);
static void write_all(struct output *out, const char *text, size_t size);
static size_t plain_run(const unsigned char *p, size_t n, bool quoted);
static void js_escape(struct output *out, const char *text, size_t size, bool quoted);
static void out_hex(struct output *out, uint32_t code, unsigned digits);

struct output *
new_output(int fd, size_t room)
{
    struct output *out = calloc(1, sizeof *out + room);

    if (out != NULL) {
        out->fd = fd;
        out->room = room;
    }
    return out;
}

void
out_spill(struct output *out, const char *text, size_t size)
{
    (void)out_flush(out);
    if (size > out->room) {
        write_all(out, text, size);
        return;
    }
    memcpy(out->buffer, text, size);
    out->used = size;
}

void
out_safe(struct output *out, const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t begin = 0;
    size_t i = plain_run(p, size, false);

    while (i < size) {
        uint32_t code = 0;
        size_t n;

        if (p[i] >= 0x20 && p[i] < 0x7f) {
            i++;
            continue;
        }
        n = utf8_sequence(p + i, size - i, &code);
        if (n != 0 && !is_harmful(code)) {
            i += n;
            continue;
        }
        out_bytes(out, text + begin, i - begin);
        if (n == 0) {
            out_string(out, "\\x");
            out_hex(out, p[i], 2);
            n = 1;
        } else if (code == '\n') {
            out_string(out, "\\n");
        } else if (code == '\t') {
            out_string(out, "\\t");
        } else if (code == '\r') {
            out_string(out, "\\r");
        } else {
            out_string(out, "\\u");
            out_hex(out, code, 4);
        }
        i += n;
        begin = i;
    }
    out_bytes(out, text + begin, size - begin);
}

void
out_number(struct output *out, uint64_t number)
{
    char digits[20];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    out_bytes(out, digits + n, sizeof digits - n);
}

void
out_signed(struct output *out, int64_t number)
{
    if (number < 0)
        out_bytes(out, "-", 1);
    out_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
out_spaces(struct output *out, size_t n)
{
    while (n-- != 0)
        out_bytes(out, " ", 1);
}

void
out_style(struct output *out, enum style style)
{
    static const char *const sequences[] = {
        [STYLE_NONE] = "\033[0m",    [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",
        [STYLE_GOOD] = "\033[1;32m", [STYLE_BAD] = "\033[1;31m", [STYLE_DOUBT] = "\033[1;33m",
    };

    if (out->color)
        out_string(out, sequences[style]);
}

void
out_cell(struct output *out, enum style style, const char *text, size_t width)
{
    size_t columns = text_width(text);

    if (style != STYLE_NONE)
        out_style(out, style);
    out_safe_string(out, text);
    if (style != STYLE_NONE)
        out_style(out, STYLE_NONE);
    if (columns < width)
        out_spaces(out, width - columns);
}

void
out_folded(struct output *out, const char *text, size_t column, size_t indent)
{
    bool first = true;

    while (*text != '\0') {
        size_t size = strcspn(text, " \n");
        size_t width = 0;

        for (size_t i = 0; i < size; i++)
            width += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (!first && column + 1 + width > LINE_COLUMNS) {
            out_bytes(out, "\n", 1);
            out_spaces(out, indent);
            column = indent;
        } else if (!first) {
            out_bytes(out, " ", 1);
            column++;
        }
        out_safe(out, text, size);
        column += width;
        first = false;
        text += size;
        text += strspn(text, " \n");
    }
}

void
out_field(struct output *out, const char *text, size_t size)
{
    bool quoted = false;

    for (size_t i = 0; i < size && !quoted; i++)
        quoted = text[i] == ',' || text[i] == '"' || text[i] == ' ';
    out_string(out, quoted ? "\"" : "");
    out_doubled(out, text, size);
    out_string(out, quoted ? "\"" : "");
}

void
out_doubled(struct output *out, const char *text, size_t size)
{
    while (size != 0) {
        const char *quote = memchr(text, '"', size);
        size_t n = quote != NULL ? (size_t)(quote - text) : size;

        out_safe(out, text, n);
        if (quote != NULL)
            out_bytes(out, "\"\"", 2);
        text += n + (quote != NULL);
        size -= n + (quote != NULL);
    }
}

void
out_xml(struct output *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t size = strlen(text);

    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t n = utf8_sequence(p + i, size - i, &code);

        if (n == 0 || (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) || (code & 0xfffe) == 0xfffe)
            out_string(out, "\xef\xbf\xbd");
        else if (code == '&')
            out_string(out, "&amp;");
        else if (code == '<')
            out_string(out, "&lt;");
        else if (code == '>')
            out_string(out, "&gt;");
        else if (code == '"')
            out_string(out, "&quot;");
        else if (code == '\n' || code == '\t')
            out_string(out, code == '\n' ? "&#10;" : "&#9;");
        else
            out_bytes(out, text + i, n);
        i += n != 0 ? n : 1;
    }
}

bool
out_flush(struct output *out)
{
    size_t used = out->used;

    out->used = 0;
    if (used != 0)
        write_all(out, out->buffer, used);
    return out->error == 0;
}

bool
out_close(struct output *out)
{
    out_flush(out);
    if (out->written && close(out->fd) != 0 && errno != EINTR && out->error == 0)
        out->error = errno;
    return out->error == 0;
}

bool
out_piece(void *arg, const char *text, size_t size)
{
    struct output *out = arg;

    out_bytes(out, text, size);
    return out->error == 0;
}

size_t
text_width(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = strlen(text);
    size_t width = 0;

    for (size_t i = 0; i < n;) {
        uint32_t code = 0;
        size_t step = utf8_sequence(p + i, n - i, &code);

        if (step == 0) {
            width += 4;
            step = 1;
        } else if (!is_harmful(code)) {
            width += 1;
        } else {
            width += code == '\n' || code == '\t' || code == '\r' ? 2 : 6;
        }
        i += step;
    }
    return width;
}

void
js_line(struct output *out)
{
    if (out->comma)
        out_bytes(out, ",", 1);
    out_bytes(out, "\n", 1);
    out->comma = false;
}

void
js_end(struct output *out)
{
    out_bytes(out, "\n", 1);
    out->comma = false;
}

void
js_text(struct output *out, const char *text, size_t size)
{
    js_comma(out);
    out_bytes(out, "\"", 1);
    js_escape(out, text, size, true);
    out_bytes(out, "\"", 1);
    out->comma = true;
}

void
js_string(struct output *out, const char *text)
{
    if (text == NULL)
        js_null(out);
    else
        js_text(out, text, strlen(text));
}

void
js_number(struct output *out, uint64_t number)
{
    js_comma(out);
    out_number(out, number);
    out->comma = true;
}

void
js_signed(struct output *out, int64_t number)
{
    js_comma(out);
    out_signed(out, number);
    out->comma = true;
}

void
js_bool(struct output *out, bool value)
{
    js_comma(out);
    out_string(out, value ? "true" : "false");
    out->comma = true;
}

void
js_null(struct output *out)
{
    js_comma(out);
    out_string(out, "null");
    out->comma = true;
}

void
js_raw(struct output *out, const char *text, size_t size)
{
    js_comma(out);
    js_escape(out, text, size, false);
    out->comma = true;
}

/* Returns how many of the N bytes at P are surely printable ASCII, and no quotes and backslashes if they are not welcome; at most
 * seven more may be. */
static size_t
plain_run(const unsigned char *p, size_t n, bool quoted)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0;

    /* The difference with ONES has the top bit in a byte that was 0, the one with 0x20 in a byte below 0x20, or above such one. */
    for (; n - i >= sizeof ones; i += sizeof ones) {
        uint64_t word, bad;

        memcpy(&word, p + i, sizeof word);
        bad = (word - ones * 0x20) | ((word ^ ones * 0x7f) - ones) | word;
        if (quoted)
            bad |= ((word ^ ones * '"') - ones) | ((word ^ ones * '\\') - ones);
        if ((bad & ones * 0x80) != 0)
            break;
    }
    return i;
}

/* Writes the inside of a string; if it is not QUOTED, quotes and backslashes are those of JSON text and stay. */
static void
js_escape(struct output *out, const char *text, size_t size, bool quoted)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t begin = 0;
    size_t i = plain_run(p, size, quoted);

    while (i < size) {
        uint32_t code = 0;
        size_t n;

        if (p[i] >= 0x20 && p[i] < 0x7f && !(quoted && (p[i] == '"' || p[i] == '\\'))) {
            i++;
            continue;
        }
        n = utf8_sequence(p + i, size - i, &code);
        if (n > 1 && code >= 0xa0) {
            i += n;
            continue;
        }
        out_bytes(out, text + begin, i - begin);
        if (n == 0) {
            out_string(out, "\xef\xbf\xbd"); /* U+FFFD */
            n = 1;
        } else if (code == '"' || code == '\\') {
            out_bytes(out, "\\", 1);
            out_bytes(out, text + i, 1);
        } else if (code == '\n') {
            out_string(out, "\\n");
        } else if (code == '\t') {
            out_string(out, "\\t");
        } else {
            out_string(out, "\\u");
            out_hex(out, code, 4);
        }
        i += n;
        begin = i;
    }
    out_bytes(out, text + begin, size - begin);
}

static void
out_hex(struct output *out, uint32_t code, unsigned digits)
{
    while (digits-- != 0)
        out_bytes(out, &"0123456789abcdef"[code >> (4 * digits) & 15], 1);
}

/* Returns the length of the UTF-8 sequence (RFC 3629) at P and puts its character in *CODE, or returns 0 if there is none. */
static size_t
utf8_sequence(const unsigned char *p, size_t n, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t c = p[0];
    size_t length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

    if (length == 0 || length > n)
        return 0;
    if (length > 1)
        c &= 0x7fu >> length;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[length] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        return 0;
    *code = c;
    return length;
}

/* True for characters that steer a terminal or a reader's eye: controls, line separators, marks and overrides of direction. */
static bool
is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static void
write_all(struct output *out, const char *text, size_t size)
{
    if (out->turn != NULL && !out->turn(out->arg))
        return;
    while (size != 0 && out->error == 0) {
        ssize_t n = write(out->fd, text, size);

        if (n >= 0) {
            out->written = true;
            text += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd slot = { .fd = out->fd, .events = POLLOUT };

            (void)poll(&slot, 1, -1);
        } else if (errno != EINTR) {
            out->error = errno;
        }
    }
}
