/* SPDX-License-Identifier: MIT
 *
 * The digest of a policy: SHA-256 over all that a decision depends on, in one canonical form.  That is the default, the
 * vocabulary, the params in force, the clauses with their labels as guards, and the routes; not the policy's name, its texts, positions,
 * cases and asserts.
 *
 * The form: numbers have their size in bytes, big-endian; a text has its length before it, a list the number of its elements; a
 * node of a guard tells its kind first.  Nothing can be read in two ways, so different policies have different forms.
 */
#include <config.h>

#include "policy.h"
#include "sha256.h"

/* Changes with the form, or with the meaning of anything in it. */
static const char version[] = "rulecheck decision section 2";

static void
add_number(struct sha256 *sha, uint64_t value)
{
    unsigned char bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
    sha256_add(sha, bytes, sizeof bytes);
}

static void
add_wide(struct sha256 *sha, wide value)
{
    unsigned_wide bits = (unsigned_wide)value;

    add_number(sha, (uint64_t)(bits >> 64));
    add_number(sha, (uint64_t)bits);
}

static void
add_text(struct sha256 *sha, struct str text)
{
    add_number(sha, text.n);
    if (text.n != 0)
        sha256_add(sha, text.p, text.n);
}

static void
add_set(struct sha256 *sha, const struct sets *sets, set_id set)
{
    uint32_t n;
    const struct range *ranges = set_ranges(sets, set, &n);

    add_number(sha, set == SET_ALL);
    add_number(sha, n);
    for (uint32_t i = 0; i < n; i++) {
        add_number(sha, ranges[i].lo);
        add_number(sha, ranges[i].hi);
    }
}

static void
add_atom(struct sha256 *sha, const struct rck_policy *policy, const struct atom *atom)
{
    add_number(sha, atom->kind);
    add_number(sha, atom->slot);
    switch (atom->kind) {
    case ATOM_IN:
    case ATOM_HAS:
        add_set(sha, &policy->sets, atom->set);
        return;
    case ATOM_BELOW:
    case ATOM_EQUAL:
        for (uint32_t i = 0; i < SUM_TERMS; i++) {
            add_number(sha, atom->sum.slots[i]);
            add_number(sha, (uint64_t)atom->sum.factors[i]);
        }
        add_wide(sha, atom->bound);
        return;
    case ATOM_SAME:
        add_number(sha, atom->other);
        return;
    case ATOM_MATCHES:
        add_text(sha, policy->patterns.items[atom->pattern].text);
        return;
    case ATOM_PRESENT:
        return;
    }
}

/* The nesting of guards has a limit. */
static void
add_guard(struct sha256 *sha, const struct rck_policy *policy, guard_id id)
{
    const struct guard *nodes = policy->guards.nodes.items;
    const struct guard *guard = &nodes[id];
    uint64_t n = 0;

    add_number(sha, id != NONE);
    if (id == NONE)
        return;
    add_number(sha, guard->kind);
    switch (guard->kind) {
    case GUARD_CONSTANT:
        add_number(sha, guard->of);
        return;
    case GUARD_ATOM:
        add_atom(sha, policy, &policy->guards.atoms.items[guard->of]);
        return;
    case GUARD_NOT:
    case GUARD_AND:
    case GUARD_OR:
        break;
    }
    for (guard_id i = id - 1; i != guard_before(nodes, id); i = guard_before(nodes, i))
        n++;
    add_number(sha, n);
    for (guard_id i = id - 1; i != guard_before(nodes, id); i = guard_before(nodes, i))
        add_guard(sha, policy, i);
}

static void
add_vocabulary(struct sha256 *sha, const struct rck_policy *policy)
{
    add_number(sha, policy->slots.n);
    for (uint32_t i = 0; i < policy->slots.n; i++) {
        const struct slot *slot = &policy->slots.items[i];

        add_text(sha, slot->name);
        add_number(sha, slot->type);
        add_number(sha, slot->optional);
        add_number(sha, slot->counter);
        add_number(sha, slot->open);
        add_number(sha, (uint64_t)slot->min);
        add_number(sha, (uint64_t)slot->max);
        add_number(sha, slot->n_names);
        for (uint32_t n = 0; n < slot->n_names; n++)
            add_text(sha, policy->names.items[slot->first_name + n].text);
    }
    add_number(sha, policy->texts.n);
    for (uint32_t i = 0; i < policy->texts.n; i++) {
        add_number(sha, policy->texts.items[i].slot);
        add_text(sha, policy->texts.items[i].text);
    }
    /* What stands for a set is no name of a request; what it stands for is in the guards. */
    add_number(sha, policy->named_sets.n);
    for (uint32_t i = 0; i < policy->named_sets.n; i++) {
        add_text(sha, policy->named_sets.items[i].name);
        add_number(sha, policy->named_sets.items[i].slot);
    }
}

static void
add_condition(struct sha256 *sha, const struct routes *routes, struct condition condition)
{
    add_number(sha, condition.n);
    for (uint32_t i = condition.first; i < condition.first + condition.n; i++) {
        const struct test *test = &routes->tests.items[i];

        add_number(sha, test->kind);
        if (!test_pushes(test->kind))
            continue;
        add_number(sha, routes->facts.items[test->fact].source);
        add_text(sha, routes->facts.items[test->fact].name);
        add_text(sha, test->text);
        add_wide(sha, test->number);
    }
}

/* Nothing where there are none: such a policy has the digest that it had before there were routes. */
static void
add_routes(struct sha256 *sha, const struct routes *routes)
{
    if (routes->routes.n == 0 && routes->credentials.n == 0)
        return;
    add_number(sha, routes->credentials.n);
    for (uint32_t i = 0; i < routes->credentials.n; i++) {
        add_number(sha, routes->credentials.items[i].subject);
        add_condition(sha, routes, routes->credentials.items[i].condition);
    }
    add_number(sha, routes->routes.n);
    for (uint32_t i = 0; i < routes->routes.n; i++) {
        const struct route *route = &routes->routes.items[i];

        add_text(sha, route->method);
        add_text(sha, route->path);
        add_condition(sha, routes, route->condition);
        add_number(sha, route->action);
        add_number(sha, route->resource);
        add_number(sha, route->n_withs);
        for (uint32_t k = route->first_with; k < route->first_with + route->n_withs; k++) {
            add_number(sha, routes->withs.items[k].slot);
            add_number(sha, routes->facts.items[routes->withs.items[k].fact].source);
            add_text(sha, routes->facts.items[routes->withs.items[k].fact].name);
        }
    }
}

void
rck_policy_digest(const struct rck_policy *policy, char digest[65])
{
    struct sha256 sha;

    sha256_begin(&sha);
    add_text(&sha, STR(version));
    add_number(&sha, policy->by_default);
    add_vocabulary(&sha, policy);
    add_number(&sha, policy->params.n);
    for (uint32_t i = 0; i < policy->params.n; i++) {
        add_text(&sha, policy->params.items[i].name);
        add_text(&sha, policy->params.items[i].value);
    }
    add_number(&sha, policy->clauses.n);
    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        const struct clause *clause = &policy->clauses.items[i];

        add_text(&sha, policy_text(policy, clause->label));
        add_number(&sha, clause->kind);
        add_number(&sha, clause->warns);
        add_guard(&sha, policy, clause->act);
        add_guard(&sha, policy, clause->tails);
        add_guard(&sha, policy, clause->violation);
    }
    add_routes(&sha, &policy->routes);
    sha256_end(&sha, digest);
}
