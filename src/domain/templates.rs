//! Templates: the built-in library, the user's own, and what is imported.
//!
//! The library is read-only and part of the program; only the user's own are
//! stored. No two of either have the same id.

mod answer;
mod candidate;
mod check;
mod fit;
mod from_spec;
mod import;
mod library;
mod own;
mod portainer;
mod render;
mod run_line;
mod sanitize;

pub use import::ImportRequest;
pub use own::{SaveTemplate, SavedTemplate, TemplatePatch};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::profile::ProfileName;
use crate::model::spec::ContainerSpec;
use crate::model::template::{
    Answers, Architecture, CATEGORIES, Category, Template, TemplateDetail, TemplateFile,
    TemplateSource, TemplateSummary,
};
use crate::store::Store;
use fit::ThisHost;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use utoipa::ToSchema;

#[derive(Debug)]
pub struct Templates {
    store: Store,
    engine: Engine,
    profile: ProfileName,
    /// Of this process, for as long as the engine has not said more.
    memory_bytes: u64,
    /// What the store holds, by id.
    own: RwLock<BTreeMap<String, Template>>,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
}

/// Which templates are wanted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TemplateQuery {
    /// Words that must all be there: in name, description, category or image.
    pub text: Option<String>,
    pub category: Option<String>,
    pub source: Option<TemplateSource>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TemplateList {
    /// The user's own first, then by name.
    pub items: Vec<TemplateSummary>,
    /// The categories of the library, in their order.
    pub categories: &'static [Category],
}

impl Templates {
    pub fn new(
        store: Store,
        engine: Engine,
        profile: ProfileName,
        memory_bytes: u64,
    ) -> Result<Arc<Self>> {
        let own = own::stored(&store)?;
        Ok(Arc::new(Self {
            store,
            engine,
            profile,
            memory_bytes,
            own: RwLock::new(own),
            changing: tokio::sync::Mutex::default(),
        }))
    }

    pub fn list(&self, query: &TemplateQuery) -> TemplateList {
        let this_host = self.this_host();
        let own: Vec<Template> = self.own().values().cloned().collect();
        let mut items: Vec<TemplateSummary> = own
            .iter()
            .chain(library::library())
            .filter(|template| matches(template, query))
            .map(|template| summary(template, &this_host))
            .collect();
        items.sort_by_cached_key(|item| (item.source, item.name.to_lowercase()));
        TemplateList {
            items,
            categories: CATEGORIES,
        }
    }

    pub fn get(&self, id: &str) -> Result<TemplateDetail> {
        let template = self.find(id)?;
        Ok(self.detail(template))
    }

    /// The container that these answers make of a template.
    pub fn render(&self, id: &str, answers: &Answers) -> Result<ContainerSpec> {
        render::render(&self.find(id)?, answers)
    }

    /// As a document for another host. Passwords stay here.
    pub fn export(&self, id: &str) -> Result<TemplateFile> {
        Ok(import::export(vec![self.find(id)?]))
    }

    fn find(&self, id: &str) -> Result<Template> {
        let own = self.own().get(id).cloned();
        own.or_else(|| library::library().iter().find(|one| one.id == id).cloned())
            .ok_or_else(|| Error::not_found(format!("There is no template {id:?}.")))
    }

    fn detail(&self, template: Template) -> TemplateDetail {
        TemplateDetail {
            fit: fit::fit(&template, &self.this_host()),
            template,
        }
    }

    fn this_host(&self) -> ThisHost {
        let engine = self.engine.status().info;
        let machine = engine
            .as_ref()
            .map_or(std::env::consts::ARCH, |info| info.architecture.as_str());
        ThisHost {
            profile: self.profile,
            memory_bytes: engine
                .as_ref()
                .map(|info| info.memory_bytes)
                .filter(|bytes| *bytes > 0)
                .unwrap_or(self.memory_bytes),
            architecture: Architecture::of_machine(machine),
        }
    }

    fn own(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Template>> {
        self.own.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn own_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Template>> {
        self.own.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn matches(template: &Template, query: &TemplateQuery) -> bool {
    let in_category = query
        .category
        .as_ref()
        .is_none_or(|category| template.category.eq_ignore_ascii_case(category));
    let from_source = query.source.is_none_or(|source| template.source == source);
    in_category
        && from_source
        && query
            .text
            .as_deref()
            .is_none_or(|text| says(template, text))
}

fn says(template: &Template, text: &str) -> bool {
    let haystack = [
        &template.name,
        &template.id,
        &template.category,
        &template.description,
        &template.spec.image,
    ]
    .map(|part| part.to_lowercase())
    .join("\n");
    text.to_lowercase()
        .split_whitespace()
        .all(|word| haystack.contains(word))
}

fn summary(template: &Template, this_host: &ThisHost) -> TemplateSummary {
    let needs = template.needs.iter().filter(|need| need.required);
    TemplateSummary {
        id: template.id.clone(),
        name: template.name.clone(),
        category: template.category.clone(),
        description: template.description.clone(),
        image: template.spec.image.clone(),
        source: template.source,
        architectures: template.architectures.clone(),
        memory_mib: template.memory_mib,
        needs: needs.map(|need| need.template.clone()).collect(),
        fit: fit::fit(template, this_host),
    }
}
