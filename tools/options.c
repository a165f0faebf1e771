/* SPDX-License-Identifier: MIT
 *
 * The command line, from one table: an option is declared once, a subcommand lists which of them it has, and the parser, the
 * help and the suggestions read the same rows.  Options may stand before or after words; `--` ends them.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

enum { WORD_MAX = 64, HELP_COLUMN = 27 };

static const char *const formats[] = { [FORMAT_TEXT] = "text",   [FORMAT_JSON] = "json", [FORMAT_CSV] = "csv",
                                       [FORMAT_SARIF] = "sarif", [FORMAT_LINE] = "line", [FORMAT_TAP] = "tap",
                                       [FORMAT_JUNIT] = "junit", [N_FORMATS] = NULL };
static const char *const forms[] = { [FORM_JSON] = "json", [FORM_CSV] = "csv", [FORM_KV] = "kv", [FORM_LOG] = "log", [FORM_HAR] = "har", NULL };
static const char *const results[] = { [RCK_DENY] = "deny",
                                       [RCK_INDETERMINATE] = "indeterminate",
                                       [RCK_INVALID] = "invalid",
                                       [RCK_ALLOW] = "allow",
                                       NULL };
static const char *const colors[] = { "auto", "always", "never", NULL };

static const struct option options[N_OPTIONS] = {
    [OPT_POLICY] = { 'p', "policy", "FILE", NULL, "the policy; without it, the shipped one (Contentstack management tokens)" },
    [OPT_OUTPUT] = { 'o', "output", "FILE", NULL, "the file that the saved policy goes to; '-' is standard output" },
    [OPT_PARAM] = { 0, "param", "NAME=VALUE", NULL, "set a parameter of the policy; may be repeated" },
    [OPT_LIMIT] = { 0, "limit", "NAME=N", NULL, "set a limit of the compiler ('rulecheck help limits'); may be repeated" },
    [OPT_WARNING] = { 'W', NULL, "ID", NULL, "report warning ID, or with 'no-ID' do not; may be repeated" },
    [OPT_WARNING_ERROR] = { 'E', NULL, "ID", NULL, "make warning ID an error; may be repeated" },
    [OPT_MAX_ERRORS] = { 0, "max-errors", "N", NULL, "report at most N diagnostics (20); the rest are counted" },
    [OPT_CASES] = { 0, "cases", NULL, NULL, "run the cases as well, and report those that fail as errors" },
    [OPT_COVERAGE] = { 0, "coverage", NULL, NULL, "tell which outcomes of the clauses the cases reach, in place of each row" },
    [OPT_AT_LEAST] = { 0, "at-least", "N", NULL, "with --coverage: end with 1 if less than N percent of the outcomes are reached" },
    [OPT_MUTATE] = { 0, "mutate", NULL, NULL, "tell which small changes of the policy the cases do not notice, in place of each row" },
    [OPT_PAGE] = { 0, "page", "FILE", NULL, "report what clauses cite and the page in FILE does not say; 'trace' tells more" },
    [OPT_GAPS] = { 0, "gaps", NULL, NULL, "report the requests that no clause speaks about; the same as '-W gap'" },
    [OPT_INPUT] = { 0, "input", "FORM", forms,
                    "read json, csv, kv, or with --http json, log or har; without it, the end of a file's name tells (.csv, .kv, .log, .har), and all else is json" },
    [OPT_HTTP] = { 0, "http", NULL, NULL, "requests are messages of HTTP, which the routes of the policy turn into tuples" },
    [OPT_HEADER] = { 'H', "header", "NAME:VALUE", NULL, "a header of the message; may be repeated" },
    [OPT_BODY] = { 0, "body", "TEXT", NULL, "the body of the message, as it is sent" },
    [OPT_ROUTES] = { 0, "routes", NULL, NULL, "report routes that no path leads to, and what no clause and no case speaks of" },
    [OPT_FACTS] = { 0, "facts", "FILE", NULL, "attributes that messages do not carry: KEY=VALUE a line, for those that do not give them; or a table in a .csv file" },
    [OPT_FORMAT] = { 0, "format", "FORM", formats,
                     "write text for people (the default) or json for scripts; eval also csv; check also sarif and line; "
                     "test also tap and junit" },
    [OPT_STRICT] = { 0, "strict", NULL, NULL, "an attribute that the vocabulary does not know makes a request invalid" },
    [OPT_EXPECT] = { 0, "expect", "KEY", NULL, "compare with the decision under KEY of each request, and write only differences" },
    [OPT_ONLY] = { 0, "only", "RESULT", results, "write only requests with this result; may be repeated" },
    [OPT_NO_SUMMARY] = { 0, "no-summary", NULL, NULL, "do not write the line that counts the results" },
    [OPT_JOBS] = { 'j', "jobs", "N", NULL, "decide in N threads (1), 256 at most; the output is the same" },
    [OPT_DIGEST] = { 0, "digest", NULL, NULL, "write the policy's digest into each decision of --format json" },
    [OPT_NOW] = { 0, "now", "TIME", NULL, "decide as if it were TIME, such as 2026-03-25T12:00:00Z; without it, the clock tells" },
    [OPT_COLOR] = { 0, "color", "WHEN", colors, "colour the text: auto (on a terminal), always or never" },
    [OPT_HELP] = { 'h', "help", NULL, NULL, "write help and end" },
    [OPT_VERSION] = { 0, "version", NULL, NULL, "write the version and end" },
};

/* The state of a parse. */
struct parser {
    struct tool *tool;
    struct arguments *arguments;
    char **argv;
    int argc;
    int next; /* the index of the word after the one that is parsed */
};

