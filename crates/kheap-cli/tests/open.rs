//! `kheap open`, and how a report names files and says what it leaves out.

mod common;

use std::fs;

use common::{command, kheap};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";

#[test]
fn a_page_is_written_and_its_path_printed() {
    let run = kheap(&["open", STORM, "--no-browser"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let path = run.stdout.trim_end();
    let page = fs::read_to_string(path).expect("it is there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "others read no report");
    }
    fs::remove_file(path).expect("it is ours");
    assert!(path.ends_with(".html"), "{path}");
    assert!(page.contains("id=\"kheap-model\""), "the page can be asked");
}

#[test]
fn a_browser_that_does_not_open_is_an_error_that_names_the_page() {
    let mut open = command(&["open", STORM]);
    let run = open
        .env("BROWSER", "/no/such/browser")
        .output()
        .expect("it runs");
    let path = String::from_utf8_lossy(&run.stdout).trim_end().to_owned();
    fs::remove_file(&path).expect("the page is kept");
    let shown = String::from_utf8_lossy(&run.stderr).into_owned();
    let expected = format!("error: no browser opens; open {path} in one, or set BROWSER: ");
    assert!(shown.starts_with(&expected), "{shown}");
    assert_eq!(run.status.code(), Some(2));
}

#[test]
fn a_report_names_files_without_their_folders_unless_asked() {
    let page =
        |more: &[&str]| kheap(&[&["report", "--format", "html", STORM], more].concat()).stdout;
    let short = page(&[]);
    assert!(short.contains("<td class=\"name\">configmap-list-cache-json.pb.gz</td>"));
    assert!(!short.contains("testdata"));
    let long = page(&["--full-paths"]);
    assert!(long.contains(&format!("<td class=\"name\">{STORM}</td>")));
}

#[test]
fn a_report_takes_the_filters_of_other_commands_and_says_so() {
    let run = kheap(&[
        "report",
        "--format",
        "markdown",
        STORM,
        "--focus",
        "ListResource",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout.contains("- Filters: focus=ListResource\n"),
        "{}",
        run.stdout
    );
    let run = kheap(&[
        "report",
        "--format",
        "markdown",
        STORM,
        "--focus",
        "no such function",
    ]);
    let warning = format!("warning: --focus matched nothing in {STORM}\n");
    assert_eq!((run.code, run.stderr), (Some(0), warning));
    let run = kheap(&["report", STORM, "--focus", "("]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.starts_with("error: cannot use --focus: "),
        "{}",
        run.stderr
    );
}

#[test]
fn a_pdf_is_refused_with_the_commands_that_make_one() {
    let run = kheap(&["report", STORM, "-o", "report.pdf"]);
    assert_eq!(
        run.stderr,
        format!(
            "error: kheap writes no PDF; run `kheap report -o report.html {STORM}`, then \
             `chromium --headless --print-to-pdf=report.pdf report.html`\n"
        )
    );
    assert_eq!(run.code, Some(2));
}
