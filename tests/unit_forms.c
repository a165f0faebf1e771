/* SPDX-License-Identifier: MIT
 *
 * Tests of engine/pairs.c, engine/csv.c, AuthZEN's shape and watched keys: what is a request in these forms, what is not, and
 * where the fault is said to be.  Every input lies in a heap block of exactly its size.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "caps.h"
#include "rulecheck.h"

static const char rules[] = "policy t;\n"
                            "default allow;\n"
                            "vocabulary {\n"
                            "    subject user, robot;\n"
                            "    role owner, admin, \"a b\";\n"
                            "    action read, create;\n"
                            "    resource token, entry;\n"
                            "    counter token.count : up on create token;\n"
                            "    attribute subject.department : { sales, it } optional;\n"
                            "    attribute context.channel : { web, api } optional;\n"
                            "    attribute entry.locked : bool optional;\n"
                            "    attribute entry.tags : set of { red, blue } optional;\n"
                            "}\n"
                            "few: limit token.count to 3;\n"
                            "gate: only owner may create token;\n";

/* Allocations of the library, counted; the one of number FAIL_AT fails. */
struct heap {
    uint64_t n_calls, n_blocks, fail_at;
};

static void *
counted_alloc(size_t size, void *ctx)
{
    struct heap *heap = ctx;
    void *block = ++heap->n_calls == heap->fail_at ? NULL : malloc(size != 0 ? size : 1);

    heap->n_blocks += block != NULL;
    return block;
}

static void *
counted_resize(void *old, size_t size, void *ctx)
{
    struct heap *heap = ctx;
    void *block = ++heap->n_calls == heap->fail_at ? NULL : realloc(old, size != 0 ? size : 1);

    heap->n_blocks += block != NULL && old == NULL;
    return block;
}

static void
counted_release(void *p, void *ctx)
{
    struct heap *heap = ctx;

    heap->n_blocks -= p != NULL;
    free(p);
}

struct fixture {
    struct heap heap;
    struct rck_context *context;
    struct rck_policy *policy;
    struct rck_request *request;
};

static void
open_fixture(struct fixture *f)
{
    struct rck_allocator allocator = { counted_alloc, counted_resize, counted_release, &f->heap };

    f->heap = (struct heap){ 0, 0, 0 };
    ck_assert_int_eq(rck_context_new(&allocator, &f->context), RCK_OK);
    ck_assert_int_eq(rck_policy_compile(f->context, "t.rules", rules, sizeof rules - 1, NULL, &f->policy), RCK_OK);
    ck_assert_int_eq(rck_request_new(f->policy, &f->request), RCK_OK);
}

static void
close_fixture(struct fixture *f)
{
    rck_request_free(f->request);
    rck_policy_unref(f->policy);
    rck_context_free(f->context);
    ck_assert_uint_eq(f->heap.n_blocks, 0);
}

static char *
exact(const char *text, size_t size)
{
    char *copy = malloc(size);

    ck_assert(copy != NULL || size == 0);
    if (size != 0)
        memcpy(copy, text, size);
    return copy;
}

enum form { JSON, PAIRS, CSV };

/* Reads TEXT; of CSV the first line is the header. */
static enum rck_status
read_text(struct fixture *f, enum form form, const char *text, size_t size)
{
    size_t head = form == CSV ? strcspn(text, "\n") : 0;
    size_t skipped = form == CSV ? head + 1 : 0;
    struct rck_csv *csv = NULL;
    enum rck_status status;
    char *header = exact(text, head);
    char *copy = exact(text + skipped, size - skipped);

    if (form == JSON)
        status = rck_request_read_json(f->request, copy, size);
    else if (form == PAIRS)
        status = rck_request_read_pairs(f->request, copy, size);
    else
        status = rck_csv_new(f->request, header, head, &csv);
    if (csv != NULL)
        status = rck_request_read_csv(f->request, csv, copy, size - skipped);
    rck_csv_free(csv);
    free(header);
    free(copy);
    return status;
}

/* A text and what becomes of it: the values of subject, role, token.count and so on; or the fault and its offset. */
struct sample {
    enum form form;
    const char *text;
    size_t size; /* 0: up to the NUL */
    const char *values;
    const char *fault;
    size_t offset;
};

#define FINE(form, text, values) { form, text, 0, values, NULL, 0 }
#define WRONG(form, text, fault, offset) { form, text, 0, NULL, fault, offset }
#define BYTES(form, text, fault, offset) { form, text, sizeof(text) - 1, NULL, fault, offset }

