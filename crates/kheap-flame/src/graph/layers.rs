//! Nodes in layers, each layer in an order in which few lines cross.
//!
//! Source: Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of
//! Hierarchical System Structures" (1981): layers, bends, barycenters. Every step
//! is done a fixed number of times, so that time grows with the lines alone.

use super::acyclic::{Descent, levels};

/// How often all layers are sorted, and how often neighbours are swapped.
const SWEEPS: usize = 24;
const SWAPS: usize = 12;

/// A node, or where a line passes a layer: a bend. Nodes come first, in the order
/// of the chart.
pub(super) type Spot = usize;

/// Which spots stand in which layer, and what leads where. Layers of nodes
/// alternate with layers in which lines have their labels.
#[derive(Debug, Clone)]
pub(super) struct Layers {
    /// From above; each from left to right.
    pub(super) rows: Vec<Vec<Spot>>,
    /// By spot: those one layer above that lead to it.
    pub(super) above: Vec<Vec<Spot>>,
    /// By spot: those one layer below that it leads to.
    pub(super) below: Vec<Vec<Spot>>,
    /// By descent: its spots from above, nodes at both ends.
    pub(super) ways: Vec<Vec<Spot>>,
}

impl Layers {
    pub(super) fn new(nodes: usize, descents: &[Descent]) -> Self {
        let mut layers = Self::unordered(nodes, descents);
        layers.begin();
        layers.sort();
        layers.swap();
        layers
    }

    fn unordered(nodes: usize, descents: &[Descent]) -> Self {
        let levels = levels(nodes, descents);
        let deepest = levels.iter().max().copied().unwrap_or(0);
        let mut layers = Self {
            rows: vec![Vec::new(); 2 * deepest + 1],
            above: vec![Vec::new(); nodes],
            below: vec![Vec::new(); nodes],
            ways: Vec::new(),
        };
        for (node, level) in levels.iter().enumerate() {
            layers.rows[2 * level].push(node);
        }
        for descent in descents {
            let mut way = vec![descent.from];
            for row in 2 * levels[descent.from] + 1..2 * levels[descent.to] {
                way.push(layers.bend(row));
            }
            way.push(descent.to);
            for pair in way.windows(2) {
                layers.below[pair[0]].push(pair[1]);
                layers.above[pair[1]].push(pair[0]);
            }
            layers.ways.push(way);
        }
        layers
    }

    fn bend(&mut self, row: usize) -> Spot {
        let bend = self.above.len();
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        self.rows[row].push(bend);
        bend
    }

    /// The order in which spots are met on the way down: without crossings where
    /// the graph is a tree.
    fn begin(&mut self) {
        let mut met = vec![usize::MAX; self.above.len()];
        let mut next = 0;
        for spot in self.rows.concat() {
            let mut open = vec![spot];
            while let Some(spot) = open.pop() {
                if met[spot] == usize::MAX {
                    met[spot] = next;
                    next += 1;
                    open.extend(self.below[spot].iter().rev());
                }
            }
        }
        for row in &mut self.rows {
            row.sort_by_key(|&spot| met[spot]);
        }
    }

