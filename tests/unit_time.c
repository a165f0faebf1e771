/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/times.c.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "times.h"

#define SECOND INT64_C(1000000000)

static const struct {
    const char *text;
    enum time_fault fault;
    int64_t value;
} times[] = {
    { "1970-01-01T00:00:00Z", TIME_FINE, 0 },
    { "1970-01-01t00:00:00z", TIME_FINE, 0 },
    { "1970-01-01T00:00:00.000000001Z", TIME_FINE, 1 },
    { "1969-12-31T23:59:59.999999999Z", TIME_FINE, -1 },
    { "1969-12-31T23:59:59Z", TIME_FINE, -SECOND },
    { "1970-01-01T00:00:00+00:00", TIME_FINE, 0 },
    { "1970-01-01T00:00:00-00:00", TIME_FINE, 0 },
    { "1970-01-01T05:30:00+05:30", TIME_FINE, 0 },
    { "1969-12-31T16:00:00-08:00", TIME_FINE, 0 },
    { "1970-01-01T23:59:00+23:59", TIME_FINE, 0 },
    { "1985-04-12T23:20:50.52Z", TIME_FINE, 482196050 * SECOND + 520000000 },  /* RFC 3339, 5.8 */
    { "1996-12-19T16:39:57-08:00", TIME_FINE, 851042397 * SECOND },            /* RFC 3339, 5.8 */
    { "1937-01-01T12:00:27.87+00:20", TIME_FINE, -1041337173 * SECOND + 870000000 }, /* RFC 3339, 5.8 */
    { "2001-09-09T01:46:40Z", TIME_FINE, 1000000000 * SECOND },
    { "2000-02-29T00:00:00Z", TIME_FINE, 951782400 * SECOND },
    { "2024-02-29T23:59:59.5Z", TIME_FINE, 1709251199 * SECOND + 500000000 },
    { "1677-09-21T00:12:43.145224192Z", TIME_FINE, INT64_MIN },
    { "2262-04-11T23:47:16.854775807Z", TIME_FINE, INT64_MAX },
    { "2262-04-12T00:47:16.854775807+01:00", TIME_FINE, INT64_MAX },
    { "1677-09-21T00:12:43.145224191Z", TIME_OUT_OF_RANGE, 0 },
    { "2262-04-11T23:47:16.854775808Z", TIME_OUT_OF_RANGE, 0 },
    { "2262-04-11T23:47:16.854775807-00:01", TIME_OUT_OF_RANGE, 0 },
    { "0000-01-01T00:00:00Z", TIME_OUT_OF_RANGE, 0 },
    { "0000-02-29T00:00:00+23:59", TIME_OUT_OF_RANGE, 0 },
    { "9999-12-31T23:59:59-23:59", TIME_OUT_OF_RANGE, 0 },
    { "2026-11-24T00:00:00.0000000000Z", TIME_TOO_PRECISE, 0 },
    { "2026-11-24T00:00:00.1234567891Z", TIME_TOO_PRECISE, 0 },
    { "1990-12-31T23:59:60Z", TIME_LEAP, 0 },
    { "1990-12-31T15:59:60.5-08:00", TIME_LEAP, 0 },
    { "2026-11-24T24:00:00Z", TIME_NO_HOUR, 0 },
    { "2026-11-24T23:60:00Z", TIME_NO_HOUR, 0 },
    { "2026-11-24T23:59:61Z", TIME_NO_HOUR, 0 },
    { "2026-11-24T24:00:60Z", TIME_NO_HOUR, 0 },
    { "2026-11-24T00:00:00+24:00", TIME_NO_HOUR, 0 },
    { "2026-11-24T00:00:00-01:60", TIME_NO_HOUR, 0 },
    { "2026-02-29T00:00:00Z", TIME_NO_DAY, 0 },
    { "1900-02-29T00:00:00Z", TIME_NO_DAY, 0 },
    { "2100-02-29T00:00:00Z", TIME_NO_DAY, 0 },
    { "2026-04-31T00:00:00Z", TIME_NO_DAY, 0 },
    { "2026-13-01T00:00:00Z", TIME_NO_DAY, 0 },
    { "2026-00-01T00:00:00Z", TIME_NO_DAY, 0 },
    { "2026-01-00T00:00:00Z", TIME_NO_DAY, 0 },
    { "2026-01-32T24:00:60Z", TIME_NO_DAY, 0 },
    { "2026-11-24T00:00:00", TIME_NO_OFFSET, 0 },
    { "2026-11-24T00:00:00.5", TIME_NO_OFFSET, 0 },
    { "2026-99-24T00:00:00", TIME_NO_OFFSET, 0 },
    { "", TIME_NONE, 0 },
    { "2026-11-24", TIME_NONE, 0 },
    { "2026-11-24T", TIME_NONE, 0 },
    { "2026-11-24T00:00", TIME_NONE, 0 },
    { "2026-11-24T00:00Z", TIME_NONE, 0 },
    { "2026-11-24 00:00:00Z", TIME_NONE, 0 },
    { "2026-11-24T00:00:00.Z", TIME_NONE, 0 },
    { "2026-11-24T00:00:00.", TIME_NONE, 0 },
    { "2026-11-24T00:00:00,5Z", TIME_NONE, 0 },
    { "2026-11-24T00:00:00Z ", TIME_NONE, 0 },
    { " 2026-11-24T00:00:00Z", TIME_NONE, 0 },
    { "2026-11-24T00:00:00ZZ", TIME_NONE, 0 },
    { "2026-11-24T00:00:00+01", TIME_NONE, 0 },
    { "2026-11-24T00:00:00+0100", TIME_NONE, 0 },
    { "2026-11-24T00:00:00+01:0", TIME_NONE, 0 },
    { "2026-11-24T00:00:00+01:00Z", TIME_NONE, 0 },
    { "2026-11-24T00:00:00+", TIME_NONE, 0 },
    { "2026-11-24T00:00:00X", TIME_NONE, 0 },
    { "20261124T000000Z", TIME_NONE, 0 },
    { "2026-1-24T00:00:00Z", TIME_NONE, 0 },
    { "+2026-11-24T00:00:00Z", TIME_NONE, 0 },
    { "12026-11-24T00:00:00Z", TIME_NONE, 0 },
    { "2026-11-24T-1:00:00Z", TIME_NONE, 0 },
    { "now", TIME_NONE, 0 },
};

