/* SPDX-License-Identifier: MIT
 *
 * Words and values as a policy writes them; see write.h.
 */
#include <config.h>

#include "write.h"

#include "../engine/apart.h"
#include "../engine/explanation.h"
#include "../engine/json.h"
#include "../engine/number.h"
#include "../engine/times.h"
#include "front.h"
#include "units.h"

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* True if PART needs no quotes: letters, digits and '_', and of the FIRST part of a name no digit at its beginning. */
static bool
is_plain(struct str part, bool first)
{
    if (part.n == 0 || (first && !is_letter(part.p[0])))
        return false;
    for (size_t i = 0; i < part.n; i++)
        if (!is_letter(part.p[i]) && (part.p[i] < '0' || part.p[i] > '9'))
            return false;
    return true;
}

struct str
write_text(struct arena *arena, struct str text)
{
    char *out = arena_array(arena, text.n + 1, 6);

    return (struct str){ out, json_quote(out, text) };
}

struct str
write_name(struct arena *arena, struct str name)
{
    struct str made = { "", 0 };
    bool lone = name.n != 0 && memchr(name.p, '.', name.n) == NULL;

    if (lone && (front_is_keyword(name) || unit_is_word(name)))
        return write_text(arena, name);
    for (size_t at = 0; at <= name.n;) {
        const char *dot = at < name.n ? memchr(name.p + at, '.', name.n - at) : NULL;
        struct str part = { name.p + at, (dot != NULL ? (size_t)(dot - name.p) : name.n) - at };
        struct str written = is_plain(part, at == 0) ? part : write_text(arena, part);

        made = arena_format(arena, "%.*s%s%.*s", WHOLE(made), at == 0 ? "" : ".", WHOLE(written));
        at += part.n + 1;
    }
    return made;
}

struct str
write_number(struct arena *arena, enum rck_type type, int64_t number)
{
    char buffer[32];
    size_t n = type == RCK_TYPE_DECIMAL ? number_write_decimal(buffer, number)
               : type == RCK_TYPE_TIME  ? time_write(buffer, number)
                                        : number_write_int(buffer, number);

    return arena_copy(arena, (struct str){ buffer, n });
}

/* A name that SLOT does not know: of an open one only the empty text is none. */
static struct str
undeclared_name(struct arena *arena, const struct rck_policy *policy, uint32_t slot)
{
    struct str made = policy->slots.items[slot].open ? STR("") : STR("other");

    for (unsigned i = 2; lookup_find(&policy->lookup, slot, made) != RCK_NONE
                         || (slot < N_DIMENSIONS && lookup_find(&policy->lookup, LOOKUP_NAMED_SETS + slot, made) != RCK_NONE);
         i++)
        made = arena_format(arena, "other%u", i);
    return made;
}

static struct str
write_set(struct arena *arena, const struct rck_request *request, uint32_t slot_idx)
{
    const struct rck_policy *policy = request->policy;
    const struct slot *slot = &policy->slots.items[slot_idx];
    const struct name *names = policy->names.items + slot->first_name;
    const uint64_t *words = request_values(request, slot_idx);
    struct str made = { "", 0 };
    uint32_t n = 0;

    for (uint32_t i = 0; i < slot->n_names; i++)
        if ((words[i / 64] >> i % 64 & 1) != 0 && names[i].declared != NAME_HIDDEN)
            made = arena_format(arena, "%.*s%s%.*s", WHOLE(made), n++ == 0 ? "" : ", ", WHOLE(write_name(arena, names[i].text)));
    for (struct str rest = slot->open ? request_text(request, slot_idx) : STR(""); rest.n != 0;) {
        struct str member = { rest.p, strnlen(rest.p, rest.n) };

        made = arena_format(arena, "%.*s%s%.*s", WHOLE(made), n++ == 0 ? "" : ", ", WHOLE(write_name(arena, member)));
        rest = (struct str){ rest.p + member.n + 1, rest.n - member.n - 1 };
    }
    if (request_state(request, slot_idx) == VALUE_UNDECLARED)
        made = arena_format(arena, "%.*s%s%.*s", WHOLE(made), n++ == 0 ? "" : ", ",
                            WHOLE(write_name(arena, undeclared_name(arena, policy, slot_idx))));
    return n == 0   ? STR("{}")
           : n == 1 ? made
                    : arena_format(arena, "{ %.*s }", WHOLE(made));
}

struct str
write_cell(struct arena *arena, const struct rck_request *request, uint32_t slot_idx)
{
    const struct rck_policy *policy = request->policy;
    const struct slot *slot = &policy->slots.items[slot_idx];

    if (request_state(request, slot_idx) == VALUE_ABSENT)
        return STR("-");
    switch (slot->type) {
    case RCK_TYPE_BOOL:
        return request_name(request, slot_idx) != 0 ? STR("true") : STR("false");
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
    case RCK_TYPE_TIME:
        return write_number(arena, slot->type, request_number(request, slot_idx));
    case RCK_TYPE_STRING:
        return write_text(arena, request_text(request, slot_idx));
    case RCK_TYPE_NAME:
        if (request_state(request, slot_idx) == VALUE_UNDECLARED)
            return write_name(arena, undeclared_name(arena, policy, slot_idx));
        if (slot->open)
            return write_name(arena, request_text(request, slot_idx));
        return write_name(arena, policy->names.items[slot->first_name + request_name(request, slot_idx)].text);
    case RCK_TYPE_SET:
        break;
    }
    return write_set(arena, request, slot_idx);
}

