/* SPDX-License-Identifier: MIT
 *
 * The slot in one thread: what is in force after which order of calls, what is freed when, and which policies it refuses.  reload.c
 * has the threads, oom.c the lack of memory.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../engine/rulecheck.h"
#include "counting.h"

static struct counting memory;
static struct rck_context *context;

/* A policy whose limit tells which one it is: a request with N photos is allowed where N is below. */
#define ALBUMS(vocabulary, most, rest)                                                                                         \
    "policy albums; default allow; vocabulary { subject user; role owner; action create; resource photo; " vocabulary          \
    "counter photos : up on create photo; } param most : int 1..100 = " most "; full: limit photos to most; " rest

#define CASES(allowed)                                                                                                         \
    "cases \"c\" { subject action resource photos -> result; user create photo " allowed " -> allow; "                         \
    "user create photo 99 -> deny by full; }"

static const char ten[] = ALBUMS("", "10", ""), twenty[] = ALBUMS("attribute size : int; ", "20", ""),
                  proven[] = ALBUMS("", "30", CASES("29")), wrong[] = ALBUMS("", "30", CASES("30")),
                  other_shape[] = "policy other; default deny; vocabulary { subject user; role a, b, c; action create, drop; resource photo, page;"
                                  " attribute tags : set of { x, y, z }; attribute title : string; attribute size : int; counter photos :"
                                  " up on create photo; } all: user may create photo; few: limit photos to 40;";

static void
setup(void)
{
    counting_init(&memory);
    ck_assert_int_eq(rck_context_new(&memory.allocator, &context), RCK_OK);
}

static void
teardown(void)
{
    rck_context_free(context);
    ck_assert_uint_eq(memory.live, 0);
}

static struct rck_policy *
compile(const char *text)
{
    struct rck_policy *policy = NULL;

    ck_assert_int_eq(rck_policy_compile(context, "test", text, strlen(text), NULL, &policy), RCK_OK);
    return policy;
}

/* Puts TEXT in force, and keeps no reference. */
static void
swap(struct rck_slot *slot, const char *text)
{
    struct rck_policy *policy = compile(text);

    ck_assert_int_eq(rck_slot_swap(slot, policy), RCK_OK);
    rck_policy_unref(policy);
}

static struct rck_slot *
make_slot(const char *text)
{
    struct rck_policy *policy = compile(text);
    struct rck_slot *slot = NULL;

    ck_assert_int_eq(rck_slot_new(policy, &slot), RCK_OK);
    rck_policy_unref(policy);
    return slot;
}

static struct rck_reader *
make_reader(struct rck_slot *slot)
{
    struct rck_reader *reader = NULL;

    ck_assert_int_eq(rck_reader_new(slot, &reader), RCK_OK);
    return reader;
}

static enum rck_result
decide(const struct rck_view *view, int photos)
{
    char line[200];

    snprintf(line, sizeof line, "{\"subject\": \"user\", \"action\": \"create\", \"resource\": \"photo\", \"photos\": %d}", photos);
    ck_assert_int_eq(rck_request_read_json(view->request, line, strlen(line)), RCK_OK);
    ck_assert_int_eq(rck_explain(view->explanation, view->request), rck_decide(view->policy, view->request, NULL));
    return rck_decide(view->policy, view->request, NULL);
}

/* The limit of the policy that VIEW is of. */
static int
limit_of(const struct rck_view *view)
{
    for (int photos = 0; photos < 100; photos++)
        if (decide(view, photos) != RCK_ALLOW)
            return photos;
    return 100;
}

static int
limit_in(struct rck_reader *reader, uint64_t number)
{
    struct rck_view view;
    int limit;

    rck_reader_enter(reader, &view);
    ck_assert_uint_eq(view.number, number);
    limit = limit_of(&view);
    rck_reader_leave(reader);
    /* Who decides by what was left behind is refused. */
    ck_assert_int_eq(rck_explain(view.explanation, view.request), RCK_INVALID);
    return limit;
}

