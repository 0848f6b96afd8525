//! The settings that are in force.

use std::io::Write;

use anyhow::Result;
use kheap_text::{left, one_line, width};

use super::Sink;
use crate::args::InForce;
use crate::config::{Config, shown};

/// Writes a line for each setting: the option, its value, and where it comes from.
pub(crate) fn config(out: &mut Sink, in_force: &[InForce], config: Option<&Config>) -> Result<()> {
    let file = config.map_or("none".to_owned(), |config| one_line(&config.file));
    writeln!(out, "settings file: {file}")?;
    let place = |line: Option<usize>, key: &str| match (line, config) {
        (Some(line), Some(config)) => one_line(&config.place(line)),
        _ => format!("--{key}"),
    };
    let mut rows: Vec<[String; 3]> = in_force
        .iter()
        .map(|one| {
            [
                one.key.to_owned(),
                shown(&one.value),
                place(one.line, one.key),
            ]
        })
        .collect();
    for one in config.map_or(&[][..], |config| &config.suppressions) {
        let known = &one.suppression;
        let kind = known.kind.iter().map(|kind| format!(" of {kind}"));
        let id = format!("{}{}", known.id, kind.collect::<String>());
        let until = match one.has_expired {
            true => format!("expired on {}", known.until),
            false => format!("until {}", known.until),
        };
        let value = format!("{id} ({}, {until})", known.reason);
        rows.push([
            "suppress".to_owned(),
            shown(value.as_ref()),
            place(Some(one.line), "suppress"),
        ]);
    }
    if rows.is_empty() {
        return Ok(writeln!(out, "all options have their defaults")?);
    }
    let widest = |column: usize| rows.iter().map(|row| width(&row[column])).max();
    let [keys, values] = [0, 1].map(|column| widest(column).unwrap_or_default());
    for [key, value, place] in &rows {
        writeln!(out, "{}  {}  {place}", left(key, keys), left(value, values))?;
    }
    Ok(())
}
