//! The user's own templates, by id.

use super::records::TemplateRecord;
use super::{Store, StoreError};

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
