/* SPDX-License-Identifier: MIT
 *
 * rulecheck trace: lines the sentences of a page up with what the clauses of a policy cite.  What is reworded is shown word by
 * word; a number that the page says and a clause says otherwise is told, too, also where the clause cites the sentence as it is.
 */
#include <config.h>

#include <stdlib.h>

#include "amounts.h"

/* A sentence that a clause cites. */
struct cited {
    uint32_t clause;
    bool exact;   /* the page has it, word for word */
    size_t place; /* in the page: the sentence, or the one that is most like it; SIZE_MAX: none is */
};

/* A sentence of the page and a clause that cites it. */
struct link {
    size_t cited; /* index in trace.cited, which is that in trace.cites */
    bool exact;
};

struct links {
    struct link *at;
    size_t n, room;
};

enum finding { FOUND_COVERED, FOUND_REWORDED, FOUND_UNCOVERED, FOUND_ASIDE, N_FINDINGS };

struct trace {
    const struct rck_policy *policy;
    struct sentences page, cites;
    struct cited *cited;       /* one a sentence of 'cites' */
    struct rck_clause *clauses;
    uint32_t n_clauses;
    struct amounts *amounts;   /* by clause: the numbers that it says */
    struct amounts *on_page;   /* by clause: those of all sentences of the page that it cites */
    struct links *links;       /* by sentence of the page */
    bool *on;                  /* by clause: some sentence of the page is one that it cites, maybe in other words */
    size_t counts[N_FINDINGS]; /* sentences of the page */
    size_t n_numbers;          /* sentences of which a clause says another number */
    size_t n_elsewhere;        /* clauses that cite nothing of the page */
};

static enum ending trace(struct tool *tool, const struct arguments *arguments);
static void trace_init(struct trace *t, const struct rck_policy *policy);
static void trace_free(struct trace *t);
static void line_up(struct trace *t);
static enum finding finding_of(const struct trace *t, size_t sentence);
static bool differs(const struct trace *t, size_t sentence, const struct link *link, struct amounts *page, struct amounts *clause);
static void count(struct trace *t);
static void write_text(struct output *out, const struct trace *t, const char *path);
static void write_json(struct output *out, const struct trace *t, const char *path);

const struct command command_trace = {
    .name = "trace",
    .usage = "[OPTION...] PAGE [POLICY]",
    .summary = "line the sentences of a page up with the clauses that cite them",
    .about = "Reads the page in the file PAGE, which is Markdown or plain text ('-' is standard input), and the policy in the\n"
             "file POLICY (without it, the shipped one).  Tells of each sentence of the page which clauses cite it, or that\n"
             "they cite it in other words, or that none does; of which sentences a clause says another number; and which\n"
             "clauses cite nothing of the page.  Marks of Markdown, and the style of quotes, dashes and blanks, are no\n"
             "differences.  Exit code 0: all is covered; 1: something was found.\n",
    .options = OPTIONS_COMMON | OPTIONS_COMPILE | OPTION(OPT_FORMAT),
    .formats = FORMATS_COMMON,
    .run = trace,
};

static enum ending
trace(struct tool *tool, const struct arguments *arguments)
{
    char *shipped = arguments->n_words == 1 ? default_policy_path() : NULL;
    struct trace t = { 0 };
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    enum ending ending = END_ERROR;

    if (arguments->n_words == 0 || arguments->n_words > 2)
        message(tool, LEVEL_ERROR, "write 'rulecheck trace PAGE.md my.rules'", "give one page, and one policy");
    else if (sentences_read_page(tool, arguments->words[0], &t.page))
        context = new_context(tool, arguments);
    if (context != NULL)
        policy = load_policy_file(tool, context, shipped != NULL ? shipped : arguments->words[1], &ending);
    if (policy != NULL) {
        trace_init(&t, policy);
        line_up(&t);
        count(&t);
        if (wants_json(arguments))
            write_json(tool->out, &t, arguments->words[0]);
        else
            write_text(tool->out, &t, arguments->words[0]);
        ending = t.counts[FOUND_REWORDED] + t.counts[FOUND_UNCOVERED] + t.n_numbers + t.n_elsewhere != 0 ? END_FOUND : END_OK;
    }
    trace_free(&t);
    rck_policy_unref(policy);
    rck_context_free(context);
    free(shipped);
    return ending;
}

