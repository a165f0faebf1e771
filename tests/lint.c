/* SPDX-License-Identifier: MIT
 *
 * What the lint finds, and what it does not, compared with all requests there are: random small policies over numbers of 0 to 2, of
 * which every request is made and explained clause by clause.
 *
 *     lint [POLICIES [FIRST-SEED]]
 *     lint --show SEED
 *
 * Nothing here knows of boxes, rows or columns.  A condition is judged by the policy without it.  A number is judged by the policy in
 * which comparisons read attributes of their own (x2 for x, d for x - y), so that one of them can be moved over the number while all
 * else stays.  Each policy is linted once more with few steps: what is found then must be true, and what is not must be told.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../engine/base.h"
#include "../engine/rulecheck.h"
#include "random_policy.h"

enum { CLAUSES_MAX = 7, TAILS_MAX = 2, COMPARED_MAX = 12, TEXT_MAX = 8192, VALUE_MAX = 2, N_ATTRIBUTES = 5 };
enum { RESOURCES = 3, ACTIONS = 2, ROLE_SETS = 9, SUBJECTS = 2 };

/* The attributes: x, y, z (optional) and n (a counter) are numbers, e is an enumeration. */
enum { X, Y, Z, N, E };
static const char *const attribute_names[N_ATTRIBUTES] = { "x", "y", "z", "n", "e" };
static const char *const subjects[SUBJECTS] = { "user", "key" };
static const char *const actions[ACTIONS] = { "read", "create" };
static const char *const resources[RESOURCES] = { "token", "token.part", "entry" };
static const char *const role_sets[ROLE_SETS] = { "-", "{}", "{owner}", "{admin}", "{owner, admin}", "{guest}", "{owner, guest}", "{admin, guest}",
                                                    "{owner, admin, guest}" };

/* What a comparison is of, and the columns that the variant moves. */
enum subject_of { OF_X, OF_Y, OF_Z, OF_N, OF_DIFFERENCE, N_OF };
static const char *const moved_names[N_OF] = { "x2", "y2", "z2", "n2", "d" };

/* A comparison in a clause: SIDE op BOUND as cuts, the least numbers of the upper sides. */
struct comparison {
    enum subject_of of;
    int cuts[2];
    int n_cuts;
    size_t at; /* in the text of the clause as it is */
};

struct text {
    char p[TEXT_MAX];
    size_t n;
};

/* A clause as text, twice: as it is, and with comparisons that read attributes of their own. */
struct piece {
    struct text plain, moved;
};

struct clause {
    char label[16];
    enum rck_clause_kind kind;
    struct piece body;
    struct piece tails[TAILS_MAX];
    bool unless[TAILS_MAX];
    int n_tails;
    bool warns, plainly;
    bool asks_facts; /* it compares something else than action and resource */
    int covered_by; /* a clause, or -1 */
    struct comparison compared[COMPARED_MAX];
    int n_compared;
};

struct policy {
    bool by_deny;
    struct clause clauses[CLAUSES_MAX];
    int n;
    uint64_t state;
};

/* What is found of a policy: by clause, and by pair. */
enum id { NEVER, NEVER_GRANTS, NOT_COVERED, COVERED, IDLE_CONDITION, IDLE_NUMBER, N_IDS };
static const char *const ids[N_IDS] = { "never", "never-grants", "not-covered", "covered", "idle-condition", "idle-number" };

struct findings {
    bool of[N_IDS][CLAUSES_MAX];
    bool condition[CLAUSES_MAX][TAILS_MAX];
    bool number[CLAUSES_MAX][COMPARED_MAX];
    bool dead[ACTIONS][RESOURCES];
    int gaps[ACTIONS][RESOURCES]; /* 0 none, 1 in part, 2 wholly */
};

/* A request as the tool's user would write it; -1 is absent, of e: 2 undeclared. */
struct tuple {
    int subject, roles, action, resource;
    int values[N_ATTRIBUTES];
};

static struct counts {
    uint64_t policies, refused, requests, found[N_IDS], dead, gaps, unfinished, minimal;
} counts;

static int
below(struct policy *p, int n)
{
    return (int)(random_next(&p->state) % (uint64_t)n);
}

/* ---- making policies ---------------------------------------------------------------------------------------------------- */

static void
put(struct text *text, const char *what)
{
    size_t n = strlen(what);

    if (text->n + n >= sizeof text->p)
        abort();
    memcpy(text->p + text->n, what, n + 1);
    text->n += n;
}

static void
put_both(struct piece *piece, const char *what)
{
    put(&piece->plain, what);
    put(&piece->moved, what);
}

/* SIDE op K: of x - y it is 'x op y + k'. */
static void
put_comparison(struct policy *p, struct clause *c, struct piece *piece, enum subject_of of)
{
    static const char *const ops[] = { "<", "<=", ">", ">=", "==", "!=" };
    int op = below(p, 6), k = of == OF_DIFFERENCE ? below(p, 5) - 2 : below(p, 10) == 0 ? below(p, 8) - 2 : below(p, 3);
    struct comparison *made = &c->compared[c->n_compared++];
    char text[64];

    *made = (struct comparison){ .of = of, .at = piece->plain.n };
    if (op == 0 || op == 3)
        made->cuts[made->n_cuts++] = k;
    else if (op == 1 || op == 2)
        made->cuts[made->n_cuts++] = k + 1;
    else
        made->cuts[made->n_cuts++] = k, made->cuts[made->n_cuts++] = k + 1;
    if (of == OF_DIFFERENCE)
        snprintf(text, sizeof text, k == 0 ? "x %s y" : k < 0 ? "x %s y - %d" : "x %s y + %d", ops[op], k < 0 ? -k : k);
    else
        snprintf(text, sizeof text, "%s %s %d", attribute_names[of], ops[op], k);
    put(&piece->plain, text);
    snprintf(text, sizeof text, "%s %s %d", moved_names[of], ops[op], k);
    put(&piece->moved, text);
}

