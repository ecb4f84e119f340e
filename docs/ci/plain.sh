#!/bin/sh
# Any system that can run a command. BASE and HEAD are revisions, BRANCH is the name of the branch
# that the change comes from.
#
#   BASE=origin/main HEAD=HEAD BRANCH=feat/locale-1 sh docs/ci/plain.sh
#
# The clone needs the history of both. If the system names the author by a name that the author
# cannot choose, pass it on as AUTHOR, for contracts with `actors`.
set -eu
set -- --base "$BASE" --head "$HEAD" --branch "$BRANCH" ${AUTHOR:+--author "$AUTHOR"}
exec guard ci "$@" --report json=guard.json
