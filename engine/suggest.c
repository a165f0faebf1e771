/* SPDX-License-Identifier: MIT
 *
 * Did you mean; see suggest.h.  The distance is the one of Damerau and Levenshtein where no part is edited twice (insert,
 * remove, replace, or swap two neighbours), kept in three rows.  Letters that differ in case only are no edit, but decide
 * between candidates that are equally near: 'Owner' finds 'owner', and 'OwnER' finds 'OWNER' if that is there, too.
 */
#include <config.h>

#include "suggest.h"

/* A distance is EDIT for each edit and 1 for each letter of the other case, of which there are less than EDIT. */
enum { WORD_MAX = 64, WORD_MIN = 3, EDIT = 256 };

static size_t distance(struct str word, struct str candidate, size_t limit);

void
suggest_begin(struct suggestion *s, struct str word)
{
    *s = (struct suggestion){ .word = word };
    if (word.n >= WORD_MIN && word.n <= WORD_MAX)
        s->distance = (word.n / 3 + 1) * EDIT; /* what is worse than the worst that is good enough */
}

void
suggest_try(struct suggestion *s, struct str candidate)
{
    size_t d;

    if (s->distance == 0 || str_equal(s->word, candidate))
        return;
    d = distance(s->word, candidate, s->distance);
    if (d < s->distance) {
        s->best = candidate;
        s->distance = d;
    }
}

struct str
suggest_found(const struct suggestion *s)
{
    return s->best;
}

static size_t
min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Returns what it costs to have B where A was. */
static size_t
replace(char a, char b)
{
    return a == b ? 0 : lower(a) == lower(b) ? 1 : EDIT;
}

/* Returns the distance of WORD (at most WORD_MAX bytes) and CANDIDATE if it is below LIMIT; else anything not below. */
static size_t
distance(struct str word, struct str candidate, size_t limit)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    size_t longer = word.n > candidate.n ? word.n - candidate.n : candidate.n - word.n;

    if (NEVER(word.n > WORD_MAX)) /* for which there are no suggestions */
        return limit;
    if (longer >= (limit + EDIT - 1) / EDIT)
        return limit;
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= word.n; j++)
        last[j] = j * EDIT;
    for (size_t i = 1; i <= candidate.n; i++) {
        size_t best = row[0] = i * EDIT;
        size_t *spare = before;

        for (size_t j = 1; j <= word.n; j++) {
            char c = candidate.p[i - 1], w = word.p[j - 1];
            size_t d = min_size(last[j], row[j - 1]) + EDIT;

            d = min_size(d, last[j - 1] + replace(w, c));
            if (i > 1 && j > 1) {
                /* Never a bargain where the letters are alike: the swap itself is an edit. */
                size_t swap = replace(w, candidate.p[i - 2]) + replace(word.p[j - 2], c);

                if (swap < EDIT)
                    d = min_size(d, before[j - 2] + EDIT + swap);
            }
            row[j] = d;
            best = min_size(best, d);
        }
        /* A swap reaches back over one row, at the price of an edit: the row before may still lead below the limit. */
        if (best >= limit + EDIT)
            return limit;
        before = last;
        last = row;
        row = spare;
    }
    return last[word.n];
}
