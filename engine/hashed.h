/* SPDX-License-Identifier: MIT
 *
 * The decision table, hashed form: for policies whose classes multiply to more cells than the dense form may have.
 *
 * Parts.  The rows of a clause become parts: what is certain and what is unknown of one box stand together, each condition with
 * two sets of classes.  A part is certain where all its conditions are, unknown where none is false and one is unknown.
 *
 *     d17: s1 cannot a2 r3 when count >= 50
 *     subject in {s1}, action in {a2}, resource in {r3}, count in {50..}, unknown if count is absent
 *
 * Groups.  Some columns are key columns: those that many parts narrow to few classes, such as the names of the dimensions.  A
 * part pins the key columns that it narrows so, and parts that pin the same ones form a group.  Each key column has bits of its own
 * in a key.  The class numbers of the pinned columns, and 0 in the others, are the key of a list in the group's hash table; a part
 * that allows two classes in a pinned column stands in two lists.  What is not pinned stays with the part as conditions on classes.
 *
 *     the part above is in the group {subject, action, resource}, with 10,001, 9 and 1,001 classes there, which take 14, 4 and 10
 *     bits, under the key 1 | 2 << 14 | 3 << 18; its list tests what is left: count in {50..}.  'anyone cannot a2 r3' is in the
 *     group {action, resource}, under 2 << 14 | 3 << 18.
 *
 * Deciding.  A request has one key, and in each group the part of it that is pinned there.  Of each subject, action and resource one
 * word has its part of the key, and which groups have a key with it: those that have one with all three are probed, and then the lists
 * that were found are gone through.  Where there are few groups each has several bits there, and its keys are dealt out to them by the
 * name of which there are fewest: what the words of two names have in common is then nearly always what a key has.  Of the enforced
 * clauses, and of the grants, the least is kept: the first that is certain, or where none is the first that is unknown.  The verdict
 * follows from the two as dense.h paints it: a violated clause; else, under `default deny`, no grant; else an unknown clause; else an
 * unknown grant; else allow.  The least is one number, so it is found without a jump.
 *
 * Long lists.  A list of more than list_max parts is a tree.  Its parts are split at the median in two, and again, by the lower
 * end of their first column, then by its upper end, then by those of the second, and so on round.  A node has the box around all
 * its parts (nothing applies outside of it: skip it), the box inside all its parts (all apply: take its least clause) and its
 * least clause (not less than what was found: skip it); both boxes are kept for what is unknown, too.  Nodes stand in preorder, each with the place where its subtree ends, so
 * the walk needs no stack.  Stabbing intervals in D columns visits O(n^(1 - 1/2D)) nodes at worst, and in practice few.
 *
 *     1,000 clauses on one key, 'count >= i': 125 leaves of 8; a request with count = 500 takes the left half by its inside
 *     box, skips what is right by its outside box, and tests the 8 parts of one leaf
 *
 * Bounds, whatever the policy.  A part stands in at most shape.copies lists, and all parts together in 2 N + 64: where they
 * would be more, parts pin fewer columns.  There are at most HASHED_GROUPS_MAX groups: where there would be more, the smallest
 * are folded into groups that pin less, and their parts test the rest.  A hash table is half full and its buckets are cache
 * lines: a search nearly always ends in the first, and no key stands more than HASHED_PROBES_MAX slots from there.  Whether it ends in a bucket
 * that is full is told by the order of its last two keys: they ascend where a key had no room and stands farther on.  So
 * memory is linear in the rows (32 bytes for a clause as above, and 16 for each test that no other clause has), and building it
 * takes N log N steps.
 *
 * Inline parts.  Nearly always a key has one part, and what is left of it is one condition on a number or a set, or none.  Such a
 * part needs no list: it stands in the slot, with the number of its test.  Tests are kept once each, so that they stay in the cache
 * whatever the number of clauses.  A test is answered without a branch (struct value_test), and the answer and the slot's code look up what the part is,
 * in a table of bits.  That costs no jump that chance decides, but for how many groups have the key of a request, if more than one has.
 * A short list of such parts has of each what its slot would have.
 *
 *     the part above is { key, 17 * 2, t } with t = { count, 50 up, unknown if absent }: one cache line of slots, and one test
 *
 * Layout.  Lists, trees and sets are one array of 32-bit words that refer to each other by index:
 *
 *     list   size * 4 + kind | parts, or inline parts, or tree
 *     inline clause * 2 + never certain | test
 *     tree   D | D columns | nodes
 *     node   end | least clause | parts * 2 + is the inside box exact | D times: 8 words | parts
 *     part   clause * 2 + never certain | size | conditions
 *     cond   column * 4 + form | lo | hi                           unknown: nowhere, or in the classes 'unknown' of the column
 *            column * 4 + form | set | ranges | set | ranges       certain and unknown as lists of lo, hi
 *
 * Invariants, checked by hashed_verify(): every key is found from its hash; every list, node, part and set lies inside of what
 * it is in; parts come in source order; classes and clauses exist; a bucket that is not full, or whose keys say so, ends every search.
 *
 * Threads: read-only once made.
 */
