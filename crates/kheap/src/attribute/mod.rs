//! Each byte once: which part of the program holds it, for which verb, of which
//! kind.
//!
//! The rules are data (`rules.toml`): named frames, matched once for each
//! function, then evaluated for each stack as bit operations. Stacks that lost
//! their root are mended or inferred first, and how much that is is told.

mod breakdown;
mod kind;
mod mend;
mod rules;
mod stacks;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::Deserialize;

pub use breakdown::{Breakdown, BreakdownRow, Dimensions, Leaf, breakdown};
pub(crate) use breakdown::{breakdown_of, objects_type};

use crate::profile::SampleId;
use crate::selection::Selection;
use kind::Shown;
pub(crate) use mend::cut_samples;
use mend::{Cuts, Lenders};
use rules::{Mask, Rule, Rules, Seen};
pub(crate) use stacks::{NameId, Names};
use stacks::{Stack, stacks};

/// What is not attributed to any part.
pub const OTHER: &str = "other";

/// The verb of a stack without a request handler.
pub const INTERNAL: &str = "internal";

/// The kind of a stack that shows none.
pub const UNKNOWN: &str = "unknown";

/// Whether some stack can belong to a part of this name.
pub(crate) fn is_part(name: &str) -> bool {
    name == OTHER || Rules::builtin().has_part(name)
}

/// What a part is, in a few words; the name itself for one that is not known.
pub fn title(part: &str) -> &str {
    match part {
        "list-etcd" => "LIST: read from etcd",
        "list-encode" => "LIST: encode the response",
        "list-other" => "LIST: other work",
        "watch-init" => "watches: initial state",
        "watch-serve" => "watches: buffers and encoding",
        "watch-cache-fill" => "watch cache: initial fill",
        "watch-cache-events" => "watch cache: changes",
        "get" => "GET requests",
        "write" => "write requests",
        "crd-openapi" => "CRDs and OpenAPI",
        "admission" => "admission and CEL",
        "audit" => "audit",
        "etcd-client" => "etcd client",
        "informer" => "the program's own informers",
        "informer-list" => "informer cache: initial list",
        "informer-watch" => "informer cache: watch events",
        "raw-body" => "raw bodies of responses",
        "queue" => "queues and handlers",
        "event-recorder" => "event recorders",
        "range" => "range requests",
        "raft-log" => "raft log",
        "backend" => "backend and index",
        "connections" => "connections",
        "metrics" => "metrics",
        "startup" => "start-up",
        "runtime" => "Go runtime",
        OTHER => "no rule holds",
        part => part,
    }
}

/// How much of the encoders' bytes one part must have for the rest to be
/// inferred to belong to it.
const INFERENCE_SHARE: f64 = 0.9;

/// What a program is, told from its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Serves the Kubernetes API from a storage.
    ApiServer,
    /// etcd.
    Etcd,
    /// Prometheus.
    Prometheus,
    /// Talks to an API server: a controller, an operator, a scheduler.
    Client,
    /// Something else.
    Unknown,
}

impl Role {
    /// The name in output: `apiserver`, `etcd`, `prometheus`, `client`, `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "apiserver",
            Self::Etcd => "etcd",
            Self::Prometheus => "prometheus",
            Self::Client => "client",
            Self::Unknown => "unknown",
        }
    }

    /// Tells the role from the rows of a table, which has only some functions.
    pub(crate) fn of_table<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let watches = |name: &str| name.starts_with("k8s.io/apimachinery/pkg/watch.");
        match Self::of_names(names.clone()) {
            Self::Unknown if names.clone().any(watches) => Self::Client,
            role => role,
        }
    }

    /// Tells the role from canonical function names.
    pub fn of_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        const SERVER: [&str; 3] = [
            "k8s.io/apiserver/pkg/storage",
            "k8s.io/apiserver/pkg/endpoints/handlers",
            "k8s.io/apiserver/pkg/registry",
        ];
        // What clients link of them, for a name or a metric.
        const SERVER_HELPERS: [&str; 3] = [
            "k8s.io/apiserver/pkg/storage/names",
            "k8s.io/apiserver/pkg/storage/cacher/metrics",
            "k8s.io/apiserver/pkg/storage/etcd3/metrics",
        ];
        const ETCD: [&str; 3] = ["/etcdserver.", "/mvcc.", "/etcdserverpb._KV_"];
        const PROMETHEUS: [&str; 2] = [
            "github.com/prometheus/prometheus/",
            "github.com/prometheus/tsdb",
        ];
        let within = |name: &str, package: &str| {
            let rest = name.strip_prefix(package);
            rest.is_some_and(|rest| rest.starts_with(['/', '.']))
        };
        let any = |found: &dyn Fn(&str) -> bool| names.clone().any(found);
        let serves = |name: &str| {
            SERVER.into_iter().any(|package| within(name, package))
                && !SERVER_HELPERS
                    .into_iter()
                    .any(|package| within(name, package))
                && !name.ends_with(".init")
        };
        if any(&serves) {
            Self::ApiServer
        } else if any(&|name| name.contains("etcd") && ETCD.into_iter().any(|p| name.contains(p))) {
            Self::Etcd
        } else if any(&|name| PROMETHEUS.into_iter().any(|p| name.starts_with(p))) {
            Self::Prometheus
        } else if any(&|name| within(name, "k8s.io/client-go")) {
            Self::Client
        } else {
            Self::Unknown
        }
    }
}

