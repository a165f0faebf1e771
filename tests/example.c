/* SPDX-License-Identifier: MIT
 *
 * The smallest use of librulecheck: example POLICY REQUEST decides one request, given as JSON.  install.sh builds it against an
 * installed library.
 */
#include <rulecheck.h>
#include <stdio.h>
#include <string.h>

static bool
to_stderr(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stderr) == size;
}

int
main(int argc, char **argv)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct rck_request *request = NULL;
    enum rck_result result = RCK_INVALID;

    if (argc != 3 || rck_context_new(NULL, &context) != RCK_OK)
        return 5;
    if (rck_policy_compile_file(context, argv[1], &diagnostics, &policy) != RCK_OK) {
        if (diagnostics != NULL)
            rck_diagnostics_write(diagnostics, 0, to_stderr, NULL);
    } else if (rck_request_new(policy, &request) == RCK_OK) {
        /* A request that could not be read is invalid, and rck_decide() says so. */
        rck_request_read_json(request, argv[2], strlen(argv[2]));
        result = rck_decide(policy, request, NULL);
        puts(rck_result_name(result));
    }
    rck_request_free(request);
    rck_policy_unref(policy);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    return result == RCK_ALLOW ? 0 : 1;
}
