/* SPDX-License-Identifier: MIT
 *
 * Saving a policy; see saved.h.  All sections are put together first, each in an array of its own, then laid out in one block.
 */
#include <config.h>

#include "saved.h"

#include "symbols.h"

/* The sets of a pool that something needs. */
struct set_list {
    const struct sets *pool;
    uint32_t *numbers; /* by set of the pool: its number here; NONE: not needed so far */
    VEC(struct set) sets;
    VEC(struct range) ranges;
};

struct saving {
    struct arena arena;
    const struct rck_policy *policy;
    struct saved_facts facts;
    VEC(char) texts;
    VEC(char) paths;
    VEC(struct saved_text) files;
    VEC(struct saved_slot) slots;
    VEC(struct saved_name) names;
    VEC(struct saved_constant) constants;
    VEC(struct saved_text) patterns;
    VEC(struct saved_named_set) named_sets;
    VEC(struct saved_param) params;
    VEC(struct saved_clause) clauses;
    VEC(struct guard) guards;
    VEC(struct atom) atoms;
    struct set_list name_sets;
    VEC(struct column) columns;
    struct set_list class_sets;
    VEC(struct cond) conds;
    VEC(struct saved_group) groups;
    VEC(struct saved_message_fact) message_facts;
    VEC(struct saved_test) tests;
    VEC(struct saved_credential) credentials;
    VEC(struct saved_route) routes;
    uint32_t *new_atoms; /* by old index: the new one + 1; NONE: not needed so far */
    const void *sections[N_SAVED_SECTIONS];
    struct saved_entry entries[N_SAVED_SECTIONS];
    uint64_t size;
};

uint64_t
saved_checksum(const void *bytes, size_t n)
{
    enum { LANES = 4 }; /* one multiplication does not wait for the one before */
    uint64_t lanes[LANES] = { 1, 2, 3, 4 }, word, sum = n;
    const char *p = bytes;
    size_t i = 0;

    for (; n - i >= LANES * sizeof word; i += LANES * sizeof word)
        for (size_t k = 0; k < LANES; k++) {
            memcpy(&word, p + i + k * sizeof word, sizeof word);
            lanes[k] = hash_fold(lanes[k] ^ word, 0xD6E8FEB86659FD93u) + word;
        }
    for (size_t k = 0; i < n; k++, i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        lanes[k] = hash_fold(lanes[k] ^ word, 0xD6E8FEB86659FD93u) + word;
    }
    for (size_t k = 0; k < LANES; k++)
        sum = hash_fold(sum ^ lanes[k], 0xA0761D6478BD642Fu) + lanes[k];
    return sum;
}

/* ---- pieces ------------------------------------------------------------------------------------------------------------- */

static uint32_t
put_bytes(struct saving *s, const char *p, size_t n)
{
    uint32_t at;

    if (s->texts.n == 0)
        *vec_push(&s->arena, &s->texts) = 0;
    at = s->texts.n;
    if (n > UINT32_MAX - 1 - at) /* unreached: no policy text is that large */
        longjmp(*s->arena.escape, 1);
    if (s->texts.room - at < n + 1) {
        size_t room = 2 * ((size_t)at + n + 1);

        room = room < UINT32_MAX ? room : UINT32_MAX; /* unreached: takes 4 GiB of texts */
        s->texts.items = arena_grow(&s->arena, s->texts.items, at, room, 1);
        s->texts.room = (uint32_t)room;
    }
    if (n != 0)
        memcpy(s->texts.items + at, p, n);
    s->texts.items[at + n] = 0;
    s->texts.n = at + (uint32_t)n + 1;
    return at;
}

static struct saved_text
put_text(struct saving *s, struct str text)
{
    if (text.p == NULL)
        return (struct saved_text){ 0, 0 };
    return (struct saved_text){ put_bytes(s, text.p, text.n), (uint32_t)text.n };
}

