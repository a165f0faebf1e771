/* SPDX-License-Identifier: MIT
 *
 * Building and sealing a policy, its reference count, and what it tells about itself.
 */
#include <config.h>

#include "policy.h"

#include "saved.h"
#include "symbols.h"
#include "unite.h"

enum rck_status
policy_new(const struct rck_allocator *mem, const struct settings *settings, struct rck_policy **out)
{
    struct rck_policy *policy = mem_alloc(mem, sizeof *policy);

    if (policy == NULL)
        return RCK_E_NOMEM;
    memset(policy, 0, sizeof *policy);
    policy->mem = *mem;
    policy->references = 1;
    policy->now = RCK_NONE;
    arena_init(&policy->arena, mem, (size_t)settings->limits[LIMIT_COMPILE_BYTES]);
    *out = policy;
    return RCK_OK;
}

struct rck_policy *
rck_policy_ref(struct rck_policy *policy)
{
    __atomic_add_fetch(&policy->references, 1, __ATOMIC_RELAXED);
    return policy;
}

void
rck_policy_unref(struct rck_policy *policy)
{
    struct rck_allocator mem;

    if (policy == NULL || __atomic_sub_fetch(&policy->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    mem = policy->mem;
    saved_release(&policy->block, &mem);
    arena_free(&policy->arena);
    mem_free(&mem, policy);
}

/* Reads a byte so that '.' comes before all others: what lies below a name follows it directly. */
static unsigned
tree_order(char c)
{
    return c == '.' ? 0 : (unsigned)(unsigned char)c + 1;
}

int
tree_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;

    for (size_t i = 0; i < n; i++)
        if (a.p[i] != b.p[i])
            return tree_order(a.p[i]) < tree_order(b.p[i]) ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

static void
sort_names(struct name *names, uint32_t n, struct name *other)
{
    uint32_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    sort_names(names, half, other);
    sort_names(names + half, n - half, other);
    while (i < half || j < n)
        other[k++] = j == n || (i < half && tree_compare(names[i].text, names[j].text) <= 0) ? names[i++] : names[j++];
    memcpy(names, other, n * sizeof *names);
}

/* Adds the hidden names of an open slot whose declared ones are the last of policy->names, from FIRST on. */
static void
add_hidden_names(struct rck_policy *policy, uint32_t first)
{
    struct arena *arena = &policy->arena;
    struct symbols *seen = symbols_new(arena, 0);
    uint32_t n = policy->names.n;

    *vec_push(arena, &policy->names) = (struct name){ arena_copy(arena, (struct str){ "", 1 }), NAME_HIDDEN };
    for (uint32_t i = first; i < n; i++) {
        struct str text = policy->names.items[i].text;

        if (text.n > policy->longest_name)
            policy->longest_name = (uint32_t)text.n;
        for (size_t end = 1; end <= text.n; end++) {
            struct str prefix = { text.p, end };
            char *hidden;

            if ((end < text.n && text.p[end] != '.') || symbols_add(seen, prefix, i) != i)
                continue;
            hidden = arena_alloc(arena, end + 3);
            memcpy(hidden, text.p, end);
            hidden[end] = '.';
            *vec_push(arena, &policy->names) = (struct name){ { hidden, end + 2 }, NAME_HIDDEN };
        }
    }
}

uint32_t
policy_add_slot(struct rck_policy *policy, const struct slot *slot, const struct str texts[], uint32_t n_texts)
{
    struct arena *arena = &policy->arena;
    uint32_t idx = policy->slots.n;
    struct slot *made = vec_push(arena, &policy->slots);

    *made = *slot;
    made->name = arena_copy(arena, slot->name);
    made->text = slot->text.n != 0 ? arena_copy(arena, slot->text) : slot->text;
    made->unit = slot->unit.n != 0 ? arena_copy(arena, slot->unit) : slot->unit;
    made->window = slot->window.n != 0 ? arena_copy(arena, slot->window) : slot->window;
    made->first_name = policy->names.n;
    made->n_declared = n_texts;
    for (uint32_t i = 0; i < n_texts; i++)
        *vec_push(arena, &policy->names) = (struct name){ arena_copy(arena, texts[i]), i };
    if (made->open)
        add_hidden_names(policy, made->first_name);
    made->n_names = policy->names.n - made->first_name;
    made->first_value = policy->n_values;
    policy->n_values += slot_room(made);
    if (made->n_names > 1) {
        struct name *other = arena_array(arena, made->n_names, sizeof *other);

        sort_names(policy->names.items + made->first_name, made->n_names, other);
        (void)arena_trim(arena, other, made->n_names, 0, sizeof *other);
    }
    return idx;
}

set_id
policy_declared(struct rck_policy *policy, uint32_t slot)
{
    const struct slot *of = &policy->slots.items[slot];
    struct range *ranges = arena_array(&policy->arena, (size_t)of->n_names + 1, sizeof *ranges);
    uint32_t n = 0;

    for (uint32_t i = 0; i < of->n_names; i++)
        if (policy->names.items[of->first_name + i].declared != NAME_HIDDEN)
            ranges[n++] = (struct range){ i, i + 1 };
    return set_make(&policy->sets, ranges, n);
}

uint32_t
policy_add_text(struct rck_policy *policy, uint32_t slot, struct str text)
{
    struct slot *of = &policy->slots.items[slot];

    *vec_push(&policy->arena, &policy->texts) = (struct text_constant){ arena_copy(&policy->arena, text), slot, of->n_texts };
    return of->n_texts++;
}

/* Index of the first name of SLOT that does not come before TEXT. */
static uint32_t
lower_bound(const struct rck_policy *policy, uint32_t slot, struct str text)
{
    uint32_t first = policy->slots.items[slot].first_name;
    uint32_t lo = 0, hi = policy->slots.items[slot].n_names;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (tree_compare(policy->names.items[first + mid].text, text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t
policy_find_name(const struct rck_policy *policy, uint32_t slot, struct str text)
{
    const struct slot *of = &policy->slots.items[slot];
    uint32_t i = lower_bound(policy, slot, text);

    return i < of->n_names && str_equal(policy->names.items[of->first_name + i].text, text) ? i : SYMBOL_NONE;
}

set_id
policy_covered(struct rck_policy *policy, uint32_t slot, struct str name)
{
    const struct slot *of = &policy->slots.items[slot];
    uint32_t lo = lower_bound(policy, slot, name), hi = lo, end = of->n_names;

    /* What NAME covers stands together. */
    while (hi < end) {
        uint32_t mid = hi + (end - hi) / 2;

        if (str_covers(name, policy->names.items[of->first_name + mid].text))
            hi = mid + 1;
        else
            end = mid;
    }
    return set_range(&policy->sets, lo, hi);
}

struct text_slice
policy_make_text(struct rck_policy *policy, struct str text)
{
    struct arena *arena = &policy->arena;
    uint32_t at = policy->made.n;

    if (text.p == NULL)
        return (struct text_slice){ 0, 0 };
    if ((uint64_t)policy->n_kept + at + text.n + 1 >= UINT32_MAX) /* unreached: no policy text is that large */
        arena_full(arena);
    if (policy->made.room - at <= text.n) {
        size_t room = vec_more(at + text.n + 1, 1);

        room = room < UINT32_MAX ? room : UINT32_MAX; /* unreached: as above */
        policy->made.items = arena_grow(arena, policy->made.items, at, room, 1);
        policy->made.room = (uint32_t)room;
    }
    memcpy(policy->made.items + at, text.p, text.n);
    policy->made.items[at + text.n] = 0;
    policy->made.n = at + (uint32_t)text.n + 1;
    return (struct text_slice){ policy->n_kept + at + 1, (uint32_t)text.n };
}

enum policy_fault
policy_seal(struct rck_policy *policy, const struct settings *settings, enum limit *limit, uint32_t *clause)
{
    struct atom_list atoms = { 0 };
    struct rows rows; /* of one clause */
    uint32_t clause_rows = (uint32_t)settings->limits[LIMIT_CLAUSE_ROWS];

    unite_atoms(policy);
    vec_trim(&policy->arena, &policy->clauses);
    vec_trim(&policy->arena, &policy->made);
    vec_trim(&policy->arena, &policy->guards.nodes);
    vec_trim(&policy->arena, &policy->guards.atoms);
    atoms.seen = arena_alloc(&policy->arena, (size_t)policy->guards.atoms.n + 1);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        const struct clause *of = &policy->clauses.items[c];

        if (of->warns)
            continue;
        guard_atoms(&policy->guards, of->act, &policy->arena, &atoms);
        guard_atoms(&policy->guards, of->tails, &policy->arena, &atoms);
        guard_atoms(&policy->guards, of->violation, &policy->arena, &atoms);
    }
    space_build(&policy->space, policy, &policy->arena, &atoms);
    rows_init(&rows, &policy->arena);
    rows_keep_none(&policy->rows, &policy->arena);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        if (policy->clauses.items[c].warns)
            continue;
        *clause = c;
        rows.rows.n = rows.conds.n = 0;
        if (!rows_of_clause(&rows, policy, &policy->space, c, clause_rows, clause_rows)) {
            *limit = LIMIT_CLAUSE_ROWS;
            return POLICY_LIMIT;
        }
        rows_keep(&policy->rows, &policy->arena, &rows);
        if (kept_n(&policy->rows) > settings->limits[LIMIT_ROWS]) {
            *limit = LIMIT_ROWS;
            return POLICY_LIMIT;
        }
    }
    *clause = RCK_NONE;
    rows_drop(&rows);
    vec_trim(&policy->arena, &policy->rows.rows);
    vec_trim(&policy->arena, &policy->rows.of_rows);
    vec_trim(&policy->arena, &policy->rows.conds);
    index_drop(&policy->rows.by_cond);
    policy->space.answers = arena_trim(&policy->arena, policy->space.answers, (size_t)policy->guards.atoms.n + 1, 0, sizeof *policy->space.answers);
    table_build(&policy->table, policy, settings->limits[LIMIT_CELLS], &hashed_shape);
#ifdef RCK_ASSERTS
    if (NEVER(!table_verify(&policy->table, policy)))
        return POLICY_LIMIT;
#endif
    lookup_build(&policy->lookup, policy, &policy->arena, settings->hash_seed);
    if (!routes_build(&policy->routes, &policy->arena, settings->limits[LIMIT_ROUTE_STATES])) {
        *limit = LIMIT_ROUTE_STATES;
        return POLICY_LIMIT;
    }
    anchors_build(&policy->anchors, policy, &policy->arena);
    return POLICY_FINE;
}

/* ---- what a policy tells about itself ----------------------------------------------------------------------------------- */

/* A text that there is none of is NULL; all others of a sealed policy end in NUL. */
void
rck_policy_describe(const struct rck_policy *policy, struct rck_policy_info *info)
{
    *info = (struct rck_policy_info){
        .name = policy->name.p,
        .source = policy->source.p,
        .source_date = policy->source_date.p,
        .by_default = policy->by_default,
        .n_clauses = policy->clauses.n,
        .n_attributes = policy->slots.n,
        .n_sets = policy->named_sets.n,
        .n_params = policy->params.n,
        .n_asserts = policy->n_asserts,
        .n_cases = policy->cases.n,
        .n_routes = policy->routes.routes.n,
        .n_credentials = policy->routes.credentials.n,
    };
}

enum rck_status
rck_policy_clause(const struct rck_policy *policy, uint32_t idx, struct rck_clause *out)
{
    const struct clause *clause;

    if (idx >= policy->clauses.n)
        return RCK_E_ARGUMENT;
    clause = &policy->clauses.items[idx];
    *out = (struct rck_clause){
        .label = policy_text(policy, clause->label).p,
        .kind = clause->kind,
        .warns = clause->warns,
        .text = policy_text(policy, clause->text).p,
        .cites = policy_text(policy, clause->cites).p,
        .says = policy_text(policy, clause->says).p,
        .file = policy->files.items[clause->at.file].p,
        .line = clause->at.line,
        .column = clause->at.column,
    };
    return RCK_OK;
}

enum rck_status
rck_policy_attribute(const struct rck_policy *policy, uint32_t idx, struct rck_attribute *out)
{
    const struct slot *slot;

    if (idx >= policy->slots.n)
        return RCK_E_ARGUMENT;
    slot = &policy->slots.items[idx];
    *out = (struct rck_attribute){
        .name = slot->name.p,
        .type = slot->type,
        .dimension = idx < N_DIMENSIONS,
        .optional = slot->optional,
        .counter = slot->counter,
        .min = slot->min,
        .max = slot->max,
        .n_names = slot->type == RCK_TYPE_BOOL ? 0 : slot->n_declared,
        .open = slot->open,
        .now = idx == policy->now,
        .text = slot->text.p,
        .unit = slot->unit.n != 0 ? slot->unit.p : NULL,
        .window = slot->window.n != 0 ? slot->window.p : NULL,
    };
    return RCK_OK;
}

const char *
rck_policy_attribute_name(const struct rck_policy *policy, uint32_t idx, uint32_t name_idx)
{
    const struct slot *slot;

    if (idx >= policy->slots.n || name_idx >= policy->slots.items[idx].n_declared)
        return NULL;
    slot = &policy->slots.items[idx];
    for (uint32_t i = 0; ALWAYS(i < slot->n_names); i++) /* each declared one is among them */
        if (policy->names.items[slot->first_name + i].declared == name_idx)
            return policy->names.items[slot->first_name + i].text.p;
    return NULL;
}

uint32_t
rck_policy_find_attribute(const struct rck_policy *policy, const char *name, size_t length)
{
    return lookup_find(&policy->lookup, LOOKUP_KEYS, (struct str){ name, length });
}

enum rck_status
rck_policy_set(const struct rck_policy *policy, uint32_t idx, struct rck_named *out)
{
    const struct named_set *set;

    if (idx >= policy->named_sets.n)
        return RCK_E_ARGUMENT;
    set = &policy->named_sets.items[idx];
    *out = (struct rck_named){ .name = set->name.p, .value = set->text.p, .type = policy->slots.items[set->slot].name.p };
    return RCK_OK;
}

enum rck_status
rck_policy_param(const struct rck_policy *policy, uint32_t idx, struct rck_named *out)
{
    const struct param *param;

    if (idx >= policy->params.n)
        return RCK_E_ARGUMENT;
    param = &policy->params.items[idx];
    *out = (struct rck_named){
        .name = param->name.p, .value = param->value.p, .type = param->type.p, .declared = param->declared.p
    };
    return RCK_OK;
}

void
rck_policy_table(const struct rck_policy *policy, struct rck_table_info *info)
{
    *info = (struct rck_table_info){ .n_rows = kept_n(&policy->rows) };
    table_info(&policy->table, info);
}

size_t
rck_table_column(const struct rck_policy *policy, uint32_t column, char *buffer, size_t size)
{
    return space_column_text(&policy->space, policy, column, buffer, size);
}

size_t
rck_table_class(const struct rck_policy *policy, uint32_t column, uint32_t class_idx, char *buffer, size_t size)
{
    return space_class_text(&policy->space, policy, column, class_idx, buffer, size);
}

enum rck_status
rck_table_row(const struct rck_policy *policy, uint32_t row, uint32_t *clause, enum rck_state *says)
{
    if (row >= kept_n(&policy->rows))
        return RCK_E_ARGUMENT;
    *clause = policy->rows.rows.items[row].clause;
    *says = (enum rck_state)policy->rows.rows.items[row].says;
    return RCK_OK;
}

bool
rck_table_row_applies(const struct rck_policy *policy, uint32_t row, uint32_t column, uint32_t class_idx)
{
    if (row >= kept_n(&policy->rows) || column >= policy->space.columns.n
        || class_idx >= policy->space.columns.items[column].n_classes)
        return false;
    return set_has(&policy->space.sets, kept_classes(&policy->rows, kept_box(&policy->rows, row), column), class_idx);
}

bool
rck_table_row_run(const struct rck_policy *policy, uint32_t row, uint32_t column, uint32_t run, uint32_t *first, uint32_t *last)
{
    struct range all;
    const struct range *runs = &all;
    uint32_t n = 1;
    set_id classes;

    if (row >= kept_n(&policy->rows) || column >= policy->space.columns.n)
        return false;
    classes = kept_classes(&policy->rows, kept_box(&policy->rows, row), column);
    all = (struct range){ 0, policy->space.columns.items[column].n_classes };
    if (classes != SET_ALL)
        runs = set_ranges(&policy->space.sets, classes, &n);
    if (run >= n)
        return false;
    *first = runs[run].lo;
    *last = runs[run].hi - 1;
    return true;
}
