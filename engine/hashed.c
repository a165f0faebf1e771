/* SPDX-License-Identifier: MIT
 *
 * Deciding by the hashed table, and checking one; see hashed.h.  hashed_build.c makes it.
 */
#include <config.h>

#include "hashed.h"

#include "class_of.h"
#include "table_cell.h"

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

/* Returns the slot of KEY in BUCKET, or one that has another key, and which of both in *FOUND.  Without a branch, for where in it a key
 * stands is chance, and so is whether it is there. */
INLINE const struct hashed_slot *
slot_of(const struct hashed_slot *bucket, uint64_t key, uint32_t *found)
{
    const struct hashed_slot *slot = bucket + (bucket[1].key == key) + 2 * (bucket[2].key == key) + 3 * (bucket[3].key == key);

    *found = slot->key == key;
    return slot;
}

/* The same, looking from BUCKET on.  Few buckets have keys that stand farther on. */
INLINE const struct hashed_slot *
find_slot(const struct hashed_slot *bucket, uint64_t key, struct hashed_work *work, uint32_t *found)
{
    for (;; bucket += HASHED_BUCKET) {
        const struct hashed_slot *slot = slot_of(bucket, key, found);

        if (work != NULL)
            work->buckets++;
        /* Together by arithmetic, for either alone is chance. */
        if (__builtin_expect(hashed_goes_on(bucket) > *found, 0) == 0)
            return slot;
    }
}

INLINE bool
value_passes(const struct value_test *test, uint64_t value)
{
    return (value & test->mask) - test->lo <= test->width;
}

/* What the inline part that is WHAT and TEST in a slot comes to. */
INLINE uint32_t
try_inline(const struct deciding *d, uint32_t what, uint32_t test)
{
    const struct hashed_answer *answer = &d->hashed->answers[test];
    const uint64_t *values = d->request->values;
    uint32_t in = value_passes(&answer->test, values[answer->value]), code = classes_codes(d->classes, values)[answer->slot];

    /* The clause, and above it what is never certain; by one rotation. */
    return (what >> 1 | what << 31) | (uint32_t)answer->truth >> (4 * code + 2 * in) << 30;
}

INLINE void
count_inline(const struct deciding *d, uint32_t n)
{
    if (d->work != NULL) {
        d->work->parts += n;
        d->work->conds += n;
    }
}

/* Tries the parts of LIST.  Apart, and with a copy of D, so that what nearly always happens needs few registers and no memory. */
static uint32_t __attribute__((noinline))
try_list(struct deciding d, uint32_t list, uint32_t least)
{
    const uint32_t *words = d.hashed->words;
    uint32_t at = list + LIST_WORDS, end = at + (words[list + LIST_SIZE] >> LIST_KIND_BITS);

    switch (words[list + LIST_SIZE] & LIST_KINDS) {
    case LIST_INLINE:
        count_inline(&d, (end - at) / INLINE_WORDS);
        for (; at < end; at += INLINE_WORDS)
            least = least_of(least, try_inline(&d, words[at + INLINE_WHAT], words[at + INLINE_TEST]));
        return least;
    case LIST_TREE:
        return try_tree(&d, at, end, least);
    default:
        return try_parts(&d, at, end, least);
    }
}

/* What the other key columns add to the key of a request. */
static uint64_t __attribute__((noinline))
key_of_others(struct deciding d)
{
    uint64_t key = 0;

    for (uint32_t i = 0; i < d.hashed->n_others; i++) {
        const struct hashed_other *other = &d.hashed->others[i];

        key += (uint64_t)class_of(d.classes, &d.classes->columns[other->column], d.request) << other->shift;
    }
    return key;
}

/* The words of a request's names. */
struct words {
    uint64_t subject, action, resource;
};

