//! How the program is linked.

use std::env;

/// On Linux with glibc the program is linked to a fixed address. Some 22,000 pointers in it, most of
/// them in tables of Unicode and of HTML entities, would be moved at each start otherwise: a fifth of
/// the time that `kheap --version` takes.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !is_static {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
