/* SPDX-License-Identifier: MIT
 *
 * The references; see hand.h.  They know their workload by heart, check nothing that they do not need, and refuse nothing.
 */
#include "hand.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <uthash.h>

enum { MANAGEMENT_TOKEN = 0, ADMIN = 1 };
enum { CREATE = 0, UPDATE = 2, ACCEPT = 4, REJECT = 5, INVITE = 6, REMOVE = 7 };
enum { ORGANIZATION, STACK, USER_SESSION, TOKENS, R_MANAGEMENT_TOKEN, PUBLISH_REQUEST = 8, R_USER = 9 };

/* ---- W1 ------------------------------------------------------------------------------------------------------------------- */

static inline bool
by_switch(const struct w1_request *q)
{
    switch (q->resource) {
    case R_MANAGEMENT_TOKEN:
        if (q->action == CREATE && (q->token_count >= 30 || q->role > ADMIN))
            return true;
        return (q->action == CREATE || q->action == UPDATE) && (q->read_rate > q->org_read_rate || q->write_rate > q->org_write_rate);
    case ORGANIZATION:
    case STACK:
    case USER_SESSION:
    case TOKENS:
        return q->subject == MANAGEMENT_TOKEN;
    case PUBLISH_REQUEST:
        return q->subject == MANAGEMENT_TOKEN && (q->action == ACCEPT || q->action == REJECT);
    case R_USER:
        return q->subject == MANAGEMENT_TOKEN && (q->action == INVITE || q->action == REMOVE);
    default:
        return false;
    }
}

/* The rules that a name leaves open, a bit a rule. */
enum { ALL = 127, NO_TOKEN = ALL & ~28, CREATING = 3, CHANGING = 96 };

static const uint8_t of_subject[W1_SUBJECTS] = { ALL, NO_TOKEN, NO_TOKEN, NO_TOKEN };
static const uint8_t of_role[W1_ROLES] = { ALL & ~2, ALL & ~2, ALL, ALL, ALL, ALL };
static const uint8_t of_action[W1_ACTIONS] = { CREATING | CHANGING | 4, 4, CHANGING | 4, 4, 4 | 8, 4 | 8, 4 | 16, 4 | 16, 4, 4 };
static const uint8_t of_resource[W1_RESOURCES] = { 4, 4, 4, 4, CREATING | CHANGING, 0, 0, 0, 8, 16, 0, 0, 0, 0 };

static inline unsigned
by_masks(const struct w1_request *q)
{
    unsigned numbers = 2 | 4 | 8 | 16 | (unsigned)(q->token_count >= 30) | (unsigned)(q->read_rate > q->org_read_rate) << 5
                       | (unsigned)(q->write_rate > q->org_write_rate) << 6;

    return of_subject[q->subject] & of_role[q->role] & of_action[q->action] & of_resource[q->resource] & numbers;
}

static size_t
w1_switch(const struct w1_request *requests, const uint32_t *order, size_t n)
{
    size_t denied = 0;

    for (size_t i = 0; i < n; i++)
        denied += by_switch(&requests[order[i]]);
    return denied;
}

static size_t
w1_masks(const struct w1_request *requests, const uint32_t *order, size_t n)
{
    size_t denied = 0;

    for (size_t i = 0; i < n; i++)
        denied += by_masks(&requests[order[i]]) != 0;
    return denied;
}

/* ---- W1 from strings ------------------------------------------------------------------------------------------------------- */

struct interned {
    char name[24];
    uint8_t id;
    UT_hash_handle hh;
};

/* Names of up to 16 bytes, in the entry. */
struct entry {
    uint64_t words[2];
    uint32_t size;
    uint32_t id;
    uint64_t unused;
};

enum { ENTRIES = 64 };

struct hand_names {
    struct interned *by_uthash[4];
    struct entry inlined[4][ENTRIES];
};

