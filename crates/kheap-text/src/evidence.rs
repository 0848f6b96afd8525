//! What lies beside a dump, in words for people.

use std::collections::{BTreeMap, BTreeSet};

use kheap::attribute::Role;
use kheap::diagnose::{Advice, Finding, Severity};
use kheap::{Diagnosis, symbol};
use kheap_evidence::goroutines::{Goroutines, Group};
use kheap_evidence::join::{
    Addresses, Answer, FileUse, HowMany, InForce, Reason, Server, Source, Who, asks_for_clients,
};
use kheap_evidence::metrics::Scrape;
use kheap_evidence::{FileKind, Joined, Manifest};

use crate::change::counted;
use crate::diagnosis::{Known, sentence};
use crate::finding::least_requests;
use crate::reason::{reason as words, short};
use crate::shell::quoted;
use crate::value::{bytes, number, share as share_of};
use crate::{Commands, client};

/// A client behind a finding, and what it asks for.
pub fn who(answer: &Answer, who: &Who) -> String {
    let mut client = match (&who.user_agent, &who.user) {
        (Some(agent), Some(user)) => format!("{agent}, user {user}"),
        (Some(agent), None) => format!("{agent}, user unknown"),
        (None, Some(user)) => format!("user {user}"),
        (None, None) if who.is_hidden => "one client (--no-clients leaves out who)".to_owned(),
        (None, None) => "a client that no log names".to_owned(),
    };
    if let Some(source) = &who.source {
        client += &format!(", from {}", addresses(source));
    }
    // Where one client has all requests, their number is that of the finding.
    let count = answer.how_many.as_ref();
    let all = count.and_then(|count| count.requests_in_flight);
    let is_said = answer.who.len() == 1 && who.in_flight == all;
    format!("{client}: {}", requests(who, is_said))
}

/// What to save where requests were counted, and no file names a client.
pub fn unknown_client(answer: &Answer) -> Option<&'static str> {
    let count = answer.how_many.as_ref()?;
    let is_open = count.requests_in_flight.is_some() && answer.who.is_empty();
    is_open.then_some("unknown: no log of this process is among the files.")
}

/// What a client asks for, and how often.
fn requests(who: &Who, is_counted: bool) -> String {
    let mut parts = vec![format!("{} of {}{}.", who.verb, resource(who), query(who))];
    if let Some(in_flight) = who.in_flight.filter(|_| !is_counted) {
        let state = if who.verb == "WATCH" {
            "open"
        } else {
            "in flight"
        };
        parts.push(format!("{} {state}.", number(in_flight)));
    }
    if let Some(ended) = who.requests.filter(|&ended| ended > 0) {
        let ended = number(ended);
        parts.push(format!("{ended} ended {}.", window(who.window_nanos)));
    }
    if let Some(each) = who.bytes_each {
        let one = if who.verb == "WATCH" {
            "watch"
        } else {
            "response"
        };
        parts.push(format!("Each {one}: {}.", bytes(each)));
    }
    parts.join(" ")
}

/// The time in which requests are counted that ended.
fn window(nanos: Option<i64>) -> String {
    const SECOND: i64 = 1_000_000_000;
    let seconds = nanos.unwrap_or_default() / SECOND;
    match seconds {
        ..1 => "before".to_owned(),
        600.. => "in the 10 minutes before".to_owned(),
        120.. => format!("in {} minutes of the log", seconds / 60),
        _ => format!("in {} of the log", counted(seconds, "second")),
    }
}

