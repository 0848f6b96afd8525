//! Names of Go's symbols, and of source files.

use super::{Redactor, figures, public, words};

/// Whether a character is part of a package path or identifier.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || "_./-%@~$+·".contains(c)
}

/// Whether names that follow are public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Public,
    Private,
}

impl Redactor {
    /// The name of a symbol: packages that are private, and their types and functions, get
    /// pseudonyms, in type arguments too.
    pub fn symbol(&mut self, name: &str) -> String {
        self.symbol_and_owner(name).0
    }

    /// The name of a function of another language than Go: packages that are called like Go's
    /// belong to other people. Its words are those of [`Self::symbol`].
    pub(super) fn foreign_symbol(&mut self, name: &str) -> String {
        self.names(name, false).0
    }

    /// The same, and whether its package is public. Names stay public as long as the grammar of
    /// symbols binds them to a public package.
    pub(super) fn symbol_and_owner(&mut self, name: &str) -> (String, bool) {
        self.names(name, true)
    }

    fn names(&mut self, name: &str, is_go: bool) -> (String, bool) {
        let mut is_public = false;
        let copy = self.around_addresses(name, |redactor, part| {
            let (copy, is_of_public) = redactor.names_of_part(part, is_go);
            is_public = is_of_public && part.len() == name.len();
            copy
        });
        (copy, is_public)
    }

    fn names_of_part(&mut self, name: &str, is_go: bool) -> (String, bool) {
        if is_go && public::is_frame(name) {
            return (name.to_owned(), true);
        }
        let mut out = String::with_capacity(name.len());
        let mut owner = Owner::Private;
        let mut outer: Vec<Owner> = Vec::new();
        let mut of_name = None;
        let mut rest = name;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if end == 0 {
                match first {
                    '[' => {
                        outer.push(owner);
                        owner = Owner::Private;
                    }
                    ']' => owner = outer.pop().unwrap_or(Owner::Private),
                    ')' | '*' => {}
                    '(' if out.ends_with('.') => {}
                    // A text, and no symbol any more.
                    _ if outer.is_empty() && first.is_whitespace() => {
                        out.push_str(&self.words(rest));
                        break;
                    }
                    _ => owner = Owner::Private,
                }
                out.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (token, after) = rest.split_at(end);
            rest = after;
            let package = package_of(token, out.is_empty() || !outer.is_empty());
            let names = match package {
                Some(package) => {
                    let names = &token[package.len()..];
                    let is_go = is_go && !is_foreign(package, names);
                    owner = self.package(package, is_go, &mut out);
                    of_name.get_or_insert(owner);
                    names
                }
                None => token,
            };
            // A name without a package among type arguments is of a field, and anybody's.
            let is_field = !outer.is_empty() && package.is_none() && !token.starts_with('.');
            let whose = if is_field { Owner::Private } else { owner };
            self.identifiers(names, whose, &mut out);
        }
        (out, of_name == Some(Owner::Public))
    }

    /// Writes a package with what it is vendored in, and says whose the names behind it are.
    fn package(&mut self, package: &str, is_go: bool, out: &mut String) -> Owner {
        const VENDOR: &str = "vendor/";
        let mut rest = package;
        while let Some(at) = vendored(rest) {
            self.one_package(&rest[..at], is_go, out);
            out.push_str(if at == 0 { VENDOR } else { "/vendor/" });
            rest = &rest[at..];
            rest = rest.strip_prefix('/').unwrap_or(rest);
            rest = &rest[VENDOR.len()..];
        }
        self.one_package(rest, is_go, out)
    }

    fn one_package(&mut self, package: &str, is_go: bool, out: &mut String) -> Owner {
        if is_go && public::is_package(package) || self.is_kept(package) {
            out.push_str(&self.public_path(package));
            return Owner::Public;
        }
        out.push_str(&self.path(package));
        Owner::Private
    }

