/* SPDX-License-Identifier: MIT
 *
 * Policy text to policy: reads, parses, runs the passes, and cleans up, whatever happened.
 */
#include <config.h>

#include "compile.h"
#include "files.h"

static const struct {
    void (*run)(struct compile *c);
    enum {
        BEFORE_CLAUSES, /* what clauses depend on: has run where clauses were taken as they were parsed */
        ALWAYS_RUN,
        NEEDS_CLEAN     /* does not run once an error was found: it would only report what follows from it */
    } when;
} passes[] = {
    { pass_head, BEFORE_CLAUSES },     { pass_names, BEFORE_CLAUSES }, { pass_params, BEFORE_CLAUSES },
    { pass_counters, BEFORE_CLAUSES }, { pass_clauses, ALWAYS_RUN },   { pass_routes, ALWAYS_RUN },
    { pass_cases, ALWAYS_RUN },        { pass_seal, NEEDS_CLEAN },     { pass_unused, NEEDS_CLEAN },
    { pass_proofs, NEEDS_CLEAN },      { pass_run_cases, NEEDS_CLEAN },
};

void
pass_head(struct compile *c)
{
    const struct ast *ast = c->front->ast;
    struct rck_policy *policy = c->policy;
    struct diag *d;
    bool empty = ast->name == NULL && !ast->has_default && ast->decls == NULL && ast->clauses == NULL;

    policy->name = arena_copy(&policy->arena, ast->name != NULL ? ast->name->text : STR(""));
    policy->source = ast->source_at.end != 0 ? arena_copy(&policy->arena, ast->source) : ast->source;
    policy->source_date = ast->source_date.n != 0 ? arena_copy(&policy->arena, ast->source_date) : ast->source_date;
    policy->by_default = ast->by_default;
    if (empty && c->parsed) {
        d = diag_report(c->diags, CODE_MISSING, (struct span){ 0, 0 }, "the policy is empty");
        diag_help(c->diags, d, "begin with 'policy NAME;' and 'default allow;' or 'default deny;'");
        return;
    }
    if (ast->name == NULL && c->parsed) {
        d = diag_report(c->diags, CODE_MISSING, (struct span){ 0, 0 }, "the policy has no name");
        diag_help(c->diags, d,
                  ast->has_default ? "begin with 'policy NAME;'"
                                   : "begin with 'policy NAME;', or if it is a part of a policy, check the file that includes it");
    }
    if (!ast->has_default && c->parsed) {
        d = diag_report(c->diags, CODE_MISSING, (struct span){ 0, 0 },
                        "the policy does not say what is decided where no clause applies");
        diag_help(c->diags, d,
                  "write 'default allow;' if it lists what is forbidden, 'default deny;' if it lists what is permitted");
    }
}

void
pass_seal(struct compile *c)
{
    enum limit limit = LIMIT_CELLS;
    uint32_t clause = RCK_NONE;

    /* From here on only the lint asks for clauses by their labels, and for the words of clauses; it wants a tree. */
    if (c->taking) {
        index_drop(&c->labels);
        index_drop(&c->word_idx);
        vec_drop(c->arena, &c->known);
    }
    vec_trim(c->arena, &c->stated);
    if (policy_seal(c->policy, c->settings, &limit, &clause) == POLICY_FINE)
        return;
    diag_limit(c->diags, limit, clause != RCK_NONE ? c->stated.items[clause].label : (struct span){ 0, 0 },
               limit == LIMIT_CLAUSE_ROWS    ? "this clause"
               : limit == LIMIT_ROUTE_STATES ? "the automaton of the routes"
                                             : "the decision table");
}

static bool
has_errors(const struct compile *c)
{
    return c->diags->found[RCK_ERROR] != 0;
}

/* Lets failed allocations of the passes go to ESCAPE.  NULL: the parser runs, which has its own for the tree, and whoever finds files,
 * who is told by NULL. */
