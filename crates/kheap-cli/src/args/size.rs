//! Sizes of processes as people write them.

use anyhow::{Result, bail};
use kheap::unit::parse_size;

/// Reads the size of a process: `5` is a slip for 5GB, and no process is so small.
pub(super) fn parse_process_size(text: &str) -> Result<u64> {
    match parse_size(text)? {
        0..MIB => bail!("no process is below 1MB; write the unit, such as 5GB or 500MB"),
        size => Ok(size),
    }
}

const MIB: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_larger_than_a_slip() {
        assert_eq!(parse_process_size("1MB").unwrap(), 1 << 20);
        assert_eq!(parse_process_size("5368709120").unwrap(), 5 << 30);
        for slip in ["0MB", "5", "16kB"] {
            assert!(parse_process_size(slip).is_err(), "{slip}");
        }
    }
}
