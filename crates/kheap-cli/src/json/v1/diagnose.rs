//! `kheap diagnose`, and its CSV.

use anyhow::Result;
use kheap::Diagnosis;
use kheap::diagnose::{Advice, Evidence, Finding, NoForecast, Note, Trend};
use kheap::series::{GrowthPattern, GrowthRow};
use kheap_evidence::join::{Answer, FileUse, HowMany, InForce, Source, Who};
use kheap_text::diagnosis::{Word, judgement};
use kheap_text::evidence::{addresses, in_force_reason};
use kheap_text::reason::reason;
use kheap_text::trend::has_rate;
use kheap_text::{limit, memory, note, version};
use serde::Serialize;

use super::composition::{CompositionRow, composition_row};
use super::pprof::VersionRows;
use super::series::whole;
use super::write;
use crate::output::{Sink, View, time};

/// `kheap.diagnose/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct DiagnoseJson<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program; null for a table that does not name it.
    program: Option<&'a str>,
    /// What its code shows of its name, where the file does not say it.
    inferred_program: Option<InferredRow<'a>>,
    /// `apiserver`, `etcd`, `prometheus`, `client` or `unknown`.
    role: &'static str,
    /// Which versions it was built from, or the user says that run.
    versions: VersionRows,
    /// Such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values, such as `bytes`.
    unit: &'a str,
    /// What shares refer to.
    total: i64,
    /// What the rows of a table hold themselves; absent for a dump.
    #[serde(skip_serializing_if = "Option::is_none")]
    visible: Option<i64>,
    /// `findings`: something is at medium or above; `healthy`; `uncertain`: something
    /// large may be expected, or a limit is close; `unexplained`: a large part is what no
    /// signature is about, or is not in the table; `small`: the same of a heap that is small;
    /// `not-judged`: the values are no memory in use; `growing` or `grew`: no finding, but
    /// growth; `limit-passed`: above `--limit`.
    verdict: &'static str,
    /// What `--limit` is held against; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<LimitRow>,
    /// Whether the verdict is `healthy`.
    healthy: bool,
    /// By severity, then bytes, then id.
    findings: Vec<FindingRow<'a>>,
    /// Findings that a file of settings suppresses; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<SuppressedRow<'a>>,
    /// What no finding claims, by part and verb, largest first; absent for a table, and for a
    /// program whose parts are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unclaimed_parts: Vec<EvidenceRow<'a>>,
    /// The largest paths, or rows of a table, that no finding claims.
    unclaimed: Vec<EvidenceRow<'a>>,
    /// What it is made of; absent where findings explain it, and for a program whose parts
    /// are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    composition: Option<CompositionRow<'a>>,
    /// Signatures that could not be judged.
    not_judged: Vec<NotJudgedRow<'a>>,
    /// How the heap went on; absent for a single dump.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth: Option<TrendRow>,
    /// The parts and kinds that changed most; absent for a single dump.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    growing: Vec<GrowingRow<'a>>,
    /// What became of each file beside the dump; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Vec<FileRow<'a>>>,
    /// What a reader should know, one sentence each.
    notes: Vec<String>,
}

/// A limit, and the largest figure that is known.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LimitRow {
    /// The limit, in bytes.
    bytes: i64,
    /// What is held against it, in bytes.
    held: i64,
    /// Which figure that is: `resident`, `peak`, `runtime` or `live-heap`.
    of: &'static str,
}

/// A finding that is suppressed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SuppressedRow<'a> {
    /// The signature.
    id: &'a str,
    /// Its Kubernetes kinds.
    kinds: &'a [String],
    /// How bad it would be.
    severity: &'static str,
    /// What it claims.
    bytes: i64,
    /// Why it is suppressed.
    reason: &'a str,
    /// The last day on which it is, such as `2026-12-31`.
    until: &'a str,
}

