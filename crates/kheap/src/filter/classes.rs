//! What the classes of characters in an expression cost before anything else can be bounded:
//! they are written out while it is read.

use std::convert::Infallible;

use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, Flags, GroupKind, Visitor, parse::Parser};

/// How many characters `(?i)` may look up the other case of: three times all that there are,
/// in some hundredths of a second.
const MOST_FOLDED: u64 = 3 * ALL;

/// How many classes of Unicode, such as `\p{L}`, an expression may have: each of them is
/// hundreds of ranges.
const MOST_UNICODE: u64 = 64;

/// All characters of Unicode.
const ALL: u64 = 0x11_0000;

/// Whether the classes of an expression take little time to read. What is no expression has
/// none.
pub(super) fn are_small(pattern: &str) -> bool {
    let Ok(ast) = Parser::new().parse(pattern) else {
        return true;
    };
    let Ok(classes) = ast::visit(&ast, Classes::default());
    classes.unicode <= MOST_UNICODE && (!classes.is_folded || classes.characters <= MOST_FOLDED)
}

#[derive(Default)]
struct Classes {
    /// Whether `(?i)` stands anywhere.
    is_folded: bool,
    unicode: u64,
    /// How many characters there are in all of them.
    characters: u64,
}

impl Classes {
    fn add_flags(&mut self, flags: &Flags) {
        self.is_folded |= flags.flag_state(Flag::CaseInsensitive) == Some(true);
    }

    fn add_unicode(&mut self) {
        self.unicode += 1;
        // It may be any of them.
        self.characters += ALL / 8;
    }
}

impl Visitor for Classes {
    type Output = Self;
    type Err = Infallible;

    fn finish(self) -> Result<Self, Infallible> {
        Ok(self)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        match ast {
            Ast::Flags(set) => self.add_flags(&set.flags),
            Ast::Group(group) => {
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    self.add_flags(flags);
                }
            }
            Ast::ClassUnicode(_) => self.add_unicode(),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Infallible> {
        match item {
            ClassSetItem::Range(range) => {
                let length = u32::from(range.end.c).saturating_sub(range.start.c.into());
                self.characters += u64::from(length) + 1;
            }
            ClassSetItem::Unicode(_) => self.add_unicode(),
            // The outermost class is negated after the other cases are looked up.
            ClassSetItem::Bracketed(class) if class.negated => self.characters += ALL,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_small_or_take_long_to_read() {
        let check = |pattern: &str, expected| assert_eq!(are_small(pattern), expected, "{pattern}");
        check(r"(?i)[a-z0-9]+\.[A-Z]\w*", true);
        check(r"(?i)\p{Greek}+é", true);
        check(&r"[^/]*\.".repeat(100), true);
        check(&r"(?i)[a-\x{10ffff}]".repeat(10), false);
        check(&r"(?i:[^a])".repeat(10), true);
        check(&r"(?i:[[^a]b])".repeat(10), false);
        check(&r"(?i)\pL|".repeat(100), false);
        check(&r"\PL".repeat(100), false);
        check("(", true);
    }
}