#ifndef RCK_HASHED_H
#define RCK_HASHED_H

#include "classes.h"

enum {
    HASHED_KEYS_MAX = 6,    /* key columns */
    HASHED_KEY_BITS = 48,   /* of all of them: the word of a name has its bits of groups above */
    HASHED_GROUPS_MAX = 16, /* groups, those of enforced clauses and of grants together */
    HASHED_DIMS_MAX = 3,    /* columns of a tree */
    HASHED_NAMES = 3,       /* subject, action and resource, in this order */
    HASHED_BUCKET = 4,      /* slots of a bucket: a cache line */
    HASHED_PROBES_MAX = 64  /* slots in which a key is, from where its hash leads on; whole buckets */
};

/* Places within what stands in words. */
enum { LIST_SIZE, LIST_WORDS };
enum list_kind { LIST_PARTS, LIST_INLINE, LIST_TREE, LIST_KIND_BITS = 2, LIST_KINDS = (1 << LIST_KIND_BITS) - 1 };
enum { INLINE_WHAT, INLINE_TEST, INLINE_WORDS };
enum { TREE_DIMS, TREE_COLUMNS };
enum { NODE_END, NODE_CLAUSE, NODE_PARTS, NODE_WORDS };
enum {
    DIM_LO, DIM_HI, DIM_UNKNOWN_LO, DIM_UNKNOWN_HI,
    DIM_INSIDE_LO, DIM_INSIDE_HI, DIM_INSIDE_UNKNOWN_LO, DIM_INSIDE_UNKNOWN_HI,
    DIM_WORDS
};
enum { PART_CLAUSE, PART_SIZE, PART_WORDS };
enum { COND_COLUMN, COND_LO, COND_HI, COND_WORDS };
enum { COND_SET = 1, COND_N, COND_UNKNOWN_SET, COND_UNKNOWN_N, COND_SETS_WORDS };
enum cond_form { FORM_KNOWN, FORM_UNKNOWN, FORM_SETS };

/* What the table is shaped by; tests try others. */
struct hashed_shape {
    uint32_t list_max;   /* parts of a list that is no tree */
    uint32_t leaf_max;   /* parts of a leaf */
    uint32_t groups_max; /* 2..HASHED_GROUPS_MAX */
    uint32_t copies;     /* lists that one part may stand in */
};

extern const struct hashed_shape hashed_shape;

struct hashed_group {
    uint64_t seed;
    uint32_t pins;       /* a bit a key column; others mean nothing */
    bool grants;
    uint32_t first_slot;
    uint32_t n_slots;    /* where a hash leads; HASHED_PROBES_MAX more follow */
    uint32_t n_keys;
};

struct hashed_slot {
    uint64_t key;
    uint32_t what; /* a list in words; of an inline part clause * 2 + never certain, as in a part */
    uint32_t test; /* 0: there is a list */
};

/* What no key reaches, and the key of a free slot. */
#define HASHED_KEY_MAX ((uint64_t)1 << HASHED_KEY_BITS)
#define HASHED_FREE UINT64_MAX

/* What an inline part asks: that the class of COLUMN, a number or a set of one word, is from LO to HI - 1. */
struct hashed_test {
    uint32_t column; /* RCK_NONE: nothing, it is certain */
    uint32_t lo, hi;
    uint32_t says_unknown; /* 1: it is unknown where the value is (absent, and so on); 0: it is false there */
};

/* What is asked of one value, a number or the members of a set, without a jump: whether (value AND mask) - lo is at most width. */
struct value_test {
    uint64_t mask, lo, width;
};

/* The same as the decision reads it: half a cache line. */
struct hashed_answer {
    struct value_test test;
    uint32_t value; /* in a request's values */
    uint16_t slot;  /* in its codes */
    uint16_t truth; /* two bits at 4 * code + 2 * whether the value is in: 0 certain, 2 unknown, 3 neither */
};

/* A group as the decision reads it: half a cache line. */
struct hashed_probe {
    uint64_t mask; /* of what is pinned, in keys */
    uint64_t factor;
    const struct hashed_slot *slots;
    uint32_t n_buckets;
};

/* A key column that is none of subject, action and resource. */
struct hashed_other {
    uint32_t column, shift;
};

