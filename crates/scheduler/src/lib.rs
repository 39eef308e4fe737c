//! Who runs which job next, and who sleeps.

pub mod split;
