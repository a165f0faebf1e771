/* SPDX-License-Identifier: MIT
 *
 * The JSON reader of requests against jansson, with duplicates refused: random texts, most of them JSON, and random changes of their
 * bytes.  Both must take the same texts, and see the same keys and values in the same order.
 *
 *     json_oracle [TEXTS [SEED]]
 *
 * What we refuse and jansson takes is told from its tree: noncharacters, keys that are one dotted path, and nesting beyond 64.  Numbers
 * too large for jansson are left to tests/unit_json.c.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/caps.h"

/* Both sides have these words. */
#define JSON_NULL OUR_NULL
#define JSON_FALSE OUR_FALSE
#define JSON_TRUE OUR_TRUE
#define JSON_NUMBER OUR_NUMBER
#define JSON_STRING OUR_STRING
#define JSON_OBJECT OUR_OBJECT
#include "../engine/json.h"
#undef JSON_NULL
#undef JSON_FALSE
#undef JSON_TRUE
#undef JSON_NUMBER
#undef JSON_STRING
#undef JSON_OBJECT

#include <jansson.h>

#include "random_policy.h"

/* A text that grows. */
struct text {
    char *p;
    size_t n, room;
};

static uint64_t state;
static struct json_reader reader;

static void
add(struct text *text, const char *p, size_t n)
{
    if (text->n + n + 1 > text->room) {
        text->room = 2 * (text->n + n + 1);
        text->p = realloc(text->p, text->room);
        if (text->p == NULL)
            abort();
    }
    memcpy(text->p + text->n, p, n);
    text->n += n;
    text->p[text->n] = '\0';
}

static void
adds(struct text *text, const char *s)
{
    add(text, s, strlen(s));
}

static unsigned
draw(unsigned n)
{
    return (unsigned)(random_next(&state) % n);
}

/* ---- random texts ------------------------------------------------------------------------------------------------------- */

static void
add_space(struct text *text)
{
    static const char *const spaces[] = { "", "", "", "", " ", "\n", "\t", "\r\n", "  " };

    adds(text, spaces[draw(sizeof spaces / sizeof spaces[0])]);
}

static void
add_string(struct text *text)
{
    static const char *const pieces[] = {
        "a", "b", "a", "b", "c", "ab", ".", "\\u0061", "\\n", "\\\"", "\\\\", "\\/", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
        "\\ud83d\\ude00", "\\uD800", "\\udfff", "\\u00e9", "\\uFFFD", "\\uffff", "\xEF\xBF\xBF", "\\ufdd0", "\x7F", "\xEF\xBB\xBF", "zzzzzzzz", "\\u0000", "\\b\\f\\r\\t",
    };

    adds(text, "\"");
    for (unsigned n = draw(4); n > 0; n--)
        adds(text, pieces[draw(draw(3) != 0 ? 7 : sizeof pieces / sizeof pieces[0])]);
    adds(text, "\"");
}

static void
add_value(struct text *text, unsigned depth)
{
    static const char *const plain[] = { "0", "-0", "1", "12", "-7", "1.5", "1e2", "1E-2", "0.10", "9007199254740993", "true", "false",
                                         "null", "01", "+1", ".5", "1.", "1e", "NaN", "tru", "-" };
    unsigned kind = draw(depth >= 6 ? 6 : 10);

    add_space(text);
    if (kind < 3) {
        adds(text, plain[draw(draw(20) != 0 ? 13 : sizeof plain / sizeof plain[0])]);
    } else if (kind < 6) {
        add_string(text);
    } else {
        bool object = depth == 0 || kind % 2 == 0;

        adds(text, object ? "{" : "[");
        for (unsigned n = draw(5), i = 0; i < n; i++) {
            if (i > 0)
                adds(text, ",");
            if (object) {
                add_space(text);
                add_string(text);
                add_space(text);
                adds(text, ":");
            }
            add_value(text, depth + 1);
        }
        add_space(text);
        adds(text, object ? "}" : "]");
    }
    add_space(text);
}

