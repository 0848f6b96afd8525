//! The flame graph before it is drawn: every frame with what it holds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use kheap::attribute::Rules;
use kheap::knowledge::Parts;
use kheap::symbol::{self, Symbol};
use kheap::{Granularity, Heap, Summary};

use crate::chains;
use crate::color::part_color;

/// How a flame graph is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FlameOptions {
    /// What stands between the root and the stacks, if anything.
    pub grouping: Grouping,
    /// Whether the frames that allocate come first, and those that they are called by
    /// below them.
    pub reverse: bool,
    /// Whether chains of frames that only pass a call on are shown frame by frame.
    pub all_frames: bool,
    /// Whether stacks that shrank are left out.
    pub drop_negative: bool,
}

kheap::__setters! {
    impl FlameOptions {
        grouping: Grouping,
        reverse: bool,
        all_frames: bool,
        drop_negative: bool,
    }
}

/// What stacks are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Grouping {
    /// By part where more than a third of the bytes is on stacks that Go cut, because
    /// such stacks begin anywhere; else by nothing.
    #[default]
    Auto,
    /// By nothing.
    None,
    /// The part of the program, such as `list-encode`.
    Part,
    /// The Kubernetes kind, such as `ConfigMap`.
    Kind,
}

/// All stacks of a profile as one tree, or of two profiles on top of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flame {
    /// Which profile this is; of two the later one.
    pub summary: Summary,
    /// Whether its bytes have parts: those of a program of Go, and of memory.
    pub has_parts: bool,
    /// Whether there are two values, before and after: with a base, and where a
    /// profile has negative values.
    pub is_differential: bool,
    /// What frames are called.
    pub names: Vec<Name>,
    /// Parts of the program, largest first, then by name.
    pub parts: Vec<Part>,
    /// Callers before their callees, and the callees of each frame widest first,
    /// then by name. The first frame is the root, which is everything.
    pub frames: Vec<Frame>,
    /// Chains that a frame stands for: the names of their functions, as they are met.
    pub chains: Vec<Vec<usize>>,
    /// How many functions call themselves, which is shown as one call.
    pub recursive: usize,
    /// What is on stacks that Go cut, where that is why stacks are put together by part,
    /// in the unit of the sample type.
    pub cut: Option<u64>,
    /// By how much the stacks shrank that are left out, where those are.
    pub dropped: Option<u64>,
    /// What [`trim`](Self::trim) left out.
    pub trimmed: Trimmed,
}

/// What a frame is called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Name {
    /// The whole name; with a base in the form in which two builds agree.
    pub full: String,
    /// The name for a picture, such as `json.(*Encoder).Encode`.
    pub short: String,
    /// The import path, such as `encoding/json`; empty where there is none.
    pub package: String,
}

/// A part of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Such as `list-encode`.
    pub name: String,
    /// What a person reads: `LIST (encode the response)`.
    pub title: String,
    /// Its colour, as SVG writes it.
    pub color: String,
    /// What it holds, before and after together, in the unit of the sample type.
    pub value: u64,
}

/// A frame below its callers. Values are in the unit of the sample type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Position of its caller; `None` for the root.
    pub parent: Option<usize>,
    /// How many callers it has.
    pub depth: usize,
    /// Position of its name.
    pub name: usize,
    /// Position of the part that holds nearly all of it, nine tenths or more; `None` where
    /// it is of several.
    pub part: Option<usize>,
    /// Position of the chain that it stands for.
    pub chain: Option<usize>,
    /// What was held here and below before; 0 without a base.
    pub before: u64,
    /// What is held here and below.
    pub after: u64,
    /// What was held here itself before; 0 without a base.
    pub flat_before: u64,
    /// What is held here itself.
    pub flat_after: u64,
    /// How wide it is drawn: the larger of before and after, stack by stack, so
    /// that what is gone stays visible and callees fit below their callers.
    pub width: u64,
}

/// What was left out for being too narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Trimmed {
    /// How many frames.
    pub frames: usize,
    /// How wide the widest of them is, in the unit of the sample type.
    pub widest: u64,
    /// Whether there were more different frames than are kept in memory, so that the
    /// callees of some went to their callers.
    pub is_full: bool,
}

