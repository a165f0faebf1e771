/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/rows.c: what the rows of a clause say of a request is what its guards say, there are as few rows as are stated beside
 * each clause, and the limit on them is met exactly.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "explanation.h"
#include "policy.h"
#include "random_policy.h"
#include "request.h"
#include "rows.h"
#include "text.h"

enum { N_REQUESTS = 2000, NUMBERS = 28, ABSENT_ONE_OF = 40 };

struct sample {
    const char *clause;
    uint32_t n_certain, n_unknown; /* its rows */
    uint32_t limit;   /* the least clause-rows with which it has them: boxes that are made on the way, but of atoms alone */
    bool often;       /* some request in a hundred meets its certain rows */
};

#define UP(a, b, c, d) "m" #a " > 0 and m" #b " < 9 and m" #c " > 0 and m" #d " < 9"

static const struct sample samples[] = {
    { "s0 cannot a1 r1", 1, 0, 1, true },
    { "s0 cannot a1 r1 when m0 > 3", 1, 1, 1, true },
    /* Conditions on one column become one, whatever their order, few and many. */
    { "deny when m2 > 1 and m1 > 2 and m0 > 3 and m1 < 8 and m2 < 9 and m0 < 9", 1, 3, 1, true },
    { "deny when " UP(20, 3, 27, 11) " and " UP(5, 5, 0, 19) " and " UP(20, 20, 11, 8) " and " UP(7, 6, 1, 20) " and m3 > 0 and m0 < 9", 1, 11, 1, true },
    { "deny when " UP(0, 1, 2, 3) " and " UP(4, 5, 6, 7) " and " UP(8, 9, 10, 11) " and " UP(12, 13, 14, 15) " and " UP(16, 17, 18, 19), 1, 20, 1, true },
    { "deny when " UP(19, 18, 17, 16) " and " UP(15, 14, 13, 12) " and " UP(11, 10, 9, 8) " and " UP(7, 6, 5, 4) " and " UP(3, 2, 1, 0), 1, 20, 1, true },
    /* Nowhere. */
    { "deny when m0 > 3 and m0 < 3", 0, 1, 1, false },
    { "deny when subject == s0 and subject == s1", 0, 0, 1, false },
    { "s0 cannot a1 r1 when m0 > 3 and m0 < 3", 0, 1, 1, false },
    /* Everywhere, or nearly. */
    { "deny when m0 >= 0", 1, 1, 1, true },
    { "deny when m0 >= 0 and m0 <= 9", 1, 1, 1, true },
    { "deny when m0 >= 0 and m0 <= 9 and m0 >= 0", 1, 1, 1, true },
    { "deny when m0 >= 0 and m0 <= 9 and m0 >= 0 and m1 > 3", 1, 2, 1, true },
    { "deny when o is present or not (o is present)", 2, 0, 2, true },
    { "deny when m0 >= 0 and m1 > 3 and m2 > 3", 1, 3, 1, true },
    { "deny when (m0 >= 0 or m1 > 3) and (m2 > 3 or m3 > 3)", 4, 6, 4, true },
    { "deny when m0 >= 0 or m1 > 3", 2, 1, 2, true },
    { "deny when (m0 > 3 and m0 < 3) or m1 > 3", 1, 2, 2, true },
    /* A box that lies in another one is none, whichever comes first. */
    { "deny when (m0 > 3 and m1 > 3) or m0 > 3 or (m0 > 3 and m2 > 3)", 1, 1, 1, true },
    { "deny when m0 > 3 or (m0 > 3 and m1 > 3 and m2 > 3) or (m1 > 3 and m2 > 3)", 2, 4, 2, true },
    { "deny when (m0 > 3 or m1 > 3) and (m0 > 3 or m2 > 3) and (m1 > 3 or m2 > 3)", 3, 9, 3, true },
    { "deny when (m0 > 3 or m1 > 3) and (m0 > 5 or m1 > 5)", 2, 2, 2, true },
    /* Parts that are no atoms. */
    { "s0, s1 cannot a1, a2 r1 when m0 > 3 or m1 > 3 unless m2 > 3 or (m3 > 3 and flag)", 4, 16, 4, true },
    { "require m0 <= m1 or (flag and e == v1) to a1 r1 when m2 > 3 or m3 > 3 unless f == v2", 4, 28, 4, true },
    { "deny when not (m0 > 3 and not (m1 > 3 or flag))", 3, 3, 3, true },
    { "deny when not (not (m0 > 3)) and not (e == v1 or f == v2)", 1, 3, 1, true },
    { "deny when not (not (m0 > 3 or m1 > 3) or not (m2 > 3 or m3 > 3))", 4, 12, 4, true },
    { "deny when tags has x and not (tags has y) and word == \"a\" and not (word matches \"b*\")", 1, 4, 1, true },
    { "s0 may a1 r1 when m0 > 3 or m1 > 3", 2, 2, 2, true },
    { "s0 may a1 r1 when m0 > 3 unless m1 > 8 and flag", 2, 6, 2, true },
    /* Alternatives about one column are one. */
    { "deny when e == v1 or m0 > 3 or e == v2", 2, 2, 2, true },
    { "deny when tags has x or tags has y", 1, 1, 1, true },
    { "deny when not (e == v1 or e == v2) and (f == v0 or f == v1)", 1, 2, 1, true },
    /* Alternatives within others, some of which lie in a box further on. */
    { "deny when m0 > 3 or ((m0 > 5 or m1 > 3) and (m0 > 6 or m2 > 3))", 2, 4, 3, true },
    { "deny when (m0 > 3 or m9 > 3) and (m0 > 3 or ((m0 > 5 or m1 > 3) and (m0 > 6 or m2 > 3)))", 2, 6, 3, true },
    { "note \"decides nothing\"", 0, 0, 1, false },
};

