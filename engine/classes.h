/* SPDX-License-Identifier: MIT
 *
 * The class of a request in a column, as the decision reads it: shared by both forms of the table.  It is what space_class() says,
 * without a look at the policy: names by one load, sets by one mask a word, numbers by a binary search without branches.
 *
 * What depends on a column's kind is in two functions only: classes_build() here, which lays a column out, and class_of() in
 * class_of.h, which reads it.  A new kind is a case in each.
 */
#ifndef RCK_CLASSES_H
#define RCK_CLASSES_H

#include "space.h"

struct pattern;
struct rck_policy;
struct rck_request;

/* What a request knows of a slot, and the least code of it; see struct rck_request. */
enum value_state {
    VALUE_ABSENT,     /* not given, or null */
    VALUE_UNDECLARED, /* of slots with names: a value, or a member beside the declared ones, that the vocabulary does not know */
    VALUE_DECLARED    /* a value of the vocabulary */
};

struct class_column {
    enum column_kind kind;
    uint32_t slot;       /* index, not index + 1 */
    uint32_t other;      /* index of the second slot, or the same as slot */
    uint32_t n_classes;
    uint32_t first;      /* COLUMN_NAME: in names, by name; COLUMN_NUMBER: in cuts; COLUMN_HAS: in masks */
    uint32_t n;          /* COLUMN_NAME: names; COLUMN_NUMBER: cuts; COLUMN_HAS: words */
    uint32_t first_value; /* COLUMN_NUMBER, COLUMN_HAS: of the slot, in a request */
    uint32_t absent;     /* class of an absent value */
    uint32_t undeclared; /* class of an undeclared value */
    uint32_t pattern;    /* COLUMN_MATCHES: in patterns */
    bool is_sum;         /* COLUMN_NUMBER: of more than one number */
    struct sum sum;      /* COLUMN_NUMBER */
};

struct classes {
    struct class_column *columns;
    uint32_t n_columns;
    uint32_t n_names;
    uint32_t n_masks;
    uint32_t n_cuts;
    uint32_t n_values; /* of a request; its codes lie behind them */
    const uint32_t *names; /* classes; the space's */
    const wide *cuts;      /* the space's */
    uint64_t *masks;
    const struct pattern *patterns; /* the policy's */
    uint32_t n_patterns;
};

/* The codes of the request whose values are VALUES. */
INLINE const uint32_t *
classes_codes(const struct classes *classes, const uint64_t *values)
{
    return (const uint32_t *)(const void *)(values + classes->n_values);
}

/* Lays out the columns of POLICY's space. */
void classes_build(struct classes *classes, const struct rck_policy *policy, struct arena *arena);

/* Checks that class_of() stays inside of everything that it reads, and below n_classes in all that it yields. */
bool classes_verify(const struct classes *classes, const struct rck_policy *policy);

/* Bytes that the columns take. */
uint64_t classes_size(const struct classes *classes);

#endif
