//! Logins where `docker login` and `podman login` keep them: in files, or with a
//! helper that the file names. They are read whenever they are needed.

use super::config::{Entry, File, Login};
use super::{helper, server_names};
use crate::model::registry::registry_name;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

/// All files and helpers together: a helper that asks a keyring which nobody
/// unlocks would hold the pull. It is killed then.
const PATIENCE: Duration = Duration::from_secs(10);
/// A larger file is not read: it does not hold logins.
const LARGEST: u64 = 1024 * 1024;

/// Registries that are listed of all files together.
const MOST_LISTED: usize = 200;

/// Where logins may be: the first file that has one counts.
#[derive(Debug, Clone)]
pub struct LoginFiles(Arc<[PathBuf]>);

impl LoginFiles {
    /// The usual places, as `DOCKER_CONFIG`, `XDG_RUNTIME_DIR` and `HOME` say.
    pub fn from_environment() -> Self {
        let folder = |name: &str| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let uid = rustix::process::geteuid().as_raw();
        // systemd gives its services no HOME.
        let home = folder("HOME").or_else(|| (uid == 0).then(|| PathBuf::from("/root")));
        let docker = folder("DOCKER_CONFIG")
            .or_else(|| Some(home?.join(".docker")))
            .map(|folder| folder.join("config.json"));
        let podman = folder("XDG_RUNTIME_DIR").map_or_else(
            || PathBuf::from(format!("/run/containers/{uid}/auth.json")),
            |folder| folder.join("containers/auth.json"),
        );
        Self::new(docker.into_iter().chain([podman]))
    }

    pub fn new(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(files.into_iter().collect())
    }

    /// The login at a registry, and the name by which it was found.
    pub(super) async fn find(&self, registry: &str) -> Option<(Login, String)> {
        let Ok(found) = timeout(PATIENCE, find(&self.0, registry)).await else {
            tracing::warn!(
                registry,
                "the helper that keeps registry logins did not answer and was killed; continuing without"
            );
            return None;
        };
        found
    }

    /// Where the files are looked for.
    pub fn paths(&self) -> Vec<String> {
        let shown = self.0.iter().map(|path| path.display().to_string());
        shown.collect()
    }

    /// What the files say of registries. No helper is run for it.
    pub async fn overview(&self) -> FileLogins {
        let mut overview = FileLogins::default();
        for path in self.0.iter() {
            let Some(text) = read(path).await else {
                continue;
            };
            // One that is not valid is told of where its login is needed.
            if let Ok(file) = File::parse(&text) {
                overview.take_in(&file, &path.display().to_string());
            }
        }
        overview
    }
}

/// What login files say, without secrets: the first file counts.
#[derive(Debug, Clone, Default)]
pub struct FileLogins {
    by_registry: BTreeMap<String, FileLogin>,
    /// The helper that knows any other.
    of_others: Option<FileLogin>,
}

/// Where one login is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLogin {
    /// The file that says so.
    pub path: String,
    /// `docker-credential-NAME` keeps it, if there is one.
    pub helper: Option<String>,
    /// Where the file has it.
    pub username: Option<String>,
}

impl FileLogins {
    fn take_in(&mut self, file: &File, path: &str) {
        let of = |entry: &Entry| FileLogin {
            path: path.to_owned(),
            helper: match entry {
                Entry::Helper(name) => Some(name.clone()),
                Entry::Login(_) => None,
            },
            username: match entry {
                Entry::Login(Login::Password { user, .. }) => Some(user.clone()),
                _ => None,
            },
        };
        for server in file.servers() {
            let Ok(registry) = registry_name(server) else {
                continue;
            };
            if self.by_registry.len() >= MOST_LISTED || self.by_registry.contains_key(&registry) {
                continue;
            }
            let names = server_names(&registry);
            let entry = names
                .iter()
                .find_map(|name| file.entry(name).ok().flatten());
            if let Some(entry) = entry {
                self.by_registry.insert(registry, of(&entry));
            }
        }
        if self.of_others.is_none() {
            self.of_others = file.default_helper().map(|name| of(&Entry::Helper(name)));
        }
    }

    /// Where the login at a registry would be taken from.
    pub fn of(&self, registry: &str) -> Option<&FileLogin> {
        self.by_registry.get(registry).or(self.of_others.as_ref())
    }

    /// Those that are named, by name.
    pub fn registries(&self) -> impl Iterator<Item = &String> {
        self.by_registry.keys()
    }
}

async fn find(files: &[PathBuf], registry: &str) -> Option<(Login, String)> {
    for file in files {
        let Some(text) = read(file).await else {
            continue;
        };
        for server in server_names(registry) {
            match login(&text, &server).await {
                Ok(Some(login)) => return Some((login, server)),
                Ok(None) => {}
                Err(reason) => {
                    tracing::warn!(file = %file.display(), server, reason, "a registry login could not be read");
                }
            }
        }
    }
    None
}

async fn read(file: &Path) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let reader = tokio::fs::File::open(file).await.ok()?;
    reader.take(LARGEST).read_to_end(&mut text).await.ok()?;
    Some(text)
}

