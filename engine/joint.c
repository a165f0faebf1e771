/* SPDX-License-Identifier: MIT
 *
 * Joining policies; see joint.h.
 */
#include <config.h>

#include "joint.h"

#include "caps.h"
#include "symbols.h"

/* One of the policies, and how its parts are called in the joint one. */
struct side {
    const struct rck_policy *from;
    struct joint *joint;
    uint32_t *slots;       /* by slot: 1 + joint slot; 0: incompatible */
    uint32_t *first_value; /* by slot: where its values begin in 'first' */
    uint32_t *first;       /* by value, and one more: where its joint values begin in 'values' */
    uint32_t *values;
    uint32_t *patterns;    /* by pattern: the joint one */
    VEC(struct guard) leaves; /* of the guard in progress */
};

static void
note(struct joint *joint, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
note(struct joint *joint, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *vec_push(joint->arena, &joint->notes) = arena_vformat(joint->arena, format, args);
    va_end(args);
}

/* ---- vocabulary --------------------------------------------------------------------------------------------------------- */

static uint32_t
find_slot(const struct rck_policy *policy, struct str name)
{
    for (uint32_t s = 0; s < policy->slots.n; s++)
        if (str_equal(policy->slots.items[s].name, name))
            return s;
    return RCK_NONE;
}

static const char *
type_word(enum rck_type type)
{
    static const char *const words[] = {
        [RCK_TYPE_NAME] = "an enumeration", [RCK_TYPE_SET] = "a set", [RCK_TYPE_BOOL] = "a bool", [RCK_TYPE_INT] = "an int",
        [RCK_TYPE_DECIMAL] = "a decimal", [RCK_TYPE_STRING] = "a string", [RCK_TYPE_TIME] = "a time",
    };

    return words[type];
}

/* True if A and B can be one slot; else that is noted. */
static bool
agree(struct joint *joint, const struct slot *a, const struct slot *b)
{
    if (a->type != b->type)
        note(joint, "'%.*s' is %s in the old policy and %s in the new one: compared where it is absent", (int)a->name.n,
             a->name.p, type_word(a->type), type_word(b->type));
    else if (!str_equal(a->unit, b->unit) || !str_equal(a->window, b->window))
        note(joint, "'%.*s' is measured in other units in the two policies: compared where it is absent", (int)a->name.n, a->name.p);
    else if (slot_is_number(a) && (a->min > b->max || b->min > a->max))
        note(joint, "'%.*s' has no value that both policies allow: compared where it is absent", (int)a->name.n, a->name.p);
    else
        return true;
    return false;
}

static bool
knows(const struct rck_policy *policy, uint32_t slot, struct str name)
{
    return policy->slots.items[slot].open || lookup_find(&policy->lookup, slot, name) != RCK_NONE;
}

/* Collects the names that SLOT of FROM declares and that OTHER, unless NULL, knows in its slot ELSEWHERE. */
static void
collect(struct joint *joint, const struct rck_policy *from, uint32_t slot, const struct rck_policy *other, uint32_t elsewhere,
        const char *which, struct symbols *seen, struct str *texts, uint32_t *n)
{
    const struct slot *of = &from->slots.items[slot];
    uint32_t missing = 0;
    struct str first = { "", 0 };

    for (uint32_t d = 0; d < of->n_names; d++) {
        const struct name *name = &from->names.items[of->first_name + d];

        if (name->declared == NAME_HIDDEN)
            continue;
        if (other != NULL && !knows(other, elsewhere, name->text)) {
            /* Not in the common part, and yet no undeclared name: it is kept like a set's name, which no request may give. */
            first = missing++ == 0 ? name->text : first;
            *vec_push(&joint->policy->arena, &joint->policy->named_sets) = (struct named_set){
                .name = arena_copy(&joint->policy->arena, name->text), .slot = joint->policy->slots.n
            };
        } else if (symbols_add(seen, name->text, *n) == *n)
            texts[(*n)++] = name->text;
    }
    if (missing != 0)
        note(joint, "only the %s policy has the %s '%.*s'%s: not compared", which, of->name.p, (int)first.n, first.p,
             missing == 1 ? "" : arena_format(joint->arena, " and %u more", (unsigned)missing - 1).p);
}

/* The number that stands for all slots that SLOT is compared with, be it by way of others. */
static uint32_t
compared_with(uint32_t compared[], uint32_t slot)
{
    while (compared[slot] != slot)
        slot = compared[slot] = compared[compared[slot]];
    return slot;
}

/* Returns, by slot, another one that it is compared with, or itself; see compared_with(). */
static uint32_t *
compared_slots(struct joint *joint, const struct rck_policy *policy)
{
    uint32_t *compared = arena_array(joint->arena, (size_t)policy->slots.n + 1, sizeof *compared);

    for (uint32_t s = 0; s < policy->slots.n; s++)
        compared[s] = s;
    for (uint32_t i = 0; i < policy->guards.atoms.n; i++) {
        const struct atom *atom = &policy->guards.atoms.items[i];

        if (atom->kind == ATOM_SAME)
            compared[compared_with(compared, atom->slot - 1)] = compared_with(compared, atom->other - 1);
    }
    return compared;
}

/* Adds the slot that is A_SLOT in A and B_SLOT in B; either may be RCK_NONE. */
static void
add_slot(struct joint *joint, const struct rck_policy *a, uint32_t a_slot, const struct rck_policy *b, uint32_t b_slot)
{
    const struct slot *in_a = a_slot != RCK_NONE ? &a->slots.items[a_slot] : NULL;
    const struct slot *in_b = b_slot != RCK_NONE ? &b->slots.items[b_slot] : NULL;
    struct str *texts;
    struct slot slot;
    uint32_t n = 0, idx;

    if (NEVER(in_a == NULL && in_b == NULL))
        return;
    slot = in_a != NULL ? *in_a : *in_b;
    texts = arena_array(joint->arena, (size_t)slot.n_names + (in_b != NULL ? in_b->n_names : 0) + a->slots.n + 1, sizeof *texts);
    slot.n_texts = 0;
    if (in_a != NULL && in_b != NULL) {
        slot.open = in_a->open && in_b->open;
        slot.half_open = in_a->open != in_b->open;
        slot.optional = in_a->optional && in_b->optional;
        slot.min = in_a->min > in_b->min ? in_a->min : in_b->min;
        slot.max = in_a->max < in_b->max ? in_a->max : in_b->max;
        if (slot.half_open)
            note(joint, "'%s' is open in the %s policy only: undeclared names are not compared", slot.name.p,
                 in_a->open ? "old" : "new");
        if (in_a->min != in_b->min || in_a->max != in_b->max)
            note(joint, "'%s' has different ranges: compared where both allow the number", slot.name.p);
        if (in_a->optional != in_b->optional)
            note(joint, "'%s' is optional in the %s policy only", slot.name.p, in_a->optional ? "old" : "new");
    } else if (b != NULL) {
        note(joint, "only the %s policy has '%s'", in_a != NULL ? "old" : "new", slot.name.p);
    }
    if (slot.type == RCK_TYPE_BOOL) {
        texts[n++] = STR("false");
        texts[n++] = STR("true");
    } else if (slot.type == RCK_TYPE_NAME || slot.type == RCK_TYPE_SET) {
        struct symbols *seen = symbols_new(joint->arena, 0);

        if (in_a != NULL)
            collect(joint, a, a_slot, in_b != NULL ? b : NULL, b_slot, "old", seen, texts, &n);
        if (in_b != NULL)
            collect(joint, b, b_slot, in_a != NULL ? a : NULL, a_slot, "new", seen, texts, &n);
        /* Names that are given, and known only because their slots are open, are declared here, and in what is compared with these,
         * which is open as well. */
        for (uint32_t s = 0; joint->request != NULL && slot.open && slot.type == RCK_TYPE_NAME && s < a->slots.n; s++)
            if (compared_with(joint->compared, s) == compared_with(joint->compared, a_slot)
                && request_state(joint->request, s) == VALUE_DECLARED && symbols_add(seen, request_text(joint->request, s), n) == n)
                texts[n++] = request_text(joint->request, s);
    }
    idx = policy_add_slot(joint->policy, &slot, texts, n);
    if (in_a != NULL)
        joint->slots[0][a_slot] = idx + 1;
    if (in_b != NULL)
        joint->slots[1][b_slot] = idx + 1;
    if ((in_a != NULL && a_slot == a->now) || (in_b != NULL && b_slot == b->now))
        joint->policy->now = idx;
}

static void
add_slots(struct joint *joint, const struct rck_policy *a, const struct rck_policy *b)
{
    struct symbols *names = b != NULL ? symbols_new(joint->arena, 0) : NULL;

    if (joint->request != NULL)
        joint->compared = compared_slots(joint, a);
    for (uint32_t s = 0; b != NULL && s < b->slots.n; s++)
        symbols_add(names, b->slots.items[s].name, s);
    for (uint32_t s = 0; s < a->slots.n; s++) {
        uint32_t other = b != NULL ? symbols_find(names, a->slots.items[s].name) : SYMBOL_NONE;

        if (other == SYMBOL_NONE)
            add_slot(joint, a, s, b, RCK_NONE);
        else if (agree(joint, &a->slots.items[s], &b->slots.items[other]))
            add_slot(joint, a, s, b, other);
    }
    for (uint32_t s = 0; b != NULL && s < b->slots.n; s++)
        if (joint->slots[1][s] == 0 && find_slot(a, b->slots.items[s].name) == RCK_NONE)
            add_slot(joint, a, RCK_NONE, b, s);
}

/* ---- values, sets and patterns of a side --------------------------------------------------------------------------------- */

/* The number of constant TEXT of joint slot SLOT, which is made if it is new. */
static uint32_t
constant(struct joint *joint, struct symbols *texts, uint32_t slot, struct str text)
{
    struct str key = arena_format(joint->arena, "%u ", (unsigned)slot);
    char *whole = arena_alloc(joint->arena, key.n + text.n + 1);
    uint32_t found;

    memcpy(whole, key.p, key.n);
    if (text.n != 0)
        memcpy(whole + key.n, text.p, text.n);
    found = symbols_find(texts, (struct str){ whole, key.n + text.n });
    if (found == SYMBOL_NONE)
        found = symbols_add(texts, (struct str){ whole, key.n + text.n }, policy_add_text(joint->policy, slot, text));
    return found;
}

/* Maps the values of SIDE's slots to joint ones: a declared name is one, a hidden one may be several. */
static void
map_values(struct side *side, struct symbols *texts)
{
    const struct rck_policy *from = side->from, *policy = side->joint->policy;
    struct arena *arena = side->joint->arena;
    uint32_t n = 0, n_values = 0, *next;

    side->first_value = arena_array(arena, (size_t)from->slots.n + 1, sizeof *side->first_value);
    for (uint32_t s = 0; s < from->slots.n; s++) {
        side->first_value[s] = n;
        n += slot_n_values(&from->slots.items[s]);
    }
    side->first = arena_array(arena, (size_t)n + 2, sizeof *side->first);
    for (unsigned pass = 0; pass < 2; pass++) {
        next = side->first + (pass == 0 ? 1 : 0); /* counts first, then places */
        for (uint32_t s = 0; s < from->slots.n; s++) {
            const struct slot *to = side->slots[s] != 0 ? &policy->slots.items[side->slots[s] - 1] : NULL;

            for (uint32_t i = 0; to != NULL && to->type != RCK_TYPE_STRING && i < to->n_names; i++) {
                struct str name = policy->names.items[to->first_name + i].text;
                uint32_t value = lookup_find(&from->lookup, s, name);

                /* What a side does not declare it knows by being open. */
                if (value == RCK_NONE && ALWAYS(from->slots.items[s].open))
                    value = request_open_name(from, s, name);
                if (NEVER(value == RCK_NONE))
                    continue;
                if (pass == 1)
                    side->values[next[side->first_value[s] + value]] = i;
                next[side->first_value[s] + value]++;
            }
        }
        for (uint32_t i = 0; i < from->texts.n; i++) {
            uint32_t s = from->texts.items[i].slot, value = side->first_value[s] + from->texts.items[i].number;

            if (side->slots[s] == 0)
                continue;
            if (pass == 1)
                side->values[next[value]] = constant(side->joint, texts, side->slots[s] - 1, from->texts.items[i].text);
            next[value]++;
        }
        if (pass == 1)
            break;
        for (uint32_t v = 0; v <= n; v++)
            side->first[v + 1] += side->first[v];
        n_values = side->first[n];
        side->values = arena_array(arena, (size_t)n_values + 1, sizeof *side->values);
    }
    /* 'first' was moved on by one value: back. */
    for (uint32_t v = n; v-- != 0;)
        side->first[v + 1] = side->first[v];
    side->first[0] = 0;
}

static set_id
map_set(struct side *side, uint32_t slot, set_id set)
{
    struct sets *sets = &side->joint->policy->sets;
    uint32_t n, n_out = 0, room = 0;
    const struct range *ranges = set_ranges(&side->from->sets, set, &n);
    const uint32_t *first = side->first + side->first_value[slot];
    struct range *out;

    for (uint32_t r = 0; r < n; r++)
        room += first[ranges[r].hi] - first[ranges[r].lo];
    out = arena_array(side->joint->arena, (size_t)room + 1, sizeof *out);
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t v = first[ranges[r].lo]; v < first[ranges[r].hi]; v++)
            out[n_out++] = (struct range){ side->values[v], side->values[v] + 1 };
    return set_make(sets, out, n_out);
}

