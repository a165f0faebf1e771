/* SPDX-License-Identifier: MIT
 *
 * The workloads; see workload.h.  The decisions are computed here, rule by rule, by nothing that the engine or the references use.
 */
#include <config.h>

#include "workload.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const w1_subjects[] = { "management_token", "user", "delivery_token", "authtoken" };
const char *const w1_roles[] = { "owner", "admin", "developer", "content_manager", "viewer", "none" };
const char *const w1_actions[] = { "create", "read", "update", "delete", "accept", "reject", "invite", "remove", "publish", "unpublish" };
const char *const w1_resources[] = { "organization", "stack", "user_session", "tokens", "management_token", "entry", "asset",
                                     "content_type", "publish_request", "user", "environment", "locale", "release", "workflow" };
const char *const w1_rules[] = { "L1", "L2", "L3", "L4", "L5", "L6r", "L6w" };
const char *const w2_roles[] = { "owner", "admin", "developer", "editor", "viewer", "guest" };

/* Indices into the names above. */
enum { MANAGEMENT_TOKEN = 0, USER = 1, ADMIN = 1 };
enum { CREATE = 0, READ = 1, UPDATE = 2, ACCEPT = 4, REJECT = 5, INVITE = 6, REMOVE = 7 };
enum { TOKENS = 3, R_MANAGEMENT_TOKEN = 4, PUBLISH_REQUEST = 8, R_USER = 9 };

const char w1_policy[] =
    "policy bench.w1;\n"
    "default allow;\n"
    "vocabulary {\n"
    "    subject   management_token, user, delivery_token, authtoken;\n"
    "    role      owner, admin, developer, content_manager, viewer, none;\n"
    "    action    create, read, update, delete, accept, reject, invite, remove, publish, unpublish;\n"
    "    resource  organization, stack, user_session, tokens, management_token, entry, asset, content_type, publish_request,\n"
    "              user, environment, locale, release, workflow;\n"
    "    counter   token_count : up on create management_token, down on delete management_token;\n"
    "    attribute read_rate, write_rate, org_read_rate, org_write_rate : int 0..;\n"
    "}\n"
    "L1:  limit token_count to 30;\n"
    "L2:  only owner, admin may create management_token;\n"
    "L3:  management_token cannot use organization, stack, user_session, tokens;\n"
    "L4:  management_token cannot accept, reject publish_request;\n"
    "L5:  management_token cannot invite, remove user;\n"
    "L6r: require read_rate <= org_read_rate to create, update management_token;\n"
    "L6w: require write_rate <= org_write_rate to create, update management_token;\n";

