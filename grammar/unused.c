/* SPDX-License-Identifier: MIT
 *
 * What the text declares and nothing uses, names that no clause tells apart, and clauses that say one thing twice: all that is found
 * without asking about requests.
 */
#include <config.h>

#include "compile.h"

#include "../engine/template.h"

/* True if AT is in the file that is compiled; in an included one declarations may be there for others. */
static bool
is_own(const struct compile *c, struct span at)
{
    struct place place = diags_place(c->diags, at.begin);

    return place.source == c->diags->sources.items[0];
}

static void
report_unused(struct compile *c, struct span at, const char *what, struct str name)
{
    struct diag *d;

    if (!is_own(c, at))
        return;
    d = diag_report(c->diags, CODE_UNUSED, at, "nothing uses %s '%.*s'", what, QUOTE(name));
    diag_help(c->diags, d, "remove it, or use it in a clause");
}

/* ---- attributes, sets, params ------------------------------------------------------------------------------------------- */

static void
use_atom(const struct atom *atom, uint8_t *used)
{
    uint32_t slots[SUM_TERMS];

    for (uint32_t i = atom_slots(atom, slots); i-- != 0;)
        used[slots[i]] = 1;
}

/* Marks what the texts of 'says' name. */
static void
use_templates(struct compile *c, uint8_t *used)
{
    for (uint32_t i = 0; i < c->policy->clauses.n; i++) {
        struct template_part part;

        for (size_t at = 0; template_next(policy_text(c->policy, c->policy->clauses.items[i].says), &at, &part);) {
            uint32_t slot = part.kind == TEMPLATE_NAME ? symbols_find(c->slots, part.text) : SYMBOL_NONE;

            if (slot != SYMBOL_NONE)
                used[slot] = 1;
        }
    }
}

/* What is compared is asked by an atom, also where it turned out to be a constant. */
static void
check_slots(struct compile *c)
{
    const struct rck_policy *policy = c->policy;
    uint8_t *used = arena_array(c->arena, (size_t)policy->slots.n + 1, 1);

    for (uint32_t i = 0; i < policy->guards.atoms.n; i++)
        use_atom(&policy->guards.atoms.items[i], used);
    use_templates(c, used);
    for (uint32_t s = N_DIMENSIONS; s < policy->slots.n; s++) {
        const struct ast_decl *decl = c->slot_infos.items[s].decl;

        /* What raises a counter is used by it. */
        for (const struct ast_step *step = decl != NULL ? decl->steps : NULL; step != NULL; step = step->next)
            if (step->by != NULL)
                used[symbols_find(c->slots, step->by->text)] = 1;
    }
    for (uint32_t s = N_DIMENSIONS; s < policy->slots.n; s++)
        if (!used[s] && c->slot_infos.items[s].decl != NULL)
            report_unused(c, c->slot_infos.items[s].at, policy->slots.items[s].counter ? "counter" : "attribute",
                          policy->slots.items[s].name);
}

