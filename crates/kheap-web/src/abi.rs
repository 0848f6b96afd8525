//! What the page calls, and what it answers: numbers and places in memory, nothing else.
//!
//! The page asks for room with [`kheap_alloc`], writes its question there, and calls
//! [`kheap_run`]. It copies the answer, and drops the module's memory as a whole: each question
//! has an instance of its own.

#![expect(unsafe_code, reason = "the page and the module share memory")]

use std::io::{self, Read};

use crate::open::{File, Open};

#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// Reads a file from an offset on; returns how many bytes there were, or [`FAILED`].
    fn read(file: u32, offset: f64, to: *mut u8, length: u32) -> u32;
    /// Fills with random bytes.
    #[cfg(not(unpacker))]
    fn random(to: *mut u8, length: usize);
    /// Takes the message of a fault, before the module stops.
    fn fail(message: *const u8, length: usize);
}

/// The answer of the page where a file cannot be read.
const FAILED: u32 = u32::MAX;

/// How much of a file is asked for at once, in bytes.
const BLOCK_BYTES: usize = 256 << 10;

/// Makes room for a question.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn kheap_alloc(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// Answers a question, and frees it. The upper half of the result is where the answer is,
/// the lower half how long it is.
///
/// # Safety
///
/// `question` and `length` are of one call of [`kheap_alloc`].
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn kheap_run(question: *mut u8, length: usize) -> u64 {
    std::panic::set_hook(Box::new(|fault| {
        let message = fault.to_string();
        // SAFETY: the message is as long as it says.
        unsafe { fail(message.as_ptr(), message.len()) };
    }));
    // SAFETY: as this function asks for.
    let question = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(question, length)) };
    let answer = Box::leak(crate::answer(&question, &Page).into_boxed_slice());
    (answer.as_mut_ptr() as u64) << 32 | answer.len() as u64
}

/// The files that the page holds.
struct Page;

impl Open for Page {
    fn open(&self, at: usize, size: u64) -> Box<dyn File> {
        Box::new(PageFile {
            file: at as u32,
            size,
            block: Vec::new(),
            begin: 0,
        })
    }
}

/// A file of the page, read block by block.
struct PageFile {
    file: u32,
    size: u64,
    /// What was read last, and where it begins.
    block: Vec<u8>,
    begin: u64,
}

impl PageFile {
    /// What is known from an offset on; reads a block where nothing is.
    fn known(&mut self, offset: u64) -> io::Result<&[u8]> {
        let end = self.begin + self.block.len() as u64;
        if !(self.begin..end).contains(&offset) {
            let length = (self.size.saturating_sub(offset)).min(BLOCK_BYTES as u64);
            self.block.resize(length as usize, 0);
            self.begin = offset;
            let to = self.block.as_mut_ptr();
            // SAFETY: the block has room for what is asked for.
            let read = unsafe { read(self.file, offset as f64, to, length as u32) };
            if read == FAILED {
                self.block.clear();
                let words = "the browser cannot read it; choose it again";
                return Err(io::Error::other(words));
            }
            self.block.truncate(read as usize);
        }
        Ok(&self.block[(offset - self.begin) as usize..])
    }
}

impl File for PageFile {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.known(offset)?.read(buffer)
    }
}

/// Where hash tables get their seeds.
#[cfg(not(unpacker))]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    to: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: whoever asks has room for so much.
    unsafe { random(to, length) };
    Ok(())
}
