//! Filters on names: of functions, their files, and mappings.
//!
//! Source: google/pprof `profile/filter.go`.

use super::{Filters, Pattern};
use crate::profile::{Line, LocationId, OnceEach, Profile};

impl Filters {
    /// Applies focus, ignore, hide and show, and names those without a match.
    pub(super) fn apply_names(&self, profile: &mut Profile) -> Vec<&'static str> {
        let Self {
            focus,
            ignore,
            hide,
            show,
            ..
        } = self;
        if [focus, ignore, hide, show].into_iter().all(Option::is_none) {
            return Vec::new();
        }
        let [focus, ignore, hide, show] = [focus, ignore, hide, show].map(|pattern| {
            let pattern = pattern.as_ref()?;
            Some(Matches::of(profile, pattern))
        });
        let matches = LocationMatches::of(profile, focus.as_ref(), ignore.as_ref());
        let mut idle = Vec::new();
        if focus.is_some() && !matches.any(LocationMatch::Focused) {
            idle.push("focus");
        }
        if ignore.is_some() && !matches.any(LocationMatch::Ignored) {
            idle.push("ignore");
        }
        let mut hidden = vec![false; profile.locations.len()];
        if let Some(hide) = &hide
            && !hide_lines(profile, hide, &mut hidden)
        {
            idle.push("hide");
        }
        if let Some(show) = &show
            && !show_lines(profile, show, &mut hidden)
        {
            idle.push("show");
        }
        let hides = hidden.contains(&true);
        profile.samples.narrow(|_, stack, out| {
            out.extend(stack.iter().filter(|id| !hidden[id.index()]));
            matches.keep(stack) && !(hides && stack.iter().all(|id| hidden[id.index()]))
        });
        idle
    }
}

/// What a pattern matches, looked for once in each name, whatever bears it.
#[derive(Debug)]
struct Matches {
    functions: Vec<bool>,
    mappings: Vec<bool>,
}

impl Matches {
    fn of(profile: &Profile, pattern: &Pattern) -> Self {
        let strings = &profile.strings;
        let mut known = OnceEach::new(strings);
        let mut found = |id| known.get(id, || pattern.is_match(strings.get(id)));
        let functions = profile.functions.iter();
        let mappings = profile.mappings.iter();
        Self {
            functions: functions
                .map(|f| found(f.name) || found(f.filename))
                .collect(),
            mappings: mappings.map(|m| found(m.filename)).collect(),
        }
    }

    fn line(&self, line: &Line) -> bool {
        self.functions[line.function.index()]
    }

    fn mapping(&self, profile: &Profile, id: LocationId) -> bool {
        let mapping = profile.locations.mapping(id);
        mapping.is_some_and(|mapping| self.mappings[mapping.index()])
    }

    fn location(&self, profile: &Profile, id: LocationId) -> bool {
        let lines = profile.locations.lines(id);
        lines.iter().any(|line| self.line(line)) || self.mapping(profile, id)
    }
}

/// What focus and ignore make of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LocationMatch {
    Focused,
    Ignored,
    Indifferent,
}

#[derive(Debug)]
struct LocationMatches(Vec<LocationMatch>);

impl LocationMatches {
    /// A location that is ignored is never focused. Without a focus, every
    /// location that is not ignored is.
    fn of(profile: &Profile, focus: Option<&Matches>, ignore: Option<&Matches>) -> Self {
        let of_location = |id| {
            if ignore.is_some_and(|ignore| ignore.location(profile, id)) {
                LocationMatch::Ignored
            } else if focus.is_none_or(|focus| focus.location(profile, id)) {
                LocationMatch::Focused
            } else {
                LocationMatch::Indifferent
            }
        };
        Self(profile.locations.ids().map(of_location).collect())
    }

    fn any(&self, wanted: LocationMatch) -> bool {
        self.0.contains(&wanted)
    }

    fn keep(&self, stack: &[LocationId]) -> bool {
        let has = |wanted| stack.iter().any(|id| self.0[id.index()] == wanted);
        has(LocationMatch::Focused) && !has(LocationMatch::Ignored)
    }
}

/// Removes matching lines, notes which locations are empty then, and says
/// whether any location matched.
fn hide_lines(profile: &mut Profile, hide: &Matches, hidden: &mut [bool]) -> bool {
    let matched: Vec<bool> = (profile.locations.ids())
        .map(|id| hide.location(profile, id))
        .collect();
    let whole: Vec<bool> = (profile.locations.ids())
        .map(|id| hide.mapping(profile, id))
        .collect();
    profile.locations.narrow(|locations, id, out| {
        let before = out.len();
        if !whole[id.index()] {
            out.extend(locations.lines(id).iter().filter(|line| !hide.line(line)));
        }
        hidden[id.index()] |= matched[id.index()] && out.len() == before;
    });
    matched.contains(&true)
}

/// Removes lines that do not match, notes which locations are empty then, and
/// says whether any location matched.
fn show_lines(profile: &mut Profile, show: &Matches, hidden: &mut [bool]) -> bool {
    let whole: Vec<bool> = (profile.locations.ids())
        .map(|id| show.mapping(profile, id))
        .collect();
    let mut any = false;
    profile.locations.narrow(|locations, id, out| {
        let before = out.len();
        let keep = |line: &&Line| whole[id.index()] || show.line(line);
        out.extend(locations.lines(id).iter().filter(keep));
        hidden[id.index()] |= out.len() == before;
        any |= out.len() > before;
    });
    any
}

/// Cuts the root side off, and says whether any location matched.
pub(super) fn show_from(profile: &mut Profile, pattern: &Pattern) -> bool {
    let matches = Matches::of(profile, pattern);
    let whole: Vec<bool> = (profile.locations.ids())
        .map(|id| matches.mapping(profile, id))
        .collect();
    let mut matched = whole.clone();
    profile.locations.narrow(|locations, id, out| {
        let lines = locations.lines(id);
        let last = lines.iter().rposition(|line| matches.line(line));
        match last {
            Some(last) if !whole[id.index()] => {
                matched[id.index()] = true;
                out.extend(&lines[..=last]);
            }
            _ => out.extend(lines),
        }
    });
    profile.samples.narrow(|_, stack, out| {
        let outermost = stack.iter().rposition(|id| matched[id.index()]);
        out.extend(outermost.map_or(&[][..], |index| &stack[..=index]));
        outermost.is_some()
    });
    matched.contains(&true)
}
