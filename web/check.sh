#!/bin/sh
# Checks the web files: form (prettier at 110 columns), lints (eslint), types (TypeScript over JSDoc, with
# the API's shapes from openapi.json). `--write` puts the form right.
# Its pinned tools go into a cache folder; `cargo build` needs none of them. `sh web/check.sh tools` installs them
# and prints the folder: tests/browser/axe.rs takes axe-core from it.
set -eu
cd "$(dirname "$0")"

command -v npm >/dev/null || {
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nodejs npm </dev/null
} >&2
lock=$(sha256sum check/package-lock.json | cut -c1-16)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/dockermate/web-tools-$lock
# Two of them at once, as in tests/run.sh, must not install into one folder.
mkdir -p "${tools%/*}"
exec 9>"$tools.lock"
flock 9
if [ ! -e "$tools/complete" ]; then
    rm -rf "$tools"
    mkdir -p "$tools"
    cp check/package.json check/package-lock.json "$tools"
    (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund) >&2
    touch "$tools/complete"
fi
exec 9>&-
if [ "${1:-}" = tools ]; then
    printf '%s\n' "$tools"
    exit
fi
export DOCKERMATE_WEB_TOOLS="$tools"

bin=$tools/node_modules/.bin
failed=0
node check/format.mjs "$@" || failed=1
"$bin/eslint" -c check/eslint.config.mjs js || failed=1
# The shapes of the API for `import("../check/api.js")` in JSDoc; made each time, so they are never old.
"$bin/openapi-typescript" openapi.json -o check/api.d.ts >/dev/null
"$bin/tsc" -p check/tsconfig.json || failed=1
# A script says `// @ts-check` at its top; those that do not yet are listed, and the list only gets shorter.
grep -rL '^// @ts-check' --include='*.js' js | LC_ALL=C sort >"$tools/unchecked.txt"
diff -u check/unchecked.txt "$tools/unchecked.txt" || {
    echo "check.sh: check/unchecked.txt is not the list of the scripts without // @ts-check" >&2
    failed=1
}
exit "$failed"
