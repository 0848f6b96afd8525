//! `kheap.toml`: options that hold for all runs, and findings that are known.
//!
//! The file may be a stranger's: it chooses among options, hides findings and names files to
//! be read, and no more. Each run that uses it says so.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::Date;
use kheap::diagnose::{Note, Suppression};
use kheap::knowledge::is_known_kind_name;
use kheap::{Catalog, Diagnosis};
use kheap_text::{one_line, shorten};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::args::{ConfigFileArgs, KEYS, Key};
use crate::folders::is_of_kernel;
use crate::{input, output};

/// The name of the file.
pub(crate) const NAME: &str = "kheap.toml";

/// The largest file, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// The table of findings that are known.
const SUPPRESS: &str = "suppress";

/// What it has for each.
const SUPPRESS_KEYS: [&str; 4] = ["id", "kind", "reason", "until"];

/// The longest key that a message shows, in characters.
const LONGEST_KEY: usize = 60;

/// A file of settings.
#[derive(Debug)]
pub(crate) struct Config {
    /// Its name in messages.
    pub(crate) file: String,
    /// By key; those that a command uses, when it is run.
    pub(crate) settings: Vec<Setting>,
    pub(crate) suppressions: Vec<Known>,
}

/// An option that a file gives.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The option, without its dashes.
    pub(crate) key: &'static str,
    pub(crate) value: OsString,
    pub(crate) line: usize,
}

/// A finding that a file suppresses.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) suppression: Suppression,
    pub(crate) line: usize,
    pub(crate) has_expired: bool,
}

/// The findings that are suppressed, and in which file.
#[derive(Debug, Default)]
pub(crate) struct Suppressed {
    /// Those that have not expired.
    suppressions: Vec<Suppression>,
    /// Where each stands.
    places: Vec<String>,
}

impl Suppressed {
    pub(crate) fn new(config: &Config) -> Self {
        let in_force = config.suppressions.iter().filter(|one| !one.has_expired);
        let place = |one: &Known| (one.suppression.clone(), config.place(one.line));
        let (suppressions, places) = in_force.map(place).unzip();
        Self {
            suppressions,
            places,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.suppressions.len()
    }

    /// All of them; a warning names those that no signature of the catalogue can have.
    pub(crate) fn of(&self, catalog: &Catalog) -> &[Suppression] {
        for (one, place) in self.suppressions.iter().zip(&self.places) {
            if catalog.get(&one.id).is_none() {
                output::warn(&format!(
                    "{place}: suppresses the unknown signature {:?}; `kheap signatures` lists them",
                    shorten(&one.id, LONGEST_KEY)
                ));
            }
        }
        &self.suppressions
    }

    /// Warns of kinds that no finding of the signature has, in any of these diagnoses, and that
    /// nobody knows: they may be misspelt.
    pub(crate) fn warn_of_kinds(&self, diagnoses: &[&Diagnosis], catalog: &Catalog) {
        for (one, place) in self.suppressions.iter().zip(&self.places) {
            let wanted = one.kind.as_ref();
            let Some(wanted) = wanted.filter(|kind| !is_known(kind, catalog)) else {
                continue;
            };
            let found = diagnoses
                .iter()
                .flat_map(|diagnosis| kinds_of(diagnosis, &one.id));
            let found: BTreeSet<&str> = found.collect();
            let is_there = found.iter().any(|kind| kind.eq_ignore_ascii_case(wanted));
            if !is_there && !found.is_empty() {
                let found: Vec<&str> = found.into_iter().collect();
                output::warn(&format!(
                    "{place}: the suppression of {:?} for {:?} matches nothing here; the findings \
                     are about {}; check the spelling of the kind",
                    shorten(&one.id, LONGEST_KEY),
                    shorten(wanted, LONGEST_KEY),
                    found.join(", ")
                ));
            }
        }
    }
}

/// Whether Kubernetes has such a kind, or a signature names it.
fn is_known(kind: &str, catalog: &Catalog) -> bool {
    let selections = { catalog.signatures().iter() }.flat_map(|one| one.select.values());
    let mut named = selections.flat_map(|select| &select.kind);
    is_known_kind_name(kind) || named.any(|named| named.eq_ignore_ascii_case(kind))
}

/// The kinds that the findings of a signature are about, suppressed or not.
fn kinds_of<'d>(diagnosis: &'d Diagnosis, id: &'d str) -> impl Iterator<Item = &'d str> {
    let open = diagnosis.findings.iter().filter(move |one| one.id == id);
    let open = open.map(|finding| &finding.kinds);
    let suppressed = diagnosis.notes.iter().filter_map(move |note| match note {
        Note::Suppressed { id: of, kinds, .. } if of == id => Some(kinds),
        _ => None,
    });
    open.chain(suppressed).flatten().map(String::as_str)
}

impl Config {
    /// The file that is named, else that of the working folder, else that of the user.
    pub(crate) fn find(args: &ConfigFileArgs) -> Result<Option<Self>> {
        if args.no_config {
            return Ok(None);
        }
        let named = args.config.clone();
        let found = named.or_else(|| {
            let here = Some(Path::new(".").join(NAME));
            let mut places = here.into_iter().chain(of_user());
            places.find(|file| is_there(file))
        });
        found.map(|file| Self::read(&file)).transpose()
    }