static void
change(struct text *text)
{
    static const char bytes[] = "{}[]\":,\\u0eE+-. \n\t\x01\xFF\xC0\xED\x80tfn19";
    size_t at = draw((unsigned)text->n + 1), n;

    switch (draw(5)) {
    case 0: /* a byte becomes another one */
        if (at < text->n)
            text->p[at] = bytes[draw(sizeof bytes - 1)];
        break;
    case 1: /* a byte is gone */
        if (at < text->n)
            memmove(text->p + at, text->p + at + 1, --text->n - at);
        break;
    case 2: /* a byte comes in */
        adds(text, " ");
        memmove(text->p + at + 1, text->p + at, text->n - 1 - at);
        text->p[at] = bytes[draw(sizeof bytes - 1)];
        break;
    case 3: /* the end is gone */
        text->n = at;
        break;
    default: /* a piece is there twice */
        n = draw((unsigned)(text->n - at) + 1);
        if (n > 0) {
            struct text copy = { NULL, 0, 0 };

            add(&copy, text->p, at + n);
            add(&copy, text->p + at, text->n - at);
            free(text->p);
            *text = copy;
        }
    }
    adds(text, "");
}

/* ---- what each of them sees --------------------------------------------------------------------------------------------- */

static void
see(struct text *seen, const char *mark, struct str path, const char *value, size_t n)
{
    add(seen, path.p, path.n);
    adds(seen, mark);
    add(seen, value, n);
    add(seen, "\n", 1);
}

static void
see_value(struct text *seen, const char *mark, struct str path, const struct json_value *value)
{
    static const char *const words[] = { [OUR_NULL] = "n", [OUR_FALSE] = "f", [OUR_TRUE] = "t", [OUR_NUMBER] = "1", [OUR_OBJECT] = "~" };

    if (value->kind == OUR_STRING)
        see(seen, mark, path, value->text.p, value->text.n);
    else
        see(seen, mark, path, words[value->kind], 1);
}

static bool
scalar(void *arg, struct str path, size_t offset, const struct json_value *value)
{
    (void)offset;
    see_value(arg, "=", path, value);
    return true;
}

static bool
member(void *arg, struct str path, const struct json_value *value)
{
    see_value(arg, "+", path, value);
    return true;
}

static bool
array(void *arg, struct str path, size_t offset)
{
    (void)offset;
    see(arg, "[", path, "", 0);
    return true;
}

static bool
object(void *arg, struct str path, size_t offset)
{
    (void)offset;
    see(arg, "{", path, "", 0);
    return true;
}

/* What walking jansson's tree finds. */
struct walk {
    struct text seen;
    json_t *paths; /* an object with the paths so far as keys, of the innermost object that is none's value */
    bool refused;
};

static void
see_text(struct walk *walk, const char *p, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++) {
        const unsigned char *c = (const unsigned char *)p + i;

        if (c[0] == 0xEF && ((c[1] == 0xBF && c[2] >= 0xBE) || (c[1] == 0xB7 && c[2] >= 0x90 && c[2] <= 0xAF)))
            walk->refused = true;
        if (i + 3 < n && c[0] >= 0xF0 && c[1] >= 0x80 && (c[1] & 0x0F) == 0x0F && c[2] == 0xBF && c[3] >= 0xBE)
            walk->refused = true;
    }
}

static void
see_json(struct walk *walk, const char *mark, struct str path, const json_t *value)
{
    if (json_is_string(value))
        see(&walk->seen, mark, path, json_string_value(value), json_string_length(value));
    else
        see(&walk->seen, mark, path, json_is_null(value) ? "n" : json_is_true(value) ? "t" : json_is_false(value) ? "f" : json_is_number(value) ? "1" : "~", 1);
}