/// Where a byte belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Place {
    /// The part of the program, such as `list-encode`; [`OTHER`] where no rule holds.
    pub part: String,
    /// The verb of the request, such as `LIST`; [`INTERNAL`] outside of requests.
    pub verb: String,
    /// The Kubernetes kind, such as `ConfigMap`; [`UNKNOWN`] where the stack shows none.
    pub kind: String,
}

/// Which place each sample belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// What the program is.
    pub role: Role,
    /// All places, in the order in which they are met.
    pub places: Vec<Place>,
    /// By sample: its position in `places`; `None` where its value is 0.
    pub of_sample: Vec<Option<u32>>,
    /// What was done about cut stacks, in the unit of the sample type.
    pub cut: CutStacks,
}

/// Magnitudes of stacks that lost their root, by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CutStacks {
    /// Their root was found in other stacks.
    pub mended: i64,
    /// Their remaining frames say where they belong.
    pub decided: i64,
    /// They belong where nearly all encoders' bytes belong.
    pub inferred: i64,
    /// Nothing is known of them.
    pub left: i64,
}

impl Attribution {
    /// The place of a sample, or `None` where its value is 0.
    pub fn place(&self, id: SampleId) -> Option<&Place> {
        self.of_sample[id.index()].map(|place| &self.places[place as usize])
    }
}

/// Attributes each sample to a part, a verb and a kind.
///
/// # Example
///
/// ```
/// use kheap::{ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let receive = builder.function("k8s.io/apimachinery/pkg/watch.(*StreamWatcher).receive", "");
/// let run = builder.function("k8s.io/client-go/tools/cache.(*Reflector).Run", "");
/// let stack = [
///     builder.location(None, 1, &[(receive, 1)]),
///     builder.location(None, 2, &[(run, 1)]),
/// ];
/// builder.sample(&stack, &[4096], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
///
/// let attribution = kheap::attribute(&selection);
/// assert_eq!(attribution.role.name(), "client");
/// assert_eq!(attribution.places[0].part, "informer-watch");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn attribute(selection: &Selection) -> Attribution {
    Analysis::new(selection).attribution()
}

/// The stacks of a selection with their places, for attribution and diagnosis.
#[derive(Debug)]
pub(crate) struct Analysis<'s> {
    selection: &'s Selection,
    pub(crate) names: Names,
    pub(crate) role: Role,
    pub(crate) stacks: Vec<JudgedStack>,
    pub(crate) cut: CutStacks,
    /// By function: the landmarks that it is.
    landmarks: Vec<Mask>,
    /// By function: whether it shows a kind.
    shows_kind: Vec<bool>,
}

/// A stack that some samples have in common, and where it belongs.
#[derive(Debug)]
pub(crate) struct JudgedStack {
    /// Canonical functions, root first, with the root that was lost put back.
    pub(crate) frames: Vec<NameId>,
    /// Sum of the samples' values.
    pub(crate) value: i64,
    pub(crate) samples: Vec<SampleId>,
    pub(crate) place: Place,
}

