//! The stacks of a profile as canonical functions, each different one once.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::OnceLock;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::profile::{LocationId, Profile, SampleId, end};
use crate::symbol::{self, Symbol};

/// A function by its canonical name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameId(u32);

impl NameId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Canonical names of all functions that stand in locations, each once.
#[derive(Debug)]
pub(crate) struct Names {
    names: Vec<String>,
    /// Where the functions of a location end in `of_locations`.
    ends: Vec<u32>,
    /// Outermost first.
    of_locations: Vec<NameId>,
    /// How much of each name is its package, in bytes, where somebody asked.
    packages: Vec<OnceLock<usize>>,
    /// The names without their packages' paths, where somebody asked.
    short: Vec<OnceLock<String>>,
}

impl Names {
    pub(super) fn of(profile: &Profile) -> Self {
        let mut by_string: Vec<Option<NameId>> = vec![None; profile.strings().len()];
        let mut names = Distinct::default();
        let locations = profile.locations();
        let mut ends = Vec::with_capacity(locations.len());
        let mut of_locations = Vec::new();
        for id in locations.ids() {
            let lines = locations.lines(id);
            for line in lines.iter().rev() {
                let string = profile.function(line.function).name;
                let known = &mut by_string[string.index()];
                let id =
                    known.get_or_insert_with(|| names.id(symbol::canonical(&profile.text(string))));
                of_locations.push(*id);
            }
            if lines.is_empty() {
                of_locations.push(names.id(Cow::Owned(address_name(profile, id))));
            }
            ends.push(end(of_locations.len()));
        }
        Self {
            packages: vec![OnceLock::new(); names.names.len()],
            short: vec![OnceLock::new(); names.names.len()],
            names: names.names,
            ends,
            of_locations,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = NameId> + use<> {
        (0..end(self.names.len())).map(NameId)
    }

    pub(crate) fn name(&self, id: NameId) -> &str {
        &self.names[id.index()]
    }

    /// The package of a function; empty where its name has none. A name is taken apart once,
    /// in however many stacks it stands.
    pub(crate) fn package(&self, id: NameId) -> &str {
        let name = self.name(id);
        let length = || Symbol::parse(name).package.len();
        &name[..*self.packages[id.index()].get_or_init(length)]
    }

    /// The [short](symbol::short) name of a function, which is found once too.
    pub(crate) fn short(&self, id: NameId) -> &str {
        let short = || symbol::short(self.name(id)).into_owned();
        self.short[id.index()].get_or_init(short)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The functions of a location, outermost first.
    pub(super) fn of_location(&self, id: LocationId) -> &[NameId] {
        let start = match id.index() {
            0 => 0,
            index => self.ends[index - 1],
        };
        &self.of_locations[start as usize..self.ends[id.index()] as usize]
    }

    /// Writes the functions of a stack, root first.
    pub(crate) fn write_stack(&self, stack: &[LocationId], out: &mut Vec<NameId>) {
        out.clear();
        for &id in stack.iter().rev() {
            out.extend_from_slice(self.of_location(id));
        }
    }
}

/// The name of code whose function nobody looked up: `[server]+0x2f3a0`, which a
/// symbolizer takes, or the bare address where no mapping has it.
fn address_name(profile: &Profile, id: LocationId) -> String {
    let locations = profile.locations();
    let address = locations.address(id);
    match locations.mapping(id).map(|id| profile.mapping(id)) {
        Some(mapping) => {
            let path = profile.text(mapping.filename);
            let program = crate::path::program(&path);
            let at = address
                .wrapping_sub(mapping.start)
                .wrapping_add(mapping.offset);
            format!("[{program}]+{at:#x}")
        }
        None => format!("{address:#x}"),
    }
}

/// Names, each once.
#[derive(Debug, Default)]
struct Distinct {
    names: Vec<String>,
    /// By the hash of the name.
    ids: HashTable<NameId>,
    hasher: DefaultHashBuilder,
}

impl Distinct {
    fn id(&mut self, name: Cow<'_, str>) -> NameId {
        let Self { names, ids, hasher } = self;
        let hash = |name: &str| hasher.hash_one(name);
        let is_it = |id: &NameId| names[id.index()] == *name;
        match ids.entry(hash(&name), is_it, |id| hash(&names[id.index()])) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let id = NameId(end(names.len()));
                place.insert(id);
                names.push(name.into_owned());
                id
            }
        }
    }
}

/// A stack that some samples have in common.
#[derive(Debug)]
pub(super) struct Stack {
    /// Functions, root first.
    pub(super) frames: Vec<NameId>,
    /// How many addresses that are.
    pub(super) depth: usize,
    /// Sum of the samples' values.
    pub(super) value: i64,
    pub(super) samples: Vec<SampleId>,
}

/// The different stacks among some samples, in the order in which they are met.
/// Values are those that `value` returns.
pub(super) fn stacks(
    profile: &Profile,
    names: &Names,
    samples: impl Iterator<Item = SampleId>,
    value: impl Fn(SampleId) -> i64,
) -> Vec<Stack> {
    let hasher = DefaultHashBuilder::default();
    let mut known: HashTable<usize> = HashTable::new();
    let mut stacks: Vec<Stack> = Vec::new();
    let mut frames = Vec::new();
    for id in samples {
        let locations = profile.samples().stack(id);
        names.write_stack(locations, &mut frames);
        let hash = hasher.hash_one(&frames[..]);
        let equal = |stack: &Stack| stack.depth == locations.len() && stack.frames == frames;
        let position = match known.find(hash, |&position| equal(&stacks[position])) {
            Some(&position) => position,
            None => {
                stacks.push(Stack {
                    frames: frames.clone(),
                    depth: locations.len(),
                    value: 0,
                    samples: Vec::new(),
                });
                let rehash = |&position: &usize| hasher.hash_one(&stacks[position].frames[..]);
                known.insert_unique(hash, stacks.len() - 1, rehash);
                stacks.len() - 1
            }
        };
        let stack = &mut stacks[position];
        stack.value = stack.value.saturating_add(value(id));
        stack.samples.push(id);
    }
    stacks
}
