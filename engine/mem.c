/* SPDX-License-Identifier: MIT
 *
 * The allocator's wrappers and the arena; see mem.h.
 */
#include <config.h>

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>

/* A block is its header and what follows. */
struct arena_block {
    struct arena_block *older, *newer;
    _Alignas(max_align_t) char bytes[];
};

/* Blocks grow from 4 KiB to 256 KiB, so that small policies stay small and large ones need few blocks.  tests/exact_mem.c sets both
 * to 1: there every allocation is a block of its own, which can fail, and which a sanitizer knows the end of. */
#ifndef BLOCK_MIN
enum { BLOCK_MIN = 4096, BLOCK_MAX = 1 << 18 };
#endif

/* What is at least so large has a block of its own, which can grow in place. */
enum { LARGE_MIN = BLOCK_MAX / 16 + 1 };

enum { ALIGN = _Alignof(max_align_t) };

/* What is free is zero, so that an allocation need not make it so; but what was given back is spoilt where a sanitizer looks for
 * those who still read it. */
#if defined __SANITIZE_ADDRESS__
enum { RELEASED = 0xA5 };
#else
enum { RELEASED = 0 };
#endif

static void *
default_alloc(size_t size, void *ctx)
{
    (void)ctx;
    return malloc(size);
}

static void *
default_resize(void *old, size_t size, void *ctx)
{
    (void)ctx;
    return realloc(old, size);
}

static void
default_release(void *p, void *ctx)
{
    (void)ctx;
    free(p);
}

const struct rck_allocator mem_default = { default_alloc, default_resize, default_release, NULL };

void *
mem_alloc(const struct rck_allocator *mem, size_t size)
{
    mem = mem != NULL ? mem : &mem_default;
    return mem->alloc(size != 0 ? size : 1, mem->ctx);
}

void *
mem_realloc(const struct rck_allocator *mem, void *old, size_t size)
{
    mem = mem != NULL ? mem : &mem_default;
    return mem->resize(old, size != 0 ? size : 1, mem->ctx);
}

void
mem_free(const struct rck_allocator *mem, void *p)
{
    mem = mem != NULL ? mem : &mem_default;
    if (p != NULL)
        mem->release(p, mem->ctx);
}

void
arena_init(struct arena *arena, const struct rck_allocator *mem, size_t cap)
{
    *arena = (struct arena){ .mem = mem != NULL ? *mem : mem_default, .cap = cap };
}

void
arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->older;
        mem_free(&arena->mem, block);
    }
    arena->free = NULL;
    arena->left = arena->held = 0;
}

void
arena_reset(struct arena *arena)
{
    struct arena_block *current = arena->free != NULL ? arena->blocks : NULL;
    size_t used = current != NULL ? (size_t)(arena->free - current->bytes) : 0, room = used + arena->left;

    if (current != NULL)
        arena->blocks = current->older;
    arena_free(arena);
    if (current == NULL)
        return;
    current->older = NULL;
    arena->blocks = current;
    arena->held = room + sizeof *current;
    memset(current->bytes, RELEASED, used);
    arena->free = current->bytes;
    arena->left = room;
}

struct arena_mark
arena_mark(const struct arena *arena)
{
    return (struct arena_mark){ arena->blocks, arena->free };
}

void
arena_release(struct arena *arena, const struct arena_mark *mark)
{
    char *from = arena->blocks == mark->block ? mark->free : arena->blocks->bytes;

    if (arena->free == NULL)
        return;
    memset(from, RELEASED, (size_t)(arena->free - from));
    arena->left += (size_t)(arena->free - from);
    arena->free = from;
}

static void *
arena_fail(struct arena *arena, bool capped)
{
    arena->capped = arena->capped || capped;
    arena->failed = arena->failed || !capped;
    if (arena->escape != NULL)
        longjmp(*arena->escape, 1);
    return NULL;
}

/* Makes a block for ROOM bytes, or gives BLOCK that room (it has OLD); NULL if that failed, which has been noted. */
static struct arena_block *
make_block(struct arena *arena, struct arena_block *block, size_t old, size_t room)
{
    size_t more = room - old;

    if ((block == NULL && size_add_overflows(room, sizeof *block, &more)) || room > SIZE_MAX / 2)
        return arena_fail(arena, true);
    if (more > arena->cap || arena->held > arena->cap - more)
        return arena_fail(arena, true);
    block = block == NULL ? mem_alloc(&arena->mem, more) : mem_realloc(&arena->mem, block, room + sizeof *block);
    if (block == NULL)
        return arena_fail(arena, false);
    arena->held += more;
    return block;
}

/* Puts BLOCK where the block was that it is, or is new: its neighbours learn its address. */
static void
link_block(struct arena *arena, struct arena_block *block)
{
    if (block->older != NULL)
        block->older->newer = block;
    if (block->newer != NULL)
        block->newer->older = block;
    else
        arena->blocks = block;
}

/* Puts BLOCK behind the newest block, which goes on being filled. */
static void
add_large(struct arena *arena, struct arena_block *block)
{
    block->newer = arena->blocks;
    block->older = arena->blocks != NULL ? arena->blocks->older : NULL;
    link_block(arena, block);
}

