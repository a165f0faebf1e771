/* SPDX-License-Identifier: MIT
 *
 * Realising a piece that cover.c is left with: a set of classes for each column, of which a request must be found, or shown that
 * there is none.  Columns are independent but for those that share a slot, so names, sets, texts and numbers are looked for one
 * after the other; within each kind the search is complete, or says that it was not.
 */
#include <config.h>

#include "cover.h"

#include <stdio.h>

struct realising {
    struct cover *cover;
    struct box box;
    bool complete;
    struct rck_request *out;
};

static set_id
classes_of(const struct realising *r, uint32_t column)
{
    return box_classes(&r->cover->rows, r->box, column);
}

/* The I-th condition of the box and its column. */
static const struct column *
column_at(const struct realising *r, uint32_t i, set_id *classes)
{
    const struct cond *cond = &r->cover->rows.conds.items[r->box.first + i];

    *classes = cond->classes;
    return &r->cover->space.columns.items[cond->column];
}

static bool
allows(const struct realising *r, set_id classes, uint32_t class_idx)
{
    return set_has(&r->cover->space.sets, classes, class_idx);
}

static bool
may_be_absent(const struct realising *r, uint32_t slot)
{
    return !r->complete || r->cover->policy->slots.items[slot].optional;
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

/* What a slot with names may have: first its names, of open slots each hidden one as often as texts are needed to tell apart
 * what is compared with each other, then an undeclared value, then none. */
struct name_choice {
    uint32_t name;    /* NAME_UNDECLARED, NAME_ABSENT */
    uint32_t variant; /* of a hidden name */
};
#define NAME_UNDECLARED UINT32_MAX
#define NAME_ABSENT (UINT32_MAX - 1)

struct names {
    struct realising *r;
    struct name_choice *choices; /* by slot */
    uint32_t n_variants;         /* 1 + how many comparisons the box has */
};

static bool
has_names(const struct slot *slot)
{
    return slot->type == RCK_TYPE_NAME || slot->type == RCK_TYPE_BOOL;
}

static bool
is_hidden(const struct rck_policy *policy, const struct slot *slot, uint32_t name)
{
    return name < slot->n_names && policy->names.items[slot->first_name + name].declared == NAME_HIDDEN;
}

/* True if requests can give SLOT a value that the vocabulary does not know: a bool that is neither true nor false makes one invalid.
 * (Of an open slot that is the empty text.) */
static bool
may_be_undeclared(const struct realising *r, const struct slot *slot)
{
    return !r->complete && slot->type != RCK_TYPE_BOOL;
}

/* True if slot SLOT may have NAME, as far as its own column says. */
static bool
name_fits(const struct realising *r, uint32_t slot, uint32_t name)
{
    const struct space *space = &r->cover->space;

    if (slot < N_DIMENSIONS && (name == NAME_ABSENT || name == NAME_UNDECLARED))
        return false;
    if (name == NAME_UNDECLARED && !may_be_undeclared(r, &r->cover->policy->slots.items[slot]))
        return false;
    if (name == NAME_ABSENT && !may_be_absent(r, slot))
        return false;
    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(r, i, &classes);

        if (column->kind == COLUMN_NAME && column->slot == slot + 1)
            return allows(r, classes,
                          name == NAME_ABSENT       ? column->absent
                          : name == NAME_UNDECLARED ? column->undeclared
                                                    : space->class_of.items[column->first + name]);
    }
    return true;
}

/* True if the comparisons of SLOT with slots before it, which have their values, come out as the box says. */
static bool
same_fits(const struct names *names, uint32_t slot)
{
    const struct realising *r = names->r;

    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(r, i, &classes);
        uint32_t a = column->slot - 1, b = column->other - 1, class_idx = SAME_UNKNOWN;

        if (column->kind != COLUMN_SAME || (a != slot && b != slot)
            || a > slot /* unreached: of two slots the one that is declared first is A */
            || b > slot)
            continue;
        if (names->choices[a].name < NAME_ABSENT && names->choices[b].name < NAME_ABSENT)
            class_idx = names->choices[a].name == names->choices[b].name
                                && names->choices[a].variant == names->choices[b].variant
                            ? SAME_EQUAL
                            : SAME_DIFFERENT;
        if (!allows(r, classes, class_idx))
            return false;
    }
    return true;
}