    /// A path of a public module, without what a fork adds to a version.
    fn public_path(&mut self, path: &str) -> String {
        let segments = path.split('/').map(|segment| {
            let Some((module, version)) = segment.split_once('@') else {
                return self.public_name(segment);
            };
            let (public, private) = version.split_at(figures::public_version(version));
            if private.is_empty() {
                return segment.to_owned();
            }
            format!("{module}@{public}{}", self.words(private))
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// A name of a public module. A long number is none: it may be an address, an id or an account.
    fn public_name(&mut self, name: &str) -> String {
        /// How many hexadecimal digits an address of IPv6 has, or an id.
        const LONG_HEX: usize = 32;
        let is_number = name.starts_with(|c: char| c.is_ascii_digit());
        let is_long = figures::digits(name) > figures::MOST_DIGITS || name.starts_with("0x");
        let is_hex = name.len() >= LONG_HEX && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_hex || is_number && is_long && !words::is_figure(name) {
            true => self.hide(name),
            false => name.to_owned(),
        }
    }

    /// A path: its words are those that a text has too, so that a host has one name everywhere.
    pub(super) fn path(&mut self, path: &str) -> String {
        let segments = path.split('/').map(|segment| {
            let plain = segment.replace("%2e", ".");
            match self.is_kept(&plain) {
                true => segment.to_owned(),
                false => self.words(segment),
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    fn identifiers(&mut self, names: &str, owner: Owner, out: &mut String) {
        let mut rest = names;
        if owner == Owner::Public {
            // What follows is a mark of the compiler, such as `-fm`, or a text.
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let end = names.find(|c| !is_name(c)).unwrap_or(names.len());
            for name in names[..end].split_inclusive('.') {
                let word = name.trim_end_matches('.');
                out.push_str(&self.public_name(word));
                out.push_str(&name[word.len()..]);
            }
            rest = &names[end..];
        }
        while !rest.is_empty() {
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '%';
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if !word.is_empty() {
                out.push_str(&self.word(word));
            }
            let separator = after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&after[..separator]);
            rest = &after[separator..];
        }
    }

    /// The path of a source file. It stays from a public package on where the function is of
    /// one; else only its ending stays.
    pub(super) fn source_file(&mut self, path: &str, is_public: bool) -> String {
        self.around_addresses(path, |redactor, part| {
            redactor.part_of_path(part, is_public && part.len() == path.len())
        })
    }

    fn part_of_path(&mut self, path: &str, is_public: bool) -> String {
        let kept = is_public.then(|| public_suffix(path)).flatten();
        let (before, kept) = path.split_at(kept.unwrap_or(path.len()));
        let kept = self.public_path(kept);
        let mut out = String::with_capacity(path.len());
        for segment in before.split_inclusive(['/', '\\']) {
            let name = segment.trim_end_matches(['/', '\\']);
            out.push_str(&self.segment(name));
            out.push_str(&segment[name.len()..]);
        }
        out + &kept
    }

    /// A folder or a file, whose ending stays.
    fn segment(&mut self, segment: &str) -> String {
        let (stem, ending) = match segment.rsplit_once('.') {
            Some((stem, ending)) if public::is_word(ending) && !stem.is_empty() => (stem, ending),
            _ => (segment, ""),
        };
        let stem = match self.is_kept(stem) {
            true => stem.to_owned(),
            false => self.words(stem),
        };
        match ending {
            "" => stem,
            ending => format!("{stem}.{ending}"),
        }
    }
}

/// Whether a package that is called like one of Go's is that of another language, such as
/// `io.acme.Cart.load` of Java: Go has no packages with dots in their names.
fn is_foreign(package: &str, names: &str) -> bool {
    let mut parts = names.split('.').skip(1);
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else {
        return false;
    };
    let is_of_compiler = second.is_empty() || second == "abi0" || words::is_figure(second);
    let is_lower = first.starts_with(char::is_lowercase);
    package != "runtime" && !package.contains('/') && is_lower && !is_of_compiler
}

/// Where a package is vendored in another one: before the slash, or at the beginning.
fn vendored(package: &str) -> Option<usize> {
    match package.starts_with("vendor/") {
        true => Some(0),
        false => package.find("/vendor/"),
    }
}

/// Where the package of a public file begins in its path.
fn public_suffix(path: &str) -> Option<usize> {
    // A text, and no path.
    if path.contains(|c: char| c.is_whitespace() || c == '\\') {
        return None;
    }
    let last = path.rfind('/');
    let begins = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    let mut begins = begins.filter(|&at| {
        let suffix = &path[at..];
        let first = suffix.split('/').next().unwrap_or_default();
        let has_folder = last.is_some_and(|last| last >= at);
        let is_module = first.contains('.') && has_folder && public::is_package(suffix);
        // Files of Go's standard library lie in `src`, or have the package alone.
        let is_standard = || {
            let before = &path[..at];
            let folder = last.filter(|_| has_folder).map(|last| &path[at..last]);
            (before.is_empty() || before.ends_with("/src/"))
                && folder.is_some_and(public::is_package)
        };
        is_module || is_standard()
    });
    begins.next()
}

/// The package that a token begins with: what is before the first dot behind the last slash.
fn package_of(token: &str, may_be_short: bool) -> Option<&str> {
    let slash = token.rfind('/').map(|at| at + 1);
    if slash.is_none() && !may_be_short || token.starts_with('.') {
        return None;
    }
    let from = slash.unwrap_or(0);
    match token[from..].find('.') {
        Some(dot) => Some(&token[..from + dot]),
        None => slash.map(|_| token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        assert_eq!(Redactor::new(None, None).symbol(name), expected);
    }

    #[test]
    fn public_names_stay() {
        for name in [
            "runtime.mallocgc",
            "k8s.io/api/core/v1.(*Pod).Unmarshal",
            "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/server.director.ServeHTTP",
            "vendor/golang.org/x/net/http2/hpack.(*Decoder).Decode",
            "gopkg.in/yaml%2ev2.(*parser).parse",
            "sync/atomic.(*Pointer[go.shape.struct { k8s.io/x.F int }]).Load",
        ] {
            let kept = Redactor::new(None, None).symbol(name);
            // Names of fields in shapes are nobody's.
            assert_eq!(kept, name);
        }
    }

    #[test]
    fn private_names_get_pseudonyms_that_keep_their_structure() {
        check("main.load", "main.load");
        check("main.chargeCard.func1", "main.anon1.func1");
        check(
            "github.com/acme/shop/pkg/cart.(*Cart).Unmarshal.func2",
            "github.com/anon1/anon2/pkg/anon3.(*Anon4).Unmarshal.func2",
        );
        check("acme.io/cart/v2.New", "anon1.io/anon2/v2.New");
        check(
            "acme.io/cart/vendor/k8s.io/api/core/v1.(*Pod).Unmarshal",
            "anon1.io/anon2/vendor/k8s.io/api/core/v1.(*Pod).Unmarshal",
        );
        // By these names kheap knows code of etcd, wherever it is copied to.
        check(
            "github.com/acme/db/wal.(*Ledger).flush",
            "github.com/anon1/anon2/wal.(*Anon3).flush",
        );
        check("charge_card(char const*)", "anon1(anon2 anon3*)");
    }

    #[test]
    fn a_text_behind_a_public_name_is_private() {
        check(
            "k8s.io/api/core/v1.Pod acme",
            "k8s.io/api/core/v1.Pod anon1",
        );
        check(
            "k8s.io/api/core/v1.Pod(acme)",
            "k8s.io/api/core/v1.Pod(anon1)",
        );
        check(
            "k8s.io/api/core/v1.Pod:acme",
            "k8s.io/api/core/v1.Pod:anon1",
        );
        check(
            "k8s.io/api/core/v1.Pod-acme",
            "k8s.io/api/core/v1.Pod-anon1",
        );
        check("runtime.gopanic{acme}", "runtime.gopanic{anon1}");
        check(
            "slices.Sort[k8s.io/api/core/v1.Pod,.acme]",
            "slices.Sort[k8s.io/api/core/v1.Pod,.anon1]",
        );
        check("net/http.(*Server).Serve-fm", "net/http.(*Server).Serve-fm");
        check(
            "k8s.io/kubernetes/vendor/acme.io/vendor/k8s.io/api/core/v1.Pod",
            "k8s.io/kubernetes/vendor/anon1.io/vendor/k8s.io/api/core/v1.Pod",
        );
        check("k8s.io/acme/bill.Charge", "k8s.io/anon1/anon2.Anon3");
    }

    #[test]
    fn a_name_has_one_pseudonym_whatever_the_language_is() {
        for name in [
            "org/zebra/cart/Cart$Item.load",
            "./node_zebra/cart:load:22",
            "/home/zebra/my_cart/index.js:loadAll:22",
            "com.zebra.cart.Cart$Item.lambda$load$0",
            "io.zebra.Cart.load",
            "git.zebra.io/my-cart/v2.(*Cart).load_all",
            "zebra::cart::Cart<zebra::Item>::load",
            "Zebra.Cart!Zebra.Item.Load",
        ] {
            let mut redactor = Redactor::new(None, None);
            let copy = redactor.symbol(name);
            assert_eq!(redactor.foreign_symbol(name), copy, "{name}");
            assert_eq!(redactor.words(name), copy, "{name}");
            assert!(!copy.contains("ebra"), "{copy}");
        }
        check("io.zebra.Cart.load", "io.anon1.Anon2.load");
        check("net.Dial.func1", "net.Dial.func1");
    }

    #[test]
    fn ids_below_public_packages_are_hidden() {
        let id = "abc3456789abcdef0123456789abcdef";
        check(&format!("runtime.{id}"), "runtime.anon1");
        check(&format!("k8s.io/api/{id}/v1.Do"), "k8s.io/api/anon1/v1.Do");
        check(
            "k8s.io/api/ip0xa.0xd3.0x2f.0x5d.Do",
            "k8s.io/api/ipanon1.Do",
        );
    }

    #[test]
    fn type_arguments_are_names_of_their_own() {
        check(
            "k8s.io/client-go/gentype.(*Client[*acme.io/api.Tenant,go.shape.string]).List",
            "k8s.io/client-go/gentype.(*Client[*anon1.io/api.Anon2,go.shape.string]).List",
        );
        check(
            "slices.SortFunc[go.shape.[]acme.io/api.Tenant]",
            "slices.SortFunc[go.shape.[]anon1.io/api.Anon2]",
        );
    }

    #[test]
    fn files_keep_what_is_public() {
        let file = |path: &str, is_public| Redactor::new(None, None).source_file(path, is_public);
        assert_eq!(
            file("/usr/local/go/src/runtime/proc.go", true),
            "/usr/local/go/src/runtime/proc.go"
        );
        assert_eq!(
            file(
                "/home/alice/go/pkg/mod/k8s.io/api@v0.34.1/core/v1/types.go",
                true
            ),
            "/home/anon1/go/pkg/mod/k8s.io/api@v0.34.1/core/v1/types.go"
        );
        assert_eq!(
            file("/home/alice/shop/src/billing/ledger.go", false),
            "/home/anon1/anon2/src/anon3/anon4.go"
        );
        assert_eq!(file("runtime/proc.go", true), "runtime/proc.go");
        assert_eq!(
            file(
                "/go/pkg/mod/k8s.io/api@v0.34.1-acme.5/core/v1/types.go",
                true
            ),
            "/go/pkg/mod/k8s.io/api@v0.34.1-anon1.5/core/v1/types.go"
        );
        assert_eq!(file("C:\\src\\acme.go", false), "Anon1:\\src\\anon2.go");
    }
}
