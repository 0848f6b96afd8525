//! The programs of Kubernetes' own releases.

use std::sync::OnceLock;

use serde::Deserialize;

use super::versions::Version;

/// The programs of Kubernetes' own releases, whose code no user changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shipped {
    programs: Vec<String>,
    functions: Vec<String>,
    /// What to do instead of a change of the code.
    pub(crate) remedy: Vec<String>,
    build: Vec<Build>,
}

/// With which Go versions of Kubernetes are released.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    go_at_least: Version,
    at_least: Version,
}

impl Shipped {
    pub(crate) fn builtin() -> &'static Self {
        static SHIPPED: OnceLock<Shipped> = OnceLock::new();
        SHIPPED.get_or_init(|| built_in!("shipped"))
    }

    /// Whether a program is one of them: by its name, else by its functions.
    pub(crate) fn is_one(
        &self,
        program: Option<&str>,
        mut functions: impl Iterator<Item = impl AsRef<str>>,
    ) -> bool {
        let is_named = |program: &str| {
            let mut names = self.programs.iter();
            names.any(|name| match name.strip_suffix('*') {
                Some(begin) => program.starts_with(begin),
                None => program == name,
            })
        };
        let is_shown = |function: &str| {
            let mut begins = self.functions.iter();
            begins.any(|begin| function.starts_with(begin.as_str()))
        };
        match program {
            Some(program) => is_named(program),
            None => functions.any(|function| is_shown(function.as_ref())),
        }
    }

    /// The oldest version of Kubernetes that is released in a build with such a Go.
    pub(crate) fn oldest_with(&self, go: Version) -> Option<Version> {
        let builds = self.build.iter().filter(|build| go >= build.go_at_least);
        builds.map(|build| build.at_least).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_counts_before_its_functions() {
        let shipped = Shipped::builtin();
        let scheduler = ["k8s.io/kubernetes/pkg/scheduler.(*Scheduler).Run"];
        let is_one = |program| shipped.is_one(program, scheduler.into_iter());
        assert!(is_one(None) && is_one(Some("kube-scheduler-amd64")));
        assert!(!is_one(Some("batch-scheduler")));
        assert!(!shipped.is_one(None, ["example.com/scheduler.Run"].into_iter()));
    }

    #[test]
    fn a_new_go_builds_no_old_release() {
        let oldest = |go: &str| {
            let oldest = Shipped::builtin().oldest_with(go.parse().unwrap());
            oldest.map(|version| version.to_string())
        };
        assert_eq!(oldest("1.27").as_deref(), Some("1.33"));
        assert_eq!(oldest("1.26").as_deref(), Some("1.31"));
        assert_eq!(oldest("1.24").as_deref(), Some("1.29"));
        assert_eq!(oldest("1.20"), None);
    }
}