/// Where a client asks from: `10.0.0.1, 10.0.0.2 and 3 more`.
pub fn addresses(addresses: &Addresses) -> String {
    let named = addresses.named.join(", ");
    match addresses.more {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn resource(who: &Who) -> String {
    let resource = &who.resource;
    match &who.namespace {
        Some(namespace) => format!("{resource} in namespace {namespace}"),
        None => resource.to_string(),
    }
}

fn query(who: &Who) -> String {
    match &who.query {
        Some(query) => format!(" with {query}"),
        None => String::new(),
    }
}

/// How many requests a finding is made of, and whether that adds up; `None` where nothing
/// shows. Files of another moment can count fewer than the heap proves.
pub fn how_many(finding: &Finding, count: &HowMany, of: &[Who]) -> Option<String> {
    let mut words = match (count.requests_in_flight, count.source) {
        (Some(requests), Some(source)) => {
            let (noun, several, state) = match of.first().map(|who| who.verb.as_str()) {
                Some("WATCH") => ("watch", "Watches", "open"),
                Some("LIST") => ("LIST", "LISTs", "in flight"),
                _ => ("request", "Requests", "in flight"),
            };
            let were = |count| if count == 1 { "was" } else { "were" };
            let in_state = |count| format!("{} {} {state}", counted(count, noun), were(count));
            let source = source_words(source);
            match least_requests(finding).filter(|&least| least > requests) {
                Some(least) => format!(
                    "{several} {state}: at least {} {THE_HEAP}, {} {source}, at different seconds.",
                    number(least),
                    number(requests)
                ),
                None => format!("{} ({source}).", in_state(requests)),
            }
        }
        _ => return objects(count, of),
    };
    words += &explained(count).unwrap_or_default();
    if let Some(objects) = objects(count, of) {
        words += &format!(" {objects}");
    }
    Some(words)
}

/// Where a least number of requests comes from.
const THE_HEAP: &str = "by the heap";

/// How much of a finding the requests in flight explain.
fn explained(count: &HowMany) -> Option<String> {
    let (each, product) = (bytes(count.bytes_each?), count.product?);
    let sum = format!(
        " Each takes about {each}: {} × {each} ≈ {}",
        number(count.requests_in_flight?),
        bytes(product)
    );
    let share = product as f64 / count.claimed.max(1) as f64;
    Some(match share {
        _ if count.is_off() && share > 1.0 => format!(
            " If each took {each}, together they would hold {}. Most of them hold less.",
            bytes(product)
        ),
        1.0.. => format!("{sum}, which explains all of this finding."),
        share => {
            let rest = match count.is_off() {
                true => " Copies, or buffers of earlier requests, hold the rest.",
                false => "",
            };
            let share = share * 100.0;
            format!("{sum}, {share:.0}% of this finding.{rest}")
        }
    })
}

fn objects(count: &HowMany, of: &[Who]) -> Option<String> {
    let objects = count.objects?;
    Some(match of {
        [] => format!("The server counts {}.", counted(objects, "object")),
        [who, ..] if who.verb == "WATCH" => {
            format!("There are {} to send to each.", counted(objects, "object"))
        }
        _ => format!("A response has {}.", counted(objects, "object")),
    })
}

/// Where a number of requests comes from.
fn source_words(source: Source) -> &'static str {
    match source {
        Source::Audit => "by the audit log",
        Source::Metrics => "by /metrics",
        Source::Goroutines => "by the goroutines of their handlers",
        Source::Rates => "by their rate and latency",
        _ => "by another file",
    }
}

/// Why a remedy is left out.
pub fn in_force(advice: &Advice, why: &InForce) -> String {
    let remedy = advice.text.as_str();
    let short: String = remedy.chars().take(60).collect();
    let dots = if short.len() < remedy.len() {
        "…"
    } else {
        ""
    };
    format!("Not needed: \"{short}{dots}\" ({})", in_force_reason(why))
}

/// The reason alone.
pub fn in_force_reason(why: &InForce) -> String {
    match why {
        InForce::Version(version) => format!("the server is {version}"),
        InForce::Gates(gates) => {
            let are = if gates.len() == 1 { "is on" } else { "are on" };
            format!("{} {are}", gates.join(" and "))
        }
        _ => crate::newer(why),
    }
}

/// What became of some files: one line each, and one for all that share their words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileLine<'f> {
    /// The files, or some of them.
    pub names: Vec<&'f str>,
    /// How many more there are.
    pub more: usize,
    /// What became of them.
    pub words: String,
}

/// How many files that have the same words have a line each.
const LINES: usize = 3;

/// How many lines there are: no more than of warnings.
const MOST_LINES: usize = 30;

/// Lines about files, in their order.
pub fn files(files: &[FileUse]) -> Vec<FileLine<'_>> {
    let mut groups: BTreeMap<String, Vec<&FileUse>> = BTreeMap::new();
    for one in files {
        groups.entry(kind_of(one)).or_default().push(one);
    }
    let mut lines = Vec::new();
    for one in files {
        let kind = kind_of(one);
        let group = &groups[&kind];
        if group.len() <= LINES {
            lines.push(line(&[one], 0, file(one)));
        } else if std::ptr::eq(group[0], one) {
            lines.push(line(&group[..LINES], group.len() - LINES, kind));
        }
    }
    shorten(lines)
}

