/* SPDX-License-Identifier: MIT
 *
 * Reading URLs; see url.h.
 */
#include <config.h>

#include "url.h"

#include "json.h"

static bool
fail(struct url_error *error, size_t offset, const char *message, const char *help)
{
    *error = (struct url_error){ message, help, offset };
    return false;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the escape at AT of TEXT stands for; -1 if it is none. */
static int
escape_at(struct str text, size_t at)
{
    int high, low;

    if (text.n - at < 3 || text.p[at] != '%')
        return -1;
    high = hex_digit(text.p[at + 1]);
    low = hex_digit(text.p[at + 2]);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
}

/* Passes "http://HOST"; *AT is then that of the path. */
static bool
skip_host(struct str text, size_t *at, struct url_error *error)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < N_ELEMENTS(schemes); i++) {
        size_t n = strlen(schemes[i]), k = 0, end;

        while (k < n && k < text.n && (text.p[k] == schemes[i][k] || (text.p[k] | 0x20) == schemes[i][k]))
            k++;
        if (k < n)
            continue;
        for (end = n; end < text.n && text.p[end] != '/' && text.p[end] != '?'; end++)
            if (text.p[end] == '@')
                return fail(error, end, "the URL names a user before its host", "take user and password out of the URL");
            else if (text.p[end] == '\\' || text.p[end] == '%')
                return fail(error, end, "the host of the URL is none", NULL);
        if (end == n)
            return fail(error, n, "the URL has no host", NULL);
        *at = end;
        return true;
    }
    return fail(error, 0, "the URL does not begin with '/', 'http://' or 'https://'", NULL);
}

/* Bytes that stand in no URL. */
static bool
check_bytes(struct str text, struct url_error *error)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c == '#')
            return fail(error, i, "the URL holds a '#'", "what follows '#' is not sent to servers; a '#' itself is written %23");
        if (c <= 0x20 || c >= 0x7F)
            return fail(error, i, c <= 0x20 || c == 0x7F ? "the URL holds a blank or a control character" : "the URL holds bytes that are no ASCII",
                        "encode it as %XX");
    }
    return true;
}

/* Decodes SEGMENT, which stands at OFFSET, into OUT. */
static bool
decode_segment(struct str segment, size_t offset, char *out, struct str *decoded, struct url_error *error)
{
    size_t n = 0;

    for (size_t i = 0; i < segment.n; i++) {
        char c = segment.p[i];

        if (c == '\\')
            return fail(error, offset + i, "the path holds a '\\'", "some servers take it for '/'");
        if (c == ';')
            return fail(error, offset + i, "the path holds a ';'", "some servers cut the segment there; a ';' itself is written %3B");
        if (c == '%') {
            int byte = escape_at(segment, i);

            if (byte < 0)
                return fail(error, offset + i, "a '%' in the path without two hexadecimal digits", "a '%' itself is written %25");
            if (byte == '/' || byte == '\\')
                return fail(error, offset + i, "the path holds an encoded '/' or '\\'", "some servers decode it before they look for segments");
            if (byte < 0x20 || byte == 0x7F)
                return fail(error, offset + i, "the path holds an encoded control character", NULL);
            c = (char)byte;
            i += 2;
        }
        out[n++] = c;
    }
    *decoded = (struct str){ out, n };
    if (utf8_check(*decoded) != n)
        return fail(error, offset, "a segment of the path is not UTF-8 when it is decoded", NULL);
    for (size_t i = 0; i < n; i++)
        if (escape_at(*decoded, i) >= 0)
            return fail(error, offset, "a segment of the path is encoded twice", "some servers decode it twice");
    if (str_equal(*decoded, STR(".")) || str_equal(*decoded, STR("..")))
        return fail(error, offset, "the path holds '.' or '..'", "give the path that it leads to");
    return true;
}

bool
url_read(struct str text, char *room, struct url *url, struct url_error *error)
{
    size_t at = 0, end, used = 0;

    url->n_segments = 0;
    url->has_empty = false;
    url->query = STR("");
    if (text.n > URL_BYTES_MAX)
        return fail(error, URL_BYTES_MAX, "the URL is longer than 65536 bytes", NULL);
    if (text.n == 0)
        return fail(error, 0, "the URL is empty", "a path begins with '/'");
    if (!check_bytes(text, error))
        return false;
    if (text.p[0] != '/' && !skip_host(text, &at, error))
        return false;
    if (text.n - at > 1 && text.p[at] == '/' && text.p[at + 1] == '/')
        return fail(error, at, "the path begins with '//'", "some servers take what follows for a host");
    for (end = at; end < text.n && text.p[end] != '?'; end++)
        ;
    if (end < text.n)
        url->query = (struct str){ text.p + end + 1, text.n - end - 1 };
    while (at < end && end - at > 1) {
        size_t begin = at + 1, stop = begin;
        struct str *segment = &url->segments[url->n_segments];

        while (stop < end && text.p[stop] != '/')
            stop++;
        if (url->n_segments == URL_SEGMENTS_MAX)
            return fail(error, begin, "the path has more than 256 segments", NULL);
        if (!decode_segment((struct str){ text.p + begin, stop - begin }, begin, room + used, segment, error))
            return false;
        url->has_empty = url->has_empty || segment->n == 0;
        used += segment->n;
        url->n_segments++;
        at = stop;
        if (at == end - 1) {
            /* a '/' at the end has an empty segment behind it */
            if (url->n_segments == URL_SEGMENTS_MAX)
                return fail(error, at, "the path has more than 256 segments", NULL);
            url->segments[url->n_segments++] = (struct str){ room, 0 };
            url->has_empty = true;
            break;
        }
    }
    return true;
}

/* Decodes TEXT, a key or value at OFFSET of the query. */
static bool
decode_part(struct str text, size_t offset, char *out, struct str *decoded, struct url_error *error)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '%') {
            int byte = escape_at(text, i);

            if (byte < 0)
                return fail(error, offset + i, "a '%' in the query without two hexadecimal digits", "a '%' itself is written %25");
            c = (char)byte;
            i += 2;
        }
        out[n++] = c == '+' && text.p[i] == '+' ? ' ' : c;
    }
    *decoded = (struct str){ out, n };
    return true;
}

bool
url_next_pair(struct str query, size_t *at, char *room, struct str *key, struct str *value, struct url_error *error)
{
    size_t end, equals;

    error->message = NULL;
    while (*at < query.n && query.p[*at] == '&')
        ++*at;
    if (*at >= query.n)
        return false;
    for (end = *at; end < query.n && query.p[end] != '&'; end++)
        ;
    for (equals = *at; equals < end && query.p[equals] != '='; equals++)
        ;
    if (!decode_part((struct str){ query.p + *at, equals - *at }, *at, room, key, error))
        return false;
    *value = (struct str){ room + key->n, 0 };
    if (equals < end
        && !decode_part((struct str){ query.p + equals + 1, end - equals - 1 }, equals + 1, room + key->n, value, error))
        return false;
    *at = end;
    return true;
}
