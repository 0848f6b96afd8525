//! How long each stage takes, as inflated bytes a second: inflate, decode, top,
//! diagnose, graph. On a real dump, and on a hundred copies of it. And how long
//! pictures of the real dump take.

use std::hint::black_box;
use std::io;
use std::sync::LazyLock;

use criterion::{BatchSize, Bencher, Criterion, Throughput};
use flate2::bufread::MultiGzDecoder;
use kheap::graph::LARGE_FLAT;
use kheap::{CallGraph, DiagnoseOptions, GraphOptions, Heap, Profile, Selection, SelectionOptions};
use kheap_benches::{deflate, scale};
use kheap_flame::{Drawing, Flame, FlameOptions, GraphPicture, Picture};
use prost::Message;

const DUMP: &[u8] = include_bytes!("../testdata/dumps/v1.20/cr-list-cache-json.pb.gz");

/// A debug build only checks that the benches run.
const COPIES: u64 = if cfg!(debug_assertions) { 1 } else { 100 };

/// A profile as a file.
struct Input {
    name: &'static str,
    gzipped: Vec<u8>,
    inflated_bytes: u64,
}

static INPUTS: LazyLock<[Input; 3]> = LazyLock::new(|| {
    let real = kheap_benches::inflate(DUMP).expect("the dump is gzipped");
    let message = kheap_benches::proto::Profile::decode(&real[..]).expect("the dump is a profile");
    let own = scale(&message, COPIES, false).encode_to_vec();
    let shared = scale(&message, COPIES, true).encode_to_vec();
    [
        Input {
            name: "real",
            gzipped: DUMP.to_vec(),
            inflated_bytes: real.len() as u64,
        },
        Input {
            name: "100-fold, own names",
            gzipped: deflate(&own).expect("memory takes what is written"),
            inflated_bytes: own.len() as u64,
        },
        Input {
            name: "100-fold, shared names",
            gzipped: deflate(&shared).expect("memory takes what is written"),
            inflated_bytes: shared.len() as u64,
        },
    ]
});

impl Input {
    fn decode(&self) -> Profile {
        kheap::decode(&self.gzipped).expect("the input is a profile")
    }
}

fn select(profile: Profile) -> Heap<'static> {
    let sample_type = profile.sample_type("inuse_space");
    let sample_type = sample_type.expect("the dump is one of a heap");
    Heap::new(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ))
}

/// Measures one stage on every input.
fn stage(criterion: &mut Criterion, name: &str, run: impl Fn(&mut Bencher<'_>, &Input)) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    for input in &*INPUTS {
        group.throughput(Throughput::Bytes(input.inflated_bytes));
        group.bench_function(input.name, |bencher| run(bencher, input));
    }
    group.finish();
}

/// Draws the real dump only: of a picture the size is bounded, whatever the dump's.
fn pictures(criterion: &mut Criterion) {
    let heap = select(INPUTS[0].decode());
    let mut group = criterion.benchmark_group("svg");
    group.sample_size(20);
    group.bench_function("flame graph", |bencher| {
        bencher.iter(|| {
            let flame = Flame::new(black_box(&heap), &FlameOptions::default());
            flame.svg(&Picture::default()).expect("there is a frame")
        });
    });
    // As `kheap graph` has it.
    let options = GraphOptions::default().count(80);
    let graph = CallGraph::for_picture(&heap, &options, LARGE_FLAT);
    let picture = GraphPicture::default().drawing(Drawing::Svg);
    group.bench_function("call graph", |bencher| {
        bencher.iter(|| {
            let drawn = picture.draw(&heap, black_box(&graph));
            drawn.expect("there is a node")
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    stage(&mut criterion, "inflate", |bencher, input| {
        bencher.iter(|| {
            let mut inflated = MultiGzDecoder::new(&input.gzipped[..]);
            io::copy(&mut inflated, &mut io::sink()).expect("the input is gzipped")
        });
    });
    stage(&mut criterion, "decode", |bencher, input| {
        bencher.iter_with_large_drop(|| input.decode());
    });
    stage(&mut criterion, "top", |bencher, input| {
        let profile = input.decode();
        let top = |profile| {
            let selection = select(profile);
            let top = kheap::top(&selection, &GraphOptions::default());
            // Returned, so that freeing the profile is not measured.
            (selection, top)
        };
        bencher.iter_batched(|| profile.clone(), top, BatchSize::LargeInput);
    });
    stage(&mut criterion, "diagnose", |bencher, input| {
        let profile = input.decode();
        // A heap is attributed once, which is to be measured, too.
        let diagnose = |profile| kheap::diagnose(&select(profile), &DiagnoseOptions::default());
        bencher.iter_batched(|| profile.clone(), diagnose, BatchSize::LargeInput);
    });
    stage(&mut criterion, "graph", |bencher, input| {
        let selection = select(input.decode());
        let options = GraphOptions::default();
        bencher.iter_with_large_drop(|| CallGraph::build(black_box(&selection), &options));
    });
    pictures(&mut criterion);
    criterion.final_summary();
}
