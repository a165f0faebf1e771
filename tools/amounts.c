/* SPDX-License-Identifier: MIT
 *
 * Numbers in sentences and clauses; see amounts.h.
 */
#include <config.h>

#include <stdlib.h>

#include "amounts.h"

static const struct {
    const char *word;
    uint64_t size;
    bool is_time;
} units[] = {
    { "byte", 1, false },
    { "bytes", 1, false },
    { "KB", 1000, false },
    { "MB", 1000000, false },
    { "GB", 1000000000, false },
    { "TB", 1000000000000, false },
    { "KiB", 1024, false },
    { "MiB", 1048576, false },
    { "GiB", 1073741824, false },
    { "TiB", 1099511627776, false },
    { "kilobytes", 1000, false },
    { "megabytes", 1000000, false },
    { "gigabytes", 1000000000, false },
    { "ms", 1, true },
    { "second", 1000, true },
    { "seconds", 1000, true },
    { "minute", 60000, true },
    { "minutes", 60000, true },
    { "hour", 3600000, true },
    { "hours", 3600000, true },
    { "day", 86400000, true },
    { "days", 86400000, true },
    { "week", 604800000, true },
    { "weeks", 604800000, true },
};

static const struct {
    const char *word;
    uint64_t number;
} spelled[] = {
    { "two", 2 },        { "three", 3 },      { "four", 4 },      { "five", 5 },     { "six", 6 },       { "seven", 7 },
    { "eight", 8 },      { "nine", 9 },       { "ten", 10 },      { "eleven", 11 },  { "twelve", 12 },   { "thirteen", 13 },
    { "fourteen", 14 },  { "fifteen", 15 },   { "sixteen", 16 },  { "seventeen", 17 }, { "eighteen", 18 }, { "nineteen", 19 },
    { "twenty", 20 },    { "thirty", 30 },    { "forty", 40 },    { "fifty", 50 },   { "sixty", 60 },    { "seventy", 70 },
    { "eighty", 80 },    { "ninety", 90 },    { "hundred", 100 }, { "thousand", 1000 }, { "one", 1 },
};

static bool
is_word(const char *p, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(p, word, n) == 0;
}

static struct amount *
add_amount(struct amounts *amounts, uint64_t micros)
{
    struct amount *made;

    amounts->at = vector_room(amounts->at, amounts->n, &amounts->room, sizeof *amounts->at);
    made = &amounts->at[amounts->n++];
    *made = (struct amount){ .micros = micros };
    return made;
}

/* Gives the last amount the unit that the N bytes at P are; false if they are none. */
static bool
add_unit(struct amounts *amounts, const char *p, size_t n)
{
    while (n != 0 && strchr(".,;:)!?\"'", p[n - 1]) != NULL)
        n--;
    for (size_t i = 0; i < N_ELEMENTS(units); i++)
        if (amounts->n != 0 && is_word(p, n, units[i].word)) {
            amounts->at[amounts->n - 1].unit = units[i].size;
            amounts->at[amounts->n - 1].is_time = units[i].is_time;
            return true;
        }
    return false;
}

/* Reads a number, "10,000" and "0.5" among them, at P; returns its length, 0 if there is none or it is too large or precise. */
static size_t
read_number(const char *p, size_t n, uint64_t *micros)
{
    uint64_t value = 0, place = 1000000;
    size_t i = 0;

    for (; i < n; i++) {
        bool comma = p[i] == ',' && i != 0 && i + 3 < n && is_digit(p[i + 1]) && is_digit(p[i + 2]) && is_digit(p[i + 3])
                     && !(i + 4 < n && is_digit(p[i + 4]));

        if (comma)
            continue;
        if (!is_digit(p[i]))
            break;
        if (value > UINT64_MAX / 20000000)
            return 0;
        value = 10 * value + (uint64_t)(p[i] - '0');
    }
    if (i == 0)
        return 0;
    value *= 1000000;
    if (i + 1 < n && p[i] == '.' && is_digit(p[i + 1]))
        for (i++; i < n && is_digit(p[i]); i++) {
            place /= 10;
            value += place * (uint64_t)(p[i] - '0');
        }
    *micros = value;
    return i;
}

/* Adds the number that the N bytes at P spell; the last amount, which stands directly before, may be a part of it ("two hundred",
 * "twenty-five"). */
static void
add_spelled(struct amounts *amounts, const char *p, size_t n, bool follows)
{
    struct amount *last = follows && amounts->n != 0 ? &amounts->at[amounts->n - 1] : NULL;

    for (size_t i = 0; i < N_ELEMENTS(spelled); i++) {
        const char *word = spelled[i].word;
        uint64_t number = spelled[i].number, micros = number * 1000000;

        /* At the beginning of a sentence, too. */
        if (n != strlen(word) || (p[0] | 0x20) != word[0] || memcmp(p + 1, word + 1, n - 1) != 0)
            continue;
        if (last != NULL && number >= 100 && last->micros < UINT64_MAX / 1000) {
            last->micros *= number;
            last->is_loose = false;
        } else if (last != NULL && number < 10 && last->micros >= 20000000 && last->micros < 100000000) {
            last->micros += micros;
        } else {
            add_amount(amounts, micros)->is_loose = number == 1;
        }
    }
}

