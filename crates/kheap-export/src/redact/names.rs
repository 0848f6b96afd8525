//! Private words and their pseudonyms.

use std::collections::{HashMap, HashSet};
use std::fmt;

use kheap::filter::Pattern;
use sha2::{Digest, Sha256};

use super::figures::{MOST_DIGITS, digits};
use super::words::{DASHES, is_figure, is_uuid};
use super::{addresses, public};

/// How many bytes of the code of a word its pseudonym shows: two of a million words meet once
/// in a million calls.
const CODE_BYTES: usize = 8;

/// How many pseudonyms are tried that the user keeps: an expression may keep all of them.
const MOST_TRIES: usize = 24;

/// Longer numbers are no pseudonyms of one call.
pub(super) const MOST_CODE_DIGITS: usize = 7;

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// A secret from which pseudonyms are made, so that they are the same in every call that has it.
#[derive(Clone)]
pub struct Key([u8; BLOCK]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key of any bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let mut key = [0; BLOCK];
        match bytes.len() {
            0..=BLOCK => key[..bytes.len()].copy_from_slice(bytes),
            _ => key[..32].copy_from_slice(&Sha256::digest(bytes)),
        }
        Self(key)
    }

    /// HMAC-SHA-256 of a text.
    ///
    /// Source: RFC 2104.
    fn code(&self, text: &[u8]) -> [u8; 32] {
        let hash = |pad: u8, rest: &[u8]| -> [u8; 32] {
            let mut hash = Sha256::new();
            hash.update(self.0.map(|byte| byte ^ pad));
            hash.update(rest);
            hash.finalize().into()
        };
        hash(0x5c, &hash(0x36, text))
    }
}

/// Gives private words their pseudonyms, the same for all files that it sees.
///
/// # Example
///
/// ```
/// use kheap_export::Redactor;
///
/// let mut redactor = Redactor::new(None, None);
/// let name = redactor.symbol("acme.io/shop.(*Cart).Update");
/// assert_eq!(name, "anon1.io/anon2.(*Anon3).Update");
/// assert_eq!(redactor.symbol("k8s.io/api/core/v1.(*Pod).Unmarshal"), "k8s.io/api/core/v1.(*Pod).Unmarshal");
/// ```
#[derive(Debug)]
pub struct Redactor {
    key: Option<Key>,
    keep: Option<Pattern>,
    known: HashMap<String, String>,
    /// All pseudonyms in small letters: no two differ only by case.
    used: HashSet<String>,
    /// Those of them that stood in a file already, because it is a copy.
    found: HashSet<String>,
    /// In the order in which they were met.
    hidden: Vec<HiddenName>,
}

/// A word and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HiddenName {
    /// The private word.
    pub name: String,
    /// Its pseudonym.
    pub pseudonym: String,
}

impl Redactor {
    /// Without a key, pseudonyms are numbered as words are met. Packages and words that match
    /// `keep` are public.
    pub fn new(key: Option<Key>, keep: Option<Pattern>) -> Self {
        Self {
            key,
            keep,
            known: HashMap::new(),
            used: HashSet::new(),
            found: HashSet::new(),
            hidden: Vec::new(),
        }
    }

    /// What was hidden.
    pub fn hidden(&self) -> &[HiddenName] {
        &self.hidden
    }

    /// Whether the user keeps a name.
    pub(super) fn is_kept(&self, name: &str) -> bool {
        let keep = self.keep.as_ref();
        keep.is_some_and(|keep| keep.is_match(name.as_bytes()))
    }

    /// The pseudonym of a private word, which begins like it: capital or small.
    pub(super) fn pseudonym(&mut self, word: &str) -> String {
        if let Some(known) = self.known.get(word) {
            return known.clone();
        }
        if self.is_pseudonym(word) {
            for word in pseudonyms(word).into_iter().flatten() {
                let small = word.to_lowercase();
                self.used.insert(small.clone());
                self.found.insert(small);
            }
            return word.to_owned();
        }
        let pseudonym = self.unused(word);
        self.used.insert(pseudonym.to_lowercase());
        self.known.insert(word.to_owned(), pseudonym.clone());
        self.hidden.push(HiddenName {
            name: word.to_owned(),
            pseudonym: pseudonym.clone(),
        });
        pseudonym
    }

    /// A pseudonym that no other word has, and that is no name that the user keeps.
    fn unused(&self, word: &str) -> String {
        let begin = match word.starts_with(char::is_uppercase) {
            true => "Anon",
            false => "anon",
        };
        let mut tries = 0;
        loop {
            let code = match &self.key {
                None => (self.hidden.len() + 1 + tries).to_string(),
                Some(key) => {
                    let code = key.code(word.as_bytes());
                    letters(&code[..(CODE_BYTES + tries).min(code.len())])
                }
            };
            let pseudonym = format!("{begin}{code}");
            let small = pseudonym.to_lowercase();
            if !self.used.contains(&small) && (!self.is_kept(&small) || tries >= MOST_TRIES) {
                return pseudonym;
            }
            tries += 1;
        }
    }

