/* SPDX-License-Identifier: MIT
 *
 * Requests as key=value lines:  subject=authtoken role={owner, admin} note="two words" count=30
 *
 * The pairs become the facts that the JSON reader would report, so that the rules for keys, types and duplicates are the same.
 * What JSON tells by its syntax (a number, a text, a set) is told here by the type that the vocabulary gives the key; what stands
 * in double quotes is a JSON string and nothing else.
 */
#include <config.h>

#include "pairs.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
put_error(struct rck_request *request, size_t offset, enum rck_status status, const struct json_error *error)
{
    if (status == RCK_E_NOMEM) {
        request_no_memory(request, STR(""), offset);
    } else {
        request_fault(request, STR(""), offset, error->help, error->message);
    }
    return false;
}

/* ---- values ---------------------------------------------------------------------------------------------------------------- */

/* Reads the members of a set, from *AT of TEXT on, to CLOSE or, if that is 0, to the end.  Members are names without blanks and
 * commas, or JSON strings.  SLOT is RCK_NONE where nobody knows the set: then it is only read.  BASE is added to offsets, unless
 * FIXED, when it is the offset of all.  False if it is wrong; *AT is behind the set otherwise. */
static bool
read_members(struct rck_request *request, uint32_t slot, struct str text, size_t *at, char close, size_t base, bool fixed)
{
    struct str key = slot != RCK_NONE ? request->policy->slots.items[slot].name : STR("");
    size_t p = *at;
    bool first = true;

#define PLACE(i) (fixed ? base : base + (i))
    for (;;) {
        struct str member;
        size_t begin;

        while (p < text.n && is_blank(text.p[p]))
            p++;
        if (first && close != 0 && p < text.n && text.p[p] == close) {
            *at = p + 1;
            return true;
        }
        begin = p;
        if (p < text.n && text.p[p] == '"') {
            struct json_error error;
            enum rck_status status = json_read_string(&request->notes->reader, text, p, &member, &p, &error);

            if (status != RCK_OK)
                return put_error(request, PLACE(error.offset), status, &error);
        } else {
            while (p < text.n && text.p[p] != ',' && text.p[p] != close && text.p[p] != '"' && !is_blank(text.p[p]))
                p++;
            member = (struct str){ text.p + begin, p - begin };
            if (member.n == 0 && (p < text.n || close == 0)) {
                request_fault(request, key, PLACE(p), "write the names with one ',' between them; '{}' is the empty set",
                              "a name is missing in the set");
                return false;
            }
        }
        while (p < text.n && is_blank(text.p[p]))
            p++;
        if (p == text.n && close != 0) {
            request_fault(request, key, PLACE(p), NULL,
                          close == '}' ? "the set is not closed with '}'" : "the set is not closed with ']'");
            return false;
        }
        if (p < text.n && text.p[p] != ',' && text.p[p] != close) {
            request_fault(request, key, PLACE(p), "a name with a blank or a '\"' in it is written in double quotes",
                          close != 0 ? "expected ',' or the end of the set after a name" : "expected ',' after a name");
            return false;
        }
        if (slot != RCK_NONE && !request_put_member(request, slot, PLACE(begin), member))
            return false;
        if (p == text.n || text.p[p] == close) {
            *at = p + (p < text.n);
            return true;
        }
        p++;
        first = false;
    }
#undef PLACE
}

static bool
put_set(struct rck_request *request, uint32_t slot, size_t key_offset, size_t offset, struct str text)
{
    bool open = text.n != 0 && (text.p[0] == '{' || text.p[0] == '[');
    size_t at = open;

    if (!request_put_set(request, slot, key_offset)
        || !read_members(request, slot, text, &at, !open ? 0 : text.p[0] == '{' ? '}' : ']', offset, true))
        return false;
    if (at != text.n) {
        request_fault(request, request->policy->slots.items[slot].name, offset, NULL, "text follows the set");
        return false;
    }
    return true;
}

/* What TEXT would be in JSON, in a place where a value of type TYPE belongs; JSON_OBJECT is a set. */
static enum json_kind
kind_of(enum rck_type type, struct str text)
{
    switch (type) {
    case RCK_TYPE_NAME:
    case RCK_TYPE_STRING:
    case RCK_TYPE_TIME:
        break;
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
        return json_is_number(text) ? JSON_NUMBER : JSON_STRING;
    case RCK_TYPE_BOOL:
        return str_equal(text, STR("true")) ? JSON_TRUE : str_equal(text, STR("false")) ? JSON_FALSE : JSON_STRING;
    case RCK_TYPE_SET:
        return JSON_OBJECT;
    }
    return JSON_STRING;
}

static bool
is_absent(struct str text, bool quoted)
{
    return !quoted && (text.n == 0 || str_equal(text, STR("-")));
}

