//! What a digest stands for: an index for the image of one platform, an image for
//! its configuration. Engines know an image by any of these.

use super::verdict::LocalDigests;
use crate::model::reference::Reference;
use crate::registry::{Manifest, RegistryError, RegistrySession};
use crate::store::{PlatformRecord, UpdateRecord};

/// Reads the index, and where that does not tell yet, the image's own manifest.
pub(super) async fn platform(
    session: &RegistrySession,
    reference: &Reference,
    digest: &str,
    platform: &str,
    local: &LocalDigests,
) -> Result<PlatformRecord, RegistryError> {
    let by_digest = |digest: &str| Reference {
        digest: Some(digest.to_owned()),
        ..reference.clone()
    };
    let found = |manifest: &str, config: Option<String>| PlatformRecord {
        platform: platform.to_owned(),
        manifest: Some(manifest.to_owned()),
        config,
    };
    let entry = match session.manifest(&by_digest(digest)).await? {
        Manifest::Image(image) => return Ok(found(digest, Some(image.config.digest))),
        Manifest::Index(index) => index.of_platform(platform).cloned(),
    };
    let Some(entry) = entry else {
        return Ok(PlatformRecord {
            platform: platform.to_owned(),
            ..PlatformRecord::default()
        });
    };
    let known = UpdateRecord {
        platforms: vec![found(&entry.digest, None)],
        ..UpdateRecord::default()
    };
    if local.is(&known) {
        return Ok(found(&entry.digest, None));
    }
    match session.manifest(&by_digest(&entry.digest)).await? {
        Manifest::Image(image) => Ok(found(&entry.digest, Some(image.config.digest))),
        // An index in an index: what is in it does not tell more.
        Manifest::Index(_) => Ok(found(&entry.digest, None)),
    }
}
