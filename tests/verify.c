/* SPDX-License-Identifier: MIT
 *
 * The proof that stands between a table and its use (table_verify()): a table that was built passes; one that reads, or leads to, anything
 * outside of itself does not, whichever of its members is wrong; and where a changed word passes, decisions by it stay inside.  Run it
 * with --enable-sanitizers to see the last.  tests/saved.c does the same to files, of which a table is made anew only in part.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/policy.h"
#include "judge.h"
#include "saved_bytes.h"
#include "text.h"

static const char vocabulary[] =
    "policy p; default deny;\n"
    "vocabulary { subject user, bot, job; role owner, guest; action read, write, drop; resource doc, page, book;\n"
    "  attribute n : int 0..900; attribute m, k : int; attribute o : decimal optional; attribute flag : bool;\n"
    "  attribute title, name : string; attribute w : set of { wa, wb } optional; attribute color : { red, blue, green }; attribute tags : set of { a, b, c }; }\n";

static const char clauses[] =
    "a: bot cannot write doc when color in { red, green }; b: deny when m > k + 3 and color == blue; c: deny when n == 7 or n == 9;\n"
    "d: deny when title == name; e: deny when title matches \"x*y\"; f: deny when o is present and o > 2.5;\n"
    "g: deny when tags has a and flag; k: deny when w is present and flag; h: only owner may drop book; i: user may use anything;\n";

static const char more[] =
    "j: bot may read doc when n <= 3; l: job cannot read page when (n == 1 or n == 3 or n == 5 or n == 8) and not (tags has b or color == red);\n";

static const char *const requests[] = {
    "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"}",
    "{\"subject\":\"bot\",\"action\":\"write\",\"resource\":\"doc\",\"color\":\"red\",\"n\":7,\"m\":9,\"k\":1,\"tags\":[\"a\"],\"flag\":true}",
    "{\"subject\":\"job\",\"action\":\"read\",\"resource\":\"page\",\"role\":[\"owner\"],\"n\":8,\"m\":40,\"k\":40,\"o\":3,\"title\":\"xy\",\"name\":\"xy\"}",
    "{\"subject\":\"user\",\"action\":\"drop\",\"resource\":\"book\",\"role\":[],\"n\":0,\"m\":-3,\"color\":\"green\",\"tags\":[\"b\",\"c\"]}",
};

static void
expect(bool ok, const char *what, uint64_t value)
{
    judge(ok, "%s (%" PRIu64 ")", what, value);
}

static struct rck_policy *
compile(const char *text, uint64_t cells)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", cells) != RCK_OK)
        abort();
    if (rck_policy_compile(context, "p.rules", text, strlen(text), &diagnostics, &policy) != RCK_OK) {
        fprintf(stderr, "does not compile: %s\n", diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0)->message : "no memory");
        abort();
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return policy;
}

static void
decide_all(struct rck_policy *policy)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct rck_request *request = NULL;

        if (rck_request_new(policy, &request) != RCK_OK)
            abort();
        (void)rck_request_read_json(request, requests[i], strlen(requests[i]));
        (void)rck_decide(policy, request, NULL);
        rck_request_free(request);
    }
}

/* MEMBER of a table must not be VALUE; policy is the one that it belongs to. */
#define REFUSED(member, value)                                                                                                 \
    do {                                                                                                                       \
        __typeof__(member) was_ = (member);                                                                                    \
                                                                                                                               \
        (member) = (__typeof__(member))(value);                                                                                \
        expect(!table_verify(&policy->table, policy), #member, (uint64_t)(value));                                              \
        (member) = was_;                                                                                                       \
    } while (0)

/* Each of the N words at WORDS gets other values: the table is refused, or decides without a fault.  Returns how many were refused. */
static uint64_t
bend_words(struct rck_policy *policy, uint32_t *words, uint32_t n)
{
    uint64_t refused = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t was = words[i];
        const uint32_t others[] = { 0, 1, 3, was + 1, was - 1, was ^ 1, was + 2, was ^ 2, was + 4, was / 2, 2 * was, INT32_MAX, UINT32_MAX - 2, UINT32_MAX };

        for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) {
            words[i] = others[k];
            if (table_verify(&policy->table, policy))
                decide_all(policy);
            else
                refused++;
        }
        words[i] = was;
    }
    return refused;
}

