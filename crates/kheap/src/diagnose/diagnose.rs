//! From a heap to its diagnosis.

use std::cmp::Ordering;

use hashbrown::HashSet;

use super::catalog::Catalog;
use super::composition;
use super::diagnosis::{Diagnosis, NotJudged};
use super::evaluate::{Evaluation, Match};
use super::evidence;
use super::finding::{Evidence, Finding};
use super::history::History;
use super::kinds;
use super::note::Note;
use super::options::{DiagnoseOptions, Subject};
use super::overlap::{Group, is_counted_twice, overlap};
use super::remedy::{Advice, Code, Remedy, Running};
use super::severity::Severity;
use super::share;
use super::signature::{Need, Signature, VersionNote};
use super::suppression::suppress;
use super::trend::Trend;
use super::view::{Allocations, HeapView, RowView, StackView};
use crate::attribute::{Breakdown, Dimensions, Heap, Role, Rules, breakdown, objects_type};
use crate::knowledge::{Shipped, Versions, is_shipped};
use crate::memory::{Memory, MemoryOptions, apart};
use crate::memstats::MemStats;
use crate::profile::{Fragment, Profiled, Runtime, clamp};
use crate::program::InferredProgram;
use crate::sample_kind::SampleKind;
use crate::selection::{Selection, Warning};
use crate::series::Origin;
use crate::table::{Table, Unit};
use crate::unit;

/// From how many bytes in use on a profile without samples is of a program whose profiler
/// was off: one sample stands for half a megabyte.
const SAMPLED_BYTES: u64 = 16 << 20;

/// From which share of the heap on stacks that lost their root are worth a note.
const CUT_SHARE: f64 = 0.05;

/// What a table of bare numbers is of, where nobody says it.
const UNKNOWN_TYPE: &str = "unknown";

/// How many of the largest paths are shown where no signature matches.
const LARGEST_PATHS: usize = 3;

/// The same for the rows of a table: nearly all that people paste.
const LARGEST_ROWS: usize = 20;

/// Looks for the signatures of a catalogue in a heap, or in a pasted table.
///
/// For a heap the sample type of its selection is judged; allocation totals are no
/// retention, so that nothing in them is bad and a note says why. Where the profile brings
/// `runtime.MemStats` along, its process is judged too. In a table bare counts are never
/// judged above [`Severity::Info`], unless [`DiagnoseOptions::sample_type`] says that they
/// are bytes.
///
/// # Example
///
/// ```
/// use kheap::diagnose::{DiagnoseOptions, Severity};
/// use kheap::memory::MemoryOptions;
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let stack = [
///     "k8s.io/api/core/v1.(*Secret).Unmarshal",
///     "k8s.io/client-go/tools/cache.(*Reflector).list.func1",
/// ]
/// .map(|name| {
///     let function = builder.function(name, "");
///     builder.location(None, 0, &[(function, 1)])
/// });
/// builder.sample(&stack, &[2 << 30], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("inuse_space")?;
/// let heap = Heap::new(Selection::new(&profile, sample_type, &SelectionOptions::default()));
///
/// let diagnosis = kheap::diagnose(&heap, &DiagnoseOptions::default());
/// assert_eq!(diagnosis.findings[0].id, "informer-full-object-cache");
/// assert_eq!(diagnosis.findings[0].severity, Severity::Critical);
/// assert_eq!(diagnosis.findings[0].kinds, ["Secret"]);
///
/// // A table, of whose process 8 GiB are resident: more than its heap explains.
/// let text = b"
///     File: kube-apiserver
///     Showing nodes accounting for 1832MB, 89% of 2052MB total
///           flat  flat%   sum%        cum   cum%
///      1832.00MB 89.28% 89.28%  1832.00MB 89.28%  google.golang.org/grpc.(*parser).recvMsg
/// ";
/// let table = kheap::table::parse(text)?;
/// let process = MemoryOptions::default().rss(8 << 30);
/// let diagnosis = kheap::diagnose(&table, &DiagnoseOptions::default().process(process));
/// let ids: Vec<&str> = diagnosis.findings.iter().map(|finding| &*finding.id).collect();
/// assert_eq!(ids, ["list-from-etcd", "rss-not-heap"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diagnose<'a>(subject: impl Into<Subject<'a>>, options: &DiagnoseOptions<'_>) -> Diagnosis {
    let mut diagnosis = match subject.into() {
        Subject::Heap(heap) => of_heap(heap, options),
        Subject::Table(table) => of_table(table, options),
    };
    suppress(&mut diagnosis, options.suppressions);
    diagnosis
}

