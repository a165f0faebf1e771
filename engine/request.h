/* SPDX-License-Identifier: MIT
 *
 * A request tuple: one value a slot, and what was wrong with it.  Filled through request.c, read by guards and table.
 */
#ifndef RCK_REQUEST_H
#define RCK_REQUEST_H

#include "json.h"
#include "caps.h"
#include "policy.h"

enum value_state {
    VALUE_ABSENT,    /* not given, or null */
    VALUE_DECLARED,  /* a value of the vocabulary */
    VALUE_UNDECLARED /* of slots with names: a value, or a member beside the declared ones, that the vocabulary does not know */
};

struct rck_request {
    struct rck_policy *policy; /* one reference */
    struct rck_allocator mem;

    int64_t *numbers; /* by slot: numbers; names by index within the slot; bool as 0 and 1 */
    uint8_t *states;  /* by slot: enum value_state */
    uint64_t *words;  /* members of the sets, a bit a name; slot->first_word leads here */
    uint8_t *given;   /* by slot: it was set, be it to null; a second time is a duplicate */

    bool strict;
    bool invalid;
    bool no_memory;
    struct rck_request_error error; /* points into the buffers below */
    char error_key[128];
    char error_message[384];
    char error_help[384];

    size_t n_ignored;
    size_t ignored_end[REQUEST_IGNORED_MAX]; /* where each ignored name ends in 'ignored' */
    char *ignored;
    size_t ignored_room;

    char *id;
    size_t id_size, id_room;
    bool has_id;

    struct json_reader reader;
};

#endif
