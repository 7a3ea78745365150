// @ts-check
// Every plain setting of a container: its kind, its label, and a sentence about it.
// Invariant: with the lists that have a form of their own (draft.js), these are all fields of ContainerSpec.

/** [kind, label, hint, placeholder, level]; the level from which it is shown without a value. */
const B = "beginner";
const I = "intermediate";
const A = "advanced";

export const FIELDS = {
  image: ["text", "Image", "What the container is made of: a name, a colon, a version.", "nginx:1.27", B],
  name: [
    "text",
    "Name",
    "How you and other containers call it. Left empty, it is called after its image.",
    "",
    B,
  ],
  description: ["area", "What it is for", "In your words; kept by DockerMate.", "", B],
  environment: ["text", "Environment", "", "", B],

  command: [
    "argv",
    "Command",
    "What the image's entrypoint gets as arguments, as a shell would read it. Empty: as the image says.",
    "",
    I,
  ],
  entrypoint: ["argv", "Entrypoint", "Replaces the program that the image starts. '' clears it.", "", I],
  working_dir: ["text", "Working folder", "An absolute path in the container.", "/app", I],
  user: ["text", "User", "Name or number, with :group if wanted.", "1000:1000", I],
  group_add: ["lines", "Further groups", "One a line.", "video", A],
  tty: ["bool", "Terminal", "Gives the program a terminal (TTY).", "", I],
  stdin_open: [
    "bool",
    "Keep the input open",
    "Standard input stays open though nobody is attached.",
    "",
    I,
  ],
  init: ["tri", "Small init process", "Reaps the children of programs that forget to.", "", I],

  expose: [
    "lines",
    "Exposed, not published",
    "Known to other containers: 80, 53/udp. One a line.",
    "80",
    A,
  ],
  publish_all: ["bool", "Publish every exposed port", "Each on a random free port of the host.", "", A],

  read_only: ["bool", "Read-only root", "The container can write only to its mounts.", "", I],
  volumes_from: ["lines", "Volumes of other containers", "name or name:ro, one a line.", "", A],
  volume_driver: ["text", "Volume driver", "For volumes that are made along the way.", "local", A],
  storage_opt: ["pairs", "Options of the storage driver", "", "size=10G", A],

  hostname: ["text", "Host name", "What the container calls itself. Left empty: a piece of its id.", "", I],
  domainname: ["text", "Domain", "", "", A],

  memory: ["bytes", "Memory", "The kernel ends what asks for more.", "512m", B],
  memory_swap: ["bytes", "Memory and swap together", "-1 is without limit.", "1g", I],
  memory_reservation: [
    "bytes",
    "Memory when it gets tight",
    "A soft limit, below the hard one.",
    "256m",
    A,
  ],
  memory_swappiness: ["int", "Swappiness", "0 to 100.", "60", A],
  kernel_memory: ["bytes", "Kernel memory", "Old kernels only.", "", A],
  shm_size: [
    "bytes",
    "Shared memory",
    "Size of /dev/shm; databases and browsers want more than 64m.",
    "64m",
    I,
  ],
  cpus: ["decimal", "CPUs", "1.5 is one and a half processors.", "1.5", B],
  cpu_shares: ["int", "CPU weight", "Against others when all want it; 1024 is usual.", "1024", A],
  cpuset_cpus: ["text", "Only these CPUs", "0-3 or 0,2.", "0-3", A],
  cpuset_mems: ["text", "Only these memory nodes", "", "0", A],
  cpu_period: ["int", "CPU period", "Microseconds.", "100000", A],
  cpu_quota: ["int", "CPU quota", "Microseconds in a period.", "50000", A],
  cpu_rt_period: ["int", "Real-time period", "Microseconds.", "", A],
  cpu_rt_runtime: ["int", "Real-time runtime", "Microseconds.", "", A],
  pids_limit: ["int", "Processes", "How many at most; -1 is without limit.", "200", I],
  ulimits: ["lines", "Limits of a process", "name=soft:hard, one a line.", "nofile=1024:2048", A],
  oom_kill_disable: [
    "tri",
    "Spare it when memory runs out",
    "Needs a memory limit, or the box may hang.",
    "",
    A,
  ],
  oom_score_adj: ["int", "Who is ended first", "-1000 to 1000; higher goes first.", "0", A],
  blkio_weight: ["int", "Disk weight", "10 to 1000.", "500", A],
  blkio_weight_device: ["lines", "Disk weight by device", "/dev/sda:500, one a line.", "", A],
  device_read_bps: ["lines", "Read at most", "/dev/sda:10mb a second, one a line.", "", A],
  device_write_bps: ["lines", "Write at most", "/dev/sda:10mb a second, one a line.", "", A],
  device_read_iops: ["lines", "Reads a second", "/dev/sda:100, one a line.", "", A],
  device_write_iops: ["lines", "Writes a second", "/dev/sda:100, one a line.", "", A],

  auto_remove: ["bool", "Remove it when it stops", "With its unnamed volumes. For one-off jobs.", "", I],
  stop_signal: ["text", "Stop signal", "What asks it to end.", "SIGTERM", I],
  stop_timeout: ["int", "Seconds to stop", "Before it is ended by force; -1 waits without end.", "10", I],

  privileged: [
    "bool",
    "Privileged",
    "Full access to the machine. A single device or capability is mostly enough.",
    "",
    I,
  ],
  cap_add: ["caps", "Capabilities to add", "", "", I],
  cap_drop: ["caps", "Capabilities to take away", "ALL takes every one away.", "", I],
  devices: [
    "lines",
    "Devices",
    "/dev/dri, or /dev/ttyUSB0:/dev/ttyACM0:rw; one a line.",
    "/dev/ttyUSB0",
    I,
  ],
  security_opt: ["lines", "Security options", "One a line.", "no-new-privileges:true", A],
  device_cgroup_rules: ["lines", "Rules for devices", "One a line.", "c 13:* rwm", A],

  labels: ["pairs", "Labels", "Words for other programs, such as a reverse proxy.", "", I],
  annotations: ["pairs", "Annotations", "For the runtime.", "", A],

  log_driver: [
    "text",
    "Log driver",
    "Where its log goes. DockerMate shows json-file, local and journald.",
    "json-file",
    I,
  ],
  log_options: [
    "pairs",
    "Options of the driver",
    "max-size 10m and max-file 3 keep a log from filling the disk.",
    "",
    I,
  ],

  dns: ["lines", "DNS servers", "Addresses, one a line.", "192.168.1.1", A],
  dns_search: ["lines", "DNS search domains", "One a line.", "", A],
  dns_options: ["lines", "DNS options", "One a line.", "ndots:1", A],
  extra_hosts: ["lines", "Extra hosts", "name:address, one a line.", "nas:192.168.1.10", A],
  links: [
    "lines",
    "Links",
    "container:alias, one a line. Legacy; a network of your own does it better.",
    "",
    A,
  ],
  pid: ["text", "Processes of", "host, or container:name.", "host", A],
  ipc: ["text", "Shared memory of", "none, private, shareable, host, container:name.", "private", A],
  uts: ["text", "Host name of", "host.", "host", A],
  userns: ["text", "Users of", "host.", "host", A],
  cgroupns: ["text", "Control groups of", "host or private.", "private", A],
  cgroup_parent: ["text", "Parent control group", "", "", A],
  sysctls: ["pairs", "Kernel settings", "", "", A],
  runtime: ["text", "Runtime", "", "runc", A],
  isolation: ["text", "Isolation", "Windows only.", "", A],
  platform: ["text", "Platform", "Which variant of the image.", "linux/arm64", A],
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
