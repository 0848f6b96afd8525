//! Writes a long series of snapshots that is made of a short real one.
#![expect(clippy::print_stdout, reason = "a program says what it has done")]

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, bail};
use kheap_benches::{deflate, dumps, series};
use prost::Message;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [input, count, output] = &args[..] else {
        bail!("usage: repeat IN_DIR COUNT OUT_DIR");
    };
    let count: usize = count.parse().context("COUNT is not a number")?;
    let real = dumps(Path::new(input))?;
    if real.is_empty() {
        bail!("no dumps in {input}");
    }
    fs::create_dir_all(output).with_context(|| format!("cannot make {output}"))?;
    for number in 0..count {
        let bytes = series::snapshot(&real, number).encode_to_vec();
        let file = Path::new(output).join(format!("{number:05}.pb.gz"));
        fs::write(&file, deflate(&bytes)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    println!("{count} snapshots of {} real ones", real.len());
    Ok(())
}
