//! How fast is a profile read, and in how much memory? Times kheap and other crates on the same
//! file, each run in a process of its own.
//!
//! ```text
//! cargo run --release -- heap.pb.gz [ROUNDS]
//! ```

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;

/// The messages of the published format, as prost generates them.
#[path = "../../../crates/kheap/src/proto.rs"]
#[allow(dead_code, reason = "generated")]
mod proto;

/// Reads the bytes of a file, and says how many samples it has.
type Decoder = fn(&[u8]) -> anyhow::Result<usize>;

const DECODERS: [(&str, Decoder); 4] = [
    ("kheap", |file| Ok(kheap::decode(file)?.samples().len())),
    ("prost", |file| {
        let profile: proto::Profile = prost::Message::decode(&inflate(file)?[..])?;
        Ok(profile.sample.len())
    }),
    ("pprof", |file| {
        let inflated = inflate(file)?;
        let profile: pprof::protos::Profile = pprof::protos::Message::decode(&inflated[..])?;
        Ok(profile.sample.len())
    }),
    ("datadog", |file| {
        let inflated = inflate(file)?;
        let profile: libdd_profiling_protobuf::prost_impls::Profile =
            prost::Message::decode(&inflated[..])?;
        Ok(profile.samples.len())
    }),
];

fn inflate(file: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    MultiGzDecoder::new(file).read_to_end(&mut inflated)?;
    Ok(inflated)
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    match &args[..] {
        [file] => compare(Path::new(file), 21),
        [file, rounds] if !file.starts_with("--") => compare(Path::new(file), rounds.parse()?),
        [option, file] => run(&option[2..], Path::new(file)),
        _ => bail!("usage: kheap-decoders FILE [ROUNDS]"),
    }
}

/// One run: prints its nanoseconds, its largest resident size in kB, and the samples.
fn run(name: &str, file: &Path) -> anyhow::Result<()> {
    let decoder = DECODERS.iter().find(|(known, _)| *known == name);
    let (_, decode) = decoder.context("no such decoder")?;
    let bytes = fs::read(file)?;
    let start = Instant::now();
    let samples = decode(&bytes)?;
    let nanos = start.elapsed().as_nanos();
    let status = fs::read_to_string("/proc/self/status")?;
    let mut lines = status.lines();
    let peak = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|size| size.trim().strip_suffix(" kB"));
    println!("{nanos} {} {samples}", peak.context("no VmHWM")?);
    Ok(())
}

/// All decoders in turn, so that each round sees the same machine.
fn compare(file: &Path, rounds: usize) -> anyhow::Result<()> {
    let mut runs = vec![Vec::new(); DECODERS.len()];
    let mut ratios = runs.clone();
    let mut peaks = [0; DECODERS.len()];
    let mut counts = [0; DECODERS.len()];
    for _ in 0..rounds {
        for (index, (name, _)) in DECODERS.iter().enumerate() {
            let (nanos, peak, samples) = spawn(name, file)?;
            runs[index].push(nanos);
            peaks[index] = peak;
            counts[index] = samples;
            if let Some(first) = runs[0].last() {
                // In thousandths of the time that kheap took in the same round.
                ratios[index].push(nanos * 1000 / first);
            }
        }
    }
    if counts.iter().any(|samples| *samples != counts[0]) {
        bail!("the decoders differ: {counts:?} samples");
    }
    println!("{} samples, {rounds} rounds", counts[0]);
    println!("decoder    median ms  times kheap's  peak MiB");
    for (index, (name, _)) in DECODERS.iter().enumerate() {
        println!(
            "{name:<10} {:>9.2} {:>14.2} {:>9.1}",
            Duration::from_nanos(median(&mut runs[index])).as_secs_f64() * 1e3,
            median(&mut ratios[index]) as f64 / 1e3,
            peaks[index] as f64 / 1024.0,
        );
    }
    Ok(())
}

fn spawn(name: &str, file: &Path) -> anyhow::Result<(u64, u64, u64)> {
    let output = Command::new(env::current_exe()?)
        .args([format!("--{name}").as_ref(), file.as_os_str()])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Result<Vec<u64>, _> = text.split_whitespace().map(str::parse).collect();
    match numbers?[..] {
        [nanos, peak, samples] => Ok((nanos, peak, samples)),
        _ => bail!("{name} cannot read {}", file.display()),
    }
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}
