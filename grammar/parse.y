/* SPDX-License-Identifier: MIT
 *
 * The grammar, without conflicts; never raise %expect.  Actions build the tree and do nothing else, one call each.  A
 * statement that does not parse is skipped to its ';' or '}', so that one run reports every independent error.  The lists of
 * tails, rows and cells are built backwards, and turned round by the constructor of what holds them.  Values are pointers, and
 * never larger: the parser copies one in each step, and what is stored in pieces and loaded as a whole waits for the stores.
 */
%code top {
#include <config.h>
#include "quiet.h"
}

%code requires {
#include "front.h"
}

%code provides {
#define YY_DECL int rck_yylex(RCK_YYSTYPE *yylval, struct span *yylloc, void *yyscanner)
YY_DECL;
}

%require "3.8"
%expect 0
%define api.pure full
%define api.prefix {rck_yy}
%define api.token.prefix {TOK_}
%define api.value.type union
%define api.location.type {struct span}
%define api.header.include {"parse.h"}
%define parse.error custom
/* So an error is found before anything is reduced because of it, and the tokens that are named could stand there; but what needs no
 * token is reduced before one is read: a clause is taken when its ';' was. */
%define lr.type canonical-lr
%define lr.default-reduction consistent
%lex-param {void *yyscanner}
%parse-param {void *yyscanner} {struct front *front}
%initial-action { @$ = (struct span){ front->at, front->at }; }

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                                                        \
    ((current) = (n) != 0 ? (struct span){ YYRHSLOC(rhs, 1).begin, YYRHSLOC(rhs, n).end }                                      \
                          : (struct span){ YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end })

/* The stack never grows: deep input is answered with the limit, and nothing is allocated that a jump could leak.
 * 1,200 entries hold the nesting that the limit allows, three symbols a level. */
enum { STACK_DEPTH = 1200 };
#define YYINITDEPTH STACK_DEPTH
#define YYMAXDEPTH STACK_DEPTH

static void rck_yyerror(const struct span *at, void *yyscanner, struct front *front, const char *message);
static void mixed(struct front *front, struct span at, struct span word);
}

%token
    POLICY "'policy'"           SOURCE "'source'"         AS "'as'"                 OF "'of'"
    DEFAULT "'default'"         ALLOW "'allow'"           DENY "'deny'"             VOCABULARY "'vocabulary'"
    SUBJECT "'subject'"         ROLE "'role'"             ACTION "'action'"         RESOURCE "'resource'"
    ATTRIBUTE "'attribute'"     COUNTER "'counter'"       PARAM "'param'"           BOOL "'bool'"
    INT "'int'"                 DECIMAL "'decimal'"       STRING "'string'"         TIME "'time'"
    SET "'set'"                 OPTIONAL "'optional'"     OPEN "'open'"             UP "'up'"
    DOWN "'down'"               ON "'on'"                 BY "'by'"                 PER "'per'"
    LIMIT "'limit'"             TO "'to'"                 ONLY "'only'"             MAY "'may'"
    CANNOT "'cannot'"           USE "'use'"               ANYTHING "'anything'"     ANYONE "'anyone'"
    REQUIRE "'require'"         NOTE "'note'"             WHEN "'when'"             UNLESS "'unless'"
    CITES "'cites'"             SAYS "'says'"             COVERED "'covered'"       WARN "'warn'"
    ASSERT "'assert'"           CASES "'cases'"           INCLUDE "'include'"       ROUTES "'routes'"
    CREDENTIAL "'credential'"   NOT "'not'"               AND "'and'"               OR "'or'"
    IN "'in'"                   HAS "'has'"               IS "'is'"                 PRESENT "'present'"
    MATCHES "'matches'"         NOW "'now'"
    ARROW "'->'"                EQ "'=='"                 NE "'!='"                 LE "'<='"
    GE "'>='"                   LT "'<'"                  GT "'>'"                  DOTDOT "'..'"
    NAME "a name"               QUOTED_NAME "a quoted name"                         TEXT "a text in quotes"
    NUMBER "a number"           QUANTITY "a number with a unit"                     DECIMAL_NUMBER "a decimal number"
    DATE "a date"               TIMESTAMP "a time"
%token YYEOF 0 "the end of the file"