static inline uint64_t
words_of(const char *name, uint32_t size, uint64_t words[2])
{
    unsigned __int128 product;

    words[0] = words[1] = 0;
    if (size >= 8) {
        memcpy(&words[0], name, 8);
        memcpy(&words[1], name + size - 8, 8);
    } else if (size >= 4) {
        uint32_t first, last;

        memcpy(&first, name, 4);
        memcpy(&last, name + size - 4, 4);
        words[0] = (uint64_t)last << 32 | first;
    }
    product = (unsigned __int128)(words[0] ^ 0x9E3779B97F4A7C15u) * (words[1] ^ 0xD6E8FEB86659FD93u);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint8_t
find_inline(const struct entry *entries, const char *name, uint32_t size)
{
    uint64_t words[2], i = words_of(name, size, words);

    for (;; i++) {
        const struct entry *entry = &entries[i % ENTRIES];

        if (entry->words[0] == words[0] && entry->words[1] == words[1] && entry->size == size)
            return (uint8_t)entry->id;
        if (entry->size == 0)
            return 0;
    }
}

static inline uint8_t
find_uthash(struct interned *names, const char *name, uint32_t size)
{
    struct interned *found;

    HASH_FIND(hh, names, name, size, found);
    return found != NULL ? found->id : 0;
}

static struct hand_names *
names_new(void)
{
    static const struct {
        const char *const *names;
        uint8_t n;
    } lists[4] = { { w1_subjects, W1_SUBJECTS }, { w1_roles, W1_ROLES }, { w1_actions, W1_ACTIONS }, { w1_resources, W1_RESOURCES } };
    struct hand_names *names = must(calloc(1, sizeof *names));

    for (int list = 0; list < 4; list++) {
        for (uint8_t id = 0; id < lists[list].n; id++) {
            const char *name = lists[list].names[id];
            struct interned *interned = must(calloc(1, sizeof *interned));
            uint64_t words[2], i = words_of(name, (uint32_t)strlen(name), words);

            strcpy(interned->name, name);
            interned->id = id;
            HASH_ADD_KEYPTR(hh, names->by_uthash[list], interned->name, strlen(name), interned);
            while (names->inlined[list][i % ENTRIES].size != 0)
                i++;
            names->inlined[list][i % ENTRIES] = (struct entry){ { words[0], words[1] }, (uint32_t)strlen(name), id, 0 };
        }
    }
    return names;
}

static void
names_free(struct hand_names *names)
{
    for (int list = 0; list < 4; list++) {
        struct interned *interned, *next;

        HASH_ITER(hh, names->by_uthash[list], interned, next) {
            HASH_DEL(names->by_uthash[list], interned);
            free(interned);
        }
    }
    free(names);
}

#define FROM_STRINGS(name, FIND, TABLE)                                                                                        \
    static size_t name(const struct hand_names *names, const struct w1_words *requests, const uint32_t *order, size_t n)      \
    {                                                                                                                          \
        size_t denied = 0;                                                                                                     \
                                                                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                                       \
            const struct w1_words *words = &requests[order[i]];                                                               \
            struct w1_request q = {                                                                                            \
                FIND(names->TABLE[0], words->text[0], words->size[0]), FIND(names->TABLE[1], words->text[1], words->size[1]), \
                FIND(names->TABLE[2], words->text[2], words->size[2]), FIND(names->TABLE[3], words->text[3], words->size[3]), \
                words->token_count, words->read_rate, words->write_rate, words->org_read_rate, words->org_write_rate          \
            };                                                                                                                 \
                                                                                                                               \
            denied += by_masks(&q) != 0;                                                                                       \
        }                                                                                                                      \
        return denied;                                                                                                         \
    }

FROM_STRINGS(w1_uthash, find_uthash, by_uthash)
FROM_STRINGS(w1_inline, find_inline, inlined)
#pragma GCC diagnostic pop

/* ---- W2 ------------------------------------------------------------------------------------------------------------------- */

/* The rules of one key lie in a row. */
struct bucket {
    uint64_t key; /* 0: free */
    uint32_t first, n;
};

struct hand_table {
    struct bucket *buckets;
    uint64_t mask;
    struct w2_rule *rules;
    unsigned groups[8]; /* sets of wildcards, a bit a name, that some rule has */
    unsigned n_groups;
};

static inline uint64_t
key_of(uint32_t subject, uint32_t action, uint32_t resource)
{
    return (uint64_t)(subject + 1) << 32 | (uint64_t)(resource + 1) << 16 | (action + 1);
}

static inline uint64_t
place_of(const struct hand_table *table, uint64_t key)
{
    return key * 0x9E3779B97F4A7C15u >> 20 & table->mask;
}

