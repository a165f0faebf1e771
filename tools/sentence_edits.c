/* SPDX-License-Identifier: MIT
 *
 * Sentences compared, word by word; see sentences.h.
 */
#include <config.h>

#include <stdlib.h>

#include "sentences.h"

/* Two sentences of so many words, multiplied, are compared as a whole only: what the comparison word by word would take. */
enum { EDIT_CELLS_MAX = 1 << 22 };

static bool
word_equal(const struct sentences *a, const struct word *x, const struct sentences *b, const struct word *y)
{
    return x->hash == y->hash && x->n == y->n && memcmp(a->texts + x->at, b->texts + y->at, x->n) == 0;
}

/* True if the N words of A at X are those of B at Y. */
static bool
words_equal(const struct sentences *a, const struct word *x, const struct sentences *b, const struct word *y, uint32_t n)
{
    while (n != 0 && word_equal(a, x, b, y))
        x++, y++, n--;
    return n == 0;
}

bool
sentence_equal(const struct sentences *a, size_t i, const struct sentences *b, size_t j)
{
    const struct sentence *x = &a->at[i], *y = &b->at[j], *lead = y->lead != 0 ? &b->at[y->lead - 1] : NULL;
    const struct word *words = a->words + x->first_word;

    if (x->n_words == y->n_words)
        return x->hash == y->hash && words_equal(a, words, b, b->words + y->first_word, x->n_words);
    return lead != NULL && x->n_words == lead->n_words + y->n_words
           && words_equal(a, words, b, b->words + lead->first_word, lead->n_words)
           && words_equal(a, words + lead->n_words, b, b->words + y->first_word, y->n_words);
}

/* Lengths of the longest common subsequences of the ends of two sentences: [i][j] is that from word i and word j on.  NULL if the
 * sentences are too long; the caller frees it. */
static uint32_t *
common_ends(const struct sentences *a, size_t i, const struct sentences *b, size_t j)
{
    const struct sentence *x = &a->at[i], *y = &b->at[j];
    size_t width = (size_t)y->n_words + 1;
    uint32_t *common;

    if (((size_t)x->n_words + 1) * width > EDIT_CELLS_MAX)
        return NULL;
    common = must_allocate(((size_t)x->n_words + 1) * width, sizeof *common);
    for (size_t p = x->n_words; p-- != 0;)
        for (size_t q = y->n_words; q-- != 0;) {
            uint32_t down = common[(p + 1) * width + q], right = common[p * width + q + 1];

            common[p * width + q] = word_equal(a, &a->words[x->first_word + p], b, &b->words[y->first_word + q])
                                        ? common[(p + 1) * width + q + 1] + 1
                                    : down > right ? down
                                                   : right;
        }
    return common;
}

unsigned
sentence_likeness(const struct sentences *a, size_t i, const struct sentences *b, size_t j)
{
    uint32_t n = a->at[i].n_words + b->at[j].n_words, *common = common_ends(a, i, b, j);
    unsigned likeness = common != NULL && n != 0 ? (unsigned)(2000 * (uint64_t)common[0] / n) : 0;

    free(common);
    return likeness;
}

size_t
sentence_nearest(const struct sentences *a, size_t i, const struct sentences *b)
{
    const struct sentence *x = &a->at[i];
    unsigned best = 500;
    size_t found = SIZE_MAX;

    for (size_t j = 0; j < b->n; j++) {
        const struct sentence *y = &b->at[j];
        uint32_t shared = 0, all = x->n_words + y->n_words;
        unsigned likeness;

        /* No more words are in common in order than are there at all. */
        if (2000 * (uint64_t)(x->n_words < y->n_words ? x->n_words : y->n_words) < (uint64_t)best * all)
            continue;
        for (uint32_t p = 0; p < x->n_words; p++)
            for (uint32_t q = 0; q < y->n_words; q++)
                if (a->words[x->first_word + p].hash == b->words[y->first_word + q].hash) {
                    shared++;
                    break;
                }
        if (2000 * (uint64_t)shared < (uint64_t)best * all)
            continue;
        likeness = sentence_likeness(a, i, b, j);
        if (likeness > best || (likeness == best && found == SIZE_MAX)) {
            best = likeness;
            found = j;
        }
    }
    return found;
}

struct edit *
sentence_edits(const struct sentences *a, size_t i, const struct sentences *b, size_t j, size_t *n)
{
    const struct sentence *x = &a->at[i], *y = &b->at[j];
    size_t width = (size_t)y->n_words + 1, p = 0, q = 0;
    uint32_t *common = common_ends(a, i, b, j);
    struct edit *edits = must_allocate((size_t)x->n_words + y->n_words + 1, sizeof *edits);

    *n = 0;
    while (p < x->n_words || q < y->n_words) {
        bool same = p < x->n_words && q < y->n_words && common != NULL
                    && word_equal(a, &a->words[x->first_word + p], b, &b->words[y->first_word + q]);
        bool first = !same && p < x->n_words
                     && (q == y->n_words || common == NULL || common[(p + 1) * width + q] >= common[p * width + q + 1]);
        enum edit_kind kind = same ? EDIT_SAME : first ? EDIT_FIRST : EDIT_SECOND;
        uint32_t word = kind == EDIT_SECOND ? y->first_word + (uint32_t)q : x->first_word + (uint32_t)p;

        if (*n != 0 && edits[*n - 1].kind == kind)
            edits[*n - 1].n_words++;
        else
            edits[(*n)++] = (struct edit){ kind, word, 1 };
        p += kind != EDIT_SECOND;
        q += kind != EDIT_FIRST;
    }
    free(common);
    return edits;
}
