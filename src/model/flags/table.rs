//! The table itself: a flag a line, in the order in which a person would write
//! them. Hidden older names follow the name that replaced them.
//!
//! Invariant: it knows every flag of `docker run --help` and `docker create
//! --help`; a test compares it with the clients that are installed.

use super::Field::{Client, Host, List, Map, Maybe, Number, Size, Special, Switch, Text};
use super::Scope::{Both, Hidden, Run};
use super::{Field, Flag, Scope};

const fn flag(
    name: &'static str,
    takes: &'static str,
    scope: Scope,
    field: Field,
    meaning: &'static str,
) -> Flag {
    Flag {
        name,
        short: None,
        takes,
        scope,
        field,
        since: None,
        meaning,
    }
}

impl Flag {
    const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }
}

#[rustfmt::skip]
pub const FLAGS: &[Flag] = &[
    flag("detach", "", Run, Client, "Runs in the background and prints the container's id.").short('d'),
    flag("name", "string", Both, Special, "The name, unique on the engine."),
    flag("interactive", "", Both, Switch(|s| &mut s.stdin_open), "Keeps standard input open.").short('i'),
    flag("tty", "", Both, Switch(|s| &mut s.tty), "Gives it a terminal.").short('t'),
    flag("init", "", Both, Maybe(|s| &mut s.init), "Puts a small init process before the program: it hands on signals and reaps children."),
    flag("rm", "", Both, Switch(|s| &mut s.auto_remove), "Removes the container and its anonymous volumes when it ends."),
    flag("restart", "string", Both, Special, "When the engine starts it again by itself."),
    flag("hostname", "string", Both, Text(|s| &mut s.hostname), "The host name that the program sees.").short('h'),
    flag("domainname", "string", Both, Text(|s| &mut s.domainname), "The NIS domain name that the program sees."),
    flag("user", "string", Both, Text(|s| &mut s.user), "The user, by name or number, that the program runs as.").short('u'),
    flag("group-add", "list", Both, List(|s| &mut s.group_add), "A further group of that user."),
    flag("workdir", "string", Both, Text(|s| &mut s.working_dir), "The folder that the program starts in.").short('w'),
    flag("entrypoint", "string", Both, Special, "The program, instead of the image's; empty clears it."),
    flag("stop-signal", "string", Both, Text(|s| &mut s.stop_signal), "The signal that asks it to end."),
    flag("stop-timeout", "int", Both, Number(|s| &mut s.stop_timeout), "Seconds it may take to end before it is killed."),
    // Network
    flag("network", "network", Both, Special, "The network it is on."),
    flag("net", "network", Hidden, Special, "The network it is on."),
    flag("ip", "string", Both, Special, "Its fixed IPv4 address on the network."),
    flag("ip6", "string", Both, Special, "Its fixed IPv6 address on the network."),
    flag("link-local-ip", "list", Both, Special, "A link-local address on the network."),
    flag("mac-address", "string", Both, Special, "Its fixed hardware address on the network."),
    flag("network-alias", "list", Both, Special, "A further name for it on the network."),
    flag("net-alias", "list", Hidden, Special, "A further name for it on the network."),
    flag("link", "list", Both, Special, "Makes another container known to it under a name; a network of your own does this by itself."),
    flag("publish", "list", Both, Special, "Leads a port of the host to a port of the container.").short('p'),
    flag("publish-all", "", Both, Switch(|s| &mut s.publish_all), "Publishes every exposed port on a random port of the host.").short('P'),
    flag("expose", "list", Both, List(|s| &mut s.expose), "Declares a port that others may use; it is not published."),
    flag("dns", "list", Both, List(|s| &mut s.dns), "A DNS server to ask, instead of the host's."),
    flag("dns-search", "list", Both, List(|s| &mut s.dns_search), "A domain that is added to short names."),
    flag("dns-option", "list", Both, List(|s| &mut s.dns_options), "An option of the resolver."),
    flag("dns-opt", "list", Hidden, List(|s| &mut s.dns_options), "An option of the resolver."),
    flag("add-host", "list", Both, List(|s| &mut s.extra_hosts), "Adds a name and its address to the hosts file."),
    // Storage
    flag("volume", "list", Both, Special, "Shows a folder of the host, or a volume, inside the container.").short('v'),
    flag("mount", "mount", Both, Special, "Shows a folder, a volume or memory inside the container; a folder that is missing is an error."),
    flag("tmpfs", "list", Both, Special, "A folder that is kept in memory and lost when it stops."),
    flag("volumes-from", "list", Both, List(|s| &mut s.volumes_from), "Shows what another container has mounted."),
    flag("volume-driver", "string", Both, Text(|s| &mut s.volume_driver), "The driver for volumes that have to be made."),
    flag("read-only", "", Both, Switch(|s| &mut s.read_only), "Nothing can be written outside of mounts."),
    flag("shm-size", "bytes", Both, Size(|s| &mut s.shm_size), "Size of /dev/shm, the memory that its processes share."),
    flag("storage-opt", "list", Both, Map(|s| &mut s.storage_opt), "An option of the storage driver, such as the size of its layer."),
    // Environment
    flag("env", "list", Both, Special, "An environment variable of the program.").short('e'),
    flag("env-file", "list", Both, Special, "Reads environment variables from a file."),
    // Limits
    flag("memory", "bytes", Both, Size(|s| &mut s.memory), "At most this much memory; beyond it the program is killed.").short('m'),
    flag("memory-swap", "bytes", Both, Size(|s| &mut s.memory_swap), "At most this much memory and swap together; -1 is without limit."),
    flag("memory-reservation", "bytes", Both, Size(|s| &mut s.memory_reservation), "The memory it is cut back to when the host runs short."),
    flag("memory-swappiness", "int", Both, Number(|s| &mut s.memory_swappiness), "How readily its memory is swapped out, 0 to 100."),
    flag("kernel-memory", "bytes", Both, Size(|s| &mut s.kernel_memory), "At most this much kernel memory; today's kernels ignore it."),
    flag("cpus", "decimal", Both, Special, "At most this many CPUs; 1.5 is one and a half."),
    flag("cpu-shares", "int", Both, Number(|s| &mut s.cpu_shares), "Its weight when CPUs are short; 1024 is usual.").short('c'),
    flag("cpu-period", "int", Both, Number(|s| &mut s.cpu_period), "The period of the CPU quota, in microseconds."),
    flag("cpu-quota", "int", Both, Number(|s| &mut s.cpu_quota), "CPU time in each period, in microseconds."),
    flag("cpu-rt-period", "int", Both, Number(|s| &mut s.cpu_rt_period), "The period of real-time CPU time, in microseconds."),
    flag("cpu-rt-runtime", "int", Both, Number(|s| &mut s.cpu_rt_runtime), "Real-time CPU time in each period, in microseconds."),
    flag("cpuset-cpus", "string", Both, Text(|s| &mut s.cpuset_cpus), "Only on these CPUs."),
    flag("cpuset-mems", "string", Both, Text(|s| &mut s.cpuset_mems), "Only in the memory of these NUMA nodes."),
    flag("pids-limit", "int", Both, Number(|s| &mut s.pids_limit), "At most this many processes; -1 is without limit."),
    flag("ulimit", "ulimit", Both, List(|s| &mut s.ulimits), "A limit of each process: name, soft and hard value."),
    flag("oom-kill-disable", "", Both, Maybe(|s| &mut s.oom_kill_disable), "Is not killed when memory runs out; only with a memory limit."),
    flag("oom-score-adj", "int", Both, Number(|s| &mut s.oom_score_adj), "How likely it is killed when the host's memory runs out, -1000 to 1000."),
    flag("blkio-weight", "uint16", Both, Number(|s| &mut s.blkio_weight), "Its weight when disks are busy, 10 to 1000."),
    flag("blkio-weight-device", "list", Both, List(|s| &mut s.blkio_weight_device), "Its weight on one disk."),
    flag("device-read-bps", "list", Both, List(|s| &mut s.device_read_bps), "Reads at most this much a second from a device."),
    flag("device-write-bps", "list", Both, List(|s| &mut s.device_write_bps), "Writes at most this much a second to a device."),
    flag("device-read-iops", "list", Both, List(|s| &mut s.device_read_iops), "Reads at most this often a second from a device."),
    flag("device-write-iops", "list", Both, List(|s| &mut s.device_write_iops), "Writes at most this often a second to a device."),
    // Rights
    flag("privileged", "", Both, Switch(|s| &mut s.privileged), "Gives it full access to the machine."),
    flag("cap-add", "list", Both, List(|s| &mut s.cap_add), "Adds one of root's rights."),
    flag("cap-drop", "list", Both, List(|s| &mut s.cap_drop), "Takes one of root's rights away."),
    flag("security-opt", "list", Both, Special, "An option of the kernel's security modules."),
    flag("device", "list", Both, List(|s| &mut s.devices), "Gives it a device of the host."),
    flag("gpus", "gpu-request", Both, Special, "Gives it graphics processors of the host."),
    flag("device-cgroup-rule", "list", Both, List(|s| &mut s.device_cgroup_rules), "Allows a kind of devices by number."),
    flag("sysctl", "map", Both, Map(|s| &mut s.sysctls), "A kernel setting of its own namespaces."),
    // Namespaces
    flag("userns", "string", Both, Text(|s| &mut s.userns), "The user namespace; host takes the engine's remapping away."),
    flag("pid", "string", Both, Text(|s| &mut s.pid), "Whose processes it sees."),
    flag("ipc", "string", Both, Text(|s| &mut s.ipc), "With whom it shares memory and semaphores."),
    flag("uts", "string", Both, Text(|s| &mut s.uts), "Whose host name it has."),
    flag("cgroupns", "string", Both, Text(|s| &mut s.cgroupns), "Whether it sees the host's control groups.").since("20.10"),
    flag("cgroup-parent", "string", Both, Text(|s| &mut s.cgroup_parent), "The control group that its own is made in."),
    flag("runtime", "string", Both, Text(|s| &mut s.runtime), "The program that runs containers, instead of the engine's default."),
    flag("isolation", "string", Both, Text(|s| &mut s.isolation), "How it is kept apart; other than default only on Windows."),
    flag("platform", "string", Both, Text(|s| &mut s.platform), "Which of a multi-platform image's variants."),
    // Health
    flag("health-cmd", "string", Both, Special, "The shell line that finds out whether it works."),
    flag("health-interval", "duration", Both, Special, "The time between two checks."),
    flag("health-timeout", "duration", Both, Special, "How long one check may take."),
    flag("health-start-period", "duration", Both, Special, "How long it may take to start before failures count."),
    flag("health-start-interval", "duration", Both, Special, "The time between two checks while it starts.").since("25"),
    flag("health-retries", "int", Both, Special, "How many checks in a row must fail before it counts as unhealthy."),
    flag("no-healthcheck", "", Both, Special, "Switches the image's health check off."),
    // What is said of it
    flag("label", "list", Both, Special, "A label: a name and a value for other programs.").short('l'),
    flag("label-file", "list", Both, Special, "Reads labels from a file."),
    flag("annotation", "map", Both, Map(|s| &mut s.annotations), "A note for the runtime that starts it.").since("24"),
    flag("log-driver", "string", Both, Text(|s| &mut s.log_driver), "Where its output goes."),
    flag("log-opt", "list", Both, Map(|s| &mut s.log_options), "An option of the logging driver."),
    // Windows
    flag("cpu-count", "int", Both, Host("CpuCount"), "How many CPUs (Windows only)."),
    flag("cpu-percent", "int", Both, Host("CpuPercent"), "How much of the CPUs (Windows only)."),
    flag("io-maxbandwidth", "bytes", Both, Host("IOMaximumBandwidth"), "At most this much a second on the system drive (Windows only)."),
    flag("io-maxiops", "uint", Both, Host("IOMaximumIOps"), "At most this often a second on the system drive (Windows only)."),
    // The client's own
    flag("pull", "string", Both, Special, "When the image is pulled first: always, missing or never.").since("20.10"),
    flag("use-api-socket", "", Both, Special, "Shows the engine's socket and your registry passwords inside the container.").since("28"),
    flag("quiet", "", Both, Client, "Says nothing of the pull.").short('q').since("23"),
    flag("attach", "list", Both, Client, "Which streams of the program your terminal is connected to.").short('a'),
    flag("sig-proxy", "", Run, Client, "Hands the signals of your terminal to the program."),
    flag("detach-keys", "string", Run, Client, "The keys that leave the container running."),
    flag("cidfile", "string", Both, Client, "Writes the container's id into a file."),
    flag("disable-content-trust", "", Both, Client, "Does not ask for signed images."),
    flag("help", "", Both, Client, "Shows the flags."),
];
