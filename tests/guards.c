/* SPDX-License-Identifier: MIT
 *
 * Guards as they are made (engine/guard.h): what else lies in their arena stays as it is while they grow, and a copy is another guard that
 * asks the same.  What guards say of requests is tested wherever a request is explained.
 */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>

#include "../engine/policy.h"
#include "judge.h"

enum { N_ATOMS = 3000, MARK = 0x5a };

static uint32_t
atom_of(struct guards *guards, uint32_t bound)
{
    struct atom atom = { .kind = ATOM_BELOW, .slot = 1, .sum = { { 1 }, { 1 } }, .bound = bound };

    return atom_keep(guards, &atom);
}

/* Each node, each atom and each byte between them is still what it was made. */
static void
test_growth(void)
{
    static unsigned char *marks[N_ATOMS];
    static guard_id ids[N_ATOMS];
    struct guards guards;
    struct arena arena;
    bool kept = true;

    arena_init(&arena, &mem_default, SIZE_MAX);
    guards_init(&guards, &arena);
    for (uint32_t i = 0; i < N_ATOMS; i++) {
        marks[i] = arena_alloc(&arena, 16);
        memset(marks[i], MARK, 16);
        ids[i] = guard_of_atom(&guards, atom_of(&guards, i));
    }
    for (uint32_t i = 0; i < N_ATOMS; i++) {
        struct atom_list list = { .seen = NULL };

        for (int k = 0; k < 16; k++)
            kept = kept && marks[i][k] == MARK;
        guard_atoms(&guards, ids[i], &arena, &list);
        kept = kept && list.atoms.n == 1 && guards.atoms.items[list.atoms.items[0]].bound == (wide)i && atom_of(&guards, i) == list.atoms.items[0];
    }
    judge(kept, "%d atoms, and what stands between them, stay as they are", N_ATOMS);
    arena_free(&arena);
}

/* The bounds of the atoms of GUARD, one decimal digit each, least first. */
static uint32_t
digits_of(const struct guards *guards, struct arena *arena, guard_id guard)
{
    struct atom_list list = { .seen = NULL };
    uint32_t digits = 0;

    guard_atoms(guards, guard, arena, &list);
    for (uint32_t digit = 1; digit < 10; digit++)
        for (uint32_t i = 0; i < list.atoms.n; i++)
            if (guards->atoms.items[list.atoms.items[i]].bound == (wide)digit)
                digits = 10 * digits + digit;
    return digits;
}

static void
test_copies(void)
{
    struct guards guards;
    struct arena arena;
    guard_id either, all, copy, other;
    uint32_t n_nodes;

    arena_init(&arena, &mem_default, SIZE_MAX);
    guards_init(&guards, &arena);
    judge(guard_copy(&guards, NONE) == NONE, "of no guard there is no copy");
    (void)guard_of_atom(&guards, atom_of(&guards, 9)); /* the first atom, which nothing asks */
    either = guard_of_atom(&guards, atom_of(&guards, 1));
    other = guard_of_atom(&guards, atom_of(&guards, 2));
    either = guard_or(&guards, either, other);
    other = guard_not(&guards, guard_of_atom(&guards, atom_of(&guards, 3)));
    all = guard_and(&guards, either, other);
    n_nodes = guards.nodes.n;
    copy = guard_copy(&guards, all);
    judge(guards.nodes.n == n_nodes + 6, "each of six nodes is copied");
    judge(copy != all && copy != NONE, "a copy is a guard of its own");
    judge(digits_of(&guards, &arena, copy) == 123, "a copy asks the same, and not %" PRIu32, digits_of(&guards, &arena, copy));
    for (guard_id node = n_nodes; node < n_nodes + 6; node++)
        if (guards.nodes.items[node].kind == GUARD_ATOM && guards.atoms.items[guards.nodes.items[node].of].bound == 1)
            guards.nodes.items[node].of = atom_of(&guards, 5) & (GUARDS_MAX - 1);
    judge(digits_of(&guards, &arena, copy) == 235, "a copy that was changed asks that, and not %" PRIu32, digits_of(&guards, &arena, copy));
    other = guard_copy(&guards, guard_of_atom(&guards, atom_of(&guards, 4)));
    judge(digits_of(&guards, &arena, other) == 4, "a copy of an atom asks it");
    copy = guard_and(&guards, copy, other);
    judge(digits_of(&guards, &arena, copy) == 2345, "a copy has an operand more, and is not %" PRIu32, digits_of(&guards, &arena, copy));
    judge(digits_of(&guards, &arena, all) == 123, "what was copied has none more, and is not %" PRIu32, digits_of(&guards, &arena, all));
    arena_free(&arena);
}