static bool parse_long(struct parser *parser, const char *word);
static bool parse_letters(struct parser *parser, const char *word);
static bool can_write(struct parser *parser, int choice);
static bool take(struct parser *parser, enum option_id id, const char *spelled, const char *value);
static bool refuse_option(struct parser *parser, const char *spelled);
static bool find_command(struct parser *parser, const char *word);
static const struct command *command_of(const char *word);
static bool has_option(const struct command *command, enum option_id id);
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len);
static void write_option(struct output *out, const struct option *option);

const struct option *
option_of(enum option_id id)
{
    return &options[id];
}

bool
arguments_parse(struct tool *tool, int argc, char **argv, struct arguments *arguments)
{
    struct parser parser = { .tool = tool, .arguments = arguments, .argv = argv, .argc = argc, .next = 1 };
    size_t n_letters = 0;
    bool ended = false;

    for (int i = 1; i < argc; i++)
        n_letters += strlen(argv[i]) + 1; /* a word of letters may be an option each */
    *arguments = (struct arguments){ 0 };
    arguments->words = must_allocate((size_t)argc + 1, sizeof *arguments->words);
    arguments->settings = must_allocate(n_letters, sizeof *arguments->settings);

    while (parser.next < argc) {
        const char *word = argv[parser.next++];

        if (!ended && strcmp(word, "--") == 0) {
            ended = true;
        } else if (!ended && word[0] == '-' && word[1] == '-') {
            if (!parse_long(&parser, word))
                return false;
        } else if (!ended && word[0] == '-' && word[1] != '\0') {
            if (!parse_letters(&parser, word))
                return false;
        } else if (arguments->command == NULL) {
            if (!find_command(&parser, word))
                return false;
        } else {
            arguments->words[arguments->n_words++] = word;
        }
    }
    if (arguments->command == NULL)
        return true;
    for (size_t i = 0; i < arguments->n_settings; i++) { /* those before the subcommand could not be checked there */
        const struct option *option = &options[arguments->settings[i].id];
        char spelled[WORD_MAX];

        if (arguments->settings[i].id == OPT_FORMAT && has_option(arguments->command, OPT_FORMAT)
            && !can_write(&parser, arguments->settings[i].choice))
            return false;
        if (has_option(arguments->command, arguments->settings[i].id))
            continue;
        if (option->name != NULL)
            snprintf(spelled, sizeof spelled, "--%s", option->name);
        else
            snprintf(spelled, sizeof spelled, "-%c", option->letter);
        return refuse_option(&parser, spelled);
    }
    return true;
}

