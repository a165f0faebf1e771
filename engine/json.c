/* SPDX-License-Identifier: MIT
 *
 * The strict JSON reader; see json.h.  One pass over the text, with an explicit stack of REQUEST_DEPTH_MAX frames and no
 * recursion.  Every byte is looked at once, except the keys, which are also compared (or hashed) to find duplicates.
 *
 * Requests of one stream mostly have the same keys in the same order.  As long as one follows the keys of an earlier one, a key is
 * compared with the one that was at its place, and no duplicate can be among them: none was among those.  With the first key
 * that differs all is looked at as ever, those before it included.
 *
 * A key is identified by its scope and its full dotted path: the top object is one scope, every object that is a member of an
 * array another.  Paths are not stored, for a long outer key with many short ones below it would need quadratic memory; a key
 * holds its own text and the number of the key around it, and two paths are compared from their ends.
 */
#include <config.h>

#include "json.h"

#include <sys/random.h>

#include "caps.h"
#include "mem.h"

/* The texts of messages give these values. */
_Static_assert(REQUEST_BYTES_MAX == 1048576, "TOO_LONG");
_Static_assert(REQUEST_DEPTH_MAX == 64, "TOO_DEEP");
_Static_assert(REQUEST_KEYS_MAX == 65536, "TOO_MANY");
#define TOO_LONG "the request is longer than 1048576 bytes"
#define TOO_DEEP "objects and arrays are nested deeper than 64"
#define TOO_MANY "the request has more than 65536 keys"

/* Kept out of the way of the code that every request goes through, so that this has the registers to itself. */
#define APART __attribute__((noinline))
#define COLD __attribute__((noinline, cold))

/* Said in two places. */
#define NUL_CHARACTER "U+0000 in a string"
#define NONCHARACTER "a code point in a string is no character"
#define NONCHARACTER_HELP "RFC 7493 forbids U+FFFE, U+FFFF, U+FDD0 to U+FDEF and the last two code points of every plane"

enum {
    FEW_KEYS = 32,                       /* as long as there are no more, comparing with all others is cheaper than hashing */
    ROOM_MIN = 256,                      /* bytes of a buffer's first allocation */
    INDEX_ROOM = sizeof("[1048576]") - 1 /* bytes that an index adds to a path; an array has fewer members than bytes */
};

/* Marks in json_key.text an offset into reader->unescaped.  Offsets are at most REQUEST_BYTES_MAX. */
#define UNESCAPED ((uint32_t)1 << 31)

/* Paths are hashed modulo this prime, 2^31 - 1. */
#define PRIME (((uint32_t)1 << 31) - 1)

/* A key that was seen.  Number 0 is none. */
struct json_key {
    uint64_t hash;   /* of scope and path; set once there are more than FEW_KEYS */
    uint32_t text;   /* where its text is in the input, or in reader->unescaped */
    uint32_t n;      /* bytes of it */
    uint32_t path_n; /* bytes of the path, the keys around it and the dots included */
    uint32_t parent; /* the key whose value is the object around it; NONE at the top of a scope */
    uint32_t scope;
    uint32_t next;   /* in its chain of the hash table */
};

/* An open object or array. */
struct frame {
    uint32_t parent;    /* of the keys in it */
    uint32_t scope;     /* of the keys in it */
    uint32_t path_n;    /* bytes of reader->path that are its own path */
    uint32_t n_members; /* begun so far */
    bool array;
    bool silent;        /* inside of a member of an array, and the receiver does not ask for such: checked, not reported */
    bool dotted;        /* a key of its path holds a dot, or with tells_lists a '['; known if the receiver asks for it */
};

/* One call of json_read(). */
struct reading {
    struct json_reader *reader;
    const struct json_receiver *receiver;
    struct json_error *error;
    enum rck_status status;
    const char *begin;
    const char *p; /* next byte to read */
    const char *end;
    struct frame *top;     /* the innermost open object or array */
    uint32_t depth;        /* open objects and arrays */
    uint32_t n_scopes;     /* begun so far, the top one not counted */
    uint32_t n_keys;
    uint32_t chains_log;   /* the hash table has 2^chains_log chains; 0: there is none yet */
    size_t unescaped_n;    /* bytes of reader->unescaped in use */
    bool follows;          /* all keys so far are the familiar ones; of reader->seen only their 'text' is set yet */
    uint32_t n_followed;   /* so many were, when they no longer were */
    uint32_t n_plain;      /* so many keys, from the first one on, are at the top and without escapes */
    uint64_t marks;        /* the union of 1 << mark_of() of the keys seen */
    struct str path;       /* of what is being read, for the receiver and for errors */
    uint32_t powers[2][5]; /* of the two points at which the hash is evaluated; see hash_bytes() */
};

static bool open_request(struct reading *at);
static void close_request(struct reading *at);
static inline bool read_pair(struct reading *at);
static bool read_member(struct reading *at);
APART static bool open_nested(struct reading *at, uint32_t key, const char *start);
static bool close_nested(struct reading *at, const char *next);
static inline bool read_value(struct reading *at, const char *start, struct json_value *value);
APART static bool is_other_number(struct str text);
static bool read_word(struct reading *at, const char *start, enum json_kind *kind);
static inline bool read_number(struct reading *at, const char *start);
static inline bool read_few_digits(struct reading *at, const char *start, struct json_value *value);
static inline bool read_string(struct reading *at, const char *quote, char **buffer, size_t *room, size_t used,
                               struct str *text);
APART static bool read_rest(struct reading *at, const char *quote, const char *p, char **buffer, size_t *room, size_t used,
                      struct str *text);