struct str
write_request(struct arena *arena, const struct rck_request *request)
{
    const struct rck_policy *policy = request->policy;
    struct str text = { "", 0 };

    for (uint32_t s = 0; s < policy->slots.n; s++)
        if (request_state(request, s) != VALUE_ABSENT)
            text = arena_format(arena, "%.*s%s%s%.*s%s%.*s", WHOLE(text), text.n == 0 ? "" : " ", s == policy->now ? "--" : "",
                                WHOLE(policy->slots.items[s].name), s == policy->now ? " " : "=",
                                WHOLE(write_cell(arena, request, s)));
    return text;
}

struct str
write_outcome(struct arena *arena, const struct rck_request *request)
{
    const struct rck_policy *policy = request->policy;
    struct tally tally = tally_of(policy, request);
    enum rck_result result = tally_result(policy, &tally);
    struct str text = str_of(rck_result_name(result));
    uint32_t n = 0;

    if (result == RCK_ALLOW)
        return text;
    for (uint32_t c = 0; c < policy->clauses.n; c++) {
        const struct clause *clause = &policy->clauses.items[c];

        if (!clause->warns
            && clause_state(policy, clause, request) == (result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN))
            text = arena_format(arena, "%.*s%s%.*s", WHOLE(text), n++ == 0 ? " by " : ", ", WHOLE(write_name(arena, policy_text(policy, clause->label))));
    }
    return n != 0 ? text : arena_format(arena, "%.*s by default", WHOLE(text));
}

/* ---- plain requests ----------------------------------------------------------------------------------------------------- */

/* True if REQUEST, which was changed, leaves the clauses in STATES and STAYS. */
static bool
is_same(const struct rck_request *request, const uint8_t states[], bool (*stays)(void *arg, const struct rck_request *request),
        void *arg)
{
    const struct rck_policy *policy = request->policy;

    for (uint32_t i = 0; i < policy->clauses.n; i++)
        if (states[i] != (uint8_t)clause_state(policy, &policy->clauses.items[i], request))
            return false;
    return stays == NULL || stays(arg, request);
}

/* Numbers that a person would choose, if any number does: 0, 1, 2 of ints and decimals, of times three days about a New Year. */
static int64_t
plain_number(enum rck_type type, uint32_t i)
{
    const int64_t second = 1000000000;

    return type == RCK_TYPE_TIME      ? (1767225600 + (i == 2 ? -86400 : (int64_t)i * 86400)) * second /* 2026-01-01T00:00:00Z, ... */
           : type == RCK_TYPE_DECIMAL ? (int64_t)i * 1000000
                                      : (int64_t)i;
}
enum { PLAIN_NUMBERS = 3 };

/* True if NUMBER is far from all that a policy is likely to speak of. */
static bool
is_far(enum rck_type type, int64_t number)
{
    const int64_t far = (int64_t)1 << (type == RCK_TYPE_INT ? 40 : 60);

    return type == RCK_TYPE_TIME ? number < 0 || number > 4 * far : number < -far || number > far;
}

/* Moves all far numbers of TYPE by as much as makes the first of them a plain one: their differences stay. */
static void
move_far(struct rck_request *request, enum rck_type type)
{
    const struct rck_policy *policy = request->policy;
    wide by = 0;

    for (uint32_t s = N_DIMENSIONS; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        wide moved;

        if (slot->type != type || request_state(request, s) == VALUE_ABSENT || !is_far(type, request_number(request, s)))
            continue;
        if (by == 0)
            by = (wide)plain_number(type, 0) - request_number(request, s);
        moved = request_number(request, s) + by;
        if (moved >= slot->min && moved <= slot->max)
            request_set_number(request, s, (int64_t)moved);
    }
}

void
write_plain(struct arena *arena, struct rck_request *request, bool (*stays)(void *arg, const struct rck_request *request), void *arg)
{
    static const enum rck_type types[] = { RCK_TYPE_INT, RCK_TYPE_DECIMAL, RCK_TYPE_TIME };
    const struct rck_policy *policy = request->policy;
    uint8_t *states = arena_alloc(arena, (size_t)policy->clauses.n + 1);
    uint64_t *values = arena_array(arena, (size_t)policy->n_values + 1, sizeof *values);

    for (uint32_t i = 0; i < policy->clauses.n; i++)
        states[i] = (uint8_t)clause_state(policy, &policy->clauses.items[i], request);
    for (uint32_t s = SLOT_ROLE; s < policy->slots.n; s++) {
        const struct slot *slot = &policy->slots.items[s];
        uint32_t code = request->codes[s];

        if (code == VALUE_ABSENT || s == SLOT_ACTION || s == SLOT_RESOURCE)
            continue;
        request_set_code(request, s, VALUE_ABSENT);
        if (is_same(request, states, stays, arg))
            continue;
        request_set_code(request, s, code);
        for (uint32_t i = 0; i < PLAIN_NUMBERS && slot_is_number(slot) && is_far(slot->type, request_number(request, s)); i++) {
            int64_t plain = plain_number(slot->type, i), number = request_number(request, s);

            if (plain < slot->min || plain > slot->max)
                continue;
            request_set_number(request, s, plain);
            if (!is_same(request, states, stays, arg))
                request_set_number(request, s, number);
        }
    }
    for (size_t i = 0; i < N_ELEMENTS(types); i++) {
        memcpy(values, request->values, policy->n_values * sizeof *values);
        move_far(request, types[i]);
        if (is_same(request, states, stays, arg))
            continue;
        memcpy(request->values, values, policy->n_values * sizeof *values);
        for (uint32_t s = N_DIMENSIONS; s < policy->slots.n; s++)
            request_moved(request, s);
    }
#ifdef RCK_ASSERTS
    (void)ALWAYS(request_is_placed(request));
#endif
}
