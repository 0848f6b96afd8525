//! Named frames: what functions are called that mean something.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use hashbrown::HashSet;
use serde::Deserialize;

use super::bits::{BitRows, Bits, has_bit, set_bit};
use crate::expressions::Expressions;

/// How large the expressions of all frames may be compiled, in bytes: several times those
/// that are built in.
const FRAMES_BYTES: usize = 64 << 20;

/// Named frames, each a bit: expressions on canonical function names,
/// compiled together and matched once for each function.
#[derive(Debug, Clone, Default)]
pub(crate) struct NamedFrames {
    bits: BTreeMap<String, usize>,
    /// Expressions, one a frame, each set with the bit of its first.
    sets: Vec<(usize, Expressions)>,
    /// Frames that are one of `expressions` and none of some others.
    except: Vec<Except>,
    /// What allocates for whoever calls it.
    look_through: Bits,
}

/// A frame that is another, save for some.
#[derive(Debug, Clone)]
struct Except {
    bit: usize,
    of: usize,
    none: Bits,
}

/// The tables of a file that names frames.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FramesFile {
    pub(crate) look_through: Vec<String>,
    pub(crate) frames: BTreeMap<String, String>,
    pub(crate) except: BTreeMap<String, ExceptFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExceptFile {
    of: String,
    none: Vec<String>,
}

impl FramesFile {
    /// The file that is compiled in.
    pub(crate) fn builtin() -> Self {
        built_in!("frames")
    }
}

/// Why there are no such frames.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FramesError {
    /// A frame is stated by means of one that there is not.
    #[error("{0} is no named frame")]
    Unknown(String),
    /// Two frames have one name.
    #[error("there is a frame {0} already")]
    Known(String),
    /// A frame is stated by means of itself.
    #[error("frame {0} is stated by means of itself")]
    Circle(String),
}

/// Frames that are others save for some, each behind those that it is stated by.
fn in_order(
    except: &BTreeMap<String, ExceptFile>,
) -> Result<Vec<(&String, &ExceptFile)>, FramesError> {
    let mut left: Vec<(&String, &ExceptFile)> = except.iter().collect();
    let mut ordered = Vec::with_capacity(left.len());
    while let Some((first, _)) = left.first() {
        let names: HashSet<&String> = left.iter().map(|(name, _)| *name).collect();
        let is_ready = |file: &ExceptFile| {
            let mut needed = file.none.iter().chain([&file.of]);
            needed.all(|name| !names.contains(name))
        };
        let (ready, rest): (Vec<_>, Vec<_>) = left.iter().partition(|(_, file)| is_ready(file));
        if ready.is_empty() {
            return Err(FramesError::Circle((*first).clone()));
        }
        ordered.extend(ready);
        left = rest;
    }
    Ok(ordered)
}

/// Whether a text is a name of a frame, and no expression.
pub(crate) fn is_frame_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_of_name)
}

