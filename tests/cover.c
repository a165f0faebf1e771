/* SPDX-License-Identifier: MIT
 *
 * Questions about all requests, against brute force: for random small policies every combination of classes is made, and each is
 * asked for values that produce it.  Then cover_find() must give, for every row, what the combinations say, with the index and
 * without it; and a witness must lie where it was looked for.
 *
 *     cover [POLICIES [FIRST-SEED]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/cover.h"
#include "random_policy.h"

enum { MOST_TUPLES = 6000, ROWS_MAX = 200 };

struct counts {
    uint64_t policies, skipped, questions, covered, witnesses, unfinished;
};

/* All combinations of classes of a policy. */
struct tuples {
    uint32_t n;
    uint8_t *realised[2]; /* by tuple: values exist; of a complete request */
};

static void
fail(uint64_t seed, const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, what);
    exit(1);
}

static uint32_t
class_of_tuple(const struct cover *cover, uint32_t tuple, uint32_t column)
{
    for (uint32_t c = 0; c < column; c++)
        tuple /= cover->space.columns.items[c].n_classes;
    return tuple % cover->space.columns.items[column].n_classes;
}

static bool
box_has(const struct cover *cover, struct box box, uint32_t tuple)
{
    for (uint32_t i = 0; i < box.n; i++) {
        const struct cond *cond = &cover->rows.conds.items[box.first + i];

        if (!set_has(&cover->space.sets, cond->classes, class_of_tuple(cover, tuple, cond->column)))
            return false;
    }
    return true;
}

static bool
named(const struct cover *cover, const struct cover_rows *rows, uint32_t r)
{
    uint32_t clause = cover->rows.rows.items[r].clause;

    return (rows->kinds & cover->kinds[r]) != 0 && rows->without_plus_1 != clause + 1
           && (rows->clauses == NULL || rows->clauses[clause] != 0);
}

static bool
rows_have(const struct cover *cover, const struct cover_rows *rows, uint32_t tuple)
{
    for (uint32_t r = 0; r < cover->rows.rows.n; r++)
        if (named(cover, rows, r) && box_has(cover, cover->rows.rows.items[r].box, tuple))
            return true;
    return false;
}

/* The tuple of the witness. */
static uint32_t
tuple_of_witness(const struct cover *cover)
{
    uint32_t tuple = 0, stride = 1;

    for (uint32_t c = 0; c < cover->space.columns.n; c++) {
        const struct column *column = &cover->space.columns.items[c];

        tuple += stride * space_class(&cover->space, cover->policy, column, cover->witness);
        stride *= column->n_classes;
    }
    return tuple;
}

static bool
make_tuples(struct cover *cover, struct tuples *tuples)
{
    uint64_t n = 1;

    for (uint32_t c = 0; c < cover->space.columns.n; c++) {
        n *= cover->space.columns.items[c].n_classes;
        if (n > MOST_TUPLES)
            return false;
    }
    tuples->n = (uint32_t)n;
    for (unsigned complete = 0; complete < 2; complete++) {
        tuples->realised[complete] = calloc(tuples->n, 1);
        if (tuples->realised[complete] == NULL)
            exit(1);
        for (uint32_t t = 0; t < tuples->n; t++) {
            uint32_t n_conds = cover->rows.conds.n;
            struct box box = { n_conds, cover->space.columns.n };
            enum cover_answer answer;

            for (uint32_t c = 0; c < cover->space.columns.n; c++)
                *vec_push(cover->arena, &cover->rows.conds) =
                    (struct cond){ c, set_one(&cover->space.sets, class_of_tuple(cover, t, c)) };
            answer = cover_realise(cover, box, complete != 0);
            cover->rows.conds.n = n_conds;
            if (answer == COVER_UNFINISHED || (answer == COVER_WITNESS && tuple_of_witness(cover) != t))
                return false;
            tuples->realised[complete][t] = answer == COVER_WITNESS;
        }
    }
    return true;
}

static void
check_question(struct cover *cover, const struct tuples *tuples, struct box box, const struct cover_rows *rows, bool complete,
               uint64_t seed, struct counts *counts)
{
    uint32_t n_conds = cover->rows.conds.n, n_sets = cover->space.sets.sets.n;
    enum cover_answer answer = cover_find(cover, box, rows, complete);
    bool left = false;

    if (cover->rows.conds.n != n_conds || cover->space.sets.sets.n != n_sets)
        fail(seed, "a question left something behind");
    for (uint32_t t = 0; t < tuples->n && !left; t++)
        left = tuples->realised[complete][t] && box_has(cover, box, t) && !rows_have(cover, rows, t);
    counts->questions++;
    if (answer == COVER_UNFINISHED) {
        counts->unfinished++;
    } else if (answer == COVER_COVERED) {
        counts->covered++;
        if (left)
            fail(seed, "something is left over that is said to be covered");
    } else {
        uint32_t t = tuple_of_witness(cover);

        counts->witnesses++;
        if (!left)
            fail(seed, "there is a witness, and nothing is left over");
        if (!tuples->realised[complete][t] || !box_has(cover, box, t) || rows_have(cover, rows, t))
            fail(seed, "the witness is not where it was looked for");
    }
}

