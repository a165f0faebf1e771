/* SPDX-License-Identifier: MIT
 *
 * The values of the oracle: exact numbers, times, units and globs, read from their text.  Slow, plain and its own: of the
 * engine it knows only struct str, and numbers of 128 bits (wide): what 64 bits hold, in millionths, of the largest unit, fits with
 * room for sums.
 */
#ifndef RCK_TESTS_NAIVE_VALUES_H
#define RCK_TESTS_NAIVE_VALUES_H

#include "../engine/base.h"

/* What a plain 1 is in. */
enum { NAIVE_ONE = 1000000 };

/* Reads a number as JSON writes it, without exponent: of an int (-?digits, in int64), or with FRACTION of a decimal (at most
 * six places, in int64 millionths).  *MILLIONTHS gets it exactly. */
bool naive_read_number(struct str text, bool fraction, wide *millionths);

/* Reads a time of RFC 3339 with its offset and at most nine places, or with DATES also a date, which is its first instant in
 * UTC, into nanoseconds since 1970 in UTC.  False if it is none, or outside int64.  Second 60 is none: it has no such
 * number. */
bool naive_read_time(struct str text, bool dates, int64_t *ns);

enum { NAIVE_NUMBER_ROOM = 48, NAIVE_TIME_ROOM = 64 };

/* Writes a number with as many places as it needs, and a NUL. */
void naive_write_number(wide millionths, char buffer[NAIVE_NUMBER_ROOM]);

/* Writes nanoseconds since 1970 as date and time of day in UTC, with PLACES places or, if that is negative, as many as it
 * needs, without 'Z', and a NUL. */
void naive_write_time(wide ns, int places, char buffer[NAIVE_TIME_ROOM]);

/* Says what one of the unit NAME ("MB", "day", "per hour") is: in bytes, in milliseconds, or in times a week.  False if
 * there is no such unit.  A millionth of a millisecond is a nanosecond: numbers in millionths times this are times. */
bool naive_read_unit(struct str name, wide *factor);

/* Whether GLOB matches all of TEXT, both UTF-8: '*' any run, '?' one character, '[a-z]', '[!a-z]'. */
bool naive_glob_matches(struct str glob, struct str text);

#endif
