#!/bin/sh
# Proves the announcement on the local network with avahi as the other party,
# each in a network namespace of its own.
#
#     sh tests/mdns.sh PROGRAM [ARGUMENT…]
#
# runs `PROGRAM ARGUMENT…` as the appliance (`dockermate serve --data-dir D
# --port 5000 --hostname dockermate`); without arguments those are used. Needs
# root, iproute2, dbus, avahi-daemon and avahi-utils. Prints one line a proof
# and ends with 1 at the first that fails.
set -eu

[ $# -ge 1 ] || { echo "usage: sh tests/mdns.sh PROGRAM [ARGUMENT...]" >&2; exit 64; }
for tool in ip dbus-daemon avahi-daemon avahi-browse avahi-resolve; do
    command -v "$tool" >/dev/null || { echo "mdns: $tool is missing" >&2; exit 1; }
done

tag=dm$$
box=$tag-box        # the appliance
lan=$tag-lan        # a visitor on the same network
far=$tag-far        # a visitor on the box's second network
work=$(mktemp -d)
pids=
[ $# -gt 1 ] || set -- "$1" serve --data-dir "$work/data" --port 5000 --hostname dockermate

# The namespaces go last: what runs in them holds them.
clean() {
    status=$?
    trap - EXIT INT TERM
    for pid in $pids; do kill "$pid" 2>/dev/null || :; done
    for pid in $pids; do wait "$pid" 2>/dev/null || :; done
    ip netns del "$box" 2>/dev/null || :
    ip netns del "$lan" 2>/dev/null || :
    ip netns del "$far" 2>/dev/null || :
    if [ $status -ne 0 ]; then
        for log in "$work"/*.log; do echo "--- $log" >&2; tail -n 30 "$log" >&2; done
    fi
    rm -rf "$work"
    exit $status
}
trap clean EXIT INT TERM

fail() { echo "mdns: FAILED: $*" >&2; exit 1; }
passed() { echo "mdns: $*"; }

# until_true SECONDS WHAT COMMAND…: polls with a deadline.
until_true() {
    deadline=$(($(date +%s) + $1)); what=$2; shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || fail "$what"
        sleep 0.2
    done
}

# avahi NAMESPACE HOSTNAME: a bus and a daemon of their own; BUS is the address.
avahi() {
    place=$work/$1-avahi; mkdir -p "$place"
    chmod 755 "$work" "$place"
    cat >"$place/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=$place/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_type="method_return"/><allow send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>
END
    printf '[server]\nhost-name=%s\nuse-ipv4=yes\nuse-ipv6=yes\nallow-interfaces=eth0\nenable-dbus=yes\n[publish]\npublish-workstation=no\n' "$2" >"$place/avahi.conf"
    BUS=unix:path=$place/bus
    ip netns exec "$1" dbus-daemon --config-file="$place/bus.conf" --nofork --nopidfile >"$work/$1-dbus.log" 2>&1 &
    pids="$pids $!"
    until_true 10 "no bus in $1" test -S "$place/bus"
    # A mount namespace of its own: the daemon's run folder and bus address are fixed.
    ip netns exec "$1" unshare -m sh -c "
        mount -t tmpfs none /run && mkdir -p /run/dbus /run/avahi-daemon && ln -s '$place/bus' /run/dbus/system_bus_socket &&
        exec env DBUS_SYSTEM_BUS_ADDRESS=$BUS avahi-daemon --no-drop-root --no-chroot --no-rlimits -f '$place/avahi.conf'" >"$work/$1-avahi.log" 2>&1 &
    avahi_pid=$!
    pids="$pids $avahi_pid"
    until_true 20 "avahi in $1 did not start" grep -q 'Server startup complete' "$work/$1-avahi.log"
}

in_lan() { ip netns exec "$lan" env DBUS_SYSTEM_BUS_ADDRESS="$lan_bus" "$@"; }
# resolves FAMILY NAME ADDRESS
resolves() { in_lan timeout 3 avahi-resolve "-$1" -n "$2" | grep -qwF "$3"; }
browses() { in_lan timeout 5 avahi-browse -rpt "$1" | grep '^=' | grep -F "$2" | grep -qF "$3"; }
lists() { in_lan timeout 5 avahi-browse -pt "$1" | grep -q '^+.*DockerMate'; }
lists_not() { ! lists "$1"; }

start() { ip netns exec "$box" env -u NOTIFY_SOCKET "$@" >"$work/appliance.log" 2>&1 & appliance=$!; pids="$pids $appliance"; }
stop() { kill -TERM "$appliance"; wait "$appliance" 2>/dev/null || :; }

# --- the network: one link between the two, and an engine's bridge in the box.
ip netns add "$box"; ip netns add "$lan"
ip -n "$box" link set lo up; ip -n "$lan" link set lo up
ip link add "${tag}a" type veth peer name "${tag}b"
ip link set "${tag}a" netns "$box" name eth0; ip link set "${tag}b" netns "$lan" name eth0
ip -n "$box" addr add 192.168.77.2/24 dev eth0; ip -n "$lan" addr add 192.168.77.3/24 dev eth0
ip -n "$box" addr add fd77::2/64 dev eth0 nodad; ip -n "$lan" addr add fd77::3/64 dev eth0 nodad
ip -n "$box" link add docker0 type bridge; ip -n "$box" addr add 172.17.0.1/16 dev docker0
ip -n "$box" link add veth9 type veth peer name veth8
ip -n "$box" link set veth9 master docker0
ip -n "$box" link set veth8 up; ip -n "$box" link set veth9 up; ip -n "$box" link set docker0 up
ip -n "$box" link set eth0 up; ip -n "$lan" link set eth0 up
avahi "$lan" visitor; lan_bus=$BUS; lan_avahi=$avahi_pid

start "$@"
until_true 20 "dockermate.local has no IPv4 address" resolves 4 dockermate.local 192.168.77.2
passed "dockermate.local resolves to the IPv4 address"
until_true 20 "dockermate.local has no IPv6 address" resolves 6 dockermate.local fd77::2
passed "dockermate.local resolves to the IPv6 address"
until_true 20 "_https._tcp is not found" browses _https._tcp ';5000;' 'path=/'
until_true 20 "_http._tcp is not found" browses _http._tcp ';dockermate.local;' 'profile='
passed "the services are found with port and TXT"
if in_lan timeout 5 avahi-browse -rpt _https._tcp | grep -F 172.17.; then fail "the engine's bridge is announced"; fi
passed "the engine's bridge is not announced"

ip -n "$box" addr del 192.168.77.2/24 dev eth0
ip -n "$box" addr add 192.168.77.9/24 dev eth0
until_true 20 "the new address is not announced" resolves 4 dockermate.local 192.168.77.9
passed "a changed address is followed"
ip -n "$box" link set eth0 down
ip -n "$box" link set eth0 up
ip -n "$box" addr replace fd77::2/64 dev eth0 nodad
until_true 30 "IPv4 is gone after the link flapped" resolves 4 dockermate.local 192.168.77.9
passed "the address is there after the link flapped"

stop
until_true 5 "the goodbye was not heard" lists_not _https._tcp
passed "goodbye on stop"

# --- another device has the name.
kill "$lan_avahi"; wait "$lan_avahi" 2>/dev/null || :
avahi "$lan" dockermate; lan_bus=$BUS; lan_avahi=$avahi_pid
start "$@"
until_true 30 "not renamed" resolves 4 dockermate-2.local 192.168.77.9
until_true 10 "the other device lost its name" resolves 4 dockermate.local 192.168.77.3
passed "a taken name becomes dockermate-2.local, and the other device keeps its own"
until_true 10 "the service does not follow the rename" browses _https._tcp ';dockermate-2.local;' '192.168.77.9'
passed "the services point to the new name"
stop
kill "$lan_avahi"; wait "$lan_avahi" 2>/dev/null || :

# --- somebody floods the network with records of names that nobody asked for.
avahi "$lan" visitor; lan_bus=$BUS; lan_avahi=$avahi_pid
start "$@"
until_true 20 "not announced before the flood" resolves 4 dockermate.local 192.168.77.9
ip netns exec "$lan" python3 - <<'END'
import random, socket, struct, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
out.bind(("192.168.77.3", 5353))
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.168.77.3"))
label = lambda text: bytes([len(text)]) + text.encode()
for _ in range(150):
    for _ in range(100):
        records = b"".join(
            label("%010x" % random.getrandbits(40)) + label("local") + b"\0" + struct.pack(">HHIH4s", 1, 0x8001, 4500, 4, b"\1\2\3\4")
            for _ in range(40)
        )
        out.sendto(struct.pack(">HHHHHH", 0, 0x8400, 0, 40, 0, 0) + records, ("224.0.0.251", 5353))
    time.sleep(0.02)
END
rss=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$appliance/status")
[ "$rss" -lt 80000 ] || fail "a flood of records took $rss kB"
grep -q 'flooded with mDNS records' "$work/appliance.log" || fail "the flood was not noticed"
passed "a flood of records is ended before it takes the memory ($rss kB at most)"
until_true 40 "not announced after the flood" resolves 4 dockermate.local 192.168.77.9
passed "announced again after the flood"
stop
kill "$lan_avahi"; wait "$lan_avahi" 2>/dev/null || :

# --- a second link on which the name is free: one name everywhere.
ip netns add "$far"; ip -n "$far" link set lo up
ip link add "${tag}c" type veth peer name "${tag}d"
ip link set "${tag}c" netns "$box" name eth1; ip link set "${tag}d" netns "$far" name eth0
ip -n "$box" addr add 192.168.78.2/24 dev eth1; ip -n "$far" addr add 192.168.78.3/24 dev eth0
ip -n "$box" link set eth1 up; ip -n "$far" link set eth0 up
avahi "$lan" dockermate; lan_bus=$BUS; lan_avahi=$avahi_pid
avahi "$far" visitor; far_bus=$BUS
start "$@"
until_true 30 "not renamed on the link where the name is taken" resolves 4 dockermate-2.local 192.168.77.9
far_resolves() { ip netns exec "$far" env DBUS_SYSTEM_BUS_ADDRESS="$far_bus" timeout 3 avahi-resolve -4 -n "$1" | grep -qwF "$2"; }
until_true 20 "another name on the other link" far_resolves dockermate-2.local 192.168.78.2
passed "one name on every link, each with its own address"
stop
kill "$lan_avahi"; wait "$lan_avahi" 2>/dev/null || :
ip -n "$box" link del eth1

# --- avahi runs on the box itself, under the same name and on the same port.
avahi "$box" dockermate; box_avahi=$avahi_pid
avahi "$lan" visitor; lan_bus=$BUS
start "$@"
until_true 30 "not announced beside avahi under its own name" browses _https._tcp ';dockermate.local;' '192.168.77.9'
until_true 10 "no name beside avahi" resolves 4 dockermate.local 192.168.77.9
kill -0 "$box_avahi" || fail "avahi on the box died"
# Which of the two says the name may change hands; it leads to this box either way.
until_true 10 "the name does not lead here any more" resolves 4 dockermate.local 192.168.77.9
passed "lives beside avahi on the box, under the same name"
stop
passed "all proofs passed"