/* Reads what the clauses cite, and the numbers that they say. */
static void
trace_init(struct trace *t, const struct rck_policy *policy)
{
    struct rck_policy_info info;
    size_t room = 0;

    rck_policy_describe(policy, &info);
    t->policy = policy;
    t->n_clauses = info.n_clauses;
    t->clauses = must_allocate(info.n_clauses, sizeof *t->clauses);
    t->amounts = must_allocate(info.n_clauses, sizeof *t->amounts);
    t->on_page = must_allocate(info.n_clauses, sizeof *t->on_page);
    t->links = must_allocate(t->page.n, sizeof *t->links);
    t->on = must_allocate(info.n_clauses, sizeof *t->on);
    for (uint32_t c = 0; c < info.n_clauses; c++) {
        size_t first = t->cites.n;

        (void)rck_policy_clause(policy, c, &t->clauses[c]);
        sentences_add_cited(&t->cites, &t->clauses[c]);
        if (t->clauses[c].kind != RCK_CLAUSE_NOTE)
            amounts_add_clause(&t->amounts[c], policy, t->clauses[c].text);
        for (; first < t->cites.n; first++) {
            t->cited = vector_room(t->cited, first, &room, sizeof *t->cited);
            t->cited[first] = (struct cited){ .clause = c, .place = SIZE_MAX };
        }
    }
}

static void
trace_free(struct trace *t)
{
    for (uint32_t c = 0; c < t->n_clauses; c++) {
        free(t->amounts[c].at);
        free(t->on_page[c].at);
    }
    for (size_t i = 0; i < t->page.n && t->links != NULL; i++)
        free(t->links[i].at);
    free(t->links);
    free(t->on);
    free(t->cited);
    free(t->clauses);
    free(t->amounts);
    free(t->on_page);
    sentences_free(&t->page);
    sentences_free(&t->cites);
}

/* Notes that a clause cites a sentence of the page: the clause has one more sentence to take its numbers from. */
static void
add_link(struct trace *t, size_t cited, size_t place, bool exact)
{
    struct links *links = &t->links[place];

    links->at = vector_room(links->at, links->n, &links->room, sizeof *links->at);
    links->at[links->n++] = (struct link){ cited, exact };
    t->on[t->cited[cited].clause] = true;
    amounts_add_sentence(&t->on_page[t->cited[cited].clause], &t->page, place);
}

static void
line_up(struct trace *t)
{
    for (size_t i = 0; i < t->cites.n; i++) {
        struct cited *cited = &t->cited[i];

        for (size_t j = 0; j < t->page.n; j++)
            if (sentence_equal(&t->cites, i, &t->page, j)) {
                cited->exact = true;
                cited->place = j;
                add_link(t, i, j, true);
            }
        if (cited->exact)
            continue;
        cited->place = sentence_nearest(&t->cites, i, &t->page);
        /* And where the page says the same once more. */
        for (size_t j = 0; j < t->page.n && cited->place != SIZE_MAX; j++)
            if (j == cited->place || sentence_equal(&t->page, cited->place, &t->page, j))
                add_link(t, i, j, false);
    }
}

static enum finding
finding_of(const struct trace *t, size_t sentence)
{
    const struct links *links = &t->links[sentence];

    for (size_t i = 0; i < links->n; i++)
        if (links->at[i].exact)
            return FOUND_COVERED;
    if (links->n != 0)
        return FOUND_REWORDED;
    return t->page.at[sentence].aside != ASIDE_NONE ? FOUND_ASIDE : FOUND_UNCOVERED;
}

static bool
has_amount(const struct amounts *amounts, struct amount amount)
{
    for (size_t i = 0; i < amounts->n; i++)
        if (amount_equal(amounts->at[i], amount))
            return true;
    return false;
}

static void
add_amount(struct amounts *amounts, struct amount amount)
{
    amounts->at = vector_room(amounts->at, amounts->n, &amounts->room, sizeof *amounts->at);
    amounts->at[amounts->n++] = amount;
}

/* True if LINK's clause says a number that none of its sentences says, and SENTENCE one that none of its clauses does.  Puts these
 * into PAGE and CLAUSE, which are emptied before.  0 and 1 are how policies write 'none' and 'at least one'. */
