/* SPDX-License-Identifier: MIT
 *
 * What requests get, region by region: the difference of two policies, the residual of a policy for a request that says only a part,
 * and the nearest requests that are allowed.  Each makes a joint policy (joint.h), parts a box by the rows that decide (cover.h), and
 * makes few cubes of the parts (cubes.h).
 *
 * A policy parts a box into three: what a violated clause denies; under `default deny` what no grant could allow; what is unknown;
 * and the rest, which is allowed.
 */
#include <config.h>

#include "regions.h"

#include "cube_text.h"
#include "cubes.h"
#include "symbols.h"

/* One policy within the joint one. */
struct decider {
    const uint8_t *clauses; /* by clause: it has it */
    enum rck_result by_default;
};

enum { N_DECIDED = 4 }; /* results; nothing is parted into RCK_INVALID */

/* ---- parting ------------------------------------------------------------------------------------------------------------ */

/* Parts BOXES into what DECIDER denies, allows and cannot tell.  False: not completed. */
static bool
decide_boxes(struct rck_regions *r, const struct boxes *boxes, const struct decider *decider, struct boxes parts[N_DECIDED])
{
    struct cover *cover = &r->cover;
    struct cover_rows rows = { COVER_VIOLATED, 0, decider->clauses };
    struct boxes rest = { 0 }, granted = { 0 }, other = { 0 };

    if (!cover_part(cover, boxes, &rows, &parts[RCK_DENY], &rest))
        return false;
    if (decider->by_default == RCK_DENY) {
        rows.kinds = COVER_GRANTED;
        if (!cover_part(cover, &rest, &rows, &granted, &other))
            return false;
        rows.kinds = COVER_GRANT_UNKNOWN;
        if (!cover_part(cover, &other, &rows, &parts[RCK_INDETERMINATE], &parts[RCK_DENY]))
            return false;
        rest = granted;
    }
    rows.kinds = COVER_UNKNOWN;
    return cover_part(cover, &rest, &rows, &parts[RCK_INDETERMINATE], &parts[RCK_ALLOW]);
}

/* Appends a region for each cube of PIECES. */
static bool
add_regions(struct rck_regions *r, const struct boxes *cubes, const struct rck_region *like)
{
    struct cover *cover = &r->cover;

    for (uint32_t i = 0; i < cubes->boxes.n; i++) {
        struct region *region;
        struct box box = cubes->boxes.items[i];

        /* A cube reaches what no request is in, but a witness is in the region. */
        if (cover_realise(cover, box, like->complete) != COVER_WITNESS)
            return false;
        region = vec_push(&r->arena, &r->regions);
        region->told = *like;
        region->hide = r->hide;
        region->box = box;
        region->told.n_conditions = box.n;
        region->told.text = cube_text(cover, &r->arena, box, like->complete, r->hide).p;
        region->told.witness = request_words(r->witness, &r->arena).p;
        region->told.witness_json = request_json(r->witness, &r->arena).p;
    }
    return true;
}

/* ---- the difference of two policies ------------------------------------------------------------------------------------- */

/* What distinguishes a row from another one, as bytes. */
static struct str
row_key(struct rck_regions *r, uint32_t row)
{
    struct box box = r->cover.rows.rows.items[row].box;
    size_t n = box.n * sizeof(struct cond);
    char *key = arena_alloc(&r->arena, n + 1);

    if (n != 0)
        memcpy(key, &r->cover.rows.conds.items[box.first], n);
    key[n] = (char)r->cover.kinds[row];
    return (struct str){ key, n + 1 };
}

/* Marks the clauses with a row that the other policy has not: only there can decisions differ. */
static uint8_t *
find_changed(struct rck_regions *r)
{
    struct cover *cover = &r->cover;
    uint8_t *changed = arena_array(&r->arena, (size_t)r->joint.policy->clauses.n + 1, 1);
    struct symbols *rows[2] = { symbols_new(&r->arena, 0), symbols_new(&r->arena, 0) };

    for (unsigned pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < cover->rows.rows.n; i++) {
            uint32_t clause = cover->rows.rows.items[i].clause;
            bool second = clause >= r->joint.n_first;
            struct str key = row_key(r, i);

            if (pass == 0)
                symbols_add(rows[second], key, 0);
            else if (symbols_find(rows[!second], key) == SYMBOL_NONE)
                changed[clause] = 1;
        }
    return changed;
}

