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
    free(whole.p);
    whole = saved("policy p; default deny; vocabulary { subject s; role r; action a; resource b; }\n");
    forge_no_rows();
    free(whole.p);
    free(forged.p);
    return judged();
}
