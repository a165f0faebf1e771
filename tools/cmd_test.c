/* SPDX-License-Identifier: MIT
 *
 * rulecheck test: runs the cases that policies carry and reports row by row, in text grouped under their titles.  For other
 * programs there are TAP 13 (Test Anything Protocol) and the XML of JUnit; there a policy that does not compile is a test, too.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

/* What the callback of a run knows. */
struct run {
    struct tool *tool;
    enum format format;
    bool many;        /* several policies */
    bool quiet;       /* text: only rows that fail are written */
    const char *path; /* of the policy */
    char *group;      /* file and title of the block that the last row stood in */
    uint32_t n_rows;
    size_t n_points;  /* of TAP */
};

static enum ending test(struct tool *tool, const struct arguments *arguments);
static bool modes_agree(struct tool *tool, const struct arguments *arguments, uint64_t *at_least);
static enum ending test_quality(struct tool *tool, struct rck_context *context, const struct arguments *arguments, const char *shipped,
                                uint64_t at_least);
static enum ending test_file(struct run *run, struct rck_context *context, size_t *n_run, size_t *n_failed);
static void begin_document(struct output *out, enum format format);
static void end_cases(struct run *run, size_t n_run, size_t n_failed, bool complete);
static void end_document(struct run *run);
static void report_broken(struct run *run, const char *what);
static bool begin_suite(struct run *run, struct rck_policy *policy);
static bool report(void *arg, const struct rck_case *outcome);
static void report_text(struct run *run, const struct rck_case *outcome);
static void report_tap(struct run *run, const struct rck_case *outcome);
static void report_junit(struct run *run, const struct rck_case *outcome);
static void write_yaml(struct output *out, const char *name, const char *text);
static void write_attribute(struct output *out, const char *name, const char *text);
static void report_json(struct output *out, const char *path, const struct rck_case *outcome);
static bool same_group(const struct run *run, const struct rck_case *outcome);
static void begin_group(struct run *run, const struct rck_case *outcome);
static void write_detail(struct output *out, const char *name, const char *text);

const struct command command_test = {
    .name = "test",
    .usage = "[OPTION...] [FILE...]",
    .summary = "run the cases of policies",
    .about = "Runs the cases that each policy FILE (without one: the shipped policy) carries, and reports each row.\n"
             "Cases run with the declared parameters; '--param' is refused where it changes one.\n"
             "'--coverage' counts the outcomes of each clause (violated or granted, satisfied, irrelevant, unknown) that some case\n"
             "reaches, those left out that no request can reach.  '--mutate' changes a number, a name, an operator or a condition,\n"
             "and lists the changes with which all cases pass, but for those that are proved to change nothing.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_FORMAT) | OPTION(OPT_COVERAGE) | OPTION(OPT_AT_LEAST)
               | OPTION(OPT_MUTATE),
    .formats = FORMATS_COMMON | FORMAT(FORMAT_TAP) | FORMAT(FORMAT_JUNIT),
    .run = test,
};

static enum ending
test(struct tool *tool, const struct arguments *arguments)
{
    struct rck_context *context = new_context(tool, arguments);
    struct run run = { .tool = tool, .format = format_of(arguments) };
    enum ending ending = END_OK;
    size_t n_words = arguments->n_words;
    size_t n_run = 0;
    size_t n_failed = 0;
    bool complete = false;
    uint64_t at_least = 0;
    char *shipped = n_words == 0 ? default_policy_path() : NULL;

    if (context == NULL || !modes_agree(tool, arguments, &at_least)) {
        free(shipped);
        rck_context_free(context);
        return END_ERROR;
    }
    run.many = n_words > 1;
    run.quiet = option_given(arguments, OPT_COVERAGE) || option_given(arguments, OPT_MUTATE);
    begin_document(tool->out, run.format);
    for (size_t i = 0; i < (n_words != 0 ? n_words : 1); i++) {
        enum ending one;

        run.path = n_words != 0 ? arguments->words[i] : shipped;
        one = test_file(&run, context, &n_run, &n_failed);
        complete = complete || one <= END_FOUND;
        ending = worse(ending, one);
    }
    end_cases(&run, n_run, n_failed, complete);
    if (run.quiet && ending <= END_FOUND)
        ending = worse(ending, test_quality(tool, context, arguments, shipped, at_least));
    end_document(&run);
    free(run.group);
    free(shipped);
    rck_context_free(context);
    return ending;
}

