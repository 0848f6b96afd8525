//! What callers hold goes to other threads and stays there, so that a service can keep it.
//! What these types are made of goes with them.

fn is_free<T: Send + Sync + 'static>() {}

#[test]
fn reports_go_to_other_threads() {
    is_free::<kheap_report::Report<'static>>();
    is_free::<kheap_report::Model>();
    is_free::<kheap_report::ModelBuilder>();
    is_free::<kheap_report::Markdown>();
    is_free::<kheap_report::Input>();
    is_free::<kheap_report::ReportError>();
}
