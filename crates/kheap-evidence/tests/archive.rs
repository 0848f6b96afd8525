//! Archives: what is read of them, what is passed over, and what they cannot do.

use std::io::{Cursor, Read, Write};

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use kheap_evidence::archive::{Archive, ArchiveError, ArchiveLimits, PassedOver, is_archive};
use tar::{Builder, EntryType, Header};

const METRICS: &[u8] = b"# TYPE go_goroutines gauge\ngo_goroutines 12\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

fn heap() -> Vec<u8> {
    let file = "../../testdata/dumps/v1.34/idle.pb.gz";
    std::fs::read(file).expect("a dump of the repository")
}

/// A file of a tar archive, with any name and type.
fn add(tar: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, content).expect("memory takes it");
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *content)
            .expect("memory takes it");
    }
    tar.into_inner().expect("memory takes it")
}

/// One file of a zip archive: its name, mode and content, and the size that is claimed.
struct Zipped<'a> {
    name: &'a str,
    mode: u32,
    content: &'a [u8],
    size: u32,
    crc: u32,
}

fn zip_of(files: &[Zipped<'_>]) -> Vec<u8> {
    let (mut zip, mut list) = (Vec::new(), Vec::new());
    for file in files {
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(file.content).expect("memory takes it");
        let deflated = deflated.finish().expect("memory takes it");
        let offset = zip.len() as u32;
        let name = file.name.as_bytes();
        let sizes = [file.crc, deflated.len() as u32, file.size]
            .map(u32::to_le_bytes)
            .concat();
        let names = (name.len() as u16).to_le_bytes();
        let common = [&b"\x14\0\0\0\x08\0\0\0\0\0"[..], &sizes, &names, b"\0\0"].concat();
        zip.extend([b"PK\x03\x04", &common[..], name, &deflated].concat());
        let mode = (file.mode << 16).to_le_bytes();
        let rest = [&[0; 6][..], &mode, &offset.to_le_bytes()].concat();
        list.extend([b"PK\x01\x02\x14\x03", &common[..], &rest, name].concat());
    }
    let count = (files.len() as u16).to_le_bytes();
    let at = [
        (list.len() as u32).to_le_bytes(),
        (zip.len() as u32).to_le_bytes(),
    ]
    .concat();
    zip.extend(list);
    zip.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &at, b"\0\0"].concat());
    zip
}

fn zipped<'a>(name: &'a str, content: &'a [u8]) -> Zipped<'a> {
    let mut crc = Crc::new();
    crc.update(content);
    Zipped {
        name,
        mode: 0o100_644,
        content,
        size: content.len() as u32,
        crc: crc.sum(),
    }
}

fn read(file: &[u8]) -> Archive {
    Archive::read(Cursor::new(file), &ArchiveLimits::default()).expect("an archive")
}

fn names(archive: &Archive) -> Vec<&str> {
    archive
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .collect()
}

/// The files that are passed over, with the reason.
fn passed(archive: &Archive) -> Vec<(&str, PassedOver)> {
    let named = archive.passed_over.named.iter();
    named
        .map(|(name, reason)| (name.as_str(), *reason))
        .collect()
}

