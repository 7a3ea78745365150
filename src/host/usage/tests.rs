//! Recorded files of both versions, laid out as on the machines they are from.

use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const NET_DEV: &str = "Inter-|   Receive                                                |  Transmit\n \
face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
lo:   31337      10    0    0    0     0          0         0    31337      10    0    0    0     0       0          0\n  \
eth0: 1508392    4103    0    0    0     0          0         0   318442    2101    0    0    0     0       0          0\n  \
eth1:    1000      10    0    0    0     0          0         0        8       1    0    0    0     0       0          0\n";

struct Machine(tempfile::TempDir);

impl Machine {
    fn new(mountinfo: &str, cgroup: &str) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.put("proc/self/mountinfo", mountinfo);
        machine.put("proc/4711/cgroup", cgroup);
        machine.put("proc/4711/net/dev", NET_DEV);
        machine
    }

    fn put(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn look(&self) -> Option<Counters> {
        let usage = Usage::below(self.0.path());
        let place = usage.locate(4711, ID)?;
        usage.look(&place, true)
    }
}

const V1_MOUNTS: &str = "\
33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";

fn v1() -> Machine {
    let machine = Machine::new(
        V1_MOUNTS,
        &format!(
            "8:pids:/docker/{ID}\n7:blkio:/docker/{ID}\n4:memory:/docker/{ID}\n2:cpu,cpuacct:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/docker/{ID}\n"
        ),
    );
    machine
        .put(&format!("sys/fs/cgroup/cpu,cpuacct/docker/{ID}/cpuacct.usage"), "96412873451\n")
        .put(&format!("sys/fs/cgroup/memory/docker/{ID}/memory.usage_in_bytes"), "145276928\n")
        .put(&format!("sys/fs/cgroup/memory/docker/{ID}/memory.limit_in_bytes"), "9223372036854771712\n")
        .put(
            &format!("sys/fs/cgroup/memory/docker/{ID}/memory.stat"),
            "cache 41066496\nrss 102998016\ninactive_file 7\nhierarchical_memory_limit 9223372036854771712\ntotal_cache 41066496\ntotal_inactive_file 25276928\ntotal_active_file 15789568\n",
        )
        .put(&format!("sys/fs/cgroup/pids/docker/{ID}/pids.current"), "23\n")
        .put(&format!("sys/fs/cgroup/blkio/docker/{ID}/blkio.bfq.io_service_bytes_recursive"), "Total 0\n")
        .put(
            &format!("sys/fs/cgroup/blkio/docker/{ID}/blkio.throttle.io_service_bytes_recursive"),
            "8:0 Read 4096000\n8:0 Write 8192\n8:0 Sync 1\n8:0 Async 2\n8:0 Discard 0\n8:0 Total 4104192\n8:16 Read 1000\n8:16 Write 1\n8:16 Total 1001\nTotal 4105193\n",
        );
    machine
}

#[test]
fn container_usage_is_read_from_cgroup_v1() {
    let found = v1().look().unwrap();
    assert_eq!(
        Counters {
            clock_ns: 0,
            ..found
        },
        Counters {
            clock_ns: 0,
            cpu_ns: 96_412_873_451,
            memory: Some(MemoryUse {
                used: 120_000_000,
                limit: None
            }),
            network: Some((1_509_392, 318_450)),
            block: Some((4_097_000, 8193)),
            pids: Some(23),
        }
    );
}

const V2_MOUNT: &str =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";

