//! A zoo of shapes that ask for more than they are, and every command on each of them: it
//! ends with a result or an error of one line, within a memory by the size of the file, and
//! what it writes grows no faster than the file.
//!
//! `cargo test --release -p kheap-cli --test zoo -- --ignored --nocapture` takes larger ones,
//! and prints the time and memory of each command, with the exponents that they grow by.

mod common;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use common::{command, heap_builder, skip};
use kheap::ProfileBuilder;
use kheap::profile::{LocationId, Mapping};

/// What fills a builder with so many of something.
type Fill = fn(&mut Animal, usize);

/// A shape, and how many of it the small test and the large one take.
struct Shape {
    name: &'static str,
    fill: Fill,
    sizes: [usize; 2],
    large: [usize; 2],
}

const fn shape(name: &'static str, fill: Fill, sizes: [usize; 2], large: [usize; 2]) -> Shape {
    Shape {
        name,
        fill,
        sizes,
        large,
    }
}

const LONG: [usize; 2] = [200, 800];
const SHORT: [usize; 2] = [20, 40];
const LARGE: [usize; 2] = [50_000, 200_000];
const SQUARE: [usize; 2] = [500, 1_000];

const ZOO: [Shape; 30] = [
    shape("one deep stack", one_deep_stack, LONG, LARGE),
    shape("one deep recursion", recursion, LONG, LARGE),
    shape("mutual recursion", mutual_recursion, LONG, LARGE),
    shape("complete graph", complete_graph, SHORT, [500, 2_000]),
    shape("all beginnings of a stack", beginnings, SHORT, SQUARE),
    shape("all names in all stacks", product, SHORT, [200, 400]),
    shape("stacks that share nothing", apart, LONG, [1_000, 4_000]),
    shape("many leaves", leaves, LONG, LARGE),
    shape("a tree of calls", tree, LONG, LARGE),
    shape("cut stacks", cut_stacks, LONG, [5_000, 20_000]),
    shape("the same stack", same_stack, LONG, LARGE),
    shape("inlined lines", inlined, LONG, [10_000, 40_000]),
    shape("labels of one sample", labels, LONG, LARGE),
    shape("a label for each sample", label_each, LONG, LARGE),
    shape("one label in all samples", label_shared, LONG, LARGE),
    shape("units of a label", units, LONG, LARGE),
    shape("long names", long_names, [4, 16], [500, 2_000]),
    shape(
        "one long name",
        one_long_name,
        [5_000, 20_000],
        [1_000_000, 4_000_000],
    ),
    shape("names that agree when rebuilt", rebuilt, LONG, LARGE),
    shape("brackets", brackets, LONG, [5_000, 20_000]),
    shape("packages in packages", packages, LONG, [5_000, 20_000]),
    shape("characters that nobody sees", unseen, LONG, LARGE),
    shape("mappings", mappings, LONG, LARGE),
    shape("comments", comments, LONG, LARGE),
    shape("what nothing uses", unused, LONG, LARGE),
    shape("values that do not fit", overflow, LONG, LARGE),
    shape("values that cancel", cancelling, LONG, LARGE),
    shape("kinds of Kubernetes", kinds, LONG, LARGE),
    shape("functions of one name", same_name, LONG, LARGE),
    shape("names times files", names_and_files, SHORT, [250, 500]),
];

/// How many bytes a result about any file may take: of a report the page with its script.
const LEAST_OUTPUT: f64 = 1_000_000.0;

/// The same for what is added to the output of an empty profile.
const LEAST_ADDED: f64 = 20_000.0;

/// The largest exponent that anything may grow by.
const MOST_EXPONENT: f64 = 1.2;

/// Every command, and whether it writes names once for each stack or call, so that its
/// output has a bound by the file instead.
const COMMANDS: [(&str, bool); 29] = [
    ("top A", false),
    ("top A --churn --base B", false),
    ("top A --format json", false),
    ("top A --granularity lines --format markdown", false),
    ("tree A", true),
    ("tree A --mend-stacks --no-trim", true),
    ("peek . A", true),
    ("traces A", true),
    ("traces A --format json", true),
    ("tags A", false),
    ("sizes A --by function", false),
    ("info A", false),
    ("memory A --rss 1GB", false),
    ("diagnose A", false),
    ("diagnose A B --all --format json", false),
    ("breakdown A", false),
    ("breakdown A --by package --csv raw", false),
    ("compare A B --all", false),
    ("series A B --all --by function", false),
    ("series A B --all --by path", true),
    ("lifetimes A B --count 0", false),
    ("flame A", true),
    ("flame A --format json", true),
    ("flame A --mend-stacks --format folded", true),
    ("flame A --base B", true),
    ("graph A --format svg", false),
    ("graph A --format mermaid --no-trim --count 0", false),
    ("report A --format html", false),
    ("report A B --format markdown", false),
];