#[test]
fn dumps_and_what_lies_beside_them_are_kept() {
    let heap = heap();
    let long = format!("{}/heap.pb.gz", "folder/".repeat(40));
    let files = [
        ("./ns/heap.pb.gz", &heap[..]),
        ("ns/metrics.txt", METRICS),
        ("ns/metrics.gz", &gzip(METRICS)),
        ("ns/pods.yaml", b"kind: Pod\n"),
        ("ns/picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        (&long, &heap),
        ("ns/.hidden", METRICS),
    ];
    let zip: Vec<Zipped<'_>> = files
        .iter()
        .map(|(name, content)| zipped(name, content))
        .collect();
    let tar = tar_of(&files);
    for file in [tar.clone(), gzip(&tar), gzip(&gzip(&tar)), zip_of(&zip)] {
        assert!(is_archive(&file[..]).unwrap());
        let archive = read(&file);
        let long = long.replace("//", "/");
        let expected = [&*long, "ns/heap.pb.gz", "ns/metrics.gz", "ns/metrics.txt"];
        assert_eq!(names(&archive), expected);
        assert_eq!(archive.others.count, 2, "{:?}", archive.others);
        assert_eq!(archive.passed_over.count, 0);
        let entry = archive.get("ns/heap.pb.gz").expect("it is there");
        let mut kept = Vec::new();
        let mut content = entry.content().expect("it is small");
        content.read_to_end(&mut kept).expect("memory is read");
        assert_eq!(kept, heap);
        // The same bytes are read again.
        let mut again = Vec::new();
        let mut reader = archive.open(entry, Cursor::new(&file)).unwrap();
        reader.read_to_end(&mut again).unwrap();
        assert_eq!(again, heap);
        assert!(archive.get("ns/pods.yaml").is_none());
    }
}

#[test]
fn dumps_of_other_tools_are_known_by_how_they_begin() {
    let filler = vec![b'7'; 200_000];
    let flame = [br#"{"version":1,"flamebearer":{"names":[""#, &filler[..]].concat();
    // A message in messages, behind its length.
    let otlp = [
        &[0, 3, 13, 75, 0x0a, 0xc7, 0x9a, 0x0c, 0x12, 0xc3, 0x9a, 0x0c],
        &filler[..],
    ]
    .concat();
    let archive = read(&tar_of(&[
        ("flame.json", &flame),
        ("profiles.bin", &otlp),
        ("sevens.bin", &filler),
    ]));
    assert_eq!(names(&archive), ["flame.json", "profiles.bin"]);
}

#[test]
fn what_could_lead_elsewhere_is_passed_over() {
    let mut tar = Builder::new(Vec::new());
    add(&mut tar, "/etc/heap.pb.gz", EntryType::Regular, METRICS);
    add(&mut tar, "a/../../heap.pb.gz", EntryType::Regular, METRICS);
    add(&mut tar, "C:\\heap.pb.gz", EntryType::Regular, METRICS);
    add(&mut tar, "link", EntryType::Symlink, b"");
    add(&mut tar, "hard", EntryType::Link, b"");
    add(&mut tar, "pipe", EntryType::Fifo, b"");
    add(&mut tar, "folder/", EntryType::Directory, b"");
    add(
        &mut tar,
        "inner.tar",
        EntryType::Regular,
        &tar_of(&[("a", b"b")]),
    );
    add(
        &mut tar,
        "inner.tar.gz",
        EntryType::Regular,
        &gzip(&tar_of(&[("a", b"b")])),
    );
    add(
        &mut tar,
        "inner.zip",
        EntryType::Regular,
        &zip_of(&[zipped("a", b"b")]),
    );
    add(&mut tar, "m", EntryType::Regular, METRICS);
    add(&mut tar, "./m", EntryType::Regular, METRICS);
    let archive = read(&tar.into_inner().expect("memory takes it"));
    assert_eq!(names(&archive), ["m"]);
    assert_eq!(
        passed(&archive),
        [
            ("/etc/heap.pb.gz", PassedOver::Path),
            ("a/../../heap.pb.gz", PassedOver::Path),
            ("C:\\heap.pb.gz", PassedOver::Path),
            ("link", PassedOver::Link),
            ("hard", PassedOver::Link),
            ("pipe", PassedOver::NoFile),
            ("inner.tar", PassedOver::Nested),
            ("inner.tar.gz", PassedOver::Nested),
            ("inner.zip", PassedOver::Nested),
            ("m", PassedOver::Repeated),
        ]
    );
    let mut link = zipped("link", b"/etc/passwd");
    link.mode = 0o120_777;
    let zip = read(&zip_of(&[
        zipped("../m", METRICS),
        link,
        zipped("m", METRICS),
    ]));
    assert_eq!(names(&zip), ["m"]);
    let expected = [("../m", PassedOver::Path), ("link", PassedOver::Link)];
    assert_eq!(passed(&zip), expected);
}

#[test]
fn sparse_files_are_never_filled() {
    let mut tar = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_path("sparse").expect("a short name");
    header.set_entry_type(EntryType::GNUSparse);
    header.set_size(4);
    let gnu = header.as_gnu_mut().expect("of GNU");
    gnu.realsize = *b"777777777777";
    gnu.isextended[0] = 1;
    header.set_cksum();
    // A list of holes goes on in a block of its own.
    let content = [&[0; 512][..], b"data"].concat();
    tar.append(&header, &content[..]).expect("memory takes it");
    let mut file = tar.into_inner().expect("memory takes it");
    // The builder has rounded 516 bytes up, as the format does.
    file.truncate(512 + 1024);
    file.extend(tar_of(&[("metrics.txt", METRICS)]));
    let archive = read(&file);
    assert_eq!(passed(&archive), [("sparse", PassedOver::Sparse)]);
    assert_eq!(names(&archive), ["metrics.txt"]);

    let mut tar = Builder::new(Vec::new());
    let attributes = b"30 GNU.sparse.realsize=999999\n";
    add(&mut tar, "pax", EntryType::XHeader, attributes);
    add(&mut tar, "GNUSparseFile.0/a", EntryType::Regular, METRICS);
    let archive = read(&tar.into_inner().expect("memory takes it"));
    assert_eq!(
        passed(&archive),
        [("GNUSparseFile.0/a", PassedOver::Sparse)]
    );
}

fn limits(file_bytes: u64, all_bytes: u64) -> ArchiveLimits {
    ArchiveLimits::default()
        .file_bytes(file_bytes)
        .all_bytes(all_bytes)
}

#[test]
fn a_bomb_is_refused() {
    let zeros = vec![0; 4 << 20];
    let tar = gzip(&tar_of(&[("zeros", &zeros), ("more", &zeros)]));
    let check = |file: &[u8], limits: &ArchiveLimits| {
        let error = Archive::read(Cursor::new(file), limits).expect_err("too large");
        assert!(matches!(error, ArchiveError::TooLarge { .. }), "{error}");
    };
    check(&tar, &limits(8 << 20, 6 << 20));
    check(&gzip(&tar), &limits(8 << 20, 6 << 20));
    let one = read(&tar);
    assert_eq!((one.entries.len(), one.others.count), (0, 2));
    let small = Archive::read(Cursor::new(&tar), &limits(1 << 20, 64 << 20)).expect("an archive");
    assert_eq!(passed(&small)[0], ("zeros", PassedOver::TooLarge));
    // A zip file claims any size, and is never read beyond it.
    let mut lying = zipped("metrics.txt", METRICS);
    lying.size = 10;
    lying.crc = 0;
    let archive = read(&zip_of(&[lying]));
    assert_eq!(archive.entries.first().map(|entry| entry.size), Some(10));
    let text = METRICS.repeat(4000);
    let dumps = ["a", "b", "c", "d"].map(|name| zipped(name, &text));
    check(&zip_of(&dumps), &limits(1 << 20, 2 * text.len() as u64));
}

/// What they inflate to costs time, whether or not they are whole.
#[test]
fn damaged_files_count_against_the_limit_of_all() {
    let text = METRICS.repeat(4);
    let files: Vec<String> = (0..20).map(|at| format!("metrics-{at}.txt")).collect();
    let damaged = files.iter().map(|name| {
        let mut file = zipped(name, &text);
        file.size += 1;
        file
    });
    let zip = zip_of(&damaged.collect::<Vec<_>>());
    let with = |files: usize| {
        let most = files * text.len();
        Archive::read(Cursor::new(&zip), &limits(1 << 20, most as u64))
    };
    let error = with(10).expect_err("too large");
    assert!(matches!(error, ArchiveError::TooLarge { .. }), "{error}");
    let whole = with(20).expect("all of them are within the limit");
    assert_eq!((whole.entries.len(), whole.passed_over.count), (0, 20));
}

#[test]
fn zeros_behind_a_gzip_stream_are_padding() {
    let mut tar = gzip(&tar_of(&[("metrics.txt", METRICS)]));
    tar.extend([0; 700]);
    assert_eq!(names(&read(&tar)), ["metrics.txt"]);
    tar.push(b'x');
    assert!(Archive::read(Cursor::new(tar), &ArchiveLimits::default()).is_err());
    let empty = vec![0; 10240];
    assert!(is_archive(&empty[..]).expect("it can be read"));
    assert!(is_archive(&gzip(&empty)[..]).expect("it can be read"));
}

#[test]
fn files_that_overlap_are_refused() {
    let mut zip = zip_of(&[zipped("a.pb", b"a"), zipped("b.pb", b"b")]);
    let list = |zip: &[u8], nth| {
        let mut at = (0..zip.len()).filter(|&at| zip[at..].starts_with(b"PK\x01\x02"));
        at.nth(nth).expect("it lists two files")
    };
    // The second file is where the first is.
    let second = list(&zip, 1) + 42;
    zip[second..second + 4].fill(0);
    let error = Archive::read(Cursor::new(zip), &ArchiveLimits::default()).unwrap_err();
    assert_eq!(error.to_string(), "damaged zip archive: its files overlap");
}

#[test]
fn a_file_without_a_name_is_left_out() {
    let archive = read(&zip_of(&[zipped("", METRICS), zipped("m", METRICS)]));
    assert_eq!(passed(&archive), [("", PassedOver::Nameless)]);
    assert_eq!(names(&archive), ["m"]);
}

#[test]
fn what_is_whole_of_a_cut_archive_is_read() {
    let heap = heap();
    let tar = tar_of(&[
        ("heap.pb.gz", &heap),
        ("metrics.txt", METRICS),
        ("second.pb.gz", &heap),
    ]);
    let first = 512 + heap.len().next_multiple_of(512);
    let second = first + 512 + METRICS.len().next_multiple_of(512);
    let names_of = |cut: usize| {
        let archive = read(&tar[..cut]);
        let found = names(&archive).join(" ");
        (found, archive.is_cut)
    };
    assert!(!names_of(tar.len()).1);
    let both = ("heap.pb.gz metrics.txt".to_owned(), true);
    assert_eq!(names_of(second + 600), both);
    assert_eq!(names_of(second + 100), both);
    let one = ("heap.pb.gz".to_owned(), true);
    assert_eq!(names_of(first + 513), one);
    assert_eq!(names_of(first - 1), one);
}

#[test]
fn a_damaged_file_of_a_zip_archive_is_left_out() {
    let (heap, log) = (heap(), log(2_000));
    let files = || {
        [
            ("a/heap.pb.gz", &heap[..]),
            ("b/heap.pb.gz", &heap),
            ("c.log", &log),
        ]
    };
    for at in 0..3 {
        let mut zipped = files().map(|(name, content)| zipped(name, content));
        zipped[at].crc ^= 1;
        let archive = read(&zip_of(&zipped));
        assert_eq!(passed(&archive), [(files()[at].0, PassedOver::Damaged)]);
        assert_eq!(archive.entries.len(), 2);
    }
    // One that is smaller than its archive says.
    let mut short = zipped("m", METRICS);
    short.size += 1;
    let archive = read(&zip_of(&[short]));
    assert_eq!(passed(&archive), [("m", PassedOver::Damaged)]);
    // What is read again is checked again.
    let log = self::log(250_000);
    let mut large = [zipped("a.log", &log), zipped("b.log", &log)];
    large[1].crc ^= 1;
    let zip = zip_of(&large);
    let archive = read(&zip);
    let entry = archive.get("b.log").expect("it is there");
    assert!(entry.content().is_none());
    let mut again = archive.open(entry, Cursor::new(&zip)).expect("it opens");
    let error = again.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "its checksum in the archive does not match"
    );
}

#[test]
fn what_an_archive_is_compressed_with_is_checked_to_its_end() {
    let gzip = gzip(&tar_of(&[
        ("heap.pb.gz", &heap()),
        ("metrics.txt", METRICS),
    ]));
    assert!(!read(&gzip).is_cut);
    for cut in [1, 8, 12] {
        let archive = read(&gzip[..gzip.len() - cut]);
        assert!(archive.is_cut, "{cut}");
        assert_eq!(names(&archive), ["heap.pb.gz", "metrics.txt"]);
    }
    let error = |file: &[u8]| match Archive::read(Cursor::new(file), &ArchiveLimits::default()) {
        Ok(archive) => format!("{:?}", names(&archive)),
        Err(error) => error.to_string(),
    };
    let wrong = "corrupt gzip stream does not have a matching checksum";
    for back in [1, 5, 8] {
        let mut damaged = gzip.clone();
        damaged[gzip.len() - back] ^= 1;
        assert_eq!(error(&damaged), wrong);
    }
    let junk = [&gzip[..], b"what is no gzip"].concat();
    assert_eq!(error(&junk), "invalid gzip header");
}

#[test]
fn a_zip_archive_has_more_files_than_sixteen_bits_count() {
    let list_of = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("{at}.png")).collect();
        let mut files: Vec<Zipped<'_>> = names.iter().map(|name| zipped(name, b"")).collect();
        files.push(zipped("metrics.txt", METRICS));
        let mut zip = zip_of(&files);
        let end = zip.len() - 22;
        let [size, offset] = [12, 16].map(|at| {
            let number = zip[end + at..].first_chunk().expect("four bytes");
            u64::from(u32::from_le_bytes(*number))
        });
        let count = files.len() as u64;
        let numbers = [count, count, size, offset].map(u64::to_le_bytes).concat();
        let large = [
            &b"PK\x06\x06"[..],
            &44_u64.to_le_bytes(),
            &[0; 12],
            &numbers,
        ]
        .concat();
        let locator = [
            &b"PK\x06\x07\0\0\0\0"[..],
            &(end as u64).to_le_bytes(),
            b"\x01\0\0\0",
        ]
        .concat();
        // A count that does not fit is 0xffff, whatever else fits.
        zip[end + 8..end + 12].fill(0xff);
        zip.splice(end..end, [large, locator].concat());
        zip
    };
    let archive = read(&list_of(65_535));
    assert_eq!(names(&archive), ["metrics.txt"]);
    assert_eq!(archive.others.count, 65_535);
    let error = Archive::read(Cursor::new(list_of(100_000)), &ArchiveLimits::default());
    assert_eq!(error.unwrap_err().to_string(), "it has too many files");
    // So many without such a record.
    let names: Vec<String> = (0..65_535).map(|at| format!("{at}.png")).collect();
    let files: Vec<Zipped<'_>> = names.iter().map(|name| zipped(name, b"")).collect();
    assert_eq!(read(&zip_of(&files)).others.count, 65_535);
}

