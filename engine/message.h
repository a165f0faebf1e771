/* SPDX-License-Identifier: MIT
 *
 * A message of HTTP on its way to a request.  Its method and URL lead through the automaton to a group of routes (routes.h), its headers
 * tell the credential, which is the subject; conditions over what it says leave some of the routes.  Each of these is an alternative
 * tuple of the request: action and resource, and attributes that the route sets.  Deciding goes through them and takes the strictest
 * result.
 *
 * Facts.  A value for each fact that the policy asks for (struct fact), and how it is known:
 *
 *     hidden   nobody told: the headers of an access log, the body of a message that has none or none that is JSON
 *     absent   it is not there; a header or key of a query that is not there is none of the texts that it is compared with, while the body
 *              was read by somebody else as well, who may put something in its place: comparisons with it are unknown
 *     a value  compared with its like; with anything else unknown, as nobody knows what the server makes of "1" for 1
 *
 * Twice.  A key of the query or a header that the policy asks for and that the message has twice makes the request invalid: servers
 * differ in which one they take.
 *
 * Otherwise.  A header in which some servers look for the method or the URL (x-http-method-override, x-original-url and their like) must
 * say what the message does.  A key of the body that differs by case alone from one that is asked for hides the body: for some servers it
 * is the same key.
 *
 * What is not known stays so.  If no route of the group certainly applies, or a credential is not known, or an attribute would come
 * from a hidden fact, the result is at best indeterminate.
 */
#ifndef RCK_MESSAGE_H
#define RCK_MESSAGE_H

#include "base.h"
#include "guard.h"
#include "routes.h"
#include "rulecheck.h"

struct rck_policy;
struct rck_request;

enum fact_state { FACT_HIDDEN, FACT_ABSENT, FACT_TEXT, FACT_NUMBER, FACT_BOOL, FACT_OTHER };

/* What a message says of a fact. */
struct fact_value {
    enum fact_state state;
    uint32_t at, n; /* of a text its bytes, of a number its spelling, in message->bytes */
    bool is_true;
};

/* A value that an alternative gives to a slot. */
struct laid_value {
    uint32_t slot;
    uint32_t code;   /* as in the request */
    uint32_t at, n;  /* of texts, in request->bytes */
    uint64_t number; /* of numbers */
};

struct alternative {
    uint32_t route;
    bool is_unknown; /* its condition is */
    uint32_t first_laid, n_laid;
};

/* What of a message is asked for besides facts; see rck_request_ask(). */
enum asked { ASKED_NONE, ASKED_METHOD, ASKED_PATH, ASKED_HEADER, ASKED_QUERY };

/* A text of a line of JSON, of a HAR file's request or of a header, in message->bytes. */
struct message_part {
    uint32_t at, n;
    size_t offset; /* in the line */
    bool has;
};

/* What a request holds of the message that filled it. */
struct message {
    struct fact_value *values; /* by fact */
    uint32_t values_room;
    char *bytes;
    size_t n_bytes, bytes_room;
    struct alternative *alternatives;
    uint32_t n_alternatives, alternatives_room;
    struct laid_value *laid;
    uint32_t n_laid, laid_room;
    uint32_t laid_alternative; /* the one that is in the request now */
    bool is_decided;           /* it is the one that decides, and not just the first */
    bool is_certain;           /* some alternative certainly applies */
    bool subject_is_open;      /* some credential is not known */
    bool is_opaque;            /* the body is not JSON, or encoded */
    char doubt[384];

    enum asked asked;    /* stays from one message to the next, as its name does */
    char *asked_name;    /* of a header in lower case */
    size_t asked_name_n;
    enum rck_said said;
    uint32_t said_at, said_n; /* of what is said, in bytes */

    /* While it is read. */
    struct message_part method, url, body; /* of lines: the body as it was sent */
    bool has_headers, has_body;            /* of lines: told, key by key */
    struct message_part other_method, other_url; /* that a header tells */
    struct message_part name, value;       /* of the header of a HAR file that is being read */
    bool in_header;
};

void message_free(const struct rck_allocator *mem, struct message *message);

/* Puts the tuple of alternative IDX into REQUEST. */
void message_lay(const struct rck_request *request, uint32_t idx);

/* True if no alternative was chosen by a decision yet, and not all of them put the same value into SLOT. */
bool message_differs(const struct rck_request *request, uint32_t slot);

/* What RESULT, which the laid alternative gets, is at least. */
enum rck_result message_floor(const struct rck_request *request, enum rck_result result);

/* True if RESULT is stricter than OTHER. */
bool is_stricter(enum rck_result result, enum rck_result other);

#endif
