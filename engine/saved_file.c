/* SPDX-License-Identifier: MIT
 *
 * Saved policies from memory and from files: the one place of engine/ that knows what a file is.
 */
#include <config.h>

#include "saved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files up to this size are copied: nothing that happens to the file later can reach the policy, and it costs next to nothing. */
enum { COPIED_MAX = 1 << 20 };

void
saved_release(const struct saved_block *block, const struct rck_allocator *mem)
{
    if (block->is_mapped)
        munmap(block->memory, block->size);
    else
        mem_free(mem, block->memory);
}

/* Allocates room for SIZE bytes; *BYTES is where they begin. */
static bool
make_block(const struct rck_allocator *mem, size_t size, struct saved_block *block, char **bytes)
{
    size_t room;

    if (NEVER(size_add_overflows(size, SAVED_ALIGN, &room))) /* so much is not in memory */
        return false;
    *block = (struct saved_block){ mem_alloc(mem, room), size, false };
    if (block->memory == NULL)
        return false;
    *bytes = (char *)block->memory + (SAVED_ALIGN - (uintptr_t)block->memory % SAVED_ALIGN) % SAVED_ALIGN;
    return true;
}

static enum rck_status
load_block(struct rck_context *context, const char *bytes, const struct saved_block *block, struct rck_policy **policy)
{
    enum rck_status status = saved_load(context, bytes, block, policy);

    if (status != RCK_OK)
        saved_release(block, &context->mem);
    return status;
}

enum rck_status
rck_policy_load(struct rck_context *context, const void *bytes, size_t length, struct rck_policy **policy)
{
    struct saved_block block;
    char *copy;

    context->load_error = (struct rck_load_error){ NULL, NULL };
    if (!make_block(&context->mem, length, &block, &copy))
        return RCK_E_NOMEM;
    if (length != 0)
        memcpy(copy, bytes, length);
    return load_block(context, copy, &block, policy);
}

static enum rck_status
fail_reading(struct rck_context *context, int error)
{
    saved_fail(context, NULL, "it cannot be read: %s", error_text(error));
    return RCK_E_IO;
}

/* Reads the SIZE bytes of the file FD, or as many as are left of them. */
static enum rck_status
read_block(struct rck_context *context, int fd, size_t size, struct saved_block *block, char **bytes)
{
    size_t n = 0;

    if (!make_block(&context->mem, size, block, bytes))
        return RCK_E_NOMEM;
    while (n < size) {
        ssize_t got = read(fd, *bytes + n, size - n);

        if (got == 0) /* unreached: the file is cut while it is read */
            break;
        if (got < 0 && errno == EINTR) /* unreached: tests/faults.sh does it */
            continue;
        if (got < 0) { /* unreached: tests/faults.sh does it */
            int error = errno;

            saved_release(block, &context->mem);
            return fail_reading(context, error);
        }
        n += (size_t)got;
    }
    block->size = n;
    return RCK_OK;
}

static enum rck_status
load_open_file(struct rck_context *context, int fd, struct rck_policy **policy)
{
    struct saved_block block;
    enum rck_status status;
    struct stat is;
    char *bytes;

    if (fstat(fd, &is) != 0) /* unreached: of an open file */
        return fail_reading(context, errno);
    if (S_ISDIR(is.st_mode))
        return fail_reading(context, EISDIR);
    if (!S_ISREG(is.st_mode)) {
        saved_fail(context, "name a file", "it is not a file that can be mapped");
        return RCK_E_IO;
    }
    if (is.st_size > COPIED_MAX) {
        void *memory = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);

        if (memory != MAP_FAILED) { /* unreached: there is room for what a file can have */
            block = (struct saved_block){ memory, (size_t)is.st_size, true };
            return load_block(context, memory, &block, policy);
        }
    }
    status = read_block(context, fd, (size_t)is.st_size, &block, &bytes);
    return status == RCK_OK ? load_block(context, bytes, &block, policy) : status;
}

enum rck_status
rck_policy_load_file(struct rck_context *context, const char *path, struct rck_policy **policy)
{
    enum rck_status status;
    int fd;

    context->load_error = (struct rck_load_error){ NULL, NULL };
    /* A pipe that nobody writes to must not hold us up: it is refused. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_reading(context, errno);
    status = load_open_file(context, fd, policy);
    close(fd);
    return status;
}
