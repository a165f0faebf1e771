/* SPDX-License-Identifier: MIT
 *
 * The vocabulary: dimensions, named sets, attributes, counters; and the parameters.  After this pass every name has a meaning.
 */
#include <config.h>

#include "compile.h"

#include "../engine/json.h"
#include "../engine/number.h"
#include "../engine/times.h"

static const char *const dimension_words[N_DIMENSIONS] = { "subject", "role", "action", "resource" };

/* ---- looking up --------------------------------------------------------------------------------------------------------- */

static struct str
slot_word(const struct compile *c, uint32_t slot)
{
    return c->policy->slots.items[slot].name;
}

/* The first eight bytes of S, in a word. */
static inline uint64_t
head_of(struct str s)
{
    uint64_t head;

    if (s.n < sizeof head)
        return short_word(s.p, s.n);
    memcpy(&head, s.p, sizeof head);
    return head;
}

static inline bool
is_word(const struct word *word, struct str name, uint64_t head)
{
    return word->head == head && word->text.n == name.n && (name.n <= sizeof head || memcmp(word->text.p, name.p, name.n) == 0);
}

/* What is known of NAME; good until the next call. */
static struct word *
word_of(struct compile *c, struct str name)
{
    uint64_t hash, head = head_of(name);
    uint32_t at, idx;
    struct word *word;

    if (c->known.n != 0 && is_word(&c->known.items[c->last_known], name, head))
        return &c->known.items[c->last_known];
    hash = hash_bytes(c->settings->hash_seed, name.p, name.n);
    at = index_begin(hash);
    while ((idx = index_next(&c->word_idx, hash, &at)) != INDEX_NONE)
        if (is_word(&c->known.items[idx], name, head)) { /* by chance: two words of one hash */
            c->last_known = idx;
            return &c->known.items[idx];
        }
    c->last_known = c->known.n;
    index_add(&c->word_idx, hash, c->known.n);
    word = vec_push(c->arena, &c->known);
    word->text = arena_copy(c->arena, name);
    word->head = head;
    word->slot = symbols_find(c->slots, name);
    word->param = symbols_find(c->params, name);
    return word;
}

uint32_t
names_slot(struct compile *c, struct str name)
{
    return word_of(c, name)->slot;
}

uint32_t
names_param(struct compile *c, struct str name)
{
    uint32_t idx = word_of(c, name)->param;

    if (idx != SYMBOL_NONE)
        c->param_infos.items[idx].used = true;
    return idx;
}

static set_id
find_in_slot(struct compile *c, uint32_t slot, struct str name)
{
    uint32_t idx = slot < N_DIMENSIONS ? symbols_find(c->sets[slot], name) : SYMBOL_NONE;

    if (idx == SYMBOL_NONE)
        return policy_covered(c->policy, slot, name);
    c->set_infos.items[idx].used = true;
    return c->set_infos.items[idx].set;
}

set_id
names_find(struct compile *c, uint32_t slot, struct str name)
{
    struct word *word;

    if (!c->settled)
        return find_in_slot(c, slot, name);
    word = word_of(c, name);
    if (word->in != slot + 1) {
        word->set = find_in_slot(c, slot, name);
        word->in = slot + 1;
        word->atom = NONE;
    }
    return word->set;
}

guard_id
names_guard(struct compile *c, uint32_t slot, const struct ast_name *name, struct span at)
{
    set_id set = names_resolve(c, slot, name);
    struct atom atom = { .kind = ATOM_IN, .slot = slot + 1, .set = set };
    struct word *word = word_of(c, name->text);

    if (set == SET_EMPTY)
        return NONE;
    if (word->atom == NONE)
        word->atom = atom_keep(&c->policy->guards, &atom) + 1;
    return compile_guard(c, guard_of_atom(&c->policy->guards, word->atom - 1), at);
}

void
names_suggest(struct compile *c, uint32_t slot, struct suggestion *s)
{
    const struct slot *of = &c->policy->slots.items[slot];

    for (uint32_t i = 0; i < of->n_names; i++)
        if (c->policy->names.items[of->first_name + i].declared != NAME_HIDDEN)
            suggest_try(s, c->policy->names.items[of->first_name + i].text);
    for (uint32_t i = 0; i < c->set_infos.n; i++)
        if (c->set_infos.items[i].slot == slot)
            suggest_try(s, c->set_infos.items[i].decl->set->text);
}

