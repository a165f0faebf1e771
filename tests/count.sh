#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# count.sh DIR: adds up what the tests whose .trs files lie below DIR found, and prints 'PASSED FAILED SKIPPED'.
#
# A test counts as what it says itself: Check's summary, or a last line 'N passed, N failed, N skipped'; as one if it says nothing.
# Automake's result has the last word: a test that failed adds at least one failure, one that was skipped at least one skip.

set -euo pipefail

passed=0 failed=0 skipped=0
while IFS= read -r -d '' trs; do
    result=$(sed -n 's/^:global-test-result: //p' "$trs")
    log=${trs%.trs}.log
    p=0 f=0 s=0
    if [ -r "$log" ] && said=$(grep -aE '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' "$log"); then
        while read -r _ _ checks _ failures _ errors; do
            bad=$((${failures%,} + errors))
            p=$((p + ${checks%,} - bad)) f=$((f + bad))
        done <<<"$said"
    elif [ -r "$log" ] && said=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1) && [ -n "$said" ]; then
        read -r p _ f _ s _ <<<"$said"
    fi
    case $result in
    PASS) [ $((p + f + s)) -gt 0 ] || p=1 ;;
    SKIP) [ "$s" -gt 0 ] || s=1 ;;
    *) [ "$f" -gt 0 ] || f=1 ;;
    esac
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done < <(find "$1" -name '*.trs' -print0 2>/dev/null)
echo "$passed $failed $skipped"