impl<'a> SuppressedRow<'a> {
    fn of(note: &'a Note) -> Option<Self> {
        match note {
            Note::Suppressed {
                id,
                kinds,
                severity,
                bytes,
                reason,
                until,
            } => Some(Self {
                id,
                kinds,
                severity: severity.name(),
                bytes: *bytes,
                reason,
                until,
            }),
            _ => None,
        }
    }
}

/// A file beside the dump.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FileRow<'a> {
    /// Its name.
    file: &'a str,
    /// `metrics`, `goroutines`, `goroutine-leak`, `audit-log`, `server-log`, `version`,
    /// `profile`, `git-lfs-pointer` or `unknown`.
    kind: &'static str,
    /// Whether it was used.
    used: bool,
    /// Why not, or what it does not tell.
    reason: Option<String>,
}

/// A client behind a finding.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WhoRow<'a> {
    /// The user, by the audit log.
    user: Option<&'a str>,
    /// The user agent, by either log.
    user_agent: Option<&'a str>,
    /// The addresses that it asks from.
    source: Option<String>,
    /// Such as `LIST`.
    verb: &'a str,
    /// Such as `pods`, or `leases.coordination.k8s.io`.
    resource: String,
    /// The parameters that change what an answer costs.
    query: Option<&'a str>,
    /// Requests in flight when the dump was taken.
    in_flight: Option<i64>,
    /// Requests that ended before it, in `requests_seconds`.
    requests: Option<i64>,
    /// How long before the dump those are counted: what the logs cover of ten minutes.
    requests_seconds: Option<f64>,
    /// Its share of the bytes of the finding, 0..=1.
    share: f64,
}

/// How many requests a finding is made of.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HowManyRow {
    /// Requests in flight when the dump was taken.
    requests_in_flight: Option<i64>,
    /// `audit log`, `metrics`, `goroutines` or `rates`.
    source: Option<&'static str>,
    /// Objects of one answer, else of the resource.
    objects: Option<i64>,
    /// The mean bytes of an answer.
    bytes_each: Option<i64>,
    /// Requests times bytes.
    product: Option<i64>,
    /// What the finding claims.
    claimed: i64,
    /// Whether the product is below half or above twice of that; null without a product.
    adds_up: Option<bool>,
}

/// A remedy that is left out.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InForceRow<'a> {
    /// The remedy.
    remedy: &'a str,
    /// Why it is left out.
    reason: String,
}

/// How an amount went on over several dumps.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TrendRow {
    /// How many dumps of the newest process tell of it: those since its growth began.
    snapshots: usize,
    /// When the first of them was taken, in RFC 3339.
    since: Option<String>,
    /// In the first of these dumps.
    first: i64,
    /// In the last one.
    last: i64,
    /// Change by dump, by the line that fits best.
    per_snapshot: f64,
    /// Change by hour; null where times do not show it, or cover less than ten minutes.
    per_hour: Option<f64>,
    /// The standard error of that: of sampling or of the scatter around the line, whichever is
    /// more.
    per_hour_error: Option<f64>,
    /// Share of all that grew, 0..=1.
    share: f64,
    /// `grows`, `plateau`, `spike`, `saw-tooth`, `shrinks`, `rises` or `flat`.
    verdict: Option<&'static str>,
    /// The limit that was asked for.
    limit: Option<i64>,
    /// Why the fields below are null: `unsteady`, it does not grow steadily; `few`, two dumps tell
    /// no pace; `untimed`, a dump has no time; `short`, the dumps span less than ten minutes.
    limit_unforeseen: Option<&'static str>,
    /// In how many hours it is reached at the earliest: garbage counted.
    limit_earliest_hours: Option<f64>,
    /// At the latest: what lives alone; null where it may as well be never.
    limit_latest_hours: Option<f64>,
}

