//! The parts of a process.

/// A part of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MemoryPart {
    /// Objects in use in the profile.
    #[default]
    LiveHeap,
    /// Objects that the profile does not show.
    NotInProfile,
    /// Room beside objects, in spans that hold some.
    PartlyUsed,
    /// Spans without objects.
    Idle,
    /// Stacks of goroutines and threads.
    Stacks,
    /// What the runtime keeps for itself.
    Runtime,
    /// What the runtime returned to the system since the peak, at most.
    Returned,
    /// What the runtime does not know of.
    OutsideGo,
    /// What collects between two collections.
    Headroom,
    /// Everything else, where the runtime said nothing.
    Rest,
}

crate::__vocabulary! {
    MemoryPart, "part of a process" {
        LiveHeap = "live-heap",
        NotInProfile = "not-in-profile",
        PartlyUsed = "partly-used",
        Idle = "idle",
        Stacks = "stacks",
        Runtime = "runtime",
        Returned = "returned",
        OutsideGo = "outside-go",
        Headroom = "headroom",
        Rest = "rest",
    }
}

/// How much a part of a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MemoryRow {
    /// Which part.
    pub part: MemoryPart,
    /// At least so much, in bytes.
    pub low: i64,
    /// At most so much; the same where it is known exactly. For the headroom it is an
    /// estimate, and so is the low end of the rest. The low end of one row goes with
    /// the high end of another: either way the rows add up.
    pub high: i64,
}
