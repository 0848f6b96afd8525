//! Takes one dump after the other into the tables of a model.

use std::borrow::Cow;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use kheap::diagnose::{Diagnosis, Severity};
use kheap::knowledge::Parts;
use kheap::profile::{LabelValue, LocationId, MappingId, SampleId, SampleTypeId};
use kheap::{Attribution, Granularity, Heap, Profile, symbol};
use kheap_flame::{chains, part_color};
use kheap_text::diagnosis::Known;
use kheap_text::finding;

use super::draft::{DraftNode, DraftRow};
use super::{
    Chain, Finding, Functions, Model, Nodes, Part, Place, Rows, SampleType, Snapshot, trim,
};
use crate::anchor::anchor;

/// Up to here JavaScript adds whole numbers without rounding.
const LARGEST_EXACT: u128 = 1 << 53;

/// How many frames are kept while dumps are added, each of some 60 bytes: 90 kB of gzip
/// can hold 14 million of them.
const MOST_BUILT: usize = 1 << 20;

/// What a frame has before it is below any caller: no node is its own caller.
const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// A model while dumps are added to it.
#[derive(Debug)]
pub struct ModelBuilder {
    types: Vec<SampleType>,
    snapshots: Vec<Snapshot>,
    strings: Vec<String>,
    string_ids: HashMap<String, u32>,
    functions: Functions,
    function_ids: HashMap<Named, u32>,
    frames: Vec<Frame>,
    frame_ids: HashMap<Frame, u32>,
    nodes: Vec<DraftNode>,
    /// By caller and frame.
    node_ids: HashMap<(u32, u32), u32>,
    /// By frame: the caller below which it was found last, and its node there. Stacks that
    /// follow each other have much in common.
    last_nodes: Vec<(u32, u32)>,
    rows: Vec<DraftRow>,
    row_ids: HashMap<RowKey, u32>,
    /// What the rows hold, by snapshot and sample type: as many as had any by then.
    values: Vec<Vec<i64>>,
    /// The row of stacks for which there were too many frames.
    rest: Option<u32>,
    /// By sample of the newest dump: its row.
    last: Vec<Option<u32>>,
    places: Vec<Place>,
    place_ids: HashMap<Place, u32>,
    exact: bool,
}

/// What makes two functions one: label, name, file and binary.
type Named = [u32; 4];

/// What is called: a function at a line, or a function inlined into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Frame {
    function: u32,
    line: i64,
    inlined: bool,
}

/// What makes two samples one row: stack, mended stack, size and place.
type RowKey = (u32, u32, i64, u32);

