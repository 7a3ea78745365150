//! Which images the containers of a group get, where that is not what they have now.

use super::super::Replacement;
use super::{Purpose, RecreateService, Replace};
use crate::domain::images::Pull;
use crate::error::Result;

impl RecreateService {
    /// How the image compares that the first gets although nobody asked for another one,
    /// because its tag names another one now; and what is to be said of the images of all.
    pub(super) async fn other_images(
        &self,
        group: &[Replacement],
        is_asked_for: bool,
        replace: &Replace,
    ) -> Result<(Option<&'static str>, Vec<String>)> {
        let (mut other, mut said) = (None, Vec::new());
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
            let age = self.compared(had, &now.id);
            if !is_first {
                said.push(format!(
                    "{name} depends on it and is recreated too, from {age} {tag} than it runs now."
                ));
            } else if !is_asked_for {
                other = Some(age);
                said.push(format!(
                    "{tag} names another image now: {name} is recreated from {age} {tag} than it runs now."
                ));
            }
        }
        Ok((other, said))
    }

    /// "a newer", as in "from a newer nginx:1 than it runs now". A tag may also have been
    /// moved back.
    fn compared(&self, had: &str, now: &str) -> &'static str {
        let images = self.engine.images().unwrap_or_default();
        let created = |id: &str| images.iter().find(|image| image.id == id)?.created_at;
        match created(had).zip(created(now)) {
            Some((had, now)) if now > had => "a newer",
            Some((had, now)) if now < had => "an older",
            _ => "another",
        }
    }
}
