/* SPDX-License-Identifier: MIT
 *
 * rulecheck check: compiles policies and tells what there is to say about them.  In text the diagnostics go to standard error
 * and one line a file to standard output; in the other formats they go to standard output: JSON is one array over all files,
 * SARIF (OASIS, 2.1.0) one run with the registry of diagnostics as its rules, `line` what editors and CI jump by.
 */
#include <config.h>

#include "tool.h"

static enum ending check(struct tool *tool, const struct arguments *arguments);
static enum ending check_file(struct tool *tool, struct rck_context *context, const char *path, const struct arguments *arguments);
static void begin_document(struct output *out, enum format format);
static void end_document(struct output *out, enum format format, enum ending ending);
static void write_line(struct output *out, const struct rck_diagnostic *diagnostic);
static void write_diagnostic(struct output *out, const struct rck_diagnostic *diagnostic);
static void write_diagnostics(struct tool *tool, const struct rck_diagnostics *diagnostics, enum format format);
static void write_summary(struct output *out, const char *path, const struct rck_policy *policy, bool ran_cases,
                          size_t n_errors, size_t n_warnings);

const struct command command_check = {
    .name = "check",
    .usage = "[OPTION...] FILE...",
    .summary = "compile policies and report what is wrong with them",
    .about = "Compiles each policy FILE, proves its asserts and reports errors and warnings.\n"
             "The cases of a policy are run only with '--cases'; 'rulecheck test' reports each of them.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_CASES) | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON | FORMAT(FORMAT_SARIF) | FORMAT(FORMAT_LINE),
    .run = check,
};

static enum ending
check(struct tool *tool, const struct arguments *arguments)
{
    struct rck_context *context;
    enum ending ending = END_OK;
    enum format format = format_of(arguments);

    if (arguments->n_words == 0) {
        message(tool, LEVEL_ERROR, "give one or more policy files", "there is nothing to check");
        return END_ERROR;
    }
    context = new_context(tool, arguments);
    if (context == NULL)
        return END_ERROR;
    begin_document(tool->out, format);
    for (size_t i = 0; i < arguments->n_words; i++)
        ending = worse(ending, check_file(tool, context, arguments->words[i], arguments));
    end_document(tool->out, format, ending);
    rck_context_free(context);
    return ending;
}

static enum ending
check_file(struct tool *tool, struct rck_context *context, const char *path, const struct arguments *arguments)
{
    enum format format = format_of(arguments);
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status;
    size_t n_errors = 0;
    size_t n_warnings = 0;

    if (refuse_saved_policy(tool, path, "check"))
        return END_ERROR;
    status = rck_policy_compile_file(context, path, &diagnostics, &policy);
    if (diagnostics != NULL) {
        n_errors = rck_diagnostics_found(diagnostics, RCK_ERROR);
        n_warnings = rck_diagnostics_found(diagnostics, RCK_WARNING);
        write_diagnostics(tool, diagnostics, format);
        rck_diagnostics_free(diagnostics);
    }
    if (status != RCK_OK && n_errors == 0)
        message(tool, LEVEL_ERROR, NULL, "cannot check '%s': %s", path, rck_status_text(status));
    if (format == FORMAT_TEXT && (status == RCK_OK || status == RCK_E_POLICY))
        write_summary(tool->out, path, status == RCK_OK ? policy : NULL, option_given(arguments, OPT_CASES), n_errors,
                      n_warnings);
    if (status == RCK_OK)
        rck_policy_unref(policy);
    if (status == RCK_OK)
        return n_warnings != 0 ? END_FOUND : END_OK;
    return status == RCK_E_POLICY ? END_POLICY : END_ERROR;
}

