/* SPDX-License-Identifier: MIT
 *
 * Linear inequalities over the integers; see linear.h.
 */
#include <config.h>

#include "linear.h"

/* What one step goes through of rows and constraints, so that a question about many of them takes more. */
enum { ROWS_A_STEP = 16 };

/* Parts of the rows that a question may derive beyond those that its constraints give.  A row has at least two. */
enum { DERIVED_PARTS_MAX = 16384 };

/* ---- arithmetic --------------------------------------------------------------------------------------------------------- */

static bool
is_bound(wide a)
{
    return -LINEAR_MOST < a && a < LINEAR_MOST;
}

/* Nothing reaches LINEAR_MOST, so what is beyond it may as well be there. */
static wide
clamp(wide a)
{
    return a < -LINEAR_MOST ? -LINEAR_MOST : a > LINEAR_MOST ? LINEAR_MOST : a;
}

/* Adds FACTOR * VALUE to *SUM; false if the product or the sum is too great. */
static bool
add_product(wide *sum, wide factor, wide value)
{
    wide product;

    if (wide_mul_overflows(factor, value, &product) || !is_bound(*sum + product))
        return false;
    *sum += product;
    return true;
}

/* p * a + q * b, where A or B may be no bound: then the result is none either, as it is where the sum is too great. */
static wide
bound_sum(wide p, wide a, wide q, wide b, wide none)
{
    wide sum = 0;

    return is_bound(a) && is_bound(b) && add_product(&sum, p, a) && add_product(&sum, q, b) ? sum : none;
}

/* ---- rows --------------------------------------------------------------------------------------------------------------- */

static uint64_t
bit(uint32_t variable)
{
    return (uint64_t)1 << variable;
}

/* Appends a row as it is, in no bucket. */
static uint32_t
append_row(struct linear *l, const struct linear_part parts[], uint32_t n, wide lo, wide hi)
{
    struct linear_row row = { .lo = lo, .hi = hi, .first = l->parts.n, .n = n };

    for (uint32_t i = 0; i < n; i++) {
        *vec_push(l->arena, &l->parts) = parts[i];
        row.variables |= bit(parts[i].variable);
    }
    *vec_push(l->arena, &l->rows) = row;
    return l->rows.n - 1;
}

/* Brings a row into its form: divided by its factors' greatest divisor, bounds rounded inwards, the first factor positive. */
static void
reduce(struct linear_part parts[], uint32_t n, wide *lo, wide *hi)
{
    wide by = 0;

    for (uint32_t i = 0; i < n && by != 1; i++)
        by = wide_divisor(parts[i].factor, by);
    if (by != 1) {
        *lo = is_bound(*lo) ? wide_ceil(*lo, by) : *lo;
        *hi = is_bound(*hi) ? wide_floor(*hi, by) : *hi;
    }
    if (parts[0].factor < 0) {
        wide negated = -*lo;

        by = -by;
        *lo = -*hi;
        *hi = negated;
    }
    for (uint32_t i = 0; i < n && by != 1; i++)
        parts[i].factor /= by;
}

/* Drops the bounds that the domains imply; false if they contradict one. */
static bool
compare_with_domains(const struct linear *l, const struct linear_part parts[], uint32_t n, wide *lo, wide *hi)
{
    wide least = 0, most = 0;
    bool has_least = true, has_most = true;

    for (uint32_t i = 0; i < n; i++) {
        wide factor = parts[i].factor, low = l->low[parts[i].variable], high = l->high[parts[i].variable];

        has_least = has_least && add_product(&least, factor, factor > 0 ? low : high);
        has_most = has_most && add_product(&most, factor, factor > 0 ? high : low);
    }
    if ((has_least && *hi < least) || (has_most && *lo > most))
        return false;
    if (has_least && *lo <= least)
        *lo = -LINEAR_MOST;
    if (has_most && *hi >= most)
        *hi = LINEAR_MOST;
    return true;
}

static uint32_t
bucket_of(const struct linear_part parts[], uint32_t n)
{
    uint64_t hash = n;

    for (uint32_t i = 0; i < n; i++)
        hash = (hash ^ (uint64_t)parts[i].factor ^ parts[i].variable) * 0x9E3779B97F4A7C15U; /* 2^64 / the golden ratio */
    return (uint32_t)(hash >> 32) % LINEAR_BUCKETS;
}

