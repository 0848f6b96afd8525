//! What makes two frames one node.

use std::borrow::Cow;
use std::fmt;

use hashbrown::HashMap;

use crate::path;
use crate::profile::{
    Interner, Line, LocationId, OnceEach, Origin, Profile, StringId, Strings, end, range_of,
};

/// How finely frames are distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Granularity {
    /// By function name: the same name in two files is one node.
    #[default]
    Functions,
    /// By function name and source file.
    FileFunctions,
    /// By source file, and by the line on which the function starts.
    Files,
    /// By function name, source file and line number.
    Lines,
    /// By address as well.
    Addresses,
}

crate::__vocabulary! {
    Granularity, "granularity" {
        Functions = "functions",
        FileFunctions = "filefunctions",
        Files = "files",
        Lines = "lines",
        Addresses = "addresses",
    }
}

impl Granularity {
    fn has_name(self) -> bool {
        self != Self::Files
    }

    fn has_file(self) -> bool {
        self != Self::Functions
    }

    fn has_line(self) -> bool {
        matches!(self, Self::Lines | Self::Addresses)
    }
}

/// A node of the graph: frames that are equal at a granularity.
///
/// It knows the profile that it is of, and how its frames are distinguished. [`Frames`]
/// and graphs of that profile take it, all others panic: "node 3 is of another profile".
/// Two ids are equal where their positions are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct NodeId {
    row: u32,
    #[cfg_attr(feature = "serde", serde(skip))]
    origin: Origin,
}

impl NodeId {
    /// Returns the position among the nodes, counted from 0.
    #[inline]
    pub fn index(self) -> usize {
        self.row as usize
    }

    /// Panics where it is not one of these nodes, which `ask` gives.
    #[inline]
    #[track_caller]
    pub(crate) fn check(self, nodes: Origin, ask: &str) {
        self.origin.check(nodes, "node", self.row, ask);
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NodeId").field(&self.row).finish()
    }
}

/// What frames of one node have in common; what the granularity leaves out is
/// empty or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct NodeKey {
    address: u64,
    name: StringId,
    /// Position among the cleaned file names.
    file: StringId,
    line: i64,
    column: i64,
    start_line: i64,
    /// File of the mapping, which counts only where there is no name.
    object: StringId,
}

/// The frames of every location, as nodes.
///
/// Source: google/pprof `profile/profile.go`, `Aggregate`, and
/// `internal/graph/graph.go`, `nodeInfo`.
#[derive(Debug)]
pub struct Frames {
    keys: Vec<NodeKey>,
    files: Strings,
    /// Where the nodes of a location end in `nodes`.
    ends: Vec<u32>,
    nodes: Vec<NodeId>,
    /// Whether a node stands somewhere as an inlined call.
    inlined: Vec<bool>,
    origin: Origin,
    /// The locations of the profile.
    locations: Origin,
}

/// Who gives nodes of frames.
const ASK: &str = "Frames::of";

/// How a frame gets its node.
#[derive(Debug)]
struct FrameBuilder<'p> {
    profile: &'p Profile,
    granularity: Granularity,
    columns: bool,
    files: Interner,
    /// Cleaned file name of each function.
    file_of_function: Vec<StringId>,
    keys: Vec<NodeKey>,
    /// Node of a key that is a name only, by that name.
    by_name: Vec<Option<NodeId>>,
    by_key: HashMap<NodeKey, NodeId>,
    origin: Origin,
}

impl Frames {
    /// Gives every frame its node. Without `inlines` only the function that was
    /// really called is left of a location.
    ///
    /// Nodes are numbered as they are met in the location table.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::frame::{Frames, Granularity};
    ///
    /// let mut builder = kheap::ProfileBuilder::new();
    /// let main = builder.function("main.main", "main.go");
    /// let [a, b] = [7, 9].map(|line| builder.location(None, 0, &[(main, line)]));
    /// let profile = builder.finish();
    /// let functions = Frames::new(&profile, Granularity::Functions, true);
    /// assert_eq!(functions.of(a), functions.of(b));
    /// let lines = Frames::new(&profile, Granularity::Lines, true);
    /// assert_eq!(lines.name(&profile, lines.of(b)[0]), "main.main main.go:9");
    /// ```
    pub fn new(profile: &Profile, granularity: Granularity, inlines: bool) -> Self {
        let mut builder = FrameBuilder::new(profile, granularity, inlines);
        let locations = profile.locations();
        let mut nodes = Vec::with_capacity(locations.lines.len());
        let mut ends = Vec::with_capacity(locations.len());
        for id in locations.ids() {
            let lines = match locations.lines(id) {
                [.., last] if !inlines => std::slice::from_ref(last),
                lines => lines,
            };
            if lines.is_empty() {
                nodes.push(builder.bare_location(id));
            }
            for line in lines {
                let key = builder.key(id, line);
                nodes.push(builder.node(key));
            }
            ends.push(end(nodes.len()));
        }
        let mut frames = Self {
            origin: builder.origin,
            locations: locations.origin,
            inlined: vec![false; builder.keys.len()],
            keys: builder.keys,
            files: builder.files.finish(),
            ends,
            nodes,
        };
        frames.mark_inlined(locations.ids());
        frames
    }

