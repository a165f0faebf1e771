/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/number.c.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "base.h"
#include "number.h"

static const struct {
    const char *text;
    enum number_fault fault;
    int64_t value;
} wholes[] = {
    { "0", NUMBER_FINE, 0 },
    { "-0", NUMBER_FINE, 0 },
    { "+7", NUMBER_FINE, 7 },
    { "007", NUMBER_FINE, 7 },
    { "9223372036854775807", NUMBER_FINE, INT64_MAX },
    { "-9223372036854775808", NUMBER_FINE, INT64_MIN },
    { "9223372036854775808", NUMBER_TOO_LARGE, 0 },
    { "-9223372036854775809", NUMBER_TOO_LARGE, 0 },
    { "1.0", NUMBER_NOT_INT, 0 },
    { "1e3", NUMBER_NOT_INT, 0 },
    { "1E3", NUMBER_NOT_INT, 0 },
    { "1e+3", NUMBER_NOT_INT, 0 },
    { "1E-3", NUMBER_NOT_INT, 0 },
    { "1.5x", NUMBER_NONE, 0 },
    { "", NUMBER_NONE, 0 },
    { "-", NUMBER_NONE, 0 },
    { "1x", NUMBER_NONE, 0 },
    { " 1", NUMBER_NONE, 0 },
};

START_TEST(whole_numbers_are_read)
{
    int64_t value = 42;

    ck_assert_int_eq(number_read_int(str_of(wholes[_i].text), &value), wholes[_i].fault);
    ck_assert_int_eq(value, wholes[_i].fault == NUMBER_FINE ? wholes[_i].value : 42);
}
END_TEST

static const struct {
    const char *text;
    enum number_fault fault;
    int64_t value;
} decimals[] = {
    { "0", NUMBER_FINE, 0 },
    { "-0", NUMBER_FINE, 0 },
    { "-0.000000", NUMBER_FINE, 0 },
    { "+0.0", NUMBER_FINE, 0 },
    { "3", NUMBER_FINE, 3000000 },
    { "1.5", NUMBER_FINE, 1500000 },
    { "+1.50", NUMBER_FINE, 1500000 },
    { "-0.000001", NUMBER_FINE, -1 },
    { "-1.000001", NUMBER_FINE, -1000001 },
    { "00012.340000", NUMBER_FINE, 12340000 },
    { "000000000000000000000000000000.1", NUMBER_FINE, 100000 },
    { "9223372036854.775807", NUMBER_FINE, INT64_MAX },
    { "-9223372036854.775808", NUMBER_FINE, INT64_MIN },
    { "9223372036854.7758", NUMBER_FINE, 9223372036854775800 },
    { "9223372036854.775808", NUMBER_TOO_LARGE, 0 },
    { "-9223372036854.775809", NUMBER_TOO_LARGE, 0 },
    { "9223372036855", NUMBER_TOO_LARGE, 0 },
    { "9223372036854.8", NUMBER_TOO_LARGE, 0 },
    { "18446744073709551616", NUMBER_TOO_LARGE, 0 },
    { "99999999999999999999999999", NUMBER_TOO_LARGE, 0 },
    { "1.0000000", NUMBER_TOO_PRECISE, 0 },
    { "0.1234567", NUMBER_TOO_PRECISE, 0 },
    { "99999999999999999999.0000000", NUMBER_TOO_PRECISE, 0 },
    { "1e3", NUMBER_EXPONENT, 0 },
    { "1.5E+3", NUMBER_EXPONENT, 0 },
    { "-1.50000000e-3", NUMBER_EXPONENT, 0 },
    { "", NUMBER_NONE, 0 },
    { "+", NUMBER_NONE, 0 },
    { "-", NUMBER_NONE, 0 },
    { "--1", NUMBER_NONE, 0 },
    { ".", NUMBER_NONE, 0 },
    { ".5", NUMBER_NONE, 0 },
    { "5.", NUMBER_NONE, 0 },
    { "-.5", NUMBER_NONE, 0 },
    { "1.5.", NUMBER_NONE, 0 },
    { "1.5.5", NUMBER_NONE, 0 },
    { "1.-5", NUMBER_NONE, 0 },
    { "1,5", NUMBER_NONE, 0 },
    { "1.5 ", NUMBER_NONE, 0 },
    { " 1.5", NUMBER_NONE, 0 },
    { "1e", NUMBER_NONE, 0 },
    { "1e+", NUMBER_NONE, 0 },
    { "1.e3", NUMBER_NONE, 0 },
    { "1e3x", NUMBER_NONE, 0 },
    { "1e3.5", NUMBER_NONE, 0 },
    { "0x10", NUMBER_NONE, 0 },
    { "inf", NUMBER_NONE, 0 },
    { "nan", NUMBER_NONE, 0 },
};

