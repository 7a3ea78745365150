//! The layers of images and what they share: pure.
//!
//! The engine tells which layers an image has (`RootFS.Layers`), and how large
//! each step of its history is, but not which step made which layer. A step with
//! files always made one; of those without any, the instruction mostly tells. A
//! layer counts as the same in two images when all below it are the same too
//! (OCI image specification, "Layer ChainID").

use crate::engine::HistoryStep;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Instructions that change no files.
const WITHOUT_LAYER: [&str; 13] = [
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// Podman counts the configuration and the manifest, too.
const DESCRIPTIONS: u64 = 64 * 1024;

type ChainId = [u8; 32];

/// What an image is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ImageLayers {
    /// The lowest first.
    chain: Vec<(ChainId, u64)>,
    /// What the engine stores of it beside its layers: with the containerd image
    /// store the packed form of each layer.
    beside: u64,
    /// The engine tells the size of each layer, and they are all there is.
    is_exact: bool,
}

impl ImageLayers {
    /// From `RootFS.Layers` of the inspect answer, the history (newest first), and
    /// the size that the list tells.
    pub fn new(inspect: &Value, history: &[HistoryStep], size: u64) -> Self {
        let ids: Vec<&str> = inspect
            .pointer("/RootFS/Layers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let sizes = sizes(history, ids.len());
        let mut chain: Vec<(ChainId, u64)> = Vec::with_capacity(ids.len());
        for (at, id) in ids.iter().enumerate() {
            let hash = Sha256::new();
            let hash = match chain.last() {
                Some((below, _)) => hash.chain_update(below),
                None => hash,
            };
            let own = hash.chain_update(id).finalize().into();
            chain.push((own, sizes.get(at).copied().unwrap_or(0)));
        }
        let total: u64 = chain.iter().map(|(_, size)| size).sum();
        Self {
            chain,
            beside: size.saturating_sub(total),
            is_exact: total.abs_diff(size) <= DESCRIPTIONS,
        }
    }

    /// One of which only the size is known.
    pub fn unknown(size: u64) -> Self {
        Self {
            beside: size,
            ..Self::default()
        }
    }
}

/// The sizes of the layers, the lowest first.
fn sizes(history: &[HistoryStep], layers: usize) -> Vec<u64> {
    let steps = || history.iter().rev();
    let with_files = steps().filter(|step| step.size > 0).count();
    let mut missing = layers.saturating_sub(with_files);
    let likely = steps().filter(|step| is_likely_empty_layer(step)).count();
    // Those whose instruction makes a layer come first.
    let mut unlikely = missing.saturating_sub(likely);
    let made = steps().filter(|step| {
        if step.size > 0 {
            return true;
        }
        let is_likely = is_likely_empty_layer(step);
        if missing == 0 || (!is_likely && unlikely == 0) {
            return false;
        }
        missing -= 1;
        unlikely -= usize::from(!is_likely);
        true
    });
    made.map(|step| step.size).collect()
}

fn is_likely_empty_layer(step: &HistoryStep) -> bool {
    let instruction = step
        .created_by
        .split_once("#(nop)")
        .map_or(step.created_by.as_str(), |(_, rest)| rest);
    let word = instruction.split_whitespace().next().unwrap_or("");
    step.size == 0 && !WITHOUT_LAYER.contains(&word)
}

/// Bytes of each image that other images have too, and of all layers, each once.
pub(super) fn shared(images: &[(String, Arc<ImageLayers>)]) -> (Vec<(String, u64)>, u64) {
    let mut uses: HashMap<ChainId, (usize, u64)> = HashMap::new();
    for (chain, size) in images.iter().flat_map(|(_, layers)| &layers.chain) {
        let (count, bytes) = uses.entry(*chain).or_default();
        *count += 1;
        *bytes = (*bytes).max(*size);
    }
    let of_all = uses.values().map(|(_, bytes)| bytes).sum::<u64>()
        + images.iter().map(|(_, layers)| layers.beside).sum::<u64>();
    let each = images
        .iter()
        .filter(|(_, layers)| !layers.chain.is_empty())
        .map(|(id, layers)| {
            let others = |chain: &ChainId| uses.get(chain).is_some_and(|(count, _)| *count > 1);
            let bytes = layers
                .chain
                .iter()
                .filter(|(chain, _)| others(chain))
                .map(|(_, size)| size)
                .sum();
            (id.clone(), bytes)
        });
    (each.collect(), of_all)
}

/// Bytes that are free once these are gone and those are left, and whether that is
/// exactly known.
pub(super) fn freed(gone: &[Arc<ImageLayers>], left: &[Arc<ImageLayers>]) -> (u64, bool) {
    let kept: HashSet<&ChainId> = left
        .iter()
        .flat_map(|layers| &layers.chain)
        .map(|(chain, _)| chain)
        .collect();
    let mut counted: HashSet<&ChainId> = HashSet::new();
    let mut bytes = 0_u64;
    for layers in gone {
        let (mut own, mut total) = (0_u64, 0_u64);
        for (chain, size) in &layers.chain {
            total += size;
            if !kept.contains(chain) && counted.insert(chain) {
                own += size;
            }
        }
        // What is stored beside a layer goes with it.
        let beside = if total == 0 {
            layers.beside
        } else {
            let share = u128::from(layers.beside) * u128::from(own) / u128::from(total);
            u64::try_from(share).unwrap_or(layers.beside)
        };
        bytes = bytes.saturating_add(own).saturating_add(beside);
    }
    let is_exact = gone.iter().chain(left).all(|layers| layers.is_exact);
    (bytes, is_exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(created_by: &str, size: u64) -> HistoryStep {
        HistoryStep {
            created_by: created_by.to_owned(),
            size,
            ..HistoryStep::default()
        }
    }

    fn image(ids: &[&str], sizes: &[u64]) -> Arc<ImageLayers> {
        let inspect = json!({"RootFS": {"Layers": ids}});
        let history: Vec<_> = sizes
            .iter()
            .rev()
            .map(|size| step("RUN x", *size))
            .collect();
        Arc::new(ImageLayers::new(&inspect, &history, sizes.iter().sum()))
    }

    #[test]
    fn steps_without_files_are_matched_to_layers_by_their_instruction() {
        // Newest first, as the engine tells it.
        let history = [
            step("CMD [\"sh\"]", 0),
            step("COPY empty /", 0),
            step("/bin/sh -c #(nop)  ENV A=1", 0),
            step("RUN make", 30),
            step("/bin/sh -c #(nop) ADD file:1 in / ", 100),
        ];
        assert_eq!(sizes(&history, 3), [100, 30, 0]);
        assert_eq!(sizes(&history, 2), [100, 30]);
        assert_eq!(sizes(&history, 5), [100, 30, 0, 0, 0]);
        assert!(sizes(&[], 2).is_empty());
    }

    #[test]
    fn layers_are_shared_only_on_the_same_layers_below() {
        let base = image(&["a"], &[100]);
        let one = image(&["a", "b"], &[100, 10]);
        let other = image(&["c", "b"], &[50, 10]);
        let named = |images: &[&Arc<ImageLayers>]| -> Vec<(String, Arc<ImageLayers>)> {
            let of =
                |(at, layers): (usize, &&Arc<ImageLayers>)| (at.to_string(), Arc::clone(layers));
            images.iter().enumerate().map(of).collect()
        };
        let (each, all) = shared(&named(&[&base, &one, &other]));
        let bytes: Vec<u64> = each.iter().map(|(_, bytes)| *bytes).collect();
        assert_eq!((bytes, all), (vec![100, 100, 0], 170));
    }

    #[test]
    fn removing_images_frees_what_no_other_has_and_counts_it_once() {
        let base = image(&["a"], &[100]);
        let one = image(&["a", "b"], &[100, 10]);
        let two = image(&["a", "b", "c"], &[100, 10, 1]);
        let gone = [Arc::clone(&one), Arc::clone(&two)];
        assert_eq!(freed(&gone, &[Arc::clone(&base)]), (11, true));
        assert_eq!(freed(&gone, &[]), (111, true));
        assert_eq!(freed(&[one], &[two]), (0, true));
    }

    #[test]
    fn packed_layers_are_estimated_by_the_share_of_what_is_freed() {
        let inspect = json!({"RootFS": {"Layers": ["a", "b"]}});
        let history = [step("RUN", 400_000), step("RUN", 600_000)];
        // Half as much again beside its layers: their packed form.
        let packed = Arc::new(ImageLayers::new(&inspect, &history, 1_500_000));
        let base = image(&["a"], &[600_000]);
        assert_eq!(freed(&[Arc::clone(&packed)], &[base]), (600_000, false));
        assert_eq!(freed(&[packed], &[]), (1_500_000, false));
        let unknown = Arc::new(ImageLayers::unknown(7));
        assert_eq!(freed(&[unknown], &[]), (7, false));
    }
}