/* ---- columns ------------------------------------------------------------------------------------------------------------ */

static void
test_columns(struct rck_policy *policy)
{
    struct classes *classes = &policy->table.classes;
    unsigned kinds = 0;

    for (uint32_t c = 0; c < classes->n_columns; c++) {
        struct class_column *column = &classes->columns[c];

        kinds |= 1u << column->kind;
        REFUSED(column->slot, policy->slots.n);
        REFUSED(column->other, policy->slots.n);
        REFUSED(column->n_classes, 0);
        REFUSED(column->kind, COLUMN_MATCHES + 1);
        switch (column->kind) {
        case COLUMN_NAME:
            REFUSED(column->n, column->n + 1);
            REFUSED(column->n, column->n - 1);
            REFUSED(column->first, classes->n_names + 1);
            REFUSED(column->first, classes->n_names - column->n + 1);
            REFUSED(column->absent, column->n_classes);
            REFUSED(column->undeclared, column->n_classes);
            REFUSED(policy->space.class_of.items[column->first], column->n_classes);
            break;
        case COLUMN_NUMBER:
            REFUSED(column->first, classes->n_cuts + 1);
            REFUSED(column->n, classes->n_cuts - column->first + 1);
            REFUSED(column->n_classes, column->n);
            REFUSED(column->absent, column->n_classes);
            if (column->n > 1)
                REFUSED(policy->space.cuts.items[column->first], classes->cuts[column->first + 1]);
            REFUSED(column->sum.slots[0], policy->slots.n + 1);
            REFUSED(column->sum.slots[0], UINT32_MAX);
            REFUSED(column->sum.slots[0], SLOT_SUBJECT + 1);
            if (column->is_sum)
                REFUSED(column->sum.slots[1], SLOT_SUBJECT + 1);
            break;
        case COLUMN_HAS:
            REFUSED(column->n_classes, 2);
            REFUSED(column->n_classes, 4);
            REFUSED(column->first, classes->n_masks + 1);
            REFUSED(column->n, classes->n_masks - column->first + 1);
            REFUSED(column->first_value, policy->n_values + 1);
            REFUSED(column->first_value, policy->n_values);
            break;
        case COLUMN_PRESENT:
            REFUSED(column->n_classes, 3);
            break;
        case COLUMN_SAME:
            REFUSED(column->n_classes, 2);
            break;
        case COLUMN_MATCHES:
            REFUSED(column->n_classes, 2);
            REFUSED(column->n_classes, 4);
            REFUSED(column->pattern, classes->n_patterns);
            REFUSED(column->slot, SLOT_SUBJECT);
            break;
        }
    }
    expect(kinds == (1u << (COLUMN_MATCHES + 1)) - 1, "the kinds of columns of the policy are", kinds);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------- */

/* What is told of the table: the sizes of all that it has. */
static void
test_info(const struct rck_policy *policy)
{
    const struct table *table = &policy->table;
    const struct hashed *hashed = &table->hashed;
    struct rck_table_info info;
    uint64_t size = classes_size(&table->classes);

    rck_policy_table(policy, &info);
    expect(info.n_cells == (table->form == TABLE_DENSE ? table->dense.n_cells : 0), "cells are told", info.n_cells);
    expect(info.n_groups == (table->form == TABLE_DENSE ? 0 : hashed->n_groups), "groups are told", info.n_groups);
    if (table->form == TABLE_DENSE)
        size += sizeof(uint32_t) * ((uint64_t)table->dense.n_cells + table->classes.n_columns);
    else
        size += sizeof(struct hashed_group) * hashed->n_groups + sizeof(struct hashed_slot) * hashed->n_slots + sizeof(uint32_t) * hashed->n_words
                + sizeof(struct range) * table->classes.n_columns + (sizeof(struct hashed_test) + sizeof(struct hashed_answer)) * hashed->n_tests;
    expect(info.size == size, "bytes are told", info.size);
}

static void
test_dense(struct rck_policy *policy)
{
    struct dense *dense = &policy->table.dense;
    uint32_t last = policy->table.classes.n_columns - 1;

    if (policy->table.form != TABLE_DENSE)
        abort();
    expect(table_verify(&policy->table, policy), "the dense table passes, cells", dense->n_cells);
    test_info(policy);
    test_columns(policy);
    REFUSED(dense->strides[0], 2);
    REFUSED(dense->strides[last], 0);
    REFUSED(dense->n_cells, dense->n_cells - 1);
    REFUSED(dense->cells[dense->n_cells - 1], (policy->clauses.n + 1) << 2);
    for (uint32_t c = 1; c <= last; c++) { /* more cells than 32 bits count, up to this column */
        policy->table.classes.n_columns = c + 1;
        if (policy->table.classes.columns[c].kind == COLUMN_NUMBER)
            REFUSED(policy->table.classes.columns[c].n_classes, UINT32_MAX);
    }
    expect(table_verify(&policy->table, policy), "the dense table passes again", 1);
}

/* Bends a condition at COND of the words, in whichever way it can be wrong. */
static void
test_cond(struct rck_policy *policy, uint32_t *cond, uint32_t n_words)
{
    uint32_t n_classes = policy->table.classes.columns[cond[COND_COLUMN] >> 2].n_classes, *words = policy->table.hashed.words;

    REFUSED(cond[COND_COLUMN], policy->table.classes.n_columns << 2);
    if ((cond[COND_COLUMN] & 3) != FORM_SETS) {
        REFUSED(cond[COND_COLUMN], cond[COND_COLUMN] | 3);
        REFUSED(cond[COND_HI], n_classes + 1);
        REFUSED(cond[COND_LO], cond[COND_HI] + 1);
        return;
    }
    for (uint32_t at = COND_SET; at <= COND_UNKNOWN_SET; at += COND_UNKNOWN_SET - COND_SET) {
        uint32_t *ranges = words + cond[at], n = cond[at + 1];

        REFUSED(cond[at], n_words + 1);
        REFUSED(cond[at], UINT32_MAX);
        REFUSED(cond[at + 1], (n_words - cond[at]) / 2 + 1);
        for (uint32_t i = 0; i < n; i++) {
            REFUSED(ranges[2 * i], ranges[2 * i + 1]);
            REFUSED(ranges[2 * i + 1], ranges[2 * i]);
            REFUSED(ranges[2 * i + 1], n_classes + 1);
            if (i != 0)
                REFUSED(ranges[2 * i], ranges[2 * i - 1] - 1);
        }
    }
}

/* The parts from AT to END: each of their words. */
static void
test_parts(struct rck_policy *policy, uint32_t at, uint32_t end)
{
    uint32_t *words = policy->table.hashed.words, n_words = policy->table.hashed.n_words, cond = at, part_end = at;

    for (; at < end; at = part_end) {
        part_end = at + words[at + PART_SIZE];
        REFUSED(words[at + PART_CLAUSE], policy->clauses.n << 1);
        REFUSED(words[at + PART_SIZE], PART_WORDS - 1);
        REFUSED(words[at + PART_SIZE], end - at + 1);
        REFUSED(words[at + PART_SIZE], words[at + PART_SIZE] - 1);
        if (part_end < end && words[at + PART_CLAUSE] >> 1 < words[part_end + PART_CLAUSE] >> 1)
            REFUSED(words[part_end + PART_CLAUSE], (words[at + PART_CLAUSE] >> 1) == 0 ? UINT32_MAX : 0);
        for (cond = at + PART_WORDS; cond < part_end; cond += (words[cond + COND_COLUMN] & 3) == FORM_SETS ? COND_SETS_WORDS : COND_WORDS)
            test_cond(policy, words + cond, n_words);
    }
}

/* The tree from AT to END: each word of its nodes. */
static void
test_tree(struct rck_policy *policy, uint32_t at, uint32_t end)
{
    uint32_t *words = policy->table.hashed.words, *columns = words + at + TREE_COLUMNS, n_dims = words[at + TREE_DIMS];
    uint32_t node_size = NODE_WORDS + n_dims * DIM_WORDS;

    REFUSED(words[at + TREE_DIMS], 0);
    REFUSED(words[at + TREE_DIMS], HASHED_DIMS_MAX + 1);
    for (uint32_t i = 0; i < n_dims; i++)
        REFUSED(columns[i], policy->table.classes.n_columns);
    for (at += TREE_COLUMNS + n_dims; at < end;) {
        uint32_t *node = words + at;
        bool is_leaf = node[NODE_PARTS] >> 1 != 0;

        REFUSED(node[NODE_END], end + 1);
        REFUSED(node[NODE_END], at + node_size - 1);
        REFUSED(node[NODE_CLAUSE], policy->clauses.n);
        for (uint32_t i = 0; i < n_dims; i++)
            for (uint32_t k = 0; k < DIM_WORDS; k += 2) {
                uint32_t *dim = node + NODE_WORDS + i * DIM_WORDS + k;

                REFUSED(dim[1], policy->table.classes.columns[columns[i]].n_classes + 1);
                REFUSED(dim[0], dim[1] + 1);
            }
        if (is_leaf)
            test_parts(policy, at + node_size, node[NODE_END]);
        at = is_leaf ? node[NODE_END] : at + node_size;
    }
}

static void
test_list(struct rck_policy *policy, uint32_t list)
{
    uint32_t *words = policy->table.hashed.words, size = words[list + LIST_SIZE], at = list + LIST_WORDS;
    uint32_t end = at + (size >> LIST_KIND_BITS), kind = size & LIST_KINDS;

    REFUSED(words[list + LIST_SIZE], (policy->table.hashed.n_words - at + 1) << LIST_KIND_BITS | kind);
    REFUSED(words[list + LIST_SIZE], UINT32_MAX - LIST_KINDS + kind);
    REFUSED(words[list + LIST_SIZE], size | LIST_KINDS);
    if (kind == LIST_PARTS) {
        test_parts(policy, at, end);
    } else if (kind == LIST_INLINE) {
        REFUSED(words[list + LIST_SIZE], size - (1 << LIST_KIND_BITS));
        for (; at < end; at += INLINE_WORDS) {
            REFUSED(words[at + INLINE_WHAT], policy->clauses.n << 1);
            REFUSED(words[at + INLINE_TEST], 0);
            REFUSED(words[at + INLINE_TEST], policy->table.hashed.n_tests);
        }
    } else {
        REFUSED(words[list + LIST_SIZE], LIST_TREE);
        REFUSED(words[list + LIST_SIZE], 2 << LIST_KIND_BITS | LIST_TREE);
        test_tree(policy, at, end);
    }
}

static void
test_group(struct rck_policy *policy, struct hashed_group *group)
{
    struct hashed *hashed = &policy->table.hashed;

    REFUSED(group->n_slots, UINT32_MAX / 2 + 1);
    REFUSED(group->n_slots, group->n_slots + 1);
    REFUSED(group->n_slots, hashed->n_slots);
    REFUSED(group->first_slot, group->first_slot + 1);
    REFUSED(group->first_slot, (hashed->n_slots / HASHED_BUCKET + 1) * HASHED_BUCKET);
    REFUSED(group->n_keys, group->n_keys + 1);
    for (uint32_t i = 0; i < group->n_slots + HASHED_PROBES_MAX; i++) {
        struct hashed_slot *slot = &hashed->slots[group->first_slot + i];

        if (slot->key == HASHED_FREE) {
            REFUSED(slot->what, 2);
            REFUSED(slot->test, 1);
            REFUSED(slot->key, 0);
        } else if (slot->test != 0) {
            REFUSED(slot->test, hashed->n_tests);
            REFUSED(slot->what, policy->clauses.n << 1);
            REFUSED(slot->key, HASHED_FREE);
        } else {
            REFUSED(slot->what, hashed->n_words);
            if (hashed->words[hashed->n_words - 1] >> LIST_KIND_BITS != 0)
                REFUSED(slot->what, hashed->n_words - 1); /* a list that would go on */
            REFUSED(slot->what, UINT32_MAX);
            test_list(policy, slot->what);
        }
    }
}

/* A search ends after HASHED_PROBES_MAX slots, so no key may lie behind more of them, as it does if all are taken. */
static void
test_run(struct rck_policy *policy, const struct hashed_group *group)
{
    struct hashed_slot *slots = &policy->table.hashed.slots[group->first_slot], was[HASHED_BUCKET + HASHED_PROBES_MAX];

    memcpy(was, slots, sizeof was);
    for (uint32_t i = 0; i <= HASHED_PROBES_MAX; i++)
        slots[i] = (struct hashed_slot){ .key = i, .test = 1 };
    expect(!table_verify(&policy->table, policy), "keys behind each other", HASHED_PROBES_MAX + 1);
    memcpy(slots, was, sizeof was);
}

/* Keys may have so many bits: with more of them a request could have the key of a free slot.  Of two columns at least, for one has no
 * more than 31. */
static void
test_key_bits(struct rck_policy *policy)
{
    const struct hashed *hashed = &policy->table.hashed;
    struct classes *classes = &policy->table.classes;
    uint32_t was[HASHED_KEYS_MAX], shifts[HASHED_KEYS_MAX], left = HASHED_KEY_BITS - hashed_key_shifts(hashed, classes, shifts);

    for (uint32_t k = 0; k < hashed->n_key_columns; k++) {
        struct class_column *column = &classes->columns[hashed->key_columns[k]];
        uint32_t width = hashed_key_width(column), wider = left < 31 - width ? left : 31 - width;

        was[k] = column->n_classes;
        column->n_classes = wider != 0 ? 1u << (width + wider) : column->n_classes;
        left -= wider;
    }
    expect(left == 0 && hashed_verify(hashed, classes, policy), "keys of all bits pass", HASHED_KEY_BITS);
    for (uint32_t k = 0; k < hashed->n_key_columns; k++) {
        struct class_column *column = &classes->columns[hashed->key_columns[k]];

        column->n_classes = column->n_classes * 2 - 1; /* one bit more */
        expect(!hashed_verify(hashed, classes, policy), "keys of one bit more are refused", k);
        column->n_classes = column->n_classes / 2 + 1;
    }
    for (uint32_t k = hashed->n_key_columns; k-- != 0;)
        classes->columns[hashed->key_columns[k]].n_classes = was[k];
}

/* As many key columns as there is room for pass, and one more does not, though each is a column of its own. */
static void
test_key_columns(struct rck_policy *policy)
{
    struct hashed *hashed = &policy->table.hashed;
    uint32_t was[HASHED_KEYS_MAX], n = hashed->n_key_columns;

    memcpy(was, hashed->key_columns, sizeof was);
    if (policy->table.classes.n_columns > HASHED_KEYS_MAX + 1) {
        for (uint32_t k = 0; k < HASHED_KEYS_MAX; k++)
            hashed->key_columns[k] = k;
        hashed->n_key_columns = HASHED_KEYS_MAX;
        expect(hashed_verify(hashed, &policy->table.classes, policy), "all key columns pass", HASHED_KEYS_MAX);
    }
    REFUSED(hashed->n_key_columns, HASHED_KEYS_MAX + 1);
    memcpy(hashed->key_columns, was, sizeof was);
    hashed->n_key_columns = n;
}

static void
test_hashed(struct rck_policy *policy, bool has_wide_key, bool quick)
{
    struct hashed *hashed = &policy->table.hashed;
    uint64_t refused;

    if (policy->table.form != TABLE_HASHED)
        abort();
    expect(table_verify(&policy->table, policy), "the hashed table passes, words", hashed->n_words);
    test_info(policy);
    test_columns(policy);
    REFUSED(hashed->n_tests, 0);
    test_key_columns(policy);
    REFUSED(hashed->n_groups, HASHED_GROUPS_MAX + 1);
    REFUSED(hashed->n_words, 0);
    REFUSED(hashed->key_columns[0], policy->table.classes.n_columns);
    for (uint32_t k = 1; k < hashed->n_key_columns; k++) {
        REFUSED(hashed->key_columns[k], hashed->key_columns[0]);
        REFUSED(hashed->key_columns[k], hashed->key_columns[k - 1]);
    }
    if (has_wide_key)
        test_key_bits(policy);
    for (uint32_t c = 0; c < policy->table.classes.n_columns; c++) {
        REFUSED(hashed->unknown[c].lo, hashed->unknown[c].hi + 1);
        REFUSED(hashed->unknown[c].hi, policy->table.classes.columns[c].n_classes + 1);
    }
    for (uint32_t i = 1; i < hashed->n_tests; i++) {
        struct hashed_test *test = &hashed->tests[i];

        REFUSED(test->says_unknown, 2);
        if (test->column == RCK_NONE)
            continue;
        REFUSED(test->column, policy->table.classes.n_columns);
        REFUSED(test->lo, test->hi + 1);
        REFUSED(test->hi, policy->table.classes.columns[test->column].n_classes + 1);
        for (uint32_t c = 0; c < policy->table.classes.n_columns; c++)
            if (policy->table.classes.columns[c].kind == COLUMN_NAME)
                REFUSED(test->column, c);
    }
    for (uint32_t g = 0; g < hashed->n_groups; g++) {
        test_group(policy, &hashed->groups[g]);
        if (hashed->groups[g].n_slots == HASHED_BUCKET && hashed->n_tests > 1)
            test_run(policy, &hashed->groups[g]);
        if (g + 1 < hashed->n_groups && !hashed->groups[g + 1].grants)
            REFUSED(hashed->groups[g].grants, true);
    }
    if (quick)
        return;
    refused = bend_words(policy, hashed->words, hashed->n_words);
    expect(refused > hashed->n_words, "refused changes of words", refused);
    expect(table_verify(&policy->table, policy), "the hashed table passes again", 1);
    printf("# %" PRIu32 " words, %" PRIu32 " groups, %" PRIu64 " changes refused\n", hashed->n_words, hashed->n_groups, refused);
}

/* A condition of a route is a program for a stack, which running it relies on. */
static void
test_conditions(void)
{
    struct routes routes = { 0 };
    static const struct {
        enum test_kind kinds[4];
        uint32_t first, n;
        bool fine;
    } programs[] = {
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, 0, 4, true },
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, 0, 3, true },
        { { TEST_PRESENT, TEST_TEXT, TEST_OR, TEST_NOT }, 1, 1, true },
        { { TEST_PRESENT, TEST_TEXT, TEST_OR, TEST_NOT }, 0, 0, true },
        { { TEST_PRESENT, TEST_TEXT, TEST_OR, TEST_NOT }, 0, 2, false }, /* leaves two */
        { { TEST_PRESENT, TEST_TEXT, TEST_OR, TEST_NOT }, 1, 2, false }, /* takes two, where there is one */
        { { TEST_NOT, TEST_TEXT, TEST_OR, TEST_NOT }, 0, 1, false },
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, 0, 5, false }, /* goes on behind the tests */
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, 4, 1, false },
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, 5, 1, false },
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, UINT32_MAX, 2, false },
        { { TEST_PRESENT, TEST_TEXT, TEST_AND, TEST_NOT }, 1, UINT32_MAX, false },
    };

    for (size_t i = 0; i < N_ELEMENTS(programs); i++) {
        struct test tests[4] = { { 0 } };

        for (size_t k = 0; k < 4; k++)
            tests[k].kind = programs[i].kinds[k];
        routes.tests.items = tests;
        routes.tests.n = 4;
        expect(routes_check_condition(&routes, (struct condition){ programs[i].first, programs[i].n }) == programs[i].fine, "a condition", i);
    }
    /* As many values at once as the stack has room for, and one more. */
    for (uint32_t n = CONDITION_STACK_MAX; n <= CONDITION_STACK_MAX + 1; n++) {
        struct test *tests = malloc(2 * (size_t)n * sizeof *tests);

        if (tests == NULL)
            abort();
        memset(tests, 0, 2 * (size_t)n * sizeof *tests);
        for (uint32_t i = 0; i < 2 * n - 1; i++)
            tests[i].kind = i < n ? TEST_PRESENT : TEST_OR;
        routes.tests.items = tests;
        routes.tests.n = 2 * n - 1;
        expect(routes_check_condition(&routes, (struct condition){ 0, 2 * n - 1 }) == (n <= CONDITION_STACK_MAX), "values on the stack", n);
        free(tests);
    }
}

