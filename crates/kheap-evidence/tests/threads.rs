//! What callers hold goes to other threads and stays there, so that a service can keep it.
//! What these types are made of goes with them.

fn is_free<T: Send + Sync + 'static>() {}

#[test]
fn evidence_goes_to_other_threads() {
    is_free::<kheap_evidence::Observation>();
    is_free::<kheap_evidence::ReadOptions>();
    is_free::<kheap_evidence::Beside>();
    is_free::<kheap_evidence::Dump>();
    is_free::<kheap_evidence::Joined>();
    is_free::<kheap_evidence::Manifest>();
    is_free::<kheap_evidence::Resource>();
}
