/* SPDX-License-Identifier: MIT
 *
 * A request tuple: one value a slot, and what was wrong with it.  Filled through request.c, read by guards and table.
 */
#ifndef RCK_REQUEST_H
#define RCK_REQUEST_H

#include "json.h"
#include "caps.h"
#include "message.h"
#include "policy.h"

/* What stands in the way of a decision, a bit each: the dimensions 1 << SLOT_SUBJECT, SLOT_ACTION, SLOT_RESOURCE are not there
 * yet, or the request is invalid or more than one tuple. */
enum {
    REQUEST_LACKS_NAMES = 1 << SLOT_SUBJECT | 1 << SLOT_ACTION | 1 << SLOT_RESOURCE,
    REQUEST_IS_INVALID = 1 << N_DIMENSIONS,
    REQUEST_IS_MESSAGE = 1 << (N_DIMENSIONS + 1) /* a message of HTTP filled it: several tuples are decided, see message.h */
};

/* The JSON text of a value, kept for the caller. */
struct kept_value {
    char *text;
    size_t size, room;
    bool has;
};

/* Where a text lies in the request's bytes. */
struct request_text {
    uint32_t at, n;
};

/* What filling a request notes beside the values, and what it reads with. */
struct request_notes {
    struct rck_request_error error; /* points into the buffers below */
    char error_key[128];
    char error_message[384];
    char error_help[384];

    size_t n_ignored;
    size_t ignored_end[REQUEST_IGNORED_MAX]; /* where each ignored name ends in 'ignored' */
    char *ignored;
    size_t ignored_room;

    char undeclared[48];      /* a value that the vocabulary does not know, for people; whole, or it is not kept */
    size_t undeclared_size;   /* 0: none is kept */
    uint32_t undeclared_slot; /* the one that it was given for */

    struct kept_value id;
    struct kept_value watched; /* the value of the key 'watch' */
    char *watch;
    size_t watch_size;         /* 0: no key is watched */

    size_t objects[N_DIMENSIONS]; /* 1 + offset of the object that stands for the dimension, as in AuthZEN; 0: none does */
    char *alias;                  /* the flat name of an AuthZEN key */
    size_t alias_room;
    char *scratch;                /* of pairs.c and csv.c */
    size_t scratch_room;

    struct json_reader reader;
    struct message message;
};

/* What a decision reads stands together, in one cache line where there are few slots: by a hashed table the values, the codes, and
 * behind them the first two members (with a place, the third, it is one line more); by a dense table the first member and the place.
 * Many requests may be kept, and a line that is not at hand costs more than a decision.
 *
 * A code says all of a slot with names in one load, and needs no test: VALUE_ABSENT, VALUE_UNDECLARED, or VALUE_DECLARED plus the
 * number of the name within the slot (of a bool 0 or 1; of a string that of the constant that it is equal to, n_texts if there is
 * none).  Of numbers and sets it is an enum value_state, and what they are stands in 'values' from slot->first_value on: the number
 * (decimals in millionths, times in nanoseconds), or the members, a bit a name. */
struct rck_request {
    const struct rck_policy *ready; /* the policy if nothing is lacking, else NULL */
    uint64_t *values;
    uint32_t place;            /* in the table (place.h); the setters below keep it */
    uint32_t *codes;           /* by slot; behind the values */
    struct rck_policy *policy; /* one reference */
    uint32_t lacks;            /* 0: it can be decided; changed by request_set_lacks() */
    bool strict;
    bool no_memory;
    uint8_t *given;              /* by slot, before the values: it was set, be it to null; a second time is a duplicate */
    uint32_t *adds;              /* by column of places, before 'given': what it adds to the place, more than that of an empty request */
    struct request_notes *notes; /* NULL: nothing is noted; many requests may be kept, and most are filled by handles, without fault */
    struct rck_allocator mem;
    struct request_text *texts;  /* by slot: of strings, and of names where undeclared ones are known */
    char *bytes;                 /* that the texts are in */
    size_t n_bytes, bytes_room;
    void *block;                 /* the memory of the arrays and of this */
};

static inline void
request_set_lacks(struct rck_request *request, uint32_t lacks)
{
    request->lacks = lacks;
    request->ready = lacks == 0 ? request->policy : NULL;
}

static inline bool
request_is_invalid(const struct rck_request *request)
{
    return (request->lacks & REQUEST_IS_INVALID) != 0;
}

