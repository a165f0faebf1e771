/* SPDX-License-Identifier: MIT
 *
 * Filling a request: every value goes through put_*() here, whatever form it came in, so that all forms are equally strict.  The
 * first fault is kept, and makes the request invalid until it is reset.
 */
#include <config.h>

#include "request.h"

#include <stdarg.h>
#include <stdio.h>

#include "lookup_find.h"
#include "number.h"
#include "suggest.h"
#include "times.h"

/* ---- making ------------------------------------------------------------------------------------------------------------- */

/* Bytes before the values of a request for POLICY: the texts, 'adds', and 'given', which ends where they begin. */
static size_t
bytes_before_values(const struct rck_policy *policy)
{
    enum { WORD = sizeof(uint64_t) };

    return policy->slots.n * sizeof(struct request_text)
           + (policy->table.places.n * sizeof(uint32_t) + policy->slots.n + WORD - 1) / WORD * WORD;
}

size_t
request_arrays_size(const struct rck_policy *policy)
{
    return bytes_before_values(policy) + policy->n_values * sizeof(uint64_t) + policy->slots.n * sizeof(uint32_t);
}

void
request_lay(struct rck_request *request, struct rck_policy *policy, void *arrays)
{
    size_t n = policy->slots.n;

    request->policy = policy;
    request->texts = arrays;
    request->values = (uint64_t *)(void *)((char *)arrays + bytes_before_values(policy));
    request->codes = (uint32_t *)(void *)(request->values + policy->n_values);
    request->given = (uint8_t *)request->values - n;
    request->adds = (uint32_t *)(void *)(request->texts + n);
    request->place = policy->table.places.empty;
    request_set_lacks(request, REQUEST_LACKS_NAMES);
}

enum rck_status
rck_request_new(struct rck_policy *policy, struct rck_request **out)
{
    enum { LINE = 64 }; /* bytes of a cache line */
    size_t before = bytes_before_values(policy), arrays = request_arrays_size(policy);
    size_t request_at = (arrays + _Alignof(struct rck_request) - 1) / _Alignof(struct rck_request) * _Alignof(struct rck_request);
    size_t line_at = policy->table.form == TABLE_DENSE ? request_at : before; /* what a decision reads begins one */
    size_t size = LINE + request_at + sizeof(struct rck_request);
    char *block = mem_alloc(&policy->mem, size), *begin;
    struct rck_request *request;

    if (block == NULL)
        return RCK_E_NOMEM;
    memset(block, 0, size);
    begin = block + (LINE - ((uintptr_t)block + line_at) % LINE) % LINE;
    request = (struct rck_request *)(void *)(begin + request_at);
    request->mem = policy->mem;
    request->block = block;
    request_lay(request, rck_policy_ref(policy), begin);
    *out = request;
    return RCK_OK;
}

void
request_lay_notes(struct rck_request *request, struct request_notes *notes)
{
    notes->reader.mem = &request->mem;
    request->notes = notes;
}

/* False if REQUEST has no notes, and there is no memory for them. */
static bool
has_notes(struct rck_request *request)
{
    struct request_notes *notes;

    if (request->notes != NULL)
        return true;
    notes = mem_alloc(&request->mem, sizeof *notes);
    if (notes == NULL)
        return false;
    memset(notes, 0, sizeof *notes);
    request_lay_notes(request, notes);
    return true;
}

struct request_notes *
request_note(struct rck_request *request)
{
    if (!has_notes(request)) {
        request->no_memory = true;
        request_set_lacks(request, request->lacks | REQUEST_IS_INVALID);
    }
    return request->notes;
}

void
request_forget_policy(struct rck_request *request)
{
    /* Slots are noted with the keys.  The keys may stay. */
    for (size_t i = 0; i < N_ELEMENTS(request->notes->reader.familiar); i++)
        request->notes->reader.familiar[i].note = 0;
}

void
request_free_buffers(struct rck_request *request)
{
    const struct rck_allocator *mem = &request->mem;
    struct request_notes *notes = request->notes;

    mem_free(mem, request->bytes);
    if (notes == NULL)
        return;
    json_reader_free(&notes->reader);
    message_free(mem, &notes->message);
    mem_free(mem, notes->ignored);
    mem_free(mem, notes->id.text);
    mem_free(mem, notes->watched.text);
    mem_free(mem, notes->watch);
    mem_free(mem, notes->alias);
    mem_free(mem, notes->scratch);
}

void
rck_request_free(struct rck_request *request)
{
    struct rck_allocator mem;

    if (request == NULL)
        return;
    mem = request->mem;
    request_free_buffers(request);
    mem_free(&mem, request->notes);
    rck_policy_unref(request->policy);
    mem_free(&mem, request->block);
}

void
rck_request_reset(struct rck_request *request)
{
    const struct rck_policy *policy = request->policy;

    /* 'given', 'values' and 'codes' (VALUE_ABSENT is 0) lie behind 'adds'. */
    memset(request->adds, 0, (size_t)((char *)(request->codes + policy->slots.n) - (char *)request->adds));
    request->place = policy->table.places.empty;
    request->n_bytes = 0;
    request_set_lacks(request, REQUEST_LACKS_NAMES);
    request->no_memory = false;
    if (request->notes == NULL)
        return;
    request->notes->n_ignored = 0;
    request->notes->undeclared_size = 0;
    request->notes->id.has = false;
    request->notes->watched.has = false;
    memset(request->notes->objects, 0, sizeof request->notes->objects);
}

void
rck_request_set_strict(struct rck_request *request, bool strict)
{
    request->strict = strict;
}

/* ---- faults ------------------------------------------------------------------------------------------------------------- */

/* Copies as much of S as fits, without cutting a character of UTF-8 in two, and ends it with a NUL. */
static void
copy_cut(char *buffer, size_t size, struct str s)
{
    size_t n = s.n < size ? s.n : size - 1;

    if (n < s.n)
        while (n != 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80) /* unreached: n is 0 only in what is no UTF-8 */
            n--;
    if (n != 0)
        memcpy(buffer, s.p, n);
    buffer[n] = 0;
}

/* The same with control characters written as JSON would write them: a message is one line, whatever words it quotes. */
static void
copy_line(char *buffer, size_t size, struct str s)
{
    size_t n = 0, from = 0;

    buffer[0] = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char escape[8];

        if (c >= 0x20 && c != 0x7F)
            continue;
        copy_cut(buffer + n, size - n, (struct str){ s.p + from, i - from });
        n += strlen(buffer + n);
        snprintf(escape, sizeof escape, c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : "\\u%04x", (unsigned)c);
        if (size - n <= strlen(escape))
            return;
        copy_cut(buffer + n, size - n, str_of(escape));
        n += strlen(escape);
        from = i + 1;
    }
    if (from < s.n)
        copy_cut(buffer + n, size - n, (struct str){ s.p + from, s.n - from });
}

static const char no_memory[] = "there is not enough memory to read the request";