struct hashed {
    enum rck_result by_default;
    uint32_t key_columns[HASHED_KEYS_MAX];
    uint32_t n_key_columns;
    uint32_t n_groups;     /* those of enforced clauses first */
    uint32_t n_slots;
    uint32_t n_words;
    struct hashed_group *groups;
    struct hashed_slot *slots; /* at a multiple of 64 */
    struct range *unknown; /* by column: classes that are unknown to conditions whose form says so */
    uint32_t *words;       /* [0] is no list */
    struct hashed_test *tests; /* [0] is none */
    uint32_t n_tests;

    /* Made from the above and the classes by hashed_prepare(). */
    struct hashed_answer *answers; /* by test */
    struct hashed_probe *probes; /* by bit of a group */
    uint32_t grants;             /* the bits of groups of grants */
    const uint64_t *names[HASHED_NAMES]; /* by name: its part of a key, and above that its bits of groups */
    struct hashed_other others[HASHED_KEYS_MAX];
    uint32_t n_others;
    bool is_single; /* one group, of enforced clauses, is all; it pins all key columns, and keys have 32 bits at most: see place.h */
};

/* What one decision did, for tests: everything that can grow with the policy is counted. */
struct hashed_work {
    uint32_t groups; /* that were probed */
    uint32_t buckets; /* that were looked at */
    uint32_t nodes;  /* of trees */
    uint32_t parts;
    uint32_t conds;
};

/* Makes the table from POLICY's space and rows.  Sets are added to the space's pool; what is not kept is in SCRATCH. */
void hashed_build(struct hashed *hashed, const struct classes *classes, struct rck_policy *policy, struct arena *arena,
                  struct arena *scratch, const struct hashed_shape *shape);

/* Makes answers and probes; the rest is built, or was loaded and verified. */
void hashed_prepare(struct hashed *hashed, const struct classes *classes, const struct rck_policy *policy, struct arena *arena);

/* Whether a test may ask for COLUMN, and the class that is unknown there. */
static inline bool
hashed_is_simple(const struct class_column *column, uint32_t *unknown)
{
    *unknown = column->absent;
    return column->slot <= UINT16_MAX && (column->kind == COLUMN_HAS ? column->n == 1 : column->kind == COLUMN_NUMBER && !column->is_sum);
}

bool hashed_verify(const struct hashed *hashed, const struct classes *classes, const struct rck_policy *policy);

/* Returns the cell of REQUEST (see dense.h), whose subject, action and resource are declared. */
uint32_t hashed_cell(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request);

/* The same, and adds to WORK what it took. */
uint32_t hashed_cell_counted(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request,
                             struct hashed_work *work);

/* Bits that COLUMN takes in a key; one at least. */
static inline uint32_t
hashed_key_width(const struct class_column *column)
{
    return 32 - (uint32_t)__builtin_clz((column->n_classes - 1) | 1);
}

/* Where those of each key column begin; returns where the last ones end. */
static inline uint32_t
hashed_key_shifts(const struct hashed *hashed, const struct classes *classes, uint32_t shifts[HASHED_KEYS_MAX])
{
    uint32_t end = 0;

    for (uint32_t k = 0; k < hashed->n_key_columns; k++) {
        shifts[k] = end;
        end += hashed_key_width(&classes->columns[hashed->key_columns[k]]);
    }
    return end;
}

/* What keys are multiplied with, an odd number; another one for each SEED. */
static inline uint64_t
hashed_factor(uint64_t seed)
{
    return 0x9E3779B97F4A7C15u + 2 * seed * 0xD6E8FEB86659FD93u;
}

/* 1 if a key stands behind BUCKET because it had no room there; else 0, as where it has room: keys are below HASHED_KEY_MAX, and so
 * is the difference of one and HASHED_FREE. */
static inline uint64_t
hashed_goes_on(const struct hashed_slot *bucket)
{
    return (bucket[HASHED_BUCKET - 2].key - bucket[HASHED_BUCKET - 1].key) >> 63;
}

/* The slot, the first of a bucket, where a search for KEY begins: by the upper half of the product, which all of the key reaches. */
static inline uint64_t
hashed_home(uint64_t factor, uint32_t n_buckets, uint64_t key)
{
    return ((key * factor >> 32) * n_buckets >> 32) * HASHED_BUCKET;
}

/* The same of a group. */
static inline uint32_t
hashed_home_of(const struct hashed_group *group, uint64_t key)
{
    return (uint32_t)hashed_home(hashed_factor(group->seed), group->n_slots / HASHED_BUCKET, key);
}

/* What hashed_cell() says of REQUEST by the table of POLICY: the result, and in WHY, which may be NULL, the clause.  The second is for
 * a table that is_single, and quicker. */
enum rck_result hashed_decide(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why);
enum rck_result hashed_decide_single(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why);

/* Bytes that the table takes, without the columns. */
uint64_t hashed_size(const struct hashed *hashed, const struct classes *classes);

#endif