/* Steps to the choice after *CHOICE; false after the last. */
static bool
next_choice(const struct names *names, const struct slot *slot, struct name_choice *choice)
{
    const struct rck_policy *policy = names->r->cover->policy;

    if (choice->name == NAME_ABSENT)
        return false;
    if (choice->name == NAME_UNDECLARED) {
        choice->name = NAME_ABSENT;
        return true;
    }
    if (is_hidden(policy, slot, choice->name) && choice->variant + 1 < names->n_variants) {
        choice->variant++;
        return true;
    }
    choice->variant = 0;
    if (++choice->name >= slot->n_names)
        choice->name = NAME_UNDECLARED;
    return true;
}

/* The VARIANT-th text that is not declared and for which hidden name NAME of SLOT stands. */
static struct str
hidden_text(struct realising *r, uint32_t slot, uint32_t name, uint32_t variant)
{
    const struct rck_policy *policy = r->cover->policy;
    struct str text = policy->names.items[policy->slots.items[slot].first_name + name].text;
    uint32_t found = 0;

    for (uint32_t i = 1;; i++) {
        struct str made = i == 1 ? arena_format(r->cover->scratch, "%.*sother", (int)text.n - 1, text.p)
                                 : arena_format(r->cover->scratch, "%.*sother%u", (int)text.n - 1, text.p, (unsigned)i);

        if (request_open_name(policy, slot, made) == name /* as it is of no declared one but the name itself */
            && (slot >= N_DIMENSIONS || lookup_find(&policy->lookup, LOOKUP_NAMED_SETS + slot, made) == RCK_NONE)
            && found++ == variant)
            return made;
    }
}

/* Writes the choices into the request. */
static enum cover_answer
put_names(struct names *names)
{
    struct realising *r = names->r;
    const struct rck_policy *policy = r->cover->policy;

    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        struct name_choice choice = names->choices[s];
        bool kept = true;

        if (!has_names(slot) || choice.name == NAME_ABSENT)
            continue;
        if (slot->open && is_hidden(policy, slot, choice.name))
            kept = request_keep_text(r->out, s, hidden_text(r, s, choice.name, choice.variant));
        else if (slot->open)
            kept = request_keep_text(r->out, s, policy->names.items[slot->first_name + choice.name].text);
        if (!kept)
            return COVER_UNFINISHED;
        if (choice.name == NAME_UNDECLARED)
            request_set_code(r->out, s, VALUE_UNDECLARED);
        else
            request_set_name(r->out, s, choice.name);
    }
    return COVER_WITNESS;
}

/* The first name that SLOT may have, as far as its own column says; classes are numbered in the order of their first names. */
static uint32_t
first_name(const struct realising *r, uint32_t slot)
{
    const struct cover *cover = r->cover;
    const struct slot *of = &cover->policy->slots.items[slot];

    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(r, i, &classes);
        uint32_t n;

        if (column->kind != COLUMN_NAME || column->slot != slot + 1)
            continue;
        n = set_ranges(&cover->space.sets, classes, &n)[0].lo;
        return ALWAYS(n < column->n_classes) /* a condition has a class */
                       && (column->slot <= N_DIMENSIONS || n < column->undeclared)
                   ? cover->first_name[cover->first_class[column - cover->space.columns.items] + n]
                   : NAME_UNDECLARED;
    }
    return of->n_names != 0 ? 0 : NAME_UNDECLARED;
}

/* Values for all slots with names, from the first on; backtracks where they are compared with each other. */
static enum cover_answer
realise_names(struct realising *r)
{
    struct cover *cover = r->cover;
    const struct rck_policy *policy = cover->policy;
    struct names names = { .r = r, .n_variants = 1 };
    uint32_t slot = 0;
    bool forward = true;

    if (cover->choices == NULL)
        cover->choices = arena_array(cover->arena, policy->slots.n, sizeof *cover->choices);
    names.choices = cover->choices;
    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;

        names.n_variants += column_at(r, i, &classes)->kind == COLUMN_SAME;
    }
    for (;;) {
        const struct slot *of;
        struct name_choice *choice;
        bool more;

        while (slot < policy->slots.n && !has_names(&policy->slots.items[slot]))
            slot++;
        if (slot == policy->slots.n)
            return put_names(&names);
        of = &policy->slots.items[slot];
        choice = &names.choices[slot];
        if (forward)
            *choice = (struct name_choice){ first_name(r, slot), 0 };
        for (more = forward || next_choice(&names, of, choice); more; more = next_choice(&names, of, choice)) {
            if (!cover_pay(cover, r->box.n))
                return COVER_UNFINISHED;
            if (name_fits(r, slot, choice->name) && same_fits(&names, slot))
                break;
        }
        forward = more;
        if (more) {
            slot++;
            continue;
        }
        /* Back to the slot with a name before this one. */
        do {
            if (slot == 0)
                return COVER_COVERED;
            slot--;
        } while (!has_names(&policy->slots.items[slot]));
    }
}

