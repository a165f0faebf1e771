/* SPDX-License-Identifier: MIT
 *
 * The values of naive_values.h.
 */
#include <config.h>

#include "naive_values.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

bool
naive_read_number(struct str text, bool fraction, wide *millionths)
{
    const wide ends = (wide)INT64_MAX * NAIVE_ONE;
    wide value = 0, place = NAIVE_ONE;
    bool negative = text.n != 0 && text.p[0] == '-';
    size_t i = negative, begin = i;

    for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
        value = 10 * value + (wide)NAIVE_ONE * (text.p[i] - '0');
        if (value > 2 * ends)
            return false;
    }
    if (i == begin || (text.p[begin] == '0' && i > begin + 1))
        return false;
    if (fraction && i + 1 < text.n && text.p[i] == '.') {
        for (i++; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
            if (place == 1)
                return false; /* a seventh place */
            place /= 10;
            value += place * (text.p[i] - '0');
        }
    }
    if (i != text.n)
        return false;
    if (negative)
        value = -value;
    *millionths = value;
    if (fraction)
        return value >= INT64_MIN && value <= INT64_MAX;
    return value >= (wide)INT64_MIN * NAIVE_ONE && value <= ends;
}

void
naive_write_number(wide millionths, char buffer[NAIVE_NUMBER_ROOM])
{
    wide size = millionths < 0 ? -millionths : millionths;
    int n = snprintf(buffer, NAIVE_NUMBER_ROOM, "%s%" PRIu64 ".%06d", millionths < 0 ? "-" : "", (uint64_t)(size / NAIVE_ONE),
                     (int)(size % NAIVE_ONE));

    while (buffer[n - 1] == '0')
        n--;
    buffer[buffer[n - 1] == '.' ? n - 1 : n] = '\0';
}

/* ---- times -------------------------------------------------------------------------------------------------------------- */

/* Reads N digits at *AT, and steps over them. */
static bool
read_digits(struct str text, size_t *at, int n, int *value)
{
    *value = 0;
    for (; n > 0; n--, ++*at) {
        if (*at >= text.n || text.p[*at] < '0' || text.p[*at] > '9')
            return false;
        *value = 10 * *value + (text.p[*at] - '0');
    }
    return true;
}

static bool
read_char(struct str text, size_t *at, const char *any)
{
    if (*at >= text.n || text.p[*at] == '\0' || strchr(any, text.p[*at]) == NULL)
        return false;
    ++*at;
    return true;
}

static bool
is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01, counted one year and one month at a time. */
static int
days_since_1970(int year, int month, int day)
{
    int days = day - 1;

    for (int m = 1; m < month; m++)
        days += days_of_month(year, m);
    for (int y = 1970; y < year; y++)
        days += 365 + is_leap(y);
    for (int y = year; y < 1970; y++)
        days -= 365 + is_leap(y);
    return days;
}

bool
naive_read_time(struct str text, bool dates, int64_t *ns)
{
    int year, month, day, hour = 0, minute = 0, second = 0, offset_hour = 0, offset_minute = 0;
    wide value, fraction = 0, place = 1000000000;
    size_t i = 0;

    if (!read_digits(text, &i, 4, &year) || !read_char(text, &i, "-") || !read_digits(text, &i, 2, &month)
        || !read_char(text, &i, "-") || !read_digits(text, &i, 2, &day) || month < 1 || month > 12 || day < 1
        || day > days_of_month(year, month))
        return false;
    if (i < text.n || !dates) {
        int sign = 0;

        if (!read_char(text, &i, "Tt") || !read_digits(text, &i, 2, &hour) || !read_char(text, &i, ":")
            || !read_digits(text, &i, 2, &minute) || !read_char(text, &i, ":") || !read_digits(text, &i, 2, &second)
            || hour > 23 || minute > 59 || second > 59)
            return false;
        if (read_char(text, &i, ".")) {
            size_t begin = i;

            for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
                if (place == 1)
                    return false; /* a tenth place */
                place /= 10;
                fraction += place * (text.p[i] - '0');
            }
            if (i == begin)
                return false;
        }
        if (!read_char(text, &i, "Zz")) {
            sign = i < text.n && text.p[i] == '-' ? -1 : 1;
            if (!read_char(text, &i, "+-") || !read_digits(text, &i, 2, &offset_hour) || !read_char(text, &i, ":")
                || !read_digits(text, &i, 2, &offset_minute) || offset_hour > 23 || offset_minute > 59)
                return false;
        }
        minute -= sign * (60 * offset_hour + offset_minute);
    }
    if (i != text.n)
        return false;
    value = (wide)days_since_1970(year, month, day) * 86400 + 3600 * hour + 60 * minute + second;
    value = value * 1000000000 + fraction;
    if (value < INT64_MIN || value > INT64_MAX)
        return false;
    *ns = (int64_t)value;
    return true;
}

