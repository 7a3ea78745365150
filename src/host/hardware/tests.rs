//! Machines as their files describe them, and the profile each must get.

use super::*;

/// A machine's `/proc` and `/sys`, as far as detection reads them.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new(cores: u32, kib: u64) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        this.file(
            "sys/devices/system/cpu/online",
            &format!("0-{}\n", cores - 1),
        )
        .file(
            "proc/meminfo",
            &format!("MemTotal:  {kib} kB\nMemFree: 5 kB\n"),
        )
        .file(
            "proc/self/status",
            &format!("Name:\tx\nCpus_allowed_list:\t0-{}\n", cores - 1),
        )
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn detect(&self) -> Hardware {
        Hardware::detect_under(self.0.path())
    }
}

const GIB_KIB: u64 = 1024 * 1024;

#[test]
fn raspberry_pi_is_detected_by_its_device_tree_model() {
    for (board, cores, kib) in [
        ("Raspberry Pi 3 Model B Plus Rev 1.3", 4, 900_000),
        ("Raspberry Pi 4 Model B Rev 1.4", 4, 3_880_000),
        ("Raspberry Pi 5 Model B Rev 1.0", 4, 8_200_000),
        ("Raspberry Pi 5 Model B Rev 1.1", 4, 16_400_000),
        ("Raspberry Pi Zero 2 W Rev 1.0", 4, 430_000),
    ] {
        let found = Machine::new(cores, kib)
            .file("proc/device-tree/model", &format!("{board}\0"))
            .detect();
        assert_eq!(found.detected, ProfileName::RaspberryPi, "{board}");
        assert_eq!(
            found.how,
            format!("/proc/device-tree/model says \"{board}\".")
        );
    }
}

#[test]
fn raspberry_pi_is_detected_by_firmware_device_tree_or_cpuinfo() {
    let found = Machine::new(4, GIB_KIB)
        .file(
            "sys/firmware/devicetree/base/model",
            "Raspberry Pi 4 Model B\0",
        )
        .detect();
    assert_eq!(found.detected, ProfileName::RaspberryPi);
    // In a container, where the engine hides the firmware.
    let found = Machine::new(4, GIB_KIB)
        .file(".dockerenv", "")
        .file(
            "proc/cpuinfo",
            "processor\t: 0\nmodel name\t: ARMv7\n\nRevision\t: c03111\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n",
        )
        .detect();
    assert_eq!(found.detected, ProfileName::RaspberryPi);
    assert_eq!(found.facts.model.unwrap().how, "/proc/cpuinfo");
}

#[test]
fn board_other_than_raspberry_pi_gets_its_profile_by_cores_and_memory() {
    let found = Machine::new(8, 16 * GIB_KIB)
        .file("proc/device-tree/model", "Radxa ROCK 5B\0")
        .detect();
    assert_eq!(found.detected, ProfileName::MediumServer);
    assert_eq!(found.view(None).model.as_deref(), Some("Radxa ROCK 5B"));
}

#[test]
fn profile_is_detected_from_cpu_cores_and_memory_of_the_host() {
    let cases = [
        (4, 8, ProfileName::LowEnd),         // a NAS
        (4, 16, ProfileName::LowEnd),        // the edge
        (4, 17, ProfileName::MediumServer),  // memory beyond it
        (6, 8, ProfileName::MediumServer),   // cores beyond it
        (8, 32, ProfileName::MediumServer),  // a mini PC
        (16, 64, ProfileName::MediumServer), // the edge
        (24, 64, ProfileName::HighEnd),
        (32, 128, ProfileName::HighEnd),
        (64, 64, ProfileName::Enterprise),
        (8, 256, ProfileName::Enterprise),
        (64, 512, ProfileName::Enterprise),
    ];
    for (cores, gib, expected) in cases {
        let found = Machine::new(cores, gib * GIB_KIB).detect();
        assert_eq!(found.detected, expected, "{cores} cores, {gib} GiB");
        assert!(found.facts.container.is_none());
    }
}

#[test]
fn cgroup_v2_memory_and_cpu_limits_of_the_container_are_used() {
    let found = Machine::new(64, 256 * GIB_KIB)
        .file(".dockerenv", "")
        .file("proc/self/cgroup", "0::/\n")
        .file(
            "proc/self/mountinfo",
            "30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n",
        )
        .file("sys/fs/cgroup/memory.max", "1073741824\n")
        .file("sys/fs/cgroup/cpu.max", "150000 100000\n")
        .detect();
    assert_eq!(found.detected, ProfileName::LowEnd);
    assert_eq!(found.facts.memory_bytes.value, 1 << 30);
    assert_eq!(found.facts.memory_bytes.how, "/sys/fs/cgroup/memory.max");
    assert_eq!(found.facts.cpu_cores.value, 2);
    let view = found.view(None);
    assert!(view.in_container);
    let container = view
        .values
        .iter()
        .find(|v| v.key == "in_container")
        .unwrap();
    assert_eq!(container.source, "/.dockerenv exists");
}