/* The parts of BOXES by both policies: what FROM in the old one and TO in the new one. */
static bool
diff_boxes(struct rck_regions *r, const struct boxes *boxes, const struct decider deciders[2], struct boxes parts[N_DECIDED][N_DECIDED])
{
    struct boxes old[N_DECIDED] = { { { 0 } } };

    if (!decide_boxes(r, boxes, &deciders[0], old))
        return false;
    for (unsigned from = 0; from < N_DECIDED; from++)
        if (!decide_boxes(r, &old[from], &deciders[1], parts[from]))
            return false;
    return true;
}

/* Splits PIECES into those inside and outside of the complete requests. */
static void
split_complete(struct rck_regions *r, const struct boxes *pieces, struct boxes *inside, struct boxes *outside)
{
    struct cover *cover = &r->cover;
    struct boxes complete = { 0 };

    *vec_push(&r->arena, &complete.boxes) = cover->complete;
    for (uint32_t i = 0; i < pieces->boxes.n; i++) {
        struct box both;

        if (box_and(&cover->rows, &cover->space, pieces->boxes.items[i], cover->complete, &both))
            *vec_push(&r->arena, &inside->boxes) = both;
    }
    boxes_minus(cover, pieces, &complete, outside);
}

/* Adds the regions that change from FROM to TO, whose pieces are REGION. */
static bool
add_changes(struct rck_regions *r, const struct boxes *region, enum rck_result from, enum rck_result to)
{
    struct cover *cover = &r->cover;
    struct rck_region like = { .from = from, .to = to, .clause = RCK_NONE, .complete = true };
    struct boxes inside = { 0 }, outside = { 0 }, cubes = { 0 }, widened = { 0 }, general = { 0 }, rest = { 0 }, last = { 0 };

    split_complete(r, region, &inside, &outside);
    if (!cubes_make(cover, &inside, region, false, &cubes) || !cubes_make(cover, &cubes, region, true, &widened)
        || !add_regions(r, &widened, &like))
        return false;
    /* What holds of requests that lack facts as well is not told twice. */
    for (uint32_t i = 0; i < widened.boxes.n; i++) {
        enum cover_answer answer = cover_find_outside(cover, widened.boxes.items[i], region, false);

        if (answer == COVER_UNFINISHED)
            return false;
        if (answer == COVER_COVERED)
            *vec_push(&r->arena, &general.boxes) = widened.boxes.items[i];
    }
    /* The complete box knows of what has a column; requests may lack something else. */
    boxes_minus(cover, &inside, &widened, &outside);
    boxes_minus(cover, &outside, &general, &rest);
    like.complete = false;
    return cubes_make(cover, &rest, region, false, &last) && add_regions(r, &last, &like);
}

static bool
find_diff(struct rck_regions *r, const struct rck_policy *old, const struct rck_policy *new_policy)
{
    struct boxes start = { 0 }, changed = { 0 }, parts[N_DECIDED][N_DECIDED] = { { { { 0 } } } };
    struct cover_rows rows = { COVER_VIOLATED | COVER_UNKNOWN | COVER_GRANTED | COVER_GRANT_UNKNOWN, 0, NULL };
    uint32_t n = r->joint.policy->clauses.n;
    uint8_t *of_old = arena_array(&r->arena, (size_t)n + 1, 1), *of_new = arena_array(&r->arena, (size_t)n + 1, 1);
    const struct decider deciders[] = { { of_old, old->by_default }, { of_new, new_policy->by_default } };

    for (uint32_t c = 0; c < n; c++)
        (c < r->joint.n_first ? of_old : of_new)[c] = 1;
    *vec_push(&r->arena, &start.boxes) = (struct box){ 0, 0 };
    if (old->by_default != new_policy->by_default) {
        changed = start;
    } else {
        rows.clauses = find_changed(r);
        if (!cover_part(&r->cover, &start, &rows, &changed, NULL))
            return false;
    }
    if (!diff_boxes(r, &changed, deciders, parts))
        return false;
    for (unsigned from = 0; from < N_DECIDED; from++)
        for (unsigned to = 0; to < N_DECIDED; to++)
            if (from != to && !add_changes(r, &parts[from][to], (enum rck_result)from, (enum rck_result)to))
                return false;
    return true;
}

