//! What nothing refers to, left out.

use super::{
    FunctionId, Interner, LabelValue, Line, LocationId, Locations, Profile, StringId, Strings,
};

/// Which rows of a table stay, and where.
#[derive(Debug)]
struct Rows {
    /// By old position: the new one.
    positions: Vec<Option<u32>>,
}

impl Rows {
    /// Keeps of so many rows those that are used, in their order.
    fn used(rows: usize, used: impl Iterator<Item = usize>) -> Self {
        let mut positions = vec![None; rows];
        for row in used {
            positions[row] = Some(0);
        }
        for (position, kept) in (0..).zip(positions.iter_mut().flatten()) {
            *kept = position;
        }
        Self { positions }
    }

    fn has(&self, row: usize) -> bool {
        self.positions[row].is_some()
    }

    fn position(&self, row: usize) -> u32 {
        self.positions[row].expect("a row that is referred to stays")
    }
}

impl Profile {
    /// Drops locations, functions and strings that nothing refers to, as filters and
    /// dropped samples leave them behind.
    ///
    /// Samples stay as they are. What is left keeps its order; ids change. Mappings stay:
    /// they are few, the first one is the program, and where the kernel put `[vdso]`
    /// distinguishes one process from the next.
    ///
    /// # Example
    ///
    /// ```
    /// let mut builder = kheap::ProfileBuilder::folded("main;load 64")?;
    /// builder.function("main.unused", "main.go");
    /// let mut profile = builder.finish();
    /// profile.compact();
    /// assert_eq!(profile.functions().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compact(&mut self) {
        self.compact_locations();
        let lines = self.locations.lines.iter();
        let functions = Rows::used(
            self.functions.len(),
            lines.map(|line| line.function.index()),
        );
        for line in &mut self.locations.lines {
            line.function = FunctionId(functions.position(line.function.index()));
        }
        retain(&mut self.functions, &functions);
        self.compact_strings();
    }

    fn compact_locations(&mut self) {
        let stacks = self.samples.stacks.iter();
        let used = Rows::used(self.locations.len(), stacks.map(|id| id.index()));
        let mut kept = Locations::default();
        for id in self.locations.ids().filter(|id| used.has(id.index())) {
            let lines: &[Line] = self.locations.lines(id);
            let (mapping, address) = (self.locations.mapping(id), self.locations.address(id));
            let pushed = kept.push(mapping, address, self.locations.is_folded(id), lines);
            pushed.expect("no more than before");
        }
        for id in &mut self.samples.stacks {
            *id = LocationId(used.position(id.index()));
        }
        self.locations = kept;
    }

    fn compact_strings(&mut self) {
        let old = std::mem::replace(&mut self.strings, Strings::empty_table());
        let mut used = vec![false; old.len()];
        self.for_each_string(|id| used[id.index()] = true);
        let mut strings = Interner::new();
        let ids: Vec<StringId> = (old.iter().zip(used))
            .map(|(string, used)| match used {
                true => strings.intern(string).expect("no more than before"),
                false => StringId::EMPTY,
            })
            .collect();
        self.for_each_string(|id| *id = ids[id.index()]);
        self.strings = strings.finish();
    }

    /// Visits every reference to a string.
    fn for_each_string(&mut self, mut visit: impl FnMut(&mut StringId)) {
        let header = &mut self.header;
        let types = self
            .sample_types
            .iter_mut()
            .chain([&mut header.period_type]);
        for value_type in types {
            visit(&mut value_type.kind);
            visit(&mut value_type.unit);
        }
        visit(&mut self.default_sample_type);
        visit(&mut header.drop_frames);
        visit(&mut header.keep_frames);
        visit(&mut header.doc_url);
        header.comments.iter_mut().for_each(&mut visit);
        for mapping in &mut self.mappings {
            visit(&mut mapping.filename);
            visit(&mut mapping.build_id);
        }
        for function in &mut self.functions {
            visit(&mut function.name);
            visit(&mut function.system_name);
            visit(&mut function.filename);
        }
        for label in &mut self.samples.labels {
            visit(&mut label.key);
            match &mut label.value {
                LabelValue::Text(id) | LabelValue::Number(_, id) => visit(id),
            }
        }
    }
}

fn retain<T>(table: &mut Vec<T>, rows: &Rows) {
    let mut row = 0;
    table.retain(|_| {
        row += 1;
        rows.has(row - 1)
    });
}

#[cfg(test)]
mod tests {
    use crate::fixture::{check, fold, profile, profile_of};
    use crate::profile::Mapping;
    use crate::{Profile, ProfileBuilder};

    /// How many strings, mappings, functions and locations there are.
    fn sizes(profile: &Profile) -> [usize; 4] {
        [
            profile.strings().len(),
            profile.mappings().len(),
            profile.functions().len(),
            profile.locations().len(),
        ]
    }

    #[test]
    fn what_samples_use_stays_as_it_was() {
        let stacks = "
            app!main@main.go:12:10;walk;+fast 1 64 verb=LIST bytes=16 at=5ms
            lib!0x50;main 0 -8
            2 4";
        let mut compacted = profile(stacks);
        compacted.compact();
        check(&fold(&compacted), stacks);
        assert_eq!(compacted, profile(stacks));
    }

    #[test]
    fn what_only_dropped_samples_used_goes() {
        let mut compacted = profile(
            "app!main;load 1
             lib!other;load@load.go 2 verb=LIST
             app!main;serve 4",
        );
        let kept: Vec<_> = compacted.samples().ids().collect();
        compacted.samples.retain(|id| id != kept[1]);
        compacted.compact();
        let expected = profile(
            "app!main;load 1
             app!main;serve 4",
        );
        assert_eq!(fold(&compacted), fold(&expected));
        let [strings, mappings, functions, locations] = sizes(&expected);
        let lib = 1;
        assert_eq!(
            sizes(&compacted),
            [strings + lib, mappings + lib, functions, locations]
        );
    }

    #[test]
    fn the_program_and_the_header_stay() {
        let mut builder = ProfileBuilder::new();
        let filename = builder.string("/usr/bin/app");
        builder.mapping(Mapping {
            filename,
            ..Mapping::default()
        });
        let comment = builder.string("from node 7");
        builder.header().comments.push(comment);
        builder.string("unused");
        let mut profile = profile_of(builder, "lib!main 1");
        profile.compact();
        assert_eq!(profile.program().as_deref(), Some("app"));
        let comment = profile.header().comments[0];
        assert_eq!(profile.text(comment), "from node 7");
        assert!(!profile.strings().iter().any(|string| string == b"unused"));
    }
}