void
names_report_unknown(struct compile *c, uint32_t slot, const struct ast_name *name)
{
    struct suggestion suggestion;
    struct diag *d;

    if (front_has_lost(c->front, name->text))
        return;
    d = diag_report(c->diags, CODE_UNKNOWN_NAME, name->at,
                    slot < N_DIMENSIONS ? "unknown %.*s '%.*s'" : "'%.*s' has no value '%.*s'", WHOLE(slot_word(c, slot)),
                    QUOTE(name->text));

    diag_label(c->diags, d,
               slot == SLOT_ACTION   ? "not an %.*s of this vocabulary"
               : slot < N_DIMENSIONS ? "not a %.*s of this vocabulary"
                                     : "not a value of '%.*s'",
               WHOLE(slot_word(c, slot)));
    suggest_begin(&suggestion, name->text);
    names_suggest(c, slot, &suggestion);
    if (suggest_found(&suggestion).n != 0)
        diag_help(c->diags, d, "did you mean '%.*s'?", WHOLE(suggest_found(&suggestion)));
    else if (slot < N_DIMENSIONS)
        diag_help(c->diags, d, "declare it in the vocabulary: '%.*s %.*s;'", WHOLE(slot_word(c, slot)), QUOTE(name->text));
    else if (c->policy->slots.items[slot].open)
        diag_help(c->diags, d, "a clause can say declared names only, also where a list is open: declare it");
    else
        diag_help(c->diags, d, "write one of its values, or declare this one, too");
}

set_id
names_resolve(struct compile *c, uint32_t slot, const struct ast_name *name)
{
    set_id set = names_find(c, slot, name->text);

    if (set == SET_EMPTY && !(slot < N_DIMENSIONS && symbols_find(c->sets[slot], name->text) != SYMBOL_NONE))
        names_report_unknown(c, slot, name);
    return set;
}

static void
gather_ranges(struct compile *c, struct gathered *gathered, set_id set)
{
    uint32_t n;

    (void)set_ranges(&c->policy->sets, set, &n);
    for (uint32_t i = 0; i < n; i++)
        *vec_push(c->scratch, &gathered->ranges) = set_ranges(&c->policy->sets, set, &n)[i];
}

void
names_gather(struct compile *c, struct gathered *gathered, set_id set)
{
    if (set == SET_EMPTY)
        return;
    if (gathered->n == 0)
        gathered->first = set;
    else if (gathered->n == 1)
        gather_ranges(c, gathered, gathered->first);
    if (gathered->n != 0)
        gather_ranges(c, gathered, set);
    gathered->n++;
}

set_id
names_gathered(struct compile *c, struct gathered *gathered)
{
    return gathered->n == 0   ? SET_EMPTY
           : gathered->n == 1 ? gathered->first
                              : set_make(&c->policy->sets, gathered->ranges.items, gathered->ranges.n);
}

set_id
names_resolve_all(struct compile *c, uint32_t slot, const struct ast_names *names)
{
    struct gathered all = { 0 };

    for (const struct ast_name *name = names->first; name != NULL; name = name->next)
        names_gather(c, &all, names_resolve(c, slot, name));
    return names_gathered(c, &all);
}

set_id
names_exact(struct compile *c, uint32_t slot, set_id set)
{
    set_id *declared = &c->slot_infos.items[slot].declared;

    if (!c->policy->slots.items[slot].open)
        return set;
    if (*declared == SET_ALL)
        *declared = policy_declared(c->policy, slot);
    return set_and(&c->policy->sets, set, *declared);
}

bool
names_check_member(struct compile *c, const struct ast_name *name)
{
    struct diag *d;

    if (!name->is_text || (name->text.n != 0 && memchr(name->text.p, '.', name->text.n) == NULL))
        return true;
    d = diag_report(c->diags, CODE_BAD_NAME, name->at,
                    name->text.n == 0 ? "a part of a name is empty" : "a quoted part of a name holds a dot");
    diag_help(c->diags, d, "quote the parts one by one and join them with dots");
    return false;
}

bool
names_is_tree(struct compile *c, uint32_t slot, struct str name)
{
    uint32_t idx = symbols_find(c->sets[slot], name);
    set_id set;

    if (idx != SYMBOL_NONE)
        return c->set_infos.items[idx].has_tree;
    set = names_exact(c, slot, policy_covered(c->policy, slot, name));
    return set != SET_EMPTY && (set_count(&c->policy->sets, set) > 1 || policy_find_name(c->policy, slot, name) == SYMBOL_NONE);
}

/* ---- dimensions --------------------------------------------------------------------------------------------------------- */

struct text_list {
    VEC(struct str) texts;
};

/* Counts one more declared name, of whatever kind, at AT; too many are reported once. */
static void
count_name(struct compile *c, struct span at)
{
    if (c->n_names++ == c->settings->limits[LIMIT_NAMES])
        diag_limit(c->diags, LIMIT_NAMES, at, "the vocabulary");
}

