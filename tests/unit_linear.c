/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/linear.c: small random systems against counting through all values, and large ones whose answer is known.
 *
 *     unit_linear [SYSTEMS]      how many random systems there are of each kind
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "linear.h"
#include "random_policy.h"

enum { STEPS = 1 << 16 };

static uint32_t n_systems = 40000;

/* The system under test; each test is a process of its own, or starts with start(). */
static struct arena arena;
static struct linear linear;

static void
start(void)
{
    if (linear.arena == NULL) {
        arena_init(&arena, &mem_default, 8 << 20);
        linear_init(&linear, &arena);
    }
    linear_reset(&linear, STEPS);
}

static void
finish(void)
{
    arena_free(&arena);
    linear = (struct linear){ 0 };
}

/* lo <= fa * a + fb * b + fc * c <= hi; a factor 0 leaves its variable out. */
static void
push(int64_t fa, uint32_t a, int64_t fb, uint32_t b, int64_t fc, uint32_t c, wide lo, wide hi)
{
    linear_push(&linear, (struct linear_term[]){ { fa, a }, { fb, b }, { fc, c } }, 3, lo, hi);
}

static bool
is_solution(const int64_t values[])
{
    for (uint32_t v = 0; v < linear.n; v++)
        if (values[v] < linear.lo[v] || values[v] > linear.hi[v])
            return false;
    for (uint32_t c = 0; c < linear.constraints.n; c++) {
        const struct linear_constraint *constraint = &linear.constraints.items[c];
        wide sum = 0;

        for (uint32_t i = 0; i < constraint->n; i++)
            sum += (wide)constraint->terms[i].factor * values[constraint->terms[i].variable];
        if (sum < constraint->lo || sum > constraint->hi)
            return false;
    }
    return true;
}

/* ---- against enumeration ------------------------------------------------------------------------------------------------ */

static int64_t
between(uint64_t *state, int64_t lo, int64_t hi)
{
    return lo + (int64_t)(random_next(state) % (uint64_t)(hi - lo + 1));
}

/* Counts VALUES, which FIXED leading variables keep, up to the first solution; false if there is none. */
static bool
enumerate(int64_t values[], uint32_t fixed)
{
    for (uint32_t v = fixed; v < linear.n; v++)
        values[v] = linear.lo[v];
    for (;;) {
        uint32_t v = fixed;

        if (is_solution(values))
            return true;
        while (v < linear.n && values[v] == linear.hi[v]) {
            values[v] = linear.lo[v];
            v++;
        }
        if (v == linear.n)
            return false;
        values[v]++;
    }
}

/* What linear_solve() is to answer where factors are 1 and -1: the interval of each variable by trying all values. */
static void
enumerate_preferred(int64_t values[])
{
    for (uint32_t v = 0; v < linear.n; v++) {
        int64_t low = 0, high = 0;
        bool found = false;

        for (int64_t value = linear.lo[v]; value <= linear.hi[v]; value++) {
            values[v] = value;
            if (!enumerate(values, v + 1))
                continue;
            low = found ? low : value;
            high = value;
            found = true;
        }
        values[v] = high != linear.hi[v] ? high : low == linear.lo[v] && low <= 0 && high >= 0 ? 0 : low;
    }
}

/* Random systems: questions between pushes and pops, at all times compared with counting.  Their factors are at most FACTOR, in
 * differences if that is 0; returns how many of how many questions were not finished. */
