//! Archives in the place of folders, and files that are compressed in any way.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use common::{kheap, project};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const BUNDLE: &str = "testdata/bundles/03-events-list-storm";

fn content(file: &str) -> Vec<u8> {
    fs::read(project().join(file)).expect("a file of the repository")
}

/// An archive that is built file by file.
struct Archive(Builder<GzEncoder<Vec<u8>>>);

impl Archive {
    fn new() -> Self {
        Self(Builder::new(GzEncoder::new(
            Vec::new(),
            Compression::fast(),
        )))
    }

    fn file(&mut self, name: &str, content: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let added = self.0.append_data(&mut header, name, content);
        added.expect("memory takes it");
    }

    fn link(&mut self, name: &str, target: &str) {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        let added = self.0.append_link(&mut header, name, target);
        added.expect("memory takes it");
    }

    /// Writes it into a folder of its own.
    fn write(self, name: &str) -> (TempDir, String) {
        let gzip = self.0.into_inner().expect("memory takes it");
        let bytes = gzip.finish().expect("memory takes it");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("it can be written");
        let path = path.to_str().expect("a plain path").to_owned();
        (folder, path)
    }
}

/// What a support bundle has besides dumps: 300 files.
fn must_gather() -> (TempDir, String) {
    let mut archive = Archive::new();
    for dump in ["00", "05", "10"] {
        let name = format!("host/profiles/{dump}/heap.pb.gz");
        archive.file(&name, &content(&format!("{SERIES}/{dump}.pb.gz")));
    }
    let log = b"2026-11-21T19:40:04Z I1121 19:40:04.123456 1 controller.go:7] reconcile\n";
    for at in 0..40 {
        let name = format!("host/namespaces/ns-{at}/pods/p/current.log");
        archive.file(&name, &log.repeat(2000));
    }
    for at in 0..254 {
        let name = format!("host/namespaces/ns-{at}/core/pods.yaml");
        archive.file(&name, b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n");
    }
    archive.file("host/picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    archive.link("host/current", "/etc/passwd");
    archive.file("host/inner.zip", b"PK\x03\x04");
    archive.write("must-gather.tar.gz")
}

#[test]
fn a_support_bundle_is_diagnosed_in_one_command() {
    let (_folder, archive) = must_gather();
    let run = kheap(&["diagnose", &archive]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let growth = "The heap grows: +47.70MB in 9.7s, 40MB of it ConfigMap in watch cache";
    assert!(run.stdout.contains(growth), "{}", run.stdout);
    let left_out = "255 files left out, because they are not profiles: ";
    assert!(run.stderr.contains(left_out), "{}", run.stderr);
    let never = format!(
        "2 left out, never opened: {archive}/host/current (it is a link), \
         {archive}/host/inner.zip (it is an archive in an archive)"
    );
    assert!(run.stderr.contains(&never), "{}", run.stderr);
    let series = kheap(&["series", &archive]);
    assert_eq!(series.code, Some(0), "{}", series.stderr);
    let last = format!("{archive}/host/profiles/10/heap.pb.gz");
    assert!(series.stdout.contains(&last), "{}", series.stdout);
}

#[test]
fn nothing_is_written_beside_an_archive() {
    let (folder, archive) = must_gather();
    kheap(&["diagnose", &archive]);
    let files = fs::read_dir(folder.path()).expect("a folder");
    assert_eq!(files.count(), 1);
}

#[test]
fn an_archive_gives_what_its_folder_gives() {
    let mut archive = Archive::new();
    for entry in fs::read_dir(project().join(BUNDLE)).expect("a bundle") {
        let name = entry.expect("it can be listed").file_name();
        let name = name.to_str().expect("a plain name");
        archive.file(name, &content(&format!("{BUNDLE}/{name}")));
    }
    let (_folder, path) = archive.write("bundle.tgz");
    let of_folder = kheap(&["diagnose", BUNDLE]);
    let of_archive = kheap(&["diagnose", &path]);
    let named = |text: &str, name: &str| {
        let words = text.replace(name, "NAME");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        named(&of_archive.stdout, &path),
        named(&of_folder.stdout, BUNDLE)
    );
    let report = kheap(&["report", "--format", "markdown", &path]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
}

#[test]
fn folded_stacks_in_an_archive_are_left_out_unless_they_are_named() {
    const FOLDED: &[u8] = b"main.main;main.load 314572800\nmain.main;main.save 1048576\n";
    let mut archive = Archive::new();
    archive.file("heap.pb.gz", &content(&format!("{SERIES}/10.pb.gz")));
    archive.file("heap.folded", FOLDED);
    let (_folder, path) = archive.write("bundle.tgz");
    let note = format!("1 file left out, because it has folded stacks: {path}/heap.folded\n");
    let run = kheap(&["diagnose", &path]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains(&note), "{}", run.stderr);
    let named = kheap(&["diagnose", &format!("{path}/heap.folded")]);
    assert_eq!(named.code, Some(0), "{}", named.stderr);
    assert!(named.stdout.contains("main.load"), "{}", named.stdout);
    let mut alone = Archive::new();
    alone.file("heap.folded", FOLDED);
    let (_folder, path) = alone.write("stacks.tgz");
    let run = kheap(&["diagnose", &path]);
    let expected = format!(
        "error: no dump among these files; {path}/heap.folded has folded stacks: to diagnose it, \
         run `kheap diagnose {path}/heap.folded`\n"
    );
    assert_eq!((run.code, run.stderr), (Some(2), expected));
}

#[test]
fn a_file_of_an_archive_has_a_name() {
    let (_folder, archive) = must_gather();
    let dump = format!("{archive}/host/profiles/10/heap.pb.gz");
    let top = kheap(&["top", "--count", "3", &dump]);
    let plain = kheap(&["top", "--count", "3", &format!("{SERIES}/10.pb.gz")]);
    assert_eq!((top.stdout, top.stderr), (plain.stdout, plain.stderr));
    let before = format!("{archive}/host/profiles/00/heap.pb.gz");
    assert_eq!(kheap(&["compare", &before, &dump]).code, Some(0));
    let missing = kheap(&["top", &format!("{archive}/host/none.pb.gz")]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing
            .stderr
            .contains("the archive has no dump, metrics or log of that name"),
        "{}",
        missing.stderr
    );
    let whole = kheap(&["top", &archive]);
    let advice = format!(
        "error: {archive} is an archive; run `kheap diagnose {archive}`, or name a dump in it, such \
         as {archive}/host/profiles/00/heap.pb.gz\n"
    );
    assert_eq!((whole.code, whole.stderr), (Some(2), advice));
}

#[test]
fn an_archive_of_which_all_is_left_out_says_why() {
    let mut archive = Archive::new();
    archive.link("current", "/etc/passwd");
    archive.link("heap.pb.gz", "/etc/shadow");
    let (_folder, path) = archive.write("links.tar.gz");
    let run = kheap(&["diagnose", &path]);
    let expected = format!(
        "error: no dump in {path}: 2 files are left out, such as {path}/current (it is a link); \
         name a folder or an archive that has one\n"
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), &*expected));
}

#[test]
fn an_archive_in_an_archive_is_named_whatever_is_asked_of_it() {
    let mut archive = Archive::new();
    archive.file("inner.zip", b"PK\x03\x04");
    let (_folder, path) = archive.write("outer.tar.gz");
    let none = format!(
        "error: no dump in {path}: {path}/inner.zip (it is an archive in an archive) is left out; \
         name a folder or an archive that has one\n"
    );
    let inner = format!(
        "error: cannot read {path}/inner.zip: it is an archive in an archive; unpack {path}, and \
         name inner.zip\n"
    );
    let copies = format!("{path}.copies");
    for (words, expected) in [
        (&["top", &path][..], &none),
        (&["info", &path], &none),
        (&["diagnose", &path], &none),
        (&["redact", "-o", &copies, &path], &none),
        (&["top", &format!("{path}/inner.zip")], &inner),
        (
            &["diagnose", &format!("{path}/inner.zip/heap.pb.gz")],
            &inner,
        ),
    ] {
        let run = kheap(words);
        assert_eq!((run.code, &run.stderr), (Some(2), expected), "{words:?}");
    }
}

#[test]
fn the_dump_that_is_named_of_an_archive_is_a_heap() {
    let mut archive = Archive::new();
    archive.file(
        "a/goroutine.pb.gz",
        &content(&format!("{BUNDLE}/goroutine.pb.gz")),
    );
    archive.file("b/heap.pb.gz", &content(&format!("{BUNDLE}/heap.pb.gz")));
    let (_folder, path) = archive.write("must-gather.tar.gz");
    let run = kheap(&["top", &path]);
    assert_eq!(run.code, Some(2));
    let advice = format!("such as {path}/b/heap.pb.gz\n");
    assert!(run.stderr.ends_with(&advice), "{}", run.stderr);
}

#[test]
fn a_damaged_or_endless_archive_is_one_line() {
    let check = |path: &Path, args: &[&str], expected: &str| {
        let path = path.to_str().expect("a plain path");
        let run = kheap(&[&["diagnose", path], args].concat());
        assert_eq!(run.code, Some(2), "{}", run.stdout);
        assert_eq!(
            run.stderr,
            format!("error: cannot read {path}: {expected}\n")
        );
        assert_eq!(run.stdout, "");
    };
    let (folder, archive) = must_gather();
    let bytes = fs::read(&archive).expect("it is there");
    let cut = folder.path().join("cut.tar.gz");
    fs::write(&cut, &bytes[..bytes.len() / 2]).expect("it can be written");
    let run = kheap(&["diagnose", cut.to_str().expect("a plain path")]);
    let warning = "cut.tar.gz behind where it is cut (fetch the archive again)";
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stderr.matches(warning).count(), 1, "{}", run.stderr);
    fs::write(&cut, &bytes[..600]).expect("it can be written");
    let run = kheap(&["diagnose", cut.to_str().expect("a plain path")]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.ends_with("; fetch the archive again\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr.lines().count(), 1);
    let mut bomb = Archive::new();
    for at in 0..20 {
        bomb.file(&format!("{at}"), &vec![0; 900_000]);
    }
    let (_folder, bomb) = bomb.write("bomb.tar.gz");
    check(
        Path::new(&bomb),
        &["--max-inflated-size", "1MB"],
        "its files have more than 8388608 bytes together; raise --max-inflated-size: an archive may \
         have eight times as much",
    );
}

/// A dump without its gzip, and that in gzip once more.
#[test]
fn a_profile_may_be_compressed_in_any_way() {
    let gzip = content("testdata/dumps/v1.34/idle.pb.gz");
    let folder = tempfile::tempdir().expect("a folder");
    let expected = kheap(&["top", "testdata/dumps/v1.34/idle.pb.gz"]).stdout;
    let mut twice = GzEncoder::new(Vec::new(), Compression::fast());
    twice.write_all(&gzip).expect("memory takes it");
    let twice = twice.finish().expect("memory takes it");
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&gzip).expect("memory takes it");
    let lz4 = lz4.finish().expect("memory takes it");
    for (name, bytes) in [("heap.pb.gz.gz", &twice), ("heap.pb.lz4", &lz4)] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("it can be written");
        let path = path.to_str().expect("a plain path");
        let run = kheap(&["top", path]);
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            (&*expected, ""),
            "{name}"
        );
        assert_eq!(kheap(&["diagnose", path]).code, Some(0), "{name}");
    }
}

