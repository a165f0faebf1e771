/* SPDX-License-Identifier: MIT
 *
 * What the cases of a policy are worth, for `test --coverage` and `test --mutate`: which outcomes of its clauses they reach, and which
 * small mistakes in it they notice.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

/* What the callbacks know. */
struct quality {
    struct output *out;
    const char *path, *list; /* the policy, and the name of the list in JSON */
    bool json, open;         /* the list was begun */
    uint64_t n_reached, n_possible, n_impossible, n_unsettled, n_clauses, last_clause;
    uint64_t n_fates[RCK_FATE_UNSETTLED + 1];
};

static bool take_reach(void *arg, const struct rck_reach *reach);
static void write_reach(struct output *out, const struct rck_reach *reach, bool json);
static bool take_mutant(void *arg, const struct rck_mutant *mutant);
static void write_mutant(struct output *out, const struct rck_mutant *mutant, bool json);
static void write_example(struct output *out, const char *example, const char *gets);
static void open_list(struct quality *quality);
static void write_total(struct output *out, const char *key, uint64_t n);

enum ending
quality_coverage(struct tool *tool, struct rck_context *context, const char *path, bool json, uint64_t at_least)
{
    struct quality quality = { .out = tool->out, .path = path, .list = "outcomes", .json = json, .last_clause = RCK_NONE };
    struct output *out = tool->out;
    enum rck_status status;
    uint64_t percent;

    status = rck_coverage_file(context, path, NULL, take_reach, &quality);
    percent = quality.n_possible != 0 ? 100 * quality.n_reached / quality.n_possible : 100;
    if (json && status == RCK_OK)
        open_list(&quality);
    if (quality.open) {
        js_close(out, ']');
        write_total(out, "reached", quality.n_reached);
        write_total(out, "possible", quality.n_possible);
        write_total(out, "impossible", quality.n_impossible);
        write_total(out, "percent", percent);
        js_close(out, '}');
    }
    if (status != RCK_OK)
        return message_status(tool, status);
    if (!json) {
        out_safe_string(out, path);
        out_string(out, ": ");
        out_style(out, percent < at_least ? STYLE_BAD : STYLE_NONE);
        out_number(out, percent);
        out_string(out, " %");
        out_style(out, STYLE_NONE);
        out_string(out, ", ");
        out_number(out, quality.n_reached);
        out_string(out, " of ");
        out_count(out, quality.n_possible, "outcome");
        out_string(out, " of ");
        out_count(out, quality.n_clauses, "clause");
        if (quality.n_impossible != 0) {
            out_string(out, "; ");
            out_number(out, quality.n_impossible);
            out_string(out, " more cannot be");
        }
        out_string(out, "\n");
    }
    if (quality.n_unsettled != 0)
        tell_unsettled(tool, quality.n_unsettled, quality.n_unsettled == 1 ? "outcome was" : "outcomes were");
    return percent < at_least ? END_FOUND : END_OK;
}

void
tell_unsettled(struct tool *tool, uint64_t n, const char *what)
{
    message(tool, LEVEL_WARNING, "raise it with '--limit proof-steps=N' or '--limit clause-rows=N'",
            "%llu %s not settled: more steps than the limit 'proof-steps' gives one question or, a few times over, all together, or more rows "
            "than 'clause-rows'",
            (unsigned long long)n, what);
}

static bool
take_reach(void *arg, const struct rck_reach *reach)
{
    struct quality *quality = arg;

    quality->n_clauses += reach->clause != quality->last_clause;
    quality->last_clause = reach->clause;
    quality->n_impossible += reach->possible == RCK_IMPOSSIBLE;
    quality->n_unsettled += reach->possible == RCK_UNSETTLED;
    quality->n_possible += reach->possible != RCK_IMPOSSIBLE;
    quality->n_reached += reach->n_cases != 0;
    if (quality->json)
        open_list(quality);
    write_reach(quality->out, reach, quality->json);
    return quality->out->error == 0;
}

static void
write_reach(struct output *out, const struct rck_reach *reach, bool json)
{
    static const char *const possible[] = { "possible", "impossible", "unsettled" };

    if (json) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "clause");
        js_string(out, reach->label);
        js_key(out, "file");
        js_string(out, reach->file);
        js_key(out, "line");
        js_number(out, reach->line);
        js_key(out, "outcome");
        js_string(out, state_name(reach->state));
        js_key(out, "cases");
        js_number(out, reach->n_cases);
        js_key(out, "possible");
        js_string(out, possible[reach->possible]);
        js_key(out, "example");
        js_string(out, reach->example);
        js_key(out, "gets");
        js_string(out, reach->gets);
        js_close(out, '}');
    } else if (reach->n_cases == 0) {
        out_string(out, "  ");
        out_cell(out, reach->possible == RCK_IMPOSSIBLE ? STYLE_DIM : STYLE_DOUBT,
                 reach->possible == RCK_IMPOSSIBLE   ? "cannot be"
                 : reach->possible == RCK_UNSETTLED ? "unsettled"
                                                     : "not reached",
                 11);
        out_string(out, "  ");
        out_safe_string(out, reach->label);
        out_string(out, ": ");
        out_string(out, state_name(reach->state));
        out_string(out, "\n");
        write_example(out, reach->example, reach->gets);
    }
}