/// What one part and kind did.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct GrowingRow<'a> {
    /// Such as `watch-cache-events · ConfigMap`.
    place: &'a str,
    /// In the first dump.
    first: i64,
    /// In the last one.
    last: i64,
    /// Change by hour; null where times do not show it, or cover less than ten minutes.
    per_hour: Option<f64>,
    /// Share of all that grew, or shrank where that is more: 0..=1.
    share: f64,
    /// `grows`, `plateau`, `spike`, `saw-tooth`, `shrinks`, `rises` or `flat`.
    verdict: Option<&'static str>,
}

fn growing_row(row: &GrowthRow, has_rate: bool) -> GrowingRow<'_> {
    GrowingRow {
        place: &row.name,
        first: row.first(),
        last: row.last(),
        per_hour: row.per_hour.filter(|_| has_rate).map(bytes),
        share: row.share,
        verdict: row.pattern.map(GrowthPattern::name),
    }
}

/// Only levels have a trend, and nobody knows less than a byte of them.
fn bytes(slope: f64) -> f64 {
    whole(slope, "bytes")
}

fn trend_row(trend: &Trend) -> TrendRow {
    let Trend {
        snapshots,
        since_nanos,
        row,
        limit,
        forecast,
        no_forecast,
        ..
    } = trend;
    TrendRow {
        snapshots: *snapshots,
        since: since_nanos.map(time::utc),
        first: row.first(),
        last: row.last(),
        per_snapshot: bytes(row.per_snapshot),
        per_hour: row.per_hour.filter(|_| has_rate(trend)).map(bytes),
        per_hour_error: row.per_hour_error.filter(|_| has_rate(trend)).map(bytes),
        share: row.share,
        verdict: row.pattern.map(GrowthPattern::name),
        limit: *limit,
        limit_unforeseen: no_forecast.map(NoForecast::name),
        limit_earliest_hours: forecast.map(|forecast| forecast.earliest_hours),
        limit_latest_hours: forecast.and_then(|forecast| forecast.latest_hours),
    }
}

/// A known problem.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FindingRow<'a> {
    /// Id of the signature.
    id: &'a str,
    /// One line.
    title: &'a str,
    /// `critical`, `high`, `medium`, `low` or `info`.
    severity: &'static str,
    /// Whether the bytes alone would make it worse: programs at work look like it too.
    capped: bool,
    /// `high`, `medium` or `low`.
    confidence: &'static str,
    /// What it claims.
    bytes: i64,
    /// The same as a share of the total, 0..=1.
    share: f64,
    /// The Kubernetes kinds of the claimed objects, largest first.
    kinds: &'a [String],
    /// Whether the kinds are those of other objects of the same requests.
    kinds_inferred: bool,
    /// What it rests on.
    evidence: Vec<EvidenceRow<'a>>,
    /// The function through which nearly all of it comes.
    accumulation: Option<&'a str>,
    /// How the claimed bytes went on; absent for a single dump.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth: Option<TrendRow>,
    /// Ids of signatures that explain the same bytes less specifically.
    related: &'a [String],
    /// Clients behind it, the largest share first; absent without evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<Vec<WhoRow<'a>>>,
    /// How many requests it is made of; absent without evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    how_many: Option<HowManyRow>,
    /// Remedies that are left out because they are in force; absent without evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    in_force: Vec<InForceRow<'a>>,
    /// What to do, most effective first.
    remedy: Vec<String>,
    /// What changed with a version.
    versions: Vec<String>,
    /// Where the signature is known from.
    sources: &'a [String],
}

