//! Expressions that signatures have in place of named frames.

use regex_syntax::ParserBuilder;

use super::signature_error::SignatureFault;

/// What is wrong with an expression. It is not compiled before it is known that all of a
/// file are small.
pub(super) fn fault(expression: &str) -> Option<SignatureFault> {
    if let Err(error) = crate::filter::check(expression) {
        return Some(SignatureFault::Expression(error));
    }
    let mut of_bytes = ParserBuilder::new().unicode(false).utf8(false).build();
    let unsupported = || SignatureFault::NotOfBytes(expression.to_owned());
    of_bytes.parse(expression).is_err().then(unsupported)
}
