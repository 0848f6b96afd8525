//! References put in order once everything is there: numbers become rows, and
//! what is repeated or missing shows.

use super::error::{DecodeError, DecodeErrorKind};
use super::messages::Decoder;
use crate::profile::{Interner, LabelValue, MappingId, Profile, StringId, Strings, ValueType};

impl Decoder<'_> {
    /// Ends the decoding of a profile whose last byte was before `offset`.
    pub(super) fn finish(mut self, offset: u64) -> Result<Profile, DecodeError> {
        if let Some(error) = self.duplicate {
            return Err(error);
        }
        self.check_strings(offset)?;
        self.check_values()?;
        self.location_ids.check(DecodeErrorKind::MissingLocation)?;
        self.function_ids.check(DecodeErrorKind::MissingFunction)?;
        self.resolve_ids();
        let mut profile = self.profile;
        let table = std::mem::replace(&mut profile.strings, Strings::empty_table());
        let (strings, ids) = Interner::of_table(table);
        profile.strings = strings.finish();
        if let Some(ids) = ids {
            renumber_strings(&mut profile, &ids);
        }
        Ok(profile)
    }

    fn check_strings(&self, offset: u64) -> Result<(), DecodeError> {
        let strings = self.profile.strings.len();
        if strings == 0 {
            return Err(DecodeErrorKind::NoStrings.at(offset));
        }
        let (index, what, offset) = self.odd_string;
        match usize::try_from(index) {
            Ok(index) if index < strings => Ok(()),
            _ => Err(DecodeErrorKind::MissingString {
                what,
                index,
                strings,
            }
            .at(offset)),
        }
    }

    fn check_values(&mut self) -> Result<(), DecodeError> {
        let sample_types = self.profile.sample_types.len();
        match self.value_count {
            None => self.profile.samples.values = vec![Vec::new(); sample_types],
            Some((_, offset)) if sample_types == 0 => {
                return Err(DecodeErrorKind::NoSampleTypes.at(offset));
            }
            Some((values, offset)) if values != sample_types => {
                return Err(DecodeErrorKind::ValueCount {
                    values,
                    sample_types,
                }
                .at(offset));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Replaces the numbers of ids by rows.
    fn resolve_ids(&mut self) {
        if !self.location_ids.is_identity() {
            let rows = self.location_ids.rows();
            for location in &mut self.profile.samples.stacks {
                location.0 = rows[location.index()];
            }
        }
        if !self.function_ids.is_identity() {
            let rows = self.function_ids.rows();
            for line in &mut self.profile.locations.lines {
                line.function.0 = rows[line.function.index()];
            }
        }
        // Go takes an unknown mapping for none.
        for mapping in &mut self.profile.locations.mapping {
            *mapping = mapping.and_then(|id| self.mapping_ids.row(id.0).map(MappingId));
        }
    }
}

/// Checks how many frames inlining adds to all stacks together.
pub(super) fn check_inlined_frames(profile: &Profile, limit: u64) -> Result<(), DecodeErrorKind> {
    let (locations, stacks) = (profile.locations(), &profile.samples().stacks);
    let added = |id| (locations.lines(id).len() as u64).saturating_sub(1);
    let most = locations.ids().map(added).max().unwrap_or(0);
    if most.saturating_mul(stacks.len() as u64) <= limit {
        // So it is in real profiles, which spares the look at every frame.
        return Ok(());
    }
    let all = stacks.iter().map(|&id| added(id));
    match all.fold(0, u64::saturating_add) {
        all if all > limit => {
            let what = "frames of inlined calls";
            Err(DecodeErrorKind::TooMany { what, limit })
        }
        _ => Ok(()),
    }
}

/// Gives strings that are repeated in the file's table one id each.
fn renumber_strings(profile: &mut Profile, ids: &[StringId]) {
    let renumber = |id: &mut StringId| *id = ids[id.index()];
    let renumber_type = |value_type: &mut ValueType| {
        renumber(&mut value_type.kind);
        renumber(&mut value_type.unit);
    };
    profile.sample_types.iter_mut().for_each(renumber_type);
    renumber(&mut profile.default_sample_type);
    for label in &mut profile.samples.labels {
        renumber(&mut label.key);
        match &mut label.value {
            LabelValue::Text(id) | LabelValue::Number(_, id) => renumber(id),
        }
    }
    for mapping in &mut profile.mappings {
        renumber(&mut mapping.filename);
        renumber(&mut mapping.build_id);
    }
    for function in &mut profile.functions {
        renumber(&mut function.name);
        renumber(&mut function.system_name);
        renumber(&mut function.filename);
    }
    let header = &mut profile.header;
    renumber_type(&mut header.period_type);
    header.comments.iter_mut().for_each(renumber);
    renumber(&mut header.drop_frames);
    renumber(&mut header.keep_frames);
    renumber(&mut header.doc_url);
}
