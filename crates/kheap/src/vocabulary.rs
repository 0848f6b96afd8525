//! Closed vocabularies: enums whose variants have names in text and data.

/// A name that a vocabulary does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {name:?}; give one of: {}", known.join(", "))]
#[non_exhaustive]
pub struct UnknownName {
    /// The vocabulary, such as `severity`.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// The names that it has.
    pub known: Vec<&'static str>,
}

impl UnknownName {
    /// For the macro below.
    #[doc(hidden)]
    pub fn new(what: &'static str, name: &str, known: Vec<&'static str>) -> Self {
        Self {
            what,
            name: name.to_owned(),
            known,
        }
    }
}

/// Writes the names of a vocabulary: `ALL`, `name`, `Display` and `FromStr`. No part of the
/// interface: the crates of this workspace share it.
#[doc(hidden)]
#[macro_export]
macro_rules! __vocabulary {
    ($type:ident, $what:literal { $($variant:ident = $name:literal,)* }) => {
        impl $type {
            /// All of them, in order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name in text and data, which [`FromStr`](std::str::FromStr) reads.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let mut all = Self::ALL.into_iter();
                let found = all.find(|one| one.name() == name);
                let known = || Self::ALL.map(Self::name).to_vec();
                found.ok_or_else(|| $crate::UnknownName::new($what, name, known()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::frame::Granularity;
    use crate::graph::Order;
    use crate::table::Unit;

    #[test]
    fn each_name_is_read_back() {
        for one in Granularity::ALL {
            assert_eq!(one.name().parse(), Ok(one));
            assert_eq!(format!("{one:>15}").trim_start(), one.name());
        }
    }

    #[test]
    #[cfg(all(feature = "serde", feature = "diagnose"))]
    fn data_has_the_names_that_text_has() {
        macro_rules! check {
            ($($type:ty),* $(,)?) => {$(
                for one in <$type>::ALL {
                    let json = serde_json::to_value(one).unwrap();
                    assert_eq!(json, one.name());
                    assert_eq!(serde_json::from_value::<$type>(json).unwrap(), one);
                }
            )*};
        }
        use crate::{compare, diagnose, knowledge, lifetimes, memory, profile, series, table};
        check!(
            compare::Change,
            diagnose::Confidence,
            diagnose::NoForecast,
            diagnose::OwnBy,
            diagnose::ProgramBy,
            diagnose::Severity,
            diagnose::Verdict,
            knowledge::Role,
            lifetimes::Lifetime,
            lifetimes::LifetimesBy,
            memory::MemoryPart,
            memory::Size,
            profile::Profiled,
            profile::Runtime,
            series::By,
            series::GrowthPattern,
            table::Unit,
        );
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let check = |error: crate::UnknownName, expected: &str| {
            assert_eq!(error.to_string(), expected);
        };
        check(
            "Flat".parse::<Order>().unwrap_err(),
            "unknown order \"Flat\"; give one of: flat, cum",
        );
        check(
            "".parse::<Unit>().unwrap_err(),
            "unknown unit \"\"; give one of: bytes, nanoseconds, count",
        );
    }
}
