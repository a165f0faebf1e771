/* SPDX-License-Identifier: MIT
 *
 * Times and dates as text, and as nanoseconds since 1970-01-01T00:00:00Z without leap seconds.  Gregorian calendar throughout;
 * no locale, no time zone but the offset in the text, no clock, no allocation.
 */
#ifndef RCK_TIMES_H
#define RCK_TIMES_H

#include "base.h"

enum time_fault {
    TIME_FINE,
    TIME_NONE,        /* does not have the form */
    TIME_NO_OFFSET,   /* would be a time, but ends where 'Z' or '+hh:mm' belongs */
    TIME_NO_DAY,      /* there is no such day: 2026-13-01, 2026-02-29 */
    TIME_NO_HOUR,     /* there is no such time of day: 24:00:00, 12:60:00; or no such offset: +24:00 */
    TIME_LEAP,        /* a leap second, :60, which the count has no room for */
    TIME_TOO_PRECISE, /* more than nine places of a second, be they 0 */
    TIME_OUT_OF_RANGE /* before 1677-09-21T00:12:43.145224192Z, or after 2262-04-11T23:47:16.854775807Z */
};

/* Reads a time of RFC 3339: YYYY-MM-DDThh:mm:ss[.digits](Z|+hh:mm|-hh:mm), where t and z may be small.
 * Units: nanoseconds since 1970-01-01T00:00:00Z.
 * Errors: the form is judged first, then the others in the order of the enumeration; *NANOSECONDS is untouched.  A date alone
 * is TIME_NONE. */
enum time_fault time_read(struct str text, int64_t *nanoseconds);

/* Reads a date YYYY-MM-DD as its first instant in UTC.
 * Units and errors as in time_read(); TIME_NONE, TIME_NO_DAY and TIME_OUT_OF_RANGE only. */
enum time_fault time_read_date(struct str text, int64_t *nanoseconds);

/* What is wrong, to stand behind the text in a message: "is no time".  Static. */
const char *time_fault_text(enum time_fault fault);

/* Writes the shortest text that time_read() reads as NANOSECONDS, in UTC: the fraction only if it is not 0, and without zeros
 * at its end.  Returns the number of bytes (at most 30).  BUFFER gets no NUL. */
size_t time_write(char buffer[30], int64_t nanoseconds);

#endif
