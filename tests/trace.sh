#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# rulecheck trace, and check --page.  trace/photos.md has what Markdown can do to a sentence, and photos.rules cites it rightly and
# wrongly: photos.expected and photos.json are all that is said of them.  Single sentences follow, each with what becomes of it.
# UPDATE=1 writes the two files anew.

set -uo pipefail
: "${top_srcdir:?}" "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top_srcdir/tests/trace" || exit 1
export LC_ALL=C
passed=0 failed=0 skipped=0

# verdict STATUS WHAT...
verdict() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "${*:2}"
    fi
}

# ---- the page -----------------------------------------------------------------------------------------------------------------

for form in text json; do
    golden=photos.expected
    [ "$form" = text ] || golden=photos.json
    "$RULECHECK" trace --format "$form" photos.md photos.rules >"$work/said" 2>"$work/err"
    [ $? -eq 1 ] && [ ! -s "$work/err" ]
    verdict $? "trace --format $form: not exit code 1, or messages: $(cat "$work/err")"
    [ -z "${UPDATE-}" ] || cp "$work/said" "$golden"
    diff -u "$golden" "$work/said"
    verdict $? "trace --format $form says something else"
done

# What ends lines does not matter, and the page may come from a pipe.
sed 's/$/\r/' photos.md | "$RULECHECK" trace - photos.rules 2>&1 | sed 's/^-:/photos.md:/' >"$work/said"
diff -u photos.expected "$work/said"
verdict $? "with CRLF something else is said"

# A param counts with the value in force.
"$RULECHECK" trace --param most_photos=90 photos.md photos.rules >"$work/said"
[ "$(grep -c '    numbers differ: the page says 100, photo_count says 90$' "$work/said")" -eq 2 ]
verdict $? "a param with another value is not told"

# ---- single sentences -----------------------------------------------------------------------------------------------------

