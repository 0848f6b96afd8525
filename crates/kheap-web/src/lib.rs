//! The library behind `kheap.html`: a question of the page in, an answer out.
//!
//! With `--cfg unpacker` it is the small module that unpacks the large one: xz makes a third
//! less of it than gzip, which is all that browsers unpack, and Z85 writes five characters for
//! four bytes, where Base64 writes four for three.

#[cfg(target_arch = "wasm32")]
mod abi;
#[cfg(not(unpacker))]
mod answer;
#[cfg(not(unpacker))]
mod given;
#[cfg(not(unpacker))]
mod heads;
mod open;
#[cfg(not(unpacker))]
mod question;
#[cfg(not(unpacker))]
mod report;
#[cfg(not(unpacker))]
mod save;

pub use open::{File, Open};

/// Answers a question of the page: with what it asks for, or with one line that says why not.
/// Question and answer are described in [`page/worker.js`](../page/worker.js), which asks.
#[cfg(not(unpacker))]
pub fn answer(question: &[u8], page: &dyn Open) -> Vec<u8> {
    let answer = question::answer(question, page);
    let answer = answer.unwrap_or_else(|error| answer::Answer::refusal(&format!("{error:#}")));
    answer.bytes()
}

/// Unpacks a module.
#[cfg(unpacker)]
pub fn answer(packed: &[u8], _: &dyn Open) -> Vec<u8> {
    use std::io::Read;

    let packed = z85::decode(packed).expect("a page holds Z85");
    let mut module = Vec::new();
    let read = lzma_rust2::XzReader::new(&packed[..], false).read_to_end(&mut module);
    read.expect("a page holds a whole module");
    module
}