/* Operands that stand side by side are joined where they are, others are copied first; either way nothing else becomes an operand, and
 * long chains stay flat. */
static void
test_joining(void)
{
    struct guards guards;
    struct arena arena;
    guard_id all, other;
    uint32_t n = 0;

    arena_init(&arena, &mem_default, SIZE_MAX);
    guards_init(&guards, &arena);
    all = guard_of_atom(&guards, atom_of(&guards, 1));
    other = guard_of_atom(&guards, atom_of(&guards, 2));
    (void)guard_of_atom(&guards, atom_of(&guards, 9));
    all = guard_and(&guards, all, other); /* something was made since then */
    judge(digits_of(&guards, &arena, all) == 12, "what was made behind two guards is none of them: %" PRIu32, digits_of(&guards, &arena, all));
    (void)guard_of_atom(&guards, atom_of(&guards, 8));
    other = guard_of_atom(&guards, atom_of(&guards, 3));
    all = guard_and(&guards, all, other); /* something is between them */
    judge(digits_of(&guards, &arena, all) == 123, "what was made between two guards is none of them: %" PRIu32, digits_of(&guards, &arena, all));
    other = guard_of_atom(&guards, atom_of(&guards, 4));
    all = guard_and(&guards, all, other);
    judge(digits_of(&guards, &arena, all) == 1234, "a fourth operand is one: %" PRIu32, digits_of(&guards, &arena, all));
    for (guard_id operand = all - 1; operand != guard_before(guards.nodes.items, all); operand = guard_before(guards.nodes.items, operand))
        n += guards.nodes.items[operand].kind == GUARD_ATOM;
    judge(n == 4, "four atoms are operands of one node, and not %" PRIu32, n);
    arena_free(&arena);
}

/* What is certain in itself can stand anywhere among operands. */
static void
test_constants(void)
{
    static const enum truth of_or[3][3] = { { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE }, { TRUTH_UNKNOWN, TRUTH_UNKNOWN, TRUTH_TRUE }, { TRUTH_TRUE, TRUTH_TRUE, TRUTH_TRUE } };
    static struct rck_policy policy;
    uint8_t read[1] = { 0 };

    arena_init(&policy.arena, &mem_default, SIZE_MAX);
    guards_init(&policy.guards, &policy.arena);
    for (int a = TRUTH_FALSE; a <= TRUTH_TRUE; a++)
        for (int b = TRUTH_FALSE; b <= TRUTH_TRUE; b++)
            for (int is_or = 0; is_or < 2; is_or++) {
                struct guards *guards = &policy.guards;
                guard_id first = a == TRUTH_UNKNOWN ? guard_unknown(guards) : guard_constant(guards, a == TRUTH_TRUE);
                guard_id second = b == TRUTH_UNKNOWN ? guard_unknown(guards) : guard_constant(guards, b == TRUTH_TRUE);
                enum truth expected = is_or ? of_or[a][b] : TRUTH_TRUE - of_or[TRUTH_TRUE - a][TRUTH_TRUE - b], got;

                first = is_or ? guard_or(guards, first, second) : guard_and(guards, first, second);
                got = guard_eval(&policy, first, NULL);
                judge(got == expected, "%d %s %d is %d, and not %d", a, is_or ? "or" : "and", b, (int)expected, (int)got);
            }
    (void)guard_of_atom(&policy.guards, atom_of(&policy.guards, 1));
    guard_readings(&policy, guard_constant(&policy.guards, true), NULL, read, NULL);
    judge(read[0] == 0, "what is certain reads nothing, whatever stands before it");
    arena_free(&policy.arena);
}

int
main(void)
{
    test_growth();
    test_joining();
    test_constants();
    test_copies();
    return judged();
}
