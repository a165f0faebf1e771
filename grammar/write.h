/* SPDX-License-Identifier: MIT
 *
 * Words and values as a policy writes them, so that what is written compiles: names are quoted where they must be.  Texts are made
 * in the arena.
 */
#ifndef RCK_WRITE_H
#define RCK_WRITE_H

#include "../engine/request.h"

/* NAME, dotted, in quotes where it is no plain name: a keyword, a unit, or a part with other signs. */
struct str write_name(struct arena *arena, struct str name);

/* TEXT in quotes, with the escapes of JSON. */
struct str write_text(struct arena *arena, struct str text);

/* A number as it is held by an attribute of TYPE, without its unit. */
struct str write_number(struct arena *arena, enum rck_type type, int64_t number);

/* The value of SLOT in REQUEST as a cell of `cases`: "-" if it is absent.  What is undeclared gets a name that the vocabulary does not
 * have. */
struct str write_cell(struct arena *arena, const struct rck_request *request, uint32_t slot);

/* Makes REQUEST plain: what no clause is in another state without is taken away, and plain numbers are put in the place of far ones,
 * as long as STAYS (may be NULL) says that it is what it was. */
void write_plain(struct arena *arena, struct rck_request *request, bool (*stays)(void *arg, const struct rck_request *request),
                 void *arg);

/* REQUEST as 'rulecheck eval' takes it: "subject=authtoken action=create ...". */
struct str write_request(struct arena *arena, const struct rck_request *request);

/* What REQUEST gets, as the end of a row: "deny by token_count, modules".  It is a tuple of its policy. */
struct str write_outcome(struct arena *arena, const struct rck_request *request);

#endif