/* ---- sets ---------------------------------------------------------------------------------------------------- */

/* True if condition I of the box is a HAS column of SLOT that cannot have just any answer that a present set gives. */
static bool
has_matters(const struct realising *r, uint32_t i, uint32_t slot, bool undeclared)
{
    set_id classes;
    const struct column *column = column_at(r, i, &classes);

    return column->kind == COLUMN_HAS && column->slot == slot + 1
           && !(allows(r, classes, HAS_YES) && allows(r, classes, undeclared ? HAS_UNKNOWN : HAS_NO));
}

/* Members of one set slot such that each HAS column of the box gets a class that it allows. */
static enum cover_answer
realise_set(struct realising *r, uint32_t slot)
{
    struct cover *cover = r->cover;
    const struct rck_policy *policy = cover->policy;
    const struct slot *of = &policy->slots.items[slot];
    uint64_t *words = request_values(r->out, slot);
    bool absence_fits = may_be_absent(r, slot), may_be_present = true;
    bool all_may_be_unknown = true;

    for (uint32_t i = 0; i < r->box.n; i++) {
        const struct cond *cond = &cover->rows.conds.items[r->box.first + i];
        const struct column *column = &cover->space.columns.items[cond->column];

        if (column->slot != slot + 1)
            continue;
        if (column->kind == COLUMN_PRESENT) {
            absence_fits = absence_fits && set_has(&cover->space.sets, cond->classes, CLASS_ABSENT);
            may_be_present = may_be_present /* unreached: there is one such column */
                             && set_has(&cover->space.sets, cond->classes, CLASS_PRESENT);
        } else if (ALWAYS(column->kind == COLUMN_HAS)) {
            all_may_be_unknown = all_may_be_unknown && set_has(&cover->space.sets, cond->classes, HAS_UNKNOWN);
        }
    }

    /* A column that matters has it, or has not: what has not is excluded, what has needs one member that is not.  With an
     * undeclared member, "has not" reads "unknown". */
    for (uint32_t undeclared = 0; undeclared < (may_be_undeclared(r, of) ? 2u : 1u) && may_be_present; undeclared++) {
        uint64_t mix = 0, mays = 0; /* a bit a column that matters: it has; it may have */
        uint32_t n_has = 0, k = 0;
        bool fits = true;

        for (uint32_t i = 0; i < r->box.n; i++) {
            set_id classes;

            (void)column_at(r, i, &classes);
            if (!has_matters(r, i, slot, undeclared != 0))
                continue;
            if (n_has == 64)
                return COVER_UNFINISHED;
            mix |= (uint64_t)!allows(r, classes, undeclared != 0 ? HAS_UNKNOWN : HAS_NO) << n_has;
            mays |= (uint64_t)allows(r, classes, HAS_YES) << n_has++;
        }
        if (++cover->steps > cover->limit)
            return COVER_UNFINISHED;
        if ((mix & ~mays) != 0)
            continue;
        /* What follows looks at all members for each column. */
        cover->steps += (uint64_t)n_has * of->n_names / 64;
        memset(words, 0, (of->n_names + 63) / 64 * sizeof *words);
        for (uint32_t pass = 0; pass < 2 && ALWAYS(fits); pass++, k = 0) /* only the second one can fail */
            for (uint32_t i = 0; i < r->box.n && fits; i++) {
                const struct cond *cond = &cover->rows.conds.items[r->box.first + i];
                const struct column *column = &cover->space.columns.items[cond->column];
                bool yes;

                if (!has_matters(r, i, slot, undeclared != 0))
                    continue;
                yes = (mix >> k++ & 1) != 0;
                if (pass == 0) {
                    if (!yes) /* mark the excluded members */
                        for (uint32_t m = 0; m < of->n_names; m++)
                            words[m / 64] |= (uint64_t)set_has(&policy->sets, column->set, m) << m % 64;
                } else if (yes) {
                    bool some = false;

                    for (uint32_t m = 0; m < of->n_names && !some; m++)
                        some = set_has(&policy->sets, column->set, m) && (words[m / 64] >> m % 64 & 1) == 0;
                    fits = some;
                }
            }
        if (!fits)
            continue;

        /* Found: one member for each column that has it. */
        uint64_t excluded[(1 << 12) / 64];
        uint32_t n_words = (of->n_names + 63) / 64;

        if (n_words > N_ELEMENTS(excluded))
            return COVER_UNFINISHED;
        memcpy(excluded, words, n_words * sizeof *words);
        memset(words, 0, n_words * sizeof *words);
        r->out->texts[slot].n = 0;
        k = 0;
        for (uint32_t i = 0; i < r->box.n; i++) {
            const struct cond *cond = &cover->rows.conds.items[r->box.first + i];
            const struct column *column = &cover->space.columns.items[cond->column];

            if (!has_matters(r, i, slot, undeclared != 0) || (mix >> k++ & 1) == 0)
                continue;
            for (uint32_t m = 0; ALWAYS(m < of->n_names); m++) /* there is one */
                if (set_has(&policy->sets, column->set, m) && (excluded[m / 64] >> m % 64 & 1) == 0) {
                    uint64_t before = words[m / 64];

                    words[m / 64] |= (uint64_t)1 << m % 64;
                    if (is_hidden(policy, of, m) && (before >> m % 64 & 1) == 0
                        && !request_keep_member(r->out, slot, hidden_text(r, slot, m, 0)))
                        return COVER_UNFINISHED;
                    break;
                }
        }
        request_set_code(r->out, slot, undeclared != 0 ? VALUE_UNDECLARED : VALUE_DECLARED);
        return COVER_WITNESS;
    }
    memset(words, 0, (of->n_names + 63) / 64 * sizeof *words);
    request_set_code(r->out, slot, VALUE_ABSENT);
    return absence_fits && all_may_be_unknown ? COVER_WITNESS : COVER_COVERED;
}