/* Sets of many ranges that many parts share: checking looks at no more of them than the budget allows, and the table passes. */
static void
test_shared_sets(void)
{
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    adds(&text, "policy p; default allow; vocabulary { subject user; role owner; action read; resource doc; attribute n : int 0..900;\n  attribute m : int; attribute color : { c0");
    for (int i = 1; i < 900; i++)
        addf(&text, ", c%d", i);
    adds(&text, " }; }\n");
    /* Each color is told from the others, so that the even ones are many ranges. */
    for (int c = 0; c < 900; c++)
        addf(&text, "o%d: deny when color == c%d and m == 1;\n", c, c);
    for (int i = 0; i < 800; i++) {
        addf(&text, "r%d: deny when n == %d and color in { c0", i, i);
        for (int c = 2; c < 900; c += 2)
            addf(&text, ", c%d", c);
        adds(&text, " };\n");
    }
    policy = compile(text.p, 1);
    expect(table_verify(&policy->table, policy), "a table with shared sets, words", policy->table.hashed.n_words);
    decide_all(policy);
    rck_policy_unref(policy);
    free(text.p);
}

/* An open slot has a hidden name that all undeclared ones lie below; a file where it lies below another one is refused. */
static void
test_open_names(void)
{
    static const char text[] = "policy p; default allow; vocabulary { subject user; role owner; action read; open resource doc; }\nc: user cannot read doc;\n";
    struct rck_policy *policy = compile(text, 1), *loaded;
    struct name *top = &policy->names.items[policy->slots.items[SLOT_RESOURCE].first_name];
    struct saved_bytes bytes;

    if (top->declared != NAME_HIDDEN || top->text.n != 1)
        abort();
    for (int round = 0; round < 2; round++) {
        bytes = saved_bytes_of(policy);
        loaded = saved_bytes_load(&bytes);
        expect((loaded != NULL) == (round == 0), "an open slot without a name at the top", (uint64_t)round);
        rck_policy_unref(loaded);
        free(bytes.p);
        top->text = (struct str){ "a.\0", 3 };
    }
    rck_policy_unref(policy);
}

