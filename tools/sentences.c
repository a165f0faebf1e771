/* SPDX-License-Identifier: MIT
 *
 * Sentences of pages and clauses; see sentences.h.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sentences.h"

/* What a link, a tag or code in a line may be long; what is longer is text.  It bounds the time that marks without an end take. */
enum { MARKED_BYTES_MAX = 2000 };

/* Ends a sentence wherever it stands, in the text of a block. */
enum { BREAK = '\f' };

/* A block while it is read, and its text without marks. */
struct block {
    char *raw; /* lines, each with its newline */
    size_t n, room;
    unsigned line;  /* of its first line */
    uint32_t lead;  /* as in struct sentence */
    bool is_item;

    char *clean;
    unsigned *lines; /* by byte of 'clean' */
    size_t n_clean, clean_room;
};

void *
vector_room(void *old, size_t n, size_t *room, size_t size)
{
    void *grown;

    if (n < *room)
        return old;
    grown = must_allocate(*room != 0 ? 2 * *room : 64, size);
    if (*room != 0)
        memcpy(grown, old, *room * size);
    *room = *room != 0 ? 2 * *room : 64;
    free(old);
    return grown;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_punctuation(char c)
{
    return (unsigned char)c > ' ' && (unsigned char)c < 0x7f && !is_wordy(c);
}

static bool
begins(const char *p, size_t n, const char *with)
{
    size_t length = strlen(with);

    return n >= length && memcmp(p, with, length) == 0;
}

/* ---- marks -------------------------------------------------------------------------------------------------------------- */

static void
emit(struct block *block, char c, unsigned line)
{
    size_t room = block->clean_room;

    if (c == ' ' && (block->n_clean == 0 || block->clean[block->n_clean - 1] == ' '))
        return;
    block->clean = vector_room(block->clean, block->n_clean, &room, 1);
    block->lines = vector_room(block->lines, block->n_clean, &block->clean_room, sizeof *block->lines);
    block->clean[block->n_clean] = c;
    block->lines[block->n_clean++] = line;
}

static void
emit_text(struct block *block, const char *text, unsigned line)
{
    while (*text != '\0')
        emit(block, *text++, line);
}

/* Characters that are written in more ways than one; what else is not ASCII stays. */
static const struct {
    const char *from, *to;
} same_characters[] = {
    { "\xC2\xA0", " " },     { "\xE2\x80\xAF", " " }, { "\xE2\x80\x87", " " }, { "\xE2\x80\x89", " " }, /* no-break, thin blanks */
    { "\xE2\x80\x8B", "" },  { "\xEF\xBB\xBF", "" },  { "\xC2\xAD", "" },                               /* of no width */
    { "\xE2\x80\x98", "'" }, { "\xE2\x80\x99", "'" }, { "\xE2\x80\x9A", "'" }, { "\xE2\x80\xB2", "'" },
    { "\xC2\xB4", "'" },     { "\xE2\x80\x9C", "\"" }, { "\xE2\x80\x9D", "\"" }, { "\xE2\x80\x9E", "\"" },
    { "\xC2\xAB", "\"" },    { "\xC2\xBB", "\"" },    { "\xE2\x80\xB3", "\"" },
    { "\xE2\x80\x90", "-" }, { "\xE2\x80\x91", "-" }, { "\xE2\x80\x92", "-" }, { "\xE2\x80\x93", "-" }, /* hyphens, en dash */
    { "\xE2\x88\x92", "-" }, { "\xE2\x80\x94", " - " }, { "\xE2\x80\x95", " - " },                      /* minus, em dash */
    { "\xE2\x80\xA6", "..." },
    { "&nbsp;", " " },       { "&amp;", "&" },        { "&lt;", "<" },         { "&gt;", ">" },
    { "&quot;", "\"" },      { "&#39;", "'" },        { "&apos;", "'" },       { "&rsquo;", "'" },
    { "&lsquo;", "'" },      { "&rdquo;", "\"" },     { "&ldquo;", "\"" },     { "&ndash;", "-" },
    { "&mdash;", " - " },    { "&hellip;", "..." },   { "---", " - " },        { "--", " - " },
};

/* Where the bracket OPEN at P[I] is closed; N if it is not. */
static size_t
closing(const char *p, size_t i, size_t n, char open, char close)
{
    size_t end = n - i < MARKED_BYTES_MAX ? n : i + MARKED_BYTES_MAX;
    unsigned depth = 0;

    for (; i < end; i++) {
        if (p[i] == '\\' && i + 1 < n)
            i++;
        else if (p[i] == open)
            depth++;
        else if (p[i] == close && --depth == 0)
            return i;
    }
    return n;
}

/* Where the next run of RUN back quotes from P[I] on is; N if there is none. */
static size_t
code_end(const char *p, size_t i, size_t n, size_t run)
{
    size_t end = n - i < MARKED_BYTES_MAX ? n : i + MARKED_BYTES_MAX;

    while (i < end) {
        size_t other = 0;

        while (i + other < n && p[i + other] == '`')
            other++;
        if (other == run)
            return i;
        i += other + 1;
    }
    return n;
}

/* Takes a tag at P[I], '<', off; returns where it ends, or I if there is none. */
static size_t
take_tag(struct block *block, const char *p, size_t i, size_t n, unsigned line)
{
    const char *end = memchr(p + i, '>', n - i < MARKED_BYTES_MAX ? n - i : MARKED_BYTES_MAX);
    size_t length = end != NULL ? (size_t)(end - (p + i)) : 0;

    if (begins(p + i, n - i, "<!--")) {
        for (size_t k = i + 4; k + 2 < n; k++)
            if (begins(p + k, n - k, "-->"))
                return k + 3;
        return n;
    }
    if (end == NULL || length < 2 || !(p[i + 1] == '/' || (is_wordy(p[i + 1]) && !is_digit(p[i + 1]))))
        return i;
    if (begins(p + i, n - i, "<br")) {
        emit(block, BREAK, line);
    } else if (memchr(p + i, ' ', length) == NULL && (memchr(p + i, ':', length) != NULL || memchr(p + i, '@', length) != NULL)) {
        for (size_t k = i + 1; k < i + length; k++)
            emit(block, p[k], line);
    }
    return i + length + 1;
}

/* Makes block->clean of the N bytes at P, which begin in LINE. */
static void
clean(struct block *block, const char *p, size_t n, unsigned line)
{
    size_t link_ends = n, link_after = n; /* of the link in progress: its ']', and what follows its address */

    for (size_t i = 0; i < n;) {
        size_t run = 1, k;
        char before = i != 0 ? p[i - 1] : ' ', after;

        if (i == link_ends) {
            for (; i < link_after; i++)
                line += p[i] == '\n';
            link_ends = n;
            continue;
        }
        while (i + run < n && p[i + run] == p[i] && strchr("`*_~", p[i]) != NULL)
            run++;
        after = i + run < n ? p[i + run] : ' ';
        switch (p[i]) {
        case '\\':
            if (i + 1 < n && is_punctuation(p[i + 1]))
                i++;
            emit(block, p[i++], line);
            continue;
        case '`':
            k = code_end(p, i + run, n, run);
            if (k >= n) {
                i += run;
                continue;
            }
            for (i += run; i < k; i++) {
                emit(block, is_blank(p[i]) ? ' ' : p[i], line);
                line += p[i] == '\n';
            }
            i += run;
            continue;
        case '*':
        case '~':
        case '_':
            /* A mark touches what it marks; a '_' inside of a word is a part of it, and a lone '~' is no mark. */
            if ((is_blank(before) && is_blank(after)) || (p[i] == '_' && is_wordy(before) && is_wordy(after))
                || (p[i] == '~' && run < 2))
                break;
            i += run;
            continue;
        case '!':
        case '[':
            k = p[i] == '!' ? i + 1 : i;
            if (k < n && p[k] == '[') {
                size_t end = closing(p, k, n, '[', ']'), address = n;

                if (end + 1 < n && (p[end + 1] == '(' || p[end + 1] == '['))
                    address = closing(p, end + 1, n, p[end + 1], p[end + 1] == '(' ? ')' : ']');
                if (end < n && k + 1 < n && p[k + 1] == '^')
                    address = end; /* a footnote */
                if (address < n && (k != i || p[k + 1] == '^')) {
                    for (; i <= address; i++)
                        line += p[i] == '\n';
                    continue;
                }
                if (address < n) {
                    link_ends = end;
                    link_after = address + 1;
                    i = k + 1;
                    continue;
                }
            }
            break;
        case '<':
            k = take_tag(block, p, i, n, line);
            if (k != i) {
                for (; i < k; i++)
                    line += p[i] == '\n';
                continue;
            }
            break;
        default:
            break;
        }
        if (is_blank(p[i])) {
            emit(block, ' ', line);
            line += p[i++] == '\n';
            continue;
        }
        for (k = is_ascii_word(p[i]) ? N_ELEMENTS(same_characters) : 0; k < N_ELEMENTS(same_characters); k++)
            if (begins(p + i, n - i, same_characters[k].from))
                break;
        if (k < N_ELEMENTS(same_characters)) {
            emit_text(block, same_characters[k].to, line);
            i += strlen(same_characters[k].from);
            continue;
        }
        /* A byte that text cannot hold would end it, or break sentences. */
        emit(block, p[i] == '\0' || p[i] == BREAK ? ' ' : p[i], line);
        i++;
    }
}

/* ---- sentences ---------------------------------------------------------------------------------------------------------- */

/* True if P[0..N), which ends in a full stop, ends in an abbreviation. */
static bool
is_abbreviation(const char *p, size_t n, bool number_follows)
{
    /* Those behind the '#' are ones only before a number. */
    static const char *const words[] = { "e.g.", "i.e.", "vs.",  "cf.",   "approx.", "incl.", "resp.", "viz.", "Mr.",  "Mrs.",
                                         "Ms.",  "Dr.",  "Prof.", "St.",   "Inc.",    "Ltd.",  "Corp.", "al.",  "ca.",  "E.g.",
                                         "I.e.", "#No.", "#no.", "#Nos.", "#Fig.",   "#fig.", "#Sec.", "#sec.", "#Vol.", "#Ch.",
                                         "#Art.", "#p.",  "#pp.", "#max.", "#min.",   "#v." };
    size_t begin = n;

    while (begin != 0 && !is_blank(p[begin - 1]) && strchr("(['\"", p[begin - 1]) == NULL)
        begin--;
    if (n - begin == 2 && is_upper(p[begin]) && p[begin] != 'I')
        return true; /* an initial */
    for (size_t i = 0; i < N_ELEMENTS(words); i++) {
        bool only_numbers = words[i][0] == '#';
        const char *word = words[i] + only_numbers;

        if (n - begin == strlen(word) && memcmp(p + begin, word, n - begin) == 0 && (number_follows || !only_numbers))
            return true;
    }
    return false;
}

/* True if a sentence that begins at P[BEGIN] ends before P[I]. */
static bool
ends_here(const char *p, size_t begin, size_t i, size_t n)
{
    size_t end = i, next = i;

    if (!is_blank(p[i]))
        return false;
    while (end > begin && strchr("\"')]", p[end - 1]) != NULL)
        end--;
    if (end == begin || strchr(".!?", p[end - 1]) == NULL)
        return false;
    while (next < n && is_blank(p[next]))
        next++;
    while (next < n && strchr("\"'([", p[next]) != NULL)
        next++;
    if (next == n)
        return true;
    if (!is_upper(p[next]) && !is_digit(p[next]) && (unsigned char)p[next] < 0x80)
        return false;
    if (p[end - 1] != '.')
        return true;
    for (size_t k = begin; k + 1 < end; k++)
        if (!is_digit(p[k]))
            return !is_abbreviation(p + begin, end - begin, is_digit(p[next]));
    return false; /* "1." */
}

static void
add_word(struct sentences *s, uint32_t at, uint32_t n)
{
    struct word *word;
    uint32_t hash = 2166136261u; /* FNV-1a */

    s->words = vector_room(s->words, s->n_words, &s->words_room, sizeof *s->words);
    word = &s->words[s->n_words++];
    for (uint32_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)s->texts[at + i]) * 16777619u;
    *word = (struct word){ at, n, hash };
}

