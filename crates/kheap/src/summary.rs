//! What stands above every table: which profile, which values, how much in all.

use crate::graph::CallGraph;
use crate::profile::{Comments, StringId};
use crate::selection::Selection;
use crate::unit;

/// What a profile is and what is looked at in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Summary {
    /// Base name of the program.
    pub program: Option<String>,
    /// The same as pprof prints it: of a path of Windows all, unless on Windows.
    pub file: Option<String>,
    /// Build id of the program.
    pub build_id: Option<String>,
    /// Remarks in the file, without those that start with `#`.
    pub comments: Comments,
    /// The sample type, such as `inuse_space`.
    pub sample_type: String,
    /// Its unit, such as `bytes`.
    pub sample_unit: String,
    /// Where the profile is explained.
    pub doc_url: Option<String>,
    /// When it was taken, in nanoseconds since 1970-01-01 UTC.
    pub time_nanos: Option<i64>,
    /// How many profiles were added up, or 1.
    pub added_up: usize,
    /// How long it was recorded, in nanoseconds.
    pub duration_nanos: Option<i64>,
    /// What percentages refer to, in `sample_unit`.
    pub total: i64,
    /// The filters that apply, such as `focus=apiserver`.
    pub active_filters: Vec<String>,
    /// The unit that values are shown in; `minimum` where each takes its own.
    pub display_unit: String,
}

impl Summary {
    /// Says what is looked at. Values are shown in the unit that was asked for.
    pub fn new(selection: &Selection) -> Self {
        let profile = &selection.profile;
        let header = profile.header();
        let text = |id: StringId| (id != StringId::EMPTY).then(|| profile.text(id).into_owned());
        let mapping = profile.mappings().first();
        Self {
            program: profile.program(),
            file: profile.file(),
            build_id: mapping.and_then(|m| text(m.build_id)),
            comments: profile.comments(|comment| !comment.starts_with('#')),
            sample_type: profile.sample_type_name(selection.sample_type).into_owned(),
            sample_unit: selection.sample_unit(),
            doc_url: text(header.doc_url),
            time_nanos: Some(header.time_nanos).filter(|&time| time != 0),
            added_up: profile.added_up(),
            duration_nanos: Some(header.duration_nanos).filter(|&duration| duration != 0),
            total: selection.total,
            active_filters: selection.active_filters.clone(),
            display_unit: selection.unit.clone(),
        }
    }

    /// Says what is looked at. Values are shown in the unit that suits the
    /// smallest one of the graph.
    pub(crate) fn of_graph(selection: &Selection, graph: &CallGraph) -> Self {
        let mut summary = Self::new(selection);
        if graph.nodes().len() > 0 {
            summary.suit(graph.smallest_shown());
        }
        summary
    }

    /// Formats a value of the sample type in the unit that is shown.
    pub fn value(&self, value: i64) -> String {
        unit::label(value, &self.sample_unit, &self.display_unit)
    }

    /// Formats a value's share of the total, with blanks in front as [`unit::percentage`] has them.
    pub fn percentage(&self, value: i64) -> String {
        unit::percentage(value, self.total)
    }

    /// Chooses the unit that suits the smallest of the values shown.
    ///
    /// `smallest` is 0 where nothing is shown that is not 0.
    ///
    /// Source: google/pprof `internal/report/report.go`, `selectOutputUnit`.
    fn suit(&mut self, smallest: i64) {
        if self.display_unit != unit::MINIMUM {
            return;
        }
        let smallest = match smallest {
            0 => self.total,
            smallest => smallest,
        };
        let fitting = |value: i64| unit::scale(value, &self.sample_unit, unit::MINIMUM).1;
        let mut display_unit = fitting(smallest);
        let much_smaller = i128::from(smallest) * 100 < i128::from(self.total);
        if display_unit != fitting(self.total) && much_smaller {
            // A hundred times larger, the smallest still shows as 0.01.
            display_unit = fitting(smallest.saturating_mul(100));
        }
        self.display_unit = match display_unit.is_empty() {
            true => self.sample_unit.clone(),
            false => display_unit,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::fixture::{View, profile_of, view};
    use crate::profile::Mapping;

    const KIB: i64 = 1 << 10;
    const MIB: i64 = 1 << 20;

    /// Which unit the table is in when these are its flats.
    #[track_caller]
    fn check_unit(values: &[i64], expected: &str) {
        let line = |(index, value): (usize, &i64)| format!("f{index} {value}\n");
        let stacks: String = values.iter().enumerate().map(line).collect();
        let unit = view(&stacks).top().summary.display_unit;
        assert_eq!(unit, expected, "{values:?}");
    }

    #[test]
    fn the_unit_suits_the_smallest_row() {
        check_unit(&[9 * KIB * MIB, 5 * MIB], "MB");
        check_unit(&[9 * KIB * MIB, 50 * MIB], "GB");
        check_unit(&[1000 * MIB, 1], "B");
        check_unit(&[1000 * MIB, 11], "kB");
        check_unit(&[-9 * KIB * MIB, -5 * MIB], "MB");
    }

    #[test]
    fn a_row_that_is_not_much_smaller_keeps_its_unit() {
        check_unit(&[64 * KIB, 512], "kB");
        check_unit(&[50 * KIB - 512, 512], "B");
    }

    #[test]
    fn rows_of_0_do_not_decide() {
        check_unit(&[5 * MIB, 0], "MB");
    }

    #[test]
    fn where_no_row_is_shown_each_value_takes_its_own_unit() {
        check_unit(&[0], unit::MINIMUM);
    }

    #[test]
    fn where_flat_is_0_cum_decides() {
        let stacks = format!("main;a {}\nmain;b -{}", 3 * MIB, 3 * MIB - 512);
        assert_eq!(view(&stacks).top().summary.display_unit, "kB");
    }

    #[test]
    fn counts_have_no_other_unit_and_a_wish_is_fulfilled() {
        let objects = || view("main 1000000 1").sample_type("inuse_objects");
        assert_eq!(objects().top().summary.display_unit, "count");
        assert_eq!(objects().top().summary.value(7), "7");
        assert_eq!(objects().unit("B").top().summary.value(7), "7B");
        let kilobytes = view("main 512").unit("kb").top().summary;
        assert_eq!(kilobytes.value(512), "0.50kB");
        assert_eq!(kilobytes.percentage(256), "50.00%");
    }

    #[test]
    fn the_header_says_what_the_file_is() {
        let mut builder = ProfileBuilder::new();
        let mapping = Mapping {
            filename: builder.string("/usr/bin/app"),
            build_id: builder.string("abc"),
            ..Mapping::default()
        };
        builder.mapping(mapping);
        builder.header().comments = ["one", "#two", ""].map(|c| builder.string(c)).into();
        builder.header().doc_url = builder.string("https://go.dev");
        builder.header().time_nanos = 7;
        let view = View::of(profile_of(builder, "main 1 5")).unit("B");
        assert_eq!(
            Summary::new(&view.select()),
            Summary {
                program: Some("app".to_owned()),
                file: Some("app".to_owned()),
                build_id: Some("abc".to_owned()),
                comments: Comments {
                    shown: vec!["one".to_owned(), String::new()],
                    more: 0,
                },
                sample_type: "inuse_space".to_owned(),
                sample_unit: "bytes".to_owned(),
                doc_url: Some("https://go.dev".to_owned()),
                time_nanos: Some(7),
                added_up: 1,
                duration_nanos: None,
                total: 5,
                active_filters: Vec::new(),
                display_unit: "B".to_owned(),
            }
        );
    }
}
