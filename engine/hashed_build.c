/* SPDX-License-Identifier: MIT
 *
 * Making the hashed table: rows to parts, parts to groups, groups to lists; see hashed.h.
 */
#include <config.h>

#include "hashed.h"

#include "index.h"
#include "policy.h"
#include "symbols.h"

const struct hashed_shape hashed_shape = { .list_max = 15, .leaf_max = 8, .groups_max = 12, .copies = 16 };

/* A condition of parts, each once: classes in which it is true, and others in which it is unknown; SET_EMPTY: in none.  Behind
 * them is what follows from that, so that it is found out once. */
struct part_cond {
    uint32_t column;
    set_id certain;
    set_id unknown;
    uint32_t n_allowed; /* classes in one of the two */
    uint32_t gain;      /* bits that it saves by being part of a key; 0: not worth it */
    uint32_t test;      /* in tests: asks this alone; 0: none so far */
};

struct part {
    uint32_t clause;
    uint32_t first; /* its conditions in 'of_parts'; they end where those of the next part begin */
    uint8_t pins;   /* a bit a key column */
    bool grants;
    bool never;     /* is never certain: what 'certain' says is unknown */
};

/* A part in one list. */
struct copy {
    uint64_t key;  /* of the list; while a tree is split: the end of an interval */
    uint32_t part;
    uint32_t never; /* of a list that is put: its test, of a slot */
};

/* The intervals of a part in one column of a tree. */
struct span_of_part {
    struct range certain; /* hull; lo == hi: nowhere */
    struct range unknown;
    bool exact;           /* the hulls are all of it, without gaps */
};

struct building {
    struct hashed *hashed;
    const struct classes *classes;
    struct rck_policy *policy;
    struct sets *sets;
    struct arena *scratch;
    const struct hashed_shape *shape;

    VEC(struct part) parts; /* by clause; behind them one more, where the conditions of the last one end */
    uint32_t n_parts;
    VEC(uint32_t) of_parts; /* in conds, by column within a part */
    VEC(struct part_cond) conds;
    struct index by_cond;   /* of conds that are unknown in some class */
    uint32_t *plain;        /* by condition of rows: in conds, + 1, as one that is never unknown; NONE: is not there so far */
    VEC(uint32_t) words;
    VEC(struct hashed_test) tests; /* each once */
    uint32_t certain_test;         /* asks nothing; 0: none so far */
    uint8_t *keys;          /* by column: its place among the key columns, or HASHED_KEYS_MAX */
    uint32_t shifts[HASHED_KEYS_MAX]; /* of key columns, in keys */
    uint32_t *set_words;    /* by set: where it stands in words; 0: nowhere yet */
    uint32_t n_set_words;
    uint8_t *has_unknown;   /* by column: hashed->unknown is chosen */

    struct copy *copies, *spare; /* of one group, or of one split */
    uint32_t *uses;              /* by column: parts of a list that it narrows; zero between lists */
    struct part_cond **rest;     /* of the part that is written */

    /* Of the tree that is being made. */
    uint32_t dims[HASHED_DIMS_MAX];
    uint32_t n_dims;
};

static uint32_t
n_classes(const struct building *b, uint32_t column)
{
    return b->classes->columns[column].n_classes;
}

static uint32_t
count_of(const struct building *b, set_id set)
{
    return set_count(b->sets, set);
}

/* ---- sorting ------------------------------------------------------------------------------------------------------------ */