#[test]
fn cgroup_v1_memory_limit_is_used_and_an_unset_cpu_quota_is_ignored() {
    let found = Machine::new(64, 256 * GIB_KIB)
        .file(
            "proc/self/cgroup",
            "4:memory:/docker/ab12\n3:cpu,cpuacct:/docker/ab12\n1:name=systemd:/docker/ab12\n",
        )
        .file(
            "proc/self/mountinfo",
            "31 30 0:27 /docker/ab12 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
             32 30 0:28 /docker/ab12 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n",
        )
        .file("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
        .detect();
    assert_eq!(found.facts.memory_bytes.value, 1 << 30);
    assert_eq!(found.facts.cpu_cores.value, 64, "no quota is set");
    assert_eq!(found.detected, ProfileName::Enterprise);
    assert_eq!(
        found.facts.container.as_deref(),
        Some("/proc/self/cgroup names docker")
    );
}

#[test]
fn limit_of_a_parent_cgroup_applies_and_max_means_no_limit() {
    let found = Machine::new(8, 32 * GIB_KIB)
        .file(".dockerenv", "")
        .file("proc/self/cgroup", "0::/a/b\n")
        .file(
            "proc/self/mountinfo",
            "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
        )
        .file("sys/fs/cgroup/a/memory.max", "2147483648\n")
        .file("sys/fs/cgroup/a/b/memory.max", "max\n")
        .file("sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
        .detect();
    assert_eq!(found.facts.memory_bytes.value, 2 << 30);
    assert_eq!(found.facts.memory_bytes.how, "/sys/fs/cgroup/a/memory.max");
    assert_eq!(found.facts.cpu_cores.value, 8);
}

#[test]
fn memory_limit_of_the_systemd_service_does_not_reduce_detected_memory() {
    let found = Machine::new(8, 32 * GIB_KIB)
        .file("proc/self/cgroup", "0::/system.slice/dockermate.service\n")
        .file(
            "proc/self/mountinfo",
            "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
        )
        .file(
            "sys/fs/cgroup/system.slice/dockermate.service/memory.max",
            "268435456\n",
        )
        .detect();
    assert_eq!(found.facts.memory_bytes.value, 32 << 30);
    assert!(found.facts.container.is_none());
}

#[test]
fn cgroup_path_of_a_container_is_detected_and_engine_service_unit_is_not() {
    for (line, expected) in [
        ("0::/system.slice/docker.service", false),
        ("0::/system.slice/containerd.service", false),
        ("0::/system.slice/docker-0a1b.scope", true),
        ("4:memory:/docker/0a1b", true),
        ("4:memory:/kubepods/besteffort/pod1/0a1b", true),
        ("0::/user.slice/user-1000.slice", false),
    ] {
        let found = Machine::new(8, 32 * GIB_KIB)
            .file("proc/self/cgroup", &format!("{line}\n"))
            .detect();
        assert_eq!(found.facts.container.is_some(), expected, "{line}");
    }
}

#[test]
fn cpu_affinity_limits_the_detected_core_count() {
    let found = Machine::new(64, 64 * GIB_KIB)
        .file("proc/self/status", "Cpus_allowed_list:\t2,4-5\n")
        .detect();
    assert_eq!(found.facts.cpu_cores.value, 3);
    assert!(found.facts.cpu_cores.how.contains("affinity"));
}

#[test]
fn configured_profile_overrides_the_detected_one() {
    let found = Machine::new(64, 64 * GIB_KIB).detect();
    let view = found.view(Some(ProfileName::RaspberryPi));
    assert_eq!(view.name, ProfileName::RaspberryPi);
    assert_eq!(view.detected, ProfileName::Enterprise);
    assert!(view.overridden);
    assert_eq!(view.max_containers, Some(15));
    assert!(view.how.starts_with("Set to RASPBERRY_PI"));
    assert!(!found.view(None).overridden);
}

#[test]
fn missing_proc_and_sys_give_zero_memory_and_at_least_one_core() {
    let empty = tempfile::tempdir().unwrap();
    let facts = read_facts(empty.path());
    assert_eq!(facts.memory_bytes.value, 0);
    assert!(facts.cpu_cores.value >= 1);
}

#[test]
fn kernel_cpu_list_is_counted() {
    assert_eq!(count_list("0-3,8\n"), Some(5));
    assert_eq!(count_list("0"), Some(1));
    assert_eq!(count_list("3-1"), None);
    assert_eq!(count_list(""), None);
}

#[test]
fn detection_on_the_real_host_finds_cores_and_memory() {
    let found = Hardware::detect();
    assert!(found.facts.cpu_cores.value >= 1);
    assert!(found.facts.memory_bytes.value > 0);
    assert!(!found.how.is_empty());
}
