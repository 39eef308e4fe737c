//! Contest one: compress and sum every block of the data.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use millstream_harness::{Contest, ContestReport, Progress};
use serde::Serialize;

use crate::block::{Digest, digest, digest_verified};
use crate::contender::{self, FIXED, FixedPool, MILLSTREAM, RAYON, SERIAL, Stealing, Stop};
use crate::corpus::Corpus;

/// What came out of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CompressionReport {
    pub(crate) level: u32,
    pub(crate) bytes: u64,
    pub(crate) compressed_bytes: u64,
    pub(crate) contest: ContestReport,
}

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompressionPlan {
    pub(crate) level: u32,
    pub(crate) threads: usize,
    /// What an efficiency is divided by: no more threads than cores run at the same time.
    pub(crate) threads_at_once: usize,
    pub(crate) rounds: usize,
    pub(crate) time_limit: Duration,
}

pub(crate) fn run(
    corpus: &Arc<Corpus>,
    plan: CompressionPlan,
    stealing: &Stealing,
    watch: impl FnMut(Progress<'_>),
) -> Result<CompressionReport, Stop> {
    let level = plan.level;
    let blocks = corpus.blocks();
    // The expected answer is no contender's word alone: every block has been inflated again.
    let expected: Result<Vec<Digest>, String> =
        blocks.iter().map(|block| digest_verified(block, level)).collect();
    let expected = expected.map_err(Stop::Kernel)?;
    let compressed_bytes = expected.iter().map(|digest| digest.compressed_bytes as u64).sum();
    let fixed = fixed_pool(corpus, plan).map_err(Stop::Threads)?;

    let mut contest = Contest::checked_by("compression", |found: &Vec<Digest>| same(&expected, found));
    contest.threads(plan.threads_at_once).rounds(plan.rounds).time_limit(plan.time_limit);
    // Data of one block or two is compressed often enough for the clock.
    contest.calls_to_fill(Duration::from_millis(20));
    contest.serial(SERIAL, || blocks.iter().map(|block| digest(block, level)).collect());
    contest.contender(FIXED, || {
        let mut found = vec![Digest::default(); blocks.len()];
        fixed.run(0..blocks.len(), |index, digest| found[index] = digest);
        found
    });
    contest.contender(MILLSTREAM, || contender::millstream::digests(&stealing.millstream, &blocks, level));
    contest.contender(RAYON, || contender::rayon::digests(&stealing.rayon, &blocks, level));
    let contest = contest.run_watched(watch).map_err(Stop::Contest)?;
    Ok(CompressionReport { level, bytes: corpus.facts.bytes, compressed_bytes, contest })
}

/// One block a message, by number; as many in the channels as keep every thread supplied.
fn fixed_pool(corpus: &Arc<Corpus>, plan: CompressionPlan) -> io::Result<FixedPool<usize, Digest>> {
    let (corpus, level) = (Arc::clone(corpus), plan.level);
    FixedPool::start(plan.threads, 4 * plan.threads, move |index| digest(corpus.block(index), level))
}

fn same(expected: &[Digest], found: &[Digest]) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!("{} blocks became {}", expected.len(), found.len()));
    }
    match expected.iter().zip(found).position(|(expected, found)| expected != found) {
        None => Ok(()),
        Some(index) => Err(format!("block {index}: expected {:?}, got {:?}", expected[index], found[index])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_block_a_wrong_one_and_an_exchange_are_noticed() {
        let digests: Vec<Digest> =
            [&b"one"[..], b"two", b"three"].iter().map(|block| digest(block, 6)).collect();
        assert_eq!(same(&digests, &digests), Ok(()));
        assert_eq!(same(&digests, &digests[..2]).unwrap_err(), "3 blocks became 2");
        let exchanged = [digests[0], digests[2], digests[1]];
        assert!(same(&digests, &exchanged).unwrap_err().starts_with("block 1: expected"));
    }
}
