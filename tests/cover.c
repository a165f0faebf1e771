/* SPDX-License-Identifier: MIT
 *
 * Questions about all requests, against brute force: for random small policies every combination of classes is made, and each is
 * asked for values that produce it.  Then cover_find() must give, for every row, what the combinations say, with the index and
 * without it; and a witness must lie where it was looked for.  Of a policy of hundreds of clauses the index must find what all rows
 * together say, in far fewer steps.
 *
 *     cover [POLICIES [FIRST-SEED]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/cover.h"
#include "random_policy.h"
#include "text.h"

enum { MOST_TUPLES = 6000, ROWS_MAX = 200, LAST_STEPS = 8, LAST_PIECES = 32 };

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

/* With fewer steps than ANSWER took a question has the same answer, or none; it has none if more are counted than it may take, but for
 * those of the values that were found last. */
static void
check_limits(struct cover *cover, struct box box, const struct cover_rows *rows, bool complete, enum cover_answer answer, uint64_t seed)
{
    uint64_t limit = cover->limit, needed;

    (void)cover_find(cover, box, rows, complete);
    needed = cover->steps;
    for (uint64_t few = needed + 1; few-- != 0; few -= few / 4) {
        enum cover_answer got;

        cover->limit = few;
        got = cover_find(cover, box, rows, complete);
        if (got != COVER_UNFINISHED && got != answer)
            fail(seed, "with few steps there is another answer");
        if (got == COVER_UNFINISHED && few == needed)
            fail(seed, "the steps that an answer took are not enough for it");
        if (got != COVER_UNFINISHED && cover->steps > few + LAST_STEPS)
            fail(seed, "an answer takes more steps than it may");
    }
    cover->limit = limit;
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
    if (counts->questions % 4 == 0 && answer != COVER_UNFINISHED)
        check_limits(cover, box, rows, complete, answer, seed);
}

/* What cover_part() says is inside is in the rows, and what is outside is not; together they are the box, each tuple once. */
static void
check_parts(struct cover *cover, const struct tuples *tuples, struct box box, const struct cover_rows *rows, uint64_t seed)
{
    struct boxes boxes = { 0 }, parts[2] = { { { 0 } } };
    uint32_t n_conds = cover->rows.conds.n;
    uint64_t limit = cover->limit, needed;

    *vec_push(cover->arena, &boxes.boxes) = box;
    if (!cover_part(cover, &boxes, rows, &parts[0], &parts[1]))
        return;
    needed = cover->steps;
    for (uint32_t t = 0; t < tuples->n; t++) {
        bool in = rows_have(cover, rows, t);

        for (unsigned out = 0; out < 2; out++) {
            bool has = false;

            for (uint32_t i = 0; i < parts[out].boxes.n; i++)
                has = has || box_has(cover, parts[out].boxes.items[i], t);
            if (has != (box_has(cover, box, t) && in == (out == 0)))
                fail(seed, "the parts inside and outside of rows are others");
        }
    }
    for (uint64_t few = needed; few-- != 0; few -= few / 4) {
        cover->limit = few;
        if (cover_part(cover, &boxes, rows, NULL, NULL) && cover->steps > few + LAST_PIECES)
            fail(seed, "parting takes more steps than it may");
        cover->rows.conds.n = n_conds;
    }
    cover->limit = limit;
    cover->rows.conds.n = n_conds;
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
    check_parts(cover, tuples, box, rows, seed);
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

/* ---- optional facts ----------------------------------------------------------------------------------------------------- */

/* Comparisons of what must be given with what may be absent: a complete request lacks the latter alone. */
static const char *const optional[] = {
    "attribute e : { x, y }; attribute f : { x, y } optional; } c: deny when f is present and e == f; d: deny when e == x;",
    "attribute e : { x, y } optional; attribute f : { x, y }; } c: deny when e is present and e == f; d: deny when f == x;",
    "attribute e, f : { x, y }; attribute g : { x, y } optional; } c: deny when e == f; d: deny when g is present and g == x;",
    "attribute e : string; attribute f : string optional; } c: deny when f is present and e == f; d: deny when e matches \"a*\";",
    "attribute e, f : string; } c: deny when e == f; d: deny when e == \"a\" or f matches \"b*\";",
    "attribute m : int 0..3; attribute n : int 0..3 optional; } c: deny when n is present and m > n; d: deny when m == 2;",
    "attribute m : int 0..3 optional; attribute n : int 0..3; } c: deny when m is present and m > n; d: deny when n == 2;",
    "attribute m, n : int 0..3; } c: deny when m > n + 1; d: deny when m == 2;",
    "attribute n, most : int 0..3; counter k : up by n on a d; } c: limit k to most; d: deny when n == 0;",
    "attribute n : int 0..3; attribute most : int 0..3 optional; counter k : up by n on a d; } c: limit k to most when most is present;",
    "attribute n : int 0..3 optional; attribute most : int 0..3; counter k : up by n on a d; } c: limit k to most when n is present;",
    "attribute t : set of { x, y } optional; } c: deny when t is present and t has x; d: deny when t is present and not (t has y);",
    "attribute t : set of { x, y }; attribute b : bool optional; } c: deny when t has x; d: deny when b is present and not (t has y);",
    "attribute b : bool; attribute t : time optional; } c: deny when b and t is present; d: deny when not b and t is present and t < now;",
};

static struct rck_policy *
compiled(const char *name, const char *text, size_t n)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_policy_compile(context, name, text, n, NULL, &policy) != RCK_OK) {
        fprintf(stderr, "does not compile: %s\n", text);
        exit(1);
    }
    rck_context_free(context);
    return policy;
}