#[test]
fn damaged_archives_are_errors_and_none_panics() {
    let heap = heap();
    let tar = tar_of(&[("heap.pb.gz", &heap), ("metrics.txt", METRICS)]);
    let zip = zip_of(&[zipped("heap.pb.gz", &heap), zipped("metrics.txt", METRICS)]);
    let error = |file: &[u8]| match Archive::read(Cursor::new(file), &ArchiveLimits::default()) {
        Ok(archive) => format!("{:?}", names(&archive)),
        Err(error) => error.to_string(),
    };
    let cut = format!("truncated tar archive at byte {}", 5000);
    assert_eq!(error(&tar[..5000]), cut);
    let mut damaged = tar.clone();
    let second = 512 + heap.len().next_multiple_of(512);
    damaged[second] ^= 1;
    assert_eq!(
        error(&damaged),
        format!("damaged tar header at byte {second}")
    );
    assert_eq!(
        error(&zip[..5000]),
        "damaged zip archive: it has no list of files"
    );
    // Every byte of the headers, one after the other.
    let list = zip.len() - 200..zip.len();
    for at in list.chain(0..60) {
        for bit in [0, 7] {
            let mut damaged = zip.clone();
            damaged[at] ^= 1 << bit;
            error(&damaged);
        }
    }
    for at in (0..512).chain(second..second + 512) {
        let mut damaged = tar.clone();
        damaged[at] ^= 0x80;
        error(&damaged);
    }
    // A record of names may not be as long as the archive.
    let mut tar = Builder::new(Vec::new());
    add(
        &mut tar,
        "long",
        EntryType::GNULongName,
        &vec![b'a'; 1 << 20],
    );
    let file = tar.into_inner().expect("memory takes it");
    assert_eq!(error(&file), "damaged tar header at byte 512");
}

