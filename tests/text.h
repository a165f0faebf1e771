/* SPDX-License-Identifier: MIT
 *
 * A text that grows, from malloc(): what tests make policies and requests of.  Memory that runs out ends the test.
 */
#ifndef RCK_TESTS_TEXT_H
#define RCK_TESTS_TEXT_H

#include <stddef.h>

/* All zero is the empty one.  'p' is the caller's to free; a NUL follows the N bytes as soon as anything was added. */
struct text {
    char *p;
    size_t n, room;
};

/* Adds N bytes, a string, what FORMAT says, N times C. */
void add(struct text *text, const void *p, size_t n);
void adds(struct text *text, const char *s);
void addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void repeat(struct text *text, char c, size_t n);

#endif
