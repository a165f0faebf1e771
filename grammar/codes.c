/* SPDX-License-Identifier: MIT
 *
 * The registry of diagnostics, from codes.def, and what a context does with warnings.
 */
#include <config.h>

#include "diag.h"

/* Warnings that are no mistakes by themselves: they are looked for where somebody asks. */
#define IS_OPTIONAL(code) ((code) == CODE_GAP || (code) == CODE_UNUSED_NAME || (code) == CODE_SAME_NAMES)

static const struct rck_code codes[] = {
#define CODE(symbol, id, number, severity, title, cause, example, remedy)                                                      \
    { id, number, severity, title, cause, example, remedy, IS_OPTIONAL(CODE_##symbol) },
#include "codes.def"
#undef CODE
};

const struct rck_code *
code_info(enum code code)
{
    return &codes[code];
}

bool
code_wanted(const struct settings *settings, enum code code)
{
    uint8_t what = (uint32_t)code < settings->warnings.n ? settings->warnings.items[code] : WARNING_UNSET;

    return what != WARNING_UNSET ? what != RCK_WARNING_OFF : settings->lint && !codes[code].optional;
}

bool
codes_wanted(const struct settings *settings)
{
    for (uint32_t i = 0; i < N_CODES; i++)
        if (codes[i].severity == RCK_WARNING && code_wanted(settings, (enum code)i))
            return true;
    return false;
}

const struct rck_code *
rck_code_at(size_t idx)
{
    return idx < N_CODES ? &codes[idx] : NULL;
}

enum rck_status
rck_context_set_warning(struct rck_context *context, const char *id, enum rck_warning what)
{
    struct settings *settings = &context->settings;

    for (uint32_t i = 0; i < N_CODES; i++) {
        if (codes[i].severity != RCK_WARNING || strcmp(codes[i].id, id) != 0)
            continue;
        if (settings->warnings.items == NULL) {
            uint8_t *made = arena_alloc(&context->arena, N_CODES);

            if (made == NULL)
                return RCK_E_NOMEM;
            memset(made, WARNING_UNSET, N_CODES);
            settings->warnings.items = made;
            settings->warnings.n = settings->warnings.room = N_CODES;
        }
        settings->warnings.items[i] = (uint8_t)what;
        return RCK_OK;
    }
    return RCK_E_ARGUMENT;
}
