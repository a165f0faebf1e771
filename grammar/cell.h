/* SPDX-License-Identifier: MIT
 *
 * Characters as a terminal shows them, of texts that may be any bytes: how wide they are, and what is shown instead of what a
 * terminal would obey, or what a person would not see.
 */
#ifndef RCK_CELL_H
#define RCK_CELL_H

#include "../engine/base.h"

/* One character of a text, or one byte that is not part of any. */
struct cell {
    unsigned n;     /* bytes in the text */
    unsigned width; /* columns on the screen; of a tab, 0: it depends on where it stands */
    uint32_t point; /* the character, or the byte */
    enum { CELL_PLAIN, CELL_TAB, CELL_BYTE, CELL_POINT } form; /* as it is; a tab; \x1b; \u202e */
};

/* Returns the first cell of the N > 0 bytes at P. */
struct cell cell_at(const char *p, size_t n);

/* Returns the cell that ends at P + AT, of the bytes from FROM on; AT > FROM. */
struct cell cell_before(const char *p, uint32_t from, uint32_t at);

/* Writes what stands for a cell that is not shown as it is; returns the number of bytes, all of which are one column wide. */
size_t cell_escape(const struct cell *cell, char text[16]);

#endif