static const struct sample samples[] = {
    /* subject|role|action|resource|token.count|subject.department|context.channel|entry.locked|entry.tags */
    FINE(PAIRS, "subject=user role=owner action=read resource=entry", "user|{ owner }|read|entry|-|-|-|-|-"),
    FINE(PAIRS, " \tsubject=user\taction=read  resource=entry \r\n", "user|-|read|entry|-|-|-|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry role=admin,owner", "user|{ admin, owner }|read|entry|-|-|-|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry role={ \"a b\" , owner}", "user|{ \"a b\", owner }|read|entry|-|-|-|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry role=[] entry.tags={red}", "user|{}|read|entry|-|-|-|-|{ red }"),
    FINE(PAIRS, "subject=user action=read resource=entry role=\"a \\u0062\"", "user|{ \"a b\" }|read|entry|-|-|-|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry role= token.count=-0", "user|-|read|entry|0|-|-|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry role=- entry.locked=true", "user|-|read|entry|-|-|-|true|-"),
    FINE(PAIRS, "subject=user action=read resource=entry context.channel=\"-\"", "user|-|read|entry|-|-|- (undeclared)|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry context.channel=\"\"", "user|-|read|entry|-|-|(undeclared)|-|-"),
    FINE(PAIRS, "\"subject\"=user action=read resource=entry x=a=b y={a,\"}\"}", "user|-|read|entry|-|-|-|-|-"),
    FINE(PAIRS, "subject=user action=read resource=entry role={ owner\t,\tadmin } entry.tags=[\"red\" , blue ]", "user|{ admin, owner }|read|entry|-|-|-|-|{ blue, red }"),
    WRONG(PAIRS, "", "the request is empty", 0),
    WRONG(PAIRS, "role={", "the set is not closed with '}'", 6),
    WRONG(PAIRS, "role={ ", "the set is not closed with '}'", 7),
    WRONG(PAIRS, "role={owner, ", "the set is not closed with '}'", 13),
    WRONG(PAIRS, "role={a\"b}", "expected ',' or the end of the set after a name", 7),
    WRONG(PAIRS, "role={\"\\x\"}", "unknown escape in a string", 7),
    WRONG(PAIRS, "role=a\tb", "expected '=' after a key", 8),
    WRONG(PAIRS, "a\"b=1", "expected '=' after a key", 1),
    WRONG(PAIRS, "a\tb=1", "expected '=' after a key", 1),
    WRONG(PAIRS, "role={owner}\"", "text follows a value", 12),
    WRONG(PAIRS, " \t\n", "the request is empty", 0),
    WRONG(PAIRS, "subject", "expected '=' after a key", 7),
    WRONG(PAIRS, "subject =user", "expected '=' after a key", 7),
    WRONG(PAIRS, "=user", "a key is missing before '='", 0),
    WRONG(PAIRS, "\"subject=user", "the quoted key is not closed", 0),
    WRONG(PAIRS, "\"s\\u0075bject\"=user", "a key in quotes has no escapes", 2),
    WRONG(PAIRS, "subject=us\"er", "a quote inside of a value", 10),
    WRONG(PAIRS, "subject=\"user\"action=read", "text follows a value", 14),
    WRONG(PAIRS, "subject=\"user", "the string is not closed", 8),
    WRONG(PAIRS, "subject=\"\\x\"", "unknown escape in a string", 9),
    WRONG(PAIRS, "subject=\"\\u0000\"", "U+0000 in a string", 9),
    WRONG(PAIRS, "subject=\"\\ud800\"", "a surrogate without its other half in a string", 9),
    WRONG(PAIRS, "role={owner", "the set is not closed with '}'", 11),
    WRONG(PAIRS, "role=[owner", "the set is not closed with ']'", 11),
    WRONG(PAIRS, "role={owner admin}", "expected ',' or the end of the set after a name", 12),
    WRONG(PAIRS, "role={owner,}", "a name is missing in the set", 12),
    WRONG(PAIRS, "role={,owner}", "a name is missing in the set", 6),
    WRONG(PAIRS, "role=owner,", "a name is missing in the set", 5),
    WRONG(PAIRS, "role={owner}x", "text follows a value", 12),
    WRONG(PAIRS, "role={owner]", "the set is not closed with '}'", 12),
    WRONG(PAIRS, "x={a b}", "expected ',' or the end of the set after a name", 5),
    WRONG(PAIRS, "subject=user subject=user", "'subject' is given twice", 13),
    WRONG(PAIRS, "x=1 y=2 x=1", "the key is given twice", 8),
    WRONG(PAIRS, "z=1 y=2 y=2 z=3", "the key is given twice", 8),
    WRONG(PAIRS, "now=1", "a request cannot say what time it is", 0),
    WRONG(PAIRS, "token.count=01", "this is not a number as JSON writes them", 12),
    WRONG(PAIRS, "token.count=+1", "this is not a number as JSON writes them", 12),
    WRONG(PAIRS, "token.count=1.0", "'1.0' is not a whole number", 12),
    WRONG(PAIRS, "token.count=-1", "-1 is out of the range of 'token.count', 0..", 12),
    WRONG(PAIRS, "token.count=9223372036854775808", "'9223372036854775808' does not fit into 64 bits", 12),
    WRONG(PAIRS, "token.count=\"1\"", "'token.count' must be a whole number, not a text", 12),
    WRONG(PAIRS, "token.count={1}", "'token.count' must be a whole number, not a set", 0),
    WRONG(PAIRS, "entry.locked=TRUE", "'entry.locked' must be true or false, not a text", 13),
    WRONG(PAIRS, "token.cuont=1", "'token.cuont' is not in the vocabulary, but other names of 'token' are", 0),
    WRONG(PAIRS, "entry=1", "'entry' holds other names and no value", 0),
    WRONG(PAIRS, "subject=nobody", "unknown subject 'nobody'", 8),
    WRONG(PAIRS, "# a comment", "expected '=' after a key", 1),
    WRONG(PAIRS, "x=a\x01", "a control character in a line of pairs", 3),
    WRONG(PAIRS, "x=1\ny=2", "a control character in a line of pairs", 3),
    BYTES(PAIRS, "x=a\0", "U+0000 in a string", 3),
    BYTES(PAIRS, "x=\xff", "a byte in a string is not UTF-8", 2),
    BYTES(PAIRS, "x=\xed\xa0\x80", "a byte in a string is not UTF-8", 2),
    BYTES(PAIRS, "x=\xef\xbf\xbe", "a code point in a string is no character", 2),

    FINE(CSV, "subject,role,action,resource\nuser,owner,read,entry", "user|{ owner }|read|entry|-|-|-|-|-"),
    FINE(CSV, "subject,role,action,resource\r\n\"user\",\"{owner, admin}\",\"read\",entry\r\n", "user|{ admin, owner }|read|entry|-|-|-|-|-"),
    FINE(CSV, "subject,role,action,resource\nuser,\"owner,admin\",read,entry", "user|{ admin, owner }|read|entry|-|-|-|-|-"),
    FINE(CSV, "subject,role,action,resource\nuser,\"{\"\"a b\"\",\nowner}\",read,entry", NULL),
    FINE(CSV, "subject,role,action,resource\nuser,\"[\"\"a b\"\", owner]\",read,entry", "user|{ \"a b\", owner }|read|entry|-|-|-|-|-"),
    FINE(CSV, "subject,role,action,resource\nuser,\"{\"\"a b\"\", owner}\",read,entry", "user|{ \"a b\", owner }|read|entry|-|-|-|-|-"),
    FINE(CSV, "role,token.count,subject,action,resource\n-,,user,read,entry", "user|-|read|entry|-|-|-|-|-"),
    FINE(CSV, "role,token.count,subject,action,resource\n{},\"3\",user,read,entry", "user|{}|read|entry|3|-|-|-|-"),
    FINE(CSV, "entry.tags,context.channel,subject,action,resource\n\"-\",\"-\",user,read,entry", "user|-|read|entry|-|-|- (undeclared)|-|{ (undeclared) }"),
    FINE(CSV, "entry.locked,\"other \"\"thing\"\"\",subject,action,resource\n\"true\",\"a\r\nb, \"\"c\"\"\",user,read,entry\n", "user|-|read|entry|-|-|-|true|-"),
    WRONG(CSV, "subject,action\nuser", "the record has fewer fields than the header", 4),
    WRONG(CSV, "subject,action\nuser,read,", "the record has more fields than the header", 10),
    WRONG(CSV, "subject,action\nus\"er,read", "a quote in a field without quotes", 2),
    WRONG(CSV, "subject,action\n\"user,read", "the quoted field is not closed", 0),
    WRONG(CSV, "subject,action\n\"user\"x,read", "text follows a quoted field", 6),
    WRONG(CSV, "subject,action\n\"user\" ,read", "text follows a quoted field", 6),
    WRONG(CSV, "subject,action\nus\ner,read", "the end of a line in a field without quotes", 2),
    WRONG(CSV, "subject,action\n user,read", "unknown subject ' user'", 0),
    WRONG(CSV, "subject,token.count\nuser,\"\"", "'token.count' must be a whole number, not a text", 5),
    WRONG(CSV, "subject,token.count\nuser,\"-\"", "'token.count' must be a whole number, not a text", 5),
    WRONG(CSV, "subject,token.count\nuser,01", "this is not a number as JSON writes them", 5),
    WRONG(CSV, "subject,role\nuser,\"\"", "a name is missing in the set", 5),
    WRONG(CSV, "subject,role\nuser,{", "the set is not closed with '}'", 5),
    WRONG(CSV, "subject,role\nuser,[", "the set is not closed with ']'", 5),
    WRONG(CSV, "subject,role\nuser,\"{\"\"\\x\"\"}\"", "unknown escape in a string", 5),
    WRONG(CSV, "subject,role\nuser,{a", "the set is not closed with '}'", 5),
    WRONG(CSV, "subject,role\nuser,{a}b", "text follows the set", 5),
    WRONG(CSV, "subject,token.cuont\nuser,1", "'token.cuont' is not in the vocabulary, but other names of 'token' are", 5),
    BYTES(CSV, "subject,x\nuser,a\0b", "U+0000 in a string", 6),
    BYTES(CSV, "subject,x\nuser,\xc0\xaf", "a byte in a string is not UTF-8", 5),
    WRONG(CSV, "\xef\xbb\xbfsubject,x\nuser,1", "the text begins with a byte order mark", 0),
    WRONG(CSV, "subject,,x\nuser,1,2", "a column has no name", 8),
    WRONG(CSV, "subject,\nuser,1", "a column has no name", 8),
    WRONG(CSV, "\nuser,1", "a column has no name", 0),
    WRONG(CSV, "subject, role\nuser,1", "the name of a column has blanks around it", 8),
    WRONG(CSV, "subject,role\t\nuser,1", "the name of a column has blanks around it", 8),
    WRONG(CSV, "x,subject,x\n1,user,1", "two columns have one name", 0),
    WRONG(CSV, "subject,\"subject\"\nuser,user", "two columns have one name", 0),
    WRONG(CSV, "subject,\"x\nuser,user", "the quoted field is not closed", 8),

    FINE(JSON, "{\"subject\":{\"type\":\"user\",\"id\":\"ann\"},\"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"entry\",\"id\":\"7\"}}", "user|-|read|entry|-|-|-|-|-"),
    FINE(JSON, "{\"subject\":{\"properties\":{\"department\":\"it\"},\"id\":1,\"type\":\"user\"},\"action\":{\"name\":\"read\",\"properties\":{\"method\":\"GET\"}},\"resource\":\"entry\",\"context\":{\"channel\":\"api\"},\"role\":[\"owner\"]}", "user|{ owner }|read|entry|-|it|api|-|-"),
    FINE(JSON, "{\"subject\":{\"type\":\"user\",\"properties\":null},\"action\":{\"name\":\"read\",\"properties\":{\"a\":{\"b\":[1]}}},\"resource\":{\"type\":\"entry\",\"properties\":{}},\"context\":null}", "user|-|read|entry|-|-|-|-|-"),
    FINE(JSON, "{\"entryxlocked\":1,\"entry\":{\"locked\":true},\"subject\":\"user\",\"action\":\"read\",\"resource\":\"entry\"}", "user|-|read|entry|-|-|-|true|-"),
    FINE(JSON, "{\"entry\":{\"locked\":true},\"entryxlocked\":1,\"subject\":\"user\",\"action\":\"read\",\"resource\":\"entry\"}", "user|-|read|entry|-|-|-|true|-"),
    WRONG(JSON, "{\"entry.locked\":true,\"entry\":{\"locked\":true}}", "the key is given twice", 30),
    WRONG(JSON, "{\"token.count\":01}", "a number begins with 0", 15),
    WRONG(JSON, "{\"token.count\":007,\"x\":1}", "a number begins with 0", 15),
    WRONG(JSON, "{\"token\":[1]}", "'token' holds other names and is no list", 1),
    WRONG(JSON, "{\"token\":1}", "'token' holds other names and no value", 1),
    FINE(JSON, "{\"token\":null,\"subject\":\"user\",\"action\":\"read\",\"resource\":\"entry\",\"context\":{}}", "user|-|read|entry|-|-|-|-|-"),
    WRONG(JSON, "{\"action\":{\"name\":\"read\",\"id\":\"x\"}}", "'action.id' is not in the vocabulary, but other names of 'action' are", 25),
    WRONG(JSON, "{\"subject\":{},\"action\":\"read\"}", "'subject' must be a name, or an object with a 'type'", 1),
    WRONG(JSON, "{\"action\":{\"type\":\"read\"}}", "'action.type' is not in the vocabulary, but other names of 'action' are", 11),
    WRONG(JSON, "{\"subject\":{\"type\":null}}", "the subject is missing", 0),
    WRONG(JSON, "{\"subject\":{\"type\":3}}", "'subject' must be a name, not a number", 19),
    WRONG(JSON, "{\"subject\":{\"type\":{\"x\":1}}}", "'subject' must be a name, not an object", 12),
    WRONG(JSON, "{\"subject\":{\"type\":[\"user\"]}}", "'subject' must be a name, not a set", 12),
    WRONG(JSON, "{\"subject\":{\"type\":\"user\",\"properties\":{\"departmnt\":\"it\"}}}", "'subject.departmnt' is not in the vocabulary, but other names of 'subject' are", 40),
    WRONG(JSON, "{\"subject\":{\"type\":\"user\",\"properties\":3}}", "'subject.properties' is not in the vocabulary, but other names of 'subject' are", 26),
    WRONG(JSON, "{\"subject\":{\"type\":\"user\",\"properties\":{\"department\":\"it\"}},\"subject.department\":\"it\"}", "'subject.department' is given twice", 60),
    WRONG(JSON, "{\"subject.department\":\"it\",\"subject\":{\"type\":\"user\",\"properties\":{\"department\":\"it\"}}}", "'subject.department' is given twice", 66),
    WRONG(JSON, "{\"subject\":{\"type\":\"user\",\"name\":\"ann\"}}", "'subject.name' is not in the vocabulary, but other names of 'subject' are", 26),
    WRONG(JSON, "{\"subject\":\"user\",\"subject.id\":\"ann\"}", "'subject.id' is not in the vocabulary, but other names of 'subject' are", 18),
    WRONG(JSON, "{\"role\":{\"type\":\"owner\"}}", "'role' must be a set of names, not an object", 1),
};

