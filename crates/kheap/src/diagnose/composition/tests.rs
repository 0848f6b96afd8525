//! Heaps and tables that no signature explains, as people would read what is said of them.

use std::fmt::Write as _;

use crate::diagnose::{Composition, DiagnoseOptions, Evidence};
use crate::fixture::{check, view};
use crate::{Diagnosis, Heap, diagnose, table};

/// A composition in lines: modules, kinds, ways and fits.
fn lines(composition: &Composition) -> String {
    let mut text = String::new();
    if let Some(own) = &composition.own {
        let _ = writeln!(text, "own {} {}", own.module, own.by.name());
    }
    for held in &composition.modules {
        let _ = writeln!(
            text,
            "module {} {} {}",
            held.bytes >> 20,
            held.module,
            held.package
        );
    }
    for kind in &composition.kinds {
        let count = kind
            .count
            .as_ref()
            .map_or_else(String::new, |(what, least, most)| {
                format!(" {least} to {most} {what}")
            });
        let _ = writeln!(text, "kind {} {}{count}", kind.bytes >> 20, kind.id);
    }
    for origin in &composition.origins {
        if let Evidence::Path { frames, bytes } = origin {
            let _ = writeln!(text, "from {} {}", bytes >> 20, frames.join(" "));
        }
    }
    if let Some(objects) = &composition.objects {
        let _ = writeln!(text, "{} objects of {}", objects.count(), objects.size);
    }
    for fit in &composition.fits {
        let callers = fit
            .callers
            .iter()
            .map(|(name, bytes)| format!(" {name} {}", bytes >> 20));
        let _ = writeln!(text, "fit {}{}", fit.allocator, callers.collect::<String>());
    }
    text
}

/// Stacks hold megabytes.
#[track_caller]
fn check_stacks(stacks: &str, expected: &str) {
    let bytes = stacks
        .lines()
        .map(|line| match line.trim().rsplit_once(' ') {
            Some((stack, megabytes)) => {
                let megabytes: i64 = megabytes.parse().unwrap();
                format!("{stack} {}", megabytes << 20)
            }
            None => line.to_owned(),
        });
    let heap = Heap::new(view(&bytes.collect::<Vec<_>>().join("\n")).select());
    check_composition(&diagnose(&heap, &DiagnoseOptions::default()), expected);
}

#[track_caller]
fn check_composition(diagnosis: &Diagnosis, expected: &str) {
    let lines = diagnosis.composition.as_ref().map(lines);
    check(&lines.unwrap_or_default(), expected);
}

#[track_caller]
fn check_table(text: &str, expected: &str) {
    let table = table::parse(text.as_bytes()).unwrap();
    check_composition(&diagnose(&table, &DiagnoseOptions::default()), expected);
}

#[test]
fn a_handler_of_the_program_asks_a_library() {
    check_stacks(
        "net/http.(*conn).serve;lib.org/mux.Route;shop.org/shop/api.Put;shop.org/shop/store.Add;example.org/lib.Make;bytes.growSlice 300
         main.main;shop.org/shop/store.Load;reflect.mapassign_faststr 200",
        "own shop.org/shop most
         module 300 example.org/lib example.org/lib
         module 200 shop.org/shop shop.org/shop/store
         kind 300 bytes
         kind 200 maps
         from 300 http.(*conn).serve … api.Put store.Add … bytes.growSlice
         from 200 main.main store.Load reflect.mapassign_faststr",
    );
}

#[test]
fn where_the_program_is_known_its_own_code_is_what_asks() {
    check_stacks(
        "net/http.(*conn).serve;github.com/x/shop/vendor/lib.org/mux.Route;github.com/x/shop/api.Put;github.com/x/shop/store.Add;github.com/x/shop/vendor/lib.org/make.Make;bytes.growSlice 500",
        "own github.com/x/shop vendor
         module 500 lib.org/make lib.org/make
         kind 500 bytes
         from 500 http.(*conn).serve … api.Put store.Add … bytes.growSlice",
    );
}

#[test]
fn sources_of_random_numbers_are_counted() {
    check_stacks(
        "main.main;main.roll;math/rand.NewSource 100",
        "module 100 standard library math/rand
         kind 100 random-sources 19504 to 21416 sources
         from 100 main.main main.roll rand.NewSource",
    );
}

#[test]
fn large_objects_of_one_size_are_counted() {
    let check_objects = |stacks: &str, expected: Option<(i64, i64)>| {
        let heap = Heap::new(view(stacks).select());
        let composition = diagnose(&heap, &DiagnoseOptions::default()).composition;
        let objects = composition.expect("it is unexplained").objects;
        let objects = objects.map(|objects| (objects.count(), objects.size));
        assert_eq!(objects, expected, "{stacks}");
    };
    let body = "main.main;main.take 134217728 bytes=65536";
    check_objects(body, Some((2048, 65536)));
    let few = format!("{body}\nmain.main;main.take 4194304 bytes=4096");
    check_objects(&few, Some((2048, 65536)));
    let mixed = format!("{body}\nmain.main;main.take 67108864 bytes=4096");
    check_objects(&mixed, None);
    check_objects("main.main;main.take 134217728 bytes=64", None);
    check_objects("main.main;main.take 134217728 bytes=134217728", None);
}

#[test]
fn what_a_finding_claims_is_left_out() {
    check_stacks(
        "main.main;example.org/a.F;regexp.compile;regexp.onePassCopy 400
         main.main;example.org/a.G 600",
        "own example.org/a most
         module 600 example.org/a example.org/a
         from 600 main.main a.G",
    );
}

#[test]
fn a_small_heap_and_a_server_of_known_parts_are_not_taken_apart() {
    check_stacks("main.main;main.load 20", "");
    check_stacks(
        "k8s.io/apiserver/pkg/storage/etcd3.New;example.org/a.F 600",
        "",
    );
}

#[test]
fn the_figures_of_a_table_say_who_asked() {
    check_table(
        "File: shop
         Showing nodes accounting for 1000MB, 100% of 1000MB total
              flat  flat%   sum%        cum   cum%
             900MB 90.00% 90.00%      900MB 90.00%  bytes.makeSlice
             100MB 10.00%   100%      600MB 60.00%  github.com/x/shop/chunk.Cut
                 0     0%   100%      600MB 60.00%  github.com/x/shop/api.Push
                 0     0%   100%      400MB 40.00%  github.com/y/codec.Encode
                 0     0%   100%      900MB 90.00%  bytes.(*Buffer).Write
        ",
        "own github.com/x/shop program
         module 900 standard library bytes
         module 100 github.com/x/shop github.com/x/shop/chunk
         kind 900 bytes
         fit bytes.makeSlice github.com/x/shop/chunk.Cut 500 github.com/y/codec.Encode 400",
    );
}
