#!/bin/sh
# The tools that check the API description and make a client of it, installed once below
# DOCKERMATE_TEST_CACHE; later runs need no network for them.
#
#   sh tests/openapi.sh tools           prints the folder of openapi-spec-validator,
#                                       openapi-python-client and redocly
#   sh tests/openapi.sh schemathesis    prints that of schemathesis
#
# The folder's name holds what is pinned for it, so a change of that installs again.
# Node comes from PyPI too: Debian 12 has an older one than redocly needs.
set -eu
cd "$(dirname "$0")/openapi"
cache=${DOCKERMATE_TEST_CACHE:-/var/cache/dockermate-tests}

case ${1:-} in
    tools) pinned="tools.txt package-lock.json" ;;
    schemathesis) pinned=schemathesis.txt ;;
    *)
        sed -n '2,/^set /s/^# \{0,1\}//p' "../openapi.sh" >&2
        exit 64
        ;;
esac
# shellcheck disable=SC2086
sum=$(cat $pinned | sha256sum | cut -c 1-16)
folder=$cache/openapi-$1-$sum
mkdir -p "$cache"
exec 9>"$cache/openapi-$1.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install -q --disable-pip-version-check --no-deps -r "$1.txt" >&2
    if [ "$1" = tools ]; then
        cp package.json package-lock.json "$folder"
        (cd "$folder" && PATH=$folder/bin:$PATH npm ci --ignore-scripts --no-audit --no-fund) >&2
    fi
    : >"$folder/complete"
fi
printf '%s\n' "$folder"
