//! The comments of a profile, as results show them.

use super::Profile;

/// How many comments are shown. Go writes none, and other programs a few.
const MOST: usize = 100;

/// How many characters of a comment are shown.
const LONGEST: usize = 1000;

impl Profile {
    /// The comments that `shows` holds for, but not too many or too long ones: two bytes of
    /// a file make a comment. The last one says how many more there are.
    pub(crate) fn comments(&self, shows: impl Fn(&str) -> bool) -> Vec<String> {
        let all = self.header.comments.iter().map(|&id| self.text(id));
        let mut all = all.filter(|comment| shows(comment));
        let first = all.by_ref().take(MOST);
        let mut comments: Vec<String> = first.map(|comment| shortened(&comment)).collect();
        match all.count() {
            0 => {}
            1 => comments.push("(1 more comment)".to_owned()),
            more => comments.push(format!("({more} more comments)")),
        }
        comments
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

    fn shown(comments: &[&str]) -> Vec<String> {
        let mut builder = ProfileBuilder::new();
        builder.header().comments = comments.iter().map(|c| builder.string(c)).collect();
        builder
            .finish()
            .comments(|comment| !comment.starts_with('#'))
    }

    #[test]
    fn a_few_comments_are_shown_as_they_are() {
        assert_eq!(shown(&["one", "#two", ""]), ["one", ""]);
    }

    #[test]
    fn many_comments_are_counted() {
        let comments = shown(&["one"; 1000]);
        assert_eq!(comments.len(), 101);
        assert_eq!(comments[100], "(900 more comments)");
        assert_eq!(shown(&["one"; 101])[100], "(1 more comment)");
    }

    #[test]
    fn a_long_comment_is_cut() {
        let comments = shown(&[&"é".repeat(2000)]);
        assert_eq!(comments, ["é".repeat(1000) + "…"]);
    }
}
