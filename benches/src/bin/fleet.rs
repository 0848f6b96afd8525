//! Writes the dumps of many servers, made of those of a few real ones.
#![expect(clippy::print_stdout, reason = "a program says what it has done")]

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, bail};
use kheap_benches::proto::Profile;
use kheap_benches::{deflate, dumps, fleet};
use prost::Message;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [output, count, real @ ..] = &args[..] else {
        bail!("usage: fleet OUT_DIR COUNT IN.pb.gz|IN_DIR…");
    };
    let count: usize = count.parse().context("COUNT is not a number")?;
    let real: Vec<Vec<Profile>> = real
        .iter()
        .map(|server| dumps(Path::new(server)))
        .collect::<anyhow::Result<_>>()?;
    if real.is_empty() || real.iter().any(Vec::is_empty) {
        bail!("name dumps of at least one server");
    }
    let mut bytes = 0;
    for number in 0..count {
        let (path, profile) = fleet::dump(&real, number);
        let file = Path::new(output).join(path);
        let cannot_write = || format!("cannot write {}", file.display());
        let folder = file.parent().with_context(cannot_write)?;
        fs::create_dir_all(folder).with_context(cannot_write)?;
        let content = deflate(&profile.encode_to_vec())?;
        fs::write(&file, &content).with_context(cannot_write)?;
        bytes += content.len();
    }
    println!("{count} dumps, {bytes} bytes");
    Ok(())
}