/* Adds the numbers of one word of a sentence: "30", "(30)", "50%", "700MB", "2-20", "30-day"; FOLLOWS: the word before it was one. */
static void
add_word_amounts(struct amounts *amounts, const char *p, size_t n, bool follows)
{
    uint64_t micros;

    while (n != 0 && strchr("(['\"$<>=~+#", *p) != NULL)
        p++, n--;
    while (n != 0 && strchr(".,;:)]!?\"'%", p[n - 1]) != NULL)
        n--;
    for (size_t begin = 0; begin < n;) {
        size_t end = begin, length, from = amounts->n;

        while (end < n && p[end] != '-')
            end++;
        length = read_number(p + begin, end - begin, &micros);
        if (length != 0) {
            add_amount(amounts, micros);
            if (length != end - begin && !add_unit(amounts, p + begin + length, end - begin - length))
                amounts->n = from; /* "30th", "3x" */
        } else if (begin == 0 || !add_unit(amounts, p + begin, end - begin)) {
            add_spelled(amounts, p + begin, end - begin, begin != 0 || follows);
        }
        begin = end + 1;
    }
}

void
amounts_add_sentence(struct amounts *amounts, const struct sentences *sentences, size_t idx)
{
    const struct sentence *sentence = &sentences->at[idx];
    bool follows = false; /* the word before was a number */

    for (uint32_t i = 0; i < sentence->n_words; i++) {
        const struct word *word = &sentences->words[sentence->first_word + i];
        size_t from = amounts->n;

        if (follows && add_unit(amounts, sentences->texts + word->at, word->n)) {
            follows = false;
            continue;
        }
        add_word_amounts(amounts, sentences->texts + word->at, word->n, follows);
        follows = amounts->n != from;
    }
}

/* Adds the value in force of the param that the N bytes at P name, if they do. */
static void
add_param(struct amounts *amounts, const struct rck_policy *policy, const char *p, size_t n)
{
    struct rck_named param;

    for (uint32_t i = 0; rck_policy_param(policy, i, &param) == RCK_OK; i++) {
        const char *value = param.value, *unit = strstr(param.type, " in ");
        uint64_t micros;

        if (!is_word(p, n, param.name))
            continue;
        value += *value == '-';
        if (is_digit(*value) && read_number(value, strlen(value), &micros) == strlen(value)) {
            add_amount(amounts, micros);
            if (unit != NULL)
                (void)add_unit(amounts, unit + 4, strlen(unit + 4));
        }
    }
}

void
amounts_add_clause(struct amounts *amounts, const struct rck_policy *policy, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n;) {
        size_t end = i;
        uint64_t micros;

        if (text[i] == '"') {
            for (end++; end < n && text[end] != '"'; end++)
                end += text[end] == '\\';
            i = end + 1;
            continue;
        }
        if (!is_wordy(text[i]) && text[i] != '_') {
            i++;
            continue;
        }
        while (end < n && (is_wordy(text[end]) || text[end] == '_' || text[end] == '.' || (is_digit(text[i]) && strchr(":-", text[end]) != NULL)))
            end++;
        if (!is_digit(text[i]))
            add_param(amounts, policy, text + i, end - i);
        else if (read_number(text + i, end - i, &micros) == end - i) { /* and not a date */
            add_amount(amounts, micros);
            while (end < n && text[end] == ' ')
                end++;
            i = end;
            while (end < n && is_wordy(text[end]))
                end++;
            if (!add_unit(amounts, text + i, end - i))
                end = i;
        }
        i = end;
    }
}

static uint64_t
greatest_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

bool
amount_equal(struct amount a, struct amount b)
{
    uint64_t micros, unit;

    if (a.micros == b.micros)
        return true;
    if (a.unit == 0 || b.unit == 0 || a.is_time != b.is_time)
        return false;
    /* The products of 128 bits are equal where the fractions in lowest terms are. */
    micros = greatest_divisor(a.micros, b.micros);
    unit = greatest_divisor(a.unit, b.unit);
    return a.micros / micros == b.unit / unit && b.micros / micros == a.unit / unit;
}

void
amount_text(struct amount a, char text[32])
{
    uint64_t whole = a.micros / 1000000, part = a.micros % 1000000;
    char digits[32];
    size_t n = sizeof digits, k = 0;

    do {
        digits[--n] = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole != 0);
    while (n < sizeof digits)
        text[k++] = digits[n++];
    if (part != 0)
        text[k++] = '.';
    for (uint64_t place = 100000; part != 0; place /= 10) {
        text[k++] = (char)('0' + part / place);
        part %= place;
    }
    text[k] = '\0';
}
