/* SPDX-License-Identifier: MIT
 *
 * Reading and writing whole numbers and decimals, without locale and without NULs.  A decimal is a whole number of millionths.
 */
#ifndef RCK_NUMBER_H
#define RCK_NUMBER_H

#include "base.h"

enum { DECIMAL_ONE = 1000000 }; /* the decimal 1 */

enum number_fault {
    NUMBER_FINE,
    NUMBER_NOT_INT,     /* a number of JSON, but with a fraction or an exponent */
    NUMBER_TOO_LARGE,   /* does not fit into 64 bits */
    NUMBER_NONE,        /* not a number */
    NUMBER_EXPONENT,    /* a decimal with an exponent */
    NUMBER_TOO_PRECISE  /* a decimal with more than six places */
};

/* Reads [+-]digits; -0 is 0. */
enum number_fault number_read_int(struct str text, int64_t *value);

/* Writes VALUE in decimal; returns the number of bytes (at most 20).  BUFFER gets no NUL. */
size_t number_write_int(char buffer[20], int64_t value);

/* Reads [+-]digits[.digits] with at most six places; -0 is 0.
 * Units: *MILLIONTHS is millionths, so that numbers from -9223372036854.775808 to 9223372036854.775807 fit.
 * Errors: NUMBER_NONE; NUMBER_EXPONENT; NUMBER_TOO_PRECISE for a seventh place, be it 0; NUMBER_TOO_LARGE.  The first of these
 * that is true; *MILLIONTHS is untouched. */
enum number_fault number_read_decimal(struct str text, int64_t *millionths);

/* Writes the shortest text that number_read_decimal() reads as MILLIONTHS; returns the number of bytes (at most 21).  BUFFER
 * gets no NUL. */
size_t number_write_decimal(char buffer[24], int64_t millionths);

#endif
