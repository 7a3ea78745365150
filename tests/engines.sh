#!/bin/sh
# The engines that people run, beside the one of this machine: each from a Debian
# suite of its own, unpacked once into a cache folder and never mixed with the
# packages of this machine. As root.
#
#   sh tests/engines.sh root ENGINE         makes its root file system once; prints the path
#   sh tests/engines.sh hold ENGINE SHARED DIR   holds namespaces in which that root is /, until killed;
#                                                DIR/held appears as soon as they can be entered
#   sh tests/engines.sh serve ENGINE DIR [OPTION ...]  runs the engine inside of them, its socket at DIR/docker.sock
#   sh tests/engines.sh start ENGINE DIR    both, in a network of its own, to try things by hand
#
# SHARED is a folder that has the same path on both sides: sockets, data and the
# sources of bind mounts lie in it.
#
# ENGINE                 Debian suite   at the time of writing
#   docker-forky         forky          Docker 28.5 (API 1.51), overlay2
#   containerd-forky     forky          the same with containerd's image store
#   docker-trixie        trixie         Docker 26.1 (API 1.45)
#   podman-forky         forky          Podman 5.8
#   podman-bookworm      bookworm       Podman 4.3
set -eu
PATH=$PATH:/usr/sbin:/sbin
export PATH

CACHE=${DOCKERMATE_TEST_CACHE:-/var/cache/dockermate-tests}
PACKAGES=ca-certificates,iptables,nftables,iproute2,docker.io,containerd,runc,podman,netavark,aardvark-dns,catatonit

fail() {
    printf 'engines: %s\n' "$*" >&2
    exit 1
}

suite_of() {
    case $1 in
        docker-forky | containerd-forky | podman-forky) echo forky ;;
        docker-trixie) echo trixie ;;
        podman-bookworm) echo bookworm ;;
        *) fail "there is no engine $1; see the top of tests/engines.sh" ;;
    esac
}

# Where this machine's own packages come from.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p; s/^deb[[:space:]]\(\[[^]]*\][[:space:]]*\)\{0,1\}\(http[^[:space:]]*\).*/\2/p' |
        grep -v security | head -n 1
}

# Prints the path. Complete, or not there: it gets its name when it is done.
root() {
    suite=$(suite_of "$1")
    if [ ! -e "$CACHE/$suite/done" ]; then
        [ "$(id -u)" -eq 0 ] || fail "only root can unpack a Debian suite"
        mkdir -p "$CACHE"
        rm -rf "$CACHE/$suite" "$CACHE/$suite.part"
        more=
        # Bookworm has the client in docker.io.
        [ "$suite" = bookworm ] || more=,docker-cli
        [ "$suite" != forky ] || more=$more,docker-compose
        # An older debootstrap lacks scripts for newer suites; they are all sid's.
        debootstrap --variant=minbase --include="$PACKAGES$more" "$suite" "$CACHE/$suite.part" "$(mirror)" sid \
            >"$CACHE/$suite.log" 2>&1 || fail "debootstrap of $suite failed: $(tail -n 3 "$CACHE/$suite.log")"
        configure "$CACHE/$suite.part"
        mv "$CACHE/$suite.part" "$CACHE/$suite"
        touch "$CACHE/$suite/done"
    fi
    echo "$CACHE/$suite"
}

configure() {
    mkdir -p "$1/etc/containers/registries.conf.d" "$1/etc/dockermate"
    # crun refuses control groups of both versions side by side; and without
    # CAP_SYS_RESOURCE no limit can be raised.
    cat >"$1/etc/containers/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
CONF
    printf '[[registry]]\nlocation = "localhost"\ninsecure = true\n' >"$1/etc/containers/registries.conf.d/local.conf"
    printf '{"features": {"containerd-snapshotter": true}}\n' >"$1/etc/dockermate/containerd.json"
    # A policy that lets everything in: the images are the tests' own.
    [ -e "$1/etc/containers/policy.json" ] ||
        printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$1/etc/containers/policy.json"
}

# Never chroot: `exec` and health checks would run in the root of this machine.
# The mounts go with the last process in the namespace.
hold() {
    root=$(root "$1")
    mkdir -p "$2" "$3"
    rm -f "$3/held"
    exec unshare --mount --propagation private sh -euc '
        mount --bind "$1" "$1"
        cd "$1"
        mkdir -p ".$2" .old
        mount -t proc proc proc
        mount --rbind /sys sys
        mount --rbind /dev dev
        mount -t tmpfs tmpfs run
        mount -t tmpfs tmpfs tmp
        mkdir -p run/lock run/x ".$2"
        mount --bind "$2" ".$2"
        pivot_root . .old
        cd /
        umount -l /.old
        echo held >"$3/held"
        # Waits for ever, and names the folder, by which tests/run.sh finds and ends it.
        exec tail -f "$3/held"
    ' hold "$root" "$2" "$3"
}

# Runs in the namespaces of the holder.
serve() {
    mkdir -p "$2"
    engine=$1
    dir=$2
    shift 2
    case $engine in
        podman-*)
            export PODMAN_IGNORE_CGROUPSV1_WARNING=1
            # Podman 4 wants a path of at most 50 characters; /run is of this namespace alone.
            # Its networks would lie in the root of the suite, which later runs have too.
            exec podman --root "$dir/data" --network-config-dir "$dir/networks" \
                --runroot /run/containers --cgroup-manager cgroupfs \
                system service --time=0 "unix://$dir/docker.sock"
            ;;
        containerd-*) set -- "$@" --config-file /etc/dockermate/containerd.json ;;
    esac
    exec dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" \
        -H "unix://$dir/docker.sock" "$@"
}

# For a person: everything at once, until Ctrl-C.
start() {
    dir=$2
    mkdir -p "$dir"
    rm -f "$dir/held"
    unshare --net sh "$0" hold "$1" "$dir" "$dir" &
    holder=$!
    trap 'kill "$holder" 2>/dev/null' EXIT
    until [ -e "$dir/held" ]; do sleep 0.1; done
    cp "$0" "$dir/engines.sh"
    printf '#!/bin/sh\nexec nsenter --target %s --mount --net docker -H unix://%s/docker.sock "$@"\n' "$holder" "$dir" >"$dir/docker"
    chmod +x "$dir/docker"
    echo "export DOCKER_HOST=unix://$dir/docker.sock; the client: $dir/docker; its network: nsenter --target $holder --net"
    nsenter --target "$holder" --net ip link set lo up
    nsenter --target "$holder" --mount --net env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        sh "$dir/engines.sh" serve "$1" "$dir" >"$dir/log" 2>&1
}

command=${1:-}
[ $# -ge 2 ] || fail "see the top of tests/engines.sh"
shift
case $command in
    root | hold | serve | start) "$command" "$@" ;;
    *) fail "see the top of tests/engines.sh" ;;
esac