/// `type` shows which fields there are.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum EvidenceRow<'a> {
    /// What one part of the program has, where the signature is about several.
    Part {
        /// The part.
        part: &'a str,
        /// What it has.
        bytes: i64,
    },
    /// What one part of the program has for requests of one verb.
    Place {
        /// The part.
        part: &'a str,
        /// The verb, or `internal`.
        verb: &'a str,
        /// What it has.
        bytes: i64,
    },
    /// A heavy path, root first; `…` where frames are left out.
    Path {
        /// Its functions.
        frames: &'a [String],
        /// What was allocated through it.
        bytes: i64,
    },
    /// Objects of one kind, in the largest row of it that a table has.
    Kind {
        /// The Kubernetes kind.
        kind: &'a str,
        /// What the row has.
        bytes: i64,
    },
    /// What another part holds of the same kind, besides what is claimed.
    Beside {
        /// The other part.
        part: &'a str,
        /// What it holds.
        bytes: i64,
    },
    /// What of the claimed bytes is managed fields.
    ManagedFields {
        /// How much.
        bytes: i64,
    },
    /// Objects of one size, in bytes.
    Size {
        /// Size of one object, in bytes.
        size: i64,
        /// What all of them take.
        bytes: i64,
    },
    /// An answer of etcd that is as large as all objects of a kind in the watch cache:
    /// `held` bytes, which a sample has up to `error` bytes too many or too few.
    Answer {
        /// The Kubernetes kind.
        kind: &'a str,
        /// Size of the answer, in bytes.
        size: i64,
        /// What the watch cache holds, in bytes.
        held: i64,
        /// By how much that may be wrong, in bytes.
        error: i64,
    },
    /// How many objects the claimed bytes are, each of at least and at most so many bytes.
    Count {
        /// What is counted.
        what: &'a str,
        /// At least so many.
        least: i64,
        /// At most so many.
        most: i64,
        /// The least and the most bytes of one.
        each: [i64; 2],
    },
    /// How many owners some objects of one size have at least.
    Owners {
        /// What owns the objects.
        what: &'a str,
        /// At least so many owners.
        least: i64,
        /// At most so many objects, and so at most so many owners: each has one or more.
        most: i64,
        /// How many objects there are.
        objects: i64,
        /// Size of one object, in bytes.
        size: i64,
        /// How many objects one owner has at most.
        each: i64,
    },
    /// A part of the process, between so many bytes.
    Process {
        /// The part.
        part: &'static str,
        /// At least so many bytes.
        low: i64,
        /// At most so many.
        high: i64,
    },
    /// A row of a table.
    Row {
        /// Its function.
        name: &'a str,
        /// Its flat.
        flat: i64,
        /// Its cum.
        cum: i64,
    },
}

/// The name of a program that the file does not have.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InferredRow<'a> {
    /// The name.
    name: &'a str,
    /// What shows it: `main-folder`, `vendor` or `files`.
    by: &'static str,
}

/// A signature that could not be judged.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NotJudgedRow<'a> {
    /// Id of the signature.
    id: &'a str,
    /// What is missing: `stacks`, `memstats` or `series`.
    needs: &'a str,
}

pub(crate) fn json(out: &mut Sink, diagnosis: &Diagnosis, view: &View<'_>) -> Result<()> {
    let findings = view.findings(diagnosis).into_iter();
    let findings = findings.map(|finding| {
        let answer = view.known.answer(diagnosis, finding);
        let steps = finding.remedy.iter();
        let steps = steps.map(|step| view.known.fill_in_for(diagnosis, finding, &step.text));
        finding_row(finding, answer, steps.collect())
    });
    let not_judged = diagnosis.not_judged.iter().map(|signature| NotJudgedRow {
        id: &signature.id,
        needs: &signature.needs,
    });
    let is_long = diagnosis.trend.as_ref().is_some_and(has_rate);
    let growing = diagnosis.growing.iter();
    let verdict = verdict(diagnosis, view);
    let report = DiagnoseJson {
        schema: "kheap.diagnose/1",
        program: diagnosis.program.as_deref(),
        inferred_program: (diagnosis.inferred_program.as_ref()).map(|program| InferredRow {
            name: &program.name,
            by: program.by.name(),
        }),
        role: diagnosis.role.name(),
        versions: VersionRows::of(&diagnosis.versions),
        sample_type: &diagnosis.sample_type,
        unit: &diagnosis.unit,
        total: diagnosis.total,
        visible: diagnosis.visible,
        verdict,
        limit: view.known.limit().map(|bytes| {
            let (of, held) = limit::measured(diagnosis, &view.known);
            LimitRow { bytes, held, of }
        }),
        healthy: verdict == HEALTHY,
        findings: findings.collect(),
        suppressed: (diagnosis.notes.iter().filter_map(SuppressedRow::of)).collect(),
        unclaimed_parts: diagnosis
            .unclaimed_parts
            .iter()
            .filter_map(evidence_row)
            .collect(),
        unclaimed: diagnosis
            .unclaimed
            .iter()
            .filter_map(evidence_row)
            .collect(),
        composition: diagnosis.composition.as_ref().map(composition_row),
        not_judged: not_judged.collect(),
        growth: diagnosis.trend.as_ref().map(trend_row),
        growing: growing.map(|row| growing_row(row, is_long)).collect(),
        evidence: (view.known.beside).map(|joined| joined.files.iter().map(file_row).collect()),
        notes: note::all(diagnosis, &view.known).collect(),
    };
    write(out, &report)
}

