/* SPDX-License-Identifier: MIT
 *
 * Hashed tables that are made by hand: full buckets, keys of several columns, lists and trees as hashed_build() need not make them.  What
 * they decide is known beforehand, and so is what a decision touches, to the last condition; and each is refused by hashed_verify() once
 * one thing is wrong with it, and nothing else.  tests/verify.c does the last to tables that were built, where a fault may show twice.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/policy.h"
#include "../engine/request.h"
#include "judge.h"
#include "text.h"

enum { N_SUBJECTS = 8, N_CUTS = 60, WORDS_MAX = 2048, SLOTS_MAX = 1024 };

/* A policy whose columns are those of the tables; its own table is not used. */
static struct rck_policy *policy;
static struct rck_request *request;
static struct arena arena;

/* The table in progress: struct hashed, and the arrays that it has. */
static struct hashed *table;
static struct hashed_group groups[HASHED_GROUPS_MAX + 1];
static struct hashed_slot slots[SLOTS_MAX] __attribute__((aligned(64)));
static uint32_t words[WORDS_MAX];
static struct hashed_test tests[3];
static struct range unknown[32];

static void
compile(void)
{
    struct text text = { NULL, 0, 0 };
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;

    adds(&text, "policy p; default allow; vocabulary { subject s0, s1, s2, s3, s4, s5, s6, s7; role q; action a0, a1; resource r0, r1;\n"
                "  attribute e, f, g : { v0, v1, v2 }; attribute n : int; }\n");
    for (int i = 0; i < N_CUTS; i++)
        addf(&text, "c%d: s%d cannot a%d r%d when n >= %d and e == v%d and f == v%d and g == v%d;\n", i, i % N_SUBJECTS, i % 2, i / 2 % 2, 10 * i,
             i % 3, i / 3 % 3, i / 9 % 3);
    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "cells", 1) != RCK_OK
        || rck_policy_compile(context, "p.rules", text.p, text.n, &diagnostics, &policy) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK || policy->table.form != TABLE_HASHED)
        abort();
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    free(text.p);
    table = &policy->table.hashed;
}

/* The column that asks for the attribute NAME. */
static uint32_t
column_of(const char *name)
{
    uint32_t slot = rck_policy_find_attribute(policy, name, strlen(name));

    for (uint32_t c = 0; c < policy->table.classes.n_columns; c++)
        if (policy->table.classes.columns[c].slot == slot)
            return c;
    abort();
}

/* The class of the IDX-th name of column C; of none that of an absent value. */
static uint32_t
class_of_name(uint32_t c, uint32_t idx)
{
    const struct classes *classes = &policy->table.classes;

    return idx == RCK_NONE ? classes->columns[c].absent : classes->names[classes->columns[c].first + idx];
}

/* ---- making tables ------------------------------------------------------------------------------------------------------ */

static void
begin(enum rck_result by_default)
{
    memset(groups, 0, sizeof groups);
    memset(words, 0, sizeof words);
    for (uint32_t i = 0; i < SLOTS_MAX; i++)
        slots[i] = (struct hashed_slot){ .key = HASHED_FREE };
    for (uint32_t c = 0; c < policy->table.classes.n_columns; c++)
        unknown[c] = (struct range){ policy->table.classes.columns[c].absent, policy->table.classes.columns[c].absent + 1 };
    tests[0] = tests[1] = tests[2] = (struct hashed_test){ .column = RCK_NONE };
    *table = (struct hashed){ .by_default = by_default, .groups = groups, .slots = slots, .words = words, .n_words = 1, .tests = tests,
                              .n_tests = 2, .unknown = unknown };
}

/* Adds a group of one bucket, in which every search begins. */
static struct hashed_group *
add_group(bool grants)
{
    struct hashed_group *group = &groups[table->n_groups++];

    *group = (struct hashed_group){ .grants = grants, .first_slot = table->n_slots, .n_slots = HASHED_BUCKET };
    table->n_slots += HASHED_BUCKET + HASHED_PROBES_MAX;
    return group;
}

/* Adds a list without conditions, of CLAUSE; returns its place. */
static uint32_t
add_list(uint32_t clause)
{
    uint32_t at = table->n_words;

    words[at + LIST_SIZE] = PART_WORDS << LIST_KIND_BITS | LIST_PARTS;
    words[at + LIST_WORDS + PART_CLAUSE] = clause << 1;
    words[at + LIST_WORDS + PART_SIZE] = PART_WORDS;
    table->n_words += LIST_WORDS + PART_WORDS;
    return at;
}