/* Sorts by key, keeping the order of equal keys; SPARE has room for as many. */
static void
sort_copies(struct copy *copies, struct copy *spare, uint32_t n)
{
    enum { FEW = 48, DIGITS = 256 };
    uint64_t all = 0;

    if (n <= FEW) {
        for (uint32_t i = 1; i < n; i++) {
            struct copy copy = copies[i];
            uint32_t k = i;

            for (; k != 0 && copies[k - 1].key > copy.key; k--)
                copies[k] = copies[k - 1];
            copies[k] = copy;
        }
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        all |= copies[i].key ^ copies[0].key;
    for (unsigned shift = 0; all >> shift != 0; shift += 8) { /* keys have HASHED_KEY_BITS at most, so SHIFT is below 64 */
        uint32_t first[DIGITS + 1] = { 0 };

        if ((all >> shift & (DIGITS - 1)) == 0)
            continue;
        for (uint32_t i = 0; i < n; i++)
            first[(copies[i].key >> shift & (DIGITS - 1)) + 1]++;
        for (uint32_t digit = 0; digit < DIGITS; digit++)
            first[digit + 1] += first[digit];
        for (uint32_t i = 0; i < n; i++)
            spare[first[copies[i].key >> shift & (DIGITS - 1)]++] = copies[i];
        memcpy(copies, spare, n * sizeof *copies);
    }
}

/* ---- rows to parts ------------------------------------------------------------------------------------------------------ */

static const struct cond *
cond_of(const struct building *b, struct box box, uint32_t i)
{
    return kept_cond(&b->policy->rows, box, i);
}

/* As kept_classes(), for the column of the Ith condition of a box like this one: nearly always it stands in the same place. */
static set_id
classes_near(const struct building *b, struct box box, uint32_t i, uint32_t column)
{
    if (i < box.n && cond_of(b, box, i)->column == column)
        return cond_of(b, box, i)->classes;
    return kept_classes(&b->policy->rows, box, column);
}

/* The same, all classes if it does not name the column. */
static set_id
classes_in_box(const struct building *b, struct box box, uint32_t i, uint32_t column)
{
    set_id classes = classes_near(b, box, i, column);

    return classes != SET_ALL ? classes : set_range(b->sets, 0, n_classes(b, column));
}

/* Number of conditions of the part PART_IDX, and one of them. */
static uint32_t
n_conds(const struct building *b, uint32_t part_idx)
{
    return b->parts.items[part_idx + 1].first - b->parts.items[part_idx].first;
}

static struct part_cond *
part_cond(const struct building *b, uint32_t part_idx, uint32_t i)
{
    return &b->conds.items[b->of_parts.items[b->parts.items[part_idx].first + i]];
}

/* Bits that a condition saves which leaves N classes of COLUMN: what it leaves of it, as a power of two. */
static uint32_t
gain_of(const struct building *b, uint32_t column, uint32_t n)
{
    uint32_t all = n_classes(b, column), bits = 0;

    if (n != 1 && n > all / 4)
        return 0;
    while (n <= all / 2) {
        all /= 2;
        bits++;
    }
    return bits;
}

static uint32_t
make_cond(struct building *b, const struct cond *certain, set_id unknown)
{
    uint32_t n = count_of(b, certain->classes) + count_of(b, unknown);

    *vec_push(b->scratch, &b->conds) =
        (struct part_cond){ certain->column, certain->classes, unknown, n, gain_of(b, certain->column, n), 0 };
    return b->conds.n - 1;
}

/* Adds the Ith condition of BOX to the part that is added next. */
static void
add_cond(struct building *b, struct box box, uint32_t i, set_id unknown)
{
    uint32_t of_rows = b->policy->rows.of_rows.items[box.first + i], id;
    const struct cond *certain = &b->policy->rows.conds.items[of_rows];

    if (unknown == SET_EMPTY) {
        if (b->plain[of_rows] == NONE)
            b->plain[of_rows] = make_cond(b, certain, unknown) + 1;
        id = b->plain[of_rows] - 1;
    } else {
        uint64_t hash = hash_fold(hashed_factor(of_rows), hashed_factor(unknown));
        uint32_t at = index_begin(hash);

        while ((id = index_next(&b->by_cond, hash, &at)) != INDEX_NONE) {
            const struct part_cond *other = &b->conds.items[id];

            if (other->column == certain->column && other->certain == certain->classes && other->unknown == unknown) /* by chance: two of one hash */
                break;
        }
        if (id == INDEX_NONE) {
            id = make_cond(b, certain, unknown);
            index_add(&b->by_cond, hash, id);
        }
    }
    *vec_push(b->scratch, &b->of_parts) = id;
}

/* Adds the part of row ROW_IDX, whose conditions were added behind the first FIRST ones. */
static void
add_part(struct building *b, uint32_t row_idx, uint32_t first)
{
    const struct kept_row *row = &b->policy->rows.rows.items[row_idx];

    *vec_push(b->scratch, &b->parts) = (struct part){
        .clause = row->clause,
        .first = first,
        .grants = b->policy->clauses.items[row->clause].kind == RCK_CLAUSE_GRANT,
        .never = row->says == RCK_STATE_UNKNOWN,
    };
}

/* Multiplies; false if that overflows. */
static bool
multiply(uint64_t *product, uint64_t by)
{
    return !__builtin_mul_overflow(*product, by, product);
}

/* True if no request is in both boxes. */
static bool
are_apart(const struct building *b, struct box x, struct box y)
{
    for (uint32_t i = 0; i < x.n; i++) {
        set_id in_y = classes_near(b, y, i, cond_of(b, x, i)->column);

        if (in_y != SET_ALL && !sets_meet(b->sets, cond_of(b, x, i)->classes, in_y))
            return true;
    }
    return false;
}

static bool
all_are_apart(const struct building *b, const struct box *boxes, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!are_apart(b, boxes[i], boxes[k]))
                return false;
    return true;
}

/* Adds the conditions of a part that is certain in the first of N BOXES and unknown in the others, if they are one: if they are
 * apart, they fill the box around them if their sizes add up to its size; where that is a number, theirs are as well.  Adds nothing
 * else. */
static bool
add_joined(struct building *b, const struct box *boxes, uint32_t n)
{
    uint32_t from = b->of_parts.n;
    uint64_t hull = 1, sum = 1;
    bool fits = all_are_apart(b, boxes, n);

    for (uint32_t i = 0; i < boxes[0].n && fits; i++) {
        const struct cond *cond = cond_of(b, boxes[0], i);
        set_id unknown = SET_EMPTY;

        for (uint32_t r = 1; r < n; r++) {
            set_id here = classes_near(b, boxes[r], i, cond->column);

            if (here == cond->classes)
                continue;
            here = set_minus(b->sets, classes_in_box(b, boxes[r], i, cond->column), cond->classes);
            unknown = unknown == SET_EMPTY || unknown == here ? here
                      : here == SET_EMPTY                     ? unknown
                                                              : set_or(b->sets, unknown, here);
        }
        add_cond(b, boxes[0], i, unknown);
        /* Columns in which all agree stand in every size, and are left out. */
        if (unknown != SET_EMPTY) {
            fits = multiply(&hull, (uint64_t)count_of(b, cond->classes) + count_of(b, unknown));
            sum *= count_of(b, cond->classes);
        }
    }
    for (uint32_t r = 1; r < n && fits; r++) {
        uint64_t size = 1;

        for (uint32_t i = 0; i < boxes[0].n && fits; i++) {
            const struct cond *cond = cond_of(b, boxes[0], i);

            if (b->conds.items[b->of_parts.items[from + i]].unknown != SET_EMPTY)
                size *= count_of(b, classes_in_box(b, boxes[r], i, cond->column));
            else
                fits = classes_near(b, boxes[r], i, cond->column) == cond->classes;
        }
        for (uint32_t i = 0; i < boxes[r].n && fits; i++)
            fits = classes_near(b, boxes[0], i, cond_of(b, boxes[r], i)->column) != SET_ALL;
        sum += size;
    }
    if (!fits || sum != hull)
        b->of_parts.n = from;
    return fits && sum == hull;
}

