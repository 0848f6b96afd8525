//! Why a file beside a dump is not used, or not for all that it could tell.

use kheap::attribute::Role;
use kheap_evidence::Warning;
use kheap_evidence::join::{InFlightKind, Reason};

use crate::change::counted;
use crate::moment::{clock, span};
use crate::value::number;
use crate::version;

/// The reason, to follow a colon.
pub fn reason(reason: &Reason) -> String {
    process(reason)
        .or_else(|| moment(reason))
        .or_else(|| requests(reason))
        .unwrap_or_else(|| content(reason))
}

/// What kind of reason it is, for several files at once; `None` for one that is of one file
/// alone.
pub(crate) fn short(reason: &Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::OtherProgram { .. } | Reason::OtherRole { .. } => "they are of another program",
        Reason::Earlier(_) | Reason::Later(_) | Reason::BeforeStart { .. } => {
            "they are of another time"
        }
        Reason::OtherBuild
        | Reason::OtherVersion { .. }
        | Reason::OtherFolder
        | Reason::StartedLater(_)
        | Reason::OtherStart { .. }
        | Reason::OtherProcess { .. }
        | Reason::OtherAllocated { .. }
        | Reason::OtherHeap { .. }
        | Reason::OtherRequests
        | Reason::OtherLog => "they are of another process",
        Reason::OtherProfile => "they are no goroutine profiles",
        _ => return None,
    })
}

/// That a file is of another process.
fn process(reason: &Reason) -> Option<String> {
    const OTHER: &str = "it belongs to another process";
    Some(match reason {
        Reason::OtherProgram { found, expected } => {
            format!("it is of {found}, the dump is of {expected}")
        }
        Reason::OtherRole {
            found,
            expected,
            program,
        } => {
            let expected = program.as_deref().unwrap_or(of_role(*expected));
            format!("it is of {}, the dump is of {expected}", of_role(*found))
        }
        Reason::OtherBuild => "it is of another build of the program".to_owned(),
        Reason::OtherVersion { found, expected } => format!(
            "it is of Kubernetes {}, the code of the dump is {}",
            found.trim_start_matches('v'),
            version::line(expected)
        ),
        Reason::OtherFolder => format!("{OTHER}, as all other evidence in its folder does"),
        Reason::SeveralProcesses => {
            "it holds metrics of several processes (several `instance` labels); save /metrics of \
             this server"
                .to_owned()
        }
        Reason::NoProcess => {
            "it has no usable process_start_time_seconds and go_memstats_last_gc_time_seconds, so \
             it cannot be compared with the dump"
                .to_owned()
        }
        Reason::NoStart => {
            "it has no usable process_start_time_seconds, so its process cannot be compared with \
             that of the dump"
                .to_owned()
        }
        Reason::NoMoment => {
            "it has no usable go_memstats_last_gc_time_seconds and no timestamps, so its time \
             cannot be compared with that of the dump"
                .to_owned()
        }
        Reason::StartedLater(start) => {
            format!("its process started after the dump, at {}", clock(*start))
        }
        Reason::OtherStart { start, log } => format!(
            "it is of a process that started at {}; the process of the server log started at {}",
            clock(*start),
            clock(*log)
        ),
        Reason::OtherProcess { start, chosen } => {
            let chosen = chosen.map_or_else(String::new, |chosen| {
                format!(
                    "; the one whose metrics fit the dump started at {}",
                    clock(chosen)
                )
            });
            format!(
                "it is of a process that started at {}{chosen}",
                clock(*start)
            )
        }
        Reason::OtherAllocated { counted, dump } => format!(
            "{OTHER}: that one had allocated {}, this one {}",
            gigabytes(*counted),
            gigabytes(*dump)
        ),
        Reason::OtherHeap { counted, dump } => format!(
            "{OTHER}: its live heap was {}, that of the dump is {}",
            gigabytes(*counted),
            gigabytes(*dump)
        ),
        _ => return None,
    })
}

fn of_role(role: Role) -> &'static str {
    match role {
        Role::ApiServer => "an API server",
        Role::Etcd => "etcd",
        Role::Prometheus => "Prometheus",
        Role::Client => "a client",
        Role::Unknown => "an unknown program",
        _ => role.name(),
    }
}

