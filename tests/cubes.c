/* SPDX-License-Identifier: MIT
 *
 * Differences, residuals and nearest allows, against brute force.  A random small policy is compared with itself under other
 * parameters, with itself in another order, and with another policy; every combination of classes of what they have in common is
 * made a request, which both decide.  The union of the regions must be exactly the requests that change, or get the result; the
 * witnesses must do so when they are replayed as text; and of small regions there must be at most twice as many as needed.  With few steps
 * an answer is the same, or says that it is not complete, and what it tells then is true.
 *
 *     cubes [POLICIES [FIRST-SEED]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/cube_text.h"
#include "../engine/regions.h"
#include "random_policy.h"

enum { MOST_TUPLES = 3000, COUNTED_TUPLES = 400, FEW_OF = 5 };

struct counts {
    uint64_t few, few_finished, policies, diffs, same, changes, residuals, nearest, regions, tuples, skipped, unfinished, counted, most;
};

static uint64_t seed;

static void
fail(const char *what)
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

static uint32_t
count_tuples(const struct cover *cover)
{
    uint64_t n = 1;

    for (uint32_t c = 0; c < cover->space.columns.n && n <= MOST_TUPLES; c++)
        n *= cover->space.columns.items[c].n_classes;
    return n <= MOST_TUPLES ? (uint32_t)n : 0;
}

/* Makes the cover's witness a request of TUPLE; false if there is none. */
static bool
realise_tuple(struct cover *cover, uint32_t tuple, bool complete, struct counts *counts)
{
    uint32_t n_conds = cover->rows.conds.n;
    struct box box = { n_conds, cover->space.columns.n };
    enum cover_answer answer;

    for (uint32_t c = 0; c < cover->space.columns.n; c++)
        *vec_push(cover->arena, &cover->rows.conds) = (struct cond){ c, set_one(&cover->space.sets, class_of_tuple(cover, tuple, c)) };
    answer = cover_realise(cover, box, complete);
    cover->rows.conds.n = n_conds;
    counts->unfinished += answer == COVER_UNFINISHED;
    return answer == COVER_WITNESS;
}

/* Decides JSON by POLICY, at the time that WITNESS gives (or none). */
static enum rck_result
replay(struct rck_policy *policy, const char *json, const struct rck_request *witness)
{
    struct rck_request *request = NULL;
    enum rck_result result;
    uint32_t now = witness != NULL ? witness->policy->now : RCK_NONE;

    if (rck_request_new(policy, &request) != RCK_OK)
        exit(1);
    (void)rck_request_read_json(request, json, strlen(json));
    if (now != RCK_NONE && request_state(witness, now) != VALUE_ABSENT)
        rck_request_set_now(request, request_number(witness, now));
    result = rck_decide(policy, request, NULL);
    rck_request_free(request);
    return result;
}

/* What the policy of SIDE gives the witness, without the attributes that only the other one has. */
static enum rck_result
replay_side(struct rck_regions *r, unsigned side, struct rck_policy *policy)
{
    uint32_t n = r->joint.policy->slots.n;
    uint32_t *states = malloc((n + 1) * sizeof *states);
    uint8_t *has = calloc(n + 1, 1);
    enum rck_result result;

    if (states == NULL || has == NULL)
        exit(1);
    memcpy(states, r->witness->codes, n * sizeof *states);
    for (uint32_t s = 0; s < policy->slots.n; s++)
        if (r->joint.slots[side][s] != 0)
            has[r->joint.slots[side][s] - 1] = 1;
    for (uint32_t s = 0; s < n; s++)
        if (has[s] == 0)
            request_set_code(r->witness, s, VALUE_ABSENT);
    result = replay(policy, request_json(r->witness, &r->arena).p, r->witness);
    for (uint32_t s = 0; s < n; s++)
        request_set_code(r->witness, s, states[s]);
    free(states);
    free(has);
    return result;
}

/* ANSWER was given fewer steps than FULL, which is complete.  Returns whether it is complete, too. */
static bool
check_few(const struct rck_regions *answer, const struct rck_regions *full, struct counts *counts)
{
    counts->few++;
    counts->few_finished += answer->finished;
    if (answer->finished && answer->regions.n != full->regions.n)
        fail("with few steps there are more or fewer regions");
    for (uint32_t i = 0; i < answer->regions.n && answer->finished; i++)
        if (strcmp(answer->regions.items[i].told.text, full->regions.items[i].told.text) != 0)
            fail("with few steps a region is another one");
    return answer->finished;
}

