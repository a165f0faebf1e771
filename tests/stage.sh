#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# One stage of 'make check-full', which runs it in the build tree:
#
#   stage.sh NAME CONFIGURE-ARGUMENT...   builds check-full/source in check-full/NAME and runs its tests
#   stage.sh dist                         runs 'make distcheck' here, by clang
#   stage.sh NAME --run COMMAND...        runs COMMAND, whose last line is 'N passed, N failed, N skipped'; it skips with 77, and
#                                         its lines that begin with '# ' are its figures
#
# It is ended after RCK_STAGE_SECONDS (1500).  Prints one line and the figures, and all there is to know if it fails; leaves the log in
# check-full/NAME.log and 'PASSED FAILED SKIPPED' in check-full/NAME.count.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
name=$1
shift
out=$PWD/check-full
log=$out/$name.log
make=${MAKE:-make}
started=$SECONDS

# in_time COMMAND...: a stage that hangs says so, instead of taking the time of all others.
in_time() {
    local seconds=${RCK_STAGE_SECONDS:-1500} status=0
    timeout --kill-after=10 "$seconds" "$@" >"$log" 2>&1 </dev/null || status=$?
    [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || echo "ended after $seconds s; RCK_STAGE_SECONDS gives it more" >>"$log"
    return "$status"
}

# shellcheck disable=SC2016 # for the other shell
build_and_check='cd "$1" && make=$2 && shift 2 && ../source/configure --quiet "$@" && $make && $make check'

# distcheck removes its tree when it is through, so what its tests found is read from its output.
count_dist() {
    awk '$1 == "#" && $2 ~ /^(PASS|XFAIL):$/ { p += $3 }
         $1 == "#" && $2 ~ /^(FAIL|XPASS|ERROR):$/ { f += $3 }
         $1 == "#" && $2 == "SKIP:" { s += $3 }
         END { print p + 0, f + 0, s + 0 }' "$log"
}

# What COMMAND says of itself in its last line; it is one test if it says nothing.
count_run() {
    awk -v status="$status" 'END {
        if ($0 ~ /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/) print $1, $3, $5
        else print status == 0, status != 0 && status != 77, status == 77 }' "$log"
}

status=0
if [ "${1-}" = --run ]; then
    in_time "${@:2}" || status=$?
    counts=$(count_run)
    if [ "$status" -eq 77 ]; then
        grep '^SKIP' "$log" || echo "SKIP: $name"
        status=0
    fi
elif [ "$name" = dist ]; then
    in_time "$make" distcheck DISTCHECK_CONFIGURE_FLAGS=CC=clang || status=$?
    counts=$(count_dist)
else
    rm -rf "${out:?}/$name" && mkdir "$out/$name"
    in_time bash -c "$build_and_check" - "$out/$name" "$make" "$@" || status=$?
    counts=$(bash "$here/count.sh" "$out/$name")
fi
read -r p f s <<<"$counts"
if [ "$status" -eq 0 ] && [ $((p + f + s)) -eq 0 ]; then
    echo "no test ran" >>"$log"
    status=1
fi
if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    f=1
fi
echo "$p $f $s" >"$out/$name.count"

if [ "$status" -ne 0 ]; then
    tail -n 60 "$log"
    find "$out/$name" -name test-suite.log -exec cat {} + 2>/dev/null || :
fi
# What all processes of the stage computed, in seconds: less than its time means idle cores.
times >"$out/$name.times" # of a subshell it would tell nothing
cpu=$(awk 'NR == 2 { split($1 " " $2, t, /[ms ]+/); print int(60 * (t[1] + t[3]) + t[2] + t[4]) }' "$out/$name.times")
rm -f "$out/$name.times"
printf '%-12s %d passed, %d failed, %d skipped in %d s, of %d s of CPU%s\n' "$name:" "$p" "$f" "$s" $((SECONDS - started)) "$cpu" \
    "$([ "$status" -eq 0 ] || echo "; the log is check-full/$name.log")"
[ "${1-}" != --run ] || sed -n 's/^# /    /p' "$log"
exit "$status"
