//! What a file is, before anybody looks at its rows.

use crate::attribute::cut_samples;
use crate::knowledge::{Version, VersionRange, Versions};
use crate::memstats::MemStatsFault;
use crate::profile::{Comments, Fragment, Profile, Profiled, Runtime, SampleTypeId, StringId};
use crate::program::InferredProgram;

/// How many addresses Go kept of a stack before 1.23. Inlined calls share one.
const OLD_STACK_LIMIT: usize = 32;

/// The version of Go that keeps more.
const DEEPER_STACKS: Version = Version::new(1, 23);

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Info {
    /// Base name of the program.
    pub program: Option<String>,
    /// What the functions show of its name, where the file has none.
    pub inferred_program: Option<InferredProgram>,
    /// Build id of the program.
    pub build_id: Option<String>,
    /// When it was taken, in nanoseconds since 1970-01-01 UTC.
    pub time_nanos: Option<i64>,
    /// How long it was recorded, in nanoseconds.
    pub duration_nanos: Option<i64>,
    /// How much lies between two samples.
    pub period: Option<Period>,
    /// The language runtime of the program.
    pub runtime: Runtime,
    /// What of the program was profiled.
    pub profiled: Profiled,
    /// What names and depths of stacks show of the Go version.
    pub go_hints: Vec<GoHint>,
    /// Which versions of Kubernetes, etcd and Go it was built from, and why.
    pub versions: Versions,
    /// Remarks in the file.
    pub comments: Comments,
    /// What is counted, in the order of the file.
    pub sample_types: Vec<SampleTypeInfo>,
    /// How many samples there are.
    pub samples: usize,
    /// How many of them are not 0 in the default sample type.
    pub default_samples: usize,
    /// How long a delta profile was recorded (`?seconds=N`), in nanoseconds; `None`
    /// for other profiles.
    pub delta_nanos: Option<i64>,
    /// What stands on stacks that Go cut; `None` where none is.
    pub cut: Option<Cut>,
    /// The most frames on a stack, inlined ones included.
    pub deepest_stack: usize,
    /// Size of the location table.
    pub locations: usize,
    /// Size of the function table.
    pub functions: usize,
    /// Size of the mapping table.
    pub mappings: usize,
    /// Size of the string table.
    pub strings: usize,
    /// What a reader of the figures should know.
    pub warnings: Vec<InfoWarning>,
}

/// What names and depths of stacks show of the Go version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum GoHint {
    /// Functions that only these versions have.
    Version(VersionRange),
    /// Stacks are deeper than this, as since 1.23.
    DeepStacks(usize),
    /// Names contain type arguments, as since 1.21.
    TypeArguments,
    /// Names contain a vendor folder.
    Vendored,
}

/// What a reader of the figures should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum InfoWarning {
    /// It shows what changed in so many nanoseconds (`?seconds=`).
    Delta(i64),
    /// Go cut stacks.
    Cut {
        /// Which.
        cut: Cut,
        /// The total of the default sample type.
        total: i64,
        /// The unit of both.
        unit: String,
        /// Whether it is the text form: Go cuts it after as many frames with those that
        /// are inlined, so that it can lack one more caller than the protobuf form.
        is_text: bool,
    },
    /// The text is part of a profile.
    Fragment(Fragment),
    /// The statistics of the runtime are damaged or missing.
    Statistics(MemStatsFault),
    /// Locations have no function names.
    Bare {
        /// So many of them.
        bare: usize,
        /// How many locations there are.
        locations: usize,
    },
    /// There are no samples.
    NoSamples,
    /// Some values are negative.
    Difference,
    /// Sums exceed 64 bits.
    Overflow,
}

/// Stacks that lost their outermost callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Cut {
    /// How many addresses Go kept: 32 before 1.23, 128 since.
    pub limit: usize,
    /// How many samples have such a stack and a value in the default type.
    pub samples: usize,
    /// The sum of their magnitudes in the default sample type.
    pub value: i64,
    /// What of it shows all the addresses that Go kept. The others show up to three
    /// fewer, because Go leaves the allocator's own out when it writes.
    pub at_limit: i64,
}

/// How much lies between two samples, on average.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Period {
    /// What is counted, such as `space`.
    pub kind: String,
    /// Its unit, such as `bytes`.
    pub unit: String,
    /// How much.
    pub value: i64,
}

/// One sample type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SampleTypeInfo {
    /// Its name, such as `inuse_space`.
    pub kind: String,
    /// Its unit, such as `bytes`.
    pub unit: String,
    /// The sum of all magnitudes.
    pub total: i64,
    /// Whether this one is shown when nobody asks for another.
    pub is_default: bool,
}

