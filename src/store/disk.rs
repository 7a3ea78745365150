//! Whether the disk with the database is full.

use std::path::Path;

/// So little left is nothing left.
const NOTHING: u64 = 256 * 1024;

/// Some blocks are for root alone (5 % of an ext4).
pub(super) fn free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    let blocks = if rustix::process::geteuid().is_root() {
        disk.f_bfree
    } else {
        disk.f_bavail
    };
    Some(blocks.saturating_mul(disk.f_frsize))
}

/// LMDB calls it a failure of the disk (`EIO`) when there was room for a part of
/// its pages only.
pub(super) fn is_disk_full(error: &heed::Error, path: &Path) -> bool {
    let heed::Error::Io(error) = error else {
        return false;
    };
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => true,
        _ if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
            free_bytes(path).is_some_and(|free| free < NOTHING)
        }
        _ => false,
    }
}