/// A profile in the making.
struct Animal {
    builder: ProfileBuilder,
    grown: i64,
}

impl Animal {
    fn new(grown: i64) -> Self {
        let mut builder = heap_builder();
        builder.header().time_nanos = 1_700_000_000_000_000_000 + grown * 60_000_000_000;
        builder.header().duration_nanos = 0;
        builder.header().period = 512 << 10;
        builder.header().period_type = builder.value_type("space", "bytes");
        Self { builder, grown }
    }

    fn frame(&mut self, name: &str) -> LocationId {
        let function = self.builder.function(name, "/src/main.go");
        let address = self.builder.string(name).index() as u64 * 16;
        self.builder.location(None, address, &[(function, 7)])
    }

    fn frames(&mut self, count: usize, name: impl Fn(usize) -> String) -> Vec<LocationId> {
        (0..count).map(|number| self.frame(&name(number))).collect()
    }

    fn sample(&mut self, stack: &[LocationId], bytes: i64) {
        self.labelled(stack, bytes, &[]);
    }

    fn labelled(&mut self, stack: &[LocationId], bytes: i64, labels: &[kheap::profile::Label]) {
        let bytes = bytes.saturating_mul(self.grown);
        let values = [bytes / 512, bytes, bytes / 512, bytes];
        let added = self.builder.sample(stack, &values, labels);
        added.expect("there is a value for each type");
    }
}

fn one_deep_stack(animal: &mut Animal, count: usize) {
    let stack = animal.frames(count, |number| format!("main.f{number}"));
    animal.sample(&stack, 1 << 20);
}

fn recursion(animal: &mut Animal, count: usize) {
    let frame = animal.frame("main.f");
    animal.sample(&vec![frame; count], 1 << 20);
}

fn mutual_recursion(animal: &mut Animal, count: usize) {
    let frames = animal.frames(3, |number| format!("main.f{number}"));
    let stack: Vec<LocationId> = frames.iter().copied().cycle().take(count).collect();
    for length in (1..count).step_by(count / 8) {
        animal.sample(&stack[..length], 1 << 20);
    }
}

fn complete_graph(animal: &mut Animal, count: usize) {
    let frames = animal.frames(count, |number| format!("main.f{number}"));
    for caller in &frames {
        for callee in &frames {
            animal.sample(&[*callee, *caller], 4096);
        }
    }
}

fn beginnings(animal: &mut Animal, count: usize) {
    let frames = animal.frames(count, |number| format!("main.f{number}"));
    for length in 1..=count {
        animal.sample(&frames[count - length..], 4096);
    }
}

fn product(animal: &mut Animal, count: usize) {
    let name = "n".repeat(1_000);
    let mut frames = animal.frames(count, |number| format!("main.{name}{number}"));
    for _ in 0..count {
        frames.rotate_left(1);
        animal.sample(&frames, 4096);
    }
}

/// Steps of each width through a prime number of frames: no two of them begin alike.
fn apart(animal: &mut Animal, count: usize) {
    const PRIME: usize = 199;
    let frames = animal.frames(PRIME, |number| format!("main.f{number}"));
    for number in 0..count {
        let (start, step) = (number / (PRIME - 1), number % (PRIME - 1) + 1);
        let steps = (0..PRIME).map(|at| frames[(start + at * step) % PRIME]);
        animal.sample(&steps.collect::<Vec<_>>(), 4096);
    }
}

fn leaves(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    for leaf in animal.frames(count, |number| format!("main.f{number}")) {
        animal.sample(&[leaf, main], 4096);
    }
}