/// One frame of LZ4.
fn lz4(bytes: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
    let mut lz4 = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    lz4.write_all(bytes).expect("memory takes it");
    lz4.finish().expect("memory takes it")
}

/// One frame of Zstandard that is not compressed, with a checksum of zero.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).expect("a small file");
    let block = (1 | size << 3).to_le_bytes();
    let head = [&b"\x28\xb5\x2f\xfd\xa4"[..], &size.to_le_bytes()].concat();
    [&head[..], &block[..3], bytes, &[0; 4]].concat()
}

#[test]
fn all_frames_of_a_file_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let frames = |bytes: &[u8]| {
        let (begin, end) = bytes.split_at(bytes.len() / 2);
        [lz4(begin), lz4(end)].concat()
    };
    let mut dump = Vec::new();
    let gzip = content("testdata/dumps/v1.34/idle.pb.gz");
    MultiGzDecoder::new(&gzip[..])
        .read_to_end(&mut dump)
        .expect("a dump of the repository");
    fs::write(place("heap.lz4"), frames(&dump)).expect("it can be written");
    let expected = kheap(&["top", "testdata/dumps/v1.34/idle.pb.gz"]).stdout;
    let run = kheap(&["top", &place("heap.lz4")]);
    assert_eq!((run.stdout, run.stderr), (expected, String::new()));

    let bundle = "testdata/bundles/01-one-bad-of-three";
    let heap = format!("{bundle}/heap.pb.gz");
    let log = format!("{bundle}/audit.log.gz");
    let mut text = Vec::new();
    MultiGzDecoder::new(&content(&log)[..])
        .read_to_end(&mut text)
        .expect("a log of the repository");
    let frames_of_log = place("audit.log.lz4");
    fs::write(&frames_of_log, frames(&text)).expect("it can be written");
    let expected = kheap(&["diagnose", &heap, "--with", &log]).stdout;
    let run = kheap(&["diagnose", &heap, "--with", &frames_of_log]);
    let words = |text: &str| {
        let text = text.replace(&frames_of_log, &log);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words(&run.stdout), words(&expected));
    let run = kheap(&["redact", &frames_of_log, "-o", &place("copy")]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains("is cut"), "{}", run.stderr);
    let copy = fs::read(place("copy/audit.log.gz")).expect("it is copied");
    let mut copied = Vec::new();
    MultiGzDecoder::new(&copy[..])
        .read_to_end(&mut copied)
        .expect("a text");
    let lines = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count();
    assert_eq!(lines(&copied), lines(&text));
}