void
arguments_free(struct arguments *arguments)
{
    free(arguments->words);
    free(arguments->settings);
}

size_t
option_count(const struct arguments *arguments, enum option_id id)
{
    size_t n = 0;

    for (size_t i = 0; i < arguments->n_settings; i++)
        n += arguments->settings[i].id == id;
    return n;
}

bool
option_given(const struct arguments *arguments, enum option_id id)
{
    return option_count(arguments, id) != 0;
}

const char *
option_value(const struct arguments *arguments, enum option_id id, const char *fallback)
{
    for (size_t i = arguments->n_settings; i-- != 0;) {
        if (arguments->settings[i].id == id)
            return arguments->settings[i].value;
    }
    return fallback;
}

int
option_choice(const struct arguments *arguments, enum option_id id, int fallback)
{
    for (size_t i = arguments->n_settings; i-- != 0;) {
        if (arguments->settings[i].id == id)
            return arguments->settings[i].choice;
    }
    return fallback;
}

void
write_help(struct output *out, const struct command *command)
{
    const struct command *const *all = all_commands();
    uint32_t shown = command != NULL ? command->options : OPTIONS_COMMON;

    out_string(out, "usage: rulecheck ");
    if (command != NULL) {
        out_string(out, command->name);
        out_string(out, " ");
        out_string(out, command->usage);
        out_string(out, "\n\n");
        out_string(out, command->about);
    } else {
        out_string(out, "SUBCOMMAND [OPTION...] [WORD...]\n\n"
                        "Decides requests against a policy of limitations, and checks, tests and shows policies.\n\n"
                        "subcommands:\n");
        for (size_t i = 0; all[i] != NULL; i++) {
            out_string(out, "  ");
            out_cell(out, STYLE_BOLD, all[i]->name, HELP_COLUMN - 2);
            out_string(out, all[i]->summary);
            out_string(out, "\n");
        }
    }
    out_string(out, "\noptions:\n");
    for (unsigned i = 0; i < N_OPTIONS; i++) {
        if ((shown & 1u << i) != 0 && options[i].help != NULL)
            write_option(out, &options[i]);
    }
    out_string(out, "\nexit codes:\n");
    for (unsigned i = 0; i < N_ENDINGS; i++) {
        out_string(out, "  ");
        out_number(out, i);
        out_string(out, "  ");
        out_string(out, ending_meaning((enum ending)i));
        out_string(out, "\n");
    }
    if (command == NULL)
        out_string(out, "\n'rulecheck help SUBCOMMAND' tells more, 'rulecheck help ID' explains a diagnostic,\n"
                        "'rulecheck help help' lists the topics.\n");
}

void
suggest(struct suggestion *suggestion, const char *word, const char *candidate)
{
    size_t len = strlen(word);
    size_t candidate_len = strlen(candidate);
    size_t distance;

    if (len < 3 || len > WORD_MAX || candidate_len > WORD_MAX)
        return;
    distance = edit_distance(word, len, candidate, candidate_len);
    if (distance <= len / 3 && (suggestion->word == NULL || distance < suggestion->distance))
        *suggestion = (struct suggestion){ candidate, distance };
}

bool
parse_number(const char *text, uint64_t *number)
{
    uint64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return false;
    }
    *number = value;
    return true;
}

