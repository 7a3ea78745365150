//! A container that is about to be created: checked, with the request for the engine.

use crate::domain::containers::Annotation;
use crate::domain::images::Pull;
use crate::engine::CreateBody;
use crate::model::spec::ContainerSpec;
use serde::Serialize;

#[derive(Debug)]
pub(super) struct CreateRequest {
    pub spec: ContainerSpec,
    pub body: CreateBody,
    pub start: bool,
    pub pull: Pull,
    /// Has the annotations that an earlier container of its name has left.
    pub takes_over: bool,
    /// As the person sent it, to be changed and tried again if it fails.
    pub sent: Option<SentCreation>,
}

/// A creation as it was sent: the specification before anything was added to it.
#[derive(Debug, Serialize)]
pub(super) struct SentCreation {
    pub spec: ContainerSpec,
    pub start: bool,
    pub pull: Pull,
}

impl CreateRequest {
    /// What of the specification is ours to keep.
    pub fn annotation(&self) -> Annotation {
        Annotation {
            environment: self.spec.environment.clone().map(Some),
            description: self.spec.description.clone(),
            ..Annotation::default()
        }
    }
}
