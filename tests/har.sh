#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# rulecheck eval --http on HAR files: what is decided of an entry is what is decided of the same message as a line of JSON, whatever else
# the file holds, wherever the blocks that are read end, and in any number of threads; memory is flat; and of a file that is cut off
# or spoilt anywhere, all is decided that stands before that place, and then it is told.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rules=$(cd "$top_srcdir/tests/badinput" && pwd)/http.rules
cd "$work" || exit
passed=0
failed=0

# verdict WHAT STATUS
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

# generate N SIZE NEWLINE: N entries as big.har, whose answers have up to SIZE bytes, and the same messages as lines.jsonl.
generate() {
    awk -v n="$1" -v size="$2" -v nl="$3" 'BEGIN {
        if (nl == "yes") nl = "\r\n  "; else nl = "";
        lines = "lines.jsonl"; har = "big.har";
        filler = "\\\"}],{\\\\\\u005d";
        while (length(filler) < size) filler = filler filler;
        printf "%s{%s\"log\":%s{\"version\": \"1.2\", \"x\": {\"entries\": [{\"request\": 1}], \"n\": [-1.5e+3, true, null, [[], {}]]},%s\"entries\": [", nl, nl, nl, nl > har;
        for (i = 1; i <= n; i++) {
            method = i % 3 ? "PUT" : "GET"; url = i % 5 ? "/a" : "/b"; key = i % 7 ? "k" : "other"; status = i % 4;
            pad = substr(filler, 1, int(i * 2654435761 % (size > 0 ? size : 1)));
            while (pad ~ /\\$/ || pad ~ /\\u[0-9a-f]?[0-9a-f]?[0-9a-f]?$/) pad = substr(pad, 1, length(pad) - 1);
            printf "{\"method\": \"%s\", \"url\": \"https://h%s\", \"headers\": {\"Key\": \"%s\"}, \"body\": {\"n\": %d}}\n", method, url, key, status > lines;
            printf "%s%s{\"_request\": {\"method\": \"PUT\"}, \"response\": {\"request\": {\"url\": \"/a\"}, \"text\": \"%s\"},%s\"request\": {\"method\": \"%s\",%s\"url\": \"https://h%s\", ", (i > 1 ? "," : ""), nl, pad, nl, method, nl, url > har;
            printf "\"headers\": [{\"name\": \":path\", \"value\": \"/b\"}, {\"name\": \"KEY\", \"value\": \"%s\"}],%s\"postData\": {\"mimeType\": \"application/json\", \"text\": \"{\\\"n\\\": %d}\"}}, \"time\": %d.5}", key, nl, status, i > har;
        }
        printf "%s]%s}%s}%s", nl, nl, nl, nl > har;
    }'
}

# decisions FILE ARGUMENT...: the decisions of FILE alone, one a line.
decisions() {
    local file=$1
    shift
    "$RULECHECK" eval -p "$rules" --http --format csv --no-summary "$@" "$file" 2>err | sed '1d; s/^[0-9]*,[0-9]*,//'
}

# ---- the same as lines ------------------------------------------------------------------------------------------------------

# agree WHAT
agree() {
    decisions lines.jsonl >expected
    for jobs in 1 3; do
        decisions big.har --jobs $jobs >got
        cmp -s expected got && [ -s got ] && [ ! -s err ]
        verdict "$1: in $jobs threads the decisions differ from those of lines" $?
    done
    decisions - --input har <big.har >got
    cmp -s expected got && [ -s got ] && [ ! -s err ]
    verdict "$1: from standard input the decisions differ from those of lines" $?
}

for newline in no yes; do
    generate 1 0 $newline
    agree "one entry"
    generate 3000 0 $newline
    agree "small entries"
    generate 300 20000 $newline
    agree "answers of some KB"
done
generate 12 1500000 no
agree "answers longer than a line may be"
{ printf '\xEF\xBB\xBF'; cat big.har; } >marked.har
decisions marked.har >got
cmp -s expected got && [ -s got ] && [ ! -s err ]
verdict "with a byte order mark the decisions differ" $?

# Byte by byte.
generate 20 30 yes
decisions lines.jsonl >expected
dd if=big.har bs=1 2>/dev/null | decisions - --input har >got
cmp -s expected got && [ -s got ] && [ ! -s err ]
verdict "read byte by byte the decisions differ" $?

# The numbers of entries, and the lines in which requests begin.
grep -n '"request": {"method": "[A-Z]*",.$' big.har | awk -F: '{ print $1 "," NR }' >expected
"$RULECHECK" eval -p "$rules" --http --format csv --no-summary big.har | sed '1d; s/^\([0-9]*,[0-9]*\),.*/\1/' >got
cmp -s expected got && [ "$(wc -l <got)" -eq 20 ]
verdict "entries or lines are numbered otherwise" $?

# ---- memory -----------------------------------------------------------------------------------------------------------------

if [ "${RCK_SANITIZERS-}" != yes ]; then
    {
        printf '{"log": {"entries": ['
        for i in 1 2 3 4; do
            printf '%s{"response": {"text": "' "$([ $i -gt 1 ] && echo ,)"
            head -c 40000000 /dev/zero | tr '\0' x
            printf '"}, "request": {"method": "GET", "url": "/a", "headers": [{"name": "key", "value": "k"}]}}'
        done
        printf ']}}'
    } | (ulimit -v 100000 && "$RULECHECK" eval -p "$rules" --http --input har --no-summary >got)
    [ "$(cat got)" = $'1: allow\n2: allow\n3: allow\n4: allow' ]
    verdict "160 MB are not read in 100" $?
fi

# ---- cut off, and spoilt ----------------------------------------------------------------------------------------------------

generate 8 30 no
decisions big.har >all
size=$(wc -c <big.har)
bad=0
for ((n = 0; n < size; n += 37)); do
    head -c $n big.har >cut.har
    "$RULECHECK" eval -p "$rules" --http --format csv --no-summary cut.har 2>err | sed '1d; s/^[0-9]*,[0-9]*,//' >got
    status=${PIPESTATUS[0]}
    whole=$(head -c $n big.har | grep -o '"}}, "time' | wc -l) # so many requests are whole, or one more
    lines=$(wc -l <got)
    if [ "$status" -ne 5 ] || ! cmp -s got <(head -n "$lines" all) || [ "$lines" -lt "$whole" ] || [ "$lines" -gt $((whole + 1)) ] \
        || ! grep -q "^rulecheck: error: cannot read the HAR file 'cut.har': the file .* (line 1, column $((n + 1)))$" err; then
        bad=$((bad + 1))
        echo "cut at $n: ends with $status, $lines decisions, $whole whole requests"
    fi
done
[ $bad -eq 0 ] && [ "$(wc -l <all)" -eq 8 ]
verdict "files that are cut off" $?

echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -ne 0 ]