/* Parses `--name`, `--name=value` or `--name value`. */
static bool
parse_long(struct parser *parser, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);

    for (unsigned i = 0; i < N_OPTIONS; i++) {
        const struct option *option = &options[i];
        char spelled[WORD_MAX];

        if (option->name == NULL || strlen(option->name) != len - 2 || memcmp(option->name, word + 2, len - 2) != 0)
            continue;
        snprintf(spelled, sizeof spelled, "--%s", option->name);
        if (option->argument == NULL && equals != NULL) {
            message(parser->tool, LEVEL_ERROR, NULL, "option '%s' takes no value", spelled);
            return false;
        }
        if (option->argument != NULL && equals == NULL && parser->next == parser->argc) {
            message(parser->tool, LEVEL_ERROR, NULL, "option '%s' needs a value (%s)", spelled, option->argument);
            return false;
        }
        if (option->argument == NULL)
            return take(parser, (enum option_id)i, spelled, NULL);
        return take(parser, (enum option_id)i, spelled, equals != NULL ? equals + 1 : parser->argv[parser->next++]);
    }
    {
        char spelled[WORD_MAX + 1]; /* what does not fit is too long to resemble an option */

        snprintf(spelled, sizeof spelled, "%.*s", len < WORD_MAX ? (int)len : WORD_MAX, word);
        return refuse_option(parser, spelled);
    }
}

/* Parses `-abc`, `-pVALUE` or `-p VALUE`. */
static bool
parse_letters(struct parser *parser, const char *word)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const char spelled[3] = { '-', *letter, '\0' };
        unsigned i = 0;

        while (i < N_OPTIONS && options[i].letter != *letter)
            i++;
        if (i == N_OPTIONS)
            return refuse_option(parser, (unsigned char)*letter < 0x80 ? spelled : word);
        if (options[i].argument == NULL) {
            if (!take(parser, (enum option_id)i, spelled, NULL))
                return false;
            continue;
        }
        if (letter[1] != '\0')
            return take(parser, (enum option_id)i, spelled, letter + 1);
        if (parser->next == parser->argc) {
            message(parser->tool, LEVEL_ERROR, NULL, "option '%s' needs a value (%s)", spelled, options[i].argument);
            return false;
        }
        return take(parser, (enum option_id)i, spelled, parser->argv[parser->next++]);
    }
    return true;
}

/* Says so and returns false if the subcommand has no format CHOICE. */
static bool
can_write(struct parser *parser, int choice)
{
    const struct command *command = parser->arguments->command;
    char words[WORD_MAX] = "use";

    if ((command->formats & FORMAT(choice)) != 0)
        return true;
    for (int i = 0; i < N_FORMATS; i++) {
        size_t used = strlen(words);

        if ((command->formats & FORMAT(i)) != 0)
            snprintf(words + used, sizeof words - used, "%s%s",
                     used == 3 ? " " : command->formats >> i == 1 ? " or " : ", ", formats[i]);
    }
    message(parser->tool, LEVEL_ERROR, words, "'%s' does not write '%s'", command->name, formats[choice]);
    return false;
}

/* Notes option ID, SPELLED by the user, with VALUE. */
static bool
take(struct parser *parser, enum option_id id, const char *spelled, const char *value)
{
    struct arguments *arguments = parser->arguments;
    const struct option *option = &options[id];
    int choice = 0;

    if (arguments->command != NULL && !has_option(arguments->command, id))
        return refuse_option(parser, spelled);
    if (option->values != NULL) {
        struct suggestion suggestion = { 0 };
        char words[WORD_MAX] = "use";

        while (option->values[choice] != NULL && strcmp(option->values[choice], value) != 0)
            suggest(&suggestion, value, option->values[choice++]);
        if (option->values[choice] == NULL) {
            for (int i = 0; option->values[i] != NULL; i++) {
                const char *before = i == 0 ? " " : option->values[i + 1] != NULL ? ", " : " or ";
                size_t used = strlen(words);

                snprintf(words + used, sizeof words - used, "%s%s", before, option->values[i]);
            }
            message_suggest(parser->tool, &suggestion, words, "option '%s' does not know '%.40s'", spelled, value);
            return false;
        }
    }
    /* Of two policies, or two times, none is silently left out. */
    if (value != NULL && (OPTIONS_REPEATED & OPTION(id)) == 0 && option_given(arguments, id)
        && strcmp(option_value(arguments, id, value), value) != 0) {
        message(parser->tool, LEVEL_ERROR, "give it once", "option '%s' has two values, '%.40s' and '%.40s'", spelled,
                option_value(arguments, id, value), value);
        return false;
    }
    arguments->settings[arguments->n_settings++] = (struct setting){ .id = id, .value = value, .choice = choice };
    return true;
}

