/* SPDX-License-Identifier: MIT
 *
 * Deciding, by the table; explaining, by the guards.  The two share nothing but the request.
 */
#include <config.h>

#include "explanation.h"
#include "policy.h"
#include "request.h"
#include "table_cell.h"
#include "template.h"

/* True if the tuple is of the vocabulary's shape: nothing was found wrong while it was filled, and its three names are there.  An
 * explanation and a request that were left behind (slot.c) have no policy, and are none of it. */
static bool
is_tuple(const struct rck_policy *policy, const struct rck_request *request)
{
    return policy != NULL && request->ready == policy;
}

/* The same of a message: each of its alternatives is a tuple. */
static bool
are_tuples(const struct rck_policy *policy, const struct rck_request *request)
{
    return request->policy == policy && request->lacks == REQUEST_IS_MESSAGE;
}

/* True if the message that filled REQUEST does not tell who asks, and nobody else did. */
static bool
asks_unknown(const struct rck_policy *policy, const struct rck_request *request)
{
    return request->policy == policy && request->lacks == (REQUEST_IS_MESSAGE | 1 << SLOT_SUBJECT)
           && request->notes->message.subject_is_open;
}

/* The cell with the strictest result of all alternatives, the first of those that have it; of what is no message none is. */
static uint32_t __attribute__((noinline))
message_cell(const struct rck_policy *policy, const struct rck_request *request)
{
    uint32_t strictest = RCK_ALLOW, best = 0;

    if (asks_unknown(policy, request))
        return RCK_INDETERMINATE;
    if (!are_tuples(policy, request))
        return RCK_INVALID;
    for (uint32_t i = 0; i < request->notes->message.n_alternatives; i++) {
        uint32_t cell;
        enum rck_result result;

        message_lay(request, i);
        cell = table_cell(policy, request);
        result = message_floor(request, (enum rck_result)(cell & 3));
        if (result != (cell & 3))
            cell = result; /* of no clause */
        if (is_stricter(result, (enum rck_result)(strictest & 3))) {
            strictest = cell;
            best = i;
        }
    }
    message_lay(request, best);
    return strictest;
}

/* The rest of rck_decide(), apart: what it asks of a request most often is without a call then, and so without saving registers. */
static enum rck_result __attribute__((noinline))
decide_otherwise(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why)
{
    if (!is_tuple(policy, request))
        return table_answer(message_cell(policy, request), why);
    return hashed_decide(policy, request, why);
}

enum rck_result
rck_decide(const struct rck_policy *policy, const struct rck_request *request, struct rck_why *why)
{
    if (is_tuple(policy, request)) {
        if (policy->table.form == TABLE_DENSE)
            return table_answer(table_cell(policy, request), why);
        if (policy->table.hashed.is_single)
            return hashed_decide_single(policy, request, why);
    }
    return decide_otherwise(policy, request, why);
}

/* ---- explaining --------------------------------------------------------------------------------------------------------- */

size_t
explanation_arrays_size(const struct rck_policy *policy)
{
    return policy->clauses.n + 2 * (size_t)policy->slots.n;
}

void
explanation_lay(struct rck_explanation *explanation, struct rck_policy *policy, void *arrays)
{
    explanation->policy = policy;
    explanation->request = NULL;
    explanation->states = arrays;
    explanation->read = explanation->states + policy->clauses.n;
    explanation->missing = explanation->read + policy->slots.n;
    explanation->asked = RCK_NONE;
    explanation->valid = false;
    explanation->laid = false;
}

enum rck_status
rck_explanation_new(struct rck_policy *policy, struct rck_explanation **out)
{
    size_t size = sizeof(struct rck_explanation) + explanation_arrays_size(policy);
    struct rck_explanation *explanation = mem_alloc(&policy->mem, size);

    if (explanation == NULL)
        return RCK_E_NOMEM;
    memset(explanation, 0, size);
    explanation->mem = policy->mem;
    explanation_lay(explanation, rck_policy_ref(policy), explanation + 1);
    *out = explanation;
    return RCK_OK;
}

void
rck_explanation_free(struct rck_explanation *explanation)
{
    struct rck_allocator mem;

    if (explanation == NULL)
        return;
    mem = explanation->mem;
    rck_policy_unref(explanation->policy);
    mem_free(&mem, explanation);
}

/* Language, section 5: the guard is the conjunction of DO, tails and violation; what is false in it tells what the clause is. */
enum rck_state
clause_state(const struct rck_policy *policy, const struct clause *clause, const struct rck_request *request)
{
    enum truth act, tails, violation;

    if (clause->kind == RCK_CLAUSE_NOTE)
        return RCK_STATE_SATISFIED;
    act = guard_eval(policy, clause->act, request);
    if (act == TRUTH_FALSE)
        return RCK_STATE_IRRELEVANT;
    tails = guard_eval(policy, clause->tails, request);
    if (tails == TRUTH_FALSE)
        return RCK_STATE_IRRELEVANT;
    violation = guard_eval(policy, clause->violation, request);
    if (violation == TRUTH_FALSE)
        return RCK_STATE_SATISFIED;
    if (act == TRUTH_UNKNOWN || tails == TRUTH_UNKNOWN || violation == TRUTH_UNKNOWN)
        return RCK_STATE_UNKNOWN;
    return clause->kind == RCK_CLAUSE_GRANT ? RCK_STATE_GRANTED : RCK_STATE_VIOLATED;
}