static void
map_patterns(struct side *side, struct symbols *patterns)
{
    struct rck_policy *policy = side->joint->policy;

    side->patterns = arena_array(side->joint->arena, (size_t)side->from->patterns.n + 1, sizeof *side->patterns);
    for (uint32_t i = 0; i < side->from->patterns.n; i++) {
        struct str text = side->from->patterns.items[i].text;
        uint32_t found = symbols_find(patterns, text);

        if (found == SYMBOL_NONE) {
            found = symbols_add(patterns, text, policy->patterns.n);
            *vec_push(&policy->arena, &policy->patterns) = side->from->patterns.items[i];
        }
        side->patterns[i] = found;
    }
}

/* ---- guards ------------------------------------------------------------------------------------------------------------- */

/* SUM < BOUND or SUM == BOUND with the slots of SIDE renamed: the terms are put in order, and the first one is made positive. */
static guard_id
map_sum(struct side *side, const struct atom *atom)
{
    struct guards *guards = &side->joint->policy->guards;
    struct atom made = *atom;
    uint32_t n = 0;

    while (n < SUM_TERMS && made.sum.slots[n] != NONE) {
        made.sum.slots[n] = side->slots[made.sum.slots[n] - 1];
        n++;
    }
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k != 0 && made.sum.slots[k] < made.sum.slots[k - 1]; k--) {
            uint32_t slot = made.sum.slots[k];
            int64_t factor = made.sum.factors[k];

            made.sum.slots[k] = made.sum.slots[k - 1];
            made.sum.factors[k] = made.sum.factors[k - 1];
            made.sum.slots[k - 1] = slot;
            made.sum.factors[k - 1] = factor;
        }
    made.slot = made.sum.slots[0];
    if (made.sum.factors[0] > 0)
        return guard_atom(guards, made);
    for (uint32_t i = 0; i < n; i++)
        made.sum.factors[i] = -made.sum.factors[i];
    if (made.kind == ATOM_EQUAL) {
        made.bound = -made.bound;
        return guard_atom(guards, made);
    }
    /* s < b is -s > -b, which is not -s < -b + 1. */
    made.bound = -made.bound + 1;
    return guard_not(guards, guard_atom(guards, made));
}

