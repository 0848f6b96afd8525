//! Which Kubernetes a program was built from, where its paths tell it, and which
//! remedies are past then.

use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use crate::profile::Profile;

/// Paths of the module cache, such as `/go/pkg/mod/k8s.io/apiserver@v0.34.1/pkg/…`.
const MODULES: [&str; 2] = ["k8s.io/apiserver@v0.", "k8s.io/kubernetes@v1."];

/// The minor version, such as 34 of Kubernetes 1.34; none where no path tells it.
pub(super) fn minor_version(profile: &Profile) -> Option<u32> {
    let mut strings = profile.strings().iter();
    strings.find_map(|text| {
        MODULES.iter().find_map(|module| {
            let start = memmem::find(text, module.as_bytes())? + module.len();
            let digits = text[start..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit());
            let digits: Vec<u8> = digits.copied().collect();
            str::from_utf8(&digits).ok()?.parse().ok()
        })
    })
}

/// Whether a remedy is to upgrade to a version that the program has: such remedies
/// begin `Upgrade to 1.33`, or `Upgrade kube-apiserver to 1.33` where something else
/// could be meant.
pub(super) fn is_past(remedy: &str, minor: Option<u32>) -> bool {
    static UPGRADE: LazyLock<Regex> = LazyLock::new(|| {
        let upgrade = Regex::new(r"^Upgrade (?:kube-apiserver )?to 1\.(\d+)\b");
        upgrade.expect("it is valid")
    });
    let wanted = UPGRADE.captures(remedy);
    let wanted = wanted.and_then(|captures| captures[1].parse::<u32>().ok());
    wanted.zip(minor).is_some_and(|(wanted, has)| has >= wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    #[test]
    fn paths_of_modules_tell_the_version() {
        let check = |path: &str, expected: Option<u32>| {
            let mut builder = ProfileBuilder::new();
            builder.sample_type("inuse_space", "bytes");
            builder.function("main.f", path);
            assert_eq!(minor_version(&builder.finish()), expected, "{path}");
        };
        let file = "pkg/storage/etcd3/store.go";
        check(
            &format!("/go/pkg/mod/k8s.io/apiserver@v0.34.1/{file}"),
            Some(34),
        );
        check(&format!("/m/k8s.io/kubernetes@v1.28.3/{file}"), Some(28));
        check(
            &format!("/go/src/k8s.io/kubernetes/vendor/k8s.io/apiserver/{file}"),
            None,
        );
        check("/m/k8s.io/apiserver@v0.x/y.go", None);
    }

    #[test]
    fn an_upgrade_is_past_where_it_is_done() {
        let remedy = "Upgrade to 1.33 or later, or turn on the gate.";
        assert!(is_past(remedy, Some(33)));
        assert!(is_past(remedy, Some(34)));
        assert!(!is_past(remedy, Some(32)));
        assert!(!is_past(remedy, None));
        assert!(!is_past("Page with limit.", Some(34)));
        assert!(is_past("Upgrade kube-apiserver to 1.25, or …", Some(25)));
        assert!(!is_past("Upgrade to etcd 3.6.", Some(34)));
    }
}
