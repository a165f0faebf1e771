/* SPDX-License-Identifier: MIT
 *
 * The policies of small_scope.h.  A leaf is one of three questions or its negation; an expression has one, two, or three leaves, which
 * `and` and `or` join; a clause has one of seven forms, and its expression in one place.
 */
#include <config.h>

#include "small_scope.h"

#include <stdio.h>

static const char vocabulary[] = "vocabulary { subject u, v; role r; action a; resource f, f.g; attribute k : bool;\n"
                                 "  counter c : up on a f; }\n";

static const char *const leaves[] = { "k", "not k", "c <= 0", "not c <= 0", "role has r", "not role has r" };

/* What stands before and behind the expression.  The first N_GRANTS stand under `default deny` alone. */
static const char *const forms[][2] = {
    { "u may a f when ", "" },      { "anyone may a f.g unless ", "" },   { "deny when ", "" },          { "require ", " to a f" },
    { "u cannot a f when ", "" },   { "only r may a f.g unless ", "" },   { "limit c to 1 when ", "" },
};

static const char *const joints[][3] = {
    { " and ", " and ", "" }, { " or ", " or ", "" }, { " and (", " or ", ")" }, { " or (", " and ", ")" },
};

enum { N_LEAVES = N_ELEMENTS(leaves), N_FORMS = N_ELEMENTS(forms), N_GRANTS = 2, N_PAIRS = N_LEAVES * N_LEAVES };

/* How many expressions have so many leaves. */
static const uint32_t n_exprs[] = { 0, N_LEAVES, 2 * N_PAIRS, 4 * N_PAIRS * N_LEAVES };

struct enumeration {
    bool (*each)(void *arg, struct str text);
    void *arg;
    uint64_t n;
    bool stopped;
    char text[1024];
    size_t size;
};

static void
add(struct enumeration *e, const char *text)
{
    int n = snprintf(e->text + e->size, sizeof e->text - e->size, "%s", text);

    e->size += n > 0 ? (size_t)n : 0;
}

/* Adds expression IDX of those with N leaves. */
static void
add_expr(struct enumeration *e, uint32_t n, uint32_t idx)
{
    const char *const *joint = joints[idx / (n == 2 ? N_PAIRS : N_PAIRS * N_LEAVES)];

    add(e, leaves[idx % N_LEAVES]);
    if (n >= 2) {
        add(e, joint[0]);
        add(e, leaves[idx / N_LEAVES % N_LEAVES]);
    }
    if (n == 3) {
        add(e, joint[1]);
        add(e, leaves[idx / N_PAIRS % N_LEAVES]);
        add(e, joint[2]);
    }
}

static void
add_clause(struct enumeration *e, const char *label, uint32_t form, uint32_t n, uint32_t expr)
{
    add(e, label);
    add(e, forms[form][0]);
    add_expr(e, n, expr);
    add(e, forms[form][1]);
    add(e, ";\n");
}

static void
begin(struct enumeration *e, bool denies)
{
    e->size = 0;
    add(e, denies ? "policy small; default deny;\n" : "policy small; default allow;\n");
    add(e, vocabulary);
}

static void
finish(struct enumeration *e)
{
    e->n++;
    e->stopped = !e->each(e->arg, (struct str){ e->text, e->size });
}

/* Two clauses with NA and NB leaves. */
static void
each_pair(struct enumeration *e, bool denies, uint32_t na, uint32_t nb)
{
    for (uint32_t a = denies ? 0 : N_GRANTS; a < N_FORMS; a++)
        for (uint32_t b = denies ? 0 : N_GRANTS; b < N_FORMS; b++)
            for (uint32_t i = 0; i < n_exprs[na]; i++)
                for (uint32_t k = 0; k < n_exprs[nb] && !e->stopped; k++) {
                    if (denies && a >= N_GRANTS && b >= N_GRANTS)
                        continue;
                    /* two limits of one counter are an accident where their conditions are the same */
                    if (a == b && a == N_FORMS - 1 && na == nb && i == k)
                        continue;
                    begin(e, denies);
                    add_clause(e, "x: ", a, na, i);
                    add_clause(e, "y: ", b, nb, k);
                    finish(e);
                }
}

uint64_t
small_scope(bool (*each)(void *arg, struct str text), void *arg)
{
    struct enumeration e = { .each = each, .arg = arg };

    for (uint32_t form = 0; form < N_FORMS; form++)
        for (uint32_t n = 1; n <= 3; n++)
            for (uint32_t i = 0; i < n_exprs[n] && !e.stopped; i++) {
                begin(&e, form < N_GRANTS);
                add_clause(&e, "x: ", form, n, i);
                finish(&e);
            }
    for (int denies = 0; denies < 2; denies++) {
        each_pair(&e, denies, 1, 1);
        each_pair(&e, denies, 1, 2);
        each_pair(&e, denies, 2, 1);
    }
    return e.n;
}
