//! Runs every target on stable Rust: over its corpus and seeds, then over damaged
//! ones. The same bytes in every run, unless another seed is given.
#![expect(clippy::print_stdout, reason = "a program says what it has done")]

use std::path::{Path, PathBuf};
use std::{env, fs, panic, process};

use damage::{Random, damage};
use kheap_fuzz_targets::{TARGETS, Target};

#[path = "../../../tests/common/damage.rs"]
mod damage;

/// Longer seeds would make few executions.
const MAX_SEED_BYTES: usize = 16 << 10;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let number = |position: usize| args.get(position)?.parse().ok();
    let (Some(runs), Some(seed)) = (number(0), number(1)) else {
        println!("usage: replay RUNS SEED [TARGET]");
        process::exit(2);
    };
    let wanted = |target: &&Target| args.get(2).is_none_or(|name| name == target.name);
    let targets: Vec<_> = TARGETS.iter().filter(wanted).collect();
    assert!(!targets.is_empty(), "no such target");
    for target in targets {
        run(target, runs, seed);
    }
}

fn run(target: &Target, runs: u64, seed: u64) {
    let inputs = inputs(target);
    assert!(!inputs.is_empty(), "{} has no inputs", target.name);
    for bytes in &inputs {
        execute(target, bytes);
    }
    let mut random = Random(seed);
    for _ in 0..runs {
        let [bytes, other] = [(); 2].map(|()| &inputs[random.below(inputs.len())]);
        execute(target, &damage(bytes, other, &mut random));
    }
    let (name, inputs) = (target.name, inputs.len());
    println!("{name}: {inputs} inputs and {runs} damaged ones");
}

/// Runs the target once, and keeps the input where it does not hold.
fn execute(target: &Target, bytes: &[u8]) {
    let (name, kept) = (target.name, bytes.to_vec());
    panic::set_hook(Box::new(move |panic| {
        let file = env::temp_dir().join(format!("kheap-fuzz-{name}"));
        let written = fs::write(&file, &kept).map(|()| file);
        println!("{name} does not hold, input in {written:?}: {panic}");
    }));
    (target.run)(bytes);
}

/// Corpus and seeds, in the order of their names.
fn inputs(target: &Target) -> Vec<Vec<u8>> {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = targets.join("../../../..");
    let seeds = target.seeds.iter().map(|folder| project.join(folder));
    let corpus = targets.join("../corpus").join(target.name);
    let files = seeds.chain([corpus]).flat_map(|folder| files(&folder));
    let contents = files.map(|file| fs::read(file).expect("it can be read"));
    let short = |bytes: &Vec<u8>| bytes.len() <= MAX_SEED_BYTES;
    contents.filter(short).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}
