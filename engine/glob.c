/* SPDX-License-Identifier: MIT
 *
 * Patterns and whether they match; see glob.h.
 */
#include <config.h>

#include "glob.h"

enum { CODE_MAX = 0x10FFFF, NO_CODE = 0x110000 };

/* A pattern that is being compiled. */
struct compiling {
    struct arena *arena;
    struct str text;
    VEC(struct glob_item) items;
    VEC(struct glob_class) classes;
    VEC(struct glob_range) ranges;
};

static enum glob_fault compile_class(struct compiling *to, size_t *i, size_t *at);
static void add_range(struct compiling *to, uint32_t first, struct glob_range range);
static void close_class(struct compiling *to, uint32_t first, bool others);
static bool in_class(const struct glob *glob, uint32_t number, uint32_t code);

/* Reads the character at I of TEXT, and moves I behind it; I must be less than text.n. */
static inline uint32_t
take_code(struct str text, size_t *i)
{
    const unsigned char *p = (const unsigned char *)text.p + *i;
    size_t left = text.n - *i;

    *i += 1;
    if (p[0] < 0x80)
        return p[0];
    if (p[0] >= 0xC2 && p[0] < 0xE0 && left >= 2) {
        *i += 1;
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    }
    if (p[0] >= 0xE0 && p[0] < 0xF0 && left >= 3) {
        *i += 2;
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    if (p[0] >= 0xF0 && p[0] < 0xF5 && left >= 4) {
        *i += 3;
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    }
    return NO_CODE;
}

enum glob_fault
glob_compile(struct glob *glob, struct arena *arena, struct str text, size_t *at)
{
    struct compiling to = { .arena = arena, .text = text };
    size_t i = 0;

    while (i < text.n) {
        size_t begin = i;
        uint32_t code = take_code(text, &i);
        enum glob_fault fault;

        switch (code) {
        case '*':
            if (to.items.n == 0 || to.items.items[to.items.n - 1].kind != GLOB_RUN)
                *vec_push(arena, &to.items) = (struct glob_item){ GLOB_RUN, 0 };
            break;
        case '?':
            *vec_push(arena, &to.items) = (struct glob_item){ GLOB_ONE, 0 };
            break;
        case '[':
            fault = compile_class(&to, &i, at);
            if (fault == GLOB_UNCLOSED)
                *at = begin;
            if (fault != GLOB_FINE)
                return fault;
            break;
        default:
            *vec_push(arena, &to.items) = (struct glob_item){ GLOB_LITERAL, code };
        }
    }
    *glob = (struct glob){
        .items = to.items.items,
        .classes = to.classes.items,
        .ranges = to.ranges.items,
        .n_items = to.items.n,
        .n_classes = to.classes.n,
        .n_ranges = to.ranges.n,
    };
    return GLOB_FINE;
}

/* Compiles what follows '[', from *I on. */
static enum glob_fault
compile_class(struct compiling *to, size_t *i, size_t *at)
{
    struct str text = to->text;
    uint32_t first = to->ranges.n;
    bool others = *i < text.n && text.p[*i] == '!';
    bool after_range = false;
    size_t begin;

    *i += others;
    begin = *i;
    while (*i < text.n && (text.p[*i] != ']' || *i == begin)) {
        struct glob_range range;

        *at = *i;
        range.low = range.high = take_code(text, i);
        if (range.low == '-' && after_range && *i < text.n && text.p[*i] != ']')
            return GLOB_STRAY_DASH;
        after_range = text.n - *i >= 2 && text.p[*i] == '-' && text.p[*i + 1] != ']';
        if (after_range) {
            *i += 1;
            range.high = take_code(text, i);
        }
        if (range.low > range.high)
            return GLOB_RANGE;
        add_range(to, first, range);
    }
    if (*i >= text.n)
        return GLOB_UNCLOSED;
    *i += 1;
    close_class(to, first, others);
    return GLOB_FINE;
}

/* Adds RANGE to the ranges from FIRST on, which are in order. */
static void
add_range(struct compiling *to, uint32_t first, struct glob_range range)
{
    uint32_t begin = to->ranges.n, end;

    /* Those from 'begin' on end where the new one begins, or later; those from 'end' on begin behind it. */
    while (begin > first && to->ranges.items[begin - 1].high + 1 >= range.low)
        begin--;
    for (end = begin; end < to->ranges.n && to->ranges.items[end].low <= range.high + 1; end++) {
        range.low = to->ranges.items[end].low < range.low ? to->ranges.items[end].low : range.low;
        range.high = to->ranges.items[end].high > range.high ? to->ranges.items[end].high : range.high;
    }
    if (end == begin) {
        vec_push(to->arena, &to->ranges);
        memmove(to->ranges.items + begin + 1, to->ranges.items + begin, (to->ranges.n - 1 - begin) * sizeof range);
    } else {
        memmove(to->ranges.items + begin + 1, to->ranges.items + end, (to->ranges.n - end) * sizeof range);
        to->ranges.n -= end - begin - 1;
    }
    to->ranges.items[begin] = range;
}

/* Makes a class of the ranges from FIRST on, or of what they leave, and an item of it. */
static void
close_class(struct compiling *to, uint32_t first, bool others)
{
    struct glob_class *class = vec_push(to->arena, &to->classes);

    if (others) {
        /* Each range becomes what lies before it; what lies behind the last one is added. */
        uint32_t low = 0, n = first;

        for (uint32_t k = first; k < to->ranges.n; k++) {
            struct glob_range range = to->ranges.items[k];

            if (low < range.low)
                to->ranges.items[n++] = (struct glob_range){ low, range.low - 1 };
            low = range.high + 1;
        }
        to->ranges.n = n;
        if (low <= CODE_MAX)
            *vec_push(to->arena, &to->ranges) = (struct glob_range){ low, CODE_MAX };
    }
    class->first = first;
    class->n = to->ranges.n - first;
    for (uint32_t k = first; k < to->ranges.n; k++)
        for (uint32_t code = to->ranges.items[k].low; code <= to->ranges.items[k].high && code < 0x80; code++)
            class->ascii[code / 64] |= (uint64_t)1 << code % 64;
    *vec_push(to->arena, &to->items) = (struct glob_item){ GLOB_CLASS, to->classes.n - 1 };
}

/* Whether ITEM, which is no run, matches the character CODE. */
static inline bool
accepts(const struct glob *glob, struct glob_item item, uint32_t code)
{
    if (item.kind == GLOB_LITERAL)
        return item.value == code;
    return item.kind == GLOB_ONE || in_class(glob, item.value, code);
}

static bool
in_class(const struct glob *glob, uint32_t number, uint32_t code)
{
    const struct glob_class *class = &glob->classes[number];
    uint32_t low = class->first, high = class->first + class->n;

    if (code < 0x80)
        return (class->ascii[code / 64] >> code % 64 & 1) != 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (glob->ranges[middle].high < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < class->first + class->n && glob->ranges[low].low <= code;
}

bool
glob_matches(const struct glob *glob, struct str text)
{
    uint32_t item = 0, retry_item = 0; /* behind the last run; 0 while there was none */
    size_t i = 0, retry = 0;           /* where the character behind that run was last tried */

    /* When what follows a run does not match, the run takes one character more.  Runs before the last one need not be tried
     * again: whatever they could take, the last one can. */
    for (;;) {
        if (item < glob->n_items && glob->items[item].kind == GLOB_RUN) {
            retry_item = ++item;
            retry = i;
            if (item == glob->n_items)
                return true;
            continue;
        }
        if (i == text.n)
            break;
        if (item < glob->n_items) {
            size_t next = i;

            if (accepts(glob, glob->items[item], take_code(text, &next))) {
                item++;
                i = next;
                continue;
            }
        }
        if (retry_item == 0)
            return false;
        take_code(text, &retry);
        item = retry_item;
        i = retry;
    }
    return item == glob->n_items;
}
