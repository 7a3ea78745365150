//! The files in which the Docker and Podman clients keep logins: `config.json`
//! and `auth.json` (Docker CLI reference, "configuration files";
//! containers-auth.json(5)).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use std::collections::HashMap;

/// What is told to a registry. It has no `Debug`, so that it is in no log.
#[derive(Clone, PartialEq, Eq)]
pub(in super::super) enum Login {
    IdentityToken(String),
    Password { user: String, password: String },
}

/// Where the login for a server is, as a file says.
#[derive(PartialEq, Eq)]
pub(super) enum Entry {
    Login(Login),
    /// `docker-credential-NAME` knows it, if anybody.
    Helper(String),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct File {
    auths: Option<HashMap<String, Auth>>,
    creds_store: Option<String>,
    cred_helpers: Option<HashMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    /// `user:password` in Base64.
    #[serde(rename = "auth")]
    encoded: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl File {
    /// # Errors
    /// A sentence without anything of the file's content.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("it is not a valid login file (line {line}, column {column})")
        })
    }

    /// What it says of a server: a helper of its own, a login, the helper for all,
    /// in that order.
    ///
    /// # Errors
    /// A sentence about an entry that cannot be read.
    pub fn entry(&self, server: &str) -> Result<Option<Entry>, String> {
        let named = |name: Option<&String>| name.filter(|name| !name.is_empty()).cloned();
        let own = self.cred_helpers.as_ref();
        if let Some(helper) = named(own.and_then(|helpers| helpers.get(server))) {
            return Ok(Some(Entry::Helper(helper)));
        }
        if let Some(auth) = self.auth(server)
            && let Some(login) = auth.login()?
        {
            return Ok(Some(Entry::Login(login)));
        }
        Ok(named(self.creds_store.as_ref()).map(Entry::Helper))
    }

    /// The servers that it names, in no order, each by its host.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        let auths = self.auths.iter().flat_map(HashMap::keys);
        let helpers = self.cred_helpers.iter().flat_map(HashMap::keys);
        auths.chain(helpers).map(|key| host_of(key))
    }

    /// The helper for every server that is not named.
    pub fn default_helper(&self) -> Option<String> {
        self.creds_store.clone().filter(|name| !name.is_empty())
    }

    /// By its name, or by an address of it.
    fn auth(&self, server: &str) -> Option<&Auth> {
        let auths = self.auths.as_ref()?;
        auths.get(server).or_else(|| {
            let same = |key: &&String| host_of(key) == normal(server);
            auths.get(auths.keys().find(same)?)
        })
    }
}

impl Auth {
    fn login(&self) -> Result<Option<Login>, String> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.identitytoken) {
            return Ok(Some(Login::IdentityToken(token)));
        }
        let pair = given(&self.username).zip(given(&self.password));
        let pair = pair.map(|(user, password)| Login::Password { user, password });
        let Some(encoded) = given(&self.encoded) else {
            return Ok(pair);
        };
        let login = decoded(&encoded).ok_or("its auth cannot be read")?;
        match pair {
            Some(pair) if pair != login => {
                Err("its auth is not that of its username and password".to_owned())
            }
            _ => Ok(Some(login)),
        }
    }
}

fn decoded(encoded: &str) -> Option<Login> {
    let config = GeneralPurposeConfig::new();
    let config = config.with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, config)
        .decode(encoded)
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Login::Password {
        user: user.to_owned(),
        // The Docker CLI removes NUL characters at its end.
        password: password.trim_end_matches('\0').to_owned(),
    })
}

/// `https://ghcr.io/v2/` is `ghcr.io`.
fn host_of(key: &str) -> &str {
    let bare = ["https://", "http://"]
        .iter()
        .find_map(|scheme| key.strip_prefix(scheme));
    normal(bare.map_or(key, |rest| rest.split('/').next().unwrap_or(rest)))
}

/// Docker Hub has several names.
fn normal(registry: &str) -> &str {
    match registry {
        "registry-1.docker.io" | "docker.io" => "index.docker.io",
        other => other,
    }
}