INLINE struct words
words_of(const struct deciding *d)
{
    const uint64_t *const *names = d->hashed->names;
    const uint32_t *codes = classes_codes(d->classes, d->request->values);

    return (struct words){
        names[0][(size_t)codes[SLOT_SUBJECT] - VALUE_DECLARED],
        names[1][(size_t)codes[SLOT_ACTION] - VALUE_DECLARED],
        names[2][(size_t)codes[SLOT_RESOURCE] - VALUE_DECLARED],
    };
}

/* What is looked for: the key of a request, with all key columns, and the bits of the groups that may have it. */
struct wanted {
    uint64_t key;
    uint32_t groups;
};

INLINE struct wanted
wanted_by(const struct deciding *d)
{
    struct words words = words_of(d);
    struct wanted wanted = {
        (words.subject | words.action | words.resource) & (HASHED_KEY_MAX - 1),
        (uint32_t)((words.subject & words.action & words.resource) >> HASHED_KEY_BITS),
    };

    if (__builtin_expect(d->hashed->n_others != 0, 0))
        wanted.key += key_of_others(*d);
    return wanted;
}

/* Looks for KEY in the group of PROBE; returns its slot, or one of another key, and which of both in *FOUND. */
INLINE const struct hashed_slot *
ask_group(const struct deciding *d, const struct hashed_probe *probe, uint64_t key, uint32_t *found)
{
    uint64_t pinned = key & probe->mask;
    const struct hashed_slot *slot = find_slot(probe->slots + hashed_home(probe->factor, probe->n_buckets, pinned), pinned, d->work, found);

    if (d->work != NULL)
        d->work->groups++;
    return slot;
}

/* Tries what SLOT has, if FOUND (0 or 1); returns the least of it and LEAST. */
INLINE uint32_t
try_slot(const struct deciding *d, const struct hashed_slot *slot, uint32_t found, uint32_t least)
{
    if (__builtin_expect((slot->test | (found - 1)) == 0, 0))
        return try_list(*d, slot->what, least);
    count_inline(d, found);
    return least_of(least, try_inline(d, slot->what, slot->test) | (found - 1));
}

/* Asks GROUPS about KEY; returns the least that they say.  All are searched before any of what was found is tried, so that what has
 * to come from far away comes at once.  Where nothing was found, what was looked at last is tried and not counted: nearly always one
 * is tried, and no jump depends on whether it was found. */