static void
write_values(struct fixture *f, char *out, size_t size)
{
    struct rck_attribute attribute;
    size_t n = 0;

    out[0] = '\0';
    for (uint32_t i = 0; rck_policy_attribute(f->policy, i, &attribute) == RCK_OK && n + 2 < size; i++) {
        if (i != 0)
            out[n++] = '|';
        n += rck_request_value(f->request, i, out + n, size - n);
    }
}

START_TEST(what_is_read_is_what_was_written)
{
    const struct sample *sample = &samples[_i];
    size_t size = sample->size != 0 ? sample->size : strlen(sample->text);
    const struct rck_request_error *error;
    struct fixture f;
    char values[512];

    open_fixture(&f);
    (void)read_text(&f, sample->form, sample->text, size);
    error = rck_request_error(f.request);
    if (sample->fault != NULL) {
        ck_assert_msg(error != NULL, "accepted: %s", sample->text);
        ck_assert_msg(strcmp(error->message, sample->fault) == 0, "'%s': %s", sample->text, error->message);
        ck_assert_msg(error->offset == sample->offset, "'%s': offset %zu", sample->text, error->offset);
        ck_assert_int_eq(rck_decide(f.policy, f.request, NULL), RCK_INVALID);
    } else if (sample->values != NULL) {
        ck_assert_msg(error == NULL, "'%s': %s", sample->text, error != NULL ? error->message : "");
        write_values(&f, values, sizeof values);
        ck_assert_str_eq(values, sample->values);
    }
    close_fixture(&f);
}
END_TEST

