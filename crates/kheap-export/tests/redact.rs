//! What redaction hides, and what it leaves as it was, over all of `testdata`.

#[path = "../../kheap/tests/common/growth.rs"]
#[expect(clippy::print_stdout, reason = "figures that `--nocapture` shows")]
mod growth;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use kheap::attribute::Dimensions;
use kheap::profile::{Function, Label, LabelValue, Line, Mapping};
use kheap::{
    DiagnoseOptions, GraphOptions, Heap, Limits, Profile, ProfileBuilder, Selection,
    SelectionOptions, breakdown, decode, diagnose, encode, top,
};
use kheap_export::{Key, Redactor};
use proptest::prelude::*;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// The same bytes, inflated where they are gzipped.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"\x1f\x8b") {
        return bytes.to_vec();
    }
    let mut out = Vec::new();
    // Of a log that is being written the end is missing.
    let _ = MultiGzDecoder::new(bytes).read_to_end(&mut out);
    out
}

fn redacted(redactor: &mut Redactor, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let done = redactor.redact(bytes, &mut out, &Limits::default());
    done.expect("it can be redacted");
    out
}

/// Bytes as text in small letters, to be searched.
fn small(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_lowercase()
}

fn contains(bytes: &[u8], word: &str) -> bool {
    small(bytes).contains(&word.to_lowercase())
}

/// What is asked of a heap, without names that are private.
fn answers(profile: &Profile) -> (Vec<(i64, i64)>, Vec<String>, Vec<String>) {
    let sample_type = profile.sample_type("").expect("there is one");
    let options = SelectionOptions::default();
    let heap = Heap::new(Selection::new(profile, sample_type, &options));
    let rows = top(&heap, &GraphOptions::default()).rows;
    let mut rows: Vec<_> = rows.iter().map(|row| (row.flat, row.cum)).collect();
    rows.sort_unstable();
    let parts = breakdown(&heap, Dimensions::ALL).rows;
    let mut parts: Vec<String> = parts
        .iter()
        .map(|row| format!("{:?} {:?} {}", row.part, row.verb, row.value))
        .collect();
    parts.sort_unstable();
    let findings = diagnose(&heap, &DiagnoseOptions::default()).findings;
    let findings = findings.iter().map(|finding| {
        let severity = finding.severity.name();
        format!("{} {severity} {}", finding.id, finding.bytes)
    });
    (rows, parts, findings.collect())
}

#[test]
fn a_redacted_heap_has_the_same_figures_and_findings() {
    for file in files(&testdata().join("dumps")) {
        let bytes = fs::read(&file).unwrap();
        let before = decode(&bytes).unwrap();
        let after = redacted(&mut Redactor::new(None, None), &bytes);
        let after = decode(&after).unwrap();
        assert_eq!(answers(&before), answers(&after), "{}", file.display());
        let stats = |profile: &Profile| profile.header().mem_stats;
        assert_eq!(stats(&before), stats(&after), "{}", file.display());
    }
}

/// Words that stand for private ones; none is a part of a pseudonym.
const PRIVATE: [&str; 6] = ["quokka", "wombat", "numbat", "dugong", "bilby", "zebra"];

/// The profile as if its programs were private: packages of Kubernetes belong to somebody
/// else, and all that a profile may say of its machine is said.
fn made_private(profile: &Profile) -> Vec<u8> {
    let rename = |text: &str| -> String {
        let ours = text
            .replace("k8s.io/apiserver", "quokka.io/wombat")
            .replace("k8s.io/client-go", "github.com/zebra/numbat");
        let ours = match ours == text || text.contains('[') {
            true => ours,
            false => ours.replace("Run", "RunDugong").replace("List", "Dugong"),
        };
        ours.replace("/usr/local/go", "/home/bilby/go")
    };
    let mut builder = ProfileBuilder::new();
    for sample_type in profile.sample_types() {
        let [kind, unit] = [sample_type.kind, sample_type.unit].map(|id| profile.text(id));
        builder.sample_type(&kind, &unit);
    }
    let (period, time) = (profile.header().period_type, profile.header().time_nanos);
    let [kind, unit] = [period.kind, period.unit].map(|id| profile.text(id));
    let comment = builder.string("saved by bilby on node wombat-7");
    let doc_url = builder.string("https://wiki.zebra.io/dugong");
    let period_type = builder.value_type(&kind, &unit);
    let header = builder.header();
    (header.period_type, header.period) = (period_type, profile.header().period);
    (header.time_nanos, header.doc_url) = (time, doc_url);
    header.comments.push(comment);
    let mut mappings = Vec::new();
    for mapping in profile.mappings() {
        let mapping = Mapping {
            filename: builder.string("/opt/quokka/bin/numbat-server"),
            build_id: builder.string("wombat/zebra"),
            ..*mapping
        };
        mappings.push(builder.mapping(mapping));
    }
    let mut functions = Vec::new();
    for function in profile.functions() {
        let mut text = |id| {
            let text = rename(&profile.text(id));
            builder.string(text)
        };
        let (name, system_name) = (text(function.name), text(function.system_name));
        let function = Function {
            name,
            system_name,
            filename: text(function.filename),
            ..*function
        };
        functions.push(builder.add_function(function));
    }
    let table = profile.locations();
    let mut locations = Vec::new();
    for id in table.ids() {
        let lines = table.lines(id).iter().map(|line| Line {
            function: functions[line.function.index()],
            ..*line
        });
        let lines: Vec<Line> = lines.collect();
        let mapping = table.mapping(id).map(|id| mappings[id.index()]);
        locations.push(builder.add_location(mapping, table.address(id), false, &lines));
    }
    let samples = profile.samples();
    let tenant = builder.text_label("tenant-dugong", "bilby@zebra.io");
    for id in samples.ids() {
        let stack: Vec<_> = samples
            .stack(id)
            .iter()
            .map(|id| locations[id.index()])
            .collect();
        let values = profile
            .sample_type_ids()
            .map(|t| profile.values(t)[id.index()]);
        let mut labels: Vec<Label> = vec![tenant];
        for label in samples.labels(id) {
            if let LabelValue::Number(number, unit) = label.value {
                let (key, unit) = (profile.text(label.key), profile.text(unit));
                labels.push(builder.number_label(&key, number, &unit));
            }
        }
        let added = builder.sample(&stack, &values.collect::<Vec<_>>(), &labels);
        added.expect("it is as before");
    }
    let mut bytes = Vec::new();
    encode(&builder.finish(), &mut bytes).expect("memory takes it");
    bytes
}

#[test]
fn nothing_private_is_left_of_any_profile() {
    let root = testdata();
    for folder in ["dumps", "bundles"] {
        for file in files(&root.join(folder)) {
            let bytes = fs::read(&file).unwrap();
            let Ok(profile) = decode(&bytes) else {
                continue;
            };
            let private = made_private(&profile);
            let before = inflated(&private);
            let mut redactor = Redactor::new(None, None);
            let out = redacted(&mut redactor, &private);
            for text in [small(&inflated(&out)), small(&out)] {
                for word in PRIVATE {
                    assert!(!text.contains(word), "{} {word}", file.display());
                }
            }
            assert!(contains(&before, "bilby"));
            assert_eq!(profile.totals(), decode(&out).unwrap().totals());
        }
    }
}