/* Makes REQUEST invalid unless it is already; the first fault is the one that is told. */
static void __attribute__((format(printf, 5, 6)))
reject(struct rck_request *request, struct str key, size_t offset, const char *help, const char *format, ...)
{
    struct request_notes *notes;
    char message[sizeof notes->error_message];
    va_list args;

    if (request_is_invalid(request))
        return;
    notes = request_note(request);
    request_set_lacks(request, request->lacks | REQUEST_IS_INVALID);
    if (notes == NULL)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    /* The caller's words may be no UTF-8, and what does not fit is cut anywhere. */
    copy_line(notes->error_message, sizeof notes->error_message, (struct str){ message, utf8_check(str_of(message)) });
    copy_cut(notes->error_key, sizeof notes->error_key, key);
    copy_line(notes->error_help, sizeof notes->error_help, str_of(help));
    notes->error = (struct rck_request_error){
        .key = notes->error_key,
        .message = notes->error_message,
        .help = notes->error_help[0] != 0 ? notes->error_help : NULL,
        .offset = offset,
    };
}

void
request_no_memory(struct rck_request *request, struct str key, size_t offset)
{
    request->no_memory = true;
    reject(request, key, offset, NULL, "%s", no_memory);
}

void
rck_request_reject(struct rck_request *request, const char *message)
{
    rck_request_reset(request);
    reject(request, STR(""), 0, NULL, "%s", message);
}

const struct rck_request_error *
rck_request_error(const struct rck_request *request)
{
    static const struct rck_request_error missing[] = {
        [SLOT_SUBJECT] = { "subject", "the subject is missing", "say who asks: 'subject'", 0 },
        [SLOT_ACTION] = { "action", "the action is missing", "say what is asked: 'action'", 0 },
        [SLOT_RESOURCE] = { "resource", "the resource is missing", "say what it is asked of: 'resource'", 0 },
    };

    static const struct rck_request_error memory = { "", no_memory, NULL, 0 };

    if (request_is_invalid(request))
        return request->notes != NULL && request->notes->error.message != NULL ? &request->notes->error : &memory;
    for (uint32_t s = SLOT_SUBJECT; s <= SLOT_RESOURCE; s++)
        if ((request->lacks >> s & 1) != 0 && !(s == SLOT_SUBJECT && request_is_message(request) && request->notes->message.subject_is_open))
            return &missing[s];
    return NULL;
}

/* The nearest declared name of a slot, as a question; empty if none is near. */
static void
suggest_name(const struct rck_policy *policy, uint32_t slot, struct str word, char *buffer, size_t size)
{
    const struct slot *of = &policy->slots.items[slot];
    struct suggestion suggestion;
    struct str best;

    buffer[0] = 0;
    suggest_begin(&suggestion, word);
    for (uint32_t i = 0; i < of->n_names; i++)
        if (policy->names.items[of->first_name + i].declared != NAME_HIDDEN)
            suggest_try(&suggestion, policy->names.items[of->first_name + i].text);
    best = suggest_found(&suggestion);
    if (best.n != 0)
        snprintf(buffer, size, "did you mean '%.*s'?", WHOLE(best));
}

static void
suggest_key(const struct rck_policy *policy, struct str word, char *buffer, size_t size)
{
    struct suggestion suggestion;
    struct str best;

    buffer[0] = 0;
    suggest_begin(&suggestion, word);
    for (uint32_t s = 0; s < policy->slots.n; s++)
        suggest_try(&suggestion, policy->slots.items[s].name);
    best = suggest_found(&suggestion);
    if (best.n != 0)
        snprintf(buffer, size, "did you mean '%.*s'?", WHOLE(best));
}

/* ---- keys --------------------------------------------------------------------------------------------------------------- */

static void
remember_ignored(struct rck_request *request, struct str key)
{
    struct request_notes *notes = request_note(request);
    size_t used = 0;

    if (notes == NULL)
        return;
    if (notes->n_ignored < REQUEST_IGNORED_MAX) {
        used = notes->n_ignored != 0 ? notes->ignored_end[notes->n_ignored - 1] : 0;
        if (notes->ignored == NULL || notes->ignored_room - used < key.n) {
            size_t room = 2 * (used + key.n) + 16; /* an empty key has a place, too */
            char *grown = mem_realloc(&request->mem, notes->ignored, room);

            if (grown == NULL) {
                request_no_memory(request, key, 0);
                return;
            }
            notes->ignored = grown;
            notes->ignored_room = room;
        }
        if (key.n != 0)
            memcpy(notes->ignored + used, key.p, key.n);
        notes->ignored_end[notes->n_ignored] = used + key.n;
    }
    notes->n_ignored++;
}

size_t
rck_request_ignored(const struct rck_request *request, size_t idx, const char **name, size_t *length)
{
    const struct request_notes *notes = request->notes;

    if (name != NULL)
        *name = NULL;
    if (notes == NULL)
        return 0;
    if (name != NULL && idx < notes->n_ignored && idx < REQUEST_IGNORED_MAX) {
        size_t begin = idx != 0 ? notes->ignored_end[idx - 1] : 0;

        *name = notes->ignored + begin;
        *length = notes->ignored_end[idx] - begin;
    }
    return notes->n_ignored;
}

/* The first part of a dotted key. */
static struct str
first_part(struct str key)
{
    const char *dot = key.n != 0 ? memchr(key.p, '.', key.n) : NULL;

    return dot != NULL ? (struct str){ key.p, (size_t)(dot - key.p) } : key;
}

/* True if some declared name lies below KEY.  Looks at all attributes, but only for keys of the vocabulary's namespaces. */
static bool
has_below(const struct rck_policy *policy, struct str key)
{
    if (lookup_find(&policy->lookup, LOOKUP_NAMESPACES, first_part(key)) == RCK_NONE)
        return false;
    for (uint32_t s = 0; s < policy->slots.n; s++)
        if (policy->slots.items[s].name.n > key.n && str_covers(key, policy->slots.items[s].name))
            return true;
    return false;
}

/* Deals with KEY, which is no slot: it is ignored, or makes the request invalid. */
static void
no_slot(struct rck_request *request, struct str key, size_t offset)
{
    const struct rck_policy *policy = request->policy;
    struct str part;
    bool known;
    char help[320];

    if (str_equal(key, STR("now"))) {
        reject(request, key, offset, "the time is given by the caller: use --now", "a request cannot say what time it is");
        return;
    }
    part = first_part(key);
    known = lookup_find(&policy->lookup, LOOKUP_NAMESPACES, part) != RCK_NONE
            || (part.n < key.n && lookup_find(&policy->lookup, LOOKUP_KEYS, part) != RCK_NONE);
    /* Looks at all attributes, so only the first fault of a request is worth it. */
    help[0] = 0;
    if ((known || request->strict) && !request_is_invalid(request))
        suggest_key(policy, key, help, sizeof help);
    if (known)
        reject(request, key, offset, help, "'%.*s' is not in the vocabulary, but other names of '%.*s' are", QUOTE(key),
               QUOTE(part));
    else if (request->strict && !str_equal(key, STR("id")))
        reject(request, key, offset, help, "'%.*s' is not in the vocabulary", QUOTE(key));
    else if (!str_equal(key, STR("id")))
        remember_ignored(request, key);
}

