#!/bin/sh
# The driver of Firefox, which Debian does not have: built once from its crate, below
# DOCKERMATE_TEST_CACHE; later runs need no network for it. Prints where it is.
set -eu
version=0.37.1
cache=${DOCKERMATE_TEST_CACHE:-/var/cache/dockermate-tests}
folder=$cache/geckodriver-$version
mkdir -p "$cache"
exec 9>"$cache/geckodriver.lock"
flock 9
[ -x "$folder/bin/geckodriver" ] || {
    target=$(mktemp -d)
    CARGO_TARGET_DIR=$target cargo install -q --locked --version "$version" --root "$folder" geckodriver >&2
    rm -rf "$target"
}
printf '%s\n' "$folder/bin/geckodriver"
