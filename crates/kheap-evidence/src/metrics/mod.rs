//! /metrics in Prometheus' text format or OpenMetrics, one scrape or several.

mod line;
mod scrape;

use std::io::{self, BufRead};

pub use scrape::COMPONENTS;
use scrape::series_of;
pub use scrape::{Counters, Executing, Process, ProgramFacts, Scrape};

use crate::lines::{LinesEnd, for_each_line};
use crate::moment::SECOND;
use crate::warning::Warning;

/// Whether a line is of this format.
pub(crate) fn is_line(line: &[u8]) -> bool {
    line.starts_with(b"# HELP ")
        || line.starts_with(b"# TYPE ")
        || std::str::from_utf8(line).is_ok_and(|line| line::Sample::parse(line).is_some())
}

/// How many scrapes of a file are kept.
const MAX_SCRAPES: usize = 16;

/// Reads the scrapes of a file in their order. Where there are many, it keeps those nearest
/// to the dump, which was taken at `at`; without that the last ones.
pub(crate) fn read(
    reader: &mut dyn BufRead,
    at: Option<i64>,
) -> io::Result<(Vec<Scrape>, Vec<Warning>, LinesEnd)> {
    let mut scrapes = Vec::new();
    let mut scrape = Scrape::default();
    let mut broken = 0;
    let (mut left_out, mut impossible) = (0, 0);
    let end = for_each_line(reader, |line| {
        if line::name(line).is_none() {
            return;
        }
        let Some(sample) = std::str::from_utf8(line).ok().and_then(line::Sample::parse) else {
            broken += 1;
            return;
        };
        // A series stands in a scrape once.
        let series = series_of(&sample);
        if scrape.has(series) {
            left_out += scrape.left_out;
            impossible += scrape.impossible;
            push(&mut scrapes, std::mem::take(&mut scrape), at);
        }
        scrape.time_nanos = scrape.time_nanos.or(sample.timestamp.and_then(moment_of));
        scrape.add(&sample, series);
    })?;
    left_out += scrape.left_out;
    impossible += scrape.impossible;
    push(&mut scrapes, scrape, at);
    let warnings = [
        (left_out > 0).then_some(Warning::TooManySeries(left_out)),
        (impossible > 0).then_some(Warning::ImpossibleValues(impossible)),
        (broken > 0).then_some(Warning::BrokenLines(broken)),
    ];
    Ok((scrapes, warnings.into_iter().flatten().collect(), end))
}

fn push(scrapes: &mut Vec<Scrape>, mut scrape: Scrape, at: Option<i64>) {
    if scrape.is_empty() {
        return;
    }
    scrape.finish();
    scrapes.push(scrape);
    if scrapes.len() > MAX_SCRAPES {
        let distance = |scrape: &Scrape| scrape.distance(at);
        let farthest = (0..scrapes.len())
            .rev()
            .max_by_key(|&index| distance(&scrapes[index]));
        scrapes.remove(farthest.unwrap_or(0));
    }
}

/// Reads milliseconds, or the seconds of OpenMetrics: no metric is of before 2001.
fn moment_of(timestamp: f64) -> Option<i64> {
    const YEAR_2001_MILLIS: f64 = 1e12;
    let seconds = match timestamp >= YEAR_2001_MILLIS {
        true => timestamp / 1000.0,
        false => timestamp,
    };
    crate::moment::of_seconds(seconds).filter(|&nanos| nanos > 1_000_000_000 * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Resource;

    fn scrapes(text: &str, at: Option<i64>) -> Vec<Scrape> {
        read(&mut text.as_bytes(), at).expect("it is in memory").0
    }

    #[test]
    fn a_series_that_stands_there_again_begins_a_new_scrape() {
        let text = "aggregator_x 1\nprocess_start_time_seconds 1e9\n\
                    process_start_time_seconds 2e9\napiserver_requests 1\n";
        let starts = scrapes(text, None);
        let starts: Vec<_> = starts.iter().map(|one| one.process.start_nanos).collect();
        assert_eq!(
            starts,
            [Some(1_000_000_000 * SECOND), Some(2_000_000_000 * SECOND)]
        );
    }

    #[test]
    fn of_many_scrapes_those_near_the_dump_are_kept() {
        let lines =
            (0..100).map(|n| format!("go_goroutines {n} {}\n", 1_700_000_000_000_i64 + n * 1000));
        let text: String = lines.collect();
        let counts = |at| -> Vec<_> {
            let all = scrapes(&text, at);
            all.iter()
                .filter_map(|one| one.process.goroutines)
                .collect()
        };
        let near = counts(Some((1_700_000_000 + 50) * SECOND));
        assert_eq!(near.len(), MAX_SCRAPES);
        assert!(near.contains(&50) && !near.contains(&99), "{near:?}");
        assert!(counts(None).contains(&99));
    }

    #[test]
    fn impossible_values_are_passed_over() {
        let text = "process_resident_memory_bytes 1e300\ngo_goroutines NaN\n\
                    go_memstats_heap_alloc_bytes -5\n\
                    apiserver_resource_objects{resource=\"pods\"} -1\n\
                    apiserver_response_sizes_sum{verb=\"LIST\",scope=\"cluster\"} +Inf\n\
                    go_gc_gomemlimit_bytes 9.223372036854776e+18\n\
                    unknown_metric NaN\nprocess_start_time_seconds 1e9\n";
        let (scrapes, warnings, _) = read(&mut text.as_bytes(), None).expect("it is in memory");
        assert_eq!(warnings, [Warning::ImpossibleValues(4)]);
        let process = &scrapes[0].process;
        assert_eq!(
            (process.rss, process.goroutines, process.gomemlimit),
            (None, None, None)
        );
        assert!(process.mem_stats.is_empty());
        assert_eq!(scrapes[0].objects[&Resource::new("", "pods")], -1);
    }

    #[test]
    fn a_million_series_are_too_many() {
        let lines = (0..1_000_000).map(|n| format!("workqueue_depth{{name=\"{n}\"}} 1\n"));
        let text: String = lines.collect();
        let (scrapes, warnings, _) = read(&mut text.as_bytes(), None).expect("it is in memory");
        assert_eq!(warnings, [Warning::TooManySeries(800_000)]);
        assert_eq!(scrapes[0].queues.len(), 200_000);
    }

    #[test]
    fn metrics_of_several_processes_are_known() {
        let text = "go_goroutines{instance=\"a\"} 1\ngo_goroutines{instance=\"b\"} 1\n";
        assert!(scrapes(text, None)[0].is_of_several);
        assert!(!scrapes("go_goroutines{instance=\"a\"} 1\n", None)[0].is_of_several);
    }
}
