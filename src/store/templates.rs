//! The user's own templates, by id.

use super::{Store, StoreError};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct TemplateRecord {
    /// Read by the domain, one by one: a description of a container refuses
    /// what it does not know, and one such record must not hide the others.
    #[serde(default)]
    pub template: serde_json::Value,
}

impl Store {
    pub fn template_records(&self) -> Result<Vec<(String, TemplateRecord)>, StoreError> {
        self.read(|txn, tables| {
            tables
                .templates
                .iter(txn)?
                .map(|entry| entry.map(|(id, record)| (id.clone(), record)))
                .collect()
        })
    }

    /// All of them or none.
    pub async fn put_template_records(
        &self,
        records: Vec<(String, TemplateRecord)>,
    ) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            for (id, record) in &records {
                tables.templates.put(txn, id, record)?;
            }
            Ok(())
        })
        .await
    }

    pub async fn delete_template_record(&self, id: String) -> Result<(), StoreError> {
        self.write(move |txn, tables| tables.templates.delete(txn, &id).map(drop))
            .await
    }
}