/* ---- texts -------------------------------------------------------------------------------------------------------------- */

/* Strings that are equal to each other, and what one text must be for all of them. */
struct text_group {
    bool absent;
    struct str *candidates;
    uint32_t n_candidates;
    uint32_t chosen;
};

struct texts {
    struct realising *r;
    uint32_t *slots;          /* strings that the box speaks about, or that must be given */
    uint32_t n;
    uint32_t *group_of;       /* by place in 'slots' */
    uint8_t *absent;          /* by place: the choice in progress */
    struct text_group *groups;
    const struct column **same; /* comparisons of strings in the box */
    set_id *same_classes;
    uint8_t *outcomes;        /* of them, the choice in progress */
    uint32_t n_same;
};

static uint32_t
place_of(const struct texts *t, uint32_t slot)
{
    uint32_t i = 0;

    while (i < t->n && t->slots[i] != slot)
        i++;
    return i;
}

/* The class of TEXT in a column that asks the string in SLOT alone. */
static uint32_t
text_class(const struct realising *r, const struct column *column, struct str text)
{
    const struct rck_policy *policy = r->cover->policy;
    uint32_t slot = column->slot - 1, number;

    if (column->kind == COLUMN_MATCHES)
        return glob_matches(&policy->patterns.items[column->pattern].glob, text) ? MATCHES_YES : MATCHES_NO;
    number = lookup_find(&policy->lookup, slot, text);
    if (number == RCK_NONE)
        number = policy->slots.items[slot].n_texts;
    return r->cover->space.class_of.items[column->first + number];
}

/* True if TEXT can be the value of every string of GROUP. */
static bool
text_fits(const struct texts *t, uint32_t group, struct str text)
{
    for (uint32_t i = 0; i < t->r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(t->r, i, &classes);
        uint32_t place = place_of(t, column->slot - 1);

        if ((column->kind == COLUMN_NAME || column->kind == COLUMN_MATCHES) && place < t->n && t->group_of[place] == group
            && !allows(t->r, classes, text_class(t->r, column, text)))
            return false;
    }
    return true;
}

