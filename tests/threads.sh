#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'threads' of 'make check-full': readers decide while a writer reloads, under ThreadSanitizer, for RCK_SECONDS (60) by both
# compilers together; each decision must be of a policy that was in force during its call (tests/reload.c).  Then 'rulecheck eval
# --jobs 4' under it, and readers that come and go under helgrind, which does not know atomic operations and so sees no swap.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
out=$(cd "$top_builddir" && pwd)/check-full
make=${MAKE:-make}
seconds=${RCK_SECONDS:-60}
passed=0 failed=0 skipped=0

# judge WHAT COMMAND...: its last line is the figure.
judge() {
    local what=$1 status=0
    shift
    "$@" >"$out/threads/log" 2>&1 </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "# $what: $(tail -n 1 "$out/threads/log")"
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        head -n 60 "$out/threads/log"
    fi
}

decide_in_jobs() {
    local requests=$out/source/rules/contentstack/sample-requests.jsonl policy=$out/source/rules/contentstack/management-tokens.rules status=0
    for _ in {1..400}; do cat "$requests"; done >"$out/threads/requests"
    ./rulecheck eval -p "$policy" --jobs 4 "$out/threads/requests" >"$out/threads/decisions" || status=$?
    [ "$status" -le 3 ] && echo "$(wc -l <"$out/threads/requests") requests"
}

rm -rf "$out/threads" && mkdir "$out/threads"
for compiler in clang gcc; do
    if ! command -v "$compiler" >/dev/null 2>&1; then
        echo "SKIP: there is no $compiler"
        skipped=$((skipped + 1))
        continue
    fi
    mkdir "$out/threads/$compiler" && cd "$out/threads/$compiler"
    if ! { ../../source/configure --quiet --enable-werror --disable-shared CC="$compiler" CFLAGS='-O1 -g -fsanitize=thread' \
        LDFLAGS=-fsanitize=thread && $make && $make tests/reload; } >"$out/threads/$compiler.log" 2>&1; then
        echo "FAILED: it does not build with $compiler"
        tail -n 40 "$out/threads/$compiler.log"
        failed=$((failed + 1))
        continue
    fi
    judge "reload, ThreadSanitizer of $compiler" env TSAN_OPTIONS=halt_on_error=1 tests/reload --seconds $((seconds / 2 + 1))
    judge "eval --jobs 4, ThreadSanitizer of $compiler" decide_in_jobs
done
cd "$out/.."
if command -v valgrind >/dev/null 2>&1; then
    judge "readers, helgrind" "$top_builddir/libtool" --mode=execute valgrind -q --tool=helgrind --fair-sched=yes \
        --history-level=none --error-exitcode=9 \
        --suppressions="$top_srcdir/tests/helgrind.supp" tests/reload --still $((seconds / 10 + 2)) --readers 3
else
    echo "SKIP: there is no valgrind"
    skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