/* Collects the names of one dimension from all its declarations. */
static void
add_dimension(struct compile *c, uint32_t dimension)
{
    struct text_list list = { 0 };
    struct symbols *seen = symbols_new(&c->question, c->settings->hash_seed);
    struct slot slot = { .name = str_of(dimension_words[dimension]),
                         .type = dimension == SLOT_ROLE ? RCK_TYPE_SET : RCK_TYPE_NAME,
                         .min = INT64_MIN,
                         .max = INT64_MAX };
    VEC(struct span) places = { 0 };
    const struct ast_decl *first = NULL;

    for (const struct ast_decl *decl = c->front->ast->decls; decl != NULL; decl = decl->next) {
        if (decl->kind != AST_DECL_DIMENSION || (uint32_t)decl->dimension != dimension)
            continue;
        first = first != NULL ? first : decl;
        if (decl->open != first->open) {
            struct diag *d = diag_report(c->diags, CODE_OPEN_MIXED, decl->at, "%s is %s here", dimension_words[dimension],
                                         decl->open ? "open" : "closed");

            diag_second(c->diags, d, first->at, "%s here", first->open ? "open" : "closed");
            diag_help(c->diags, d, "write 'open' before all declarations of the dimension, or before none");
        }
        slot.open = slot.open || decl->open;
        for (const struct ast_name *name = decl->names.first; name != NULL; name = name->next) {
            uint32_t idx = symbols_add(seen, name->text, list.texts.n);

            if (idx < list.texts.n) {
                struct diag *d;

                if (include_repeats(c, dimension_words[dimension], name->text, (struct declared){ .name = places.items[idx] },
                                    (struct declared){ .name = name->at }))
                    continue;
                d = diag_report(c->diags, CODE_DUPLICATE_NAME, name->at, "%s '%.*s' is declared twice",
                                dimension_words[dimension], QUOTE(name->text));
                diag_second(c->diags, d, places.items[idx], "first declared here");
                continue;
            }
            count_name(c, name->at);
            *vec_push(&c->question, &list.texts) = name->text;
            *vec_push(&c->question, &places) = name->at;
        }
    }
    if (list.texts.n == 0 && dimension != SLOT_ROLE && c->parsed
        && (c->front->ast->decls != NULL || c->front->n_clauses != 0)) {
        struct diag *d = diag_report(c->diags, CODE_NO_NAMES, (struct span){ 0, 0 }, "the vocabulary declares no %s",
                                     dimension_words[dimension]);
        diag_help(c->diags, d, "add '%s NAME, NAME;' to the vocabulary", dimension_words[dimension]);
    }
    symbols_add(c->slots, slot.name, policy_add_slot(c->policy, &slot, list.texts.items, list.texts.n));
    vec_push(c->arena, &c->slot_infos);
    arena_free(&c->question);
}

/* A name is a subject or a role, not both: WHO could not tell. */
static void
check_subjects_and_roles(struct compile *c)
{
    for (const struct ast_decl *decl = c->front->ast->decls; decl != NULL; decl = decl->next) {
        if (decl->kind != AST_DECL_DIMENSION || decl->dimension != AST_ROLE)
            continue;
        for (const struct ast_name *name = decl->names.first; name != NULL; name = name->next)
            if (policy_find_name(c->policy, SLOT_SUBJECT, name->text) != SYMBOL_NONE) {
                struct diag *d =
                    diag_report(c->diags, CODE_AMBIGUOUS, name->at, "'%.*s' is both a subject and a role", QUOTE(name->text));
                diag_help(c->diags, d, "give one of the two another name: WHO of a clause could not tell which is meant");
            }
    }
}

/* The declaration DECL of the name at AT. */
static struct declared
declared_by(const struct ast_decl *decl, struct span at)
{
    const struct ast_name *last = decl->kind == AST_DECL_NAMED_SET ? decl->set : decl->names.last;

    return (struct declared){ at, { last->at.end, decl->at.end } };
}

/* ---- named sets --------------------------------------------------------------------------------------------------------- */