/* Adds the sentence of N bytes at P; NULL if it has no word. */
static struct sentence *
add_sentence(struct sentences *s, const char *p, size_t n, unsigned line)
{
    struct sentence *sentence;
    size_t last;

    while (n != 0 && is_blank(p[n - 1]))
        n--;
    while (n != 0 && is_blank(*p))
        p++, n--;
    for (last = 0; last < n && !is_wordy(p[last]); last++)
        ;
    if (last == n)
        return NULL;
    s->at = vector_room(s->at, s->n, &s->room, sizeof *s->at);
    sentence = &s->at[s->n++];
    *sentence = (struct sentence){ .line = line, .text = (uint32_t)s->texts_size, .first_word = (uint32_t)s->n_words };
    while (s->texts_room - s->texts_size < n + 1) {
        size_t full = s->texts_room; /* asks for one more than there is */

        s->texts = vector_room(s->texts, full, &s->texts_room, 1);
    }
    memcpy(s->texts + s->texts_size, p, n);
    s->texts[s->texts_size + n] = '\0';

    /* The words, without what ends the sentence. */
    for (last = n; last != 0 && strchr(".!?;:,", p[last - 1]) != NULL; last--)
        ;
    for (size_t i = 0; i < last;) {
        size_t end = i;

        while (end < last && !is_blank(p[end]))
            end++;
        if (end != i)
            add_word(s, (uint32_t)(s->texts_size + i), (uint32_t)(end - i));
        i = end + 1;
    }
    sentence->n_words = (uint32_t)s->n_words - sentence->first_word;
    for (uint32_t i = 0; i < sentence->n_words; i++)
        sentence->hash = 31 * sentence->hash + s->words[sentence->first_word + i].hash;
    s->texts_size += n + 1;
    return sentence;
}

