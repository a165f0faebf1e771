#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'fuzz' of 'make check-full', which runs it in the build tree: builds check-full/source with clang's libFuzzer and both
# sanitizers in check-full/fuzz, and runs every target so many times as stands below, or RCK_FUZZ_RUNS times, two at a time, starting
# from its seeds.
#
# What ends a run is saved in tests/fuzz/regress/TARGET-*, from where tests/fuzz.sh takes it.  Leaves the logs in
# check-full/fuzz-TARGET.log.

set -euo pipefail

out=$PWD/check-full
regress=$PWD/tests/fuzz/regress
make=${MAKE:-make}

# More than five millions together; what is tried quickest gets most of them.  Policies are tried from their seeds on twice: what is
# found makes them slower from one to the next.
targets="policy policy-2 json text forms http har saved"
runs() {
    case $1 in
    policy*) echo "${RCK_FUZZ_RUNS:-150000}" ;;
    json) echo "${RCK_FUZZ_RUNS:-1000000}" ;;
    saved) echo "${RCK_FUZZ_RUNS:-1750000}" ;;
    *) echo "${RCK_FUZZ_RUNS:-500000}" ;;
    esac
}
passed=0 failed=0 executed=0

# Without trace-cmp, which makes a policy take twice as long: the dictionaries know the words.
build() {
    rm -rf "$out/fuzz"
    mkdir "$out/fuzz" && cd "$out/fuzz" &&
        ../source/configure --quiet --enable-werror --enable-sanitizers CC=clang \
            CFLAGS='-O1 -g -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp' &&
        $make -j2 FUZZ_MAIN=-fsanitize=fuzzer tests/fuzz_policy tests/fuzz_json tests/fuzz_text tests/fuzz_forms tests/fuzz_http tests/fuzz_har tests/fuzz_saved rulecheck
}

(build)

# Without entropic, which spends two thirds of the time on how rare a feature is, and finds as much in as many inputs.
# fuzz TARGET: the corpus that grows stays in the build tree.  The seeds of 'saved' are made there, and it has no words.
fuzz() {
    local target=${1%-2}
    local seeds=$out/source/tests/fuzz/$target words=(-dict="$out/source/tests/fuzz/$target.dict" -max_len=2048)
    if [ "$1" = saved ]; then
        seeds=$out/fuzz/seeds words=(-max_len=65536)
        mkdir -p "$seeds"
        for file in "$out"/source/tests/fuzz/policy/ok-*.rules; do
            "$out/fuzz/rulecheck" compile --limit cells=64 "$file" -o "$seeds/$(basename "$file")"
        done
    fi
    mkdir -p "$out/fuzz/corpus/$1" "$regress"
    RCK_FUZZ_POLICY=$out/source/rules/contentstack/management-tokens.rules \
        "$out/fuzz/tests/fuzz_$target" -entropic=0 -runs="$(runs "$1")" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
        "${words[@]}" -artifact_prefix="$regress/$target-" "$out/fuzz/corpus/$1" "$seeds"
}

# Fuzzes one target after the other, and notes how each ended.
fuzz_all() {
    local target status
    for target; do
        status=0
        (fuzz "$target") >"$out/fuzz-$target.log" 2>&1 </dev/null || status=$?
        echo "$status" >"$out/fuzz-$target.status"
    done
}

# Two at a time.
fuzz_all policy text har http &
fuzz_all policy-2 json forms saved
wait

for target in $targets; do
    status=$(cat "$out/fuzz-$target.status")
    n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/fuzz-$target.log")
    executed=$((executed + ${n:-0}))
    echo "# fuzz_$target: ${n:-no} inputs" >>"$out/fuzz.log"
    if [ "$status" -eq 0 ] && [ "${n:-0}" -ge "$(runs "$target")" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "fuzz_$target: failed after ${n:-no} inputs"
        tail -n 60 "$out/fuzz-$target.log"
    fi
done
echo "# $executed inputs"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
