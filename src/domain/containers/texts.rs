//! The JSON of containers in a list. Most are as they were when the list was asked
//! for last, and writing them again is most of what an answer takes.

use crate::error::{Error, Result};
use crate::model::container::ContainerView;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many more than there are containers are kept before they are let go.
const SPARE: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<HashMap<String, Known>>);

#[derive(Debug)]
struct Known {
    view: ContainerView,
    text: Arc<RawValue>,
}

impl Texts {
    /// Each view as JSON. `all` is how many containers there are.
    pub fn of(&self, views: Vec<ContainerView>, all: usize) -> Result<Vec<Arc<RawValue>>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > all + SPARE {
            known.clear();
        }
        let texts = views.into_iter().map(|view| {
            if let Some(found) = known.get(&view.container.id)
                && is_same(&found.view, &view)
            {
                return Ok(Arc::clone(&found.text));
            }
            let text = serde_json::value::to_raw_value(&view).map_err(|error| {
                Error::internal("A container could not be written as JSON.").source(error)
            })?;
            let text: Arc<RawValue> = Arc::from(text);
            let id = view.container.id.clone();
            let kept = Arc::clone(&text);
            known.insert(id, Known { view, text: kept });
            Ok(text)
        });
        texts.collect()
    }
}

/// A container that changes is another one in memory.
fn is_same(a: &ContainerView, b: &ContainerView) -> bool {
    Arc::ptr_eq(&a.container, &b.container)
        && a.status == b.status
        && a.addresses == b.addresses
        && a.environment == b.environment
        && a.environment_source == b.environment_source
        && a.description == b.description
        && a.tags == b.tags
        && a.update == b.update
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::Container;

    fn view(id: &str) -> ContainerView {
        ContainerView::of(Container::running(id))
    }

    #[test]
    fn text_of_a_container_is_written_again_when_it_or_what_is_noted_of_it_changes() {
        let texts = Texts::default();
        let first = view("a");
        let one = |view: &ContainerView| texts.of(vec![view.clone()], 1).unwrap().remove(0);
        let before = one(&first);
        assert!(Arc::ptr_eq(&before, &one(&first)));
        assert_eq!(before.get(), serde_json::to_string(&first).unwrap());
        let noted = ContainerView {
            description: "the \"first\"".to_owned(),
            ..first.clone()
        };
        assert_eq!(one(&noted).get(), serde_json::to_string(&noted).unwrap());
        let tagged = ContainerView {
            tags: vec!["x".to_owned()],
            ..noted
        };
        assert!(one(&tagged).get().contains("\"x\""));
        let again = view("a");
        assert!(!Arc::ptr_eq(&one(&tagged), &one(&again)));
        for n in 0..200 {
            texts.of(vec![view(&n.to_string())], 1).unwrap();
        }
        assert!(texts.0.lock().unwrap().len() <= 1 + SPARE + 1);
    }
}
