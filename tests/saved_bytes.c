/* SPDX-License-Identifier: MIT
 *
 * Saved policies as bytes; see saved_bytes.h.
 */
#include <config.h>

#include "saved_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/saved.h"

bool
saved_bytes_write(void *arg, const char *text, size_t size)
{
    struct saved_bytes *bytes = arg;

    if (bytes->room - bytes->n < size) {
        bytes->room = bytes->n + size;
        bytes->p = realloc(bytes->p, bytes->room);
        if (bytes->p == NULL)
            abort();
    }
    memcpy(bytes->p + bytes->n, text, size);
    bytes->n += size;
    return true;
}

struct saved_bytes
saved_bytes_of(const struct rck_policy *policy)
{
    struct saved_bytes bytes = { NULL, 0, 0 };

    if (rck_policy_save(policy, saved_bytes_write, &bytes) != RCK_OK)
        abort();
    return bytes;
}

struct rck_policy *
saved_bytes_load(const struct saved_bytes *bytes)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    if (rck_policy_load(context, bytes->p, bytes->n, &policy) != RCK_OK)
        printf("the saved policy does not load: %s\n",
               rck_context_load_error(context) != NULL ? rck_context_load_error(context)->message : "no memory");
    rck_context_free(context);
    return policy;
}

void
saved_bytes_repair(char *p, size_t n)
{
    enum { from = offsetof(struct saved_header, made_by) };
    struct saved_header header;

    if (n < sizeof header || n % sizeof(uint64_t) != 0)
        return;
    memcpy(&header, p, sizeof header);
    header.size = n;
    header.checksum = saved_checksum(p + from, n - from);
    memcpy(p, &header, sizeof header);
}
