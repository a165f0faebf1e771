#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What goes into the tool and comes out of it: tests/io.txt is a transcript of commands, with all that they write, run again here
# from its beginning to its end in one scratch folder.  UPDATE=1 writes what is true into it instead.
#
#   $ COMMAND      a command for bash; further lines of it begin with "> "
#   [exit N]       behind its output, if it does not end with 0
#   ~              an empty line of output; ~ stands also before output that looks like one of these
#   # ...          a comment, between commands

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
transcript=$top_srcdir/tests/io.txt
mkdir "$work/bin" "$work/here"
ln -s "$RULECHECK" "$work/bin/rulecheck"
cp "$top_srcdir/tests/io.rules" "$top_srcdir/tests/io-bad.rules" "$work/here"
chmod u+w "$work/here"/*
export PATH=$work/bin:$PATH NO_COLOR=1 TERM=dumb
cd "$work/here" || exit
: >"$work/new"
: >"$work/old-block"
passed=0
failed=0

# Runs the command that was collected, and compares what it writes with what the transcript says.
finish() {
    local status=0
    [ -n "$command" ] || return 0
    cp "$work/head" "$work/block"
    bash -c "$command" >"$work/output" 2>&1 </dev/null || status=$?
    sed -E 's/^$/~/; s/^([#$>] )/~\1/' "$work/output" >>"$work/block"
    if [ -s "$work/output" ] && [ -n "$(tail -c 1 "$work/output")" ]; then
        echo >>"$work/block"
        echo "[no end of line]" >>"$work/block"
    fi
    [ "$status" -eq 0 ] || echo "[exit $status]" >>"$work/block"
    cat "$work/block" >>"$work/new"
    if cmp -s "$work/block" "$work/old-block"; then
        passed=$((passed + 1))
    elif [ "${UPDATE-}" != 1 ]; then
        failed=$((failed + 1))
        diff -u --label expected --label got "$work/old-block" "$work/block"
    fi
    command=
}

command=
heading=
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '$ '*)
        finish
        command=${line#'$ '}
        heading=1
        printf '%s\n' "$line" >"$work/head"
        printf '%s\n' "$line" >"$work/old-block"
        ;;
    '> '* | '>')
        if [ -n "$heading" ]; then
            line=${line#'>'}
            command+=$'\n'${line#' '}
            printf '>%s\n' "$line" >>"$work/head"
            printf '>%s\n' "$line" >>"$work/old-block"
        else
            printf '%s\n' "$line" >>"$work/old-block"
        fi
        ;;
    '# '* | '')
        finish
        printf '%s\n' "$line" >>"$work/new"
        ;;
    *)
        heading=
        printf '%s\n' "$line" >>"$work/old-block"
        ;;
    esac
done <"$transcript"
finish
if [ "${UPDATE-}" = 1 ]; then
    cmp -s "$work/new" "$transcript" || { cat "$work/new" >"$transcript" && echo "tests/io.txt: updated"; }
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "${UPDATE-}" = 1 ] || { [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; }
