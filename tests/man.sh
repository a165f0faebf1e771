#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mandoc has nothing to say about the manual pages.

set -euo pipefail
cd "${top_srcdir:?}"
if ! command -v mandoc >/dev/null 2>&1; then
    echo "there is no mandoc"
    exit 77
fi
mandoc -T lint -W style tools/*.[1-8]
