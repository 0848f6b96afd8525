//! `kheap.html` in a browser. These tests are ignored, because they take Chromium and the
//! page; `.ci/run` makes both and runs them:
//! `cargo run -p kheap-web -- target/kheap.html`, then
//! `cargo test -p kheap-cli --all-features --test page -- --ignored`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::browser::Browser;
use common::explorer::{text, wait};
use common::{heap_builder, kheap, project};
use serde_json::{Value, json};
use tempfile::TempDir;

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";

/// The page that was built.
fn file() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let file = target.expect("it is below it").join("kheap.html");
    assert!(
        file.is_file(),
        "`cargo run -p kheap-web -- {}`",
        file.display()
    );
    file
}

fn with_page(test: impl FnOnce(&mut Browser)) {
    let mut page = Browser::start();
    page.open(&file());
    page.watch_workers();
    wait(&mut page, "'ready' in document.documentElement.dataset");
    test(&mut page);
    page.check_silence();
}

fn paths(files: &[&str]) -> Vec<PathBuf> {
    let project = project().canonicalize().expect("it is there");
    files.iter().map(|file| project.join(file)).collect()
}

/// Opens the page anew, so that nothing is taken for the next answer.
fn forget(page: &mut Browser) {
    page.navigate(&file());
    wait(page, "'ready' in document.documentElement.dataset");
}

/// Chooses files in a field.
#[track_caller]
fn give(page: &mut Browser, field: &str, files: &[PathBuf]) {
    forget(page);
    page.choose(field, files);
}

/// Waits until files are analyzed: the report is there, or why there is none.
#[track_caller]
fn wait_for_end(page: &mut Browser) {
    for _ in 0..1200 {
        let is_shown = "'shown' in document.body.dataset";
        let is_refused = "document.getElementById('error')?.hidden === false";
        if page.evaluate(&format!("{is_shown} || {is_refused}")) == json!(true) {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("it takes too long");
}

/// Waits until the report in the page has run its scripts.
#[track_caller]
fn wait_for_report(page: &mut Browser) {
    wait_for_end(page);
    assert_eq!(text(page, "#error"), "");
}

/// The signatures that the report names, each once for every finding: those of other kinds are
/// lines of the first one.
fn findings(page: &mut Browser) -> Vec<String> {
    let named = page.evaluate(
        "Array.from(document.querySelectorAll('#findings article'), (article) => \
         Array.from(article.querySelectorAll(':scope > p.quiet'), (p) => p.textContent)\
         .filter((text) => text.startsWith('Signature '))\
         .flatMap((text) => Array(1 + article.querySelectorAll('tr[id]').length)\
         .fill(text.match(/^Signature ([a-z0-9-]+)/)[1]))).flat()",
    );
    by_signature(named.as_array().expect("a list"))
}

/// The signatures that the program finds.
fn expected(args: &[&str]) -> Vec<String> {
    let run = kheap(&[&["diagnose", "--format", "json"], args].concat());
    let json: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let findings = json["findings"].as_array().expect("a list").iter();
    let shown = findings.filter(|finding| finding["severity"] != "info");
    by_signature(shown.map(|finding| &finding["id"]))
}

/// Signatures in their order, those that come again behind the first of their name.
fn by_signature<'v>(named: impl IntoIterator<Item = &'v Value>) -> Vec<String> {
    let named = named.into_iter().map(|id| id.as_str().expect("a name"));
    let mut named: Vec<String> = named.map(String::from).collect();
    let order = named.clone();
    named.sort_by_key(|id| order.iter().position(|first| first == id));
    named
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn one_dump_is_explained_explored_and_saved() {
    with_page(|page| {
        give(page, "#files", &paths(&[STORM]));
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[STORM]));
        // The explorer answers, and Back leads back.
        wait(page, "typeof kheap === 'object'");
        page.evaluate("document.querySelector('.x-enter').click()");
        wait(page, "document.querySelectorAll('.x-box').length > 3");
        page.evaluate("location.hash = '#explore?view=table'");
        wait(
            page,
            "document.querySelectorAll('#x-view .x-rows .x-row').length > 3",
        );
        page.evaluate("history.back()");
        wait(page, "document.querySelectorAll('.x-box').length > 3");
        page.press("/", 191, "/");
        page.call("Input.insertText", json!({"text": "json"}));
        wait(page, "location.hash.includes('search=json')");
        page.press("Escape", 27, "");
        page.evaluate("location.hash = '#summary'");
        // The pictures of the report zoom, so that their scripts run.
        page.check(
            "document.querySelector('svg.kheap-flame .bar').classList.contains('hide')",
            json!(false),
        );

        let folder = tempfile::tempdir().expect("a folder");
        page.save_to(folder.path());
        for (button, name) in [
            ("save-report", "configmap-list-cache-json.html"),
            ("save-flame", "configmap-list-cache-json.svg"),
            ("save-redacted", "configmap-list-cache-json.pb.gz"),
        ] {
            page.evaluate(&format!("document.getElementById('{button}').click()"));
            let saved = saved(&folder, name);
            match button {
                "save-report" => assert!(saved.starts_with(b"<!doctype html>")),
                "save-flame" => assert!(saved.windows(4).any(|part| part == b"<svg")),
                _ => {
                    kheap::decode(&saved).expect("it is a profile");
                }
            }
        }
        assert!(text(page, "#said").contains("hidden; read the copy"));
    });
}

