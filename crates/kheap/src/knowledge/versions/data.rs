//! Which versions marks and modules stand for, as data.

use std::sync::OnceLock;

use serde::Deserialize;

use super::version::Version;
use crate::expressions::Expressions;

/// How large the expressions of all marks may be compiled, in bytes.
const MARKS_BYTES: usize = 10 << 20;

/// What has versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Product {
    /// Kubernetes and its libraries.
    Kubernetes,
    /// The server of etcd.
    Etcd,
    /// Go's compiler and library.
    Go,
}

/// The data, with its expressions compiled.
#[derive(Debug)]
pub(super) struct VersionsData {
    pub(super) file: VersionsFile,
    /// One a mark, in their order.
    pub(super) functions: Expressions,
}

/// The expressions of all marks.
#[cfg(test)]
pub(in crate::knowledge) fn expressions() -> Vec<String> {
    let file: VersionsFile = built_in!("versions");
    let marks = file.mark.into_iter();
    marks.map(|mark| mark.functions).collect()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionsFile {
    pub(super) module: Vec<ModuleFile>,
    pub(super) mark: Vec<MarkFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModuleFile {
    pub(super) product: Product,
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) except: Vec<String>,
    pub(super) majors: Vec<u32>,
    pub(super) least: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkFile {
    pub(super) product: Product,
    pub(super) at_least: Option<Version>,
    pub(super) at_most: Option<Version>,
    pub(super) functions: String,
    pub(super) folder: Option<String>,
}

impl VersionsData {
    pub(super) fn builtin() -> &'static Self {
        static VERSIONS: OnceLock<VersionsData> = OnceLock::new();
        VERSIONS.get_or_init(|| {
            let file: VersionsFile = built_in!("versions");
            let functions: Vec<&String> = file.mark.iter().map(|mark| &mark.functions).collect();
            let functions = Expressions::new(&functions, MARKS_BYTES);
            Self {
                functions: functions.expect("the built-in versions are tested"),
                file,
            }
        })
    }
}
