#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'corpora' of 'make check-full': the public collections of hostile texts that tests/npm/package.json names, each text in every
# place that tests/hostile.c knows, and two million random texts for jansson and our JSON reader.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
dir=$top_builddir/check-full
bash "$top_srcdir/tests/npm.sh" "$dir/npm"
mkdir -p "$dir/corpora"
node "$top_srcdir/tests/corpora/convert.mjs" "$dir/npm" "$top_srcdir/tests/corpora/json.txt" "$dir/corpora" | sed 's/^/# /'
failed=0
"$top_builddir/tests/hostile" "$top_srcdir/tests/corpora/bytes.txt" "$dir"/corpora/*.txt >"$dir/corpora/hostile.log" || failed=1
sed 's/^\([0-9]* texts\)/# \1/' "$dir/corpora/hostile.log"
read -r p _ f _ < <(tail -n 1 "$dir/corpora/hostile.log")
if [ ! -x "$top_builddir/tests/json_oracle" ]; then
    echo "SKIP: without jansson there is no other reader"
    echo "$p passed, $((f > failed ? f : failed)) failed, 1 skipped"
    exit "$failed"
fi
"$top_builddir/tests/json_oracle" "${RCK_TEXTS:-2000000}" >"$dir/corpora/jansson.log" && p=$((p + 1)) || f=$((f + 1))
sed 's/^\([0-9]* texts\)/# \1/' "$dir/corpora/jansson.log"
echo "$p passed, $f failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$f" -eq 0 ]
