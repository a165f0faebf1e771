/* SPDX-License-Identifier: MIT
 *
 * A reload: from a file to the policy in force, or to the reasons why the old one stays.
 */
#include <config.h>

#include "../engine/rulecheck.h"
#include "../engine/settings.h"

enum rck_status
rck_slot_reload_file(struct rck_slot *slot, struct rck_context *context, const char *path, struct rck_diagnostics **diagnostics)
{
    bool run_cases = context->settings.run_cases;
    struct rck_policy *policy = NULL;
    enum rck_status status;

    context->settings.run_cases = true;
    status = rck_policy_compile_file(context, path, diagnostics, &policy);
    context->settings.run_cases = run_cases;
    if (status == RCK_OK)
        status = rck_slot_swap(slot, policy);
    rck_policy_unref(policy);
    return status;
}
