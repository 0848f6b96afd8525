//! What lies in a folder of datasets, read back by Parquet's own reader.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kheap::series::Keys;
use kheap::{Catalog, Heap, Profile, ProfileBuilder, Selection};
use kheap_fleet::{ContentHash, DumpRows, Fleet, FleetError, LISTING};
use parquet::data_type::Int64Type;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const DAY: i64 = 24 * 60 * 60 * 1_000_000_000;

/// The list of an informer: a finding with a kind.
const INFORMER: &str = "k8s.io/client-go/tools/cache.(*Reflector).list.func1;\
                        k8s.io/api/core/v1.(*Secret).Unmarshal 2147483648";

/// Answers of an HTTP handler: a finding without kinds.
const ANSWERS: &str = "net/http.(*conn).serve;net/http.HandlerFunc.ServeHTTP;\
                       example.com/shop/api.(*server).orders;encoding/json.Marshal;\
                       bytes.growSlice 4294967296";

/// A dump of a program that was taken so many days after 1970-01-01.
fn rows(name: &str, stacks: &str, day: i64) -> DumpRows {
    let mut builder = ProfileBuilder::folded(stacks).expect("stacks are well-formed");
    builder.header().time_nanos = day * DAY;
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("a default");
    let heap = Heap::new(Selection::new(profile, sample_type, &Default::default()));
    let hash = ContentHash::of(format!("{name} {stacks} {day}").as_bytes());
    DumpRows::of(&heap, hash, name, Catalog::builtin(), &Keys::default())
}

/// All files below a folder, by their paths.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => {
                let content = fs::read(&path).expect("a file");
                found.insert(path, content);
            }
        }
    }
    found
}

/// The rows of a dataset as text, with the folder of each below it.
fn dataset(out: &Path, name: &str) -> Vec<String> {
    let folder = out.join(name);
    let mut rows = Vec::new();
    for path in files(&folder).into_keys() {
        let below = path.strip_prefix(&folder).expect("below").parent();
        let below = below.expect("a folder").display().to_string();
        let file = fs::File::open(&path).expect("a file");
        let reader = SerializedFileReader::new(file).expect("Parquet");
        for row in reader.get_row_iter(None).expect("rows") {
            let row = row.expect("a row");
            let columns = row.get_column_iter().skip(1);
            let columns: Vec<String> = columns.map(|(_, value)| value.to_string()).collect();
            rows.push(format!("{below}: {}", columns.join(" ")));
        }
    }
    rows
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    (folder, out)
}

fn write(out: &Path, dumps: Vec<DumpRows>) -> Vec<bool> {
    let mut fleet = Fleet::open(out, "builtin").expect("a folder");
    let added = dumps.into_iter().map(|dump| fleet.add(dump));
    let added = added.collect::<Result<_, _>>().expect("room");
    fleet.finish(&[]).expect("room");
    added
}

#[test]
fn a_dump_is_one_snapshot_and_all_its_functions_cells_and_findings() {
    let (_folder, out) = scratch();
    write(&out, vec![rows("nodes/n7/heap.pb.gz", INFORMER, 1)]);
    let at = "program=__HIVE_DEFAULT_PARTITION__/day=1970-01-02:";
    let snapshots = dataset(&out, "snapshots");
    assert_eq!(snapshots.len(), 1);
    let start = format!("{at} \"nodes/n7/heap.pb.gz\" null \"n7\" null null \"client\" ");
    assert!(snapshots[0].starts_with(&start), "{}", snapshots[0]);
    let functions = [
        format!("{at} \"k8s.io/api/core/v1.(*Secret).Unmarshal\" 2147483648 2147483648 null"),
        format!("{at} \"k8s.io/client-go/tools/cache.(*Reflector).list.func\" 0 2147483648 null"),
    ];
    assert_eq!(dataset(&out, "functions"), functions);
    let cell = format!("{at} \"informer-list\" \"internal\" \"Secret\" 2147483648 null");
    assert_eq!(dataset(&out, "cells"), [cell]);
    let finding = format!(
        "{at} \"informer-full-object-cache\" \"critical\" \"high\" 2147483648 1.0 [\"Secret\"] false"
    );
    assert_eq!(dataset(&out, "findings"), [finding]);
}

#[test]
fn lists_may_be_empty_and_values_null() {
    let (_folder, out) = scratch();
    write(&out, vec![rows("a", ANSWERS, 0), rows("b", INFORMER, 0)]);
    let at = "program=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__:";
    let findings = dataset(&out, "findings");
    let of_kind = |kinds: &str| findings.iter().filter(|row| row.contains(kinds)).count();
    assert_eq!(
        (of_kind(" [] "), of_kind(" [\"Secret\"] ")),
        (1, 1),
        "{findings:?}"
    );
    assert!(findings.iter().all(|row| row.starts_with(at)));
}