%type <struct str *> text as_of
%type <struct ast_name *> name member dimension_name column result
%type <struct ast_names *> names members columns
%type <struct ast_value *> value number plain_number member_set cell cells
%type <struct ast_operand *> operand bound
%type <struct ast_expr *> expr conjunction disjunction unary route_when
%type <struct ast_with *> with withs
%type <struct ast_do *> act
%type <struct ast_who *> who
%type <struct ast_body *> body
%type <struct ast_tail *> tail tails
%type <struct ast_type *> type base_type
%type <struct ast_unit *> unit window
%type <bool> optional
%type <enum ast_dimension> dimension
%type <struct ast_piece *> piece direction
%type <struct ast_step *> pieces
%type <struct ast_row *> row rows

%%

file:
    items
;

items:
    %empty                                  { front_end_item(front); }
|   items item                              { front_end_item(front); }
;

item:
    POLICY name[n] ';'                      { ast_set_policy(front, $n, @$); }
|   SOURCE text[url] as_of[date] ';'        { ast_set_source(front, *$url, $date, @$); }
|   DEFAULT ALLOW ';'                       { ast_set_default(front, RCK_ALLOW, @$); }
|   DEFAULT DENY ';'                        { ast_set_default(front, RCK_DENY, @$); }
|   VOCABULARY '{' declarations '}'
|   PARAM name[n] ':' type[t] '=' value[v] ';'
                                            { ast_add_param(front, $n, $t, $v, @$); }
|   name[l] ':' body[b] tails[t] ';'        { ast_add_clause(front, $l, $b, $t, false, @$); }
|   ASSERT body[b] tails[t] ';'             { ast_add_clause(front, NULL, $b, $t, true, @$); }
|   CASES text[title] '{' columns[c] ARROW result[r] ';' rows[w] '}'
                                            { ast_check_header(front, $r); ast_add_cases(front, ast_new_cases(front, *$title, *$c, $w, @$)); }
|   INCLUDE TEXT[file] ';'                  { ast_add_include(front, @file); }
|   INCLUDE error ';'                       { front_lose_file(front); }
|   ROUTES '{' route_items '}'
|   CREDENTIAL name[n] WHEN expr[e] ';'     { ast_add_credential(front, $n, $e, @$); ast_misplaced_credential(front, @CREDENTIAL); }
|   error ';'                               { front_lose(front, @$); }
|   error '}'                               { front_lose(front, @$); }
;

as_of:
    %empty                                  { $$ = NULL; }
|   AS OF DATE                              { ast_new_date(front, @DATE); $$ = ast_new_str(front, front_text(front, @DATE)); }
;

text:
    TEXT                                    { $$ = ast_new_str(front, front_unquote(front, @TEXT)); }
;

name:
    NAME                                    { $$ = ast_new_name(front, false, @$); }
|   QUOTED_NAME                             { $$ = ast_new_name(front, true, @$); }
|   TEXT                                    { $$ = ast_new_name(front, true, @$); }
;

names:
    name                                    { $$ = ast_new_names(front, $name); }
|   names[list] ',' name                    { ast_names_add($$ = $list, $name); }
;

/* ---- vocabulary ---- */

declarations:
    %empty
|   declarations declaration
;

declaration:
    dimension[d] names[n] ';'               { struct ast_decl *made = ast_new_decl(front, AST_DECL_DIMENSION, *$n, @$); made->dimension = $d; ast_add_decl(front, made); }
|   OPEN dimension[d] names[n] ';'          { struct ast_decl *made = ast_new_decl(front, AST_DECL_DIMENSION, *$n, @$); made->dimension = $d; made->open = true; ast_add_decl(front, made); }
|   dimension[d] name[set] '=' names[n] ';' { struct ast_decl *made = ast_new_decl(front, AST_DECL_NAMED_SET, *$n, @$); made->dimension = $d; made->set = $set; ast_add_decl(front, made); }
|   ATTRIBUTE names[n] ':' type[t] optional[o] ';'
                                            { ast_add_attributes(front, *$n, $t, $o, @$); }
|   COUNTER name[n] window[w] ':' pieces[p] ';'
                                            { struct ast_decl *made = ast_new_decl(front, AST_DECL_COUNTER, ast_names_one($n), @$); made->steps = $p; made->window = $w; ast_add_decl(front, made); }
|   error ';'                               { front_lose(front, @$); }
;

