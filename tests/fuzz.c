/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share; see fuzz.h.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "../engine/json.h"
#include "../engine/policy.h"

static const char everything[] =
    "policy everything; default allow;\n"
    "vocabulary { subject user, userx, bot; role owner, owners, guest; action create, read, delete;\n"
    "  resource a, a.b, ab, ab.c; attribute n : int -5..1000; attribute m : int; attribute big.one, big.two : int 0.. optional;\n"
    "  attribute color : { red, red.dark, reddish }; attribute tags : set of { x, xy, y }; attribute flag : bool;\n"
    "  counter count : up on create a, down on delete a; }\n"
    "few: limit count to 3;\n"
    "gate: only owner may delete ab;\n"
    "ban: bot cannot use a;\n"
    "fit: require big.one <= big.two + 3 to create ab.c when big.one is present and big.two is present;\n"
    "mix: deny when not (tags has x or n > 10) and color == red unless role has guest;\n"
    "low: deny when m < -7 and flag;\n"
    "soft: deny when n == 5 warn;\n"
    "routes {\n"
    "  credential bot when header.authorization is present and not header.authorization matches \"Bearer *\";\n"
    "  credential userx when header.authorization matches \"Bearer *\";\n"
    "  credential user when header.\"x-key\" != \"\" and header.\"x-key\" is present;\n"
    "  GET \"/\" -> read ab; GET \"/a/*\" -> read a; GET \"/a/b\" when query.q == \"1\" -> read a.b; GET \"/a/b/**\" -> read ab.c;\n"
    "  GET \"/*/b\" -> read ab; POST, PUT \"/a\" when body.n < 3 -> create a with n = body.n, flag = query.flag;\n"
    "  POST \"/a\" when not body.n is present or body.n >= 3 -> read a with m = body.m.m;\n"
    "  POST \"/ab/*\" when body.kind in { \"x\", \"y\" } or body.on -> create ab with color = body.color;\n"
    "  POST \"/ab/*\" when not (body.kind in { \"x\", \"y\" } or body.on) -> delete ab;\n"
    "}\n";

void
fuzz_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
    abort();
}

static bool
print(void *arg, const char *text, size_t size)
{
    (void)arg;
    return fwrite(text, 1, size, stderr) == size;
}

/* Compiles TEXT, or the file PATH. */
static void
open_subject(struct fuzz_subject *subject, const char *path, const char *text)
{
    struct rck_context *context = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    enum rck_status status;

    counting_init(&subject->mem);
    FUZZ_CHECK(rck_context_new(&subject->mem.allocator, &context) == RCK_OK);
    FUZZ_CHECK(rck_context_set_limit(context, "cells", 1 << 22) == RCK_OK);
    status = path != NULL ? rck_policy_compile_file(context, path, &diagnostics, &subject->policy)
                          : rck_policy_compile(context, "everything", text, strlen(text), &diagnostics, &subject->policy);
    if (status != RCK_OK)
        rck_diagnostics_write(diagnostics, 0, print, NULL);
    FUZZ_CHECK(status == RCK_OK);
    rck_diagnostics_free(diagnostics);
    rck_context_free(context);
    rck_policy_describe(subject->policy, &subject->info);
    FUZZ_CHECK(rck_explanation_new(subject->policy, &subject->explanation) == RCK_OK);
    subject->live = subject->mem.live;
}

size_t
fuzz_subjects(struct fuzz_subject **subjects)
{
    static struct fuzz_subject all[2];
    static size_t n;

    if (n == 0) {
        const char *path = getenv("RCK_FUZZ_POLICY");

        open_subject(&all[n++], NULL, everything);
        if (path != NULL && path[0] != 0)
            open_subject(&all[n++], path, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(rck_request_new(all[i].policy, &all[i].request) == RCK_OK);
        FUZZ_CHECK(rck_request_new(all[i].policy, &all[i].other) == RCK_OK);
    }
    *subjects = all;
    return n;
}

void
fuzz_subject_clean(struct fuzz_subject *subject)
{
    rck_request_free(subject->request);
    rck_request_free(subject->other);
    subject->request = subject->other = NULL;
    FUZZ_CHECK(subject->mem.live == subject->live);
    /* Ours, and the explanation's: one too many is a leak that no block tells of while the policy lives. */
    FUZZ_CHECK(subject->policy->references == 2);
}

enum rck_result
fuzz_decide(struct fuzz_subject *subject, const struct rck_request *request, bool accepted)
{
    const struct rck_request_error *error = rck_request_error(request);
    uint64_t calls = subject->mem.calls;
    struct rck_why why;
    enum rck_result result = rck_decide(subject->policy, request, &why);

    FUZZ_CHECK(result == rck_explain(subject->explanation, request));
    FUZZ_CHECK((result == RCK_INVALID) == (error != NULL));
    FUZZ_CHECK(accepted || result == RCK_INVALID);
    FUZZ_CHECK(why.clause == RCK_NONE ? result == RCK_ALLOW || result == RCK_INVALID || subject->info.by_default == RCK_DENY
                                            || (result == RCK_INDETERMINATE && rck_request_doubt(request) != NULL)
                                      : rck_explanation_state(subject->explanation, why.clause)
                                            == (result == RCK_DENY ? RCK_STATE_VIOLATED : RCK_STATE_UNKNOWN));
    if (error != NULL) {
        FUZZ_CHECK(fuzz_is_clean(str_of(error->message), "") && fuzz_is_clean(str_of(error->help), ""));
        FUZZ_CHECK(error->message[0] != 0 && fuzz_is_clean(str_of(error->key), NULL));
    }
    FUZZ_CHECK(subject->mem.calls == calls);
    return result;
}

void
fuzz_same_as_text(struct fuzz_subject *subject, enum rck_result result)
{
    char value[512];

    for (uint32_t i = 0; i < subject->info.n_attributes; i++) {
        struct rck_attribute attribute;
        size_t n = rck_request_value(subject->request, i, value, sizeof value);

        FUZZ_CHECK(rck_policy_attribute(subject->policy, i, &attribute) == RCK_OK);
        FUZZ_CHECK(n != 0 && n < sizeof value && strlen(value) == n);
        FUZZ_CHECK(rck_request_set_text(subject->other, attribute.name, strlen(attribute.name), value, n) == RCK_OK);
    }
    FUZZ_CHECK(fuzz_decide(subject, subject->other, true) == result);
}

char *
fuzz_copy(const void *bytes, size_t n)
{
    char *copy = malloc(n != 0 ? n : 1);

    FUZZ_CHECK(copy != NULL);
    if (n != 0)
        memcpy(copy, bytes, n);
    return copy;
}

bool
fuzz_is_clean(struct str text, const char *also)
{
    for (size_t i = 0; i < text.n && also != NULL; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if ((c < 0x20 || c == 0x7F) && (c == 0 || strchr(also, c) == NULL))
            return false;
    }
    return utf8_check(text) == text.n;
}
