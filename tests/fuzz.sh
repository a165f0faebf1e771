#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs every fuzz target on its seeds and on what was found before (tests/fuzz/regress/TARGET-*), and the cases of those seeds whose
# names begin with 'ok-', which must all pass.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${RULECHECK:?}"
shopt -s nullglob
export RCK_FUZZ_POLICY=$top_srcdir/rules/contentstack/management-tokens.rules
log=$(mktemp)
saved=$(mktemp -d)
trap 'rm -rf "$log" "$saved"' EXIT
passed=0 failed=0

# judge WHAT COMMAND...
judge() {
    local what=$1
    shift
    if ("$@") >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        [ "$failed" -gt 5 ] || tail -n 20 "$log"
    fi
}

# Saved policies are made here: their format changes with the library.
for file in "$top_srcdir"/tests/fuzz/policy/ok-*.rules; do
    name=${file##*/}
    judge "compile ${file#"$top_srcdir/"}" "$RULECHECK" compile "$file" -o "$saved/$name.saved"
    judge "compile, hashed, ${file#"$top_srcdir/"}" "$RULECHECK" compile --limit cells=1 "$file" -o "$saved/$name.hashed"
done
for file in "$saved"/* "$top_srcdir/tests/fuzz/regress/saved"-*; do
    judge "fuzz_saved ${file##*/}" "$top_builddir/tests/fuzz_saved" "$file"
done
for target in policy json text forms http har; do
    for file in "$top_srcdir/tests/fuzz/$target"/* "$top_srcdir/tests/fuzz/regress/$target"-*; do
        judge "fuzz_$target ${file#"$top_srcdir/"}" "$top_builddir/tests/fuzz_$target" "$file"
    done
done
for file in "$top_srcdir"/tests/fuzz/policy/ok-*.rules; do
    judge "cases of ${file#"$top_srcdir/"}" "$RULECHECK" test "$file"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$passed" -gt 50 ] && [ "$failed" -eq 0 ]