static void
put_atom(struct policy *p, struct clause *c, struct piece *piece)
{
    static const char *const others[] = { "e == a", "e != b", "role has owner", "role has admin", "subject == user", "action == read",
                                          "resource == token", "resource == token.part", "z is present", "not (z is present)" };
    int kind = below(p, 14), other = below(p, 10);

    c->asks_facts = c->asks_facts || kind < 7 || other < 5 || other > 7;
    if (kind < 7 && c->n_compared == COMPARED_MAX)
        kind = 13;
    if (kind < 3) {
        put_comparison(p, c, piece, OF_X);
    } else if (kind < 4) {
        put_comparison(p, c, piece, OF_Y);
    } else if (kind < 6) {
        put_comparison(p, c, piece, OF_DIFFERENCE);
    } else if (kind < 7) {
        size_t at;

        put(&piece->plain, "(z is present and ");
        put(&piece->moved, "(z is present and z2 is present and ");
        at = piece->plain.n;
        put_comparison(p, c, piece, OF_Z);
        c->compared[c->n_compared - 1].at = at;
        put_both(piece, ")");
    } else {
        put_both(piece, others[other]);
    }
}

static void
put_expr(struct policy *p, struct clause *c, struct piece *piece)
{
    int form = below(p, 6);

    if (form == 0)
        put_both(piece, "not (");
    put_atom(p, c, piece);
    if (form == 1 || form == 2) {
        put_both(piece, form == 1 ? " and " : " or ");
        put_atom(p, c, piece);
    }
    if (form == 0)
        put_both(piece, ")");
}

static void
put_do(struct policy *p, struct piece *piece)
{
    static const char *const acts[] = { "read ", "create ", "use ", "use ", "create, read " };
    static const char *const things[] = { "token", "token.part", "entry", "token, entry", "anything" };

    put_both(piece, acts[below(p, 5)]);
    put_both(piece, things[below(p, 5)]);
}

static void
make_clause(struct policy *p, struct clause *c, int idx, bool may_limit)
{
    static const char *const who[] = { "anyone", "user", "key", "owner", "owner, admin", "user, owner", "user, key" };
    static const char *const gates[] = { "user", "owner", "owner, admin", "admin", "key" };
    int kind = p->by_deny && (idx == 0 || below(p, 2) == 0) ? 4 : may_limit && below(p, 6) == 0 ? 5 : below(p, 4);
    char text[32];

    snprintf(c->label, sizeof c->label, "c%d", idx);
    c->covered_by = -1;
    switch (kind) {
    case 0:
        c->kind = RCK_CLAUSE_ONLY;
        put_both(&c->body, "only ");
        put_both(&c->body, gates[below(p, 5)]);
        put_both(&c->body, " may ");
        put_do(p, &c->body);
        break;
    case 1:
        c->kind = RCK_CLAUSE_CANNOT;
        put_both(&c->body, who[below(p, 7)]);
        put_both(&c->body, " cannot ");
        put_do(p, &c->body);
        break;
    case 2:
        c->kind = RCK_CLAUSE_REQUIRE;
        put_both(&c->body, "require ");
        put_expr(p, c, &c->body);
        put_both(&c->body, " to ");
        put_do(p, &c->body);
        break;
    case 3:
        c->kind = RCK_CLAUSE_DENY;
        put_both(&c->body, "deny when ");
        put_expr(p, c, &c->body);
        break;
    case 4:
        c->kind = RCK_CLAUSE_GRANT;
        put_both(&c->body, gates[below(p, 5)]);
        put_both(&c->body, " may ");
        put_do(p, &c->body);
        break;
    default:
        c->kind = RCK_CLAUSE_LIMIT;
        snprintf(text, sizeof text, "limit n to %d", below(p, 2));
        put(&c->body.plain, text);
        snprintf(text, sizeof text, "limit n2 to %c", text[11]);
        put(&c->body.moved, text);
        c->compared[0] = (struct comparison){ .of = OF_N, .cuts = { text[12] - '0' }, .n_cuts = 1 };
        c->n_compared = 1;
        break;
    }
    for (int chances = 3; below(p, chances) == 0 && c->n_tails < TAILS_MAX; chances = 2) {
        struct piece *tail = &c->tails[c->n_tails];

        c->unless[c->n_tails++] = below(p, 2) == 0;
        put_both(tail, c->unless[c->n_tails - 1] ? " unless " : " when ");
        put_expr(p, c, tail);
    }
    c->warns = c->kind != RCK_CLAUSE_GRANT && below(p, 12) == 0;
}

/* A clause that refuses by itself what it is about, and says so. */
static bool
refuses_plainly(const struct clause *c)
{
    if (c->kind == RCK_CLAUSE_LIMIT || (c->kind == RCK_CLAUSE_CANNOT && c->n_tails == 0))
        return true;
    if (c->kind == RCK_CLAUSE_ONLY || (c->kind == RCK_CLAUSE_CANNOT && strncmp(c->body.plain.p, "anyone", 6) != 0))
        return false;
    return !c->asks_facts;
}

