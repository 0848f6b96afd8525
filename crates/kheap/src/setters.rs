//! The setters of options.

/// Writes a setter for each named field, called like the field, which takes and returns
/// the options. No part of the interface: the crates of this workspace share it.
#[doc(hidden)]
#[macro_export]
macro_rules! __setters {
    (impl<$life:lifetime> $type:ty { $($field:ident: $kind:ty,)* }) => {
        impl<$life> $type {
            $( $crate::__setters! { $field: $kind } )*
        }
    };
    (impl $type:ty { $($field:ident: $kind:ty,)* }) => {
        impl $type {
            $( $crate::__setters! { $field: $kind } )*
        }
    };
    ($field:ident: $kind:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: $kind) -> Self {
            self.$field = $field.into();
            self
        }
    };
}
