/* SPDX-License-Identifier: MIT
 *
 * rulecheck check: compiles policies and tells what there is to say about them.  In text the diagnostics go to standard error
 * and one line a file to standard output; in the other formats they go to standard output: JSON is one array over all files,
 * SARIF (OASIS, 2.1.0) one run with the registry of diagnostics as its rules, `line` what editors and CI jump by.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "sentences.h"

/* What is found of one policy, and of the page that it is compared with. */
struct findings {
    size_t n_errors, n_warnings;
};

static enum ending check(struct tool *tool, const struct arguments *arguments);
static enum ending check_file(struct tool *tool, struct rck_context *context, const char *path, const struct sentences *page,
                              const struct arguments *arguments);
static void check_page(struct tool *tool, const struct rck_policy *policy, const struct sentences *page,
                       const struct arguments *arguments, struct findings *findings);
static void check_routes(struct tool *tool, struct rck_policy *policy, const struct arguments *arguments, struct findings *findings);
static void begin_document(struct output *out, enum format format);
static void end_document(struct output *out, enum format format, enum ending ending);
static void write_line(struct output *out, const struct rck_diagnostic *diagnostic);
static void write_diagnostic(struct output *out, const struct rck_diagnostic *diagnostic);
static void write_diagnostics(struct tool *tool, const struct rck_diagnostics *diagnostics, enum format format);
static void write_found(struct tool *tool, const struct rck_diagnostic *diagnostic, enum format format);
static void write_summary(struct output *out, const char *path, const struct rck_policy *policy, bool ran_cases,
                          const struct findings *findings);

const struct command command_check = {
    .name = "check",
    .usage = "[OPTION...] FILE...",
    .summary = "compile policies and report what is wrong with them",
    .about = "Compiles each policy FILE, proves its asserts and reports errors and warnings.\n"
             "The cases of a policy are run only with '--cases'; 'rulecheck test' reports each of them.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_CASES) | OPTION(OPT_PAGE) | OPTION(OPT_ROUTES) | OPTION(OPT_GAPS)
               | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON | FORMAT(FORMAT_SARIF) | FORMAT(FORMAT_LINE),
    .run = check,
};

static enum ending
check(struct tool *tool, const struct arguments *arguments)
{
    struct rck_context *context;
    struct sentences page = { 0 };
    enum ending ending = END_OK;
    enum format format = format_of(arguments);

    if (arguments->n_words == 0) {
        message(tool, LEVEL_ERROR, "give one or more policy files", "there is nothing to check");
        return END_ERROR;
    }
    context = new_context(tool, arguments);
    if (context == NULL)
        return END_ERROR;
    rck_context_set_lint(context, true);
    if (option_given(arguments, OPT_GAPS))
        (void)rck_context_set_warning(context, "gap", RCK_WARNING_ON);
    if (option_given(arguments, OPT_PAGE) && !sentences_read_page(tool, option_value(arguments, OPT_PAGE, NULL), &page)) {
        sentences_free(&page);
        rck_context_free(context);
        return END_ERROR;
    }
    begin_document(tool->out, format);
    for (size_t i = 0; i < arguments->n_words; i++)
        ending = worse(ending, check_file(tool, context, arguments->words[i], &page, arguments));
    end_document(tool->out, format, ending);
    sentences_free(&page);
    rck_context_free(context);
    return ending;
}

