/* SPDX-License-Identifier: MIT
 *
 * Boxes as a person reads them: "create tokens.management by owner, admin when 10 <= stack.management_tokens <= 29".
 */
#ifndef RCK_CUBE_TEXT_H
#define RCK_CUBE_TEXT_H

#include "cover.h"

/* What a text says of a slot: that it is KNOWN is hidden as well, and that it has no value is not said beside another slot either. */
enum { SHOWN, HIDDEN, KNOWN };

/* Returns BOX as text, in ARENA; of a COMPLETE one only what complete requests can have.  HIDE, if not NULL, has one of the above a slot:
 * columns of which all slots are hidden are left out, and so are the names of the dimensions. */
struct str cube_text(struct cover *cover, struct arena *arena, struct box box, bool complete, const uint8_t *hide);

/* Returns one condition as text. */
struct str cond_text(const struct cover *cover, struct arena *arena, struct cond cond, bool complete, const uint8_t *hide);

/* Writes the slots that COLUMN reads (indices) into SLOTS; returns how many there are. */
uint32_t column_slots(const struct column *column, uint32_t slots[SUM_TERMS]);

/* Returns REQUEST as key=value words, and as JSON, in ARENA. */
struct str request_words(const struct rck_request *request, struct arena *arena);
struct str request_json(const struct rck_request *request, struct arena *arena);

#endif