static uint32_t
compare_random(uint64_t state, int64_t factor, uint32_t systems, uint32_t *n_questions, uint32_t *n_none)
{
    uint32_t n_unfinished = 0;

    for (uint32_t i = 0; i < systems; i++) {
        uint32_t n = (uint32_t)between(&state, 1, 4), n_constraints = (uint32_t)between(&state, 1, 5);
        int64_t values[4], expected[4];

        start();
        for (uint32_t v = 0; v < n; v++) {
            int64_t lo = between(&state, -6, 4);

            ck_assert_uint_eq(linear_variable(&linear, lo, between(&state, lo, lo + 6)), v);
        }
        while (linear.constraints.n < n_constraints) {
            int64_t lo = between(&state, -9, 1), hi = between(&state, 0, 5) == 0 ? lo : between(&state, lo, lo + 16);
            wide least = between(&state, 0, 3) == 0 ? -LINEAR_MOST : lo, most = between(&state, 0, 3) == 0 ? LINEAR_MOST : hi;
            struct linear_term terms[LINEAR_TERMS_MAX];
            enum linear_answer answer;
            bool exists;

            for (uint32_t t = 0; t < LINEAR_TERMS_MAX; t++) {
                terms[t].factor = factor != 0 ? between(&state, -factor, factor) : t == 0 ? 1 : between(&state, -1, 0);
                terms[t].variable = (uint32_t)between(&state, 0, n - 1);
            }
            linear_push(&linear, terms, factor != 0 ? 3 : 2, least, most);
            if (between(&state, 0, 3) == 0) {
                (void)linear_feasible(&linear);
                linear_pop(&linear);
                n_constraints--;
                continue;
            }
            exists = enumerate(expected, 0);
            if (between(&state, 0, 2) != 0) {
                answer = linear_feasible(&linear);
                ++*n_questions;
                *n_none += answer == LINEAR_NONE;
                n_unfinished += answer == LINEAR_UNFINISHED;
                ck_assert_msg(answer == LINEAR_UNFINISHED || (answer == LINEAR_SOLVED) == exists, "system %u is wrong", i);
            }
            answer = linear_solve(&linear, values);
            ++*n_questions;
            *n_none += answer == LINEAR_NONE;
            n_unfinished += answer == LINEAR_UNFINISHED;
            ck_assert_msg(answer == LINEAR_UNFINISHED || (answer == LINEAR_SOLVED) == exists, "system %u is wrong", i);
            if (answer != LINEAR_SOLVED)
                continue;
            ck_assert_msg(is_solution(values), "system %u has another solution", i);
            if (factor != 0)
                continue;
            enumerate_preferred(expected);
            ck_assert_msg(memcmp(values, expected, n * sizeof *values) == 0, "system %u prefers other values", i);
        }
    }
    finish();
    return n_unfinished;
}

START_TEST(random_systems_are_answered_as_counting_does)
{
    static const int64_t factors[] = { 0, 1, 2, 5 };
    uint32_t n_questions = 0, n_none = 0;
    uint32_t n_unfinished = compare_random(0x11EA5 + (uint64_t)_i, factors[_i], n_systems, &n_questions, &n_none);

    printf("factors up to %d: %u questions, %u without a solution, %u not finished\n", (int)factors[_i], n_questions, n_none,
           n_unfinished);
    ck_assert_uint_gt(n_questions, n_systems);
    ck_assert_uint_gt(n_none, n_systems / 10);
    ck_assert_uint_lt(n_none, n_questions / 3 * 2);
    ck_assert_uint_eq(n_unfinished, 0);
}
END_TEST

/* ---- extremes ----------------------------------------------------------------------------------------------------------- */

START_TEST(a_cycle_of_differences_is_none_at_once)
{
    start();
    for (uint32_t v = 0; v < LINEAR_VARIABLES_MAX; v++)
        linear_variable(&linear, INT64_MIN, INT64_MAX);
    for (uint32_t v = 0; v + 1 < LINEAR_VARIABLES_MAX; v++) {
        push(1, v, -1, v + 1, 0, 0, -LINEAR_MOST, -1);
        ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    }
    linear.steps = 0;
    push(1, LINEAR_VARIABLES_MAX - 1, -1, 0, 0, 0, -LINEAR_MOST, -1);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    ck_assert_uint_lt(linear.steps, 1000);
    linear_pop(&linear);
    push(1, LINEAR_VARIABLES_MAX - 1, -1, 0, 0, 0, -LINEAR_MOST, 63);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    finish();
}
END_TEST

START_TEST(all_pairs_of_differences_are_answered)
{
    int64_t values[LINEAR_VARIABLES_MAX];

    start();
    for (uint32_t v = 0; v < LINEAR_VARIABLES_MAX; v++)
        linear_variable(&linear, INT64_MIN, INT64_MAX);
    for (uint32_t a = 0; a < LINEAR_VARIABLES_MAX; a++)
        for (uint32_t b = 0; b < a; b++)
            push(1, a, -1, b, 0, 0, 1, 1000 - b);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    ck_assert_uint_lt(linear.steps, 64 * 64 * 64 / 4);
    finish();
}
END_TEST

