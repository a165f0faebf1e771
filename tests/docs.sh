#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The documents tell the truth: every command that they show is run, and all that it writes compared with what they show.
# UPDATE=1 writes what is true into the documents instead.  In Markdown a block's first line says what it is:
#
#   ```console        '$ COMMAND', '> ' and more of it, then what it writes (standard output and standard error together), then
#                     '# exit N' if its exit status is not 0
#   ```LANG NAME      is written to the file NAME before the commands that follow are run
#   ```LANG = FILE    is the whole of FILE of the source tree
#   ```LANG in FILE   stands in FILE like this, line for line
#   ```sh, ```text    is not looked at
#
# C that is written to a file compiles as C11 and as C++ without a warning.
#
# In a manual page the literal displays under EXAMPLES are ```console, or what a line '.\" = LANG NAME' before them says.  The commands of a document are run one after the other
# in a folder of its own, which has the source tree's rules/, and tests/example.c compiled as 'example'.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${RULECHECK:?}" "${CC:?}"
documents=(README.md rules/LANGUAGE.md rules/README.md tools/rulecheck.1 tools/librulecheck.3)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$RULECHECK" "$work/bin/rulecheck"
export PATH=$work/bin:$PATH
rulecheck --version >/dev/null

archive=$top_builddir/.libs/librck_all.a
[ -e "$archive" ] || archive=$top_builddir/librck_all.a

# What a reader has who has installed the library: 'cc', and a pkg-config that finds it.
printf '#!/bin/sh\nexec %s %s "$@"\n' "$CC" "${CFLAGS-}" >"$work/bin/cc"
printf '#!/bin/sh\necho "-I%s %s"\n' "$(cd "$top_srcdir/engine" && pwd)" "$(cd "${archive%/*}" && pwd)/${archive##*/}" >"$work/bin/pkg-config"
chmod +x "$work/bin/cc" "$work/bin/pkg-config"
# shellcheck disable=SC2046 # words
cc -o "$work/bin/example" "$top_srcdir/tests/example.c" $(pkg-config --cflags --libs librulecheck)

passed=0 failed=0

pass() {
    passed=$((passed + 1))
}

# fail LINE WHAT...
fail() {
    echo "$document:$1: ${*:2}"
    failed=$((failed + 1))
}

# The lines of a text as they stand in the document, and back.
encode() {
    case $document in
    *.md) cat ;;
    *) sed -e 's/\\/\\e/g' -e "s/^[.']/\\\\\\&&/" ;;
    esac
}
decode() {
    case $document in
    *.md) cat ;;
    *) sed -e 's/^\\&//' -e 's/\\e/\\/g' ;;
    esac
}

# check_command LINE: the one in the file 'command', whose output is in the file 'shown'.
check_command() {
    local status=0
    (cd "$scratch" && bash "$work/command") >"$work/got" 2>&1 </dev/null || status=$?
    [ ! -s "$work/got" ] || [ -z "$(tail -c 1 "$work/got")" ] || echo >>"$work/got"
    [ "$status" -eq 0 ] || echo "# exit $status" >>"$work/got"
    cat "$work/got" >>"$work/true"
    n_commands=$((n_commands + 1))
    if [ "${UPDATE-}" = 1 ] || diff -u --label "shown in $document" --label got "$work/shown" "$work/got"; then
        pass
    else
        fail "$1" "this is not what '$(head -n 1 "$work/command")' does"
    fi
}

# check_console LINE: the commands in the file 'block', whose first line is the one after LINE.
check_console() {
    local line number=$1 begun=0 continues=no
    : >"$work/true"
    while IFS= read -r line; do
        number=$((number + 1))
        case $continues:$line in
        *:'$ '*)
            [ "$begun" -eq 0 ] || check_command "$begun"
            begun=$number continues=yes
            printf '%s\n' "${line#??}" >"$work/command"
            : >"$work/shown"
            ;;
        yes:'> '*)
            printf '%s\n' "${line#??}" >>"$work/command"
            ;;
        *)
            continues=no
            printf '%s\n' "$line" >>"$work/shown"
            [ "$begun" -ne 0 ] || fail "$number" "output of no command"
            continue
            ;;
        esac
        printf '%s\n' "$line" >>"$work/true"
    done < <(decode <"$work/block")
    if [ "$begun" -ne 0 ]; then
        check_command "$begun"
    else
        fail "$1" "a console without a command"
    fi
    encode <"$work/true" >>"$work/new"
}

