/* SPDX-License-Identifier: MIT
 *
 * The policy in force of a long-lived process: readers, who never wait, and now and then a writer, who puts another policy in force.
 *
 *     slot     current ------> version    policy, and a seat for each reader: the arrays of its request and of its explanation
 *              retired ------> version -> version ...      that readers may still be in
 *     reader   hazard -------> the version that it is in
 *
 * These are hazard pointers (M. Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", IEEE Transactions on
 * Parallel and Distributed Systems 15, 2004).  A reader writes down the version that it is about to enter, and then looks whether that
 * is still the current one.  A writer replaces the current one, and then looks at what the readers wrote down.  These four are
 * sequentially consistent: where the reader still sees the version, the writer sees the reader, and leaves the version alone.
 *
 * A request belongs to one policy, and a reader allocates nothing.  So a reader's request stays with it, with the buffers that it grew,
 * and only its arrays, whose size is the policy's affair, lie in the version: the writer makes them before anybody can see it.
 * A seat is empty whenever its reader is not in it.  A reader that comes when all seats are taken puts in force a version
 * with more seats, of the same policy and number: it is a swap like others.
 *
 * The mutex is for all others than readers that enter and leave; it guards everything but 'current', which is only written under it, and
 * 'hazard'.  What a reader reads of a version was written before it became current, and the seat is its own.
 */
#include <config.h>

#include <pthread.h>
#include <stdatomic.h>

#include "explanation.h"
#include "request.h"

/* Memory that two threads write lies so many bytes apart: two cache lines, because processors fetch them in pairs. */
enum { APART = 128, SEATS_MIN = 4 };

struct version {
    struct version *older;     /* of the retired ones */
    struct rck_policy *policy; /* one reference */
    uint64_t number;           /* of the policy */
    uint32_t n_seats;
    size_t seat_size;
    size_t explanation_at; /* where in a seat the explanation's arrays begin */
    char *seats;
    void *block; /* what was allocated */
};

struct rck_slot {
    _Atomic(struct version *) current;
    char apart[APART - sizeof(void *)]; /* what follows is written without a swap */

    pthread_mutex_t mutex;
    struct rck_allocator mem;
    struct version *retired;    /* newest first */
    struct rck_reader *readers; /* by seat, ascending */
    void *block;                /* what was allocated */
};

struct rck_reader {
    _Atomic(struct version *) hazard; /* NULL: it is in none */
    char apart[APART - sizeof(void *)];

    struct rck_slot *slot;
    struct rck_reader *next;
    uint32_t seat;
    uint64_t number; /* of the policy that it was in last */
    struct rck_request request; /* its policy is NULL outside */
    struct request_notes notes; /* of the request: who decides does not allocate */
    struct rck_explanation explanation;
    void *block;
};

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

/* Returns SIZE zeroed bytes that share no cache line with others, and in *BLOCK what to free; NULL if there is no memory. */
static void *
alloc_apart(const struct rck_allocator *mem, size_t size, void **block)
{
    char *p;

    if (NEVER(size_add_overflows(size, 2 * APART, &size)))
        return NULL;
    p = mem_alloc(mem, size);
    if (p == NULL)
        return NULL;
    memset(p, 0, size);
    *block = p;
    return p + (APART - (uintptr_t)p % APART);
}

/* Makes a version of POLICY (takes a reference) with N_SEATS empty seats; NULL if there is no memory. */
static struct version *
version_new(const struct rck_slot *slot, struct rck_policy *policy, uint64_t number, uint32_t n_seats)
{
    enum { ALIGN = _Alignof(max_align_t) };
    size_t explanation_at = (request_arrays_size(policy) + ALIGN - 1) / ALIGN * ALIGN;
    size_t seat_size = (explanation_at + explanation_arrays_size(policy) + APART - 1) / APART * APART;
    size_t size;
    struct version *version;
    void *block;
    char *seats;

    /* unreached: where sizes have 64 bits */
    if (size_mul_overflows(n_seats, seat_size, &size) || size_add_overflows(size, sizeof *version, &size))
        return NULL;
    /* The seats come first, because they are what has to lie apart. */
    seats = alloc_apart(&slot->mem, size, &block);
    if (seats == NULL)
        return NULL;
    version = (struct version *)(void *)(seats + n_seats * seat_size);
    *version = (struct version){
        .policy = rck_policy_ref(policy),
        .number = number,
        .n_seats = n_seats,
        .seat_size = seat_size,
        .explanation_at = explanation_at,
        .seats = seats,
        .block = block,
    };
    return version;
}