static enum ending
check_file(struct tool *tool, struct rck_context *context, const char *path, const struct sentences *page,
           const struct arguments *arguments)
{
    enum format format = format_of(arguments);
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status;
    struct findings findings = { 0 };
    bool compiled;

    if (refuse_saved_policy(tool, path, "check"))
        return END_ERROR;
    status = rck_policy_compile_file(context, path, &diagnostics, &policy);
    compiled = status == RCK_OK;
    if (diagnostics != NULL) {
        findings.n_errors = rck_diagnostics_found(diagnostics, RCK_ERROR);
        findings.n_warnings = rck_diagnostics_found(diagnostics, RCK_WARNING);
        write_diagnostics(tool, diagnostics, format);
        rck_diagnostics_free(diagnostics);
    }
    if (!compiled && findings.n_errors == 0)
        message(tool, LEVEL_ERROR, NULL, "cannot check '%s': %s", path, rck_status_text(status));
    if (compiled && page->n != 0)
        check_page(tool, policy, page, arguments, &findings);
    if (compiled && option_given(arguments, OPT_ROUTES))
        check_routes(tool, policy, arguments, &findings);
    if (format == FORMAT_TEXT && (compiled || status == RCK_E_POLICY))
        write_summary(tool->out, path, compiled ? policy : NULL, option_given(arguments, OPT_CASES), &findings);
    if (compiled)
        rck_policy_unref(policy);
    if (compiled && findings.n_errors == 0)
        return findings.n_warnings != 0 ? END_FOUND : END_OK;
    return compiled || status == RCK_E_POLICY ? END_POLICY : END_ERROR;
}

/* Puts the place of CLAUSE's label into *FOUND: the compiler tells only line and column. */
static void
find_place(const struct rck_clause *clause, struct rck_diagnostic *found)
{
    FILE *file = fopen(clause->file, "rb");
    size_t offset = 0, length = 0;
    unsigned line = 1;
    int c = 0;

    found->file = clause->file;
    found->line = found->end_line = clause->line;
    found->column = found->end_column = clause->column;
    while (file != NULL && line < clause->line && (c = getc(file)) != EOF) {
        line += c == '\n';
        offset++;
    }
    offset += clause->column - 1;
    if (file != NULL && line == clause->line && fseek(file, (long)offset, SEEK_SET) == 0) {
        while ((c = getc(file)) != EOF && c != ':' && c != '\n')
            length++;
        found->begin = offset;
        found->end = offset + length;
        found->end_column += (unsigned)length;
    }
    if (file != NULL)
        (void)fclose(file);
}

/* Reports the clauses of POLICY that cite what PAGE does not say. */
static void
check_page(struct tool *tool, const struct rck_policy *policy, const struct sentences *page, const struct arguments *arguments,
           struct findings *findings)
{
    enum rck_warning what = warning_of(arguments, "not-on-page");
    struct rck_clause clause;
    uint64_t most = 20, n = 0;

    (void)parse_number(option_value(arguments, OPT_MAX_ERRORS, "20"), &most);
    if (what == RCK_WARNING_OFF)
        return;
    for (uint32_t c = 0; rck_policy_clause(policy, c, &clause) == RCK_OK; c++) {
        struct rck_diagnostic found = { .severity = what == RCK_WARNING_ERROR ? RCK_ERROR : RCK_WARNING, .id = "not-on-page" };
        struct sentences cited = { 0 };
        char *text, *help;
        size_t i, size, nearest;

        if (clause.cites != NULL)
            sentences_add_cited(&cited, &clause);
        for (i = 0; i < cited.n; i++) {
            size_t j = 0;

            while (j < page->n && !sentence_equal(&cited, i, page, j))
                j++;
            if (j == page->n)
                break;
        }
        if (i == cited.n) {
            sentences_free(&cited);
            continue;
        }
        *(found.severity == RCK_ERROR ? &findings->n_errors : &findings->n_warnings) += 1;
        if (++n > most) {
            sentences_free(&cited);
            continue;
        }
        for (size_t k = 0; rck_code_at(k) != NULL; k++)
            if (strcmp(rck_code_at(k)->id, found.id) == 0)
                found.number = rck_code_at(k)->number;
        find_place(&clause, &found);
        nearest = sentence_nearest(&cited, i, page);
        size = strlen(clause.label) + strlen(sentence_text(&cited, i)) + 64;
        text = must_allocate(size, 1);
        (void)snprintf(text, size, "clause '%s' cites what the page does not say: %s", clause.label, sentence_text(&cited, i));
        size = 128 + (nearest != SIZE_MAX ? strlen(sentence_text(page, nearest)) : 0);
        help = must_allocate(size, 1);
        if (nearest != SIZE_MAX)
            (void)snprintf(help, size, "line %u of the page says: %s", page->at[nearest].line, sentence_text(page, nearest));
        else
            (void)snprintf(help, size, "cite a sentence of the page word for word, or correct the clause if the page has changed");
        found.message = text;
        found.help = help;
        write_found(tool, &found, format_of(arguments));
        free(text);
        free(help);
        sentences_free(&cited);
    }
    if (n > most)
        message(tool, LEVEL_WARNING, "raise the limit with '--max-errors N'", "%llu more clauses cite what the page does not say",
                (unsigned long long)(n - most));
}

