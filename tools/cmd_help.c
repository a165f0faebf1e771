/* SPDX-License-Identifier: MIT
 *
 * rulecheck help: how a subcommand is used, what a diagnostic means, the lists of limits, exit codes and diagnostics, from the
 * tables that the tool and the library work with, and a page each about what the tool reads and writes.
 */
#include <config.h>

#include "tool.h"

static enum ending help(struct tool *tool, const struct arguments *arguments);
static bool help_topic(struct output *out, const char *word);
static void help_exit_codes(struct output *out);
static const struct rck_code *find_code(const char *word);
static void help_code(struct output *out, const struct rck_code *code);
static void write_part(struct output *out, const char *title, const char *text);

static const char requests[] =
    "A request says who asks (subject, role), what for (action) and on what (resource), and gives the facts that the\n"
    "clauses need. 'rulecheck list vocabulary' shows the words of a policy. A name is exact and is one of those.\n"
    "\n"
    "JSON, one object a line: dotted keys or nested objects, lists for sets; null is absent.\n"
    "    {\"id\": 7, \"subject\": \"authtoken\", \"role\": [\"owner\"], \"action\": \"create\",\n"
    "     \"resource\": \"tokens.management\", \"stack.management_tokens\": 29}\n"
    "\n"
    "JSON in the shape of AuthZEN: a type is the subject or resource, a name the action, an id the attribute\n"
    "subject.id or resource.id, and X of the properties the attribute subject.X, resource.X or action.X.\n"
    "    {\"subject\": {\"type\": \"authtoken\", \"id\": \"ann\", \"properties\": {\"department\": \"sales\"}},\n"
    "     \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"entry\", \"id\": \"7\"}, \"context\": {\"channel\": \"web\"}}\n"
    "\n"
    "Pairs, one request a line: what has blanks stands in double quotes, with the escapes of JSON, and is a text.\n"
    "    id=7 subject=authtoken role={owner, admin} action=create stack.management_tokens=29 note=\"two words\"\n"
    "\n"
    "CSV with a header (RFC 4180): a set stands in quotes; lines may end in quotes only.\n"
    "    id,subject,role,action,stack.management_tokens\n"
    "    7,authtoken,\"{owner, admin}\",create,29\n"
    "\n"
    "In pairs and CSV, empty text and '-' are absent; what stands in quotes is not. {} is the empty set everywhere.\n"
    "The key 'id' comes back with the decision. Keys that the vocabulary does not know are ignored with a warning, unless\n"
    "their first part is one of its names, or --strict is given: then the request is invalid.\n";

static const char results[] =
    "A request gets one of four results; the first that applies, in this order. Only 'allow' permits.\n"
    "\n"
    "  invalid        it is not a request of this vocabulary: a word or key is unknown, a type or range is wrong\n"
    "  deny           an enforced clause is violated; or, under 'default deny', no clause grants it\n"
    "  indeterminate  a fact is missing that could make it a deny; the result names the clause and the fact\n"
    "  allow          otherwise\n"
    "\n"
    "Clauses that end in 'warn' are reported apart and decide nothing. The order of clauses never matters.\n"
    "'rulecheck explain' tells of one request what each clause says, and which facts it read.\n"
    "'rulecheck eval --expect KEY' compares each result with the one under KEY of the request: allow, deny, indeterminate\n"
    "or invalid, or true and false for allow and deny. It ends with 1 if some differ.\n";

static const char policy[] =
    "A policy is a text of statements that end in ';'. Comments run from '#' to the end of the line.\n"
    "\n"
    "    policy shop.tokens;\n"
    "    default allow;\n"
    "    vocabulary {\n"
    "        subject    user, robot;\n"
    "        role       owner, admin;\n"
    "        action     read, create;\n"
    "        resource   token, entry;\n"
    "        counter    token.count : up on create token;\n"
    "        counter    calls per minute : up on use anything;\n"
    "        attribute  entry.state : { draft, live } optional;\n"
    "        attribute  entry.size : int 0.. in KB;\n"
    "    }\n"
    "    param most : int 1..100 = 30;\n"
    "\n"
    "    count:   limit token.count to most;\n"
    "    rate:    limit calls to 60 per minute;\n"
    "    gate:    only owner, admin may create token;\n"
    "    ban:     robot cannot create entry  says \"Robots only read.\";\n"
    "    size:    require entry.size <= 2 MB to create entry  says \"An entry of {entry.size} KB is too large.\";\n"
    "    drafts:  deny when entry.state is present and entry.state == draft and action == read;\n"
    "    assert   robot cannot create entry;\n"
    "\n"
    "'rulecheck help types' tells of the types of attributes and params, of units, times and patterns.\n"
    "'include \"FILE\";' puts another file in its place, once; FILE is relative to the including one. What two files declare\n"
    "must be the same, 'default' included; 'policy' and 'source' of the including file count.\n"
    "Under 'default deny', 'WHO may DO' grants. A name covers all that is declared below it: 'stack' covers stack.user.\n"
    "Asserts are proved for all requests whenever the policy is loaded. 'rulecheck check' tells what is wrong.\n";

