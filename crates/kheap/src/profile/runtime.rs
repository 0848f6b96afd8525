//! Which language runtime a profile is of, and what of the program was profiled.
//!
//! pprof's format is written by many: what holds for Go's runtime alone, such as size
//! classes, stacks cut at 32 addresses or profiles of changes, may be said of no other.
//! Names and files of functions tell the language; sample types tell the kind of profile.

use super::{Function, Profile};

/// The language runtime of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Runtime {
    /// Go's.
    #[cfg_attr(feature = "serde", serde(rename = "Go"))]
    Go,
    /// The JVM: Java, Kotlin, Scala.
    #[cfg_attr(feature = "serde", serde(rename = "Java"))]
    Java,
    /// Node.js, and other users of V8.
    #[cfg_attr(feature = "serde", serde(rename = "Node.js"))]
    Node,
    /// .NET.
    #[cfg_attr(feature = "serde", serde(rename = ".NET"))]
    DotNet,
    /// Python.
    #[cfg_attr(feature = "serde", serde(rename = "Python"))]
    Python,
    /// Ruby.
    #[cfg_attr(feature = "serde", serde(rename = "Ruby"))]
    Ruby,
    /// PHP.
    #[cfg_attr(feature = "serde", serde(rename = "PHP"))]
    Php,
    /// Julia.
    #[cfg_attr(feature = "serde", serde(rename = "Julia"))]
    Julia,
    /// Rust, or a Rust program's allocator.
    #[cfg_attr(feature = "serde", serde(rename = "Rust"))]
    Rust,
    /// C and C++, or a program whose language is unknown.
    Native,
    /// It is unknown.
    #[default]
    Unknown,
}

crate::__vocabulary! {
    Runtime, "runtime" {
        Go = "Go",
        Java = "Java",
        Node = "Node.js",
        DotNet = ".NET",
        Python = "Python",
        Ruby = "Ruby",
        Php = "PHP",
        Julia = "Julia",
        Rust = "Rust",
        Native = "native",
        Unknown = "unknown",
    }
}

impl Runtime {
    /// Whether it is known to be another than Go's.
    pub fn is_foreign(self) -> bool {
        !matches!(self, Self::Go | Self::Unknown)
    }

    /// What the names of functions show: Go's, where none is of another language.
    #[cfg(feature = "diagnose")]
    pub(crate) fn of_names<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut known = names.filter_map(Self::of_name);
        let first = known.next().unwrap_or_default();
        match known.all(|other| other == first) {
            true => first,
            false => Self::Unknown,
        }
    }

    fn of_file(file: &[u8]) -> Option<Self> {
        if file.starts_with(b"node:") {
            return Some(Self::Node);
        }
        let dot = memchr::memrchr(b'.', file)?;
        Some(match &file[dot + 1..] {
            b"go" => Self::Go,
            b"java" | b"kt" | b"scala" | b"groovy" | b"clj" => Self::Java,
            b"js" | b"mjs" | b"cjs" | b"ts" | b"tsx" | b"jsx" => Self::Node,
            b"cs" | b"fs" | b"vb" => Self::DotNet,
            b"py" | b"pyx" => Self::Python,
            b"rb" => Self::Ruby,
            b"php" => Self::Php,
            b"jl" => Self::Julia,
            b"rs" => Self::Rust,
            b"c" | b"cc" | b"cpp" | b"cxx" | b"h" | b"hpp" => Self::Native,
            _ => return None,
        })
    }

    fn of_name(name: &str) -> Option<Self> {
        const RUST: [&str; 6] = ["core::", "alloc::", "std::", "tokio::", "<impl", "::h"];
        const NODE: [&str; 5] = [
            ".js:",
            ".ts:",
            "node:",
            "(anonymous)",
            "(garbage collector)",
        ];
        let last = name.rsplit('/').next().unwrap_or(name);
        let starts_with_class = last.starts_with(|c: char| c.is_ascii_uppercase());
        if name.contains("::") {
            let is_rust = RUST.iter().any(|part| name.contains(part));
            return Some(if is_rust { Self::Rust } else { Self::Native });
        }
        if NODE.iter().any(|part| name.contains(part)) {
            return Some(Self::Node);
        }
        if name.starts_with("java.") || name.starts_with("java/") || name.starts_with("jdk.") {
            return Some(Self::Java);
        }
        if name.contains('/') && starts_with_class && !name.contains("(*") {
            return Some(Self::Java);
        }
        if name.starts_with("System.")
            || name.starts_with("Microsoft.")
            || name.contains("!System.")
        {
            return Some(Self::DotNet);
        }
        let is_go = name.starts_with("runtime.") || name == "main.main" || name.contains(".(*");
        is_go.then_some(Self::Go)
    }
}

