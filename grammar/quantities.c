/* SPDX-License-Identifier: MIT
 *
 * Numbers and what they measure: constants with their units, and the units of attributes, brought to one exact scale.
 */
#include <config.h>

#include "compile.h"
#include "units.h"

static enum measure
measure_of(const struct ast_unit *unit)
{
    if (unit == NULL)
        return MEASURE_NONE;
    switch (unit->kind) {
    case AST_BYTES:
        return MEASURE_BYTES;
    case AST_DURATION:
        return MEASURE_DURATION;
    case AST_RATE:
        break;
    }
    return MEASURE_RATE;
}

struct scale
scale_of_type(const struct ast_type *type)
{
    return (struct scale){ .measure = type->kind == AST_TYPE_TIME ? MEASURE_TIME : measure_of(type->unit),
                           .unit = type->unit != NULL ? type->unit->size : 1,
                           .decimal = type->kind == AST_TYPE_DECIMAL };
}

struct scale
scale_of_slot(const struct compile *c, uint32_t slot)
{
    const struct ast_unit *unit = c->slot_infos.items[slot].unit;
    enum rck_type type = c->policy->slots.items[slot].type;

    return (struct scale){ .measure = type == RCK_TYPE_TIME ? MEASURE_TIME : measure_of(unit),
                           .unit = unit != NULL ? unit->size : 1,
                           .decimal = type == RCK_TYPE_DECIMAL };
}

wide
scale_step(const struct scale *scale)
{
    return (wide)(scale->decimal ? 1 : MICROS) * scale->unit;
}

/* Sets *OUT to A times B; false if that is too large: two bits are left for sums of such numbers, and for differences of those. */
static bool
multiply(wide a, wide b, wide *out)
{
    return !wide_mul_overflows(a, b, out) && *out < (wide)1 << 124 && *out > -((wide)1 << 124);
}

/* Sets *MICROS to SIZE times NUMBER, which stands AT; false, reported, if that is too large. */
static bool
take_micros(struct compile *c, wide size, int64_t number, struct span at, wide *micros)
{
    if (multiply(size, number, micros))
        return true;
    diag_report(c->diags, CODE_NUMBER_RANGE, at, "'%.*s' is too large to be compared with anything",
                QUOTE(front_text(c->front, at)));
    return false;
}

bool
quantity_read(struct compile *c, const struct ast_value *value, struct quantity *out)
{
    wide size = (wide)(value->kind == AST_DECIMAL ? 1 : MICROS) * (value->unit != NULL ? value->unit->size : 1);

    out->measure = value->kind == AST_TIME ? MEASURE_TIME : measure_of(value->unit);
    out->plain = out->measure == MEASURE_NONE;
    return take_micros(c, size, value->number, value->at, &out->micros);
}

bool
quantity_of(struct compile *c, const struct scale *scale, int64_t number, struct span at, struct quantity *out)
{
    out->measure = scale->measure;
    out->plain = out->measure == MEASURE_NONE;
    return take_micros(c, scale_step(scale), number, at, &out->micros);
}

bool
quantity_meet(struct quantity *q, const struct scale *scale)
{
    if (q->plain && scale->measure != MEASURE_TIME) {
        q->plain = scale->measure == MEASURE_NONE;
        q->measure = scale->measure;
        return multiply(q->micros, scale->unit, &q->micros);
    }
    return q->measure == scale->measure;
}

bool
quantity_hold(struct quantity q, const struct scale *scale, int64_t *out)
{
    wide step = scale_step(scale), value;

    if (q.plain && scale->measure != MEASURE_TIME)
        step = scale->decimal ? 1 : MICROS; /* whatever the size of its unit */
    else if (q.measure != scale->measure)
        return false;
    value = q.micros / step;
    if (value * step != q.micros || value < INT64_MIN || value > INT64_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

const char *
quantity_words(enum measure measure)
{
    switch (measure) {
    case MEASURE_NONE:
        break;
    case MEASURE_BYTES:
        return "a size in bytes";
    case MEASURE_DURATION:
        return "a duration";
    case MEASURE_RATE:
        return "a rate";
    case MEASURE_TIME:
        return "a time";
    }
    return "a number without unit";
}
