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
    flag("detach", "", Run, Client, "Runs in the background and prints the container ID.").short('d'),
    flag("name", "string", Both, Special, "The name, unique on the engine."),
    flag("interactive", "", Both, Switch(|s| &mut s.stdin_open), "Keeps standard input open.").short('i'),
    flag("tty", "", Both, Switch(|s| &mut s.tty), "Allocates a terminal.").short('t'),
    flag("init", "", Both, Maybe(|s| &mut s.init), "Runs a small init process that forwards signals and reaps processes."),
    flag("rm", "", Both, Switch(|s| &mut s.auto_remove), "Removes the container and its anonymous volumes when it exits."),
    flag("restart", "string", Both, Special, "When the engine restarts it."),
    flag("hostname", "string", Both, Text(|s| &mut s.hostname), "The host name of the container.").short('h'),
    flag("domainname", "string", Both, Text(|s| &mut s.domainname), "The NIS domain name of the container."),
    flag("user", "string", Both, Text(|s| &mut s.user), "The user (name or ID) that the program runs as.").short('u'),
    flag("group-add", "list", Both, List(|s| &mut s.group_add), "An additional group of that user."),
    flag("workdir", "string", Both, Text(|s| &mut s.working_dir), "The working directory.").short('w'),
    flag("entrypoint", "string", Both, Special, "The program, instead of the image's; empty clears it."),
    flag("stop-signal", "string", Both, Text(|s| &mut s.stop_signal), "The stop signal."),
    flag("stop-timeout", "int", Both, Number(|s| &mut s.stop_timeout), "Seconds it may take to stop before it is killed."),
    // Network
    flag("network", "network", Both, Special, "The network it is connected to."),
    flag("net", "network", Hidden, Special, "The network it is connected to."),
    flag("ip", "string", Both, Special, "Its fixed IPv4 address on the network."),
    flag("ip6", "string", Both, Special, "Its fixed IPv6 address on the network."),
    flag("link-local-ip", "list", Both, Special, "A link-local address on the network."),
    flag("mac-address", "string", Both, Special, "Its fixed MAC address on the network."),
    flag("network-alias", "list", Both, Special, "An alias of it on the network."),
    flag("net-alias", "list", Hidden, Special, "An alias of it on the network."),
    flag("link", "list", Both, Special, "Makes another container reachable under a name; user-defined networks do this automatically."),
    flag("publish", "list", Both, Special, "Publishes a container port on the host.").short('p'),
    flag("publish-all", "", Both, Switch(|s| &mut s.publish_all), "Publishes every exposed port on a random port of the host.").short('P'),
    flag("expose", "list", Both, List(|s| &mut s.expose), "Declares a port without publishing it."),
    flag("dns", "list", Both, List(|s| &mut s.dns), "A DNS server, instead of the host's."),
    flag("dns-search", "list", Both, List(|s| &mut s.dns_search), "A DNS search domain."),
    flag("dns-option", "list", Both, List(|s| &mut s.dns_options), "An option of the resolver."),
    flag("dns-opt", "list", Hidden, List(|s| &mut s.dns_options), "An option of the resolver."),
    flag("add-host", "list", Both, List(|s| &mut s.extra_hosts), "Adds a name and its address to the hosts file."),
    // Storage
    flag("volume", "list", Both, Special, "Mounts a host folder or a volume.").short('v'),
    flag("mount", "mount", Both, Special, "Mounts a host folder, a volume or memory; a missing host folder is an error."),
    flag("tmpfs", "list", Both, Special, "A folder in memory, lost when it stops."),
    flag("volumes-from", "list", Both, List(|s| &mut s.volumes_from), "Mounts the volumes of another container."),
    flag("volume-driver", "string", Both, Text(|s| &mut s.volume_driver), "The driver for volumes that are created."),
    flag("read-only", "", Both, Switch(|s| &mut s.read_only), "Makes the root file system read-only."),
    flag("shm-size", "bytes", Both, Size(|s| &mut s.shm_size), "Size of /dev/shm, the memory that its processes share."),
    flag("storage-opt", "list", Both, Map(|s| &mut s.storage_opt), "An option of the storage driver, such as the size of its layer."),
    // Environment
    flag("env", "list", Both, Special, "An environment variable of the program.").short('e'),
    flag("env-file", "list", Both, Special, "Reads environment variables from a file."),
    // Limits
    flag("memory", "bytes", Both, Size(|s| &mut s.memory), "The memory limit; beyond it the program is killed.").short('m'),
    flag("memory-swap", "bytes", Both, Size(|s| &mut s.memory_swap), "The limit of memory and swap together; -1 means unlimited."),
    flag("memory-reservation", "bytes", Both, Size(|s| &mut s.memory_reservation), "The soft memory limit, used when the host runs low."),
    flag("memory-swappiness", "int", Both, Number(|s| &mut s.memory_swappiness), "How readily its memory is swapped out, 0 to 100."),
    flag("kernel-memory", "bytes", Both, Size(|s| &mut s.kernel_memory), "The kernel memory limit; current kernels ignore it."),
    flag("cpus", "decimal", Both, Special, "The CPU limit; 1.5 is one and a half CPUs."),
    flag("cpu-shares", "int", Both, Number(|s| &mut s.cpu_shares), "Its relative CPU weight; the default is 1024.").short('c'),
    flag("cpu-period", "int", Both, Number(|s| &mut s.cpu_period), "The period of the CPU quota, in microseconds."),
    flag("cpu-quota", "int", Both, Number(|s| &mut s.cpu_quota), "CPU time in each period, in microseconds."),
    flag("cpu-rt-period", "int", Both, Number(|s| &mut s.cpu_rt_period), "The period of real-time CPU time, in microseconds."),
    flag("cpu-rt-runtime", "int", Both, Number(|s| &mut s.cpu_rt_runtime), "Real-time CPU time in each period, in microseconds."),
    flag("cpuset-cpus", "string", Both, Text(|s| &mut s.cpuset_cpus), "The CPUs it may use."),
    flag("cpuset-mems", "string", Both, Text(|s| &mut s.cpuset_mems), "The NUMA memory nodes it may use."),
    flag("pids-limit", "int", Both, Number(|s| &mut s.pids_limit), "The process limit; -1 means unlimited."),
    flag("ulimit", "ulimit", Both, List(|s| &mut s.ulimits), "A limit of each process: name, soft and hard value."),
    flag("oom-kill-disable", "", Both, Maybe(|s| &mut s.oom_kill_disable), "Disables the OOM killer; only with a memory limit."),
    flag("oom-score-adj", "int", Both, Number(|s| &mut s.oom_score_adj), "How likely it is killed when the host's memory runs out, -1000 to 1000."),
    flag("blkio-weight", "uint16", Both, Number(|s| &mut s.blkio_weight), "Its relative disk I/O weight, 10 to 1000."),
    flag("blkio-weight-device", "list", Both, List(|s| &mut s.blkio_weight_device), "Its relative I/O weight on one disk."),
    flag("device-read-bps", "list", Both, List(|s| &mut s.device_read_bps), "The read limit of a device, in bytes per second."),
    flag("device-write-bps", "list", Both, List(|s| &mut s.device_write_bps), "The write limit of a device, in bytes per second."),
    flag("device-read-iops", "list", Both, List(|s| &mut s.device_read_iops), "The read limit of a device, in operations per second."),
    flag("device-write-iops", "list", Both, List(|s| &mut s.device_write_iops), "The write limit of a device, in operations per second."),
    // Rights
    flag("privileged", "", Both, Switch(|s| &mut s.privileged), "Gives it full access to the host."),
    flag("cap-add", "list", Both, List(|s| &mut s.cap_add), "Adds a Linux capability."),
    flag("cap-drop", "list", Both, List(|s| &mut s.cap_drop), "Drops a Linux capability."),
    flag("security-opt", "list", Both, Special, "An option of the kernel's security modules."),
    flag("device", "list", Both, List(|s| &mut s.devices), "Gives it access to a device of the host."),
    flag("gpus", "gpu-request", Both, Special, "Gives it access to GPUs of the host."),
    flag("device-cgroup-rule", "list", Both, List(|s| &mut s.device_cgroup_rules), "Allows access to devices by number."),
    flag("sysctl", "map", Both, Map(|s| &mut s.sysctls), "A sysctl of its namespaces."),
    // Namespaces
    flag("userns", "string", Both, Text(|s| &mut s.userns), "The user namespace; host disables the engine's remapping."),
    flag("pid", "string", Both, Text(|s| &mut s.pid), "The PID namespace."),
    flag("ipc", "string", Both, Text(|s| &mut s.ipc), "The IPC namespace."),
    flag("uts", "string", Both, Text(|s| &mut s.uts), "The UTS namespace."),
    flag("cgroupns", "string", Both, Text(|s| &mut s.cgroupns), "The cgroup namespace.").since("20.10"),
    flag("cgroup-parent", "string", Both, Text(|s| &mut s.cgroup_parent), "The parent cgroup."),
    flag("runtime", "string", Both, Text(|s| &mut s.runtime), "The container runtime, instead of the engine's default."),
    flag("isolation", "string", Both, Text(|s| &mut s.isolation), "The isolation technology; other than default only on Windows."),
    flag("platform", "string", Both, Text(|s| &mut s.platform), "The platform of a multi-platform image."),
    // Health
    flag("health-cmd", "string", Both, Special, "The shell command that checks its health."),
    flag("health-interval", "duration", Both, Special, "The time between two checks."),
    flag("health-timeout", "duration", Both, Special, "How long one check may take."),
    flag("health-start-period", "duration", Both, Special, "How long it may take to start before failures count."),
    flag("health-start-interval", "duration", Both, Special, "The time between two checks while it starts.").since("25"),
    flag("health-retries", "int", Both, Special, "How many consecutive checks must fail before it is unhealthy."),
    flag("no-healthcheck", "", Both, Special, "Disables the image's health check."),
    // What is said of it
    flag("label", "list", Both, Special, "A label: a name and a value for other programs.").short('l'),
    flag("label-file", "list", Both, Special, "Reads labels from a file."),
    flag("annotation", "map", Both, Map(|s| &mut s.annotations), "An annotation for the OCI runtime.").since("24"),
    flag("log-driver", "string", Both, Text(|s| &mut s.log_driver), "The logging driver."),
    flag("log-opt", "list", Both, Map(|s| &mut s.log_options), "An option of the logging driver."),
    // Windows
    flag("cpu-count", "int", Both, Host("CpuCount"), "The number of CPUs (Windows only)."),
    flag("cpu-percent", "int", Both, Host("CpuPercent"), "The CPU limit in percent (Windows only)."),
    flag("io-maxbandwidth", "bytes", Both, Host("IOMaximumBandwidth"), "The I/O bandwidth limit of the system drive (Windows only)."),
    flag("io-maxiops", "uint", Both, Host("IOMaximumIOps"), "The I/O operations limit of the system drive (Windows only)."),
    // The client's own
    flag("pull", "string", Both, Special, "When to pull the image: always, missing or never.").since("20.10"),
    flag("use-api-socket", "", Both, Special, "Mounts the engine's socket and your registry credentials in the container.").since("28"),
    flag("quiet", "", Both, Client, "Hides the pull output.").short('q').since("23"),
    flag("attach", "list", Both, Client, "The streams your terminal is attached to.").short('a'),
    flag("sig-proxy", "", Run, Client, "Forwards signals to the program."),
    flag("detach-keys", "string", Run, Client, "The key sequence for detaching."),
    flag("cidfile", "string", Both, Client, "Writes the container ID to a file."),
    flag("disable-content-trust", "", Both, Client, "Skips image verification."),
    flag("help", "", Both, Client, "Shows the help."),
];