/* True if slots A and B have the same values, so that these have the same numbers. */
static bool
same_names(const struct rck_policy *policy, uint32_t a, uint32_t b)
{
    const struct slot *in_a = &policy->slots.items[a], *in_b = &policy->slots.items[b];

    if (in_a->type == RCK_TYPE_STRING)
        return true;
    if (in_a->n_names != in_b->n_names)
        return false;
    for (uint32_t i = 0; i < in_a->n_names; i++)
        if (!str_equal(policy->names.items[in_a->first_name + i].text, policy->names.items[in_b->first_name + i].text))
            return false;
    return true;
}

static guard_id
map_atom(struct side *side, const struct atom *atom)
{
    struct guards *guards = &side->joint->policy->guards;
    struct atom made = *atom;
    uint32_t slots[SUM_TERMS], n = atom_slots(atom, slots);

    for (uint32_t i = 0; i < n; i++)
        if (side->slots[slots[i]] == 0)
            return atom->kind == ATOM_PRESENT ? guard_constant(guards, false) : guard_unknown(guards);
    if (atom->kind == ATOM_BELOW || atom->kind == ATOM_EQUAL)
        return map_sum(side, atom);
    made.slot = side->slots[atom->slot - 1];
    if (atom->kind == ATOM_IN || atom->kind == ATOM_HAS)
        made.set = map_set(side, atom->slot - 1, atom->set);
    if (atom->kind == ATOM_MATCHES)
        made.pattern = side->patterns[atom->pattern];
    if (atom->kind == ATOM_SAME) {
        uint32_t other = side->slots[atom->other - 1];

        if (!same_names(side->joint->policy, made.slot - 1, other - 1)) {
            side->joint->incomparable = true;
            note(side->joint, "'%s' and '%s' are compared with each other, and do not have the same names in common",
                 side->joint->policy->slots.items[made.slot - 1].name.p, side->joint->policy->slots.items[other - 1].name.p);
        }
        made.other = made.slot > other ? made.slot : other;
        made.slot = made.slot < other ? made.slot : other;
    }
    return guard_atom(guards, made);
}