impl<'s> Analysis<'s> {
    pub(crate) fn new(selection: &'s Selection) -> Self {
        let profile = selection.profile();
        let names = Names::of(profile);
        let role = Role::of_names(names.iter());
        let judge = Judge::new(&names, role);
        let cuts = Cuts::of(profile, &names);
        let values = selection.values();
        let of_value = |zero: bool| {
            let ids = profile.samples().ids();
            ids.filter(move |id| (values[id.index()] == 0) == zero)
        };
        let mut stacks = stacks(profile, &names, of_value(false), |id| values[id.index()]);
        let is_cut: Vec<bool> = stacks.iter().map(|stack| cuts.is_cut(stack)).collect();
        let mut verdicts: Vec<Verdict> = (stacks.iter().zip(&is_cut))
            .map(|(stack, &is_cut)| judge.judge(&stack.frames, is_cut))
            .collect();

        let mut cut = CutStacks::default();
        let is_open = |(verdict, is_cut): (&Verdict, &bool)| *is_cut && verdict.is_open;
        let open: Vec<bool> = verdicts.iter().zip(&is_cut).map(is_open).collect();
        let lenders = match open.contains(&true) {
            true => {
                // Whole stacks may have lost their value since, but not their root.
                let old = self::stacks::stacks(profile, &names, of_value(true), |_| 0);
                let whole = stacks
                    .iter()
                    .chain(&old)
                    .filter(|stack| !cuts.is_cut(stack));
                let wanted = stacks.iter().zip(&open).filter(|(_, open)| **open);
                Lenders::of(wanted.map(|(stack, _)| stack), whole, &names)
            }
            false => Lenders::default(),
        };
        for (((stack, verdict), is_cut), open) in
            stacks.iter_mut().zip(&mut verdicts).zip(&is_cut).zip(open)
        {
            let root = if open {
                lenders.root(&stack.frames)
            } else {
                None
            };
            let mended = root.is_some();
            if let Some(root) = root {
                stack.frames = [root, &stack.frames].concat();
                *verdict = judge.judge(&stack.frames, false);
            }
            cut.add(*is_cut, mended, verdict.part.is_some(), stack.value);
        }
        infer(&stacks, &is_cut, &mut verdicts, &mut cut);
        let judged = stacks.into_iter().zip(verdicts);
        let judged = judged.map(|(stack, verdict)| JudgedStack {
            frames: stack.frames,
            value: stack.value,
            samples: stack.samples,
            place: verdict.place(),
        });
        Self {
            selection,
            role,
            stacks: judged.collect(),
            cut,
            landmarks: judge
                .frames
                .iter()
                .map(|mask| mask & judge.rules.landmarks)
                .collect(),
            shows_kind: judge
                .shown
                .iter()
                .map(|s| matches!(s, Shown::Kind(_)))
                .collect(),
            names,
        }
    }

    /// The frames of a stack that tell its story: positions, root first. Always
    /// the leaf, and the object type if it shows one.
    pub(crate) fn story(&self, stack: &JudgedStack) -> Vec<usize> {
        let mut told: Vec<usize> = Vec::new();
        let mut before = 0;
        let mut typed = false;
        for (at, name) in stack.frames.iter().enumerate() {
            let landmark = self.landmarks[name.index()];
            // A stack shows the same request several times, in wrappers and closures.
            let new = landmark & !before != 0;
            before |= landmark;
            let first_typed = !typed && self.shows_kind[name.index()];
            typed |= first_typed;
            if new || first_typed || at + 1 == stack.frames.len() {
                told.push(at);
            }
        }
        told
    }

    pub(crate) fn attribution(&self) -> Attribution {
        let mut places = Vec::new();
        let mut known: HashMap<&Place, u32> = HashMap::new();
        let mut of_sample = vec![None; self.selection.profile().samples().len()];
        for stack in &self.stacks {
            let position = *known.entry(&stack.place).or_insert_with_key(|&place| {
                places.push(place.clone());
                crate::profile::end(places.len() - 1)
            });
            for id in &stack.samples {
                of_sample[id.index()] = Some(position);
            }
        }
        Attribution {
            role: self.role,
            places,
            of_sample,
            cut: self.cut,
        }
    }
}

impl CutStacks {
    fn add(&mut self, is_cut: bool, mended: bool, decided: bool, value: i64) {
        let sum = match (is_cut, mended, decided) {
            (false, ..) => return,
            (true, true, _) => &mut self.mended,
            (true, false, true) => &mut self.decided,
            (true, false, false) => &mut self.left,
        };
        *sum = sum.saturating_add(value.saturating_abs());
    }
}