    /// Whether a word is of a copy: pseudonyms, and public words beside them. What a copy has stays
    /// in a copy of it, unless another word was given the pseudonym before.
    pub(super) fn is_pseudonym(&self, word: &str) -> bool {
        let is_free = |word: &&str| {
            let small = word.to_lowercase();
            self.found.contains(&small) || !self.used.contains(&small)
        };
        pseudonyms(word).is_some_and(|words| !words.is_empty() && words.iter().all(is_free))
    }

    /// The same where the user does not keep the word.
    pub(super) fn hide(&mut self, word: &str) -> String {
        match self.is_kept(word) {
            true => word.to_owned(),
            false => self.pseudonym(word),
        }
    }

    /// A word without separators: itself where it is public, else its pseudonym.
    pub(super) fn word(&mut self, word: &str) -> String {
        match self.is_public_word(word) {
            true => word.to_owned(),
            false => self.hidden_word(word),
        }
    }

    pub(super) fn is_public_word(&self, word: &str) -> bool {
        let is_public = |part: &str| public::is_word(part) || is_figure(part);
        is_public(word)
            || word.contains(DASHES)
                && digits(word) <= MOST_DIGITS
                && !is_uuid(word)
                && !addresses::holds_address(word)
                && word
                    .split(DASHES)
                    .all(|part| part.is_empty() || is_public(part))
            || self.is_kept(word)
    }
}

/// The pseudonyms that a word is made of, perhaps with public words; none where something else
/// stands in it.
fn pseudonyms(word: &str) -> Option<Vec<&str>> {
    let is_public = |word: &str| word.is_empty() || public::is_word(word) || is_figure(word);
    let mut found = Vec::new();
    for part in word.split(DASHES) {
        // The letters of a code may be these, too.
        let begins = ["anon", "Anon"].iter().filter_map(|begin| part.find(begin));
        let begin = begins.min();
        let (before, mut rest) = part.split_at(begin.unwrap_or(part.len()));
        if !is_public(before) {
            return None;
        }
        while !rest.is_empty() {
            let code = rest
                .strip_prefix("anon")
                .or_else(|| rest.strip_prefix("Anon"))?;
            let digits = code.bytes().take_while(u8::is_ascii_digit).count();
            let letters = code.bytes().take_while(|byte| (b'a'..=b'p').contains(byte));
            let is_number = digits > 0 && digits <= MOST_CODE_DIGITS && !code.starts_with('0');
            let length = if is_number { digits } else { letters.count() };
            if !is_number && length < 2 * CODE_BYTES {
                return None;
            }
            let (pseudonym, after) = rest.split_at("anon".len() + length);
            found.push(pseudonym);
            rest = after;
        }
    }
    Some(found)
}

/// Bytes as letters that any name may have.
fn letters(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(b'a' + half)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_hmac() {
        let hex = |key: &[u8], text: &[u8]| -> String {
            let code = Key::new(key).code(text);
            code.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        // RFC 4231, cases 2 and 6.
        assert_eq!(
            hex(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            ),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_key_gives_the_same_pseudonyms_in_every_call() {
        let word = |key: &[u8], before: &str| {
            let mut redactor = Redactor::new(Some(Key::new(key)), None);
            redactor.pseudonym(before);
            redactor.pseudonym("tenant")
        };
        assert_eq!(word(b"secret", "a"), word(b"secret", "b"));
        assert_ne!(word(b"secret", "a"), word(b"other", "a"));
    }

    #[test]
    fn no_pseudonym_is_given_twice_or_kept() {
        let keep = Pattern::new("^anon2$").unwrap();
        let mut redactor = Redactor::new(None, Some(keep));
        let words = ["acme", "Acme", "anon1", "anon3", "ACME"];
        let found = words.map(|word| redactor.pseudonym(word).to_lowercase());
        assert_eq!(found, ["anon1", "anon3", "anon4", "anon5", "anon6"]);
        let mut keyed = Redactor::new(Some(Key::new(b"secret")), None);
        let short = keyed.unused("acme");
        keyed.used.insert(short.clone());
        assert!(keyed.unused("acme").starts_with(&short));
        assert_ne!(keyed.unused("acme"), short);
    }

    #[test]
    fn a_pseudonym_may_have_the_beginning_of_another_in_its_code() {
        let word = "Anonjianonbknpldckji";
        assert_eq!(pseudonyms(word), Some(vec![word]));
        assert_eq!(pseudonyms("anon1Anon2"), Some(vec!["anon1", "Anon2"]));
    }

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", Key::new(b"secret")), "Key(…)");
    }
}
