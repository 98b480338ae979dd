//! The labels from which an annotator chooses.

use super::error::ExchangeError;
use super::labels::{BOILERPLATE, label, path};
use super::task::AnnotationTask;
use crate::actors::NARRATOR;
use crate::config::Configuration;
use crate::record::LabelledClaim;

/// The labels from which an annotator chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    /// Labels of claims without a source, those of the configuration first.
    pub(super) claims: Vec<String>,
    /// Labels of claims in the tasks, with their sources.
    pub(super) known: Vec<String>,
    /// The possible sources of a claim.
    pub(super) sources: Vec<String>,
}

impl Vocabulary {
    /// The configuration's claims, and those of the tasks.
    ///
    /// # Errors
    /// [`ExchangeError::LabelPart`] if a name can't be part of a label.
    pub fn new(configuration: &Configuration, tasks: &[AnnotationTask]) -> Result<Self, ExchangeError> {
        let mut sources: Vec<String> =
            configuration.codebook().actors.iter().map(|a| a.id.to_string()).collect();
        let holders: Vec<String> = sources.iter().cloned().chain([NARRATOR.to_owned()]).collect();
        let mut claims = Vec::new();
        for topic in configuration.codebook().topics.iter() {
            for stance in &topic.stances {
                for holder in &holders {
                    claims.push(label(&LabelledClaim {
                        topic: topic.id.clone(),
                        stance: stance.id.clone(),
                        holder: holder.clone(),
                        source: None,
                        context: false,
                    })?);
                }
            }
        }
        let mut with_sources = Vec::new();
        for claim in tasks.iter().flat_map(|task| &task.known) {
            let plain = label(&LabelledClaim { source: None, ..claim.clone() })?;
            if !claims.contains(&plain) {
                claims.push(plain);
            }
            sources.extend(
                claim.source.iter().filter(|source| !sources.contains(source)).cloned().collect::<Vec<_>>(),
            );
            let whole = label(claim)?;
            if !with_sources.contains(&whole) {
                with_sources.push(whole);
            }
        }
        Ok(Self { claims, known: with_sources, sources })
    }

    /// All labels: the claims without a source, those of the tasks with one, and boilerplate.
    pub(super) fn labels(&self) -> Vec<&str> {
        let sourced = self.known.iter().filter(|label| !self.claims.contains(label));
        self.claims.iter().chain(sourced).map(String::as_str).chain([BOILERPLATE]).collect()
    }

    /// The claims as a tree of topics, stances and holders, in their order.
    pub(super) fn tree(&self) -> Vec<LabelNode> {
        let mut topics: Vec<LabelNode> = Vec::new();
        for label in &self.claims {
            let mut level = &mut topics;
            for part in path(label) {
                let at = level.iter().position(|node| node.name == part).unwrap_or_else(|| {
                    level.push(LabelNode { name: part.to_owned(), below: Vec::new() });
                    level.len() - 1
                });
                level = &mut level[at].below;
            }
        }
        topics
    }
}

/// Part of a label, with the parts that may follow it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelNode {
    pub name: String,
    pub below: Vec<LabelNode>,
}
