//! The library behind `kheap.html` answers what the program answers: the same reports, byte
//! for byte, the same pictures and copies, and the same refusals.

mod common;

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use common::{assert_same, command, project};
use kheap_web::{File, Open, answer};
use serde_json::{Value, json};

/// Files as the page has them: some bytes.
struct Memory {
    files: Vec<Arc<[u8]>>,
    /// How many bytes were read of all of them.
    read: Arc<AtomicUsize>,
    /// How often somebody read behind the end of one.
    ends: Arc<AtomicUsize>,
}

impl Memory {
    fn of(folder: &Path, names: &[String]) -> Self {
        let files = names.iter().map(|name| fs::read(folder.join(name)));
        let files = files.map(|file| file.map(Arc::from));
        Self {
            files: files.collect::<Result<_, _>>().expect("they can be read"),
            read: Arc::default(),
            ends: Arc::default(),
        }
    }
}

impl Open for Memory {
    fn open(&self, at: usize, _: u64) -> Box<dyn File> {
        Box::new(Watched {
            file: Cursor::new(Arc::clone(&self.files[at])),
            read: Arc::clone(&self.read),
            ends: Arc::clone(&self.ends),
        })
    }
}

/// A file that counts what is read of it.
struct Watched {
    file: Cursor<Arc<[u8]>>,
    read: Arc<AtomicUsize>,
    ends: Arc<AtomicUsize>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read.fetch_add(length, Relaxed);
        self.ends.fetch_add(usize::from(length == 0), Relaxed);
        Ok(length)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// What the page is answered about files of a folder: words, and a file.
fn ask(question: Value, folder: &Path, names: &[String]) -> (Value, Vec<u8>) {
    ask_about(question, names, &Memory::of(folder, names))
}

fn ask_about(mut question: Value, names: &[String], memory: &Memory) -> (Value, Vec<u8>) {
    let named = names.iter().zip(&memory.files);
    let named = named.map(|(name, bytes)| json!({"name": name, "size": bytes.len()}));
    question["files"] = named.collect();
    let answer = answer(question.to_string().as_bytes(), memory);
    let (length, rest) = answer.split_at(4);
    let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
    let words = serde_json::from_slice(&rest[..length]).expect("it is JSON");
    (words, rest[length..].to_vec())
}

/// How the program ends in a folder, and what it prints to standard error.
fn run_in(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = command(args).current_dir(folder).output();
    let output = output.expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), stderr)
}

/// The files of a folder and of all below it, as the page names them; a file by its own name.
fn below(folder: &Path, name: &str) -> Vec<String> {
    if !folder.join(name).is_dir() {
        return vec![name.to_owned()];
    }
    let entries = fs::read_dir(folder.join(name)).expect("it can be read");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let mut found: Vec<String> = names
        .flat_map(|one| below(folder, &format!("{name}/{}", one.to_string_lossy())))
        .collect();
    found.sort();
    found
}

fn files(folder: &Path, given: &[&str]) -> Vec<String> {
    given.iter().flat_map(|name| below(folder, name)).collect()
}

/// A report without what differs by who made it: the command, and the number that its
/// scripts need to run.
fn neutral(html: &str) -> String {
    let nonce = html.split("'nonce-").nth(1);
    let nonce = nonce.and_then(|rest| rest.split('\'').next());
    let html = html.replace(nonce.expect("it has a number"), "NONCE");
    let lines = html.lines().filter(|line| !line.starts_with("<p>kheap "));
    lines.collect::<Vec<_>>().join("\n")
}

/// Holds the report of the page against that of the program, and the notes of both.
#[track_caller]
fn check(folder: &str, given: &[&str]) {
    check_as(folder, given, given);
}

/// The same, where the program has other arguments.
#[track_caller]
fn check_as(folder: &str, given: &[&str], args: &[&str]) {
    let folder = project().join(folder);
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("report.html");
    let path = path.to_str().expect("it is a text");
    let (code, stderr) = run_in(&folder, &[&["report"], args, &["-o", path]].concat());
    assert_eq!(code, Some(0), "{given:?}: {stderr}");
    let (words, html) = ask(json!({"task": "report"}), &folder, &files(&folder, given));
    assert_eq!(words["error"], Value::Null, "{given:?}");
    let html = String::from_utf8(html).expect("it is a text");
    let expected = fs::read_to_string(path).expect("it can be read");
    assert_same(&given.join(" "), &neutral(&expected), &neutral(&html), "");
    let marks = ["warning: ", "note: "];
    let printed = stderr
        .lines()
        .filter_map(|line| marks.iter().find_map(|mark| line.strip_prefix(mark)));
    let notes = words["notes"].as_array().expect("a list").iter();
    let notes: Vec<&str> = notes.filter_map(Value::as_str).collect();
    assert_eq!(notes, printed.collect::<Vec<_>>(), "{given:?}");
}