#[test]
fn the_same_dumps_in_the_same_order_give_the_same_bytes() {
    let dumps = || {
        vec![
            rows("a", INFORMER, 1),
            rows("b", INFORMER, 2),
            rows("c", "main 7", 2),
        ]
    };
    let (_one, first) = scratch();
    let (_two, second) = scratch();
    write(&first, dumps());
    write(&second, dumps());
    let contents = |out: &Path| -> Vec<_> {
        let files = files(out).into_iter();
        files
            .map(|(path, bytes)| (path.strip_prefix(out).expect("below").to_owned(), bytes))
            .collect()
    };
    assert_eq!(contents(&first), contents(&second));
    let days = dataset(&first, "snapshots");
    assert_eq!(
        days.iter()
            .filter(|row| row.contains("day=1970-01-03"))
            .count(),
        2
    );
}

#[test]
fn a_dump_that_is_there_is_not_added_again() {
    let (_folder, out) = scratch();
    let (a, b) = (|| rows("a", INFORMER, 1), || rows("b", INFORMER, 1));
    assert_eq!(write(&out, vec![a(), a()]), [true, false]);
    let before = files(&out);
    assert_eq!(write(&out, vec![a()]), [false]);
    assert_eq!(files(&out), before);
    assert_eq!(write(&out, vec![a(), b()]), [false, true]);
    assert_eq!(dataset(&out, "snapshots").len(), 2);
}

#[test]
fn what_an_interrupted_export_left_is_deleted_and_written_again() {
    let (_folder, out) = scratch();
    write(&out, vec![rows("a", INFORMER, 1)]);
    let complete = files(&out);
    // As if it ended between the functions and the snapshots.
    let snapshots = files(&out.join("snapshots"));
    let (snapshot, _) = snapshots.first_key_value().expect("a part");
    fs::remove_file(snapshot).expect("it is there");
    let unfinished = out.join("_unfinished");
    fs::create_dir(&unfinished).expect("a new folder");
    fs::write(unfinished.join("cells-part-0.parquet"), "PAR1").expect("room");
    let fleet = Fleet::open(&out, "builtin").expect("a folder");
    drop(fleet);
    assert_eq!(files(&out), BTreeMap::new());
    assert_eq!(write(&out, vec![rows("a", INFORMER, 1)]), [true]);
    assert_eq!(files(&out), complete);
}

#[test]
fn dumps_that_cannot_be_read_are_listed_until_they_can() {
    let (_folder, out) = scratch();
    let mut fleet = Fleet::open(&out, "builtin").expect("a folder");
    fleet.add(rows("a", INFORMER, 1)).expect("room");
    fleet.finish(&["b.pb.gz: cut".to_owned()]).expect("room");
    let listing = out.join(LISTING);
    assert_eq!(
        fs::read_to_string(&listing).expect("it is there"),
        "b.pb.gz: cut\n"
    );
    write(&out, vec![]);
    assert!(!listing.exists());
}

/// The error of opening a folder, without its path.
#[track_caller]
fn check_refused(out: &Path, rules: &str, expected: &str) {
    let error: FleetError = Fleet::open(out, rules).expect_err("it is refused");
    let error = error.to_string().replace(&out.display().to_string(), "OUT");
    let (start, end) = expected.split_once('…').unwrap_or((expected, ""));
    assert!(error.starts_with(start) && error.ends_with(end), "{error}");
}

#[test]
fn nothing_is_added_to_what_is_no_folder_of_datasets() {
    let (folder, out) = scratch();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("room");
    check_refused(
        &file,
        "builtin",
        "cannot write to OUT: it is a file; name a folder",
    );
    fs::create_dir(&out).expect("a new folder");
    fs::write(out.join(".DS_Store"), "").expect("room");
    Fleet::open(&out, "builtin").expect("hidden files are nobody's");
    fs::write(out.join("notes.txt"), "").expect("room");
    let expected =
        "cannot write to OUT: it has notes.txt, which kheap did not write; name a new folder";
    check_refused(&out, "builtin", expected);
}