START_TEST(decimals_are_read)
{
    int64_t value = 42;

    ck_assert_msg(number_read_decimal(str_of(decimals[_i].text), &value) == decimals[_i].fault, "'%s'", decimals[_i].text);
    ck_assert_int_eq(value, decimals[_i].fault == NUMBER_FINE ? decimals[_i].value : 42);
}
END_TEST

START_TEST(what_lies_behind_a_decimal_is_not_read)
{
    int64_t value;

    ck_assert_int_eq(number_read_decimal((struct str){ "12.345", 4 }, &value), NUMBER_FINE);
    ck_assert_int_eq(value, 12300000);
    ck_assert_int_eq(number_read_decimal((struct str){ "12.345", 3 }, &value), NUMBER_NONE);
    ck_assert_int_eq(number_read_decimal((struct str){ "12.345", 2 }, &value), NUMBER_FINE);
    ck_assert_int_eq(value, 12000000);
    ck_assert_int_eq(number_read_decimal((struct str){ NULL, 0 }, &value), NUMBER_NONE);
}
END_TEST

static const struct {
    int64_t value;
    const char *text;
} written[] = {
    { 0, "0" },
    { 1, "0.000001" },
    { -1, "-0.000001" },
    { 100000, "0.1" },
    { -500000, "-0.5" },
    { 1500000, "1.5" },
    { 3000000, "3" },
    { -3000000, "-3" },
    { 10000010, "10.00001" },
    { 1020304, "1.020304" },
    { INT64_MAX, "9223372036854.775807" },
    { INT64_MIN, "-9223372036854.775808" },
};

START_TEST(decimals_are_written)
{
    char buffer[24];
    size_t n = number_write_decimal(buffer, written[_i].value);

    ck_assert_msg(str_equal((struct str){ buffer, n }, str_of(written[_i].text)), "'%.*s' is not '%s'", (int)n, buffer,
                  written[_i].text);
}
END_TEST

START_TEST(decimals_survive_being_written)
{
    uint64_t state = 1;

    for (int i = 0; i < 5000; i++) {
        char buffer[24];
        int64_t value, again;
        size_t n;

        state = state * 6364136223846793005u + 1442695040888963407u;
        value = (int64_t)state >> state % 61;
        n = number_write_decimal(buffer, value);
        ck_assert_uint_le(n, 21);
        ck_assert_int_eq(number_read_decimal((struct str){ buffer, n }, &again), NUMBER_FINE);
        ck_assert_int_eq(value, again);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("number");
    TCase *tests = tcase_create("number");
    SRunner *runner = srunner_create(suite);
    int n_run;
    int n_failed;

    tcase_add_loop_test(tests, whole_numbers_are_read, 0, (int)N_ELEMENTS(wholes));
    tcase_add_loop_test(tests, decimals_are_read, 0, (int)N_ELEMENTS(decimals));
    tcase_add_test(tests, what_lies_behind_a_decimal_is_not_read);
    tcase_add_loop_test(tests, decimals_are_written, 0, (int)N_ELEMENTS(written));
    tcase_add_test(tests, decimals_survive_being_written);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
