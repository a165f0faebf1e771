/* SPDX-License-Identifier: MIT
 *
 * How rck_policy_compile_file() finds a policy's files: relative to the including one, and each once, whatever the way to it.
 */
#ifndef RCK_FILES_H
#define RCK_FILES_H

#include "../engine/mem.h"

struct seen;

struct files {
    const struct rck_allocator *mem; /* of the texts */
    size_t max;                      /* bytes after which a text is too large */
    struct arena arena;              /* names of files */
    struct seen *seen;               /* the files so far */
};

void files_init(struct files *files, const struct rck_allocator *mem, uint64_t max);
void files_free(struct files *files);

/* Answers INCLUDE, whose 'from' is empty if the file is the policy itself; 'error' is set with RCK_E_IO.  A text that is too
 * large ends somewhere behind 'max'.
 * Errors: RCK_E_NOMEM, RCK_E_IO. */
enum rck_status files_read(struct files *files, struct rck_include *include);

/* The same as a function for rck_context_set_include(); ARG is the struct files. */
enum rck_status files_include(void *arg, struct rck_include *include);

#endif
