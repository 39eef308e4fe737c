//! What turns one parallel iterator into another.

pub mod each;
pub mod pair;
pub mod pick;
