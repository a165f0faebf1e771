/* SPDX-License-Identifier: MIT
 *
 * The texts that a policy gives its clauses back in, however they are written: in a small source and in one so large that the
 * policy takes it over; where clauses are taken as they are parsed, and where they wait for the whole text.  The diagnostics are
 * gone before anything is looked at.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/mem.h"
#include "../engine/rulecheck.h"
#include "../engine/settings.h"
#include "../grammar/front.h"
#include "../grammar/write.h"
#include "text.h"

static const char head[] = "policy p; default allow;\n"
                           "vocabulary { subject s; action a; resource r; attribute n : int; attribute m : int 0.. in bytes; attribute t : string; }\n";

/* A clause, whose label ends in a number, and what it is called and says. */
static const struct clause_text {
    const char *before, *after;      /* of the source: what stands around the number of its label */
    const char *text, *cites, *says; /* of the policy */
} clauses[] = {
    { "c", ": deny when n == 1;\n", "deny when n == 1", NULL, NULL },
    { "\"c", "\":deny when n == 1 warn;", "deny when n == 1 warn", NULL, NULL },
    { "c", " :deny when t == \"x\"cites \"c\"says\"s\";", "deny when t == \"x\"", "c", "s" },
    { "c", ": deny when t == \"x\"warn;", "deny when t == \"x\" warn", NULL, NULL },
    { "c", ":\tdeny  when\tn == 1 # one; or \"two\"\n\n  when n > 0 cites \"a \\\"quote\\\"\";", "deny when n == 1 when n > 0",
      "a \"quote\"", NULL },
    { "c", ": deny when n == 1 cites \"between;\" when n > 0 warn;", "deny when n == 1 when n > 0 warn", "between;", NULL },
    { "c", "#\n:\r\ndeny when n == 1\r\n;", "deny when n == 1", NULL, NULL },
    { "c", ": deny when t == \"a  b\" unless n > 0 warn ;", "deny when t == \"a  b\" unless n > 0 warn", NULL, NULL },
    { "c", ": note \"x\" cites \"\" says \"{n}\";", "note \"x\"", "", "{n}" },
    { "c", ": deny\r\nwhen n\r== 1;\r\n", "deny when n == 1", NULL, NULL },
    { "c", ": deny when m > 5   GB;", "deny when m > 5 GB", NULL, NULL },
    { "c", ": deny when m > 5\tGB;", "deny when m > 5 GB", NULL, NULL },
    { "\"\\u0063", "\": s cannot a r when n > 0;", "s cannot a r when n > 0", NULL, NULL },
};
enum { N_CLAUSES = sizeof clauses / sizeof clauses[0] };

static bool
same(const char *found, const char *wanted)
{
    return found == NULL || wanted == NULL ? found == wanted : strcmp(found, wanted) == 0;
}

static size_t
compare(const struct rck_policy *policy, size_t n)
{
    size_t n_wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const struct clause_text *wanted = &clauses[i % N_CLAUSES];
        struct rck_clause found;
        char label[32];

        snprintf(label, sizeof label, "c%zu", i);
        if (rck_policy_clause(policy, (uint32_t)i, &found) == RCK_OK && same(found.label, label) && same(found.text, wanted->text)
            && same(found.cites, wanted->cites) && same(found.says, wanted->says))
            continue;
        if (n_wrong++ == 0)
            printf("%s: '%s' cites '%s' says '%s'\n", found.label, found.text, found.cites != NULL ? found.cites : "",
                   found.says != NULL ? found.says : "");
    }
    return n_wrong;
}

/* Compiles N clauses; false if some text is not what it is to be. */
static bool
try(size_t n, bool whole)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct text text = { NULL, 0, 0 };
    size_t n_wrong = n;

    adds(&text, head);
    for (size_t i = 0; i < n; i++)
        addf(&text, "%s%zu%s", clauses[i % N_CLAUSES].before, i, clauses[i % N_CLAUSES].after);
    if (rck_context_new(NULL, &context) != RCK_OK)
        abort();
    context->settings.whole_tree = whole;
    if (rck_policy_compile(context, "texts", text.p, text.n, &diagnostics, &policy) == RCK_OK) {
        rck_diagnostics_free(diagnostics);
        free(text.p);
        n_wrong = compare(policy, n);
    } else {
        printf("does not compile: %s\n", diagnostics != NULL ? rck_diagnostics_at(diagnostics, 0)->message : "no memory");
        rck_diagnostics_free(diagnostics);
        free(text.p);
    }
    rck_policy_unref(policy);
    rck_context_free(context);
    printf("%zu clauses%s: %zu wrong\n", n, whole ? ", whole tree" : "", n_wrong);
    return n_wrong == 0;
}

