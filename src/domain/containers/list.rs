//! Filter, sort, page: pure.

use crate::error::{Error, Result};
use crate::model::container::{ContainerView, Health, State};
use crate::model::status::StatusName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to show of the list. Empty lists allow everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// In name, image, id, stack, description, tag, address or label.
    pub text: Option<String>,
    pub states: Vec<State>,
    pub healths: Vec<Health>,
    pub statuses: Vec<StatusName>,
    /// Codes; `NONE` for containers without an environment.
    pub environments: Vec<String>,
    pub stacks: Vec<String>,
    /// `key` or `key=value`; all must fit.
    pub labels: Vec<String>,
    /// All must be there, whatever their case.
    pub tags: Vec<String>,
    pub sort: Sort,
    pub descending: bool,
    /// From 1.
    pub page: usize,
    /// 1 to 1000.
    pub per_page: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Name,
    State,
    /// None first, then from the last of them to the first: upward in care.
    Environment,
    Image,
    CreatedAt,
    StartedAt,
}

/// A page of containers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContainerPage {
    #[schema(value_type = Vec<ContainerView>)]
    pub items: Vec<Arc<RawValue>>,
    /// Of all pages together.
    pub total: usize,
    pub page: usize,
    pub per_page: usize,
    pub pages: usize,
}

/// What a page is made of.
#[derive(Debug)]
pub(super) struct Selected {
    pub views: Vec<ContainerView>,
    total: usize,
    page: usize,
    per_page: usize,
    pages: usize,
}

impl Selected {
    pub fn into_page(
        self,
        write: impl FnOnce(Vec<ContainerView>) -> Result<Vec<Arc<RawValue>>>,
    ) -> Result<ContainerPage> {
        Ok(ContainerPage {
            items: write(self.views)?,
            total: self.total,
            page: self.page,
            per_page: self.per_page,
            pages: self.pages,
        })
    }
}

/// Parses the values of a filter whose words are those of the JSON.
pub fn words<T: DeserializeOwned>(field: &'static str, values: &[String]) -> Result<Vec<T>> {
    values
        .iter()
        .map(|value| {
            serde_json::from_value(serde_json::Value::String(value.to_lowercase())).map_err(
                |error| {
                    let known = error.to_string();
                    let known = known.split("expected one of").nth(1).unwrap_or("");
                    Error::invalid(field, format!("{value:?} is not known. Known:{known}."))
                },
            )
        })
        .collect()
}

/// The states that containers are filtered by.
pub const STATES: &[&str] = &[
    "created",
    "running",
    "paused",
    "restarting",
    "removing",
    "exited",
    "dead",
    "unknown",
];
pub const HEALTHS: &[&str] = &["none", "starting", "healthy", "unhealthy"];

impl Sort {
    /// Every text that [`Self::parse`] knows.
    pub const WORDS: &[&str] = &[
        "name",
        "-name",
        "state",
        "-state",
        "environment",
        "-environment",
        "image",
        "-image",
        "created_at",
        "-created_at",
        "started_at",
        "-started_at",
    ];

    /// `name`, `-created_at` …; a minus sorts downward.
    pub fn parse(text: &str) -> Result<(Self, bool)> {
        let (descending, word) = text
            .strip_prefix('-')
            .map_or((false, text), |word| (true, word));
        let sort = match word {
            "name" => Self::Name,
            "state" => Self::State,
            "environment" => Self::Environment,
            "image" => Self::Image,
            "created_at" => Self::CreatedAt,
            "started_at" => Self::StartedAt,
            _ => {
                return Err(Error::invalid(
                    "sort",
                    format!(
                        "{word:?} cannot be sorted by. Known: name, state, environment, image, \
                         created_at, started_at; with a minus in front downward."
                    ),
                ));
            }
        };
        Ok((sort, descending))
    }
}

/// `rank` is the place of an environment among the others, after all for none.
pub(super) fn select(
    mut views: Vec<ContainerView>,
    query: &ListQuery,
    rank: impl Fn(Option<&str>) -> usize,
) -> Selected {
    let text = query.text.as_deref().map(str::to_lowercase);
    views.retain(|view| fits(view, query, text.as_deref()));
    views.sort_by(|a, b| {
        let (x, y) = (&a.container, &b.container);
        let order = match query.sort {
            Sort::Name => std::cmp::Ordering::Equal,
            Sort::State => a.status.name.cmp(&b.status.name),
            Sort::Environment => {
                rank(b.environment.as_deref()).cmp(&rank(a.environment.as_deref()))
            }
            Sort::Image => x.image.cmp(&y.image),
            Sort::CreatedAt => x.created_at.cmp(&y.created_at),
            Sort::StartedAt => x.started_at.cmp(&y.started_at),
        };
        let order = order.then_with(|| x.name.cmp(&y.name));
        if query.descending {
            order.reverse()
        } else {
            order
        }
    });
    let per_page = query.per_page.clamp(1, 1000);
    let total = views.len();
    let pages = total.div_ceil(per_page).max(1);
    let page = query.page.max(1);
    let views = views
        .into_iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .collect();
    Selected {
        views,
        total,
        page,
        per_page,
        pages,
    }
}

fn fits(view: &ContainerView, query: &ListQuery, text: Option<&str>) -> bool {
    let c = &view.container;
    let among = |list: &[String], value: Option<&str>| {
        list.is_empty()
            || list.iter().any(|wanted| {
                value.map_or(wanted.eq_ignore_ascii_case("none"), |value| {
                    wanted.eq_ignore_ascii_case(value)
                })
            })
    };
    let label = |wanted: &String| match wanted.split_once('=') {
        Some((key, value)) => c.labels.get(key).is_some_and(|found| found == value),
        None => c.labels.contains_key(wanted),
    };
    let tag = |wanted: &String| {
        let wanted = wanted.to_lowercase();
        view.tags.iter().any(|tag| tag.to_lowercase() == wanted)
    };
    (query.states.is_empty() || query.states.contains(&c.state))
        && (query.statuses.is_empty() || query.statuses.contains(&view.status.name))
        && (query.healths.is_empty() || query.healths.contains(&c.health))
        && among(&query.environments, view.environment.as_deref())
        && among(&query.stacks, c.stack.as_deref())
        && query.labels.iter().all(label)
        && query.tags.iter().all(tag)
        && text.is_none_or(|text| mentions(view, text))
}

fn mentions(view: &ContainerView, text: &str) -> bool {
    let c = &view.container;
    let has = |field: &str| field.to_lowercase().contains(text);
    has(&c.name)
        || has(&c.image)
        || c.id.starts_with(text)
        || has(&view.description)
        || view.tags.iter().any(|tag| has(tag))
        || c.stack.as_deref().is_some_and(has)
        || c.networks
            .iter()
            .any(|endpoint| has(&endpoint.network) || endpoint.ipv4.as_deref().is_some_and(has))
        || c.ports
            .iter()
            .any(|port| port.host_port.is_some_and(|port| port.to_string() == text))
        || c.labels.iter().any(|(key, value)| has(key) || has(value))
}