static void
write_diagnostics(struct tool *tool, const struct rck_diagnostics *diagnostics, enum format format)
{
    size_t n = rck_diagnostics_count(diagnostics);
    size_t n_found = rck_diagnostics_found(diagnostics, RCK_ERROR) + rck_diagnostics_found(diagnostics, RCK_WARNING);

    if (format == FORMAT_TEXT) {
        (void)out_flush(tool->out);
        (void)rck_diagnostics_write(diagnostics, tool->err->color ? RCK_COLOR : 0, out_piece, tool->err);
        (void)out_flush(tool->err);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct rck_diagnostic *diagnostic = rck_diagnostics_at(diagnostics, i);

        if (format == FORMAT_LINE) {
            write_line(tool->out, diagnostic);
            continue;
        }
        js_line(tool->out);
        if (format == FORMAT_SARIF)
            sarif_result(tool->out, diagnostic);
        else
            write_diagnostic(tool->out, diagnostic);
    }
    if (n_found > n)
        message(tool, LEVEL_WARNING, "raise the limit with '--max-errors N'", "%zu more diagnostics are not reported",
                n_found - n);
}

static void
begin_document(struct output *out, enum format format)
{
    if (format == FORMAT_JSON)
        js_open(out, '[');
    else if (format == FORMAT_SARIF)
        sarif_begin(out);
}

static void
end_document(struct output *out, enum format format, enum ending ending)
{
    if (format == FORMAT_SARIF) {
        sarif_end(out, ending != END_ERROR);
    } else if (format == FORMAT_JSON) {
        js_close(out, ']');
        js_end(out);
    }
}

static void
write_line(struct output *out, const struct rck_diagnostic *diagnostic)
{
    out_safe_string(out, diagnostic->file);
    if (diagnostic->line != 0) {
        out_string(out, ":");
        out_number(out, diagnostic->line);
        out_string(out, ":");
        out_number(out, diagnostic->column);
    }
    out_string(out, ": ");
    out_string(out, severity_name(diagnostic->severity));
    out_string(out, ": ");
    out_safe_string(out, diagnostic->message);
    out_string(out, " [");
    out_string(out, diagnostic->id);
    out_string(out, "]\n");
}

static void
write_diagnostic(struct output *out, const struct rck_diagnostic *diagnostic)
{
    js_open(out, '{');
    js_key(out, "file");
    js_string(out, diagnostic->file);
    js_key(out, "line");
    js_number(out, diagnostic->line);
    js_key(out, "column");
    js_number(out, diagnostic->column);
    js_key(out, "end_line");
    js_number(out, diagnostic->end_line);
    js_key(out, "end_column");
    js_number(out, diagnostic->end_column);
    js_key(out, "begin");
    js_number(out, diagnostic->begin);
    js_key(out, "end");
    js_number(out, diagnostic->end);
    js_key(out, "severity");
    js_string(out, severity_name(diagnostic->severity));
    js_key(out, "id");
    js_string(out, diagnostic->id);
    js_key(out, "number");
    js_number(out, diagnostic->number);
    js_key(out, "message");
    js_string(out, diagnostic->message);
    js_key(out, "help");
    js_string(out, diagnostic->help);
    js_close(out, '}');
}

/* POLICY is NULL if it does not compile. */
static void
write_summary(struct output *out, const char *path, const struct rck_policy *policy, bool ran_cases, size_t n_errors,
              size_t n_warnings)
{
    struct rck_policy_info info;

    out_cell(out, STYLE_BOLD, path, 0);
    out_string(out, ": ");
    if (policy != NULL) {
        rck_policy_describe(policy, &info);
        out_count(out, info.n_clauses, "clause");
        out_string(out, ", ");
        out_count(out, info.n_asserts, "assert");
        out_string(out, " proved, ");
        out_count(out, info.n_cases, "case");
        out_string(out, ran_cases ? " passed; " : " not run; ");
    }
    if (n_errors != 0)
        out_count(out, n_errors, "error");
    if (n_errors != 0 && n_warnings != 0)
        out_string(out, ", ");
    if (n_warnings != 0)
        out_count(out, n_warnings, "warning");
    if (n_errors == 0 && n_warnings == 0)
        out_string(out, policy != NULL ? "no findings" : "does not compile");
    out_string(out, "\n");
}
