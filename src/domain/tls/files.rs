//! The folder with keys and certificates. A file is either as it was or as it
//! should be, never half: written aside, flushed, renamed. Keys are readable
//! by this user alone.

use crate::error::{Error, Kind};
use crate::store::is_private;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Keys: 0600.
    Secret,
    /// Certificates: 0644 in a folder of 0700.
    Public,
}

impl Folder {
    /// Makes the folder, or makes it private again.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let opened = || -> io::Result<()> {
            if !path.is_dir() {
                fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(path)?;
            }
            if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
                fs::set_permissions(path, Permissions::from_mode(0o700))?;
            }
            Ok(())
        };
        opened().map_err(|error| refused(path, error))?;
        Ok(Self(path.to_owned()))
    }

    /// `None` when the file does not exist or is not text.
    pub fn read(&self, name: &str, access: Access) -> Result<Option<String>, Error> {
        let path = self.0.join(name);
        if access == Access::Secret {
            Self::make_private(&path);
        }
        match fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8(bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // A folder or the like in the file's place is as good as rubbish.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(None),
            Err(error) => Err(refused(&path, error)),
        }
    }

    /// A key that others could read, for example after a restore from a backup.
    /// Some file systems accept the change and do nothing, so it is read back.
    fn make_private(path: &Path) {
        if !path.is_file() || is_private(path) {
            return;
        }
        let changed = fs::set_permissions(path, Permissions::from_mode(0o600));
        if changed.is_err() || !is_private(path) {
            tracing::warn!(
                path = %path.display(),
                "other users of this host can read this private key: its file system does not keep permissions. \
                 Move the data folder to one that does"
            );
        }
    }

    pub fn write(&self, name: &str, text: &str, access: Access) -> Result<(), Error> {
        let path = self.0.join(name);
        let aside = self.0.join(format!(".{name}.new"));
        let mode = match access {
            Access::Secret => 0o600,
            Access::Public => 0o644,
        };
        let written = || -> io::Result<()> {
            // What an interrupted write left may have another mode.
            match fs::remove_file(&aside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&aside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&aside, &path)?;
            if access == Access::Secret {
                Self::make_private(&path);
            }
            self.flush()
        };
        written().map_err(|error| {
            let _ = fs::remove_file(&aside);
            refused(&path, error)
        })
    }

    /// Keeps what is broken for a person to look at.
    pub fn set_aside(&self, name: &str) {
        let _ = fs::rename(self.0.join(name), self.0.join(format!("{name}.broken")));
    }

    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.0.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(&path, error)),
            _ => self.flush().map_err(|error| refused(&path, error)),
        }
    }

    /// Makes a rename or removal survive a power cut.
    fn flush(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

fn refused(path: &Path, error: io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::new(
            Kind::StorageFull,
            format!("The disk is full: {path} could not be written. Nothing was changed."),
        ),
        _ => Error::internal(format!(
            "{path} cannot be read or written: {error}. The data folder must belong to the user that runs DockerMate."
        )),
    }
    .source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn keys_and_folder_are_private_when_written_and_again_after_a_restore() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("tls");
        let folder = Folder::open(&path).unwrap();
        folder.write("leaf.key", "secret", Access::Secret).unwrap();
        folder.write("leaf.pem", "public", Access::Public).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("leaf.key")), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(path.join("leaf.key"), Permissions::from_mode(0o644)).unwrap();
        let folder = Folder::open(&path).unwrap();
        assert_eq!(
            folder.read("leaf.key", Access::Secret).unwrap().as_deref(),
            Some("secret")
        );
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("leaf.key")), 0o600);
    }

    #[test]
    fn write_replaces_the_leftover_of_an_interrupted_write() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::open(top.path()).unwrap();
        fs::write(top.path().join(".ca.key.new"), "half").unwrap();
        folder.write("ca.key", "whole", Access::Secret).unwrap();
        assert_eq!(mode(&top.path().join("ca.key")), 0o600);
        assert!(!top.path().join(".ca.key.new").exists());
        assert_eq!(
            folder.read("ca.key", Access::Secret).unwrap().unwrap(),
            "whole"
        );
        folder.remove("ca.key").unwrap();
        folder.remove("ca.key").unwrap();
        assert_eq!(folder.read("ca.key", Access::Secret).unwrap(), None);
    }

    #[test]
    fn invalid_utf8_reads_as_none_and_a_file_in_place_of_the_folder_is_an_error() {
        let top = tempfile::tempdir().unwrap();
        fs::write(top.path().join("file"), [0xff, 0xfe]).unwrap();
        let folder = Folder::open(top.path()).unwrap();
        assert_eq!(folder.read("file", Access::Public).unwrap(), None);
        let error = Folder::open(&top.path().join("file")).unwrap_err();
        assert!(error.message.contains("/file"), "{}", error.message);
    }
}
