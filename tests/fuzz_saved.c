/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a saved policy.  Its size and checksum are made right first, as who forges one would; then it is refused with a message
 * that a terminal can show, or whatever it is asked, it runs into no fault; and saved again it gives bytes that load and give
 * themselves.  No block is left.
 */
#include <config.h>

#include <stdlib.h>

#include "fuzz.h"
#include "saved_bytes.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct counting mem;
    struct rck_context *context = NULL;
    struct rck_policy *policy = NULL, *again = NULL;
    const struct rck_load_error *error;
    char *bytes = fuzz_copy(data, size);
    enum rck_status status;

    counting_init(&mem);
    saved_bytes_repair(bytes, size);
    FUZZ_CHECK(rck_context_new(&mem.allocator, &context) == RCK_OK);
    FUZZ_CHECK(rck_context_set_limit(context, "compile-bytes", 1 << 26) == RCK_OK);
    status = rck_policy_load(context, bytes, size, &policy);
    error = rck_context_load_error(context);
    free(bytes);
    FUZZ_CHECK((status == RCK_OK) == (policy != NULL) && (status == RCK_OK) == (error == NULL));
    if (policy != NULL) {
        struct saved_bytes first, second;

        saved_bytes_exercise(policy);
        first = saved_bytes_of(policy);
        FUZZ_CHECK(rck_policy_load(context, first.p, first.n, &again) == RCK_OK);
        second = saved_bytes_of(again);
        FUZZ_CHECK(first.n == second.n && memcmp(first.p, second.p, first.n) == 0);
        free(first.p);
        free(second.p);
    } else {
        FUZZ_CHECK(status == RCK_E_SAVED && error->message[0] != 0 && fuzz_is_clean(str_of(error->message), ""));
        FUZZ_CHECK(error->help == NULL || fuzz_is_clean(str_of(error->help), ""));
    }
    rck_policy_unref(policy);
    rck_policy_unref(again);
    rck_context_free(context);
    FUZZ_CHECK(mem.live == 0);
    return 0;
}
