/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a request as JSON.  What table and clauses decide is the same; only what was accepted is allowed; reading it again,
 * and writing its values as text, changes nothing; strictness only takes away.
 */
#include <config.h>

#include <stdlib.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_subject *subjects;
    char *json = fuzz_copy(data, size);
    size_t n = fuzz_subjects(&subjects);

    for (size_t i = 0; i < n; i++) {
        struct fuzz_subject *subject = &subjects[i];
        bool accepted = rck_request_read_json(subject->request, json, size) == RCK_OK;
        enum rck_result result = fuzz_decide(subject, subject->request, accepted), strict;
        size_t length;
        const char *id;

        FUZZ_CHECK(accepted || rck_request_error(subject->request)->offset <= size);
        id = rck_request_id(subject->request, &length);
        FUZZ_CHECK((id != NULL) == (length != 0) && length <= size);
        for (size_t k = 0; k < rck_request_ignored(subject->request, k, &id, &length); k++)
            FUZZ_CHECK((id != NULL) == (k < 64));
        if (accepted)
            fuzz_same_as_text(subject, result);
        rck_request_set_strict(subject->other, true);
        accepted = rck_request_read_json(subject->other, json, size) == RCK_OK;
        strict = fuzz_decide(subject, subject->other, accepted);
        FUZZ_CHECK(strict == result || strict == RCK_INVALID);
        accepted = rck_request_read_json(subject->request, json, size) == RCK_OK;
        FUZZ_CHECK(fuzz_decide(subject, subject->request, accepted) == result);
        fuzz_subject_clean(subject);
    }
    free(json);
    return 0;
}
