//! What callers hold goes to other threads and stays there, so that a service can keep it.
//! What these types are made of goes with them.

fn is_free<T: Send + Sync + 'static>() {}

#[test]
fn pictures_go_to_other_threads() {
    is_free::<kheap_flame::Flame>();
    is_free::<kheap_flame::FlameOptions>();
    is_free::<kheap_flame::Picture>();
    is_free::<kheap_flame::GraphPicture>();
    is_free::<kheap_flame::DrawnGraph>();
    is_free::<kheap_flame::DrawError>();
}
