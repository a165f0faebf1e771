/* SPDX-License-Identifier: MIT
 *
 * Times; see times.h.
 */
#include <config.h>

#include "times.h"

enum {
    PLACES = 9,
    BILLION = 1000000000,
    DAY = 86400,
    ERA = 146097,          /* days of 400 years */
    DAYS_TO_1970 = 719468, /* from 0000-03-01 */
};

/* A place in a text that is read from left to right. */
struct cursor {
    struct str text;
    size_t i;
    bool bad; /* something was not as expected; stays set */
};

/* Reads N digits. */
static int64_t
take_digits(struct cursor *at, size_t n)
{
    int64_t sum = 0;

    for (; n != 0; n--, at->i++) {
        if (at->i >= at->text.n || at->text.p[at->i] < '0' || at->text.p[at->i] > '9') {
            at->bad = true;
            return 0;
        }
        sum = sum * 10 + (at->text.p[at->i] - '0');
    }
    return sum;
}

/* Reads A or B. */
static void
take(struct cursor *at, char a, char b)
{
    if (at->i < at->text.n && (at->text.p[at->i] == a || at->text.p[at->i] == b))
        at->i++;
    else
        at->bad = true;
}

/* Returns the days from 1970-01-01 to a day that need not exist in its month.  Years begin in March here, so that the leap day
 * is the last of its year, and months have 30.6 days on average: 153 in five, of which the rounding gives each its own.  YEAR
 * is 0 or more; 0000-01 and 0000-02 belong to the year -1, which is why an era is added and taken off. */
static int64_t
days_to(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = year + 400 - (month <= 2);
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year - ERA - DAYS_TO_1970;
}

/* Reads a date, and tells whether the day exists. */
static int64_t
take_date(struct cursor *at, bool *exists)
{
    static const char last[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t year = take_digits(at, 4), month, day;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    take(at, '-', '-');
    month = take_digits(at, 2);
    take(at, '-', '-');
    day = take_digits(at, 2);
    *exists = month >= 1 && month <= 12 && day >= 1 && day <= last[month - 1] + (leap && month == 2);
    return *exists ? days_to(year, month, day) : 0;
}

/* Puts seconds, of which there are few enough, and nanoseconds of a second together. */
static enum time_fault
put_together(int64_t seconds, int64_t fraction, int64_t *nanoseconds)
{
    int64_t sum;

    /* The last of the negative seconds does not fit as a whole, but with its fraction it may. */
    if (seconds < 0) {
        seconds++;
        fraction -= BILLION;
    }
    if (__builtin_mul_overflow(seconds, (int64_t)BILLION, &sum) || __builtin_add_overflow(sum, fraction, &sum))
        return TIME_OUT_OF_RANGE;
    *nanoseconds = sum;
    return TIME_FINE;
}

enum time_fault
time_read(struct str text, int64_t *nanoseconds)
{
    struct cursor at = { .text = text };
    int64_t days, hour, minute, second, fraction = 0, offset = 0, offset_hour = 0, offset_minute = 0;
    size_t places = 0;
    bool exists, offset_given;

    days = take_date(&at, &exists);
    take(&at, 'T', 't');
    hour = take_digits(&at, 2);
    take(&at, ':', ':');
    minute = take_digits(&at, 2);
    take(&at, ':', ':');
    second = take_digits(&at, 2);
    if (!at.bad && at.i < text.n && text.p[at.i] == '.') {
        at.i++;
        for (; at.i < text.n && text.p[at.i] >= '0' && text.p[at.i] <= '9'; at.i++, places++)
            if (places < PLACES)
                fraction = fraction * 10 + (text.p[at.i] - '0');
        at.bad = places == 0;
    }
    offset_given = at.i < text.n;
    if (offset_given && (text.p[at.i] == '+' || text.p[at.i] == '-')) {
        bool west = text.p[at.i++] == '-';

        offset_hour = take_digits(&at, 2);
        take(&at, ':', ':');
        offset_minute = take_digits(&at, 2);
        offset = (offset_hour * 60 + offset_minute) * (west ? -60 : 60);
    } else if (offset_given) {
        take(&at, 'Z', 'z');
    }

    if (at.bad || at.i < text.n)
        return TIME_NONE;
    if (!offset_given)
        return TIME_NO_OFFSET;
    if (!exists)
        return TIME_NO_DAY;
    if (hour > 23 || minute > 59 || second > 60 || offset_hour > 23 || offset_minute > 59)
        return TIME_NO_HOUR;
    if (second == 60)
        return TIME_LEAP;
    if (places > PLACES)
        return TIME_TOO_PRECISE;
    for (; places < PLACES; places++)
        fraction *= 10;
    return put_together(days * DAY + hour * 3600 + minute * 60 + second - offset, fraction, nanoseconds);
}

enum time_fault
time_read_date(struct str text, int64_t *nanoseconds)
{
    struct cursor at = { .text = text };
    bool exists;
    int64_t days = take_date(&at, &exists);

    if (at.bad || at.i < text.n)
        return TIME_NONE;
    if (!exists)
        return TIME_NO_DAY;
    return put_together(days * DAY, 0, nanoseconds);
}

/* Writes N digits of VALUE, and zeros before them. */
static char *
put_digits(char *p, int64_t value, size_t n)
{
    for (size_t i = n; i != 0; i--, value /= 10)
        p[i - 1] = (char)('0' + value % 10);
    return p + n;
}

size_t
time_write(char buffer[30], int64_t nanoseconds)
{
    /* Rounded down, towards the past. */
    int64_t seconds = nanoseconds / BILLION - (nanoseconds % BILLION < 0);
    int64_t fraction = nanoseconds % BILLION + (nanoseconds % BILLION < 0 ? BILLION : 0);
    int64_t days = seconds / DAY - (seconds % DAY < 0);
    int64_t second = seconds % DAY + (seconds % DAY < 0 ? DAY : 0);

    /* The way back of days_to(), for which there are no days before 0000-03-01.  The last day of four years and of four hundred
     * is a leap day, hence the corrections. */
    int64_t since = days + DAYS_TO_1970;
    int64_t of_era = since % ERA;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * shifted + 2) / 5 + 1;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int64_t year = since / ERA * 400 + year_of_era + (month <= 2);
    char *p = buffer;

    p = put_digits(p, year, 4);
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    p = put_digits(p, day, 2);
    *p++ = 'T';
    p = put_digits(p, second / 3600, 2);
    *p++ = ':';
    p = put_digits(p, second / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, second % 60, 2);
    if (fraction != 0) {
        *p++ = '.';
        p = put_digits(p, fraction, PLACES);
        while (p[-1] == '0')
            p--;
    }
    *p++ = 'Z';
    return (size_t)(p - buffer);
}

const char *
time_fault_text(enum time_fault fault)
{
    switch (fault) {
    case TIME_FINE: /* unreached: who asks has a fault */
    case TIME_NONE:
        break;
    case TIME_NO_OFFSET:
        return "has no offset: a time ends in Z or in +hh:mm";
    case TIME_NO_DAY:
        return "names a day that there is not";
    case TIME_NO_HOUR:
        return "names a time of day, or an offset, that there is not";
    case TIME_LEAP:
        return "is a leap second, which cannot be counted";
    case TIME_TOO_PRECISE:
        return "has more than nine places of a second, and is never rounded";
    case TIME_OUT_OF_RANGE:
        return "lies outside of the years 1678 to 2261";
    }
    return "is no time";
}
