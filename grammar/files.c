/* SPDX-License-Identifier: MIT
 *
 * Policies in files.  Here a file gets its one name: the first one that led to it, whatever links and '..' a later one takes.
 */
#include <config.h>

#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* A file that was read. */
struct seen {
    struct seen *next;
    dev_t device;
    ino_t inode;
    struct str name;
};

static enum rck_status read_text(struct files *files, FILE *file, struct rck_include *answer);
static void release_text(struct rck_include *answer);
static struct str beside(struct arena *arena, struct str from, struct str path);
static struct str without_detours(struct arena *arena, struct str path);

void
files_init(struct files *files, const struct rck_allocator *mem, uint64_t max)
{
    /* unreached: only on machines of 32 bits */
    *files = (struct files){ .mem = mem, .max = max > SIZE_MAX / 4 ? SIZE_MAX / 4 : (size_t)max };
    arena_init(&files->arena, mem, SIZE_MAX / 2);
}

void
files_free(struct files *files)
{
    arena_free(&files->arena);
}

enum rck_status
files_read(struct files *files, struct rck_include *include)
{
    struct str path = beside(&files->arena, str_of(include->from), str_of(include->path));
    struct str shorter = path.p != NULL ? without_detours(&files->arena, path) : path;
    struct seen *seen = arena_alloc(&files->arena, sizeof *seen);
    enum rck_status status = RCK_OK;
    struct stat is, other_is;
    FILE *file;

    if (seen == NULL || shorter.p == NULL)
        return RCK_E_NOMEM;
    include->name = path.p;
    file = fopen(path.p, "rb");
    if (file == NULL
        || fstat(fileno(file), &is) != 0) { /* unreached: of an open file */
        include->error = error_text(errno);
        if (file != NULL) /* unreached: as above */
            fclose(file);
        return RCK_E_IO;
    }
    *seen = (struct seen){ files->seen, is.st_dev, is.st_ino, path };
    for (const struct seen *other = files->seen; other != NULL; other = other->next)
        if (other->device == is.st_dev && other->inode == is.st_ino) {
            include->name = other->name.p;
            fclose(file);
            return RCK_OK;
        }
    /* Behind a link to a folder '..' leads elsewhere than it seems. */
    if (include->from[0] != 0 && stat(shorter.p, &other_is) == 0 && other_is.st_ino == is.st_ino
        && other_is.st_dev == is.st_dev) /* unreached: files of one number on two devices, one where the other is thought to be */
        seen->name = shorter;
    include->name = seen->name.p;
    status = read_text(files, file, include);
    fclose(file);
    if (status == RCK_OK)
        files->seen = seen;
    return status;
}

enum rck_status
files_include(void *arg, struct rck_include *include)
{
    return files_read(arg, include);
}

/* Reads all of FILE, but not much more than is allowed: the caller sees that it is too large. */
static enum rck_status
read_text(struct files *files, FILE *file, struct rck_include *answer)
{
    size_t room = 16384, used = 0;
    char *buffer = NULL;

    for (;;) {
        char *grown = mem_realloc(files->mem, buffer, room);

        if (grown == NULL) {
            mem_free(files->mem, buffer);
            return RCK_E_NOMEM;
        }
        buffer = grown;
        errno = 0;
        used += fread(buffer + used, 1, room - used, file);
        if (used < room || used > files->max)
            break;
        room *= 2;
    }
    if (ferror(file)) {
        answer->error = error_text(errno != 0 ? errno : EIO); /* unreached: a stream that fails and does not say why */
        mem_free(files->mem, buffer);
        return RCK_E_IO;
    }
    answer->text = buffer;
    answer->length = used;
    answer->own = files;
    answer->release = release_text;
    return RCK_OK;
}

static void
release_text(struct rck_include *answer)
{
    const struct files *files = answer->own;

    mem_free(files->mem, (void *)(uintptr_t)answer->text); /* which is const for the library */
}

/* PATH as seen from the file FROM. */
static struct str
beside(struct arena *arena, struct str from, struct str path)
{
    while (from.n != 0 && from.p[from.n - 1] != '/')
        from.n--;
    if (path.n != 0 && path.p[0] == '/')
        from.n = 0;
    return arena_format(arena, "%.*s%.*s", WHOLE(from), WHOLE(path));
}

/* PATH without '.', and without each folder that the next part leaves again. */
static struct str
without_detours(struct arena *arena, struct str path)
{
    size_t n = 0, root = path.n != 0 && path.p[0] == '/', floor = root;
    char *p = arena_alloc(arena, path.n + 1);

    if (p == NULL)
        return (struct str){ NULL, 0 };
    if (root)
        p[n++] = '/';
    for (size_t i = root; i < path.n;) {
        size_t from = i, len;

        while (i < path.n && path.p[i] != '/')
            i++;
        len = i - from;
        i += i < path.n;
        if (len == 0 || (len == 1 && path.p[from] == '.'))
            continue;
        if (len == 2 && memcmp(path.p + from, "..", 2) == 0 && n > floor) {
            for (n--; n > floor && p[n - 1] != '/'; n--)
                ;
            continue;
        }
        memcpy(p + n, path.p + from, len);
        n += len;
        p[n++] = '/';
        if (len == 2 && memcmp(path.p + from, "..", 2) == 0)
            floor = n;
    }
    n -= n > root;
    p[n] = 0;
    return (struct str){ p, n };
}