bool
pairs_put(struct rck_request *request, uint32_t slot, size_t key_offset, size_t offset, struct str text, bool quoted)
{
    const struct slot *of = &request->policy->slots.items[slot];
    struct json_value value = { .kind = JSON_NULL, .text = text, .offset = offset };

    if (!is_absent(text, quoted))
        value.kind = kind_of(of->type, text);
    if (value.kind == JSON_OBJECT)
        return put_set(request, slot, key_offset, offset, text);
    if (value.kind == JSON_STRING && (of->type == RCK_TYPE_INT || of->type == RCK_TYPE_DECIMAL) && text.n != 0
        && (text.p[0] == '+' || text.p[0] == '.' || (text.p[0] >= '0' && text.p[0] <= '9'))) {
        request_fault(request, of->name, offset, "write no leading zeros, no '+', and nothing but the number",
                      "this is not a number as JSON writes them");
        return false;
    }
    return request_put(request, slot, key_offset, &value);
}

/* The value of a key that is no attribute, such as `id`: a number, true, false or a text, by its looks. */
static struct json_value
guess(struct str text, size_t offset, bool quoted)
{
    struct json_value value = { .kind = JSON_STRING, .text = text, .offset = offset };

    if (is_absent(text, quoted))
        value.kind = JSON_NULL;
    else if (!quoted && json_is_number(text))
        value.kind = JSON_NUMBER;
    else if (!quoted)
        value.kind = kind_of(RCK_TYPE_BOOL, text);
    if (value.kind != JSON_STRING)
        value.raw = text;
    return value;
}

bool
pairs_put_key(struct rck_request *request, struct str key, size_t key_offset, size_t offset, struct str text, bool quoted)
{
    uint32_t slot = request_find(request, key);
    struct json_receiver receiver = request_receiver(request);
    struct json_value value = guess(text, offset, quoted);

    if (slot == RCK_NONE)
        return receiver.scalar(request, key, key_offset, &value);
    /* Of an attribute the text may be wanted, too. */
    return request_keep(request, key, &value) && pairs_put(request, slot, key_offset, offset, text, quoted);
}

/* ---- lines ----------------------------------------------------------------------------------------------------------------- */

/* One call of rck_request_read_pairs(). */
struct line {
    struct rck_request *request;
    struct str text;
    size_t p; /* next byte to read */
    struct str key;
    size_t key_offset;
    uint32_t n_keys;
    uint32_t n_unknown; /* keys that are no attributes; in the request's scratch, for finding duplicates */
};

static bool
fail(struct line *at, size_t offset, const char *help, const char *message)
{
    request_fault(at->request, at->key, offset, help, message);
    return false;
}

static bool
read_key(struct line *at)
{
    const char *p = at->text.p;
    size_t begin = at->p, n = at->text.n;

    at->key_offset = begin;
    if (p[begin] == '"') {
        begin = ++at->p;
        while (at->p < n && p[at->p] != '"' && p[at->p] != '\\')
            at->p++;
        if (at->p == n)
            return fail(at, begin - 1, NULL, "the quoted key is not closed");
        if (p[at->p] == '\\')
            return fail(at, at->p, "such a key can be written in JSON", "a key in quotes has no escapes");
        at->key = (struct str){ p + begin, at->p++ - begin };
    } else {
        while (at->p < n && p[at->p] != '=' && p[at->p] != '"' && !is_blank(p[at->p]))
            at->p++;
        at->key = (struct str){ p + begin, at->p - begin };
        if (at->key.n == 0)
            return fail(at, begin, "a pair is key=value, without blanks around the '='", "a key is missing before '='");
    }
    if (at->p == n || p[at->p] != '=')
        return fail(at, at->p, "a pair is key=value, without blanks around the '='", "expected '=' after a key");
    at->p++;
    return true;
}

/* A JSON string, and nothing else: not a number, not a set, not absent. */
static bool
read_quoted(struct line *at)
{
    struct rck_request *request = at->request;
    struct json_receiver receiver = request_receiver(request);
    struct json_value value = { .kind = JSON_STRING, .offset = at->p };
    struct json_error error;
    size_t next = 0;
    enum rck_status status = json_read_string(&request->notes->reader, at->text, at->p, &value.text, &next, &error);

    if (status != RCK_OK)
        return put_error(request, error.offset, status, &error);
    value.raw = (struct str){ at->text.p + at->p, next - at->p };
    at->p = next;
    return receiver.scalar(request, at->key, at->key_offset, &value);
}

static bool
read_set(struct line *at)
{
    struct rck_request *request = at->request;
    struct json_receiver receiver = request_receiver(request);
    char close = at->text.p[at->p] == '{' ? '}' : ']';

    if (!receiver.array(request, at->key, at->key_offset))
        return false;
    at->p++;
    return read_members(request, request_find(request, at->key), at->text, &at->p, close, 0, false);
}

