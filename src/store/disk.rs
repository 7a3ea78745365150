//! Whether the disk with the database is full.

use std::path::Path;

/// So little left is nothing left.
const NOTHING: u64 = 256 * 1024;

/// LMDB calls it a failure of the disk (`EIO`) when there was room for a part of
/// its pages only.
pub(super) fn is_disk_full(error: &heed::Error, path: &Path) -> bool {
    let heed::Error::Io(error) = error else {
        return false;
    };
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => true,
        _ if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
            rustix::fs::statvfs(path)
                .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < NOTHING)
        }
        _ => false,
    }
}
