//! Ending a process of a container by the number that the engine names.
//!
//! Invariant: a process is touched only through a handle that was taken before
//! its control group was seen to be the container's, so a number that has been
//! given to another process since, or that belongs to another machine, hits
//! nobody.

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::HashMap;
use std::fs;

/// Processes below one, at most; a fork bomb is not walked to its end.
const MOST: usize = 4096;

/// Ends a process of the container and everything that it started. `container`
/// is the full id. False when the process cannot be seen from here.
pub fn kill_tree(pid: u32, container: &str) -> bool {
    if pid <= 1 || container.len() != 64 {
        return false;
    }
    // Read before the first one dies: orphans would be nobody's children.
    let children = below(pid, &parents());
    let ended = kill(pid, container);
    if ended {
        for child in children {
            kill(child, container);
        }
    }
    ended
}

fn kill(pid: u32, container: &str) -> bool {
    let handle = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    let Some(handle) = handle else { return false };
    belongs(pid, container) && pidfd_send_signal(&handle, Signal::KILL).is_ok()
}

/// Whether the process is in the container's control group.
pub fn belongs(pid: u32, container: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|text| text.contains(container))
}

/// Each process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parent(&stat)?))
        })
        .collect()
}

/// Of `/proc/<pid>/stat` (proc_pid_stat(5)); the name may hold anything.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

/// Everything below `root`, nearest first.
fn below(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut by_parent: HashMap<u32, Vec<u32>> = HashMap::new();
    for (pid, parent) in parents {
        by_parent.entry(*parent).or_default().push(*pid);
    }
    let mut found = vec![root];
    let mut at = 0;
    while at < found.len() && found.len() < MOST {
        if let Some(children) = by_parent.remove(&found[at]) {
            found.extend(children);
        }
        at += 1;
    }
    let mut found = found.split_off(1);
    found.retain(|pid| *pid != root);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_pid_is_parsed_when_the_process_name_contains_parentheses() {
        assert_eq!(parent("7 (a) S 1 (b) S 42 7 7 0"), Some(42));
        assert_eq!(parent("7"), None);
    }

    #[test]
    fn descendants_are_found_and_a_cycle_of_parents_terminates() {
        let all = [(2, 1), (3, 2), (4, 3), (5, 1), (1, 4)];
        let mut found = below(2, &all);
        found.sort_unstable();
        assert_eq!(found, [1, 3, 4, 5]);
        assert_eq!(below(5, &all), [0u32; 0]);
    }

    #[test]
    fn process_outside_the_container_is_not_killed() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        assert!(!kill_tree(child.id(), &"0123456789abcdef".repeat(4)));
        assert!(child.try_wait().unwrap().is_none(), "it still runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