/* ---- the residual ------------------------------------------------------------------------------------------------------- */

/* The box of what is given, but for the slots that FREE marks. */
static struct box
given_box(struct rck_regions *r, const uint8_t *free)
{
    struct cover *cover = &r->cover;
    struct box box = { 0, 0 };

    for (uint32_t s = 0; s < r->joint.policy->slots.n; s++) {
        struct boxes boxes = { 0 };

        if (r->joint.given[s] == NONE || (free != NULL && free[s] != 0))
            continue;
        rows_of_guard(&cover->rows, r->joint.policy, &cover->space, r->joint.given[s], IS_TRUE, UINT32_MAX, &boxes);
        if (NEVER(boxes.boxes.n != 1))
            continue;
        box_and(&cover->rows, &cover->space, box, boxes.boxes.items[0], &box);
    }
    return box;
}

/* Adds the regions of PIECES clause by clause: those inside of the rows of the KINDS, in the order of the clauses. */
static bool
add_by_clause(struct rck_regions *r, const struct boxes *pieces, unsigned kinds, struct rck_region like)
{
    uint32_t n = r->joint.policy->clauses.n;
    uint8_t *meets = arena_array(&r->arena, (size_t)n + 1, 1), *only = arena_array(&r->arena, (size_t)n + 1, 1);
    struct cover_rows rows = { kinds, 0, only };
    struct row_list met = { 0 };

    for (uint32_t i = 0; i < pieces->boxes.n; i++) {
        if (cover_is_spent(&r->cover))
            return false;
        cover_meet(&r->cover, pieces->boxes.items[i], &(struct cover_rows){ kinds, 0, NULL }, UINT32_MAX - 1, &met);
        for (uint32_t m = 0; m < met.rows.n; m++)
            meets[r->cover.rows.rows.items[met.rows.items[m]].clause] = 1;
    }
    for (uint32_t c = 0; c < n; c++) {
        struct boxes inside = { 0 }, cubes = { 0 };
        bool finished;

        if (meets[c] == 0)
            continue;
        only[c] = 1;
        finished = cover_part(&r->cover, pieces, &rows, &inside, NULL);
        only[c] = 0;
        like.clause = c;
        if (!finished || !cubes_make(&r->cover, &inside, &inside, false, &cubes) || !add_regions(r, &cubes, &like))
            return false;
    }
    return true;
}

static bool
find_residual(struct rck_regions *r, const struct rck_policy *policy)
{
    const struct decider decider = { NULL, policy->by_default };
    struct rck_region like = { .clause = RCK_NONE };
    struct boxes given = { 0 }, parts[N_DECIDED] = { { { 0 } } }, cubes = { 0 }, rest = { 0 };

    *vec_push(&r->arena, &given.boxes) = given_box(r, NULL);
    if (!decide_boxes(r, &given, &decider, parts))
        return false;
    like.from = like.to = RCK_ALLOW;
    if (!cubes_make(&r->cover, &parts[RCK_ALLOW], &parts[RCK_ALLOW], false, &cubes) || !add_regions(r, &cubes, &like))
        return false;
    like.from = like.to = RCK_DENY;
    if (!add_by_clause(r, &given, COVER_VIOLATED, like)
        || !cover_part(&r->cover, &parts[RCK_DENY], &(struct cover_rows){ COVER_VIOLATED, 0, NULL }, NULL, &rest))
        return false;
    cubes.boxes.n = 0;
    if (!cubes_make(&r->cover, &rest, &parts[RCK_DENY], false, &cubes) || !add_regions(r, &cubes, &like))
        return false;
    like.from = like.to = RCK_INDETERMINATE;
    rest.boxes.n = 0;
    return add_by_clause(r, &parts[RCK_INDETERMINATE], COVER_UNKNOWN, like)
           && cover_part(&r->cover, &parts[RCK_INDETERMINATE], &(struct cover_rows){ COVER_GRANTED, 0, NULL }, NULL, &rest)
           && add_by_clause(r, &rest, COVER_GRANT_UNKNOWN, like);
}

/* ---- the nearest allow -------------------------------------------------------------------------------------------------- */

enum { CHANGES_MAX = 3, CHANGEABLE_MAX = 16 };

static wide
size_of(wide number)
{
    return number < 0 ? -number : number;
}