/// What the rules say of one stack.
#[derive(Debug, Clone)]
struct Verdict {
    part: Option<String>,
    verb: String,
    kind: String,
    /// Whether the lost root of a cut stack might say more.
    is_open: bool,
    /// Whether the stack writes JSON.
    is_encoder: bool,
}

impl Verdict {
    fn place(self) -> Place {
        Place {
            part: self.part.unwrap_or_else(|| OTHER.to_owned()),
            verb: self.verb,
            kind: self.kind,
        }
    }
}

/// The kind that a canonical function name shows, as in a row of a table.
pub(crate) fn kind_of(name: &str) -> Option<String> {
    match kind::shown(name) {
        Shown::Kind(kind) => Some(kind),
        Shown::Custom => Some(kind::CUSTOM_RESOURCE.to_owned()),
        Shown::Nothing | Shown::FieldManager => None,
    }
}

/// The rules, matched against the names of one profile.
#[derive(Debug)]
struct Judge {
    rules: &'static Rules,
    role: Role,
    frames: Vec<Mask>,
    shown: Vec<Shown>,
}

impl Judge {
    fn new(names: &Names, role: Role) -> Self {
        let rules = Rules::builtin();
        Self {
            rules,
            role,
            frames: names.iter().map(|name| rules.frames_of(name)).collect(),
            shown: names.iter().map(kind::shown).collect(),
        }
    }

    /// Judges a stack, given root first; `cut` where its root is lost.
    fn judge(&self, stack: &[NameId], cut: bool) -> Verdict {
        let mut seen = Seen {
            cut,
            ..Seen::default()
        };
        let mut kind: Option<&str> = None;
        let mut field_manager = false;
        for name in stack {
            self.rules.see(&mut seen, self.frames[name.index()]);
            match &self.shown[name.index()] {
                Shown::FieldManager => field_manager = true,
                // The outermost object wins over those embedded in it.
                Shown::Kind(shown) => kind = kind.or(Some(shown)),
                Shown::Custom if !field_manager => kind = kind.or(Some(kind::CUSTOM_RESOURCE)),
                Shown::Custom | Shown::Nothing => {}
            }
        }
        let mut rules = self.rules.parts.iter();
        let part = rules.find(|rule| rule.holds(&seen, self.role));
        let mut verbs = self.rules.verbs.iter();
        let verb = verbs.find(|rule| rule.holds(&seen, self.role));
        let verb = verb.map(|rule| &rule.name);
        let implied = part.and_then(|rule| rule.verb.as_ref());
        Verdict {
            part: part.map(|rule| rule.name.clone()),
            verb: verb.or(implied).map_or(INTERNAL, |verb| verb).to_owned(),
            kind: kind.unwrap_or(UNKNOWN).to_owned(),
            is_open: part.is_none_or(Rule::is_for_cut_stacks),
            is_encoder: seen.frames & self.rules.encoder != 0,
        }
    }
}

/// Gives encoders without any caller to the part, and the verb, that have nearly
/// all other encoders' bytes.
fn infer(stacks: &[Stack], is_cut: &[bool], verdicts: &mut [Verdict], cut: &mut CutStacks) {
    let Some((part, verb)) = part_of_most_encoders(stacks, verdicts) else {
        return;
    };
    for ((stack, verdict), _) in (stacks.iter().zip(verdicts).zip(is_cut))
        .filter(|((_, verdict), is_cut)| **is_cut && verdict.is_encoder && verdict.part.is_none())
    {
        let amount = stack.value.saturating_abs();
        cut.left -= amount;
        cut.inferred += amount;
        verdict.part = Some(part.clone());
        verdict.verb.clone_from(&verb);
    }
}

fn part_of_most_encoders(stacks: &[Stack], verdicts: &[Verdict]) -> Option<(String, String)> {
    let mut amounts: BTreeMap<(&str, &str), i128> = BTreeMap::new();
    for (stack, verdict) in stacks.iter().zip(verdicts) {
        if let (true, Some(part)) = (verdict.is_encoder, &verdict.part) {
            let amount = amounts.entry((part, &verdict.verb)).or_default();
            *amount += i128::from(stack.value).abs();
        }
    }
    let all: i128 = amounts.values().sum();
    let most = amounts.into_iter().max_by_key(|(_, amount)| *amount);
    let ((part, verb), _) =
        most.filter(|(_, amount)| *amount as f64 >= INFERENCE_SHARE * all as f64)?;
    Some((part.to_owned(), verb.to_owned()))
}