/// The files of a folder of the project, without those below it.
fn names_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(project().join(folder)).expect("it is a folder");
    let entries = entries.map(|entry| entry.expect("it can be read"));
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn each_dump_has_the_report_of_the_program() {
    let mut count = 0;
    for folder in ["v1.20", "v1.34", "v1.36", "other"] {
        let folder = format!("testdata/dumps/{folder}");
        for dump in names_in(&folder) {
            check(&folder, &[&dump]);
            count += 1;
        }
    }
    assert!(count > 30, "{count} dumps");
}

#[test]
fn several_files_have_the_report_of_the_program() {
    let dumps = "testdata/dumps/v1.20";
    check(dumps, &["idle.pb.gz", "configmaps-300.pb.gz"]);
    check(dumps, &["configmaps-300.pb.gz", "idle.pb.gz"]);
    check(dumps, &["series-configmaps"]);
    for bundle in ["01-one-bad-of-three", "05b-watchlist-wave-600"] {
        check("testdata/bundles", &[bundle]);
    }
}

#[test]
fn files_beside_a_dump_need_no_folder() {
    for bundle in ["01-one-bad-of-three", "05b-watchlist-wave-600"] {
        let bundle = format!("testdata/bundles/{bundle}");
        let names = names_in(&bundle);
        let given: Vec<&str> = names.iter().map(String::as_str).collect();
        let beside = given.iter().filter(|name| **name != "heap.pb.gz");
        let with = beside.flat_map(|name| ["--with", name]);
        let args: Vec<&str> = ["heap.pb.gz"].into_iter().chain(with).collect();
        check_as(&bundle, &given, &args);
    }
}

#[test]
fn files_beside_two_dumps_need_no_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    for (from, name) in [
        ("dumps/v1.20/series-configmaps/00.pb.gz", "00.pb.gz"),
        ("dumps/v1.20/series-configmaps/10.pb.gz", "10.pb.gz"),
        ("bundles/01-one-bad-of-three/audit.log.gz", "audit.log.gz"),
    ] {
        let from = project().join("testdata").join(from);
        fs::copy(from, folder.path().join(name)).expect("it can be copied");
    }
    let folder = folder.path().to_str().expect("it is a text");
    let given = ["00.pb.gz", "10.pb.gz", "audit.log.gz"];
    // The program takes them as a folder.
    let (words, html) = ask(
        json!({"task": "report"}),
        folder.as_ref(),
        &given.map(str::to_owned),
    );
    assert_eq!(words["error"], Value::Null);
    let html = String::from_utf8(html).expect("it is a text");
    let (code, stderr) = run_in(folder.as_ref(), &["report", ".", "-o", "report.html"]);
    assert_eq!(code, Some(0), "{stderr}");
    let expected = fs::read_to_string(Path::new(folder).join("report.html"));
    let expected = expected.expect("it can be read");
    assert_eq!(signatures(&html), signatures(&expected));
    for name in given {
        assert!(html.contains(name), "{name}");
    }
}

/// The page keeps small files whole, and so reads each byte once, of whatever kind a file is.
#[test]
fn a_small_file_is_read_once() {
    let folder = project().join("testdata");
    let bundle = "bundles/01-one-bad-of-three";
    let others = ["incidents", "dumps/v1.20/series-configmaps"];
    let given = [&[bundle][..], &others].concat();
    let mut names = files(&folder, &given);
    names.retain(|name| fs::metadata(folder.join(name)).is_ok_and(|file| file.len() < 200_000));
    assert!(names.len() > 25, "{} files", names.len());
    check_reads(&folder, &names, None);
    // The same one by one, as somebody chooses them.
    let bundle = folder.join(bundle);
    let loose = files(&bundle, &["heap.pb.gz", "audit.log.gz", "goroutine.pb.gz"]);
    check_reads(&bundle, &loose, None);
    check_reads(&bundle, &loose[..1], None);
    let refused = [String::from("errors.txt")];
    let error = Some("errors.txt: this is text");
    check_reads(&folder.join("malformed"), &refused, error);
}

#[track_caller]
fn check_reads(folder: &Path, names: &[String], error: Option<&str>) {
    let memory = Memory::of(folder, names);
    let (words, _) = ask_about(json!({"task": "report"}), names, &memory);
    let refusal = words["error"].as_str();
    assert_eq!(refusal.is_some(), error.is_some(), "{refusal:?}");
    let (said, begins) = (refusal.unwrap_or_default(), error.unwrap_or_default());
    assert!(said.starts_with(begins), "{said}");
    let bytes: usize = memory.files.iter().map(|file| file.len()).sum();
    assert_eq!(memory.read.load(Relaxed), bytes, "{names:?}");
    assert_eq!(memory.ends.load(Relaxed), 0, "{names:?}");
}

/// Makes an archive of a folder, as `tar -cz` does.
fn archive(folder: &Path, name: &str, to: &Path) {
    let file = fs::File::create(to).expect("it can be made");
    let gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    tar.append_dir_all(name, folder).expect("it can be read");
    let gzip = tar.into_inner().expect("it is whole");
    gzip.finish().expect("it is whole");
}