static void
set_escape(struct compile *c, jmp_buf *escape)
{
    c->arena->escape = c->scratch->escape = c->question.escape = c->policy->arena.escape = c->diags->arena->escape = escape;
}

/* Takes a clause while the text is being parsed. */
static bool
take_clause(void *arg, const struct ast_clause *clause)
{
    struct compile *c = arg;
    jmp_buf *parser = c->scratch->escape;

    set_escape(c, c->escape);
    if (!c->taking) {
        c->taking = c->parsed = true;
        c->policy->kept = c->front->source->text;
        c->policy->n_kept = c->front->source->n;
        for (size_t i = 0; i < N_ELEMENTS(passes) && !has_errors(c); i++)
            if (passes[i].when == BEFORE_CLAUSES)
                passes[i].run(c);
    }
    names_add_now(c);
    if (!has_errors(c))
        clause_add(c, clause);
    set_escape(c, NULL);
    c->scratch->escape = parser;
    return !has_errors(c);
}

/* Parses and runs the passes.  Its own variables do not change after setjmp; everything else is in *C. */
static enum rck_status
run_passes(struct compile *c, const struct source *source, const struct finder *finder)
{
    jmp_buf escape;
    enum rck_status status;

    if (setjmp(escape) != 0)
        return RCK_E_NOMEM;
    c->escape = &escape;
    set_escape(c, &escape);
    sets_init(&c->policy->sets, &c->policy->arena);
    guards_init(&c->policy->guards, &c->policy->arena);
    c->slots = symbols_new(c->arena, c->settings->hash_seed);
    c->params = symbols_new(c->arena, c->settings->hash_seed);
    c->texts = symbols_new(c->arena, c->settings->hash_seed);
    c->labels = c->pattern_idx = c->word_idx = (struct index){ .arena = c->arena };
    c->limited = symbols_new(c->arena, c->settings->hash_seed);
    c->words = symbols_new(c->arena, c->settings->hash_seed);
    set_escape(c, NULL);
    status = front_parse_all(c->front, source, finder);
    if (status != RCK_OK || c->front->once_more)
        return status;
    c->parsed = !has_errors(c);
    set_escape(c, &escape);
    for (size_t i = 0; i < N_ELEMENTS(passes); i++)
        if (passes[i].when == BEFORE_CLAUSES ? !c->taking : passes[i].when == ALWAYS_RUN || !has_errors(c))
            passes[i].run(c);
    status = c->front->unread ? RCK_E_IO : has_errors(c) ? RCK_E_POLICY : RCK_OK;
    if (c->settings->then != NULL && status == RCK_OK)
        status = c->policy->overridden ? RCK_E_ARGUMENT : c->settings->then(c, c->settings->then_arg);
    set_escape(c, NULL); /* it ends with this function */
    return status;
}

