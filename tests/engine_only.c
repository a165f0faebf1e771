/* SPDX-License-Identifier: MIT
 *
 * What an embedder is that only loads: linked with engine/ alone, it loads a saved policy and decides requests in pairs, one a line.
 * tests/engine.sh runs it.
 *
 *     engine_only SAVED < REQUESTS
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "../engine/rulecheck.h"

int
main(int argc, char **argv)
{
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    char line[4096];

    if (argc != 2 || rck_context_new(NULL, &context) != RCK_OK)
        return 5;
    if (rck_policy_load_file(context, argv[1], &policy) != RCK_OK) {
        const struct rck_load_error *error = rck_context_load_error(context);

        printf("%s: %s\n", argv[1], error != NULL ? error->message : "there is not enough memory");
        rck_context_free(context);
        return 5;
    }
    rck_context_free(context);
    if (rck_request_new(policy, &request) != RCK_OK)
        return 5;
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct rck_clause clause;
        struct rck_why why;

        rck_request_read_pairs(request, line, strlen(line));
        printf("%s", rck_result_name(rck_decide(policy, request, &why)));
        if (rck_policy_clause(policy, why.clause, &clause) == RCK_OK)
            printf(" %s line %u: %s", clause.label, clause.line, clause.cites);
        printf("\n");
    }
    rck_request_free(request);
    rck_policy_unref(policy);
    return 0;
}
