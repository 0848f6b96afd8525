//! What a function name says of the object that the function works on.

use std::borrow::Cow;
use std::sync::OnceLock;

use hashbrown::HashMap;

use super::data::{Encoded, Kinds, Received, is_version};
use super::list::{is_kind_of_any_group, is_known_kind};
use super::proven::Proven;
use crate::knowledge::bits::Bits;
use crate::knowledge::frames::{FramesError, NamedFrames};
use crate::symbol::{self, Symbol};

/// The kind of a stack that shows none.
pub const UNKNOWN: &str = "unknown";

/// What kubectl calls an object without a Go type of its own.
pub(crate) const CUSTOM_RESOURCE: &str = "custom resource";

/// What a function says of the object that it works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KindHint {
    /// Nothing.
    Nothing,
    /// An object of this kind.
    Kind(String),
    /// A part of an object, or what stands around one: what is within is no object by
    /// itself, such as the claim in the spec of a stateful set.
    Part,
    /// Objects without a Go type.
    Custom,
    /// What reads custom resources into shape. It handles typed metadata, too.
    Coercer,
    /// Turning an object into maps: what patches and admission do with all objects,
    /// and coercers with custom resources.
    Conversion,
    /// The field manager, which turns typed objects into untyped ones too.
    FieldManager,
}

/// Named frames, by what they say of the object.
#[derive(Debug)]
pub(crate) struct KindFrames {
    custom: Bits,
    coercer: Bits,
    conversion: Bits,
    field_manager: Bits,
}

impl KindFrames {
    /// What is compiled in. Frames of a user come behind these, and change no bit.
    pub(crate) fn builtin() -> &'static Self {
        static FRAMES: OnceLock<KindFrames> = OnceLock::new();
        FRAMES.get_or_init(|| {
            let frames = Self::of(NamedFrames::builtin());
            frames.expect("the built-in kinds are tested")
        })
    }

    fn of(frames: &NamedFrames) -> Result<Self, FramesError> {
        let names = &Kinds::builtin().frames;
        Ok(Self {
            custom: frames.set(&names.custom)?,
            coercer: frames.set(&names.coercer)?,
            conversion: frames.set(&names.conversion)?,
            field_manager: frames.set(&names.field_manager)?,
        })
    }

    /// What a function says that is some named frames.
    fn hint(&self, frames: &[u64]) -> Option<KindHint> {
        let hints = [
            (&self.field_manager, KindHint::FieldManager),
            (&self.custom, KindHint::Custom),
            (&self.coercer, KindHint::Coercer),
            (&self.conversion, KindHint::Conversion),
        ];
        let mut hints = hints.into_iter();
        hints.find_map(|(bits, hint)| bits.meets(frames).then_some(hint))
    }
}

/// What the functions of one profile say of objects.
#[derive(Debug)]
pub(crate) struct Hints<'n> {
    proven: Proven,
    /// By package: whether its functions can show a kind. Few do, and a package has many
    /// functions, so most names need not be taken apart.
    packages: HashMap<&'n str, bool>,
}

impl<'n> Hints<'n> {
    /// Those of a profile that has these canonical function names.
    pub(crate) fn among(names: impl Iterator<Item = &'n str>) -> Self {
        Self {
            proven: Proven::by(names),
            packages: HashMap::new(),
        }
    }

    /// What a canonical function name says that is some named frames.
    pub(crate) fn of(&mut self, name: &'n str, frames: &[u64]) -> KindHint {
        let hint = KindFrames::builtin().hint(frames);
        let hint = hint.or_else(|| self.by_name(name));
        hint.unwrap_or(KindHint::Nothing)
    }

    fn by_name(&mut self, name: &'n str) -> Option<KindHint> {
        let package = symbol::package(name);
        let shows_kinds = self.packages.entry(package);
        if !*shows_kinds.or_insert_with(|| shows_kinds_in(package)) {
            return None;
        }
        let symbol = Symbol::parse(name);
        match Kinds::builtin().group(package) {
            Some(group) => of_kubernetes(&symbol, group, &self.proven),
            None => of_printer(&symbol).or_else(|| of_others(&symbol, &self.proven)),
        }
    }
}

/// Whether functions of a package can show a kind.
fn shows_kinds_in(package: &str) -> bool {
    let kinds = Kinds::builtin();
    kinds.group(package).is_some()
        || kinds.is_printer(package)
        || kinds.is_of_metadata(package)
        || holds_objects(package)
}

/// The kind that a canonical function name shows, as in a row of a table.
pub(crate) fn kind_of(name: &str) -> Option<String> {
    let frames = NamedFrames::builtin().rows([name].into_iter());
    match Hints::among([name].into_iter()).of(name, frames.row(0)) {
        KindHint::Kind(kind) => Some(kind),
        KindHint::Custom => Some(CUSTOM_RESOURCE.to_owned()),
        KindHint::Nothing
        | KindHint::Part
        | KindHint::Coercer
        | KindHint::Conversion
        | KindHint::FieldManager => None,
    }
}

