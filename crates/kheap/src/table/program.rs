//! The program, where a line of the text names it.

use super::line::HEAP_TYPES;
use crate::path;

/// How files of profiles end.
const PROFILES: [&str; 9] = [
    ".gz", ".pb", ".pprof", ".prof", ".profile", ".out", ".txt", ".heap", ".dump",
];

/// Options of `go tool pprof` that take no word after them.
const FLAGS: [&str; 22] = [
    "top",
    "top10",
    "text",
    "tree",
    "traces",
    "raw",
    "svg",
    "png",
    "pdf",
    "gif",
    "dot",
    "web",
    "cum",
    "flat",
    "lines",
    "functions",
    "files",
    "addresses",
    "inuse_space",
    "inuse_objects",
    "alloc_space",
    "alloc_objects",
];

/// The base name of the program that a line names: `File: etcd`, the name that pprof gave
/// the profile it saved, or a command that names the binary.
pub(super) fn program_of(line: &str) -> Option<&str> {
    of_file(line)
        .or_else(|| of_saved(line))
        .or_else(|| of_command(line))
}

/// The base name behind `File:`. A path of Windows may have spaces.
fn of_file(line: &str) -> Option<&str> {
    let path = line.strip_prefix("File:")?.trim();
    let is_windows = path.get(1..3) == Some(":\\");
    let is_word = !path.is_empty() && !path.contains(' ');
    (is_windows || is_word).then(|| path::program(path))
}

/// `Saved profile in ~/pprof/pprof.etcd.localhost:2379.alloc_objects.….pb.gz`: the
/// binary, the address if any, and the sample types.
fn of_saved(line: &str) -> Option<&str> {
    let (_, path) = line.split_once("Saved profile in ")?;
    let name = path::program(path.trim()).strip_prefix("pprof")?;
    let types = HEAP_TYPES.iter().filter_map(|known| {
        let at = name.find(&format!(".{known}."))?;
        Some(&name[..at])
    });
    let name = types.min_by_key(|name| name.len())?;
    let name = name.strip_prefix('.').unwrap_or(name);
    let Some((front, _)) = name.rsplit_once(':') else {
        return Some(name).filter(|name| !name.is_empty());
    };
    // Names of hosts have points, too: only addresses and localhost end for certain.
    let is_address =
        |host: &str| host.split('.').count() == 4 && host.parse::<std::net::Ipv4Addr>().is_ok();
    let mut points = front.match_indices('.').map(|(at, _)| at);
    let end = points.find(|at| {
        let host = &front[at + 1..];
        host == "localhost" || is_address(host)
    });
    end.map(|end| &front[..end])
}

/// `go tool pprof -top ./etcd heap.pb.gz`: the first of two words is the binary.
fn of_command(line: &str) -> Option<&str> {
    let (_, arguments) = line.split_once("go tool pprof ")?;
    let command = arguments.split(['|', '>', ';', '&', '`']).next()?;
    let mut takes_word = false;
    let words = command.split_whitespace().filter(|word| {
        let is_value = std::mem::take(&mut takes_word);
        let option = word.strip_prefix('-');
        takes_word = option.is_some_and(|option| {
            let option = option.trim_start_matches('-');
            !option.contains('=') && !FLAGS.contains(&option)
        });
        !is_value && option.is_none()
    });
    let words: Vec<&str> = words.collect();
    let [binary, profile] = words[..] else {
        return None;
    };
    let is_plain = |word: &str| !word.contains(['<', '[', '$', '*', '…', '"', '\'']);
    let is_profile =
        |word: &str| word.contains("://") || PROFILES.iter().any(|end| word.ends_with(end));
    let is_source = is_profile(profile) || profile.contains(['/', '.']) || profile.contains("heap");
    let name = path::program(binary);
    let is_binary = !is_profile(binary) && !name.contains("heap") && !name.contains("pprof");
    (is_plain(binary) && is_binary && is_source && !PLACEHOLDERS.contains(&name)).then_some(name)
}

/// What people write where a name should stand.
const PLACEHOLDERS: [&str; 7] = ["binary", "bin", "program", "app", "main", "exe", "."];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(program_of(line), expected, "{line}");
    }

    #[test]
    fn pprof_saves_a_profile_under_the_name_of_its_program() {
        let saved = |name: &str| format!("Saved profile in /home/a/pprof/{name}");
        let types = "alloc_objects.alloc_space.inuse_objects.inuse_space.001.pb.gz";
        check(&saved(&format!("pprof.shop.v2.{types}")), Some("shop.v2"));
        check(
            &saved(&format!("pprof.shop.10.0.0.7:80.{types}")),
            Some("shop"),
        );
        check(
            &saved(&format!("pprof.shop.localhost:6060.{types}")),
            Some("shop"),
        );
        check(
            &saved(&format!("pprof.shop.host.example.org:80.{types}")),
            None,
        );
        check(&saved(&format!("pprof.{types}")), None);
    }

    #[test]
    fn a_command_names_the_binary_in_front_of_the_profile() {
        check(
            "$ go tool pprof -top /usr/bin/shopd ./shop_heap.prof",
            Some("shopd"),
        );
        check(
            "go tool pprof -inuse_space ./shopd http://h/debug/pprof/heap",
            Some("shopd"),
        );
        check(
            "go tool pprof -nodecount 20 ./shopd heap.pb.gz | head",
            Some("shopd"),
        );
        check("go tool pprof http://h/debug/pprof/heap", None);
        check("go tool pprof -base old.pb.gz new.pb.gz", None);
        check("go tool pprof old.pb.gz new.pb.gz", None);
        check("go tool pprof -seconds 30 http://h/debug/pprof/heap", None);
        check("go tool pprof <binary> heap.pb.gz", None);
        check("I ran go tool pprof on it twice", None);
    }
}
