# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of rulecheck's command line for bash.  Subcommands, options, topics' codes and limits come from the tool itself, so
# that they cannot differ from it; the words that an option takes are below, and tests/completion.sh compares them.

_rulecheck_words() {
    local word
    for word in $1; do
        case $word in
        "$2"*) COMPREPLY+=("$word") ;;
        esac
    done
}

_rulecheck_files() {
    local file
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
        COMPREPLY+=("$file")
    done < <(compgen -f -- "$1")
}

# The words of the first column of a part of the help that begins with the line $1.
_rulecheck_help_column() {
    awk -v title="$1" '$0 == title { inside = 1; next } /^[^ ]/ { inside = 0 } inside && /^  [^ ]/ { print $1 }'
}

_rulecheck() {
    local tool=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} option subcommand='' word i subcommands formats
    COMPREPLY=()

    # bash makes words of --format=json at the '='.
    if [ "$current" = "=" ]; then
        option=${COMP_WORDS[COMP_CWORD - 1]}
        current=
    elif [ "$COMP_CWORD" -ge 2 ] && [ "${COMP_WORDS[COMP_CWORD - 1]}" = "=" ]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    else
        option=${COMP_WORDS[COMP_CWORD - 1]}
    fi

    subcommands=$("$tool" --help 2>/dev/null | _rulecheck_help_column "subcommands:")
    for ((i = 1; i < COMP_CWORD; i++)); do
        for word in $subcommands; do
            if [ "${COMP_WORDS[i]}" = "$word" ]; then
                subcommand=$word
                break 2
            fi
        done
    done

    case $option in
    --policy | -p | --output | -o | --page | --facts)
        _rulecheck_files "$current"
        return
        ;;
    --format)
        formats="text json"
        case $subcommand in
        eval) formats+=" csv" ;;
        check) formats+=" sarif line" ;;
        test) formats+=" tap junit" ;;
        esac
        _rulecheck_words "$formats" "$current"
        return
        ;;
    --input)
        _rulecheck_words "json csv kv log har" "$current"
        return
        ;;
    --only)
        _rulecheck_words "allow deny indeterminate invalid" "$current"
        return
        ;;
    --color)
        _rulecheck_words "auto always never" "$current"
        return
        ;;
    --limit)
        _rulecheck_words "$("$tool" help limits 2>/dev/null | awk '/^  [^ ]/ { print $1 "=" }')" "$current"
        compopt -o nospace 2>/dev/null
        return
        ;;
    -W | -E)
        _rulecheck_words "$("$tool" list codes 2>/dev/null | awk '$3 == "warning" { print $2 }')" "$current"
        return
        ;;
    --param | --at-least | --expect | --max-errors | --now | --jobs | -j)
        return
        ;;
    esac

    case $current in
    -*)
        _rulecheck_words "$("$tool" ${subcommand:+"$subcommand"} --help 2>/dev/null | _rulecheck_help_options)" "$current"
        return
        ;;
    esac
    case $subcommand in
    "") _rulecheck_words "$subcommands" "$current" ;;
    help)
        _rulecheck_words "$subcommands requests results policy types cases formats limits exit-codes codes" "$current"
        _rulecheck_words "$("$tool" list codes 2>/dev/null | awk 'NF > 2 { print $2 }')" "$current"
        ;;
    list) _rulecheck_words "vocabulary clauses params routes limits codes" "$current" ;;
    table) ;;
    *) _rulecheck_files "$current" ;;
    esac
}

_rulecheck_help_options() {
    sed -nE 's/^  (-.), (--[a-z-]+).*/\1 \2/p; s/^      (--[a-z-]+).*/\1/p; s/^  (-[A-Z]) .*/\1/p'
}

complete -F _rulecheck rulecheck