impl Frame {
    /// What was added since before; negative for what went.
    pub fn delta(&self) -> i64 {
        let delta = i128::from(self.after) - i128::from(self.before);
        delta.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

impl Flame {
    /// Puts the stacks of a heap together.
    ///
    /// Negative values, as in a profile that is itself a difference, count as
    /// before, and make the graph a differential one.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
    /// use kheap_flame::{Flame, FlameOptions};
    ///
    /// let mut builder = ProfileBuilder::new();
    /// builder.sample_type("inuse_space", "bytes");
    /// let [main, load] = ["main.main", "main.load"].map(|name| {
    ///     let function = builder.function(name, "main.go");
    ///     builder.location(None, 0, &[(function, 7)])
    /// });
    /// builder.sample(&[load, main], &[512], &[])?;
    /// let profile = builder.finish();
    /// let sample_type = profile.sample_type("")?;
    /// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    ///
    /// let flame = Flame::new(&Heap::new(selection), &FlameOptions::default());
    /// assert_eq!(flame.folded(), "main.main;main.load 512\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(heap: &Heap, options: &FlameOptions) -> Self {
        let mut tree = Tree::new(Names::AsWritten, options, heap);
        tree.add(heap, Side::After);
        tree.finish(heap)
    }

    /// Puts the stacks of two heaps on top of each other, by names in the
    /// form in which two builds agree.
    ///
    /// Source of that form: [`kheap::symbol::canonical`].
    pub fn compare(before: &Heap, after: &Heap, options: &FlameOptions) -> Self {
        let mut tree = Tree::new(Names::Canonical, options, after);
        tree.is_differential = true;
        tree.add(before, Side::Before);
        tree.add(after, Side::After);
        tree.finish(after)
    }

    /// The name of a frame.
    pub fn name(&self, frame: &Frame) -> &Name {
        &self.names[frame.name]
    }

    /// How wide everything is, in the unit of the sample type.
    pub fn width(&self) -> u64 {
        self.frames[0].width
    }

    /// Leaves out frames narrower than a share of the whole, 0..=1, and then the
    /// narrowest until no more than `most` are left, of equal ones callees first. Callers
    /// keep their width.
    pub fn trim(&mut self, share: f64, most: usize) {
        let least = (self.width() as f64 * share).ceil() as u64;
        let is_wide = |&at: &usize| at == 0 || self.frames[at].width >= least;
        let mut order: Vec<usize> = (0..self.frames.len()).filter(is_wide).collect();
        // The sort is stable: of frames that are equally wide callers come first.
        order.sort_by_key(|&at| Reverse(self.frames[at].width));
        let mut is_kept = vec![false; self.frames.len()];
        for at in order.into_iter().take(most.max(1)) {
            is_kept[at] = true;
        }
        let left_out = self.frames.iter().zip(&is_kept);
        let left_out = left_out.filter(|(_, is_kept)| !**is_kept);
        let widest = left_out.map(|(frame, _)| frame.width).max().unwrap_or(0);
        let mut position = vec![0; self.frames.len()];
        let mut kept: Vec<Frame> = Vec::new();
        for (at, frame) in self.frames.iter().enumerate() {
            if is_kept[at] {
                position[at] = kept.len();
                // A kept frame has a kept caller, which is at least as wide.
                let parent = frame.parent.map(|parent| position[parent]);
                kept.push(Frame { parent, ..*frame });
            }
        }
        self.trimmed.frames += self.frames.len() - kept.len();
        self.trimmed.widest = self.trimmed.widest.max(widest);
        self.frames = kept;
    }
}

/// What is on stacks that Go cut, in the unit of the sample type, where that is more than
/// a third: then too many stacks begin anywhere to be read from the root.
pub fn cut_stacks(heap: &Heap) -> Option<u64> {
    let cut = heap.attribution().cut;
    let cut = [cut.mended, cut.decided, cut.inferred, cut.left];
    let cut: u128 = cut.iter().map(|sum| u128::from(sum.unsigned_abs())).sum();
    let values = heap.values().iter();
    let all: u128 = values.map(|value| u128::from(value.unsigned_abs())).sum();
    (3 * cut > all).then(|| u64::try_from(cut).unwrap_or(u64::MAX))
}

/// Which of two profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// In which form names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    AsWritten,
    Canonical,
}

/// How many different frames are kept at most, each of some 350 bytes: 90 kB of gzip can
/// hold 14 million of them. The dumps here have up to 8,000, and a hundred copies of one
/// some 290,000.
const MOST_NODES: usize = 1 << 20;

/// How many are kept of any profile, besides one for each frame that the profile names.
/// For more it needs large stacks, so that memory stays near to the size of the profile.
const ANY_NODES: usize = 1 << 17;

