/* SPDX-License-Identifier: MIT
 *
 * rulecheck gen: writes cases for a policy, to be put behind it.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

/* A case, kept until its block is complete: only then the widths of the columns are known. */
struct kept {
    char **cells;
    char *expected;
    char *reason;
};

struct gen {
    struct tool *tool;
    bool json;
    char *label;      /* of the block in progress */
    char **columns;
    uint32_t n_columns;
    struct kept *kept;
    size_t n_kept, room;
    bool written;     /* some block was */
};

static enum ending gen(struct tool *tool, const struct arguments *arguments);
static enum ending gen_file(struct gen *gen, struct rck_context *context, const char *path);
static bool take(void *arg, const struct rck_made_case *made);
static void end_block(struct gen *gen);
static void write_json(struct output *out, const struct rck_made_case *made);
static char *copy(const char *text);

const struct command command_gen = {
    .name = "gen",
    .usage = "[OPTION...] [FILE]",
    .summary = "write cases for a policy",
    .about = "Writes cases for the policy FILE (without one: the shipped policy), to be put behind it: they reach each outcome of\n"
             "each clause, stand on both sides of each bound, and fail where a number, a name or a condition is changed.  None of\n"
             "them can be left out; behind each stands something that only this one shows.\n"
             "They expect what the policy says: read them, for a mistake in the policy is expected as well.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = gen,
};

static enum ending
gen(struct tool *tool, const struct arguments *arguments)
{
    struct gen of = { .tool = tool, .json = wants_json(arguments) };
    struct rck_context *context;
    enum ending ending = END_ERROR;
    char *shipped;

    if (arguments->n_words > 1) {
        message(tool, LEVEL_ERROR, "write 'rulecheck gen POLICY'", "more than one policy is named");
        return END_ERROR;
    }
    context = new_context(tool, arguments);
    if (context == NULL)
        return END_ERROR;
    shipped = arguments->n_words == 0 ? default_policy_path() : NULL;
    ending = gen_file(&of, context, shipped != NULL ? shipped : arguments->words[0]);
    free(shipped);
    rck_context_free(context);
    return ending;
}

static enum ending
gen_file(struct gen *gen, struct rck_context *context, const char *path)
{
    struct output *out = gen->tool->out;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status;
    size_t n_unsettled = 0;

    if (refuse_saved_policy(gen->tool, path, "gen"))
        return END_ERROR;
    if (gen->json) {
        js_open(out, '{');
        js_key(out, "cases");
        js_open(out, '[');
    }
    status = rck_generate_file(context, path, &diagnostics, take, gen, &n_unsettled);
    end_block(gen);
    if (gen->json) {
        js_close(out, ']');
        js_key(out, "unsettled");
        js_number(out, n_unsettled);
        js_close(out, '}');
        js_end(out);
    }
    if (status == RCK_E_ARGUMENT) {
        rck_diagnostics_free(diagnostics);
        message(gen->tool, LEVEL_ERROR, "leave out '--param'", "cases are about the declared parameters only");
        return END_ERROR;
    }
    if (status != RCK_OK || n_unsettled == 0)
        return tell_compile(gen->tool, &diagnostics, status);
    rck_diagnostics_free(diagnostics);
    tell_unsettled(gen->tool, n_unsettled, "of the things that cases can show were");
    return END_FOUND;
}

static char *
copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(must_allocate(size, 1), text, size);
}

