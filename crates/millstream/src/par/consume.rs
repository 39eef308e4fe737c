//! What uses up a parallel iterator.

pub(crate) mod reduce;
pub(crate) mod write;
