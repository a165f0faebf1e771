// SPDX-License-Identifier: MIT
//
// rulecheck.h in C++: it compiles, and what it declares has C linkage.  header.sh compiles this; nothing runs it.

#include "rulecheck.h"

extern "C" {
typedef rck_result decide_fn(const rck_policy *, const rck_request *, rck_why *);
}

static_assert(RCK_DENY == 0, "memory that nobody wrote denies");

decide_fn *decide_of_c = rck_decide;

// Written out once with C linkage; a declaration with C++ linkage would conflict.
extern "C" const char *rck_version(void);

bool
permits(rck_policy *policy, const char *json, size_t length)
{
    rck_request *request = nullptr;
    bool permitted = false;

    if (rck_request_new(policy, &request) != RCK_OK)
        return false;
    if (rck_request_read_json(request, json, length) == RCK_OK)
        permitted = decide_of_c(policy, request, nullptr) == RCK_ALLOW;
    rck_request_free(request);
    return permitted;
}