static void
few_steps_diff(struct rck_policy *old, struct rck_policy *new_policy, const struct rck_regions *full, struct counts *counts)
{
    bool finished = false;

    for (uint64_t steps = 1; !finished && steps < 100000; steps += steps / 2 + 1) {
        struct rck_regions *r = NULL;

        if (rck_policy_diff(old, new_policy, steps, &r) != RCK_OK)
            fail("the difference fails with few steps");
        finished = check_few(r, full, counts);
        for (uint32_t i = 0; i < r->regions.n && !finished; i++) {
            const struct region *region = &r->regions.items[i];

            r->cover.limit = UINT64_MAX;
            r->cover.budget = UINT64_MAX;
            if (cover_realise(&r->cover, region->box, region->told.complete) != COVER_WITNESS
                || replay_side(r, 0, old) != region->told.from || replay_side(r, 1, new_policy) != region->told.to)
                fail("with few steps a region is told that does not change so");
        }
        rck_regions_free(r);
    }
}

static void
few_steps(const struct rck_request *request, enum rck_status (*ask)(const struct rck_request *, uint64_t, struct rck_regions **),
          const struct rck_regions *full, struct counts *counts)
{
    uint64_t too_few = 0, enough = 0; /* in the end, the fewest that are enough: there nothing must be left out */

    for (uint64_t steps = 1; steps < 100000 && too_few + 1 != enough;) {
        struct rck_regions *r = NULL;
        bool finished;

        if (ask(request, steps, &r) != RCK_OK)
            fail("an answer fails with few steps");
        finished = check_few(r, full, counts);
        r->cover.limit = r->cover.budget = UINT64_MAX;
        for (uint32_t i = 0; i < r->regions.n && !finished; i++) {
            const struct region *region = &r->regions.items[i];

            /* The witness is made once more, for its time, which JSON does not say. */
            if (cover_realise(&r->cover, region->box, region->told.complete) != COVER_WITNESS
                || replay(request->policy, region->told.witness_json, r->witness) != region->told.to)
                fail("with few steps a region is told that gets something else");
        }
        rck_regions_free(r);
        if (finished)
            enough = steps;
        else
            too_few = steps;
        steps = enough == 0 ? steps + steps / 2 + 1 : too_few + (enough - too_few) / 2;
    }
}

/* Two tuples need two cubes if the smallest box around both has a request that is not in the region. */
static bool
can_share(const struct cover *cover, const uint8_t *states, uint32_t n, uint32_t a, uint32_t b)
{
    for (uint32_t t = 0; t < n; t++) {
        bool inside = states[t] == 2; /* realised, and outside of the region */

        for (uint32_t c = 0; c < cover->space.columns.n && inside; c++) {
            uint32_t at = class_of_tuple(cover, t, c);

            inside = at == class_of_tuple(cover, a, c) || at == class_of_tuple(cover, b, c);
        }
        if (inside)
            return false;
    }
    return true;
}

/* N_CUBES cubes for the tuples of state 1: at most twice as many as tuples of which no two can share a cube, and these are no more
 * than are needed. */
static void
check_number(const struct cover *cover, const uint8_t *states, uint32_t n, uint32_t n_cubes, struct counts *counts)
{
    uint32_t best = 0, n_in = 0;

    for (uint32_t t = 0; t < n; t++)
        n_in += states[t] == 1;
    if (n_cubes <= 2 || n_in > COUNTED_TUPLES)
        return;
    for (uint32_t start = 0; start < 24 && 2 * best < n_cubes; start++) {
        uint32_t apart[64], n_apart = 0;

        for (uint32_t i = 0; i < n && n_apart < N_ELEMENTS(apart); i++) {
            uint32_t t = (i * (2 * start + 1) + start * 7919) % n;
            bool alone = states[t] == 1;

            for (uint32_t k = 0; k < n_apart && alone; k++)
                alone = t != apart[k] && !can_share(cover, states, n, t, apart[k]);
            if (alone)
                apart[n_apart++] = t;
        }
        best = n_apart > best ? n_apart : best;
    }
    counts->counted++;
    counts->most = n_cubes * 100 / best > counts->most ? n_cubes * 100 / best : counts->most;
    if (n_cubes > 2 * best) {
        fprintf(stderr, "%u cubes where %u might do\n", n_cubes, best);
        fail("too many cubes");
    }
}