START_TEST(times_are_read)
{
    int64_t value = 42;
    enum time_fault fault = time_read(str_of(times[_i].text), &value);

    ck_assert_msg(fault == times[_i].fault, "'%s' is %d", times[_i].text, (int)fault);
    ck_assert_int_eq(value, fault == TIME_FINE ? times[_i].value : 42);
}
END_TEST

static const struct {
    const char *text;
    enum time_fault fault;
    int64_t value;
} dates[] = {
    { "1970-01-01", TIME_FINE, 0 },
    { "1969-12-31", TIME_FINE, -86400 * SECOND },
    { "2026-11-24", TIME_FINE, 1795478400 * SECOND },
    { "1677-09-22", TIME_FINE, -9223286400 * SECOND },
    { "2262-04-11", TIME_FINE, 9223286400 * SECOND },
    { "1677-09-21", TIME_OUT_OF_RANGE, 0 },
    { "2262-04-12", TIME_OUT_OF_RANGE, 0 },
    { "0000-01-01", TIME_OUT_OF_RANGE, 0 },
    { "9999-12-31", TIME_OUT_OF_RANGE, 0 },
    { "2026-02-29", TIME_NO_DAY, 0 },
    { "2026-06-31", TIME_NO_DAY, 0 },
    { "", TIME_NONE, 0 },
    { "2026-11", TIME_NONE, 0 },
    { "2026-11-2", TIME_NONE, 0 },
    { "2026-11-24Z", TIME_NONE, 0 },
    { "2026-11-24T00:00:00Z", TIME_NONE, 0 },
    { "2026/11/24", TIME_NONE, 0 },
    { "20261124", TIME_NONE, 0 },
};

