#!/bin/sh
# DockerMate from nothing to a running appliance, in one command:
#
#   sh image/quickstart.sh [--build] [options of `dockermate serve`]
#
# On Debian, Ubuntu or Raspberry Pi OS, as root, it
#   1. takes the prebuilt program beside this script or in target/dist, or
#      builds it, installing a compiler if there is none;
#   2. looks for a container engine, and installs Docker (docker.io) and starts
#      it if none answers;
#   3. runs the appliance in the foreground. Ctrl-C stops it.
#
# It can be run again at any time: what is there already is left alone.
# Without root it changes nothing on the machine: it says what is missing, with
# the command that would put it right, and runs what can be run.
#
#   --build   build from source even if there is a prebuilt program
#   --help    this text
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/.." && pwd)
engine_log=/var/log/dockermate-engine.log

say() {
    printf 'quickstart: %s\n' "$*"
}

fail() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 69
}

have() {
    command -v "$1" >/dev/null 2>&1
}

is_root() {
    [ "$(id -u)" -eq 0 ]
}

# Installs Debian packages.
packages() {
    have apt-get || fail "this system has no apt-get. Please install: $*"
    say "installing $*"
    if [ -z "${apt_updated:-}" ]; then
        apt-get update -q || fail "the package lists could not be fetched; is this machine online?"
        apt_updated=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" </dev/null ||
        fail "could not install: $*"
}

# Whether apt knows a package of this name that it could install.
installable() {
    have apt-cache && apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'
}

# --- The program --------------------------------------------------------------

# Sets `program` to a prebuilt one that runs here and is not older than the source.
find_prebuilt() {
    for file in "$here/dockermate" "$here/dockermate-$(uname -m)" "$source/target/dist/dockermate-$(uname -m)"; do
        [ -f "$file" ] || continue
        if [ -d "$source/src" ] &&
            [ -n "$(cd "$source" && find src web Cargo.toml Cargo.lock -newer "$file" 2>/dev/null | head -n 1)" ]; then
            say "$file is older than the source beside it"
        elif { [ -x "$file" ] || chmod +x "$file"; } && "$file" --version >/dev/null 2>&1 </dev/null; then
            program=$file
            return 0
        else
            say "$file does not run on this machine"
        fi
    done
    return 1
}

# Whether `cargo` and `rustc` are there, and new enough.
compiler_is_good() {
    have cargo && have rustc && new_enough "$(rustc --version 2>/dev/null | cut -d ' ' -f 2)"
}

new_enough() {
    [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$rust" "$1" | sort -V | head -n 1)" = "$rust" ]
}

