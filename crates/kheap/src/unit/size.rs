//! Sizes in bytes as people write them.

/// Why a text is no size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SizeError {
    /// It is no number, or its unit is unknown.
    #[error(
        "a size is a number with B, kB, MB, GB or TB, such as 500MB or 1.5GB; kB, KiB and Ki are all \
         1024 bytes, MB 1024 of those, and so on"
    )]
    NoSize,
    /// It is larger than any memory.
    #[error("the size does not fit into 64 bits")]
    TooLarge,
}

/// How many digits behind the point count. More of them would not fit.
const MOST_DECIMALS: usize = 9;

/// Reads a size such as `500MB`, `1.5 GiB` or `2Gi`, in bytes; all units are powers of 1024.
///
/// # Errors
///
/// [`SizeError`] when it is none, or does not fit.
///
/// # Example
///
/// ```
/// assert_eq!(kheap::unit::parse_size("1.5GB"), Ok(3 << 29));
/// ```
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let text = text.trim_ascii();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, suffix) = text.split_at(split.unwrap_or(text.len()));
    let shift = match suffix.trim_ascii_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "ki" | "kb" | "kib" => 10,
        "m" | "mi" | "mb" | "mib" => 20,
        "g" | "gi" | "gb" | "gib" => 30,
        "t" | "ti" | "tb" | "tib" => 40,
        _ => return Err(SizeError::NoSize),
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| -> Result<u128, SizeError> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
        is_number.then_some(()).ok_or(SizeError::NoSize)?;
        text.parse().map_err(|_| SizeError::TooLarge)
    };
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SizeError::NoSize);
    }
    // The rest is less than a byte's thousandth.
    let counted = decimals.get(..MOST_DECIMALS).unwrap_or(decimals);
    let scale = 10_u128.pow(counted.len() as u32);
    let part = (digits(counted)? << shift) / scale;
    let size = digits(whole)?.checked_mul(1 << shift);
    let size = size.and_then(|size| u64::try_from(size + part).ok());
    size.ok_or(SizeError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        let check = |text: &str, expected: u64| assert_eq!(parse_size(text), Ok(expected));
        check("12", 12);
        check("12B", 12);
        check("3kB", 3 << 10);
        check("500MB", 500 << 20);
        check("2GiB", 2 << 30);
        check("1t", 1 << 40);
        check("7kib", 7 << 10);
        check("16Gi", 16 << 30);
        check("2 GB", 2 << 30);
        check(" 5kB ", 5 << 10);
        check("1.5GiB", 3 << 29);
        check("0.1kB", 102);
        check("1.000000000000000000001MB", 1 << 20);
    }

    #[test]
    fn a_size_has_one_suffix_and_nothing_behind_it() {
        let wrong = [
            "",
            "GB",
            "1.GB",
            ".5GB",
            "1.2.3",
            "1,5GB",
            "-1",
            "1XB",
            "5kBBB",
            "5iB",
            "5bb",
            "5 k B",
            "1.000000000.5GB",
        ];
        for text in wrong {
            assert_eq!(parse_size(text), Err(SizeError::NoSize), "{text:?}");
        }
        for text in ["99999999999TB", &"9".repeat(50)] {
            assert_eq!(parse_size(text), Err(SizeError::TooLarge), "{text:?}");
        }
    }
}
