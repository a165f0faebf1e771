/* SPDX-License-Identifier: MIT
 *
 * The smallest use of librulecheck: example POLICY REQUEST decides one request, given as JSON, and tells why.  README.md shows
 * it; install.sh builds it against an installed library.
 */
#include <rulecheck.h>
#include <stdio.h>
#include <string.h>

static bool
put(void *file, const char *text, size_t size)
{
    return fwrite(text, 1, size, file) == size;
}

int
main(int argc, char **argv)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    struct rck_explanation *explanation = NULL;
    struct rck_clause clause;
    enum rck_result result = RCK_INVALID;

    if (argc != 3 || rck_context_new(NULL, &context) != RCK_OK)
        return 5;
    rck_policy_compile_file(context, argv[1], &diagnostics, &policy);
    if (diagnostics != NULL)
        rck_diagnostics_write(diagnostics, 0, put, stderr); /* errors, or the warnings of a policy that compiles */

    if (policy != NULL && rck_request_new(policy, &request) == RCK_OK && rck_explanation_new(policy, &explanation) == RCK_OK) {
        rck_request_read_json(request, argv[2], strlen(argv[2])); /* one that cannot be read is decided RCK_INVALID */
        result = rck_decide(policy, request, NULL);
        puts(rck_result_name(result));

        rck_explain(explanation, request);
        for (uint32_t i = 0; (i = rck_explanation_next(explanation, i)) != RCK_NONE; i++) {
            enum rck_state state = rck_explanation_state(explanation, i);

            rck_policy_clause(policy, i, &clause);
            if (state != RCK_STATE_GRANTED)
                printf("%s%s: %s\n", clause.label, state == RCK_STATE_UNKNOWN ? " (unknown)" : "", clause.text);
        }
        if (result == RCK_INVALID)
            puts(rck_request_error(request)->message);
    }

    rck_explanation_free(explanation);
    rck_request_free(request);
    rck_policy_unref(policy);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return result == RCK_ALLOW ? 0 : 1; /* only RCK_ALLOW permits */
}
