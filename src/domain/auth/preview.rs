//! What would happen to sessions and the password, without doing it.

use super::{Auth, Session};
use crate::domain::security::Client;
use crate::error::{Error, Result};
use crate::model::plan::Plan;

impl Auth {
    /// What ending a session would do. `current` is the caller's own.
    pub fn plan_revoke(&self, current: &Session, id: &str) -> Result<Plan> {
        let all = self.sessions(current)?;
        let Some(found) = all.iter().find(|session| session.id == id) else {
            return Err(Error::not_found(
                "There is no such session; it may have ended already.",
            ));
        };
        let warnings = if found.current {
            vec!["This is your current session; you will be signed out.".to_owned()]
        } else {
            Vec::new()
        };
        Ok(Plan {
            title: "End a session".to_owned(),
            steps: vec![format!(
                "End the session from {}. Its next request is redirected to the login page.",
                found.ip_address
            )],
            warnings,
            keeps: vec!["The password, and every other session.".to_owned()],
            ..Plan::default()
        })
    }

    /// Checks both passwords as the change would, and says what it would do.
    pub async fn plan_change_password(
        &self,
        session: &Session,
        current: &str,
        new: &str,
        client: &Client,
    ) -> Result<Plan> {
        drop(self.check_change(current, new, client).await?);
        let others = self
            .sessions(session)?
            .iter()
            .filter(|one| !one.current)
            .count();
        Ok(Plan {
            title: "Change the password".to_owned(),
            steps: vec![
                "Replace the password.".to_owned(),
                "End every session and start a new one for you.".to_owned(),
            ],
            warnings: (others > 0)
                .then(|| format!("Other sessions that end: {others}."))
                .into_iter()
                .collect(),
            keeps: vec!["Settings, containers and certificates.".to_owned()],
            ..Plan::default()
        })
    }
}
