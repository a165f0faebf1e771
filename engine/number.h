/* SPDX-License-Identifier: MIT
 *
 * Reading and writing whole numbers, without locale and without NULs.
 */
#ifndef RCK_NUMBER_H
#define RCK_NUMBER_H

#include "base.h"

enum number_fault {
    NUMBER_FINE,
    NUMBER_NOT_INT,   /* a number of JSON, but with a fraction or an exponent */
    NUMBER_TOO_LARGE, /* does not fit into 64 bits */
    NUMBER_NONE       /* not a number */
};

/* Reads [+-]digits; -0 is 0. */
enum number_fault number_read_int(struct str text, int64_t *value);

/* Writes VALUE in decimal; returns the number of bytes (at most 20).  BUFFER gets no NUL. */
size_t number_write_int(char buffer[20], int64_t value);

#endif