static void
declare_sets(struct compile *c)
{
    for (const struct ast_decl *decl = c->front->ast->decls; decl != NULL; decl = decl->next) {
        uint32_t slot = (uint32_t)decl->dimension, idx;

        if (decl->kind != AST_DECL_NAMED_SET)
            continue;
        if (policy_covered(c->policy, slot, decl->set->text) != SET_EMPTY) {
            struct diag *d =
                diag_report(c->diags, CODE_DUPLICATE_NAME, decl->set->at,
                            "'%.*s' is already a name of this dimension, or stands before one", QUOTE(decl->set->text));
            diag_help(c->diags, d, "give the set a name of its own");
            continue;
        }
        idx = symbols_add(c->sets[slot], decl->set->text, c->set_infos.n);
        if (idx < c->set_infos.n) {
            const struct ast_decl *first = c->set_infos.items[idx].decl;
            struct diag *d;

            if (include_repeats(c, "set", decl->set->text, declared_by(first, first->set->at),
                                declared_by(decl, decl->set->at)))
                continue;
            d = diag_report(c->diags, CODE_DUPLICATE_NAME, decl->set->at, "set '%.*s' is declared twice",
                            QUOTE(decl->set->text));
            diag_second(c->diags, d, first->set->at, "first declared here");
            continue;
        }
        *vec_push(c->arena, &c->set_infos) = (struct set_info){ .decl = decl, .slot = slot, .set = SET_EMPTY };
        *vec_push(&c->policy->arena, &c->policy->named_sets) = (struct named_set){
            arena_copy(&c->policy->arena, decl->set->text), slot,
            compile_text(c, (struct span){ decl->names.first->at.begin, decl->names.last->at.end })
        };
    }
}

/* The sets in an order in which members come first; depth first with a list of its own, so that no chain is too long. */
static void
resolve_sets(struct compile *c)
{
    VEC(uint32_t) stack = { 0 };

    for (uint32_t i = 0; i < c->set_infos.n; i++) {
        *vec_push(c->arena, &stack) = i;
        while (stack.n != 0) {
            struct set_info *info = &c->set_infos.items[stack.items[stack.n - 1]];
            struct gathered members = { 0 };
            bool waiting = false;

            if (info->resolved) {
                stack.n--;
                continue;
            }
            if (!info->resolving)
                info->waits = info->decl->names.first;
            info->resolving = true;
            for (const struct ast_name *name; (name = info->waits) != NULL && !waiting; info->waits = name->next) {
                uint32_t member = symbols_find(c->sets[info->slot], name->text);

                if (member == SYMBOL_NONE || c->set_infos.items[member].resolved)
                    continue;
                if (c->set_infos.items[member].resolving) {
                    struct diag *d =
                        diag_report(c->diags, CODE_CYCLE, name->at, "set '%.*s' contains itself", QUOTE(name->text));
                    diag_second(c->diags, d, c->set_infos.items[member].decl->set->at, "declared here");
                    diag_help(c->diags, d, "remove one of the members");
                    continue;
                }
                *vec_push(c->arena, &stack) = member;
                waiting = true;
            }
            if (waiting)
                continue;
            for (const struct ast_name *name = info->decl->names.first; name != NULL; name = name->next) {
                /* A set that is part of a cycle, which was reported, is empty as yet. */
                info->has_tree = info->has_tree || names_is_tree(c, info->slot, name->text);
                names_gather(c, &members, names_resolve(c, info->slot, name));
            }
            info->set = names_gathered(c, &members);
            info->resolved = true;
            stack.n--;
        }
    }
}

/* ---- attributes --------------------------------------------------------------------------------------------------------- */

/* The names of an enumeration, each once, in c->question. */
static struct text_list
enum_names(struct compile *c, const struct ast_names *names)
{
    struct text_list list = { 0 };
    struct symbols *seen = symbols_new(&c->question, c->settings->hash_seed);

    for (const struct ast_name *name = names->first; name != NULL; name = name->next) {
        if (symbols_add(seen, name->text, list.texts.n) < list.texts.n) {
            diag_report(c->diags, CODE_DUPLICATE_NAME, name->at, "'%.*s' stands twice in the list", QUOTE(name->text));
            continue;
        }
        count_name(c, name->at);
        *vec_push(&c->question, &list.texts) = name->text;
    }
    return list;
}

static const char decimal_range[] = "decimals reach from -9223372036854.775808 to 9223372036854.775807";

/* One end of a range, as TYPE holds its numbers. */
static bool
range_end(struct compile *c, const struct ast_type *type, const struct ast_value *end, int64_t *out)
{
    struct scale scale = scale_of_type(type);
    struct quantity q;
    struct diag *d;

    if (end == NULL)
        return true;
    if (NEVER(!quantity_read(c, end, &q))) /* only units make numbers too large */
        return false;
    if (quantity_hold(q, &scale, out))
        return true;
    d = diag_report(c->diags, CODE_BAD_RANGE, end->at, "'%.*s' cannot be the end of this range", QUOTE(front_text(c->front, end->at)));
    diag_help(c->diags, d, "%s", type->kind == AST_TYPE_INT ? "write a whole number, or declare a decimal" : decimal_range);
    return false;
}

