//! The formats of the kernel's counters. Pure.

/// A file with one number; "max" is none.
pub(super) fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Of a file of `name value` lines.
pub(super) fn value(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        (key == name).then(|| number(value))?
    })
}

/// `8:0 rbytes=1 wbytes=2 …` a device (cgroup v2, "IO Interface Files"): read
/// and written.
pub(super) fn io_stat(text: &str) -> (u64, u64) {
    let sum = |name: &str| {
        text.split_whitespace()
            .filter_map(|field| field.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
            .fold(0, u64::saturating_add)
    };
    (sum("rbytes"), sum("wbytes"))
}

/// `8:0 Read 1` a device and kind, and a total that counts them again (cgroup
/// v1, "blkio.throttle.io_service_bytes").
pub(super) fn service_bytes(text: &str) -> (u64, u64) {
    let sum = |name: &str| {
        text.lines()
            .filter_map(|line| {
                let mut fields = line.split_whitespace().skip(1);
                (fields.next()? == name).then(|| fields.next()?.parse().ok())?
            })
            .fold(0, u64::saturating_add)
    };
    (sum("Read"), sum("Write"))
}

/// `/proc/<pid>/net/dev` (proc_pid_net(5)): received and sent over all
/// interfaces but the loopback.
pub(super) fn interfaces(text: &str) -> (u64, u64) {
    text.lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(':')?;
            let fields: Vec<&str> = rest.split_whitespace().collect();
            let field = |at: usize| fields.get(at)?.parse::<u64>().ok();
            (name.trim() != "lo").then_some((field(0)?, field(8)?))
        })
        .fold((0, 0), |sum, one| {
            (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1))
        })
}
