//! Expressions that signatures have in place of named frames.

use regex::bytes::RegexBuilder;

use super::signature_error::SignatureFault;

/// What is wrong with an expression.
pub(super) fn fault(expression: &str) -> Option<SignatureFault> {
    if let Err(error) = crate::filter::compile(expression) {
        return Some(SignatureFault::Expression(error));
    }
    let compiled = RegexBuilder::new(expression).unicode(false).build();
    let unsupported = || SignatureFault::NotOfBytes(expression.to_owned());
    compiled.is_err().then(unsupported)
}
