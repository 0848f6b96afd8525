//! Profiles of protobuf.

use std::borrow::Cow;

use kheap::knowledge::{INTERNAL, part};
use kheap::profile::{
    BASE_LABEL, BuildError, Function, Header, Label, LabelValue, Line, Mapping, StringId,
};
use kheap::{Profile, ProfileBuilder, Selection, SelectionOptions};

use super::{Redactor, exact, public};

/// How converters of jemalloc's heaps note where a binary was loaded.
const EXECUTABLE: &str = "executableInfo=";

/// Whether kheap or pprof writes this text with this key: a program may use the key too.
fn is_own(key: &str, text: &str) -> bool {
    let is_verb = text == INTERNAL || text.bytes().all(|byte| byte.is_ascii_uppercase());
    match key {
        "part" => part(text).is_some(),
        "verb" => is_verb && public::is_word(text),
        key => (key, text) == BASE_LABEL,
    }
}

/// A string of a profile; bytes that are no text stay different.
fn text(profile: &Profile, id: StringId) -> Cow<'_, str> {
    exact::of_bytes(profile.strings().get(id))
}

impl Redactor {
    /// A profile without private names. Values, stacks, lines and times stay; what the profile
    /// asks to leave out is left out, and names that nothing refers to are gone.
    ///
    /// # Errors
    ///
    /// [`BuildError`] where a profile would get too large.
    pub fn profile(&mut self, profile: &Profile) -> Result<Profile, BuildError> {
        match profile.sample_type_ids().next() {
            // Frames to drop are dropped, because their pattern has names.
            Some(first) if profile.header().drop_frames != StringId::EMPTY => {
                let options = SelectionOptions::default();
                let selection = Selection::new(profile, first, &options);
                self.rebuild(selection.profile())
            }
            _ => self.rebuild(profile),
        }
    }

    fn rebuild(&mut self, profile: &Profile) -> Result<Profile, BuildError> {
        let mut builder = ProfileBuilder::new();
        for sample_type in profile.sample_types() {
            let [kind, unit] = [sample_type.kind, sample_type.unit].map(|id| text(profile, id));
            let [kind, unit] = [kind, unit].map(|text| self.sample_type(&text));
            builder.sample_type(&kind, &unit);
        }
        let default = self.sample_type(&text(profile, profile.default_sample_type()));
        builder.default_sample_type(&default);
        self.header(profile, &mut builder);
        let mut mappings = Vec::new();
        for mapping in profile.mappings() {
            let (path, build_id) = (
                text(profile, mapping.filename),
                text(profile, mapping.build_id),
            );
            let mapping = Mapping {
                filename: builder.string(self.mapping(&path)),
                build_id: builder.string(self.whole(&build_id)),
                ..*mapping
            };
            mappings.push(builder.mapping(mapping));
        }
        let is_foreign = profile.runtime().is_foreign();
        let mut functions = Vec::new();
        for function in profile.functions() {
            let (name, is_public) = self.name_and_owner(&text(profile, function.name), is_foreign);
            let system_name = text(profile, function.system_name);
            let (system_name, _) = self.name_and_owner(&system_name, is_foreign);
            let filename = self.source_file(&text(profile, function.filename), is_public);
            let function = Function {
                name: builder.string(name),
                system_name: builder.string(system_name),
                filename: builder.string(filename),
                ..*function
            };
            functions.push(builder.add_function(function));
        }
        let mut locations = Vec::new();
        let table = profile.locations();
        for id in table.ids() {
            let lines = table.lines(id).iter().map(|line| Line {
                function: functions[line.function.index()],
                ..*line
            });
            let lines: Vec<Line> = lines.collect();
            let mapping = table.mapping(id).map(|id| mappings[id.index()]);
            let (address, is_folded) = (table.address(id), table.is_folded(id));
            locations.push(builder.add_location(mapping, address, is_folded, &lines));
        }
        let samples = profile.samples();
        let columns = profile.sample_type_ids().map(|t| profile.values(t));
        let columns: Vec<&[i64]> = columns.collect();
        for id in samples.ids() {
            let stack = samples.stack(id).iter().map(|id| locations[id.index()]);
            let values = columns.iter().map(|column| column[id.index()]);
            let labels = samples.labels(id).iter();
            let labels: Vec<Label> = labels
                .map(|label| self.label(profile, *label, &mut builder))
                .collect();
            let (stack, values): (Vec<_>, Vec<_>) = (stack.collect(), values.collect());
            builder.sample(&stack, &values, &labels)?;
        }
        let mut redacted = builder.finish();
        redacted.compact();
        Ok(redacted)
    }

    fn header(&mut self, profile: &Profile, builder: &mut ProfileBuilder) {
        let mut header: Header = profile.header().clone();
        let period = header.period_type;
        let [kind, unit] =
            [period.kind, period.unit].map(|id| self.sample_type(&text(profile, id)));
        header.period_type = builder.value_type(&kind, &unit);
        for comment in &mut header.comments {
            let text = text(profile, *comment);
            // The mark of a native program has no names.
            let rest = text.strip_prefix(EXECUTABLE);
            let written = match rest {
                Some(rest) => EXECUTABLE.to_owned() + &self.whole(rest),
                None => self.whole(&text),
            };
            *comment = builder.string(written);
        }
        let doc_url = self.whole(&text(profile, header.doc_url));
        header.doc_url = builder.string(doc_url);
        header.drop_frames = StringId::EMPTY;
        header.keep_frames = StringId::EMPTY;
        *builder.header() = header;
    }