async fn login(text: &[u8], server: &str) -> Result<Option<Login>, String> {
    match File::parse(text)?.entry(server)? {
        Some(Entry::Login(login)) => Ok(Some(login)),
        Some(Entry::Helper(name)) => helper::get(&name, server).await,
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Logins;
    use super::*;
    use crate::model::registry::EncodedLogin;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::{Value, json};

    async fn found(file: &str, registry: &str) -> Option<Value> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, file).unwrap();
        let files = LoginFiles::new([dir.path().join("missing.json"), path]);
        let logins = Logins::from_files(files);
        let EncodedLogin(header) = logins.encoded(&format!("{registry}/app")).await?;
        Some(serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap())
    }

    #[tokio::test]
    async fn overview_names_registries_of_the_files_with_user_or_helper_and_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let auth = STANDARD.encode("me:s3cret");
        let first = json!({"auths": {"https://index.docker.io/v1/": {"auth": auth}, "nas:5000": {"auth": auth},
            "bad name": {"auth": auth}, "x.example": {"identitytoken": "s3cret"}}, "credHelpers": {"gcr.io": "gcloud"}});
        let second = json!({"auths": {"docker.io": {"auth": STANDARD.encode("other:p")}, "ghcr.io": {}}, "credsStore": "pass"});
        let files = LoginFiles::new([
            path("a.json", &first.to_string()),
            path("broken.json", "{"),
            path("b.json", &second.to_string()),
        ]);
        let overview = files.overview().await;
        let all: Vec<&String> = overview.registries().collect();
        assert_eq!(
            all,
            ["docker.io", "gcr.io", "ghcr.io", "nas:5000", "x.example"]
        );
        let of = |registry: &str| {
            let found = overview.of(registry).unwrap();
            let file = found.path.rsplit('/').next().unwrap().to_owned();
            (file, found.username.as_deref(), found.helper.as_deref())
        };
        assert_eq!(of("docker.io"), ("a.json".to_owned(), Some("me"), None));
        assert_eq!(of("gcr.io"), ("a.json".to_owned(), None, Some("gcloud")));
        assert_eq!(of("ghcr.io"), ("b.json".to_owned(), None, Some("pass")));
        assert_eq!(of("x.example"), ("a.json".to_owned(), None, None));
        assert_eq!(of("quay.io"), ("b.json".to_owned(), None, Some("pass")));
        assert!(!format!("{overview:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn login_is_found_by_every_name_of_its_registry_and_for_no_other_registry() {
        let login = STANDARD.encode("user:pass:word");
        for (key, registry) in [
            ("https://index.docker.io/v1/", "docker.io"),
            ("docker.io", "docker.io"),
            ("docker.io", "index.docker.io"),
            ("ghcr.io", "ghcr.io"),
            ("https://ghcr.io", "ghcr.io"),
            ("nas:5000", "nas:5000"),
        ] {
            let file = json!({ "auths": { key: { "auth": login } } }).to_string();
            let found = found(&file, registry)
                .await
                .unwrap_or_else(|| panic!("{key}, {registry}"));
            assert_eq!(found["username"], "user");
            assert_eq!(found["password"], "pass:word");
        }
        let file = json!({ "auths": { "ghcr.io": { "auth": login } } }).to_string();
        for other in [
            "docker.io",
            "evil.ghcr.io",
            "ghcr.io.evil.example",
            "quay.io",
        ] {
            assert_eq!(found(&file, other).await, None, "{other}");
        }
    }

    #[tokio::test]
    async fn identity_token_is_sent_instead_of_user_name_and_password() {
        let file = r#"{"auths": {"x.example": {"auth": "dTpw", "identitytoken": "secret"}}}"#;
        let found = found(file, "x.example").await.unwrap();
        assert_eq!(
            found,
            json!({"identitytoken": "secret", "serveraddress": "x.example"})
        );
    }

    #[test]
    fn server_helper_precedes_stored_login_and_default_helper_comes_last() {
        let file = r#"{"auths": {"a.example": {"auth": "dTpw"}, "b.example": {"auth": "dTpw"}, "c.example": {}},
            "credHelpers": {"a.example": "own", "c.example": ""}, "credsStore": "all"}"#;
        let file = File::parse(file.as_bytes()).unwrap();
        let helper = |server: &str| match file.entry(server).unwrap().unwrap() {
            Entry::Helper(name) => name,
            Entry::Login(_) => "a login".to_owned(),
        };
        for (server, wanted) in [
            ("a.example", "own"),
            ("b.example", "a login"),
            ("c.example", "all"),
            ("d.example", "all"),
        ] {
            assert_eq!(helper(server), wanted, "{server}");
        }
    }

    #[tokio::test]
    async fn invalid_login_files_and_missing_helpers_yield_no_login() {
        for file in [
            "",
            "no json",
            "[]",
            r#"{"auths": {"x.example": {"auth": "%%%"}}}"#,
            r#"{"auths": {"x.example": {"auth": "dTpw", "username": "u", "password": "other"}}}"#,
            r#"{"auths": {"x.example": {}}, "credsStore": "there-is-no-such-helper"}"#,
            r#"{"credHelpers": {"x.example": "there-is-no-such-helper"}}"#,
        ] {
            assert_eq!(found(file, "x.example").await, None, "{file}");
        }
    }
}