/* The range and the unit of TYPE; *MIN and *MAX stay as they are where there is no bound. */
static bool
check_range(struct compile *c, const struct ast_type *type, int64_t *min, int64_t *max)
{
    struct diag *d;

    if (type->unit != NULL && type->kind != AST_TYPE_INT && type->kind != AST_TYPE_DECIMAL) {
        d = diag_report(c->diags, CODE_UNIT_MISMATCH, type->unit->at, "only an int or a decimal has a unit");
        diag_help(c->diags, d, "leave the unit out");
        return false;
    }
    if (!range_end(c, type, type->min, min) || !range_end(c, type, type->max, max))
        return false;
    if (*min > *max) {
        d = diag_report(c->diags, CODE_BAD_RANGE, type->at, "the range is empty: %.*s is more than %.*s",
                        QUOTE(front_text(c->front, type->min->at)), QUOTE(front_text(c->front, type->max->at)));
        diag_help(c->diags, d, "write the smaller number first");
        return false;
    }
    return true;
}

/* Declares one slot; NULL for DECL's type means a counter. */
static void
add_attribute(struct compile *c, const struct ast_decl *decl, const struct ast_name *name)
{
    static const struct str bools[] = { { "false", 5 }, { "true", 4 } };
    const struct ast_type *type = decl->type;
    struct slot slot = {
        .name = name->text, .type = RCK_TYPE_INT, .min = INT64_MIN, .max = INT64_MAX, .optional = decl->optional
    };
    struct text_list names = { 0 };
    uint32_t idx = symbols_add(c->slots, name->text, c->policy->slots.n);

    if (str_equal(name->text, STR("now"))) {
        struct diag *d = diag_report(c->diags, CODE_DUPLICATE_NAME, name->at, "'now' is the time, and no request can say it");

        diag_help(c->diags, d, "give the attribute another name");
    }
    if (idx < c->policy->slots.n) {
        struct diag *d;

        if (idx >= N_DIMENSIONS
            && include_repeats(c, decl->kind == AST_DECL_COUNTER ? "counter" : "attribute", name->text,
                               declared_by(c->slot_infos.items[idx].decl, c->slot_infos.items[idx].at),
                               declared_by(decl, name->at)))
            return;
        d = diag_report(c->diags, CODE_DUPLICATE_NAME, name->at, "attribute '%.*s' is declared twice", QUOTE(name->text));

        if (idx >= N_DIMENSIONS)
            diag_second(c->diags, d, c->slot_infos.items[idx].at, "first declared here");
        else
            diag_help(c->diags, d, "'%.*s' is a dimension of every request: give the attribute another name",
                      QUOTE(name->text));
        return;
    }
    count_name(c, name->at);
    c->has_optional = c->has_optional || decl->optional;
    if (decl->kind == AST_DECL_COUNTER) {
        slot.counter = true;
        slot.min = 0;
        slot.window = decl->window != NULL ? decl->window->text : STR("");
        slot.text = compile_text_before(c, (struct span){ decl->window != NULL ? decl->window->at.end : name->at.end, decl->at.end });
        /* Behind the ':'. */
        while (slot.text.p[0] == ':' || slot.text.p[0] == ' ')
            slot.text.p++, slot.text.n--;
    } else {
        check_range(c, type, &slot.min, &slot.max);
        slot.unit = type->unit != NULL ? type->unit->text : STR("");
        slot.open = type->open;
        switch (type->kind) {
        case AST_TYPE_INT:
            break;
        case AST_TYPE_DECIMAL:
            slot.type = RCK_TYPE_DECIMAL;
            break;
        case AST_TYPE_STRING:
            slot.type = RCK_TYPE_STRING;
            break;
        case AST_TYPE_TIME:
            slot.type = RCK_TYPE_TIME;
            break;
        case AST_TYPE_BOOL:
            slot.type = RCK_TYPE_BOOL;
            break;
        case AST_TYPE_ENUM:
        case AST_TYPE_SET:
            slot.type = type->kind == AST_TYPE_SET ? RCK_TYPE_SET : RCK_TYPE_NAME;
            names = enum_names(c, &type->names);
            break;
        }
    }
    if (slot.type == RCK_TYPE_BOOL)
        policy_add_slot(c->policy, &slot, bools, 2);
    else
        policy_add_slot(c->policy, &slot, names.texts.items, names.texts.n);
    arena_free(&c->question);
    *vec_push(c->arena, &c->slot_infos) =
        (struct slot_info){ .decl = decl, .at = name->at, .unit = type != NULL ? type->unit : NULL };
}