/* Copies GUARD. */
static guard_id
map_guard(struct side *side, guard_id guard)
{
    struct guards *guards = &side->joint->policy->guards;
    const struct guard *from = side->from->guards.nodes.items;

    if (guard == NONE)
        return NONE;
    /* Atoms are met as everywhere, the last operand first; what each becomes, a node or a 'not' of one, is put where it belongs then. */
    side->leaves.n = 0;
    for (guard_id node = guard; node != guard_before(from, guard); node--) {
        uint32_t n = guards->nodes.n;

        if (from[node].kind != GUARD_ATOM)
            continue;
        map_atom(side, &side->from->guards.atoms.items[from[node].of]);
        while (guards->nodes.n > n)
            *vec_push(side->joint->arena, &side->leaves) = guards->nodes.items[--guards->nodes.n];
    }
    for (guard_id node = guard_before(from, guard) + 1; node <= guard; node++) {
        guard_id before = guards->nodes.n - 1;

        if (from[node].kind == GUARD_ATOM) {
            *vec_push(&side->joint->policy->arena, &guards->nodes) = side->leaves.items[--side->leaves.n];
            if (side->leaves.n != 0 && side->leaves.items[side->leaves.n - 1].kind == GUARD_NOT)
                *vec_push(&side->joint->policy->arena, &guards->nodes) = side->leaves.items[--side->leaves.n];
            continue;
        }
        if (from[node].kind == GUARD_CONSTANT) {
            /* No policy states an unknown guard, but joint ones. */
            (void)(NEVER(from[node].of == TRUTH_UNKNOWN) ? guard_unknown(guards) : guard_constant(guards, from[node].of == TRUTH_TRUE));
            continue;
        }
        /* What its operands became stands there already, and may be longer. */
        for (guard_id operand = node - 1; operand != guard_before(from, node); operand = guard_before(from, operand))
            before = guard_before(guards->nodes.items, before);
        guard_over(guards, (enum guard_kind)from[node].kind, before);
    }
    return guards->nodes.n - 1;
}