/// What became of a file, in words that others may share.
fn kind_of(one: &FileUse) -> String {
    let reason = one.usage.reason().filter(|_| !one.usage.is_used());
    match reason.and_then(short) {
        Some(reason) => format!("not used: {reason}"),
        None => file(one),
    }
}

/// The first lines, and one for the others.
fn shorten(mut lines: Vec<FileLine<'_>>) -> Vec<FileLine<'_>> {
    if lines.len() > MOST_LINES {
        let others = lines.split_off(MOST_LINES - 1);
        let all: usize = others.iter().map(|line| line.names.len() + line.more).sum();
        let names = others.iter().flat_map(|line| line.names.clone());
        let names: Vec<&str> = names.take(LINES).collect();
        lines.push(FileLine {
            more: all - names.len(),
            names,
            words: "not shown here; JSON lists them".to_owned(),
        });
    }
    lines
}

fn line<'f>(files: &[&'f FileUse], more: usize, words: String) -> FileLine<'f> {
    FileLine {
        names: files.iter().map(|one| &*one.file).collect(),
        more,
        words,
    }
}

impl FileLine<'_> {
    /// The files: `a, b, c and 4 more`.
    pub fn names(&self, name: impl Fn(&str) -> String) -> String {
        let names: Vec<String> = self.names.iter().map(|one| name(one)).collect();
        match self.more {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }
}

/// What became of a file, without its name.
pub fn file(file: &FileUse) -> String {
    if file.kind == FileKind::Unknown {
        return NO_EVIDENCE.to_owned();
    }
    let kind = file.kind.name().replace('-', " ");
    let used = match file.usage.is_used() {
        true => "used",
        false => "not used",
    };
    match file.usage.reason() {
        Some(pointer @ Reason::GitLfsPointer) => format!("{used}: {}", words(pointer)),
        Some(reason) => format!("{kind}, {used}: {}", words(reason)),
        None => format!("{kind}, {used}"),
    }
}

const NO_EVIDENCE: &str =
    "not used: no known kind of evidence file (metrics, logs, goroutines, version)";

/// What is known of the server, in a line; `None` where nothing is.
pub fn server(server: &Server) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(version) = &server.version {
        parts.push(format!("server {version}"));
    }
    if let Some(process) = server.process() {
        let memory = process.rss.map(|rss| format!("RSS {}", bytes(rss)));
        let goroutines = process.goroutines.map(|count| counted(count, "goroutine"));
        parts.extend(memory.into_iter().chain(goroutines));
    }
    if let Some(found) = &server.goroutines {
        parts.push(match found.role {
            Role::ApiServer => running(found),
            _ => groups(found),
        });
    }
    parts.extend(stacks(server));
    parts.retain(|part| !part.is_empty());
    parts.extend(server.scrape.iter().flat_map(|scrape| of_program(scrape)));
    let sentences = parts.iter().map(|part| sentence(part));
    (!parts.is_empty()).then(|| sentences.collect::<Vec<_>>().join(" "))
}

/// The requests of all clients and kinds that goroutines of an API server work on.
fn running(found: &Goroutines) -> String {
    let (lists, watches) = (found.lists.total, found.watches.total);
    let [lists, watches] = [(lists, "LIST"), (watches, "watch")].map(|(count, what)| match count {
        0 => format!("no {what}"),
        count => counted(count, what),
    });
    let slow = match found.slow_writers {
        0 => String::new(),
        1 => ". 1 request waits for a slow reader".to_owned(),
        slow => format!(". {} wait for slow readers", counted(slow, "request")),
    };
    format!("goroutines of all clients and kinds: {lists}, {watches}{slow}")
}

/// The largest groups of goroutines of a program that is no API server.
fn groups(found: &Goroutines) -> String {
    let is_large = |group: &&Group| group.count >= 10 && 20 * group.count >= found.total;
    let groups = found
        .groups
        .iter()
        .filter(is_large)
        .take(GROUPS)
        .map(|group| {
            let (started, waits) = (symbol::short(&group.started), symbol::short(&group.waits));
            match started == waits {
                true => format!("{waits} ({})", group.count),
                false => format!("{waits} ({}, started as {started})", group.count),
            }
        });
    let groups: Vec<String> = groups.collect();
    match groups.is_empty() {
        true => String::new(),
        false => format!("largest groups of goroutines: {}", groups.join(", ")),
    }
}

