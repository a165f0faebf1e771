/* SPDX-License-Identifier: MIT
 *
 * Making the hashed table: rows to parts, parts to groups, groups to lists; see hashed.h.
 */
#include <config.h>

#include "hashed.h"

#include "index.h"
#include "policy.h"
#include "symbols.h"

const struct hashed_shape hashed_shape = { .list_max = 15, .leaf_max = 8, .groups_max = 12, .fold_below = 4, .copies = 16 };

/* A condition of a part: classes in which it is true, and others in which it is unknown; SET_EMPTY: in none. */
struct part_cond {
    uint32_t column;
    set_id certain;
    set_id unknown;
};

/* Its conditions are those of a row, which is certain in them; where they are unknown is said beside it. */
struct part {
    uint32_t row;
    uint32_t unknown; /* in unknown: where the sets of its conditions begin; NOWHERE if all are empty */
    uint8_t pins; /* a bit a key column */
    bool grants;
    bool never;   /* is never certain: what 'certain' says is unknown */
};

#define NOWHERE UINT32_MAX

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

    VEC(struct part) parts; /* by clause */
    VEC(set_id) unknown;    /* of the parts' conditions */
    VEC(uint32_t) words;
    VEC(struct hashed_test) tests; /* each once */
    struct index by_test;          /* of tests */
    uint32_t *set_words;    /* by set: where it stands in words; 0: nowhere yet */
    uint32_t n_set_words;
    uint8_t *has_unknown;   /* by column: hashed->unknown is chosen */

    struct copy *copies, *spare; /* of one group, or of one split */
    uint32_t *uses;              /* by column: parts of a list that it narrows; zero between lists */
    struct part_cond *rest;      /* of the part that is written */

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
    for (unsigned shift = 0; shift < 64 && all >> shift != 0; shift += 8) {
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
    return &b->policy->rows.conds.items[box.first + i];
}

static const struct row *
row_of(const struct building *b, const struct part *part)
{
    return &b->policy->rows.rows.items[part->row];
}

static uint32_t
clause_of(const struct building *b, uint32_t part_idx)
{
    return row_of(b, &b->parts.items[part_idx])->clause;
}

/* Number of PART's conditions, and one of them. */
static uint32_t
n_conds(const struct building *b, const struct part *part)
{
    return row_of(b, part)->box.n;
}

static struct part_cond
part_cond(const struct building *b, const struct part *part, uint32_t i)
{
    const struct cond *cond = cond_of(b, row_of(b, part)->box, i);

    return (struct part_cond){ cond->column, cond->classes,
                               part->unknown != NOWHERE ? b->unknown.items[part->unknown + i] : (set_id)SET_EMPTY };
}

/* The classes of COLUMN in BOX, all of them if it does not name it. */
static set_id
classes_in_box(const struct building *b, struct box box, uint32_t column)
{
    set_id classes = box_classes(&b->policy->rows, box, column);

    return classes != SET_ALL ? classes : set_range(b->sets, 0, n_classes(b, column));
}

/* Adds the part of row ROW_IDX, which is unknown elsewhere as UNKNOWN says. */
static void
add_part(struct building *b, uint32_t row_idx, uint32_t unknown)
{
    const struct row *row = &b->policy->rows.rows.items[row_idx];

    *vec_push(b->scratch, &b->parts) = (struct part){
        .row = row_idx,
        .unknown = unknown,
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
        set_id in_y = box_classes(&b->policy->rows, y, cond_of(b, x, i)->column);

        if (in_y != SET_ALL && !sets_meet(b->sets, cond_of(b, x, i)->classes, in_y))
            return true;
    }
    return false;
}

static bool
all_are_apart(const struct building *b, const struct row *rows, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!are_apart(b, rows[i].box, rows[k].box))
                return false;
    return true;
}

/* Adds the N rows of a clause from FIRST on, of which the first is certain and the others are unknown, as one part, if they are
 * one: if they are apart, they fill the box around them if their sizes add up to its size.  Adds nothing else. */
