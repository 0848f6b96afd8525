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
/// Files number their records from 1 in the order in which they mention them, so
/// that nearly all ids need no table at all: the number is the id less one. A
/// list finds those that do not, and a map, safe against ids chosen to collide,
/// those that lie far apart.
#[derive(Debug, Default)]
pub(super) struct IdTable {
    /// How many ids, from 1 on, are numbered in order.
    in_order: u32,
    /// Number of a later id, by the id.
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
    /// The ids that are not in order, by number.
    ids: Vec<u64>,
    /// The row, by number.
    rows: Vec<u32>,
    row_count: u32,
    /// The numbers that were mentioned before they were defined, and where.
    first_mentions: Vec<(u32, u64)>,
    /// What all of this takes in memory.
    bytes: u64,
}

/// What an entry of the map takes, with its control byte, at the lowest load.
const SPARSE_BYTES: usize = 2 * (size_of::<(u64, u32)>() + 1);

impl IdTable {
    /// The number of an id that is mentioned at `offset`.
    #[inline]
    pub(super) fn number(&mut self, id: u64, offset: u64) -> Result<u32, DecodeError> {
        match self.known(id) {
            Some(number) => Ok(number),
            None => self.mention(id, offset),
        }
    }

    /// Gives a number to an id that is mentioned before it is defined.
    #[cold]
    fn mention(&mut self, id: u64, offset: u64) -> Result<u32, DecodeError> {
        let number = self.add(id, offset)?;
        self.first_mentions.push((number, offset));
        self.bytes += size_of::<(u32, u64)>() as u64;
        Ok(number)
    }

    /// The number of an id that was met before.
    #[inline]
    fn known(&self, id: u64) -> Option<u32> {
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        match id.wrapping_sub(1) {
            number if number < u64::from(self.in_order) => Some(number as u32),
            _ => match self.dense.get(index) {
                Some(&number) if number != NONE => Some(number),
                _ => self.sparse.get(&id).copied(),
            },
        }
    }

    /// Gives a new id the next number.
    fn add(&mut self, id: u64, offset: u64) -> Result<u32, DecodeError> {
        let number = next_row(self.rows.len()).map_err(|TableFull| {
            let (what, limit) = ("ids of one kind", u32::MAX.into());
            DecodeErrorKind::TooMany { what, limit }.at(offset)
        })?;
        self.rows.push(NONE);
        self.bytes += size_of::<u32>() as u64;
        if number == self.in_order && id == u64::from(number) + 1 {
            self.in_order += 1;
            return Ok(number);
        }
        self.ids.push(id);
        self.bytes += size_of::<u64>() as u64;
        if id < 2 * self.rows.len() as u64 + SLACK {
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
        let number = match self.known(id) {
            Some(number) => number,
            None => self.add(id, offset)?,
        };
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
        let mut mentions = self.first_mentions.iter();
        match mentions.find(|&&(number, _)| self.row(number).is_none()) {
            None => Ok(()),
            Some(&(number, offset)) => Err(missing(self.id(number)).at(offset)),
        }
    }

    /// The id that has a number.
    fn id(&self, number: u32) -> u64 {
        match number.checked_sub(self.in_order) {
            None => u64::from(number) + 1,
            Some(index) => self.ids[index as usize],
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

    #[test]
    fn ids_in_order_need_no_table_until_one_is_not() {
        let mut table = IdTable::default();
        table.define("location", 1, 0).unwrap();
        assert_eq!(table.number(2, 10).unwrap(), 1);
        assert_eq!(table.number(5, 11).unwrap(), 2);
        assert_eq!(table.number(3, 12).unwrap(), 3);
        assert_eq!(table.number(0, 13).unwrap(), 4);
        for (id, number) in [(1, 0), (2, 1), (5, 2), (3, 3), (0, 4)] {
            assert_eq!(table.number(id, 20).unwrap(), number, "{id}");
        }
        for (id, offset, missing) in [(2, 10, 2), (5, 11, 5), (3, 12, 3)] {
            let error = table.check(DecodeErrorKind::MissingLocation).unwrap_err();
            let expected = DecodeErrorKind::MissingLocation(missing).at(offset);
            assert_eq!(error.to_string(), expected.to_string());
            table.define("location", id, 30).unwrap();
        }
        assert_eq!(table.rows()[..4], [0, 1, 2, 3]);
    }
}
