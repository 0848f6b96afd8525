//! Go symbol names: what a name says, and the forms in which names of two builds agree.
//!
//! A name is made of an import path, an optional receiver, a function, and what the compiler
//! hung onto it:
//!
//! ```text
//! k8s.io/apiextensions-apiserver/pkg/apiserver.(*crdHandler).serveResource.ListResource.func2
//! ^ package                                    ^ receiver    ^ name        ^ chain
//! ```
//!
//! The chain is the compiler's: this closure is written in `ListResource`, which was inlined into
//! `serveResource` (Go 1.21 and later name the caller first).
//!
//! Names are input like any other. Nothing here fails, recurses, or takes more than linear time.
//!
//! Sources: `closureName` in Go's `cmd/compile/internal/ir/func.go` for the chain,
//! `PathToPrefix` in `cmd/internal/objabi/path.go` for the escapes in a package,
//! `Sym.PackageName` in `debug/gosym/symtab.go` for what has no package.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What Go 1.17 put between a function and the number of a `go` or `defer` wrapper in it.
const DWRAP: &str = "·dwrap·";

/// The folder of the packages of others, as a path has it.
const VENDOR: &str = "/vendor/";

/// Finds [`VENDOR`].
static VENDOR_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(VENDOR));

/// A Go symbol name, taken apart.
///
/// Every part is borrowed from the name as written: a package keeps its vendor prefix and its
/// `%2e` escapes, a part that is absent is the empty string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Symbol<'a> {
    /// The import path: `k8s.io/api/core/v1`, `runtime`.
    pub package: &'a str,
    /// The type whose method this is, or in whose method this closure is.
    pub receiver: Option<Receiver<'a>>,
    /// The function or method, without type arguments: `Unmarshal`, `init.0`. The whole name
    /// when there is no package.
    pub name: &'a str,
    /// The function's type arguments, with their brackets: `[go.shape.string]`, `[...]`.
    pub type_args: &'a str,
    /// What follows the function, from its first separator on: `.func1.2`, `-fm`,
    /// `.ListResource.func2`.
    pub chain: &'a str,
    /// What the name stands for.
    pub kind: Kind,
}

/// The type before a method's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Receiver<'a> {
    /// The type, without type arguments: `Secret`.
    pub name: &'a str,
    /// The type's arguments, with their brackets; empty when there are none.
    pub type_args: &'a str,
    /// Whether the method is on the pointer, `(*Secret)`.
    pub pointer: bool,
}

/// What a symbol name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Kind {
    /// A function of a package.
    Function,
    /// A method of a type.
    Method,
    /// Code without a name of its own inside a function: a function literal, the body of a
    /// range-over-func loop, the wrapper of a `go` or `defer` statement or of a method value.
    Closure,
    /// What a package runs at start: `init`, `init.0`, `map.init.0`.
    Init,
    /// A function that the compiler makes for a type: `type:.eq.sync.Mutex`.
    Generated,
    /// A name without a package: C, assembly, or nothing that can be read.
    Foreign,
}

