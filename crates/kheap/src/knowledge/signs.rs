//! Signs: what shows a part in a table that lacks the frames which decide it.

use std::sync::OnceLock;

use serde::Deserialize;

use super::bits::Bits;
use super::formula::Formula;
use super::frames::{FramesError, NamedFrames};
use super::roles::Role;

/// Signs of parts, in the order of their file.
#[derive(Debug)]
pub(crate) struct Signs(Vec<Sign>);

#[derive(Debug)]
struct Sign {
    part: String,
    roles: Vec<Role>,
    formula: Formula,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignsFile {
    sign: Vec<SignFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignFile {
    part: String,
    roles: Vec<Role>,
    #[serde(default)]
    leaf: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    at_least: Option<f64>,
}

impl Signs {
    /// The signs that are compiled in.
    pub(crate) fn builtin() -> &'static Self {
        static SIGNS: OnceLock<Signs> = OnceLock::new();
        SIGNS.get_or_init(|| {
            let file: SignsFile = built_in!("signs");
            let signs = file.sign.into_iter().map(|sign| sign.read());
            let signs: Result<_, FramesError> = signs.collect();
            Signs(signs.expect("the built-in signs are tested"))
        })
    }

    /// What shows a part in programs of a role.
    pub(crate) fn of(&self, part: &str, role: Role) -> impl Iterator<Item = &Formula> {
        let signs = self.0.iter();
        let of_part = signs.filter(move |sign| sign.part == part && sign.roles.contains(&role));
        of_part.map(|sign| &sign.formula)
    }
}

impl Signs {
    /// Classes that each show another part than some.
    pub(crate) fn of_others(&self, parts: &[String], role: Role) -> impl Iterator<Item = &Bits> {
        let signs = self.0.iter().filter(move |sign| sign.roles.contains(&role));
        let others = signs.filter(move |sign| !parts.contains(&sign.part));
        others.filter_map(|sign| sign.formula.only_class())
    }
}

impl SignFile {
    fn read(self) -> Result<Sign, FramesError> {
        let frames = NamedFrames::builtin();
        let class = |names: &[String]| -> Result<Vec<Bits>, FramesError> {
            let set = frames.set(names)?;
            Ok(Vec::from_iter((!names.is_empty()).then_some(set)))
        };
        let singles = self.all.chunks(1).map(|name| frames.set(name));
        let mut every: Vec<Bits> = singles.collect::<Result<_, _>>()?;
        every.extend(class(&self.any)?);
        Ok(Sign {
            formula: Formula {
                leaf: class(&self.leaf)?,
                every,
                none: class(&self.none)?,
                before: Vec::new(),
                is_sign: true,
                at_least: self.at_least,
            },
            part: self.part,
            roles: self.roles,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::part;

    #[test]
    fn each_sign_is_of_a_known_part_and_asks_for_frames() {
        assert!(Signs::builtin().0.len() > 10);
        for sign in &Signs::builtin().0 {
            assert!(part(&sign.part).is_some(), "{}", sign.part);
            let formula = &sign.formula;
            assert!(!formula.leaf.is_empty() || !formula.every.is_empty());
        }
    }
}
