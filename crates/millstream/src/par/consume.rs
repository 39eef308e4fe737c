//! What uses up a parallel iterator.

pub(crate) mod pairs;
pub(crate) mod reduce;
pub(crate) mod search;
pub(crate) mod write;