/* Says that SPELLED is no option, or none of the subcommand, and returns false. */
static bool
refuse_option(struct parser *parser, const char *spelled)
{
    const struct command *command = parser->arguments->command;
    struct suggestion suggestion = { 0 };
    char candidates[N_OPTIONS][WORD_MAX];
    char fallback[WORD_MAX];
    bool known = false;

    for (unsigned i = 0; i < N_OPTIONS; i++) {
        const char letter[3] = { '-', options[i].letter, '\0' };

        if (options[i].name == NULL)
            snprintf(candidates[i], sizeof candidates[i], "-%c", options[i].letter);
        else
            snprintf(candidates[i], sizeof candidates[i], "--%s", options[i].name);
        if (strcmp(spelled, candidates[i]) == 0 || (options[i].letter != 0 && strcmp(spelled, letter) == 0))
            known = true;
        else if (options[i].help != NULL && (command == NULL || has_option(command, (enum option_id)i)))
            suggest(&suggestion, spelled, candidates[i]);
    }
    snprintf(fallback, sizeof fallback, "'rulecheck%s%s --help' lists the options", command != NULL ? " " : "",
             command != NULL ? command->name : "");
    if (known && command != NULL)
        message(parser->tool, LEVEL_ERROR, fallback, "'%s' has no option '%s'", command->name, spelled);
    else
        message_suggest(parser->tool, &suggestion, fallback, "unknown option '%.40s'", spelled);
    return false;
}

static bool
find_command(struct parser *parser, const char *word)
{
    const struct command *const *all = all_commands();
    struct suggestion suggestion = { 0 };

    parser->arguments->command = command_of(word);
    if (parser->arguments->command != NULL)
        return true;
    for (size_t i = 0; all[i] != NULL; i++)
        suggest(&suggestion, word, all[i]->name);
    message_suggest(parser->tool, &suggestion, "'rulecheck --help' lists them", "unknown subcommand '%.40s'", word);
    return false;
}

static const struct command *
command_of(const char *word)
{
    const struct command *const *all = all_commands();

    for (size_t i = 0; all[i] != NULL; i++) {
        if (strcmp(all[i]->name, word) == 0)
            return all[i];
    }
    return NULL;
}

static bool
has_option(const struct command *command, enum option_id id)
{
    return (command->options & OPTION(id)) != 0;
}

/* Returns how many bytes must be put in, taken out, changed, or swapped with their neighbour to make B of A; both are at most
 * WORD_MAX long. */
static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];

    for (size_t j = 0; j <= b_len; j++)
        before[j] = above[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[b_len];
}

static void
write_option(struct output *out, const struct option *option)
{
    char spelled[WORD_MAX];

    if (option->name == NULL)
        snprintf(spelled, sizeof spelled, "-%c %s", option->letter, option->argument);
    else
        snprintf(spelled, sizeof spelled, "%c%c%s--%s%s%s", option->letter != 0 ? '-' : ' ',
                 option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ", " : "  ", option->name,
                 option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    out_string(out, "  ");
    out_cell(out, STYLE_BOLD, spelled, HELP_COLUMN - 2);
    out_folded(out, option->help, HELP_COLUMN, HELP_COLUMN);
    out_string(out, "\n");
}
