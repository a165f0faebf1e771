#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
#   instructions.sh BENCH RULECHECK
#
# Counts the instructions of a decision with callgrind: the difference of two runs, one with more requests than the other, divided by
# how many more they are.  That is the same on a busy machine, so that it is compared with what tests/bench/instructions.txt
# remembers: more than a twentieth above it fails.  It holds for the compiler that it names; UPDATE=1 writes it anew.

set -euo pipefail
bench=$1
rulecheck=$2
here=$(cd "$(dirname "$0")" && pwd)
remembered=$here/instructions.txt
libtool=${LIBTOOL:-libtool}
command -v valgrind >/dev/null || { echo "SKIP: there is no valgrind"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=$(${CC:-cc} --version | head -n 1)

# instructions COMMAND...
instructions() {
    "$libtool" --mode=execute valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>"$work/log" >/dev/null || [ $? -eq 1 ] || {
        cat "$work/log" >&2
        exit 1
    }
    sed -nE 's/^==[0-9]+== Collected : ([0-9]+).*/\1/p' "$work/log"
}

counted() {
    local less more
    less=$(instructions "$bench" --count "$1" 1000)
    more=$(instructions "$bench" --count "$1" 11000)
    echo $(((more - less) / 10000))
}

evaluated() {
    local less more
    "$bench" --write "$work/few" 1000 && "$bench" --write "$work/many" 6000
    less=$(instructions "$rulecheck" eval -p "$work/few/w1.rules" --format json "$work/few/w3_requests.jsonl")
    more=$(instructions "$rulecheck" eval -p "$work/few/w1.rules" --format json "$work/many/w3_requests.jsonl")
    echo $(((more - less) / 5000))
}

{
    echo "# instructions a request; $compiler"
    for what in w1 w1-switch w1-table w1-strings w1-uthash w1-inline w2 w2-hash w2b w2b-hash; do
        echo "$what $(counted "$what")"
    done
    echo "w3 $(evaluated)"
} >"$work/now"

if [ "${UPDATE-}" = 1 ]; then
    cp "$work/now" "$remembered"
    cat "$remembered"
    exit
fi
same=
[ "$(head -n 1 "$work/now")" != "$(head -n 1 "$remembered")" ] || same=1
[ -n "$same" ] || echo "$(head -n 1 "$remembered" | sed 's/.*; //') counted what is remembered; not compared with $compiler"
awk -v same="$same" '
    /^#/ { next }
    NR == FNR { before[$1] = $2; next }
    {
        change = before[$1] ? 100 * ($2 - before[$1]) / before[$1] : 0
        over = same && $1 !~ /-(switch|table|uthash|inline|hash)$/ && change > 5
        printf "%-12s %6d instructions, remembered %6d, %+6.1f %%%s\n", $1, $2, before[$1], change, over ? "  over" : ""
        bad += over
    }
    END { exit bad > 0 }' "$remembered" "$work/now"