    fn mark_inlined(&mut self, locations: impl Iterator<Item = LocationId>) {
        for id in locations {
            let range = range_of(&self.ends, id.index());
            let inner = range.start..range.end.saturating_sub(1).max(range.start);
            for node in &self.nodes[inner] {
                self.inlined[node.index()] = true;
            }
        }
    }

    /// The nodes of a location, inlined functions first. Never empty.
    #[inline]
    pub fn of(&self, id: LocationId) -> &[NodeId] {
        &self.nodes[range_of(&self.ends, id.index())]
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// All nodes, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let origin = self.origin;
        (0..self.keys.len() as u32).map(move |row| NodeId { row, origin })
    }

    /// Which nodes these are.
    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether the node is an inlined call anywhere.
    ///
    /// # Panics
    ///
    /// As everything does that takes a [`NodeId`]: where it is of another profile, or of
    /// frames that are distinguished otherwise.
    #[track_caller]
    pub fn is_inlined(&self, id: NodeId) -> bool {
        id.check(self.origin, ASK);
        self.inlined[id.index()]
    }

    /// The name as pprof prints it: address, function, `file:line`, as far as the
    /// granularity has them.
    ///
    /// # Panics
    ///
    /// As [`is_inlined`](Self::is_inlined), and where `profile` is another one than these frames
    /// were made of, or than a clone of it.
    #[track_caller]
    pub fn name(&self, profile: &Profile, id: NodeId) -> String {
        id.check(self.origin, ASK);
        assert!(
            self.locations.is(profile.locations().origin),
            "frames are of another profile; make those of this one with `Frames::new`"
        );
        let key = &self.keys[id.index()];
        let mut parts: Vec<String> = Vec::new();
        if key.address != 0 {
            parts.push(format!("{:016x}", key.address));
        }
        if key.name != StringId::EMPTY {
            parts.push(profile.text(key.name).into_owned());
        }
        let file = self.files.text(key.file);
        if key.line != 0 {
            let column = match key.column {
                0 => String::new(),
                column => format!(":{column}"),
            };
            parts.push(format!("{file}:{}{column}", key.line));
        } else if !file.is_empty() {
            parts.push(file.into_owned());
        } else if key.name == StringId::EMPTY {
            parts.push(match key.object {
                StringId::EMPTY => "<unknown>".to_owned(),
                object => format!("[{}]", path::base(&profile.text(object))),
            });
        }
        parts.join(" ")
    }

    /// The function of a node, where the granularity has it and the profile names it.
    pub(crate) fn function<'p>(&self, profile: &'p Profile, id: NodeId) -> Option<Cow<'p, str>> {
        let name = self.keys[id.index()].name;
        (name != StringId::EMPTY).then(|| profile.text(name))
    }

    /// The source file of a node, and the line in it, where the granularity has them.
    pub(crate) fn source(&self, id: NodeId) -> (Option<Cow<'_, str>>, Option<i64>) {
        let key = &self.keys[id.index()];
        let file = Some(self.files.text(key.file)).filter(|file| !file.is_empty());
        (file, Some(key.line).filter(|&line| line != 0))
    }

    /// Orders nodes of equal name and value, so that the order is total.
    pub(crate) fn compare_keys(&self, a: NodeId, b: NodeId) -> std::cmp::Ordering {
        self.keys[a.index()].cmp(&self.keys[b.index()])
    }
}

