/* SPDX-License-Identifier: MIT
 *
 * Saved policies with one member forged, and size and checksum made right: each says something that no policy can mean, and is refused
 * with the name of the section.  tests/saved.c changes any byte; here is what that does not meet, because more than one has to change
 * together, or a certain value has to stand there.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/policy.h"
#include "../engine/saved.h"
#include "judge.h"
#include "saved_bytes.h"

static const char text[] =
    "policy p; default allow;\n"
    "vocabulary { subject user, app; role owner; action read, write; open resource doc, doc.page, page;\n"
    "  attribute n, m, k, most : int 0..9; attribute title, name : string; attribute color, shade : { red, green }; attribute size : { s, m_, l };\n"
    "  attribute tags, marks : set of { a, b }; attribute state, mood : open { go, halt }; attribute until : time; counter c : up by k on write page; }\n"
    "limits: limit c to most; same: deny when color == shade; same_open: deny when state == mood; some: deny when n < m; late: deny when now > until;\n"
    "texts: deny when title == name; lists: deny when tags has a or marks has b; sized: deny when size == s;\n"
    "deep: deny when k < 4 and not (m < 5 or k < 6);\n"
    "routes { credential user when header.key is present; GET \"/docs/*\" when query.draft == \"yes\" -> read doc with title = body.title; POST \"/docs\" -> write doc with n = body.n; }\n";

static struct saved_bytes whole; /* as it was saved */
static struct saved_bytes forged;

/* Record IDX of a section of the forged one. */
static void *
record(enum saved_section section, uint32_t idx)
{
    const struct saved_entry *entry = (const struct saved_entry *)(const void *)(forged.p + sizeof(struct saved_header)) + section;

    if (idx >= entry->n)
        abort();
    return forged.p + entry->at + (size_t)idx * entry->size;
}

static uint32_t
count(enum saved_section section)
{
    return ((const struct saved_entry *)(const void *)(forged.p + sizeof(struct saved_header)) + section)->n;
}

static void
begin(void)
{
    free(forged.p);
    forged = (struct saved_bytes){ malloc(whole.n), whole.n, whole.n };
    if (forged.p == NULL)
        abort();
    memcpy(forged.p, whole.p, whole.n);
}

/* The forged one is refused for SECTION, or loads if that is NULL. */
static void
expect(const char *what, const char *section)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    const char *why;
    enum rck_status status;

    saved_bytes_repair(forged.p, forged.n);
    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    status = rck_policy_load(context, forged.p, forged.n, &policy);
    why = status != RCK_OK ? rck_context_load_error(context)->message : NULL;
    if (section == NULL)
        judge(status == RCK_OK && policy != NULL, "%s: %s", what, why != NULL ? why : "");
    else
        judge(status != RCK_OK && policy == NULL && why != NULL && strstr(why, section) != NULL, "%s: %s", what,
              why != NULL ? why : "is taken");
    rck_policy_unref(policy);
    rck_context_free(context);
}

/* Record IDX of SECTION is the first that is wrong. */
static void
expect_entry(const char *what, enum saved_section section, uint32_t idx)
{
#define SECTION(symbol, name, type) name,
    static const char *const names[] = { SAVED_SECTIONS(SECTION) };
#undef SECTION
    char message[128];

    snprintf(message, sizeof message, "it is not sound: entry %u of its %s is wrong", (unsigned)idx, names[section]);
    expect(what, message);
}

/* The slot called NAME, and 1. */
static uint32_t
slot_of(const char *name)
{
    const char *texts = record(SAVED_TEXTS, 0);

    for (uint32_t i = 0; i < count(SAVED_SLOTS); i++)
        if (strcmp(texts + ((const struct saved_slot *)record(SAVED_SLOTS, i))->name.at, name) == 0)
            return i + 1;
    abort();
}

static struct atom *
atom_of(enum atom_kind kind)
{
    for (uint32_t i = 0; i < count(SAVED_ATOMS); i++) {
        struct atom *atom = record(SAVED_ATOMS, i);

        if (atom->kind == kind)
            return atom;
    }
    abort();
}

static void
forge_atoms(void)
{
    static const char *const unlike[][2] = { { "color", "size" }, { "state", "color" }, { "tags", "marks" }, { "n", "m" }, { "title", "color" } };
    struct atom *atom;

    begin();
    expect("nothing is forged", NULL);
    for (size_t i = 0; i < N_ELEMENTS(unlike); i++) {
        begin();
        atom = atom_of(ATOM_SAME);
        atom->slot = slot_of(unlike[i][0]);
        atom->other = slot_of(unlike[i][1]);
        expect("slots that cannot be compared", "atoms");
    }
    begin();
    atom_of(ATOM_SAME)->other = NONE;
    expect("a comparison with no slot", "atoms");
    begin();
    atom_of(ATOM_SAME)->other = count(SAVED_SLOTS) + 1;
    expect("a comparison with a slot past the end", "atoms");
    begin();
    atom = atom_of(ATOM_BELOW);
    atom->sum.slots[2] = slot_of("k");
    atom->sum.slots[1] = NONE;
    atom->sum.factors[0] = 1;
    expect("a sum with a gap", "atoms");
}

/* The classes of names are numbered in the order of their first names, so that none is without any: 'table' would look for one. */
static void
forge_classes(void)
{
    for (uint32_t i = 0; i < count(SAVED_COLUMNS); i++) {
        struct column *column;
        uint32_t *class_of;

        begin();
        column = record(SAVED_COLUMNS, i);
        if (column->kind != COLUMN_NAME)
            continue;
        class_of = record(SAVED_CLASS_OF, column->first);
        class_of[0] = 1;
        expect("a first name that is not of the first class", "columns");
        begin();
        column = record(SAVED_COLUMNS, i);
        column->n_classes++;
        expect("a class that is no name's", "columns");
        begin();
        column = record(SAVED_COLUMNS, i);
        column->undeclared++;
        expect("undeclared values behind the next class", "columns");
        begin();
        column = record(SAVED_COLUMNS, i);
        column->absent += 2;
        expect("absent values behind the next class", "columns");
    }
}

static void
forge_names(void)
{
    struct saved_name *name = NULL;
    char *texts;

    for (unsigned how = 0; how < 2; how++) {
        uint32_t i = 0;

        begin();
        do
            name = record(SAVED_NAMES, i++);
        while (name->declared != NAME_HIDDEN || name->text.n < 3);
        texts = record(SAVED_TEXTS, 0);
        if (how == 0) {
            memset(texts + name->text.at, 'x', count(SAVED_TEXTS) - 1 - name->text.at);
            texts[count(SAVED_TEXTS) - 2] = '.';
            name->text.n = count(SAVED_TEXTS) - name->text.at; /* the second NUL behind it is past the end */
        } else {
            memcpy(texts + name->text.at, "x\0\0", 3);
            name->text.n = 2;
        }
        expect_entry(how == 0 ? "a hidden name up to the end" : "a hidden name without a dot", SAVED_NAMES, i - 1);
    }
}

/* Of a policy without rows, in which the end of none stands somewhere else. */
static void
forge_no_rows(void)
{
    struct kept_row *row;

    begin();
    if (count(SAVED_ROWS) != 1)
        abort();
    row = record(SAVED_ROWS, 0);
    row->first = 1;
    expect("no rows that end", "rows");
    begin();
    ((struct saved_facts *)record(SAVED_FACTS, 0))->source.at++;
    expect("a source that begins later", "entry 0 of its facts is wrong");
}

