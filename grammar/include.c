/* SPDX-License-Identifier: MIT
 *
 * `include`: the files of a policy become one tree.
 *
 * The parser cuts a file into parts, one before each include and one behind the last.  Here the parts are put together in the
 * order of the text with includes in place: the first part, the parts of the file that is included behind it, the second part,
 * and so on, depth first with a stack of its own.  So a file is parsed by itself, and a mistake in one does not reach into
 * another.
 *
 * What a file is, only its name tells: who finds files (rck_context_set_include()) gives one file one name.  A file whose name
 * came before adds nothing; if it is still on the stack, the files include one another, which is an error.
 */
#include <config.h>

#include "compile.h"

enum { PATH_SHOWN = 6 }; /* files of a cycle that its message names */

/* One file of the graph. */
struct file {
    struct file *next;       /* read before this one */
    const struct source *source;
    struct part *part;       /* the next one to be put into the tree */
    struct file *includer;   /* where it was included first; NULL: it is the root */
    struct span at;          /* there */
    bool open;               /* it is on the stack: itself, or what it includes, is being read */
};

/* The files of a policy, while they are read. */
struct graph {
    struct front *front;
    const struct finder *finder;
    struct file *newest;
    uint64_t n_includes;     /* so far, against their limit */
    struct ast ast;          /* the tree so far */
    struct ast_ends last;
};

static enum rck_status parse_file(struct graph *graph, const struct source *source, struct file *includer, struct span at,
                                  struct file **out);
static void take_head(struct graph *graph, const struct ast *head);
static void take_part(struct graph *graph, struct part *part);
static enum rck_status include(struct graph *graph, struct file *from, const struct part *part, struct file **out);
static enum rck_status add_source(struct graph *graph, const struct rck_include *answer, struct span at,
                                  const struct source **out);
static struct file *find_file(const struct graph *graph, struct str name);
static enum rck_status parse_assertion(struct graph *graph, struct file **out);
static void report_cycle(struct graph *graph, const struct file *file, const struct file *from, struct span at);
static struct str words_of(struct compile *c, struct span span);
static bool is_word_byte(char c);

enum rck_status
front_parse_all(struct front *front, const struct source *root, const struct finder *finder)
{
    struct graph graph = { .front = front, .finder = finder };
    struct file *top;
    enum rck_status status = parse_file(&graph, root, NULL, (struct span){ 0, 0 }, &top);
    bool asserted = front->settings->assertion.n == 0;

    /* A limit ends it all, and what was not read might declare anything. */
    while (status == RCK_OK && top != NULL && !front->gave_up) {
        struct part *part = top->part;
        struct file *included = NULL;

        if (part == NULL) {
            top->open = false;
            top = top->includer;
            if (top == NULL && !asserted) {
                asserted = true;
                status = parse_assertion(&graph, &top);
            }
            continue;
        }
        top->part = part->next;
        take_part(&graph, part);
        if (part->include.n != 0)
            status = include(&graph, top, part, &included);
        if (included != NULL)
            top = included;
    }
    if (front->gave_up)
        front_lose_file(front);
    if (status == RCK_OK) {
        front->ast = arena_alloc(front->arena, sizeof *front->ast);
        if (front->ast == NULL)
            return RCK_E_NOMEM;
        *front->ast = graph.ast;
    }
    return status;
}

bool
include_repeats(struct compile *c, const char *what, struct str name, struct declared first, struct declared again)
{
    struct diag *d;

    if (diags_place(c->diags, first.name.begin).source == diags_place(c->diags, again.name.begin).source)
        return false;
    if (str_equal(words_of(c, first.words), words_of(c, again.words)))
        return true;
    d = diag_report(c->diags, CODE_REDECLARED, again.name, "%s '%.*s' is declared in two files, and not alike", what,
                    QUOTE(name));
    diag_second(c->diags, d, first.name, "first declared here");
    diag_help(c->diags, d, "declare it in one file and include that, or give one of the two another name");
    return true;
}