/* What clauses say together. */
struct said {
    bool violated, unknown, granted, grant_unknown;
};

/* Evaluates the clauses of LIST of the anchors. */
static void
ask_list(struct rck_explanation *explanation, uint32_t list, struct said *said)
{
    const struct rck_policy *policy = explanation->policy;
    const struct anchors *anchors = &policy->anchors;

    explanation->n_asked += anchors->first[list + 1] - anchors->first[list];
    for (uint32_t i = anchors->first[list]; i < anchors->first[list + 1]; i++) {
        uint32_t c = anchors->clauses[i];
        const struct clause *clause = &policy->clauses.items[c];
        enum rck_state state = clause_state(policy, clause, explanation->request);

        explanation->states[c] = (uint8_t)state;
        if (clause->warns)
            continue;
        said->granted = said->granted || state == RCK_STATE_GRANTED;
        said->violated = said->violated || state == RCK_STATE_VIOLATED;
        if (state == RCK_STATE_UNKNOWN && clause->kind == RCK_CLAUSE_GRANT)
            said->grant_unknown = true;
        else
            said->unknown = said->unknown || state == RCK_STATE_UNKNOWN;
    }
}

/* Makes all states idle: of the last request only those of its lists are not, and those that are written anew in any case. */
static void
make_idle(struct rck_explanation *explanation)
{
    const struct anchors *anchors = &explanation->policy->anchors;

    if (!explanation->laid) {
        memcpy(explanation->states, anchors->idle, explanation->policy->clauses.n);
        explanation->laid = true;
        return;
    }
    for (uint32_t l = 0; l < ANCHOR_LISTS - 1; l++)
        for (uint32_t i = anchors->first[explanation->lists[l]]; i < anchors->first[explanation->lists[l] + 1]; i++)
            explanation->states[anchors->clauses[i]] = anchors->idle[anchors->clauses[i]];
}

/* Writes the lists of clauses that REQUEST has to be asked. */
static void
put_lists(const struct rck_policy *policy, const struct rck_request *request, uint32_t lists[ANCHOR_LISTS])
{
    static const uint32_t slots[ANCHOR_LISTS - 1] = { SLOT_SUBJECT, SLOT_ACTION, SLOT_RESOURCE };

    for (uint32_t l = 0; l < ANCHOR_LISTS - 1; l++)
        lists[l] = policy->slots.items[slots[l]].first_name + request_name(request, slots[l]);
    lists[ANCHOR_LISTS - 1] = policy->anchors.always;
}

/* The states of all clauses on the tuple of REQUEST. */
static enum rck_result
explain_tuple(struct rck_explanation *explanation, const struct rck_request *request)
{
    const struct rck_policy *policy = explanation->policy;
    struct said said = { false, false, false, false };

    make_idle(explanation);
    explanation->n_asked = 0;
    put_lists(policy, request, explanation->lists);
    for (uint32_t l = 0; l < ANCHOR_LISTS; l++)
        ask_list(explanation, explanation->lists[l], &said);
    if (said.violated)
        return RCK_DENY;
    if (policy->by_default == RCK_DENY && !said.granted && !said.grant_unknown)
        return RCK_DENY;
    if (said.unknown || (policy->by_default == RCK_DENY && !said.granted))
        return RCK_INDETERMINATE;
    return RCK_ALLOW;
}

static enum rck_result
explain_message(struct rck_explanation *explanation, const struct rck_request *request)
{
    enum rck_result strictest = RCK_ALLOW;
    uint32_t best = 0;

    for (uint32_t i = 0; i < request->notes->message.n_alternatives; i++) {
        enum rck_result result;

        message_lay(request, i);
        result = message_floor(request, explain_tuple(explanation, request));
        if (is_stricter(result, strictest)) {
            strictest = result;
            best = i;
        }
    }
    message_lay(request, best);
    explain_tuple(explanation, request);
    return strictest;
}

enum rck_result
rck_explain(struct rck_explanation *explanation, const struct rck_request *request)
{
    bool is_message = request_is_message(request);

    explanation->request = request;
    explanation->asked = RCK_NONE;
    explanation->valid = is_message ? are_tuples(explanation->policy, request) : is_tuple(explanation->policy, request);
    if (explanation->valid)
        return is_message ? explain_message(explanation, request) : explain_tuple(explanation, request);
    return asks_unknown(explanation->policy, request) ? RCK_INDETERMINATE : RCK_INVALID;
}

enum rck_state
rck_explanation_state(const struct rck_explanation *explanation, uint32_t clause)
{
    return explanation->valid && clause < explanation->policy->clauses.n ? (enum rck_state)explanation->states[clause]
                                                                         : RCK_STATE_IRRELEVANT;
}

