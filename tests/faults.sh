#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'faults' of 'make check-full': every read, open, close, write and rename that the tool does on its files fails, one at a time
# (and with EIO also all from one on), with EIO, ENOSPC, EINTR or EMFILE, by strace.  Then it must end with 5, or have done as if nothing had
# happened; what it says must not be cut off with another exit code.  'compile -o' is also killed at each of its calls: the file is the
# old one or the new one, whole.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
if ! command -v strace >/dev/null 2>&1 || ! strace -o /dev/null true 2>/dev/null; then
    echo "SKIP: there is no strace, or it may not trace"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
passed=0 failed=0 injected=0 told=0
cp "$top_srcdir/rules/contentstack/management-tokens.rules" p.rules
head -n 4 "$top_srcdir/rules/contentstack/sample-requests.jsonl" >r.jsonl
printf 'include "p.rules";\n' >i.rules
"$RULECHECK" compile p.rules -o p.saved

complain() {
    failed=$((failed + 1))
    [ "$failed" -gt 10 ] || printf 'FAILED: %s\n' "$*"
}

# try FILE COMMAND...: faults on FILE, which the command reads or, as 'out', writes.
try() {
    local file=$1 call error when status clean=0 how
    shift
    rm -f out
    "$@" >out 2>err || clean=$?
    cp out expected
    for call in openat read write close rename; do
        case $call in
        openat) error="EIO EMFILE EINTR" ;;
        write) error="EIO ENOSPC EINTR" ;;
        *) error="EIO EINTR" ;;
        esac
        for error in $error; do
            for how in '' +; do
                [ "$error$how" = "$error" ] || [ "$error" = EIO ] || continue
                for when in 1 2 3 4; do
                    rm -f out trace
                    status=0
                    strace -qq -f -o trace -P "$work/$file" -P "$file" -e trace="$call" -e inject="$call:error=$error:when=$when$how" \
                        "$@" >out 2>err </dev/null || status=$?
                    grep -q INJECTED trace || break
                    injected=$((injected + 1))
                    if [ "$status" -eq 5 ]; then
                        told=$((told + 1)) passed=$((passed + 1))
                        [ -s err ] || [ "$file" = out ] || complain "$call:$error:when=$when$how of $file: nothing is told by: $*"
                    elif [ "$status" -eq "$clean" ] && cmp -s out expected; then
                        passed=$((passed + 1))
                    else
                        complain "$call:$error:when=$when$how of $file: exit code $status by: ${*##*/}; $(head -n 1 err)"
                    fi
                done
            done
        done
    done
}

try p.rules "$RULECHECK" check p.rules
try p.rules "$RULECHECK" check i.rules
try p.rules "$RULECHECK" eval -p p.rules r.jsonl
try r.jsonl "$RULECHECK" eval -p p.rules r.jsonl
try r.jsonl "$RULECHECK" eval -p p.rules --jobs 2 r.jsonl
try out "$RULECHECK" eval -p p.rules r.jsonl
try out "$RULECHECK" list -p p.rules
try p.saved "$RULECHECK" eval -p p.saved r.jsonl
try p.rules "$RULECHECK" compile p.rules -o p.new
try p.rules "$RULECHECK" test p.rules
try p.rules "$RULECHECK" table p.rules

# ---- killed while it writes ---------------------------------------------------------------------------------------------

printf 'what was there before' >old
killed=0
for call in openat read write close rename fsync fdatasync unlink fchmod; do
    for when in {1..40}; do
        cp old target
        status=0
        strace -qq -o trace -e trace="$call" -e inject="$call:signal=KILL:when=$when" "$RULECHECK" compile p.rules -o target >/dev/null 2>&1 </dev/null ||
            status=$?
        [ "$status" -eq 137 ] || break
        killed=$((killed + 1))
        if cmp -s target old || cmp -s target p.saved; then
            passed=$((passed + 1))
        else
            complain "killed at $call $when, compile -o leaves a file that is neither the old one nor the new one"
        fi
    done
done
echo "# $injected failed calls, of which $told are told with exit code 5, and $killed kills"
[ "$injected" -gt 50 ] && [ "$killed" -gt 10 ] || complain "hardly a call was met"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
