/* SPDX-License-Identifier: MIT
 *
 * The hot half of classes.h, to be inlined where a request is decided.
 */
#ifndef RCK_CLASS_OF_H
#define RCK_CLASS_OF_H

#include "classes.h"
#include "policy.h"
#include "request.h"

/* Number of the N > 0 cuts CUTS that are <= NUMBER.  The cuts are ascending; halving their number is the only thing that the loop
 * does, whatever it finds, so that nothing is mispredicted. */
static inline uint32_t
n_cuts_reached(const wide *cuts, uint32_t n, wide number)
{
    const wide *base = cuts;

    while (n > 1) {
        uint32_t half = n / 2;

        base += base[half - 1] <= number ? half : 0;
        n -= half;
    }
    return (uint32_t)(base - cuts) + (base[0] <= number);
}

/* Returns the class of REQUEST in COLUMN, as space_class() does. */
static inline uint32_t
class_of(const struct classes *classes, const struct class_column *column, const struct rck_request *request)
{
    uint32_t code = request->codes[column->slot];
    bool known = code >= VALUE_DECLARED && request->codes[column->other] >= VALUE_DECLARED;
    uint64_t common = 0;
    wide number;

    switch (column->kind) {
    case COLUMN_NAME:
        return code >= VALUE_DECLARED ? classes->names[column->first + (code - VALUE_DECLARED)]
               : code == VALUE_ABSENT ? column->absent
                                      : column->undeclared;
    case COLUMN_NUMBER:
        number = (int64_t)request->values[column->first_value];
        if (column->is_sum ? !sum_of(&column->sum, request, &number) : !known)
            return column->absent;
        if (column->n == 0)
            return 0;
        return n_cuts_reached(classes->cuts + column->first, column->n, number);
    case COLUMN_HAS:
        if (code == VALUE_ABSENT)
            return HAS_UNKNOWN;
        for (uint32_t i = 0; i < column->n; i++)
            common |= request->values[column->first_value + i] & classes->masks[column->first + i];
        return common != 0 ? HAS_YES : code == VALUE_UNDECLARED ? HAS_UNKNOWN : HAS_NO;
    case COLUMN_PRESENT:
        return code == VALUE_ABSENT ? CLASS_ABSENT : CLASS_PRESENT;
    case COLUMN_MATCHES:
        if (!known)
            return MATCHES_UNKNOWN;
        return glob_matches(&classes->patterns[column->pattern].glob, request_text(request, column->slot)) ? MATCHES_YES
                                                                                                           : MATCHES_NO;
    case COLUMN_SAME:
        break;
    }
    return !known ? SAME_UNKNOWN : request_same(request, column->slot, column->other) ? SAME_EQUAL : SAME_DIFFERENT;
}

#endif