/* Returns the new number of SET of the list's pool; puts it if nothing needed it so far. */
static set_id
put_set(struct saving *s, struct set_list *list, set_id set)
{
    const struct range *ranges;
    uint32_t n;

    if (set <= SET_EMPTY || list->numbers[set] != NONE)
        return set <= SET_EMPTY ? set : list->numbers[set];
    ranges = set_ranges(list->pool, set, &n);
    list->numbers[set] = list->sets.n;
    *vec_push(&s->arena, &list->sets) = (struct set){ list->ranges.n, n };
    for (uint32_t i = 0; i < n; i++)
        *vec_push(&s->arena, &list->ranges) = ranges[i];
    return list->numbers[set];
}

static void
begin_sets(struct saving *s, struct set_list *list, const struct sets *pool)
{
    list->pool = pool;
    list->numbers = arena_array(&s->arena, pool->sets.n, sizeof *list->numbers);
    for (set_id set = SET_ALL; set <= SET_EMPTY; set++)
        vec_push(&s->arena, &list->sets);
}

/* Member by member: what lies between members stays 0. */
static void
copy_sum(struct sum *out, const struct sum *sum)
{
    for (uint32_t i = 0; i < SUM_TERMS; i++) {
        out->slots[i] = sum->slots[i];
        out->factors[i] = sum->factors[i];
    }
}

static uint32_t
put_atom(struct saving *s, uint32_t idx)
{
    const struct atom *atom = &s->policy->guards.atoms.items[idx];
    struct atom *made;

    if (s->new_atoms[idx] != NONE)
        return s->new_atoms[idx] - 1;
    made = vec_push(&s->arena, &s->atoms);
    made->kind = atom->kind;
    made->slot = atom->slot;
    made->other = atom->other;
    made->pattern = atom->pattern;
    made->set = put_set(s, &s->name_sets, atom->set);
    copy_sum(&made->sum, &atom->sum);
    made->bound = atom->bound;
    s->new_atoms[idx] = s->atoms.n;
    return s->atoms.n - 1;
}

/* Guards as the loader expects them: those of a clause, and those of the next one directly behind them. */
static guard_id
put_guard(struct saving *s, guard_id id)
{
    const struct guard *nodes = s->policy->guards.nodes.items;

    if (id == NONE)
        return NONE;
    for (guard_id node = guard_before(nodes, id) + 1; node <= id; node++) {
        struct guard put = nodes[node];

        if (put.kind == GUARD_ATOM)
            put.of = put_atom(s, put.of) & (GUARDS_MAX - 1);
        *vec_push(&s->arena, &s->guards) = put;
    }
    return s->guards.n - 1;
}

/* ---- sections ----------------------------------------------------------------------------------------------------------- */

static void
put_facts(struct saving *s)
{
    const struct rck_policy *policy = s->policy;

    s->facts = (struct saved_facts){
        .name = put_text(s, policy->name),
        .by_default = policy->by_default,
        .overridden = policy->overridden,
        .n_asserts = policy->n_asserts,
        .cases_passed = policy_passed_cases(policy),
        .now = policy->now,
        .form = policy->table.form,
    };
    s->facts.source = put_text(s, policy->source);
    s->facts.source_date = put_text(s, policy->source_date);
    for (uint32_t i = 0; i < policy->files.n; i++) {
        struct str path = policy->files.items[i];

        *vec_push(&s->arena, &s->files) = (struct saved_text){ s->paths.n, (uint32_t)path.n };
        for (size_t k = 0; k < path.n; k++)
            *vec_push(&s->arena, &s->paths) = path.p[k];
        *vec_push(&s->arena, &s->paths) = 0;
    }
}

