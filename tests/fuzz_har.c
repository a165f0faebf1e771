/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the walk through a HAR file (tools/har.c).  What it finds is the same wherever the blocks that are read end.  Of a file that
 * jansson reads as well, without a key twice, it finds the requests that jansson finds, in order, or tells what is no HAR file.
 */
#include <config.h>

#include <stdlib.h>

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include "../tools/tool.h"
#include "fuzz.h"

/* A request, or an entry that has none: where it stands in the file. */
struct found {
    size_t begin, n;
    uint64_t line;
};

/* What one walk found. */
struct walk {
    struct found *found;
    size_t n, room;
    enum input_event end;
    const char *why;
    uint64_t line, column, n_entries;
};

/* Walks through the SIZE bytes at DATA, which come in blocks of STEP, in a buffer of exactly their size. */
static struct walk
walk_through(const char *data, size_t size, size_t step)
{
    struct walk walk = { 0 };
    struct input input = { .name = "har", .entries = true, .buffer = fuzz_copy(data, size) };
    size_t at = 0; /* of what was not put into the buffer yet */

    for (;;) {
        const char *text;
        size_t n;
        enum input_event event = har_next(&input, &text, &n);

        if (event == INPUT_MORE) {
            /* As input_fill() does. */
            size_t rest = input.end - input.begin, more = step < size - at ? step : size - at;

            memmove(input.buffer, input.buffer + input.begin, rest);
            memcpy(input.buffer + rest, data + at, more);
            at += more;
            input.begin = 0;
            input.scanned = rest;
            input.end = rest + more;
            input.ended = more == 0;
        } else if (event == INPUT_LINE) {
            size_t begin = n != 0 ? at - input.end + (size_t)(text - input.buffer) : 0;

            FUZZ_CHECK(n == 0 || (begin + n <= size && memcmp(data + begin, text, n) == 0));
            if (walk.n == walk.room) {
                walk.room = 2 * walk.room + 8;
                walk.found = realloc(walk.found, walk.room * sizeof *walk.found);
                FUZZ_CHECK(walk.found != NULL);
            }
            walk.found[walk.n++] = (struct found){ begin, n, input.line };
        } else {
            FUZZ_CHECK(event == INPUT_END || event == INPUT_BROKEN);
            walk.end = event;
            break;
        }
    }
    walk.why = input.har.why;
    walk.line = input.har.line;
    walk.column = input.har.column;
    walk.n_entries = input.har.n_entries;
    FUZZ_CHECK((walk.end == INPUT_BROKEN) == (walk.why != NULL));
    FUZZ_CHECK(walk.end == INPUT_BROKEN || walk.n == walk.n_entries);
    free(input.buffer);
    return walk;
}

static void
same_walks(const struct walk *a, const struct walk *b)
{
    FUZZ_CHECK(a->n == b->n && a->end == b->end && a->why == b->why);
    FUZZ_CHECK(a->line == b->line && a->column == b->column && a->n_entries == b->n_entries);
    for (size_t i = 0; i < a->n; i++)
        FUZZ_CHECK(a->found[i].begin == b->found[i].begin && a->found[i].n == b->found[i].n && a->found[i].line == b->found[i].line);
}

#ifdef HAVE_JANSSON
/* Compares with what jansson reads, which takes no byte order mark. */
static void
compare(const struct walk *walk, const char *data, size_t size)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    size_t mark = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    json_t *file = json_loadb(data + mark, size - mark, flags, NULL), *entries = json_object_get(json_object_get(file, "log"), "entries"), *entry;
    bool is_har = json_is_array(entries);
    size_t i;

    /* jansson takes a NUL behind a number as if it were nothing. */
    if (memchr(data, 0, size) != NULL) {
        json_decref(file);
        return;
    }

    json_array_foreach(entries, i, entry)
        is_har = is_har && json_is_object(entry);
    /* The walk goes less deep. */
    if (file != NULL && (walk->why == NULL || strstr(walk->why, "deeper") == NULL)) {
        FUZZ_CHECK(is_har == (walk->end == INPUT_END));
        json_array_foreach(entries, i, entry) {
            json_t *request = json_object_get(entry, "request"), *seen;

            if (!is_har)
                break;
            FUZZ_CHECK(i < walk->n && json_is_object(request) == (walk->found[i].n != 0));
            if (!json_is_object(request))
                continue;
            seen = json_loadb(data + walk->found[i].begin, walk->found[i].n, flags, NULL);
            FUZZ_CHECK(seen != NULL && json_equal(request, seen));
            json_decref(seen);
        }
        FUZZ_CHECK(!is_har || i == walk->n);
    }
    json_decref(file);
}
#endif

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct walk whole = walk_through(text, size, size);
    const size_t steps[] = { 1, 3 + size % 13 };

    for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
        struct walk parts = walk_through(text, size, steps[i]);

        same_walks(&whole, &parts);
        free(parts.found);
    }
#ifdef HAVE_JANSSON
    compare(&whole, text, size);
#endif
    free(whole.found);
    return 0;
}