/// That a file is of another time.
fn moment(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::Earlier(by) => format!("it was taken {} or more before the dump", span(*by)),
        Reason::Later(by) => format!("it was taken {} or more after the dump", span(*by)),
        Reason::BeforeStart { last, start } => format!(
            "it ends at {}, before the process of the dump started at {}",
            clock(*last),
            clock(*start)
        ),
        Reason::NamesOnly(by) => format!("it ends {} before the dump, so {NAMES_ONLY}", span(*by)),
        Reason::Untied(by) => format!(
            "it ends {} before the dump, and no other file shows that it is of the same process",
            span(*by)
        ),
        Reason::NoTime => "the dump has no time, so the times are not compared".to_owned(),
        _ => return None,
    })
}

/// What a log says that does not count.
const NAMES_ONLY: &str = "it names clients, but cannot count requests in flight";

/// That a file shows other requests.
fn requests(reason: &Reason) -> Option<String> {
    const OTHER: &str = "it is of another server";
    Some(match reason {
        Reason::NoHeapRequest => {
            format!("{OTHER}: nobody fetched a heap profile there when the dump was taken")
        }
        Reason::OtherRequests => format!("{OTHER}: its requests are not those of the server log"),
        Reason::OtherLog => {
            format!("{OTHER}: it shares no request with the log of the same time that is used")
        }
        Reason::TwoServers => {
            "another log of the same time shares no request with it: they are of two servers, and \
             nothing shows which one is of the dump's; give only that one"
                .to_owned()
        }
        Reason::SameRequests => "its requests stand in another file, too".to_owned(),
        Reason::OtherInFlight {
            kind,
            counted,
            found,
        } => format!(
            "it counts {}, the goroutines show {found}: it is of another server or another moment",
            in_flight(*kind, *counted)
        ),
        Reason::OtherLists { counted, found } => format!(
            "it counts {}, the goroutines show {found}: those are believed",
            in_flight(InFlightKind::Lists, *counted)
        ),
        Reason::OtherGoroutines { found, counted } => {
            let (found, counted) = (number(found), number(counted));
            format!("it has {found} goroutines, the other files count {counted}")
        }
        Reason::NoStarts => {
            format!("{NAMES_ONLY}, because the audit policy omits RequestReceived")
        }
        _ => return None,
    })
}

fn in_flight(kind: InFlightKind, count: i64) -> String {
    match kind {
        InFlightKind::Lists => format!("{} in flight", counted(count, "LIST")),
        InFlightKind::Watches => counted(count, "open watch"),
        _ => format!("{count} in flight"),
    }
}

/// That the content of a file is not, or not all of it, of use.
fn content(reason: &Reason) -> String {
    match reason {
        Reason::GitLfsPointer => {
            "it is a pointer of Git LFS, not the file; fetch the file with `git lfs pull`"
                .to_owned()
        }
        Reason::OtherProfile => "it is no goroutine profile".to_owned(),
        Reason::Cut => "it is cut in its middle, so its counts are too small".to_owned(),
        Reason::SomeScrapes { used, all } => {
            format!("{used} of its {all} scrapes; the others are of another process or time")
        }
        Reason::PassedOver(warning) => passed_over(warning),
        Reason::Damaged(warning) => format!("{}, so {NAMES_ONLY}", passed_over(warning)),
        _ => "its content is not understood".to_owned(),
    }
}

/// What was passed over while a file was read.
pub fn passed_over(warning: &Warning) -> String {
    let (count, one, many) = match *warning {
        Warning::CutShort(bytes) => {
            let bytes = plural(bytes, "byte", "bytes");
            return format!(
                "kheap read only the first {bytes}, because the file is cut or damaged there"
            );
        }
        Warning::TooLarge(bytes) => {
            let bytes = plural(bytes, "byte", "bytes");
            return format!(
                "kheap read only the first {bytes}: a larger --max-inflated-size reads more"
            );
        }
        Warning::LongLines(count) => (count, "line over 1 MiB", "lines over 1 MiB"),
        Warning::BrokenLines(count) => (count, "broken line", "broken lines"),
        Warning::ImpossibleValues(count) => (count, "impossible value", "impossible values"),
        Warning::TooManySeries(count) => {
            (count, "series beyond the limit", "series beyond the limit")
        }
        Warning::TooManyClients(count) => (
            count,
            "request of clients beyond the limit",
            "requests of clients beyond the limit",
        ),
        Warning::TooManyUnfinished(count) => (
            count,
            "unfinished request beyond the limit",
            "unfinished requests beyond the limit",
        ),
        _ => return "a part of it is left out".to_owned(),
    };
    format!("left out: {}", plural(count, one, many))
}

fn plural(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", number(count)),
    }
}

fn gigabytes(bytes: i64) -> String {
    match bytes {
        ..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
