//! What each key of `Config` and `HostConfig` is called, where it is shown and
//! from which skill level on (Docker Engine API, `ContainerCreate`). A key that
//! is not here is shown all the same, in the group "Other".

use super::show::Show;
use crate::model::container::Level::{self, Advanced, Beginner, Intermediate};
use serde_json::Value;

/// The groups, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Process,
    Environment,
    Network,
    Storage,
    Resources,
    HealthCheck,
    Security,
    Logging,
    Labels,
    Runtime,
    Other,
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Self::Process => "Process",
            Self::Environment => "Environment",
            Self::Network => "Network",
            Self::Storage => "Storage",
            Self::Resources => "Resources",
            Self::HealthCheck => "Health check",
            Self::Security => "Security",
            Self::Logging => "Logging",
            Self::Labels => "Labels",
            Self::Runtime => "Runtime",
            Self::Other => "Other",
        }
    }
}

/// How one key is shown.
#[derive(Debug)]
pub(super) struct Rule {
    /// In the inspect answer.
    pub key: &'static str,
    /// The CLI's flag without dashes.
    pub flag: &'static str,
    pub label: &'static str,
    pub group: Group,
    pub level: Level,
    pub show: Show,
    /// Values that the engine sets by itself, as [`Show`] writes them.
    pub usual: &'static [&'static str],
}

const fn rule(
    key: &'static str,
    flag: &'static str,
    label: &'static str,
    group: Group,
    level: Level,
    show: Show,
    usual: &'static [&'static str],
) -> Rule {
    Rule {
        key,
        flag,
        label,
        group,
        level,
        show,
        usual,
    }
}

use Group::{HealthCheck, Network, Process, Resources, Runtime, Security, Storage};

/// Keys of `Config` that are one setting each. `Env`, `Labels` and
/// `Healthcheck` are taken apart elsewhere.
#[rustfmt::skip]
pub(super) const CONFIG: &[Rule] = &[
    rule("Image", "image", "Image", Process, Beginner, Show::Plain, &[]),
    rule("Entrypoint", "entrypoint", "Entrypoint", Process, Intermediate, Show::Plain, &[]),
    rule("Cmd", "command", "Command", Process, Intermediate, Show::Plain, &[]),
    rule("WorkingDir", "workdir", "Working folder", Process, Intermediate, Show::Plain, &["/"]),
    rule("User", "user", "User", Process, Intermediate, Show::Plain, &[]),
    rule("Tty", "tty", "Terminal", Process, Intermediate, Show::Plain, &[]),
    rule("OpenStdin", "interactive", "Keeps standard input open", Process, Intermediate, Show::Plain, &[]),
    rule("StdinOnce", "stdin-once", "Closes standard input after the first client", Process, Advanced, Show::Plain, &[]),
    rule("AttachStdin", "attach-stdin", "Was started attached to standard input", Process, Advanced, Show::Plain, &[]),
    rule("AttachStdout", "attach-stdout", "Was started attached to standard output", Process, Advanced, Show::Plain, &[]),
    rule("AttachStderr", "attach-stderr", "Was started attached to standard error", Process, Advanced, Show::Plain, &[]),
    rule("StopSignal", "stop-signal", "Stop signal", Process, Intermediate, Show::Plain, &["SIGTERM", "15"]),
    rule("StopTimeout", "stop-timeout", "Time to stop", Process, Intermediate, Show::Seconds, &["10 s"]),
    rule("Shell", "shell", "Shell of the image", Process, Advanced, Show::Plain, &[]),
    rule("OnBuild", "onbuild", "Triggers of the image for builds", Process, Advanced, Show::Plain, &[]),
    rule("ArgsEscaped", "args-escaped", "Command is already escaped", Process, Advanced, Show::Plain, &[]),
    rule("Hostname", "hostname", "Host name", Network, Intermediate, Show::Plain, &[]),
    rule("Domainname", "domainname", "Domain name", Network, Advanced, Show::Plain, &[]),
    rule("ExposedPorts", "expose", "Exposed ports", Network, Intermediate, Show::Keys, &[]),
    rule("NetworkDisabled", "network-disabled", "Network switched off", Network, Advanced, Show::Plain, &[]),
    rule("MacAddress", "mac-address", "MAC address", Network, Advanced, Show::Plain, &[]),
    rule("Volumes", "volume", "Volumes without a name", Storage, Intermediate, Show::Keys, &[]),
];

