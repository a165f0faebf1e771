#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'static' of 'make check-full': what reads the hand-written C of the library and of the tool without running it.
#
#   gcc        -fanalyzer
#   clang      --analyze, up to so many states of a function as stands below
#   cppcheck   warnings, portability, performance
#   tidy       clang-tidy, as .clang-tidy says
#   symbols    tests/hygiene.sh, symbols.sh and layers.sh: what the library calls and exports, who includes whom
#
# Each analyser first has to find what is wrong in a file with planted faults.  A finding that is no fault is a line of
# tests/static.accepted, with its reason; the others fail.  '... static.sh gcc tidy' runs only these.

set -uo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
build=$(cd "$top_builddir" && pwd)
export out=$build/check-full/static
rm -rf "$out" && mkdir -p "$out" && cd "$top_srcdir" || exit 1
# RCK_RULES_DIR and RCK_UNINSTALLED_RULES are strings; any will do.
flags="-DHAVE_CONFIG_H -DRCK_RULES_DIR=PACKAGE -DRCK_UNINSTALLED_RULES=PACKAGE -I$build -iquote $build/grammar -iquote grammar -iquote engine"
export flags
files=()
for file in engine/*.c grammar/*.c tools/*.c; do
    case $file in grammar/parse.c | grammar/scan.c) ;; *) files+=("$file") ;; esac
done
planted=$out/planted.c
cat >"$planted" <<'END'
#include <stdlib.h>
int beyond(int n);
int freed(int n);
int twins(int n);
int
beyond(int n)
{
    int a[10];

    a[10] = n;
    return a[10];
}
int
freed(int n)
{
    int *p = malloc(sizeof *p);

    if (p == NULL)
        return 0;
    *p = n;
    free(p);
    return *p;
}
int
twins(int n)
{
    if (n > 1) {
        n--;
    } else {
        n--;
    }
    return n;
}
END
passed=0 failed=0 skipped=0

analyse_gcc() { gcc $flags -std=c17 -pthread -O1 -fanalyzer -c -o /dev/null "$1"; }
analyse_clang() {
    clang $flags -std=c17 -pthread --analyze -Xclang -analyzer-config -Xclang max-nodes=30000 --analyzer-output text -o /dev/null "$1"
}
analyse_tidy() { clang-tidy --quiet --config-file=.clang-tidy "$1" -- $flags -std=c17 -pthread | sed "s|^$PWD/||"; }
analyse_cppcheck() {
    cppcheck -q --std=c11 -D__SIZEOF_INT128__=16 --enable=warning,portability,performance --suppress=missingIncludeSystem --error-exitcode=0 \
        --template='{file}:{line}: {severity}: {message} [{id}]' ${flags//-iquote /-I} "$1"
}
export -f analyse_gcc analyse_clang analyse_tidy analyse_cppcheck

# What an analyser says in its log, as FILE:LINE: KIND: TEXT [CHECK], each once.
findings() {
    sed -E 's/^([^ :]+:[0-9]+):[0-9]+: /\1: /; s|^[a-z]+/\.\./||' "$out/$1.log" | grep -E '^[^ :]+:[0-9]+: (warning|error|portability|performance|fatal error): ' | sort -u
}

# judge NAME: prints the findings that no line of tests/static.accepted is about, and the lines that are about none.  Such a line is
# analyser, file, check, a part of the line of code, and why, with tabs between them.
judge() {
    findings "$1" | awk -v name="$1" -F '\t' '
        FNR == NR { if ($0 !~ /^#/ && $1 == name) { n++; file[n] = $2; check[n] = $3; part[n] = $4 } next }
        {
            split($0, at, ":")
            while (!(at[1] in read) && (getline line < at[1]) > 0)
                code[at[1], ++lines[at[1]]] = line
            read[at[1]]; known = 0
            for (i = 1; i <= n; i++)
                if (file[i] == at[1] && index($0, "[" check[i]) && index(code[at[1], at[2]], part[i])) { known = 1; seen[i] }
            if (!known) print "finding: " $0 "\n    " code[at[1], at[2]]
        }
        END { for (i = 1; i <= n; i++) if (!(i in seen)) print "not found any more: " file[i] " " check[i] " " part[i] }' tests/static.accepted -
}

# run NAME PROGRAM PLANTED-CHECK
run() {
    local accepted
    if ! command -v "$2" >/dev/null 2>&1; then
        echo "SKIP: $1: there is no $2"
        skipped=$((skipped + 1))
        return
    fi
    if [[ $("analyse_$1" "$planted" 2>&1) != *"[$3"* ]]; then
        echo "FAILED: $1 does not see what is wrong in $planted"
        failed=$((failed + 1))
        return
    fi
    # shellcheck disable=SC2016 # expanded there
    if ! printf '%s\n' "${files[@]}" | xargs -P"$(nproc)" -n1 bash -c 'set -o pipefail; analyse_'"$1"' "$1" >"$out/'"$1"'-${1//\//-}.log" 2>&1' -; then
        echo "FAILED: $1 does not run through"
        tail -n 5 "$out/$1"-*.log
        failed=$((failed + 1))
        return
    fi
    cat "$out/$1"-*.log >"$out/$1.log"
    judge "$1" >"$out/$1.judged"
    cat "$out/$1.judged"
    if grep -q '^finding: ' "$out/$1.judged"; then
        failed=$((failed + 1))
        return
    fi
    accepted=$(grep -c "^$1	" tests/static.accepted)
    passed=$((passed + ${#files[@]}))
    echo "# $1 ($("$2" --version 2>&1 | grep -oE '[0-9]+\.[0-9.]+' | head -n 1)): ${#files[@]} files, $accepted findings accepted"
}

[ $# -gt 0 ] || set -- gcc clang cppcheck tidy symbols
for tool in "$@"; do
    case $tool in
    gcc) run gcc gcc -Wanalyzer-use-after-free ;;
    clang) run clang clang unix.Malloc ;;
    cppcheck) run cppcheck cppcheck arrayIndexOutOfBounds ;;
    tidy) run tidy clang-tidy bugprone-branch-clone ;;
    symbols)
        for script in hygiene symbols layers; do
            if bash "tests/$script.sh" >"$out/$script.log" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)) && cat "$out/$script.log"; fi
        done
        ;;
    *) echo "static.sh: there is no '$tool'" && exit 2 ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