#[test]
fn damage_is_named_by_its_compression() {
    let gzip = content("testdata/dumps/v1.34/idle.pb.gz");
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = lz4(&gzip);
    *wrong.last_mut().expect("a frame") ^= 1;
    let half = lz4(&gzip)[..gzip.len() / 2].to_vec();
    let junk = [lz4(&gzip), b"JUNK".to_vec()].concat();
    let zstd = zstd(&gzip);
    for (bytes, expected) in [
        (half, "truncated LZ4 data"),
        (wrong, "damaged LZ4 data (its checksum does not match)"),
        (
            junk,
            "damaged LZ4 data (something else follows its last frame)",
        ),
        (zstd[..zstd.len() / 2].to_vec(), "truncated zstd data"),
        (zstd, "damaged zstd data (its checksum does not match)"),
    ] {
        let path = folder.path().join("heap.packed");
        fs::write(&path, bytes).expect("it can be written");
        let path = path.to_str().expect("a plain path");
        let end = format!(": {expected}; fetch the file again\n");
        for words in [["top", path], ["diagnose", path], ["traces", path]] {
            let run = kheap(&words);
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
            assert!(run.stderr.ends_with(&end), "{}", run.stderr);
            assert!(run.stderr.starts_with("error: cannot decode "));
            assert!(!run.stderr.contains("gzip"), "{}", run.stderr);
        }
    }
}

