//! Which samples, and which frames of them, are looked at.
//!
//! Filters work on locations, as pprof's do: a name filter matches a function's
//! name, its file, or the file of the mapping.
//!
//! Source: google/pprof `profile/filter.go`, `profile/prune.go`.

mod classes;
mod light;
mod name;
mod pattern;
mod prune;
mod re2;
mod tag;

#[cfg(feature = "diagnose")]
pub(crate) use light::{automaton, steps};
#[cfg(feature = "diagnose")]
pub(crate) use pattern::check;
pub use pattern::{Pattern, PatternError, PatternFault};
pub(crate) use prune::drop_frames;
pub use tag::{TagFilter, TagFilterError};

use crate::profile::{LabelUnits, Profile};

/// All filters; one that is `None` lets everything pass.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Filters {
    /// Keeps samples with a matching location: the name of a function in it, its file, or that of
    /// its mapping. So the name of the program matches all. A full name, such as `^main\.load$`,
    /// matches functions alone. To keep what lies below a function without its callers, see
    /// [`show_from`](Self::show_from).
    pub focus: Option<Pattern>,
    /// Drops samples with a matching location.
    pub ignore: Option<Pattern>,
    /// Removes matching lines.
    pub hide: Option<Pattern>,
    /// Removes lines that do not match.
    pub show: Option<Pattern>,
    /// Removes what is rootward of the outermost match; drops samples without.
    pub show_from: Option<Pattern>,
    /// Removes what is leafward of the match nearest to the leaf. Looks at
    /// function names only.
    pub prune_from: Option<Pattern>,
    /// Keeps samples with a matching label.
    pub tag_focus: Option<TagFilter>,
    /// Drops samples with a matching label.
    pub tag_ignore: Option<TagFilter>,
}

crate::__setters! {
    impl Filters {
        focus: impl Into<Option<Pattern>>,
        ignore: impl Into<Option<Pattern>>,
        hide: impl Into<Option<Pattern>>,
        show: impl Into<Option<Pattern>>,
        show_from: impl Into<Option<Pattern>>,
        prune_from: impl Into<Option<Pattern>>,
        tag_focus: impl Into<Option<TagFilter>>,
        tag_ignore: impl Into<Option<TagFilter>>,
    }
}

