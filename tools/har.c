/* SPDX-License-Identifier: MIT
 *
 * HAR files (HTTP Archive 1.2), as browsers and proxies write them: one JSON object, often of many megabytes, whose log.entries[] have the
 * requests and, much longer, what was answered.  A walk from byte to byte finds where each entry's request begins and ends, and
 * lets go of all else, so that memory is that of a line however long the file is.  The library reads the requests, strictly; of the rest
 * the walk checks what tells where a request stands: that it is JSON but for the digits of numbers and the bytes of strings,
 * how deep it is, and that no key on the way to a request is there twice.
 */
#include <config.h>

#include "tool.h"

/* What the next byte is to be. */
enum {
    BEFORE_FILE,
    BEFORE_VALUE,
    BEFORE_VALUE_OR_END, /* behind a '[' */
    BEFORE_KEY,
    BEFORE_KEY_OR_END,   /* behind a '{' */
    BEFORE_COLON,
    BEFORE_COMMA,        /* or the end of the object or array */
    IN_STRING,
    IN_ESCAPE,           /* behind a '\\' */
    IN_HEX,
    IN_WORD,             /* a number, true, false or null */
    BEHIND_FILE
};

/* The way to a request: object, log, entries, entry, request.  So many of these are open: */
enum { WAY_TOP = 1, WAY_LOG, WAY_ENTRIES, WAY_ENTRY, WAY_REQUEST };

static bool
fail(struct har *har, const char *why)
{
    har->why = why;
    return false;
}

static bool
is_array(const struct har *har)
{
    return (har->arrays[(har->depth - 1) / 8] >> ((har->depth - 1) % 8) & 1u) != 0;
}

/* True if the value that begins now is on the way to a request, if it is an array or, if not ARRAY, an object. */
static bool
is_on_way(const struct har *har, bool array)
{
    return har->depth == har->way && har->way < WAY_REQUEST && (har->way == 0 || har->way == WAY_ENTRIES || har->wanted)
           && array == (har->way == WAY_LOG);
}

static bool
open_nested(struct har *har, bool array)
{
    if (har->depth == HAR_DEPTH_MAX)
        return fail(har, "objects and arrays are nested deeper than 1024");
    if (is_on_way(har, array)) {
        har->way++;
        if (har->way == WAY_ENTRY) {
            har->n_entries++;
            har->seen_request = har->had_request = false;
        }
        har->had_request = har->had_request || har->way == WAY_REQUEST;
        har->had_entries = har->had_entries || har->way == WAY_ENTRIES;
    } else if (har->way == WAY_ENTRIES && har->depth == WAY_ENTRIES) {
        return fail(har, "an entry is no object");
    }
    if (array)
        har->arrays[har->depth / 8] |= (uint8_t)(1u << har->depth % 8);
    else
        har->arrays[har->depth / 8] &= (uint8_t)~(1u << har->depth % 8);
    har->depth++;
    har->state = array ? BEFORE_VALUE_OR_END : BEFORE_KEY_OR_END;
    return true;
}

static void
close_nested(struct har *har)
{
    har->ends_request = har->way == WAY_REQUEST && har->depth == WAY_REQUEST;
    har->ends_entry = har->way == WAY_ENTRY && har->depth == WAY_ENTRY;
    if (har->way == har->depth)
        har->way--;
    har->depth--;
    har->state = har->depth != 0 ? BEFORE_COMMA : BEHIND_FILE;
}