static void
put_vocabulary(struct saving *s)
{
    const struct rck_policy *policy = s->policy;

    for (uint32_t i = 0; i < policy->slots.n; i++) {
        const struct slot *slot = &policy->slots.items[i];
        struct saved_slot *made = vec_push(&s->arena, &s->slots);

        made->name = put_text(s, slot->name);
        made->text = put_text(s, slot->text);
        made->unit = put_text(s, slot->unit);
        made->window = put_text(s, slot->window);
        made->min = slot->min;
        made->max = slot->max;
        made->type = slot->type;
        made->flags = (slot->optional ? SAVED_OPTIONAL : 0u) | (slot->counter ? SAVED_COUNTER : 0u) | (slot->open ? SAVED_OPEN : 0u);
        made->n_names = slot->n_names;
        made->n_declared = slot->n_declared;
    }
    for (uint32_t i = 0; i < policy->names.n; i++) {
        struct saved_text text = put_text(s, policy->names.items[i].text);

        *vec_push(&s->arena, &s->names) = (struct saved_name){ text, policy->names.items[i].declared };
    }
    for (uint32_t i = 0; i < policy->texts.n; i++) {
        struct saved_text text = put_text(s, policy->texts.items[i].text);

        *vec_push(&s->arena, &s->constants) = (struct saved_constant){ text, policy->texts.items[i].slot };
    }
    for (uint32_t i = 0; i < policy->patterns.n; i++) {
        struct saved_text text = put_text(s, policy->patterns.items[i].text);

        *vec_push(&s->arena, &s->patterns) = text;
    }
    for (uint32_t i = 0; i < policy->named_sets.n; i++) {
        const struct named_set *set = &policy->named_sets.items[i];
        struct saved_named_set *made = vec_push(&s->arena, &s->named_sets);

        made->name = put_text(s, set->name);
        made->text = put_text(s, set->text);
        made->slot = set->slot;
    }
    for (uint32_t i = 0; i < policy->params.n; i++) {
        const struct param *param = &policy->params.items[i];
        struct saved_param *made = vec_push(&s->arena, &s->params);

        made->name = put_text(s, param->name);
        made->type = put_text(s, param->type);
        made->declared = put_text(s, param->declared);
        made->value = put_text(s, param->value);
    }
}

static void
put_clauses(struct saving *s)
{
    const struct rck_policy *policy = s->policy;

    vec_push(&s->arena, &s->guards);
    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        const struct clause *clause = &policy->clauses.items[i];
        struct saved_clause *made = vec_push(&s->arena, &s->clauses);

        made->label = put_text(s, policy_text(policy, clause->label));
        made->text = put_text(s, policy_text(policy, clause->text));
        made->cites = put_text(s, policy_text(policy, clause->cites));
        made->says = put_text(s, policy_text(policy, clause->says));
        made->kind = clause->kind;
        made->warns = clause->warns;
        made->act = put_guard(s, clause->act);
        made->tails = put_guard(s, clause->tails);
        made->violation = put_guard(s, clause->violation);
        made->file = clause->at.file;
        made->line = clause->at.line;
        made->column = clause->at.column;
    }
}

static void
put_space_and_rows(struct saving *s)
{
    const struct rck_policy *policy = s->policy;
    const struct space *space = &policy->space;

    for (uint32_t i = 0; i < space->columns.n; i++) {
        const struct column *column = &space->columns.items[i];
        struct column *made = vec_push(&s->arena, &s->columns);

        made->kind = column->kind;
        made->slot = column->slot;
        made->other = column->other;
        copy_sum(&made->sum, &column->sum);
        made->set = put_set(s, &s->name_sets, column->set);
        made->pattern = column->pattern;
        made->n_classes = column->n_classes;
        made->first = column->first;
        made->n_cuts = column->n_cuts;
        made->undeclared = column->undeclared;
        made->absent = column->absent;
    }
    for (uint32_t i = 0; i < policy->rows.conds.n; i++) {
        const struct cond *cond = &policy->rows.conds.items[i];
        set_id classes = put_set(s, &s->class_sets, cond->classes);

        *vec_push(&s->arena, &s->conds) = (struct cond){ cond->column, classes };
    }
}

static void
put_groups(struct saving *s)
{
    const struct hashed *hashed = &s->policy->table.hashed;

    s->facts.n_key_columns = hashed->n_key_columns;
    memcpy(s->facts.key_columns, hashed->key_columns, hashed->n_key_columns * sizeof *hashed->key_columns);
    for (uint32_t i = 0; i < hashed->n_groups; i++) {
        const struct hashed_group *group = &hashed->groups[i];
        struct saved_group *made = vec_push(&s->arena, &s->groups);

        made->seed = group->seed;
        made->pins = group->pins;
        made->grants = group->grants;
        made->first_slot = group->first_slot;
        made->n_slots = group->n_slots;
        made->n_keys = group->n_keys;
    }
}

