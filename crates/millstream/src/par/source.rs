//! Where items come from.

pub mod chunks;
mod collections;
pub mod range;
pub mod slice;
pub mod vec;
