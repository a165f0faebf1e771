/* SPDX-License-Identifier: MIT
 *
 * Cases for a policy that has none, or not enough.
 *
 * A goal is something that a case can reach: an outcome of a clause, one side of a bound, a mutant that it notices, by its result if any
 * request can.  For each goal a request is looked for (apart.h), unless one that was found before meets it; what of a request matters to
 * no clause is taken away.  Then the requests are chosen that meet most of what is not met yet, until all is met, and those are given
 * back that later ones have made needless.  So each that stays has a goal of its own, which is the reason that is told for it.
 */
#include <config.h>

#include "../engine/explanation.h"
#include "mutants.h"
#include "write.h"

enum goal_kind {
    GOAL_STATE,   /* the clause is in a state */
    GOAL_ABSENT,  /* it is unknown for want of one thing */
    GOAL_BOUND,   /* a number is at a bound or beside it, and decides */
    GOAL_MUTANT,  /* a mutant is noticed */
    GOAL_DEFAULT  /* nothing grants */
};

struct goal {
    enum goal_kind kind;
    uint32_t clause;
    enum rck_state state;   /* of GOAL_STATE and GOAL_ABSENT */
    uint32_t slot;          /* of GOAL_ABSENT */
    guard_id within;        /* where it counts; NONE: everywhere */
    struct reading reading; /* of GOAL_BOUND: the clause as if the number were on the other side */
    uint32_t atom;          /* of GOAL_BOUND: the question, and what its sum is */
    wide value;
    uint32_t mutant;        /* of GOAL_MUTANT */
    uint64_t nodes;         /* of the guards that tell whether a request meets it */
    bool by_reasons;        /* of GOAL_BOUND and GOAL_MUTANT: no request gets another result, so other reasons have to do */
    bool reached;
};

/* A request that was found. */
struct found {
    struct rck_request *request; /* in the arena */
    struct tally tally;
    uint64_t *meets;             /* goals, a bit each */
    bool chosen;
};

struct generator {
    struct compile *c;
    struct mutants mutants;
    struct apart apart;
    VEC(struct goal) goals;
    VEC(struct found) found;
    VEC(guard_id) extra;     /* guards that questions will be about */
    uint32_t *n_chosen;      /* by goal: how many chosen requests meet it */
    size_t n_unsettled;
    rck_made_case_fn *fn;
    void *arg;
};

/* ---- goals -------------------------------------------------------------------------------------------------------------- */

static void
add_goal(struct generator *g, struct goal goal)
{
    *vec_push(g->c->arena, &g->goals) = goal;
    if (goal.within != NONE)
        *vec_push(g->c->arena, &g->extra) = goal.within;
    if (goal.kind == GOAL_BOUND)
        *vec_push(g->c->arena, &g->extra) = goal.reading.guard;
}

/* A copy of GUARD in which the answers to ATOM are turned round. */
static guard_id
turned(struct guards *guards, guard_id guard, uint32_t atom)
{
    struct guard node = guards->nodes.items[guard];
    guard_id made = NONE;

    if (node.kind == GUARD_ATOM) {
        made = guard_copy(guards, guard);
        return node.of == atom ? guard_not(guards, made) : made;
    }
    if (node.kind == GUARD_NOT)
        return guard_not(guards, turned(guards, guard - 1, atom));
    if (node.kind == GUARD_CONSTANT)
        return guard_copy(guards, guard);
    for (guard_id operand = guard - 1; operand != guard_before(guards->nodes.items, guard); operand = guard_before(guards->nodes.items, operand)) {
        guard_id part = turned(guards, operand, atom);

        made = node.kind == GUARD_AND ? guard_and(guards, made, part) : guard_or(guards, made, part);
    }
    return made;
}

/* Each number that is compared, at its bound and on either side of it: 29, 30, 31. */
static void
add_bounds(struct generator *g, uint32_t clause, const struct atom_list *atoms)
{
    struct guards *guards = &g->c->policy->guards;

    for (uint32_t i = 0; i < atoms->atoms.n; i++) {
        struct atom atom = guards->atoms.items[atoms->atoms.items[i]];

        if (atom.kind != ATOM_BELOW && atom.kind != ATOM_EQUAL)
            continue;
        for (int beside = -1; beside <= 1; beside++) {
            struct goal goal = { .kind = GOAL_BOUND, .clause = clause, .atom = atoms->atoms.items[i], .value = atom.bound + beside };

            goal.reading = (struct reading){ clause, turned(guards, g->mutants.wholes[clause], goal.atom) };
            goal.within = guard_atom(guards, (struct atom){ .kind = ATOM_EQUAL, .slot = atom.slot, .sum = atom.sum, .bound = goal.value });
            add_goal(g, goal);
        }
    }
}