/// What the browser saved under this name.
#[track_caller]
fn saved(folder: &TempDir, name: &str) -> Vec<u8> {
    let path = folder.path().join(name);
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(50));
        if path.is_file() {
            return fs::read(path).expect("it can be read");
        }
    }
    panic!("{name} is not saved");
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn each_way_to_give_files_leads_to_their_report() {
    with_page(|page| {
        let pair = [format!("{SERIES}/00.pb.gz"), format!("{SERIES}/10.pb.gz")];
        give(page, "#files", &paths(&[&pair[0], &pair[1]]));
        wait_for_report(page);
        assert!(text(page, "#pictures").contains("What grew and shrank"));
        assert_eq!(findings(page), expected(&[&pair[0], &pair[1]]));

        give(page, "#folder", &paths(&[SERIES]));
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[SERIES]));
        assert!(!text(page, "#changes").is_empty());

        forget(page);
        page.drop_files(&paths(&[STORM]));
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[STORM]));

        forget(page);
        page.drop_files(&paths(&[SERIES]));
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[SERIES]));

        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("must-gather.tar.gz");
        pack("testdata/bundles/01-one-bad-of-three", &archive);
        give(page, "#files", &[archive]);
        wait_for_report(page);
        let bundle = expected(&["testdata/bundles/01-one-bad-of-three"]);
        assert_eq!(findings(page), bundle);
        assert!(text(page, "#findings").contains("Who, and how many"));

        let name = "testdata/incidents/01-k8s-97142-configmap-json-list.txt";
        let table = fs::read_to_string(project().join(name)).expect("it can be read");
        forget(page);
        page.evaluate("document.getElementById('pasted').focus()");
        page.call("Input.insertText", json!({"text": table}));
        page.evaluate("document.querySelector('#table button').click()");
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[name]));
    });
}

