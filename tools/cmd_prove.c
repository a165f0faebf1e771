/* SPDX-License-Identifier: MIT
 *
 * rulecheck prove: is every request that violates a clause denied?  For all requests, or with one that refutes it.
 */
#include <config.h>

#include <stdlib.h>

#include "tool.h"

static enum ending prove(struct tool *tool, const struct arguments *arguments);
static enum ending compile(struct tool *tool, struct rck_context *context, const char *path, const char *claim, bool json);
static enum ending answer(const struct rck_diagnostics *diagnostics, enum rck_status status);
static void write_json(struct output *out, enum ending ending, const char *claim, const struct rck_diagnostics *diagnostics);

const struct command command_prove = {
    .name = "prove",
    .usage = "[OPTION...] CLAUSE",
    .summary = "prove that a policy denies all that a clause denies",
    .about = "Takes the body of a clause, with its tails, and proves that the policy, a source, denies every complete request\n"
             "that violates it and allows none; or with 'allow when EXPR', that it allows all complete requests where EXPR\n"
             "is true.  A request that refutes it is shown, with what it gets.  Ends with 0 if it is proved, with 1 if it is\n"
             "refuted, with 2 if the limit 'proof-steps' did not suffice, and with 4 if policy or clause do not compile.\n",
    .options = OPTIONS_COMMON | OPTIONS_POLICY | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = prove,
};

static enum ending
prove(struct tool *tool, const struct arguments *arguments)
{
    char *shipped = option_given(arguments, OPT_POLICY) ? NULL : default_policy_path();
    const char *path = option_value(arguments, OPT_POLICY, shipped);
    struct rck_context *context = NULL;
    enum ending ending = END_ERROR;
    enum rck_status status = RCK_OK;

    if (arguments->n_words != 1) {
        message(tool, LEVEL_ERROR, "quote it: rulecheck prove 'management_token cannot create tokens.management'",
                "'prove' needs one clause, as one word");
    } else if (!refuse_saved_policy(tool, path, "prove") && (context = new_context(tool, arguments)) != NULL) {
        /* What else is to be said of the policy, 'check' says. */
        for (size_t i = 0; status == RCK_OK && rck_code_at(i) != NULL; i++)
            if (rck_code_at(i)->severity == RCK_WARNING)
                status = rck_context_set_warning(context, rck_code_at(i)->id, RCK_WARNING_OFF);
        if (status == RCK_OK)
            status = rck_context_set_assert(context, arguments->words[0]);
        if (status == RCK_E_ARGUMENT)
            message(tool, LEVEL_ERROR, "give the body of one clause, without a ';' and without a comment", "this is not one clause");
        else if (status != RCK_OK)
            ending = message_status(tool, status);
        else
            ending = compile(tool, context, path, arguments->words[0], wants_json(arguments));
    }
    rck_context_free(context);
    free(shipped);
    return ending;
}

static enum ending
compile(struct tool *tool, struct rck_context *context, const char *path, const char *claim, bool json)
{
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    enum rck_status status = rck_policy_compile_file(context, path, &diagnostics, &policy);
    enum ending ending = answer(diagnostics, status);
    bool answered = ending == END_OK || ending == END_FOUND || ending == END_INDETERMINATE;

    if (json && answered) {
        write_json(tool->out, ending, claim, diagnostics);
    } else if (ending == END_OK) {
        out_literal(tool->out, "proved: ");
        out_safe_string(tool->out, claim);
        out_literal(tool->out, "\n");
    } else if (diagnostics != NULL) {
        struct output *out = answered ? tool->out : tool->err;

        (void)rck_diagnostics_write(diagnostics, out->color ? RCK_COLOR : 0, out_piece, out);
        (void)out_flush(out);
    } else {
        ending = message_status(tool, status);
    }
    rck_policy_unref(policy);
    rck_diagnostics_free(diagnostics);
    return ending;
}

/* The exit code: the claim is refuted, or not proved, if nothing else is wrong. */
static enum ending
answer(const struct rck_diagnostics *diagnostics, enum rck_status status)
{
    enum ending ending = END_OK;
    const struct rck_diagnostic *d;

    if (status != RCK_OK && status != RCK_E_POLICY)
        return END_ERROR;
    for (size_t i = 0; diagnostics != NULL && (d = rck_diagnostics_at(diagnostics, i)) != NULL; i++) {
        bool claim = strcmp(d->file, "assert") == 0;

        ending = worse(ending, claim && strcmp(d->id, "assert-failed") == 0 ? END_FOUND
                               : claim && strcmp(d->id, "not-proved") == 0  ? END_INDETERMINATE
                                                                            : END_POLICY);
    }
    return status == RCK_OK ? END_OK : ending != END_OK ? ending : END_POLICY;
}

static bool
add_piece(void *arg, const char *text, size_t size)
{
    struct text *whole = arg;
    size_t used = whole->p != NULL ? strlen(whole->p) : 0;

    text_room(whole, used + size + 1);
    memcpy(whole->p + used, text, size);
    whole->p[used + size] = '\0';
    return true;
}

static void
write_json(struct output *out, enum ending ending, const char *claim, const struct rck_diagnostics *diagnostics)
{
    struct text text = { 0 };

    text_room(&text, 1);
    text.p[0] = '\0';
    if (diagnostics != NULL)
        (void)rck_diagnostics_write(diagnostics, 0, add_piece, &text);
    js_open(out, '{');
    js_key(out, "clause");
    js_string(out, claim);
    js_key(out, "answer");
    js_string(out, ending == END_OK ? "proved" : ending == END_FOUND ? "refuted" : "not completed");
    js_key(out, "text");
    js_string(out, text.p);
    js_close(out, '}');
    js_end(out);
    free(text.p);
}
