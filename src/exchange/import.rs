//! A tool's file back as corrections.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::answer::PlacedAnswer;
use super::decision::correction;
use super::error::ExchangeError;
use super::task::AnnotationTask;
use super::tool::Tool;
use super::{argilla, doccano, label_studio, prodigy};
use crate::record::text_of;
use crate::review::{Placed, Unread};

impl Tool {
    /// Reads a file that the tool has exported as corrections of these tasks. `by` is the reviewer
    /// where the file names none. Of several answers on a sentence the last one counts; if that
    /// one is what was exported, none counts.
    ///
    /// # Errors
    /// [`ExchangeError::Read`] if the file as a whole can't be read; an answer that can't be read
    /// is an [`Unread`] in its place.
    pub fn import(
        self,
        path: &Path,
        tasks: &[AnnotationTask],
        by: &str,
    ) -> Result<Vec<Placed>, ExchangeError> {
        let text = &text_of(path, "give a file that the tool has exported, in UTF-8")?;
        let answers = match self {
            Self::LabelStudio => label_studio::read(path, text)?,
            Self::Doccano => doccano::read(path, text),
            Self::Prodigy => prodigy::read(path, text),
            Self::Argilla => argilla::read(path, text)?,
        };
        let by_id: HashMap<&str, &AnnotationTask> =
            tasks.iter().map(|t| (t.sentence_id.as_str(), t)).collect();
        let mut placed = Vec::new();
        let mut later: HashSet<String> = HashSet::new();
        for found in answers.into_iter().rev() {
            let is_last = found.sentence_id().is_none_or(|id| later.insert(id.to_owned()));
            let PlacedAnswer { place, answer } = found;
            let decision = answer.and_then(|answer| {
                let sentence_id = Some(answer.sentence_id.clone());
                let corrected = correction(self, answer, &by_id, by);
                corrected.map_err(|reason| Unread { sentence_id, reason })
            });
            match decision {
                Ok(Some(correction)) if is_last => placed.push(Placed { place, decision: Ok(correction) }),
                Ok(_) => {}
                Err(unread) => placed.push(Placed { place, decision: Err(unread) }),
            }
        }
        placed.reverse();
        Ok(placed)
    }
}
