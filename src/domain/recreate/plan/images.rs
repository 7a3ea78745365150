//! Which images the containers of a group get, where that is not what they have now.

use super::super::Replacement;
use super::{Purpose, RecreateService, Replace};
use crate::domain::images::Pull;
use crate::error::Result;

impl RecreateService {
    /// Whether the first gets another image although nobody asked for one, because its tag
    /// names another one now; and what is to be said of the images of all.
    pub(super) async fn other_images(
        &self,
        group: &[Replacement],
        is_asked_for: bool,
        replace: &Replace,
    ) -> Result<(bool, Vec<String>)> {
        let (mut is_newer, mut said) = (false, Vec::new());
        // An update says which image it brings.
        let is_plain = replace.purpose == Purpose::Recreate;
        for (at, replacement) in group.iter().enumerate() {
            let (name, had) = (
                &replacement.snapshot.container.name,
                &replacement.snapshot.container.image_id,
            );
            let is_first = at == 0;
            if is_first && !is_plain {
                continue;
            }
            let tag = replacement.body.config_text("Image");
            let Some(now) = self.engine.image(tag).await? else {
                if !is_first {
                    said.push(format!(
                        "{name} depends on it and is recreated too, but its image {tag} does not exist on this host. Pull it first."
                    ));
                } else if replace.request.pull == Pull::Never {
                    said.push(format!(
                        "The image {tag} does not exist on this host, and pull=never forbids pulling it: {name} cannot be recreated. Pull it first."
                    ));
                }
                continue;
            };
            if now.id == *had {
                continue;
            }
            if !is_first {
                said.push(format!(
                    "{name} depends on it and is recreated too, from a newer {tag} than it runs now."
                ));
            } else if !is_asked_for {
                is_newer = true;
                said.push(format!(
                    "{tag} names another image now: {name} is recreated from a newer {tag} than it runs now."
                ));
            }
        }
        Ok((is_newer, said))
    }
}