#[test]
fn nothing_is_added_where_an_engine_joined_parts() {
    for name in ["part-00000-7c2e.c000.snappy.parquet", "data_0.parquet"] {
        for dataset in ["functions", "snapshots"] {
            let (_folder, out) = scratch();
            write(&out, vec![rows("a", INFORMER, 1)]);
            let parts = files(&out.join(dataset));
            let (part, _) = parts.first_key_value().expect("a part");
            let joined = part.with_file_name(name);
            fs::copy(part, &joined).expect("room");
            let expected = format!(
                "cannot write to OUT: it has {dataset}/…/{name}, which kheap did not write; name \
                 a new folder"
            );
            check_refused(&out, "builtin", &expected);
            assert!(joined.exists() && part.exists());
        }
    }
}

#[test]
fn dumps_without_findings_have_a_part_of_each_dataset() {
    let (_folder, out) = scratch();
    write(&out, vec![rows("a", "main 7", 1)]);
    assert_eq!(files(&out.join("findings")).len(), 1);
    assert_eq!(dataset(&out, "findings"), [""; 0]);
    assert_eq!(write(&out, vec![rows("a", "main 7", 1)]), [false]);
}

#[test]
fn a_part_that_is_gone_is_named() {
    for dataset in ["functions", "cells", "findings"] {
        let (_folder, out) = scratch();
        write(&out, vec![rows("a", INFORMER, 1)]);
        let parts = files(&out.join(dataset));
        let (part, _) = parts.first_key_value().expect("a part");
        fs::remove_file(part).expect("it is there");
        let expected = format!(
            "cannot add to OUT/{dataset}/…; delete {}, and its dumps are exported again",
            part.display().to_string().replace(dataset, "snapshots")
        );
        let expected = expected.replace(&out.display().to_string(), "OUT");
        check_refused(&out, "builtin", &expected);
    }
}

#[test]
fn nothing_is_added_to_datasets_of_other_rules_or_to_damaged_ones() {
    let (_folder, out) = scratch();
    write(&out, vec![rows("a", INFORMER, 1)]);
    let expected =
        "cannot add to OUT/snapshots/…: it was written with other rules; name a new folder";
    check_refused(&out, "others", expected);
    let snapshots = files(&out.join("snapshots"));
    let (snapshot, content) = snapshots.first_key_value().expect("a part");
    fs::write(snapshot, &content[..content.len() - 5]).expect("room");
    let expected = "cannot read OUT/snapshots/…; delete it, and its dumps are exported again";
    check_refused(&out, "builtin", expected);
}

#[test]
fn a_folder_of_another_version_is_named_as_such_whatever_its_columns_are() {
    let (_folder, out) = scratch();
    let part = out.join("snapshots/program=a/day=1970-01-02/part-0000000000000001.parquet");
    fs::create_dir_all(part.parent().expect("a folder")).expect("room");
    let schema = parse_message_type("message schema { required int64 number; }");
    let schema = Arc::new(schema.expect("a schema"));
    let file = fs::File::create(&part).expect("room");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).expect("room");
    let mut group = writer.next_row_group().expect("room");
    let mut column = group.next_column().expect("room").expect("a column");
    let values = column.typed::<Int64Type>();
    values.write_batch(&[1], None, None).expect("room");
    column.close().expect("room");
    group.close().expect("room");
    writer.close().expect("room");
    let expected =
        "cannot add to OUT/snapshots/…: another version of kheap wrote it; name a new folder";
    check_refused(&out, "builtin", expected);
}

#[test]
fn parts_of_heaps_and_differences_are_marked() {
    let (_folder, out) = scratch();
    let dump = |name: &str, profile: Profile| {
        let sample_type = profile.sample_type("").expect("a default");
        let heap = Heap::new(Selection::new(profile, sample_type, &Default::default()));
        let hash = ContentHash::of(name.as_bytes());
        DumpRows::of(&heap, hash, name, Catalog::builtin(), &Keys::default())
    };
    let text = |bytes: &str| kheap::decode(bytes.as_bytes()).expect("a text");
    let whole = text("heap profile: 1: 64 [1: 64] @ heap/524288\n1: 64 [1: 64] @ 0x1\n");
    let part = text("heap profile: 2: 4096 [2: 4096] @ heap/524288\n1: 64 [1: 64] @ 0x1\n");
    let change = ProfileBuilder::folded("main.load 64\nmain.drop -64");
    let change = change.expect("two stacks").finish();
    write(
        &out,
        vec![
            dump("whole", whole),
            dump("part", part),
            dump("change", change),
        ],
    );
    let snapshots = dataset(&out, "snapshots");
    for (name, marks) in [
        ("whole", " null false false "),
        ("part", " null true false "),
        ("change", " null false true "),
    ] {
        let row = { snapshots.iter() }.find(|row| row.contains(&format!("\"{name}\"")));
        let row = row.expect("a snapshot");
        assert!(row.contains(marks), "{row}");
    }
}