/* What raises and lowers a counter, as 'list' shows it. */
static bool
try_counters(void)
{
    static const char text[] = "policy p; default allow; vocabulary { subject s; action a, b; resource r;\n"
                               "counter plain : up on a r, down on b r;\n"
                               "counter spaced per  day :up  on a\tr # raises\n  ,\n down on b r ;\n"
                               "}\nc: limit plain to 1; d: limit spaced to 1 per day;\n";
    static const char *const wanted[][2] = { { "plain", "up on a r, down on b r" }, { "spaced", "up on a r , down on b r" } };
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    size_t n_right = 0;

    if (rck_context_new(NULL, &context) != RCK_OK || rck_policy_compile(context, "texts", text, sizeof text - 1, NULL, &policy) != RCK_OK)
        abort();
    for (uint32_t i = 0; i < 2; i++) {
        struct rck_attribute found;

        for (uint32_t s = 0; rck_policy_attribute(policy, s, &found) == RCK_OK; s++)
            if (strcmp(found.name, wanted[i][0]) == 0) {
                n_right += same(found.text, wanted[i][1]);
                if (!same(found.text, wanted[i][1]))
                    printf("%s: '%s'\n", found.name, found.text);
            }
    }
    rck_policy_unref(policy);
    rck_context_free(context);
    return n_right == 2;
}

/* A name that nobody declared is written as one that is neither a name nor a set. */
static bool
writes_undeclared(void)
{
    static const char text[] = "policy p; default allow; vocabulary { subject s; role other; role other2 = other; action a; resource r; }\n"
                               "x: deny when role has other;\n";
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    struct arena arena;
    struct str written;
    bool good;

    arena_init(&arena, NULL, 1 << 20);
    if (rck_context_new(NULL, &context) != RCK_OK || rck_policy_compile(context, "p", text, sizeof text - 1, NULL, &policy) != RCK_OK
        || rck_request_new(policy, &request) != RCK_OK || rck_request_set_text(request, "role", 4, "nobody", 6) != RCK_OK)
        abort();
    written = write_request(&arena, request);
    good = str_equal(written, STR("role=other3"));
    if (!good)
        printf("'%.*s' is written\n", WHOLE(written));
    arena_free(&arena);
    rck_request_free(request);
    rck_policy_unref(policy);
    rck_context_free(context);
    return good;
}

/* What does not parse has no tree, and nothing has one without memory. */
static bool
parses_for_tests(void)
{
    struct text many = { 0 };
    const char *texts[] = { "policy p; default allow;", "policy p default allow;", NULL };
    static const enum rck_status wanted[] = { RCK_OK, RCK_E_POLICY, RCK_OK };
    bool good = true;

    addf(&many, "policy p; default allow;\n");
    for (unsigned i = 0; i < 1000; i++)
        addf(&many, "n%u: note \"\";\n", i);
    texts[2] = many.p;
    for (size_t i = 0; i < N_ELEMENTS(texts); i++)
        for (size_t cap = 0, last = 0; cap <= (size_t)1 << 20; cap += cap < 8192 ? 64 : 65536) {
            struct arena arena;
            struct ast *tree = NULL;
            enum rck_status status;

            arena_init(&arena, NULL, cap);
            status = ast_parse_for_tests(texts[i], strlen(texts[i]), NULL, &arena, &tree);
            if (status != RCK_E_NOMEM)
                last = 1;
            if ((status != wanted[i] && (status != RCK_E_NOMEM || last)) || (tree != NULL) != (status == RCK_OK)) {
                printf("'%s' with %zu bytes: %d\n", texts[i], cap, (int)status);
                good = false;
            }
            arena_free(&arena);
        }
    free(many.p);
    return good;
}

int
main(void)
{
    bool good = try_counters() && writes_undeclared() && parses_for_tests();

    for (size_t n = N_CLAUSES; n <= 1000 * N_CLAUSES; n *= 1000)
        for (int whole = 0; whole < 2; whole++)
            good = try(n, whole != 0) && good;
    return !good;
}
