//! Tools that a script installs once and prints the place of.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What the script, by its path in the repository, says of where it is.
#[track_caller]
pub fn installed(script: &str, arguments: &[&str]) -> PathBuf {
    let output = Command::new("sh")
        .arg(script)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}
