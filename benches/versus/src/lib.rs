//! Millstream beside a serial loop, rayon and chili, in one process.
//!
//! ```sh
//! cargo run --release -p millstream-versus -- --only forkjoin
//! cargo run --release -p millstream-versus -- --only regions/leaves,coarse --quick
//! cargo bench -p millstream-versus
//! ```
//!
//! A *group* is a set of workloads. Each is a contest of the harness: every answer is checked, contenders alternate, a row is the
//! median of the rounds with min and max, and `x` is the time of the serial version *of the same round* divided by the contender's.
//! The fork-join kernels are one piece of code for all contenders ([`fork`]); the serial version is that code with plain calls.
//! Goals are compared with the median of the run itself; on a machine that does something else meanwhile they say little.

pub mod ceiling;
pub mod fork;
pub mod groups;
pub mod kernels;
pub mod loops;
pub mod report;
pub mod run;