static bool read_escape(struct reading *at, char **out);
static bool read_hex(struct reading *at, const char *escape, const char *digits, uint32_t *code);
static inline bool follow_key(struct reading *at, const char *start);
static inline bool same_words(const struct json_familiar *key, unsigned first, const char *text);
APART static void part_ways(struct reading *at);
APART static void learn_keys(const struct reading *at);
static inline bool add_key(struct reading *at, struct str name, const char *start);
static inline bool seen_room(struct reading *at, uint32_t idx);
static inline unsigned mark_of(struct str path);
APART static bool check_key(struct reading *at, uint32_t idx, const char *start);
static bool add_path(struct reading *at, struct str name);
static uint32_t find_compared(const struct reading *at, uint32_t key);
static uint32_t find_hashed(const struct reading *at, uint32_t key);
static bool hash_keys(struct reading *at);
static void link_key(const struct reading *at, uint32_t idx);
static uint64_t hash_key(const struct reading *at, const struct json_key *key);
static uint64_t hash_bytes(const struct reading *at, uint64_t hash, const char *p, size_t n);
static inline uint64_t remainder_of(uint64_t x);
static size_t chain_of(const struct reading *at, uint64_t hash);
static uint32_t point_of(uint64_t seed, uint32_t lane);
static uint64_t draw_seed(const struct json_reader *reader);
static bool same_path(const struct reading *at, const struct json_key *a, const struct json_key *b);
static const char *key_text(const struct reading *at, const struct json_key *key);
static inline const char *skip_space(const char *p, const char *end);
static inline const char *plain_end(const char *p, const char *end);
static char *put_utf8(char *out, uint32_t code);
static size_t get_utf8(const char *text, size_t left, uint32_t *code);
static bool is_noncharacter(uint32_t code);
static inline bool is_digit(char c);
static bool is_letter(char c);
COLD static void *grow(struct reading *at, void *old, size_t *room, size_t need);
COLD static bool fail(struct reading *at, const char *where, const char *message, const char *help);
COLD static bool fail_truncated(struct reading *at);
COLD static bool fail_request(struct reading *at);
COLD static bool fail_key(struct reading *at, const char *where);
COLD static bool fail_value(struct reading *at, const char *where);
COLD static bool fail_in_string(struct reading *at, const char *where);
COLD static bool stop(struct reading *at);
static void quote_path(char *key, size_t room, struct str path);

enum rck_status
json_read(struct json_reader *reader, struct str text, const struct json_receiver *receiver, struct json_error *error)
{
    struct frame frames[REQUEST_DEPTH_MAX] UNINITIALIZED;
    struct reading at UNINITIALIZED;

    at.reader = reader;
    at.receiver = receiver;
    at.error = error;
    at.status = RCK_OK;
    at.begin = text.n != 0 ? text.p : "";
    at.p = at.begin;
    at.end = at.begin + text.n;
    at.top = frames;
    at.depth = 0;
    at.n_scopes = 0;
    at.n_keys = 0;
    at.chains_log = 0;
    at.unescaped_n = 0;
    at.follows = reader->n_familiar != 0 && !reader->tells_dotted;
    at.n_followed = 0;
    at.n_plain = 0;
    at.marks = 0;
    at.path = (struct str){ NULL, 0 };
    error->offset = 0;
    error->message = NULL;
    error->help = NULL;
    error->key[0] = '\0';
    if (open_request(&at)) {
        while (at.depth != 0 && (at.top->array ? read_member(&at) : read_pair(&at)))
            continue;
        close_request(&at);
        if (!at.follows && at.n_plain > at.n_followed && at.status == RCK_OK)
            learn_keys(&at);
    }
    return at.status;
}

void
json_reader_free(struct json_reader *reader)
{
    const struct json_reader empty = { .mem = reader->mem, .seed = reader->seed };

    mem_free(reader->mem, reader->path);
    mem_free(reader->mem, reader->string);
    mem_free(reader->mem, reader->unescaped);
    mem_free(reader->mem, reader->seen);
    mem_free(reader->mem, reader->chains);
    *reader = empty;
}

size_t
utf8_check(struct str text)
{
    size_t i = 0;

    while (i < text.n) {
        uint64_t word;
        uint32_t code;
        size_t n;

        if (text.n - i >= sizeof word) {
            memcpy(&word, text.p + i, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                i += sizeof word;
                continue;
            }
        }
        if ((unsigned char)text.p[i] < 0x80) {
            i++;
            continue;
        }
        n = get_utf8(text.p + i, text.n - i, &code);
        if (n == 0)
            return i;
        i += n;
    }
    return text.n;
}

/* A reading of nothing but a part of TEXT. */
static struct reading
part_of(struct json_reader *reader, struct str text, struct json_error *error)
{
    struct reading at = { .reader = reader, .error = error, .begin = text.n != 0 ? text.p : "" };

    at.p = at.begin;
    at.end = at.begin + text.n;
    *error = (struct json_error){ 0 };
    return at;
}

enum rck_status
json_read_string(struct json_reader *reader, struct str text, size_t offset, struct str *content, size_t *next,
                 struct json_error *error)
{
    struct reading at = part_of(reader, text, error);

    if (read_string(&at, at.begin + offset, &reader->string, &reader->string_room, 0, content))
        *next = (size_t)(at.p - at.begin);
    return at.status;
}

enum rck_status
json_check_text(struct str text, struct json_error *error)
{
    struct reading at = part_of(NULL, text, error);

    for (;;) {
        uint32_t code;
        size_t n;

        at.p = plain_end(at.p, at.end);
        if (at.p == at.end)
            break;
        n = get_utf8(at.p, (size_t)(at.end - at.p), &code);
        if (n == 0 || code == 0 || is_noncharacter(code)) {
            fail_in_string(&at, at.p);
            break;
        }
        at.p += n;
    }
    return at.status;
}

/* A number that is more than digits.  Apart, because of the memory that a reading takes. */
static bool
is_other_number(struct str text)
{
    struct json_error error;
    struct reading at = part_of(NULL, text, &error);

    return read_number(&at, at.begin) && at.p == at.end;
}

