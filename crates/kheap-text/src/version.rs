//! Versions in words, with their reason.

use kheap::Diagnosis;
use kheap::attribute::Role;
use kheap::diagnose::{Catalog, Finding, VersionNote};
use kheap::knowledge::{
    Contradiction, Product, Span, Version, VersionRange, VersionReason, Versions,
};

use crate::diagnosis::Known;

/// One line, such as `1.33 or newer: its code has streamEncodeCollections`.
pub fn line(range: &VersionRange) -> String {
    match reasons(range) {
        reasons if reasons.is_empty() => versions(range),
        reasons => format!("{}: {reasons}", versions(range)),
    }
}

/// The version of Kubernetes that a diagnosis rests on, and why; of etcd its own. What a file
/// beside the dump of an API server names comes before what the code shows.
pub fn heading(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let all = &diagnosis.versions;
    let kubernetes = all.kubernetes.as_ref();
    let is_given = kubernetes.is_some_and(|range| range.reason == [VersionReason::Given]);
    let beside = (known.beside).and_then(|beside| beside.server.version.as_ref());
    // What the server says of itself is more than what its code shows.
    if let (Some(version), Role::ApiServer, false) = (beside, diagnosis.role, is_given) {
        let version = version.trim_start_matches('v');
        return Some(format!(
            "Kubernetes {version} (by the files beside the dump)"
        ));
    }
    let is_unused = is_given && is_no_kubernetes(diagnosis);
    let line = match diagnosis.role {
        _ if is_unused => {
            Some("--kube-version is not used: this is no program of Kubernetes".into())
        }
        Role::Etcd => of_program("etcd", "--etcd-version", all.etcd.as_ref(), beside),
        Role::ApiServer => of_program("Kubernetes", "--kube-version", kubernetes, beside),
        role => of_libraries(all, role == Role::Client, is_given),
    };
    let lines: Vec<String> = line
        .into_iter()
        .chain(other_given(all, diagnosis.role))
        .collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// Whether nothing of a program is of Kubernetes, so that no step depends on a version of it.
fn is_no_kubernetes(diagnosis: &Diagnosis) -> bool {
    let is_asked = diagnosis.findings.iter().any(depends_on_kubernetes);
    let is_stranger = diagnosis.role == Role::Unknown && !is_asked;
    let is_other = is_stranger || diagnosis.role == Role::Prometheus;
    is_other && diagnosis.versions.kubernetes_code.is_none()
}

/// Whether what is said of a finding depends on the version of Kubernetes. What a signature of
/// a user says is not known.
fn depends_on_kubernetes(finding: &Finding) -> bool {
    Catalog::builtin().get(&finding.id).is_none_or(|signature| {
        let mut notes = signature.versions.iter();
        let mut remedies = signature.remedy.iter();
        notes.any(|note| note.program != "etcd")
            || remedies
                .any(|remedy| remedy.kubernetes != Span::default() || !remedy.gates.is_empty())
    })
}

/// The version of a server, or how one names it.
fn of_program(
    name: &str,
    option: &str,
    range: Option<&VersionRange>,
    beside: Option<&String>,
) -> Option<String> {
    match range {
        Some(range) => Some(named(name, range)),
        None if beside.is_some() => None,
        None => Some(format!("{name} version unknown (name it with {option})")),
    }
}

/// What the code of a program shows that is no server of Kubernetes, and the given version of
/// the server that it talks to.
fn of_libraries(all: &Versions, is_client: bool, is_given: bool) -> Option<String> {
    let range = all.kubernetes.as_ref();
    let code = match is_given {
        true => all.kubernetes_code.as_ref(),
        false => range,
    };
    let code = code.map(|code| named("Kubernetes libraries", code));
    let code = code.or_else(|| is_client.then(|| "Kubernetes libraries: version unknown".into()));
    let server = range.filter(|_| is_given);
    let server = server.map(|range| named("Kubernetes", range));
    let lines: Vec<String> = server.into_iter().chain(code).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// The given version of what the program is not, and whether steps depend on it.
fn other_given(all: &Versions, role: Role) -> Option<String> {
    let (name, option, range) = match role {
        Role::Etcd => ("Kubernetes", "--kube-version", all.kubernetes.as_ref()),
        _ => ("etcd", "--etcd-version", all.etcd.as_ref()),
    };
    let range = range.filter(|range| range.reason == [VersionReason::Given])?;
    Some(match role {
        Role::ApiServer => named(name, range),
        Role::Etcd => format!("{option} is not used: this is etcd"),
        _ => format!("{option} is not used: this is no server of Kubernetes"),
    })
}

/// A version with its reasons.
fn named(name: &str, range: &VersionRange) -> String {
    match reasons(range) {
        reasons if reasons.is_empty() => format!("{name} {}", versions(range)),
        reasons => format!("{name} {} ({reasons})", versions(range)),
    }
}

/// That the code is of another version than the given one.
pub fn contradiction(found: &Contradiction) -> String {
    let (name, option) = match found.product {
        Product::Etcd => ("etcd", "--etcd-version"),
        _ => ("Kubernetes", "--kube-version"),
    };
    let (given, shown) = (found.given, line(&found.shown));
    format!("{option} {given} is used. The program has code of {name} {shown}")
}

/// One line, such as `kube-apiserver since 1.34: …`.
pub fn note(note: &VersionNote) -> String {
    let word = |word: &str, version: Option<Version>| {
        version.map_or_else(String::new, |version| format!(" {word} {version}"))
    };
    let (since, until) = match note.since == note.until {
        true => (word("in", note.since), String::new()),
        false => (word("since", note.since), word("until", note.until)),
    };
    format!("{}{since}{until}: {}", note.program, note.note)
}

fn versions(range: &VersionRange) -> String {
    match (range.at_least, range.at_most) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or newer"),
        (None, Some(most)) => format!("{most} or older"),
        (None, None) => "unknown".to_owned(),
    }
}

fn reasons(range: &VersionRange) -> String {
    let reasons = range.reason.iter().map(reason);
    reasons.collect::<Vec<_>>().join("; ")
}

/// What shows a version.
pub fn reason(reason: &VersionReason) -> String {
    match reason {
        VersionReason::Module(module) => format!("source paths name {module}"),
        VersionReason::Function(name) => format!("its code has {name}"),
        VersionReason::Folder(folder) => format!("its code has the folder {folder}"),
        VersionReason::Go(go) => {
            format!("if it is an official build: built with Go {go} or newer")
        }
        VersionReason::Given => "given".to_owned(),
        _ => crate::newer(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_followed_by_its_reason() {
        let given = VersionRange::given("1.34".parse().expect("a version"));
        assert_eq!(line(&given), "1.34: given");
        let mut range = VersionRange::default();
        range.at_least = "1.33".parse().ok();
        range.reason = vec![VersionReason::Function("streamEncode".to_owned())];
        assert_eq!(line(&range), "1.33 or newer: its code has streamEncode");
        let mut older = VersionRange::default();
        older.at_most = "1.20".parse().ok();
        assert_eq!(line(&older), "1.20 or older");
    }
}
