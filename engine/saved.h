/* SPDX-License-Identifier: MIT
 *
 * Saved policies: the form in which a compiled policy lies in a file, without a pointer, so that it can be mapped and used where it
 * lies.
 *
 *     header     64 bytes: magic, byte order, version, size, checksum, who made it
 *     directory  for each section where it begins, how many records it has, and how large one is
 *     sections   arrays of records, each section at a multiple of 64 bytes, with zeros between them
 *
 * Records refer to each other by index and to texts by offset and length in the section 'texts', where a NUL stands behind each.
 * Numbers are those of the machine.  The large sections (guards, atoms, sets, columns, rows, cells, words, slots) are arrays of the
 * very structs that guard.h, sets.h, space.h, rows.h and hashed.h declare: a loaded policy reads them where they lie.  What holds
 * pointers (names, clauses, params) gets a native array when it is loaded; and what is small and follows from the rest (the
 * look-up of names, the layout of columns, compiled globs, strides, the automaton of routes) is not saved but made anew.
 *
 *     example: clause 7 is a struct saved_clause of 64 bytes; its label is 11 bytes at 0x1A40 of 'texts', and its violation is guard
 *     54, an 'and' whose operands are guards 53 and 52
 *
 * One form only.  Policies are saved in one canonical order: guards as a walk from the first clause on meets them, atoms and sets as
 * guards and rows first need them, and nothing that nobody needs.  So the same source gives the same bytes, and a loaded policy
 * saves to the bytes that it came from.  The loader demands that order where it makes a proof simple: the operands of a guard
 * stand directly before it, and guards side by side, so that each node is walked over once; and texts, ranges and conditions lie as
 * they are asked for, so that looking at all of them is linear in the file.
 *
 * Trust.  The checksum finds what broke by accident.  Whoever wants to can make it right, so saved_load.c believes nothing else either:
 * it proves once that every index, offset, length and enumeration value, every text and every search stays inside of the file, that
 * every walk ends and none is nested deeper than the limit `nesting` allows, and refuses what it cannot prove.  What such a file
 * says may still be wrong: where saved policies come from is as much a matter of trust as where sources come from.
 *
 * Upgrade rule.  The header never changes: every version of the library tells what a file is, whether it is whole, and who made it.
 * SAVED_VERSION is raised by every change of a record, of what one means, or of the order, and a library reads its own version only.
 * Any other is refused, with the request to compile the source again: a saved policy is a product, the source is what is kept.
 */
#ifndef RCK_SAVED_H
#define RCK_SAVED_H

#include "policy.h"

enum {
    SAVED_VERSION = 8,
    SAVED_BYTE_ORDER = 0x01020304,
    SAVED_ALIGN = 64, /* of sections: a cache line, and whatever a record can need */
    SAVED_MAGIC_SIZE = 8
};

/* Bytes of a file: counts and sums of counts stay far from the ends of 32 bits. */
#define SAVED_SIZE_MAX ((uint64_t)UINT32_MAX)

struct saved_header {
    char magic[SAVED_MAGIC_SIZE]; /* RCK_SAVED_MAGIC */
    uint32_t byte_order;
    uint32_t version;
    uint64_t size;     /* of the whole file */
    uint64_t checksum; /* saved_checksum() of what follows */
    char made_by[32];  /* version of the library that wrote it; NULs behind it */
};

struct saved_entry {
    uint64_t at;
    uint32_t n;
    uint32_t size; /* of a record */
};

/* AT is above 0 where there is a text; an empty one has a NUL, too. */
struct saved_text {
    uint32_t at, n;
};

/* What there is one of. */
struct saved_facts {
    struct saved_text name, source, source_date;
    uint32_t by_default;
    uint32_t overridden;
    uint32_t n_asserts;
    uint32_t cases_passed; /* all ran and passed, or there were none */
    uint32_t now; /* slot, or RCK_NONE */
    uint32_t form; /* enum table_form */
    uint32_t n_key_columns;
    uint32_t key_columns[HASHED_KEYS_MAX];
};

struct saved_slot {
    struct saved_text name, text, unit, window;
    int64_t min, max;
    uint32_t type;
    uint32_t flags; /* of enum saved_slot_flag */
    uint32_t n_names; /* they follow those of the slot before */
    uint32_t n_declared;
};
enum saved_slot_flag { SAVED_OPTIONAL = 1, SAVED_COUNTER = 2, SAVED_OPEN = 4 };

struct saved_name {
    struct saved_text text;
    uint32_t declared;
};

/* Its number is that of its slot's constants before it. */
struct saved_constant {
    struct saved_text text;
    uint32_t slot;
};

struct saved_named_set {
    struct saved_text name, text;
    uint32_t slot;
};

struct saved_param {
    struct saved_text name, type, declared, value;
};

struct saved_clause {
    struct saved_text label, text, cites, says;
    uint32_t kind;
    uint32_t warns;
    guard_id act, tails, violation;
    uint32_t file, line, column;
};

struct saved_message_fact {
    struct saved_text name;
    uint32_t source;
};

struct saved_test {
    uint64_t number[2];     /* the upper half first */
    struct saved_text text; /* of TEST_TEXT */
    uint32_t kind, fact, pattern, unused;
};

/* Its tests and withs follow those of the route before, or are the same, where one route lists several methods. */
struct saved_route {
    struct saved_text method, path, when, with;
    uint32_t first_test, n_tests;
    uint32_t action, resource;
    uint32_t first_with, n_withs;
    uint32_t file, line, column, unused;
};

struct saved_credential {
    struct saved_text when;
    uint32_t subject;
    uint32_t first_test, n_tests;
    uint32_t file, line, column;
};

