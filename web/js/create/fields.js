// @ts-check
// Every plain setting of a container: its kind, its label, and a sentence about it.
// Invariant: with the lists that have a form of their own (draft.js), these are all fields of ContainerSpec.

/** [kind, label, hint, placeholder, level]; the level from which it is shown without a value. */
const B = "beginner";
const I = "intermediate";
const A = "advanced";

export const FIELDS = {
  image: ["text", "Image", "The image to run: name:tag.", "nginx:1.27", B],
  name: ["text", "Name", "The name of the container. If empty, derived from the image.", "", B],
  description: ["area", "Description", "A short description, saved by DockerMate.", "", B],
  environment: ["text", "Environment", "", "", B],

  command: [
    "argv",
    "Command",
    "Arguments of the entrypoint, in shell syntax. If empty: the image's default.",
    "",
    I,
  ],
  entrypoint: ["argv", "Entrypoint", "Replaces the image's entrypoint. '' clears it.", "", I],
  working_dir: ["text", "Working directory", "An absolute path in the container.", "/app", I],
  user: ["text", "User", "Name or ID, optionally with :group.", "1000:1000", I],
  group_add: ["lines", "Additional groups", "One per line.", "video", A],
  tty: ["bool", "Terminal", "Allocates a terminal (TTY).", "", I],
  stdin_open: [
    "bool",
    "Keep standard input open",
    "Standard input stays open even if nothing is attached.",
    "",
    I,
  ],
  init: ["tri", "Init process", "Forwards signals and reaps processes.", "", I],

  expose: [
    "lines",
    "Exposed, not published",
    "Ports other containers can use: 80, 53/udp. One per line.",
    "80",
    A,
  ],
  publish_all: ["bool", "Publish every exposed port", "Each on a random free host port.", "", A],

  read_only: ["bool", "Read-only root", "The container can write only to its mounts.", "", I],
  volumes_from: ["lines", "Volumes of other containers", "name or name:ro, one per line.", "", A],
  volume_driver: ["text", "Volume driver", "For volumes that are created with the container.", "local", A],
  storage_opt: ["pairs", "Storage driver options", "", "size=10G", A],

  hostname: [
    "text",
    "Host name",
    "The host name inside the container. If empty: the short container ID.",
    "",
    I,
  ],
  domainname: ["text", "Domain", "", "", A],

  memory: ["bytes", "Memory", "The kernel kills processes that exceed it.", "512m", B],
  memory_swap: ["bytes", "Memory and swap together", "-1 means unlimited.", "1g", I],
  memory_reservation: ["bytes", "Memory reservation", "A soft limit, below the memory limit.", "256m", A],
  memory_swappiness: ["int", "Swappiness", "0 to 100.", "60", A],
  kernel_memory: ["bytes", "Kernel memory", "Old kernels only.", "", A],
  shm_size: [
    "bytes",
    "Shared memory",
    "Size of /dev/shm; databases and browsers want more than 64m.",
    "64m",
    I,
  ],
  cpus: ["decimal", "CPUs", "1.5 is one and a half CPUs.", "1.5", B],
  cpu_shares: ["int", "CPU weight", "Relative to other containers; the default is 1024.", "1024", A],
  cpuset_cpus: ["text", "Only these CPUs", "0-3 or 0,2.", "0-3", A],
  cpuset_mems: ["text", "Only these memory nodes", "", "0", A],
  cpu_period: ["int", "CPU period", "Microseconds.", "100000", A],
  cpu_quota: ["int", "CPU quota", "Microseconds per period.", "50000", A],
  cpu_rt_period: ["int", "Real-time period", "Microseconds.", "", A],
  cpu_rt_runtime: ["int", "Real-time runtime", "Microseconds.", "", A],
  pids_limit: ["int", "Processes", "The maximum; -1 means unlimited.", "200", I],
  ulimits: ["lines", "Ulimits", "name=soft:hard, one per line.", "nofile=1024:2048", A],
  oom_kill_disable: [
    "tri",
    "Disable the OOM killer",
    "Requires a memory limit, otherwise the host may hang.",
    "",
    A,
  ],
  oom_score_adj: ["int", "OOM score adjustment", "-1000 to 1000; higher is killed first.", "0", A],
  blkio_weight: ["int", "Disk weight", "10 to 1000.", "500", A],
  blkio_weight_device: ["lines", "Disk weight by device", "/dev/sda:500, one per line.", "", A],
  device_read_bps: ["lines", "Read limit", "/dev/sda:10mb per second, one per line.", "", A],
  device_write_bps: ["lines", "Write limit", "/dev/sda:10mb per second, one per line.", "", A],
  device_read_iops: ["lines", "Reads per second", "/dev/sda:100, one per line.", "", A],
  device_write_iops: ["lines", "Writes per second", "/dev/sda:100, one per line.", "", A],

  auto_remove: ["bool", "Remove it when it stops", "With its anonymous volumes. For one-off jobs.", "", I],
  stop_signal: ["text", "Stop signal", "The signal that stops it.", "SIGTERM", I],
  stop_timeout: ["int", "Seconds to stop", "Before it is killed; -1 waits indefinitely.", "10", I],

  privileged: [
    "bool",
    "Privileged",
    "Full access to the host. A single device or capability is usually enough.",
    "",
    I,
  ],
  cap_add: ["caps", "Capabilities to add", "", "", I],
  cap_drop: ["caps", "Capabilities to drop", "ALL drops every capability.", "", I],
  devices: [
    "lines",
    "Devices",
    "/dev/dri, or /dev/ttyUSB0:/dev/ttyACM0:rw; one per line.",
    "/dev/ttyUSB0",
    I,
  ],
  security_opt: ["lines", "Security options", "One per line.", "no-new-privileges:true", A],
  device_cgroup_rules: ["lines", "Device cgroup rules", "One per line.", "c 13:* rwm", A],

  labels: ["pairs", "Labels", "Metadata for other programs, such as a reverse proxy.", "", I],
  annotations: ["pairs", "Annotations", "For the OCI runtime.", "", A],

  log_driver: [
    "text",
    "Log driver",
    "DockerMate can show json-file, local and journald logs.",
    "json-file",
    I,
  ],
  log_options: [
    "pairs",
    "Driver options",
    "max-size 10m and max-file 3 keep a log from filling the disk.",
    "",
    I,
  ],

  dns: ["lines", "DNS servers", "Addresses, one per line.", "192.168.1.1", A],
  dns_search: ["lines", "DNS search domains", "One per line.", "", A],
  dns_options: ["lines", "DNS options", "One per line.", "ndots:1", A],
  extra_hosts: ["lines", "Extra hosts", "name:address, one per line.", "nas:192.168.1.10", A],
  links: [
    "lines",
    "Links",
    "container:alias, one per line. Legacy; use a user-defined network instead.",
    "",
    A,
  ],
  pid: ["text", "Processes of", "host, or container:name.", "host", A],
  ipc: ["text", "IPC namespace", "none, private, shareable, host, container:name.", "private", A],
  uts: ["text", "UTS namespace", "host.", "host", A],
  userns: ["text", "Users of", "host.", "host", A],
  cgroupns: ["text", "Cgroup namespace", "host or private.", "private", A],
  cgroup_parent: ["text", "Parent cgroup", "", "", A],
  sysctls: ["pairs", "Kernel settings", "", "", A],
  runtime: ["text", "Runtime", "", "runc", A],
  isolation: ["text", "Isolation", "Windows only.", "", A],
  platform: ["text", "Platform", "The platform of the image.", "linux/arm64", A],
};

