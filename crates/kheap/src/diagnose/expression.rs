//! How signatures name frames: by name, or by an expression.

use regex::bytes::RegexBuilder;

/// Whether a text is a name of a frame, and no expression.
pub(super) fn is_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_of_name)
}

/// What is wrong with an expression.
pub(super) fn fault(expression: &str) -> Option<String> {
    if let Err(error) = crate::filter::Pattern::new(expression) {
        return Some(error.to_string());
    }
    let compiled = RegexBuilder::new(expression).unicode(false).build();
    let unsupported = || format!("{expression:?} is not supported: names are matched as bytes");
    compiled.is_err().then(unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_expression() {
        assert!(is_name("etcd-list") && is_name("v3"));
        for expression in ["main\\.f", "^main", "etcd_list", "", "Main"] {
            assert!(!is_name(expression), "{expression}");
        }
    }
}
