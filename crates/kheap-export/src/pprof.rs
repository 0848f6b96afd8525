//! A selection as a profile of its own.

use kheap::profile::{
    BuildError, Function, FunctionId, Header, Label, Line, LocationId, Mapping, MappingId, StringId,
};
use kheap::{Heap, Profile, ProfileBuilder};

use crate::places::Places;

/// The labels that attribution writes: part, verb and kind.
pub const LABELS: [&str; 3] = ["part", "verb", "kind"];

/// What is written besides what the selection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PprofOptions {
    /// Whether each sample gets [`LABELS`]. They replace labels of the same name. Only
    /// samples of the heap of a Go program get them.
    pub labels: bool,
    /// Whether inlined functions are left out, so that their callers hold what they do.
    pub no_inlines: bool,
    /// Whether the sample type that is looked at becomes the default of the file.
    pub default_sample_type: bool,
}

kheap::__setters! {
    impl PprofOptions {
        labels: bool,
        no_inlines: bool,
        default_sample_type: bool,
    }
}

/// Makes a profile of what a selection holds, with all sample types and nothing that is not
/// referred to. [`kheap::encode`] writes it.
///
/// The numbers of `go tool pprof` for it are those of [`kheap::top()`] for the selection; its
/// percentages refer to what the filters left.
///
/// # Errors
///
/// [`BuildError::TooLarge`] where the labels pass what a profile can hold.
///
/// # Example
///
/// ```
/// use kheap::filter::Pattern;
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
/// use kheap_export::{PprofOptions, pprof};
///
/// let profile = ProfileBuilder::folded("main;load 64\nmain;serve 32")?.finish();
/// let sample_type = profile.sample_type("")?;
/// let mut options = SelectionOptions::default();
/// options.filters.focus = Some(Pattern::new("load")?);
/// let heap = Heap::new(Selection::new(&profile, sample_type, &options));
/// let exported = pprof(&heap, &PprofOptions::default())?;
/// assert_eq!(exported.total(exported.sample_type("")?), 64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pprof(heap: &Heap<'_>, options: &PprofOptions) -> Result<Profile, BuildError> {
    let profile = heap.profile();
    let mut copy = Copy::new(profile);
    let default = match options.default_sample_type {
        true => profile.sample_type_name(heap.sample_type()).into_owned(),
        false => profile.text(profile.default_sample_type()).into_owned(),
    };
    copy.builder.default_sample_type(&default);
    copy.tables(profile, options.no_inlines);
    let places = options.labels.then(|| Places::of(heap)).flatten();
    copy.samples(profile, places.as_ref())?;
    let mut exported = copy.builder.finish();
    exported.compact();
    Ok(exported)
}

/// A profile that is being copied.
struct Copy {
    builder: ProfileBuilder,
    /// By position in the old profile.
    strings: Vec<StringId>,
    mappings: Vec<MappingId>,
    functions: Vec<FunctionId>,
    locations: Vec<LocationId>,
}

impl Copy {
    fn new(profile: &Profile) -> Self {
        let mut builder = ProfileBuilder::new();
        let strings = profile.strings().iter();
        let strings: Vec<StringId> = strings.map(|string| builder.string(string)).collect();
        for sample_type in profile.sample_types() {
            let [kind, unit] = [sample_type.kind, sample_type.unit].map(|id| profile.text(id));
            builder.sample_type(&kind, &unit);
        }
        let string = |id: StringId| strings[id.index()];
        let mut header: Header = profile.header().clone();
        let of_period = &mut header.period_type;
        for id in [
            &mut of_period.kind,
            &mut of_period.unit,
            &mut header.doc_url,
        ] {
            *id = string(*id);
        }
        for id in &mut header.comments {
            *id = string(*id);
        }
        // Frames to drop are dropped already.
        header.drop_frames = StringId::EMPTY;
        header.keep_frames = StringId::EMPTY;
        *builder.header() = header;
        Self {
            builder,
            strings,
            mappings: Vec::new(),
            functions: Vec::new(),
            locations: Vec::new(),
        }
    }

    fn tables(&mut self, profile: &Profile, no_inlines: bool) {
        let builder = &mut self.builder;
        let string = |id: StringId| self.strings[id.index()];
        self.mappings = (profile.mappings().iter())
            .map(|mapping| {
                builder.mapping(Mapping {
                    filename: string(mapping.filename),
                    build_id: string(mapping.build_id),
                    ..*mapping
                })
            })
            .collect();
        self.functions = (profile.functions().iter())
            .map(|function| {
                builder.add_function(Function {
                    name: string(function.name),
                    system_name: string(function.system_name),
                    filename: string(function.filename),
                    ..*function
                })
            })
            .collect();
        let locations = profile.locations();
        for id in locations.ids() {
            let lines = match locations.lines(id) {
                [.., called] if no_inlines => std::slice::from_ref(called),
                lines => lines,
            };
            let lines: Vec<Line> = (lines.iter())
                .map(|line| Line {
                    function: self.functions[line.function.index()],
                    ..*line
                })
                .collect();
            let mapping = locations.mapping(id).map(|id| self.mappings[id.index()]);
            let (address, is_folded) = (locations.address(id), locations.is_folded(id));
            let id = builder.add_location(mapping, address, is_folded, &lines);
            self.locations.push(id);
        }
    }

    fn samples(&mut self, profile: &Profile, places: Option<&Places>) -> Result<(), BuildError> {
        let samples = profile.samples();
        let columns: Vec<&[i64]> = profile
            .sample_type_ids()
            .map(|id| profile.values(id))
            .collect();
        let keys = places.map(|_| LABELS.map(|key| self.builder.string(key)));
        let (mut stack, mut values, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for id in samples.ids() {
            stack.clear();
            stack.extend(
                samples
                    .stack(id)
                    .iter()
                    .map(|id| self.locations[id.index()]),
            );
            values.clear();
            values.extend(columns.iter().map(|column| column[id.index()]));
            labels.clear();
            labels.extend(samples.labels(id).iter().map(|&label| self.label(label)));
            if let (Some(keys), Some(place)) = (keys, places.and_then(|places| places.get(id))) {
                labels.retain(|label: &Label| !keys.contains(&label.key));
                let texts = LABELS
                    .into_iter()
                    .zip([&place.part, &place.verb, &place.kind]);
                labels.extend(texts.map(|(key, text)| self.builder.text_label(key, text)));
            }
            self.builder.sample(&stack, &values, &labels)?;
        }
        Ok(())
    }

    fn label(&self, label: Label) -> Label {
        use kheap::profile::LabelValue::{Number, Text};
        let string = |id: StringId| self.strings[id.index()];
        Label {
            key: string(label.key),
            value: match label.value {
                Text(text) => Text(string(text)),
                Number(number, unit) => Number(number, string(unit)),
            },
        }
    }
}
