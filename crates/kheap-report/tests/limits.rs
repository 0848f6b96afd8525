//! Shapes that no heap has take no longer to draw and to report than their size
//! says. Optimised, the shapes have a million parts.
#![expect(clippy::print_stdout, reason = "figures that `--nocapture` shows")]

use std::time::{Duration, Instant};

use kheap::diagnose::Thresholds;
use kheap::profile::LocationId;
use kheap::{
    CallGraph, Catalog, GraphOptions, ProfileBuilder, Selection, SelectionOptions, diagnose,
};
use kheap_flame::{Drawing, Flame, FlameOptions, GraphPicture, Picture};
use kheap_report::{Change, Input, Report};

/// A shape of this size, and one of [`TIMES`] that size, are compared.
const FEW: usize = if cfg!(debug_assertions) {
    2_000
} else {
    125_000
};

const TIMES: usize = 8;

/// As of the library: what is linear grows by 8 and more where the machine is
/// busy, what grows by the square by 64.
const MOST_GROWTH: f64 = 40.0;
const SHORTEST: Duration = Duration::from_millis(5);

/// What is over sooner than this is not slow, however it has grown.
const SLOW: Duration = Duration::from_secs(2);

/// How often a busy machine may spoil the measurement.
const ATTEMPTS: usize = 3;

type Laps = Vec<(&'static str, Duration)>;

/// Draws and reports a shape of two sizes.
fn check(fill: impl Fn(&mut ProfileBuilder, usize)) {
    let mut slow = Vec::new();
    for _ in 0..ATTEMPTS {
        slow = too_slow(&laps(FEW, &fill), &laps(FEW * TIMES, &fill));
        if slow.is_empty() {
            return;
        }
    }
    panic!("{slow:?}");
}

fn too_slow(small: &Laps, large: &Laps) -> Vec<(&'static str, f64)> {
    let pairs = small.iter().zip(large);
    let grown = pairs.filter_map(|(&(step, small), &(_, large))| {
        let growth = large.as_secs_f64() / small.max(SHORTEST).as_secs_f64();
        println!("{step}: {small:.0?}, then {large:.0?}: {growth:.1} times");
        (growth > MOST_GROWTH && large > SLOW).then_some((step, growth))
    });
    grown.collect()
}

/// How long each picture and report takes.
fn laps(size: usize, fill: &impl Fn(&mut ProfileBuilder, usize)) -> Laps {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    fill(&mut builder, size);
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("there is one");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let mut laps = Vec::new();
    let mut lap = |step, draw: &dyn Fn()| {
        let begin = Instant::now();
        draw();
        laps.push((step, begin.elapsed()));
    };
    lap("flame", &|| {
        let flame = Flame::new(&selection, &FlameOptions::default());
        flame.svg(&Picture::default()).expect("there is a frame");
    });
    lap("folded, differential", &|| {
        let options = FlameOptions::default();
        Flame::compare(&selection, &selection, &options).folded();
    });
    for drawing in [Drawing::Dot, Drawing::Mermaid, Drawing::Svg] {
        lap("graph", &|| graph(&selection, drawing));
    }
    lap("report", &|| report(&selection));
    laps
}

fn graph(selection: &Selection, drawing: Drawing) {
    let options = match drawing {
        // More is refused.
        Drawing::Svg => GraphOptions {
            count: Some(500),
            node_fraction: 0.0,
            edge_fraction: 0.0,
            ..GraphOptions::default()
        },
        Drawing::Dot | Drawing::Mermaid => GraphOptions::default().untrimmed(),
    };
    let graph = CallGraph::build(selection, &options);
    let picture = GraphPicture {
        drawing,
        ..GraphPicture::default()
    };
    picture.draw(selection, &graph).expect("there is a node");
}

fn report(selection: &Selection) {
    let diagnosis = diagnose(selection, Catalog::builtin(), &Thresholds::default());
    let report = Report {
        selection,
        diagnosis: &diagnosis,
        course: None,
        finding_courses: &[],
        memory: None,
        change: Change::None,
        inputs: &[Input::new("heap.pb.gz", b"", None)],
        header: None,
        command: "kheap report heap.pb.gz",
        version: "0.0.0",
        warnings: &[],
    };
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

/// A few hundred functions, all of which call each other.
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
