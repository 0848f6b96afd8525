//! /metrics in Prometheus' text format or OpenMetrics, one scrape or several.

mod line;
mod scrape;

use std::io::{self, BufRead};

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

/// Reads the scrapes of a file, in their order in it.
pub(crate) fn read(reader: &mut dyn BufRead) -> io::Result<(Vec<Scrape>, Vec<Warning>, LinesEnd)> {
    let mut scrapes = Vec::new();
    let mut scrape = Scrape::default();
    // The first series of the file begins every scrape.
    let mut first: Option<Vec<u8>> = None;
    let mut broken = 0;
    let end = for_each_line(reader, |line| {
        if line::name(line).is_none() {
            return;
        }
        let Some(sample) = std::str::from_utf8(line).ok().and_then(line::Sample::parse) else {
            broken += 1;
            return;
        };
        match &first {
            None => first = Some(sample.series().as_bytes().to_vec()),
            Some(first) if sample.series().as_bytes() == first => {
                scrapes.push(std::mem::take(&mut scrape));
            }
            Some(_) => {}
        }
        scrape.time_nanos = scrape.time_nanos.or(sample.timestamp.and_then(moment_of));
        scrape.add(&sample);
    })?;
    scrapes.push(scrape);
    scrapes.retain(|scrape| !scrape.is_empty());
    let left_out = scrapes.iter().map(|scrape| scrape.left_out).sum();
    let warnings = [
        Warning::TooManySeries(left_out),
        Warning::BrokenLines(broken),
    ];
    let is_any =
        |warning: &Warning| !matches!(warning, Warning::TooManySeries(0) | Warning::BrokenLines(0));
    Ok((scrapes, warnings.into_iter().filter(is_any).collect(), end))
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