/* The system under test: a policy whose last clause is the one in question. */
enum { CLAUSE = 2 };

static struct arena arena;
static struct rck_policy *policy;
static struct space space;
static struct rows rows;

static void
start(const char *clause)
{
    struct text text = { 0 };
    struct rck_context *context;
    struct atom_list atoms = { 0 };
    enum rck_status status;

    adds(&text, "policy p; default deny;\nvocabulary { subject s0, s1, s2; role none; action a0, a1, a2; resource r0, r1;\n"
                "attribute flag : bool; attribute e, f : { v0, v1, v2 }; attribute tags : set of { x, y, z }; attribute word : string;\n"
                "attribute o : int optional; attribute m0");
    for (unsigned i = 1; i < NUMBERS; i++)
        addf(&text, ", m%u", i);
    addf(&text, " : int 0..9; }\nelse: s0 cannot a0 r0 when m%u > 4", NUMBERS - 1);
    for (unsigned i = 1; i < NUMBERS; i++) /* columns are numbered by first use */
        addf(&text, " and m%u > 4", i * 11 % NUMBERS);
    addf(&text, ";\nbefore: deny when m%u > 8;\nc: %s;\n", NUMBERS - 1, clause);
    ck_assert_int_eq(rck_context_new(NULL, &context), RCK_OK);
    status = rck_policy_compile(context, "p", text.p, text.n, NULL, &policy);
    ck_assert_msg(status == RCK_OK, "does not compile: %s", clause);
    rck_context_free(context);
    free(text.p);
    arena_init(&arena, NULL, (size_t)1 << 28);
    atoms.seen = arena_alloc(&arena, (size_t)policy->guards.atoms.n + 1);
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        const struct clause *of = &policy->clauses.items[c];

        guard_atoms(&policy->guards, of->act, &arena, &atoms);
        guard_atoms(&policy->guards, of->tails, &arena, &atoms);
        guard_atoms(&policy->guards, of->violation, &arena, &atoms);
    }
    space_build(&space, policy, &arena, &atoms);
    rows_init(&rows, &arena);
}

static void
finish(void)
{
    rows_drop(&rows);
    arena_free(&arena);
    rck_policy_unref(policy);
}

