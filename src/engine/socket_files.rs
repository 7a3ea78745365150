//! Watches the places where the socket of an engine may appear, so that an engine
//! that is started is found at once and not only at the next try (inotify(7)).

use super::address::{Host, Surroundings, candidates};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::unix::pipe;

/// Folders such as `/run` are busy: what happens in this time is looked at once.
const PAUSE: Duration = Duration::from_millis(200);

/// The sockets that an engine may listen on, as they were at one moment.
#[derive(Debug)]
pub(super) struct SocketFiles {
    files: Vec<(PathBuf, Option<Identity>)>,
}

/// Tells a socket from another that took its place, and from the same one with
/// other permissions: inode, and when that changed (seconds, nanoseconds).
type Identity = (u64, i64, i64);

impl SocketFiles {
    pub fn of(surroundings: &Surroundings) -> Self {
        let hosts = candidates(surroundings).unwrap_or_default();
        let files = hosts.into_iter().filter_map(|host| match host {
            Host::Unix(path) => Some(path),
            Host::Tcp { .. } => None,
        });
        Self {
            files: files.map(|path| (path.clone(), identity(&path))).collect(),
        }
    }

    /// Returns once one of them has appeared or changed since the moment that this
    /// was made; never where that cannot be watched.
    pub async fn changed(&self) {
        if self.watch().await.is_err() || self.files.is_empty() {
            std::future::pending::<()>().await;
        }
    }

    async fn watch(&self) -> io::Result<()> {
        let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // It is read like a pipe, and what it says is not looked at.
        let events = pipe::Receiver::from_file_unchecked(events.into())?;
        while !self.files.is_empty() {
            for folder in self.folders() {
                // A folder that has just gone is replaced by its parent next time.
                let _ = inotify::add_watch(
                    &events,
                    &folder,
                    WatchFlags::CREATE
                        | WatchFlags::MOVED_TO
                        | WatchFlags::ATTRIB
                        | WatchFlags::DELETE_SELF
                        | WatchFlags::MOVE_SELF,
                );
            }
            if self.files.iter().any(|(path, before)| {
                let now = identity(path);
                now.is_some() && now != *before
            }) {
                break;
            }
            events.readable().await?;
            tokio::time::sleep(PAUSE).await;
            while events.try_read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
        }
        Ok(())
    }

    /// Where a file would have to appear for one of the sockets to be there: the
    /// folder of each, or what there is of the way to it; also of what a link
    /// leads to.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let links = self.files.iter().filter_map(|(path, _)| {
            let target = std::fs::read_link(path).ok()?;
            Some(path.parent()?.join(target))
        });
        let paths = self.files.iter().map(|(path, _)| path.clone());
        paths
            .chain(links)
            .filter_map(|path| {
                let mut folders = path.ancestors().skip(1);
                folders.find(|folder| folder.is_dir()).map(Path::to_owned)
            })
            .collect()
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let meta = std::fs::metadata(path).ok()?;
    meta.file_type()
        .is_socket()
        .then(|| (meta.ino(), meta.ctime(), meta.ctime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    const SOON: Duration = Duration::from_secs(2);

    fn files(path: &Path) -> SocketFiles {
        SocketFiles::of(&Surroundings {
            docker_host: Some(format!("unix://{}", path.display())),
            ..Surroundings::default()
        })
    }

    async fn is_seen(files: &SocketFiles) -> bool {
        tokio::time::timeout(SOON, files.changed()).await.is_ok()
    }

    #[tokio::test]
    async fn socket_that_appears_in_a_folder_that_was_missing_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/podman/podman.sock");
        let before = files(&path);
        let make = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            std::fs::create_dir(dir.path().join("run")).unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            std::fs::create_dir(dir.path().join("run/podman")).unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            UnixListener::bind(&path).unwrap()
        };
        let (seen, _socket) = tokio::join!(is_seen(&before), make);
        assert!(seen);
    }

    #[tokio::test]
    async fn socket_that_was_replaced_or_became_accessible_is_seen_and_others_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("docker.sock", &link).unwrap();
        let first = UnixListener::bind(&path).unwrap();
        let before = files(&link);
        std::fs::write(dir.path().join("other"), "x").unwrap();
        let nothing = tokio::time::timeout(Duration::from_millis(600), before.changed());
        assert!(nothing.await.is_err());
        drop(first);
        std::fs::remove_file(&path).unwrap();
        let _second = UnixListener::bind(&path).unwrap();
        assert!(is_seen(&before).await, "replaced");
        let before = files(&link);
        rustix::fs::chmod(&path, rustix::fs::Mode::from_raw_mode(0o666)).unwrap();
        assert!(is_seen(&before).await, "other permissions");
    }
}