static struct hand_table *
table_new(const struct w2 *w2)
{
    struct hand_table *table = must(calloc(1, sizeof *table));
    uint32_t *bucket_of_rule = must(calloc(w2->n, sizeof *bucket_of_rule));
    uint32_t at = 0;
    bool seen[8] = { false };

    table->mask = 15;
    while (table->mask < 2 * w2->n)
        table->mask = 2 * table->mask + 1;
    table->buckets = must(calloc(table->mask + 1, sizeof *table->buckets));
    table->rules = must(calloc(w2->n, sizeof *table->rules));
    for (size_t i = 0; i < w2->n; i++) {
        const struct w2_rule *rule = &w2->rules[i];
        uint64_t key = key_of(rule->subject, rule->action, rule->resource), place = place_of(table, key);

        seen[(rule->subject == W2_ANY) | (rule->action == W2_ANY) << 1 | (rule->resource == W2_ANY) << 2] = true;
        while (table->buckets[place].key != 0 && table->buckets[place].key != key)
            place = (place + 1) & table->mask;
        table->buckets[place].key = key;
        table->buckets[place].n++;
        bucket_of_rule[i] = (uint32_t)place;
    }
    for (uint64_t i = 0; i <= table->mask; i++) {
        table->buckets[i].first = at;
        at += table->buckets[i].n;
        table->buckets[i].n = 0;
    }
    for (size_t i = 0; i < w2->n; i++) {
        struct bucket *bucket = &table->buckets[bucket_of_rule[i]];

        table->rules[bucket->first + bucket->n++] = w2->rules[i];
    }
    for (unsigned wildcards = 0; wildcards < 8; wildcards++)
        if (seen[wildcards])
            table->groups[table->n_groups++] = wildcards;
    free(bucket_of_rule);
    return table;
}

static void
table_free(struct hand_table *table)
{
    free(table->buckets);
    free(table->rules);
    free(table);
}

static inline bool
holds(const struct w2_rule *rule, const struct w2_request *q)
{
    uint32_t value = rule->attribute == W2_COUNT ? q->count : q->rate;

    switch (rule->operator) {
    case W2_IN:
        return (rule->value >> q->role & 1) != 0;
    case W2_AT_LEAST:
        return value >= rule->value;
    case W2_ABOVE:
        return value > rule->value;
    case W2_BELOW:
        return value < rule->value;
    case W2_AT_MOST:
        return value <= rule->value;
    case W2_EQUAL:
        break;
    }
    return value == rule->value;
}

static inline bool
table_denies(const struct hand_table *table, const struct w2_request *q)
{
    for (unsigned g = 0; g < table->n_groups; g++) {
        unsigned wildcards = table->groups[g];
        uint64_t key = key_of((wildcards & 1) != 0 ? W2_ANY : q->subject, (wildcards & 2) != 0 ? W2_ANY : q->action,
                              (wildcards & 4) != 0 ? W2_ANY : q->resource);
        uint64_t place = place_of(table, key);

        for (; table->buckets[place].key != 0; place = (place + 1) & table->mask) {
            const struct bucket *bucket = &table->buckets[place];

            if (bucket->key != key)
                continue;
            for (uint32_t i = 0; i < bucket->n; i++)
                if (holds(&table->rules[bucket->first + i], q))
                    return true;
            break;
        }
    }
    return false;
}

static size_t
w2_loop(const struct hand_table *table, const struct w2_request *requests, const uint32_t *order, size_t n)
{
    size_t denied = 0;

    for (size_t i = 0; i < n; i++)
        denied += table_denies(table, &requests[order[i]]);
    return denied;
}

/* ---- W3 ------------------------------------------------------------------------------------------------------------------- */

enum { BLOCK = 1 << 17, LINE_MAX_BYTES = 4096 };

struct scan {
    int out;
    size_t used;
    bool failed;
    char text[BLOCK + LINE_MAX_BYTES];
};

static void
flush(struct scan *scan)
{
    size_t done = 0;

    while (done < scan->used && !scan->failed) {
        ssize_t n = write(scan->out, scan->text + done, scan->used - done);

        scan->failed = n < 0;
        done += n > 0 ? (size_t)n : 0;
    }
    scan->used = 0;
}

static inline char *
put(char *p, const char *text, size_t size)
{
    memcpy(p, text, size);
    return p + size;
}
#define PUT(p, text) ((p) = put((p), "" text, sizeof(text) - 1))

/* The number of the name, which is one of these, by its first letters and its length. */
static inline uint8_t
name_of(const char *const *names, const uint8_t *sizes, uint8_t n, const char *text, size_t size)
{
    for (uint8_t i = 0; i < n; i++)
        if (sizes[i] == size && names[i][0] == text[0] && names[i][size - 1] == text[size - 1] && memcmp(names[i], text, size) == 0)
            return i;
    return 0;
}

