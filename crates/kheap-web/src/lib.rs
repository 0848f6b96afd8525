//! The library behind `kheap.html`: a question of the page in, an answer out.

#[cfg(target_arch = "wasm32")]
mod abi;
mod answer;
mod given;
mod open;
mod question;
mod report;
mod save;

pub use open::{File, Open};

use answer::Answer;

/// Answers a question of the page: with what it asks for, or with one line that says why not.
/// Question and answer are described in [`page/worker.js`](../page/worker.js), which asks.
pub fn answer(question: &[u8], page: &dyn Open) -> Vec<u8> {
    let answer = question::answer(question, page);
    let answer = answer.unwrap_or_else(|error| Answer::refusal(&format!("{error:#}")));
    answer.bytes()
}