/* Rows that may become one part; comparing each with each costs the square. */
enum { JOINED_MAX = 16 };

static void
make_parts(struct building *b)
{
    const struct kept_row *rows = b->policy->rows.rows.items;
    uint32_t n_rows = kept_n(&b->policy->rows);

    for (uint32_t r = 0, end; r < n_rows; r = end) {
        uint32_t n_certain = 0, first = b->of_parts.n;
        struct box boxes[JOINED_MAX];

        for (end = r; end < n_rows && rows[end].clause == rows[r].clause; end++) {
            n_certain += rows[end].says != RCK_STATE_UNKNOWN;
            if (end - r < JOINED_MAX)
                boxes[end - r] = kept_box(&b->policy->rows, end);
        }
        /* What is certain stands first. */
        if (n_certain == 1 && end - r > 1 && end - r <= JOINED_MAX && add_joined(b, boxes, end - r)) {
            add_part(b, r, first);
            continue;
        }
        for (uint32_t i = r; i < end; i++) {
            struct box box = kept_box(&b->policy->rows, i);

            first = b->of_parts.n;
            for (uint32_t k = 0; k < box.n; k++)
                add_cond(b, box, k, SET_EMPTY);
            add_part(b, i, first);
        }
    }
    b->n_parts = b->parts.n;
    vec_push(b->scratch, &b->parts)->first = b->of_parts.n;
    index_drop(&b->by_cond);
    vec_trim(b->scratch, &b->parts);
    vec_trim(b->scratch, &b->of_parts);
}

/* ---- key columns and groups --------------------------------------------------------------------------------------------- */

/* What a column must gain at least to be part of a key, as a part of the best one's: the class of a name is one load more, that of anything
 * else costs a decision as much as trying some parts. */
enum { GAIN_OF_NAMES = 8, GAIN_OF_OTHERS = 2 };

/* Chooses the columns that parts narrow most, as long as a key has room for their classes. */
static void
choose_key_columns(struct building *b)
{
    uint64_t *gains = arena_array(b->scratch, (size_t)b->classes->n_columns + 1, sizeof *gains);
    uint64_t best = 0;
    uint32_t bits = 0;

    for (uint32_t i = 0; i < b->of_parts.n; i++)
        gains[b->conds.items[b->of_parts.items[i]].column] += b->conds.items[b->of_parts.items[i]].gain;
    while (b->hashed->n_key_columns < HASHED_KEYS_MAX) {
        uint32_t column = 0, width;
        uint64_t gain, least;

        for (uint32_t c = 1; c < b->classes->n_columns; c++)
            column = gains[c] > gains[column] ? c : column;
        gain = gains[column];
        if (gain == 0)
            return;
        gains[column] = 0;
        best = gain > best ? gain : best;
        least = best / (b->classes->columns[column].kind == COLUMN_NAME ? GAIN_OF_NAMES : GAIN_OF_OTHERS);
        width = hashed_key_width(&b->classes->columns[column]);
        if (gain < least || width > HASHED_KEY_BITS - bits)
            continue;
        bits += width;
        b->keys[column] = (uint8_t)b->hashed->n_key_columns;
        b->hashed->key_columns[b->hashed->n_key_columns++] = column;
    }
}

/* Chooses what the part PART_IDX pins if it may stand in at most COPIES lists; returns in how many it does. */
static uint32_t
choose_pins(const struct building *b, uint32_t part_idx, uint32_t copies, uint8_t *pins)
{
    uint32_t counts[HASHED_KEYS_MAX] = { 0 };
    uint64_t product = 1;

    *pins = 0;
    for (uint32_t i = 0; i < n_conds(b, part_idx); i++) {
        const struct part_cond *cond = part_cond(b, part_idx, i);
        uint32_t k = b->keys[cond->column];

        if (k < HASHED_KEYS_MAX && cond->gain != 0 && cond->n_allowed <= copies) {
            counts[k] = cond->n_allowed;
            product *= cond->n_allowed; /* at most copies to the sixth */
            *pins |= (uint8_t)(1u << k);
        }
    }
    while (product > copies) {
        uint32_t most = 0;

        for (uint32_t k = 1; k < HASHED_KEYS_MAX; k++)
            most = counts[k] > counts[most] ? k : most;
        product /= counts[most];
        counts[most] = 0;
        *pins &= (uint8_t) ~(1u << most);
    }
    return (uint32_t)product;
}

/* Chooses what every part pins, so that all together stand in a number of lists that is linear in their number. */
static void
choose_all_pins(struct building *b)
{
    uint64_t most = 2 * (uint64_t)b->n_parts + 64;

    for (uint32_t copies = b->shape->copies;; copies /= 2) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < b->n_parts; i++)
            sum += choose_pins(b, i, copies, &b->parts.items[i].pins);
        if (sum <= most) /* as it is where each part stands in one */
            return;
    }
}

/* Whether PART pins the column of COND.  What is no key has the bit behind all of those. */
static bool
is_pinned(const struct building *b, const struct part *part, const struct part_cond *cond)
{
    return (part->pins >> b->keys[cond->column] & 1) != 0;
}

