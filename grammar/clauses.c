/* SPDX-License-Identifier: MIT
 *
 * Clauses and asserts to guards.  Every clause becomes three: DO, tails, violation; everything after this knows only those.
 */
#include <config.h>

#include "compile.h"

#include "../engine/template.h"

/* ---- DO and WHO --------------------------------------------------------------------------------------------------------- */

static guard_id
in_dimension(struct compile *c, uint32_t slot, const struct ast_names *names, bool *fine)
{
    set_id set = names_resolve_all(c, slot, names);

    *fine = *fine && set != SET_EMPTY;
    return compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = slot + 1, .set = set }, names->first->at);
}

bool
clause_act(struct compile *c, const struct ast_do *act, guard_id *out)
{
    struct guards *guards = &c->policy->guards;
    guard_id guard = NONE;
    bool fine = true;

    if (act->actions.n != 0)
        guard = guard_and(guards, guard, in_dimension(c, SLOT_ACTION, &act->actions, &fine));
    if (act->resources.n != 0)
        guard = guard_and(guards, guard, in_dimension(c, SLOT_RESOURCE, &act->resources, &fine));
    *out = guard;
    return fine;
}

/* Reports a name of WHO that is neither a subject nor a role. */
static void
report_who(struct compile *c, const struct ast_name *name)
{
    struct suggestion suggestion;
    struct diag *d;

    if (front_has_lost(c->front, name->text))
        return;
    d = diag_report(c->diags, CODE_UNKNOWN_NAME, name->at, "unknown subject or role '%.*s'", QUOTE(name->text));

    diag_label(c->diags, d, "neither a subject nor a role of this vocabulary");
    suggest_begin(&suggestion, name->text);
    names_suggest(c, SLOT_SUBJECT, &suggestion);
    names_suggest(c, SLOT_ROLE, &suggestion);
    if (suggest_found(&suggestion).n != 0)
        diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
    else
        diag_help(c->diags, d, "declare it in the vocabulary as a subject or a role");
}

/* WHO holds when the subject is one of its subjects, or the caller has one of its roles.  GATE: it is the WHO of 'only' or
 * 'may', which must not widen by itself and asks one kind of thing only. */