static void
check_diff(struct rck_policy *old, struct rck_policy *new_policy, bool same, struct counts *counts)
{
    struct rck_regions *r = NULL;
    uint32_t n;
    uint8_t *states;

    if (rck_policy_diff(old, new_policy, 0, &r) != RCK_OK)
        fail("the difference fails");
    if (!r->finished || r->joint.incomparable || (n = count_tuples(&r->cover)) == 0) {
        counts->skipped++;
        rck_regions_free(r);
        return;
    }
    counts->diffs++;
    counts->regions += r->regions.n;
    if (seed % FEW_OF == 0)
        few_steps_diff(old, new_policy, r, counts);
    if (same && r->regions.n != 0)
        fail("the same policy differs from itself");
    for (uint32_t i = 0; i < r->regions.n; i++) {
        const struct region *region = &r->regions.items[i];

        if (cover_realise(&r->cover, region->box, region->told.complete) != COVER_WITNESS)
            fail("a region has no request");
        if (strcmp(request_json(r->witness, &r->arena).p, region->told.witness_json) != 0)
            fail("the witness of a region is not told");
        if (replay_side(r, 0, old) != region->told.from || replay_side(r, 1, new_policy) != region->told.to) {
            fprintf(stderr, "%s: %s -> %s, but %s -> %s\n%s\n", region->told.text, rck_result_name(region->told.from),
                    rck_result_name(region->told.to), rck_result_name(replay_side(r, 0, old)),
                    rck_result_name(replay_side(r, 1, new_policy)), region->told.witness_json);
            fail("a witness gets something else");
        }
    }
    states = calloc(16 * (size_t)n, 1); /* of complete requests, by change: 0 impossible, 1 inside, 2 outside */
    if (states == NULL)
        exit(1);
    for (unsigned complete = 0; complete < 2; complete++)
        for (uint32_t t = 0; t < n; t++) {
            enum rck_result from, to;
            struct str json;
            if (!realise_tuple(&r->cover, t, complete != 0, counts))
                continue;
            r->arena.escape = NULL;
            json = request_json(r->witness, &r->arena);
            from = replay_side(r, 0, old);
            to = replay_side(r, 1, new_policy);
            counts->tuples++;
            if (from == RCK_INVALID || to == RCK_INVALID) {
                fprintf(stderr, "%s\n", json.p);
                fail("a common request is invalid");
            }
            for (unsigned change = 0; change < 16 && complete != 0; change++)
                states[change * n + t] = change == (unsigned)from * 4 + (unsigned)to ? 1 : 2;
            for (uint32_t i = 0; i < r->regions.n; i++) {
                const struct region *region = &r->regions.items[i];

                if ((complete != 0 || !region->told.complete) && box_has(&r->cover, region->box, t)
                    && (region->told.from != from || region->told.to != to)) {
                    fprintf(stderr, "%s\n%s\n", region->told.text, json.p);
                    fail("a region has a request that does not change so");
                }
            }
            if (from != to) {
                bool found = false;

                counts->changes++;
                for (uint32_t i = 0; i < r->regions.n; i++) {
                    const struct region *region = &r->regions.items[i];

                    found = found
                            || (region->told.from == from && region->told.to == to
                                && (complete == 0 || region->told.complete) && box_has(&r->cover, region->box, t));
                }
                if (!found) {
                    fprintf(stderr, "%s: %s -> %s\n", json.p, rck_result_name(from), rck_result_name(to));
                    fail("a request that changes is in no region");
                }
            }
        }
    for (unsigned change = 0; change < 16; change++) {
        uint32_t n_cubes = 0;

        for (uint32_t i = 0; i < r->regions.n; i++)
            n_cubes += r->regions.items[i].told.complete && (unsigned)r->regions.items[i].told.from * 4 + (unsigned)r->regions.items[i].told.to == change;
        check_number(&r->cover, states + change * n, n, n_cubes, counts);
    }
    counts->same += r->regions.n == 0;
    free(states);
    rck_regions_free(r);
}

