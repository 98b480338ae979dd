//! Extracts a single text, without files.

use super::provenance::provenance;
use crate::document::{self, Failure, Kind, Options, Origin, Raw};
use crate::extraction::Extractor;
use crate::inference::BackendError;
use crate::record::{Filter, RecordError, Records};

/// The reason why a text could not be extracted.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The text failed.
    #[error(transparent)]
    Failure(#[from] Box<Failure>),
    /// A model is broken.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Its records can't be made.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Extractor {
    /// The records of one plain text, in any language.
    ///
    /// ```no_run
    /// let extractor = demarche::Extractor::builtin()?;
    /// let records = extractor.extract_text("Islamabad said that Delhi had rejected any mediation.")?;
    /// assert_eq!(records.sentences[0].claims[0].holder, "India");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TextError`], for example for a text without a sentence.
    pub fn extract_text(&self, text: &str) -> Result<Records, TextError> {
        const NAME: &str = "text";
        let options = Options { any_language: true, ..Options::default() };
        let raw = Raw {
            origin: Origin { path: NAME.into(), line: None },
            stem: NAME.into(),
            kind: Kind::Text,
            bytes: text.into(),
        };
        let document = document::parse(raw, &options).map_err(Box::new)?;
        let filter = Filter::default();
        let provenance = provenance(self, &options, &filter);
        let codebook = self.configuration().codebook();
        let extraction = self.extract(vec![document])?.pop();
        let extraction =
            extraction.ok_or_else(|| BackendError::Run("internal error: no extraction".into()))??;
        Ok(Records::new(&extraction, NAME, codebook, filter, &provenance.id)?)
    }
}