/* Adds the sentences of block->clean.  Returns the index of the first one. */
static size_t
add_sentences(struct sentences *s, const struct block *block)
{
    const char *p = block->clean;
    size_t first = s->n, begin = 0;

    for (size_t i = 0; i <= block->n_clean; i++) {
        if (i < block->n_clean && p[i] != BREAK && !ends_here(p, begin, i, block->n_clean))
            continue;
        while (begin < i && p[begin] == ' ')
            begin++;
        if (begin < i) {
            struct sentence *sentence = add_sentence(s, p + begin, i - begin, block->lines[begin]);

            if (sentence != NULL)
                sentence->lead = block->lead;
        }
        begin = i + 1;
    }
    return first;
}

static bool
has_number(const struct sentences *s, size_t idx)
{
    return strpbrk(sentence_text(s, idx), "0123456789") != NULL;
}

/* True if the block is one link and nothing else. */
static bool
is_link(const struct block *block)
{
    size_t end, n = block->n;

    while (n != 0 && (is_blank(block->raw[n - 1]) || block->raw[n - 1] == '.'))
        n--;
    if (n == 0 || block->raw[0] != '[')
        return false;
    end = closing(block->raw, 0, n, '[', ']');
    return end + 1 < n && block->raw[end + 1] == '(' && closing(block->raw, end + 1, n, '(', ')') + 1 == n;
}

