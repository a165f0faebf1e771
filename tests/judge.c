/* SPDX-License-Identifier: MIT */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "judge.h"

enum { PRINTED_MAX = 40 };

static unsigned n_passed, n_failed;

void
judge(bool ok, const char *format, ...)
{
    va_list args;

    n_passed += ok;
    n_failed += !ok;
    if (ok || n_failed > PRINTED_MAX)
        return;
    va_start(args, format);
    printf("FAILED: ");
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

int
judged(void)
{
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_passed == 0 || n_failed != 0;
}