static bool
add_joined(struct building *b, uint32_t first, uint32_t n)
{
    const struct row *rows = &b->policy->rows.rows.items[first];
    uint32_t from = b->unknown.n;
    uint64_t hull = 1, sum = 1;
    bool fits = true;

    for (uint32_t i = 0; i < rows[0].box.n; i++) {
        const struct cond *cond = cond_of(b, rows[0].box, i);
        set_id unknown = SET_EMPTY;

        for (uint32_t r = 1; r < n; r++) {
            set_id here = box_classes(&b->policy->rows, rows[r].box, cond->column);

            if (here == cond->classes)
                continue;
            here = set_minus(b->sets, classes_in_box(b, rows[r].box, cond->column), cond->classes);
            unknown = unknown == SET_EMPTY || unknown == here ? here
                      : here == SET_EMPTY                     ? unknown
                                                              : set_or(b->sets, unknown, here);
        }
        *vec_push(b->scratch, &b->unknown) = unknown;
        /* Columns in which all agree stand in every size, and are left out. */
        if (unknown != SET_EMPTY)
            fits = fits && multiply(&hull, (uint64_t)count_of(b, cond->classes) + count_of(b, unknown))
                   && multiply(&sum, count_of(b, cond->classes));
    }
    for (uint32_t r = 1; r < n && fits; r++) {
        uint64_t size = 1;

        for (uint32_t i = 0; i < rows[0].box.n && fits; i++) {
            const struct cond *cond = cond_of(b, rows[0].box, i);

            if (b->unknown.items[from + i] != SET_EMPTY)
                fits = multiply(&size, count_of(b, classes_in_box(b, rows[r].box, cond->column)));
            else
                fits = box_classes(&b->policy->rows, rows[r].box, cond->column) == cond->classes;
        }
        for (uint32_t i = 0; i < rows[r].box.n && fits; i++)
            fits = box_classes(&b->policy->rows, rows[0].box, cond_of(b, rows[r].box, i)->column) != SET_ALL;
        fits = fits && !__builtin_add_overflow(sum, size, &sum);
    }
    if (!fits || sum != hull) {
        b->unknown.n = from;
        return false;
    }
    add_part(b, first, from);
    return true;
}

/* Rows that may become one part; comparing each with each costs the square. */
enum { JOINED_MAX = 16 };

static void
make_parts(struct building *b)
{
    const struct row *rows = b->policy->rows.rows.items;
    uint32_t n_rows = b->policy->rows.rows.n;

    for (uint32_t r = 0, end; r < n_rows; r = end) {
        uint32_t n_certain = 0;

        for (end = r; end < n_rows && rows[end].clause == rows[r].clause; end++)
            n_certain += rows[end].says != RCK_STATE_UNKNOWN;
        if (n_certain == 1 && rows[r].says != RCK_STATE_UNKNOWN && end - r > 1 && end - r <= JOINED_MAX
            && all_are_apart(b, rows + r, end - r) && add_joined(b, r, end - r))
            continue;
        for (uint32_t i = r; i < end; i++)
            add_part(b, i, NOWHERE);
    }
}

/* ---- key columns and groups --------------------------------------------------------------------------------------------- */

static uint32_t
n_allowed(const struct building *b, const struct part_cond *cond)
{
    return count_of(b, cond->certain) + count_of(b, cond->unknown);
}

/* Bits that a condition saves by being part of a key: what it leaves of its column, as a power of two; 0: not worth it. */
static uint32_t
gain_of(const struct building *b, const struct part_cond *cond)
{
    uint32_t all = n_classes(b, cond->column), n = n_allowed(b, cond), bits = 0;

    if (n != 1 && n > all / 4)
        return 0;
    while (n <= all / 2) {
        all /= 2;
        bits++;
    }
    return bits;
}