static bool
who_guard(struct compile *c, const struct ast_who *who, bool gate, guard_id *out)
{
    struct guards *guards = &c->policy->guards;
    struct gathered all_subjects = { 0 }, all_roles = { 0 };
    set_id subjects, roles;
    const struct ast_name *first_subject = NULL, *first_role = NULL;
    bool fine = true;

    if (who->anyone) {
        *out = guard_constant(guards, true);
        return true;
    }
    for (const struct ast_name *name = who->names.first; name != NULL; name = name->next) {
        set_id as_subject = names_find(c, SLOT_SUBJECT, name->text), as_role = names_find(c, SLOT_ROLE, name->text);
        uint32_t slot = as_subject != SET_EMPTY ? SLOT_SUBJECT : SLOT_ROLE;

        if (as_subject == SET_EMPTY && as_role == SET_EMPTY) {
            report_who(c, name);
            fine = false;
            continue;
        }
        if (as_subject != SET_EMPTY && as_role != SET_EMPTY) {
            struct diag *d =
                diag_report(c->diags, CODE_AMBIGUOUS, name->at, "'%.*s' covers subjects and roles", QUOTE(name->text));
            diag_help(c->diags, d, "name the subjects or the roles that are meant");
            fine = false;
        }
        if (gate && names_is_tree(c, slot, name->text)) {
            struct diag *d = diag_report(c->diags, CODE_WIDE_GATE, name->at, "'%.*s' has names below it: a gate must name each",
                                         QUOTE(name->text));
            diag_help(c->diags, d, "list the names: one that is declared later would pass the gate by itself");
            fine = false;
        }
        names_gather(c, &all_subjects, gate ? names_exact(c, SLOT_SUBJECT, as_subject) : as_subject);
        names_gather(c, &all_roles, gate ? names_exact(c, SLOT_ROLE, as_role) : as_role);
        first_subject = slot == SLOT_SUBJECT && first_subject == NULL ? name : first_subject;
        first_role = slot == SLOT_ROLE && first_role == NULL ? name : first_role;
    }
    if (gate && first_subject != NULL && first_role != NULL) {
        struct diag *d = diag_report(c->diags, CODE_MIXED_WHO, who->at, "the list mixes subjects and roles");

        diag_second(c->diags, d, first_subject->at, "a subject");
        diag_second(c->diags, d, first_role->at, "a role");
        diag_help(c->diags, d, "name the roles, and add 'when subject == %.*s'", QUOTE(first_subject->text));
        fine = false;
    }
    subjects = names_gathered(c, &all_subjects);
    roles = names_gathered(c, &all_roles);
    *out = NONE;
    if (subjects != SET_EMPTY)
        *out = compile_atom(c, (struct atom){ .kind = ATOM_IN, .slot = SLOT_SUBJECT + 1, .set = subjects }, who->at);
    if (roles != SET_EMPTY)
        *out = guard_or(guards, *out,
                        compile_atom(c, (struct atom){ .kind = ATOM_HAS, .slot = SLOT_ROLE + 1, .set = roles }, who->at));
    return fine && ALWAYS(*out != NONE);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------------- */

/* What raises COUNTER by BY (a slot + 1; NONE: by one), as a DO; NONE if nothing does. */
static guard_id
raised_by(struct compile *c, uint32_t counter, uint32_t by_plus_1)
{
    struct guards *guards = &c->policy->guards;
    guard_id any = NONE;

    for (const struct ast_step *step = c->slot_infos.items[counter].decl->steps; step != NULL; step = step->next) {
        uint32_t by = step->by != NULL ? symbols_find(c->slots, step->by->text) : SYMBOL_NONE;
        guard_id act;

        if (step->up && (step->by != NULL ? by + 1 : NONE) == by_plus_1 && clause_act(c, step->act, &act))
            any = guard_or(guards, any, act != NONE ? act : guard_constant(guards, true));
    }
    return any;
}

/* What raises a counter by one amount, and that this is beyond the limit. */
struct raise {
    guard_id act, exceeds;
};

/* Fills RAISE for the amount BY; its act is NONE if nothing raises the counter by that. */
static bool
make_raise(struct compile *c, const struct ast_body *body, uint32_t counter, uint32_t by_plus_1, bool alone, struct raise *raise)
{
    struct guards *guards = &c->policy->guards;
    guard_id act = raised_by(c, counter, by_plus_1), exceeds;

    *raise = (struct raise){ act, NONE };
    if (act == NONE)
        return true;
    exceeds = expr_exceeds(c, counter, by_plus_1, body);
    if (exceeds == NONE)
        return false;
    if (by_plus_1 != NONE) {
        struct atom atom = { .kind = ATOM_BELOW, .slot = by_plus_1, .sum = { { by_plus_1 }, { 1 } }, .bound = 1 };

        exceeds = guard_and(guards, exceeds, guard_not(guards, compile_atom(c, atom, body->at)));
    }
    raise->exceeds = alone ? exceeds : guard_and(guards, exceeds, guard_copy(guards, act));
    return true;
}

/* Can SLOT, which may be none, be what raises a counter? */
static bool
is_amount(const struct compile *c, uint32_t slot)
{
    return slot != SYMBOL_NONE && c->policy->slots.items[slot].type == RCK_TYPE_INT && !c->policy->slots.items[slot].counter;
}

/* Guards are made for another clause or assert from here on. */
static void
begin_guards(struct compile *c)
{
    c->first_node = c->n_placed = c->policy->guards.nodes.n;
    c->atom_places.n = 0;
}

/* DO and violation of a limit: one pair for each thing that raises the counter. */
static bool
raise_guards(struct compile *c, const struct ast_body *body, uint32_t counter, struct clause *out)
{
    struct guards *guards = &c->policy->guards;
    VEC(uint32_t) amounts = { 0 };
    struct raise *raises;

    for (const struct ast_step *step = c->slot_infos.items[counter].decl->steps; step != NULL; step = step->next) {
        uint32_t by = step->by != NULL ? symbols_find(c->slots, step->by->text) : SYMBOL_NONE, i = 0;
        uint32_t by_plus_1 = step->by != NULL ? by + 1 : NONE;

        if (step->by != NULL && !is_amount(c, by))
            return false; /* reported where the counter is */
        while (i < amounts.n && amounts.items[i] != by_plus_1)
            i++;
        if (step->up && i == amounts.n)
            *vec_push(c->scratch, &amounts) = by_plus_1;
    }
    raises = arena_array(c->scratch, amounts.n, sizeof *raises);
    for (uint32_t i = 0; i < amounts.n; i++)
        if (!make_raise(c, body, counter, amounts.items[i], amounts.n == 1, &raises[i]))
            return false;
    if (amounts.n == 1) {
        out->act = raises[0].act;
        out->violation = raises[0].exceeds;
        return out->act != NONE;
    }
    /* Each of the two grows only behind itself.  What was made so far is of no more use. */
    begin_guards(c);
    for (uint32_t i = 0; i < amounts.n; i++)
        out->act = guard_or(guards, out->act, guard_copy(guards, raises[i].act));
    for (uint32_t i = 0; i < amounts.n; i++)
        out->violation = guard_or(guards, out->violation, guard_copy(guards, raises[i].exceeds));
    (void)compile_guard(c, out->violation, body->at);
    return out->act != NONE;
}

static bool
limit_guards(struct compile *c, const struct ast_body *body, struct clause *out)
{
    uint32_t slot = symbols_find(c->slots, body->counter->text);

    if (slot == SYMBOL_NONE && front_has_lost(c->front, body->counter->text))
        return false;
    if (slot == SYMBOL_NONE || !c->policy->slots.items[slot].counter) {
        struct suggestion suggestion;
        struct diag *d =
            diag_report(c->diags, CODE_UNKNOWN_COUNTER, body->counter->at,
                        slot == SYMBOL_NONE ? "unknown counter '%.*s'" : "'%.*s' is no counter", QUOTE(body->counter->text));

        suggest_begin(&suggestion, body->counter->text);
        for (uint32_t s = 0; s < c->policy->slots.n; s++)
            if (c->policy->slots.items[s].counter)
                suggest_try(&suggestion, c->policy->slots.items[s].name);
        if (suggest_found(&suggestion).n != 0)
            diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
        else if (slot != SYMBOL_NONE)
            diag_help(c->diags, d, "bound it with 'require %.*s <= N to ACTION RESOURCE'", QUOTE(body->counter->text));
        else
            diag_help(c->diags, d, "declare 'counter %.*s : up on ACTION RESOURCE;'", QUOTE(body->counter->text));
        return false;
    }
    return raise_guards(c, body, slot, out);
}

static bool
body_guards(struct compile *c, const struct ast_body *body, struct clause *out)
{
    struct guards *guards = &c->policy->guards;
    bool fine;

    switch (body->kind) {
    case AST_LIMIT:
        out->kind = RCK_CLAUSE_LIMIT;
        return limit_guards(c, body, out);
    case AST_ONLY:
        out->kind = RCK_CLAUSE_ONLY;
        if (body->who->anyone) {
            struct diag *d = diag_report(c->diags, CODE_WIDE_GATE, body->who->at, "'only anyone' keeps nobody out");
            diag_help(c->diags, d, "name the subjects or roles that may");
            return false;
        }
        fine = clause_act(c, body->act, &out->act);
        fine = who_guard(c, body->who, true, &out->violation) && fine;
        out->violation = fine ? guard_not(guards, out->violation) : NONE;
        return fine;
    case AST_CANNOT:
        out->kind = RCK_CLAUSE_CANNOT;
        fine = clause_act(c, body->act, &out->act);
        return who_guard(c, body->who, false, &out->violation) && fine;
    case AST_GRANT:
        out->kind = RCK_CLAUSE_GRANT;
        fine = clause_act(c, body->act, &out->act);
        return who_guard(c, body->who, true, &out->violation) && fine;
    case AST_REQUIRE:
        out->kind = RCK_CLAUSE_REQUIRE;
        fine = clause_act(c, body->act, &out->act);
        out->violation = expr_guard(c, body->expr);
        fine = fine && out->violation != NONE;
        out->violation = fine ? guard_not(guards, out->violation) : NONE;
        return fine;
    case AST_DENY:
    case AST_ASSERT_ALLOW:
        out->kind = RCK_CLAUSE_DENY;
        out->violation = expr_guard(c, body->expr);
        return out->violation != NONE;
    case AST_NOTE:
        break;
    }
    out->kind = RCK_CLAUSE_NOTE;
    return true;
}

/* ---- tails -------------------------------------------------------------------------------------------------------------- */

static const char *
tail_word(enum ast_tail_kind kind)
{
    static const char *const words[] = { "when", "unless", "cites", "says", "covered by", "warn" };

    return words[kind];
}

/* Checks the braces in the text of 'says'. */
static bool
check_template(struct compile *c, const struct ast_tail *tail)
{
    struct template_part part;
    struct diag *d;

    for (size_t at = 0; template_next(tail->text, &at, &part);) {
        struct suggestion suggestion;
        uint32_t slot = symbols_find(c->slots, part.text);

        if (part.kind == TEMPLATE_TEXT
            || (part.kind == TEMPLATE_NAME
                && (front_has_lost(c->front, part.text) || slot != SYMBOL_NONE || names_param(c, part.text) != SYMBOL_NONE
                    || (c->policy->now != RCK_NONE && str_equal(part.text, STR("now"))))))
            continue;
        if (part.kind == TEMPLATE_WRONG) {
            d = diag_report(c->diags, CODE_BAD_TEMPLATE, tail->text_at, "a brace in the text has no partner");
            diag_help(c->diags, d, "write {NAME} for the value of an attribute, '{{' and '}}' for braces");
            return false;
        }
        d = diag_report(c->diags, CODE_BAD_TEMPLATE, tail->text_at, "the text names '%.*s', which is no attribute and no param",
                        QUOTE(part.text));
        suggest_begin(&suggestion, part.text);
        for (uint32_t s = 0; s < c->policy->slots.n; s++)
            suggest_try(&suggestion, c->policy->slots.items[s].name);
        for (uint32_t p = 0; p < c->param_infos.n; p++)
            suggest_try(&suggestion, c->param_infos.items[p].decl->name->text);
        if (suggest_found(&suggestion).n != 0)
            diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
        else
            diag_help(c->diags, d, "name an attribute or a param of the policy; a brace itself is written twice");
        return false;
    }
    return true;
}

/* TEXT for the policy: a slice of the source where it is one and clauses are taken as they are parsed, which keep_source()
 * turns into a text of the policy; else a copy. */
static struct text_slice
keep_text(struct compile *c, struct str text)
{
    const struct source *source = c->front->source;

    return c->taking && source_has(source, text) ? (struct text_slice){ (uint32_t)(text.p - source->text) + 1, (uint32_t)text.n }
                                                 : policy_make_text(c->policy, text);
}

/* Reads the tails of a clause into OUT; false if one was wrong. */
static bool
tail_guards(struct compile *c, const struct ast_clause *decl, struct clause *out)
{
    struct guards *guards = &c->policy->guards;
    const struct ast_tail *seen[AST_WARN + 1] = { NULL };
    bool fine = true;

    for (const struct ast_tail *tail = decl->tails; tail != NULL; tail = tail->next) {
        guard_id guard;

        if (seen[AST_WARN] != NULL) {
            struct diag *d = diag_report(c->diags, CODE_TAIL_ORDER, tail->at, "'warn' comes last");
            diag_second(c->diags, d, seen[AST_WARN]->at, "it stands here");
            diag_help(c->diags, d, "move 'warn' before the ';'");
            fine = false;
        }
        if (seen[tail->kind] != NULL && tail->kind != AST_WHEN && tail->kind != AST_UNLESS && tail->kind != AST_COVERED) {
            struct diag *d = diag_report(c->diags, CODE_STATED_TWICE, tail->at, "'%s' is stated twice", tail_word(tail->kind));
            diag_second(c->diags, d, seen[tail->kind]->at, "first stated here");
            fine = false;
        }
        seen[tail->kind] = tail;
        switch (tail->kind) {
        case AST_WHEN:
        case AST_UNLESS:
            guard = expr_guard(c, tail->expr);
            if (guard == NONE) {
                fine = false;
                break;
            }
            out->tails = guard_and(guards, out->tails, tail->kind == AST_WHEN ? guard : guard_not(guards, guard));
            break;
        case AST_CITES:
            out->cites = keep_text(c, tail->text);
            break;
        case AST_SAYS:
            fine = check_template(c, tail) && fine;
            out->says = keep_text(c, tail->text);
            break;
        case AST_WARN:
            out->warns = true;
            break;
        case AST_COVERED:
            break;
        }
    }
    if (decl->body->kind == AST_NOTE && (out->tails != NONE || out->warns || seen[AST_COVERED] != NULL)) {
        diag_report(c->diags, CODE_TAIL_ORDER, decl->at, "a note decides nothing: only 'cites' and 'says' can follow it");
        fine = false;
    }
    if (decl->body->kind == AST_GRANT && out->warns) {
        diag_report(c->diags, CODE_TAIL_ORDER, seen[AST_WARN]->at, "a grant cannot warn");
        fine = false;
    }
    if (decl->asserted)
        for (uint32_t k = AST_SAYS; k <= AST_WARN; k++)
            if (seen[k] != NULL) {
                diag_report(c->diags, CODE_TAIL_ORDER, seen[k]->at, "'%s' cannot follow an assert",
                            tail_word((enum ast_tail_kind)k));
                fine = false;
            }
    return fine;
}

/* ---- texts and places --------------------------------------------------------------------------------------------------- */

/* Appends the text of SPAN to OUT, which has room for it, without comments, white space folded; returns how much that is. */
static size_t
fold_text(struct compile *c, struct span span, char *out)
{
    struct str text = front_text(c->front, span);
    size_t n = 0;
    bool quoted = false;

    /* Most are one line with one blank between the words, which the scanner has just seen. */
    if (span.begin >= c->front->uneven && text.n != 0) {
        memcpy(out, text.p, text.n);
        return text.n;
    }
    for (size_t i = 0; i < text.n; i++) {
        char at = text.p[i];

        if (at == '\\' && i + 1 < text.n) { /* it stands in quotes only */
            out[n++] = at;
            out[n++] = text.p[++i];
            continue;
        }
        quoted = quoted != (at == '"');
        if (!quoted && at == '#')
            while (i + 1 < text.n && text.p[i + 1] != '\n') /* where a text is not closed, this may be inside of a later one */
                i++;
        else if (quoted || (at != ' ' && at != '\t' && at != '\r' && at != '\n'))
            out[n++] = at;
        else if (n != 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    return n;
}

struct str
compile_text(struct compile *c, struct span span)
{
    char *out = arena_alloc(&c->policy->arena, (size_t)(span.end - span.begin) + 1);
    size_t n = fold_text(c, span, out);

    out[n] = 0;
    return (struct str){ out, n };
}

struct str
compile_text_before(struct compile *c, struct span span)
{
    char *out = arena_alloc(&c->policy->arena, (size_t)(span.end - span.begin) + 1);
    size_t n = fold_text(c, span, out);

    n -= out[n - 2] == ' ' ? 2 : 1;
    out[n] = 0;
    return (struct str){ out, n };
}

struct position
compile_position(struct compile *c, struct span span)
{
    struct place place = diags_place(c->diags, span.begin);
    struct str path = place.source->path;
    uint32_t n = c->policy->files.n;

    /* It is likely to be the newest one. */
    while (n != 0 && !str_equal(c->policy->files.items[n - 1], path))
        n--;
    if (n == 0) {
        *vec_push(&c->policy->arena, &c->policy->files) = arena_copy(&c->policy->arena, path);
        n = c->policy->files.n;
    }
    return (struct position){ n - 1, place.line, place.column };
}

static bool
is_in_text(const struct ast_tail *tail, bool warn)
{
    return tail->kind == AST_WHEN || tail->kind == AST_UNLESS || (warn && tail->kind == AST_WARN);
}

/* HEAD and the conditions of TAILS ('warn' too if WARN), as written, with blanks between them, in ARENA. */
static struct str
joined_text(struct compile *c, struct span head, const struct ast_tail *tails, bool warn, struct arena *arena)
{
    size_t room = head.end - head.begin + 1, n;
    char *out;

    for (const struct ast_tail *tail = tails; tail != NULL; tail = tail->next)
        room += is_in_text(tail, warn) ? tail->at.end - tail->at.begin + 1 : 0;
    out = arena_alloc(arena, room);
    n = fold_text(c, head, out);
    for (const struct ast_tail *tail = tails; tail != NULL; tail = tail->next)
        if (is_in_text(tail, warn)) {
            out[n++] = ' ';
            n += fold_text(c, tail->at, out + n);
        }
    out[n] = 0;
    return (struct str){ out, n };
}

/* HEAD and all that belongs to a clause's text of TAILS, where that is how it stands in the source; else an empty text. */
static struct str
text_as_written(struct compile *c, struct span head, const struct ast_tail *tails)
{
    struct span whole = head;

    for (const struct ast_tail *tail = tails; tail != NULL; tail = tail->next) {
        if (!is_in_text(tail, true))
            continue;
        if (tail->at.begin != whole.end + 1)
            return (struct str){ NULL, 0 };
        whole.end = tail->at.end;
    }
    return whole.begin >= c->front->uneven ? front_text(c->front, whole) : (struct str){ NULL, 0 };
}

/* ---- counters ----------------------------------------------------------------------------------------------------------- */

/* True if some request is a DO of both guards: each is an 'and' of at most one question a dimension. */
static bool
acts_meet(struct compile *c, const struct ast_do *a, const struct ast_do *b)
{
    struct sets *sets = &c->policy->sets;
    bool actions =
        a->actions.n == 0 || b->actions.n == 0
        || set_and(sets, names_resolve_all(c, SLOT_ACTION, &a->actions), names_resolve_all(c, SLOT_ACTION, &b->actions))
               != SET_EMPTY;
    bool resources =
        a->resources.n == 0 || b->resources.n == 0
        || set_and(sets, names_resolve_all(c, SLOT_RESOURCE, &a->resources), names_resolve_all(c, SLOT_RESOURCE, &b->resources))
               != SET_EMPTY;

    return actions && resources;
}

/* What a counter is raised or lowered by is an int attribute, and all of it is in one unit. */
static void
check_amount(struct compile *c, const struct ast_decl *decl, const struct ast_step *step)
{
    const struct ast_unit *of_counter = c->slot_infos.items[symbols_find(c->slots, decl->names.first->text)].unit, *unit = NULL;
    struct diag *d;

    if (step->by != NULL) {
        uint32_t by = symbols_find(c->slots, step->by->text);

        if (by == SYMBOL_NONE) {
            struct suggestion suggestion;

            if (front_has_lost(c->front, step->by->text))
                return;
            d = diag_report(c->diags, CODE_UNKNOWN_ATTRIBUTE, step->by->at, "unknown attribute '%.*s'", QUOTE(step->by->text));
            suggest_begin(&suggestion, step->by->text);
            for (uint32_t s = 0; s < c->policy->slots.n; s++)
                suggest_try(&suggestion, c->policy->slots.items[s].name);
            if (suggest_found(&suggestion).n != 0)
                diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
            else
                diag_help(c->diags, d, "declare 'attribute %.*s : int 0..'", QUOTE(step->by->text));
            return;
        }
        if (!is_amount(c, by)) {
            d = diag_report(c->diags, CODE_TYPE_MISMATCH, step->by->at, "a counter is raised by one or by an int attribute");
            diag_help(c->diags, d, "declare 'attribute %.*s : int 0..'", QUOTE(step->by->text));
            return;
        }
        unit = c->slot_infos.items[by].unit;
        if (unit != NULL && unit->kind == AST_RATE) {
            diag_report(c->diags, CODE_UNIT_MISMATCH, step->by->at, "a counter cannot be raised by a rate");
            return;
        }
    }
    if ((unit == NULL) == (of_counter == NULL) && (unit == NULL || str_equal(unit->text, of_counter->text)))
        return;
    d = diag_report(c->diags, CODE_UNIT_MISMATCH, step->at, "counter '%.*s' is raised or lowered in different units",
                    QUOTE(decl->names.first->text));
    diag_help(c->diags, d, "a counter is in the unit of the attribute after 'by': let all of them have one");
}

void
clause_check_counter(struct compile *c, const struct ast_decl *decl)
{
    const struct ast_name *name = decl->names.first;
    bool raised = false;

    for (const struct ast_step *step = decl->steps; step != NULL; step = step->next) {
        struct diag *d;

        (void)names_resolve_all(c, SLOT_ACTION, &step->act->actions);
        (void)names_resolve_all(c, SLOT_RESOURCE, &step->act->resources);
        raised = raised || step->up;
        check_amount(c, decl, step);
        if (!step->act->any_resource && step->act->resources.n == 0) {
            d = diag_report(c->diags, CODE_EXPECTED, step->at, "expected a resource after '%.*s'",
                            QUOTE(front_text(c->front, step->at)));
            diag_help(c->diags, d, "write for example 'up on create tokens.management'");
            continue;
        }
        for (const struct ast_step *other = step->next; other != NULL; other = other->next) {
            bool same_amount = (other->by == NULL) == (step->by == NULL)
                               && (step->by == NULL || str_equal(step->by->text, other->by->text));

            if (other->up == step->up && step->up && !same_amount && acts_meet(c, step->act, other->act)) {
                d = diag_report(c->diags, CODE_BAD_COUNTER, other->at, "counter '%.*s' is raised by two amounts by the same request",
                                QUOTE(name->text));
                diag_second(c->diags, d, step->at, "raised here");
                diag_help(c->diags, d, "name other actions or resources in one of the two");
            }
            if (other->up != step->up && acts_meet(c, step->act, other->act)) {
                d = diag_report(c->diags, CODE_BAD_COUNTER, other->at,
                                "counter '%.*s' is raised and lowered by the same request", QUOTE(name->text));
                diag_second(c->diags, d, step->at, step->up ? "raised here" : "lowered here");
                diag_help(c->diags, d, "name other actions or resources in one of the two");
            }
        }
    }
    if (!raised) {
        struct diag *d = diag_report(c->diags, CODE_BAD_COUNTER, name->at, "nothing raises counter '%.*s'", QUOTE(name->text));
        diag_help(c->diags, d, "add 'up on ACTION RESOURCE'");
    }
}

/* ---- clauses ------------------------------------------------------------------------------------------------------------ */

/* What tells apart limits that may stand side by side: the counter and the conditions. */
static struct str
limit_key(struct compile *c, const struct ast_clause *decl)
{
    struct str name = decl->body->counter->text;
    struct str conditions = joined_text(c, (struct span){ 0, 0 }, decl->tails, false, c->arena);

    return arena_format(c->arena, "%zu %.*s%.*s", name.n, WHOLE(name), WHOLE(conditions));
}

/* Two enforced limits on one counter with the same condition: which one is meant? */
static void
check_limits(struct compile *c, const struct ast_clause *decl, uint32_t idx)
{
    uint32_t other = symbols_add(c->limited, limit_key(c, decl), idx);
    struct diag *d;

    if (other == idx)
        return;
    d = diag_report(c->diags, CODE_TWO_LIMITS, decl->label->at, "counter '%.*s' has two limits under the same condition",
                    QUOTE(decl->body->counter->text));
    diag_second(c->diags, d, c->stated.items[other].label, "the other one");
    diag_help(c->diags, d, "remove one, give them different conditions, or let one of them 'warn'");
}

static uint64_t
label_hash(const struct compile *c, struct str label)
{
    return hash_bytes(c->settings->hash_seed, label.p, label.n);
}

uint32_t
clause_find(const struct compile *c, struct str label)
{
    uint64_t hash = label_hash(c, label);
    uint32_t at = index_begin(hash), idx;

    while ((idx = index_next(&c->labels, hash, &at)) != INDEX_NONE)
        if (str_equal(policy_text(c->policy, c->policy->clauses.items[idx].label), label)) /* by chance: two labels of one hash */
            return idx;
    return SYMBOL_NONE;
}

const struct covered *
clause_covered(const struct compile *c, uint32_t idx, uint32_t *n)
{
    uint32_t first = c->stated.items[idx].first_covered;

    *n = (idx + 1 < c->stated.n ? c->stated.items[idx + 1].first_covered : c->covereds.n) - first;
    return *n != 0 ? c->covereds.items + first : NULL;
}

static void
check_covered_by(struct compile *c, uint32_t idx)
{
    uint32_t n;
    const struct covered *covered = clause_covered(c, idx, &n);

    for (uint32_t i = 0; i < n; i++) {
        struct str label = covered[i].label;
        uint32_t other = clause_find(c, label);
        struct suggestion suggestion;
        struct diag *d;

        if ((other != SYMBOL_NONE && other != idx) || (other == SYMBOL_NONE && front_has_lost(c->front, label)))
            continue;
        d = diag_report(c->diags, CODE_UNKNOWN_LABEL, covered[i].at,
                        other == idx ? "clause '%.*s' cannot cover itself" : "no clause is called '%.*s'", QUOTE(label));
        suggest_begin(&suggestion, label);
        for (uint32_t k = 0; k < c->policy->clauses.n; k++)
            if (k != idx)
                suggest_try(&suggestion, policy_text(c->policy, c->policy->clauses.items[k].label));
        if (other == SYMBOL_NONE && suggest_found(&suggestion).n != 0)
            diag_help(c->diags, d, "did you mean '%.*s'?", QUOTE(suggest_found(&suggestion)));
    }
}

bool
clause_guards(struct compile *c, const struct ast_clause *decl, struct clause *out)
{
    bool fine;

    begin_guards(c);
    fine = body_guards(c, decl->body, out);
    return tail_guards(c, decl, out) && fine;
}

/* Keeps what messages about the clause need. */
static void
state_clause(struct compile *c, const struct ast_clause *decl)
{
    *vec_push(c->arena, &c->stated) = (struct stated){ .label = decl->label->at, .first_covered = c->covereds.n & INT32_MAX };
    for (const struct ast_tail *tail = decl->tails; tail != NULL; tail = tail->next)
        for (const struct ast_name *label = tail->labels.first; label != NULL; label = label->next)
            *vec_push(c->arena, &c->covereds) = (struct covered){ tail->at, label->at, arena_copy(c->arena, label->text) };
}

/* Keeps the comparisons with numbers of clause IDX, whose guards were made last. */
static void
state_compared(struct compile *c, uint32_t idx)
{
    const struct guards *guards = &c->policy->guards;
    uint32_t i = 0;

    for (guard_id id = c->first_node; i < c->atom_places.n; id++) {
        const struct guard *node = &guards->nodes.items[id];
        struct compared compared;

        if (node->kind != GUARD_ATOM)
            continue;
        compared = (struct compared){ idx, c->atom_places.items[i++], node->of };
        if (guards->atoms.items[node->of].kind == ATOM_BELOW || guards->atoms.items[node->of].kind == ATOM_EQUAL)
            *vec_push(c->arena, &c->compared) = compared;
    }
}

/* Keeps the conditions of clause IDX, which is without an error, once more and each for itself. */
static void
state_conditions(struct compile *c, const struct ast_clause *decl, uint32_t idx)
{
    for (const struct ast_tail *tail = decl->tails; tail != NULL; tail = tail->next)
        if (tail->kind == AST_WHEN || tail->kind == AST_UNLESS)
            *vec_push(c->arena, &c->conditions) =
                (struct tail_guard){ idx, tail->at, tail->kind == AST_UNLESS, expr_guard(c, tail->expr) };
}

void
clause_add(struct compile *c, const struct ast_clause *decl)
{
    struct rck_policy *policy = c->policy;
    uint32_t n = policy->clauses.n, idx;
    struct clause clause = { .label = keep_text(c, decl->label->text) };
    struct str written;
    bool fine;

    idx = clause_find(c, decl->label->text);
    state_clause(c, decl);
    if (idx != SYMBOL_NONE) {
        struct diag *d = diag_report(c->diags, CODE_DUPLICATE_LABEL, decl->label->at, "clause '%.*s' is stated twice",
                                     QUOTE(decl->label->text));

        diag_second(c->diags, d, c->stated.items[idx].label, "first stated here");
        diag_help(c->diags, d, "give one of them another label: logs and tests name clauses by it");
    }
    fine = clause_guards(c, decl, &clause);
    if (clause.kind == RCK_CLAUSE_GRANT && c->front->ast->has_default && policy->by_default == RCK_ALLOW) {
        struct diag *d = diag_report(c->diags, CODE_GRANT, decl->body->at, "a grant has no meaning under 'default allow'");

        diag_help(c->diags, d, "write 'only %.*s' to keep all others out, or 'default deny'",
                  WHOLE(compile_text(c, decl->body->at)));
    }
    if (fine) {
        guard_id guards[] = { clause.act, clause.tails, clause.violation };

        expr_check_presence(c, guards, N_ELEMENTS(guards));
    }
    if (code_wanted(c->settings, CODE_IDLE_NUMBER))
        state_compared(c, n);
    if (fine && code_wanted(c->settings, CODE_IDLE_CONDITION))
        state_conditions(c, decl, n);
    written = text_as_written(c, decl->body->at, decl->tails);
    clause.text = keep_text(c, written.n != 0 ? written : joined_text(c, decl->body->at, decl->tails, true, c->scratch));
    clause.at = compile_position(c, decl->at);
    c->enforces = c->enforces || (decl->body->kind != AST_NOTE && !clause.warns);
    *vec_push(&policy->arena, &policy->clauses) = clause;
    if (idx == SYMBOL_NONE)
        index_add(&c->labels, label_hash(c, decl->label->text), n);
    if (decl->body->kind == AST_LIMIT && !clause.warns)
        check_limits(c, decl, n);
}

static void
add_assert(struct compile *c, const struct ast_clause *decl)
{
    struct guards *guards = &c->policy->guards;
    struct clause clause = { .act = NONE };
    struct proof proof = { .decl = decl, .allows = decl->body->kind == AST_ASSERT_ALLOW };

    if (!clause_guards(c, decl, &clause))
        return;

    guard_id parts[] = { clause.act, clause.tails, clause.violation };

    expr_check_presence(c, parts, N_ELEMENTS(parts));
    proof.guard = guard_and(guards, guard_and(guards, clause.act, clause.tails), clause.violation);
    *vec_push(c->arena, &c->proofs) = proof;
    c->policy->n_asserts++;
}

void
pass_counters(struct compile *c)
{
    c->settled = true;
    for (const struct ast_decl *decl = c->front->ast->decls; decl != NULL; decl = decl->next)
        if (decl->kind == AST_DECL_COUNTER)
            clause_check_counter(c, decl);
}

void
pass_clauses(struct compile *c)
{
    for (const struct ast_clause *decl = c->front->ast->clauses; decl != NULL; decl = decl->next)
        if (!decl->asserted)
            clause_add(c, decl);
    names_add_now(c);
    for (const struct ast_clause *decl = c->front->ast->clauses; decl != NULL; decl = decl->next)
        if (decl->asserted)
            add_assert(c, decl);
    for (uint32_t i = 0; i < c->policy->clauses.n; i++)
        check_covered_by(c, i);
    if (c->front->ast->has_default && c->policy->by_default == RCK_ALLOW && !c->enforces && c->parsed) {
        struct diag *d = diag_report(c->diags, CODE_NOTHING_ENFORCED, c->front->ast->default_at,
                                     "'default allow' without an enforced clause permits everything");

        diag_help(c->diags, d, "state at least one limitation; a file that was cut short must not open the door");
    }
}