/* What is built in an arena that may hold any number of bytes is whole, or is refused by the cap. */
static void
test_caps(const char *text, bool is_full)
{
    volatile unsigned n_capped = 0, n_made = 0;

    for (volatile size_t cap = 2048; n_made < 3; cap += cap / 24) {
        struct rck_policy *policy = compile(text, 1);
        const struct rck_policy before = *policy;
        jmp_buf escape;

        arena_init(&policy->arena, &mem_default, cap);
        policy->arena.escape = &escape;
        if (setjmp(escape) == 0) {
            /* What else there is leaves less for what lasts than for what it is built with. */
            arena_alloc(&policy->arena, is_full ? cap / 9 * 4 : 1);
            memset(&policy->routes.states, 0, sizeof policy->routes.states);
            memset(&policy->routes.edges, 0, sizeof policy->routes.edges);
            expect(routes_build(&policy->routes, &policy->arena, 1000000) && policy->routes.states.n == before.routes.states.n
                       && policy->routes.edges.n == before.routes.edges.n,
                   "routes in so many bytes", cap);
            table_build(&policy->table, policy, 1, &hashed_shape);
            expect(table_verify(&policy->table, policy), "a table in so many bytes", cap);
            n_made++;
        } else {
            expect(policy->arena.capped && !policy->arena.failed && policy->arena.escape == &escape, "a cap is told", cap);
            n_capped++;
        }
        arena_free(&policy->arena);
        *policy = before;
        rck_policy_unref(policy);
    }
    expect(n_capped > 20, "caps that are too small", n_capped);
}

