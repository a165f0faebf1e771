/* SPDX-License-Identifier: MIT
 *
 * Deciding by the hashed table, and checking one; see hashed.h.  hashed_build.c makes it.
 */
#include <config.h>

#include "hashed.h"

#include "class_of.h"

/* Least clauses found so far, of the enforced ones or of the grants; RCK_NONE: none. */
struct least {
    uint32_t certain;
    uint32_t unknown;
};

enum { TRUTH_BITS = 2 * (VALUE_DECLARED + 1) }; /* of struct hashed_answer: places of one kind */

/* One decision in progress. */
struct deciding {
    const struct hashed *hashed;
    const struct classes *classes;
    const struct rck_request *request;
    struct hashed_work *work; /* NULL: nobody counts */
};

/* Whether CLASS is one of the N ranges at FIRST. */
static bool
in_ranges(const uint32_t *words, uint32_t first, uint32_t n, uint32_t class_idx)
{
    uint32_t lo = 0, hi = n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (words[first + 2 * mid + 1] <= class_idx)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && words[first + 2 * lo] <= class_idx;
}

INLINE bool
in_range(uint32_t lo, uint32_t hi, uint32_t class_idx)
{
    return class_idx - lo < hi - lo;
}

/* Goes through the parts from AT to END, in source order. */
static void
try_parts(const struct deciding *d, uint32_t at, uint32_t end, struct least *least)
{
    const uint32_t *words = d->hashed->words;
    uint32_t column = RCK_NONE, class_idx = 0;

    while (at < end) {
        uint32_t clause = words[at + PART_CLAUSE] >> 1;
        bool certain = (words[at + PART_CLAUSE] & 1) == 0, possible = true;
        uint32_t cond = at + PART_WORDS;

        if (clause >= least->certain)
            return;
        at += words[at + PART_SIZE];
        if (d->work != NULL)
            d->work->parts++;
        while (cond < at && possible) {
            uint32_t form = words[cond + COND_COLUMN] & 3;

            if (words[cond + COND_COLUMN] >> 2 != column) {
                column = words[cond + COND_COLUMN] >> 2;
                class_idx = class_of(d->classes, &d->classes->columns[column], d->request);
            }
            if (d->work != NULL)
                d->work->conds++;
            if (form == FORM_SETS) {
                bool in = in_ranges(words, words[cond + COND_SET], words[cond + COND_N], class_idx);

                possible = in || in_ranges(words, words[cond + COND_UNKNOWN_SET], words[cond + COND_UNKNOWN_N], class_idx);
                certain = certain && in;
                cond += COND_SETS_WORDS;
            } else {
                struct range unknown = d->hashed->unknown[column];
                bool in = in_range(words[cond + COND_LO], words[cond + COND_HI], class_idx);

                possible = in || (form == FORM_UNKNOWN && in_range(unknown.lo, unknown.hi, class_idx));
                certain = certain && in;
                cond += COND_WORDS;
            }
        }
        if (possible && certain)
            least->certain = clause;
        else if (possible && clause < least->unknown)
            least->unknown = clause;
    }
}

static void
try_tree(const struct deciding *d, uint32_t at, uint32_t end, struct least *least)
{
    const uint32_t *words = d->hashed->words;
    uint32_t n_dims = words[at + TREE_DIMS];
    uint32_t classes[HASHED_DIMS_MAX] = { 0 };

    at += TREE_COLUMNS;
    for (uint32_t i = 0; i < n_dims; i++, at++)
        classes[i] = class_of(d->classes, &d->classes->columns[words[at]], d->request);
    while (at < end) {
        const uint32_t *node = words + at;
        bool outside = false, certain = true, inside = (node[NODE_PARTS] & 1) != 0, all_certain = true;
        uint32_t first = at + NODE_WORDS + n_dims * DIM_WORDS;

        if (d->work != NULL)
            d->work->nodes++;
        for (uint32_t i = 0; i < n_dims; i++) {
            const uint32_t *dim = node + NODE_WORDS + i * DIM_WORDS;
            bool in = in_range(dim[DIM_LO], dim[DIM_HI], classes[i]);

            outside = outside || !(in || in_range(dim[DIM_UNKNOWN_LO], dim[DIM_UNKNOWN_HI], classes[i]));
            certain = certain && in;
            in = in_range(dim[DIM_INSIDE_LO], dim[DIM_INSIDE_HI], classes[i]);
            inside = inside && (in || in_range(dim[DIM_INSIDE_UNKNOWN_LO], dim[DIM_INSIDE_UNKNOWN_HI], classes[i]));
            all_certain = all_certain && in;
        }
        if (outside || node[NODE_CLAUSE] >= least->certain || (!certain && node[NODE_CLAUSE] >= least->unknown)) {
            at = node[NODE_END];
        } else if (inside) {
            if (all_certain)
                least->certain = node[NODE_CLAUSE];
            else
                least->unknown = node[NODE_CLAUSE];
            at = node[NODE_END];
        } else if (node[NODE_PARTS] >> 1 != 0) {
            try_parts(d, first, node[NODE_END], least);
            at = node[NODE_END];
        } else {
            at = first;
        }
    }
}