/// One more is kept for each so many frames of all stacks.
const FRAMES_FOR_A_NODE: usize = 8;

/// The tree while stacks are added. A caller has a smaller position than its
/// callees.
#[derive(Debug)]
struct Tree {
    form: Names,
    options: FlameOptions,
    /// What is on cut stacks, where that decides what stacks are put together by.
    cut: Option<u64>,
    is_differential: bool,
    names: Interned,
    parts: Interned,
    nodes: Vec<Node>,
    callees: HashMap<(usize, usize), usize>,
    /// Names of functions that call themselves, which is not shown.
    recursive: HashSet<usize>,
    /// How many nodes are kept.
    most: usize,
    /// Whether a frame was too many.
    is_full: bool,
}

/// Texts, each once.
#[derive(Debug, Default)]
struct Interned {
    texts: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Interned {
    fn position(&mut self, text: &str) -> usize {
        *self.positions.entry_ref(text).or_insert_with(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        })
    }
}

/// A frame with what was allocated in it itself.
#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    name: usize,
    before: u64,
    after: u64,
    /// What it holds of each part. Most stacks belong to a single one.
    parts: Vec<(usize, u64)>,
    /// The names of the functions that it stands for, each once.
    folded: Vec<usize>,
}

/// How many functions of a chain are named.
const MOST_FOLDED: usize = 100;

/// A frame of a stack while stacks are added.
#[derive(Debug, Clone, Copy)]
struct Step {
    name: usize,
    /// The chain that the function is part of.
    chain: Option<usize>,
}

impl Node {
    fn new(parent: Option<usize>, name: usize) -> Self {
        Self {
            parent,
            name,
            before: 0,
            after: 0,
            parts: Vec::new(),
            folded: Vec::new(),
        }
    }
}

impl Tree {
    fn new(form: Names, options: &FlameOptions, heap: &Heap) -> Self {
        let mut names = Interned::default();
        let root = Node::new(None, names.position("all"));
        let mut tree = Self {
            form,
            options: *options,
            cut: None,
            is_differential: false,
            names,
            parts: Interned::default(),
            nodes: vec![root],
            callees: HashMap::new(),
            recursive: HashSet::new(),
            most: ANY_NODES,
            is_full: false,
        };
        tree.decide_grouping(heap);
        tree
    }

    /// Puts stacks together by part where too many of them begin anywhere. From the
    /// frames that allocate on, all begin where they should.
    fn decide_grouping(&mut self, heap: &Heap) {
        if self.options.grouping != Grouping::Auto {
            return;
        }
        self.cut =
            cut_stacks(heap).filter(|_| !self.options.reverse && heap.profile().is_go_heap());
        self.options.grouping = match self.cut {
            Some(_) => Grouping::Part,
            None => Grouping::None,
        };
    }

    fn add(&mut self, heap: &Heap, side: Side) {
        let attribution = heap.attribution();
        let profile = heap.profile();
        let frames = heap.frames();
        let samples = profile.samples();
        let in_stacks: usize = samples.ids().map(|id| samples.stack(id).len()).sum();
        self.most += frames.len() + in_stacks / FRAMES_FOR_A_NODE;
        self.most = self.most.min(MOST_NODES);
        let mut steps: Vec<Option<Step>> = vec![None; frames.len()];
        let mut stack: Vec<Step> = Vec::new();
        for (id, &value) in profile.samples().ids().zip(heap.values()) {
            // Samples of 0 have no place.
            let Some(place) = attribution.place(id) else {
                continue;
            };
            let part = self.parts.position(&place.part);
            let group = match self.options.grouping {
                Grouping::Auto | Grouping::None => 0,
                Grouping::Kind => self.callee_named(0, &place.kind),
                Grouping::Part => self.callee_named(0, &part_name(heap.rules(), &place.part)),
            };
            stack.clear();
            for &location in profile.samples().stack(id).iter().rev() {
                for &frame in frames.of(location).iter().rev() {
                    let step = *steps[frame.index()].get_or_insert_with(|| {
                        let name = frames.name(profile, frame);
                        self.step(&name, heap.granularity())
                    });
                    stack.push(step);
                }
            }
            let node = self.add_stack(group, &mut stack);
            self.put(node, part, value, side);
        }
    }

