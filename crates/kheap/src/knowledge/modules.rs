//! Which module a package is of.

use std::sync::OnceLock;

use serde::Deserialize;

/// What the standard library is called.
pub const STANDARD_LIBRARY: &str = "standard library";

/// How the path of a package shows its module.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Modules {
    standard: Vec<String>,
    hosts: Vec<String>,
    host_labels: Vec<String>,
    libraries: Vec<String>,
}

impl Modules {
    /// What is compiled in.
    pub(crate) fn builtin() -> &'static Self {
        static MODULES: OnceLock<Modules> = OnceLock::new();
        MODULES.get_or_init(|| built_in!("modules"))
    }

    /// The module of a package: its repository, `main`, or the standard library. A path
    /// without a host is as much as its first element.
    pub(crate) fn of<'p>(&self, package: &'p str) -> &'p str {
        let first = package.split('/').next().unwrap_or(package);
        if self.standard.iter().any(|standard| standard == first) {
            return STANDARD_LIBRARY;
        }
        let elements = match first {
            _ if !first.contains('.') => 1,
            _ if self.is_versioned(package) => 2,
            host if self.has_owners(host) => 3,
            _ => 2,
        };
        let mut slashes = package.match_indices('/').map(|(at, _)| at);
        let end = slashes.nth(elements - 1);
        &package[..end.unwrap_or(package.len())]
    }

    /// Whether a module is on a host of libraries.
    pub(crate) fn is_of_libraries(&self, module: &str) -> bool {
        let host = module.split('/').next();
        self.libraries.iter().any(|known| Some(&**known) == host)
    }

    /// Whether a repository on this host has an owner in its path. A label alone is no host.
    fn has_owners(&self, host: &str) -> bool {
        let (label, _) = host.split_once('.').unwrap_or((host, ""));
        self.hosts.iter().any(|known| known == host)
            || self.host_labels.iter().any(|known| known == label)
    }

    /// `gopkg.in/yaml.v3`, which has no element for its owner.
    fn is_versioned(&self, package: &str) -> bool {
        let name = package.strip_prefix("gopkg.in/");
        let name = name.and_then(|rest| rest.split('/').next());
        name.is_some_and(|name| name.contains(".v") || name.contains("%2ev"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(package: &str, module: &str) {
        assert_eq!(Modules::builtin().of(package), module, "{package}");
    }

    #[test]
    fn a_package_is_of_its_repository() {
        check("k8s.io/apiserver/pkg/storage", "k8s.io/apiserver");
        check(
            "github.com/klauspost/compress/zstd",
            "github.com/klauspost/compress",
        );
        check("golang.org/x/net/http2", "golang.org/x/net");
        check("go.etcd.io/etcd/client/v3", "go.etcd.io/etcd");
        check("gopkg.in/yaml.v3", "gopkg.in/yaml.v3");
        check(
            "gopkg.in/evanphx/json-patch%2ev4",
            "gopkg.in/evanphx/json-patch%2ev4",
        );
        check("go.uber.org/zap", "go.uber.org/zap");
        check(
            "git.example.org/team/shop/cart",
            "git.example.org/team/shop",
        );
        check("gitlab.corp.example/a/b/c", "gitlab.corp.example/a/b");
        check(
            "github.example.com:8443/a/b/c",
            "github.example.com:8443/a/b",
        );
        check("digital.example.org/a/b/c", "digital.example.org/a");
    }

    #[test]
    fn the_standard_library_and_the_program_are_modules_too() {
        check("net/http", STANDARD_LIBRARY);
        check("runtime", STANDARD_LIBRARY);
        check("main", "main");
        check("shop/internal/cart", "shop");
    }
}
