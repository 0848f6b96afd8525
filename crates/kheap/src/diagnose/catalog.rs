//! The signatures that are looked for.

use std::sync::{Arc, OnceLock};

use super::signature::Signature;
use super::signature_error::{SignatureError, SignatureFault};
use super::vocabulary::Vocabulary;
use crate::attribute::Rules;
use crate::fingerprint::{fingerprint, mixed};
use crate::knowledge::built_in;

/// All signatures, sorted by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    signatures: Vec<Signature>,
    /// What they name; made when it is asked for, as files are added one by one.
    vocabulary: OnceLock<Vocabulary>,
    /// The user's rules, whose frames, parts and verbs signatures may name.
    rules: Option<Arc<Rules>>,
    /// How large the automata of the expressions of users are, in bytes.
    pub(super) automata_bytes: usize,
}

impl Catalog {
    /// A catalogue without signatures.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A catalogue of one signature, whose heaps are attributed by the same rules.
    pub(super) fn of(&self, signature: Signature) -> Self {
        Self {
            signatures: vec![signature],
            rules: self.rules.clone(),
            ..Self::default()
        }
    }

    /// Lets signatures that are added name frames, parts and verbs of these rules. A heap has
    /// those parts only where it is attributed by the same rules
    /// ([`Heap::with_rules`](crate::Heap::with_rules)): without them no such signature matches.
    #[must_use]
    pub fn with_rules(self, rules: &Arc<Rules>) -> Self {
        Self {
            rules: Some(Arc::clone(rules)),
            vocabulary: OnceLock::new(),
            ..self
        }
    }

    /// The rules that heaps are attributed by.
    pub fn rules(&self) -> &Arc<Rules> {
        self.rules.as_ref().unwrap_or_else(|| Rules::builtin())
    }

    /// The signatures that are compiled in.
    pub fn builtin() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| {
            let signatures: Vec<Signature> = built_in!("signatures");
            Catalog {
                signatures: signatures.into_iter().map(Signature::completed).collect(),
                ..Self::default()
            }
        })
    }

    /// Puts a signature among the others, in place of the one with the same id.
    pub(super) fn insert(&mut self, signature: Signature) -> &Signature {
        self.vocabulary = OnceLock::new();
        let found = self
            .signatures
            .binary_search_by(|s| s.id.cmp(&signature.id));
        let position = match found {
            Ok(position) => {
                self.signatures[position] = signature;
                position
            }
            Err(position) => {
                self.signatures.insert(position, signature);
                position
            }
        };
        &self.signatures[position]
    }

    /// Checks what no signature shows alone, once all are there.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] when one yields to another that there is not, or when the
    /// expressions of all take more memory than they may together.
    pub fn check(&self) -> Result<(), SignatureError> {
        let anywhere = |reason| SignatureError { line: None, reason };
        for signature in &self.signatures {
            let mut leaders = signature.yields_to.iter();
            if let Some(other) = leaders.find(|other| self.get(other).is_none()) {
                return Err(anywhere(SignatureFault::NoLeader {
                    id: signature.id.clone(),
                    leader: other.clone(),
                }));
            }
        }
        match self.vocabulary().is_small() {
            true => Ok(()),
            false => Err(anywhere(SignatureFault::TooLargeTogether)),
        }
    }

    /// The frames that they name.
    pub(super) fn vocabulary(&self) -> &Vocabulary {
        let signatures = self.signatures.iter();
        let vocabulary = || Vocabulary::of(signatures, self.rules());
        self.vocabulary.get_or_init(vocabulary)
    }

    /// A fingerprint of what decides which stacks its signatures claim of a heap with some rules.
    pub(super) fn judge_by(&self, rules: &Rules) -> u64 {
        // Signatures that are compiled in, and the code, change with the version.
        let version = fingerprint(0, env!("CARGO_PKG_VERSION"));
        let rules = [self.rules(), rules].map(Rules::identity);
        let signatures = self.signatures.iter();
        signatures.fold(rules.into_iter().fold(version, mixed), |hash, signature| {
            mixed(fingerprint(hash, &signature.id), signature.fingerprint)
        })
    }

    /// All signatures, sorted by id.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The signature of an id.
    pub fn get(&self, id: &str) -> Option<&Signature> {
        self.signatures.iter().find(|signature| signature.id == id)
    }
}