/// What of a program was profiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Profiled {
    /// What keeps memory: stacks are chains of references from a variable, as goref
    /// writes them, and no calls.
    #[cfg_attr(feature = "serde", serde(rename = "reference"))]
    References,
    /// Memory in use, and perhaps what was allocated.
    Heap,
    /// What was allocated alone.
    #[cfg_attr(feature = "serde", serde(rename = "allocation"))]
    Allocations,
    /// Processor time.
    #[cfg_attr(feature = "serde", serde(rename = "CPU"))]
    Cpu,
    /// Time that passed.
    #[cfg_attr(feature = "serde", serde(rename = "wall-clock"))]
    Wall,
    /// Goroutines.
    #[cfg_attr(feature = "serde", serde(rename = "goroutine"))]
    Goroutines,
    /// Threads.
    #[cfg_attr(feature = "serde", serde(rename = "thread"))]
    Threads,
    /// Waiting for locks or channels.
    Contention,
    /// Nothing but numbers of things of another kind, such as events, or what a program
    /// counts in a profile of its own (Go's `pprof.NewProfile`).
    #[cfg_attr(feature = "serde", serde(rename = "count"))]
    Counts,
    /// It is unknown.
    #[default]
    Unknown,
}

crate::__vocabulary! {
    Profiled, "profile" {
        References = "reference",
        Heap = "heap",
        Allocations = "allocation",
        Cpu = "CPU",
        Wall = "wall-clock",
        Goroutines = "goroutine",
        Threads = "thread",
        Contention = "contention",
        Counts = "count",
        Unknown = "unknown",
    }
}

impl Profiled {
    /// Whether it is known not to be of memory.
    pub fn is_no_memory(self) -> bool {
        !matches!(self, Self::Heap | Self::Allocations | Self::Unknown)
    }

    /// Whether it may be memory of a Go program, if it is of this runtime: the one place
    /// where that is decided.
    pub(crate) fn is_go_heap(self, runtime: Runtime) -> bool {
        !self.is_no_memory() && !runtime.is_foreign()
    }

    fn of_type(name: &str, unit: &str) -> Option<Self> {
        Some(match name {
            "inuse_space" | "inuse_objects" | "space" | "objects" | "inuse-space" | "live" => {
                Self::Heap
            }
            "goroutine" | "goroutines" | "goroutineleak" => Self::Goroutines,
            "threadcreate" | "threads" => Self::Threads,
            "contentions" | "delay" => Self::Contention,
            "cpu" => Self::Cpu,
            "wall" => Self::Wall,
            name if name.starts_with("lock_") || name.starts_with("mutex_") => Self::Contention,
            name if name.starts_with("block_") => Self::Contention,
            name if name.starts_with("alloc") => Self::Allocations,
            "samples" | "sample" | "events" if unit.ends_with("seconds") => Self::Cpu,
            _ => return None,
        })
    }
}

/// How many functions are looked at: they tell the language long before.
const MOST_FUNCTIONS: usize = 4096;