fn v2(group: &str, inside: &str) -> Machine {
    let machine = Machine::new(V2_MOUNT, &format!("0::{group}{inside}\n"));
    let at = |file: &str| format!("sys/fs/cgroup{group}/{file}");
    machine
        .put(&at("cpu.stat"), "usage_usec 7219312\nuser_usec 5011871\nsystem_usec 2207441\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n")
        .put(&at("memory.current"), "268435456\n")
        .put(&at("memory.max"), "536870912\n")
        .put(&at("memory.stat"), "anon 200000000\nfile 60000000\nkernel 900000\ninactive_anon 1\nactive_anon 2\ninactive_file 68435456\nactive_file 3\n")
        .put(&at("pids.current"), "5\n")
        .put(&at("io.stat"), "8:0 rbytes=1048576 wbytes=2048 rios=10 wios=2 dbytes=0 dios=0\n254:1 \n259:0 rbytes=24 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n");
    machine
}

#[test]
fn container_usage_is_read_from_cgroup_v2_with_both_drivers_and_rootless() {
    for (group, inside) in [
        (format!("/system.slice/docker-{ID}.scope"), ""),
        (format!("/docker/{ID}"), ""),
        (format!("/docker/{ID}"), "/init.scope"),
        (format!("/machine.slice/libpod-{ID}.scope"), "/container"),
        (
            format!("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{ID}.scope"),
            "",
        ),
    ] {
        let found = v2(&group, inside).look().unwrap();
        assert_eq!(
            Counters {
                clock_ns: 0,
                ..found
            },
            Counters {
                clock_ns: 0,
                cpu_ns: 7_219_312_000,
                memory: Some(MemoryUse {
                    used: 200_000_000,
                    limit: Some(536_870_912)
                }),
                network: Some((1_509_392, 318_450)),
                block: Some((1_048_600, 2048)),
                pids: Some(5),
            },
            "{group}{inside}"
        );
    }
}

#[test]
fn memory_usage_is_none_instead_of_zero_without_a_memory_controller() {
    let machine = v2(&format!("/docker/{ID}"), "");
    for file in ["memory.current", "memory.max", "memory.stat"] {
        fs::remove_file(
            machine
                .0
                .path()
                .join(format!("sys/fs/cgroup/docker/{ID}/{file}")),
        )
        .unwrap();
    }
    let found = machine.look().unwrap();
    assert_eq!((found.memory, found.pids), (None, Some(5)));

    let machine = v1();
    let groups = format!("8:pids:/docker/{ID}\n2:cpu,cpuacct:/docker/{ID}\n0::/docker/{ID}\n");
    machine.put("proc/4711/cgroup", &groups);
    assert_eq!(machine.look().unwrap().memory, None);
}

#[test]
fn process_of_another_cgroup_or_with_a_reused_pid_is_not_measured() {
    let machine = v2(&format!("/docker/{ID}"), "");
    let usage = Usage::below(machine.0.path());
    let place = usage.locate(4711, ID).unwrap();
    assert!(usage.look(&place, true).is_some());
    let other = ID.replace('0', "9");
    assert_eq!(usage.locate(4711, &other), None);
    assert_eq!(usage.locate(4712, ID), None);
    // The number was given to somebody else in the meantime.
    machine.put("proc/4711/cgroup", "0::/user.slice/session-3.scope\n");
    assert_eq!(usage.look(&place, true), None);
    assert_eq!(usage.locate(4711, ID), None);
}

#[test]
fn cgroup_outside_the_visible_hierarchy_yields_no_usage() {
    // In a container with a control-group namespace of its own.
    let machine = v2(&format!("/docker/{ID}"), "");
    machine.put("proc/4711/cgroup", &format!("0::/../{ID}\n"));
    assert_eq!(machine.look(), None);
    // With a mount of our own group only.
    let machine = v2(&format!("/docker/{ID}"), "");
    machine.put(
        "proc/self/mountinfo",
        "30 23 0:26 /docker/other /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
    );
    assert_eq!(machine.look(), None);
}

#[test]
fn container_on_the_host_network_has_no_network_counters() {
    let machine = v2(&format!("/docker/{ID}"), "");
    let usage = Usage::below(machine.0.path());
    let place = usage.locate(4711, ID).unwrap();
    assert_eq!(usage.look(&place, false).unwrap().network, None);
}