dimension:
    SUBJECT                                 { $$ = AST_SUBJECT; }
|   ROLE                                    { $$ = AST_ROLE; }
|   ACTION                                  { $$ = AST_ACTION; }
|   RESOURCE                                { $$ = AST_RESOURCE; }
;

type:
    base_type
|   base_type[t] IN unit[u]                 { $$ = $t; $$->at = @$; $$->unit = $u; }
;

base_type:
    BOOL                                    { $$ = ast_new_type(front, AST_TYPE_BOOL, @$); }
|   INT                                     { $$ = ast_new_type(front, AST_TYPE_INT, @$); }
|   INT plain_number[min] DOTDOT            { $$ = ast_new_type(front, AST_TYPE_INT, @$); $$->min = $min; }
|   INT DOTDOT plain_number[max]            { $$ = ast_new_type(front, AST_TYPE_INT, @$); $$->max = $max; }
|   INT plain_number[min] DOTDOT plain_number[max]
                                            { $$ = ast_new_type(front, AST_TYPE_INT, @$); $$->min = $min; $$->max = $max; }
|   DECIMAL                                 { $$ = ast_new_type(front, AST_TYPE_DECIMAL, @$); }
|   DECIMAL plain_number[min] DOTDOT        { $$ = ast_new_type(front, AST_TYPE_DECIMAL, @$); $$->min = $min; }
|   DECIMAL DOTDOT plain_number[max]        { $$ = ast_new_type(front, AST_TYPE_DECIMAL, @$); $$->max = $max; }
|   DECIMAL plain_number[min] DOTDOT plain_number[max]
                                            { $$ = ast_new_type(front, AST_TYPE_DECIMAL, @$); $$->min = $min; $$->max = $max; }
|   STRING                                  { $$ = ast_new_type(front, AST_TYPE_STRING, @$); }
|   TIME                                    { $$ = ast_new_type(front, AST_TYPE_TIME, @$); }
|   '{' names '}'                           { $$ = ast_new_type(front, AST_TYPE_ENUM, @$); $$->names = *$names; }
|   OPEN '{' names '}'                      { $$ = ast_new_type(front, AST_TYPE_ENUM, @$); $$->names = *$names; $$->open = true; }
|   SET OF '{' names '}'                    { $$ = ast_new_type(front, AST_TYPE_SET, @$); $$->names = *$names; }
|   SET OF OPEN '{' names '}'               { $$ = ast_new_type(front, AST_TYPE_SET, @$); $$->names = *$names; $$->open = true; }
;

plain_number:
    NUMBER                                  { $$ = ast_new_number(front, @$); }
|   DECIMAL_NUMBER                          { $$ = ast_new_number(front, @$); }
;

unit:
    NAME                                    { $$ = ast_new_unit(front, @$, false, @$); }
|   PER NAME[n]                             { $$ = ast_new_unit(front, @n, true, @$); }
;

optional:
    %empty                                  { $$ = false; }
|   OPTIONAL                                { $$ = true; }
;

/* What a counter counts in, and a limit on it limits. */
window:
    %empty                                  { $$ = NULL; }
|   PER NAME[n]                             { $$ = ast_new_unit(front, @n, true, @$); }
;

/* 'up on create, copy tokens, down on delete tokens' is one flat list: after a comma stands a name or a new step. */
pieces:
    piece                                   { $$ = ast_steps_add(front, NULL, $piece); }
|   pieces[list] ',' piece                  { $$ = ast_steps_add(front, $list, $piece); }
;

piece:
    name[a]                                 { $$ = ast_new_piece(front, PIECE_MORE, NULL); $$->first = $a; $$->at = @$; }
|   name[a] name[b]                         { $$ = ast_new_piece(front, PIECE_MORE, NULL); $$->first = $a; $$->second = $b; $$->at = @$; }
|   name[a] ANYTHING                        { $$ = ast_new_piece(front, PIECE_MORE, NULL); $$->first = $a; $$->anything = true; $$->at = @$; }
|   direction[d] name[a]                    { $$ = $d; $$->first = $a; $$->at = @$; }
|   direction[d] name[a] name[b]            { $$ = $d; $$->first = $a; $$->second = $b; $$->at = @$; }
|   direction[d] name[a] ANYTHING           { $$ = $d; $$->first = $a; $$->anything = true; $$->at = @$; }
|   direction[d] USE name[b]                { $$ = $d; $$->use = true; $$->second = $b; $$->at = @$; }
|   direction[d] USE ANYTHING               { $$ = $d; $$->use = true; $$->anything = true; $$->at = @$; }
;

