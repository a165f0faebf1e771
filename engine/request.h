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

enum value_state {
    VALUE_ABSENT,    /* not given, or null */
    VALUE_DECLARED,  /* a value of the vocabulary */
    VALUE_UNDECLARED /* of slots with names: a value, or a member beside the declared ones, that the vocabulary does not know */
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

/* What a decision reads stands together, in one or two cache lines: the arrays, and behind them the first members. */
struct rck_request {
    struct rck_policy *policy; /* one reference */
    int64_t *numbers; /* by slot: numbers (decimals in millionths, times in nanoseconds); names by index within the slot; bool as 0
                         and 1; strings by the number of the constant that they are equal to, n_texts if there is none */
    uint8_t *states;  /* by slot: enum value_state */
    uint64_t *words;  /* members of the sets, a bit a name; slot->first_word leads here */
    bool invalid;
    bool is_message; /* a message of HTTP filled it, and 'message' has its alternatives */
    bool strict;
    bool no_memory;
    uint8_t *given;   /* by slot: it was set, be it to null; a second time is a duplicate */
    void *block;      /* the memory of the arrays and of this */
    struct rck_allocator mem;
    struct request_text *texts; /* by slot: of strings, and of names where undeclared ones are known */
    char *bytes;                /* that the texts are in */
    size_t n_bytes, bytes_room;

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

/* The text in SLOT, a string or an open slot with a value. */
static inline struct str
request_text(const struct rck_request *request, uint32_t slot)
{
    return (struct str){ request->bytes + request->texts[slot].at, request->texts[slot].n };
}

/* True if slots A and B, which have values of one type, have the same.  Undeclared names share a hidden one: their texts tell. */
static inline bool
request_same(const struct rck_request *request, uint32_t a, uint32_t b)
{
    const struct slot *slot = &request->policy->slots.items[a];

    return slot->type == RCK_TYPE_STRING || slot->open ? str_equal(request_text(request, a), request_text(request, b))
                                                       : request->numbers[a] == request->numbers[b];
}

/* Keeps TEXT as that of SLOT; false, with REQUEST invalid, if there is no memory. */
bool request_keep_text(struct rck_request *request, uint32_t slot, struct str text);

/* Keeps TEXT, an undeclared member of SLOT, an open set, beside those that were kept; each has a NUL behind it. */
bool request_keep_member(struct rck_request *request, uint32_t slot, struct str text);

/* The hidden name of SLOT, which is open, that stands for TEXT, which is not declared. */
uint32_t request_open_name(const struct rck_policy *policy, uint32_t slot, struct str text);

/* ---- for slot.c, whose requests outlive policies ------------------------------------------------------------------------ */

/* Returns the size in bytes of the arrays by slot and of the words, for POLICY. */
size_t request_arrays_size(const struct rck_policy *policy);

/* Makes REQUEST one of POLICY; its arrays lie in ARRAYS, zeroed or as rck_request_reset() left them, aligned for any object.  What
 * is not of a policy stays: buffers, strictness, the watched key.  Takes no reference. */
void request_lay(struct rck_request *request, struct rck_policy *policy, void *arrays);

/* Forgets what REQUEST noted of its policy to read the next requests faster.  For a request that is laid for another one. */
void request_forget_policy(struct rck_request *request);

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

/* Makes request->scratch hold SIZE bytes (its content is kept); false, with REQUEST invalid, if there is no memory. */
bool request_scratch(struct rck_request *request, size_t size);

/* Returns whether more is to be read: false after a fault, unless a watched key was not seen yet. */
bool request_reads_on(const struct rck_request *request);

/* Returns how the filling went so far. */
enum rck_status request_status(const struct rck_request *request);

#endif