START_TEST(test_order)
{
    struct rck_slot *slot = make_slot(ten);
    struct rck_reader *reader = make_reader(slot), *other = make_reader(slot);
    struct rck_view view, again;

    ck_assert_int_eq(limit_in(reader, 1), 10);
    rck_reader_enter(reader, &view);
    swap(slot, twenty);
    /* Who is in the old one stays there; who enters is in the new one. */
    ck_assert_int_eq(limit_of(&view), 10);
    ck_assert_int_eq(limit_in(other, 2), 20);
    ck_assert_int_eq(limit_of(&view), 10);
    rck_reader_leave(reader);
    ck_assert_int_eq(limit_in(reader, 2), 20);
    swap(slot, other_shape);
    ck_assert_int_eq(limit_in(reader, 3), 40);
    swap(slot, ten);
    ck_assert_int_eq(limit_in(other, 4), 10);
    ck_assert_int_eq(limit_in(reader, 4), 10);

    /* Entering again is leaving first. */
    rck_reader_enter(reader, &view);
    swap(slot, twenty);
    rck_reader_enter(reader, &again);
    ck_assert_ptr_eq(view.request, again.request);
    ck_assert_ptr_eq(view.explanation, again.explanation);
    ck_assert_uint_eq(again.number, 5);
    ck_assert_int_eq(limit_of(&again), 20);
    ck_assert_uint_eq(rck_slot_sweep(slot), 0);

    /* Leaving twice is leaving; freeing is leaving, too. */
    rck_reader_leave(other);
    rck_reader_leave(other);
    rck_reader_free(reader);
    rck_reader_free(other);
    rck_slot_free(slot);
}
END_TEST

START_TEST(test_what_lives)
{
    struct rck_slot *slot = make_slot(ten);
    struct rck_reader *readers[3] = { make_reader(slot), make_reader(slot), make_reader(slot) };
    struct rck_view views[3];
    const char *const texts[] = { twenty, proven, other_shape };
    struct rck_policy_info info;
    struct rck_policy *kept;

    rck_context_set_run_cases(context, true);
    for (int i = 0; i < 3; i++) {
        rck_reader_enter(readers[i], &views[i]);
        swap(slot, texts[i]);
    }
    ck_assert_uint_eq(rck_slot_sweep(slot), 3);
    ck_assert_int_eq(limit_of(&views[0]), 10);
    ck_assert_int_eq(limit_of(&views[1]), 20);
    ck_assert_int_eq(limit_of(&views[2]), 30);
    /* Those in between go although older ones are used. */
    rck_reader_leave(readers[1]);
    ck_assert_uint_eq(rck_slot_sweep(slot), 2);
    ck_assert_int_eq(limit_of(&views[0]), 10);
    ck_assert_int_eq(limit_of(&views[2]), 30);
    /* A reader that ends is no longer in. */
    rck_reader_free(readers[2]);
    ck_assert_uint_eq(rck_slot_sweep(slot), 1);
    kept = rck_policy_ref(views[0].policy);
    rck_reader_leave(readers[0]);
    ck_assert_uint_eq(rck_slot_sweep(slot), 0);
    swap(slot, ten);
    for (int i = 0; i < 50; i++)
        swap(slot, i % 2 != 0 ? ten : proven);
    ck_assert_uint_eq(rck_slot_sweep(slot), 0);
    rck_reader_free(readers[0]);
    rck_reader_free(readers[1]);
    /* Whoever took a reference may go on. */
    rck_slot_free(slot);
    rck_policy_describe(kept, &info);
    ck_assert_str_eq(info.name, "albums");
    rck_policy_unref(kept);
}
END_TEST

/* More readers than seats: versions with more of them, of the same policy. */
START_TEST(test_many_readers)
{
    enum { N = 100 };
    struct rck_slot *slot = make_slot(ten);
    struct rck_reader *readers[N];
    struct rck_view views[N], view;

    for (int i = 0; i < N; i++) {
        readers[i] = make_reader(slot);
        rck_reader_enter(readers[i], &views[i]);
        ck_assert_uint_eq(views[i].number, 1);
        ck_assert_int_eq(decide(&views[i], i % 20), i % 20 < 10 ? RCK_ALLOW : RCK_DENY);
    }
    /* They are all in one policy, and do not write into each other's requests. */
    ck_assert_uint_eq(rck_slot_sweep(slot), 0);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(rck_decide(views[i].policy, views[i].request, NULL), i % 20 < 10 ? RCK_ALLOW : RCK_DENY);
    swap(slot, twenty);
    ck_assert_uint_eq(rck_slot_sweep(slot), 1);
    for (int i = 0; i < N; i += 2)
        rck_reader_free(readers[i]);
    /* Their seats are taken again, and are empty. */
    for (int i = 0; i < N; i += 2) {
        readers[i] = make_reader(slot);
        rck_reader_enter(readers[i], &view);
        ck_assert_uint_eq(view.number, 2);
        ck_assert_int_eq(rck_decide(view.policy, view.request, NULL), RCK_INVALID);
        ck_assert_int_eq(decide(&view, 19), RCK_ALLOW);
    }
    for (int i = 1; i < N; i += 2)
        ck_assert_int_eq(rck_decide(views[i].policy, views[i].request, NULL), i % 20 < 10 ? RCK_ALLOW : RCK_DENY);
    for (int i = 0; i < N; i++)
        rck_reader_free(readers[i]);
    ck_assert_uint_eq(rck_slot_sweep(slot), 0);
    rck_slot_free(slot);
}
END_TEST

