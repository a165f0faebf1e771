#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'oracles' of 'make check-full': RCK_POLICIES random policies (100000) with RCK_MIXED mixed requests each (150), and a few
# random ones, decided by the table in six shapes, by the guards, by the saved policy and by the naive reader; then every small policy
# (tests/small_scope.h) with every request that differs in more than a name; in two processes.  What they find is left as
# differential-SEED.rules and .json in check-full.

set -euo pipefail
: "${top_builddir:?}"
out=$top_builddir/check-full
policies=${RCK_POLICIES:-100000} mixed=${RCK_MIXED:-150} seed=${RCK_SEED:-1000000}
program=$(cd "$top_builddir" && pwd)/tests/differential
mkdir -p "$out" && cd "$out"
rm -f differential-*

half() {
    "$program" "$((policies / 2))" "$1" 10 "$mixed" >"oracles-$2.log" && "$program" --small "$2" 2 >"small-$2.log"
}
passed=0 failed=0
half "$seed" 0 &
half $((seed + policies / 2)) 1 && passed=1 || failed=1
wait $! && passed=$((passed + 1)) || failed=$((failed + 1))
cat oracles-[01].log small-[01].log
decided() {
    echo $(($(sed -n 's/.* refute), \([0-9]*\) decisions.*/\1/p' "$@" | paste -sd+)))
}
allowed() {
    echo $((($(sed -n 's/^allow *\([0-9]*\) .*/\1/p' "$@" | paste -sd+)) * 100 / $(decided "$@")))
}
if [ "$failed" -eq 0 ]; then
    echo "# seeds from $seed: $policies policies, $(decided oracles-[01].log) requests, each by the table in six shapes, guards, saved table and naive reader," \
        "$(allowed oracles-[01].log) % allow"
    echo "# all $(sed -n 's/^part 0 of 2 of \([0-9]*\) .*/\1/p' small-0.log) policies of one or two clauses with up to three leaves:" \
        "$(decided small-[01].log) decisions, $(allowed small-[01].log) % allow"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