fn of_heap(measured: &Heap, options: &DiagnoseOptions<'_>) -> Diagnosis {
    let selection: &Selection = measured;
    let profile = selection.profile();
    let is_difference = profile.is_difference();
    let (runtime, profiled) = (profile.runtime(), profile.profiled());
    // A change is no level, and what is known is known of Go.
    let is_other = !profiled.is_go_heap(runtime);
    let catalog = match is_difference || is_other {
        true => &Catalog::empty().with_rules(measured.rules()),
        false => options.catalog,
    };
    let objects = objects_type(profile, selection.sample_type());
    let allocations = Allocations::of(measured);
    let stacks = StackView::new(measured, objects, catalog.vocabulary());
    let stacks = stacks.with_allocations(&allocations);
    let view = HeapView::Stacks(stacks);
    let sample_type = profile.sample_type_name(selection.sample_type());
    let unit = profile.sample_type_unit(selection.sample_type());
    let process = process_of(selection, &options.process).filter(|_| !is_difference && !is_other);
    let fragment = profile.header().fragment.filter(Fragment::is_part);
    let values = profile.samples().values(selection.sample_type());
    let (judged, claimed) = judged(
        &view,
        &Question {
            catalog,
            options,
            sample_type: &sample_type,
            unit: &unit,
            is_level: is_level(&sample_type, &unit, runtime) && !is_difference && !is_other,
            process: process.as_ref(),
            has_stacks: true,
            has_allocations: measured.has_allocated(),
            program: None,
            judge: catalog.judge_by(measured.rules()),
            unusable: (options.history).and_then(|history| {
                let heap = Origin::of(profile, selection.sample_type());
                history.note_of_other(&heap)
            }),
        },
        values,
    );
    let program = profile.program();
    let mut diagnosis = Diagnosis {
        inferred_program: (program.is_none() && !is_other)
            .then(|| InferredProgram::of_profile(profile))
            .flatten(),
        program,
        runtime,
        profiled,
        is_fragment: fragment.is_some(),
        breakdown: Some(breakdown(measured, Dimensions::ALL)),
        ..judged
    };
    if let (true, HeapView::Stacks(stacks)) = (diagnosis.is_to_be_composed(), &view) {
        diagnosis.composition = Some(composition::of_stacks(stacks, &claimed, values));
    }
    let difference = (is_difference && !is_other).then_some(Note::Difference);
    let is_overflow = selection.warnings().contains(&Warning::Overflow);
    let stats = profile.header().mem_stats.map(|stats| stats.heap_alloc);
    // Records that were left out are no sign of a profiler that was off.
    let is_empty = profile.samples().is_empty() && fragment.is_none();
    let unsampled = stats.filter(|&bytes| is_empty && bytes >= SAMPLED_BYTES);
    let notes = [
        unsampled.map(Note::ProfilerOff),
        own_note(options.catalog).filter(|_| is_other),
        rules_note(options.catalog, measured).filter(|_| !is_other),
        fragment.map(Note::Fragment),
        profile.delta_nanos().map(Note::Delta).or(difference),
        is_overflow.then_some(Note::Overflow),
        allocation_note(&diagnosis.sample_type).filter(|_| !is_other),
        diagnosis.breakdown.as_ref().and_then(cut_note),
        diagnosis.breakdown.as_ref().and_then(shared_note),
    ];
    diagnosis.notes.extend(notes.into_iter().flatten());
    diagnosis
}