START_TEST(no_beginning_and_no_changed_byte_does_harm)
{
    static const char bytes[] = { 0, ' ', '"', '\\', ',', '=', '{', '}', '\n', '\r', 'x', (char)0xC3, (char)0xFF };
    const struct sample *sample = &samples[_i];
    size_t size = sample->size != 0 ? sample->size : strlen(sample->text);
    size_t head = sample->form == CSV ? strcspn(sample->text, "\n") + 1 : 0;
    char *copy = exact(sample->text, size);
    struct fixture f;

    open_fixture(&f);
    for (size_t n = head; n <= size; n++)
        (void)read_text(&f, sample->form, sample->text, n);
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < sizeof bytes; j++) {
            if (sample->form == CSV && (i < head || bytes[j] == '\0') && (i == head - 1 || bytes[j] == '\n' || bytes[j] == '\0'))
                continue; /* the helper splits there */
            copy[i] = bytes[j];
            if (sample->form != CSV || memchr(copy, '\n', size) != NULL)
                (void)read_text(&f, sample->form, copy, size);
            copy[i] = sample->text[i];
        }
    free(copy);
    close_fixture(&f);
}
END_TEST

/* What REQUEST became, in words. */
static void
write_outcome(struct fixture *f, enum rck_status status, char *out, size_t size)
{
    const struct rck_request_error *error = rck_request_error(f->request);
    int n = snprintf(out, size, "%d %s %zu ", (int)status, error != NULL ? error->message : "", error != NULL ? error->offset : 0);

    write_values(f, out + n, size - (size_t)n);
}

