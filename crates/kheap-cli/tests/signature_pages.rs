//! `docs/signatures`: a page for each known problem, as `kheap signatures ID --format
//! markdown` writes it, and a list of them.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{check_golden, kheap, project};

#[test]
fn each_known_problem_has_its_page() {
    let folder = project().join("docs/signatures");
    let all = kheap(&["signatures", "--format", "json"]).stdout;
    let all: serde_json::Value = serde_json::from_str(&all).expect("it is JSON");
    let all = all["rows"].as_array().expect("a list");
    let mut list = "# Known problems\n\n`kheap diagnose` looks for these. Each finding bears \
                    the id of one. `kheap signatures ID` shows the same page in a terminal.\n\n"
        .to_owned();
    let mut names = BTreeSet::from(["README.md".to_owned()]);
    for signature in all {
        let [id, title] =
            ["id", "title"].map(|key| signature[key].as_str().expect("a text").to_owned());
        let page = kheap(&["signatures", &id, "--format", "markdown"]).stdout;
        check_golden(&folder.join(format!("{id}.md")), &page);
        list += &format!("- [{id}]({id}.md): {title}\n");
        names.insert(format!("{id}.md"));
    }
    check_golden(&folder.join("README.md"), &list);
    let files = fs::read_dir(folder).expect("the folder is there");
    let files = files.map(|file| file.expect("it can be listed").file_name());
    let files: BTreeSet<String> = files.filter_map(|name| name.into_string().ok()).collect();
    assert_eq!(files, names, "a page of a problem that is no longer known");
}
