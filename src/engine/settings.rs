//! What the engine adapter is told at the start: addresses, certificates, and
//! its limits.

use super::address::Surroundings;
use std::path::PathBuf;
use std::time::Duration;

/// What the engine adapter needs to know at the start.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Where to look.
    pub surroundings: Surroundings,
    /// `DOCKER_CERT_PATH`; `~/.docker` when TLS is asked for without it.
    pub cert_path: Option<PathBuf>,
    /// Id of the container we run in; `None` finds it by itself.
    pub own_container: Option<String>,
    /// Inspects at the same time while reading everything.
    pub list_concurrency: usize,
    /// Between two comparisons of memory with the engine's list.
    pub reconcile_every: Duration,
}

impl EngineSettings {
    /// The given address, or else the usual places as `DOCKER_HOST`,
    /// `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`, `XDG_RUNTIME_DIR` and `HOME` say.
    pub fn from_environment(docker_host: Option<String>) -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let uid = rustix::process::geteuid().as_raw();
        // systemd gives its services no HOME.
        let home = text("HOME").or_else(|| (uid == 0).then(|| "/root".to_owned()));
        Self {
            surroundings: Surroundings {
                docker_host: docker_host.or_else(|| text("DOCKER_HOST")),
                tls_verify: text("DOCKER_TLS_VERIFY").is_some(),
                xdg_runtime_dir: text("XDG_RUNTIME_DIR").map(PathBuf::from),
                home: home.map(PathBuf::from),
                uid,
            },
            cert_path: text("DOCKER_CERT_PATH").map(PathBuf::from),
            own_container: None,
            list_concurrency: 4,
            reconcile_every: Duration::from_mins(10),
        }
    }

    /// Where `ca.pem`, `cert.pem` and `key.pem` are, if anywhere.
    pub(super) fn cert_folder(&self) -> Option<PathBuf> {
        self.cert_path.clone().or_else(|| {
            let folder = self.surroundings.home.as_ref()?.join(".docker");
            folder.join("ca.pem").exists().then_some(folder)
        })
    }
}