/* Returns where in LIST of the anchors the first clause is that is CLAUSE or behind it. */
static uint32_t
first_from(const struct anchors *anchors, uint32_t list, uint32_t clause)
{
    uint32_t lo = anchors->first[list], hi = anchors->first[list + 1];

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (anchors->clauses[mid] < clause)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t
rck_explanation_next(const struct rck_explanation *explanation, uint32_t clause)
{
    const struct anchors *anchors;
    uint32_t at[ANCHOR_LISTS];

    if (!explanation->valid) /* one that was left behind (slot.c) has no policy */
        return RCK_NONE;
    anchors = &explanation->policy->anchors;
    for (uint32_t l = 0; l < ANCHOR_LISTS; l++)
        at[l] = first_from(anchors, explanation->lists[l], clause);
    for (;;) {
        uint32_t next = RCK_NONE, from = 0;

        for (uint32_t l = 0; l < ANCHOR_LISTS; l++) /* a clause is in one of them at most */
            if (at[l] != anchors->first[explanation->lists[l] + 1] && anchors->clauses[at[l]] < next) {
                next = anchors->clauses[at[l]];
                from = l;
            }
        if (next == RCK_NONE || (explanation->states[next] != RCK_STATE_IRRELEVANT && explanation->states[next] != RCK_STATE_SATISFIED))
            return next;
        at[from]++;
    }
}

size_t
rck_explanation_reading(const struct rck_explanation *const_explanation, uint32_t clause_idx, size_t idx,
                        struct rck_reading *reading)
{
    /* What is kept between calls is a cache: the explanation belongs to one thread. */
    struct rck_explanation *explanation = (struct rck_explanation *)(uintptr_t)const_explanation;
    const struct rck_policy *policy = explanation->policy;
    const struct clause *clause;
    size_t n = 0;

    if (!explanation->valid || clause_idx >= policy->clauses.n)
        return 0;
    clause = &policy->clauses.items[clause_idx];
    if (explanation->asked != clause_idx) {
        bool unknown = explanation->states[clause_idx] == RCK_STATE_UNKNOWN;
        uint8_t *missing = unknown ? explanation->missing : NULL;

        memset(explanation->read, 0, policy->slots.n);
        memset(explanation->missing, 0, policy->slots.n);
        guard_readings(policy, clause->act, explanation->request, explanation->read, missing);
        guard_readings(policy, clause->tails, explanation->request, explanation->read, missing);
        guard_readings(policy, clause->violation, explanation->request, explanation->read, missing);
        explanation->asked = clause_idx;
    }
    for (uint32_t s = 0; s < policy->slots.n; s++) {
        if (!explanation->read[s])
            continue;
        if (n == idx && reading != NULL)
            *reading = (struct rck_reading){
                .attribute = s,
                .absent = request_state(explanation->request, s) == VALUE_ABSENT,
                .undeclared = request_state(explanation->request, s) == VALUE_UNDECLARED,
                .missing = explanation->missing[s] != 0,
            };
        n++;
    }
    return n;
}

/* A text cut to its buffer; n is the length that the whole has. */
struct cut_text {
    char *buffer;
    size_t size, n;
};

static void
put(struct cut_text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++, text->n++)
        if (text->n + 1 < text->size)
            text->buffer[text->n] = s.p[i];
}

/* The value of what 'says' calls NAME. */
static void
put_value(struct cut_text *text, const struct rck_explanation *explanation, struct str name)
{
    const struct rck_policy *policy = explanation->policy;
    uint32_t slot = lookup_find(&policy->lookup, LOOKUP_KEYS, name);
    size_t left = text->n < text->size ? text->size - text->n : 0;

    if (str_equal(name, STR("now")))
        slot = policy->now;
    for (uint32_t p = 0; p < policy->params.n && slot == RCK_NONE; p++)
        if (str_equal(policy->params.items[p].name, name))
            put(text, policy->params.items[p].value);
    if (slot == RCK_NONE)
        return;
    if (request_state(explanation->request, slot) == VALUE_ABSENT)
        put(text, STR("unknown"));
    else
        text->n += rck_request_value(explanation->request, slot, left != 0 ? text->buffer + text->n : text->buffer, left);
}

size_t
rck_explanation_message(const struct rck_explanation *explanation, uint32_t clause, char *buffer, size_t size)
{
    const struct rck_policy *policy = explanation->policy;
    struct cut_text text = { buffer, size, 0 };
    struct template_part part;

    if (size != 0)
        buffer[0] = 0;
    if (!explanation->valid || clause >= policy->clauses.n)
        return 0;
    for (size_t at = 0; template_next(policy_text(policy, policy->clauses.items[clause].says), &at, &part);)
        if (part.kind == TEMPLATE_NAME)
            put_value(&text, explanation, part.text);
        else
            put(&text, part.text);
    if (size != 0)
        buffer[text.n < size ? text.n : size - 1] = 0;
    return text.n;
}