/* Puts KEY into the IDX-th slot of GROUP: a part of CLAUSE, inline or as a list. */
static void
put_key(struct hashed_group *group, uint32_t idx, uint64_t key, uint32_t clause, bool lists)
{
    slots[group->first_slot + idx] = (struct hashed_slot){ .key = key, .what = lists ? add_list(clause) : clause << 1, .test = !lists };
    group->n_keys++;
}

/* Changes the order of the last two keys of the first bucket of GROUP, so that it is as UP says: where keys stand farther on. */
static void
order_bucket(struct hashed_group *group, bool up)
{
    struct hashed_slot *last = &slots[group->first_slot + 2], was = last[0];

    if ((last[0].key < last[1].key) != up) {
        last[0] = last[1];
        last[1] = was;
    }
}

static bool
verified(void)
{
    return hashed_verify(table, &policy->table.classes, policy);
}

/* A list at words[1] that GROUP, which is new, has under the key 0, of the N words at WHAT. */
static void
make_list(const uint32_t *what, uint32_t n, enum list_kind kind)
{
    begin(RCK_ALLOW);
    words[1 + LIST_SIZE] = n << LIST_KIND_BITS | kind;
    memcpy(words + 1 + LIST_WORDS, what, n * sizeof *what);
    table->n_words = 1 + LIST_WORDS + n;
    slots[add_group(false)->first_slot] = (struct hashed_slot){ .key = 0, .what = 1 };
    groups[0].n_keys = 1;
}

/* ---- deciding ----------------------------------------------------------------------------------------------------------- */

static void
ask(uint32_t s, uint32_t a, uint32_t r)
{
    rck_request_reset(request);
    request_set_name(request, SLOT_SUBJECT, s);
    request_set_name(request, SLOT_ACTION, a);
    request_set_name(request, SLOT_RESOURCE, r);
}

static void
ask_name(const char *attribute, uint32_t idx)
{
    if (idx != RCK_NONE)
        request_set_name(request, rck_policy_find_attribute(policy, attribute, 1), idx);
}

/* The request is decided as RESULT, by CLAUSE or none, and what it takes is WORK. */
static void
expect(const char *what, enum rck_result result, uint32_t clause, struct hashed_work work)
{
    struct hashed_work got = { 0 };
    struct rck_why why;
    uint32_t cell = hashed_cell_counted(table, &policy->table.classes, request, &got), plain = hashed_cell(table, &policy->table.classes, request);

    judge((cell & 3) == (uint32_t)result && (cell >> 2) - 1 == clause, "%s: %s by %" PRIu32 ", and not %" PRIu32 " by %" PRIu32, what,
          rck_result_name(result), clause, cell & 3, (cell >> 2) - 1);
    judge(plain == cell, "%s: counted or not, it is the same", what);
    judge(hashed_decide(policy, request, &why) == result && why.clause == clause, "%s: and without counting", what);
    judge(rck_decide(policy, request, &why) == result && why.clause == clause, "%s: and so it does from the request's place", what);
    judge(got.groups == work.groups && got.buckets == work.buckets && got.nodes == work.nodes && got.parts == work.parts && got.conds == work.conds,
          "%s: %" PRIu32 " groups, %" PRIu32 " buckets, %" PRIu32 " nodes, %" PRIu32 " parts and %" PRIu32 " conditions; not %" PRIu32 ", %" PRIu32
          ", %" PRIu32 ", %" PRIu32 ", %" PRIu32, what, work.groups, work.buckets, work.nodes, work.parts, work.conds, got.groups, got.buckets,
          got.nodes, got.parts, got.conds);
}

static void
prepare(uint32_t n_others)
{
    judge(verified(), "the table is right");
    table_prepare(&policy->table, policy, &arena);
    rck_request_free(request);
    if (rck_request_new(policy, &request) != RCK_OK)
        abort();
    judge(table->n_others == n_others, "%" PRIu32 " key columns are no dimensions, and not %" PRIu32, n_others, table->n_others);
}

/* The bits of the class CLASS_IDX of the key column K in a key. */
static uint64_t
bits_of(uint32_t k, uint32_t class_idx)
{
    uint32_t shifts[HASHED_KEYS_MAX];

    (void)hashed_key_shifts(table, &policy->table.classes, shifts);
    return (uint64_t)class_idx << shifts[k];
}

