/* SPDX-License-Identifier: MIT
 *
 * Conditions that every value answers alike, as 'm < 20' of an 'int 0..9': what asks for the ends of a range or for what lies beyond
 * them, for all names of an enumeration or for none.  They leave all of a column of the table or nothing of it, and all that they still
 * tell apart is a request that does not say what they ask about: it is indeterminate, and random_request.c makes such requests.  No
 * other conditions are as likely to be taken for no conditions.
 */
#include <config.h>

#include "random_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* Writes NUMBER, in millionths. */
static void
out_millionths(struct out *out, wide number)
{
    wide size = number < 0 ? -number : number;
    char digits[32];

    snprintf(digits, sizeof digits, "%s%" PRIu64, number < 0 ? "-" : "", (uint64_t)(size / NAIVE_ONE));
    out_text(out, digits);
    if (size % NAIVE_ONE != 0) {
        snprintf(digits, sizeof digits, ".%06" PRIu64, (uint64_t)(size % NAIVE_ONE));
        out_text(out, digits);
    }
}

/* Returns an int that a plain one, IDX, may be compared with, if 64 bits hold how far they can be apart; or NULL. */
static struct attr *
pick_partner(struct random_policy *policy, uint32_t idx)
{
    const struct attr *attr = &policy->attrs[idx];
    const struct pair *pair = NULL;
    struct attr *right;

    if (attr->kind != ATTR_INT || attr->group != GROUP_PLAIN || !one_in(&policy->state, 3))
        return NULL;
    pair = pick_pair(policy, idx, (struct offset){ .text = STR("") }, false);
    if (pair == NULL)
        return NULL;
    right = &policy->attrs[pair->right];
    if (right->kind != ATTR_INT || right->optional || attr->max - right->min > INT64_MAX * (wide)NAIVE_ONE
        || attr->min - right->max < -INT64_MAX * (wide)NAIVE_ONE)
        return NULL;
    return right;
}

/* An attribute compared with an end of its range, or with what lies beyond it; or the same of the difference of two: TRUTH for all
 * numbers. */
static void
write_trivial_number(struct random_policy *policy, struct out *out, uint32_t idx, bool truth)
{
    static const struct {
        const char *op, *turned; /* of an upper end; the operator with its sides exchanged is the one of a lower end */
        bool at;                 /* it will do for the end itself, not only for what is beyond */
    } forms[] = {
        { " <= ", " >= ", true }, { " < ", " > ", false },   { " != ", " != ", false }, /* true */
        { " > ", " < ", true },   { " >= ", " <= ", false }, { " == ", " == ", false }, /* false */
    };
    static const uint32_t distances[] = { 0, 1, 1, 2, 10 };
    const struct attr *attr = &policy->attrs[idx];
    struct attr *right = pick_partner(policy, idx);
    bool low = one_in(&policy->state, 2), first = one_in(&policy->state, 6) && has_feature(policy, RANDOM_CONSTANT_FIRST);
    uint32_t distance = distances[below(&policy->state, N_ELEMENTS(distances))], form = below(&policy->state, 3) + (truth ? 0 : 3);
    wide unit = attr->kind == ATTR_INT || attr->kind == ATTR_COUNTER ? NAIVE_ONE : 1, end = low ? attr->min : attr->max, beyond;
    struct out bound = out_new(&policy->arena);

    if (right != NULL) {
        right->trivial = true;
        end -= low ? right->max : right->min;
        out_reference(&bound, right->name);
    }
    beyond = low ? end - distance * unit : end + distance * unit;
    if (beyond < (right != NULL ? -INT64_MAX : INT64_MIN) * unit || beyond > INT64_MAX * unit)
        beyond = end;
    if (beyond == end && !forms[form].at)
        form = truth ? 0 : 3;
    if (attr->group == GROUP_TIME) {
        out_text(&bound, low ? "1677-09-21T00:12:43.145224192Z" : "2262-04-11T23:47:16.854775807Z");
    } else if (right == NULL) {
        out_millionths(&bound, beyond);
    } else if (beyond != 0) {
        out_text(&bound, beyond < 0 ? " - " : " + ");
        out_millionths(&bound, beyond < 0 ? -beyond : beyond);
    }
    if (first)
        out_str(out, out_done(&bound));
    else
        out_reference(out, attr->name);
    out_text(out, low != first ? forms[form].turned : forms[form].op);
    if (first)
        out_reference(out, attr->name);
    else
        out_str(out, out_done(&bound));
}