/* ---- routes -------------------------------------------------------------------------------------------------------------- */

/* The rows of all cases, one a line, with a blank on either side of each. */
struct rows {
    char *p;
    size_t n, room;
};

static bool
keep_row(void *arg, const struct rck_case *outcome)
{
    struct rows *rows = arg;
    size_t size = strlen(outcome->row) + 3;

    if (rows->room - rows->n <= size) {
        char *grown = must_allocate(2 * (rows->n + size) + 1, 1);

        if (rows->n != 0)
            memcpy(grown, rows->p, rows->n);
        free(rows->p);
        rows->p = grown;
        rows->room = 2 * (rows->n + size);
    }
    (void)snprintf(rows->p + rows->n, size + 1, " %s \n", outcome->row);
    rows->n += size;
    return true;
}

/* True if the row of SIZE bytes at ROW has WORD as a cell. */
static bool
has_cell(const char *row, size_t size, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 1; i + n < size; i++)
        if (row[i - 1] == ' ' && row[i + n] == ' ' && memcmp(row + i, word, n) == 0)
            return true;
    return false;
}

static bool
is_in_cases(const struct rows *rows, const struct rck_route *route)
{
    for (size_t at = 0; at < rows->n;) {
        const char *row = rows->p + at, *end = memchr(row, '\n', rows->n - at);
        size_t size = (size_t)(end - row);

        if (has_cell(row, size, route->action) && has_cell(row, size, route->resource))
            return true;
        at += size + 1;
    }
    return false;
}

/* True if what ROUTE asks for is a DO of some clause. */
static bool
is_in_clauses(const struct rck_policy *policy, struct rck_request *request, struct rck_explanation *explanation, const struct rck_route *route)
{
    const char *subject = rck_policy_attribute_name(policy, 0, 0);
    struct rck_clause clause;

    rck_request_reset(request);
    if (subject == NULL || rck_request_set_name(request, 0, subject, strlen(subject)) != RCK_OK
        || rck_request_set_name(request, 2, route->action, strlen(route->action)) != RCK_OK
        || rck_request_set_name(request, 3, route->resource, strlen(route->resource)) != RCK_OK)
        return true;
    (void)rck_explain(explanation, request);
    for (uint32_t c = 0; rck_policy_clause(policy, c, &clause) == RCK_OK; c++)
        if (clause.kind != RCK_CLAUSE_NOTE && clause.kind != RCK_CLAUSE_DENY && rck_explanation_state(explanation, c) != RCK_STATE_IRRELEVANT)
            return true;
    return false;
}

static void
report_route(struct tool *tool, const struct rck_route *route, const char *id, const char *message_text, const char *help,
             const struct arguments *arguments, struct findings *findings, uint64_t *n)
{
    enum rck_warning what = warning_of(arguments, id);
    struct rck_diagnostic found = { .severity = what == RCK_WARNING_ERROR ? RCK_ERROR : RCK_WARNING, .id = id, .message = message_text, .help = help };
    const struct rck_clause place = { .file = route->file, .line = route->line, .column = route->column };
    uint64_t most = 20;

    if (what == RCK_WARNING_OFF)
        return;
    (void)parse_number(option_value(arguments, OPT_MAX_ERRORS, "20"), &most);
    *(found.severity == RCK_ERROR ? &findings->n_errors : &findings->n_warnings) += 1;
    if (++*n > most)
        return;
    for (size_t k = 0; rck_code_at(k) != NULL; k++)
        if (strcmp(rck_code_at(k)->id, id) == 0)
            found.number = rck_code_at(k)->number;
    find_place(&place, &found);
    found.end = found.begin + strlen(route->method);
    found.end_column = route->column + (unsigned)strlen(route->method);
    write_found(tool, &found, format_of(arguments));
}