/* What belongs to the request and what to the policy. */
START_TEST(test_request)
{
    static const char surplus[] = "{\"subject\": \"user\", \"action\": \"create\", \"resource\": \"photo\", \"photos\": 1, \"trace\": 7}",
                      title[] = "{\"subject\": \"user\", \"action\": \"create\", \"resource\": \"photo\", \"photos\": 1, \"title\": \"\\u0041bc\","
                                " \"tags\": [\"x\", \"z\"], \"size\": 3}";
    struct rck_slot *slot = make_slot(ten);
    struct rck_reader *reader = make_reader(slot);
    struct rck_view view;
    size_t length = 0;
    uint64_t calls;

    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_decide(view.policy, view.request, NULL), RCK_INVALID);
    ck_assert_int_eq(decide(&view, 5), RCK_ALLOW);
    rck_reader_leave(reader);
    /* Nothing is left of a request, in the same policy and in the next. */
    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_decide(view.policy, view.request, NULL), RCK_INVALID);
    ck_assert_int_eq(rck_request_read_json(view.request, surplus, strlen(surplus)), RCK_OK);
    ck_assert_uint_eq(rck_request_ignored(view.request, 0, NULL, NULL), 1);
    rck_request_set_strict(view.request, true);
    swap(slot, other_shape);
    rck_reader_leave(reader);
    /* A request that was left behind decides nothing. */
    ck_assert_int_eq(rck_decide(view.policy, view.request, NULL), RCK_INVALID);
    ck_assert_int_eq(rck_explain(view.explanation, view.request) == RCK_ALLOW, false);

    /* Strictness and what is watched survive. */
    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_request_read_json(view.request, surplus, strlen(surplus)), RCK_E_REQUEST);
    ck_assert_int_eq(rck_request_watch(view.request, "trace", 5), RCK_OK);
    swap(slot, twenty);
    rck_reader_leave(reader);
    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_request_read_json(view.request, surplus, strlen(surplus)), RCK_OK);
    ck_assert_mem_eq(rck_request_watched(view.request, &length), "7", 1);
    rck_reader_leave(reader);

    /* A key that was at the same place in the request before stands for another attribute now. */
    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_request_read_json(view.request, title, strlen(title)), RCK_E_REQUEST); /* no 'title' there, and strict */
    rck_request_set_strict(view.request, false);
    ck_assert_int_eq(rck_request_read_json(view.request, title, strlen(title)), RCK_OK);
    ck_assert_int_eq(rck_request_read_json(view.request, title, strlen(title)), RCK_OK);
    swap(slot, other_shape);
    rck_reader_enter(reader, &view);
    for (int i = 0; i < 2; i++) {
        char value[32];

        ck_assert_int_eq(rck_request_read_json(view.request, title, strlen(title)), RCK_OK);
        rck_request_value(view.request, rck_policy_find_attribute(view.policy, "tags", 4), value, sizeof value);
        ck_assert_str_eq(value, "{ x, z }");
        rck_request_value(view.request, rck_policy_find_attribute(view.policy, "size", 4), value, sizeof value);
        ck_assert_str_eq(value, "3");
    }
    /* What it has grown to it keeps: after the swap nothing is allocated. */
    swap(slot, ten);
    swap(slot, other_shape);
    calls = memory.calls;
    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_request_read_json(view.request, title, strlen(title)), RCK_OK);
    ck_assert_int_eq(rck_decide(view.policy, view.request, NULL), RCK_ALLOW);
    ck_assert_int_eq(rck_explain(view.explanation, view.request), RCK_ALLOW);
    rck_reader_leave(reader);
    ck_assert_uint_eq(memory.calls, calls);
    rck_reader_free(reader);
    rck_slot_free(slot);
}
END_TEST

/* The columns of a file are those of a policy. */
START_TEST(test_csv)
{
    struct rck_slot *slot = make_slot(ten);
    struct rck_reader *reader = make_reader(slot);
    struct rck_csv *csv = NULL;
    struct rck_view view;

    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_csv_new(view.request, "subject,photos", 14, &csv), RCK_OK);
    ck_assert_int_eq(rck_request_read_csv(view.request, csv, "user,3", 6), RCK_OK);
    swap(slot, ten);
    ck_assert_int_eq(rck_request_read_csv(view.request, csv, "user,3", 6), RCK_OK);
    rck_reader_enter(reader, &view);
    ck_assert_int_eq(rck_request_read_csv(view.request, csv, "user,3", 6), RCK_E_ARGUMENT);
    rck_csv_free(csv);
    rck_reader_free(reader);
    rck_slot_free(slot);
}
END_TEST