# The packaged compilers: the distribution's own, the newer one that Debian keeps
# for its browsers, and the numbered ones of Ubuntu.
packaged_compiler() {
    have apt-cache || return 1
    for package in rustc rustc-web $(apt-cache search --names-only '^rustc-[0-9.]+$' | cut -d ' ' -f 1 | sort -Vr); do
        candidate=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p')
        if new_enough "$candidate"; then
            suffix=${package#rustc}
            return 0
        fi
    done
    return 1
}

ensure_compiler() {
    # Where rustup puts it; a shell that was not started anew does not know.
    PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    export PATH
    if is_root; then
        have cc || packages gcc libc6-dev
        # Without them nothing can be fetched by HTTPS.
        [ -e /etc/ssl/certs/ca-certificates.crt ] || packages ca-certificates
        compiler_is_good && return
        [ -n "${apt_updated:-}" ] || ! have apt-get || apt-get update -q || true
        apt_updated=yes
        if packaged_compiler; then
            packages "rustc$suffix" "cargo$suffix"
            # Ubuntu's numbered ones are not in the usual place.
            PATH=/usr/lib/rust$suffix/bin:$PATH
            hash -r
            compiler_is_good && return
        fi
    elif ! have cc; then
        fail "a C compiler is needed to build the program. Run this script with sudo, or: sudo apt-get install gcc libc6-dev"
    fi
    compiler_is_good || compiler_from_rustup
}

# For a person's own account, so it needs no root.
compiler_from_rustup() {
    if ! have rustup && is_root && installable rustup; then
        packages rustup
    fi
    if ! have rustup && ! have curl && is_root && have apt-get; then
        packages curl ca-certificates
    fi
    if have rustup; then
        say "asking rustup for the current Rust compiler"
        rustup toolchain install stable --profile minimal && rustup default stable || true
    elif have curl; then
        say "this system has no Rust $rust; installing it with rustup"
        curl --proto '=https' --tlsv1.2 --silent --show-error --fail --max-time 60 https://sh.rustup.rs >"$scratch" &&
            sh "$scratch" -y --profile minimal --no-modify-path || true
    fi
    hash -r
    compiler_is_good ||
        fail "building the program needs Rust $rust or newer. Neither this system's packages nor rustup could give it: install it (rustup.rs says how) and run this again, or put a prebuilt dockermate beside this script"
}

build() {
    [ -f "$source/Cargo.toml" ] || fail "there is neither a prebuilt program nor its source; put dockermate-$(uname -m) beside this script"
    rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$source/Cargo.toml")
    scratch=$(mktemp)
    trap 'rm -f "$scratch"' EXIT
    ensure_compiler
    memory=$(awk '/^(MemAvailable|SwapFree):/ { kb += $2 } END { print int(kb / 1024) }' /proc/meminfo)
    if [ "$memory" -lt 1500 ]; then
        say "little memory ($memory MB): building with less optimisation, one file at a time"
        export CARGO_BUILD_JOBS=1 CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    fi
    say "building; the first time this takes several minutes, and much longer on a small machine"
    (cd "$source" && cargo build --locked --release --bin dockermate) || fail "the build failed"
    program=${CARGO_TARGET_DIR:-$source/target}/release/dockermate
    rm -f "$scratch"
    trap - EXIT
}

# --- The engine ---------------------------------------------------------------

# The sockets of Docker and Podman, rootless ones too.
sockets() {
    case ${DOCKER_HOST:-} in unix://*) printf '%s\n' "${DOCKER_HOST#unix://}" ;; esac
    printf '%s\n' /var/run/docker.sock
    if [ -n "${XDG_RUNTIME_DIR:-}" ]; then
        printf '%s\n' "$XDG_RUNTIME_DIR/docker.sock" "$XDG_RUNTIME_DIR/podman/podman.sock"
    fi
    printf '%s\n' /run/podman/podman.sock
}

answers() {
    if have curl; then
        [ "$(curl --silent --max-time 10 --noproxy '*' --unix-socket "$1" http://localhost/_ping)" = OK ]
    else
        docker --host "unix://$1" version >/dev/null 2>&1
    fi
}

# Sets `engine` to the first socket that answers.
find_engine() {
    for socket in $(sockets); do
        if [ -S "$socket" ] && answers "$socket"; then
            engine=$socket
            return 0
        fi
    done
    return 1
}

# A daemon that was just started needs some seconds. $1: its process, if it is ours.
wait_for_engine() {
    tries=0
    while [ "$tries" -lt 60 ]; do
        find_engine && return 0
        if [ -n "${1:-}" ] && ! kill -0 "$1" 2>/dev/null; then
            return 1
        fi
        sleep 1
        tries=$((tries + 1))
    done
    return 1
}

start_engine_by_hand() {
    say "no systemd here: starting dockerd by hand; its log is $engine_log"
    # A session of its own, so that Ctrl-C ends the appliance and not the containers.
    setsid dockerd >>"$engine_log" 2>&1 </dev/null &
    daemon=$!
    if wait_for_engine "$daemon"; then
        say "dockerd runs as process $daemon and stays when the appliance stops; to stop it too: kill $daemon"
    else
        tail -n 15 "$engine_log" >&2
        fail "dockerd did not come up; above are the last lines of its log"
    fi
}

ensure_engine() {
    case ${DOCKER_HOST:-} in
        '' | unix://*) ;;
        *)
            say "the engine is the one in DOCKER_HOST: $DOCKER_HOST"
            return
            ;;
    esac
    if is_root && ! have curl; then
        packages curl ca-certificates
    fi
    if find_engine; then
        say "an engine answers at $engine"
        return
    fi
    if ! is_root; then
        explain_engine_to_user
        return
    fi
    if ! have dockerd; then
        # From Debian 13 on the `docker` command is a package of its own.
        if installable docker-cli; then
            packages docker.io docker-cli iptables
        else
            packages docker.io iptables
        fi
    fi
    if [ -d /run/systemd/system ]; then
        systemctl enable --now docker.service >/dev/null ||
            fail "docker.service does not start; see: journalctl -u docker"
        wait_for_engine || fail "docker.service runs but does not answer; see: journalctl -u docker"
    elif ! find_engine; then
        start_engine_by_hand
    fi
    say "an engine answers at $engine"
}

explain_engine_to_user() {
    if ! have curl && ! have docker; then
        say "cannot ask for an engine without curl; the appliance will look itself"
    elif [ -S /var/run/docker.sock ] && ! [ -w /var/run/docker.sock ]; then
        say "there is a Docker socket, but $(id -un) may not use it. To allow it:"
        say "    sudo usermod -aG docker $(id -un)      and log in again"
    else
        say "no engine answers. To install and start one:"
        say "    sudo apt-get install docker.io && sudo usermod -aG docker $(id -un)      and log in again"
        say "or run this script with sudo. The appliance starts without it and connects when it is there."
    fi
}

# --- All together ---------------------------------------------------------------

force_build=
case ${1:-} in
    -h | --help)
        sed -n '2,18s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    --build)
        force_build=yes
        shift
        ;;
esac

is_root || say "not root: nothing will be installed or changed on this machine"
if [ -n "$force_build" ] || ! find_prebuilt; then
    build
fi
ensure_engine
say "starting $("$program" --version) from $program"
# In place of this script, so that signals reach it directly.
exec "$program" serve "$@"