START_TEST(the_ends_of_int64_are_values_as_others)
{
    int64_t values[2];

    start();
    linear_variable(&linear, INT64_MIN, INT64_MAX);
    linear_variable(&linear, INT64_MIN, INT64_MAX);
    push(1, 0, -1, 1, 0, 0, (wide)INT64_MAX - INT64_MIN, LINEAR_MOST);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(values[0] == INT64_MAX && values[1] == INT64_MIN);
    linear_pop(&linear);
    push(1, 0, -1, 1, 0, 0, (wide)INT64_MAX - INT64_MIN + 1, LINEAR_MOST);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_pop(&linear);
    push(LINEAR_FACTOR_MAX, 0, -LINEAR_FACTOR_MAX, 1, 0, 0, (wide)LINEAR_FACTOR_MAX * INT64_MAX, LINEAR_MOST);
    push(LINEAR_FACTOR_MAX, 0, 0, 0, 0, 0, -LINEAR_MOST, LINEAR_FACTOR_MAX - 1);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(values[0] == 0 && values[1] == -INT64_MAX);
    push(LINEAR_FACTOR_MAX, 0, LINEAR_FACTOR_MAX, 1, LINEAR_FACTOR_MAX, 1, 2 * (wide)LINEAR_FACTOR_MAX * INT64_MIN,
         2 * (wide)LINEAR_FACTOR_MAX * INT64_MIN);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(values[0] == 0 && values[1] == INT64_MIN);
    finish();
}
END_TEST

START_TEST(bounds_beyond_every_sum_are_read)
{
    const wide least = -LINEAR_MOST - LINEAR_MOST, most = -(least + 1);

    start();
    linear_variable(&linear, INT64_MIN, INT64_MAX);
    push(-3, 0, 0, 0, 0, 0, least, most);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    push(-3, 0, 0, 0, 0, 0, most, most);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_pop(&linear);
    push(-3, 0, 0, 0, 0, 0, least, least);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_pop(&linear);
    push(0, 0, 0, 0, 0, 0, least, least);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    finish();
}
END_TEST

/* ---- three terms -------------------------------------------------------------------------------------------------------- */

START_TEST(days_are_counted_in_nanoseconds)
{
    const int64_t day = 86400000000000;
    int64_t values[3];

    start();
    linear_variable(&linear, 0, INT64_MAX); /* since */
    linear_variable(&linear, 0, INT64_MAX); /* now */
    linear_variable(&linear, 0, 10);        /* days */
    push(day, 2, 1, 0, -1, 1, -LINEAR_MOST, -1);
    push(1, 1, -1, 0, 0, 0, -LINEAR_MOST, 500000000000000);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    push(1, 2, 0, 0, 0, 0, 5, 10);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    ck_assert_int_eq(values[2], 5);
    linear_pop(&linear);
    push(1, 2, 0, 0, 0, 0, 6, 10);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_pop(&linear);
    push(1, 1, -1, 0, 0, 0, -LINEAR_MOST, -1);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    finish();
}
END_TEST

START_TEST(decimals_are_millionths)
{
    int64_t values[2];

    start();
    linear_variable(&linear, INT64_MIN, INT64_MAX); /* an int */
    linear_variable(&linear, INT64_MIN, INT64_MAX); /* a decimal */
    push(1000000, 0, -1, 1, 0, 0, 0, 0);
    push(1, 1, 0, 0, 0, 0, 1500001, 2999999);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(values[0] == 2 && values[1] == 2000000);
    push(1, 1, 0, 0, 0, 0, 2000001, 2999999);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    finish();
}
END_TEST

START_TEST(a_counter_with_its_increment_stays_below_its_limit)
{
    int64_t values[3];

    start();
    for (uint32_t v = 0; v < 3; v++)
        linear_variable(&linear, 0, INT64_MAX); /* counter, by, limit */
    push(1, 0, 1, 1, -1, 2, 1, LINEAR_MOST);
    push(1, 0, -1, 2, 0, 0, -LINEAR_MOST, -1);
    push(0, 0, 1, 1, 0, 0, -LINEAR_MOST, 1);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_pop(&linear);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    finish();
}
END_TEST

START_TEST(parity_is_seen_by_division)
{
    start();
    for (uint32_t v = 0; v < 4; v++)
        linear_variable(&linear, INT64_MIN, INT64_MAX);
    /* x + y is even and x - y is odd. */
    push(1, 0, 1, 1, -2, 2, 0, 0);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    push(1, 0, -1, 1, -2, 3, 1, 1);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    finish();
}
END_TEST

START_TEST(factors_without_a_one_are_searched)
{
    int64_t values[3];

    start();
    for (uint32_t v = 0; v < 3; v++)
        linear_variable(&linear, -500, 500);
    push(6, 0, 10, 1, 15, 2, 1, 1);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    push(6, 0, 10, 1, 0, 2, 3, 3);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_reset(&linear, STEPS);
    linear_variable(&linear, INT64_MIN, INT64_MAX);
    linear_variable(&linear, INT64_MIN, INT64_MAX);
    push(1000, 0, -1001, 1, 0, 0, 500, 500);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    finish();
}
END_TEST

