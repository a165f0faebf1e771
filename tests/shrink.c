/* SPDX-License-Identifier: MIT
 *
 * The shrinker; see shrink.h.
 */
#include <config.h>

#include "shrink.h"

#include <stdio.h>
#include <stdlib.h>

/* The largest run of words that is left out at once, and so a term of an expression, or a tail. */
enum { MOST_WORDS = 24 };

static void *
need(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "shrink: not enough memory\n");
        abort();
    }
    return p;
}

static bool
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Where the piece that begins at byte I ends: a line, or a word, a text in quotes or a mark, with the blanks behind it. */
static size_t
piece_end(struct str text, size_t i, bool lines)
{
    if (lines) {
        const char *end = memchr(text.p + i, '\n', text.n - i);

        return end != NULL ? (size_t)(end - text.p) + 1 : text.n;
    }
    if (text.p[i] == '"') {
        for (i++; i < text.n && text.p[i] != '"'; i++)
            i += text.p[i] == '\\' && i + 1 < text.n;
        i++;
    } else if (is_word(text.p[i])) {
        while (i < text.n && is_word(text.p[i]))
            i++;
    } else {
        i++;
    }
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\n'))
        i++;
    return i < text.n ? i : text.n;
}

/* Lists where the pieces of TEXT begin; its end stands behind them. */
static size_t *
pieces(struct str text, bool lines, size_t *n)
{
    size_t *begins = need(malloc((text.n + 1) * sizeof *begins)), i = 0;

    *n = 0;
    while (i < text.n) {
        begins[(*n)++] = i;
        i = piece_end(text, i, lines);
    }
    begins[*n] = text.n;
    return begins;
}

/* Leaves runs of pieces out, long ones first; true if something went. */
static bool
shrink_text(struct shrunk *test, bool lines, shrink_fails *fails, void *arg)
{
    bool any = false;
    size_t n, *begins = pieces(test->text, lines, &n), run = lines ? n / 2 : n < MOST_WORDS ? n : MOST_WORDS;

    for (; run > 0; run = lines ? run / 2 : run - 1) {
        for (size_t i = 0; i + run <= n;) {
            struct shrunk less = *test;
            size_t from = begins[i], to = begins[i + run];
            char *copy = need(malloc(test->text.n + 1));

            memcpy(copy, test->text.p, from);
            memcpy(copy + from, test->text.p + to, test->text.n - to);
            less.text = (struct str){ copy, test->text.n - (to - from) };
            if (fails(arg, &less)) {
                *test = less;
                any = true;
                free(begins);
                begins = pieces(test->text, lines, &n);
            } else {
                free(copy);
                i++;
            }
        }
    }
    free(begins);
    return any;
}

static bool
shrink_facts(struct shrunk *test, shrink_fails *fails, void *arg)
{
    bool any = false;

    for (uint32_t i = 0; i < test->n_facts;) {
        struct naive_fact *copy = need(malloc(test->n_facts * sizeof *copy));
        struct shrunk less = *test;

        memcpy(copy, test->facts, i * sizeof *copy);
        memcpy(copy + i, test->facts + i + 1, (test->n_facts - i - 1) * sizeof *copy);
        less.facts = copy;
        less.n_facts--;
        if (fails(arg, &less)) {
            *test = less;
            any = true;
        } else {
            free(copy);
            i++;
        }
    }
    return any;
}

bool
shrink(struct shrunk *test, shrink_fails *fails, void *arg)
{
    if (!fails(arg, test))
        return false;
    while (shrink_text(test, true, fails, arg) || shrink_facts(test, fails, arg) || shrink_text(test, false, fails, arg))
        continue;
    return true;
}

/* ---- the request as JSON ------------------------------------------------------------------------------------------------ */

struct out {
    char *p;
    size_t n, room;
};

static void
put(struct out *out, const char *p, size_t n)
{
    if (out->n + n > out->room) {
        out->room = 2 * (out->n + n) + 64;
        out->p = need(realloc(out->p, out->room));
    }
    memcpy(out->p + out->n, p, n);
    out->n += n;
}

static void
put_string(struct out *out, struct str text)
{
    char escape[8];

    put(out, "\"", 1);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c < 0x20 || c == '"' || c == '\\')
            put(out, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        else
            put(out, text.p + i, 1);
    }
    put(out, "\"", 1);
}

struct str
shrink_json(const struct naive_fact *facts, uint32_t n_facts)
{
    struct out out = { NULL, 0, 0 };

    put(&out, "{", 1);
    for (uint32_t i = 0; i < n_facts; i++) {
        const struct naive_fact *fact = &facts[i];

        if (i > 0)
            put(&out, ", ", 2);
        put_string(&out, fact->key);
        put(&out, ": ", 2);
        switch (fact->kind) {
        case NAIVE_ABSENT:
            put(&out, "null", 4);
            break;
        case NAIVE_BOOL:
            put(&out, fact->truth ? "true" : "false", fact->truth ? 4 : 5);
            break;
        case NAIVE_TEXT:
            put_string(&out, fact->text);
            break;
        case NAIVE_LIST:
            put(&out, "[", 1);
            for (uint32_t k = 0; k < fact->n_members; k++) {
                if (k > 0)
                    put(&out, ", ", 2);
                put_string(&out, fact->members[k]);
            }
            put(&out, "]", 1);
            break;
        case NAIVE_NUMBER:
        case NAIVE_OTHER:
            put(&out, fact->text.p, fact->text.n);
            break;
        }
    }
    put(&out, "}", 1);
    return (struct str){ out.p, out.n };
}
