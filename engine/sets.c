/* SPDX-License-Identifier: MIT
 *
 * Sets of numbers; see sets.h.
 */
#include <config.h>

#include "sets.h"

#include "symbols.h"

enum { BUCKETS_MIN = 64 };

static struct range *
scratch(struct sets *sets, uint32_t n)
{
    if (n > sets->scratch_room) {
        uint32_t room = sets->scratch_room != 0 ? sets->scratch_room : 16;

        while (room < n)
            room *= 2;
        sets->scratch = arena_array(sets->arena, room, sizeof *sets->scratch);
        sets->scratch_room = room;
    }
    return sets->scratch;
}

static uint32_t
bucket_of(const struct sets *sets, const struct range *ranges, uint32_t n)
{
    return (uint32_t)hash_bytes(0, (const char *)ranges, n * sizeof *ranges) & (sets->n_buckets - 1);
}

static void
rehash(struct sets *sets, uint32_t n_buckets)
{
    sets->buckets = arena_array(sets->arena, n_buckets, sizeof *sets->buckets);
    sets->n_buckets = n_buckets;
    for (uint32_t i = SET_EMPTY; i < sets->sets.n; i++) {
        uint32_t n, b;
        const struct range *ranges = set_ranges(sets, i, &n);

        for (b = bucket_of(sets, ranges, n); sets->buckets[b] != 0; b = (b + 1) & (n_buckets - 1))
            ;
        sets->buckets[b] = i;
    }
}

/* Keeps the set of N ranges that are sorted, apart and not empty; returns the id of the equal one if there is one. */
static set_id
keep(struct sets *sets, const struct range *ranges, uint32_t n)
{
    uint32_t b;
    struct set *set;

    for (b = bucket_of(sets, ranges, n); sets->buckets[b] != 0; b = (b + 1) & (sets->n_buckets - 1)) {
        uint32_t m;
        const struct range *other = set_ranges(sets, sets->buckets[b], &m);

        if (m == n && (n == 0 || memcmp(other, ranges, n * sizeof *ranges) == 0))
            return sets->buckets[b];
    }
    if (2 * sets->sets.n >= sets->n_buckets) {
        rehash(sets, 2 * sets->n_buckets);
        for (b = bucket_of(sets, ranges, n); sets->buckets[b] != 0; b = (b + 1) & (sets->n_buckets - 1))
            ;
    }
    set = vec_push(sets->arena, &sets->sets);
    set->first = sets->ranges.n;
    set->n = n;
    for (uint32_t i = 0; i < n; i++)
        *vec_push(sets->arena, &sets->ranges) = ranges[i];
    sets->buckets[b] = sets->sets.n - 1;
    return sets->sets.n - 1;
}

void
sets_init(struct sets *sets, struct arena *arena)
{
    *sets = (struct sets){ .arena = arena };
    sets->n_buckets = BUCKETS_MIN;
    sets->buckets = arena_array(arena, BUCKETS_MIN, sizeof *sets->buckets);
    vec_push(arena, &sets->sets);   /* SET_ALL */
    vec_push(arena, &sets->ranges); /* so that no pointer to ranges is ever NULL */
    keep(sets, sets->ranges.items, 0);
}

void
sets_forget(struct sets *sets, uint32_t n)
{
    /* From the last one on: nothing that was put behind a set in its run of buckets is left when the set goes. */
    for (uint32_t i = sets->sets.n; i-- > n;) {
        uint32_t m, b;
        const struct range *ranges = set_ranges(sets, i, &m);

        for (b = bucket_of(sets, ranges, m); sets->buckets[b] != i; b = (b + 1) & (sets->n_buckets - 1))
            ;
        sets->buckets[b] = 0;
        sets->ranges.n = sets->sets.items[i].first;
    }
    sets->sets.n = n < sets->sets.n ? n : sets->sets.n;
}

set_id
sets_forget_but(struct sets *sets, uint32_t n, set_id set)
{
    uint32_t m;
    const struct range *ranges = set_ranges(sets, set, &m);
    struct range *kept = scratch(sets, m);

    if (set < n) { /* it was there before, or is SET_ALL, which has no ranges */
        sets_forget(sets, n);
        return set;
    }
    memcpy(kept, ranges, m * sizeof *kept);
    sets_forget(sets, n);
    return keep(sets, kept, m);
}

/* Sorts by the lower end; a list as policies write it is nearly sorted, and long ones are merged in halves. */
static void
sort_ranges(struct range *ranges, uint32_t n, struct range *other)
{
    uint32_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    sort_ranges(ranges, half, other);
    sort_ranges(ranges + half, n - half, other);
    if (ranges[half - 1].lo <= ranges[half].lo)
        return;
    while (i < half || j < n)
        other[k++] = j == n || (i < half && ranges[i].lo <= ranges[j].lo) ? ranges[i++] : ranges[j++];
    memcpy(ranges, other, n * sizeof *ranges);
}

set_id
set_make(struct sets *sets, struct range *ranges, uint32_t n)
{
    uint32_t out = 0;

    sort_ranges(ranges, n, scratch(sets, n));
    for (uint32_t i = 0; i < n; i++) {
        if (ranges[i].lo >= ranges[i].hi) /* unreached: nobody gives an empty range */
            continue;
        if (out != 0 && ranges[i].lo <= ranges[out - 1].hi)
            ranges[out - 1].hi = ranges[i].hi > ranges[out - 1].hi ? ranges[i].hi : ranges[out - 1].hi;
        else
            ranges[out++] = ranges[i];
    }
    return keep(sets, ranges, out);
}