impl Filters {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        let names = [
            &self.focus,
            &self.ignore,
            &self.hide,
            &self.show,
            &self.show_from,
            &self.prune_from,
        ];
        let tags = [&self.tag_focus, &self.tag_ignore];
        names.iter().all(|name| name.is_none()) && tags.iter().all(|tag| tag.is_none())
    }

    /// The filters that are set and that pprof lists in its header, in its
    /// order and spelling, such as `focus=apiserver`.
    pub fn active(&self) -> Vec<String> {
        let pattern = |pattern: &Option<Pattern>| pattern.as_ref().map(|p| p.as_str().to_owned());
        let tag = |tag: &Option<TagFilter>| tag.as_ref().map(TagFilter::to_string);
        let all = [
            ("focus", pattern(&self.focus)),
            ("ignore", pattern(&self.ignore)),
            ("hide", pattern(&self.hide)),
            ("show", pattern(&self.show)),
            ("show_from", pattern(&self.show_from)),
            ("tagfocus", tag(&self.tag_focus)),
            ("tagignore", tag(&self.tag_ignore)),
        ];
        let set = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        set.map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Reduces a profile to what the filters leave, and returns the names of those
    /// that matched nothing, like their fields here and in their order.
    ///
    /// `units` are those of the labels before, for ranges of numbers. Samples keep
    /// their order, and their ids change.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::filter::{Filters, Pattern};
    ///
    /// let mut builder = kheap::ProfileBuilder::new();
    /// let main = builder.function("main.main", "main.go");
    /// let location = builder.location(None, 0, &[(main, 7)]);
    /// builder.sample(&[location], &[], &[])?;
    /// let mut profile = builder.finish();
    /// let units = profile.label_units();
    /// let filters = Filters::default().focus(Pattern::new("load")?);
    /// assert_eq!(filters.apply(&mut profile, &units), ["focus"]);
    /// assert!(profile.samples().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: google/pprof `internal/driver/driver_focus.go`, `applyFocus`.
    pub fn apply(&self, profile: &mut Profile, units: &LabelUnits) -> Vec<&'static str> {
        let mut idle = self.apply_names(profile);
        if let Some(pattern) = &self.show_from
            && !name::show_from(profile, pattern)
        {
            idle.push("show_from");
        }
        idle.extend(self.apply_tags(profile, units));
        // pprof is silent on this one.
        if let Some(pattern) = &self.prune_from
            && !prune::prune_from(profile, pattern)
        {
            idle.push("prune_from");
        }
        idle
    }

    fn apply_tags(&self, profile: &mut Profile, units: &LabelUnits) -> Vec<&'static str> {
        let (mut focused_any, mut ignored_any) = (false, false);
        let mut keep = vec![true; profile.samples.len()];
        let matches = |filter: &TagFilter| filter.matches(profile, units);
        let focus = self.tag_focus.as_ref().map(matches);
        let ignore = self.tag_ignore.as_ref().map(matches);
        for (at, keep) in keep.iter_mut().enumerate() {
            let focused = focus.as_ref().is_none_or(|focus| focus[at]);
            let ignored = ignore.as_ref().is_some_and(|ignore| ignore[at]);
            focused_any |= focused;
            ignored_any |= ignored;
            *keep = focused && !ignored;
        }
        profile.samples.retain(|id| keep[id.index()]);
        let mut idle = Vec::new();
        if self.tag_focus.is_some() && !focused_any {
            idle.push("tag_focus");
        }
        if self.tag_ignore.is_some() && !ignored_any {
            idle.push("tag_ignore");
        }
        idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{View, view};
    use crate::selection::Warning;

    const STACKS: &str = "app!main@main.go;app!list@list.go 1
                          app!main@main.go;lib!read@io.go 2
                          4";

    fn pattern(text: &str) -> Option<Pattern> {
        Some(Pattern::new(text).unwrap())
    }

    fn tag(text: &str) -> Option<TagFilter> {
        Some(TagFilter::new(text).unwrap())
    }

    fn focus(stacks: &str, text: &str) -> View {
        view(stacks).filters(|filters| filters.focus = pattern(text))
    }

    fn ignore(stacks: &str, text: &str) -> View {
        view(stacks).filters(|filters| filters.ignore = pattern(text))
    }

    fn hide(stacks: &str, text: &str) -> View {
        view(stacks).filters(|filters| filters.hide = pattern(text))
    }

    fn show(stacks: &str, text: &str) -> View {
        view(stacks).filters(|filters| filters.show = pattern(text))
    }

    fn show_from(stacks: &str, text: &str) -> View {
        view(stacks).filters(|filters| filters.show_from = pattern(text))
    }

    #[test]
    fn without_filters_all_stays() {
        view(STACKS).check_stacks(STACKS);
    }

    #[test]
    fn focus_matches_a_function_its_file_or_its_mapping() {
        let list = "app!main@main.go;app!list@list.go 1";
        let read = "app!main@main.go;lib!read@io.go 2";
        focus(STACKS, "^list$").check_stacks(list);
        focus(STACKS, "io.go").check_stacks(read);
        focus(STACKS, "lib").check_stacks(read);
        focus(STACKS, "app").check_stacks(&format!("{list}\n{read}"));
        focus(STACKS, "List").check_stacks("");
    }

    #[test]
    fn focus_matches_any_line_of_a_location() {
        focus("main;work;+fast 1", "work").check_stacks("main;work;+fast 1");
    }

    #[test]
    fn ignore_drops_the_whole_stack() {
        ignore(STACKS, "read").check_stacks("app!main@main.go;app!list@list.go 1");
        ignore(STACKS, "app").check_stacks("");
    }

    #[test]
    fn what_is_ignored_is_never_focused() {
        let both = view("main;a 1").filters(|filters| {
            (filters.focus, filters.ignore) = (pattern("a$"), pattern("a$"));
        });
        let selection = both.select();
        assert_eq!(selection.warnings(), [Warning::IdleFilter("focus")]);
        assert!(selection.profile().samples().is_empty());
    }

    #[test]
    fn without_frames_nothing_passes_a_name_filter_that_all_others_pass() {
        for filtered in [
            focus("1", "."),
            ignore("1", "x"),
            hide("1", "x"),
            show("1", "."),
            show_from("1", "."),
        ] {
            filtered.check_stacks("");
        }
        view("1")
            .filters(|f| f.prune_from = pattern("."))
            .check_stacks("1");
        view("1")
            .filters(|f| f.tag_ignore = tag("x"))
            .check_stacks("1");
    }

    #[test]
    fn hide_takes_lines_then_empty_locations_then_empty_stacks() {
        let stacks = "main;work;+fast;leaf 1
                      fast               2";
        hide(stacks, "fast|leaf").check_stacks("main;work 1");
        hide(stacks, "work").check_stacks(
            "main;fast;leaf 1
             fast           2",
        );
    }

    #[test]
    fn hide_takes_all_lines_of_a_matching_mapping_and_leaves_other_bare_locations() {
        hide("main;lib!read;+copy;lib!0x40;0x50;leaf 1", "lib").check_stacks("main;0x50;leaf 1");
    }

    #[test]
    fn show_leaves_only_what_matches() {
        let stacks = "main;work;+fast;leaf 1
                      other              2";
        show(stacks, "work|leaf").check_stacks("work;leaf 1");
    }

    #[test]
    fn show_takes_locations_without_lines_even_of_a_matching_mapping() {
        show("main;lib!read;+copy;lib!0x40 1", "lib").check_stacks("lib!read;+copy 1");
    }

    #[test]
    fn hide_and_show_work_together() {
        let both = view("main;a;b;c 1").filters(|filters| {
            (filters.hide, filters.show) = (pattern("b"), pattern("a$|b|c"));
        });
        both.check_stacks("a;c 1");
    }

    #[test]
    fn show_from_starts_at_the_outermost_match() {
        show_from(
            "init;main;a;b;a;c 1
             main;c            2",
            "a$",
        )
        .check_stacks("a;b;a;c 1");
        show_from("app!main;lib!a;app!b;lib!c 1", "lib").check_stacks("lib!a;app!b;lib!c 1");
        show_from("main;lib!a;+libfast;b 1", "lib").check_stacks("lib!a;+libfast;b 1");
    }

    #[test]
    fn show_from_cuts_a_location_wherever_it_occurs() {
        show_from(
            "main;work;+fast;leaf 1
             fast;work;+fast;leaf 2",
            "fast",
        )
        .check_stacks(
            "fast;leaf      1
             fast;fast;leaf 2",
        );
    }

    #[test]
    fn prune_from_ends_at_the_match_nearest_to_the_leaf() {
        let prune = |stacks, text: &str| view(stacks).filters(|f| f.prune_from = pattern(text));
        prune("main;a;b;a;c 1", "a$").check_stacks("main;a;b;a 1");
        prune("main;a;+b;+c;d 1", "b").check_stacks("main;a;+b 1");
        prune("app!main@main.go;app!b 1", "app|main.go").check_stacks("app!main@main.go;app!b 1");
        prune("main;v1.(*Pod).Unmarshal;grow 1", "Unmarshal")
            .check_stacks("main;v1.(*Pod).Unmarshal;grow 1");
        prune("main;v1.(*Pod).Unmarshal;grow 1", "^v1.$")
            .check_stacks("main;v1.(*Pod).Unmarshal 1");
    }

    #[test]
    fn tag_filters_look_at_labels_in_their_units() {
        let stacks = "main 1 bytes=16 verb=LIST
                      main 2 bytes=64 verb=LIST
                      main 4 bytes=64 verb=GET
                      main 8";
        let both = view(stacks).filters(|filters| {
            (filters.tag_focus, filters.tag_ignore) = (tag("bytes=32b:"), tag("verb=GET"));
        });
        both.check_stacks("main 2 bytes=64 verb=LIST");
    }

    #[test]
    fn filters_without_a_match_are_reported() {
        let all = view("main 1").filters(|filters| {
            *filters = Filters {
                focus: pattern("x"),
                ignore: pattern("x"),
                hide: pattern("x"),
                show: pattern("x"),
                show_from: pattern("x"),
                prune_from: pattern("x"),
                tag_focus: tag("x"),
                tag_ignore: tag("x"),
            };
        });
        let selection = all.select();
        let names = "focus ignore hide show show_from tag_focus tag_ignore prune_from".split(' ');
        let expected: Vec<_> = names.map(Warning::IdleFilter).collect();
        assert_eq!(selection.warnings(), expected);
        let active = "focus ignore hide show show_from tagfocus tagignore".split(' ');
        let expected: Vec<_> = active.map(|name| format!("{name}=x")).collect();
        assert_eq!(selection.active_filters, expected);
    }

    #[test]
    fn filters_that_match_are_not_reported() {
        for filtered in [focus(STACKS, "list"), hide(STACKS, "list")] {
            assert_eq!(filtered.select().warnings(), []);
        }
    }
}
