//! The ids of a file, made into rows of a table.

use std::collections::HashMap;
use std::mem::size_of;

use super::error::{DecodeError, DecodeErrorKind};
use crate::profile::{TableFull, next_row};

/// Stands for "not there" where a row is expected.
const NONE: u32 = u32::MAX;

/// How far above the number of known ids one is still looked up in a list.
const SLACK: u64 = 1 << 16;

/// Gives each id of a file a number as soon as it is mentioned, and says in the
/// end which row of the table defines it.
///
/// Files number their records from 1 without gaps, so that a list finds nearly
/// all ids; a map, safe against ids chosen to collide, has the others.
#[derive(Debug, Default)]
pub(super) struct IdTable {
    /// Number of an id, by the id.
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
    /// By number: the id, where it is first mentioned, its row.
    ids: Vec<u64>,
    first_offsets: Vec<u64>,
    rows: Vec<u32>,
    row_count: u32,
    /// What all of this takes in memory.
    bytes: u64,
}

/// What an id takes in memory: itself, where it is first mentioned, its row.
const ID_BYTES: usize = 2 * size_of::<u64>() + size_of::<u32>();

/// What an entry of the map takes, with its control byte, at the lowest load.
const SPARSE_BYTES: usize = 2 * (size_of::<(u64, u32)>() + 1);

impl IdTable {
    /// The number of an id that is mentioned at `offset`.
    #[inline]
    pub(super) fn number(&mut self, id: u64, offset: u64) -> Result<u32, DecodeError> {
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        match self.dense.get(index) {
            Some(&number) if number != NONE => Ok(number),
            _ => self.rare_number(id, offset),
        }
    }

    #[cold]
    fn rare_number(&mut self, id: u64, offset: u64) -> Result<u32, DecodeError> {
        if let Some(&number) = self.sparse.get(&id) {
            return Ok(number);
        }
        let number = next_row(self.ids.len()).map_err(|TableFull| {
            let (what, limit) = ("ids of one kind", u32::MAX.into());
            DecodeErrorKind::TooMany { what, limit }.at(offset)
        })?;
        self.ids.push(id);
        self.first_offsets.push(offset);
        self.rows.push(NONE);
        self.bytes += ID_BYTES as u64;
        if id < 2 * self.ids.len() as u64 + SLACK {
            let index = id as usize;
            if index >= self.dense.len() {
                self.bytes += ((index + 1 - self.dense.len()) * size_of::<u32>()) as u64;
                self.dense.resize(index + 1, NONE);
            }
            self.dense[index] = number;
        } else {
            self.bytes += SPARSE_BYTES as u64;
            self.sparse.insert(id, number);
        }
        Ok(number)
    }

    /// What the table takes in memory, in bytes.
    #[inline]
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Says that the next row of the table has this id.
    pub(super) fn define(
        &mut self,
        what: &'static str,
        id: u64,
        offset: u64,
    ) -> Result<(), DecodeError> {
        if id == 0 {
            return Err(DecodeErrorKind::ZeroId(what).at(offset));
        }
        let number = self.number(id, offset)?;
        let row = &mut self.rows[number as usize];
        if *row != NONE {
            return Err(DecodeErrorKind::DuplicateId { what, id }.at(offset));
        }
        *row = self.row_count;
        self.row_count += 1;
        Ok(())
    }

    /// The row of a number, or `None` where no record has the id.
    pub(super) fn row(&self, number: u32) -> Option<u32> {
        match self.rows[number as usize] {
            NONE => None,
            row => Some(row),
        }
    }

    /// Checks that every id that was mentioned is defined.
    pub(super) fn check(&self, missing: fn(u64) -> DecodeErrorKind) -> Result<(), DecodeError> {
        match self.rows.iter().position(|&row| row == NONE) {
            None => Ok(()),
            Some(number) => Err(missing(self.ids[number]).at(self.first_offsets[number])),
        }
    }

    /// Whether every number is its own row, so that nothing needs renumbering.
    pub(super) fn is_identity(&self) -> bool {
        self.rows
            .iter()
            .zip(0..)
            .all(|(&row, number)| row == number)
    }

    /// The rows by number, once [`check`](Self::check) has passed.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_may_be_mentioned_before_they_are_defined_and_lie_far_apart() {
        let mut table = IdTable::default();
        let far = table.number(u64::MAX, 1).unwrap();
        let near = table.number(3, 2).unwrap();
        table.define("location", 3, 10).unwrap();
        assert_eq!(table.row(near), Some(0));
        assert_eq!(table.row(far), None);
        let error = table.check(DecodeErrorKind::MissingLocation).unwrap_err();
        assert_eq!(error.offset, 1);
        table.define("location", u64::MAX, 11).unwrap();
        assert_eq!(table.number(u64::MAX, 12).unwrap(), far);
        assert_eq!(table.rows(), [1, 0]);
        assert!(!table.is_identity());
        assert!(table.define("location", 3, 13).is_err());
        assert!(table.define("location", 0, 14).is_err());
    }
}