START_TEST(what_stands_behind_a_text_is_not_read)
{
    static const char behind[] = { ' ', '"', ',', '}', ']', '=', '0', '\\', 'a', 'l', '\r', (char)0x80 };
    const struct sample *sample = &samples[_i];
    size_t size = sample->size != 0 ? sample->size : strlen(sample->text);
    size_t head = sample->form == CSV ? strcspn(sample->text, "\n") : 0, skipped = sample->form == CSV ? head + 1 : 0;
    struct fixture f;
    char *copy = malloc(size + 16);

    ck_assert_ptr_nonnull(copy);
    open_fixture(&f);
    for (size_t n = skipped; n <= size; n++) {
        char outcome[1024], other[1024];

        write_outcome(&f, read_text(&f, sample->form, sample->text, n), outcome, sizeof outcome);
        for (size_t i = 0; i < sizeof behind; i++) {
            struct rck_csv *csv = NULL;
            enum rck_status status;

            memcpy(copy, sample->text, n);
            memset(copy + n, behind[i], size + 16 - n);
            if (sample->form == CSV)
                status = rck_csv_new(f.request, copy, head, &csv);
            else
                status = (sample->form == JSON ? rck_request_read_json : rck_request_read_pairs)(f.request, copy, n);
            if (csv != NULL)
                status = rck_request_read_csv(f.request, csv, copy + skipped, n - skipped);
            rck_csv_free(csv);
            write_outcome(&f, status, other, sizeof other);
            ck_assert_msg(strcmp(outcome, other) == 0, "'%.*s' and '%c': %s, and not %s", (int)n, sample->text, behind[i], other, outcome);
        }
    }
    free(copy);
    close_fixture(&f);
}
END_TEST

START_TEST(what_stands_before_a_text_is_not_read)
{
    static const char before[] = { '\n', '\r' };
    struct fixture f;

    open_fixture(&f);
    for (size_t i = 0; i < sizeof before; i++)
        for (size_t n = 0; n < 2; n++) {
            const char text[] = { before[i], '\n' };

            ck_assert_int_eq(rck_request_read_pairs(f.request, text + 1, n), RCK_E_REQUEST);
            ck_assert_str_eq(rck_request_error(f.request)->message, "the request is empty");
        }
    close_fixture(&f);
}
END_TEST