impl<'p> FrameBuilder<'p> {
    fn new(profile: &'p Profile, granularity: Granularity, inlines: bool) -> Self {
        let mut files = Interner::new();
        let mut file_of_function = Vec::new();
        if granularity.has_file() {
            let functions = profile.functions().iter();
            let mut known = OnceEach::new(profile.strings());
            let mut id = |file: StringId| {
                let id = files.intern(&clean_file(profile.strings().get(file)));
                id.expect("cleaned names are no longer than the profile's strings")
            };
            let files = functions.map(|f| known.get(f.filename, || id(f.filename)));
            file_of_function = files.collect();
        }
        Self {
            profile,
            granularity,
            // Only the finest view has columns, and in pprof only with inlines.
            columns: granularity == Granularity::Addresses && inlines,
            files,
            file_of_function,
            keys: Vec::new(),
            by_name: vec![None; profile.strings().len()],
            by_key: HashMap::new(),
            origin: (profile.locations().origin).view(granularity as u32 * 2 + u32::from(inlines)),
        }
    }

    fn address(&self, id: LocationId) -> u64 {
        match self.granularity {
            Granularity::Addresses => self.profile.locations().address(id),
            _ => 0,
        }
    }

    fn object(&self, id: LocationId) -> StringId {
        let mapping = self.profile.locations().mapping(id);
        mapping.map_or(StringId::EMPTY, |id| self.profile.mapping(id).filename)
    }

    /// The node of a location with an address and no more.
    fn bare_location(&mut self, id: LocationId) -> NodeId {
        self.node(NodeKey {
            address: self.address(id),
            object: self.object(id),
            ..NodeKey::default()
        })
    }

    fn key(&self, id: LocationId, line: &Line) -> NodeKey {
        let function = self.profile.function(line.function);
        let mut key = NodeKey {
            address: self.address(id),
            ..NodeKey::default()
        };
        if self.granularity.has_name() {
            key.name = function.name;
        }
        if self.granularity.has_file() {
            key.file = self.file_of_function[line.function.index()];
        }
        if self.granularity.has_line() {
            key.line = line.line;
        }
        if self.columns {
            key.column = line.column;
        }
        if key.name == StringId::EMPTY {
            key.object = self.object(id);
            key.start_line = function.start_line;
        }
        key
    }

    fn node(&mut self, key: NodeKey) -> NodeId {
        let next = NodeId {
            row: end(self.keys.len()),
            origin: self.origin,
        };
        let is_name = self.granularity == Granularity::Functions && key.name != StringId::EMPTY;
        let id = match is_name {
            true => *self.by_name[key.name.index()].get_or_insert(next),
            false => *self.by_key.entry(key).or_insert(next),
        };
        if id == next {
            self.keys.push(key);
        }
        id
    }
}