#[test]
fn an_archive_whose_compression_is_damaged_at_its_end_is_named() {
    let (folder, archive) = must_gather();
    let mut bytes = fs::read(&archive).expect("it is there");
    let path = folder.path().join("damaged.tar.gz");
    fs::write(&path, &bytes[..bytes.len() - 8]).expect("it can be written");
    let cut = kheap(&["diagnose", path.to_str().expect("a plain path")]);
    assert_eq!(cut.code, Some(0), "{}", cut.stderr);
    assert!(
        cut.stderr.contains("behind where it is cut"),
        "{}",
        cut.stderr
    );
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).expect("it can be written");
    let damaged = kheap(&["diagnose", path.to_str().expect("a plain path")]);
    let end = "corrupt gzip stream does not have a matching checksum; fetch the archive again\n";
    assert_eq!((damaged.code, damaged.stdout.as_str()), (Some(2), ""));
    assert!(damaged.stderr.ends_with(end), "{}", damaged.stderr);
}

/// Small files, as a bundle of many scrapes has them.
fn many_files(count: usize, repeats: usize) -> (TempDir, String) {
    let metrics = "# TYPE go_goroutines gauge\ngo_goroutines 5\nprocess_start_time_seconds 1.7e9\n";
    let metrics = metrics.repeat(repeats);
    let mut archive = Archive::new();
    archive.file("d/heap.pb.gz", &content(&format!("{BUNDLE}/heap.pb.gz")));
    for at in 0..count {
        archive.file(&format!("d/m{at}.txt"), metrics.as_bytes());
    }
    archive.write("many.tar.gz")
}

/// What compresses and inflates one file leaves no hole between two that are kept.
#[cfg(unix)]
#[test]
fn many_small_files_of_an_archive_take_what_their_size_justifies() {
    // 1.5 kB of the archive each, and 4.
    for (count, repeats) in [(2_000, 10), (800, 40)] {
        let (folder, archive) = many_files(count, repeats);
        let copy = folder.path().join("copy");
        for words in [
            format!("diagnose {archive}"),
            format!("report {archive}"),
            format!("redact {archive} -o {}", copy.display()),
        ] {
            let mut shell = std::process::Command::new("sh");
            let line = format!(
                "ulimit -v 300000 && exec {} {words}",
                env!("CARGO_BIN_EXE_kheap")
            );
            let run = shell
                .args(["-c", &line])
                .output()
                .expect("there is a shell");
            let stderr = String::from_utf8_lossy(&run.stderr);
            assert_eq!(run.status.code(), Some(0), "{words}: {stderr}");
        }
    }
}

#[test]
fn what_is_said_of_many_files_is_short() {
    let (_folder, archive) = many_files(200, 1);
    for format in ["text", "markdown"] {
        let run = kheap(&["diagnose", &archive, "--format", format]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let files: Vec<&str> = run
            .stdout
            .lines()
            .filter(|line| line.contains("/m1"))
            .collect();
        assert!(files.len() < 4, "{files:#?}");
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(" and 197 more: "), "{}", run.stdout);
    }
    let page = kheap(&["report", &archive]).stdout;
    assert!(page.contains(" and 197 more: "), "{page}");
}
