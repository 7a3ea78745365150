//! A row of the engine's list: enough to see whether memory is still right,
//! and to show a container that cannot be inspected.

use super::container::{container, state};
use crate::engine::wire::{Inspect, Summary};
use crate::model::container::{Container, Health};
use crate::model::timestamp::Timestamp;

/// Whether the list says something else than memory does. An engine that tells
/// less in its list than in inspect (no health, no state) differs in nothing.
pub(in crate::engine) fn differs(row: &Summary, known: &Container) -> bool {
    let named = row.names.is_empty()
        || row
            .names
            .iter()
            .any(|name| name.trim_start_matches('/') == known.name);
    let same_state = row.state.is_empty() || state(&row.state) == known.state;
    let same_health = match listed_health(&row.status) {
        Some(health) => health == known.health,
        None => true,
    };
    !(named && same_state && same_health)
}

/// `Up 5 minutes (healthy)`.
fn listed_health(status: &str) -> Option<Health> {
    match status.rsplit_once('(')?.1 {
        "healthy)" => Some(Health::Healthy),
        "unhealthy)" => Some(Health::Unhealthy),
        "health: starting)" => Some(Health::Starting),
        _ => None,
    }
}

/// The little that the list knows.
pub(in crate::engine) fn from_summary(row: &Summary) -> Container {
    let mut inspect = Inspect {
        id: row.id.clone(),
        name: row.names.first().cloned().unwrap_or_default(),
        image: row.image_id.clone(),
        path: row.command.clone(),
        ..Inspect::default()
    };
    inspect.state.status.clone_from(&row.state);
    inspect.config.image.clone_from(&row.image);
    inspect.config.labels.clone_from(&row.labels);
    let mut found = container(&inspect);
    found.created_at = row.created.as_i64().map(Timestamp::from_seconds);
    found.exit_code = None;
    if let Some(health) = listed_health(&row.status) {
        found.health = health;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::State;
    use serde_json::json;

    fn row(value: serde_json::Value) -> Summary {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn list_row_differs_from_known_container_by_name_state_or_health() {
        let list = json!({"Id": "a", "Names": ["/web", "/other/alias"], "State": "running", "Status": "Up 2 minutes (healthy)"});
        let known = from_summary(&row(list.clone()));
        assert_eq!(
            (known.state, known.health),
            (State::Running, Health::Healthy)
        );
        assert!(!differs(&row(list.clone()), &known));
        for (key, value) in [("State", "exited"), ("Status", "Up 2 minutes (unhealthy)")] {
            let mut list = list.clone();
            list[key] = json!(value);
            assert!(differs(&row(list), &known), "{key}");
        }
        let mut renamed = list;
        renamed["Names"] = json!(["/web2"]);
        assert!(differs(&row(renamed), &known));
        assert!(!differs(&row(json!({"Id": "a"})), &known));
    }
}