static bool
differs(const struct trace *t, size_t sentence, const struct link *link, struct amounts *page, struct amounts *clause)
{
    uint32_t c = t->cited[link->cited].clause;
    const struct links *links = &t->links[sentence];
    struct amounts said = { 0 };

    page->n = clause->n = 0;
    for (size_t i = 0; i < t->amounts[c].n; i++) {
        struct amount amount = t->amounts[c].at[i];

        if (amount.micros > 1000000 && !has_amount(&t->on_page[c], amount) && !has_amount(clause, amount))
            add_amount(clause, amount);
    }
    if (clause->n != 0)
        amounts_add_sentence(&said, &t->page, sentence);
    for (size_t i = 0; i < said.n; i++) {
        bool found = said.at[i].is_loose;

        for (size_t k = 0; k < links->n && !found; k++)
            found = has_amount(&t->amounts[t->cited[links->at[k].cited].clause], said.at[i]);
        if (!found && !has_amount(page, said.at[i]))
            add_amount(page, said.at[i]);
    }
    free(said.at);
    return page->n != 0 && clause->n != 0;
}

/* True if some clause of the sentence says another number. */
static bool
any_differs(const struct trace *t, size_t sentence)
{
    struct amounts page = { 0 }, clause = { 0 };
    bool found = false;

    for (size_t i = 0; i < t->links[sentence].n && !found; i++)
        found = differs(t, sentence, &t->links[sentence].at[i], &page, &clause);
    free(page.at);
    free(clause.at);
    return found;
}

static void
count(struct trace *t)
{
    for (size_t i = 0; i < t->page.n; i++) {
        t->counts[finding_of(t, i)]++;
        t->n_numbers += any_differs(t, i);
    }
    for (uint32_t c = 0; c < t->n_clauses; c++)
        t->n_elsewhere += !t->on[c];
}

static const char *
aside_name(enum aside aside)
{
    static const char *const names[] = { [ASIDE_NONE] = "",
                                         [ASIDE_ABOUT] = "about the page",
                                         [ASIDE_ANSWER] = "an answer",
                                         [ASIDE_LINK] = "a link",
                                         [ASIDE_LEAD] = "before a list" };

    return names[aside];
}

/* True if the I-th link of a sentence is of a clause that an earlier one is of, in the same way. */
static bool
is_repeated(const struct trace *t, const struct links *links, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (t->cited[links->at[k].cited].clause == t->cited[links->at[i].cited].clause && links->at[k].exact == links->at[i].exact)
            return true;
    return false;
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

static void
write_labels(struct output *out, const struct trace *t, const struct links *links, bool exact)
{
    const char *separator = " ";

    for (size_t i = 0; i < links->n; i++) {
        if (links->at[i].exact != exact || is_repeated(t, links, i))
            continue;
        out_string(out, separator);
        out_safe_string(out, t->clauses[t->cited[links->at[i].cited].clause].label);
        separator = ", ";
    }
}

static void
write_words(struct output *out, const struct sentences *s, const struct edit *edit)
{
    for (uint32_t i = 0; i < edit->n_words; i++) {
        const struct word *word = &s->words[edit->first_word + i];

        if (i != 0)
            out_string(out, " ");
        out_safe(out, s->texts + word->at, word->n);
    }
}

/* What the clause cites, [-thus-], and what the page says, {+thus+}. */
static void
write_edits(struct output *out, const struct trace *t, size_t cited, size_t sentence)
{
    static const char *const begins[] = { [EDIT_SAME] = "", [EDIT_FIRST] = "[-", [EDIT_SECOND] = "{+" };
    static const char *const ends[] = { [EDIT_SAME] = "", [EDIT_FIRST] = "-]", [EDIT_SECOND] = "+}" };
    static const enum style styles[] = { [EDIT_SAME] = STYLE_NONE, [EDIT_FIRST] = STYLE_BAD, [EDIT_SECOND] = STYLE_GOOD };
    size_t n;
    struct edit *edits = sentence_edits(&t->cites, cited, &t->page, sentence, &n);

    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            out_string(out, " ");
        if (edits[i].kind != EDIT_SAME)
            out_style(out, styles[edits[i].kind]);
        out_string(out, begins[edits[i].kind]);
        write_words(out, edits[i].kind == EDIT_SECOND ? &t->page : &t->cites, &edits[i]);
        out_string(out, ends[edits[i].kind]);
        if (edits[i].kind != EDIT_SAME)
            out_style(out, STYLE_NONE);
    }
    free(edits);
}

static void
write_amounts(struct output *out, const struct amounts *amounts)
{
    for (size_t i = 0; i < amounts->n; i++) {
        char text[32];

        amount_text(amounts->at[i], text);
        out_string(out, i == 0 ? " " : i + 1 == amounts->n ? " and " : ", ");
        out_string(out, text);
    }
}