# policy CITES [CLAUSE]: a policy with one clause that cites that, in $work/p.rules.
policy() {
    local cites=${1//\\/\\\\}
    cites=${cites//\"/\\\"}
    printf '%s\n' 'policy p;' 'default allow;' 'vocabulary { subject user; action a, b; resource r; counter n : up on a r;' \
        'attribute x : int 0..; attribute d : int 0.. in hours; attribute s : int 0.. in KB; }' 'param most : int 1.. in MB = 25;' \
        "c: ${2-limit n to 1} cites \"$cites\";" >"$work/p.rules"
}

# said PAGE CITES [CLAUSE]: the first words of what becomes of each sentence of PAGE, and of numbers, on one line.
said() {
    printf '%b' "$1" >"$work/p.md"
    policy "${@:2}"
    "$RULECHECK" trace "$work/p.md" "$work/p.rules" 2>&1 |
        sed -nE "s@^.*/p\.md:([0-9]+): (covered|reworded|not covered|aside).*@\1 \2@p; s@^ +numbers differ: (.*)@(\1)@p; s@.*/p\.rules:[0-9]+: c (.*)@c \1@p" |
        paste -sd ';' - | sed 's/;/; /g'
}

# becomes EXPECTED PAGE CITES [CLAUSE]
becomes() {
    local got
    got=$(said "${@:2}")
    [ "$got" = "$1" ]
    verdict $? "page '$2', clause '${*:3}': $got, not $1"
}

# Where sentences end.
becomes '1 covered; 1 not covered' 'One thing holds. Another one holds.' 'One thing holds.'
becomes '1 covered' 'It takes 2.5 days, e.g. on Mondays, i.e. Dr. Jones helps.' 'It takes 2.5 days, e.g. on Mondays, i.e. Dr. Jones helps.'
becomes '1 covered' 'Read No. 5 and Fig. 7 of it.' 'Read No. 5 and Fig. 7 of it.'
becomes '1 aside; 1 covered' 'No. Albums stay.' 'Albums stay.'
becomes '1 covered' 'J. Smith pays for https://example.com/a.b.' 'J. Smith pays for https://example.com/a.b.'
becomes '1 not covered; 1 covered' 'He said "Stop." Then he left.' 'Then he left.'
becomes '1 not covered; 1 covered' 'Can it be? 30 can be.' '30 can be.' 'limit n to 30'
becomes '1 covered; 1 not covered' 'Albums end here etc. They do.' 'Albums end here etc.'
becomes '1 covered; 3 not covered' 'Albums\nend.\nSo they do.' 'Albums end.'
becomes '1 covered' 'Only tokens of type a. are read' 'Only tokens of type a. are read'

# What is no difference.
becomes '1 covered' '**Albums** _end_ `here`, [see](b.md) ~~it~~!' 'Albums end here, see it!'
becomes '1 covered' 'The “owner’s” album – at\xc2\xa0most — 2–20' "The \"owner's\" album - at most - 2-20" 'require x <= 20 and x >= 2 to a r'
becomes '1 covered' 'A stack_user *is* a user &amp; more\\!…' 'A stack_user is a user & more!...'
becomes '1 covered' '- Albums end' 'Albums end.'
becomes '1 covered' 'Albums   <b>end</b>\there.' 'Albums end here.'
becomes '1 covered' '![A picture of 3](p.png)Albums end[^1].' 'Albums end.'

# What is.
becomes '1 reworded' 'Albums end here and now.' 'Albums end here and there.'
becomes '1 reworded' 'Albums end here.' 'albums end here.'
becomes '1 not covered; c is not on the page' 'Albums end here.' 'Nothing of the kind was ever said.'

# Numbers.
becomes '1 covered; (the page says 30, c says 10)' 'At most 30 exist.' 'At most 30 exist.' 'limit n to 10'
becomes '1 covered' 'At most 30 exist.' 'At most 30 exist.' 'limit n to 30'
becomes '1 covered' 'At most twenty-five exist.' 'At most twenty-five exist.' 'limit n to 25'
becomes '1 covered; (the page says 25, c says 24)' 'At most Twenty-five exist.' 'At most Twenty-five exist.' 'limit n to 24'
becomes '1 covered' 'Two hundred exist, ten thousand do not.' 'Two hundred exist, ten thousand do not.' 'require x >= 200 and x < 10000 to a r'
becomes '1 covered' 'At most 10,000 exist.' 'At most 10,000 exist.' 'limit n to 10000'
becomes '1 covered' 'It stays for 2 weeks.' 'It stays for 2 weeks.' 'require d <= 14 days to a r'
becomes '1 covered; (the page says 2, c says 13)' 'It stays for 2 weeks.' 'It stays for 2 weeks.' 'require d <= 13 days to a r'
becomes '1 covered' 'It has 25 MB.' 'It has 25 MB.' 'require s <= most to a r'
becomes '1 covered; (the page says 26, c says 25)' 'It has 26MB.' 'It has 26MB.' 'require s <= most to a r'
becomes '1 covered' 'One of the three is SHA-256, of version v3.' 'One of the three is SHA-256, of version v3.' 'require x <= 3 to a r'
becomes '1 reworded; (the page says 31, c says 30)' 'At most 31 exist here.' 'At most 30 exist here.' 'limit n to 30'

# ---- check --page -------------------------------------------------------------------------------------------------------------

"$RULECHECK" check --page photos.md photos.rules >"$work/out" 2>"$work/err"
[ $? -eq 1 ] && [ "$(grep -c '\[not-on-page\]$' "$work/err")" -eq 2 ]
verdict $? "check --page says something else: $(cat "$work/err")"
"$RULECHECK" check --page photos.md -W no-not-on-page photos.rules >"$work/out" 2>"$work/err"
[ $? -eq 0 ] && [ ! -s "$work/err" ]
verdict $? "not-on-page cannot be switched off: $(cat "$work/err")"
"$RULECHECK" check --page photos.md -E not-on-page --format json photos.rules >"$work/out" 2>"$work/err"
[ $? -eq 4 ] && [ "$(grep -c '"severity": "error", "id": "not-on-page"' "$work/out")" -eq 2 ]
verdict $? "-E not-on-page makes no errors: $(cat "$work/out")"
"$RULECHECK" check --page photos.md --max-errors 1 --format line photos.rules >"$work/out" 2>"$work/err"
[ "$(wc -l <"$work/out")" -eq 1 ] && grep -q 'warning: 1 more clauses cite' "$work/err"
verdict $? "--max-errors does not hold: $(cat "$work/out" "$work/err")"

# ---- what cannot be read ------------------------------------------------------------------------------------------------------

# refuses MESSAGE WORD...: exit code 5.
refuses() {
    local code=0
    "$RULECHECK" "${@:2}" >"$work/out" 2>"$work/err" || code=$?
    [ "$code" -eq 5 ] && grep -qF "$1" "$work/err"
    verdict $? "'${*:2}' ends with $code: $(cat "$work/err")"
}
printf 'a\0b' >"$work/nul.md"
printf '# Heading\n\n```\ncode\n```\n' >"$work/empty.md"
head -c 1048577 /dev/zero | tr '\0' 'a' >"$work/large.md"
head -c 1048576 /dev/zero | tr '\0' 'a' >"$work/most.md"
refuses 'give one page, and one policy' trace
refuses 'give one page, and one policy' trace a b c
refuses "cannot read 'none.md': No such file" trace none.md photos.rules
refuses "cannot read '.': Is a directory" trace . photos.rules
refuses "'$work/nul.md' is no text" trace "$work/nul.md" photos.rules
refuses "'$work/empty.md' has no sentence" trace "$work/empty.md" photos.rules
refuses "'$work/large.md' has more than 1048576 bytes" trace "$work/large.md" photos.rules
refuses "cannot read 'none.md'" check --page none.md photos.rules
refuses "cannot read the file" trace photos.md none.rules
"$RULECHECK" trace "$work/most.md" photos.rules >"$work/out" 2>"$work/err"
[ $? -eq 1 ]
verdict $? "a page of as many bytes as can be is refused: $(cat "$work/err")"
"$RULECHECK" trace photos.md "$top_srcdir/tests/diagnostics/expected.rules" >"$work/out" 2>"$work/err"
[ $? -eq 4 ]
verdict $? "a policy that does not compile: $(cat "$work/err")"

# Marks that are not closed, however many, end.
for marks in '[' '(' '*' '_' '`' '<' '![' '[x](' '<!--' '|' '&' '"' '\\' '~~' '[[' '**_`['; do
    for n in 1 2 1000; do
        printf "%0.s$marks" $(seq "$n") >"$work/odd.md"
        printf ' Albums end %s.\n' "$marks" >>"$work/odd.md"
        code=0
        timeout 20 "$RULECHECK" trace "$work/odd.md" photos.rules >/dev/null 2>"$work/err" || code=$?
        [ "$code" -eq 1 ] || [ "$code" -eq 5 ]
        verdict $? "$n times '$marks': $(cat "$work/err")"
    done
done

# ---- the shipped policy and its page, if that is there ------------------------------------------------------------------------

page=${RCK_DATA:+$RCK_DATA/../seed.md}
if [ -n "$page" ] && [ -r "$page" ]; then
    "$RULECHECK" trace "$page" >"$work/said" 2>&1
    [ $? -eq 0 ] && grep -q ' 10 covered, 0 reworded, 0 not covered, ' "$work/said"
    verdict $? "the shipped policy does not cover its page: $(cat "$work/said")"
    sed 's/30 management/10 management/' "$page" | "$RULECHECK" trace - >"$work/said" 2>&1
    [ $? -eq 1 ] && [ "$(grep -c 'the page says 10, token_count says 30' "$work/said")" -eq 2 ]
    verdict $? "an older page is not told: $(cat "$work/said")"
else
    echo "skipped: the page of the shipped policy is not there (RCK_DATA)"
    skipped=$((skipped + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
