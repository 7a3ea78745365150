#!/bin/sh
# Proves what is said about a release binary: right machine, static, stripped,
# within its size, and able to run.
#
#   sh cross/prove.sh x86_64|aarch64 [file]       (target/dist/dockermate-<machine>)
set -eu
cd "$(dirname "$0")/.."

# Bytes. The first is what the program should stay below, the second what it must.
budget=8000000
limit=10000000

machine=${1:?which machine: x86_64 or aarch64}
file=${2:-target/dist/dockermate-$machine}

fail() {
    printf '%s: %s\n' "$file" "$*" >&2
    exit 1
}

[ -f "$file" ] || fail "is not there"

case $machine in
    x86_64) name='Advanced Micro Devices X86-64' page=4096 ;;
    # Raspberry Pi 5 kernels have pages of 16 KiB, other arm64 kernels up to 64.
    aarch64) name=AArch64 page=65536 ;;
    *) fail "'$machine' is not a machine that is built for" ;;
esac

header=$(LC_ALL=C readelf --wide --file-header "$file")
segments=$(LC_ALL=C readelf --wide --program-headers "$file")
sections=$(LC_ALL=C readelf --wide --section-headers "$file")
dynamic=$(LC_ALL=C readelf --wide --dynamic "$file")

case $header in *"$name"*) ;; *) fail "is not for $machine" ;; esac
case $segments in *INTERP*) fail "asks for a dynamic loader" ;; esac
case $dynamic in *NEEDED*) fail "needs shared libraries: $dynamic" ;; esac
case $sections in *.symtab* | *.debug_*) fail "is not stripped" ;; esac
for align in $(printf '%s\n' "$segments" | awk '$1 == "LOAD" { print $NF }'); do
    [ "$((align))" -ge "$page" ] || fail "has a segment aligned to $align: kernels with pages of $page bytes cannot load it"
done

size=$(wc -c <"$file")
if [ "$size" -gt "$limit" ]; then
    fail "has $size bytes, more than the limit of $limit"
elif [ "$size" -gt "$budget" ]; then
    verdict="above the budget of $budget"
else
    verdict="budget $budget"
fi

if [ "$machine" = "$(uname -m)" ]; then
    how=natively
    version=$("$file" --version </dev/null) || fail "does not run"
else
    how="under qemu-$machine-static"
    version=$("qemu-$machine-static" "$file" --version </dev/null) || fail "does not run $how"
fi
case $version in
    *"$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)"*) ;;
    *) fail "says '$version', not the version in Cargo.toml" ;;
esac
case $version in *"${DOCKERMATE_COMMIT:-}"*) ;; *) fail "says '$version', not commit $DOCKERMATE_COMMIT" ;; esac

printf '%s: %s, static, stripped, %s bytes (%s); runs %s: %s\n' "$file" "$machine" "$size" "$verdict" "$how" "$version"