static bool
witness_is_in(const struct rck_regions *r, struct box box)
{
    const struct space *space = &r->cover.space;

    for (uint32_t i = 0; i < box.n; i++) {
        const struct cond *cond = &r->cover.rows.conds.items[box.first + i];

        if (!set_has(&space->sets, cond->classes, space_class(space, r->joint.policy, &space->columns.items[cond->column], r->witness)))
            return false;
    }
    return true;
}

/* Makes *DISTANCE that of the number in SLOT from NUMBER, if it is less and the witness lies in BOX: of whole numbers about the one with
 * which the term TERM of COLUMN makes the column's number BOUND. */
static void
try_bound(const struct rck_regions *r, struct box box, const struct column *column, uint32_t term, wide bound, int64_t number, wide *distance)
{
    uint32_t slot = column->sum.slots[term] - 1;
    const struct slot *of = &r->joint.policy->slots.items[slot];
    int64_t was = request_number(r->witness, slot);
    wide sum, value;

    if (!sum_of(&column->sum, r->witness, &sum)) /* unreached: where a fact is absent, a box of allowed requests asks no number of it */
        return;
    value = was + (bound - sum) / column->sum.factors[term];
    for (wide v = value - 1; v <= value + 1; v++) {
        if (v < of->min || v > of->max || (*distance != 0 && size_of(v - number) >= size_of(*distance)))
            continue;
        request_set_number(r->witness, slot, (int64_t)v);
        if (witness_is_in(r, box))
            *distance = v - number;
    }
    request_set_number(r->witness, slot, was);
}

/* How far the nearest number that lies in BOX, with the other values of the witness, which lies in it, is from NUMBER, which does not: it
 * stands at the end of some range.  0: no number does. */
static wide
distance_of(const struct rck_regions *r, struct box box, uint32_t slot, int64_t number)
{
    const struct space *space = &r->cover.space;
    wide distance = 0;

    for (uint32_t i = 0; i < box.n; i++) {
        const struct cond *cond = &r->cover.rows.conds.items[box.first + i];
        const struct column *column = &space->columns.items[cond->column];
        uint32_t n_ranges;
        const struct range *ranges = set_ranges(&space->sets, cond->classes, &n_ranges);

        for (uint32_t t = 0; t < SUM_TERMS && column->sum.slots[t] != NONE; t++)
            for (uint32_t k = 0; k < n_ranges && column->sum.slots[t] - 1 == slot; k++) {
                if (ranges[k].lo != 0 && ranges[k].lo <= column->n_cuts)
                    try_bound(r, box, column, t, space->cuts.items[column->first + ranges[k].lo - 1], number, &distance);
                if (ranges[k].hi <= column->n_cuts)
                    try_bound(r, box, column, t, space->cuts.items[column->first + ranges[k].hi - 1] - 1, number, &distance);
            }
    }
    return distance;
}

/* Tells of the regions from FIRST on, in which only joint slot SLOT changes, how far they are from the number of the request.  False:
 * not completed. */
static bool
tell_distance(struct rck_regions *r, const struct rck_request *request, uint32_t first, uint32_t slot)
{
    const struct slot *of = &r->joint.policy->slots.items[slot];

    for (uint32_t i = first; i < r->regions.n && of->type == RCK_TYPE_INT && request_state(request, slot) == VALUE_DECLARED; i++) {
        struct region *region = &r->regions.items[i];
        wide distance;

        if (cover_realise(&r->cover, region->box, false) != COVER_WITNESS)
            return false;
        if (request_state(r->witness, slot) != VALUE_DECLARED)
            continue;
        distance = distance_of(r, region->box, slot, request_number(request, slot));
        if (distance != 0)
            region->told.text = arena_format(&r->arena, "%s (%llu %s)", region->told.text, (unsigned long long)size_of(distance),
                                             distance < 0 ? "less" : "more").p;
    }
    return true;
}

/* Drops those of the regions from FIRST on that read as an earlier one: 'subject == owner' comes of either being changed. */
static void
drop_repeated(struct rck_regions *r, uint32_t first)
{
    uint32_t n = first;

    for (uint32_t i = first; i < r->regions.n; i++) {
        uint32_t k = 0;

        while (k < n && strcmp(r->regions.items[k].told.text, r->regions.items[i].told.text) != 0)
            k++;
        if (k == n)
            r->regions.items[n++] = r->regions.items[i];
    }
    r->regions.n = n;
}

