/* SPDX-License-Identifier: MIT
 *
 * What a message of HTTP became: its tuples one by one, and what is told of its routes; see message.h.
 */
#include <config.h>

#include "message_parts.h"

#include <stdio.h>

#include "request.h"

/* ---- deciding ------------------------------------------------------------------------------------------------------------ */

void
message_lay(const struct rck_request *const_request, uint32_t idx)
{
    /* A request belongs to one thread, and which of its tuples is in its slots is no part of what it says. */
    struct rck_request *request = (struct rck_request *)(uintptr_t)const_request;
    struct message *message = &request->notes->message;
    const struct alternative *alternative = &message->alternatives[idx];

    for (uint32_t i = 0; i < message->n_laid; i++)
        request_set_code(request, message->laid[i].slot, VALUE_ABSENT);
    for (uint32_t i = alternative->first_laid; i < alternative->first_laid + alternative->n_laid; i++) {
        const struct laid_value *value = &message->laid[i];

        if (slot_is_number(&request->policy->slots.items[value->slot]))
            *request_values(request, value->slot) = value->number;
        request->texts[value->slot] = (struct request_text){ value->at, value->n };
        request_set_code(request, value->slot, value->code);
    }
    message->laid_alternative = idx;
    message->is_decided = true;
}

bool
message_differs(const struct rck_request *request, uint32_t slot)
{
    const struct message *message = &request->notes->message;
    const struct laid_value *first = NULL;
    uint32_t n = 0;

    if (message->is_decided)
        return false;
    for (uint32_t i = 0; i < message->n_laid; i++) {
        const struct laid_value *value = &message->laid[i];

        if (value->slot != slot)
            continue;
        if (first == NULL)
            first = value;
        if (value->code != first->code || value->number != first->number || value->n != first->n
            || (value->n != 0 && memcmp(request->bytes + value->at, request->bytes + first->at, value->n) != 0))
            return true;
        n++;
    }
    return n != 0 && n != message->n_alternatives;
}

bool
is_stricter(enum rck_result result, enum rck_result other)
{
    static const uint8_t ranks[] = { [RCK_ALLOW] = 0, [RCK_INDETERMINATE] = 1, [RCK_DENY] = 2, [RCK_INVALID] = 3 };

    return ranks[result] > ranks[other];
}

/* The attribute of the laid alternative that would come from what is hidden; NULL if there is none.  A fact from elsewhere may stand for a
 * body that nobody has seen, but not for one that was sent in a form that is not read. */
static const struct route_with *
hidden_with(const struct rck_request *request)
{
    const struct routes *routes = &request->policy->routes;
    const struct message *message = &request->notes->message;
    const struct route *route = &routes->routes.items[message->alternatives[message->laid_alternative].route];

    for (uint32_t i = 0; i < route->n_withs; i++) {
        const struct route_with *with = &routes->withs.items[route->first_with + i];

        if (message->values[with->fact].state == FACT_HIDDEN && (message->is_opaque || request->codes[with->slot] == VALUE_ABSENT))
            return with;
    }
    return NULL;
}

/* True if what is to be looked up by what was asked for cannot be. */
static bool
asks_in_vain(const struct message *message)
{
    return message->asked != ASKED_NONE && message->said == RCK_SAID_UNKNOWN;
}

enum rck_result
message_floor(const struct rck_request *request, enum rck_result result)
{
    const struct message *message = &request->notes->message;
    bool is_open = !message->is_certain || hidden_with(request) != NULL || asks_in_vain(message);

    return is_open && is_stricter(RCK_INDETERMINATE, result) ? RCK_INDETERMINATE : result;
}

/* ---- what a message became ------------------------------------------------------------------------------------------------ */

size_t
rck_request_route(const struct rck_request *request, size_t idx, struct rck_route_match *match)
{
    const struct message *message;

    if (!request_is_message(request) || request_is_invalid(request))
        return 0;
    message = &request->notes->message;
    if (idx < message->n_alternatives && match != NULL)
        *match = (struct rck_route_match){
            .route = message->alternatives[idx].route,
            .unknown = message->alternatives[idx].is_unknown,
            .decides = idx == message->laid_alternative,
        };
    return message->n_alternatives;
}

