/* SPDX-License-Identifier: MIT
 *
 * The index over boxes; see box_index.h.
 */
#include <config.h>

#include "box_index.h"

enum { LEAF_ROWS = 8 };

/* A row while the index is made. */
struct entry {
    uint32_t row;
    uint32_t group; /* key columns on which it has a condition, and the number of its kind above them */
    struct range ranges[BOX_INDEX_KEYS + 1]; /* by key column; last the number of the side column */
};

/* The range around all classes of a condition. */
static struct range
around(const struct space *space, set_id classes)
{
    uint32_t n;
    const struct range *ranges = set_ranges(&space->sets, classes, &n);

    return (struct range){ ranges[0].lo, ranges[n - 1].hi };
}

/* Those that tell the most rows apart: many rows with conditions, and many classes. */
void
box_index_choose(struct box_index *index, const struct rows *rows, const struct space *space, struct arena *scratch)
{
    uint64_t *scores = arena_array(scratch, (size_t)space->columns.n + 1, sizeof *scores);

    *index = (struct box_index){ .n_columns = 0 };
    for (uint32_t r = 0; r < rows->rows.n; r++)
        for (uint32_t i = 0; i < rows->rows.items[r].box.n; i++)
            scores[rows->conds.items[rows->rows.items[r].box.first + i].column]++;
    for (uint32_t c = 0; c < space->columns.n; c++) {
        uint32_t bits = 0;

        /* A column that few rows ask would only make many small groups. */
        if (scores[c] < rows->rows.n / 16 + 1)
            scores[c] = 0;
        for (uint32_t classes = space->columns.items[c].n_classes; classes > 3; classes /= 2)
            bits++;
        scores[c] *= bits;
    }
    while (index->n_columns < BOX_INDEX_KEYS) {
        uint32_t best = 0;

        for (uint32_t c = 1; c < space->columns.n; c++)
            best = scores[c] > scores[best] ? c : best;
        if (scores[best] == 0)
            return;
        scores[best] = 0;
        index->columns[index->n_columns++] = best;
    }
}

/* The class of key column K in which the fewest rows apply. */
static void
find_rarest(struct box_index *index, const struct rows *rows, const struct space *space, struct arena *scratch, uint32_t k)
{
    uint32_t n_classes = space->columns.items[index->columns[k]].n_classes, applying = 0, least = UINT32_MAX;
    int64_t *changes = arena_array(scratch, (size_t)n_classes + 1, sizeof *changes);

    for (uint32_t r = 0; r < rows->rows.n; r++) {
        set_id classes = box_classes(rows, rows->rows.items[r].box, index->columns[k]);
        const struct range *ranges;
        uint32_t n;

        if (classes == SET_ALL)
            continue;
        ranges = set_ranges(&space->sets, classes, &n);
        for (uint32_t i = 0; i < n; i++) {
            changes[ranges[i].lo]++;
            changes[ranges[i].hi]--;
        }
    }
    for (uint32_t i = 0; i < n_classes; i++) {
        applying = (uint32_t)(applying + changes[i]);
        if (applying < least) {
            least = applying;
            index->rarest[k] = i;
        }
    }
}

/* ---- trees -------------------------------------------------------------------------------------------------------------- */

struct making {
    struct box_index *index;
    const struct box_group *group;
    struct entry *entries;
};

/* Makes the node of the entries FIRST to FIRST + N - 1 and all below it.  Depth: a split halves a range of classes, so at most
 * 64 for each key column. */
static void
make_node(struct making *making, uint32_t first, uint32_t n)
{
    struct box_index *index = making->index;
    struct entry *entries = making->entries + first;
    uint32_t node = index->nodes.n, widest = 0, cut = 0, left = 0, spread = 0;
    bool by_hi = false;

    *vec_push(index->arena, &index->nodes) = (struct box_node){ .first = first, .n = n, .bounds = index->bounds.n };
    for (uint32_t k = 0; k < making->group->n_keys; k++) {
        uint32_t key = making->group->keys[k];
        struct range lo = { UINT32_MAX, 0 }, hi = { UINT32_MAX, 0 }; /* least and greatest of either end */

        for (uint32_t i = 0; i < n; i++) {
            struct range range = entries[i].ranges[key];

            lo = (struct range){ range.lo < lo.lo ? range.lo : lo.lo, range.lo > lo.hi ? range.lo : lo.hi };
            hi = (struct range){ range.hi < hi.lo ? range.hi : hi.lo, range.hi > hi.hi ? range.hi : hi.hi };
        }
        *vec_push(index->arena, &index->bounds) = (struct range){ lo.lo, hi.hi };
        if (lo.hi - lo.lo > spread) {
            spread = lo.hi - lo.lo;
            widest = key;
            cut = lo.lo + spread / 2;
            by_hi = false;
        }
        if (hi.hi - hi.lo > spread) {
            spread = hi.hi - hi.lo;
            widest = key;
            cut = hi.lo + spread / 2;
            by_hi = true;
        }
    }
    if (n > LEAF_ROWS && spread != 0) {
        for (uint32_t i = 0; i < n; i++)
            if ((by_hi ? entries[i].ranges[widest].hi : entries[i].ranges[widest].lo) <= cut) {
                struct entry swap = entries[i];

                entries[i] = entries[left];
                entries[left++] = swap;
            }
        index->nodes.items[node].n = 0;
        make_node(making, first, left);
        make_node(making, first + left, n - left);
    }
    index->nodes.items[node].end = index->nodes.n;
}

enum { GROUPS = BOX_INDEX_KINDS << BOX_INDEX_KEYS };