bool
json_is_number(struct str text)
{
    size_t n_digits = 0;

    while (n_digits < text.n && is_digit(text.p[n_digits]))
        n_digits++;
    if (n_digits == text.n)
        return n_digits == 1 || (n_digits != 0 && text.p[0] != '0');
    return (text.p[0] == '-' || n_digits != 0) && is_other_number(text);
}

/* ---- objects and arrays ------------------------------------------------------------------------------------------------- */

static bool
open_request(struct reading *at)
{
    if ((size_t)(at->end - at->begin) > REQUEST_BYTES_MAX)
        return fail(at, at->begin + REQUEST_BYTES_MAX, TOO_LONG, NULL);
    if (at->end == at->begin)
        return fail(at, at->begin, "the request is empty", NULL);
    at->p = skip_space(at->begin, at->end);
    if (at->p == at->end)
        return fail(at, at->begin, "the request is only white space", NULL);
    if (*at->p != '{')
        return fail_request(at);
    at->p++;
    *at->top = (struct frame){ 0 };
    at->depth = 1;
    return true;
}

/* After the object there may be white space. */
static void
close_request(struct reading *at)
{
    if (at->status != RCK_OK)
        return;
    at->p = skip_space(at->p, at->end);
    if (at->p != at->end)
        (void)fail(at, at->p, "text follows the request's object", "a request is one JSON object and nothing else");
}

/* Reads the next key and value of the innermost object, or its end. */
static inline bool
read_pair(struct reading *at)
{
    struct frame *top = at->top;
    struct json_reader *reader = at->reader;
    const char *end = at->end;
    const char *p = skip_space(at->p, end);
    const char *start;
    struct json_value value;
    struct str name;
    uint32_t *note = NULL;

    if (p == end)
        return fail_truncated(at);
    if (*p == '}')
        return close_nested(at, p + 1);
    if (top->n_members != 0) {
        if (*p != ',')
            return fail(at, p, "expected ',' or '}' after a value", NULL);
        at->path = (struct str){ reader->path, top->path_n };
        p = skip_space(p + 1, end);
        if (p == end)
            return fail_truncated(at);
    }
    if (*p != '"')
        return fail_key(at, p);
    top->n_members++;
    start = p;
    if (at->follows && follow_key(at, start)) {
        note = &reader->familiar[at->n_keys - 1].note;
    } else if (!read_string(at, start, &reader->unescaped, &reader->unescaped_room, at->unescaped_n, &name)
               || !add_key(at, name, start)) {
        return false;
    }
    p = skip_space(at->p, end);
    if (p == end)
        return fail_truncated(at);
    if (*p != ':')
        return fail(at, p, "expected ':' after a key", NULL);
    p = skip_space(p + 1, end);
    if (p == end)
        return fail_truncated(at);
    if (!read_value(at, p, &value))
        return false;
    if (value.kind == JSON_OBJECT)
        return open_nested(at, at->n_keys, start);
    value.note = note;
    if (!top->silent && !at->receiver->scalar(at->receiver->arg, at->path, (size_t)(start - at->begin), &value))
        return stop(at);
    return true;
}

/* Reads the next member of the innermost array, or its end. */
static bool
read_member(struct reading *at)
{
    struct frame *top = at->top;
    const char *end = at->end;
    const char *p = skip_space(at->p, end);
    struct json_value value;

    if (p == end)
        return fail_truncated(at);
    if (*p == ']')
        return close_nested(at, p + 1);
    if (top->n_members != 0) {
        if (*p != ',')
            return fail(at, p, "expected ',' or ']' after a value", NULL);
        p = skip_space(p + 1, end);
        if (p == end)
            return fail_truncated(at);
    }
    top->n_members++;
    if (!read_value(at, p, &value))
        return false;
    if (!top->silent && !at->receiver->member(at->receiver->arg, at->path, &value))
        return stop(at);
    return value.kind != JSON_OBJECT || open_nested(at, NONE, p);
}

/* Opens the object or array at at->p, the value of KEY or, if KEY is NONE, a member of an array. */
static bool
open_nested(struct reading *at, uint32_t key, const char *start)
{
    const struct frame *top = at->top;
    const struct json_receiver *receiver = at->receiver;
    struct json_reader *reader = at->reader;
    bool array = *at->p == '[';
    size_t path_n = at->path.n;

    if (at->depth == REQUEST_DEPTH_MAX)
        return fail(at, at->p, TOO_DEEP, NULL);
    if (at->depth == 1 || key == NONE) {
        size_t need = path_n + INDEX_ROOM;

        if (need > reader->path_room) {
            char *room = grow(at, reader->path, &reader->path_room, need);

            if (room == NULL)
                return false;
            reader->path = room;
        }
    }
    if (key == NONE) {
        char digits[INDEX_ROOM];
        size_t n = 0;
        uint32_t idx = top->n_members - 1;

        /* for messages only: keys in here have a scope of their own */
        do
            digits[n++] = (char)('0' + idx % 10);
        while ((idx /= 10) != 0);
        reader->path[path_n++] = '[';
        while (n != 0)
            reader->path[path_n++] = digits[--n];
        reader->path[path_n++] = ']';
    } else if (at->depth == 1 && path_n != 0) {
        memcpy(reader->path, at->path.p, path_n);
    }
    at->path = (struct str){ reader->path, path_n };
    if (key != NONE && !top->silent
        && !(array ? receiver->array : receiver->object)(receiver->arg, at->path, (size_t)(start - at->begin)))
        return stop(at);
    at->top[1] = (struct frame){
        .parent = key,
        .scope = key == NONE ? ++at->n_scopes : top->scope,
        .path_n = (uint32_t)path_n,
        .array = array,
        .silent = top->silent || (key == NONE && !reader->tells_lists),
        .dotted = key == NONE ? top->dotted : reader->tells_dotted && reader->dotted,
    };
    at->top++;
    at->depth++;
    at->p++;
    return true;
}