/* Tries the parts of LIST; apart, so that what nearly always happens needs few registers. */
static void __attribute__((noinline))
try_list(const struct deciding *d, uint32_t list, struct least *least)
{
    uint32_t at = list + LIST_WORDS, size = d->hashed->words[list + LIST_SIZE];

    if ((size & 1) == 0)
        try_parts(d, at, at + (size >> 1), least);
    else
        try_tree(d, at, at + (size >> 1), least);
}

/* Returns the slot of KEY, looking from BUCKET on, or one that has another key.  A bucket is searched without a branch, for where in
 * it a key stands is chance, and so is whether it is there.  Slots are taken from the first of the bucket on, so what is not in a
 * bucket with a free slot is nowhere; few are full. */
INLINE const struct hashed_slot *
find_slot(const struct hashed_slot *bucket, uint64_t key, struct hashed_work *work)
{
    enum { FIRST = 4, FULL = 8 }; /* the first is 4 and 0: the rest of its division by 4 is where it stands, as of the others */

    for (;; bucket += HASHED_BUCKET) {
        uint32_t state = FIRST * (uint32_t)(bucket[0].key == key) + (uint32_t)(bucket[1].key == key)
                         + 2 * (uint32_t)(bucket[2].key == key) + 3 * (uint32_t)(bucket[3].key == key)
                         + FULL * (uint32_t)(~bucket[3].key >> 63); /* the bit that HASHED_FREE has, and no key */

        if (work != NULL)
            work->buckets++;
        if (__builtin_expect(state != FULL, 1))
            return bucket + state % HASHED_BUCKET;
    }
}

/* A if CONDITION (0 or 1), else RCK_NONE. */
INLINE uint32_t
if_so(uint32_t condition, uint32_t a)
{
    return a | (condition - 1);
}

INLINE uint32_t
least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Tries the inline part in SLOT, if FOUND (0 or 1). */
INLINE struct least
try_inline(const struct deciding *d, const struct hashed_slot *slot, uint32_t found, struct least least)
{
    const struct hashed_answer *answer = &d->hashed->answers[slot->test];
    const uint64_t *values = d->request->values;
    uint32_t in = value_passes(&answer->test, values[answer->value]);
    uint32_t truth = (uint32_t)answer->truth >> (2 * classes_codes(d->classes, values)[answer->slot] + in) & (0 - found);
    uint32_t certain = truth & ~slot->what & 1, unknown = (truth >> TRUTH_BITS | (truth & slot->what)) & 1;

    return (struct least){ least_of(least.certain, if_so(certain, slot->what >> 1)),
                           least_of(least.unknown, if_so(unknown, slot->what >> 1)) };
}

/* One decision in progress: the key of each group, and the bucket where it would be. */
struct probes {
    uint64_t keys[HASHED_GROUPS_MAX];
    const struct hashed_slot *buckets[HASHED_GROUPS_MAX];
};

/* Asks the groups from FROM to END - 1. */
INLINE struct least
ask_groups(const struct deciding *d, const struct probes *probes, uint32_t from, uint32_t end)
{
    struct least least = { RCK_NONE, RCK_NONE };

    for (uint32_t g = from; g < end; g++) {
        const struct hashed_slot *slot = find_slot(probes->buckets[g], probes->keys[g], d->work);
        uint32_t found = slot->key == probes->keys[g];

        if (d->work != NULL) {
            d->work->groups++;
            d->work->parts += found & (slot->test != 0);
            d->work->conds += found & (slot->test != 0);
        }
        if (__builtin_expect((slot->test | (found - 1)) == 0, 0)) {
            struct least with_list = least; /* that 'least' need not be in memory */

            try_list(d, slot->what, &with_list);
            least = with_list;
        } else {
            least = try_inline(d, slot, found, least);
        }
    }
    return least;
}

