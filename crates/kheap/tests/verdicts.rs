//! What Go takes we take, and what Go refuses we refuse: of dumps that are damaged
//! in ways that follow from a number, and `testdata/verdicts.txt` has
//! Go's opinion.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use damage::{Random, damage};

#[path = "common/damage.rs"]
mod damage;

/// How many damaged dumps there are.
const CASES: usize = 1200;

/// Where Go is installed, so many of them are shown to it in each run; with
/// `UPDATE_GOLDEN=1` all, and its verdicts are written down.
const SHOWN_TO_GO: usize = 40;

/// Verdicts in a line of the file.
const LINE: usize = 60;

/// Cases with another verdict than Go's, and why.
const DIFFERENT: [(usize, &str); 0] = [];

/// Seeds, from the folder `testdata`.
const SEEDS: [&str; 6] = [
    "dumps/v1.34/controller-secret-informer.pb.gz",
    "dumps/v1.34/idle.pb.gz",
    "dumps/other/etcd-range.pb.gz",
    "malformed/valid-plain.pb",
    "malformed/valid-two-gzip-members.pb.gz",
    "malformed/valid-unknown-fields.pb",
];

#[test]
fn damaged_dumps_are_taken_or_refused_as_go_does() {
    let stored = fs::read_to_string(verdicts_file()).expect("it is there");
    let stored: Vec<char> = stored.chars().filter(|c| "+-".contains(*c)).collect();
    assert_eq!(stored.len(), CASES);
    let ours = cases().map(|bytes| sign(accepts(&bytes)));
    let different: Vec<usize> = (stored.iter().zip(ours).enumerate())
        .filter(|(_, (go, ours))| *go != ours)
        .map(|(case, _)| case)
        .collect();
    assert_eq!(different, DIFFERENT.map(|(case, _)| case));
    // Neither may be rare, or nothing would be compared.
    let taken = stored.iter().filter(|verdict| **verdict == '+').count();
    assert!((CASES / 10..CASES * 9 / 10).contains(&taken), "{taken}");
    assert!(different.len() <= CASES / 100);
}

#[test]
fn flags_of_gzip_that_mean_nothing_are_passed_over() {
    let mut dump = fs::read(testdata().join(SEEDS[1])).expect("it is there");
    for flags in [0x20, 0x40, 0x80, 0xe0] {
        dump[3] = flags;
        assert!(accepts(&dump), "{flags:#x}");
    }
    // A name is announced that is not there.
    dump[3] = 0xe8;
    assert!(!accepts(&dump));
}

#[test]
fn the_stored_verdicts_are_those_of_the_go_that_is_installed() {
    let Some(pprof) = pprof() else {
        eprintln!("skipped: no `go` says what it thinks of damaged dumps");
        return;
    };
    let update = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    let shown = if update { CASES } else { SHOWN_TO_GO };
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("damaged");
    let verdicts = cases().take(shown).map(|bytes| {
        fs::write(&file, bytes).expect("there is room");
        sign(go_accepts(&pprof, &file))
    });
    let verdicts: Vec<char> = verdicts.collect();
    let lines = verdicts.chunks(LINE).map(String::from_iter);
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    if update {
        fs::write(verdicts_file(), text).expect("it can be written");
        return;
    }
    let stored = fs::read_to_string(verdicts_file()).expect("it is there");
    assert!(stored.starts_with(text.trim_end()), "Go says\n{text}");
}

/// The damaged dumps, in the order of their numbers.
fn cases() -> impl Iterator<Item = Vec<u8>> {
    let files = SEEDS.map(|seed| fs::read(testdata().join(seed)).expect("it is there"));
    let inflated = files.each_ref().map(|file| inflate(file));
    (0..CASES).map(move |case| {
        let mut random = Random(case as u64);
        // Within gzip, hardly any damage passes the checksum.
        let seeds = match random.below(4) {
            0 => &files,
            _ => &inflated,
        };
        let [bytes, other] = [(); 2].map(|()| &seeds[random.below(SEEDS.len())]);
        damage(bytes, other, &mut random)
    })
}

/// Whether `kheap top` shows a table.
fn accepts(bytes: &[u8]) -> bool {
    kheap::decode(bytes).is_ok_and(|profile| profile.sample_type("").is_ok())
}

/// Whether `go tool pprof -top` shows one.
fn go_accepts(pprof: &Path, file: &Path) -> bool {
    let mut command = Command::new(pprof);
    command.args(["-symbolize=none", "-top"]).arg(file);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("it runs").success()
}

/// Where Go keeps its pprof, once it is built.
fn pprof() -> Option<PathBuf> {
    let go = |args: &[&str]| Command::new("go").args(args).output().ok();
    let built = go(&["tool", "pprof", "-help"]).is_some();
    let output = go(&["tool", "-n", "pprof"]).filter(|_| built)?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim())).filter(|path| path.is_file())
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    match flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut inflated) {
        Ok(_) => inflated,
        Err(_) => bytes.to_vec(),
    }
}

fn sign(accepted: bool) -> char {
    if accepted { '+' } else { '-' }
}

fn verdicts_file() -> PathBuf {
    testdata().join("verdicts.txt")
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}