/// The words of values of an audit log that are about users and objects.
fn private_words(log: &str) -> BTreeSet<String> {
    let keys = [
        "username",
        "uid",
        "auditID",
        "userAgent",
        "name",
        "namespace",
    ];
    let mut found = BTreeSet::new();
    for line in log.lines() {
        let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let places = [&event, &event["user"], &event["objectRef"]];
        for (place, key) in places
            .iter()
            .flat_map(|place| keys.map(|key| (*place, key)))
        {
            let text = place[key].as_str().unwrap_or_default();
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
            found.extend(words.map(str::to_owned));
        }
    }
    found
}

#[test]
fn nothing_private_is_left_of_a_bundle() {
    // The accounts that ran in the cluster of these bundles, and what they looked at.
    let known = [
        "inventory-agent",
        "ops-collector",
        "serviceaccount:monitoring",
    ];
    let mut seen = BTreeSet::new();
    for folder in fs::read_dir(testdata().join("bundles")).unwrap() {
        let folder = folder.unwrap().path();
        let mut redactor = Redactor::new(None, None);
        let contents: Vec<(PathBuf, Vec<u8>)> = files(&folder)
            .into_iter()
            .map(|file| {
                let bytes = fs::read(&file).unwrap();
                (file, bytes)
            })
            .collect();
        let mut private = BTreeSet::new();
        for (file, bytes) in &contents {
            if file.to_string_lossy().contains("audit") {
                private.extend(private_words(&String::from_utf8_lossy(&inflated(bytes))));
            }
        }
        let is_id = |word: &String| word.len() == 36 && word.matches('-').count() == 4;
        private.retain(|word| known.contains(&&**word) || is_id(word));
        for (file, bytes) in &contents {
            // Of a log that is being written the end is missing.
            let whole = inflated(bytes);
            let out = small(&inflated(&redacted(&mut redactor, &whole)));
            let whole = small(&whole);
            for word in private.iter().map(String::as_str).chain(known) {
                assert!(!out.contains(word), "{} {word}", file.display());
                if whole.contains(word) {
                    seen.insert(word.to_owned());
                }
            }
        }
    }
    assert!(seen.len() > 50, "the bundles name somebody: {}", seen.len());
}

/// Lines in which a private word may stand.
const LINES: [&str; 32] = [
    "apiserver_request_total{resource=\"WORD\",verb=\"LIST\"} 1",
    "WORD_requests_total{a=\"b\"} 1",
    "# HELP WORD_requests the requests of WORD",
    "{\"user\":{\"username\":\"system:serviceaccount:WORD:WORD\"},\"verb\":\"list\"}",
    "{\"a\":\"\\u0041WORD\\nWORD\\\\WORD\"}",
    "I1129 15:39:55.634905    7497 WORD.go:134] \"HTTP\" verb=\"GET\" URI=\"/api/v1/namespaces/WORD/pods?labelSelector=app%3DWORD\"",
    "#\t0x4dea1d\tk8s.io/api.Do[go.shape.struct { WORD WORD.io/x.WORD }]+0x1d\t/go/WORD/main.go:14",
    "#\t0x4dea1d\tWORD/WORD.(*WORD).WORD.func1+0x1d\tWORD/WORD.go:14",
    "WORD/store.(*WORD).run({0xc000, 0x1?})",
    "\t/home/WORD/src/WORD.go:7 +0x1d",
    "created by github.com/WORD/x.WORD in goroutine 1",
    "   12MB 50.00% 50.00%    24MB   100%  WORD.io/WORD.(*WORD).Load (inline)",
    "File: WORD-server",
    "Build ID: WORD",
    "   focus=WORD",
    "apiserver_WORD_secret 1",
    "# TYPE apiserver_WORD_total counter",
    "go_gc_WORD{a=\"b\"} 1",
    "# WORDStat = 12",
    "k8s.io/api/core/v1.Pod WORD",
    "see k8s.io/api/core/v1.Pod(WORD) and k8s.io/api/core/v1.Pod:WORD",
    "k8s.io/WORD/x.Do and github.com/prometheus/WORD.Do",
    "#\t0x4dea1d\tk8s.io/api@v0.34.1-WORD/core/v1.Do+0x1d\t/go/k8s.io/api@v0.34.1-WORD/x.go:14",
    "#\t0x4dea1d\truntime.main WORD+0x1d\t/usr/local/go/src/runtime/WORD proc.go:14",
    "   12MB 50.00% 50.00%    24MB   100%  k8s.io/api/core/v1.(*Pod).Unmarshal WORD",
    "   12MB   100% |   runtime.main WORD",
    "internal/WORD.Do(0xc000)",
    "net/http.(*Server).Serve(0xc000, {WORD})",
    "k8s.io/kubernetes/vendor/WORD.io/vendor/k8s.io/api/core/v1.Do(...)",
    "slices.Sort[k8s.io/api/core/v1.Pod,.WORD](...)",
    "net/WORD.Do 12 time.Sleep-WORD",
    "Authorization: Bearer eyJWORD.WORD-WORD_WORD+WORD/WORD==",
];

/// Lines in which an account may stand.
const ACCOUNTS: [&str; 14] = [
    "account ACCOUNT of somebody",
    "user=ACCOUNT,id:ACCOUNT",
    "{\"id\":ACCOUNT,\"list\":[ACCOUNT, -ACCOUNT],\"text\":\"id: ACCOUNT, x\"}",
    "{\"float\": 1.ACCOUNT}",
    "I1129 15:39:55.634905    7497 some.go:134] \"done\" id=ACCOUNT",
    "2026-11-29T15:39:55.493036Z stderr F id ACCOUNT",
    "ref 0xACCOUNT, #ACCOUNT and abc-ACCOUNT",
    "ACCOUNTMB and ACCOUNTms",
    "acme_orders ACCOUNT",
    "apiserver_request_total{a=\"ACCOUNT\"} 3",
    "# Acme = ACCOUNT",
    "/accounts/ACCOUNT?id=%3DACCOUNT",
    "acme ACCOUNT 12% of it",
    "main.pay(0xACCOUNT, {0xACCOUNT, 0x1})",
];

#[test]
fn numbers_in_a_row_are_hidden() {
    let mut redactor = Redactor::new(None, None);
    for text in [
        "card 4111 1111 1111 1111",
        "bytes [115 101 99 114]",
        "{\"bytes\":[115,101,99,114]}",
        "123-45-6789",
        r"\163\145\143\162",
        r"\x73\x65\x63\x72",
    ] {
        let copy = redactor.words(text);
        for part in ["1111", "101", "145", "45", "x65"] {
            assert!(!copy.contains(part), "{text}: {copy}");
        }
    }
}

/// A file of what is known, from which rules and signatures judge.
fn knowledge(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kheap/src/knowledge");
    fs::read_to_string(folder.join(file)).expect("the file is there")
}

#[test]
fn kinds_that_are_known_are_public() {
    let list = knowledge("kinds.txt");
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let kinds = lines.filter_map(|line| line.split_once('/'));
    let kinds: Vec<&str> = kinds.map(|(_, kind)| kind).collect();
    assert!(kinds.contains(&"ConfigMap"));
    let text: String = kinds.iter().map(|kind| format!("kind: {kind}\n")).collect();
    let out = redacted(&mut Redactor::new(None, None), text.as_bytes());
    let out = String::from_utf8(out).expect("text stays text");
    let hidden = { text.lines().zip(out.lines()) }.filter(|(kind, left)| kind != left);
    assert_eq!(hidden.collect::<Vec<_>>(), []);
}