    /// Sorts each layer by where its spots' neighbours stand, down and up in
    /// turns, and keeps the best order that comes of it.
    fn sort(&mut self) {
        let mut best = self.rows.clone();
        let mut fewest = self.crossings();
        // One for all layers: to fill a new one for each takes the square of them.
        let mut places = vec![0.0; self.above.len()];
        for sweep in 0..SWEEPS {
            if fewest == 0 {
                break;
            }
            let last = self.rows.len();
            match sweep % 2 {
                0 => (1..last).for_each(|row| self.sort_row(row, row - 1, &mut places)),
                _ => (1..last)
                    .rev()
                    .for_each(|row| self.sort_row(row - 1, row, &mut places)),
            }
            let crossings = self.crossings();
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&self.rows);
            }
        }
        self.rows = best;
    }

    /// Sorts one layer by a neighbouring one. `places` says where each spot of
    /// that one stands: from 0 on the left to 1 on the right.
    fn sort_row(&mut self, row: usize, by: usize, places: &mut [f64]) {
        let count = self.rows[by].len() as f64;
        for (place, &spot) in self.rows[by].iter().enumerate() {
            places[spot] = (place as f64 + 0.5) / count;
        }
        let neighbours = if by < row { &self.above } else { &self.below };
        let count = self.rows[row].len() as f64;
        let mut keys: Vec<(f64, Spot)> = (self.rows[row].iter().enumerate())
            .map(|(place, &spot)| {
                let around = neighbours[spot].iter().map(|&other| places[other]);
                let key = match neighbours[spot].len() {
                    // It stays where it is.
                    0 => (place as f64 + 0.5) / count,
                    number => around.sum::<f64>() / number as f64,
                };
                (key, spot)
            })
            .collect();
        keys.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.rows[row] = keys.into_iter().map(|(_, spot)| spot).collect();
    }

    /// By spot: its place in its layer.
    fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.above.len()];
        for row in &self.rows {
            for (place, &spot) in row.iter().enumerate() {
                positions[spot] = place;
            }
        }
        positions
    }

    fn crossings(&self) -> u64 {
        let position = self.positions();
        let pairs = self.rows.windows(2);
        pairs
            .map(|pair| {
                let mut ends = Vec::new();
                for &spot in &pair[0] {
                    let first = ends.len();
                    ends.extend(self.below[spot].iter().map(|&to| position[to]));
                    ends[first..].sort_unstable();
                }
                inversions(&ends, pair[1].len())
            })
            .sum()
    }

    /// Swaps neighbours where that has fewer of their lines cross.
    fn swap(&mut self) {
        let mut position = self.positions();
        for _ in 0..SWAPS {
            let mut is_better = false;
            for row in &mut self.rows {
                for right in 1..row.len() {
                    let (a, b) = (row[right - 1], row[right]);
                    let crossings = |left: Spot, right: Spot| {
                        crossings(&self.above[left], &self.above[right], &position)
                            + crossings(&self.below[left], &self.below[right], &position)
                    };
                    if crossings(a, b) > crossings(b, a) {
                        row.swap(right - 1, right);
                        position.swap(a, b);
                        is_better = true;
                    }
                }
            }
            if !is_better {
                break;
            }
        }
    }
}

/// How many pairs are not in order. The numbers are below `most`.
fn inversions(numbers: &[usize], most: usize) -> u64 {
    // A Fenwick tree of how often each number was seen.
    let mut seen = vec![0_u64; most + 1];
    let mut inversions = 0;
    for (before, &number) in numbers.iter().enumerate() {
        let mut not_larger = 0;
        let mut at = number + 1;
        while at > 0 {
            not_larger += seen[at];
            at &= at - 1;
        }
        inversions += before as u64 - not_larger;
        let mut at = number + 1;
        while at <= most {
            seen[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    inversions
}

/// How many lines of two neighbours cross, to the same layer.
fn crossings(left: &[Spot], right: &[Spot], position: &[usize]) -> u64 {
    // Most spots are bends, and have one neighbour.
    if let ([left], [right]) = (left, right) {
        return u64::from(position[*right] < position[*left]);
    }
    let sorted = |spots: &[Spot]| {
        let mut places: Vec<usize> = spots.iter().map(|&spot| position[spot]).collect();
        places.sort_unstable();
        places
    };
    let (left, right) = (sorted(left), sorted(right));
    let mut smaller = 0;
    let mut crossings = 0;
    for place in left {
        while right.get(smaller).is_some_and(|&other| other < place) {
            smaller += 1;
        }
        crossings += smaller as u64;
    }
    crossings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(nodes: usize, edges: &[(usize, usize)]) -> Layers {
        let descents: Vec<Descent> = (edges.iter().enumerate())
            .map(|(edge, &(from, to))| Descent {
                edge,
                from,
                to,
                is_reversed: false,
            })
            .collect();
        Layers::new(nodes, &descents)
    }

    #[test]
    fn a_line_has_a_bend_in_each_layer_that_it_passes() {
        let layers = layers(3, &[(0, 1), (1, 2), (0, 2)]);
        let lengths: Vec<usize> = layers.ways.iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 3, 5]);
        let rows: Vec<usize> = layers.rows.iter().map(Vec::len).collect();
        assert_eq!(rows, [1, 2, 2, 2, 1]);
    }

    #[test]
    fn what_need_not_cross_does_not() {
        // Written so that the order of names crosses all lines.
        let edges = [(0, 7), (1, 6), (2, 5), (3, 4), (0, 6), (1, 5), (2, 4)];
        assert_eq!(layers(8, &edges).crossings(), 0);
    }

    #[test]
    fn what_must_cross_is_counted() {
        // Each of two with each of three: three crossings at the least.
        let edges = [(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)];
        assert_eq!(layers(5, &edges).crossings(), 1 + 2);
    }
}