/* ---- bounds on the work ------------------------------------------------------------------------------------------------- */

START_TEST(the_limit_stops_a_question)
{
    int64_t values[2] = { 7, 7 };

    start();
    linear_variable(&linear, 1, INT64_MAX);
    linear_variable(&linear, 1, INT64_MAX);
    push(((int64_t)1 << 60) - 1, 0, -((int64_t)1 << 60), 1, 0, 0, 77, 77);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_UNFINISHED);
    ck_assert_uint_gt(linear.steps, STEPS);
    ck_assert_uint_le(linear.steps, STEPS + 2); /* a row and one more */
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_UNFINISHED);
    ck_assert(values[0] == 7 && values[1] == 7);
    linear.steps = 0;
    push(0, 0, 1, 1, 0, 0, 0, 0);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    finish();
}
END_TEST

START_TEST(what_cannot_be_read_is_not_answered)
{
    const struct linear_term four[] = { { 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 } };

    start();
    for (uint32_t v = 0; v < LINEAR_VARIABLES_MAX; v++)
        linear_variable(&linear, 0, 1);
    linear_push(&linear, four, 4, 0, 9);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_UNFINISHED);
    linear_pop(&linear);
    push(LINEAR_FACTOR_MAX + 1, 0, 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_UNFINISHED);
    linear_pop(&linear);
    push(INT64_MIN, 0, 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_UNFINISHED);
    linear_pop(&linear);
    push(1, linear_variable(&linear, 0, 1), 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_UNFINISHED);
    linear_pop(&linear);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    finish();
}
END_TEST

START_TEST(an_empty_domain_has_no_solution)
{
    start();
    linear_variable(&linear, 1, 0);
    linear_variable(&linear, 0, 1);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_NONE);
    linear_reset(&linear, STEPS);
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    finish();
}
END_TEST

/* Sums of three of 64 variables, with great factors: rows that do not fit and rows beyond the room are left out. */
START_TEST(many_great_factors_never_give_a_wrong_answer)
{
    uint64_t state = 4711 + (uint64_t)_i;
    int64_t hidden[LINEAR_VARIABLES_MAX], values[LINEAR_VARIABLES_MAX];
    enum linear_answer answer;

    start();
    linear.limit = 1 << 18;
    for (uint32_t v = 0; v < LINEAR_VARIABLES_MAX; v++) {
        linear_variable(&linear, INT64_MIN, INT64_MAX);
        hidden[v] = (int64_t)random_next(&state);
    }
    for (uint32_t c = 0; c < 100; c++) {
        struct linear_term terms[3];
        wide sum = 0;

        for (uint32_t i = 0; i < 3; i++) {
            terms[i].factor = between(&state, -LINEAR_FACTOR_MAX, LINEAR_FACTOR_MAX) >> between(&state, 0, 60);
            terms[i].variable = (uint32_t)between(&state, 0, LINEAR_VARIABLES_MAX - 1);
            sum += (wide)terms[i].factor * hidden[terms[i].variable];
        }
        linear_push(&linear, terms, 3, sum - between(&state, 0, INT64_MAX - 1), sum + between(&state, 0, INT64_MAX - 1));
        ck_assert_int_ne(linear_feasible(&linear), LINEAR_NONE);
    }
    answer = linear_solve(&linear, values);
    ck_assert_int_ne(answer, LINEAR_NONE);
    ck_assert(answer != LINEAR_SOLVED || is_solution(values));
    ck_assert_uint_le(linear.parts.n, linear.parts_max + LINEAR_VARIABLES_MAX + LINEAR_VARIABLES_MAX);
    finish();
}
END_TEST

/* F has no divisor in common with its neighbours, so that products of factors are not made smaller again. */
#define F LINEAR_FACTOR_MAX

START_TEST(bounds_that_add_up_to_too_much_are_none)
{
    const wide most = F * (wide)INT64_MAX / 5 * 14; /* of at most three such */
    int64_t values[3];

    start();
    for (uint32_t v = 0; v < 3; v++)
        linear_variable(&linear, INT64_MIN, INT64_MAX);
    push(F, 2, F - 1, 0, F - 1, 1, -LINEAR_MOST, most);
    push(-F, 2, F - 1, 0, F - 3, 1, -LINEAR_MOST, most);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    finish();
}
END_TEST