/// Says what a profile is.
///
/// # Example
///
/// ```
/// use kheap::ProfileBuilder;
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_objects", "count");
/// builder.sample_type("inuse_space", "bytes");
/// builder.sample(&[], &[2, 4096], &[])?;
///
/// let info = kheap::info(&builder.finish());
/// let types: Vec<_> = info.sample_types.iter().map(|t| (t.kind.as_str(), t.total)).collect();
/// assert_eq!(types, [("inuse_objects", 2), ("inuse_space", 4096)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn info(profile: &Profile) -> Info {
    let header = profile.header();
    let text = |id: StringId| (id != StringId::EMPTY).then(|| profile.text(id).into_owned());
    let default = profile.sample_type("").ok();
    let samples = profile.samples();
    let frames = |id| -> usize {
        let stack = samples.stack(id).iter();
        stack
            .map(|&id| profile.locations().lines(id).len().max(1))
            .sum()
    };
    let cut = default.and_then(|default| cut(profile, default));
    let versions = Versions::of(profile);
    let period = Period {
        kind: profile.text(header.period_type.kind).into_owned(),
        unit: profile.text(header.period_type.unit).into_owned(),
        value: header.period,
    };
    Info {
        program: profile.program(),
        inferred_program: (profile.program().is_none() && !profile.runtime().is_foreign())
            .then(|| InferredProgram::of_profile(profile))
            .flatten(),
        build_id: profile.mappings().first().and_then(|m| text(m.build_id)),
        time_nanos: profile.moment_nanos(),
        duration_nanos: Some(header.duration_nanos).filter(|&duration| duration != 0),
        period: (header.period != 0).then_some(period),
        runtime: profile.runtime(),
        profiled: profile.profiled(),
        go_hints: match profile.runtime().is_foreign() {
            true => Vec::new(),
            false => go_hints(profile, versions.go.as_ref()),
        },
        versions,
        comments: profile.comments(|comment| !comment.is_empty()),
        sample_types: sample_types(profile, default),
        samples: samples.len(),
        default_samples: default.map_or(0, |id| {
            samples
                .values(id)
                .iter()
                .filter(|&&value| value != 0)
                .count()
        }),
        delta_nanos: profile.delta_nanos(),
        cut,
        deepest_stack: samples.ids().map(frames).max().unwrap_or(0),
        locations: profile.locations().len(),
        functions: profile.functions().len(),
        mappings: profile.mappings().len(),
        strings: profile.strings().len(),
        warnings: warnings_of(profile, default, cut),
    }
}

/// What misleads about a profile: the [`warnings`](Info::warnings) of [`info`] alone.
pub fn warnings(profile: &Profile) -> Vec<InfoWarning> {
    let default = profile.sample_type("").ok();
    let cut = default.and_then(|default| cut(profile, default));
    warnings_of(profile, default, cut)
}

fn cut(profile: &Profile, default: SampleTypeId) -> Option<Cut> {
    let (limit, ids) = cut_samples(profile)?;
    let mut cut = Cut {
        limit,
        samples: 0,
        value: 0,
        at_limit: 0,
    };
    for id in ids {
        let value = profile.samples().value(id, default).saturating_abs();
        cut.samples += usize::from(value != 0);
        cut.value = cut.value.saturating_add(value);
        if profile.samples().stack(id).len() == limit {
            cut.at_limit = cut.at_limit.saturating_add(value);
        }
    }
    (cut.samples > 0).then_some(cut)
}

fn sample_types(profile: &Profile, default: Option<SampleTypeId>) -> Vec<SampleTypeInfo> {
    let totals = profile.sample_type_ids().zip(profile.totals());
    totals
        .map(|(id, total)| SampleTypeInfo {
            kind: profile.sample_type_name(id).into_owned(),
            unit: profile.sample_type_unit(id).into_owned(),
            total,
            is_default: Some(id) == default,
        })
        .collect()
}

/// What is seen of the Go version: names and depths change between releases.
fn go_hints(profile: &Profile, known: Option<&VersionRange>) -> Vec<GoHint> {
    let samples = profile.samples();
    let longest = samples
        .ids()
        .map(|id| samples.stack(id).len())
        .max()
        .unwrap_or(0);
    let names = profile.function_names();
    let any = |part: &[u8]| {
        let part = memchr::memmem::Finder::new(part);
        let mut names = names.iter();
        names.any(|&name| part.find(profile.strings().get(name)).is_some())
    };
    let mut hints = Vec::new();
    let newer = known.filter(|range| range.has(DEEPER_STACKS) == Some(true));
    if let Some(range) = newer {
        hints.push(GoHint::Version(range.clone()));
    // Stacks of processor time always had 64 frames.
    } else if longest > OLD_STACK_LIMIT && profile.is_go_heap() {
        hints.push(GoHint::DeepStacks(OLD_STACK_LIMIT));
    } else if any(b"[go.shape.") {
        hints.push(GoHint::TypeArguments);
    }
    if any(b"/vendor/") {
        hints.push(GoHint::Vendored);
    }
    hints
}

