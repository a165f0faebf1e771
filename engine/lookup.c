/* SPDX-License-Identifier: MIT
 *
 * The frozen table of names; see lookup.h.
 */
#include <config.h>

#include "lookup.h"

#include "policy.h"
#include "symbols.h"

enum { SHORT_MAX = 16 }; /* bytes of a name that lies in its entry */

/* What a name is looked up by. */
struct lookup_key {
    uint64_t words[2];
    uint64_t which;
    uint64_t hash;
};

static inline uint64_t
four_bytes(const char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

/* The bytes of NAME, which is short, in two words; they may overlap, and with the length they tell the name.  From four bytes on there
 * is no jump: how long names are is as good as chance. */
INLINE void
short_words(struct str name, uint64_t words[2])
{
    if (__builtin_expect(name.n >= 4, 1)) {
        size_t apart = name.n / 8 * 4; /* the second four bytes begin there, 0, 4 or 8 behind the first; so do the last but one */
        const char *last = name.p + name.n - 4;

        words[0] = four_bytes(name.p) << 32 | four_bytes(name.p + apart);
        words[1] = four_bytes(last) << 32 | four_bytes(last - apart);
    } else {
        words[0] = words[1] = 0;
        if (name.n != 0)
            words[0] = (uint64_t)(unsigned char)name.p[0] | (uint64_t)(unsigned char)name.p[name.n / 2] << 8
                       | (uint64_t)(unsigned char)name.p[name.n - 1] << 16;
    }
}

INLINE struct lookup_key
key_of(const struct lookup *lookup, uint32_t space, struct str name)
{
    struct lookup_key key;

    key.which = (uint64_t)space << 32 | (uint32_t)(name.n + 1);
    if (name.n <= SHORT_MAX) {
        short_words(name, key.words);
        key.hash = hash_fold(key.words[0] ^ lookup->seeds[0], key.words[1] ^ key.which * 0x9E3779B97F4A7C15u ^ lookup->seeds[1]);
    } else {
        key.hash = key.words[0] = hash_bytes(lookup->seeds[0] + space, name.p, name.n);
        key.words[1] = (uintptr_t)name.p;
    }
    return key;
}

INLINE bool
is_entry(const struct lookup_entry *entry, struct str name, const struct lookup_key *key)
{
    if (name.n <= SHORT_MAX)
        return ((entry->which ^ key->which) | (entry->words[0] ^ key->words[0]) | (entry->words[1] ^ key->words[1])) == 0;
    return entry->which == key->which && entry->words[0] == key->words[0]
           /* unreached: other names of one hash of 64 bits */
           && memcmp((const char *)(uintptr_t)entry->words[1], name.p, name.n) == 0;
}

/* Puts NAME into the first free place of its probe sequence; what is there already stays.  False if that is too far away. */
static bool
put(struct lookup *lookup, uint32_t space, struct str name, uint32_t value)
{
    struct lookup_key key = key_of(lookup, space, name);

    for (uint32_t i = 0; i < LOOKUP_PROBES_MAX; i++) {
        struct lookup_entry *entry = &lookup->entries[((uint32_t)key.hash + i) & (lookup->n_entries - 1)];

        if (entry->which == 0) {
            *entry = (struct lookup_entry){ { key.words[0], key.words[1] }, key.which, value, (uint32_t)key.hash };
            return true;
        }
        if (is_entry(entry, name, &key))
            return true;
    }
    return false;
}

static bool
put_all(struct lookup *lookup, const struct rck_policy *policy)
{
    bool fine = true;

    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        const char *dot = memchr(slot->name.p, '.', slot->name.n);

        if (s != policy->now)
            fine &= put(lookup, LOOKUP_KEYS, slot->name, s);
        if (dot != NULL)
            fine &= put(lookup, LOOKUP_NAMESPACES, (struct str){ slot->name.p, (size_t)(dot - slot->name.p) }, s);
        for (uint32_t i = 0; i < slot->n_names; i++) {
            const struct name *name = &policy->names.items[slot->first_name + i];
            struct str above = { name->text.p, name->text.n > 2 ? name->text.n - 2 : 0 };

            fine &= name->declared != NAME_HIDDEN ? put(lookup, s, name->text, i) : put(lookup, LOOKUP_OPEN + s, above, i);
        }
    }
    for (uint32_t i = 0; i < policy->texts.n; i++)
        fine &= put(lookup, policy->texts.items[i].slot, policy->texts.items[i].text, policy->texts.items[i].number);
    for (uint32_t i = 0; i < policy->named_sets.n; i++)
        fine &= put(lookup, LOOKUP_NAMED_SETS + policy->named_sets.items[i].slot, policy->named_sets.items[i].name, i);
    return fine;
}

void
lookup_build(struct lookup *lookup, const struct rck_policy *policy, struct arena *arena)
{
    size_t n = (size_t)policy->names.n + 2 * (size_t)policy->slots.n + policy->named_sets.n + policy->texts.n;

    lookup->n_entries = 16;
    while (lookup->n_entries < 2 * n)
        lookup->n_entries *= 2;
    lookup->entries = arena_array(arena, lookup->n_entries, sizeof *lookup->entries);
    for (uint64_t seed = 0;; seed++) {
        lookup->seeds[0] = hash_fold(seed + 0xA0761D6478BD642Fu, 0xD6E8FEB86659FD93u);
        lookup->seeds[1] = hash_fold(seed + 0xE7037ED1A0B428DBu, 0x8EBC6AF09C88C6E3u);
        if (put_all(lookup, policy))
            return;
        /* Nearly always the first seed finds a table without long probes. */
        lookup->n_entries *= 2;
        lookup->entries = arena_array(arena, lookup->n_entries, sizeof *lookup->entries);
    }
}

/* Looks up KEY, which is that of NAME. */
INLINE uint32_t
find(const struct lookup *lookup, struct str name, const struct lookup_key *key)
{
    for (uint32_t i = 0; i < LOOKUP_PROBES_MAX; i++) { /* by chance: so many names in a row without a gap */
        const struct lookup_entry *entry = &lookup->entries[((uint32_t)key->hash + i) & (lookup->n_entries - 1)];

        if (is_entry(entry, name, key))
            return entry->value;
        if (entry->which == 0)
            return RCK_NONE;
    }
    return RCK_NONE;
}

static uint32_t __attribute__((noinline))
find_long(const struct lookup *lookup, uint32_t space, struct str name)
{
    struct lookup_key key;

    if (name.n >= UINT32_MAX) /* no entry has so many, and 32 bits would not tell */
        return RCK_NONE;
    key = key_of(lookup, space, name);
    return find(lookup, name, &key);
}

uint32_t
lookup_find(const struct lookup *lookup, uint32_t space, struct str name)
{
    struct lookup_key key;

    if (name.n > SHORT_MAX)
        return find_long(lookup, space, name);
    key = key_of(lookup, space, name);
    return find(lookup, name, &key);
}