/* Buckets that are full, with keys behind them or not: six keys of a subject and an action in a group of bans, and in one of grants; and
 * four, which have room, of a subject and a resource.  All but the last keys of a group are about one action or resource, so that every
 * subject that has a key is looked for with the other one as well, where there are MANY groups.  Few have several bits each, so that
 * nothing is looked for that is not there. */
static void
test_buckets(bool deny, bool lists, bool others, bool many)
{
    uint32_t columns[] = { column_of("subject"), column_of("action"), column_of("resource"), column_of("e") };
    struct hashed_group *bans, *room, *grants = NULL;

    begin(deny ? RCK_DENY : RCK_ALLOW);
    table->n_key_columns = others ? 4 : 3;
    memcpy(table->key_columns, columns, sizeof columns);
    bans = add_group(false);
    room = add_group(false);
    bans->pins = 1 | 2;
    room->pins = 1 | 4;
    for (uint32_t i = 0; i < (many ? HASHED_GROUPS_MAX / 2 : 0); i++)
        add_group(false)->pins = 1; /* without keys */
    if (deny) {
        grants = add_group(true);
        grants->pins = 1 | 2;
    }
    for (uint32_t s = 0; s < 6; s++) {
        uint64_t key = bits_of(0, class_of_name(columns[0], s));

        put_key(bans, s, key + bits_of(1, class_of_name(columns[1], s == 5)), s, lists);
        if (s < 4)
            put_key(room, s, key + bits_of(2, class_of_name(columns[2], s != 3)), s, lists);
        if (deny)
            put_key(grants, s, key + bits_of(1, class_of_name(columns[1], s != 5)), s, lists);
    }
    order_bucket(bans, true);
    order_bucket(room, false);
    if (deny)
        order_bucket(grants, true);
    prepare(others);
    for (uint32_t s = 0; s < N_SUBJECTS; s++)
        for (uint32_t a = 0; a < 2; a++)
            for (uint32_t r = 0; r < 2; r++) {
                bool banned = s < 6 && a == (s == 5), of_room = s < 4 && r == (s != 3), granted = deny && s < 6 && a == (s != 5);
                uint32_t found = (uint32_t)banned + granted + of_room;
                struct hashed_work work = {
                    .groups = !many ? found : s >= 6 ? 0 : 1u + (s < 4) + deny,
                    .buckets = !many      ? found + (s >= 4 && s < 6 ? (uint32_t)banned + granted : 0)
                               : s >= 6 ? 0
                                        : (banned && s < 4 ? 1u : 2u) + (s < 4) + (!deny ? 0 : granted && s < 4 ? 1 : 2),
                    /* The part of a clause that is not less than what was found is not looked at. */
                    .parts = found - (lists && banned && of_room),
                    .conds = lists ? 0 : found,
                };

                ask(s, a, r);
                expect(deny ? "buckets, default deny" : "buckets", banned || of_room || (deny && !granted) ? RCK_DENY : RCK_ALLOW,
                       banned || of_room ? s : RCK_NONE, work);
            }
}

/* One group whose first bucket is full, with a key behind it; then two groups of grants, which may both have a key of one request. */
static void
test_few_groups(void)
{
    struct hashed_group *group;

    for (uint32_t n_columns = 1; n_columns <= 2; n_columns++) { /* the second one is not pinned */
        begin(RCK_ALLOW);
        table->n_key_columns = n_columns;
        table->key_columns[0] = column_of("subject");
        table->key_columns[1] = column_of("action");
        group = add_group(false);
        group->pins = 1;
        for (uint32_t s = 0; s < 5; s++)
            put_key(group, s, class_of_name(table->key_columns[0], s), s, false);
        order_bucket(group, true);
        prepare(0);
        judge(table->is_single == (n_columns == 1), "a group that pins one of %" PRIu32 " key columns is all", n_columns);
        for (uint32_t s = 0; s < N_SUBJECTS; s++) {
            ask(s, 0, 0);
            expect("one group", s < 5 ? RCK_DENY : RCK_ALLOW, s < 5 ? s : RCK_NONE,
                   (struct hashed_work){ .groups = s < 5, .buckets = s < 4 ? 1 : s == 4 ? 2 : 0, .parts = s < 5, .conds = s < 5 });
        }
    }

    begin(RCK_DENY);
    table->n_key_columns = 2;
    table->key_columns[0] = column_of("subject");
    table->key_columns[1] = column_of("action");
    for (uint32_t k = 0; k < 2; k++) {
        group = add_group(true);
        group->pins = 1u << k;
        put_key(group, 0, bits_of(k, class_of_name(table->key_columns[k], 0)), k, false);
    }
    slots[group->first_slot].what |= 1; /* never certain */
    prepare(0);
    for (uint32_t s = 0; s < 2; s++)
        for (uint32_t a = 0; a < 2; a++) {
            uint32_t found = 2 - s - a;

            ask(s, a, 0);
            expect("two groups of grants", s == 0 ? RCK_ALLOW : a == 0 ? RCK_INDETERMINATE : RCK_DENY, s != 0 && a == 0 ? 1 : RCK_NONE,
                   (struct hashed_work){ .groups = found, .buckets = found, .parts = found, .conds = found });
        }
}