impl<'a> Symbol<'a> {
    /// Takes a name apart. A name that does not read as Go is all `name`, of kind
    /// [`Kind::Foreign`].
    ///
    /// One form looks like another: `pkg.A.B.func1` is a closure in the method `B` of
    /// the type `A`, or a closure of the function `B` inlined into the function `A`. It is read
    /// as the latter, the more frequent since Go 1.21. Without a closure `pkg.A.B` is a method.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::symbol::{Kind, Symbol};
    ///
    /// let symbol = Symbol::parse("k8s.io/api/core/v1.(*Secret).Unmarshal");
    /// assert_eq!(symbol.package, "k8s.io/api/core/v1");
    /// assert_eq!(symbol.receiver.map(|receiver| receiver.name), Some("Secret"));
    /// assert_eq!(symbol.name, "Unmarshal");
    /// assert_eq!(symbol.kind, Kind::Method);
    /// ```
    pub fn parse(name: &'a str) -> Symbol<'a> {
        let (package, rest) = split_package(name);
        let (receiver, (name, type_args), chain) = if package.is_empty() {
            (None, (name, ""), "")
        } else {
            split_function(rest)
        };
        let kind = if is_generated(name) {
            Kind::Generated
        } else if package.is_empty() {
            Kind::Foreign
        } else if !chain.is_empty() {
            Kind::Closure
        } else if receiver.is_some() {
            Kind::Method
        } else if initializer_len(rest).is_some() {
            Kind::Init
        } else {
            Kind::Function
        };
        Symbol {
            package,
            receiver,
            name,
            type_args,
            chain,
            kind,
        }
    }

    /// The functions in the chain that were inlined around the closure, outermost first; the last
    /// one is where the closure is written.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::symbol::Symbol;
    ///
    /// let name = "cache.(*controller).RunWithContext.(*Group).StartWithContext.func3";
    /// assert!(Symbol::parse(name).inlined().eq(["(*Group).StartWithContext"]));
    /// ```
    pub fn inlined(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        parts(self.chain)
            .filter(|part| !is_literal(part) && !is_range(part) && *part != "-fm")
            .map(|call| call.strip_prefix('.').unwrap_or(call))
    }
}

impl<'a> Receiver<'a> {
    fn new(text: &'a str, pointer: bool) -> Receiver<'a> {
        let (name, type_args) = split_type_args(text);
        Receiver {
            name,
            type_args,
            pointer,
        }
    }
}

/// Shortens a name for a picture: the import path goes up to its last element, which a major
/// version from `/v2` on keeps before it, because alone it names nothing. Type arguments stay;
/// shorten the [`canonical`] form to be rid of them.
///
/// # Example
///
/// ```
/// use kheap::symbol::short;
///
/// assert_eq!(short("encoding/json.(*Encoder).Encode"), "json.(*Encoder).Encode");
/// assert_eq!(short("encoding/json/v2.Marshal"), "json/v2.Marshal");
/// ```
///
/// Source: `ShortenFunctionName` in pprof's `internal/graph/graph.go`. Unlike there, a major
/// version stays, a slash in type arguments is left alone, and C++ and Java names stay whole.
pub fn short(name: &str) -> Cow<'_, str> {
    let (package, _) = split_package(name);
    let Some((parents, element)) = package.rsplit_once('/') else {
        return Cow::Borrowed(name);
    };
    let is_major = is_version(element) && !matches!(element, "v0" | "v1");
    let start = match is_major {
        true => parents.rfind('/').map_or(0, |slash| slash + 1),
        false => parents.len() + 1,
    };
    Cow::Borrowed(&name[start..])
}

/// Gives the form of a name that does not depend on how the program was built: type arguments
/// become `[...]`, and the package loses the tree it was vendored in. Signatures and comparisons
/// work on this form.
///
/// An unmatched bracket leaves the name as it is from there on. The canonical form of a canonical
/// name is itself.
///
/// # Example
///
/// ```
/// use kheap::symbol::canonical;
///
/// assert_eq!(
///     canonical("k8s.io/kubernetes/vendor/k8s.io/api/core/v1.(*Secret).Unmarshal"),
///     "k8s.io/api/core/v1.(*Secret).Unmarshal",
/// );
/// assert_eq!(
///     canonical("github.com/google/btree.(*node[go.shape.*uint8]).split"),
///     "github.com/google/btree.(*node[...]).split",
/// );
/// ```
pub fn canonical(name: &str) -> Cow<'_, str> {
    // A path inside brackets, that of a type argument, is not the symbol's own.
    let path = before_brackets(name);
    let mut own = match VENDOR_FINDER.find_iter(path.as_bytes()).last() {
        Some(folder) => &name[folder + VENDOR.len()..],
        None => name,
    };
    while let Some(inner) = own.strip_prefix(&VENDOR[1..]) {
        own = inner;
    }
    elide_type_args(own)
}

/// Gives the form in which the closures of two builds agree: without the numbers that the
/// compiler counts up, which shift when code is added. Takes a [`canonical`] name.
///
/// Nested closures and the wrappers of `go` and `defer` become one `.func`, because compilers
/// differ in which of these they make. The bodies of range-over-func loops become `-range`, the
/// initializers of a package `init`. Closures of one function fall together: this form is for
/// matching, not for show.
///
/// # Example
///
/// ```
/// use kheap::symbol::without_numbers;
///
/// assert_eq!(without_numbers("io.Copy.func1.2"), "io.Copy.func");
/// assert_eq!(without_numbers("io.Copy.gowrap1"), "io.Copy.func");
/// assert_eq!(without_numbers("k8s.io/api/core/v1.init.0"), "k8s.io/api/core/v1.init");
/// ```
pub fn without_numbers(canonical: &str) -> Cow<'_, str> {
    let (package, rest) = split_package(canonical);
    if package.is_empty() {
        return Cow::Borrowed(canonical);
    }
    let (function, chain) = match initializer_len(rest) {
        Some(len) => ("init", &rest[len..]),
        None => split_part(rest),
    };
    let mut out = format!("{package}.{function}");
    for part in parts(chain) {
        if !is_literal(part) {
            out.push_str(if is_range(part) { "-range" } else { part });
        } else if !out.ends_with(".func") {
            out.push_str(".func");
        }
    }
    if out == canonical {
        return Cow::Borrowed(canonical);
    }
    Cow::Owned(out)
}