/// The parts of `Config.Healthcheck`.
#[rustfmt::skip]
pub(super) const HEALTH: &[Rule] = &[
    rule("Test", "health-cmd", "Check", HealthCheck, Beginner, Show::Plain, &[]),
    rule("Interval", "health-interval", "Every", HealthCheck, Intermediate, Show::Nanoseconds, &["30s"]),
    rule("Timeout", "health-timeout", "Time limit of one check", HealthCheck, Intermediate, Show::Nanoseconds, &["30s"]),
    rule("Retries", "health-retries", "Failures in a row until unhealthy", HealthCheck, Intermediate, Show::Plain, &["3"]),
    rule("StartPeriod", "health-start-period", "Time to get ready", HealthCheck, Intermediate, Show::Nanoseconds, &[]),
    rule("StartInterval", "health-start-interval", "Every, while getting ready", HealthCheck, Advanced, Show::Nanoseconds, &["5s"]),
];

/// Keys of `HostConfig`. `LogConfig` is taken apart elsewhere.
#[rustfmt::skip]
pub(super) const HOST: &[Rule] = &[
    rule("RestartPolicy", "restart", "Restart policy", Process, Beginner, Show::RestartPolicy, &["no"]),
    rule("AutoRemove", "rm", "Removed when it stops", Process, Beginner, Show::Plain, &[]),
    rule("Init", "init", "Small init process inside", Process, Intermediate, Show::Plain, &[]),

    rule("NetworkMode", "network", "Network mode", Network, Beginner, Show::Plain, &["default", "bridge"]),
    rule("PortBindings", "publish", "Published ports", Network, Beginner, Show::PortBindings, &[]),
    rule("PublishAllPorts", "publish-all", "Publishes every exposed port", Network, Intermediate, Show::Plain, &[]),
    rule("Dns", "dns", "DNS servers", Network, Intermediate, Show::Plain, &[]),
    rule("DnsSearch", "dns-search", "DNS search domains", Network, Advanced, Show::Plain, &[]),
    rule("DnsOptions", "dns-option", "DNS options", Network, Advanced, Show::Plain, &[]),
    rule("ExtraHosts", "add-host", "Extra host names", Network, Intermediate, Show::Plain, &[]),
    rule("Links", "link", "Links (legacy)", Network, Advanced, Show::Plain, &[]),

    rule("Binds", "volume", "Mounted folders and volumes", Storage, Beginner, Show::Plain, &[]),
    rule("Mounts", "mount", "Mounts", Storage, Beginner, Show::Json, &[]),
    rule("Tmpfs", "tmpfs", "Folders in memory", Storage, Intermediate, Show::Plain, &[]),
    rule("VolumesFrom", "volumes-from", "Volumes of other containers", Storage, Intermediate, Show::Plain, &[]),
    rule("VolumeDriver", "volume-driver", "Driver of new volumes", Storage, Advanced, Show::Plain, &["local"]),
    rule("StorageOpt", "storage-opt", "Options of the storage driver", Storage, Advanced, Show::Plain, &[]),
    rule("ReadonlyRootfs", "read-only", "Root file system is read-only", Storage, Intermediate, Show::Plain, &[]),
    rule("ShmSize", "shm-size", "Size of /dev/shm", Storage, Advanced, Show::Bytes, &["64 MiB (67108864 bytes)", "62.5 MiB (65536000 bytes)"]),

    rule("Memory", "memory", "Memory limit", Resources, Beginner, Show::Bytes, &[]),
    rule("MemoryReservation", "memory-reservation", "Memory it should keep to", Resources, Intermediate, Show::Bytes, &[]),
    rule("MemorySwap", "memory-swap", "Memory and swap together", Resources, Intermediate, Show::Bytes, &[]),
    rule("MemorySwappiness", "memory-swappiness", "Swappiness", Resources, Advanced, Show::Plain, &["-1"]),
    rule("KernelMemory", "kernel-memory", "Kernel memory limit", Resources, Advanced, Show::Bytes, &[]),
    rule("KernelMemoryTCP", "kernel-memory-tcp", "Kernel memory limit of TCP buffers", Resources, Advanced, Show::Bytes, &[]),
    rule("NanoCpus", "cpus", "CPUs", Resources, Beginner, Show::NanoCpus, &[]),
    rule("CpuShares", "cpu-shares", "CPU weight", Resources, Intermediate, Show::Plain, &[]),
    rule("CpusetCpus", "cpuset-cpus", "Runs on these CPUs", Resources, Intermediate, Show::Plain, &[]),
    rule("CpusetMems", "cpuset-mems", "Uses memory of these nodes", Resources, Advanced, Show::Plain, &[]),
    rule("CpuPeriod", "cpu-period", "CPU period", Resources, Advanced, Show::Microseconds, &[]),
    rule("CpuQuota", "cpu-quota", "CPU time in each period", Resources, Advanced, Show::Microseconds, &[]),
    rule("CpuRealtimePeriod", "cpu-rt-period", "Real-time period", Resources, Advanced, Show::Microseconds, &[]),
    rule("CpuRealtimeRuntime", "cpu-rt-runtime", "Real-time in each period", Resources, Advanced, Show::Microseconds, &[]),
    rule("PidsLimit", "pids-limit", "Processes at most", Resources, Intermediate, Show::Plain, &["-1"]),
    rule("Ulimits", "ulimit", "Limits of a process", Resources, Advanced, Show::Ulimits, &[]),
    rule("OomKillDisable", "oom-kill-disable", "Not killed when memory runs out", Resources, Advanced, Show::Plain, &[]),
    rule("OomScoreAdj", "oom-score-adj", "Chance to be killed when memory runs out", Resources, Advanced, Show::Plain, &[]),
    rule("BlkioWeight", "blkio-weight", "Disk weight", Resources, Advanced, Show::Plain, &[]),
    rule("BlkioWeightDevice", "blkio-weight-device", "Disk weight for a device", Resources, Advanced, Show::DeviceRates, &[]),
    rule("BlkioDeviceReadBps", "device-read-bps", "Bytes read a second", Resources, Advanced, Show::DeviceRates, &[]),
    rule("BlkioDeviceWriteBps", "device-write-bps", "Bytes written a second", Resources, Advanced, Show::DeviceRates, &[]),
    rule("BlkioDeviceReadIOps", "device-read-iops", "Reads a second", Resources, Advanced, Show::DeviceRates, &[]),
    rule("BlkioDeviceWriteIOps", "device-write-iops", "Writes a second", Resources, Advanced, Show::DeviceRates, &[]),
    rule("CpuCount", "cpu-count", "CPUs (Windows)", Resources, Advanced, Show::Plain, &[]),
    rule("CpuPercent", "cpu-percent", "CPU percent (Windows)", Resources, Advanced, Show::Plain, &[]),
    rule("IOMaximumIOps", "io-maxiops", "Disk operations a second (Windows)", Resources, Advanced, Show::Plain, &[]),
    rule("IOMaximumBandwidth", "io-maxbandwidth", "Disk bytes a second (Windows)", Resources, Advanced, Show::Bytes, &[]),

    rule("Privileged", "privileged", "Privileged: full access to the machine", Security, Beginner, Show::Plain, &[]),
    rule("CapAdd", "cap-add", "Added capabilities", Security, Intermediate, Show::Plain, &[]),
    rule("CapDrop", "cap-drop", "Dropped capabilities", Security, Intermediate, Show::Plain, &[]),
    rule("SecurityOpt", "security-opt", "Security options", Security, Advanced, Show::Plain, &[]),
    rule("Devices", "device", "Devices of the machine", Security, Intermediate, Show::Devices, &[]),
    rule("DeviceRequests", "gpus", "GPUs and other devices by driver", Security, Intermediate, Show::Json, &[]),
    rule("DeviceCgroupRules", "device-cgroup-rule", "Rules for devices", Security, Advanced, Show::Plain, &[]),
    rule("GroupAdd", "group-add", "Additional groups", Security, Advanced, Show::Plain, &[]),
    rule("UsernsMode", "userns", "User namespace", Security, Advanced, Show::Plain, &[]),
    rule("PidMode", "pid", "Process namespace", Security, Advanced, Show::Plain, &["private"]),
    rule("IpcMode", "ipc", "IPC namespace", Security, Advanced, Show::Plain, &["private", "shareable"]),
    rule("UTSMode", "uts", "Host name namespace", Security, Advanced, Show::Plain, &["private"]),
    rule("MaskedPaths", "masked-paths", "Hidden kernel paths", Security, Advanced, Show::Plain, &[]),
    rule("ReadonlyPaths", "readonly-paths", "Read-only kernel paths", Security, Advanced, Show::Plain, &[]),

    rule("Runtime", "runtime", "Runtime", Runtime, Advanced, Show::Plain, &["runc", "oci", "crun"]),
    rule("CgroupnsMode", "cgroupns", "Control group namespace", Runtime, Advanced, Show::Plain, &[]),
    rule("CgroupParent", "cgroup-parent", "Parent control group", Runtime, Advanced, Show::Plain, &[]),
    rule("Cgroup", "cgroup", "Control group", Runtime, Advanced, Show::Plain, &[]),
    rule("Sysctls", "sysctl", "Kernel settings", Runtime, Advanced, Show::Plain, &[]),
    rule("Annotations", "annotation", "Annotations", Runtime, Advanced, Show::Plain, &[]),
    rule("ContainerIDFile", "cidfile", "File with the id", Runtime, Advanced, Show::Plain, &[]),
    rule("ConsoleSize", "console-size", "Size of the terminal (rows, columns)", Runtime, Advanced, Show::Plain, &[]),
    rule("Isolation", "isolation", "Isolation", Runtime, Advanced, Show::Plain, &["default"]),
];