/* What cover_meet() lists is what meets; what cover_minus() lists is what is left, once. */
static void
check_lists(struct cover *cover, const struct tuples *tuples, struct box box, const struct cover_rows *rows, uint64_t seed)
{
    struct row_list list = { 0 };
    struct boxes rest = { 0 };
    uint32_t next = 0, n_conds = cover->rows.conds.n;

    cover_meet(cover, box, rows, UINT32_MAX - 1, &list);
    for (uint32_t r = 0; r < cover->rows.rows.n; r++) {
        bool meets = named(cover, rows, r) && boxes_meet(&cover->rows, &cover->space, box, cover->rows.rows.items[r].box);

        if (meets != (next < list.rows.n && list.rows.items[next] == r))
            fail(seed, "the rows that meet a box are others");
        next += meets;
    }
    if (!cover_minus(cover, box, rows, &rest))
        return;
    for (uint32_t t = 0; t < tuples->n; t++) {
        uint32_t times = 0;

        for (uint32_t i = 0; i < rest.boxes.n; i++)
            times += box_has(cover, rest.boxes.items[i], t);
        if (times != (box_has(cover, box, t) && !rows_have(cover, rows, t)))
            fail(seed, "the pieces that are left are others");
    }
    cover->rows.conds.n = n_conds;
}

static void
check_policy(struct rck_policy *policy, uint64_t seed, struct counts *counts)
{
    struct arena arena, scratch;
    struct rck_request *witness = NULL;
    struct cover cover;
    struct tuples tuples = { .n = 0 };
    uint8_t *clauses = calloc(policy->clauses.n + 1, 1);
    uint64_t state = seed;

    arena_init(&arena, NULL, (size_t)1 << 30);
    arena_init(&scratch, NULL, (size_t)1 << 30);
    if (clauses == NULL || rck_request_new(policy, &witness) != RCK_OK)
        exit(1);
    cover_init(&cover, policy, &arena, &scratch, witness, NULL, 0, 1u << 22);
    if (cover.rows.rows.n == 0 || cover.rows.rows.n > ROWS_MAX || !make_tuples(&cover, &tuples)) {
        counts->skipped++;
    } else {
        counts->policies++;
        for (unsigned indexed = 0; indexed < 2; indexed++) {
            cover_index(&cover, indexed != 0 ? 0 : UINT32_MAX);
            for (uint32_t r = 0; r < cover.rows.rows.n; r++) {
                uint32_t clause = cover.rows.rows.items[r].clause;
                struct box box = cover.rows.rows.items[r].box;
                struct cover_rows rows = { (unsigned)random_next(&state) % 16, 0, NULL };

                for (uint32_t c = 0; c < policy->clauses.n; c++)
                    clauses[c] = random_next(&state) % 2 == 0;
                if (random_next(&state) % 2 == 0)
                    rows.without_plus_1 = clause + 1;
                if (random_next(&state) % 4 == 0)
                    rows.clauses = clauses;
                if (random_next(&state) % 4 == 0) /* everything, and beginnings of boxes */
                    box.n = (uint32_t)random_next(&state) % (box.n + 1);
                for (unsigned complete = 0; complete < 2; complete++)
                    check_question(&cover, &tuples, box, &rows, complete != 0, seed, counts);
                check_lists(&cover, &tuples, box, &rows, seed);
            }
        }
    }
    free(tuples.realised[0]);
    free(tuples.realised[1]);
    free(clauses);
    rck_request_free(witness);
    arena_free(&arena);
    arena_free(&scratch);
}

int
main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 800, first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct counts counts = { 0 };

    for (uint64_t seed = first; seed < first + n; seed++) {
        struct random_policy *made = random_policy_new(seed, RANDOM_ALL & ~(unsigned)RANDOM_GUESSED_ASSERTS);
        struct str text = random_policy_text(made);
        struct rck_context *context = NULL;
        struct rck_policy *policy = NULL;

        if (rck_context_new(NULL, &context) != RCK_OK)
            return 1;
        if (rck_policy_compile(context, "random", text.p, text.n, NULL, &policy) == RCK_OK)
            check_policy(policy, seed, &counts);
        rck_policy_unref(policy);
        rck_context_free(context);
        random_policy_free(made);
    }
    printf("%" PRIu64 " policies (%" PRIu64 " larger ones skipped), %" PRIu64 " questions: %" PRIu64 " covered, %" PRIu64
           " witnesses, %" PRIu64 " not completed\n",
           counts.policies, counts.skipped, counts.questions, counts.covered, counts.witnesses, counts.unfinished);
    /* A test that meets too little tests nothing. */
    if (n >= 800 && (counts.policies < 100 || counts.covered < 1000 || counts.witnesses < 1000 || counts.unfinished > counts.questions / 100))
        return 1;
    return 0;
}