/* Tries to allow the request by other values of the slots that FREE marks. */
static bool
try_changes(struct rck_regions *r, const struct rck_request *request, uint8_t *free, unsigned n_changes)
{
    const struct rck_policy *policy = request->policy;
    uint32_t first = r->regions.n, changed = 0;
    const struct decider decider = { NULL, policy->by_default };
    struct rck_region like = { .from = RCK_DENY, .to = RCK_ALLOW, .clause = RCK_NONE, .n_changes = n_changes };
    struct boxes given = { 0 }, parts[N_DECIDED] = { { { 0 } } }, cubes = { 0 };
    uint8_t *hide = arena_array(&r->arena, (size_t)r->joint.policy->slots.n + 1, 1);

    for (uint32_t s = 0; s < r->joint.policy->slots.n; s++)
        hide[s] = free[s] != 0 ? SHOWN : request_state(request, s) == VALUE_DECLARED ? KNOWN : HIDDEN;
    r->hide = hide;
    *vec_push(&r->arena, &given.boxes) = given_box(r, free);
    if (!decide_boxes(r, &given, &decider, parts)
        || !cubes_make(&r->cover, &parts[RCK_ALLOW], &parts[RCK_ALLOW], false, &cubes) || !add_regions(r, &cubes, &like))
        return false;
    while (free[changed] == 0)
        changed++;
    if (n_changes == 1 && !tell_distance(r, request, first, changed))
        return false;
    drop_repeated(r, first);
    return true;
}

/* Marks N more of the slots SLOTS, from place I on, in all ways, and tries each. */
static bool
choose_changes(struct rck_regions *r, const struct rck_request *request, uint8_t *free, const uint32_t slots[], uint32_t n_slots,
               uint32_t i, unsigned n, unsigned n_changes)
{
    if (n == 0)
        return try_changes(r, request, free, n_changes);
    for (; i + n <= n_slots; i++) {
        bool finished;

        free[slots[i]] = 1;
        finished = choose_changes(r, request, free, slots, n_slots, i + 1, n - 1, n_changes);
        free[slots[i]] = 0;
        if (!finished)
            return false;
    }
    return true;
}

static bool
find_nearest(struct rck_regions *r, const struct rck_request *request)
{
    struct cover *cover = &r->cover;
    uint32_t n_slots = r->joint.policy->slots.n, n = 0;
    uint8_t *asked = arena_array(&r->arena, (size_t)n_slots + 1, 1), *free = arena_array(&r->arena, (size_t)n_slots + 1, 1);
    uint32_t *slots = arena_array(&r->arena, (size_t)n_slots + 1, sizeof *slots);
    struct row_list met = { 0 };

    /* Whatever is changed, what is asked for stays; the rows that meet it say what they ask of the rest. */
    memset(free, 1, n_slots);
    free[SLOT_ACTION] = free[SLOT_RESOURCE] = 0;
    cover_meet(cover, given_box(r, free), &(struct cover_rows){ COVER_VIOLATED | COVER_UNKNOWN | COVER_GRANTED, 0, NULL },
               UINT32_MAX - 1, &met);
    memset(free, 0, n_slots);
    for (uint32_t m = 0; m < met.rows.n; m++) {
        struct box box = cover->rows.rows.items[met.rows.items[m]].box;

        for (uint32_t i = 0; i < box.n; i++) {
            uint32_t of[SUM_TERMS], n_of = column_slots(&cover->space.columns.items[cover->rows.conds.items[box.first + i].column], of);

            for (uint32_t k = 0; k < n_of; k++)
                asked[of[k]] = 1;
        }
    }
    for (uint32_t s = 0; s < n_slots && n < CHANGEABLE_MAX; s++)
        if (asked[s] != 0 && s != SLOT_ACTION && s != SLOT_RESOURCE)
            slots[n++] = s;
    for (unsigned k = 1; k <= CHANGES_MAX && r->regions.n == 0; k++)
        if (!choose_changes(r, request, free, slots, n, 0, k, k))
            return false;
    return true;
}

/* ---- the public calls --------------------------------------------------------------------------------------------------- */

enum question { QUESTION_DIFF, QUESTION_RESIDUAL, QUESTION_NEAREST };

