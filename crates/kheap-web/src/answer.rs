//! What the page gets: some words as JSON, and a file.

use serde::Serialize;

/// An answer before it is bytes.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Answer {
    /// Why there is none, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// What a reader should know, a line each.
    pub(crate) notes: Vec<String>,
    /// What the file is to be called.
    pub(crate) name: String,
    /// The dump that the answer is about, as its file is called.
    pub(crate) dump: Option<String>,
    #[serde(skip)]
    pub(crate) file: Vec<u8>,
}

impl Answer {
    pub(crate) fn refusal(error: &str) -> Self {
        Self {
            error: Some(error.to_owned()),
            ..Self::default()
        }
    }

    /// How long the words are, the words, and the file.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let words = serde_json::to_vec(&self).expect("texts are JSON");
        let length = u32::try_from(words.len()).expect("words are short");
        [&length.to_le_bytes(), &words[..], &self.file].concat()
    }
}
