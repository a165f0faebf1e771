/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/sets.c against 64 bits: sets of the numbers below 64, each of which is a word as well.  Equal sets have equal ids,
 * however they were made, and whatever was forgotten before.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "random_policy.h"
#include "sets.h"

enum { N_SETS = 1000, N_OPERATIONS = 8000 };

static struct arena arena;
static struct sets sets;

static void
start(void)
{
    arena_init(&arena, NULL, (size_t)1 << 28);
    sets_init(&sets, &arena);
}

/* The set of the bits of WORD, from ranges in a random order that overlap. */
static set_id
make(uint64_t word, uint64_t *state)
{
    struct range ranges[128];
    uint32_t n = 0;

    for (uint32_t i = 0; i < 64; i++)
        if ((word >> i & 1) != 0) {
            uint32_t end = i + 1, place = (uint32_t)(random_next(state) % (n + 1));

            while (end < 64 && (word >> end & 1) != 0 && random_next(state) % 4 != 0)
                end++;
            ranges[n] = ranges[place];
            ranges[place] = (struct range){ i, end };
            n++;
        }
    return set_make(&sets, ranges, n);
}

static uint64_t
word_of(set_id set)
{
    uint32_t n;
    const struct range *ranges = set_ranges(&sets, set, &n);
    uint64_t word = 0;

    for (uint32_t r = 0; r < n; r++) {
        ck_assert_uint_lt(ranges[r].lo, ranges[r].hi);
        ck_assert(r == 0 || ranges[r - 1].hi < ranges[r].lo);
        for (uint32_t i = ranges[r].lo; i < ranges[r].hi; i++)
            word |= (uint64_t)1 << i;
    }
    return word;
}

/* Words of all kinds: few bits, few gaps, and many of both. */
static uint64_t
random_word(uint64_t *state)
{
    uint64_t a = random_next(state), b = random_next(state);

    switch (random_next(state) % 6) {
    case 0:
        return a;
    case 1:
        return a & b & random_next(state);
    case 2:
        return a | b | random_next(state);
    case 3:
        return a << (b % 64);
    case 4:
        return (uint64_t)1 << (a % 64);
    default:
        return a % 8 == 0 ? 0 : a >> (b % 64);
    }
}

START_TEST(operations_are_those_of_bits)
{
    uint64_t state = 7, *words = calloc(N_SETS, sizeof *words);
    set_id *ids = calloc(N_SETS, sizeof *ids);

    ck_assert(words != NULL && ids != NULL);
    start();
    for (uint32_t i = 0; i < N_SETS; i++) {
        words[i] = random_word(&state);
        ids[i] = make(words[i], &state);
        ck_assert(word_of(ids[i]) == words[i]);
    }
    for (uint32_t i = 0; i < N_SETS; i++)
        ck_assert_uint_eq(make(words[i], &state), ids[i]);
    ck_assert_uint_eq(make(0, &state), SET_EMPTY);
    ck_assert_uint_eq(sets_forget_but(&sets, sets.sets.n, SET_ALL), SET_ALL);
    for (uint32_t i = 0; i < N_OPERATIONS; i++) {
        uint32_t n_sets = sets.sets.n, x = (uint32_t)(random_next(&state) % N_SETS), y = (uint32_t)(random_next(&state) % N_SETS);
        uint32_t member = (uint32_t)(random_next(&state) % 64), n_bits = 0;
        uint64_t a = words[x], b = words[y];
        set_id minus = set_minus(&sets, ids[x], ids[y]), both = set_and(&sets, ids[x], ids[y]);

        ck_assert(word_of(minus) == (a & ~b));
        ck_assert(word_of(both) == (a & b));
        ck_assert(word_of(set_or(&sets, ids[x], ids[y])) == (a | b));
        ck_assert_uint_eq(set_and(&sets, SET_ALL, ids[x]), ids[x]);
        ck_assert_uint_eq(set_and(&sets, ids[x], SET_ALL), ids[x]);
        ck_assert_uint_eq(set_or(&sets, minus, both), ids[x]);
        ck_assert(sets_meet(&sets, ids[x], ids[y]) == ((a & b) != 0));
        ck_assert(set_has(&sets, ids[x], member) == (a >> member & 1));
        ck_assert(set_has(&sets, SET_ALL, member) && !set_has(&sets, SET_EMPTY, member));
        for (uint64_t left = a; left != 0; left &= left - 1)
            n_bits++;
        ck_assert_uint_eq(set_count(&sets, ids[x]), n_bits);
        /* Those that were made here go again, all or all but one. */
        if (i % 3 == 0)
            sets_forget(&sets, n_sets);
        else if (i % 3 == 1)
            ck_assert(word_of(sets_forget_but(&sets, n_sets, minus)) == (a & ~b) && sets.sets.n <= n_sets + 1);
    }
    for (uint32_t i = 0; i < N_SETS; i++)
        ck_assert(word_of(ids[i]) == words[i] && make(words[i], &state) == ids[i]);
    arena_free(&arena);
    free(words);
    free(ids);
}
END_TEST

/* Room is made for the greatest set, however small those before it were. */
START_TEST(large_sets_follow_small_ones)
{
    static struct range ranges[5000];
    const uint32_t n = sizeof ranges / sizeof *ranges;
    set_id odd, even, small;

    start();
    small = set_one(&sets, 1);
    for (uint32_t i = 0; i < n; i++)
        ranges[i] = (struct range){ 4 * (n - i), 4 * (n - i) + 1 };
    odd = set_make(&sets, ranges, n);
    for (uint32_t i = 0; i < n; i++)
        ranges[i] = (struct range){ 4 * i + 2, 4 * i + 3 };
    even = set_make(&sets, ranges, n);
    ck_assert_uint_eq(set_count(&sets, odd), n);
    ck_assert_uint_eq(set_count(&sets, set_or(&sets, odd, even)), 2 * n);
    ck_assert_uint_eq(set_and(&sets, odd, even), SET_EMPTY);
    ck_assert_uint_eq(set_minus(&sets, odd, even), odd);
    ck_assert(!sets_meet(&sets, odd, even) && !sets_meet(&sets, odd, small));
    ck_assert_uint_eq(set_one(&sets, 1), small);
    arena_free(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sets");
    TCase *tests = tcase_create("sets");
    SRunner *runner = srunner_create(suite);
    int n_run, n_failed;

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, operations_are_those_of_bits);
    tcase_add_test(tests, large_sets_follow_small_ones);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