    /// Adds a stack, root first, below a node, and returns the node of its last frame.
    fn add_stack(&mut self, group: usize, stack: &mut [Step]) -> usize {
        // What allocates is never folded.
        if let Some(leaf) = stack.last_mut() {
            leaf.chain = None;
        }
        if self.options.reverse {
            stack.reverse();
        }
        let folds = !self.options.all_frames;
        let is_one = |a: &Step, b: &Step| {
            let is_chain = a.chain.is_some() && a.chain == b.chain;
            // A function that calls itself is one frame, too.
            folds && (is_chain || (a.chain.is_none() && b.chain.is_none() && a.name == b.name))
        };
        let mut node = group;
        for run in stack.chunk_by(is_one) {
            let name = match run[0].chain {
                Some(chain) if run.len() > 1 => self.names.position(&chains::title(chain)),
                _ => run[0].name,
            };
            let Some(callee) = self.callee(node, name) else {
                break;
            };
            node = callee;
            match run[0].chain {
                Some(_) if run.len() > 1 => self.note_folded(node, run),
                None if run.len() > 1 => drop(self.recursive.insert(name)),
                _ => {}
            }
        }
        node
    }

    fn note_folded(&mut self, node: usize, run: &[Step]) {
        let folded = &mut self.nodes[node].folded;
        for step in run {
            if folded.len() < MOST_FOLDED && !folded.contains(&step.name) {
                folded.push(step.name);
            }
        }
    }

    fn step(&mut self, name: &str, granularity: Granularity) -> Step {
        // Other names have paths and lines, which are no symbols.
        let folds = !self.options.all_frames && granularity == Granularity::Functions;
        Step {
            name: self.name(name, granularity),
            chain: if folds { chains::chain_of(name) } else { None },
        }
    }

    fn name(&mut self, name: &str, granularity: Granularity) -> usize {
        match self.form {
            // Other names have paths and lines, which are no symbols.
            Names::Canonical if granularity == Granularity::Functions => {
                self.names.position(&symbol::canonical(name))
            }
            _ => self.names.position(name),
        }
    }

    fn callee_named(&mut self, caller: usize, name: &str) -> usize {
        let name = self.names.position(name);
        self.callee(caller, name).unwrap_or(caller)
    }

    /// The node of a callee, or none where it would be one too many.
    fn callee(&mut self, caller: usize, name: usize) -> Option<usize> {
        let most = self.most;
        let Self { callees, nodes, .. } = self;
        match callees.entry((caller, name)) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(_) if nodes.len() >= most => {
                self.is_full = true;
                None
            }
            Entry::Vacant(place) => {
                nodes.push(Node::new(Some(caller), name));
                Some(*place.insert(nodes.len() - 1))
            }
        }
    }

    fn put(&mut self, node: usize, part: usize, value: i64, side: Side) {
        self.is_differential |= value < 0;
        let node = &mut self.nodes[node];
        let sum = match (side, value < 0) {
            (Side::After, false) | (Side::Before, true) => &mut node.after,
            (Side::Before, false) | (Side::After, true) => &mut node.before,
        };
        *sum = sum.saturating_add(value.unsigned_abs());
        add_part(&mut node.parts, part, value.unsigned_abs());
    }

    /// Leaves out what shrank, and says how much that is.
    fn drop_negative(&mut self) -> u64 {
        let mut dropped: u64 = 0;
        let shrunk = self.nodes.iter_mut();
        for node in shrunk.filter(|node| node.after < node.before) {
            dropped = dropped.saturating_add(node.before - node.after);
            (node.before, node.after) = (0, 0);
            node.parts.clear();
        }
        dropped
    }

    fn finish(mut self, heap: &Heap) -> Flame {
        // What is done with is dropped at once: there may be a million of each.
        self.callees = HashMap::new();
        let dropped = match self.options.drop_negative {
            true => Some(self.drop_negative()),
            false => None,
        };
        let mut frames: Vec<Frame> = self.nodes.iter().map(flat_frame).collect();
        let mut callees: Vec<Vec<usize>> = vec![Vec::new(); frames.len()];
        // Going backwards meets a callee before its caller.
        for at in (0..frames.len()).rev() {
            let Some(parent) = frames[at].parent else {
                continue;
            };
            let Frame {
                before,
                after,
                width,
                ..
            } = frames[at];
            let caller = &mut frames[parent];
            caller.before = caller.before.saturating_add(before);
            caller.after = caller.after.saturating_add(after);
            caller.width = caller.width.saturating_add(width);
            callees[parent].push(at);
            let parts = std::mem::take(&mut self.nodes[at].parts);
            for &(part, value) in &parts {
                add_part(&mut self.nodes[parent].parts, part, value);
            }
            self.nodes[at].parts = parts;
        }
        let (parts, ranks) = ranked(
            heap.rules().parts(),
            &self.parts.texts,
            &self.nodes[0].parts,
        );
        let mut chains = Vec::new();
        for (frame, node) in frames.iter_mut().zip(&mut self.nodes) {
            frame.part = leading(&node.parts).map(|part| ranks[part]);
            if !node.folded.is_empty() {
                frame.chain = Some(chains.len());
                chains.push(std::mem::take(&mut node.folded));
            }
        }
        self.nodes = Vec::new();
        Flame {
            summary: Summary::new(heap),
            has_parts: heap.profile().is_go_heap(),
            is_differential: self.is_differential,
            frames: in_order(&frames, &mut callees, &self.names.texts),
            names: self.names.texts.into_iter().map(Name::new).collect(),
            parts,
            chains,
            recursive: self.recursive.len(),
            cut: self.cut,
            dropped,
            trimmed: Trimmed {
                is_full: self.is_full,
                ..Trimmed::default()
            },
        }
    }
}

