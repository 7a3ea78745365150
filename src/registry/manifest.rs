//! Manifests: what a tag is now, with a `HEAD` alone; an index or a manifest as a
//! whole; and the configuration of an image (OCI Image Specification; Docker
//! Image Manifest V2, Schema 2).

mod content;

pub use content::{Descriptor, ImageConfig, ImageIndex, ImageManifest, ImagePlatform, Manifest};

use super::answer::{Answer, Bound};
use super::error::RegistryError;
use super::pool::Query;
use super::session::{Asked, RegistrySession};
use crate::model::hex;
use crate::model::reference::{Reference, is_digest};
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{Method, StatusCode};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

const DIGEST: &str = "docker-content-digest";
/// A registry of the distribution API says so, also where something is missing.
const API_VERSION: &str = "docker-distribution-api-version";

/// Those that are in use have a few kilobytes. Registries take up to 4 MB (OCI
/// Distribution Specification, "Pushing Manifests"), which no image needs.
const MANIFEST: Bound = Bound {
    what: "the manifest",
    bytes: 1024 * 1024,
};
/// It has the labels too, which some builders fill with lists of all that is inside.
const CONFIG: Bound = Bound {
    what: "the configuration of the image",
    bytes: 2 * 1024 * 1024,
};

/// What a tag is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagHead {
    pub digest: String,
    /// Of an index or a manifest; empty where it is not said.
    pub media_type: String,
    pub size: Option<u64>,
}

impl RegistrySession {
    /// What a reference is now: one `HEAD`, unless the registry cannot answer that.
    pub async fn head(&self, reference: &Reference) -> Result<TagHead, RegistryError> {
        let query = Query {
            method: Method::HEAD,
            ..manifest_query(reference)
        };
        let Asked { answer, endpoint } = self.ask(reference, &query).await?;
        let digest = answer.text(DIGEST).filter(|digest| is_digest(digest));
        match answer.status {
            StatusCode::OK if digest.is_some() => Ok(TagHead {
                digest: digest.unwrap_or_default().to_owned(),
                media_type: answer.media_type(),
                size: answer.length(),
            }),
            StatusCode::NOT_FOUND if answer.headers.contains_key(API_VERSION) => {
                Err(not_found(&endpoint.name, reference))
            }
            // Some answer only GET, or leave the digest out.
            StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                let (manifest, media_type) = self.read_manifest(reference).await?;
                Ok(TagHead {
                    digest: manifest.digest().to_owned(),
                    media_type,
                    size: None,
                })
            }
            status => Err(unexpected(&endpoint.name, status)),
        }
    }

    /// The index or the manifest of a reference. By digest it has that digest.
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest, RegistryError> {
        let (manifest, _) = self.read_manifest(reference).await?;
        Ok(manifest)
    }

    async fn read_manifest(
        &self,
        reference: &Reference,
    ) -> Result<(Manifest, String), RegistryError> {
        let asked = self.ask(reference, &manifest_query(reference)).await?;
        let (answer, name) = (&asked.answer, &asked.endpoint.name);
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(not_found(name, reference)),
            status => return Err(unexpected(name, status)),
        }
        let media_type = answer.media_type();
        if media_type == "text/html" {
            return Err(RegistryError::invalid(
                name,
                "it is a web page, not a manifest",
            ));
        }
        let wanted = reference.digest.as_deref();
        let told = answer.text(DIGEST).filter(|digest| is_digest(digest));
        let digest = verified(answer, wanted.or(told), name)?;
        if let Some(told) = told
            && digest != told
            && same_algorithm(told, &digest)
        {
            return Err(RegistryError::invalid(
                name,
                "its header names another digest than the manifest has",
            ));
        }
        let manifest =
            content::read(&answer.body, digest).map_err(|why| RegistryError::invalid(name, why))?;
        Ok((manifest, media_type))
    }

    /// The configuration of an image, by the descriptor in its manifest.
    pub async fn config(
        &self,
        reference: &Reference,
        config: &Descriptor,
    ) -> Result<ImageConfig, RegistryError> {
        if !is_digest(&config.digest) {
            return Err(RegistryError::invalid(
                &reference.registry,
                "its manifest names a configuration without a digest",
            ));
        }
        let path = format!("/v2/{}/blobs/{}", reference.repository, config.digest);
        let Asked { answer, endpoint } = self.ask(reference, &Query::get(path, CONFIG)).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err(RegistryError::NotFound {
                    registry: endpoint.name.clone(),
                    what: format!("the configuration of {reference}"),
                });
            }
            status => return Err(unexpected(&endpoint.name, status)),
        }
        verified(&answer, Some(&config.digest), &endpoint.name)?;
        content::read_config(&answer.body)
            .map_err(|why| RegistryError::invalid(&endpoint.name, why))
    }
}

fn manifest_query(reference: &Reference) -> Query {
    let name = reference.digest.as_deref().or(reference.tag.as_deref());
    let path = format!(
        "/v2/{}/manifests/{}",
        reference.repository,
        name.unwrap_or("latest")
    );
    let mut query = Query::get(path, MANIFEST);
    query
        .headers
        .insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    query
}

/// The digest of a body, by the algorithm of the one that it must have.
fn verified(
    answer: &Answer,
    wanted: Option<&str>,
    registry: &str,
) -> Result<String, RegistryError> {
    let algorithm = wanted.and_then(|digest| digest.split(':').next());
    let body = &answer.body;
    let digest = match algorithm {
        Some("sha512") => format!("sha512:{}", hex::encode(&Sha512::digest(body))),
        Some("sha384") => format!("sha384:{}", hex::encode(&Sha384::digest(body))),
        _ => format!("sha256:{}", hex::encode(&Sha256::digest(body))),
    };
    match wanted {
        Some(wanted) if wanted != digest => Err(RegistryError::invalid(
            registry,
            "the content does not have the digest that it was given under",
        )),
        _ => Ok(digest),
    }
}

fn same_algorithm(one: &str, other: &str) -> bool {
    one.split(':').next() == other.split(':').next()
}

fn not_found(registry: &str, reference: &Reference) -> RegistryError {
    RegistryError::NotFound {
        registry: registry.to_owned(),
        what: reference.familiar(),
    }
}

fn unexpected(registry: &str, status: StatusCode) -> RegistryError {
    RegistryError::invalid(
        registry,
        format!("status {} was not expected", status.as_u16()),
    )
}
