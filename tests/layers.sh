#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Who may include whom: engine/ only itself; grammar/ itself and engine/; tools/ itself and rulecheck.h.  uthash.h only by way of
# engine/symbols.[ch], which tames it.  No header has the name of one of the C library's: #include_next would find it in its place.

set -euo pipefail
cd "${top_srcdir:?}"
bad=0

complain() {
    echo "$1: $2 [$3]"
    bad=1
}

# The folder and name of what FILE includes as "NAME": beside it, or where -iquote leads.
resolve() {
    local dir=${1%/*} name=$2 place
    case ${name##*/} in
    config.h) echo config.h && return ;;
    parse.h) echo grammar/parse.h && return ;; # made, and maybe elsewhere
    esac
    for place in "$dir" engine grammar tools .; do
        if [ -f "$place/$name" ]; then
            place=$(cd "$(dirname "$place/$name")" && pwd)
            echo "${place#"$PWD/"}/${name##*/}"
            return
        fi
    done
    echo "nowhere/$name"
}

for header in engine/*.h grammar/*.h tools/*.h; do
    # CC may be a command with options.
    # shellcheck disable=SC2086
    if echo "#include <${header##*/}>" | ${CC:?} -E -x c - >/dev/null 2>&1; then
        complain "$header" "the C library has a header of this name" "${header##*/}"
    fi
done

n_files=0
for file in engine/*.[ch] grammar/*.[chly] grammar/*.def tools/*.[ch]; do
    case $file in
    *'*'*) complain "$file" "no such files" "layers.sh looks in the wrong place" && continue ;;
    grammar/parse.[ch] | grammar/scan.c) continue ;;
    esac
    n_files=$((n_files + 1))
    dir=${file%/*}
    while IFS= read -r line; do
        name=$(sed -E 's/^[^"<]*["<]([^">]*)[">].*/\1/' <<<"$line")
        case $file:$name in
        engine/symbols.[ch]:*uthash.h) continue ;;
        *:*uthash.h | *:utlist.h | *:utarray.h | *:utstring.h) complain "$file" "only engine/symbols.[ch] includes it" "$line" ;;
        esac
        case $line in
        *\<*)
            case $name in
            *rulecheck.h) complain "$file" 'own headers are written "..."' "$line" ;;
            esac
            continue
            ;;
        esac
        target=$(resolve "$file" "$name")
        case $dir:$target in
        *:config.h | engine:engine/* | grammar:grammar/* | grammar:engine/* | tools:tools/* | tools:engine/rulecheck.h) ;;
        *:nowhere/*) complain "$file" "includes what is not there" "$line" ;;
        *) complain "$file" "must not include $target" "$line" ;;
        esac
    done < <(grep -E '^[[:space:]]*(#|%:)[[:space:]]*include' "$file" || :)
    case $file in
    *.c)
        first=$(grep -m1 -E '^#[[:space:]]*include' "$file" || :)
        case $first in
        *'"config.h"'* | *'<config.h>'* | *'"../config.h"'*) ;;
        *) complain "$file" "config.h is not its first include" "${first:-none}" ;;
        esac
        ;;
    esac
done
echo "$n_files files looked at"
[ "$n_files" -gt 0 ] && [ "$bad" -eq 0 ]
