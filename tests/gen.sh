#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 'rulecheck gen', 'test --coverage' and 'test --mutate' on the command line: what they write, in text and as JSON, and how they end.
# What they find is judged by tests/worth.c.

set -uo pipefail
: "${RULECHECK:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
passed=0
failed=0

# verdict STATUS WHAT...
verdict() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s\n' "FAILED: ${*:2}"
    fi
}

# ends STATUS COMMAND...: how it ends; what it writes is in the files out and err.
ends() {
    local wanted=$1 got
    shift
    "$@" >out 2>err
    got=$?
    [ "$got" -eq "$wanted" ]
    verdict $? "'$*' ends with $got, not $wanted: $(cat err)"
}

# says TEXT: it stands in what was written.
says() {
    grep -qF -- "$1" out err
    verdict $? "'$1' is not said: $(cat out err)"
}

cat >head.rules <<'END'
policy shop;
default allow;
vocabulary {
    subject user, bot; role owner, guest; action read, create; resource item, item.part;
    counter items : up on create item;
    attribute size : decimal 0.. in MB;
    attribute remark : string;
    attribute until : time;
    attribute "limit" : bool;
}
param most : int 1..9 = 3;
count: limit items to most;
gate:  only owner may create item;
ban:   bot cannot read item.part;
bound: require size <= 1.5 MB to create item;
name:  deny when remark matches "x*" and action == read;
over:  deny when now >= until and resource == item.part;
flag:  deny when "limit" and action == read;
END
cat >few.rules <<'END'
include "head.rules";
cases "few" {
    subject action resource role items size -> result;
    user create item owner 2 1 -> allow;
    user create item owner 3 1 -> deny by count;
}
END

# ---- gen

ends 0 "$RULECHECK" gen head.rules
cp out made
{ echo 'include "head.rules";' && cat made; } >made.rules
ends 0 "$RULECHECK" test made.rules
ends 0 "$RULECHECK" test --coverage --at-least 100 --mutate made.rules
says ': 100 %, '
says ' 0 survived'
"$RULECHECK" gen head.rules | cmp -s - made
verdict $? "the same policy gives other cases"
ends 0 "$RULECHECK" gen few.rules
grep -v '^$' out | cmp -s - <(grep -v '^$' made)
verdict $? "cases that are there change those that are made"
grep -q ' create  *item  *owner  *2  *1.49.*-> allow; ' made && grep -q ' 3  *1.5 .*-> deny by count; ' made
verdict $? "no case on either side of the limit: $(cat made)"
for column in '"limit"' now until remark; do
    grep -q -- "^    subject.* $column .*-> result;" made
    verdict $? "no column $column"
done
ends 0 "$RULECHECK" gen --format json head.rules
[ "$(grep -c '"clause": ' out)" -eq "$(grep -c -- '-> [a-z].*; *# ' made)" ]
verdict $? "JSON has other cases: $(cat out)"
says '"unsettled": 0'
ends 4 "$RULECHECK" gen /dev/null
ends 5 "$RULECHECK" gen nowhere.rules
ends 5 "$RULECHECK" gen --param most=4 head.rules
says "leave out '--param'"
ends 5 "$RULECHECK" gen head.rules few.rules
says 'more than one policy is named'
ends 4 "$RULECHECK" gen --limit mutants=5 head.rules
says "'--limit mutants=N'"
ends 1 "$RULECHECK" gen --limit proof-steps=1 head.rules
says 'were not settled'
"$RULECHECK" compile head.rules -o head.saved
ends 5 "$RULECHECK" gen head.saved
says "'gen' needs its source"

# Names that need quotes, values that nobody declared, and numbers that have no plain ones near them.
cat >names.rules <<'END'
policy names;
default allow;
vocabulary {
    subject s; role other, "limit"; role other2 = other; action a; resource x;
    attribute kind : { "2fa", permit, " ", "MB", "per", word2 };
    attribute state : { other, other2, other3 };
    attribute far.low : int -3000000000000..-2000000000000;
    attribute far.high : int 2000000000000..3000000000000;
    attribute far.any, far.most : int ..2500000000000;
}
digit: deny when kind == "2fa";
keys:  deny when kind in { "MB", "per", " ", permit };
word:  deny when kind == word2 and role has "limit";
state: deny when role has other and state == other;
low:   deny when far.low > -2500000000000;
high:  deny when far.high > 2500000000000;
apart: deny when far.any < far.most - 4000000000000;
END
ends 0 "$RULECHECK" gen names.rules
for cell in '"2fa"' permit '" "' '"MB"' '"per"' word2 '"limit"' other4 -2500000000001 2500000000002; do
    grep -qF -- " $cell " out
    verdict $? "no case has $cell: $(cat out)"
