/* SPDX-License-Identifier: MIT
 *
 * The sentences of a page, and of what clauses cite, so that the two can be lined up: `rulecheck trace` and `check --page` do.
 *
 * A page is Markdown.  What is no statement is left out: front matter, headings, code, pictures, rulers.  An item of a list, a
 * paragraph, a row of a table are blocks; marks (** _ ` [links](...)), entities and tags are taken off, and what is left of a block is
 * split into sentences.  These are compared word by word, after quotes, dashes and blanks of all kinds have become one of each; a full
 * stop at the end is no difference.  Case is one.
 *
 * A sentence that says something about the page itself, an answer of one word, a link by itself, and the words before a list are asides:
 * no clause has to cite them.
 */
#ifndef SENTENCES_H
#define SENTENCES_H

#include "tool.h"

/* Why no clause has to cite a sentence. */
enum aside { ASIDE_NONE, ASIDE_ABOUT, ASIDE_ANSWER, ASIDE_LINK, ASIDE_LEAD };

/* A word, in sentences.texts. */
struct word {
    uint32_t at, n;
    uint32_t hash;
};

struct sentence {
    unsigned line; /* where it begins, 1-based */
    enum aside aside;
    uint32_t text; /* in sentences.texts, NUL-terminated: as it reads, without marks */
    uint32_t first_word, n_words; /* the same without the last full stop */
    uint32_t hash; /* of all words */
    uint32_t lead; /* 1 + the index of the words before the list that it is an item of; 0: none */
};

struct sentences {
    struct sentence *at;
    size_t n, room;
    struct word *words;
    size_t n_words, words_room;
    char *texts;
    size_t texts_size, texts_room;
};

enum { PAGE_BYTES_MAX = 1 << 20 };

/* Adds the sentences of the Markdown TEXT, or of a plain text that a clause cites; both are at most PAGE_BYTES_MAX bytes. */
void sentences_add_page(struct sentences *sentences, const char *text, size_t size);
void sentences_add_plain(struct sentences *sentences, const char *text, size_t size);
void sentences_free(struct sentences *sentences);

/* Adds the sentences of the page in the file PATH ("-" is standard input).  Returns false after a message. */
bool sentences_read_page(struct tool *tool, const char *path, struct sentences *sentences);

/* Adds the sentences that CLAUSE cites; a note without 'cites' is one itself. */
void sentences_add_cited(struct sentences *sentences, const struct rck_clause *clause);

static inline const char *
sentence_text(const struct sentences *sentences, size_t idx)
{
    return sentences->texts + sentences->at[idx].text;
}

/* True if the words of A's sentence I are those of B's sentence J, or of the words before J's list and J. */
bool sentence_equal(const struct sentences *a, size_t i, const struct sentences *b, size_t j);

/* How alike the two are, in thousandths: twice the words that they have in common, in order, among all words. */
unsigned sentence_likeness(const struct sentences *a, size_t i, const struct sentences *b, size_t j);

/* Returns the sentence of B that is most like A's sentence I, or SIZE_MAX if none has half of the words in common. */
size_t sentence_nearest(const struct sentences *a, size_t i, const struct sentences *b);

/* A run of words that both have, that only the first has, or that only the second has. */
enum edit_kind { EDIT_SAME, EDIT_FIRST, EDIT_SECOND };
struct edit {
    enum edit_kind kind;
    uint32_t first_word, n_words; /* of the first one; of EDIT_SECOND, of the second one */
};

/* Returns how A's sentence I becomes B's sentence J, and in *N how many runs that is; the caller frees it. */
struct edit *sentence_edits(const struct sentences *a, size_t i, const struct sentences *b, size_t j, size_t *n);

/* Characters of words; no locale is asked. */
static inline bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool
is_ascii_word(char c)
{
    return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

/* A letter or a digit, or a part of one that is not ASCII. */
static inline bool
is_wordy(char c)
{
    return is_ascii_word(c) || (unsigned char)c >= 0x80;
}

/* Returns the array OLD of *ROOM elements of SIZE bytes, or one that is larger and takes its place, if N is not below *ROOM. */
void *vector_room(void *old, size_t n, size_t *room, size_t size);

#endif