fn of_table(table: &Table, options: &DiagnoseOptions<'_>) -> Diagnosis {
    let said = options.sample_type;
    let is_said_to_be_bytes = said.is_some_and(|said| said.ends_with("_space"));
    let (unit, guess) = match table.unit {
        Unit::Bytes => ("bytes", "inuse_space"),
        Unit::Count if is_said_to_be_bytes => ("bytes", "inuse_space"),
        // Nobody says of what.
        Unit::Count => ("count", UNKNOWN_TYPE),
        Unit::Nanoseconds => ("nanoseconds", "time"),
    };
    let sample_type = said.or(table.sample_type.as_deref()).unwrap_or(guess);
    let view = HeapView::Rows(RowView::new(table, options.catalog.vocabulary()));
    let runtime = Runtime::of_names(table.rows.iter().map(|row| row.name.as_str()));
    let is_level = is_level(sample_type, unit, runtime) && !table.is_difference;
    let process = apart(view.total(), None, None, &options.process).ok();
    let question = Question {
        // Nothing is kept of processor time, and a change is no level.
        catalog: match table.unit {
            Unit::Nanoseconds => &Catalog::empty(),
            _ if table.is_difference => &Catalog::empty(),
            Unit::Bytes | Unit::Count => options.catalog,
        },
        is_level,
        options,
        sample_type,
        unit,
        process: process.as_ref().filter(|_| is_level),
        has_stacks: false,
        has_allocations: false,
        program: table.program.as_deref(),
        judge: options.catalog.judge_by(options.catalog.rules()),
        unusable: { options.history }
            .and_then(|history| history.note_of_other_program(table.program.as_deref())),
    };
    let (judged, claimed) = judged(&view, &question, &[]);
    let mut diagnosis = Diagnosis {
        program: table.program.clone(),
        inferred_program: (table.program.is_none())
            .then(|| inferred_of_rows(table))
            .flatten(),
        shown_in: table.printed_in.unwrap_or(unit::AUTO).to_owned(),
        visible: Some(table.flat_sum()),
        is_one_of_several: table.has_more,
        ..judged
    };
    if let (true, HeapView::Rows(rows)) = (diagnosis.is_to_be_composed(), &view) {
        let composition = composition::of_rows(rows, table, diagnosis.total, &claimed);
        diagnosis.composition = Some(composition);
    }
    let is_time = table.unit == Unit::Nanoseconds;
    (diagnosis.notes).extend(own_note(options.catalog).filter(|_| is_time));
    let difference = table.is_difference.then_some(Note::Difference);
    let warnings = table.warnings.iter().cloned().map(Note::Table);
    diagnosis.notes.extend(table.growth().map(Note::Tables));
    (diagnosis.notes).extend(table.delta_nanos.map(Note::Delta).or(difference));
    diagnosis.notes.extend(warnings);
    let is_assumed = said.or(table.sample_type.as_deref()).is_none() && is_level;
    diagnosis
        .notes
        .extend(is_assumed.then_some(Note::AssumedType));
    diagnosis.notes.push(Note::NoStacks);
    diagnosis.notes.extend(allocation_note(sample_type));
    diagnosis
}

/// What the rows of a table show of its program.
fn inferred_of_rows(table: &Table) -> Option<InferredProgram> {
    let rows = table.rows.iter();
    InferredProgram::of(rows.map(|row| {
        let file = row.source.as_deref().unwrap_or_default();
        (row.name.as_str(), file)
    }))
}

/// What is asked of a heap.
#[derive(Debug)]
struct Question<'a> {
    /// That of the options, unless these are no values that it knows.
    catalog: &'a Catalog,
    options: &'a DiagnoseOptions<'a>,
    sample_type: &'a str,
    unit: &'a str,
    is_level: bool,
    process: Option<&'a Memory>,
    has_stacks: bool,
    has_allocations: bool,
    /// The program that a table names.
    program: Option<&'a str>,
    /// A fingerprint of the signatures and of the rules of the heap.
    judge: u64,
    /// Why the history shows nothing of this heap.
    unusable: Option<Note>,
}

impl Question<'_> {
    fn is_known(&self, need: Need) -> bool {
        match need {
            Need::Stacks => self.has_stacks,
            Need::Table => !self.has_stacks,
            Need::Memstats => self.process.is_some(),
            Need::Series => self.claims().is_some(),
            Need::Allocations => self.has_allocations,
        }
    }

    /// What is known of the past, where it shows how a level grew.
    fn history(&self) -> Option<&History> {
        let history = self.options.history;
        history.filter(|history| self.is_level && self.unusable.is_none() && history.tells_growth())
    }

    /// The same, where what signatures claimed is known of all of it.
    fn claims(&self) -> Option<&History> {
        let history = self.history();
        history.filter(|history| history.judged_otherwise(self.judge) == 0)
    }

    /// What is to be known of the past.
    fn notes(&self) -> Vec<Note> {
        let Some(history) = self.options.history else {
            return Vec::new();
        };
        if let Some(unusable) = &self.unusable {
            return vec![unusable.clone()];
        }
        let others = self
            .history()
            .map(|history| history.judged_otherwise(self.judge));
        let others = others.filter(|&others| others > 0);
        let mut notes = history.notes();
        notes.extend(others.map(Note::JudgedOtherwise));
        notes
    }
}

