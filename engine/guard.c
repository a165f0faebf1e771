/* SPDX-License-Identifier: MIT
 *
 * Guards: building them, and evaluating them on a request; see guard.h.  The evaluator is a screenful and stays that way: it is the
 * reference that the table is compared with on every test.
 */
#include <config.h>

#include "policy.h"
#include "request.h"
#include "symbols.h"

void
guards_init(struct guards *guards, struct arena *arena)
{
    *guards = (struct guards){ .arena = arena, .by_key = { .arena = arena } };
    vec_push(arena, &guards->nodes);
}

static guard_id
push(struct guards *guards, struct guard node)
{
    if (guards->nodes.n >= GUARDS_MAX) /* unreached: so many take 4 GiB */
        return arena_full(guards->arena);
    *vec_push(guards->arena, &guards->nodes) = node;
    return guards->nodes.n - 1;
}

guard_id
guard_constant(struct guards *guards, bool value)
{
    return push(guards, (struct guard){ .kind = GUARD_CONSTANT, .of = value ? TRUTH_TRUE : TRUTH_FALSE });
}

guard_id
guard_unknown(struct guards *guards)
{
    return push(guards, (struct guard){ .kind = GUARD_CONSTANT, .of = TRUTH_UNKNOWN });
}

/* What an atom asks, without the padding of the struct. */
struct atom_key {
    uint32_t kind, slot, other, pattern, set;
    uint32_t slots[SUM_TERMS];
    int64_t factors[SUM_TERMS];
    uint64_t bound[2];
};

static struct atom_key
key_of(const struct atom *atom)
{
    return (struct atom_key){ atom->kind,
                              atom->slot,
                              atom->other,
                              atom->pattern,
                              atom->set,
                              { atom->sum.slots[0], atom->sum.slots[1], atom->sum.slots[2] },
                              { atom->sum.factors[0], atom->sum.factors[1], atom->sum.factors[2] },
                              { (uint64_t)((unsigned_wide)atom->bound >> 64), (uint64_t)atom->bound } };
}

uint32_t
atom_keep(struct guards *guards, const struct atom *atom)
{
    struct atom_key key = key_of(atom), other;
    uint64_t hash = hash_bytes(0, (const char *)&key, sizeof key);
    uint32_t at = index_begin(hash), idx;

    while ((idx = index_next(&guards->by_key, hash, &at)) != INDEX_NONE) {
        other = key_of(&guards->atoms.items[idx]);
        if (memcmp(&key, &other, sizeof key) == 0) /* by chance: other atoms have other hashes, all but always */
            return idx;
    }
    index_add(&guards->by_key, hash, guards->atoms.n);
    *vec_push(guards->arena, &guards->atoms) = *atom;
    return guards->atoms.n - 1;
}

guard_id
guard_atom(struct guards *guards, struct atom atom)
{
    return guard_of_atom(guards, atom_keep(guards, &atom));
}

guard_id
guard_of_atom(struct guards *guards, uint32_t atom)
{
    return push(guards, (struct guard){ .kind = GUARD_ATOM, .of = atom & (GUARDS_MAX - 1) });
}

guard_id
guard_over(struct guards *guards, enum guard_kind kind, guard_id before)
{
    return push(guards, (struct guard){ .kind = kind & 7, .of = (guards->nodes.n - 1 - before) & (GUARDS_MAX - 1) });
}

guard_id
guard_not(struct guards *guards, guard_id a)
{
    if (NEVER(a != guards->nodes.n - 1))
        a = guard_copy(guards, a);
    return guard_over(guards, GUARD_NOT, guard_before(guards->nodes.items, a));
}

static guard_id
join(struct guards *guards, enum guard_kind kind, guard_id a, guard_id b)
{
    struct guard *nodes = guards->nodes.items;
    guard_id before;

    if (a == NONE || b == NONE)
        return a + b;
    if (b != guards->nodes.n - 1 || guard_before(nodes, b) != a) {
        a = guard_copy(guards, a);
        b = guard_copy(guards, b);
        nodes = guards->nodes.items;
    }
    before = guard_before(nodes, a);
    if (nodes[a].kind == kind) {
        memmove(nodes + a, nodes + a + 1, (b - a) * sizeof *nodes);
        guards->nodes.n--;
    }
    return guard_over(guards, kind, before);
}

guard_id
guard_and(struct guards *guards, guard_id a, guard_id b)
{
    return join(guards, GUARD_AND, a, b);
}

guard_id
guard_or(struct guards *guards, guard_id a, guard_id b)
{
    return join(guards, GUARD_OR, a, b);
}

guard_id
guard_copy(struct guards *guards, guard_id a)
{
    if (a == NONE)
        return NONE;
    for (guard_id node = guard_before(guards->nodes.items, a) + 1; node <= a; node++)
        push(guards, guards->nodes.items[node]);
    return guards->nodes.n - 1;
}

void
guard_atoms(const struct guards *guards, guard_id guard, struct arena *arena, struct atom_list *out)
{
    const struct guard *nodes = guards->nodes.items;

    if (guard == NONE)
        return;
    for (guard_id node = guard; node != guard_before(nodes, guard); node--) {
        uint32_t atom = nodes[node].of;

        if (nodes[node].kind != GUARD_ATOM || (out->seen != NULL && out->seen[atom]))
            continue;
        *vec_push(arena, &out->atoms) = atom;
        if (out->seen != NULL)
            out->seen[atom] = 1;
    }
}