static void
begin_document(struct output *out, enum format format)
{
    if (format == FORMAT_JSON) {
        js_open(out, '{');
        js_key(out, "cases");
        js_open(out, '[');
    } else if (format == FORMAT_TAP) {
        out_string(out, "TAP version 13\n");
    } else if (format == FORMAT_JUNIT) {
        out_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rulecheck\">\n");
    }
}

/* COMPLETE is true if the cases of some policy could be run. */
static void
end_cases(struct run *run, size_t n_run, size_t n_failed, bool complete)
{
    struct output *out = run->tool->out;

    if (run->format == FORMAT_JSON) {
        js_close(out, ']');
        js_key(out, "run");
        js_number(out, n_run);
        js_key(out, "failed");
        js_number(out, n_failed);
    } else if (run->format == FORMAT_TAP) {
        out_string(out, "1..");
        out_number(out, run->n_points);
        out_string(out, run->n_points == 0 ? " # SKIP no cases\n" : "\n");
    } else if (run->format == FORMAT_JUNIT) {
        out_string(out, "</testsuites>\n");
    } else if (n_run != 0) {
        out_count(out, n_run, "case");
        out_string(out, ", ");
        out_style(out, n_failed != 0 ? STYLE_BAD : STYLE_NONE);
        out_number(out, n_failed);
        out_string(out, " failed");
        out_style(out, STYLE_NONE);
        out_string(out, "\n");
    } else if (complete) {
        out_string(out, "no cases\n");
    }
}

static void
end_document(struct run *run)
{
    if (run->format == FORMAT_JSON) {
        js_close(run->tool->out, '}');
        js_end(run->tool->out);
    }
}

/* Checks the options that ask what the cases are worth, which have two formats. */
static bool
modes_agree(struct tool *tool, const struct arguments *arguments, uint64_t *at_least)
{
    const char *value = option_value(arguments, OPT_AT_LEAST, "0");
    enum format format = format_of(arguments);
    bool coverage = option_given(arguments, OPT_COVERAGE);

    if (!parse_number(value, at_least) || *at_least > 100) {
        message(tool, LEVEL_ERROR, "write a whole number from 0 to 100", "'%.40s' is no percentage", value);
        return false;
    }
    if (option_given(arguments, OPT_AT_LEAST) && !coverage) {
        message(tool, LEVEL_ERROR, "add '--coverage'", "'--at-least' is about '--coverage'");
        return false;
    }
    if ((coverage || option_given(arguments, OPT_MUTATE)) && format != FORMAT_TEXT && format != FORMAT_JSON) {
        message(tool, LEVEL_ERROR, "use the format text or json", "this format has no place for '--%s'",
                coverage ? "coverage" : "mutate");
        return false;
    }
    return true;
}

/* Tells what the cases are worth, which have run. */
static enum ending
test_quality(struct tool *tool, struct rck_context *context, const struct arguments *arguments, const char *shipped, uint64_t at_least)
{
    static const enum option_id modes[] = { OPT_COVERAGE, OPT_MUTATE };
    bool json = wants_json(arguments);
    enum ending ending = END_OK;

    for (size_t m = 0; m < N_ELEMENTS(modes); m++) {
        if (!option_given(arguments, modes[m]))
            continue;
        if (json) {
            js_key(tool->out, modes[m] == OPT_COVERAGE ? "coverage" : "mutation");
            js_open(tool->out, '[');
        }
        for (size_t i = 0; i < (shipped != NULL ? 1 : arguments->n_words); i++) {
            const char *path = shipped != NULL ? shipped : arguments->words[i];

            ending = worse(ending, modes[m] == OPT_COVERAGE ? quality_coverage(tool, context, path, json, at_least)
                                                            : quality_mutants(tool, context, path, json));
        }
        if (json)
            js_close(tool->out, ']');
    }
    return ending;
}

