//! What one scrape of /metrics says.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use kheap::attribute::Role;
use kheap::memory::{Gogc, MemoryOptions};
use kheap::memstats::MemStats;

use super::line::Sample;
use crate::moment;
use crate::resource::Resource;

/// How many series one scrape keeps. A large cluster has some thousand of those
/// that are kept.
const MAX_SERIES: u64 = 200_000;

/// The programs of Kubernetes that ask for a lock of their own name, each with the port of
/// its node on which it serves profiles and metrics: over TLS, to callers with a token.
pub const COMPONENTS: [(&str, u16); 3] = [
    ("cloud-controller-manager", 10258),
    ("kube-controller-manager", 10257),
    ("kube-scheduler", 10259),
];

/// One scrape.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Scrape {
    /// When it was taken, where its lines tell; most do not.
    pub time_nanos: Option<i64>,
    /// The process.
    pub process: Process,
    /// Feature gates by name, and whether they are on.
    pub gates: BTreeMap<String, bool>,
    /// How many objects there are, −1 where the server could not count them.
    pub objects: BTreeMap<Resource, i64>,
    /// Requests, watches and answers.
    pub resources: BTreeMap<Resource, Counters>,
    /// Requests and seats that are executing, by flow schema and priority level.
    pub executing: BTreeMap<(String, String), Executing>,
    /// The seats that all priority levels share.
    pub nominal_seats: f64,
    /// Depths of the work queues of a controller that are not empty.
    pub queues: BTreeMap<String, i64>,
    /// What other programs than the API server measure of themselves.
    pub program: ProgramFacts,
    /// Whether it holds metrics of several processes, as `/federate` gives them.
    pub(crate) is_of_several: bool,
    programs: BTreeSet<Program>,
    /// The component of Kubernetes that the process is, by the lock that it asks for.
    pub(crate) component: Option<&'static str>,
    instance: Option<String>,
    /// What older servers count by the prefix in etcd.
    prefixes: BTreeMap<String, i64>,
    /// Seats by the older name of their metric.
    concurrency_limits: f64,
    /// Hashes of the series that are kept.
    seen: HashSet<u64>,
    series: u64,
    pub(super) left_out: u64,
    pub(super) impossible: u64,
}

/// The process that was scraped.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Process {
    /// When it started, in nanoseconds since 1970.
    pub start_nanos: Option<i64>,
    /// What is resident, in bytes.
    pub rss: Option<i64>,
    /// The Go version, such as `go1.27.3`.
    pub go_version: Option<String>,
    /// The program's version, such as `v1.36.2`.
    pub version: Option<String>,
    /// `GOGC` in percent; below 0 where it is off.
    pub gogc: Option<i64>,
    /// `GOMEMLIMIT` in bytes; `None` where it is off.
    pub gomemlimit: Option<i64>,
    /// How many goroutines there were.
    pub goroutines: Option<i64>,
    /// When the last collection ended, in nanoseconds since 1970.
    pub last_gc_nanos: Option<i64>,
    /// `go_memstats_*`, by the name without that prefix, such as `heap_alloc_bytes`.
    pub mem_stats: BTreeMap<String, i64>,
}

/// What etcd, Prometheus and clients of the API server measure of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProgramFacts {
    /// The size of etcd's database, in bytes.
    pub database_bytes: Option<i64>,
    /// How many keys etcd holds.
    pub keys: Option<i64>,
    /// Series in the head of Prometheus.
    pub head_series: Option<i64>,
    /// Requests that a client has sent to API servers since its start.
    pub client_requests: Option<i64>,
}

/// What counters say of one resource.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// LISTs that the watch cache began to answer; `None` where it has none.
    pub cache_lists: Option<i64>,
    /// LISTs that the storage was asked for; those of the cache itself among them.
    pub storage_lists: Option<i64>,
    /// Whether the resource has a watch cache.
    pub has_cache: bool,
    /// LISTs that ended and had reached the storage.
    pub list_requests: i64,
    /// Requests to delete a collection; each begins with a LIST.
    pub collection_deletes: i64,
    /// Answers to LISTs of all namespaces: bytes and count.
    pub list_answers: (f64, f64),
    /// Answers to LISTs of one namespace.
    pub namespace_answers: (f64, f64),
    /// Open watches.
    pub watches: i64,
}

