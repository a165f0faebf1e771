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
            name->text.n = count(SAVED_TEXTS) - name->text.at; /* the second NUL behind it is past the end */
        } else {
            memcpy(texts + name->text.at, "x\0\0", 3);
            name->text.n = 2;
        }
        expect(how == 0 ? "a hidden name up to the end" : "a hidden name without a dot", "names");
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
    } cases[] = {
        { "a guard with nodes of the one before", AND, GUARD_AND, 6 },
        { "a guard without its first node", AND, GUARD_AND, 4 },
        { "an operand with more than there is", NOT, GUARD_NOT, 6 },
        { "an operand of 'not' with more than there is", OR, GUARD_OR, 3 },
        { "an operand of 'not' with less than there is", OR, GUARD_OR, 1 },
        { "a 'not' of two", AND, GUARD_NOT, 5 },
        { "an 'or' of none", OR, GUARD_OR, 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guard *node;

        begin();
        node = record(SAVED_GUARDS, count(SAVED_GUARDS) - cases[i].node);
        node->kind = cases[i].kind & 7;
        node->of = cases[i].of & (GUARDS_MAX - 1);
        expect(cases[i].what, "guards");
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

static void
forge_facts(void)
{
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
        if (kind != COLUMN_NUMBER)
            continue;
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
    whole = saved("policy p; default deny; vocabulary { subject s; role r; action a; resource b; }\n");
    forge_no_rows();
    forge_cells();
    free(whole.p);
    free(forged.p);
    return judged();
}