static void
check_optional(struct counts *counts)
{
    for (size_t i = 0; i < N_ELEMENTS(optional); i++) {
        struct text text = { 0 };
        struct rck_policy *policy;

        addf(&text, "policy p; default allow; vocabulary { subject s; role r; action a; resource d; %s", optional[i]);
        policy = compiled("optional", text.p, text.n);
        check_policy(policy, i + 1, counts);
        rck_policy_unref(policy);
        free(text.p);
    }
    if (counts->policies != N_ELEMENTS(optional))
        fail(0, "an optional fact is skipped");
}

/* ---- many clauses ------------------------------------------------------------------------------------------------------- */

enum { LARGE_SUBJECTS = 9, LARGE_ACTIONS = 5, LARGE_RESOURCES = 12, LARGE_NUMBERS = 14, LARGE_NAMES = 8, LARGE_CLAUSES = 600, LARGE_TWINS = 12 };

/* Clauses of all kinds about few subjects and resources each: with a number that they share with few others, with two that are compared
 * with each other, with ranges of names, and with nothing besides. */
static struct rck_policy *
large_policy(void)
{
    struct text text = { 0 };
    struct rck_policy *policy;
    uint64_t state = 4711;

    adds(&text, "policy p; default deny; vocabulary { role none; resource r");
    for (unsigned i = 0; i < LARGE_RESOURCES; i++)
        addf(&text, ", r.r%u", i);
    adds(&text, "; subject s");
    for (unsigned i = 0; i < LARGE_SUBJECTS; i++)
        addf(&text, ", s%u", i);
    adds(&text, "; action a");
    for (unsigned i = 0; i < LARGE_ACTIONS; i++)
        addf(&text, ", a%u", i);
    adds(&text, "; attribute kind : { k");
    for (unsigned i = 0; i < LARGE_ACTIONS; i++)
        addf(&text, ", k%u", i);
    for (unsigned i = 0; i < LARGE_NAMES; i++)
        addf(&text, " }; attribute x%u : { v0, v1, v2, v3, v4", i);
    adds(&text, " }; attribute like, unlike : { y, n }; attribute word : string; attribute opt : int optional; attribute file.m");
    for (unsigned i = 0; i < LARGE_NUMBERS; i++)
        addf(&text, ", file.n%u", i);
    adds(&text, " : int 0..1000; }\n");
    for (unsigned i = 0; i < LARGE_CLAUSES; i++) {
        unsigned subject = (unsigned)random_next(&state) % LARGE_SUBJECTS, action = (unsigned)random_next(&state) % LARGE_ACTIONS;
        unsigned resource = (unsigned)random_next(&state) % LARGE_RESOURCES, number = (unsigned)random_next(&state) % LARGE_NUMBERS;
        unsigned bound = (unsigned)random_next(&state) % 1000;

        addf(&text, "c%u: ", i);
        switch (i % 8) {
        case 0:
        case 1:
            addf(&text, "s%u %s a%u r.r%u;\n", subject, i % 8 == 0 ? "cannot" : "may", action, resource);
            break;
        case 2:
        case 3:
            addf(&text, "s%u %s a%u r.r%u when file.n%u > %u;\n", subject, i % 8 == 2 ? "cannot" : "may", action, resource, number, bound);
            break;
        case 4:
            addf(&text, "s%u cannot a%u r.r%u when file.n%u > file.m and file.m < %u;\n", subject, action, resource, number, bound);
            break;
        case 5:
            if (i % 3 == 0) {
                addf(&text, "s%u cannot a%u r.r%u when x0 == v0", subject, action, resource);
                for (unsigned k = 1; k < LARGE_NAMES; k++)
                    addf(&text, " and x%u == v%u", k, (bound + k * number) % 5);
                adds(&text, ";\n");
                break;
            }
            addf(&text, "anyone cannot use r.r%u when kind == k%u and file.n%u == %u;\n", resource, action, number, bound);
            break;
        case 6:
            addf(&text, "s%u cannot a%u r.r%u when word matches \"w%u*\" or opt is present or like == unlike;\n", subject, action, resource, number);
            break;
        default:
            addf(&text, "anyone cannot a%u r.r%u, r.r%u when file.n%u > file.m + %u;\n", action, resource, resource / 2, number, bound);
        }
    }
    for (unsigned i = 0; i < LARGE_TWINS; i++)
        addf(&text, "t%u: s0 cannot a0 r.r0 when word == \"t%u\";\n", i, i);
    policy = compiled("large", text.p, text.n);
    free(text.p);
    return policy;
}

