//! The manual page of a signature in words.

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
        ("Hidden when these match", signature.yields_to.join(", ")),
    ];
    lists
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .collect()
}

/// A role as people know it.
fn program(role: Role) -> &'static str {
    match role {
        Role::ApiServer => "kube-apiserver and servers like it",
        Role::Client => "clients of an API server",
        Role::Unknown => "programs of unknown role",
        role => role.name(),
    }
}

fn needed(need: Need) -> &'static str {
    match need {
        Need::Stacks => "dumps with stacks",
        Need::Table => "pasted tables",
        Need::Allocations => "dumps with allocation totals",
        Need::Memstats => "dumps of ?debug=1, or with --rss",
        Need::Series => "several dumps",
        _ => "other dumps",
    }
}