static bool
parts_equal(const struct linear_part a[], const struct linear_part b[], uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i].factor != b[i].factor || a[i].variable != b[i].variable)
            return false;
    return true;
}

/* Adds lo <= sum of PARTS <= hi: ascending variables, no factor 0; PARTS are changed.  False if nothing can fulfil it. */
static bool
add_row(struct linear *l, struct linear_part parts[], uint32_t n, wide lo, wide hi)
{
    uint32_t *bucket, row;

    if (n == 0)
        return lo <= 0 && hi >= 0;
    reduce(parts, n, &lo, &hi);
    if (lo > hi || !compare_with_domains(l, parts, n, &lo, &hi))
        return false;
    if (!is_bound(lo) && !is_bound(hi))
        return true;
    if (n == 1) {
        wide *low = &l->low[parts[0].variable], *high = &l->high[parts[0].variable];

        *low = lo > *low ? lo : *low;
        *high = hi < *high ? hi : *high;
        return *low <= *high;
    }
    bucket = &l->buckets[bucket_of(parts, n)];
    for (row = *bucket; row != NONE; row = l->rows.items[row].bucket) {
        struct linear_row *same = &l->rows.items[row];

        if (same->n != n || !parts_equal(l->parts.items + same->first, parts, n))
            continue;
        same->lo = lo > same->lo ? lo : same->lo;
        same->hi = hi < same->hi ? hi : same->hi;
        return same->lo <= same->hi;
    }
    if (l->parts.n >= l->parts_max)
        return true; /* left out */
    row = append_row(l, parts, n, lo, hi);
    l->rows.items[row].bucket = *bucket;
    *bucket = row;
    return true;
}

/* The factor that variable X has in ROW, in which it occurs. */
static wide
factor_in(const struct linear *l, const struct linear_row *row, uint32_t x)
{
    const struct linear_part *part = l->parts.items + row->first;

    while (part->variable != x)
        part++;
    return part->factor;
}

/* ---- elimination -------------------------------------------------------------------------------------------------------- */

/* Adds the sum of multiples of rows A and B in which X drops out; false if nothing can fulfil it. */
static bool
combine(struct linear *l, uint32_t a, uint32_t b, uint32_t x)
{
    const struct linear_row *r = &l->rows.items[a], *s = &l->rows.items[b];
    const struct linear_part *i = l->parts.items + r->first, *i_end = i + r->n;
    const struct linear_part *j = l->parts.items + s->first, *j_end = j + s->n;
    struct linear_part sum[LINEAR_VARIABLES_MAX];
    uint32_t n = 0;
    wide p = factor_in(l, s, x), q = -factor_in(l, r, x);
    wide divisor = wide_divisor(p, q), lo, hi;

    p /= divisor;
    q /= divisor;
    lo = bound_sum(p, p > 0 ? r->lo : r->hi, q, q > 0 ? s->lo : s->hi, -LINEAR_MOST);
    hi = bound_sum(p, p > 0 ? r->hi : r->lo, q, q > 0 ? s->hi : s->lo, LINEAR_MOST);
    if (!is_bound(lo) && !is_bound(hi))
        return true;
    while (i != i_end || j != j_end) {
        uint32_t variable = j == j_end || (i != i_end && i->variable < j->variable) ? i->variable : j->variable;
        wide factor = 0;

        if ((i != i_end && i->variable == variable && !add_product(&factor, p, i++->factor))
            || (j != j_end && j->variable == variable && !add_product(&factor, q, j++->factor)))
            return true; /* too great: left out */
        if (factor != 0)
            sum[n++] = (struct linear_part){ factor, variable };
    }
    return add_row(l, sum, n, lo, hi);
}

static bool
is_unit(wide factor)
{
    return factor == 1 || factor == -1;
}

/* Sets the rows with X aside and adds what they say about the other variables. */
static enum linear_answer
eliminate(struct linear *l, uint32_t x)
{
    struct linear_part itself = { 1, x };
    uint32_t equation = NONE, n = append_row(l, &itself, 1, l->low[x], l->high[x]) + 1;

    for (uint32_t row = 1; row < n; row++) {
        struct linear_row *of = &l->rows.items[row];

        if ((of->variables & bit(x)) == 0 || (of->variables & l->eliminated) != 0)
            continue;
        of->next = l->aside[x];
        l->aside[x] = row;
        if (of->lo == of->hi && is_unit(factor_in(l, of, x)))
            equation = row;
    }
    l->eliminated |= bit(x);
    l->steps += n / ROWS_A_STEP;
    for (uint32_t a = l->aside[x]; a != NONE; a = l->rows.items[a].next)
        for (uint32_t b = l->rows.items[a].next; b != NONE; b = l->rows.items[b].next) {
            if (equation != NONE && a != equation && b != equation)
                continue;
            l->steps += 1 + (l->rows.items[a].n + l->rows.items[b].n) / ROWS_A_STEP;
            if (l->steps > l->limit)
                return LINEAR_UNFINISHED;
            if (!combine(l, a, b, x))
                return LINEAR_NONE;
        }
    return LINEAR_SOLVED;
}