impl Default for ModelBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ModelBuilder {
    /// A model of no dump yet.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use kheap::{DiagnoseOptions, Heap, Selection, SelectionOptions, diagnose};
    /// use kheap_report::{Known, ModelBuilder};
    ///
    /// let profile = kheap::decode(&std::fs::read("heap.pb.gz")?)?;
    /// let sample_type = profile.sample_type("inuse_space")?;
    /// let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    /// let heap = Heap::new(selection);
    /// let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
    /// let mut builder = ModelBuilder::new();
    /// builder.add(&heap, "heap.pb.gz", None);
    /// let model = builder.finish(&heap, &diagnosis, &Known::default());
    /// println!("{} bytes", model.json().len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        let root = DraftNode {
            caller: 0,
            function: 0,
            line: 0,
            inlined: false,
        };
        let mut builder = Self {
            types: Vec::new(),
            snapshots: Vec::new(),
            strings: Vec::new(),
            string_ids: HashMap::new(),
            functions: Functions::default(),
            function_ids: HashMap::new(),
            frames: Vec::new(),
            frame_ids: HashMap::new(),
            nodes: vec![root],
            node_ids: HashMap::new(),
            last_nodes: Vec::new(),
            rows: Vec::new(),
            row_ids: HashMap::new(),
            values: Vec::new(),
            rest: None,
            last: Vec::new(),
            places: Vec::new(),
            place_ids: HashMap::new(),
            exact: true,
        };
        builder.string("");
        builder
    }

    /// Adds a dump, later than those before.
    pub fn add(&mut self, heap: &Heap<'_>, name: &str, time: Option<String>) {
        let profile = heap.profile();
        if self.types.is_empty() {
            self.types = sample_types(profile);
        }
        let columns = self.columns(profile);
        self.exact &= columns.iter().flatten().all(|&id| is_exact(profile, id));
        let total = |id: &Option<SampleTypeId>| match id {
            Some(id) if *id == heap.sample_type() => heap.total(),
            Some(id) => profile.total(*id),
            None => 0,
        };
        self.snapshots.push(Snapshot {
            name: name.to_owned(),
            time,
            totals: columns.iter().map(total).collect(),
        });
        self.values.extend(columns.iter().map(|_| Vec::new()));
        let places = self.places_of(heap);
        let mut stacks = Stacks::new(profile);
        let mended = mended(heap);
        let mut mended_stacks = mended.as_ref().map(|(mended, _)| Stacks::new(mended));
        self.last = vec![None; profile.samples().len()];
        let value_columns = columns.iter().map(|id| id.map(|id| profile.values(id)));
        let value_columns: Vec<Option<&[i64]>> = value_columns.collect();
        let mut values = Vec::with_capacity(columns.len());
        for id in profile.samples().ids() {
            values.clear();
            let value_of = |column: &Option<&[i64]>| column.map_or(0, |column| column[id.index()]);
            values.extend(value_columns.iter().map(value_of));
            if values.iter().any(|&value| value != 0) {
                let node = self.node(&mut stacks, profile, profile.samples().stack(id));
                let mended = match (&mended, &mut mended_stacks) {
                    (Some((mended, changed)), Some(stacks)) => match changed[id.index()] {
                        Some(id) => self.node(stacks, mended, mended.samples().stack(id)),
                        None => node,
                    },
                    _ => node,
                };
                let size = size_of(profile, id, stacks.size_label);
                let row = self.row(node.zip(mended), size, places[id.index()]);
                self.count(row, &values);
                self.last[id.index()] = Some(row);
            }
        }
    }

    /// The model, whose last dump was `heap`, and was diagnosed. `known` fills in what
    /// findings say to do.
    pub fn finish(mut self, heap: &Heap<'_>, diagnosis: &Diagnosis, known: &Known<'_>) -> Model {
        let findings = self.findings(diagnosis, known);
        for column in &mut self.values {
            column.resize(self.rows.len(), 0);
        }
        let shown = heap.profile().sample_type_name(heap.sample_type());
        let shown = self
            .types
            .iter()
            .position(|of| of.name == *shown)
            .unwrap_or(0);
        let parts = self.parts(shown, heap.rules().parts());
        let mut model = Model {
            schema: "kheap.model/1",
            program: diagnosis.program.clone().unwrap_or_default(),
            shown,
            parts,
            findings,
            nodes: Nodes::default(),
            rows: Rows::default(),
            chains: Vec::new(),
            cut_stacks: kheap_flame::cut_stacks(heap),
            trimmed: 0,
            cut: false,
            types: self.types,
            snapshots: self.snapshots,
            strings: self.strings,
            functions: self.functions,
            places: self.places,
            exact: self.exact,
        };
        trim::fill(&mut model, &self.nodes, &self.rows, &self.values, self.rest);
        model.chains = chains_of(&model);
        model
    }

    /// Which sample type of the profile each of the model's is.
    fn columns(&self, profile: &Profile) -> Vec<Option<SampleTypeId>> {
        let find = |wanted: &SampleType| profile.exact_sample_type(&wanted.name);
        self.types.iter().map(find).collect()
    }

    /// Where each sample belongs. What is judged decides; stacks without a value in it
    /// belong where they do by what they have.
    fn places_of(&mut self, heap: &Heap<'_>) -> Vec<u32> {
        let profile = heap.profile();
        let mut places = vec![None; profile.samples().len()];
        self.put_places(heap.attribution(), &mut places);
        let mut others: Vec<SampleTypeId> = profile.sample_type_ids().collect();
        others.sort_by_key(|&id| !profile.sample_type_name(id).ends_with("_space"));
        for id in others {
            let values = profile.values(id);
            let mut values = places.iter().zip(values);
            if values.any(|(place, &value)| place.is_none() && value != 0) {
                self.put_places(heap.in_type(id).attribution(), &mut places);
            }
        }
        let nowhere = self.place(&kheap::attribute::Place::default());
        let places = places.into_iter();
        places.map(|place| place.unwrap_or(nowhere)).collect()
    }

    fn put_places(&mut self, attribution: &Attribution, places: &mut [Option<u32>]) {
        let ids: Vec<u32> = attribution
            .places
            .iter()
            .map(|place| self.place(place))
            .collect();
        for (place, found) in places.iter_mut().zip(&attribution.of_sample) {
            *place = place.or(found.map(|position| ids[position as usize]));
        }
    }

    fn place(&mut self, place: &kheap::attribute::Place) -> u32 {
        let wanted = Place {
            part: place.part.clone(),
            verb: place.verb.clone(),
            kind: place.kind.clone(),
        };
        if let Some(&known) = self.place_ids.get(&wanted) {
            return known;
        }
        let id = small(self.places.len());
        self.places.push(wanted.clone());
        self.place_ids.insert(wanted, id);
        id
    }

    /// The row of a stack, mended and not; that of the rest where there is none.
    fn row(&mut self, nodes: Option<(u32, u32)>, size: i64, place: u32) -> u32 {
        let next = small(self.rows.len());
        let row = match nodes {
            Some((node, mended)) => {
                let key = (node, mended, size, place);
                *self.row_ids.entry(key).or_insert(next)
            }
            None => *self.rest.get_or_insert(next),
        };
        let (node, mended) = nodes.unwrap_or_default();
        if row == next {
            self.rows.push(DraftRow {
                node,
                mended,
                size,
                place,
            });
        }
        row
    }

    /// Adds values of the newest snapshot to a row.
    fn count(&mut self, row: u32, values: &[i64]) {
        let start = (self.snapshots.len() - 1) * self.types.len();
        let row = row as usize;
        for (column, value) in self.values[start..].iter_mut().zip(values) {
            if column.len() <= row {
                column.resize(row + 1, 0);
            }
            column[row] = column[row].saturating_add(*value);
        }
    }

    /// The node of a stack's leaf; none where there would be too many.
    fn node(
        &mut self,
        stacks: &mut Stacks,
        profile: &Profile,
        stack: &[LocationId],
    ) -> Option<u32> {
        let mut caller = 0;
        for &location in stack.iter().rev() {
            for &frame in stacks.frames(self, profile, location) {
                caller = self.callee(caller, frame)?;
            }
        }
        Some(caller)
    }

    /// The node of a frame below a caller.
    fn callee(&mut self, caller: u32, frame: u32) -> Option<u32> {
        let (known, node) = self.last_nodes[frame as usize];
        if known == caller {
            return Some(node);
        }
        let next = small(self.nodes.len());
        let node = match self.node_ids.entry((caller, frame)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) if self.nodes.len() >= MOST_BUILT => return None,
            Entry::Vacant(new) => {
                let Frame {
                    function,
                    line,
                    inlined,
                } = self.frames[frame as usize];
                self.nodes.push(DraftNode {
                    caller,
                    function,
                    line,
                    inlined,
                });
                *new.insert(next)
            }
        };
        self.last_nodes[frame as usize] = (caller, node);
        Some(node)
    }

    fn frame(&mut self, frame: Frame) -> u32 {
        let next = small(self.frames.len());
        let id = *self.frame_ids.entry(frame).or_insert(next);
        if id == next {
            self.frames.push(frame);
            self.last_nodes.push(NOWHERE);
        }
        id
    }

    fn string(&mut self, text: &str) -> u32 {
        let next = small(self.strings.len());
        let id = *self.string_ids.entry_ref(text).or_insert(next);
        if id == next {
            self.strings.push(text.to_owned());
        }
        id
    }

    fn function(&mut self, named: [&str; 4], is_bare: bool) -> u32 {
        if let [Some(label), Some(name), Some(file), Some(binary)] =
            named.map(|text| self.string_ids.get(text))
            && let Some(&known) = (self.function_ids).get(&[*label, *name, *file, *binary])
        {
            return known;
        }
        let canonical = self.string(&symbol::canonical(named[0]));
        let ids: Named = named.map(|text| self.string(text));
        let next = small(self.functions.label.len());
        let id = *self.function_ids.entry(ids).or_insert(next);
        if id == next {
            let columns = &mut self.functions;
            let [label, name, file, binary] = ids;
            columns.label.push(label);
            columns.name.push(name);
            columns.file.push(file);
            columns.binary.push(binary);
            columns.canonical.push(canonical);
            if is_bare {
                columns.bare.push(id);
            }
        }
        id
    }

    /// The findings that a report shows, and the rows of their samples.
    fn findings(&self, diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<Finding> {
        let shown = diagnosis.findings.iter();
        let shown = shown.filter(|finding| finding.severity > Severity::Info);
        let findings = shown.map(|finding| {
            let rows = finding.samples.iter();
            let mut rows: Vec<u32> = rows.filter_map(|id| self.last[id.index()]).collect();
            rows.sort_unstable();
            rows.dedup();
            Finding {
                anchor: anchor(diagnosis, finding),
                title: finding.title.clone(),
                severity: finding.severity.name(),
                about: finding::about(diagnosis, finding),
                steps: (finding.remedy.iter())
                    .map(|step| known.fill_in_for(diagnosis, finding, &step.text))
                    .filter(|step| !step.is_empty())
                    .collect(),
                rows,
            }
        });
        findings.collect()
    }

    /// Parts by what they have at last, with their colours.
    fn parts(&self, shown: usize, known: &Parts) -> Vec<Part> {
        let column = (self.snapshots.len().max(1) - 1) * self.types.len() + shown;
        let mut sums: Vec<(u128, &str)> = Vec::new();
        let values = self.values.get(column).into_iter().flatten();
        for (row, value) in self.rows.iter().zip(values) {
            let part = &*self.places[row.place as usize].part;
            let value = value.unsigned_abs();
            match sums.iter_mut().find(|(_, known)| *known == part) {
                Some((sum, _)) => *sum += u128::from(value),
                None => sums.push((value.into(), part)),
            }
        }
        sums.sort_unstable_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.cmp(other)));
        let parts = sums.into_iter().map(|(_, id)| Part {
            id: id.to_owned(),
            title: known.title(id).to_owned(),
            color: part_color(known, id).to_owned(),
        });
        parts.collect()
    }
}