/* Number of lists that the part PART_IDX stands in. */
static uint32_t
n_copies_of(const struct building *b, uint32_t part_idx)
{
    uint32_t n = 1;

    for (uint32_t i = 0; i < n_conds(b, part_idx); i++)
        if (is_pinned(b, &b->parts.items[part_idx], part_cond(b, part_idx, i)))
            n *= part_cond(b, part_idx, i)->n_allowed;
    return n;
}

enum { PINS = 1 << HASHED_KEYS_MAX };

/* Folds the groups that are too many, the smallest first, into groups that pin less: one that is there, or the one that pins nothing. */
static void
fold_groups(struct building *b)
{
    uint32_t n_parts[2 * PINS] = { 0 }; /* by what is pinned; grants behind the others */
    uint16_t into[2 * PINS];
    uint32_t n_groups = 0;

    for (uint32_t i = 0; i < b->n_parts; i++)
        n_groups += n_parts[b->parts.items[i].pins + (b->parts.items[i].grants ? PINS : 0u)]++ == 0;
    for (uint32_t g = 0; g < 2 * PINS; g++)
        into[g] = (uint16_t)g;
    while (n_groups > b->shape->groups_max) {
        uint32_t least = 2 * PINS, target;

        for (uint32_t g = 0; g < 2 * PINS; g++)
            if (n_parts[g] != 0 && g % PINS != 0 && (least == 2 * PINS || n_parts[g] < n_parts[least]))
                least = g;
        target = least & PINS;
        for (uint32_t g = target; g < least; g++)
            if (n_parts[g] != 0 && (g & least) == g && __builtin_popcount(g) > __builtin_popcount(target))
                target = g;
        n_groups -= n_parts[target] != 0;
        n_parts[target] += n_parts[least];
        n_parts[least] = 0;
        into[least] = (uint16_t)target;
    }
    for (uint32_t i = 0; i < b->n_parts; i++) {
        uint32_t g = b->parts.items[i].pins + (b->parts.items[i].grants ? PINS : 0u);

        while (into[g] != g)
            g = into[g];
        b->parts.items[i].pins = (uint8_t)(g % PINS);
    }
}

/* Forgets key columns that nothing pins any more: a decision would ask for their classes. */
static void
drop_key_columns(struct building *b)
{
    uint32_t n = 0, all = 0;

    for (uint32_t i = 0; i < b->n_parts; i++)
        all |= b->parts.items[i].pins;
    for (uint32_t k = 0; k < b->hashed->n_key_columns; k++) {
        b->keys[b->hashed->key_columns[k]] = (uint8_t)((all >> k & 1) != 0 ? n : HASHED_KEYS_MAX);
        if ((all >> k & 1) == 0)
            continue;
        b->hashed->key_columns[n] = b->hashed->key_columns[k];
        /* Bit K moves to N; what is between them is 0 by now. */
        for (uint32_t i = 0; i < b->n_parts && n != k; i++) {
            uint32_t pins = b->parts.items[i].pins;

            b->parts.items[i].pins = (uint8_t)((pins & ~(1u << k)) | (pins >> k & 1) << n);
        }
        n++;
    }
    b->hashed->n_key_columns = n;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------ */

static void
put(struct building *b, uint32_t word)
{
    *vec_push(b->scratch, &b->words) = word;
}

/* Puts the ranges of SET where no part stands, once; returns where. */
static uint32_t
put_set(struct building *b, set_id set, uint32_t *n)
{
    const struct range *ranges = set_ranges(b->sets, set, n);

    if (*n == 0)
        return 0;
    if (b->set_words[set] == 0) {
        b->set_words[set] = b->words.n;
        for (uint32_t r = 0; r < *n; r++) {
            put(b, ranges[r].lo);
            put(b, ranges[r].hi);
        }
    }
    return b->set_words[set];
}

/* The only range of SET; false if there are several.  Of the empty set, an empty one. */
static bool
single_range(const struct building *b, set_id set, struct range *out)
{
    uint32_t n;
    const struct range *ranges = set_ranges(b->sets, set, &n);

    *out = n != 0 ? ranges[0] : (struct range){ 0, 0 };
    return n <= 1;
}

/* How COND is written, and its ranges where they are single.  What is unknown in a part is so in all the box around it, and is therefore
 * what a column has for no value: one range, and the same one in every part. */
static enum cond_form
form_of(const struct building *b, const struct part_cond *cond, struct range *certain)
{
    struct range unknown, usual = b->hashed->unknown[cond->column];

    if (!single_range(b, cond->certain, certain)
        || !single_range(b, cond->unknown, &unknown)) /* unreached: as above */
        return FORM_SETS;
    if (unknown.lo == unknown.hi)
        return FORM_KNOWN;
    return unknown.lo == usual.lo && unknown.hi == usual.hi ? FORM_UNKNOWN : FORM_SETS; /* unreached: as above */
}

/* The unknown classes of a column are written once: the first that are met, of a condition that a part has. */
static void
choose_unknown(struct building *b)
{
    for (uint32_t i = 0; i < b->of_parts.n; i++) {
        const struct part_cond *cond = &b->conds.items[b->of_parts.items[i]];

        if (cond->unknown != SET_EMPTY && !b->has_unknown[cond->column])
            b->has_unknown[cond->column] = single_range(b, cond->unknown, &b->hashed->unknown[cond->column]);
    }
}

/* Puts all sets that parts need, so that lists are not torn. */
static void
put_sets(struct building *b)
{
    b->n_set_words = b->sets->sets.n;
    b->set_words = arena_array(b->scratch, (size_t)b->n_set_words + 1, sizeof *b->set_words);
    for (uint32_t i = 0; i < b->of_parts.n; i++) {
        const struct part_cond *cond = &b->conds.items[b->of_parts.items[i]];
        struct range certain;
        uint32_t n;

        if (form_of(b, cond, &certain) == FORM_SETS) {
            put_set(b, cond->certain, &n);
            put_set(b, cond->unknown, &n);
        }
    }
}

/* What COPY's part still has to test: all that is not pinned.  Returns how many; they are in b->rest. */
static uint32_t
rest_of(struct building *b, const struct copy *copy)
{
    const struct part *part = &b->parts.items[copy->part];
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_conds(b, copy->part); i++) {
        struct part_cond *cond = part_cond(b, copy->part, i);

        if (!is_pinned(b, part, cond))
            b->rest[n++] = cond;
    }
    return n;
}