/* All that enforced clauses and grants can say together: each nothing, something certain, or something unknown. */
static void
test_verdicts(void)
{
    enum { NOTHING, CERTAIN, UNKNOWN };

    for (uint32_t bans = NOTHING; bans <= UNKNOWN; bans++)
        for (uint32_t grants = NOTHING; grants <= UNKNOWN; grants++) {
            uint32_t found = (uint32_t)(bans != NOTHING) + (grants != NOTHING), clause = bans != NOTHING ? 3 : 5;
            enum rck_result result = bans == CERTAIN || grants == NOTHING         ? RCK_DENY
                                     : bans == UNKNOWN || grants == UNKNOWN ? RCK_INDETERMINATE
                                                                            : RCK_ALLOW;

            begin(RCK_DENY);
            if (bans != NOTHING)
                put_key(add_group(false), 0, 0, 3, false);
            if (grants != NOTHING)
                put_key(add_group(true), 0, 0, 5, false);
            if (bans == UNKNOWN)
                slots[groups[0].first_slot].what |= 1;
            if (grants == UNKNOWN)
                slots[groups[bans != NOTHING].first_slot].what |= 1;
            prepare(0);
            ask(0, 0, 0);
            expect("what both say", result, result == RCK_ALLOW || (bans != CERTAIN && grants == NOTHING) ? RCK_NONE : clause,
                   (struct hashed_work){ .groups = found, .buckets = found, .parts = found, .conds = found });
        }
}

/* Keys of three columns that are no dimensions. */
static void
test_other_keys(bool deny)
{
    static const struct {
        uint32_t e, f, g;
    } keys[] = { { 0, 1, 2 }, { 1, 1, 1 }, { 2, 0, RCK_NONE }, { 1, 2, 0 } };
    uint32_t columns[] = { column_of("e"), column_of("f"), column_of("g") };
    struct hashed_group *bans, *grants = NULL;

    begin(deny ? RCK_DENY : RCK_ALLOW);
    table->n_key_columns = 3;
    memcpy(table->key_columns, columns, sizeof columns);
    bans = add_group(false);
    bans->pins = 1 | 2 | 4;
    if (deny) {
        grants = add_group(true);
        grants->pins = bans->pins;
    }
    for (uint32_t i = 0; i < N_ELEMENTS(keys); i++)
        put_key(deny && i % 2 != 0 ? grants : bans, deny ? i / 2 : i,
                bits_of(0, class_of_name(columns[0], keys[i].e)) + bits_of(1, class_of_name(columns[1], keys[i].f))
                    + bits_of(2, class_of_name(columns[2], keys[i].g)), i, false);
    if (!deny)
        order_bucket(bans, false);
    prepare(3);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t e = i % 4 - 1, f = i / 4 % 4 - 1, g = i / 16 - 1, found = RCK_NONE; /* 0 - 1 is RCK_NONE */

        for (uint32_t k = 0; k < N_ELEMENTS(keys); k++)
            if (keys[k].e == e && keys[k].f == f && keys[k].g == g)
                found = k;
        ask(0, 0, 0);
        ask_name("e", e);
        ask_name("f", f);
        ask_name("g", g);
        expect("keys of attributes", deny ? (found != RCK_NONE && found % 2 != 0 ? RCK_ALLOW : RCK_DENY) : found != RCK_NONE ? RCK_DENY : RCK_ALLOW,
               found != RCK_NONE && (!deny || found % 2 == 0) ? found : RCK_NONE,
               (struct hashed_work){ .groups = deny ? 2 : 1, .buckets = deny ? 2 : 1, .parts = found != RCK_NONE, .conds = found != RCK_NONE });
    }
}