impl Profile {
    /// The language runtime that most functions are of; those of Go where as many are.
    pub fn runtime(&self) -> Runtime {
        const KNOWN: [Runtime; 10] = [
            Runtime::Go,
            Runtime::Java,
            Runtime::Node,
            Runtime::DotNet,
            Runtime::Python,
            Runtime::Ruby,
            Runtime::Php,
            Runtime::Julia,
            Runtime::Rust,
            Runtime::Native,
        ];
        let functions = self.functions().iter().take(MOST_FUNCTIONS);
        let votes = functions.filter_map(|function| {
            let by_file = Runtime::of_file(self.strings().get(function.filename));
            by_file.or_else(|| Runtime::of_name(&self.text(function.name)))
        });
        let mut counts = [0_usize; KNOWN.len()];
        for vote in votes {
            counts[vote as usize] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        match counts.iter().position(|&count| count == most) {
            Some(position) if most > 0 => KNOWN[position],
            _ => self.runtime_of_types(),
        }
    }

    /// What the writer shows of a profile without names.
    fn runtime_of_types(&self) -> Runtime {
        let types = || self.sample_type_ids().map(|id| self.sample_type_name(id));
        let has = |name: &str| types().any(|kind| kind == name);
        let comments = self.header().comments.iter().map(|&id| self.text(id));
        // jemalloc's and others' converters note where a binary was loaded.
        let has_executables = { comments }.any(|comment| comment.starts_with("executableInfo="));
        match () {
            () if has("alloc_space") && has("inuse_space") => Runtime::Go,
            () if has("goroutine") || has("goroutineleak") => Runtime::Go,
            () if has_executables => Runtime::Native,
            () => Runtime::Unknown,
        }
    }

    /// What was profiled, as far as sample types tell.
    pub fn profiled(&self) -> Profiled {
        let ids = self.sample_type_ids();
        let found = ids.filter_map(|id| {
            Profiled::of_type(&self.sample_type_name(id), &self.sample_type_unit(id))
        });
        let found = found.min();
        if found == Some(Profiled::Heap) && self.has_references() {
            return Profiled::References;
        }
        found.unwrap_or_else(|| {
            let period = self.text(self.header().period_type.kind);
            let unit = self.text(self.header().period_type.unit);
            Profiled::of_type(&period, &unit).unwrap_or(match self.has_counts_alone() {
                true => Profiled::Counts,
                false => Profiled::Unknown,
            })
        })
    }

    fn has_counts_alone(&self) -> bool {
        let mut units = self.sample_type_ids().map(|id| self.sample_type_unit(id));
        !self.sample_types.is_empty() && units.all(|unit| unit == "count")
    }

    /// Whether most names are variables with their types, such as `main.cache. (map[string]int)`.
    fn has_references(&self) -> bool {
        let functions = || self.functions().iter().take(MOST_FUNCTIONS);
        let is_variable = |name: &[u8]| {
            // Few names of functions end in it.
            name.ends_with(b")") && memchr::memmem::find(name, b". (").is_some()
        };
        let name = |function: &Function| self.strings().get(function.name);
        let variables = functions().filter(|function| is_variable(name(function)));
        2 * variables.count() > functions().count()
    }

    /// Whether it is of a Go program and of memory: only then its bytes have parts, and stacks
    /// may be cut and changes stated as Go's heap profiles have them.
    pub fn is_go_heap(&self) -> bool {
        self.profiled().is_go_heap(self.runtime())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    fn profile(types: &[(&str, &str)], functions: &[(&str, &str)]) -> Profile {
        let mut builder = ProfileBuilder::new();
        for (kind, unit) in types {
            builder.sample_type(kind, unit);
        }
        for (name, file) in functions {
            builder.function(name, file);
        }
        builder.finish()
    }

    #[test]
    fn names_and_files_show_the_language() {
        let check = |functions: &[(&str, &str)], expected: Runtime| {
            let found = profile(&[("inuse_space", "bytes")], functions).runtime();
            assert_eq!(found, expected, "{functions:?}");
        };
        check(
            &[("main.f", "/src/main.go"), ("runtime.main", "")],
            Runtime::Go,
        );
        check(&[("encoding/json.(*Decoder).refill", "")], Runtime::Go);
        check(
            &[("java/lang/invoke/MethodHandle.allocateInstance", "")],
            Runtime::Java,
        );
        check(
            &[("org/apache/kafka/common/Record.read", "")],
            Runtime::Java,
        );
        check(&[("com.a.B.c", "B.java")], Runtime::Java);
        check(&[("./index.js:(anonymous):19", "")], Runtime::Node);
        check(&[("(anonymous)", "node:internal/streams")], Runtime::Node);
        check(
            &[("System.Collections.Generic.List.Add", "")],
            Runtime::DotNet,
        );
        check(&[("<module>", "/app/main.py")], Runtime::Python);
        check(&[("foo", "/app/a.jl")], Runtime::Julia);
        check(&[("alloc::vec::Vec<T>::push", "")], Runtime::Rust);
        check(
            &[("std::_Vector_base<int>::_M_allocate", "a.cc")],
            Runtime::Native,
        );
        check(&[("load", "")], Runtime::Unknown);
        // A program of Go that calls some of C.
        check(
            &[("main.f", "a.go"), ("main.g", "b.go"), ("malloc", "m.c")],
            Runtime::Go,
        );
    }

    #[test]
    fn a_profile_without_names_is_known_by_its_writer() {
        let go = [("alloc_space", "bytes"), ("inuse_space", "bytes")];
        assert_eq!(profile(&go, &[]).runtime(), Runtime::Go);
        assert_eq!(
            profile(&[("goroutine", "count")], &[]).runtime(),
            Runtime::Go
        );
        assert_eq!(
            profile(&[("inuse_space", "bytes")], &[]).runtime(),
            Runtime::Unknown
        );
        let mut builder = ProfileBuilder::new();
        let comment = builder.string("executableInfo=3;0;0");
        builder.header().comments.push(comment);
        assert_eq!(builder.finish().runtime(), Runtime::Native);
    }

    #[test]
    fn sample_types_show_what_was_profiled() {
        let check = |types: &[(&str, &str)], expected: Profiled| {
            assert_eq!(profile(types, &[]).profiled(), expected, "{types:?}");
        };
        check(
            &[("alloc_space", "bytes"), ("inuse_space", "bytes")],
            Profiled::Heap,
        );
        check(&[("objects", "count"), ("space", "bytes")], Profiled::Heap);
        check(
            &[("samples", "count"), ("cpu", "nanoseconds")],
            Profiled::Cpu,
        );
        check(
            &[("samples", "count"), ("wall", "microseconds")],
            Profiled::Wall,
        );
        check(
            &[("contentions", "count"), ("delay", "nanoseconds")],
            Profiled::Contention,
        );
        check(&[("goroutine", "count")], Profiled::Goroutines);
        check(&[("goroutineleak", "count")], Profiled::Goroutines);
        check(&[("example.com/pool.conns", "count")], Profiled::Counts);
        check(&[("samples", "count")], Profiled::Counts);
        check(&[("inuse_objects", "count")], Profiled::Heap);
        check(
            &[("alloc_in_new_tlab_bytes", "bytes")],
            Profiled::Allocations,
        );
        check(&[("", "")], Profiled::Unknown);
    }

    #[test]
    fn only_memory_of_go_is_the_heap_of_go() {
        let check = |types: &[(&str, &str)], file: &str, expected: bool| {
            let profile = profile(types, &[("load", file)]);
            assert_eq!(profile.is_go_heap(), expected, "{types:?} {file}");
        };
        let heap = [("inuse_objects", "count"), ("inuse_space", "bytes")];
        check(&heap, "a.go", true);
        check(&heap, "", true);
        check(&heap, "A.java", false);
        check(&[("held", "bytes")], "a.go", true);
        check(&[("goroutine", "count")], "a.go", false);
        check(&[("goroutineleak", "count")], "a.go", false);
        check(&[("threadcreate", "count")], "a.go", false);
        check(&[("cpu", "nanoseconds")], "a.go", false);
        check(
            &[("contentions", "count"), ("delay", "nanoseconds")],
            "a.go",
            false,
        );
        check(&[("example.com/pool.conns", "count")], "a.go", false);
    }

    #[test]
    fn variables_with_their_types_are_references() {
        let check = |functions: &[(&str, &str)], expected: Profiled| {
            let types = [("inuse_objects", "count"), ("inuse_space", "bytes")];
            assert_eq!(profile(&types, functions).profiled(), expected);
        };
        let chain = [
            ("main.cache. (map[string]*main.Item)", ""),
            ("$mapval. (*main.Item)", ""),
            ("$sub_objects$", ""),
        ];
        check(&chain, Profiled::References);
        check(
            &[("main.(*Cache).Add", ""), ("main.main", "")],
            Profiled::Heap,
        );
        check(&[], Profiled::Heap);
    }
}