/* Sorts ENTRIES into OUT, one group after the other; ENDS tells where they end. */
static void
sort_by_group(const struct entry *entries, uint32_t n, struct entry *out, uint32_t ends[GROUPS])
{
    uint32_t sum = 0;

    memset(ends, 0, GROUPS * sizeof *ends);
    for (uint32_t i = 0; i < n; i++)
        ends[entries[i].group]++;
    for (uint32_t g = 0; g < GROUPS; g++) {
        uint32_t count = ends[g];

        ends[g] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        out[ends[entries[i].group]++] = entries[i];
}

void
box_index_build(struct box_index *index, const struct rows *rows, const uint8_t kinds[], const uint32_t sides[],
                const struct space *space, struct arena *arena, struct arena *scratch)
{
    uint32_t ends[GROUPS];
    struct making making = { .index = index };
    struct entry *entries = arena_array(scratch, (size_t)rows->rows.n + 1, sizeof *entries);

    index->arena = arena;
    for (uint32_t k = 0; k < index->n_columns; k++)
        find_rarest(index, rows, space, scratch, k);
    for (uint32_t r = 0; r < rows->rows.n; r++) {
        entries[r].row = r;
        entries[r].ranges[BOX_INDEX_KEYS] = (struct range){ sides[r], sides[r] + 1 };
        for (uint32_t kind = kinds[r]; kind > 1; kind /= 2)
            entries[r].group += 1u << BOX_INDEX_KEYS;
        for (uint32_t k = 0; k < index->n_columns; k++) {
            set_id classes = box_classes(rows, rows->rows.items[r].box, index->columns[k]);

            if (classes == SET_ALL)
                continue;
            entries[r].group |= 1u << k;
            entries[r].ranges[k] = around(space, classes);
        }
    }
    making.entries = arena_array(scratch, (size_t)rows->rows.n + 1, sizeof *making.entries);
    sort_by_group(entries, rows->rows.n, making.entries, ends);
    for (uint32_t g = 0, first = 0; g < GROUPS; first = ends[g++]) {
        struct box_group *group;

        if (ends[g] == first)
            continue;
        group = vec_push(arena, &index->groups);
        group->kind = (uint8_t)(1 << (g >> BOX_INDEX_KEYS));
        for (uint32_t k = 0; k < index->n_columns; k++)
            if ((g >> k & 1) != 0)
                group->keys[group->n_keys++] = (uint8_t)k;
        group->keys[group->n_keys++] = BOX_INDEX_KEYS;
        making.group = group;
        make_node(&making, first, ends[g] - first);
        group->end_node = index->nodes.n;
    }
    index->rows = arena_array(arena, (size_t)rows->rows.n + 1, sizeof *index->rows);
    for (uint32_t i = 0; i < rows->rows.n; i++)
        index->rows[i] = making.entries[i].row;
}

/* ---- searching ---------------------------------------------------------------------------------------------------------- */

bool
boxes_meet(const struct rows *rows, const struct space *space, struct box a, struct box b)
{
    uint32_t i = 0, j = 0;

    while (i < a.n && j < b.n) {
        const struct cond *in_a = &rows->conds.items[a.first + i], *in_b = &rows->conds.items[b.first + j];

        if (in_a->column == in_b->column && in_a->classes != in_b->classes
            && !sets_meet(&space->sets, in_a->classes, in_b->classes))
            return false;
        i += in_a->column <= in_b->column;
        j += in_b->column <= in_a->column;
    }
    return true;
}

void
box_search_begin(struct box_search *search, const struct box_index *index, const struct rows *rows, const struct space *space,
                 struct box box, unsigned kinds)
{
    *search = (struct box_search){ .index = index, .rows = rows, .space = space, .box = box, .kinds = kinds };
    for (uint32_t k = 0; k < index->n_columns; k++) {
        set_id classes = box_classes(rows, box, index->columns[k]);

        search->ranges[k] = classes != SET_ALL ? around(space, classes) : (struct range){ 0, UINT32_MAX };
    }
    search->ranges[BOX_INDEX_KEYS] = (struct range){ 0, UINT32_MAX };
}

/* True if a row below a node with the side columns RANGE may matter. */
static bool
has_side(const struct box_search *search, struct range range)
{
    if (search->sides == NULL || range.lo == 0)
        return true;
    for (uint32_t lo = 0, hi = search->n_sides; lo < hi;) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (search->sides[mid] < range.lo)
            lo = mid + 1;
        else if (search->sides[mid] >= range.hi)
            hi = mid;
        else
            return true;
    }
    return false;
}

bool
box_search_next(struct box_search *search, uint32_t *row)
{
    const struct box_index *index = search->index;

    for (;;) {
        const struct box_group *group;
        const struct box_node *node;
        bool meets = true;

        while (search->left != 0) {
            uint32_t candidate = index->rows[search->next++];
            struct box box = search->rows->rows.items[candidate].box;

            search->left--;
            search->steps += 1 + (search->box.n + box.n) / COVER_CONDS_A_STEP;
            if (boxes_meet(search->rows, search->space, search->box, box)) {
                *row = candidate;
                return true;
            }
        }
        if (search->group == index->groups.n)
            return false;
        group = &index->groups.items[search->group];
        if (search->node == group->end_node || (group->kind & search->kinds) == 0) {
            search->node = group->end_node;
            search->group++;
            continue;
        }
        node = &index->nodes.items[search->node];
        search->steps++;
        for (uint32_t k = 0; k < group->n_keys && meets; k++) {
            struct range of_node = index->bounds.items[node->bounds + k], of_box = search->ranges[group->keys[k]];

            meets = of_node.lo < of_box.hi && of_box.lo < of_node.hi;
        }
        if (!meets || !has_side(search, index->bounds.items[node->bounds + group->n_keys - 1])) {
            search->node = node->end;
            continue;
        }
        search->node++;
        search->next = node->first;
        search->left = node->n;
    }
}
