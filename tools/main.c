/* SPDX-License-Identifier: MIT
 *
 * rulecheck, the command line tool of librulecheck: streams, messages and dispatch.  The subcommands are the files cmd_*.c.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef HAVE_MALLOPT
#include <malloc.h>
#endif

#include "tool.h"

static enum ending run(struct tool *tool, const struct arguments *arguments);
static bool wants_color(int fd, int choice);

const struct command *const *
all_commands(void)
{
    static const struct command *const commands[] = { &command_check, &command_eval,  &command_explain, &command_test,
                                                      &command_gen,   &command_table, &command_list,    &command_diff,
                                                      &command_who,   &command_prove, &command_compile, &command_trace,
                                                      &command_route, &command_help,  NULL };

    return commands;
}

const char *
ending_meaning(enum ending ending)
{
    static const char *const meanings[N_ENDINGS] = {
        [END_OK] = "all requests are allowed; nothing was found",
        [END_FOUND] = "a request is denied; a policy has warnings, a case failed, a mutant survived",
        [END_INDETERMINATE] = "a request could not be decided: a fact is missing",
        [END_INVALID] = "a request is not of the vocabulary's shape",
        [END_POLICY] = "the policy does not compile",
        [END_ERROR] = "wrong usage, a file that cannot be read or written, no request at all",
    };

    return meanings[ending];
}

int
main(int argc, char **argv)
{
    struct tool tool = { .out = new_output(STDOUT_FILENO, OUTPUT_ROOM), .err = new_output(STDERR_FILENO, OUTPUT_ROOM) };
    struct arguments arguments;
    enum ending ending = END_ERROR;

#ifdef HAVE_MALLOPT
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 20); /* or glibc keeps up to 32 MiB of what a compile frees, once a large block was freed */
#endif
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error like others, and so is a file that may not grow */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (tool.out == NULL || tool.err == NULL) {
        (void)fputs("rulecheck: error: out of memory\n", stderr);
        free(tool.out);
        free(tool.err);
        return END_ERROR;
    }
    tool.err->color = wants_color(STDERR_FILENO, 0);
    if (arguments_parse(&tool, argc, argv, &arguments)) {
        tool.out->color = wants_color(STDOUT_FILENO, option_choice(&arguments, OPT_COLOR, 0));
        tool.err->color = wants_color(STDERR_FILENO, option_choice(&arguments, OPT_COLOR, 0));
        ending = run(&tool, &arguments);
    }
    if (!out_close(tool.out)) {
        message(&tool, LEVEL_ERROR, NULL, "cannot write to standard output: %s", strerror(tool.out->error));
        ending = END_ERROR;
    }
    arguments_free(&arguments);
    free(tool.out);
    free(tool.err);
    return (int)ending;
}

void
message(struct tool *tool, enum level level, const char *help, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    message_list(tool, level, help, format, list);
    va_end(list);
}

void
message_suggest(struct tool *tool, const struct suggestion *suggestion, const char *fallback, const char *format, ...)
{
    char help[128];
    va_list list;

    if (suggestion->word != NULL)
        snprintf(help, sizeof help, "did you mean '%s'?", suggestion->word);
    va_start(list, format);
    message_list(tool, LEVEL_ERROR, suggestion->word != NULL ? help : fallback, format, list);
    va_end(list);
}

void
message_list(struct tool *tool, enum level level, const char *help, const char *format, va_list list)
{
    static const char *const words[] = { [LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning", [LEVEL_NOTE] = "note" };
    static const enum style styles[] = { [LEVEL_ERROR] = STYLE_BAD, [LEVEL_WARNING] = STYLE_DOUBT, [LEVEL_NOTE] = STYLE_BOLD };
    struct output *err = tool->err;
    char text[8192]; /* file names are written whole */

    (void)out_flush(tool->out);
    erase_progress(tool);
    (void)vsnprintf(text, sizeof text, format, list);
    out_string(err, "rulecheck: ");
    out_style(err, styles[level]);
    out_string(err, words[level]);
    out_style(err, STYLE_NONE);
    out_string(err, ": ");
    out_safe_string(err, text);
    if (help != NULL) {
        out_string(err, "\n    = help: ");
        out_safe_string(err, help);
    }
    out_string(err, "\n");
    (void)out_flush(err);
}

enum ending
message_status(struct tool *tool, enum rck_status status)
{
    message(tool, LEVEL_ERROR, NULL, "%s", rck_status_text(status));
    return END_ERROR;
}

void
erase_progress(struct tool *tool)
{
    if (!tool->progress)
        return;
    tool->progress = false;
    out_string(tool->err, "\r\033[K");
    (void)out_flush(tool->err);
}

void *
must_allocate(size_t n, size_t size)
{
    void *memory = calloc(n != 0 ? n : 1, size);

    if (memory == NULL) {
        (void)fputs("rulecheck: error: out of memory\n", stderr);
        exit(END_ERROR);
    }
    return memory;
}

void
text_room(struct text *text, size_t size)
{
    if (size < text->room)
        return;
    free(text->p);
    text->room = size < 256 ? 256 : size + size / 2 + 1;
    text->p = must_allocate(text->room, 1);
}

static enum ending
run(struct tool *tool, const struct arguments *arguments)
{
    if (option_given(arguments, OPT_HELP)) {
        write_help(tool->out, arguments->command);
        return END_OK;
    }
    if (option_given(arguments, OPT_VERSION)) {
        out_string(tool->out, "rulecheck " PACKAGE_VERSION "\n");
        return END_OK;
    }
    if (arguments->command == NULL) {
        message(tool, LEVEL_ERROR, "'rulecheck --help' lists them", "no subcommand is given");
        return END_ERROR;
    }
    return arguments->command->run(tool, arguments);
}

/* CHOICE is one of OPT_COLOR: auto, always, never. */
static bool
wants_color(int fd, int choice)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (choice != 0)
        return choice == 1;
    return (no_color == NULL || no_color[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0 && isatty(fd) == 1;
}