/// Logs that no compression makes smaller than a third.
fn log(lines: u64) -> Vec<u8> {
    let mut log = Vec::new();
    let mut state = 1_u64;
    for _ in 0..lines {
        log.extend(b"I1129 15:39:52.368218    7497 flags.go:64] ");
        for _ in 0..8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            write!(log, "{state:016x}").expect("memory takes it");
        }
        log.push(b'\n');
    }
    log
}

#[test]
fn what_is_too_large_to_be_kept_is_read_again() {
    let log = log(250_000);
    let tar = gzip(&tar_of(&[
        ("a.log", &log),
        ("b.log", &log),
        ("metrics.txt", METRICS),
    ]));
    let archive = read(&tar);
    let entry = archive.get("b.log").expect("it is there");
    assert!(
        entry.is_beside && entry.content().is_none(),
        "{} bytes",
        log.len()
    );
    assert!(
        archive
            .get("metrics.txt")
            .expect("it is there")
            .content()
            .is_some()
    );
    let mut again = Vec::new();
    let mut reader = archive.open(entry, Cursor::new(&tar)).unwrap();
    reader.read_to_end(&mut again).unwrap();
    assert!(again == log);
    let mut head = Vec::new();
    entry.head().read_to_end(&mut head).unwrap();
    assert!(log.starts_with(&head) && head.len() == 64 << 10);
}