direction:
    UP ON                                   { $$ = ast_new_piece(front, PIECE_UP, NULL); }
|   DOWN ON                                 { $$ = ast_new_piece(front, PIECE_DOWN, NULL); }
|   UP BY name[n] ON                        { $$ = ast_new_piece(front, PIECE_UP, $n); }
|   DOWN BY name[n] ON                      { $$ = ast_new_piece(front, PIECE_DOWN, $n); }
;

/* ---- clauses ---- */

body:
    LIMIT name[c] TO bound[b] window[w]     { $$ = ast_new_body(front, AST_LIMIT, @$); $$->counter = $c; $$->bound = $b; $$->window = $w; }
|   ONLY who[w] MAY act[d]                  { $$ = ast_new_body(front, AST_ONLY, @$); $$->who = $w; $$->act = $d; }
|   who[w] CANNOT act[d]                    { $$ = ast_new_body(front, AST_CANNOT, @$); $$->who = $w; $$->act = $d; }
|   who[w] MAY act[d]                       { $$ = ast_new_body(front, AST_GRANT, @$); $$->who = $w; $$->act = $d; }
|   REQUIRE expr[e] TO act[d]               { $$ = ast_new_body(front, AST_REQUIRE, @$); $$->expr = $e; $$->act = $d; }
|   DENY WHEN expr[e]                       { $$ = ast_new_body(front, AST_DENY, @$); $$->expr = $e; }
|   ALLOW WHEN expr[e]                      { $$ = ast_new_body(front, AST_ASSERT_ALLOW, @$); $$->expr = $e; }
|   NOTE text[t]                            { $$ = ast_new_body(front, AST_NOTE, @$); $$->note = *$t; }
;

bound:
    number[v]                               { $$ = ast_new_operand(front, $v, NULL, false, @$); }
|   name[n]                                 { $$ = ast_new_operand(front, ast_new_name_value(front, $n), NULL, false, @$); }
;

who:
    ANYONE                                  { $$ = ast_new_who(front, NULL, @$); }
|   names                                   { $$ = ast_new_who(front, $names, @$); }
;

act:
    names[a] names[r]                       { $$ = ast_new_do(front, $a, $r, @$); }
|   names[a] ANYTHING                       { $$ = ast_new_do(front, $a, NULL, @$); }
|   USE names[r]                            { $$ = ast_new_do(front, NULL, $r, @$); }
|   USE ANYTHING                            { $$ = ast_new_do(front, NULL, NULL, @$); }
;

tails:
    %empty                                  { $$ = NULL; }
|   tails[list] tail                        { $$ = $tail; $$->next = $list; }
;

tail:
    WHEN expr[e]                            { $$ = ast_new_tail(front, AST_WHEN, @$); $$->expr = $e; }
|   UNLESS expr[e]                          { $$ = ast_new_tail(front, AST_UNLESS, @$); $$->expr = $e; }
|   CITES text[t]                           { $$ = ast_new_tail(front, AST_CITES, @$); $$->text = *$t; $$->text_at = @t; }
|   SAYS text[t]                            { $$ = ast_new_tail(front, AST_SAYS, @$); $$->text = *$t; $$->text_at = @t; }
|   COVERED BY names[n]                     { $$ = ast_new_tail(front, AST_COVERED, @$); $$->labels = *$n; }
|   WARN                                    { $$ = ast_new_tail(front, AST_WARN, @$); }
;

/* ---- routes ---- */

route_items:
    %empty
|   route_items route_item
;

route_item:
    CREDENTIAL name[n] WHEN expr[e] ';'     { ast_add_credential(front, $n, $e, @$); }
|   names[m] TEXT[p] route_when[w] ARROW name[a] name[r] ';'
                                            { ast_new_route(front, *$m, @p, $w, $a, $r, @$); }
|   names[m] TEXT[p] route_when[w] ARROW name[a] name[r] NAME[word] withs[l] ';'
                                            { struct ast_route *made = ast_new_route(front, *$m, @p, $w, $a, $r, @$); ast_set_withs(front, made, ast_new_name(front, false, @word), $l, @l); }
