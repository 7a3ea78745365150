#!/bin/sh
# Runs all tests, on a fresh Debian machine too:
#
#   sh tests/run.sh                      everything, on every engine of tests/engines.txt
#   sh tests/run.sh [a part of a test's name] [options of cargo test] [-- options of the tests]
#                                        on the engine that DOCKERMATE_TEST_ENGINE names (default: docker,
#                                        the one of this machine; the others: tests/engines.sh)
#   DOCKERMATE_TEST_SCHEMATHESIS=10000 sh tests/run.sh schemathesis [-- options of the tests]
#                                        asks the API as many random questions as that, with a
#                                        session and as many without (tests/schemathesis.rs)
#
# As root it installs what is missing (tests/packages.txt). Everything a test
# starts lives below DOCKERMATE_TEST_DIR, which is ended and removed at the end.
# The other engines, and the tools that check the API description (tests/openapi.sh), are
# installed once, into DOCKERMATE_TEST_CACHE (/var/cache/dockermate-tests); axe-core, which looks
# at every page (tests/browser/axe.rs), comes with the tools of web/check.sh. Later runs need no
# network for them.
# DOCKERMATE_TEST_ENGINES="docker docker-forky" runs on fewer engines.
# DOCKERMATE_TEST_ONCE=1 does not give what failed a second try by itself.
# DOCKERMATE_TEST_FULL=1 runs, on the other engines, all that tests/engines.txt
# has for them; without it they run what is most likely to differ.
#
# `cargo test` and not nextest: tests share one engine, registry and browser,
# which a process for each test would start again and again.
set -eu
cd "$(dirname "$0")/.."
# Where Debian keeps dockerd, ip and iptables; not in every user's path.
PATH=$PATH:/usr/sbin:/sbin:$HOME/.cargo/bin
export PATH

say() {
    printf 'tests: %s\n' "$*"
}

fail() {
    printf 'tests: %s\n' "$*" >&2
    exit 1
}

# The packages of tests/packages.txt whose sign is not there.
missing_packages() {
    sed '/^#/d;/^$/d' tests/packages.txt | while read -r package sign; do
        case $sign in
            /*) [ -e "$sign" ] || printf '%s ' "$package" ;;
            *) command -v "$sign" >/dev/null 2>&1 || printf '%s ' "$package" ;;
        esac
    done
}

install() {
    if [ "$(id -u)" -ne 0 ]; then
        fail "missing here, and only root can install it: sudo apt-get install --no-install-recommends $*"
    fi
    say "installing $*"
    [ -n "${apt_updated:-}" ] || apt-get update -q
    apt_updated=yes
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" </dev/null
}

# The processes whose command line names our folder, which no other run knows.
# The name comes by a pipe, or the search would find itself.
left_behind() {
    # shellcheck disable=SC2062
    printf '%s' "$DOCKERMATE_TEST_DIR" | grep -l -F -f - /proc/[0-9]*/cmdline 2>/dev/null | cut -d / -f 3 | tr '\n' ' '
}

# Ends what the tests left running. An engine needs time: it stops its
# containers first, and each may take ten seconds.
clean_up() {
    # Podman's containers do not end with its service.
    for socket in "$DOCKERMATE_TEST_DIR"/podman-*/engine-*/docker.sock \
        "$DOCKERMATE_TEST_DIR"/again/podman-*/engine-*/docker.sock; do
        [ -S "$socket" ] || continue
        # shellcheck disable=SC2046
        docker -H "unix://$socket" rm -f $(docker -H "unix://$socket" ps -aq 2>/dev/null) >/dev/null 2>&1 || true
    done
    tries=0
    while pids=$(left_behind) && [ -n "$pids" ] && [ "$tries" -lt 30 ]; do
        # Once; the second signal would end some programs at once.
        # shellcheck disable=SC2046,SC2086
        [ "$tries" -gt 0 ] || kill $(daemons $pids) 2>/dev/null || true
        sleep 1
        tries=$((tries + 1))
    done
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
    # Deepest first.
    cut -d ' ' -f 2 /proc/mounts | grep -F "$DOCKERMATE_TEST_DIR" | sort -r | while read -r mount; do
        umount "$mount" 2>/dev/null || true
    done
    rm -rf "$DOCKERMATE_TEST_DIR"
}

# Of these processes, those that are not children of another of them: dockerd,
# and not the containerd that it needs to stop its containers.
daemons() {
    for pid in "$@"; do
        parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) || continue
        case " $* " in
            *" $parent "*) ;;
            # The shim of a container has no parent left; its engine ends it.
            *) case $(cat "/proc/$pid/comm" 2>/dev/null) in containerd-shim*) ;; *) printf '%s ' "$pid" ;; esac ;;
        esac
    done
}

missing=$(missing_packages)
# shellcheck disable=SC2086
[ -z "$missing" ] || install $missing
missing=$(missing_packages)
[ -z "$missing" ] || fail "installed, but still not to be found: $missing"
command -v cargo >/dev/null 2>&1 || install cargo-web rustc-web

DOCKERMATE_TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/dockermate-tests.XXXXXX")
# An engine or a browser works beside each test, and wants a core too; but they wait a
# fifth of their time.
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$(($(nproc) + 1))}
# The same values each time, so that a failure is about the change; others with
# PROPTEST_RNG_SEED=$RANDOM.
PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-1}
export DOCKERMATE_TEST_DIR RUST_TEST_THREADS PROPTEST_RNG_SEED
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What tests/engines.txt says that an engine is tested with, as arguments of the test program.
selection() {
    awk -v engine="$1" -v full="${DOCKERMATE_TEST_FULL:-}" '
        /^#/ || NF == 0 { next }
        $1 == "-" { if (engine ~ "^" $2) printf "--skip %s ", $3; next }
        $1 == "+" { if ($2 == engine && full) for (i = 3; i <= NF; i++) printf "%s ", $i; next }
        $1 == engine { for (i = 2; i <= NF; i++) printf "%s ", $i }
    ' tests/engines.txt
}

