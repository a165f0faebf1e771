/* SPDX-License-Identifier: MIT
 *
 * The workloads of the benchmarks: policies and requests, drawn at random from a seed, with what each request gets.
 *
 * W1   a page of limitations as seven clauses, and requests of which half are denied
 * W2   N clauses `deny SUBJECT ACTION RESOURCE when ATTRIBUTE OP CONSTANT`, with exact names
 * W2b  the same, with 16 % wildcards
 * W3   W1 as JSON lines with an id, as long as wanted
 *
 * The draws are those of the script that makes the same workloads for other engines, one by one, so that with one seed all decide
 * the same requests against the same rules.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A request of W1; the names are indices into w1_subjects and so on. */
struct w1_request {
    uint8_t subject, role, action, resource;
    int16_t token_count, read_rate, write_rate, org_read_rate, org_write_rate;
};

enum { W1_SUBJECTS = 4, W1_ROLES = 6, W1_ACTIONS = 10, W1_RESOURCES = 14, W1_RULES = 7 };
extern const char *const w1_subjects[W1_SUBJECTS], *const w1_roles[W1_ROLES], *const w1_actions[W1_ACTIONS];
extern const char *const w1_resources[W1_RESOURCES], *const w1_rules[W1_RULES];

/* The policy of W1. */
extern const char w1_policy[];

/* Returns the violated rules of W1, a bit a rule. */
unsigned w1_violated(const struct w1_request *request);

/* Draws N requests of W1 (STREAM 1001) or W3 (3001). */
struct w1_request *w1_draw(uint32_t stream, uint32_t seed, size_t n);

/* Writes a request as a line of JSON; ID < 0: without one. */
void w1_write(FILE *out, const struct w1_request *request, long id);

enum w2_attribute { W2_ROLE, W2_COUNT, W2_RATE };
enum w2_operator { W2_IN, W2_AT_LEAST, W2_ABOVE, W2_BELOW, W2_AT_MOST, W2_EQUAL };
enum { W2_ROLES = 6, W2_ACTIONS = 8, W2_REQUESTS = 10000 };
#define W2_ANY UINT32_MAX
extern const char *const w2_roles[W2_ROLES];

struct w2_rule {
    uint32_t subject, action, resource; /* W2_ANY: a wildcard */
    enum w2_attribute attribute;
    enum w2_operator operator;
    uint32_t value; /* of W2_ROLE a bit a role */
};

struct w2_request {
    uint32_t subject, action, resource, role;
    uint32_t count, rate;
};

struct w2 {
    size_t n;
    bool wild;
    uint32_t n_subjects, n_resources;
    struct w2_rule *rules;
    struct w2_request *requests; /* W2_REQUESTS */
    bool *denied;                /* by request */
};

/* Draws W2 or W2b with N rules; without requests if there are to be none. */
struct w2 *w2_draw(uint32_t seed, size_t n, bool wild, bool with_requests);
void w2_free(struct w2 *w2);

/* Returns the policy as text, which the caller frees, and its length in *SIZE. */
char *w2_policy(const struct w2 *w2, size_t *size);

/* A generator of numbers; each call changes *STATE. */
double draw(uint32_t *state);
uint32_t draw_below(uint32_t *state, uint32_t n);

/* Memory, or the end. */
void *must(void *memory);

#endif