/* True if the bounds of ROW may have no multiple of FACTOR between them. */
static bool
narrower(const struct linear_row *row, wide factor)
{
    return is_bound(row->lo) && is_bound(row->hi) && row->hi - row->lo + 1 < wide_divisor(factor, 0);
}

/* The variable of LEFT to eliminate next: one that loses no integer solution, if there is one; then the one in the fewest rows,
 * unless the order of values matters (PREFER); then the last one. */
static uint32_t
next_to_eliminate(const struct linear *l, uint64_t left, bool prefer)
{
    uint32_t n_rows[LINEAR_VARIABLES_MAX] = { 0 };
    uint32_t obstacles[LINEAR_VARIABLES_MAX] = { 0 }; /* rows with 2 * x and so on; two are one too many */
    uint64_t equated = 0;
    uint32_t best = NONE, best_cost = UINT32_MAX;

    for (uint32_t row = 1; row < l->rows.n; row++) {
        const struct linear_row *of = &l->rows.items[row];

        if ((of->variables & l->eliminated) != 0)
            continue;
        for (uint32_t i = 0; i < of->n; i++) {
            const struct linear_part *part = &l->parts.items[of->first + i];

            n_rows[part->variable]++;
            if (is_unit(part->factor))
                equated |= of->lo == of->hi ? bit(part->variable) : 0;
            else
                obstacles[part->variable] += narrower(of, part->factor) ? 2 : 1;
        }
    }
    for (uint32_t v = LINEAR_VARIABLES_MAX; v-- != 0;) {
        bool exact = (equated & bit(v)) != 0 || obstacles[v] < 2;
        uint32_t cost = (prefer ? 0 : n_rows[v]) + (exact ? 0 : UINT32_MAX / 2);

        if ((left & bit(v)) != 0 && cost < best_cost) {
            best = v;
            best_cost = cost;
        }
    }
    return best;
}

/* ---- values ------------------------------------------------------------------------------------------------------------- */

/* What the values chosen so far leave to X; returns the variables that have a say in it. */
static uint64_t
interval_of(const struct linear *l, uint32_t x, wide *low, wide *high, uint64_t *n_rows)
{
    uint64_t variables = 0;

    *low = l->lo[x];
    *high = l->hi[x];
    for (uint32_t row = l->aside[x]; row != NONE; row = l->rows.items[row].next, ++*n_rows) {
        const struct linear_row *of = &l->rows.items[row];
        const struct linear_part *parts = l->parts.items + of->first;
        wide factor = 0, rest = 0, lo = of->lo, hi = of->hi;
        bool fits = true;

        for (uint32_t i = 0; i < of->n && fits; i++)
            if (parts[i].variable == x)
                factor = parts[i].factor;
            else
                fits = add_product(&rest, parts[i].factor, l->values[parts[i].variable]);
        if (!fits)
            continue; /* a derived row: constraints always fit */
        variables |= of->variables;
        if (factor < 0) {
            lo = -of->hi;
            hi = -of->lo;
            factor = -factor;
            rest = -rest;
        }
        if (is_bound(lo) && wide_ceil(lo - rest, factor) > *low)
            *low = wide_ceil(lo - rest, factor);
        if (is_bound(hi) && wide_floor(hi - rest, factor) < *high)
            *high = wide_floor(hi - rest, factor);
    }
    return variables & ~bit(x);
}

/* The value to try first; see linear_solve(). */
static wide
preferred(const struct linear *l, uint32_t x, wide low, wide high)
{
    if (high != l->hi[x])
        return high;
    return low == l->lo[x] && low <= 0 && high >= 0 ? 0 : low;
}