# cargo test against one engine; against another than this machine's in a network
# and a folder of its own.
on_engine() {
    engine=$1
    shift
    case $engine in
        docker) cargo test --locked "$@" ;;
        *)
            mkdir -p "$DOCKERMATE_TEST_DIR/$engine"
            DOCKERMATE_TEST_ENGINE=$engine DOCKERMATE_TEST_DIR=$DOCKERMATE_TEST_DIR/$engine \
                unshare --net sh -c 'ip link set lo up && exec "$@"' lane cargo test --locked "$@"
            ;;
    esac
}

# The names below the last "failures:" of a log.
failed() {
    awk '/^failures:$/ { names = ""; next } /^    [a-z_0-9:]+$/ { names = names $1 " " } END { printf "%s", names }' "$1"
}

# Runs on an engine what failed there once more, by itself: what fails then is
# wrong, what passes was disturbed, and is named so that somebody looks at it.
# Many at once were not disturbed by chance.
again() {
    names=$(failed "$2")
    # shellcheck disable=SC2086
    set -- "$1" "$2" $names
    if [ "${DOCKERMATE_TEST_ONCE:-}" ] || [ $# -le 2 ] || [ $# -gt 7 ]; then
        return 1
    fi
    engine=$1
    log=$2
    shift 2
    say "$engine: once more, by themselves: $*"
    # In a folder of its own: the first run has left its files.
    passed=yes
    (
        DOCKERMATE_TEST_DIR=$DOCKERMATE_TEST_DIR/again
        mkdir -p "$DOCKERMATE_TEST_DIR"
        RUST_TEST_THREADS=1 on_engine "$engine" --test tests -- --exact "$@"
    ) || passed=
    say "$engine: these failed among the others, with:"
    grep -A 4 'panicked at' "$log" || true
    [ "$passed" ] || return 1
    say "$engine: PASSED ONLY BY THEMSELVES: $*"
}

say "$(cargo --version), $RUST_TEST_THREADS at a time, in $DOCKERMATE_TEST_DIR"
if [ "${1:-}" = schemathesis ]; then
    shift
    sh tests/openapi.sh schemathesis >/dev/null
    cargo test --locked --test schemathesis "$@"
    exit
fi
if [ $# -gt 0 ]; then
    engine=${DOCKERMATE_TEST_ENGINE:-docker}
    if [ "$engine" != docker ]; then
        sh tests/engines.sh root "$engine" >/dev/null
        # Its network leads nowhere.
        cargo fetch --locked
        sh tests/openapi.sh tools >/dev/null
        sh web/check.sh tools >/dev/null
    fi
    on_engine "$engine" "$@"
    exit
fi

engines=${DOCKERMATE_TEST_ENGINES:-$(
    awk -v full="${DOCKERMATE_TEST_FULL:-}" '
        /^#/ || NF == 0 || $1 == "-" { next }
        $1 == "+" { if (full) print $2; next }
        { print $1 }
    ' tests/engines.txt | sort -u | tr '\n' ' '
)}
# Their roots are unpacked, and the tools of the API description installed, while
# the compiler works.
{ sh tests/openapi.sh tools && sh web/check.sh tools; } >/dev/null &
tools=$!
sh tests/geckodriver.sh >/dev/null &
gecko=$!
for engine in $engines; do
    [ "$engine" != docker ] || continue
    path=$(sh tests/engines.sh root "$engine")
    say "$engine lives in $path"
done &
roots=$!
cargo test --locked --no-run
wait "$roots"
wait "$tools"
wait "$gecko"
# By itself: a resolver that gets no processor for a second defends its name too
# late, and the proof would be about this machine's load.
cargo test --locked --test tests -- binary::mdns
# The tests wait more than they compute: the other engines work beside this one.
for engine in $engines; do
    [ "$engine" != docker ] || continue
    (
        began=$(date +%s)
        status=0
        # shellcheck disable=SC2046
        on_engine "$engine" --test tests -- $(selection "$engine") >"$DOCKERMATE_TEST_DIR/$engine.log" 2>&1 || status=1
        say "$engine: $(($(date +%s) - began)) s, $(grep '^test result' "$DOCKERMATE_TEST_DIR/$engine.log")"
        exit "$status"
    ) || : >"$DOCKERMATE_TEST_DIR/$engine.failed"
done &
others=$!
status=0
case " $engines " in
    *" docker "*)
        cargo test --locked --lib || status=1
        log=$DOCKERMATE_TEST_DIR/docker.log
        : >"$log"
        # Not through a pipe: what the tests leave running until the end would hold it open.
        tail -f "$log" &
        follower=$!
        on_engine docker --test tests -- --skip binary::mdns >"$log" 2>&1 || : >"$DOCKERMATE_TEST_DIR/docker.failed"
        sleep 2
        kill "$follower"
        ;;
esac
wait "$others"
for engine in $engines; do
    [ "$engine" != docker ] || continue
    printf '\n=== on %s\n' "$engine"
    # What passed is one line; what did not is told in full.
    grep -vE '^test .* (ok|has been running for over 60 seconds)$' "$DOCKERMATE_TEST_DIR/$engine.log" || true
done
for engine in $engines; do
    [ ! -e "$DOCKERMATE_TEST_DIR/$engine.failed" ] || again "$engine" "$DOCKERMATE_TEST_DIR/$engine.log" || status=1
done
exit "$status"