static unsigned n_blocks; /* that may be had */

static void *
some_alloc(size_t size, void *ctx)
{
    return n_blocks == 0 ? NULL : (n_blocks--, mem_default.alloc(size, ctx));
}

static void *
some_resize(void *old, size_t size, void *ctx)
{
    return n_blocks == 0 ? NULL : (n_blocks--, mem_default.resize(old, size, ctx));
}

/* Where there is no memory, for the table or for what it is built with, that is told of the policy's arena. */
static void
test_no_memory(const char *text)
{
    volatile bool made = false;

    for (volatile unsigned n = 0; !made; n++) {
        struct rck_policy *policy = compile(text, 1);
        const struct rck_policy before = *policy;
        jmp_buf escape;

        policy->mem.alloc = some_alloc;
        policy->mem.resize = some_resize;
        arena_init(&policy->arena, n % 2 == 0 ? &policy->mem : &mem_default, SIZE_MAX);
        policy->arena.escape = &escape;
        n_blocks = n / 2;
        if (setjmp(escape) == 0) {
            table_build(&policy->table, policy, 1, &hashed_shape);
            expect(table_verify(&policy->table, policy), "a table in so many blocks", n / 2);
            made = n % 2 == 0;
        } else {
            expect(policy->arena.failed && !policy->arena.capped && policy->arena.escape == &escape, "no memory is told, of blocks", n / 2);
        }
        arena_free(&policy->arena);
        *policy = before;
        rck_policy_unref(policy);
    }
}

