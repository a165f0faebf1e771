#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'oracles' of 'make check-full': RCK_POLICIES random policies (100000) with RCK_MIXED mixed requests each (1000), and a few
# random ones, decided by the table in six shapes, by the guards, by the saved policy and by the naive reader; in two processes.  What
# they find is left as differential-SEED.rules and .json in check-full.

set -euo pipefail
: "${top_builddir:?}"
out=$top_builddir/check-full
policies=${RCK_POLICIES:-100000} mixed=${RCK_MIXED:-1000} seed=${RCK_SEED:-1000000}
program=$(cd "$top_builddir" && pwd)/tests/differential
mkdir -p "$out" && cd "$out"
rm -f differential-*

half() {
    "$program" "$((policies / 2))" "$1" 10 "$mixed" >"oracles-$2.log"
}
passed=0 failed=0
half "$seed" 1 &
half $((seed + policies / 2)) 2 && passed=1 || failed=1
wait $! && passed=$((passed + 1)) || failed=$((failed + 1))
cat oracles-[12].log
decisions=$(sed -n 's/.* refute), \([0-9]*\) decisions.*/\1/p' oracles-[12].log | paste -sd+ | sed 's/^$/0/')
echo "# seeds from $seed: $policies policies, $((decisions)) decisions by table, guards, saved table and naive reader"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
