#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The benchmarks' programs, small: what they compare decides alike.  Nothing is timed.

set -euo pipefail
: "${top_builddir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for seed in 0 7; do
    "$top_builddir/tests/bench/bench" --quick --seed "$seed"
done
"$top_builddir/tests/bench/bench" --count w1-strings 100