/* 'quick': only what must be refused. */
int
main(int argc, char **argv)
{
    bool quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    struct text text = { NULL, 0, 0 };
    struct rck_policy *policy;

    addf(&text, "%s%s", vocabulary, clauses);
    policy = compile(text.p, 1u << 26);

    test_dense(policy);
    rck_policy_unref(policy);
    addf(&text, "%s", more);
    policy = compile(text.p, 1);
    test_hashed(policy, true, quick);
    rck_policy_unref(policy);
    /* Enough clauses behind one key that they become a tree, of one column, of two, and of three. */
    for (int i = 0; i < 24; i++)
        addf(&text, "t%d: deny when (n == %d or n == %d) and m >= %d%s;\n", i, 3 * i, 3 * i + 2, i * i,
                              i % 3 == 0   ? " and k < 5"
                              : i % 3 == 1 ? " and color in { red, green }"
                                           : "");
    for (int i = 0; i < 24; i++)
        addf(&text, "w%d: bot cannot write page when n > %d and n < %d;\n", i, 10 * i, 10 * i + 5);
    policy = compile(text.p, 1);
    test_hashed(policy, false, quick);
    rck_policy_unref(policy);
    test_caps(text.p, false);
    test_caps(text.p, true);
    test_no_memory(text.p);
    if (quick) {
        free(text.p);
        return judged();
    }
    adds(&text, "routes { GET \"/a\" -> read doc;");
    for (int i = 0; i < 300; i++)
        addf(&text, " GET \"/a/%d/*/b\" -> read page;", i);
    adds(&text, " }\n");
    test_caps(text.p, false);
    test_caps(text.p, true);
    free(text.p);
    test_conditions();
    test_open_names();
    test_shared_sets();
    return judged();
}