/* One attempt: TAKING says whether clauses are taken as they are parsed.  *ONCE_MORE: that was no good, and left no trace. */
static enum rck_status
try_source(struct rck_context *context, struct rck_diagnostics *diagnostics, const struct source *source,
           const struct finder *finder, bool taking, bool *once_more, struct rck_policy **out)
{
    const struct settings *settings = &context->settings;
    struct arena tree, arena;
    struct front front = { .arena = &tree, .settings = settings, .diags = &diagnostics->diags };
    struct compile c = { .front = &front, .diags = &diagnostics->diags, .arena = &arena, .scratch = &tree, .settings = settings };
    enum rck_status status;

    if (taking) {
        front.take_clause = take_clause;
        front.take_arg = &c;
    }
    arena_init(&tree, &context->mem, (size_t)settings->limits[LIMIT_COMPILE_BYTES]);
    arena_init(&arena, &context->mem, (size_t)settings->limits[LIMIT_COMPILE_BYTES]);
    arena_init(&c.question, &context->mem, (size_t)settings->limits[LIMIT_COMPILE_BYTES]);
    status = policy_new(&context->mem, settings, &c.policy);
    if (status == RCK_OK)
        status = run_passes(&c, source, finder);
    diagnostics->arena.escape = NULL;
    rck_explanation_free(c.explanation);
    rck_request_free(c.witness);
    /* Not every failed allocation jumps: where a record is made, it leaves its mark and the text empty. */
    if (tree.failed || arena.failed || c.question.failed || diagnostics->arena.failed || c.policy == NULL
        || c.policy->arena.failed) {
        status = RCK_E_NOMEM;
    } else if (status == RCK_E_NOMEM && (tree.capped || arena.capped || c.question.capped || c.policy->arena.capped)) {
        diag_limit(&diagnostics->diags, LIMIT_COMPILE_BYTES, (struct span){ 0, 0 }, "the policy");
        status = RCK_E_POLICY;
    }
    *once_more = front.once_more && status == RCK_OK;
    arena_free(&tree);
    arena_free(&arena);
    arena_free(&c.question);
    if (*once_more)
        diags_forget(&diagnostics->diags);
    if (status == RCK_OK && !*once_more) {
        c.policy->arena.escape = NULL;
        diagnostics->diags.sources.items[0]->has_slices = c.taking;
        index_drop(&c.policy->guards.by_key);
        *out = c.policy;
    } else {
        rck_policy_unref(c.policy);
    }
    return status;
}

/* Clauses are taken as they are parsed, which needs no tree of all of them.  That is possible where what they depend on stands
 * before them, in the same file; and errors are reported in the order of the passes.  Where something else is found, the text is
 * parsed once more, into a whole tree. */
static enum rck_status
compile_source(struct rck_context *context, struct rck_diagnostics *diagnostics, const struct source *source,
               const struct finder *finder, struct rck_policy **out)
{
    bool once_more = false;
    bool taking = !context->settings.whole_tree && !codes_wanted(&context->settings) && context->settings.then == NULL;
    enum rck_status status = try_source(context, diagnostics, source, finder, taking, &once_more, out);

    return once_more ? try_source(context, diagnostics, source, finder, false, &once_more, out) : status;
}

/* Puts a NUL behind TEXT, if it is a slice of what POLICY keeps. */
static void
end_slice(struct rck_policy *policy, struct text_slice text)
{
    if (text.at != 0 && text.at <= policy->n_kept)
        policy->kept[text.at - 1 + text.n] = 0;
}

/* Where clauses were taken as they were parsed, their texts are slices of the source: the policy keeps it, or a copy of a small one.
 * Nobody asked for warnings then, so that no message quotes it.  The NUL behind a text takes the place of a byte that is part of no
 * other one: that of a ':', a quote, a blank, a ';' or the next word. */
static enum rck_status
keep_source(struct rck_policy *policy, struct rck_diagnostics *diagnostics)
{
    struct source *source = diagnostics->diags.sources.items[0];
    size_t size = (size_t)source->n + SOURCE_END;

    if (!source->has_slices)
        return RCK_OK;
    if (ALWAYS(diagnostics->diags.records.n == 0)
        && arena_give(&diagnostics->arena, &policy->arena, source->text, size)) {
        source->text = NULL;
        source->n = 0;
    } else {
        char *kept = arena_alloc(&policy->arena, size);

        if (kept == NULL && policy->arena.failed)
            return RCK_E_NOMEM;
        if (kept == NULL) {
            diag_limit(&diagnostics->diags, LIMIT_COMPILE_BYTES, (struct span){ 0, 0 }, "the policy");
            return RCK_E_POLICY;
        }
        memcpy(kept, source->text, size);
        policy->kept = kept;
    }
    for (uint32_t i = 0; i < policy->clauses.n; i++) {
        const struct clause *clause = &policy->clauses.items[i];

        end_slice(policy, clause->label);
        end_slice(policy, clause->text);
        end_slice(policy, clause->cites);
        end_slice(policy, clause->says);
    }
    return RCK_OK;
}

