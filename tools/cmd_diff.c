/* SPDX-License-Identifier: MIT
 *
 * rulecheck diff: every region of requests whose decision differs between two policies, and whether that tightens or loosens it.
 */
#include <config.h>

#include "tool.h"

static enum ending diff(struct tool *tool, const struct arguments *arguments);
static enum ending compare(struct tool *tool, const struct arguments *arguments, struct rck_policy *old, struct rck_policy *new_policy);
static void write_text(struct tool *tool, const struct arguments *arguments, const struct rck_regions *regions);
static void write_json(struct output *out, struct rck_regions *regions);
static const char *direction(const struct rck_region *region);

const struct command command_diff = {
    .name = "diff",
    .usage = "[OPTION...] OLD NEW",
    .summary = "tell where two policies decide differently",
    .about = "Compares two policies, sources or saved ones, over all possible requests, and tells each region in which\n"
             "they decide differently, with a request in it.  A change is tightened if what was allowed is not any more,\n"
             "loosened if what was not allowed is, and else other.  What only one of the vocabularies has is told and\n"
             "not compared.  Ends with 0 if the two decide everything alike, with 1 if they do not, and with 2 if that\n"
             "could not be completed within the limit 'proof-steps'.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = diff,
};

static enum ending
diff(struct tool *tool, const struct arguments *arguments)
{
    struct rck_policy *policies[2] = { NULL, NULL };
    enum ending ending = END_OK;

    if (arguments->n_words != 2) {
        message(tool, LEVEL_ERROR, "give the old policy and the new one", "'diff' needs two policies");
        return END_ERROR;
    }
    for (size_t i = 0; i < 2 && ending == END_OK; i++) {
        struct rck_context *context = new_context(tool, arguments);

        if (context == NULL)
            ending = END_ERROR;
        else
            policies[i] = load_policy_file(tool, context, arguments->words[i], &ending);
        rck_context_free(context);
    }
    if (policies[0] != NULL && policies[1] != NULL)
        ending = compare(tool, arguments, policies[0], policies[1]);
    rck_policy_unref(policies[0]);
    rck_policy_unref(policies[1]);
    return ending;
}

static enum ending
compare(struct tool *tool, const struct arguments *arguments, struct rck_policy *old, struct rck_policy *new_policy)
{
    struct rck_regions *regions = NULL;
    enum rck_status status = rck_policy_diff(old, new_policy, steps_of(arguments), &regions);
    enum ending ending;

    if (status != RCK_OK)
        return message_status(tool, status);
    if (wants_json(arguments))
        write_json(tool->out, regions);
    else
        write_text(tool, arguments, regions);
    ending = rck_regions_count(regions) != 0 ? END_FOUND : END_OK;
    if (!rck_regions_finished(regions)) {
        message_unfinished(tool, regions);
        ending = END_INDETERMINATE;
    }
    rck_regions_free(regions);
    return ending;
}

static const char *
direction(const struct rck_region *region)
{
    return region->from == RCK_ALLOW ? "tightened" : region->to == RCK_ALLOW ? "loosened" : "other";
}

static void
write_text(struct tool *tool, const struct arguments *arguments, const struct rck_regions *regions)
{
    struct output *out = tool->out;
    size_t n = rck_regions_count(regions), n_of[3] = { 0, 0, 0 };
    const char *note;

    for (size_t i = 0; (note = rck_regions_note(regions, i)) != NULL; i++) {
        out_literal(out, "note: ");
        out_safe_string(out, note);
        out_literal(out, "\n");
    }
    for (unsigned complete = 2; complete-- != 0;) {
        bool headed = false;

        for (size_t i = 0; i < n; i++) {
            struct rck_region region;

            (void)rck_regions_get(regions, i, &region);
            if (region.complete != (complete != 0))
                continue;
            if (!headed && complete == 0)
                out_literal(out, "requests that lack facts\n");
            headed = true;
            n_of[region.from == RCK_ALLOW ? 0 : region.to == RCK_ALLOW ? 1 : 2]++;
            out_cell(out, region.from == RCK_ALLOW ? STYLE_BAD : region.to == RCK_ALLOW ? STYLE_GOOD : STYLE_DOUBT, direction(&region), 0);
            out_literal(out, ": ");
            out_string(out, rck_result_name(region.from));
            out_literal(out, " -> ");
            out_string(out, rck_result_name(region.to));
            out_literal(out, "\n    ");
            out_folded(out, region.text, 4, 8);
            out_literal(out, "\n        such as: ");
            out_safe_string(out, region.witness);
            out_literal(out, "\n");
        }
    }
    if (n == 0 && rck_regions_finished(regions)) {
        out_safe_string(out, arguments->words[0]);
        out_literal(out, " and ");
        out_safe_string(out, arguments->words[1]);
        out_literal(out, " decide all requests that both understand alike\n");
    } else {
        out_number(out, n_of[0]);
        out_literal(out, " tightened, ");
        out_number(out, n_of[1]);
        out_literal(out, " loosened, ");
        out_number(out, n_of[2]);
        out_literal(out, " other\n");
    }
}

static void
write_json(struct output *out, struct rck_regions *regions)
{
    js_open(out, '{');
    js_key(out, "completed");
    js_bool(out, rck_regions_finished(regions));
    js_notes(out, regions);
    js_key(out, "regions");
    js_open(out, '[');
    for (size_t i = 0; i < rck_regions_count(regions); i++) {
        struct rck_region region;

        (void)rck_regions_get(regions, i, &region);
        js_line(out);
        js_open(out, '{');
        js_key(out, "change");
        js_string(out, direction(&region));
        js_key(out, "from");
        js_string(out, rck_result_name(region.from));
        js_key(out, "to");
        js_string(out, rck_result_name(region.to));
        js_key(out, "complete");
        js_bool(out, region.complete);
        js_region(out, regions, i);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_close(out, '}');
    js_end(out);
}
