/* SPDX-License-Identifier: MIT
 *
 * Memory.  Everything that the library allocates comes from one struct rck_allocator, and everything that a compile
 * allocates comes from one arena, freed by one call whatever happened: a leak on an error path is impossible by construction.
 * The arena has a hard cap in bytes, which is the answer to policies that are built to explode.
 */
#ifndef RCK_MEM_H
#define RCK_MEM_H

#include <setjmp.h>
#include <stdarg.h>

#include "base.h"
#include "rulecheck.h"

struct arena_block;

/* What a compile or a sealed policy holds.  Not for more than one thread at a time. */
struct arena {
    struct rck_allocator mem;   /* where the blocks come from */
    struct arena_block *blocks; /* newest first */
    char *free;                 /* next free byte of the newest block */
    size_t left;                /* bytes left in the newest block */
    size_t held;                /* bytes of all blocks */
    size_t cap;                 /* the most that 'held' may become */
    jmp_buf *escape;            /* where a failed allocation goes; NULL: arena_alloc() returns NULL instead */
    bool capped;                /* the cap said no to an allocation, at some time */
    bool failed;                /* the machine did; what was made since then is not to be trusted */
};

/* The allocator to use where the caller gave none: malloc and free of the C library. */
extern const struct rck_allocator mem_default;

/* Plain allocation outside any arena; NULL when there is no memory.  mem_free(NULL) is fine. */
void *mem_alloc(const struct rck_allocator *mem, size_t size);
void *mem_realloc(const struct rck_allocator *mem, void *old, size_t size);
void mem_free(const struct rck_allocator *mem, void *p);

void arena_init(struct arena *arena, const struct rck_allocator *mem, size_t cap);

/* Frees every block; the arena is empty and usable afterwards. */
void arena_free(struct arena *arena);

/* Forgets everything, but keeps a block for what comes next. */
void arena_reset(struct arena *arena);

/* A place in an arena: what is allocated after it can be given back at once. */
struct arena_mark {
    const struct arena_block *block;
    char *free;
};

struct arena_mark arena_mark(const struct arena *arena);

/* Gives back what was allocated since MARK was taken, as far as it lies in the newest block; the rest stays until arena_free(). */
void arena_release(struct arena *arena, const struct arena_mark *mark);

/* Returns SIZE zeroed bytes, aligned for any object.  On failure goes to 'escape', or returns NULL where there is none. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns room for N objects of SIZE bytes each, zeroed; failure as in arena_alloc(), overflow of N * SIZE included. */
void *arena_array(struct arena *arena, size_t n, size_t size);

/* Grows an array that arena_array() made: returns an array with room for at least N_NEW objects whose first N_OLD are OLD's; what is
 * behind them may be anything.  A large one grows in place: OLD is not to be used any more. */
void *arena_grow(struct arena *arena, void *old, size_t n_old, size_t n_new, size_t size);

/* Gives back what a large array, made for ROOM objects, has behind the first N; N may be 0.  Returns where it is now. */
void *arena_trim(struct arena *arena, void *old, size_t room, size_t n, size_t size);

/* Gives P, which arena_alloc() made SIZE bytes of, to the arena TO, which has the same allocator, where it lies; false if it is not
 * large, and stays. */
bool arena_give(struct arena *arena, struct arena *to, void *p, size_t size);

/* Fails as an allocation that the cap does not allow; returns 0. */
uint32_t arena_full(struct arena *arena);

/* Copies a slice and puts a NUL behind it. */
struct str arena_copy(struct arena *arena, struct str s);

/* Formats as printf does, into the arena; the slice has a NUL behind it.  No locale, no output. */
struct str arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str arena_vformat(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* A typed growable array inside an arena: VEC(struct row) rows; *vec_push(arena, &rows) = row; */
#define VEC(type)                                                                                                              \
    struct {                                                                                                                   \
        type *items;                                                                                                           \
        uint32_t n;                                                                                                            \
        uint32_t room;                                                                                                         \
    }

/* Room for an array that has ROOM objects of SIZE bytes: a large one grows by a quarter only. */
size_t vec_more(size_t room, size_t size);

/* Grows ITEMS, an array of N objects of SIZE bytes, which has room for no more; *ROOM becomes what it then has room for. */
void *vec_grow(struct arena *arena, void *items, uint32_t n, uint32_t *room, size_t size);

/* ITEMS, with room for one more. */
static inline void *
vec_room(struct arena *arena, void *items, uint32_t n, uint32_t *room, size_t size)
{
    return n == *room ? vec_grow(arena, items, n, room, size) : items;
}

/* Returns the address of a new, zeroed last element. */
#define vec_push(arena, vec)                                                                                                   \
    ((vec)->items = vec_room((arena), (vec)->items, (vec)->n, &(vec)->room, sizeof *(vec)->items),                             \
     memset(&(vec)->items[(vec)->n], 0, sizeof *(vec)->items), &(vec)->items[(vec)->n++])

/* Nothing more is pushed. */
#define vec_trim(arena, vec)                                                                                                   \
    ((vec)->items = arena_trim((arena), (vec)->items, (vec)->room, (vec)->n, sizeof *(vec)->items), (vec)->room = (vec)->n)

/* Forgets the array. */
#define vec_drop(arena, vec)                                                                                                   \
    ((void)arena_trim((arena), (vec)->items, (vec)->room, 0, sizeof *(vec)->items), (vec)->items = NULL,                      \
     (vec)->room = (vec)->n = 0)

#endif
