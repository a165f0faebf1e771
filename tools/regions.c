/* SPDX-License-Identifier: MIT
 *
 * What the questions about all requests share: their limit, and how their regions are written.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

uint64_t
steps_of(const struct arguments *arguments)
{
    static const char name[] = "proof-steps=";
    uint64_t steps = 0;

    /* That it is a number, the context has checked. */
    for (size_t i = 0; i < arguments->n_settings; i++)
        if (arguments->settings[i].id == OPT_LIMIT && strncmp(arguments->settings[i].value, name, sizeof name - 1) == 0)
            steps = strtoull(arguments->settings[i].value + sizeof name - 1, NULL, 10);
    return steps;
}

void
message_unfinished(struct tool *tool, const struct rck_regions *regions)
{
    if (!rck_regions_comparable(regions)) {
        message(tool, LEVEL_WARNING, "give what is compared the same values in both",
                "not compared: what a clause compares with each other has other values in one policy than in the other; see the notes");
        return;
    }
    message(tool, LEVEL_WARNING, "raise it with '--limit proof-steps=N'",
            "not completed: it takes more steps than the limit 'proof-steps' allows; what is told is right, and more may be missing");
}

void
js_notes(struct output *out, const struct rck_regions *regions)
{
    const char *note;

    js_key(out, "notes");
    js_open(out, '[');
    for (size_t i = 0; (note = rck_regions_note(regions, i)) != NULL; i++)
        js_string(out, note);
    js_close(out, ']');
}

void
js_region(struct output *out, struct rck_regions *regions, size_t idx)
{
    struct rck_region region;

    (void)rck_regions_get(regions, idx, &region);
    js_key(out, "text");
    js_string(out, region.text);
    js_key(out, "conditions");
    js_open(out, '[');
    for (size_t i = 0; i < region.n_conditions; i++) {
        struct rck_condition condition;

        if (rck_regions_condition(regions, idx, i, &condition) != RCK_OK)
            continue;
        js_open(out, '{');
        js_key(out, "attribute");
        js_string(out, condition.attribute);
        js_key(out, "text");
        js_string(out, condition.text);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_key(out, "witness");
    js_string(out, region.witness);
    js_key(out, "request");
    js_raw(out, region.witness_json, strlen(region.witness_json));
}