/* Answers QUESTION; what lives on is in *R, so that nothing is lost where memory fails. */
static enum rck_status
ask(struct rck_regions *r, enum question question, struct rck_policy *policy, struct rck_policy *other,
    const struct rck_request *request, uint64_t steps)
{
    jmp_buf escape;
    guard_id *extra;
    uint32_t n_extra = 0;

    if (setjmp(escape) != 0)
        return RCK_E_NOMEM;
    r->arena.escape = r->scratch.escape = &escape;
    joint_build(&r->joint, &r->arena, policy, other, request, question == QUESTION_NEAREST);
    if (r->joint.incomparable)
        return RCK_OK;
    if (rck_request_new(r->joint.policy, &r->witness) != RCK_OK)
        return RCK_E_NOMEM;
    r->joint.policy->arena.escape = &escape;
    extra = arena_array(&r->arena, (size_t)r->joint.policy->slots.n + 1, sizeof *extra);
    for (uint32_t s = 0; s < r->joint.policy->slots.n; s++)
        if (r->joint.given[s] != NONE)
            extra[n_extra++] = r->joint.given[s];
    cover_init(&r->cover, r->joint.policy, &r->arena, &r->scratch, r->witness, extra, n_extra, steps);
    cover_set_budget(&r->cover, 0);
    if (question == QUESTION_RESIDUAL) {
        uint8_t *hide = arena_array(&r->arena, (size_t)r->joint.policy->slots.n + 1, 1);

        for (uint32_t s = 0; s < r->joint.policy->slots.n; s++)
            hide[s] = r->joint.given[s] != NONE ? KNOWN : SHOWN;
        r->hide = hide;
    }
    r->finished = question == QUESTION_DIFF       ? find_diff(r, policy, other)
                  : question == QUESTION_RESIDUAL ? find_residual(r, policy)
                                                  : find_nearest(r, request);
    return RCK_OK;
}

static enum rck_status
regions_new(enum question question, struct rck_policy *policy, struct rck_policy *other, const struct rck_request *request,
            uint64_t steps, struct rck_regions **out)
{
    struct rck_regions *r;
    enum rck_status status;

    if (request != NULL && request_is_invalid(request))
        return RCK_E_ARGUMENT;
    for (uint32_t s = 0; request != NULL && s < policy->slots.n; s++)
        if (request_state(request, s) == VALUE_UNDECLARED)
            return RCK_E_ARGUMENT;
    r = mem_alloc(&policy->mem, sizeof *r);
    if (r == NULL)
        return RCK_E_NOMEM;
    memset(r, 0, sizeof *r);
    r->mem = policy->mem;
    arena_init(&r->arena, &policy->mem, (size_t)rck_limits()[LIMIT_COMPILE_BYTES].value);
    arena_init(&r->scratch, &policy->mem, (size_t)rck_limits()[LIMIT_COMPILE_BYTES].value);
    status = ask(r, question, policy, other, request, steps != 0 ? steps : rck_limits()[LIMIT_PROOF_STEPS].value);
    r->arena.escape = r->scratch.escape = NULL;
    if (r->joint.policy != NULL)
        r->joint.policy->arena.escape = NULL;
    /* What is too much for the cap on memory is not completed; what was found so far is not told. */
    if (status == RCK_E_NOMEM && !r->arena.failed && !r->scratch.failed && ALWAYS(r->joint.policy != NULL)
        && !r->joint.policy->arena.failed
        && (r->arena.capped || r->scratch.capped || r->joint.policy->arena.capped)) { /* unreached: takes 1 GiB */
        r->regions.n = 0;
        status = RCK_OK;
    }
    arena_free(&r->scratch);
    if (status != RCK_OK) {
        rck_regions_free(r);
        return status;
    }
    *out = r;
    return RCK_OK;
}

enum rck_status
rck_policy_diff(struct rck_policy *old, struct rck_policy *new_policy, uint64_t steps, struct rck_regions **regions)
{
    return regions_new(QUESTION_DIFF, old, new_policy, NULL, steps, regions);
}

enum rck_status
rck_request_residual(const struct rck_request *request, uint64_t steps, struct rck_regions **regions)
{
    return regions_new(QUESTION_RESIDUAL, request->policy, NULL, request, steps, regions);
}

