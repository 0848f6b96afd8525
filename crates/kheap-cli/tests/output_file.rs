//! `--output`: files that appear complete, links, devices, and what cannot be
//! written.

mod common;

use std::fs;
use std::path::Path;

use common::{command, kheap, skip};

const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";

/// Runs `kheap top` and `--output` with the words, which must succeed silently.
fn write(words: &[&str]) {
    let run = kheap(&[&["top", IDLE, "--output"], words].concat());
    let printed = (run.stdout.as_str(), run.stderr.as_str());
    assert_eq!((run.code, printed), (Some(0), ("", "")), "{words:?}");
}

fn check_error(output: &str, expected: &str) {
    let run = kheap(&["top", IDLE, "--output", output]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{output}");
    assert_eq!(
        run.stderr,
        format!("error: cannot write {output}: {expected}\n")
    );
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

fn top() -> String {
    kheap(&["top", IDLE]).stdout
}

#[test]
fn an_output_file_appears_complete_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("top.txt");
    write(&[&name(&file)]);
    assert_eq!(fs::read_to_string(&file).unwrap(), top());
    fs::write(&file, "precious").unwrap();
    check_error(&name(&file), "it exists; overwrite it with --force");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    write(&[&name(&file), "--force"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), top());
}

#[test]
fn a_dump_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap.pb.gz");
    let dump = fs::read(common::project().join(IDLE)).unwrap();
    let mut inflated = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&dump[..]);
    std::io::Read::read_to_end(&mut decoder, &mut inflated).unwrap();
    let text = b"heap profile: 0: 0 [0: 0] @ heap/1048576\n".to_vec();
    for dump in [dump, inflated, text] {
        fs::write(&file, &dump).unwrap();
        let run = kheap(&["top", IDLE, "--force", "-o", &name(&file)]);
        let expected = format!(
            "error: cannot write {}: it looks like a heap profile; remove it first\n",
            name(&file)
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected));
        assert_eq!(fs::read(&file).unwrap(), dump);
    }
}

#[test]
fn what_is_compressed_may_be_a_dump() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap");
    let magics: [&[u8]; 9] = [
        b"\x28\xb5\x2f\xfd\x04\x58",
        b"\x5e\x2a\x4d\x18\x04\0\0\0",
        b"PK\x03\x04\x14\0",
        b"\xfd7zXZ\0\0\x04",
        b"BZh91AY&SY",
        b"x\x9c\x4b\x4c\x04\x00",
        b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0",
        b"PK\x05\x06\0\0\0\0",
        b"PK\x07\x08PK\x03\x04",
    ];
    for bytes in magics {
        fs::write(&file, bytes).unwrap();
        let run = kheap(&["top", IDLE, "--force", "-o", &name(&file)]);
        let expected = format!(
            "error: cannot write {}: it is compressed and may be a heap profile; remove it first\n",
            name(&file)
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected));
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
}

#[test]
fn a_dump_behind_other_bytes_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap");
    let dump = fs::read(common::project().join(IDLE)).unwrap();
    let answer = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(4000));
    for before in [&b"\xef\xbb\xbf"[..], answer.as_bytes(), b"\n"] {
        let bytes = [before, &dump].concat();
        fs::write(&file, &bytes).unwrap();
        let run = kheap(&["top", IDLE, "--force", "-o", &name(&file)]);
        let expected = "it may hold a heap profile behind other bytes; remove it first\n";
        assert!(run.stderr.ends_with(expected), "{}", run.stderr);
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
    // What a text begins with is no stream of zlib.
    fs::write(&file, "x^2 + y^2\n").unwrap();
    write(&[&name(&file), "--force"]);
}

/// Whatever kheap writes from a dump, except a dump, can be written again.
#[test]
fn what_kheap_wrote_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = name(&folder.path().join("result"));
    for words in [
        &["flame"][..],
        &["flame", "--format", "json"],
        &["graph"],
        &["graph", "--format", "dot"],
        &["traces", "--format", "csv"],
        &["breakdown", "--format", "json"],
        &["report", "--format", "html"],
        &["export", "--format", "folded"],
        &["export", "--format", "speedscope"],
    ] {
        for _ in 0..2 {
            let run = kheap(&[words, &[IDLE, "--force", "-o", &file]].concat());
            assert_eq!(run.code, Some(0), "{words:?}: {}", run.stderr);
        }
    }
}