static enum ending
test_file(struct run *run, struct rck_context *context, size_t *n_run, size_t *n_failed)
{
    enum ending ending;
    struct rck_policy *policy;
    enum rck_status status;
    size_t n_run_here = 0;
    size_t n_failed_here = 0;

    if (refuse_saved_policy(run->tool, run->path, "test")) {
        report_broken(run, "is a saved policy");
        return END_ERROR;
    }
    policy = load_policy_file(run->tool, context, run->path, &ending);
    if (policy == NULL) {
        report_broken(run, ending == END_POLICY ? "does not compile" : "cannot be read");
        return ending;
    }
    run->n_rows = 0;
    free(run->group);
    run->group = NULL;
    if (run->format == FORMAT_JUNIT && !begin_suite(run, policy))
        status = RCK_E_ARGUMENT;
    else
        status = rck_policy_run_cases(policy, report, run, &n_run_here, &n_failed_here);
    rck_policy_unref(policy);
    if (status != RCK_OK)
        report_broken(run, "cannot be run");
    else if (run->format == FORMAT_JUNIT)
        out_string(run->tool->out, "  </testsuite>\n");
    if (status == RCK_E_ARGUMENT) {
        message(run->tool, LEVEL_ERROR, "leave out '--param'", "the cases of '%s' run with the declared parameters only",
                run->path);
        return END_ERROR;
    }
    if (status != RCK_OK)
        return message_status(run->tool, status);
    if (n_run_here == 0 && run->many)
        message(run->tool, LEVEL_NOTE, NULL, "'%s' has no cases", run->path);
    *n_run += n_run_here;
    *n_failed += n_failed_here;
    return n_failed_here != 0 ? END_FOUND : END_OK;
}

/* Tells of a policy whose cases were not run, in the formats that have only tests to tell by. */
static void
report_broken(struct run *run, const char *what)
{
    struct output *out = run->tool->out;

    if (run->format == FORMAT_TAP) {
        out_string(out, "not ok ");
        out_number(out, ++run->n_points);
        out_string(out, " - ");
        out_safe_string(out, run->path);
        out_string(out, " ");
        out_string(out, what);
        out_string(out, "\n");
    } else if (run->format == FORMAT_JUNIT) {
        out_string(out, "  <testsuite");
        write_attribute(out, "name", run->path);
        out_string(out, " tests=\"1\" failures=\"0\" errors=\"1\" time=\"0\">\n    <testcase");
        write_attribute(out, "classname", run->path);
        out_string(out, " name=\"load\" time=\"0\"><error");
        write_attribute(out, "message", what);
        out_string(out, "/></testcase>\n  </testsuite>\n");
    }
}

/* Writes the head of a suite, which tells how many of its cases fail: they are run for that alone first. */
static bool
begin_suite(struct run *run, struct rck_policy *policy)
{
    struct output *out = run->tool->out;
    size_t n_run = 0;
    size_t n_failed = 0;

    if (rck_policy_run_cases(policy, NULL, NULL, &n_run, &n_failed) != RCK_OK)
        return false;
    out_string(out, "  <testsuite");
    write_attribute(out, "name", run->path);
    out_string(out, " tests=\"");
    out_number(out, n_run);
    out_string(out, "\" failures=\"");
    out_number(out, n_failed);
    out_string(out, "\" errors=\"0\" time=\"0\">\n");
    return true;
}

static bool
report(void *arg, const struct rck_case *outcome)
{
    struct run *run = arg;

    if (run->format == FORMAT_JSON)
        report_json(run->tool->out, run->path, outcome);
    else if (run->format == FORMAT_TAP)
        report_tap(run, outcome);
    else if (run->format == FORMAT_JUNIT)
        report_junit(run, outcome);
    else
        report_text(run, outcome);
    return run->tool->out->error == 0;
}

static void
report_text(struct run *run, const struct rck_case *outcome)
{
    struct output *out = run->tool->out;

    if (run->quiet && outcome->passed)
        return;
    if (run->n_rows == 0 || !same_group(run, outcome))
        begin_group(run, outcome);
    run->n_rows++;
    out_string(out, "  ");
    if (outcome->passed)
        out_cell(out, STYLE_GOOD, "ok", 8);
    else
        out_cell(out, STYLE_BAD, "FAILED", 8);
    if (outcome->line < 1000)
        out_spaces(out, outcome->line < 10 ? 3 : outcome->line < 100 ? 2 : 1);
    out_number(out, outcome->line);
    out_string(out, "  ");
    out_safe_string(out, outcome->row);
    out_string(out, "\n");
    if (!outcome->passed) {
        write_detail(out, "expected", outcome->expected);
        write_detail(out, "got", outcome->got);
    }
    if (!outcome->passed && outcome->error != NULL)
        write_detail(out, "error", outcome->error);
}

