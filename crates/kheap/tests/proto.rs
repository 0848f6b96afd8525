//! `src/proto.rs` is what prost makes of `proto/profile.proto`. It is committed,
//! so that no build needs the tools that make it.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

#[test]
fn the_messages_are_those_of_the_schema() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = package.join("../../proto");
    let descriptors = protox::compile(["profile.proto"], [folder]).expect("the schema is valid");
    let out = tempdir().expect("a folder");
    let mut config = prost_build::Config::new();
    let written = config
        .out_dir(out.path())
        .compile_fds(descriptors)
        .and_then(|()| fs::read_to_string(out.path().join("kheap.proto.rs")));
    let expected = written.expect("prost writes one module");
    let committed = package.join("src/proto.rs");
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
        fs::write(&committed, &expected).expect("the file can be written");
    }
    let actual = fs::read_to_string(&committed).expect("the file is there");
    assert!(
        actual == expected,
        "src/proto.rs is not what proto/profile.proto says; UPDATE_GOLDEN=1 rewrites it"
    );
}
