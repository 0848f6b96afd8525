//! The comments of a profile, as results show them.

use super::Profile;

/// How many comments are shown. Go writes none, and other programs a few.
const MOST: usize = 100;

/// How many characters of a comment are shown.
const LONGEST: usize = 1000;

/// Remarks in a profile, such as what made it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Comments {
    /// The first 100, each with up to 1,000 characters: two bytes of a file make a comment.
    pub shown: Vec<String>,
    /// How many there are besides.
    pub more: usize,
}

impl Profile {
    /// The comments that `shows` holds for.
    pub(crate) fn comments(&self, shows: impl Fn(&str) -> bool) -> Comments {
        let all = self.header.comments.iter().map(|&id| self.text(id));
        let mut all = all.filter(|comment| shows(comment));
        let shown = all.by_ref().take(MOST);
        Comments {
            shown: shown.map(|comment| shortened(&comment)).collect(),
            more: all.count(),
        }
    }
}

fn shortened(comment: &str) -> String {
    match comment.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &comment[..end]),
        None => comment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::ProfileBuilder;

    fn shown(comments: &[&str]) -> (Vec<String>, usize) {
        let mut builder = ProfileBuilder::new();
        builder.header().comments = comments.iter().map(|c| builder.string(c)).collect();
        let profile = builder.finish();
        let comments = profile.comments(|comment| !comment.starts_with('#'));
        (comments.shown, comments.more)
    }

    #[test]
    fn a_few_comments_are_shown_as_they_are() {
        let (comments, more) = shown(&["one", "#two", ""]);
        assert_eq!(comments, ["one", ""]);
        assert_eq!(more, 0);
    }

    #[test]
    fn many_comments_are_counted() {
        let (comments, more) = shown(&["one"; 1000]);
        assert_eq!((comments.len(), more), (100, 900));
    }

    #[test]
    fn a_long_comment_is_cut() {
        let (comments, _) = shown(&[&"é".repeat(2000)]);
        assert_eq!(comments, ["é".repeat(1000) + "…"]);
    }
}