void *
must(void *memory)
{
    if (memory == NULL) {
        (void)fputs("bench: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

/* Source: the generator known as mulberry32. */
double
draw(uint32_t *state)
{
    uint32_t t;

    *state += 0x6D2B79F5;
    t = (*state ^ *state >> 15) * (1 | *state);
    t = (t + (t ^ t >> 7) * (61 | t)) ^ t;
    return (t ^ t >> 14) / 4294967296.0;
}

uint32_t
draw_below(uint32_t *state, uint32_t n)
{
    return (uint32_t)(draw(state) * n);
}

/* ---- W1 ------------------------------------------------------------------------------------------------------------------- */

unsigned
w1_violated(const struct w1_request *q)
{
    bool creates = q->action == CREATE && q->resource == R_MANAGEMENT_TOKEN;
    bool changes = creates || (q->action == UPDATE && q->resource == R_MANAGEMENT_TOKEN);
    bool token = q->subject == MANAGEMENT_TOKEN;

    return (creates && q->token_count >= 30 ? 1u : 0) | (creates && q->role > ADMIN ? 2u : 0) | (token && q->resource <= TOKENS ? 4u : 0)
           | (token && (q->action == ACCEPT || q->action == REJECT) && q->resource == PUBLISH_REQUEST ? 8u : 0)
           | (token && (q->action == INVITE || q->action == REMOVE) && q->resource == R_USER ? 16u : 0)
           | (changes && q->read_rate > q->org_read_rate ? 32u : 0) | (changes && q->write_rate > q->org_write_rate ? 64u : 0);
}

static uint8_t
one_of(uint32_t *state, uint32_t n)
{
    return (uint8_t)draw_below(state, n);
}

static int16_t
number(uint32_t *state, uint32_t least, uint32_t n)
{
    return (int16_t)(least + draw_below(state, n));
}

/* One request, steered towards the limitations so that near misses are common, too. */
static struct w1_request
w1_draw_one(uint32_t *state, bool denied)
{
    static const uint8_t modules[] = { 0, 1, 2, 3, 5, 6, 7, 10 }, answers[] = { ACCEPT, REJECT, READ, CREATE };
    static const uint8_t members[] = { INVITE, REMOVE, READ };
    struct w1_request q;

    do {
        uint32_t kind;

        q.subject = one_of(state, W1_SUBJECTS);
        q.role = one_of(state, W1_ROLES);
        q.action = one_of(state, W1_ACTIONS);
        q.resource = one_of(state, W1_RESOURCES);
        q.token_count = number(state, 0, 36);
        q.read_rate = number(state, 1, 12);
        q.write_rate = number(state, 1, 12);
        q.org_read_rate = q.org_write_rate = 10;
        kind = draw_below(state, 6);
        if (kind == 0) {
            q.action = CREATE;
            q.resource = R_MANAGEMENT_TOKEN;
            q.role = one_of(state, 2);
            q.subject = USER;
            q.read_rate = number(state, 1, 10);
            q.write_rate = number(state, 1, 10);
            q.token_count = number(state, 25, 10);
        } else if (kind == 1) {
            q.action = CREATE;
            q.resource = R_MANAGEMENT_TOKEN;
            q.subject = USER;
            q.token_count = number(state, 0, 30);
            q.read_rate = number(state, 1, 10);
            q.write_rate = number(state, 1, 10);
        } else if (kind == 2) {
            q.subject = draw(state) < 0.6 ? MANAGEMENT_TOKEN : USER;
            q.resource = modules[draw_below(state, 8)];
        } else if (kind == 3) {
            q.subject = draw(state) < 0.6 ? MANAGEMENT_TOKEN : USER;
            q.resource = PUBLISH_REQUEST;
            q.action = answers[draw_below(state, 4)];
        } else if (kind == 4) {
            q.subject = draw(state) < 0.6 ? MANAGEMENT_TOKEN : USER;
            q.resource = R_USER;
            q.action = members[draw_below(state, 3)];
        } else {
            q.action = draw_below(state, 2) == 0 ? CREATE : UPDATE;
            q.resource = R_MANAGEMENT_TOKEN;
            q.role = one_of(state, 2);
            q.subject = USER;
            q.token_count = number(state, 0, 30);
            q.read_rate = number(state, 5, 10);
            q.write_rate = number(state, 5, 10);
        }
    } while ((w1_violated(&q) != 0) != denied);
    return q;
}

struct w1_request *
w1_draw(uint32_t stream, uint32_t seed, size_t n)
{
    struct w1_request *requests = must(malloc(n * sizeof *requests));
    uint32_t state = stream + seed;

    for (size_t i = 0; i < n; i++) {
        bool denied = draw(&state) < 0.5;

        requests[i] = w1_draw_one(&state, denied);
    }
    return requests;
}

void
w1_write(FILE *out, const struct w1_request *q, long id)
{
    fputc('{', out);
    if (id >= 0)
        fprintf(out, "\"id\":\"req-%07ld\",", id);
    fprintf(out,
            "\"subject\":\"%s\",\"role\":\"%s\",\"action\":\"%s\",\"resource\":\"%s\",\"token_count\":%d,\"read_rate\":%d,"
            "\"write_rate\":%d,\"org_read_rate\":%d,\"org_write_rate\":%d}\n",
            w1_subjects[q->subject], w1_roles[q->role], w1_actions[q->action], w1_resources[q->resource], q->token_count,
            q->read_rate, q->write_rate, q->org_read_rate, q->org_write_rate);
}

/* ---- W2, W2b --------------------------------------------------------------------------------------------------------------- */

/* Rules by their names, to decide requests while they are drawn. */
struct keyed {
    uint32_t *heads; /* 1 + the first rule of a chain */
    uint32_t *next;  /* by rule */
    size_t mask;
};

static size_t
bucket_of(const struct keyed *keyed, uint32_t subject, uint32_t action, uint32_t resource)
{
    uint64_t hash = ((uint64_t)subject * 1000003 + action) * 1000003 + resource;

    return (size_t)(hash * 0x9E3779B97F4A7C15u >> 32) & keyed->mask;
}

static bool
rule_holds(const struct w2_rule *rule, const struct w2_request *q)
{
    uint32_t value = rule->attribute == W2_COUNT ? q->count : q->rate;

    switch (rule->operator) {
    case W2_IN:
        return (rule->value >> q->role & 1) != 0;
    case W2_AT_LEAST:
        return value >= rule->value;
    case W2_ABOVE:
        return value > rule->value;
    case W2_BELOW:
        return value < rule->value;
    case W2_AT_MOST:
        return value <= rule->value;
    case W2_EQUAL:
        break;
    }
    return value == rule->value;
}

static bool
w2_denied(const struct w2 *w2, const struct keyed *keyed, const struct w2_request *q)
{
    for (unsigned wildcards = 0; wildcards < (w2->wild ? 8 : 1); wildcards++) {
        uint32_t s = (wildcards & 1) != 0 ? W2_ANY : q->subject, a = (wildcards & 2) != 0 ? W2_ANY : q->action;
        uint32_t r = (wildcards & 4) != 0 ? W2_ANY : q->resource;

        for (uint32_t i = keyed->heads[bucket_of(keyed, s, a, r)]; i != 0; i = keyed->next[i - 1]) {
            const struct w2_rule *rule = &w2->rules[i - 1];

            if (rule->subject == s && rule->action == a && rule->resource == r && rule_holds(rule, q))
                return true;
        }
    }
    return false;
}

static void
draw_condition(uint32_t *state, struct w2_rule *rule)
{
    if (draw(state) < 0.5) {
        uint32_t roles[W2_ROLES] = { 0, 1, 2, 3, 4, 5 }, n = 2 + draw_below(state, 2);

        for (uint32_t i = W2_ROLES - 1; i > 0; i--) {
            uint32_t j = draw_below(state, i + 1), role = roles[i];

            roles[i] = roles[j];
            roles[j] = role;
        }
        rule->attribute = W2_ROLE;
        rule->operator = W2_IN;
        rule->value = 0;
        for (uint32_t i = 0; i < n; i++)
            rule->value |= 1u << roles[i];
        return;
    }
    rule->attribute = draw_below(state, 2) == 0 ? W2_COUNT : W2_RATE;
    rule->operator = (enum w2_operator)(W2_AT_LEAST + (int)draw_below(state, 4));
    rule->value = 5 + draw_below(state, 90);
}

static void
draw_rules(struct w2 *w2, uint32_t *state)
{
    for (size_t i = 0; i < w2->n; i++) {
        struct w2_rule *rule = &w2->rules[i];

        rule->subject = draw_below(state, w2->n_subjects);
        rule->action = draw_below(state, W2_ACTIONS);
        rule->resource = draw_below(state, w2->n_resources);
        if (w2->wild) {
            const double share = 0.05;
            double w = draw(state);

            if (w < share)
                rule->subject = W2_ANY;
            else if (w < 2 * share)
                rule->action = W2_ANY;
            else if (w < 3 * share)
                rule->resource = W2_ANY;
            else if (w < 3.2 * share)
                rule->action = rule->resource = W2_ANY;
        }
        draw_condition(state, rule);
        if (rule->subject == W2_ANY || rule->resource == W2_ANY) { /* broad rules stay selective */
            rule->attribute = W2_COUNT;
            rule->operator = W2_EQUAL;
            rule->value = draw_below(state, 100);
        }
    }
}

static void
draw_attributes(uint32_t *state, struct w2_request *q)
{
    q->role = draw_below(state, W2_ROLES);
    q->count = draw_below(state, 100);
    q->rate = draw_below(state, 100);
}

/* Half of the requests are denied; half of the others have the names of some rule and fail its condition. */
static void
draw_requests(struct w2 *w2, uint32_t *state)
{
    struct keyed keyed = { .mask = 1 };

    while (keyed.mask < 2 * w2->n)
        keyed.mask = 2 * keyed.mask + 1;
    keyed.heads = must(calloc(keyed.mask + 1, sizeof *keyed.heads));
    keyed.next = must(calloc(w2->n, sizeof *keyed.next));
    for (size_t i = 0; i < w2->n; i++) {
        const struct w2_rule *rule = &w2->rules[i];
        uint32_t *head = &keyed.heads[bucket_of(&keyed, rule->subject, rule->action, rule->resource)];

        keyed.next[i] = *head;
        *head = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < W2_REQUESTS; i++) {
        bool wanted = draw(state) < 0.5, near = draw(state) < 0.5;
        struct w2_request q;

        do {
            if (wanted || near) {
                const struct w2_rule *rule = &w2->rules[draw_below(state, (uint32_t)w2->n)];

                q.subject = rule->subject == W2_ANY ? draw_below(state, w2->n_subjects) : rule->subject;
                q.action = rule->action == W2_ANY ? draw_below(state, W2_ACTIONS) : rule->action;
                q.resource = rule->resource == W2_ANY ? draw_below(state, w2->n_resources) : rule->resource;
                draw_attributes(state, &q);
                if (rule->operator == W2_EQUAL && wanted)
                    q.count = rule->value;
            } else {
                q.subject = draw_below(state, w2->n_subjects);
                q.action = draw_below(state, W2_ACTIONS);
                q.resource = draw_below(state, w2->n_resources);
                draw_attributes(state, &q);
            }
        } while (w2_denied(w2, &keyed, &q) != wanted);
        w2->requests[i] = q;
        w2->denied[i] = wanted;
    }
    free(keyed.heads);
    free(keyed.next);
}

struct w2 *
w2_draw(uint32_t seed, size_t n, bool wild, bool with_requests)
{
    struct w2 *w2 = must(calloc(1, sizeof *w2));
    uint32_t state = (wild ? 7000 : 2000) + (uint32_t)n + seed;
    uint32_t tenth = (uint32_t)(n / 10);

    w2->n = n;
    w2->wild = wild;
    w2->n_subjects = tenth > 4 ? tenth : 4;
    w2->n_resources = tenth > 1000 ? 1000 : w2->n_subjects;
    w2->rules = must(calloc(n, sizeof *w2->rules));
    draw_rules(w2, &state);
    if (with_requests) {
        w2->requests = must(calloc(W2_REQUESTS, sizeof *w2->requests));
        w2->denied = must(calloc(W2_REQUESTS, sizeof *w2->denied));
        draw_requests(w2, &state);
    }
    return w2;
}

void
w2_free(struct w2 *w2)
{
    if (w2 == NULL)
        return;
    free(w2->rules);
    free(w2->requests);
    free(w2->denied);
    free(w2);
}

static void
write_names(FILE *out, const char *dimension, char letter, uint32_t n)
{
    fprintf(out, "    %s ", dimension);
    for (uint32_t i = 0; i < n; i++)
        fprintf(out, "%s%c%u", i == 0 ? "" : i % 20 == 0 ? ",\n        " : ", ", letter, i);
    fputs(";\n", out);
}

char *
w2_policy(const struct w2 *w2, size_t *size)
{
    static const char *const operators[] = { [W2_AT_LEAST] = ">=", [W2_ABOVE] = ">", [W2_BELOW] = "<", [W2_AT_MOST] = "<=", [W2_EQUAL] = "==" };
    char *text = NULL;
    FILE *out = must(open_memstream(&text, size));

    fprintf(out, "policy bench.w2%s;\ndefault allow;\nvocabulary {\n", w2->wild ? "b" : "");
    write_names(out, "subject", 's', w2->n_subjects);
    fputs("    role owner, admin, developer, editor, viewer, guest;\n", out);
    write_names(out, "action", 'a', W2_ACTIONS);
    write_names(out, "resource", 'r', w2->n_resources);
    fputs("    attribute count, rate : int 0..;\n}\n", out);
    for (size_t i = 0; i < w2->n; i++) {
        const struct w2_rule *rule = &w2->rules[i];
        const char *and = "";

        fprintf(out, "d%zu: deny when ", i);
        if (rule->subject != W2_ANY)
            fprintf(out, "subject == s%u", rule->subject), and = " and ";
        if (rule->action != W2_ANY)
            fprintf(out, "%saction == a%u", and, rule->action), and = " and ";
        if (rule->resource != W2_ANY)
            fprintf(out, "%sresource == r%u", and, rule->resource), and = " and ";
        if (rule->attribute == W2_ROLE) {
            const char *or = "";

            fprintf(out, "%s(", and);
            for (uint32_t role = 0; role < W2_ROLES; role++)
                if ((rule->value >> role & 1) != 0)
                    fprintf(out, "%srole has %s", or, w2_roles[role]), or = " or ";
            fputs(");\n", out);
        } else {
            fprintf(out, "%s%s %s %u;\n", and, rule->attribute == W2_COUNT ? "count" : "rate", operators[rule->operator], rule->value);
        }
    }
    if (fclose(out) != 0)
        must(NULL);
    return text;
}