/* Each thing that the clause reads, absent while the others are there. */
static void
add_absences(struct generator *g, uint32_t clause, const struct atom_list *atoms)
{
    struct rck_policy *policy = g->c->policy;
    uint8_t *read = arena_alloc(g->c->arena, policy->slots.n);

    for (uint32_t i = 0; i < atoms->atoms.n; i++) {
        uint32_t slots[SUM_TERMS], n = atom_slots(&policy->guards.atoms.items[atoms->atoms.items[i]], slots);

        for (uint32_t k = 0; k < n; k++)
            read[slots[k]] = slots[k] >= N_DIMENSIONS || slots[k] == SLOT_ROLE;
    }
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        struct goal goal = { .kind = GOAL_ABSENT, .clause = clause, .state = RCK_STATE_UNKNOWN, .slot = s };

        if (!read[s])
            continue;
        for (uint32_t other = 0; other < policy->slots.n; other++) {
            guard_id present;

            if (!read[other])
                continue;
            present = guard_atom(&policy->guards, (struct atom){ .kind = ATOM_PRESENT, .slot = other + 1 });
            goal.within = guard_and(&policy->guards, goal.within, other == s ? guard_not(&policy->guards, present) : present);
        }
        add_goal(g, goal);
    }
}

static void
add_goals_of_clause(struct generator *g, uint32_t idx)
{
    const struct rck_policy *policy = g->c->policy;
    bool grant = policy->clauses.items[idx].kind == RCK_CLAUSE_GRANT;
    const enum rck_state states[] = { grant ? RCK_STATE_GRANTED : RCK_STATE_VIOLATED, RCK_STATE_SATISFIED, RCK_STATE_IRRELEVANT,
                                      RCK_STATE_UNKNOWN };
    struct atom_list atoms = { .seen = arena_alloc(g->c->arena, (size_t)policy->guards.atoms.n + 1) };

    if (policy->clauses.items[idx].kind == RCK_CLAUSE_NOTE)
        return;
    guard_atoms(&policy->guards, g->mutants.wholes[idx], g->c->arena, &atoms);
    if (!policy->clauses.items[idx].warns)
        add_bounds(g, idx, &atoms);
    for (size_t i = 0; i < N_ELEMENTS(states); i++)
        add_goal(g, (struct goal){ .kind = GOAL_STATE, .clause = idx, .state = states[i] });
    add_absences(g, idx, &atoms);
}

static uint64_t
goal_nodes(const struct generator *g, const struct goal *goal)
{
    const struct rck_policy *policy = g->c->policy;
    uint64_t within = guard_size(&policy->guards, goal->within);

    switch (goal->kind) {
    case GOAL_STATE:
    case GOAL_ABSENT:
        return within + guard_size(&policy->guards, g->mutants.wholes[goal->clause]);
    case GOAL_BOUND:
        return within + apart_nodes(policy, g->mutants.wholes, &goal->reading, 1);
    case GOAL_MUTANT:
        return apart_nodes(policy, g->mutants.wholes, mutant_readings(&g->mutants, &g->mutants.mutants.items[goal->mutant]),
                           g->mutants.mutants.items[goal->mutant].n);
    case GOAL_DEFAULT:
        break;
    }
    return 0;
}