/// The chains that functions of a model are part of.
fn chains_of(model: &Model) -> Vec<Chain> {
    let mut found: Vec<Chain> = Vec::new();
    let mut positions: HashMap<usize, usize> = HashMap::new();
    for (function, &label) in model.functions.label.iter().enumerate() {
        let Some(chain) = chains::chain_of(&model.strings[label as usize]) else {
            continue;
        };
        let position = *positions.entry(chain).or_insert_with(|| {
            found.push(Chain {
                title: chains::title(chain),
                functions: Vec::new(),
            });
            found.len() - 1
        });
        found[position].functions.push(small(function));
    }
    found
}

/// The frames of a profile's locations as functions of the model, each found once.
#[derive(Debug)]
struct Stacks {
    frames: kheap::frame::Frames,
    /// By location: frames, outermost first.
    known: Vec<Option<Vec<u32>>>,
    /// By function: the mapping of a location that has it, and what it is in the model.
    functions: Vec<Option<(Option<MappingId>, u32)>>,
    /// Where the label of object sizes stands among the strings.
    size_label: Option<usize>,
}

impl Stacks {
    fn new(profile: &Profile) -> Self {
        Self {
            frames: kheap::frame::Frames::new(profile, Granularity::Functions, true),
            known: vec![None; profile.locations().len()],
            functions: vec![None; profile.functions().len()],
            size_label: profile.strings().iter().position(|text| text == b"bytes"),
        }
    }