/* Frees a list of versions. */
static void
versions_free(const struct rck_allocator *mem, struct version *version)
{
    while (version != NULL) {
        struct version *older = version->older;

        rck_policy_unref(version->policy);
        mem_free(mem, version->block);
        version = older;
    }
}

/* ---- what happens under the mutex --------------------------------------------------------------------------------------- */

static struct version *
current_of(struct rck_slot *slot)
{
    return atomic_load_explicit(&slot->current, memory_order_relaxed);
}

/* Makes VERSION the current one. */
static void
publish(struct rck_slot *slot, struct version *version)
{
    struct version *old = atomic_exchange(&slot->current, version);

    old->older = slot->retired;
    slot->retired = old;
}

static bool
is_in_use(const struct rck_slot *slot, const struct version *version)
{
    for (struct rck_reader *reader = slot->readers; reader != NULL; reader = reader->next)
        if (atomic_load(&reader->hazard) == version)
            return true;
    return false;
}

/* Takes the retired versions that nobody is in out of their list, and returns them as one. */
static struct version *
take_unused(struct rck_slot *slot)
{
    struct version *unused = NULL;

    for (struct version **at = &slot->retired; *at != NULL;) {
        struct version *version = *at;

        if (is_in_use(slot, version)) {
            at = &version->older;
        } else {
            *at = version->older;
            version->older = unused;
            unused = version;
        }
    }
    return unused;
}

/* Lets the others in, and gives back what nobody uses, which may take a while. */
static void
sweep_and_unlock(struct rck_slot *slot)
{
    struct version *unused = take_unused(slot);

    (void)pthread_mutex_unlock(&slot->mutex);
    versions_free(&slot->mem, unused);
}

/* ---- slots -------------------------------------------------------------------------------------------------------------- */

enum rck_status
rck_slot_new(struct rck_policy *policy, struct rck_slot **out)
{
    struct rck_slot *slot;
    struct version *first = NULL;
    void *block;

    if (!policy_passed_cases(policy))
        return RCK_E_CASES;
    slot = alloc_apart(&policy->mem, sizeof *slot, &block);
    if (slot == NULL)
        return RCK_E_NOMEM;
    slot->mem = policy->mem;
    slot->block = block;
    if (pthread_mutex_init(&slot->mutex, NULL) == 0) { /* unreached: it asks for nothing here that could fail */
        first = version_new(slot, policy, 1, SEATS_MIN);
        if (first == NULL)
            (void)pthread_mutex_destroy(&slot->mutex);
    }
    if (first == NULL) {
        mem_free(&policy->mem, block);
        return RCK_E_NOMEM;
    }
    atomic_init(&slot->current, first);
    *out = slot;
    return RCK_OK;
}

void
rck_slot_free(struct rck_slot *slot)
{
    struct rck_allocator mem;

    if (slot == NULL)
        return;
    mem = slot->mem;
    versions_free(&mem, slot->retired);
    versions_free(&mem, current_of(slot));
    (void)pthread_mutex_destroy(&slot->mutex);
    mem_free(&mem, slot->block);
}

enum rck_status
rck_slot_swap(struct rck_slot *slot, struct rck_policy *policy)
{
    struct version *version;

    if (!policy_passed_cases(policy))
        return RCK_E_CASES;
    (void)pthread_mutex_lock(&slot->mutex);
    version = version_new(slot, policy, current_of(slot)->number + 1, current_of(slot)->n_seats);
    if (version != NULL)
        publish(slot, version);
    sweep_and_unlock(slot);
    return version != NULL ? RCK_OK : RCK_E_NOMEM;
}

