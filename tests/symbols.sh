#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the shared library exports, what the version script lists and what rulecheck.h declares RCK_API are the same; and what it asks
# of others is the short list below.  hygiene.sh tells which object calls what it should not.

set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}" "${NM:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

library=$top_builddir/.libs/librulecheck.so
if [ ! -e "$library" ]; then
    if grep -q "^build_libtool_libs=no" "$top_builddir/libtool"; then
        echo "there is no shared library: configured with --disable-shared"
        exit 77
    fi
    echo "$library is missing"
    exit 1
fi

# NM may be a command with options ("nm -B"), so it is not quoted; -P puts the name first, whatever else the line has.
# shellcheck disable=SC2086
$NM -P -D --defined-only "$library" >"$work/nm"
awk '$2 != "A" { sub(/@.*/, "", $1); print $1 }' "$work/nm" | sort >"$work/exported"

tr ';' '\n' <"$top_srcdir/engine/librulecheck.map" | awk '
    /^[A-Z0-9_]+ *\{/ { inside = 1; next }
    /^\}/ { inside = 0 }
    inside && /local:/ { inside = 0 }
    inside { gsub(/global:|[ \t]/, ""); if ($0 != "") print }' | sort >"$work/mapped"

# A declaration is the text from RCK_API to the first ";"; its name is the word before the first "(".
sed -e '/^#/d' "$top_srcdir/engine/rulecheck.h" | tr '\n' ' ' | sed -e 's@/\*@\n&@g' | sed -e 's@^/\*.*\*/@@' | tr '\n' ' ' |
    grep -o 'RCK_API[^;(]*(' | sed -E 's/.*[^A-Za-z0-9_]([A-Za-z0-9_]+) *\($/\1/' | sort >"$work/declared"

for list in exported mapped declared; do
    [ -s "$work/$list" ] || { echo "found nothing that is $list"; exit 1; }
done
status=0
diff -u "$work/declared" "$work/mapped" || { echo "engine/librulecheck.map is not what rulecheck.h declares"; status=1; }
diff -u "$work/mapped" "$work/exported" || { echo "the library does not export what engine/librulecheck.map lists"; status=1; }
# Every function is in a scenario of tests/oom.c, but for those that only read what is there.
reads="rck_policy_credential rck_policy_route rck_request_asked rck_version"
# shellcheck disable=SC2086
untried=$({ grep -oE 'rck_[a-z_]+' "$top_srcdir/tests/oom.c"; printf '%s\n' $reads; } | sort -u | comm -23 "$work/mapped" -)
[ -z "$untried" ] || { echo "in no scenario of tests/oom.c: ${untried//$'\n'/ }"; status=1; }
# Of the C library: memory and bytes, numbers into buffers, locks, files to be read and mapped, a seed for the hashes, flex's way out.
allowed="malloc realloc free memchr memcmp bcmp memcpy memmove memset strcmp strlen strchr strnlen snprintf vsnprintf
    pthread_mutex_init pthread_mutex_destroy pthread_mutex_lock pthread_mutex_unlock
    fopen fread fclose ferror fileno fstat stat strerrordesc_np errno_location getrandom setjmp longjmp
    open read close mmap munmap"
# Of the C library, in code that the generators write and that never runs.
allowed="$allowed stdin stdout stderr fprintf fputc fwrite getc clearerr"
# Of compiler and loader.
allowed="$allowed stack_chk_fail cxa_finalize gmon_start__ ITM_deregisterTMCloneTable ITM_registerTMCloneTable"

if [ "${RCK_SANITIZERS-}" != yes ]; then
    # shellcheck disable=SC2086
    $NM -P -D -u "$library" >"$work/nm"
    [ -s "$work/nm" ] || { echo "the library asks for nothing"; status=1; }
    sed -E 's/[@ ].*//; s/^_+//; s/^isoc[0-9]+_//; s/_chk$//' "$work/nm" | sort -u >"$work/asked"
    # shellcheck disable=SC2086
    printf '%s\n' $allowed | sort -u >"$work/allowed"
    others=$(comm -23 "$work/asked" "$work/allowed")
    [ -z "$others" ] || { echo "the library asks for more than it may: ${others//$'\n'/ }"; status=1; }
fi
echo "$(wc -l <"$work/exported") symbols exported"
exit $status
