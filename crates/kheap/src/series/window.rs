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
#[cfg_attr(feature = "serde", serde(try_from = "Stored"))]
pub struct Window {
    most: usize,
    snapshots: VecDeque<Snapshot>,
}

/// A window as it is stored.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    most: usize,
    snapshots: VecDeque<Snapshot>,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Window {
    type Error = SeriesError;

    fn try_from(stored: Stored) -> Result<Self, SeriesError> {
        Series::check(&stored.snapshots)?;
        Ok(Self {
            snapshots: stored.snapshots,
            ..Self::new(stored.most)
        })
    }
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
        let mut gone = (self.snapshots.len() + 1).saturating_sub(self.most);
        while let Err(error) = Series::check(self.snapshots.iter().skip(gone).chain([&snapshot])) {
            match error {
                SeriesError::TooManyNames { .. } => gone += 1,
                error => return Err(error),
            }
        }
        self.snapshots.drain(..gone);
        self.snapshots.push_back(snapshot);
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
    #[cfg(feature = "serde")]
    use serde::Deserialize;

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
    fn a_snapshot_that_goes_decides_nothing() {
        let mut window = Window::new(2);
        // A text names no program: it goes with either.
        let mut nameless = with_own_names(0, 1);
        nameless.origin.program = None;
        window.push(with_own_names(1, 1)).unwrap();
        window.push(nameless).unwrap();
        let other = snapshot(CLIENT, "main.load 1 1 1 1");
        window.push(other.clone()).unwrap();
        assert_eq!(window.snapshots().last(), Some(&other));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_stored_window_has_snapshots_that_belong_together() {
        let mut window = Window::new(2);
        window.push(with_own_names(0, 1)).unwrap();
        window.push(with_own_names(1, 1)).unwrap();
        let mut stored = serde_json::to_value(&window).unwrap();
        let read = |stored: &serde_json::Value| Window::deserialize(stored);
        assert_eq!(read(&stored).unwrap(), window);
        stored["most"] = 0.into();
        assert_eq!(read(&stored).unwrap(), window);
        let other = snapshot(CLIENT, "main.load 1 1 1 1");
        stored["snapshots"][1] = serde_json::to_value(other).unwrap();
        let refused = read(&stored).unwrap_err().to_string();
        assert!(refused.contains("different programs"), "{refused}");
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
