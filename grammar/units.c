/* SPDX-License-Identifier: MIT
 *
 * The table of units; see units.h.  KB is not KiB (IEC 80000-13).
 */
#include <config.h>

#include "units.h"

#define NS_SECOND INT64_C(1000000000)
#define NS_WEEK (7 * 24 * 3600 * NS_SECOND)

/* The first name of a size is the one that is shown. */
static const struct {
    const char *name;
    enum ast_unit_kind kind;
    int64_t size;
    const char *shown;
} units[] = {
    { "bytes", AST_BYTES, 1, "bytes" },
    { "byte", AST_BYTES, 1, "bytes" },
    { "B", AST_BYTES, 1, "bytes" },
    { "KB", AST_BYTES, 1000, "KB" },
    { "MB", AST_BYTES, 1000000, "MB" },
    { "GB", AST_BYTES, 1000000000, "GB" },
    { "TB", AST_BYTES, INT64_C(1000000000000), "TB" },
    { "KiB", AST_BYTES, 1024, "KiB" },
    { "MiB", AST_BYTES, INT64_C(1) << 20, "MiB" },
    { "GiB", AST_BYTES, INT64_C(1) << 30, "GiB" },
    { "TiB", AST_BYTES, INT64_C(1) << 40, "TiB" },
    { "ms", AST_DURATION, NS_SECOND / 1000, "ms" },
    { "seconds", AST_DURATION, NS_SECOND, "seconds" },
    { "second", AST_DURATION, NS_SECOND, "seconds" },
    { "minutes", AST_DURATION, 60 * NS_SECOND, "minutes" },
    { "minute", AST_DURATION, 60 * NS_SECOND, "minutes" },
    { "hours", AST_DURATION, 3600 * NS_SECOND, "hours" },
    { "hour", AST_DURATION, 3600 * NS_SECOND, "hours" },
    { "days", AST_DURATION, 24 * 3600 * NS_SECOND, "days" },
    { "day", AST_DURATION, 24 * 3600 * NS_SECOND, "days" },
    { "weeks", AST_DURATION, NS_WEEK, "weeks" },
    { "week", AST_DURATION, NS_WEEK, "weeks" },
};

/* What people write and the language does not take, with what to write. */
static const struct {
    const char *name;
    enum ast_unit_kind kind; /* what was meant */
    const char *help;
} strangers[] = {
    { "month", AST_DURATION, "a month has no fixed length: write '30 days', or give the limit of the month as a fact" },
    { "months", AST_DURATION, "a month has no fixed length: write '30 days', or give the limit of the month as a fact" },
    { "year", AST_DURATION, "a year has no fixed length: write '365 days'" },
    { "years", AST_DURATION, "a year has no fixed length: write '365 days'" },
    { "kB", AST_BYTES, "write KB for 1000 bytes, KiB for 1024" },
    { "kb", AST_BYTES, "write KB for 1000 bytes, KiB for 1024" },
    { "Kb", AST_BYTES, "write KB for 1000 bytes, KiB for 1024" },
    { "mb", AST_BYTES, "write MB for 1000000 bytes, MiB for 1048576" },
    { "Mb", AST_BYTES, "write MB for 1000000 bytes, MiB for 1048576" },
    { "gb", AST_BYTES, "write GB for 1000000000 bytes, GiB for 1073741824" },
    { "s", AST_DURATION, "write 'seconds'" },
    { "sec", AST_DURATION, "write 'seconds'" },
    { "secs", AST_DURATION, "write 'seconds'" },
    { "min", AST_DURATION, "write 'minutes'" },
    { "mins", AST_DURATION, "write 'minutes'" },
    { "h", AST_DURATION, "write 'hours'" },
    { "hr", AST_DURATION, "write 'hours'" },
    { "d", AST_DURATION, "write 'days'" },
};

const char *
unit_stranger(struct str word)
{
    for (size_t i = 0; i < N_ELEMENTS(strangers); i++)
        if (str_equal(word, str_of(strangers[i].name)))
            return strangers[i].help;
    return NULL;
}

bool
unit_find(struct str word, bool per, struct ast_unit *out, const char **help)
{
    static const struct {
        const char *name, *shown;
    } rates[] = { { "second", "per second" }, { "minute", "per minute" }, { "hour", "per hour" },
                  { "day", "per day" },       { "week", "per week" } };

    *help = NULL;
    for (size_t i = 0; per && i < N_ELEMENTS(rates); i++)
        if (str_equal(word, str_of(rates[i].name))) {
            struct ast_unit duration = { .size = 1 };

            unit_find(word, false, &duration, help);
            *out = (struct ast_unit){ .kind = AST_RATE, .size = NS_WEEK / duration.size, .text = str_of(rates[i].shown) };
            return true;
        }
    for (size_t i = 0; !per && i < N_ELEMENTS(units); i++)
        if (str_equal(word, str_of(units[i].name))) {
            *out = (struct ast_unit){ .kind = units[i].kind, .size = units[i].size, .text = str_of(units[i].shown) };
            return true;
        }
    *out = (struct ast_unit){ .kind = per ? AST_RATE : AST_BYTES, .size = 1 };
    for (size_t i = 0; !per && i < N_ELEMENTS(strangers); i++)
        if (str_equal(word, str_of(strangers[i].name))) {
            out->kind = strangers[i].kind;
            *help = strangers[i].help;
        }
    if (*help == NULL)
        *help = per ? "the windows are per second, minute, hour, day and week, which have a fixed length"
                    : "the units are bytes, KB, MB, GB, TB, KiB, MiB, GiB, TiB, ms, seconds, minutes, hours, days and weeks";
    return false;
}

static struct str
after_blanks(struct str text)
{
    while (text.n != 0 && (text.p[0] == ' ' || text.p[0] == '\t'))
        text.p++, text.n--;
    return text;
}

bool
unit_is_word(struct str text)
{
    struct ast_unit unit;
    const char *help;
    bool per;

    text = after_blanks(text);
    per = text.n > 3 && memcmp(text.p, "per", 3) == 0 && (text.p[3] == ' ' || text.p[3] == '\t');
    if (per)
        text = after_blanks((struct str){ text.p + 3, text.n - 3 });
    return unit_find(text, per, &unit, &help);
}
