#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kheap_fuzz_targets::otlp(bytes));
