#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mandoc has nothing to say about the manual pages; rulecheck.1 tells of the subcommands, options and exit codes that
# 'rulecheck --help' tells of, in the same words, and of no others; and librulecheck.3 lists the functions of rulecheck.h with their
# parameters, each one once, and no others.

set -euo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
if ! command -v mandoc >/dev/null 2>&1; then
    echo "there is no mandoc"
    exit 77
fi
cd "$top_srcdir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# Where one page finds the others that it refers to.
for page in tools/*.[1-8]; do
    mkdir -p "$work/man/man${page##*.}"
    cp "$page" "$work/man/man${page##*.}"
done
makewhatis "$work/man" 2>/dev/null || /usr/sbin/makewhatis "$work/man" 2>/dev/null || :
MANPATH=$work/man mandoc -T lint -W style tools/*.[1-8]
mandoc -T ascii -O width=1000 tools/rulecheck.1 | sed 's/.\x08//g' >"$work/page"
"$RULECHECK" --help >"$work/help"

# part FILE TITLE: the lines of a part whose title stands alone on a line, up to the next line that begins at the margin.
part() {
    awk -v title="$2" '$0 == title { inside = 1; next } /^[^ ]/ { inside = 0 } inside && NF' "$1"
}

# same WHAT HELP PAGE
same() {
    [ -s "$2" ] && diff -u --label "$1 of --help" --label "$1 of rulecheck.1" "$2" "$3" || bad=1
}

# Words, without quotes, parentheses and capitals, one blank apart.
plain() {
    tr -d "\`'\"()" | tr '[:upper:]' '[:lower:]' | sed -E 's/ +/ /g; s/^ //; s/ $//'
}

part "$work/help" "subcommands:" | awk '{ print $1 }' >"$work/subcommands"
part "$work/page" DESCRIPTION | sed '1,/subcommands are:/d' | sed -nE 's/^     ([a-z]+) .*/\1/p' >"$work/page-subcommands"
same subcommands "$work/subcommands" "$work/page-subcommands"

part "$work/help" "exit codes:" | plain >"$work/codes"
part "$work/page" "EXIT STATUS" | plain | grep '^[0-9]' >"$work/page-codes"
same "exit codes" "$work/codes" "$work/page-codes"

# Options as lines of "subcommand", "-p, --policy FILE" and what it means, with a | between them.
while read -r subcommand; do
    "$RULECHECK" "$subcommand" --help >"$work/help"
    sed -n 's/^usage: //p' "$work/help" | tr -d ' ' >>"$work/usages"
    part "$work/help" options: | sed -nE "s/^  (   )? ?(-.*[^ ])   *([^ ].*)/$subcommand|\2|\3/p; s/^       {10,}([^ ])/+\1/p" |
        awk '/^\+/ { last = last " " substr($0, 2); next } last != "" { print last } { last = $0 } END { print last }' |
        plain >>"$work/options"
done <"$work/subcommands"

part "$work/page" SYNOPSIS | grep -v -- '--version$' | tr -d ' ' >"$work/page-usages"
tr '[:upper:]' '[:lower:]' <"$work/usages" >"$work/lower"
same usages "$work/lower" "$work/page-usages"

# The page says in parentheses which subcommands have an option, and nothing if all of them have it.
part "$work/page" OPTIONS | sed -E 's/^ {5}(-[^ ].*)/-|\1/; s/^(-\|-.*[^ ])   *([^ ].*)/\1|\2/; s/^ {13}//' |
    awk -v all="$(tr '\n' ' ' <"$work/subcommands")" '
        function flush(    i, n, subs, text, of) {
            if (tag == "") return
            of = ", " all; gsub(/ /, ", ", of); text = body
            if (match(body, /^\([^)]*\)/)) {
                of = substr(body, 2, RLENGTH - 2); text = substr(body, RLENGTH + 2)
                if (of == "all but help") { of = all; sub(/help/, "", of); gsub(/ +/, ", ", of) }
            }
            n = split(of, subs, /[, ]+/)
            for (i = 1; i <= n; i++) if (subs[i] != "") print subs[i] "|" tag "|" text
        }
        /^-\|/ { flush(); split($0, cells, "|"); tag = cells[2]; body = cells[3]; next }
        tag != "" { body = body (body != "" ? " " : "") $0 }
        END { flush() }' | plain >"$work/page-options"

for list in options page-options; do
    cut -d '|' -f 1,2 "$work/$list" | sort >"$work/$list.names"
done
same options "$work/options.names" "$work/page-options.names"

# What --help says of an option stands in what the page says of it.
awk -F '|' 'NR == FNR { page[$1 "|" $2] = $3; next }
    index(page[$1 "|" $2], $3) == 0 { print $2 " of " $1 " is to \"" $3 "\", not \"" page[$1 "|" $2] "\""; bad = 1 }
    END { exit bad }' "$work/page-options" "$work/options" || bad=1

# Functions as lines of "NAME PARAMETER...": of the header, between RCK_API and ";"; of the page, its list.
sed '/^#/d' engine/rulecheck.h | tr '\n' ' ' | sed -e 's@/\*@\n&@g' | sed -e 's@^/\*.*\*/@@' | tr '\n' ' ' | grep -o 'RCK_API [^;#]*([^;]*;' |
    sed -E 's/\[[0-9]*\]//g; s/\((void)?\);/;/; s/RCK_API .*[ *]([a-z0-9_]+)( *\(|;)/\1\2/; s/ *\(/,/; s/\);|;//
            s/,[^,]*[ *]([a-z0-9_]+)/ \1/g' | sort >"$work/functions"
sed -n 's/^\.It Fn //p' tools/librulecheck.3 | sort >"$work/page-functions"
[ -s "$work/functions" ] &&
    diff -u --label rulecheck.h --label librulecheck.3 "$work/functions" "$work/page-functions" || bad=1

echo "$(wc -l <"$work/subcommands") subcommands, $(wc -l <"$work/options") options, $(wc -l <"$work/functions") functions"
exit $bad
