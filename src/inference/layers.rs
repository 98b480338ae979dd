//! The files, outputs and heads of a model in two graphs.

use serde::Deserialize;

use crate::models::LAYERS;

/// The file of the lower layers.
pub(super) const LOWER: &str = LAYERS[0];
/// The file of the upper layers.
pub(super) const UPPER: &str = LAYERS[1];

/// What the lower layers give for each token: its states, and what the skim compares.
pub(super) const LOWER_OUTPUTS: [&str; 2] = ["states", "skim"];
/// What the upper layers give for each token.
pub(super) const UPPER_OUTPUTS: [&str; 3] = ["logits", "query", "key"];

/// The heads of a layered model, from its `config.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Heads {
    /// The most tokens of a passage, of the sentence in it, and of a label.
    pub(crate) most: Most,
    /// Which names go with a stance.
    pub(crate) roles: Roles,
    /// Where a name or the evidence is.
    pub(crate) pointers: Pointers,
    /// Whether a stance may be taken at all.
    pub(crate) skim: Skim,
    /// The sieve's bound: the lower layers read a sentence if the sieve gives a stance of one of
    /// its topics at least this probability.
    #[serde(default)]
    pub(crate) sieve_bound: f32,
}

/// Limits in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Most {
    /// A passage with its special tokens.
    pub(crate) passage: usize,
    /// The sentence of a passage.
    pub(crate) sentence: usize,
    /// A hypothesis or a name, with its special token.
    pub(crate) label: usize,
}

/// Heads for holder and source.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Roles {
    /// Width of a query and of a key.
    pub(crate) width: usize,
    /// Scale of their product.
    pub(crate) scale: f32,
    /// Added to the scaled product, for holder and source.
    pub(crate) bias: [f32; 2],
}

/// Heads for places: name of the holder, name of the source, first and last token of the evidence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Pointers {
    /// Width of a query and of a key.
    pub(crate) width: usize,
    /// Scale of their product.
    pub(crate) scale: f32,
}

/// The skim: each head's greatest match between a hypothesis and the tokens of the sentence,
/// weighted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Skim {
    /// Width of a query and of a key.
    pub(crate) width: usize,
    /// The weight of each head.
    pub(crate) weights: Vec<f32>,
    /// Added to the weighted matches.
    pub(crate) bias: f32,
    /// A sentence is read for a topic if the skim gives one of its stances at least this
    /// probability.
    pub(crate) bound: f32,
}
