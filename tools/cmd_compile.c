/* SPDX-License-Identifier: MIT
 *
 * rulecheck compile: saves a compiled policy to a file, so that others need not compile it.  Who loads the file while it is
 * written gets the old one or the new one, never a part: it is written beside its place and moved there when it is on the disk.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

static enum ending compile(struct tool *tool, const struct arguments *arguments);
static enum ending save(struct tool *tool, const struct rck_policy *policy, const char *path);
static enum ending save_to_output(struct tool *tool, const struct rck_policy *policy);
static enum ending save_to_file(struct tool *tool, const struct rck_policy *policy, const char *path, const char *target,
                                bool moves);
static int open_beside(const char *target, char **name);
static bool write_policy(const struct rck_policy *policy, int fd, bool keeps, enum rck_status *status, int *error);

const struct command command_compile = {
    .name = "compile",
    .usage = "[OPTION...] POLICY",
    .summary = "compile a policy once, for all who load it",
    .about = "Compiles the file POLICY, as 'check' does, and saves what comes out to the file of '--output', unless a case fails.\n"
             "Where '--policy FILE' takes a policy, it takes a saved one too, and has it at once: nothing is parsed, and\n"
             "nothing is proved.  Parameters are fixed in it, and its cases are left out.  The same policy gives the same bytes.\n"
             "A file that is there is replaced if it is a saved policy, or empty.\n"
             "Keep the policy itself: another version of rulecheck may ask for it, and so do 'check', 'test' and 'compile'.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_OUTPUT),
    .run = compile,
};

static enum ending
compile(struct tool *tool, const struct arguments *arguments)
{
    const char *path = option_value(arguments, OPT_OUTPUT, NULL);
    struct rck_context *context;
    struct rck_policy *policy;
    enum ending ending = END_ERROR;

    if (arguments->n_words != 1) {
        message(tool, LEVEL_ERROR, "write 'rulecheck compile POLICY -o FILE'",
                arguments->n_words == 0 ? "no policy is named" : "more than one policy is named");
        return END_ERROR;
    }
    if (path == NULL) {
        message(tool, LEVEL_ERROR, "write 'rulecheck compile POLICY -o FILE'", "no file is named that the policy is saved to");
        return END_ERROR;
    }
    if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO) == 1) {
        message(tool, LEVEL_ERROR, "name a file with '-o FILE'", "a saved policy is nothing for a terminal");
        return END_ERROR;
    }
    if (refuse_saved_policy(tool, arguments->words[0], "compile"))
        return END_ERROR;
    context = new_context(tool, arguments);
    if (context == NULL)
        return END_ERROR;
    rck_context_set_run_cases(context, true);
    policy = load_policy_file(tool, context, arguments->words[0], &ending);
    if (policy != NULL)
        ending = save(tool, policy, path);
    rck_policy_unref(policy);
    rck_context_free(context);
    return ending;
}

static enum ending
save(struct tool *tool, const struct rck_policy *policy, const char *path)
{
    enum ending ending;
    struct stat is = { 0 };
    char *target;
    bool moves;
    int error;

    if (strcmp(path, "-") == 0)
        return save_to_output(tool, policy);
    target = realpath(path, NULL); /* a link stays, and what it leads to is replaced */
    moves = target == NULL || stat(target, &is) != 0 || S_ISREG(is.st_mode);
    if (target != NULL && moves && is.st_size != 0 && !is_saved_policy(target, &error)) {
        message(tool, LEVEL_ERROR, "name another file, or remove it first", "'%s' is no saved policy: what it holds would be lost", path);
        ending = END_ERROR;
    } else {
        ending = save_to_file(tool, policy, path, target != NULL ? target : path, moves);
    }
    free(target);
    return ending;
}

static enum ending
save_to_output(struct tool *tool, const struct rck_policy *policy)
{
    enum rck_status status = rck_policy_save(policy, out_piece, tool->out);

    /* What could not be written is told when the output is closed. */
    return status == RCK_OK || status == RCK_E_IO ? END_OK : message_status(tool, status);
}

/* Saves POLICY to TARGET, which the user calls PATH: beside it first if it MOVES there, into it if it is a device or pipe. */
static enum ending
save_to_file(struct tool *tool, const struct rck_policy *policy, const char *path, const char *target, bool moves)
{
    enum rck_status status = RCK_OK;
    char *beside = NULL;
    int fd = moves ? open_beside(target, &beside) : open(target, O_WRONLY | O_CLOEXEC);
    int error = errno;
    bool good = fd >= 0 && write_policy(policy, fd, moves, &status, &error);

    if (good && moves && rename(beside, target) != 0) {
        error = errno;
        good = false;
    }
    if (!good && fd >= 0 && moves)
        (void)unlink(beside);
    free(beside);
    if (status == RCK_E_NOMEM)
        return message_status(tool, status);
    if (!good)
        message(tool, LEVEL_ERROR, NULL, "cannot write '%s': %s", path, strerror(error));
    return good ? END_OK : END_ERROR;
}

/* Opens a new file in the folder of TARGET; *NAME is to be freed. */
static int
open_beside(const char *target, char **name)
{
    static const char ending[] = ".XXXXXX";
    size_t len = strlen(target);
    mode_t mask = umask(0);
    int fd;

    (void)umask(mask);
    *name = must_allocate(len + sizeof ending, 1);
    memcpy(*name, target, len);
    memcpy(*name + len, ending, sizeof ending);
    fd = mkstemp(*name);
    if (fd >= 0)
        (void)fchmod(fd, 0666 & ~mask);
    return fd;
}

/* Writes POLICY to FD and closes it; with KEEPS not before it is on the disk.  False if that failed: *STATUS or *ERROR tells why. */
static bool
write_policy(const struct rck_policy *policy, int fd, bool keeps, enum rck_status *status, int *error)
{
    struct output *out = new_output(fd, OUTPUT_ROOM);
    bool good;

    if (out == NULL) {
        (void)close(fd);
        *status = RCK_E_NOMEM;
        return false;
    }
    *status = rck_policy_save(policy, out_piece, out);
    good = out_flush(out) && *status == RCK_OK;
    if (good && keeps && fsync(fd) != 0) {
        out->error = errno;
        good = false;
    }
    good = out_close(out) && good;
    *error = out->error;
    free(out);
    return good;
}