/* Collects what GROUP can be: the constants that its strings are compared with, then others, as many as there are groups, so that
 * one is left however many must differ. */
static enum cover_answer
find_candidates(struct texts *t, uint32_t group)
{
    struct realising *r = t->r;
    const struct rck_policy *policy = r->cover->policy;
    struct arena *arena = r->cover->scratch;
    struct text_group *of = &t->groups[group];
    VEC(struct str) constants = { 0 };
    VEC(struct glob_wish) wishes = { 0 };
    struct str *others = arena_array(arena, (size_t)t->n + 1, sizeof *others);
    uint32_t n_others = 0;
    bool others_fit = true;
    enum glob_answer answer = GLOB_NONE;

    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(r, i, &classes);
        uint32_t place = place_of(t, column->slot - 1);

        if (place == t->n || t->group_of[place] != group)
            continue;
        if (column->kind == COLUMN_MATCHES && allows(r, classes, MATCHES_YES) != allows(r, classes, MATCHES_NO))
            *vec_push(arena, &wishes) = (struct glob_wish){ .glob = &policy->patterns.items[column->pattern].glob,
                                                            .yes = allows(r, classes, MATCHES_YES) };
        else if (column->kind == COLUMN_MATCHES)
            others_fit = others_fit && allows(r, classes, MATCHES_YES);
        if (column->kind != COLUMN_NAME)
            continue;
        others_fit = others_fit
                     && allows(r, classes,
                               r->cover->space.class_of.items[column->first + policy->slots.items[column->slot - 1].n_texts]);
        for (uint32_t k = 0; k < policy->texts.n; k++)
            if (policy->texts.items[k].slot == column->slot - 1)
                *vec_push(arena, &constants) = policy->texts.items[k].text;
    }
    if (others_fit)
        answer = glob_solve(arena, wishes.items, wishes.n, constants.items, constants.n, t->n, others, &n_others,
                            &r->cover->steps, r->cover->limit);
    if (answer == GLOB_UNFINISHED)
        return COVER_UNFINISHED;
    of->candidates = arena_array(arena, (size_t)constants.n + n_others + 1, sizeof *of->candidates);
    of->n_candidates = 0;
    for (uint32_t i = 0; i < constants.n; i++)
        if (text_fits(t, group, constants.items[i]))
            of->candidates[of->n_candidates++] = constants.items[i];
    for (uint32_t i = 0; i < n_others; i++)
        of->candidates[of->n_candidates++] = others[i];
    return of->n_candidates != 0 ? COVER_WITNESS : COVER_COVERED;
}

/* True if group GROUP differs from the groups before it that it must differ from. */
static bool
differs(const struct texts *t, uint32_t group)
{
    for (uint32_t i = 0; i < t->n_same; i++) {
        uint32_t a = t->group_of[place_of(t, t->same[i]->slot - 1)], b = t->group_of[place_of(t, t->same[i]->other - 1)];

        if (t->outcomes[i] == SAME_DIFFERENT && (a == group || b == group) && a <= group && b <= group
            && (a == b || str_equal(t->groups[a].candidates[t->groups[a].chosen], t->groups[b].candidates[t->groups[b].chosen])))
            return false;
    }
    return true;
}