    /// The name of a sample type, or a unit.
    pub(super) fn sample_type(&mut self, name: &str) -> String {
        match public::is_sample_type(name) {
            true => name.to_owned(),
            false => self.words(name),
        }
    }

    /// A name, and whether it is of a public package. Those of other languages than Go are
    /// packages of other people.
    fn name_and_owner(&mut self, name: &str, is_foreign: bool) -> (String, bool) {
        match is_foreign {
            true => (self.foreign_symbol(name), false),
            false => self.symbol_and_owner(name),
        }
    }

    fn label(&mut self, profile: &Profile, label: Label, builder: &mut ProfileBuilder) -> Label {
        let key = text(profile, label.key);
        let name = match &*key == BASE_LABEL.0 {
            true => key.clone().into_owned(),
            false => self.words(&key),
        };
        match label.value {
            LabelValue::Text(text) => {
                let text = super::profile::text(profile, text);
                let text = match is_own(&key, &text) {
                    true => text.into_owned(),
                    false => self.words(&text),
                };
                builder.text_label(&name, &text)
            }
            LabelValue::Number(number, unit) => {
                let unit = self.words(&text(profile, unit));
                builder.number_label(&name, number, &unit)
            }
        }
    }

    /// A text whose parts nobody needs.
    fn whole(&mut self, text: &str) -> String {
        match text {
            "" => String::new(),
            text => self.pseudonym(text),
        }
    }

    /// The path of a binary; what the system calls so, such as `[vdso]`, stays.
    fn mapping(&mut self, path: &str) -> String {
        match path
            .strip_prefix('[')
            .and_then(|path| path.strip_suffix(']'))
        {
            Some(name) if public::is_word(name) => path.to_owned(),
            _ => self.source_file(path, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use kheap::profile::Runtime;

    use super::*;

    #[test]
    fn nothing_private_is_left_in_a_profile() {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let filename = builder.string("/home/zebra-user/bin/zebra-program");
        let build_id = builder.string("zebra-build");
        let mapping = builder.mapping(Mapping {
            filename,
            build_id,
            ..Mapping::default()
        });
        let comment = builder.string("from zebra-node");
        builder.header().comments.push(comment);
        builder.header().doc_url = builder.string("https://zebra.example/doc");
        builder.function("zebra.unused", "zebra.go");
        let ours = builder.function("zebra.example/cart.(*ZebraCart).Load", "/src/zebra/cart.go");
        let theirs = builder.function(
            "k8s.io/api/core/v1.(*Pod).Unmarshal",
            "k8s.io/api/core/v1/generated.pb.go",
        );
        let stack = [theirs, ours].map(|f| builder.location(Some(mapping), 7, &[(f, 3)]));
        let labels = [
            builder.text_label("zebra-key", "zebra-value"),
            builder.number_label("bytes", 64, "bytes"),
        ];
        builder.sample(&stack, &[64], &labels).unwrap();
        let profile = builder.finish();
        let mut redactor = Redactor::new(None, None);
        let redacted = redactor.profile(&profile).unwrap();
        let strings: Vec<String> = redacted
            .strings()
            .iter()
            .map(|string| String::from_utf8_lossy(string).into_owned())
            .collect();
        assert!(
            !strings
                .iter()
                .any(|string| string.to_lowercase().contains("zebra")),
            "{strings:?}"
        );
        assert!(
            strings
                .iter()
                .any(|string| string == "k8s.io/api/core/v1.(*Pod).Unmarshal")
        );
        assert_eq!(redacted.totals(), profile.totals());
    }

    #[test]
    fn sample_types_of_profilers_stay_and_others_are_private() {
        let mut builder = ProfileBuilder::new();
        for name in ["alloc_in_new_tlab_bytes", "wall", "zebra_orders"] {
            builder.sample_type(name, "nanoseconds");
        }
        builder.default_sample_type("wall");
        let profile = builder.finish();
        let copy = Redactor::new(None, None).profile(&profile).unwrap();
        let types = copy.sample_type_ids().map(|id| copy.sample_type_name(id));
        let types: Vec<String> = types.map(|name| name.to_string()).collect();
        assert_eq!(types, ["alloc_in_new_tlab_bytes", "wall", "anon1"]);
        assert_eq!(copy.text(copy.default_sample_type()), "wall");
    }

    #[test]
    fn the_language_and_the_process_stay() {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("space", "bytes");
        for (name, start) in [("/home/zebra/program", 0x40_0000), ("[vdso]", 0x7ffd_1000)] {
            let filename = builder.string(name);
            let mapping = Mapping {
                start,
                filename,
                ..Mapping::default()
            };
            builder.mapping(mapping);
        }
        let comment = builder.string("executableInfo=3;32fac0;330ac0");
        builder.header().comments.push(comment);
        let profile = builder.finish();
        let redacted = Redactor::new(None, None).profile(&profile).unwrap();
        assert_eq!(profile.runtime(), Runtime::Native);
        assert_eq!(redacted.runtime(), Runtime::Native);
        let last = redacted.mappings().last().unwrap();
        assert_eq!(redacted.text(last.filename), "[vdso]");
        assert_eq!(last.start, 0x7ffd_1000);
    }
}