/// None of them is large, so that the reason is their number.
#[test]
fn of_too_many_files_the_first_are_kept() {
    let names: Vec<String> = (0..10_002).map(|at| format!("{at}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, METRICS)).collect();
    let archive = read(&gzip(&tar_of(&files)));
    assert_eq!(archive.entries.len(), 10_000);
    assert!(
        archive
            .entries
            .iter()
            .all(|entry| entry.content().is_some())
    );
    let expected = [
        ("10000.txt", PassedOver::TooMany),
        ("10001.txt", PassedOver::TooMany),
    ];
    assert_eq!(passed(&archive), expected);
    assert_eq!(
        PassedOver::TooMany.words(),
        "there are too many files; unpack the archive"
    );
}

/// A file that finds no room changes nothing for the next one.
#[test]
fn files_are_kept_behind_one_that_finds_no_room() {
    let [small, log] = [3_000, 250_000].map(log);
    let tar = tar_of(&[
        ("a.log", &log),
        ("b.log", &log),
        ("c.log", &small),
        ("d.txt", METRICS),
    ]);
    let archive = read(&tar);
    for (name, expected) in [("a.log", &log[..]), ("c.log", &small), ("d.txt", METRICS)] {
        let entry = archive.get(name).expect("it is there");
        let mut content = Vec::new();
        let mut reader = entry.content().expect("it is kept");
        reader.read_to_end(&mut content).expect("it is whole");
        assert!(content == expected, "{name}");
    }
    assert!(
        archive
            .get("b.log")
            .is_some_and(|entry| entry.content().is_none())
    );
}

#[test]
fn every_compression_is_read() {
    let heap = heap();
    let lz4 = |bytes: &[u8]| {
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(bytes).expect("memory takes it");
        lz4.finish().expect("memory takes it")
    };
    let xz = |bytes: &[u8]| {
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).expect("memory takes it");
        xz.write_all(bytes).expect("memory takes it");
        xz.finish().expect("memory takes it")
    };
    let log = lz4(&log(20_000));
    let files = [
        ("heap.pb.xz", &xz(&heap)[..]),
        ("log.lz4", &log),
        ("heap.pb.gz", &heap),
    ];
    let tar = tar_of(&files);
    for file in [lz4(&tar), xz(&tar), gzip(&tar)] {
        assert!(is_archive(&file[..]).unwrap());
        let archive = read(&file);
        assert_eq!(names(&archive), ["heap.pb.gz", "heap.pb.xz", "log.lz4"]);
        assert!(archive.get("log.lz4").expect("it is there").is_beside);
    }
}