/* Gives values to the N variables of ORDER, from the last to the first. */
static enum linear_answer
search(struct linear *l, const uint32_t order[], uint32_t n)
{
    struct {
        wide low, high;   /* what it may be */
        wide start;       /* the first value tried; then those around it, nearest first */
        wide above, below; /* next ones to try */
        uint64_t blamed;  /* variables with values that explain why none was left, here or further on */
    } levels[LINEAR_VARIABLES_MAX];
    uint32_t k = n;
    bool forward = true;

    for (;;) {
        if (forward) {
            uint64_t n_rows = 0;

            if (k-- == 0)
                return LINEAR_SOLVED;
            levels[k].blamed = interval_of(l, order[k], &levels[k].low, &levels[k].high, &n_rows);
            l->steps += n_rows / 4;
            levels[k].start = levels[k].low > levels[k].high ? levels[k].high + 1
                                                             : preferred(l, order[k], levels[k].low, levels[k].high);
            levels[k].above = levels[k].start;
            levels[k].below = levels[k].start - 1;
        }
        if (++l->steps > l->limit)
            return LINEAR_UNFINISHED;
        forward = true;
        if (levels[k].above <= levels[k].high
            && (levels[k].below < levels[k].low || levels[k].above - levels[k].start <= levels[k].start - levels[k].below)) {
            l->values[order[k]] = levels[k].above++;
        } else if (levels[k].below >= levels[k].low) {
            l->values[order[k]] = levels[k].below--;
        } else {
            uint64_t blamed = levels[k].blamed;

            do
                k++;
            while (k < n && (blamed & bit(order[k])) == 0);
            if (k == n)
                return LINEAR_NONE;
            levels[k].blamed |= blamed & ~bit(order[k]);
            forward = false;
        }
    }
}

/* ---- questions ---------------------------------------------------------------------------------------------------------- */

static bool
holds(const struct linear_constraint *constraint, const int64_t values[])
{
    wide sum = 0;

    for (uint32_t i = 0; i < constraint->n; i++)
        if (NEVER(!add_product(&sum, constraint->terms[i].factor, values[constraint->terms[i].variable])))
            return false;
    return constraint->lo <= sum && sum <= constraint->hi;
}

/* Makes a row of a constraint; false if nothing can fulfil it. */
static bool
add_constraint(struct linear *l, const struct linear_constraint *constraint)
{
    struct linear_part parts[LINEAR_TERMS_MAX];
    uint32_t n = 0;

    for (uint64_t left = constraint->variables; left != 0; left &= left - 1) {
        struct linear_part part = { 0, (uint32_t)__builtin_ctzll(left) };

        for (uint32_t i = 0; i < constraint->n; i++)
            if (constraint->terms[i].variable == part.variable)
                part.factor += constraint->terms[i].factor;
        if (part.factor != 0)
            parts[n++] = part;
    }
    return add_row(l, parts, n, constraint->lo, constraint->hi);
}

/* Returns the variables that constraints join to those of VARIABLES, and these. */
static uint64_t
joined(const struct linear *l, uint64_t variables)
{
    uint64_t before;

    do {
        before = variables;
        for (uint32_t c = 0; c < l->constraints.n; c++)
            if ((l->constraints.items[c].variables & variables) != 0)
                variables |= l->constraints.items[c].variables;
    } while (variables != before);
    return variables;
}

/* Looks for values of VARIABLES, which no constraint joins to others, and makes them known. */
static enum linear_answer
solve_joined(struct linear *l, uint64_t variables, bool prefer)
{
    uint32_t order[LINEAR_VARIABLES_MAX], n = 0;
    int64_t values[LINEAR_VARIABLES_MAX];
    enum linear_answer answer;

    l->steps += l->constraints.n / 4; /* each becomes a row, which takes longer than to look at it */
    l->rows.n = l->parts.n = 0;
    *vec_push(l->arena, &l->rows) = (struct linear_row){ 0 };
    l->parts_max = UINT32_MAX; /* no constraint is left out */
    l->eliminated = 0;
    memset(l->buckets, 0, sizeof l->buckets);
    for (uint32_t v = 0; v < l->n; v++) {
        l->low[v] = l->lo[v];
        l->high[v] = l->hi[v];
        l->aside[v] = NONE;
        values[v] = l->known[v];
    }
    for (uint32_t c = 0; c < l->constraints.n; c++)
        if ((l->constraints.items[c].variables & variables) != 0 && !add_constraint(l, &l->constraints.items[c]))
            return LINEAR_NONE;
    l->parts_max = l->parts.n + DERIVED_PARTS_MAX;
    for (uint64_t left = variables; left != 0; left &= ~bit(order[n++])) {
        order[n] = next_to_eliminate(l, left, prefer);
        answer = eliminate(l, order[n]);
        if (answer != LINEAR_SOLVED)
            return answer;
    }
    answer = search(l, order, n);
    if (answer != LINEAR_SOLVED)
        return answer;
    for (uint32_t i = 0; i < n; i++)
        values[order[i]] = (int64_t)l->values[order[i]];
    for (uint32_t c = 0; c < l->constraints.n; c++)
        if ((l->constraints.items[c].variables & variables) != 0 && NEVER(!holds(&l->constraints.items[c], values)))
            return LINEAR_UNFINISHED;
    memcpy(l->known, values, l->n * sizeof *values);
    return LINEAR_SOLVED;
}

