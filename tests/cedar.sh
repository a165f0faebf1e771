#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'cedar' of 'make check-full': RCK_POLICIES random policies (400) and 300 requests of each, decided by Cedar and by the tool;
# tests/cedar.mjs tells more.  RCK_SEED draws others.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${RULECHECK:?}"
dir=$top_builddir/check-full
bash "$top_srcdir/tests/npm.sh" "$dir/npm"
exec node "$top_srcdir/tests/cedar.mjs" "$dir/npm" "$RULECHECK" "$dir/cedar" "${RCK_POLICIES:-400}" 300 "${RCK_SEED:-1}"