void
naive_write_time(wide ns, int places, char buffer[NAIVE_TIME_ROOM])
{
    const wide second = 1000000000;
    int year = 1970, month = 1, fraction = (int)((ns % second + second) % second), n;
    wide seconds = (ns - fraction) / second;
    int in_day = (int)((seconds % 86400 + 86400) % 86400);
    wide days = (seconds - in_day) / 86400;

    while (days < 0)
        days += 365 + is_leap(--year);
    while (days >= 365 + is_leap(year))
        days -= 365 + is_leap(year++);
    while (days >= days_of_month(year, month))
        days -= days_of_month(year, month++);
    n = snprintf(buffer, NAIVE_TIME_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d.%09d", year, month, (int)days + 1, in_day / 3600,
                 in_day / 60 % 60, in_day % 60, fraction);
    while (n > 20 && (places < 0 ? buffer[n - 1] == '0' : n > 20 + places))
        n--;
    buffer[n == 20 ? 19 : n] = '\0';
}

/* ---- units -------------------------------------------------------------------------------------------------------------- */

bool
naive_read_unit(struct str name, wide *factor)
{
    static const struct {
        const char *name;
        int64_t factor;
    } units[] = {
        { "B", 1 },
        { "byte", 1 },
        { "bytes", 1 },
        { "KB", INT64_C(1000) },
        { "MB", INT64_C(1000) * 1000 },
        { "GB", INT64_C(1000) * 1000 * 1000 },
        { "TB", INT64_C(1000) * 1000 * 1000 * 1000 },
        { "KiB", INT64_C(1024) },
        { "MiB", INT64_C(1024) * 1024 },
        { "GiB", INT64_C(1024) * 1024 * 1024 },
        { "TiB", INT64_C(1024) * 1024 * 1024 * 1024 },
        { "ms", 1 },
        { "second", INT64_C(1000) },
        { "seconds", INT64_C(1000) },
        { "minute", INT64_C(60000) },
        { "minutes", INT64_C(60000) },
        { "hour", INT64_C(3600000) },
        { "hours", INT64_C(3600000) },
        { "day", INT64_C(86400000) },
        { "days", INT64_C(86400000) },
        { "week", INT64_C(604800000) },
        { "weeks", INT64_C(604800000) },
        { "per second", INT64_C(7) * 24 * 60 * 60 },
        { "per minute", INT64_C(7) * 24 * 60 },
        { "per hour", INT64_C(7) * 24 },
        { "per day", INT64_C(7) },
        { "per week", 1 },
    };

    for (size_t i = 0; i < N_ELEMENTS(units); i++) {
        if (str_equal(name, str_of(units[i].name))) {
            *factor = units[i].factor;
            return true;
        }
    }
    return false;
}

/* ---- globs -------------------------------------------------------------------------------------------------------------- */

/* Returns the character at *AT, and steps over it.  TEXT is UTF-8, of which nothing but its shape is used. */
static uint32_t
next_character(struct str text, size_t *at)
{
    unsigned char lead = (unsigned char)text.p[(*at)++];
    uint32_t point = lead < 0x80 ? lead : lead < 0xe0 ? lead & 0x1fu : lead < 0xf0 ? lead & 0x0fu : lead & 0x07u;

    while (lead >= 0x80 && *at < text.n && ((unsigned char)text.p[*at] & 0xc0u) == 0x80u)
        point = point << 6 | ((unsigned char)text.p[(*at)++] & 0x3fu);
    return point;
}

/* Whether the part of GLOB at *AT, which is no '*', takes the character C; steps over the part. */
static bool
part_takes(struct str glob, size_t *at, uint32_t c)
{
    uint32_t part = next_character(glob, at), low, high;
    bool negative = false, taken = false, first = true;

    if (part == '?')
        return true;
    if (part != '[')
        return part == c;
    if (*at < glob.n && glob.p[*at] == '!') {
        negative = true;
        ++*at;
    }
    for (; *at < glob.n && (first || glob.p[*at] != ']'); first = false) {
        low = high = next_character(glob, at);
        if (*at + 1 < glob.n && glob.p[*at] == '-' && glob.p[*at + 1] != ']') {
            ++*at;
            high = next_character(glob, at);
        }
        taken = taken || (c >= low && c <= high);
    }
    if (*at < glob.n)
        ++*at; /* the ']' */
    return taken != negative;
}

/* A '*' first takes nothing; whenever the rest does not match, the last one takes one character more. */
bool
naive_glob_matches(struct str glob, struct str text)
{
    size_t g = 0, t = 0, star = 0, star_text = 0;
    bool starred = false;

    for (;;) {
        size_t next_g = g, next_t = t;

        if (g < glob.n && glob.p[g] == '*') {
            starred = true;
            star = ++g;
            star_text = t;
            continue;
        }
        if (g == glob.n && t == text.n)
            return true;
        if (g < glob.n && t < text.n && part_takes(glob, &next_g, next_character(text, &next_t))) {
            g = next_g;
            t = next_t;
            continue;
        }
        if (!starred || star_text == text.n)
            return false;
        (void)next_character(text, &star_text);
        t = star_text;
        g = star;
    }
}