    fn frames(&mut self, builder: &mut ModelBuilder, profile: &Profile, id: LocationId) -> &[u32] {
        let (frames, functions) = (&self.frames, &mut self.functions);
        self.known[id.index()].get_or_insert_with(|| {
            let lines = profile.locations().lines(id);
            let mapping = profile.locations().mapping(id);
            let labels = frames.of(id);
            let outermost = labels.len().saturating_sub(1);
            let mut found = Vec::with_capacity(labels.len());
            for (position, &node) in labels.iter().enumerate() {
                let inlined = position != outermost;
                let Some(line) = lines.get(position) else {
                    let label = frames.name(profile, node);
                    let named = [&*label, "", "", &*binary(profile, mapping)];
                    let function = builder.function(named, true);
                    found.push(builder.frame(Frame {
                        function,
                        line: 0,
                        inlined,
                    }));
                    continue;
                };
                let known = &mut functions[line.function.index()];
                let function = match *known {
                    Some((its, function)) if its == mapping => function,
                    _ => {
                        let label = frames.name(profile, node);
                        let function = profile.function(line.function);
                        let [name, file] =
                            [function.name, function.filename].map(|id| profile.text(id));
                        let named = [&*label, &*name, &*file, &*binary(profile, mapping)];
                        builder.function(named, false)
                    }
                };
                *known = Some((mapping, function));
                found.push(builder.frame(Frame {
                    function,
                    line: line.line,
                    inlined,
                }));
            }
            found.reverse();
            found
        })
    }
}