set_id
set_one(struct sets *sets, uint32_t member)
{
    return set_range(sets, member, member + 1);
}

set_id
set_range(struct sets *sets, uint32_t lo, uint32_t hi)
{
    struct range range = { lo, hi };

    return keep(sets, &range, lo < hi);
}

/* Returns the first range from I on that ends behind LO, or N: in few steps if that is near, in not many more if it is far. */
static uint32_t
skip(const struct range *ranges, uint32_t i, uint32_t n, uint32_t lo)
{
    uint32_t step = 1;

    for (; n - i > step && ranges[i + step].hi <= lo; step *= 2)
        i += step;
    for (; step != 0; step /= 2)
        if (n - i > step && ranges[i + step].hi <= lo)
            i += step;
    return i < n && ranges[i].hi <= lo ? i + 1 : i;
}

set_id
set_and(struct sets *sets, set_id a, set_id b)
{
    uint32_t n_a, n_b, i = 0, j = 0, n = 0;
    const struct range *in_a, *in_b;
    struct range *out;

    if (a == b || b == SET_ALL || a == SET_EMPTY)
        return a;
    if (a == SET_ALL || b == SET_EMPTY)
        return b;
    out = scratch(sets, sets->sets.items[a].n + sets->sets.items[b].n);
    in_a = set_ranges(sets, a, &n_a);
    in_b = set_ranges(sets, b, &n_b);
    while (i < n_a && j < n_b) {
        uint32_t lo = in_a[i].lo > in_b[j].lo ? in_a[i].lo : in_b[j].lo;
        uint32_t hi = in_a[i].hi < in_b[j].hi ? in_a[i].hi : in_b[j].hi;

        if (lo < hi)
            out[n++] = (struct range){ lo, hi };
        if (in_a[i].hi < in_b[j].hi)
            i = skip(in_a, i + 1, n_a, in_b[j].lo);
        else
            j = skip(in_b, j + 1, n_b, in_a[i].lo);
    }
    return keep(sets, out, n);
}

set_id
set_or(struct sets *sets, set_id a, set_id b)
{
    uint32_t n_a, n_b, i = 0, j = 0, n = 0;
    const struct range *in_a, *in_b;
    struct range *out;

    if (a == b || b == SET_EMPTY || NEVER(a == SET_ALL || b == SET_ALL))
        return a;
    if (a == SET_EMPTY)
        return b;
    out = scratch(sets, sets->sets.items[a].n + sets->sets.items[b].n);
    in_a = set_ranges(sets, a, &n_a);
    in_b = set_ranges(sets, b, &n_b);
    while (i < n_a || j < n_b) {
        struct range next = j == n_b || (i < n_a && in_a[i].lo <= in_b[j].lo) ? in_a[i++] : in_b[j++];

        if (n != 0 && next.lo <= out[n - 1].hi)
            out[n - 1].hi = next.hi > out[n - 1].hi ? next.hi : out[n - 1].hi;
        else
            out[n++] = next;
    }
    return keep(sets, out, n);
}

set_id
set_minus(struct sets *sets, set_id a, set_id b)
{
    uint32_t n_a, n_b, j = 0, n = 0;
    const struct range *in_a, *in_b;
    struct range *out;

    if (a == b || NEVER(a == SET_ALL) || b == SET_ALL)
        return SET_EMPTY;
    if (b == SET_EMPTY)
        return a;
    out = scratch(sets, sets->sets.items[a].n + sets->sets.items[b].n);
    in_a = set_ranges(sets, a, &n_a);
    in_b = set_ranges(sets, b, &n_b);
    for (uint32_t i = 0; i < n_a; i++) {
        uint32_t lo = in_a[i].lo;

        j = skip(in_b, j, n_b, lo);
        for (uint32_t k = j; k < n_b && in_b[k].lo < in_a[i].hi; k++) {
            if (lo < in_b[k].lo)
                out[n++] = (struct range){ lo, in_b[k].lo };
            lo = in_b[k].hi;
        }
        if (lo < in_a[i].hi)
            out[n++] = (struct range){ lo, in_a[i].hi };
    }
    return keep(sets, out, n);
}

bool
sets_meet(const struct sets *sets, set_id a, set_id b)
{
    uint32_t n_a, n_b, i = 0, j = 0;
    const struct range *in_a = set_ranges(sets, a, &n_a), *in_b = set_ranges(sets, b, &n_b);

    while (i < n_a && j < n_b) {
        if (in_a[i].lo < in_b[j].hi && in_b[j].lo < in_a[i].hi)
            return true;
        if (in_a[i].hi < in_b[j].hi)
            i = skip(in_a, i + 1, n_a, in_b[j].lo);
        else
            j = skip(in_b, j + 1, n_b, in_a[i].lo);
    }
    return false;
}

bool
set_has(const struct sets *sets, set_id set, uint32_t member)
{
    uint32_t n, lo = 0;
    const struct range *ranges;

    if (set == SET_ALL)
        return true;
    ranges = set_ranges(sets, set, &n);
    while (n > 1) {
        uint32_t half = n / 2;

        lo += ranges[lo + half].lo <= member ? half : 0;
        n -= half;
    }
    return n != 0 && ranges[lo].lo <= member && member < ranges[lo].hi;
}
