//! A heap that is measured once: every question about parts and kinds starts here.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::analysis::Analysis;
use super::functions::{Functions, MatchedNames};
use super::{Attribution, Mended, Role, Rules, mend_stacks};
use crate::profile::{Profile, SampleTypeId};
use crate::selection::{Selection, SelectionOptions};

/// A selection, and which part of the program each of its bytes belongs to.
///
/// That is found out when it is asked for the first time, and once: breakdown,
/// diagnosis, snapshots, flame graphs and reports of one heap share it. What does not
/// ask for parts or kinds does not pay for it.
///
/// # Example
///
/// ```
/// use kheap::attribute::Dimensions;
/// use kheap::diagnose::DiagnoseOptions;
/// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let receive = builder.function("k8s.io/apimachinery/pkg/watch.(*StreamWatcher).receive", "");
/// let run = builder.function("k8s.io/client-go/tools/cache.(*Reflector).Run", "");
/// let stack = [
///     builder.location(None, 1, &[(receive, 1)]),
///     builder.location(None, 2, &[(run, 1)]),
/// ];
/// builder.sample(&stack, &[4096], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let heap = Heap::new(Selection::new(&profile, sample_type, &SelectionOptions::default()));
///
/// assert_eq!(heap.attribution().places[0].part, "informer-watch");
/// let breakdown = kheap::breakdown(&heap, Dimensions::ALL);
/// let diagnosis = kheap::diagnose(&heap, &DiagnoseOptions::default());
/// assert_eq!((breakdown.total, diagnosis.total), (4096, 4096));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Heap<'p> {
    selection: Selection<'p>,
    /// The same samples as the file has them, where the stacks of the selection are
    /// mended: these are attributed.
    unmended: Option<Selection<'p>>,
    rules: Arc<Rules>,
    functions: OnceLock<Arc<Functions>>,
    analysis: OnceLock<Analysis>,
}

impl<'p> Heap<'p> {
    /// Makes a selection ready to be asked.
    pub fn new(selection: Selection<'p>) -> Self {
        Self {
            selection,
            unmended: None,
            rules: Arc::clone(Rules::builtin()),
            functions: OnceLock::new(),
            analysis: OnceLock::new(),
        }
    }

    /// Attributes it by these rules.
    #[must_use]
    pub fn with_rules(self, rules: &Arc<Rules>) -> Self {
        Self {
            rules: Arc::clone(rules),
            functions: OnceLock::new(),
            analysis: OnceLock::new(),
            ..self
        }
    }

