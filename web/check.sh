#!/bin/sh
# Checks the web files: form (prettier at 110 columns), lints (eslint), types (TypeScript over JSDoc, with
# the API's shapes from openapi.json). `--write` puts form and generated types right instead.
# Its pinned tools go into a cache folder; `cargo build` needs none of them.
set -eu
cd "$(dirname "$0")"

command -v npm >/dev/null || {
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nodejs npm </dev/null
}
lock=$(sha256sum check/package-lock.json | cut -c1-16)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/dockermate/web-tools-$lock
if [ ! -e "$tools/complete" ]; then
    rm -rf "$tools"
    mkdir -p "$tools"
    cp check/package.json check/package-lock.json "$tools"
    (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund)
    touch "$tools/complete"
fi
export DOCKERMATE_WEB_TOOLS="$tools"

failed=0
node check/format.mjs "$@" || failed=1
exit "$failed"
