#!/bin/sh
# SPDX-License-Identifier: MIT
#
# From a fresh clone to a configure script, and further if told so:
#
#   ./autogen.sh         sees to the packages that .packages lists, and makes configure
#   ./autogen.sh run     the same, then configures, builds, and decides the sample requests by the shipped policy
#   ./autogen.sh check   the same, then runs the tests
#   ./autogen.sh full    the same, every warning an error, after seeing to the packages that 'make check-full' needs besides
#
# May be run any number of times.

set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

die() {
    echo "autogen.sh: $*" >&2
    exit 1
}

# Runs a command whose output is of interest only if it fails.
quietly() {
    quiet_log=$(mktemp)
    if "$@" >"$quiet_log" 2>&1; then
        rm -f "$quiet_log"
    else
        quiet_status=$?
        cat "$quiet_log" >&2
        rm -f "$quiet_log"
        die "'$*' failed with status $quiet_status"
    fi
}

# is_there KIND NAME [VERSION]: the probes that .packages names.
is_there() {
    case $1 in
    command) command -v "$2" ;;
    file) test -r "$2" ;;
    header) echo "#include <$2>" | ${CC:-cc} -E - ;;
    clang-header) echo "#include <$2>" | clang -x c++ -E - ;;
    module) pkg-config --exists "$2 >= $3" ;;
    macro) test -r "$(aclocal --print-ac-dir)/$2" ;;
    *) die ".packages: unknown probe '$1'" ;;
    esac >/dev/null 2>&1
}

missing_packages() {
    while read -r package kind name version; do
        case $package in
        '' | '#'*) continue ;;
        full) [ "$goal" = full ] && continue || break ;;
        esac
        is_there "$kind" "$name" "${version:-0}" || printf ' %s' "$package"
    done <.packages
}

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    install="apt-get install -y --no-install-recommends$missing"
    if ! command -v apt-get >/dev/null 2>&1; then
        die "not found, and there is no apt-get to install them:$missing"
    elif [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=sudo
    else
        die "packages are missing; run as root: apt-get update && $install"
    fi
    echo "installing:$missing"
    quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
    # shellcheck disable=SC2086 # a list of words
    quietly $as_root env DEBIAN_FRONTEND=noninteractive $install
    missing=$(missing_packages)
    [ -z "$missing" ] || die "installed, but still not found:$missing"
}

# build [ARGUMENT...]: the arguments are configure's.
build() {
    quietly ./configure --quiet "$@"
    make -s -j"$(nproc)" >/dev/null
}

# The main job.  A denied request is a result, not a failure: eval's exit code is 0 to 3 if all requests were decided.
run() {
    policy=rules/contentstack/management-tokens.rules
    requests=rules/contentstack/sample-requests.jsonl
    echo "\$ ./rulecheck eval -p $policy $requests"
    status=0
    ./rulecheck eval -p "$policy" "$requests" || status=$?
    [ "$status" -le 3 ] || die "'rulecheck eval' failed with status $status"
}

goal=${1-}
case $#:$goal in
0: | 1:run | 1:check | 1:full) ;;
*) die "usage: ./autogen.sh [run | check | full]" ;;
esac

install_packages
quietly autoreconf --install --force --warnings=all
case $goal in
'') echo "now run ./configure && make" ;;
run)
    build
    run
    ;;
check | full)
    if [ "$goal" = full ]; then
        build --enable-werror
    else
        build
    fi
    run
    make -s -j"$(nproc)" check
    ;;
esac