/* With 'absent' and 'outcomes' chosen: groups, their candidates, and one for each. */
static enum cover_answer
choose_texts(struct texts *t)
{
    struct realising *r = t->r;
    uint32_t group = 0;
    bool forward = true;

    for (uint32_t i = 0; i < t->n; i++)
        t->group_of[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < t->n_same; i++) {
            uint32_t *a = &t->group_of[place_of(t, t->same[i]->slot - 1)], *b = &t->group_of[place_of(t, t->same[i]->other - 1)];

            if (t->outcomes[i] != SAME_EQUAL || *a == *b)
                continue;
            *a = *b = *a < *b ? *a : *b;
            changed = true;
        }
    }
    for (uint32_t g = 0; g < t->n; g++) {
        enum cover_answer answer;

        if (t->group_of[g] != g || t->absent[g])
            continue;
        answer = find_candidates(t, g);
        if (answer != COVER_WITNESS)
            return answer;
    }
    for (;;) {
        struct text_group *of;

        while (group < t->n && (t->group_of[group] != group || t->absent[group]))
            group++;
        if (group == t->n)
            break;
        of = &t->groups[group];
        of->chosen = forward ? 0 : of->chosen + 1;
        while (of->chosen < of->n_candidates && !differs(t, group))
            of->chosen++;
        if (!cover_pay(r->cover, (uint64_t)t->n * t->n_same))
            return COVER_UNFINISHED;
        forward = of->chosen < of->n_candidates;
        if (forward) {
            group++;
            continue;
        }
        do {
            if (group == 0)
                return COVER_COVERED;
            group--;
        } while (t->group_of[group] != group || t->absent[group]);
    }
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t slot = t->slots[i], number;
        const struct text_group *of = &t->groups[t->group_of[i]];

        if (t->absent[i])
            continue;
        if (!request_keep_text(r->out, slot, of->candidates[of->chosen]))
            return COVER_UNFINISHED;
        number = lookup_find(&r->cover->policy->lookup, slot, of->candidates[of->chosen]);
        request_set_name(r->out, slot, number != RCK_NONE ? number : r->cover->policy->slots.items[slot].n_texts);
    }
    return COVER_WITNESS;
}

/* Chooses the outcome of comparison I and of all after it. */
static enum cover_answer
choose_outcomes(struct texts *t, uint32_t i)
{
    bool unfinished = false;

    if (!cover_pay(t->r->cover, (uint64_t)t->n * t->r->box.n))
        return COVER_UNFINISHED;
    if (i == t->n_same)
        return choose_texts(t);
    for (uint32_t outcome = SAME_DIFFERENT; outcome <= SAME_UNKNOWN; outcome++) {
        bool unknown = t->absent[place_of(t, t->same[i]->slot - 1)] || t->absent[place_of(t, t->same[i]->other - 1)];
        enum cover_answer answer;

        if (unknown != (outcome == SAME_UNKNOWN) || !allows(t->r, t->same_classes[i], outcome))
            continue;
        t->outcomes[i] = (uint8_t)outcome;
        answer = choose_outcomes(t, i + 1);
        if (answer == COVER_WITNESS)
            return answer;
        unfinished = unfinished || answer == COVER_UNFINISHED;
    }
    return unfinished ? COVER_UNFINISHED : COVER_COVERED;
}

/* True if the string at place I may be absent (or present), as far as its own columns say. */
static bool
presence_fits(const struct texts *t, uint32_t place, bool absent)
{
    if (absent && !may_be_absent(t->r, t->slots[place]))
        return false;
    for (uint32_t i = 0; i < t->r->box.n && absent; i++) {
        set_id classes;
        const struct column *column = column_at(t->r, i, &classes);

        if (column->slot == t->slots[place] + 1
            && ((column->kind == COLUMN_NAME && !allows(t->r, classes, column->absent))
                || (column->kind == COLUMN_MATCHES && !allows(t->r, classes, MATCHES_UNKNOWN))))
            return false;
    }
    return true;
}

/* Chooses which strings are given, from place I on. */
static enum cover_answer
choose_presence(struct texts *t, uint32_t i)
{
    bool unfinished = false;

    if (i == t->n)
        return choose_outcomes(t, 0);
    for (unsigned absent = 0; absent < 2; absent++) {
        enum cover_answer answer;

        if (!presence_fits(t, i, absent != 0))
            continue;
        t->absent[i] = (uint8_t)absent;
        answer = choose_presence(t, i + 1);
        if (answer == COVER_WITNESS)
            return answer;
        unfinished = unfinished || answer == COVER_UNFINISHED;
    }
    return unfinished ? COVER_UNFINISHED : COVER_COVERED;
}

enum { STRINGS_MAX = 16 }; /* that one piece speaks about */

