/* SPDX-License-Identifier: MIT
 *
 * The strict JSON reader of requests: I-JSON (RFC 7493) and nothing more lenient.  It turns one object into a stream of facts
 * with dotted paths, so that {"stack": {"management_tokens": 3}} and {"stack.management_tokens": 3} are one thing.  It knows
 * nothing of policies; request.c receives the facts.
 */
#ifndef RCK_JSON_H
#define RCK_JSON_H

#include "base.h"
#include "rulecheck.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_OBJECT };

/* A value.  TEXT of a number is its spelling, of a string its content with the escapes undone, both valid until the receiving
 * function returns.  JSON_OBJECT stands for an object or array where only its existence matters (a member of an array). */
struct json_value {
    enum json_kind kind;
    struct str text;
    size_t offset; /* where the value begins in the input */
    struct str raw; /* the value as it stands in the input, quotes included; of JSON_OBJECT the opening bracket */
    int64_t number; /* of a number that IS_SMALL */
    bool is_small;  /* a whole number of 18 digits at most, without a sign; others may be, too */
    uint32_t *note; /* where the receiver of a scalar may keep what it found out about the path, for the requests after this one
                     * that begin with the same keys: 0 until it does; NULL if there is no such place */
};

/* Who receives the facts.  PATH is the dotted path of keys from the top ("stack.management_tokens"), OFFSET that of the key
 * (of the member, for json member).  Returning false stops the reading with RCK_E_REQUEST and leaves the error to the
 * receiver.  Values inside objects inside arrays are checked but not reported, unless the receiver asks for them. */
struct json_receiver {
    void *arg;
    bool (*scalar)(void *arg, struct str path, size_t offset, const struct json_value *value);
    bool (*array)(void *arg, struct str path, size_t offset);  /* an array begins (it may be empty) */
    bool (*member)(void *arg, struct str path, const struct json_value *value);
    bool (*object)(void *arg, struct str path, size_t offset); /* an object begins below the top */
};

struct json_error {
    size_t offset;       /* of the byte that is wrong */
    const char *message; /* static; one line, no full stop; says what is wrong */
    const char *help;    /* static or NULL */
    char key[64];        /* the dotted path concerned ("a[0].b" inside of arrays), cut, without control characters; or "" */
};

/* A key that the request before this one had at the same place, at its top. */
struct json_familiar {
    uint64_t words[4]; /* its bytes with the closing quote behind the last one, as they stand in memory */
    uint64_t masks[4]; /* the bits of the words that count */
    uint32_t n;        /* bytes of it, without the quote */
    uint32_t note;     /* the receiver's; see json_value */
};

/* So many keys, and so long ones, become familiar. */
enum { JSON_FAMILIAR_MAX = 32, JSON_FAMILIAR_BYTES = 31 };

/* Reusable memory of one reader; zero it before the first use, then set MEM and, if there is one, SEED. */
struct json_reader {
    const struct rck_allocator *mem; /* NULL: the C library's */
    char *path;                      /* the dotted path of the innermost open object or array, and of what is read in it */
    size_t path_room;
    char *string;                    /* the string value whose escapes were undone last */
    size_t string_room;
    char *unescaped;                 /* the keys of this request that had escapes, without them */
    size_t unescaped_room;
    struct json_key *seen;           /* the keys of this request, for duplicates */
    size_t seen_room;
    uint32_t *chains;                /* the hash table over SEEN, where there are many keys */
    size_t chains_room;
    uint64_t seed;                   /* of the hash, unknown to who writes requests; 0: drawn when first needed */
    bool tells_dotted;               /* the receiver asks for 'dotted' */
    bool tells_lists;                /* likewise for values inside objects inside arrays, whose paths are like "a[0].b" */
    bool dotted;                     /* while a receiver but 'member' is called: a key of the path holds a dot itself, or with
                                      * tells_lists a '[' */
    uint32_t n_familiar;
    struct json_familiar familiar[JSON_FAMILIAR_MAX]; /* the keys that an earlier request began with */
};

/* Reads the one JSON object that TEXT is (white space around it is allowed, anything else is not).  A path that is given twice,
 * however it is split into keys, is an error; each object that is a member of an array has paths of its own.
 * Errors: RCK_E_NOMEM; RCK_E_REQUEST with *ERROR filled, unless a receiver stopped, when error->message is NULL. */
enum rck_status json_read(struct json_reader *reader, struct str text, const struct json_receiver *receiver,
                          struct json_error *error);

/* Frees what the reader holds; it can be used again. */
void json_reader_free(struct json_reader *reader);

/* Reads the JSON string whose opening quote stands at OFFSET of TEXT.  *CONTENT gets its content, which lives until the reader
 * reads again, and *NEXT the offset behind the closing quote.
 * Errors: RCK_E_NOMEM; RCK_E_REQUEST with *ERROR filled, whose offset counts from the beginning of TEXT. */
enum rck_status json_read_string(struct json_reader *reader, struct str text, size_t offset, struct str *content, size_t *next,
                                 struct json_error *error);

/* Checks that TEXT is what strings may hold after their escapes are undone: valid UTF-8, no U+0000, no code points that are no
 * characters.  Errors: RCK_E_REQUEST with *ERROR filled. */
enum rck_status json_check_text(struct str text, struct json_error *error);

/* Writes TEXT as a JSON string to OUT, which has room for 6 * TEXT.n + 2 bytes.  Returns how many were written.  Escapes what must be
 * escaped, and nothing else. */
size_t json_quote(char *out, struct str text);

/* Returns whether TEXT is a number as JSON writes them, all of it. */
bool json_is_number(struct str text);

/* Returns the offset of the first byte of TEXT that does not belong to valid UTF-8 (RFC 3629: no surrogates, no overlong
 * forms, nothing above U+10FFFF), or text.n if all is valid. */
size_t utf8_check(struct str text);

#endif