/* Walks VALUE, which lies below PATH; DEPTH counts the objects and arrays around it.  SEES: its insides are reported. */
static void
walk_value(struct walk *walk, struct str path, json_t *value, unsigned depth, bool sees)
{
    if (json_is_string(value))
        see_text(walk, json_string_value(value), json_string_length(value));
    if ((json_is_object(value) || json_is_array(value)) && depth + 1 > REQUEST_DEPTH_MAX)
        walk->refused = true;
    if (json_is_object(value)) {
        for (void *it = json_object_iter(value); it != NULL; it = json_object_iter_next(value, it)) {
            struct text full = { NULL, 0, 0 };
            json_t *v = json_object_iter_value(it);
            const char *key = json_object_iter_key(it);
            struct str below;

            see_text(walk, key, strlen(key));
            if (depth > 0 && path.p != NULL) {
                add(&full, path.p, path.n);
                adds(&full, ".");
            }
            adds(&full, key);
            below = (struct str){ full.p, full.n };
            if (json_object_get(walk->paths, full.p) != NULL)
                walk->refused = true;
            json_object_set_new(walk->paths, full.p, json_null());
            if (sees && json_is_object(v))
                see(&walk->seen, "{", below, "", 0);
            else if (sees && json_is_array(v))
                see(&walk->seen, "[", below, "", 0);
            else if (sees)
                see_json(walk, "=", below, v);
            walk_value(walk, below, v, depth + 1, sees);
            free(full.p);
        }
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *v = json_array_get(value, i), *outer = walk->paths;

            if (sees)
                see_json(walk, "+", path, v);
            walk->paths = json_object();
            walk_value(walk, (struct str){ NULL, 0 }, v, depth + 1, false);
            json_decref(walk->paths);
            walk->paths = outer;
        }
    }
}

int
main(int argc, char **argv)
{
    uint64_t n_texts = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000, n_good = 0, n_bad = 0, n_ours = 0, n_left = 0;

    state = argc > 2 ? strtoull(argv[2], NULL, 10) : 20260325;
    for (uint64_t i = 0; i < n_texts; i++) {
        struct text text = { NULL, 0, 0 }, seen = { NULL, 0, 0 };
        struct walk walk = { .paths = json_object() };
        const struct json_receiver receiver = { &seen, scalar, array, member, object };
        struct json_error ours;
        json_error_t theirs;
        enum rck_status status;
        json_t *tree;
        bool good, same = true;
        char *copy;

        add_value(&text, 0);
        for (unsigned n = draw(2) != 0 ? draw(4) : 0; n > 0; n--)
            change(&text);
        copy = malloc(text.n + 1);
        if (copy == NULL)
            abort();
        memcpy(copy, text.p, text.n);
        adds(&seen, "");
        adds(&walk.seen, "");
        status = json_read(&reader, (struct str){ copy, text.n }, &receiver, &ours);
        tree = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &theirs);
        free(copy);
        if (tree == NULL && json_error_code(&theirs) == json_error_numeric_overflow) {
            n_left++;
            goto next;
        }
        good = tree != NULL && json_is_object(tree);
        if (good) {
            walk_value(&walk, (struct str){ NULL, 0 }, tree, 0, true);
            n_ours += walk.refused;
            good = !walk.refused;
            same = !good || (seen.n == walk.seen.n && memcmp(seen.p, walk.seen.p, seen.n) == 0);
        }
        n_good += good;
        n_bad += !good;
        if (good != (status == RCK_OK) || !same) {
            printf("json_oracle: text %" PRIu64 ": %.*s\njansson: %s%s\nours: %s\n%s----\n%s", i, (int)text.n, text.p,
                   good ? "good" : "bad ", tree == NULL ? theirs.text : "", status == RCK_OK ? "good" : ours.message, seen.p,
                   walk.seen.p);
            return 1;
        }
    next:
        json_decref(walk.paths);
        json_decref(tree);
        free(text.p);
        free(seen.p);
        free(walk.seen.p);
    }
    json_reader_free(&reader);
    printf("%" PRIu64 " texts: %" PRIu64 " are requests and mean the same, %" PRIu64 " are none, %" PRIu64
           " of these for rules that jansson does not have; %" PRIu64 " have numbers that it cannot hold\n",
           n_texts, n_good, n_bad, n_ours, n_left);
    return n_texts < 10000 || (n_good * 10 > n_texts && n_bad * 10 > n_texts && n_ours * 1000 > n_texts) ? 0 : 1;
}
