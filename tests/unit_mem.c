/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/mem.c: sizes that no memory has, and what is large, in arenas that return NULL.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "mem.h"

enum { LARGE = 1 << 20 };

START_TEST(nothing_is_something)
{
    void *p = mem_alloc(NULL, 0);

    ck_assert_ptr_nonnull(p);
    p = mem_realloc(NULL, p, 0);
    ck_assert_ptr_nonnull(p);
    mem_free(NULL, p);
    mem_free(NULL, NULL);
}
END_TEST

/* Sizes that overflow somewhere on their way: each is refused by the cap, and the arena goes on. */
START_TEST(sizes_that_overflow_are_refused)
{
    static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - 40, SIZE_MAX - 64, SIZE_MAX - 128, SIZE_MAX / 2 + 64 };
    static const size_t counts[][2] = { { SIZE_MAX / 2, 4 }, { 3, SIZE_MAX / 2 }, { SIZE_MAX, SIZE_MAX } };
    struct arena arena;

    arena_init(&arena, NULL, SIZE_MAX);
    for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
        arena.capped = false;
        ck_assert_ptr_null(arena_alloc(&arena, sizes[i]));
        ck_assert(arena.capped && !arena.failed);
        ck_assert_ptr_null(arena_grow(&arena, NULL, 0, 1, sizes[i]));
        ck_assert(arena.capped && !arena.failed);
    }
    for (size_t i = 0; i < N_ELEMENTS(counts); i++) {
        ck_assert_ptr_null(arena_array(&arena, counts[i][0], counts[i][1]));
        ck_assert_ptr_null(arena_grow(&arena, NULL, 0, 3, SIZE_MAX / 2 + i));
    }
    ck_assert_ptr_null(arena_grow(&arena, NULL, 0, (size_t)UINT32_MAX + 1, 1));
    ck_assert(!arena.failed);
    ck_assert_uint_eq(arena.held, 0);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1));
    arena_free(&arena);
}
END_TEST

/* The only block may be a large one; what it held is given back when it goes. */
START_TEST(a_large_block_may_be_alone)
{
    struct arena arena;
    char *p;

    arena_init(&arena, NULL, 4 * (size_t)LARGE);
    p = arena_array(&arena, LARGE, 1);
    ck_assert_ptr_nonnull(p);
    p[LARGE - 1] = 1;
    p = arena_trim(&arena, p, LARGE, LARGE / 2, 1);
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_null(arena_trim(&arena, p, LARGE / 2, 0, 1));
    ck_assert_uint_eq(arena.held, 0);
    /* And so it is behind others that stay. */
    p = arena_alloc(&arena, 1);
    *p = 7;
    ck_assert_ptr_null(arena_trim(&arena, arena_array(&arena, LARGE, 1), LARGE, 0, 1));
    ck_assert_int_eq(*p, 7);
    arena_free(&arena);
}
END_TEST

START_TEST(the_cap_counts_large_blocks)
{
    struct arena arena;
    char *p;

    arena_init(&arena, NULL, LARGE + LARGE / 2);
    p = arena_array(&arena, LARGE, 1);
    ck_assert_ptr_nonnull(p);
    p[0] = 1;
    ck_assert_ptr_null(arena_alloc(&arena, LARGE));
    ck_assert(arena.capped && !arena.failed);
    ck_assert_ptr_null(arena_grow(&arena, p, LARGE, 2 * (size_t)LARGE, 1));
    p = arena_grow(&arena, p, LARGE, LARGE + LARGE / 4, 1);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(p[0], 1);
    arena_free(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mem");
    TCase *tests = tcase_create("mem");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, nothing_is_something);
    tcase_add_test(tests, sizes_that_overflow_are_refused);
    tcase_add_test(tests, a_large_block_may_be_alone);
    tcase_add_test(tests, the_cap_counts_large_blocks);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