/* The residual of a request that gives some of what REQUEST gives. */
static void
check_residual(struct rck_policy *policy, struct random_request *from, uint64_t *state, struct counts *counts)
{
    struct rck_request *partial = NULL;
    struct rck_regions *r = NULL;
    uint32_t n;
    uint8_t *states = NULL;

    if (rck_request_new(policy, &partial) != RCK_OK)
        exit(1);
    if (rck_request_read_json(partial, from->json.p, from->json.n) != RCK_OK)
        goto done;
    for (uint32_t s = 0; s < policy->slots.n; s++)
        if (request_state(partial, s) == VALUE_UNDECLARED || random_next(state) % 2 == 0) {
            if (slot_is_set(&policy->slots.items[s]))
                memset(request_values(partial, s), 0, (policy->slots.items[s].n_names + 63) / 64 * sizeof(uint64_t));
            request_set_code(partial, s, VALUE_ABSENT);
        }
    if (rck_request_residual(partial, 0, &r) != RCK_OK)
        fail("the residual fails");
    if (!r->finished || (n = count_tuples(&r->cover)) == 0) {
        counts->skipped++;
        goto done;
    }
    counts->residuals++;
    if (seed % FEW_OF == 0)
        few_steps(partial, rck_request_residual, r, counts);
    states = calloc(n, 1);
    for (uint32_t t = 0; t < n && states != NULL; t++) {
        enum rck_result result;
        struct str json;
        bool given = true, found = false;

        if (!realise_tuple(&r->cover, t, false, counts))
            continue;
        states[t] = 2;
        for (uint32_t s = 0; s < r->joint.policy->slots.n && given; s++)
            given = r->joint.given[s] == NONE || guard_eval(r->joint.policy, r->joint.given[s], r->witness) == TRUTH_TRUE;
        json = request_json(r->witness, &r->arena);
        result = replay(policy, json.p, r->witness);
        if (given && result == RCK_ALLOW)
            states[t] = 1;
        counts->tuples++;
        for (uint32_t i = 0; i < r->regions.n; i++) {
            const struct region *region = &r->regions.items[i];
            bool in = box_has(&r->cover, region->box, t);

            if (in && (!given || region->told.to != result)) {
                fprintf(stderr, "%s -> %s by %u given %d\n%s: %s\n", region->told.text, rck_result_name(region->told.to), region->told.clause, given, json.p, rck_result_name(result));
                fail("a residual has a request that gets something else");
            }
            found = found || in;
        }
        if (given && !found) {
            fprintf(stderr, "%s: %s\n", json.p, rck_result_name(result));
            fail("a request is in no region of the residual");
        }
    }
    {
        uint32_t n_cubes = 0;

        for (uint32_t i = 0; i < r->regions.n; i++)
            n_cubes += r->regions.items[i].told.to == RCK_ALLOW;
        check_number(&r->cover, states, n, n_cubes, counts);
    }
done:
    free(states);
    rck_regions_free(r);
    rck_request_free(partial);
}

/* The nearest allows of a request are allowed, and differ in as many attributes as they say; with fewer none is. */
static void
check_nearest(struct rck_policy *policy, struct random_request *from, struct counts *counts)
{
    struct rck_request *request = NULL;
    struct rck_regions *r = NULL;

    if (rck_request_new(policy, &request) != RCK_OK)
        exit(1);
    (void)rck_request_read_json(request, from->json.p, from->json.n);
    if (rck_decide(policy, request, NULL) == RCK_DENY && rck_request_nearest(request, 0, &r) == RCK_OK && r->finished) {
        counts->nearest += r->regions.n != 0;
        if (seed % FEW_OF == 0)
            few_steps(request, rck_request_nearest, r, counts);
        for (uint32_t i = 0; i < r->regions.n; i++) {
            const struct region *region = &r->regions.items[i];

            if (cover_realise(&r->cover, region->box, false) != COVER_WITNESS
                || replay(policy, region->told.witness_json, r->witness) != RCK_ALLOW)
                fail("a nearest allow is not allowed");
        }
    }
    rck_regions_free(r);
    rck_request_free(request);
}

