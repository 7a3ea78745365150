//! How busy the host is, read cheaply and only when somebody asks.
//!
//! Processor use needs two readings, so the sampler is kept: each figure is
//! the average since the one before. No process is ever listed.

use crate::model::system::HostSample;
use crate::model::timestamp::Timestamp;
use std::path::{Path, PathBuf};
use sysinfo::{Components, System};

/// Takes the figures. Not for sharing: the caller keeps one.
pub struct Sampler {
    system: Option<System>,
    sensors: Option<Components>,
    disk_path: PathBuf,
}

impl Sampler {
    /// `disk_path` is the folder whose file system is watched.
    pub fn new(disk_path: impl Into<PathBuf>) -> Self {
        let mut system = System::new()
            .inspect_err(|error| tracing::warn!(%error, "the usage of this host cannot be read"))
            .ok();
        if let Some(system) = &mut system {
            system.refresh_cpu_usage();
        }
        Self {
            system,
            sensors: None,
            disk_path: disk_path.into(),
        }
    }

    /// The engine's data folder is known only once the engine answers.
    pub fn watch_disk(&mut self, path: impl Into<PathBuf>) {
        self.disk_path = path.into();
    }

    /// One look. Takes well under a millisecond; blocks on files of `/proc`
    /// and `/sys` and on the file system of the disk.
    pub fn sample(&mut self) -> HostSample {
        let (disk_used_bytes, disk_total_bytes) = disk(&self.disk_path);
        let mut sample = HostSample {
            at: Timestamp::now(),
            cpu_percent: 0.0,
            memory_used_bytes: 0,
            memory_total_bytes: 0,
            swap_used_bytes: 0,
            swap_total_bytes: 0,
            disk_used_bytes,
            disk_total_bytes,
            disk_path: self.disk_path.display().to_string(),
            temperature_celsius: self.temperature(),
            load_1m: System::load_average().map_or(0.0, |load| load.one),
            uptime_s: System::uptime().unwrap_or(0),
        };
        if let Some(system) = &mut self.system {
            system.refresh_cpu_usage();
            system.refresh_memory();
            let total = system.total_memory();
            sample.cpu_percent = system.global_cpu_usage().clamp(0.0, 100.0);
            sample.memory_total_bytes = total;
            // What programs cannot have any more: caches do not count.
            sample.memory_used_bytes = total.saturating_sub(system.available_memory());
            sample.swap_used_bytes = system.used_swap();
            sample.swap_total_bytes = system.total_swap();
        }
        sample
    }

    fn temperature(&mut self) -> Option<f32> {
        if let Some(sensors) = &mut self.sensors {
            for sensor in sensors.iter_mut() {
                sensor.refresh();
            }
        } else {
            self.sensors = Components::new_with_refreshed_list().ok();
        }
        let readings = self
            .sensors
            .iter()
            .flat_map(|sensors| sensors.iter())
            .filter_map(|sensor| Some((sensor.label(), sensor.temperature()?)));
        hottest(readings)
    }
}

/// Used and total bytes as `df` counts them: what only root may still fill is
/// neither used nor there.
fn disk(path: &Path) -> (u64, u64) {
    // A folder that does not exist yet lies on its parent's file system.
    let existing = path.ancestors().find(|path| path.exists());
    let Some(Ok(found)) = existing.map(rustix::fs::statvfs) else {
        return (0, 0);
    };
    let used = found.f_blocks.saturating_sub(found.f_bfree);
    let total = used.saturating_add(found.f_bavail);
    (
        used.saturating_mul(found.f_frsize),
        total.saturating_mul(found.f_frsize),
    )
}

/// The hottest sensor that belongs to the processor; if none says so, the
/// hottest of all. Readings that no running chip has are left out.
fn hottest<'a>(readings: impl Iterator<Item = (&'a str, f32)>) -> Option<f32> {
    const PROCESSOR: [&str; 7] = [
        "cpu", "core", "package", "k10temp", "tctl", "soc", "zenpower",
    ];
    let mut processor: Option<f32> = None;
    let mut any: Option<f32> = None;
    for (label, celsius) in readings {
        if !(1.0..=125.0).contains(&celsius) {
            continue;
        }
        any = Some(any.map_or(celsius, |found| found.max(celsius)));
        let label = label.to_ascii_lowercase();
        if PROCESSOR.iter().any(|name| label.contains(name)) {
            processor = Some(processor.map_or(celsius, |found| found.max(celsius)));
        }
    }
    processor.or(any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn host_sample_contains_memory_disk_and_uptime() {
        let folder = tempfile::tempdir().unwrap();
        let mut sampler = Sampler::new(folder.path().join("not/there/yet"));
        let sample = sampler.sample();
        assert!(sample.memory_total_bytes > sample.memory_used_bytes);
        assert!(sample.memory_used_bytes > 0);
        assert!(sample.disk_total_bytes >= sample.disk_used_bytes);
        assert!(sample.disk_total_bytes > 0);
        assert!(sample.uptime_s > 0);
        sampler.watch_disk("/proc");
        assert_eq!(sampler.sample().disk_path, "/proc");
    }

    #[test]
    fn cpu_usage_is_above_zero_while_a_core_is_busy() {
        let mut sampler = Sampler::new("/");
        let started = Instant::now();
        let mut turns = 0_u64;
        // The second reading must be some clock ticks after the first.
        while started.elapsed() < Duration::from_millis(400) {
            turns = std::hint::black_box(turns + 1);
        }
        assert!(sampler.sample().cpu_percent > 0.0);
    }

    #[test]
    fn temperature_prefers_cpu_sensor_and_ignores_implausible_values() {
        let readings = [("nvme Composite", 71.0), ("coretemp Package id 0", 48.5)];
        assert_eq!(hottest(readings.into_iter()), Some(48.5));
        assert_eq!(hottest([("acpitz temp1", 40.0)].into_iter()), Some(40.0));
        assert_eq!(hottest([("cpu_thermal temp1", 0.0)].into_iter()), None);
        assert_eq!(hottest([("cpu", f32::NAN)].into_iter()), None);
    }
}
