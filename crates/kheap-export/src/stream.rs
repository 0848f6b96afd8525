//! JSON that is written as it is computed.

use std::cell::RefCell;

use serde::{Serialize, Serializer};

/// A list whose entries are computed while they are written.
#[derive(Debug)]
pub(crate) struct Seq<I>(RefCell<Option<I>>);

impl<I: Iterator<Item: Serialize>> Seq<I> {
    /// A list that can be written once.
    pub(crate) fn new(entries: I) -> Self {
        Self(RefCell::new(Some(entries)))
    }
}

impl<I: Iterator<Item: Serialize>> Serialize for Seq<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}
