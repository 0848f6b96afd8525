//! A profile and a question, made of any bytes.

use std::collections::HashMap;

use arbitrary::{Arbitrary, Unstructured};
use kheap::filter::{Filters, Pattern, TagFilter};
use kheap::graph::Order;
use kheap::{Granularity, GraphOptions, Heap, Profile, Selection, SelectionOptions};
use prost::Message;

use crate::common::proto::{self, ValueType};

/// Names that rules and signatures look at.
const NAMES: [&str; 16] = [
    "main.main",
    "runtime.systemstack",
    "runtime.malg",
    "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1",
    "k8s.io/kubernetes/vendor/k8s.io/apiserver/pkg/endpoints/handlers.serveWatch",
    "k8s.io/apiserver/pkg/endpoints/handlers.transformResponseObject",
    "k8s.io/apiserver/pkg/storage/etcd3.(*store).GetList",
    "k8s.io/apiserver/pkg/storage/cacher.(*Cacher).Watch",
    "k8s.io/apiserver/pkg/registry/generic/registry.(*Store).List",
    "k8s.io/api/core/v1.(*ConfigMap).Unmarshal",
    "k8s.io/client-go/tools/cache.(*Reflector).list.func1",
    "go.etcd.io/etcd/server/v3/etcdserver.(*applierV3backend).Range",
    "encoding/json.(*encodeState).marshal",
    "bytes.makeSlice",
    "io.ReadAll",
    "main.Map[go.shape.struct { X int }].Get",
];

/// Mapping, address, lines: function and number.
type Location = (u8, u16, Vec<(u8, i8)>);

/// A profile and a question.
#[derive(Debug, Arbitrary)]
pub(crate) struct Input {
    names: Vec<String>,
    functions: Vec<(u8, i8)>,
    locations: Vec<Location>,
    samples: Vec<Sample>,
    pattern: String,
    tag: String,
    pub(crate) question: Question,
}

#[derive(Debug, Arbitrary)]
struct Sample {
    stack: Vec<u8>,
    value: Value,
    labels: Vec<(u8, Option<u8>, i16)>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Value {
    Small(u8),
    Large(u32),
    Any(i64),
}

#[derive(Debug, Arbitrary)]
pub(crate) struct Question {
    granularity: u8,
    inlines: bool,
    relative: bool,
    by_cum: bool,
    count: Option<u8>,
    pub(crate) fraction: u8,
    filter: u8,
}

impl Question {
    pub(crate) fn graph(&self) -> GraphOptions {
        GraphOptions::default()
            .order(if self.by_cum { Order::Cum } else { Order::Flat })
            .count(self.count.map(usize::from))
            .node_fraction(f64::from(self.fraction) / 255.0)
            .edge_fraction(f64::from(self.fraction) / 255.0)
            .drop_negative(self.fraction.is_multiple_of(2))
    }

    fn granularity(&self) -> Granularity {
        match self.granularity % 5 {
            0 => Granularity::Functions,
            1 => Granularity::FileFunctions,
            2 => Granularity::Files,
            3 => Granularity::Lines,
            _ => Granularity::Addresses,
        }
    }
}

impl Input {
    /// What the bytes say, where they are enough.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        Self::arbitrary(&mut Unstructured::new(bytes)).ok()
    }

    pub(crate) fn options(&self) -> SelectionOptions {
        SelectionOptions::default()
            .filters(self.filters())
            .relative_percentages(self.question.relative)
            .granularity(self.question.granularity())
            .inlines(self.question.inlines)
    }

    /// One filter for names and one for tags, where they are expressions.
    fn filters(&self) -> Filters {
        let pattern = |bit| {
            let is_set = self.question.filter % 6 == bit;
            is_set.then(|| Pattern::new(&self.pattern).ok()).flatten()
        };
        Filters::default()
            .focus(pattern(0))
            .ignore(pattern(1))
            .hide(pattern(2))
            .show(pattern(3))
            .show_from(pattern(4))
            .prune_from(pattern(5))
            .tag_focus(
                TagFilter::new(&self.tag)
                    .ok()
                    .filter(|_| self.question.filter > 127),
            )
            .tag_ignore(None)
    }