static const char types[] =
    "Types of attributes and, without 'set', of params; a counter is a whole number from 0.\n"
    "\n"
    "  bool                     true, false\n"
    "  int, int 0.., int 1..9   whole numbers of 64 bits\n"
    "  decimal, decimal 0..     numbers with at most six places\n"
    "  string                   any text; compared with \"texts in quotes\"\n"
    "  time                     a point in time\n"
    "  { draft, live }          one of the names;        open { draft, live }         or any other\n"
    "  set of { read, write }   any number of the names; set of open { read, write }  and others\n"
    "\n"
    "Units: 'int 0.. in MB' and 'decimal in days' compare with quantities, such as 700 MB or 36 hours, with a blank between\n"
    "number and unit. Requests and --param give the number alone, in the declared unit; a plain number in a clause is in\n"
    "that unit, too. A counter that is raised 'by' an attribute has its unit.\n"
    "  sizes      bytes, KB, MB, GB, TB (thousands), KiB, MiB, GiB, TiB (1024)\n"
    "  durations  ms, seconds, minutes, hours, days, weeks; months and years have no fixed length and are none\n"
    "  rates      per second, per minute, per hour, per day, per week; also the windows of counters and their limits\n"
    "\n"
    "Times: 2026-03-25T12:00:00Z or 2026-03-25T13:00:00+01:00, in the years 1678 to 2261. In policies, cases and --param also\n"
    "a date, which is its first instant in UTC. A duration may be added: 'entry.deleted + 14 days < now'. 'now' is the time\n"
    "of the decision: the clock's, unless --now gives it. In cases it is a column.\n"
    "\n"
    "Patterns: 'x matches \"*.exe\"' compares all of x. * is any run of characters, ? is one, [a-z_] one of these, [!a-z_] none\n"
    "of these. Nothing else has a meaning, not even a backslash: a '*' itself is written [*].\n"
    "\n"
    "'open resource a, b;' lets requests have other names as well. One of them lies below the longest declared name that it\n"
    "begins with: a.x below a. A gate or grant by name never lets an undeclared subject or role through.\n";

static const char cases[] =
    "Cases are tests that a policy carries, a row a request; 'rulecheck test' runs them, with the declared parameters.\n"
    "\n"
    "    cases \"who may create a token\" {\n"
    "        subject  action  resource  role       token.count -> result;\n"
    "        user     create  token     owner      29          -> allow;\n"
    "        user     create  token     admin      30          -> deny by count;\n"
    "        user     create  token     {}         30          -> deny by count, gate;\n"
    "        user     create  token     owner      -           -> indeterminate;\n"
    "    }\n"
    "\n"
    "'-' is an absent value, {} the empty set; a number may have its unit, and 'now' may be a column. 'by' lists exactly\n"
    "the clauses that are violated, or unknown, and 'by default' is for requests that nothing grants; without 'by' only\n"
    "the result counts.\n"
    "Cases may stand in a file of their own that includes the policy: 'include \"my.rules\";'.\n"
    "\n"
    "'rulecheck gen' writes cases for a policy, on both sides of each bound; 'test --coverage' tells what cases do not reach,\n"
    "and 'test --mutate' which small mistakes in the policy they do not notice.\n";

static const char formats[] =
    "What --input and --format know, beside text and json:\n"
    "\n"
    "  eval --input csv    a header and records (RFC 4180), UTF-8 without a byte order mark\n"
    "  eval --input kv     lines of key=value pairs\n"
    "  eval --format csv   a header, and a record a request: line, id, decision, violated, unknown, error\n"
    "  check --format line   FILE:LINE:COLUMN: SEVERITY: MESSAGE [ID], for editors and CI\n"
    "  check --format sarif  SARIF 2.1.0, for code hosts\n"
    "  test --format tap     TAP version 13\n"
    "  test --format junit   the XML that JUnit made common\n"
    "\n"
    "Of eval in JSON and CSV, and of all others, standard output holds the document and nothing else. In the JSON of eval\n"
    "each request is one line. Members and columns are added at times; none is renamed or taken away.\n"
    "--digest adds the SHA-256 of what the policy decides by, which 'rulecheck list' shows: equal for policies that differ\n"
    "in white space, comments and sentences alone.\n";

/* The topics beside subcommands and diagnostics. */
static const struct {
    const char *name;
    const char *text;
    void (*write)(struct output *out); /* if there is no text */
} topics[] = {
    { "requests", requests, NULL },     { "results", results, NULL },
    { "policy", policy, NULL },         { "types", types, NULL },
    { "cases", cases, NULL },           { "formats", formats, NULL },
    { "limits", NULL, out_limits },     { "exit-codes", NULL, help_exit_codes },
    { "codes", NULL, out_codes },
};

const struct command command_help = {
    .name = "help",
    .usage = "[SUBCOMMAND | ID | NUMBER | TOPIC]",
    .summary = "explain a subcommand, a diagnostic, a topic",
    .about = "Explains a subcommand, a diagnostic by its ID or number, or a TOPIC: requests, results, policy, types, cases,\n"
             "formats, limits (of the compiler), exit-codes, codes (all diagnostics).\n",
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
    message_suggest(tool, &suggestion, "'rulecheck help' lists the subcommands, 'rulecheck help help' the topics",
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
            if (topics[i].text != NULL)
                out_string(out, topics[i].text);
            else
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
    out_string(out, code->optional ? ", optional): " : "): ");
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
    if (code->optional)
        write_part(out, "optional", "It is looked for only where '-W ID' or '-E ID' asks for it.");
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