START_TEST(every_failed_allocation_is_reported)
{
    const struct sample *sample = &samples[_i];
    size_t size = sample->size != 0 ? sample->size : strlen(sample->text);
    struct fixture f;

    open_fixture(&f);
    for (uint64_t n = 1;; n++) {
        enum rck_status status;
        uint64_t calls = f.heap.n_calls;

        f.heap.fail_at = calls + n;
        rck_request_free(f.request);
        if (rck_request_new(f.policy, &f.request) != RCK_OK) {
            f.request = NULL;
            continue;
        }
        status = read_text(&f, sample->form, sample->text, size);
        if (f.heap.n_calls < f.heap.fail_at)
            break;
        ck_assert_msg(status == RCK_E_NOMEM, "'%s': %d", sample->text, (int)status);
        ck_assert_int_eq(rck_decide(f.policy, f.request, NULL), RCK_INVALID);
    }
    f.heap.fail_at = 0;
    close_fixture(&f);
}
END_TEST

START_TEST(a_warm_request_allocates_nothing)
{
    static const char header[] = "id,subject,role,action,resource,zz,want";
    static const char record[] = "\"a \"\"b\"\"\",user,\"{owner,\"\"a b\"\"}\",read,entry,1,\"al\"\"low\"";
    static const char line[] = "id=\"a\\nb\" subject=user role={owner,\"a\\u0020b\"} action=read resource=entry zz=1 yy=2 want=allow";
    static const char json[] = "{\"id\":1,\"subject\":{\"type\":\"user\",\"properties\":{\"department\":\"it\"}},\"want\":true}";
    struct rck_csv *csv = NULL;
    struct fixture f;
    uint64_t calls = 0;

    open_fixture(&f);
    ck_assert_int_eq(rck_request_watch(f.request, "want", 4), RCK_OK);
    ck_assert_int_eq(rck_csv_new(f.request, header, sizeof header - 1, &csv), RCK_OK);
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            calls = f.heap.n_calls;
        ck_assert_int_eq(rck_request_read_csv(f.request, csv, record, sizeof record - 1), RCK_OK);
        ck_assert_int_eq(rck_request_read_pairs(f.request, line, sizeof line - 1), RCK_OK);
        ck_assert_int_eq(rck_request_read_json(f.request, json, sizeof json - 1), RCK_OK);
    }
    ck_assert_uint_eq(f.heap.n_calls, calls);
    rck_csv_free(csv);
    close_fixture(&f);
}
END_TEST

/* The id and the watched value, as JSON text. */
static const struct {
    enum form form;
    const char *text;
    const char *id;
    const char *watched;
} kept[] = {
    { JSON, "{\"id\":\"a\\nb\",\"want\":\"allow\"}", "\"a\\nb\"", "\"allow\"" },
    { JSON, "{\"subject\":\"nobody\",\"want\":true}", NULL, "true" },
    { JSON, "{\"subject\":\"nobody\",\"want\":true,,}", NULL, "true" },
    { JSON, "{\"subject\":\"nobody\",\"want\":null,\"id\":2}", "2", NULL },
    { JSON, "{\"want\":{\"x\":1}}", NULL, "{" },
    { JSON, "{\"want\":[1]}", NULL, "[" },
    { PAIRS, "id=7 want=deny", "7", "\"deny\"" },
    { PAIRS, "id=007 want=true", "\"007\"", "true" },
    { PAIRS, "id=\"7\" want=\"d\\u0065ny\"", "\"7\"", "\"d\\u0065ny\"" },
    { PAIRS, "subject=nobody token.count=x want=-", NULL, NULL },
    { PAIRS, "subject=nobody token.count=01 role=, want=3", NULL, "3" },
    { PAIRS, "want={allow}", NULL, "[" },
    { PAIRS, "want=1 zz={1} id=7", NULL, "1" }, /* nothing is read behind a fault that nobody waits for any more */
    { CSV, "id,subject,want\n\"a \"\"b\"\"\n\",nobody,deny", "\"a \\\"b\\\"\\u000a\"", "\"deny\"" },
    { CSV, "subject,id,want\nnobody,12,\"true\"", "12", "\"true\"" },
    { CSV, "subject,id,want\nnobody,a\\b,\"a\"\"b\"", "\"a\\\\b\"", "\"a\\\"b\"" },
    { CSV, "subject,role,want\nnobody,{a,false", NULL, "false" },
    { CSV, "subject,id,want\nuser,-,", NULL, NULL },
    { CSV, "subject,id,want\nuser,\"12\",\"3\"", "\"12\"", "\"3\"" },
    { JSON, "{\"want\":[\"a\",\"b\"],\"id\":null}", NULL, "[" },
    { JSON, "{\"id\":true,\"want\":false}", NULL, "false" },
};

