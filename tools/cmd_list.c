/* SPDX-License-Identifier: MIT
 *
 * rulecheck list: the parts of a policy by name (vocabulary, clauses, parameters), the limits of the compiler and the registry
 * of diagnostics.  The last two need no policy; `rulecheck help` shows them too.
 */
#include <config.h>

#include <stdio.h>

#include "tool.h"

enum { LABEL_COLUMNS = 24 };

enum { TOPIC_VOCABULARY, TOPIC_CLAUSES, TOPIC_PARAMS, TOPIC_ROUTES, TOPIC_LIMITS, TOPIC_CODES, N_TOPICS };

static const char *const topics[N_TOPICS] = { "vocabulary", "clauses", "params", "routes", "limits", "codes" };

static enum ending list(struct tool *tool, const struct arguments *arguments);
static bool read_topics(struct tool *tool, const struct arguments *arguments, bool *wanted);
static void write_text(struct output *out, const struct rck_policy *policy, const bool *wanted);
static void write_head(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void write_vocabulary(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void write_attribute(struct output *out, const struct rck_policy *policy, uint32_t idx,
                            const struct rck_attribute *attribute);
static void write_names(struct output *out, const struct rck_policy *policy, uint32_t idx, size_t column, size_t indent);
static void write_range(struct output *out, const struct rck_attribute *attribute);
static void write_unit(struct output *out, const struct rck_attribute *attribute);
static void decimal_text(char text[32], int64_t millionths);
static void write_clauses(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void write_params(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void write_json(struct output *out, const struct rck_policy *policy, const bool *wanted);
static void js_head(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void js_vocabulary(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void js_attribute(struct output *out, const struct rck_policy *policy, uint32_t idx);
static void js_clauses(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void js_params(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void write_routes(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void js_routes(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info);
static void js_limits(struct output *out);
static void js_codes(struct output *out);
static void heading(struct output *out, const char *text);

const struct command command_list = {
    .name = "list",
    .usage = "[OPTION...] [vocabulary | clauses | params | routes | limits | codes]...",
    .summary = "list the parts of a policy",
    .about = "Lists what a policy declares: its vocabulary, clauses and parameters (without a word, all three), its routes,\n"
             "the limits of the compiler, and the codes of its diagnostics.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = list,
};

void
out_limits(struct output *out)
{
    for (const struct rck_limit *limit = rck_limits(); limit->name != NULL; limit++) {
        uint64_t value = limit->value;
        size_t digits = 1;

        while (value >= 10) {
            value /= 10;
            digits++;
        }
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, limit->name, 14);
        out_spaces(out, digits < 12 ? 12 - digits : 1);
        out_number(out, limit->value);
        out_string(out, "  ");
        out_folded(out, limit->meaning, 30, 30);
        out_string(out, "\n");
    }
}

void
out_codes(struct output *out)
{
    const struct rck_code *code;

    for (size_t i = 0; (code = rck_code_at(i)) != NULL; i++) {
        out_string(out, "  ");
        if (code->number < 1000)
            out_spaces(out, code->number < 10 ? 3 : code->number < 100 ? 2 : 1);
        out_number(out, code->number);
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, code->id, LABEL_COLUMNS);
        out_string(out, " ");
        out_cell(out, STYLE_NONE, severity_name(code->severity), 9);
        out_folded(out, code->title, LABEL_COLUMNS + 18, LABEL_COLUMNS + 18);
        out_string(out, "\n");
    }
}

static enum ending
list(struct tool *tool, const struct arguments *arguments)
{
    bool wanted[N_TOPICS] = { false };
    struct rck_policy *policy = NULL;
    enum ending ending = END_OK;

    if (!read_topics(tool, arguments, wanted))
        return END_ERROR;
    if (wanted[TOPIC_VOCABULARY] || wanted[TOPIC_CLAUSES] || wanted[TOPIC_PARAMS] || wanted[TOPIC_ROUTES]) {
        policy = load_policy(tool, arguments, &ending);
        if (policy == NULL)
            return ending;
    }
    if (wants_json(arguments))
        write_json(tool->out, policy, wanted);
    else
        write_text(tool->out, policy, wanted);
    rck_policy_unref(policy);
    return END_OK;
}

static bool
read_topics(struct tool *tool, const struct arguments *arguments, bool *wanted)
{
    for (size_t i = 0; i < arguments->n_words; i++) {
        const char *word = arguments->words[i];
        struct suggestion suggestion = { 0 };
        unsigned topic = 0;

        while (topic < N_TOPICS && strcmp(topics[topic], word) != 0)
            suggest(&suggestion, word, topics[topic++]);
        if (topic == N_TOPICS) {
            message_suggest(tool, &suggestion, "use vocabulary, clauses, params, routes, limits or codes", "cannot list '%.40s'", word);
            return false;
        }
        wanted[topic] = true;
    }
    if (arguments->n_words == 0)
        wanted[TOPIC_VOCABULARY] = wanted[TOPIC_CLAUSES] = wanted[TOPIC_PARAMS] = true;
    return true;
}

static void
heading(struct output *out, const char *text)
{
    out_cell(out, STYLE_BOLD, text, 0);
    out_string(out, "\n");
}

/* POLICY may be NULL if nothing of it is wanted. */
static void
write_text(struct output *out, const struct rck_policy *policy, const bool *wanted)
{
    struct rck_policy_info info = { 0 };

    if (policy != NULL) {
        rck_policy_describe(policy, &info);
        write_head(out, policy, &info);
    }
    if (wanted[TOPIC_VOCABULARY])
        write_vocabulary(out, policy, &info);
    if (wanted[TOPIC_CLAUSES])
        write_clauses(out, policy, &info);
    if (wanted[TOPIC_PARAMS])
        write_params(out, policy, &info);
    if (wanted[TOPIC_ROUTES])
        write_routes(out, policy, &info);
    if (wanted[TOPIC_LIMITS]) {
        heading(out, "limits");
        out_limits(out);
    }
    if (wanted[TOPIC_CODES]) {
        heading(out, "codes");
        out_codes(out);
    }
}

static void
write_head(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    char digest[65];

    out_string(out, "policy ");
    out_cell(out, STYLE_BOLD, info->name, 0);
    out_string(out, ", default ");
    out_string(out, rck_result_name(info->by_default));
    out_string(out, "\n");
    if (info->source != NULL) {
        out_string(out, "source ");
        out_safe_string(out, info->source);
        if (info->source_date != NULL) {
            out_string(out, " as of ");
            out_safe_string(out, info->source_date);
        }
        out_string(out, "\n");
    }
    rck_policy_digest(policy, digest);
    out_string(out, "digest ");
    out_string(out, digest);
    out_string(out, "\n");
}

static void
write_vocabulary(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_attribute attribute;
    struct rck_named set;

    heading(out, "vocabulary");
    for (uint32_t i = 0; i < info->n_attributes; i++) {
        if (rck_policy_attribute(policy, i, &attribute) == RCK_OK)
            write_attribute(out, policy, i, &attribute);
    }
    if (info->n_sets != 0)
        heading(out, "sets");
    for (uint32_t i = 0; i < info->n_sets; i++) {
        if (rck_policy_set(policy, i, &set) != RCK_OK)
            continue;
        out_string(out, "  ");
        out_safe_string(out, set.type);
        out_string(out, " ");
        out_cell(out, STYLE_BOLD, set.name, 0);
        out_string(out, " = ");
        out_folded(out, set.value, 7 + text_width(set.type) + text_width(set.name), 6);
        out_string(out, "\n");
    }
}

static void
write_attribute(struct output *out, const struct rck_policy *policy, uint32_t idx, const struct rck_attribute *attribute)
{
    size_t width = text_width(attribute->name);

    out_string(out, "  ");
    if (attribute->dimension) {
        out_cell(out, STYLE_BOLD, attribute->name, 9);
        out_string(out, "  ");
        write_names(out, policy, idx, 13, 13);
        out_string(out, attribute->open ? ", and any other\n" : "\n");
        return;
    }
    out_cell(out, STYLE_BOLD, attribute->name, 0);
    out_string(out, " : ");
    width += 5;
    if (attribute->now) {
        out_string(out, "the time of the decision, which the caller gives\n");
        return;
    }
    if (attribute->counter) {
        out_string(out, "counter");
        if (attribute->window != NULL) {
            out_string(out, " ");
            out_string(out, attribute->window);
        }
        write_unit(out, attribute);
        if (attribute->text != NULL) {
            out_string(out, ", ");
            out_folded(out, attribute->text, width + 9, 6);
        }
        out_string(out, "\n");
        return;
    }
    switch (attribute->type) {
    case RCK_TYPE_BOOL:
        out_string(out, "bool");
        break;
    case RCK_TYPE_INT:
    case RCK_TYPE_DECIMAL:
        out_string(out, attribute->type == RCK_TYPE_INT ? "int" : "decimal");
        write_range(out, attribute);
        write_unit(out, attribute);
        break;
    case RCK_TYPE_STRING:
        out_string(out, "string");
        break;
    case RCK_TYPE_TIME:
        out_string(out, "time");
        break;
    case RCK_TYPE_NAME:
        if (attribute->open) {
            out_string(out, "open ");
            width += 5;
        }
        out_string(out, "{ ");
        write_names(out, policy, idx, width + 2, 6);
        out_string(out, " }");
        break;
    case RCK_TYPE_SET:
        out_string(out, attribute->open ? "set of open { " : "set of { ");
        write_names(out, policy, idx, width + (attribute->open ? 14 : 9), 6);
        out_string(out, " }");
        break;
    }
    out_string(out, attribute->optional ? " optional\n" : "\n");
}

/* Writes the names that an attribute takes, with commas, folded as out_folded() does. */
static void
write_names(struct output *out, const struct rck_policy *policy, uint32_t idx, size_t column, size_t indent)
{
    const char *next = rck_policy_attribute_name(policy, idx, 0);

    for (uint32_t i = 0; next != NULL; i++) {
        const char *name = next;
        size_t width = text_width(name) + 2;

        next = rck_policy_attribute_name(policy, idx, i + 1);
        if (i != 0 && column + width > 98) {
            out_string(out, "\n");
            out_spaces(out, indent);
            column = indent;
        } else if (i != 0) {
            out_string(out, " ");
        }
        out_safe_string(out, name);
        if (next != NULL)
            out_string(out, ",");
        column += width;
    }
}

/* A decimal, held in millionths, as policies write it. */
static void
decimal_text(char text[32], int64_t millionths)
{
    uint64_t rest = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
    size_t n = (size_t)snprintf(text, 32, "%s%llu.%06llu", millionths < 0 ? "-" : "", (unsigned long long)(rest / 1000000),
                                (unsigned long long)(rest % 1000000));

    while (text[n - 1] == '0')
        n--;
    text[text[n - 1] == '.' ? n - 1 : n] = '\0';
}

static void
out_bound(struct output *out, const struct rck_attribute *attribute, int64_t bound)
{
    char text[32];

    if (attribute->type == RCK_TYPE_INT) {
        out_signed(out, bound);
        return;
    }
    decimal_text(text, bound);
    out_string(out, text);
}

static void
write_range(struct output *out, const struct rck_attribute *attribute)
{
    if (attribute->min == INT64_MIN && attribute->max == INT64_MAX)
        return;
    out_string(out, " ");
    if (attribute->min != INT64_MIN)
        out_bound(out, attribute, attribute->min);
    out_string(out, "..");
    if (attribute->max != INT64_MAX)
        out_bound(out, attribute, attribute->max);
}

static void
write_unit(struct output *out, const struct rck_attribute *attribute)
{
    if (attribute->unit == NULL)
        return;
    out_string(out, " in ");
    out_string(out, attribute->unit);
}

static void
write_clauses(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_clause clause;

    heading(out, "clauses");
    for (uint32_t i = 0; i < info->n_clauses; i++) {
        if (rck_policy_clause(policy, i, &clause) != RCK_OK)
            continue;
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, clause.label, 0);
        out_string(out, " (");
        out_string(out, kind_name(clause.kind));
        out_string(out, clause.warns ? ", warns only) " : ") ");
        out_safe_string(out, clause.file);
        out_string(out, ":");
        out_number(out, clause.line);
        out_string(out, "\n      ");
        out_folded(out, clause.text, 6, 10);
        out_string(out, "\n");
        if (clause.says != NULL) {
            out_string(out, "      says: ");
            out_folded(out, clause.says, 12, 12);
            out_string(out, "\n");
        }
        if (clause.cites != NULL) {
            out_string(out, "      cites: ");
            out_folded(out, clause.cites, 13, 13);
            out_string(out, "\n");
        }
    }
}

static void
write_params(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_named param;

    heading(out, "params");
    for (uint32_t i = 0; i < info->n_params; i++) {
        if (rck_policy_param(policy, i, &param) != RCK_OK)
            continue;
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, param.name, 0);
        out_string(out, " : ");
        out_safe_string(out, param.type);
        out_string(out, " = ");
        out_safe_string(out, param.value);
        if (param.declared != NULL && strcmp(param.declared, param.value) != 0) {
            out_string(out, " (declared ");
            out_safe_string(out, param.declared);
            out_string(out, ")");
        }
        out_string(out, "\n");
    }
    if (info->n_params == 0)
        out_string(out, "  none\n");
}

static void
write_json(struct output *out, const struct rck_policy *policy, const bool *wanted)
{
    struct rck_policy_info info = { 0 };

    js_open(out, '{');
    if (policy != NULL) {
        rck_policy_describe(policy, &info);
        js_head(out, policy, &info);
    }
    if (wanted[TOPIC_VOCABULARY])
        js_vocabulary(out, policy, &info);
    if (wanted[TOPIC_CLAUSES])
        js_clauses(out, policy, &info);
    if (wanted[TOPIC_PARAMS])
        js_params(out, policy, &info);
    if (wanted[TOPIC_ROUTES])
        js_routes(out, policy, &info);
    if (wanted[TOPIC_LIMITS])
        js_limits(out);
    if (wanted[TOPIC_CODES])
        js_codes(out);
    js_close(out, '}');
    js_end(out);
}

static void
js_head(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    char digest[65];

    js_key(out, "policy");
    js_string(out, info->name);
    js_key(out, "source");
    js_string(out, info->source);
    js_key(out, "source_date");
    js_string(out, info->source_date);
    js_key(out, "default");
    js_string(out, rck_result_name(info->by_default));
    rck_policy_digest(policy, digest);
    js_key(out, "digest");
    js_string(out, digest);
}

static void
js_vocabulary(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_named set;

    js_key(out, "attributes");
    js_open(out, '[');
    for (uint32_t i = 0; i < info->n_attributes; i++)
        js_attribute(out, policy, i);
    js_close(out, ']');
    js_key(out, "sets");
    js_open(out, '[');
    for (uint32_t i = 0; i < info->n_sets; i++) {
        if (rck_policy_set(policy, i, &set) != RCK_OK)
            continue;
        js_line(out);
        js_open(out, '{');
        js_key(out, "name");
        js_string(out, set.name);
        js_key(out, "of");
        js_string(out, set.type);
        js_key(out, "members");
        js_string(out, set.value);
        js_close(out, '}');
    }
    js_close(out, ']');
}

/* An end of a range; decimals are written as such. */
static void
js_bound(struct output *out, const struct rck_attribute *attribute, int64_t bound)
{
    char text[32];

    if (bound == INT64_MIN || bound == INT64_MAX) {
        js_null(out);
    } else if (attribute->type == RCK_TYPE_INT) {
        js_signed(out, bound);
    } else {
        decimal_text(text, bound);
        js_raw(out, text, strlen(text));
    }
}

static void
js_attribute(struct output *out, const struct rck_policy *policy, uint32_t idx)
{
    static const char *const types[] = {
        [RCK_TYPE_BOOL] = "bool", [RCK_TYPE_INT] = "int",         [RCK_TYPE_NAME] = "name",    [RCK_TYPE_SET] = "set",
        [RCK_TYPE_DECIMAL] = "decimal", [RCK_TYPE_STRING] = "string", [RCK_TYPE_TIME] = "time"
    };
    struct rck_attribute attribute;

    if (rck_policy_attribute(policy, idx, &attribute) != RCK_OK)
        return;
    js_line(out);
    js_open(out, '{');
    js_key(out, "name");
    js_string(out, attribute.name);
    js_key(out, "type");
    js_string(out, (size_t)attribute.type < N_ELEMENTS(types) ? types[attribute.type] : NULL);
    js_key(out, "dimension");
    js_bool(out, attribute.dimension);
    js_key(out, "optional");
    js_bool(out, attribute.optional);
    js_key(out, "counter");
    js_bool(out, attribute.counter);
    if (attribute.type == RCK_TYPE_INT || attribute.type == RCK_TYPE_DECIMAL) {
        js_key(out, "min");
        js_bound(out, &attribute, attribute.min);
        js_key(out, "max");
        js_bound(out, &attribute, attribute.max);
        js_key(out, "unit");
        js_string(out, attribute.unit);
    }
    if (attribute.now) {
        js_key(out, "now");
        js_bool(out, true);
    }
    if (attribute.type == RCK_TYPE_NAME || attribute.type == RCK_TYPE_SET) {
        js_key(out, "open");
        js_bool(out, attribute.open);
    }
    if (attribute.type == RCK_TYPE_NAME || attribute.type == RCK_TYPE_SET) {
        js_key(out, "names");
        js_open(out, '[');
        for (uint32_t i = 0; i < attribute.n_names; i++)
            js_string(out, rck_policy_attribute_name(policy, idx, i));
        js_close(out, ']');
    }
    if (attribute.counter) {
        js_key(out, "text");
        js_string(out, attribute.text);
        js_key(out, "window");
        js_string(out, attribute.window);
    }
    js_close(out, '}');
}

static void
js_clauses(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_clause clause;

    js_key(out, "clauses");
    js_open(out, '[');
    for (uint32_t i = 0; i < info->n_clauses; i++) {
        if (rck_policy_clause(policy, i, &clause) != RCK_OK)
            continue;
        js_line(out);
        js_open(out, '{');
        js_key(out, "label");
        js_string(out, clause.label);
        js_key(out, "kind");
        js_string(out, kind_name(clause.kind));
        js_key(out, "warns");
        js_bool(out, clause.warns);
        js_key(out, "text");
        js_string(out, clause.text);
        js_key(out, "cites");
        js_string(out, clause.cites);
        js_key(out, "says");
        js_string(out, clause.says);
        js_key(out, "file");
        js_string(out, clause.file);
        js_key(out, "line");
        js_number(out, clause.line);
        js_key(out, "column");
        js_number(out, clause.column);
        js_close(out, '}');
    }
    js_close(out, ']');
}

static void
js_params(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_named param;

    js_key(out, "params");
    js_open(out, '[');
    for (uint32_t i = 0; i < info->n_params; i++) {
        if (rck_policy_param(policy, i, &param) != RCK_OK)
            continue;
        js_line(out);
        js_open(out, '{');
        js_key(out, "name");
        js_string(out, param.name);
        js_key(out, "type");
        js_string(out, param.type);
        js_key(out, "value");
        js_string(out, param.value);
        js_key(out, "declared");
        js_string(out, param.declared);
        js_close(out, '}');
    }
    js_close(out, ']');
}

static void
write_place(struct output *out, const char *file, unsigned line)
{
    out_string(out, " ");
    out_safe_string(out, file);
    out_string(out, ":");
    out_number(out, line);
    out_string(out, "\n");
}

static void
write_routes(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_credential credential;
    struct rck_route route;

    heading(out, "credentials");
    for (uint32_t i = 0; rck_policy_credential(policy, i, &credential) == RCK_OK; i++) {
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, credential.subject, 0);
        write_place(out, credential.file, credential.line);
        out_string(out, "      when ");
        out_safe_string(out, credential.when);
        out_string(out, "\n");
    }
    if (info->n_credentials == 0)
        out_string(out, "  none\n");
    heading(out, "routes");
    for (uint32_t i = 0; rck_policy_route(policy, i, &route) == RCK_OK; i++) {
        out_string(out, "  ");
        out_cell(out, STYLE_BOLD, route.method, 6);
        out_string(out, " ");
        out_safe_string(out, route.path);
        out_string(out, " -> ");
        out_safe_string(out, route.action);
        out_string(out, " ");
        out_safe_string(out, route.resource);
        write_place(out, route.file, route.line);
        if (route.when != NULL) {
            out_string(out, "      when ");
            out_safe_string(out, route.when);
            out_string(out, "\n");
        }
        if (route.with != NULL) {
            out_string(out, "      with ");
            out_safe_string(out, route.with);
            out_string(out, "\n");
        }
        if (!route.matches)
            out_string(out, "      no path leads to it\n");
    }
    if (info->n_routes == 0)
        out_string(out, "  none\n");
}

static void
js_place(struct output *out, const char *file, unsigned line, unsigned column)
{
    js_key(out, "file");
    js_string(out, file);
    js_key(out, "line");
    js_number(out, line);
    js_key(out, "column");
    js_number(out, column);
}

static void
js_routes(struct output *out, const struct rck_policy *policy, const struct rck_policy_info *info)
{
    struct rck_credential credential;
    struct rck_route route;

    (void)info;
    js_key(out, "credentials");
    js_open(out, '[');
    for (uint32_t i = 0; rck_policy_credential(policy, i, &credential) == RCK_OK; i++) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "subject");
        js_string(out, credential.subject);
        js_key(out, "when");
        js_string(out, credential.when);
        js_place(out, credential.file, credential.line, credential.column);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_key(out, "routes");
    js_open(out, '[');
    for (uint32_t i = 0; rck_policy_route(policy, i, &route) == RCK_OK; i++) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "method");
        js_string(out, route.method);
        js_key(out, "path");
        js_string(out, route.path);
        js_key(out, "when");
        js_string(out, route.when);
        js_key(out, "action");
        js_string(out, route.action);
        js_key(out, "resource");
        js_string(out, route.resource);
        js_key(out, "with");
        js_string(out, route.with);
        js_key(out, "matches");
        js_bool(out, route.matches);
        js_place(out, route.file, route.line, route.column);
        js_close(out, '}');
    }
    js_close(out, ']');
}

static void
js_limits(struct output *out)
{
    js_key(out, "limits");
    js_open(out, '[');
    for (const struct rck_limit *limit = rck_limits(); limit->name != NULL; limit++) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "name");
        js_string(out, limit->name);
        js_key(out, "value");
        js_number(out, limit->value);
        js_key(out, "meaning");
        js_string(out, limit->meaning);
        js_close(out, '}');
    }
    js_close(out, ']');
}

static void
js_codes(struct output *out)
{
    const struct rck_code *code;

    js_key(out, "codes");
    js_open(out, '[');
    for (size_t i = 0; (code = rck_code_at(i)) != NULL; i++) {
        js_line(out);
        js_open(out, '{');
        js_key(out, "id");
        js_string(out, code->id);
        js_key(out, "number");
        js_number(out, code->number);
        js_key(out, "severity");
        js_string(out, severity_name(code->severity));
        js_key(out, "optional");
        js_bool(out, code->optional);
        js_key(out, "title");
        js_string(out, code->title);
        js_close(out, '}');
    }
    js_close(out, ']');
}
