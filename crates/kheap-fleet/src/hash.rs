//! What makes two files the same dump.

use std::fmt;

use sha2::{Digest, Sha256};

/// The SHA-256 of the bytes of a file, as they are stored. Its text is what `sha256sum` prints.
///
/// ```
/// use kheap_fleet::ContentHash;
///
/// let hash = ContentHash::of(b"heap");
/// assert!(hash.to_string().starts_with("103a360f"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// Hashes the content of a file.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// One hash of several: it names a part of a dataset by the dumps in it.
    pub(crate) fn of_all<'h>(hashes: impl Iterator<Item = &'h Self>) -> Self {
        let mut all = Sha256::new();
        hashes.for_each(|hash| all.update(hash.0));
        Self(all.finalize().into())
    }

    /// Reads 64 hexadecimal digits; `None` where the text is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 2 * hash.len() {
            return None;
        }
        let digit = |digit: u8| char::from(digit).to_digit(16);
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = ContentHash::of(b"");
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash.to_string(), text);
        assert_eq!(ContentHash::parse(text), Some(hash));
        assert_eq!(ContentHash::parse(&text[1..]), None);
        assert_eq!(ContentHash::parse(&text.replace('e', "g")), None);
    }
}
