/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share.  A target is LLVMFuzzerTestOneInput() in tests/fuzz_NAME.c; tests/fuzz_replay.c or libFuzzer brings
 * main().  Each ends the process where something is wrong, so that the input is kept.
 */
#ifndef RCK_TESTS_FUZZ_H
#define RCK_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "../engine/base.h"
#include "../engine/rulecheck.h"
#include "counting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process unless OK. */
#define FUZZ_CHECK(ok) ((ok) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #ok))
_Noreturn void fuzz_failed(const char *file, int line, const char *what);

/* A policy to try requests on, made with MEM. */
struct fuzz_subject {
    struct counting mem;
    struct rck_policy *policy;
    struct rck_request *request;
    struct rck_request *other; /* a second one */
    struct rck_explanation *explanation;
    struct rck_policy_info info;
    size_t live; /* blocks when no request was read */
};

/* The policies that requests are tried on: one with everything in it, and the one that the environment variable
 * RCK_FUZZ_POLICY names, if it is set.  Returns how many; made once, never freed. */
size_t fuzz_subjects(struct fuzz_subject **subjects);

/* Empties both requests of SUBJECT, gives back their buffers, and demands that no other block is left. */
void fuzz_subject_clean(struct fuzz_subject *subject);

/* Decides REQUEST by table and by clauses, which must agree and take no memory; STATUS is what the filling of it said. */
enum rck_result fuzz_decide(struct fuzz_subject *subject, const struct rck_request *request, bool accepted);

/* Writes the values of 'request' as text into 'other', which must then be decided the same. */
void fuzz_same_as_text(struct fuzz_subject *subject, enum rck_result result);

/* Copies N bytes into a block of exactly their size; free() ends it. */
char *fuzz_copy(const void *bytes, size_t n);

/* True if TEXT is valid UTF-8 without control characters, but for those that ALSO lists. */
bool fuzz_is_clean(struct str text, const char *also);

#endif