static struct rck_policy *
compile(struct rck_context *context, struct str text)
{
    struct rck_policy *policy = NULL;

    (void)rck_policy_compile(context, "random", text.p, text.n, NULL, &policy);
    return policy;
}

/* TEXT without its N-th clause: lines that begin "cK:" and what is indented below them.  The caller frees it; NULL: none is left. */
static char *
without_clause(struct str text, uint32_t n)
{
    char *made = malloc(text.n + 1);
    size_t at = 0, size = 0;
    uint32_t met = 0;
    bool dropping = false, dropped = false;

    if (made == NULL)
        exit(1);
    while (at < text.n) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t line = end != NULL ? (size_t)(end - text.p) + 1 - at : text.n - at;

        if (text.p[at] != ' ' && text.p[at] != '\t')
            dropping = line > 3 && text.p[at] == 'c' && text.p[at + 1] >= '0' && text.p[at + 1] <= '9' && met++ == n;
        dropped = dropped || dropping;
        if (!dropping) {
            memcpy(made + size, text.p + at, line);
            size += line;
        }
        at += line;
    }
    made[size] = 0;
    if (dropped)
        return made;
    free(made);
    return NULL;
}

static void
check_policy(struct rck_policy **before, struct counts *counts)
{
    struct random_policy *made = random_policy_new(seed, RANDOM_ALL & ~(unsigned)(RANDOM_GUESSED_ASSERTS | RANDOM_ASSERTS));
    struct rck_context *context = NULL;
    struct rck_policy *policy, *other;
    struct random_request request;
    uint64_t state = seed;
    uint32_t n_params;
    const struct naive_param *params = random_policy_overrides(made, &n_params);

    if (rck_context_new(NULL, &context) != RCK_OK)
        exit(1);
    policy = compile(context, random_policy_text(made));
    if (policy != NULL) {
        counts->policies++;
        other = compile(context, random_policy_shuffled(made, seed + 1));
        if (other != NULL)
            check_diff(policy, other, true, counts);
        rck_policy_unref(other);
        for (uint32_t i = 0; i < 4; i++) {
            char *less = without_clause(random_policy_text(made), i);

            other = less != NULL ? compile(context, (struct str){ less, strlen(less) }) : NULL;
            if (other != NULL)
                check_diff(i % 2 == 0 ? policy : other, i % 2 == 0 ? other : policy, false, counts);
            rck_policy_unref(other);
            free(less);
        }
        for (uint32_t i = 0; i < n_params; i++)
            (void)rck_context_set_param(context, params[i].name.p, params[i].value.p);
        other = n_params != 0 ? compile(context, random_policy_text(made)) : NULL;
        if (other != NULL)
            check_diff(policy, other, false, counts);
        rck_policy_unref(other);
        if (*before != NULL)
            check_diff(*before, policy, false, counts);
        for (unsigned i = 0; i < 4; i++) {
            random_request_make(made, seed * 16 + i, &request);
            check_residual(policy, &request, &state, counts);
            check_nearest(policy, &request, counts);
        }
        rck_policy_unref(*before);
        *before = policy;
    }
    rck_context_free(context);
    random_policy_free(made);
}

int
main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 300, first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct counts counts = { 0 };
    struct rck_policy *before = NULL;

    for (seed = first; seed < first + n; seed++)
        check_policy(&before, &counts);
    rck_policy_unref(before);
    printf("%" PRIu64 " policies: %" PRIu64 " differences (%" PRIu64 " empty), %" PRIu64 " residuals, %" PRIu64 " nearest allows; %" PRIu64
           " regions, %" PRIu64 " requests, %" PRIu64 " changes; %" PRIu64 " regions counted, at most %" PRIu64
           " %% of what is needed; %" PRIu64 " skipped, %" PRIu64 " not completed; %" PRIu64 " with few steps, of which %" PRIu64 " sufficed\n",
           counts.policies, counts.diffs, counts.same, counts.residuals, counts.nearest, counts.regions, counts.tuples, counts.changes,
           counts.counted, counts.most, counts.skipped, counts.unfinished, counts.few, counts.few_finished);
    return n >= 300 && (counts.changes < 1000 || counts.residuals < 100 || counts.nearest < 100 || counts.counted < 20 || counts.few < 500);
}