/* Parses SOURCE, which INCLUDER includes at AT. */
static enum rck_status
parse_file(struct graph *graph, const struct source *source, struct file *includer, struct span at, struct file **out)
{
    struct front *front = graph->front;
    struct file *file = arena_alloc(front->arena, sizeof *file);
    enum rck_status status;

    if (file == NULL || (file->part = arena_alloc(front->arena, sizeof *file->part)) == NULL)
        return RCK_E_NOMEM;
    file->next = graph->newest;
    graph->newest = file;
    file->source = source;
    file->includer = includer;
    file->at = at;
    file->open = true;
    front->part = file->part;
    front->ast = front->head = &file->part->ast;
    front->last = file->part->last;
    status = front_parse(front, source);
    front->part->last = front->last;
    if (status == RCK_OK) {
        take_head(graph, front->head);
        *out = file;
    }
    return status;
}

/* Parses the assert of the settings, as a file behind all others. */
static enum rck_status
parse_assertion(struct graph *graph, struct file **out)
{
    bool too_large;
    const struct source *source =
        diags_add_source(graph->front->diags, STR("assert"), graph->front->settings->assertion, &too_large);

    return source != NULL ? parse_file(graph, source, NULL, (struct span){ 0, 0 }, out) : RCK_E_NOMEM;
}

/* Puts the head of a file into the tree: the first one counts, and that of an including file comes before that of an included
 * one. */
static void
take_head(struct graph *graph, const struct ast *head)
{
    struct ast *ast = &graph->ast;

    if (ast->name == NULL)
        ast->name = head->name;
    if (ast->source_at.end == 0) {
        ast->source = head->source;
        ast->source_date = head->source_date;
        ast->source_at = head->source_at;
    }
    if (!head->has_default)
        return;
    if (ast->has_default && ast->by_default != head->by_default) {
        struct diags *diags = graph->front->diags;
        struct diag *d =
            diag_report(diags, CODE_REDECLARED, head->default_at, "'default' is stated in two files, and not alike");

        diag_second(diags, d, ast->default_at, "first stated here");
        diag_help(diags, d, "a policy has one default: state the same one, or leave it out of the included file");
    } else if (!ast->has_default) {
        ast->has_default = true;
        ast->by_default = head->by_default;
        ast->default_at = head->default_at;
    }
}

/* Puts PART behind what is in the tree. */
static void
take_part(struct graph *graph, struct part *part)
{
#define LIST(type, list)                                                                                                       \
    if (part->ast.list != NULL) {                                                                                              \
        *(graph->last.list != NULL ? &graph->last.list->next : &graph->ast.list) = part->ast.list;                             \
        graph->last.list = part->last.list;                                                                                    \
    }
    AST_LISTS(LIST)
#undef LIST
}

/* Follows the include behind PART of FROM; *OUT is the file if it is a new one. */
static enum rck_status
include(struct graph *graph, struct file *from, const struct part *part, struct file **out)
{
    struct front *front = graph->front;
    struct rck_include question = { .from = from->source->path.p };
    struct str path = arena_copy(front->arena, part->include);
    const struct source *source = NULL;
    enum rck_status status;
    struct file *file;
    struct diag *d;

    if (path.p == NULL)
        return RCK_E_NOMEM;
    if (graph->n_includes++ == front->settings->limits[LIMIT_INCLUDES]) {
        diag_limit(front->diags, LIMIT_INCLUDES, part->at, "the policy");
        front->gave_up = true;
        return RCK_OK;
    }
    if (graph->finder->find == NULL) {
        d = diag_report(front->diags, CODE_UNREADABLE, part->at, "cannot include '%.*s': nobody tells where it is",
                        QUOTE(path));
        diag_help(front->diags, d, "compile the policy from a file, or give the context a function that finds files");
        front_lose_file(front);
        return RCK_OK;
    }
    question.path = path.p;
    status = graph->finder->find(graph->finder->arg, &question);
    if (status == RCK_OK) {
        if (question.name == NULL)
            question.name = question.path;
        file = find_file(graph, str_of(question.name));
        if (file != NULL && file->open)
            report_cycle(graph, file, from, part->at);
        else if (file == NULL)
            status = add_source(graph, &question, part->at, &source);
    } else if (status != RCK_E_NOMEM) {
        const char *name = question.name != NULL ? question.name : question.path;
        const char *error = question.error != NULL ? question.error : "there is no such file";

        diag_report(front->diags, CODE_UNREADABLE, part->at, "cannot read '%s': %s", name, error);
        front_lose_file(front);
        front->unread = true;
        status = RCK_OK;
    }
    if (question.release != NULL)
        question.release(&question);
    if (status == RCK_OK && source != NULL)
        status = parse_file(graph, source, from, part->at, out);
    return status;
}