static void
make_policy(struct policy *p, uint64_t seed)
{
    bool may_limit = true;

    memset(p, 0, sizeof *p);
    p->state = seed;
    p->by_deny = below(p, 3) == 0;
    p->n = 2 + below(p, CLAUSES_MAX - 1);
    for (int i = 0; i < p->n; i++) {
        int same = i != 0 ? below(p, 5 * i) : 0;

        make_clause(p, &p->clauses[i], i, may_limit);
        /* Now and then what an earlier one says. */
        if (i != 0 && same < i && p->clauses[same].kind != RCK_CLAUSE_LIMIT) {
            p->clauses[i] = p->clauses[same];
            snprintf(p->clauses[i].label, sizeof p->clauses[i].label, "c%d", i);
        }
        may_limit = may_limit && p->clauses[i].kind != RCK_CLAUSE_LIMIT;
        p->clauses[i].plainly = refuses_plainly(&p->clauses[i]);
    }
    for (int i = 0; i < p->n; i++) {
        int other = below(p, p->n);

        if (below(p, 6) == 0 && other != i)
            p->clauses[i].covered_by = other;
    }
}

/* The policy as text; without tail T of clause C if C >= 0; with MOVED comparisons.  Clause I stands in line I + 9. */
static void
write_policy(const struct policy *p, bool moved, int c, int t, struct text *out)
{
    out->n = 0;
    put(out, "policy p;\n");
    put(out, p->by_deny ? "default deny;\n" : "default allow;\n");
    put(out, "vocabulary { subject user, key; role owner, admin; action read, create;\n"
             "resource token, token.part, entry; attribute x, y : int 0..2; attribute z : int 0..2 optional;\n"
             "attribute e : { a, b }; counter n : up on create token;\n");
    put(out, moved ? "attribute x2, y2 : int 0..2; attribute z2 : int 0..2 optional; counter n2 : up on create token;\n"
                     "attribute d : int -4..4; }\n"
                   : "}\n\n");
    put(out, "\n");
    for (int i = 0; i < p->n; i++) {
        const struct clause *clause = &p->clauses[i];

        put(out, clause->label);
        put(out, ": ");
        put(out, moved ? clause->body.moved.p : clause->body.plain.p);
        for (int k = 0; k < clause->n_tails; k++)
            if (i != c || k != t)
                put(out, moved ? clause->tails[k].moved.p : clause->tails[k].plain.p);
        if (clause->covered_by >= 0) {
            put(out, " covered by ");
            put(out, p->clauses[clause->covered_by].label);
        }
        put(out, clause->warns ? " warn;\n" : ";\n");
    }
}

/* ---- all requests ------------------------------------------------------------------------------------------------------- */

/* Which attributes a policy speaks of: the others need not be varied. */
struct space {
    bool used[N_ATTRIBUTES];
    struct tuple *at;
    size_t n;
};

static bool
says(const struct text *text, const char *name)
{
    const char *clauses = strstr(text->p, "\nc0: ");

    for (const char *p = clauses; (p = strstr(p, name)) != NULL; p++)
        if (strchr(" (", p[-1]) != NULL && strchr(" );", p[strlen(name)]) != NULL)
            return true;
    return false;
}

static void
enumerate(const struct text *text, struct space *space)
{
    struct tuple t;
    int most[N_ATTRIBUTES];
    size_t n = SUBJECTS * ROLE_SETS * ACTIONS * RESOURCES;

    for (int a = 0; a < N_ATTRIBUTES; a++) {
        space->used[a] = says(text, attribute_names[a]);
        most[a] = !space->used[a] ? -1 : a == E ? 2 : VALUE_MAX;
        n *= (size_t)most[a] + 2;
    }
    space->at = calloc(n, sizeof *space->at);
    space->n = 0;
    if (space->at == NULL)
        abort();
    for (t.subject = 0; t.subject < SUBJECTS; t.subject++)
        for (t.roles = 0; t.roles < ROLE_SETS; t.roles++)
            for (t.action = 0; t.action < ACTIONS; t.action++)
                for (t.resource = 0; t.resource < RESOURCES; t.resource++)
                    for (t.values[X] = -1; t.values[X] <= most[X]; t.values[X]++)
                        for (t.values[Y] = -1; t.values[Y] <= most[Y]; t.values[Y]++)
                            for (t.values[Z] = -1; t.values[Z] <= most[Z]; t.values[Z]++)
                                for (t.values[N] = -1; t.values[N] <= most[N]; t.values[N]++)
                                    for (t.values[E] = -1; t.values[E] <= most[E]; t.values[E]++)
                                        space->at[space->n++] = t;
    counts.requests += space->n;
}

/* A compiled policy and what it says. */
struct asked {
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_explanation *explanation;
};

static bool
ask_init(struct asked *asked, const struct text *text)
{
    struct rck_context *context;
    enum rck_status status;

    memset(asked, 0, sizeof *asked);
    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    status = rck_policy_compile(context, "p", text->p, text->n, NULL, &asked->policy);
    rck_context_free(context);
    if (status != RCK_OK)
        return false;
    if (rck_request_new(asked->policy, &asked->request) != RCK_OK || rck_explanation_new(asked->policy, &asked->explanation) != RCK_OK)
        abort();
    return true;
}

static void
ask_free(struct asked *asked)
{
    rck_explanation_free(asked->explanation);
    rck_request_free(asked->request);
    rck_policy_unref(asked->policy);
}

static void
set(struct rck_request *request, const char *key, const char *value)
{
    if (rck_request_set_text(request, key, strlen(key), value, strlen(value)) != RCK_OK)
        abort();
}

static void
set_number(struct rck_request *request, const char *key, int value)
{
    char text[16];

    snprintf(text, sizeof text, "%d", value);
    set(request, key, text);
}

