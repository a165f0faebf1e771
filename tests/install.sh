#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What 'make install' leaves is usable: pkg-config finds the library, a program is compiled against it and decides a shipped
# request by the shipped policy, with the shared and with the static library; the tool runs; uninstalling leaves no file.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${CC:?}"
stage=$top_builddir/staged-install
pkg_config=${PKG_CONFIG:-pkg-config}
make=${MAKE:-make}
unset MAKEFLAGS MFLAGS MAKELEVEL TESTS TEST_LOGS
rm -rf "$stage"
mkdir "$stage"
trap 'rm -rf "$stage"' EXIT

cd "$top_builddir"
$make -s install DESTDIR="$stage" >"$stage/install.log" 2>&1 || { cat "$stage/install.log"; exit 1; }

# The one file of this name below the stage.
installed() {
    local found
    found=$(find "$stage" -name "$1" -not -type d)
    if [ ! -f "$found" ]; then
        echo "installed as $1: '${found:-nothing}'" >&2
        exit 1
    fi
    echo "$found"
}
pc=$(installed librulecheck.pc)
tool=$(installed rulecheck)
policy=$(installed management-tokens.rules)
requests=$(installed sample-requests.jsonl)
installed rulecheck.1 >/dev/null
installed librulecheck.3 >/dev/null
grep -q "^bashcompletiondir = no\$" Makefile || installed rulecheck.bash >/dev/null

# The .pc file knows nothing of the stage.
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
version=$($pkg_config --modversion librulecheck)
grep -q "^PACKAGE_VERSION = $version\$" Makefile || { echo "librulecheck.pc has version $version"; exit 1; }
libdir=${pc%/*/*}

# decide PROGRAM: the first sample request gets a result.
decide() {
    local status=0
    LD_LIBRARY_PATH=$libdir "$1" "$policy" "$(head -n 1 "$requests")" >"$stage/result" || status=$?
    case $status:$(cat "$stage/result") in
    0:allow | 1:deny | 1:indeterminate) ;;
    *) echo "${1##*/}: status $status, '$(cat "$stage/result")'"; exit 1 ;;
    esac
}

built=
if [ -e "$libdir/librulecheck.so" ]; then
    # CC and CFLAGS are lists of words.
    # shellcheck disable=SC2046,SC2086
    $CC ${CFLAGS-} -Wall -Wextra -Werror $($pkg_config --cflags librulecheck) -o "$stage/example" "$top_srcdir/tests/example.c" \
        $($pkg_config --libs librulecheck)
    decide "$stage/example"
    built="$built shared"
fi
if [ -e "$libdir/librulecheck.a" ]; then
    # shellcheck disable=SC2046,SC2086
    $CC ${CFLAGS-} -Wall -Wextra -Werror $($pkg_config --cflags librulecheck) -o "$stage/example-static" \
        "$top_srcdir/tests/example.c" "$libdir/librulecheck.a"
    decide "$stage/example-static"
    built="$built static"
fi
[ -n "$built" ] || { echo "no library was installed"; exit 1; }

LD_LIBRARY_PATH=$libdir "$tool" --version >"$stage/result"
grep -qF "$version" "$stage/result" || { echo "the tool's version: $(cat "$stage/result")"; exit 1; }

# Debugging information does name it, for the debugger's sake.
objcopy --strip-debug "$tool" "$stage/stripped"
if [ "${RCK_SANITIZERS-}" != yes ] && grep -qF "$top_builddir" "$stage/stripped"; then
    echo "the installed tool names the folder that it was built in"
    exit 1
fi

rm -f "$stage"/{stripped,example,example-static,result,install.log}
$make -s uninstall DESTDIR="$stage" >/dev/null
left=$(find "$stage" -not -type d)
[ -z "$left" ] || { echo "left after uninstalling: $left"; exit 1; }
echo "installed, built against ($built ), uninstalled"
