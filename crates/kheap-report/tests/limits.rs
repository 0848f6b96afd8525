//! Shapes that no heap has take no longer to draw and to report than their size
//! says. Optimised, the shapes have a million parts.
#![expect(clippy::print_stdout, reason = "figures that `--nocapture` shows")]

#[path = "../../kheap/tests/common/growth.rs"]
mod growth;

use growth::{Clock, FEW, Laps};
use kheap::profile::LocationId;
use kheap::{
    CallGraph, DiagnoseOptions, GraphOptions, Heap, ProfileBuilder, Selection, SelectionOptions,
    diagnose,
};
use kheap_flame::{Drawing, Flame, FlameOptions, GraphPicture, Picture};
use kheap_report::{Input, Known, ModelBuilder, Report};

/// Draws and reports a shape of two sizes.
fn check(fill: impl Fn(&mut ProfileBuilder, usize)) {
    growth::check(|size| laps(size, &fill));
}

/// How long each picture and report takes.
fn laps(size: usize, fill: &impl Fn(&mut ProfileBuilder, usize)) -> Laps {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    fill(&mut builder, size);
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("there is one");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let mut clock = Clock::start();
    let flame = Flame::new(&heap, &FlameOptions::default());
    flame.svg(&Picture::default()).expect("there is a frame");
    clock.lap("flame");
    Flame::compare(&heap, &heap, &FlameOptions::default()).folded();
    clock.lap("folded, differential");
    for (step, drawing) in [
        ("graph as DOT", Drawing::Dot),
        ("graph as Mermaid", Drawing::Mermaid),
        ("graph as SVG", Drawing::Svg),
    ] {
        graph(&heap, drawing);
        clock.lap(step);
    }
    report(&heap);
    clock.lap("report");
    clock.laps
}

fn graph(heap: &Heap, drawing: Drawing) {
    let graph = CallGraph::build(heap, &GraphOptions::default().untrimmed());
    let picture = GraphPicture::default().drawing(drawing);
    picture.draw(heap, &graph).expect("there is a node");
}

fn report(heap: &Heap) {
    let diagnosis = diagnose(heap, &DiagnoseOptions::default());
    let mut model = ModelBuilder::new();
    model.add(heap, "heap.pb.gz", None);
    let model = model.finish(heap, &diagnosis, &Known::default());
    let inputs = [Input::new("heap.pb.gz", b"", None)];
    let report = Report::new(heap, &diagnosis)
        .model(&model)
        .inputs(&inputs)
        .command("kheap report heap.pb.gz")
        .version("0.0.0");
    assert!(report.html().expect("it is written").len() < 10_000_000);
    report.markdown(None).expect("it is written");
}

fn location(builder: &mut ProfileBuilder, name: &str) -> LocationId {
    let function = builder.function(name, "main.go");
    builder.location(None, 0, &[(function, 1)])
}

fn sample(builder: &mut ProfileBuilder, stack: &[LocationId]) {
    builder
        .sample(stack, &[512], &[])
        .expect("there is one type");
}

#[test]
fn one_stack_of_many_functions() {
    check(|builder, size| {
        let stack: Vec<_> = (0..size)
            .map(|n| location(builder, &format!("main.f{n}")))
            .collect();
        sample(builder, &stack);
    });
}

#[test]
fn one_stack_of_one_function() {
    check(|builder, size| {
        let main = location(builder, "main.main");
        sample(builder, &vec![main; size]);
    });
}

#[test]
fn many_samples_of_one_frame() {
    check(|builder, size| {
        let main = location(builder, "main.main");
        for _ in 0..size {
            sample(builder, &[main]);
        }
    });
}

#[test]
fn many_functions_that_one_calls() {
    check(|builder, size| {
        let main = location(builder, "main.main");
        for n in 0..size {
            let callee = location(builder, &format!("p{n}.example.com/q{n}.F{n}"));
            sample(builder, &[callee, main]);
        }
    });
}

/// Calls from the first functions of a chain to its last: each of these lines
/// passes all layers between them. The larger graph has as many nodes and,
/// optimised, as many edges as a picture may have.
#[test]
fn calls_past_a_long_chain() {
    const PAST: usize = if cfg!(debug_assertions) { 5 } else { 17 };
    check(|builder, size| {
        let chain: Vec<_> = (0..62 * size / FEW)
            .map(|n| location(builder, &format!("main.f{n}")))
            .collect();
        let callee_first: Vec<_> = chain.iter().rev().copied().collect();
        sample(builder, &callee_first);
        for &caller in &chain[..PAST] {
            for &callee in &callee_first[..PAST] {
                sample(builder, &[callee, caller]);
            }
        }
    });
}

/// A few hundred functions that all call each other.
#[test]
fn many_calls_between_few_functions() {
    check(|builder, size| {
        let functions: Vec<_> = (0..300)
            .map(|n| location(builder, &format!("main.f{n}")))
            .collect();
        for n in 0..size {
            let [caller, callee] = [n % 300, (n * 7 + n / 300) % 300];
            sample(builder, &[functions[callee], functions[caller]]);
        }
    });
}
