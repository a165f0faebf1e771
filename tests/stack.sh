#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Everything fits into a stack of 128 KiB: the unit tests, the differential test, and the tool on inputs that are as deep and as
# large as the limits allow, or more.

set -euo pipefail
: "${top_builddir:?}" "${top_srcdir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

# KiB; the most that 'nesting' can be raised to takes more, and so do the frames that sanitizers make.
small=128 large=1024
[ "${RCK_SANITIZERS:-no}" != yes ] || small=4096 large=16384
stack=$small

# small_stack EXPECTED-STATUS WHAT COMMAND...
small_stack() {
    local expected=$1 what=$2 status=0
    shift 2
    (ulimit -s "$stack" && exec "$@") >"$work/out" 2>&1 </dev/null || status=$?
    if [ "$status" -eq "$expected" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what: status $status and not $expected"
        tail -n 5 "$work/out" | cut -c 1-200
    fi
}

# repeat N TEXT
repeat() {
    printf "%*s" "$1" '' | sed "s/ /$2/g"
}

head='policy p; default allow; vocabulary { subject s; role r; action a; resource b; attribute f : bool; attribute n : int; }'

# clause FILE EXPRESSION
clause() {
    printf '%s\nc: deny when %s;\n' "$head" "$2" >"$work/$1"
}

for test in unit_json unit_diag; do
    if [ -x "$top_builddir/tests/$test" ]; then
        small_stack 0 "$test" env CK_FORK=no "$top_builddir/tests/$test"
    else
        skipped=$((skipped + 1))
    fi
done
small_stack 0 differential "$top_builddir/tests/differential" 400

# As deep as the limit allows, and much deeper.
clause nots "$(repeat 199 'not ')f"
clause parentheses "$(repeat 199 '(')f$(repeat 199 ')')"
clause ands "f$(repeat 199 ' and f')"
clause mixed "$(repeat 66 'not (f or ')n > 1$(repeat 66 ')')"
for form in nots parentheses ands mixed; do
    small_stack 0 "$form, at the limit" "$RULECHECK" check -W no-unused "$work/$form"
    small_stack 0 "$form, at the limit, table" "$RULECHECK" table -p "$work/$form"
    small_stack 2 "$form, at the limit, a decision" "$RULECHECK" eval -p "$work/$form" subject=s action=a resource=b
done
clause nots "$(repeat 100000 'not ')f"
clause parentheses "$(repeat 100000 '(')f$(repeat 100000 ')')"
clause ands "f$(repeat 100000 ' and f')"
clause mixed "$(repeat 30000 'not (f or ')f$(repeat 30000 ')')"
clause open "$(repeat 100000 '{(')"
for form in nots parentheses ands mixed open; do
    small_stack 4 "$form, too deep" "$RULECHECK" check "$work/$form"
    stack=$large
    small_stack 4 "$form, too deep, without the limit" "$RULECHECK" check --limit nesting=1000000 "$work/$form"
    stack=$small
done
stack=$large
clause ands "f$(repeat 999 ' and f')"
clause nots "$(repeat 999 'not ')f"
small_stack 1 "1,000 terms" "$RULECHECK" check --limit nesting=1000 "$work/ands"
small_stack 1 "1,000 negations" "$RULECHECK" check --limit nesting=1000 "$work/nots"
stack=$small

# Wide: many names, clauses, members, cells, errors.
{
    echo 'policy p; default allow; vocabulary { subject s; role r; action a; resource b'
    seq -f ', b.n%.0f' 20000
    echo '; resource wide = b'
    seq -f ', b.n%.0f' 20000
    echo '; attribute f : bool; }'
    seq -f 'c%.0f: s cannot a b.n1 when f;' 3000
    echo 'd: deny when resource in { wide };'
} >"$work/wide"
small_stack 1 "wide" "$RULECHECK" check "$work/wide"
{
    echo "$head"
    seq 20000 | sed 's/.*/c&: deny when x&;/'
} >"$work/errors"
small_stack 4 "20,000 errors" "$RULECHECK" check --max-errors 30000 "$work/errors"
head -c 3000000 /dev/zero | tr '\0' 'x' >"$work/line"
small_stack 4 "a line of 3 MB" "$RULECHECK" check "$work/line"
{
    echo "$head"
    printf 'c: deny when f cites "%s";\n' "$(head -c 1000000 /dev/zero | tr '\0' 'y')"
} >"$work/text"
small_stack 1 "a text of 1 MB" "$RULECHECK" check "$work/text"
chain='resource z0 = b'
for i in $(seq 1 3000); do
    chain="$chain; resource z$i = z$((i - 1))"
done
printf '%s\nc: s cannot use z3000;\n' "${head%\}} $chain; }" >"$work/chain"
small_stack 1 "a chain of named sets" "$RULECHECK" check "$work/chain"

# Requests.
deep() {
    printf '{"subject":"s","action":"a","resource":"b","f":false,"x":%s%s}\n' "$(repeat "$1" "$2")" "$(repeat "$1" "$3")"
}
clause plain f
deep 62 '[' ']' >"$work/arrays"
deep 100000 '[' ']' >"$work/too-deep"
printf '{"subject":"s","action":"a","resource":"b","f":false%s}\n' "$(seq -f ',"k%.0f":[{}]' 40000 | tr -d '\n')" >"$work/keys"
small_stack 0 "arrays" "$RULECHECK" eval -p "$work/plain" "$work/arrays"
small_stack 3 "arrays, too deep" "$RULECHECK" eval -p "$work/plain" "$work/too-deep"
small_stack 0 "40,000 keys" "$RULECHECK" eval -p "$work/plain" "$work/keys"
small_stack 0 "the shipped policy" "$RULECHECK" test "$top_srcdir/rules/contentstack/management-tokens.rules"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
