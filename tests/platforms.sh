#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stage 'platforms' of 'make check-full': the library built for several machines and by several compilers, and one sequence of
# random policies and requests decided by each build (tests/digest.c): RCK_DECISIONS (10000000) decisions, one digest.
#
#   gcc, clang    as they are configured everywhere
#   clang-19      -O3
#   lto           gcc -O3 -flto, which warns of pointers that are never NULL
#   musl          another C library
#   s390x         big-endian, under qemu
#   i686          32 bits, by clang-19, which has numbers of 128 bits there; under qemu where the kernel does not run it

set -euo pipefail
: "${top_builddir:?}"
out=$(cd "$top_builddir" && pwd)/check-full/platforms
make=${MAKE:-make}
policies=1000 decisions=$((${RCK_DECISIONS:-10000000} / 1000))
passed=0 failed=0 skipped=0
rm -rf "$out" && mkdir -p "$out/include"

# The cross compilers and musl do not look where Debian has this one header.
uthash=$(echo '#include <uthash.h>' | gcc -E - | sed -nE 's/^# 1 "(.*uthash\.h)".*/\1/p' | head -n 1)
ln -s "$uthash" "$out/include/uthash.h"

# skip NAME WHAT
skip() {
    echo "SKIP: $1: there is no $2"
    skipped=$((skipped + 1))
}

# build NAME CONFIGURE-ARGUMENT...
build() {
    local name=$1
    shift
    mkdir "$out/$name" && cd "$out/$name"
    # Check and jansson are those of this machine, and nothing here needs them.
    if ! { ../../source/configure --quiet --disable-shared CPPFLAGS="-I$out/include" CFLAGS=-O2 "$@" &&
        $make CHECK_LIBS= JANSSON_LIBS= tests/digest; } >"$out/$name.log" 2>&1; then
        echo "FAILED: it does not build for $name"
        tail -n 30 "$out/$name.log"
        failed=$((failed + 1))
        return 1
    fi
}

# decide NAME [PROGRAM]...: leaves what the build says, or nothing.
decide() {
    local name=$1
    shift
    (cd "$out/$name" && "$@" tests/digest "$policies" "$decisions") >"$out/$name.said" 2>&1 </dev/null || :
}

# native NAME CONFIGURE-ARGUMENT...
native() {
    build "$@" || return 0
    names+=("$1")
    decide "$1" &
}

# Builds overlap with decisions of the builds before; the slowest machine comes first.
names=()
if command -v s390x-linux-gnu-gcc >/dev/null 2>&1 && command -v qemu-s390x-static >/dev/null 2>&1; then
    if build s390x --enable-werror --host=s390x-linux-gnu CC=s390x-linux-gnu-gcc; then
        names+=(s390x)
        decide s390x qemu-s390x-static -L /usr/s390x-linux-gnu &
    fi
else
    skip s390x "s390x-linux-gnu-gcc or qemu-s390x-static"
fi
native gcc --enable-werror CC=gcc
if command -v clang >/dev/null 2>&1; then native clang --enable-werror CC=clang; else skip clang clang; fi
if command -v clang-19 >/dev/null 2>&1; then native clang-19 --enable-werror CC=clang-19 CFLAGS=-O3; else skip clang-19 clang-19; fi
if command -v gcc-ar >/dev/null 2>&1; then
    native lto CC=gcc CFLAGS='-O3 -flto=auto' LDFLAGS='-O3 -flto=auto' AR=gcc-ar RANLIB=gcc-ranlib NM=gcc-nm
else
    skip lto gcc-ar
fi
if command -v musl-gcc >/dev/null 2>&1; then native musl --enable-werror CC=musl-gcc; else skip musl musl-gcc; fi
i686=/usr/i686-linux-gnu
if command -v clang-19 >/dev/null 2>&1 && command -v i686-linux-gnu-gcc >/dev/null 2>&1 && [ -x $i686/lib/ld-linux.so.2 ]; then
    if build i686 --enable-werror --host=i686-linux-gnu CC='clang-19 --target=i686-linux-gnu'; then
        names+=(i686)
        run=("$i686/lib/ld-linux.so.2" --library-path "$i686/lib")
        "${run[@]}" --help >/dev/null 2>&1 || run=(qemu-i386-static -L "$i686")
        decide i686 "${run[@]}" &
    fi
else
    skip i686 "clang-19, i686-linux-gnu-gcc or libc for i686"
fi
wait

expected=$(cat "$out/gcc.said" 2>/dev/null || :)
for name in "${names[@]}"; do
    if [[ $expected == *decisions*:* ]] && cmp -s "$out/gcc.said" "$out/$name.said"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name: $(tail -n 3 "$out/$name.said")"
    fi
done
echo "# ${names[*]}: $expected"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