/// Gives the form in which a function agrees with itself in another build: [`canonical`],
/// [`without_numbers`], and without the major version of a module, which changes when a dependency
/// is upgraded. The versions of an API (`k8s.io/api/autoscaling/v2`) tell different packages apart
/// and stay.
///
/// # Example
///
/// ```
/// use kheap::symbol::identity;
///
/// assert_eq!(identity("k8s.io/klog/v2.(*loggingT).output"), "k8s.io/klog.(*loggingT).output");
/// assert_eq!(
///     identity("a/vendor/sigs.k8s.io/structured-merge-diff/v4/value.New[int].func1"),
///     "sigs.k8s.io/structured-merge-diff/value.New[...].func",
/// );
/// assert_eq!(identity("a/vendor/gopkg.in/yaml%2ev2.(*parser).peek"), "gopkg.in/yaml.(*parser).peek");
/// ```
pub fn identity(name: &str) -> String {
    identity_of_canonical(&canonical(name)).into_owned()
}

/// The same of a name that is [`canonical`] already.
pub(crate) fn identity_of_canonical(canonical: &str) -> Cow<'_, str> {
    let (package, rest) = split_package(canonical);
    // Most names of most programs.
    if !has_numbers(rest) && !has_version(package) {
        return Cow::Borrowed(canonical);
    }
    let numberless = without_numbers(canonical);
    let rest = &numberless[package.len()..];
    let mut kept: Vec<&str> = Vec::new();
    let mut is_api = false;
    for element in package.split('/') {
        is_api |= matches!(element, "api" | "apis");
        let is_major = !kept.is_empty() && is_version(element) && !matches!(element, "v0" | "v1");
        if is_api || !is_major {
            kept.push(element);
        }
    }
    // The version is part of the last element where the host is gopkg.in.
    if let Some(last) = kept.last_mut()
        && let Some((name, version)) = last.rsplit_once("%2e").or_else(|| last.rsplit_once('.'))
        && is_version(version)
    {
        *last = name;
    }
    Cow::Owned(format!("{}{rest}", kept.join("/")))
}

/// Whether what follows a package may have numbers that [`without_numbers`] takes out.
fn has_numbers(rest: &str) -> bool {
    rest.bytes().any(|byte| byte.is_ascii_digit()) || initializer_len(rest).is_some()
}

/// Whether a package may have the version of a module in it.
fn has_version(package: &str) -> bool {
    let bytes = package.as_bytes();
    let mut starts = memchr::memchr_iter(b'v', bytes);
    starts.any(|at| bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
}

/// Replaces every bracket group by `[...]`.
fn elide_type_args(name: &str) -> Cow<'_, str> {
    if memchr::memchr(b'[', name.as_bytes()).is_none() {
        return Cow::Borrowed(name);
    }
    let mut out = String::new();
    let (mut copied, mut open, mut depth) = (0, 0, 0usize);
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'[' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            b']' if depth > 1 => depth -= 1,
            b']' if depth == 1 => {
                depth = 0;
                // Without a name in front these are no arguments, but a binary.
                if open > 0 && &name[open..=at] != "[...]" {
                    out.push_str(&name[copied..open]);
                    out.push_str("[...]");
                    copied = at + 1;
                }
            }
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(name);
    }
    out.push_str(&name[copied..]);
    Cow::Owned(out)
}

/// The package of a name, as [`Symbol::parse`] finds it.
#[cfg(feature = "diagnose")]
pub(crate) fn package(name: &str) -> &str {
    split_package(name).0
}

/// Splits a name at the dot after its package; the package is empty where there is none.
fn split_package(name: &str) -> (&str, &str) {
    if is_generated(name) {
        return ("", name);
    }
    let path = before_brackets(name);
    let bytes = path.as_bytes();
    let element = memchr::memrchr(b'/', bytes).map_or(0, |slash| slash + 1);
    let Some(dot) = memchr::memchr(b'.', &bytes[element..]) else {
        return ("", name);
    };
    let mut end = element + dot;
    // The linker escapes the dots of the last element, as in `gopkg.in/yaml%2ev2`; other tools
    // undo that, and then the version is still not a type.
    if element > 0
        && bytes.get(end + 1) == Some(&b'v')
        && let Some((version, _)) = path[end + 1..].split_once('.')
        && is_version(version)
    {
        end += 1 + version.len();
    }
    if end == element || end + 1 == name.len() {
        return ("", name);
    }
    (&name[..end], &name[end + 1..])
}