START_TEST(dates_are_read)
{
    int64_t value = 42;
    enum time_fault fault = time_read_date(str_of(dates[_i].text), &value);

    ck_assert_msg(fault == dates[_i].fault, "'%s' is %d", dates[_i].text, (int)fault);
    ck_assert_int_eq(value, fault == TIME_FINE ? dates[_i].value : 42);
}
END_TEST

START_TEST(nothing_behind_the_end_is_read)
{
    static const char text[] = "2026-11-24T00:00:00.123456789+01:00";
    int64_t value;

    /* Each beginning in a block of its own, whose end a sanitizer knows. */
    for (size_t n = 0; n < sizeof text; n++) {
        char *copy = malloc(n + 1);
        enum time_fault fault;

        ck_assert_ptr_nonnull(copy);
        memcpy(copy + 1, text, n);
        fault = time_read((struct str){ copy + 1, n }, &value);
        ck_assert_int_eq(fault, n == sizeof text - 1 ? TIME_FINE : n == 19 || (n > 20 && n < 30) ? TIME_NO_OFFSET : TIME_NONE);
        ck_assert_int_eq(time_read_date((struct str){ copy + 1, n }, &value), n == 10 ? TIME_FINE : TIME_NONE);
        free(copy);
    }
    ck_assert_int_eq(time_read((struct str){ NULL, 0 }, &value), TIME_NONE);
}
END_TEST

static const struct {
    int64_t value;
    const char *text;
} written[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { 1, "1970-01-01T00:00:00.000000001Z" },
    { -1, "1969-12-31T23:59:59.999999999Z" },
    { 1795478400 * SECOND, "2026-11-24T00:00:00Z" },
    { 1795478400 * SECOND + 120000000, "2026-11-24T00:00:00.12Z" },
    { 951782400 * SECOND, "2000-02-29T00:00:00Z" },
    { INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
    { INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
};

START_TEST(times_are_written)
{
    char buffer[30];
    size_t n = time_write(buffer, written[_i].value);

    ck_assert_msg(str_equal((struct str){ buffer, n }, str_of(written[_i].text)), "'%.*s' is not '%s'", (int)n, buffer,
                  written[_i].text);
}
END_TEST

START_TEST(times_survive_being_written)
{
    uint64_t state = 1;

    for (int i = 0; i < 5000; i++) {
        char buffer[30];
        int64_t value, again;
        size_t n;

        state = state * 6364136223846793005u + 1442695040888963407u;
        value = (int64_t)state;
        n = time_write(buffer, value);
        ck_assert_int_eq(time_read((struct str){ buffer, n }, &again), TIME_FINE);
        ck_assert_int_eq(value, again);
    }
}
END_TEST

/* All days that there are, counted by hand. */
START_TEST(days_follow_each_other)
{
    static const int last[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = 1677, month = 9, day = 22;

    for (int64_t value = -9223286400 * SECOND;; value += 86400 * SECOND) {
        char expected[64], buffer[30];
        int64_t again;
        size_t n = time_write(buffer, value);

        snprintf(expected, sizeof expected, "%04d-%02d-%02dT00:00:00Z", year, month, day);
        /* Each assertion of Check writes to a file, and these are many days. */
        if (!str_equal((struct str){ buffer, n }, str_of(expected)))
            ck_abort_msg("'%.*s' is not '%s'", (int)n, buffer, expected);
        if (time_read_date((struct str){ expected, 10 }, &again) != TIME_FINE || again != value)
            ck_abort_msg("'%.10s' is read as another day", expected);
        if (value > INT64_MAX - 86400 * SECOND)
            break;
        if (++day > last[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    ck_assert_int_eq(year, 2262);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("time");
    TCase *tests = tcase_create("time");
    SRunner *runner = srunner_create(suite);
    int n_run;
    int n_failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, times_are_read, 0, (int)N_ELEMENTS(times));
    tcase_add_loop_test(tests, dates_are_read, 0, (int)N_ELEMENTS(dates));
    tcase_add_test(tests, nothing_behind_the_end_is_read);
    tcase_add_loop_test(tests, times_are_written, 0, (int)N_ELEMENTS(written));
    tcase_add_test(tests, times_survive_being_written);
    tcase_add_test(tests, days_follow_each_other);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