static bool
same_sources(const struct diags *a, const struct diags *b)
{
    bool same = a->sources.n == b->sources.n;

    for (uint32_t i = 0; i < a->sources.n && same; i++) {
        const struct source *x = a->sources.items[i], *y = b->sources.items[i];

        same = str_equal(x->path, y->path) && str_equal((struct str){ x->text, x->n }, (struct str){ y->text, y->n });
    }
    return same;
}

static enum rck_status compile_root(struct rck_context *context, struct rck_include *root, const struct finder *finder,
                                    struct rck_diagnostics **diagnostics_out, struct rck_policy **out);

/* Runs the cases of POLICY, which has other parameters than the declared ones: compiles what *DIAGNOSTICS has read once more, with
 * these.  If something is wrong with that, *DIAGNOSTICS becomes what tells it. */
static enum rck_status
try_declared(struct rck_context *context, const struct finder *finder, struct rck_diagnostics **diagnostics,
             struct rck_policy *policy)
{
    const struct source *source = (*diagnostics)->diags.sources.items[0];
    struct rck_include root = { .path = source->path.p, .text = source->text, .length = source->n };
    struct rck_diagnostics *again = NULL;
    struct rck_policy *declared = NULL;
    uint32_t n_params = context->settings.params.n;
    enum rck_status status;

    context->settings.params.n = 0;
    context->settings.declared = true;
    status = compile_root(context, &root, finder, &again, &declared);
    context->settings.params.n = n_params;
    context->settings.declared = false;
    if (status == RCK_OK && !same_sources(&(*diagnostics)->diags, &again->diags)) {
        diag_report(&(*diagnostics)->diags, CODE_UNREADABLE, (struct span){ 0, 0 },
                    "cannot run the cases: a file of the policy was changed while it was read");
        status = RCK_E_IO;
    } else if (status == RCK_OK) {
        policy_pass_cases(policy);
    } else if (again != NULL) {
        rck_diagnostics_free(*diagnostics);
        *diagnostics = again;
        again = NULL;
    }
    rck_diagnostics_free(again);
    rck_policy_unref(declared);
    return status;
}

/* Gives back the text of ROOT, unless that was done. */
static void
release(struct rck_include *root)
{
    if (root->release != NULL)
        root->release(root);
    root->release = NULL;
}

/* Compiles the text of ROOT, which is given back once it is copied, or only reports ROOT's error, why there is none. */
static enum rck_status
compile_root(struct rck_context *context, struct rck_include *root, const struct finder *finder,
             struct rck_diagnostics **diagnostics_out, struct rck_policy **out)
{
    struct str name = str_of(root->path);
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct source *source;
    bool too_large = false;
    enum rck_status status = diagnostics_new(&context->mem, &context->settings, &diagnostics);

    if (diagnostics_out != NULL)
        *diagnostics_out = NULL;
    if (status != RCK_OK)
        return status;
    source = diags_add_source(&diagnostics->diags, name, (struct str){ root->text, root->length }, &too_large);
    release(root);
    if (root->error != NULL) {
        diag_report(&diagnostics->diags, CODE_UNREADABLE, (struct span){ 0, 0 }, "cannot read the file: %s", root->error);
        status = RCK_E_IO;
    } else if (source == NULL && too_large) {
        diags_name_source(&diagnostics->diags, name);
        diag_limit(&diagnostics->diags, LIMIT_POLICY_BYTES, (struct span){ 0, 0 }, "the policy text");
        status = RCK_E_POLICY;
    } else if (source == NULL && !diagnostics->arena.failed) {
        diags_name_source(&diagnostics->diags, name);
        diag_limit(&diagnostics->diags, LIMIT_COMPILE_BYTES, (struct span){ 0, 0 }, "the policy text");
        status = RCK_E_POLICY;
    } else if (source == NULL) {
        status = RCK_E_NOMEM;
    } else {
        status = compile_source(context, diagnostics, source, finder, &policy);
        if (status == RCK_OK && context->settings.run_cases && !policy_passed_cases(policy))
            status = try_declared(context, finder, &diagnostics, policy);
        /* A policy that was only tried is gone soon, and its sources are compared. */
        if (status == RCK_OK && !context->settings.declared)
            status = keep_source(policy, diagnostics);
    }
    if (status == RCK_E_NOMEM || diagnostics_seal(diagnostics) != RCK_OK || diagnostics->arena.failed) {
        rck_policy_unref(policy);
        rck_diagnostics_free(diagnostics);
        return RCK_E_NOMEM;
    }
    if (diagnostics_out != NULL)
        *diagnostics_out = diagnostics;
    else
        rck_diagnostics_free(diagnostics);
    if (status == RCK_OK)
        *out = policy;
    else
        rck_policy_unref(policy);
    return status;
}