/// Splits what follows a package into receiver, function with its type arguments, and chain.
fn split_function(rest: &str) -> (Option<Receiver<'_>>, (&str, &str), &str) {
    if let Some(len) = initializer_len(rest) {
        return (None, (&rest[..len], ""), &rest[len..]);
    }
    let (first, chain) = split_part(rest);
    if let Some((receiver, method)) = split_pointer_method(first) {
        return (
            Some(Receiver::new(receiver, true)),
            split_type_args(method),
            chain,
        );
    }
    let (second, after) = split_part(chain);
    // Inlined calls come before a closure; these wrappers have none.
    let is_plain = after.is_empty() || after.starts_with("-fm") || after.starts_with(DWRAP);
    match second.strip_prefix('.') {
        Some(method) if is_plain && !is_literal(second) && !method.is_empty() => (
            Some(Receiver::new(first, false)),
            split_type_args(method),
            after,
        ),
        _ => (None, split_type_args(first), chain),
    }
}

/// Splits `(*Type).Method`.
fn split_pointer_method(part: &str) -> Option<(&str, &str)> {
    let (receiver, method) = part.strip_prefix("(*")?.rsplit_once(").")?;
    (!method.is_empty()).then_some((receiver, method))
}

/// The length of a package initializer's name at the start of `rest`: `init`, `init.0`, the
/// older `init.ializers`, `map.init.0`, and `glob.`, which held the closures of package variables
/// up to Go 1.20.
fn initializer_len(rest: &str) -> Option<usize> {
    if rest.starts_with("glob..") {
        return Some("glob.".len());
    }
    let init = if rest.starts_with("map.init.") {
        "map.init"
    } else {
        "init"
    };
    let after = rest.strip_prefix(init)?;
    let (number, _) = split_part(after);
    if number == ".ializers" || number.strip_prefix('.').is_some_and(is_number) {
        return Some(init.len() + number.len());
    }
    (init == "init" && (after.is_empty() || after.starts_with(['.', '-']))).then_some(init.len())
}

/// Splits `Name[...]` before its type arguments.
fn split_type_args(text: &str) -> (&str, &str) {
    match text.find('[') {
        Some(open) if text.ends_with(']') => text.split_at(open),
        _ => (text, ""),
    }
}

/// Splits off the part of a name that ends before the next separator outside of brackets. Every
/// part but the first starts with its separator: `.`, `-`, or [`DWRAP`]. A receiver in
/// parentheses and its method are one part.
fn split_part(text: &str) -> (&str, &str) {
    let (mut depth, mut previous) = (0usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ if depth > 0 || at == 0 => {}
            b'.' if previous == b')' => {}
            b'.' | b'-' => return text.split_at(at),
            0xc2 if text[at..].starts_with(DWRAP) => return text.split_at(at),
            _ => {}
        }
        previous = byte;
    }
    (text, "")
}

/// The parts of a chain, in order.
fn parts(mut chain: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (part, after) = split_part(chain);
        chain = after;
        (!part.is_empty()).then_some(part)
    })
}

/// The start of a name that can hold its package: import paths have no brackets.
fn before_brackets(name: &str) -> &str {
    let end = memchr::memchr3(b'(', b'[', b'{', name.as_bytes());
    &name[..end.unwrap_or(name.len())]
}

/// Whether the compiler made the symbol, which then has no package; `type..` is Go up to 1.19.
fn is_generated(name: &str) -> bool {
    ["type:", "type..", "go:"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether a part is a function literal (`.func1`, inside another one `.1`), or a wrapper, which
/// other Go versions name like a literal.
fn is_literal(part: &str) -> bool {
    [".func", ".", ".gowrap", ".deferwrap", DWRAP]
        .iter()
        .any(|prefix| part.strip_prefix(prefix).is_some_and(is_number))
}

/// Whether a part is the body of a range-over-func loop.
fn is_range(part: &str) -> bool {
    part.strip_prefix("-range").is_some_and(is_number)
}

fn is_version(element: &str) -> bool {
    element.strip_prefix('v').is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
