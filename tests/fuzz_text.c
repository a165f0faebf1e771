/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a request as KEY=VALUE lines.  A line without '=' is a key with an empty value.  What table and clauses decide is the
 * same; only what was accepted is allowed; the order of the lines does not matter.
 */
#include <config.h>

#include <stdlib.h>

#include "fuzz.h"

/* Gives the pair that [BEGIN, END) is to REQUEST, key and value in blocks of exactly their size. */
static bool
give(struct rck_request *request, const char *begin, const char *end)
{
    const char *equals = begin != end ? memchr(begin, '=', (size_t)(end - begin)) : NULL;
    size_t n_key = (size_t)((equals != NULL ? equals : end) - begin);
    size_t n_value = equals != NULL ? (size_t)(end - equals) - 1 : 0;
    char *key = fuzz_copy(begin, n_key), *value = fuzz_copy(equals != NULL ? equals + 1 : end, n_value);
    bool ok = rck_request_set_text(request, key, n_key, value, n_value) == RCK_OK;

    free(key);
    free(value);
    return ok;
}

/* Gives the lines of TEXT, the first one first or last. */
static bool
give_all(struct rck_request *request, const char *text, size_t n, bool backwards)
{
    const char *begin = text, *end = text + n;
    bool ok = true;

    while (begin < end) {
        const char *stop;

        if (backwards) {
            for (stop = end; stop > begin && stop[-1] != '\n'; stop--)
                ;
            ok = give(request, stop, end) && ok;
            end = stop > begin ? stop - 1 : begin;
        } else {
            stop = memchr(begin, '\n', (size_t)(end - begin));
            stop = stop != NULL ? stop : end;
            ok = give(request, begin, stop) && ok;
            begin = stop + 1;
        }
    }
    return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_subject *subjects;
    char *text = fuzz_copy(data, size);
    size_t n = fuzz_subjects(&subjects);

    for (size_t i = 0; i < n; i++) {
        struct fuzz_subject *subject = &subjects[i];
        bool accepted = give_all(subject->request, text, size, false);
        enum rck_result result = fuzz_decide(subject, subject->request, accepted);

        if (accepted)
            fuzz_same_as_text(subject, result);
        rck_request_reset(subject->other);
        accepted = give_all(subject->other, text, size, true);
        FUZZ_CHECK(fuzz_decide(subject, subject->other, accepted) == result);
        fuzz_subject_clean(subject);
    }
    free(text);
    return 0;
}
