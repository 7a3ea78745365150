//! The announcement on the network, heard by avahi in a namespace of its own.

use crate::support::app::BINARY;
use std::process::{Command, Stdio};

#[test]
fn host_is_found_by_mdns() {
    let output = Command::new("sh")
        .args(["tests/mdns.sh", BINARY])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let proofs = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(proofs.contains("all proofs passed"), "{proofs}");
}
