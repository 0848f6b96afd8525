//! The parts of a process.

/// A part of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum MemoryPart {
    /// Objects in use in the profile.
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
    /// What the runtime does not know of.
    OutsideGo,
    /// What collects between two collections.
    Headroom,
    /// Everything else, where the runtime said nothing.
    Rest,
}

impl MemoryPart {
    /// The name in data, such as `live-heap`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LiveHeap => "live-heap",
            Self::NotInProfile => "not-in-profile",
            Self::PartlyUsed => "partly-used",
            Self::Idle => "idle",
            Self::Stacks => "stacks",
            Self::Runtime => "runtime",
            Self::OutsideGo => "outside-go",
            Self::Headroom => "headroom",
            Self::Rest => "rest",
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::LiveHeap => "live heap in the profile",
            Self::NotInProfile => "garbage, and objects newer than the profile",
            Self::PartlyUsed => "room in partly used spans (HeapInuse − HeapAlloc)",
            Self::Idle => "idle spans that Go keeps (HeapIdle − HeapReleased)",
            Self::Stacks => "stacks",
            Self::Runtime => "the runtime's own structures",
            Self::OutsideGo => "outside Go",
            Self::Headroom => "growth between two collections (GOGC)",
            Self::Rest => "not visible in this dump",
        }
    }
}

/// A part of a process and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MemoryRow {
    /// Which part.
    pub part: MemoryPart,
    /// At least so much, in bytes.
    pub low: i64,
    /// At most so much; the same where it is known exactly. Of the headroom it is an
    /// estimate, and so is the low end of the rest. The low end of one row goes with
    /// the high end of another: either way the rows add up.
    pub high: i64,
    /// What it is, in a sentence.
    pub meaning: String,
    /// What makes it smaller; `None` where there is nothing of it.
    pub remedy: Option<String>,
}
