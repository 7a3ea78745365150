//! Images without a name that others were built on: the classic builder leaves one for
//! each step. The plain list does not show them.

use super::convert;
use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{or_default, parse};
use crate::model::image::ImageSummary;
use hyper::Method;
use serde::Deserialize;
use std::collections::HashMap;

/// Every image, and what each was built on.
#[derive(Debug, Default)]
pub struct ImageAncestry {
    pub images: Vec<ImageSummary>,
    /// By the id of the child, where the engine tells.
    pub parents: HashMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    parent_id: String,
}

impl Engine {
    /// `GET /images/json?all=1`.
    pub async fn image_ancestry(&self) -> Result<ImageAncestry, EngineError> {
        let client = self.shared.client()?;
        let answer = self
            .ask(&client, Method::GET, ALL, None, REQUEST, "images")
            .await?;
        read(&answer)
    }
}

const ALL: &str = "/images/json?all=1";

fn read(answer: &[u8]) -> Result<ImageAncestry, EngineError> {
    let rows: Vec<Row> = parse(answer)?;
    let known = rows.into_iter().filter(|row| !row.parent_id.is_empty());
    Ok(ImageAncestry {
        images: convert::images(answer)?,
        parents: known.map(|row| (row.id, whole(row.parent_id))).collect(),
    })
}

/// Podman leaves the algorithm out here, and only here.
fn whole(id: String) -> String {
    if id.contains(':') {
        id
    } else {
        format!("sha256:{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_read_where_the_engine_tells_them() {
        let told = read(
            br#"[{"Id":"sha256:b","ParentId":"sha256:a","RepoTags":["web:1"],"Size":2},
                {"Id":"sha256:a","ParentId":"","RepoTags":null,"Size":1},
                {"Id":"sha256:c","ParentId":"a"},{"Id":"sha256:d"}]"#,
        )
        .unwrap();
        assert_eq!(told.images.len(), 4);
        let of = |child: &str| (child.to_owned(), "sha256:a".to_owned());
        assert_eq!(told.parents, [of("sha256:b"), of("sha256:c")].into());
    }
}