/* The parts of a list, as they stand, and as the leaf of a tree: each condition that is looked at is counted. */
static void
test_parts(bool tree)
{
    uint32_t n = column_of("n"), e = column_of("e"), slot = rck_policy_find_attribute(policy, "n", 1);
    uint32_t all = policy->table.classes.columns[n].n_classes, skipped = tree ? 0 : TREE_COLUMNS + 1 + NODE_WORDS + DIM_WORDS;
    const uint32_t parts[] = {
        1, n, /* a tree with one node, where nothing is certain inside */
        LIST_WORDS + 1 + TREE_COLUMNS + 1 + NODE_WORDS + DIM_WORDS + 8 + 5 + 5, 0, 1 << 1, 0, all, 0, 0, 0, 0, 0, 0,
        0 << 1, 8, n << 2 | FORM_KNOWN, 1, 2, e << 2 | FORM_KNOWN, 0, 4,
        1 << 1, 5, n << 2 | FORM_UNKNOWN, 2, 3,
        2 << 1 | 1, 5, n << 2 | FORM_KNOWN, 3, 4,
    };
    struct hashed_work work = { .groups = 1, .buckets = 1, .nodes = tree };

    make_list(parts + skipped, (uint32_t)N_ELEMENTS(parts) - skipped, tree ? LIST_TREE : LIST_PARTS);
    prepare(0);
    for (uint32_t class_idx = 0; class_idx < 6; class_idx++) {
        bool known = class_idx < 5;

        ask(0, 0, 0);
        if (known)
            request_set_number(request, slot, 10 * (int64_t)class_idx - 5); /* the cuts are 0, 10, and so on */
        work.parts = class_idx == 1 ? 1 : class_idx == 2 ? 2 : 3;
        work.conds = class_idx == 1 ? 2 : class_idx == 2 ? 2 : 3;
        expect(tree ? "a tree" : "a list", class_idx == 1 || class_idx == 2 ? RCK_DENY : class_idx == 3 || !known ? RCK_INDETERMINATE : RCK_ALLOW,
               class_idx == 1 ? 0 : class_idx == 2 || !known ? 1 : class_idx == 3 ? 2 : RCK_NONE, work);
    }
}

/* A list of inline parts, of which all are asked: two that ask for a number, and one that never is certain. */
static void
test_inline_parts(void)
{
    static const uint32_t parts[] = { 4 << 1, 1, 5 << 1 | 1, 2, 3 << 1, 1 };
    uint32_t n = column_of("n"), slot = rck_policy_find_attribute(policy, "n", 1);

    for (uint32_t n_parts = 0; n_parts <= 3; n_parts++) {
        struct hashed_work work = { .groups = 1, .buckets = 1, .parts = n_parts, .conds = n_parts };

        make_list(parts, 2 * n_parts, LIST_INLINE);
        table->n_tests = 3;
        tests[1] = (struct hashed_test){ n, 1, 2, .says_unknown = 1 };
        tests[2] = (struct hashed_test){ n, 2, 4, .says_unknown = 0 };
        prepare(0);
        for (uint32_t class_idx = 0; class_idx < 6; class_idx++) {
            bool known = class_idx < 5, certain = class_idx == 1 && n_parts >= 1, never = (class_idx == 2 || class_idx == 3) && n_parts >= 2;
            uint32_t first = n_parts == 3 ? 3 : 4;

            ask(0, 0, 0);
            if (known)
                request_set_number(request, slot, 10 * (int64_t)class_idx - 5); /* the cuts are 0, 10, and so on */
            expect("inline parts", certain ? RCK_DENY : never || (!known && n_parts >= 1) ? RCK_INDETERMINATE : RCK_ALLOW,
                   certain || (!known && n_parts >= 1) ? first : never ? 5 : RCK_NONE, work);
        }
    }
}

