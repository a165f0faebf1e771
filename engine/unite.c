/* SPDX-License-Identifier: MIT
 *
 * Uniting atoms; see unite.h.
 */
#include <config.h>

#include "unite.h"

#include "policy.h"

/* An operand of the 'or' in progress, and the one before it that can be united with it. */
struct operand {
    guard_id guard;
    uint32_t before; /* index + 1 in operands, or NONE */
    bool has_more;   /* one after it can be */
};

struct uniting {
    struct rck_policy *policy;
    uint32_t *last; /* by slot, for ATOM_IN and ATOM_HAS: index + 1 of the last operand, or NONE */
    VEC(struct operand) operands;
    VEC(struct range) ranges;
};

/* Where the operands that can be united with GUARD are remembered; NULL if none can. */
static uint32_t *
last_like(struct uniting *u, const struct guard *guard)
{
    const struct atom *atom;

    if (guard->kind != GUARD_ATOM)
        return NULL;
    atom = &u->policy->guards.atoms.items[guard->of];
    if (atom->kind != ATOM_IN && atom->kind != ATOM_HAS)
        return NULL;
    return &u->last[2 * (atom->slot - 1) + (atom->kind == ATOM_HAS)];
}

/* Gives operand IDX the names of all that it can be united with, which stand before it. */
static void
unite_one(struct uniting *u, uint32_t idx)
{
    struct guards *guards = &u->policy->guards;
    struct atom atom = guards->atoms.items[guards->nodes.items[u->operands.items[idx].guard].of];

    u->ranges.n = 0;
    for (uint32_t i = idx + 1; i != NONE; i = u->operands.items[i - 1].before) {
        uint32_t n;
        set_id set = guards->atoms.items[guards->nodes.items[u->operands.items[i - 1].guard].of].set;
        const struct range *ranges = set_ranges(&u->policy->sets, set, &n);

        for (uint32_t r = 0; r < n; r++)
            *vec_push(&u->policy->arena, &u->ranges) = ranges[r];
    }
    atom.set = set_make(&u->policy->sets, u->ranges.items, u->ranges.n);
    guards->nodes.items[u->operands.items[idx].guard].of = atom_keep(guards, &atom) & (GUARDS_MAX - 1);
}

static void
unite_or(struct uniting *u, guard_id guard)
{
    struct guard *nodes = u->policy->guards.nodes.items;
    guard_id first = NONE;
    uint32_t *last;

    u->operands.n = 0;
    for (guard_id operand = nodes[guard].of; operand != NONE; operand = nodes[operand].next) {
        struct operand *made = vec_push(&u->policy->arena, &u->operands);

        *made = (struct operand){ .guard = operand };
        last = last_like(u, &nodes[operand]);
        if (last == NULL)
            continue;
        made->before = *last;
        if (*last != NONE)
            u->operands.items[*last - 1].has_more = true;
        *last = u->operands.n;
    }
    /* Of those that belong together the last one stays. */
    for (uint32_t i = 0; i < u->operands.n; i++) {
        const struct operand *operand = &u->operands.items[i];

        last = last_like(u, &nodes[operand->guard]);
        if (last != NULL)
            *last = NONE;
        if (operand->has_more)
            continue;
        if (operand->before != NONE)
            unite_one(u, i);
        nodes[operand->guard].next = first;
        first = operand->guard;
    }
    nodes[guard].of = first & (GUARDS_MAX - 1);
    /* An 'or' of one is that one. */
    if (nodes[first].next == NONE) {
        nodes[first].next = nodes[guard].next;
        nodes[guard] = nodes[first];
    }
}

static void
unite(struct uniting *u, guard_id guard)
{
    struct guard *nodes = u->policy->guards.nodes.items;

    if (guard == NONE)
        return;
    for (guard_id operand = guard_first(&nodes[guard]); operand != NONE; operand = nodes[operand].next)
        if (nodes[operand].kind != GUARD_ATOM)
            unite(u, operand);
    if (nodes[guard].kind == GUARD_OR)
        unite_or(u, guard);
}

void
unite_atoms(struct rck_policy *policy)
{
    struct uniting u = { .policy = policy };

    u.last = arena_array(&policy->arena, 2 * (size_t)policy->slots.n + 1, sizeof *u.last);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        unite(&u, policy->clauses.items[c].act);
        unite(&u, policy->clauses.items[c].tails);
        unite(&u, policy->clauses.items[c].violation);
    }
}
