/* SPDX-License-Identifier: MIT
 *
 * Whole numbers; see number.h.
 */
#include <config.h>

#include "number.h"

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