/* Chooses the columns that parts narrow most, as long as the product of their classes is a key of 62 bits. */
static void
choose_key_columns(struct building *b)
{
    uint64_t *gains = arena_array(b->scratch, (size_t)b->classes->n_columns + 1, sizeof *gains);
    uint64_t best = 0, product = 1;

    for (uint32_t p = 0; p < b->parts.n; p++)
        for (uint32_t i = 0; i < n_conds(b, &b->parts.items[p]); i++) {
            struct part_cond cond = part_cond(b, &b->parts.items[p], i);

            gains[cond.column] += gain_of(b, &cond);
        }
    while (b->hashed->n_key_columns < HASHED_KEYS_MAX) {
        uint32_t column = 0;
        uint64_t with;

        for (uint32_t c = 1; c < b->classes->n_columns; c++)
            column = gains[c] > gains[column] ? c : column;
        if (b->classes->n_columns == 0 || gains[column] == 0 || gains[column] < best / 8)
            return;
        best = gains[column] > best ? gains[column] : best;
        gains[column] = 0;
        with = product;
        if (!multiply(&with, n_classes(b, column)) || with >> 62 != 0)
            continue;
        product = with;
        b->hashed->key_columns[b->hashed->n_key_columns++] = column;
    }
}

/* The place of COLUMN among the key columns, or HASHED_KEYS_MAX. */
static uint32_t
key_idx(const struct building *b, uint32_t column)
{
    for (uint32_t i = 0; i < b->hashed->n_key_columns; i++)
        if (b->hashed->key_columns[i] == column)
            return i;
    return HASHED_KEYS_MAX;
}

/* Chooses what PART pins if it may stand in at most COPIES lists; returns in how many it does. */
static uint32_t
choose_pins(const struct building *b, const struct part *part, uint32_t copies, uint8_t *pins)
{
    uint32_t counts[HASHED_KEYS_MAX] = { 0 };
    uint64_t product = 1;

    *pins = 0;
    for (uint32_t i = 0; i < n_conds(b, part); i++) {
        struct part_cond cond = part_cond(b, part, i);
        uint32_t k = key_idx(b, cond.column), n = n_allowed(b, &cond);

        if (k < HASHED_KEYS_MAX && gain_of(b, &cond) != 0 && n <= copies) {
            counts[k] = n;
            product *= n; /* at most copies to the sixth */
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
    uint64_t most = 2 * (uint64_t)b->parts.n + 64;

    for (uint32_t copies = b->shape->copies;; copies /= 2) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < b->parts.n; i++)
            sum += choose_pins(b, &b->parts.items[i], copies, &b->parts.items[i].pins);
        if (sum <= most || copies <= 1)
            return;
    }
}

/* Number of lists that PART stands in. */
static uint32_t
n_copies_of(const struct building *b, const struct part *part)
{
    uint32_t n = 1;

    for (uint32_t i = 0; i < n_conds(b, part); i++) {
        struct part_cond cond = part_cond(b, part, i);
        uint32_t k = key_idx(b, cond.column);

        if (k != HASHED_KEYS_MAX && (part->pins >> k & 1) != 0)
            n *= n_allowed(b, &cond);
    }
    return n;
}

enum { PINS = 1 << HASHED_KEYS_MAX };