const HEALTHY: &str = "healthy";

/// The verdict that a text has, in the words of data.
fn verdict(diagnosis: &Diagnosis, view: &View<'_>) -> &'static str {
    match judgement(diagnosis, &view.known).word {
        Word::Findings(_) | Word::FindingsAtLimit(_) => "findings",
        Word::LimitPassed => "limit-passed",
        Word::Check => "uncertain",
        Word::NotDiagnosed => "not-judged",
        // The verdict is about the findings that are left; a list has the others.
        Word::Healthy | Word::Suppressed => HEALTHY,
        // Part of the contract since before texts named cut tables.
        Word::Cut => Word::Unexplained.name(),
        // Part of the contract since before the limit was in the word.
        Word::GrowingToLimit => Word::Growing.name(),
        word => word.name(),
    }
}

pub(super) fn file_row(file: &FileUse) -> FileRow<'_> {
    FileRow {
        file: &file.file,
        kind: file.kind.name(),
        used: file.usage.is_used(),
        reason: file.usage.reason().map(reason),
    }
}

fn who_row(who: &Who) -> WhoRow<'_> {
    WhoRow {
        user: who.user.as_deref(),
        user_agent: who.user_agent.as_deref(),
        source: who.source.as_ref().map(addresses),
        verb: &who.verb,
        resource: who.resource.to_string(),
        query: who.query.as_deref(),
        in_flight: who.in_flight,
        requests: who.requests,
        requests_seconds: who.window_nanos.map(|nanos| nanos as f64 / 1e9),
        share: who.share,
    }
}

fn how_many_row(count: &HowMany) -> HowManyRow {
    HowManyRow {
        requests_in_flight: count.requests_in_flight,
        source: count.source.map(Source::name),
        objects: count.objects,
        bytes_each: count.bytes_each,
        product: count.product,
        claimed: count.claimed,
        adds_up: count.product.map(|_| !count.is_off()),
    }
}

fn in_force_row<'a>((advice, why): &'a (Advice, InForce)) -> InForceRow<'a> {
    InForceRow {
        remedy: &advice.text,
        reason: in_force_reason(why),
    }
}

fn finding_row<'a>(
    finding: &'a Finding,
    answer: Option<&'a Answer>,
    remedy: Vec<String>,
) -> FindingRow<'a> {
    let in_force = answer.into_iter().flat_map(|answer| &answer.in_force);
    FindingRow {
        id: &finding.id,
        title: &finding.title,
        severity: finding.severity.name(),
        capped: finding.is_capped,
        confidence: finding.confidence.name(),
        bytes: finding.bytes,
        share: finding.share,
        kinds: &finding.kinds,
        kinds_inferred: finding.kinds_inferred,
        evidence: finding.evidence.iter().filter_map(evidence_row).collect(),
        accumulation: finding.accumulation.as_deref(),
        growth: finding.trend.as_ref().map(trend_row),
        related: &finding.related,
        who: answer.map(|answer| answer.who.iter().map(who_row).collect()),
        how_many: answer
            .and_then(|answer| answer.how_many.as_ref())
            .map(how_many_row),
        in_force: in_force.map(in_force_row).collect(),
        remedy,
        versions: finding.versions.iter().map(version::note).collect(),
        sources: &finding.sources,
    }
}

