//! The four datasets: their columns, and how a part of one is written and read.
//!
//! Program and day are no columns: engines take them from the folders.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::column::{Column, Values, message};
use crate::hash::ContentHash;
use crate::rows::{CellRow, FindingRow, FunctionRow, SnapshotRow};

/// The version of the columns below, and of what a folder has: a part of each dataset for the same
/// dumps. A folder has parts of one version.
const SCHEMA: &str = "3";

/// Under which keys a part says what it was written by.
const SCHEMA_KEY: &str = "kheap.schema";
const RULES_KEY: &str = "kheap.rules";

/// How large the different values of a column may be together, in bytes, before it is written
/// without a dictionary. The functions of all programs of a team are fewer.
const DICTIONARY_BYTES: usize = 4 << 20;

/// The rows of one dataset.
pub(crate) trait Row: Sized + Sync + 'static {
    /// The folder of the dataset.
    const DATASET: &'static str;
    const COLUMNS: &'static [Column<Self>];
}

/// All datasets, in the order in which a part is completed.
pub(crate) const DATASETS: [&str; 4] = [
    FunctionRow::DATASET,
    CellRow::DATASET,
    FindingRow::DATASET,
    SnapshotRow::DATASET,
];

macro_rules! columns {
    ($($kind:ident $name:literal $read:expr;)*) => {
        &[$(Column { name: $name, values: Values::$kind($read) }),*]
    };
}

impl Row for SnapshotRow {
    const DATASET: &'static str = "snapshots";
    const COLUMNS: &'static [Column<Self>] = columns! {
        Text "snapshot" |row| &row.snapshot;
        Text "file" |row| &row.file;
        OptionalText "cluster" |row| row.source.cluster.as_deref();
        OptionalText "node" |row| row.source.node.as_deref();
        OptionalText "pod" |row| row.source.pod.as_deref();
        OptionalText "build_id" |row| row.build_id.as_deref();
        Text "role" |row| row.role;
        OptionalText "kubernetes_min" |row| row.kubernetes.at_least.as_deref();
        OptionalText "kubernetes_max" |row| row.kubernetes.at_most.as_deref();
        OptionalText "etcd_min" |row| row.etcd.at_least.as_deref();
        OptionalText "etcd_max" |row| row.etcd.at_most.as_deref();
        OptionalText "go_min" |row| row.go.at_least.as_deref();
        OptionalText "go_max" |row| row.go.at_most.as_deref();
        Time "time" |row| row.time_nanos.map(|nanos| nanos.div_euclid(1000));
        OptionalInteger "delta_nanos" |row| row.delta_nanos;
        Flag "is_fragment" |row| row.is_fragment;
        Flag "is_difference" |row| row.is_difference;
        OptionalInteger "period" |row| row.period;
        Text "sample_type" |row| &row.sample_type;
        Text "unit" |row| &row.unit;
        Integer "total" |row| row.total;
        OptionalInteger "inuse_space" |row| row.totals.inuse_space;
        OptionalInteger "inuse_objects" |row| row.totals.inuse_objects;
        OptionalInteger "alloc_space" |row| row.totals.alloc_space;
        OptionalInteger "alloc_objects" |row| row.totals.alloc_objects;
    };
}

impl Row for FunctionRow {
    const DATASET: &'static str = "functions";
    const COLUMNS: &'static [Column<Self>] = columns! {
        Text "snapshot" |row| &row.snapshot;
        Text "function" |row| &row.amount.name;
        Integer "flat" |row| row.amount.flat;
        Integer "cum" |row| row.amount.cum;
        OptionalInteger "objects" |row| row.amount.objects;
    };
}

impl Row for CellRow {
    const DATASET: &'static str = "cells";
    const COLUMNS: &'static [Column<Self>] = columns! {
        Text "snapshot" |row| &row.snapshot;
        Text "part" |row| &row.part;
        Text "verb" |row| &row.verb;
        Text "kind" |row| &row.kind;
        Integer "bytes" |row| row.bytes;
        OptionalInteger "objects" |row| row.objects;
    };
}

impl Row for FindingRow {
    const DATASET: &'static str = "findings";
    const COLUMNS: &'static [Column<Self>] = columns! {
        Text "snapshot" |row| &row.snapshot;
        Text "id" |row| &row.id;
        Text "severity" |row| row.severity;
        Text "confidence" |row| row.confidence;
        Integer "bytes" |row| row.bytes;
        Number "share" |row| row.share;
        Texts "kinds" |row| &row.kinds;
        Flag "kinds_inferred" |row| row.kinds_inferred;
    };
}

/// Writes one part, and sees that it is on disk. The file is nobody else's yet.
pub(crate) fn write<R: Row>(file: File, rows: &[R], rules: &str) -> Result<()> {
    let schema = Arc::new(parse_message_type(&message(R::COLUMNS))?);
    let remarks = [(SCHEMA_KEY, SCHEMA), (RULES_KEY, rules)];
    let remarks = remarks.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("kheap version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::GZIP(GzipLevel::default()))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(remarks.to_vec()))
        .build();
    let mut writer = SerializedFileWriter::new(&file, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for column in R::COLUMNS {
        // The schema is made from the same columns.
        let mut writer = group.next_column()?.expect("a writer for each column");
        column.write(rows, &mut writer)?;
        writer.close()?;
    }
    group.close()?;
    writer.close()?;
    file.sync_all()?;
    Ok(())
}

/// What a part of snapshots says.
#[derive(Debug)]
pub(crate) struct Written {
    /// Empty where it has other columns than those above.
    pub(crate) hashes: Vec<ContentHash>,
    /// By which rules its bytes are attributed.
    pub(crate) rules: Option<String>,
    /// Whether it has the columns above.
    pub(crate) is_of_this_schema: bool,
}

/// Reads which dumps a part of snapshots has.
pub(crate) fn read(path: &Path) -> Result<Written> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let metadata = reader.metadata();
    let remarks = metadata.file_metadata().key_value_metadata();
    let remark = |key: &str| {
        let mut remarks = remarks.into_iter().flatten();
        remarks.find(|remark| remark.key == key)?.value.clone()
    };
    let mut written = Written {
        hashes: Vec::new(),
        rules: remark(RULES_KEY),
        is_of_this_schema: remark(SCHEMA_KEY).as_deref() == Some(SCHEMA),
    };
    // Its columns may be any.
    if !written.is_of_this_schema {
        return Ok(written);
    }
    let no_hashes = || ParquetError::General("it has no hashes of dumps".to_owned());
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        // The first column.
        let ColumnReader::ByteArrayColumnReader(mut column) = group.get_column_reader(0)? else {
            return Err(no_hashes());
        };
        let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| no_hashes())?;
        let mut values: Vec<ByteArray> = Vec::new();
        column.read_records(rows, None, None, &mut values)?;
        for value in values {
            let hash = ContentHash::parse(value.as_utf8()?);
            written.hashes.push(hash.ok_or_else(no_hashes)?);
        }
    }
    Ok(written)
}
