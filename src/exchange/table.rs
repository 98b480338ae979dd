//! The flat table as a file.

use super::columns::rows;
use super::error::ExchangeError;
use super::{csv, parquet};
use crate::record::Dataset;

/// Format of a flat table of claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// RFC 4180.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Table {
    /// Writes a row for each claim of the dataset.
    ///
    /// # Errors
    /// [`ExchangeError::Csv`] or [`ExchangeError::Parquet`], if the format's writer fails.
    pub fn export(self, dataset: &Dataset) -> Result<Vec<u8>, ExchangeError> {
        let rows = rows(dataset);
        match self {
            Self::Csv => csv::export(&rows),
            Self::Parquet => parquet::export(&rows),
        }
    }
}