fn tree(animal: &mut Animal, count: usize) {
    let frames = animal.frames(64, |number| format!("main.f{number}"));
    for leaf in 0..count {
        let stack: Vec<LocationId> = (0..16)
            .map(|bit| frames[2 * bit + (leaf >> bit & 1)])
            .collect();
        animal.sample(&stack, 4096);
    }
}

fn cut_stacks(animal: &mut Animal, count: usize) {
    let frames = animal.frames(count + 32, |number| format!("main.f{number}"));
    for stack in frames.windows(32) {
        animal.sample(stack, 4096);
    }
}

fn same_stack(animal: &mut Animal, count: usize) {
    let stack = animal.frames(3, |number| format!("main.f{number}"));
    for _ in 0..count {
        animal.sample(&stack, 4096);
    }
}

fn inlined(animal: &mut Animal, count: usize) {
    let functions = (0..count).map(|number| {
        let name = format!("main.f{number}");
        (animal.builder.function(&name, "main.go"), 7)
    });
    let lines: Vec<_> = functions.collect();
    let location = animal.builder.location(None, 0x1000, &lines);
    animal.sample(&[location], 1 << 20);
}

fn labels(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    let labels = (0..count).map(|number| {
        let key = format!("key{number}");
        animal.builder.text_label(&key, "value")
    });
    let labels: Vec<_> = labels.collect();
    animal.labelled(&[main], 1 << 20, &labels);
}

fn label_each(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    for number in 0..count {
        let label = animal.builder.text_label("key", &format!("value{number}"));
        animal.labelled(&[main], 4096, &[label]);
    }
}

fn label_shared(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    let label = animal.builder.text_label("key", &"v".repeat(count));
    for _ in 0..count {
        animal.labelled(&[main], 4096, &[label]);
    }
}

fn units(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    for number in 0..count {
        let unit = format!("unit{number}");
        let label = animal.builder.number_label("key", number as i64, &unit);
        animal.labelled(&[main], 4096, &[label]);
    }
}

fn long_names(animal: &mut Animal, count: usize) {
    let long = "n".repeat(10_000);
    for frame in animal.frames(count, |number| format!("main.{long}{number}")) {
        animal.sample(&[frame], 4096);
    }
}

fn one_long_name(animal: &mut Animal, length: usize) {
    let main = animal.frame("main.main");
    let frame = animal.frame(&format!("k8s.io/api/core/v1.(*{}).Get", "N".repeat(length)));
    animal.sample(&[frame, main], 1 << 20);
}

/// Their canonical names are one, and so are the files of some.
fn rebuilt(animal: &mut Animal, count: usize) {
    let name = |number| format!("main.(*Cache[go.shape.int_{number}]).get.func{number}");
    for frame in animal.frames(count, name) {
        animal.sample(&[frame], 4096);
    }
}

fn brackets(animal: &mut Animal, count: usize) {
    let names = ["[", "(*", "go.shape.[", "{", "<", ".(", "·"];
    for name in names {
        let frame = animal.frame(&format!("main.f{}", name.repeat(count)));
        animal.sample(&[frame], 4096);
    }
}

fn packages(animal: &mut Animal, count: usize) {
    let frame = animal.frame(&format!("{}main.f", "a.b/".repeat(count)));
    let other = animal.frame(&format!("main.{}f", "func1.".repeat(count)));
    animal.sample(&[frame, other], 1 << 20);
}

fn unseen(animal: &mut Animal, count: usize) {
    let name = |number| format!("main.\u{202e}\u{1b}[2J\u{200b}=\"<{number}>&|`");
    for frame in animal.frames(count, name) {
        animal.sample(&[frame], 4096);
    }
}

fn mappings(animal: &mut Animal, count: usize) {
    let function = animal.builder.function("main.main", "main.go");
    for number in 0..count {
        let filename = animal.builder.string(format!("/lib/{number}.so"));
        let mapping = animal.builder.mapping(Mapping {
            filename,
            ..Mapping::default()
        });
        let address = number as u64 * 16;
        let lines = [(function, 7)];
        let location = animal.builder.location(Some(mapping), address, &lines);
        animal.sample(&[location], 4096);
    }
}

fn comments(animal: &mut Animal, count: usize) {
    let comments = (0..count).map(|number| animal.builder.string(format!("comment {number}")));
    animal.builder.header().comments = comments.collect();
    let main = animal.frame("main.main");
    animal.sample(&[main], 1 << 20);
}

