/* SPDX-License-Identifier: MIT
 *
 * The frozen table of names; see lookup.h.
 */
#include <config.h>

#include "lookup_find.h"
#include "policy.h"

enum { TURNS = 64 }; /* of a bucket, all there are */

/* A name while its place is looked for. */
struct building_name {
    struct lookup_entry entry;
    uint64_t hash;
    uint32_t next; /* in its bucket; UINT32_MAX: none */
};

struct building {
    struct lookup *lookup;
    struct building_name *names;
    uint32_t n;
    uint32_t *buckets; /* the last name of each */
    uint8_t *sizes;
    bool fits; /* no bucket has more than LOOKUP_BUCKET_MAX names */
};

/* Puts NAME into its bucket; what is there already stays. */
static void
put(struct building *b, uint32_t space, struct str name, uint32_t value)
{
    struct lookup_key key = key_of(b->lookup, space, name);
    uint64_t bucket = key.hash >> b->lookup->bucket_shift;

    for (uint32_t i = b->buckets[bucket]; i != UINT32_MAX; i = b->names[i].next)
        if (is_entry(&b->names[i].entry, name, &key))
            return;
    if (b->sizes[bucket] == LOOKUP_BUCKET_MAX) {
        b->fits = false;
        return;
    }
    b->names[b->n] = (struct building_name){ { { key.words[0], key.words[1] }, key.which, value }, key.hash, b->buckets[bucket] };
    b->buckets[bucket] = b->n++;
    b->sizes[bucket]++;
}

static void
put_all(struct building *b, const struct rck_policy *policy)
{
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        const char *dot = memchr(slot->name.p, '.', slot->name.n);

        if (s != policy->now)
            put(b, LOOKUP_KEYS, slot->name, s);
        if (dot != NULL)
            put(b, LOOKUP_NAMESPACES, (struct str){ slot->name.p, (size_t)(dot - slot->name.p) }, s);
        for (uint32_t i = 0; i < slot->n_names; i++) {
            const struct name *name = &policy->names.items[slot->first_name + i];
            struct str above = { name->text.p, name->text.n > 2 ? name->text.n - 2 : 0 };

            if (name->declared != NAME_HIDDEN)
                put(b, s, name->text, i);
            else
                put(b, LOOKUP_OPEN + s, above, i);
        }
    }
    for (uint32_t i = 0; i < policy->texts.n; i++)
        put(b, policy->texts.items[i].slot, policy->texts.items[i].text, policy->texts.items[i].number);
    for (uint32_t i = 0; i < policy->named_sets.n; i++)
        put(b, LOOKUP_NAMED_SETS + policy->named_sets.items[i].slot, policy->named_sets.items[i].name, i);
}

/* Turns BUCKET so that each of its names has a place of its own; false if no turn does. */
static bool
turn_bucket(struct building *b, uint32_t bucket)
{
    struct lookup *lookup = b->lookup;

    for (uint32_t turn = 0; turn < TURNS; turn++) {
        uint32_t i = b->buckets[bucket];

        lookup->turns[bucket] = (uint8_t)turn;
        for (; i != UINT32_MAX && entry_of(lookup, b->names[i].hash)->which == 0; i = b->names[i].next)
            *entry_of(lookup, b->names[i].hash) = b->names[i].entry;
        if (i == UINT32_MAX)
            return true;
        for (uint32_t taken = b->buckets[bucket]; taken != i; taken = b->names[taken].next)
            entry_of(lookup, b->names[taken].hash)->which = 0;
    }
    return false;
}

/* Turns all buckets, those of most names first, while there is room. */
static bool
turn_all(struct building *b, uint32_t n_buckets)
{
    uint32_t least = 0;

    for (uint32_t i = 0; i < n_buckets; i++)
        least = b->sizes[i] > least ? b->sizes[i] : least;
    for (; least != 0; least--)
        for (uint32_t i = 0; i < n_buckets; i++)
            if (b->sizes[i] == least && !turn_bucket(b, i))
                return false;
    return true;
}

/* Builds the table with the seeds of SEED, of N names at most; false if they have no such table. */
static bool
build(struct lookup *lookup, const struct rck_policy *policy, struct arena *arena, uint64_t seed, size_t n)
{
    uint32_t n_buckets = lookup->n_entries / 4;
    struct building b = {
        .lookup = lookup,
        .names = arena_array(arena, n, sizeof *b.names),
        .buckets = arena_array(arena, n_buckets, sizeof *b.buckets),
        .sizes = arena_array(arena, n_buckets, sizeof *b.sizes),
        .fits = true,
    };

    lookup->bucket_shift = 64 - (uint32_t)__builtin_ctz(n_buckets);
    lookup->entries = arena_array(arena, lookup->n_entries, sizeof *lookup->entries);
    lookup->turns = arena_array(arena, n_buckets, sizeof *lookup->turns);
    lookup->seeds[0] = hash_fold(seed + 0xA0761D6478BD642Fu, 0xD6E8FEB86659FD93u);
    lookup->seeds[1] = hash_fold(seed + 0xE7037ED1A0B428DBu, 0x8EBC6AF09C88C6E3u);
    memset(b.buckets, 0xFF, n_buckets * sizeof *b.buckets);
    put_all(&b, policy);
    b.fits = b.fits && turn_all(&b, n_buckets);
    if (!b.fits) {
        (void)arena_trim(arena, lookup->entries, lookup->n_entries, 0, sizeof *lookup->entries);
        (void)arena_trim(arena, lookup->turns, n_buckets, 0, sizeof *lookup->turns);
    }
    (void)arena_trim(arena, b.names, n, 0, sizeof *b.names);
    (void)arena_trim(arena, b.buckets, n_buckets, 0, sizeof *b.buckets);
    (void)arena_trim(arena, b.sizes, n_buckets, 0, sizeof *b.sizes);
    return b.fits;
}

void
lookup_build(struct lookup *lookup, const struct rck_policy *policy, struct arena *arena, uint64_t seed)
{
    size_t n = (size_t)policy->names.n + 2 * (size_t)policy->slots.n + policy->named_sets.n + policy->texts.n;

    lookup->n_entries = 16;
    while (lookup->n_entries < 2 * n)
        lookup->n_entries *= 2;
    for (; !build(lookup, policy, arena, seed, n); seed++)
        lookup->n_entries *= 2;
}

uint32_t
lookup_find_long(const struct lookup *lookup, uint32_t space, struct str name)
{
    struct lookup_key key;

    if (name.n >= UINT32_MAX) /* no entry has so many, and 32 bits would not tell */
        return RCK_NONE;
    key = key_of(lookup, space, name);
    return value_of(lookup, name, &key);
}

uint32_t
lookup_find(const struct lookup *lookup, uint32_t space, struct str name)
{
    return lookup_find_inline(lookup, space, name);
}