/// The kind whose status a canonical function name shows: that of one kind alone, unlike
/// a spec, which may be a template in others.
pub(crate) fn kind_of_status(name: &str) -> Option<String> {
    let symbol = Symbol::parse(name);
    let group = Kinds::builtin().group(symbol.package)?;
    let kind = symbol.receiver?.name.strip_suffix("Status")?;
    is_known_kind(group, kind).then(|| kind.to_owned())
}

/// How JSON encoders show a kind.
pub(crate) fn encoded() -> &'static Encoded {
    &Kinds::builtin().encoded
}

/// How an answer of etcd is held against the objects of a kind.
pub(crate) fn received() -> &'static Received {
    &Kinds::builtin().received
}

/// A name in a table with what people leave out of it.
pub(crate) fn whole_name(name: Cow<'_, str>) -> Cow<'_, str> {
    Kinds::builtin().whole(name)
}

/// The kind whose rows of a table a function prints, such as `printPodList`.
fn of_printer(symbol: &Symbol) -> Option<KindHint> {
    let kind = without_list(Kinds::builtin().printed(symbol.package, symbol.name)?);
    is_kind_of_any_group(kind).then(|| KindHint::Kind(kind.to_owned()))
}

/// What a function shows in a package of one of Kubernetes' own API groups.
fn of_kubernetes(symbol: &Symbol, group: &str, proven: &Proven) -> Option<KindHint> {
    let kinds = Kinds::builtin();
    let name = match symbol.receiver {
        Some(receiver) => receiver.name,
        None => {
            let converted = kinds.converted(symbol.name);
            converted.or_else(|| kinds.defaulted(symbol.name))?
        }
    };
    if let Some(kind) = kinds.kind_of_group(group, name) {
        return Some(KindHint::Kind(kind.to_owned()));
    }
    let kind = without_list(name);
    Some(match proven.is_kind(group, kind) {
        true => KindHint::Kind(kind.to_owned()),
        false => KindHint::Part,
    })
}

/// What a function shows elsewhere: in packages of operators, for which their code
/// generators have written it.
fn of_others(symbol: &Symbol, proven: &Proven) -> Option<KindHint> {
    let kinds = Kinds::builtin();
    let receiver = symbol.receiver.map(|receiver| receiver.name);
    if kinds.is_of_metadata(symbol.package) {
        let kind = kinds.metadata_alone(receiver?)?;
        return Some(KindHint::Kind(kind.to_owned()));
    }
    if !holds_objects(symbol.package) {
        return None;
    }
    let name = match receiver {
        // A package of this shape may hold clients and servers too.
        Some(name) if !is_written_for_objects(symbol, without_list(name), proven) => return None,
        Some(name) => name,
        None => kinds.converted(symbol.name)?,
    };
    let kind = without_list(name);
    Some(match kind.starts_with(|c: char| c.is_ascii_uppercase()) {
        false => return None,
        true if kinds.is_part(kind) => KindHint::Part,
        true => KindHint::Kind(kind.to_owned()),
    })
}

/// Whether the types of a package are API objects:
/// `github.com/cert-manager/…/apis/certmanager/v1`, `sigs.k8s.io/cluster-api/api/v1beta1`.
fn holds_objects(package: &str) -> bool {
    if Kinds::builtin().is_machinery(package) {
        return false;
    }
    let mut elements = package.split('/');
    let in_api = elements.any(|element| matches!(element, "api" | "apis"));
    let mut rest = elements.peekable();
    let of_group = package.contains("/apis/") && rest.peek().is_some();
    in_api && (of_group || rest.any(is_version))
}

/// Whether a method is one that objects have: from Kubernetes' code generators, or to
/// read and write JSON. Below `api/` alone lie clients of other things and their
/// protobufs, too; those of API objects have a group there, a version before its time,
/// or are copied as objects elsewhere.
fn is_written_for_objects(symbol: &Symbol, kind: &str, proven: &Proven) -> bool {
    let (package, method) = (symbol.package, symbol.name);
    let kinds = Kinds::builtin();
    if kinds.is_copying(method) {
        return true;
    }
    if !kinds.is_marshalling(method) || kind.is_empty() {
        return false;
    }
    let is_api = package.contains("/apis/") || proven.is_copied(package, kind);
    match method.ends_with("JSON") {
        true => (is_api || ends_in_unstable(package)) && !kinds.is_value(kind),
        false => is_api || ends_in_group(package),
    }
}

/// `…/api/v1alpha1`, where only Kubernetes counts versions so.
fn ends_in_unstable(package: &str) -> bool {
    let mut elements = package.rsplit('/');
    let version = elements.next().unwrap_or_default();
    let is_unstable = version.contains("alpha") || version.contains("beta");
    is_version(version) && is_unstable && elements.next() == Some("api")
}

/// `…/api/GROUP/VERSION`, as in `github.com/openshift/api/image/v1`.
fn ends_in_group(package: &str) -> bool {
    let mut elements = package.rsplit('/');
    let version = elements.next().is_some_and(is_version);
    let group = elements.next().is_some_and(|group| !is_version(group));
    version && group && elements.next() == Some("api")
}

fn without_list(name: &str) -> &str {
    match name.strip_suffix("List") {
        Some(kind) if !kind.is_empty() => kind,
        _ => name,
    }
}