/* NEXT is behind the closing bracket. */
static bool
close_nested(struct reading *at, const char *next)
{
    at->p = next;
    at->depth--;
    if (at->depth != 0)
        at->top--;
    at->path = (struct str){ at->reader->path, at->top->path_n };
    return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------------- */

/* Reads the value at START; of an object or array nothing yet, only that it is one. */
static inline bool
read_value(struct reading *at, const char *start, struct json_value *value)
{
    struct json_reader *reader = at->reader;
    bool ok = true;

    value->offset = (size_t)(start - at->begin);
    value->text = (struct str){ start, 0 };
    value->note = NULL;
    value->is_small = false;
    at->p = start;
    if (*start == '"') {
        value->kind = JSON_STRING;
        ok = read_string(at, start, &reader->string, &reader->string_room, 0, &value->text);
    } else if (is_digit(*start) || *start == '-') {
        value->kind = JSON_NUMBER;
        ok = read_few_digits(at, start, value) || read_number(at, start);
        value->text.n = (size_t)(at->p - start);
    } else if (*start == '{' || *start == '[') {
        value->kind = JSON_OBJECT;
        value->raw = (struct str){ start, 1 };
        return true;
    } else {
        ok = read_word(at, start, &value->kind);
    }
    value->raw = (struct str){ start, (size_t)(at->p - start) };
    return ok;
}

static bool
read_word(struct reading *at, const char *start, enum json_kind *kind)
{
    /* by enum json_kind */
    static const struct str words[] = { { "null", 4 }, { "false", 5 }, { "true", 4 } };
    size_t left = (size_t)(at->end - start);
    size_t n;

    *kind = *start == 't' ? JSON_TRUE : *start == 'f' ? JSON_FALSE : JSON_NULL;
    n = left < words[*kind].n ? left : words[*kind].n;
    if (memcmp(start, words[*kind].p, n) != 0)
        return fail_value(at, start);
    at->p = start + n;
    if (n < words[*kind].n)
        return fail_truncated(at);
    return true;
}

/* Reads the commonest numbers: up to 18 digits and nothing else.  False, and nothing was read, if it is another one. */
static inline bool
read_few_digits(struct reading *at, const char *start, struct json_value *value)
{
    const char *p = start, *end = at->end - start > 19 ? start + 19 : at->end;
    int64_t number = 0;

    while (p < end && is_digit(*p))
        number = (int64_t)((uint64_t)number * 10 + (uint64_t)(*p++ - '0'));
    if (p == start || p == end || (*p != ',' && *p != '}') || (*start == '0' && p - start > 1))
        return false;
    value->number = number;
    value->is_small = true;
    at->p = p;
    return true;
}

static inline bool
read_number(struct reading *at, const char *start)
{
    const char *p = start;
    const char *end = at->end;
    const char *missing = "a digit is missing after '-'";

    if (*p == '-')
        p++;
    if (p == end || !is_digit(*p))
        goto no_digit;
    if (*p == '0' && end - p > 1 && is_digit(p[1]))
        return fail(at, p, "a number begins with 0", "leave leading zeros out; text that is no number needs double quotes");
    while (p < end && is_digit(*p))
        p++;
    if (p < end && *p == '.') {
        missing = "a digit is missing after the decimal point";
        p++;
        if (p == end || !is_digit(*p))
            goto no_digit;
        while (p < end && is_digit(*p))
            p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        missing = "a digit is missing in the exponent";
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        if (p == end || !is_digit(*p))
            goto no_digit;
        while (p < end && is_digit(*p))
            p++;
    }
    at->p = p;
    return true;

no_digit:
    return p == end ? fail_truncated(at) : fail(at, p, missing, NULL);
}

/* Reads the string whose opening quote is at QUOTE.  *TEXT is a slice of the input where it has no escapes; where it has, its
 * content is put into *BUFFER of *ROOM bytes, behind the first USED ones. */
static inline bool
read_string(struct reading *at, const char *quote, char **buffer, size_t *room, size_t used, struct str *text)
{
    const char *p = plain_end(quote + 1, at->end);

    if (p == at->end || *p != '"')
        return read_rest(at, quote, p, buffer, room, used, text);
    *text = (struct str){ quote + 1, (size_t)(p - (quote + 1)) };
    at->p = p + 1;
    return true;
}

/* Reads the string at QUOTE on from P, where something stands that is more than a plain byte. */
static bool
read_rest(struct reading *at, const char *quote, const char *p, char **buffer, size_t *room, size_t used, struct str *text)
{
    const char *end = at->end;
    const char *run = quote + 1; /* what was read and not yet copied begins here */
    char *out = NULL;

    for (;; p = plain_end(p, end)) {
        if (p == end)
            return fail(at, quote, "the string is not closed", NULL);
        if (*p == '"')
            break;
        if (*p == '\\') {
            if (out == NULL) {
                /* no content is longer than its spelling */
                size_t need = used + (size_t)(end - run);

                if (need > *room) {
                    char *more = grow(at, *buffer, room, need);

                    if (more == NULL)
                        return false;
                    *buffer = more;
                }
                out = *buffer + used;
            }
            memcpy(out, run, (size_t)(p - run));
            out += p - run;
            at->p = p;
            if (!read_escape(at, &out))
                return false;
            p = run = at->p;
        } else {
            uint32_t code;
            size_t n = get_utf8(p, (size_t)(end - p), &code);

            /* ASCII comes here only if it is a control character */
            if (n <= 1 || is_noncharacter(code))
                return fail_in_string(at, p);
            p += n;
        }
    }
    at->p = p + 1;
    if (out == NULL) {
        *text = (struct str){ run, (size_t)(p - run) };
    } else {
        memcpy(out, run, (size_t)(p - run));
        out += p - run;
        *text = (struct str){ *buffer + used, (size_t)(out - (*buffer + used)) };
    }
    return true;
}

/* Reads the escape at at->p and puts what it stands for at *OUT. */
static bool
read_escape(struct reading *at, char **out)
{
    /* the n-th of the one stands for the n-th of the other */
    static const char names[] = "\"\\/bfnrt";
    static const char stands[] = "\"\\/\b\f\n\r\t";
    const char *escape = at->p;
    const char *name;
    uint32_t code;
    uint32_t low;

    if (at->end - escape < 2)
        return fail_truncated(at);
    if (escape[1] != 'u') {
        name = memchr(names, escape[1], sizeof names - 1);
        if (name == NULL)
            return fail(at, escape, "unknown escape in a string", "a backslash itself is written \\\\");
        *(*out)++ = stands[name - names];
        at->p = escape + 2;
        return true;
    }
    if (!read_hex(at, escape, escape + 2, &code))
        return false;
    at->p = escape + 6;
    if (code >= 0xD800 && code <= 0xDBFF && at->end - at->p >= 2 && at->p[0] == '\\' && at->p[1] == 'u') {
        if (!read_hex(at, at->p, at->p + 2, &low))
            return false;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at->p += 6;
        }
    }
    if (code >= 0xD800 && code <= 0xDFFF)
        return fail(at, escape, "a surrogate without its other half in a string", NULL);
    if (code == 0)
        return fail(at, escape, NUL_CHARACTER, NULL);
    if (is_noncharacter(code))
        return fail(at, escape, NONCHARACTER, NONCHARACTER_HELP);
    *out = put_utf8(*out, code);
    return true;
}

