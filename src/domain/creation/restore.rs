//! Creating the container of a saved configuration again.

use super::Creation;
use super::check::Findings;
use super::create::Making;
use crate::domain::images::Pull;
use crate::domain::operations::Started;
use crate::error::Result;
use crate::model::plan::Plan;
use std::sync::Arc;

impl Creation {
    /// What making the container of a backup again will do.
    pub async fn plan_restore(&self, id: &str) -> Result<Plan> {
        Ok(self.restoration(id).await?.1)
    }

    /// Makes the container of a backup again. One of that name must not be
    /// there: put it aside or delete it first.
    pub async fn restore(self: &Arc<Self>, id: &str, acknowledged: &[String]) -> Result<Started> {
        let (making, plan, findings) = self.restoration(id).await?;
        findings.acknowledged(acknowledged)?;
        self.make(making, plan)
    }

    async fn restoration(&self, id: &str) -> Result<(Making, Plan, Findings)> {
        let body = self.saved.body(id)?;
        let mut detail = self.saved.get(id)?;
        let gone = detail
            .spec
            .environment
            .take_if(|code| self.checks.environments.find(code).is_none());
        let mut findings = self.checks.check(&detail.spec, None, &[]).await?;
        findings.warnings.extend(gone.map(|code| {
            format!("The environment {code} is no more, so it will have none of its own.")
        }));
        let takes_over = self.takes_over(&detail.spec, true, &mut findings);
        let plan = self.creation_plan(&detail.spec, true, Pull::Missing, &mut findings);
        let making = Making {
            spec: detail.spec,
            body,
            start: true,
            pull: Pull::Missing,
            takes_over,
        };
        Ok((making, plan, findings))
    }
}
