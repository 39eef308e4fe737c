//! What every benchmark here is measured with.
//!
//! A [`Contest`] is one workload with its expected answer and the contenders for it:
//!
//! 1. each contender is run once and its answer checked, before anything is timed (that is its warm-up too);
//! 2. rounds follow, in each of which every contender is timed once, starting with another one each round;
//! 3. every timed answer is checked as well, outside the clock: a wrong one ends the contest with an error;
//! 4. a contender is compared with the serial loop *of its own round*, so that a machine that speeds up or
//!    slows down meets both; the speed-up is the median of those ratios.
//!
//! ```
//! use millstream_harness::Contest;
//!
//! let items: Vec<u64> = (0..1000).collect();
//! let mut contest = Contest::new("sum of 1000", 499_500);
//! contest.threads(2).rounds(5).calls(100);
//! contest.serial("serial loop", || items.iter().sum());
//! contest.contender("backwards", || items.iter().rev().sum());
//! let report = contest.run().unwrap();
//! assert_eq!(report.of("backwards").unwrap().time_ns.rounds, 5);
//! println!("{}", millstream_harness::contest_table(&report));
//! ```
//!
//! Beside it: [`Metg`], the smallest work per item that is still worth sharing; [`spin_work`], work of a known
//! length; [`process`], what the process used; [`Machine`], what it ran on.

mod contest;
mod machine;
mod metg;
pub mod process;
mod spin;
mod stats;
mod table;
mod units;

pub use contest::{ContenderReport, Contest, ContestError, ContestReport, Progress};
pub use machine::Machine;
pub use metg::{GrainPoint, Metg};
pub use spin::{Calibration, GRAINS_NS, spin_work};
pub use stats::{Summary, median};
pub use table::{contest_table, grain_table, plain_table};
pub use units::human_ns;