enum rck_status
rck_request_nearest(const struct rck_request *request, uint64_t steps, struct rck_regions **regions)
{
    return regions_new(QUESTION_NEAREST, request->policy, NULL, request, steps, regions);
}

void
rck_regions_free(struct rck_regions *regions)
{
    struct rck_allocator mem;

    if (regions == NULL)
        return;
    mem = regions->mem;
    rck_request_free(regions->witness);
    rck_policy_unref(regions->joint.policy);
    arena_free(&regions->arena);
    arena_free(&regions->scratch);
    mem_free(&mem, regions);
}

size_t
rck_regions_count(const struct rck_regions *regions)
{
    return regions->regions.n;
}

bool
rck_regions_finished(const struct rck_regions *regions)
{
    return regions->finished;
}

bool
rck_regions_comparable(const struct rck_regions *regions)
{
    return !regions->joint.incomparable;
}

const char *
rck_regions_note(const struct rck_regions *regions, size_t idx)
{
    return idx < regions->joint.notes.n ? regions->joint.notes.items[idx].p : NULL;
}

enum rck_status
rck_regions_get(const struct rck_regions *regions, size_t idx, struct rck_region *out)
{
    if (idx >= regions->regions.n)
        return RCK_E_ARGUMENT;
    *out = regions->regions.items[idx].told;
    return RCK_OK;
}

enum rck_status
rck_regions_condition(struct rck_regions *regions, size_t idx, size_t condition, struct rck_condition *out)
{
    struct rck_regions *r = regions;
    const struct region *region;
    uint32_t slots[SUM_TERMS];
    jmp_buf escape;
    struct cond cond;

    if (idx >= r->regions.n || condition >= r->regions.items[idx].box.n)
        return RCK_E_ARGUMENT;
    if (setjmp(escape) != 0) {
        r->arena.escape = NULL;
        return RCK_E_NOMEM;
    }
    r->arena.escape = &escape;
    region = &r->regions.items[idx];
    cond = r->cover.rows.conds.items[region->box.first + condition];
    column_slots(&r->cover.space.columns.items[cond.column], slots);
    out->attribute = r->joint.policy->slots.items[slots[0]].name.p;
    out->text = cond_text(&r->cover, &r->arena, cond, region->told.complete, region->hide).p;
    r->arena.escape = NULL;
    return RCK_OK;
}

bool
rck_regions_depend(const struct rck_regions *regions, const char *attribute)
{
    for (uint32_t i = 0; i < regions->regions.n; i++) {
        struct box box = regions->regions.items[i].box;

        for (uint32_t k = 0; k < box.n; k++) {
            uint32_t slots[SUM_TERMS];
            uint32_t n = column_slots(&regions->cover.space.columns.items[regions->cover.rows.conds.items[box.first + k].column], slots);

            for (uint32_t s = 0; s < n; s++)
                if (regions->joint.given[slots[s]] == NONE
                    && strcmp(regions->joint.policy->slots.items[slots[s]].name.p, attribute) == 0)
                    return true;
        }
    }
    return false;
}

bool
rck_regions_reach(const struct rck_regions *regions, enum rck_result result, const char *attribute, const char *name)
{
    const struct cover *cover = &regions->cover;
    const struct rck_policy *policy = regions->joint.policy;
    uint32_t slot = rck_policy_find_attribute(policy, attribute, strlen(attribute)), value = RCK_NONE;

    if (slot != RCK_NONE && policy->slots.items[slot].n_names != 0)
        value = lookup_find(&policy->lookup, slot, str_of(name));
    if (slot != RCK_NONE && value == RCK_NONE && policy->slots.items[slot].open)
        value = request_open_name(policy, slot, str_of(name));
    if (value == RCK_NONE)
        return false;
    for (uint32_t i = 0; i < regions->regions.n; i++) {
        struct box box = regions->regions.items[i].box;
        bool reaches = regions->regions.items[i].told.to == result;

        for (uint32_t k = 0; k < box.n && reaches; k++) {
            const struct cond *cond = &cover->rows.conds.items[box.first + k];
            const struct column *column = &cover->space.columns.items[cond->column];

            if (column->kind == COLUMN_NAME && column->slot == slot + 1)
                reaches = set_has(&cover->space.sets, cond->classes, cover->space.class_of.items[column->first + value]);
        }
        if (reaches)
            return true;
    }
    return false;
}