/// What the catalogue says of a heap, and the stacks or rows that its findings claim;
/// `values` are those of the samples.
fn judged(
    view: &HeapView<'_>,
    question: &Question<'_>,
    values: &[i64],
) -> (Diagnosis, HashSet<usize>) {
    let evaluation = Evaluation {
        view,
        process: question.process,
        history: question.claims(),
        thresholds: &question.options.thresholds,
        is_level: question.is_level,
    };
    let mut matches = Vec::new();
    let mut not_judged = Vec::new();
    for signature in question.catalog.signatures() {
        if !is_asked(view, question, signature) {
            continue;
        }
        let mut needs = signature.needs.iter();
        match needs.find(|need| !question.is_known(**need)) {
            Some(need) => not_judged.push(NotJudged {
                id: signature.id.clone(),
                needs: need.name().to_owned(),
            }),
            None => matches.extend(evaluation.matches(signature)),
        }
    }
    let groups = overlap(view, matches);
    let shown = groups
        .iter()
        .filter(|group| group.severity > Severity::Info);
    let shown = shown.map(|group| &group.leader);
    let most = match view {
        HeapView::Rows(_) => LARGEST_ROWS,
        _ => LARGEST_PATHS,
    };
    let unclaimed_parts = evidence::unclaimed_parts(view, shown.clone());
    let unclaimed = evidence::unclaimed(view, shown.clone(), most);
    let claimed = evidence::claimed(view, shown.clone());
    let is_twice = is_counted_twice(view, &shown.clone().collect::<Vec<_>>());
    let beyond_rows = evidence::beyond_rows(view, shown.clone());
    let unattributed = evidence::unattributed(view, shown);
    let with_cause = groups.iter().map(|group| &group.leader);
    let with_cause = with_cause.filter(|found| names_cause(found.signature));
    let known = evidence::known(view, with_cause, &harmless_rows(view, question.catalog));
    let shown = versions_of(view, question.program);
    let options = question.options;
    let contradictions = contradictions(&shown, view.role(), options);
    let versions = shown.with_given(options.kube_version, options.etcd_version);
    let running = running(&versions, view, question);
    let mut findings: Vec<Finding> = (groups.into_iter())
        .map(|group| Finding {
            trend: trend(question, &group.leader),
            ..finding(&evaluation, group, values, &running)
        })
        .collect();
    findings.iter_mut().for_each(put_checks_first);
    findings.sort_by(by_severity);
    let diagnosis = Diagnosis {
        program: None,
        inferred_program: None,
        role: view.role(),
        versions,
        sample_type: question.sample_type.to_owned(),
        unit: question.unit.to_owned(),
        is_level: question.is_level,
        runtime: Runtime::Unknown,
        profiled: Profiled::Unknown,
        shown_in: unit::AUTO.to_owned(),
        total: view.total(),
        visible: None,
        known,
        beyond_rows,
        is_one_of_several: false,
        is_fragment: false,
        unattributed,
        findings,
        not_judged,
        breakdown: None,
        unclaimed_parts,
        unclaimed,
        composition: None,
        trend: (question.history()).and_then(|history| history.total(&question.options.process)),
        growing: (question.history()).map_or_else(Vec::new, |history| history.places().to_vec()),
        growing_parts: { question.history() }
            .map_or_else(Vec::new, |history| history.parts().to_vec()),
        process: question.process.cloned(),
        notes: (contradictions.into_iter())
            .chain(question.notes())
            .chain(is_twice.then_some(Note::FindingsOverlap))
            .collect(),
    };
    (diagnosis, claimed)
}

/// Whether a signature names the cause of what holds the heap: those that only tables need
/// say that their rows do not.
fn names_cause(signature: &Signature) -> bool {
    !signature.is_beside_heap() && !signature.needs.contains(&Need::Table)
}

/// The rows of a table that are of one part whoever calls them, and about which no signature
/// is: what they hold is no problem that anybody knows.
fn harmless_rows(view: &HeapView<'_>, catalog: &Catalog) -> Vec<usize> {
    let HeapView::Rows(table) = view else {
        return Vec::new();
    };
    let signatures = catalog.signatures().iter();
    let selects = signatures.flat_map(|signature| signature.select.values());
    let judged = selects.flat_map(|select| &select.part);
    table.rows_outside(&judged.map(String::as_str).collect())
}

/// Whether values are memory in use: those named `space` are in a profile of Go, whose text
/// form has what is in use in front.
fn is_level(sample_type: &str, unit: &str, runtime: Runtime) -> bool {
    let kind = SampleKind::of(sample_type);
    kind.is_level(unit) || runtime == Runtime::Go && kind.may_be_live(unit)
}

