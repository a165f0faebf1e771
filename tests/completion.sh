#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tools/rulecheck.bash, sourced: what it offers for a command line is what the tool knows, no more and no less.

set -euo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/files"
ln -s "$RULECHECK" "$work/bin/rulecheck"
PATH=$work/bin:$PATH
# shellcheck source=tools/rulecheck.bash
. "$top_srcdir/tools/rulecheck.bash"
complete -p rulecheck | grep -q _rulecheck || { echo "sourcing it registers nothing"; exit 1; }
cd "$work/files"
: >one.rules
: >two.csv
: >'two words.json'
passed=0
failed=0

# offered WORD...: what is offered for the last one, sorted, on one line.
offered() {
    COMP_WORDS=(rulecheck "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _rulecheck || :
    printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ' -
}

# is EXPECTED WORD...
is() {
    local expected=$1 got
    shift
    got=$(offered "$@")
    if [ "$got" = "$expected" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'rulecheck %s\n    offers   %s\n    and not  %s\n' "$*" "$got" "$expected"
    fi
}

is "check compile diff eval explain gen help list prove route table test trace who" ""
is "eval explain" e
is "table test trace" t
is "" x
is "" --zz
is "csv json text" eval --format ""
is "json line sarif text" check --format ""
is "json junit tap text" test --format ""
is "json text" list --format ""
is "json" eval --format j
is "json" eval --format = j
is "csv json text" eval --format =
is "csv har json kv log" eval --input ""
is "allow deny indeterminate invalid" eval --only ""
is "invalid" eval --only inv
is "always auto never" eval --color ""
is "" eval --param m
is "--input" eval --in
is "--facts --format" eval file.json --f
is "one.rules" check o
is "one.rules" compile o
is "one.rules" compile -o o
is "one.rules" eval -p o
is "one.rules" eval --policy o
is "two words.json two.csv" eval t
is "clauses codes" list c
is "results" help res
is "unknown-name" help unknown-na
is "cells=" eval --limit ce
is "covered" check -W cov

# The option lists are the tool's; the words of options are those that the tool accepts.
for subcommand in check eval explain test table list compile help; do
    is "$("$RULECHECK" "$subcommand" --help | sed -n '/^options:/,/^$/p' | grep -oE '^ +(-[a-zA-Z]\b)?(, )? *(--[a-z-]+)?' |
        tr -d ', ' | sed -E 's/^(-[a-zA-Z])(--.*)/\1\n\2/' | grep . | sort | paste -sd ' ' -)" "$subcommand" -
    case $subcommand in compile | help) continue ;; esac
    for format in $(offered "$subcommand" --format ""); do
        status=0
        "$RULECHECK" "$subcommand" --format "$format" --help >/dev/null 2>&1 || status=$?
        is_known=$("$RULECHECK" "$subcommand" --format no-such 2>&1 || :)
        if [ "$status" -eq 0 ] && [[ $is_known == *"$format"* ]]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "'$subcommand' has no format '$format'"
        fi
    done
done
for word in $(offered help ""); do
    if "$RULECHECK" help "$word" >/dev/null 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "there is no help on '$word'"
    fi
done
for topic in $("$RULECHECK" help help | tr -d '.,()' | grep -oE '(requests|results|policy|cases|formats|limits|exit-codes|codes)\b' | sort -u); do
    is "$topic" help "$topic"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