fn unused(animal: &mut Animal, count: usize) {
    animal.frames(count, |number| format!("main.f{number}"));
    let main = animal.frame("main.main");
    animal.sample(&[main], 1 << 20);
}

fn overflow(animal: &mut Animal, count: usize) {
    for frame in animal.frames(count, |number| format!("main.f{number}")) {
        animal.sample(&[frame], i64::MAX);
    }
}

fn cancelling(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    for (number, frame) in (animal.frames(count, |n| format!("main.f{n}")).into_iter()).enumerate()
    {
        let sign = if number % 2 == 0 { 1 } else { -1 };
        animal.sample(&[frame, main], sign * 4096);
    }
}

fn kinds(animal: &mut Animal, count: usize) {
    let store = animal.frame("k8s.io/apiserver/pkg/storage/etcd3.(*store).GetList");
    let name = |number| format!("k8s.io/api/core/v1.(*Kind{number}).Unmarshal");
    for frame in animal.frames(count, name) {
        animal.sample(&[frame, store], 1 << 20);
    }
}

fn same_name(animal: &mut Animal, count: usize) {
    let name = format!("k8s.io/api.main.{}", "n".repeat(970));
    for number in 0..count {
        let function = animal.builder.function(&name, &format!("f{number}.go"));
        let location = animal
            .builder
            .location(None, number as u64, &[(function, 1)]);
        animal.sample(&[location], 4096);
    }
}

fn names_and_files(animal: &mut Animal, count: usize) {
    let long = "n".repeat(900);
    for number in 0..count * count {
        let (name, file) = (number / count, number % count);
        let builder = &mut animal.builder;
        let function = builder.function(&format!("main.{long}{name}"), &format!("/{long}{file}"));
        let location = builder.location(None, number as u64, &[(function, 1)]);
        animal.sample(&[location], 4096);
    }
}

/// A file of a shape, and its size without gzip.
fn write(fill: Fill, count: usize, grown: i64, file: &Path) -> u64 {
    let mut animal = Animal::new(grown);
    fill(&mut animal, count);
    let mut gzipped = Vec::new();
    kheap::encode(&animal.builder.finish(), &mut gzipped).expect("memory takes it");
    let mut bytes = Vec::new();
    let mut gzip = flate2::read::GzDecoder::new(&gzipped[..]);
    gzip.read_to_end(&mut bytes)
        .expect("it was written just now");
    fs::write(file, &bytes).expect("there is room");
    bytes.len() as u64
}

/// How a command ended.
#[derive(Debug)]
struct End {
    code: Option<i32>,
    stderr: String,
    output: u64,
}

/// A command of [`COMMANDS`] for two files.
fn words<'w>(line: &'w str, files: &'w [String; 2]) -> Vec<&'w str> {
    let word = |word: &'w str| match word {
        "A" => files[0].as_str(),
        "B" => files[1].as_str(),
        word => word,
    };
    line.split(' ').map(word).collect()
}

/// Runs a command, with so much room in memory; a larger one ends it with a signal.
fn run(words: &[&str], room_kilobytes: Option<u64>) -> End {
    let mut command = match room_kilobytes {
        Some(room) if cfg!(target_os = "linux") => limited(room, words),
        _ => command(words),
    };
    // A thread takes room for its heap in advance.
    command
        .env("RAYON_NUM_THREADS", "1")
        .env("MALLOC_ARENA_MAX", "1");
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = piped.output().expect("the program starts");
    End {
        code: output.status.code(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        output: output.stdout.len() as u64,
    }
}

fn limited(kilobytes: u64, words: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    let line = format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\"");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_kheap")]);
    shell
        .args(words)
        .current_dir(common::project())
        .env("TZ", "UTC");
    shell
}

/// Messages are lines that say what they are; one of them is an error where the command
/// failed.
fn check_end(what: &str, end: &End) {
    let is_known = matches!(end.code, Some(0 | 2));
    assert!(is_known, "{what}: {:?} {}", end.code, end.stderr);
    let kinds = ["error: ", "warning: ", "note: "];
    let is_message = |line: &str| kinds.iter().any(|kind| line.starts_with(kind));
    assert!(end.stderr.lines().all(is_message), "{what}: {}", end.stderr);
    assert!(end.stderr.len() < 8_000, "{what}: {}", end.stderr);
    let errors = end
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    let expected = usize::from(end.code == Some(2));
    assert_eq!(errors.count(), expected, "{what}: {}", end.stderr);
}

