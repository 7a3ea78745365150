//! Putting the warning of a network's size off, and showing it again.

use super::NetworkService;
use crate::domain::feed::Event;
use crate::error::{Error, Result};
use crate::model::network::NetworkView;
use crate::model::network_record::{DismissFor, NetworkRecord, SizeDismissal};
use crate::model::plan::Plan;
use crate::model::timestamp::Timestamp;
use crate::store::Commit;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// For how long the warning is not to be shown.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissRequest {
    #[serde(rename = "for")]
    pub duration: DismissFor,
}

impl NetworkService {
    pub fn plan_dismissal(&self, reference: &str, request: DismissRequest) -> Result<Plan> {
        let view = self.dismissible(reference, request)?;
        let until = match request.duration {
            DismissFor::Week => "for 7 days",
            DismissFor::Month => "for 30 days",
            DismissFor::Permanent => "for good",
            DismissFor::MaintenanceWindow => "until the next maintenance window",
        };
        let name = &view.network.name;
        Ok(Plan {
            title: format!("Dismiss the warning of {name}"),
            steps: vec![format!(
                "Do not warn of the size of {name} {until}, or until its size changes."
            )],
            keeps: vec!["The network and its containers.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn dismiss(&self, reference: &str, request: DismissRequest) -> Result<NetworkView> {
        let view = self.dismissible(reference, request)?;
        let dismissal = SizeDismissal {
            duration: request.duration,
            at: Timestamp::now(),
        };
        self.set_dismissal(&view, Some(dismissal)).await
    }

    pub fn plan_reminder(&self, reference: &str) -> Result<Plan> {
        let name = &self.get(reference)?.network.name;
        Ok(Plan {
            title: format!("Warn of the size of {name} again"),
            steps: vec![format!("Show the warning of the size of {name} again.")],
            ..Plan::default()
        })
    }

    pub async fn remind(&self, reference: &str) -> Result<NetworkView> {
        let view = self.get(reference)?;
        self.set_dismissal(&view, None).await
    }

    /// Whether a maintenance window is set, which a reminder can wait for.
    pub fn has_windows(&self) -> bool {
        self.settings
            .read(|settings| !settings.updates.windows.is_empty())
    }

    fn dismissible(&self, reference: &str, request: DismissRequest) -> Result<NetworkView> {
        let view = self.get(reference)?;
        if view.oversized.is_none() {
            return Err(Error::conflict(format!(
                "{} is not larger than this host needs: there is nothing to dismiss.",
                view.network.name
            ))
            .code("network_not_oversized"));
        }
        if request.duration == DismissFor::MaintenanceWindow && !self.has_windows() {
            return Err(Error::invalid(
                "for",
                "There is no maintenance window. Set one in Settings under Updates, or choose days.",
            )
            .code("no_maintenance_window"));
        }
        Ok(view)
    }

    async fn set_dismissal(
        &self,
        view: &NetworkView,
        dismissal: Option<SizeDismissal>,
    ) -> Result<NetworkView> {
        let name = &view.network.name;
        let _alone = self.changing.lock().await;
        let record = NetworkRecord {
            dismissal,
            ..self.store.network_record(name)?
        };
        self.store
            .commit(Commit::new().put_network(name, record))
            .await?;
        self.feed.publish(Event::Network(Arc::clone(&view.network)));
        self.get(&view.network.id)
    }
}
