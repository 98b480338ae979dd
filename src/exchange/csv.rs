//! The table as CSV, for spreadsheets.
//!
//! Texts come from the open web, and a spreadsheet runs a cell that begins like a formula. Such a
//! cell gets an apostrophe in front (OWASP, "CSV Injection"), which marks it as text. Parquet needs
//! no such care.

use std::borrow::Cow;

use super::columns::{COLUMNS, TableColumn, TableRow};
use super::error::ExchangeError;

/// First characters of a cell that make a spreadsheet take it for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub fn export(rows: &[TableRow<'_>]) -> Result<Vec<u8>, ExchangeError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS.iter().map(|(name, _)| *name))?;
    for row in rows {
        writer.write_record(COLUMNS.iter().map(|(_, column)| cell(column, row).into_owned()))?;
    }
    writer.into_inner().map_err(|e| csv::Error::from(e.into_error()).into())
}

/// A cell, empty if the value is unknown.
fn cell<'r>(column: &TableColumn, row: &'r TableRow<'_>) -> Cow<'r, str> {
    match column {
        TableColumn::Text(text) => match text(row) {
            Some(text) if text.starts_with(FORMULA) => format!("'{text}").into(),
            text => text.unwrap_or_default().into(),
        },
        TableColumn::Number(number) => number(row).map(|n| n.to_string()).unwrap_or_default().into(),
        TableColumn::Flag(flag) => flag(row).map(|f| f.to_string()).unwrap_or_default().into(),
    }
}
