//! Writes a profile that is several times as large as a real one.
#![expect(clippy::print_stdout, reason = "a program says what it has done")]

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, bail};
use kheap_benches::{deflate, dump, scale};
use prost::Message;

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = env::args().skip(1).collect();
    let keep_names = args.iter().any(|arg| arg == "--keep-names");
    args.retain(|arg| arg != "--keep-names");
    let [input, copies, output] = &args[..] else {
        bail!("usage: scale IN.pb.gz COPIES OUT.pb.gz [--keep-names]");
    };
    let copies: u64 = copies.parse().context("COPIES is not a number")?;

    let profile = dump(Path::new(input))?;

    let scaled = scale(&profile, copies, keep_names);
    let bytes = scaled.encode_to_vec();
    fs::write(output, deflate(&bytes)?).with_context(|| format!("cannot write {output}"))?;
    println!(
        "{} samples, {} bytes inflated",
        scaled.sample.len(),
        bytes.len()
    );
    Ok(())
}