/* Notes that SLOT is given; false if it was before. */
static bool
give(struct rck_request *request, uint32_t slot, size_t offset)
{
    if (request->given[slot]) {
        reject(request, request->policy->slots.items[slot].name, offset, "give every key once", "'%.*s' is given twice",
               QUOTE(request->policy->slots.items[slot].name));
        return false;
    }
    request->given[slot] = 1;
    return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------------- */

static const char *
type_words(const struct slot *slot)
{
    switch (slot->type) {
    case RCK_TYPE_BOOL:
        return "true or false";
    case RCK_TYPE_INT:
        return "a whole number";
    case RCK_TYPE_DECIMAL:
        return "a number";
    case RCK_TYPE_STRING:
        return "a text";
    case RCK_TYPE_TIME:
        return "a time such as \"2026-03-25T12:00:00Z\"";
    case RCK_TYPE_NAME:
        return "a name";
    case RCK_TYPE_SET:
        break;
    }
    return "a set of names";
}

static void
reject_type(struct rck_request *request, uint32_t slot, size_t offset, const char *found)
{
    const struct slot *of = &request->policy->slots.items[slot];

    reject(request, of->name, offset, NULL, "'%.*s' must be %s, not %s", WHOLE(of->name), type_words(of), found);
}

/* A number as its type writes it. */
static struct str
number_text(char buffer[32], enum rck_type type, int64_t value)
{
    return (struct str){ buffer, type == RCK_TYPE_DECIMAL ? number_write_decimal(buffer, value)
                                 : type == RCK_TYPE_TIME  ? time_write(buffer, value)
                                                          : number_write_int(buffer, value) };
}

/* A number of the slot's type, as requests hold it. */
static void
put_value(struct rck_request *request, uint32_t slot, size_t offset, int64_t value)
{
    const struct slot *of = &request->policy->slots.items[slot];

    if (value < of->min || value > of->max) {
        char buffers[3][32];
        struct str text = number_text(buffers[0], of->type, value);
        struct str min = of->min == INT64_MIN ? STR("") : number_text(buffers[1], of->type, of->min);
        struct str max = of->max == INT64_MAX ? STR("") : number_text(buffers[2], of->type, of->max);

        reject(request, of->name, offset, NULL, "%.*s is out of the range of '%.*s', %.*s..%.*s", WHOLE(text), WHOLE(of->name),
               WHOLE(min), WHOLE(max));
        return;
    }
    request_set_number(request, slot, value);
}

static void
put_time(struct rck_request *request, uint32_t slot, size_t offset, struct str text)
{
    const struct slot *of = &request->policy->slots.items[slot];
    int64_t value = 0;
    enum time_fault fault = time_read(text, &value);

    if (fault == TIME_FINE)
        put_value(request, slot, offset, value);
    else
        reject(request, of->name, offset, "write it as 2026-03-25T12:00:00Z or 2026-03-25T12:00:00+01:00", "'%.*s' %s", QUOTE(text),
               time_fault_text(fault));
}

/* Makes room for N more bytes of texts. */
static bool
text_room(struct rck_request *request, uint32_t slot, size_t n)
{
    size_t room = 2 * (request->n_bytes + n) + 64;
    char *grown;

    if (request->bytes != NULL && request->bytes_room - request->n_bytes >= n)
        return true;
    /* Places are kept in 32 bits. */
    /* unreached: takes 2 GiB of texts in one request */
    grown = room <= UINT32_MAX ? mem_realloc(&request->mem, request->bytes, room) : NULL;
    if (grown == NULL) {
        request_no_memory(request, request->policy->slots.items[slot].name, 0);
        return false;
    }
    request->bytes = grown;
    request->bytes_room = room;
    return true;
}

bool
request_keep_text(struct rck_request *request, uint32_t slot, struct str text)
{
    if (!text_room(request, slot, text.n))
        return false;
    if (text.n != 0)
        memcpy(request->bytes + request->n_bytes, text.p, text.n);
    request->texts[slot] = (struct request_text){ (uint32_t)request->n_bytes, (uint32_t)text.n };
    request->n_bytes += text.n;
    return true;
}

bool
request_keep_member(struct rck_request *request, uint32_t slot, struct str text)
{
    struct request_text *kept = &request->texts[slot];
    size_t old = kept->n;

    if (!text_room(request, slot, old + text.n + 1))
        return false;
    /* What is kept already goes behind all others, where it can be added to. */
    if (kept->at + old != request->n_bytes) {
        memmove(request->bytes + request->n_bytes, request->bytes + kept->at, old);
        kept->at = (uint32_t)request->n_bytes;
        request->n_bytes += old;
    }
    memcpy(request->bytes + request->n_bytes, text.p, text.n);
    request->bytes[request->n_bytes + text.n] = 0;
    request->n_bytes += text.n + 1;
    kept->n += (uint32_t)text.n + 1;
    return true;
}

static void
put_string(struct rck_request *request, uint32_t slot, size_t offset, struct str text)
{
    const struct slot *of = &request->policy->slots.items[slot];
    uint32_t number;

    if (text.n > STRING_BYTES_MAX) {
        reject(request, of->name, offset, NULL, "the text of '%.*s' has %llu bytes, more than the %u that a string may have",
               WHOLE(of->name), (unsigned long long)text.n, (unsigned)STRING_BYTES_MAX);
        return;
    }
    if (!request_keep_text(request, slot, text))
        return;
    number = lookup_find(&request->policy->lookup, slot, text);
    request_set_name(request, slot, number != RCK_NONE ? number : of->n_texts);
}

static void
put_bool(struct rck_request *request, uint32_t slot, size_t offset, bool value)
{
    if (request->policy->slots.items[slot].type != RCK_TYPE_BOOL) {
        reject_type(request, slot, offset, value ? "true" : "false");
        return;
    }
    /* A bool is an enumeration whose names are false and true, in this order. */
    request_set_name(request, slot, value);
}

/* True if TEXT is the name of a set of dimension SLOT: such a name is none of a request. */
static bool
names_set(const struct rck_policy *policy, uint32_t slot, struct str text)
{
    return slot < N_DIMENSIONS && lookup_find(&policy->lookup, LOOKUP_NAMED_SETS + slot, text) != RCK_NONE;
}

/* A name that a dimension does not declare: the names below it, or the nearest one. */
static void
reject_name(struct rck_request *request, uint32_t slot, size_t offset, struct str text)
{
    const struct rck_policy *policy = request->policy;
    const struct slot *of = &policy->slots.items[slot];
    char help[320];
    size_t n = 0;

    for (uint32_t i = 0; i < of->n_names && n + 64 < sizeof help; i++) {
        struct str name = policy->names.items[of->first_name + i].text;

        if (name.n > text.n && str_covers(text, name))
            n += (size_t)snprintf(help + n, sizeof help - n, "%s%.*s", n == 0 ? "say which: " : ", ", QUOTE(name));
    }
    if (n != 0) {
        reject(request, of->name, offset, help, "'%.*s' covers several names and is none itself", QUOTE(text));
    } else if (names_set(policy, slot, text)) {
        reject(request, of->name, offset, "give one of its members", "'%.*s' is the name of a set", QUOTE(text));
    } else {
        suggest_name(policy, slot, text, help, sizeof help);
        reject(request, of->name, offset, help, "unknown %.*s '%.*s'", WHOLE(of->name), QUOTE(text));
    }
}

/* The one below the longest beginning of TEXT that is declared, or begins declared names.  Cost: a look-up for each dot in the first
 * bytes of TEXT, as many as the longest name has. */
uint32_t
request_open_name(const struct rck_policy *policy, uint32_t slot, struct str text)
{
    size_t end = text.n;

    for (;;) {
        uint32_t name;

        if (end <= policy->longest_name) {
            name = lookup_find(&policy->lookup, LOOKUP_OPEN + slot, (struct str){ text.p, end });
            if (name != RCK_NONE)
                return name;
        } else {
            end = (size_t)policy->longest_name + 1; /* 'end' may stop at a dot behind the longest name */
        }
        if (NEVER(end == 0)) /* the top is a name */
            return RCK_NONE;
        do
            end--;
        while (end != 0 && text.p[end] != '.');
    }
}

/* The vocabulary does not know TEXT.  One such text is kept for messages: of the first slot that has one, short, and harmless in
 * the text of a set. */
static void
note_undeclared(struct rck_request *request, uint32_t slot, struct str text)
{
    struct request_notes *notes;

    if (text.n == 0 || text.n > sizeof notes->undeclared)
        return;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~' || memchr("\"\\,{}[]", text.p[i], 7) != NULL)
            return;
    notes = request_note(request);
    if (notes == NULL || (notes->undeclared_size != 0 && slot >= notes->undeclared_slot))
        return;
    memcpy(notes->undeclared, text.p, text.n);
    notes->undeclared_size = text.n;
    notes->undeclared_slot = slot;
}

/* Puts TEXT, which was looked up as NAME, into SLOT, which takes a name. */
static void
put_found_name(struct rck_request *request, uint32_t slot, size_t offset, struct str text, uint32_t name)
{
    const struct slot *of = &request->policy->slots.items[slot];

    if (name == RCK_NONE && of->open && text.n != 0 && !names_set(request->policy, slot, text))
        name = request_open_name(request->policy, slot, text);
    if (of->open && name != RCK_NONE && !request_keep_text(request, slot, text))
        return;
    if (name == RCK_NONE && slot < N_DIMENSIONS) {
        reject_name(request, slot, offset, text);
        return;
    }
    if (name != RCK_NONE) {
        request_set_name(request, slot, name);
    } else {
        request_set_code(request, slot, VALUE_UNDECLARED);
        note_undeclared(request, slot, text);
    }
}

static void
put_name(struct rck_request *request, uint32_t slot, size_t offset, struct str text)
{
    if (request->policy->slots.items[slot].type != RCK_TYPE_NAME)
        reject_type(request, slot, offset, "a text");
    else
        put_found_name(request, slot, offset, text, lookup_find(&request->policy->lookup, slot, text));
}

/* Makes SLOT, a set, present without a member. */
static void
put_no_member(struct rck_request *request, uint32_t slot)
{
    request->texts[slot].n = 0;
    request_set_code(request, slot, VALUE_DECLARED);
}

/* Adds the member TEXT, which was looked up as NAME, to a set, which is present from then on. */
static void
put_found_member(struct rck_request *request, uint32_t slot, size_t offset, struct str text, uint32_t name)
{
    const struct rck_policy *policy = request->policy;
    const struct slot *of = &policy->slots.items[slot];

    if (request->codes[slot] == VALUE_ABSENT)
        put_no_member(request, slot);
    if (name == RCK_NONE && of->open && text.n != 0 && !names_set(policy, slot, text)) {
        name = request_open_name(policy, slot, text);
        if (!request_keep_member(request, slot, text))
            return;
    }
    if (name != RCK_NONE) {
        request_add_member(request, slot, name);
    } else if (names_set(policy, slot, text)) {
        reject_name(request, slot, offset, text);
    } else {
        if (request->codes[slot] != VALUE_UNDECLARED)
            request_set_code(request, slot, VALUE_UNDECLARED);
        note_undeclared(request, slot, text);
    }
}

static void
put_member(struct rck_request *request, uint32_t slot, size_t offset, struct str text)
{
    if (request->policy->slots.items[slot].type != RCK_TYPE_SET)
        reject_type(request, slot, offset, "a set");
    else
        put_found_member(request, slot, offset, text, lookup_find(&request->policy->lookup, slot, text));
}

static void
put_empty_set(struct rck_request *request, uint32_t slot, size_t offset)
{
    if (request->policy->slots.items[slot].type != RCK_TYPE_SET) {
        reject_type(request, slot, offset, "a set");
    } else {
        put_no_member(request, slot);
    }
}

/* A number in its spelling: what is not exactly an int is refused, never rounded. */
static void
put_number(struct rck_request *request, uint32_t slot, size_t offset, struct str spelling)
{
    const struct slot *of = &request->policy->slots.items[slot];
    int64_t value = 0;
    enum number_fault fault;

    if (of->type != RCK_TYPE_INT && of->type != RCK_TYPE_DECIMAL) {
        reject_type(request, slot, offset, "a number");
        return;
    }
    fault = of->type == RCK_TYPE_INT ? number_read_int(spelling, &value) : number_read_decimal(spelling, &value);
    switch (fault) {
    case NUMBER_FINE:
        put_value(request, slot, offset, value);
        return;
    case NUMBER_TOO_PRECISE:
        reject(request, of->name, offset, "give at most six places", "'%.*s' has more than six places, and is never rounded",
               QUOTE(spelling));
        return;
    case NUMBER_EXPONENT:
        reject(request, of->name, offset, "write it without exponent", "'%.*s' has an exponent", QUOTE(spelling));
        return;
    case NUMBER_NOT_INT:
        reject(request, of->name, offset, "write it without fraction and exponent", "'%.*s' is not a whole number",
               QUOTE(spelling));
        return;
    case NUMBER_TOO_LARGE:
        reject(request, of->name, offset, NULL,
               of->type == RCK_TYPE_INT ? "'%.*s' does not fit into 64 bits" : "'%.*s' is out of the range of decimals",
               QUOTE(spelling));
        return;
    case NUMBER_NONE:
        break;
    }
    reject(request, of->name, offset, of->unit.n != 0 ? "give the number alone, without a unit" : NULL,
           "'%.*s' must be %s, not '%.*s'", WHOLE(of->name), type_words(of), QUOTE(spelling));
}

/* ---- by handle ---------------------------------------------------------------------------------------------------------- */

/* Checks a handle and its type; what is wrong with them makes the request invalid, as everything does. */
static bool
is_handle(struct rck_request *request, uint32_t attribute, enum rck_type type)
{
    if (attribute < request->policy->slots.n && attribute != request->policy->now
        && request->policy->slots.items[attribute].type == type)
        return true;
    if (attribute < request->policy->slots.n && attribute == request->policy->now)
        reject(request, STR("now"), 0, NULL, "the time is no attribute: it is given by rck_request_set_now()");
    else if (attribute < request->policy->slots.n)
        reject_type(request, attribute, 0, "a value of another type");
    else
        reject(request, STR(""), 0, NULL, "the request was given a value for an attribute that does not exist");
    return false;
}

static enum rck_status
status_of(const struct rck_request *request)
{
    return request->no_memory ? RCK_E_NOMEM : request_is_invalid(request) ? RCK_E_REQUEST : RCK_OK;
}

/* What nearly always holds, told without a call: ATTRIBUTE is of TYPE, and nothing is wrong so far. */
INLINE bool
is_plain(const struct rck_request *request, uint32_t attribute, enum rck_type type)
{
    return attribute < request->policy->slots.n && request->policy->slots.items[attribute].type == type
           && !request_is_invalid(request);
}

/* The long way of the setters below: it tells what is wrong. */
static enum rck_status __attribute__((noinline))
set_number(struct rck_request *request, uint32_t attribute, enum rck_type type, int64_t number)
{
    if (!is_handle(request, attribute, type))
        return RCK_E_ARGUMENT;
    if (give(request, attribute, 0))
        put_value(request, attribute, 0, number);
    return status_of(request);
}

/* Of a type whose attributes are all the caller's, which the time is not. */
INLINE enum rck_status
set_plain_number(struct rck_request *request, uint32_t attribute, enum rck_type type, int64_t number)
{
    if (is_plain(request, attribute, type) && !request->given[attribute]) {
        const struct slot *of = &request->policy->slots.items[attribute];

        if (number >= of->min && number <= of->max) {
            request_set_number(request, attribute, number);
            request->given[attribute] = 1;
            return RCK_OK;
        }
    }
    return set_number(request, attribute, type, number);
}

enum rck_status
rck_request_set_int(struct rck_request *request, uint32_t attribute, int64_t value)
{
    return set_plain_number(request, attribute, RCK_TYPE_INT, value);
}

enum rck_status
rck_request_set_decimal(struct rck_request *request, uint32_t attribute, int64_t millionths)
{
    return set_plain_number(request, attribute, RCK_TYPE_DECIMAL, millionths);
}

enum rck_status
rck_request_set_time(struct rck_request *request, uint32_t attribute, int64_t nanoseconds)
{
    return set_number(request, attribute, RCK_TYPE_TIME, nanoseconds);
}

void
rck_request_set_now(struct rck_request *request, int64_t nanoseconds)
{
    uint32_t slot = request->policy->now;

    if (slot != RCK_NONE)
        request_set_number(request, slot, nanoseconds);
}

enum rck_status
rck_time_read(const char *text, size_t length, int64_t *nanoseconds)
{
    return time_read((struct str){ text, length }, nanoseconds) == TIME_FINE ? RCK_OK : RCK_E_ARGUMENT;
}

enum rck_status
rck_request_set_bool(struct rck_request *request, uint32_t attribute, bool value)
{
    if (!is_handle(request, attribute, RCK_TYPE_BOOL))
        return RCK_E_ARGUMENT;
    if (give(request, attribute, 0))
        put_bool(request, attribute, 0, value);
    return status_of(request);
}

/* Names come as bytes: what no front end would let through is refused here, too.  A name that is found needs no check, for the
 * policy has been through one. */
static bool
is_text(struct rck_request *request, struct str key, struct str text)
{
    if (utf8_check(text) != text.n)
        reject(request, key, 0, NULL, "the text is not valid UTF-8");
    else if (text.n != 0 && memchr(text.p, 0, text.n) != NULL)
        reject(request, key, 0, NULL, "the text holds U+0000");
    else
        return true;
    return false;
}

/* The long ways of the two below. */
static enum rck_status __attribute__((noinline))
set_name(struct rck_request *request, uint32_t attribute, struct str text)
{
    uint32_t found;

    if (!is_handle(request, attribute, RCK_TYPE_NAME))
        return RCK_E_ARGUMENT;
    found = lookup_find(&request->policy->lookup, attribute, text);
    if ((found != RCK_NONE || is_text(request, request->policy->slots.items[attribute].name, text)) && give(request, attribute, 0))
        put_found_name(request, attribute, 0, text, found);
    return status_of(request);
}

static enum rck_status __attribute__((noinline))
add_name(struct rck_request *request, uint32_t attribute, struct str text)
{
    uint32_t found;

    if (!is_handle(request, attribute, RCK_TYPE_SET))
        return RCK_E_ARGUMENT;
    found = lookup_find(&request->policy->lookup, attribute, text);
    if (found != RCK_NONE || is_text(request, request->policy->slots.items[attribute].name, text)) {
        request->given[attribute] = 1;
        put_found_member(request, attribute, 0, text, found);
    }
    return status_of(request);
}

enum rck_status
rck_request_set_name(struct rck_request *request, uint32_t attribute, const char *name, size_t length)
{
    struct str text = { name, length };

    if (is_plain(request, attribute, RCK_TYPE_NAME) && !request->given[attribute]
        && !request->policy->slots.items[attribute].open) {
        uint32_t found = lookup_find_inline(&request->policy->lookup, attribute, text);

        if (found != RCK_NONE) {
            request_set_name(request, attribute, found);
            request->given[attribute] = 1;
            return RCK_OK;
        }
    }
    return set_name(request, attribute, text);
}

enum rck_status
rck_request_set_string(struct rck_request *request, uint32_t attribute, const char *text, size_t length)
{
    if (!is_handle(request, attribute, RCK_TYPE_STRING))
        return RCK_E_ARGUMENT;
    if (is_text(request, request->policy->slots.items[attribute].name, (struct str){ text, length })
        && give(request, attribute, 0))
        put_string(request, attribute, 0, (struct str){ text, length });
    return status_of(request);
}

enum rck_status
rck_request_add_name(struct rck_request *request, uint32_t attribute, const char *name, size_t length)
{
    struct str text = { name, length };

    if (is_plain(request, attribute, RCK_TYPE_SET) && !request->policy->slots.items[attribute].open) {
        uint32_t found = lookup_find_inline(&request->policy->lookup, attribute, text);

        if (found != RCK_NONE) {
            request_add_member(request, attribute, found);
            request->given[attribute] = 1;
            return RCK_OK;
        }
    }
    return add_name(request, attribute, text);
}

enum rck_status
rck_request_set_empty(struct rck_request *request, uint32_t attribute)
{
    if (!is_handle(request, attribute, RCK_TYPE_SET))
        return RCK_E_ARGUMENT;
    if (give(request, attribute, 0))
        put_empty_set(request, attribute, 0);
    return status_of(request);
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

static struct str
trim(struct str s)
{
    while (s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s.p++, s.n--;
    while (s.n != 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Takes the quotes off a quoted value; a value without stays as it is. */
static struct str
unquote(struct str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? (struct str){ s.p + 1, s.n - 2 } : s;
}

/* Where the member that TEXT begins with ends: at a ',' that is not in quotes, or NULL at the end.  A quote ends what it began only
 * where a ',' or the end comes after it, so that a name may hold both. */
static const char *
member_end(struct str text)
{
    const char *comma = memchr(text.p, ',', text.n);
    struct str first = trim(text);

    if (comma == NULL || first.p[0] != '"')
        return comma;
    for (; comma != NULL; comma = memchr(comma + 1, ',', (size_t)(text.p + text.n - comma - 1))) {
        struct str member = trim((struct str){ text.p, (size_t)(comma - text.p) });

        if (member.n >= 2 && member.p[member.n - 1] == '"')
            break;
    }
    return comma;
}

/* Members between commas, with or without braces. */
static void
put_set_text(struct rck_request *request, uint32_t slot, struct str text)
{
    struct str key = request->policy->slots.items[slot].name;

    if (text.p[0] == '{' || text.p[0] == '[') {
        char close = text.p[0] == '{' ? '}' : ']';

        if (text.n < 2 || text.p[text.n - 1] != close) {
            reject(request, key, 0, NULL, "the set is not closed with '%c'", close);
            return;
        }
        text = trim((struct str){ text.p + 1, text.n - 2 });
        put_empty_set(request, slot, 0);
        if (text.n == 0)
            return;
    }
    for (;;) {
        const char *comma = member_end(text);
        struct str member = trim((struct str){ text.p, comma != NULL ? (size_t)(comma - text.p) : text.n });

        if (member.n == 0) {
            reject(request, key, 0, "write the names with one ',' between them; '{}' is the empty set",
                   "a name is missing in the set");
            return;
        }
        put_member(request, slot, 0, unquote(member));
        if (comma == NULL)
            return;
        text.n -= (size_t)(comma + 1 - text.p);
        text.p = comma + 1;
        if (text.n == 0) {
            reject(request, key, 0, "remove the last ','", "a name is missing in the set");
            return;
        }
    }
}

static void
put_text(struct rck_request *request, uint32_t slot, struct str text)
{
    text = trim(text);
    if (text.n == 0 || str_equal(text, STR("-")))
        return; /* absent */
    switch (request->policy->slots.items[slot].type) {
    case RCK_TYPE_BOOL:
        if (str_equal(text, STR("true")) || str_equal(text, STR("false")))
            put_bool(request, slot, 0, text.p[0] == 't');
        else
            reject(request, request->policy->slots.items[slot].name, 0, NULL, "'%.*s' must be true or false, not '%.*s'",
                   WHOLE(request->policy->slots.items[slot].name), QUOTE(text));
        return;
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
        put_number(request, slot, 0, text);
        return;
    case RCK_TYPE_STRING:
        put_string(request, slot, 0, unquote(text));
        return;
    case RCK_TYPE_TIME:
        put_time(request, slot, 0, unquote(text));
        return;
    case RCK_TYPE_NAME:
        put_name(request, slot, 0, unquote(text));
        return;
    case RCK_TYPE_SET:
        break;
    }
    put_set_text(request, slot, text);
}

enum rck_status
rck_request_set_text(struct rck_request *request, const char *key_text, size_t key_length, const char *value,
                     size_t value_length)
{
    struct str key = { key_text, key_length }, text = { value, value_length };
    uint32_t slot;

    if (!is_text(request, STR(""), key) || !is_text(request, key, text))
        return status_of(request);
    slot = lookup_find(&request->policy->lookup, LOOKUP_KEYS, key);
    if (slot == RCK_NONE && has_below(request->policy, key))
        reject(request, key, 0, NULL, "'%.*s' holds other names and no value", QUOTE(key));
    else if (slot == RCK_NONE)
        no_slot(request, key, 0);
    else if (give(request, slot, 0))
        put_text(request, slot, text);
    return status_of(request);
}

/* ---- JSON --------------------------------------------------------------------------------------------------------------- */

/* Keeps the JSON text of VALUE, the value of KEY. */
static bool
keep(struct rck_request *request, struct kept_value *kept, struct str key, const struct json_value *value)
{
    bool make = value->raw.n == 0; /* a text, and not from JSON */
    struct str raw = value->raw.n != 0 ? value->raw : value->text;
    size_t room = make ? 6 * raw.n + 2 : raw.n;

    if (room > kept->room) {
        char *grown = mem_realloc(&request->mem, kept->text, room);

        if (grown == NULL) {
            request_no_memory(request, key, value->offset);
            return false;
        }
        kept->text = grown;
        kept->room = room;
    }
    if (make)
        raw.n = json_quote(kept->text, raw);
    else if (ALWAYS(raw.n != 0)) /* a value of JSON has bytes */
        memcpy(kept->text, raw.p, raw.n);
    kept->size = raw.n;
    kept->has = true;
    return true;
}

static bool
is_watched(const struct rck_request *request, struct str path)
{
    return request->notes->watch_size != 0 && str_equal(path, (struct str){ request->notes->watch, request->notes->watch_size });
}

bool
request_reads_on(const struct rck_request *request)
{
    return !request_is_invalid(request)
           || (request->notes->watch_size != 0 && !request->notes->watched.has && !request->no_memory);
}

/* AuthZEN's spelling, where an object stands for a dimension: its member 'type' ('name' of an action) is the dimension, and
 * X of its 'properties' is the attribute that flat keys call DIMENSION.X.  What is below PATH's dimension is put into *REST. */
static uint32_t
authzen_dimension(const struct rck_request *request, struct str path, struct str *rest)
{
    for (uint32_t d = SLOT_SUBJECT; d <= SLOT_RESOURCE; d++) {
        struct str name = request->policy->slots.items[d].name;

        if (request->notes->objects[d] != 0 && path.n > name.n && str_covers(name, path)) {
            *rest = (struct str){ path.p + name.n + 1, path.n - name.n - 1 };
            return d;
        }
    }
    return RCK_NONE;
}

/* The flat name of PATH, or an empty one if it is not in AuthZEN's spelling or there is no memory. */
static struct str
authzen_name(struct rck_request *request, struct str path)
{
    static const struct str properties = { "properties.", sizeof "properties." - 1 };
    struct request_notes *notes = request->notes;
    struct str rest, name;
    uint32_t d = authzen_dimension(request, path, &rest);

    if (d == RCK_NONE)
        return STR("");
    name = request->policy->slots.items[d].name;
    if (str_equal(rest, d == SLOT_ACTION ? STR("name") : STR("type")))
        return name;
    if (rest.n <= properties.n || memcmp(rest.p, properties.p, properties.n) != 0)
        return STR("");
    rest = (struct str){ rest.p + properties.n, rest.n - properties.n };
    if (name.n + 1 + rest.n > notes->alias_room) {
        size_t room = 2 * (name.n + 1 + rest.n);
        char *grown = mem_realloc(&request->mem, notes->alias, room);

        if (grown == NULL) {
            request_no_memory(request, path, 0);
            return STR("");
        }
        notes->alias = grown;
        notes->alias_room = room;
    }
    memcpy(notes->alias, path.p, name.n + 1);
    memcpy(notes->alias + name.n + 1, rest.p, rest.n);
    return (struct str){ notes->alias, name.n + 1 + rest.n };
}

/* The slot of a key in either spelling, or RCK_NONE. */
static uint32_t
slot_of_path(struct rck_request *request, struct str path)
{
    uint32_t slot = lookup_find(&request->policy->lookup, LOOKUP_KEYS, path);
    struct str name;

    if (slot != RCK_NONE)
        return slot;
    name = authzen_name(request, path);
    return name.n != 0 ? lookup_find(&request->policy->lookup, LOOKUP_KEYS, name) : RCK_NONE;
}

/* Deals with a key that the vocabulary does not have.  AuthZEN demands an id of every subject and resource, and who sends
 * properties does not know the vocabulary: they are ignored unless the vocabulary has other names of that dimension. */
static void
unknown_key(struct rck_request *request, struct str path, size_t offset)
{
    struct str rest = STR(""), name = authzen_name(request, path);
    uint32_t d = authzen_dimension(request, path, &rest);
    bool id = d != RCK_NONE && d != SLOT_ACTION && str_equal(rest, STR("id"));
    char help[320];

    if (name.n == 0 && !id) {
        no_slot(request, path, offset);
        return;
    }
    if (!id && lookup_find(&request->policy->lookup, LOOKUP_NAMESPACES, request->policy->slots.items[d].name) != RCK_NONE) {
        suggest_key(request->policy, name, help, sizeof help);
        reject(request, path, offset, help, "'%.*s' is not in the vocabulary, but other names of '%.*s' are", QUOTE(name),
               WHOLE(request->policy->slots.items[d].name));
    } else if (request->strict) {
        reject(request, path, offset, NULL, "'%.*s' is not in the vocabulary", QUOTE(path));
    } else {
        remember_ignored(request, path);
    }
}

static const char *
json_words(enum json_kind kind)
{
    static const char *const words[] = {
        [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true", [JSON_NUMBER] = "a number", [JSON_STRING] = "a text", [JSON_OBJECT] = "an object",
    };

    return words[kind];
}

bool
request_keep(struct rck_request *request, struct str key, const struct json_value *value)
{
    if (str_equal(key, STR("id")) && (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
        && !keep(request, &request->notes->id, key, value))
        return false;
    return !is_watched(request, key) || value->kind == JSON_NULL || keep(request, &request->notes->watched, key, value);
}

bool
request_keep_nested(struct rck_request *request, struct str key, size_t offset, bool is_array)
{
    const struct json_value begin = { .kind = JSON_OBJECT, .offset = offset, .raw = is_array ? STR("[") : STR("{") };

    return !is_watched(request, key) || keep(request, &request->notes->watched, key, &begin);
}

/* What is noted of a key that requests give again and again: 1 + its slot, or that it is `id` and nothing else. */
#define NOTE_ID UINT32_MAX

static bool
on_scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    struct rck_request *request = arg;
    struct str rest;
    uint32_t slot;

    if (value->note != NULL && *value->note != 0 && !is_watched(request, path)) {
        if (*value->note == NOTE_ID)
            return request_keep(request, path, value); /* which changes nothing of whether more is read */
        return request_put(request, *value->note - 1, offset, value);
    }
    if (!request_keep(request, path, value))
        return false;
    slot = slot_of_path(request, path);
    if (value->note != NULL && str_equal(path, STR("id")))
        *value->note = slot == RCK_NONE && !has_below(request->policy, path) ? NOTE_ID : 0;
    else if (value->note != NULL && slot != RCK_NONE)
        *value->note = slot + 1;
    if (slot == RCK_NONE) {
        if (is_watched(request, path))
            return request_reads_on(request);
        if (value->kind == JSON_NULL && authzen_dimension(request, path, &rest) != RCK_NONE && str_equal(rest, STR("properties")))
            return request_reads_on(request);
        /* null is absence: {"token": null} says that nothing of token is known. */
        if (has_below(request->policy, path)) {
            if (value->kind != JSON_NULL)
                reject(request, path, offset, NULL, "'%.*s' holds other names and no value", QUOTE(path));
        } else {
            unknown_key(request, path, offset);
        }
        return request_reads_on(request);
    }
    return request_put(request, slot, offset, value);
}

/* Puts VALUE if it is what nearly all are: the first one of its slot, of its type, a number that is small or a name that is declared.
 * False, and nothing was put, if it is not. */
INLINE bool
put_plain(struct rck_request *request, uint32_t slot, const struct json_value *value)
{
    const struct slot *of = &request->policy->slots.items[slot];
    uint32_t name;

    if (request->given[slot] || request_is_invalid(request))
        return false;
    if (value->kind == JSON_NUMBER) {
        if (!value->is_small || of->type != RCK_TYPE_INT || value->number < of->min || value->number > of->max)
            return false;
        request_set_number(request, slot, value->number);
    } else {
        if (value->kind != JSON_STRING || (of->type != RCK_TYPE_NAME && of->type != RCK_TYPE_SET) || of->open)
            return false;
        name = lookup_find_inline(&request->policy->lookup, slot, value->text);
        if (name == RCK_NONE)
            return false;
        if (of->type == RCK_TYPE_NAME)
            request_set_name(request, slot, name);
        else
            request_add_member(request, slot, name);
    }
    request->given[slot] = 1;
    return true;
}

bool
request_put(struct rck_request *request, uint32_t slot, size_t offset, const struct json_value *value)
{
    if (put_plain(request, slot, value))
        return true;
    if (!give(request, slot, offset))
        return request_reads_on(request);
    switch (value->kind) {
    case JSON_NULL:
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        put_bool(request, slot, value->offset, value->kind == JSON_TRUE);
        break;
    case JSON_NUMBER:
        if (value->is_small && request->policy->slots.items[slot].type == RCK_TYPE_INT)
            put_value(request, slot, value->offset, value->number);
        else
            put_number(request, slot, value->offset, value->text);
        break;
    case JSON_STRING:
        switch (request->policy->slots.items[slot].type) {
        case RCK_TYPE_SET:
            put_member(request, slot, value->offset, value->text); /* a lone name stands for a set of one */
            break;
        case RCK_TYPE_STRING:
            put_string(request, slot, value->offset, value->text);
            break;
        case RCK_TYPE_TIME:
            put_time(request, slot, value->offset, value->text);
            break;
        case RCK_TYPE_BOOL:
        case RCK_TYPE_INT:
        case RCK_TYPE_DECIMAL:
        case RCK_TYPE_NAME:
            put_name(request, slot, value->offset, value->text);
            break;
        }
        break;
    case JSON_OBJECT:
        reject_type(request, slot, value->offset, "an object");
        break;
    }
    return request_reads_on(request);
}

static bool
on_array(void *arg, struct str path, size_t offset)
{
    struct rck_request *request = arg;
    uint32_t slot = slot_of_path(request, path);

    if (!request_keep_nested(request, path, offset, true))
        return false;
    if (slot == RCK_NONE && is_watched(request, path))
        return request_reads_on(request);
    if (slot == RCK_NONE && has_below(request->policy, path))
        reject(request, path, offset, NULL, "'%.*s' holds other names and is no list", QUOTE(path));
    else if (slot == RCK_NONE)
        unknown_key(request, path, offset);
    else
        request_put_set(request, slot, offset);
    return request_reads_on(request);
}

static bool
on_member(void *arg, struct str path, const struct json_value *value)
{
    struct rck_request *request = arg;
    uint32_t slot = slot_of_path(request, path);

    if (slot == RCK_NONE)
        return true;
    if (value->kind != JSON_STRING)
        reject(request, path, value->offset, NULL, "a member of '%.*s' must be a text, not %s", QUOTE(path),
               json_words(value->kind));
    else
        put_member(request, slot, value->offset, value->text);
    return request_reads_on(request);
}

static bool
on_object(void *arg, struct str path, size_t offset)
{
    struct rck_request *request = arg;
    uint32_t slot = slot_of_path(request, path);

    if (!request_keep_nested(request, path, offset, false))
        return false;
    if (slot <= SLOT_RESOURCE && slot != SLOT_ROLE && str_equal(path, request->policy->slots.items[slot].name)) {
        request->notes->objects[slot] = offset + 1;
        return request_reads_on(request);
    }
    /* An object whose keys are looked at one by one, unless its own key has a value. */
    if (slot != RCK_NONE && !has_below(request->policy, path))
        reject_type(request, slot, offset, "an object");
    return request_reads_on(request);
}

enum rck_status
rck_request_read_json(struct rck_request *request, const char *text, size_t length)
{
    const struct json_receiver receiver = request_receiver(request);
    struct json_error error = { 0 };
    enum rck_status status;

    rck_request_reset(request);
    if (request_note(request) == NULL)
        return RCK_E_NOMEM;
    status = json_read(&request->notes->reader, (struct str){ text, length }, &receiver, &error);
    if (status == RCK_E_NOMEM) {
        request_no_memory(request, STR(""), 0);
    } else if (status != RCK_OK && error.message != NULL) {
        reject(request, str_of(error.key), error.offset, error.help, "%s", error.message);
    }
    for (uint32_t d = SLOT_SUBJECT; d <= SLOT_RESOURCE; d++)
        if (request->notes->objects[d] != 0 && !request->given[d])
            reject(request, request->policy->slots.items[d].name, request->notes->objects[d] - 1, NULL,
                   "'%.*s' must be a name, or an object with a '%s'", WHOLE(request->policy->slots.items[d].name),
                   d == SLOT_ACTION ? "name" : "type");
    return status_of(request);
}

const char *
rck_request_id(const struct rck_request *request, size_t *length)
{
    bool has = request->notes != NULL && request->notes->id.has;

    *length = has ? request->notes->id.size : 0;
    return has ? request->notes->id.text : NULL;
}

enum rck_status
rck_request_watch(struct rck_request *request, const char *key, size_t length)
{
    struct request_notes *notes;
    char *copy = NULL;

    if (!has_notes(request))
        return RCK_E_NOMEM;
    notes = request->notes;
    if (length != 0) {
        copy = mem_alloc(&request->mem, length);
        if (copy == NULL)
            return RCK_E_NOMEM;
        memcpy(copy, key, length);
    }
    mem_free(&request->mem, notes->watch);
    notes->watch = copy;
    notes->watch_size = length;
    notes->watched.has = false;
    return RCK_OK;
}

const char *
rck_request_watched(const struct rck_request *request, size_t *length)
{
    bool has = request->notes != NULL && request->notes->watched.has;

    *length = has ? request->notes->watched.size : 0;
    return has ? request->notes->watched.text : NULL;
}

/* ---- for the other front ends ---------------------------------------------------------------------------------------------- */

struct json_receiver
request_receiver(struct rck_request *request)
{
    return (struct json_receiver){ request, on_scalar, on_array, on_member, on_object };
}

uint32_t
request_find(const struct rck_request *request, struct str path)
{
    return lookup_find(&request->policy->lookup, LOOKUP_KEYS, path);
}

bool
request_put_set(struct rck_request *request, uint32_t slot, size_t offset)
{
    if (give(request, slot, offset))
        put_empty_set(request, slot, offset);
    return request_reads_on(request);
}

bool
request_put_member(struct rck_request *request, uint32_t slot, size_t offset, struct str text)
{
    put_member(request, slot, offset, text);
    return request_reads_on(request);
}

void
request_fault(struct rck_request *request, struct str key, size_t offset, const char *help, const char *message)
{
    reject(request, key, offset, help, "%s", message);
}

bool
request_scratch(struct rck_request *request, size_t size)
{
    char *grown;

    if (size <= request->notes->scratch_room)
        return true;
    grown = mem_realloc(&request->mem, request->notes->scratch, 2 * size);
    if (grown == NULL) {
        request_no_memory(request, STR(""), 0);
        return false;
    }
    request->notes->scratch = grown;
    request->notes->scratch_room = 2 * size;
    return true;
}

enum rck_status
request_status(const struct rck_request *request)
{
    return status_of(request);
}

/* A text as key=value lines write it: in quotes where it would not be read as it stands.  Returns the length of the whole. */
static size_t
value_string(char *buffer, size_t size, struct str text)
{
    bool plain = text.n != 0 && !str_equal(text, STR("-"));
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        plain = plain && (unsigned char)text.p[i] > 0x20 && text.p[i] != 0x7F && memchr("\"\\,{}[]#", text.p[i], 9) == NULL;
    for (size_t i = plain ? 1 : 0; i < text.n + (plain ? 1 : 2); i++) {
        char form[8] = { '"', 0 };
        char c = i != 0 && i <= text.n ? text.p[i - 1] : '"';

        if (i != 0 && i <= text.n) {
            form[0] = c;
            if ((unsigned char)c < 0x20 || c == 0x7F)
                snprintf(form, sizeof form, "\\u%04x", (unsigned)(unsigned char)c);
            else if (c == '"' || c == '\\')
                snprintf(form, sizeof form, "\\%c", c);
        }
        for (const char *f = form; *f != 0; f++, n++)
            if (n + 1 < size)
                buffer[n] = *f;
    }
    if (size != 0)
        buffer[n < size ? n : size - 1] = 0;
    return n;
}

/* ---- values, for people ------------------------------------------------------------------------------------------------- */

size_t
rck_request_value(const struct rck_request *request, uint32_t attribute, char *buffer, size_t size)
{
    const struct rck_policy *policy = request->policy;
    const struct slot *slot;
    const struct name *names;
    struct str undeclared = { "", 0 }; /* what is kept of it */
    struct str rest = { "", 0 };       /* the undeclared members of an open set */
    char number[32];
    size_t n = 0;

#define ADD(...)                                                                                                               \
    (n += (size_t)snprintf(n < size ? buffer + n : NULL, n < size ? size - n : 0, __VA_ARGS__))

    if (size != 0)
        buffer[0] = 0;
    if (attribute >= policy->slots.n)
        return 0;
    slot = &policy->slots.items[attribute];
    names = policy->names.items + slot->first_name;
    if (request->notes != NULL && request->notes->undeclared_slot == attribute)
        undeclared = (struct str){ request->notes->undeclared, request->notes->undeclared_size };
    if (request_state(request, attribute) == VALUE_ABSENT || (request_is_message(request) && message_differs(request, attribute)))
        return ADD("-");
    switch (slot->type) {
    case RCK_TYPE_BOOL:
        return ADD("%s", request_name(request, attribute) != 0 ? "true" : "false");
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
    case RCK_TYPE_TIME:
        return ADD("%.*s", WHOLE(number_text(number, slot->type, request_number(request, attribute))));
    case RCK_TYPE_STRING:
        return value_string(buffer, size, request_text(request, attribute));
    case RCK_TYPE_NAME:
        if (request_state(request, attribute) == VALUE_UNDECLARED)
            return ADD("%.*s%s(undeclared)", WHOLE(undeclared), undeclared.n != 0 ? " " : "");
        return value_string(buffer, size, slot->open ? request_text(request, attribute) : names[request_name(request, attribute)].text);
    case RCK_TYPE_SET:
        break;
    }
    ADD("{");
    for (uint32_t i = 0; i < slot->n_names; i++)
        if ((request_values(request, attribute)[i / 64] >> i % 64 & 1) != 0 && names[i].declared != NAME_HIDDEN) {
            ADD("%s", n == 1 ? " " : ", ");
            n += value_string(n < size ? buffer + n : NULL, n < size ? size - n : 0, names[i].text);
        }
    if (slot->open && request->texts[attribute].n != 0)
        rest = request_text(request, attribute);
    while (rest.n != 0) {
        struct str member = { rest.p, strnlen(rest.p, rest.n) };

        ADD("%s", n == 1 ? " " : ", ");
        n += value_string(n < size ? buffer + n : NULL, n < size ? size - n : 0, member);
        rest = (struct str){ rest.p + member.n + 1, rest.n - member.n - 1 };
    }
    if (request_state(request, attribute) == VALUE_UNDECLARED)
        ADD("%s%.*s%s(undeclared)", n == 1 ? " " : ", ", WHOLE(undeclared), undeclared.n != 0 ? " " : "");
    ADD("%s", n == 1 ? "}" : " }");
    return n;
#undef ADD
}
