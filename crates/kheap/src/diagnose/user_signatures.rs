//! Signatures of users, which are held to their own cases before they are taken.

use super::cases;
use super::catalog::Catalog;
use super::select::Select;
use super::signature::{Signature, line_with};
use super::signature_error::{SignatureError, SignatureFault};
use crate::attribute::UNKNOWN;
use crate::expressions::MOST_AUTOMATA_BYTES;
use crate::knowledge::CUSTOM_RESOURCE;
use crate::table::is_sample_type;

impl Catalog {
    /// Adds a signature, or replaces the one with the same id, and returns the id. Its
    /// cases are judged first.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] when the text is none, or does not hold one of its cases.
    pub fn add(&mut self, text: &str) -> Result<&str, SignatureError> {
        let signature = Signature::parse_by(text, self.rules())?;
        if let Some((key, reason)) = lack(&signature) {
            let line = line_with(text, &key);
            return Err(SignatureError { line, reason });
        }
        let bytes = cases::check(&self.of(signature.clone()), &signature, text)?;
        // One that is refused adds nothing.
        self.automata_bytes = self.automata_bytes.saturating_add(bytes);
        if self.automata_bytes > MOST_AUTOMATA_BYTES {
            return Err(SignatureError {
                line: None,
                reason: SignatureFault::TooManyStates,
            });
        }
        Ok(&self.insert(signature).id)
    }
}

/// What it says that nothing can have, or does not say though people need it; and a word to
/// find the place by.
fn lack(signature: &Signature) -> Option<(String, SignatureFault)> {
    let id = || signature.id.clone();
    if signature.remedy.is_empty() {
        return Some(("remedy".to_owned(), SignatureFault::NoRemedy(id())));
    }
    if signature.sources.is_empty() {
        return Some(("sources".to_owned(), SignatureFault::NoSource(id())));
    }
    let mut types = signature.sample_types.iter();
    if let Some(unknown) = types.find(|name| !is_sample_type(name)) {
        let reason = SignatureFault::NoSampleType(unknown.clone());
        return Some((unknown.clone(), reason));
    }
    let rules = signature.confidence.iter();
    let mut claimed = rules
        .filter_map(|rule| rule.bytes.as_ref())
        .chain([&signature.bytes]);
    let is_all = |name: &&String| signature.select.get(*name) == Some(&Select::default());
    if let Some(name) = claimed.find(is_all) {
        let reason = SignatureFault::ClaimsAll(name.clone());
        return Some((format!("[select.{name}]"), reason));
    }
    let mut kinds = signature.select.values().flat_map(|select| &select.kind);
    let unknown = kinds.find(|kind| !is_kind(kind))?;
    Some((unknown.clone(), SignatureFault::NoKind(unknown.clone())))
}

/// Whether it is written as kinds are: those of custom resources may have any name.
fn is_kind(kind: &str) -> bool {
    let is_name = kind.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name || kind == CUSTOM_RESOURCE || kind == UNKNOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "\
id = 'x'
title = 'X'
about = 'select all of inuse_space: the remedy is in sources'
sample_types = ['inuse_space']
remedy = ['do']
sources = ['https://example.org']
require = [{ share = 's', at_least = 0.1 }]
[select.s]
any = ['main']
kind = ['Pod', 'custom resource']
";

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        let text = SIGNATURE.replace(before, after);
        assert_ne!(text, SIGNATURE);
        let error = Catalog::empty().add(&text).map(str::to_owned).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_whole_signature_is_taken() {
        assert_eq!(Catalog::empty().add(SIGNATURE), Ok("x"));
    }

    #[test]
    fn what_is_lacking_is_refused_with_its_line() {
        check(
            "remedy = ['do']",
            "remedy = []",
            "invalid signature in line 5: x has no remedy, which says what to do",
        );
        check(
            "['https://example.org']",
            "[]",
            "invalid signature in line 6: x has no source, which says where it is known from",
        );
        check(
            "['inuse_space']",
            "['inuse_bytes']",
            "invalid signature in line 4: there is no sample type \"inuse_bytes\", such as \
             \"inuse_space\"",
        );
        check(
            "'Pod'",
            "'pods'",
            "invalid signature in line 10: \"pods\" is no kind, such as \"Pod\" or \
             \"custom resource\"",
        );
        check(
            "any = ['main']\nkind = ['Pod', 'custom resource']\n",
            "",
            "invalid signature in line 8: [select.s] names no frame, part, verb or kind, so that \
             it claims all",
        );
        check(
            "share = 's'",
            "share = 'all'",
            "invalid signature in line 7: there is no [select.all]",
        );
        check(
            "sources =",
            "yields_to = [\n  'x',\n]\nsources =",
            "invalid signature in line 6: x yields to itself",
        );
    }
}