/* Folds small groups, and those that are too many, into groups that pin less. */
static void
fold_groups(struct building *b)
{
    uint32_t n_parts[2 * PINS] = { 0 }; /* by what is pinned; grants behind the others */
    uint16_t into[2 * PINS];
    bool settled[2 * PINS] = { false };
    uint32_t n_groups = 0;

    for (uint32_t i = 0; i < b->parts.n; i++)
        n_groups += n_parts[b->parts.items[i].pins + (b->parts.items[i].grants ? PINS : 0u)]++ == 0;
    for (uint32_t g = 0; g < 2 * PINS; g++)
        into[g] = (uint16_t)g;
    for (;;) {
        uint32_t least = 2 * PINS, target = 2 * PINS;

        for (uint32_t g = 0; g < 2 * PINS; g++)
            if (n_parts[g] != 0 && !settled[g] && (least == 2 * PINS || n_parts[g] < n_parts[least]))
                least = g;
        if (least == 2 * PINS || (n_groups <= b->shape->groups_max && n_parts[least] >= b->shape->fold_below))
            break;
        for (uint32_t g = least & PINS; g < least; g++)
            if (n_parts[g] != 0 && (g & least) == g
                && (target == 2 * PINS || __builtin_popcount(g) > __builtin_popcount(target)))
                target = g;
        if (target == 2 * PINS && n_groups > b->shape->groups_max && least % PINS != 0)
            target = least & PINS;
        if (target == 2 * PINS) {
            settled[least] = true;
            continue;
        }
        n_groups -= n_parts[target] != 0;
        settled[target] = false;
        n_parts[target] += n_parts[least];
        n_parts[least] = 0;
        into[least] = (uint16_t)target;
    }
    for (uint32_t i = 0; i < b->parts.n; i++) {
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

    for (uint32_t i = 0; i < b->parts.n; i++)
        all |= b->parts.items[i].pins;
    for (uint32_t k = 0; k < b->hashed->n_key_columns; k++) {
        if ((all >> k & 1) == 0)
            continue;
        b->hashed->key_columns[n] = b->hashed->key_columns[k];
        /* Bit K moves to N; what is between them is 0 by now. */
        for (uint32_t i = 0; i < b->parts.n && n != k; i++) {
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

/* How COND is written, and its ranges where they are single. */
static enum cond_form
form_of(const struct building *b, const struct part_cond *cond, struct range *certain)
{
    struct range unknown, usual = b->hashed->unknown[cond->column];

    if (!single_range(b, cond->certain, certain) || !single_range(b, cond->unknown, &unknown))
        return FORM_SETS;
    if (unknown.lo == unknown.hi)
        return FORM_KNOWN;
    return unknown.lo == usual.lo && unknown.hi == usual.hi ? FORM_UNKNOWN : FORM_SETS;
}

/* The unknown classes of a column, nearly always the same, are written once: the first that are met. */
static void
choose_unknown(struct building *b)
{
    for (uint32_t p = 0; p < b->parts.n; p++)
        for (uint32_t i = 0; i < n_conds(b, &b->parts.items[p]); i++) {
            struct part_cond cond = part_cond(b, &b->parts.items[p], i);

            if (cond.unknown != SET_EMPTY && !b->has_unknown[cond.column])
                b->has_unknown[cond.column] = single_range(b, cond.unknown, &b->hashed->unknown[cond.column]);
        }
}

/* Puts all sets that parts need, so that lists are not torn. */
static void
put_sets(struct building *b)
{
    b->n_set_words = b->sets->sets.n;
    b->set_words = arena_array(b->scratch, (size_t)b->n_set_words + 1, sizeof *b->set_words);
    for (uint32_t p = 0; p < b->parts.n; p++)
        for (uint32_t i = 0; i < n_conds(b, &b->parts.items[p]); i++) {
            struct part_cond cond = part_cond(b, &b->parts.items[p], i);
            struct range certain;
            uint32_t n;

            if (form_of(b, &cond, &certain) == FORM_SETS) {
                put_set(b, cond.certain, &n);
                put_set(b, cond.unknown, &n);
            }
        }
}

/* What COPY's part still has to test: all that is not pinned.  Returns how many; they are in b->rest. */
static uint32_t
rest_of(struct building *b, const struct copy *copy)
{
    const struct part *part = &b->parts.items[copy->part];
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_conds(b, part); i++) {
        struct part_cond cond = part_cond(b, part, i);
        uint32_t k = key_idx(b, cond.column);

        if (k == HASHED_KEYS_MAX || (part->pins >> k & 1) == 0)
            b->rest[n++] = cond;
    }
    return n;
}

static void
put_part(struct building *b, const struct copy *copy)
{
    uint32_t n = rest_of(b, copy), at = b->words.n;

    put(b, clause_of(b, copy->part) << 1 | copy->never);
    put(b, 0);
    for (uint32_t i = 0; i < n; i++) {
        struct range certain;
        enum cond_form form = form_of(b, &b->rest[i], &certain);

        put(b, b->rest[i].column << 2 | form);
        if (form == FORM_SETS) {
            uint32_t n_ranges;

            put(b, put_set(b, b->rest[i].certain, &n_ranges));
            put(b, n_ranges);
            put(b, put_set(b, b->rest[i].unknown, &n_ranges));
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
            b->uses[b->rest[k].column]++;
    while (b->n_dims < HASHED_DIMS_MAX) {
        uint32_t column = 0, most = 0;

        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = rest_of(b, &copies[i]); k-- != 0;)
                if (b->uses[b->rest[k].column] > most) {
                    column = b->rest[k].column;
                    most = b->uses[column];
                }
        if (most < n / 8 + 1)
            break;
        b->dims[b->n_dims++] = column;
        b->uses[column] = 0;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = rest_of(b, &copies[i]); k-- != 0;)
            b->uses[b->rest[k].column] = 0;
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
    const struct part *part = &b->parts.items[copy->part];
    struct span_of_part span = { { 0, n_classes(b, column) }, { 0, 0 }, true };

    for (uint32_t i = 0; i < n_conds(b, part); i++) {
        struct part_cond cond = part_cond(b, part, i);

        if (cond.column != column)
            continue;
        span.certain = hull_of(b, cond.certain);
        span.unknown = hull_of(b, cond.unknown);
        span.exact = b->sets->sets.items[cond.certain].n <= 1 && b->sets->sets.items[cond.unknown].n <= 1;
    }
    if (copy->never != 0) {
        span.exact = span.exact
                     && (span.certain.lo == span.certain.hi || span.unknown.lo == span.unknown.hi
                         || span.certain.hi == span.unknown.lo || span.unknown.hi == span.certain.lo);
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
        uint32_t of = clause_of(b, copies[i].part);

        for (uint32_t k = 0; k < n_rest; k++)
            for (uint32_t d = 0; d < b->n_dims; d++)
                n_in_dims += b->rest[k].column == b->dims[d];
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

/* Returns the number of TEST, which is kept once. */
static uint32_t
put_test(struct building *b, const struct hashed_test *test)
{
    uint64_t hash = hash_bytes(0, (const char *)test, sizeof *test);
    uint32_t at = index_begin(hash), id;

    while ((id = index_next(&b->by_test, hash, &at)) != INDEX_NONE)
        if (memcmp(&b->tests.items[id], test, sizeof *test) == 0)
            return id;
    id = b->tests.n;
    *vec_push(b->scratch, &b->tests) = *test;
    index_add(&b->by_test, hash, id);
    return id;
}

/* Returns the number of the test that is all that COPY has left; 0 if it has more, or no test can ask it. */
static uint32_t
test_of(struct building *b, const struct copy *copy)
{
    struct hashed_test test = { .column = RCK_NONE };
    uint32_t n = rest_of(b, copy), unknown;
    struct range certain;
    enum cond_form form;

    if (n == 0)
        return put_test(b, &test);
    if (n > 1 || !hashed_is_simple(&b->classes->columns[b->rest[0].column], &unknown))
        return 0;
    test.column = b->rest[0].column;
    form = form_of(b, &b->rest[0], &certain);
    if (form == FORM_SETS || (form == FORM_UNKNOWN && (b->hashed->unknown[test.column].lo != unknown
                                                       || b->hashed->unknown[test.column].hi != unknown + 1)))
        return 0;
    test.lo = certain.lo;
    test.hi = certain.hi;
    test.says_unknown = form == FORM_UNKNOWN;
    return put_test(b, &test);
}

/* Puts the list of N copies that have one key; returns where. */
static uint32_t
put_list(struct building *b, struct copy *copies, uint32_t n)
{
    uint32_t at = b->words.n;
    bool is_tree = false;

    put(b, 0);
    if (n > b->shape->list_max) {
        choose_dims(b, copies, n);
        is_tree = b->n_dims != 0;
    }
    if (is_tree) {
        put(b, b->n_dims);
        for (uint32_t d = 0; d < b->n_dims; d++)
            put(b, b->dims[d]);
        put_subtree(b, copies, n, 0);
    } else {
        for (uint32_t i = 0; i < n; i++)
            put_part(b, &copies[i]);
    }
    b->words.items[at + LIST_SIZE] = (b->words.n - at - LIST_WORDS) << 1 | is_tree;
    return at;
}

/* Adds to b->copies the lists that PART stands in; returns how many are there now. */
static uint32_t
add_copies(struct building *b, const struct hashed_group *group, uint32_t part_idx, uint32_t n)
{
    const struct part *part = &b->parts.items[part_idx];
    uint32_t from = n;

    b->copies[n++] = (struct copy){ 0, part_idx, part->never };
    for (uint32_t i = 0; i < n_conds(b, part); i++) {
        struct part_cond cond = part_cond(b, part, i);
        uint32_t k = key_idx(b, cond.column), n_before = n, n_ranges;
        set_id sets[] = { cond.certain, cond.unknown };

        if (k == HASHED_KEYS_MAX || (part->pins >> k & 1) == 0)
            continue;
        /* Each copy so far, once for each class that is allowed here. */
        for (uint32_t s = 0; s < N_ELEMENTS(sets); s++) {
            const struct range *ranges = set_ranges(b->sets, sets[s], &n_ranges);

            for (uint32_t r = 0; r < n_ranges; r++)
                for (uint32_t c = ranges[r].lo; c < ranges[r].hi; c++)
                    for (uint32_t m = from; m < n_before; m++)
                        b->copies[n++] = (struct copy){ b->copies[m].key + c * group->strides[k], part_idx,
                                                        b->copies[m].never | (uint32_t)(s == 1) };
        }
        memmove(&b->copies[from], &b->copies[n_before], (n - n_before) * sizeof *b->copies);
        n -= n_before - from;
    }
    return n;
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

/* Puts the keys of a group into slots that begin at its first; false if one would be too far from its hash. */
static bool
place_keys(struct hashed_slot *slots, const struct hashed_group *group, const struct copy *lists, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct hashed_slot *bucket = slots + hashed_home_of(group, lists[i].key), *end = bucket + HASHED_PROBES_MAX;
        uint32_t at = 0;

        for (; bucket != end && bucket[HASHED_BUCKET - 1].key != HASHED_FREE; bucket += HASHED_BUCKET)
            order_bucket(bucket, true);
        if (bucket == end)
            return false;
        while (bucket[at].key != HASHED_FREE)
            at++;
        bucket[at] = (struct hashed_slot){ lists[i].key, lists[i].part, lists[i].never };
        if (at == HASHED_BUCKET - 1)
            order_bucket(bucket, false);
    }
    return true; /* the last bucket of all stays free: it is too far from every hash */
}

/* Makes N_SLOTS slots, and those that searches run into, free; SLOTS is NULL, or they. */
static struct hashed_slot *
free_slots(struct building *b, struct hashed_slot *slots, uint32_t n_slots)
{
    size_t n = (size_t)n_slots + HASHED_PROBES_MAX;

    slots = slots != NULL ? slots : arena_array(b->scratch, n, sizeof *slots);
    for (size_t i = 0; i < n; i++)
        slots[i] = (struct hashed_slot){ .key = HASHED_FREE };
    return slots;
}

/* Makes the group of the N copies in b->copies; its slots are appended to SLOTS, of which *N_SLOTS are taken. */
static struct hashed_slot *
make_group(struct building *b, struct hashed_group *group, uint32_t n)
{
    struct copy *lists = b->copies;
    struct hashed_slot *slots;
    uint32_t n_lists = 0;

    b->spare = arena_array(b->scratch, (size_t)n + 1, sizeof *b->spare);
    sort_copies(b->copies, b->spare, n);
    for (uint32_t i = 0, end; i < n; i = end) {
        uint64_t key = b->copies[i].key;
        uint32_t n_kept, test;

        for (end = i + 1; end < n && b->copies[end].key == key; end++)
            ;
        n_kept = drop_idle(b, b->copies + i, end - i);
        test = n_kept == 1 ? test_of(b, &b->copies[i]) : 0;
        /* The slot is kept where the first copy was. */
        if (test != 0)
            lists[n_lists] = (struct copy){ key, clause_of(b, b->copies[i].part) << 1 | b->copies[i].never, test };
        else
            lists[n_lists] = (struct copy){ key, put_list(b, b->copies + i, n_kept), 0 };
        n_lists++;
    }
    b->spare = arena_trim(b->scratch, b->spare, (size_t)n + 1, 0, sizeof *b->spare);
    group->n_keys = n_lists;
    group->n_slots = (n_lists + HASHED_BUCKET / 2 - 1) / (HASHED_BUCKET / 2) * HASHED_BUCKET;
    slots = free_slots(b, NULL, group->n_slots);
    for (group->seed = 0; !place_keys(slots, group, lists, n_lists); group->seed++) {
        /* As in lookup.c: a few seeds find a table without long searches; should none of them, a larger table will. */
        if (group->seed % 8 == 7) {
            group->n_slots *= 2;
            slots = NULL;
        }
        slots = free_slots(b, slots, group->n_slots);
    }
    return slots;
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
        .by_test = { .arena = scratch },
    };
    struct hashed_slot *slots[HASHED_GROUPS_MAX] = { NULL };
    uint32_t n_copies = 0, most_conds = 0;
    bool exists[2 * PINS] = { false };

    *hashed = (struct hashed){ .by_default = policy->by_default };
    hashed->unknown = arena_array(arena, (size_t)classes->n_columns + 1, sizeof *hashed->unknown);
    hashed->groups = arena_array(arena, HASHED_GROUPS_MAX, sizeof *hashed->groups);
    b.has_unknown = arena_array(scratch, (size_t)classes->n_columns + 1, sizeof *b.has_unknown);
    b.uses = arena_array(scratch, (size_t)classes->n_columns + 1, sizeof *b.uses);

    make_parts(&b);
    choose_unknown(&b);
    choose_key_columns(&b);
    choose_all_pins(&b);
    fold_groups(&b);
    drop_key_columns(&b);
    put(&b, 0); /* no list */
    *vec_push(scratch, &b.tests) = (struct hashed_test){ .column = RCK_NONE };
    put_sets(&b);
    for (uint32_t i = 0; i < b.parts.n; i++) {
        n_copies += n_copies_of(&b, &b.parts.items[i]);
        most_conds = n_conds(&b, &b.parts.items[i]) > most_conds ? n_conds(&b, &b.parts.items[i]) : most_conds;
    }
    b.rest = arena_array(scratch, (size_t)most_conds + 1, sizeof *b.rest);
    /* While the copies of one part are multiplied, those of the step before stand there as well. */
    b.copies = arena_array(scratch, (size_t)n_copies + shape->copies + 1, sizeof *b.copies);

    for (uint32_t i = 0; i < b.parts.n; i++)
        exists[b.parts.items[i].pins + (b.parts.items[i].grants ? PINS : 0u)] = true;
    for (uint32_t g = 0; g < 2 * PINS; g++) {
        struct hashed_group group = { .pins = g % PINS, .grants = g >= PINS, .first_slot = hashed->n_slots };
        uint64_t stride = 1;
        uint32_t n = 0;

        if (!exists[g])
            continue;
        for (uint32_t k = 0; k < hashed->n_key_columns; k++)
            if ((group.pins >> k & 1) != 0) {
                group.strides[k] = stride;
                stride *= n_classes(&b, hashed->key_columns[k]);
            }
        for (uint32_t i = 0; i < b.parts.n; i++)
            if (b.parts.items[i].pins == group.pins && b.parts.items[i].grants == group.grants)
                n = add_copies(&b, &group, i, n);
        slots[hashed->n_groups] = make_group(&b, &group, n);
        hashed->n_slots += group.n_slots + HASHED_PROBES_MAX;
        hashed->groups[hashed->n_groups++] = group;
    }
    hashed->words = arena_array(arena, b.words.n, sizeof *hashed->words);
    hashed->n_words = b.words.n;
    memcpy(hashed->words, b.words.items, b.words.n * sizeof *hashed->words);
    hashed->tests = arena_array(arena, b.tests.n, sizeof *hashed->tests);
    hashed->n_tests = b.tests.n;
    memcpy(hashed->tests, b.tests.items, b.tests.n * sizeof *hashed->tests);
    /* What it was made of goes before the last and largest part is there twice. */
    b.copies = arena_trim(scratch, b.copies, (size_t)n_copies + shape->copies + 1, 0, sizeof *b.copies);
    vec_drop(scratch, &b.parts);
    vec_drop(scratch, &b.unknown);
    hashed->slots = arena_array(arena, (size_t)hashed->n_slots + HASHED_BUCKET, sizeof *hashed->slots);
    hashed->slots += (0 - (uintptr_t)hashed->slots) % (HASHED_BUCKET * sizeof *hashed->slots) / sizeof *hashed->slots;
    for (uint32_t g = 0; g < hashed->n_groups; g++)
        memcpy(hashed->slots + hashed->groups[g].first_slot, slots[g],
               ((size_t)hashed->groups[g].n_slots + HASHED_PROBES_MAX) * sizeof *hashed->slots);
}
