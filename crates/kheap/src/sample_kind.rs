//! What the numbers of a sample type say: what is in use, or what was allocated.

/// What the numbers of a sample type say of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleKind {
    /// What is in use (`inuse_*`): a level.
    InUse,
    /// What was allocated since the process started (`alloc_*`): a counter.
    Allocated,
    /// One of the two (`space`, `objects`), of a text that does not tell which.
    Unstated,
    /// Something else.
    Other,
}

impl SampleKind {
    /// Finds it by the name of a sample type, such as `inuse_space`.
    pub fn of(sample_type: &str) -> Self {
        match sample_type {
            "space" | "objects" => Self::Unstated,
            _ if sample_type.starts_with("inuse_") => Self::InUse,
            _ if sample_type.starts_with("alloc") => Self::Allocated,
            _ => Self::Other,
        }
    }

    /// Whether numbers in this unit are memory in use, and a diagnosis says what is
    /// bad: no allocation totals, counts or times, nor what a text leaves open.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::SampleKind;
    ///
    /// assert!(SampleKind::of("inuse_space").is_level("bytes"));
    /// assert!(!SampleKind::of("inuse_objects").is_level("count"));
    /// assert!(!SampleKind::of("alloc_space").is_level("bytes"));
    /// ```
    pub fn is_level(self, unit: &str) -> bool {
        unit == "bytes" && matches!(self, Self::InUse | Self::Other)
    }

    /// Whether numbers in this unit may be what a process holds: those that a text leaves
    /// open, too, but nothing that is no heap.
    #[cfg(any(test, feature = "diagnose"))]
    pub(crate) fn may_be_live(self, unit: &str) -> bool {
        unit == "bytes" && matches!(self, Self::InUse | Self::Unstated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_a_level_from_a_counter() {
        let check = |name, kind, is_level, may_be_live| {
            let found = SampleKind::of(name);
            assert_eq!(found, kind, "{name}");
            assert_eq!(found.is_level("bytes"), is_level, "{name}");
            assert_eq!(found.may_be_live("bytes"), may_be_live, "{name}");
            assert!(!found.is_level("count"), "{name}");
        };
        check("inuse_space", SampleKind::InUse, true, true);
        check("alloc_space", SampleKind::Allocated, false, false);
        check("space", SampleKind::Unstated, false, true);
        check("heap", SampleKind::Other, true, false);
    }
}
