//! `kheap export --format parquet`: many dumps as datasets. Their content is tested in kheap-fleet,
//! and against `kheap series` and `kheap diagnose` by `.ci/fleet`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Run, kheap, project};

const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";

fn export(out: &Path, args: &[&str]) -> Run {
    let out = out.to_str().expect("a text");
    let start = ["export", "--format", "parquet", "-o", out];
    kheap(&[&start, args].concat())
}

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Checks a message, in which OUT stands for the folder.
#[track_caller]
fn check(run: &Run, out: &Path, code: i32, expected: &str) {
    let stderr = run.stderr.replace(&out.display().to_string(), "OUT");
    assert_eq!((run.code, stderr.trim_end()), (Some(code), expected));
    assert_eq!(run.stdout, "");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_an_error_names_the_build() {
    let out = std::env::temp_dir().join("kheap-no-parquet");
    let expected = "error: this kheap writes no Parquet; \
         `cargo install --path crates/kheap-cli --features parquet` installs one that does";
    check(&export(&out, &[SERIES]), &out, 2, expected);
    assert!(!out.exists());
}

#[cfg(feature = "parquet")]
mod with_parquet {
    use super::*;

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        (folder, out)
    }

    #[test]
    fn a_later_export_adds_what_is_new_and_nothing_twice() {
        let (_folder, out) = scratch();
        let oldest = format!("{SERIES}/00.pb.gz");
        let first = [oldest.as_str(), SERIES];
        let run = export(&out, &first[..1]);
        check(
            &run,
            &out,
            0,
            "note: 1 dump added to OUT; 0 of the same content skipped",
        );
        let before = files(&out);
        assert_eq!(before.len(), 4);
        let run = export(&out, &first[1..]);
        check(
            &run,
            &out,
            0,
            "note: 10 dumps added to OUT; 1 of the same content skipped",
        );
        let all = files(&out);
        assert!(before.iter().all(|file| all.contains(file)));
        let run = export(&out, &first);
        check(
            &run,
            &out,
            0,
            "note: 0 dumps added to OUT; 11 of the same content skipped",
        );
        assert_eq!(files(&out), all);
    }

    #[test]
    fn parts_lie_in_folders_of_program_and_day_and_nothing_unfinished_stays() {
        let (_folder, out) = scratch();
        export(&out, &[SERIES, "testdata/dumps/v1.36/etcd-heap.pb.gz"]);
        let folders = |file: PathBuf| {
            let below = file.strip_prefix(&out).expect("below").parent();
            below.expect("a folder").display().to_string()
        };
        let mut folders: Vec<String> = files(&out).into_iter().map(folders).collect();
        folders.retain(|folder| folder.starts_with("snapshots"));
        let expected = [
            "snapshots/program=etcd/day=2026-11-29",
            "snapshots/program=kube-apiserver/day=2026-11-21",
        ];
        assert_eq!(folders, expected);
        let mut names = fs::read_dir(&out).expect("a folder");
        assert!(names.all(|name| !name.expect("an entry").path().ends_with("_unfinished")));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_listed() {
        let (folder, out) = scratch();
        let damaged = folder.path().join("damaged.pb.gz");
        fs::write(&damaged, b"\x1f\x8b\x08").expect("room");
        let damaged = damaged.to_str().expect("a text");
        let run = export(&out, &[damaged, SERIES, "README.md"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let listing = fs::read_to_string(out.join("_left_out.txt")).expect("it is there");
        assert_eq!(listing.lines().count(), 2, "{listing}");
        assert!(
            run.stderr.contains("note: 11 dumps added to "),
            "{}",
            run.stderr
        );
        for line in listing.lines() {
            assert!(run.stderr.contains(&format!("{line}; left out")), "{line}");
        }
        let out = folder.path().join("other");
        let run = export(&out, &[damaged]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.stderr.starts_with("error: cannot decode "),
            "{}",
            run.stderr
        );
        assert!(!out.exists());
    }

    #[test]
    fn the_datasets_are_no_dumps_of_their_own() {
        let (folder, out) = scratch();
        let dump = folder.path().join("node=n7.pb.gz");
        fs::copy(project().join(format!("{SERIES}/00.pb.gz")), dump).expect("room");
        let input = folder.path().to_str().expect("a text");
        let run = export(&out, &[input]);
        check(
            &run,
            &out,
            0,
            "note: 1 dump added to OUT; 0 of the same content skipped",
        );
        let run = export(&out, &[input]);
        check(
            &run,
            &out,
            0,
            "note: 0 dumps added to OUT; 1 of the same content skipped",
        );
    }

    #[test]
    fn options_of_other_formats_are_refused_before_anything_is_written() {
        let (_folder, out) = scratch();
        for option in ["--labels", "--force", "--mend-stacks", "--no-inlines"] {
            let run = export(&out, &[option, SERIES]);
            let expected = format!(
                "error: {option} has no effect with --format parquet; it is for the other formats"
            );
            check(&run, &out, 2, &expected);
        }
        let run = export(&out, &["--focus", "etcd", SERIES]);
        let expected =
            "error: a filter has no effect with --format parquet; it is for the other formats";
        check(&run, &out, 2, expected);
        let run = export(&out, &["-"]);
        let expected = "error: standard input cannot be one of many dumps; save it to a file first";
        check(&run, &out, 2, expected);
        let run = kheap(&["export", "--format", "parquet", SERIES]);
        let expected = "error: Parquet has several files; name a folder: \
                        `kheap export --format parquet -o OUT DIR`";
        check(&run, &out, 2, expected);
        let run = kheap(&["export", "--format", "parquet", "-o", "-", SERIES]);
        check(&run, &out, 2, expected);
        assert!(!out.exists());
    }

    #[test]
    fn an_archive_that_finds_no_room_says_what_to_do() {
        let (folder, out) = scratch();
        let archive = folder.path().join("dumps.tar");
        let dump = b"heap profile: 1: 64 [1: 64] @ heap/524288\n1: 64 [1: 64] @ 0x1\n";
        let mut builder = tar::Builder::new(fs::File::create(&archive).expect("room"));
        for number in 0..10_003 {
            let mut header = tar::Header::new_gnu();
            header.set_size(dump.len() as u64);
            let name = format!("{number}.heap");
            builder
                .append_data(&mut header, name, &dump[..])
                .expect("room");
        }
        builder.finish().expect("room");
        drop(builder);
        let run = export(&out, &[archive.to_str().expect("a text")]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        let line = "dumps.tar: 3 files left out, because memory has no room for more of it; unpack it, \
                    and name the folder\n";
        let listing = fs::read_to_string(out.join("_left_out.txt")).expect("it is there");
        assert!(listing.ends_with(line), "{listing}");
        assert!(run.stderr.ends_with(line), "{}", run.stderr);
        let note = "note: 1 dump added to OUT; 9,999 of the same content skipped";
        let said = run.stderr.replace(&out.display().to_string(), "OUT");
        assert!(said.contains(note), "{said}");
    }

    #[test]
    fn dumps_of_other_rules_are_not_added() {
        let (folder, out) = scratch();
        export(&out, &[SERIES]);
        let rules = folder.path().join("rules.toml");
        fs::write(&rules, "[frames]\ndocuments = '^k8s\\.io/kube-openapi/'\n").expect("room");
        let rules = rules.to_str().expect("a text");
        let run = export(&out, &["--rules", rules, SERIES]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        let end = ": it was written with other rules; name a new folder\n";
        assert!(run.stderr.ends_with(end), "{}", run.stderr);
    }
}
