/* SPDX-License-Identifier: MIT
 *
 * The frozen table of names; see lookup.h.
 */
#include <config.h>

#include "lookup.h"

#include "policy.h"
#include "symbols.h"

static uint64_t
hash_of(const struct lookup *lookup, uint32_t space, struct str name)
{
    return hash_bytes(lookup->seed + space * 0x9E3779B97F4A7C15u, name.p, name.n);
}

/* Puts NAME into the first free place of its probe sequence; what is there already stays.  False if that is too far away. */
static bool
put(struct lookup *lookup, uint32_t space, struct str name, uint32_t value)
{
    uint64_t hash = hash_of(lookup, space, name);

    for (uint32_t i = 0; i < LOOKUP_PROBES_MAX; i++) {
        struct lookup_entry *entry = &lookup->entries[((uint32_t)hash + i) & (lookup->n_entries - 1)];

        if (entry->name == NULL) {
            *entry = (struct lookup_entry){ (uint32_t)(hash >> 32), space, value, (uint32_t)name.n, name.p };
            return true;
        }
        if (entry->hash == (uint32_t)(hash >> 32) && entry->space == space
            && str_equal(name, (struct str){ entry->name, entry->n }))
            return true;
    }
    return false;
}

static bool
put_all(struct lookup *lookup, const struct rck_policy *policy)
{
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        const char *dot = memchr(slot->name.p, '.', slot->name.n);

        if (s != policy->now && !put(lookup, LOOKUP_KEYS, slot->name, s))
            return false;
        if (dot != NULL && !put(lookup, LOOKUP_NAMESPACES, (struct str){ slot->name.p, (size_t)(dot - slot->name.p) }, s))
            return false;
        for (uint32_t i = 0; i < slot->n_names; i++) {
            const struct name *name = &policy->names.items[slot->first_name + i];
            struct str above = { name->text.p, name->text.n > 2 ? name->text.n - 2 : 0 };

            if (name->declared != NAME_HIDDEN ? !put(lookup, s, name->text, i) : !put(lookup, LOOKUP_OPEN + s, above, i))
                return false;
        }
    }
    for (uint32_t i = 0; i < policy->texts.n; i++)
        if (!put(lookup, policy->texts.items[i].slot, policy->texts.items[i].text, policy->texts.items[i].number))
            return false;
    for (uint32_t i = 0; i < policy->named_sets.n; i++)
        if (!put(lookup, LOOKUP_NAMED_SETS + policy->named_sets.items[i].slot, policy->named_sets.items[i].name, i))
            return false;
    return true;
}

void
lookup_build(struct lookup *lookup, const struct rck_policy *policy, struct arena *arena)
{
    size_t n = (size_t)policy->names.n + 2 * (size_t)policy->slots.n + policy->named_sets.n + policy->texts.n;

    lookup->n_entries = 16;
    while (lookup->n_entries < 2 * n)
        lookup->n_entries *= 2;
    lookup->entries = arena_array(arena, lookup->n_entries, sizeof *lookup->entries);
    for (lookup->seed = 0; !put_all(lookup, policy); lookup->seed++) {
        /* A few seeds find a table without long probes; should none of them, a larger table will. */
        if (lookup->seed % 8 == 7) {
            lookup->n_entries *= 2;
            lookup->entries = arena_array(arena, lookup->n_entries, sizeof *lookup->entries);
        }
        memset(lookup->entries, 0, lookup->n_entries * sizeof *lookup->entries);
    }
}

uint32_t
lookup_find(const struct lookup *lookup, uint32_t space, struct str name)
{
    uint64_t hash = hash_of(lookup, space, name);

    for (uint32_t i = 0; i < LOOKUP_PROBES_MAX; i++) {
        const struct lookup_entry *entry = &lookup->entries[((uint32_t)hash + i) & (lookup->n_entries - 1)];

        if (entry->name == NULL)
            return RCK_NONE;
        if (entry->hash == (uint32_t)(hash >> 32) && entry->space == space
            && str_equal(name, (struct str){ entry->name, entry->n }))
            return entry->value;
    }
    return RCK_NONE;
}
