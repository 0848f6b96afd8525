//! The manual page of a signature in words.

use std::collections::BTreeSet;

use kheap::attribute::Role;
use kheap::diagnose::{Need, Signature};

/// The text of the page; empty lines part its paragraphs.
pub fn paragraphs(signature: &Signature) -> Vec<String> {
    let lines: Vec<&str> = signature.about.trim().lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty());
    let paragraphs = paragraphs.filter(|lines| !lines.is_empty());
    paragraphs.map(|lines| lines.join(" ")).collect()
}

/// Where the signature is judged: names and what they are.
pub fn scope(signature: &Signature) -> Vec<(&'static str, String)> {
    let roles: Vec<&str> = signature.roles.iter().map(|&role| program(role)).collect();
    let needs: Vec<&str> = signature.needs.iter().copied().map(needed).collect();
    let lists = [
        ("Programs", roles.join(", ")),
        ("Works only on", needs.join(", ")),
        (
            "Gives way to (if both match)",
            signature.yields_to.join(", "),
        ),
    ];
    lists
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .collect()
}

/// What stands in commands for what only the reader knows.
const PLACEHOLDERS: [(&str, &str); 6] = [
    ("HOST:PORT", "the address that serves /debug/pprof"),
    ("FILE", "your dump"),
    ("KIND", "the resource, such as pods"),
    ("PID", "the process id"),
    ("PROGRAM", "the name of the program"),
    ("SIZE", "the resident memory, such as 8GB"),
];

/// What to put in for each of the placeholders in the commands of some steps, in one
/// sentence; `None` where there are none.
pub fn placeholders(steps: &[String]) -> Option<String> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || ":_".contains(letter);
    let commands = steps
        .iter()
        .flat_map(|step| step.split('`').skip(1).step_by(2));
    let words: BTreeSet<&str> = { commands }
        .flat_map(|command| command.split(|letter| !is_of_name(letter)))
        .collect();
    let used = { PLACEHOLDERS.iter() }.filter(|(name, _)| words.contains(name));
    let used: Vec<String> = used
        .map(|(name, meaning)| format!("{name} with {meaning}"))
        .collect();
    (!used.is_empty()).then(|| format!("Replace {}.", used.join("; ")))
}

/// A role as people know it.
fn program(role: Role) -> &'static str {
    match role {
        Role::ApiServer => "kube-apiserver and servers like it",
        Role::Client => "clients of an API server",
        Role::Unknown => "not known",
        role => role.name(),
    }
}

fn needed(need: Need) -> &'static str {
    match need {
        Need::Stacks => "dumps with stacks",
        Need::Allocations => "dumps with allocation totals",
        Need::Memstats => "dumps of ?debug=1, or with --rss",
        Need::Series => "several dumps",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholders_of_commands_are_explained() {
        let check = |step: &str, expected: Option<&str>| {
            assert_eq!(placeholders(&[step.to_owned()]).as_deref(), expected);
        };
        check(
            "Count: `curl http://HOST:PORT/metrics | grep PROGRAM_total`.",
            Some("Replace HOST:PORT with the address that serves /debug/pprof."),
        );
        check(
            "See `kheap memory FILE --rss SIZE`.",
            Some("Replace FILE with your dump; SIZE with the resident memory, such as 8GB."),
        );
        check("Each KIND has its own.", None);
    }
}