/* The clause of COPY, and whether it is never certain, as a part or a slot has it. */
static uint32_t
what_of(const struct building *b, const struct copy *copy)
{
    return b->parts.items[copy->part].clause << 1 | copy->never;
}

static void
put_part(struct building *b, const struct copy *copy)
{
    uint32_t n = rest_of(b, copy), at = b->words.n;

    put(b, what_of(b, copy));
    put(b, 0);
    for (uint32_t i = 0; i < n; i++) {
        struct range certain;
        enum cond_form form = form_of(b, b->rest[i], &certain);

        put(b, b->rest[i]->column << 2 | form);
        if (form == FORM_SETS) {
            uint32_t n_ranges;

            put(b, put_set(b, b->rest[i]->certain, &n_ranges));
            put(b, n_ranges);
            put(b, put_set(b, b->rest[i]->unknown, &n_ranges));
            put(b, n_ranges);
        } else {
            put(b, certain.lo);
            put(b, certain.hi);
        }
    }
    b->words.items[at + PART_SIZE] = b->words.n - at;
}

/* ---- trees -------------------------------------------------------------------------------------------------------------- */

/* The columns that most of the parts narrow. */
static void
choose_dims(struct building *b, const struct copy *copies, uint32_t n)
{
    b->n_dims = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = rest_of(b, &copies[i]); k-- != 0;)
            b->uses[b->rest[k]->column]++;
    while (b->n_dims < HASHED_DIMS_MAX) {
        uint32_t column = 0, most = 0;

        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = rest_of(b, &copies[i]); k-- != 0;)
                if (b->uses[b->rest[k]->column] > most) {
                    column = b->rest[k]->column;
                    most = b->uses[column];
                }
        if (most < n / 8 + 1)
            break;
        b->dims[b->n_dims++] = column;
        b->uses[column] = 0;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = rest_of(b, &copies[i]); k-- != 0;)
            b->uses[b->rest[k]->column] = 0;
}

static struct range
hull_of(const struct building *b, set_id set)
{
    uint32_t n;
    const struct range *ranges = set_ranges(b->sets, set, &n);

    return n != 0 ? (struct range){ ranges[0].lo, ranges[n - 1].hi } : (struct range){ 0, 0 };
}

static struct range
hull_or(struct range a, struct range b)
{
    if (a.lo == a.hi)
        return b;
    if (b.lo == b.hi)
        return a;
    return (struct range){ a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
}

static struct range
hull_and(struct range a, struct range b)
{
    struct range both = { a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi };

    return both.lo < both.hi ? both : (struct range){ 0, 0 };
}

/* What COPY says of COLUMN. */
static struct span_of_part
span_of(const struct building *b, const struct copy *copy, uint32_t column)
{
    struct span_of_part span = { { 0, n_classes(b, column) }, { 0, 0 }, true };

    for (uint32_t i = 0; i < n_conds(b, copy->part); i++) {
        const struct part_cond *cond = part_cond(b, copy->part, i);

        if (cond->column != column)
            continue;
        span.certain = hull_of(b, cond->certain);
        span.unknown = hull_of(b, cond->unknown);
        span.exact = b->sets->sets.items[cond->certain].n <= 1
                     && b->sets->sets.items[cond->unknown].n <= 1; /* unreached: see form_of() */
    }
    if (copy->never != 0) {
        span.exact = span.exact && (span.unknown.lo == span.unknown.hi || span.certain.hi == span.unknown.lo);
        span.unknown = hull_or(span.certain, span.unknown);
        span.certain = (struct range){ 0, 0 };
    }
    return span;
}

/* Puts a node without its end. */
static void
put_node(struct building *b, const struct copy *copies, uint32_t n, bool is_leaf)
{
    uint32_t clause = RCK_NONE, at = b->words.n;
    bool exact = true;

    for (uint32_t i = 0; i < NODE_WORDS + b->n_dims * DIM_WORDS; i++)
        put(b, 0);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t n_in_dims = 0, n_rest = rest_of(b, &copies[i]);
        uint32_t of = b->parts.items[copies[i].part].clause;

        for (uint32_t k = 0; k < n_rest; k++)
            for (uint32_t d = 0; d < b->n_dims; d++)
                n_in_dims += b->rest[k]->column == b->dims[d];
        clause = of < clause ? of : clause;
        exact = exact && n_in_dims == n_rest;
    }
    for (uint32_t d = 0; d < b->n_dims; d++) {
        uint32_t *dim = b->words.items + at + NODE_WORDS + d * DIM_WORDS;
        struct range outside = { 0, 0 }, unknown = { 0, 0 }, inside = { 0, n_classes(b, b->dims[d]) };
        struct range inside_unknown = inside;

        for (uint32_t i = 0; i < n; i++) {
            struct span_of_part span = span_of(b, &copies[i], b->dims[d]);

            outside = hull_or(outside, span.certain);
            unknown = hull_or(unknown, span.unknown);
            inside = hull_and(inside, span.certain);
            inside_unknown = hull_and(inside_unknown, span.unknown);
            exact = exact && span.exact;
        }
        dim[DIM_LO] = outside.lo;
        dim[DIM_HI] = outside.hi;
        dim[DIM_UNKNOWN_LO] = unknown.lo;
        dim[DIM_UNKNOWN_HI] = unknown.hi;
        dim[DIM_INSIDE_LO] = inside.lo;
        dim[DIM_INSIDE_HI] = inside.hi;
        dim[DIM_INSIDE_UNKNOWN_LO] = inside_unknown.lo;
        dim[DIM_INSIDE_UNKNOWN_HI] = inside_unknown.hi;
    }
    b->words.items[at + NODE_CLAUSE] = clause;
    b->words.items[at + NODE_PARTS] = (is_leaf ? n : 0) << 1 | exact;
}

