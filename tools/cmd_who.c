/* SPDX-License-Identifier: MIT
 *
 * rulecheck who: what a request that says only a part gets, and on what that depends.
 */
#include <config.h>

#include "tool.h"

static enum ending who(struct tool *tool, const struct arguments *arguments);
static enum ending tell(struct tool *tool, const struct arguments *arguments, struct decision *decision);
static void write_text(struct output *out, const struct decision *decision, const struct rck_regions *regions);
static void write_json(struct output *out, const struct decision *decision, struct rck_regions *regions);

static const enum rck_result results[] = { RCK_ALLOW, RCK_DENY, RCK_INDETERMINATE };

const struct command command_who = {
    .name = "who",
    .usage = "[OPTION...] KEY=VALUE...",
    .summary = "tell under which conditions a request is allowed, denied or indeterminate",
    .about = "Takes a request that says only a part, such as action and resource, and tells the complete conditions on the\n"
             "rest under which it is allowed, those under which it is denied and by which clause, and those under which\n"
             "facts are missing, each with a request as an example.  What is not given may be anything, and may be absent.\n"
             "Ends with 2 if that could not be completed within the limit 'proof-steps'.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_FORMAT) | OPTION(OPT_NOW),
    .formats = FORMATS_COMMON,
    .run = who,
};

static enum ending
who(struct tool *tool, const struct arguments *arguments)
{
    struct decision decision;
    struct rck_policy *policy;
    enum ending ending;
    enum rck_status status;

    for (size_t i = 0; i < arguments->n_words; i++)
        if (!is_assignment(arguments->words[i])) {
            message(tool, LEVEL_ERROR, "give what is known as key=value words", "'%.200s' is no key=value word", arguments->words[i]);
            return END_ERROR;
        }
    policy = load_policy(tool, arguments, &ending);
    if (policy == NULL)
        return ending;
    status = decision_init(&decision, policy);
    ending = status == RCK_OK ? tell(tool, arguments, &decision) : message_status(tool, status);
    decision_free(&decision);
    return ending;
}

static enum ending
tell(struct tool *tool, const struct arguments *arguments, struct decision *decision)
{
    struct rck_regions *regions = NULL;
    enum rck_status status = RCK_OK;
    enum ending ending = END_OK;
    int64_t now;

    for (size_t i = 0; status == RCK_OK && i < arguments->n_words; i++) {
        const char *word = arguments->words[i];
        size_t key = strcspn(word, "=");

        status = rck_request_set_text(decision->request, word, key, word + key + 1, strlen(word + key + 1));
    }
    if (status == RCK_E_REQUEST) {
        const struct rck_request_error *error = rck_request_error(decision->request);

        message(tool, LEVEL_ERROR, error->help, "%s", error->message);
        return END_INVALID;
    }
    if (option_given(arguments, OPT_NOW)) {
        if (!read_now(tool, arguments, &now))
            return END_ERROR;
        rck_request_set_now(decision->request, now);
    }
    if (status == RCK_OK)
        status = rck_request_residual(decision->request, steps_of(arguments), &regions);
    if (status == RCK_E_ARGUMENT) {
        message(tool, LEVEL_ERROR, "give declared values, or leave the attribute out", "a value is not of the vocabulary");
        return END_INVALID;
    }
    if (status != RCK_OK)
        return message_status(tool, status);
    if (wants_json(arguments))
        write_json(tool->out, decision, regions);
    else
        write_text(tool->out, decision, regions);
    if (!rck_regions_finished(regions)) {
        message_unfinished(tool, regions);
        ending = END_INDETERMINATE;
    }
    rck_regions_free(regions);
    return ending;
}

static void
write_text(struct output *out, const struct decision *decision, const struct rck_regions *regions)
{
    for (size_t k = 0; k < N_ELEMENTS(results); k++) {
        bool headed = false;

        for (size_t i = 0; i < rck_regions_count(regions); i++) {
            struct rck_region region;

            (void)rck_regions_get(regions, i, &region);
            if (region.to != results[k])
                continue;
            if (!headed) {
                out_style(out, decision_style(results[k]));
                out_string(out, rck_result_name(results[k]));
                out_style(out, STYLE_NONE);
                out_literal(out, "\n");
            }
            headed = true;
            out_literal(out, "    ");
            out_folded(out, region.text[0] != '\0' ? region.text : "always", 4, 8);
            out_literal(out, "\n");
            if (region.clause != RCK_NONE) {
                out_literal(out, "        by ");
                out_safe_string(out, decision->clauses[region.clause].label);
                out_literal(out, "\n");
            } else if (region.to == RCK_DENY) {
                out_literal(out, "        by default: no clause grants it\n");
            }
            out_literal(out, "        such as: ");
            out_safe_string(out, region.witness);
            out_literal(out, "\n");
        }
        if (!headed && rck_regions_finished(regions)) {
            out_literal(out, "never ");
            out_string(out, rck_result_name(results[k]));
            out_literal(out, "\n");
        }
    }
}

static void
write_json(struct output *out, const struct decision *decision, struct rck_regions *regions)
{
    js_open(out, '{');
    js_key(out, "completed");
    js_bool(out, rck_regions_finished(regions));
    js_key(out, "depends_on");
    js_open(out, '[');
    for (uint32_t i = 0; i < decision->info.n_attributes; i++)
        if (rck_regions_depend(regions, decision->attributes[i].name))
            js_string(out, decision->attributes[i].name);
    js_close(out, ']');
    js_key(out, "regions");
    js_open(out, '[');
    for (size_t i = 0; i < rck_regions_count(regions); i++) {
        struct rck_region region;

        (void)rck_regions_get(regions, i, &region);
        js_line(out);
        js_open(out, '{');
        js_key(out, "decision");
        js_string(out, rck_result_name(region.to));
        js_key(out, "clause");
        js_string(out, region.clause != RCK_NONE ? decision->clauses[region.clause].label : NULL);
        js_region(out, regions, i);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_close(out, '}');
    js_end(out);
}