/// Whether a signature is about such values of such a program.
fn is_asked(view: &HeapView<'_>, question: &Question<'_>, signature: &Signature) -> bool {
    let types = &signature.sample_types;
    let sample_type = match question.sample_type {
        "space" if question.is_level => "inuse_space",
        sample_type => sample_type,
    };
    let of_type = types.is_empty()
        || types.iter().any(|t| t == sample_type)
        // A table of counts is judged as a level, and shown as info.
        || matches!(question.sample_type, "inuse_objects" | UNKNOWN_TYPE)
            && matches!(view, HeapView::Rows(_));
    // A dump is not said to lack a table.
    let is_of_view = question.is_known(Need::Table) || !signature.needs.contains(&Need::Table);
    of_type && is_of_view && signature.is_for(view.role())
}

fn by_severity(a: &Finding, b: &Finding) -> Ordering {
    let severity = b.severity.cmp(&a.severity);
    severity
        .then(b.bytes.cmp(&a.bytes))
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| a.kinds.cmp(&b.kinds))
}

fn finding(
    evaluation: &Evaluation<'_>,
    group: Group<'_>,
    values: &[i64],
    running: &Running<'_>,
) -> Finding {
    let (view, found) = (evaluation.view, &group.leader);
    let signature = found.signature;
    let whole = evaluation.whole(signature);
    let kinds = kinds::kinds(view, found, values);
    let remedy = remedies(evaluation, found, &kinds, running);
    let versions = current(&signature.versions, &kinds.names, running);
    let mut evidence = evidence::evidence(view, evaluation.process, found, values);
    evidence.extend(kinds.answer.map(Evidence::from));
    let through = evidence::accumulation(view, found);
    Finding {
        id: signature.id.clone(),
        title: signature.title.clone(),
        severity: group.severity,
        is_capped: found.is_capped && group.severity == found.severity,
        confidence: found.confidence,
        bytes: found.claimed.bytes,
        samples: view.samples(&found.claimed),
        whole,
        share: share(found.claimed.bytes, whole),
        kinds: kinds.names,
        kinds_inferred: kinds.are_inferred,
        request: signature.request.clone(),
        evidence,
        accumulated: through.as_ref().map_or(0, |(_, bytes)| *bytes),
        accumulation: through.map(|(function, _)| function),
        trend: None,
        related: group.related,
        remedy,
        versions,
        sources: signature.sources.clone(),
    }
}

/// Puts the steps in the order in which one does them: below medium something may be
/// expected unless it grows, and that is checked before anything is changed.
fn put_checks_first(finding: &mut Finding) {
    let grows = finding.trend.as_ref().is_some_and(Trend::is_growth);
    if finding.severity < Severity::Medium && !grows {
        finding.remedy.sort_by_key(|step| !step.is_check);
    }
}

/// What to do: nothing that the program has, cannot do, or that does not help here, and no
/// change of code that is not the reader's.
fn remedies(
    evaluation: &Evaluation<'_>,
    found: &Match<'_>,
    kinds: &kinds::Kinds,
    running: &Running<'_>,
) -> Vec<Advice> {
    let signature = found.signature;
    let mut selections = evaluation.selections(signature);
    let kind = found.evaluated_kinds();
    let remedies = signature.remedy.iter().filter(|remedy| {
        remedy.is_for(running)
            && remedy.helps(&kinds.names)
            && selections.may_hold(&remedy.only_if, kind)
    });
    let remedies: Vec<&Remedy> = remedies.collect();
    let is_own = |remedy: &&Remedy| remedy.code == Some(Code::Own);
    let instead = match running.is_shipped && remedies.iter().any(is_own) {
        true => Shipped::builtin().remedy.as_slice(),
        false => &[],
    };
    let within_reach = remedies
        .iter()
        .filter(|remedy| remedy.is_within_reach(running));
    let advice = within_reach.map(|remedy| kinds.advice(remedy, running));
    advice
        .chain(instead.iter().map(|text| Advice::of(text)))
        .collect()
}

/// What changed with versions for some kinds, without what a newer one replaced.
fn current(notes: &[VersionNote], kinds: &[String], running: &Running<'_>) -> Vec<VersionNote> {
    let current = notes.iter().filter(|note| {
        let is_of_kinds = note.kinds.is_none_or(|class| class.may_have(kinds));
        is_of_kinds && !note.is_past(running)
    });
    current.cloned().collect()
}

