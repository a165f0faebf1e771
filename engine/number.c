/* SPDX-License-Identifier: MIT
 *
 * Whole numbers and decimals; see number.h.
 */
#include <config.h>

#include "number.h"

enum { PLACES = 6 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum number_fault
number_read_int(struct str text, int64_t *value)
{
    bool negative = text.n != 0 && text.p[0] == '-';
    size_t i = text.n != 0 && (text.p[0] == '-' || text.p[0] == '+');
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;
    bool large = false;

    if (i == text.n || !is_digit(text.p[i]))
        return NUMBER_NONE;
    for (size_t few = i + 18; i < text.n && i < few && is_digit(text.p[i]); i++) /* so many always fit */
        sum = sum * 10 + (uint64_t)(text.p[i] - '0');
    for (; i < text.n && is_digit(text.p[i]); i++) {
        uint64_t digit = (uint64_t)(text.p[i] - '0');

        large = large || sum > (limit - digit) / 10;
        sum = large ? 0 : sum * 10 + digit;
    }
    if (i < text.n) {
        if (text.p[i] != '.' && text.p[i] != 'e' && text.p[i] != 'E')
            return NUMBER_NONE;
        for (; i < text.n; i++)
            if (!is_digit(text.p[i]) && text.p[i] != '.' && text.p[i] != 'e' && text.p[i] != 'E' && text.p[i] != '+'
                && text.p[i] != '-')
                return NUMBER_NONE;
        return NUMBER_NOT_INT;
    }
    if (large)
        return NUMBER_TOO_LARGE;
    *value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return NUMBER_FINE;
}

size_t
number_write_int(char buffer[20], int64_t value)
{
    char reversed[20];
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t n = 0, out = 0;

    do
        reversed[n++] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        buffer[out++] = '-';
    while (n != 0)
        buffer[out++] = reversed[--n];
    return out;
}

/* Returns the offset of the first byte of TEXT from I on that is no digit. */
static size_t
skip_digits(struct str text, size_t i)
{
    while (i < text.n && is_digit(text.p[i]))
        i++;
    return i;
}

enum number_fault
number_read_decimal(struct str text, int64_t *millionths)
{
    bool negative = text.n != 0 && text.p[0] == '-';
    size_t begin = text.n != 0 && (text.p[0] == '-' || text.p[0] == '+');
    size_t point = skip_digits(text, begin), end = point, places = 0;
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;

    if (point == begin)
        return NUMBER_NONE;
    if (point < text.n && text.p[point] == '.') {
        end = skip_digits(text, point + 1);
        places = end - point - 1;
        if (places == 0)
            return NUMBER_NONE;
    }
    if (end < text.n && (text.p[end] == 'e' || text.p[end] == 'E')) {
        size_t sign = end + 1 < text.n && (text.p[end + 1] == '-' || text.p[end + 1] == '+');
        size_t exponent = end + 1 + sign;

        end = skip_digits(text, exponent);
        return end == text.n && end > exponent ? NUMBER_EXPONENT : NUMBER_NONE;
    }
    if (end < text.n)
        return NUMBER_NONE;
    if (places > PLACES)
        return NUMBER_TOO_PRECISE;
    for (size_t i = begin; i < end + PLACES - places; i++) {
        uint64_t digit = i < end && i != point ? (uint64_t)(text.p[i] - '0') : 0;

        if (i == point && i < end)
            continue;
        if (sum > (limit - digit) / 10)
            return NUMBER_TOO_LARGE;
        sum = sum * 10 + digit;
    }
    *millionths = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return NUMBER_FINE;
}

size_t
number_write_decimal(char buffer[24], int64_t millionths)
{
    uint64_t rest = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
    uint64_t fraction = rest % DECIMAL_ONE;
    size_t n = 0;

    if (millionths < 0)
        buffer[n++] = '-';
    n += number_write_int(buffer + n, (int64_t)(rest / DECIMAL_ONE));
    if (fraction != 0)
        buffer[n++] = '.';
    for (uint64_t unit = DECIMAL_ONE / 10; fraction != 0; unit /= 10) {
        buffer[n++] = (char)('0' + fraction / unit);
        fraction %= unit;
    }
    return n;
}
