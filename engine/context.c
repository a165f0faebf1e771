/* SPDX-License-Identifier: MIT
 *
 * The context: settings of a compile; and the words for results, errors and limits.
 */
#include <config.h>

#include <stdatomic.h>
#include <sys/random.h>

#include "settings.h"

static const struct rck_limit limits[] = {
#define LIMIT(symbol, name, value, meaning) { name, value, meaning },
    RCK_LIMITS(LIMIT)
#undef LIMIT
    { NULL, 0, NULL },
};

const struct rck_limit *
rck_limits(void)
{
    return limits;
}

const char *
limit_name(enum limit limit)
{
    return limits[limit].name;
}

const char *
rck_version(void)
{
    return PACKAGE_VERSION;
}

const char *
rck_result_name(enum rck_result result)
{
    return result == RCK_ALLOW           ? "allow"
           : result == RCK_INDETERMINATE ? "indeterminate"
           : result == RCK_INVALID       ? "invalid"
                                         : "deny";
}

const char *
rck_status_text(enum rck_status status)
{
    switch (status) {
    case RCK_OK:
        return "done";
    case RCK_E_NOMEM:
        return "there is not enough memory";
    case RCK_E_POLICY:
        return "the policy does not compile";
    case RCK_E_REQUEST:
        return "the request is not of the vocabulary's shape";
    case RCK_E_ARGUMENT:
        return "the call has a wrong argument";
    case RCK_E_IO:
        return "a file could not be read";
    case RCK_E_CASES:
        return "the policy has cases that were not run, or that failed";
    case RCK_E_SAVED:
        return "the saved policy cannot be used";
    }
    return "unknown status";
}

enum rck_status
rck_context_new(const struct rck_allocator *allocator, struct rck_context **out)
{
    const struct rck_allocator *mem = allocator != NULL ? allocator : &mem_default;
    struct rck_context *context = mem_alloc(mem, sizeof *context);

    if (context == NULL)
        return RCK_E_NOMEM;
    memset(context, 0, sizeof *context);
    context->mem = *mem;
    arena_init(&context->arena, mem, SIZE_MAX / 2);
    for (size_t i = 0; i < N_LIMITS; i++)
        context->settings.limits[i] = limits[i].value;
    /* A seed that who writes a policy cannot know.  Without a source of chance the address has to do. */
    if (getrandom(&context->settings.hash_seed, sizeof context->settings.hash_seed, GRND_NONBLOCK)
        != (ssize_t)sizeof context->settings.hash_seed)
        context->settings.hash_seed = (uint64_t)(uintptr_t)context * 0x9E3779B97F4A7C15u;
    *out = context;
    return RCK_OK;
}

void
rck_context_free(struct rck_context *context)
{
    struct rck_allocator mem;

    if (context == NULL)
        return;
    mem = context->mem;
    arena_free(&context->arena);
    mem_free(&mem, context);
}

enum rck_status
rck_context_set_param(struct rck_context *context, const char *name, const char *value)
{
    struct settings *settings = &context->settings;
    struct setting setting = { arena_copy(&context->arena, str_of(name)), arena_copy(&context->arena, str_of(value)) };

    if (setting.name.p == NULL || setting.value.p == NULL)
        return RCK_E_NOMEM;
    for (uint32_t i = 0; i < settings->params.n; i++)
        if (str_equal(settings->params.items[i].name, setting.name)) {
            settings->params.items[i].value = setting.value;
            return RCK_OK;
        }
    if (settings->params.n == settings->params.room) {
        uint32_t room = settings->params.room != 0 ? 2 * settings->params.room : 8;
        struct setting *grown = arena_grow(&context->arena, settings->params.items, settings->params.n, room, sizeof *grown);

        if (grown == NULL)
            return RCK_E_NOMEM;
        settings->params.items = grown;
        settings->params.room = room;
    }
    settings->params.items[settings->params.n++] = setting;
    return RCK_OK;
}

void
rck_context_set_include(struct rck_context *context, rck_include_fn *include, void *arg)
{
    context->include = include;
    context->include_arg = arg;
}

void
rck_context_set_lint(struct rck_context *context, bool lint)
{
    context->settings.lint = lint;
}

void
rck_context_set_run_cases(struct rck_context *context, bool run)
{
    context->settings.run_cases = run;
}

/* True if TEXT ends no statement: a ';' stands in quotes or in a comment only. */
static bool
is_one_statement(struct str text)
{
    bool quoted = false, comment = false;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (comment)
            comment = c != '\n';
        else if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '#')
            comment = true;
        else if (!quoted && c == ';')
            return false;
    }
    return !quoted && !comment;
}

enum rck_status
rck_context_set_assert(struct rck_context *context, const char *assertion)
{
    struct str text = str_of(assertion != NULL ? assertion : "");

    while (text.n != 0 && strchr(" \t\r\n;", text.p[text.n - 1]) != NULL)
        text.n--;
    if (!is_one_statement(text) || (assertion != NULL && text.n == 0))
        return RCK_E_ARGUMENT;
    if (text.n != 0)
        text = arena_format(&context->arena, "assert %.*s;\n", WHOLE(text));
    if (text.p == NULL)
        return RCK_E_NOMEM;
    context->settings.assertion = text;
    return RCK_OK;
}

enum rck_status
rck_context_set_limit(struct rck_context *context, const char *name, uint64_t value)
{
    for (size_t i = 0; i < N_LIMITS; i++)
        if (strcmp(limits[i].name, name) == 0) {
            if (i == LIMIT_NESTING && value > NESTING_MAX)
                value = NESTING_MAX;
            /* Counts are kept in 32 bits. */
            context->settings.limits[i] = i == LIMIT_COMPILE_BYTES || value < UINT32_MAX / 2 ? value : UINT32_MAX / 2;
            return RCK_OK;
        }
    return RCK_E_ARGUMENT;
}