/// The versions that the heap shows.
fn versions_of(view: &HeapView<'_>, program: Option<&str>) -> Versions {
    match view {
        HeapView::Stacks(stacks) => Versions::of(stacks.profile),
        HeapView::Rows(rows) => {
            let names = rows.rows.iter().map(|row| row.name.as_str());
            Versions::of_names(names, program)
        }
    }
}

/// Which versions that the user gives are not those of the code. A client's code shows
/// nothing of its server.
fn contradictions(shown: &Versions, role: Role, options: &DiagnoseOptions<'_>) -> Vec<Note> {
    let kubernetes = options.kube_version.filter(|_| role == Role::ApiServer);
    let etcd = options.etcd_version.filter(|_| role == Role::Etcd);
    let contradictions = shown.contradictions(kubernetes, etcd);
    contradictions.into_iter().map(Note::OtherVersion).collect()
}

/// The program that remedies are for: a client does not tell the versions of its server,
/// and only etcd that of etcd.
fn running<'v>(
    versions: &'v Versions,
    view: &HeapView<'_>,
    question: &Question<'_>,
) -> Running<'v> {
    let (role, options) = (view.role(), question.options);
    let is_its = role == Role::ApiServer || options.kube_version.is_some();
    Running {
        kubernetes: versions.kubernetes.as_ref().filter(|_| is_its),
        etcd: versions.etcd.as_ref(),
        go: versions.go.as_ref(),
        is_shipped: match view {
            HeapView::Stacks(stacks) => is_shipped(stacks.profile),
            HeapView::Rows(rows) => {
                let names = rows.rows.iter().map(|row| row.name.as_str());
                Shipped::builtin().is_one(question.program, names)
            }
        },
    }
}

/// How what a match claims went on until now.
fn trend(question: &Question<'_>, found: &Match<'_>) -> Option<Trend> {
    let history = question.claims()?;
    let signature = found.signature;
    let kind = found.kind.as_deref();
    // No single kind is followed in what is left of all kinds.
    if signature.each.is_some() && kind.is_none() {
        return None;
    }
    history.of_claim(signature, &signature.bytes, kind, &question.options.process)
}

fn allocation_note(sample_type: &str) -> Option<Note> {
    (SampleKind::of(sample_type) == SampleKind::Allocated).then_some(Note::Allocations)
}

/// How many signatures are not judged that somebody wrote for a program of their own.
fn own_note(catalog: &Catalog) -> Option<Note> {
    let own = catalog.signatures().iter().filter(|one| one.is_own());
    let count = own.count();
    (count > 0).then_some(Note::OwnNotJudged(count))
}

/// That the rules of the signatures were forgotten.
fn rules_note(catalog: &Catalog, heap: &Heap) -> Option<Note> {
    let [named, used] = [catalog.rules(), heap.rules()].map(|rules| rules.fingerprint);
    let has_own = named != Rules::builtin().fingerprint && !catalog.signatures().is_empty();
    (has_own && named != used).then_some(Note::OtherRules)
}

/// What was done about stacks that lost their root, unless what was left of them
/// said where they belong.
fn cut_note(breakdown: &Breakdown) -> Option<Note> {
    let cut = &breakdown.cut;
    let parts = [cut.mended, cut.inferred, cut.left];
    let all: i128 = parts.into_iter().map(i128::from).sum();
    // A few bytes do not change what is said.
    (share(clamp(all), breakdown.total) >= CUT_SHARE).then_some(Note::CutStacks {
        completed: cut.mended,
        shown: cut.decided,
        inferred: cut.inferred,
        left: cut.left,
    })
}

/// Whom buffers that show no request are counted with.
fn shared_note(breakdown: &Breakdown) -> Option<Note> {
    let shared = breakdown.shared.as_ref()?;
    (share(shared.value, breakdown.total) >= CUT_SHARE).then(|| Note::SharedBuffers {
        value: shared.value,
        part: shared.part.to_string(),
    })
}

/// The process of a dump: its size as the caller knows it, else what the runtime
/// holds; a past peak does not count.
fn process_of(selection: &Selection, options: &MemoryOptions) -> Option<Memory> {
    let profile = selection.profile();
    let kind = SampleKind::of(&profile.sample_type_name(selection.sample_type()));
    if !kind.may_be_live(&selection.sample_unit()) {
        return None;
    }
    let stats = profile.header().mem_stats.or(options.stats);
    let stats = stats.map(|stats| MemStats {
        max_rss: None,
        ..stats
    });
    let values = selection.values().iter().map(|&value| i128::from(value));
    apart(clamp(values.sum()), None, stats.as_ref(), options).ok()
}