static void
put_routes(struct saving *s)
{
    const struct routes *routes = &s->policy->routes;

    for (uint32_t i = 0; i < routes->facts.n; i++) {
        struct saved_message_fact *made = vec_push(&s->arena, &s->message_facts);

        made->name = put_text(s, routes->facts.items[i].name);
        made->source = routes->facts.items[i].source;
    }
    for (uint32_t i = 0; i < routes->tests.n; i++) {
        const struct test *test = &routes->tests.items[i];
        struct saved_test *made = vec_push(&s->arena, &s->tests);

        made->kind = test->kind;
        made->fact = test->fact;
        made->pattern = test->pattern;
        made->number[0] = (uint64_t)((unsigned_wide)test->number >> 64);
        made->number[1] = (uint64_t)test->number;
        if (test->kind == TEST_TEXT)
            made->text = put_text(s, test->text);
    }
    for (uint32_t i = 0; i < routes->credentials.n; i++) {
        const struct credential *credential = &routes->credentials.items[i];
        struct saved_credential *made = vec_push(&s->arena, &s->credentials);

        made->when = put_text(s, credential->when);
        made->subject = credential->subject;
        made->first_test = credential->condition.first;
        made->n_tests = credential->condition.n;
        made->file = credential->at.file;
        made->line = credential->at.line;
        made->column = credential->at.column;
    }
    for (uint32_t i = 0; i < routes->routes.n; i++) {
        const struct route *route = &routes->routes.items[i];
        struct saved_route *made = vec_push(&s->arena, &s->routes);

        made->method = put_text(s, route->method);
        made->path = put_text(s, route->path);
        made->when = put_text(s, route->when);
        made->with = put_text(s, route->with);
        made->first_test = route->condition.first;
        made->n_tests = route->condition.n;
        made->action = route->action;
        made->resource = route->resource;
        made->first_with = route->first_with;
        made->n_withs = route->n_withs;
        made->file = route->at.file;
        made->line = route->at.line;
        made->column = route->at.column;
    }
}

/* Says what section WHAT is, and where it lies. */
static void
lay(struct saving *s, enum saved_section what, const void *items, uint32_t n, uint32_t size)
{
    s->sections[what] = items;
    s->entries[what] = (struct saved_entry){ s->size, n, size };
    s->size = saved_align(s->size + (uint64_t)n * size);
}