/// The room that a file of so many bytes may take, in kilobytes: 64 MiB and 50 times its
/// size, besides what the program itself is mapped to and its threads stand on.
fn room(bytes: u64) -> u64 {
    const PROGRAM: u64 = 192 << 10;
    (64 << 10) + 50 * bytes / 1024 + PROGRAM
}

fn check_shape(shape: &Shape, folder: &Path) {
    let file = |name: &str| folder.join(name).display().to_string();
    let mut sizes = [0; 2];
    let files = [0, 1].map(|at| {
        let files = [file(&format!("a{at}.pb")), file(&format!("b{at}.pb"))];
        sizes[at] = write(shape.fill, shape.sizes[at], 1, Path::new(&files[0]));
        write(shape.fill, shape.sizes[at], 3, Path::new(&files[1]));
        files
    });
    for (line, is_bounded) in COMMANDS {
        let what = format!("{line}, {}", shape.name);
        let [small, large] = [0, 1].map(|at| {
            let end = run(&words(line, &files[at]), Some(room(2 * sizes[at])));
            check_end(&what, &end);
            end
        });
        let [before, after] = sizes.map(|size| size as f64);
        let growth = (after / before).powf(MOST_EXPONENT);
        let (small, large) = (small.output as f64, large.output as f64);
        let most = match is_bounded {
            true => 100.0 * after + 1_000_000.0,
            false if line.starts_with("report") => small * growth + LEAST_ADDED,
            false => small.max(LEAST_ADDED) * growth,
        };
        assert!(
            large <= most,
            "{what}: {small} bytes, then {large}, more than {most}"
        );
        assert!(
            large < LEAST_OUTPUT + 200.0 * after,
            "{what}: {large} bytes"
        );
    }
}

/// Calls a function for each of some items, on two threads.
fn on_two_threads<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let left = Mutex::new(items.iter());
    let next = || left.lock().expect("no thread has failed").next();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(item) = next() {
                    work(item);
                }
            });
        }
    });
}

#[test]
fn every_command_is_bounded_for_every_shape() {
    on_two_threads(&ZOO, |shape| {
        let folder = tempfile::tempdir().expect("there is room");
        check_shape(shape, folder.path());
    });
}

/// Shapes in which many things bear one long name, which the file holds once.
const SHARED: [(&str, Fill); 6] = [
    ("one unit of many types", types_of_unit),
    ("one function at many lines", lines_of_function),
    ("one name of many functions", functions_of_name),
    ("one leaf of many callers", callers_of_leaf),
    ("one key of many labels", labels_of_key),
    ("one binary of many addresses", addresses_of_binary),
];

/// A name of ten bytes for each that bears it.
fn long(count: usize) -> String {
    "n".repeat(10 * count)
}

fn types_of_unit(animal: &mut Animal, count: usize) {
    for number in 0..count {
        let builder = &mut animal.builder;
        builder.sample_type(&format!("type{number}"), &long(count));
    }
}

fn lines_of_function(animal: &mut Animal, count: usize) {
    let name = format!("k8s.io/api.{}", long(count));
    let function = animal.builder.function(&name, "main.go");
    for line in 1..=count as u64 {
        let lines = [(function, line as i64)];
        let location = animal.builder.location(None, line, &lines);
        animal.sample(&[location], 4096);
    }
}

fn functions_of_name(animal: &mut Animal, count: usize) {
    let name = format!("k8s.io/api.{}", long(count));
    for number in 1..=count as u64 {
        let file = format!("file{number}.go");
        let function = animal.builder.function(&name, &file);
        let location = animal.builder.location(None, number, &[(function, 1)]);
        animal.sample(&[location], 4096);
    }
}

fn callers_of_leaf(animal: &mut Animal, count: usize) {
    let leaf = animal.frame(&format!("main.{}", long(count)));
    for caller in animal.frames(count, |number| format!("main.f{number}")) {
        animal.sample(&[leaf, caller], 4096);
    }
}