static void
write_numbers(struct output *out, const struct trace *t, size_t sentence)
{
    struct amounts page = { 0 }, clause = { 0 };

    for (size_t i = 0; i < t->links[sentence].n; i++) {
        const struct link *link = &t->links[sentence].at[i];

        if (is_repeated(t, &t->links[sentence], i) || !differs(t, sentence, link, &page, &clause))
            continue;
        out_string(out, "    ");
        out_cell(out, STYLE_BAD, "numbers differ", 0);
        out_string(out, ": the page says");
        write_amounts(out, &page);
        out_string(out, ", ");
        out_safe_string(out, t->clauses[t->cited[link->cited].clause].label);
        out_string(out, " says");
        write_amounts(out, &clause);
        out_string(out, "\n");
    }
    free(page.at);
    free(clause.at);
}

static void
write_sentence(struct output *out, const struct trace *t, const char *path, size_t idx)
{
    static const char *const words[N_FINDINGS] = { "covered by", "reworded by", "not covered", "aside" };
    static const enum style styles[N_FINDINGS] = { STYLE_GOOD, STYLE_DOUBT, STYLE_BAD, STYLE_DIM };
    const struct sentence *sentence = &t->page.at[idx];
    const struct links *links = &t->links[idx];
    enum finding found = finding_of(t, idx);

    out_cell(out, STYLE_BOLD, path, 0);
    out_string(out, ":");
    out_number(out, sentence->line);
    out_string(out, ": ");
    out_cell(out, styles[found], words[found], 0);
    write_labels(out, t, links, found == FOUND_COVERED);
    if (found == FOUND_ASIDE) {
        out_string(out, ", ");
        out_string(out, aside_name(sentence->aside));
    }
    out_string(out, "\n");
    if (found != FOUND_REWORDED) {
        out_string(out, "    ");
        out_folded(out, sentence_text(&t->page, idx), 4, 4);
        out_string(out, "\n");
    }
    for (size_t i = 0; i < links->n; i++) {
        if (links->at[i].exact)
            continue;
        out_string(out, "    ");
        if (found == FOUND_COVERED) {
            out_string(out, "reworded by ");
            out_safe_string(out, t->clauses[t->cited[links->at[i].cited].clause].label);
            out_string(out, ": ");
        }
        write_edits(out, t, links->at[i].cited, idx);
        out_string(out, "\n");
    }
    write_numbers(out, t, idx);
}

static void
write_elsewhere(struct output *out, const struct trace *t, uint32_t idx)
{
    const struct rck_clause *clause = &t->clauses[idx];

    out_cell(out, STYLE_BOLD, clause->file, 0);
    out_string(out, ":");
    out_number(out, clause->line);
    out_string(out, ": ");
    out_safe_string(out, clause->label);
    out_string(out, " ");
    out_cell(out, STYLE_BAD, clause->cites != NULL || clause->kind == RCK_CLAUSE_NOTE ? "is not on the page" : "cites nothing", 0);
    out_string(out, "\n");
    for (size_t i = 0; i < t->cites.n; i++)
        if (t->cited[i].clause == idx) {
            out_string(out, "    ");
            out_folded(out, sentence_text(&t->cites, i), 4, 4);
            out_string(out, "\n");
        }
}

static void
write_text(struct output *out, const struct trace *t, const char *path)
{
    for (size_t i = 0; i < t->page.n; i++)
        write_sentence(out, t, path, i);
    for (uint32_t c = 0; c < t->n_clauses; c++)
        if (!t->on[c])
            write_elsewhere(out, t, c);
    out_count(out, t->page.n, "sentence");
    out_string(out, ": ");
    out_number(out, t->counts[FOUND_COVERED]);
    out_string(out, " covered, ");
    out_number(out, t->counts[FOUND_REWORDED]);
    out_string(out, " reworded, ");
    out_number(out, t->counts[FOUND_UNCOVERED]);
    out_string(out, " not covered, ");
    out_count(out, t->counts[FOUND_ASIDE], "aside");
    out_string(out, "; ");
    out_number(out, t->n_numbers);
    out_string(out, " with other numbers; ");
    out_count(out, t->n_elsewhere, "clause");
    out_string(out, " not on the page\n");
}

/* ---- JSON --------------------------------------------------------------------------------------------------------------- */