static void
add_goals(struct generator *g)
{
    const struct rck_policy *policy = g->c->policy;
    uint32_t mutant = 0;

    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        add_goals_of_clause(g, i);
        for (; mutant < g->mutants.mutants.n && g->mutants.mutants.items[mutant].clause == i; mutant++)
            add_goal(g, (struct goal){ .kind = GOAL_MUTANT, .clause = i, .mutant = mutant });
    }
    /* Those of params and counters. */
    for (; mutant < g->mutants.mutants.n; mutant++)
        add_goal(g, (struct goal){ .kind = GOAL_MUTANT, .clause = g->mutants.mutants.items[mutant].clause, .mutant = mutant });
    if (policy->by_default == RCK_DENY)
        add_goal(g, (struct goal){ .kind = GOAL_DEFAULT, .clause = policy->clauses.n });
    for (uint32_t i = 0; i < g->mutants.readings.n; i++)
        *vec_push(g->c->arena, &g->extra) = g->mutants.readings.items[i].guard;
    for (uint32_t i = 0; i < g->goals.n; i++)
        g->goals.items[i].nodes = goal_nodes(g, &g->goals.items[i]);
}

static bool
meets(const struct generator *g, const struct goal *goal, const struct rck_request *request, const struct tally *tally)
{
    const struct rck_policy *policy = g->c->policy;
    const struct mutant *mutant;
    enum rck_result result;

    if (guard_eval(policy, goal->within, request) != TRUTH_TRUE)
        return false;
    switch (goal->kind) {
    case GOAL_STATE:
    case GOAL_ABSENT:
        return clause_state(policy, &policy->clauses.items[goal->clause], request) == goal->state;
    case GOAL_BOUND:
        return apart_noticed(policy, g->mutants.wholes, tally, &goal->reading, 1, request, &result)
               && (goal->by_reasons || result != tally_result(policy, tally));
    case GOAL_MUTANT:
        mutant = &g->mutants.mutants.items[goal->mutant];
        return apart_noticed(policy, g->mutants.wholes, tally, mutant_readings(&g->mutants, mutant), mutant->n, request, &result)
               && (goal->by_reasons || result != tally_result(policy, tally));
    case GOAL_DEFAULT:
        break;
    }
    return tally->violated == 0 && tally_result(policy, tally) == RCK_DENY;
}

/* ---- requests ----------------------------------------------------------------------------------------------------------- */

/* What a request must be, however plain; what it does to the clauses, and so its tally, is the same. */
struct wanted {
    const struct generator *g;
    const struct goal *goal;
    const struct tally *tally;
};

static bool
is_wanted(void *arg, const struct rck_request *request)
{
    const struct wanted *wanted = arg;

    return meets(wanted->g, wanted->goal, request, wanted->tally);
}

/* A copy in the arena, for reading only. */
static struct rck_request *
copy_request(struct arena *arena, const struct rck_request *request)
{
    const struct rck_policy *policy = request->policy;
    struct rck_request *copy = arena_alloc(arena, sizeof *copy);

    *copy = *request;
    copy->codes = arena_array(arena, policy->slots.n, sizeof *copy->codes);
    copy->values = arena_array(arena, (size_t)policy->n_values + 1, sizeof *copy->values);
    copy->texts = arena_array(arena, policy->slots.n, sizeof *copy->texts);
    copy->bytes = arena_alloc(arena, request->n_bytes + 1);
    copy->adds = NULL; /* nobody moves a copy */
    memcpy(copy->codes, request->codes, policy->slots.n * sizeof *copy->codes);
    memcpy(copy->values, request->values, policy->n_values * sizeof *copy->values);
    memcpy(copy->texts, request->texts, policy->slots.n * sizeof *copy->texts);
    if (request->n_bytes != 0)
        memcpy(copy->bytes, request->bytes, request->n_bytes);
    return copy;
}

/* Asks for a request that meets GOAL; COVER_WITNESS: it is in c->witness. */
static enum cover_answer
look_for(struct generator *g, struct goal *goal)
{
    enum apart_answer answer;

    switch (goal->kind) {
    case GOAL_STATE:
    case GOAL_ABSENT:
        return apart_reach(&g->apart, goal->clause, goal->state, goal->within);
    case GOAL_DEFAULT:
        return apart_by_default(&g->apart);
    case GOAL_BOUND:
    case GOAL_MUTANT:
        break;
    }
    answer = goal->kind == GOAL_BOUND ? apart_find(&g->apart, goal->reading, goal->within)
                                      : mutant_find(&g->apart, &g->mutants, &g->mutants.mutants.items[goal->mutant]);
    goal->by_reasons = answer != APART_RESULT;
    return answer == APART_NEVER ? COVER_COVERED : answer == APART_UNFINISHED ? COVER_UNFINISHED : COVER_WITNESS;
}

