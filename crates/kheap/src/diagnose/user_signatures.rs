//! Signatures of users, which are held to their own cases before they are taken.

use super::cases;
use super::catalog::Catalog;
use super::signature::{Signature, SignatureError};

impl Catalog {
    /// Adds a signature, or replaces the one with the same id, and returns the id. Its
    /// cases are judged first.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] when the text is none, or does not hold one of its cases.
    pub fn add(&mut self, text: &str) -> Result<&str, SignatureError> {
        let signature = Signature::parse_by(text, self.rules())?;
        cases::check(&self.of(signature.clone()), &signature, text)?;
        Ok(&self.insert(signature).id)
    }
}
