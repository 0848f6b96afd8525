//! What a reader has to put into a command that was printed.

/// Words that stand for what kheap does not know, and what to put in their place.
const PLACEHOLDERS: [(&str, &str); 9] = [
    ("ADDRESS", "the address of the server"),
    ("FILE", "your dump"),
    (
        "HOST:PORT",
        "the address where the program serves this path",
    ),
    ("KIND", "the kind of the objects, such as pods"),
    ("OLDER", "an older dump of the process"),
    ("PID", "the process ID of the program"),
    ("PROGRAM", "the name of the program"),
    ("SIZE", "the RSS of the process, such as 6GB"),
    ("TOKEN", "a bearer token that may get /debug/pprof/*"),
];

/// Says what to put in the place of each word in the commands of some texts that is none of
/// the command; `None` where they can be pasted as they are.
pub fn explained<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<String> {
    let texts: Vec<&str> = texts.into_iter().collect();
    let is_used = |word: &str| texts.iter().any(|text| has_in_command(text, word));
    let used = PLACEHOLDERS.iter().filter(|(word, _)| is_used(word));
    let used: Vec<String> = used
        .map(|(word, with)| format!("{word} with {with}"))
        .collect();
    (!used.is_empty()).then(|| format!("In the commands, replace {}.", used.join("; ")))
}

/// Whether a word stands by itself in what is between backticks.
fn has_in_command(text: &str, word: &str) -> bool {
    let mut commands = text.split('`').skip(1).step_by(2);
    let is_part = |character: Option<char>| character.is_some_and(|c| c.is_ascii_alphanumeric());
    commands.any(|command| {
        command.match_indices(word).any(|(at, _)| {
            let (before, after) = (&command[..at], &command[at + word.len()..]);
            !is_part(before.chars().next_back()) && !is_part(after.chars().next())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_lacks_is_named_once() {
        let check = |texts: &[&str], expected: Option<&str>| {
            assert_eq!(explained(texts.iter().copied()).as_deref(), expected);
        };
        check(&["Run `kheap top a.pb.gz`. The KIND is known."], None);
        check(
            &[
                "See `pmap -x PID`, `ls /proc/PID/fd`.",
                "Run `grep KIND x`.",
            ],
            Some(
                "In the commands, replace KIND with the kind of the objects, such as pods; PID \
                 with the process ID of the program.",
            ),
        );
        check(&["Run `cat PROFILE RAPID`."], None);
    }
}