struct saved_group {
    uint64_t seed;
    uint32_t pins;
    uint32_t grants;
    uint32_t first_slot, n_slots, n_keys;
    uint32_t zero;
};

/* SECTION(symbol, name in messages, record), in the order of the file. */
#define SAVED_SECTIONS(SECTION)                                                                                                \
    SECTION(FACTS, "facts", struct saved_facts)                                                                                \
    SECTION(TEXTS, "texts", char)                                                                                              \
    SECTION(PATHS, "paths", char) /* texts of 'files': bytes that the file system takes, whatever they are */                  \
    SECTION(FILES, "files", struct saved_text)                                                                                 \
    SECTION(SLOTS, "slots", struct saved_slot)                                                                                 \
    SECTION(NAMES, "names", struct saved_name)                                                                                 \
    SECTION(CONSTANTS, "constants", struct saved_constant)                                                                     \
    SECTION(PATTERNS, "patterns", struct saved_text)                                                                           \
    SECTION(NAMED_SETS, "named sets", struct saved_named_set)                                                                  \
    SECTION(PARAMS, "params", struct saved_param)                                                                              \
    SECTION(CLAUSES, "clauses", struct saved_clause)                                                                           \
    SECTION(GUARDS, "guards", struct guard)                                                                                    \
    SECTION(ATOMS, "atoms", struct atom)                                                                                       \
    SECTION(NAME_SETS, "sets of names", struct set)                                                                            \
    SECTION(NAME_RANGES, "ranges of names", struct range)                                                                      \
    SECTION(COLUMNS, "columns", struct column)                                                                                 \
    SECTION(CLASS_OF, "classes of names", uint32_t)                                                                            \
    SECTION(CUTS, "cuts", wide)                                                                                                \
    SECTION(CLASS_SETS, "sets of classes", struct set)                                                                         \
    SECTION(CLASS_RANGES, "ranges of classes", struct range)                                                                   \
    SECTION(ROWS, "rows", struct kept_row)                                                                                     \
    SECTION(OF_ROWS, "conditions of rows", uint32_t)                                                                           \
    SECTION(CONDS, "conditions", struct cond)                                                                                  \
    SECTION(CELLS, "cells", uint32_t)                                                                                          \
    SECTION(GROUPS, "groups", struct saved_group)                                                                              \
    SECTION(KEYS, "keys", struct hashed_slot)                                                                                  \
    SECTION(UNKNOWN, "unknown classes", struct range)                                                                          \
    SECTION(WORDS, "words", uint32_t)                                                                                          \
    SECTION(MESSAGE_FACTS, "facts of messages", struct saved_message_fact)                                                     \
    SECTION(TESTS, "tests of messages", struct saved_test)                                                                     \
    SECTION(WITHS, "attributes of routes", struct route_with)                                                                  \
    SECTION(CREDENTIALS, "credentials", struct saved_credential)                                                               \
    SECTION(ROUTES, "routes", struct saved_route)                                                                              \
    SECTION(KEY_TESTS, "tests of keys", struct hashed_test)

enum saved_section {
#define SECTION(symbol, name, type) SAVED_##symbol,
    SAVED_SECTIONS(SECTION)
#undef SECTION
    N_SAVED_SECTIONS
};

/* The form of a file: a change here is a change of SAVED_VERSION. */
_Static_assert(sizeof(struct saved_header) == 64 && offsetof(struct saved_header, made_by) == 32, "the header never changes");
_Static_assert(sizeof(struct saved_entry) == 16 && sizeof(struct saved_facts) == 76 && sizeof(struct saved_slot) == 64, "records");
_Static_assert(sizeof(struct saved_clause) == 64 && sizeof(struct saved_group) == 32, "records");
_Static_assert(sizeof(struct saved_test) == 40 && sizeof(struct saved_route) == 72 && sizeof(struct saved_credential) == 32, "records");
_Static_assert(sizeof(struct route_with) == 8 && sizeof(struct saved_message_fact) == 12, "records of routes.h");
_Static_assert(sizeof(struct guard) == 4 && sizeof(struct atom) == 80 && sizeof(struct sum) == 40, "records of guard.h");
_Static_assert(sizeof(struct set) == 8 && sizeof(struct range) == 8 && sizeof(struct column) == 88, "records of sets.h, space.h");
_Static_assert(sizeof(struct kept_row) == 8 && sizeof(struct cond) == 8 && sizeof(struct hashed_slot) == 16 && sizeof(struct hashed_test) == 16,
               "records of rows.h, hashed.h");

/* The checksum of N bytes, a multiple of 8. */
uint64_t saved_checksum(const void *bytes, size_t n);

/* Where the first section begins, and where what comes behind a section of N bytes at AT does. */
static inline uint64_t
saved_align(uint64_t at)
{
    return (at + SAVED_ALIGN - 1) / SAVED_ALIGN * SAVED_ALIGN;
}

static inline uint64_t
saved_begin(void)
{
    return saved_align(sizeof(struct saved_header) + N_SAVED_SECTIONS * sizeof(struct saved_entry));
}

/* Makes a policy of BLOCK (SIZE bytes at BYTES, which is at a multiple of SAVED_ALIGN), which it takes over if it succeeds.  On
 * failure the reason is in CONTEXT. */
enum rck_status saved_load(struct rck_context *context, const char *bytes, const struct saved_block *block,
                           struct rck_policy **policy);

/* Frees or unmaps BLOCK. */
void saved_release(const struct saved_block *block, const struct rck_allocator *mem);

/* Says in CONTEXT why a load failed; HELP may be NULL. */
void __attribute__((format(printf, 3, 4)))
saved_fail(struct rck_context *context, const char *help, const char *format, ...);

#endif
