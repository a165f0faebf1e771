/* SPDX-License-Identifier: MIT
 *
 * The space of requests as a policy sees it: columns with finitely many classes.
 *
 * Every atom asks about one column, and two requests that fall into the same class of a column get the same answer from all of
 * its atoms.  So a policy cannot tell two requests apart that have the same class in each column, and a clause is a union of
 * boxes: a set of classes for each column.
 *
 *     column          of                    classes
 *     COLUMN_NAME     a slot with names     the names, those together that every atom treats alike; of attributes also
 *                                           "undeclared" and "absent"
 *                     a string              the constants that it is compared with, "any other", "absent"
 *     COLUMN_HAS      a slot and a set      no, yes, unknown (absent, or an undeclared member might be meant)
 *     COLUMN_NUMBER   a number, or a sum    the intervals between the constants that it is compared with; "absent"
 *                     of up to three
 *     COLUMN_PRESENT  a slot with sets      absent, present
 *     COLUMN_SAME     two enumerations or   different, equal, unknown
 *                     strings
 *     COLUMN_MATCHES  a string and a glob   no, yes, unknown
 *
 * Example: 'limit stack.management_tokens to 30' asks whether the counter is below 30, and makes the column
 * stack.management_tokens with the classes ..29, 30.. and absent.
 *
 * Columns are not independent where they share a slot (a < 5, b > 10 and a > b never meet); cover.c knows which combinations
 * exist.  A space is made for the clauses of a policy, and another one for the proof of each assert.
 */
#ifndef RCK_SPACE_H
#define RCK_SPACE_H

#include "guard.h"

enum column_kind { COLUMN_NAME, COLUMN_HAS, COLUMN_NUMBER, COLUMN_PRESENT, COLUMN_SAME, COLUMN_MATCHES };

/* Classes of the columns whose classes are fixed. */
enum { HAS_NO, HAS_YES, HAS_UNKNOWN };
enum { CLASS_ABSENT, CLASS_PRESENT };
enum { SAME_DIFFERENT, SAME_EQUAL, SAME_UNKNOWN };
enum { MATCHES_NO, MATCHES_YES, MATCHES_UNKNOWN };

struct column {
    enum column_kind kind;
    uint32_t slot;  /* index + 1, as in atoms; of COLUMN_NUMBER that of the first term */
    uint32_t other; /* of COLUMN_SAME: index + 1; else NONE */
    struct sum sum; /* of COLUMN_NUMBER */
    set_id set;     /* of COLUMN_HAS */
    uint32_t pattern; /* of COLUMN_MATCHES */
    uint32_t n_classes;
    uint32_t first;      /* COLUMN_NAME: in class_of, by name; COLUMN_NUMBER: in cuts */
    uint32_t n_cuts;     /* COLUMN_NUMBER: class i is below cut i, the last but one is not below any */
    uint32_t undeclared; /* COLUMN_NAME of attributes: class of a value that is not declared */
    uint32_t absent;     /* class of an absent value; 0 and meaningless for dimensions */
};

/* What a guard must be for a box: mode of guard_boxes() and of atoms. */
enum mode { IS_TRUE, IS_NOT_FALSE, IS_FALSE, IS_NOT_TRUE };
enum { N_MODES = IS_NOT_TRUE + 1 };

struct space {
    struct arena *arena;
    struct sets sets; /* of classes */
    VEC(struct column) columns;
    VEC(uint32_t) class_of;
    VEC(wide) cuts; /* ascending within a column */
    uint32_t *column_of; /* by atom: the column that answers it; of the atoms that the space was made for */
    set_id (*answers)[N_MODES]; /* by atom: what space_classes() found; SET_ALL: nobody asked */
    VEC(struct range) picked; /* scratch: the classes of one set of names */
};

/* Makes the columns for the atoms of POLICY's guards that LIST names. */
void space_build(struct space *space, struct rck_policy *policy, struct arena *arena, const struct atom_list *list);

/* Returns the classes of its column in which ATOM (an index) is as MODE says. */
set_id space_classes(struct space *space, const struct rck_policy *policy, uint32_t atom, enum mode mode);

/* Returns the class of REQUEST in COLUMN. */
uint32_t space_class(const struct space *space, const struct rck_policy *policy, const struct column *column,
                     const struct rck_request *request);

/* Writes what a column asks, and what a class of it is, as a person reads it; as snprintf() returns. */
size_t space_column_text(const struct space *space, const struct rck_policy *policy, uint32_t column, char *buffer, size_t size);
size_t space_class_text(const struct space *space, const struct rck_policy *policy, uint32_t column, uint32_t class_idx,
                        char *buffer, size_t size);

/* The factor of a term of a sum as people read it: of values as they are written, where those of decimals are kept in millionths. */
wide space_factor(const struct rck_policy *policy, const struct column *column, uint32_t term);

/* Writes VALUE, a number of a number column, in the spelling of its type. */
size_t space_bound_text(const struct space *space, const struct rck_policy *policy, uint32_t column, wide value, char *buffer,
                        size_t size);

#endif
