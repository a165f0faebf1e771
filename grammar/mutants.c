/* SPDX-License-Identifier: MIT
 *
 * Mistakes that people make, made in the tree one after the other; see mutants.h.
 */
#include <config.h>

#include "mutants.h"

#include "write.h"

struct maker {
    struct compile *c;
    struct mutants *out;
    struct diags scratch;          /* takes what is wrong with a mutant */
    VEC(struct ast_clause *) decls; /* by clause */
    const struct ast_clause *decl; /* the clause that is changed; NULL: several are, and all have to be read again */
    uint32_t clause;
    uint32_t first_reading;         /* of that clause */
    const struct ast_decl *counter; /* the counter that is changed, or NULL */
    guard_id *unchanged; /* by clause: what it is lowered to as it is, before sealing unites questions */
    VEC(uint64_t) hashes; /* by reading, of its nodes */
    bool full;
};

enum { BYTES_A_STEP = 16 };
enum { OTHERS_MAX = 8 }; /* names of WHO are tried for one another while there are not more than so many */

static struct str
text_at(struct maker *m, struct span at)
{
    return compile_text(m->c, at);
}

static bool
guards_equal(const struct guards *guards, guard_id a, guard_id b)
{
    const struct guard *nodes = guards->nodes.items;
    guard_id n = guard_size(guards, a);

    return guard_size(guards, b) == n && memcmp(nodes + a + 1 - n, nodes + b + 1 - n, n * sizeof *nodes) == 0;
}

static uint64_t
guard_hash(const struct guards *guards, guard_id guard)
{
    guard_id n = guard_size(guards, guard);

    return hash_bytes(0, (const char *)(guards->nodes.items + guard + 1 - n), n * sizeof *guards->nodes.items);
}

/* Adds what CLAUSE says now, unless that is what it says as it is, or with another mutant. */
static void
add_reading(struct maker *m, uint32_t clause, guard_id guard)
{
    const struct guards *guards = &m->c->policy->guards;
    uint64_t hash = guard_hash(guards, guard);

    if (guards_equal(guards, guard, m->unchanged[clause]))
        return;
    for (uint32_t i = m->first_reading; i < m->out->readings.n && m->decl != NULL; i++)
        if (m->hashes.items[i] == hash && guards_equal(guards, guard, m->out->readings.items[i].guard)) /* by chance: others of one hash */
            return;
    m->hashes.n = m->out->readings.n;
    *vec_push(m->c->arena, &m->hashes) = hash;
    *vec_push(m->c->arena, &m->out->readings) = (struct reading){ clause, guard };
}

/* Reads a clause, as the tree has it now; false if it does not compile. */
static bool
read_clause(struct maker *m, uint32_t idx, const struct ast_clause *decl)
{
    struct compile *c = m->c;
    struct clause made = { .act = NONE };
    guard_id parts[3];
    uint32_t end = decl->body->at.end;

    for (const struct ast_tail *tail = decl->tails; tail != NULL; tail = tail->next)
        end = tail->at.end;
    m->out->steps += 1 + (end - decl->body->at.begin) / BYTES_A_STEP;
    if (!clause_guards(c, decl, &made))
        return false;
    parts[0] = made.act;
    parts[1] = made.tails;
    parts[2] = made.violation;
    expr_check_presence(c, parts, N_ELEMENTS(parts));
    add_reading(m, idx, apart_whole(c->policy, &made));
    return true;
}

/* True if making mutants took as many steps as all questions about them may. */
static bool
is_spent(const struct maker *m)
{
    uint64_t things = (uint64_t)m->c->policy->clauses.n + m->out->mutants.n;

    return m->out->steps > cover_budget(m->c->settings->limits[LIMIT_PROOF_STEPS], things);
}

