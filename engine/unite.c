/* SPDX-License-Identifier: MIT
 *
 * Uniting atoms; see unite.h.
 */
#include <config.h>

#include "unite.h"

#include "policy.h"

/* An operand of a guard in progress, and the one before it that can be united with it. */
struct operand {
    struct guard node;   /* the last one of its own */
    uint32_t begin, end; /* where they stand in what is made */
    uint32_t before; /* index + 1 in operands, or NONE */
    bool has_more;   /* one after it can be */
};

struct uniting {
    struct rck_policy *policy;
    uint32_t *last; /* by slot, for ATOM_IN and ATOM_HAS: index + 1 of the last operand, or NONE */
    VEC(struct operand) operands; /* of a guard, behind those of the guards around it */
    VEC(struct guard) made;
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
    struct atom atom = guards->atoms.items[u->operands.items[idx].node.of];

    u->ranges.n = 0;
    for (uint32_t i = idx + 1; i != NONE; i = u->operands.items[i - 1].before) {
        uint32_t n;
        set_id set = guards->atoms.items[u->operands.items[i - 1].node.of].set;
        const struct range *ranges = set_ranges(&u->policy->sets, set, &n);

        for (uint32_t r = 0; r < n; r++)
            *vec_push(&u->policy->arena, &u->ranges) = ranges[r];
    }
    atom.set = set_make(&u->policy->sets, u->ranges.items, u->ranges.n);
    u->operands.items[idx].node.of = atom_keep(guards, &atom) & (GUARDS_MAX - 1);
}

/* Unites the operands of an 'or' from FIRST on, and drops those that others stand for. */
static void
unite_operands(struct uniting *u, uint32_t first)
{
    uint32_t n = first, *last;

    for (uint32_t i = first; i < u->operands.n; i++) {
        struct operand *operand = &u->operands.items[i];

        last = last_like(u, &operand->node);
        if (last == NULL)
            continue;
        operand->before = *last;
        if (*last != NONE)
            u->operands.items[*last - 1].has_more = true;
        *last = i + 1;
    }
    /* Of those that belong together the last one stays. */
    for (uint32_t i = first; i < u->operands.n; i++) {
        last = last_like(u, &u->operands.items[i].node);
        if (last != NULL)
            *last = NONE;
        if (u->operands.items[i].before != NONE && !u->operands.items[i].has_more)
            unite_one(u, i);
    }
    for (uint32_t i = first; i < u->operands.n; i++)
        if (!u->operands.items[i].has_more)
            u->operands.items[n++] = u->operands.items[i];
    u->operands.n = n;
}

/* Appends GUARD, united, to u->made.  What is in it comes first: an 'or' of one has become an atom then. */
static void
unite(struct uniting *u, guard_id guard)
{
    const struct guard *nodes = u->policy->guards.nodes.items;
    struct arena *arena = &u->policy->arena;
    uint32_t first = u->operands.n, n, begin = u->made.n, end;

    for (guard_id operand = guard - 1; operand != guard_before(nodes, guard); operand = guard_before(nodes, operand)) {
        uint32_t at = u->made.n;

        unite(u, operand);
        *vec_push(arena, &u->operands) = (struct operand){ .node = u->made.items[u->made.n - 1], .begin = at, .end = u->made.n };
    }
    if (nodes[guard].kind == GUARD_OR)
        unite_operands(u, first);
    n = u->operands.n - first;
    end = u->made.n;
    for (uint32_t i = 0; i < n; i++) {
        /* An 'or' is turned round. */
        const struct operand *operand = &u->operands.items[nodes[guard].kind == GUARD_OR ? first + i : first + n - 1 - i];

        for (uint32_t k = operand->begin; k + 1 < operand->end; k++) {
            struct guard node = u->made.items[k];

            *vec_push(arena, &u->made) = node;
        }
        *vec_push(arena, &u->made) = operand->node;
    }
    u->operands.n = first;
    /* An 'or' of one is that one. */
    if (nodes[guard].kind != GUARD_OR || n != 1) {
        uint32_t of = u->made.n - end;

        *vec_push(arena, &u->made) = nodes[guard];
        if (n != 0)
            u->made.items[u->made.n - 1].of = of & (GUARDS_MAX - 1);
    }
    memmove(u->made.items + begin, u->made.items + end, (u->made.n - end) * sizeof *u->made.items);
    u->made.n -= end - begin;
}

/* Unites what is in GUARD, if there is an 'or' in it; then it may have fewer nodes. */
static void
unite_whole(struct uniting *u, guard_id guard)
{
    struct guard *nodes = u->policy->guards.nodes.items;

    if (guard == NONE)
        return;
    for (guard_id node = guard; node != guard_before(nodes, guard); node--)
        if (nodes[node].kind == GUARD_OR) {
            u->made.n = 0;
            unite(u, guard);
            memcpy(nodes + guard + 1 - u->made.n, u->made.items, u->made.n * sizeof *nodes);
            return;
        }
}

void
unite_atoms(struct rck_policy *policy)
{
    struct uniting u = { .policy = policy };

    u.last = arena_array(&policy->arena, 2 * (size_t)policy->slots.n + 1, sizeof *u.last);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        unite_whole(&u, policy->clauses.items[c].act);
        unite_whole(&u, policy->clauses.items[c].tails);
        unite_whole(&u, policy->clauses.items[c].violation);
    }
}