#[test]
fn an_archive_has_the_report_of_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = project().join("testdata/bundles/01-one-bad-of-three");
    archive(&bundle, "bundle", &folder.path().join("bundle.tar.gz"));
    let folder = folder.path().to_str().expect("it is a text");
    check(folder, &["bundle.tar.gz"]);
}

#[test]
fn what_cannot_be_read_is_refused_in_the_words_of_the_program() {
    let folder = project().join("testdata/malformed");
    let mut refused = 0;
    for name in names_in("testdata/malformed") {
        let (words, _) = ask(
            json!({"task": "report"}),
            &folder,
            std::slice::from_ref(&name),
        );
        let (mut code, mut stderr) = run_in(&folder, &["report", &name]);
        if stderr.contains("only `kheap diagnose` accepts one") {
            (code, stderr) = run_in(&folder, &["diagnose", &name]);
        }
        let error = stderr.lines().find_map(|line| line.strip_prefix("error: "));
        let is_archive = matches!(&*name, "archive.tar" | "zip-archive.zip");
        if code == Some(2) && !is_archive {
            assert_eq!(words["error"].as_str(), error, "{name}");
            refused += 1;
        }
    }
    assert!(refused > 40, "{refused} files");
}

#[test]
fn pasted_text_without_a_table_is_refused_as_a_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "pasted text";
    fs::write(folder.path().join(name), "what is this\n").expect("it can be written");
    let question = json!({"task": "report", "pasted": true});
    let (words, _) = ask(question, folder.path(), &[name.to_owned()]);
    let (code, stderr) = run_in(folder.path(), &["diagnose", name]);
    assert_eq!(code, Some(2));
    let error = words["error"]
        .as_str()
        .map(|error| format!("error: {error}\n"));
    assert_eq!(error, Some(stderr));
}

#[test]
fn a_pasted_table_has_the_findings_of_the_program() {
    let folder = project().join("testdata/incidents");
    let mut tables = 0;
    for name in names_in("testdata/incidents") {
        let Some(expected) = diagnosed(&folder, &name) else {
            continue;
        };
        let (words, html) = ask(
            json!({"task": "report"}),
            &folder,
            std::slice::from_ref(&name),
        );
        assert_eq!(words["error"], Value::Null, "{name}");
        let html = String::from_utf8(html).expect("it is a text");
        assert_eq!(signatures(&html), expected, "{name}");
        tables += 1;
    }
    assert!(tables > 8, "{tables} tables");
}

/// The ids of the findings that a report shows.
fn signatures(html: &str) -> Vec<String> {
    let shown = html.split("<p class=\"quiet\">Signature ").skip(1);
    let id = |rest: &str| rest.split([';', '.']).next().unwrap_or_default().to_owned();
    shown.map(id).collect()
}

/// The ids of the findings that the program shows; `None` for what is no dump and no table.
fn diagnosed(folder: &Path, name: &str) -> Option<Vec<String>> {
    let mut diagnose = command(&["diagnose", name, "--format", "json"]);
    let output = diagnose.current_dir(folder).output();
    let json: Value = serde_json::from_slice(&output.expect("it runs").stdout).ok()?;
    let findings = json["findings"].as_array()?.iter();
    let shown = findings.filter(|finding| finding["severity"] != "info");
    let ids = shown.map(|finding| finding["id"].as_str().unwrap_or_default());
    Some(ids.map(str::to_owned).collect())
}

#[test]
fn the_picture_and_the_copy_of_a_dump_are_those_of_the_program() {
    let folder = project().join("testdata/dumps/v1.20");
    let name = "configmap-list-cache-json.pb.gz";
    let out = tempfile::tempdir().expect("a folder");
    let path = |name: &str| out.path().join(name);
    let [svg, copies] = [path("heap.svg"), path("copies")];
    let text = |path: &PathBuf| path.to_str().expect("it is a text").to_owned();

    let (code, stderr) = run_in(&folder, &["flame", name, "-o", &text(&svg)]);
    assert_eq!((code, &*stderr), (Some(0), ""));
    let question = json!({"task": "flame", "dump": name});
    let (words, picture) = ask(question, &folder, &[name.to_owned()]);
    assert_eq!(words["name"], json!("configmap-list-cache-json.svg"));
    assert!(picture == fs::read(svg).expect("it can be read"));

    // Each copy has pseudonyms of its own; of the names that are public it has the same.
    let (code, _) = run_in(&folder, &["redact", name, "-o", &text(&copies)]);
    assert_eq!(code, Some(0));
    let question = json!({"task": "redact", "dump": name});
    let (words, copy) = ask(question, &folder, &[name.to_owned()]);
    let expected = fs::read(copies.join(name)).expect("it has the same name");
    assert_eq!(words["name"], json!(name));
    assert!(
        copy == expected,
        "{} and {} bytes",
        copy.len(),
        expected.len()
    );
}
