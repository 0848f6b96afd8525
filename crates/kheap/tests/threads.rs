//! What callers hold goes to other threads and stays there, so that a service can keep it.
//! What these types are made of goes with them.

#![cfg(feature = "diagnose")]

fn is_free<T: Send + Sync + 'static>() {}

#[test]
fn profiles_and_what_is_looked_at_go_to_other_threads() {
    is_free::<kheap::Profile>();
    is_free::<kheap::ProfileBuilder>();
    is_free::<kheap::Selection<'static>>();
    is_free::<kheap::SelectionOptions>();
    is_free::<kheap::Filters>();
    is_free::<kheap::Limits>();
    is_free::<kheap::frame::Frames>();
    is_free::<kheap::Heap<'static>>();
    is_free::<kheap::Table>();
    is_free::<kheap::attribute::Rules>();
    is_free::<kheap::knowledge::Parts>();
    is_free::<kheap::Catalog>();
    is_free::<kheap::DiagnoseOptions<'static>>();
    is_free::<kheap::diagnose::ClaimReader<'static>>();
    is_free::<kheap::diagnose::Dumps<'static>>();
    is_free::<kheap::diagnose::History>();
    is_free::<kheap::arithmetic::Sampling<'static>>();
    is_free::<kheap::lifetimes::LifetimesOptions<'static>>();
    is_free::<kheap::series::Keys>();
    is_free::<kheap::symbol::Symbol<'static>>();
}

#[test]
fn results_go_to_other_threads() {
    is_free::<kheap::Attribution>();
    is_free::<kheap::Breakdown>();
    is_free::<kheap::CallGraph>();
    is_free::<kheap::Comparison>();
    is_free::<kheap::Diagnosis>();
    is_free::<kheap::Info>();
    is_free::<kheap::Lifetimes>();
    is_free::<kheap::Memory>();
    is_free::<kheap::Series>();
    is_free::<kheap::Sizes>();
    is_free::<kheap::Snapshot>();
    is_free::<kheap::Summary>();
    is_free::<kheap::Tags>();
    is_free::<kheap::Top>();
    is_free::<kheap::Trace>();
    is_free::<kheap::Tree>();
    is_free::<kheap::attribute::Leaf>();
    is_free::<kheap::attribute::Mended>();
    is_free::<kheap::lifetimes::Sites>();
    is_free::<kheap::series::Growth>();
    is_free::<kheap::series::Note>();
    is_free::<kheap::table::TableGrowth>();
}

#[test]
fn errors_go_to_other_threads() {
    is_free::<kheap::DecodeError>();
    is_free::<kheap::TableError>();
    is_free::<kheap::attribute::RulesError>();
    is_free::<kheap::diagnose::SignatureError>();
    is_free::<kheap::filter::PatternError>();
    is_free::<kheap::filter::TagFilterError>();
    is_free::<kheap::lifetimes::LifetimesError>();
    is_free::<kheap::memory::MemoryError>();
    is_free::<kheap::profile::BuildError>();
    is_free::<kheap::profile::MergeError>();
    is_free::<kheap::profile::RepeatedSampleTypes>();
    is_free::<kheap::profile::SampleTypeError>();
    is_free::<kheap::series::SeriesError>();
}