    fn read(file: &Path) -> Result<Self> {
        let name = input::name(file);
        let text = input::read_text(file, MOST_BYTES, "settings");
        let text = text.with_context(|| format!("cannot read {name}"))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        Reader {
            name: &name,
            text: &text,
            folder,
        }
        .read()
    }

    /// A line of it, in messages.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file)
    }

    /// Names the line of a setting whose file or folder cannot be used.
    pub(crate) fn place_error(&self, error: anyhow::Error) -> anyhow::Error {
        let unusable = error.downcast_ref::<input::Unusable>();
        let setting = unusable.and_then(|unusable| {
            let mut settings = self.settings.iter();
            settings.find(|setting| Path::new(&setting.value) == unusable.path)
        });
        match setting.map(|setting| self.place(setting.line)) {
            Some(place) => error.context(place),
            None => error,
        }
    }

    /// Warns of suppressions that have expired.
    pub(crate) fn warn_of_expired(&self) {
        for one in self.suppressions.iter().filter(|one| one.has_expired) {
            output::warn(&format!(
                "{}: the suppression of {:?} expired on {}, so it has no effect; remove it, or \
                 set another day",
                self.place(one.line),
                shorten(&one.suppression.id, LONGEST_KEY),
                one.suppression.until
            ));
        }
    }
}

/// Where the settings of a user are.
fn of_user() -> Option<PathBuf> {
    let folder = |variable: &str| {
        let folder = env::var_os(variable).map(PathBuf::from);
        // A relative one would be another folder in each place.
        folder.filter(|folder| folder.is_absolute())
    };
    let folder = match cfg!(windows) {
        true => folder("APPDATA"),
        false => folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config"))),
    };
    Some(folder?.join("kheap").join(NAME))
}

/// Whether there is such a file, readable or not.
fn is_there(file: &Path) -> bool {
    match file.symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            // A folder that is a file has no such file, and that of another user is not ours.
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
        ),
    }
}

/// A file while it is read.
struct Reader<'t> {
    name: &'t str,
    text: &'t str,
    /// What its paths are relative to.
    folder: &'t Path,
}