/* Reads the four DIGITS of ESCAPE. */
static bool
read_hex(struct reading *at, const char *escape, const char *digits, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c;

        if (digits + i == at->end)
            return fail_truncated(at);
        c = (unsigned char)digits[i];
        *code <<= 4;
        if (c >= '0' && c <= '9')
            *code |= (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            *code |= (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return fail(at, escape, "an escape \\u without four hexadecimal digits", NULL);
    }
    return true;
}

/* ---- keys seen ---------------------------------------------------------------------------------------------------------- */

/* Takes the key whose opening quote is at START, if it is the familiar one of its place; if not, ways part. */
static inline bool
follow_key(struct reading *at, const char *start)
{
    struct json_reader *reader = at->reader;
    const struct json_familiar *key = &reader->familiar[at->n_keys];
    size_t left = (size_t)(at->end - start) - 1;

    if (at->depth == 1 && at->n_keys < reader->n_familiar && left >= 16 && same_words(key, 0, start + 1)
        && (key->n < 16 || (left >= 32 && same_words(key, 2, start + 1)))) {
        at->n_keys++;
        at->path = (struct str){ start + 1, key->n };
        at->p = start + 1 + key->n + 1;
        /* there is room: an earlier request had so many keys */
        reader->seen[at->n_keys].text = (uint32_t)(start + 1 - at->begin);
        return true;
    }
    part_ways(at);
    return false;
}

/* Compares two words, from the one at FIRST on, with TEXT, where KEY would begin. */
static inline bool
same_words(const struct json_familiar *key, unsigned first, const char *text)
{
    uint64_t words[2];

    memcpy(words, text + first * sizeof *words, sizeof words);
    return (((words[0] ^ key->words[first]) & key->masks[first]) | ((words[1] ^ key->words[first + 1]) & key->masks[first + 1]))
           == 0;
}

/* Notes all of the keys that were only compared so far. */
static void
part_ways(struct reading *at)
{
    struct json_reader *reader = at->reader;

    at->follows = false;
    at->n_followed = at->n_plain = at->n_keys;
    for (uint32_t i = 1; i <= at->n_keys; i++) {
        uint32_t text = reader->seen[i].text, n = reader->familiar[i - 1].n;

        reader->seen[i] = (struct json_key){ .text = text, .n = n, .path_n = n };
        at->marks |= (uint64_t)1 << mark_of((struct str){ at->begin + text, n });
    }
}

/* Makes the keys that this request began with the familiar ones; what was noted of those that are so already stays. */
static void
learn_keys(const struct reading *at)
{
    struct json_reader *reader = at->reader;
    bool same = true;

    reader->n_familiar = 0;
    for (uint32_t i = 1; i <= at->n_plain && i <= JSON_FAMILIAR_MAX && reader->seen[i].n <= JSON_FAMILIAR_BYTES; i++) {
        const struct json_key *seen = &reader->seen[i];
        struct json_familiar *key = &reader->familiar[i - 1];
        struct json_familiar learnt = { .n = seen->n };

        memcpy(learnt.words, at->begin + seen->text, seen->n + 1);
        memset(learnt.masks, 0xFF, seen->n + 1);
        same = same && key->n == learnt.n && memcmp(key->words, learnt.words, sizeof learnt.words) == 0;
        learnt.note = same ? key->note : 0;
        *key = learnt;
        reader->n_familiar = i;
    }
}

/* Notes the key NAME, whose opening quote is at START, makes its path the current one, and fails if it was seen already. */
static inline bool
add_key(struct reading *at, struct str name, const char *start)
{
    struct json_reader *reader = at->reader;
    const struct frame *top = at->top;
    uint32_t idx = at->n_keys + 1;
    struct json_key *key;
    uint64_t mark;

    if (idx > REQUEST_KEYS_MAX)
        return fail(at, start, TOO_MANY, NULL);
    if (!seen_room(at, idx))
        return false;
    key = &reader->seen[idx];
    key->n = (uint32_t)name.n;
    key->path_n = (uint32_t)name.n;
    key->parent = top->parent;
    key->scope = top->scope;
    if (name.p == start + 1) {
        key->text = (uint32_t)(name.p - at->begin);
    } else {
        key->text = (uint32_t)at->unescaped_n | UNESCAPED;
        at->unescaped_n += name.n;
    }
    if (top->parent != NONE)
        key->path_n += reader->seen[top->parent].path_n + 1;
    if (reader->tells_dotted && !top->silent)
        reader->dotted = top->dotted || (name.n != 0 && (memchr(name.p, '.', name.n) != NULL
                                                         || (reader->tells_lists && memchr(name.p, '[', name.n) != NULL)));
    if (at->depth == 1)
        at->path = name; /* no copy where there is nothing to put before it */
    else if (!add_path(at, name))
        return false;
    mark = (uint64_t)1 << mark_of(at->path);
    if ((at->marks & mark) != 0 || idx > FEW_KEYS) {
        if (!check_key(at, idx, start))
            return false;
    }
    at->marks |= mark;
    at->n_keys = idx;
    at->n_plain += at->n_plain == idx - 1 && at->depth == 1 && (key->text & UNESCAPED) == 0;
    return true;
}

/* Makes room for key IDX. */
static inline bool
seen_room(struct reading *at, uint32_t idx)
{
    struct json_reader *reader = at->reader;
    size_t need = (idx + (size_t)1) * sizeof *reader->seen;

    if (need > reader->seen_room) {
        struct json_key *seen = grow(at, reader->seen, &reader->seen_room, need);

        if (seen == NULL)
            return false;
        reader->seen = seen;
    }
    return true;
}

/* Returns a number below 64 that is the same for equal paths, and seldom for others. */
static inline unsigned
mark_of(struct str path)
{
    size_t first = path.n != 0 ? (unsigned char)path.p[0] : 0;
    size_t last = path.n != 0 ? (unsigned char)path.p[path.n - 1] : 0;

    return (unsigned)((5 * path.n + 3 * first + last) % 64);
}

/* Fails if key IDX, which starts at START, is one of those before it. */
static bool
check_key(struct reading *at, uint32_t idx, const char *start)
{
    struct json_reader *reader = at->reader;
    uint32_t same;

    if (idx <= FEW_KEYS) {
        same = find_compared(at, idx);
    } else {
        if ((idx >> at->chains_log) != 0 && !hash_keys(at))
            return false;
        reader->seen[idx].hash = hash_key(at, &reader->seen[idx]);
        same = find_hashed(at, idx);
        link_key(at, idx);
    }
    if (same == NONE)
        return true;
    if (reader->seen[same].parent != reader->seen[idx].parent)
        return fail(at, start, "the key is given twice", "dotted keys and nested objects are two spellings of one key");
    return fail(at, start, "the key is given twice", NULL);
}

/* Puts NAME behind the path of the innermost object, which is not the top, and makes that the current path. */
static bool
add_path(struct reading *at, struct str name)
{
    struct json_reader *reader = at->reader;
    size_t n = at->top->path_n;
    size_t need = n + 1 + name.n;

    if (need > reader->path_room) {
        char *path = grow(at, reader->path, &reader->path_room, need);

        if (path == NULL)
            return false;
        reader->path = path;
    }
    reader->path[n] = '.';
    if (name.n != 0)
        memcpy(reader->path + n + 1, name.p, name.n);
    at->path = (struct str){ reader->path, need };
    return true;
}

/* Returns the key before KEY that has its scope and path, or NONE. */
static uint32_t
find_compared(const struct reading *at, uint32_t key)
{
    const struct json_key *seen = at->reader->seen;

    for (uint32_t i = 1; i < key; i++)
        if (seen[i].path_n == seen[key].path_n && seen[i].scope == seen[key].scope && same_path(at, &seen[i], &seen[key]))
            return i;
    return NONE;
}

/* The same by the hash table. */
static uint32_t
find_hashed(const struct reading *at, uint32_t key)
{
    const struct json_key *seen = at->reader->seen;
    uint32_t i = at->reader->chains[chain_of(at, seen[key].hash)];

    /* equal hashes are equal paths but for bad luck, so that long paths are compared about once a request */
    for (; i != NONE; i = seen[i].next)
        /* by chance: other paths of one hash */
        if (seen[i].hash == seen[key].hash && seen[i].path_n == seen[key].path_n && seen[i].scope == seen[key].scope
            && same_path(at, &seen[i], &seen[key])) /* by chance: as above */
            return i;
    return NONE;
}

/* Makes the hash table over all keys noted so far, or a larger one. */
static bool
hash_keys(struct reading *at)
{
    struct json_reader *reader = at->reader;
    uint32_t log = at->chains_log != 0 ? at->chains_log + 2 : 7;
    size_t need = sizeof *reader->chains << log;

    if (need > reader->chains_room) {
        uint32_t *chains = grow(at, reader->chains, &reader->chains_room, need);

        if (chains == NULL)
            return false;
        reader->chains = chains;
    }
    memset(reader->chains, 0, need);
    if (at->chains_log == 0) {
        if (reader->seed == 0)
            reader->seed = draw_seed(reader);
        for (uint32_t lane = 0; lane < 2; lane++) {
            uint32_t *powers = at->powers[lane];

            powers[0] = 1;
            powers[1] = point_of(reader->seed, lane);
            for (size_t i = 2; i < N_ELEMENTS(at->powers[0]); i++)
                powers[i] = (uint32_t)((uint64_t)powers[i - 1] * powers[1] % PRIME);
        }
        /* a key comes after the one around it, whose hash it needs */
        for (uint32_t i = 1; i <= at->n_keys; i++)
            reader->seen[i].hash = hash_key(at, &reader->seen[i]);
    }
    at->chains_log = log;
    for (uint32_t i = 1; i <= at->n_keys; i++)
        link_key(at, i);
    return true;
}

static void
link_key(const struct reading *at, uint32_t idx)
{
    struct json_key *key = &at->reader->seen[idx];
    uint32_t *chain = &at->reader->chains[chain_of(at, key->hash)];

    key->next = *chain;
    *chain = idx;
}

/* Returns the hash of a key's scope and path.  The hash of a path goes on from the one of its beginning. */
static uint64_t
hash_key(const struct reading *at, const struct json_key *key)
{
    uint64_t first = (uint64_t)key->scope + 1;
    uint64_t hash = first << 32 | first;

    if (key->parent != NONE)
        hash = hash_bytes(at, at->reader->seen[key->parent].hash, ".", 1);
    return hash_bytes(at, hash, key_text(at, key), key->n);
}

/* The bytes, each one more than it is, are the coefficients of a polynomial over the integers modulo PRIME, and the hash is its
 * values at two secret points.  However two paths of n bytes were chosen, they have one value in common at n of the 2^31 points
 * at most.  How a path was split into keys makes no difference. */
static uint64_t
hash_bytes(const struct reading *at, uint64_t hash, const char *p, size_t n)
{
    uint64_t a = hash >> 32;
    uint64_t b = hash & UINT32_MAX;

    while (n != 0) {
        size_t step = n < N_ELEMENTS(at->powers[0]) - 1 ? n : N_ELEMENTS(at->powers[0]) - 1;

        /* below 2^31 * 2^31 + 4 * 2^31 * 2^9 */
        a *= at->powers[0][step];
        b *= at->powers[1][step];
        for (size_t i = 0; i < step; i++) {
            uint64_t c = (uint64_t)(unsigned char)p[i] + 1;

            a += at->powers[0][step - 1 - i] * c;
            b += at->powers[1][step - 1 - i] * c;
        }
        a = remainder_of(a);
        b = remainder_of(b);
        p += step;
        n -= step;
    }
    return a << 32 | b;
}

/* Returns X modulo PRIME, modulo which 2^31 is 1. */
static inline uint64_t
remainder_of(uint64_t x)
{
    x = (x & PRIME) + (x >> 31);
    x = (x & PRIME) + (x >> 31);
    return x >= PRIME ? x - PRIME : x; /* by chance: it is PRIME itself */
}

/* Keys that differ in the last byte only have neighbouring hashes: the product spreads them (2^64 divided by the golden
 * ratio). */
static size_t
chain_of(const struct reading *at, uint64_t hash)
{
    return (size_t)((hash * 0x9E3779B97F4A7C15u) >> (64 - at->chains_log));
}

/* Returns a number from 2 to PRIME - 1, with all bits of SEED in it; another for each LANE. */
static uint32_t
point_of(uint64_t seed, uint32_t lane)
{
    seed += (lane + 1) * 0x9E3779B97F4A7C15u;
    seed = (seed ^ seed >> 32) * 0xD6E8FEB86659FD93u;
    seed = (seed ^ seed >> 32) * 0xD6E8FEB86659FD93u;
    return (uint32_t)((seed >> 32) % (PRIME - 2)) + 2;
}

static uint64_t
draw_seed(const struct json_reader *reader)
{
    uint64_t seed = 0;

    /* where the system gives nothing, the place of the stack and the heap is the best that there is */
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = ((uint64_t)(uintptr_t)&seed << 32) ^ (uint64_t)(uintptr_t)reader->seen;
    return seed != 0 ? seed : 1; /* by chance: the seed is random */
}

/* Compares two paths of one scope and one length from their ends. */
static bool
same_path(const struct reading *at, const struct json_key *a, const struct json_key *b)
{
    const struct json_key *seen = at->reader->seen;
    size_t left_a = a->n;
    size_t left_b = b->n;

    for (;;) {
        size_t n = left_a < left_b ? left_a : left_b;

        left_a -= n;
        left_b -= n;
        if (n != 0 && memcmp(key_text(at, a) + left_a, key_text(at, b) + left_b, n) != 0)
            return false;
        /* what is left of both is of one length */
        if (left_a == 0 && a->parent == NONE)
            return true;
        /* before a key stands a dot, which the other path may have inside of a key */
        if (left_a != 0) {
            if (key_text(at, a)[--left_a] != '.')
                return false;
        } else {
            a = &seen[a->parent];
            left_a = a->n;
        }
        if (left_b != 0) {
            if (key_text(at, b)[--left_b] != '.')
                return false;
        } else {
            b = &seen[b->parent];
            left_b = b->n;
        }
        if (a == b)
            return true;
    }
}

static const char *
key_text(const struct reading *at, const struct json_key *key)
{
    return (key->text & UNESCAPED) != 0 ? at->reader->unescaped + (key->text & ~UNESCAPED) : at->begin + key->text;
}

/* ---- bytes -------------------------------------------------------------------------------------------------------------- */

/* Returns the first byte from P on that is no white space. */
static inline const char *
skip_space(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* Returns the first byte from P on that is not a plain byte of a string: a quote, a backslash, a control character, or a part
 * of a longer UTF-8 sequence. */
static inline const char *
plain_end(const char *p, const char *end)
{
    const uint64_t ones = 0x0101010101010101u;

    /* The difference with ONES has the top bit in a byte that was 0, the one with 0x20 in a byte below 0x20.  A byte that
     * borrows spoils only those after it, and the first one is what we look for. */
    while (end - p >= (ptrdiff_t)sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        word = (((word ^ ones * '"') - ones) | ((word ^ ones * '\\') - ones) | (word - ones * 0x20) | word) & ones * 0x80;
        if (word != 0)
            return p + (__builtin_ctzll(word) >> 3);
        p += sizeof word;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80)
        p++;
    return p;
}

static char *
put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = (char)(0xE0 | code >> 12);
        } else {
            *out++ = (char)(0xF0 | code >> 18);
            *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (code & 0x3F));
    return out;
}