INLINE uint32_t
ask_groups(const struct deciding *d, uint64_t key, uint32_t groups)
{
    const struct hashed_slot *slots[HASHED_GROUPS_MAX + 1] UNINITIALIZED;
    uint32_t n = 0, i = 0, least = LEAST_NONE, found;

    if (groups == 0)
        return least;
    do {
        slots[n] = ask_group(d, &d->hashed->probes[__builtin_ctz(groups)], key, &found);
        n += found;
        groups &= groups - 1;
    } while (groups != 0);
    found = n != 0;
    do
        least = try_slot(d, slots[i], found, least);
    while (++i < n);
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
INLINE uint32_t
default_deny(uint32_t enforced, uint32_t grants)
{
    uint32_t cell = grants < LEAST_UNKNOWN ? (uint32_t)RCK_ALLOW : cell_of(grants, RCK_ALLOW, RCK_DENY);

    return grants >= LEAST_NONE && enforced >= LEAST_UNKNOWN ? (uint32_t)RCK_DENY : cell_of(enforced, RCK_DENY, cell);
}

INLINE uint32_t
ask_all(const struct deciding *d)
{
    const struct hashed *hashed = d->hashed;
    struct wanted wanted = wanted_by(d);
    uint32_t enforced = ask_groups(d, wanted.key, wanted.groups & ~hashed->grants);

    if (hashed->by_default != RCK_DENY)
        return cell_of(enforced, RCK_DENY, RCK_ALLOW);
    return default_deny(enforced, ask_groups(d, wanted.key, wanted.groups & hashed->grants));
}

uint32_t
hashed_cell(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request)
{
    return ask_all(&(struct deciding){ hashed, classes, request, NULL });
}

enum rck_result
hashed_decide(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why)
{
    return table_answer(ask_all(&(struct deciding){ &policy->table.hashed, &policy->table.classes, request, NULL }), why);
}

/* A list, and a search that goes on behind its bucket, are rare, and left to who asks all: no call comes back here, so nothing has to be
 * saved for one. */
enum rck_result
hashed_decide_single(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why)
{
    const struct deciding d = { &policy->table.hashed, &policy->table.classes, request, NULL };
    const struct hashed_probe *probe = d.hashed->probes;
    uint64_t key = request->place;
    const struct hashed_slot *bucket = probe->slots + hashed_home(probe->factor, probe->n_buckets, key), *slot;
    uint32_t found;

    slot = slot_of(bucket, key, &found);
    if (__builtin_expect((hashed_goes_on(bucket) > found) | ((slot->test | (found - 1)) == 0), 0))
        return hashed_decide(policy, request, why);
    return table_answer(cell_of(try_inline(&d, slot->what, slot->test) | (found - 1), RCK_DENY, RCK_ALLOW), why);
}

uint32_t
hashed_cell_counted(const struct hashed *hashed, const struct classes *classes, const struct rck_request *request,
                    struct hashed_work *work)
{
    return ask_all(&(struct deciding){ hashed, classes, request, work });
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

/* Passes the numbers from LO to HI, LO <= HI. */
static struct value_test
value_from(int64_t lo, int64_t hi)
{
    return (struct value_test){ UINT64_MAX, (uint64_t)lo, (uint64_t)hi - (uint64_t)lo };
}

/* Passes sets that have a member in MASK. */
static struct value_test
value_has(uint64_t mask)
{
    return (struct value_test){ mask, 1, UINT64_MAX - 1 };
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
        const wide *cuts = classes->cuts; /* NULL if no number is compared */
        uint32_t hi = test->hi < column->n + 1 ? test->hi : column->n + 1;

        if (test->lo < hi) {
            answer.test = value_from(test->lo == 0 ? INT64_MIN : (int64_t)cuts[column->first + test->lo - 1],
                                     hi > column->n ? INT64_MAX : (int64_t)cuts[column->first + hi - 1] - 1);
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

/* Which of hashed->names COLUMN is; HASHED_NAMES: none of them. */
static uint32_t
dimension_of(const struct class_column *column)
{
    if (column->kind != COLUMN_NAME)
        return HASHED_NAMES;
    return column->slot == SLOT_SUBJECT    ? 0
           : column->slot == SLOT_ACTION   ? 1
           : column->slot == SLOT_RESOURCE ? 2
                                           : HASHED_NAMES;
}

/* The bits of a group, as many as there is room for.  Which of them a key has is told by its name in that dimension, of those that are
 * pinned, which has the fewest classes: a request has one name there, and so one of the bits at most. */
struct group_bits {
    uint32_t first, n;
    uint32_t shift, mask; /* of that name in keys; 0: the group pins no dimension, and has one bit */
};

static uint32_t
all_bits(const struct group_bits *bits)
{
    return (bits->mask != 0 ? (1u << bits->n) - 1 : 1) << bits->first;
}

static uint32_t
bit_of_key(const struct group_bits *bits, uint64_t key)
{
    return 1u << (bits->first + ((uint32_t)(key >> bits->shift) & bits->mask) % bits->n);
}

static void
share_bits(const struct hashed *hashed, const struct classes *classes, const uint32_t *shifts, struct group_bits *bits)
{
    for (uint32_t g = 0; g < hashed->n_groups; g++) {
        uint32_t fewest = UINT32_MAX;

        bits[g].n = HASHED_GROUPS_MAX / hashed->n_groups;
        bits[g].first = g * bits[g].n;
        for (uint32_t k = 0; k < hashed->n_key_columns; k++) {
            const struct class_column *column = &classes->columns[hashed->key_columns[k]];

            if ((hashed->groups[g].pins >> k & 1) == 0 || dimension_of(column) == HASHED_NAMES || column->n_classes >= fewest)
                continue;
            fewest = column->n_classes;
            bits[g].shift = shifts[k];
            bits[g].mask = ((uint32_t)1 << hashed_key_width(column)) - 1;
        }
    }
}

/* Returns by class of the key column K, whose bits in a key are WIDTH from SHIFT on, the bits of groups that keys with it have, and
 * all of those that do not pin K.  It has room for all that so many bits can be, so that it fits whatever keys a saved table has. */
static uint16_t *
bits_by_class(const struct hashed *hashed, uint32_t k, uint32_t shift, uint32_t width, const struct group_bits *bits, struct arena *arena)
{
    uint32_t n = (uint32_t)1 << width;
    uint16_t *by_class = arena_array(arena, n, sizeof *by_class);

    for (uint32_t g = 0; g < hashed->n_groups; g++) {
        const struct hashed_group *group = &hashed->groups[g];
        const struct hashed_slot *slots = hashed->slots + group->first_slot;

        if ((group->pins >> k & 1) == 0)
            for (uint32_t i = 0; i < n; i++)
                by_class[i] |= (uint16_t)all_bits(&bits[g]);
        else
            for (uint32_t i = 0; i < group->n_slots + HASHED_PROBES_MAX; i++)
                if (slots[i].key != HASHED_FREE)
                    by_class[slots[i].key >> shift & (n - 1)] |= (uint16_t)bit_of_key(&bits[g], slots[i].key);
    }
    return by_class;
}

/* The key of a request, and the groups that are probed with it, as the decision reads them. */
static void
prepare_probes(struct hashed *hashed, const struct classes *classes, const struct rck_policy *policy, struct arena *arena)
{
    static const uint32_t slots[HASHED_NAMES] = { SLOT_SUBJECT, SLOT_ACTION, SLOT_RESOURCE };
    uint32_t shifts[HASHED_KEYS_MAX], end, all = 0, unpinned = 0;
    struct group_bits bits[HASHED_GROUPS_MAX] = { 0 };
    uint64_t *names[HASHED_NAMES];

    end = hashed_key_shifts(hashed, classes, shifts);
    share_bits(hashed, classes, shifts, bits);
    hashed->probes = arena_array(arena, HASHED_GROUPS_MAX, sizeof *hashed->probes);
    hashed->grants = 0;
    for (uint32_t g = 0; g < hashed->n_groups; g++) {
        const struct hashed_group *group = &hashed->groups[g];
        struct hashed_probe probe = { 0, hashed_factor(group->seed), hashed->slots + group->first_slot, group->n_slots / HASHED_BUCKET };

        for (uint32_t k = 0; k < hashed->n_key_columns; k++)
            if ((group->pins >> k & 1) != 0)
                probe.mask |= (((uint64_t)1 << hashed_key_width(&classes->columns[hashed->key_columns[k]])) - 1) << shifts[k];
        for (uint32_t i = 0; i < bits[g].n; i++)
            hashed->probes[bits[g].first + i] = probe;
        all |= all_bits(&bits[g]);
        unpinned |= ~group->pins;
        hashed->grants |= group->grants ? all_bits(&bits[g]) : 0;
    }
    /* A dimension that is no key column: all of its names are of one class, which any group may have. */
    for (uint32_t d = 0; d < HASHED_NAMES; d++) {
        uint32_t n = policy->slots.items[slots[d]].n_names;

        hashed->names[d] = names[d] = arena_array(arena, (size_t)n + 1, sizeof *names[d]);
        for (uint32_t i = 0; i < n; i++)
            names[d][i] = (uint64_t)all << HASHED_KEY_BITS;
    }
    hashed->n_others = 0;
    for (uint32_t k = 0; k < hashed->n_key_columns; k++) {
        const struct class_column *column = &classes->columns[hashed->key_columns[k]];
        uint32_t d = dimension_of(column);

        if (d < HASHED_NAMES) {
            uint16_t *by_class = bits_by_class(hashed, k, shifts[k], hashed_key_width(column), bits, arena);

            for (uint32_t i = 0; i < policy->slots.items[slots[d]].n_names; i++) {
                uint32_t class_idx = classes->names[column->first + i];

                names[d][i] = (uint64_t)by_class[class_idx] << HASHED_KEY_BITS | (uint64_t)class_idx << shifts[k];
            }
            (void)arena_trim(arena, by_class, (size_t)1 << hashed_key_width(column), 0, sizeof *by_class);
        } else {
            hashed->others[hashed->n_others++] = (struct hashed_other){ hashed->key_columns[k], shifts[k] };
        }
    }
    hashed->is_single = (hashed->n_groups == 1) & (hashed->grants == 0) & (hashed->by_default != RCK_DENY) & (end <= 32)
                        & ((unpinned & (((uint32_t)1 << hashed->n_key_columns) - 1)) == 0);
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
is_inline(const struct verifying *v, uint32_t what, uint32_t test)
{
    return test != 0 && test < v->hashed->n_tests && what >> 1 < v->n_clauses;
}

static bool
inline_verify(const struct verifying *v, uint32_t at, uint32_t end)
{
    const uint32_t *words = v->hashed->words;

    for (; at < end; at += INLINE_WORDS)
        if (end - at < INLINE_WORDS || !is_inline(v, words[at + INLINE_WHAT], words[at + INLINE_TEST]))
            return false;
    return true;
}

static bool
list_verify(struct verifying *v, uint32_t list)
{
    const struct hashed *hashed = v->hashed;
    uint32_t size, at;

    if (list >= hashed->n_words)
        return false;
    size = hashed->words[list + LIST_SIZE] >> LIST_KIND_BITS; /* all that a list has of its own: LIST_WORDS is 1 */
    at = list + LIST_WORDS;
    if (size > hashed->n_words - at || LIST_WORDS + size > hashed->n_words - v->list_words)
        return false;
    v->list_words += LIST_WORDS + size;
    switch (hashed->words[list + LIST_SIZE] & LIST_KINDS) {
    case LIST_PARTS:
        return parts_verify(v, at, at + size);
    case LIST_INLINE:
        return inline_verify(v, at, at + size);
    case LIST_TREE:
        return tree_verify(v, at, at + size);
    default:
        return false;
    }
}

/* Every key is found from its hash, no farther away than HASHED_PROBES_MAX, and the last slot is free: every search ends. */
static bool
group_verify(struct verifying *v, const struct hashed_group *group)
{
    const struct hashed *hashed = v->hashed;
    uint32_t n_all = group->n_slots + HASHED_PROBES_MAX, n_keys = 0, taken = 0;

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
        if (slot->test == 0 ? !list_verify(v, slot->what) : !is_inline(v, slot->what, slot->test))
            return false;
        n_keys++;
        home = hashed_home_of(group, slot->key);
        if (i - home >= taken || i - home >= HASHED_PROBES_MAX) /* huge where home is behind it */
            return false;
    }
    /* No search runs past the end, so now, and not before, each can be made: two lists of one key would be found here. */
    /* unreached: what is taken up to the end would be too far from its home */
    for (uint32_t i = 0; i < n_all && taken == 0; i++) {
        const struct hashed_slot *slot = &hashed->slots[group->first_slot + i];

        uint32_t found;

        if (slot->key != HASHED_FREE
            && find_slot(hashed->slots + group->first_slot + hashed_home_of(group, slot->key), slot->key, NULL, &found) != slot)
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
    uint32_t shifts[HASHED_KEYS_MAX];

    if (hashed->n_tests == 0 || hashed->n_key_columns > HASHED_KEYS_MAX || hashed->n_groups > HASHED_GROUPS_MAX)
        return false;
    for (uint32_t i = 0; i < hashed->n_key_columns; i++) {
        if (hashed->key_columns[i] >= classes->n_columns)
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (hashed->key_columns[k] == hashed->key_columns[i])
                return false;
    }
    if (hashed_key_shifts(hashed, classes, shifts) > HASHED_KEY_BITS)
        return false; /* a request could have the key of a free slot */
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