/* Notes what the tree says now in place of what stands AT, if it compiles and is another thing. */
static void
note(struct maker *m, struct span at, struct str before, struct str after)
{
    struct compile *c = m->c;
    struct diags *diags = c->diags;
    uint32_t first = m->out->readings.n;
    bool fine = true;

    if (m->full || is_spent(m))
        return;
    diags_init(&m->scratch, c->arena, c->settings);
    c->diags = &m->scratch;
    if (m->counter != NULL)
        clause_check_counter(c, m->counter);
    if (m->decl != NULL)
        fine = read_clause(m, m->clause, m->decl);
    else
        for (uint32_t i = 0; i < m->decls.n && fine; i++)
            if (!c->policy->clauses.items[i].warns && m->decls.items[i]->body->kind != AST_NOTE
                && (m->counter == NULL || m->decls.items[i]->body->kind == AST_LIMIT))
                fine = read_clause(m, i, m->decls.items[i]);
    fine = fine && m->scratch.found[RCK_ERROR] == 0;
    c->diags = diags;
    if (!fine || m->out->readings.n == first) {
        m->out->readings.n = first;
        return;
    }
    m->full = m->out->mutants.n >= c->settings->limits[LIMIT_MUTANTS];
    if (m->full)
        return;
    *vec_push(c->arena, &m->out->mutants) =
        (struct mutant){ m->out->readings.items[first].clause, at, before, after, first, m->out->readings.n - first };
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

static const struct ast_name *
name_at(const struct ast_names *list, uint32_t idx)
{
    const struct ast_name *name = list->first;

    for (uint32_t i = 0; i < idx && name->next != NULL; i++)
        name = name->next;
    return name;
}

/* Adds a copy of NAME to LIST. */
static struct ast_name *
add_copy(struct maker *m, struct ast_names *list, const struct ast_name *name)
{
    struct ast_name *copy = arena_alloc(m->c->arena, sizeof *copy);

    *copy = *name;
    copy->next = NULL;
    if (list->last != NULL)
        list->last->next = copy;
    else
        list->first = copy;
    list->last = copy;
    list->n++;
    return copy;
}

/* Tries *LIST without name IDX, and the comma beside it. */
static void
try_without(struct maker *m, struct ast_names *list, uint32_t idx)
{
    struct ast_names saved = *list, made = { NULL, NULL, 0 };
    const struct ast_name *left_out = name_at(list, idx), *name = list->first;
    struct span at = left_out->at;

    if (list->n < 2)
        return;
    for (uint32_t i = 0; i < saved.n; i++, name = name->next)
        if (i != idx)
            (void)add_copy(m, &made, name);
    if (idx + 1 < saved.n)
        at.end = left_out->next->at.begin;
    else
        at.begin = name_at(&saved, idx - 1)->at.end;
    *list = made;
    note(m, at, text_at(m, left_out->at), STR(""));
    *list = saved;
}

/* What LIST covers of the names of SLOT. */
static set_id
covered_by(struct maker *m, uint32_t slot, const struct ast_names *list)
{
    struct gathered all = { 0 };

    for (const struct ast_name *name = list->first; name != NULL; name = name->next)
        names_gather(m->c, &all, names_find(m->c, slot, name->text));
    return names_gathered(m->c, &all);
}

/* Tries *LIST with name IDX replaced by TEXT; as one more past the end. */
static void
try_name(struct maker *m, struct ast_names *list, uint32_t idx, struct str text)
{
    struct ast_names saved = *list, made = { NULL, NULL, 0 };
    const struct ast_name *of = name_at(list, idx), *name = list->first;
    struct str written = write_name(&m->c->policy->arena, text), before = text_at(m, of->at);
    struct ast_name *changed;

    for (uint32_t i = 0; i < saved.n; i++, name = name->next)
        (void)add_copy(m, &made, name);
    changed = idx < made.n ? made.first : add_copy(m, &made, of);
    for (uint32_t i = 0; i < idx && idx < saved.n; i++)
        changed = changed->next;
    changed->text = text;
    changed->quoted = true;
    *list = made;
    note(m, of->at, before,
         idx < saved.n ? written : arena_format(&m->c->policy->arena, "%.*s, %.*s", WHOLE(before), WHOLE(written)));
    *list = saved;
}

/* Tries each *LIST in which name IDX, if it is that of a set, stands for all members but one. */
static void
try_members(struct maker *m, struct ast_names *list, uint32_t idx, uint32_t slot)
{
    struct compile *c = m->c;
    struct ast_names saved = *list;
    const struct ast_name *of = name_at(list, idx);
    uint32_t set = slot < N_DIMENSIONS ? symbols_find(c->sets[slot], of->text) : SYMBOL_NONE;
    const struct ast_names *members = set != SYMBOL_NONE ? &c->set_infos.items[set].decl->names : NULL;

    for (uint32_t without = 0; members != NULL && members->n > 1 && without < members->n; without++) {
        struct ast_names made = { NULL, NULL, 0 };
        const struct ast_name *name = saved.first;
        struct str after = STR("");

        for (uint32_t i = 0; i < saved.n; i++, name = name->next) {
            const struct ast_name *member = members->first;

            if (i != idx)
                (void)add_copy(m, &made, name);
            for (uint32_t k = 0; k < members->n && i == idx; k++, member = member->next) {
                if (k == without)
                    continue;
                (void)add_copy(m, &made, member);
                after = arena_format(&c->policy->arena, "%.*s%s%.*s", WHOLE(after), after.n == 0 ? "" : ", ",
                                     WHOLE(text_at(m, member->at)));
            }
        }
        *list = made;
        note(m, of->at, text_at(m, of->at), after);
        *list = saved;
    }
}

/* Tries other names of SLOT, which LIST does not cover, for name IDX: at most N of them, from the one declared after it on. */
static void
try_others(struct maker *m, struct ast_names *list, uint32_t idx, uint32_t slot, set_id covered, uint32_t n)
{
    struct rck_policy *policy = m->c->policy;
    const struct slot *of = &policy->slots.items[slot];
    const struct ast_name *name = name_at(list, idx);
    uint32_t after = 0;

    for (uint32_t i = 0; i < of->n_names; i++)
        if (str_covers(name->text, policy->names.items[of->first_name + i].text))
            after = i + 1;
    for (uint32_t i = 0; i < of->n_names && n != 0; i++) {
        uint32_t candidate = (after + i) % of->n_names;

        if (policy->names.items[of->first_name + candidate].declared == NAME_HIDDEN || set_has(&policy->sets, covered, candidate))
            continue;
        try_name(m, list, idx, policy->names.items[of->first_name + candidate].text);
        n--;
    }
}

/* Mistakes in names of SLOT: one is left out, is another one, is the one above it.  LISTS: there may be more than one. */
static void
mutate_names(struct maker *m, struct ast_names *list, uint32_t slot, bool lists)
{
    set_id covered = covered_by(m, slot, list);
    const struct ast_name *name = list->first;

    for (uint32_t i = 0; i < list->n; i++, name = name->next) {
        struct str above = name->text;

        try_without(m, list, i);
        if (lists)
            try_members(m, list, i, slot);
        while (above.n != 0 && above.p[above.n - 1] != '.')
            above.n--;
        if (above.n > 1) {
            above.n--;
            try_name(m, list, i, above);
        }
        try_others(m, list, i, slot, covered, 1);
    }
}

static void
mutate_act(struct maker *m, struct ast_do *act)
{
    mutate_names(m, &act->actions, SLOT_ACTION, true);
    mutate_names(m, &act->resources, SLOT_RESOURCE, true);
}

/* Mistakes in WHO: a name is left out, is another one, or there is one more. */
static void
mutate_who(struct maker *m, struct ast_who *who)
{
    const struct ast_name *name = who->names.first;
    set_id covered[] = { covered_by(m, SLOT_SUBJECT, &who->names), covered_by(m, SLOT_ROLE, &who->names) };
    const uint32_t slots[] = { SLOT_SUBJECT, SLOT_ROLE };

    for (uint32_t i = 0; i < who->names.n; i++, name = name->next) {
        unsigned k = names_find(m->c, SLOT_SUBJECT, name->text) != SET_EMPTY ? 0 : 1;

        try_without(m, &who->names, i);
        try_members(m, &who->names, i, slots[k]);
        try_others(m, &who->names, i, slots[k], covered[k],
                   m->c->policy->slots.items[slots[k]].n_declared <= OTHERS_MAX ? OTHERS_MAX : 1);
    }
    for (unsigned k = 0; k < 2; k++)
        if (covered[k] != SET_EMPTY)
            try_others(m, &who->names, who->names.n, slots[k], covered[k],
                       m->c->policy->slots.items[slots[k]].n_declared <= OTHERS_MAX ? OTHERS_MAX : 1);
}

/* ---- constants ---------------------------------------------------------------------------------------------------------- */

static const int64_t day = (int64_t)86400 * 1000000000, second = 1000000000;

/* What one more is of a constant that is written as TEXT, one blank before its unit: of decimals the last place, of dates a day. */
static int64_t
step_of(const struct ast_value *value, struct str text)
{
    int64_t step = 1;

    if (value->kind == AST_TIME)
        return memchr(text.p, 'T', text.n) != NULL || memchr(text.p, 't', text.n) != NULL ? second : day;
    if (value->kind == AST_DECIMAL) {
        const char *dot = memchr(text.p, '.', text.n);
        size_t places = 0;

        while (dot + 1 + places < text.p + text.n && dot[1 + places] != ' ')
            places++;
        for (size_t i = places; i < 6; i++)
            step *= 10;
    }
    return step;
}

/* NUMBER in place of that of VALUE, which is written as TEXT: with its unit, and a date as a date. */
static struct str
number_written(struct maker *m, const struct ast_value *value, struct str text, int64_t number)
{
    struct arena *arena = &m->c->policy->arena;
    struct str made = write_number(arena,
                                   value->kind == AST_DECIMAL ? RCK_TYPE_DECIMAL
                                   : value->kind == AST_TIME  ? RCK_TYPE_TIME
                                                              : RCK_TYPE_INT,
                                   number);
    size_t digits = 0;

    if (value->kind == AST_TIME && step_of(value, text) == day)
        return (struct str){ made.p, made.n - strlen("T00:00:00Z") };
    while (digits < text.n && text.p[digits] != ' ')
        digits++;
    return arena_format(arena, "%.*s%.*s", WHOLE(made), (int)(text.n - digits), text.p + digits);
}

static void
mutate_number(struct maker *m, struct ast_value *value)
{
    struct str text;
    int64_t saved, step;

    if (value == NULL || (value->kind != AST_INT && value->kind != AST_DECIMAL && value->kind != AST_TIME))
        return;
    text = text_at(m, value->at);
    saved = value->number;
    step = step_of(value, text);
    for (int sign = -1; sign <= 1; sign += 2)
        if (!__builtin_add_overflow(saved, sign * step, &value->number))
            note(m, value->at, text, number_written(m, value, text, value->number));
    value->number = saved;
}

/* ---- expressions -------------------------------------------------------------------------------------------------------- */

/* The slot that OPERAND names, or SYMBOL_NONE. */
static uint32_t
slot_named(const struct maker *m, const struct ast_operand *operand)
{
    return operand->value->kind == AST_NAME ? symbols_find(m->c->slots, operand->value->text) : SYMBOL_NONE;
}

/* Another attribute of the same type in place of the one that OPERAND names, but not that of OTHER.  TEXTS: it is compared with texts;
 * a sealed policy knows only those that it compares each string with. */
static void
mutate_attribute(struct maker *m, struct ast_operand *operand, const struct ast_operand *other, bool texts)
{
    const struct rck_policy *policy = m->c->policy;
    uint32_t slot = slot_named(m, operand), against = other != NULL ? slot_named(m, other) : SYMBOL_NONE;
    struct ast_value saved = *operand->value;
    const struct slot *of;

    if (slot == SYMBOL_NONE || slot < N_DIMENSIONS)
        return;
    of = &policy->slots.items[slot];
    if (texts && of->type == RCK_TYPE_STRING)
        return;
    for (uint32_t i = 1; i < policy->slots.n; i++) {
        uint32_t candidate = (slot + i) % policy->slots.n;
        const struct slot *next = &policy->slots.items[candidate];

        if (candidate < N_DIMENSIONS || candidate == against || candidate == policy->now || next->type != of->type
            || next->counter != of->counter || next->optional != of->optional || !str_equal(next->unit, of->unit))
            continue;
        operand->value->text = next->name;
        operand->value->quoted = true;
        note(m, saved.at, text_at(m, saved.at), write_name(&m->c->policy->arena, next->name));
        *operand->value = saved;
        return;
    }
}

/* Another name in place of the constant that OPERAND is, a value of SLOT. */
static void
mutate_constant(struct maker *m, struct ast_operand *operand, uint32_t slot)
{
    const struct rck_policy *policy = m->c->policy;
    const struct slot *of = &policy->slots.items[slot];
    struct ast_value saved = *operand->value;
    uint32_t after = 0;

    if (of->type != RCK_TYPE_NAME || symbols_find(m->c->params, saved.text) != SYMBOL_NONE
        || names_find(m->c, slot, saved.text) == SET_EMPTY)
        return;
    for (uint32_t i = 0; i < of->n_names; i++)
        if (str_covers(saved.text, policy->names.items[of->first_name + i].text))
            after = i + 1;
    for (uint32_t i = 0; i < of->n_names; i++) {
        const struct name *name = &policy->names.items[of->first_name + (after + i) % of->n_names];

        if (name->declared == NAME_HIDDEN || str_covers(saved.text, name->text))
            continue;
        operand->value->text = name->text;
        operand->value->quoted = true;
        note(m, saved.at, text_at(m, saved.at),
             symbols_find(m->c->slots, name->text) == SYMBOL_NONE && symbols_find(m->c->params, name->text) == SYMBOL_NONE
                 ? write_name(&m->c->policy->arena, name->text)
                 : write_text(&m->c->policy->arena, name->text));
        *operand->value = saved;
        return;
    }
}

static void
try_op(struct maker *m, struct ast_expr *expr, enum ast_op op)
{
    static const char *const words[] = { "==", "!=", "<", "<=", ">", ">=" };
    enum ast_op saved = expr->op;
    struct str left = text_at(m, expr->left->at), right = text_at(m, expr->right->at);

    expr->op = op;
    note(m, expr->at, text_at(m, expr->at),
         arena_format(&m->c->policy->arena, "%.*s %s %.*s", WHOLE(left), words[op], WHOLE(right)));
    expr->op = saved;
}

static void
mutate_compare(struct maker *m, struct ast_expr *expr)
{
    /* The two that differ from an operator on one side of its bound each, or on the bound. */
    static const enum ast_op others[][2] = {
        [AST_EQ] = { AST_LE, AST_GE }, [AST_NE] = { AST_LT, AST_GT }, [AST_LT] = { AST_LE, AST_NE },
        [AST_LE] = { AST_LT, AST_EQ }, [AST_GT] = { AST_GE, AST_NE }, [AST_GE] = { AST_GT, AST_EQ },
    };
    uint32_t left = slot_named(m, expr->left), right = slot_named(m, expr->right);
    struct ast_operand *operands[] = { expr->left, expr->right };

    try_op(m, expr, others[expr->op][0]);
    try_op(m, expr, others[expr->op][1]);
    if (expr->op == AST_EQ || expr->op == AST_NE)
        try_op(m, expr, expr->op == AST_EQ ? AST_NE : AST_EQ);
    for (unsigned i = 0; i < 2; i++) {
        mutate_number(m, operands[i]->value);
        mutate_number(m, operands[i]->shift);
        mutate_attribute(m, operands[i], operands[1 - i], slot_named(m, operands[1 - i]) == SYMBOL_NONE);
    }
    if (left != SYMBOL_NONE)
        mutate_constant(m, expr->right, left);
    if (right != SYMBOL_NONE)
        mutate_constant(m, expr->left, right);
}

/* 'not' before *REF. */
static void
try_not(struct maker *m, struct ast_expr **ref)
{
    struct ast_expr *saved = *ref, *negated = arena_alloc(m->c->arena, sizeof *negated);
    struct str text = text_at(m, saved->at);

    *negated = (struct ast_expr){ .kind = AST_NOT, .at = saved->at, .a = saved, .depth = saved->depth + 1 };
    *ref = negated;
    note(m, saved->at, text, arena_format(&m->c->policy->arena, "not %.*s", WHOLE(text)));
    *ref = saved;
}

/* A part of *REF in its place; in parentheses, if it may need some there and has none. */
static void
try_part(struct maker *m, struct ast_expr **ref, struct ast_expr *part)
{
    struct ast_expr *saved = *ref;
    bool bare = (part->kind == AST_AND || part->kind == AST_OR) && part->at.begin == part->a->at.begin;

    *ref = part;
    note(m, saved->at, text_at(m, saved->at),
         arena_format(&m->c->policy->arena, bare ? "(%.*s)" : "%.*s", WHOLE(text_at(m, part->at))));
    *ref = saved;
}

/* True if there is a '}' from BEGIN to END, which is behind the last name of a list. */
static bool
ends_in_brace(struct maker *m, uint32_t begin, uint32_t end)
{
    struct str text = front_text(m->c->front, (struct span){ begin, end });

    return text.n != 0 && memchr(text.p, '}', text.n) != NULL;
}

/* Mistakes in *REF.  Depth: the limit nesting. */
static void
mutate_expr(struct maker *m, struct ast_expr **ref)
{
    struct ast_expr *expr = *ref;
    uint32_t slot;
    bool braces;

    switch (expr->kind) {
    case AST_AND:
    case AST_OR: {
        enum ast_expr_kind kind = expr->kind;
        struct str a = text_at(m, expr->a->at), b = text_at(m, expr->b->at);

        expr->kind = kind == AST_AND ? AST_OR : AST_AND;
        note(m, expr->at, text_at(m, expr->at),
             arena_format(&m->c->policy->arena, expr->a->kind == kind ? "((%.*s) %s %.*s)" : "(%.*s %s %.*s)", WHOLE(a),
                          kind == AST_AND ? "or" : "and", WHOLE(b)));
        expr->kind = kind;
        try_part(m, ref, expr->a);
        try_part(m, ref, expr->b);
        mutate_expr(m, &expr->a);
        mutate_expr(m, &expr->b);
        return;
    }
    case AST_NOT:
        try_part(m, ref, expr->a);
        mutate_expr(m, &expr->a);
        return;
    case AST_COMPARE:
        mutate_compare(m, expr);
        return;
    case AST_IN:
    case AST_HAS:
        slot = slot_named(m, expr->left);
        braces = expr->members.n != 1 || ends_in_brace(m, expr->members.first->at.end, expr->at.end);
        if (slot != SYMBOL_NONE && m->c->policy->slots.items[slot].type != RCK_TYPE_STRING)
            mutate_names(m, &expr->members, slot, braces);
        else if (slot != SYMBOL_NONE)
            for (uint32_t i = 0; i < expr->members.n; i++)
                try_without(m, &expr->members, i);
        break;
    case AST_PRESENT:
    case AST_MATCHES:
    case AST_BARE:
        break;
    }
    mutate_attribute(m, expr->left, NULL, expr->kind == AST_IN);
    try_not(m, ref);
}

/* ---- clauses ------------------------------------------------------------------------------------------------------------ */

static void
mutate_tails(struct maker *m, struct ast_clause *decl)
{
    for (struct ast_tail **link = &decl->tails; *link != NULL; link = &(*link)->next) {
        struct ast_tail *tail = *link;

        if (tail->kind != AST_WHEN && tail->kind != AST_UNLESS)
            continue;
        *link = tail->next;
        note(m, tail->at, text_at(m, tail->at), STR(""));
        *link = tail;
        mutate_expr(m, &tail->expr);
    }
}

static void
mutate_clause(struct maker *m, uint32_t idx, struct ast_clause *decl)
{
    struct compile *c = m->c;
    struct ast_body *body = decl->body;
    uint32_t first = m->out->readings.n;

    m->clause = idx;
    m->decl = decl;
    m->first_reading = first;
    m->full = m->full || m->out->mutants.n >= c->settings->limits[LIMIT_MUTANTS];
    if (m->full)
        return;
    add_reading(m, idx, guard_constant(&c->policy->guards, false));
    if (m->out->readings.n != first)
        *vec_push(c->arena, &m->out->mutants) = (struct mutant){ idx, decl->at, text_at(m, body->at), STR(""), first, 1 };
    switch (body->kind) {
    case AST_LIMIT:
        mutate_number(m, body->bound->value);
        mutate_attribute(m, body->bound, NULL, false);
        break;
    case AST_ONLY:
    case AST_CANNOT:
    case AST_GRANT:
        mutate_who(m, body->who);
        mutate_act(m, body->act);
        break;
    case AST_REQUIRE:
        mutate_expr(m, &body->expr);
        mutate_act(m, body->act);
        break;
    case AST_DENY:
        mutate_expr(m, &body->expr);
        break;
    case AST_ASSERT_ALLOW: case AST_NOTE: /* unreached: no mutant is made of a note, and the other is no clause */
        break;
    }
    mutate_tails(m, decl);
}

static void
mutate_param(struct maker *m, struct param_info *info)
{
    struct param_info saved = *info;
    const struct ast_value *value = info->decl->value;
    struct str text = text_at(m, value->at);

    m->decl = NULL;
    if (!info->is_number) {
        bool truth = str_equal(info->text, STR("true"));

        if (info->decl->type->kind != AST_TYPE_BOOL)
            return;
        info->text = truth ? STR("false") : STR("true");
        note(m, value->at, text, info->text);
        *info = saved;
        return;
    }
    for (int sign = -1; sign <= 1; sign += 2) {
        struct diags *diags = m->c->diags;
        /* As it is written: the unit of the value may be another one than that of the type. */
        struct ast_value changed = *value;
        struct scale scale = scale_of_type(info->decl->type);
        struct quantity q;
        int64_t number = 0;

        diags_init(&m->scratch, m->c->arena, m->c->settings);
        m->c->diags = &m->scratch;
        if (!__builtin_add_overflow(value->number, sign * step_of(value, text), &changed.number)
            && quantity_read(m->c, &changed, &q) && quantity_hold(q, &scale, &number))
            param_set_number(m->c, info, number, value->at);
        else
            info->failed = true;
        m->c->diags = diags;
        if (!info->failed)
            note(m, value->at, text, number_written(m, value, text, changed.number));
        *info = saved;
    }
}

bool
mutants_make(struct compile *c, struct mutants *mutants)
{
    struct maker m = { .c = c, .out = mutants };

    *mutants = (struct mutants){ .wholes = arena_array(c->arena, (size_t)c->policy->clauses.n + 1, sizeof *mutants->wholes) };
    m.unchanged = arena_array(c->arena, (size_t)c->policy->clauses.n + 1, sizeof *m.unchanged);
    for (struct ast_clause *decl = c->front->ast->clauses; decl != NULL; decl = decl->next)
        if (!decl->asserted)
            *vec_push(c->arena, &m.decls) = decl;
    for (uint32_t i = 0; i < m.decls.n; i++) {
        struct clause as_it_is = { .act = NONE };

        mutants->wholes[i] = apart_whole(c->policy, &c->policy->clauses.items[i]);
        (void)clause_guards(c, m.decls.items[i], &as_it_is); /* it compiled before */
        m.unchanged[i] = apart_whole(c->policy, &as_it_is);
    }
    for (uint32_t i = 0; i < m.decls.n; i++)
        if (!c->policy->clauses.items[i].warns && m.decls.items[i]->body->kind != AST_NOTE)
            mutate_clause(&m, i, m.decls.items[i]);
    m.decl = NULL;
    for (uint32_t i = 0; i < c->param_infos.n; i++)
        mutate_param(&m, &c->param_infos.items[i]);
    for (uint32_t s = 0; s < c->slot_infos.n; s++) {
        const struct ast_decl *decl = c->slot_infos.items[s].decl;

        if (decl == NULL || decl->kind != AST_DECL_COUNTER)
            continue;
        m.counter = decl;
        for (struct ast_step *step = decl->steps; step != NULL; step = step->next)
            if (step->up)
                mutate_act(&m, step->act);
    }
    if (m.full || is_spent(&m))
        diag_limit(c->diags, m.full ? LIMIT_MUTANTS : LIMIT_PROOF_STEPS, (struct span){ 0, 0 }, "the mutants of the policy");
    return !m.full && !is_spent(&m);
}

enum apart_answer
mutant_find(struct apart *apart, const struct mutants *mutants, const struct mutant *mutant)
{
    const struct rck_policy *policy = apart->cover.policy;
    const struct reading *readings = mutant_readings(mutants, mutant);
    const struct rck_request *witness = apart->cover.witness;
    enum apart_answer worst = APART_NEVER;

    if (mutant->n == 1)
        return apart_find(apart, readings[0], NONE);
    /* Several clauses at once: what one of them shows, another one may hide; so what is found is tried. */
    for (uint32_t i = 0; i < mutant->n; i++) {
        enum apart_answer answer = apart_find(apart, readings[i], NONE);
        enum rck_result result;
        struct tally tally;

        /* That of two grants each hides the other is no proof for both together. */
        if (answer != APART_NEVER || policy->clauses.items[readings[i].clause].kind == RCK_CLAUSE_GRANT)
            worst = APART_UNFINISHED;
        if (answer == APART_NEVER)
            continue;
        if (answer == APART_UNFINISHED)
            continue;
        apart_pay_values(apart, witness);
        tally = tally_of(policy, witness);
        if (apart_noticed(policy, mutants->wholes, &tally, readings, mutant->n, witness, &result))
            return answer == APART_REASONS && result == tally_result(policy, &tally) ? APART_SOMEHOW : APART_RESULT;
    }
    return worst;
}