/* What is asked of the large policy, by the index and without it, and the steps that it took. */
struct large {
    enum cover_answer *answers; /* two questions for each row, in general and of complete requests */
    struct row_list *met;
    uint64_t steps_found, steps_met;
};

static void
ask_large(struct cover *cover, struct large *large)
{
    static const unsigned kinds[] = { COVER_VIOLATED | COVER_UNKNOWN, COVER_VIOLATED, COVER_GRANTED | COVER_GRANT_UNKNOWN, 15 };
    uint32_t n = cover->rows.rows.n;

    large->answers = calloc(2 * (size_t)n, sizeof *large->answers);
    large->met = calloc(n, sizeof *large->met);
    if (large->answers == NULL || large->met == NULL)
        exit(1);
    for (uint32_t r = 0; r < n; r++) {
        struct box box = cover->rows.rows.items[r].box;
        struct cover_rows rows = { kinds[r % 4], cover->rows.rows.items[r].clause + 1, NULL };

        if (r % 5 == 0)
            box.n /= 2;
        for (unsigned complete = 0; complete < 2; complete++) {
            large->answers[2 * r + complete] = cover_find(cover, box, &rows, complete != 0);
            large->steps_found += cover->steps;
        }
        cover_meet(cover, box, &rows, r % 7 == 0 ? r % 3 : UINT32_MAX - 1, &large->met[r]);
        large->steps_met += cover->steps;
    }
}

/* What questions take is the same each time.  More steps: something has lost what it is there for.  Fewer: either a search has become
 * better, or it does what it does not count, and no limit ends that. */
static void
check_steps(const char *what, uint64_t steps, uint64_t least, uint64_t most)
{
    if (steps >= least && steps <= most)
        return;
    fprintf(stderr, "%s: %" PRIu64 " steps\n", what, steps);
    exit(1);
}

static void
check_large(void)
{
    struct arena arena, scratch;
    struct rck_policy *policy = large_policy();
    struct rck_request *witness = NULL;
    struct cover cover;
    struct large with = { 0 }, without = { 0 };
    uint32_t n_covered = 0, n;

    arena_init(&arena, NULL, (size_t)1 << 30);
    arena_init(&scratch, NULL, (size_t)1 << 30);
    if (rck_request_new(policy, &witness) != RCK_OK)
        exit(1);
    cover_init(&cover, policy, &arena, &scratch, witness, NULL, 0, 1u << 22);
    n = cover.rows.rows.n;
    if (n <= COVER_FEW_ROWS || cover.corners == NULL)
        fail(0, "the large policy has no index");
    ask_large(&cover, &with);
    cover_index(&cover, UINT32_MAX);
    ask_large(&cover, &without);
    for (uint32_t r = 0; r < n; r++) {
        for (uint32_t q = 2 * r; q < 2 * r + 2; q++) {
            n_covered += with.answers[q] == COVER_COVERED;
            if (with.answers[q] != without.answers[q] || with.answers[q] == COVER_UNFINISHED)
                fail(r, "of the large policy the index says something else, or nothing");
        }
        if (with.met[r].rows.n != without.met[r].rows.n
            || (r % 7 != 0 && with.met[r].rows.n != 0
                && memcmp(with.met[r].rows.items, without.met[r].rows.items, with.met[r].rows.n * sizeof(uint32_t)) != 0))
            fail(r, "of the large policy other rows meet a box");
    }
    if (n_covered < n / 4)
        fail(0, "of the large policy few questions are covered");
    check_steps("questions by the index", with.steps_found, 1380000, 1420000);
    check_steps("questions without the index", without.steps_found, 3620000, 3720000);
    check_steps("lists by the index", with.steps_met, 530000, 545000);
    free(with.answers);
    free(with.met);
    free(without.answers);
    free(without.met);
    rck_request_free(witness);
    rck_policy_unref(policy);
    arena_free(&arena);
    arena_free(&scratch);
}

/* Four questions, and 1,024 steps for each thing; what has no limit has no budget. */
static void
check_budget(void)
{
    if (cover_budget(10, 2) != 4 * 10 + 2 * 1024 || cover_budget(UINT64_MAX, 2) != UINT64_MAX) {
        fprintf(stderr, "the budget is another one\n");
        exit(1);
    }
}

int
main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 800, first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct counts counts = { 0 };

    check_budget();
    check_optional(&counts);
    check_large();
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
