//! What is wrong, and since when? A service that watches another program: it keeps the dumps of
//! the last hour as snapshots, in bounded memory, and goes on with them after a restart.
//!
//! ```text
//! cargo run --release --example rolling_diagnosis
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use kheap::diagnose::{ClaimReader, History};
use kheap::series::Window;
use kheap::{
    Catalog, DiagnoseOptions, Diagnosis, Heap, Profile, ProfileBuilder, Selection, SelectionOptions,
};
use kheap_text::trend::trend_of_finding;

/// How many snapshots are kept.
const KEPT: usize = 60;

/// The last snapshots of a program, each with what signatures claim of it.
struct Watch {
    /// Keeps each name once, for as long as a snapshot has it.
    reader: ClaimReader<'static>,
    window: Window,
}

impl Watch {
    fn new() -> Self {
        Self {
            reader: ClaimReader::new(Catalog::builtin()),
            window: Window::new(KEPT),
        }
    }

    /// Goes on with snapshots that were stored. Their names are shared with those to come, or
    /// each snapshot would keep all of its own.
    fn restored(stored: &str) -> anyhow::Result<Self> {
        let mut watch = Self::new();
        let stored: Window = serde_json::from_str(stored)?;
        for snapshot in stored.snapshots() {
            watch
                .window
                .push(watch.reader.keys().adopt(snapshot.clone()))?;
        }
        Ok(watch)
    }

    fn stored(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(&self.window)?)
    }

    /// Adds a dump. One of another program is refused, and the others stay.
    fn push(&mut self, heap: &Heap, name: &str) -> anyhow::Result<()> {
        Ok(self.window.push(self.reader.snapshot(heap, name))?)
    }

    /// Diagnoses the newest dump, with what is known of it since the window began.
    fn diagnose(&self, newest: &Heap) -> Diagnosis {
        // One dump shows no growth. A note of the diagnosis says when others show none either,
        // such as those that other signatures judged before an upgrade.
        let history = History::new(self.window.snapshots().cloned().collect()).ok();
        kheap::diagnose(
            newest,
            &DiagnoseOptions::default().history(history.as_ref()),
        )
    }
}

fn main() -> anyhow::Result<()> {
    let mut watch = Watch::new();
    for minute in 0..100 {
        let profile = dump(minute)?;
        watch.push(&heap(&profile)?, &format!("{minute}.pb.gz"))?;
    }
    // The service is stopped here, and started again.
    let mut watch = Watch::restored(&watch.stored()?)?;
    let profile = dump(100)?;
    let newest = heap(&profile)?;
    watch.push(&newest, "100.pb.gz")?;

    let diagnosis = watch.diagnose(&newest);
    println!("{} snapshots are kept", watch.window.snapshots().len());
    for finding in &diagnosis.findings {
        println!("{}: {}", finding.severity.name(), finding.title);
        if let Some(trend) = &finding.trend {
            println!("  {}", trend_of_finding(&diagnosis, trend, None));
        }
    }
    Ok(())
}

fn heap(profile: &Profile) -> anyhow::Result<Heap<'_>> {
    let sample_type = profile.sample_type("inuse_space")?;
    let options = SelectionOptions::default();
    Ok(Heap::new(Selection::new(profile, sample_type, &options)))
}

/// Stands for the dump of a controller at this minute: its informer holds more Secrets than a
/// minute ago, and a function is there that no other dump has.
fn dump(minute: i64) -> anyhow::Result<Profile> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    builder.header().time_nanos = (1 + minute) * 60_000_000_000;
    let plugin = format!("example.com/controller/plugin{minute}.Load");
    let secrets = [
        "k8s.io/api/core/v1.(*Secret).Unmarshal",
        "k8s.io/client-go/tools/cache.(*Reflector).list.func1",
    ];
    for (names, megabytes) in [(&secrets[..], 400 + 4 * minute), (&[plugin.as_str()], 1)] {
        let locations = names.iter().map(|name| {
            let function = builder.function(name, "");
            builder.location(None, 0, &[(function, 1)])
        });
        let stack: Vec<_> = locations.collect();
        builder.sample(&stack, &[megabytes << 20], &[])?;
    }
    Ok(builder.finish())
}

/// Pushes dumps of these minutes; returns the diagnosis of the last one.
#[cfg(test)]
fn watched(watch: &mut Watch, minutes: std::ops::Range<i64>) -> Diagnosis {
    for minute in minutes.clone() {
        let profile = dump(minute).unwrap();
        let name = format!("{minute}.pb.gz");
        watch.push(&heap(&profile).unwrap(), &name).unwrap();
    }
    let profile = dump(minutes.end - 1).unwrap();
    watch.diagnose(&heap(&profile).unwrap())
}

#[test]
fn a_restart_changes_nothing() {
    let mut watch = Watch::new();
    watched(&mut watch, 0..70);
    let mut restored = Watch::restored(&watch.stored().unwrap()).unwrap();
    let [without, with] = [&mut watch, &mut restored].map(|window| watched(window, 70..72));
    assert_eq!(with.findings.len(), 1);
    let trend = with.findings[0].trend.as_ref().unwrap();
    assert_eq!((trend.snapshots, trend.row.delta()), (KEPT, 59 * (4 << 20)));
    assert_eq!(with.findings, without.findings);
    assert_eq!(with.notes, []);
}

#[test]
fn a_window_is_as_large_as_its_snapshots_however_many_it_saw() {
    let mut watch = Watch::new();
    watched(&mut watch, 0..100);
    let early = watch.stored().unwrap().len();
    watched(&mut watch, 100..1000);
    let late = watch.stored().unwrap().len();
    // Numbers have another digit.
    assert!(late < early + early / 50, "{early} bytes, then {late}");
}
