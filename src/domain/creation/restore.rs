//! Creating the container of a saved configuration again.

use super::Creation;
use super::check::Findings;
use super::request::CreateRequest;
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::error::Result;
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
        let body = self.saved.body(id)?;
        let mut detail = self.saved.get(id)?;
        let gone = detail
            .spec
            .environment
            .take_if(|code| self.checks.environments.find(code).is_none());
        let mut findings = self.checks.check(&detail.spec, None, &[]).await?;
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
}