/* A test of no class, which is unknown where the number is. */
static void
test_empty_test(void)
{
    struct hashed_work work = { .groups = 1, .buckets = 1, .parts = 1, .conds = 1 };

    begin(RCK_ALLOW);
    tests[1] = (struct hashed_test){ .column = column_of("n"), .lo = 1, .hi = 1, .says_unknown = 1 };
    put_key(add_group(false), 0, 0, 3, false);
    prepare(0);
    ask(0, 0, 0);
    expect("a test of no class", RCK_INDETERMINATE, 3, work);
    for (int64_t number = -10; number <= 20; number += 10) {
        ask(0, 0, 0);
        request_set_number(request, rck_policy_find_attribute(policy, "n", 1), number);
        expect("a test of no class", RCK_ALLOW, RCK_NONE, work);
    }
}

/* A key that is not the name of a subject, though it is of the subject; no policy says so, but a saved one might. */
static void
test_strange_key(void)
{
    struct class_column *column = &policy->table.classes.columns[column_of("e")], was = *column;

    begin(RCK_ALLOW);
    table->n_key_columns = 1;
    table->key_columns[0] = column_of("e");
    put_key(add_group(false), 0, 0, 0, false);
    column->kind = COLUMN_SAME;
    column->slot = SLOT_SUBJECT;
    prepare(1);
    *column = was;
}

/* ---- verifying ---------------------------------------------------------------------------------------------------------- */

static void
right(const char *what)
{
    judge(verified(), "%s is right", what);
}

static void
wrong(const char *what)
{
    judge(!verified(), "%s is wrong", what);
}

/* A list of N words at WHAT, of a table that goes on behind it with the rest of the ALL. */
static void
wrong_list(const char *what, const uint32_t *list, uint32_t n, uint32_t all, enum list_kind kind)
{
    make_list(list, all, kind);
    words[1 + LIST_SIZE] = n << LIST_KIND_BITS | kind;
    wrong(what);
}

static void
test_wrong_lists(void)
{
    struct classes *classes = &policy->table.classes;
    uint32_t n = column_of("n"), last = classes->n_columns - 1;
    const uint32_t part[] = { 0, 5, n << 2, 1, 2 };
    const uint32_t sets[] = { 0, 7, n << 2 | FORM_SETS, 1, 0, 1, 0 };
    const uint32_t of_last[] = { 0, 5, last << 2, 0, 1 };
    const uint32_t short_part[] = { 0, 4, n << 2, 1, 2 }, shorter_part[] = { 0, 3, n << 2, 1, 2 };
    const uint32_t short_sets[] = { 0, 6, n << 2 | FORM_SETS, 1, 0, 1, 0 };
    const uint32_t parts[] = { 0, 2, 0, 2, 0, 2 };
    const uint32_t inlines[] = { 2 << 1, 1, (N_CUTS - 1) << 1 | 1, 1, 0, 0, 0, 2, N_CUTS << 1, 1 };

    make_list(part, 5, LIST_PARTS);
    right("a list of one part");
    make_list(sets, 7, LIST_PARTS);
    right("a list with sets");
    wrong_list("a condition behind the end of its part", short_part, 4, 5, LIST_PARTS);
    wrong_list("a condition behind the end of its part", shorter_part, 3, 5, LIST_PARTS);
    wrong_list("a condition on sets behind the end of its part", short_sets, 6, 7, LIST_PARTS);
    for (uint32_t i = 4; i <= 6; i += 2) {
        make_list(sets, 7, LIST_PARTS);
        words[2 + i] = UINT32_MAX; /* more than are looked at */
        wrong("a set of too many ranges");
    }
    make_list(of_last, 5, LIST_PARTS);
    right("a condition on the last column");
    classes->n_columns--;
    wrong("a condition on a column that is not there");
    classes->n_columns++;

    make_list(inlines, 4, LIST_INLINE);
    right("a list of two inline parts");
    make_list(inlines, 0, LIST_INLINE);
    right("a list of no part");
    wrong_list("half an inline part", inlines, 3, 4, LIST_INLINE);
    wrong_list("an inline part without a test", inlines, 6, 6, LIST_INLINE);
    wrong_list("a test that is not there", inlines + 6, 2, 2, LIST_INLINE);
    wrong_list("a clause that is not there", inlines + 8, 2, 2, LIST_INLINE);
    wrong_list("a list of another kind", inlines, 0, 4, LIST_KINDS);

    make_list(parts, 6, LIST_PARTS);
    right("a list of three parts");
    for (uint32_t n_words = 2; n_words < 8; n_words += 2) {
        table->n_words = n_words;
        wrong("a list behind the last word");
    }
    make_list(parts, 6, LIST_PARTS);
    memmove(words + 21, words + 1, 7 * sizeof *words);
    slots[0].what = 21;
    table->n_words += 20;
    right("a list of three parts behind other words");
    for (uint32_t n_words = 22; n_words < 28; n_words += 2) {
        table->n_words = n_words;
        wrong("a list behind the last word, and no longer than what there is");
    }
    make_list(parts, 6, LIST_PARTS);
    slots[1] = (struct hashed_slot){ .key = 1, .what = 1 };
    groups[0].n_keys = 2;
    wrong("a list of two keys"); /* each has its own: so checking is linear */
    slots[1].what = 1 + LIST_WORDS + 6;
    words[1 + LIST_WORDS + 6] = 0;
    table->n_words++;
    right("lists of two keys");
}

