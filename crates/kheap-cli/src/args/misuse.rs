//! What is wrong with a command line: one line, and one hint.

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;

/// A complaint about the arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misuse {
    /// What is wrong, without a full stop.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) hint: String,
}

impl Misuse {
    /// A complaint of clap, which has a paragraph for each of its thoughts, about a command
    /// line that begins with this word.
    pub(crate) fn of(error: &clap::Error, begin: &str) -> Self {
        let first = |kind| error.get(kind).and_then(last_of);
        let argument = first(ContextKind::InvalidArg).unwrap_or_default();
        let command = command(error).unwrap_or_else(|| named(begin));
        let help = format!("`{command} --help` lists the options");
        match error.kind() {
            ErrorKind::InvalidSubcommand => {
                let name = first(ContextKind::InvalidSubcommand).unwrap_or_default();
                let similar = first(ContextKind::SuggestedSubcommand);
                let similar = similar.map(|name| format!("did you mean '{name}'? "));
                Self {
                    what: format!("unknown command '{name}'"),
                    hint: format!("{}`kheap` lists the commands", similar.unwrap_or_default()),
                }
            }
            ErrorKind::UnknownArgument => {
                let what = match argument.starts_with('-') {
                    true => "unknown option",
                    false => "unexpected argument",
                };
                let similar = first(ContextKind::SuggestedArg);
                let similar = similar.map(|option| format!("did you mean '{option}'? "));
                Self {
                    what: format!("{what} '{argument}' of `{command}`"),
                    hint: format!("{}{help}", similar.unwrap_or_default()),
                }
            }
            ErrorKind::MissingRequiredArgument => Self {
                what: format!("`{command}` needs {}", needed(&command, error)),
                hint: match example(&command) {
                    Some(example) => format!("for example, `{example}`"),
                    None => help,
                },
            },
            ErrorKind::InvalidValue => {
                let value = first(ContextKind::InvalidValue).unwrap_or_default();
                let values = all_of(error, ContextKind::ValidValue);
                Self {
                    what: match value.is_empty() {
                        true => format!("'{argument}' needs a value"),
                        false => format!("invalid value '{value}' for '{argument}'"),
                    },
                    hint: match values.is_empty() {
                        true => help,
                        false => format!("use one of {values}"),
                    },
                }
            }
            _ => Self {
                what: first_paragraph(error),
                hint: help,
            },
        }
    }
}

/// All that a command needs: which of several files was left out, nobody knows.
fn needed(command: &str, error: &clap::Error) -> String {
    let cli = Cli::command();
    let positionals = subcommand(&cli, command).into_iter();
    let positionals = positionals.flat_map(clap::Command::get_positionals);
    let required = positionals.filter(|argument| argument.is_required_set());
    let named: Vec<String> = required.map(ToString::to_string).collect();
    match &named[..] {
        [_, _, ..] => named.join(" and "),
        _ => all_of(error, ContextKind::InvalidArg),
    }
}

/// The example in the help of a command.
fn example(command: &str) -> Option<String> {
    let cli = Cli::command();
    let help = subcommand(&cli, command)?.get_after_help()?.to_string();
    let (_, example) = help.split_once("Example: ")?;
    Some(example.trim_end().to_owned())
}

/// The command that `kheap NAME` runs.
fn subcommand<'c>(cli: &'c clap::Command, command: &str) -> Option<&'c clap::Command> {
    cli.find_subcommand(command.strip_prefix("kheap ")?)
}

/// Which command the usage is of: `kheap top`.
fn command(error: &clap::Error) -> Option<String> {
    let usage = error.get(ContextKind::Usage).map(ToString::to_string);
    let usage = usage.unwrap_or_default();
    let words = usage.split_whitespace().skip_while(|word| *word != "kheap");
    let is_name = |word: &&str| word.bytes().all(|c| c.is_ascii_lowercase());
    let words: Vec<&str> = words.take_while(is_name).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The command that a word names: a file alone means `kheap diagnose`.
fn named(begin: &str) -> String {
    let command = Cli::command();
    let name = command
        .find_subcommand(begin)
        .map_or("diagnose", clap::Command::get_name);
    format!("kheap {name}")
}

/// The value of a context; of several the last, which clap finds most alike.
fn last_of(value: &ContextValue) -> Option<String> {
    match value {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.last().cloned(),
        _ => None,
    }
}

/// All values of a context, with commas.
fn all_of(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// What clap says first, in one line.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let words = words.join(" ");
    words.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, what: &str, hint: &str) {
        let begin = words.split(' ').nth(1).unwrap_or_default();
        let words = words.split(' ');
        let result = Cli::command().try_get_matches_from(words);
        let error = result.expect_err("a misuse");
        let misuse = Misuse::of(&error, begin);
        assert_eq!((misuse.what.as_str(), misuse.hint.as_str()), (what, hint));
    }

    #[test]
    fn a_misuse_is_one_line_and_one_hint() {
        check(
            "kheap diagnse a",
            "unknown command 'diagnse'",
            "did you mean 'diagnose'? `kheap` lists the commands",
        );
        check(
            "kheap diagnose --limt 4 a",
            "unknown option '--limt' of `kheap diagnose`",
            "did you mean '--limit'? `kheap diagnose --help` lists the options",
        );
        check(
            "kheap signatures a b",
            "unexpected argument 'b' of `kheap signatures`",
            "`kheap signatures --help` lists the options",
        );
        check(
            "kheap compare a",
            "`kheap compare` needs <BEFORE> and <AFTER>",
            "for example, `kheap compare before.pb.gz after.pb.gz`",
        );
        check(
            "kheap peek heap.pb.gz",
            "`kheap peek` needs <REGEX> and <FILE>...",
            "for example, `kheap peek 'ListResource' heap.pb.gz`",
        );
        check(
            "kheap flame --format gif a",
            "invalid value 'gif' for '--format <FORMAT>'",
            "use one of svg, png, folded, json",
        );
        check(
            "kheap top --count x a",
            "invalid value 'x' for '--count <N>': a count is a whole number, such as 20; 0 for all",
            "`kheap top --help` lists the options",
        );
        check(
            "kheap diagnose --limit",
            "'--limit <SIZE>' needs a value",
            "`kheap diagnose --help` lists the options",
        );
    }
}
