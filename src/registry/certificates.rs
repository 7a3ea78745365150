//! Certificates of single registries, where the engine has them: a folder
//! `host[:port]` with authorities (`*.crt`), and certificates of our own with their
//! keys (Docker Engine documentation, "Verify repository client with certificates").

use crate::https::ClientIdentity;
use std::path::{Path, PathBuf};

/// The files of `certs.d/<host[:port]>`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OwnCertificates {
    pub authorities: Vec<PathBuf>,
    pub identity: Option<ClientIdentity>,
}

impl OwnCertificates {
    /// # Errors
    /// A sentence about a certificate without its key, or the other way round.
    pub fn read(folder: &Path, authority: &str) -> Result<Option<Self>, String> {
        // A host cannot name another folder.
        if authority.contains('/') || authority.starts_with('.') {
            return Ok(None);
        }
        let Ok(entries) = std::fs::read_dir(folder.join(authority)) else {
            return Ok(None);
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let mut found = Self::default();
        for path in &paths {
            let extension = path.extension().and_then(|extension| extension.to_str());
            match extension {
                Some("crt") => found.authorities.push(path.clone()),
                Some("cert") => {
                    let private_key = path.with_extension("key");
                    if !private_key.exists() {
                        return Err(format!("{} has no key beside it", path.display()));
                    }
                    // The first pair, as one connection has one certificate.
                    found.identity.get_or_insert(ClientIdentity {
                        certificate: path.clone(),
                        private_key,
                    });
                }
                Some("key") if !path.with_extension("cert").exists() => {
                    return Err(format!("{} has no certificate beside it", path.display()));
                }
                _ => {}
            }
        }
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_of_a_registry_are_read_as_the_engine_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("nas:5000");
        std::fs::create_dir(&folder).unwrap();
        for name in ["ca.crt", "other.crt", "client.cert", "client.key", "readme"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let read = |authority: &str| OwnCertificates::read(dir.path(), authority);
        let found = read("nas:5000").unwrap().unwrap();
        assert_eq!(found.authorities.len(), 2);
        assert_eq!(
            found.identity.unwrap().private_key,
            folder.join("client.key")
        );
        assert_eq!(read("nas").unwrap(), None);
        assert_eq!(read("../nas:5000").unwrap(), None);
        std::fs::remove_file(folder.join("client.key")).unwrap();
        assert!(read("nas:5000").unwrap_err().contains("client.cert"));
    }
}
