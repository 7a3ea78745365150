//! `dockermate install-service`: writes the systemd unit, enables and starts it.

use super::{UNAVAILABLE, complain, say};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

const UNIT: &str = include_str!("../../image/dockermate.service");
const UNIT_PATH: &str = "/etc/systemd/system/dockermate.service";
const BINARY: &str = "/usr/local/bin/dockermate";

pub fn run() -> u8 {
    match install() {
        Ok(()) => {
            say("DockerMate runs as a service and starts with the machine.");
            say("Addresses and the setup token: journalctl -u dockermate");
            0
        }
        Err(problem) => {
            complain(&problem);
            UNAVAILABLE
        }
    }
}

fn install() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Err("installing a service needs root: sudo dockermate install-service".into());
    }
    if !Path::new("/run/systemd/system").exists() {
        return Err(
            "this machine does not run systemd. Start `dockermate serve` from its own init instead"
                .into(),
        );
    }
    let own = std::env::current_exe()
        .map_err(|error| format!("the path of this program cannot be determined: {error}"))?;
    let binary = place(&own)?;
    let unit = UNIT.replace(BINARY, &binary.display().to_string());
    let same = fs::read_to_string(UNIT_PATH).is_ok_and(|text| text == unit);
    if !same {
        fs::write(UNIT_PATH, unit).map_err(|error| format!("{UNIT_PATH}: {error}"))?;
        say(&format!("Wrote {UNIT_PATH}"));
    }
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", "dockermate.service"])?;
    systemctl(&["restart", "dockermate.service"])
}

/// A service must not run from a folder that a user can change.
fn place(own: &Path) -> Result<PathBuf, String> {
    let fixed = ["/usr/local/bin", "/usr/bin", "/opt"];
    if fixed.iter().any(|folder| own.starts_with(folder)) && only_root_changes(own) {
        return Ok(own.to_owned());
    }
    let target = PathBuf::from(BINARY);
    let beside = PathBuf::from(format!("{BINARY}.new"));
    // Beside and renamed: the old one may be running.
    fs::copy(own, &beside)
        // Not the mode of the copy it came from: root runs this.
        .and_then(|_| fs::set_permissions(&beside, fs::Permissions::from_mode(0o755)))
        .and_then(|()| fs::rename(&beside, &target))
        .map_err(|error| format!("{BINARY}: {error}"))?;
    say(&format!("Copied the program to {BINARY}"));
    Ok(target)
}

/// Whether the program, and each folder that leads to it, is root's alone to change.
fn only_root_changes(own: &Path) -> bool {
    own.ancestors().all(|path| {
        fs::metadata(path).is_ok_and(|meta| meta.uid() == 0 && meta.mode() & 0o022 == 0)
    })
}

fn systemctl(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("systemctl")
        .args(arguments)
        .status()
        .map_err(|error| format!("systemctl: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "systemctl {} failed; see its message above",
            arguments.join(" ")
        ))
    }
}