static void
check_unused(struct compile *c)
{
    check_slots(c);
    for (uint32_t i = 0; i < c->set_infos.n; i++)
        if (!c->set_infos.items[i].used)
            report_unused(c, c->set_infos.items[i].decl->set->at, "set", c->set_infos.items[i].decl->set->text);
    for (uint32_t i = 0; i < c->param_infos.n; i++)
        if (!c->param_infos.items[i].used)
            report_unused(c, c->param_infos.items[i].decl->name->at, "param", c->param_infos.items[i].decl->name->text);
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

/* Where name NAME of SLOT is declared in the file that is compiled; {0, 0} if it is not. */
static struct span
name_place(const struct compile *c, uint32_t slot, struct str text)
{
    for (const struct ast_decl *decl = c->front->ast->decls; decl != NULL; decl = decl->next) {
        const struct ast_names *names = decl->kind == AST_DECL_ATTRIBUTE ? &decl->type->names : &decl->names;

        if (slot < N_DIMENSIONS ? decl->kind != AST_DECL_DIMENSION || (uint32_t)decl->dimension != slot
                                : decl != c->slot_infos.items[slot].decl)
            continue;
        for (const struct ast_name *name = names->first; name != NULL; name = name->next)
            if (str_equal(name->text, text) && is_own(c, name->at))
                return name->at;
    }
    return (struct span){ 0, 0 };
}

/* The declared names of SLOT, in the order of their declaration. */
static const struct name **
declared_names(const struct compile *c, uint32_t slot)
{
    const struct slot *of = &c->policy->slots.items[slot];
    const struct name **names = arena_array(c->arena, (size_t)of->n_declared + 1, sizeof *names);

    for (uint32_t i = 0; i < of->n_names; i++)
        if (c->policy->names.items[of->first_name + i].declared != NAME_HIDDEN)
            names[c->policy->names.items[of->first_name + i].declared] = &c->policy->names.items[of->first_name + i];
    return names;
}

static void
check_unused_names(struct compile *c)
{
    const struct rck_policy *policy = c->policy;

    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        const struct name **names = declared_names(c, s);
        uint8_t *used = arena_array(c->arena, (size_t)slot->n_names + 1, 1);

        if (slot->type != RCK_TYPE_NAME && slot->type != RCK_TYPE_SET)
            continue;
        for (uint32_t a = 0; a < policy->guards.atoms.n; a++) {
            const struct atom *atom = &policy->guards.atoms.items[a];
            uint32_t n;
            const struct range *ranges;

            if (atom->slot != s + 1 || (atom->kind != ATOM_IN && atom->kind != ATOM_HAS))
                continue;
            ranges = set_ranges(&policy->sets, atom->set, &n);
            for (uint32_t r = 0; r < n; r++)
                memset(used + ranges[r].lo, 1, ranges[r].hi - ranges[r].lo);
        }
        for (uint32_t i = 0; i < slot->n_declared; i++) {
            uint32_t idx = (uint32_t)(names[i] - (policy->names.items + slot->first_name));
            struct span at = used[idx] ? (struct span){ 0, 0 } : name_place(c, s, names[i]->text);
            struct diag *d;

            if (at.end == 0)
                continue;
            d = diag_report(c->diags, CODE_UNUSED_NAME, at,
                            s < N_DIMENSIONS ? "no clause speaks of %.*s '%.*s'" : "no clause speaks of the value of '%.*s' '%.*s'",
                            WHOLE(slot->name), QUOTE(names[i]->text));
            diag_help(c->diags, d, "look whether a clause is missing, or misspelt a name");
        }
    }
}

/* Tells names of SLOT apart by the sets that clauses ask for: GROUPS, by name, become equal where nothing does.  Returns how many groups
 * there are. */
static uint32_t
group_names(const struct compile *c, uint32_t slot, uint32_t *groups)
{
    const struct rck_policy *policy = c->policy;
    uint32_t n_names = policy->slots.items[slot].n_names, n_groups = 1;
    uint32_t *all = arena_array(c->arena, (size_t)n_names + 1, sizeof *all);       /* by group: its names */
    uint32_t *inside = arena_array(c->arena, (size_t)n_names + 1, sizeof *inside); /* those of them in the set */
    uint32_t *moved = arena_array(c->arena, (size_t)n_names + 1, sizeof *moved);   /* the group that these move to */
    struct atom_list list = { .seen = arena_array(c->arena, (size_t)policy->guards.atoms.n + 1, 1) };

    all[0] = n_names;
    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        guard_atoms(&policy->guards, policy->clauses.items[i].act, c->arena, &list);
        guard_atoms(&policy->guards, policy->clauses.items[i].tails, c->arena, &list);
        guard_atoms(&policy->guards, policy->clauses.items[i].violation, c->arena, &list);
    }
    for (uint32_t a = 0; a < list.atoms.n; a++) {
        const struct atom *atom = &policy->guards.atoms.items[list.atoms.items[a]];
        uint32_t n;
        const struct range *ranges = set_ranges(&policy->sets, atom->set, &n);

        if (atom->slot != slot + 1 || (atom->kind != ATOM_IN && atom->kind != ATOM_HAS))
            continue;
        for (uint32_t r = 0; r < n; r++)
            for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++)
                inside[groups[i]]++;
        for (uint32_t r = 0; r < n; r++)
            for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++) {
                uint32_t group = groups[i];

                if (moved[group] == 0 && inside[group] == all[group])
                    continue;
                if (moved[group] == 0)
                    moved[group] = n_groups++;
                groups[i] = moved[group];
                all[groups[i]]++;
                all[group]--;
            }
        memset(inside, 0, n_groups * sizeof *inside);
        memset(moved, 0, n_groups * sizeof *moved);
    }
    return n_groups;
}