enum ending
quality_mutants(struct tool *tool, struct rck_context *context, const char *path, bool json)
{
    struct quality quality = { .out = tool->out, .path = path, .list = "mutants", .json = json };
    struct rck_diagnostics *diagnostics = NULL;
    struct output *out = tool->out;
    const uint64_t *n = quality.n_fates;
    enum rck_status status;

    status = rck_mutate_file(context, path, &diagnostics, take_mutant, &quality);
    if (json && status == RCK_OK)
        open_list(&quality);
    if (quality.open) {
        js_close(out, ']');
        write_total(out, "noticed", n[RCK_FATE_NOTICED]);
        write_total(out, "survived", n[RCK_FATE_SURVIVED]);
        write_total(out, "equivalent", n[RCK_FATE_EQUIVALENT]);
        write_total(out, "unsettled", n[RCK_FATE_UNSETTLED]);
        js_close(out, '}');
    }
    if (status == RCK_E_CASES) {
        rck_diagnostics_free(diagnostics);
        message(tool, LEVEL_NOTE, "correct the policy, or the cases, first", "mutants are tried on cases that pass, and those of '%s' do not", path);
        return END_FOUND;
    }
    if (status != RCK_OK)
        return tell_compile(tool, &diagnostics, status);
    rck_diagnostics_free(diagnostics);
    if (!json) {
        out_safe_string(out, path);
        out_string(out, ": ");
        out_count(out, n[RCK_FATE_NOTICED] + n[RCK_FATE_SURVIVED] + n[RCK_FATE_EQUIVALENT] + n[RCK_FATE_UNSETTLED], "mutant");
        out_string(out, ", ");
        out_number(out, n[RCK_FATE_NOTICED]);
        out_string(out, " noticed, ");
        out_style(out, n[RCK_FATE_SURVIVED] != 0 ? STYLE_BAD : STYLE_NONE);
        out_number(out, n[RCK_FATE_SURVIVED]);
        out_string(out, " survived");
        out_style(out, STYLE_NONE);
        out_string(out, ", ");
        out_number(out, n[RCK_FATE_EQUIVALENT]);
        out_string(out, " equivalent");
        if (n[RCK_FATE_UNSETTLED] != 0) {
            out_string(out, ", ");
            out_number(out, n[RCK_FATE_UNSETTLED]);
            out_string(out, " unsettled");
        }
        out_string(out, "\n");
    }
    if (n[RCK_FATE_UNSETTLED] != 0)
        tell_unsettled(tool, n[RCK_FATE_UNSETTLED], n[RCK_FATE_UNSETTLED] == 1 ? "mutant was" : "mutants were");
    return n[RCK_FATE_SURVIVED] + n[RCK_FATE_UNSETTLED] != 0 ? END_FOUND : END_OK;
}

static bool
take_mutant(void *arg, const struct rck_mutant *mutant)
{
    struct quality *quality = arg;

    quality->n_fates[mutant->fate]++;
    if (quality->json)
        open_list(quality);
    write_mutant(quality->out, mutant, quality->json);
    return quality->out->error == 0;
}

static void
write_mutant(struct output *out, const struct rck_mutant *mutant, bool json)
{
    static const char *const fates[] = { "noticed", "survived", "equivalent", "unsettled" };

    if (json) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "clause");
        js_string(out, mutant->label);
        js_key(out, "file");
        js_string(out, mutant->file);
        js_key(out, "line");
        js_number(out, mutant->line);
        js_key(out, "column");
        js_number(out, mutant->column);
        js_key(out, "before");
        js_string(out, mutant->before);
        js_key(out, "after");
        js_string(out, mutant->after);
        js_key(out, "fate");
        js_string(out, fates[mutant->fate]);
        js_key(out, "same_results");
        js_bool(out, mutant->same_results || mutant->fate == RCK_FATE_EQUIVALENT);
        js_key(out, "example");
        js_string(out, mutant->example);
        js_key(out, "gets");
        js_string(out, mutant->gets);
        js_close(out, '}');
    } else if (mutant->fate != RCK_FATE_NOTICED) {
        out_string(out, "  ");
        out_cell(out, mutant->fate == RCK_FATE_EQUIVALENT ? STYLE_DIM : STYLE_BAD, fates[mutant->fate], 10);
        out_string(out, "  ");
        out_safe_string(out, mutant->file);
        out_string(out, ":");
        out_number(out, mutant->line);
        out_string(out, ":");
        out_number(out, mutant->column);
        out_string(out, ": ");
        out_safe_string(out, mutant->label);
        out_string(out, mutant->after[0] != '\0' ? ": '" : ": without '");
        out_safe_string(out, mutant->before);
        if (mutant->after[0] != '\0') {
            out_string(out, "' as '");
            out_safe_string(out, mutant->after);
        }
        out_string(out, mutant->same_results ? "', which changes reasons only\n" : "'\n");
        write_example(out, mutant->example, mutant->gets);
    }
}

static void
write_example(struct output *out, const char *example, const char *gets)
{
    if (example == NULL)
        return;
    out_spaces(out, 16);
    out_safe_string(out, example);
    out_string(out, " -> ");
    out_safe_string(out, gets);
    out_string(out, "\n");
}

/* Begins the object of one policy and the list in it, unless that was done; the totals follow the list. */
static void
open_list(struct quality *quality)
{
    struct output *out = quality->out;

    if (quality->open)
        return;
    quality->open = true;
    js_line(out);
    js_open(out, '{');
    js_key(out, "policy");
    js_string(out, quality->path);
    js_key(out, quality->list);
    js_open(out, '[');
}

static void
write_total(struct output *out, const char *key, uint64_t n)
{
    js_key(out, key);
    js_number(out, n);
}