/* What is spelt WHAT asked for all the N names that it may be, or, as it must be if it is OPEN, for none: TRUTH for each. */
static void
write_trivial_names(struct random_policy *policy, struct out *out, struct str what, const struct str *names, uint32_t n, bool open,
                    bool truth)
{
    bool none = one_in(&policy->state, 4) || open;
    uint32_t order[MAX_NAMES] = { 0, 1, 2, 3, 4, 5, 6, 7 };

    shuffle(&policy->state, order, n);
    out_text(out, truth == none ? "not (" : "");
    out_str(out, what);
    out_text(out, " in { ");
    for (uint32_t i = 0; i < n && !none; i++) {
        out_text(out, i != 0 ? ", " : "");
        out_name(policy, out, names[order[i]]);
    }
    out_text(out, truth == none ? " })" : " }");
}

/* A question about attribute IDX to which TRUTH is the answer of every value. */
static void
write_trivial(struct random_policy *policy, struct out *out, uint32_t idx, bool truth)
{
    struct attr *attr = &policy->attrs[idx];
    bool turned = one_in(&policy->state, 8);
    struct out once = out_new(&policy->arena);
    struct str question;

    attr->trivial = true;
    out_reference(&once, attr->name);
    if (turned)
        out_text(out, "not (");
    truth = truth != turned;
    switch (attr->kind) {
    case ATTR_INT:
    case ATTR_DECIMAL:
    case ATTR_COUNTER:
    case ATTR_TIME:
    case ATTR_NOW:
        write_trivial_number(policy, out, idx, truth);
        break;
    case ATTR_ENUM:
        write_trivial_names(policy, out, out_done(&once), attr->values, attr->n_values, attr->open, truth);
        break;
    case ATTR_STRING:
        out_text(out, truth ? "" : "not ");
        out_str(out, out_done(&once));
        out_text(out, " matches \"*\"");
        break;
    case ATTR_BOOL:
    case ATTR_SET: /* either the question or its opposite */
        if (attr->kind == ATTR_SET)
            out_has(policy, &once, attr->values[below(&policy->state, attr->n_values)]);
        question = out_done(&once);
        out_text(out, truth ? "(not (" : "(");
        out_str(out, question);
        out_text(out, truth ? ") or " : " and not (");
        out_str(out, question);
        out_text(out, truth ? ")" : "))");
        break;
    }
    if (turned)
        out_text(out, ")");
}

/* Several such questions about one thing, joined so that each of them counts.  Now and then the last one is answered otherwise, or another
 * question stands among them, about the same thing or not. */
void
make_trivial(struct random_policy *policy, struct out *out, uint32_t guarded)
{
    static const char *const words[] = { "subject", "role", "action", "resource" };
    uint32_t n = 1 + below(&policy->state, 5), other = below(&policy->state, 10), active[MAX_ATTRS], n_active = 0, idx;
    uint32_t d = below(&policy->state, N_DIMENSIONS);
    bool all = !one_in(&policy->state, 3), odd = one_in(&policy->state, 8), names = one_in(&policy->state, 8) && d != AST_ROLE;
    const char *joint = all ? " and " : " or ";

    for (uint32_t i = 0; i < policy->n_attrs; i++) {
        if (policy->attrs[i].active)
            active[n_active++] = i;
    }
    if (n_active == 0) {
        make_atom(policy, out, guarded, ABOUT_NOTHING);
        return;
    }
    idx = active[below(&policy->state, n_active)];
    if (policy->attrs[idx].optional) /* it is less likely that absence is unknown there */
        idx = active[below(&policy->state, n_active)];
    if (!names && policy->attrs[idx].optional && (guarded & UINT32_C(1) << idx) == 0) {
        out_text(out, all ? "" : "not ");
        out_reference(out, policy->attrs[idx].name);
        out_text(out, " is present");
        out_text(out, joint);
    }
    for (uint32_t i = 0; i < n; i++) {
        bool truth = odd && i + 1 == n ? !all : all;

        out_text(out, i != 0 ? joint : "");
        if (i == other) {
            make_atom(policy, out, guarded, names || one_in(&policy->state, 2) ? ABOUT_NOTHING : ABOUT_ATTR + idx);
            out_text(out, joint);
        }
        if (names)
            write_trivial_names(policy, out, str_of(words[d]), policy->dims[d].names, policy->dims[d].n, policy->dims[d].open, truth);
        else
            write_trivial(policy, out, idx, truth);
    }
}
