//! What of a dump its surroundings are held against.

use kheap::attribute::Role;
use kheap::knowledge::VersionRange;
use kheap::{Diagnosis, Profile};

use crate::goroutines::build_id;
use crate::moment::COLLECTION;

/// What a dump says of its process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dump {
    /// The moment that it names, in nanoseconds since 1970: when it was fetched, or of a
    /// text, when the last collection before that ended. `None` where it names none.
    pub at: Option<i64>,
    /// How much later it can have been fetched: a text does not tell that, and Go forces
    /// a collection every two minutes.
    pub lag_nanos: i64,
    /// Base name of the program.
    pub program: Option<String>,
    /// Build id of the program.
    pub build_id: Option<String>,
    /// What the program is.
    pub role: Role,
    /// The versions of Kubernetes that its code is of, where a diagnosis has them: what says
    /// that it is of others is not used.
    pub kubernetes: Option<VersionRange>,
    /// What was allocated since the start, in bytes.
    pub allocated: Option<i64>,
    /// What is in use, in bytes.
    pub live: Option<i64>,
}

impl Dump {
    /// Takes it from a profile.
    pub fn of(profile: &Profile, role: Role) -> Self {
        let total = |name| {
            let sample_type = profile.sample_type(name).ok()?;
            Some(profile.total(sample_type)).filter(|&total| total > 0)
        };
        Self {
            at: profile.moment_nanos(),
            lag_nanos: match profile.header().time_nanos {
                0 => COLLECTION,
                _ => 0,
            },
            program: profile.program(),
            build_id: build_id(profile),
            role,
            kubernetes: None,
            allocated: total("alloc_space"),
            live: total("inuse_space"),
        }
    }

    /// The same with the version of its code, which a diagnosis shows.
    #[must_use]
    pub fn with_versions(self, diagnosis: &Diagnosis) -> Self {
        Self {
            kubernetes: diagnosis.versions.kubernetes.clone(),
            ..self
        }
    }

    /// Between which moments it was fetched.
    pub(super) fn fetched(&self) -> Option<(i64, i64)> {
        let at = self.at?;
        Some((at, at.saturating_add(self.lag_nanos)))
    }

    /// One whose role alone is known: a pasted table.
    pub fn unknown(program: Option<String>, role: Role) -> Self {
        Self {
            at: None,
            lag_nanos: 0,
            program,
            build_id: None,
            role,
            kubernetes: None,
            allocated: None,
            live: None,
        }
    }
}