static enum cover_answer
realise_texts(struct realising *r)
{
    const struct rck_policy *policy = r->cover->policy;
    struct arena *arena = r->cover->scratch;
    struct texts t = { .r = r };

    if (r->cover->strings == NULL)
        r->cover->strings = arena_array(r->cover->arena, (size_t)policy->slots.n + 1, sizeof *r->cover->strings);
    t.slots = r->cover->strings;
    t.same = arena_array(arena, (size_t)r->box.n + 1, sizeof *t.same);
    t.same_classes = arena_array(arena, (size_t)r->box.n + 1, sizeof *t.same_classes);
    t.outcomes = arena_array(arena, (size_t)r->box.n + 1, sizeof *t.outcomes);
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        bool asked = r->complete && !policy->slots.items[s].optional;

        for (uint32_t i = 0; i < r->box.n; i++) {
            set_id classes;
            const struct column *column = column_at(r, i, &classes);

            asked = asked || column->slot == s + 1 || (column->kind == COLUMN_SAME && column->other == s + 1);
        }
        if (asked && policy->slots.items[s].type == RCK_TYPE_STRING)
            t.slots[t.n++] = s;
    }
    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(r, i, &classes);

        if (column->kind == COLUMN_SAME && policy->slots.items[column->slot - 1].type == RCK_TYPE_STRING) {
            t.same_classes[t.n_same] = classes;
            t.same[t.n_same++] = column;
        }
    }
    if (t.n == 0)
        return COVER_WITNESS;
    if (t.n > STRINGS_MAX || t.n_same > STRINGS_MAX)
        return COVER_UNFINISHED;
    t.group_of = arena_array(arena, t.n, sizeof *t.group_of);
    t.absent = arena_array(arena, t.n, sizeof *t.absent);
    t.groups = arena_array(arena, t.n, sizeof *t.groups);
    return choose_presence(&t, 0);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

struct numbers {
    struct realising *r;
    uint32_t slots[LINEAR_VARIABLES_MAX]; /* by variable */
    uint32_t n;
    bool absent[LINEAR_VARIABLES_MAX], present[LINEAR_VARIABLES_MAX];
    uint32_t columns[2 * LINEAR_VARIABLES_MAX]; /* number columns of the box */
    uint32_t n_columns;
};

/* The variable of a slot, made if it is new; LINEAR_VARIABLES_MAX if there is no room. */
static uint32_t
variable_of(struct numbers *n, uint32_t slot)
{
    const struct slot *of = &n->r->cover->policy->slots.items[slot];

    for (uint32_t v = 0; v < n->n; v++)
        if (n->slots[v] == slot)
            return v;
    if (n->n == LINEAR_VARIABLES_MAX)
        return LINEAR_VARIABLES_MAX;
    n->slots[n->n++] = slot;
    return linear_variable(&n->r->cover->linear, of->min, of->max);
}

static enum cover_answer
choose_values(struct numbers *n)
{
    int64_t values[LINEAR_VARIABLES_MAX];

    switch (linear_solve(&n->r->cover->linear, values)) {
    case LINEAR_NONE: /* unreached: each sum was found feasible when it was added */
        return COVER_COVERED;
    case LINEAR_UNFINISHED:
        return COVER_UNFINISHED;
    case LINEAR_SOLVED:
        break;
    }
    for (uint32_t v = 0; v < n->n; v++) {
        request_set_number(n->r->out, n->slots[v], values[v]);
        if (n->absent[v])
            request_set_code(n->r->out, n->slots[v], VALUE_ABSENT);
    }
    return COVER_WITNESS;
}

