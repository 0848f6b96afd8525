//! `top` against sums that are taken from the messages of prost, by plain loops.

use std::collections::{HashMap, HashSet};

use kheap::{GraphOptions, Selection, SelectionOptions};
use prost::Message;

use crate::common::proto;
use crate::made::Input;

/// Flat and cum of a function.
type Sums = HashMap<String, (i128, i128)>;

/// Every function has the flat and cum that plain loops find, and no other function has
/// any: of the bytes of a profile, else of one that is made of them.
pub fn top(bytes: &[u8]) {
    let message = match proto::Profile::decode(bytes) {
        Ok(message) if !message.sample.is_empty() => message,
        _ => match Input::of(bytes) {
            Some(input) => input.message(),
            None => return,
        },
    };
    if let Some(sums) = sums(&message) {
        check(&message, &sums);
    }
}

fn check(message: &proto::Profile, sums: &Sums) {
    let Ok(profile) = kheap::decode(&message.encode_to_vec()) else {
        return;
    };
    let last = (message.sample_type.len() - 1).to_string();
    let Ok(sample_type) = profile.sample_type(&last) else {
        return;
    };
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let top = kheap::top(&selection, &GraphOptions::default().untrimmed());
    let rows: HashMap<&str, (i128, i128)> = (top.rows.iter())
        .map(|row| (row.name.as_str(), (row.flat.into(), row.cum.into())))
        .collect();
    assert_eq!(rows.len(), top.rows.len(), "a function has two rows");
    for (name, sums) in sums {
        let row = rows.get(name.as_str()).unwrap_or(&(0, 0));
        assert_eq!(row, sums, "{name:?}");
    }
    let unknown = rows.keys().find(|name| !sums.contains_key(**name));
    assert_eq!(unknown, None);
}

/// The sums of the last sample type; `None` where names are missing, frames are dropped,
/// or a sum may not fit into 64 bits.
fn sums(message: &proto::Profile) -> Option<Sums> {
    let text = |index: i64| {
        let text = message.string_table.get(usize::try_from(index).ok()?)?;
        str::from_utf8(text).ok()
    };
    let last = message.sample_type.len().checked_sub(1)?;
    if message.drop_frames != 0 {
        return None;
    }
    let mut names: HashMap<u64, &str> = HashMap::new();
    for function in &message.function {
        let name = text(function.name).filter(|name| !name.is_empty())?;
        if names.insert(function.id, name).is_some() {
            return None;
        }
    }
    let mut locations: HashMap<u64, Vec<&str>> = HashMap::new();
    for location in &message.location {
        let lines = location.line.iter();
        let lines: Option<Vec<_>> = lines.map(|line| names.get(&line.function_id)).collect();
        let lines: Vec<&str> = lines?.into_iter().copied().collect();
        if lines.is_empty() || locations.insert(location.id, lines).is_some() {
            return None;
        }
    }
    let mut sums = Sums::new();
    for sample in &message.sample {
        let value = i128::from(*sample.value.get(last)?);
        let frames = sample.location_id.iter().map(|id| locations.get(id));
        let frames: Option<Vec<_>> = frames.collect();
        let frames = frames?.into_iter().flatten();
        let mut seen = HashSet::new();
        for (depth, name) in frames.enumerate() {
            let (flat, cum) = sums.entry((*name).to_owned()).or_default();
            *flat += if depth == 0 { value } else { 0 };
            *cum += if seen.insert(*name) { value } else { 0 };
        }
    }
    let total = message
        .sample
        .iter()
        .filter_map(|sample| sample.value.get(last));
    let total: i128 = total.map(|&value| i128::from(value).abs()).sum();
    (total < i128::from(i64::MAX) / 2).then_some(sums)
}