/* The cell of CLAUSE with RESULT where CONDITION (0 or 1) holds, else ELSE_CELL, without a jump. */
INLINE uint32_t
cell_if(uint32_t condition, uint32_t clause, enum rck_result result, uint32_t else_cell)
{
    uint32_t cell = ((clause + 1) << 2) | (uint32_t)result; /* RCK_NONE: of no clause */

    return else_cell ^ ((else_cell ^ cell) & (0 - condition));
}

/* What follows from the least clauses; the order of language.md, section 5, from the end.  Whether a request is denied is as good as
 * chance. */
INLINE uint32_t
verdict(const struct hashed *hashed, struct least enforced, struct least grants)
{
    uint32_t cell = RCK_ALLOW;

    if (hashed->by_default == RCK_DENY) {
        uint32_t needed = grants.certain == RCK_NONE;

        cell = cell_if(needed, grants.unknown, RCK_INDETERMINATE, cell);
        cell = cell_if(enforced.unknown != RCK_NONE, enforced.unknown, RCK_INDETERMINATE, cell);
        cell = cell_if(needed & (grants.unknown == RCK_NONE), RCK_NONE, RCK_DENY, cell);
    } else {
        cell = cell_if(enforced.unknown != RCK_NONE, enforced.unknown, RCK_INDETERMINATE, cell);
    }
    return cell_if(enforced.certain != RCK_NONE, enforced.certain, RCK_DENY, cell);
}

INLINE uint32_t
decide(const struct deciding *d)
{
    enum { AT_ONCE = 3 }; /* key columns, which are mostly the dimensions */
    const struct hashed *hashed = d->hashed;
    struct least grants = { RCK_NONE, RCK_NONE };
    uint64_t classes[HASHED_KEYS_MAX] = { 0 };
    struct probes probes UNINITIALIZED;
    const uint32_t *codes = classes_codes(d->classes, d->request->values), *names = d->classes->names;

    for (const struct hashed_key *key = hashed->keys; key != hashed->end_dimensions; key++)
        classes[key->idx] = names[key->first + codes[key->slot]];
    for (const struct hashed_key *key = hashed->end_dimensions; key != hashed->end_keys; key++)
        classes[key->idx] = class_of(d->classes, &d->classes->columns[key->column], d->request);
    /* All groups are asked for before the first is waited for. */
    for (uint32_t g = 0; g < hashed->n_groups; g++) {
        const struct hashed_group *group = &hashed->groups[g];
        uint64_t key = classes[0] * group->strides[0] + classes[1] * group->strides[1] + classes[2] * group->strides[2];

        for (uint32_t i = AT_ONCE; i < hashed->n_key_columns; i++)
            key += classes[i] * group->strides[i];
        probes.keys[g] = key;
        probes.buckets[g] = hashed->slots + group->first_slot + hashed_home(group, key);
        __builtin_prefetch(probes.buckets[g]);
    }
    struct least enforced = ask_groups(d, &probes, 0, hashed->n_enforced);

    if (hashed->n_enforced != hashed->n_groups)
        grants = ask_groups(d, &probes, hashed->n_enforced, hashed->n_groups);
    return verdict(hashed, enforced, grants);
}

uint32_t
hashed_cell(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request)
{
    return decide(&(struct deciding){ hashed, classes, request, NULL });
}

uint32_t
hashed_cell_counted(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request,
                    struct hashed_work *work)
{
    return decide(&(struct deciding){ hashed, classes, request, work });
}

uint64_t
hashed_size(const struct hashed *hashed, const struct classes *classes)
{
    return (uint64_t)hashed->n_groups * sizeof *hashed->groups + (uint64_t)hashed->n_slots * sizeof *hashed->slots
           + (uint64_t)classes->n_columns * sizeof *hashed->unknown + (uint64_t)hashed->n_words * sizeof *hashed->words
           + (uint64_t)hashed->n_tests * (sizeof *hashed->tests + sizeof *hashed->answers);
}

/* ---- tests -------------------------------------------------------------------------------------------------------------- */

/* What TEST says of the class CLASS of its column: the bits of struct hashed_answer for one place. */
static uint32_t
truth_of(const struct hashed_test *test, uint32_t class_idx, uint32_t unknown, uint32_t place)
{
    if (in_range(test->lo, test->hi, class_idx))
        return 1u << place;
    return test->says_unknown != 0 && class_idx == unknown ? 1u << (TRUTH_BITS + place) : 0;
}