static void
remove_block(struct arena *arena, struct arena_block *block)
{
    *(block->newer != NULL ? &block->newer->older : &arena->blocks) = block->older;
    if (block->older != NULL)
        block->older->newer = block->newer;
}

static void *
alloc_large(struct arena *arena, size_t need)
{
    struct arena_block *block = make_block(arena, NULL, 0, need);

    if (block == NULL)
        return NULL;
    add_large(arena, block);
    memset(block->bytes, 0, need);
    return block->bytes;
}

static bool
round_up(size_t size, size_t *need)
{
    if (size_add_overflows(size, ALIGN - 1, need))
        return false;
    *need -= *need % ALIGN;
    return true;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    size_t need;

    if (!round_up(size, &need))
        return arena_fail(arena, true);
    if (need >= LARGE_MIN)
        return alloc_large(arena, need);
    /* An allocation of nothing has a place as well: NULL says that there is no memory. */
    if (need > arena->left || arena->free == NULL) {
        size_t room = arena->held < BLOCK_MIN ? BLOCK_MIN : arena->held > BLOCK_MAX ? BLOCK_MAX : arena->held;
        struct arena_block *block = make_block(arena, NULL, 0, room < need ? need : room);

        if (block == NULL)
            return NULL;
        room = room < need ? need : room;
        block->newer = NULL;
        block->older = arena->blocks;
        link_block(arena, block);
        memset(block->bytes, 0, room);
        arena->free = block->bytes;
        arena->left = room;
    }

    void *p = arena->free;

    arena->free += need;
    arena->left -= need;
    if (RELEASED != 0)
        memset(p, 0, need);
    return p;
}

void *
arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t total;

    if (size_mul_overflows(n, size, &total))
        return arena_fail(arena, true);
    return arena_alloc(arena, total);
}

/* The block of P, if it has one for itself, which depends on its SIZE; NULL if it shares one. */
static struct arena_block *
block_of(void *p, size_t size)
{
    return p != NULL && ALWAYS(round_up(size, &size)) && size >= LARGE_MIN
               ? (struct arena_block *)(void *)((char *)p - offsetof(struct arena_block, bytes))
               : NULL;
}

void *
arena_grow(struct arena *arena, void *old, size_t n_old, size_t n_new, size_t size)
{
    size_t had = n_old * size, need;
    struct arena_block *block = block_of(old, had);
    void *grown;

    /* A VEC counts in 32 bits. */
    if (n_new > UINT32_MAX || size_mul_overflows(n_new, size, &need) || !round_up(need, &need))
        return arena_fail(arena, true);
    if (block != NULL) {
        (void)round_up(had, &had);
        block = make_block(arena, block, had, need);
        if (block == NULL)
            return NULL;
        link_block(arena, block);
        return block->bytes;
    }
    grown = arena_alloc(arena, need);
    if (grown != NULL && n_old != 0)
        memcpy(grown, old, n_old * size);
    return grown;
}

size_t
vec_more(size_t room, size_t size)
{
    enum { FIRST = 8, LARGE = 1 << 16 };

    return room < FIRST ? FIRST : room * size < LARGE ? 2 * room : room + room / 4;
}

void *
vec_grow(struct arena *arena, void *items, uint32_t n, uint32_t *room, size_t size)
{
    size_t more = vec_more(*room, size);

    *room = (uint32_t)more;
    return arena_grow(arena, items, n, more, size);
}

void *
arena_trim(struct arena *arena, void *old, size_t room, size_t n, size_t size)
{
    size_t had = room * size, need = n * size;
    struct arena_block *block = block_of(old, had), *trimmed;

    if (block == NULL)
        return old;
    (void)round_up(had, &had);
    (void)round_up(need, &need);
    if (n == 0) {
        remove_block(arena, block);
        arena->held -= had + sizeof *block;
        mem_free(&arena->mem, block);
        return NULL;
    }
    trimmed = mem_realloc(&arena->mem, block, need + sizeof *block);
    if (trimmed == NULL)
        return arena_fail(arena, false);
    arena->held -= had - need;
    link_block(arena, trimmed);
    return trimmed->bytes;
}

bool
arena_give(struct arena *arena, struct arena *to, void *p, size_t size)
{
    struct arena_block *block = block_of(p, size);

    if (block == NULL)
        return false;
    (void)round_up(size, &size);
    remove_block(arena, block);
    arena->held -= size + sizeof *block;
    add_large(to, block);
    to->held += size + sizeof *block;
    return true;
}

uint32_t
arena_full(struct arena *arena)
{
    (void)arena_fail(arena, true);
    return 0;
}

struct str
arena_copy(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);

    if (p == NULL)
        return (struct str){ NULL, 0 };
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    return (struct str){ p, s.n };
}

struct str
arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    struct str s;

    va_start(args, format);
    s = arena_vformat(arena, format, args);
    va_end(args);
    return s;
}

struct str
arena_vformat(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    int n;
    char *p;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (NEVER(n < 0))
        return (struct str){ "", 0 };
    p = arena_alloc(arena, (size_t)n + 1);
    if (p == NULL)
        return (struct str){ NULL, 0 };
    vsnprintf(p, (size_t)n + 1, format, args);
    return (struct str){ p, (size_t)n };
}