|   error ';'                               { front_lose(front, @$); }
;

route_when:
    %empty                                  { $$ = NULL; }
|   WHEN expr[e]                            { $$ = $e; }
;

withs:
    with
|   withs[list] ',' with                    { $$ = $with; $$->next = $list; }
;

with:
    name[a] '=' name[f]                     { $$ = ast_new_with(front, $a, $f, @$); }
;

/* ---- expressions ---- */

expr:
    unary
|   conjunction
|   disjunction
;

conjunction:
    unary[a] AND unary[b]                   { $$ = ast_new_expr(front, AST_AND, $a, $b, @$); }
|   conjunction[a] AND unary[b]             { $$ = ast_new_expr(front, AST_AND, $a, $b, @$); }
|   disjunction[a] AND unary[b]             { $$ = ast_new_expr(front, AST_AND, $a, $b, @$); mixed(front, @$, @AND); }
;

disjunction:
    unary[a] OR unary[b]                    { $$ = ast_new_expr(front, AST_OR, $a, $b, @$); }
|   disjunction[a] OR unary[b]              { $$ = ast_new_expr(front, AST_OR, $a, $b, @$); }
|   conjunction[a] OR unary[b]              { $$ = ast_new_expr(front, AST_OR, $a, $b, @$); mixed(front, @$, @OR); }
;

/* One rule for all, and one for each comparison: what a clause has most of takes few steps. */
unary:
    NOT unary[a]                            { $$ = ast_new_expr(front, AST_NOT, $a, NULL, @$); }
|   '(' expr ')'                            { $$ = ast_deepen(front, $expr, @$); }
|   operand[a] EQ operand[b]                { $$ = ast_new_compare(front, $a, AST_EQ, $b, @$); }
|   operand[a] NE operand[b]                { $$ = ast_new_compare(front, $a, AST_NE, $b, @$); }
|   operand[a] LT operand[b]                { $$ = ast_new_compare(front, $a, AST_LT, $b, @$); }
|   operand[a] LE operand[b]                { $$ = ast_new_compare(front, $a, AST_LE, $b, @$); }
|   operand[a] GT operand[b]                { $$ = ast_new_compare(front, $a, AST_GT, $b, @$); }
|   operand[a] GE operand[b]                { $$ = ast_new_compare(front, $a, AST_GE, $b, @$); }
|   operand[a] IN member_set[s]             { $$ = ast_new_test(front, AST_IN, $a, $s->members, @$); }
|   operand[a] IN member[n]                 { $$ = ast_new_test(front, AST_IN, $a, ast_names_one($n), @$); }
|   operand[a] HAS name[n]                  { $$ = ast_new_test(front, AST_HAS, $a, ast_names_one($n), @$); }
|   operand[a] IS PRESENT                   { $$ = ast_new_test(front, AST_PRESENT, $a, (struct ast_names){ 0 }, @$); }
|   operand[a] MATCHES TEXT[t]              { $$ = ast_new_match(front, $a, @t, @$); }
|   operand[a]                              { $$ = ast_new_test(front, AST_BARE, $a, (struct ast_names){ 0 }, @$); }
;

operand:
    value                                   { $$ = ast_new_operand(front, $value, NULL, false, @$); }
|   value '+' number[n]                     { $$ = ast_new_operand(front, $value, $n, false, @$); }
|   value '-' number[n]                     { $$ = ast_new_operand(front, $value, $n, true, @$); }
|   value number[n]                         { $$ = ast_new_operand(front, $value, $n, false, @$); ast_touching_sign(front, $value, @n); }
;

value:
    number
|   DATE                                    { $$ = ast_new_date(front, @$); }
|   TIMESTAMP                               { $$ = ast_new_time(front, @$); }
|   NAME                                    { $$ = ast_new_value(front, AST_NAME, @$); }
|   QUOTED_NAME                             { $$ = ast_new_name_value(front, ast_new_name(front, true, @$)); }
|   TEXT                                    { $$ = ast_new_value(front, AST_TEXT, @$); }
|   SUBJECT                                 { $$ = ast_new_value(front, AST_NAME, @$); }
|   ROLE                                    { $$ = ast_new_value(front, AST_NAME, @$); }
|   ACTION                                  { $$ = ast_new_value(front, AST_NAME, @$); }
|   RESOURCE                                { $$ = ast_new_value(front, AST_NAME, @$); }
|   NOW                                     { $$ = ast_new_value(front, AST_NOW, @$); }
;