/* The time of the decision is a slot that no request can name, behind all others. */
void
names_add_now(struct compile *c)
{
    struct slot slot = { .name = STR("now"), .type = RCK_TYPE_TIME, .min = INT64_MIN, .max = INT64_MAX };

    if (!c->front->asks_now || c->policy->now != RCK_NONE)
        return;
    c->policy->now = policy_add_slot(c->policy, &slot, NULL, 0);
    vec_push(c->arena, &c->slot_infos);
}

/* A counter is in the unit of what raises it; clauses.c checks that there is one answer. */
static void
find_counter_units(struct compile *c)
{
    for (uint32_t s = N_DIMENSIONS; s < c->policy->slots.n; s++) {
        struct slot_info *info = &c->slot_infos.items[s];

        if (!c->policy->slots.items[s].counter)
            continue;
        for (const struct ast_step *step = info->decl->steps; step != NULL; step = step->next) {
            uint32_t by = step->by != NULL ? symbols_find(c->slots, step->by->text) : SYMBOL_NONE;

            if (by != SYMBOL_NONE && !c->policy->slots.items[by].counter && c->slot_infos.items[by].unit != NULL) {
                info->unit = c->slot_infos.items[by].unit;
                c->policy->slots.items[s].unit = c->policy->slots.items[by].unit;
            }
        }
    }
}

/* No attribute is a prefix of another: a request could not say both. */
static void
check_prefixes(struct compile *c)
{
    for (uint32_t s = N_DIMENSIONS; s < c->policy->slots.n; s++) {
        struct str name = c->policy->slots.items[s].name;

        for (size_t i = 0; i < name.n; i++) {
            uint32_t above = name.p[i] == '.' ? symbols_find(c->slots, (struct str){ name.p, i }) : SYMBOL_NONE;

            if (above == SYMBOL_NONE || above < N_DIMENSIONS)
                continue;

            struct diag *d =
                diag_report(c->diags, CODE_PREFIX, c->slot_infos.items[s].at, "'%.*s' lies below the attribute '%.*s'",
                            QUOTE(name), QUOTE(c->policy->slots.items[above].name));
            diag_second(c->diags, d, c->slot_infos.items[above].at, "which has a value of its own");
            diag_help(c->diags, d, "rename one of them: a request could not give both");
        }
    }
}

void
pass_names(struct compile *c)
{
    for (uint32_t d = 0; d < N_DIMENSIONS; d++) {
        c->sets[d] = symbols_new(c->arena, c->settings->hash_seed);
        add_dimension(c, d);
    }
    check_subjects_and_roles(c);
    declare_sets(c);
    resolve_sets(c);
    for (const struct ast_decl *decl = c->front->ast->decls; decl != NULL; decl = decl->next)
        if (decl->kind == AST_DECL_ATTRIBUTE || decl->kind == AST_DECL_COUNTER)
            for (const struct ast_name *name = decl->names.first; name != NULL; name = name->next)
                add_attribute(c, decl, name);
    names_add_now(c);
    find_counter_units(c);
    check_prefixes(c);
}

/* ---- parameters --------------------------------------------------------------------------------------------------------- */

static bool
type_has_name(const struct ast_type *type, struct str text)
{
    if (type->kind == AST_TYPE_BOOL)
        return str_equal(text, STR("true")) || str_equal(text, STR("false"));
    for (const struct ast_name *name = type->names.first; name != NULL; name = name->next)
        if (str_equal(name->text, text))
            return true;
    return false;
}

static bool
param_is_number(const struct ast_type *type)
{
    return type->kind == AST_TYPE_INT || type->kind == AST_TYPE_DECIMAL || type->kind == AST_TYPE_TIME;
}

/* A number as its type writes it. */
static struct str
number_text(struct arena *arena, enum ast_type_kind kind, int64_t number)
{
    char buffer[32];
    size_t n = kind == AST_TYPE_DECIMAL ? number_write_decimal(buffer, number)
               : kind == AST_TYPE_TIME  ? time_write(buffer, number)
                                        : number_write_int(buffer, number);

    return arena_copy(arena, (struct str){ buffer, n });
}

static const char *
type_article(enum ast_type_kind kind)
{
    switch (kind) {
    case AST_TYPE_INT:
        return "a whole number";
    case AST_TYPE_DECIMAL:
        return "a number with at most six places";
    case AST_TYPE_TIME:
        return "a date or a time with its offset";
    case AST_TYPE_STRING:
        return "a text in quotes";
    case AST_TYPE_BOOL:
    case AST_TYPE_ENUM:
    case AST_TYPE_SET: /* unreached: no param is a set */
        break;
    }
    return "a name";
}

