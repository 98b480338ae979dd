//! The table as Parquet, compressed with Zstandard; the same rows give the same bytes.

use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::columns::{COLUMNS, TableColumn, TableRow};
use super::error::ExchangeError;

/// Rows that are compressed together.
const GROUP: usize = 1 << 16;

pub fn export(rows: &[TableRow<'_>]) -> Result<Vec<u8>, ExchangeError> {
    let compression = Compression::ZSTD(ZstdLevel::default());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema()?), properties)?;
    for rows in rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        for (_, column) in &COLUMNS {
            // The schema has just these columns in just this order.
            let Some(out) = group.next_column()? else { break };
            match column {
                TableColumn::Text(text) => {
                    write::<ByteArrayType>(out, rows.iter().map(|r| text(r).map(ByteArray::from)))?;
                }
                TableColumn::Number(number) => write::<DoubleType>(out, rows.iter().map(number))?,
                TableColumn::Flag(flag) => write::<BoolType>(out, rows.iter().map(flag))?,
            }
        }
        group.close()?;
    }
    Ok(writer.into_inner()?)
}

fn schema() -> Result<Type> {
    let field = |(name, column): &(&str, TableColumn)| {
        let (physical, text) = match column {
            TableColumn::Text(_) => (Physical::BYTE_ARRAY, true),
            TableColumn::Number(_) => (Physical::DOUBLE, false),
            TableColumn::Flag(_) => (Physical::BOOLEAN, false),
        };
        let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        let field = match text {
            true => {
                field.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8)
            }
            false => field,
        };
        field.build().map(Arc::new)
    };
    let fields = COLUMNS.iter().map(field).collect::<Result<Vec<_>>>()?;
    Type::group_type_builder("claims").with_fields(fields).build()
}

fn write<T: DataType>(
    mut out: SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    out.typed::<T>().write_batch(&values, Some(&levels), None)?;
    out.close()
}