static void
lay_all(struct saving *s)
{
    const struct rck_policy *policy = s->policy;
    const struct table *table = &policy->table;
    const struct hashed *hashed = &table->hashed;
    bool is_dense = table->form == TABLE_DENSE;

    s->size = saved_begin();
    lay(s, SAVED_FACTS, &s->facts, 1, sizeof s->facts);
#define LAY(what, vec) lay(s, what, (vec).items, (vec).n, sizeof *(vec).items)
    LAY(SAVED_TEXTS, s->texts);
    LAY(SAVED_PATHS, s->paths);
    LAY(SAVED_FILES, s->files);
    LAY(SAVED_SLOTS, s->slots);
    LAY(SAVED_NAMES, s->names);
    LAY(SAVED_CONSTANTS, s->constants);
    LAY(SAVED_PATTERNS, s->patterns);
    LAY(SAVED_NAMED_SETS, s->named_sets);
    LAY(SAVED_PARAMS, s->params);
    LAY(SAVED_CLAUSES, s->clauses);
    LAY(SAVED_GUARDS, s->guards);
    LAY(SAVED_ATOMS, s->atoms);
    LAY(SAVED_NAME_SETS, s->name_sets.sets);
    LAY(SAVED_NAME_RANGES, s->name_sets.ranges);
    LAY(SAVED_COLUMNS, s->columns);
    LAY(SAVED_CLASS_OF, policy->space.class_of);
    LAY(SAVED_CUTS, policy->space.cuts);
    LAY(SAVED_CLASS_SETS, s->class_sets.sets);
    LAY(SAVED_CLASS_RANGES, s->class_sets.ranges);
    LAY(SAVED_ROWS, s->policy->rows.rows);
    LAY(SAVED_OF_ROWS, s->policy->rows.of_rows);
    LAY(SAVED_CONDS, s->conds);
    lay(s, SAVED_CELLS, table->dense.cells, is_dense ? table->dense.n_cells : 0, sizeof *table->dense.cells);
    LAY(SAVED_GROUPS, s->groups);
    lay(s, SAVED_KEYS, hashed->slots, is_dense ? 0 : hashed->n_slots, sizeof *hashed->slots);
    lay(s, SAVED_UNKNOWN, hashed->unknown, is_dense ? 0 : s->columns.n, sizeof *hashed->unknown);
    lay(s, SAVED_WORDS, hashed->words, is_dense ? 0 : hashed->n_words, sizeof *hashed->words);
    LAY(SAVED_MESSAGE_FACTS, s->message_facts);
    LAY(SAVED_TESTS, s->tests);
    LAY(SAVED_WITHS, policy->routes.withs);
    LAY(SAVED_CREDENTIALS, s->credentials);
    LAY(SAVED_ROUTES, s->routes);
    lay(s, SAVED_KEY_TESTS, hashed->tests, is_dense ? 0 : hashed->n_tests, sizeof *hashed->tests);
#undef LAY
}

/* Puts the file together; its own variables do not change after setjmp. */
static const char *
make_file(struct saving *s)
{
    enum { from = offsetof(struct saved_header, made_by) }; /* what the checksum is of */
    const struct rck_policy *policy = s->policy;
    struct saved_header header = { .byte_order = SAVED_BYTE_ORDER, .version = SAVED_VERSION };
    jmp_buf escape;
    char *file;

    if (setjmp(escape) != 0)
        return NULL;
    s->arena.escape = &escape;
    s->new_atoms = arena_array(&s->arena, (size_t)policy->guards.atoms.n + 1, sizeof *s->new_atoms);
    begin_sets(s, &s->name_sets, &policy->sets);
    begin_sets(s, &s->class_sets, &policy->space.sets);
    put_facts(s);
    put_vocabulary(s);
    put_clauses(s);
    put_routes(s);
    put_space_and_rows(s);
    if (policy->table.form == TABLE_HASHED)
        put_groups(s);
    lay_all(s);
    /* unreached: what compiles needs less, unless the limits of memory and text are raised a lot */
    if (s->size > SAVED_SIZE_MAX)
        longjmp(escape, 1);

    file = arena_alloc(&s->arena, (size_t)s->size);
    memcpy(file + sizeof header, s->entries, sizeof s->entries);
    for (size_t i = 0; i < N_SAVED_SECTIONS; i++)
        if (s->entries[i].n != 0)
            memcpy(file + s->entries[i].at, s->sections[i], (size_t)s->entries[i].n * s->entries[i].size);
    memcpy(header.magic, RCK_SAVED_MAGIC, sizeof header.magic);
    memcpy(header.made_by, PACKAGE_VERSION, sizeof PACKAGE_VERSION);
    header.size = s->size;
    memcpy(file, &header, sizeof header);
    header.checksum = saved_checksum(file + from, (size_t)s->size - from);
    memcpy(file, &header, sizeof header);
    return file;
}

enum rck_status
rck_policy_save(const struct rck_policy *policy, rck_write_fn *write, void *arg)
{
    struct saving saving = { .policy = policy };
    enum rck_status status = RCK_E_NOMEM;
    const char *file;

    arena_init(&saving.arena, &policy->mem, SIZE_MAX / 2);
    file = make_file(&saving);
    if (file != NULL)
        status = write(arg, file, (size_t)saving.size) ? RCK_OK : RCK_E_IO;
    arena_free(&saving.arena);
    return status;
}