impl Name {
    fn new(full: String) -> Self {
        let canonical = symbol::canonical(&full);
        let short = symbol::short(&canonical).into_owned();
        let package = Symbol::parse(&canonical).package.to_owned();
        Self {
            full,
            short,
            package,
        }
    }
}

/// A part in words, behind its name for those who filter by it.
fn part_name(rules: &Rules, part: &str) -> String {
    match rules.parts().title(part) {
        title if title == part => part.to_owned(),
        title => format!("{part}: {title}"),
    }
}

fn flat_frame(node: &Node) -> Frame {
    Frame {
        parent: node.parent,
        depth: 0,
        name: node.name,
        part: None,
        chain: None,
        before: node.before,
        after: node.after,
        flat_before: node.before,
        flat_after: node.after,
        width: node.before.max(node.after),
    }
}

fn add_part(parts: &mut Vec<(usize, u64)>, part: usize, value: u64) {
    match parts.iter_mut().find(|(known, _)| *known == part) {
        Some((_, sum)) => *sum = sum.saturating_add(value),
        None => {
            // Most have one alone.
            parts.reserve_exact(1);
            parts.push((part, value));
        }
    }
}

/// The part that has nearly all.
fn leading(parts: &[(usize, u64)]) -> Option<usize> {
    let sum: u128 = parts.iter().map(|&(_, value)| u128::from(value)).sum();
    let leads = |&&(_, value): &&(usize, u64)| is_nearly_all(value, sum);
    parts.iter().find(leads).map(|&(part, _)| part)
}

/// Whether a picture may paint all in the colour of one part.
pub(crate) fn is_nearly_all(value: u64, sum: u128) -> bool {
    u128::from(value) * 10 >= sum * 9 && value > 0
}

/// The parts, largest first, and by old position the new one.
fn ranked(known: &Parts, names: &[String], sums: &[(usize, u64)]) -> (Vec<Part>, Vec<usize>) {
    let sums: BTreeMap<usize, u64> = sums.iter().copied().collect();
    let value = |part: usize| sums.get(&part).copied().unwrap_or(0);
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&part| (Reverse(value(part)), &names[part]));
    let mut ranks = vec![0; names.len()];
    for (rank, &part) in order.iter().enumerate() {
        ranks[part] = rank;
    }
    let part = |&part: &usize| Part {
        name: names[part].clone(),
        title: known.title(&names[part]).to_owned(),
        color: part_color(known, &names[part]).to_owned(),
        value: value(part),
    };
    (order.iter().map(part).collect(), ranks)
}

/// Frames in the order of the picture, from left to right and down.
fn in_order(frames: &[Frame], callees: &mut [Vec<usize>], names: &[String]) -> Vec<Frame> {
    let mut ordered: Vec<Frame> = Vec::with_capacity(frames.len());
    let mut open = vec![(0, None)];
    while let Some((at, parent)) = open.pop() {
        let depth = parent.map_or(0, |parent: usize| ordered[parent].depth + 1);
        let position = ordered.len();
        ordered.push(Frame {
            parent,
            depth,
            ..frames[at]
        });
        let callees = &mut callees[at];
        callees.sort_by_key(|&callee| (Reverse(frames[callee].width), &names[frames[callee].name]));
        open.extend(callees.iter().rev().map(|&callee| (callee, Some(position))));
    }
    ordered
}