impl Reader<'_> {
    fn read(&self) -> Result<Config> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let line = error.span().map_or(1, |span| self.line(&span));
            let message = one_line(error.message());
            anyhow!(
                "{}:{line}: invalid TOML: {message}; mend the line",
                self.name
            )
        })?;
        let (mut settings, mut suppressions) = (Vec::new(), Vec::new());
        for (key, value) in table.get_ref() {
            let line = self.line(&key.span());
            let name = key.get_ref().as_ref();
            match KEYS.iter().find(|known| known.name == name) {
                Some(known) => settings.push(Setting {
                    key: known.name,
                    value: self.value(known, value, line)?,
                    line,
                }),
                None if name == SUPPRESS => suppressions = self.suppressions(value, line)?,
                None => bail!(self.unknown(name, line, &{
                    let keys = KEYS.iter().map(|key| key.name);
                    keys.chain([SUPPRESS]).collect::<Vec<_>>()
                })),
            }
        }
        Ok(Config {
            file: self.name.to_owned(),
            settings,
            suppressions,
        })
    }

    /// The value of an option as it would be typed.
    fn value(&self, key: &Key, value: &Spanned<DeValue<'_>>, line: usize) -> Result<OsString> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if key.may_be_number => number.to_string(),
            _ => bail!(self.invalid(key.name, line, "the value is not a text; put it in quotes")),
        };
        if text.contains('\0') {
            bail!(self.invalid(key.name, line, "the value has a NUL; remove it"));
        }
        let checked = (key.check)(&text);
        checked.map_err(|error| self.invalid(key.name, line, format!("{error:#}")))?;
        if !key.is_path {
            return Ok(text.into());
        }
        // Windows would ask a host that a stranger names, and send who is asking.
        if text.is_empty() || text.starts_with(['/', '\\']) && text[1..].starts_with(['/', '\\']) {
            bail!(self.invalid(
                key.name,
                line,
                "the value is no local path; name a local one"
            ));
        }
        let path = self.folder.join(text);
        if is_of_kernel(&path) {
            bail!(self.invalid(key.name, line, "it is a file of the kernel; name another"));
        }
        Ok(path.into())
    }

    fn suppressions(&self, value: &Spanned<DeValue<'_>>, line: usize) -> Result<Vec<Known>> {
        let DeValue::Array(tables) = value.get_ref() else {
            bail!(self.invalid(SUPPRESS, line, "write [[suppress]] for each finding"));
        };
        let today = output::time::today();
        let tables = tables.iter();
        tables
            .map(|table| match table.get_ref() {
                DeValue::Table(values) => self.suppression(values, self.line(&table.span()), today),
                _ => bail!(self.invalid(SUPPRESS, line, "write [[suppress]] for each finding")),
            })
            .collect()
    }

    fn suppression(&self, values: &DeTable<'_>, line: usize, today: Date) -> Result<Known> {
        let mut texts: [Option<String>; SUPPRESS_KEYS.len()] = Default::default();
        let mut until_line = line;
        for (key, value) in values {
            let at = self.line(&key.span());
            let name = key.get_ref().as_ref();
            let Some(index) = SUPPRESS_KEYS.iter().position(|known| *known == name) else {
                bail!(self.unknown(name, at, &SUPPRESS_KEYS));
            };
            if name == "until" {
                until_line = at;
            }
            texts[index] = match value.get_ref() {
                DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
                DeValue::Datetime(day) if name == "until" => Some(day.to_string()),
                _ => bail!(self.invalid(name, at, "the value is not a text, or is empty")),
            };
        }
        let [id, kind, reason, until] = texts;
        let needed = |key: &str, value: Option<String>| {
            value.with_context(|| {
                let what = format!("a suppression needs {key:?}; add it");
                format!("{}:{line}: {what}", self.name)
            })
        };
        let (id, reason) = (needed("id", id)?, needed("reason", reason)?);
        let until = needed("until", until)?;
        let day = until
            .parse::<Date>()
            .ok()
            .filter(|_| until.len() == DAY_LEN);
        let Some(day) = day else {
            bail!(self.invalid("until", until_line, "write a day, such as 2026-12-31"));
        };
        Ok(Known {
            suppression: Suppression::new(id, reason, until).kind(kind),
            line,
            has_expired: day < today,
        })
    }

    fn unknown(&self, key: &str, line: usize, known: &[&str]) -> String {
        let key = shorten(key, LONGEST_KEY);
        format!(
            "{}:{line}: unknown key {key:?}; the keys are {}",
            self.name,
            known.join(", ")
        )
    }

    fn invalid(&self, key: &str, line: usize, why: impl Display) -> anyhow::Error {
        anyhow!("{}:{line}: cannot use {key:?}: {why}", self.name)
    }

    /// The line where something begins, from 1.
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }
}

/// The length of a day such as 2026-12-31.
const DAY_LEN: usize = 10;

/// A value in a message or a list.
pub(crate) fn shown(value: &OsStr) -> String {
    shorten(&one_line(&value.to_string_lossy()), 200)
}