/* A line: keys in any order, values that are strings or whole numbers. */
static inline void
scan_line(struct scan *scan, const char *p, const char *end, unsigned long line)
{
    static const uint8_t subjects[] = { 16, 4, 14, 9 }, roles[] = { 5, 5, 9, 15, 6, 4 };
    static const uint8_t actions[] = { 6, 4, 6, 6, 6, 6, 6, 6, 7, 9 };
    static const uint8_t resources[] = { 12, 5, 12, 6, 16, 5, 5, 12, 15, 4, 11, 6, 7, 8 };
    struct w1_request q = { 0 };
    const char *id = NULL;
    size_t id_size = 0, n = 0;
    char *out = scan->text + scan->used, digits[20];
    unsigned violated;

    while (p < end) {
        const char *key, *value;
        size_t size;

        p = memchr(p, '"', (size_t)(end - p));
        if (p == NULL)
            break;
        key = ++p;
        p = memchr(p, '"', (size_t)(end - p));
        size = (size_t)(p - key);
        p += 2;
        if (*p == '"') {
            value = p + 1;
            p = memchr(value, '"', (size_t)(end - value));
            switch (key[0]) {
            case 'i':
                id = value - 1;
                id_size = (size_t)(p + 1 - id);
                break;
            case 's':
                q.subject = name_of(w1_subjects, subjects, W1_SUBJECTS, value, (size_t)(p - value));
                break;
            case 'a':
                q.action = name_of(w1_actions, actions, W1_ACTIONS, value, (size_t)(p - value));
                break;
            default:
                if (key[1] == 'o')
                    q.role = name_of(w1_roles, roles, W1_ROLES, value, (size_t)(p - value));
                else
                    q.resource = name_of(w1_resources, resources, W1_RESOURCES, value, (size_t)(p - value));
            }
            p++;
        } else {
            int16_t number = 0;

            while (*p >= '0' && *p <= '9')
                number = (int16_t)(number * 10 + (*p++ - '0'));
            switch (key[0]) {
            case 't':
                q.token_count = number;
                break;
            case 'r':
                q.read_rate = number;
                break;
            case 'w':
                q.write_rate = number;
                break;
            default:
                if (size == 13)
                    q.org_read_rate = number;
                else
                    q.org_write_rate = number;
            }
        }
    }
    violated = by_masks(&q);
    PUT(out, "{\"id\": ");
    out = put(out, id != NULL ? id : "null", id != NULL ? id_size : 4);
    if (violated == 0) {
        PUT(out, ", \"decision\": \"allow\", \"violated\": [");
    } else {
        const char *comma = "";

        PUT(out, ", \"decision\": \"deny\", \"violated\": [");
        for (unsigned rest = violated; rest != 0; rest &= rest - 1) {
            const char *rule = w1_rules[__builtin_ctz(rest)];

            out = put(out, comma, comma[0] != '\0' ? 2 : 0);
            comma = ", ";
            *out++ = '"';
            out = put(out, rule, rule[2] != '\0' ? 3 : 2);
            *out++ = '"';
        }
    }
    PUT(out, "], \"unknown\": [], \"line\": ");
    do
        digits[n++] = (char)('0' + line % 10);
    while ((line /= 10) != 0);
    while (n != 0)
        *out++ = digits[--n];
    PUT(out, ", \"missing\": [], \"warned\": []}\n");
    scan->used = (size_t)(out - scan->text);
    if (scan->used > BLOCK)
        flush(scan);
}

static bool
scan(const char *path, int out)
{
    struct scan *scan = must(calloc(1, sizeof *scan));
    char *buffer = must(malloc(BLOCK + LINE_MAX_BYTES));
    int fd = open(path, O_RDONLY);
    size_t rest = 0;
    unsigned long line = 0;
    bool failed = fd < 0;

    scan->out = out;
    while (!failed) {
        ssize_t n = read(fd, buffer + rest, BLOCK);
        const char *p = buffer, *end = buffer + rest + (n > 0 ? n : 0), *newline;

        failed = n < 0;
        if (n <= 0)
            break;
        while ((newline = memchr(p, '\n', (size_t)(end - p))) != NULL) {
            scan_line(scan, p, newline, ++line);
            p = newline + 1;
        }
        rest = (size_t)(end - p);
        failed = rest > LINE_MAX_BYTES;
        memmove(buffer, p, failed ? 0 : rest);
    }
    flush(scan);
    failed = failed || scan->failed;
    if (fd >= 0)
        close(fd);
    free(buffer);
    free(scan);
    return !failed;
}

const struct hand HAND = { HAND_COMPILER, w1_switch, w1_masks, names_new, names_free, w1_uthash, w1_inline, table_new, table_free, w2_loop, scan };