static void
add_clauses(struct side *side)
{
    struct joint *joint = side->joint;
    struct rck_policy *policy = joint->policy;

    for (uint32_t i = 0; i < side->from->named_sets.n; i++) {
        struct named_set set = side->from->named_sets.items[i];

        set.name = arena_copy(&policy->arena, set.name);
        set.text = arena_copy(&policy->arena, set.text);
        if (set.slot < N_DIMENSIONS)
            *vec_push(&policy->arena, &policy->named_sets) = set;
    }
    for (uint32_t c = 0; c < side->from->clauses.n; c++) {
        struct clause clause = side->from->clauses.items[c];

        clause.act = map_guard(side, clause.act);
        clause.tails = map_guard(side, clause.tails);
        clause.violation = map_guard(side, clause.violation);
        clause.label = policy_make_text(policy, policy_text(side->from, clause.label));
        clause.text = policy_make_text(policy, policy_text(side->from, clause.text));
        clause.cites = policy_make_text(policy, policy_text(side->from, clause.cites));
        clause.says = policy_make_text(policy, policy_text(side->from, clause.says));
        *vec_push(&policy->arena, &policy->clauses) = clause;
    }
}

/* ---- the values of a request -------------------------------------------------------------------------------------------- */

static void
require(struct joint *joint, uint32_t slot, guard_id guard)
{
    joint->given[slot] = guard_and(&joint->policy->guards, joint->given[slot], guard);
}

