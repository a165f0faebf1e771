#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'coverage' of 'make check-full': which branches of the hand-written code of engine/ and grammar/ the tests take, which
# conditions of the core that decides are shown to decide alone (MC/DC), and which productions and rules of the scanner are used.
# Builds what the tarball holds with clang-19's counters, in check-full/coverage, and runs the tests there that run this code; the others
# look at documents, objects or an installation.  tests/coverage.mjs judges what was counted.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
for tool in clang-19 llvm-cov-19 llvm-profdata-19 bison node; do
    command -v "$tool" >/dev/null 2>&1 || { echo "SKIP: there is no $tool" && exit 77; }
done
ratchet=$(cd "$top_srcdir" && pwd)/tests/coverage.txt
out=$(cd "$top_builddir" && pwd)/check-full/coverage
make=${MAKE:-make}

# 'flood' compares times; 'reload' and 'jobs.sh' have many threads, which lose counts to one another (see coverage.mjs).  'unit_slot' has the
# order of things instead.
tests="oom differential lint cubes saved worth sarif.sh cover unit_limits badinput.sh docs.sh diagnostics.sh fuzz.sh
    rules.sh regions.sh steps forged io.sh unit_json forms unit_glob trace.sh messages limits gen.sh unit_forms shapes json_oracle unit_diag unit_include unit_linear
    unit_time digest real_data unit_number unit_digest unit_slot hostile authzen api corners setters verify texts
    unit_mem hashed guards"

chmod -R u+w "$out" 2>/dev/null || :
rm -rf "$out" && mkdir -p "$out/build/profile" "$out/log"
cp -a "$out/../source" "$out/source"
chmod -R u+w "$out/source"
cd "$out/build"

# Rule N of the grammar, which may have no action to count, is case N + 1 of a switch that the parser passes at each reduction.
bison -d -v -o "$out/grammar.c" "$out/source/grammar/parse.y"
awk '/^Grammar/ { inside = 1 } /^Terminals/ { inside = 0 }
     inside && /^ +[0-9]+ / { printf "    case %d: break; /* a reduction */\n", $1 + 1 }' "$out/grammar.output" >"$out/cases"
awk -v cases="$out/cases" '{ print }
    /^  YY_REDUCE_PRINT \(yyn\);$/ { print "  switch (yyn) {"; while ((getline line < cases) > 0) print line; print "  }" }' \
    "$out/source/grammar/parse.c" >"$out/parse.c"
cat "$out/parse.c" >"$out/source/grammar/parse.c"

# What hashes are seeded with is the same in each run, so that the same branches are taken.  A test that has its own chance keeps it.
cat >"$out/chance.c" <<EOF
#include <string.h>
#include <sys/random.h>
__attribute__((weak)) ssize_t
getrandom(void *buffer, size_t n, unsigned flags)
{
    (void)flags;
    memset(buffer, 'c', n);
    return (ssize_t)n;
}
EOF
clang-19 -c -o "$out/chance.o" "$out/chance.c"

counters="-fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc"
if ! { ../source/configure --quiet --disable-shared --with-data="${RCK_DATA-}" CC=clang-19 CFLAGS="-O1 -g $counters" \
    CPPFLAGS="-DRCK_COVERAGE -DRCK_YYDEBUG=0" LDFLAGS="$counters -Wl,$out/chance.o" && $make && $make check TESTS=; } >"$out/log/build" 2>&1; then
    tail -n 30 "$out/log/build"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

# What is run under a limit for the size of files cannot write its counts.
cat >rulecheck-counted <<EOF
#!/bin/sh
[ "\$(ulimit -f)" = unlimited ] || export LLVM_PROFILE_FILE=/dev/null
exec '$out/build/rulecheck' "\$@"
EOF
chmod +x rulecheck-counted
export out top_srcdir="$out/source" top_builddir="$out/build" RULECHECK="$out/build/rulecheck-counted" CC=clang-19
export LLVM_PROFILE_FILE="$out/build/profile/%m.profraw"
run_test() {
    local status=0 command=(tests/"$1")
    [[ $1 != *.sh ]] || command=(bash "$top_srcdir/tests/$1")
    "${command[@]}" >"$out/log/$1" 2>&1 </dev/null || status=$?
    case $status in
    0) echo "passed $1" ;;
    77) echo "skipped $1" ;;
    *) echo "failed $1" && tail -n 15 "$out/log/$1" | sed 's/^/    /' ;;
    esac
}
export -f run_test
built=()
for test in $tests; do
    { [[ $test == *.sh ]] || [ -x "tests/$test" ]; } && built+=("$test")
done
printf '%s\n' "${built[@]}" | env -u UPDATE xargs -n 1 -P "$(nproc)" bash -c 'run_test "$0"' >"$out/log/tests"
grep -v '^passed' "$out/log/tests" || :
passed=$(grep -c '^passed' "$out/log/tests" || :) failed=$(grep -c '^failed' "$out/log/tests" || :) skipped=$(grep -c '^skipped' "$out/log/tests" || :)

llvm-profdata-19 merge -o profile.all profile/*.profraw
# Object by object: what lies in an archive may not be aligned as llvm-cov expects.
objects=()
for object in engine/*.o grammar/*.o; do
    objects+=(-object "$object")
done
llvm-cov-19 export -skip-expansions -instr-profile profile.all "${objects[@]}" >"$out/counts.json" 2>"$out/log/export"
node "$out/source/tests/coverage.mjs" "$out" "$ratchet" "$passed" "$failed" "$skipped"