/* A node of one column with all of its classes; its parts follow. */
static uint32_t
put_node(uint32_t *at, uint32_t n_dims, uint32_t end, bool leaf)
{
    memset(at, 0, (NODE_WORDS + n_dims * DIM_WORDS) * sizeof *at);
    at[NODE_END] = end;
    at[NODE_PARTS] = (uint32_t)leaf << 1;
    return NODE_WORDS + n_dims * DIM_WORDS;
}

static void
test_wrong_trees(void)
{
    enum { TREE = 1 + LIST_WORDS, SIZE = NODE_WORDS + DIM_WORDS, DEPTH_MAX = 40 /* as in hashed.c */ };
    struct classes *classes = &policy->table.classes;
    uint32_t tree[WORDS_MAX / 2], n = column_of("n"), last = classes->n_columns - 1, at, size;

    for (uint32_t n_dims = 0; n_dims <= HASHED_DIMS_MAX + 1; n_dims++) {
        tree[TREE_DIMS] = n_dims;
        for (uint32_t i = 0; i < n_dims; i++)
            tree[TREE_COLUMNS + i] = i == 1 ? last : n;
        size = TREE_COLUMNS + n_dims;
        size += put_node(tree + size, n_dims, TREE + size + NODE_WORDS + n_dims * DIM_WORDS, true);
        make_list(tree, size, LIST_TREE);
        judge(verified() == (n_dims >= 1 && n_dims <= HASHED_DIMS_MAX), "trees have one to %d columns, and not %" PRIu32, HASHED_DIMS_MAX, n_dims);
        if (n_dims < 2)
            continue;
        classes->n_columns--;
        wrong("a tree of a column that is not there");
        classes->n_columns++;
    }
    tree[TREE_DIMS] = 1;
    tree[TREE_COLUMNS] = n;

    /* In the root a node with a leaf of two parts, which ends where its parent does, or behind it. */
    for (int behind = 0; behind < 2; behind++) {
        at = 2 + 3 * SIZE;
        memcpy(tree + at, (uint32_t[]){ 0, 2, 0, 2 }, 4 * sizeof *tree);
        put_node(tree + 2, 1, TREE + at + 4, false);
        put_node(tree + 2 + SIZE, 1, TREE + at + (behind ? 2 : 4), false);
        put_node(tree + 2 + 2 * SIZE, 1, TREE + at + 4, true);
        make_list(tree, at + 4, LIST_TREE);
        judge(verified() == (behind == 0), "a leaf that ends behind its parent is wrong");
    }

    /* A leaf whose end is within itself, where another one would begin: its first word is the end of a range of the first. */
    put_node(tree + 2, 1, TREE + 2 + SIZE - 1, true);
    put_node(tree + 2 + SIZE - 1, 1, TREE + 2 + 2 * SIZE - 1, true);
    make_list(tree, 2 + 2 * SIZE - 1, LIST_TREE);
    wrong("a node that ends within itself");
    put_node(tree + 2, 1, TREE + 2 + SIZE, true);
    put_node(tree + 2 + SIZE, 1, TREE + 2 + 2 * SIZE, true);
    make_list(tree, 2 + 2 * SIZE, LIST_TREE);
    right("a tree of two nodes");
    wrong_list("a tree that ends within a node", tree, 2 + 2 * SIZE - 1, 2 + 2 * SIZE, LIST_TREE);

    for (uint32_t depth = DEPTH_MAX - 1; depth <= DEPTH_MAX + 1; depth++) {
        size = 2 + (depth + 1) * SIZE;
        for (uint32_t i = 0; i <= depth; i++)
            put_node(tree + 2 + i * SIZE, 1, TREE + size, i == depth);
        make_list(tree, size, LIST_TREE);
        judge(verified() == (depth <= DEPTH_MAX), "a tree is %d nodes deep, and not %" PRIu32, DEPTH_MAX, depth);
    }
}

