//! Fills the tables of a model with the largest rows; the rest becomes one.

use std::cmp::Reverse;

use kheap_text::shorten_bytes;

use super::draft::{DraftNode, DraftRow};
use super::{MOST_NODES, MOST_ROWS, MOST_TEXT, Model};

/// What the row is called that stands for those that are left out.
const TRIMMED: &str = "(trimmed)";

/// How many rows with more frames than there is room for are passed over: each takes a
/// walk along them.
const MOST_MISFITS: usize = 100;

/// Fills in nodes and rows, and renumbers what names them. `values` are columns of the
/// rows; `rest` is a row that is of no stack in particular.
pub(super) fn fill(
    model: &mut Model,
    nodes: &[DraftNode],
    rows: &[DraftRow],
    values: &[Vec<i64>],
    rest: Option<u32>,
) {
    let (mut is_kept, is_wanted) = kept(model, nodes, rows, values);
    if let Some(rest) = rest {
        is_kept[rest as usize] = false;
    }
    let node_at = fill_nodes(model, nodes, &is_wanted);
    let row_at = fill_rows(model, rows, values, &is_kept, &node_at);
    for finding in &mut model.findings {
        let rows = finding.rows.iter();
        finding.rows = rows.filter_map(|&row| row_at[row as usize]).collect();
    }
    if model.rows.mended == model.rows.node {
        model.rows.mended.clear();
    }
    drop_strings(model);
    shorten(model);
}

