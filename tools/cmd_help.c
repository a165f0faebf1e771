/* SPDX-License-Identifier: MIT
 *
 * rulecheck help: how a subcommand is used, what a diagnostic means, and the lists of limits, exit codes and diagnostics, all
 * from the tables that the tool and the library work with.
 */
#include <config.h>

#include "tool.h"

static enum ending help(struct tool *tool, const struct arguments *arguments);
static bool help_topic(struct output *out, const char *word);
static void help_exit_codes(struct output *out);
static const struct rck_code *find_code(const char *word);
static void help_code(struct output *out, const struct rck_code *code);
static void write_part(struct output *out, const char *title, const char *text);

/* The topics beside subcommands and diagnostics. */
static const struct {
    const char *name;
    void (*write)(struct output *out);
} topics[] = { { "limits", out_limits }, { "exit-codes", help_exit_codes }, { "codes", out_codes } };

const struct command command_help = {
    .name = "help",
    .usage = "[SUBCOMMAND | ID | NUMBER | limits | exit-codes | codes]",
    .summary = "explain a subcommand, a diagnostic, limits, exit codes",
    .about = "Explains a subcommand, or a diagnostic by its ID or number; 'limits' lists the limits of the compiler,\n"
             "'exit-codes' the exit codes, 'codes' all diagnostics.\n",
    .options = OPTIONS_COMMON,
    .run = help,
};

static enum ending
help(struct tool *tool, const struct arguments *arguments)
{
    const struct command *const *all = all_commands();
    struct suggestion suggestion = { 0 };
    const char *word = arguments->n_words != 0 ? arguments->words[0] : NULL;

    if (arguments->n_words > 1) {
        message(tool, LEVEL_ERROR, NULL, "'help' takes one word, not also '%.200s'", arguments->words[1]);
        return END_ERROR;
    }
    if (word == NULL) {
        write_help(tool->out, NULL);
        return END_OK;
    }
    if (help_topic(tool->out, word))
        return END_OK;
    for (size_t i = 0; all[i] != NULL; i++)
        suggest(&suggestion, word, all[i]->name);
    for (size_t i = 0; i < N_ELEMENTS(topics); i++)
        suggest(&suggestion, word, topics[i].name);
    for (size_t i = 0; rck_code_at(i) != NULL; i++)
        suggest(&suggestion, word, rck_code_at(i)->id);
    message_suggest(tool, &suggestion, "'rulecheck help' lists the subcommands, 'rulecheck help codes' the diagnostics",
                    "there is no help on '%.40s'", word);
    return END_ERROR;
}

static bool
help_topic(struct output *out, const char *word)
{
    const struct command *const *all = all_commands();
    const struct rck_code *code;

    for (size_t i = 0; all[i] != NULL; i++) {
        if (strcmp(all[i]->name, word) == 0) {
            write_help(out, all[i]);
            return true;
        }
    }
    for (size_t i = 0; i < N_ELEMENTS(topics); i++) {
        if (strcmp(topics[i].name, word) == 0) {
            topics[i].write(out);
            return true;
        }
    }
    code = find_code(word);
    if (code != NULL)
        help_code(out, code);
    return code != NULL;
}

static void
help_exit_codes(struct output *out)
{
    for (unsigned i = 0; i < N_ENDINGS; i++) {
        out_string(out, "  ");
        out_number(out, i);
        out_string(out, "  ");
        out_string(out, ending_meaning((enum ending)i));
        out_string(out, "\n");
    }
    out_string(out, "The largest one of a batch wins.\n");
}

/* Finds a diagnostic by its name or its number. */
static const struct rck_code *
find_code(const char *word)
{
    bool digits = word[0] != '\0' && word[strspn(word, "0123456789")] == '\0' && strlen(word) < 9;
    unsigned number = 0;
    const struct rck_code *code;

    for (const char *p = word; digits && *p != '\0'; p++)
        number = number * 10 + (unsigned)(*p - '0');
    for (size_t i = 0; (code = rck_code_at(i)) != NULL; i++) {
        if (strcmp(code->id, word) == 0 || (digits && code->number == number))
            return code;
    }
    return NULL;
}

static void
help_code(struct output *out, const struct rck_code *code)
{
    out_cell(out, STYLE_BOLD, code->id, 0);
    out_string(out, " (");
    out_string(out, severity_name(code->severity));
    out_string(out, " ");
    out_number(out, code->number);
    out_string(out, "): ");
    out_string(out, code->title);
    out_string(out, "\n");
    write_part(out, "cause", code->cause);
    if (code->example != NULL && code->example[0] != '\0') {
        out_string(out, "\n");
        out_cell(out, STYLE_BOLD, "example", 0);
        out_string(out, "\n");
        for (const char *line = code->example; *line != '\0';) {
            size_t size = strcspn(line, "\n");

            out_string(out, size != 0 ? "    " : "");
            out_safe(out, line, size);
            out_string(out, "\n");
            line += size + (line[size] == '\n');
        }
    }
    write_part(out, "remedy", code->remedy);
}

static void
write_part(struct output *out, const char *title, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    out_string(out, "\n");
    out_cell(out, STYLE_BOLD, title, 0);
    out_string(out, "\n    ");
    out_folded(out, text, 4, 4);
    out_string(out, "\n");
}