/* Marks what no clause has to cite among the sentences from FIRST on, which are one block's. */
static void
find_asides(struct sentences *s, size_t first, const struct block *block)
{
    static const char *const openings[] = { "This page ", "This article ", "This document ", "This guide ", "This section ",
                                            "This topic " };
    bool about = false;

    for (size_t i = first; i < s->n; i++) {
        const char *text = sentence_text(s, i);
        size_t n = strlen(text);

        for (size_t k = 0; k < N_ELEMENTS(openings) && i == first; k++)
            about = about || begins(text, n, openings[k]);
        if (s->at[i].n_words == 1 && !block->is_item && !has_number(s, i))
            s->at[i].aside = ASIDE_ANSWER;
        else if (is_link(block))
            s->at[i].aside = ASIDE_LINK;
        else if (about && !has_number(s, i))
            s->at[i].aside = ASIDE_ABOUT;
    }
}

/* ---- blocks ------------------------------------------------------------------------------------------------------------- */

static void
begin_block(struct block *block, unsigned line, bool is_item)
{
    block->n = 0;
    block->line = line;
    block->is_item = is_item;
}

static void
add_line(struct block *block, const char *p, size_t n)
{
    for (size_t i = 0; i <= n; i++) {
        block->raw = vector_room(block->raw, block->n, &block->room, 1);
        block->raw[block->n++] = i < n ? p[i] : '\n';
    }
}

