#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The policies that come with rulecheck, and those that say each kind of sentence once, tests/sentences: each compiles without a
# finding, its cases pass, its lines are not too long, and table, guards and the reader of the tree (differential) agree on its
# requests.  A shipped one names its source, each of its clauses cites a sentence, its cases reach all that they can and notice every
# mutant, and it is installed.  A file that is no
# policy by itself is included by one.  The table of rules/README.md is true.

set -uo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top_srcdir" || exit
passed=0
failed=0

# verdict STATUS WHAT...
verdict() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "${*:2}"
    fi
}

# check_policy FILE: without a finding, and with cases, which all pass.
check_policy() {
    local said
    said=$("$RULECHECK" check "$1" 2>&1)
    [[ $? -eq 0 && $said == *'; no findings' ]]
    verdict $? "$said"
    said=$("$RULECHECK" test "$1" 2>&1)
    [[ $? -eq 0 && $said == *[1-9]*' cases, 0 failed' ]]
    verdict $? "$said"
}

# check_meaning FILE: on all its requests, or 20,000 of them.  The reader of the tree takes one file, so the fragments that this
# one includes are put into their places.
check_meaning() {
    local line
    while IFS= read -r line; do
        if [[ $line == 'include "'*'";' ]]; then
            line=${line#*'"'}
            cat "${1%/*}/${line%'";'}"
        else
            printf '%s\n' "$line"
        fi
    done <"$1" >"$work/whole.rules"
    "$top_builddir/tests/differential" --exhaustive "$work/whole.rules" 20000 >"$work/said" 2>&1
    verdict $? "$1: $(cat "$work/said")"
}

# check_shipped FILE: what the reader of a page is told.
check_shipped() {
    local listed
    listed=$("$RULECHECK" list -p "$1" clauses)
    grep -q '^source https://' <<<"$listed"
    verdict $? "$1: it does not name its source"
    # A note is its own sentence.
    awk '/^  [^ ].* \([a-z]+\) / { n++; if (/\(note\)/) cited++ } /^      cites: / { cited++ } END { exit !(n > 0 && n == cited) }' <<<"$listed"
    verdict $? "$1: not every clause cites a sentence"
    listed=$("$RULECHECK" test --coverage --at-least 100 --mutate "$1" 2>&1)
    verdict $? "$listed"
}

for file in $(find rules tests/sentences -name '*.rules' | LC_ALL=C sort); do
    if grep -q '^policy ' "$file"; then
        check_policy "$file"
        [[ $file == */all.rules ]] || check_meaning "$file" # it includes policies
        [[ $file != rules/* ]] || check_shipped "$file"
    else
        grep -qF "include \"${file##*/}\";" "${file%/*}"/*.rules
        verdict $? "$file: it is no policy, and none includes it"
    fi
    ! grep -qE '^.{129}' "$file"
    verdict $? "$file: a line is longer than 128 columns"
    [[ $file != rules/* ]] || grep -qF "%D%/${file#rules/}" rules/local.mk
    verdict $? "$file: rules/local.mk does not install it"
done

# ---- what cases cannot say: a warning is no part of a result ------------------------------------------------------------------

for executions in 39 40 199; do
    "$RULECHECK" eval -p tests/sentences/caps.rules subject=user action=execute resource=automation \
        organization.executions=$executions >"$work/said" && grep -q '^allow$' "$work/said"
    verdict $? "with $executions executions another one is not allowed"
    [ "$(grep -c '^    soft_cap (warning): ' "$work/said")" -eq $((executions >= 40)) ]
    verdict $? "with $executions executions the soft cap says: $(cat "$work/said")"
done

# ---- the kinds of sentences -------------------------------------------------------------------------------------------------

# A row is '| KIND | what it says | [FILE](LINK) | `CLAUSE` |', and a link begins at rules/.
kinds=
while IFS='|' read -r _ kind _ file clauses _; do
    kind=${kind// /}
    link=${file#*'('}
    link=rules/${link%')'*}
    kinds="$kinds $kind"
    [ -r "$link" ]
    verdict $? "rules/README.md: $kind: there is no '$link'"
    for clause in $(tr -d '\140,' <<<"$clauses"); do
        grep -q "^$clause:" "$link" 2>/dev/null
        verdict $? "rules/README.md: $kind: '$link' has no clause '$clause'"
    done
done < <(grep '^| K[0-9]' rules/README.md)
for kind in K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11 K12 K13 K14 K15 K16 K17 K18 K22 K24; do
    [[ " $kinds " == *" $kind "* ]]
    verdict $? "rules/README.md: no row for $kind"
done

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
