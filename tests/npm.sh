#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# npm.sh DIR: installs what tests/npm/package.json lists into DIR, unless it lies there.  Ends with 77, and tells why, where there is
# no node or npm, or the packages cannot be had.

set -euo pipefail
: "${top_srcdir:?}"
dir=$1
mkdir -p "$dir"
for command in node npm; do
    command -v "$command" >/dev/null 2>&1 || { echo "SKIP: there is no $command" && exit 77; }
done
cmp -s "$top_srcdir/tests/npm/package.json" "$dir/installed.json" && exit 0
rm -rf "$dir/node_modules" "$dir/package-lock.json"
cp "$top_srcdir/tests/npm/package.json" "$dir/package.json"
chmod u+w "$dir/package.json"
if ! (cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error) >"$dir/log" 2>&1 </dev/null; then
    tail -n 5 "$dir/log"
    echo "SKIP: npm cannot install $(grep -c '": "[0-9]' "$dir/package.json") packages"
    exit 77
fi
cp "$dir/package.json" "$dir/installed.json"