/* Turns the block into sentences, and empties it. */
static void
end_block(struct sentences *s, struct block *block)
{
    size_t first;

    if (block->n == 0)
        return;
    block->n_clean = 0;
    if (!block->is_item)
        block->lead = 0;
    clean(block, block->raw, block->n, block->line);
    first = add_sentences(s, block);
    find_asides(s, first, block);
    block->n = 0;
    if (block->is_item || s->n == first)
        return;
    /* "A token cannot be used to:" */
    if (s->texts[s->texts_size - 2] == ':')
        block->lead = (uint32_t)s->n;
}

/* The end of a paragraph's words before a list: only now it is known that one follows. */
static void
note_lead(struct sentences *s, const struct block *block)
{
    if (block->lead != 0 && s->at[block->lead - 1].aside == ASIDE_NONE && !has_number(s, block->lead - 1))
        s->at[block->lead - 1].aside = ASIDE_LEAD;
}

/* A row of a table: a cell that ends as a sentence does is one; the others make one together. */
static void
add_row(struct sentences *s, struct block *block, const char *p, size_t n, unsigned line)
{
    struct block rest = { .line = line };
    unsigned n_cells = 0, n_sentences = 0;

    block->lead = 0;
    for (size_t i = n != 0 && p[0] == '|' ? 1 : 0; i < n;) {
        size_t end = i, last;
        bool is_code = false;

        for (; end < n && (p[end] != '|' || is_code); end++) {
            is_code = p[end] == '`' ? !is_code : is_code;
            end += p[end] == '\\' && end + 1 < n;
        }
        for (last = end; last > i && is_blank(p[last - 1]); last--)
            ;
        if (last > i && strchr(".!?", p[last - 1]) != NULL && memchr(p + i, ' ', last - i) != NULL) {
            begin_block(block, line, false);
            add_line(block, p + i, last - i);
            end_block(s, block);
            n_sentences++;
        } else if (last > i) {
            add_line(&rest, p + i, last - i);
            n_cells++;
        }
        i = end + 1;
    }
    if (n_cells > 1 || n_sentences == 0)
        end_block(s, &rest);
    block->lead = 0;
    free(rest.raw);
    free(rest.clean);
    free(rest.lines);
}

/* "|---|:--:|" */
static bool
is_table_rule(const char *p, size_t n)
{
    bool dash = false, bar = false;

    for (size_t i = 0; i < n; i++) {
        if (strchr("|-: \t\r", p[i]) == NULL)
            return false;
        dash = dash || p[i] == '-';
        bar = bar || p[i] == '|';
    }
    return dash && bar;
}

