/* SPDX-License-Identifier: MIT
 *
 * Characters as a terminal shows them; see cell.h.
 */
#include <config.h>

#include "cell.h"

#include <stdio.h>

struct range {
    uint32_t first, last;
};

/* Not for a terminal: controls, marks of direction, what cannot be seen at all. */
static const struct range hidden[] = {
    { 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x061c, 0x061c },   { 0x180e, 0x180e },
    { 0x200b, 0x200b },   { 0x200e, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
    { 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },   { 0xe0000, 0xe007f },
};

/* No column of their own: combining marks of the common scripts, joiners, variation selectors (Unicode 14, Mn, Me and Cf). */
static const struct range combining[] = {
    { 0x0300, 0x036f },   { 0x0483, 0x0489 },   { 0x0591, 0x05bd },   { 0x05bf, 0x05bf },   { 0x05c1, 0x05c2 },
    { 0x05c4, 0x05c5 },   { 0x05c7, 0x05c7 },   { 0x0610, 0x061a },   { 0x064b, 0x065f },   { 0x0670, 0x0670 },
    { 0x06d6, 0x06dc },   { 0x06df, 0x06e4 },   { 0x06e7, 0x06e8 },   { 0x06ea, 0x06ed },   { 0x08e3, 0x0902 },
    { 0x093a, 0x093a },   { 0x093c, 0x093c },   { 0x0941, 0x0948 },   { 0x094d, 0x094d },   { 0x0951, 0x0957 },
    { 0x0962, 0x0963 },   { 0x0981, 0x0981 },   { 0x09bc, 0x09bc },   { 0x09c1, 0x09c4 },   { 0x09cd, 0x09cd },
    { 0x0bc0, 0x0bc0 },   { 0x0bcd, 0x0bcd },   { 0x0e31, 0x0e31 },   { 0x0e34, 0x0e3a },   { 0x0e47, 0x0e4e },
    { 0x0eb1, 0x0eb1 },   { 0x0eb4, 0x0ebc },   { 0x0ec8, 0x0ecd },   { 0x1160, 0x11ff },   { 0x135d, 0x135f },
    { 0x1ab0, 0x1aff },   { 0x1dc0, 0x1dff },   { 0x200c, 0x200d },   { 0x20d0, 0x20f0 },   { 0x302a, 0x302d },
    { 0x3099, 0x309a },   { 0xfe00, 0xfe0f },   { 0xfe20, 0xfe2f },   { 0xe0100, 0xe01ef },
};

/* Two columns (Unicode 14, East_Asian_Width W and F). */
static const struct range two_columns[] = {
    { 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },   { 0x23f0, 0x23f0 },
    { 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x267f, 0x267f },
    { 0x2693, 0x2693 },   { 0x26a1, 0x26a1 },   { 0x26aa, 0x26ab },   { 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },
    { 0x26ce, 0x26ce },   { 0x26d4, 0x26d4 },   { 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },   { 0x26f5, 0x26f5 },
    { 0x26fa, 0x26fa },   { 0x26fd, 0x26fd },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },   { 0x2728, 0x2728 },
    { 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },   { 0x2757, 0x2757 },   { 0x2795, 0x2797 },
    { 0x27b0, 0x27b0 },   { 0x27bf, 0x27bf },   { 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },
    { 0x2e80, 0x303e },   { 0x3041, 0x3247 },   { 0x3250, 0x4dbf },   { 0x4e00, 0xa4c6 },   { 0xa960, 0xa97c },
    { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6b },   { 0xff01, 0xff60 },
    { 0xffe0, 0xffe6 },   { 0x16fe0, 0x1b2fb }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e },
    { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 },
    { 0x1f3a0, 0x1f3ca }, { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e },
    { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 },
    { 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 },
    { 0x1f6cc, 0x1f6cc }, { 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6df }, { 0x1f6eb, 0x1f6ec }, { 0x1f6f4, 0x1f6fc },
    { 0x1f7e0, 0x1f7f0 }, { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 }, { 0x1f947, 0x1f9ff }, { 0x1fa70, 0x1faf6 },
    { 0x20000, 0x3fffd },
};

static bool
in_ranges(const struct range *ranges, size_t n, uint32_t point)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && point >= ranges[low].first;
}

/* Decodes one character of UTF-8 (RFC 3629: no overlong form, no surrogate); returns its bytes, 0 if there is none. */
static unsigned
decode(const char *p, size_t n, uint32_t *point)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char lead = (unsigned char)p[0];
    unsigned size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    uint32_t c;

    if (size == 0 || size > n)
        return 0;
    c = size == 1 ? lead : lead & (0x7fu >> size);
    for (unsigned i = 1; i < size; i++) {
        unsigned char byte = (unsigned char)p[i];

        if ((byte & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (byte & 0x3fu);
    }
    if (c < smallest[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *point = c;
    return size;
}

size_t
cell_escape(const struct cell *cell, char text[16])
{
    int n = snprintf(text, 16, cell->form != CELL_POINT ? "\\x%02x" : cell->point > 0xffff ? "\\U%08x" : "\\u%04x",
                     (unsigned)cell->point);

    return ALWAYS(n > 0) ? (size_t)n : 0;
}

struct cell
cell_at(const char *p, size_t n)
{
    struct cell cell = { .n = 1, .width = 1, .form = CELL_PLAIN };
    char escape[16];

    cell.n = decode(p, n, &cell.point);
    if (cell.n == 0) {
        cell.n = 1;
        cell.point = (unsigned char)p[0];
        cell.form = CELL_BYTE;
    } else if (cell.point == '\t') {
        cell.form = CELL_TAB;
        cell.width = 0;
    } else if (in_ranges(hidden, N_ELEMENTS(hidden), cell.point)) {
        cell.form = cell.n == 1 ? CELL_BYTE : CELL_POINT;
    } else if (cell.point >= 0x300) {
        cell.width = in_ranges(combining, N_ELEMENTS(combining), cell.point)       ? 0
                     : in_ranges(two_columns, N_ELEMENTS(two_columns), cell.point) ? 2
                                                                                   : 1;
    }
    if (cell.form == CELL_BYTE || cell.form == CELL_POINT)
        cell.width = (unsigned)cell_escape(&cell, escape);
    return cell;
}

struct cell
cell_before(const char *p, uint32_t from, uint32_t at)
{
    for (uint32_t n = 2; n <= 4 && n <= at - from; n++) {
        struct cell cell = cell_at(p + at - n, n);

        if (cell.n == n)
            return cell;
    }
    return cell_at(p + at - 1, 1);
}
