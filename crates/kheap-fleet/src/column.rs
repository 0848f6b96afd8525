//! Columns: one declaration gives the schema of a column and writes its values.

use std::fmt::Write as _;

use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::writer::SerializedColumnWriter;

/// How many rows are turned into values of Parquet at a time.
const BATCH: usize = 8192;

/// A column of a dataset whose rows are `R`.
#[derive(Debug)]
pub(crate) struct Column<R> {
    pub(crate) name: &'static str,
    pub(crate) values: Values<R>,
}

/// How the values of a column are read from a row. Those that are `Option` may be null.
#[derive(Debug)]
pub(crate) enum Values<R> {
    Text(fn(&R) -> &str),
    OptionalText(fn(&R) -> Option<&str>),
    Integer(fn(&R) -> i64),
    OptionalInteger(fn(&R) -> Option<i64>),
    /// Microseconds since 1970-01-01 UTC.
    Time(fn(&R) -> Option<i64>),
    Number(fn(&R) -> f64),
    Flag(fn(&R) -> bool),
    Texts(fn(&R) -> &[String]),
}

impl<R> Column<R> {
    /// Adds the column to a message in Parquet's schema language.
    fn declare(&self, message: &mut String) {
        let name = self.name;
        // Writing to a text cannot fail.
        let _ = match self.values {
            Values::Text(_) => writeln!(message, "required byte_array {name} (STRING);"),
            Values::OptionalText(_) => writeln!(message, "optional byte_array {name} (STRING);"),
            Values::Integer(_) => writeln!(message, "required int64 {name};"),
            Values::OptionalInteger(_) => writeln!(message, "optional int64 {name};"),
            Values::Time(_) => {
                writeln!(message, "optional int64 {name} (TIMESTAMP(MICROS,true));")
            }
            Values::Number(_) => writeln!(message, "required double {name};"),
            Values::Flag(_) => writeln!(message, "required boolean {name};"),
            Values::Texts(_) => writeln!(
                message,
                "required group {name} (LIST) {{
                   repeated group list {{ required byte_array element (STRING); }}
                 }}"
            ),
        };
    }

    /// Writes its values of all rows.
    pub(crate) fn write(&self, rows: &[R], writer: &mut SerializedColumnWriter<'_>) -> Result<()> {
        for rows in rows.chunks(BATCH) {
            match self.values {
                Values::Text(read) => texts(rows, read, writer.typed())?,
                Values::OptionalText(read) => {
                    let values = rows.iter().map(|row| read(row).map(ByteArray::from));
                    optional::<ByteArrayType>(values, writer.typed())?;
                }
                Values::Integer(read) => {
                    required::<Int64Type>(rows.iter().map(read), writer.typed())?;
                }
                Values::OptionalInteger(read) | Values::Time(read) => {
                    optional::<Int64Type>(rows.iter().map(read), writer.typed())?;
                }
                Values::Number(read) => {
                    required::<DoubleType>(rows.iter().map(read), writer.typed())?;
                }
                Values::Flag(read) => {
                    required::<BoolType>(rows.iter().map(read), writer.typed())?;
                }
                Values::Texts(read) => lists(rows, read, writer.typed())?,
            }
        }
        Ok(())
    }
}

/// The columns of a dataset as a message in Parquet's schema language.
pub(crate) fn message<R>(columns: &[Column<R>]) -> String {
    let mut message = "message schema {\n".to_owned();
    columns
        .iter()
        .for_each(|column| column.declare(&mut message));
    message + "}"
}

fn required<T: DataType>(
    values: impl Iterator<Item = T::T>,
    writer: &mut ColumnWriterImpl<'_, T>,
) -> Result<()> {
    let values: Vec<T::T> = values.collect();
    writer.write_batch(&values, None, None)?;
    Ok(())
}

fn optional<T: DataType>(
    values: impl Iterator<Item = Option<T::T>>,
    writer: &mut ColumnWriterImpl<'_, T>,
) -> Result<()> {
    let all: Vec<Option<T::T>> = values.collect();
    let levels: Vec<i16> = all.iter().map(|value| value.is_some().into()).collect();
    let values: Vec<T::T> = all.into_iter().flatten().collect();
    writer.write_batch(&values, Some(&levels), None)?;
    Ok(())
}

/// Rows of one dump follow each other and share its hash, which is copied once.
fn texts<R>(
    rows: &[R],
    read: fn(&R) -> &str,
    writer: &mut ColumnWriterImpl<'_, ByteArrayType>,
) -> Result<()> {
    let mut last: (&str, ByteArray) = ("", ByteArray::from(""));
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let text = read(row);
        if !std::ptr::eq(text, last.0) {
            last = (text, ByteArray::from(text));
        }
        values.push(last.1.clone());
    }
    writer.write_batch(&values, None, None)?;
    Ok(())
}

fn lists<R>(
    rows: &[R],
    read: fn(&R) -> &[String],
    writer: &mut ColumnWriterImpl<'_, ByteArrayType>,
) -> Result<()> {
    let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let texts = read(row);
        values.extend(texts.iter().map(|text| ByteArray::from(text.as_str())));
        // An empty list is one entry that is not defined.
        for at in 0..texts.len().max(1) {
            defined.push((!texts.is_empty()).into());
            repeated.push((at > 0).into());
        }
    }
    writer.write_batch(&values, Some(&defined), Some(&repeated))?;
    Ok(())
}
