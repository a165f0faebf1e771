/* SPDX-License-Identifier: MIT
 *
 * Reading the text of 'says'; see template.h.
 */
#include <config.h>

#include "template.h"

bool
template_next(struct str text, size_t *at, struct template_part *part)
{
    size_t i = *at;
    char brace;

    if (i >= text.n)
        return false;
    brace = text.p[i];
    *part = (struct template_part){ .kind = TEMPLATE_TEXT };
    if (brace != '{' && brace != '}') {
        while (i < text.n && text.p[i] != '{' && text.p[i] != '}')
            i++;
    } else if (i + 1 < text.n && text.p[i + 1] == brace) {
        part->text = (struct str){ text.p + i, 1 };
        *at = i + 2;
        return true;
    } else {
        const char *close = brace == '{' ? memchr(text.p + i, '}', text.n - i) : NULL;

        part->kind = close != NULL ? TEMPLATE_NAME : TEMPLATE_WRONG;
        part->text = (struct str){ text.p + i + 1, close != NULL ? (size_t)(close - text.p) - i - 1 : 0 };
        *at = close != NULL ? (size_t)(close - text.p) + 1 : text.n;
        return true;
    }
    part->text = (struct str){ text.p + *at, i - *at };
    *at = i;
    return true;
}
