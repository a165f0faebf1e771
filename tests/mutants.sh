#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 'make check-mutants', by hand: what the tests see of a branch that goes the wrong way.  Builds engine/ and grammar/ as one shared
# library, by gcc -O1, and test programs that load it, in check-full/mutants; tests/mutants.mjs makes the mutants, in the machine code,
# and runs the programs.
#
#   RCK_MUTANTS       how many of the mutants outside of the core that decides are drawn (0), or all
#   RCK_MUTANTS_FILE  engine/decide.c, say: only mutants there
#
# On a busy machine, and with more than the core, it needs more RCK_STAGE_SECONDS (1500).

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
for tool in gcc objdump node prlimit; do
    command -v "$tool" >/dev/null 2>&1 || { echo "SKIP: there is no $tool" && exit 77; }
done
[ "$(uname -m)" = x86_64 ] || { echo "SKIP: mutants are made of machine code for x86-64" && exit 77; }
out=$(cd "$top_builddir" && pwd)/check-full/mutants
make=${MAKE:-make}

chmod -R u+w "$out" 2>/dev/null || :
rm -rf "$out" && mkdir -p "$out"
cd "$out"
# As optimized as it can be while each branch of the source is one jump; what the compiler adds to protect the stack is not ours to test.
flags="-O1 -fno-tree-ch -fno-thread-jumps -g -fPIC -fvisibility=default -fno-semantic-interposition -fno-stack-protector -fno-stack-clash-protection -fcf-protection=none"
programs=$(node ../source/tests/mutants.mjs --programs)
# shellcheck disable=SC2086 # a list of words
if ! { ../source/configure --quiet --disable-shared CC=gcc CFLAGS="$flags" && $make librck_all.la librck_tests.la &&
    gcc -shared -pthread -Wl,-Bsymbolic,-Map=mutants.map -o libmutants.so -Wl,--whole-archive .libs/librck_all.a -Wl,--no-whole-archive &&
    $make LDADD='librck_tests.la -L. -lmutants $(CHECK_LIBS) $(JANSSON_LIBS)' $programs; } >build.log 2>&1; then
    tail -n 30 build.log
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
objdump -d -l -w --no-show-raw-insn libmutants.so >mutants.s
objdump -h -w libmutants.so >mutants.sections
exec node ../source/tests/mutants.mjs . "${RCK_MUTANTS:-0}" ${RCK_MUTANTS_FILE:+"$RCK_MUTANTS_FILE"}