/* Solves the system again for the variables of those constraints that the known values violate, or with PREFER for all. */
static enum linear_answer
solve(struct linear *l, bool prefer)
{
    uint64_t variables = !prefer || l->n == 0 ? 0 : UINT64_MAX >> (LINEAR_VARIABLES_MAX - l->n);

    if (l->n_unreadable != 0)
        return LINEAR_UNFINISHED;
    if (l->empty)
        return LINEAR_NONE;
    l->steps += l->constraints.n / ROWS_A_STEP;
    for (uint32_t c = l->n_known; c < l->constraints.n; c++) {
        const struct linear_constraint *constraint = &l->constraints.items[c];

        if (holds(constraint, l->known))
            continue;
        if (constraint->variables == 0)
            return LINEAR_NONE;
        variables |= constraint->variables;
    }
    while (variables != 0) {
        uint64_t some = joined(l, variables & -variables);
        enum linear_answer answer = solve_joined(l, some, prefer);

        if (answer != LINEAR_SOLVED)
            return answer;
        variables &= ~some;
    }
    l->n_known = l->constraints.n;
    return LINEAR_SOLVED;
}

/* ---- interface ---------------------------------------------------------------------------------------------------------- */

void
linear_init(struct linear *linear, struct arena *arena)
{
    *linear = (struct linear){ .arena = arena };
}

void
linear_reset(struct linear *linear, uint64_t limit)
{
    linear->steps = 0;
    linear->limit = limit;
    linear->n = 0;
    linear->empty = false;
    linear->constraints.n = 0;
    linear->n_unreadable = 0;
    linear->n_known = 0;
}

uint32_t
linear_variable(struct linear *linear, int64_t lo, int64_t hi)
{
    if (linear->n == LINEAR_VARIABLES_MAX)
        return LINEAR_VARIABLES_MAX;
    linear->lo[linear->n] = lo;
    linear->hi[linear->n] = hi;
    linear->known[linear->n] = lo > 0 ? lo : hi < 0 ? hi : 0;
    linear->empty = linear->empty || lo > hi;
    return linear->n++;
}

void
linear_push(struct linear *linear, const struct linear_term terms[], uint32_t n, wide lo, wide hi)
{
    struct linear_constraint constraint = { .lo = clamp(lo), .hi = clamp(hi), .readable = n <= LINEAR_TERMS_MAX };

    for (uint32_t i = 0; i < n && constraint.readable; i++) {
        constraint.readable = terms[i].variable < linear->n && -LINEAR_FACTOR_MAX <= terms[i].factor
                              && terms[i].factor <= LINEAR_FACTOR_MAX;
        if (constraint.readable && terms[i].factor != 0) {
            constraint.terms[constraint.n++] = terms[i];
            constraint.variables |= bit(terms[i].variable);
        }
    }
    linear->n_unreadable += !constraint.readable;
    *vec_push(linear->arena, &linear->constraints) = constraint;
}

void
linear_pop(struct linear *linear)
{
    if (NEVER(linear->constraints.n == 0))
        return;
    linear->n_unreadable -= !linear->constraints.items[--linear->constraints.n].readable;
    if (linear->n_known > linear->constraints.n)
        linear->n_known = linear->constraints.n;
}

enum linear_answer
linear_feasible(struct linear *linear)
{
    return solve(linear, false);
}

enum linear_answer
linear_solve(struct linear *linear, int64_t values[])
{
    enum linear_answer answer = solve(linear, true);

    if (answer == LINEAR_SOLVED)
        memcpy(values, linear->known, linear->n * sizeof *values);
    return answer;
}