/* True if a message of HTTP filled it, and notes->message has its alternatives. */
static inline bool
request_is_message(const struct rck_request *request)
{
    return (request->lacks & REQUEST_IS_MESSAGE) != 0;
}

static inline enum value_state
request_state(const struct rck_request *request, uint32_t slot)
{
    return request->codes[slot] < VALUE_DECLARED ? (enum value_state)request->codes[slot] : VALUE_DECLARED;
}

/* The name in SLOT, whose state is VALUE_DECLARED, by its number within the slot. */
static inline uint32_t
request_name(const struct rck_request *request, uint32_t slot)
{
    return request->codes[slot] - VALUE_DECLARED;
}

static inline uint64_t *
request_values(const struct rck_request *request, uint32_t slot)
{
    return request->values + request->policy->slots.items[slot].first_value;
}

/* The number in SLOT, whose state is VALUE_DECLARED. */
static inline int64_t
request_number(const struct rck_request *request, uint32_t slot)
{
    return (int64_t)*request_values(request, slot);
}

/* Makes ADDS, more than that of an empty request, what the column IDX of places adds to REQUEST's. */
static inline void
request_add(struct rck_request *request, uint32_t idx, uint32_t adds)
{
    request->place += adds - request->adds[idx];
    request->adds[idx] = adds;
}

/* Moves REQUEST to its place after what it says in SLOT, the code, the values or the text, has changed. */
void request_move(struct rck_request *request, uint32_t slot);

static inline void
request_moved(struct rck_request *request, uint32_t slot)
{
    if (request->policy->table.places.slots[slot].kind != PLACE_STAYS)
        request_move(request, slot);
}

/* Gives SLOT, whose values and text stand already, CODE. */
static inline void
request_set_code(struct rck_request *request, uint32_t slot, uint32_t code)
{
    request->codes[slot] = code;
    request_moved(request, slot);
}

/* Gives SLOT the name NAME, or the number NUMBER. */
static inline void
request_set_name(struct rck_request *request, uint32_t slot, uint32_t name)
{
    const struct place_slot *of = &request->policy->table.places.slots[slot];

    request->codes[slot] = VALUE_DECLARED + name;
    if (of->kind == PLACE_NAME)
        request_add(request, of->idx, of->by_name[name]);
    else if (of->kind != PLACE_STAYS)
        request_move(request, slot);
    if (slot < N_DIMENSIONS)
        request_set_lacks(request, request->lacks & ~(1u << slot));
}

static inline void
request_set_number(struct rck_request *request, uint32_t slot, int64_t number)
{
    const struct place_slot *of = &request->policy->table.places.slots[slot];
    int64_t other;

    request->codes[slot] = VALUE_DECLARED;
    *request_values(request, slot) = (uint64_t)number;
    if (of->kind == PLACE_NUMBER) {
        other = (int64_t)of->test;
    } else if (of->kind == PLACE_ORDER) {
        if (request->codes[of->other] != VALUE_DECLARED)
            return; /* the one that comes last moves */
        other = (int64_t)request->values[of->other_value];
    } else {
        request_moved(request, slot);
        return;
    }
    request_add(request, of->idx, of->adds[(number >= other) + (number > other)]);
}

/* Moves REQUEST to its place after NAME was added to the members of SLOT, the first one if IS_FIRST.  Cost: the other members count for
 * nothing, but with the first one. */
void request_move_member(struct rck_request *request, uint32_t slot, uint32_t name, bool is_first);

/* Adds NAME, declared or hidden, to the members of SLOT. */
static inline void
request_add_member(struct rck_request *request, uint32_t slot, uint32_t name)
{
    const struct place_slot *of = &request->policy->table.places.slots[slot];
    uint64_t *word = &request_values(request, slot)[name / 64];
    bool is_first = request->codes[slot] == VALUE_ABSENT;

    if (is_first)
        request->codes[slot] = VALUE_DECLARED;
    *word |= (uint64_t)1 << name % 64;
    if (of->kind == PLACE_HAS && request->codes[slot] == VALUE_DECLARED)
        request_add(request, of->idx, of->adds[(*word & of->test) != 0]);
    else if (of->kind != PLACE_STAYS)
        request_move_member(request, slot, name, is_first);
}

