#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'client' of 'make check-full': the product's own client.  Contentstack's management SDK, as npm has it, is driven
# against a server that decides every request by the library and answers as the product does (tests/client): with a management
# token, with users and with an app, over all of its modules.  What the page refuses must fail there with the policy's reason,
# and everything else must succeed.
#
# Then each sentence of the policy is changed, and some routes, one at a time: every such change must be noticed.

set -uo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${RULECHECK:?}"
server=$top_builddir/tests/client/server
npm=$top_builddir/check-full/npm
rules=$top_srcdir/rules/contentstack
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# verdict WHAT STATUS
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

# drive POLICY [brief]: its last line tells how many calls went otherwise than expected.
drive() {
    "$server" "$1" node "$top_srcdir/tests/client/client.js" "$npm/node_modules/@contentstack/management" \
        "$work/reasons.json" ${2+"$2"} >"$work/out" 2>&1
}

if [ ! -x "$server" ]; then
    echo 'SKIP: the server needs jansson'
    exit 77
fi
bash "$top_srcdir/tests/npm.sh" "$npm" || exit
"$RULECHECK" list -p "$rules/management-tokens.rules" --format json >"$work/list.json" || exit 1
node -e '
    const fs = require("fs")
    const clauses = JSON.parse(fs.readFileSync(process.argv[1])).clauses
    console.log(JSON.stringify(Object.fromEntries(clauses.map((c) => [c.label, c.says || c.cites]))))
' "$work/list.json" >"$work/reasons.json" || exit 1

drive "$rules/management-tokens.rules"
verdict 'the shipped policy and routes' $?
sed 's/^/# /' "$work/out"

# changed SED-EXPRESSION FILE: the policy with a change in one of its files, and without the asserts and cases, which would notice
# it first.
changed() {
    rm -rf "$work/rules"
    mkdir "$work/rules"
    cp "$rules/routes.rules" "$work/rules"
    sed '/^# ---- What follows from them/,$d' "$rules/management-tokens.rules" >"$work/rules/management-tokens.rules"
    cp "$work/rules/$2" "$work/before"
    sed -i "$1" "$work/rules/$2"
    if cmp -s "$work/before" "$work/rules/$2"; then
        echo "nothing to change: $1" >"$work/out"
        return 2
    fi
    drive "$work/rules/management-tokens.rules" brief
}

# noticed WHAT SED-EXPRESSION [FILE]
noticed() {
    local status=0 last
    changed "$2" "${3:-management-tokens.rules}" || status=$?
    last=$(tail -n 1 "$work/out")
    [ "$status" -eq 1 ] && [[ $last =~ [1-9][0-9]*\ differ$ ]]
    verdict "a change of $1 is not noticed: status $status, $last" $?
    echo "# $1 changed: $last"
}

noticed token_count '/^param max_management_tokens/s/= 30/= 31/'
noticed token_creation 's/only owner, admin may create/only owner, admin, developer may create/'
noticed modules 's/cannot use organization, stack, user_session, tokens/cannot use organization, stack, user_session/'
noticed 'modules of another subject' 's/management_token cannot use organization/oauth cannot use organization/'
noticed publish_requests 's/management_token cannot accept, reject/management_token cannot reject/'
noticed membership 's/management_token cannot invite, remove stack.user/management_token cannot invite stack.user/'
noticed read_rate 's/require token.rate_limit.read <= organization/require token.rate_limit.read < organization/'
noticed write_rate 's/require token.rate_limit.write <= organization/require token.rate_limit.write < organization/'
noticed 'the routes of branches' '/"\/v3\/stacks\/branch/d' routes.rules
noticed 'the routes of tokens' '/"\/v3\/stacks\/management_tokens/d' routes.rules
noticed 'the route of a session' '/"\/v3\/user-session/d' routes.rules
noticed 'the credentials' 's/"Bearer \*"/"Basic *"/' routes.rules

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