/// A file name without the prefix of Bazel's sandbox, and lexically cleaned.
fn clean_file(name: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let prefixes: [&[u8]; 2] = [b"/proc/self/cwd/./", b"/proc/self/cwd/"];
    let stripped = prefixes.into_iter().find_map(|p| name.strip_prefix(p));
    let name = stripped.unwrap_or(name);
    match name {
        b"" => name.into(),
        _ => path::clean(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::fixture::{View, view};

    /// `work` at two places of two binaries.
    const WORK: &str = "app!work@a.go:7:5 1
                        app!work@b.go:8:5 2
                        lib!work@a.go:7:5 4";

    #[track_caller]
    fn check(stacks: &str, granularity: Granularity, expected: &str) {
        view(stacks).granularity(granularity).check_top(expected);
    }

    #[test]
    fn frames_name_nodes_of_clones_of_their_profile() {
        let profile = crate::fixture::profile("main 1");
        let frames = Frames::new(&profile, Granularity::Functions, true);
        let node = frames.ids().next().unwrap();
        assert_eq!(frames.name(&profile.clone(), node), "main");
    }

    #[test]
    #[should_panic(
        expected = "frames are of another profile; make those of this one with \
                               `Frames::new`"
    )]
    fn frames_of_another_profile_are_refused() {
        let [profile, other] = ["main 1", "load 1"].map(crate::fixture::profile);
        let frames = Frames::new(&profile, Granularity::Functions, true);
        frames.name(&other, frames.ids().next().unwrap());
    }

    #[test]
    #[should_panic(expected = "node 0 is of another profile; ask this one with `Frames::of`")]
    fn a_node_of_other_frames_is_refused() {
        let profile = crate::fixture::profile("main 1");
        let [coarse, fine] = [Granularity::Functions, Granularity::Lines]
            .map(|granularity| Frames::new(&profile, granularity, true));
        coarse.is_inlined(fine.ids().next().unwrap());
    }

    #[test]
    fn functions_are_kept_apart_by_name_only() {
        check(
            WORK,
            Granularity::Functions,
            "flat cum function
                7   7  work",
        );
    }

    #[test]
    fn file_functions_are_kept_apart_by_file_as_well() {
        check(
            WORK,
            Granularity::FileFunctions,
            "flat cum function
                5   5  work a.go
                2   2  work b.go",
        );
    }

    #[test]
    fn files_are_kept_apart_by_binary_and_start_line_as_well() {
        check(
            "app!work@a.go:7:5 1
             app!play@a.go:8:5 2
             app!rest@a.go:9:6 4
             lib!work@a.go:7:5 8",
            Granularity::Files,
            "flat cum function
                8   8  a.go
                4   4  a.go
                3   3  a.go",
        );
    }

    #[test]
    fn lines_are_kept_apart_by_number_as_well() {
        check(
            "work@a.go:7 1
             work@a.go:8 2
             main@a.go:7;work@a.go:7 4",
            Granularity::Lines,
            "flat cum function
                5   5  work a.go:7
                2   2  work a.go:8
                0   4  main a.go:7",
        );
    }

    #[test]
    fn addresses_have_16_digits() {
        check(
            WORK,
            Granularity::Addresses,
            "flat cum function
                4   4  0000000000001002 work a.go:7
                2   2  0000000000001001 work b.go:8
                1   1  0000000000001000 work a.go:7",
        );
    }

    #[test]
    fn without_symbols_all_of_a_binary_is_one_node() {
        let stacks = "/usr/bin/app!0x40 1
                      /usr/bin/app!0x50 2
                      0x40 4";
        check(
            stacks,
            Granularity::Functions,
            "flat cum function
                4   4  <unknown>
                3   3  [app]",
        );
        check(
            stacks,
            Granularity::Addresses,
            "flat cum function
                4   4  0000000000000040 <unknown>
                2   2  0000000000000050 [app]
                1   1  0000000000000040 [app]",
        );
    }

    #[test]
    fn a_function_without_name_is_its_line_or_else_its_binary() {
        let check = |granularity, expected| check("app!@a.go:7:5 1", granularity, expected);
        check(Granularity::Functions, "flat cum function\n1 1 [app]");
        check(Granularity::Files, "flat cum function\n1 1 a.go");
        check(Granularity::Lines, "flat cum function\n1 1 a.go:7");
    }

    #[test]
    fn paths_are_cleaned_before_they_are_compared() {
        check(
            "work@a/c.go:7 1
             work@a//./b/../c.go:7 2
             work@/proc/self/cwd/a/c.go:7 4
             work@/proc/self/cwd/./a/c.go:7 8
             work@/a/c.go:7 16",
            Granularity::Lines,
            "flat cum function
               16  16  work /a/c.go:7
               15  15  work a/c.go:7",
        );
    }

    #[test]
    fn without_inlines_a_location_is_the_function_that_was_called() {
        let stacks = "main;work;+fast;+faster 8";
        view(stacks).no_inlines().check_top(
            "flat cum function
                8   8  work
                0   8  main",
        );
        view(stacks).check_top(
            "flat cum function
                8   8  faster (inline)
                0   8  fast (inline)
                0   8  main
                0   8  work",
        );
    }

    #[test]
    fn columns_show_only_in_the_finest_view() {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let function = builder.function("work", "a.go");
        let line = |column| Line {
            function,
            line: 7,
            column,
        };
        for column in [3, 9] {
            let location = builder.add_location(None, 0x10, false, &[line(column)]);
            builder.sample(&[location], &[column], &[]).unwrap();
        }
        let profile = builder.finish();
        let view = |granularity| View::of(profile.clone()).granularity(granularity);
        view(Granularity::Addresses).check_top(
            "flat cum function
                9   9  0000000000000010 work a.go:7:9
                3   3  0000000000000010 work a.go:7:3",
        );
        view(Granularity::Addresses).no_inlines().check_top(
            "flat cum function
               12  12  0000000000000010 work a.go:7",
        );
        view(Granularity::Lines).check_top(
            "flat cum function
               12  12  work a.go:7",
        );
    }
}