/// Drops what comes from another page: `fill` adds text, or files that have no entry of a file
/// system.
fn drop_data(page: &mut Browser, fill: &str) {
    page.evaluate(&format!(
        "{{ const data = new DataTransfer(); {fill}; \
         document.body.dispatchEvent(new DragEvent('drop', \
         {{dataTransfer: data, bubbles: true, cancelable: true}})); }}"
    ));
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn what_is_dropped_from_another_page_is_taken() {
    with_page(|page| {
        let name = "testdata/incidents/01-k8s-97142-configmap-json-list.txt";
        let table = fs::read_to_string(project().join(name)).expect("it can be read");
        let table = json!(table);
        drop_data(
            page,
            &format!("data.items.add(new File([{table}], 'table.txt'))"),
        );
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[name]));

        forget(page);
        drop_data(page, &format!("data.setData('text/plain', {table})"));
        page.check("document.activeElement.id", json!("pasted"));
        page.evaluate("document.querySelector('#table button').click()");
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[name]));

        forget(page);
        drop_data(page, "");
        assert_eq!(
            text(page, "#error"),
            "what was dropped is no file; save it, and choose the file"
        );
    });
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn a_dropped_folder_shows_that_the_page_works_and_can_be_left() {
    with_page(|page| {
        page.evaluate(
            "document.addEventListener('drop', () => { \
             window.state = document.body.className; \
             document.getElementById('cancel').click(); })",
        );
        page.drop_files(&paths(&[SERIES]));
        wait(page, "typeof state === 'string'");
        page.check("state", json!("busy"));
        std::thread::sleep(Duration::from_secs(1));
        page.check("document.body.className", json!("start"));
        page.check("'shown' in document.body.dataset", json!(false));
    });
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn the_bar_never_goes_back() {
    with_page(|page| {
        forget(page);
        page.evaluate(
            "window.values = []; const bar = document.getElementById('progress'); \
             new MutationObserver(() => values.push(bar.value)) \
             .observe(bar, {attributeFilter: ['value']})",
        );
        page.choose("#folder", &paths(&["testdata/dumps/v1.20"]));
        wait_for_report(page);
        page.check(
            "values.every((value, at) => value >= (values[at - 1] ?? 0))",
            json!(true),
        );
        page.check("values.at(-1)", json!(1));
    });
}

/// Makes an archive of a folder, as `tar -cz` does.
fn pack(folder: &str, to: &Path) {
    let file = fs::File::create(to).expect("it can be made");
    let gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    let added = tar.append_dir_all("bundle", project().join(folder));
    added.expect("it can be read");
    let gzip = tar.into_inner().expect("it is whole");
    gzip.finish().expect("it is whole");
}

/// All dumps of the project, or those below the folder that `KHEAP_DUMPS` names.
#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn every_dump_has_the_findings_of_the_program() {
    let folder = std::env::var_os("KHEAP_DUMPS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| project().join("testdata/dumps"));
    let mut dumps = Vec::new();
    let mut folders = vec![folder.canonicalize().expect("it is there")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            let list = if path.is_dir() {
                &mut folders
            } else {
                &mut dumps
            };
            list.push(path);
        }
    }
    dumps.retain(|path| path.extension().is_some_and(|ending| ending == "gz"));
    with_page(|page| {
        for dump in &dumps {
            give(page, "#files", std::slice::from_ref(dump));
            wait_for_end(page);
            let name = dump.to_str().expect("it is a text");
            let run = kheap(&["diagnose", name, "--format", "json"]);
            if run.code == Some(0) {
                wait_for_report(page);
                assert_eq!(findings(page), expected(&[name]), "{name}");
            } else {
                assert!(!text(page, "#error").is_empty(), "{name}");
            }
        }
    });
    println!("{} dumps have the findings of the program", dumps.len());
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn hostile_files_are_refused_in_one_line_and_never_freeze_the_page() {
    with_page(|page| {
        let malformed = project().join("testdata/malformed");
        for name in [
            "truncated-gzip.pb.gz",
            "forbidden.txt",
            "not-a-profile.bin",
            "empty.pb.gz",
        ] {
            give(
                page,
                "#files",
                &[malformed.canonicalize().expect("it is there").join(name)],
            );
            wait_for_end(page);
            let error = text(page, "#error");
            let file = format!("testdata/malformed/{name}");
            let run = kheap(&["diagnose", &file]);
            let line = run.stderr.trim_end().replace("testdata/malformed/", "");
            assert_eq!(format!("error: {error}"), line);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let bomb = folder.path().join("bomb.pb.gz");
        write_bomb(&bomb);
        give(page, "#files", &[bomb]);
        wait(page, "document.body.className === 'busy'");
        check_answers(page);
        // It can be left at any time, and the page takes the next file.
        page.evaluate("document.getElementById('cancel').click()");
        page.check("document.body.className", json!("start"));
        page.choose("#files", &paths(&[STORM]));
        wait_for_report(page);
        assert_eq!(findings(page), expected(&[STORM]));
    });
}

/// A profile of some megabytes that inflates past every limit.
fn write_bomb(to: &Path) {
    use std::io::Write;

    let file = fs::File::create(to).expect("it can be made");
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    // A string of a profile, again and again: all zeros would be refused at once.
    gzip.write_all(&[0x32, 0]).expect("it takes everything");
    let string = [&[0x32, 0x7f][..], &[b'a'; 127]].concat();
    let block = string.repeat(8000);
    for _ in 0..1100 {
        gzip.write_all(&block).expect("it takes everything");
    }
    gzip.finish().expect("it takes everything");
}

/// The page itself answers at once, whatever the worker does.
#[track_caller]
fn check_answers(page: &mut Browser) {
    for _ in 0..10 {
        let start = Instant::now();
        page.settle("new Promise((done) => requestAnimationFrame(() => done(true)))");
        assert!(
            start.elapsed() < Duration::from_millis(500),
            "{:?}",
            start.elapsed()
        );
    }
}

/// From the choice of a file to its report, in milliseconds: the best of some tries.
fn milliseconds(page: &mut Browser, file: &Path) -> f64 {
    let watch = "document.getElementById('files').addEventListener('change', () => {\
                 const start = performance.now(); \
                 window.took = new Promise((done) => new MutationObserver(() => \
                 requestAnimationFrame(() => done(performance.now() - start)))\
                 .observe(document.body, {attributeFilter: ['data-shown']})); }, \
                 {capture: true, once: true})";
    let tries = (0..5).map(|_| {
        forget(page);
        page.evaluate(watch);
        page.choose("#files", &[file.to_path_buf()]);
        wait(page, "typeof took === 'object'");
        page.settle("took").as_f64().expect("a number")
    });
    tries.fold(f64::MAX, f64::min)
}

#[test]
#[ignore = "takes Chromium, the page and a quiet machine"]
fn a_report_is_there_before_anybody_waits() {
    with_page(|page| {
        let took = milliseconds(page, &paths(&[STORM])[0]);
        assert!(took < 500.0, "{took} ms");
    });
}

/// A quiet machine takes 1.3 s, a busy one any time, so that `.ci/run` leaves this out.
#[test]
#[ignore = "takes Chromium, the page and a quiet machine"]
fn a_large_dump_is_explained_within_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("large.pb.gz");
    write_large(&large);
    with_page(|page| {
        let took = milliseconds(page, &large);
        assert!(took < 1500.0, "{took} ms");
    });
}

/// Writes a dump of 6 MB: 175,000 stacks of 30 frames. Each begins like the one before.
fn write_large(to: &Path) {
    let mut builder = heap_builder();
    let mut locations = Vec::new();
    for at in 0..8000_u64 {
        let name = format!("example.com/part{}.(*Kind{}).Method{at}", at % 200, at % 50);
        let function = builder.function(&name, "server.go");
        locations.push(builder.location(None, 0x40_0000 + 16 * at, &[(function, at as i64)]));
    }
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut stack = Vec::new();
    for _ in 0..175_000 {
        stack.truncate(8 + random(22));
        while stack.len() < 30 {
            stack.push(locations[random(locations.len())]);
        }
        let (objects, size) = (1 + random(400) as i64, 16 << random(12));
        let leaf_first: Vec<_> = stack.iter().rev().copied().collect();
        let values = [4 * objects, 4 * objects * size, objects, objects * size];
        let added = builder.sample(&leaf_first, &values, &[]);
        added.expect("a value for each type");
    }
    let file = fs::File::create(to).expect("it can be made");
    kheap::encode(&builder.finish(), file).expect("it takes everything");
    let bytes = fs::metadata(to).expect("it is there").len();
    assert!((5_500_000..7_000_000).contains(&bytes), "{bytes} bytes");
}

/// What axe complains about in the page as it is.
fn complaints(page: &mut Browser) -> Vec<String> {
    let run = "axe.run(document, {resultTypes: ['violations']}).then((found) => \
               found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' ')}`))";
    let found = page.settle(run);
    let list = found.as_array().expect("a list").iter();
    list.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

#[test]
#[ignore = "takes Chromium, axe-core and the page, which .ci/run makes"]
fn every_state_is_accessible_in_light_in_dark_and_on_a_phone() {
    let axe = project().join("crates/kheap-report/explorer/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).expect("`npm ci` in crates/kheap-report/explorer brings it");
    with_page(|page| {
        let mut found = Vec::new();
        for state in ["start", "refused", "shown"] {
            let bad = project().join("testdata/malformed/forbidden.txt");
            match state {
                "refused" => give(page, "#files", &[bad.canonicalize().expect("it is there")]),
                "shown" => give(page, "#files", &paths(&[STORM])),
                _ => {}
            }
            if state != "start" {
                wait_for_end(page);
            }
            page.evaluate(&axe);
            for (width, theme) in [
                (1280, "light"),
                (1280, "dark"),
                (390, "light"),
                (390, "dark"),
            ] {
                page.size(width, 900);
                let scheme = json!([{"name": "prefers-color-scheme", "value": theme}]);
                page.call("Emulation.setEmulatedMedia", json!({"features": scheme}));
                let complaints = complaints(page).into_iter();
                found.extend(complaints.map(|one| format!("{state} {width} {theme}: {one}")));
                page.check(
                    &format!("document.documentElement.scrollWidth <= {width}"),
                    json!(true),
                );
                page.photograph(&format!("page-{state}-{width}-{theme}"), width);
            }
            page.size(1280, 900);
        }
        assert_eq!(found, [""; 0]);
    });
}

#[test]
#[ignore = "takes Chromium and the page, which .ci/run makes"]
fn the_keyboard_is_enough() {
    with_page(|page| {
        let focused = "document.activeElement.id";
        let mut seen = Vec::new();
        for _ in 0..4 {
            page.press("Tab", 9, "");
            seen.push(page.evaluate(focused));
        }
        assert_eq!(
            seen[..3],
            [
                json!("choose-files"),
                json!("choose-folder"),
                json!("pasted")
            ]
        );
        page.evaluate("document.getElementById('pasted').focus()");
        let table = "      flat  flat%   sum%        cum   cum%\n  512.19kB   100%   100%   512.19kB   100%  main.load\n";
        page.call("Input.insertText", json!({"text": table}));
        page.press("Tab", 9, "");
        page.press("Enter", 13, "\r");
        wait_for_report(page);
        // The report is read aloud from its title on, and the next one begins anew.
        page.check("document.activeElement.tagName", json!("H1"));
        page.check("document.activeElement.checkVisibility()", json!(true));
        page.press("Tab", 9, "");
        page.check(
            "document.querySelector('header').contains(document.activeElement)",
            json!(true),
        );
        page.evaluate("document.getElementById('again').focus()");
        page.press("Enter", 13, "\r");
        wait(
            page,
            "document.body?.className === 'start' && location.hash === ''",
        );
    });
}