/* Names of one group, as they are told. */
struct same_names {
    struct span at; /* of the first one */
    struct str list;
    uint32_t n;
};

static void
check_same_names(struct compile *c, uint32_t slot)
{
    enum { SHOWN_MAX = 8 };
    const struct slot *of = &c->policy->slots.items[slot];
    const struct name **names = declared_names(c, slot);
    uint32_t *groups = arena_array(c->arena, (size_t)of->n_names + 1, sizeof *groups);
    uint32_t n_groups = group_names(c, slot, groups);
    struct same_names *same = arena_array(c->arena, n_groups, sizeof *same);

    for (uint32_t i = 0; i < of->n_declared; i++) {
        struct same_names *group = &same[groups[names[i] - (c->policy->names.items + of->first_name)]];

        if (group->n == 0)
            group->at = name_place(c, slot, names[i]->text);
        if (group->n < SHOWN_MAX)
            group->list =
                arena_format(c->arena, "%.*s%s'%.*s'", WHOLE(group->list), group->n == 0 ? "" : ", ", WHOLE(names[i]->text));
        group->n++;
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        struct diag *d;

        if (same[g].n < 2 || same[g].at.end == 0)
            continue;
        if (same[g].n > SHOWN_MAX)
            same[g].list = arena_format(c->arena, "%.*s and %u others", WHOLE(same[g].list), (unsigned)(same[g].n - SHOWN_MAX));
        d = diag_report(c->diags, CODE_SAME_NAMES, same[g].at, "no clause tells the %.*ss %.*s apart", WHOLE(of->name),
                        WHOLE(same[g].list));
        diag_help(c->diags, d, "if the page does, a clause is missing, or names too many");
    }
}

/* ---- sentences ---------------------------------------------------------------------------------------------------------- */

/* Clauses that cite the same, say the same, and mean the same by their words. */
static void
check_repeated(struct compile *c)
{
    struct symbols *seen = symbols_new(c->arena, c->settings->hash_seed);

    for (uint32_t i = 0; i < c->policy->clauses.n; i++) {
        const struct clause *clause = &c->policy->clauses.items[i];
        struct str key;
        uint32_t other;
        struct diag *d;

        if (clause->cites.n == 0 && clause->kind != RCK_CLAUSE_NOTE)
            continue;
        key = arena_format(c->arena, "%.*s%c%.*s%c%.*s", WHOLE(policy_text(c->policy, clause->text)), 0, WHOLE(policy_text(c->policy, clause->cites)), 0,
                           WHOLE(policy_text(c->policy, clause->says)));
        other = symbols_add(seen, key, i);
        if (other == i)
            continue;
        d = diag_report(c->diags, CODE_REPEATED, c->stated.items[i].label, "clause '%.*s' says what '%.*s' says, of the same sentence",
                        QUOTE(policy_text(c->policy, clause->label)), QUOTE(policy_text(c->policy, c->policy->clauses.items[other].label)));
        diag_second(c->diags, d, c->stated.items[other].label, "said here");
        diag_help(c->diags, d, "remove one of the two, or correct the one that was meant to say something else");
        c->stated.items[i].repeats = 1;
    }
}

void
pass_unused(struct compile *c)
{
    if (c->settings->declared)
        return;
    if (code_wanted(c->settings, CODE_UNUSED))
        check_unused(c);
    if (code_wanted(c->settings, CODE_UNUSED_NAME))
        check_unused_names(c);
    if (code_wanted(c->settings, CODE_SAME_NAMES)) {
        check_same_names(c, SLOT_SUBJECT);
        check_same_names(c, SLOT_ROLE);
    }
    if (code_wanted(c->settings, CODE_REPEATED))
        check_repeated(c);
}