/// Paths of the kernel that the engine hides or mounts read-only by itself
/// (moby, `oci/defaults.go`).
pub(in super::super) struct KernelPaths {
    /// By each engine since 18.09: a list without one of them is somebody's own.
    always: &'static [&'static str],
    /// By some.
    sometimes: &'static [&'static str],
}

impl KernelPaths {
    /// Whether a list is the engine's own.
    pub(in super::super) fn is_default(&self, list: &[Value]) -> bool {
        let has = |wanted: &&str| list.iter().any(|path| path == *wanted);
        self.always.iter().all(has)
            && list.iter().all(|path| {
                let path = path.as_str().unwrap_or("");
                // Newer engines hide a file of each processor, too.
                let of_a_processor = path.starts_with("/sys/devices/system/cpu/cpu")
                    && path.ends_with("/thermal_throttle");
                of_a_processor || self.always.contains(&path) || self.sometimes.contains(&path)
            })
    }
}

pub(in super::super) const MASKED: KernelPaths = KernelPaths {
    always: &[
        "/proc/acpi",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/timer_list",
        "/proc/sched_debug",
        "/proc/scsi",
        "/sys/firmware",
    ],
    sometimes: &[
        "/proc/asound",
        "/proc/interrupts",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/dev",
        "/sys/fs/selinux",
    ],
};

pub(in super::super) const READONLY: KernelPaths = KernelPaths {
    always: &[
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/proc/sysrq-trigger",
    ],
    sometimes: &["/proc/asound", "/sys/fs/cgroup"],
};