    pub(crate) fn profile(&self) -> Profile {
        let message = self.message().encode_to_vec();
        kheap::decode(&message).expect("nothing is wrong with it")
    }

    /// The same as prost writes it.
    pub(crate) fn message(&self) -> proto::Profile {
        let mut strings = Strings::default();
        strings.index("");
        let value_type = |strings: &mut Strings, kind, unit| ValueType {
            r#type: strings.index(kind),
            unit: strings.index(unit),
        };
        let sample_type = ["inuse_objects", "inuse_space"].map(|kind| {
            value_type(
                &mut strings,
                kind,
                if kind == "inuse_space" {
                    "bytes"
                } else {
                    "count"
                },
            )
        });
        let name = |index: u8| match self.names.get(usize::from(index)) {
            Some(name) => name.as_str(),
            None => NAMES[usize::from(index) % NAMES.len()],
        };
        let function = (self.functions.iter().zip(1..)).map(|(&(index, line), id)| {
            let index = strings.index(name(index));
            proto::Function {
                id,
                name: index,
                system_name: index,
                filename: strings.index(if line < 0 { "" } else { "main.go" }),
                start_line: line.into(),
            }
        });
        let function: Vec<_> = function.collect();
        let mapping = proto::Mapping {
            id: 1,
            memory_limit: 0x8000,
            filename: strings.index("/bin/kube-apiserver"),
            ..Default::default()
        };
        let location: Vec<_> = (self.locations.iter().zip(1..))
            .map(|(location, id)| self.location(id, location))
            .collect();
        let sample = (self.samples.iter())
            .map(|sample| self.sample(sample, &mut strings, &name))
            .collect();
        proto::Profile {
            sample_type: sample_type.to_vec(),
            sample,
            mapping: vec![mapping],
            location,
            function,
            string_table: strings.table,
            ..Default::default()
        }
    }

    fn location(&self, id: u64, location: &Location) -> proto::Location {
        let (mapping, address, lines) = location;
        let function = |index: u8| 1 + u64::from(index) % self.functions.len() as u64;
        let lines = lines.iter().filter(|_| !self.functions.is_empty());
        proto::Location {
            id,
            mapping_id: u64::from(mapping % 2),
            address: (*address).into(),
            line: lines
                .map(|&(index, line)| proto::Line {
                    function_id: function(index),
                    line: line.into(),
                    column: 0,
                })
                .collect(),
            is_folded: mapping % 3 == 0,
        }
    }

    fn sample<'a>(
        &'a self,
        sample: &Sample,
        strings: &mut Strings,
        name: &impl Fn(u8) -> &'a str,
    ) -> proto::Sample {
        let count = self.locations.len() as u64;
        let stack = sample.stack.iter().filter(|_| count > 0);
        let value = match sample.value {
            Value::Small(value) => value.into(),
            Value::Large(value) => value.into(),
            Value::Any(value) => value,
        };
        let labels = sample
            .labels
            .iter()
            .map(|&(key, text, number)| proto::Label {
                key: strings.index(if key < 128 { "bytes" } else { name(key) }),
                str: text.map_or(0, |text| strings.index(name(text))),
                num: number.into(),
                num_unit: strings.index(if key % 2 == 0 { "" } else { "ms" }),
            });
        proto::Sample {
            location_id: stack.map(|&index| 1 + u64::from(index) % count).collect(),
            label: labels.collect(),
            value: vec![1, value],
        }
    }
}

/// Looks at the default sample type.
pub(crate) fn select(profile: Profile, options: &SelectionOptions) -> Heap<'static> {
    let sample_type = profile.sample_type("").expect("there are sample types");
    Heap::new(Selection::new(profile, sample_type, options))
}

/// A string table that grows as it is asked.
#[derive(Default)]
struct Strings {
    table: Vec<Vec<u8>>,
    known: HashMap<String, i64>,
}

impl Strings {
    fn index(&mut self, text: &str) -> i64 {
        *self.known.entry(text.to_owned()).or_insert_with(|| {
            self.table.push(text.as_bytes().to_vec());
            self.table.len() as i64 - 1
        })
    }
}
