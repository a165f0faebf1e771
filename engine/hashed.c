/* SPDX-License-Identifier: MIT
 *
 * Deciding by the hashed table, and checking one; see hashed.h.  hashed_build.c makes it.
 */
#include <config.h>

#include "hashed.h"

#include "class_of.h"

/* What was found so far of the enforced clauses, or of the grants, is one number, the least: a clause that is certain, as it is; a
 * clause that is unknown, with LEAST_UNKNOWN, so that it counts only where none is certain, as in the verdict; or none. */
#define LEAST_UNKNOWN ((uint32_t)1 << 31)
#define LEAST_NONE ((uint32_t)3 << 30) /* or anything above */

/* What struct hashed_answer says in one place: the two upper bits of the number above. */
enum truth_bits { SAYS_CERTAIN = 0, SAYS_UNKNOWN = 2, SAYS_NOTHING = 3 };

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

INLINE uint32_t
least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Goes through the parts from AT to END, in source order; returns the least of them and LEAST. */
static uint32_t
try_parts(const struct deciding *d, uint32_t at, uint32_t end, uint32_t least)
{
    const uint32_t *words = d->hashed->words;
    uint32_t column = RCK_NONE, class_idx = 0;

    while (at < end) {
        uint32_t clause = words[at + PART_CLAUSE] >> 1;
        bool certain = (words[at + PART_CLAUSE] & 1) == 0, possible = true;
        uint32_t cond = at + PART_WORDS;

        if (clause >= least)
            break;
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
        if (possible)
            least = least_of(least, certain ? clause : clause | LEAST_UNKNOWN);
    }
    return least;
}

static uint32_t
try_tree(const struct deciding *d, uint32_t at, uint32_t end, uint32_t least)
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
        if (outside || (node[NODE_CLAUSE] | (certain ? 0 : LEAST_UNKNOWN)) >= least) {
            at = node[NODE_END];
        } else if (inside) {
            least = least_of(least, node[NODE_CLAUSE] | (all_certain ? 0 : LEAST_UNKNOWN));
            at = node[NODE_END];
        } else if (node[NODE_PARTS] >> 1 != 0) {
            least = try_parts(d, first, node[NODE_END], least);
            at = node[NODE_END];
        } else {
            at = first;
        }
    }
    return least;
}

/* Tries the parts of LIST; apart, so that what nearly always happens needs few registers. */
static uint32_t __attribute__((noinline))
try_list(const struct deciding *d, uint32_t list, uint32_t least)
{
    uint32_t at = list + LIST_WORDS, size = d->hashed->words[list + LIST_SIZE];

    return (size & 1) == 0 ? try_parts(d, at, at + (size >> 1), least) : try_tree(d, at, at + (size >> 1), least);
}

/* Returns the slot of KEY, looking from BUCKET on, or one that has another key.  A bucket is searched without a branch, for where in
 * it a key stands is chance, and so is whether it is there.  Few buckets have keys that stand farther on. */
INLINE const struct hashed_slot *
find_slot(const struct hashed_slot *bucket, uint64_t key, struct hashed_work *work)
{
    for (;; bucket += HASHED_BUCKET) {
        const struct hashed_slot *slot = bucket + (bucket[1].key == key) + 2 * (bucket[2].key == key) + 3 * (bucket[3].key == key);

        if (work != NULL)
            work->buckets++;
        /* Together by arithmetic, for either alone is chance. */
        if (__builtin_expect((slot->key != key) & hashed_goes_on(bucket), 0) == 0)
            return slot;
    }
}

/* What the inline part in SLOT comes to, if FOUND (0 or 1). */
INLINE uint32_t
try_inline(const struct hashed *hashed, const struct hashed_slot *slot, uint32_t found, const uint64_t *values, const uint32_t *codes)
{
    const struct hashed_answer *answer = &hashed->answers[slot->test];
    uint32_t in = value_passes(&answer->test, values[answer->value]);
    uint32_t says = (uint32_t)answer->truth >> (4 * codes[answer->slot] + 2 * in) | (slot->what & 1) << 1; /* never certain */

    return slot->what >> 1 | says << 30 | (found - 1);
}

/* True if SLOT, if FOUND, has a list. */
INLINE bool
has_list(const struct hashed_slot *slot, uint32_t found)
{
    return __builtin_expect((slot->test | (found - 1)) == 0, 0);
}

/* The classes of a request in the key columns. */
struct key_classes {
    uint32_t dimensions[3];
    uint32_t others[HASHED_KEYS_MAX];
};

