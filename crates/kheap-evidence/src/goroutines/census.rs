//! What the goroutines of a process are at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kheap::attribute::Role;
use kheap::symbol::canonical;

/// How a goroutine profile was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Protobuf, which has its time.
    Protobuf,
    /// `?debug=1`.
    Summary,
    /// `?debug=2`.
    Dump,
}

/// The goroutines of a process, counted by what they are at.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Goroutines {
    /// How it was written.
    pub form: Form,
    /// When it was taken, in nanoseconds since 1970, where it says so.
    pub time_nanos: Option<i64>,
    /// Base name of the program, where it says so.
    pub program: Option<String>,
    /// Build id of the program, where it says so.
    pub build_id: Option<String>,
    /// What the program is.
    pub role: Role,
    /// Whether all of them are leaked: a `goroutineleak` profile.
    pub is_leak: bool,
    /// How many there are.
    pub total: i64,
    /// LISTs in flight.
    pub lists: Lists,
    /// Open watches.
    pub watches: Watches,
    /// Handlers of other requests in flight.
    pub other_requests: i64,
    /// HTTP/2 connections.
    pub connections: i64,
    /// Handlers that wait for a slow reader.
    pub slow_writers: i64,
    /// Goroutines that can never go on, by the function that created them, most first.
    pub leaked: Vec<Creator>,
    /// All of them by their first function and where they wait, most first.
    pub groups: Vec<Group>,
    /// The longest that one has waited, in minutes, where it says so.
    pub longest_wait_minutes: Option<i64>,
}

/// LISTs in flight, by what they are at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Lists {
    /// All of them.
    pub total: i64,
    /// Those whose whole answer was encoded before it is written.
    pub whole: i64,
    /// Those that are written item by item.
    pub streamed: i64,
    /// Those that are at reading from etcd.
    pub from_etcd: i64,
}

/// Open watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Watches {
    /// All of them.
    pub total: i64,
    /// Those that are still owed initial events.
    pub initial: i64,
}

/// Who made goroutines that can never go on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Creator {
    /// The function, with file and line where the profile has them.
    pub place: String,
    /// How many of them there are.
    pub count: i64,
}

/// Goroutines that run the same function and wait in the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Group {
    /// The function that they began with.
    pub started: String,
    /// The innermost function that is not the runtime's.
    pub waits: String,
    /// How many there are.
    pub count: i64,
}

/// One stack, leaf first, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Stack {
    pub(super) count: i64,
    /// Names as written.
    pub(super) frames: Vec<String>,
    /// Whether the state says `leaked`.
    pub(super) is_leaked: bool,
    pub(super) creator: Option<String>,
}

/// A census in the making.
#[derive(Debug)]
pub(super) struct Census {
    result: Goroutines,
    leaked: BTreeMap<String, i64>,
    groups: BTreeMap<(String, String), i64>,
    shows_server: bool,
    shows_client: bool,
    shows_etcd: bool,
}

/// How many creators are kept.
const MAX_CREATORS: usize = 10_000;

impl Census {
    pub(super) fn new(form: Form, is_leak: bool) -> Self {
        Self {
            result: Goroutines {
                form,
                time_nanos: None,
                program: None,
                build_id: None,
                role: Role::Unknown,
                is_leak,
                total: 0,
                lists: Lists::default(),
                watches: Watches::default(),
                other_requests: 0,
                connections: 0,
                slow_writers: 0,
                leaked: Vec::new(),
                groups: Vec::new(),
                longest_wait_minutes: None,
            },
            leaked: BTreeMap::new(),
            groups: BTreeMap::new(),
            shows_server: false,
            shows_client: false,
            shows_etcd: false,
        }
    }

    /// The profile as far as it is known, for what stands outside of its stacks.
    pub(super) fn result(&mut self) -> &mut Goroutines {
        &mut self.result
    }

    pub(super) fn add(&mut self, stack: &Stack) {
        let frames: Vec<_> = stack.frames.iter().map(|name| canonical(name)).collect();
        let has = |wanted: &str| frames.iter().any(|name| name.contains(wanted));
        let count = stack.count;
        self.result.total += count;
        // Not `endpoints/filters`: controllers serve their metrics through them.
        self.shows_server |= has("k8s.io/apiserver/pkg/endpoints/handlers")
            || has("k8s.io/apiserver/pkg/registry/")
            || has("k8s.io/apiserver/pkg/storage/");
        self.shows_client |= has("k8s.io/client-go/");
        self.shows_etcd |= has("etcdserver.(*") || has("/mvcc.(*");
        if stack.is_leaked || self.result.is_leak {
            self.add_leaked(stack);
        }
        if has("http2.(*serverConn).serve") || has("http2.(*http2serverConn).serve") {
            self.result.connections += count;
        }
        // Past them it is at `process`, which `processInterval` calls.
        let is_past = frames
            .iter()
            .any(|name| name.ends_with("(*cacheWatcher).process"));
        if has("(*cacheWatcher).processInterval") && !is_past {
            self.result.watches.initial += count;
        }
        self.add_request(count, has);
        self.add_to_group(&frames, count);
    }