static void
report_tap(struct run *run, const struct rck_case *outcome)
{
    struct output *out = run->tool->out;

    out_string(out, outcome->passed ? "ok " : "not ok ");
    out_number(out, ++run->n_points);
    out_string(out, " - ");
    out_safe_string(out, outcome->file);
    out_string(out, ":");
    out_number(out, outcome->line);
    out_string(out, " ");
    for (const char *p = outcome->row; *p != '\0';) { /* '#' would begin a directive */
        size_t n = strcspn(p, "#");

        out_safe(out, p, n);
        p += n;
        if (*p == '#') {
            out_string(out, "\\#");
            p++;
        }
    }
    out_string(out, "\n");
    if (outcome->passed)
        return;
    out_string(out, "  ---\n");
    write_yaml(out, "title", outcome->title);
    write_yaml(out, "expected", outcome->expected);
    write_yaml(out, "got", outcome->got);
    if (outcome->error != NULL)
        write_yaml(out, "error", outcome->error);
    out_string(out, "  ...\n");
}

/* A JSON string is YAML. */
static void
write_yaml(struct output *out, const char *name, const char *text)
{
    out_string(out, "  ");
    out_string(out, name);
    out_string(out, ": ");
    js_string(out, text);
    js_end(out);
}

static void
report_junit(struct run *run, const struct rck_case *outcome)
{
    struct output *out = run->tool->out;

    out_string(out, "    <testcase");
    write_attribute(out, "classname", outcome->title);
    write_attribute(out, "name", outcome->row);
    write_attribute(out, "file", outcome->file);
    out_string(out, " line=\"");
    out_number(out, outcome->line);
    out_string(out, "\" time=\"0\"");
    if (outcome->passed) {
        out_string(out, "/>\n");
        return;
    }
    out_string(out, "><failure");
    write_attribute(out, "message", outcome->got);
    out_string(out, ">expected: ");
    out_xml(out, outcome->expected);
    out_string(out, ", got: ");
    out_xml(out, outcome->got);
    if (outcome->error != NULL) {
        out_string(out, ", error: ");
        out_xml(out, outcome->error);
    }
    out_string(out, "</failure></testcase>\n");
}

static void
write_attribute(struct output *out, const char *name, const char *text)
{
    out_string(out, " ");
    out_string(out, name);
    out_string(out, "=\"");
    out_xml(out, text);
    out_string(out, "\"");
}

static void
report_json(struct output *out, const char *path, const struct rck_case *outcome)
{
    js_line(out);
    js_open(out, '{');
    js_key(out, "policy");
    js_string(out, path);
    js_key(out, "title");
    js_string(out, outcome->title);
    js_key(out, "file");
    js_string(out, outcome->file);
    js_key(out, "line");
    js_number(out, outcome->line);
    js_key(out, "row");
    js_string(out, outcome->row);
    js_key(out, "passed");
    js_bool(out, outcome->passed);
    js_key(out, "expected");
    js_string(out, outcome->expected);
    js_key(out, "got");
    js_string(out, outcome->got);
    js_key(out, "error");
    js_string(out, outcome->error);
    js_close(out, '}');
}

/* The group is kept as "FILE" NUL "TITLE" NUL. */
static bool
same_group(const struct run *run, const struct rck_case *outcome)
{
    return strcmp(run->group, outcome->file) == 0 && strcmp(run->group + strlen(run->group) + 1, outcome->title) == 0;
}

static void
begin_group(struct run *run, const struct rck_case *outcome)
{
    struct output *out = run->tool->out;
    size_t file_size = strlen(outcome->file) + 1;
    size_t title_size = strlen(outcome->title) + 1;

    free(run->group);
    run->group = must_allocate(file_size + title_size, 1);
    memcpy(run->group, outcome->file, file_size);
    memcpy(run->group + file_size, outcome->title, title_size);
    out_safe_string(out, outcome->file);
    out_string(out, ": ");
    out_cell(out, STYLE_BOLD, outcome->title, 0);
    out_string(out, "\n");
}

static void
write_detail(struct output *out, const char *name, const char *text)
{
    out_spaces(out, 16);
    out_cell(out, STYLE_NONE, name, 8);
    out_string(out, "  ");
    out_safe_string(out, text);
    out_string(out, "\n");
}