fn labels_of_key(animal: &mut Animal, count: usize) {
    let main = animal.frame("main.main");
    for number in 0..count {
        let value = format!("value{number}");
        let label = animal.builder.text_label(&long(count), &value);
        animal.labelled(&[main], 4096, &[label]);
    }
}

fn addresses_of_binary(animal: &mut Animal, count: usize) {
    let filename = animal.builder.string(format!("/bin/{}", long(count)));
    let mapping = animal.builder.mapping(Mapping {
        filename,
        ..Mapping::default()
    });
    for address in 1..=count as u64 {
        let location = animal.builder.location(Some(mapping), address, &[]);
        animal.sample(&[location], 4096);
    }
}

#[test]
fn a_long_name_that_many_bear_takes_what_the_file_justifies() {
    const REFUSED: &str = "it repeats long names: written out, they take more than ";
    on_two_threads(&SHARED, |(name, fill)| {
        let folder = tempfile::tempdir().expect("there is room");
        let file = |name: &str| folder.path().join(name).display().to_string();
        // In all 2 MB, and 90 MB, of files of 5 to 200 kB.
        for (count, is_refused) in [(400, false), (3_000, true)] {
            let files = [file("a.pb"), file("b.pb")];
            let size = write(*fill, count, 1, Path::new(&files[0]));
            write(*fill, count, 3, Path::new(&files[1]));
            for (line, _) in COMMANDS {
                let what = format!("{line}, {name}");
                let end = run(&words(line, &files), Some(room(2 * size)));
                check_end(&what, &end);
                let stderr = end.stderr;
                assert_eq!(stderr.contains(REFUSED), is_refused, "{what}: {stderr}");
                let most = (64 << 20) + 100 * size;
                assert!(end.output < most, "{what}: {} bytes", end.output);
            }
        }
    });
}

/// A pasted table with so many of something.
type Table = fn(usize) -> String;

/// Shapes of tables.
const TABLES: [(&str, Table); 7] = [
    ("rows", |count| rows(count, |row| format!("main.f{row}"))),
    ("one row", |count| rows(count, |_| "main.f".to_owned())),
    ("long names", |count| {
        rows(count / 20, |row| format!("main.{}{row}", "n".repeat(1_000)))
    }),
    ("blank lines", |count| {
        rows(1, |_| "main.f".to_owned()) + &"\n".repeat(count)
    }),
    ("columns", |count| {
        format!("name,flat,cum,inline\n{}", ",".repeat(count))
    }),
    ("brackets", |count| {
        rows(1, |_| format!("main.f{}", "[(*".repeat(count)))
    }),
    ("labels of traces", labels_of_traces),
];

/// What pprof's `traces` prints, with labels alone above each stack.
fn labels_of_traces(count: usize) -> String {
    let rule = "-----------+-------------------------------------------------------\n";
    let label = |number| format!("     key{number}:  value\n     bytes:  1kB 2kB 4kB\n");
    let labels: String = (0..count).map(label).collect();
    format!("Type: inuse_space\n{rule}{labels}   1.50MB   main.f\n             main.main\n{rule}")
}

fn rows(count: usize, name: impl Fn(usize) -> String) -> String {
    let mut table = "Type: inuse_space\n\
        Showing nodes accounting for 64MB, 100% of 64MB total\n\
        \x20     flat  flat%   sum%        cum   cum%\n"
        .to_owned();
    for row in 0..count {
        table += &format!(
            "         0     0%   100%     1.50kB  0.01%  {}\n",
            name(row)
        );
    }
    table
}

#[test]
fn every_command_is_bounded_for_every_table() {
    let folder = tempfile::tempdir().expect("there is room");
    for (name, table) in TABLES {
        let outputs = [500, 2_000].map(|count| {
            let file = folder.path().join("table.txt");
            let table = table(count);
            fs::write(&file, &table).expect("there is room");
            let files = [0, 1].map(|_| file.display().to_string());
            let commands = COMMANDS.map(|(line, _)| line);
            let more = ["diagnose A --format markdown", "diagnose A --all --csv raw"];
            let outputs = commands.iter().chain(&more).map(|line| {
                let what = format!("{line}, table of {name}");
                let end = run(&words(line, &files), Some(room(2 * table.len() as u64)));
                check_end(&what, &end);
                (what, end.output)
            });
            outputs.collect::<Vec<_>>()
        });
        for ((what, small), (_, large)) in outputs[0].iter().zip(&outputs[1]) {
            let most = small.max(&20_000) * 6;
            assert!(large <= &most, "{what}: {small} bytes, then {large}");
        }
    }
}

