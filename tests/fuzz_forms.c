/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: requests in the forms that are not JSON.  The input is tried as one line of key=value pairs, and as a CSV file whose
 * first record is the header.  What table and clauses decide is the same; only what was accepted is allowed; reading it again, and
 * writing its values as text, changes nothing; strictness only takes away; a fault lies within the text.
 */
#include <config.h>

#include <stdlib.h>

#include "fuzz.h"

/* Reads TEXT into REQUEST: a record if CSV is not NULL, else pairs. */
static bool
read_text(struct rck_request *request, const struct rck_csv *csv, const char *text, size_t n)
{
    enum rck_status status = csv != NULL ? rck_request_read_csv(request, csv, text, n) : rck_request_read_pairs(request, text, n);

    FUZZ_CHECK(status == RCK_OK || status == RCK_E_REQUEST);
    FUZZ_CHECK(status == RCK_OK || rck_request_error(request)->offset <= n);
    return status == RCK_OK;
}

/* TEXT is a whole block. */
static void
try_text(struct fuzz_subject *subject, const struct rck_csv *csv, const char *text, size_t n)
{
    bool accepted = read_text(subject->request, csv, text, n);
    enum rck_result result = fuzz_decide(subject, subject->request, accepted), strict;
    const char *name;
    size_t length;

    name = rck_request_id(subject->request, &length);
    FUZZ_CHECK((name != NULL) == (length != 0));
    for (size_t k = 0; k < rck_request_ignored(subject->request, k, &name, &length); k++)
        FUZZ_CHECK((name != NULL) == (k < 64));
    if (accepted) {
        rck_request_set_strict(subject->other, false);
        rck_request_reset(subject->other);
        fuzz_same_as_text(subject, result);
    }
    rck_request_set_strict(subject->other, true);
    accepted = read_text(subject->other, csv, text, n);
    strict = fuzz_decide(subject, subject->other, accepted);
    FUZZ_CHECK(strict == result || strict == RCK_INVALID);
    FUZZ_CHECK(fuzz_decide(subject, subject->request, read_text(subject->request, csv, text, n)) == result);
}

/* Bytes of the record that TEXT begins with, without its end of line: the next one outside of quotes. */
static size_t
record_size(const char *text, size_t n)
{
    bool quoted = false;
    size_t i;

    for (i = 0; i < n && (quoted || text[i] != '\n'); i++)
        quoted = quoted != (text[i] == '"');
    return i;
}

static void
try_file(struct fuzz_subject *subject, const char *text, size_t n)
{
    struct rck_csv *csv = NULL;
    size_t size = record_size(text, n);
    char *record = fuzz_copy(text, size);
    enum rck_status status = rck_csv_new(subject->request, record, size, &csv);

    free(record);
    FUZZ_CHECK((status == RCK_OK) == (csv != NULL));
    if (csv == NULL) {
        FUZZ_CHECK(status == RCK_E_REQUEST && rck_request_error(subject->request)->offset <= size);
        fuzz_decide(subject, subject->request, false);
    }
    for (size_t at = size + 1; csv != NULL && at < n; at += size + 1) {
        size = record_size(text + at, n - at);
        record = fuzz_copy(text + at, size);
        try_text(subject, csv, record, size);
        free(record);
    }
    rck_csv_free(csv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_subject *subjects;
    char *text = fuzz_copy(data, size);
    size_t n = fuzz_subjects(&subjects);

    for (size_t i = 0; i < n; i++) {
        try_text(&subjects[i], NULL, text, size);
        try_file(&subjects[i], text, size);
        fuzz_subject_clean(&subjects[i]);
    }
    free(text);
    return 0;
}
