//! Tasks out to a tool.

use super::error::ExchangeError;
use super::task::AnnotationTask;
use super::tool::Tool;
use super::vocabulary::Vocabulary;
use super::{argilla, doccano, label_studio, prodigy};

impl Tool {
    /// Writes tasks in the tool's format.
    ///
    /// # Errors
    /// [`ExchangeError::Json`].
    pub fn export(self, tasks: &[AnnotationTask], vocabulary: &Vocabulary) -> Result<String, ExchangeError> {
        match self {
            Self::LabelStudio => label_studio::export(tasks),
            Self::Doccano => Ok(doccano::export(tasks)),
            Self::Prodigy => Ok(prodigy::export(tasks, vocabulary)),
            Self::Argilla => argilla::export(tasks),
        }
    }

    /// Writes the file that sets the tool up for these tasks: Label Studio's labelling interface,
    /// Argilla's labels.
    ///
    /// # Errors
    /// [`ExchangeError::NoConfiguration`] if the tool has no such file.
    pub fn configuration(self, vocabulary: &Vocabulary) -> Result<String, ExchangeError> {
        match self {
            Self::LabelStudio => Ok(label_studio::configuration(vocabulary)),
            Self::Argilla => argilla::configuration(vocabulary),
            Self::Doccano | Self::Prodigy => Err(ExchangeError::NoConfiguration { tool: self }),
        }
    }
}
