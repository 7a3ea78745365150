# Sourced by build.sh: finds, and as root on Debian installs, what the build needs.
# shellcheck shell=sh

# The oldest compiler that the program is written for.
minimum=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)

say() {
    printf 'cross: %s\n' "$*"
}

fail() {
    printf 'cross: %s\n' "$*" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Installs Debian packages, or says which are missing.
packages() {
    say "installing $*"
    if ! have apt-get; then
        fail "this machine has no apt-get; install what corresponds to these Debian packages yourself: $*"
    elif [ "$(id -u)" -ne 0 ]; then
        fail "not root; first run: sudo apt-get install --no-install-recommends $*"
    fi
    [ -n "${apt_updated:-}" ] || apt-get update -q
    apt_updated=yes
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" </dev/null
}

# Whether the compiler $1 is new enough.
new_enough() {
    version=$("$1" --version 2>/dev/null | sed -n 's/^[a-z]* \([0-9][0-9.]*\).*/\1/p')
    [ -n "$version" ] && [ "$(printf '%s\n%s\n' "$minimum" "$version" | sort -V | head -n 1)" = "$minimum" ]
}

need_tools() {
    missing=
    have cc || missing="$missing gcc libc6-dev"
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
    have readelf || missing="$missing binutils"
    have git || missing="$missing git"
    have python3 || missing="$missing python3"
    if [ "$machines" != "$(uname -m)" ] && ! have qemu-aarch64-static; then
        missing="$missing qemu-user-static"
    fi
    # shellcheck disable=SC2086
    [ -z "$missing" ] || packages $missing
    need_zig
}

need_zig() {
    if cargo_zigbuild_works; then
        return
    fi
    tools=$PWD/target/cross-tools
    PATH=$tools/bin:$PATH
    if ! cargo_zigbuild_works; then
        python3 -c 'import ensurepip, venv' 2>/dev/null || packages python3-venv
        say "installing zig and cargo-zigbuild below target/cross-tools"
        python3 -m venv "$tools"
        "$tools/bin/pip" install --quiet --requirement cross/requirements.txt
        # The shell remembers the python3 that it ran before this one was there.
        hash -r
    fi
    cargo_zigbuild_works || fail "cargo-zigbuild or zig does not run; see cross/requirements.txt"
}

# cargo-zigbuild looks for zig in the same places.
cargo_zigbuild_works() {
    have cargo-zigbuild && cargo-zigbuild --version >/dev/null 2>&1 &&
        { python3 -m ziglang version || zig version; } >/dev/null 2>&1
}

# Sets `way` to where the standard library for the machines in $1 comes from.
choose_way() {
    case ${DOCKERMATE_CROSS:-} in
        rustup) rustup_targets "$1" || fail "rustup has no musl targets here and could not fetch them" ;;
        debian) debian_source ;;
        '') rustup_targets "$1" || debian_source ;;
        *) fail "DOCKERMATE_CROSS is '$DOCKERMATE_CROSS'; allowed are rustup and debian" ;;
    esac
}

rustup_targets() {
    have rustup && new_enough rustc || return 1
    for one in $1; do
        target=$one-unknown-linux-musl
        # The answer of the toolchain that cargo will use, not of the default one.
        if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
            say "asking rustup for $target"
            timeout 300 rustup target add "$target" || return 1
        fi
    done
    way=rustup
}

debian_source() {
    way=debian
    have_debian_source || packages rustc-web rust-web-src
    have_debian_source || fail "Debian's rustc-web is older than $minimum; use rustup, which was not able to fetch the musl targets"
    # Any cargo will do; it is told which compiler to use.
    have cargo || packages cargo-web
}

have_debian_source() {
    [ -x /usr/bin/rustc ] && new_enough /usr/bin/rustc &&
        [ -f "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.toml" ]
}