done
{ echo 'include "names.rules";' && cat out; } >made.rules
ends 0 "$RULECHECK" test --coverage --at-least 100 made.rules

# Of two lists of alternatives each is few boxes, and what lies in both is more of them than one clause may have.
cat >lists.rules <<'END'
policy lists;
default allow;
vocabulary { subject s; action a; resource x; attribute n, m, k, l : int; }
both: deny when (n == 1 or m == 1 or k == 1) and (n == 3 or m == 3 or l == 3);
END
ends 1 "$RULECHECK" gen --limit clause-rows=16 lists.rules
says '1 of the things that cases can show were not settled'
ends 0 "$RULECHECK" gen --limit clause-rows=20 lists.rules

# All of it together is bounded by 'proof-steps': each question about this policy is small, but there are many, and each request that is
# found is tried on each mutant.  What is not settled is told, with the limit; and what is written all the same is right.
wide() {
    printf 'policy wide;\ndefault %s;\nvocabulary { subject s; action a; resource x; attribute n : int 0..; }\n' "$2"
    [ "$2" = allow ] || echo 'all: s may use x;'
    printf 'wide: deny'
    for ((i = 0; i < $1; i++)); do printf ' when n != %d' $((2 * i)); done
    echo ';'
}
wide 200 allow >wide.rules
wide 200 deny >wide-deny.rules
for steps in 1000 100000; do
    for file in wide.rules wide-deny.rules; do
        ends 1 "$RULECHECK" gen --limit proof-steps="$steps" "$file"
        says "of the things that cases can show were not settled: more steps than the limit 'proof-steps' gives one question or, a few times over, all together"
        grep -q 'deny by wide' out
        verdict $? "no case is written within $steps steps"
        cat "$file" out >made.rules
        ends 0 "$RULECHECK" test made.rules
    done
done
ends 1 "$RULECHECK" test --mutate --limit proof-steps=1000 made.rules
says "mutants were not settled: more steps than the limit 'proof-steps' gives"
ends 1 "$RULECHECK" test --mutate --limit proof-steps=1000 wide.rules
says ' unsettled'
wide 1500 allow >wider.rules
for command in gen 'test --mutate'; do
    # shellcheck disable=SC2086
    ends 4 "$RULECHECK" $command --limit proof-steps=1 wider.rules
    says "the limit 'proof-steps' of 1 is exceeded by the mutants of the policy"
done

# ---- coverage

ends 0 "$RULECHECK" test --coverage few.rules
says '2 cases, 0 failed'
says 'few.rules: 33 %, 8 of 24 outcomes of 7 clauses; 4 more cannot be'
says '  not reached  gate: violated'
says '  cannot be    ban: unknown'
grep -A1 'not reached  gate: violated' out | tail -n 1 | sed 's/ -> .*//' >words
# shellcheck disable=SC2046
ends 1 "$RULECHECK" eval -p few.rules $(cat words)
says 'gate: '
ends 1 "$RULECHECK" test --coverage --at-least 34 few.rules
ends 0 "$RULECHECK" test --coverage --at-least 33 few.rules
ends 5 "$RULECHECK" test --coverage --at-least 101 few.rules
says 'no percentage'
ends 5 "$RULECHECK" test --at-least 50 few.rules
says "'--at-least' is about '--coverage'"
ends 5 "$RULECHECK" test --coverage --format tap few.rules
says "no place for '--coverage'"
ends 0 "$RULECHECK" test --coverage --format json few.rules
says '"percent": 33'
[ "$(grep -c '"outcome": ' out)" -eq 28 ]
verdict $? "JSON lists other than 28 outcomes: $(cat out)"
ends 0 "$RULECHECK" test --coverage head.rules
says 'no cases'
says ': 0 %, 0 of 24 outcomes'

# ---- mutants