/* True if the line is nothing but three or more of one of the characters of MARKS, maybe with blanks between them. */
static bool
is_ruler(const char *p, size_t n, const char *marks)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_blank(p[i]))
            continue;
        if (strchr(marks, p[i]) == NULL || p[i] != p[0])
            return false;
        count++;
    }
    return count >= 3;
}

/* Returns how many bytes of the line begin an item of a list; 0 if they do not. */
static size_t
item_mark(const char *p, size_t n)
{
    size_t i = 0;

    if (n > 1 && strchr("-*+", p[0]) != NULL && is_blank(p[1]))
        i = 2;
    while (i == 0 && n != 0 && is_digit(p[0])) {
        size_t digits = 0;

        while (digits < n && digits < 10 && is_digit(p[digits]))
            digits++;
        if (digits + 1 >= n || strchr(".)", p[digits]) == NULL || !is_blank(p[digits + 1]))
            return 0;
        i = digits + 2;
    }
    while (i != 0 && i < n && is_blank(p[i]))
        i++;
    if (i != 0 && (begins(p + i, n - i, "[ ] ") || begins(p + i, n - i, "[x] ")))
        i += 4;
    return i;
}

/* Where the reader of a page is. */
struct page {
    struct sentences *s;
    struct block block;
    char fence;      /* of the code in progress; 0: none */
    bool in_table, in_comment;
};

static void
read_line(struct page *page, const char *p, size_t n, const char *next, size_t n_next, unsigned line)
{
    struct block *block = &page->block;
    size_t indent = 0, mark;

    while (n != 0 && (is_blank(*p) || *p == '>'))
        p++, n--, indent++;
    while (n != 0 && is_blank(p[n - 1]))
        n--;
    while (n_next != 0 && is_blank(*next))
        next++, n_next--;
    while (n_next != 0 && is_blank(next[n_next - 1]))
        n_next--;
    if (page->fence != 0 || begins(p, n, "```") || begins(p, n, "~~~")) {
        if (page->fence == 0) {
            end_block(page->s, block);
            page->fence = p[0];
        } else if (n >= 3 && p[0] == page->fence && p[1] == page->fence && p[2] == page->fence) {
            page->fence = 0;
        }
        return;
    }
    if (page->in_comment || (begins(p, n, "<!--") && block->n == 0)) {
        page->in_comment = true;
        for (size_t i = 0; i < n; i++)
            page->in_comment = page->in_comment && !begins(p + i, n - i, "-->");
        return;
    }
    if (page->in_table && (n == 0 || memchr(p, '|', n) == NULL))
        page->in_table = false;
    if (n == 0) {
        end_block(page->s, block);
        return;
    }
    if (p[0] == '#') {
        size_t level = 0;

        while (level < n && p[level] == '#')
            level++;
        if (level <= 6 && (level == n || is_blank(p[level]))) {
            end_block(page->s, block);
            block->lead = 0;
            return;
        }
    }
    /* A line below a paragraph makes it a heading. */
    if (block->n != 0 && !block->is_item && indent == 0 && (p[0] == '=' || p[0] == '-') && strspn(p, p[0] == '=' ? "=" : "-") >= n) {
        block->n = 0;
        block->lead = 0;
        return;
    }
    if (is_ruler(p, n, "-*_")) {
        end_block(page->s, block);
        return;
    }
    if (is_table_rule(p, n)) {
        page->in_table = true;
        return;
    }
    if (page->in_table || (memchr(p, '|', n) != NULL && is_table_rule(next, n_next))) {
        end_block(page->s, block);
        if (page->in_table)
            add_row(page->s, block, p, n, line);
        return; /* the head of a table is a heading */
    }
    if (p[0] == '[' && block->n == 0) {
        size_t end = closing(p, 0, n, '[', ']');

        if (end + 1 < n && p[end + 1] == ':')
            return; /* the address of a link */
    }
    mark = item_mark(p, n);
    if (mark != 0) {
        end_block(page->s, block);
        note_lead(page->s, block);
        begin_block(block, line, true);
    } else if (block->n == 0) {
        begin_block(block, line, false);
    }
    add_line(block, p + mark, n - mark);
}