static void
forge_routes(void)
{
    struct saved_message_fact *fact;
    struct saved_route *route;
    struct route_with *with;

    begin();
    fact = record(SAVED_MESSAGE_FACTS, 0);
    *((char *)record(SAVED_TEXTS, fact->name.at)) = 0;
    fact->name.n = 0;
    expect("a fact without a name", "facts of messages");
    begin();
    route = record(SAVED_ROUTES, 0);
    *((char *)record(SAVED_TEXTS, route->method.at)) = 0;
    route->method.n = 0;
    expect("a route without a method", "routes");
    begin();
    with = record(SAVED_WITHS, 0);
    with->slot = ((const struct saved_facts *)record(SAVED_FACTS, 0))->now;
    expect("a route that tells the time", "routes");
    begin();
    with = record(SAVED_WITHS, 0);
    with->slot = slot_of("tags") - 1;
    expect("a route that gives a set", "routes");
}

/* Guards that are not one behind the other, each with all of its own.  The last one is
 *     k < 4, m < 5, k < 6, 'or' of 2, 'not' of 3, 'and' of 5 */
static void
forge_guards(void)
{
    enum { AND = 1, NOT, OR };
    static const struct {
        const char *what;
        uint32_t node; /* from the last one on */
        uint32_t kind, of;
        uint32_t refused; /* node, too */
    } cases[] = {
        { "a guard with nodes of the one before", AND, GUARD_AND, 6, AND },
        { "a guard without its first node", AND, GUARD_AND, 4, AND },
        { "an operand with more than there is", NOT, GUARD_NOT, 6, NOT },
        { "an operand of 'not' with more than there is", OR, GUARD_OR, 3, OR },
        { "an operand of 'not' with less than there is", OR, GUARD_OR, 1, OR },
        { "a 'not' of two", AND, GUARD_NOT, 5, NOT },
        { "an 'or' of none", OR, GUARD_OR, 0, OR },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guard *node;

        begin();
        node = record(SAVED_GUARDS, count(SAVED_GUARDS) - cases[i].node);
        node->kind = cases[i].kind & 7;
        node->of = cases[i].of & (GUARDS_MAX - 1);
        expect_entry(cases[i].what, SAVED_GUARDS, count(SAVED_GUARDS) - cases[i].refused);
    }
    for (uint32_t off = 0; off < 2; off++) {
        begin();
        ((struct saved_clause *)record(SAVED_CLAUSES, count(SAVED_CLAUSES) - 1))->violation = off == 0 ? 1 : count(SAVED_GUARDS);
        expect(off == 0 ? "a guard of another clause" : "a guard that is not there", "guards");
    }
    begin();
    expect("what nobody changed", NULL);
}

