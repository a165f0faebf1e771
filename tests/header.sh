#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# rulecheck.h compiles by itself as C++ and as C11, with every warning.

set -euo pipefail
: "${top_srcdir:?}" "${CC:?}"
warnings="-Wall -Wextra -Wpedantic -Wundef -Werror"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo '#include "rulecheck.h"' >"$work/header.c"
# CC and CXX may be commands with options.
# shellcheck disable=SC2086
$CC -std=c11 -pedantic-errors $warnings -Wshadow -Wstrict-prototypes -iquote "$top_srcdir/engine" -fsyntax-only "$work/header.c"
if [ -z "${CXX-}" ]; then
    echo "compiled as C11; configure found no C++ compiler"
    exit 77
fi
# shellcheck disable=SC2086
$CXX -std=c++11 $warnings -iquote "$top_srcdir/engine" -fsyntax-only "$top_srcdir/tests/cxx.cc"
echo "compiled as C11 and C++11"