# check_source LINE FILE: a program in C that is also one in C++.
check_source() {
    local warnings="-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I$top_srcdir/engine"
    # These are lists of words.
    # shellcheck disable=SC2086
    if ! $CC -std=c11 $warnings "$scratch/$2"; then
        fail "$1" "$2 does not compile as C11"
    elif [ -n "${CXX-}" ] && ! $CXX -std=c++11 -x c++ $warnings "$scratch/$2"; then
        fail "$1" "$2 does not compile as C++11"
    else
        pass
    fi
}

# check_block LINE KIND...: the text in the file 'block'.
check_block() {
    local at=$1 file=${4-}
    shift
    case $#:$* in
    1:console)
        check_console "$at"
        return
        ;;
    1:sh | 1:text) ;;
    2:*/* | 2:*' .'*) fail "$at" "'$2' is no name of a file in the scratch folder" ;;
    2:*)
        cp "$work/block" "$scratch/$2"
        [ "$1" != c ] || check_source "$at" "$2"
        ;;
    3:*' = '*)
        [ "${UPDATE-}" != 1 ] || cat "$top_srcdir/$file" >"$work/block"
        if diff -u --label "shown in $document" --label "$file" "$work/block" "$top_srcdir/$file"; then
            pass
        else
            fail "$at" "this is not $file"
        fi
        ;;
    3:*' in '*)
        case $'\n'$(cat "$top_srcdir/$file")$'\n' in
        *$'\n'"$(cat "$work/block")"$'\n'*) pass ;;
        *) fail "$at" "this does not stand in $file" ;;
        esac
        ;;
    *) fail "$at" "this is no kind of block: '$*'" ;;
    esac
    encode <"$work/block" >>"$work/new"
}

# check_document FIRST LAST: the regular expressions match the lines around a block.
check_document() {
    local line number=0 begun=0 section=
    local -a kind=()
    : >"$work/new"
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        if [ "$begun" -eq 0 ]; then
            printf '%s\n' "$line" >>"$work/new"
            if [[ $line == '.Sh '* ]]; then
                section=${line#.Sh }
            elif [[ $line =~ $1 && $document == *.md ]]; then
                begun=$number
                read -ra kind <<<"${BASH_REMATCH[1]}"
            elif [[ $line =~ $1 && $section == EXAMPLES ]]; then
                begun=$number
                [ "${#kind[@]}" -gt 0 ] || kind=(console)
            elif [[ $line == '.\" = '* && $document != *.md ]]; then
                read -ra kind <<<"${line#'.\" = '}"
            fi
            : >"$work/block"
        elif [[ $line =~ $2 ]]; then
            [ "${kind[0]}" = console ] || { decode <"$work/block" >"$work/decoded" && mv "$work/decoded" "$work/block"; }
            check_block "$begun" "${kind[@]}"
            printf '%s\n' "$line" >>"$work/new"
            begun=0 kind=()
        else
            printf '%s\n' "$line" >>"$work/block"
        fi
    done <"$top_srcdir/$document"
    if [ "$begun" -ne 0 ]; then
        fail "$begun" "a block that does not end"
    elif [ "${UPDATE-}" = 1 ] && ! cmp -s "$work/new" "$top_srcdir/$document"; then
        cat "$work/new" >"$top_srcdir/$document"
        echo "$document: updated"
    fi
}

for document in "${documents[@]}"; do
    scratch=$work/scratch/$document
    mkdir -p "$scratch"
    ln -s "$top_srcdir/rules" "$scratch/rules"
    ln -s "$work/bin/example" "$scratch/example"
    n_commands=0
    case $document in
    *.md) check_document '^```(.*)$' '^```$' ;;
    *) check_document '^\.Bd -literal' '^\.Ed$' ;;
    esac
    [ "$n_commands" -gt 0 ] || fail 1 "it shows no command"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