static bool
stop(void *arg, const struct rck_case *outcome)
{
    (void)arg;
    (void)outcome;
    return false;
}

START_TEST(test_cases)
{
    struct rck_slot *slot = NULL;
    struct rck_policy *policy = compile(proven), *failing = compile(wrong);
    size_t n_run = 0, n_failed = 0;

    /* Not run, run in part, run. */
    ck_assert_int_eq(rck_slot_new(policy, &slot), RCK_E_CASES);
    ck_assert_ptr_null(slot);
    ck_assert_int_eq(rck_policy_run_cases(policy, stop, NULL, &n_run, &n_failed), RCK_OK);
    ck_assert_uint_eq(n_run, 1);
    ck_assert_int_eq(rck_slot_new(policy, &slot), RCK_E_CASES);
    ck_assert_int_eq(rck_policy_run_cases(policy, NULL, NULL, &n_run, &n_failed), RCK_OK);
    ck_assert_int_eq(rck_slot_new(policy, &slot), RCK_OK);
    /* Failed. */
    ck_assert_int_eq(rck_slot_swap(slot, failing), RCK_E_CASES);
    ck_assert_int_eq(rck_policy_run_cases(failing, NULL, NULL, &n_run, &n_failed), RCK_OK);
    ck_assert_uint_eq(n_failed, 1);
    ck_assert_int_eq(rck_slot_swap(slot, failing), RCK_E_CASES);
    rck_policy_unref(failing);
    failing = rck_slot_policy(slot);
    ck_assert_ptr_eq(failing, policy);
    ck_assert_str_eq(rck_status_text(RCK_E_CASES), "the policy has cases that were not run, or that failed");
    rck_policy_unref(failing);
    rck_policy_unref(policy);
    rck_slot_free(slot);
}
END_TEST

/* A compile that runs them, with the declared parameters and with others. */
START_TEST(test_run_cases)
{
    static const char lower[] =
        ALBUMS("", "30", "cases \"d\" { subject action resource photos -> result; user create photo 9 -> deny by full; }");
    struct rck_policy *policy = NULL;
    struct rck_slot *slot = NULL;
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_reader *reader;

    ck_assert_int_eq(rck_context_set_param(context, "most", "7"), RCK_OK);
    policy = compile(proven);
    ck_assert_int_eq(rck_slot_new(policy, &slot), RCK_E_CASES);
    rck_policy_unref(policy);

    rck_context_set_run_cases(context, true);
    slot = make_slot(proven);
    reader = make_reader(slot);
    ck_assert_int_eq(limit_in(reader, 1), 7); /* the parameter is still set */
    swap(slot, ten);
    swap(slot, proven);
    ck_assert_int_eq(limit_in(reader, 3), 7);
    policy = NULL;
    ck_assert_int_eq(rck_policy_compile(context, "test", wrong, strlen(wrong), &diagnostics, &policy), RCK_E_POLICY);
    ck_assert_ptr_null(policy);
    ck_assert_uint_eq(rck_diagnostics_found(diagnostics, RCK_ERROR), 1);
    ck_assert_str_eq(rck_diagnostics_at(diagnostics, 0)->id, "case-failed");
    rck_diagnostics_free(diagnostics);
    /* A case that holds with the parameter that is set, and not with the declared one. */
    ck_assert_int_eq(rck_policy_compile(context, "test", lower, strlen(lower), NULL, &policy), RCK_E_POLICY);
    ck_assert_ptr_null(policy);
    rck_context_set_run_cases(context, false);
    ck_assert_int_eq(rck_policy_compile(context, "test", wrong, strlen(wrong), NULL, &policy), RCK_OK);
    rck_policy_unref(policy);
    rck_reader_free(reader);
    rck_slot_free(slot);
}
END_TEST

/* Files that are different each time that they are asked for, in a way each. */
struct changing {
    int n;
    int how;
};

static enum rck_status
change(void *arg, struct rck_include *include)
{
    static const struct {
        const char *texts[2], *names[2];
    } hows[] = {
        { { "note_a: note \"a\";", "note_a: note \"b\";" }, { "notes", "notes" } },
        { { "note_a: note \"a\";", "note_a: note \"a\";" }, { "notes", "other" } },
        { { "note_a: note \"a\";", "include \"more\";" }, { "notes", "notes" } },
    };
    struct changing *changing = arg;
    bool more = strcmp(include->path, "more") == 0;
    int i = more ? 0 : changing->n++ % 2;

    include->name = more ? "more" : hows[changing->how].names[i];
    include->text = more ? "note_b: note \"b\";" : hows[changing->how].texts[i];
    include->length = strlen(include->text);
    return RCK_OK;
}

