#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs the sessions badinput/*.session: bad policies, bad requests, failing files and command lines.  A session is
#
#     # a comment
#     $ a command of the shell
#     > its further lines
#     what it writes, to standard output and standard error
#     ? its exit code
#
# Each command runs in a folder of its own that holds badinput/*.rules, with little stack, memory and time.  UPDATE=1 writes the
# sessions anew from what the commands do; NAME... runs only these sessions.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
sessions=$(cd "$top_srcdir/tests/badinput" && pwd) || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C RULECHECK
unset NO_COLOR

# 128 KiB of stack and 1 GiB of memory; what the sanitizers add to both is not ours.
stack=128 seconds=10
if [ "${RCK_SANITIZERS-}" = yes ]; then
    stack=1024 seconds=60
    export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}hard_rss_limit_mb=1024:detect_stack_use_after_return=0"
fi

# ---- what the commands may use ------------------------------------------------------------------------------------------

rulecheck() {
    "$RULECHECK" "$@"
}

# repeat N TEXT
repeat() {
    yes "$2" | head -n "$1" | tr -d '\n'
}

# policy FORMAT: the head of a policy, and then FORMAT as printf writes it.
policy() {
    printf 'policy p;\ndefault allow;\nvocabulary {\n    subject user; role owner; action read, write;\n'
    # shellcheck disable=SC2059 # it is a format
    printf "    resource file; attribute size : int;\n}\n$1"
}

# request [KEY=VALUE]...: a request that is allowed, but for what the words say.
request() {
    local resource=tokens.management word rest=
    for word in "$@"; do
        case $word in
        resource=*) resource=${word#*=} ;;
        *) rest=$rest,\"${word%%=*}\":\"${word#*=}\" ;;
        esac
    done
    echo "{\"subject\":\"authtoken\",\"action\":\"read\",\"resource\":\"$resource\"$rest}"
}

# decide [OPTION]...: decides what is on standard input, after the first @ of each line became a request that is allowed.
decide() {
    sed 's/@/"subject":"authtoken","action":"read","resource":"tokens.management"/' |
        rulecheck eval -p tokens.rules --format json --no-summary "$@"
}

# noise N: N times 64 KiB of bytes that are always the same and look like none.
noise() {
    local i
    awk 'BEGIN { x = 20260325; for (i = 0; i < 65536; i++) { x = (x * 1103 + 12345) % 2147483; printf "%03o\n", int(x / 8) % 256 } }' |
        while read -r -d '' -n 4096 || [ -n "$REPLY" ]; do
            # shellcheck disable=SC2059,SC2086
            printf "$(printf '\\%s' $REPLY)"
        done >noise
    for ((i = 0; i < $1; i++)); do
        cat noise
        tr '\000-\377' '\001-\377\000' <noise >noise.next
        mv noise.next noise
    done
}

# uncounted: makes an N of each number of errors.
uncounted() {
    sed 's/^[0-9][0-9]* more errors /N more errors /; s/: [0-9][0-9]* errors$/: N errors/'
}

export -f rulecheck repeat policy request decide noise uncounted

# ---- running ------------------------------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0

# run COMMAND: writes what it writes, and '? CODE'.
run() {
    local code=0
    rm -rf "$work/run"
    mkdir "$work/run"
    cp "$sessions"/*.rules "$work/run"
    (
        cd "$work/run" || exit
        ulimit -s "$stack"
        [ "${RCK_SANITIZERS-}" = yes ] || ulimit -v 1048576
        timeout -k 1 "$seconds" bash -c "set -o pipefail; $1"
    ) </dev/null 2>&1 || code=$?
    echo "? $code"
}

# finish SESSION LINE COMMAND EXPECTED: a command with all that belongs to it was read.
finish() {
    run "$3" >"$work/got"
    printf '%s' "$4" >"$work/expected"
    if [ -n "${UPDATE-}" ]; then
        cat "$work/got" >>"$work/new"
    elif cmp -s "$work/expected" "$work/got"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1.session:$2: $3"
        diff -U 1000 "$work/expected" "$work/got" | tail -n +3 | cut -c 1-300
    fi
}

session() {
    local line number=0 command='' begin=0 expected=''
    : >"$work/new"
    while IFS= read -r line; do
        number=$((number + 1))
        case $line in
        '$ '*)
            [ -z "$command" ] || { echo "$1.session:$number: the command before has no exit code" && failed=$((failed + 1)); }
            command=${line#'$ '} begin=$number expected=''
            printf '%s\n' "$line" >>"$work/new"
            ;;
        '> '*)
            command+=$'\n'${line#'> '}
            printf '%s\n' "$line" >>"$work/new"
            ;;
        '? '*)
            finish "$1" "$begin" "$command" "$expected$line"$'\n'
            command=''
            ;;
        *)
            if [ -n "$command" ]; then
                expected+=$line$'\n'
            elif [ -n "$line" ] && [[ $line != '#'* ]]; then
                echo "$1.session:$number: belongs to no command" && failed=$((failed + 1))
            else
                printf '%s\n' "$line" >>"$work/new"
            fi
            ;;
        esac
    done <"$sessions/$1.session"
    [ -z "$command" ] || { echo "$1.session:$number: the last command has no exit code" && failed=$((failed + 1)); }
    [ -z "${UPDATE-}" ] || cp "$work/new" "$sessions/$1.session"
}

if [ $# -eq 0 ]; then
    for file in "$sessions"/*.session; do
        file=${file##*/}
        set -- "$@" "${file%.session}"
    done
fi
for name in "$@"; do
    session "$name"
done
[ -z "${UPDATE-}" ] || { echo "wrote $*" && exit 0; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