static void
fill(struct rck_request *request, uint64_t *state)
{
    rck_request_reset(request);
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];

        if (s >= N_DIMENSIONS && random_next(state) % ABSENT_ONE_OF == 0)
            continue;
        if (slot_is_set(slot)) {
            *request_values(request, s) = random_next(state) & ((1u << slot->n_names) - 1);
            request_set_code(request, s, VALUE_DECLARED);
        } else if (slot_is_number(slot)) {
            request_set_number(request, s, (int64_t)(random_next(state) % 10));
        } else if (slot->type == RCK_TYPE_STRING) {
            static const char *const words[] = { "a", "b", "c" };
            const char *word = words[random_next(state) % 3];

            ck_assert_int_eq(rck_request_set_string(request, s, word, 1), RCK_OK);
        } else {
            request_set_name(request, s, (uint32_t)(random_next(state) % slot->n_names));
        }
    }
}

static bool
box_has(struct box box, const struct rck_request *request)
{
    for (uint32_t i = 0; i < box.n; i++) {
        const struct cond *cond = &rows.conds.items[box.first + i];

        if (!set_has(&space.sets, cond->classes, space_class(&space, policy, &space.columns.items[cond->column], request)))
            return false;
    }
    return true;
}

/* What the rows say of REQUEST: VIOLATED or GRANTED, UNKNOWN, or, where no row is, IRRELEVANT. */
static enum rck_state
said_by_rows(const struct rck_request *request)
{
    for (uint32_t r = 0; r < rows.rows.n; r++)
        if (box_has(rows.rows.items[r].box, request))
            return rows.rows.items[r].says;
    return RCK_STATE_IRRELEVANT;
}

/* Rows that are unknown come behind those that are certain, and overlap them if it would take too many pieces to cut these out. */
static void
compare(const struct sample *sample, uint32_t pieces, uint32_t n_requests)
{
    struct rck_request *request;
    uint64_t state = 99;
    uint32_t n_certain = 0, n_met = 0;

    start(sample->clause);
    ck_assert(rows_of_clause(&rows, policy, &space, CLAUSE, UINT32_MAX, pieces));
    for (uint32_t r = 0; r < rows.rows.n; r++) {
        struct box box = rows.rows.items[r].box;

        for (uint32_t i = 0; i < box.n; i++) {
            const struct cond *cond = &rows.conds.items[box.first + i];
            uint32_t n_classes = cond->classes != SET_ALL ? set_count(&space.sets, cond->classes) : 0;

            ck_assert(i == 0 || cond[-1].column < cond->column);
            ck_assert_msg(n_classes != 0 && n_classes < space.columns.items[cond->column].n_classes, "no condition: %s", sample->clause);
        }
        n_certain += rows.rows.items[r].says != RCK_STATE_UNKNOWN;
    }
    ck_assert_int_eq(rck_request_new(policy, &request), RCK_OK);
    for (uint32_t i = 0; i < n_requests; i++) {
        enum rck_state said, is;

        fill(request, &state);
        said = said_by_rows(request);
        is = clause_state(policy, &policy->clauses.items[CLAUSE], request);
        if (is == RCK_STATE_SATISFIED)
            is = RCK_STATE_IRRELEVANT;
        ck_assert_msg(said == is, "request %u: the rows say %d and the guards %d: %s", i, (int)said, (int)is, sample->clause);
        n_met += said == RCK_STATE_VIOLATED || said == RCK_STATE_GRANTED;
    }
    rck_request_free(request);
    ck_assert_msg((n_met >= n_requests / 100) == sample->often, "%u requests: %s", n_met, sample->clause);
    ck_assert_uint_eq(n_certain, sample->n_certain);
    ck_assert_msg(pieces != UINT32_MAX || rows.rows.n - n_certain == sample->n_unknown, "%u rows: %s", rows.rows.n - n_certain,
                  sample->clause);
    finish();
}

START_TEST(rows_say_what_guards_say)
{
    compare(&samples[_i], UINT32_MAX, N_REQUESTS);
    for (uint32_t pieces = 0; pieces < 30; pieces += 1 + pieces / 4)
        compare(&samples[_i], pieces, N_REQUESTS / 16);
}
END_TEST