/// Stacks of goroutines that are a large share of the process.
fn stacks(server: &Server) -> Option<String> {
    let process = server.process()?;
    let held = *process.mem_stats.get("stack_inuse_bytes")?;
    let rss = process.rss.filter(|rss| *rss > 0)?;
    (held >= LARGE_STACKS && held as f64 >= LARGE_SHARE * rss as f64).then(|| {
        let share = share_of(held, rss);
        let held = bytes(held);
        format!("stacks of goroutines {held} ({share} of the RSS)")
    })
}

/// How many groups of goroutines are named.
const GROUPS: usize = 3;

/// From how many bytes on, and which share of the process, stacks are worth a word.
const LARGE_STACKS: i64 = 64 << 20;
const LARGE_SHARE: f64 = 0.1;

/// What etcd, Prometheus and controllers measure of themselves.
fn of_program(scrape: &Scrape) -> Vec<String> {
    let facts = &scrape.program;
    let database = facts
        .database_bytes
        .map(|size| format!("database {}", bytes(size)));
    let keys = facts.keys.map(|count| counted(count, "key"));
    let series = facts
        .head_series
        .map(|count| format!("{} series in the head", number(count)));
    // The API server is a client of itself.
    let is_server = scrape.role() == Role::ApiServer;
    let requests = facts.client_requests.filter(|_| !is_server);
    let requests = requests.map(|count| {
        let requests = counted(count, "request");
        format!("{requests} to API servers since its start")
    });
    let longest = scrape.queues.iter().max_by_key(|(_, depth)| **depth);
    let queue = longest.map(|(name, depth)| {
        format!("{depth} items wait in the work queue {name}, the longest one")
    });
    let all = [database, keys, series, requests, queue];
    all.into_iter().flatten().collect()
}

/// How to limit the clients behind findings; `None` where there are none.
pub fn manifests(joined: &Joined) -> Option<String> {
    let manifests = joined.manifests();
    let offer = match manifests.len() {
        0 => return None,
        1 => {
            "To limit this client, add `--write-manifests limits`: kheap writes a manifest into \
             that folder. Check it, then run `kubectl apply -f limits`."
        }
        _ => {
            "To limit these clients, add `--write-manifests limits`: kheap writes a manifest for \
             each of them into that folder. Check them, then run `kubectl apply -f limits`."
        }
    };
    let watches = manifests.iter().any(|manifest| manifest.verb == "WATCH");
    let stay = if watches { OPEN_WATCHES_STAY } else { "" };
    Some(format!("{offer}{stay}"))
}

/// What a limit of watches does not do.
const OPEN_WATCHES_STAY: &str =
    " It limits only how many watches start at once. Open watches stay until their client ends.";

/// Goroutines that can never go on, a line for each who made them.
pub fn leaks(server: &Server) -> Vec<String> {
    const MOST: usize = 5;
    let leaked = [&server.leaks, &server.goroutines];
    let leaked = leaked.into_iter().flatten().flat_map(|found| &found.leaked);
    let lines = leaked.map(|creator| {
        let leaked = counted(creator.count, "leaked goroutine");
        format!("{leaked} started by {}", creator.place)
    });
    lines.take(MOST).collect()
}

/// What is open about the requests behind findings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Question {
    /// The question, or which files would answer it.
    pub words: String,
    /// How to get the answer, step by step.
    pub steps: Vec<String>,
}

impl Question {
    fn of(words: String) -> Self {
        Self {
            words,
            steps: Vec::new(),
        }
    }
}

