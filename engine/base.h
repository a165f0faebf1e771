/* SPDX-License-Identifier: MIT
 *
 * What every file stands on: byte slices, spans of source text, checked sizes, and the macros that mark
 * what cannot happen.  Relies on nothing but the C library; everything else relies on it.
 */
#ifndef RCK_BASE_H
#define RCK_BASE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A slice of bytes that somebody else owns; never NUL-terminated by promise.  Length travels with the pointer,
 * so that no input is ever measured by looking for a NUL. */
struct str {
    const char *p; /* first byte; may be NULL only if n is 0 */
    size_t n;      /* number of bytes */
};

/* A number that holds every difference of two int64 with an offset, and every product of two int64. */
#ifdef __SIZEOF_INT128__
typedef __int128 wide;
typedef unsigned __int128 unsigned_wide;
#else /* 32-bit machines: C23 has numbers of any width */
typedef _BitInt(128) wide;
typedef unsigned _BitInt(128) unsigned_wide;
#endif

/* What ERROR, an errno, means, in English whatever the locale is: glibc's strerror() asks for it, that of others does not. */
static inline const char *
error_text(int error)
{
#ifdef HAVE_STRERRORDESC_NP
    return strerrordesc_np(error);
#else
    return strerror(error);
#endif
}

/* A range of source text: offsets of the first byte and of the byte after the last one.  Offsets count through all
 * files of one compile (struct source gives each file a base), so eight bytes tell file, line and column. */
struct span {
    uint32_t begin;
    uint32_t end;
};

/* Index 0 of every table of the engine is a sentinel, so that 0 can say "none". */
enum { NONE = 0 };

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* For functions of the hot path that the compiler would not inline by itself. */
#define INLINE static inline __attribute__((always_inline))

static inline int str_cut(struct str s, size_t max);

/* A string literal as a slice. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

/* Arguments for "%.*s": a slice, cut at 40 bytes because messages quote the user's words and no more. */
#define QUOTE(s) str_cut((s), 40), str_bytes(s)

/* Arguments for "%.*s": a slice in full; used for names of the vocabulary, whose length is capped. */
#define WHOLE(s) str_size(s), str_bytes(s)

/* For an array that is written before it is read, and too large to be filled with zeros at each call, as the build does with all
 * others. */
#if defined __has_attribute
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef UNINITIALIZED
#define UNINITIALIZED
#endif

/* Conditions that no input can make true (NEVER) or false (ALWAYS).  They are checked where assertions are on and
 * are handled, not assumed, where they are off.  No policy and no request may ever reach one. */
#ifdef RCK_COVERAGE
#define ALWAYS(x) ((void)(x), 1)
#define NEVER(x) ((void)(x), 0)
#elif defined RCK_ASSERTS
#define ALWAYS(x) ((x) ? 1 : (__builtin_trap(), 0))
#define NEVER(x) ((x) ? (__builtin_trap(), 1) : 0)
#else
#define ALWAYS(x) (x)
#define NEVER(x) (x)
#endif

static inline struct str
str_of(const char *text)
{
    return (struct str){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool
str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Length of S, or of what fits into MAX bytes of it without cutting a character of UTF-8 in two. */
static inline int
str_cut(struct str s, size_t max)
{
    size_t n = s.n < max ? s.n : max;

    if (n < s.n)
        while (n != 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80) /* unreached: n is 0 only in what is no UTF-8, and that is not quoted */
            n--;
    return (int)n;
}

/* Length of S as "%.*s" takes it. */
static inline int
str_size(struct str s)
{
    return (int)(s.n > INT_MAX ? INT_MAX : s.n); /* unreached: a name of 2 GiB */
}

/* The bytes of S; not NULL. */
static inline const char *
str_bytes(struct str s)
{
    return s.n != 0 ? s.p : "";
}

/* Order of bytes; a proper prefix comes first. */
static inline int
str_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n != 0 ? memcmp(a.p, b.p, n) : 0;

    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* True if NAME is PREFIX or lies below it in the tree of dotted names: 'stack' covers 'stack.user', not 'stacks'. */
static inline bool
str_covers(struct str prefix, struct str name)
{
    return name.n >= prefix.n && (prefix.n == 0 || memcmp(prefix.p, name.p, prefix.n) == 0)
           && (name.n == prefix.n || name.p[prefix.n] == '.');
}

/* a * b; true if that is not nearer to 0 than 2^126, and then *out is not to be read.  Not by __builtin_mul_overflow(): clang makes it
 * a call of __muloti4, which libgcc does not have. */
static inline bool
wide_mul_overflows(wide a, wide b, wide *out)
{
    unsigned_wide x = a < 0 ? -(unsigned_wide)a : (unsigned_wide)a;
    unsigned_wide y = b < 0 ? -(unsigned_wide)b : (unsigned_wide)b;

    if ((x | y) >> 63 != 0 && y != 0 && x > (((unsigned_wide)1 << 126) - 1) / y)
        return true;
    *out = (a < 0) != (b < 0) ? -(wide)(x * y) : (wide)(x * y);
    return false;
}

/* a / b, rounded down and up; b is positive. */
static inline wide
wide_floor(wide a, wide b)
{
    return a / b - (a % b < 0);
}

static inline wide
wide_ceil(wide a, wide b)
{
    return a / b + (a % b > 0);
}

/* The greatest divisor of both, not negative; 0 of two zeros.  Neither is the least number of all. */
static inline wide
wide_divisor(wide a, wide b)
{
    unsigned_wide x = a < 0 ? -(unsigned_wide)a : (unsigned_wide)a;
    unsigned_wide y = b < 0 ? -(unsigned_wide)b : (unsigned_wide)b;

    while (y != 0) {
        unsigned_wide rest = (x | y) >> 64 == 0 ? (uint64_t)x % (uint64_t)y : x % y;

        x = y;
        y = rest;
    }
    return (wide)x;
}

/* Sums and products of sizes; true if the true value does not fit, and then *out is not to be read. */
static inline bool
size_add_overflows(size_t a, size_t b, size_t *out)
{
    return __builtin_add_overflow(a, b, out);
}

static inline bool
size_mul_overflows(size_t a, size_t b, size_t *out)
{
    return __builtin_mul_overflow(a, b, out);
}

#endif
