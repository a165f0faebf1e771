/* SPDX-License-Identifier: MIT
 *
 * The registry of diagnostics, from codes.def, and what a context does with warnings.
 */
#include <config.h>

#include "diag.h"

static const struct rck_code codes[] = {
#define CODE(symbol, id, number, severity, title, cause, example, remedy) { id, number, severity, title, cause, example, remedy },
#include "codes.def"
#undef CODE
};

const struct rck_code *
code_info(enum code code)
{
    return &codes[code];
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
            memset(made, RCK_WARNING_ON, N_CODES);
            settings->warnings.items = made;
            settings->warnings.n = settings->warnings.room = N_CODES;
        }
        settings->warnings.items[i] = (uint8_t)what;
        return RCK_OK;
    }
    return RCK_E_ARGUMENT;
}