static void
js_words(struct output *out, const char *key, const struct sentences *s, const struct edit *edit)
{
    char *text;
    size_t size = 0;

    js_key(out, key);
    for (uint32_t i = 0; i < edit->n_words; i++)
        size += s->words[edit->first_word + i].n + 1;
    text = must_allocate(size, 1);
    size = 0;
    for (uint32_t i = 0; i < edit->n_words; i++) {
        const struct word *word = &s->words[edit->first_word + i];

        if (i != 0)
            text[size++] = ' ';
        memcpy(text + size, s->texts + word->at, word->n);
        size += word->n;
    }
    js_text(out, text, size);
    free(text);
}

static void
js_amounts(struct output *out, const char *key, const struct amounts *amounts)
{
    js_key(out, key);
    js_open(out, '[');
    for (size_t i = 0; i < amounts->n; i++) {
        char text[32];

        amount_text(amounts->at[i], text);
        js_raw(out, text, strlen(text));
    }
    js_close(out, ']');
}

/* A list of the words for what a run of words is, with the words. */
static void
js_edits(struct output *out, const struct trace *t, size_t cited, size_t sentence)
{
    static const char *const keys[] = { [EDIT_SAME] = "both", [EDIT_FIRST] = "cites", [EDIT_SECOND] = "page" };
    size_t n;
    struct edit *edits = sentence_edits(&t->cites, cited, &t->page, sentence, &n);

    js_key(out, "words");
    js_open(out, '[');
    for (size_t i = 0; i < n; i++) {
        js_open(out, '{');
        js_words(out, keys[edits[i].kind], edits[i].kind == EDIT_SECOND ? &t->page : &t->cites, &edits[i]);
        js_close(out, '}');
    }
    js_close(out, ']');
    free(edits);
}

static void
js_link(struct output *out, const struct trace *t, size_t sentence, const struct link *link)
{
    struct amounts page = { 0 }, clause = { 0 };

    js_open(out, '{');
    js_key(out, "clause");
    js_string(out, t->clauses[t->cited[link->cited].clause].label);
    js_key(out, "exact");
    js_bool(out, link->exact);
    if (!link->exact)
        js_edits(out, t, link->cited, sentence);
    if (differs(t, sentence, link, &page, &clause)) {
        js_key(out, "numbers");
        js_open(out, '{');
        js_amounts(out, "page", &page);
        js_amounts(out, "clause", &clause);
        js_close(out, '}');
    }
    js_close(out, '}');
    free(page.at);
    free(clause.at);
}

static void
write_json(struct output *out, const struct trace *t, const char *path)
{
    static const char *const states[N_FINDINGS] = { "covered", "reworded", "uncovered", "aside" };

    js_open(out, '{');
    js_key(out, "page");
    js_string(out, path);
    js_key(out, "sentences");
    js_open(out, '[');
    for (size_t i = 0; i < t->page.n; i++) {
        enum finding found = finding_of(t, i);

        js_line(out);
        js_open(out, '{');
        js_key(out, "line");
        js_number(out, t->page.at[i].line);
        js_key(out, "text");
        js_string(out, sentence_text(&t->page, i));
        js_key(out, "state");
        js_string(out, states[found]);
        if (found == FOUND_ASIDE) {
            js_key(out, "aside");
            js_string(out, aside_name(t->page.at[i].aside));
        }
        js_key(out, "cited_by");
        js_open(out, '[');
        for (size_t k = 0; k < t->links[i].n; k++)
            js_link(out, t, i, &t->links[i].at[k]);
        js_close(out, ']');
        js_close(out, '}');
    }
    js_close(out, ']');
    js_key(out, "not_on_page");
    js_open(out, '[');
    for (uint32_t c = 0; c < t->n_clauses; c++) {
        if (t->on[c])
            continue;
        js_line(out);
        js_open(out, '{');
        js_key(out, "clause");
        js_string(out, t->clauses[c].label);
        js_key(out, "file");
        js_string(out, t->clauses[c].file);
        js_key(out, "line");
        js_number(out, t->clauses[c].line);
        js_key(out, "cites");
        js_string(out, t->clauses[c].cites);
        js_close(out, '}');
    }
    js_close(out, ']');
    js_key(out, "summary");
    js_open(out, '{');
    for (unsigned f = 0; f < N_FINDINGS; f++) {
        js_key(out, states[f]);
        js_number(out, t->counts[f]);
    }
    js_key(out, "other_numbers");
    js_number(out, t->n_numbers);
    js_key(out, "not_on_page");
    js_number(out, t->n_elsewhere);
    js_close(out, '}');
    js_close(out, '}');
    js_end(out);
}
