//! Joins the modules of the explorer into one script, so that a page needs one nonce and
//! loads nothing.

use std::path::Path;
use std::{env, fs};

/// In the order in which they need each other.
const MODULES: [&str; 22] = [
    "model", "regex", "select", "top", "tree", "unseen", "amount", "api", "dom", "state", "flame",
    "sandwich", "table", "side", "actions", "answers", "detail", "filters", "search", "time",
    "report", "explorer",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=explorer");
    let joined: String = MODULES.iter().map(|name| module(name)).collect();
    refuse_doubles(&joined);
    let script = format!("(function () {{\n\"use strict\";\n{joined}}})();\n");
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    let file = Path::new(&folder).join("explorer.js");
    fs::write(file, script).expect("a build script may write there");
}

/// A module without what only a source needs: imports, exports and comments.
fn module(name: &str) -> String {
    let file = format!("explorer/{name}.js");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut out = String::new();
    let mut skipped_until = None;
    for line in text.lines() {
        let start = line.trim_start();
        if let Some(end) = skipped_until {
            if line.contains(end) {
                skipped_until = None;
            }
            continue;
        }
        let (opens, end) = match start {
            _ if start.starts_with("/**") => (true, "*/"),
            _ if line.starts_with("import ") => (true, "from \""),
            _ => (false, ""),
        };
        if opens {
            skipped_until = (!line.contains(end)).then_some(end);
        } else if !start.is_empty() && !start.starts_with("//") {
            out += line.strip_prefix("export ").unwrap_or(line);
            out.push('\n');
        }
    }
    out
}

/// Modules share one scope, in which a second function of a name would replace the first.
fn refuse_doubles(script: &str) {
    let keywords = ["async function ", "function ", "class ", "const ", "let "];
    let mut names = Vec::new();
    for line in script.lines() {
        if let Some(rest) = keywords.iter().find_map(|word| line.strip_prefix(word)) {
            let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
            names.push(rest.split(|c| !is_letter(c)).next().unwrap_or_default());
        }
    }
    names.sort_unstable();
    let double = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert!(
        double.is_none(),
        "two modules of the explorer define {double:?}"
    );
}