static bool
read_bare(struct line *at)
{
    const char *p = at->text.p;
    size_t begin = at->p, n = at->text.n;

    while (at->p < n && p[at->p] != '"' && !is_blank(p[at->p]))
        at->p++;
    if (at->p < n && p[at->p] == '"')
        return fail(at, at->p, "put the whole value in double quotes; a '\"' in it is written \\\"", "a quote inside of a value");
    (void)pairs_put_key(at->request, at->key, at->key_offset, begin, (struct str){ p + begin, at->p - begin }, false);
    return request_reads_on(at->request);
}

/* Notes a key that is no attribute; those are refused a second time by the request itself. */
static bool
note_key(struct line *at)
{
    if (++at->n_keys > REQUEST_KEYS_MAX)
        return fail(at, at->key_offset, NULL, "the request has more than 65536 keys");
    if (request_find(at->request, at->key) != RCK_NONE)
        return true;
    if (!request_scratch(at->request, 2 * (at->n_unknown + 1) * sizeof(struct part)))
        return false;
    ((struct part *)(void *)at->request->notes->scratch)[at->n_unknown++] =
        (struct part){ (uint32_t)(at->key.p - at->text.p), (uint32_t)at->key.n };
    return true;
}

static bool
read_pair(struct line *at)
{
    char c;
    bool ok;

    if (!read_key(at) || !note_key(at))
        return false;
    c = at->p < at->text.n ? at->text.p[at->p] : 0;
    ok = c == '"' ? read_quoted(at) : c == '{' || c == '[' ? read_set(at) : read_bare(at);
    if (ok && at->p < at->text.n && !is_blank(at->text.p[at->p]))
        return fail(at, at->p, "pairs have blanks between them", "text follows a value");
    return ok;
}

/* All that may stand nowhere in a line. */
static bool
check_line(struct line *at)
{
    struct json_error error;
    enum rck_status status;

    if (at->text.n > REQUEST_BYTES_MAX)
        return fail(at, REQUEST_BYTES_MAX, NULL, "the request is longer than 1048576 bytes");
    status = json_check_text(at->text, &error);
    if (status != RCK_OK)
        return put_error(at->request, error.offset, status, &error);
    for (size_t i = 0; i < at->text.n; i++)
        if ((unsigned char)at->text.p[i] < 0x20 && at->text.p[i] != '\t')
            return fail(at, i, "write it as an escape in double quotes",
                        "a control character in a line of pairs");
    return true;
}

enum rck_status
rck_request_read_pairs(struct rck_request *request, const char *text, size_t length)
{
    struct line at = { .request = request, .text = { length != 0 ? text : "", length }, .key = STR("") };
    size_t twin;
    bool ok;

    rck_request_reset(request);
    if (request_note(request) == NULL)
        return RCK_E_NOMEM;
    if (at.text.n != 0 && at.text.p[at.text.n - 1] == '\n')
        at.text.n--;
    if (at.text.n != 0 && at.text.p[at.text.n - 1] == '\r')
        at.text.n--;
    for (ok = check_line(&at); ok;) {
        while (at.p < at.text.n && is_blank(at.text.p[at.p]))
            at.p++;
        if (at.p == at.text.n)
            break;
        ok = read_pair(&at);
    }
    if (ok && at.n_keys == 0)
        request_fault(request, STR(""), 0, NULL, "the request is empty");
    if (at.n_unknown > 1) {
        struct part *parts = (struct part *)(void *)request->notes->scratch;

        twin = pairs_find_twins(at.text, parts, parts + at.n_unknown, at.n_unknown);
        if (twin != at.text.n)
            request_fault(request, STR(""), twin, "give every key once", "the key is given twice");
    }
    return request_status(request);
}

static int
compare_parts(struct str text, const struct part *a, const struct part *b)
{
    return str_compare((struct str){ text.p + a->offset, a->n }, (struct str){ text.p + b->offset, b->n });
}

/* Sorts by text; stable, so that the later one of two that are equal comes later. */
static void
sort_parts(struct str text, struct part *parts, struct part *spare, uint32_t n)
{
    uint32_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    sort_parts(text, parts, spare, half);
    sort_parts(text, parts + half, spare, n - half);
    while (i < half || j < n)
        spare[k++] = j == n || (i < half && compare_parts(text, &parts[i], &parts[j]) <= 0) ? parts[i++] : parts[j++];
    memcpy(parts, spare, n * sizeof *parts);
}

size_t
pairs_find_twins(struct str text, struct part *parts, struct part *spare, uint32_t n)
{
    size_t found = text.n;

    sort_parts(text, parts, spare, n);
    for (uint32_t i = 1; i < n; i++)
        if (parts[i].offset < found && compare_parts(text, &parts[i - 1], &parts[i]) == 0)
            found = parts[i].offset;
    return found;
}