/* Members that cannot be what they are: one at a time, all else is as it was saved. */
#define FORGE(section, idx, type, member, forged_value, refused_for)                                                           \
    (begin(), (void)(((type *)record((section), (idx)))->member = (forged_value)), expect(#type " " #member " = " #forged_value, (refused_for)))

/* As FORGE, and record IDX is the first that is refused. */
#define FORGE_AT(section, idx, type, member, forged_value, refused_for, refused_idx)                                           \
    (begin(), (void)(((type *)record((section), (idx)))->member = (forged_value)),                                             \
     expect_entry(#type " " #member " = " #forged_value, (refused_for), (refused_idx)))

static void
forge_facts(void)
{
    FORGE(SAVED_FACTS, 0, struct saved_facts, name.at, 2, "entry 0 of its facts is wrong");
    FORGE(SAVED_FACTS, 0, struct saved_facts, by_default, RCK_INDETERMINATE, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, by_default, RCK_INVALID, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, by_default, 77, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, overridden, 2, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, cases_passed, 2, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, form, TABLE_HASHED + 1, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, n_key_columns, HASHED_KEYS_MAX + 1, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, now, count(SAVED_SLOTS), "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, now, slot_of("n") - 1, "facts");
    FORGE(SAVED_FACTS, 0, struct saved_facts, now, slot_of("until") - 1, NULL); /* a time as another */
}

static void
forge_clauses(void)
{
    uint32_t last = count(SAVED_CLAUSES) - 1;

    FORGE(SAVED_CLAUSES, last, struct saved_clause, kind, RCK_CLAUSE_NOTE + 1, "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, warns, 2, "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, file, count(SAVED_FILES), "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, label.at, 0, "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, text.at, count(SAVED_TEXTS), "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, cites.at, count(SAVED_TEXTS), "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, says.at, count(SAVED_TEXTS), "clauses");
    FORGE(SAVED_CLAUSES, last, struct saved_clause, label.n, 1u << 31, "clauses");
}

static void
forge_sets(void)
{
    bool has_two = false;

    FORGE(SAVED_NAME_SETS, SET_ALL, struct set, n, 1, "sets of names");
    FORGE(SAVED_NAME_SETS, SET_EMPTY, struct set, first, 1, "sets of names");
    FORGE(SAVED_NAME_SETS, SET_EMPTY + 1, struct set, first, 1, "sets of names");
    FORGE(SAVED_NAME_SETS, SET_EMPTY + 1, struct set, n, 0, "sets of names");
    FORGE(SAVED_NAME_SETS, SET_EMPTY + 1, struct set, n, count(SAVED_NAME_RANGES) + 1, "sets of names");
    FORGE(SAVED_NAME_RANGES, 0, struct range, lo, 7, "ranges of names");
    FORGE(SAVED_NAME_RANGES, 0, struct range, hi, 0, "ranges of names");
    for (uint32_t i = SET_EMPTY + 1; i < count(SAVED_CLASS_SETS); i++) {
        struct set set;

        begin();
        set = *(const struct set *)record(SAVED_CLASS_SETS, i);
        if (set.n < 2)
            continue;
        has_two = true;
        FORGE(SAVED_CLASS_RANGES, set.first + 1, struct range, lo, ((const struct range *)record(SAVED_CLASS_RANGES, set.first))->hi, "ranges of classes");
    }
    judge(has_two, "no set of classes has two ranges");
}

static void
forge_more_atoms(void)
{
    for (uint32_t i = 0; i < count(SAVED_ATOMS); i++) {
        enum atom_kind kind;

        begin();
        kind = ((const struct atom *)record(SAVED_ATOMS, i))->kind;
        FORGE(SAVED_ATOMS, i, struct atom, kind, (enum atom_kind)(ATOM_MATCHES + ATOM_SAME), "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, slot, NONE, "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, slot, count(SAVED_SLOTS) + 1, "atoms");
        if (kind != ATOM_SAME)
            FORGE(SAVED_ATOMS, i, struct atom, other, 1, "atoms");
        if (kind != ATOM_IN && kind != ATOM_HAS)
            FORGE(SAVED_ATOMS, i, struct atom, set, SET_EMPTY, "atoms");
        else
            FORGE(SAVED_ATOMS, i, struct atom, set, count(SAVED_NAME_SETS), "atoms");
        if (kind != ATOM_BELOW && kind != ATOM_EQUAL)
            continue;
        FORGE(SAVED_ATOMS, i, struct atom, slot, slot_of("title"), "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, sum.slots[0], NONE, "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, sum.slots[2], count(SAVED_SLOTS) + 1, "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, sum.slots[1], slot_of("title"), "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, sum.factors[0], ((int64_t)1 << 61) + 1, "atoms");
        FORGE(SAVED_ATOMS, i, struct atom, sum.factors[0], -((int64_t)1 << 61) - 1, "atoms");
    }
}

static void
forge_columns(void)
{
    for (uint32_t i = 0; i < count(SAVED_COLUMNS); i++) {
        enum column_kind kind;

        begin();
        kind = ((const struct column *)record(SAVED_COLUMNS, i))->kind;
        FORGE(SAVED_COLUMNS, i, struct column, kind, (enum column_kind)(COLUMN_MATCHES + COLUMN_SAME), "columns");
        FORGE(SAVED_COLUMNS, i, struct column, slot, NONE, "columns");
        FORGE(SAVED_COLUMNS, i, struct column, slot, count(SAVED_SLOTS) + 1, "columns");
        FORGE(SAVED_COLUMNS, i, struct column, n_classes, 9999, "columns");
        if (kind != COLUMN_SAME)
            FORGE(SAVED_COLUMNS, i, struct column, other, 1, "columns");
        if (kind != COLUMN_HAS)
            FORGE(SAVED_COLUMNS, i, struct column, set, SET_EMPTY, "columns");
        else
            FORGE(SAVED_COLUMNS, i, struct column, set, count(SAVED_NAME_SETS), "columns");
        if (kind == COLUMN_NAME || kind == COLUMN_NUMBER)
            FORGE(SAVED_COLUMNS, i, struct column, first, 9999, "columns");
        if (kind != COLUMN_NUMBER) {
            FORGE(SAVED_COLUMNS, i, struct column, sum.slots[0], 1, "columns");
            FORGE(SAVED_COLUMNS, i, struct column, sum.slots[1], slot_of("title"), "columns");
            FORGE(SAVED_COLUMNS, i, struct column, sum.slots[2], 1, "columns");
            FORGE(SAVED_COLUMNS, i, struct column, sum.factors[2], 1, "columns");
            continue;
        }
        if (((const struct column *)record(SAVED_COLUMNS, i))->sum.slots[1] == NONE) {
            FORGE(SAVED_COLUMNS, i, struct column, sum.factors[1], -1, "columns");
            FORGE(SAVED_COLUMNS, i, struct column, sum.slots[2], ((const struct column *)record(SAVED_COLUMNS, i))->slot, "columns");
        }
        FORGE(SAVED_COLUMNS, i, struct column, slot, slot_of("title"), "columns");
        FORGE(SAVED_COLUMNS, i, struct column, sum.slots[0], slot_of("title"), "columns");
        FORGE(SAVED_COLUMNS, i, struct column, n_cuts, 9999, "columns");
        FORGE(SAVED_COLUMNS, i, struct column, absent, 0, "columns");
    }
}

static void
forge_rows(void)
{
    uint32_t last = count(SAVED_ROWS) - 2; /* behind it is the one that ends them */

    FORGE(SAVED_CONDS, 0, struct cond, column, count(SAVED_COLUMNS), "conditions");
    FORGE(SAVED_CONDS, 0, struct cond, classes, SET_ALL, "conditions");
    FORGE(SAVED_CONDS, 0, struct cond, classes, SET_EMPTY, "conditions");
    FORGE(SAVED_CONDS, 0, struct cond, classes, count(SAVED_CLASS_SETS), "conditions");
    FORGE(SAVED_ROWS, last, struct kept_row, clause, count(SAVED_CLAUSES) & (KEPT_CLAUSES_MAX - 1), "rows");
    FORGE(SAVED_ROWS, last, struct kept_row, clause, 0, "rows");
    FORGE(SAVED_ROWS, last, struct kept_row, says, 7, "rows");
    FORGE(SAVED_ROWS, last, struct kept_row, first, count(SAVED_OF_ROWS) + 1, "rows");
    FORGE(SAVED_ROWS, last, struct kept_row, first, 0, "rows");
    FORGE(SAVED_ROWS, 0, struct kept_row, first, 1, "rows");
    FORGE(SAVED_ROWS, last + 1, struct kept_row, first, count(SAVED_OF_ROWS) + 1, "rows");
    FORGE(SAVED_ROWS, last + 1, struct kept_row, clause, 1, "rows");
    FORGE(SAVED_ROWS, last + 1, struct kept_row, says, RCK_STATE_VIOLATED, "rows");
}

/* Of a policy with a table of cells. */
static void
forge_cells(void)
{
    uint32_t *cell;

    for (uint32_t i = 0; i < count(SAVED_CELLS); i++) {
        begin();
        cell = record(SAVED_CELLS, i);
        *cell = RCK_INVALID;
        expect("a cell that says a request is invalid", "cells");
        begin();
        cell = record(SAVED_CELLS, i);
        *cell = RCK_ALLOW | 1 << 2;
        expect("a cell that allows by a clause", "cells");
    }
}

static void
forge_more_routes(void)
{
    uint32_t last = count(SAVED_ROUTES) - 1, last_with = count(SAVED_WITHS) - 1;

    FORGE(SAVED_WITHS, last_with, struct route_with, slot, N_DIMENSIONS - 1, "routes");
    FORGE(SAVED_WITHS, last_with, struct route_with, slot, count(SAVED_SLOTS), "routes");
    FORGE(SAVED_WITHS, last_with, struct route_with, slot, slot_of("c") - 1, "routes");
    FORGE(SAVED_WITHS, last_with, struct route_with, slot, slot_of("tags") - 1, "routes");
    FORGE(SAVED_WITHS, last_with, struct route_with, fact, count(SAVED_MESSAGE_FACTS), "routes");
    FORGE(SAVED_ROUTES, last, struct saved_route, action, 9999, "routes");
    FORGE(SAVED_ROUTES, last, struct saved_route, resource, 9999, "routes");
    FORGE(SAVED_ROUTES, last, struct saved_route, file, count(SAVED_FILES), "routes");
    FORGE(SAVED_ROUTES, 0, struct saved_route, first_test, count(SAVED_TESTS) + 1, "routes");
    FORGE(SAVED_ROUTES, 0, struct saved_route, n_tests, count(SAVED_TESTS) + 1, "routes");
    FORGE(SAVED_ROUTES, last, struct saved_route, first_with, count(SAVED_WITHS) + 1, "routes");
    FORGE(SAVED_ROUTES, last, struct saved_route, n_withs, count(SAVED_WITHS) + 1, "routes");
    FORGE(SAVED_CREDENTIALS, 0, struct saved_credential, subject, 9999, "credentials");
    FORGE(SAVED_CREDENTIALS, 0, struct saved_credential, file, count(SAVED_FILES), "credentials");
    FORGE(SAVED_CREDENTIALS, 0, struct saved_credential, first_test, 1, "credentials");
    FORGE(SAVED_CREDENTIALS, 0, struct saved_credential, n_tests, 0, "routes");
    FORGE(SAVED_CREDENTIALS, 0, struct saved_credential, n_tests, count(SAVED_TESTS) + 1, "credentials");
    FORGE(SAVED_CREDENTIALS, 0, struct saved_credential, when.at, 0, "credentials");
    FORGE(SAVED_TESTS, 0, struct saved_test, kind, TEST_ABOVE + 1, "tests of messages");
    FORGE(SAVED_TESTS, 0, struct saved_test, kind, TEST_AND, "credentials");
    FORGE(SAVED_TESTS, 0, struct saved_test, fact, count(SAVED_MESSAGE_FACTS), "tests of messages");
    FORGE(SAVED_TESTS, 0, struct saved_test, text.n, 1, "tests of messages");
}

/* ---- a policy that has of all there is ------------------------------------------------------------------------------------- */

static const char full[] =
    "policy full; source \"https://example.com/\" as of 2026-01-02; default deny;\n"
    "vocabulary { subject user, bot; role owner, guest; action read, write; open resource doc, doc.page; resource pages = doc.page; action both = read, write;\n"
    "  attribute n, m : int 0..900; attribute flag, other : bool; attribute title, name : string; attribute size : int in MB; attribute tags : set of { a, b, c };\n"
    "  attribute color : { red, green, blue }; attribute maybe : set of { x, y } optional; attribute at : time; counter docs per minute : up by n on write doc; counter lines : up on write doc; }\n"
    "param most : int 1..50 = 3; param last : time = 2027-01-01;\n"
    "rate: limit docs to 3 per minute cites \"Three.\" says \"There are {docs} of {most}.\"; low: deny when n < 5 or n > 700;\n"
    "flags: deny when flag == other; flagged: deny when flag and title in { \"x\", \"y\" }; globs: deny when title matches \"a*\" or title matches \"b*\";\n"
    "tagged: deny when tags has a; soft: deny when color == red warn; sized: deny when size > 3 MB; ended: deny when at > last;\n"
    "more: deny when n < m unless color in { red, blue }; is_there: deny when maybe is present; some: user may use anything; why: note \"Nothing else.\";\n"
    "again: user may read doc when flag; once_more: user may read doc when flag;\n"
    "routes { credential user when header.b is present; credential bot when header.a matches \"b*\" and header.b == \"x\";\n"
    "  GET, PUT \"/doc/*\" when body.n > 1.5 or query.q in { \"a\", \"b\" } -> read doc with n = body.n, title = query.t;\n"
    "  POST \"/doc/**\" when body.n > 2 -> write doc.page with n = body.m; PUT \"/x\" when not body.n > 3 -> write doc; DELETE \"/x\" when not body.n > 4 -> write doc; }\n";

/* Of which sections the records refer to texts, and where in them: in the order in which the texts lie. */
#define TEXT(section, type, member, optional) { SAVED_##section, offsetof(type, member), optional }
static const struct {
    enum saved_section section;
    size_t at;
    bool optional;
} text_members[] = {
    TEXT(FACTS, struct saved_facts, name, false),
    TEXT(FACTS, struct saved_facts, source, true),
    TEXT(FACTS, struct saved_facts, source_date, true),
    TEXT(SLOTS, struct saved_slot, name, false),
    TEXT(SLOTS, struct saved_slot, text, true),
    TEXT(SLOTS, struct saved_slot, unit, true),
    TEXT(SLOTS, struct saved_slot, window, true),
    TEXT(NAMES, struct saved_name, text, false),
    TEXT(CONSTANTS, struct saved_constant, text, false),
    TEXT(PATTERNS, struct saved_text, at, false),
    TEXT(NAMED_SETS, struct saved_named_set, name, false),
    TEXT(NAMED_SETS, struct saved_named_set, text, false),
    TEXT(PARAMS, struct saved_param, name, false),
    TEXT(PARAMS, struct saved_param, type, false),
    TEXT(PARAMS, struct saved_param, declared, false),
    TEXT(PARAMS, struct saved_param, value, false),
    TEXT(CLAUSES, struct saved_clause, label, false),
    TEXT(CLAUSES, struct saved_clause, text, false),
    TEXT(CLAUSES, struct saved_clause, cites, true),
    TEXT(CLAUSES, struct saved_clause, says, true),
    TEXT(MESSAGE_FACTS, struct saved_message_fact, name, false),
    TEXT(TESTS, struct saved_test, text, false),
    TEXT(CREDENTIALS, struct saved_credential, when, false),
    TEXT(ROUTES, struct saved_route, method, false),
    TEXT(ROUTES, struct saved_route, path, false),
    TEXT(ROUTES, struct saved_route, when, true),
    TEXT(ROUTES, struct saved_route, with, true),
};

/* The forged one, in which member I of a text of TEXT_MEMBERS is to be changed. */
static struct saved_text *
text_of(size_t i, uint32_t idx)
{
    begin();
    return (struct saved_text *)(void *)((char *)record(text_members[i].section, idx) + text_members[i].at);
}

/* Each text must be where the one before it ends, whole, and without a NUL. */
static void
forge_texts(void)
{
    for (size_t i = 0; i < N_ELEMENTS(text_members); i++) {
        enum saved_section section = text_members[i].section;
        uint32_t n_texts = 0;

        begin();
        for (uint32_t idx = 0, n = count(section); idx < n; idx++) {
            struct saved_text *of = text_of(i, idx);

            if (of->at == 0)
                continue; /* there is none */
            n_texts++;
            of->at++;
            expect_entry("a text that begins later", section, idx);
            of = text_of(i, idx);
            if (of->n != 0) {
                of->at++;
                of->n--;
                expect_entry("the end of a text", section, idx);
            }
            text_of(i, idx)->n = UINT32_MAX;
            expect_entry("a text without end", section, idx);
            of = text_of(i, idx);
            if (of->n != 0 && *(char *)record(SAVED_TEXTS, of->at) != 0) {
                of->n--;
                expect_entry("a text without a NUL behind it", section, idx);
                of = text_of(i, idx);
                *(char *)record(SAVED_TEXTS, of->at) = 0;
                expect_entry("a text with a NUL in it", section, idx);
                text_of(i, idx)->at = 0;
                expect_entry("no text, which has bytes", section, idx);
            }
            if (text_members[i].optional)
                continue;
            *text_of(i, idx) = (struct saved_text){ 0, 0 };
            expect_entry("no text where one must be", section, idx);
        }
        judge(n_texts != 0, "no record of section %d has text %zu", (int)section, i);
    }
}

/* The forged one becomes what was saved, with N records in SECTION: the last one again, or zeros if there is none, where they are more. */
static void
resize(enum saved_section section, uint32_t n)
{
    struct saved_entry *entries;
    const struct saved_entry *was = (const struct saved_entry *)(const void *)(whole.p + sizeof(struct saved_header));
    size_t at = saved_begin();

    free(forged.p);
    forged.p = calloc(1, whole.n + (size_t)n * was[section].size + SAVED_ALIGN);
    if (forged.p == NULL)
        abort();
    memcpy(forged.p, whole.p, at);
    entries = (struct saved_entry *)(void *)(forged.p + sizeof(struct saved_header));
    entries[section].n = n;
    for (uint32_t i = 0; i < N_SAVED_SECTIONS; i++) {
        size_t size = was[i].size;

        entries[i].at = at;
        for (uint32_t k = 0; k < entries[i].n && was[i].n != 0; k++)
            memcpy(forged.p + at + k * size, whole.p + was[i].at + (k < was[i].n ? k : was[i].n - 1) * size, size);
        at = saved_align(at + entries[i].n * size);
    }
    forged.n = forged.room = at;
}

/* Sections with more or fewer records than the others ask for. */
static void
forge_sizes(void)
{
    enum { ONE_MORE = -1 };
    static const struct {
        enum saved_section section;
        int n;
        enum saved_section refused_for;
        int entry; /* ONE_MORE: the first that is too much */
    } cases[] = {
        { SAVED_FACTS, 0, SAVED_FACTS, 0 },
        { SAVED_FACTS, ONE_MORE, SAVED_FACTS, 0 },
        { SAVED_TEXTS, 0, SAVED_FACTS, 0 },
        { SAVED_TEXTS, ONE_MORE, SAVED_TEXTS, ONE_MORE },
        { SAVED_PATHS, 0, SAVED_FILES, 0 },
        { SAVED_PATHS, ONE_MORE, SAVED_PATHS, ONE_MORE },
        { SAVED_FILES, 0, SAVED_PATHS, 0 },
        { SAVED_FILES, ONE_MORE, SAVED_FILES, ONE_MORE },
        { SAVED_SLOTS, 0, SAVED_SLOTS, 0 },
        { SAVED_SLOTS, N_DIMENSIONS - 1, SAVED_SLOTS, N_DIMENSIONS - 1 },
        { SAVED_NAMES, ONE_MORE, SAVED_NAMES, ONE_MORE },
        { SAVED_GUARDS, 0, SAVED_GUARDS, 0 },
        { SAVED_GUARDS, ONE_MORE, SAVED_GUARDS, ONE_MORE },
        { SAVED_NAME_SETS, 0, SAVED_NAME_SETS, 0 },
        { SAVED_NAME_SETS, 1, SAVED_NAME_SETS, 1 },
        { SAVED_NAME_RANGES, ONE_MORE, SAVED_NAME_RANGES, ONE_MORE },
        { SAVED_CLASS_SETS, 1, SAVED_CLASS_SETS, 1 },
        { SAVED_CLASS_RANGES, ONE_MORE, SAVED_CLASS_RANGES, ONE_MORE },
        { SAVED_CLASS_OF, ONE_MORE, SAVED_CLASS_OF, ONE_MORE },
        { SAVED_CUTS, ONE_MORE, SAVED_CUTS, ONE_MORE },
        { SAVED_ROWS, 0, SAVED_ROWS, 0 },
        { SAVED_OF_ROWS, ONE_MORE, SAVED_OF_ROWS, ONE_MORE },
        { SAVED_CONDS, ONE_MORE, SAVED_CONDS, ONE_MORE },
        { SAVED_GROUPS, 999, SAVED_GROUPS, 999 },
        { SAVED_UNKNOWN, ONE_MORE, SAVED_UNKNOWN, ONE_MORE + 1 },
    };

    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        uint32_t n, entry;
        char what[64];

        begin();
        n = cases[i].n == ONE_MORE ? count(cases[i].section) + 1 : (uint32_t)cases[i].n;
        entry = cases[i].entry == ONE_MORE ? count(cases[i].section) : (uint32_t)cases[i].entry;
        if (cases[i].section == SAVED_UNKNOWN)
            entry = n;
        resize(cases[i].section, n);
        snprintf(what, sizeof what, "section %d with %u records", (int)cases[i].section, (unsigned)n);
        expect_entry(what, cases[i].refused_for, entry);
    }
    resize(SAVED_FACTS, 1);
    expect("as many facts as there were", NULL);
    begin();
    memcpy(record(SAVED_TEXTS, count(SAVED_TEXTS) - 2), "\xff", 1);
    expect_entry("a text that is no UTF-8", SAVED_TEXTS, count(SAVED_TEXTS) - 2);
    FORGE_AT(SAVED_GROUPS, 1, struct saved_group, grants, 2, SAVED_GROUPS, 1);
    FORGE_AT(SAVED_GROUPS, 1, struct saved_group, zero, 1, SAVED_GROUPS, 1);
}

/* The first record of SECTION, from FROM on, whose member at AT is VALUE. */
static uint32_t
find(enum saved_section section, uint32_t from, size_t at, uint32_t value)
{
    while (memcmp((const char *)record(section, from) + at, &value, sizeof value) != 0)
        from++;
    return from;
}

enum { FAR = 0x7fffffff };

/* The character at AT of the text that MEMBER of record IDX of SECTION is becomes C. */
#define RESPELL(section, idx, type, member, at_, c)                                                                            \
    (begin(), (void)(*(char *)record(SAVED_TEXTS, ((type *)record((section), (idx)))->member.at + (at_)) = (c)))

/* The name NAME becomes the hidden one TEXT, which is as long with its NUL. */
static void
hide(uint32_t name, const char *text_of_name)
{
    struct saved_name *hidden = record(SAVED_NAMES, name);

    memcpy(record(SAVED_TEXTS, hidden->text.at), text_of_name, hidden->text.n);
    hidden->declared = NAME_HIDDEN;
}

static void
forge_vocabulary(void)
{
    uint32_t n = slot_of("n") - 1, flag = slot_of("flag") - 1, tags = slot_of("tags") - 1, color = slot_of("color") - 1, resource = 3, first, hidden;

    begin();
    ((struct saved_text *)record(SAVED_FILES, 0))->at = 1;
    expect_entry("a path that begins later", SAVED_FILES, 0);
    begin();
    ((struct saved_text *)record(SAVED_FILES, 0))->n++;
    expect_entry("a path without end", SAVED_FILES, 0);
    for (uint32_t i = 0; i < N_DIMENSIONS; i++) {
        RESPELL(SAVED_SLOTS, i, struct saved_slot, name, 0, 'x');
        expect_entry("a dimension with another name", SAVED_SLOTS, i);
        FORGE_AT(SAVED_SLOTS, i, struct saved_slot, type, i == 1 ? RCK_TYPE_NAME : RCK_TYPE_SET, SAVED_SLOTS, i);
        FORGE_AT(SAVED_SLOTS, i, struct saved_slot, flags, SAVED_OPTIONAL | (i == resource ? SAVED_OPEN : 0), SAVED_SLOTS, i);
    }
    FORGE_AT(SAVED_SLOTS, n, struct saved_slot, type, RCK_TYPE_TIME + 1, SAVED_SLOTS, n);
    FORGE_AT(SAVED_SLOTS, n, struct saved_slot, flags, SAVED_OPEN * 2, SAVED_SLOTS, n);
    FORGE_AT(SAVED_SLOTS, n, struct saved_slot, flags, SAVED_OPEN, SAVED_SLOTS, n);
    FORGE_AT(SAVED_SLOTS, n, struct saved_slot, min, 901, SAVED_SLOTS, n);
    FORGE_AT(SAVED_SLOTS, n, struct saved_slot, n_names, 1, SAVED_SLOTS, n);
    FORGE_AT(SAVED_SLOTS, n, struct saved_slot, n_declared, 1, SAVED_SLOTS, n);
    begin();
    ((struct saved_slot *)record(SAVED_SLOTS, n))->n_names = ((struct saved_slot *)record(SAVED_SLOTS, n))->n_declared = 1;
    expect_entry("a number with a name", SAVED_SLOTS, n);
    FORGE_AT(SAVED_SLOTS, flag, struct saved_slot, n_names, 3, SAVED_SLOTS, flag);
    FORGE_AT(SAVED_SLOTS, flag, struct saved_slot, n_declared, 1, SAVED_SLOTS, flag);
    FORGE_AT(SAVED_SLOTS, flag, struct saved_slot, flags, SAVED_COUNTER, SAVED_SLOTS, flag);
    FORGE_AT(SAVED_SLOTS, color, struct saved_slot, flags, SAVED_OPEN, SAVED_SLOTS, color);
    FORGE_AT(SAVED_SLOTS, color, struct saved_slot, n_declared, 4, SAVED_SLOTS, color);
    FORGE_AT(SAVED_SLOTS, color, struct saved_slot, n_declared, 2, SAVED_SLOTS, color);
    FORGE_AT(SAVED_SLOTS, resource, struct saved_slot, flags, 0, SAVED_SLOTS, resource);
    begin();
    ((struct saved_slot *)record(SAVED_SLOTS, tags))->n_names = FAR;
    ((struct saved_slot *)record(SAVED_SLOTS, tags))->n_declared = FAR;
    expect_entry("names that are not there", SAVED_SLOTS, tags);
    FORGE_AT(SAVED_FACTS, 0, struct saved_facts, now, FAR, SAVED_FACTS, 0);

    /* Names. */
    begin();
    first = 0;
    for (uint32_t i = 0; i < resource; i++)
        first += ((const struct saved_slot *)record(SAVED_SLOTS, i))->n_names;
    RESPELL(SAVED_NAMES, first, struct saved_name, text, 0, 'A');
    expect_entry("an open dimension without a top", SAVED_NAMES, first);
    RESPELL(SAVED_NAMES, 0, struct saved_name, text, 0, 'z');
    expect_entry("names that are not in order", SAVED_NAMES, 1);
    RESPELL(SAVED_NAMES, first - 1, struct saved_name, text, 0, 'a');
    expect_entry("names that are not in order", SAVED_NAMES, first - 1);
    FORGE_AT(SAVED_NAMES, 1, struct saved_name, declared, 2, SAVED_NAMES, 1);
    begin();
    ((struct saved_name *)record(SAVED_NAMES, 1))->declared = ((struct saved_name *)record(SAVED_NAMES, 0))->declared;
    expect_entry("two names in one place", SAVED_NAMES, 1);
    hidden = find(SAVED_NAMES, first + 1, offsetof(struct saved_name, declared), NAME_HIDDEN);
    RESPELL(SAVED_NAMES, hidden, struct saved_name, text, ((struct saved_name *)record(SAVED_NAMES, hidden))->text.n, 'x');
    expect_entry("a hidden name with one NUL", SAVED_NAMES, hidden);
    RESPELL(SAVED_NAMES, hidden, struct saved_name, text, ((struct saved_name *)record(SAVED_NAMES, hidden))->text.n - 2, 'x');
    expect_entry("a hidden name without a dot", SAVED_NAMES, hidden);
    begin();
    hide(first + 1, ".\0"); /* which was 'doc' */
    ((struct saved_name *)record(SAVED_NAMES, first + 1))->text.n = 2;
    expect_entry("a hidden name that is a dot", SAVED_NAMES, first + 1);
    FORGE_AT(SAVED_NAMES, hidden, struct saved_name, text.n, 0, SAVED_NAMES, hidden);
    begin();
    hidden = find(SAVED_NAMES, first, offsetof(struct saved_name, text.n), (uint32_t)strlen("doc.page"));
    hide(hidden, "doc.pa.");
    expect_entry("a hidden name more", SAVED_NAMES, first);
    begin();
    ((struct saved_slot *)record(SAVED_SLOTS, color))->flags = SAVED_OPEN;
    ((struct saved_slot *)record(SAVED_SLOTS, color))->n_declared = 2;
    first = 0;
    for (uint32_t i = 0; i < color; i++)
        first += ((const struct saved_slot *)record(SAVED_SLOTS, i))->n_names;
    hide(first, "bl."); /* which was 'blue', and declared last */
    expect_entry("open names without a top", SAVED_NAMES, first);
    begin();
    first = 0;
    for (uint32_t i = 0; i < flag; i++)
        first += ((const struct saved_slot *)record(SAVED_SLOTS, i))->n_names;
    for (uint32_t i = 0; i < 2; i++) {
        RESPELL(SAVED_NAMES, first + i, struct saved_name, text, 3, 'X');
        expect_entry("a truth with another name", SAVED_NAMES, first);
    }

    /* Constants. */
    FORGE_AT(SAVED_CONSTANTS, 1, struct saved_constant, slot, FAR, SAVED_CONSTANTS, 1);
    FORGE_AT(SAVED_CONSTANTS, 1, struct saved_constant, slot, n, SAVED_CONSTANTS, 1);
    FORGE_AT(SAVED_NAMED_SETS, 1, struct saved_named_set, slot, FAR, SAVED_NAMED_SETS, 1);
    begin();
    memcpy(record(SAVED_TEXTS, ((const struct saved_text *)record(SAVED_PATTERNS, 1))->at), "[", 1);
    expect_entry("a pattern that is none", SAVED_PATTERNS, 1);
}

static void
forge_meaning(void)
{
    uint32_t n_sets, in, has, matches, same, below, leaf = 1, tails;

    begin();
    in = find(SAVED_ATOMS, 0, offsetof(struct atom, kind), ATOM_IN);
    has = find(SAVED_ATOMS, 0, offsetof(struct atom, kind), ATOM_HAS);
    matches = find(SAVED_ATOMS, 0, offsetof(struct atom, kind), ATOM_MATCHES);
    same = find(SAVED_ATOMS, 0, offsetof(struct atom, kind), ATOM_SAME);
    below = find(SAVED_ATOMS, 0, offsetof(struct atom, slot), slot_of("size"));
    for (tails = 0; ((const struct saved_clause *)record(SAVED_CLAUSES, tails))->tails == NONE;)
        tails++;

    /* Sets. */
    n_sets = count(SAVED_NAME_SETS);
    FORGE_AT(SAVED_NAME_SETS, SET_ALL, struct set, n, 1, SAVED_NAME_SETS, SET_ALL);
    FORGE_AT(SAVED_NAME_SETS, SET_EMPTY, struct set, n, 1, SAVED_NAME_SETS, SET_EMPTY);
    FORGE_AT(SAVED_NAME_SETS, n_sets - 1, struct set, first, 0, SAVED_NAME_SETS, n_sets - 1);
    FORGE_AT(SAVED_NAME_SETS, n_sets - 1, struct set, n, 0, SAVED_NAME_SETS, n_sets - 1);
    FORGE_AT(SAVED_NAME_SETS, n_sets - 1, struct set, n, FAR, SAVED_NAME_SETS, n_sets - 1);
    FORGE(SAVED_NAME_RANGES, count(SAVED_NAME_RANGES) - 1, struct range, hi, FAR, "its atoms is");
    FORGE(SAVED_CLASS_RANGES, count(SAVED_CLASS_RANGES) - 1, struct range, hi, FAR, "its conditions is");

    /* Atoms of slots with other values; of a set that would be one of theirs. */
    begin();
    ((struct atom *)record(SAVED_ATOMS, in))->slot = slot_of("n");
    ((struct atom *)record(SAVED_ATOMS, in))->set = SET_EMPTY;
    expect_entry("a number in a set of names", SAVED_ATOMS, in);
    FORGE_AT(SAVED_ATOMS, has, struct atom, slot, slot_of("color"), SAVED_ATOMS, has);
    FORGE_AT(SAVED_ATOMS, matches, struct atom, slot, slot_of("color"), SAVED_ATOMS, matches);
    FORGE_AT(SAVED_ATOMS, matches, struct atom, pattern, count(SAVED_PATTERNS), SAVED_ATOMS, matches);
    FORGE_AT(SAVED_ATOMS, same, struct atom, other, FAR, SAVED_ATOMS, same);
    begin();
    ((struct atom *)record(SAVED_ATOMS, same))->slot = slot_of("m");
    ((struct atom *)record(SAVED_ATOMS, same))->other = slot_of("n");
    expect_entry("two numbers that are one name", SAVED_ATOMS, same);
    begin();
    ((struct atom *)record(SAVED_ATOMS, same))->slot = slot_of("flag");
    ((struct atom *)record(SAVED_ATOMS, same))->other = slot_of("subject");
    expect_entry("a truth that is one of two names", SAVED_ATOMS, same);
    FORGE_AT(SAVED_ATOMS, below, struct atom, sum.factors[0], 2, SAVED_ATOMS, below);

    /* Guards. */
    FORGE_AT(SAVED_GUARDS, leaf, struct guard, of, count(SAVED_ATOMS) & (GUARDS_MAX - 1), SAVED_GUARDS, leaf);
    for (unsigned kind = GUARD_ATOM + 1; kind < 8; kind++)
        FORGE_AT(SAVED_GUARDS, leaf, struct guard, kind, kind & 7, SAVED_GUARDS, leaf);
    begin();
    *(struct guard *)record(SAVED_GUARDS, leaf) = (struct guard){ GUARD_CONSTANT, TRUTH_UNKNOWN & 3 };
    expect_entry("a constant that is unknown", SAVED_GUARDS, leaf);
    FORGE_AT(SAVED_CLAUSES, 0, struct saved_clause, act, FAR, SAVED_GUARDS, leaf);
    FORGE_AT(SAVED_CLAUSES, tails, struct saved_clause, tails, FAR, SAVED_GUARDS, ((struct saved_clause *)record(SAVED_CLAUSES, tails - 1))->violation + 1);
}

static void
forge_tables(void)
{
    static const wide cuts[][3] = { { 0, 5, 701 }, { 1, 5, 901 }, { 1, 1, 701 }, { 1, 701, 5 } };
    uint32_t name, number, has, present, matches, warned, row;

    begin();
    name = find(SAVED_COLUMNS, 0, offsetof(struct column, slot), slot_of("color"));
    number = find(SAVED_COLUMNS, 0, offsetof(struct column, n_cuts), 3);
    has = find(SAVED_COLUMNS, 0, offsetof(struct column, kind), COLUMN_HAS);
    present = find(SAVED_COLUMNS, 0, offsetof(struct column, kind), COLUMN_PRESENT);
    matches = find(SAVED_COLUMNS, 0, offsetof(struct column, kind), COLUMN_MATCHES);
    warned = find(SAVED_CLAUSES, 0, offsetof(struct saved_clause, warns), 1);
    for (row = 0; ((const struct kept_row *)record(SAVED_ROWS, row))->clause < warned;)
        row++;
    FORGE_AT(SAVED_COLUMNS, name, struct column, slot, FAR, SAVED_COLUMNS, name);
    FORGE_AT(SAVED_COLUMNS, name, struct column, slot, slot_of("n"), SAVED_COLUMNS, name);
    FORGE_AT(SAVED_COLUMNS, name, struct column, slot, slot_of("tags"), SAVED_COLUMNS, name);
    FORGE_AT(SAVED_COLUMNS, name, struct column, first, FAR, SAVED_COLUMNS, name);
    begin();
    ((struct column *)record(SAVED_COLUMNS, name))->absent += 2;
    ((struct column *)record(SAVED_COLUMNS, name))->n_classes += 2;
    expect_entry("a class that is no value's", SAVED_COLUMNS, name);
    FORGE_AT(SAVED_COLUMNS, number, struct column, first, FAR, SAVED_COLUMNS, number);
    FORGE_AT(SAVED_COLUMNS, number, struct column, sum.factors[0], 2, SAVED_COLUMNS, number);
    FORGE_AT(SAVED_COLUMNS, number, struct column, n_classes, 4, SAVED_COLUMNS, number);
    FORGE_AT(SAVED_COLUMNS, has, struct column, slot, slot_of("color"), SAVED_COLUMNS, has);
    FORGE_AT(SAVED_COLUMNS, has, struct column, n_classes, 4, SAVED_COLUMNS, has);
    FORGE_AT(SAVED_COLUMNS, present, struct column, n_classes, 3, SAVED_COLUMNS, present);
    FORGE_AT(SAVED_COLUMNS, matches, struct column, n_classes, 4, SAVED_COLUMNS, matches);
    FORGE_AT(SAVED_COLUMNS, matches, struct column, slot, slot_of("color"), SAVED_COLUMNS, matches);
    FORGE_AT(SAVED_COLUMNS, matches, struct column, pattern, count(SAVED_PATTERNS), SAVED_COLUMNS, matches);
    begin();
    ((struct column *)record(SAVED_COLUMNS, number))->n_cuts = FAR;
    ((struct column *)record(SAVED_COLUMNS, number))->n_classes = FAR + 2u;
    ((struct column *)record(SAVED_COLUMNS, number))->absent = FAR + 1u;
    expect_entry("cuts that are not there", SAVED_COLUMNS, number);
    for (size_t i = 0; i < N_ELEMENTS(cuts); i++) {
        begin();
        memcpy(record(SAVED_CUTS, ((const struct column *)record(SAVED_COLUMNS, number))->first), cuts[i], sizeof cuts[i]);
        expect_entry("cuts that are not in order, or out of the range", SAVED_COLUMNS, number);
    }

    /* Rows. */
    FORGE_AT(SAVED_CONDS, 0, struct cond, column, FAR, SAVED_CONDS, 0);
    FORGE_AT(SAVED_ROWS, row, struct kept_row, clause, warned & (KEPT_CLAUSES_MAX - 1), SAVED_ROWS, row);
    FORGE_AT(SAVED_ROWS, row, struct kept_row, first, FAR, SAVED_ROWS, row - 1);
    FORGE_AT(SAVED_ROWS, 2, struct kept_row, first, 0, SAVED_ROWS, 1);
    begin();
    *(uint32_t *)record(SAVED_OF_ROWS, 0) = 1;
    expect_entry("a condition before the first one", SAVED_OF_ROWS, 0);
    /* The last one is the one before once more, and has four conditions. */
    for (unsigned how = 0; how < 2; how++) {
        uint32_t end, *ids;

        begin();
        end = count(SAVED_OF_ROWS) - 4;
        ids = record(SAVED_OF_ROWS, end);
        if (how == 0) {
            ids[0] = count(SAVED_CONDS);
            expect_entry("a condition that is not there", SAVED_OF_ROWS, end);
        } else {
            uint32_t id = ids[1];

            ids[1] = ids[0];
            ids[0] = id;
            expect_entry("conditions that are not in order", SAVED_OF_ROWS, end + 1);
        }
    }
}

static void
forge_messages(void)
{
    enum { POST = 2, LAST, BEHIND }; /* routes: GET and PUT are one and the same */
    uint32_t present, matches, above;
    struct saved_route *route;

    begin();
    present = find(SAVED_TESTS, 0, offsetof(struct saved_test, kind), TEST_PRESENT);
    matches = find(SAVED_TESTS, 0, offsetof(struct saved_test, kind), TEST_MATCHES);
    above = ((const struct saved_route *)record(SAVED_ROUTES, POST))->first_test;
    for (uint32_t i = 0; i < count(SAVED_MESSAGE_FACTS); i++) {
        FORGE_AT(SAVED_MESSAGE_FACTS, i, struct saved_message_fact, source, FACT_BODY + 1, SAVED_MESSAGE_FACTS, i);
        RESPELL(SAVED_MESSAGE_FACTS, i, struct saved_message_fact, name, 0, 'A');
        if (i == 0 || ((const struct saved_message_fact *)record(SAVED_MESSAGE_FACTS, i - 1))->source != ((const struct saved_message_fact *)record(SAVED_MESSAGE_FACTS, i))->source)
            expect("a first fact with another name", NULL);
        else
            expect_entry("facts that are not in order", SAVED_MESSAGE_FACTS, i);
        RESPELL(SAVED_MESSAGE_FACTS, i, struct saved_message_fact, name, 0, 0);
        ((struct saved_message_fact *)record(SAVED_MESSAGE_FACTS, i))->name.n = 0;
        expect_entry("a fact without a name", SAVED_MESSAGE_FACTS, i);
    }
    FORGE_AT(SAVED_MESSAGE_FACTS, 0, struct saved_message_fact, source, FACT_BODY, SAVED_MESSAGE_FACTS, 1);
    FORGE_AT(SAVED_TESTS, present, struct saved_test, fact, FAR, SAVED_TESTS, present);
    FORGE_AT(SAVED_TESTS, present, struct saved_test, text.at, 1, SAVED_TESTS, present);
    FORGE_AT(SAVED_TESTS, present, struct saved_test, text.n, 1, SAVED_TESTS, present);
    FORGE_AT(SAVED_TESTS, above, struct saved_test, kind, TEST_ABOVE + 1, SAVED_TESTS, above);
    FORGE_AT(SAVED_TESTS, above, struct saved_test, kind, TEST_NOT, SAVED_ROUTES, POST);
    FORGE_AT(SAVED_TESTS, above - 1, struct saved_test, kind, TEST_NOT, SAVED_ROUTES, 0);
    FORGE_AT(SAVED_TESTS, matches, struct saved_test, pattern, FAR, SAVED_TESTS, matches);
    FORGE_AT(SAVED_CREDENTIALS, 1, struct saved_credential, first_test, 0, SAVED_CREDENTIALS, 1);
    FORGE_AT(SAVED_CREDENTIALS, 1, struct saved_credential, n_tests, FAR, SAVED_CREDENTIALS, 1);
    RESPELL(SAVED_ROUTES, POST, struct saved_route, path, 0, 'x');
    expect_entry("a path that is none", SAVED_ROUTES, POST);
    begin();
    route = record(SAVED_ROUTES, POST);
    memcpy(record(SAVED_TEXTS, route->method.at), "\0/any", 5); /* and the path behind it */
    route->path = (struct saved_text){ route->method.at + 1, 4 + route->path.n };
    route->method.n = 0;
    expect_entry("a route without a method", SAVED_ROUTES, POST);
    FORGE_AT(SAVED_ROUTES, POST, struct saved_route, resource, 0, SAVED_ROUTES, POST); /* the hidden one, above all */
    for (uint32_t first = 0; first < count(SAVED_WITHS); first++)
        FORGE_AT(SAVED_ROUTES, LAST, struct saved_route, first_with, first, SAVED_ROUTES, LAST);
    FORGE_AT(SAVED_ROUTES, BEHIND, struct saved_route, first_with, 0, SAVED_ROUTES, BEHIND);
    FORGE_AT(SAVED_ROUTES, LAST, struct saved_route, n_withs, 1, SAVED_ROUTES, LAST);
    FORGE_AT(SAVED_ROUTES, LAST, struct saved_route, n_withs, FAR, SAVED_ROUTES, LAST);
    FORGE_AT(SAVED_ROUTES, LAST, struct saved_route, first_test, 0, SAVED_ROUTES, LAST);
    FORGE_AT(SAVED_ROUTES, LAST, struct saved_route, n_tests, FAR, SAVED_ROUTES, LAST);
    FORGE_AT(SAVED_TESTS, above + 4, struct saved_test, kind, TEST_AND, SAVED_ROUTES, BEHIND);
    FORGE_AT(SAVED_WITHS, 0, struct route_with, slot, FAR, SAVED_ROUTES, 0);
    FORGE_AT(SAVED_WITHS, 0, struct route_with, slot, N_DIMENSIONS - 1, SAVED_ROUTES, 0);
    FORGE_AT(SAVED_WITHS, 2, struct route_with, slot, FAR, SAVED_ROUTES, POST);
    FORGE_AT(SAVED_WITHS, 2, struct route_with, slot, slot_of("docs") - 1, SAVED_ROUTES, POST);
    FORGE_AT(SAVED_WITHS, 2, struct route_with, fact, FAR, SAVED_ROUTES, POST);
}

/* Columns whose cells would be 2 to the power of 64, which is 0 where 64 bits are all there is: no table is as small as that. */
static void
forge_overflow(void)
{
    begin();
    resize(SAVED_CELLS, 0);
    ((struct saved_facts *)record(SAVED_FACTS, 0))->form = TABLE_DENSE;
    ((struct saved_facts *)record(SAVED_FACTS, 0))->n_key_columns = 0;
    expect_entry("a table of no cells", SAVED_CELLS, 0);
}

/* Saves the policy of TEXT. */
static struct saved_bytes
saved(const char *text_of_policy)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct saved_bytes bytes;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    if (rck_policy_compile(context, "p.rules", text_of_policy, strlen(text_of_policy), &diagnostics, &policy) != RCK_OK) {
        printf("%s\n", diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0)->message : "no memory");
        exit(1);
    }
    bytes = saved_bytes_of(policy);
    rck_policy_unref(policy);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return bytes;
}

/* One row over 64 columns of two classes each. */
static struct saved_bytes
saved_wide(void)
{
    char wide_text[8192] = "policy wide; default allow; vocabulary { subject s; role r; action a; resource b;\n";
    size_t n = strlen(wide_text);

    for (int i = 0; i < 64; i++)
        n += (size_t)sprintf(wide_text + n, "attribute x%d : set of { y } optional;\n", i);
    n += (size_t)sprintf(wide_text + n, "}\nall: deny when x0 is present");
    for (int i = 1; i < 64; i++)
        n += (size_t)sprintf(wide_text + n, " and x%d is present", i);
    strcat(wide_text, ";\n");
    return saved(wide_text);
}

int
main(void)
{
    whole = saved(text);
    forge_atoms();
    forge_guards();
    forge_classes();
    forge_names();
    forge_routes();
    forge_facts();
    forge_clauses();
    forge_sets();
    forge_more_atoms();
    forge_columns();
    forge_rows();
    forge_more_routes();
    free(whole.p);
    whole = saved("policy p; source \"x\"; default deny; vocabulary { subject s; role r; action a; resource b; }\n");
    forge_no_rows();
    forge_cells();
    free(whole.p);
    whole = saved(full);
    forge_texts();
    forge_sizes();
    forge_vocabulary();
    forge_meaning();
    forge_tables();
    forge_messages();
    free(whole.p);
    whole = saved_wide();
    forge_overflow();
    free(whole.p);
    free(forged.p);
    return judged();
}
