/* SPDX-License-Identifier: MIT
 *
 * The counting allocator; see counting.h.
 */
#include <config.h>

#include "counting.h"

#include <stdlib.h>
#include <string.h>

/* In front of every block, as wide as the strictest alignment. */
union header {
    size_t size;
    max_align_t align;
};

static bool
fails(struct counting *counting)
{
    uint64_t call = counting->calls++;
    bool failed = call == counting->fail_at || (counting->for_ever && call > counting->fail_at);

    counting->failed += failed;
    return failed;
}

static void *
counting_alloc(size_t size, void *ctx)
{
    struct counting *counting = ctx;
    union header *block;

    if (fails(counting) || size > SIZE_MAX - sizeof *block)
        return NULL;
    block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    memset(block + 1, 0xA5, size);
    counting->live++;
    counting->held += size;
    if (counting->held > counting->most)
        counting->most = counting->held;
    return block + 1;
}

static void
counting_release(void *p, void *ctx)
{
    struct counting *counting = ctx;
    union header *block = p;

    if (p == NULL)
        return;
    block--;
    counting->live--;
    counting->held -= block->size;
    memset(p, 0x5A, block->size);
    free(block);
}

/* Always moves, so that who keeps an old address is found out. */
static void *
counting_resize(void *old, size_t size, void *ctx)
{
    void *made = counting_alloc(size, ctx);

    if (made != NULL && old != NULL) {
        size_t n = ((union header *)old)[-1].size;

        memcpy(made, old, n < size ? n : size);
        counting_release(old, ctx);
    }
    return made;
}

void
counting_init(struct counting *counting)
{
    *counting = (struct counting){
        .allocator = { counting_alloc, counting_resize, counting_release, counting },
        .fail_at = UINT64_MAX,
    };
}

void
counting_fail(struct counting *counting, uint64_t fail_at, bool for_ever)
{
    counting->fail_at = fail_at == UINT64_MAX ? UINT64_MAX : counting->calls + fail_at;
    counting->for_ever = for_ever;
    counting->failed = 0;
}