static enum truth
truth_of(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}

/* True if the set in SLOT has a declared member that is in SET. */
static bool
has_member(const struct rck_policy *policy, const struct rck_request *request, uint32_t slot, set_id set)
{
    const uint64_t *words = request_values(request, slot);

    for (uint32_t i = 0; i < policy->slots.items[slot].n_names; i++)
        if ((words[i / 64] >> i % 64 & 1) != 0 && set_has(&policy->sets, set, i))
            return true;
    return false;
}

bool
sum_of(const struct sum *sum, const struct rck_request *request, wide *value)
{
    *value = 0;
    for (uint32_t i = 0; i < SUM_TERMS && sum->slots[i] != NONE; i++) {
        if (request_state(request, sum->slots[i] - 1) != VALUE_DECLARED)
            return false;
        *value += (wide)sum->factors[i] * request_number(request, sum->slots[i] - 1);
    }
    return true;
}

static enum truth
atom_eval(const struct rck_policy *policy, const struct atom *atom, const struct rck_request *request)
{
    uint32_t slot = atom->slot - 1, other = atom->other - 1;
    enum value_state state = request_state(request, slot);
    wide number;

    if (atom->kind == ATOM_BELOW || atom->kind == ATOM_EQUAL)
        return !sum_of(&atom->sum, request, &number) ? TRUTH_UNKNOWN
               : atom->kind == ATOM_BELOW            ? truth_of(number < atom->bound)
                                                     : truth_of(number == atom->bound);
    if (atom->kind == ATOM_PRESENT)
        return truth_of(state != VALUE_ABSENT);
    if (atom->kind == ATOM_HAS)
        return state == VALUE_ABSENT                                  ? TRUTH_UNKNOWN
               : has_member(policy, request, slot, atom->set)         ? TRUTH_TRUE
               : state == VALUE_UNDECLARED                            ? TRUTH_UNKNOWN
                                                                      : TRUTH_FALSE;
    if (state != VALUE_DECLARED || (atom->other != NONE && request_state(request, other) != VALUE_DECLARED))
        return TRUTH_UNKNOWN;
    if (atom->kind == ATOM_IN)
        return truth_of(set_has(&policy->sets, atom->set, request_name(request, slot)));
    if (atom->kind == ATOM_MATCHES)
        return truth_of(glob_matches(&policy->patterns.items[atom->pattern].glob, request_text(request, slot)));
    return truth_of(request_same(request, slot, other));
}

enum truth
guard_eval(const struct rck_policy *policy, guard_id guard, const struct rck_request *request)
{
    const struct guard *nodes = policy->guards.nodes.items, *node = &nodes[guard];
    enum truth truth, settled; /* what no further operand can change */

    if (guard == NONE)
        return TRUTH_TRUE;
    switch (node->kind) {
    case GUARD_CONSTANT:
        return (enum truth)node->of;
    case GUARD_NOT:
        return TRUTH_TRUE - guard_eval(policy, guard - 1, request);
    case GUARD_ATOM:
        return atom_eval(policy, &policy->guards.atoms.items[node->of], request);
    case GUARD_AND:
    case GUARD_OR:
        break;
    }
    truth = node->kind == GUARD_AND ? TRUTH_TRUE : TRUTH_FALSE;
    settled = TRUTH_TRUE - truth;
    for (guard_id operand = guard - 1; operand != guard_before(nodes, guard) && truth != settled; operand = guard_before(nodes, operand)) {
        enum truth t = guard_eval(policy, operand, request);

        truth = node->kind == GUARD_AND ? (t < truth ? t : truth) : (t > truth ? t : truth);
    }
    return truth;
}

uint32_t
atom_slots(const struct atom *atom, uint32_t slots[SUM_TERMS])
{
    uint32_t n = 0;

    if (atom->kind == ATOM_BELOW || atom->kind == ATOM_EQUAL) {
        while (n < SUM_TERMS && atom->sum.slots[n] != NONE) {
            slots[n] = atom->sum.slots[n] - 1;
            n++;
        }
        return n;
    }
    slots[n++] = atom->slot - 1;
    if (atom->other != NONE)
        slots[n++] = atom->other - 1;
    return n;
}

void
guard_readings(const struct rck_policy *policy, guard_id guard, const struct rck_request *request, uint8_t *read,
               uint8_t *missing)
{
    const struct guard *nodes = policy->guards.nodes.items, *node = &nodes[guard];

    if (guard == NONE)
        return;
    /* What is not unknown is not missed, however many unknown atoms it holds. */
    if (missing != NULL && guard_eval(policy, guard, request) != TRUTH_UNKNOWN)
        missing = NULL;
    if (node->kind == GUARD_ATOM) {
        uint32_t slots[SUM_TERMS], n = atom_slots(&policy->guards.atoms.items[node->of], slots);

        for (uint32_t i = 0; i < n; i++) {
            read[slots[i]] = 1;
            if (missing != NULL && request_state(request, slots[i]) != VALUE_DECLARED)
                missing[slots[i]] = 1;
        }
    }
    for (guard_id operand = guard - 1; operand != guard_before(nodes, guard); operand = guard_before(nodes, operand))
        guard_readings(policy, operand, request, read, missing);
}