/// Which files would say what is open: without any who is behind the findings, else what
/// those that are used do not tell. `None` where nothing is open.
pub fn question(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<Question> {
    let is_asked =
        |finding: &Finding| finding.severity > Severity::Low && asks_for_clients(finding);
    let Some(joined) = known.beside else {
        let is_asked = diagnosis.findings.iter().any(is_asked);
        return is_asked.then(|| capture(diagnosis, known));
    };
    let pairs = diagnosis.findings.iter().zip(&joined.answers);
    let asked = pairs.filter(|(finding, _)| is_asked(finding));
    let open: BTreeSet<Open> = asked.flat_map(|(_, answer)| open(answer)).collect();
    let join = |words: fn(&Open) -> &'static str| {
        let words: Vec<&str> = open.iter().map(words).collect();
        words.join("; ")
    };
    (!open.is_empty()).then(|| {
        let unused = unused_audit_log(joined, &open).unwrap_or_default();
        Question::of(format!(
            "Unknown: {}. With the next dump of this process save: {}.{unused}",
            join(Open::what),
            join(Open::files)
        ))
    })
}

/// Why an audit log among the files does not say what is open.
fn unused_audit_log(joined: &Joined, open: &BTreeSet<Open>) -> Option<String> {
    let asks = open.contains(&Open::Client) || open.contains(&Open::User);
    let mut logs = joined.files.iter();
    let log = logs.find(|file| file.kind == FileKind::AuditLog && !file.usage.is_used())?;
    let reason = log.usage.reason().filter(|_| asks)?;
    Some(format!(
        " The audit log here is not used: {}.",
        words(reason)
    ))
}

/// How to read, or save, all that says who sends requests.
fn capture(diagnosis: &Diagnosis, known: &Known<'_>) -> Question {
    let read_with = |file: &str, folder: &str| {
        let command = format!(
            "`kheap diagnose {} --with {}`",
            quoted(file),
            quoted(folder)
        );
        Question::of(format!(
            "Who sends these requests? The folder of this dump has metrics or logs. Read them with \
             it: {}.",
            known.commands.apply(&command)
        ))
    };
    if let Some((file, folder)) = known.file.zip(known.unread) {
        return read_with(file, folder);
    }
    // Nothing fits a table: it has no time. Without commands nothing reads what is saved already.
    let saved = match (diagnosis.visible, known.commands) {
        (Some(_), _) | (None, Commands::Omitted) => NOT_SAVED,
        (None, _) => ALREADY_SAVED,
    };
    // A step goes on its own: the others stay, and name the same new file.
    let stays = |step: &&str| !known.fill_in(step).is_empty();
    let steps: Vec<&str> = CAPTURE.lines().filter(stays).collect();
    let steps = known.fill_in(&steps.join("\n"));
    Question {
        words: format!("Who sends these requests? {}", known.fill_in(saved)),
        steps: steps.lines().map(str::to_owned).collect(),
    }
}

/// How to save it, a step on each line. Files that are saved later do not fit the dump.
const CAPTURE: &str =
    "If there are several API servers, choose one: `S=--server=https://ADDRESS:6443`, with its IP as ADDRESS.
Save its metrics: `kubectl get --raw /metrics $S > metrics.txt`.
Save its heap: `kubectl get --raw '/debug/pprof/heap?gc=1' $S > heap.pb.gz`.
Save its goroutines: `kubectl get --raw /debug/pprof/goroutine $S > goroutine.pb.gz`.
From its node, copy the file of --audit-log-path to audit.log.
Run `kheap diagnose heap.pb.gz --with metrics.txt goroutine.pb.gz audit.log`.";

const NOT_SAVED: &str = "Save the files of one server, within two minutes:";

const ALREADY_SAVED: &str = "If you have metrics, goroutines or an audit log from the minutes \
                             around this dump, run `kheap diagnose FILE --with metrics.txt \
                             goroutine.pb.gz audit.log`. If not, save the files of one server, \
                             within two minutes:";

/// What files beside a dump do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    Client,
    User,
    Number,
    Size,
}

impl Open {
    fn what(&self) -> &'static str {
        match self {
            Self::Client => "which client",
            Self::User => "which user",
            Self::Number => "how many requests were in flight",
            Self::Size => "how large a response is",
        }
    }

    /// The files that say it.
    fn files(&self) -> &'static str {
        match self {
            Self::Client => "the audit log or server log",
            Self::User => "the audit log",
            Self::Number => "/metrics or the goroutine profile",
            Self::Size => "the server log or /metrics",
        }
    }
}