void
param_set_number(struct compile *c, struct param_info *info, int64_t number, struct span at)
{
    const struct ast_type *type = info->decl->type;
    int64_t min = INT64_MIN, max = INT64_MAX;

    if (!check_range(c, type, &min, &max)) {
        info->failed = true;
    } else if (number < min || number > max) {
        info->failed = true;
        diag_report(c->diags, CODE_BAD_PARAM, at, "param '%.*s' is set to %.*s, outside %.*s..%.*s", QUOTE(info->decl->name->text),
                    WHOLE(number_text(c->arena, type->kind, number)),
                    WHOLE(type->min != NULL ? number_text(c->arena, type->kind, min) : STR("")),
                    WHOLE(type->max != NULL ? number_text(c->arena, type->kind, max) : STR("")));
    }
    info->number = number;
}

/* Gives INFO a name or text, written in the policy at AT, or by the deployment (AT is {0, 0}). */
static void
set_word(struct compile *c, struct param_info *info, struct str text, struct span at)
{
    if (info->decl->type->kind != AST_TYPE_STRING && !type_has_name(info->decl->type, text)) {
        info->failed = true;
        diag_report(c->diags, CODE_BAD_PARAM, at, "the value '%.*s'%s is none of param '%.*s'", QUOTE(text),
                    at.end != 0 ? "" : " that the deployment sets", QUOTE(info->decl->name->text));
    }
    info->text = text;
}

/* The value that the policy declares. */
static void
set_declared(struct compile *c, struct param_info *info)
{
    const struct ast_param *decl = info->decl;
    const struct ast_value *value = decl->value;
    struct scale scale = scale_of_type(decl->type);
    bool is_number = value->kind == AST_INT || value->kind == AST_DECIMAL || value->kind == AST_TIME;
    bool is_word = value->kind == AST_TEXT || (value->kind == AST_NAME && decl->type->kind != AST_TYPE_STRING);
    struct quantity q;
    int64_t number = 0, min = 0, max = 0;

    if (info->is_number ? !is_number : !is_word) {
        diag_report(c->diags, CODE_BAD_PARAM, value->at, "param '%.*s' takes %s", QUOTE(decl->name->text),
                    type_article(decl->type->kind));
        info->failed = true;
    } else if (!info->is_number) {
        info->failed = !check_range(c, decl->type, &min, &max); /* of its unit: it has no range */
        set_word(c, info, value->text, value->at);
    } else if (!quantity_read(c, value, &q)) {
        info->failed = true;
    } else if (!quantity_hold(q, &scale, &number)) {
        struct diag *d =
            diag_report(c->diags, CODE_BAD_PARAM, value->at, "param '%.*s' takes %s%s%.*s", QUOTE(decl->name->text),
                        type_article(decl->type->kind), decl->type->unit != NULL ? " in " : "",
                        WHOLE(decl->type->unit != NULL ? decl->type->unit->text : STR("")));
        /* The range, where that is what is wrong. */
        if (scale.measure != MEASURE_TIME && (q.plain || q.measure == scale.measure)
            && q.micros % (!q.plain ? scale_step(&scale) : scale.decimal ? 1 : MICROS) == 0)
            diag_help(c->diags, d, "%s", scale.decimal ? decimal_range : "write a whole number from -9223372036854775808 to 9223372036854775807");
        info->failed = true;
    } else {
        param_set_number(c, info, number, value->at);
    }
}

/* A value that the deployment sets. */
static void
set_from_outside(struct compile *c, struct param_info *info, struct str text)
{
    const struct ast_type *type = info->decl->type;
    int64_t number = 0;
    bool fine = true;
    struct diag *d;

    if (!info->is_number && utf8_check(text) == text.n) {
        set_word(c, info, text, (struct span){ 0, 0 });
        return;
    }
    if (!info->is_number) {
        info->failed = true;
        d = diag_report(c->diags, CODE_BAD_PARAM, (struct span){ 0, 0 }, "the value of param '%.*s' that the deployment sets is not UTF-8",
                        QUOTE(info->decl->name->text));
        diag_help(c->diags, d, "give it in UTF-8: no request has another text");
        return;
    }
    if (type->kind == AST_TYPE_TIME)
        fine = time_read(text, &number) == TIME_FINE || time_read_date(text, &number) == TIME_FINE;
    else
        fine = (type->kind == AST_TYPE_INT ? number_read_int(text, &number) : number_read_decimal(text, &number)) == NUMBER_FINE;
    if (!fine) {
        info->failed = true;
        d = diag_report(c->diags, CODE_BAD_PARAM, (struct span){ 0, 0 }, "param '%.*s' takes %s, not '%.*s' that the deployment sets",
                        QUOTE(info->decl->name->text), type_article(type->kind), QUOTE(text));
        if (type->unit != NULL)
            diag_help(c->diags, d, "give the number alone: it is in %.*s", WHOLE(type->unit->text));
        else if (type->kind == AST_TYPE_TIME)
            diag_help(c->diags, d, "write a date, 2026-03-25, or a time with its offset, 2026-03-25T12:00:00Z");
        return;
    }
    param_set_number(c, info, number, (struct span){ 0, 0 });
}

