//! A series that was stored: whoever asks for the growth of a run takes it to be there.

use std::ops::Range;

use super::{Note, Order, Series, Snapshot};

/// The fields of a [`Series`], not checked yet.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Stored {
    snapshots: Vec<Snapshot>,
    order: Order,
    runs: Vec<Range<usize>>,
    notes: Vec<(usize, Note)>,
}

impl TryFrom<Stored> for Series {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored {
            snapshots,
            order,
            runs,
            notes,
        } = stored;
        let mut next = 0;
        for run in &runs {
            if run.start != next || run.is_empty() {
                return Err("the runs of the series are not in order, without gaps");
            }
            next = run.end;
        }
        if next != snapshots.len() || next < 2 {
            return Err("the runs of the series are not those of its two snapshots or more");
        }
        if notes.iter().any(|&(at, _)| at >= snapshots.len()) {
            return Err("a note of the series is of a snapshot that it does not have");
        }
        Ok(Self {
            snapshots,
            order,
            runs,
            notes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::snapshots;
    use super::super::{Note, RestartSign, Series};

    #[test]
    fn a_stored_series_has_the_runs_and_notes_of_its_snapshots() {
        let series = Series::new(snapshots(&[1, 2, 3])).unwrap();
        let read = |runs: &[(usize, usize)], note: usize| {
            let mut stored = series.clone();
            stored.runs = runs.iter().map(|&(start, end)| start..end).collect();
            stored.notes = vec![(note, Note::Restart(RestartSign::Counters))];
            let json = serde_json::to_string(&stored).unwrap();
            serde_json::from_str::<Series>(&json).is_ok_and(|read| read == stored)
        };
        assert!(read(&[(0, 3)], 2));
        assert!(read(&[(0, 1), (1, 3)], 0));
        for runs in [
            &[(0, 99)][..],
            &[],
            &[(0, 2)],
            &[(0, 2), (1, 3)],
            &[(0, 2), (2, 2), (2, 3)],
        ] {
            assert!(!read(runs, 0), "{runs:?}");
        }
        assert!(!read(&[(0, 3)], 3));
    }
}
