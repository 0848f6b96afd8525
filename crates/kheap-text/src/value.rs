//! Values of a diagnosis.

use kheap::{Diagnosis, unit};

/// A value in the unit that suits it.
pub fn amount(diagnosis: &Diagnosis, value: i64) -> String {
    unit::label(value, &diagnosis.unit, diagnosis.shown_in)
}
