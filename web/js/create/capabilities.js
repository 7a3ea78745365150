// The capabilities of Linux as capabilities(7) knows them, each with what it allows.
export const CAPABILITIES = {
  ALL: "every one of them", AUDIT_CONTROL: "rule the kernel's audit", AUDIT_READ: "read the audit log", AUDIT_WRITE: "write to the audit log",
  BLOCK_SUSPEND: "keep the machine awake", BPF: "load BPF programs", CHECKPOINT_RESTORE: "freeze and thaw processes", CHOWN: "give files to other users",
  DAC_OVERRIDE: "pass by file permissions", DAC_READ_SEARCH: "read any file and folder", FOWNER: "act as the owner of files", FSETID: "keep set-user-id bits",
  IPC_LOCK: "lock memory", IPC_OWNER: "pass by IPC permissions", KILL: "send signals to anybody", LEASE: "lease files", LINUX_IMMUTABLE: "change immutable files",
  MAC_ADMIN: "change mandatory access rules", MAC_OVERRIDE: "pass by mandatory access rules", MKNOD: "make device files", NET_ADMIN: "set up networks, firewalls and VPNs",
  NET_BIND_SERVICE: "listen on ports below 1024", NET_BROADCAST: "send to everybody", NET_RAW: "send raw packets, such as ping", PERFMON: "watch performance",
  SETFCAP: "give files capabilities", SETGID: "change its group", SETPCAP: "change capabilities", SETUID: "change its user", SYS_ADMIN: "nearly everything; mount file systems",
  SYS_BOOT: "restart the machine", SYS_CHROOT: "change its root", SYS_MODULE: "load kernel modules", SYS_NICE: "raise its priority", SYS_PACCT: "account processes",
  SYS_PTRACE: "look into other processes", SYS_RAWIO: "reach hardware directly", SYS_RESOURCE: "pass by limits", SYS_TIME: "set the clock", SYS_TTY_CONFIG: "set up terminals",
  SYSLOG: "read the kernel's log", WAKE_ALARM: "wake the machine",
};
