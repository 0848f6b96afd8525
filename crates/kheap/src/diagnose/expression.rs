//! Expressions that signatures have in place of named frames.

use regex::bytes::RegexBuilder;

/// What is wrong with an expression.
pub(super) fn fault(expression: &str) -> Option<String> {
    if let Err(error) = crate::filter::compile(expression) {
        return Some(error.to_string());
    }
    let compiled = RegexBuilder::new(expression).unicode(false).build();
    let unsupported = || format!("{expression:?} is not supported: names are matched as bytes");
    compiled.is_err().then(unsupported)
}