/* The first fact because of which CONDITION is unknown. */
static uint32_t
unknown_fact(const struct rck_request *request, struct condition condition)
{
    const struct test *tests = request->policy->routes.tests.items;

    for (uint32_t i = condition.first; ALWAYS(i < condition.first + condition.n); i++)
        if (test_pushes(tests[i].kind) && message_test(request, &tests[i]) == TRUTH_UNKNOWN)
            return tests[i].fact;
    return RCK_NONE;
}

const char *
rck_request_doubt(const struct rck_request *const_request)
{
    /* The text is a cache: a request belongs to one thread. */
    struct rck_request *request = (struct rck_request *)(uintptr_t)const_request;
    struct message *message;
    const struct rck_policy *policy = request->policy;
    const struct routes *routes = &policy->routes;
    const struct route_with *with;
    const char *what = NULL;
    uint32_t fact = RCK_NONE;
    char subject[320];

    if (!request_is_message(request) || request_is_invalid(request))
        return NULL;
    message = &request->notes->message;
    if (message->subject_is_open && request->codes[SLOT_SUBJECT] == VALUE_ABSENT) {
        what = "the credential";
        for (uint32_t i = 0; i < routes->credentials.n && fact == RCK_NONE; i++)
            if (message_condition(request, routes->credentials.items[i].condition) == TRUTH_UNKNOWN)
                fact = unknown_fact(request, routes->credentials.items[i].condition);
    } else if (!message->is_certain) {
        const struct alternative *alternative = &message->alternatives[message->laid_alternative];

        what = "the route";
        fact = unknown_fact(request, routes->routes.items[alternative->route].condition);
    } else if ((with = hidden_with(request)) != NULL) {
        snprintf(subject, sizeof subject, "'%.*s'", WHOLE(policy->slots.items[with->slot].name));
        what = subject;
        fact = with->fact;
    } else if (asks_in_vain(message)) {
        /* Of a message the method and the path are known. */
        snprintf(message->doubt, sizeof message->doubt, "what is looked up depends on '%s%.*s', which is not known",
                 fact_prefix(message->asked == ASKED_HEADER ? FACT_HEADER : FACT_QUERY), (int)message->asked_name_n, message->asked_name);
        return message->doubt;
    }
    if (what == NULL || NEVER(fact == RCK_NONE)) /* something of it is unknown */
        return NULL;
    snprintf(message->doubt, sizeof message->doubt, "%s depends on '%s%.*s', which is not known", what,
             fact_prefix(routes->facts.items[fact].source), WHOLE(routes->facts.items[fact].name));
    return message->doubt;
}

enum rck_status
rck_policy_route(const struct rck_policy *policy, uint32_t idx, struct rck_route *out)
{
    const struct name *names = policy->names.items;
    const struct route *route;

    if (idx >= policy->routes.routes.n)
        return RCK_E_ARGUMENT;
    route = &policy->routes.routes.items[idx];
    *out = (struct rck_route){
        .method = route->method.p,
        .path = route->path.p,
        .when = route->when.p,
        .action = names[policy->slots.items[SLOT_ACTION].first_name + route->action].text.p,
        .resource = names[policy->slots.items[SLOT_RESOURCE].first_name + route->resource].text.p,
        .with = route->with.p,
        .matches = route->matches,
        .file = policy->files.items[route->at.file].p,
        .line = route->at.line,
        .column = route->at.column,
    };
    return RCK_OK;
}

enum rck_status
rck_policy_credential(const struct rck_policy *policy, uint32_t idx, struct rck_credential *out)
{
    const struct credential *credential;

    if (idx >= policy->routes.credentials.n)
        return RCK_E_ARGUMENT;
    credential = &policy->routes.credentials.items[idx];
    *out = (struct rck_credential){
        .subject = policy->names.items[policy->slots.items[SLOT_SUBJECT].first_name + credential->subject].text.p,
        .when = credential->when.p,
        .file = policy->files.items[credential->at.file].p,
        .line = credential->at.line,
        .column = credential->at.column,
    };
    return RCK_OK;
}