START_TEST(test_changed_meanwhile)
{
    static const char text[] = ALBUMS("", "30", CASES("29") "include \"notes\";");
    struct rck_diagnostics *diagnostics = NULL;
    struct rck_policy *policy = NULL;
    struct changing changing = { 0, _i };

    rck_context_set_include(context, change, &changing);
    rck_context_set_run_cases(context, true);
    ck_assert_int_eq(rck_policy_compile(context, "test", text, strlen(text), NULL, &policy), RCK_OK);
    ck_assert_int_eq(changing.n, 1);
    rck_policy_unref(policy);
    policy = NULL;
    changing.n = 0;
    ck_assert_int_eq(rck_context_set_param(context, "most", "7"), RCK_OK);
    ck_assert_int_eq(rck_policy_compile(context, "test", text, strlen(text), &diagnostics, &policy), RCK_E_IO);
    ck_assert_int_eq(changing.n, 2);
    ck_assert_ptr_null(policy);
    ck_assert_str_eq(rck_diagnostics_at(diagnostics, 0)->message,
                     "cannot run the cases: a file of the policy was changed while it was read");
    rck_diagnostics_free(diagnostics);
}
END_TEST

static void
write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
}

/* Reloads PATH, which must end with STATUS and, if ID is not NULL, a diagnostic of that name. */
static void
reload(struct rck_slot *slot, const char *path, enum rck_status status, const char *id)
{
    struct rck_diagnostics *diagnostics = NULL;

    ck_assert_int_eq(rck_slot_reload_file(slot, context, path, &diagnostics), status);
    ck_assert_ptr_nonnull(diagnostics);
    ck_assert_uint_eq(rck_diagnostics_found(diagnostics, RCK_ERROR), id != NULL);
    if (id != NULL)
        ck_assert_str_eq(rck_diagnostics_at(diagnostics, 0)->id, id);
    rck_diagnostics_free(diagnostics);
}

START_TEST(test_reload_file)
{
    char path[] = "/tmp/rulecheck-slot.XXXXXX";
    int fd = mkstemp(path);
    struct rck_slot *slot = make_slot(ten);
    struct rck_reader *reader = make_reader(slot);

    ck_assert_int_ge(fd, 0);
    close(fd);
    write_file(path, twenty);
    reload(slot, path, RCK_OK, NULL);
    ck_assert_int_eq(limit_in(reader, 2), 20);
    write_file(path, proven);
    reload(slot, path, RCK_OK, NULL);
    ck_assert_int_eq(limit_in(reader, 3), 30);
    write_file(path, wrong);
    reload(slot, path, RCK_E_POLICY, "case-failed");
    write_file(path, "policy cut; default all");
    reload(slot, path, RCK_E_POLICY, "expected");
    write_file(path, "");
    reload(slot, path, RCK_E_POLICY, "missing");
    ck_assert_int_eq(limit_in(reader, 3), 30);
    ck_assert_int_eq(rck_context_set_param(context, "most", "15"), RCK_OK);
    write_file(path, proven);
    reload(slot, path, RCK_OK, NULL);
    ck_assert_int_eq(limit_in(reader, 4), 15);
    unlink(path);
    reload(slot, path, RCK_E_IO, "unreadable");
    ck_assert_int_eq(rck_slot_reload_file(slot, context, path, NULL), RCK_E_IO);
    ck_assert_int_eq(limit_in(reader, 4), 15);
    /* The context is as it was: other compiles run no cases. */
    rck_policy_unref(compile(wrong));
    rck_reader_free(reader);
    rck_slot_free(slot);
}
END_TEST

START_TEST(test_null)
{
    rck_slot_free(NULL);
    rck_reader_free(NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("slot");
    TCase *tcase = tcase_create("one thread");
    SRunner *runner = srunner_create(suite);
    int n_failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_order);
    tcase_add_test(tcase, test_what_lives);
    tcase_add_test(tcase, test_many_readers);
    tcase_add_test(tcase, test_request);
    tcase_add_test(tcase, test_csv);
    tcase_add_test(tcase, test_cases);
    tcase_add_test(tcase, test_run_cases);
    tcase_add_loop_test(tcase, test_changed_meanwhile, 0, 3);
    tcase_add_test(tcase, test_reload_file);
    tcase_add_test(tcase, test_null);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed != 0;
}
