/* SPDX-License-Identifier: MIT
 *
 * Contexts with the settings of the command line, and policies loaded with them; what the compiler has to say goes to standard
 * error.  Here also are the words for what the library counts, which all subcommands use.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

/* The build gives two macros.  RCK_RULES_DIR is where the shipped policies are installed.  RCK_UNINSTALLED_RULES is the name of
 * a link to their sources that configure makes in the build tree, beside the program: what was not installed yet finds them,
 * and no path of the machine that built it gets into the program. */
#define SHIPPED_POLICY "/contentstack/management-tokens.rules"

static struct rck_policy *load_saved_policy(struct tool *tool, struct rck_context *context, const char *path, enum ending *ending);
static enum rck_status apply(struct tool *tool, struct rck_context *context, const struct setting *setting, bool *said);
static enum rck_status apply_param(struct tool *tool, struct rck_context *context, const char *value, bool *said);
static enum rck_status apply_limit(struct tool *tool, struct rck_context *context, const char *value, bool *said);
static enum rck_status apply_warning(struct tool *tool, struct rck_context *context, const struct setting *setting, bool *said);
static bool is_code(const char *id);

char *
default_policy_path(void)
{
    static const char installed[] = RCK_RULES_DIR SHIPPED_POLICY;
    char *self = realpath("/proc/self/exe", NULL);
    char *slash = self != NULL ? strrchr(self, '/') : NULL;
    char *path;

    if (slash != NULL) {
        size_t len = (size_t)(slash - self);

        if (len >= 6 && memcmp(slash - 6, "/.libs", 6) == 0) /* libtool keeps the real program there */
            len -= 6;
        path = must_allocate(len + sizeof "/" RCK_UNINSTALLED_RULES SHIPPED_POLICY, 1);
        memcpy(path, self, len);
        memcpy(path + len, "/" RCK_UNINSTALLED_RULES SHIPPED_POLICY, sizeof "/" RCK_UNINSTALLED_RULES SHIPPED_POLICY);
        free(self);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return memcpy(must_allocate(sizeof installed, 1), installed, sizeof installed);
}

struct rck_context *
new_context(struct tool *tool, const struct arguments *arguments)
{
    struct rck_context *context = NULL;
    enum rck_status status = rck_context_new(NULL, &context);
    bool said = false;

    for (size_t i = 0; status == RCK_OK && i < arguments->n_settings; i++)
        status = apply(tool, context, &arguments->settings[i], &said);
    if (status == RCK_OK)
        return context;
    if (!said)
        (void)message_status(tool, status);
    rck_context_free(context);
    return NULL;
}

struct rck_policy *
load_policy(struct tool *tool, const struct arguments *arguments, enum ending *ending)
{
    struct rck_context *context = new_context(tool, arguments);
    char *shipped = option_given(arguments, OPT_POLICY) ? NULL : default_policy_path();
    struct rck_policy *policy = NULL;

    *ending = END_ERROR;
    if (context != NULL)
        policy = load_policy_file(tool, context, option_value(arguments, OPT_POLICY, shipped), ending);
    if (context != NULL && policy == NULL && *ending == END_ERROR && shipped != NULL)
        message(tool, LEVEL_NOTE, "name a policy with '--policy FILE'", "no policy was named, so this is the shipped one");
    free(shipped);
    rck_context_free(context);
    return policy;
}

struct rck_policy *
load_policy_file(struct tool *tool, struct rck_context *context, const char *path, enum ending *ending)
{
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status;
    int error;

    if (is_saved_policy(path, &error))
        return load_saved_policy(tool, context, path, ending);
    status = rck_policy_compile_file(context, path, &diagnostics, &policy);
    *ending = tell_compile(tool, &diagnostics, status);
    if (status == RCK_E_POLICY && error != 0) {
        message(tool, LEVEL_ERROR, NULL, "'%s' could not be read at first, and may be a saved policy: %s", path, strerror(error));
        *ending = END_ERROR;
    }
    return policy;
}

enum ending
tell_compile(struct tool *tool, struct rck_diagnostics **diagnostics, enum rck_status status)
{
    if (*diagnostics != NULL) {
        (void)out_flush(tool->out);
        (void)rck_diagnostics_write(*diagnostics, tool->err->color ? RCK_COLOR : 0, out_piece, tool->err);
        (void)out_flush(tool->err);
    }
    if (status != RCK_OK && (*diagnostics == NULL || rck_diagnostics_count(*diagnostics) == 0))
        (void)message_status(tool, status);
    rck_diagnostics_free(*diagnostics);
    *diagnostics = NULL;
    return status == RCK_OK ? END_OK : status == RCK_E_POLICY ? END_POLICY : END_ERROR;
}

bool
refuse_saved_policy(struct tool *tool, const char *path, const char *subcommand)
{
    int error;

    if (!is_saved_policy(path, &error))
        return false;
    message(tool, LEVEL_ERROR, "name the policy that it was compiled from", "'%s' is a saved policy, and '%s' needs its source", path,
            subcommand);
    return true;
}

static struct rck_policy *
load_saved_policy(struct tool *tool, struct rck_context *context, const char *path, enum ending *ending)
{
    struct rck_policy *policy = NULL;
    enum rck_status status = rck_policy_load_file(context, path, &policy);
    const struct rck_load_error *error = rck_context_load_error(context);

    *ending = status == RCK_OK ? END_OK : END_ERROR;
    if (status == RCK_OK)
        return policy;
    if (error != NULL)
        message(tool, LEVEL_ERROR, error->help, "cannot load '%s': %s", path, error->message);
    else
        (void)message_status(tool, status);
    return NULL;
}

bool
is_saved_policy(const char *path, int *error)
{
    static const char magic[] = RCK_SAVED_MAGIC;
    char begin[sizeof magic - 1];
    struct stat is;
    FILE *file;
    bool found;

    *error = 0;
    if (stat(path, &is) != 0 || !S_ISREG(is.st_mode))
        return false;
    file = fopen(path, "rb");
    if (file == NULL) {
        *error = errno;
        return false;
    }
    found = fread(begin, 1, sizeof begin, file) == sizeof begin && memcmp(begin, magic, sizeof begin) == 0;
    *error = ferror(file) ? errno : 0;
    (void)fclose(file);
    return found;
}

const char *
kind_name(enum rck_clause_kind kind)
{
    static const char *const names[] = {
        [RCK_CLAUSE_LIMIT] = "limit",     [RCK_CLAUSE_ONLY] = "only", [RCK_CLAUSE_CANNOT] = "cannot",
        [RCK_CLAUSE_REQUIRE] = "require", [RCK_CLAUSE_DENY] = "deny", [RCK_CLAUSE_GRANT] = "grant",
        [RCK_CLAUSE_NOTE] = "note",
    };

    return (size_t)kind < N_ELEMENTS(names) ? names[kind] : "clause";
}

const char *
state_name(enum rck_state state)
{
    static const char *const names[] = {
        [RCK_STATE_IRRELEVANT] = "irrelevant", [RCK_STATE_SATISFIED] = "satisfied", [RCK_STATE_VIOLATED] = "violated",
        [RCK_STATE_GRANTED] = "granted",       [RCK_STATE_UNKNOWN] = "unknown",
    };

    return (size_t)state < N_ELEMENTS(names) ? names[state] : "unknown";
}

const char *
severity_name(enum rck_severity severity)
{
    return severity == RCK_WARNING ? "warning" : "error";
}

void
out_count(struct output *out, uint64_t n, const char *noun)
{
    out_number(out, n);
    out_string(out, " ");
    out_string(out, noun);
    if (n != 1)
        out_string(out, "s");
}

/* Applies one option to CONTEXT; *SAID is set if a failure was told already. */
static enum rck_status
apply(struct tool *tool, struct rck_context *context, const struct setting *setting, bool *said)
{
    uint64_t number;

    switch (setting->id) {
    case OPT_PARAM:
        return apply_param(tool, context, setting->value, said);
    case OPT_LIMIT:
        return apply_limit(tool, context, setting->value, said);
    case OPT_WARNING:
    case OPT_WARNING_ERROR:
        return apply_warning(tool, context, setting, said);
    case OPT_MAX_ERRORS:
        if (parse_number(setting->value, &number) && number != 0)
            return rck_context_set_limit(context, "diagnostics", number);
        message(tool, LEVEL_ERROR, "write for example '--max-errors 100'", "'%.40s' is not a number above 0", setting->value);
        *said = true;
        return RCK_E_ARGUMENT;
    case OPT_CASES:
        rck_context_set_run_cases(context, true);
        break;
    case OPT_PAGE:
    case OPT_GAPS:
    case OPT_POLICY:
    case OPT_OUTPUT:
    case OPT_COVERAGE:
    case OPT_AT_LEAST:
    case OPT_MUTATE:
    case OPT_INPUT:
    case OPT_HTTP:
    case OPT_HEADER:
    case OPT_BODY:
    case OPT_ROUTES:
    case OPT_FACTS:
    case OPT_FORMAT:
    case OPT_STRICT:
    case OPT_EXPECT:
    case OPT_ONLY:
    case OPT_NO_SUMMARY:
    case OPT_JOBS:
    case OPT_DIGEST:
    case OPT_NOW:
    case OPT_COLOR:
    case OPT_HELP:
    case OPT_VERSION:
    case N_OPTIONS:
        break;
    }
    return RCK_OK;
}

static enum rck_status
apply_param(struct tool *tool, struct rck_context *context, const char *value, bool *said)
{
    const char *equals = strchr(value, '=');
    enum rck_status status;
    char *name;

    if (equals == NULL || equals == value) {
        message(tool, LEVEL_ERROR, "write '--param NAME=VALUE'", "'%.40s' sets no parameter", value);
        *said = true;
        return RCK_E_ARGUMENT;
    }
    name = must_allocate((size_t)(equals - value) + 1, 1);
    memcpy(name, value, (size_t)(equals - value));
    status = rck_context_set_param(context, name, equals + 1);
    free(name);
    return status;
}

static enum rck_status
apply_limit(struct tool *tool, struct rck_context *context, const char *value, bool *said)
{
    const char *equals = strchr(value, '=');
    struct suggestion suggestion = { 0 };
    enum rck_status status;
    uint64_t number;
    char *name;

    if (equals == NULL || equals == value || !parse_number(equals + 1, &number)) {
        message(tool, LEVEL_ERROR, "write '--limit NAME=N' with a whole number", "'%.40s' sets no limit", value);
        *said = true;
        return RCK_E_ARGUMENT;
    }
    name = must_allocate((size_t)(equals - value) + 1, 1);
    memcpy(name, value, (size_t)(equals - value));
    status = rck_context_set_limit(context, name, number);
    if (status == RCK_E_ARGUMENT) {
        for (const struct rck_limit *limit = rck_limits(); limit->name != NULL; limit++)
            suggest(&suggestion, name, limit->name);
        message_suggest(tool, &suggestion, "'rulecheck help limits' lists them", "no limit is called '%.40s'", name);
        *said = true;
    }
    free(name);
    return status;
}

static enum rck_status
apply_warning(struct tool *tool, struct rck_context *context, const struct setting *setting, bool *said)
{
    enum rck_warning what = setting->id == OPT_WARNING_ERROR ? RCK_WARNING_ERROR : RCK_WARNING_ON;
    const char *id = setting->value;
    struct suggestion suggestion = { 0 };
    enum rck_status status;

    if (setting->id == OPT_WARNING && strncmp(id, "no-", 3) == 0 && !is_code(id)) {
        what = RCK_WARNING_OFF;
        id += 3;
    }
    status = rck_context_set_warning(context, id, what);
    if (status != RCK_E_ARGUMENT)
        return status;
    *said = true;
    if (is_code(id)) {
        message(tool, LEVEL_ERROR, NULL, "'%.40s' is an error and cannot be switched", id);
        return status;
    }
    for (size_t i = 0; rck_code_at(i) != NULL; i++) {
        if (rck_code_at(i)->severity == RCK_WARNING)
            suggest(&suggestion, id, rck_code_at(i)->id);
    }
    message_suggest(tool, &suggestion, "'rulecheck help codes' lists them", "no warning is called '%.40s'", id);
    return status;
}

enum rck_warning
warning_of(const struct arguments *arguments, const char *id)
{
    enum rck_warning what = RCK_WARNING_ON;

    for (size_t i = 0; i < arguments->n_settings; i++) {
        const struct setting *setting = &arguments->settings[i];

        if (setting->id == OPT_WARNING && strncmp(setting->value, "no-", 3) == 0 && strcmp(setting->value + 3, id) == 0)
            what = RCK_WARNING_OFF;
        else if (setting->id == OPT_WARNING && strcmp(setting->value, id) == 0)
            what = RCK_WARNING_ON;
        else if (setting->id == OPT_WARNING_ERROR && strcmp(setting->value, id) == 0)
            what = RCK_WARNING_ERROR;
    }
    return what;
}

static bool
is_code(const char *id)
{
    for (size_t i = 0; rck_code_at(i) != NULL; i++) {
        if (strcmp(rck_code_at(i)->id, id) == 0)
            return true;
    }
    return false;
}