ends 1 "$RULECHECK" test --mutate few.rules
! grep -q "count: '3' as '2'" out
verdict $? "a mutant that is noticed is told"
grep -q "survived    head.rules:13:13: gate: 'owner' as 'owner, guest'" out
verdict $? "a mutant that survives is not told: $(cat out)"
ends 1 "$RULECHECK" test --mutate --format json few.rules
says '"before": "owner", "after": "owner, guest", "fate": "survived", "same_results": false, "example": "subject='
grep -q "\"before\": \"3\", \"after\": \"2\", \"fate\": \"noticed\"" out
verdict $? "the mutant of the param is not told: $(cat out)"
sed 's/-> allow/-> deny/' few.rules >wrong.rules
ends 1 "$RULECHECK" test --mutate wrong.rules
says 'mutants are tried on cases that pass'
says 'FAILED'
ends 5 "$RULECHECK" test --mutate --param most=4 few.rules

# A clause that two others make needless: what its mutants change are reasons; of the last one nothing is seen at all.
cat >same.rules <<'END'
policy same;
default allow;
vocabulary { subject s; role r; action a, b; resource x; attribute n : int 0..; }
all: s cannot use x;
low: require n == 0 to a x covered by all;
END
ends 1 "$RULECHECK" test --mutate same.rules
says "'n == 0' as 'n != 0', which changes reasons only"
says "  equivalent  same.rules:5:14: low: 'n == 0' as 'n <= 0'"

# Params at the ends of what they can be, values that are spelt like params, more names of WHO than are tried for one another.
cat >params.rules <<'END'
policy params;
default allow;
vocabulary {
    subject s0, s1, s2, s3, s4, s5, s6, s7, s8; role r0, r1, r2, r3, r4, r5, r6, r7, r8; action a, b; resource x;
    counter n : up on a x;
    attribute state : { draft, live }; attribute style : { old, new };
    attribute file : string; attribute age : int in weeks; attribute size : int in bytes; attribute big, number : int; attribute part : decimal in MB;
}
param most : int = 0;
param live : { draft, live } = draft;
param which : { draft, live } = live;
param oldest : int in weeks = 35164761793251742 weeks;
param largest : int in bytes = 9223372036854775 KB;
param end : int = 9223372036854775807;
first: limit n to most;
last:  s0 cannot b x when state == "draft" and file in { "a.css", "b.css" };
given: r0 cannot b x when state == which and live == draft;
old:   deny when age > oldest or size > largest or size > 7	KB or part > 1.5 	MB or big > end;
END
ends 1 "$RULECHECK" test --mutate params.rules
says ' 0 noticed, 53 survived, 4 equivalent'
for mutant in "'\"draft\"' as '\"live\"'" "'s0' as 's0, s1'" "without '\"a.css\"'" "'7 KB' as '6 KB'" "'1.5 MB' as '1.6 MB'" "first: '0' as '1'" \
    "'35164761793251742 weeks' as '35164761793251741 weeks'" "'9223372036854775 KB' as '9223372036854774 KB'" \
    "'9223372036854775807' as '9223372036854775806'"; do
    says "$mutant"
done
for mutant in "'s0' as 's0, s2'" "'0' as '-1'" "as '35164761793251743 weeks'" "as '9223372036854776 KB'" "as '\"a.\"'"; do
    ! grep -qF -- "$mutant" out
    verdict $? "a mutant that does not compile, or is one too many: $mutant"
done
for n in 1 2 3 4 5 6 7 8; do
    ends 4 "$RULECHECK" test --mutate --limit mutants="$n" params.rules
    says "the limit 'mutants' of $n is exceeded"
done

# A param of several clauses: what one of them shows, another one hides; and what no single one shows.
cat >both.rules <<'END'
policy both;
default deny;
vocabulary { subject s; action a, b, c; resource x; attribute n, m : int; }
param most : int = 3;
param end : int = 5;
param twice : int = 7;
low:   s may a x when n <= most;
high:  s may a x when n > most;
ban:   s cannot b x;
less:  require m <= end to b x covered by ban;
more:  require m <= end to b x when n > 0 covered by ban;
one:   deny when n == twice and action == c;
two:   deny when n == twice and action == c and m != 0;
END
ends 1 "$RULECHECK" test --mutate both.rules
says "  unsettled   both.rules:4:20: low: '3' as '2'"
grep -A 1 "less: '5' as '4'" out | grep -q 'm=5 -> deny by ban$'
verdict $? "what changes the reasons of two clauses is not shown: $(cat out)"
says "  survived    both.rules:6:21: one: '7' as '8'"
ends 1 "$RULECHECK" test --mutate --limit proof-steps=1 both.rules
says ' 0 survived, '
says "  unsettled   both.rules:6:21: one: '7' as '8'"
cat >twins.rules <<'END'
policy same;
default allow;
vocabulary { subject s; action a; resource x; attribute n : int; }
param end : int = 5;
one:   deny when n <= end;
two:   deny when n <= end;
END
ends 1 "$RULECHECK" test --mutate twins.rules
grep -A 1 "one: '5' as '4'" out | grep -q 'n=5 -> deny by one, two$'
verdict $? "what only both clauses change is not shown: $(cat out)"