/// What executes under one flow schema.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Executing {
    /// Requests.
    pub requests: i64,
    /// Seats that they take.
    pub seats: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Program {
    Etcd,
    ApiServer,
    Prometheus,
    Client,
}

impl Process {
    /// The statistics of the Go runtime; `None` where one that counts is missing.
    pub fn mem_stats(&self) -> Option<MemStats> {
        let stat = |name: &str| u64::try_from(*self.mem_stats.get(name)?).ok();
        let stats = MemStats::default()
            .sys(stat("sys_bytes")?)
            .heap_alloc(stat("heap_alloc_bytes")?)
            .heap_sys(stat("heap_sys_bytes")?)
            .heap_idle(stat("heap_idle_bytes")?)
            .heap_inuse(stat("heap_inuse_bytes")?)
            .heap_released(stat("heap_released_bytes")?)
            .heap_objects(stat("heap_objects").unwrap_or_default())
            .stack_inuse(stat("stack_inuse_bytes")?)
            .stack_sys(stat("stack_sys_bytes")?)
            .mspan_sys(stat("mspan_sys_bytes")?)
            .mcache_sys(stat("mcache_sys_bytes")?)
            .buck_hash_sys(stat("buck_hash_sys_bytes")?)
            .gc_sys(stat("gc_sys_bytes")?)
            .other_sys(stat("other_sys_bytes")?)
            .next_gc(stat("next_gc_bytes")?)
            .last_gc_nanos(u64::try_from(self.last_gc_nanos?).ok()?)
            // Metrics do not count them; one ended at least.
            .num_gc(1);
        Some(stats)
    }

    /// Adds what the metrics say to what is known of the process: the statistics of its runtime,
    /// its RSS and GOGC, each where nobody gave them.
    #[must_use]
    pub fn described(&self, known: MemoryOptions) -> MemoryOptions {
        let stats = known.stats.or_else(|| self.mem_stats());
        let rss = self.rss.and_then(|rss| u64::try_from(rss).ok());
        let gogc = self.gogc.and_then(|gogc| u32::try_from(gogc).ok());
        // The statistics hold what GOGC led to.
        let gogc = gogc.filter(|_| stats.is_none()).map(Gogc::Percent);
        known
            .stats(stats)
            .rss(known.rss.or(rss))
            .gogc(known.gogc.or(gogc))
    }
}

impl Counters {
    /// LISTs in flight: those that began less those that ended. `None` where counters
    /// cannot tell: the storage counts the cheap reads of a cache, too.
    pub fn lists_in_flight(&self) -> Option<i64> {
        let began = match self.has_cache || self.cache_lists.is_some() {
            true => self.cache_lists,
            false => self.storage_lists,
        };
        let ended = self.list_requests.saturating_add(self.collection_deletes);
        let in_flight = began?.saturating_sub(ended);
        (in_flight >= 0).then_some(in_flight)
    }
}

impl Scrape {
    /// What the program is, by what it measures of itself.
    pub fn role(&self) -> Role {
        match self.programs.first() {
            Some(Program::Etcd) => Role::Etcd,
            Some(Program::ApiServer) => Role::ApiServer,
            Some(Program::Prometheus) => Role::Prometheus,
            Some(Program::Client) => Role::Client,
            None => Role::Unknown,
        }
    }

    /// Whether no line was of use.
    pub(super) fn is_empty(&self) -> bool {
        self.series == 0
    }

