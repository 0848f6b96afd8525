//! Builds `kheap.html`: compiles the library for browsers and puts it into the page.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};
use sha2::{Digest, Sha256};

/// What the module is compiled for, and how: see `Cargo.toml` of the workspace.
const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "web";

/// Flags of the compiler. Hash tables ask the page for random numbers, through a function of
/// `abi.rs`.
const FLAGS: &str = "--cfg getrandom_backend=\"custom\"";

/// As much stack as the program has at least: what linkers give a module is half of it.
const STACK: &str = "link-arg=-zstack-size=2097152";

/// Makes the library the module that unpacks the other one.
const UNPACKER: [&str; 2] = ["--cfg", "unpacker"];

/// The page without the modules, and what it does.
const WORKER: &str = include_str!("../../page/worker.js");
const SCRIPT: &str = include_str!("../../page/page.js");

/// The style of reports, and what only this page has.
const STYLE: &str = include_str!("../../../kheap-report/templates/report.css");
const OWN_STYLE: &str = include_str!("../../page/page.css");

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    version: &'static str,
    /// The fingerprints of all scripts that may run.
    hashes: Vec<String>,
    style: &'static str,
    own_style: &'static str,
    module: String,
    unpacker: String,
    worker: &'static str,
    script: &'static str,
}

fn main() -> Result<()> {
    let out = match &env::args_os().skip(1).collect::<Vec<_>>()[..] {
        [out] => PathBuf::from(out),
        _ => bail!("name the page: `cargo run -p kheap-web -- kheap.html`"),
    };
    let page = page(&module(&[])?, &module(&UNPACKER)?)?;
    fs::write(&out, page).with_context(|| format!("cannot write {}", out.display()))
}

/// Compiles the library, with these flags for its own crate.
fn module(flags: &[&str]) -> Result<Vec<u8>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["rustc", "--quiet", "-p", "kheap-web", "--lib"]);
    command.args(["--crate-type", "cdylib", "--target", TARGET]);
    command.args(["--profile", PROFILE, "--", "-C", STACK]);
    command.args(flags);
    command
        .current_dir(&workspace)
        .env("CARGO_TARGET_DIR", &target);
    let status = command.env("RUSTFLAGS", FLAGS).status();
    if !status.context("cannot run cargo")?.success() {
        bail!("the module does not compile; is {TARGET} there? `rustup target add {TARGET}`");
    }
    let file = target.join(TARGET).join(PROFILE).join("kheap_web.wasm");
    fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// The page around a module and what unpacks it.
fn page(module: &[u8], unpacker: &[u8]) -> Result<String> {
    let mut scripts = kheap_report::scripts();
    scripts.push(SCRIPT.to_owned());
    let page = Page {
        version: env!("CARGO_PKG_VERSION"),
        hashes: scripts.iter().map(|script| hash(script)).collect(),
        style: STYLE,
        own_style: OWN_STYLE,
        module: written(&packed(module)?)?,
        unpacker: BASE64.encode(gzipped(unpacker)?),
        worker: WORKER,
        script: SCRIPT,
    };
    Ok(page.render()? + "\n")
}

fn packed(module: &[u8]) -> Result<Vec<u8>> {
    let mut xz = XzWriter::new(Vec::new(), XzOptions::with_preset(6))?;
    xz.write_all(module)?;
    Ok(xz.finish()?)
}

/// The module as Z85. A browser could end its element where the text has `script`.
fn written(packed: &[u8]) -> Result<String> {
    let text = z85::encode(packed);
    if text.to_ascii_lowercase().contains("script") {
        bail!("the module has the name of a script in it; change anything in it");
    }
    Ok(text)
}

fn gzipped(module: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(module)?;
    Ok(gzip.finish()?)
}

/// The fingerprint by which a policy names a script.
fn hash(script: &str) -> String {
    BASE64.encode(Sha256::digest(script))
}
