/* SPDX-License-Identifier: MIT
 *
 * The front of the two forms; see table.h.
 */
#include <config.h>

#include "table.h"

#include "policy.h"

void
table_build(struct table *table, struct rck_policy *policy, uint64_t cells, const struct hashed_shape *shape)
{
    struct arena *arena = &policy->arena;
    struct arena *scratch = arena_alloc(arena, sizeof *scratch);
    jmp_buf *outer = arena->escape;
    jmp_buf escape;

    *table = (struct table){ .form = TABLE_DENSE };
    classes_build(&table->classes, policy, arena);
    if (dense_build(&table->dense, policy, arena, cells)) {
        table_prepare(table, policy, arena);
        return;
    }
    table->form = TABLE_HASHED;
    arena_init(scratch, &policy->mem, arena->cap);
    /* What is built with is no part of the policy: it is freed here, also when memory fails. */
    if (setjmp(escape) != 0) {
        arena->capped = arena->capped || scratch->capped;
        arena->failed = arena->failed || scratch->failed;
        arena->escape = outer;
        arena_free(scratch);
        longjmp(*outer, 1);
    }
    arena->escape = scratch->escape = &escape;
    hashed_build(&table->hashed, &table->classes, policy, arena, scratch, shape);
    table_prepare(table, policy, arena);
    arena->escape = outer;
    arena_free(scratch);
}

void
table_prepare(struct table *table, const struct rck_policy *policy, struct arena *arena)
{
    if (table->form == TABLE_HASHED)
        hashed_prepare(&table->hashed, &table->classes, policy, arena);
    places_prepare(&table->places, table, policy, arena);
}

bool
table_verify(const struct table *table, const struct rck_policy *policy)
{
    return classes_verify(&table->classes, policy)
           && (table->form == TABLE_DENSE ? dense_verify(&table->dense, &table->classes, policy)
                                          : hashed_verify(&table->hashed, &table->classes, policy));
}

void
table_info(const struct table *table, struct rck_table_info *info)
{
    bool dense = table->form == TABLE_DENSE;

    info->form = dense ? "dense" : "hashed";
    info->n_columns = table->classes.n_columns;
    info->n_cells = table->dense.n_cells;    /* 0 of the other form */
    info->n_groups = table->hashed.n_groups; /* the same */
    info->size = classes_size(&table->classes)
                 + (dense ? table->dense.n_cells * sizeof *table->dense.cells
                                + table->classes.n_columns * sizeof *table->dense.strides
                          : hashed_size(&table->hashed, &table->classes));
}
