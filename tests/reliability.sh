#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 'make reliability', after 'make check-full' or some of its stages: writes what they said (the lines of check-full/*.log that begin with
# '# ', and the totals) into RELIABILITY.md, between the lines 'figures begin' and 'figures end', with the day and the machine.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
page=$top_srcdir/RELIABILITY.md
new=$(mktemp)
trap 'rm -f "$new"' EXIT
shopt -s nullglob
counts=("$top_builddir"/check-full/*.count)
[ ${#counts[@]} -gt 0 ] || { echo "no stage has left its totals in check-full" && exit 1; }

machine=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
commit=$(git -C "$top_srcdir" rev-parse --short HEAD 2>/dev/null || echo 'no commit')
{
    sed '/^<!-- figures begin -->$/q' "$page"
    echo
    echo "$(date -u +%Y-%m-%d), commit $commit, $(nproc) cores of ${machine:-an unknown processor}:"
    echo
    echo "| stage | passed | failed | skipped | figures |"
    echo "|---|---|---|---|---|"
    for count in "${counts[@]}"; do
        stage=$(basename "$count" .count)
        read -r p f s <"$count"
        # Not automake's totals, which are the numbers before.
        figures=$(awk '/^# / && !/^# [A-Z]+: +[0-9]+$/ { sub(/^# /, ""); gsub(/\|/, "\\|"); printf "%s%s", n++ ? "<br>" : "", $0 }' "${count%.count}.log")
        echo "| \`make check-$stage\` | $p | $f | $s | $figures |"
    done
    echo
    sed -n '/^<!-- figures end -->$/,$p' "$page"
} >"$new"
grep -q '^<!-- figures end -->$' "$new" || { echo "$page has no place for the figures" && exit 1; }
cat "$new" >"$page"
echo "wrote ${#counts[@]} stages into RELIABILITY.md"
