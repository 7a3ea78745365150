//! Creating the container of a saved configuration again.

use super::Creation;
use super::check::Findings;
use super::request::CreateRequest;
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::domain::saved_configurations::{Backup, SavedRequest};
use crate::error::{Error, Result};
use crate::model::plan::Plan;
use std::sync::Arc;

impl Creation {
    /// What creating the container of a saved configuration again will do.
    pub async fn plan_restore(&self, id: &str) -> Result<Plan> {
        Ok(self.restoration(id).await?.1)
    }

    /// Creates the container of a saved configuration again. One of that name must
    /// not be there: rename or delete it first.
    pub async fn restore(self: &Arc<Self>, id: &str, acknowledged: &[String]) -> Result<Started> {
        let (request, plan, findings) = self.restoration(id).await?;
        findings.acknowledged(acknowledged)?;
        self.make(request, plan)
    }

    async fn restoration(&self, id: &str) -> Result<(CreateRequest, Plan, Findings)> {
        let SavedRequest {
            mut body,
            said: partners,
            unknown,
        } = self.saved.request(id)?;
        if let Some(id) = unknown.first() {
            return Err(Error::conflict(format!(
                "It used the container with the ID {id:.12}, which does not exist any more; its name was not saved then. Create the container with the saved settings, and name the one that it is to use."
            ))
            .code("partner_missing"));
        }
        let mut detail = self.saved.get(id)?;
        let (image, said) = self.saved_image(&detail.backup).await?;
        if let Some(image) = image {
            body.config
                .insert("Image".to_owned(), image.as_str().into());
            detail.spec.image = image;
        }
        let gone = detail
            .spec
            .environment
            .take_if(|code| self.checks.environments.find(code).is_none());
        let mut findings = self.checks.check(&detail.spec, None, &[]).await?;
        findings.warnings.extend(said);
        findings.warnings.extend(partners);
        findings.warnings.extend(gone.map(|code| {
            format!("The environment {code} no longer exists, so it will have none of its own.")
        }));
        let takes_over = self.takes_over(&detail.spec, true, &mut findings);
        let plan = self.creation_plan(&detail.spec, true, Pull::Missing, &mut findings);
        let request = CreateRequest {
            spec: detail.spec,
            body,
            start: true,
            pull: Pull::Missing,
            takes_over,
            sent: None,
        };
        Ok((request, plan, findings))
    }

    /// What to create it from in place of its reference, where that leads to another
    /// image now than when it was saved, and what is to be said of it. The engine keeps
    /// one text for both: a container created from an id shows the id.
    async fn saved_image(&self, saved: &Backup) -> Result<(Option<String>, Option<String>)> {
        let (reference, id) = (&saved.image, &saved.image_id);
        let now = self.engine.image(reference).await?;
        if id.is_empty() || now.as_ref().is_some_and(|image| image.id == *id) {
            return Ok((None, None));
        }
        let state = if now.is_some() {
            "names another image now than when this was saved"
        } else {
            "is no longer on this host"
        };
        if self.engine.image(id).await?.is_some() {
            let said = format!(
                "{reference} {state}. The container is created from the image that was saved, {id}, and shows that instead of the name; to move it to {reference}, change its image afterwards."
            );
            return Ok((Some(id.clone()), Some(said)));
        }
        // A digest names no other image, whenever it is pulled.
        let said = (!reference.contains('@')).then(|| {
            format!(
                "{reference} {state}, and the image that was saved no longer exists here: the container is created from what {reference} names when it is restored."
            )
        });
        Ok((None, said))
    }
}