/* Returns how many rows that are unknown SAMPLE has, if there may be LIMIT boxes and PIECES. */
static uint32_t
count_unknown(const struct sample *sample, uint32_t limit, uint32_t pieces)
{
    uint32_t n = 0;

    start(sample->clause);
    ck_assert(rows_of_clause(&rows, policy, &space, CLAUSE, limit, pieces));
    for (uint32_t r = 0; r < rows.rows.n; r++)
        n += rows.rows.items[r].says == RCK_STATE_UNKNOWN;
    finish();
    return n;
}

/* What is unknown takes as many rows as what is possible has, or pieces that are few enough. */
START_TEST(pieces_are_as_few_as_they_may_be)
{
    const struct sample *sample = &samples[_i];
    uint32_t n_possible = count_unknown(sample, sample->limit, 0);

    for (uint32_t most = 1; most < 30; most += 1 + most / 4) {
        uint32_t n = count_unknown(sample, most > sample->limit ? most : sample->limit, most);

        ck_assert_msg(n <= most || n <= n_possible, "%u pieces of %u: %s", n, most, sample->clause);
    }
}
END_TEST

/* A clause that is nothing but atoms has its rows in another way if there are fewer of them than the limit; they are the same. */
START_TEST(a_clause_has_its_rows_from_its_limit_on)
{
    const struct sample *sample = &samples[_i];
    uint32_t n_rows = sample->n_certain + sample->n_unknown;

    for (uint32_t limit = 1; limit < sample->limit + 3; limit++) {
        bool fits;

        start(sample->clause);
        fits = rows_of_clause(&rows, policy, &space, CLAUSE, limit, UINT32_MAX);
        ck_assert_msg(fits == (limit >= sample->limit), "with %u: %s", limit, sample->clause);
        ck_assert(!fits || rows.rows.n == n_rows);
        ck_assert(rows_of_clause(&rows, policy, &space, CLAUSE, UINT32_MAX, UINT32_MAX));
        for (uint32_t r = 0; r < n_rows && fits; r++) {
            const struct row *row = &rows.rows.items[r], *again = &rows.rows.items[n_rows + r];

            ck_assert_int_eq(row->says, again->says);
            ck_assert_uint_eq(row->box.n, again->box.n);
            for (uint32_t i = 0; i < row->box.n; i++) {
                const struct cond *cond = &rows.conds.items[row->box.first + i], *other = &rows.conds.items[again->box.first + i];

                ck_assert_msg(cond->column == other->column && cond->classes == other->classes, "with %u: %s", limit, sample->clause);
            }
        }
        finish();
    }
}
END_TEST

/* Of N alternatives the last one lies in the first; the conditions are of two numbers each, and of the last one of three. */
static void
write_alternatives(struct text *text, uint32_t n)
{
    adds(text, "deny when (m0 > 0 and m1 > 0)");
    for (uint32_t i = 1; i + 1 < n; i++)
        addf(text, " or (m%u > 3 and m%u > 3)", i % 9 + 1, i / 9 + 11);
    adds(text, " or (m0 > 0 and m1 > 0 and m2 > 3)");
}

START_TEST(boxes_are_compared_while_there_are_few)
{
    for (uint32_t n = BOXES_COMPARED - 1; n < BOXES_COMPARED + 4; n++) {
        struct text text = { 0 };
        uint32_t n_certain = 0;

        write_alternatives(&text, n);
        start(text.p);
        ck_assert(rows_of_clause(&rows, policy, &space, CLAUSE, UINT32_MAX, 0));
        while (n_certain < rows.rows.n && rows.rows.items[n_certain].says == RCK_STATE_VIOLATED)
            n_certain++;
        ck_assert_uint_eq(n_certain, n - (n - 1 <= BOXES_COMPARED));
        finish();
        free(text.p);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("rows");
    TCase *tests = tcase_create("rows");
    SRunner *runner = srunner_create(suite);
    int n_run, n_failed;

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, rows_say_what_guards_say, 0, (int)N_ELEMENTS(samples));
    tcase_add_loop_test(tests, a_clause_has_its_rows_from_its_limit_on, 0, (int)N_ELEMENTS(samples));
    tcase_add_loop_test(tests, pieces_are_as_few_as_they_may_be, 0, (int)N_ELEMENTS(samples));
    tcase_add_test(tests, boxes_are_compared_while_there_are_few);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