    /// The rules that it is attributed by.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// The same of a profile whose cut stacks get their callers back first, so that
    /// filters see them; and how much that is.
    ///
    /// Go keeps 32 addresses of a stack before 1.23, and 128 since. Callers come from whole
    /// stacks, where all of these agree; other cut stacks are put below
    /// [`ROOT_LOST`](super::ROOT_LOST). Values and leaves stay as they are. The lines of
    /// callers are those of one stack that lent them; others may call from other lines.
    /// Should the tables be full, nothing is done.
    /// Ids, such as those of [`Finding::samples`](crate::diagnose::Finding::samples), are of the
    /// [profile of this heap](Selection::profile), not of the one that was given.
    ///
    /// Parts, verbs and kinds are those of the stacks as the file has them: what other
    /// stacks lend, and what stands for lost callers, changes pictures and no attribution.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::attribute::Mended;
    /// use kheap::{Heap, ProfileBuilder};
    ///
    /// let profile = ProfileBuilder::folded("main;load 64")?.finish();
    /// let sample_type = profile.sample_type("")?;
    /// let (heap, mended) = Heap::mended(profile, sample_type, &Default::default());
    /// // Nothing is cut.
    /// assert_eq!((heap.total(), mended), (64, Mended::default()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mended(
        mut profile: Profile,
        sample_type: SampleTypeId,
        options: &SelectionOptions,
    ) -> (Self, Mended) {
        let mut unmended = profile.clone();
        let mended = mend_stacks(&mut profile, sample_type);
        let (selection, left) = Selection::with_origins(profile, sample_type, options);
        (unmended.samples).retain(|id| left.binary_search(&id).is_ok());
        let mut unmended = Selection::new(unmended, sample_type, &SelectionOptions::default());
        // The same rows, so that an id of one is an id of the other.
        unmended.profile.to_mut().samples.origin = selection.profile.samples.origin;
        let heap = Self {
            unmended: Some(unmended),
            ..Self::new(selection)
        };
        (heap, mended)
    }

    /// What the program is.
    pub fn role(&self) -> Role {
        self.attribution().role
    }

    /// Where each sample belongs.
    pub fn attribution(&self) -> &Attribution {
        &self.analysis().attribution
    }

    /// The same samples by what was allocated since the start, where what is in use is
    /// looked at and the profile has both.
    pub(crate) fn allocated(&self) -> Option<Analysis> {
        let heap = self.in_type(allocated_type(self.attributed())?);
        heap.analysis();
        heap.analysis.into_inner()
    }

    /// The same samples by another sample type, as the file has them. What is known of
    /// their functions is shared.
    pub fn in_type(&self, sample_type: SampleTypeId) -> Heap<'_> {
        let options = SelectionOptions::default();
        let selection = Selection::new(self.attributed().profile(), sample_type, &options);
        Heap {
            functions: Arc::clone(self.functions()).into(),
            ..Heap::new(selection).with_rules(&self.rules)
        }
    }

    /// Whether it has what was allocated since the start.
    pub(crate) fn has_allocated(&self) -> bool {
        allocated_type(self.attributed()).is_some()
    }

    /// The samples that are attributed.
    pub(crate) fn attributed(&self) -> &Selection<'p> {
        self.unmended.as_ref().unwrap_or(&self.selection)
    }

    /// The stacks with their places.
    pub(crate) fn analysis(&self) -> &Analysis {
        self.analysis
            .get_or_init(|| Analysis::of(self.attributed(), self.functions(), &self.rules))
    }

    /// The same of one heap among many, whose functions have mostly the same names.
    pub(crate) fn analysis_among(&self, known: &MatchedNames) -> &Analysis {
        let profile = self.attributed().profile();
        self.functions
            .get_or_init(|| Arc::new(Functions::of(profile, &self.rules, Some(known))));
        self.analysis()
    }

    fn functions(&self) -> &Arc<Functions> {
        let profile = self.attributed().profile();
        self.functions
            .get_or_init(|| Arc::new(Functions::of(profile, &self.rules, None)))
    }
}

/// The sample type that counts what was allocated since the start, of what is in use.
fn allocated_type(selection: &Selection) -> Option<SampleTypeId> {
    let profile = selection.profile();
    if profile.lacks_samples() {
        return None;
    }
    let in_use = profile.sample_type_name(selection.sample_type());
    let allocated = format!("alloc_{}", in_use.strip_prefix("inuse_")?);
    profile.sample_type(&allocated).ok()
}

/// What is asked of a selection can be asked of a heap: `kheap::top(&heap, …)`.
impl<'p> Deref for Heap<'p> {
    type Target = Selection<'p>;

    fn deref(&self) -> &Self::Target {
        &self.selection
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;
    use crate::attribute::Dimensions;
    use crate::attribute::attributed_here;
    use crate::diagnose::{ClaimReader, DiagnoseOptions};
    use crate::fixture::view;
    use crate::lifetimes::{LifetimesBy, LifetimesOptions};
    use crate::series::{Keys, Snapshot};
    use crate::sizes::SizesBy;

    const STACKS: &str = "# alloc_space/bytes inuse_space/bytes
                          main;load 96 96
                          main;list 300 0";

    #[test]
    fn all_questions_about_a_heap_share_one_attribution() {
        let heap = Heap::new(view(STACKS).select());
        let before = attributed_here();
        crate::breakdown(&heap, Dimensions::ALL);
        crate::diagnose(&heap, &DiagnoseOptions::default());
        crate::sizes(&heap, SizesBy::Kind);
        Snapshot::new(&heap, "heap", &Keys::default());
        ClaimReader::new(Catalog::builtin()).snapshot(&heap, "heap");
        let options = LifetimesOptions {
            by: LifetimesBy::Part,
            ..LifetimesOptions::default()
        };
        crate::lifetimes(&heap, &options).unwrap();
        assert_eq!(attributed_here() - before, 1);
    }

    #[test]
    fn what_asks_for_no_part_attributes_nothing() {
        let heap = Heap::new(view(STACKS).select());
        let before = attributed_here();
        crate::top(&heap, &crate::GraphOptions::default());
        crate::sizes(&heap, SizesBy::Function);
        assert_eq!(attributed_here() - before, 0);
    }
}