/// Without their names no rule and no signature would find them in a copy.
#[test]
fn frames_that_are_known_are_public() {
    let cases: toml::Table = knowledge("frames.cases.toml").parse().expect("it is TOML");
    let lists = cases.values().filter_map(|case| case.get("is")?.as_array());
    let names = lists.flatten().filter_map(|name| name.as_str());
    // Some stand for anybody's program, whose names are private.
    let is_anybodys = |name: &str| {
        ["example.com/", "x.", "/"]
            .iter()
            .any(|own| name.starts_with(own))
    };
    let names: BTreeSet<&str> = names.filter(|name| !is_anybodys(name)).collect();
    assert!(names.contains("bytes.growSlice"));
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    for (at, name) in names.iter().enumerate() {
        let function = builder.function(name, "");
        let location = builder.location(None, at as u64 + 1, &[(function, 1)]);
        builder.sample(&[location], &[1], &[]).expect("one value");
    }
    let copy = Redactor::new(None, None).profile(&builder.finish());
    let copy = copy.expect("it can be redacted");
    let left = copy.functions().iter();
    let left: Vec<String> = left.map(|f| copy.text(f.name).into_owned()).collect();
    assert_eq!(left.len(), names.len());
    let hidden = { names.iter().zip(&left) }.filter(|(name, left)| *name != left);
    assert_eq!(hidden.collect::<Vec<_>>(), []);
}

#[test]
fn labels_of_attribution_are_public_by_its_own_words_only() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let function = builder.function("main.load", "main.go");
    let stack = [builder.location(None, 7, &[(function, 3)])];
    let labels = ["part", "verb", "kind"].map(|key| builder.text_label(key, "QuokkaLedger"));
    builder.sample(&stack, &[64], &labels).unwrap();
    let own = builder.text_label("part", "watch-cache-events");
    builder.sample(&stack, &[64], &[own]).unwrap();
    let profile = builder.finish();
    let copy = Redactor::new(None, None).profile(&profile).unwrap();
    let texts: Vec<String> = copy.strings().iter().map(small).collect();
    assert!(
        !texts.iter().any(|text| text.contains("quokka")),
        "{texts:?}"
    );
    assert!(texts.iter().any(|text| text == "watch-cache-events"));
}

/// The functions of public modules that signatures and the vocabulary look for, from the cases
/// that show them.
fn known_frames() -> BTreeSet<String> {
    fn texts(value: &toml::Value, found: &mut Vec<String>) {
        match value {
            toml::Value::String(text) => found.push(text.clone()),
            toml::Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
            toml::Value::Table(table) => table.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let knowledge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kheap/src/knowledge");
    let mut cases = files(&knowledge.join("signatures/cases"));
    cases.push(knowledge.join("frames.cases.toml"));
    let mut found = Vec::new();
    for file in cases {
        let text = fs::read_to_string(file).expect("it can be read");
        texts(&toml::from_str(&text).expect("it is TOML"), &mut found);
    }
    let mut redactor = Redactor::new(None, None);
    let stacks = found.iter().filter(|text| !text.contains('\n'));
    let frames = stacks.flat_map(|stack| stack.split(';'));
    let frames = frames.map(|frame| frame.split(' ').next().unwrap_or_default());
    let mut is_public = |frame: &&str| {
        let name = frame.rfind('/').map(|at| at + 1);
        let dot = name.and_then(|at| Some(at + frame[at..].find('.')?));
        dot.is_some_and(|dot| {
            let other = format!("{}.Quokka", &frame[..dot]);
            !frame.contains("/vendor/")
                && frame[..dot].contains('.')
                && redactor.symbol(&other) == other
        })
    };
    frames
        .filter(|frame| is_public(frame))
        .map(str::to_owned)
        .collect()
}

#[test]
fn frames_that_signatures_know_are_listed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/redact/frames.txt");
    let mut list =
        "# Functions of public modules that signatures and the vocabulary look for, one a \
                    line. They stay\n# without the beginning of their package too.\n"
            .to_owned();
    for frame in known_frames() {
        list += &frame;
        list.push('\n');
    }
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
        fs::write(&file, &list).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(
        committed == list,
        "frames.txt is not what the cases say; UPDATE_GOLDEN=1 rewrites it"
    );
}

#[test]
fn frames_that_signatures_know_stay_in_every_short_form() {
    let frames = known_frames();
    assert!(frames.len() > 300, "{}", frames.len());
    for frame in &frames {
        let begins = frame.match_indices('/').map(|(at, _)| at + 1);
        for begin in [0].into_iter().chain(begins) {
            let row = format!(
                "   12MB 50.00% 50.00%    24MB   100%  {}\n",
                &frame[begin..]
            );
            let copy = redacted(&mut Redactor::new(None, None), row.as_bytes());
            assert_eq!(String::from_utf8_lossy(&copy), row);
        }
    }
}

proptest! {
    #[test]
    fn no_word_survives_in_any_line(word in "[a-z]{2}(zq|qx|vx)[a-z0-9]{2,8}", at in 0..LINES.len()) {
        let line = LINES[at].replace("WORD", &word);
        let out = redacted(&mut Redactor::new(None, None), line.as_bytes());
        prop_assert!(!contains(&out, &word), "{}", String::from_utf8_lossy(&out));
        // The same with letters that URLs and JSON may write in another way.
        let code = format!("%{:02x}", word.as_bytes()[0]);
        let encoded = LINES[5].replace("WORD", &format!("{code}{}", &word[1..]));
        let out = redacted(&mut Redactor::new(None, None), encoded.as_bytes());
        prop_assert!(!contains(&out, &word[1..]), "{}", String::from_utf8_lossy(&out));
    }

    #[test]
    fn no_account_survives_in_any_line(account in "[1-9][0-9]{5,15}", at in 0..ACCOUNTS.len()) {
        let line = ACCOUNTS[at].replace("ACCOUNT", &account);
        let out = redacted(&mut Redactor::new(None, None), line.as_bytes());
        prop_assert!(!contains(&out, &account), "{}", String::from_utf8_lossy(&out));
        if line.starts_with('{') {
            let read = serde_json::from_slice::<serde_json::Value>(&out);
            prop_assert!(read.is_ok(), "{}", String::from_utf8_lossy(&out));
        }
    }

    #[test]
    fn two_names_never_become_one(
        one in "[a-zA-Z]{1,3}[\\PC]{0,4}", other in "[a-zA-Z]{1,3}[\\PC]{0,4}",
        key in prop::option::of(Just("a secret of some length")),
    ) {
        let mut redactor = Redactor::new(key.map(|key| Key::new(key.as_bytes())), None);
        let mut copy = |text: &str| redactor.words(text);
        prop_assume!(one != other);
        let (one, other) = (copy(&one), copy(&other));
        prop_assert_ne!(one, other);
    }

    #[test]
    fn any_text_is_redacted_or_refused(text in "\\PC{0,80}") {
        let mut out = Vec::new();
        let _ = Redactor::new(None, None).redact(text.as_bytes(), &mut out, &Limits::default());
    }
}

/// JSON as the string of a field of other JSON, so many times.
fn nested(inner: &serde_json::Value, depth: usize) -> serde_json::Value {
    (0..depth).fold(
        inner.clone(),
        |value, _| serde_json::json!({ "log": value.to_string() }),
    )
}

/// The innermost JSON of it.
fn unwrapped(text: &str, depth: usize) -> serde_json::Result<serde_json::Value> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    for _ in 0..depth {
        value = serde_json::from_str(value["log"].as_str().unwrap_or_default())?;
    }
    Ok(value)
}

