/* SPDX-License-Identifier: MIT
 *
 * The text of 'says': {NAME} stands for a value, '{{' and '}}' for braces.
 */
#ifndef RCK_TEMPLATE_H
#define RCK_TEMPLATE_H

#include "base.h"

struct template_part {
    enum {
        TEMPLATE_TEXT, /* text as it is to be shown */
        TEMPLATE_NAME, /* what stood between braces */
        TEMPLATE_WRONG /* a brace without a partner */
    } kind;
    struct str text;
};

/* Reads the part of TEXT that begins at *AT and moves *AT behind it; false at the end. */
bool template_next(struct str text, size_t *at, struct template_part *part);

#endif