number:
    plain_number
|   QUANTITY                                { $$ = ast_new_number(front, @$); }
;

member_set:
    '{' members '}'                         { $$ = ast_new_set_value(front, *$members, @$); }
|   '{' '}'                                 { $$ = ast_new_set_value(front, (struct ast_names){ 0 }, @$); }
;

members:
    member                                  { $$ = ast_new_names(front, $member); }
|   members[list] ',' member                { ast_names_add($$ = $list, $member); }
;

member:
    NAME                                    { $$ = ast_new_name(front, false, @$); }
|   QUOTED_NAME                             { $$ = ast_new_name(front, true, @$); }
|   TEXT                                    { $$ = ast_new_text_name(front, @$); }
;

/* ---- cases ---- */

columns:
    column[c]                               { $$ = ast_new_names(front, $c); }
|   columns[list] column[c]                 { ast_names_add($$ = $list, $c); }
;

column:
    name
|   dimension_name
|   NOW                                     { $$ = ast_new_name(front, false, @$); front->asks_now = true; }
;

dimension_name:
    dimension                               { $$ = ast_new_name(front, false, @$); (void)$dimension; }
;

rows:
    %empty                                  { $$ = NULL; }
|   rows[list] row                          { $$ = $row; $$->next = $list; }
|   rows[list] error ';'                    { $$ = $list; yyerrok; }
;

row:
    cells[c] ARROW result[r] ';'            { $$ = ast_new_row(front, $c, $r, @$); }
|   cells[c] ARROW result[r] BY names[n] ';'
                                            { $$ = ast_new_row(front, $c, $r, @$); $$->has_by = true; $$->by = *$n; }
|   cells[c] ARROW result[r] BY DEFAULT ';' { $$ = ast_new_row(front, $c, $r, @$); $$->has_by = $$->by_default = true; }
;

cells:
    cell
|   cells[list] cell                        { $$ = $cell; $$->next = $list; }
;

cell:
    value
|   member_set
|   '-'                                     { $$ = ast_new_value(front, AST_ABSENT, @$); }
;

result:
    NAME                                    { $$ = ast_new_name(front, false, @$); }
|   ALLOW                                   { $$ = ast_new_name(front, false, @$); }
|   DENY                                    { $$ = ast_new_name(front, false, @$); }
;

%%

/* Says what is wrong with a token that cannot stand where it does. */
static int
yyreport_syntax_error(const yypcontext_t *context, void *yyscanner, struct front *front)
{
    yysymbol_kind_t kinds[EXPECTED_MAX];
    const char *expected[EXPECTED_MAX];
    /* All that can stand there and nothing else, since the tables are canonical. */
    int n = yypcontext_expected_tokens(context, kinds, EXPECTED_MAX);
    yysymbol_kind_t token = yypcontext_token(context);
    const struct span *at = yypcontext_location(context);

    (void)yyscanner;
    for (int i = 0; i < n; i++)
        expected[i] = yysymbol_name(kinds[i]);
    front_report_unexpected(front, *at, token == YYSYMBOL_YYEOF, expected, (size_t)n);
    return 0;
}

/* Bison calls it for what is no syntax error: a stack that is full, which front_parse() reports. */
static void
rck_yyerror(const struct span *at, void *yyscanner, struct front *front, const char *message)
{
    (void)at;
    (void)yyscanner;
    (void)front;
    (void)message;
}

static void
mixed(struct front *front, struct span at, struct span word)
{
    struct diag *d = diag_report(front->diags, CODE_MIXED, word, "'and' and 'or' are mixed without parentheses");

    diag_help(front->diags, d, "put parentheses around the part that belongs together");
    (void)at;
}

bool
front_is_keyword(struct str word)
{
    for (int kind = 0; kind < YYNTOKENS; kind++) {
        struct str alias = str_of(yysymbol_name((yysymbol_kind_t)kind));

        if (alias.n == word.n + 2 && alias.p[0] == '\'' && memcmp(alias.p + 1, word.p, word.n) == 0)
            return true;
    }
    return false;
}