proptest! {
    #[test]
    fn json_in_json_is_the_same_at_every_depth(
        words in prop::collection::vec("[a-z]{1,6}[0-9]{0,3}|web-[0-9]|[A-Z][a-z]{3}[0-9]_x[0-9]", 3),
        key in prop::option::of(Just("a secret of some length")),
    ) {
        let [one, two, three] = [0, 1, 2].map(|at| &words[at]);
        let inner = serde_json::json!({
            "name": one,
            (two): [three, {"host": one}, 7],
            "path": format!(r"C:\Users\{one}\src\{two}\{three}.go"),
            "share": format!(r"\\{two}\{three}\"),
            "text": format!("say \"{one}\" and '{two}': 12"),
        });
        let key = key.map(|key| Key::new(key.as_bytes()));
        let mut redactor = Redactor::new(key.clone(), None);
        let mut copies = Vec::new();
        for depth in 0..=5 {
            let text = nested(&inner, depth).to_string();
            let copy = String::from_utf8(redacted(&mut redactor, text.as_bytes())).unwrap();
            let plain = unwrapped(&copy, depth);
            prop_assert!(plain.is_ok(), "{text}: {copy}");
            copies.push(plain.unwrap());
            let again = redacted(&mut Redactor::new(key.clone(), None), copy.as_bytes());
            prop_assert_eq!(String::from_utf8_lossy(&again), copy);
        }
        for copy in &copies {
            prop_assert_eq!(copy, &copies[0]);
        }
    }
}

/// How programs write the strings of JSON.
#[derive(Debug, Clone, Copy)]
enum Encoder {
    Plain,
    /// Markup is escaped, also two separators of lines.
    Go,
    /// What is not ASCII is escaped.
    Python,
    Php,
}

impl Encoder {
    fn string(self, text: &str) -> String {
        let mut out = String::from("\"");
        for c in text.chars() {
            let is_escaped = match self {
                Self::Plain => false,
                Self::Go => matches!(c, '<' | '>' | '&' | '\u{2028}'),
                Self::Python => !c.is_ascii(),
                Self::Php => !c.is_ascii() || c == '/',
            };
            match c {
                '/' if is_escaped => out += "\\/",
                _ if is_escaped => {
                    let units = c.encode_utf16(&mut [0; 2]).to_vec();
                    out.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
                }
                _ => out += serde_json::json!(c).to_string().trim_matches('"'),
            }
            if c == '"' {
                out += "\"";
            }
        }
        out + "\""
    }

    fn value(self, value: &serde_json::Value) -> String {
        use serde_json::Value;
        match value {
            Value::String(text) => self.string(text),
            Value::Array(list) => {
                let list = list.iter().map(|value| self.value(value));
                format!("[{}]", list.collect::<Vec<_>>().join(", "))
            }
            Value::Object(map) => {
                let members = map.iter();
                let members = members
                    .map(|(key, value)| format!("{}: {}", self.string(key), self.value(value)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            other => other.to_string(),
        }
    }
}

fn encoders() -> impl Strategy<Value = Vec<Encoder>> {
    use Encoder::{Go, Php, Plain, Python};
    let one = prop::sample::select(vec![Plain, Go, Python, Php]);
    prop::collection::vec(one, 7)
}

/// Private words and what stands between them, which is no part of any.
fn text_of(between: &'static [&'static str]) -> impl Strategy<Value = Vec<(usize, &'static str)>> {
    prop::collection::vec((0..4_usize, prop::sample::select(between)), 1..8)
}

fn joined(parts: &[(usize, &str)], words: &[String]) -> String {
    let parts = parts
        .iter()
        .map(|(word, between)| words[*word].clone() + between);
    parts.collect()
}

/// What may stand between words where backslashes do.
const BETWEEN: [&str; 20] = [
    "\n", "\t", "\r", " ", "<", "> & ", "&", "\u{8}", "\u{c}", "/", "\\", "\\\\", ": ", "=", ", ",
    "\u{2028}", "'", " (", ")\n", "\n\n",
];

/// The same where quotes do.
const BETWEEN_WITH_QUOTES: [&str; 8] = ["\n", " ", "\" ", " \"", ": \"", "\",", "\u{2028}", "<"];

proptest! {
    #[test]
    fn json_of_every_encoder_stays_json_at_every_depth(
        words in prop::collection::vec("[nrtubfx]zq[a-zé]{1,4}[0-9]{0,2}|😀", 4),
        text in text_of(&BETWEEN),
        quoted in text_of(&BETWEEN_WITH_QUOTES),
        encoders in encoders(),
        key in prop::option::of(Just("a secret of some length")),
    ) {
        let value = |words: &[String]| serde_json::json!({
            "items": words,
            "annotations": {"message": joined(&text, words)},
            "list": [7, true, null, -1.5, {"log": joined(&quoted, words)}, []],
            "status": {(joined(&text[..1], words)): "pods"},
        });
        let key = key.map(|key| Key::new(key.as_bytes()));
        let mut redactor = Redactor::new(key.clone(), None);
        let mut line = encoders[0].value(&value(&words));
        for depth in 0..=6 {
            let copy = String::from_utf8(redacted(&mut redactor, line.as_bytes())).unwrap();
            let plain = unwrapped(&copy, depth);
            prop_assert!(plain.is_ok(), "{line}: {copy}");
            let plain = plain.unwrap();
            let hidden: Vec<String> = serde_json::from_value(plain["items"].clone()).unwrap();
            prop_assert!(words.iter().zip(&hidden).all(|(word, hidden)| word != hidden));
            prop_assert_eq!(plain, value(&hidden), "{}: {}", line, copy);
            let again = redacted(&mut Redactor::new(key.clone(), None), copy.as_bytes());
            prop_assert_eq!(String::from_utf8_lossy(&again), copy);
            if depth < 6 {
                line = encoders[depth + 1].value(&serde_json::json!({"log": line}));
            }
        }
    }
}

/// As `kubectl` and loggers of Go, Python and Node write it.
#[test]
fn json_in_json_stays_what_it_is_but_for_names() {
    for (line, expected) in [
        (
            r#"{"msg":"{\"a\":\"zwbeta\\nzwbeta\"}","text":"zwbeta"}"#,
            r#"{"msg":"{\"a\":\"anon1\\nanon1\"}","text":"anon1"}"#,
        ),
        (
            r#"{"msg": "{\"msg\": \"the pods are <none> & ready\\n\"}"}"#,
            r#"{"msg": "{\"msg\": \"the pods are <none> & ready\\n\"}"}"#,
        ),
        (
            r#"{"annotations":{"a":"{\"items\":{\"a\":\"server=zwhost\\nport=8080\\n\"}}\n"}}"#,
            r#"{"annotations":{"a":"{\"items\":{\"a\":\"server=anon1\\nport=8080\\n\"}}\n"}}"#,
        ),
        (
            r#"{"a":"{\"a\":\"zw\\u00e9psilon\"}","text":"zw\u00e9psilon"}"#,
            r#"{"a":"{\"a\":\"anon1\"}","text":"anon1"}"#,
        ),
        (
            r#"{"a":"{\"a\":\"C:\\\\new\\\\zwbeta\"}","text":"C:\\new\\zwbeta","items":"new"}"#,
            r#"{"a":"{\"a\":\"Anon1:\\\\new\\\\anon2\"}","text":"Anon1:\\new\\anon2","items":"new"}"#,
        ),
        (
            r#"{"msg": "\ud83d\ude00\n172.19.233.71"}"#,
            r#"{"msg": "anon1\nanon2"}"#,
        ),
        (
            r#"{"msg": "zw\u03b1\ud83d\ude00\\172.19.233.71"}"#,
            r#"{"msg": "anon1\\anon2"}"#,
        ),
        (
            r#"2026-11-29T15:39:55.493036Z stderr F {"log":"err=\"zwbeta\\nzwbeta\"\u003c\n"} zwbeta"#,
            r#"2026-11-29T15:39:55.493036Z stderr F {"log":"err=\"anon1\\nanon1\"\u003c\n"} anon1"#,
        ),
        (
            r#"      "annotations": "{\"a\":\"zwbeta\\n\",\"resourceVersion\":\"1234567\"}","#,
            r#"      "annotations": "{\"a\":\"anon1\\n\",\"resourceVersion\":\"1234567\"}","#,
        ),
        (
            r#"{"a":["[10, 211, 47, 93]","{10 211 47 93}"]}"#,
            r#"{"a":["[\"anon1\"]","{anon2}"]}"#,
        ),
        ("      4111111111,", r#"      "anon1","#),
        (
            "[[10,211,47,93],[10,212,48,94]]",
            r#"[["anon1"],["anon2"]]"#,
        ),
        (
            r#"{"a": [10, 211, 47, 93, 1.5, "zwbeta"], "items":[["10","211"],["47","93"]]}"#,
            r#"{"a": ["anon1", 1.5, "anon2"], "items":[["10","211"],["47","93"]]}"#,
        ),
        (r#""\"10.211.47\\u002E9\\u0033\"""#, r#""\"anon1\"""#),
    ] {
        assert_eq!(Redactor::new(None, None).words(line), expected);
        assert_eq!(Redactor::new(None, None).words(expected), expected);
    }
}

/// Also where the line around a string is no JSON: klog, logfmt, YAML, a cut line of JSON, another
/// comma than JSON has.
#[test]
fn a_quoted_string_is_what_it_means_in_any_line() {
    for (line, expected) in [
        (
            r#"I1129 15:39:55.493036 1 a.go:1] "items" name="{\"name\":\"zwhost\\nzwsecret\"}" zwsecret"#,
            r#"I1129 15:39:55.493036 1 a.go:1] "items" name="{\"name\":\"anon1\\nanon2\"}" anon2"#,
        ),
        (
            r#"msg="say \"zwhost\"\tzwsecret\u003c" text=zwsecret"#,
            r#"msg="say \"anon1\"\tanon2\u003c" text=anon2"#,
        ),
        (
            r#"name: "{\"name\":\"zw\\u00e9psilon\"}" zwépsilon"#,
            r#"name: "{\"name\":\"anon1\"}" anon1"#,
        ),
        (
            r#"{"name":"\"zwsecret\"\nzwhost","items":["zwsecret""#,
            r#"{"name":"\"anon1\"\nanon2","items":["anon1""#,
        ),
        (
            r#"{"msg":"{\"name\":\"zwhost\\nzwsecret\",}","text":"zwsecret",}"#,
            r#"{"msg":"{\"name\":\"anon1\\nanon2\",}","text":"anon2",}"#,
        ),
        (
            r#"{"count":NaN,"limit":[Infinity,-Infinity],"text":"zwhost\nzwsecret"}"#,
            r#"{"count":NaN,"limit":[Infinity,-Infinity],"text":"anon1\nanon2"}"#,
        ),
        // A mark of inches, and a string without its end.
        (
            r#"5" zwhost msg="\"zwhost\"\nzwsecret" text="zwsecret"#,
            r#"5" anon1 msg="\"anon1\"\nanon2" text="anon2"#,
        ),
    ] {
        assert_eq!(Redactor::new(None, None).words(line), expected);
        assert_eq!(Redactor::new(None, None).words(expected), expected);
    }
}

/// Events of an audit log have the JSON of an object in an annotation, and that of a pod may have
/// another one.
#[test]
fn a_name_that_ends_in_a_digit_ends_before_its_escaped_quote() {
    for (name, pseudonym) in [
        ("hunter2", "anon1"),
        ("web-1", "anon1-1"),
        ("node7", "anon1"),
        ("x2", "anon1"),
        ("hunter", "anon1"),
        ("10.211.47.93", "anon1"),
    ] {
        let mut redactor = Redactor::new(None, None);
        for depth in 0..=5 {
            let object = serde_json::json!({"name": name, "list": [443, 80], "verb": "get"});
            let text = nested(&object, depth).to_string();
            let copy = redacted(&mut redactor, text.as_bytes());
            let copy = unwrapped(&String::from_utf8_lossy(&copy), depth);
            let copy = copy.unwrap_or_else(|error| panic!("{name} {depth}: {error}"));
            let expected = serde_json::json!({"name": pseudonym, "list": [443, 80], "verb": "get"});
            assert_eq!(copy, expected, "{name} {depth}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn no_octets_survive_in_any_spelling(
        octets in (101..=255_u8, 0..=255_u8, 101..=255_u8, 101..=255_u8),
    ) {
        let (a, b, c, d) = octets;
        check_octets([a, b, c, d]);
    }
}

/// Addresses of machines.
const ADDRESSES: [&str; 12] = [
    "10.211.47.93",
    "010.211.047.093",
    "10-211-47-93",
    "10_211_47_93",
    "fd12:3456:789a::77",
    "fd12:3456:789a:1:2:3:4:77",
    "fe80::4f:77",
    "52:54:00:12:34:56",
    "0a:1b:2c:3d:4e:5f",
    "0a-1b-2c-3d-4e-5f",
    "5254.00ab.3456",
    "52:54:00:ff:fe:12:34:56",
];

/// Texts in which an address may stand.
const BEFORE_ADDRESSES: [&str; 38] = [
    "I1129 15:39:53.368218    7497 x.go:132] GET /x 200 15 30 ADDRESS",
    "\"GET /x HTTP/1.1\" 200 15 30 ADDRESS",
    "200 15 30 20 ADDRESS and more",
    "443,ADDRESS",
    "15:39:55 ADDRESS",
    "1.36.2 0.5 ADDRESS",
    "in+%28ADDRESS%2CADDRESS%29",
    "?a=%20ADDRESS",
    "?a=%22ADDRESS%22",
    "?a=%25ADDRESS",
    "?a=%2520ADDRESS",
    "?a%3DADDRESS%26b",
    r#"{"m":"a\nADDRESS"}"#,
    r#"{"m":"a\\nADDRESS"}"#,
    r#"{"m":"a\u0020ADDRESS"}"#,
    r#"{"m":"\u0028ADDRESS\u0029"}"#,
    r"a\x20ADDRESS",
    r"a\040ADDRESS",
    "a&#40;ADDRESS&#41;",
    "mac=\"ADDRESS\" x",
    "[ADDRESS]:443",
    "https://user@ADDRESS/x",
    "node-ADDRESS",
    "node_ADDRESS",
    "(ADDRESS)",
    "ADDRESS/24",
    "ADDRESS%eth0",
    "apiserver_request_total{host=\"1 2 3 ADDRESS\"} 3",
    "   12MB 50.00% 50.00%    24MB   100%  main.load 1 2 3 ADDRESS",
    "# labels: {\"ip\":\"200 15 30 ADDRESS\"}",
    "a \u{1b}[1;31mADDRESS\u{1b}[0m b",
    r#"{"m":"\u001b[31mADDRESS\u001b[0m"}"#,
    "<b>ADDRESS</b>",
    "&lt;b&gt;ADDRESS&lt;/b&gt;",
    r#"{"m":"\u003cb\u003eADDRESS\u003c/b\u003e"}"#,
    "a|ADDRESS|b",
    "#\t0x4dea1d\tmain.run+0x1d\t/src/ADDRESS/main.go:14",
    "#\t0x4dea1d\tADDRESS/cart.Load+0x1d\t/main.go:14",
];

/// Spellings of one address: its separators as escapes, or in brackets.
fn spellings(address: &str) -> [String; 12] {
    let with = |escape: fn(u32) -> String| {
        let mut out = String::new();
        for c in address.chars() {
            match c.is_alphanumeric() {
                true => out.push(c),
                false => out.push_str(&escape(u32::from(c))),
            }
        }
        out
    };
    [
        address.to_owned(),
        address.to_uppercase(),
        with(|c| format!("%{c:02X}")),
        with(|c| format!("%25{c:02x}")),
        with(|c| format!("\\u{c:04x}")),
        with(|c| format!("&#{c};")),
        with(|c| format!("\\{}", char::from_u32(c).unwrap_or_default())),
        with(|c| format!("\\\\{}", char::from_u32(c).unwrap_or_default())),
        with(|c| format!("[{}]", char::from_u32(c).unwrap_or_default())),
        with(|c| format!("({})", char::from_u32(c).unwrap_or_default())),
        with(|c| format!("\\x{c:02x}")),
        with(|c| format!("\\{c:03o}")),
    ]
}

#[test]
fn addresses_are_hidden_in_every_spelling_wherever_they_stand() {
    for address in ADDRESSES {
        for spelling in spellings(address) {
            for text in BEFORE_ADDRESSES {
                // In a path a backslash is a separator.
                if text.contains("main.go:") && spelling.contains('\\') {
                    continue;
                }
                let line = text.replace("ADDRESS", &spelling);
                let mut redactor = Redactor::new(None, None);
                let out = redacted(&mut redactor, line.as_bytes());
                let copy = String::from_utf8(out).unwrap();
                // Neither its middle nor its end is left, and it has one pseudonym.
                let is_separator = |c: char| !c.is_ascii_alphanumeric();
                let groups: Vec<&str> = address.split(is_separator).collect();
                let rest = copy.replace(|c: char| !c.is_ascii_alphanumeric(), " ");
                let last = groups[groups.len() - 2..].join(" ");
                assert!(!rest.contains(&last), "{line}: {copy}");
                let small = spelling.to_lowercase();
                let hidden = redactor.hidden().iter().filter(|hidden| {
                    let name = hidden.name.to_lowercase();
                    name == address || name == small
                });
                assert_eq!(hidden.count(), 1, "{line}: {copy}");
            }
        }
    }
}

/// Spellings of four octets, and what of them must be gone: in a row, whatever stands between.
fn spellings_of_octets([a, b, c, d]: [u8; 4]) -> Vec<(String, [String; 2])> {
    let last = [c, d].map(|octet| octet.to_string());
    let hex = [c, d].map(|octet| format!("0x{octet:x}"));
    let joined = |mark: &str| (format!("{a}{mark}{b}{mark}{c}{mark}{d}"), last.clone());
    let number = u32::from_be_bytes([a, b, c, d]);
    let mut all: Vec<_> = [
        ".",
        "-",
        "_",
        ":",
        "/",
        r"\.",
        r"\\.",
        "[.]",
        "(.)",
        "{.}",
        "[dot]",
        "(dot)",
        " . ",
        "][",
        "..",
        "%2E",
        "%252e",
        "&#46;",
        r"\u002e",
        r"\x2e",
        r"\056",
        "[-]",
        ", ",
        ",",
        " ",
        ";",
        "|",
        "||",
        "~",
        "*",
        "!",
        "@",
        "#",
        "$",
        "^",
        "&",
        "&amp;",
        "=",
        "=>",
        "?",
        "<",
        ">",
        "'",
        "`",
        "+",
        "%",
        "<br>",
        "</td><td>",
        "\u{1b}[0m",
        ".\u{1b}[1;31m",
        ".<b>",
        r".\u003cb\u003e",
        r#"\""#,
        "</b>.",
        "<!-- -->",
        "\u{7f}",
        "\u{9b}31m",
        "^[[0m",
        "\u{1b}(B",
        "\u{1b}[31m.\u{1b}(B\u{1b}[m",
        "\u{1b}]8;;http://a.b/c\u{1b}\\.\u{1b}]8;;\u{1b}\\",
        "<sub title='a>b'>.</sub>",
        "=2E",
        "&nbsp;",
        "&comma;",
        "&middot;",
        "&sol;",
        "&Tab;",
        "&hyphen;",
        "&shy;",
        "&zwnj;",
        "&lsqb;",
        "&amp;#46;",
        "&amp;comma;",
        r"\x{2e}",
        r"\o{56}",
        r"\u{2e}",
        ".-",
        "-dot-",
        "-------",
        "\r",
        "\u{c}",
        "\u{2028}",
        r"\r",
    ]
    .iter()
    .map(|mark| joined(mark))
    .collect();
    let of_hex = |text: String| (text, hex.clone());
    all.extend([
        of_hex(format!("net.IP{{0x{a:x}, 0x{b:x}, 0x{c:x}, 0x{d:x}}}")),
        of_hex(format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}")),
        (format!("net.IPv4({a}, {b}, {c}, {d})"), last.clone()),
        (format!("{a}.{b}-{c}.{d}"), last.clone()),
        (format!("{a}.{b}.{c}[.]{d}"), last.clone()),
        (format!("ip-{a}-{b}-{c}-{d}"), last.clone()),
        (format!("node{a}.{b}.{c}.{d}"), last.clone()),
        (format!("lib{a}.{b}.{c}.{d}.so"), last.clone()),
        (format!("https://{a}.{b}.{c}.{d}:8443/app.js"), last.clone()),
        (format!("::ffff:{a}.{b}.{c}.{d}"), last.clone()),
        (format!("v{a}.{b}.{c}.{d}"), last.clone()),
        (format!("{a} ({b}) [{c}] {{{d}}}"), last.clone()),
        (format!("{a}({b})[{c}]{{{d}}}"), last.clone()),
    ]);
    let [e, f] = [d, c].map(|octet| octet.to_string());
    all.push((format!("{d}.{c}.{b}.{a}.in-addr.arpa"), [e, f]));
    let words = [number.to_string(), format!("0x{number:08x}")];
    all.extend(words.map(|word| (word.clone(), [word, String::new()])));
    all
}

/// Whether words stand in a text one after the other.
fn has_row(text: &str, row: &[String; 2]) -> bool {
    let row: Vec<&str> = row.iter().map(String::as_str).collect();
    let row: Vec<&str> = row.into_iter().filter(|word| !word.is_empty()).collect();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.windows(row.len()).any(|words| words == row)
}

/// Texts of all files in which an address may stand.
const PLACES: [&str; 24] = [
    "ADDRESS",
    "see ADDRESS and more",
    "k8s.io/api/core/v1.ADDRESS",
    "k8s.io/api/core/v1.(*Pod).ADDRESS",
    "#\t0x4dea1d\tk8s.io/api/ADDRESS/v1.Do+0x1d\t/go/k8s.io/api/ADDRESS/v1.go:14",
    "#\t0x4dea1d\tpriv.example/ADDRESS.Do+0x1d\t/usr/local/go/src/runtime/ADDRESS.go:14",
    "runtime.ADDRESS(0xc000)",
    "created by net/http.ADDRESS in goroutine 1",
    "\t/usr/local/go/src/net/ADDRESS:3454 +0x485",
    "goroutine 17 [ADDRESS, 2 minutes]:",
    "   12MB 50.00% 50.00%    24MB   100%  runtime.ADDRESS",
    "   12MB 50.00% 50.00%    24MB   100%  slices.Sort[go.shape.ADDRESS] (inline)",
    "File: ADDRESS",
    "Type: ADDRESS",
    "# labels: {\"ADDRESS\":\"ADDRESS\"}",
    "# HELP go_gc_ADDRESS the ADDRESS",
    "apiserver_request_total{ADDRESS=\"ADDRESS\"} 3",
    "apiserver_ADDRESS_total 3",
    "{\"sourceIPs\":[\"ADDRESS\"],\"user\":{\"username\":\"system:node:ADDRESS\"}}",
    "{\"m\":\"{\\\"a\\\":\\\"ADDRESS\\\"}\"}",
    "I1129 15:39:53.368218    7497 x.go:132] \"x\" host=\"ADDRESS\" resp=200",
    "2026-11-29T15:39:55.493036Z stderr F ADDRESS",
    "# HeapAlloc = ADDRESS",
    "ADDRESS: 1 [2: 3] @ 0x1",
];

/// A profile in which a text stands wherever texts may.
fn profile_of(text: &str) -> Profile {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let [filename, comment] = [0, 1].map(|_| builder.string(text));
    let build_id = builder.string(text);
    let mapping = Mapping {
        filename,
        build_id,
        ..Mapping::default()
    };
    let mapping = builder.mapping(mapping);
    builder.header().comments.push(comment);
    let of_public = format!("k8s.io/api/core/v1.{text}");
    let below = format!("k8s.io/api/{text}/v1.(*Pod[go.shape.{text}]).Unmarshal");
    let names = [text, &of_public, &below];
    let functions =
        names.map(|name| builder.function(name, &format!("/src/k8s.io/api/{text}/x.go")));
    let stack = functions.map(|f| builder.location(Some(mapping), 7, &[(f, 3)]));
    let labels = [
        builder.text_label(text, text),
        builder.number_label(text, 64, text),
    ];
    builder.sample(&stack, &[64], &labels).expect("one value");
    builder.finish()
}

#[track_caller]
fn check_octets(octets: [u8; 4]) {
    for (spelling, row) in spellings_of_octets(octets) {
        let copy = Redactor::new(None, None).profile(&profile_of(&spelling));
        let copy = copy.expect("it can be redacted");
        for string in copy.strings().iter().map(String::from_utf8_lossy) {
            assert!(!has_row(&string, &row), "{spelling}: {string}");
        }
        let name = format!("heap-{spelling}.pb.gz");
        let copy = Redactor::new(None, None).file_name(&name);
        assert!(!has_row(&copy, &row), "{name}: {copy}");
        for place in PLACES {
            let line = place.replace("ADDRESS", &spelling);
            let copy = redacted(&mut Redactor::new(None, None), line.as_bytes());
            let copy = String::from_utf8(copy).expect("text stays text");
            // A blank ends the name of a metric, and what stands behind it is a figure; so is one
            // number where numbers stand.
            let begins = |list: &[&str]| list.iter().any(|begin| place.starts_with(begin));
            let is_metric = begins(&["apiserver_ADDRESS", "# HELP"]) && spelling.contains(' ');
            let is_number = spelling.bytes().all(|byte| byte.is_ascii_digit());
            let is_figure = begins(&["# HeapAlloc", "ADDRESS: 1"]) && is_number;
            if !is_metric && !is_figure {
                assert!(!has_row(&copy, &row), "{line}: {copy}");
            }
        }
    }
}

#[test]
fn octets_are_hidden_in_every_spelling_wherever_they_stand() {
    for octets in [
        [10, 211, 147, 193],
        [10, 0, 133, 121],
        [192, 168, 144, 99],
        [172, 16, 10, 250],
    ] {
        check_octets(octets);
    }
}

/// The same byte alone is no text.
#[test]
fn colours_of_eight_bits_join_an_address() {
    let line = b"k8s.io/api/core/v1.10\x9b31m211\x9b31m47\x9b0m93 and 10\x9b0m211\x9b0m47\x9b0m93";
    let copy = redacted(&mut Redactor::new(None, None), line);
    for left in ["211", "47", "93"] {
        assert!(!contains(&copy, left), "{}", String::from_utf8_lossy(&copy));
    }
}

#[test]
fn figures_times_and_versions_stay() {
    for text in [
        "10.5MB of 12.3% in 1m30.5s, 100 of 2000 at 0x4dea1d".replace("0x4dea1d", "0x4d"),
        "v0.36.2 and go1.24.4 of k8s.io/api@v1.2.3".to_owned(),
        "k8s.io/api@v0.0.0-20230101123456-abcdef123456/core/v1.Do".to_owned(),
        "2026-11-29T15:39:55.493036Z".to_owned(),
        "{\"resourceVersion\":\"493036123\"}".to_owned(),
        "/api/v1/pods?resourceVersion=493036123&limit=500".to_owned(),
        "/api/v1/pods?a=0%26resourceVersion%3D493036123".to_owned(),
        "10: 20 [30: 40] @ 0x4dea1d 0x4dea1e 0x4dea1f 0x4dea20".to_owned(),
        "   12MB 50.00% 50.00%    24MB   100%  runtime.main.func1.2.5.1".to_owned(),
        "# PauseNs = [10 211 147 193 0 0]".to_owned(),
        "https://127.0.0.1:6443 [::1]:443".to_owned(),
    ] {
        let copy = redacted(&mut Redactor::new(None, None), text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&copy), text);
    }
    let mut redactor = Redactor::new(None, None);
    for name in [
        "heap-2026-11-29-15-39-55.pb.gz",
        "heap-2026-11-29T15-39-55-123.pb.gz",
        "heap.2026-11-29_15.39.55.pb.gz",
    ] {
        assert_eq!(redactor.file_name(name), name);
    }
}

/// What is hidden stays what it is.
#[test]
fn a_copy_of_a_copy_is_the_same() {
    for key in [None, Some(Key::new(b"a secret of some length"))] {
        let twice = |bytes: &[u8]| {
            let once = redacted(&mut Redactor::new(key.clone(), None), bytes);
            let again = redacted(&mut Redactor::new(key.clone(), None), &once);
            (once, again)
        };
        let texts = LINES.map(|line| line.replace("WORD", "zqwx7"));
        let path = r#"{"log": "{\"m\": \"C:\\\\Users\\\\qzmaria\\\\src\\\\qzproj\\\\main.go\"}"}"#;
        let (once, again) = twice(path.as_bytes());
        assert_eq!(
            String::from_utf8_lossy(&again),
            String::from_utf8_lossy(&once)
        );
        for text in [
            "dial 10.211.47.93:10:20:30 x",
            "zwhost-443-1-2",
            "zwhost/443/1/2",
            "zwlib-1.2.3",
            "zwname, 12, 13, 14",
            "zwname|1|2|3",
            r"at \10.211.47.93:443",
            r"fd12:3456:789a::77\-.",
            r"pods\4111111111",
            r"zwhost\xe9.10.211.47.93",
            "zwhost10.211.47.93-15:39:55",
            "2026-11-29T15:39:55Z😀",
            "\u{1b}(😀",
            "\u{1b}[1😀",
            "\u{1b}[😀",
            "\u{1b}D😀",
            "\u{1b}[\\\\zwhost",
            "\u{1b}M10.211.47.93",
            r"\u001b(zwhost",
            r"\u001b[\\zwhost",
        ] {
            let (once, again) = twice(text.as_bytes());
            assert!(contains(&once, "anon") && !contains(&once, "211.47"));
            assert_eq!(
                String::from_utf8_lossy(&again),
                String::from_utf8_lossy(&once)
            );
        }
        let accounts = ACCOUNTS.map(|line| line.replace("ACCOUNT", "4111111111111"));
        let addresses = BEFORE_ADDRESSES.map(|line| line.replace("ADDRESS", "10.211.47.93"));
        for text in texts.iter().chain(&accounts).chain(&addresses) {
            let (once, again) = twice(text.as_bytes());
            assert_eq!(
                String::from_utf8_lossy(&again),
                String::from_utf8_lossy(&once)
            );
        }
        let folders: &[&str] = if key.is_none() {
            &["dumps/v1.36", "bundles"]
        } else {
            &["dumps/other"]
        };
        for folder in folders {
            for file in files(&testdata().join(folder)) {
                let bytes = inflated(&fs::read(&file).unwrap());
                let (once, again) = twice(&bytes);
                assert!(inflated(&once) == inflated(&again), "{}", file.display());
            }
        }
    }
}

#[test]
fn addresses_in_names_are_hidden() {
    let mut redactor = Redactor::new(None, None);
    for text in [
        "fieldSelector=status.hostIP%3D10.8.0.71",
        r#"{"m":"a\n10.8.0.74"}"#,
        r#"{"m":"a\\n10.8.0.76"}"#,
        "node-10.8.0.78:10250",
        "10-8-0-77.default.pod",
        "10.8.0.79.443",
        "servers.10.8.0.79.cpu",
        "1.3.6.1.2.1.4.20.1.1.10.8.0.79",
        "?a=%10.8.0.79",
        r#"10."\"8".0.79"#,
        r#"10."\"".8."\"".0.79"#,
    ] {
        let copy = redactor.words(text);
        let has_figures = copy.contains("8.0.7") || copy.contains("8-0-7");
        assert!(!has_figures, "{text}: {copy}");
    }
    let copy = redactor.symbol("main.(*Client).10.8.0.79");
    assert!(!copy.contains("8.0.7"), "{copy}");
    let copy = redactor.file_name("heap-10.0.0.12.pb.gz");
    assert!(
        copy.starts_with("heap-") && copy.ends_with(".pb.gz"),
        "{copy}"
    );
    assert!(!copy.contains("0.0.12"), "{copy}");
}

/// What quotes and brackets close before an address ends, or open behind its beginning, is no JSON.
#[test]
fn addresses_that_end_behind_a_quote_are_hidden() {
    let ways = [
        r#"say zwhost 10.211".47.93"#,
        r#""say zwhost 10.211".47.93"#,
        r#""say \"x\" 10.211".47.93"#,
        r#""say \"x\" 10-211"-47-93 "say \"x\" heap""#,
        r#"{"a":"10.211"}.47.93"#,
        r#"{"a":10.211}.47.93"#,
        r#"{"a":{"b":["10.211"]}}.47.93, "text""#,
        r#"10.211.{"47.93":"x"}"#,
        r#"10.211."47.93 \"say\" x""#,
        r#"10.211&#46;"47.93 \"say\" x""#,
        r#""x \"say\" 10.211"."47.93 \"say\" x""#,
        r#""x \"say\" 10.211"&#46;47.93"#,
        r#""x \"say\" 10.211"<b>.</b>47.93"#,
        r#""x \"say\" 10.211".47.93 and "y \"say\" 10.211".47.93"#,
        r#"10.{211}.47.93"#,
    ];
    for way in ways {
        let json = serde_json::json!({"log": way}).to_string();
        let twice = serde_json::json!({"log": json}).to_string();
        let klog = format!("I1129 15:39:55.493036 1 a.go:1] {way}");
        for line in [way, &klog, &json, &twice] {
            let copy = Redactor::new(None, None).words(line);
            for part in ["211", "47", "789"] {
                assert!(!copy.contains(part), "{line}: {copy}");
            }
            assert_eq!(Redactor::new(None, None).words(&copy), copy, "{line}");
        }
    }
}

#[test]
fn no_line_takes_more_time_than_its_length_says() {
    let table = "      flat  flat%   sum%        cum   cum%\n   \
                 12MB 50.00% 50.00%    24MB   100%  main.load\nthe total ";
    let lines: [(&str, &str); 67] = [
        ("x zw\n", "\\u0031"),
        ("x zw\n", "&#49;"),
        ("x zw\n", "\\o{61}"),
        ("x ", ":"),
        ("", "0::"),
        ("", "::a"),
        ("[", " "),
        ("", "zebra v "),
        ("", "1 "),
        ("[", "-+"),
        ("goroutine 1 [running]:\nmain", "/.."),
        ("", "vendor/"),
        ("", "a."),
        ("x=", "%2D"),
        ("x", "1."),
        ("x", "2000."),
        ("", "a-"),
        ("", "0a:"),
        ("", "12:"),
        ("", "%25"),
        ("", "\\"),
        ("", "1 2 3.5 "),
        ("", "1|"),
        ("", "1.x"),
        ("x", "1<b>"),
        ("", "<b "),
        ("", "\u{1b}[1m"),
        ("heap-", "2026-11-29-"),
        ("", "a,"),
        ("", "\u{1b}[1;31m10;"),
        ("", "://a:b"),
        ("", "a\\\""),
        ("", "a%20&"),
        ("", "1<!--"),
        ("", "1&amp;"),
        ("", "1^[[0m"),
        ("", "1\\\\\\"),
        ("", "1 ( "),
        (table, "1;"),
        (table, "1("),
        (table, "1, "),
        (table, "1;1(1|"),
        ("", "11111111111111111111"),
        ("x=", "ffffffffffffffffffff"),
        (
            "",
            "\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}",
        ),
        ("", "{\"a\":"),
        ("", "1\u{1b}]"),
        ("", "^[]"),
        ("", "\u{1b}(B"),
        ("", "1<a b='"),
        ("", "anon1:"),
        ("5 ", "1.1.1.1-1-1-1-"),
        ("{\"a\":", "["),
        ("{\"a\":[", "10,211,47,93,1.5,"),
        ("[", "1.5,"),
        ("{\"a\":\"", "\\\"a"),
        ("{\"a\":\"", "{\\\"a"),
        ("x ", "{\"a\":"),
        ("x ", "\"{\\\""),
        ("x ", "\"\\\"a\" "),
        ("x ", "{\"a\":\"\\\\\\\""),
        ("x ", "\"\\\"1\".1"),
        ("x ", "{\"1\":\"2\"}."),
        ("x ", "{\"a\":1}"),
        ("x ", "C:\\aa\\"),
        ("x ", "\\ud83d"),
        ("x ", "\"\\\"1\" "),
    ];
    for (begin, pattern) in lines {
        growth::check(|parts| {
            let line = format!("{begin}{}x\n", pattern.repeat(parts));
            let mut clock = growth::Clock::start();
            let mut redactor = Redactor::new(None, None);
            let done = redactor.redact(line.as_bytes(), std::io::sink(), &Limits::default());
            assert!(done.is_ok(), "{pattern:?}");
            clock.lap("redact");
            clock.laps
        });
    }
}