static bool
begin_value(struct har *har, char c)
{
    if (c == '{' || c == '[')
        return open_nested(har, c == '[');
    if (c != '"' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-')
        return fail(har, "expected a value");
    if (har->depth == WAY_ENTRIES && har->way == WAY_ENTRIES)
        return fail(har, "an entry is no object");
    if (c == '"') {
        har->state = IN_STRING;
        har->in_key = false;
        return true;
    }
    har->word[0] = c;
    har->n_word = 1;
    har->state = IN_WORD;
    return true;
}

/* Ends a number or word. */
static bool
end_word(struct har *har)
{
    bool is_number = har->word[0] == '-' || (har->word[0] >= '0' && har->word[0] <= '9');

    har->state = BEFORE_COMMA;
    if (is_number || (har->n_word == 4 && (memcmp(har->word, "true", 4) == 0 || memcmp(har->word, "null", 4) == 0))
        || (har->n_word == 5 && memcmp(har->word, "false", 5) == 0))
        return true;
    return fail(har, "expected a value");
}

static void
begin_key(struct har *har)
{
    har->state = IN_STRING;
    har->in_key = true;
    har->n_word = 0;
}

/* Adds a character to the key; one that is in no key on the way spoils it. */
static void
add_to_key(struct har *har, unsigned c)
{
    if (har->n_word < sizeof har->word)
        har->word[har->n_word++] = c < 0x80 ? (char)c : '?';
}

/* Ends a key: if it is that on the way, its value is wanted. */
static bool
end_key(struct har *har)
{
    static const char *const names[] = { [WAY_TOP] = "log", [WAY_LOG] = "entries", [WAY_ENTRY] = "request" };
    bool *const seen[] = { [WAY_TOP] = &har->seen_log, [WAY_LOG] = &har->seen_entries, [WAY_ENTRY] = &har->seen_request };
    static const char *const twice[] = { [WAY_TOP] = "'log' is given twice", [WAY_LOG] = "'entries' is given twice",
                                         [WAY_ENTRY] = "an entry has two requests" };
    unsigned way = har->way;

    har->state = BEFORE_COLON;
    har->wanted = har->depth == way && way < N_ELEMENTS(names) && names[way] != NULL && har->n_word == strlen(names[way])
                  && memcmp(har->word, names[way], har->n_word) == 0;
    if (!har->wanted)
        return true;
    if (*seen[way])
        return fail(har, twice[way]);
    *seen[way] = true;
    return true;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes byte C of a string. */
static bool
in_string(struct har *har, char c)
{
    int digit;

    if (har->state == IN_ESCAPE) {
        if (c == 0 || strchr("\"\\/bfnrtu", c) == NULL)
            return fail(har, "an unknown escape in a string");
        har->state = c == 'u' ? IN_HEX : IN_STRING;
        har->hex = 1;
        if (har->in_key && c != 'u')
            add_to_key(har, '?'); /* none of these characters is in a key on the way */
    } else if (har->state == IN_HEX) {
        digit = hex_digit(c);
        if (digit < 0)
            return fail(har, "expected four hexadecimal digits after '\\u'");
        har->hex = har->hex << 4 | (unsigned)digit; /* the one before them tells when there are four */
        if (har->hex >> 16 == 0)
            return true;
        har->state = IN_STRING;
        if (har->in_key)
            add_to_key(har, har->hex & 0xFFFF);
    } else if (c == '\\') {
        har->state = IN_ESCAPE;
    } else if (c == '"') {
        if (har->in_key)
            return end_key(har);
        har->state = BEFORE_COMMA;
    } else if ((unsigned char)c < 0x20) {
        return fail(har, "a control character in a string");
    } else if (har->in_key) {
        add_to_key(har, (unsigned char)c);
    }
    return true;
}

/* Takes byte C, which stands in no string.  False with har->why set if it cannot stand there. */
static bool
take(struct har *har, char c)
{
    if (har->state == IN_WORD) {
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E') {
            if (har->n_word < sizeof har->word)
                har->word[har->n_word++] = c;
            return true;
        }
        if (!end_word(har))
            return false;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return true;
    switch (har->state) {
    case BEFORE_VALUE_OR_END:
        if (c == ']') {
            close_nested(har);
            return true;
        }
        return begin_value(har, c);
    case BEFORE_FILE:
        if (har->line == 0 && har->column < 3 && c == "\xEF\xBB\xBF"[har->column] && har->n_mark == har->column) {
            har->n_mark++; /* the format allows a byte order mark */
            return true;
        }
        if (har->n_mark % 3 != 0)
            return fail(har, "the file begins with a part of a byte order mark");
        if (c != '{')
            return fail(har, "the file is no JSON object");
        return begin_value(har, c);
    case BEFORE_VALUE:
        return begin_value(har, c);
    case BEFORE_KEY_OR_END:
    case BEFORE_KEY:
        if (c == '"')
            begin_key(har);
        else if (c == '}' && har->state == BEFORE_KEY_OR_END)
            close_nested(har);
        else
            return fail(har, "expected a key in quotes");
        return true;
    case BEFORE_COLON:
        har->state = BEFORE_VALUE;
        return c == ':' || fail(har, "expected ':' after a key");
    case BEFORE_COMMA:
        if (c == ',') {
            har->wanted = false;
            har->state = is_array(har) ? BEFORE_VALUE : BEFORE_KEY;
        } else if (c == (is_array(har) ? ']' : '}')) {
            close_nested(har);
        } else {
            return fail(har, is_array(har) ? "expected ',' or ']' after a value" : "expected ',' or '}' after a value");
        }
        return true;
    default:
        return fail(har, "text follows the object of the file");
    }
}

/* Skips what is plain in a string that is no key. */
static size_t
plain_bytes(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && p[i] != '"' && p[i] != '\\' && (unsigned char)p[i] >= 0x20)
        i++;
    return i;
}

/* What the end of the file means. */
static enum input_event
end_of_file(struct input *input)
{
    struct har *har = &input->har;

    if (har->state == BEHIND_FILE && har->had_entries)
        return INPUT_END;
    har->why = har->state == BEFORE_FILE    ? "the file is empty"
               : har->state == BEHIND_FILE  ? "the file has no list 'log.entries'"
               : har->way == WAY_REQUEST    ? "the file ends within the request of an entry"
                                            : "the file ends before its object does";
    return INPUT_BROKEN;
}

enum input_event
har_next(struct input *input, const char **text, size_t *size)
{
    struct har *har = &input->har;

    while (har->why == NULL && input->scanned < input->end) {
        const char *p = input->buffer + input->scanned;
        bool in_request = har->way == WAY_REQUEST;

        if (har->state == IN_STRING && !har->in_key) {
            size_t n = plain_bytes(p, input->end - input->scanned);

            if (n != 0) {
                input->scanned += n;
                har->column += n;
                continue;
            }
        }
        if (!(har->state >= IN_STRING && har->state <= IN_HEX ? in_string(har, *p) : take(har, *p)))
            break;
        if (*p == '\n') {
            har->line++;
            har->column = 0;
        } else {
            har->column++;
        }
        if (!in_request && har->way == WAY_REQUEST) {
            input->begin = input->scanned;
            input->line = har->line + 1;
        }
        input->scanned++;
        if (har->ends_request) {
            har->ends_request = false;
            *text = input->buffer + input->begin;
            *size = input->scanned - input->begin;
            input->begin = input->scanned;
            if (!input->skipping)
                return *size > LINE_BYTES_MAX ? INPUT_LONG : INPUT_LINE;
            input->skipping = false;
        }
        if (har->ends_entry) {
            har->ends_entry = false;
            if (!har->had_request) {
                input->begin = input->scanned;
                input->line = har->line + 1;
                *text = input->buffer + input->scanned;
                *size = 0;
                return INPUT_LINE;
            }
        }
    }
    if (har->why != NULL)
        return INPUT_BROKEN;
    if (har->way != WAY_REQUEST || input->skipping) {
        input->begin = input->scanned = input->end = 0;
    } else if (input->end - input->begin > LINE_BYTES_MAX) {
        input->skipping = true;
        input->begin = input->scanned = input->end = 0;
        return INPUT_LONG;
    }
    if (!input->ended)
        return INPUT_MORE;
    return input->error != 0 ? INPUT_FAILED : end_of_file(input);
}
