#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A program that is linked with engine/ alone, and with nothing of the compiler, loads what 'rulecheck compile' saved, and decides.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${RULECHECK:?}" "${NM:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=$top_builddir/tests/engine_only

# NM may be a command with options.
# shellcheck disable=SC2086
$NM -P "$program" >"$work/symbols"
grep -q '^rck_policy_load_file T' "$work/symbols"
if grep -E '^(rck_yy|rck_policy_compile|rck_diagnostics|diag_|pass_)' "$work/symbols"; then
    echo "engine_only has these parts of the compiler"
    exit 1
fi

cd "$top_srcdir/rules/contentstack"
"$RULECHECK" compile management-tokens.rules -o "$work/saved"
cat >"$work/expected" <<'end'
allow
deny token_count line N: A maximum of 30 management tokens can exist at a time in a specific stack.
deny modules line N: A management token cannot be used for the following modules: organization, stack, user session, and tokens.
indeterminate token_creation line N: Only the owner or admin of a stack can generate a management token.
invalid
end
"$program" "$work/saved" <<'end' | sed 's/ line [1-9][0-9]*:/ line N:/' >"$work/got"
subject=authtoken role=owner action=create resource=tokens.management stack.management_tokens=29
subject=authtoken role=owner action=create resource=tokens.management stack.management_tokens=30
subject=management_token role={} action=read resource=stack
subject=authtoken action=create resource=tokens.management stack.management_tokens=29
subject=authtoken action=create resource=tokens
end
diff -u "$work/expected" "$work/got"

head -c 1000 "$work/saved" >"$work/cut"
if "$program" "$work/cut" </dev/null >"$work/got"; then
    echo "it loads a part of a saved policy"
    exit 1
fi
grep -q 'cut: it is cut off: 1000 bytes of [1-9][0-9]* are there$' "$work/got"
