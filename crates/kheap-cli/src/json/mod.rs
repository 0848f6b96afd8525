//! JSON for programs, and CSV of the same values where rows have no table.

pub(crate) mod v1;