    fn add_to_group(&mut self, frames: &[Cow<'_, str>], count: i64) {
        let mut own = frames.iter().filter(|name| !is_of_runtime(name));
        let Some(waits) = own.next() else {
            return;
        };
        let started = own.next_back().unwrap_or(waits);
        let group = (started.to_string(), waits.to_string());
        if self.groups.len() < MAX_CREATORS || self.groups.contains_key(&group) {
            *self.groups.entry(group).or_default() += count;
        }
    }

    fn add_request(&mut self, count: i64, has: impl Fn(&str) -> bool) {
        let result = &mut self.result;
        // A watch runs inside of ListResource.
        let is_watch = has("handlers.(*WatchServer).")
            || has("handlers.handleWatch")
            || has("handlers.serveWatch");
        let is_request = has("pkg/server/filters.") && has("endpoints/handlers.");
        if is_watch {
            result.watches.total += count;
        } else if has("handlers.ListResource.func") || has("serveResource.ListResource.func") {
            result.lists.total += count;
            if has("streamEncodeCollections") || has("streamingEncode") {
                result.lists.streamed += count;
            } else if has("responsewriters.SerializeObject") {
                result.lists.whole += count;
            } else if has("etcd3.(*store).GetList") || has("etcd3.(*store).List") {
                result.lists.from_etcd += count;
            }
        } else if is_request {
            result.other_requests += count;
        }
        if (is_watch || is_request) && has("writeDataFromHandler") {
            result.slow_writers += count;
        }
    }

    fn add_leaked(&mut self, stack: &Stack) {
        let place = (stack.creator.clone()).or_else(|| stack.frames.last().cloned());
        let place = place.unwrap_or_default();
        if self.leaked.len() < MAX_CREATORS || self.leaked.contains_key(&place) {
            *self.leaked.entry(place).or_default() += stack.count;
        }
    }

    pub(super) fn finish(mut self) -> Goroutines {
        let leaked = self.leaked.into_iter();
        self.result.leaked = leaked
            .map(|(place, count)| Creator { place, count })
            .collect();
        self.result
            .leaked
            .sort_by_key(|creator| std::cmp::Reverse(creator.count));
        let groups = self.groups.into_iter();
        self.result.groups = groups
            .map(|((started, waits), count)| Group {
                started,
                waits,
                count,
            })
            .collect();
        let groups = &mut self.result.groups;
        groups.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cmp(b)));
        self.result.role = match (self.shows_etcd, self.shows_server, self.shows_client) {
            (_, true, _) => Role::ApiServer,
            (true, _, _) => Role::Etcd,
            (_, _, true) => Role::Client,
            _ => Role::Unknown,
        };
        self.result
    }
}

/// Whether a function only makes a goroutine wait, whoever called it.
fn is_of_runtime(name: &str) -> bool {
    const WAITING: [&str; 5] = ["runtime.", "internal/", "sync.", "syscall.", "time.Sleep"];
    WAITING.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goroutines_are_grouped_by_how_they_began_and_where_they_wait() {
        let mut census = Census::new(Form::Summary, false);
        let mut add = |count, frames: &str| {
            census.add(&Stack {
                count,
                frames: frames.split(';').map(str::to_owned).collect(),
                ..Stack::default()
            });
        };
        add(
            3,
            "runtime.gopark;runtime.chanrecv;shop.(*Cart).wait;shop.run;runtime.goexit",
        );
        add(4, "runtime.gopark;sync.runtime_Semacquire;shop.poll");
        add(
            2,
            "runtime.gopark;runtime.selectgo;shop.(*Cart).wait;shop.run",
        );
        add(9, "runtime.gopark;runtime.bgsweep");
        let groups = census.finish().groups;
        let shown: Vec<String> = groups
            .iter()
            .map(|group| format!("{} {} {}", group.count, group.started, group.waits))
            .collect();
        assert_eq!(
            shown,
            ["5 shop.run shop.(*Cart).wait", "4 shop.poll shop.poll"]
        );
    }
}