enum rck_status
rck_policy_compile(struct rck_context *context, const char *name, const char *text, size_t length,
                   struct rck_diagnostics **diagnostics, struct rck_policy **policy)
{
    const struct finder finder = { context->include, context->include_arg };
    struct rck_include root = { .path = name, .text = text, .length = length };

    return compile_root(context, &root, &finder, diagnostics, policy);
}

enum rck_status
rck_policy_compile_file(struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics,
                        struct rck_policy **policy)
{
    struct files files;
    struct finder finder = { context->include, context->include_arg };
    struct rck_include root = { .from = "", .path = path };
    enum rck_status status;

    files_init(&files, &context->mem, context->settings.limits[LIMIT_POLICY_BYTES]);
    if (finder.find == NULL)
        finder = (struct finder){ files_include, &files };
    status = files_read(&files, &root);
    if (status == RCK_E_NOMEM) {
        if (diagnostics != NULL)
            *diagnostics = NULL;
    } else {
        status = compile_root(context, &root, &finder, diagnostics, policy);
    }
    release(&root);
    files_free(&files);
    return status;
}

enum rck_status
compile_then(struct rck_context *context, const char *name, const struct str *text, struct rck_diagnostics **diagnostics,
             enum rck_status (*then)(struct compile *c, void *arg), void *arg)
{
    struct rck_policy *policy = NULL;
    bool run_cases = context->settings.run_cases;
    enum rck_status status;

    context->settings.then = then;
    context->settings.then_arg = arg;
    context->settings.run_cases = false;
    status = text != NULL ? rck_policy_compile(context, name, text->p, text->n, diagnostics, &policy)
                          : rck_policy_compile_file(context, name, diagnostics, &policy);
    context->settings.then = NULL;
    context->settings.run_cases = run_cases;
    rck_policy_unref(policy);
    return status;
}

void
compile_needs_request(struct compile *c)
{
    if (c->witness == NULL && rck_request_new(c->policy, &c->witness) != RCK_OK)
        longjmp(*c->arena->escape, 1);
}

enum rck_status
ast_parse_for_tests(const char *text, size_t n, const struct finder *finder, struct arena *arena, struct ast **out)
{
    struct settings settings = { .hash_seed = 1 };
    struct diags diags;
    struct front front = { .arena = arena, .settings = &settings, .diags = &diags };
    const struct source *source;
    enum rck_status status;
    bool too_large;

    for (size_t i = 0; i < N_LIMITS; i++)
        settings.limits[i] = rck_limits()[i].value;
    /* The tree's texts are slices of the sources: these live where the tree does. */
    diags_init(&diags, arena, &settings);
    source = diags_add_source(&diags, STR("test"), (struct str){ text, n }, &too_large);
    if (source == NULL)
        return RCK_E_NOMEM;
    status = front_parse_all(&front, source, finder != NULL ? finder : &(struct finder){ NULL, NULL });
    if (status == RCK_OK && diags.found[RCK_ERROR] != 0)
        status = RCK_E_POLICY;
    if (status == RCK_OK)
        *out = front.ast;
    return status;
}