/* Systems with the solution 0 and factors of all sizes: sums of rows have factors that do not fit, or that values make too great. */
START_TEST(great_factors_of_small_sums_never_give_a_wrong_answer)
{
    uint64_t state = 815 + (uint64_t)_i;
    uint32_t n_solved = 0;

    for (uint32_t i = 0; i < 500; i++) {
        int64_t values[6];
        enum linear_answer answer;

        start();
        for (uint32_t v = 0; v < 6; v++)
            linear_variable(&linear, INT64_MIN, INT64_MAX);
        for (uint32_t c = 0; c < 7; c++) {
            struct linear_term terms[3];

            for (uint32_t t = 0; t < 3; t++)
                terms[t] = (struct linear_term){ between(&state, -F, F) >> (between(&state, 0, 1) != 0 ? 0 : between(&state, 0, 60)),
                                                 (uint32_t)between(&state, 0, 5) };
            linear_push(&linear, terms, 3, -LINEAR_MOST, between(&state, 0, 1));
        }
        answer = linear_solve(&linear, values);
        ck_assert_int_ne(answer, LINEAR_NONE);
        ck_assert(answer != LINEAR_SOLVED || is_solution(values));
        n_solved += answer == LINEAR_SOLVED;
    }
    ck_assert_uint_gt(n_solved, 0);
    finish();
}
END_TEST

/* A variable without values sends the search back to the one that is to blame, not to the one before it. */
START_TEST(what_is_not_to_blame_is_left_alone)
{
    int64_t values[3];

    start();
    for (uint32_t v = 0; v < 3; v++)
        linear_variable(&linear, INT64_MIN, INT64_MAX);
    push(2, 1, -7, 0, 0, 0, 1, 1); /* which 1 allows */
    push(3, 2, -5, 0, 0, 0, 2, 2); /* and this does not */
    ck_assert_int_eq(linear_feasible(&linear), LINEAR_SOLVED);
    ck_assert_int_eq(linear_solve(&linear, values), LINEAR_SOLVED);
    ck_assert(is_solution(values));
    finish();
}
END_TEST

/* More rows follow from these than there is room for. */
START_TEST(rows_beyond_the_room_are_left_out)
{
    start();
    for (uint32_t v = 0; v < 3; v++)
        linear_variable(&linear, INT64_MIN, INT64_MAX);
    for (int i = 1; i < 300; i += 2) {
        push(1, 0, i, 1, 0, 0, -LINEAR_MOST, -1000);
        push(-1, 0, i, 2, 0, 0, -LINEAR_MOST, -1000);
    }
    ck_assert_int_ne(linear_feasible(&linear), LINEAR_NONE);
    ck_assert_uint_ge(linear.parts.n, linear.parts_max);
    ck_assert_uint_le(linear.parts.n, linear.parts_max + 1 + 3); /* the last row, and the domains, which always have one */
    finish();
}
END_TEST

int
main(int argc, char **argv)
{
    Suite *suite = suite_create("linear");
    TCase *tests = tcase_create("linear");
    SRunner *runner = srunner_create(suite);
    int n_run;
    int n_failed;

    if (argc > 1)
        n_systems = (uint32_t)strtoul(argv[1], NULL, 10);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, random_systems_are_answered_as_counting_does, 0, 4);
    tcase_add_test(tests, a_cycle_of_differences_is_none_at_once);
    tcase_add_test(tests, all_pairs_of_differences_are_answered);
    tcase_add_test(tests, the_ends_of_int64_are_values_as_others);
    tcase_add_test(tests, bounds_beyond_every_sum_are_read);
    tcase_add_test(tests, days_are_counted_in_nanoseconds);
    tcase_add_test(tests, decimals_are_millionths);
    tcase_add_test(tests, a_counter_with_its_increment_stays_below_its_limit);
    tcase_add_test(tests, parity_is_seen_by_division);
    tcase_add_test(tests, factors_without_a_one_are_searched);
    tcase_add_test(tests, the_limit_stops_a_question);
    tcase_add_test(tests, what_cannot_be_read_is_not_answered);
    tcase_add_test(tests, an_empty_domain_has_no_solution);
    tcase_add_loop_test(tests, many_great_factors_never_give_a_wrong_answer, 0, 4);
    tcase_add_test(tests, bounds_that_add_up_to_too_much_are_none);
    tcase_add_loop_test(tests, great_factors_of_small_sums_never_give_a_wrong_answer, 0, 4);
    tcase_add_test(tests, what_is_not_to_blame_is_left_alone);
    tcase_add_test(tests, rows_beyond_the_room_are_left_out);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
