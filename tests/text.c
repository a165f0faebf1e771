/* SPDX-License-Identifier: MIT */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Makes room for N bytes more, and a NUL. */
static void
reserve(struct text *text, size_t n)
{
    if (text->room - text->n > n)
        return;
    text->room = 2 * text->room + n + 1024;
    text->p = realloc(text->p, text->room);
    if (text->p == NULL)
        abort();
}

void
add(struct text *text, const void *p, size_t n)
{
    reserve(text, n);
    if (n != 0)
        memcpy(text->p + text->n, p, n);
    text->n += n;
    text->p[text->n] = '\0';
}

void
adds(struct text *text, const char *s)
{
    add(text, s, strlen(s));
}

void
addf(struct text *text, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    reserve(text, (size_t)n);
    va_start(args, format);
    vsnprintf(text->p + text->n, (size_t)n + 1, format, args);
    va_end(args);
    text->n += (size_t)n;
}

void
repeat(struct text *text, char c, size_t n)
{
    reserve(text, n);
    memset(text->p + text->n, c, n);
    text->n += n;
    text->p[text->n] = '\0';
}