/* Decides T; MOVED numbers, if given, for the comparisons: INT_MIN is absent. */
static enum rck_result
ask(struct asked *asked, const struct tuple *t, const int *moved)
{
    static const char *const values[] = { "a", "b", "other" };

    rck_request_reset(asked->request);
    set(asked->request, "subject", subjects[t->subject]);
    set(asked->request, "role", role_sets[t->roles]);
    set(asked->request, "action", actions[t->action]);
    set(asked->request, "resource", resources[t->resource]);
    for (int a = 0; a < E; a++)
        if (t->values[a] >= 0)
            set_number(asked->request, attribute_names[a], t->values[a]);
    if (t->values[E] >= 0)
        set(asked->request, "e", values[t->values[E]]);
    for (int a = 0; a < N_OF && moved != NULL; a++)
        if (moved[a] != INT_MIN)
            set_number(asked->request, moved_names[a], moved[a]);
    return rck_explain(asked->explanation, asked->request);
}

/* The numbers that comparisons read of T. */
static void
moved_of(const struct tuple *t, int moved[N_OF])
{
    for (int a = 0; a < E; a++)
        moved[a] = t->values[a] >= 0 ? t->values[a] : INT_MIN;
    moved[OF_DIFFERENCE] = t->values[X] >= 0 && t->values[Y] >= 0 ? t->values[X] - t->values[Y] : INT_MIN;
}

/* ---- what is true ------------------------------------------------------------------------------------------------------- */

/* What the requests get: the states by clause, and the result. */
struct truth {
    const struct policy *p;
    struct space space;
    uint8_t *states; /* by request and clause */
    uint8_t *results;
};

static uint8_t
state_of(const struct truth *t, size_t r, int c)
{
    return t->states[r * CLAUSES_MAX + (size_t)c];
}

/* Clause C does to request R what such clauses do. */
static bool
does(const struct truth *t, size_t r, int c)
{
    return state_of(t, r, c) == (t->p->clauses[c].kind == RCK_CLAUSE_GRANT ? RCK_STATE_GRANTED : RCK_STATE_VIOLATED);
}

static bool
is_grant(const struct truth *t, int c)
{
    return t->p->clauses[c].kind == RCK_CLAUSE_GRANT;
}

/* All that C does, the clauses in BY (a bit each) that are of its kind and do not warn do as well. */
static bool
is_covered(const struct truth *t, int c, unsigned by)
{
    for (size_t r = 0; r < t->space.n; r++) {
        bool covered = !does(t, r, c);

        for (int o = 0; o < t->p->n && !covered; o++)
            covered = (by & 1u << o) != 0 && o != c && !t->p->clauses[o].warns && is_grant(t, o) == is_grant(t, c) && does(t, r, o);
        if (!covered)
            return false;
    }
    return true;
}

/* Some clause of BY refuses request R. */
static bool
is_refused(const struct truth *t, size_t r, unsigned by)
{
    for (int o = 0; o < t->p->n; o++)
        if ((by & 1u << o) != 0 && !is_grant(t, o) && !t->p->clauses[o].warns
            && (state_of(t, r, o) == RCK_STATE_VIOLATED || state_of(t, r, o) == RCK_STATE_UNKNOWN))
            return true;
    return false;
}

static bool
is_granted(const struct truth *t, size_t r, unsigned by)
{
    for (int o = 0; o < t->p->n; o++)
        if ((by & 1u << o) != 0 && state_of(t, r, o) == RCK_STATE_GRANTED)
            return true;
    return false;
}

/* No request of the pair is allowed, as far as the clauses in BY refuse. */
static bool
is_dead(const struct truth *t, int action, int resource, unsigned by)
{
    for (size_t r = 0; r < t->space.n; r++)
        if (t->space.at[r].action == action && t->space.at[r].resource == resource && !is_refused(t, r, by)
            && (!t->p->by_deny || is_granted(t, r, ~0u)))
            return false;
    return true;
}

static bool
pair_is_granted(const struct truth *t, int action, int resource, unsigned by)
{
    for (size_t r = 0; r < t->space.n; r++)
        if (t->space.at[r].action == action && t->space.at[r].resource == resource && is_granted(t, r, by))
            return true;
    return false;
}

/* Removes tail K of clause C: idle if that gives no request another state than irrelevant in its place. */
static bool
condition_is_idle(const struct truth *t, int c, int k)
{
    struct text text;
    struct asked without;
    bool idle = true;

    write_policy(t->p, false, c, k, &text);
    if (!ask_init(&without, &text))
        return false; /* the others need it: 'z is present' */
    for (size_t r = 0; r < t->space.n && idle; r++) {
        enum rck_state with = state_of(t, r, c), state;

        (void)ask(&without, &t->space.at[r], NULL);
        state = rck_explanation_state(without.explanation, (uint32_t)c);
        idle = !((state == RCK_STATE_VIOLATED || state == RCK_STATE_UNKNOWN || state == RCK_STATE_GRANTED)
                 && (with == RCK_STATE_IRRELEVANT || with == RCK_STATE_SATISFIED));
    }
    ask_free(&without);
    return idle;
}