static bool
has_bit(const uint64_t *bits, uint32_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

static void
set_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* A goal that cannot be compared with what was found is looked for all the same, which tells whether there are steps left. */
static void
find_requests(struct generator *g)
{
    struct compile *c = g->c;

    for (uint32_t i = 0; i < g->goals.n; i++) {
        struct goal *goal = &g->goals.items[i];
        struct found *found;
        struct tally tally;
        enum cover_answer answer;

        for (uint32_t k = g->found.n; k-- != 0 && !goal->reached && apart_pay(&g->apart, goal->nodes);) {
            found = &g->found.items[k];
            goal->reached = meets(g, goal, found->request, &found->tally);
            if (goal->reached)
                set_bit(found->meets, i);
        }
        if (goal->reached)
            continue;
        answer = look_for(g, goal);
        g->n_unsettled += answer == COVER_UNFINISHED;
        if (answer != COVER_WITNESS)
            continue;
        goal->reached = true;
        tally = tally_of(c->policy, c->witness);
        apart_pay_values(&g->apart, c->witness);
        write_plain(c->arena, c->witness, is_wanted, &(struct wanted){ g, goal, &tally });
        found = vec_push(c->arena, &g->found);
        found->request = copy_request(c->arena, c->witness);
        found->tally = tally;
        found->meets = arena_array(c->arena, g->goals.n / 64 + 1, sizeof *found->meets);
        set_bit(found->meets, i);
    }
}

/* ---- choosing ----------------------------------------------------------------------------------------------------------- */

/* How many goals of OPEN the request meets. */
static uint32_t
n_met(const struct found *found, const uint64_t *open, uint32_t n_words)
{
    uint32_t n = 0;

    for (uint32_t w = 0; w < n_words; w++)
        n += (uint32_t)__builtin_popcountll(open[w] & found->meets[w]);
    return n;
}

/* Of what was found not all is compared with all goals, if that is not paid any more: then more is chosen than is needed. */
static void
choose(struct generator *g)
{
    struct arena *arena = g->c->arena;
    uint32_t n_words = g->goals.n / 64 + 1;
    uint64_t *open = arena_array(arena, n_words, sizeof *open);
    uint32_t *at_most = arena_array(arena, (size_t)g->found.n + 1, sizeof *at_most); /* by what was found: the open goals that it meets */

    for (uint32_t i = 0; i < g->goals.n; i++)
        open[i / 64] |= (uint64_t)g->goals.items[i].reached << i % 64;
    for (uint32_t k = 0; k < g->found.n; k++) {
        struct found *found = &g->found.items[k];

        for (uint32_t i = 0; i < g->goals.n; i++)
            if (!has_bit(found->meets, i) && apart_pay(&g->apart, g->goals.items[i].nodes)
                && meets(g, &g->goals.items[i], found->request, &found->tally))
                set_bit(found->meets, i);
        at_most[k] = g->goals.n;
    }
    for (;;) {
        struct found *best = NULL;
        uint32_t most = 0;

        for (uint32_t k = 0; k < g->found.n; k++) {
            if (at_most[k] <= most)
                continue;
            at_most[k] = n_met(&g->found.items[k], open, n_words);
            if (at_most[k] > most) {
                most = at_most[k];
                best = &g->found.items[k];
            }
        }
        if (best == NULL)
            break;
        best->chosen = true;
        for (uint32_t w = 0; w < n_words; w++)
            open[w] &= ~best->meets[w];
    }
    g->n_chosen = arena_array(arena, (size_t)g->goals.n + 1, sizeof *g->n_chosen);
    for (uint32_t k = 0; k < g->found.n; k++)
        for (uint32_t i = 0; i < g->goals.n; i++)
            g->n_chosen[i] += g->found.items[k].chosen && has_bit(g->found.items[k].meets, i);
    /* What was chosen early may be needless by now. */
    for (uint32_t k = 0; k < g->found.n; k++) {
        struct found *found = &g->found.items[k];
        bool needed = !found->chosen;

        for (uint32_t i = 0; i < g->goals.n && !needed; i++)
            needed = has_bit(found->meets, i) && g->n_chosen[i] == 1;
        if (needed)
            continue;
        found->chosen = false;
        for (uint32_t i = 0; i < g->goals.n; i++)
            g->n_chosen[i] -= has_bit(found->meets, i);
    }
}

/* ---- telling ------------------------------------------------------------------------------------------------------------ */

/* The sum that ATOM compares, and VALUE, as "stack.management_tokens == 30". */
static struct str
bound_text(struct arena *arena, const struct rck_policy *policy, const struct atom *atom, wide value)
{
    const struct slot *first = &policy->slots.items[atom->sum.slots[0] - 1];
    struct str text = arena_format(arena, "%.*s", WHOLE(first->name));
    bool plain = value >= INT64_MIN && value <= INT64_MAX && atom->sum.factors[0] == 1;

    for (uint32_t i = 1; i < SUM_TERMS && atom->sum.slots[i] != NONE; i++) {
        plain = plain && (atom->sum.factors[i] == 1 || atom->sum.factors[i] == -1);
        text = arena_format(arena, "%.*s %s %.*s", WHOLE(text), atom->sum.factors[i] < 0 ? "-" : "+",
                            WHOLE(policy->slots.items[atom->sum.slots[i] - 1].name));
    }
    if (!plain)
        return STR("at a bound");
    return arena_format(arena, "%.*s == %.*s", WHOLE(text),
                        WHOLE(write_number(arena, atom->sum.slots[1] == NONE ? first->type : RCK_TYPE_INT, (int64_t)value)));
}

static struct str
goal_text(struct generator *g, const struct goal *goal)
{
    static const char *const states[] = { [RCK_STATE_IRRELEVANT] = "not relevant",
                                          [RCK_STATE_SATISFIED] = "satisfied",
                                          [RCK_STATE_VIOLATED] = "violated",
                                          [RCK_STATE_GRANTED] = "granted",
                                          [RCK_STATE_UNKNOWN] = "unknown" };
    const struct rck_policy *policy = g->c->policy;
    struct arena *arena = g->c->arena;
    const struct mutant *mutant;

    switch (goal->kind) {
    case GOAL_STATE:
        return str_of(states[goal->state]);
    case GOAL_ABSENT:
        return arena_format(arena, "without %.*s", WHOLE(policy->slots.items[goal->slot].name));
    case GOAL_BOUND:
        return bound_text(arena, policy, &policy->guards.atoms.items[goal->atom], goal->value);
    case GOAL_DEFAULT:
        return STR("nothing grants");
    case GOAL_MUTANT:
        break;
    }
    mutant = &g->mutants.mutants.items[goal->mutant];
    return mutant->after.n == 0 ? arena_format(arena, "catches no '%.*s'", str_cut(mutant->before, 80), mutant->before.p)
                                : arena_format(arena, "catches '%.*s' for '%.*s'", str_cut(mutant->after, 80), mutant->after.p, str_cut(mutant->before, 80), mutant->before.p);
}

/* The goal that only the chosen request FOUND meets. */
static uint32_t
own_goal(const struct generator *g, const struct found *found)
{
    uint32_t i = 0;

    while (i + 1 < g->goals.n && !(has_bit(found->meets, i) && g->n_chosen[i] == 1))
        i++;
    return i;
}

/* The slots in the order of columns. */
static uint32_t *
column_order(const struct generator *g)
{
    static const uint32_t first[] = { SLOT_SUBJECT, SLOT_ACTION, SLOT_RESOURCE, SLOT_ROLE };
    const struct rck_policy *policy = g->c->policy;
    uint32_t *order = arena_array(g->c->arena, policy->slots.n, sizeof *order);
    uint32_t n = 0;

    for (; n < N_ELEMENTS(first); n++)
        order[n] = first[n];
    for (uint32_t s = N_DIMENSIONS; s < policy->slots.n; s++)
        if (s != policy->now)
            order[n++] = s;
    if (policy->now != RCK_NONE)
        order[n] = policy->now;
    return order;
}

/* Tells the N requests of one clause, as the goals OWN. */
static bool
tell_block(struct generator *g, const uint32_t order[], struct found *const block[], const uint32_t own[], uint32_t n)
{
    const struct rck_policy *policy = g->c->policy;
    struct arena *arena = g->c->arena;
    const char **columns = arena_array(arena, policy->slots.n, sizeof *columns);
    uint32_t *slots = arena_array(arena, policy->slots.n, sizeof *slots), n_columns = 0;
    uint32_t clause = g->goals.items[own[0]].clause;

    for (uint32_t i = 0; i < policy->slots.n; i++) {
        bool given = order[i] < N_DIMENSIONS && order[i] != SLOT_ROLE;

        for (uint32_t k = 0; k < n && !given; k++)
            given = request_state(block[k]->request, order[i]) != VALUE_ABSENT;
        if (!given)
            continue;
        slots[n_columns] = order[i];
        columns[n_columns++] = order[i] < N_DIMENSIONS || order[i] == policy->now
                                   ? policy->slots.items[order[i]].name.p
                                   : write_name(arena, policy->slots.items[order[i]].name).p;
    }
    for (uint32_t k = 0; k < n; k++) {
        const char **cells = arena_array(arena, n_columns, sizeof *cells);
        struct rck_made_case made = { .label = clause < policy->clauses.n ? policy_text(policy, policy->clauses.items[clause].label).p : "default deny",
                                      .columns = columns,
                                      .cells = cells,
                                      .n_columns = n_columns };

        for (uint32_t i = 0; i < n_columns; i++)
            cells[i] = write_cell(arena, block[k]->request, slots[i]).p;
        made.expected = write_outcome(arena, block[k]->request).p;
        made.reason = goal_text(g, &g->goals.items[own[k]]).p;
        if (!g->fn(g->arg, &made))
            return false;
    }
    return true;
}

static void
tell(struct generator *g)
{
    struct arena *arena = g->c->arena;
    const uint32_t *order = column_order(g);
    struct found **block = arena_array(arena, (size_t)g->found.n + 1, sizeof *block);
    uint32_t *own = arena_array(arena, (size_t)g->found.n + 1, sizeof *own);
    uint32_t *by_goal = arena_array(arena, (size_t)g->goals.n + 1, sizeof *by_goal); /* index + 1 of the request that it is the own goal of */
    uint32_t n = 0;

    for (uint32_t k = 0; k < g->found.n; k++)
        if (g->found.items[k].chosen)
            by_goal[own_goal(g, &g->found.items[k])] = k + 1;
    for (uint32_t clause = 0; clause <= g->c->policy->clauses.n; clause++, n = 0) {
        for (uint32_t i = 0; i < g->goals.n; i++)
            if (by_goal[i] != 0 && g->goals.items[i].clause == clause) {
                own[n] = i;
                block[n++] = &g->found.items[by_goal[i] - 1];
            }
        if (n != 0 && !tell_block(g, order, block, own, n))
            return;
    }
}

static enum rck_status
generate(struct compile *c, void *arg)
{
    struct generator *g = arg;

    g->c = c;
    compile_needs_request(c);
    if (!mutants_make(c, &g->mutants))
        return RCK_E_POLICY;
    add_goals(g);
    apart_init(&g->apart, c->policy, c->arena, &c->question, c->witness, g->mutants.wholes, g->extra.items, g->extra.n, c->settings->limits[LIMIT_PROOF_STEPS],
               (uint32_t)c->settings->limits[LIMIT_CLAUSE_ROWS]);
    (void)cover_spend(&g->apart.cover, g->mutants.steps);
    find_requests(g);
    choose(g);
    tell(g);
    return RCK_OK;
}

enum rck_status
rck_generate(struct rck_context *context, const char *name, const char *text, size_t length, struct rck_diagnostics **diagnostics,
             rck_made_case_fn *fn, void *arg, size_t *n_unsettled)
{
    struct generator g = { .fn = fn, .arg = arg };
    enum rck_status status = compile_then(context, name, &(struct str){ text, length }, diagnostics, generate, &g);

    if (status == RCK_OK && n_unsettled != NULL)
        *n_unsettled = g.n_unsettled;
    return status;
}

enum rck_status
rck_generate_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics, rck_made_case_fn *fn, void *arg,
                  size_t *n_unsettled)
{
    struct generator g = { .fn = fn, .arg = arg };
    enum rck_status status = compile_then(context, path, NULL, diagnostics, generate, &g);

    if (status == RCK_OK && n_unsettled != NULL)
        *n_unsettled = g.n_unsettled;
    return status;
}