static struct hashed_answer
answer_of(const struct hashed_test *test, const struct classes *classes)
{
    /* A code that is no name's, and a value that every request has. */
    struct hashed_answer answer = { .slot = SLOT_ROLE, .truth = (1u << TRUTH_BITS) - 1 };
    const struct class_column *column;
    uint32_t unknown, truth = 0;

    if (test->column == RCK_NONE)
        return answer;
    column = &classes->columns[test->column];
    (void)hashed_is_simple(column, &unknown);
    answer.slot = (uint16_t)column->slot;
    answer.value = column->first_value;
    if (column->kind == COLUMN_HAS) {
        answer.test = value_has(classes->masks[column->first]);
        for (uint32_t code = VALUE_ABSENT; code <= VALUE_DECLARED; code++)
            truth |= truth_of(test, code == VALUE_DECLARED ? HAS_NO : HAS_UNKNOWN, unknown, 2 * code)
                     | truth_of(test, HAS_YES, unknown, 2 * code + 1);
    } else {
        const wide *cuts = classes->cuts + column->first;
        uint32_t hi = test->hi < column->n + 1 ? test->hi : column->n + 1;

        if (test->lo < hi) {
            answer.test = value_from(test->lo == 0 ? INT64_MIN : (int64_t)cuts[test->lo - 1],
                                     hi > column->n ? INT64_MAX : (int64_t)cuts[hi - 1] - 1);
        } else {
            answer.test.lo = 1; /* no number: 0 - 1 is more than 0 */
        }
        for (uint32_t in = 0; in < 2; in++)
            truth |= truth_of(test, column->absent, unknown, in);
        truth |= 1u << (2 * VALUE_DECLARED + 1);
    }
    answer.truth = (uint16_t)truth;
    return answer;
}

void
hashed_prepare(struct hashed *hashed, const struct classes *classes, struct arena *arena)
{
    hashed->answers = arena_array(arena, (size_t)hashed->n_tests + 1, sizeof *hashed->answers);
    hashed->keys = arena_array(arena, HASHED_KEYS_MAX, sizeof *hashed->keys);
    for (uint32_t i = 1; i < hashed->n_tests; i++)
        hashed->answers[i] = answer_of(&hashed->tests[i], classes);
    hashed->answers[0].slot = SLOT_ROLE;
    hashed->n_enforced = 0;
    while (hashed->n_enforced < hashed->n_groups && !hashed->groups[hashed->n_enforced].grants)
        hashed->n_enforced++;
    hashed->end_keys = hashed->keys;
    for (uint32_t others = 0; others < 2; others++) {
        for (uint32_t i = 0; i < hashed->n_key_columns; i++) {
            const struct class_column *column = &classes->columns[hashed->key_columns[i]];

            if ((column->kind == COLUMN_NAME && column->slot < N_DIMENSIONS) == (others == 0))
                *hashed->end_keys++ =
                    (struct hashed_key){ i, hashed->key_columns[i], column->slot, column->first - VALUE_DECLARED };
        }
        hashed->end_dimensions = others == 0 ? hashed->end_keys : hashed->end_dimensions;
    }
}

/* ---- checking ----------------------------------------------------------------------------------------------------------- */

/* What is checked against.  Checking is linear, whatever the words say: lists do not overlap, and of sets, which parts share, as
 * many ranges are looked at as the budget allows; of others only that they are inside of the words, which is what deciding needs. */
struct verifying {
    const struct hashed *hashed;
    const struct classes *classes;
    uint32_t n_clauses;
    uint32_t list_words; /* of the lists so far */
    uint64_t budget;
};

enum {
    RANGES_A_WORD = 16, /* that are looked at, on average */
    TREE_DEPTH_MAX = 40 /* halving 2^32 parts takes 32 levels */
};

static bool
is_range(uint32_t lo, uint32_t hi, uint32_t n_classes)
{
    return lo <= hi && hi <= n_classes;
}

/* N ranges at FIRST: inside of the words, ascending, apart. */
static bool
ranges_verify(struct verifying *v, uint32_t first, uint32_t n, uint32_t n_classes)
{
    const uint32_t *words = v->hashed->words;
    uint32_t from = 0;

    if (first > v->hashed->n_words || n > (v->hashed->n_words - first) / 2)
        return false;
    if (n > v->budget)
        return true;
    v->budget -= n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t lo = words[first + 2 * i], hi = words[first + 2 * i + 1];

        if (lo < from || lo >= hi || hi > n_classes)
            return false;
        from = hi;
    }
    return true;
}