/* The members of joint slot SLOT that the request has, each; and no other one. */
static void
give_set(struct joint *joint, uint32_t slot, uint32_t of_given)
{
    const struct rck_request *given = joint->request;
    struct rck_policy *policy = joint->policy;
    const uint64_t *words = request_values(given, of_given);
    set_id all = set_range(&policy->sets, 0, policy->slots.items[slot].n_names), has = SET_EMPTY;

    for (uint32_t i = 0; i < policy->slots.items[slot].n_names; i++) {
        uint32_t name = lookup_find(&given->policy->lookup, of_given, policy->names.items[policy->slots.items[slot].first_name + i].text);
        set_id one = set_one(&policy->sets, i);

        if (name == RCK_NONE || (words[name / 64] >> name % 64 & 1) == 0)
            continue;
        has = set_or(&policy->sets, has, one);
        require(joint, slot, guard_atom(&policy->guards, (struct atom){ .kind = ATOM_HAS, .slot = slot + 1, .set = one }));
    }
    require(joint, slot, guard_not(&policy->guards, guard_atom(&policy->guards, (struct atom){ .kind = ATOM_HAS, .slot = slot + 1,
                                                         .set = set_minus(&policy->sets, all, has) })));
}

static void
give(struct joint *joint, struct symbols *texts, bool whole)
{
    const struct rck_request *given = joint->request;
    struct rck_policy *policy = joint->policy;

    for (uint32_t s = 0; s < given->policy->slots.n; s++) {
        const struct slot *slot = &given->policy->slots.items[s];
        uint32_t to = joint->slots[0][s] - 1;
        struct atom atom = { .kind = ATOM_IN, .slot = to + 1 };

        if (request_state(given, s) == VALUE_ABSENT && whole && s != SLOT_SUBJECT && s != SLOT_ACTION && s != SLOT_RESOURCE) {
            atom.kind = ATOM_PRESENT;
            require(joint, to, guard_not(&policy->guards, guard_atom(&policy->guards, atom)));
        }
        if (request_state(given, s) != VALUE_DECLARED)
            continue;
        if (slot->type == RCK_TYPE_SET) {
            give_set(joint, to, s);
            continue;
        }
        if (slot_is_number(slot)) {
            atom = (struct atom){ .kind = ATOM_EQUAL, .slot = to + 1, .bound = request_number(given, s) };
            atom.sum.slots[0] = to + 1;
            atom.sum.factors[0] = 1;
        } else if (slot->type == RCK_TYPE_STRING) {
            atom.set = set_one(&policy->sets, constant(joint, texts, to, request_text(given, s)));
        } else {
            struct str name = slot->open ? request_text(given, s)
                                         : given->policy->names.items[slot->first_name + request_name(given, s)].text;

            atom.set = set_one(&policy->sets, policy_find_name(policy, to, name));
        }
        require(joint, to, guard_atom(&policy->guards, atom));
    }
}

/* ---- all ---------------------------------------------------------------------------------------------------------------- */

void
joint_build(struct joint *joint, struct arena *arena, const struct rck_policy *a, const struct rck_policy *b,
            const struct rck_request *given, bool whole)
{
    const struct rck_policy *policies[] = { a, b };
    struct settings settings = { .limits = { 0 } };
    struct symbols *texts, *patterns;
    struct rck_policy *policy = NULL;

    *joint = (struct joint){ .arena = arena, .request = given };
    settings.limits[LIMIT_COMPILE_BYTES] = rck_limits()[LIMIT_COMPILE_BYTES].value;
    if (policy_new(&a->mem, &settings, &policy) != RCK_OK) {
        arena->failed = true;
        longjmp(*arena->escape, 1);
    }
    joint->policy = policy;
    policy->arena.escape = arena->escape;
    policy->by_default = a->by_default;
    sets_init(&policy->sets, &policy->arena);
    guards_init(&policy->guards, &policy->arena);
    joint->slots[0] = arena_array(arena, (size_t)a->slots.n + 1, sizeof *joint->slots[0]);
    joint->slots[1] = arena_array(arena, (size_t)(b != NULL ? b->slots.n : 0) + 1, sizeof *joint->slots[1]);
    texts = symbols_new(arena, 0);
    patterns = symbols_new(arena, 0);
    add_slots(joint, a, b);
    for (uint32_t i = 0; i < 2 && policies[i] != NULL; i++) {
        struct side side = { .from = policies[i], .joint = joint, .slots = joint->slots[i] };

        map_values(&side, texts);
        map_patterns(&side, patterns);
        add_clauses(&side);
        if (i == 0)
            joint->n_first = policy->clauses.n;
    }
    joint->given = arena_array(arena, (size_t)policy->slots.n + 1, sizeof *joint->given);
    if (given != NULL)
        give(joint, texts, whole);
    lookup_build(&policy->lookup, policy, &policy->arena, a->lookup.seeds[0]);
    places_none(&policy->table.places, policy, &policy->arena);
    policy->arena.escape = NULL;
}
