/* SPDX-License-Identifier: MIT
 *
 * The wrapper around uthash; see symbols.h.  uthash's own answer to a lack of memory is exit(), and its hash is not seeded: both
 * are replaced here.  Its memory comes from the arena, whose escape is the only way out of an allocation that fails.
 */
#include <config.h>

#include "symbols.h"

#define HASH_FUNCTION(key, length, out) ((out) = (unsigned)hash_bytes(symbols->seed, (const char *)(key), (length)))
#define uthash_malloc(size) arena_alloc(symbols->arena, (size))
#define uthash_free(p, size) ((void)(p), (void)(size))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((void)(entry))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <uthash.h>

struct entry {
    struct str key;
    uint32_t value;
    UT_hash_handle hh;
};

struct symbols {
    struct arena *arena;
    uint64_t seed;
    struct entry *entries;
};

struct symbols *
symbols_new(struct arena *arena, uint64_t seed)
{
    struct symbols *symbols = arena_alloc(arena, sizeof *symbols);

    symbols->arena = arena;
    symbols->seed = seed;
    return symbols;
}

uint32_t
symbols_add(struct symbols *symbols, struct str key, uint32_t value)
{
    const char *p = key.n != 0 ? key.p : "";
    struct entry *entry = NULL;

    HASH_FIND(hh, symbols->entries, p, key.n, entry);
    if (entry == NULL) {
        entry = arena_alloc(symbols->arena, sizeof *entry);
        entry->key = key;
        entry->value = value;
        HASH_ADD_KEYPTR(hh, symbols->entries, p, key.n, entry);
    }
    return entry->value;
}

uint32_t
symbols_find(const struct symbols *symbols, struct str key)
{
    struct entry *entry = NULL;

    if (symbols->entries == NULL)
        return SYMBOL_NONE;
    HASH_FIND(hh, symbols->entries, key.n != 0 ? key.p : "", key.n, entry);
    return entry != NULL ? entry->value : SYMBOL_NONE;
}
#pragma GCC diagnostic pop

uint64_t
hash_bytes(uint64_t seed, const char *p, size_t n)
{
    uint64_t hash = seed ^ 0x9E3779B97F4A7C15u, word;
    size_t rest = n;

    for (; rest >= 8; p += 8, rest -= 8) {
        memcpy(&word, p, 8);
        hash = hash_fold(hash ^ word, 0xD6E8FEB86659FD93u ^ seed >> 7);
    }
    return hash_fold(hash ^ short_word(p, rest), 0xA0761D6478BD642Fu ^ (uint64_t)n << 1) ^ hash >> 32;
}