static void
test_wrong_groups(void)
{
    struct classes *classes = &policy->table.classes;
    struct hashed_group *group;
    uint32_t n = column_of("n"), was = classes->columns[n].slot;

    begin(RCK_ALLOW);
    for (uint32_t i = 0; i < HASHED_GROUPS_MAX; i++)
        (void)add_group(i >= 8);
    table->n_slots = SLOTS_MAX;
    for (uint32_t i = 0; i <= HASHED_GROUPS_MAX; i++)
        groups[i] = (struct hashed_group){ .grants = i >= 8, .n_slots = HASHED_BUCKET };
    right("as many groups as there may be");
    table->n_groups++;
    wrong("one group more");
    table->n_groups--;
    groups[10].n_keys = 1;
    wrong("a group of grants that is not the first");
    groups[10].n_keys = 0;
    groups[8].grants = false;
    right("more groups of bans");
    groups[8].grants = true;
    groups[9].grants = false;
    wrong("a group of bans behind grants");

    begin(RCK_ALLOW);
    group = add_group(false);
    right("a group without keys");
    group->pins = 1;
    right("a pin of a key column that is not there");
    group->pins = 0;
    table->n_slots--;
    wrong("slots behind the last");
    table->n_slots++;
    group->first_slot = table->n_slots + HASHED_BUCKET;
    wrong("a group behind the last slot");
    group->first_slot = 0;
    group->n_slots = UINT32_MAX - HASHED_BUCKET + 1;
    wrong("more slots than there are numbers");
    group->n_slots = HASHED_BUCKET;

    table->n_tests = 0;
    wrong("no test");
    table->n_tests = 1;
    right("no test but the first");

    table->n_tests = 3;
    tests[2] = (struct hashed_test){ .column = n, .lo = 1, .hi = 2 };
    right("a test of a number");
    classes->n_columns = n;
    wrong("a test of a column that is not there");
    classes->n_columns = policy->space.columns.n;
    classes->columns[n].slot = UINT16_MAX;
    right("a test of the last slot that has 16 bits");
    classes->columns[n].slot = UINT16_MAX + 1;
    wrong("a test of a slot of more than 16 bits");
    classes->columns[n].slot = was;

    begin(RCK_ALLOW);
    group = add_group(false);
    put_key(group, 1, 5, 0, false);
    wrong("a key behind a free slot");
    begin(RCK_ALLOW);
    group = add_group(false);
    put_key(group, 0, HASHED_KEY_MAX - 1, 0, false);
    right("the greatest key");
    slots[0].key++;
    wrong("a key that is too great");

    for (uint32_t n_keys = HASHED_PROBES_MAX; n_keys <= HASHED_PROBES_MAX + 1; n_keys++) {
        begin(RCK_ALLOW);
        group = add_group(false);
        for (uint32_t i = 0; i < n_keys; i++)
            put_key(group, i, i, 0, false);
        judge(verified() == (n_keys == HASHED_PROBES_MAX), "of %d keys that begin in one bucket the last is too far, and not of %" PRIu32,
              HASHED_PROBES_MAX + 1, n_keys);
    }

    for (int twice = 0; twice < 2; twice++) {
        begin(RCK_ALLOW);
        group = add_group(false);
        put_key(group, 0, 7, 0, false);
        put_key(group, 1, twice ? 7 : 8, 1, false);
        judge(verified() == (twice == 0), "a key that is there twice is wrong");
    }
}

int
main(void)
{
    compile();
    arena_init(&arena, &policy->mem, SIZE_MAX);
    for (int i = 0; i < 16; i++)
        test_buckets((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0);
    test_few_groups();
    test_verdicts();
    test_other_keys(false);
    test_other_keys(true);
    test_parts(false);
    test_parts(true);
    test_inline_parts();
    test_empty_test();
    test_strange_key();
    test_wrong_lists();
    test_wrong_trees();
    test_wrong_groups();
    arena_free(&arena);
    rck_request_free(request);
    rck_policy_unref(policy);
    return judged();
}
