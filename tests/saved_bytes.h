/* SPDX-License-Identifier: MIT
 *
 * Saved policies as bytes, for the tests that load, compare and break them.
 */
#ifndef RCK_TESTS_SAVED_BYTES_H
#define RCK_TESTS_SAVED_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "../engine/rulecheck.h"

struct saved_bytes {
    char *p; /* free() ends it */
    size_t n, room;
};

/* Saves POLICY; ends the process if that fails. */
struct saved_bytes saved_bytes_of(const struct rck_policy *policy);

/* A rck_write_fn that appends to the struct saved_bytes ARG. */
bool saved_bytes_write(void *arg, const char *text, size_t size);

/* Loads BYTES without settings; NULL, and a message on standard output, if that fails. */
struct rck_policy *saved_bytes_load(const struct saved_bytes *bytes);

/* Makes size and checksum in the header of the N bytes at P right, if there is a header, as who forges a file would. */
void saved_bytes_repair(char *p, size_t n);

/* Asks POLICY everything that there is to ask, and decides requests; what it answers is not judged, for a forged policy may say
 * anything, but it must not run into a fault. */
void saved_bytes_exercise(struct rck_policy *policy);

#endif