/* Moves what comparisons of OF read over CUT, from one side to the other, for requests whose number lies in the classes beside it. */
static bool
cut_is_idle(const struct truth *t, struct asked *moved_policy, enum subject_of of, int cut)
{
    int least = of == OF_DIFFERENCE ? -VALUE_MAX : 0, most = of == OF_N ? INT_MAX : VALUE_MAX, lo = least, hi = INT_MAX;

    if (cut <= least || cut > most)
        return true;
    for (int c = 0; c < t->p->n; c++)
        for (int i = 0; i < t->p->clauses[c].n_compared; i++)
            for (int k = 0; k < t->p->clauses[c].compared[i].n_cuts; k++) {
                int other = t->p->clauses[c].compared[i].cuts[k];

                if (t->p->clauses[c].compared[i].of != of)
                    continue;
                lo = other < cut && other > lo ? other : lo;
                hi = other > cut && other < hi ? other : hi;
            }
    for (size_t r = 0; r < t->space.n; r++) {
        int moved[N_OF];
        enum rck_result below_it, above_it;

        moved_of(&t->space.at[r], moved);
        if (moved[of] == INT_MIN || moved[of] < lo || moved[of] >= hi)
            continue;
        moved[of] = cut - 1;
        below_it = ask(moved_policy, &t->space.at[r], moved);
        moved[of] = cut;
        above_it = ask(moved_policy, &t->space.at[r], moved);
        if (below_it != above_it)
            return false;
    }
    return true;
}

static bool
number_is_idle(const struct truth *t, struct asked *moved, int c, int i)
{
    const struct comparison *compared = &t->p->clauses[c].compared[i];
    bool in_range = false;

    for (int k = 0; k < compared->n_cuts; k++) {
        if (!cut_is_idle(t, moved, compared->of, compared->cuts[k]))
            return false;
        in_range = in_range || (compared->cuts[k] > (compared->of == OF_DIFFERENCE ? -VALUE_MAX : 0)
                                && (compared->of == OF_N || compared->cuts[k] <= VALUE_MAX));
    }
    return in_range || t->p->clauses[c].kind != RCK_CLAUSE_LIMIT;
}

/* What is true of each clause by itself, whatever else is found of it. */
static void
find_truth(const struct truth *t, struct asked *moved, struct findings *raw)
{
    unsigned others = 0;

    memset(raw, 0, sizeof *raw);
    for (int c = 0; c < t->p->n; c++) {
        raw->of[is_grant(t, c) ? NEVER_GRANTS : NEVER][c] = true;
        for (size_t r = 0; r < t->space.n; r++)
            if (does(t, r, c))
                raw->of[is_grant(t, c) ? NEVER_GRANTS : NEVER][c] = false;
    }
    for (int c = 0; c < t->p->n; c++) {
        const struct clause *clause = &t->p->clauses[c];
        bool acked = clause->covered_by >= 0 && !clause->warns && is_covered(t, c, 1u << clause->covered_by);

        raw->of[NOT_COVERED][c] = clause->covered_by >= 0 && !clause->warns && !acked;
        others |= acked ? 0 : 1u << c;
    }
    for (int c = 0; c < t->p->n; c++) {
        bool refused = is_grant(t, c);
        unsigned by = others;

        for (size_t r = 0; r < t->space.n && refused; r++)
            refused = !does(t, r, c) || is_refused(t, r, ~0u);
        raw->of[NEVER_GRANTS][c] = raw->of[NEVER_GRANTS][c] || refused;
        for (int o = c + 1; o < t->p->n; o++)
            if (!t->p->clauses[o].warns && is_grant(t, o) == is_grant(t, c) && is_covered(t, c, 1u << o) && is_covered(t, o, 1u << c))
                by &= ~(1u << o);
        raw->of[COVERED][c] = !t->p->clauses[c].warns && (others & 1u << c) != 0 && is_covered(t, c, by);
    }
    for (int c = 0; c < t->p->n; c++) {
        for (int k = 0; k < t->p->clauses[c].n_tails; k++) {
            raw->condition[c][k] = condition_is_idle(t, c, k);
            raw->of[IDLE_CONDITION][c] = raw->of[IDLE_CONDITION][c] || raw->condition[c][k];
        }
        for (int i = 0; i < t->p->clauses[c].n_compared && !t->p->clauses[c].warns && (others & 1u << c) != 0; i++) {
            raw->number[c][i] = number_is_idle(t, moved, c, i);
            raw->of[IDLE_NUMBER][c] = raw->of[IDLE_NUMBER][c] || raw->number[c][i];
        }
    }
    for (int a = 0; a < ACTIONS; a++)
        for (int s = 0; s < RESOURCES; s++) {
            bool spoken = false, silent = false;
            unsigned useful = 0;

            for (int c = 0; c < t->p->n; c++)
                useful |= is_grant(t, c) && !raw->of[NEVER_GRANTS][c] ? 1u << c : 0;
            raw->dead[a][s] = is_dead(t, a, s, ~0u) && (!t->p->by_deny || pair_is_granted(t, a, s, useful));
            for (int c = 0; c < t->p->n && raw->dead[a][s]; c++)
                if (t->p->clauses[c].plainly && !t->p->clauses[c].warns && !is_grant(t, c) && is_dead(t, a, s, 1u << c))
                    raw->dead[a][s] = false;
            for (size_t r = 0; r < t->space.n; r++) {
                bool some = false;

                if (t->space.at[r].action != a || t->space.at[r].resource != s)
                    continue;
                for (int c = 0; c < t->p->n; c++)
                    some = some
                           || (t->p->clauses[c].kind == RCK_CLAUSE_DENY
                                   ? state_of(t, r, c) == RCK_STATE_VIOLATED || state_of(t, r, c) == RCK_STATE_UNKNOWN
                                   : state_of(t, r, c) != RCK_STATE_IRRELEVANT);
                spoken = spoken || some;
                silent = silent || !some;
            }
            raw->gaps[a][s] = !silent ? 0 : spoken ? 1 : 2;
        }
}

/* ---- what is found ------------------------------------------------------------------------------------------------------ */

/* A dead-action: pairs, and the clauses that do it. */
struct killing {
    bool pairs[ACTIONS][RESOURCES];
    unsigned clauses;
};