#[test]
fn a_failed_run_leaves_no_output_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = name(&folder.path().join("top.txt"));
    let run = kheap(&["top", "-o", &file, "testdata/malformed/wrong-crc.pb.gz"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_place_that_cannot_be_written_is_said() {
    check_error("testdata", "it is a folder; name a file in it");
    check_error(
        "testdata/no/such/top.txt",
        "no such folder: testdata/no/such; make it first",
    );
    check_error("README.md/top.txt", "README.md is not a folder");
    if Path::new("/proc/self").exists() {
        let expected = "it is in a folder of the kernel; name another folder";
        check_error("/proc/top.txt", expected);
    }
}

/// Its pictures would have the name of a file.
#[test]
fn a_name_of_a_folder_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for exists in [false, true] {
        let report = name(&folder.path().join("report.md"));
        if exists {
            fs::write(&report, "old").unwrap();
        }
        for end in ["/", "//", "/.", "/./", "/.."] {
            let report = format!("{report}{end}");
            let run = kheap(&["report", IDLE, "--force", "-o", &report]);
            let expected = format!(
                "error: cannot write {report}: it ends like the name of a folder; name a file in it\n"
            );
            assert_eq!((run.code, run.stderr), (Some(2), expected));
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            usize::from(exists)
        );
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Stdio;

    use super::*;

    fn mode(path: &Path) -> u32 {
        let metadata = fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o777
    }

    #[test]
    fn an_output_file_has_the_permissions_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let [usual, ours] = ["usual", "ours"].map(|name| folder.path().join(name));
        fs::write(&usual, "").unwrap();
        write(&[&name(&ours)]);
        assert_eq!(mode(&ours), mode(&usual));
    }

    #[test]
    fn an_overwritten_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("top.txt");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        write(&[&name(&file), "--force"]);
        assert_eq!(mode(&file), 0o640);
    }

    #[test]
    fn a_link_stays_and_leads_to_the_new_content() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["top.txt", "link"].map(|name| folder.path().join(name));
        symlink("top.txt", &link).unwrap();
        check_error(&name(&link), "it is a link to nothing; remove it first");
        fs::write(&file, "").unwrap();
        check_error(&name(&link), "it exists; overwrite it with --force");
        write(&[&name(&link), "--force"]);
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), top());
    }

    #[test]
    fn a_device_is_written_into() {
        write(&["/dev/null"]);
        assert_eq!(kheap(&["top", IDLE, "-o", "/dev/stdout"]).stdout, top());
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/null", &link).unwrap();
        write(&[&name(&link)]);
        assert!(link.is_symlink());
    }

    #[test]
    fn standard_output_may_be_named_where_it_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("top.txt");
        let file = fs::File::create(&path).unwrap();
        let mut command = command(&["top", IDLE, "-o", "/dev/stdout"]);
        assert!(command.stdout(file).status().unwrap().success());
        assert_eq!(fs::read_to_string(&path).unwrap(), top());
    }

    #[test]
    fn a_directory_without_permission_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let file = folder.path().join("top.txt");
        if fs::write(&file, "").is_ok() {
            skip("the user is root, who may write everywhere");
            return;
        }
        let folder = name(folder.path());
        check_error(
            &name(&file),
            &format!("permission denied in folder {folder}; choose another folder"),
        );
    }

    /// Runs a shell script that runs the program as `"$@"`, from the project.
    fn shell(script: &str, args: &[&str]) -> std::process::Output {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_kheap")]);
        shell.args(args).current_dir(common::project());
        shell.output().expect("there is a shell")
    }

    /// The names in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("it is there");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is listed").file_name();
        let names = entries.map(|entry| name(entry).to_string_lossy().into_owned());
        names.collect()
    }

    #[test]
    fn a_link_to_nothing_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("nothing", &link).unwrap();
        let expected = format!("{} is a link to nothing; remove it first", name(&link));
        check_error(&name(&link.join("top.txt")), &expected);
    }

    #[test]
    fn too_few_descriptors_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let share = name(folder.path());
        // All pages are open at once.
        let run = shell("ulimit -n 12; exec \"$@\"", &["man", "--install", &share]);
        let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{stderr}");
        let cause = format!(
            "nothing can be made in folder {share}/man1: Too many open files (os error 24)\n"
        );
        assert!(stderr.ends_with(&cause), "{stderr}");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn the_umask_of_the_user_holds() {
        let folder = tempfile::tempdir().unwrap();
        for (umask, expected) in [("077", 0o600), ("022", 0o644), ("000", 0o666)] {
            let file = folder.path().join(umask);
            let script = format!("umask {umask}; exec \"$@\"");
            let run = shell(&script, &["top", IDLE, "-o", &name(&file)]);
            assert!(run.status.success());
            assert_eq!(mode(&file), expected, "umask {umask}");
        }
    }

    #[test]
    fn a_disk_that_fills_up_leaves_the_old_file_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let [new, old] = ["new.txt", "old.txt"].map(|name| folder.path().join(name));
        fs::write(&old, "precious").unwrap();
        // Files may not grow past a block, as on a disk that is full. The system sends a signal,
        // too, which a shell may ignore for us.
        for ignored in ["trap '' XFSZ; ", ""] {
            let script = format!("{ignored}ulimit -f 1; exec \"$@\"");
            for file in [&new, &old] {
                let args = ["traces", IDLE, "--force", "-o", &name(file)];
                let run = shell(&script, &args);
                let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
                let expected = format!(
                    "error: cannot write {}: File too large (os error 27)\n",
                    name(file)
                );
                assert_eq!((run.status.code(), stderr), (Some(2), expected));
            }
            assert!(!new.exists());
            assert_eq!(fs::read_to_string(&old).unwrap(), "precious");
            assert_eq!(names(folder.path()), ["old.txt"]);
        }
    }

    #[test]
    fn a_limit_of_file_sizes_is_an_error_of_standard_output() {
        let folder = tempfile::tempdir().unwrap();
        let file = name(&folder.path().join("out.txt"));
        let script = format!("ulimit -f 1; exec \"$@\" >{file}");
        let run = shell(&script, &["traces", IDLE]);
        let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
        let expected = "error: cannot write standard output: File too large (os error 27)\n";
        assert_eq!((run.status.code(), &*stderr), (Some(2), expected));
    }

    #[test]
    fn a_report_that_cannot_be_finished_leaves_no_picture() {
        let folder = tempfile::tempdir().unwrap();
        let [header, ticket] = ["header.md", "ticket.md"].map(|name| folder.path().join(name));
        // The text is past the limit, and the picture is not.
        fs::write(&header, "words ".repeat(120_000)).unwrap();
        let script = "ulimit -f 1200; exec \"$@\"";
        let (header, ticket) = (name(&header), name(&ticket));
        let args = ["report", IDLE, "--header", &header, "-o", &ticket];
        let run = shell(script, &args);
        let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
        let expected = format!("error: cannot write {ticket}: File too large (os error 27)\n");
        assert_eq!((run.status.code(), stderr), (Some(2), expected));
        assert_eq!(names(folder.path()), ["header.md"]);
        let stderr = shell("exec \"$@\"", &args).stderr;
        assert!(String::from_utf8_lossy(&stderr).starts_with("note: pictures of the report"));
    }

    #[test]
    fn a_run_that_is_killed_leaves_no_file_under_the_name() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("top.txt");
        let mut command = command(&["top", "-", "-o", &name(&file)]);
        let command = command.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // It waits for the rest of the dump, with its output file open.
        let dump = fs::read(common::project().join(IDLE)).unwrap();
        let stdin = child.stdin.as_mut().expect("it is piped");
        stdin.write_all(&dump[..dump.len() / 2]).unwrap();
        while names(folder.path()).is_empty() {
            assert_eq!(child.try_wait().unwrap(), None, "it waits");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        // What `kill -9` does.
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(!file.exists());
        let left = names(folder.path());
        assert!(
            left.iter().all(|name| name.starts_with(".kheap-")),
            "{left:?}"
        );
    }

    #[test]
    fn a_full_disk_is_named() {
        if !Path::new("/dev/full").exists() {
            skip("the system has no /dev/full");
            return;
        }
        let full = || Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap());
        for format in ["text", "json", "csv", "markdown"] {
            let mut command = command(&["traces", "--format", format, IDLE]);
            let output = command.stdout(full()).output().unwrap();
            assert_eq!(output.status.code(), Some(2));
            let expected = "error: cannot write standard output: No space left on device";
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(stderr.starts_with(expected), "{format}: {stderr}");
        }
    }
}