static bool
take(void *arg, const struct rck_made_case *made)
{
    struct gen *gen = arg;
    struct kept *kept;

    if (gen->json) {
        write_json(gen->tool->out, made);
        return gen->tool->out->error == 0;
    }
    if (gen->label == NULL || strcmp(gen->label, made->label) != 0) {
        end_block(gen);
        gen->label = copy(made->label);
        gen->n_columns = made->n_columns;
        gen->columns = must_allocate(made->n_columns, sizeof *gen->columns);
        for (uint32_t i = 0; i < made->n_columns; i++)
            gen->columns[i] = copy(made->columns[i]);
    }
    if (gen->n_kept == gen->room) {
        struct kept *grown = must_allocate(gen->room != 0 ? 2 * gen->room : 16, sizeof *grown);

        if (gen->n_kept != 0)
            memcpy(grown, gen->kept, gen->n_kept * sizeof *grown);
        free(gen->kept);
        gen->kept = grown;
        gen->room = gen->room != 0 ? 2 * gen->room : 16;
    }
    kept = &gen->kept[gen->n_kept++];
    kept->cells = must_allocate(made->n_columns, sizeof *kept->cells);
    for (uint32_t i = 0; i < made->n_columns; i++)
        kept->cells[i] = copy(made->cells[i]);
    kept->expected = copy(made->expected);
    kept->reason = copy(made->reason);
    return gen->tool->out->error == 0;
}

/* TEXT is policy text that the library has quoted: nothing in it is a control character. */
static void
write_padded(struct output *out, const char *text, size_t width)
{
    size_t has = text_width(text);

    out_string(out, text);
    out_spaces(out, (width > has ? width - has : 0) + 2);
}

/* Writes the block that is complete, and forgets it. */
static void
end_block(struct gen *gen)
{
    struct output *out = gen->tool->out;
    size_t *widths = must_allocate(gen->n_columns, sizeof *widths), expected = 0;

    for (uint32_t i = 0; i < gen->n_columns; i++) {
        widths[i] = text_width(gen->columns[i]);
        for (size_t k = 0; k < gen->n_kept; k++)
            widths[i] = text_width(gen->kept[k].cells[i]) > widths[i] ? text_width(gen->kept[k].cells[i]) : widths[i];
    }
    for (size_t k = 0; k < gen->n_kept; k++)
        expected = text_width(gen->kept[k].expected) > expected ? text_width(gen->kept[k].expected) : expected;
    if (gen->n_kept != 0) {
        out_string(out, gen->written ? "\ncases \"" : "cases \"");
        for (const char *p = gen->label; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                out_string(out, "\\");
            out_bytes(out, p, 1);
        }
        out_string(out, "\" {\n    ");
        for (uint32_t i = 0; i < gen->n_columns; i++)
            write_padded(out, gen->columns[i], widths[i]);
        out_string(out, "-> result;\n");
    }
    for (size_t k = 0; k < gen->n_kept; k++) {
        struct kept *kept = &gen->kept[k];

        out_string(out, "    ");
        for (uint32_t i = 0; i < gen->n_columns; i++) {
            write_padded(out, kept->cells[i], widths[i]);
            free(kept->cells[i]);
        }
        out_string(out, "-> ");
        out_string(out, kept->expected);
        out_string(out, ";");
        out_spaces(out, expected - text_width(kept->expected) + 2);
        out_string(out, "# ");
        out_safe_string(out, kept->reason);
        out_string(out, "\n");
        free(kept->cells);
        free(kept->expected);
        free(kept->reason);
    }
    if (gen->n_kept != 0)
        out_string(out, "}\n");
    gen->written = gen->written || gen->n_kept != 0;
    for (uint32_t i = 0; i < gen->n_columns; i++)
        free(gen->columns[i]);
    free(gen->columns);
    free(gen->label);
    free(gen->kept);
    free(widths);
    gen->columns = NULL;
    gen->label = NULL;
    gen->kept = NULL;
    gen->n_columns = 0;
    gen->n_kept = gen->room = 0;
}

static void
write_json(struct output *out, const struct rck_made_case *made)
{
    js_line(out);
    js_open(out, '{');
    js_key(out, "clause");
    js_string(out, made->label);
    js_key(out, "cells");
    js_open(out, '{');
    for (uint32_t i = 0; i < made->n_columns; i++) {
        js_string(out, made->columns[i]);
        out->comma = false;
        out_string(out, ": ");
        js_string(out, made->cells[i]);
    }
    js_close(out, '}');
    js_key(out, "expected");
    js_string(out, made->expected);
    js_key(out, "reason");
    js_string(out, made->reason);
    js_close(out, '}');
}