    /// The most that this process can be older than its last collection: one is forced
    /// every two minutes.
    pub(crate) fn taken_between(&self) -> Option<(i64, i64)> {
        if let Some(time) = self.time_nanos {
            return Some((time, time));
        }
        let last_gc = self.process.last_gc_nanos?;
        Some((last_gc, last_gc.saturating_add(moment::COLLECTION)))
    }

    /// How far it is from a moment, in nanoseconds; the largest number where that is
    /// not known.
    pub(crate) fn distance(&self, at: Option<i64>) -> i64 {
        let (Some(at), Some((earliest, latest))) = (at, self.taken_between()) else {
            return i64::MAX;
        };
        let before = earliest.saturating_sub(at);
        before.max(at.saturating_sub(latest)).max(0)
    }

    /// How many requests other than watches were executing, where flow control counts
    /// them.
    pub(crate) fn executing_requests(&self) -> Option<i64> {
        let counts = self.executing.values().map(|one| one.requests);
        (!self.executing.is_empty()).then(|| counts.fold(0, i64::saturating_add))
    }

    /// All LISTs in flight by their counters; `None` where flow control has fewer requests
    /// executing, so that the counters cannot be right.
    pub(crate) fn lists_in_flight(&self) -> Option<i64> {
        let listed = self.resources.values().filter(|one| one.list_requests > 0);
        let counts: Vec<i64> = listed.filter_map(Counters::lists_in_flight).collect();
        let sum = counts.iter().copied().fold(0, i64::saturating_add);
        let most = self.executing_requests().unwrap_or(i64::MAX);
        (!counts.is_empty() && sum <= most.saturating_add(1)).then_some(sum)
    }

    /// Whether the scrape has this series already.
    pub(super) fn has(&self, series: u64) -> bool {
        self.seen.contains(&series)
    }

    /// Puts together what is known only at the end.
    pub(super) fn finish(&mut self) {
        self.seen = HashSet::new();
        if self.nominal_seats <= 0.0 {
            self.nominal_seats = self.concurrency_limits;
        }
        for (prefix, count) in std::mem::take(&mut self.prefixes) {
            let found = self.of_prefix(&prefix);
            let counts = match &found[..] {
                [_] => Some(count),
                // A count of several resources is one of none.
                _ => None,
            };
            for resource in found {
                let counters = self.resources.entry(resource).or_default();
                counters.has_cache = true;
                counters.cache_lists = counts;
            }
        }
    }

    /// The resources that can stand under a prefix in etcd, such as `/deployments`.
    fn of_prefix(&self, prefix: &str) -> Vec<Resource> {
        let (folder, last) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let group = folder.rsplit('/').next().filter(|part| part.contains('.'));
        let name = match prefix.trim_start_matches('/') {
            "minions" => "nodes",
            "controllers" => "replicationcontrollers",
            "services/specs" => "services",
            "services/endpoints" => "endpoints",
            "ingress" => "ingresses",
            "podsecuritypolicy" => "podsecuritypolicies",
            _ => last,
        };
        let is_of = |resource: &&Resource| {
            resource.name == name && group.is_none_or(|group| group == resource.group)
        };
        let known = self.resources.keys().chain(self.objects.keys());
        let found: BTreeSet<&Resource> = known.filter(is_of).collect();
        found.into_iter().cloned().collect()
    }

    /// Adds a sample of a series.
    pub(super) fn add(&mut self, sample: &Sample<'_>, series: u64) {
        if !is_possible(sample) {
            // Most that is no number is of no use either.
            self.impossible += u64::from(Self::default().take(sample));
        } else if self.series >= MAX_SERIES {
            self.left_out += 1;
        } else if self.take(sample) {
            self.series += 1;
            self.note(sample, series);
        }
    }

    /// Whether a sample is of use.
    fn take(&mut self, sample: &Sample<'_>) -> bool {
        let name = sample.name;
        match name.split_once('_').map_or(name, |(first, _)| first) {
            "process" | "go" => self.add_process(sample),
            "apiserver" | "etcd" | "watch" => self.add_server(sample),
            _ => self.add_other(sample),
        }
    }