START_TEST(ids_and_watched_values_are_kept)
{
    struct fixture f;
    const char *text;
    size_t size = 99;

    open_fixture(&f);
    ck_assert_int_eq(rck_request_watch(f.request, "want", 4), RCK_OK);
    rck_request_set_strict(f.request, true);
    (void)read_text(&f, kept[_i].form, kept[_i].text, strlen(kept[_i].text));
    text = rck_request_id(f.request, &size);
    ck_assert_msg(kept[_i].id != NULL ? text != NULL && size == strlen(kept[_i].id) && memcmp(text, kept[_i].id, size) == 0
                                      : text == NULL && size == 0, "id of '%s': %.*s", kept[_i].text, (int)size,
                  text != NULL ? text : "");
    text = rck_request_watched(f.request, &size);
    ck_assert_msg(kept[_i].watched != NULL
                      ? text != NULL && size == strlen(kept[_i].watched) && memcmp(text, kept[_i].watched, size) == 0
                      : text == NULL && size == 0, "watched of '%s': %.*s", kept[_i].text, (int)size, text != NULL ? text : "");
    ck_assert_uint_eq(rck_request_ignored(f.request, 0, NULL, NULL), 0);
    ck_assert(rck_request_error(f.request) == NULL || strcmp(rck_request_error(f.request)->key, "want") != 0);
    rck_request_reset(f.request);
    size = 99;
    ck_assert(rck_request_watched(f.request, &size) == NULL);
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(rck_request_watch(f.request, NULL, 0), RCK_OK);
    close_fixture(&f);
}
END_TEST

START_TEST(a_watched_attribute_is_used_all_the_same)
{
    struct fixture f;
    size_t size = 0;

    open_fixture(&f);
    ck_assert_int_eq(rck_request_watch(f.request, "subject", 7), RCK_OK);
    for (int i = JSON; i <= CSV; i++) {
        const char *text = i == JSON    ? "{\"subject\":\"user\",\"action\":\"read\",\"resource\":\"entry\"}"
                           : i == PAIRS ? "subject=user action=read resource=entry"
                                        : "subject,action,resource\nuser,read,entry";

        ck_assert_int_eq(read_text(&f, (enum form)i, text, strlen(text)), RCK_OK);
        ck_assert_int_eq(rck_decide(f.policy, f.request, NULL), RCK_ALLOW);
        ck_assert_mem_eq(rck_request_watched(f.request, &size), "\"user\"", 6);
    }
    /* What its text looks like is not what it is read as: the set has one name. */
    ck_assert_int_eq(rck_request_watch(f.request, "role", 4), RCK_OK);
    for (int i = PAIRS; i <= CSV; i++) {
        const char *text = i == PAIRS ? "subject=user action=create resource=token token.count=1 role=owner"
                                      : "subject,action,resource,token.count,role\nuser,create,token,1,owner";

        ck_assert_int_eq(read_text(&f, (enum form)i, text, strlen(text)), RCK_OK);
        ck_assert_int_eq(rck_decide(f.policy, f.request, NULL), RCK_ALLOW);
        ck_assert_mem_eq(rck_request_watched(f.request, &size), "\"owner\"", 7);
    }
    close_fixture(&f);
}
END_TEST

/* A key that requests give again and again is looked up once; not so 'id', where it is more than the id. */
START_TEST(an_attribute_may_be_the_id)
{
    static const char *const vocabularies[] = { "attribute id : string;", "attribute id.kind : string;" };
    static const char text[] = "{\"id\":\"a\",\"subject\":\"user\",\"action\":\"read\",\"resource\":\"doc\"}";

    for (int i = 0; i < 2; i++) {
        char policy[256];
        struct fixture f;
        size_t size = 0;

        open_fixture(&f);
        rck_request_free(f.request);
        rck_policy_unref(f.policy);
        (void)snprintf(policy, sizeof policy, "policy t; default allow; vocabulary { subject user; role owner; action read; resource doc; %s }\n"
                       "a: deny when %s == \"a\";", vocabularies[i], i == 0 ? "id" : "id.kind");
        ck_assert_int_eq(rck_policy_compile(f.context, "t.rules", policy, strlen(policy), NULL, &f.policy), RCK_OK);
        ck_assert_int_eq(rck_request_new(f.policy, &f.request), RCK_OK);
        for (int k = 0; k < 4; k++) {
            ck_assert_int_eq(rck_request_read_json(f.request, text, sizeof text - 1), i == 0 ? RCK_OK : RCK_E_REQUEST);
            ck_assert_mem_eq(rck_request_id(f.request, &size), "\"a\"", 3);
            if (i == 0)
                ck_assert_int_eq(rck_decide(f.policy, f.request, NULL), RCK_DENY);
            else
                ck_assert_str_eq(rck_request_error(f.request)->message, "'id' holds other names and no value");
        }
        close_fixture(&f);
    }
}
END_TEST