static bool
cond_verify(struct verifying *v, uint32_t at, uint32_t end, uint32_t *next)
{
    const uint32_t *cond = v->hashed->words + at;
    uint32_t n_classes, form;

    if (end - at < COND_WORDS || cond[COND_COLUMN] >> 2 >= v->classes->n_columns)
        return false;
    n_classes = v->classes->columns[cond[COND_COLUMN] >> 2].n_classes;
    form = cond[COND_COLUMN] & 3;
    *next = at + (form == FORM_SETS ? COND_SETS_WORDS : COND_WORDS);
    if (form == FORM_SETS)
        return end - at >= COND_SETS_WORDS && ranges_verify(v, cond[COND_SET], cond[COND_N], n_classes)
               && ranges_verify(v, cond[COND_UNKNOWN_SET], cond[COND_UNKNOWN_N], n_classes);
    return form <= FORM_UNKNOWN && is_range(cond[COND_LO], cond[COND_HI], n_classes);
}

/* Parts from AT to END, in source order. */
static bool
parts_verify(struct verifying *v, uint32_t at, uint32_t end)
{
    const uint32_t *words = v->hashed->words;
    uint32_t clause = 0;

    while (at < end) {
        uint32_t size, part_end;

        if (end - at < PART_WORDS)
            return false;
        size = words[at + PART_SIZE];
        if (size < PART_WORDS || size > end - at || words[at + PART_CLAUSE] >> 1 >= v->n_clauses
            || words[at + PART_CLAUSE] >> 1 < clause)
            return false;
        clause = words[at + PART_CLAUSE] >> 1;
        part_end = at + size;
        for (uint32_t cond = at + PART_WORDS; cond < part_end;)
            if (!cond_verify(v, cond, part_end, &cond))
                return false;
        at = part_end;
    }
    return true;
}

/* A subtree ends with its parent's or before, and always where a node begins: wherever the walk skips to, there is one. */
static bool
tree_verify(struct verifying *v, uint32_t at, uint32_t end)
{
    const uint32_t *words = v->hashed->words;
    uint32_t n_dims, columns, node_size, ends[TREE_DEPTH_MAX], depth = 0;

    if (at >= end)
        return false;
    n_dims = words[at + TREE_DIMS];
    columns = at + TREE_COLUMNS;
    if (n_dims == 0 || n_dims > HASHED_DIMS_MAX || end - columns < n_dims)
        return false;
    for (uint32_t i = 0; i < n_dims; i++)
        if (words[columns + i] >= v->classes->n_columns)
            return false;
    node_size = NODE_WORDS + n_dims * DIM_WORDS;
    for (at = columns + n_dims; at < end;) {
        const uint32_t *node = words + at;
        uint32_t limit;
        bool is_leaf;

        while (depth != 0 && ends[depth - 1] == at)
            depth--;
        limit = depth != 0 ? ends[depth - 1] : end;
        if (limit - at < node_size || node[NODE_END] > limit || node[NODE_END] < at + node_size
            || node[NODE_CLAUSE] >= v->n_clauses)
            return false;
        for (uint32_t i = 0; i < n_dims; i++) {
            const uint32_t *dim = node + NODE_WORDS + i * DIM_WORDS;
            uint32_t n_classes = v->classes->columns[words[columns + i]].n_classes;

            for (uint32_t k = 0; k < DIM_WORDS; k += 2)
                if (!is_range(dim[k], dim[k + 1], n_classes))
                    return false;
        }
        is_leaf = node[NODE_PARTS] >> 1 != 0;
        if (is_leaf ? !parts_verify(v, at + node_size, node[NODE_END]) : depth == TREE_DEPTH_MAX)
            return false;
        if (!is_leaf)
            ends[depth++] = node[NODE_END];
        at = is_leaf ? node[NODE_END] : at + node_size;
    }
    return true;
}

static bool
list_verify(struct verifying *v, uint32_t list)
{
    const struct hashed *hashed = v->hashed;
    uint32_t size, at;

    if (hashed->n_words < LIST_WORDS || list > hashed->n_words - LIST_WORDS)
        return false;
    size = hashed->words[list + LIST_SIZE];
    at = list + LIST_WORDS;
    if (size >> 1 > hashed->n_words - at || LIST_WORDS + (size >> 1) > hashed->n_words - v->list_words)
        return false;
    v->list_words += LIST_WORDS + (size >> 1);
    return (size & 1) == 0 ? parts_verify(v, at, at + (size >> 1)) : tree_verify(v, at, at + (size >> 1));
}

