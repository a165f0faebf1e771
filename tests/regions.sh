#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What 'rulecheck diff', 'who' and 'explain' print of regions of requests: the texts of conditions, the notes on how vocabularies
# differ, and the witnesses, which tests/cubes.c and steps.c judge by what they mean; the classes that 'table' prints; and the mistakes
# that 'test --mutate' makes and the cases of 'gen', which tests/worth.c judges.
#
#   regions/NAME.rules      its first lines '#=WORDS' are what rulecheck is given, in turn, and once more with '--format json', if they
#                           say no format
#   regions/NAME.expected   all that it prints, and how it ends
#
# A file without such a line is read by others.  UPDATE=1 writes the *.expected anew; NAME... runs only these files.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
cd "$top_srcdir/tests/regions" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
unset NO_COLOR

passed=0 failed=0
# run WORD...: what the tool says.
run() {
    local code=0
    echo "\$ rulecheck $*"
    timeout 60 "$RULECHECK" "$@" 2>&1 </dev/null || code=$?
    echo "ends with $code"
}
[ $# -gt 0 ] || set -- *.rules
for file in "$@"; do
    expected=${file%.rules}.expected
    : >"$work/got"
    while IFS= read -r line && [[ $line == '#='* ]]; do
        eval "words=(${line#'#='})"
        run "${words[@]}" >>"$work/got"
        case $line in *--format*) ;; *) run "${words[@]}" --format json >>"$work/got" ;; esac
    done <"$file"
    [ -s "$work/got" ] || continue
    if [ -n "${UPDATE-}" ]; then
        cp "$work/got" "$expected"
    fi
    if ! iconv -f utf-8 -t utf-8 "$work/got" >/dev/null; then
        echo "$file: what is printed is no UTF-8"
        failed=$((failed + 1))
    elif ! diff -U 1000 "$expected" "$work/got"; then
        echo "$file: something else is printed"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