fn warnings_of(
    profile: &Profile,
    default: Option<SampleTypeId>,
    cut: Option<Cut>,
) -> Vec<InfoWarning> {
    let mut warnings = Vec::new();
    let delta = profile.delta_nanos();
    warnings.extend(delta.map(InfoWarning::Delta));
    if let (Some(cut), Some(id)) = (cut, default) {
        warnings.push(InfoWarning::Cut {
            cut,
            total: profile.total(id),
            unit: profile.sample_type_unit(id).into_owned(),
            is_text: profile.is_text(),
        });
    }
    let samples = profile.samples();
    let locations = profile.locations();
    let bare = locations
        .ids()
        .filter(|&id| locations.lines(id).is_empty())
        .count();
    let header = profile.header();
    warnings.extend(header.fragment.map(InfoWarning::Fragment));
    warnings.extend(header.mem_stats_fault.map(InfoWarning::Statistics));
    if bare > 0 {
        let locations = locations.len();
        warnings.push(InfoWarning::Bare { bare, locations });
    }
    if samples.is_empty() {
        warnings.push(InfoWarning::NoSamples);
    }
    if let Some(id) = default {
        let values = samples.values(id);
        let is_negative = values.iter().any(|&value| value < 0);
        if delta.is_none() && is_negative && !profile.runtime().is_foreign() {
            warnings.push(InfoWarning::Difference);
        }
        if profile.overflows(id) || profile.is_clamped() {
            warnings.push(InfoWarning::Overflow);
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    /// The hints for a stack of so many locations with this function name.
    fn hints(name: &str, locations: usize) -> Vec<GoHint> {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let function = builder.function(name, "");
        let lines = [(function, 1), (function, 2)];
        let location = builder.location(None, 1, &lines);
        builder
            .sample(&vec![location; locations], &[1], &[])
            .unwrap();
        info(&builder.finish()).go_hints
    }

    #[test]
    fn inlined_calls_do_not_count_against_the_depth_of_old_stacks() {
        assert_eq!(hints("main.main", 32), []);
        assert_eq!(hints("main.main", 33), [GoHint::DeepStacks(32)]);
    }

    #[test]
    fn deep_stacks_of_processor_time_and_of_other_runtimes_show_no_version_of_go() {
        let hints = |kind: &str, file: &str| {
            let mut builder = ProfileBuilder::new();
            builder.sample_type(kind, "bytes");
            let function = builder.function("load", file);
            let location = builder.location(None, 1, &[(function, 1)]);
            builder.sample(&[location; 64], &[1], &[]).unwrap();
            let info = info(&builder.finish());
            (info.go_hints.len(), info.cut)
        };
        assert_eq!(hints("inuse_space", "a.go"), (1, None));
        assert_eq!(hints("cpu", "a.go"), (0, None));
        assert_eq!(hints("inuse_space", "A.java"), (0, None));
    }

    #[test]
    fn names_show_the_age_of_the_compiler() {
        let expected = [GoHint::TypeArguments];
        assert_eq!(hints("main.f[go.shape.int]", 1), expected);
        assert_eq!(hints("main.f[...]", 1), []);
        assert_eq!(hints("a/vendor/b.f", 1), [GoHint::Vendored]);
    }

    #[test]
    fn a_delta_profile_is_recognised_by_its_duration_and_named() {
        let delta = |kind: &str, duration_nanos| {
            let mut builder = ProfileBuilder::new();
            builder.sample_type("inuse_space", "bytes");
            let period_type = builder.value_type(kind, "bytes");
            builder.header().period_type = period_type;
            builder.header().duration_nanos = duration_nanos;
            builder.sample(&[], &[-5], &[]).unwrap();
            info(&builder.finish())
        };
        let info = delta("space", 30_000_000_000);
        assert_eq!(info.delta_nanos, Some(30_000_000_000));
        assert_eq!(info.warnings, [InfoWarning::Delta(30_000_000_000)]);
        assert_eq!(delta("space", 0).warnings, [InfoWarning::Difference]);
        assert_eq!(delta("cpu", 7).warnings, [InfoWarning::Difference]);
    }

    #[test]
    fn stacks_that_go_cut_are_counted() {
        let stack = |root: &str, frames: usize| {
            let frames = (1..frames).map(|frame| format!(";f{frame}"));
            format!("{root}{}", frames.collect::<String>())
        };
        let stacks = format!(
            "{} 8\n{} 16\n{} 32\nmain;load 64",
            stack("lost", 32),
            stack("main", 32),
            stack("lost", 31)
        );
        let info = info(&crate::fixture::profile(&stacks));
        let expected = Cut {
            limit: 32,
            samples: 2,
            value: 40,
            at_limit: 8,
        };
        assert_eq!(info.cut, Some(expected));
        let warning = InfoWarning::Cut {
            cut: expected,
            total: 120,
            unit: "bytes".to_owned(),
            is_text: false,
        };
        assert_eq!(info.warnings, [warning]);
        assert_eq!(
            super::info(&crate::fixture::profile("main;load 64")).cut,
            None
        );
    }

    #[test]
    fn what_misleads_is_a_warning() {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let bare = builder.location(None, 1, &[]);
        builder.sample(&[bare], &[-5], &[]).unwrap();
        let info = info(&builder.finish());
        let bare = InfoWarning::Bare {
            bare: 1,
            locations: 1,
        };
        assert_eq!(info.warnings, [bare, InfoWarning::Difference]);
        assert_eq!(info.sample_types[0].total, 5);
    }
}