/* The text in SLOT, a string or an open slot with a value.  A request that has no text yet has no bytes either. */
static inline struct str
request_text(const struct rck_request *request, uint32_t slot)
{
    const struct request_text *text = &request->texts[slot];

    return (struct str){ text->n != 0 ? request->bytes + text->at : "", text->n };
}

/* True if slots A and B, which have values of one type, have the same.  Undeclared names share a hidden one: their texts tell. */
static inline bool
request_same(const struct rck_request *request, uint32_t a, uint32_t b)
{
    const struct slot *slot = &request->policy->slots.items[a];

    return slot->type == RCK_TYPE_STRING || slot->open ? str_equal(request_text(request, a), request_text(request, b))
                                                       : request->codes[a] == request->codes[b];
}

/* Keeps TEXT as that of SLOT; false, with REQUEST invalid, if there is no memory. */
bool request_keep_text(struct rck_request *request, uint32_t slot, struct str text);

/* Keeps TEXT, an undeclared member of SLOT, an open set, beside those that were kept; each has a NUL behind it. */
bool request_keep_member(struct rck_request *request, uint32_t slot, struct str text);

/* The hidden name of SLOT, which is open, that stands for TEXT, which is not declared. */
uint32_t request_open_name(const struct rck_policy *policy, uint32_t slot, struct str text);

/* ---- for slot.c, whose requests outlive policies ------------------------------------------------------------------------ */

/* Returns the size in bytes of the arrays by slot and of the values, for POLICY. */
size_t request_arrays_size(const struct rck_policy *policy);

/* Makes REQUEST one of POLICY; its arrays lie in ARRAYS, zeroed or as rck_request_reset() left them, aligned for any object.  What
 * is not of a policy stays: buffers, strictness, the watched key.  Takes no reference. */
void request_lay(struct rck_request *request, struct rck_policy *policy, void *arrays);

/* Forgets what REQUEST, which has notes, noted of its policy to read the next requests faster.  For a request that is laid for another one. */
void request_forget_policy(struct rck_request *request);

/* Gives REQUEST its notes, which are zeroed.  They are not freed with its buffers. */
void request_lay_notes(struct rck_request *request, struct request_notes *notes);

/* Frees all buffers that REQUEST grew. */
void request_free_buffers(struct rck_request *request);

/* ---- for the other front ends (pairs.c, csv.c), which turn their text into the facts of JSON ------------------------------- */

/* Returns who receives facts for REQUEST: keys are looked up, unknown ones dealt with, duplicates of declared ones refused.  A
 * value whose 'raw' is empty has no spelling in JSON; one is made from its text if somebody wants it. */
struct json_receiver request_receiver(struct rck_request *request);

/* Returns the slot that PATH names, or RCK_NONE; says nothing. */
uint32_t request_find(const struct rck_request *request, struct str path);

/* Put a value, an empty set, a further member where the slot is known; false once there is nothing more to be read. */
bool request_put(struct rck_request *request, uint32_t slot, size_t offset, const struct json_value *value);
bool request_put_set(struct rck_request *request, uint32_t slot, size_t offset);
bool request_put_member(struct rck_request *request, uint32_t slot, size_t offset, struct str text);

/* Keeps the text of VALUE if KEY is `id` or the watched key; false if there is no memory. */
bool request_keep(struct rck_request *request, struct str key, const struct json_value *value);

/* The same of an object or array, of which the bracket is kept. */
bool request_keep_nested(struct rck_request *request, struct str key, size_t offset, bool is_array);

/* Makes REQUEST invalid; the texts are copied, HELP may be NULL. */
void request_fault(struct rck_request *request, struct str key, size_t offset, const char *help, const char *message);

/* Returns the notes of REQUEST, which are made if there are none; NULL, with REQUEST invalid, if there is no memory. */
struct request_notes *request_note(struct rck_request *request);

/* Makes the scratch of REQUEST's notes hold SIZE bytes (its content is kept); false, with REQUEST invalid, if there is no memory. */
bool request_scratch(struct rck_request *request, size_t size);

/* Returns whether more is to be read: false after a fault, unless a watched key was not seen yet. */
bool request_reads_on(const struct rck_request *request);

/* Makes REQUEST invalid, because there is no memory. */
void request_no_memory(struct rck_request *request, struct str key, size_t offset);

/* Returns how the filling went so far. */
enum rck_status request_status(const struct rck_request *request);

#endif
