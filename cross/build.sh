#!/bin/sh
# Builds the static release binaries, target/dist/dockermate-x86_64 and
# target/dist/dockermate-aarch64, and proves that they are what they should be.
#
#   sh cross/build.sh [x86_64|aarch64|all]        (all, if nothing is said)
#   sh cross/build.sh --tools                     installs what it needs, and builds nothing
#
# C code (LMDB, ring) is compiled and everything is linked by zig, which carries
# musl for both machines. The Rust standard library for musl comes from rustup;
# where rustup cannot fetch it, it is built from Debian's copy of its source.
# DOCKERMATE_CROSS=rustup or =debian insists on one of the two ways.
set -eu
cd "$(dirname "$0")/.."

# shellcheck source=cross/tools.sh
. cross/tools.sh

usage() {
    sed -n '2,12s/^# \{0,1\}//p' cross/build.sh
}

# All at once: the last step of each, which takes half of the time, uses one core.
build() {
    started=$(date +%s)
    targets=
    for arch in $machines; do
        targets="$targets --target $arch-unknown-linux-musl"
    done
    if [ "$way" = rustup ]; then
        say "$machines: with the standard library that rustup has"
        # shellcheck disable=SC2086
        cargo zigbuild --locked --release $targets
    else
        say "$machines: with a standard library built from $(/usr/bin/rustc --print sysroot)/lib/rustlib/src"
        # `build-std` is not stable yet; the variable allows it to a release
        # compiler. Without `link-self-contained=no` rustc would look for the
        # start files of a target that was never installed.
        # shellcheck disable=SC2086
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="$RUSTFLAGS -Clink-self-contained=no" \
            cargo zigbuild -Zbuild-std=std,panic_abort --locked --release $targets
    fi
    mkdir -p target/dist
    # By rename: a running binary is not written over.
    for arch in $machines; do
        cp "$CARGO_TARGET_DIR/$arch-unknown-linux-musl/release/dockermate" "target/dist/.dockermate-$arch"
        mv "target/dist/.dockermate-$arch" "target/dist/dockermate-$arch"
    done
    say "$machines: built in $(($(date +%s) - started)) s"
}

tools_only=
case ${1:-all} in
    x86_64 | aarch64) machines=$1 ;;
    all) machines='x86_64 aarch64' ;;
    --tools)
        machines='x86_64 aarch64'
        tools_only=yes
        ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
esac

need_tools
choose_way "$machines"
[ -z "$tools_only" ] || exit 0

# A folder of its own: the ordinary build keeps its cache.
CARGO_TARGET_DIR=${DOCKERMATE_CROSS_TARGET_DIR:-$PWD/target/musl}
# Nothing in the binary names the machine it was built on. What the same instructions
# stand for in many places stands once (4 % on x86_64; aarch64 does it by itself).
RUSTFLAGS="-Cllvm-args=-enable-machine-outliner=always -Clink-arg=-Wl,-T,$PWD/cross/discard.ld --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=/crates --remap-path-prefix=$PWD=/dockermate"
CARGO_INCREMENTAL=0
DOCKERMATE_COMMIT=${DOCKERMATE_COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || true)}
export CARGO_TARGET_DIR RUSTFLAGS CARGO_INCREMENTAL DOCKERMATE_COMMIT

build
for machine in $machines; do
    sh cross/prove.sh "$machine"
done
(cd target/dist && sha256sum dockermate-* >SHA256SUMS && cat SHA256SUMS)