    /// Keeps what separates scrapes and processes.
    fn note(&mut self, sample: &Sample<'_>, series: u64) {
        self.seen.insert(series);
        let instance = sample.label("instance");
        if instance.is_empty() {
            return;
        }
        let first = self.instance.get_or_insert_with(|| instance.to_owned());
        self.is_of_several |= first != instance;
    }

    fn add_process(&mut self, sample: &Sample<'_>) -> bool {
        let value = sample.value;
        let process = &mut self.process;
        match sample.name {
            "process_start_time_seconds" => process.start_nanos = moment::of_seconds(value),
            "process_resident_memory_bytes" => process.rss = Some(value as i64),
            "go_info" => process.go_version = Some(sample.label("version").to_owned()),
            "go_gc_gogc_percent" => process.gogc = Some(gogc(value)),
            // Off is the largest number.
            "go_gc_gomemlimit_bytes" => {
                process.gomemlimit = Some(value as i64).filter(|&bytes| bytes < i64::MAX >> 1);
            }
            "go_goroutines" => process.goroutines = Some(value as i64),
            "go_memstats_last_gc_time_seconds" => process.last_gc_nanos = moment::of_seconds(value),
            name => {
                let Some(name) = name.strip_prefix("go_memstats_") else {
                    return false;
                };
                process.mem_stats.insert(name.to_owned(), value as i64);
            }
        }
        true
    }

    fn add_server(&mut self, sample: &Sample<'_>) -> bool {
        let resource = resource_of(sample);
        let value = sample.value as i64;
        match sample.name {
            "etcd_server_has_leader" => {
                self.programs.insert(Program::Etcd);
            }
            "etcd_mvcc_db_total_size_in_bytes" => {
                self.programs.insert(Program::Etcd);
                self.program.database_bytes = Some(value);
            }
            "etcd_debugging_mvcc_keys_total" => self.program.keys = Some(value),
            "apiserver_request_total" => return self.add_requests(sample, resource),
            "apiserver_cache_list_total" if sample.label("resource").is_empty() => {
                let prefix = sample.label("resource_prefix").to_owned();
                let count = self.prefixes.entry(prefix).or_default();
                *count = count.saturating_add(value);
            }
            "apiserver_resource_objects" => {
                self.objects.insert(resource, value);
            }
            // The older names.
            "apiserver_storage_objects" | "etcd_object_counts" => {
                self.objects.entry(resource).or_insert(value);
            }
            "apiserver_flowcontrol_current_executing_requests" => {
                let requests = &mut self.executing(sample).requests;
                *requests = requests.saturating_add(value);
            }
            "apiserver_flowcontrol_current_executing_seats" => {
                let seats = &mut self.executing(sample).seats;
                *seats = seats.saturating_add(value);
            }
            "apiserver_flowcontrol_nominal_limit_seats" => self.nominal_seats += sample.value,
            // The older name of the same, which some releases give beside it.
            "apiserver_flowcontrol_request_concurrency_limit" => {
                self.concurrency_limits += sample.value;
            }
            name => return self.add_counter(name, sample, resource),
        }
        true
    }

    fn add_counter(&mut self, name: &str, sample: &Sample<'_>, resource: Resource) -> bool {
        let Some(add) = counter(name, sample.label("verb"), sample.label("scope")) else {
            return false;
        };
        add(self.resources.entry(resource).or_default(), sample.value);
        true
    }

    fn add_requests(&mut self, sample: &Sample<'_>, resource: Resource) -> bool {
        self.programs.insert(Program::ApiServer);
        // What was turned away had not reached the storage.
        let is_turned_away = matches!(sample.label("code"), "400" | "401" | "403" | "429");
        let verb = sample.label("verb");
        let lists =
            matches!(verb, "LIST" | "DELETECOLLECTION") && sample.label("subresource").is_empty();
        if lists && !is_turned_away {
            let counters = self.resources.entry(resource).or_default();
            let count = match verb {
                "LIST" => &mut counters.list_requests,
                _ => &mut counters.collection_deletes,
            };
            *count = count.saturating_add(sample.value as i64);
        }
        lists
    }