/// The name of the binary that a mapping is of.
fn binary(profile: &Profile, mapping: Option<MappingId>) -> Cow<'_, str> {
    let binary = mapping.map(|id| profile.text(profile.mapping(id).filename));
    binary.unwrap_or_default()
}

/// The profile with the callers that cut stacks have lost, if that changes any stack; and by
/// sample, which of its samples has got callers back.
fn mended(heap: &Heap<'_>) -> Option<(Profile, Vec<Option<SampleId>>)> {
    let old = heap.profile();
    let mut new = old.clone();
    kheap::mend_stacks(&mut new, heap.sample_type());
    let pairs = old.samples().ids().zip(new.samples().ids());
    let changed = pairs.map(|(before, after)| {
        let is_changed = new.samples().stack(after) != old.samples().stack(before);
        is_changed.then_some(after)
    });
    let changed: Vec<Option<SampleId>> = changed.collect();
    let is_other = changed.iter().any(Option::is_some);
    is_other.then_some((new, changed))
}

fn sample_types(profile: &Profile) -> Vec<SampleType> {
    let ids = profile.sample_type_ids();
    let types = ids.map(|id| SampleType {
        name: profile.sample_type_name(id).into_owned(),
        unit: profile.sample_type_unit(id).into_owned(),
    });
    types.collect()
}

fn is_exact(profile: &Profile, id: SampleTypeId) -> bool {
    let values = profile.values(id).iter();
    values
        .map(|value| u128::from(value.unsigned_abs()))
        .sum::<u128>()
        < LARGEST_EXACT
}

/// The size of the objects of a sample, where a label shows it.
fn size_of(profile: &Profile, id: SampleId, label: Option<usize>) -> i64 {
    let labels = profile.samples().labels(id).iter();
    let mut sizes = labels.filter_map(|found| match found.value {
        LabelValue::Number(size, _) if Some(found.key.index()) == label => Some(size),
        _ => None,
    });
    sizes.next().unwrap_or(0)
}

fn small(position: usize) -> u32 {
    u32::try_from(position).expect("a profile has fewer rows than 2^32")
}
