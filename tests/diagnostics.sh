#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What 'rulecheck check' says of a policy.
#
#   diagnostics/ID.rules           triggers the diagnostic ID of grammar/codes.def: ID.expected is all of its standard error
#   diagnostics/ID.CASE.rules      triggers it in another way
#   diagnostics/ID.near.rules      almost does: it compiles, and nothing at all is said of it
#   recovery/NAME.rules            mistakes that are each reported once, and nothing else: '#! ID...' stands on the line of them,
#                                  or '#!LINE ID...' elsewhere; LINE is 0 for what has no place
#
# Every ID has the first and the third.  A first line '#=OPTIONS ...' has options of the command, '#=FILES ...' files that are
# checked in place of the policy.  UPDATE=1 writes the *.expected anew; NAME... runs only these files.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
cd "$top_srcdir/tests" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
unset NO_COLOR

passed=0 failed=0 skipped=0

# complain FILE WHAT: FILE fails, and standard input tells more.
complain() {
    echo "$1: $2"
    cat
    failed=$((failed + 1))
}

# check FILE: runs the tool in FILE's folder, which leaves its output in $work and its exit code in $code.
check() {
    local first='' words=()
    read -r first <"$1" || :
    case $first in
    '#=OPTIONS '*) read -r -a words <<<"${first#'#=OPTIONS '}" && words+=("${1##*/}") ;;
    '#=FILES '*) read -r -a words <<<"${first#'#=FILES '}" ;;
    *) words=("${1##*/}") ;;
    esac
    code=0
    (cd "${1%/*}" && timeout 60 "$RULECHECK" check "${words[@]}") >"$work/out" 2>"$work/err" </dev/null || code=$?
}

# severity_of ID: 'error', 'warning', or nothing.
severity_of() {
    awk -v id="$1" '$2 == id { print $3 }' "$work/codes"
}

# A file that is reported.
triggers() {
    local file=$1 name=${1##*/} id severity wanted=4
    name=${name%.rules} id=${name%%.*}
    severity=$(severity_of "$id")
    [ -n "$severity" ] || { complain "$file" "there is no diagnostic '$id'" </dev/null && return; }
    [ "$severity" = error ] || wanted=1
    [ "$id" != unreadable ] || wanted=5
    check "$file"
    if ! grep -q ": $severity: .* \[$id\]\$" "$work/err"; then
        complain "$file" "does not report $severity [$id]" <"$work/err"
    elif [ "$code" -ne "$wanted" ]; then
        complain "$file" "the exit code is $code, not $wanted" <"$work/err"
    elif [ -n "${UPDATE-}" ]; then
        cp "$work/err" "${file%.rules}.expected"
    elif ! diff -U 1000 "${file%.rules}.expected" "$work/err" >"$work/diff" 2>&1; then
        complain "$file" "reports something else" <"$work/diff"
    else
        passed=$((passed + 1))
    fi
}

# A file that almost is.
is_fine() {
    check "$1"
    if [ -s "$work/err" ] || [ "$code" -ne 0 ]; then
        complain "$1" "is a near miss, but is reported (exit code $code)" <"$work/err"
    else
        passed=$((passed + 1))
    fi
}

# A file with marks.  Both sides become lines 'LINE ID', sorted; where the tool gives no line it is 0.
recovers() {
    local file=$1
    awk 'match($0, /#![0-9]*( [a-z-]+)+/) {
             n = split(substr($0, RSTART + 2, RLENGTH - 2), words, " ")
             line = words[1] ~ /^[0-9]+$/ ? words[1] : NR
             for (i = words[1] ~ /^[0-9]+$/ ? 2 : 1; i <= n; i++)
                 print line, words[i]
         }' "$file" | sort -k 1n -k 2 >"$work/wanted"
    check "$file"
    sed -nE 's/^[^ :]+\.rules:([0-9]+):[0-9]+: (error|warning): .* \[([a-z-]+)\]$/\1 \3/p; s/^[^ :]+\.rules: (error|warning): .* \[([a-z-]+)\]$/0 \2/p' \
        "$work/err" | sort -k 1n -k 2 >"$work/got"
    if [ "$(wc -l <"$work/wanted")" -eq 0 ]; then
        complain "$file" "has no marks" </dev/null
    elif [ "$code" -ne 4 ]; then
        complain "$file" "the exit code is $code, not 4" <"$work/err"
    elif ! diff -U 1000 "$work/wanted" "$work/got" >"$work/diff"; then
        complain "$file" "not every mistake is reported once (LINE ID)" <"$work/diff"
    else
        passed=$((passed + 1))
    fi
}

"$RULECHECK" list codes | awk '$1 ~ /^[0-9]+$/ { print $1, $2, $3 }' >"$work/codes" || exit 1
[ -s "$work/codes" ] || { echo "'rulecheck list codes' lists none" && exit 1; }

if [ $# -eq 0 ]; then
    while read -r _ id _; do
        for file in "diagnostics/$id.rules" "diagnostics/$id.near.rules"; do
            [ -r "$file" ] || complain "$file" "is missing" </dev/null
        done
    done <"$work/codes"
    for file in diagnostics/*.expected; do
        [ "$file" = 'diagnostics/*.expected' ] || [ -r "${file%.expected}.rules" ] || complain "$file" "belongs to no policy" </dev/null
    done
    set -- diagnostics/*.rules recovery/*.rules
fi
for file in "$@"; do
    case $file in
    */recovery/* | recovery/*) recovers "$file" ;;
    *.near.rules) is_fine "$file" ;;
    *) triggers "$file" ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