/// `None` for evidence that this version of the data has no row for.
pub(super) fn evidence_row(evidence: &Evidence) -> Option<EvidenceRow<'_>> {
    Some(match evidence {
        Evidence::Part { part, bytes } => EvidenceRow::Part {
            part,
            bytes: *bytes,
        },
        Evidence::Place { part, verb, bytes } => EvidenceRow::Place {
            part,
            verb,
            bytes: *bytes,
        },
        Evidence::Path { frames, bytes } => EvidenceRow::Path {
            frames,
            bytes: *bytes,
        },
        Evidence::Kind { kind, bytes } => EvidenceRow::Kind {
            kind,
            bytes: *bytes,
        },
        Evidence::Beside { part, bytes } => EvidenceRow::Beside {
            part,
            bytes: *bytes,
        },
        Evidence::ManagedFields { bytes } => EvidenceRow::ManagedFields { bytes: *bytes },
        Evidence::Size { size, bytes } => EvidenceRow::Size {
            size: *size,
            bytes: *bytes,
        },
        Evidence::Answer {
            kind,
            size,
            held,
            error,
        } => EvidenceRow::Answer {
            kind,
            size: *size,
            held: *held,
            error: *error,
        },
        Evidence::Count {
            what,
            least,
            most,
            each,
        } => EvidenceRow::Count {
            what,
            least: *least,
            most: *most,
            each: *each,
        },
        Evidence::Owners {
            what,
            least,
            most,
            objects,
            size,
            each,
        } => EvidenceRow::Owners {
            what,
            least: *least,
            most: *most,
            objects: *objects,
            size: *size,
            each: *each,
        },
        Evidence::Process { part, low, high } => EvidenceRow::Process {
            part: memory::title(*part),
            low: *low,
            high: *high,
        },
        Evidence::Row { name, flat, cum } => EvidenceRow::Row {
            name,
            flat: *flat,
            cum: *cum,
        },
        _ => return None,
    })
}

/// Findings, each with the verdict on the heap; without findings the verdict alone.
/// A row for each finding; `program` separates those of several programs, whose first has
/// the `header`.
pub(crate) fn csv(
    out: &mut Sink,
    diagnosis: &Diagnosis,
    view: &View<'_>,
    header: bool,
) -> Result<()> {
    let columns = "id severity confidence bytes share kinds title growth per_hour verdict program";
    if header {
        out.record(columns.split(' '))?;
    }
    let verdict = verdict(diagnosis, view);
    let program = diagnosis.program.as_deref().unwrap_or_default();
    let findings = view.findings(diagnosis);
    if findings.is_empty() {
        // Else nobody could tell a healthy heap from one that is not judged.
        let cells = ["", "", "", "", "", "", "", "", "", verdict, program];
        out.record(cells)?;
    }
    for finding in findings {
        let trend = finding.trend.as_ref();
        let per_hour = trend.filter(|trend| has_rate(trend));
        let per_hour = per_hour.and_then(|trend| trend.row.per_hour.map(bytes));
        let cells = [
            finding.id.as_str(),
            finding.severity.name(),
            finding.confidence.name(),
            &finding.bytes.to_string(),
            &finding.share.to_string(),
            &finding.kinds.join(";"),
            &finding.title,
            (trend.and_then(|trend| trend.row.pattern)).map_or("", GrowthPattern::name),
            &per_hour.map_or_else(String::new, |per_hour| per_hour.to_string()),
            verdict,
            program,
        ];
        out.record(cells)?;
    }
    Ok(())
}
