/* SPDX-License-Identifier: MIT
 *
 * Patterns of whole strings: what 'matches' asks.
 *
 *   *       any run of characters, also none
 *   ?       one character
 *   [...]   one character of these: single ones, and ranges such as 'a-z' in the order of the code points
 *   [!...]  one character that is none of these
 *   others  themselves
 *
 * A character is a code point; nothing is folded or normalised.  Nothing escapes: a literal '*' is '[*]'.  Directly after '['
 * or '[!' a ']' is a member; so is a '-' there and directly before the ']' that closes.
 */
#ifndef RCK_GLOBS_H
#define RCK_GLOBS_H

#include "base.h"
#include "mem.h"

enum glob_kind {
    GLOB_LITERAL, /* the character 'value' */
    GLOB_ONE,     /* any character */
    GLOB_CLASS,   /* a character of the class number 'value' */
    GLOB_RUN      /* any run; there are never two in a row */
};

struct glob_item {
    uint32_t kind;  /* an enum glob_kind */
    uint32_t value; /* what that says; 0 for the others */
};

/* A set of characters, [!...] turned into what it leaves. */
struct glob_class {
    uint64_t ascii[2]; /* a bit for each character below U+0080 */
    uint32_t first;    /* its ranges: in ascending order, neither overlapping nor touching */
    uint32_t n;        /* may be 0: nothing matches then */
};

/* A range of code points, both ends included. */
struct glob_range {
    uint32_t low;
    uint32_t high;
};

/* A compiled pattern.  Nothing in its arrays is a pointer, and equal patterns have equal arrays. */
struct glob {
    struct glob_item *items;
    struct glob_class *classes;
    struct glob_range *ranges;
    uint32_t n_items;
    uint32_t n_classes;
    uint32_t n_ranges;
};

enum glob_fault {
    GLOB_FINE,
    GLOB_UNCLOSED,   /* '[' without ']' */
    GLOB_RANGE,      /* a range that holds nothing, such as z-a */
    GLOB_STRAY_DASH, /* a '-' behind a range that is not the last of its class, such as the second of [a-c-e] */
};

/* Compiles the pattern TEXT, which is valid UTF-8.
 * Ownership: *GLOB lives in ARENA, and does not need TEXT afterwards.
 * Errors: as above; *AT gets the offset of the '[', of the range or of the '-', and *GLOB is untouched.  Without memory goes to
 * the arena's escape, which must be set unless memory cannot fail.
 * Cost: linear, and n * log n for the n members and ranges of a class. */
enum glob_fault glob_compile(struct glob *glob, struct arena *arena, struct str text, size_t *at);

/* Returns whether GLOB matches TEXT, which is valid UTF-8.  (Of other bytes each counts as a character that is no literal and
 * in no class; nothing behind the end is read.)
 * Threads: any number.
 * Cost: at most (length of the pattern + 1) * (length of the text + 1) steps; allocates nothing. */
bool glob_matches(const struct glob *glob, struct str text);

/* What a string shall do: match, or not. */
struct glob_wish {
    const struct glob *glob;
    bool yes;
};

enum glob_answer {
    GLOB_FOUND,     /* as many strings as were wanted, or all that there are */
    GLOB_NONE,      /* there is no such string */
    GLOB_UNFINISHED /* nothing is proved; the strings that were found until then are good ones */
};

/* Finds strings of which all WISHES hold, and which are none of FORBIDDEN: different ones, no others being shorter, and made of
 * letters and digits where the patterns leave the choice.  A string is any run of characters other than U+0000, also none.
 * N_WANTED is at least 1, and OUT has room for as many.
 * Ownership: the strings lie in ARENA, each with a NUL behind it, as does all that the search needs: give it an arena that is
 * freed soon.  Without memory goes to the arena's escape, which must be set unless memory cannot fail.
 * Errors: as above.  Adds to *STEPS, which must be LIMIT or less, and stays so.
 * Cost: time and memory grow with the steps: (forbidden strings of which the wishes hold + n_wanted) * states * classes of
 * characters that the patterns tell apart.  The states may be exponentially many in the lengths of patterns, hence LIMIT. */
enum glob_answer glob_solve(struct arena *arena, const struct glob_wish wishes[], uint32_t n_wishes,
                            const struct str forbidden[], uint32_t n_forbidden, uint32_t n_wanted,
                            struct str out[], uint32_t *n_out, uint64_t *steps, uint64_t limit);

#endif