/* Sorts by an end of the intervals, the AXISth; false if all have the same. */
static bool
sort_by_axis(struct building *b, struct copy *copies, uint32_t n, uint32_t axis)
{
    bool differ = false;

    for (uint32_t i = 0; i < n; i++) {
        struct span_of_part span = span_of(b, &copies[i], b->dims[axis / 2]);
        struct range range = copies[i].never != 0 ? span.unknown : span.certain;

        copies[i].key = axis % 2 == 0 ? range.lo : range.hi;
        differ = differ || copies[i].key != copies[0].key;
    }
    if (differ)
        sort_copies(copies, b->spare, n);
    return differ;
}

/* Depth: every level halves N. */
static void
put_subtree(struct building *b, struct copy *copies, uint32_t n, uint32_t axis)
{
    uint32_t at = b->words.n, n_axes = 2 * b->n_dims;
    bool is_leaf = n <= b->shape->leaf_max;

    put_node(b, copies, n, is_leaf);
    if (is_leaf) {
        /* Back into source order. */
        for (uint32_t i = 0; i < n; i++)
            copies[i].key = copies[i].part;
        sort_copies(copies, b->spare, n);
        for (uint32_t i = 0; i < n; i++)
            put_part(b, &copies[i]);
    } else {
        for (uint32_t i = 0; i < n_axes; i++, axis = (axis + 1) % n_axes)
            if (sort_by_axis(b, copies, n, axis))
                break;
        put_subtree(b, copies, n / 2, (axis + 1) % n_axes);
        put_subtree(b, copies + n / 2, n - n / 2, (axis + 1) % n_axes);
    }
    b->words.items[at + NODE_END] = b->words.n;
}

/* ---- lists -------------------------------------------------------------------------------------------------------------- */

/* Drops what can never decide: after a part that always is certain, everything; after one that always is unknown, others. */
static uint32_t
drop_idle(struct building *b, struct copy *copies, uint32_t n)
{
    uint32_t kept = 0;
    bool unknown = false;

    for (uint32_t i = 0; i < n; i++) {
        bool always = rest_of(b, &copies[i]) == 0;

        if (always && copies[i].never != 0 && unknown)
            continue;
        unknown = unknown || (always && copies[i].never != 0);
        copies[kept++] = copies[i];
        if (always && copies[i].never == 0)
            break;
    }
    return kept;
}

static uint32_t
put_test(struct building *b, struct hashed_test test)
{
    *vec_push(b->scratch, &b->tests) = test;
    return b->tests.n - 1;
}

/* Returns the number of the test that is all that COPY has left; 0 if it has more, or no test can ask it.  A condition has its own
 * test: no other one asks the same. */
static uint32_t
test_of(struct building *b, const struct copy *copy)
{
    uint32_t n = rest_of(b, copy), unknown;
    struct part_cond *cond = b->rest[0];
    struct range certain;
    enum cond_form form;

    if (n == 0 && b->certain_test == 0)
        b->certain_test = put_test(b, (struct hashed_test){ .column = RCK_NONE });
    if (n == 0)
        return b->certain_test;
    if (n > 1 || !hashed_is_simple(&b->classes->columns[cond->column], &unknown))
        return 0;
    if (cond->test != 0)
        return cond->test;
    form = form_of(b, cond, &certain);
    if (form == FORM_SETS)
        return 0;
    /* unreached: see form_of() */
    if (form == FORM_UNKNOWN && (b->hashed->unknown[cond->column].lo != unknown || b->hashed->unknown[cond->column].hi != unknown + 1))
        return 0;
    cond->test = put_test(b, (struct hashed_test){ cond->column, certain.lo, certain.hi, form == FORM_UNKNOWN });
    return cond->test;
}

