/* SPDX-License-Identifier: MIT
 *
 * The hot half of lookup.h, to be inlined where names of requests are looked up.
 */
#ifndef RCK_LOOKUP_FIND_H
#define RCK_LOOKUP_FIND_H

#include "lookup.h"
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
        words[0] = 0;
        if (name.n != 0)
            words[0] = (uint64_t)(unsigned char)name.p[0] | (uint64_t)(unsigned char)name.p[name.n / 2] << 8
                       | (uint64_t)(unsigned char)name.p[name.n - 1] << 16;
        words[1] = words[0]; /* both factors of the hash have the name in them, or names in a row would be too much alike */
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

/* The only entry that a name with HASH may have. */
INLINE struct lookup_entry *
entry_of(const struct lookup *lookup, uint64_t hash)
{
    uint32_t turn = lookup->turns[hash >> lookup->bucket_shift];

    return &lookup->entries[(hash >> turn | hash << (-turn & 63)) & (lookup->n_entries - 1)];
}

/* The value of NAME, whose key is KEY. */
INLINE uint32_t
value_of(const struct lookup *lookup, struct str name, const struct lookup_key *key)
{
    const struct lookup_entry *entry = entry_of(lookup, key->hash);

    return is_entry(entry, name, key) ? entry->value : RCK_NONE;
}

/* What lookup_find() says of a name that is not short. */
uint32_t lookup_find_long(const struct lookup *lookup, uint32_t space, struct str name);

/* What lookup_find() says, without a call for a short name. */
INLINE uint32_t
lookup_find_inline(const struct lookup *lookup, uint32_t space, struct str name)
{
    struct lookup_key key;

    if (name.n > SHORT_MAX)
        return lookup_find_long(lookup, space, name);
    key = key_of(lookup, space, name);
    return value_of(lookup, name, &key);
}

#endif
