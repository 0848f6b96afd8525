//! The strings of a profile in one piece of memory.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::tables::{next_row, range_of};
use super::{StringId, TableFull};

/// All strings of a profile, one after the other.
///
/// Strings are bytes, because Go neither writes nor demands valid UTF-8.
///
/// Invariant: the first string is empty, and no two are equal.
#[derive(Clone, PartialEq, Eq)]
pub struct Strings {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Strings {
    /// The bytes of a string.
    ///
    /// # Panics
    ///
    /// Where there is no such string. The id of another profile is the string at the same
    /// position: such ids are bare positions.
    #[track_caller]
    pub fn get(&self, id: StringId) -> &[u8] {
        &self.bytes[range_of(&self.ends, id.row(self.ends.len()))]
    }

    /// A string as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self, id: StringId) -> Cow<'_, str> {
        let bytes = self.get(id);
        // Nearly all are UTF-8, which is checked faster than it is mended.
        match str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        }
    }

    /// How many strings there are, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether not even the empty string is there, as in no decoded profile.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All strings in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.get(StringId::at(index)))
    }
}

/// What decoding does before it knows whether strings are repeated.
impl Strings {
    pub(crate) fn empty_table() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Makes room for the strings of a usual dump, so that they need not be moved as
    /// they grow. What is not used of it costs nothing.
    pub(crate) fn reserve(&mut self) {
        self.bytes.reserve(256 << 10);
    }

    pub(crate) fn push(&mut self, string: &[u8]) -> Result<StringId, TableFull> {
        let id = next_row(self.len())?;
        let end = u32::try_from(self.bytes.len() + string.len()).or(Err(TableFull))?;
        self.bytes.extend_from_slice(string);
        self.ends.push(end);
        Ok(StringId(id))
    }
}

/// What is found of the strings of a profile, once each, in however many records they stand.
#[derive(Debug)]
pub(crate) struct OnceEach<T>(Vec<Option<T>>);

impl<T: Clone> OnceEach<T> {
    pub(crate) fn new(strings: &Strings) -> Self {
        Self(vec![None; strings.len()])
    }

    /// What was found of a string, or what `find` finds now.
    pub(crate) fn get(&mut self, id: StringId, find: impl FnOnce() -> T) -> T {
        self.0[id.index()].get_or_insert_with(find).clone()
    }
}

impl fmt::Debug for Strings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(String::from_utf8_lossy))
            .finish()
    }
}

/// Gives equal strings the same id.
///
/// The hash is std's, under a random key, because files choose the strings. It
/// costs some 3 % of the time that `top` takes of a large profile.
#[derive(Debug, Clone)]
pub(crate) struct Interner {
    strings: Strings,
    ids: HashTable<u32>,
    hasher: RandomState,
}

impl Interner {
    pub(crate) fn new() -> Self {
        let mut interner = Self {
            strings: Strings::empty_table(),
            ids: HashTable::new(),
            hasher: RandomState::new(),
        };
        let empty = interner.intern(b"");
        debug_assert_eq!(empty, Ok(StringId::EMPTY));
        interner
    }

    /// Continues after the strings of a profile, whose ids stay valid.
    pub(crate) fn extend(strings: Strings) -> Self {
        let (interner, _) = Self::of_table(strings);
        interner
    }

    /// Takes over a string table in which strings may be repeated.
    ///
    /// The second value says which id each position of the table has got, or
    /// is `None` where every string keeps its position.
    pub(crate) fn of_table(table: Strings) -> (Self, Option<Vec<StringId>>) {
        let hasher = RandomState::new();
        let mut ids = HashTable::with_capacity(table.len());
        let mut repeated = false;
        for (index, string) in table.iter().enumerate() {
            let hash = hasher.hash_one(string);
            let equal = |&id: &u32| table.get(StringId(id)) == string;
            match ids.entry(hash, equal, |_| unreachable!("room for all is reserved")) {
                Entry::Vacant(vacant) => drop(vacant.insert(StringId::at(index).0)),
                Entry::Occupied(_) => repeated = true,
            }
        }
        if repeated {
            return Self::without_repetition(&table);
        }
        let interner = Self {
            strings: table,
            ids,
            hasher,
        };
        (interner, None)
    }

    fn without_repetition(table: &Strings) -> (Self, Option<Vec<StringId>>) {
        let mut interner = Self::new();
        let ids = table
            .iter()
            .map(|string| interner.intern(string).expect("no longer than the table"))
            .collect();
        (interner, Some(ids))
    }

    /// Finds a string, or adds it.
    pub(crate) fn intern(&mut self, string: &[u8]) -> Result<StringId, TableFull> {
        let hash = self.hasher.hash_one(string);
        let strings = &self.strings;
        if let Some(&id) = self
            .ids
            .find(hash, |&id| strings.get(StringId(id)) == string)
        {
            return Ok(StringId(id));
        }
        let id = self.strings.push(string)?;
        let (strings, hasher) = (&self.strings, &self.hasher);
        self.ids
            .insert_unique(hash, id.0, |&id| hasher.hash_one(strings.get(StringId(id))));
        Ok(id)
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.strings.len()
    }

    pub(crate) fn finish(self) -> Strings {
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_an_id_and_the_empty_one_is_first() {
        let mut interner = Interner::new();
        let a = interner.intern(b"a").unwrap();
        let b = interner.intern(b"b").unwrap();
        assert_eq!(interner.intern(b"a"), Ok(a));
        assert_eq!(interner.intern(b""), Ok(StringId::EMPTY));
        let strings = interner.finish();
        assert_eq!(strings.get(a), b"a");
        assert_eq!(strings.get(b), b"b");
        assert_eq!(strings.iter().collect::<Vec<_>>(), [&b""[..], b"a", b"b"]);
    }

    #[test]
    fn an_extended_table_keeps_its_ids() {
        let mut interner = Interner::new();
        let a = interner.intern(b"a").unwrap();
        let mut extended = Interner::extend(interner.finish());
        assert_eq!(extended.intern(b"a"), Ok(a));
        assert_eq!(extended.intern(b"c").map(StringId::index), Ok(2));
    }

    #[test]
    fn a_table_with_repeated_strings_is_renumbered() {
        let mut table = Strings::empty_table();
        for string in [&b""[..], b"a", b"b", b"a", b""] {
            table.push(string).unwrap();
        }
        let (interner, ids) = Interner::of_table(table);
        let ids: Vec<usize> = ids.unwrap().into_iter().map(StringId::index).collect();
        assert_eq!(ids, [0, 1, 2, 1, 0]);
        assert_eq!(interner.finish().len(), 3);
    }

    #[test]
    fn text_replaces_what_is_not_utf8() {
        let mut interner = Interner::new();
        let id = interner.intern(b"caf\xe9").unwrap();
        assert_eq!(interner.finish().text(id), "caf\u{fffd}");
    }
}
