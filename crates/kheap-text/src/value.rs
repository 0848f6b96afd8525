//! Values in the unit that suits them.

use kheap::{Diagnosis, unit};

/// So many bytes.
pub fn bytes(bytes: i64) -> String {
    unit::label(bytes, "bytes", unit::AUTO)
}

/// A value of a diagnosis.
pub fn amount(diagnosis: &Diagnosis, value: i64) -> String {
    unit::label(value, &diagnosis.unit, &diagnosis.shown_in)
}