impl NamedFrames {
    /// The frames that are compiled in.
    pub(crate) fn builtin() -> &'static Self {
        static FRAMES: OnceLock<NamedFrames> = OnceLock::new();
        FRAMES.get_or_init(|| {
            let frames = NamedFrames::default().with(&FramesFile::builtin());
            frames.expect("the built-in frames are tested")
        })
    }

    /// These frames and more. What there is keeps its bits.
    ///
    /// # Errors
    ///
    /// [`FramesError`] when an expression is invalid, or a name unknown or taken.
    pub(crate) fn with(&self, file: &FramesFile) -> Result<Self, FramesError> {
        let first = self.len();
        let mut frames = self.clone();
        for (name, bit) in file.frames.keys().chain(file.except.keys()).zip(first..) {
            if frames.bits.insert(name.clone(), bit).is_some() {
                return Err(FramesError::Known(name.clone()));
            }
        }
        let expressions: Vec<&String> = file.frames.values().collect();
        // Names of packages and functions of interest are ASCII.
        let sets = match Expressions::built_in(&expressions) {
            Some(set) => vec![(0, set)],
            None => Expressions::sets(&expressions, FRAMES_BYTES),
        };
        let sets = sets.into_iter().map(|(bit, set)| (first + bit, set));
        frames.sets.extend(sets);
        for (name, except) in in_order(&file.except)? {
            let except = Except {
                bit: frames.known(name)?,
                of: frames.known(&except.of)?,
                none: frames.set(&except.none)?,
            };
            frames.except.push(except);
        }
        let mut look_through = frames.set(&file.look_through)?;
        look_through.add(frames.look_through.row());
        frames.look_through = look_through;
        Ok(frames)
    }

    /// What allocates for whoever calls it, so that a leaf is judged by what is above.
    pub(crate) fn look_through(&self) -> &Bits {
        &self.look_through
    }

    /// How many automata read each name.
    pub(crate) fn sets(&self) -> usize {
        self.sets.len()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.bits.len()
    }

    /// The bits of some frames.
    ///
    /// # Errors
    ///
    /// [`FramesError::Unknown`] with the first name that there is not.
    pub(crate) fn set(&self, names: &[String]) -> Result<Bits, FramesError> {
        let mut bits = Bits::new(self.len());
        for name in names {
            bits.insert(self.known(name)?);
        }
        Ok(bits)
    }

    /// The bit of a frame.
    ///
    /// # Errors
    ///
    /// [`FramesError::Unknown`] when there is none of that name.
    pub(crate) fn known(&self, name: &str) -> Result<usize, FramesError> {
        let bit = self.bits.get(name).copied();
        bit.ok_or_else(|| FramesError::Unknown(name.to_owned()))
    }

    /// A row for each canonical function name: the frames that it is.
    pub(crate) fn rows<'n>(&self, names: impl Iterator<Item = &'n str>) -> BitRows {
        let mut rows = BitRows::new(self.len());
        for name in names {
            self.write(name, rows.push());
        }
        rows
    }

    /// Sets the bits of the frames that a canonical function name is.
    pub(crate) fn write(&self, name: &str, row: &mut [u64]) {
        for (first, set) in &self.sets {
            let matches = set.matches(name.as_bytes());
            matches.for_each(|position| set_bit(row, first + position));
        }
        for except in &self.except {
            if has_bit(row, except.of) && !except.none.meets(row) {
                set_bit(row, except.bit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<NamedFrames, FramesError> {
        NamedFrames::default().with(&toml::from_str(text).unwrap())
    }

    #[track_caller]
    fn check(frames: &NamedFrames, function: &str, expected: &[&str]) {
        let rows = frames.rows([function].into_iter());
        let names = frames
            .bits
            .iter()
            .filter(|&(_, &bit)| has_bit(rows.row(0), bit));
        let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{function}");
    }

    #[test]
    fn the_built_in_frames_are_frames() {
        let frames = NamedFrames::builtin();
        check(
            frames,
            "go.uber.org/zap/zapcore.newCounters",
            &["etcd-client-start", "zap-counters"],
        );
        check(frames, "main.load", &[]);
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        is: Vec<String>,
        #[serde(default)]
        not: Vec<String>,
    }

    #[test]
    fn each_frame_is_the_functions_of_its_cases_and_no_near_one() {
        let cases: BTreeMap<String, Case> =
            toml::from_str(include_str!("frames.cases.toml")).unwrap();
        let file = FramesFile::builtin();
        let names: Vec<&String> = file.frames.keys().collect();
        assert_eq!(
            cases.keys().collect::<Vec<_>>(),
            names,
            "frames.cases.toml has a case for each frame, in order"
        );
        let frames = NamedFrames::builtin();
        for (name, case) in &cases {
            let bit = frames.known(name).unwrap();
            let has = |function: &String| {
                let rows = frames.rows([function.as_str()].into_iter());
                has_bit(rows.row(0), bit)
            };
            assert!(!case.is.is_empty(), "{name}");
            case.is.iter().for_each(|f| assert!(has(f), "{name}: {f}"));
            case.not
                .iter()
                .for_each(|f| assert!(!has(f), "{name}: {f}"));
        }
    }

    #[test]
    fn a_frame_may_be_another_but_for_some() {
        let text = "[frames]\nnet = '^net'\ncall = 'ServeHTTP$'\n\
                    [except]\nwork = { of = 'net', none = ['call'] }\n";
        let frames = parse(text).unwrap();
        check(&frames, "net/http.(*conn).serve", &["net", "work"]);
        check(&frames, "net/http.HandlerFunc.ServeHTTP", &["call", "net"]);
    }

    #[test]
    fn exceptions_of_exceptions_hold_in_any_order() {
        let text = "[frames]\nnet = '^net'\ncall = 'ServeHTTP$'\ntext = 'proto'\n\
                    [except]\na = { of = 'z', none = ['text'] }\n\
                    z = { of = 'net', none = ['call'] }\n";
        let frames = parse(text).unwrap();
        check(&frames, "net/http.(*conn).serve", &["a", "net", "z"]);
        check(&frames, "net/textproto.Read", &["net", "text", "z"]);
        check(&frames, "net/http.HandlerFunc.ServeHTTP", &["call", "net"]);
    }

    #[test]
    fn a_circle_of_exceptions_is_refused() {
        let text = "[except]\na = { of = 'b', none = [] }\nb = { of = 'a', none = [] }\n";
        let error = parse(text).unwrap_err();
        assert_eq!(error.to_string(), "frame a is stated by means of itself");
    }

    #[test]
    fn more_frames_leave_the_others_their_bits() {
        let first = parse("[frames]\nb = '^b$'\nc = '^c$'\n").unwrap();
        let more = |text: &str| first.with(&toml::from_str(text).unwrap());
        let both = more("[frames]\na = '^[ab]$'\n").unwrap();
        assert_eq!(both.known("b").unwrap(), first.known("b").unwrap());
        check(&both, "b", &["a", "b"]);
        check(&both, "a", &["a"]);
        let error = more("[frames]\nb = 'x'\n").unwrap_err();
        assert_eq!(error.to_string(), "there is a frame b already");
    }

    #[test]
    fn an_unknown_frame_is_refused() {
        let text = "[except]\nwork = { of = 'net', none = [] }\n";
        let error = parse(text).unwrap_err();
        assert_eq!(error.to_string(), "net is no named frame");
    }

    #[test]
    fn a_name_is_no_expression() {
        assert!(is_frame_name("etcd-list") && is_frame_name("v3"));
        for expression in ["main\\.f", "^main", "etcd_list", "", "Main"] {
            assert!(!is_frame_name(expression), "{expression}");
        }
    }
}
