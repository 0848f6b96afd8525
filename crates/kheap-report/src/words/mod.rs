//! Results in words, as the terminal and the report tell them alike.

pub mod change;
pub mod diagnosis;
pub mod markdown;
pub mod series;

pub use series::View;
