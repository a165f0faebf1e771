/* SPDX-License-Identifier: MIT
 *
 * The units that numbers and attributes can have.  A quantity compares only with what is declared in a unit of the same kind.
 * Months and years are no units: they have no length.
 */
#ifndef RCK_UNITS_H
#define RCK_UNITS_H

#include "ast.h"

/* True if TEXT, its leading blanks apart, is the name of a unit of sizes or durations, or 'per' and one of a duration. */
bool unit_is_word(struct str text);

/* Fills OUT from the name of a unit; PER says that 'per' stands before it.  False if there is no such unit; then *HELP tells
 * what to write, and OUT has the kind that is likely to be meant. */
bool unit_find(struct str word, bool per, struct ast_unit *out, const char **help);

/* What to write in place of WORD, which people take for a unit and the language does not; NULL of any other word. */
const char *unit_stranger(struct str word);

#endif