struct rck_policy *
rck_slot_policy(struct rck_slot *slot)
{
    struct rck_policy *policy;

    (void)pthread_mutex_lock(&slot->mutex);
    policy = rck_policy_ref(current_of(slot)->policy);
    (void)pthread_mutex_unlock(&slot->mutex);
    return policy;
}

size_t
rck_slot_sweep(struct rck_slot *slot)
{
    struct version *unused;
    uint64_t number;
    size_t n = 0;

    (void)pthread_mutex_lock(&slot->mutex);
    unused = take_unused(slot);
    number = current_of(slot)->number;
    /* Versions of one policy stand together. */
    for (const struct version *version = slot->retired; version != NULL; version = version->older) {
        n += version->number != number;
        number = version->number;
    }
    (void)pthread_mutex_unlock(&slot->mutex);
    versions_free(&slot->mem, unused);
    return n;
}

/* ---- readers ------------------------------------------------------------------------------------------------------------ */

enum rck_status
rck_reader_new(struct rck_slot *slot, struct rck_reader **out)
{
    struct version *current, *larger = NULL;
    struct rck_reader *reader, **at = &slot->readers;
    void *block;

    reader = alloc_apart(&slot->mem, sizeof *reader, &block);
    if (reader == NULL)
        return RCK_E_NOMEM;
    atomic_init(&reader->hazard, NULL);
    reader->slot = slot;
    reader->block = block;
    reader->request.mem = slot->mem;
    request_lay_notes(&reader->request, &reader->notes);

    (void)pthread_mutex_lock(&slot->mutex);
    for (; *at != NULL && (*at)->seat == reader->seat; at = &(*at)->next)
        reader->seat++;
    current = current_of(slot);
    if (reader->seat >= current->n_seats) {
        if (current->n_seats <= UINT32_MAX / 2) /* unreached: takes two billion readers */
            larger = version_new(slot, current->policy, current->number, 2 * current->n_seats);
        if (larger == NULL) {
            sweep_and_unlock(slot);
            mem_free(&slot->mem, block);
            return RCK_E_NOMEM;
        }
        publish(slot, larger);
    }
    reader->next = *at;
    *at = reader;
    sweep_and_unlock(slot);
    *out = reader;
    return RCK_OK;
}

void
rck_reader_free(struct rck_reader *reader)
{
    struct rck_slot *slot;
    struct rck_reader **at;

    if (reader == NULL)
        return;
    slot = reader->slot;
    rck_reader_leave(reader);
    (void)pthread_mutex_lock(&slot->mutex);
    for (at = &slot->readers; *at != reader;)
        at = &(*at)->next;
    *at = reader->next;
    sweep_and_unlock(slot);
    request_free_buffers(&reader->request);
    mem_free(&slot->mem, reader->block);
}

void
rck_reader_enter(struct rck_reader *reader, struct rck_view *view)
{
    struct rck_slot *slot = reader->slot;
    struct version *version, *seen = atomic_load_explicit(&slot->current, memory_order_relaxed);
    char *seat;

    rck_reader_leave(reader);
    do {
        version = seen;
        atomic_store(&reader->hazard, version);
        seen = atomic_load(&slot->current);
    } while (seen != version); /* by chance: a swap between the two loads */

    seat = version->seats + reader->seat * version->seat_size;
    request_lay(&reader->request, version->policy, seat);
    explanation_lay(&reader->explanation, version->policy, seat + version->explanation_at);
    if (reader->number != version->number) {
        request_forget_policy(&reader->request);
        reader->number = version->number;
    }
    *view = (struct rck_view){
        .policy = version->policy,
        .request = &reader->request,
        .explanation = &reader->explanation,
        .number = version->number,
    };
}

void
rck_reader_leave(struct rck_reader *reader)
{
    if (reader->request.policy == NULL)
        return;
    rck_request_reset(&reader->request);
    /* Who decides by them all the same is refused: no policy is NULL. */
    reader->request.policy = NULL;
    reader->explanation.policy = NULL;
    reader->explanation.valid = false;
    atomic_store_explicit(&reader->hazard, NULL, memory_order_release);
}
