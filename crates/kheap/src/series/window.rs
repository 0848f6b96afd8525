//! The last snapshots of a program, for a service that goes on for years.

use std::collections::VecDeque;

use super::{Series, SeriesError, Snapshot};

/// The last snapshots of one program: as many as are wanted, and no more than can be followed
/// together. They are in the order in which they came.
///
/// Its memory is that of its snapshots, of 30 to 150 kB each as JSON. Snapshots that were made
/// with the same [`Keys`](super::Keys) share their names.
///
/// # Example
///
/// ```
/// use kheap::series::{By, GrowthThresholds, Keys, Window};
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};
///
/// let (keys, mut window) = (Keys::default(), Window::new(60));
/// for minute in 1..100 {
///     let mut builder = ProfileBuilder::new();
///     builder.sample_type("inuse_space", "bytes");
///     builder.header().time_nanos = minute * 60_000_000_000;
///     let load = builder.function("main.load", "main.go");
///     let load = builder.location(None, 1, &[(load, 7)]);
///     builder.sample(&[load], &[minute * 1024], &[])?;
///     let profile = builder.finish();
///     let sample_type = profile.sample_type("inuse_space")?;
///     let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///     window.push(Snapshot::new(&Heap::new(selection), "heap", &keys))?;
/// }
/// assert_eq!(window.snapshots().len(), 60);
/// let series = window.series()?;
/// let run = series.newest_run_of_several().expect("nothing was restarted");
/// let growth = series.growth(&run, By::Function, &GrowthThresholds::default())?;
/// assert_eq!(growth.total.delta(), 59 * 1024);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    most: usize,
    snapshots: VecDeque<Snapshot>,
}

impl Window {
    /// An empty window of at most so many snapshots; at least two, which growth takes.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(2),
            snapshots: VecDeque::new(),
        }
    }

    /// Adds a snapshot. The oldest ones go, until there are as many as are wanted and their
    /// names are few enough to be followed.
    ///
    /// # Errors
    ///
    /// [`SeriesError::Programs`] or [`SeriesError::SampleTypes`] where the snapshot does not
    /// belong to those that are kept, which stay then. A service that goes on with the
    /// other program begins a new window.
    pub fn push(&mut self, snapshot: Snapshot) -> Result<(), SeriesError> {
        loop {
            match Series::check(self.snapshots.iter().chain([&snapshot])) {
                Ok(()) => break,
                Err(SeriesError::TooManyNames { .. }) => self.snapshots.pop_front(),
                Err(error) => return Err(error),
            };
        }
        self.snapshots.push_back(snapshot);
        while self.snapshots.len() > self.most {
            self.snapshots.pop_front();
        }
        Ok(())
    }

    /// The snapshots that are kept.
    pub fn snapshots(&self) -> impl ExactSizeIterator<Item = &Snapshot> + Clone {
        self.snapshots.iter()
    }

    /// All of them as a series, of copies that share the names.
    ///
    /// # Errors
    ///
    /// [`SeriesError`] where there are less than two.
    pub fn series(&self) -> Result<Series, SeriesError> {
        Series::new(self.snapshots.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CLIENT, SERVER, snapshot};
    use super::*;

    /// A snapshot with this many names that no other one has.
    fn with_own_names(at: usize, names: usize) -> Snapshot {
        let stack = |name| format!("main.load{at}x{name} 1 1 1 1\n");
        snapshot(SERVER, &(0..names).map(stack).collect::<String>())
    }

    #[test]
    fn the_oldest_snapshots_go() {
        let mut window = Window::new(3);
        for at in 0..5 {
            window.push(with_own_names(at, 1)).unwrap();
        }
        let kept: Vec<Snapshot> = window.snapshots().cloned().collect();
        let expected = [2, 3, 4].map(|at| with_own_names(at, 1));
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_window_of_too_many_names_goes_on_with_fewer_snapshots() {
        let mut window = Window::new(500);
        for at in 0..500 {
            window.push(with_own_names(at, 30)).unwrap();
        }
        let newest = window.snapshots().last();
        assert_eq!(newest, Some(&with_own_names(499, 30)));
        assert!(window.snapshots().len() < 500);
        assert!(window.series().is_ok());
    }

    #[test]
    fn a_snapshot_of_another_program_is_refused_and_the_others_stay() {
        let mut window = Window::new(3);
        window.push(with_own_names(0, 1)).unwrap();
        let before = window.clone();
        let refused = window.push(snapshot(CLIENT, "main.load 1 1 1 1"));
        assert!(
            matches!(refused, Err(SeriesError::Programs { .. })),
            "{refused:?}"
        );
        assert_eq!(window, before);
    }
}