/* Returns where the line at P ends, N at most. */
static size_t
line_end(const char *p, size_t n)
{
    const char *end = memchr(p, '\n', n);

    return end != NULL ? (size_t)(end - p) : n;
}

void
sentences_add_page(struct sentences *sentences, const char *text, size_t size)
{
    struct page page = { .s = sentences };
    unsigned line = 1;
    bool front_matter = false;

    if (begins(text, size, "\xEF\xBB\xBF"))
        text += 3, size -= 3;
    for (size_t i = 0; i < size; line++) {
        size_t n = line_end(text + i, size - i), after = i + n < size ? i + n + 1 : size;
        size_t shown = n;

        while (shown != 0 && is_blank(text[i + shown - 1]))
            shown--;
        if (line == 1 && (begins(text + i, size - i, "---") || begins(text + i, size - i, "+++")) && shown == 3)
            front_matter = true;
        else if (front_matter && shown == 3 && (begins(text + i, n, "---") || begins(text + i, n, "+++")))
            front_matter = false;
        else if (!front_matter)
            read_line(&page, text + i, n, text + after, line_end(text + after, size - after), line);
        i = after;
    }
    end_block(sentences, &page.block);
    free(page.block.raw);
    free(page.block.clean);
    free(page.block.lines);
}

void
sentences_add_plain(struct sentences *sentences, const char *text, size_t size)
{
    struct block block = { .line = 1 };

    clean(&block, text, size, 1);
    (void)add_sentences(sentences, &block);
    free(block.clean);
    free(block.lines);
}

void
sentences_free(struct sentences *sentences)
{
    free(sentences->at);
    free(sentences->words);
    free(sentences->texts);
    *sentences = (struct sentences){ 0 };
}

bool
sentences_read_page(struct tool *tool, const char *path, struct sentences *sentences)
{
    char *text = must_allocate(PAGE_BYTES_MAX + 2, 1);
    struct input input;
    size_t size = 0;
    bool fine = input_open(&input, path, NULL);

    while (fine && size <= PAGE_BYTES_MAX) {
        ssize_t n = read(input.fd, text + size, PAGE_BYTES_MAX + 1 - size);

        if (n == 0)
            break;
        if (n > 0) {
            size += (size_t)n;
        } else if (errno != EINTR) {
            input.error = errno;
            fine = false;
        }
    }
    if (!fine) {
        message(tool, LEVEL_ERROR, NULL, "cannot read '%s': %s", input.name, strerror(input.error));
    } else if (size > PAGE_BYTES_MAX) {
        message(tool, LEVEL_ERROR, "cut it into parts", "'%s' has more than %d bytes", input.name, PAGE_BYTES_MAX);
        fine = false;
    } else if (memchr(text, '\0', size) != NULL) {
        message(tool, LEVEL_ERROR, "save it as Markdown, or as plain text", "'%s' is no text: it holds a NUL", input.name);
        fine = false;
    } else {
        text[size] = '\0';
        sentences_add_page(sentences, text, size);
        if (sentences->n == 0) {
            message(tool, LEVEL_ERROR, "headings and code are no sentences", "'%s' has no sentence", input.name);
            fine = false;
        }
    }
    input_close(&input);
    free(text);
    return fine;
}

void
sentences_add_cited(struct sentences *sentences, const struct rck_clause *clause)
{
    static const char note[] = "note \"";
    size_t n;

    if (clause->cites != NULL) {
        sentences_add_plain(sentences, clause->cites, strlen(clause->cites));
    } else if (clause->kind == RCK_CLAUSE_NOTE && strncmp(clause->text, note, sizeof note - 1) == 0) {
        n = strlen(clause->text) - (sizeof note - 1);
        sentences_add_plain(sentences, clause->text + sizeof note - 1, n != 0 ? n - 1 : 0);
    }
}