/// Which rows, and which nodes for them, are distinguished: the largest by their share
/// of any column.
fn kept(
    model: &Model,
    nodes: &[DraftNode],
    rows: &[DraftRow],
    values: &[Vec<i64>],
) -> (Vec<bool>, Vec<bool>) {
    if rows.len() <= MOST_ROWS && nodes.len() <= MOST_NODES {
        return (vec![true; rows.len()], vec![true; nodes.len()]);
    }
    let totals = model.snapshots.iter().flat_map(|snapshot| &snapshot.totals);
    let totals: Vec<f64> = totals.map(|&total| (total as f64).abs().max(1.0)).collect();
    let weight = |row: usize| {
        let shares = values.iter().zip(&totals);
        let shares = shares.map(|(column, total)| (column[row] as f64 / total).abs());
        // As a whole number it has a total order.
        (shares.fold(0.0, f64::max) * 1e18) as u64
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_cached_key(|&at| (Reverse(weight(at)), at));
    let mut is_kept = vec![false; rows.len()];
    let mut is_wanted = vec![false; nodes.len()];
    is_wanted[0] = true;
    let (mut count, mut misfits) = (1, 0);
    for at in order.into_iter().take(MOST_ROWS - 1) {
        let way = way_of(&rows[at], nodes, &mut is_wanted, MOST_NODES - count);
        if let Some(way) = way {
            count += way;
            is_kept[at] = true;
            continue;
        }
        misfits += 1;
        if misfits == MOST_MISFITS {
            break;
        }
    }
    (is_kept, is_wanted)
}

/// Wants the frames of a row that nobody wanted yet, and says how many that are; none
/// where they are as many as `most`, and then wants none.
fn way_of(
    row: &DraftRow,
    nodes: &[DraftNode],
    is_wanted: &mut [bool],
    most: usize,
) -> Option<usize> {
    let mut way = Vec::new();
    for leaf in [row.node, row.mended] {
        let mut node = leaf as usize;
        while !is_wanted[node] && way.len() < most {
            is_wanted[node] = true;
            way.push(node);
            node = nodes[node].caller as usize;
        }
    }
    if way.len() < most {
        return Some(way.len());
    }
    way.into_iter().for_each(|node| is_wanted[node] = false);
    None
}

/// Writes the nodes that are wanted, and returns where each one stands.
fn fill_nodes(model: &mut Model, nodes: &[DraftNode], is_wanted: &[bool]) -> Vec<u32> {
    let mut at = vec![0; nodes.len()];
    let columns = &mut model.nodes;
    let mut last_inlined = 0;
    for (position, node) in nodes.iter().enumerate() {
        if !is_wanted[position] {
            continue;
        }
        let next = columns.up.len() as u32;
        at[position] = next;
        columns.up.push(next - at[node.caller as usize]);
        columns.function.push(node.function);
        columns.line.push(node.line);
        if node.inlined {
            columns.inlined.push(next - last_inlined);
            last_inlined = next;
        }
    }
    at
}

/// Writes the rows that are kept, and one for the others; returns where each stands.
fn fill_rows(
    model: &mut Model,
    rows: &[DraftRow],
    values: &[Vec<i64>],
    is_kept: &[bool],
    node_at: &[u32],
) -> Vec<Option<u32>> {
    let types = model.types.len();
    model.rows.values = vec![vec![Vec::new(); types]; model.snapshots.len()];
    let mut at = vec![None; rows.len()];
    let mut rest: Option<(DraftRow, Vec<i64>)> = None;
    for (position, row) in rows.iter().enumerate() {
        let held = values.iter().map(|column| column[position]);
        if is_kept[position] {
            at[position] = Some(model.rows.node.len() as u32);
            let nodes = [row.node, row.mended].map(|node| node_at[node as usize]);
            push(model, nodes, row, held);
            continue;
        }
        model.trimmed += 1;
        match &mut rest {
            None => rest = Some((*row, held.collect())),
            Some((_, sums)) => {
                for (sum, value) in sums.iter_mut().zip(held) {
                    *sum = sum.saturating_add(value);
                }
            }
        }
    }
    if let Some((rest, sums)) = rest {
        let node = push_trimmed_node(model);
        push(
            model,
            [node; 2],
            &DraftRow { size: 0, ..rest },
            sums.into_iter(),
        );
    }
    at
}

/// Writes a row of a node, mended and not.
fn push(
    model: &mut Model,
    [node, mended]: [u32; 2],
    row: &DraftRow,
    values: impl Iterator<Item = i64>,
) {
    let types = model.types.len();
    model.rows.node.push(node);
    model.rows.mended.push(mended);
    model.rows.size.push(row.size);
    model.rows.place.push(row.place);
    for (at, value) in values.enumerate() {
        model.rows.values[at / types][at % types].push(value);
    }
}

/// A frame of its own for what is left out.
fn push_trimmed_node(model: &mut Model) -> u32 {
    model.strings.push(TRIMMED.to_owned());
    let name = (model.strings.len() - 1) as u32;
    let columns = &mut model.functions;
    let function = columns.label.len() as u32;
    for column in [
        &mut columns.label,
        &mut columns.name,
        &mut columns.canonical,
    ] {
        column.push(name);
    }
    columns.file.push(0);
    columns.binary.push(0);
    let nodes = &mut model.nodes;
    let node = nodes.up.len() as u32;
    nodes.up.push(node);
    nodes.function.push(function);
    nodes.line.push(0);
    node
}

/// Drops the functions and strings that only rows left out have named.
fn drop_strings(model: &mut Model) {
    if model.trimmed == 0 {
        return;
    }
    let functions = Renumbered::of(model.functions.label.len(), &model.nodes.function);
    functions.apply(&mut model.nodes.function);
    let bare = &mut model.functions.bare;
    bare.retain(|&id| functions.is_used(id));
    functions.apply(bare);
    let columns = &mut model.functions;
    let all = [
        &mut columns.label,
        &mut columns.name,
        &mut columns.file,
        &mut columns.binary,
        &mut columns.canonical,
    ];
    let mut used = vec![0];
    let all = all.map(|column| {
        *column = functions.kept(column);
        used.extend_from_slice(column);
        column
    });
    let strings = Renumbered::of(model.strings.len(), &used);
    all.into_iter().for_each(|column| strings.apply(column));
    model.strings = strings.kept(&model.strings);
}

/// Cuts the longest names where all together are too long.
fn shorten(model: &mut Model) {
    let length: usize = model.strings.iter().map(String::len).sum();
    if length <= MOST_TEXT {
        return;
    }
    model.cut = true;
    let most = MOST_TEXT / model.strings.len();
    for text in &mut model.strings {
        if text.len() > most {
            *text = shorten_bytes(text, most.saturating_sub("…".len()));
        }
    }
}

/// Which of some positions are used, and what they become.
#[derive(Debug)]
struct Renumbered(Vec<Option<u32>>);

impl Renumbered {
    fn of(count: usize, used: &[u32]) -> Self {
        let mut is_used = vec![false; count];
        used.iter().for_each(|&id| is_used[id as usize] = true);
        let mut next = 0;
        let numbers = is_used.into_iter().map(|is_used| {
            let number = is_used.then_some(next);
            next += u32::from(is_used);
            number
        });
        Self(numbers.collect())
    }

    fn is_used(&self, id: u32) -> bool {
        self.0[id as usize].is_some()
    }

    fn apply(&self, ids: &mut [u32]) {
        for id in ids {
            *id = self.0[*id as usize].expect("it is used");
        }
    }

    fn kept<T: Clone>(&self, values: &[T]) -> Vec<T> {
        let kept = self
            .0
            .iter()
            .zip(values)
            .filter(|(number, _)| number.is_some());
        kept.map(|(_, value)| value.clone()).collect()
    }
}
