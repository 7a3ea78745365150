//! What would happen to the certificate, without doing it.

use super::{Tls, custom, describe, refuse_foreign};
use crate::error::Result;
use crate::model::certificate::HttpsMode;
use crate::model::plan::Plan;

impl Tls {
    /// Checks the user's certificate as [`Tls::use_custom`] would.
    pub fn plan_custom(&self, certificate: &str, private_key: &str) -> Result<Plan> {
        let key = custom::validate(certificate, private_key, (self.clock)())?;
        let (described, fingerprint) = describe(&key)?;
        let mut steps = vec![format!(
            "Show your certificate for {} to whoever connects from then on.",
            described.names().join(", ")
        )];
        steps.push(format!("Its fingerprint (SHA-256) is {fingerprint}."));
        Ok(Plan {
            title: "Use your own certificate".to_owned(),
            steps,
            warnings: vec![
                "It is not renewed by DockerMate: bring the next one before it expires.".to_owned(),
            ],
            keeps: vec!["Open connections, and the box's own authority to go back to.".to_owned()],
            ..Plan::default()
        })
    }

    pub fn plan_local(&self) -> Plan {
        let steps = if self.info().mode == HttpsMode::SelfSigned {
            vec!["Nothing: the box's own authority is in use already.".to_owned()]
        } else {
            vec![
                "Show a certificate of the box's own authority to whoever connects from then on."
                    .to_owned(),
                "Delete your certificate and its key from this box.".to_owned(),
            ]
        };
        Plan {
            title: "Use the box's own certificate".to_owned(),
            steps,
            warnings: vec![
                "Devices that do not know the authority warn until it is installed.".to_owned(),
            ],
            keeps: vec!["Open connections, and the authority as it is.".to_owned()],
            ..Plan::default()
        }
    }

    pub fn plan_renew(&self) -> Result<Plan> {
        refuse_foreign(self.info().mode)?;
        Ok(Plan {
            title: "Renew the certificate".to_owned(),
            steps: vec![
                "Make a new key and a new certificate for the box's names and addresses."
                    .to_owned(),
                "Show it to whoever connects from then on.".to_owned(),
            ],
            warnings: vec![
                "Its fingerprint changes. Devices that trust the authority notice nothing."
                    .to_owned(),
            ],
            keeps: vec!["The authority, and open connections.".to_owned()],
            ..Plan::default()
        })
    }
}