/* Returns the length of the UTF-8 sequence at TEXT, of which LEFT > 0 bytes are there, and its code point; 0 if it is none.
 * Source: RFC 3629, section 4. */
static size_t
get_utf8(const char *text, size_t left, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t c = p[0];

    *code = c;
    if (n == 1)
        return 1;
    if (c < 0xC2 || c > 0xF4 || n > left)
        return 0;
    c &= 0x7Fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *code = c;
    return n;
}

/* True for the code points that Unicode keeps from ever being characters; RFC 7493, section 2.1, forbids them. */
static bool
is_noncharacter(uint32_t code)
{
    return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

static inline bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Returns OLD with room for at least NEED bytes, and the room in *ROOM; or NULL, and then OLD is as it was.  No sum can
 * overflow: all come from texts of at most REQUEST_BYTES_MAX bytes. */
static void *
grow(struct reading *at, void *old, size_t *room, size_t need)
{
    size_t size = 2 * *room > ROOM_MIN ? 2 * *room : ROOM_MIN;
    void *p;

    size = size > need ? size : need;
    p = mem_realloc(at->reader->mem, old, size);
    if (p == NULL)
        at->status = RCK_E_NOMEM;
    else
        *room = size;
    return p;
}

/* ---- errors ------------------------------------------------------------------------------------------------------------- */

/* Always false, as are all the others. */
static bool
fail(struct reading *at, const char *where, const char *message, const char *help)
{
    at->status = RCK_E_REQUEST;
    at->error->offset = (size_t)(where - at->begin);
    at->error->message = message;
    at->error->help = help;
    quote_path(at->error->key, sizeof at->error->key, at->path);
    return false;
}

static bool
fail_truncated(struct reading *at)
{
    return fail(at, at->end, "the request ends before its object is closed", "it is cut off, perhaps by a line break: a request stands in one line");
}

/* Not an object. */
static bool
fail_request(struct reading *at)
{
    size_t left = (size_t)(at->end - at->p);

    if (left >= 3 && memcmp(at->p, "\xEF\xBB\xBF", 3) == 0)
        return fail(at, at->p, "the request begins with a byte order mark", "leave U+FEFF out");
    if (left >= 2 && (memcmp(at->p, "\xFE\xFF", 2) == 0 || memcmp(at->p, "\xFF\xFE", 2) == 0))
        return fail(at, at->p, "the request is UTF-16, not UTF-8", NULL);
    return fail(at, at->p, "the request is not an object",
                "write {\"subject\": ..., \"action\": ..., \"resource\": ...}, of an HTTP request {\"method\": ..., \"url\": ...}, in one line");
}

/* Not a key where one has to be. */
static bool
fail_key(struct reading *at, const char *where)
{
    const char *help = NULL;

    if (*where == '}')
        help = "leave out the ',' before '}'";
    else if (*where == '\'' || *where == '_' || is_letter(*where) || is_digit(*where))
        help = "keys are written in double quotes";
    return fail(at, where, at->top->n_members != 0 ? "expected a key after ','" : "expected a key or '}' after '{'", help);
}

/* Not a value where one has to be. */
static bool
fail_value(struct reading *at, const char *where)
{
    const char *help = NULL;

    switch (*where) {
    case '\'':
        help = "strings are written in double quotes";
        break;
    case '+':
        help = "a number has no '+' before it";
        break;
    case '.':
        help = "a number has a digit before its point";
        break;
    case '/':
    case '#':
        help = "JSON has no comments";
        break;
    case ']':
        if (at->top->array)
            help = "leave out the ',' before ']'";
        break;
    default:
        if (is_letter(*where))
            help = "the only words are true, false and null; text is written in double quotes";
    }
    return fail(at, where, "expected a value", help);
}

/* Bytes that cannot stand in a string as they are. */
static bool
fail_in_string(struct reading *at, const char *where)
{
    unsigned char c = (unsigned char)*where;
    uint32_t code;

    if (c == 0)
        return fail(at, where, NUL_CHARACTER, NULL);
    if (c < 0x20)
        return fail(at, where, "a control character in a string", "write it as an escape, such as \\n or \\u001b");
    if (get_utf8(where, (size_t)(at->end - where), &code) == 0)
        return fail(at, where, "a byte in a string is not UTF-8", NULL);
    return fail(at, where, NONCHARACTER, NONCHARACTER_HELP);
}

/* A receiver said no, and keeps the reason. */
static bool
stop(struct reading *at)
{
    at->status = RCK_E_REQUEST;
    return false;
}

/* Copies PATH for a message: as much of it as fits, in whole characters, and '?' for control characters. */
static void
quote_path(char *key, size_t room, struct str path)
{
    size_t n = path.n;

    if (n > room - 1) {
        n = room - 1;
        while (ALWAYS(n != 0) && ((unsigned char)path.p[n] & 0xC0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)path.p[i];

        if (c < 0x20 || c == 0x7F) {
            key[i] = '?';
        } else if (c == 0xC2 && (unsigned char)path.p[i + 1] < 0xA0) {
            key[i] = '?'; /* U+0080 to U+009F */
            key[++i] = '?';
        } else {
            key[i] = path.p[i];
        }
    }
    key[n] = '\0';
}

size_t
json_quote(char *out, struct str text)
{
    size_t n = 0;

    out[n++] = '"';
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c < 0x20) {
            memcpy(out + n, "\\u00", 4);
            out[n + 4] = "0123456789abcdef"[c >> 4];
            out[n + 5] = "0123456789abcdef"[c & 15];
            n += 6;
            continue;
        }
        if (c == '"' || c == '\\')
            out[n++] = '\\';
        out[n++] = (char)c;
    }
    out[n++] = '"';
    return n;
}
