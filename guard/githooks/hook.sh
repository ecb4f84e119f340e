#!/bin/sh
# guard's hook @hook@, written by `guard install` (guard @version@, seal @seal@).
# `guard uninstall` removes it. Edits are in the way of both: write hooks of your own instead.
hook=@hook@ absent=@absent@ guard=@program@

#: A line like this begins a part for the hooks that it names. Other words are a comment.
#: all
start() {
    case $guard in /*) [ -f "$guard" ] && [ -x "$guard" ] ;; *) false ;; esac || return 127
    "$guard" hook $hook "$@"; code=$?
    [ $code -eq 1 ] || return $code
    # Not only a broken contract ends with 1: so does Python without guard, or another program.
    "$guard" hook --help 2>/dev/null | grep -q '^Usage: guard hook ' || return 127
    return 1
}

judge() {
    start "$@"; code=$?
    case $code in 126 | 127) guard=$(command -v guard); start "$@"; code=$? ;; esac
    case $code in 126 | 127) ;; *) return $code ;; esac
#: pre-commit pre-merge-commit pre-push reference-transaction pre-receive update
    answer="so @judges@ is not judged"
    [ $absent != block ] || answer="and @judges@ is stopped, as guard.toml wants"
    echo "guard: the program guard is gone, $answer; install it again, or: rm $0" >&2
    [ $absent != block ]
#: all
}

main() {
#: pre-push pre-receive update
    judge "$@"
#: pre-commit pre-merge-commit
    judge "$@" || return
    # This tells prepare-commit-msg, which git runs next, that the index was judged.
    place=${GIT_INDEX_FILE%/*}
    [ -f "$place/HEAD" ] || return 0
    { [ -d "$place/guard" ] || mkdir "$place/guard"; echo >"$place/guard/judged"; } 2>/dev/null
    return 0
#: prepare-commit-msg
    # git also runs this hook when it skips pre-commit (--no-verify, cherry-pick, revert).
    # Be silent if pre-commit judged this very index, and during a rebase: post-rewrite judges it.
    place=${1%/*}
    judged=$place/guard/judged log=$place/logs/HEAD
    [ -d "$place/rebase-merge" ] && return 0
    if [ "$judged" -nt "${GIT_INDEX_FILE:-$place/index}" ]; then
        if [ ! -f "$log" ] || [ "$judged" -nt "$log" ]; then return 0; fi
    fi
    judge "$@"
    return 0
#: post-checkout
    # Only a new worktree has no commit before: `<zeros> <commit> 1`.
    case $3$1 in 1*[!0]*) return 0 ;; 1*) judge "$@" ;; esac
    return 0
#: post-rewrite
    [ "$1" = rebase ] && judge "$@"
    return 0
#: reference-transaction
    # git asks up to three times for each ref. Judge only branches, while they can be stopped.
    [ "$1" = prepared ] || return 0
    moved=$(LC_ALL=C grep ' refs/heads/') || return 0
    printf '%s\n' "$moved" | judge "$@"
#: all
}

#: The older hook runs first, since it may change the index; both get git's standard input.
#: Many hooks look at the name they were called by (husky 4, overcommit, one file under several
#: names), so it keeps its name. A shell script that uses `$0` is read by its own shell with the
#: old path as `$0`, unless it checks whether it is being read (`BASH_SOURCE`).
#: all
previous=${0%/*}/guard-previous/$hook
run_previous() {
    read -r shell <"$previous"
    case $shell in
    '#!'*sh | '#!'*'sh '-*)
        if grep -q '[$][{]*0' "$previous" && ! grep -q BASH_SOURCE "$previous"; then
            ${shell#??} -c '. "${0%/*}/guard-previous/${0##*/}"' "${0%/*}/$hook" "$@"
            return
        fi ;;
    esac
    "$previous" "$@"
}
#: pre-push post-rewrite reference-transaction pre-receive
if [ -x "$previous" ]; then
    input=$(cat && echo .) && input=${input%.}
    printf %s "$input" | run_previous "$@" || exit
    printf %s "$input" | main "$@"
    exit
fi
#: pre-commit pre-merge-commit prepare-commit-msg post-checkout update
if [ -x "$previous" ]; then run_previous "$@" || exit; fi
#: all
main "$@"
