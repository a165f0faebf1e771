#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What 'rulecheck check --format sarif' writes passes Microsoft's validator of SARIF, with its schema and its rules.  The validator
# comes from npm (RCK_SARIF_MULTITOOL names one that is there already); without npm, or a way to the registry, the test is
# skipped.  The validator is silent about a file that it cannot even read: that it found what we leave out on purpose, and a
# fault that is put in, shows that it has looked.

set -euo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
version=5.7.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_BUNDLE_EXTRACT_BASE_DIR=$work/dotnet

tool=${RCK_SARIF_MULTITOOL-}
if [ -z "$tool" ]; then
    if ! command -v npm >/dev/null 2>&1; then
        echo "there is no npm to get the validator with"
        exit 77
    fi
    if ! (cd "$work" && timeout 180 npm install --no-audit --no-fund --ignore-scripts --prefer-offline \
        "@microsoft/sarif-multitool-linux@$version" >npm.log 2>&1); then
        echo "npm did not get the validator: $(grep -m 1 -i error "$work/npm.log" || echo timeout)"
        exit 77
    fi
    tool=$work/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
    chmod u+x "$tool"
fi
if ! "$tool" --version >/dev/null 2>"$work/why" && ! "$tool" version >/dev/null 2>&1; then
    grep -qiE "exec format|not found|libstdc|libicu" "$work/why" && { echo "the validator does not run here"; exit 77; }
fi

# A file in a folder whose name needs escapes, with a finding behind characters of several bytes.
cp "$top_srcdir/tests/io.rules" "$top_srcdir/tests/io-bad.rules" "$work"
mkdir "$work/a b%c"
printf '%s\n' 'policy p;' 'default allow;' 'vocabulary { subject user; action read; resource entry; }' \
    'x: user cannot reed entry says "ä"; y: user cannot reed entry;' >"$work/a b%c/ü.rules"
cd "$work"
status=0
"$RULECHECK" check --format sarif io.rules io-bad.rules "a b%c/ü.rules" "$work/io-bad.rules" >good.sarif || status=$?
[ "$status" -eq 4 ] || { echo "check ended with $status"; exit 1; }
status=0
"$RULECHECK" check --format sarif io.rules missing.rules >missing.sarif 2>/dev/null || status=$?
[ "$status" -eq 5 ] || { echo "check of a missing file ended with $status"; exit 1; }
"$RULECHECK" check --format sarif io.rules >none.sarif
sed 's/"startLine": 10/"startLine": 0/' good.sarif >bad.sarif

bad=0
for file in good missing none; do
    "$tool" validate "$file.sarif" >"$file.out" 2>&1 || bad=1
    # There is no page about this tool that could be named, and no place in a file that is not there.
    grep -vE "SARIF2005|missing.sarif.*SARIF2017" "$file.out" | grep -E ": (error|warning|note) " && bad=1
    grep -q "SARIF2005" "$file.out" || { echo "the validator could not read $file.sarif"; cat "$file.out"; bad=1; }
done
"$tool" validate bad.sarif >bad.out 2>&1 || :
grep -q "error JSON1008" bad.out || { echo "the validator does not see a planted fault"; cat bad.out; bad=1; }
grep -q '"uri": "a%20b%25c/%C3%BC.rules"' good.sarif || { echo "a file's name is not escaped"; bad=1; }
grep -q '"startLine": 4, "startColumn": 52,' good.sarif || { echo "columns are not counted in characters"; bad=1; }
echo "3 documents are valid, and one with a planted fault is not"
exit $bad