    fn executing(&mut self, sample: &Sample<'_>) -> &mut Executing {
        let label = |name| sample.label(name).to_owned();
        let key = (label("flow_schema"), label("priority_level"));
        self.executing.entry(key).or_default()
    }

    fn add_other(&mut self, sample: &Sample<'_>) -> bool {
        match sample.name {
            "kubernetes_feature_enabled" => {
                let gate = sample.label("name").to_owned();
                self.gates.insert(gate, sample.value > 0.0);
            }
            "kubernetes_build_info" => {
                self.process.version = Some(sample.label("gitVersion").to_owned());
            }
            "leader_election_master_status" => {
                let lock = sample.label("name");
                let mut names = COMPONENTS.into_iter().map(|(name, _)| name);
                self.component = self.component.or_else(|| names.find(|&name| name == lock));
            }
            "prometheus_tsdb_head_series" => {
                self.programs.insert(Program::Prometheus);
                self.program.head_series = Some(sample.value as i64);
            }
            "rest_client_requests_total" => {
                self.programs.insert(Program::Client);
                add_to(&mut self.program.client_requests, sample.value);
            }
            "workqueue_depth" if sample.value > 0.0 => {
                let queue = sample.label("name").to_owned();
                self.queues.insert(queue, sample.value as i64);
            }
            _ => return false,
        }
        true
    }
}

/// Go writes −1, which is off, as a number without sign.
fn gogc(percent: f64) -> i64 {
    match percent >= i64::MAX as f64 {
        true => -1,
        false => percent as i64,
    }
}

/// Whether a value can be counted: metrics of ours are no less than 0, but for objects
/// that a server could not count (−1).
fn is_possible(sample: &Sample<'_>) -> bool {
    if sample.name == "go_gc_gogc_percent" {
        return sample.value >= 0.0;
    }
    let is_count = (-1.0..=i64::MAX as f64).contains(&sample.value);
    let can_be_unknown = || sample.name.ends_with("_objects") || sample.name.ends_with("_counts");
    is_count && (sample.value >= 0.0 || can_be_unknown())
}

/// A number for name and labels.
pub(super) fn series_of(sample: &Sample<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    sample.series().hash(&mut hasher);
    hasher.finish()
}

/// The resource of a series. Older servers write `leases.coordination.k8s.io`.
fn resource_of(sample: &Sample<'_>) -> Resource {
    let (group, name) = (sample.label("group"), sample.label("resource"));
    match name.split_once('.') {
        Some((name, group)) => Resource::new(group, name),
        None => Resource::new(group, name),
    }
}

/// What a metric of one resource is added to.
fn counter(name: &str, verb: &str, scope: &str) -> Option<fn(&mut Counters, f64)> {
    Some(match (name, verb, scope) {
        ("apiserver_cache_list_total", ..) => {
            |counters, value| add_to(&mut counters.cache_lists, value)
        }
        ("apiserver_storage_list_total", ..) => {
            |counters, value| add_to(&mut counters.storage_lists, value)
        }
        ("apiserver_response_sizes_sum", "LIST", "cluster") => {
            |counters, value| counters.list_answers.0 += value
        }
        ("apiserver_response_sizes_count", "LIST", "cluster") => {
            |counters, value| counters.list_answers.1 += value
        }
        ("apiserver_response_sizes_sum", "LIST", "namespace") => {
            |counters, value| counters.namespace_answers.0 += value
        }
        ("apiserver_response_sizes_count", "LIST", "namespace") => {
            |counters, value| counters.namespace_answers.1 += value
        }
        ("apiserver_longrunning_requests" | "apiserver_longrunning_gauge", "WATCH", _) => {
            |counters, value| counters.watches = counters.watches.saturating_add(value as i64)
        }
        ("watch_cache_capacity" | "apiserver_watch_cache_initializations_total", ..) => {
            |counters, _| counters.has_cache = true
        }
        _ => return None,
    })
}