/* Keeps the text of ANSWER, which is included at AT; *OUT is untouched if it does not fit. */
static enum rck_status
add_source(struct graph *graph, const struct rck_include *answer, struct span at, const struct source **out)
{
    struct front *front = graph->front;
    bool too_large = false;
    const struct source *source = diags_add_source(front->diags, str_of(answer->name),
                                                   (struct str){ answer->text, answer->length }, &too_large);

    if (source == NULL && !too_large)
        return RCK_E_NOMEM;
    if (source == NULL) {
        diag_limit(front->diags, LIMIT_POLICY_BYTES, at, "the files together");
        front->gave_up = true;
    } else {
        *out = source;
    }
    return RCK_OK;
}

static struct file *
find_file(const struct graph *graph, struct str name)
{
    struct file *file = graph->newest;

    while (file != NULL && !str_equal(file->source->path, name))
        file = file->next;
    return file;
}

/* Reports that FROM, on the top of the stack, includes at AT what is below it on the stack, or itself. */
static void
report_cycle(struct graph *graph, const struct file *file, const struct file *from, struct span at)
{
    struct diags *diags = graph->front->diags;
    struct str path = file->source->path;
    struct diag *d;
    unsigned n = 0;

    for (const struct file *step = from; step != file; step = step->includer)
        if (++n <= PATH_SHOWN)
            path = arena_format(graph->front->arena, "%.*s -> %.*s", WHOLE(step->source->path), WHOLE(path));
    if (n > PATH_SHOWN)
        path = arena_format(graph->front->arena, "... -> %.*s", WHOLE(path));
    path = arena_format(graph->front->arena, "%.*s -> %.*s", WHOLE(file->source->path), WHOLE(path));
    d = diag_report(diags, CODE_INCLUDE_CYCLE, at, "the file includes itself: %.*s", WHOLE(path));
    for (const struct file *step = from; step != file; step = step->includer)
        diag_second(diags, d, step->at, "included here");
    diag_help(diags, d, "put what both files need into a third one, and include that");
}

/* The text of SPAN; white space and comments are one blank between two words, and nothing elsewhere.  Each text is made once: one
 * declaration may have many names, and comments of any length. */
static struct str
words_of(struct compile *c, struct span span)
{
    struct str text = front_text(c->front, span);
    struct str key = arena_copy(c->arena, (struct str){ (const char *)&span.begin, sizeof span.begin });
    uint32_t idx = symbols_add(c->words, key, c->words_made.n);
    bool quoted = false, apart = false;
    size_t n = 0;
    char *out;

    if (idx < c->words_made.n)
        return c->words_made.items[idx];
    out = arena_alloc(c->arena, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        char at = text.p[i];

        if (quoted && at == '\\') {
            out[n++] = at;
            out[n++] = text.p[++i];
            continue;
        }
        if (!quoted && at == '#')
            while (text.p[i + 1] != '\n') /* a declaration ends in no comment */
                i++;
        if (!quoted && (at == '#' || at == ' ' || at == '\t' || at == '\r' || at == '\n')) {
            apart = true;
            continue;
        }
        if (apart && n != 0 && is_word_byte(out[n - 1]) && is_word_byte(at))
            out[n++] = ' ';
        apart = false;
        quoted = quoted != (at == '"');
        out[n++] = at;
    }
    return *vec_push(c->arena, &c->words_made) = (struct str){ out, n };
}

static bool
is_word_byte(char c)
{
    return c == '_' || c == '"' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}
