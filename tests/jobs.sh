#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# rulecheck eval --jobs N: what it writes, to either stream, and how it ends, is what one thread alone does, byte by byte.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rules=$top_srcdir/tests/io.rules
cd "$work" || exit
passed=0
failed=0

# verdict WHAT STATUS
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1"
    fi
}

# same ARGUMENT...: with standard input from the file 'input'.
same() {
    local jobs expected got
    "$RULECHECK" eval -p "$rules" "$@" <input >one.out 2>one.err
    expected=$?
    for jobs in 2 3 16; do
        "$RULECHECK" eval -p "$rules" --jobs $jobs "$@" <input >many.out 2>many.err
        got=$?
        [ "$got" -eq "$expected" ] && cmp -s one.out many.out && cmp -s one.err many.err
        verdict "eval $* with $jobs threads ends with $got, alone with $expected, or differs" $?
    done
}

# ends STATUS PATTERN ARGUMENT...: with this status and an error that begins so.
ends() {
    local expected=$1 pattern=$2 got
    shift 2
    "$RULECHECK" eval -p "$rules" "$@" <input >one.out 2>one.err
    got=$?
    [ "$got" -eq "$expected" ] && grep -q -- "^rulecheck: error: $pattern" one.err
    verdict "eval $* ends with $got and not $expected, or does not say '$pattern'" $?
}

# ---- lines of all kinds; some are longer than a block, some longer than a request may be --------------------------------------

spaces() {
    head -c "$1" /dev/zero | tr '\0' ' '
}
awk 'BEGIN {
    for (i = 1; i <= 30000; i++) {
        if (i % 7 == 0) print "";
        else if (i % 11 == 0) print "{\"id\": " i ", \"subject\": \"user\", \"subject\": 1}";
        else if (i % 13 == 0) print "{\"action\": \"create\", \"id\": \"x" i "\", \"subject\": \"robot\", \"resource\": \"entry\"}";
        else if (i % 17 == 0) print "{\"id\": " i ", \"subject\": \"user\", \"name" i "\": 1, \"role\": [\"owner\"], \"action\": \"create\", \"resource\": \"token\"}";
        else print "{\"id\": " i ", \"subject\": \"user\", \"role\": [\"owner\"], \"action\": \"create\", \"resource\": \"token\", \"token.count\": " i % 9 ", \"note\": 0, \"was\": \"allow\"}";
    }
}' >lines
{
    cat lines
    printf '{"subject": "user", "action": "read",'; spaces 900000; echo ' "resource": "entry"}'
    printf '{"subject": "user", "action": "read",'; spaces 1200000; echo ' "resource": "entry"}'
    printf '{"subject": "user", "action": "read",'; spaces 5000000; echo ' "resource": "entry"}'
    tac lines
    printf '{"subject": "user", "action": "read", "resource": "entry"}'
} >all.json
cp all.json input
for format in text json csv; do
    same --format "$format"
done
same --format json --only deny --only invalid --digest
same --expect was --no-summary
same --strict --only invalid
same all.json lines /no/such/file - lines --format json

awk 'BEGIN { for (i = 1; i <= 40000; i++) print "id=" i " subject=user role={owner} action=create resource=token token.count=" i % 9 (i % 5 ? "" : " odd") }' >all.kv
awk 'BEGIN {
    print "id,subject,action,resource,token.count,note";
    for (i = 1; i <= 40000; i++) print i ",user,create,token," i % 9 "," (i % 6 ? i : i % 12 ? "\"two\nlines, " i "\"" : "\"a \"\" quote\"");
}' >all.csv
printf 'id,,subject\n1,,user\n' >bad.csv
for format in text json csv; do
    same all.kv all.csv bad.csv all.kv lines --format "$format"
done
printf 'id,subject,action,resource,note\n1,user,read,entry,"open' >input
same --input csv
printf 'id,subject,action,resource,note\n1,user,read,entry,"open\n%s' "$(cat all.kv)" >input
same --input csv --format json

# More names of no meaning than are counted.
awk 'BEGIN { for (i = 1; i <= 9000; i++) print "{\"subject\": \"user\", \"action\": \"read\", \"resource\": \"entry\", \"a" i % 3000 "\": 1, \"b" i % 7 "\": 2}" }' >input
same --format json

# ---- less to do than threads ------------------------------------------------------------------------------------------------

printf '{"subject": "user", "action": "read", "resource": "entry"}' >input
same
same --format json - - -
printf '\n  \n\t\r\n' >input
same
: >input
same
same --input csv
same subject=user action=read resource=entry

# ---- what is no number of threads -------------------------------------------------------------------------------------------

cp lines input
for number in 0 -1 257 x 1x '' 18446744073709551617 1.5 +2; do
    ends 5 "'$number' is not a number of threads from 1 to 256" --jobs="$number"
done
ends 5 "option '-j' needs a value (N)" -j
"$RULECHECK" eval -p "$rules" -j256 <input >/dev/null 2>&1
verdict "256 threads are refused" $(($? != 3))
"$RULECHECK" explain -p "$rules" --jobs 2 subject=user 2>one.err
verdict "explain takes --jobs" $(($? != 5))

# ---- output that fails ------------------------------------------------------------------------------------------------------

cp all.json input
for jobs in 1 4; do
    { "$RULECHECK" eval -p "$rules" --jobs $jobs --format json <input 2>one.err; echo $? >status; } | head -n 1 >one.out
    [ "$(cat status)" -eq 5 ] && grep -q '^rulecheck: error: cannot write to standard output: Broken pipe' one.err
    verdict "a closed pipe is not told by $jobs threads" $?
    if [ -w /dev/full ]; then
        "$RULECHECK" eval -p "$rules" --jobs $jobs --format json <input >/dev/full 2>one.err
        [ $? -eq 5 ] && grep -q '^rulecheck: error: cannot write to standard output: No space left on device' one.err
        verdict "a full disk is not told by $jobs threads" $?
    fi
    ends 5 "cannot read '.*': Is a directory" --jobs $jobs lines .
done

# ---- an answer a request, for a caller that waits --------------------------------------------------------------------------

for jobs in 1 4; do
    coproc tool { "$RULECHECK" eval -p "$rules" --jobs $jobs --format json --no-summary 2>/dev/null; }
    answered=0
    for i in $(seq 1 30); do
        echo "{\"id\": $i, \"subject\": \"user\", \"action\": \"read\", \"resource\": \"entry\"}" >&"${tool[1]}"
        read -r -t 30 answer <&"${tool[0]}" && [[ $answer == "{\"id\": $i, "* ]] && answered=$((answered + 1))
    done
    exec {tool[1]}>&-
    wait
    verdict "$answered of 30 requests were answered at once by $jobs threads" $((answered != 30))
done

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