/* No request makes a key with the top bit, which HASHED_FREE has. */
static bool
keys_verify(const struct verifying *v, const struct hashed_group *group)
{
    uint64_t most = 0, of_column;

    for (uint32_t i = 0; i < v->hashed->n_key_columns; i++) {
        uint64_t last = v->classes->columns[v->hashed->key_columns[i]].n_classes - 1;

        if (__builtin_mul_overflow(last, group->strides[i], &of_column) || __builtin_add_overflow(most, of_column, &most))
            return false;
    }
    return most >> 63 == 0;
}

/* Every key is found from its hash, and a free slot is never farther away than HASHED_PROBES_MAX. */
static bool
group_verify(struct verifying *v, const struct hashed_group *group)
{
    const struct hashed *hashed = v->hashed;
    uint32_t n_all = group->n_slots + HASHED_PROBES_MAX, n_keys = 0, taken = 0;

    if (!keys_verify(v, group))
        return false;
    if (group->n_slots > UINT32_MAX / 2 || group->n_slots % HASHED_BUCKET != 0 || group->first_slot % HASHED_BUCKET != 0 || group->first_slot > hashed->n_slots || n_all > hashed->n_slots - group->first_slot)
        return false;
    for (uint32_t i = 0; i < n_all; i++) {
        const struct hashed_slot *slot = &hashed->slots[group->first_slot + i];
        uint32_t home;

        taken = slot->key != HASHED_FREE ? taken + 1 : 0;
        if (slot->key == HASHED_FREE) {
            if (slot->what != 0 || slot->test != 0)
                return false;
            continue;
        }
        if (slot->key >> 63 != 0) /* as in a free one */
            return false;
        if (slot->test == 0 ? !list_verify(v, slot->what) : slot->test >= hashed->n_tests || slot->what >> 1 >= v->n_clauses)
            return false;
        n_keys++;
        home = hashed_home(group, slot->key);
        if (home > i || i - home >= taken || i - home >= HASHED_PROBES_MAX)
            return false;
    }
    /* No search runs past the end, so now each can be made: two lists of one key would be found here. */
    /* unreached: what is taken up to the end would be too far from its home */
    for (uint32_t i = 0; i < n_all && taken == 0; i++) {
        const struct hashed_slot *slot = &hashed->slots[group->first_slot + i];

        if (slot->key != HASHED_FREE && find_slot(hashed->slots + group->first_slot + hashed_home(group, slot->key), slot->key, NULL) != slot)
            return false;
    }
    return taken == 0 && n_keys == group->n_keys; /* unreached: as above */
}

static bool
test_verify(const struct hashed_test *test, const struct classes *classes)
{
    uint32_t unknown;

    return test->says_unknown <= 1
           && (test->column == RCK_NONE
               || (test->column < classes->n_columns && hashed_is_simple(&classes->columns[test->column], &unknown)
                   && is_range(test->lo, test->hi, classes->columns[test->column].n_classes)));
}

bool
hashed_verify(const struct hashed *hashed, const struct classes *classes, const struct rck_policy *policy)
{
    struct verifying v = {
        .hashed = hashed,
        .classes = classes,
        .n_clauses = policy->clauses.n,
        .budget = (uint64_t)hashed->n_words * RANGES_A_WORD,
    };

    if (hashed->n_tests == 0 || hashed->n_key_columns > HASHED_KEYS_MAX || hashed->n_groups > HASHED_GROUPS_MAX)
        return false;
    for (uint32_t i = 0; i < hashed->n_key_columns; i++)
        if (hashed->key_columns[i] >= classes->n_columns)
            return false;
    for (uint32_t c = 0; c < classes->n_columns; c++)
        if (!is_range(hashed->unknown[c].lo, hashed->unknown[c].hi, classes->columns[c].n_classes))
            return false;
    for (uint32_t i = 0; i < hashed->n_tests; i++)
        if (!test_verify(&hashed->tests[i], classes))
            return false;
    for (uint32_t g = 0; g < hashed->n_groups; g++)
        if ((g != 0 && hashed->groups[g - 1].grants && !hashed->groups[g].grants) || !group_verify(&v, &hashed->groups[g]))
            return false;
    return true;
}