/* True if a route before IDX asks for what ROUTE does. */
static bool
was_told(const struct rck_policy *policy, uint32_t idx, const struct rck_route *route)
{
    struct rck_route other;

    for (uint32_t i = 0; i < idx && rck_policy_route(policy, i, &other) == RCK_OK; i++)
        if (strcmp(other.action, route->action) == 0 && strcmp(other.resource, route->resource) == 0)
            return true;
    return false;
}

/* Reports routes of POLICY that no path leads to, and what no clause and no case speaks of. */
static void
check_routes(struct tool *tool, struct rck_policy *policy, const struct arguments *arguments, struct findings *findings)
{
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    struct rows rows = { 0 };
    struct rck_route route;
    enum rck_status status = rck_request_new(policy, &request);
    uint64_t n = 0, most = 20;
    char text[800];
    size_t n_run, n_failed;

    if (status == RCK_OK)
        status = rck_explanation_new(policy, &explanation);
    if (status == RCK_OK)
        (void)rck_policy_run_cases(policy, keep_row, &rows, &n_run, &n_failed);
    else
        (void)message_status(tool, status);
    for (uint32_t i = 0; status == RCK_OK && rck_policy_route(policy, i, &route) == RCK_OK; i++) {
        if (!route.matches) {
            (void)snprintf(text, sizeof text, "no path leads to %s '%.200s'", route.method, route.path);
            report_route(tool, &route, "dead-route", text, "remove it, or the more specific ones", arguments, findings, &n);
        }
        if (is_in_clauses(policy, request, explanation, &route) || is_in_cases(&rows, &route) || was_told(policy, i, &route))
            continue;
        (void)snprintf(text, sizeof text, "no clause and no case speaks of '%.260s %.260s'", route.action, route.resource);
        report_route(tool, &route, "unspoken-route", text, "write a case that says what is expected, or the clause", arguments, findings, &n);
    }
    (void)parse_number(option_value(arguments, OPT_MAX_ERRORS, "20"), &most);
    if (n > most)
        message(tool, LEVEL_WARNING, "raise the limit with '--max-errors N'", "%llu more findings about routes", (unsigned long long)(n - most));
    free(rows.p);
    rck_explanation_free(explanation);
    rck_request_free(request);
}

/* Writes a finding that is not the library's as one of the library's is written. */
static void
write_found(struct tool *tool, const struct rck_diagnostic *diagnostic, enum format format)
{
    bool is_error = diagnostic->severity == RCK_ERROR;

    if (format == FORMAT_LINE) {
        write_line(tool->out, diagnostic);
        return;
    }
    if (format != FORMAT_TEXT) {
        js_line(tool->out);
        if (format == FORMAT_SARIF)
            sarif_result(tool->out, diagnostic);
        else
            write_diagnostic(tool->out, diagnostic);
        return;
    }
    (void)out_flush(tool->out);
    out_style(tool->err, STYLE_BOLD);
    out_safe_string(tool->err, diagnostic->file);
    out_string(tool->err, ":");
    out_number(tool->err, diagnostic->line);
    out_string(tool->err, ":");
    out_number(tool->err, diagnostic->column);
    out_string(tool->err, ":");
    out_style(tool->err, STYLE_NONE);
    out_string(tool->err, " ");
    out_cell(tool->err, is_error ? STYLE_BAD : STYLE_DOUBT, is_error ? "error:" : "warning:", 0);
    out_string(tool->err, " ");
    out_safe_string(tool->err, diagnostic->message);
    out_string(tool->err, " [");
    out_string(tool->err, diagnostic->id);
    out_string(tool->err, "]\n      = help: ");
    out_safe_string(tool->err, diagnostic->help);
    out_string(tool->err, "\n");
    (void)out_flush(tool->err);
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
write_summary(struct output *out, const char *path, const struct rck_policy *policy, bool ran_cases,
              const struct findings *findings)
{
    size_t n_errors = findings->n_errors, n_warnings = findings->n_warnings;
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
