//! Frames and rows of a model, before they are columns.

/// A frame below its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DraftNode {
    pub(super) caller: u32,
    pub(super) function: u32,
    pub(super) line: i64,
    pub(super) inlined: bool,
}

/// The samples of one stack, size and place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DraftRow {
    pub(super) node: u32,
    pub(super) mended: u32,
    pub(super) size: i64,
    pub(super) place: u32,
}