/* Returns the classes of subject, action and resource. */
INLINE struct key_classes
classes_of_dimensions(const struct hashed *hashed, const uint32_t *codes)
{
    struct key_classes classes UNINITIALIZED;

    classes.dimensions[0] = hashed->dimensions[0][(size_t)codes[SLOT_SUBJECT] - VALUE_DECLARED];
    classes.dimensions[1] = hashed->dimensions[1][(size_t)codes[SLOT_ACTION] - VALUE_DECLARED];
    classes.dimensions[2] = hashed->dimensions[2][(size_t)codes[SLOT_RESOURCE] - VALUE_DECLARED];
    return classes;
}

INLINE uint64_t
key_of(const struct hashed_probe *probe, const struct key_classes *classes)
{
    return classes->dimensions[0] * probe->strides[0] + classes->dimensions[1] * probe->strides[1]
           + classes->dimensions[2] * probe->strides[2];
}

/* Returns the slot of KEY in the group of PROBE, and whether it has that key. */
INLINE const struct hashed_slot *
find_key(const struct hashed_probe *probe, uint64_t key, uint32_t *found, struct hashed_work *work)
{
    const struct hashed_slot *slot = find_slot(probe->slots + hashed_home(probe->factor, probe->n_buckets, key), key, work);

    *found = slot->key == key;
    return slot;
}

/* Asks the groups from PROBE to END; returns the least of them and LEAST. */
INLINE uint32_t
ask_groups(const struct deciding *d, const struct hashed_probe *probe, const struct hashed_probe *end,
           const struct key_classes *classes, uint32_t least)
{
    const struct hashed *hashed = d->hashed;
    const uint64_t *values = d->request->values;

    for (; probe != end; probe++) {
        uint64_t key = key_of(probe, classes);
        const struct hashed_slot *slot;
        uint32_t found;

        for (uint32_t i = 0; i < hashed->n_others; i++)
            key += classes->others[i] * probe->other_strides[i];
        slot = find_key(probe, key, &found, d->work);
        if (d->work != NULL) {
            d->work->groups++;
            d->work->parts += found & (slot->test != 0);
            d->work->conds += found & (slot->test != 0);
        }
        if (has_list(slot, found))
            least = try_list(d, slot->what, least);
        else
            least = least_of(least, try_inline(hashed, slot, found, values, classes_codes(d->classes, values)));
    }
    return least;
}

/* The cell of LEAST, a clause that RESULT follows from if it is certain; of LEAST_NONE that of OTHERWISE.  Without a jump: whether a
 * request is denied is as good as chance. */
INLINE uint32_t
cell_of(uint32_t least, enum rck_result result, uint32_t otherwise)
{
    uint32_t cell = ((least << 2) + 4) | (least >= LEAST_UNKNOWN ? (uint32_t)RCK_INDETERMINATE : (uint32_t)result);

    return otherwise ^ ((otherwise ^ cell) & (0 - (uint32_t)(least < LEAST_NONE)));
}

/* What follows under `default deny`; the order of language.md, section 5, from the end. */
static uint32_t __attribute__((noinline))
default_deny(uint32_t enforced, uint32_t grants)
{
    uint32_t cell = grants < LEAST_UNKNOWN ? (uint32_t)RCK_ALLOW : cell_of(grants, RCK_ALLOW, RCK_DENY);

    return grants >= LEAST_NONE && enforced >= LEAST_UNKNOWN ? (uint32_t)RCK_DENY : cell_of(enforced, RCK_DENY, cell);
}

/* Goes on with the group of PROBE; LEAST is what those before it say. */
INLINE uint32_t
decide_from(const struct deciding *d, const struct hashed_probe *probe, uint32_t least)
{
    const struct hashed *hashed = d->hashed;
    struct key_classes classes = classes_of_dimensions(hashed, classes_codes(d->classes, d->request->values));

    for (uint32_t i = 0; i < hashed->n_others; i++)
        classes.others[i] = class_of(d->classes, &d->classes->columns[hashed->others[i]], d->request);
    least = ask_groups(d, probe, hashed->end_enforced, &classes, least);
    if (hashed->by_default != RCK_DENY)
        return cell_of(least, RCK_DENY, RCK_ALLOW);
    return default_deny(least, ask_groups(d, hashed->end_enforced, hashed->end_probes, &classes, LEAST_NONE));
}

static uint32_t __attribute__((noinline))
go_on(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request,
      const struct hashed_probe *probe, uint32_t least)
{
    return decide_from(&(struct deciding){ hashed, classes, request, NULL }, probe, least);
}

/* What nearly always happens is without a call, and so without saving registers: the keys are subject, action and resource, grants
 * are not asked for, and all parts that are found are inline.  Where that ends, go_on() takes over. */
