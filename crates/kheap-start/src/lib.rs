//! Whether standard output was closed when the program began, as by `>&-`. Rust's runtime
//! opens `/dev/null` in its place before `main`, and all that is written there is lost
//! without an error. So this is seen earlier.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when the program began. On systems without
/// `/dev/fd`, and on others than Linux and macOS, nothing shows it.
pub fn is_stdout_closed() -> bool {
    IS_STDOUT_CLOSED.load(Ordering::Relaxed)
}

/// The system calls this before `main`.
#[expect(
    unsafe_code,
    reason = "only the name of a section places a function before main"
)]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[used]
static BEFORE_MAIN: extern "C" fn() = look;

/// Asks for names alone: what is opened here would take the place of standard output.
#[cfg(any(target_os = "linux", target_os = "macos"))]
extern "C" fn look() {
    let shows = |path: &str| std::fs::metadata(path).is_ok();
    let is_closed = shows("/dev/fd") && std::fs::symlink_metadata("/dev/fd/1").is_err();
    IS_STDOUT_CLOSED.store(is_closed, Ordering::Relaxed);
}

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
