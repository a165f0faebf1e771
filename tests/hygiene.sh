#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the library calls: nothing that ends the process, writes output, depends on the locale, the clock or the environment, or
# writes without a bound.  engine/ calls nothing of grammar/ and reads no files, but for saved_file.c.  No data can be written but bison's trace switch.

set -euo pipefail
: "${top_builddir:?}" "${NM:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top_builddir"
bad=0

# symbols ARCHIVE LISTING: all symbols of its objects, as "object name type".
symbols() {
    [ -e "$1" ] || { echo "$1 is missing"; exit 1; }
    # NM may be a command with options, so it is not quoted.
    # shellcheck disable=SC2086
    $NM -P -A "$1" >"$work/nm"
    sed -nE 's/^.*\[(.*)\]: ([^ ]+) ([^ ]+).*/\1 \2 \3/p' "$work/nm" >"$2"
    [ -s "$2" ] || { echo "$1 has no symbols"; exit 1; }
}

# What flex writes whether it is used or not: a default for its input and output files, which front_parse() never leaves unset.
generated='^scan\.o (stdin|stdout) '

# forbid LISTING WHAT NAME...: complains of those that LISTING leaves undefined, also in the forms that glibc's headers make of them.
forbid() {
    local listing=$1 what=$2 name
    shift 2
    for name in "$@"; do
        if grep -E "^[^ ]+ (__(isoc[0-9]+_)?)?$name(_chk|_l|_r|64)? [Uw]" "$listing" | grep -vE "$generated" >"$work/found"; then
            while read -r object symbol _; do
                echo "$what calls $symbol, in $object"
            done <"$work/found"
            bad=1
        fi
    done
}

for name in librck_engine librck_all; do
    archive=.libs/$name.a
    [ -e "$archive" ] || archive=$name.a
    symbols "$archive" "$work/$name"
done

forbid "$work/librck_all" "the library" \
    exit _exit _Exit quick_exit atexit abort assert_fail raise kill signal sigaction \
    printf fprintf vprintf vfprintf dprintf vdprintf puts fputs putchar putc fputc fwrite perror write syslog vsyslog \
    warn warnx vwarn vwarnx err errx verr verrx error \
    stdout stderr stdin \
    setlocale newlocale uselocale duplocale localeconv nl_langinfo iconv_open gettext dcgettext \
    strtod strtof strtold strtol strtoul strtoll strtoull atoi atol atof sscanf fscanf scanf \
    strcoll strxfrm strcasecmp strncasecmp regcomp regexec fnmatch glob wordexp \
    ctype_b_loc ctype_tolower_loc ctype_toupper_loc isalpha isdigit isalnum isspace isupper islower tolower toupper \
    isxdigit ispunct isprint iscntrl iswalpha iswdigit iswspace wcwidth mbrtowc mbtowc mbstowcs \
    getenv secure_getenv setenv putenv unsetenv time clock clock_gettime gettimeofday localtime gmtime mktime strftime \
    rand srand random srandom drand48 \
    strcpy strcat stpcpy sprintf vsprintf gets alloca strtok strdup strndup asprintf vasprintf qsort \
    system popen fork vfork execve execvp posix_spawn dlopen pthread_create thrd_create sleep usleep nanosleep \
    unlink remove rename mkstemp tmpfile mkdir chdir umask socket connect
grep -v '^\(librck_engine_la-\)*saved_file\.o ' "$work/librck_engine" >"$work/no_files"
forbid "$work/no_files" "engine/" \
    fopen fdopen freopen fread fgets fgetc getc getline fclose fseek ftell ungetc open openat read pread mmap stat fstat opendir

# What engine/ needs must not be what only grammar/ has.
awk '$3 ~ /^[TDRBVWC]$/ { print $2 }' "$work/librck_engine" | sort -u >"$work/engine_has"
awk '$3 ~ /^[TDRBVWC]$/ { print $2 }' "$work/librck_all" | sort -u | comm -13 "$work/engine_has" - >"$work/grammar_has"
needed=$(awk '$3 == "U" { print $2 }' "$work/librck_engine" | sort -u | comm -12 "$work/grammar_has" -)
if [ -n "$needed" ]; then
    echo "engine/ calls into grammar/: ${needed//$'\n'/ }"
    bad=1
fi

# The sanitizers add data of their own.
if [ "${RCK_SANITIZERS-}" != yes ] && command -v objdump >/dev/null 2>&1; then
    archive=.libs/librck_all.a
    [ -e "$archive" ] || archive=librck_all.a
    objdump -t "$archive" >"$work/objdump"
    writable=$(sed 's/ \.hidden / /' "$work/objdump" | awk '
        NF >= 5 && $(NF - 2) ~ /^(\.t?(data|bss)|\*COM\*)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ && $NF !~ /^\./ { print $NF }' | sort -u)
    if [ -n "$writable" ]; then
        echo "static data that can be written: ${writable//$'\n'/ }"
        bad=1
    fi
fi

echo "$(wc -l <"$work/librck_all") symbols looked at"
exit $bad