/** Those that stand together without more ado; the other parts draw themselves. */
export const GROUPS = {
  memory: ["memory", "memory_swap", "shm_size", "memory_reservation", "memory_swappiness", "kernel_memory"],
  cpu: [
    "cpus",
    "pids_limit",
    "cpu_shares",
    "cpuset_cpus",
    "cpuset_mems",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
  ],
  processes: ["ulimits", "oom_kill_disable", "oom_score_adj"],
  disk: [
    "blkio_weight",
    "blkio_weight_device",
    "device_read_bps",
    "device_write_bps",
    "device_read_iops",
    "device_write_iops",
  ],
  names: ["dns", "dns_search", "dns_options", "extra_hosts", "links"],
  namespaces: ["pid", "ipc", "uts", "userns", "cgroupns", "cgroup_parent"],
  engine: ["platform", "runtime", "isolation", "volume_driver"],
};

/** The sections in their order: [id, title, icon, level from which it is open, what counts as its settings]. */
export const SECTIONS = [
  ["general", "General", "box", B, ["image", "name", "description", "environment"]],
  ["ports", "Ports", "network", B, ["ports", "expose", "publish_all"]],
  ["storage", "Storage", "hard-drive", B, ["mounts", "read_only", "volumes_from"]],
  ["variables", "Variables", "sliders-horizontal", B, ["env"]],
  [
    "restart",
    "Restart and health",
    "heart-pulse",
    B,
    ["restart", "auto_remove", "stop_signal", "stop_timeout", "healthcheck"],
  ],
  ["networks", "Networks", "unplug", I, ["network_mode", "networks", "hostname", "domainname"]],
  [
    "limits",
    "Limits",
    "memory-stick",
    I,
    [...GROUPS.memory, ...GROUPS.cpu, ...GROUPS.processes, ...GROUPS.disk],
  ],
  [
    "command",
    "Command",
    "terminal",
    I,
    ["command", "entrypoint", "working_dir", "user", "group_add", "tty", "stdin_open", "init"],
  ],
  [
    "security",
    "Security",
    "shield-check",
    A,
    [
      "privileged",
      "cap_add",
      "cap_drop",
      "devices",
      "device_requests",
      "security_opt",
      "device_cgroup_rules",
    ],
  ],
  ["labels", "Labels", "tag", A, ["labels", "annotations"]],
  ["logging", "Logging", "file-text", A, ["log_driver", "log_options"]],
  [
    "advanced",
    "Everything else",
    "settings",
    A,
    [...GROUPS.names, ...GROUPS.namespaces, ...GROUPS.engine, "sysctls", "storage_opt", "engine"],
  ],
];

/** The section that a field stands in. */
export const sectionOf = (key) => SECTIONS.find(([, , , , keys]) => keys.includes(key))?.[0] ?? "general";