/// What a command took: seconds of a processor, kilobytes at the peak.
fn measured(words: &[&str]) -> Option<(f64, f64, End)> {
    let mut time = Command::new("/usr/bin/time");
    time.args(["-q", "-f", "measured %U %S %M", env!("CARGO_BIN_EXE_kheap")]);
    let output = time.args(words).stdout(Stdio::null()).output().ok()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let (stderr, figures) = stderr.rsplit_once("measured ")?;
    let figures: Vec<f64> = figures
        .split_whitespace()
        .map_while(|f| f.parse().ok())
        .collect();
    let [user, system, kilobytes] = figures[..] else {
        return None;
    };
    let end = End {
        code: output.status.code(),
        stderr: stderr.to_owned(),
        output: 0,
    };
    Some((user + system, kilobytes, end))
}

/// Below this, in seconds and kilobytes, the start of the program is most of what is
/// measured.
const LEAST_SECONDS: f64 = 0.25;
const LEAST_KILOBYTES: f64 = 32_768.0;

fn exponent(least: f64, [before, after]: [f64; 2], [small, large]: [f64; 2]) -> f64 {
    (large.max(least) / small.max(least)).ln() / (after / before).ln()
}

#[test]
#[ignore = "takes minutes, and measures time"]
fn time_and_memory_of_every_command_grow_with_the_file() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = |name: &str| folder.path().join(name).display().to_string();
    println!("shape, MB, slowest command, s, its exponent, largest command, MB, its exponent");
    let mut faults = Vec::new();
    for shape in &ZOO {
        let mut sizes = [0.0; 2];
        let files = [0, 1].map(|at| {
            let files = [file(&format!("a{at}.pb")), file(&format!("b{at}.pb"))];
            sizes[at] = write(shape.fill, shape.large[at], 1, Path::new(&files[0])) as f64;
            write(shape.fill, shape.large[at], 3, Path::new(&files[1]));
            files
        });
        let mut slowest = ("", 0.0, 0.0);
        let mut largest = ("", 0.0, 0.0);
        for (line, _) in COMMANDS {
            let [small, large] = [0, 1].map(|at| measured(&words(line, &files[at])));
            let (Some(small), Some(large)) = (small, large) else {
                return skip("no GNU time");
            };
            check_end(&format!("{line}, {}", shape.name), &large.2);
            let mut times = [small.0, large.0];
            // Other work takes caches away: the fastest of three runs is the program's own.
            for _ in 1..3 {
                if exponent(LEAST_SECONDS, sizes, times) > MOST_EXPONENT {
                    let again = [0, 1].map(|at| measured(&words(line, &files[at])));
                    let again = again.map(|run| run.map_or(f64::INFINITY, |run| run.0));
                    times = [0, 1].map(|at| times[at].min(again[at]));
                }
            }
            let seconds = exponent(LEAST_SECONDS, sizes, times);
            let memory = exponent(LEAST_KILOBYTES, sizes, [small.1, large.1]);
            if times[1] > slowest.1 {
                slowest = (line, times[1], seconds);
            }
            if large.1 > largest.1 {
                largest = (line, large.1, memory);
            }
            let inputs = if line.contains(" B") { 2.0 } else { 1.0 };
            let is_large = large.1 * 1024.0 > 50.0 * inputs * sizes[1] + 67_108_864.0;
            if seconds > MOST_EXPONENT || memory > MOST_EXPONENT || is_large {
                faults.push(format!(
                    "{line}, {}: {:.2} s then {:.2} s ({seconds:.2}), {:.0} then {:.0} kB \
                     ({memory:.2}) for {:.0} then {:.0} bytes",
                    shape.name, times[0], times[1], small.1, large.1, sizes[0], sizes[1]
                ));
            }
        }
        println!(
            "{}, {:.1}, {}, {:.2}, {:.2}, {}, {:.0}, {:.2}",
            shape.name,
            sizes[1] / 1e6,
            slowest.0,
            slowest.1,
            slowest.2,
            largest.0,
            largest.1 / 1e3,
            largest.2
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