START_TEST(sizes_have_limits)
{
    static const char head[] = "subject,zz";
    size_t size = REQUEST_BYTES_MAX + 1;
    char *text = malloc(size);
    struct rck_csv *csv = NULL;
    struct fixture f;

    open_fixture(&f);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', size);
    memcpy(text, "k=", 2);
    ck_assert_int_eq(rck_request_read_pairs(f.request, text, size - 1), RCK_OK);
    ck_assert_int_eq(rck_request_read_pairs(f.request, text, size), RCK_E_REQUEST);
    ck_assert_str_eq(rck_request_error(f.request)->message, "the request is longer than 1048576 bytes");
    ck_assert_int_eq(rck_csv_new(f.request, text, size, &csv), RCK_E_REQUEST);
    ck_assert_int_eq(rck_csv_new(f.request, head, sizeof head - 1, &csv), RCK_OK);
    memcpy(text, "user,", 5);
    ck_assert_int_eq(rck_request_read_csv(f.request, csv, text, size - 1), RCK_OK);
    ck_assert_int_eq(rck_request_read_csv(f.request, csv, text, size), RCK_E_REQUEST);
    ck_assert_str_eq(rck_request_error(f.request)->message, "the record is longer than 1048576 bytes");
    rck_csv_free(csv);
    for (size_t i = 0; i < size; i++) /* very many short columns and keys */
        text[i] = i % 2 == 0 ? 'x' : ',';
    ck_assert_int_eq(rck_csv_new(f.request, text, size - 2, &csv), RCK_E_REQUEST);
    ck_assert_str_eq(rck_request_error(f.request)->message, "the header has more than 65536 columns");
    for (size_t i = 0; i + 2 < size; i += 3)
        memcpy(text + i, "x= ", 3);
    ck_assert_int_eq(rck_request_read_pairs(f.request, text, size / 3 * 3), RCK_E_REQUEST);
    ck_assert_str_eq(rck_request_error(f.request)->message, "the request has more than 65536 keys");
    free(text);
    close_fixture(&f);
}
END_TEST

START_TEST(a_header_is_for_its_policy)
{
    static const char head[] = "subject";
    struct rck_csv *csv = NULL;
    struct fixture a, b;

    open_fixture(&a);
    open_fixture(&b);
    ck_assert_int_eq(rck_csv_new(a.request, head, sizeof head - 1, &csv), RCK_OK);
    ck_assert_int_eq(rck_request_read_csv(b.request, csv, "user", 4), RCK_E_ARGUMENT);
    ck_assert_int_eq(rck_decide(b.policy, b.request, NULL), RCK_INVALID);
    close_fixture(&b);
    rck_csv_free(csv);
    rck_csv_free(NULL);
    close_fixture(&a);
}
END_TEST

START_TEST(ids_of_authzen_are_counted_unless_strict)
{
    static const char text[] = "{\"subject\":{\"type\":\"user\",\"id\":\"ann\"},\"action\":{\"name\":\"read\"},\"resource\":"
                               "{\"type\":\"entry\",\"id\":\"7\",\"properties\":{\"a\":1,\"b\":[2],\"c\":{\"d\":3}}}}";
    const char *name = NULL;
    struct fixture f;
    size_t size = 0;

    open_fixture(&f);
    ck_assert_int_eq(rck_request_read_json(f.request, text, sizeof text - 1), RCK_OK);
    ck_assert_uint_eq(rck_request_ignored(f.request, 2, &name, &size), 5);
    ck_assert_uint_eq(size, strlen("resource.properties.a"));
    ck_assert_mem_eq(name, "resource.properties.a", size);
    ck_assert_uint_eq(rck_request_ignored(f.request, 5, &name, &size), 5);
    ck_assert_ptr_null(name);
    rck_request_set_strict(f.request, true);
    ck_assert_int_eq(rck_request_read_json(f.request, text, sizeof text - 1), RCK_E_REQUEST);
    ck_assert_str_eq(rck_request_error(f.request)->key, "subject.id");
    close_fixture(&f);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("forms");
    TCase *tests = tcase_create("forms");
    SRunner *runner = srunner_create(suite);
    int n_run;
    int n_failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, what_is_read_is_what_was_written, 0, (int)N_ELEMENTS(samples));
    tcase_add_loop_test(tests, no_beginning_and_no_changed_byte_does_harm, 0, (int)N_ELEMENTS(samples));
    tcase_add_loop_test(tests, what_stands_behind_a_text_is_not_read, 0, (int)N_ELEMENTS(samples));
    tcase_add_loop_test(tests, every_failed_allocation_is_reported, 0, (int)N_ELEMENTS(samples));
    tcase_add_loop_test(tests, ids_and_watched_values_are_kept, 0, (int)N_ELEMENTS(kept));
    tcase_add_test(tests, what_stands_before_a_text_is_not_read);
    tcase_add_test(tests, a_warm_request_allocates_nothing);
    tcase_add_test(tests, a_watched_attribute_is_used_all_the_same);
    tcase_add_test(tests, an_attribute_may_be_the_id);
    tcase_add_test(tests, sizes_have_limits);
    tcase_add_test(tests, a_header_is_for_its_policy);
    tcase_add_test(tests, ids_of_authzen_are_counted_unless_strict);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    n_run = srunner_ntests_run(runner);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_run == 0 || n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