/* Puts the list of N copies that have one key; returns where. */
static uint32_t
put_list(struct building *b, struct copy *copies, uint32_t n)
{
    uint32_t at = b->words.n;
    uint32_t kind = n > b->shape->list_max ? LIST_TREE : LIST_INLINE;

    put(b, 0);
    if (kind == LIST_TREE) {
        choose_dims(b, copies, n);
        kind = b->n_dims != 0 ? LIST_TREE : LIST_PARTS;
    }
    for (uint32_t i = 0; i < n && kind == LIST_INLINE; i++)
        if (test_of(b, &copies[i]) == 0)
            kind = LIST_PARTS;
    if (kind == LIST_INLINE) {
        for (uint32_t i = 0; i < n; i++) {
            put(b, what_of(b, &copies[i]));
            put(b, test_of(b, &copies[i]));
        }
    } else if (kind == LIST_TREE) {
        put(b, b->n_dims);
        for (uint32_t d = 0; d < b->n_dims; d++)
            put(b, b->dims[d]);
        put_subtree(b, copies, n, 0);
    } else {
        for (uint32_t i = 0; i < n; i++)
            put_part(b, &copies[i]);
    }
    b->words.items[at + LIST_SIZE] = (b->words.n - at - LIST_WORDS) << LIST_KIND_BITS | kind;
    return at;
}

/* Adds to b->copies the lists that PART stands in; returns how many are there now. */
static uint32_t
add_copies(struct building *b, uint32_t part_idx, uint32_t n)
{
    const struct part *part = &b->parts.items[part_idx];
    uint32_t from = n;

    b->copies[n++] = (struct copy){ 0, part_idx, part->never };
    for (uint32_t i = 0; i < n_conds(b, part_idx); i++) {
        const struct part_cond *cond = part_cond(b, part_idx, i);
        uint32_t k = b->keys[cond->column], n_before = n, n_ranges;
        set_id sets[] = { cond->certain, cond->unknown };

        if (!is_pinned(b, part, cond))
            continue;
        /* Each copy so far, once for each class that is allowed here. */
        for (uint32_t s = 0; s < N_ELEMENTS(sets); s++) {
            const struct range *ranges = set_ranges(b->sets, sets[s], &n_ranges);

            for (uint32_t r = 0; r < n_ranges; r++)
                for (uint32_t c = ranges[r].lo; c < ranges[r].hi; c++)
                    for (uint32_t m = from; m < n_before; m++)
                        b->copies[n++] = (struct copy){ b->copies[m].key + ((uint64_t)c << b->shifts[k]), part_idx,
                                                        b->copies[m].never | (uint32_t)(s == 1) };
        }
        memmove(&b->copies[from], &b->copies[n_before], (n - n_before) * sizeof *b->copies);
        n -= n_before - from;
    }
    return n;
}

/* Makes the lists of GROUP from the last N copies, those from FIRST on.  In their place stands one copy a list then: its key, and what
 * its slot has. */
static void
make_lists(struct building *b, struct hashed_group *group, uint32_t first, uint32_t n)
{
    struct copy *copies = b->copies + first;

    b->spare = arena_array(b->scratch, (size_t)n + 1, sizeof *b->spare);
    sort_copies(copies, b->spare, n);
    for (uint32_t i = 0, end; i < n; i = end) {
        uint64_t key = copies[i].key;
        uint32_t n_kept, test;

        for (end = i + 1; end < n && copies[end].key == key; end++)
            ;
        n_kept = end - i > 1 ? drop_idle(b, copies + i, end - i) : 1;
        test = n_kept == 1 ? test_of(b, &copies[i]) : 0;
        if (test != 0)
            copies[group->n_keys++] = (struct copy){ key, what_of(b, &copies[i]), test };
        else
            copies[group->n_keys++] = (struct copy){ key, put_list(b, copies + i, n_kept), 0 };
    }
    b->spare = arena_trim(b->scratch, b->spare, (size_t)n + 1, 0, sizeof *b->spare);
    group->n_slots = (group->n_keys + HASHED_BUCKET / 2 - 1) / (HASHED_BUCKET / 2) * HASHED_BUCKET;
}

/* ---- slots -------------------------------------------------------------------------------------------------------------- */

/* Number of slots of GROUP, with those that searches run into. */
static size_t
n_slots_of(const struct hashed_group *group)
{
    return (size_t)group->n_slots + HASHED_PROBES_MAX;
}

/* Orders the last keys of BUCKET, which is full, by whether searches go on behind it. */
static void
order_bucket(struct hashed_slot *bucket, bool goes_on)
{
    struct hashed_slot last = bucket[HASHED_BUCKET - 1];

    if ((hashed_goes_on(bucket) != 0) == goes_on)
        return;
    bucket[HASHED_BUCKET - 1] = bucket[HASHED_BUCKET - 2];
    bucket[HASHED_BUCKET - 2] = last;
}

/* Puts the keys of GROUP into its SLOTS; false if one would be too far from its hash. */
static bool
place_keys(struct hashed_slot *slots, const struct hashed_group *group, const struct copy *lists)
{
    for (size_t i = 0; i < n_slots_of(group); i++)
        slots[i] = (struct hashed_slot){ .key = HASHED_FREE };
    for (uint32_t i = 0; i < group->n_keys; i++) {
        struct hashed_slot *bucket = slots + hashed_home_of(group, lists[i].key), *end = bucket + HASHED_PROBES_MAX;
        uint32_t at = 0;

        /* by chance: in a table that is half full no key is so far from its hash, all but always */
        for (; bucket != end && bucket[HASHED_BUCKET - 1].key != HASHED_FREE; bucket += HASHED_BUCKET)
            order_bucket(bucket, true);
        if (bucket == end) /* by chance: as above */
            return false;
        while (bucket[at].key != HASHED_FREE)
            at++;
        bucket[at] = (struct hashed_slot){ lists[i].key, lists[i].part, lists[i].never };
        if (at == HASHED_BUCKET - 1)
            order_bucket(bucket, false);
    }
    return true; /* the last bucket of all stays free: it is too far from every hash */
}