fn open(answer: &Answer) -> Vec<Open> {
    let count = answer.how_many.as_ref();
    let is_counted = count.is_some_and(|count| count.requests_in_flight.is_some());
    let first = answer.who.first();
    let mut open = Vec::new();
    match first {
        Some(who) if who.is_hidden => {}
        Some(who) if who.user.is_some() => {}
        Some(who) if who.user_agent.is_some() => open.push(Open::User),
        _ => open.push(Open::Client),
    }
    if !is_counted {
        open.push(Open::Number);
    }
    // Watches have no response, and a selector leaves out what nobody counts.
    let is_list = first.is_some_and(|who| who.verb == "LIST");
    if is_list && count.is_some_and(|count| count.bytes_each.is_none()) {
        open.push(Open::Size);
    }
    open
}

/// What became of clients of whom no manifest is written, a sentence each.
pub fn unlimited(joined: Option<&Joined>) -> Vec<String> {
    let Some(joined) = joined else {
        return vec![
            "no manifest is written: no file lies beside the dump; --with audit.log names users"
                .to_owned(),
        ];
    };
    let clients = joined.answers.iter().flat_map(|answer| &answer.who);
    let mut clients = clients.peekable();
    if clients.peek().is_none() {
        return vec!["no manifest is written: no client is behind a finding".to_owned()];
    }
    let without = clients.filter(|who| Manifest::of(who, &joined.server).is_none());
    let reasons: BTreeSet<String> = without.map(no_manifest).collect();
    reasons.into_iter().collect()
}

fn no_manifest(who: &Who) -> String {
    let client = client::name(who);
    let (verb, resource) = (&who.verb, &who.resource);
    let why = match &who.user {
        Some(_) => "nodes share the flow schema system-nodes",
        None => "its user is not known; the audit log names it",
    };
    format!("no manifest is written for {client}, {verb} of {resource}: {why}")
}

#[cfg(test)]
mod tests {
    use kheap::{DiagnoseOptions, Heap, ProfileBuilder, Selection, SelectionOptions};

    use super::*;

    /// What is asked about LISTs that read from etcd.
    fn asked(commands: Commands<'_>) -> Question {
        let stack = "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1;\
                     k8s.io/apiserver/pkg/storage/etcd3.(*store).GetList;\
                     google.golang.org/grpc.(*parser).recvMsg 2147483648";
        let profile = ProfileBuilder::folded(stack).expect("stacks").finish();
        let sample_type = profile.sample_type("").expect("there is one");
        let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
        let diagnosis = kheap::diagnose(&Heap::new(selection), &DiagnoseOptions::default());
        let known = Known::default().commands(commands).inputs(&["heap.pb.gz"]);
        question(&diagnosis, &known).expect("a question is open")
    }

    #[test]
    fn of_many_lines_about_files_the_first_are_shown() {
        let names: Vec<String> = (0..5_600).map(|at| format!("{at}.txt")).collect();
        let lines = |count: usize| -> Vec<FileLine<'_>> {
            let line = |name| FileLine {
                names: vec![String::as_str(name)],
                more: 1,
                words: name.clone(),
            };
            shorten(names[..count].iter().map(line).collect())
        };
        assert_eq!(lines(30)[29].words, "29.txt");
        let both = "29.txt, 30.txt and 2 more";
        assert_eq!(lines(31)[29].names(str::to_owned), both);
        let all = lines(names.len());
        assert_eq!(all.len(), 30);
        assert_eq!(all[28].words, "28.txt");
        assert_eq!(
            all[29].names(str::to_owned),
            format!("29.txt, 30.txt, 31.txt and {} more", 2 * (5_600 - 29) - 3)
        );
    }

    #[test]
    fn without_the_commands_of_kheap_the_others_stay() {
        let [all, renamed, without] =
            [Commands::Kheap, Commands::Of("oc heap"), Commands::Omitted].map(asked);
        assert!(all.words.contains("`kheap diagnose FILE"), "{all:?}");
        assert!(renamed.words.contains("`oc heap diagnose FILE"));
        assert!(renamed.steps.last().unwrap().starts_with("Run `oc heap "));
        assert_eq!(
            without.words,
            "Who sends these requests? Save the files of one server, within two minutes:"
        );
        let (last, others) = all.steps.split_last().unwrap();
        assert!(last.starts_with("Run `kheap diagnose heap-2.pb.gz --with"));
        assert_eq!(without.steps, others);
    }
}