struct found {
    struct findings findings;
    struct killing killings[ACTIONS * RESOURCES];
    int n_killings;
    bool unfinished[N_IDS];
    bool unfinished_dead, unfinished_gap;
    int column[CLAUSES_MAX]; /* of idle-condition or idle-number */
};

/* Reads "create, read token, entry" into PAIRS; TEXT ends at END. */
static void
read_pairs(const char *text, const char *end, const char *between, bool pairs[ACTIONS][RESOURCES])
{
    while (text < end) {
        const char *stop = text, *middle;
        bool is_action[ACTIONS] = { false };

        while (stop < end && *stop != ';')
            stop++;
        middle = strstr(text, between);
        /* The last action is the one before the blank that is behind no comma. */
        for (const char *p = text; p < stop && strcmp(between, " ") == 0; p++)
            if (*p == ' ' && p[-1] != ',') {
                middle = p;
                break;
            }
        for (int a = 0; a < ACTIONS; a++)
            for (const char *p = text; p < middle; p++)
                is_action[a] = is_action[a] || strncmp(p, actions[a], strlen(actions[a])) == 0;
        for (int r = 0; r < RESOURCES; r++)
            for (const char *p = middle; p < stop; p++) {
                size_t n = strlen(resources[r]);

                if (p[-1] == ' ' && strncmp(p, resources[r], n) == 0 && (p + n >= stop || p[n] == ',' || p[n] == ' '))
                    for (int a = 0; a < ACTIONS; a++)
                        pairs[a][r] = pairs[a][r] || is_action[a];
            }
        text = stop + 2;
    }
}

static void
read_dead(struct found *found, const char *message)
{
    struct killing *k = &found->killings[found->n_killings++];
    const char *text = message + strlen("nobody can ever "), *end = strchr(text, ':');

    read_pairs(text, end, " ", k->pairs);
    for (const char *p = end; (p = strstr(p, "'c")) != NULL; p += 2)
        k->clauses |= 1u << (p[2] - '0');
    for (int a = 0; a < ACTIONS; a++)
        for (int r = 0; r < RESOURCES; r++)
            found->findings.dead[a][r] = found->findings.dead[a][r] || k->pairs[a][r];
}

static void
read_gap(struct found *found, const char *message)
{
    static const char whole[] = "no clause speaks about ", part[] = "clauses speak only about some requests to ";
    bool pairs[ACTIONS][RESOURCES] = { { false } };
    bool is_whole = strncmp(message, whole, sizeof whole - 1) == 0;

    read_pairs(message + (is_whole ? sizeof whole : sizeof part) - 1, message + strlen(message), is_whole ? " of " : " ", pairs);
    for (int a = 0; a < ACTIONS; a++)
        for (int r = 0; r < RESOURCES; r++)
            if (pairs[a][r])
                found->findings.gaps[a][r] = is_whole ? 2 : 1;
}

/* Lints the policy, with at most STEPS a question if that is not 0. */
static bool
lint(const struct text *text, uint64_t steps, struct found *found)
{
    struct rck_context *context;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status;

    memset(found, 0, sizeof *found);
    if (rck_context_new(NULL, &context) != RCK_OK || rck_context_set_limit(context, "diagnostics", 1000) != RCK_OK)
        abort();
    rck_context_set_lint(context, true);
    if (steps != 0 && rck_context_set_limit(context, "proof-steps", steps) != RCK_OK)
        abort();
    if (rck_context_set_warning(context, "gap", RCK_WARNING_ON) != RCK_OK
        || rck_context_set_warning(context, "unused", RCK_WARNING_OFF) != RCK_OK)
        abort();
    status = rck_policy_compile(context, "p", text->p, text->n, &diagnostics, &policy);
    rck_policy_unref(policy);
    for (size_t i = 0; i < rck_diagnostics_count(diagnostics); i++) {
        const struct rck_diagnostic *d = rck_diagnostics_at(diagnostics, i);
        int clause = (int)d->line - 9;

        if (strcmp(d->id, "dead-action") == 0)
            read_dead(found, d->message);
        else if (strcmp(d->id, "gap") == 0)
            read_gap(found, d->message);
        for (int id = 0; id < N_IDS; id++) {
            char quoted[32];

            snprintf(quoted, sizeof quoted, "check '%s'", ids[id]);
            if (strcmp(d->id, "not-checked") == 0 && strstr(d->message, quoted) != NULL)
                found->unfinished[id] = true;
            if (strcmp(d->id, ids[id]) != 0)
                continue;
            if (clause < 0 || clause >= CLAUSES_MAX)
                abort();
            found->findings.of[id][clause] = true;
            if (id == IDLE_CONDITION || id == IDLE_NUMBER)
                found->column[clause] = (int)d->column;
        }
        if (strcmp(d->id, "not-checked") == 0) {
            found->unfinished_dead = found->unfinished_dead || strstr(d->message, "'dead-action'") != NULL;
            found->unfinished_gap = found->unfinished_gap || strstr(d->message, "'gap'") != NULL;
        }
    }
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return status == RCK_OK;
}

/* ---- comparing ---------------------------------------------------------------------------------------------------------- */

static bool
complain(const struct text *text, uint64_t seed, const char *what, int clause)
{
    printf("lint: %s%s%c\nseed %" PRIu64 "\n%s", what, clause >= 0 ? ", clause c" : "", clause >= 0 ? '0' + clause : ' ', seed, text->p);
    return false;
}

