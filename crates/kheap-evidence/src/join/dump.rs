//! What of a dump its surroundings are held against.

use kheap::Profile;
use kheap::attribute::Role;

use crate::goroutines::build_id;

/// What a dump says of its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// When it was taken, in nanoseconds since 1970; `None` where it does not tell.
    pub at: Option<i64>,
    /// Base name of the program.
    pub program: Option<String>,
    /// Build id of the program.
    pub build_id: Option<String>,
    /// What the program is.
    pub role: Role,
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
            program: profile.program(),
            build_id: build_id(profile),
            role,
            allocated: total("alloc_space"),
            live: total("inuse_space"),
        }
    }

    /// One of which only the role is known: a pasted table.
    pub fn unknown(program: Option<String>, role: Role) -> Self {
        Self {
            at: None,
            program,
            build_id: None,
            role,
            allocated: None,
            live: None,
        }
    }
}
