/* SPDX-License-Identifier: MIT
 *
 * How a message of HTTP is put together; see message.h.  Who reads one begins, puts what it finds, and finishes: a program's parts are
 * put by rck_http_request() in message.c, a line of JSON and a request of a HAR file in message_read.c.  What became of it is told by
 * message_told.c.
 *
 * Functions that return bool return false where REQUEST is invalid, with its error.
 */
#ifndef RCK_MESSAGE_PARTS_H
#define RCK_MESSAGE_PARTS_H

#include "base.h"
#include "json.h"
#include "message.h"
#include "routes.h"

/* Forgets the message before; false also if the policy has no routes. */
bool message_begin(struct rck_request *request);

/* Does all that is left when the parts of the message are known: finds its routes, reads query and body, and fills REQUEST. */
bool message_finish(struct rck_request *request, struct str method, struct str target, struct str body);

/* Make REQUEST invalid and return false. */
bool message_refuse(struct rck_request *request, struct str key, size_t offset, const char *help, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
bool message_no_memory(struct rck_request *request);

/* Keeps TEXT in the bytes of the message, which may move; *AT and *N tell where it is. */
bool message_keep(struct rck_request *request, struct str text, uint32_t *at, uint32_t *n);

/* Makes room for N more bytes, and returns where they begin; NULL, with REQUEST invalid, if there is no memory. */
char *message_room(struct rck_request *request, size_t n);

/* All facts of SOURCE become STATE, hidden or absent, and so does what is asked for there. */
void message_turn_facts(struct rck_request *request, enum fact_source source, enum fact_state state);

/* Put a header, as it was sent, and a value of the body; one that is an object or array. */
bool message_put_header(struct rck_request *request, size_t offset, struct str name, struct str value);
bool message_put_body(struct rck_request *request, struct str path, const struct json_value *json);
bool message_put_body_nested(void *request, struct str path, size_t offset);

/* True if a body with this content-type is JSON. */
bool message_is_json(struct str type);

/* What the message says to TEST, one that pushes, and to CONDITION. */
enum truth message_test(const struct rck_request *request, const struct test *test);
enum truth message_condition(const struct rck_request *request, struct condition condition);

#endif
