/* SPDX-License-Identifier: MIT
 *
 * Clauses by the names that they need; see anchors.h.
 */
#include <config.h>

#include "anchors.h"

#include "policy.h"

struct anchor {
    uint32_t slot; /* index; RCK_NONE: there is no anchor */
    set_id set;
    uint32_t n; /* names in the set */
};

/* Makes the names that ATOM asks for the anchor, if they are of a dimension, and a smaller part of its names than the anchor so far is
 * of its own. */
static void
take_atom(const struct rck_policy *policy, const struct atom *atom, struct anchor *anchor)
{
    uint32_t slot = atom->slot - 1, n;

    if (atom->kind != ATOM_IN || (slot != SLOT_SUBJECT && slot != SLOT_ACTION && slot != SLOT_RESOURCE))
        return;
    n = set_count(&policy->sets, atom->set);
    if (n <= ANCHOR_NAMES_MAX
        && (anchor->slot == RCK_NONE
            || (uint64_t)n * policy->slots.items[anchor->slot].n_names < (uint64_t)anchor->n * policy->slots.items[slot].n_names))
        *anchor = (struct anchor){ slot, atom->set, n };
}

/* Takes the best operand without which GUARD is false. */
static void
take_guard(const struct rck_policy *policy, guard_id guard, struct anchor *anchor)
{
    const struct guard *nodes = policy->guards.nodes.items;

    if (guard == NONE)
        return;
    if (nodes[guard].kind == GUARD_ATOM)
        take_atom(policy, &policy->guards.atoms.items[nodes[guard].of], anchor);
    if (nodes[guard].kind == GUARD_AND)
        for (guard_id operand = guard - 1; operand != guard_before(nodes, guard); operand = guard_before(nodes, operand))
            if (nodes[operand].kind == GUARD_ATOM)
                take_atom(policy, &policy->guards.atoms.items[nodes[operand].of], anchor);
}

/* Returns the anchor of CLAUSE, and in *IDLE what the clause is where the anchor is false: as clause_state() in decide.c. */
static struct anchor
anchor_of(const struct rck_policy *policy, const struct clause *clause, uint8_t *idle)
{
    struct anchor anchor = { .slot = RCK_NONE };

    *idle = RCK_STATE_IRRELEVANT;
    take_guard(policy, clause->act, &anchor);
    take_guard(policy, clause->tails, &anchor);
    if (clause->act == NONE && clause->tails == NONE) {
        *idle = RCK_STATE_SATISFIED;
        take_guard(policy, clause->violation, &anchor);
    }
    return anchor;
}

/* Adds CLAUSE to the list of each name of ANCHOR, or counts it there if CLAUSES is NULL. */
static void
add(const struct rck_policy *policy, const struct anchor *anchor, uint32_t clause, uint32_t *next, uint32_t *clauses)
{
    uint32_t first_name = policy->slots.items[anchor->slot].first_name, n;
    const struct range *ranges = set_ranges(&policy->sets, anchor->set, &n);

    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++) {
            if (clauses != NULL)
                clauses[next[first_name + i]] = clause;
            next[first_name + i]++;
        }
}

void
anchors_build(struct anchors *anchors, const struct rck_policy *policy, struct arena *arena)
{
    const struct slot *last = &policy->slots.items[SLOT_RESOURCE];
    uint32_t n_names = last->first_name + last->n_names, n_always = 0, at = 0;
    uint32_t *next = arena_array(arena, (size_t)n_names + 1, sizeof *next);
    struct anchor *of_clauses = arena_array(arena, (size_t)policy->clauses.n + 1, sizeof *of_clauses);

    anchors->idle = arena_array(arena, (size_t)policy->clauses.n + 1, sizeof *anchors->idle);
    anchors->first = arena_array(arena, (size_t)n_names + 2, sizeof *anchors->first);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        of_clauses[c] = anchor_of(policy, &policy->clauses.items[c], &anchors->idle[c]);
        if (of_clauses[c].slot != RCK_NONE)
            add(policy, &of_clauses[c], c, next, NULL);
        else
            n_always++;
    }
    for (uint32_t i = 0; i <= n_names; i++) {
        uint32_t n = next[i];

        anchors->first[i] = next[i] = at;
        at += n;
    }
    anchors->always = n_names;
    anchors->first[n_names + 1] = at + n_always;
    anchors->clauses = arena_array(arena, (size_t)at + n_always + 1, sizeof *anchors->clauses);
    for (uint32_t c = 0; c < policy->clauses.n; c++)
        if (of_clauses[c].slot != RCK_NONE)
            add(policy, &of_clauses[c], c, next, anchors->clauses);
        else
            anchors->clauses[at++] = c;
    (void)arena_trim(arena, of_clauses, (size_t)policy->clauses.n + 1, 0, sizeof *of_clauses);
    (void)arena_trim(arena, next, (size_t)n_names + 1, 0, sizeof *next);
}
