//! Edges that all lead down, as a picture in layers needs them.

use std::cmp::Reverse;

use super::items::Edge;

/// An edge on its way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descent {
    /// Position among the edges of the chart.
    pub(super) edge: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether the callee is above, because the edge closes a circle.
    pub(super) is_reversed: bool,
}

/// Turns around the lightest edge of every circle.
///
/// Asks for each edge once which nodes are below it; a picture has few of both.
pub(super) fn descents(nodes: usize, edges: &[Edge]) -> Vec<Descent> {
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_unstable_by_key(|&edge| (Reverse(edges[edge].weight), edge));
    let mut below = vec![Vec::new(); nodes];
    let descend = |edge: usize| {
        let Edge { from, to, .. } = edges[edge];
        let is_reversed = leads(&below, to, from);
        let (from, to) = if is_reversed { (to, from) } else { (from, to) };
        below[from].push(to);
        Descent {
            edge,
            from,
            to,
            is_reversed,
        }
    };
    order.into_iter().map(descend).collect()
}

/// Whether there is a way from one node to another.
fn leads(below: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; below.len()];
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        if !std::mem::replace(&mut seen[node], true) {
            open.extend(&below[node]);
        }
    }
    false
}

/// The level of each node: below all that lead to it, and as near as that allows
/// to what it leads to where that shortens more lines than it lengthens.
pub(super) fn levels(nodes: usize, descents: &[Descent]) -> Vec<usize> {
    let mut above = vec![0_usize; nodes];
    let mut below = vec![Vec::new(); nodes];
    for descent in descents {
        above[descent.to] += 1;
        below[descent.from].push(descent.to);
    }
    let order = callers_first(above.clone(), &below);
    let mut levels = vec![0_usize; nodes];
    for &node in &order {
        for &to in &below[node] {
            levels[to] = levels[to].max(levels[node] + 1);
        }
    }
    for &node in order.iter().rev() {
        let nearest = below[node].iter().map(|&to| levels[to]).min();
        if let Some(nearest) = nearest.filter(|_| above[node] <= below[node].len()) {
            levels[node] = nearest - 1;
        }
    }
    levels
}

/// How many nodes and bends a layout has: a line bends in each layer that it
/// passes, and between two levels there is a layer for labels.
pub(super) fn spots(nodes: usize, edges: &[Edge]) -> usize {
    let descents = descents(nodes, edges);
    let levels = levels(nodes, &descents);
    let bends = descents
        .iter()
        .map(|descent| 2 * (levels[descent.to] - levels[descent.from]) - 1);
    nodes + bends.sum::<usize>()
}

/// All nodes, each behind those that lead to it; `above` counts these.
fn callers_first(mut above: Vec<usize>, below: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..below.len()).filter(|&node| above[node] == 0).collect();
    let mut done = 0;
    while let Some(&node) = order.get(done) {
        done += 1;
        for &to in &below[node] {
            above[to] -= 1;
            if above[to] == 0 {
                order.push(to);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: usize, to: usize, weight: u64) -> Edge {
        Edge {
            from,
            to,
            weight,
            label: String::new(),
            width: 1.0,
            is_residual: false,
        }
    }

    #[test]
    fn the_lightest_edge_of_a_circle_is_turned_around() {
        let edges = [line(0, 1, 9), line(1, 2, 1), line(2, 0, 5)];
        let descents = descents(3, &edges);
        let turned = descents.iter().filter(|descent| descent.is_reversed);
        let turned: Vec<usize> = turned.map(|descent| descent.edge).collect();
        assert_eq!(turned, [1]);
        assert_eq!(levels(3, &descents), [1, 2, 0]);
    }

    #[test]
    fn a_caller_stands_just_above_its_only_callee() {
        let edges = [line(0, 1, 1), line(1, 2, 1), line(3, 2, 1)];
        assert_eq!(levels(4, &descents(4, &edges)), [0, 1, 2, 1]);
    }

    #[test]
    fn calls_of_all_by_all_are_sorted_at_once() {
        let edges: Vec<Edge> = (0..60)
            .flat_map(|from| (0..60).map(move |to| line(from, to, 1)))
            .filter(|line| line.from != line.to)
            .collect();
        let mut levels = levels(60, &descents(60, &edges));
        levels.sort_unstable();
        assert!(levels.into_iter().eq(0..60));
    }
}