/* Says of each clause what is to be reported: the first thing that is true of it. */
static void
suppress(const struct policy *p, const struct findings *raw, const struct found *found, struct findings *expected)
{
    bool done[CLAUSES_MAX] = { false };

    *expected = *raw;
    for (int id = 0; id < N_IDS; id++) {
        /* What makes something dead is asked nothing further. */
        for (int k = 0; k < found->n_killings && id == IDLE_CONDITION; k++)
            for (int c = 0; c < p->n; c++)
                done[c] = done[c] || (found->killings[k].clauses & 1u << c) != 0;
        for (int c = 0; c < p->n; c++) {
            expected->of[id][c] = raw->of[id][c] && !done[c];
            done[c] = done[c] || expected->of[id][c];
        }
    }
}

/* The clauses of each dead-action make all its pairs dead, and none of them can be spared. */
static bool
killings_are_minimal(const struct truth *t, const struct found *found)
{
    for (int k = 0; k < found->n_killings; k++) {
        const struct killing *killing = &found->killings[k];

        for (int a = 0; a < ACTIONS; a++)
            for (int r = 0; r < RESOURCES; r++) {
                if (!killing->pairs[a][r])
                    continue;
                if (!is_dead(t, a, r, killing->clauses))
                    return false;
                for (int c = 0; c < t->p->n; c++)
                    if ((killing->clauses & 1u << c) != 0 && is_dead(t, a, r, killing->clauses & ~(1u << c)))
                        return false;
                counts.minimal++;
            }
    }
    return true;
}

/* The place that was reported is that of a condition, or a comparison, of which it is true. */
static bool
place_is_right(const struct policy *p, const struct findings *raw, const struct found *found, int c)
{
    const struct clause *clause = &p->clauses[c];
    size_t at = strlen(clause->label) + 2 + clause->body.plain.n, column = (size_t)found->column[c] - 1;

    if (found->findings.of[IDLE_NUMBER][c]) {
        size_t begins = strlen(clause->label) + 2;
        int n = 0;

        /* Comparisons know where they stand in their body or tail, and are in the order of these. */
        for (int piece = -1; piece < clause->n_tails; piece++) {
            const struct text *text = piece < 0 ? &clause->body.plain : &clause->tails[piece].plain;
            size_t last = 0;

            for (bool first = true; n < clause->n_compared && (first || clause->compared[n].at > last); n++, first = false) {
                last = clause->compared[n].at;
                if (last >= text->n)
                    break;
                if (raw->number[c][n] && column == begins + (clause->kind == RCK_CLAUSE_LIMIT && piece < 0 ? 0 : last))
                    return true;
            }
            begins += text->n;
        }
        /* What the order does not tell apart. */
        for (int i = 0; i < clause->n_compared; i++)
            if (raw->number[c][i])
                return true;
        return false;
    }
    for (int k = 0; k < clause->n_tails; k++) {
        if (column == at + 1)
            return raw->condition[c][k];
        at += clause->tails[k].plain.n;
    }
    return false;
}

static bool
compare(const struct truth *t, const struct text *text, uint64_t seed, const struct findings *raw, const struct found *found,
        bool limited)
{
    struct findings expected;

    suppress(t->p, raw, found, &expected);
    for (int id = 0; id < N_IDS; id++)
        for (int c = 0; c < t->p->n; c++) {
            char what[64];

            snprintf(what, sizeof what, "'%s' is %s%s", ids[id], found->findings.of[id][c] ? "found and not true" : "true and not found",
                     limited ? ", with few steps" : "");
            if (found->findings.of[id][c] && !(limited ? raw : &expected)->of[id][c])
                return complain(text, seed, what, c);
            /* With few steps an earlier check may be what is missing. */
            if (expected.of[id][c] && !found->findings.of[id][c]) {
                bool told = false;

                for (int other = 0; other <= id && limited; other++)
                    told = told || found->unfinished[other] || found->findings.of[other][c];
                if (!told && !(limited && found->unfinished_dead))
                    return complain(text, seed, what, c);
            }
            if (!limited)
                counts.found[id] += found->findings.of[id][c];
        }
    for (int c = 0; c < t->p->n; c++)
        if ((found->findings.of[IDLE_CONDITION][c] || found->findings.of[IDLE_NUMBER][c]) && !place_is_right(t->p, raw, found, c))
            return complain(text, seed, "the place is not the right one", c);
    for (int a = 0; a < ACTIONS; a++)
        for (int r = 0; r < RESOURCES; r++) {
            bool told = limited && (found->unfinished_dead || found->unfinished[NEVER_GRANTS]);

            if (found->findings.dead[a][r] ? !raw->dead[a][r] && !told : raw->dead[a][r] && !told)
                return complain(text, seed, found->findings.dead[a][r] ? "dead-action is found and not true" : "dead-action is not found",
                                -1);
            if (found->findings.gaps[a][r] != raw->gaps[a][r] && !(limited && found->unfinished_gap))
                return complain(text, seed, "gap is wrong", -1);
            if (!limited) {
                counts.dead += found->findings.dead[a][r];
                counts.gaps += found->findings.gaps[a][r] != 0;
            }
        }
    if (!limited && !killings_are_minimal(t, found))
        return complain(text, seed, "the clauses of dead-action are not the ones, or not minimal", -1);
    return true;
}