static struct str
param_value_text(struct compile *c, const struct param_info *info)
{
    return info->is_number ? number_text(&c->policy->arena, info->decl->type->kind, info->number)
                           : arena_copy(&c->policy->arena, info->text);
}

/* The names of the params that the policy has, at most ten of them. */
static struct str
list_params(struct compile *c)
{
    enum { LISTED_MAX = 10 };
    uint32_t n = c->param_infos.n < LISTED_MAX ? c->param_infos.n : LISTED_MAX;
    struct str list = STR("");

    for (uint32_t p = 0; p < n; p++)
        list = arena_format(c->arena, "%.*s%s'%.*s'", WHOLE(list), p == 0 ? "" : p == c->param_infos.n - 1 ? " and " : ", ",
                            QUOTE(c->param_infos.items[p].decl->name->text));
    return n < c->param_infos.n ? arena_format(c->arena, "%.*s and others", WHOLE(list)) : list;
}

void
pass_params(struct compile *c)
{
    for (const struct ast_param *decl = c->front->ast->params; decl != NULL; decl = decl->next) {
        struct param_info info = { .decl = decl, .is_number = param_is_number(decl->type) };
        uint32_t idx = symbols_add(c->params, decl->name->text, c->param_infos.n);
        struct param *made;

        count_name(c, decl->name->at);
        if (idx < c->param_infos.n || symbols_find(c->slots, decl->name->text) != SYMBOL_NONE) {
            bool twice = idx < c->param_infos.n;
            const struct ast_param *first = twice ? c->param_infos.items[idx].decl : NULL;
            struct diag *d;

            if (twice
                && include_repeats(c, "param", decl->name->text,
                                   (struct declared){ first->name->at, { first->name->at.end, first->at.end } },
                                   (struct declared){ decl->name->at, { decl->name->at.end, decl->at.end } }))
                continue;
            d = diag_report(c->diags, CODE_DUPLICATE_NAME, decl->name->at,
                                         twice ? "param '%.*s' is declared twice" : "'%.*s' is an attribute already",
                                         QUOTE(decl->name->text));
            if (twice) {
                diag_second(c->diags, d, first->name->at, "first declared here");
                continue;
            }
        }
        if (decl->type->kind == AST_TYPE_SET) {
            diag_report(c->diags, CODE_BAD_PARAM, decl->type->at, "a param is one value and no set");
            info.failed = true;
        } else {
            set_declared(c, &info);
        }
        made = vec_push(&c->policy->arena, &c->policy->params);
        made->name = arena_copy(&c->policy->arena, decl->name->text);
        made->type = compile_text(c, decl->type->at);
        made->declared = made->value = info.failed ? STR("") : param_value_text(c, &info);
        *vec_push(c->arena, &c->param_infos) = info;
    }
    for (uint32_t i = 0; i < c->settings->params.n; i++) {
        const struct setting *setting = &c->settings->params.items[i];
        uint32_t idx = symbols_find(c->params, setting->name);

        if (idx == SYMBOL_NONE) {
            struct suggestion suggestion;
            struct diag *d = diag_report(c->diags, CODE_BAD_PARAM, (struct span){ 0, 0 }, "the policy has no param '%.*s'",
                                         QUOTE(setting->name));

            suggest_begin(&suggestion, setting->name);
            for (uint32_t p = 0; p < c->param_infos.n; p++)
                suggest_try(&suggestion, c->param_infos.items[p].decl->name->text);
            if (suggest_found(&suggestion).n != 0)
                diag_help(c->diags, d, "did you mean '%.*s'?", WHOLE(suggest_found(&suggestion)));
            else if (c->param_infos.n != 0)
                diag_help(c->diags, d, "it has %.*s", WHOLE(list_params(c)));
            else
                diag_help(c->diags, d, "declare it: 'param %.*s : int = 0;'", QUOTE(setting->name));
            continue;
        }
        set_from_outside(c, &c->param_infos.items[idx], setting->value);
        if (!c->param_infos.items[idx].failed) {
            c->policy->params.items[idx].value = param_value_text(c, &c->param_infos.items[idx]);
            if (!str_equal(c->policy->params.items[idx].value, c->policy->params.items[idx].declared))
                c->policy->overridden = true;
        }
    }
}