uint32_t
hashed_cell(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request)
{
    const uint64_t *values = request->values;
    const uint32_t *codes = classes_codes(classes, values);
    struct key_classes key_classes = classes_of_dimensions(hashed, codes);
    uint32_t least = LEAST_NONE;

    if (!hashed->plain)
        return go_on(hashed, classes, request, hashed->probes, least);
    for (const struct hashed_probe *probe = hashed->probes; probe != hashed->end_enforced; probe++) {
        uint32_t found;
        const struct hashed_slot *slot = find_key(probe, key_of(probe, &key_classes), &found, NULL);

        if (has_list(slot, found))
            return go_on(hashed, classes, request, probe, least);
        least = least_of(least, try_inline(hashed, slot, found, values, codes));
    }
    return cell_of(least, RCK_DENY, RCK_ALLOW);
}

uint32_t
hashed_cell_counted(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request,
                    struct hashed_work *work)
{
    return decide_from(&(struct deciding){ hashed, classes, request, work }, hashed->probes, LEAST_NONE);
}

uint64_t
hashed_size(const struct hashed *hashed, const struct classes *classes)
{
    return (uint64_t)hashed->n_groups * sizeof *hashed->groups + (uint64_t)hashed->n_slots * sizeof *hashed->slots
           + (uint64_t)classes->n_columns * sizeof *hashed->unknown + (uint64_t)hashed->n_words * sizeof *hashed->words
           + (uint64_t)hashed->n_tests * (sizeof *hashed->tests + sizeof *hashed->answers);
}

/* ---- tests -------------------------------------------------------------------------------------------------------------- */

/* What TEST says of the class CLASS of its column, in PLACE of struct hashed_answer. */
static uint32_t
truth_of(const struct hashed_test *test, uint32_t class_idx, uint32_t unknown, uint32_t place)
{
    enum truth_bits says = in_range(test->lo, test->hi, class_idx)                ? SAYS_CERTAIN
                           : test->says_unknown != 0 && class_idx == unknown ? SAYS_UNKNOWN
                                                                             : SAYS_NOTHING;

    return (uint32_t)says << 2 * place;
}

static struct hashed_answer
answer_of(const struct hashed_test *test, const struct classes *classes)
{
    /* Certain, of a code that is no name's, and a value that every request has. */
    struct hashed_answer answer = { .slot = SLOT_ROLE };
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
                     | truth_of(test, code == VALUE_ABSENT ? HAS_UNKNOWN : HAS_YES, unknown, 2 * code + 1);
    } else {
        const wide *cuts = classes->cuts + column->first;
        uint32_t hi = test->hi < column->n + 1 ? test->hi : column->n + 1;

        if (test->lo < hi) {
            answer.test = value_from(test->lo == 0 ? INT64_MIN : (int64_t)cuts[test->lo - 1],
                                     hi > column->n ? INT64_MAX : (int64_t)cuts[hi - 1] - 1);
        } else {
            answer.test.lo = 1; /* no number: 0 - 1 is more than 0 */
        }
        for (uint32_t place = 0; place < 2 * VALUE_DECLARED; place++)
            truth |= truth_of(test, column->absent, unknown, place);
        truth |= (uint32_t)SAYS_NOTHING << 2 * (2 * VALUE_DECLARED) | (uint32_t)SAYS_CERTAIN << 2 * (2 * VALUE_DECLARED + 1);
    }
    answer.truth = (uint16_t)truth;
    return answer;
}

/* Which of hashed->dimensions COLUMN is; N_FIXED: none of them. */
enum { N_FIXED = 3 };

static uint32_t
dimension_of(const struct class_column *column)
{
    if (column->kind != COLUMN_NAME)
        return N_FIXED;
    return column->slot == SLOT_SUBJECT    ? 0
           : column->slot == SLOT_ACTION   ? 1
           : column->slot == SLOT_RESOURCE ? 2
                                           : N_FIXED;
}

/* The keys of a request, and the groups that are probed with them, as the decision reads them. */
static void
prepare_probes(struct hashed *hashed, const struct classes *classes, const struct rck_policy *policy, struct arena *arena)
{
    static const uint32_t slots[N_FIXED] = { SLOT_SUBJECT, SLOT_ACTION, SLOT_RESOURCE };

    hashed->probes = arena_array(arena, (size_t)hashed->n_groups + 1, sizeof *hashed->probes);
    hashed->end_enforced = hashed->probes;
    hashed->end_probes = hashed->probes + hashed->n_groups;
    for (uint32_t i = 0; i < N_FIXED; i++)
        hashed->dimensions[i] = NULL;
    for (uint32_t g = 0; g < hashed->n_groups; g++) {
        const struct hashed_group *group = &hashed->groups[g];
        struct hashed_probe *probe = &hashed->probes[g];

        probe->factor = hashed_factor(group->seed);
        probe->n_buckets = group->n_slots / HASHED_BUCKET;
        probe->slots = hashed->slots + group->first_slot;
        hashed->end_enforced += !group->grants;
    }
    hashed->n_others = 0;
    for (uint32_t k = 0; k < hashed->n_key_columns; k++) {
        const struct class_column *column = &classes->columns[hashed->key_columns[k]];
        uint32_t d = dimension_of(column);

        for (uint32_t g = 0; g < hashed->n_groups; g++) {
            uint64_t stride = hashed->groups[g].strides[k];

            if (d < N_FIXED)
                hashed->probes[g].strides[d] = stride;
            else
                hashed->probes[g].other_strides[hashed->n_others] = stride;
        }
        if (d < N_FIXED)
            hashed->dimensions[d] = classes->names + column->first;
        else
            hashed->others[hashed->n_others++] = hashed->key_columns[k];
    }
    hashed->plain = hashed->n_others == 0 && hashed->by_default != RCK_DENY;
    for (uint32_t i = 0; i < N_FIXED; i++)
        if (hashed->dimensions[i] == NULL)
            hashed->dimensions[i] = arena_array(arena, (size_t)policy->slots.items[slots[i]].n_names + 1, sizeof(uint32_t));
}