fn add_to(count: &mut Option<i64>, value: f64) {
    *count = Some(count.unwrap_or(0).saturating_add(value as i64));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_flight(text: &str, group: &str, name: &str) -> Option<i64> {
        let mut scrape = Scrape::default();
        let samples = text.lines().filter_map(|line| Sample::parse(line.trim()));
        samples.for_each(|sample| scrape.add(&sample, series_of(&sample)));
        scrape.finish();
        let counters = scrape.resources.get(&Resource::new(group, name));
        counters.and_then(Counters::lists_in_flight)
    }

    #[test]
    fn prefixes_of_older_servers_find_their_resource() {
        let text = r#"
            apiserver_cache_list_total{index="",resource_prefix="/deployments"} 60
            apiserver_cache_list_total{index="",resource_prefix="/minions"} 9
            apiserver_cache_list_total{index="",resource_prefix="/services/specs"} 7
            apiserver_cache_list_total{index="",resource_prefix="/services/endpoints"} 5
            apiserver_cache_list_total{index="",resource_prefix="/events"} 100
            apiserver_cache_list_total{index="",resource_prefix="/leases"} 100
            apiserver_request_total{group="apps",resource="deployments",verb="LIST",code="200"} 48
            apiserver_request_total{group="",resource="nodes",verb="LIST",code="200"} 8
            apiserver_request_total{group="",resource="services",verb="LIST",code="200"} 5
            apiserver_request_total{group="",resource="endpoints",verb="LIST",code="200"} 5
            apiserver_request_total{group="",resource="events",verb="LIST",code="200"} 5
            apiserver_request_total{group="events.k8s.io",resource="events",verb="LIST",code="200"} 95
        "#;
        for (group, name, expected) in [
            ("apps", "deployments", Some(12)),
            ("", "deployments", None),
            ("", "nodes", Some(1)),
            ("", "services", Some(2)),
            ("", "endpoints", Some(0)),
            // Two resources have this prefix, and of the last one nothing is known.
            ("", "events", None),
            ("", "leases", None),
        ] {
            assert_eq!(in_flight(text, group, name), expected, "{name}.{group}");
        }
    }

    #[test]
    fn deleting_a_collection_is_no_list_that_never_ends() {
        let text = r#"
            apiserver_cache_list_total{group="",index="",resource="pods"} 500
            apiserver_request_total{group="",resource="pods",verb="LIST",code="200"} 20
            apiserver_request_total{group="",resource="pods",verb="DELETECOLLECTION",code="200"} 478
        "#;
        assert_eq!(in_flight(text, "", "pods"), Some(2));
    }

    #[test]
    fn metrics_replace_nothing_that_is_known_of_a_process() {
        let process = Process {
            rss: Some(7),
            gogc: Some(50),
            ..Process::default()
        };
        let of_metrics = process.described(MemoryOptions::default());
        assert_eq!((of_metrics.rss, of_metrics.stats), (Some(7), None));
        assert_eq!(of_metrics.gogc, Some(Gogc::Percent(50)));
        let stats = MemStats::default().sys(9);
        let known = MemoryOptions::default().rss(8).stats(stats);
        let described = process.described(known);
        assert_eq!((described.rss, described.stats), (Some(8), Some(stats)));
        // The statistics hold what GOGC led to.
        assert_eq!(described.gogc, None);
    }

    #[test]
    fn seats_are_counted_by_one_name() {
        let mut scrape = Scrape::default();
        for name in ["nominal_limit_seats", "request_concurrency_limit"] {
            let line = format!("apiserver_flowcontrol_{name}{{priority_level=\"a\"}} 600");
            let sample = Sample::parse(&line).expect("a sample");
            scrape.add(&sample, series_of(&sample));
        }
        scrape.finish();
        assert!((scrape.nominal_seats - 600.0).abs() < 1e-9);
    }
}