/* Chooses an interval, or absence, for number column K of the box and all after it. */
static enum cover_answer
realise_columns(struct numbers *n, uint32_t k)
{
    struct cover *cover = n->r->cover;
    struct linear_term terms[SUM_TERMS];
    const struct column *column;
    const struct range *ranges;
    bool any_absent = false, had[SUM_TERMS], unfinished = false;
    uint32_t n_ranges, n_terms = 0;
    set_id classes;

    if (!cover_pay(cover, n->r->box.n) || cover->steps + cover->linear.steps > cover->limit)
        return COVER_UNFINISHED;
    if (k == n->n_columns)
        return choose_values(n);
    column = &cover->space.columns.items[n->columns[k]];
    classes = classes_of(n->r, n->columns[k]);
    ranges = set_ranges(&cover->space.sets, classes, &n_ranges);
    for (; n_terms < SUM_TERMS && column->sum.slots[n_terms] != NONE; n_terms++) {
        uint32_t v = variable_of(n, column->sum.slots[n_terms] - 1);

        terms[n_terms] = (struct linear_term){ column->sum.factors[n_terms], v };
        any_absent = any_absent || n->absent[v];
        had[n_terms] = n->present[v];
    }
    for (uint32_t i = 0; i < n_ranges && !any_absent && ranges[i].lo < column->absent; i++) {
        const wide *cuts = column->n_cuts != 0 ? cover->space.cuts.items + column->first : NULL;
        uint32_t last = ranges[i].hi - 1 < column->absent ? ranges[i].hi - 1 : column->absent - 1;
        enum cover_answer answer = COVER_COVERED;

        linear_push(&cover->linear, terms, n_terms, ranges[i].lo == 0 ? -LINEAR_MOST : cuts[ranges[i].lo - 1],
                    last == column->n_cuts ? LINEAR_MOST : cuts[last] - 1);
        for (uint32_t t = 0; t < n_terms; t++)
            n->present[terms[t].variable] = true;
        if (linear_feasible(&cover->linear) != LINEAR_NONE)
            answer = realise_columns(n, k + 1);
        if (answer == COVER_WITNESS)
            return answer;
        unfinished = unfinished || answer == COVER_UNFINISHED;
        for (uint32_t t = 0; t < n_terms; t++)
            n->present[terms[t].variable] = had[t];
        linear_pop(&cover->linear);
    }
    for (uint32_t t = 0; t < n_terms && allows(n->r, classes, column->absent); t++) {
        uint32_t v = terms[t].variable;
        bool was = n->absent[v];
        enum cover_answer answer;

        if (n->present[v] || !may_be_absent(n->r, n->slots[v]))
            continue;
        n->absent[v] = true;
        answer = realise_columns(n, k + 1);
        if (answer == COVER_WITNESS)
            return answer;
        unfinished = unfinished || answer == COVER_UNFINISHED;
        n->absent[v] = was;
    }
    return unfinished ? COVER_UNFINISHED : COVER_COVERED;
}

static enum cover_answer
realise_numbers(struct realising *r)
{
    struct cover *cover = r->cover;
    const struct rck_policy *policy = cover->policy;
    struct numbers *n = arena_alloc(cover->scratch, sizeof *n);
    enum cover_answer answer;

    n->r = r;
    linear_reset(&cover->linear, cover->limit > cover->steps ? cover->limit - cover->steps : 0);
    for (uint32_t i = 0; i < r->box.n; i++) {
        set_id classes;
        const struct column *column = column_at(r, i, &classes);

        if (column->kind != COLUMN_NUMBER)
            continue;
        for (uint32_t t = 0; t < SUM_TERMS && column->sum.slots[t] != NONE; t++)
            if (variable_of(n, column->sum.slots[t] - 1) == LINEAR_VARIABLES_MAX)
                return COVER_UNFINISHED;
        if (n->n_columns == N_ELEMENTS(n->columns))
            return COVER_UNFINISHED;
        n->columns[n->n_columns++] = cover->rows.conds.items[r->box.first + i].column;
    }
    /* Numbers that the box does not constrain are given only where completeness asks for them. */
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];

        if (slot_is_number(slot) && !may_be_absent(r, s))
            request_set_number(r->out, s, slot->min > 0 ? slot->min : slot->max < 0 ? slot->max : 0);
    }
    answer = realise_columns(n, 0);
    cover->steps += cover->linear.steps;
    return answer;
}

/* ---- all ---------------------------------------------------------------------------------------------------------------- */

enum cover_answer
realise(struct cover *cover, struct box box, bool complete)
{
    struct realising r = { cover, box, complete, cover->witness };
    enum cover_answer answer;

    rck_request_reset(cover->witness);
    answer = realise_names(&r);
    for (uint32_t s = 0; s < cover->policy->slots.n && answer == COVER_WITNESS; s++)
        if (slot_is_set(&cover->policy->slots.items[s]))
            answer = realise_set(&r, s);
    if (answer == COVER_WITNESS)
        answer = realise_texts(&r);
    if (answer == COVER_WITNESS)
        answer = realise_numbers(&r);
#ifdef RCK_ASSERTS
    if (NEVER(answer == COVER_WITNESS && !request_is_placed(cover->witness)))
        return COVER_UNFINISHED;
#endif
    return answer;
}