# A hard question, three of 24 numbers in each of 110 clauses, about each of many pairs or asserts: one budget is for all of them.
# hard DEFAULT
hard() {
    awk -v by_default="$1" 'BEGIN {
        for (i = 0; i < 30; i++) { actions = actions (i ? ", " : "") "a" i; resources = resources (i ? ", " : "") "r" i }
        for (i = 0; i < 24; i++) numbers = numbers (i ? ", " : "") "n" i
        printf "policy hard;\ndefault %s;\nvocabulary {\n    subject user; role r; action %s; resource %s;\n", by_default, actions, resources
        printf "    attribute %s : int 0..1;\n}\n", numbers
        for (s = 12345; c < 110; ) {
            for (k = 0; k < 3; k++) {
                s = (s * 1103515245 + 12345) % 2147483648; n[k] = int(s / 65536) % 24
                s = (s * 1103515245 + 12345) % 2147483648; value[k] = int(s / 65536) % 2
            }
            if (n[0] != n[1] && n[1] != n[2] && n[0] != n[2])
                printf "c%d: deny when n%d == %d and n%d == %d and n%d == %d;\n", c++, n[0], value[0], n[1], value[1], n[2], value[2]
        }
    }'
}
{ hard allow && for i in {0..29}; do echo "e$i: user cannot a$i r$i;"; done; } >pairs.rules
ends 1 "$RULECHECK" check -W gap --limit proof-steps=3000 pairs.rules
says "the check 'gap' was not completed"
{ hard deny && for i in {0..29}; do
    echo "g$i: user may a$i r$i when n$((i % 24)) == 1;"
    echo "assert deny when action == a$i and resource == r$i and (n$((i % 20)) == 1 or n$((i % 20 + 3)) == 0);"
done; } >asserts.rules
ends 4 "$RULECHECK" compile --limit proof-steps=3000 -o asserts.saved asserts.rules
says "not proved: the proof takes more steps than the limit 'proof-steps' allows (3000)"

# A region that meets more rows than one clause may become is not gone into.
{
    printf 'policy many;\ndefault deny;\nvocabulary { subject user; role r; action a, b; resource x, y; attribute n, m : int 0..100; }\n'
    for i in {1..10}; do echo "g$i: user may a x when n > $i and m < $((40 - i));"; done
    echo "d: deny when n > 50;"
    for i in {1..5}; do echo "e$i: deny when n > $((3 * i)) and m > $((4 * i)) and action == b;"; done
} >many.rules
ends 1 "$RULECHECK" gen --limit clause-rows=1 many.rules
says "--limit clause-rows=N"

# What is unknown of a clause with a thousand rows is not cut into pieces without end: neither the table nor the proof need it.
{
    printf 'policy product;\ndefault allow;\nvocabulary {\n    subject user; role r; action a; resource x;\n'
    for i in {0..19}; do echo "    attribute n$i : int 0..9;"; done
    printf '}\nc: deny when '
    for i in {0..9}; do printf '%s(n%d > 3 or n%d > 3)' "${and-}" $((2 * i)) $((2 * i + 1)) && and=' and '; done
    printf ';\nassert deny when '
    for i in {0..9}; do printf '%sn%d > 4' "${also-}" $((2 * i)) && also=' and '; done
    echo ';'
} >product.rules
ends 0 "$RULECHECK" check product.rules
says "1 assert proved"
ends 0 "$RULECHECK" eval -p product.rules subject=user action=a resource=x n0=1 n1=1
ends 2 "$RULECHECK" eval -p product.rules subject=user action=a resource=x n0=1

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
