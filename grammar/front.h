/* SPDX-License-Identifier: MIT
 *
 * What one compile knows on the side of the text: its sources, its diagnostics, the tree under construction, and the state of
 * the scanner.  The scanner and the parser get a pointer to it; the passes in compile.c take it as their first argument.
 */
#ifndef RCK_FRONT_H
#define RCK_FRONT_H

#include "../engine/mem.h"
#include "../engine/settings.h"
#include "ast.h"
#include "diag.h"

/* A statement that did not parse. */
struct lost {
    struct lost *next;
    struct span at;
};

/* The lists of a tree, LIST(type, name): what stands between two includes is put together by this list (include.c). */
#define AST_LISTS(LIST)                                                                                                        \
    LIST(struct ast_decl, decls)                                                                                               \
    LIST(struct ast_param, params)                                                                                             \
    LIST(struct ast_clause, clauses)                                                                                           \
    LIST(struct ast_cases, cases)                                                                                              \
    LIST(struct ast_route, routes)                                                                                             \
    LIST(struct ast_credential, credentials)

/* Their last nodes. */
struct ast_ends {
#define LIST(type, name) type *name;
    AST_LISTS(LIST)
#undef LIST
};

/* What stands in a file up to an include, or to its end. */
struct part {
    struct part *next;
    struct ast ast;       /* its lists; the first part has the file's policy, source and default, too */
    struct ast_ends last;
    struct str include;   /* the file that is included behind it; empty if there is none */
    struct span at;       /* of that text */
};

/* Takes a clause as soon as it is parsed, whose tree is gone when the next one is; false if it is not to be parsed further. */
typedef bool take_clause_fn(void *arg, const struct ast_clause *clause);

struct front {
    struct arena *arena;             /* of the tree; everything here lives in it */
    const struct settings *settings; /* limits, parameters, what becomes of warnings */
    struct diags *diags;             /* what was found, and the sources that it is about */
    struct ast *ast;                 /* what is being parsed: a part of a file; in the end the whole policy */
    struct ast *head;                /* the first part of the file */
    struct part *part;               /* that 'ast' is of */

    /* The scanner's place in the file that it reads. */
    const struct source *source;
    uint32_t at;          /* offset of the next byte, counted through all sources */
    uint32_t uneven;      /* where the last comment ends, or white space that is more than one blank */
    struct span token;    /* the token read last */
    struct span previous; /* the one before it */
    struct span earlier;  /* the one before that */
    uint32_t n_clauses;   /* clauses and asserts so far, against their limit */
    struct ast_ends last; /* ends of the tree's lists */
    bool asks_now;        /* 'now' stands somewhere */
    bool unread;          /* an included file could not be read */
    struct lost *lost;    /* what it was: its words are not reported as unknown later */
    uint64_t lost_bytes;
    bool gave_up;         /* a limit was hit: the scanner returns the end of the file */

    /* Clauses that are taken as they come, so that the tree never has more than one (compile.c). */
    take_clause_fn *take_clause; /* NULL: all clauses stay in the tree */
    void *take_arg;
    bool taking;                 /* some clause was taken */
    bool was_taken;              /* the item that is being parsed was a clause, and was taken */
    bool changes_nothing;        /* ... what it says changes no meaning of a clause before it */
    bool once_more;              /* parse again, without taking: a clause was taken too early, or something is wrong */
    struct arena_mark mark;      /* what the tree had before the item */
};

/* How included files are found. */
struct finder {
    rck_include_fn *find; /* NULL: not at all */
    void *arg;
};

/* Scans and parses ROOT and all that it includes into front->ast, each file once, in the place where it is included first.
 * What is wrong is in the diagnostics; the tree holds what could be read.
 * Errors: RCK_E_NOMEM. */
enum rck_status front_parse_all(struct front *front, const struct source *root, const struct finder *finder);

/* Scans and parses one source into front->ast and the parts behind it.
 * Errors: RCK_E_NOMEM. */
enum rck_status front_parse(struct front *front, const struct source *source);

/* Parses TEXT into a tree that lives in ARENA, without looking at what it means; for the naive reader in tests/.  FINDER may be
 * NULL.
 * Errors: RCK_E_NOMEM, RCK_E_POLICY if the text does not parse. */
enum rck_status ast_parse_for_tests(const char *text, size_t n, const struct finder *finder, struct arena *arena,
                                    struct ast **ast);

/* Constructors of the tree (ast.c), one call an action.  Where memory runs out the parse ends, by arena->escape. */
struct ast_name *ast_new_name(struct front *front, bool quoted, struct span at); /* some part of it stands in quotes, or none */
struct ast_name *ast_new_text_name(struct front *front, struct span at); /* a text in a list of values */
struct ast_value *ast_new_value(struct front *front, enum ast_value_kind kind, struct span at);
struct ast_value *ast_new_name_value(struct front *front, struct ast_name *name);
struct ast_value *ast_new_number(struct front *front, struct span at); /* with its unit, if it has one */
struct ast_value *ast_new_date(struct front *front, struct span at);
struct ast_value *ast_new_time(struct front *front, struct span at);
struct ast_value *ast_new_set_value(struct front *front, struct ast_names members, struct span at);
struct ast_operand *ast_new_operand(struct front *front, struct ast_value *value, struct ast_value *shift, bool minus,
                                    struct span at);
struct ast_expr *ast_new_expr(struct front *front, enum ast_expr_kind kind, struct ast_expr *a, struct ast_expr *b,
                              struct span at);
/* Checks that the header of cases ends in '-> result'. */
void ast_check_header(struct front *front, const struct ast_name *result);
struct ast_expr *ast_new_compare(struct front *front, struct ast_operand *left, enum ast_op op, struct ast_operand *right,
                                 struct span at);