/* Puts the keys of all groups, whose lists stand in b->copies in their order; false if a group needs more slots. */
static bool
place_groups(const struct building *b, struct hashed_slot *slots)
{
    const struct copy *lists = b->copies;

    for (uint32_t g = 0; g < b->hashed->n_groups; g++) {
        struct hashed_group *group = &b->hashed->groups[g];

        /* As in lookup.c: a few seeds find a table without long searches; should none of them, a larger table will. */
        while (!place_keys(slots + group->first_slot, group, lists)) /* by chance: as above */
            if (group->seed++ % 8 == 7) { /* by chance: as above */
                group->n_slots *= 2;
                return false;
            }
        lists += group->n_keys;
    }
    return true;
}

/* Makes the slots of all groups. */
static void
make_slots(struct building *b, struct arena *arena)
{
    struct hashed *hashed = b->hashed;
    struct hashed_slot *slots = NULL;
    size_t room = 0;

    do {
        (void)arena_trim(arena, slots, room, 0, sizeof *slots);
        hashed->n_slots = 0;
        for (uint32_t g = 0; g < hashed->n_groups; g++) {
            hashed->groups[g].first_slot = hashed->n_slots;
            hashed->n_slots += (uint32_t)n_slots_of(&hashed->groups[g]);
        }
        room = (size_t)hashed->n_slots + HASHED_BUCKET;
        slots = arena_array(arena, room, sizeof *slots);
        hashed->slots = slots + (0 - (uintptr_t)slots) % (HASHED_BUCKET * sizeof *slots) / sizeof *slots;
    } while (!place_groups(b, hashed->slots)); /* by chance: as above */
}

void
hashed_build(struct hashed *hashed, const struct classes *classes, struct rck_policy *policy, struct arena *arena,
             struct arena *scratch, const struct hashed_shape *shape)
{
    struct building b = {
        .hashed = hashed,
        .classes = classes,
        .policy = policy,
        .sets = &policy->space.sets,
        .scratch = scratch,
        .shape = shape,
        .by_cond = { .arena = scratch },
    };
    uint32_t n_copies = 0, most_conds = 0, n_lists = 0;
    bool exists[2 * PINS] = { false };

    *hashed = (struct hashed){ .by_default = policy->by_default };
    hashed->unknown = arena_array(arena, (size_t)classes->n_columns + 1, sizeof *hashed->unknown);
    hashed->groups = arena_array(arena, HASHED_GROUPS_MAX, sizeof *hashed->groups);
    b.has_unknown = arena_array(scratch, (size_t)classes->n_columns + 1, sizeof *b.has_unknown);
    b.uses = arena_array(scratch, (size_t)classes->n_columns + 1, sizeof *b.uses);
    b.keys = arena_array(scratch, (size_t)classes->n_columns + 1, sizeof *b.keys);
    memset(b.keys, HASHED_KEYS_MAX, classes->n_columns);
    b.plain = arena_array(scratch, (size_t)policy->rows.conds.n + 1, sizeof *b.plain);

    make_parts(&b);
    choose_unknown(&b);
    choose_key_columns(&b);
    choose_all_pins(&b);
    fold_groups(&b);
    drop_key_columns(&b);
    (void)hashed_key_shifts(hashed, classes, b.shifts);
    put(&b, 0); /* no list */
    (void)put_test(&b, (struct hashed_test){ .column = RCK_NONE });
    put_sets(&b);
    for (uint32_t i = 0; i < b.n_parts; i++) {
        n_copies += n_copies_of(&b, i);
        most_conds = n_conds(&b, i) > most_conds ? n_conds(&b, i) : most_conds;
    }
    b.rest = arena_array(scratch, (size_t)most_conds + 1, sizeof *b.rest);
    /* While the copies of one part are multiplied, those of the step before stand there as well. */
    b.copies = arena_array(scratch, (size_t)n_copies + shape->copies + 1, sizeof *b.copies);

    for (uint32_t i = 0; i < b.n_parts; i++)
        exists[b.parts.items[i].pins + (b.parts.items[i].grants ? PINS : 0u)] = true;
    for (uint32_t g = 0; g < 2 * PINS; g++) {
        struct hashed_group group = { .pins = g % PINS, .grants = g >= PINS };
        uint32_t end = n_lists;

        if (!exists[g])
            continue;
        for (uint32_t i = 0; i < b.n_parts; i++)
            if (b.parts.items[i].pins == group.pins && b.parts.items[i].grants == group.grants)
                end = add_copies(&b, i, end);
        make_lists(&b, &group, n_lists, end - n_lists);
        n_lists += group.n_keys;
        hashed->groups[hashed->n_groups++] = group;
    }
    hashed->words = arena_array(arena, b.words.n, sizeof *hashed->words);
    hashed->n_words = b.words.n;
    memcpy(hashed->words, b.words.items, b.words.n * sizeof *hashed->words);
    hashed->tests = arena_array(arena, b.tests.n, sizeof *hashed->tests);
    hashed->n_tests = b.tests.n;
    memcpy(hashed->tests, b.tests.items, b.tests.n * sizeof *hashed->tests);
    /* What the lists were made of goes before the last and largest part is made. */
    vec_drop(scratch, &b.parts);
    vec_drop(scratch, &b.of_parts);
    vec_drop(scratch, &b.conds);
    vec_drop(scratch, &b.words);
    make_slots(&b, arena);
    b.copies = arena_trim(scratch, b.copies, (size_t)n_copies + shape->copies + 1, 0, sizeof *b.copies);
}