static bool
check_policy(uint64_t seed)
{
    static struct policy p;
    static struct text text, moved_text;
    struct truth t = { .p = &p };
    struct asked asked, moved;
    struct found found;
    struct findings raw;
    bool fine;

    make_policy(&p, seed);
    write_policy(&p, false, -1, -1, &text);
    write_policy(&p, true, -1, -1, &moved_text);
    if (!ask_init(&asked, &text)) {
        counts.refused++;
        return true;
    }
    if (!ask_init(&moved, &moved_text))
        return complain(&moved_text, seed, "the policy with moved comparisons does not compile", -1);
    counts.policies++;
    enumerate(&text, &t.space);
    t.states = calloc(t.space.n + 1, CLAUSES_MAX);
    t.results = calloc(t.space.n + 1, 1);
    if (t.states == NULL || t.results == NULL)
        abort();
    fine = true;
    for (size_t r = 0; r < t.space.n && fine; r++) {
        int numbers[N_OF];

        t.results[r] = (uint8_t)ask(&asked, &t.space.at[r], NULL);
        for (int c = 0; c < p.n; c++)
            t.states[r * CLAUSES_MAX + (size_t)c] = (uint8_t)rck_explanation_state(asked.explanation, (uint32_t)c);
        moved_of(&t.space.at[r], numbers);
        if (r % 97 == 0 && ask(&moved, &t.space.at[r], numbers) != t.results[r])
            fine = complain(&moved_text, seed, "the policy with moved comparisons decides otherwise", -1);
    }
    if (fine) {
        find_truth(&t, &moved, &raw);
        fine = lint(&text, 0, &found) || complain(&text, seed, "it compiles, but not with lint", -1);
        fine = fine && compare(&t, &text, seed, &raw, &found, false);
    }
    for (uint64_t steps = 1; fine && steps < 400; steps = 3 * steps + seed % 3) {
        (void)lint(&text, steps, &found);
        for (int id = 0; id < N_IDS; id++)
            counts.unfinished += found.unfinished[id];
        fine = compare(&t, &text, seed, &raw, &found, true);
    }
    free(t.space.at);
    free(t.states);
    free(t.results);
    ask_free(&asked);
    ask_free(&moved);
    return fine;
}

/* Without lint nothing is looked for, but what is asked for by name; a warning that is made an error is one. */
static bool
check_switches(void)
{
    static const char text[] = "policy p; default allow; vocabulary { subject s; role r, q; action a; resource b; attribute n : int 0..9; }\n"
                               "one: only r, q may a b; two: only r, q may a b when role has r;\n";
    static const struct {
        bool lint;
        const char *id;
        enum rck_warning what;
        size_t n_errors, n_warnings;
        const char *found; /* the first one */
    } trials[] = {
        { false, NULL, RCK_WARNING_OFF, 0, 0, NULL },
        { false, "unused", RCK_WARNING_ON, 0, 1, "unused" },
        { false, "unused", RCK_WARNING_ERROR, 1, 0, "unused" },
        { false, "same-names", RCK_WARNING_ON, 0, 0, NULL },
        { true, NULL, RCK_WARNING_OFF, 0, 2, "unused" },
        { true, "unused", RCK_WARNING_OFF, 0, 1, "never" },
        { true, "gap", RCK_WARNING_ON, 0, 2, "unused" },
        { true, "unused-name", RCK_WARNING_ON, 0, 3, "unused-name" },
    };

    for (size_t i = 0; i < N_ELEMENTS(trials); i++) {
        struct rck_context *context;
        struct rck_diagnostics *diagnostics = NULL;
        struct rck_policy *policy = NULL;
        size_t n_errors, n_warnings;
        bool right;

        if (rck_context_new(NULL, &context) != RCK_OK)
            abort();
        rck_context_set_lint(context, trials[i].lint);
        if (trials[i].id != NULL && rck_context_set_warning(context, trials[i].id, trials[i].what) != RCK_OK)
            abort();
        (void)rck_policy_compile(context, "p", text, sizeof text - 1, &diagnostics, &policy);
        n_errors = rck_diagnostics_found(diagnostics, RCK_ERROR);
        n_warnings = rck_diagnostics_found(diagnostics, RCK_WARNING);
        right = n_errors == trials[i].n_errors && n_warnings == trials[i].n_warnings && (policy == NULL) == (n_errors != 0)
                && (trials[i].found == NULL || strcmp(rck_diagnostics_at(diagnostics, 0)->id, trials[i].found) == 0);
        if (!right)
            printf("lint: trial %zu finds %zu errors, %zu warnings%s%s\n", i, n_errors, n_warnings, n_errors + n_warnings != 0 ? ", first " : "",
                   n_errors + n_warnings != 0 ? rck_diagnostics_at(diagnostics, 0)->id : "");
        rck_policy_unref(policy);
        rck_diagnostics_free(diagnostics);
        rck_context_free(context);
        if (!right)
            return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 200, first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "--show") == 0) {
        static struct policy p;
        static struct text text;

        make_policy(&p, first);
        write_policy(&p, false, -1, -1, &text);
        fputs(text.p, stdout);
        return 0;
    }
    if (!check_switches())
        return 1;
    for (uint64_t i = 0; i < n; i++)
        if (!check_policy(first + i))
            return 1;
    printf("%" PRIu64 " policies (%" PRIu64 " do not compile), %" PRIu64 " requests\n", counts.policies, counts.refused, counts.requests);
    for (int id = 0; id < N_IDS; id++) {
        printf("%-15s %" PRIu64 "\n", ids[id], counts.found[id]);
        if (n >= 200 && counts.found[id] == 0)
            return 1;
    }
    printf("dead-action     %" PRIu64 " (%" PRIu64 " with clauses that are all needed)\ngap             %" PRIu64 "\n"
           "not completed   %" PRIu64 "\n",
           counts.dead, counts.minimal, counts.gaps, counts.unfinished);
    return n >= 200 && (counts.dead == 0 || counts.gaps == 0 || counts.unfinished == 0 || counts.refused > n / 4);
}
