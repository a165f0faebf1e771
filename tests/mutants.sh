#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 'make check-mutants': what the tests see of a branch that goes the wrong way.  Builds engine/ and grammar/ as one shared library, by
# gcc -O1, and test programs that load it, in check-full/mutants; tests/mutants.c makes the mutants, in the machine code, and
# tests/mutants.mjs chooses them and runs the programs.
#
#   RCK_MUTANTS        how many of the mutants outside of the core that decides are drawn (300), or all
#   RCK_MUTANTS_DRAW   any word: draws others
#   RCK_MUTANTS_SINCE  those of lines that were changed since this commit are added (HEAD^, where the source is a checkout)
#   RCK_MUTANTS_FILE   engine/decide.c, say: only mutants there
#
# On a busy machine, and with all, it needs more RCK_STAGE_SECONDS (1500).

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
for tool in gcc objdump node; do
    command -v "$tool" >/dev/null 2>&1 || { echo "SKIP: there is no $tool" && exit 77; }
done
[ "$(uname -m)" = x86_64 ] || { echo "SKIP: mutants are made of machine code for x86-64" && exit 77; }
# What is listed in tests/mutants.equivalent are jumps as this compiler makes them.
[ "$(gcc -dumpversion | cut -d. -f1)" = 12 ] || { echo "SKIP: the jumps are known of gcc 12, and this is $(gcc -dumpversion)" && exit 77; }
out=$(cd "$top_builddir" && pwd)/check-full/mutants
sources=$(cd "$top_srcdir" && pwd)
make=${MAKE:-make}

chmod -R u+w "$out" 2>/dev/null || :
rm -rf "$out" && mkdir -p "$out"
cd "$out"
# As optimized as it can be while each branch of the source is one jump; what the compiler adds to protect the stack is not ours to test.
flags="-O1 -fno-tree-ch -fno-thread-jumps -gdwarf-4 -fPIC -fvisibility=default -fno-semantic-interposition -fno-stack-protector -fno-stack-clash-protection -fcf-protection=none"
# Outside of the core a function of a header is one in each object, and not one for each call; and what a loop changes is written back by
# each turn: a jump of the compiler's own would ask at its end whether to.
core="engine/decide.lo engine/table.lo engine/place.lo engine/dense.lo engine/hashed.lo engine/classes.lo engine/guard.lo"
# tests/oom.c has memory of its own, whose every allocation fails once (exact_mem.c).
echo '{ arena_*; mem_*; vec_*; };' >own.list
programs=$(node ../source/tests/mutants.mjs --programs)
# shellcheck disable=SC2086,SC2016 # a list of words; make expands the rest
if ! { ../source/configure --quiet --disable-shared CC=gcc CFLAGS="$flags" && $make $core && $make CFLAGS="$flags -fno-inline -fno-tree-loop-im" librck_all.la && $make librck_tests.la &&
    gcc -shared -pthread -Wl,-Bsymbolic,-Map=mutants.map,--dynamic-list=own.list -o libmutants.so -Wl,--whole-archive .libs/librck_all.a -Wl,--no-whole-archive &&
    gcc -O1 -g -Wall -Wextra -Werror -shared -fPIC -o mutants.run.so ../source/tests/mutants.c &&
    $make LDADD='librck_tests.la -L. -lmutants $(CHECK_LIBS) $(JANSSON_LIBS)' rulecheck_LDADD='-L. -lmutants' rulecheck_DEPENDENCIES= \
        rulecheck $programs &&
    LD_LIBRARY_PATH=. ./rulecheck compile -o made.saved ../source/rules/contentstack/management-tokens.rules &&
    LD_LIBRARY_PATH=. ./rulecheck compile --limit cells=1 -o hashed.saved ../source/tests/fuzz/policy/ok-everything.rules; } >build.log 2>&1; then
    tail -n 30 build.log
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
objdump -d -l -w --no-show-raw-insn libmutants.so >mutants.s
git -C "$sources" diff -U0 --no-color --no-ext-diff "${RCK_MUTANTS_SINCE:-HEAD^}" -- engine grammar >mutants.diff 2>/dev/null || : >mutants.diff
exec node ../source/tests/mutants.mjs . "${RCK_MUTANTS:-300}" ${RCK_MUTANTS_FILE:+"$RCK_MUTANTS_FILE"}
