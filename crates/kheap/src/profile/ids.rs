//! Typed ids: positions in one profile's tables, meaningless in any other.

use std::hash::{DefaultHasher, Hasher};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// Returns the position in the table, counted from 0.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// Makes the id of a position that is in a table.
            pub(crate) fn at(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables are limited to u32::MAX rows"))
            }
        }
    )*};
}

ids! {
    /// A string of [`Strings`](super::Strings); 0 is the empty string.
    StringId
    /// A row of the mapping table.
    MappingId
    /// A row of the function table.
    FunctionId
    /// A row of the location table.
    LocationId
    /// A row of the sample table.
    SampleId
}

/// A sample type, that is a column of values.
///
/// It carries a hash of the name of the type. [`Profile`](super::Profile) and
/// [`Selection`](crate::Selection) take it of another profile too, where that column has the
/// same name, and panic where it has not. [`Samples`](super::Samples) looks only whether
/// there is such a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleTypeId {
    position: u32,
    /// A hash of the name.
    name: u64,
}

impl SampleTypeId {
    /// Returns the position in the table, counted from 0.
    pub fn index(self) -> usize {
        self.position as usize
    }

    /// Makes the id of a position that is in a table, and has this name.
    pub(super) fn of(index: usize, name: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(name);
        Self {
            position: u32::try_from(index).expect("tables are limited to u32::MAX rows"),
            name: hasher.finish(),
        }
    }
}

impl StringId {
    /// The empty string, which every profile holds first.
    pub const EMPTY: Self = Self(0);
}