void
hashed_prepare(struct hashed *hashed, const struct classes *classes, const struct rck_policy *policy, struct arena *arena)
{
    hashed->answers = arena_array(arena, (size_t)hashed->n_tests + 1, sizeof *hashed->answers);
    for (uint32_t i = 1; i < hashed->n_tests; i++)
        hashed->answers[i] = answer_of(&hashed->tests[i], classes);
    hashed->answers[0].slot = SLOT_ROLE; /* of free slots: whatever it is, it was not found */
    prepare_probes(hashed, classes, policy, arena);
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
        if (node[NODE_PARTS] >> 1 != 0) { /* a leaf */
            if (!parts_verify(v, at + node_size, node[NODE_END]))
                return false;
            at = node[NODE_END];
        } else {
            if (depth == TREE_DEPTH_MAX)
                return false;
            ends[depth++] = node[NODE_END];
            at += node_size;
        }
    }
    return true;
}

static bool
list_verify(struct verifying *v, uint32_t list)
{
    const struct hashed *hashed = v->hashed;
    uint32_t size, at;

    if (list >= hashed->n_words)
        return false;
    size = hashed->words[list + LIST_SIZE]; /* all that a list has of its own: LIST_WORDS is 1 */
    at = list + LIST_WORDS;
    if (size >> 1 > hashed->n_words - at || LIST_WORDS + (size >> 1) > hashed->n_words - v->list_words)
        return false;
    v->list_words += LIST_WORDS + (size >> 1);
    return (size & 1) == 0 ? parts_verify(v, at, at + (size >> 1)) : tree_verify(v, at, at + (size >> 1));
}

/* No request makes a key from HASHED_KEY_MAX on. */
static bool
keys_verify(const struct verifying *v, const struct hashed_group *group)
{
    uint64_t most = 0, of_column;

    for (uint32_t i = 0; i < v->hashed->n_key_columns; i++) {
        uint64_t last = v->classes->columns[v->hashed->key_columns[i]].n_classes - 1;

        if (__builtin_mul_overflow(last, group->strides[i], &of_column) || __builtin_add_overflow(most, of_column, &most))
            return false;
    }
    return most < HASHED_KEY_MAX;
}

/* Every key is found from its hash, no farther away than HASHED_PROBES_MAX, and the last slot is free: every search ends. */
static bool
group_verify(struct verifying *v, const struct hashed_group *group)
{
    const struct hashed *hashed = v->hashed;
    uint32_t n_all = group->n_slots + HASHED_PROBES_MAX, n_keys = 0, taken = 0;

    if (!keys_verify(v, group))
        return false;
    if (group->n_slots > UINT32_MAX / 2 || group->n_slots % HASHED_BUCKET != 0 || group->first_slot % HASHED_BUCKET != 0
        || group->first_slot > hashed->n_slots || n_all > hashed->n_slots - group->first_slot)
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
        if (slot->key >= HASHED_KEY_MAX)
            return false;
        if (slot->test == 0 ? !list_verify(v, slot->what) : slot->test >= hashed->n_tests || slot->what >> 1 >= v->n_clauses)
            return false;
        n_keys++;
        home = hashed_home_of(group, slot->key);
        if (i - home >= taken || i - home >= HASHED_PROBES_MAX) /* huge where home is behind it */
            return false;
    }
    /* No search runs past the end, so now each can be made: two lists of one key would be found here. */
    /* unreached: what is taken up to the end would be too far from its home */
    for (uint32_t i = 0; i < n_all && taken == 0; i++) {
        const struct hashed_slot *slot = &hashed->slots[group->first_slot + i];

        if (slot->key != HASHED_FREE && find_slot(hashed->slots + group->first_slot + hashed_home_of(group, slot->key), slot->key, NULL) != slot)
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
