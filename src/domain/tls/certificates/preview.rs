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
            "Present your certificate for {} to new connections.",
            described.names().join(", ")
        )];
        steps.push(format!("Its fingerprint (SHA-256) is {fingerprint}."));
        Ok(Plan {
            title: "Use a custom certificate".to_owned(),
            steps,
            warnings: vec![
                "DockerMate does not renew it: install the next one before it expires.".to_owned(),
            ],
            keeps: vec![
                "Open connections, and the local authority, which you can return to.".to_owned(),
            ],
            ..Plan::default()
        })
    }

    pub fn plan_local(&self) -> Plan {
        let steps = if self.info().mode == HttpsMode::SelfSigned {
            vec!["Nothing: the local authority is in use already.".to_owned()]
        } else {
            vec![
                "Present a certificate of the local authority to new connections.".to_owned(),
                "Delete your certificate and its private key.".to_owned(),
            ]
        };
        Plan {
            title: "Use the local authority".to_owned(),
            steps,
            warnings: vec![
                "Devices without the local authority show a warning until it is installed on them."
                    .to_owned(),
            ],
            keeps: vec!["Open connections and the local authority.".to_owned()],
            ..Plan::default()
        }
    }

    pub fn plan_renew(&self) -> Result<Plan> {
        refuse_foreign(self.info().mode)?;
        Ok(Plan {
            title: "Renew the certificate".to_owned(),
            steps: vec![
                "Create a new key and a new certificate for the names and addresses of this host."
                    .to_owned(),
                "Present it to new connections.".to_owned(),
            ],
            warnings: vec![
                "Its fingerprint changes. Devices that trust the authority need nothing."
                    .to_owned(),
            ],
            keeps: vec!["The authority and open connections.".to_owned()],
            ..Plan::default()
        })
    }
}
