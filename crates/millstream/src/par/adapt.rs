//! What turns one parallel iterator into another.

pub mod chain;
pub mod cut;
pub mod each;
pub mod fold;
pub mod pair;
pub mod part;
pub mod pick;
pub mod state;
pub(crate) mod until;
pub mod worker;
