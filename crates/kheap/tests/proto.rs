//! `src/proto.rs` is what prost makes of `proto/profile.proto`, and `tests/common/otlp.rs` what
//! it makes of `proto/otlp.proto`. They are committed, so that no build needs the tools that
//! make them.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

/// Checks what is committed for a schema and its package.
#[track_caller]
fn check(schema: &str, module: &str, committed: &str) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = package.join("../../proto");
    let descriptors = protox::compile([schema], [folder]).expect("the schema is valid");
    let out = tempdir().expect("a folder");
    let mut config = prost_build::Config::new();
    let written = config
        .out_dir(out.path())
        .compile_fds(descriptors)
        .and_then(|()| fs::read_to_string(out.path().join(module)));
    let expected = written.expect("prost writes one module");
    let file = package.join(committed);
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
        fs::write(&file, &expected).expect("the file can be written");
    }
    let actual = fs::read_to_string(&file).expect("the file is there");
    assert!(
        actual == expected,
        "{committed} is not what {schema} says; UPDATE_GOLDEN=1 rewrites it"
    );
}

#[test]
fn the_messages_are_those_of_the_schema() {
    check("profile.proto", "kheap.proto.rs", "src/proto.rs");
    check("otlp.proto", "kheap.otlp.rs", "tests/common/otlp.rs");
}