struct ast_expr *ast_new_test(struct front *front, enum ast_expr_kind kind, struct ast_operand *left, struct ast_names members,
                              struct span at);
struct ast_expr *ast_new_match(struct front *front, struct ast_operand *left, struct span text, struct span at);
struct ast_do *ast_new_do(struct front *front, const struct ast_names *actions, const struct ast_names *resources,
                          struct span at);
struct ast_who *ast_new_who(struct front *front, const struct ast_names *names, struct span at);
struct ast_body *ast_new_body(struct front *front, enum ast_body_kind kind, struct span at);
struct ast_tail *ast_new_tail(struct front *front, enum ast_tail_kind kind, struct span at);
struct ast_unit *ast_new_unit(struct front *front, struct span word, bool per, struct span at);
struct ast_type *ast_new_type(struct front *front, enum ast_type_kind kind, struct span at);
struct ast_decl *ast_new_decl(struct front *front, enum ast_decl_kind kind, struct ast_names names, struct span at);

/* Puts EXPR into parentheses: it then reaches to AT, and is one level deeper. */
struct ast_expr *ast_deepen(struct front *front, struct ast_expr *expr, struct span at);

/* Explains why 'a -5' is no difference. */
void ast_touching_sign(struct front *front, const struct ast_value *before, struct span number);

/* Lists of names, and texts: values of the parser are pointers. */
struct ast_names ast_names_one(struct ast_name *name);
struct ast_names *ast_new_names(struct front *front, struct ast_name *name);
void ast_names_add(struct ast_names *names, struct ast_name *name); /* NAMES may be empty */
struct str *ast_new_str(struct front *front, struct str s);

enum ast_piece_kind { PIECE_MORE, PIECE_UP, PIECE_DOWN }; /* continues the step before it, or begins one */

/* One piece of a counter's flat list 'up on create, copy tokens, down on delete tokens': pieces stand between commas. */
struct ast_piece {
    enum ast_piece_kind kind;
    bool use;                                       /* 'use' stands before 'second' */
    bool anything;                                  /* 'anything' stands in place of 'second' */
    struct ast_name *first;                         /* NULL only after 'use' */
    struct ast_name *second;                        /* where actions turn into resources; may be NULL */
    struct ast_name *by;                            /* behind 'up by'; may be NULL */
    struct span at;
};

struct ast_piece *ast_new_piece(struct front *front, enum ast_piece_kind kind, struct ast_name *by);

/* Adds PIECE to STEPS, the list so far (NULL at first), and returns the list. */
struct ast_step *ast_steps_add(struct front *front, struct ast_step *steps, const struct ast_piece *piece);

/* Called behind every item of a file. */
void front_end_item(struct front *front);

/* What the parser puts into the tree.  An include, whose text in quotes is at AT, ends a part. */
void ast_add_include(struct front *front, struct span at);
void ast_set_policy(struct front *front, struct ast_name *name, struct span at);
void ast_set_source(struct front *front, struct str url, const struct str *date, struct span at);
void ast_set_default(struct front *front, enum rck_result result, struct span at);
void ast_add_decl(struct front *front, struct ast_decl *decl);
struct ast_decl *
ast_add_attributes(struct front *front, struct ast_names names, struct ast_type *type, bool optional, struct span at);
void ast_add_param(struct front *front, struct ast_name *name, struct ast_type *type, struct ast_value *value, struct span at);
void ast_add_clause(struct front *front, struct ast_name *label, struct ast_body *body, struct ast_tail *tails, bool asserted,
                    struct span at);
struct ast_cases *ast_new_cases(struct front *front, struct str title, struct ast_names header, struct ast_row *rows,
                                struct span at);
void ast_add_cases(struct front *front, struct ast_cases *cases);
struct ast_row *ast_new_row(struct front *front, struct ast_value *cells, struct ast_name *result, struct span at);

/* Makes a route and adds it; ast_set_withs() gives it what it sets: WORD stands before that, and must be 'with'. */
struct ast_route *ast_new_route(struct front *front, struct ast_names methods, struct span path, struct ast_expr *when,
                                struct ast_name *action, struct ast_name *resource, struct span at);
void ast_set_withs(struct front *front, struct ast_route *route, const struct ast_name *word, struct ast_with *withs, struct span at);
struct ast_with *ast_new_with(struct front *front, struct ast_name *attribute, struct ast_name *fact, struct span at);
void ast_add_credential(struct front *front, struct ast_name *subject, struct ast_expr *when, struct span at);

/* Reports a credential that does not stand among routes. */
void ast_misplaced_credential(struct front *front, struct span word);

/* Text of SPAN in the sources. */
struct str front_text(const struct front *front, struct span span);

/* Text between the quotes of a quoted token, with the escapes of JSON undone; reports an escape that is none. */
struct str front_unquote(struct front *front, struct span quoted);

/* Reports a token at AT that cannot stand there; EXPECTED are the N, at most EXPECTED_MAX, spellings and kinds of token
 * that could. */
enum { EXPECTED_MAX = 64 }; /* kinds of token that a message may name */
void front_report_unexpected(struct front *front, struct span at, bool at_end, const char *const expected[], size_t n);

/* Notes that what stands at AT did not parse; tells whether WORD stands in any such text, and so may be declared there.  Once more
 * than LOST_BYTES_MAX bytes are lost every word may. */
enum { LOST_BYTES_MAX = 65536 };
void front_lose(struct front *front, struct span at);
bool front_has_lost(const struct front *front, struct str word);

/* True if WORD, standing alone, is a keyword. */
bool front_is_keyword(struct str word);

/* Notes that a whole file could not be read: every word may be declared there. */
void front_lose_file(struct front *front);

#endif
