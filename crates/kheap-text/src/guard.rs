//! The guard: every character that nobody sees is written out.
//!
//! A profile, a pasted table, a signature file may hold any character. Some turn
//! the direction of reading, some break lines, some have no width and make two
//! names look alike.

use std::ops::RangeInclusive;

/// Characters without a glyph of their own: control characters, those that Unicode calls
/// `Default_Ignorable_Code_Point` or `Format` (Cf), separators of lines and paragraphs,
/// blanks that look like nothing, characters that XML has no room for, and those for private
/// use, whose look is up to the font. Sorted.
///
/// Source: Unicode 16, `DerivedCoreProperties.txt` and `UnicodeData.txt`.
pub const UNSEEN: [RangeInclusive<char>; 47] = [
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    // A Braille pattern without a dot.
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{e000}'..='\u{f8ff}',
    '\u{fdd0}'..='\u{fdef}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{fffe}'..='\u{ffff}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    '\u{13430}'..='\u{1343f}',
    '\u{16fe4}'..='\u{16fe4}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d159}'..='\u{1d159}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{1fffe}'..='\u{1ffff}',
    '\u{2fffe}'..='\u{2ffff}',
    '\u{3fffe}'..='\u{3ffff}',
    '\u{4fffe}'..='\u{4ffff}',
    '\u{5fffe}'..='\u{5ffff}',
    '\u{6fffe}'..='\u{6ffff}',
    '\u{7fffe}'..='\u{7ffff}',
    '\u{8fffe}'..='\u{8ffff}',
    '\u{9fffe}'..='\u{9ffff}',
    '\u{afffe}'..='\u{affff}',
    '\u{bfffe}'..='\u{bffff}',
    '\u{cfffe}'..='\u{cffff}',
    '\u{dfffe}'..='\u{dffff}',
    '\u{e0000}'..='\u{e0fff}',
    // The end of a plane, and two for private use.
    '\u{efffe}'..='\u{10ffff}',
];

/// Whether a reader sees the character, as a glyph or as a blank.
pub fn is_visible(c: char) -> bool {
    // Nearly all text.
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let at = UNSEEN.partition_point(|range| *range.end() < c);
    !UNSEEN.get(at).is_some_and(|range| range.contains(&c))
}

/// Writes what nobody sees as JSON escapes it, but for the characters that are
/// `kept`; so JSON stays JSON.
pub fn visible(text: &str, kept: &[char]) -> String {
    // Nearly all text.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_visible(c) || kept.contains(&c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                // Two of them where one has no room, as JSON does.
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

/// The same for one line, in which nothing is kept.
pub fn one_line(text: &str) -> String {
    visible(text, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_escaped() {
        let check = |text: &str, expected: &str| assert_eq!(one_line(text), expected);
        check("a\u{1b}[2Jb\n", "a\\u001b[2Jb\\n");
        check("\u{7f}\u{9b}", "\\u007f\\u009b");
        check("\u{202e}gpj.exe", "\\u202egpj.exe");
        check("main\u{200b}.main\u{feff}", "main\\u200b.main\\ufeff");
        check("\u{ad}\u{180e}\u{2800}", "\\u00ad\\u180e\\u2800");
        check("\u{3164}\u{ffa0}", "\\u3164\\uffa0");
        check("a\u{e000}\u{f8ff}", "a\\ue000\\uf8ff");
        check("\u{f0000}\u{10fffd}", "\\udb80\\udc00\\udbff\\udffd");
        check("\u{e0041}\u{e007f}", "\\udb40\\udc41\\udb40\\udc7f");
        check("α → β שלום 漢字 \u{fffd}", "α → β שלום 漢字 \u{fffd}");
    }

    #[test]
    fn some_characters_can_be_kept() {
        assert_eq!(visible("a\tb\r\n", &['\n', '\t']), "a\tb\\r\n");
    }

    #[test]
    fn control_and_noncharacters_are_unseen() {
        let is_noncharacter =
            |c: char| c as u32 & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c);
        let mut hidden = ('\0'..=char::MAX).filter(|&c| c.is_control() || is_noncharacter(c));
        assert!(hidden.all(|c| !is_visible(c)));
    }

    #[test]
    fn the_ranges_are_sorted_and_apart() {
        let mut pairs = UNSEEN.windows(2);
        assert!(pairs.all(|pair| pair[0].end() < pair[1].start()));
    }
}
